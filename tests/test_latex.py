r"""LaTeX is read as the plain text it means, what has two readings is refused, and what matgrad prints it reads back."""

import pytest

import matgrad as mg
from draws import assume, examples, integers, lists, one_of
from expressions import DECLARE, Node, expressions, scalars
from matgrad.core import expr as ex
from matgrad.core.rows import DIFFERENTIALS, LAWS, Row
from matgrad.language.declare import read_declarations
from matgrad.language.latex import LATEX, latex
from matgrad.language.lexer import is_latex
from matgrad.language.text import definitions_of
from matgrad.simplify.match import sides
from matgrad.simplify.normal import normal
from textbook import CASES, Case

NAMES = (
    "A: matrix(m,n); B: matrix(n,m); X: matrix(m,n); S: matrix(n,n); R: invertible(n); P: posdef(n); M: symmetric(m); Sigma: posdef(n); "
    "x: vector(n); w: vector(n); y: vector(m); b: vector(m); mu: vector(n); y_hat: vector(m); a_1: vector(n); W1: matrix(m,n); Sigma_xx: posdef(n); "
    "s: scalar; t: scalar; lambda: scalar; alpha: scalar; k: integer; z[i]: vector(n), i=1..N; v[i]: scalar, i=1..N; "
    "sigma: elementwise; phi: elementwise; F(t): matrix(n,n); W_in: matrix(m,n)"
)

