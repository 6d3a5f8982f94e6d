"""Logistic regression: cross entropy of two classes, fitted by Newton's method.

Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1.
"""

import numpy as np

import matgrad as mg

LOSS = "sum(log(1 + exp(X*w)) - y .* (X*w))"
DECLARE = "X: matrix(N,n) full_column_rank; w: vector(n); y: vector(N)"
WRT = "w"
HESSIAN = "w"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = rng.normal(size=(200, 3))
    chance = 1 / (1 + np.exp(-X @ [2.0, -1.0, 0.0]))
    return {"X": X, "y": (rng.uniform(size=200) < chance).astype(float), "w": 0.1 * rng.normal(size=3)}


def main() -> None:
    D, H = mg.derive(LOSS, WRT, DECLARE), mg.derive(LOSS, WRT, DECLARE, order=2)
    print(D.explain())
    print("The Hessian:", H.value)
    gradient, hessian, values = D.function(), H.function(), data(np.random.default_rng(0))
    for _ in range(8):
        g = gradient(**values)
        print(f"w = {values['w'].round(4)}, |gradient| = {np.linalg.norm(g):.0e}")
        values["w"] = values["w"] - np.linalg.solve(hessian(**{k: values[k] for k in "Xw"}), g)
    assert np.linalg.norm(g) < 1e-9


if __name__ == "__main__":
    main()
