"""Bad input of any kind gives a MatgradError with a place: one sentence, the line, a caret in the right column."""

import re
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matgrad as mg
from matgrad.core import expr as ex

X = "X: matrix(m,n); A: matrix(m,n); S: matrix(n,n); x: vector(n); y: vector(m); t: scalar"


def caret(error: mg.MatgradError) -> str:
    """The part of the input that the carets stand under."""
    _, line, marks = str(error).splitlines()[-3:]
    start = marks.index("^")
    return line[start : start + marks.count("^")]


def failure(text: str, declare: str = X, kind: type[mg.MatgradError] = mg.MatgradError) -> mg.MatgradError:
    with pytest.raises(kind) as caught:
        mg.parse(text, declare)
    assert isinstance(caught.value, mg.MatgradError)
    return caught.value


PLACES = [
    # text, kind, words of the sentence, what the caret points at
    ("tr(S) + sofmax(x)", mg.ParseError, ["sofmax", "softmax"], "sofmax"),
    ("trce(S)", mg.ParseError, ["trce", "trace"], "trce"),
    ("inv(S) + lgdet(S)", mg.ParseError, ["lgdet", "logdet"], "lgdet"),
    ("X*A", mg.ShapeError, ["m×n", "n and m", "A'*B", "would fit"], "A"),
    ("S*y", mg.ShapeError, ["n×n", "m×1"], "y"),
    ("X + S", mg.ShapeError, ["m×n", "n×n"], "S"),
    ("2*t + x'*x + (A - S)", mg.ShapeError, ["m×n", "n×n"], "S"),
    ("X .* S", mg.ShapeError, ["m×n", "n×n"], "S"),
    ("tr(X)", mg.ShapeError, ["square", "m×n"], "tr(X)"),
    ("1 + inv(X)", mg.ShapeError, ["square", "m×n"], "inv(X)"),
    ("norm2(X*x - x)", mg.ShapeError, ["m×1", "n×1"], "x"),
    ("S/S", mg.ShapeError, ["divide", "n×n"], "S"),
    ("X^2", mg.ShapeError, ["square", "m×n"], "X^2"),
    ("X[1]", mg.ParseError, ["two indices"], "X[1]"),
    ("eye(x)*x", mg.ParseError, ["x is a variable", "size"], "x"),
    ("x[0]", mg.ShapeError, ["0", "1..n"], "x[0]"),
    ("(X*x", mg.ParseError, ["bracket", "closed"], "("),
    ("tr(S*(S + S)", mg.ParseError, ["bracket", "closed"], "("),
    ("X*x)", mg.ParseError, ["no bracket"], ")"),
    ("[X, A", mg.ParseError, ["bracket", "closed"], "["),
    ("X*", mg.ParseError, ["operand", "missing"], ""),
    ("* X", mg.ParseError, ["operand", "missing"], "*"),
    ("t + ?", mg.ParseError, ["'?'"], "?"),
    ("t + 'x", mg.ParseError, ["operand"], "'"),
    ("Y = X; Y = A; Y", mg.ParseError, ["twice"], "Y"),
    ("X = A; X", mg.ParseError, ["declared"], "X"),
    ("Y = Y*x; Y", mg.ParseError, ["itself"], "Y"),
    ("inv = S; inv", mg.ParseError, ["inv", "function"], "inv"),
    ("inv + t", mg.ParseError, ["inv", "function"], "inv"),
    ("t(x)", mg.ParseError, ["t", "not a function"], "t(x)"),
    ("sin(x, x)", mg.ShapeError, ["one argument", "2"], "sin(x, x)"),
    ("tr()", mg.ParseError, ["argument"], "tr()"),
    ("S^x", mg.ShapeError, ["exponent"], "S^x"),
    ("t^20000", mg.LimitError, ["10000"], "20000"),
    ("1/0", mg.ShapeError, ["zero"], "0"),
    ("sum(i, 1..n, x[i]) + |X|", mg.ParseError, ["det", "abs"], "|X|"),
    ("sum(x, 1..n, x)", mg.ParseError, ["shadow"], "x"),
    ("tr'(S)", mg.ParseError, ["element-wise"], "tr'(S)"),
    ("unvec(x, m, n)", mg.ShapeError, ["m*n", "n×1"], "unvec(x, m, n)"),
    ("[X, S]", mg.ShapeError, ["height"], "[X, S]"),
    ("diff(X, t)", mg.ShapeError, ["function"], "diff(X, t)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "words", "place"), PLACES, ids=[p[0] for p in PLACES])
def test_the_sentence_and_the_place(text: str, kind: type[mg.MatgradError], words: list[str], place: str) -> None:
    error = failure(text, X, kind)
    for word in words:
        assert word in error.message
    assert "\n" not in error.message
    assert caret(error).strip() == place


UNFINISHED = ["", "   ", ";", "where Y = X", "X where", "Y = X;", "X where Y", "X; A", "==", ">= t", "1..2", "X[", "X[:", "X[,]", "sum(i,"]


@pytest.mark.parametrize("text", UNFINISHED)
def test_unfinished_input(text: str) -> None:
    failure(text)


def test_the_column_counts_lines_and_wide_characters() -> None:
    error = failure("t +\n  tr(X)")
    assert str(error).splitlines()[-2:] == ["    tr(X)", "    ^^^^^"]
    error = failure("t＋sofmax(x)")
    line, marks = str(error).splitlines()[-2:]
    assert line == "  t＋sofmax(x)" and marks == "     ^^^^^^"


def test_a_long_line_is_shown_around_the_place() -> None:
    error = failure(" + ".join(["t"] * 200) + " + sofmax(x)" + " + t" * 200)
    line, marks = str(error).splitlines()[-2:]
    assert len(line) < 120 and line[marks.index("^") :].startswith("sofmax")


DECLARATIONS = [
    ("X matrix(m,n)", "name: type"), ("X: matrx(m,n)", "matrix"), ("X: matrix", "sizes"), ("X: matrix(m,n", ""), ("X: symmetric(m,n)", "square"),
    ("X: matrix(m,n); X: vector(n)", "twice"), ("X: matrix(0,n)", "size"), ("x[i]: vector(n)", "range"),
    ("exp: vector(n)", "function"), ("X: matrix(m,n) nice", "nice"),
    ("X: vector(1.5)", "size"), ("X: scalar(n)", "size"), ("1: vector(n)", "name: type"), ("x: vector()", "size"),
]  # fmt: skip


@pytest.mark.parametrize(("declare", "word"), DECLARATIONS, ids=[d[0] for d in DECLARATIONS])
def test_declarations(declare: str, word: str) -> None:
    error = failure("1", declare)
    assert word in error.message and error.span is not None


def test_too_deep_and_too_long() -> None:
    for text in ("(" * 5000 + "t" + ")" * 5000, "-" * 5000 + "t", "sin(" * 3000 + "t" + ")" * 3000, "[" * 3000, "t'" + "'" * 30000, "||" * 4000 + "x"):
        start = time.perf_counter()
        try:
            mg.parse(text, X)
        except mg.MatgradError:
            pass
        assert time.perf_counter() - start < 5
    failure("(" * 5000 + "t" + ")" * 5000, X, mg.LimitError)
    failure(" + ".join(["t"] * 30_000), X, mg.LimitError)
    failure("1" * 500, X, mg.LimitError)
    failure("1e999999999", X, mg.LimitError)


@pytest.mark.parametrize("text", ["9^9^9^9", "(((9^63)^63)^63)^63", "t^9999", "2^-9999*t", "((t^999)^999)^999", "1e300*1e300*1e300*t"])
def test_powers_of_powers_do_not_hang(text: str) -> None:
    code = f"import matgrad as mg\ntry: mg.derive({text!r}, 't', 't: scalar')\nexcept mg.MatgradError: pass"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=10)


DERIVE = [
    (("X", "X"), {"layout": "sideways"}, ["sideways", "numerator"]),
    (("X", "X"), {"layout": "numeratr"}, ["did you mean numerator"]),
    (("tr(S)", "Z"), {}, ["Z"]),
    (("tr(S*Sgma)", "Sgm"), {}, ["Sgma"]),
    (("tr(S)", "S*S"), {}, ["variable"]),
    (("tr(S)", ""), {}, ["wrt"]),
    (("tr(S)", None), {}, ["wrt"]),
    (("tr(S)", "S"), {"order": 0}, ["order"]),
    (("tr(S)", "S"), {"order": 1.5}, ["order"]),
    (("X*S", "X"), {"order": 2}, ["scalar", "m×n"]),
    (("X*x", "X,x"), {}, ["m×1", "one at a time"]),
    (("tr(expm(S))", "S"), {}, ["expm"]),
    (("tr(logm(S))", "S"), {}, ["logm"]),
    ((3, "x"), {}, ["text"]),
    ((None, "x"), {}, ["text"]),
]  # fmt: skip


@pytest.mark.parametrize(("args", "options", "words"), DERIVE, ids=lambda v: str(v)[:40])
def test_questions_that_cannot_be_answered(args: tuple[object, object], options: dict[str, object], words: list[str]) -> None:
    declare = None if "Sgma" in str(args) else X
    with pytest.raises(mg.MatgradError) as caught:
        mg.derive(*args, declare, **options)  # type: ignore[arg-type]
    for word in words:
        assert word in caught.value.message


def test_unsupported_mathematics_is_said_so() -> None:
    with pytest.raises(mg.UnsupportedError):
        mg.derive("tr(expm(S))", "S", X)
    with pytest.raises(mg.UnsupportedError):
        mg.derive("sum(X)", "X", "X: complex matrix(m,n)")


INFERRED = [
    ("a'*X*b", {"X": "matrix", "a": "vector", "b": "vector"}),
    ("tr(A*X*B)", {"A": "matrix", "X": "matrix", "B": "matrix"}),
    ("norm2(X*w - y)^2 + c*norm2(w)^2", {"X": "matrix", "w": "vector", "y": "vector", "c": "scalar"}),
]


@pytest.mark.parametrize(("text", "kinds"), INFERRED, ids=[i[0] for i in INFERRED])
def test_what_is_assumed_is_shown(text: str, kinds: dict[str, str]) -> None:
    assumed = dict(line.split(": ") for line in mg.derive(text, next(iter(kinds))).assumed)
    assert {name: kind.split("(")[0] for name, kind in assumed.items()} == kinds


INFERRED_SIZES = [
    ("transpose(A)*x", {"A": "matrix(m,n)", "x": "vector(m)"}),
    ("vec(A)'*x", {"A": "matrix(m,n)", "x": "vector(m*n)"}),
    ("kron(A, B)*x", {"A": "matrix(m,n)", "B": "matrix(p,q)", "x": "vector(n*q)"}),
    ("x'*kron(A, B)*x", {"A": "matrix(m,m)", "B": "matrix(n,n)", "x": "vector(m*n)"}),
    ("kron(A, B)*vec(X)", {"A": "matrix(m,n)", "B": "matrix(p,q)", "X": "matrix(q,n)"}),
    ("[A, B]*x", {"A": "matrix(m,n)", "B": "matrix(m,p)", "x": "vector(n+p)"}),
    ("[A, b; c', d]", {"A": "matrix(m,n)", "b": "vector(m)", "c": "vector(n)", "d": "scalar"}),
    ("[A, b; c', d]*x", {"A": "matrix(m,n)", "b": "vector(m)", "c": "vector(n)", "d": "scalar", "x": "vector(n+1)"}),
    ("norm2(A*[x; 1] - y)^2", {"A": "matrix(m,n+1)", "x": "vector(n)", "y": "vector(m)"}),
    ("[x; y]'*[A, B; C, D]*[x; y]", {"A": "matrix(m,m)", "B": "matrix(m,n)", "C": "matrix(n,m)", "D": "matrix(n,n)", "x": "vector(m)", "y": "vector(n)"}),
    ("K(m, n)*x", {"x": "vector(m*n)"}),
    ("unit(n, 2)'*x", {"x": "vector(n)"}),
    ("unvec(x, m, n)*y", {"x": "vector(m*n)", "y": "vector(n)"}),
]


@pytest.mark.parametrize(("text", "kinds"), INFERRED_SIZES, ids=[i[0] for i in INFERRED_SIZES])
def test_sizes_follow_through_kronecker_products_blocks_and_vec(text: str, kinds: dict[str, str]) -> None:
    assert dict(line.split(": ") for line in mg.derive(text, next(iter(kinds))).assumed) == kinds


@pytest.mark.parametrize(
    ("text", "declare"), [("vec(A)'*x", "x: vector(6); A: matrix(m,2)"), ("[A, B]*x", "x: vector(3); A: matrix(2,3)"), ("K(m,n)*x", "x: vector(5)")]
)
def test_sizes_that_do_not_come_apart_are_refused(text: str, declare: str) -> None:
    with pytest.raises(mg.MatgradError):
        mg.parse(text, declare)


RUN_TOGETHER = [
    ("x'Ax", "x: vector(n)", "A*x"), ("norm2(Xw - y)^2", "w: vector(n)", "X*w"), ("norm2(Xw - y)^2", "X: matrix(m,n)", "X*w"),
    ("norm2(Ax - b)^2 + norm2(A)^2*x'x", "", "A*x"), ("sum(ax)", "x: vector(n)", "a*x"), ("tr(XXB)", "X: matrix(n,n)", "X*X*B"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "declare", "product"), RUN_TOGETHER)
def test_letters_run_together_that_may_be_a_product_are_asked_about(text: str, declare: str, product: str) -> None:
    with pytest.raises(mg.ParseError) as caught:
        mg.parse(text, declare)
    assert f"may be the product {product} or a name of its own" in caught.value.message and caught.value.span is not None


@pytest.mark.parametrize("text", ["norm2(x - x0)^2", "norm2(x - xbar)^2", "norm2(x - mu)^2", "norm2(x - xt)^2", "lambda_max*x", "norm2(x - mux)^2"])
def test_names_that_are_no_product_stay_names(text: str) -> None:
    assert {v.data[0] for v in ex.variables(mg.parse(text, "x: vector(n)"))} - {"x"} == set(re.findall(r"x0|xbar|mux|mu|xt|lambda_max", text))


UNDECIDABLE = [("f(X)*q", "f"), ("inv(A)*y - X", "A")]


@pytest.mark.parametrize(("text", "name"), UNDECIDABLE)
def test_what_cannot_be_decided_is_asked_for_by_name(text: str, name: str) -> None:
    with pytest.raises(mg.MatgradError) as caught:
        mg.parse(text, "S: matrix(n,n); X: matrix(m,n); y: vector(m)")
    assert re.search(rf"\b{name}\b", caught.value.message) and caught.value.span is not None


@pytest.mark.parametrize("name", ["exp", "inv", "tr", "softmax"])
def test_names_that_shadow_functions_are_refused(name: str) -> None:
    with pytest.raises(mg.MatgradError):
        mg.parse(f"sum({name})", f"{name}: matrix(m,n)")
    with pytest.raises(mg.MatgradError):
        mg.parse(f"{name} = t; {name}", X)


def test_python_mistakes_are_ordinary_python_errors() -> None:
    e = mg.parse("x", X)
    for wrong in (lambda: bool(e), lambda: iter(e), lambda: e + "x", lambda: e @ None):
        with pytest.raises((TypeError, mg.MatgradError)):
            wrong()


# --- fuzz --------------------------------------------------------------------------------------------------

TOKENS = (
    "X A S x y t k i N n m sigma dX Y 1 2 0 0.5 1e3 -1 + - * / .* ./ .^ ^ ' ( ) [ ] , ; : = == >= < | || .. where @ ** .T T ^T ^-1 "
    "tr( sum( inv( det( logdet( exp( log( diag( vec( kron( norm2( softmax( max( sum(i,1..n, [X,A] x[i] S[:,1] pi eye(n) ones(m) K(m,n) "
    "ᵀ ⁻¹ ⊙ ⊗ ‖ ² ₂ Σ μ （ ） ， − · σ unvec( unit( diff( zeros( adj( sqrt( abs( relu( sigma'( tanh'( [ ; ]"
).split()
token_text = st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join) | st.lists(st.sampled_from(TOKENS), max_size=10).map("".join)
WRT = ["X", "x", "S", "t", "x'", "X[i,k]", "X[:,1]", "x[2]", "Y", "k", "X,x", "X'", "t,t"]
FUZZ = X + "; sigma: elementwise; k: integer"


