"""Text that matgrad prints is text that it reads: parse(text(e)) is e in plain spelling; Unicode puts several divisors under one stroke."""

import pytest

import matgrad as mg
from draws import assume, examples
from expressions import DECLARE, Node, expressions, scalars
from matgrad.core import expr as ex
from matgrad.core.rows import DIFFERENTIALS, LAWS, Row
from matgrad.language.declare import read_declarations
from matgrad.language.text import UNICODE, program
from matgrad.simplify.match import sides
from matgrad.simplify.normal import normal
from textbook import CASES, Case


def reread(e: mg.Expr, declare: str) -> None:
    known = read_declarations(declare)
    assert mg.parse(str(e), known) is e, str(e)
    pretty = program(e, UNICODE)
    found = mg.parse(pretty, known)
    assert found is e or normal(found) is normal(e), pretty


@pytest.mark.parametrize("case", CASES, ids=str)
def test_textbook_input_and_answer(case: Case) -> None:
    reread(mg.parse(case.text, case.declare), case.declare)
    for value in mg.derive(case.text, case.wrt, case.declare).values.values():
        reread(value, case.declare)


@pytest.mark.parametrize("row", LAWS, ids=lambda r: r.left)
def test_laws(row: Row) -> None:
    for side in sides(row):
        reread(side, row.declare)
        reread(normal(side), row.declare)


@pytest.mark.parametrize("row", DIFFERENTIALS, ids=lambda r: r.left)
def test_differentials(row: Row) -> None:
    for side in sides(row):
        reread(side, row.declare)


@examples(600, node=expressions())
def test_random_expressions(node: Node) -> None:
    e = mg.parse(node.text, DECLARE)
    reread(e, DECLARE)
    reread(normal(e), DECLARE)


@examples(150, node=scalars("X"))
def test_random_gradients(node: Node) -> None:
    assume("X" in node.text)
    reread(mg.derive(node.text, "X", DECLARE).value, DECLARE)


SPELLINGS = [
    ("Xᵀ", "X'"), ("X⊤*y", "X'*y"), ("S⁻¹", "inv(S)"), ("X ⊙ A", "X .* A"), ("A ⊗ B", "kron(A, B)"), ("‖X*w − y‖²", "norm2(X*w - y)^2"),
    ("‖X‖_F^2", "normF(X)^2"), ("||x||_1", "norm1(x)"), ("A @ X.T", "A*X'"), ("np.linalg.inv(S)", "inv(S)"), ("trace（S）", "tr(S)"), ("S^-T", "inv(S)'"),
    ("S^T", "S'"), ("2×x", "2*x"), ("x·s", "x*s"), ("torch.exp(x)", "exp(x)"), ("½*x", "(1/2)*x"), ("S²", "S^2"), ("w' x", "w'*x"), ("|s|", "abs(s)"),
    ("expit(x)", "sigmoid(x)"), ("comm(m,n)", "K(m,n)"), ("sum（x）", "sum(x)"), ("s**2", "s^2"), ("S^(-1)", "inv(S)"), ("max（0，s）", "max(0, s)"),
    ("np.log(np.linalg.det(P))", "log(det(P))"), ("‖x‖₂", "norm2(x)"), ("s ≥ t", "s >= t"), ("x^⊤*w", "x'*w"), ("X^H", "X'"),
    ("np.outer(y, x)", "y*x'"), ("np.inner(x, x)", "x'*x"), ("np.linalg.solve(P, x)", "inv(P)*x"), ("np.linalg.matrix_power(S, 3)", "S^3"),
    ("np.expm1(x)", "exp(x) - 1"), ("log2(x)", "log(x)/log(2)"), ("sec(s)", "1 ./ cos(s)"), ("norm(x, 1)", "norm1(x)"), ("norm(X, 'fro')", "normF(X)"),
    ("np.linalg.norm(x, ord=1)", "norm1(x)"), ("np.linalg.norm(X @ x)**2", "norm2(X*x)^2"), ("np.sum(X, axis=0)", "X'*ones(m)"),
    ("np.sum(X, axis=1)", "X*ones(n)"), ("np.mean(X, axis=0)", "X'*ones(m)/m"), ("X.mean(axis=1)", "X*ones(n)/n"),
    ("X.sum()", "sum(X)"), ("X.dot(x)", "X*x"), ("(X @ x).T.dot(y)", "(X*x)'*y"), ("x.mean()", "mean(x)"),
    ("np.where(s > 0, s, 0)", "piecewise(s > 0, s, 0)"), ("exp(x).sum()", "sum(exp(x))"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sum(X, 1)", "MATLAB and rows in NumPy"), ("X(:)", "vec(X)"), ("X(1,:)", "X[:,1]"), (r"S\x", "inv(A)*x"), ("norm(X, 1)", "norm1(X)"),
        ("norm(x, 'nuc')", "norm knows"), ("sum(X, keepdims=1)", "a sum reads"), ("outer(x)", "unknown function"), ("norm(x,'fr", "operand"),
    ],
)  # fmt: skip
def test_spellings_that_are_not_read_say_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(mg.MatgradError) as caught:
        mg.parse(text, DECLARE)
    assert hint in caught.value.message


def test_a_declared_name_is_no_function_written_out() -> None:
    with pytest.raises(mg.MatgradError, match="inner is not a function"):
        mg.parse("inner(x, x)", "inner: vector(n); x: vector(n)")
    assert {v.data[0] for v in ex.variables(mg.parse("outer*x", "outer: scalar; x: vector(n)"))} == {"outer", "x"}


@pytest.mark.parametrize(("given_text", "meant"), SPELLINGS)
def test_other_spellings_mean_the_same(given_text: str, meant: str) -> None:
    assert mg.parse(given_text, DECLARE) is mg.parse(meant, DECLARE)


def test_a_divisor_that_occurs_twice_is_written_twice() -> None:
    e = mg.parse("s/(1 + t)*t/(1 + t)", DECLARE)
    assert mg.equal(program(e, UNICODE), e, DECLARE)


def test_the_greek_names_are_words() -> None:
    assert mg.parse("log(det(Σ)) + μ'*λ*μ", "Σ: posdef(n); μ: vector(n); λ: scalar") is mg.parse(
        "log(det(Sigma)) + mu'*lambda*mu", "Sigma: posdef(n); mu: vector(n); lambda: scalar"
    )


@pytest.mark.parametrize(
    ("unicode", "plain", "declare"),
    [
        ("λ‖w‖₁", "lambda*norm1(w)", "w: vector(n); lambda: scalar"),
        ("‖x‖₂", "norm2(x)", "x: vector(n)"),
        ("X⊤*y", "X'*y", "X: matrix(m,n); y: vector(m)"),
        ("X⁻ᵀ ⊙ A", "inv(X)' .* A", "X: invertible(n); A: matrix(n,n)"),
    ],
)
def test_signs_mean_what_they_show(unicode: str, plain: str, declare: str) -> None:
    assert mg.parse(unicode, declare) is mg.parse(plain, declare)
