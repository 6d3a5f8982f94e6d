"""Matrix factorisation with a mask: only the known entries count.

Source: Koren, Bell, Volinsky (2009), Matrix factorization techniques for recommender systems, equation (2).
"""

import numpy as np

import matgrad as mg

LOSS = "1/2*norm2(M .* (V - U*W'))^2 + c/2*(norm2(U)^2 + norm2(W)^2)"
DECLARE = "M: matrix(m,n); V: matrix(m,n); U: matrix(m,r); W: matrix(n,r); c: scalar > 0"
WRT = "U,W"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    V = rng.normal(size=(12, 2)) @ rng.normal(size=(2, 10))
    M = (rng.uniform(size=V.shape) < 0.6).astype(float)
    return {"V": V, "M": M, "U": rng.normal(size=(12, 2)), "W": rng.normal(size=(10, 2)), "c": 0.01}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(3000):
        dU, dW = gradient(**values)
        values["U"], values["W"] = values["U"] - 0.02 * dU, values["W"] - 0.02 * dW
    hidden = (1 - values["M"]) * (values["V"] - values["U"] @ values["W"].T)
    print("error on the entries that were hidden:", np.linalg.norm(hidden).round(3), "of", np.linalg.norm((1 - values["M"]) * values["V"]).round(3))


if __name__ == "__main__":
    main()
