"""Structured variables: the gradient and the Hessian in their space, and by their free parameters, against JAX on the parameters themselves."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import matgrad as mg
from matgrad.check import kernels

jax.config.update("jax_enable_x64", True)
RNG = np.random.default_rng(11)
N = 4
A, B = RNG.normal(size=(2, N, N))
BASES: dict[str, np.ndarray] = {  # vec X = basis @ parameters, built here entry by entry
    "symmetric": np.stack([np.eye(N * N)[i * N + j] + (i != j) * np.eye(N * N)[j * N + i] for j in range(N) for i in range(j, N)]).T,
    "lower": np.stack([np.eye(N * N)[j * N + i] for j in range(N) for i in range(j, N)]).T,
    "diagonal": np.stack([np.eye(N * N)[i * N + i] for i in range(N)]).T,
    "toeplitz": np.stack([sum(np.eye(N * N)[(i + k) * N + i] for i in range(N) if 0 <= i + k < N) for k in range(1 - N, N)]).T,
    "skew": np.stack([np.eye(N * N)[j * N + i] - np.eye(N * N)[i * N + j] for j in range(N) for i in range(j + 1, N)]).T,
    "upper": np.stack([np.eye(N * N)[j * N + i] for j in range(N) for i in range(j + 1)]).T,
}
LOSSES: list[tuple[str, Callable[[jnp.ndarray], jnp.ndarray]]] = [
    ("tr(X*A*X'*B)", lambda x: jnp.trace(x @ A @ x.T @ B)),
    ("tr(X*A*X*B*X)", lambda x: jnp.trace(x @ A @ x @ B @ x)),
    ("sum(exp(A*X))", lambda x: jnp.sum(jnp.exp(A @ x))),
    ("logdet(eye(n) + X'*X)*tr(X*A)", lambda x: jnp.linalg.slogdet(jnp.eye(N) + x.T @ x)[1] * jnp.trace(x @ A)),
]


def matrix(space: str, parameters: jnp.ndarray) -> jnp.ndarray:
    return (jnp.asarray(BASES[space]) @ parameters).reshape(N, N).T


def free(space: str, by_matrix: np.ndarray) -> np.ndarray:
    """The vector of partial derivatives that `free_entries` gives, in the order of the basis."""
    order = {"symmetric": np.tril, "lower": np.tril, "upper": np.triu, "skew": lambda g: np.tril(g, -1)}
    if space in ("diagonal", "toeplitz"):
        return by_matrix
    mask = order[space](np.ones((N, N))).astype(bool)
    return by_matrix.T[mask.T]


@pytest.mark.parametrize("space", BASES)
@pytest.mark.parametrize(("text", "loss"), LOSSES, ids=[t for t, _ in LOSSES])
def test_first_and_second_order(space: str, text: str, loss: Callable[[jnp.ndarray], jnp.ndarray]) -> None:
    basis, at = BASES[space], RNG.normal(size=BASES[space].shape[1])
    x = np.asarray(matrix(space, at))
    values, declare = {"X": x, "A": A, "B": B}, f"X: {space}(n); A: matrix(n,n); B: matrix(n,n)"
    by_parameters = jax.grad(lambda p: loss(matrix(space, p)))(at)

    gradient = mg.derive(text, "X", declare)
    g = gradient.evaluate(values)
    assert np.allclose(basis.T @ g.T.reshape(-1), by_parameters, rtol=1e-9)  # ⟨G, dX⟩ is right for every dX of the space
    projection = basis @ np.linalg.pinv(basis)
    assert np.allclose(projection @ g.T.reshape(-1), g.T.reshape(-1))  # and G itself lies in it
    free_value = mg.parse(str(gradient.free_entries["X"]), declare)
    partials = evaluated(free_value, values)
    assert np.allclose(free(space, partials), by_parameters, rtol=1e-9)
    assert gradient.verify() and gradient.check()

    hessian = mg.derive(text, "X", declare, order=2)
    h = hessian.evaluate(values)
    want = jax.hessian(lambda p: loss(matrix(space, p)))(at)
    assert np.allclose(basis.T @ h @ basis, want, rtol=1e-8, atol=1e-8)
    assert np.allclose(h, h.T, rtol=1e-9, atol=1e-9)
    if "X" in hessian.free_entries:
        assert np.allclose(evaluated(hessian.free_entries["X"], values), want, rtol=1e-8, atol=1e-8)
    assert hessian.verify() and hessian.check()


def evaluated(e: mg.Expr, values: dict[str, np.ndarray]) -> np.ndarray:
    from matgrad.check.numeric import evaluate

    return np.asarray(evaluate(e, {**values, "n": N}))


def test_the_matrices_of_linear_structures() -> None:
    assert np.array_equal(kernels.duplication(N), BASES["symmetric"])
    assert np.array_equal(kernels.elimination(N).T, BASES["lower"])
    assert np.array_equal(kernels.toeplitz_basis(N), BASES["toeplitz"])
    s = A + A.T
    assert np.allclose(kernels.duplication(N) @ kernels.vech(s), kernels.vec(s))
    assert np.allclose(kernels.elimination(N) @ kernels.vec(A), kernels.vech(A))


def test_the_form_of_the_book() -> None:
    d = mg.derive("logdet(S)", "S", "S: posdef(n)", order=2)
    assert str(d.value) == "-kron(inv(S), inv(S))"
    assert str(d.free_entries["S"]) == "-dup(n)'*kron(inv(S), inv(S))*dup(n)"
    assert mg.equal("dup(n)*vech(S)", "vec(S)", "S: symmetric(n)") and not mg.equal("dup(n)*vech(S)", "vec(S)", "S: matrix(n,n)")
    assert str(mg.derive("vech(X)", "X", "X: matrix(n,n)", layout="numerator").value) == "elim(n)"


def test_two_structures_at_once_are_refused() -> None:
    with pytest.raises(mg.UnsupportedError, match="Toeplitz and of another structure"):
        mg.derive("tr(T*T)", "T", "T: toeplitz(n) symmetric")


@pytest.mark.parametrize("space", BASES)
def test_newtons_step_of_a_quadratic_function_ends_where_the_gradient_vanishes(space: str) -> None:
    declare = f"X: {space}(n); P: posdef(n); Q: posdef(n); C: matrix(n,n)"
    text = "tr(X*P*X'*Q) + tr(X*C)"
    values = {"X": np.asarray(matrix(space, RNG.normal(size=BASES[space].shape[1]))), "P": A @ A.T + np.eye(N), "Q": B @ B.T + np.eye(N), "C": A}
    found = mg.newton_step(text, "X", declare)
    there = {**values, "X": values["X"] + found.evaluate(values)}
    assert np.allclose(mg.derive(text, "X", declare).evaluate(there), 0, atol=1e-9) and found.verify() and found.check()


@pytest.mark.parametrize("space", BASES)
def test_least_squares_over_a_space_of_matrices(space: str) -> None:
    c, d = RNG.normal(size=(6, N)), RNG.normal(size=(6, N))
    declare = f"X: {space}(n); C: matrix(m,n) full_column_rank; D: matrix(m,n)"
    nearest = mg.stationary("norm2(X - A)^2", "X", f"X: {space}(n); A: matrix(n,n)")
    basis = BASES[space]
    want = basis @ np.linalg.lstsq(basis, A.T.reshape(-1), rcond=None)[0]
    assert np.allclose(nearest.evaluate({"A": A}).T.reshape(-1), want) and nearest.verify() and nearest.check()
    found = mg.stationary("norm2(C*X - D)^2", "X", declare)
    want = basis @ np.linalg.lstsq(np.kron(np.eye(N), c) @ basis, d.T.reshape(-1), rcond=None)[0]
    assert np.allclose(found.evaluate({"C": c, "D": d}).T.reshape(-1), want) and found.verify() and found.check()


def test_newtons_step_by_a_matrix_is_written_with_matrices() -> None:
    least_squares = mg.newton_step("norm2(A*X - B)^2", "X", "A: matrix(m,n) full_column_rank; X: matrix(n,p); B: matrix(m,p)")
    assert mg.equal(least_squares.value, "inv(A'*A)*A'*B - X", "A: matrix(m,n) full_column_rank; X: matrix(n,p); B: matrix(m,p)")
    likelihood = mg.newton_step("-logdet(X) + tr(S*X)", "X", "X: posdef(n); S: posdef(n)")
    assert mg.equal(likelihood.value, "X - X*S*X", "X: posdef(n); S: posdef(n)")
    for step in (least_squares, likelihood):
        assert "vec" not in str(step.value) and step.verify() and step.check()


def test_newtons_step_is_refused_where_the_hessian_is_singular() -> None:
    with pytest.raises(mg.UnsupportedError, match="singular everywhere"):
        mg.newton_step("logdet(L)", "L", "L: lower(n)")


def test_the_square_of_a_norm_of_a_skew_matrix_has_one_form() -> None:
    """tr(f(X)'*f(X)) is the longer way to write it for one of X and X' = -X only."""
    assert mg.equal("normF(tanh(X))^2", "tr(tanh(X)'*tanh(X))", "X: skew(n)")
    assert mg.derive("normF(relu(X))^2", "X", "X: skew(n)").check().passed
