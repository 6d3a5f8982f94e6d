"""One head of scaled dot-product attention; the T tokens are the columns of X.

Source: Vaswani and others (2017), 3.2.1.
"""

import numpy as np

import matgrad as mg

LOSS = "Q = Wq*X; K = Wk*X; V = Wv*X; S = K'*Q/sqrt(d); A = softmax(S); norm2(V*A - Y)^2/2"
DECLARE = "X: matrix(n,T); Wq: matrix(d,n); Wk: matrix(d,n); Wv: matrix(n,n); Y: matrix(n,T)"
WRT = "Wq,Wk,Wv,X"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = rng.normal(size=(3, 7))
    return {"X": X, "Y": np.repeat(X[:, :1], 7, axis=1), "Wq": rng.normal(size=(2, 3)), "Wk": rng.normal(size=(2, 3)), "Wv": rng.normal(size=(3, 3))}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(500):
        for name, g in list(zip(D.values, gradient(**values)))[:3]:
            values[name] = values[name] - 0.02 * g
    scores = values["X"].T @ values["Wk"].T @ values["Wq"] @ values["X"] / np.sqrt(2)
    weights = np.exp(scores) / np.exp(scores).sum(axis=0)
    print("error:", np.linalg.norm(values["Wv"] @ values["X"] @ weights - values["Y"]).round(3))


if __name__ == "__main__":
    main()
