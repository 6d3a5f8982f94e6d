"""Contrastive loss: like pairs are pulled together, unlike pairs pushed beyond a margin.

Source: Hadsell, Chopra, LeCun (2006), equation (4).
"""

import numpy as np

import matgrad as mg

LOSS = "sum(i, 1..N, y[i]*norm2(W*(u[i] - v[i]))^2 + (1 - y[i])*max(0, m - norm2(W*(u[i] - v[i])))^2)/N"
DECLARE = "u[i]: vector(n), i=1..N; v[i]: vector(n), i=1..N; y: vector(N); W: matrix(k,n); m: scalar > 0"
WRT = "W"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    label, other = rng.integers(2, size=(2, 100))
    u, v = (rng.normal(size=(100, 3)) + np.outer(k, [3.0, 0.0, 0.0]) for k in (label, other))
    return {"u": u, "v": v, "y": (label == other).astype(float), "W": rng.normal(size=(2, 3)), "m": 2.0}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(1000):
        values["W"] = values["W"] - 0.05 * gradient(**values)
    apart = np.linalg.norm((values["u"] - values["v"]) @ values["W"].T, axis=1)
    print("mean distance of like pairs", apart[values["y"] == 1].mean().round(3), "and unlike", apart[values["y"] == 0].mean().round(3))


if __name__ == "__main__":
    main()
