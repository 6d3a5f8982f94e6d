"""The reference evaluator and its kernels against plain NumPy and SciPy, which know nothing of matgrad."""

from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import matgrad as mg
from draws import examples, integers
from expressions import DECLARE, Node, expressions, for_matgrad, values
from matgrad.check import kernels
from matgrad.check.numeric import Evaluator, evaluate
from matgrad.core import expr as ex
from matgrad.core.op import OPS

RNG = np.random.default_rng(7)
SMALL = RNG.uniform(0.1, 0.9, size=(3, 4))
SQUARE = RNG.normal(size=(4, 4)) + 4 * np.eye(4)

ELEMENTWISE: dict[str, Any] = {
    "exp": np.exp, "log": np.log, "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "tanh'": lambda a: 1 / np.cosh(a) ** 2, "sigmoid": scipy.special.expit,
    "sigmoid'": lambda a: np.exp(-a) / (1 + np.exp(-a)) ** 2, "softplus": lambda a: np.log(1 + np.exp(a)), "silu": lambda a: a * scipy.special.expit(a),
    "silu'": lambda a: scipy.special.expit(a) * (1 + a * (1 - scipy.special.expit(a))), "erf": scipy.special.erf, "abs": np.abs, "sign": np.sign,
    "gelu": lambda a: a * scipy.special.ndtr(a), "gelu'": lambda a: scipy.special.ndtr(a) + a * np.exp(-a * a / 2) / np.sqrt(2 * np.pi),
    "relu": lambda a: np.where(a > 0, a, 0),
}  # fmt: skip
OTHERS: dict[str, tuple[np.ndarray, Any]] = {
    "tr": (SQUARE, np.trace), "sum": (SMALL, np.sum), "vec": (SMALL, lambda a: a.flatten("F")), "diag_of": (SQUARE, np.diag), "diag": (SMALL[:, 0], np.diag),
    "vech": (SQUARE, lambda a: np.concatenate([a[j:, j] for j in range(4)])),
    "tril": (SQUARE, lambda a: a * (np.arange(4)[:, None] >= np.arange(4))), "triu": (SQUARE, lambda a: a * (np.arange(4)[:, None] <= np.arange(4))),
    "inv": (SQUARE, np.linalg.inv), "adj": (SQUARE, lambda a: np.linalg.det(a) * np.linalg.inv(a)), "det": (SQUARE, np.linalg.det),
    "logdet": (SQUARE, lambda a: np.log(abs(np.linalg.det(a)))), "expm": (SQUARE / 4, scipy.linalg.expm), "logm": (SQUARE @ SQUARE.T, scipy.linalg.logm),
    "sqrtm": (SQUARE @ SQUARE.T, scipy.linalg.sqrtm), "norm1": (SMALL - 0.5, lambda a: np.abs(a).sum()), "norm2": (SMALL[:, 0], np.linalg.norm),
    "polar": (SQUARE, lambda a: scipy.linalg.polar(a)[0]), "normF": (SMALL, np.linalg.norm), "softmax": (SMALL, lambda a: scipy.special.softmax(a, axis=0)),
    "conj": (SMALL + 1j * SMALL**2, np.conj), "real": (SMALL + 1j * SMALL**2, np.real), "imag": (SMALL + 1j * SMALL**2, np.imag),
    "logsumexp": (SMALL, lambda a: scipy.special.logsumexp(a, axis=0, keepdims=True)),
}  # fmt: skip


SEVERAL: dict[str, tuple[tuple[np.ndarray, ...], Any]] = {
    "sylvester": ((SQUARE, SQUARE[:2, :2], SQUARE[:, :2]), scipy.linalg.solve_sylvester),
    "lyapunov": ((SQUARE, SQUARE @ SQUARE.T), scipy.linalg.solve_continuous_lyapunov),
    "eigvecs": ((SQUARE + SQUARE.T, np.eye(2)), lambda a, k: scipy.linalg.eigh(a)[1][:, :1:-1]),
}


def variable(a: np.ndarray) -> ex.Expr:
    facts = ("complex",) if np.iscomplexobj(a) else ()
    return ex.var("a", a.shape[0], 1, facts) if a.ndim == 1 else ex.var("a", *a.shape, facts)


@pytest.mark.parametrize("name", SEVERAL)
def test_functions_of_several_matrices_against_another_library(name: str) -> None:
    arrays, f = SEVERAL[name]
    have = evaluate(ex.call(name, *(ex.var(x, *a.shape) for x, a in zip("abc", arrays))), dict(zip("abc", arrays)))
    want = f(*arrays)
    signs = np.sign(np.sum(have * want, axis=0)) if name == "eigvecs" else 1.0
    assert np.allclose(have, want * signs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in OPS if name not in SEVERAL])
