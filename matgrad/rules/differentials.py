"""Table 1: what is d f(X)?  A function is added here and only here: its record, then its differential.

Formals, unless a row declares others: X any matrix, S square, x a vector, t a scalar; dX, dS, dx, dt are
their differentials. Sums, products, transposes, Kronecker and Hadamard products need no row: they are
linear in each position, and the product rule follows from that.

`numpy` computes on stacks of matrices (..., rows, cols); a scalar is (..., 1, 1).
MN = Magnus & Neudecker, Matrix Differential Calculus, 3rd ed.; CB = Petersen & Pedersen, The Matrix Cookbook, 2012.
"""
# fmt: off
# ruff: noqa: E501, E241, E221

from __future__ import annotations

import re

from ..core.op import define
from ..core.rows import DEFINITIONS, DERIVATIVES
from ..core.rows import DIFFERENTIALS as d


def elementwise(name: str, derivative: str, numpy: str, *, latex: str = "", domain: str = "", kink: str = "", vanishes: bool = False, even: bool = False, means: str = "", complex: str = "") -> None:
    """A function of each entry: d f(X) = f'(X) .* dX. `means` defines a derivative that keeps a name of its own."""
    define(name, "(m,n)->(m,n)", elementwise=True, numpy=numpy, latex=latex, domain=domain, even=even, complex=complex)
    if derivative:
        DERIVATIVES[name] = derivative
        factor = derivative if re.fullmatch(r"[\w']*\([^()]*\)", derivative) else f"({derivative})"
        d(f"{name}(X)", "0*dX" if derivative == "0" else f"{factor} .* dX", kink=kink, vanishes=vanishes)
    if means:
        DEFINITIONS[name] = means


# --- linear functions: their own differential --------------------------------------------------------

define("tr",       "(n,n)->()",      linear=True, complex="analytic", numpy="np.trace({0}, axis1=-2, axis2=-1)[..., None, None]", latex=r"\operatorname{tr}")
define("sum",      "(m,n)->()",      linear=True, complex="analytic", numpy="np.sum({0}, axis=(-2, -1), keepdims=True)",          latex=r"\operatorname{sum}")
d("sum(kron(A, B))", "sum(B)*sum(dA) + sum(A)*sum(dB)", "A: matrix(m,n); B: matrix(p,q)")
define("vec",      "(m,n)->(m*n,1)", linear=True, complex="analytic", numpy="vec({0})",                                           latex=r"\operatorname{vec}")
define("vech",     "(n,n)->(n*(n+1)/2,1)", linear=True, complex="analytic", numpy="vech({0})",                                    latex=r"\operatorname{vech}")
define("diag",     "(n,1)->(n,n)",   linear=True, complex="analytic", numpy="{0} * np.eye({0}.shape[-2])",                        latex=r"\operatorname{diag}")
define("diag_of",  "(n,n)->(n,1)",   linear=True, complex="analytic", numpy="np.diagonal({0}, axis1=-2, axis2=-1)[..., None]",    latex=r"\operatorname{diag}", text="diag")

define("tril",     "(n,n)->(n,n)",   linear=True, complex="analytic", numpy="np.tril({0})", latex=r"\operatorname{tril}")
define("triu",     "(n,n)->(n,n)",   linear=True, complex="analytic", numpy="np.triu({0})", latex=r"\operatorname{triu}")

# --- functions of a square matrix ----------------------------------------------------------------------

define("inv",      "(n,n)->(n,n)", complex="analytic", numpy="inverse({0})", source="MN 8.4 thm 3; CB (59)")
d("inv(S)",        "-inv(S)*dS*inv(S)", "S: matrix(n,n)", source="MN 8.4 thm 3; CB (59)")

define("adj",      "(n,n)->(n,n)", complex="analytic", numpy="adjugate({0})", latex=r"\operatorname{adj}", source="MN 8.5 thm 4")
d("adj(S)",        "det(S)*(tr(inv(S)*dS)*inv(S) - inv(S)*dS*inv(S))", "S: matrix(n,n)", source="MN 8.5 thm 4", why="X is invertible")

define("det",      "(n,n)->()", complex="analytic", numpy="np.linalg.det({0})[..., None, None]", latex=r"\det", source="MN 8.3 thm 1; CB (46)")
d("det(kron(A, B))", "det(A)^n*det(B)^m*(n*tr(inv(A)*dA) + m*tr(inv(B)*dB))", "A: invertible(m); B: invertible(n)", source="MN 2.2")
d("det(S)",        "det(S)*tr(inv(S)*dS)", "S: invertible(n)", source="MN 8.3 thm 1; CB (46)")
d("det(S)",        "tr(adj(S)*dS)", "S: matrix(n,n)", source="MN 8.3 thm 1")

