"""Generated code on every target agrees with `evaluate`, alone and with several outputs; Dask and the array standard included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matgrad as mg
from matgrad.check.draw import draw_values
from matgrad.check.numeric import evaluate
from matgrad.core import expr as ex

TARGETS = ("numpy", "jax", "torch", "array_api")
SCALAR_FUNCTIONS = [
    ("sum(log(1 + exp(X*w))) - y'*X*w + t/2*w'*w", "w", "X: matrix(N,n); w: vector(n); y: vector(N); t: scalar > 0"),
    ("normF(T - U*V')^2", "U", "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)"),
    ("N/2*logdet(Sigma) + 1/2*tr(S*inv(Sigma))", "Sigma", "Sigma: posdef(m); S: symmetric(m); N: scalar"),
    ("tr(A*X*B*X'*C)", "X", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,n); C: matrix(m,p)"),
    ("a'*exp(X*b)", "b", "a: vector(m); X: matrix(m,n); b: vector(n)"),
    ("a'*exp(X*b)", "X", "a: vector(m); X: matrix(m,n); b: vector(n)"),
    ("logsumexp(x)", "x", "x: vector(n)"),
    ("logsumexp(A*x + b)", "x", "A: matrix(m,n); x: vector(n); b: vector(m)"),
    ("-y'*log(softmax(W*x))", "W", "W: matrix(c,n); x: vector(n); y: onehot(c)"),
    ("sum(i, 1..N, -y[i]'*log(softmax(W*x[i])))", "W", "W: matrix(c,n); x[i]: vector(n), i=1..N; y[i]: onehot(c), i=1..N"),
    ("x'*A*x + t*x'*x", "x", "A: matrix(n,n); x: vector(n); t: scalar"),
    ("logdet(X) + tr(inv(X)*A)", "X", "X: invertible(n); A: matrix(n,n)"),
    ("y'*inv(Kn + s*eye(n))*y + logdet(Kn + s*eye(n))", "s", "Kn: psd(n); s: scalar > 0; y: vector(n)"),
    ("norm2(L*x - y)^2", "x", "L: lower(n); x: vector(n); y: vector(n)"),
    ("sum(w .* sqrt(x) + relu(x - w)) + max(0, 1 - w'*x)", "x", "x: vector(n) > 0; w: vector(n)"),
]  # fmt: skip
ALL = "value, gradient, hessian, hvp"


def library(target: str) -> Any:
    """What turns a NumPy array into an array of the target."""
    if target == "numpy":
        return lambda a: a
    if target == "jax":
        jax = pytest.importorskip("jax")
        jax.config.update("jax_enable_x64", True)
        return jax.numpy.asarray
    return pytest.importorskip({"torch": "torch", "array_api": "array_api_strict"}[target]).asarray


def called(made: Any, values: dict[str, Any], sizes: dict[str, int], convert: Any) -> Any:
    """A generated function on arrays by name."""
    found = {p: values.get(what, sizes.get(what)) for p, what in made.arguments.items()}
    found = {p: convert(v) if isinstance(v, np.ndarray) and v.ndim else v for p, v in found.items()}
    with np.errstate(all="ignore"):
        return made(**found)


def close(have: Any, want: Any) -> None:
    have, want = np.asarray(have), np.asarray(want)
    assert have.shape == want.shape
    np.testing.assert_allclose(have, want, rtol=0, atol=1e-10 * np.max(np.abs(want), initial=0) + 1e-13)


def point(D: mg.Derivation, roots: list[Any], sizes: dict[str, int]) -> dict[str, Any]:
    letters = {x: sizes.get(x, 3 + k) for k, x in enumerate(ex.letters(*roots))}
    return draw_values(roots, np.random.default_rng(3), letters, "positive") | letters


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", SCALAR_FUNCTIONS, ids=[f"{c[0]} by {c[1]}" for c in SCALAR_FUNCTIONS])
def test_all_outputs_agree_with_evaluate(case: tuple[str, str, str], target: str) -> None:
    pytest.importorskip("scipy")
    first = mg.derive(*case)
    outputs = ALL if not first.result.targets[0].leaf.is_scalar else "value, gradient"
    convert = library(target)
    made: Any = first.function(target, outputs=outputs)
    wants = [first.result.function, first.value]
    if outputs == ALL:
        second = mg.derive(*case, order=2)
        wants += [second.value, second.hvp]
    values = point(first, wants, {})
    have = called(made, values, values, convert)
    for got, want in zip(have, wants):
        close(got, evaluate(want, values, ex.variables(*wants)))


SUMS = [c for c in SCALAR_FUNCTIONS if c[0].startswith("sum(") and "N" in c[2]]


POOLED = ("logsumexp(X*w + b)", "w", "X: matrix(N,n); w: vector(n); b: vector(N)")  # the softmax over the rows comes first


@pytest.mark.parametrize(
    ("case", "outputs"), [(SUMS[0], ALL), (SUMS[1], "value, gradient, hvp"), (POOLED, ALL)], ids=["logistic", "softmax by classes", "softmax over rows"]
)
def test_blocks_of_rows_add_up(case: tuple[str, str, str], outputs: str) -> None:
    """Rows so long that 400 of them are several blocks, the last one not full."""
    pytest.importorskip("scipy")
    first, second = mg.derive(*case), mg.derive(*case, order=2)
    made: Any = first.function(outputs=outputs)
    assert "_by_rows" in made.source
    wants = [first.result.function, first.value, *([second.value] if outputs == ALL else []), second.hvp]
    values = point(first, wants, {"N": 400, "n": 1000, "c": 2})
    values |= {k: values[k] / 50 for k in ("X", "x") if k in values}  # the interpreter exponentiates as it stands
    have = called(made, values, values, lambda a: a)
    for got, want in zip(have, wants):
        close(got, evaluate(want, values, ex.variables(*wants)))


@pytest.mark.parametrize("case", SUMS, ids=lambda c: c[0])
def test_dask_adds_up_chunks(case: tuple[str, str, str]) -> None:
    pytest.importorskip("scipy")
    da = pytest.importorskip("dask.array")
    first, second = mg.derive(*case), mg.derive(*case, order=2)
    made: Any = first.function("dask", outputs=ALL)
    wants = [first.result.function, first.value, second.value, second.hvp]
    values = point(first, wants, {"N": 1000})
    chunked = lambda a: da.from_array(a, chunks=(301, *a.shape[1:])) if len(a) == 1000 else a
    for got, want in zip(called(made, values, values, chunked), wants):
        close(got, evaluate(want, values, ex.variables(*wants)))


def test_a_number_over_all_rows_comes_before_the_blocks() -> None:
    pytest.importorskip("scipy")
    D = mg.derive("norm2(X*w - logsumexp(y))^2", "w", "X: matrix(N,n); w: vector(n); y: vector(N)")
    made: Any = D.function()
    assert "_by_rows(part, X)" in made.source
    values = point(D, [D.result.function], {"N": 500, "n": 1000})
    close(called(made, values, values, lambda a: a), D.evaluate(values))


def test_dask_needs_a_sum_over_rows() -> None:
    D = mg.derive("logsumexp(A*x + b)", "x", "A: matrix(m,n); x: vector(n); b: vector(m)")
    with pytest.raises(mg.UnsupportedError, match="a sum over the rows of the data"):
        D.code("dask")


def test_a_sum_that_is_used_again_for_every_row_is_no_sum_of_blocks() -> None:
    """norm2(X*w - mean)^2 needs the mean before the rows: the split refuses, NumPy computes it whole."""
    pytest.importorskip("scipy")
    D = mg.derive("sum((X*w - 1/N*ones(N)*sum(X*w)).^2)", "w", "X: matrix(N,n); w: vector(n)")
    made: Any = D.function()
    assert "_by_rows" not in made.source
    values = point(D, [D.value, D.result.function], {})
    close(called(made, values, values, lambda a: a), D.evaluate(values))


def test_unknown_output_and_misfits() -> None:
    D = mg.derive("x'*A*x", "x", "A: matrix(n,n); x: vector(n)")
    with pytest.raises(mg.MatgradError, match="did you mean hessian"):
        D.code(outputs="hesian")
    with pytest.raises(mg.UnsupportedError, match="scalar function"):
        mg.derive("A*X*B", "X").code(outputs="gradient")


def test_an_argument_is_never_overwritten() -> None:
    """A + t*I, and a Gram matrix that is returned beside X'X + t*I."""
    pytest.importorskip("scipy")
    A = np.arange(9.0).reshape(3, 3)
    S = A + A.T
    kept = S.copy()
    mg.derive("x'*A*x/2 + t/2*x'*x", "x", "A: symmetric(n); x: vector(n); t: scalar", order=2).function()(A=S, t=2.0)
    assert (S == kept).all()
    from matgrad.codegen import compile_function

    gram, ridge = (mg.parse(text, "X: matrix(m,n); t: scalar") for text in ("X'*X", "X'*X + t*eye(n)"))
    made = compile_function({"gram": gram, "ridge": ridge}, ridge, ex.variables(ridge))
    g, r = made(X=A, t=2.0)
    np.testing.assert_array_equal(g, A.T @ A)
    np.testing.assert_array_equal(r, A.T @ A + 2 * np.eye(3))
    g, r = made(X=np.arange(9).reshape(3, 3), t=0.5)  # integers become what the sum is
    np.testing.assert_array_equal(r, A.T @ A + 0.5 * np.eye(3))
    g, r = made(X=np.float32(A / 3), t=np.float64(1e-9))  # a double on the diagonal of floats keeps its digits
    assert r.dtype == np.float64 and r[0, 0] > g[0, 0]