def test_every_function_against_another_library(name: str) -> None:
    a, f = OTHERS[name] if name in OTHERS else (2 * SMALL - 0.95 if name not in ("log", "log1p", "asin", "acos") else SMALL, ELEMENTWISE[name])
    have = evaluate(ex.call(name, variable(a)), {"a": a})
    assert np.allclose(have, f(a), rtol=1e-10, atol=1e-12)


@examples(200, node=expressions(), seed=integers(0, 5))
def test_random_expressions_against_plain_numpy(node: Node, seed: int) -> None:
    sizes = {"m": 2, "n": 3, "N": 4}
    arrays = values(sizes, seed)
    with np.errstate(all="ignore"):
        want = np.asarray(node.f(np, arrays))
    have = np.asarray(evaluate(mg.parse(node.text, DECLARE), {**for_matgrad(arrays), **sizes})).reshape(want.shape)
    assert np.allclose(have, want, rtol=1e-9, atol=1e-9 * max(1.0, float(np.abs(want).max())), equal_nan=True)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 3), (3, 1), (2, 3), (3, 2)])
def test_commutation_matrices_transpose_what_vec_has_stacked(m: int, n: int) -> None:
    a = RNG.normal(size=(m, n))
    assert np.array_equal(kernels.commutation(m, n) @ kernels.vec(a), kernels.vec(a.T))


def test_unvec_undoes_vec() -> None:
    assert np.array_equal(kernels.unvec(kernels.vec(SMALL), 3, 4), SMALL)


