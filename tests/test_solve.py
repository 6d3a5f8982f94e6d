"""Newton's step and sums as matrix products, against linear algebra done by hand in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import matgrad as mg

RNG = np.random.default_rng(7)


def definite(n: int) -> np.ndarray:
    a = RNG.normal(size=(n, n))
    return a @ a.T + np.eye(n)


def test_a_newton_step_solves_a_quadratic_at_once() -> None:
    step = mg.newton_step("1/2*x'*A*x - b'*x", "x", "A: posdef(n); x: vector(n); b: vector(n)")
    a, x, b = definite(4), RNG.normal(size=4), RNG.normal(size=4)
    assert np.allclose(x + step.evaluate({"A": a, "x": x, "b": b}), np.linalg.solve(a, b))
    assert step.verify() and step.check()


MATRIX_FORMS = [
    ("sum(i, 1..N, A[:,i]*B[:,i]')", "A*B'", "A: matrix(m,N); B: matrix(n,N)"),
    ("sum(i, 1..N, s[i]*A[:,i]*A[:,i]')", "A*diag(s)*A'", "A: matrix(m,N); s: vector(N)"),
    ("sum(i, 1..N, (y[i] - w'*X[i,:]')^2)", "norm2(X*w - y)^2", "X: matrix(N,n); y: vector(N); w: vector(n)"),
    ("sum(i, 1..N, norm2(X[:,i] - W*Z[:,i])^2)", "normF(W*Z - X)^2", "X: matrix(m,N); Z: matrix(k,N); W: matrix(m,k)"),
    ("sum(i, 1..N, log(1 + exp(-y[i]*X[i,:]*w)))", "sum(softplus(-y .* (X*w)))", "X: matrix(N,n); y: vector(N); w: vector(n)"),
    ("sum(i, 1..N, max(0, 1 - y[i]*(X[i,:]*w + b)))", "sum(max(0, 1 - y .* (X*w + b)))", "X: matrix(N,n); y: vector(N); w: vector(n); b: scalar"),
]


@pytest.mark.parametrize(("given", "wanted", "declare"), MATRIX_FORMS)
def test_sums_over_columns_become_matrix_products(given: str, wanted: str, declare: str) -> None:
    found = mg.matrix_form(given, declare)
    assert str(found) == wanted
    assert mg.compare(given, wanted, declare).proof in ("normal form", "evaluation") and mg.equal(given, wanted, declare)


def test_a_sum_without_a_matrix_form_stays() -> None:
    given = "sum(i, 1..N, det(x[i]*x[i]' + A))"
    declare = "x[i]: vector(n), i=1..N; A: matrix(n,n)"
    assert mg.matrix_form(given, declare) is mg.parse(given, declare)
