"""What generated programs do not do: compute twice, form what they need not, overflow; and what their parameters are."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import numpy as np
import pytest

import matgrad as mg
from matgrad.check.draw import draw_values
from matgrad.codegen import arguments_of

pytest.importorskip("scipy")
TARGETS = ("numpy", "jax", "torch", "array_api")

# formula, by what, declared, outputs, and how many products of arrays with at least one matrix an expert's program has
PRODUCTS = [
    ("log(det(S)) + 1/N*sum(i, 1..N, (X[:,i] - mu)'*inv(S)*(X[:,i] - mu))", "S", "S: posdef(m); X: matrix(m,N); mu: vector(m)", "value, gradient", 3),
    ("-y'*log(softmax(W2*sigmoid(W1*x)))", "W1", "W1: matrix(p,n); W2: matrix(m,p); x: vector(n); y: onehot(m)", "value, gradient", 3),
    ("x'*A*x/(x'*x)", "x", "x: vector(n); A: symmetric(n)", "value, gradient", 1),
    ("-a'*W*b/(norm2(a)*norm2(W*b))", "W,a", "a: vector(m); W: matrix(m,n); b: vector(n)", "gradient", 1),
    ("logsumexp(diag(X*S*X'))", "X", "X: matrix(N,n); S: symmetric(n)", "value, gradient", 1),
    ("tr(B'*X'*C*X*X'*C*X*B)", "X", "X: matrix(m,n); B: matrix(n,p); C: matrix(m,m)", "gradient", 9),
    ("normF(T - U*V')^2", "U,V", "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)", "value, gradient", 3),
    ("sum(log(1 + ((X*w - y)/c).^2))", "w", "X: matrix(N,n); w: vector(n); y: vector(N); c: scalar > 0", "hessian", 2),
    ("norm2(A*x - b)^2*log(norm2(A*x - b)^2)", "x", "A: matrix(m,n); x: vector(n); b: vector(m)", "value, gradient", 2),
    ("w'*(F*S*F' + diag(d))*w", "w", "F: matrix(n,k); S: posdef(k); d: vector(n); w: vector(n)", "gradient", 3),
    ("logdet(W'*B*W) - logdet(W'*S*W)", "W", "W: matrix(n,k); B: posdef(n); S: posdef(n)", "value, gradient", 4),
    ("normF(A*P + P*A' + Q)^2", "P", "A: matrix(n,n); P: symmetric(n); Q: symmetric(n)", "value, gradient", 2),
]


def body(D: mg.Derivation, target: str = "numpy", **options: Any) -> ast.FunctionDef:
    """The main function as Python reads it, without its docstring."""
    tree = ast.parse(D.code(target, **options))
    main = next(x for x in tree.body if isinstance(x, ast.FunctionDef) and not x.name.startswith("_"))
    main.body = main.body[1:]
    return main


class Counted(np.ndarray[Any, Any]):
    """An array that counts the products with a matrix."""

    products = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        Counted.products += ufunc is np.matmul and any(np.ndim(x) == 2 for x in inputs)
        plain = [x.view(np.ndarray) if isinstance(x, np.ndarray) else x for x in inputs]
        if "out" in options:
            options["out"] = tuple(x.view(np.ndarray) for x in options["out"])
        found = getattr(ufunc, method)(*plain, **options)
        return found.view(Counted) if isinstance(found, np.ndarray) else found


@pytest.mark.parametrize(("text", "wrt", "declare", "outputs", "count"), PRODUCTS, ids=[p[0] for p in PRODUCTS])
def test_products_are_computed_once(text: str, wrt: str, declare: str, outputs: str, count: int) -> None:
    D = mg.derive(text, wrt, declare)
    f = D.function(outputs=outputs)
    values = draw_values([D.result.function, D.value], np.random.default_rng(0), dict.fromkeys("mnkNp", 5), "positive")
    Counted.products = 0
    f(**arguments_of(f, {x: a.view(Counted) if isinstance(a, np.ndarray) and a.ndim else a for x, a in values.items()}))
    assert 0 < Counted.products <= count, f.source


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_assigned_in_vain(target: str) -> None:
    for text, wrt, declare, outputs in [*[p[:4] for p in PRODUCTS], *[(*p[:3], "hvp") for p in PRODUCTS]]:
        try:
            main = body(mg.derive(text, wrt, declare), target, outputs=outputs)
        except mg.UnsupportedError:
            continue
        names = [x for x in ast.walk(main) if isinstance(x, ast.Name)]
        stored, loaded = ({x.id for x in names if isinstance(x.ctx, kind)} for kind in (ast.Store, ast.Load))
        assert stored <= loaded, (text, stored - loaded)


# --- exponentials ---------------------------------------------------------------------------------------

A = np.array([[1000.0, 0.0], [0.0, 1.0], [900.0, -900.0]])
TOP = np.array([1000.0, 1.0, 0.0])  # A*x at x = 1
EXTREME: list[tuple[str, str, dict[str, Any], float, Any]] = [
    ("log(c'*exp(A*x))", "A: matrix(m,n); x: vector(n); c: vector(m) > 0", {"c": np.array([2.0, 1, 1])}, 1000 + np.log(2), A[0]),
    ("log(sum(i, 1..m, exp(a[i]'*x)))", "a[i]: vector(n), i=1..m; x: vector(n)", {"a": A}, 1000.0, A[0]),
    ("c'*exp(A*x)/sum(exp(A*x))", "A: matrix(m,n); x: vector(n); c: vector(m)", {"c": np.array([3.0, 1, 1])}, 3.0, np.zeros(2)),
    ("-log(softmax(A*x)[2])", "A: matrix(m,n); x: vector(n)", {}, 999.0, A[0] - A[1]),
    ("-log(softmax(A*x)[k])", "A: matrix(m,n); x: vector(n); k: integer", {"k": 2}, 999.0, A[0] - A[1]),
    ("logsumexp(A*x)", "A: matrix(m,n); x: vector(n)", {}, 1000.0, A[0]),
]


@pytest.mark.parametrize(("text", "declare", "more", "value", "gradient"), EXTREME, ids=[e[0] for e in EXTREME])
def test_exponentials_do_not_overflow(text: str, declare: str, more: dict[str, Any], value: float, gradient: Any) -> None:
    f = mg.derive(text, "x", declare).function(outputs="value, gradient")
    given = {"A": A, "x": np.ones(2), **more}
    found = f(**arguments_of(f, given))
    np.testing.assert_allclose(found[0], value, rtol=1e-12)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-12, atol=1e-12)


def test_every_sample_has_its_own_largest_exponent() -> None:
    """Mixtures: far from all centres, and beside one of them."""
    text = "sum(n, 1..N, log(sum(k, 1..K, p[k]*exp(-1/2*norm2(x[n] - mu[k])^2))))"
    declare = "x[n]: vector(d), n=1..N; mu[k]: vector(d), k=1..K; p[k]: scalar > 0, k=1..K"
    f = mg.derive(text, "mu", declare).function(outputs="value, gradient")
    x, mu, p = np.array([[100.0, 0.0], [0.1, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0.4, 0.6])
    exponents = np.log(p) - ((x[:, None] - mu) ** 2).sum(axis=2) / 2
    top = exponents.max(axis=1, keepdims=True)
    q = np.exp(exponents - top)
    value = (top[:, 0] + np.log(q.sum(axis=1))).sum()
    q /= q.sum(axis=1, keepdims=True)
    found = f(p=p, x=x, mu=mu)
    np.testing.assert_allclose(found[0], value, rtol=1e-12)
    np.testing.assert_allclose(found[1], np.einsum("nk,nkd->kd", q, x[:, None] - mu), rtol=1e-12)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("text", "wrt", "declare"),
    [
        ("log(b'*exp(A*x))", "x", "A: matrix(m,n); x: vector(n); b: vector(m) > 0"),
        ("sum(log(exp(A*X)*b))", "X", "A: matrix(m,n); X: matrix(n,k); b: vector(k) > 0"),
        ("log(sum(exp(A*X*B)))", "X", "A: matrix(m,n); X: matrix(n,k); B: matrix(k,l)"),
        ("exp(A*x)'*y/sum(exp(A*x)) + 1", "x", "A: matrix(m,n); x: vector(n); y: vector(m)"),
        ("1 + sum(exp(A*x))", "x", "A: matrix(m,n); x: vector(n)"),
        ("log(1 + sum(exp(A*x)))", "x", "A: matrix(m,n); x: vector(n)"),
        ("d'*(log(R*exp(X*w)) - X*w)", "w", "X: matrix(N,n); w: vector(n); d: vector(N); R: matrix(N,N) > 0"),
        ("sum(logsumexp(W*X)) - tr(Y'*log(softmax(W*X)))", "W", "W: matrix(c,n); X: matrix(n,N); Y: matrix(c,N)"),
        ("sum(sigmoid(V*tanh(W*x)))", "x", "V: matrix(p,h); W: matrix(h,n); x: vector(n)"),
        ("tr(V'*A*V)/tr(V'*B*V)", "V", "V: matrix(n,k); A: symmetric(n); B: posdef(n)"),
        ("1/2*y'*inv(K + s*eye(n))*y + 1/2*logdet(K + s*eye(n))", "s", "K: psd(n); y: vector(n); s: scalar > 0"),
        ("sum(i, 1..n-1, exp(x[i+1] - x[i]))", "x", "x: vector(n)"),
        ("sum(i, 1..n-2, (x[i+2] - 2*x[i+1] + x[i])^4)", "x", "x: vector(n)"),
        ("sum(i, 1..n-1, norm2(X[:,i+1] - X[:,i])^4)", "X", "X: matrix(m,n)"),
    ],
)
def test_rewritten_programs_agree_with_evaluate(text: str, wrt: str, declare: str, target: str) -> None:
    library: Any = pytest.importorskip({"numpy": "numpy", "jax": "jax.numpy", "torch": "torch", "array_api": "array_api_strict"}[target])
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    for seed, order in ((0, 1), (1, 2)):
        D = mg.derive(text, wrt, declare, order=order)
        sizes = dict.fromkeys("mnklNcph", 3) | {"n": 4, "k": 2}
        values = draw_values([D.result.function, D.value], np.random.default_rng(seed), sizes, "positive")
        f: Any = D.function(target)
        given = {x: library.asarray(a.copy()) if isinstance(a, np.ndarray) and a.ndim else a for x, a in values.items()}
        want = D.evaluate(values)
        np.testing.assert_allclose(np.asarray(f(**arguments_of(f, {**sizes, **given}))), want, rtol=1e-10, atol=1e-10 * (1 + np.abs(want).max()))


# --- what is not formed -----------------------------------------------------------------------------------


def test_neighbours_under_a_sum_form_no_matrix() -> None:
    """With an identity of that size it would take 320 GB."""
    f = mg.derive("sum(i, 1..n-1, (x[i+1] - x[i])^2)", "x", "x: vector(n)").function()
    x = np.random.default_rng(0).normal(size=200_000)
    e = 2 * np.diff(x)
    np.testing.assert_allclose(f(x), np.concatenate(([0.0], e)) - np.concatenate((e, [0.0])), rtol=1e-12)


def test_samples_in_columns_form_nothing_of_their_number_squared() -> None:
    f = mg.derive("-tr(Y'*log(softmax(W*X)))", "W", "W: matrix(c,n); X: matrix(n,N); Y: onehot(c,N)", order=2).function()
    rng = np.random.default_rng(0)
    W, X = rng.normal(size=(3, 2)), rng.normal(size=(2, 30_000))
    p = np.exp(W @ X)
    p /= p.sum(axis=0)
    blocks = np.einsum("an,bn,ijn->aibj", X, X, np.einsum("in,ij->ijn", p, np.eye(3)) - np.einsum("in,jn->ijn", p, p))
    np.testing.assert_allclose(f(W=W, X=X), blocks.reshape(6, 6), rtol=1e-9)


# --- parameters --------------------------------------------------------------------------------------------


def test_directions_follow_the_order_of_wrt() -> None:
    D = mg.derive("normF(T - U*V')^2", "U,V", "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)")
    f = D.function(outputs="hvp")
    assert list(inspect.signature(f).parameters) == ["T", "U", "V", "V_U", "V_V"]
    rng = np.random.default_rng(0)
    T, U, V, dU, dV = (rng.normal(size=(3, 3)) for _ in range(5))
    g = D.function()
    step = 1e-6
    want = [(a - b) / (2 * step) for a, b in zip(g(T, U + step * dU, V + step * dV), g(T, U - step * dU, V - step * dV))]
    for have, expected in zip(f(T, U, V, dU, dV), want):
        np.testing.assert_allclose(have, expected, atol=1e-7)


def test_a_direction_is_a_parameter_also_where_nothing_depends_on_it() -> None:
    f = mg.derive("a'*x", "x", "a: vector(n); x: vector(n)").function(outputs="gradient, hvp")
    np.testing.assert_array_equal(f(a=np.ones(2), V=np.ones(2))[1], np.zeros(2))
    with pytest.raises(ValueError, match=r"V has the shape \(3,\)"):
        f(a=np.ones(2), V=np.ones(3))


def test_the_product_with_a_direction_by_a_scalar() -> None:
    D = mg.derive("exp(a*t) + t^3", "t", "a: scalar; t: scalar")
    value, gradient, hessian, hvp = D.function(outputs="value, gradient, hessian, hvp")(1.0, 2.0, 3.0)
    np.testing.assert_allclose([value, gradient, hessian, hvp], [np.e**2 + 8, np.e**2 + 12, np.e**2 + 12, 3 * (np.e**2 + 12)])


def test_a_factorised_sum_is_named_by_its_formula() -> None:
    f = mg.derive("logdet(K + s*eye(n))", "s", "K: psd(n); s: scalar > 0").function()
    with pytest.raises(np.linalg.LinAlgError, match=r"K \+ s\*eye\(n\) is not positive definite"):
        f(-np.eye(2), 0.5)


def test_a_program_by_a_family_checks_itself(capsys: pytest.CaptureFixture[str]) -> None:
    source = mg.derive("sum(i, 1..N, norm2(x[i] - m)^4)", "x", "x[i]: vector(n), i=1..N; m: vector(n)").code()
    exec(compile(source, "<generated>", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.startswith("x: relative error against finite differences")
