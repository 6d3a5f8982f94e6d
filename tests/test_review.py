"""Derivations that people write: right ones pass, a planted mistake is found at its line and called by its name."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import matgrad as mg
from derivations import RIGHT, WRONG, Written
from draws import assume, examples
from expressions import DECLARE, Node, scalars
from matgrad.check.draw import draw_point
from matgrad.check.numeric import Evaluator
from matgrad.check.verify import relative_error
from matgrad.core import expr as ex
from matgrad.language.text import definitions_of, text
from matgrad.review.lines import statements
from textbook import CASES, FURTHER, Case

SEED = 7


@pytest.mark.parametrize("written", RIGHT, ids=str)
def test_a_right_derivation_is_not_faulted(written: Written) -> None:
    review = mg.check_derivation(written.text, written.declare)
    assert review.ok and review.first_error is None, str(review)
    assert any(line.verdict == "right" for line in review.lines)


@pytest.mark.parametrize("written", WRONG, ids=str)
def test_a_planted_mistake_is_found_named_and_faulted_once(written: Written) -> None:
    review = mg.check_derivation(written.text, written.declare)
    assert not review.ok
    wrong = [line for line in review.lines if line.verdict == "wrong"]
    assert [line.number for line in wrong] == [written.line], str(review)
    assert wrong[0] is review.first_error and wrong[0].kind == written.kind, str(review)
    assert wrong[0].expected is not None and wrong[0].message


def test_there_are_thirty_of_each_and_every_kind_occurs() -> None:
    kinds = {w.kind for w in WRONG}
    assert len(RIGHT) >= 30 and len(WRONG) >= 30
    assert kinds >= {"transpose", "product rule", "order", "layout", "inverse", "sign", "factor", "symmetry used", "symmetry unused", "hadamard"}


@pytest.mark.parametrize("written", [w for w in WRONG if w.kind not in ("layout", "jacobian layout")], ids=str)
def test_the_counterexample_is_one(written: Written) -> None:
    """At the point that is shown, the two numbers differ, and the numbers shown are those of matgrad's line where it is one expression."""
    line = mg.check_derivation(written.text, written.declare).first_error
    assert line is not None
    found = line.worst.equality
    if found is None or found.proof == "sizes":
        assert "size" in line.message
        return
    assert found.left is not None and found.right is not None and np.any(found.left != found.right)
    numbers = [float(x) for v in (line.counterexample or {}).values() for x in np.ravel(np.asarray(v, dtype=object))]
    assert numbers and max(map(abs, numbers)) <= 60
    values = Evaluator(line.expected, line.counterexample).run() if line.expected is not None else None
    assert values is not None and relative_error(values, found.left.astype(float)) < 1e-9


# --- matgrad's own derivations --------------------------------------------------------------------------


def printed(d: mg.Derivation) -> tuple[list[str], list[str]]:
    """The definitions and the steps of a derivation, as a person would type them."""
    sides = [e for s in d.steps for e in (s.before, s.after)]
    definitions = [f"{n.data} = {text(n.args[0])}" for n in definitions_of(*sides)]
    return definitions, [f"{text(s.before)} = {text(s.after)}" for s in d.steps]


EVERY = [(c, 1, "denominator") for c in CASES] + FURTHER


@pytest.mark.parametrize(("case", "order", "layout"), EVERY, ids=lambda v: str(v))
def test_the_derivations_of_matgrad_pass(case: Case, order: int, layout: str) -> None:
    definitions, steps = printed(mg.derive(case.text, case.wrt, case.declare, order=order, layout=layout))
    review = mg.check_derivation("\n".join([*definitions, *steps]), case.declare)
    assert review.ok, str(review)


