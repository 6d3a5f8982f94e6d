"""Generated code computes what `evaluate` computes, on every target, and is what a person would write."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import expressions as random_expressions
import matgrad as mg
from draws import examples, generator, one_of
from matgrad.check.draw import draw_values
from matgrad.check.numeric import evaluate
from matgrad.codegen import compile_function, generate
from matgrad.core import expr as ex
from matgrad.core.op import OPS

LIBRARIES = ("numpy", "jax", "torch")
TARGETS = (*LIBRARIES, "array_api")

# every operation, and the shapes of expression that have a spelling of their own
EXPRESSIONS = [
    ("A*B + c*C - 2*eye(m)", "A: matrix(m,n); B: matrix(n,m); C: matrix(m,m); c: scalar"),
    ("A .* B ./ C + A .^ 3 + A .^ -2", "A: matrix(m,n); B: matrix(m,n); C: matrix(m,n)"),
    ("x .^ y + t .^ x", "x: vector(n) > 0; y: vector(n); t: scalar > 0"),
    ("sqrt(x) + x .^ (-1/2) + x .^ (3/2)", "x: vector(n) > 0"),
    ("t^3 + 1/t + sqrt(t) + exp(t)*relu(t)", "t: scalar > 0"),
    ("S^3 + S^-2 + S^k", "S: invertible(n); k: integer"),
    ("kron(A, B)*kron(x, y)", "A: matrix(m,n); B: matrix(p,q); x: vector(n); y: vector(q)"),
    ("kron(A, B) + kron(C, D)", "A: matrix(m,n); B: matrix(p,q); C: matrix(m,n); D: matrix(p,q)"),
    ("kron(x, B)*y", "x: vector(m); B: matrix(p,q); y: vector(q)"),
    ("kron(x', B)", "x: vector(m); B: matrix(p,q)"),
    ("kron(A, x')", "A: matrix(m,p); x: vector(n)"),
    ("kron(A, B)*vec(X)", "A: matrix(p,n); B: matrix(q,m); X: matrix(m,n)"),
    ("K(m,n)*vec(A)", "A: matrix(m,n)"),
    ("vech(S) + elim(n)*vec(S) + dup(n)'*vec(S)", "S: matrix(n,n)"),
    ("toep(n)*t", "t: vector(2*n-1)"),
    ("K(m,n)*kron(A, B)*K(p,q)", "A: matrix(n,p); B: matrix(m,q)"),
    ("X*y + unvec(B*vec(X), m, n)*y", "X: matrix(m,n); B: matrix(m*n,m*n); y: vector(n)"),
    ("A*unvec(x, m, n)", "A: matrix(n,m); x: vector(m*n)"),
    ("X[:,i] + X[:,2] + y", "X: matrix(m,5); i: integer; y: vector(m)"),
    ("X[i,:]*X[1,:]'", "X: matrix(5,n); i: integer"),
    ("X[i,2] + x[i]", "X: matrix(5,5); x: vector(5); i: integer"),
    ("[A, b; c', d]", "A: matrix(m,n); b: vector(m); c: vector(n); d: scalar"),
    ("[a; b; 1]", "a: vector(m); b: vector(n)"),
    ("[a', b']", "a: vector(m); b: vector(n)"),
    ("inv(S)*A*inv(S)'*b", "S: invertible(n); A: matrix(n,n); b: vector(n)"),
    ("inv(P)*diag(softmax(x))*inv(P) + A'*diag(softmax(x))*A", "P: posdef(n); x: vector(n); A: matrix(n,n)"),
    ("inv(P)*b + inv(P)*A*b", "P: posdef(n); A: matrix(n,n); b: vector(n)"),
    ("b'*inv(P)*b + logdet(P)", "P: posdef(n); b: vector(n)"),
    ("b'*inv(S)*b + logdet(S) + tr(inv(S)*A)", "S: invertible(n); b: vector(n); A: matrix(n,n)"),
    ("tr(inv(P)) + sum(inv(P)) + tr(inv(P)*A*inv(P)*B)", "P: posdef(n); A: matrix(n,n); B: matrix(n,n)"),
    ("(inv(L)*b + inv(U)'*b)*b' + inv(L)'*A", "L: lower(n) invertible; U: upper(n) invertible; b: vector(n); A: matrix(n,n)"),
    ("logdet(L) + tr(inv(L))", "L: lower(n) invertible"),
    ("inv(D)*X*E + inv(D)*Y", "D: diagonal(n) invertible; X: matrix(n,m); E: diagonal(m); Y: matrix(n,m)"),
    ("X'*D*X", "D: diagonal(n); X: matrix(n,m)"),
    ("Q*x + Q'*x + inv(Q)*x", "Q: orthogonal(n); x: vector(n)"),
    ("tril(S)*x + triu(S)'*x", "S: matrix(n,n); x: vector(n)"),
    ("adj(S)*det(S)", "S: matrix(n,n)"),
    ("expm(S)*x", "S: matrix(n,n); x: vector(n)"),
    ("sqrtm(P)*logm(P)", "P: posdef(n)"),
    ("sylvester(P, Q, C) + lyapunov(P, polar(A))*C", "P: posdef(m); Q: posdef(n); C: matrix(m,n); A: matrix(m,m)"),
    ("polar(C)*eigvecs(P, 1)*eigvecs(P, 1)'", "C: matrix(m,n); P: posdef(n)"),
    ("eigvecs(P, 2)*eigvecs(P, 2)'", "P: posdef(4)"),
    ("norm1(X) + norm2(x) + normF(X) + norm2(x)^2 + normF(A*X - B)^2", "X: matrix(m,n); x: vector(n); A: matrix(p,m); B: matrix(p,n)"),
    ("tr(A*B) + tr(A'*C) + tr(A*B*D) + tr(D)", "A: matrix(m,n); B: matrix(n,m); C: matrix(m,n); D: matrix(m,m)"),
    ("diag(x)*A*diag(y) + diag(A*B)*y'", "x: vector(m); y: vector(n); A: matrix(m,n); B: matrix(n,m)"),
    ("diag(x) + diag(diag(A)) - x*x'", "x: vector(n); A: matrix(n,n)"),
    ("diag(A*diag(x)*B) + diag(A .* A')", "A: matrix(n,n); x: vector(n); B: matrix(n,n)"),
    ("sum(A) + sum(A*B) + ones(m)'*A*ones(n)", "A: matrix(m,n); B: matrix(n,p)"),
    ("ones(m)*c' + b*ones(n)' + 1", "b: vector(m); c: vector(n)"),
    ("ones(m,n) + zeros(m,n) + A", "A: matrix(m,n)"),
    ("ones(m,n)*B", "B: matrix(n,p)"),
    ("softmax(x) + logsumexp(x)*x", "x: vector(n)"),
    ("softmax(X)*logsumexp(X)'", "X: matrix(m,n)"),
    ("log(softmax(X))", "X: matrix(m,n)"),
    ("log(sigmoid(x)) + log(1 - sigmoid(x)) + log(1 + exp(x))", "x: vector(n)"),
    ("log(sum(exp(x))) + log(det(P))", "x: vector(n); P: posdef(n)"),
    ("(diag(softmax(x)) - softmax(x)*softmax(x)')*y", "x: vector(n); y: vector(n)"),
    ("max(0, x) + min(x, y) + max(x, t)", "x: vector(n); y: vector(n); t: scalar"),
    ("(x >= y) + (x < t)*3 + (x == x) + (x > y) .* (x <= y)", "x: vector(n); y: vector(n); t: scalar"),
    ("sigma(X)*sigma'(y)", "X: matrix(m,n); y: vector(n); sigma: elementwise"),
    ("1/n*sum(x) + pi + sqrt(2*pi)", "x: vector(n)"),
    ("Y*Y' where Y = exp(A*B)", "A: matrix(m,n); B: matrix(n,m)"),
    ("W*x*a", "W: matrix(1,n); x: vector(n); a: scalar"),
    ("x*a", "x: matrix(1,n); a: scalar"),
    ("lambda*x + t2*x", "lambda: scalar; x: vector(n); t2: scalar"),
    ("sum(i, 1..N, a[i]*b[i]')", "a[i]: vector(m), i=1..N; b[i]: vector(n), i=1..N"),
    ("sum(i, 1..N, s[i]*a[i]*a[i]')", "a[i]: vector(m), i=1..N; s[i]: scalar, i=1..N"),
    ("sum(i, 1..N, (y[i] - w'*a[i])^2)/N", "a[i]: vector(m), i=1..N; y[i]: scalar, i=1..N; w: vector(m)"),
    ("sum(i, 1..N, sigma(A*x[i] + b))", "A: matrix(m,n); b: vector(m); x[i]: vector(n), i=1..N; sigma: elementwise"),
    ("sum(i, 1..N, x[i]'*A*x[i])", "A: matrix(n,n); x[i]: vector(n), i=1..N"),
    ("sum(i, 1..N, A*X[i]*B + X[i])", "A: matrix(m,m); B: matrix(n,n); X[i]: matrix(m,n), i=1..N"),
    ("sum(i, 1..N, X[i]*X[i]')", "X[i]: matrix(m,n), i=1..N"),
    ("sum(i, 1..N, inv(X[i]'*X[i] + eye(n))*b)", "X[i]: matrix(m,n), i=1..N; b: vector(n)"),
    ("sum(i, 1..N, logdet(X[i]'*X[i] + eye(n)) + norm2(X[i]*b) + tr(X[i]'*X[i]) + normF(X[i])^2)", "X[i]: matrix(m,n), i=1..N; b: vector(n)"),
    ("sum(i, 1..N, logsumexp(W*x[i]) - W[1,:]*x[i])", "W: matrix(m,n); x[i]: vector(n), i=1..N"),
    ("sum(i, 1..N, kron(x[i]*x[i]', diag(softmax(W*x[i])) - softmax(W*x[i])*softmax(W*x[i])'))", "W: matrix(m,n); x[i]: vector(n), i=1..N"),
    ("sum(i, 1..N, [x[i]; 1]*[x[i]; 1]')", "x[i]: vector(n), i=1..N"),
    ("sum(i, 1..n, X[i,:]'*X[i,:]) + sum(i, 1..n, i*X[i,i])", "X: matrix(n,n)"),
    ("sum(i, 1..n, X[:,i]*y[i])", "X: matrix(m,n); y: vector(n)"),
    ("sum(i, 1..N, sum(j, 1..N, a[i]*a[j]*exp(-norm2(x[i] - x[j])^2)))", "a[i]: scalar, i=1..N; x[i]: vector(n), i=1..N"),
    ("sum(i, 1..N, x[i])*sum(i, 1..N, x[i])'", "x[i]: vector(n), i=1..N"),
    ("sum(r, 0..k-1, S^r*A*S^(k-1-r))", "S: matrix(n,n); A: matrix(n,n); k: integer"),
    *[(f"{f}(X)*x", "X: matrix(m,n); x: vector(n)") for f in sorted(OPS) if OPS[f].elementwise and f in mg.named_functions()],
    *[(f"{f}'(t)", "t: scalar") for f in ("sigmoid", "tanh", "silu", "gelu", "softplus")],
]  # fmt: skip

# expression, variables, order, declarations
DERIVATIVES = [
    ("tr(Y'*M*Y) where Y = sigma(W*X)", "X", 1, "W: matrix(l,m); X: matrix(m,n); M: symmetric(l); sigma: elementwise"),
    ("norm2(X*w - y)^2", "w", 1, "X: matrix(m,n); w: vector(n); y: vector(m)"),
    ("norm2(X*w - y)", "w", 2, "X: matrix(m,n); w: vector(n); y: vector(m)"),
    ("logdet(Sigma) + tr(S*inv(Sigma))", "Sigma", 1, "Sigma: posdef(m); S: symmetric(m)"),
    ("logdet(Sigma) + tr(S*inv(Sigma))", "Sigma", 2, "Sigma: posdef(m); S: symmetric(m)"),
    ("b'*inv(X)*b", "X", 1, "X: invertible(n); b: vector(n)"),
    ("logdet(X)", "X", 2, "X: invertible(n)"),
    ("normF(T - U*V')^2", "U", 2, "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)"),
    ("tr(A*X*B*X'*C)", "X", 1, "A: matrix(p,m); X: matrix(m,n); B: matrix(n,n); C: matrix(m,p)"),
    ("tr(A*X*B*X'*C)", "X", 2, "A: matrix(p,m); X: matrix(m,n); B: matrix(n,n); C: matrix(m,p)"),
    ("a'*exp(X*b)", "X", 2, "a: vector(m); X: matrix(m,n); b: vector(n)"),
    ("logsumexp(A*x + b)", "x", 2, "A: matrix(m,n); x: vector(n); b: vector(m)"),
    ("sum(i, 1..N, logsumexp(W*x[i]) - y[i]'*W*x[i])", "W", 2, "W: matrix(m,n); x[i]: vector(n), i=1..N; y[i]: onehot(m), i=1..N"),
    ("sum(i, 1..N, log(1 + exp(w'*x[i])) - y[i]*w'*x[i])", "w", 2, "x[i]: vector(n), i=1..N; y[i]: scalar, i=1..N; w: vector(n)"),
    ("-y'*log(softmax(W2*sigmoid(W1*x + b1) + b2))", "W1,b1,W2,b2", 1,
     "W1: matrix(p,n); b1: vector(p); W2: matrix(m,p); b2: vector(m); x: vector(n); y: onehot(m)"),
    ("tr(C'*softmax(Q*K')*V) where Q = X*Wq; K = X*Wk; V = X*Wv", "Wq,Wk,Wv", 1,
     "X: matrix(n,d); Wq: matrix(d,k); Wk: matrix(d,k); Wv: matrix(d,p); C: matrix(n,p)"),
    ("sum(i, 1..N, (x[i] - mu)'*inv(Sigma)*(x[i] - mu)) + N*logdet(Sigma)", "mu,Sigma", 1, "x[i]: vector(n), i=1..N; mu: vector(n); Sigma: posdef(n)"),
    ("sum(i, 1..N, max(0, 1 - y[i]*(w'*x[i] + b)))", "w,b", 1, "x[i]: vector(n), i=1..N; y[i]: scalar, i=1..N; w: vector(n); b: scalar"),
    ("A*exp(X*B)", "X", 1, "A: matrix(l,m); X: matrix(m,n); B: matrix(n,p)"),
    ("X'", "X", 1, "X: matrix(m,n)"),
    ("A*X*B", "X", 1, "A: matrix(p,m); X: matrix(m,n); B: matrix(n,q)"),
    ("inv(X)", "X", 1, "X: invertible(n)"),
    ("X .* Y", "X", 1, "X: matrix(m,n); Y: matrix(m,n)"),
    ("diag(x)*A", "x", 1, "x: vector(n); A: matrix(n,m)"),
    ("diag(X)", "X", 1, "X: matrix(n,n)"),
    ("kron(A, X)", "X", 1, "A: matrix(p,q); X: matrix(m,n)"),
    ("kron(X, B)", "X", 1, "B: matrix(p,q); X: matrix(m,n)"),
    ("softmax(X)", "X", 1, "X: matrix(m,n)"),
    ("tr(A*X^k)", "X", 1, "X: matrix(n,n); A: matrix(n,n); k: integer"),
    ("tr(A*X^4)", "X", 2, "X: matrix(n,n); A: matrix(n,n)"),
    ("x'*S*x/(x'*x)", "x", 2, "S: symmetric(n); x: vector(n)"),
    ("inv(A + t*B)", "t", 1, "A: invertible(n); B: matrix(n,n); t: scalar"),
    ("A(t)*B(t)", "t", 1, "A(t): matrix(k,m); B(t): matrix(m,l); t: scalar"),
    ("tr(X'*L*X) + norm2(X[:,1])^2", "X", 1, "X: matrix(m,n); L: symmetric(m)"),
    ("tr(Sigma*A) + logdet(Sigma)", "Sigma", 1, "Sigma: posdef(n); A: matrix(n,n)"),
    ("y'*inv(Kn + s*eye(n))*y + logdet(Kn + s*eye(n))", "s", 1, "Kn: psd(n); s: scalar > 0; y: vector(n)"),
    ("x'*D*x", "x", 2, "D: diagonal(n); x: vector(n)"),
    ("X*w", "w", 1, "X: matrix(m,n); w: vector(n)"),
]  # fmt: skip


def derived(text, wrt, order, declare, layout="denominator"):
    d = mg.derive(text, wrt=wrt, declare=declare, order=order, layout=layout)
    return d.values, d.result.function, d.kind


def jax_or_skip():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    return jax.numpy


def points(roots, largest=5):
    """Values at sizes of 1 and at random sizes at which all roots are finite."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        sizes = {x: 1 if seed == 0 else int(rng.integers(1, largest)) for x in ex.letters(*roots)}
        for manner in ("normal", "positive", "unit"):
            values = draw_values(roots, rng, sizes, manner)
            with np.errstate(all="ignore"):
                if all(np.all(np.isfinite(evaluate(r, values, ex.variables(*roots)))) for r in roots):
                    yield values
                    break