def test_sums_of_kronecker_products() -> None:
    """One operation for factors of equal sizes; integers become what the sum is; a term used again stands alone; infinite entries stay in place."""
    pytest.importorskip("scipy")
    D = mg.derive("logdet(P) + tr(S*inv(P))", "P", "P: posdef(n); S: symmetric(n)", order=2)
    made: Any = D.function()
    assert "return _kron_sum(" in made.source
    values = point(D, [D.value], {"n": 13})
    close(called(made, values, values, lambda a: a), D.evaluate(values))
    from matgrad.codegen import compile_function

    a, b, c, d = (np.random.default_rng(k).integers(-9, 9, (12, 12)) for k in range(4))
    e = mg.parse("kron(A, B) + kron(C, D)", "A: matrix(m,n); B: matrix(p,q); C: matrix(m,n); D: matrix(p,q)")
    f: Any = compile_function({"value": e}, e, ex.variables(e))
    np.testing.assert_array_equal(f(A=a, B=b, C=c, D=d), np.kron(a, b) + np.kron(c, d))
    np.testing.assert_array_equal(f(A=a, B=b, C=c / 2, D=d), np.kron(a, b) + np.kron(c / 2, d))
    np.testing.assert_array_equal(f(A=a / 2, B=b, C=c, D=d), np.kron(a / 2, b) + np.kron(c, d))
    turned = mg.parse("M' + kron(A, B) + kron(C, D)", "M: matrix(m*m,m*m); A: matrix(m,m); B: matrix(m,m); C: matrix(m,m); D: matrix(m,m)")
    h: Any = compile_function({"value": turned}, turned, ex.variables(turned))
    m = np.random.default_rng(9).normal(size=(144, 144))
    for order in "CF":
        values = {"M": np.asarray(m, order=order), **{k: np.asarray(x / 2, order=order) for k, x in zip("ABCD", (a, b, c, d))}}
        want = m.T + np.kron(a, b) / 4 + np.kron(c, d) / 4
        np.testing.assert_allclose(h(**{p: values[p] for p in h.arguments}), want, rtol=0, atol=1e-15 * abs(want).max())
    both = mg.parse("kron(A, B)", "A: matrix(m,n); B: matrix(p,q)"), e
    g: Any = compile_function({"one": both[0], "sum": e}, e, ex.variables(e))
    one, total = g(A=a / 2, B=b, C=c, D=d)
    np.testing.assert_array_equal(one, np.kron(a / 2, b))
    np.testing.assert_array_equal(total, np.kron(a / 2, b) + np.kron(c, d))
    a = a / 2
    a[0, 0], a[1, 2] = np.inf, np.nan
    np.testing.assert_array_equal(g(A=a, B=abs(b) + 1, C=c, D=d)[0], np.kron(a, abs(b) + 1))
    other = mg.parse("kron(A, B) + kron(A, B2) + kron(C, D)", "A: matrix(2,3); B: matrix(6,4); B2: matrix(6,4); C: matrix(4,6); D: matrix(3,2)")
    assert "_kron(" in mg.codegen.generate({"value": other}, other, ex.variables(other), "numpy", "f")  # factors of other sizes