# LaTeX as papers, forums and lecture notes write it, and what it means
MEANINGS = [
    # fonts and decorations
    (r"\mathbf{x}^\top \mathbf{w}", "x'*w"),
    (r"\boldsymbol{\mu}^{\top}\mathbf x", "mu'*x"),
    (r"\bm{X}\bm{w}", "X*w"),
    (r"\mathbf{Ax}", "A*x"),
    (r"{\bf A}{\bf x}", "A*x"),
    (r"\vec{x}^T \vec{w}", "x'*w"),
    (r"\hat{y} - X w", "y_hat - X*w"),
    (r"\hat{\mathbf{y}} - \mathbf{Xw}", "y_hat - X*w"),
    (r"\widehat{y}^\top y", "y_hat'*y"),
    (r"\mathbf{a}_1^\top \mathbf{x}", "a_1'*x"),
    (r"\Sigma_{xx} x", "Sigma_xx*x"),
    (r"W_1 x + W_{\mathrm{in}} x + W_{in} w", "W1*x + W_in*x + W_in*w"),
    (r"\boldsymbol\Sigma\boldsymbol\mu", "Sigma*mu"),
    # transposes and inverses
    (r"$x^T S w$", "x'*S*w"),
    (r"x^{T} S w", "x'*S*w"),
    (r"x^{\mathsf T} S w", "x'*S*w"),
    (r"x^\mathsf{T} S w", "x'*S*w"),
    (r"x^{\mathrm{T}}Sw", "x'*S*w"),
    (r"x^\intercal Sw", "x'*S*w"),
    (r"x^\transpose Sw + s", "x'*S*w + s"),
    (r"x^\prime S w", "x'*S*w"),
    (r"$x' S w$", "x'*S*w"),
    (r"\left(X^\top X\right)^{-1}", "inv(X'*X)"),
    (r"R^{-T} x", "inv(R)'*x"),
    (r"R^{-\top} x", "inv(R)'*x"),
    (r"(R^{-1})^{\top} x", "inv(R)'*x"),
    (r"R^{- \mathsf{T}} x", "inv(R)'*x"),
    (r"\operatorname{tr}(S^k) + \operatorname{tr} S^2", "tr(S^k) + tr(S^2)"),
    # traces, determinants, logarithms
    (r"\operatorname{tr}(AXB)", "tr(A*X*B)", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,p)"),
    (r"\operatorname{Tr}\left[A^\top X\right]", "tr(A'*X)"),
    (r"\mathrm{tr}\{A^\top X\}", "tr(A'*X)"),
    (r"\text{tr}(A^\top X)", "tr(A'*X)"),
    (r"{\rm tr}(A^\top X)", "tr(A'*X)"),
    (r"\tr(A^\top X) + \Tr{S}", "tr(A'*X) + tr(S)"),
    (r"\operatorname{tr} A^\top X + s", "tr(A'*X) + s"),
    (r"\trace S \trace P", "tr(S)*tr(P)"),
    (r"tr(A^\top X)", "tr(A'*X)"),
    (r"\log\det\Sigma", "logdet(Sigma)"),
    (r"\ln \det (\Sigma)", "logdet(Sigma)"),
    (r"\log \left|\Sigma\right|", "log(det(Sigma))"),
    (r"\log\lvert\Sigma\rvert + \lvert s \rvert", "log(det(Sigma)) + abs(s)"),
    (r"|\Sigma| + |s - t|", "det(Sigma) + abs(s - t)"),
    (r"\log |\det S|", "log(abs(det(S)))"),
    (r"\det(S)^2", "det(S)^2"),
    (r"-\tfrac12 \log\det P - \tfrac{1}{2} x^\top P^{-1} x", "-(1/2)*logdet(P) - (1/2)*x'*inv(P)*x"),
    # norms and inner products
    (r"\|Xw - y\|_2^2 + \lambda\|w\|_1", "norm2(X*w - y)^2 + lambda*norm1(w)"),
    (r"\|Xw - y\|^2", "norm2(X*w - y)^2"),
    (r"\lVert X w - y \rVert_2^{2}", "norm2(X*w - y)^2"),
    (r"\left\| X w - y \right\|^2_2", "norm2(X*w - y)^2"),
    (r"\bigl\lVert X \bigr\rVert_{\mathrm F}^2", "normF(X)^2"),
    (r"$||X - A||_F^2 / 2$", "normF(X - A)^2/2"),
    (r"\Vert x\Vert\Vert w\Vert", "norm2(x)*norm2(w)"),
    (r"\left\|x \left\|w\right\| \right\|", "norm2(x*norm2(w))"),
    (r"$|s||t|$", "abs(s)*abs(t)"),
    (r"{\left\| x \right\|}_2^2 + \parallel w \parallel{}^2", "norm2(x)^2 + norm2(w)^2"),
    (r"\langle A, X \rangle", "tr(A'*X)"),
    (r"\left\langle x, Sw \right\rangle^2", "(x'*S*w)^2"),
    (r"\langle A, X\rangle_F", "tr(A'*X)"),
    # fractions, roots, numbers
    (r"\frac{x^\top S x}{x^\top x}", "x'*S*x/(x'*x)"),
    (r"\dfrac{1}{1 + e^{-s}}", "1/(1 + exp(-s))"),
    (r"\frac{\|x\|^2}{2s^2}", "norm2(x)^2/(2*s^2)"),
    (r"\frac12 x^\top x + \frac1s", "(1/2)*x'*x + 1/s"),
    (r"\sqrt{1 + x^\top x}", "sqrt(1 + x'*x)"),
    (r"\sqrt[3]{1 + x^\top x}", "(1 + x'*x) .^ (1/3)"),
    (r"0.5\, s + 2\cdot 3", "0.5*s + 2*3"),
    (r"10^{-3} s", "10^(-3)*s"),
    (r"2\pi s", "2*pi*s"),
    # sums and indices
    (r"\sum_{i=1}^{N} z_i^\top w", "sum(i, 1..N, z[i]'*w)"),
    (r"\sum_{i=1}^N (z_i^\top w - v_i)^2 + \lambda\|w\|^2", "sum(i, 1..N, (z[i]'*w - v[i])^2) + lambda*norm2(w)^2"),
    (r"\frac{1}{N}\sum\limits_{i=1}^N \log\left(1 + \exp(-v_i \mathbf{w}^\top \mathbf{z}_i)\right)", "1/N*sum(i, 1..N, log(1 + exp(-v[i]*w'*z[i])))"),
    (r"\sum_i z_i^\top w", "sum(i, 1..N, z[i]'*w)"),
    (r"\sum_{i,j} X_{ij}^2", "sum(i, 1..m, sum(j, 1..n, X[i,j]^2))"),
    (r"\sum_{i=1}^m\sum_{j=1}^n X_{i,j} A_{ij}", "sum(i, 1..m, sum(j, 1..n, X[i,j]*A[i,j]))"),
    (r"\sum_{i=1}^{n} x_i w_i", "sum(i, 1..n, x[i]*w[i])"),
    (r"\sum_{j=1}^n X_{:,j}^\top y", "sum(j, 1..n, X[:,j]'*y)"),
    (r"X_{1,:} w + X_{1\cdot}x", "X[1,:]*w + X[1,:]*x"),
    (r"(X^\top A)_{ij}", "(X'*A)[i,j]"),
    (r"[S^{-1}]_{1,2}", "inv(S)[1,2]"),
    (r"\sum_{i=1}^N {z^{(i)}}^\top w", "sum(i, 1..N, z[i]'*w)"),
    (r"\sum_{i=1}^N -\log v_i", "sum(i, 1..N, -log(v[i]))"),
    # entry by entry, Kronecker, blocks
    (r"A \odot X", "A .* X"),
    (r"A \circ X \oslash A", "A .* X ./ A"),
    (r"X^\top y \odot x", "(X'*y) .* x"),
    (r"A^{\circ 2} + A^{\odot k}", "A .^ 2 + A .^ k"),
    (r"A \otimes B", "kron(A, B)"),
    (r"(B^\top \otimes A)\operatorname{vec}(R)", "kron(B', A)*vec(R)"),
    (r"\operatorname{vec} A R B", "vec(A*R*B)"),
    (r"\begin{bmatrix} A & X \\ X & A \end{bmatrix}", "[A, X; X, A]"),
    (r"\left[\begin{array}{cc} A & y \\ x^\top & s \\ \end{array}\right]", "[A, y; x', s]"),
    (r"\begin{pmatrix} x \\ w \end{pmatrix}^{\!\top}\begin{pmatrix} x \\ w\end{pmatrix}", "[x; w]'*[x; w]"),
    (r"\begin{vmatrix} s & t \\ t & s \end{vmatrix}", "det([s, t; t, s])"),
    (r"\operatorname{diag}(x) S", "diag(x)*S"),
    # ones, identities
    (r"\mathbf{1}^\top x", "ones(n)'*x"),
    (r"x^\top \mathbf 1 + \mathbb{1}^\top w", "x'*ones(n) + ones(n)'*w"),
    (r"\mathbf{1}_m^\top X\mathbf{1}_n", "ones(m)'*X*ones(n)"),
    (r"\operatorname{tr}(\mathbf{1}_{n\times m} X)", "tr(ones(n,m)*X)"),
    (r"X^\top X + \lambda I", "X'*X + lambda*eye(n)"),
    (r"(X^\top X + \lambda \mathbf{I}_n)^{-1}X^\top y", "inv(X'*X + lambda*eye(n))*X'*y"),
    (r"$(I - A B) y$", "(eye(m) - A*B)*y"),
    (r"K_{m,n}\operatorname{vec}(A)", "K(m,n)*vec(A)"),
    (r"\left(\mathbf{e}_1^{(n)}\right)^\top x + s", "unit(n,1)'*x + s"),
    (r"\mathbb{1}[s > t]\, x", "(s > t)*x"),
    (r"\mathbf{1}_{\{s \ge t\}} x", "(s >= t)*x"),
    # functions
    (r"\sigma(Xw + b)", "sigma(X*w + b)"),
    (r"\sigma'(Xw) \odot \phi^{\prime}(Xw) + \phi''(y)", "sigma'(X*w) .* phi'(X*w) + phi''(y)"),
    (r"\operatorname{softmax}(Xw) + \mathrm{softmax}\left(y\right)", "softmax(X*w) + softmax(y)"),
    (r"\max(0, Xw) + \max\{y, b\}", "max(0, X*w) + max(y, b)"),
    (r"\operatorname{ReLU}(Xw)", "relu(X*w)"),
    (r"\tanh(Xw) + \tanh{y}", "tanh(X*w) + tanh(y)"),
    (r"\exp\left\{-\frac{1}{2}(x-\mu)^\top\Sigma^{-1}(x-\mu)\right\}", "exp(-(1/2)*(x - mu)'*inv(Sigma)*(x - mu))"),
    (r"\sin^2 s + \cos^2(s)", "sin(s)^2 + cos(s)^2"),
    (r"\log 2\pi + \log s + \log(s)\log t", "log(2*pi) + log(s) + log(s)*log(t)"),
    (r"\exp^{\circ}(S) + \operatorname{expm}(S) + S^{\circ 1/2} + \log^\circ{S}", "exp(S) + expm(S) + sqrt(S) + log(S)"),
    (r"\sqrt{x} + e^{w} + \operatorname{tr}(dS\,P)", "sqrt(x) + exp(w) + tr(dS*P)"),
    (r"\exp x + \operatorname{sgn}(x)", "exp(x) + sign(x)"),
    (r"\operatorname{logsumexp}(x) - \operatorname{lse}(w)", "logsumexp(x) - logsumexp(w)"),
    (r"$F(t) x$", "F(t)*x"),
    (r"\frac{\partial F}{\partial t} x", "diff(F,t)*x"),
    (r"\operatorname{tr}(A^\top \mathrm{d}X) + \operatorname{tr}(A^\top dX)", "tr(A'*dX) + tr(A'*dX)"),
    # juxtaposition and products
    (r"Ax \cdot s \times t", "A*x*s*t"),
    (r"2(x - w)(s + 1)\,3", "2*(x - w)*(s + 1)*3"),
    (r"s\left(x^\top w - t\right)^2", "s*(x'*w - t)^2"),
    (r"\alpha\beta", "alpha*beta", "alpha: scalar; beta: scalar"),
    # layout
    (r"\[ \|Xw - y\|^2 . \]", "norm2(X*w - y)^2"),
    (r"$$\begin{aligned} L(w) &= \|Xw - y\|_2^2 \\ &\quad + \lambda\|w\|_1 \end{aligned}$$", "norm2(X*w - y)^2 + lambda*norm1(w)"),
    (r"\begin{equation*}\label{eq:loss} \ell(w) = x^\top w \tag{3}\end{equation*}", "x'*w"),
    (r"x^\top w % the score", "x'*w"),
    (r"\underbrace{x^\top w}_{\text{score}} + \boxed{s}", "x'*w + s"),
    (r"\operatorname{tr}(Y^\top M Y)\ \text{where}\ Y = \sigma(W_1 S)", "tr(Y'*M*Y) where Y = sigma(W1*S)"),
    (r"f = \operatorname{tr}(Y^\top M Y), \quad Y = \sigma(W_1 S)", "tr(Y'*M*Y) where Y = sigma(W1*S)"),
    (r"Y = \sigma(W_1 S), \quad \operatorname{tr}(Y^\top M Y).", "Y = sigma(W1*S); tr(Y'*M*Y)"),
    (r"Y = \sigma(W_1 S);\; \operatorname{tr}(Y^\top M Y)", "Y = sigma(W1*S); tr(Y'*M*Y)"),
    (r"\begin{align} Y &= \sigma(W_1 S) \\ f &= \operatorname{tr}(Y^\top M Y) \end{align}", "Y = sigma(W1*S); tr(Y'*M*Y)"),
    (r"\sum_{i=1}^m \sum_{j=1}^n Y_{ij},\quad Y_{ij} = X_{ij} A_{ij}", "sum(i, 1..m, sum(j, 1..n, Y[i,j])) where Y[i,j] = X[i,j]*A[i,j]"),
    (r"\sum_{i=1}^N h_i^2,\quad h_i = \phi(z_i^\top w)", "sum(i, 1..N, h[i]^2) where h[i] = phi(z[i]'*w)"),
    (r"λ‖w‖² + \|w\|_1 + xᵀw", "lambda*norm2(w)^2 + norm1(w) + x'*w"),
]  # fmt: skip


