"""Ridge regression: squared error with a squared penalty, solved in closed form.

Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 3.4.1.
"""

import numpy as np

import matgrad as mg

LOSS = "norm2(X*w - y)^2 + c*norm2(w)^2"
DECLARE = "X: matrix(N,n); w: vector(n); y: vector(N); c: scalar > 0"
WRT = "w"
HESSIAN = "w"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = rng.normal(size=(20, 5))
    return {"X": X, "y": X @ np.arange(5.0) + rng.normal(size=20), "w": rng.normal(size=5), "c": 2.0}


def main() -> None:
    D, closed = mg.derive(LOSS, WRT, DECLARE), mg.stationary(LOSS, WRT, DECLARE)
    print(D.explain())
    print("The minimum: w =", closed.value)
    values = data(np.random.default_rng(0))
    for values["c"] in (0.1, 10.0, 1000.0):
        values["w"] = closed.evaluate(values)
        print(f"c = {values['c']:6}: |w| = {np.linalg.norm(values['w']):.3f}, |gradient| = {np.linalg.norm(D.evaluate(values)):.0e}")


if __name__ == "__main__":
    main()
