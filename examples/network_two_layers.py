"""Two layers, all samples as the columns of one matrix: cross entropy behind a sigmoid.

Source: Goodfellow, Bengio, Courville, Deep Learning, 6.5.7.
"""

import numpy as np

import matgrad as mg

LOSS = "A1 = W1*X + b1*ones(N)'; H1 = sigmoid(A1); A2 = W2*H1 + b2*ones(N)'; -tr(Y'*log(softmax(A2)))/N"
DECLARE = "W1: matrix(p,n); b1: vector(p); W2: matrix(m,p); b2: vector(m); X: matrix(n,N); Y: onehot(m,N)"
WRT = "W1,b1,W2,b2"


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    X = rng.uniform(-1, 1, size=(2, 200))
    Y = np.eye(2)[:, (X[0] * X[1] > 0).astype(int)]  # exclusive or
    return {"X": X, "Y": Y, "W1": rng.normal(size=(8, 2)), "b1": rng.normal(size=8), "W2": rng.normal(size=(2, 8)), "b2": rng.normal(size=2)}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(2000):
        for name, g in zip(D.values, gradient(**values)):
            values[name] = values[name] - 2.0 * g
    hidden = 1 / (1 + np.exp(-values["W1"] @ values["X"] - values["b1"][:, None]))
    found = np.argmax(values["W2"] @ hidden + values["b2"][:, None], axis=0)
    accuracy = np.mean(found == np.argmax(values["Y"], axis=0))
    print("accuracy:", accuracy)
    assert accuracy > 0.95


if __name__ == "__main__":
    main()
