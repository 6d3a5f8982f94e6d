"""Robust regression: Huber's loss is quadratic up to d and linear beyond, so that an outlier pulls no harder than d.

Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 10.6.
"""

import numpy as np

import matgrad as mg

LOSS = "sum(huber(X*w - y, d))"
DECLARE = "X: matrix(N,n); w: vector(n); y: vector(N); d: scalar > 0"
WRT = "w"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = rng.normal(size=(60, 3))
    y = X @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=60)
    y[:6] += 20
    return {"X": X, "y": y, "w": rng.normal(size=3), "d": 0.3}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(500):
        values["w"] = values["w"] - 0.01 * gradient(**values)
    print("w =", values["w"], "and by least squares", np.linalg.lstsq(values["X"], values["y"])[0])
    assert np.allclose(values["w"], [1.0, -2.0, 0.5], atol=0.1)


if __name__ == "__main__":
    main()
