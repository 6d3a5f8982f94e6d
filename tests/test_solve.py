"""Stationary points and Newton's step, against linear algebra done by hand in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import matgrad as mg

RNG = np.random.default_rng(7)


def arrays(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {k: RNG.normal(size=s) for k, s in shapes.items()}


def definite(n: int) -> np.ndarray:
    a = RNG.normal(size=(n, n))
    return a @ a.T + np.eye(n)


CASES = {
    "least squares": (
        ("norm2(X*w - y)^2", "w", "X: matrix(T,k) full_column_rank; w: vector(k); y: vector(T)"),
        lambda v: np.linalg.lstsq(v["X"], v["y"], rcond=None)[0],
        arrays(X=(6, 3), w=(3,), y=(6,)),
    ),
    "ridge": (
        ("norm2(X*w - y)^2 + lambda*norm2(w)^2", "w", "X: matrix(m,n); w: vector(n); y: vector(m); lambda: scalar > 0"),
        lambda v: np.linalg.solve(v["X"].T @ v["X"] + 0.7 * np.eye(3), v["X"].T @ v["y"]),
        {**arrays(X=(6, 3), w=(3,), y=(6,)), "lambda": np.float64(0.7)},
    ),
    "weighted": (
        ("(y - X*w)'*P*(y - X*w)", "w", "X: matrix(m,n) full_column_rank; w: vector(n); y: vector(m); P: posdef(m)"),
        lambda v: np.linalg.solve(v["X"].T @ v["P"] @ v["X"], v["X"].T @ v["P"] @ v["y"]),
        {**arrays(X=(6, 3), w=(3,), y=(6,)), "P": definite(6)},
    ),
    "precision": (
        ("tr(S*P) - log(det(P))", "P", "P: posdef(n); S: posdef(n)"),
        lambda v: np.linalg.inv(v["S"]),
        {"S": definite(3), "P": definite(3)},
    ),
    "covariance": (("log(det(P)) + tr(S*inv(P))", "P", "P: posdef(n); S: posdef(n)"), lambda v: v["S"], {"S": definite(3), "P": definite(3)}),
    "both sides": (
        ("normF(A*X*B - C)^2", "X", "A: matrix(p,m) full_column_rank; X: matrix(m,n); B: matrix(n,q) full_row_rank; C: matrix(p,q)"),
        lambda v: np.linalg.pinv(v["A"]) @ v["C"] @ np.linalg.pinv(v["B"]),
        arrays(A=(5, 3), B=(2, 4), C=(5, 4), X=(3, 2)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_closed_forms(name: str) -> None:
    question, by_hand, values = CASES[name]
    found = mg.stationary(*question)
    assert np.allclose(found.evaluate(values), by_hand(values), atol=1e-9)
    assert found.verify() and found.check()
    assert found.result.notes[-1][0] == "strict minimum"


def test_several_unknowns() -> None:
    found = mg.stationary(
        "N*log(det(Sigma)) + sum(i, 1..N, (x[i]-mu)'*inv(Sigma)*(x[i]-mu))", "mu,Sigma", "Sigma: posdef(n); mu: vector(n); x[i]: vector(n), i=1..N"
    )
    x = RNG.normal(size=(9, 3))
    have = found.evaluate({"x": x, "mu": np.zeros(3), "Sigma": np.eye(3)})
    assert np.allclose(have["mu"], x.mean(0)) and np.allclose(have["Sigma"], np.cov(x.T, bias=True))


def test_a_maximum_is_not_called_a_minimum() -> None:
    found = mg.stationary("-norm2(x - a)^2", "x", "x: vector(n); a: vector(n)")
    assert found.result.notes[-1][0] == "strict maximum"
    assert mg.stationary("x'*A*x + b'*x", "x", "A: symmetric(n); x: vector(n); b: vector(n)").result.notes[-1][0] == "undecided"


@pytest.mark.parametrize("question", [("exp(a'*x)", "x", "a: vector(n); x: vector(n)"), ("a'*x", "x", "a: vector(n); x: vector(n)")])
def test_no_closed_form_is_said(question: tuple[str, str, str]) -> None:
    with pytest.raises(mg.UnsupportedError):
        mg.stationary(*question)


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