@pytest.mark.parametrize(("given_text", "meant", "declare"), [(*c, NAMES)[:3] for c in MEANINGS], ids=[c[0] for c in MEANINGS])
def test_latex_means_the_plain_text(given_text: str, meant: str, declare: str) -> None:
    found, wanted = mg.parse(given_text, declare), mg.parse(meant, declare)
    assert found is wanted, f"{found} is not {wanted}"


def test_there_are_a_hundred() -> None:
    assert len(MEANINGS) >= 100
    assert [c[0] for c in MEANINGS if not is_latex(c[0])] == []


UNDECLARED = [
    (r"\|Xw - y\|_2^2 + \lambda\|w\|_2^2", "norm2(X*w - y)^2 + lambda*norm2(w)^2"),
    (r"\mathbf{a}^\top\mathbf{X}\mathbf{b}", "a'*X*b"),
    (r"\operatorname{tr}(AXB)", "tr(A*X*B)"),
    (r"(Ax - b)^\top(Ax - b)", "(A*x - b)'*(A*x - b)"),
    (r"x^T A x", "x'*A*x"),
    (r"\sum_{i=1}^N x_i w_i", "sum(i, 1..N, x[i]*w[i])"),
    (r"\hat{y}^\top W_1 x", "y_hat'*W_1*x"),
    (r"\log\det(X^\top X)", "logdet(X'*X)"),
    (r"\boldsymbol\mu^\top\boldsymbol\Sigma^{-1}\boldsymbol\mu", "mu'*inv(Sigma)*mu"),
]