def mutations(right: str) -> list[str]:
    """Slips of the pen in the right side of a line."""
    found = [f"2*({right})", f"-({right})", f"({right})'"]
    for m in re.finditer(r"'|[A-Za-z)](?=[*)])| [+-] |\*(?![*])| \.\* ", right):
        a, b = m.span()
        swap = {"'": "", " + ": " - ", " - ": " + ", "*": " .* ", " .* ": "*"}.get(m[0], m[0] + "'")
        found.append(right[:a] + swap + right[b:])
    for m in re.finditer(r"\b([A-Za-z]\w*)\*([A-Za-z]\w*)\b(?!\()", right):
        found.append(f"{right[: m.start()]}{m[2]}*{m[1]}{right[m.end() :]}")
    return found


def same_by_floats(a: ex.Expr, b: ex.Expr, directions: list[ex.Expr]) -> bool | None:
    """An independent verdict: floats, differentials by differences."""
    if a.rows is not b.rows or a.cols is not b.cols:
        return False
    rng, seen = np.random.default_rng(SEED), None
    for _ in range(5):
        values = draw_point(a, [b, *directions], rng, 4)
        if values is not None:
            try:
                seen = relative_error(Evaluator(a, values).run(), Evaluator(b, values).run()) < 1e-6
            except mg.MatgradError:
                continue
            if not seen:
                return False
    return seen


@pytest.mark.parametrize("case", CASES[::2], ids=str)
def test_a_slip_of_the_pen_in_a_derivation_of_matgrad_is_never_passed(case: Case) -> None:
    d = mg.derive(case.text, case.wrt, case.declare)
    definitions, steps = printed(d)
    choices = [i for i, s in enumerate(d.steps) if not any(e.op is ex.D for e in ex.postorder(s.after))]
    rng = random.Random(f"{SEED} {case}")
    for _ in range(2):
        i = rng.choice(choices)
        slipped = rng.choice(mutations(text(d.steps[i].after)))
        left = text(d.steps[i].before)
        try:
            changed = mg.parse("; ".join([*definitions, slipped]), case.declare)
            same = same_by_floats(d.steps[i].before, changed, [ex.dvar(t.leaf) for t in d.result.targets])
        except mg.ShapeError:
            same = False
        except mg.ParseError:  # ones(m') is no line at all
            continue
        review = mg.check_derivation("\n".join([*definitions, *steps[:i], f"{left} = {slipped}", *steps[i + 1 :]]), case.declare)
        assert not review.ok or same is not False, f"seed {SEED}: {left} = {slipped} was passed\n{review}"
        if same is False:
            assert review.first_error is not None, str(review)


# --- verdicts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "declare"),
    [
        ("tr(A*B) = tr(A)*tr(B)", "A: matrix(n,n); B: matrix(n,n)"),  # at size 1 only
        ("A*B = B*A", "A: matrix(n,n); B: matrix(n,n)"),
        ("vec(X') = vec(X)", "X: matrix(m,n)"),
        ("A' = A", "A: matrix(n,n)"),  # for symmetric matrices only
        ("x'*A*y = y'*A*x", "A: matrix(n,n); x: vector(n); y: vector(n)"),
        ("A + 1e-12*A = A", "A: matrix(n,n)"),  # by very little
        ("sigma'(x) = 1 - sigma(x) .^ 2", "sigma: elementwise; x: vector(n)"),  # for one function only
        ("sigma(x) = tau(x)", "sigma: elementwise; tau: elementwise; x: vector(n)"),
    ],
)
def test_what_holds_only_sometimes_does_not_pass(line: str, declare: str) -> None:
    review = mg.check_derivation(line, declare)
    assert review.lines[0].verdict == "wrong" and review.lines[0].counterexample


@pytest.mark.parametrize(
    ("written", "declare", "why"),
    [
        ("sqrt(-x'*x - 1) = log(-x'*x - 2)", "x: vector(n)", "no point"),  # neither side is defined anywhere
        ("f = tr(expm(X))\ndf = tr(expm(X)*dX)", "X: matrix(n,n)", "no rule is known"),
        ("f = norm2(X*w - y)^2\n∂f/∂w = 2*X'*(X*w - y)\n∂f/∂w = 0\nw = inv(X'*X)*X'*y", "", "equation to solve"),
        ("f = sum(sqrt(-x .^ 2 - 1))\ndf = 0*sum(dx)", "x: vector(n)", "could not be checked"),
    ],
)
def test_what_cannot_be_decided_is_said_and_is_not_right(written: str, declare: str, why: str) -> None:
    review = mg.check_derivation(written, declare)
    assert not review.ok and review.first_error is None
    assert "undecided" in review.lines[-1].message and why in review.lines[-1].message
    assert "未判定" in review.explain(lang="zh")


