"""Random expressions against automatic differentiation: 2,000 gradients, 120 Jacobians and 80 Hessians, none wrong.

With MATGRAD_RANDOM=10 in the environment there are ten times as many Jacobians and Hessians.

The expression is differentiated by matgrad from its text, and by JAX from array functions that know nothing
of matgrad. Sizes are few, so that JAX compiles each operation once.
"""

import os
import random
import re
from typing import Any

import jax
import numpy as np
import pytest

import matgrad as mg
from draws import TurnedDown, assume, examples, generator, integers, one_of
from expressions import DECLARE, SIZES, Node, for_matgrad, matrices, scalars, values

jax.config.update("jax_enable_x64", True)
jnp = jax.numpy

TOLERANCE = 1e-8
LARGEST = 1e6  # beyond this, rounding decides
TIMES = int(os.environ.get("MATGRAD_RANDOM", "1"))
KINKS = ("relu", "abs", "norm1")
seeds = integers(0, 3)


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
@examples(200, rng=generator, size=one_of(SIZES), seed=seeds)
def test_gradients_agree_with_automatic_differentiation(name: str, rng: random.Random, size: dict[str, int], seed: int) -> None:
    node = with_variable(scalars(name)(rng), name)
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


def stacked_columns(jacobian: np.ndarray) -> np.ndarray:
    """∂F_ij/∂X_kl as the matrix ∂vec F/∂vec X with vec dF = J vec dX."""
    p, q, m, n = jacobian.shape
    return jacobian.transpose(1, 0, 3, 2).reshape(p * q, m * n)


def projection(name: str, n: int) -> np.ndarray:
    """Onto vec of the directions that the variable has: a symmetric one, those of symmetric matrices."""
    if name not in ("P", "M"):
        return np.eye(n)
    k = round(n**0.5)
    swap = np.eye(n).reshape(k, k, n).transpose(1, 0, 2).reshape(n, n)
    return (np.eye(n) + swap) / 2


@pytest.mark.parametrize("name", ["X", "x", "P", "S"])
@examples(20 * TIMES, rng=generator, size=one_of(SIZES), seed=seeds)
def test_hessians_agree_with_automatic_differentiation(name: str, rng: random.Random, size: dict[str, int], seed: int) -> None:
    node = with_variable(scalars(name, 3)(rng), name)
    arrays = values(size, seed)
    f = lambda x: node.f(jnp, {**arrays, name: x})[0, 0]
    want = stacked_columns(np.asarray(jax.jacfwd(jax.grad(f))(jnp.asarray(arrays[name]))))
    assume(np.isfinite(want).all() and np.abs(want).max() < LARGEST and smooth_here(node, name, arrays))
    try:
        d = mg.derive(node.text, wrt=name, declare=DECLARE, order=2)
    except mg.UnsupportedError:
        raise TurnedDown from None  # det has no second derivative by the rows at a matrix that is always singular, and matgrad says so
    assume(not d.result.conditions)
    have = np.atleast_2d(d.evaluate({**for_matgrad(arrays), **size}))
    p = projection(name, len(want))
    assert agree(p @ have @ p, p @ want @ p), f"{node.text}\nby {name} at {size}, seed {seed}:\n{have}\ninstead of\n{want}"
    assert agree(have, have.T), f"the Hessian of {node.text} by {name} is not symmetric"


@pytest.mark.parametrize("name", ["X", "x", "P", "S", "A", "y"])
@examples(20 * TIMES, rng=generator, size=one_of(SIZES), seed=seeds, layout=one_of(["denominator", "numerator", "tensor", "blocks_F", "blocks_X"]))
def test_jacobians_agree_with_automatic_differentiation(name: str, rng: random.Random, size: dict[str, int], seed: int, layout: str) -> None:
    node = matrices(name)(rng)
    assume(re.search(rf"\b{name}\b", node.text))
    arrays = values(size, seed)
    f = lambda x: node.f(jnp, {**arrays, name: x})
    tensor = np.asarray(jax.jacobian(f)(jnp.asarray(arrays[name])))
    assume(np.isfinite(tensor).all() and np.abs(tensor).max() < LARGEST and smooth_in_all(node, name, arrays))
    d = mg.derive(node.text, wrt=name, declare=DECLARE, layout=layout)
    assume(not d.result.conditions)
    have = np.asarray(d.evaluate({**for_matgrad(arrays), **size}))
    p, q, m, n = tensor.shape
    flat = stacked_columns(tensor)
    want = {
        "denominator": flat.T,
        "numerator": flat,
        "tensor": tensor,
        "blocks_F": tensor.transpose(0, 2, 1, 3).reshape(p * m, q * n),
        "blocks_X": tensor.transpose(2, 0, 3, 1).reshape(m * p, n * q),
    }[layout]
    if name == "P":  # on directions that are symmetric
        assume(layout in ("denominator", "numerator"))
        side = projection(name, m * n)
        have, want = (side @ have.reshape(want.shape), side @ want) if layout == "denominator" else (have.reshape(want.shape) @ side, want @ side)
    assert agree(have, want), f"{node.text}\nby {name} at {size}, seed {seed}, {layout}:\n{have}\ninstead of\n{want}"


def smooth_in_all(node: Node, name: str, arrays: dict[str, np.ndarray]) -> bool:
    """Whether no entry is near a kink."""
    if not any(k in node.text for k in KINKS):
        return True
    d = np.random.default_rng(5).normal(size=arrays[name].shape)
    at = [node.f(np, {**arrays, name: arrays[name] + s * 1e-6 * d}) for s in (-1, 0, 1)]
    left, right = (at[1] - at[0]) / 1e-6, (at[2] - at[1]) / 1e-6
    return bool(np.all(np.abs(left - right) <= 1e-3 * np.maximum(1.0, np.abs(left))))


@examples(100, node=scalars(), size=one_of(SIZES), seed=seeds)
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