@pytest.mark.parametrize(("given_text", "meant"), UNDECLARED)
def test_sizes_are_inferred_as_in_plain_text(given_text: str, meant: str) -> None:
    assert mg.parse(given_text) is mg.parse(meant)


@pytest.mark.parametrize(
    ("declare", "plain"),
    [
        (r"\mathbf{x}: vector(n); \boldsymbol\Sigma: posdef(n)", "x: vector(n); Sigma: posdef(n)"),
        (r"$\mathbf{x}$: vector(n); $\Sigma$: posdef(n)", "x: vector(n); Sigma: posdef(n)"),
        (r"x \in \mathbb{R}^n; \Sigma: posdef(n)", "x: vector(n); Sigma: posdef(n)"),
        (r"x, w \in \mathbb{R}^{n}, \Sigma \in \mathbb{R}^{n \times n}", "x, w: vector(n); Sigma: matrix(n,n)"),
        (r"\mathbf{x}_i: vector(n), i=1..N; \Sigma: posdef(n)", "x[i]: vector(n), i=1..N; Sigma: posdef(n)"),
        (r"\mathbf{x}_i: vector(n), i=1..N; t_i: scalar, i=1..N; \Sigma: posdef(n)", "x[i]: vector(n), i=1..N; t[i]: scalar, i=1..N; Sigma: posdef(n)"),
        (r"\hat{x}, x_{\mathrm{in}}: vector(n); \lambda: scalar \ge 0; c \in \mathbb R", "x_hat, x_in: vector(n); lambda: scalar >= 0; c: scalar"),
    ],
)
def test_declarations_may_be_latex(declare: str, plain: str) -> None:
    assert read_declarations(declare).variables == read_declarations(plain).variables


