"""Lasso: an absolute penalty, a subgradient, and iterated soft thresholding.

Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 3.4.2; Beck and Teboulle (2009), ISTA.
"""

import numpy as np

import matgrad as mg

LOSS = "1/2*norm2(X*w - y)^2 + c*norm1(w)"
DECLARE = "X: matrix(N,n); w: vector(n); y: vector(N); c: scalar > 0"
WRT = "w"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = rng.normal(size=(30, 6))
    return {"X": X, "y": X @ [3.0, 0, 0, -2.0, 0, 0] + 0.1 * rng.normal(size=30), "w": rng.normal(size=6), "c": 5.0}


def main() -> None:
    print(mg.derive(LOSS, WRT, DECLARE).explain())
    smooth = mg.derive("1/2*norm2(X*w - y)^2", WRT, DECLARE).function()
    values = data(np.random.default_rng(0))
    X, y, w, c = (values[name] for name in "Xywc")
    step = 1 / np.linalg.norm(X, 2) ** 2
    for _ in range(500):
        w = w - step * smooth(X, w, y)
        w = np.sign(w) * np.maximum(np.abs(w) - step * c, 0)
    print("w =", w.round(3))
    kept, force = w != 0, -smooth(X, w, y)
    assert np.allclose(force[kept], c * np.sign(w[kept])) and np.all(np.abs(force[~kept]) <= c)  # 0 is a subgradient there


if __name__ == "__main__":
    main()