def test_kron_is_numpys() -> None:
    assert np.allclose(kernels.kron(SMALL, SQUARE), np.kron(SMALL, SQUARE))


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_the_adjugate_of_a_singular_matrix_is_its_cofactors(n: int) -> None:
    a = RNG.normal(size=(n, n))
    a[:, 0] = a[:, -1] if n > 1 else 0
    cofactors = np.array([[(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for i in range(n)] for j in range(n)])
    assert np.allclose(kernels.adjugate(a), cofactors)


def test_stable_where_the_formula_overflows() -> None:
    big = np.array([-1e4, 0.0, 1e4])
    x = ex.var("x", 3)
    assert np.allclose(evaluate(ex.call("softplus", x), {"x": big}), [0, np.log(2), 1e4])
    assert np.allclose(evaluate(ex.call("sigmoid", x), {"x": big}), [0, 0.5, 1])
    assert np.isclose(evaluate(ex.call("logsumexp", x), {"x": big}), 1e4)
    assert np.allclose(evaluate(ex.call("softmax", x), {"x": big}), [0, 0, 1])


def test_the_derivative_of_det_is_right_at_a_singular_matrix() -> None:
    a = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
    g = mg.derive("det(X)", "X", "X: matrix(n,n)").evaluate({"X": a})
    h = 1e-5
    for i in range(3):
        for j in range(3):
            e = np.zeros((3, 3))
            e[i, j] = h
            assert np.isclose(g[i, j], (np.linalg.det(a + e) - np.linalg.det(a - e)) / (2 * h), atol=1e-6)


def test_vectors_are_1d_scalars_are_numbers_and_samples_come_first() -> None:
    declare = "w: vector(n); x[i]: vector(n), i=1..N; y[i]: scalar, i=1..N"
    d = mg.derive("sum(i, 1..N, (w'*x[i] - y[i])^2)", "w", declare)
    x, y, w = RNG.normal(size=(5, 3)), RNG.normal(size=5), RNG.normal(size=3)
    assert np.allclose(d.evaluate({"x": x, "y": y, "w": w}), 2 * x.T @ (x @ w - y))
    assert isinstance(evaluate(mg.parse("w'*w", "w: vector(n)"), {"w": w}), float)


def test_an_unspecified_function_is_given_with_its_derivatives() -> None:
    d = mg.derive("sum(sigma(X))", "X", "X: matrix(m,n); sigma: elementwise")
    assert np.allclose(d.evaluate({"X": SMALL, "sigma": (np.sin, np.cos)}), np.cos(SMALL))


@pytest.mark.parametrize(("text", "want"), [("eye(3)", np.eye(3)), ("ones(2,3)", np.ones((2, 3))), ("[eye(2), ones(2)]", [[1, 0, 1], [0, 1, 1]])])
def test_constants(text: str, want: Any) -> None:
    assert np.array_equal(evaluate(mg.parse(text), {}), want)


def test_a_size_is_a_number() -> None:
    assert evaluate(mg.parse("sum(x)/n", "x: vector(n)"), {"x": np.arange(4.0)}) == 1.5


def test_sizes_follow_from_products_of_sizes() -> None:
    x = np.arange(6.0)
    d = mg.derive("sum(unvec(x, m, n) .^ 2)", "x", "x: vector(m*n)")
    assert np.allclose(d.evaluate({"x": x, "m": 2, "n": 3}), 2 * x)
    assert d.check().passed


@pytest.mark.parametrize("k", [-3, -2, -1, 0, 1, 2, 3, 5])
def test_whole_powers_of_either_sign(k: int) -> None:
    a = RNG.normal(size=(4, 4))
    d = mg.derive(f"tr(A*X^({k}))", "X", "X: invertible(n); A: matrix(n,n)")
    x_inverse = np.linalg.inv(SQUARE)
    if k >= 0:
        want = sum((np.linalg.matrix_power(SQUARE, r) @ a @ np.linalg.matrix_power(SQUARE, k - r - 1) for r in range(k)), np.zeros((4, 4))).T
    else:
        want = -sum((np.linalg.matrix_power(x_inverse, r + 1) @ a @ np.linalg.matrix_power(x_inverse, -k - r) for r in range(-k)), np.zeros((4, 4))).T
    assert np.allclose(d.evaluate({"X": SQUARE, "A": a}), want)


def test_a_symbolic_power_may_be_negative() -> None:
    a = RNG.normal(size=(4, 4))
    x = np.linalg.inv(SQUARE)
    try:
        have = mg.derive("tr(A*X^k)", "X", "X: invertible(n); A: matrix(n,n); k: integer").evaluate({"X": SQUARE, "A": a, "k": -2})
    except mg.MatgradError:
        return  # it may say that it cannot; it may not be wrong
    assert np.allclose(have, -(x @ x @ a @ x + x @ a @ x @ x).T)


def test_a_power_differentiated_by_its_exponent_is_right_or_refused() -> None:
    a = np.diag([2.0, 3.0])
    try:
        have = mg.derive("tr(X^k)", "k", "X: posdef(n); k: scalar").evaluate({"X": a, "k": 2.0})
    except mg.MatgradError:
        return
    assert np.isclose(have, 4 * np.log(2) + 9 * np.log(3))


WRONG_VALUES = [
    ("tr(X)", "X", "X: matrix(n,n)", {"X": np.ones((2, 3))}),
    ("x'*x", "x", "x: vector(n)", {}),
    ("x'*A*x", "x", "x: vector(n); A: matrix(n,n)", {"x": np.ones(3), "A": np.eye(2)}),
    ("x'*x", "x", "x: vector(3)", {"x": np.ones(2)}),
    ("sum(sigma(x))", "x", "x: vector(n); sigma: elementwise", {"x": np.ones(2), "sigma": (np.sin,)}),
    ("x[i]^2", "x", "x: vector(n); i: integer", {"x": np.ones(2), "i": 3}),
    ("x[i]^2", "x", "x: vector(n); i: integer", {"x": np.ones(2), "i": 0}),
    ("w'*x[i]", "w", "w: vector(n); x[i]: vector(n), i=1..N", {"x": np.ones((2, 3)), "w": np.ones(3), "i": 5}),
    ("x'*x", "x", "x: vector(n)", {"x": "three"}),
    ("x'*x", "x", "x: vector(n)", {"x": None}),
    ("a'*inv(X)*a", "X", "a: vector(n); X: matrix(n,n)", {"a": np.ones(2), "X": np.zeros((2, 2))}),
]


@pytest.mark.parametrize(("text", "wrt", "declare", "given_values"), WRONG_VALUES, ids=lambda v: str(v)[:40])
def test_values_that_do_not_fit_are_named(text: str, wrt: str, declare: str, given_values: dict[str, Any]) -> None:
    with pytest.raises(mg.MatgradError):
        mg.derive(text, wrt, declare).evaluate(given_values)


SKEWED = np.arange(9.0).reshape(3, 3)
UNDECLARED = [
    ("symmetric(3)", SKEWED), ("skew(3)", SKEWED), ("lower(3)", SKEWED), ("upper(3)", SKEWED), ("diagonal(3)", SKEWED), ("toeplitz(3)", SKEWED.T @ SKEWED),
    ("orthogonal(3)", 2 * np.eye(3)), ("posdef(3)", np.diag([1.0, 1, 0])), ("psd(3)", np.diag([1.0, 1, -1])), ("onehot(3,3)", np.ones((3, 3))),
    ("matrix(3,3) > 0", np.eye(3)), ("matrix(3,3) binary", 2 * np.eye(3)),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "value"), UNDECLARED, ids=[d for d, _ in UNDECLARED])
