"""Mixture of Gaussians: the gradient by the means carries the responsibilities.

Source: Bishop, Pattern Recognition and Machine Learning, 9.2.2, equation (9.16).
"""

import numpy as np

import matgrad as mg

LOSS = "-sum(i, 1..N, log(sum(k, 1..K, p[k]*exp(-norm2(x[i] - M[:,k])^2/2))))"
DECLARE = "x[i]: vector(n), i=1..N; M: matrix(n,K); p: vector(K) > 0"
WRT = "M,p"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    centres = np.array([[0.0, 3.0], [3.0, -1.0], [-3.0, 0.0]])
    x = centres[rng.integers(3, size=150)] + rng.normal(size=(150, 2))
    return {"x": x, "M": rng.normal(size=(2, 3)), "p": rng.dirichlet([5.0, 5.0, 5.0])}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(300):
        dM, dp = gradient(**values)
        values["M"] = values["M"] - 0.01 * dM
        values["p"] = -values["p"] * dp / len(values["x"])  # the share of each: EM's step, from the same gradient
    print("means:", values["M"].T.round(2).tolist(), "shares:", values["p"].round(2))


if __name__ == "__main__":
    main()