def test_the_variable_may_be_latex() -> None:
    d = mg.derive(r"\|X\mathbf{w} - \hat{y}\|^2", r"\mathbf{w}, \hat{y}", r"X: matrix(m,n); \mathbf{w}: vector(n); \hat y: vector(m)")
    assert {name: str(v) for name, v in d.values.items()} == {"w": "2*X'*(X*w - y_hat)", "y_hat": "2*(y_hat - X*w)"}
    entry = mg.derive(r"\|X\|_F^2", "X_{ij}", "X: matrix(m,n)")
    assert list(entry.values) == ["X[i,j]"] and str(entry.value) == "2*X[i,j]"
    assert mg.equal(r"\operatorname{tr}(A^\top B)", r"\langle A, B\rangle", "A: matrix(m,n); B: matrix(m,n)")


# LaTeX that is wrong, that has two readings, or that is not of the language; the words of the sentence, and what the caret points at
BROKEN = [
    (r"\frac{x^\top x}", ["argument", "frac"], r"\frac"),
    (r"\left( x^\top w", ["closed"], r"\left("),
    (r"\|x - w", ["closed"], r"\|"),
    (r"x^{\top w", ["brace", "closed"], "{"),
    (r"x^\top w}", ["no brace"], "}"),
    (r"\begin{bmatrix} x & w", ["bmatrix", "missing"], r"\begin{bmatrix}"),
    (r"\begin{cases} x & w \end{cases}", ["cases"], r"\begin{cases}"),
    (r"x^\top w)", ["no bracket"], ")"),
    (r"\left( x^\top w \right]", ["another kind"], r"\right]"),
    (r"x^\top + w", ["1×n", "n×1"], "w"),
    (r"\alhpa x", ["alhpa"], r"\alhpa"),
    (r"\operatornam{tr}(S)", ["operatorname"], r"\operatornam"),
    (r"x^\dagger w", ["pseudo-inverse", "conjugate"], r"\dagger"),
    (r"S^{*} w", ["conjugate", "name"], "{*}"),
    (r"\nabla s", ["gradient"], r"\nabla"),
    (r"\frac{\partial s}{\partial x}", ["derivative"], r"\frac{\partial s}{\partial x}"),
    (r"\mathbb{E}[x]", ["expectation"], r"\mathbb{E}"),
    (r"\prod_{i=1}^N v_i", ["products over an index"], r"\prod"),
    (r"1/2 x^\top x", ["(a/b)c", "a/(bc)"], "/2"),
    (r"X^\top X^-1", ["braces", "^{-1}"], "^-"),
    (r"S^10 + \lambda", ["braces", "^{10}"], "^10"),
    (r"\log s t", ["log reaches", "brackets"], r"\log s t"),
    (r"\tanh X w", ["tanh reaches"], r"\tanh X w"),
    (r"\operatorname{tr} S \exp(S)", ["tr reaches"], r"\operatorname{tr} S \exp"),
    (r"\operatorname{tr} S \otimes P", ["beyond this sign"], r"\otimes"),
    (r"\operatorname{tr}(S)^{-1}", ["value", "argument"], "{-1}"),
    (r"\sin^{-1} s", ["inverse", "power"], "{-1}"),
    (r"g(x) + \lambda", ["g", "function", "product"], "g("),
    (r"\psi\left(x\right)", ["psi", "function", "product"], r"\psi\left("),
    (r"\sum_{i=1}^N z_i^\top w - v_i", ["outside its sum", "brackets"], "i"),
    (r"\sum_i s", ["how far i runs"], "i"),
    (r"\sum_{i \in S} v_i", ["sum over an index"], r"{i \in S}"),
    (r"X_{12} + \lambda", ["X_12", "entry", "X_{1,2}"], "{12}"),
    (r"X_{i} y", ["row", "column"], "{i}"),
    (r"x_1 + \lambda", ["x_1", "entry", "name"], "1"),
    (r"S_{ij}^{-1}", ["entry of a power", "power of an entry"], "S_{ij}"),
    (r"w^{(2)}", ["exponent", "label"], "{(2)}"),
    (r"\mathbf{x}^\top S x", ["two fonts"], "x"),
    (r"|X| + s", ["determinant", "absolute"], "|X|"),
    (r"\|x\|_\infty", ["norms of the language"], r"\infty"),
    (r"A \otimes B x", ["⊗", "brackets"], r"\otimes"),
    (r"A \cdot X \odot A", ["two kinds"], r"\odot"),
    (r"[X, A] + \lambda", ["block", "commutator"], "["),
    (r"\lambda + \operatorname{tr}(I)", ["size", "I_n"], "I"),
    (r"\min_w \|w\|", ["minimised"], "w"),
    (r"f = \|w\| = \|x\|", ["more than one '='"], "="),
    (r"x^\top w \\ w^\top w", ["two expressions"], r"w^\top w"),
    (r"\operatorname{vec}(S) = \operatorname{vec}(P)", ["either side"], r"\operatorname{vec}(S)"),
    (r"S^{\otimes 2}", ["operand"], r"\otimes"),
    (r"x \in \mathbb{R}^n", ["declaration"], r"\in"),
    (r"1e-3 \lambda", ["10^{-3}"], "1e-3"),
    (r"\mathrm{sofmax}(x)", ["sofmax", "softmax"], r"\mathrm{sofmax}"),
    (r"\left(Xw\right)_+", ["max"], "+"),
    (r"\mathbb{I}[s > t]", ["identity", "indicator"], r"\mathbb{I}"),
    (r"\operatorname*{arg\,min}_w \|w\|", ["minimised"], r"\operatorname*{arg\,min}"),
    (r"1^\top x", ["number", r"\mathbf{1}"], "1"),
    (r"\sum_{i=1}^N q_i^\top w", ["q_i", "vectors", "entry"], "q_i"),
    (r"\sum_{i=1}^n x_i w^\top x_i^\top", ["x_i", "vectors", "entry"], "x_i"),
    (r"\exp(S)", ["function of the matrix", "entry by entry"], r"\exp(S)"),
    (r"\sqrt{S}", ["function of the matrix", "entry by entry"], r"\sqrt{S}"),
    (r"e^{S}", ["function of the matrix", "entry by entry"], "e^{S}"),
    (r"y = Xw + \mathbf{b}", ["declared"], "y"),
    (r"\operatorname{rank} S", ["rank", "function"], r"\operatorname{rank}"),
    (r"\operatorname{tr}(S - P)^\top(S - P)", ["number", "inside"], r"\top"),
    (r"\operatorname{tr}(S - P)(S - P)", ["tr of the product", "multiple"], r"\operatorname{tr}(S - P)("),
    (r"\operatorname{tr}(S\, d P)", ["differential", "product"], "d P"),
    (r"\mathbf{p}\cdot\mathbf{x}", ["inner product", "multiple"], r"\mathbf{p}\cdot\mathbf{x}"),
    (r"\mathbf{1}_{X} + s", ["size", "variable"], "{X}"),
    (r"z_{-i}", ["index"], "{-i}"),
    (r"S^\top_{:,1} x", ["entry of a power"], r"S^\top_{:,1}"),
    (r"\hat{x w}", ["one symbol"], r"\hat{x w}"),
    (r"trS + \lambda", ["product of letters", "tr"], "trS"),
    (r"x_{i^\top w", ["brace"], "{"),
    (r"x^a^b + \lambda", ["two superscripts"], "^"),
    (r"v_{i} + \lambda x", ["not bound"], "i"),
]


