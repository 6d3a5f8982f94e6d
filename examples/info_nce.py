"""Contrastive loss of matched pairs: each image must find its text among N, and the other way round.

Source: Radford and others (2021), Figure 3; van den Oord and others (2018), equation (4).
"""

import numpy as np

import matgrad as mg

LOSS = "U = W*X; V = P*Y; S = U'*V/t; -tr(log(softmax(S)) + log(softmax(S')))/N"
DECLARE = "W: matrix(k,n); X: matrix(n,N); P: matrix(k,m); Y: matrix(m,N); t: scalar > 0"
WRT = "W,P,t"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    Z = rng.normal(size=(5, 12))
    X, Y = 0.3 * rng.normal(size=(6, 5)) @ Z, 0.3 * rng.normal(size=(7, 5)) @ Z
    return {"X": X, "Y": Y, "W": 0.1 * rng.normal(size=(4, 6)), "P": 0.1 * rng.normal(size=(4, 7)), "t": 0.5}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(1000):
        dW, dP, _ = gradient(**values)
        values["W"], values["P"] = values["W"] - 0.05 * dW, values["P"] - 0.05 * dP
    S = (values["W"] @ values["X"]).T @ values["P"] @ values["Y"]
    print("pairs found:", np.mean(np.argmax(S, axis=0) == np.arange(12)))


if __name__ == "__main__":
    main()