def test_a_value_that_breaks_its_declaration_is_refused(declared: str, value: np.ndarray) -> None:
    d = mg.derive("a'*sin(M)*x", "x", f"x: vector(3); a: vector(3); M: {declared}")
    with pytest.raises(mg.MatgradError, match="M is declared"):
        d.evaluate({"M": value, "a": np.ones(3), "x": np.ones(3)})



def test_values_are_within_their_declarations_up_to_rounding() -> None:
    a = RNG.normal(size=(4, 4))
    s = np.linalg.inv(a @ a.T + np.eye(4))
    assert mg.derive("x'*M*x", "x", "x: vector(4); M: posdef(4)").evaluate({"M": s + 1e-13 * a, "x": np.ones(4)}).shape == (4,)
    q = np.linalg.qr(a)[0]
    assert mg.derive("x'*M*x", "x", "x: vector(4); M: orthogonal(4)").evaluate({"M": q, "x": np.ones(4)}).shape == (4,)


@pytest.mark.parametrize("values", [None, [1], 3.0])
def test_values_are_given_by_name(values: Any) -> None:
    with pytest.raises(mg.MatgradError, match="by name"):
        mg.derive("x'*M*x", "x", "x: vector(n); M: symmetric(n)").evaluate(values)


@pytest.mark.parametrize("text", ["sum(abs(X))", "sum(relu(X))", "norm1(X)", "sum(max(X, A))", "sum(log(1 + X .^ 2))", "normF(X - A)"])
def test_the_check_is_not_misled_by_kinks(text: str) -> None:
    outcome = mg.derive(text, "X", "X: matrix(m,n); A: matrix(m,n)").check(points=40)
    assert outcome.passed, repr(outcome)


@pytest.mark.parametrize("text", ["logdet(F'*F)", "tr(inv(F'*F))", "logdet(F'*F + eye(n))"])
def test_the_check_draws_matrices_of_full_rank(text: str) -> None:
    outcome = mg.derive(text, "F", "F: matrix(m,n) full_column_rank").check(points=20)
    assert outcome.passed, repr(outcome)


def test_the_tensor_layout_is_what_automatic_differentiation_gives() -> None:
    import jax

    x, y = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 2))
    d = mg.derive("X'*Y*sum(X)", "X", "X: matrix(m,n); Y: matrix(m,p)", layout="tensor")
    want = jax.jacobian(lambda a: a.T @ y * a.sum())(x)
    assert d.evaluate({"X": x, "Y": y}).shape == (4, 2, 3, 4)
    assert np.allclose(d.evaluate({"X": x, "Y": y}), want, rtol=1e-5, atol=1e-5)  # jax in single precision
    assert d.check() and d.verify()


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_orders_of_a_scalar_function(order: int) -> None:
    d = mg.derive("exp(2*t)*t", "t", "t: scalar", order=order)
    t = 0.3
    assert np.isclose(d.evaluate({"t": t}), np.exp(2 * t) * (2**order * t + order * 2 ** (order - 1)))
    assert d.check() and d.verify()


def test_a_third_derivative_of_a_vector_function_is_the_jacobian_of_the_hessian() -> None:
    d = mg.derive("sum(x .^ 4)", "x", "x: vector(n)", order=3)
    x = np.array([1.0, 2.0])
    want = np.zeros((2, 4))
    want[0, 0], want[1, 3] = 24 * x
    assert np.allclose(d.evaluate({"x": x}), want) and d.check()


def test_both_answers_for_a_symmetric_variable() -> None:
    d = mg.derive("tr(A*X*B*X)", "X", "X: symmetric(n); A: matrix(n,n); B: matrix(n,n)")
    values = {k: RNG.normal(size=(3, 3)) for k in "AB"} | {"X": SQUARE[:3, :3] + SQUARE[:3, :3].T}

    def f(x: np.ndarray) -> float:
        return float(np.trace(values["A"] @ x @ values["B"] @ x))

    step = 1e-5
    partials = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            e = np.zeros((3, 3))
            e[i, j] = e[j, i] = step  # a free entry moves both places
            partials[i, j] = (f(values["X"] + e) - f(values["X"] - e)) / (2 * step)
    assert np.allclose(evaluate(d.free_entries["X"], values), partials, atol=1e-6)
    gradient = d.evaluate(values)
    assert np.allclose(gradient, gradient.T)
    assert np.allclose(gradient + gradient.T - np.diag(np.diag(gradient)), partials, atol=1e-6)


