"""What benchmarks/code.py times: formulas, sizes, and each formula by hand in NumPy and SciPy.

`expert` is what somebody who knows the linear algebra and the libraries would write, `naive` is the formula of the
derivative as it stands in a book, typed into NumPy. `loss` is written once for JAX and PyTorch; `xp` has the few
functions that these spell differently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs
from scipy.sparse.linalg import LinearOperator
from scipy.special import expit

Arrays = dict[str, Any]


class Workload(NamedTuple):
    """One formula: how it is derived, and its hand-written programs for each output."""

    name: str
    formula: str
    wrt: str
    declare: str
    sizes: tuple[dict[str, int], dict[str, int], dict[str, int]]  # tiny, medium, large
    loss: Callable[..., Any]  # (xp, arrays): the function in JAX or PyTorch
    by_hand: dict[str, tuple[Callable[..., Any], Callable[..., Any]]]  # outputs, and how -> expert, naive; an "operator" is timed by one product


# multiplications and additions inside matrix products, of a rank-k update half of them; the rows that are little else
FLOPS: dict[tuple[str, str], Callable[..., float]] = {
    ("logistic regression", "hessian"): lambda N, n: N * n * n,
    ("two-layer softmax network", "gradient"): lambda N, n, p, c: 4 * p * n * N + 6 * c * p * N,
    ("tr(AXBX'C), square", "gradient"): lambda m, n, p: 10 * m * n * p,
    ("log-sum-exp of Ax + b", "hessian"): lambda m, n: m * n * n,
    ("softmax regression, batch", "hessian"): lambda N, c, n: N * (c * n) ** 2 + 2 * N * c * n * n,
    ("attention block", "gradient"): lambda n, d, k, p: 4 * n * d * (2 * k + p) + 6 * n * n * k + 4 * n * n * p,
}


def softmax(a: Any, axis: int = -1) -> Any:
    e = np.exp(a - a.max(axis=axis, keepdims=True))
    e /= e.sum(axis=axis, keepdims=True)
    return e


def symmetric_inverse(a: Any) -> tuple[Any, Any]:
    """Cholesky factor and inverse of a positive definite matrix, in 2/3 of the multiplications of a solve with the identity."""
    c, info = dpotrf(a, lower=1)
    if info:
        raise np.linalg.LinAlgError("not positive definite")
    if len(a) < 16:
        return c, dpotrs(c, np.eye(len(a)), lower=1)[0]
    half = dpotri(c, lower=1)[0]
    inverse = half + half.T
    inverse.flat[:: len(a) + 1] /= 2
    return c, inverse


# --- logistic regression --------------------------------------------------------------------------------

ROWS = 1024  # rows of a block that stays in the cache


def sum_of_krons(a: Any, b: Any, c: Any, d: Any) -> Any:
    """kron(a, b) + kron(c, d) by BLAS, which needs two terms: a row of a and c and one of b and d give one block of the result."""
    left, right = np.array([a, c]).transpose(1, 2, 0), np.array([b, d]).transpose(1, 0, 2)
    return (left[:, None] @ right).reshape(len(a) * len(b), -1)


def blocks(n: int) -> list[slice]:
    return [slice(i, i + ROWS) for i in range(0, n, ROWS)]


def summed(rows: Any, *arrays: Any) -> Any:
    """The sum of what blocks of rows give."""
    if len(arrays[0]) <= 4 * ROWS:
        return rows(*arrays)
    total: Any = None
    for b in blocks(len(arrays[0])):
        part = rows(*[a[b] for a in arrays])
        if total is None:
            total = part
        elif isinstance(part, tuple):
            total = tuple(t + p for t, p in zip(total, part))
        else:
            total += part
    return total


def logistic_gradient(X: Any, w: Any, y: Any) -> Any:
    return summed(lambda X, y: X.T @ (expit(X @ w) - y), X, y)


def logistic_hessian(X: Any, w: Any, y: Any) -> Any:
    def rows(X: Any) -> Any:
        s = expit(X @ w)
        z = X * np.sqrt(s * (1 - s))[:, None]
        return z.T @ z

    return summed(rows, X)


def logistic_all(X: Any, w: Any, y: Any) -> Any:
    def rows(X: Any, y: Any) -> Any:
        z = X @ w
        s = expit(z)
        f = (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))).sum() - y @ z
        u = X * np.sqrt(s * (1 - s))[:, None]
        return f, X.T @ (s - y), u.T @ u

    return summed(rows, X, y)


def logistic_hvp(X: Any, w: Any, y: Any, V: Any) -> Any:
    def rows(X: Any) -> Any:
        s = expit(X @ w)
        return X.T @ (s * (1 - s) * (X @ V))

    return summed(rows, X)


def naive_sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def naive_logistic_hessian(X: Any, w: Any, y: Any) -> Any:
    s = naive_sigmoid(X @ w)
    return (X.T * (s * (1 - s))) @ X


LOGISTIC = Workload(
    "logistic regression",
    "sum(log(1 + exp(X*w))) - y'*X*w",
    "w",
    "X: matrix(N,n); w: vector(n); y: vector(N)",
    ({"N": 20, "n": 3}, {"N": 2000, "n": 30}, {"N": 200_000, "n": 60}),
    lambda xp, X, w, y: xp.softplus(X @ w).sum() - y @ (X @ w),
    {
        "gradient": (logistic_gradient, lambda X, w, y: X.T @ (naive_sigmoid(X @ w) - y)),
        "hessian": (logistic_hessian, naive_logistic_hessian),
        "value, gradient, hessian": (
            logistic_all,
            lambda X, w, y: (np.sum(np.log(1 + np.exp(X @ w))) - y @ X @ w, X.T @ (naive_sigmoid(X @ w) - y), naive_logistic_hessian(X, w, y)),
        ),
        "hvp": (logistic_hvp, lambda X, w, y, V: naive_logistic_hessian(X, w, y) @ V),
    },
)

# --- matrix factorisation ---------------------------------------------------------------------------------


def factorisation_gradient(T: Any, U: Any, V: Any) -> Any:
    r = U @ V.T
    r -= T
    return r @ (2 * V)


def factorisation_multiplied_out(T: Any, U: Any, V: Any) -> Any:
    g = U @ (V.T @ V)
    g -= T @ V
    g *= 2
    return g


def factorisation_hessian(T: Any, U: Any, V: Any) -> Any:
    (m, k), g = U.shape, 2 * (V.T @ V)
    h = np.zeros((k, m, k, m))
    np.einsum("kili->kli", h)[...] = g[:, :, None]
    return h.reshape(k * m, k * m)


def factorisation_operator(U: Any, V: Any) -> Any:
    g = 2 * (V.T @ V)
    return LinearOperator((U.size, U.size), matvec=lambda v: (g @ v.reshape(len(g), -1)).reshape(-1), dtype=float)


FACTORISATION = Workload(
    "matrix factorisation",
    "normF(T - U*V')^2",
    "U",
    "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)",
    ({"m": 4, "n": 5, "k": 2}, {"m": 100, "n": 120, "k": 8}, {"m": 250, "n": 400, "k": 8}),
    lambda xp, T, U, V: ((T - U @ V.T) ** 2).sum(),
    {
        "gradient": (factorisation_gradient, lambda T, U, V: 2 * (U @ V.T - T) @ V),
        "gradient, multiplied out": (factorisation_multiplied_out, lambda T, U, V: 2 * (U @ V.T - T) @ V),
        "hessian": (factorisation_hessian, lambda T, U, V: 2 * np.kron(V.T @ V, np.eye(len(U)))),
        "hvp": (lambda T, U, V, V_: V_ @ (2 * (V.T @ V)), lambda T, U, V, V_: (2 * np.kron(V.T @ V, np.eye(len(U))) @ V_.T.reshape(-1)).reshape(V_.T.shape).T),
        "operator": (factorisation_operator, lambda U, V: 2 * np.kron(V.T @ V, np.eye(len(U)))),
    },
)

# --- a network ------------------------------------------------------------------------------------------------


def network(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    h = W1 @ X
    h += b1[:, None]
    expit(h, out=h)
    g = W2 @ h
    g += b2[:, None]
    g = softmax(g, axis=0)
    g -= Y
    d = W2.T @ g
    d *= h
    d *= 1 - h
    return d @ X.T, d.sum(axis=1), g @ h.T, g.sum(axis=1)


def naive_network(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    def g() -> Any:
        e = np.exp(W2 @ naive_sigmoid(W1 @ X + b1[:, None]) + b2[:, None])
        return e / np.sum(e, axis=0) - Y

    def s() -> Any:
        return naive_sigmoid(W1 @ X + b1[:, None])

    return (
        (W2.T @ g() * s() * (1 - s())) @ X.T,
        np.sum(W2.T @ g() * s() * (1 - s()), axis=1),
        g() @ s().T,
        np.sum(g(), axis=1),
    )


NETWORK = Workload(
    "two-layer softmax network",
    "-tr(Y'*log(softmax(W2*sigmoid(W1*X + b1*ones(N)') + b2*ones(N)')))",
    "W1,b1,W2,b2",
    "W1: matrix(p,n); b1: vector(p); W2: matrix(c,p); b2: vector(c); X: matrix(n,N); Y: onehot(c,N)",
    (
        {"N": 4, "n": 3, "p": 5, "c": 3},
        {"N": 256, "n": 64, "p": 64, "c": 10},
        {"N": 2000, "n": 784, "p": 200, "c": 10},
    ),
    lambda xp, W1, b1, W2, b2, X, Y: -(Y * xp.log_softmax(W2 @ xp.sigmoid(W1 @ X + b1[:, None]) + b2[:, None], 0)).sum(),
    {"gradient": (network, naive_network)},
)

# --- the covariance of a normal sample ------------------------------------------------------------------------------


def gauss_gradient(Sigma: Any, S: Any, N: float) -> Any:
    _, p = symmetric_inverse(Sigma)
    g = p @ S @ p
    np.subtract(N * p, g, out=g)
    g /= 2
    return g


def gauss_value_gradient(Sigma: Any, S: Any, N: float) -> Any:
    c, p = symmetric_inverse(Sigma)
    value = N * np.log(np.diagonal(c)).sum() + np.vdot(p, S) / 2
    g = p @ S @ p
    np.subtract(N * p, g, out=g)
    g /= 2
    return value, g


def gauss_hessian(Sigma: Any, S: Any, N: float) -> Any:
    """kron(B, P) + kron(P, B), B = (P S P - N/2 P)/2."""
    _, p = symmetric_inverse(Sigma)
    b = p @ S @ p
    b -= N / 2 * p
    b /= 2
    return sum_of_krons(b, p, p, b)


def gauss_hvp(Sigma: Any, S: Any, N: float, V: Any) -> Any:
    _, p = symmetric_inverse(Sigma)
    q = S @ p @ V
    return p @ (q + V @ p @ S - N * V) @ (p / 2)


def naive_gauss_hessian(Sigma: Any, S: Any, N: float) -> Any:
    p = np.linalg.inv(Sigma)
    return (np.kron(p @ S @ p, p) + np.kron(p, p @ S @ p) - N * np.kron(p, p)) / 2


def naive_gauss_gradient(Sigma: Any, S: Any, N: float) -> Any:
    return (N * np.linalg.inv(Sigma) - np.linalg.inv(Sigma) @ S @ np.linalg.inv(Sigma)) / 2


GAUSS = Workload(
    "normal log-likelihood by Σ",
    "N/2*logdet(Sigma) + 1/2*tr(S*inv(Sigma))",
    "Sigma",
    "Sigma: posdef(m); S: symmetric(m); N: scalar",
    ({"m": 3}, {"m": 20}, {"m": 40}),
    lambda xp, Sigma, S, N: N / 2 * xp.logdet(Sigma) + (S * xp.inv(Sigma).T).sum() / 2,
    {
        "gradient": (gauss_gradient, naive_gauss_gradient),
        "value, gradient": (
            gauss_value_gradient,
            lambda Sigma, S, N: (N / 2 * np.log(np.linalg.det(Sigma)) + np.trace(S @ np.linalg.inv(Sigma)) / 2, naive_gauss_gradient(Sigma, S, N)),
        ),
        "hessian": (gauss_hessian, naive_gauss_hessian),
        "hvp": (gauss_hvp, lambda Sigma, S, N, V: (naive_gauss_hessian(Sigma, S, N) @ V.reshape(-1)).reshape(V.shape)),
    },
)

# --- tr(A*X*B*X'*C) -----------------------------------------------------------------------------------------------------


def trace_square(A: Any, X: Any, B: Any, C: Any) -> Any:
    d = C @ A
    g = d @ (X @ B)
    g += d.T @ (X @ B.T)
    return g


def trace_skewed(A: Any, X: Any, B: Any, C: Any) -> Any:
    g = C @ (A @ X @ B)
    g += A.T @ (C.T @ X @ B.T)
    return g


TRACE = "A: matrix(p,m); X: matrix(m,n); B: matrix(n,n); C: matrix(m,p)"


def trace_workload(name: str, sizes: Any, expert: Any) -> Workload:
    naive = lambda A, X, B, C: A.T @ C.T @ X @ B.T + C @ A @ X @ B
    return Workload(name, "tr(A*X*B*X'*C)", "X", TRACE, sizes, lambda xp, A, X, B, C: ((A @ X @ B @ X.T) * C.T).sum(), {"gradient": (expert, naive)})


SQUARE = trace_workload("tr(AXBX'C), square", tuple({"m": n, "n": n, "p": n} for n in (4, 60, 400)), trace_square)
SKEWED = trace_workload("tr(AXBX'C), skewed", tuple({"m": m, "n": n, "p": p} for m, n, p in ((12, 3, 2), (300, 10, 5), (2000, 10, 8))), trace_skewed)

# --- a'*exp(X*b) ------------------------------------------------------------------------------------------------------------


def exponent_gradient(a: Any, X: Any, b: Any) -> Any:
    return summed(lambda X, a: X.T @ (a * np.exp(X @ b)), X, a)


def exponent_hessian(a: Any, X: Any, b: Any) -> Any:
    return summed(lambda X, a: (X * (a * np.exp(X @ b))[:, None]).T @ X, X, a)


EXPONENT = (
    "a'*exp(X*b)",
    "a: vector(m); X: matrix(m,n); b: vector(n)",
    ({"m": 5, "n": 3}, {"m": 2000, "n": 30}, {"m": 200_000, "n": 40}),
    lambda xp, a, X, b: a @ xp.exp(X @ b),
)
BY_B = Workload(
    "a'exp(Xb) by b", EXPONENT[0], "b", *EXPONENT[1:],
    {
        "gradient": (exponent_gradient, lambda a, X, b: X.T @ (a * np.exp(X @ b))),
        "hessian": (exponent_hessian, lambda a, X, b: (X.T * (a * np.exp(X @ b))) @ X),
    },
)  # fmt: skip
BY_X = Workload(
    "a'exp(Xb) by X", EXPONENT[0], "X", *EXPONENT[1:],
    {"gradient": (lambda a, X, b: (a * np.exp(X @ b))[:, None] * b, lambda a, X, b: np.outer(a * np.exp(X @ b), b))},
)  # fmt: skip

# --- log-sum-exp and softmax regression ----------------------------------------------------------------------------------------


def add_diagonal(a: Any, d: Any) -> Any:
    a.reshape(-1)[:: len(a) + 1] += d
    return a


def logsumexp_hessian(x: Any) -> Any:
    p = softmax(x)
    return add_diagonal(-p[:, None] * p, p)


def affine_hessian(A: Any, x: Any, b: Any) -> Any:
    p = softmax(A @ x + b)

    def rows(A: Any, p: Any) -> Any:
        z = A * np.sqrt(p)[:, None]
        return z.T @ z, p @ A

    h, g = summed(rows, A, p)
    h -= g[:, None] * g
    return h


def naive_softmax(a: Any) -> Any:
    return np.exp(a) / np.sum(np.exp(a))


def naive_logsumexp_hessian(x: Any) -> Any:
    return np.diag(naive_softmax(x)) - np.outer(naive_softmax(x), naive_softmax(x))


LOGSUMEXP = Workload(
    "log-sum-exp", "logsumexp(x)", "x", "x: vector(n)", ({"n": 5}, {"n": 200}, {"n": 3000}),
    lambda xp, x: xp.logsumexp(x),
    {"hessian": (logsumexp_hessian, naive_logsumexp_hessian)},
)  # fmt: skip
AFFINE = Workload(
    "log-sum-exp of Ax + b", "logsumexp(A*x + b)", "x", "A: matrix(m,n); x: vector(n); b: vector(m)",
    ({"m": 6, "n": 4}, {"m": 500, "n": 60}, {"m": 20_000, "n": 200}),
    lambda xp, A, x, b: xp.logsumexp(A @ x + b),
    {"hessian": (affine_hessian, lambda A, x, b: A.T @ ((lambda p: p[:, None] * A - np.outer(p, p @ A))(naive_softmax(A @ x + b))))},
)  # fmt: skip


def one_sample(W: Any, x: Any, y: Any) -> Any:
    p = softmax(W @ x)
    s = add_diagonal(-p[:, None] * p, p)
    (c, n), xx = W.shape, x[:, None] * x
    if c * n < 32:
        return (xx[:, None, :, None] * s[:, None, :]).reshape(c * n, c * n)
    return sum_of_krons(xx, s, np.zeros_like(xx), np.zeros_like(s))


def batch(W: Any, x: Any, y: Any) -> Any:
    """-Z'Z of the Khatri-Rao product Z of x and p, and x' diag(p_j) x on the diagonal blocks."""
    c, n = W.shape

    def rows(x: Any) -> Any:
        z = (x[:, :, None] * softmax(x @ W.T)[:, None, :]).reshape(len(x), n * c)
        return z.T @ z, z.T @ x

    h, d = summed(rows, x)
    np.negative(h, out=h)
    d = d.reshape(n, c, n)
    view = np.einsum("ajbj->ajb", h.reshape(n, c, n, c))
    view += d
    return h


def naive_batch(W: Any, x: Any, y: Any) -> Any:
    total = 0.0
    for row in x:
        p = naive_softmax(W @ row)
        total = total + np.kron(np.outer(row, row), np.diag(p) - np.outer(p, p))
    return total


def batch_gradient(W: Any, x: Any, y: Any) -> Any:
    g = softmax(x @ W.T)
    g -= y
    return g.T @ x


def naive_batch_gradient(W: Any, x: Any, y: Any) -> Any:
    e = np.exp(x @ W.T)
    return (e / np.sum(e, axis=1, keepdims=True) - y).T @ x


ONE = Workload(
    "softmax regression, one sample", "-y'*log(softmax(W*x))", "W", "W: matrix(c,n); x: vector(n); y: onehot(c)",
    ({"c": 3, "n": 4}, {"c": 10, "n": 20}, {"c": 10, "n": 250}),
    lambda xp, W, x, y: -(y * xp.log_softmax(W @ x, 0)).sum(),
    {"hessian": (one_sample, lambda W, x, y: np.kron(np.outer(x, x), naive_logsumexp_hessian(W @ x)))},
)  # fmt: skip
BATCH = Workload(
    "softmax regression, batch", "sum(i, 1..N, -y[i]'*log(softmax(W*x[i])))", "W",
    "W: matrix(c,n); x[i]: vector(n), i=1..N; y[i]: onehot(c), i=1..N",
    ({"N": 6, "c": 3, "n": 4}, {"N": 300, "c": 5, "n": 20}, {"N": 4000, "c": 10, "n": 60}),
    lambda xp, W, x, y: -(y * xp.log_softmax(x @ W.T, 1)).sum(),
    {"gradient": (batch_gradient, naive_batch_gradient), "hessian": (batch, naive_batch)},
)  # fmt: skip

# --- a quadratic form, an attention block ------------------------------------------------------------------------------------------

QUADRATIC = Workload(
    "x'Ax", "x'*A*x", "x", "A: matrix(n,n); x: vector(n)", ({"n": 5}, {"n": 200}, {"n": 3000}),
    lambda xp, A, x: x @ A @ x,
    {"gradient": (lambda A, x: A @ x + x @ A, lambda A, x: (A + A.T) @ x), "hessian": (lambda A, x: A + A.T, lambda A, x: A + A.T)},
)  # fmt: skip


def attention(X: Any, Wq: Any, Wk: Any, Wv: Any, C: Any) -> Any:
    q, k, v = X @ Wq, X @ Wk, X @ Wv
    p = softmax(q @ k.T)
    s = C @ v.T
    s *= p
    s -= s.sum(axis=1, keepdims=True) * p
    return X.T @ (s @ k), X.T @ (s.T @ q), X.T @ (p.T @ C)


def naive_attention(X: Any, Wq: Any, Wk: Any, Wv: Any, C: Any) -> Any:
    def p() -> Any:
        e = np.exp(X @ Wq @ (X @ Wk).T)
        return e / np.sum(e, axis=1, keepdims=True)

    def s() -> Any:
        g = C @ (X @ Wv).T
        return p() * (g - np.sum(g * p(), axis=1, keepdims=True))

    return X.T @ s() @ X @ Wk, X.T @ s().T @ X @ Wq, X.T @ p().T @ C


ATTENTION = Workload(
    "attention block", "tr(C'*softmax(K*Q')'*V) where Q = X*Wq; K = X*Wk; V = X*Wv", "Wq,Wk,Wv",
    "X: matrix(n,d); Wq: matrix(d,k); Wk: matrix(d,k); Wv: matrix(d,p); C: matrix(n,p)",
    ({"n": 4, "d": 3, "k": 2, "p": 2}, {"n": 64, "d": 32, "k": 16, "p": 16}, {"n": 1000, "d": 256, "k": 64, "p": 64}),
    lambda xp, X, Wq, Wk, Wv, C: (C * (xp.softmax(X @ Wq @ (X @ Wk).T, 1) @ (X @ Wv))).sum(),
    {"gradient": (attention, naive_attention)},
)  # fmt: skip

WORKLOADS = [LOGISTIC, FACTORISATION, NETWORK, GAUSS, SQUARE, SKEWED, BY_B, BY_X, LOGSUMEXP, AFFINE, ONE, BATCH, QUADRATIC, ATTENTION]


def drawn(w: Workload, sizes: dict[str, int], rng: Any) -> Arrays:
    """Arrays of the sizes that satisfy the declarations, vectors 1-D, samples first."""
    s = sizes
    made: Arrays = {}
    for part in w.declare.split(";"):
        name, kind = (x.strip() for x in part.split(":"))
        family = "[" in name
        name = name.split("[")[0]
        kind = kind.split(", i=")[0]
        word, _, inside = kind.partition("(")
        dims = tuple(s[d] for d in inside.rstrip(")").split(",")) if inside else ()
        shape = (s["N"], *dims) if family else dims
        if word == "onehot":
            made[name] = np.eye(dims[0])[rng.integers(0, dims[0], size=shape[:1] if family else dims[1:])]
            made[name] = made[name] if family or len(dims) == 1 else np.ascontiguousarray(made[name].T)
        elif word in ("posdef", "symmetric"):
            a = rng.normal(size=dims * 2) / dims[0] ** 0.5
            made[name] = a @ a.T + np.eye(dims[0])
        else:
            made[name] = 7.0 if word == "scalar" else rng.normal(size=shape) / max(shape) ** 0.25 / (shape[-1] ** 0.25 if len(shape) > 1 else 1)
    return made
