"""Softmax regression: cross entropy of several classes as a sum over samples.

Source: Bishop, Pattern Recognition and Machine Learning, 4.3.4.
"""

import numpy as np

import matgrad as mg

LOSS = "-sum(i, 1..N, y[i]'*log(softmax(W*x[i] + b)))/N"
DECLARE = "x[i]: vector(n), i=1..N; y[i]: onehot(m), i=1..N; W: matrix(m,n); b: vector(m)"
WRT = "W,b"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    label = rng.integers(3, size=60)
    centres = np.array([[2.0, 0.0], [-2.0, 1.0], [0.0, -2.0]])
    return {"x": centres[label] + rng.normal(size=(60, 2)), "y": np.eye(3)[label], "W": rng.normal(size=(3, 2)), "b": rng.normal(size=3)}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(200):
        dW, db = gradient(**values)
        values["W"], values["b"] = values["W"] - 0.5 * dW, values["b"] - 0.5 * db
    found = np.argmax(values["x"] @ values["W"].T + values["b"], axis=1)
    print("accuracy:", np.mean(found == np.argmax(values["y"], axis=1)))


if __name__ == "__main__":
    main()
