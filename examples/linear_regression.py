"""Linear regression: squared error over samples; one Newton step lands on the normal equations.

Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 3.2.
"""

import numpy as np

import matgrad as mg

LOSS = "sum(i, 1..N, (w'*x[i] - y[i])^2)"
DECLARE = "x[i]: vector(n), i=1..N; y: vector(N); w: vector(n)"
WRT = "w"
HESSIAN = "w"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    x = rng.normal(size=(40, 3))
    return {"x": x, "y": x @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=40), "w": rng.normal(size=3)}


def main() -> None:
    D, H = mg.derive(LOSS, WRT, DECLARE), mg.derive(LOSS, WRT, DECLARE, order=2)
    print(D.explain())
    print("The Hessian:", H.value)
    values = data(np.random.default_rng(0))
    w = values["w"] - np.linalg.solve(H.evaluate(values), D.evaluate(values))
    print("w =", w)
    assert np.allclose(w, np.linalg.lstsq(values["x"], values["y"])[0])
    closed = mg.stationary("norm2(X*w - y)^2", "w", "X: matrix(N,n) full_column_rank; w: vector(n); y: vector(N)")
    print("In closed form, all samples as one matrix: w =", closed.value)
    assert np.allclose(w, closed.evaluate({"X": values["x"], "y": values["y"], "w": w}))


if __name__ == "__main__":
    main()
