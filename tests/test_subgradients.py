"""A value at a kink is called a subgradient only where the rules give one."""

import numpy as np
import pytest

import matgrad as mg
from matgrad.calculus.subgradients import gives_subgradients

NAMES = "X: matrix(m,n); w: vector(n); b: vector(n); y: vector(m); t: scalar; l: scalar; c: scalar > 0; v: vector(m) >= 0"
CERTAIN = [
    "norm2(y - X*w)^2 + l*norm1(w)", "sum(relu(1 - y .* (X*w)))", "norm1(X*w - y) + sum(max(0, w))", "-norm1(w)", "l*norm1(w) + l*norm1(X*w)",
    "c*norm1(w) + norm2(w)", "v'*abs(X*w)", "max(norm1(w), norm2(X*w))", "exp(norm1(w))", "min(w'*b, 1) - norm1(w)", "log(1 + norm1(w))", "(w'*w)*norm1(w)",
    "w'*w", "relu(norm1(w) - 1)",
]  # fmt: skip
DOUBTFUL = [
    "sum(relu(w)) - sum(relu(-w))", "sum(min(w, 0)) + sum(max(w, 0))", "y'*abs(X*w)", "norm1(relu(X*w) - y)", "l*norm1(w) + norm1(X*w)", "abs(norm1(w) - 1)",
    "sum(i, 1..n, b[i]*abs(w[i]))", "norm1(w)*norm1(X*w)", "sum(sin(abs(X*w)))", "abs(w'*b) - max(w'*b, -w'*b)",
]  # fmt: skip


@pytest.mark.parametrize("text", CERTAIN)
def test_certain(text: str) -> None:
    assert gives_subgradients(mg.parse(text, NAMES), [mg.parse("w", NAMES)])
    assert "need not be a subgradient" not in mg.derive(text, "w", NAMES).explain(check=False)


@pytest.mark.parametrize("text", DOUBTFUL)
def test_doubtful(text: str) -> None:
    assert not gives_subgradients(mg.parse(text, NAMES), [mg.parse("w", NAMES)])
    page = mg.derive(text, "w", NAMES).explain(check=False)
    assert "need not be a subgradient" in page and "is a subgradient" not in page


@pytest.mark.parametrize("text", ["relu(t) - relu(-t)", "min(t, 0) + max(t, 0)"])
def test_a_smooth_function_of_kinked_parts(text: str) -> None:
    """Both are t, whose derivative is 1; the rules give another value at 0, and the page does not call it a subgradient."""
    d = mg.derive(text, "t", NAMES)
    assert float(np.asarray(d.evaluate({"t": 0.0}))) != 1 and float(np.asarray(d.evaluate({"t": 0.5}))) == 1
    assert "need not be a subgradient" in d.explain(check=False) and "未必是次梯度" in d.explain("zh", check=False)