@pytest.mark.parametrize(("given_text", "words", "place"), BROKEN, ids=[b[0] for b in BROKEN])
def test_what_cannot_be_read_is_said_at_its_place(given_text: str, words: list[str], place: str) -> None:
    with pytest.raises(mg.MatgradError) as caught:
        mg.parse(given_text, NAMES)
    error = caught.value
    assert error.text == given_text and error.span is not None
    assert all(word in error.message for word in words), error.message
    assert given_text[error.span[0] : error.span[1]] == place, str(error)


def test_a_power_by_a_size_is_asked() -> None:
    declare = "x: vector(T); rho: scalar; T2: integer"
    with pytest.raises(mg.ParseError, match="transpose or a power"):
        mg.parse(r"\rho^T \|x\|", declare)
    assert mg.parse(r"x^T x", declare) is mg.parse("x'*x", declare)
    assert mg.parse(r"\rho^T \|x\|", "x: vector(n); rho: scalar; T: integer") is mg.parse("rho^T*norm2(x)", "x: vector(n); rho: scalar; T: integer")


# --- what is printed is read ---------------------------------------------------------------------------------


def printed(e: ex.Expr) -> str:
    """The LaTeX of an expression with its definitions, as Derivation.latex() gives it."""
    body = e.args[0] if e.op is ex.NAMED else e
    return r",\quad ".join([latex(body), *(f"{LATEX.name(d.data)} = {latex(d.args[0])}" for d in definitions_of(body))])