def converted(value, target):
    if target == "jax" and not isinstance(value, int):
        jnp = jax_or_skip()
        return jnp.asarray(value) if not callable(value) else {np.tanh: jnp.tanh}.get(value, lambda a: jnp.asarray(value(np.asarray(a))))
    if target == "torch":
        torch = pytest.importorskip("torch")
        if callable(value):
            return lambda a: torch.tensor(value(a.numpy()))
        return torch.tensor(value) if isinstance(value, np.ndarray) else value
    if target == "array_api":
        xp = pytest.importorskip("array_api_strict")
        if callable(value):
            return lambda a: xp.asarray(value(np.asarray(a)))
        return xp.asarray(value) if isinstance(value, np.ndarray) else value
    return value


def called(function, values, target):
    """The function at values by name, as `evaluate` takes them."""
    sigma = values.get("sigma", ())
    renamed = {"sigma": 0, "dsigma": 1, "d2sigma": 2}
    arguments = {}
    for p in inspect.signature(function).parameters:
        if p in renamed:
            value = sigma[renamed[p]]
        elif "_d" in p and p not in values:
            name, *by = p[1:].split("_d")
            value = values[f"diff({name},{','.join(by)})"]
        else:
            value = values[p if p in values else p.rstrip("_").removesuffix("_size")]
        arguments[p] = converted(value, target)
    with np.errstate(all="ignore"):
        return function(**arguments)


