"""Metric learning: a positive definite M that keeps similar pairs near and others apart.

Source: Guillaumin, Verbeek, Schmid (2009), Is that you?, 3.2.
"""

import numpy as np

import matgrad as mg

LOSS = "sum(i, 1..N, log(1 + exp(y[i]*((u[i] - v[i])'*M*(u[i] - v[i]) - 1))))/N"
DECLARE = "u[i]: vector(n), i=1..N; v[i]: vector(n), i=1..N; y: vector(N); M: posdef(n)"
WRT = "M"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    label, other = rng.integers(2, size=(2, 100))
    u, v = (rng.normal(size=(100, 2)) + np.outer(k, [3.0, 0.0]) for k in (label, other))
    return {"u": u, "v": v, "y": np.where(label == other, 1.0, -1.0), "M": np.eye(2)}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(500):
        size, axes = np.linalg.eigh(values["M"] - 0.1 * gradient(**values))
        values["M"] = axes * np.maximum(size, 1e-6) @ axes.T  # back to the positive definite matrices
    print("M =", values["M"].round(3).tolist())
    assert values["M"][0, 0] > 2 * values["M"][1, 1]  # only the first coordinate tells the classes apart


if __name__ == "__main__":
    main()
