"""Random expressions against automatic differentiation: 2,000 gradients and 160 Hessians, none wrong.

The expression is differentiated by matgrad from its text, and by JAX from array functions that know nothing
of matgrad. Sizes are few, so that JAX compiles each operation once.
"""

import re
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st

import matgrad as mg
from expressions import DECLARE, SIZES, Node, for_matgrad, scalars, values

jax.config.update("jax_enable_x64", True)
jnp = jax.numpy

TOLERANCE = 1e-8
LARGEST = 1e6  # beyond this, rounding decides
KINKS = ("relu", "abs", "norm1")
seeds = st.integers(0, 3)


def symmetric(g: np.ndarray) -> np.ndarray:
    return (g + g.T) / 2


def reference(node: Node, name: str, arrays: dict[str, np.ndarray]) -> tuple[float, np.ndarray]:
    """f and its gradient by JAX, in the space of symmetric matrices where the variable lives there."""

    def f(x: Any) -> Any:
        return node.f(jnp, {**arrays, name: x})[0, 0]

    value, g = jax.value_and_grad(f)(jnp.asarray(arrays[name]))
    found = np.asarray(g)
    return float(value), symmetric(found) if name in ("P", "M") else found


def smooth_here(node: Node, name: str, arrays: dict[str, np.ndarray]) -> bool:
    """Whether no kink is near: one-sided differences agree along a random direction."""
    if not any(k in node.text for k in KINKS):
        return True
    d = np.random.default_rng(5).normal(size=arrays[name].shape)
    h = 1e-6
    at = [node.f(np, {**arrays, name: arrays[name] + s * h * d})[0, 0] for s in (-1, 0, 1)]
    left, right = (at[1] - at[0]) / h, (at[2] - at[1]) / h
    return bool(abs(left - right) <= 1e-3 * max(1.0, abs(left)))


def agree(have: Any, want: np.ndarray) -> bool:
    have = np.asarray(have, dtype=float).reshape(want.shape)
    return bool(np.max(np.abs(have - want)) <= TOLERANCE * max(1.0, float(np.abs(want).max())))


@pytest.mark.parametrize("name", ["X", "x", "S", "P", "t", "A", "y", "M", "w", "B"])
@settings(max_examples=200)
@given(data=st.data(), size=st.sampled_from(SIZES), seed=seeds)
def test_gradients_agree_with_automatic_differentiation(name: str, data: st.DataObject, size: dict[str, int], seed: int) -> None:
    node = with_variable(data.draw(scalars(name)), name)
    arrays = values(size, seed)
    value, want = reference(node, name, arrays)
    assume(np.isfinite(value) and abs(value) < LARGEST and np.isfinite(want).all() and np.abs(want).max(initial=0) < LARGEST)
    assume(smooth_here(node, name, arrays))
    have = mg.derive(node.text, wrt=name, declare=DECLARE).evaluate({**for_matgrad(arrays), **size})
    assert agree(have, want), f"{node.text}\nby {name} at {size}, seed {seed}:\n{have}\ninstead of\n{want}"


def with_variable(node: Node, name: str) -> Node:
    """The expression, multiplied by one that holds the variable where it does not occur."""
    if re.search(rf"\b{name}\b", node.text):
        return node
    head, _, body = node.text.rpartition("; ")
    return Node(f"{head}{'; ' if head else ''}({body})*sum(tanh({name}))", "11", lambda xp, v: node.f(xp, v) * xp.sum(xp.tanh(v[name])))


@settings(max_examples=160)
@given(node=scalars("x", 3), size=st.sampled_from(SIZES), seed=seeds)
def test_hessians_agree_with_automatic_differentiation(node: Node, size: dict[str, int], seed: int) -> None:
    node = with_variable(node, "x")
    arrays = values(size, seed)
    n = size["n"]

    def f(x: Any) -> Any:
        return node.f(jnp, {**arrays, "x": x.reshape(n, 1)})[0, 0]

    want = np.asarray(jax.jacfwd(jax.grad(f))(jnp.asarray(arrays["x"][:, 0])))
    assume(np.isfinite(want).all() and np.abs(want).max() < LARGEST and smooth_here(node, "x", arrays))
    try:
        d = mg.derive(node.text, wrt="x", declare=DECLARE, order=2)
    except mg.UnsupportedError:
        reject()  # det has no second derivative by the rows at a matrix that is always singular, and matgrad says so
    assume(not d.result.conditions)
    have = d.evaluate({**for_matgrad(arrays), **size})
    assert agree(have, want), f"{node.text}\nat {size}, seed {seed}:\n{have}\ninstead of\n{want}"


@settings(max_examples=100)
@given(node=scalars(), size=st.sampled_from(SIZES), seed=seeds)
@example(node=Node("sum(X)", "11", lambda xp, v: xp.sum(v["X"]).reshape(1, 1)), size=SIZES[0], seed=0)
def test_the_value_itself_agrees(node: Node, size: dict[str, int], seed: int) -> None:
    from matgrad.check.numeric import evaluate

    arrays = values(size, seed)
    want = node.f(np, arrays)[0, 0]
    assume(np.isfinite(want) and abs(want) < LARGEST)
    have = evaluate(mg.parse(node.text, DECLARE), {**for_matgrad(arrays), **size})
    assert agree(have, np.array([[want]]))


def test_a_wrong_gradient_is_noticed() -> None:
    node = Node("sum(X .^ 2)", "11", lambda xp, v: xp.sum(v["X"] ** 2).reshape(1, 1))
    arrays = values(SIZES[0], 0)
    _, want = reference(node, "X", arrays)
    assert agree(2 * arrays["X"], want) and not agree(2.002 * arrays["X"], want)