def written_out(e: ex.Expr) -> ex.Expr:
    """The expression with its intermediates put in: W1 and W_1 are printed alike."""
    return ex.rewrite(e, lambda node, args: args[0] if node.op is ex.NAMED else ex.rebuild(node, args))


def reread(e: ex.Expr, declare: str) -> None:
    r"""The LaTeX means the same expression; a fraction \frac{1}{c} A stands for A/c, so normal forms are compared."""
    known = read_declarations(declare)
    found, wanted = written_out(mg.parse(f"${printed(e)}$", known)), written_out(e)
    assert found is wanted or normal(found) is normal(wanted), f"{e}\n{printed(e)}\n{found}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_textbook_cases_are_reread(case: Case) -> None:
    reread(mg.parse(case.text, case.declare), case.declare)
    d = mg.derive(case.text, case.wrt, case.declare)
    for value in d.values.values():
        reread(value, case.declare)
    if len(d.values) == 1:
        found, wanted = written_out(mg.parse(f"${d.latex()}$", case.declare)), written_out(d.value)
        assert normal(found) is normal(wanted), d.latex()


@pytest.mark.parametrize("row", [*LAWS, *DIFFERENTIALS], ids=lambda r: r.left)
def test_rows_are_reread(row: Row) -> None:
    for side in sides(row):
        reread(side, row.declare)