def agree(values, function, target, kind=""):
    """The generated function and `evaluate` give the same numbers."""
    if target != "numpy":
        pytest.importorskip({"array_api": "array_api_strict"}.get(target, target))
    pytest.importorskip("scipy")
    if target == "jax":
        jax_or_skip()
    try:
        made = compile_function(values, function, ex.variables(function), target)
    except mg.UnsupportedError as error:
        assert target != "numpy"
        pytest.skip(str(error))
    seen = 0
    for point in points([*values.values(), function]):
        results = called(made, point, target)
        for got, root in zip([results] if len(values) == 1 else results, values.values()):
            want = np.asarray(evaluate(root, point, ex.variables(function)))
            have = np.asarray(got)
            assert have.shape == want.shape
            np.testing.assert_allclose(have, want, rtol=0, atol=1e-10 * np.max(np.abs(want), initial=0) + 1e-13)
        seen += 1
    assert seen


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("text", "declare"), EXPRESSIONS, ids=[e[0] for e in EXPRESSIONS])
def test_expressions(text, declare, target):
    e = mg.parse(text, declare)
    agree({"value": e}, e, target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", DERIVATIVES, ids=[f"{c[0]} by {c[1]}, {c[2]}" for c in DERIVATIVES])
def test_derivatives(case, target):
    values, function, kind = derived(*case)
    agree(values, function, target, kind)


def test_every_operation_is_covered():
    used = {e.op.name for text, declare in EXPRESSIONS for e in ex.postorder(mg.parse(text, declare))}
    assert {name for name in mg.named_functions() if name in OPS} <= used | {"norm1", "conj", "real", "imag"}  # the last three in test_complex.py


@examples(60, rng=generator, favourite=one_of(["X", "x", "w", "A"]), shape=one_of(["11", "11", "mn", "n1"]))
def test_random_expressions(rng, favourite, shape):
    node = random_expressions.Grower(rng, favourite).grow(shape, 3)
    d = mg.derive(node.text, wrt=favourite, declare=random_expressions.DECLARE)
    made = compile_function(d.values, d.result.function, ex.variables(d.result.function))
    for sizes in random_expressions.SIZES:
        values = {**random_expressions.for_matgrad(random_expressions.values(sizes, 3)), **sizes}
        want = np.asarray(evaluate(d.value, values, ex.variables(d.result.function)))
        if np.all(np.isfinite(want)) and np.max(np.abs(want), initial=0) < 1e6:
            have = np.asarray(called(made, values, "numpy"))
            assert have.shape == want.shape
            np.testing.assert_allclose(have, want, rtol=0, atol=1e-9 * (1 + np.max(np.abs(want), initial=0)))


# --- what the source looks like -------------------------------------------------------------------------


def source(text, declare, wrt="", order=1, target="numpy"):
    if wrt:
        values, function, kind = derived(text, wrt, order, declare)
    else:
        function = mg.parse(text, declare)
        values, kind = {"value": function}, ""
    return generate(values, function, ex.variables(function), target, "answer", kind=kind)


def last_line(text, declare, **options):
    """The line that returns the result."""
    code = source(text, declare, **options)
    return next(x.strip() for x in code.split("def answer")[1].splitlines() if x.startswith("    return "))


@pytest.mark.parametrize(
    ("text", "declare", "line"),
    [
        ("A*B*x", "A: matrix(m,n); B: matrix(n,p); x: vector(p)", "return A @ (B @ x)"),
        ("x'*A*B", "A: matrix(m,n); B: matrix(n,p); x: vector(m)", "return (x @ A @ B)[None, :]"),
        ("tr(A*B)", "A: matrix(m,n); B: matrix(n,m)", "return (A * B.T).sum()"),
        ("tr(A'*B)", "A: matrix(m,n); B: matrix(m,n)", "return np.vdot(A, B)"),
        ("diag(v)*A", "v: vector(m); A: matrix(m,n)", "return v[:, None] * A"),
        ("diag(A*B)", "A: matrix(m,n); B: matrix(n,m)", "return (A * B.T).sum(axis=1)"),
        ("X'*D*X", "X: matrix(m,n); D: diagonal(m)", "return (X * D.diagonal()[:, None]).T @ X"),
        ("kron(A, B)*vec(X)", "A: matrix(p,n); B: matrix(q,m); X: matrix(m,n)", "return (A @ X.T @ B.T).reshape(-1)"),
        ("kron(A, B)", "A: matrix(p,n); B: matrix(q,m)", "return _kron(A, B)"),
        ("sum(i, 1..N, a[i]*b[i]')", "a[i]: vector(m), i=1..N; b[i]: vector(n), i=1..N", "return a.T @ b"),
        ("sum(i, 1..9, sigma(A*x[i]))", "x[i]: vector(m), i=1..9; A: matrix(n,m); sigma: elementwise", "return sigma(x @ A.T).sum(axis=0)"),
        ("ones(m)*c' + B", "c: vector(n); B: matrix(m,n)", "return c + B"),
        ("log(1 + exp(t))", "t: scalar", "return _softplus(t)"),
        ("log(sum(exp(x)))", "x: vector(n)", "return _logsumexp(x)"),
        ("inv(S)*b", "S: invertible(n); b: vector(n)", 'return _solve("S", S, b)'),
        ("inv(P)*b", "P: posdef(n); b: vector(n)", "return _cho_solve(chol_P, b)"),
    ],
)
def test_spelling(text, declare, line):
    assert last_line(text, declare) == line


def test_named_intermediates_keep_their_names():
    code = source("tr(Y'*M*Y) where Y = sigma(W*X)", "W: matrix(l,m); X: matrix(m,n); M: symmetric(l); sigma: elementwise", "X")
    assert "    Y = sigma(" in code


def test_shared_subexpressions_are_computed_once():
    code = source("norm2(X*w - y)^2*exp(norm2(X*w - y)^2)", "X: matrix(m,n); w: vector(n); y: vector(m)").split('"""')[2]
    assert code.count("X @ w") == 1


@pytest.mark.parametrize("case", [c for c in DERIVATIVES if "inv(" in c[0] or "logdet" in c[0]], ids=lambda c: c[0])
def test_one_factorisation_and_no_inverse_where_a_solve_serves(case):
    values, function, _ = derived(*case)
    code = generate(values, function, ex.variables(function), name="answer")
    body = code.split("def answer")[1].split('"""')[2]
    assert "np.linalg.inv(" not in body
    for name in ("_cholesky(", "_lu("):
        arguments = [x for x in body.splitlines() if name in x]
        assert len(arguments) == len(set(arguments))


@pytest.mark.parametrize("target", LIBRARIES)
def test_no_loops(target):
    for case in DERIVATIVES:
        values, function, kind = derived(*case)
        tree = ast.parse(generate(values, function, ex.variables(function), target, kind=kind))
        tree.body = [n for n in tree.body if getattr(n, "name", "") not in ("_by_rows",)]  # over blocks, not over samples
        assert not any(isinstance(n, ast.For | ast.While) for n in ast.walk(tree))


@pytest.mark.parametrize("target", LIBRARIES)
def test_imports_only_the_target(target):
    allowed = {"numpy": {"numpy", "scipy"}, "jax": {"jax", "numpy"}, "torch": {"torch"}}[target] | {"__future__", "math", "itertools", "collections", "typing"}
    for case in DERIVATIVES:
        values, function, kind = derived(*case)
        for n in ast.walk(ast.parse(generate(values, function, ex.variables(function), target, kind=kind))):
            names = [a.name for a in n.names] if isinstance(n, ast.Import) else [n.module] if isinstance(n, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed


# --- the file and its own check ------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize("case", DERIVATIVES, ids=[f"{c[0]} by {c[1]}, {c[2]}" for c in DERIVATIVES])
def test_own_check_passes(case, layout, capsys):
    pytest.importorskip("scipy")
    values, function, kind = derived(*case, layout)
    code = generate(values, function, ex.variables(function), kind=kind, layout=layout)
    with np.errstate(all="ignore"):
        exec(compile(code, "generated", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out


def test_value_and_gradient_share_the_factorisation(capsys):
    pytest.importorskip("scipy")
    values, function, kind = derived("logdet(Sigma) + tr(S*inv(Sigma))", "Sigma", 1, "Sigma: posdef(m); S: symmetric(m)")
    values = {"f": function, **values}
    agree(values, function, "numpy")
    code = generate(values, function, ex.variables(function), kind=kind)
    assert code.count("_cholesky(") == 3  # the helper, this function, the original one
    exec(compile(code, "generated", "exec"), {"__name__": "__main__"})
    assert "finite differences" in capsys.readouterr().out


def test_own_check_fails_for_a_wrong_gradient():
    pytest.importorskip("scipy")
    values, function, kind = derived("norm2(X*w - y)^2", "w", 1, "X: matrix(m,n); w: vector(n); y: vector(m)")
    code = generate(values, function, ex.variables(function), kind=kind).replace("return 2 * ", "return 2.002 * ")
    with pytest.raises(AssertionError):
        exec(compile(code, "generated", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("target", LIBRARIES)
def test_runs_as_a_script(target, tmp_path: Path):
    pytest.importorskip("scipy" if target == "numpy" else target)
    values, function, kind = derived(*DERIVATIVES[3])
    path = tmp_path / "answer.py"
    path.write_text(generate(values, function, ex.variables(function), target, kind=kind), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "finite differences" in done.stdout


# --- bad input -----------------------------------------------------------------------------------------------


def least_squares(target="numpy"):
    values, function, _ = derived("norm2(X*w - y)^2", "w", 1, "X: matrix(m,n); w: vector(n); y: vector(m)")
    return compile_function(values, function, [v for n in "Xwy" for v in ex.variables(function) if v.data[0] == n], target)


def test_wrong_shapes_name_the_argument():
    f = least_squares()
    x, w, y = np.ones((3, 2)), np.ones(2), np.ones(3)
    assert f(x, w, y).shape == (2,)
    with pytest.raises(ValueError, match=r"w has the shape \(3,\), but \(n,\) = \(2,\) is expected"):
        f(x, y, y)
    with pytest.raises(ValueError, match=r"X has the shape \(2,\), but \(m, n\) is expected"):
        f(w, w, y)


def test_wrong_scalar():
    e = mg.parse("t*x", "t: scalar; x: vector(n)")
    with pytest.raises(ValueError, match=r"t has the shape \(2,\), but a scalar is expected"):
        compile_function({"value": e}, e, ex.variables(e))(np.ones(2), np.ones(2))


def test_lengths_that_cannot_be():
    e = mg.parse("A*unvec(x, m, n)", "A: matrix(k,m); x: vector(m*n)")
    f = compile_function({"value": e}, e, ex.variables(e))
    assert f(np.ones((2, 3)), np.ones(6)).shape == (2, 2)
    with pytest.raises(ValueError, match="x has the shape"):
        f(np.ones((2, 3)), np.ones(7))


def test_singular_and_indefinite_matrices_are_named():
    pytest.importorskip("scipy")
    e = mg.parse("inv(S)*b", "S: invertible(n); b: vector(n)")
    with pytest.raises(np.linalg.LinAlgError, match="S is singular"):
        compile_function({"value": e}, e, ex.variables(e))(np.zeros((2, 2)), np.ones(2))
    e = mg.parse("inv(P)*b", "P: posdef(n); b: vector(n)")
    with pytest.raises(np.linalg.LinAlgError, match="P is not positive definite"):
        compile_function({"value": e}, e, ex.variables(e))(-np.eye(2), np.ones(2))


@pytest.mark.parametrize("target", TARGETS)
def test_a_result_that_does_not_fit_is_refused_before_it_is_formed(target):
    """The matrices are all one entry, seen as 1000×1000: nothing large is ever made."""
    D = mg.derive("logdet(S) + tr(A*inv(S))", "S", "S: posdef(n); A: symmetric(n)", order=2)
    large = converted(np.broadcast_to(1.0, (1000, 1000)), target)
    space = {"__name__": "answer"}
    exec(D.code(target), space)
    with pytest.raises(MemoryError, match="the hessian would take 8,000,000,000,000 bytes; the output hvp is its product"):
        space["hessian"](large, large)
    with pytest.raises(mg.LimitError, match="8,000,000,000,000 bytes"):
        D.function(target)(large, large)


def test_what_is_compared_with_the_limit():
    code = mg.derive("sum(sin(kron(A, X)))", "X", "X: matrix(m,n); A: matrix(p,m)").code()
    assert "if m * m * n * p > LARGEST" in code and "an array on the way to the result would take" in code
    assert "operator(values)" in mg.derive("A*X*B", "X", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,q)").code()
    assert "LARGEST" not in mg.derive("x'*A*x", "x").code(outputs="value, gradient, hessian")  # as large as A
    function = mg.derive("normF(A*X)^2*normF(X)^2", "X", "X: matrix(900,300); A: matrix(2,900)", order=2).function()
    with pytest.raises(mg.LimitError, match="583,200,000,000 bytes"):
        function(np.broadcast_to(1.0, (2, 900)), np.broadcast_to(1.0, (900, 300)))


def test_unknown_target():
    e = mg.parse("x", "x: vector(n)")
    with pytest.raises(mg.MatgradError, match="targets are numpy, jax, torch"):
        generate({"value": e}, e, [], "fortran")


def test_missing_target_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    e = mg.parse("x", "x: vector(n)")
    with pytest.raises(mg.MatgradError, match=r"pip install 'matgrad\[torch\]'"):
        compile_function({"value": e}, e, [], "torch")


def test_differential_of_an_intermediate_is_refused():
    e = ex.dvar(ex.named("Y", mg.parse("A*B", "A: matrix(m,n); B: matrix(n,m)")))
    with pytest.raises(mg.UnsupportedError, match="intermediate Y"):
        generate({"value": e}, e, [])


# --- names and sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gradient", "hvp", "float", "len", "value", "_softmax", "np"])
def test_a_variable_may_have_a_name_that_the_file_uses(name):
    D = mg.derive(f"norm2(A*{name} - b)^4 + logsumexp({name})", name, f"A: matrix(m,n); b: vector(m); {name}: vector(n)")
    for outputs in ("", "value, gradient, hessian, hvp"):
        done = subprocess.run([sys.executable, "-c", D.code(outputs=outputs)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_a_function_may_be_called_as_its_variable():
    done = subprocess.run([sys.executable, "-c", mg.derive("norm2(X*w)^2", "w").code(name="X")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("wrong", [{"name": "1x"}, {"name": "np"}, {"name": 3}, {"sizes": {"m": "x"}}, {"sizes": {"m": 0}}, {"sizes": 5}, {"outputs": 5}])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(mg.MatgradError, match="name of the function|sizes are|outputs are"):
        mg.derive("tr(A*X*B)", "X").code(**wrong)