define("logdet",   "(n,n)->()", complex="real", numpy="np.linalg.slogdet({0})[1][..., None, None]", latex=r"\log\det", source="MN 8.3 thm 2; CB (57)")
d("logdet(kron(A, B))", "n*tr(inv(A)*dA) + m*tr(inv(B)*dB)", "A: matrix(m,m); B: matrix(n,n)", source="MN 2.2")
d("logdet(S)",     "real(tr(inv(S)*dS))", "S: complex matrix(n,n)", source="MN 8.3 thm 2; CB (57)")
d("logdet(S)",     "tr(inv(S)*dS)", "S: matrix(n,n)", source="MN 8.3 thm 2; CB (57)")

define("expm",     "(n,n)->(n,n)", numpy="expm({0})",  latex=r"\operatorname{expm}")
define("logm",     "(n,n)->(n,n)", numpy="logm({0})",  latex=r"\operatorname{logm}")
define("sqrtm",    "(n,n)->(n,n)", numpy="sqrtm({0})", latex=r"\operatorname{sqrtm}")

# --- solutions of matrix equations; eigenvectors and polar factors (no differential is given: none holds everywhere) ---

define("sylvester", "(m,m),(n,n),(m,n)->(m,n)", complex="analytic", numpy="sylvester({0}, {1}, {2})", latex=r"\operatorname{sylvester}")
d("sylvester(A, B, C)", "sylvester(A, B, dC - dA*sylvester(A, B, C) - sylvester(A, B, C)*dB)", "A: matrix(m,m); B: matrix(n,n); C: matrix(m,n)", source="A*X + X*B = C")

define("lyapunov",  "(n,n),(n,n)->(n,n)", complex="analytic", numpy="sylvester({0}, np.swapaxes({0}, -1, -2), {1})", latex=r"\operatorname{lyapunov}")
d("lyapunov(A, C)", "lyapunov(A, dC - dA*lyapunov(A, C) - lyapunov(A, C)*dA')", "A: matrix(n,n); C: matrix(n,n)", source="A*X + X*A' = C")

define("eigvecs",   "(n,n),(k,k)->(n,k)", numpy="eigvecs({0}, {1})", latex=r"\operatorname{eigvecs}")
define("polar",     "(m,n)->(m,n)",       numpy="polar({0})",        latex=r"\operatorname{polar}")

# --- norms ----------------------------------------------------------------------------------------------------

define("norm1",    "(m,n)->()", complex="real", numpy="np.sum(np.abs({0}), axis=(-2, -1), keepdims=True)", even=True)
define("norm2",    "(n,1)->()", complex="real", numpy="np.sqrt(np.sum({0} * {0}, axis=(-2, -1), keepdims=True))", even=True)
define("normF",    "(m,n)->()", complex="real", numpy="np.sqrt(np.sum({0} * {0}, axis=(-2, -1), keepdims=True))", even=True)
d("norm1(X)",      "sum(real(conj(X) .* dX) ./ abs(X))", "X: complex matrix(m,n)", kink="X")
d("norm2(x)^2",    "2*real(x^H*dx)", "x: complex vector(n)")
d("norm2(x)^c",    "c*norm2(x)^(c-2)*real(x^H*dx)", "x: complex vector(n); c: scalar above_one", constant="c")
d("norm2(x)",      "real(x^H*dx)/norm2(x)", "x: complex vector(n)", kink="norm2(x)", vanishes=True)
d("normF(X)^2",    "2*real(tr(X^H*dX))", "X: complex matrix(m,n)", source="CB (244)")
d("normF(X)^c",    "c*normF(X)^(c-2)*real(tr(X^H*dX))", "X: complex matrix(m,n); c: scalar above_one", constant="c")
d("normF(X)",      "real(tr(X^H*dX))/normF(X)", "X: complex matrix(m,n)", kink="normF(X)", vanishes=True)
d("norm1(X)",      "tr(sign(X)'*dX)", kink="X")
d("norm2(x)^2",    "2*x'*dx")
d("norm2(x)^c",    "c*norm2(x)^(c-2)*x'*dx", "x: vector(n); c: scalar above_one", constant="c")
d("norm2(x)",      "x'*dx/norm2(x)", source="CB (129)", kink="norm2(x)", vanishes=True)
d("normF(kron(A, B))^2", "2*normF(B)^2*tr(A'*dA) + 2*normF(A)^2*tr(B'*dB)", "A: matrix(m,n); B: matrix(p,q)")
d("normF(X)^2",    "2*tr(X'*dX)", source="CB (131)")
d("normF(X)^c",    "c*normF(X)^(c-2)*tr(X'*dX)", "X: matrix(m,n); c: scalar above_one", constant="c")
d("normF(X)",      "tr(X'*dX)/normF(X)", kink="normF(X)", vanishes=True)