def test_an_identity_may_begin_with_a_variable() -> None:
    assert mg.check_derivation("x = Q'*Q*x\nA = (A')' = A", "Q: orthogonal(n); x: vector(n); A: matrix(n,n)").ok


def test_what_varies_is_what_a_paragraph_writes() -> None:
    declare = "X: matrix(n,n); Y: matrix(n,n)"
    assert not mg.check_derivation("d(X*Y) = dX*Y\nd(Y) = dY", declare).ok
    assert mg.check_derivation("d(X*Y) = dX*Y\n\nd(Y) = dY", declare).ok
    assert "if only X varied" in mg.check_derivation("d(X*Y) = dX*Y\nd(Y) = dY", declare).lines[0].message


def test_after_a_wrong_line_the_next_are_judged_by_it() -> None:
    written = "f = x'*A*x\ndf = 2*x'*A*dx + b'*dx\n   = (2*A'*x + b)'*dx\n∂f/∂x = 2*A'*x + b\n      = (A + A')*x\n      = A*x"
    review = mg.check_derivation(written, "A: matrix(n,n); x: vector(n); b: vector(n)")
    assert [line.verdict for line in review.lines] == ["definition", "wrong", "follows", "follows", "right", "wrong"]


def test_a_definition_may_be_wrong_under_way_and_what_follows_from_it_is_one_mistake() -> None:
    review = mg.check_derivation("f = (x - a)'*(x - a)\n  = x'*x - a'*a\ndf = 2*x'*dx\n∂f/∂x = 2*x", "x: vector(n); a: vector(n)")
    assert [line.verdict for line in review.lines] == ["definition", "wrong", "follows", "follows"]


LAWS = [
    ("tr(A*X*B) = tr(B*A*X)", "tr(A B) = tr(B A)"),
    ("tr(A*X*B) = tr(B'*X'*A')", "tr(Aᵀ) = tr(A)"),
    ("(A*X)' = X'*A'", "(A B)ᵀ = Bᵀ Aᵀ"),
    ("vec(A*X*B) = kron(B', A)*vec(X)", "kron(A, B) vec(X) = vec(B X Aᵀ)"),
    ("vec(X') = K(m,n)*vec(X)", "K(m,n) vec(X) = vec(Xᵀ)"),
    ("x'*S*y = y'*S'*x", "a scalar is its own transpose"),
    ("log(det(S)) = logdet(S)", "log(det(S)) = logdet(S)"),
    ("d(inv(S)) = -inv(S)*dS*inv(S)", "d S⁻¹ = -S⁻¹ dS S⁻¹"),
    ("d(A*X*B) = dA*X*B + A*dX*B + A*X*dB", "product rule"),
    ("tr((C .* X)'*D) = tr((C .* D)'*X)", "tr(Aᵀ (B ⊙ C)) = tr((A ⊙ B)ᵀ C)"),
]


@pytest.mark.parametrize(("line", "law"), LAWS)
def test_the_law_is_named(line: str, law: str) -> None:
    declare = "A: matrix(p,m); X: matrix(m,n); B: matrix(n,p); S: matrix(k,k); x: vector(k); y: vector(k); C: matrix(m,n); D: matrix(m,n)"
    review = mg.check_derivation(line, declare)
    assert review.ok and law in review.lines[0].law, str(review)


