"""Kernel support vector machine in the coefficients of its samples, with a squared hinge.

Source: Chapelle (2007), Training a support vector machine in the primal, 4.
"""

import numpy as np

import matgrad as mg

LOSS = "c/2*a'*K*a + 1/2*norm2(max(0, 1 - y .* (K*a + b)))^2"
DECLARE = "K: posdef(N); a: vector(N); y: vector(N); b: scalar; c: scalar > 0"
WRT = "a,b"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    x = rng.uniform(-1, 1, size=(60, 2))
    K = np.exp(-2 * ((x[:, None] - x[None]) ** 2).sum(-1)) + 1e-6 * np.eye(60)
    return {"K": K, "y": np.where(x[:, 0] * x[:, 1] > 0, 1.0, -1.0), "a": 0.1 * rng.normal(size=60), "b": 0.0, "c": 0.1}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(300):
        da, db = gradient(**values)
        step = np.linalg.solve(values["K"], da)  # the gradient in the space of functions
        values["a"], values["b"] = values["a"] - 0.05 * step, values["b"] - 0.01 * db
    accuracy = np.mean(values["y"] * (values["K"] @ values["a"] + values["b"]) > 0)
    print("accuracy:", accuracy)
    assert accuracy > 0.95


if __name__ == "__main__":
    main()
