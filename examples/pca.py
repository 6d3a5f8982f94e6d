"""Principal components: the subspace that loses least, found by descent and compared with the SVD.

Source: Bishop, Pattern Recognition and Machine Learning, 12.1.2.
"""

import numpy as np

import matgrad as mg

LOSS = "norm2(X - W*W'*X)^2/N"
DECLARE = "X: matrix(n,N); W: matrix(n,k)"
WRT = "W"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {"X": np.diag([3.0, 2.0, 0.5, 0.2]) @ rng.normal(size=(4, 100)), "W": 0.3 * rng.normal(size=(4, 2))}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(1000):
        values["W"] = values["W"] - 0.01 * gradient(**values)
    W, U = values["W"], np.linalg.svd(values["X"])[0][:, :2]
    print("W*W' differs from the projection of the SVD by", np.linalg.norm(W @ W.T - U @ U.T))
    assert np.allclose(W @ W.T, U @ U.T, atol=1e-6)


if __name__ == "__main__":
    main()
