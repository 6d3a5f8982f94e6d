"""Gaussian likelihood: the sample mean and covariance are where both gradients vanish.

Source: Bishop, Pattern Recognition and Machine Learning, 2.3.4; Magnus and Neudecker, 15.
"""

import numpy as np

import matgrad as mg

LOSS = "N/2*log(det(S)) + 1/2*sum(i, 1..N, (x[i] - mu)'*inv(S)*(x[i] - mu))"
DECLARE = "S: posdef(n); x[i]: vector(n), i=1..N; mu: vector(n)"
WRT = "mu,S"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    A = rng.normal(size=(3, 3))
    return {"x": rng.normal(size=(50, 3)) @ A.T + 1, "mu": rng.normal(size=3), "S": np.eye(3) + A @ A.T}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    values = data(np.random.default_rng(0))
    values["mu"] = values["x"].mean(axis=0)
    values["S"] = np.cov(values["x"].T, bias=True)
    dmu, dS = D.function()(**values)
    print("at the sample mean and covariance the gradients are", np.abs(dmu).max(), np.abs(dS).max())
    assert np.allclose(dmu, 0) and np.allclose(dS, 0)


if __name__ == "__main__":
    main()