# --- powers: X^k a matrix power, X .^ c entry by entry ---------------------------------------------------

d("tr(S^k)",       "k*tr(S^(k-1)*dS)",                    "S: matrix(n,n); k: integer", source="CB (121)")
d("S^(-k)",        "-sum(r, 1..k, S^(-r)*dS*S^(r-k-1))",  "S: matrix(n,n); k: integer", source="from d(S^k) and d(inv(S))")
d("S^k",           "sum(r, 0..k-1, S^r*dS*S^(k-r-1))",    "S: matrix(n,n); k: integer", source="CB (90)")
d("X .^ (1/2)",    "dX ./ (2*sqrt(X))",                   "X: matrix(m,n)")
d("X .^ c",        "c*(X .^ (c-1) .* dX)",                "X: matrix(m,n); c: scalar", constant="c")
d("X .^ c",        "c*(X .^ (c-1) .* dX) + dc*(X .^ c .* log(X))", "X: matrix(m,n); c: scalar")
d("X .^ Y",        "Y .* X .^ (Y - 1) .* dX + X .^ Y .* log(X) .* dY", "X: matrix(m,n); Y: matrix(m,n)")

# --- softmax and its kin, of a vector or of each column ----------------------------------------------------------

define("softmax",   "(m,n)->(m,n)", numpy="softmax({0})",   latex=r"\operatorname{softmax}")
define("logsumexp", "(m,n)->(1,n)", numpy="logsumexp({0})", latex=r"\operatorname{logsumexp}")
d("log(softmax(x))",  "dx - ones(n)*softmax(x)'*dx", "x: vector(n)")
d("log(softmax(X))",  "dX - ones(m,m)*(softmax(X) .* dX)")
d("log(softmax(x)[k])", "dx[k] - softmax(x)'*dx", "x: vector(n); k: integer")
d("log(softmax(X)[k,j])", "dX[k,j] - softmax(X)[:,j]'*dX[:,j]", "X: matrix(m,n); k: integer; j: integer")
d("log(softmax(X)[k,:])", "dX[k,:] - ones(m)'*(softmax(X) .* dX)", "X: matrix(m,n); k: integer")
d("softmax(x)",       "(diag(softmax(x)) - softmax(x)*softmax(x)')*dx", "x: vector(n)")
d("softmax(X)",       "softmax(X) .* dX - softmax(X) .* (ones(m,m)*(softmax(X) .* dX))")
d("logsumexp(x)",     "softmax(x)'*dx", "x: vector(n)")
d("logsumexp(X)",     "ones(m)'*(softmax(X) .* dX)")
d("log(sigmoid(X))",     "(1 - sigmoid(X)) .* dX")
d("log(1 - sigmoid(X))", "-sigmoid(X) .* dX")
d("log(cosh(X))",        "tanh(X) .* dX")

# --- element-wise functions ------------------------------------------------------------------------------------

