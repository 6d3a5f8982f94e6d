"""Layer normalisation: every sample is centred and scaled over its n features.

Source: Ba, Kiros, Hinton (2016), equation (4).
"""

import numpy as np

import matgrad as mg

LOSS = "c = x - ones(n)*sum(x)/n; s = sqrt(c'*c/n + e); h = gamma .* c/s + beta; norm2(h - y)^2/2"
DECLARE = "x: vector(n); gamma: vector(n); beta: vector(n); y: vector(n); e: scalar > 0"
WRT = "x,gamma,beta"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    x, gamma, beta, y = rng.normal(size=(4, 6))
    return {"x": x, "gamma": gamma, "beta": beta, "y": y, "e": 1e-5}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    dx, dgamma, dbeta = D.function()(**data(np.random.default_rng(0)))
    print("the gradient by x sums to", dx.sum().round(12))
    assert np.isclose(dx.sum(), 0)  # adding a number to all features changes nothing


if __name__ == "__main__":
    main()