@examples(300, node=expressions())
def test_random_expressions_are_reread(node: Node) -> None:
    e = mg.parse(node.text, DECLARE)
    reread(e, DECLARE)
    reread(normal(e), DECLARE)


@examples(60, node=scalars("X"))
def test_random_gradients_are_reread(node: Node) -> None:
    assume("X" in node.text)
    reread(mg.derive(node.text, "X", DECLARE).value, DECLARE)


# --- anything else gives an error of matgrad ------------------------------------------------------------------

PIECES = r"""
\frac \sqrt \sum \operatorname{tr} \operatorname{vec} \mathrm{d} \log \det \exp \max \| | \lvert \rvert \left( \right) \left| \right|
\left\| \right\| ( ) [ ] \{ \} { } ^ _ ' \prime ^\top ^T ^{-1} ^{-\top} ^{(i)} _{ij} _i _{i=1} ^N _{:,i} _F _2 \mathbf{x} \mathbf{1}
\mathbb{1} \mathbf \hat \hat{y} \vec X A x w y s t i N n T I e d K z \Sigma \sigma \lambda \alpha = < > \ge , ; : . + - * / \cdot \odot
\otimes \oslash \\ & \begin{bmatrix} \end{bmatrix} \begin{aligned} \end{aligned} \text{where} \langle \rangle 1 2 0.5 10 \, \quad $ \[ \]
\partial \nabla \foo \circ \mathsf{T} \rm \bf \big \Bigl( \underbrace \mathcal{L} \dagger \sin \tanh where dX AX é 中 % ~ @ ² ᵀ λ ∑ \left.
\label \begin{cases} \
""".split()  # fmt: skip


@examples(500, pieces=lists(PIECES, 40), declared=one_of([True, False]))
def test_random_latex_never_crashes(pieces: list[str], declared: bool) -> None:
    try:
        assert isinstance(mg.parse("$" + "".join(pieces), NAMES if declared else None), ex.Expr)
    except mg.MatgradError as error:
        assert error.message and str(error)


@examples(500, case=one_of(MEANINGS), at=integers(0, 200), piece=one_of(["", *PIECES]))
def test_damaged_latex_never_crashes(case: tuple[str, ...], at: int, piece: str) -> None:
    at %= len(case[0])
    try:
        assert isinstance(mg.parse(case[0][:at] + piece + case[0][at + 1 :], (*case, NAMES)[2]), ex.Expr)
    except mg.MatgradError as error:
        assert error.message and str(error)


DEEP = [
    r"\frac{1}{" * 500 + "x" + "}" * 500, r"\sqrt" * 500 + "x", r"\left(" * 500 + "x", r"\log" * 500 + " x", r"\sum_{i=1}^N" * 500 + "x",
    r"\hat" * 500 + "x", "x" + "^{x" * 500 + "}" * 500, r"\|" * 501 + "x", "$x" + "_{x" * 90 + "}" * 90,
]  # fmt: skip


@pytest.mark.parametrize("deep", DEEP, ids=lambda d: d[:12])
def test_depth_is_an_error_not_a_crash(deep: str) -> None:
    with pytest.raises(mg.MatgradError):
        mg.parse(deep, "x: scalar")


def test_a_sum_keeps_its_place_among_matrix_factors() -> None:
    declare = "a: vector(N); x[i]: vector(n), i=1..N; z: vector(n); w: vector(n); t: scalar"
    for plain in ("sum(j,1..N, a[j]*x[j]')*(z - w)/N", "t*sum(i,1..N,x[i]')*(z - w)/N", "w'*sum(i,1..N,x[i])*t/2", "sum(i,1..N,a[i])*z/N"):
        e = mg.parse(plain, declare)
        assert mg.equal(mg.parse(latex(e), declare), e)
