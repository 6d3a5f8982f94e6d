"""Dropout: a random mask on the hidden layer is one more Hadamard factor in the gradient.

Source: Goodfellow, Bengio, Courville, Deep Learning, 7.12.
"""

import numpy as np

import matgrad as mg

LOSS = "H = M .* relu(W1*X); norm2(W2*H - Y)^2/N"
DECLARE = "M: matrix(p,N); W1: matrix(p,n); W2: matrix(m,p); X: matrix(n,N); Y: matrix(m,N)"
WRT = "W1,W2"
KEEP = 0.8


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = rng.normal(size=(3, 50))
    M = (rng.uniform(size=(16, 50)) < KEEP) / KEEP
    return {"X": X, "Y": np.sin(X[:1]), "W1": rng.normal(size=(16, 3)), "W2": 0.3 * rng.normal(size=(1, 16)), "M": M}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    rng = np.random.default_rng(0)
    gradient, values = D.function(), data(rng)
    for _ in range(1000):
        values["M"] = (rng.uniform(size=values["M"].shape) < KEEP) / KEEP
        for name, g in zip(D.values, gradient(**values)):
            values[name] = values[name] - 0.02 * g
    out = values["W2"] @ np.maximum(values["W1"] @ values["X"], 0)
    print("mean squared error without the mask:", np.mean((out - values["Y"]) ** 2).round(4))


if __name__ == "__main__":
    main()
