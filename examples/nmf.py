"""Non-negative matrix factorisation: a gradient step of the right length is the multiplicative update.

Source: Lee and Seung (2001), Theorem 1; Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 14.6.
"""

import numpy as np

import matgrad as mg

LOSS = "1/2*norm2(V - W*H)^2"
DECLARE = "V: matrix(m,n); W: matrix(m,r); H: matrix(r,n)"
WRT = "W,H"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    W, H = rng.uniform(size=(6, 2)), rng.uniform(size=(2, 8))
    return {"V": W @ H, "W": rng.uniform(0.1, 1, size=(6, 2)), "H": rng.uniform(0.1, 1, size=(2, 8))}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    V, W, H = values["V"], values["W"], values["H"]
    for _ in range(2000):
        W = W - W / (W @ H @ H.T) * gradient(V, W, H)[0]  # = W * (V H') / (W H H')
        H = H - H / (W.T @ W @ H) * gradient(V, W, H)[1]
    print("error:", np.linalg.norm(V - W @ H))
    assert W.min() >= 0 and H.min() >= 0 and np.linalg.norm(V - W @ H) < 1e-2


if __name__ == "__main__":
    main()
