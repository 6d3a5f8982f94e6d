"""Hessians and Jacobians as maps, against the matrices that `evaluate` forms."""

from __future__ import annotations

import random

import numpy as np
import pytest

import matgrad as mg
from draws import TurnedDown, assume, examples, generator, one_of
from expressions import DECLARE, SIZES, Grower, for_matgrad, values

RNG = np.random.default_rng(11)
FACTORISATION = ("normF(T - U*V')^2", "U", "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)")
ARRAYS = {"T": RNG.normal(size=(4, 5)), "U": RNG.normal(size=(4, 2)), "V": RNG.normal(size=(5, 2))}
PRODUCT = {"A": RNG.normal(size=(2, 3)), "X": RNG.normal(size=(3, 4)), "B": RNG.normal(size=(4, 2))}


def dense(operator: object) -> np.ndarray:
    return operator @ np.eye(operator.shape[1])  # type: ignore[attr-defined, operator]


def test_hessian_times_a_direction_is_an_expression_without_kronecker_products() -> None:
    hessian = mg.derive(*FACTORISATION, order=2)
    assert mg.equal(hessian.value, "2*kron(V'*V, eye(m))", FACTORISATION[2])
    assert mg.equal(str(hessian.hvp), "2*V_*V'*V", FACTORISATION[2] + "; V_: matrix(m,k)")
    assert "kron" not in str(hessian.hvp)


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize(
    ("text", "wrt", "declare", "order", "values"),
    [
        (*FACTORISATION, 2, ARRAYS),
        ("A*exp(X*B)", "X", "A: matrix(l,m); X: matrix(m,n); B: matrix(n,p)", 1, PRODUCT),
        ("inv(X)", "X", "X: invertible(n)", 1, {"X": RNG.normal(size=(3, 3)) + 3 * np.eye(3)}),
        ("softmax(W*x)", "x", "W: matrix(m,n); x: vector(n)", 1, {"W": RNG.normal(size=(3, 4)), "x": RNG.normal(size=4)}),
        ("log(det(X))", "X", "X: invertible(n)", 2, {"X": RNG.normal(size=(3, 3)) + 3 * np.eye(3)}),
    ],
)
def test_operators_agree_with_the_matrix(text: str, wrt: str, declare: str, order: int, values: dict[str, np.ndarray], layout: str) -> None:
    found = mg.derive(text, wrt, declare, order=order, layout=layout)
    matrix, operator = found.evaluate(values), found.operator(values)
    assert operator.shape == matrix.shape
    assert np.allclose(dense(operator), matrix) and np.allclose(dense(operator.T), matrix.T)


@examples(120, rng=generator, wrt=one_of(["X", "x", "w", "A", "S"]), order=one_of([1, 2]), sizes=one_of(SIZES))
def test_random_operators_agree_with_the_matrix(rng: random.Random, wrt: str, order: int, sizes: dict[str, int]) -> None:
    """Families, scalars and sizes of 1 among the arguments; derivatives that are zero among the operators."""
    node = Grower(rng, wrt).grow("11" if order == 2 else rng.choice(["mn", "n1", "nn"]), 3)
    try:
        found = mg.derive(node.text, wrt, DECLARE, order=order)
    except mg.UnsupportedError:
        raise TurnedDown from None  # the second derivative of det at a singular matrix
    assume(not found.result.conditions)
    arrays = {**for_matgrad(values(sizes, 1)), **sizes}
    matrix = found.evaluate(arrays)
    assume(np.isfinite(matrix).all() and np.abs(matrix).max(initial=0) < 1e6)
    operator = found.operator(arrays)
    matrix = np.reshape(matrix, operator.shape)
    assert np.allclose(dense(operator), matrix, atol=1e-8) and np.allclose(dense(operator.T), matrix.T, atol=1e-8)


@pytest.mark.parametrize(("text", "order"), [("w'*x", 2), ("w", 1), ("w + x", 1), ("diag(w)", 1), ("norm2(X*w)^4", 2)])
def test_products_are_arrays_of_their_own(text: str, order: int) -> None:
    """Writing to a product changes neither the direction nor the operator, and writing to an argument does not change the operator."""
    values = {"w": np.ones(2), "x": np.ones(2), "X": np.eye(2), "n": 2, "m": 2}
    operator = mg.derive(text, "w", "w: vector(n); x: vector(n); X: matrix(m,n)", order=order).operator(values)
    for one in (operator, operator.T):
        v = RNG.normal(size=one.shape[1])
        before, kept = v.copy(), one @ v
        found = one @ v
        found += 1
        values["X"] *= 2
        assert np.array_equal(v, before) and np.array_equal(one @ v, kept)


def test_a_family_has_no_operator() -> None:
    for wrt in ("a", "a[k]"):
        with pytest.raises(mg.UnsupportedError, match="by the family a"):
            mg.derive("sum(i,1..N,norm2(w-a[i])^2)", wrt, "a[i]: vector(n), i=1..N; w: vector(n)", order=2).operator({})


def test_a_gradient_is_no_operator() -> None:
    with pytest.raises(mg.UnsupportedError, match="Jacobian or a Hessian"):
        mg.derive("tr(X)", "X", "X: matrix(n,n)").operator({"X": np.eye(2)})


def test_the_structure_is_drawn_at_the_sizes_given() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axis = mg.derive("A*exp(X*B)", "X", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,q)").plot({"m": 5, "n": 4, "p": 3, "q": 6})
    drawn = np.asarray(axis.images[0].get_array(), dtype=bool)
    assert drawn.shape == (20, 18)
    hessian = mg.derive("sum(i, 1..n, exp(x[i]*x[i]))", "x", "x: vector(n)", order=2).plot({"n": 7})
    assert np.array_equal(np.asarray(hessian.images[0].get_array(), dtype=bool), np.eye(7, dtype=bool))
    with pytest.raises(mg.UnsupportedError, match="only a Jacobian or a Hessian has a structure to draw"):
        mg.derive("x'*x", "x").plot()
    with pytest.raises(mg.LimitError, match="up to 2000 rows and columns are drawn"):
        mg.derive("inv(X)", "X", "X: matrix(n,n)").plot({"n": 100})


@pytest.mark.parametrize("space", ["symmetric", "skew", "lower", "upper", "diagonal", "toeplitz"])
def test_by_a_structured_variable_the_operator_is_symmetric_and_right_on_the_space(space: str) -> None:
    from matgrad.check.draw import structured

    a, b = RNG.normal(size=(2, 3, 3))
    hessian = mg.derive("tr(X*A*X'*B) + tr(X*X*X)", "X", f"X: {space}(n); A: matrix(n,n); B: matrix(n,n)", order=2)
    x, v = (structured(RNG.normal(size=(3, 3)), frozenset({space})) for _ in range(2))
    values = {"X": x, "A": a, "B": b}
    operator = hessian.operator(values)
    assert np.allclose(operator @ v.T.reshape(-1), hessian.evaluate(values) @ v.T.reshape(-1))
    assert np.allclose(dense(operator), dense(operator).T)
