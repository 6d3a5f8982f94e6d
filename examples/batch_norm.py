"""Batch normalisation: every feature is centred and scaled over the N samples (the columns of X).

Source: Ioffe and Szegedy (2015), Algorithm 1; Goodfellow, Bengio, Courville, Deep Learning, 8.7.1.
"""

import numpy as np

import matgrad as mg

LOSS = """mu = X*ones(N)/N; C = X - mu*ones(N)'; v = C .^ 2*ones(N)/N; Z = diag(1 ./ sqrt(v + e))*C;
H = diag(gamma)*Z + beta*ones(N)'; norm2(H - Y)^2/2"""
DECLARE = "X: matrix(n,N); Y: matrix(n,N); gamma: vector(n); beta: vector(n); e: scalar > 0"
WRT = "X,gamma,beta"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = 3 + 2 * rng.normal(size=(4, 20))
    return {"X": X, "Y": rng.normal(size=(4, 20)), "gamma": rng.normal(size=4), "beta": rng.normal(size=4), "e": 1e-5}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    dX, dgamma, dbeta = D.function()(**data(np.random.default_rng(0)))
    print("the gradient by X has mean 0 over the samples:", np.abs(dX.mean(axis=1)).max())
    assert np.allclose(dX.mean(axis=1), 0)  # moving a whole feature changes nothing


if __name__ == "__main__":
    main()