TEXTS = [
    "X[9999999999]",
    "x[1,2,3]",
    "Y = 2 + 2; (Y + Y)*t",
    "0^-1",
    "0/0",
    "S^(1/2)",
    "x^-1",
    "\x00",
    "\ud800",
    "x[i]",
    "t!",
    "é",
    "²",
    "1..",
    "Y[i] = x[i]; Y[1]",
    "Y[i,j = x",
]
DECLARES = [
    "x[i]: vector(n), i=1..",
    "x: vector(n+)",
    "x: vector(-n)",
    "x: vector(²)",
    "x: vector(n*)",
    "A(): matrix(m,n)",
]
QUESTIONS = [
    ("Y = 2 + 2; (Y + Y)*t", "t", 1),
    ("tr(S^k)", "k", 1),
    ("x'*x", "x[2]", 1),
    ("1/(t - t)", "t", 1),
    ("sum(x .^ 0)", "x", 2),
    ("0*tr(S)", "S", 2),
    ("Y = x; Y'*Y", "Y", 2),
    ("kron(x, x)", "x", 1),
    ("[x; t]'*[x; t]", "x", 2),
    ("vec(X)'*vec(X)", "X", 2),
]


def parse_or_refuse(text: str) -> None:
    for declare in (None, FUZZ):
        try:
            str(mg.parse(text, declare))
        except mg.MatgradError as error:
            assert error.message and str(error)


