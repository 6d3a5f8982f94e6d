"""D.scipy(): packed variables, value, gradient and Hessian on the vector that an optimiser moves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matgrad as mg
from matgrad.check.draw import draw_values

pytest.importorskip("scipy")
RNG = np.random.default_rng(5)
A = RNG.normal(size=(3, 3))
B = RNG.normal(size=(3, 2))
SYMMETRIC = A @ A.T + np.eye(3)
EXAMPLES = Path(__file__).parent.parent / "examples"

CASES = [
    ("normF(T - X*B)^2 + tr(X'*X*X'*X)", "T: matrix(4,2); X: matrix(4,3); B: matrix(3,2)", {"T": RNG.normal(size=(4, 2)), "B": B}, RNG.normal(size=(4, 3))),
    ("norm2(C*X - y)^2 + sum(exp(X))", "C: matrix(3,3); X: vector(3); y: vector(3)", {"C": A, "y": B[:, 0]}, RNG.normal(size=3)),
    ("logdet(X) + tr(S*inv(X))", "X: posdef(3); S: symmetric(3)", {"S": A + A.T}, SYMMETRIC),
    ("tr(C*X*X*X)", "X: symmetric(3); C: matrix(3,3)", {"C": A}, A + A.T),
    ("normF(C*X*B)^2", "X: skew(3); C: matrix(3,3); B: matrix(3,2)", {"C": A, "B": B}, A - A.T),
    ("normF(C*X*B)^2", "X: lower(3); C: matrix(3,3); B: matrix(3,2)", {"C": A, "B": B}, np.tril(A)),
    ("sum(exp(C*X*B))", "X: diagonal(3); C: matrix(3,3); B: matrix(3,2)", {"C": A, "B": B}, np.diag(B[:, 0])),
]  # fmt: skip


@pytest.mark.parametrize(("text", "declare", "values", "start"), CASES, ids=[f"{c[0]}, {c[1].split(';')[0]}" for c in CASES])
def test_derivatives_in_coordinates(text: str, declare: str, values: dict[str, Any], start: Any) -> None:
    p = mg.derive(text, "X", declare).scipy(values)
    x = p.pack(start)
    np.testing.assert_allclose(p.unpack(x), start)
    assert np.isclose(x @ x, np.sum(start**2))  # lengths are kept
    basis = np.eye(len(x)) * 1e-5
    slopes = [(p.fun(x + e) - p.fun(x - e)) / 2e-5 for e in basis]
    np.testing.assert_allclose(p.jac(x), slopes, rtol=1e-6, atol=1e-6 * np.abs(slopes).max())
    curves = np.array([(p.jac(x + e) - p.jac(x - e)) / 2e-5 for e in basis])
    np.testing.assert_allclose(p.hess(x), curves, rtol=1e-6, atol=1e-6 * np.abs(curves).max())
    direction = RNG.normal(size=len(x))
    np.testing.assert_allclose(p.hessp(x, direction), p.hess(x) @ direction, rtol=1e-9, atol=1e-9 * np.abs(curves).max())


def test_outside_the_domain_the_value_is_inf() -> None:
    p = mg.derive("logdet(X) + tr(S*inv(X))", "X", "X: posdef(3); S: symmetric(3)").scipy({"S": np.eye(3)})
    x = p.pack(-np.eye(3))
    assert p.fun(x) == np.inf and np.isnan(p.jac(x)).all()


def test_several_variables_are_packed_in_order() -> None:
    p = mg.derive("norm2(X*w + t*ones(4) - y)^2", "w,t", "X: matrix(4,3); w: vector(3); t: scalar; y: vector(4)").scipy({"X": np.ones((4, 3)), "y": np.ones(4)})
    x = p.pack(np.arange(3.0), 7.0)
    assert x.tolist() == [0, 1, 2, 7]
    assert p.unpack(x)[1] == 7
    slopes = [(p.fun(x + e) - p.fun(x - e)) / 2e-5 for e in np.eye(4) * 1e-5]
    np.testing.assert_allclose(p.jac(x), slopes, rtol=1e-6)
    curves = np.array([(p.jac(x + e) - p.jac(x - e)) / 2e-5 for e in np.eye(4) * 1e-5])
    np.testing.assert_allclose(p.hess(x), curves, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(p.hessp(x, curves[0]), p.hess(x) @ curves[0], rtol=1e-12)


SEVERAL = [
    ("logdet(S) + (x - m)'*inv(S)*(x - m) + t^2*tr(S*A)", "S,m,t", "S: posdef(3); m: vector(3); t: scalar; x: vector(3); A: matrix(3,3)"),
    ("sum(sin(C*X*D)) + tr(L*X'*C') + u*normF(L)^2", "X,L,u", "X: matrix(2,3); D: diagonal(3); C: matrix(3,2); L: lower(3); u: scalar"),
    ("exp(s*t) + s^3*t", "s,t", "s: scalar; t: scalar"),
    ("tr(X*Y*X'*A) + sum(Y)", "Y,X", "X: skew(3); Y: symmetric(3); A: matrix(3,3)"),
]


@pytest.mark.parametrize(("text", "wrt", "declare"), SEVERAL, ids=[c[0] for c in SEVERAL])
def test_the_hessian_by_several_variables(text: str, wrt: str, declare: str) -> None:
    D = mg.derive(text, wrt, declare)
    values = draw_values([D.result.function], np.random.default_rng(5), {})
    names = wrt.split(",")
    p = D.scipy({k: v for k, v in values.items() if k not in names})
    x = p.pack(*[values[k] for k in names])
    basis = np.eye(len(x)) * 1e-5
    curves = np.array([(p.jac(x + e) - p.jac(x - e)) / 2e-5 for e in basis])
    np.testing.assert_allclose(p.hess(x), curves, rtol=0, atol=1e-7 * np.abs(curves).max())
    direction = RNG.normal(size=len(x))
    np.testing.assert_allclose(p.hessp(x, direction), p.hess(x) @ direction, rtol=0, atol=1e-11 * np.abs(curves).max())


def test_value_gradients_and_block_hessian_in_one_program() -> None:
    D = mg.derive("normF(T - U*V')^2", "U,V", "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)")
    made: Any = D.function(outputs="value, gradient, hessian, hvp")
    values = draw_values([D.result.function], np.random.default_rng(1), {"m": 3, "n": 4, "k": 2})
    T, U, V = (values[k] for k in "TUV")
    directions = {"V_U": RNG.normal(size=(3, 2)), "V_V": RNG.normal(size=(4, 2))}
    value, of_U, of_V, hessian, along_U, along_V = made(**{p: {**values, **directions}[p] for p in made.arguments})
    assert np.isclose(value, np.sum((T - U @ V.T) ** 2))
    np.testing.assert_allclose(of_V, 2 * (U @ V.T - T).T @ U)
    np.testing.assert_allclose(hessian[:6, :6], 2 * np.kron(V.T @ V, np.eye(3)), atol=1e-14)
    np.testing.assert_allclose(hessian[6:, 6:], 2 * np.kron(U.T @ U, np.eye(4)), atol=1e-14)
    stacked = np.concatenate([directions[k].reshape(-1, order="F") for k in ("V_U", "V_V")])
    along = np.concatenate([a.reshape(-1, order="F") for a in (along_U, along_V)])
    np.testing.assert_allclose(hessian @ stacked, along, rtol=1e-12, atol=1e-12)
    mixed = mg.derive(D.result.function, "V,U", order=2)  # rows as U, columns as V
    np.testing.assert_allclose(mixed.evaluate(values), hessian[:6, 6:])
    with pytest.raises(mg.UnsupportedError, match="by one variable"):
        mixed.code(outputs="hvp")
    p = mixed.scipy({"T": T})
    assert p.hess(p.pack(V, U)).shape == (14, 14)


def test_misfits_are_named() -> None:
    D = mg.derive("norm2(X*w - y)^2", "w", "X: matrix(m,n); w: vector(n); y: vector(m)")
    with pytest.raises(mg.ShapeError, match="no value is given for y"):
        D.scipy({"X": np.eye(2)})
    p = D.scipy({"X": np.eye(2), "y": np.ones(2)})
    with pytest.raises(mg.ShapeError, match="pack a start first"):
        p.fun(np.ones(2))
    with pytest.raises(mg.ShapeError, match=r"w has the shape \(2, 2\), but n×1 is expected"):
        p.pack(np.eye(2))
    with pytest.raises(mg.UnsupportedError, match="curved set"):
        mg.derive("tr(A*Q)", "Q", "Q: orthogonal(n); A: matrix(n,n)").scipy({"A": A}).pack(np.eye(3))


@pytest.mark.parametrize("name", ["optimise_logistic", "optimise_covariance"])
def test_examples_run(name: str) -> None:
    done = subprocess.run([sys.executable, EXAMPLES / f"{name}.py"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