def test_the_two_block_layouts() -> None:
    x, a = RNG.normal(size=(3, 2)), RNG.normal(size=(4, 3))
    values = {"A": a, "X": x}
    tensor, by_f, by_x = (mg.derive("A*X", "X", "A: matrix(p,m); X: matrix(m,n)", layout=name).evaluate(values) for name in ("tensor", "blocks_F", "blocks_X"))
    p, q, m, n = tensor.shape
    for k in range(p):
        for col in range(q):
            assert np.allclose(by_f[k * m : (k + 1) * m, col * n : (col + 1) * n], tensor[k, col])
    for i in range(m):
        for j in range(n):
            assert np.allclose(by_x[i * p : (i + 1) * p, j * q : (j + 1) * q], tensor[:, :, i, j])
            assert np.allclose(by_x[i * p : (i + 1) * p, j * q : (j + 1) * q], np.outer(a[:, i], np.eye(n)[j]))


def test_a_jacobian_too_large_to_form_names_the_operator() -> None:
    d = mg.derive("A*X", "X", "A: matrix(m,m); X: matrix(m,n)")
    with pytest.raises(mg.LimitError, match="would take 8,000,000,000,000 bytes; operator"):
        d.evaluate({"A": np.zeros((1000, 1000)), "X": np.zeros((1000, 1000))})


@pytest.mark.parametrize("text", ["eye(1000000)*x", "K(1000,1000)*x", "ones(1000000,1000000)*x"])
def test_constants_too_large_to_form_are_refused(text: str) -> None:
    with pytest.raises(mg.LimitError, match="too large to be formed"):
        Evaluator(mg.parse(text), {"x": np.ones(1000000)}).run()


def test_a_check_that_would_need_too_large_a_matrix_is_not_made() -> None:
    assert mg.derive("eye(1000000)*x", "x").check().passed is None


def test_sums_whose_range_is_the_index_of_the_member_asked_for() -> None:
    d = mg.derive("sum(i, 1..N, sum(j, 1..i, x[i]*x[j]))", "x[i]", "x: vector(N)")
    x = np.array([1.0, 2.0, 3.0])
    for i in range(3):
        assert np.isclose(d.evaluate({"x": x, "i": i + 1}), x.sum() + x[i])  # Σ_{j<=i} x_i x_j = ((Σ x)² + Σ x²)/2
    assert d.check() and mg.derive("sum(i, 1..N, sum(j, 1..i, x[i]*x[j]))", "x[i]").check()


def test_derivatives_that_are_zero_have_their_size() -> None:
    x, u = RNG.normal(size=(2, 3)), RNG.normal(size=4)
    assert mg.derive("u", "X", "u: vector(k); X: matrix(m,n)").evaluate({"u": u, "X": x}).shape == (6, 4)
    assert mg.derive("sum(u)", "X", "u: vector(k); X: matrix(m,n)", order=2).evaluate({"u": u, "X": x}).shape == (6, 6)
    assert mg.derive("sum(u)", "X", "u: vector(k); X: matrix(m,n)").evaluate({"u": u, "X": x}).shape == (2, 3)


def test_the_inverse_of_what_is_singular_to_working_precision_is_refused() -> None:
    rank_one = np.outer([0.1, 0.3, 0.7], [0.2, 0.9, 0.4])  # LAPACK finds a pivot of the size of the rounding
    declared = "S: matrix(n,n)"
    for text in ("inv(S)", "tr(inv(S)*S)", "inv(S)^2"):
        with pytest.raises(mg.MatgradError, match="(?i)singular"):
            evaluate(mg.parse(text, declared), {"S": rank_one + 1e-18})
    nearly = np.diag([1.0, 1e-12, 1.0])
    assert np.array_equal(evaluate(mg.parse("inv(S)", declared), {"S": nearly}), np.diag([1.0, 1e12, 1.0]))


def test_a_number_beyond_the_floats_is_refused() -> None:
    with pytest.raises(mg.MatgradError, match="a number is too large"):
        evaluate(mg.parse("1e400*t", "t: scalar"), {"t": 1.0})
