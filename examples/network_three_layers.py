"""Three layers with rectifiers: the compound rule, stage by stage.

Source: Goodfellow, Bengio, Courville, Deep Learning, 6.5.
"""

import numpy as np

import matgrad as mg

LOSS = "A1 = W1*X; H1 = relu(A1); A2 = W2*H1; H2 = relu(A2); R = W3*H2 - Y; norm2(R)^2/N"
DECLARE = "W1: matrix(p,n); W2: matrix(q,p); W3: matrix(m,q); X: matrix(n,N); Y: matrix(m,N)"
WRT = "W1,W2,W3"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = rng.normal(size=(2, 100))
    return {"X": X, "Y": np.abs(X).sum(0)[None], "W1": rng.normal(size=(8, 2)), "W2": 0.5 * rng.normal(size=(6, 8)), "W3": 0.5 * rng.normal(size=(1, 6))}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(1000):
        for name, g in zip(D.values, gradient(**values)):
            values[name] = values[name] - 0.02 * g
    out = values["W3"] @ np.maximum(values["W2"] @ np.maximum(values["W1"] @ values["X"], 0), 0)
    print("mean squared error:", np.mean((out - values["Y"]) ** 2).round(4))


if __name__ == "__main__":
    main()
