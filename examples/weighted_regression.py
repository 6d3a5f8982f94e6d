"""Weighted least squares: each sample counts by its weight; the Hessian does not depend on w.

Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1 (the inner step).
"""

import numpy as np

import matgrad as mg

LOSS = "sum(i, 1..N, c[i]*(X[i,:]*w - y[i])^2)"
DECLARE = "X: matrix(N,n); w: vector(n); y: vector(N); c: vector(N) > 0"
WRT = "w"
HESSIAN = "w"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X, c = rng.normal(size=(40, 3)), rng.uniform(0.1, 10, size=40)
    return {"X": X, "y": X @ [1.0, -2.0, 0.5] + rng.normal(size=40) / np.sqrt(c), "w": rng.normal(size=3), "c": c}


def main() -> None:
    D, H = mg.derive(LOSS, WRT, DECLARE), mg.derive(LOSS, WRT, DECLARE, order=2)
    print(D.explain())
    print("The Hessian:", H.value)
    values = data(np.random.default_rng(0))
    w = values["w"] - np.linalg.solve(H.evaluate(values), D.evaluate(values))
    print("w =", w, "with standard errors", np.sqrt(np.diag(2 * np.linalg.inv(H.evaluate(values)))))


if __name__ == "__main__":
    main()