def test_one_factorisation_for_value_gradient_and_hessian() -> None:
    code = mg.derive("logdet(Sigma) + tr(S*inv(Sigma))", "Sigma", "Sigma: posdef(m); S: symmetric(m)").code(outputs="value, gradient, hessian")
    assert code.split("def value_gradient_hessian")[1].split("\ndef ")[0].count("_cholesky(") == 1


def test_order_of_products_follows_the_sizes() -> None:
    D = mg.derive("tr(A*X*B*X'*C)", "X", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,n); C: matrix(m,p)")
    assert "C @ A" in D.code()
    assert "C @ A" not in D.code(sizes={"m": 2000, "n": 10, "p": 8})


@pytest.mark.parametrize("target", TARGETS)
def test_a_sum_is_multiplied_out_where_that_saves_multiplications(target: str) -> None:
    convert = library(target)
    sizes = {"m": 60, "n": 80, "k": 10}
    D = mg.derive("normF(T - U*V')^2", "U", "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)")
    assert "(U @ V.T - T)" in D.code(target, sizes=sizes)
    assert "V.T @ V" in D.code(target, sizes=sizes, multiply_out=True)
    assert "V.T @ V" not in D.code(target, sizes={"m": 60, "n": 3, "k": 80}, multiply_out=True)  # V'V is the larger product there
    made: Any = D.function(target, sizes=sizes, multiply_out=True)
    values = point(D, [D.value], sizes)
    close(called(made, values, values, convert), D.evaluate(values))


