"""One layer: a squared error behind a tanh.

Source: Bishop, Pattern Recognition and Machine Learning, 5.3.
"""

import numpy as np

import matgrad as mg

LOSS = "sum(i, 1..N, norm2(tanh(W*x[i] + b) - y[i])^2)/N"
DECLARE = "x[i]: vector(n), i=1..N; y[i]: vector(m), i=1..N; W: matrix(m,n); b: vector(m)"
WRT = "W,b"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    x, W = rng.normal(size=(50, 3)), np.array([[1.0, -1.0, 0.5], [0.0, 2.0, -1.0]])
    return {"x": x, "y": np.tanh(x @ W.T + 0.3), "W": rng.normal(size=(2, 3)), "b": rng.normal(size=2)}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(2000):
        dW, db = gradient(**values)
        values["W"], values["b"] = values["W"] - 0.5 * dW, values["b"] - 0.5 * db
    print("W =", values["W"].round(3).tolist(), "b =", values["b"].round(3).tolist())


if __name__ == "__main__":
    main()