def read_or_refuse(declare: str) -> None:
    try:
        mg.parse("1", declare)
    except mg.MatgradError as error:
        assert error.message and str(error)


def answer_or_refuse(text: str, wrt: str, order: int) -> None:
    try:
        d = mg.derive(text, wrt, FUZZ, order=order)
        str(d)
        for step in d.steps:
            assert repr(step) and step.law and step.why
    except mg.MatgradError as error:
        assert error.message and str(error)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_odd_texts(text: str) -> None:
    parse_or_refuse(text)


@pytest.mark.parametrize("declare", DECLARES, ids=ascii)
def test_odd_declarations(declare: str) -> None:
    read_or_refuse(declare)


@pytest.mark.parametrize(("text", "wrt", "order"), QUESTIONS)
def test_odd_questions(text: str, wrt: str, order: int) -> None:
    answer_or_refuse(text, wrt, order)


@settings(max_examples=1500)
@given(text=token_text | st.text(max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    parse_or_refuse(text)


@settings(max_examples=500)
@given(text=st.text(alphabet="Xxmn:;,()[]=.1i >0 scalarmtixvo\n", max_size=40) | st.text(max_size=20))
def test_any_declaration_is_read_or_refused(text: str) -> None:
    read_or_refuse(text)


@settings(max_examples=700)
@given(text=token_text, wrt=st.sampled_from(WRT), order=st.sampled_from([1, 1, 1, 2]))
def test_any_question_is_answered_or_refused(text: str, wrt: str, order: int) -> None:
    answer_or_refuse(text, wrt, order)


def test_sums_and_products_nested_too_deep_are_refused_in_a_sentence() -> None:
    x, a = mg.matrix("X", "n", "n"), mg.matrix("A", "n", "n")
    e = x
    for _ in range(5000):
        e = e @ a + x
    with pytest.raises(mg.LimitError, match="give some of the intermediates a name"):
        mg.derive(mg.tr(e), x)


def test_named_intermediates_may_be_as_deep_as_one_likes() -> None:
    text = "h0 = X; " + "; ".join(f"h{i} = h{i - 1}*A + X" for i in range(1, 600)) + "; tr(h599)"
    found = mg.derive(text, "X", "X: matrix(n,n); A: matrix(n,n)")
    assert len(str(found.value)) < 20_000