def test_products_of_small_arrays_are_called_directly() -> None:
    """`a.dot(b)` takes a third of the time of `a @ b` then; without sizes, and of large arrays, it is `@`."""
    D = mg.derive("x'*A*x", "x", "A: matrix(n,n); x: vector(n)")
    assert "A.dot(x)" in D.code(sizes={"n": 5}) and "A @ x" in D.code() and "A @ x" in D.code(sizes={"n": 500})
    made: Any = D.function(sizes={"n": 5}, outputs="value, gradient")
    A, x = np.arange(4.0).reshape(2, 2), np.array([1.0, -2.0])
    value, gradient = made(A=A, x=x)
    assert value == x @ A @ x and (gradient == (A + A.T) @ x).all()


def test_multiplied_out_in_other_products() -> None:
    """Between factors, under a transpose, in a Hessian times a direction; vectors gain nothing."""
    pytest.importorskip("scipy")
    sizes = {"m": 30, "n": 40, "k": 2}
    D = mg.derive("normF(A*(T - U*V')*B)^2", "U", "A: matrix(m,m); B: matrix(n,k); T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)", order=2)
    for outputs in ("gradient", "hvp"):
        made: Any = D.function(outputs=outputs, sizes=sizes, multiply_out=True)
        want = mg.derive(D.result.function, "U").value if outputs == "gradient" else D.hvp
        values = point(D, [want], sizes)
        close(called(made, values, values, lambda a: a), evaluate(want, values, ex.variables(want)))
    plain = mg.derive("norm2(X*w - y)^2", "w", "X: matrix(N,n); w: vector(n); y: vector(N)")
    assert plain.code() == plain.code(multiply_out=True)


def test_a_hessian_with_structure_forms_nothing_larger() -> None:
    D = mg.derive("normF(T - U*V')^2", "U", "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)", order=2)
    product: Any = D.function(outputs="hvp")
    assert "kron" not in product.source and "V_ @ (V.T @ V)" in product.source
    assert "_spread((2 * (V.T @ V))" in D.code()
