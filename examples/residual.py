"""Residual connections: the gradient reaches X directly and through the layer.

Source: He, Zhang, Ren, Sun (2016), Identity mappings in deep residual networks, equation (5).
"""

import numpy as np

import matgrad as mg

LOSS = "H1 = X + V1*tanh(W1*X); H2 = H1 + V2*tanh(W2*H1); norm2(H2 - Y)^2/N"
DECLARE = "W1: matrix(p,n); V1: matrix(n,p); W2: matrix(p,n); V2: matrix(n,p); X: matrix(n,N); Y: matrix(n,N)"
WRT = "X,W1,V1,W2,V2"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = rng.normal(size=(2, 40))
    weights = {name: 0.3 * rng.normal(size=(5, 2) if name[0] == "W" else (2, 5)) for name in ("W1", "V1", "W2", "V2")}
    return {"X": X, "Y": X[::-1] ** 3 / 4, **weights}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(500):
        for name, g in list(zip(D.values, gradient(**values)))[1:]:
            values[name] = values[name] - 0.05 * g
    H1 = values["X"] + values["V1"] @ np.tanh(values["W1"] @ values["X"])
    H2 = H1 + values["V2"] @ np.tanh(values["W2"] @ H1)
    print("mean squared error:", np.mean((H2 - values["Y"]) ** 2).round(4))


if __name__ == "__main__":
    main()