# --- reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "f = tr(A*X); df = tr(A*dX); ∂f/∂X = A'",
        "f = tr(A*X)\n\ndf = tr(A*dX)   # a remark\n  =\n tr(dX*A)\n\ngradient(f, X) = A'",
        "f(X) = tr(A X)\ndf/dX = Aᵀ\n∇f = A'\n∇_X f = A'\ngrad f = A'\ngrad = A'".replace("grad f = A'\n", ""),
        "f = tr(A*Y) where Y = X\n(∂f/∂X)' = A",
        "f = tr(A*\n  X)\ndf = tr(A*dX)\n  + 0*tr(dX*A)",
        "df = tr(A*dX)\n∂f/∂X = A'",
        "f ＝ tr（A*X）\ndf ＝ tr（A*dX）  % 微分",
        "\\begin{aligned}\nf &= tr(A*X) \\\\\ndf &= tr(A*dX) \\\\\n   &= tr(dX*A)\n\\end{aligned}",
        "f = x'*S*x; d²f = 2*dx'*S*dx; d(df) = d²f",
        "f = x'*S*x; ∂²f/∂x² = 2*S; ∇²f = 2*S; hess(f, x) = 2*S; ∂²f/∂x∂xᵀ = 2*S",
    ],
)
def test_ways_to_write_it(written: str) -> None:
    review = mg.check_derivation(written, "A: matrix(n,m); X: matrix(m,n); S: symmetric(k); x: vector(k)")
    assert review.ok and any(line.verdict == "right" for line in review.lines), str(review)


