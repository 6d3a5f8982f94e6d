"""Triplet loss: an anchor a lies nearer to the positive p than to the negative q, by a margin.

Source: Schroff, Kalenichenko, Philbin (2015), FaceNet, equation (2).
"""

import numpy as np

import matgrad as mg

LOSS = "sum(i, 1..N, max(0, norm2(W*(a[i] - p[i]))^2 - norm2(W*(a[i] - q[i]))^2 + m))/N"
DECLARE = "a[i]: vector(n), i=1..N; p[i]: vector(n), i=1..N; q[i]: vector(n), i=1..N; W: matrix(k,n); m: scalar > 0"
WRT = "W"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    label = rng.integers(2, size=100)
    a, p, q = (rng.normal(size=(100, 3)) + np.outer(k, [3.0, 0.0, 0.0]) for k in (label, label, 1 - label))
    return {"a": a, "p": p, "q": q, "W": 0.5 * rng.normal(size=(2, 3)), "m": 1.0}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(200):
        values["W"] = values["W"] - 0.02 * gradient(**values)
    near, far = (np.linalg.norm((values["a"] - values[k]) @ values["W"].T, axis=1) for k in "pq")
    print("triplets in order:", np.mean(near < far))


if __name__ == "__main__":
    main()
