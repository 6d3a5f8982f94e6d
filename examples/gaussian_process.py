"""Gaussian process: the negative log likelihood by the parameters of its kernel.

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, 5.4.1, equation (5.9).
"""

import numpy as np

import matgrad as mg

LOSS = "1/2*log(det(C)) + 1/2*y'*inv(C)*y where C = s*exp(-E/(2*l^2)) + v*eye(n)"
DECLARE = "E: symmetric(n); y: vector(n); s: scalar > 0; l: scalar > 0; v: scalar > 0"
WRT = "s,l,v"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    x = np.sort(rng.uniform(-3, 3, size=30))
    return {"E": (x[:, None] - x) ** 2, "y": np.sin(2 * x) + 0.1 * rng.normal(size=30), "s": 1.0, "l": 1.2, "v": 0.1}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(500):
        for name, g in zip(D.values, gradient(**values)):
            values[name] = values[name] * np.exp(-0.01 * values[name] * g)  # descent in the logarithm
    print({name: round(float(values[name]), 3) for name in D.values})


if __name__ == "__main__":
    main()