#           f             f'(X)                           numpy
elementwise("exp",       "exp(X)",                       "np.exp({0})",       latex=r"\exp", complex="analytic")
elementwise("log",       "1 ./ X",                       "np.log({0})",       latex=r"\log",    domain="positive")
elementwise("log1p",     "1 ./ (1 + X)",                 "np.log1p({0})",     domain="positive")
elementwise("sin",       "cos(X)",                       "np.sin({0})",       latex=r"\sin", complex="analytic")
elementwise("cos",       "-sin(X)",                      "np.cos({0})",       latex=r"\cos",    even=True, complex="analytic")
elementwise("tan",       "1 + tan(X) .^ 2",              "np.tan({0})",       latex=r"\tan")
elementwise("asin",      "1 ./ sqrt(1 - X .^ 2)",        "np.arcsin({0})",    latex=r"\arcsin", domain="unit")
elementwise("acos",      "-1 ./ sqrt(1 - X .^ 2)",       "np.arccos({0})",    latex=r"\arccos", domain="unit")
elementwise("atan",      "1 ./ (1 + X .^ 2)",            "np.arctan({0})",    latex=r"\arctan")
elementwise("sinh",      "cosh(X)",                      "np.sinh({0})",      latex=r"\sinh", complex="analytic")
elementwise("cosh",      "sinh(X)",                      "np.cosh({0})",      latex=r"\cosh",   even=True, complex="analytic")
elementwise("tanh",      "tanh'(X)",                     "np.tanh({0})",      latex=r"\tanh")
elementwise("tanh'",     "-2*(tanh(X) .* tanh'(X))",     "1 - np.tanh({0}) ** 2", latex=r"\tanh'", means="1 - tanh(X) .^ 2")
elementwise("sigmoid",   "sigmoid'(X)",                  "sigmoid({0})",      latex=r"\sigma")
elementwise("sigmoid'",  "sigmoid'(X) .* (1 - 2*sigmoid(X))", "sigmoid({0}) * sigmoid(-{0})", latex=r"\sigma'", means="sigmoid(X) .* (1 - sigmoid(X))")
elementwise("softplus",  "sigmoid(X)",                   "np.logaddexp(0, {0})")
elementwise("silu",      "silu'(X)",                     "{0} * sigmoid({0})")
elementwise("silu'",     "sigmoid'(X) .* (2 + X .* (1 - 2*sigmoid(X)))", "sigmoid({0}) * (1 + {0} * sigmoid(-{0}))", means="sigmoid(X) + X .* sigmoid'(X)")
elementwise("erf",       "2/sqrt(pi)*exp(-X .^ 2)",      "erf({0})",          latex=r"\operatorname{erf}")
elementwise("gelu",      "gelu'(X)",                     "{0} * (1 + erf({0} / np.sqrt(2))) / 2")
elementwise("gelu'",     "(2 - X .^ 2) .* exp(-X .^ 2 ./ 2)/sqrt(2*pi)", "(1 + erf({0} / np.sqrt(2))) / 2 + {0} * np.exp(-{0} ** 2 / 2) / np.sqrt(2 * np.pi)", means="1/2*(1 + erf(X/sqrt(2))) + X .* exp(-X .^ 2 ./ 2)/sqrt(2*pi)")
d("abs(X)",        "real(conj(X) .* dX) ./ abs(X)", "X: complex matrix(m,n)", kink="X", vanishes=True)
d("conj(X)",       "conj(dX)", "X: complex matrix(m,n)")
d("real(X)",       "real(dX)", "X: complex matrix(m,n)")
d("imag(X)",       "imag(dX)", "X: complex matrix(m,n)")
elementwise("abs",       "sign(X)",                      "np.abs({0})",       kink="X", vanishes=True, even=True, complex="real")
elementwise("sign",      "0",                            "np.sign({0})",      latex=r"\operatorname{sign}", kink="X")
elementwise("relu",      "(X > 0)",                      "np.maximum({0}, 0)", latex=r"\operatorname{relu}", kink="X", vanishes=True)

# --- the larger and the smaller of two; comparisons are 1 or 0 and locally constant ------------------------------

d("huber(X, Y)",   "max(-Y, min(Y, X)) .* dX + max(0, abs(X) - Y) .* dY", "X: matrix(m,n); Y: matrix(m,n)", source="Huber 1964")
d("max(-t, min(t, X))", "(abs(X) <= t) .* dX", "X: matrix(m,n); t: scalar", constant="t", kink="abs(X) - t")
d("max(-Y, min(Y, X))", "(abs(X) <= Y) .* dX", "X: matrix(m,n); Y: matrix(m,n)", constant="Y", kink="abs(X) - Y")
d("max(X, Y)",     "(X > Y) .* dX + (Y >= X) .* dY", "X: matrix(m,n); Y: matrix(m,n)", kink="Y - X", vanishes=True)
d("min(X, Y)",     "(X < Y) .* dX + (Y <= X) .* dY", "X: matrix(m,n); Y: matrix(m,n)", kink="Y - X", vanishes=True)
for sign in (">=", ">", "<=", "<", "=="):
    d(f"(X {sign} Y)", "0*dX + 0*dY", "X: matrix(m,n); Y: matrix(m,n)", kink="Y - X")
