"""Support vector machine: the hinge loss, its subgradient, and subgradient descent.

Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 12.3.2; Shalev-Shwartz and others (2011), Pegasos.
"""

import numpy as np

import matgrad as mg

LOSS = "sum(i, 1..N, max(0, 1 - y[i]*(w'*x[i] + b)))/N + c/2*norm2(w)^2"
DECLARE = "x[i]: vector(n), i=1..N; y: vector(N); w: vector(n); b: scalar; c: scalar > 0"
WRT = "w,b"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    y = rng.choice([-1.0, 1.0], size=80)
    return {"x": rng.normal(size=(80, 2)) + np.outer(y, [1.5, -1.0]), "y": y, "w": rng.normal(size=2), "b": 0.1, "c": 0.1}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for t in range(1, 2001):
        dw, db = gradient(**values)
        values["w"], values["b"] = values["w"] - dw / (0.1 * t), values["b"] - db / (0.1 * t)
    margin = values["y"] * (values["x"] @ values["w"] + values["b"])
    print("w =", values["w"], "b =", values["b"], "accuracy:", np.mean(margin > 0), "support vectors:", np.sum(margin < 1.01))


if __name__ == "__main__":
    main()