@pytest.mark.parametrize(
    ("written", "says", "line", "column"),
    [
        ("f = tr(A*X)\ndf = tr(A*dX", "never closed", 2, 7),
        ("f = tr(A*X)\ndf = tr(A*dX\n∂f/∂X = A'", "never closed", 2, 7),
        ("f = tr(A*X)\n\ndf = tr(foo(A)*dX)", "unknown function", 3, 8),
        ("f = tr(A*X)\ndf = tr(A*/dX)", "operand is missing", 2, 10),
        ("f = tr(A*X)\ndf = \n\n∂f/∂X = A'", "one side of '='", 2, 4),
        ("f = tr(A*X)\n∂g/∂X = A'", "g is not defined", 2, 0),
        ("f = tr(A*X)\n∂f/∂Z = A'", "Z does not occur", 2, 0),
        ("f = u'*A*v\n∇f = A*v", "by which variable", 2, 0),
        ("f = tr(A*X) § 2", "not part of the language", 1, 12),
        ("f = tr(A)*X + f", "defined by itself", 1, 0),
        ("= 3", "no left side", 1, 0),
        ("# nothing\n", "no line to check", 0, 0),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_a_caret(written: str, says: str, line: int, column: int) -> None:
    with pytest.raises(mg.MatgradError, match=re.escape(says)) as caught:
        mg.check_derivation(written)
    if line:
        error = caught.value
        assert error.text is not None and error.span is not None
        assert error.text.count("\n", 0, error.span[0]) + 1 == line
        assert error.span[0] - (error.text.rfind("\n", 0, error.span[0]) + 1) == column
        assert str(error).splitlines()[-1].strip("^ ") == ""


def test_sizes_that_do_not_fit_are_a_fault_of_that_line_and_mended() -> None:
    review = mg.check_derivation("f = tr(A*X*B)\ndf = tr(A*dX*B)\n∂f/∂X = A*B\n      = A*B", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,p)")
    assert [line.verdict for line in review.lines] == ["definition", "right", "wrong", "undecided"]
    line = review.lines[2]
    assert "inner sizes" in line.message and line.kind == "transpose" and str(line.expected) == "A'*B'"


def test_places_are_those_of_the_text() -> None:
    written = "Y = X'*X;  f = tr(Y)\n# remark\ndf = 2*tr(X*dX)"
    line = mg.check_derivation(written, "X: matrix(n,n)").first_error
    assert line is not None and line.number == 3 and written[slice(*line.position)] == "2*tr(X*dX)"
    assert [s.number for s in statements(written)] == [1, 1, 3]


@pytest.mark.parametrize("written", ["f = " + "(" * 300 + "x" + ")" * 300, "f = x\n" * 600])
def test_limits(written: str) -> None:
    with pytest.raises(mg.LimitError):
        mg.check_derivation(written)


# --- pages --------------------------------------------------------------------------------------------------


def test_pages_in_both_languages_and_all_formats() -> None:
    review = mg.check_derivation("f = x'*A*x\ndf = 2*x'*A*dx\n∂f/∂x = 2*A*x", "A: matrix(n,n); x: vector(n)")
    english, chinese = str(review), review.explain(lang="zh")
    assert "symmetric A, which is not declared" in english and "matgrad has" in english and "For example at" in english
    assert "A 对称时才成立" in chinese and "由上面的错行推出" in chinese and "例如取" in chinese
    assert "| ✗ | 2 |" in review.explain(format="markdown")
    assert '<tr class="wrong">' in review.explain(format="html") and "x&#x27;*A*x" in review.explain(format="html")
    assert review.explain(ascii=True).isascii()
    for bad in ({"lang": "fr"}, {"format": "pdf"}):
        with pytest.raises(mg.MatgradError, match="unknown"):
            review.explain(**bad)


def test_json() -> None:
    found = json.loads(json.dumps(mg.check_derivation("f = tr(A*X)\n∂f/∂X = A", "A: matrix(n,n); X: matrix(n,n)").to_json()))
    assert found["ok"] is False and found["first_error"] == 1
    assert found["lines"][1]["kind"] == "layout" and found["lines"][1]["expected"] == "A'" and found["lines"][1]["line"] == 2
    assert found["lines"][1]["counterexample"]


def run(*args: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    environment = {**__import__("os").environ, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}
    return subprocess.run([sys.executable, "-m", "matgrad", *args], input=stdin, capture_output=True, env=environment, timeout=120)


def test_the_command_line(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("f = x'*A*x\n∂f/∂x = 2*A*x\n", encoding="utf-8")
    bad.write_text("f = tr(A*X\n", encoding="utf-8")
    done = run("check", str(good), "--declare", "A: symmetric(n); x: vector(n)", "--lang", "zh")
    assert done.returncode == 0 and "每一行都成立" in done.stdout.decode()
    done = run("check", "-", "--json", stdin=good.read_bytes())
    assert done.returncode == 1 and json.loads(done.stdout)["lines"][1]["kind"] == "symmetry used"
    for file, says in ((bad, b"never closed"), (tmp_path / "none.txt", b"cannot be read")):
        done = run("check", str(file))
        assert done.returncode == 2 and says in done.stderr and b"Traceback" not in done.stderr


@examples(40, node=scalars("X"))
def test_random_functions_with_their_differential_and_gradient_pass(node: Node) -> None:
    assume(";" not in node.text and "X" in node.text)
    lines = [f"f = {node.text}", f"df = {mg.differential(node.text, 'X', DECLARE).value}", f"∂f/∂X = {mg.derive(node.text, 'X', DECLARE).value}"]
    review = mg.check_derivation("\n".join(lines), DECLARE)
    assert not any(line.verdict in ("wrong", "follows") for line in review.lines), str(review)


FAMILY = "x[i]: vector(n), i=1..N; mu: vector(n)"


@pytest.mark.parametrize(
    ("line", "right"),
    [("∂f/∂x[k] = 2*(x[k]-mu)", True), ("∂f/∂x[2] = 2*(x[2]-mu)", True), ("∂f/∂x[k] = 2*(x[1]-mu)", False), ("∂f/∂x[k] = 2*(mu-x[k])", False)],
)
def test_derivatives_by_a_member_of_a_family(line: str, right: bool) -> None:
    found = mg.check_derivation(f"f = sum(i,1..N, norm2(x[i]-mu)^2)\n{line}", FAMILY)
    assert found.ok is right and (right or found.first_error is found.lines[1])


def test_a_wrong_line_does_not_decide_what_the_names_are() -> None:
    found = mg.check_derivation("f = norm2(X*w-y)^2\ndf = 2*(X*w-y)*X*dw")
    assert not found.ok and found.first_error is found.lines[1]
