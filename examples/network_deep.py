"""A network of L layers: the text is made by a loop, the gradients by every weight come from one sweep.

Source: Goodfellow, Bengio, Courville, Deep Learning, 6.5.
"""

import numpy as np

import matgrad as mg

L = 6
LOSS = "; ".join(f"h{k} = tanh(W{k}*h{k - 1} + b{k})" for k in range(1, L + 1)).replace("h0", "x") + f"; norm2(h{L} - y)^2/2"
DECLARE = "; ".join(f"W{k}: matrix(n,n); b{k}: vector(n)" for k in range(1, L + 1)) + "; x: vector(n); y: vector(n)"
WRT = ",".join(f"W{k},b{k}" for k in range(1, L + 1))


def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    weights = {f"W{k}": rng.normal(size=(4, 4)) / 2 for k in range(1, L + 1)}
    biases = {f"b{k}": 0.1 * rng.normal(size=4) for k in range(1, L + 1)}
    return {"x": rng.normal(size=4), "y": rng.uniform(-0.9, 0.9, size=4), **weights, **biases}


def main() -> None:
    D = mg.derive(LOSS, WRT, DECLARE)
    print(D.explain())
    gradient, values = D.function(), data(np.random.default_rng(0))
    for _ in range(300):
        for name, g in zip(D.values, gradient(**values)):
            values[name] = values[name] - 0.2 * g
    h = values["x"]
    for k in range(1, L + 1):
        h = np.tanh(values[f"W{k}"] @ h + values[f"b{k}"])
    print("output", h.round(4), "wanted", values["y"].round(4))
    assert np.allclose(h, values["y"], atol=1e-2)


if __name__ == "__main__":
    main()
