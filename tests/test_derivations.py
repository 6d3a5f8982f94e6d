"""Every line of every derivation is an equation that can be evaluated, and is; a line that is wrong is caught."""

import pytest

import matgrad as mg
from draws import TurnedDown, assume, examples
from expressions import DECLARE, Node, scalars
from matgrad.core import expr as ex
from matgrad.core.trace import Step
from textbook import CASES, FURTHER, Case


def derivation(case: Case) -> mg.Derivation:
    return mg.derive(case.text, case.wrt, case.declare)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_lines_replay(case: Case) -> None:
    d = derivation(case)
    assert d.steps and d.verify()


@pytest.mark.parametrize(("case", "order", "layout"), FURTHER, ids=lambda v: str(v))
def test_the_lines_of_other_derivatives_replay(case: Case, order: int, layout: str) -> None:
    d = mg.derive(case.text, case.wrt, case.declare, order=order, layout=layout)
    assert d.steps and d.verify()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_lines_follow_one_another(case: Case) -> None:
    """Within a stage the right side of a line is the left side of the next."""
    for stage in derivation(case).result.stages:
        for first, second in zip(stage.steps, stage.steps[1:]):
            if first.kind == "rewrite":  # the function itself is rewritten, then its differential is taken
                assert ex.formal_d(first.after) in ex.postorder(second.before)
            else:
                assert first.after is second.before


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_line_says_by_which_law(case: Case) -> None:
    for step in derivation(case).steps:
        assert step.laws and step.law and step.why and step.before is not step.after


def corrupted(step: Step) -> Step:
    return Step(step.kind, step.before, ex.mul(ex.num(1.001), step.after), step.laws)


@pytest.mark.parametrize("case", CASES[::4], ids=str)
def test_any_line_wrong_by_a_tenth_of_a_percent_is_caught(case: Case) -> None:
    d = derivation(case)
    for stage in d.result.stages:
        for i, step in enumerate(stage.steps):
            stage.steps[i] = corrupted(step)
            assert not d.verify(), f"line {i} was changed to {stage.steps[i]}"
            stage.steps[i] = step
    assert d.verify()


def test_a_transposed_answer_is_caught() -> None:
    d = mg.derive("tr(A*X)", "X", "A: matrix(n,n); X: matrix(n,n)")
    d.result.values[0] = ex.transpose(d.value)
    assert d.check().passed is False


@pytest.mark.parametrize("case", CASES[::4], ids=str)
def test_an_answer_wrong_by_a_tenth_of_a_percent_is_caught(case: Case) -> None:
    d = derivation(case)
    d.result.values[0] = ex.mul(ex.num(1.001), d.value)
    assert d.check().passed is False


@examples(120, node=scalars("X"))
def test_random_derivations_replay(node: Node) -> None:
    assume("X" in node.text)
    assert mg.derive(node.text, "X", DECLARE).verify()


@examples(60, node=scalars("x", 3))
def test_random_hessian_derivations_replay(node: Node) -> None:
    assume(";" not in node.text)
    try:
        d = mg.derive(f"({node})*x'*x", "x", DECLARE, order=2)
    except mg.UnsupportedError:
        raise TurnedDown from None  # det(x*x') has no second derivative by the rows, and matgrad says so
    assert d.verify()


def test_several_variables_share_one_derivation() -> None:
    d = mg.derive("normF(Y - X*W)^2", "W,X", "Y: matrix(m,p); X: matrix(m,n); W: matrix(n,p)")
    assert list(d.values) == ["W", "X"] and d.verify() and d.check().passed


def test_an_intermediate_has_a_stage_of_its_own() -> None:
    d = mg.derive("tr(Y'*M*Y) where Y = sigma(W*X)", "X", "W: matrix(l,m); X: matrix(m,n); M: symmetric(l); sigma: elementwise")
    assert [None if s.target is None else s.target.data for s in d.result.stages] == [None, "Y"]


# what random search has found, in its shrunk form
FOUND = [
    ("sum(exp(2*2*x))", "x", 1),
    ("exp(2*2*t)*t", "t", 1),
    ("sin(2*A*y*3)'*x", "y", 1),
    ("Y = 0*x + x; sum(Y)*sum(exp(Y))", "x", 1),
    ("Y = 2*2*x; sum(Y[1]*Y)", "x", 1),
    ("Y = 2*2*tanh(y*x'); sum((sum(i, 1..m, Y[i,:]*x) + Y[1,1])*(Y + Y - Y))", "x", 1),
    ("Y = 2 + 2; (Y + Y)*t", "t", 1),
    ("Y = tanh(y*x'); sum(i, 1..m, Y[i,:]*x)*sum(Y)", "x", 1),
    ("sum(i, 1..N, sin(x'*z[i] + sum(k, 1..N, cos(x'*z[k]))))", "x", 1),
    ("tr(A*B*S^(-2))", "S", 1),
    ("det(S)", "S", 2),
    ("x[2]^2*x[1]", "x", 2),
]


FOUND_IN = "x: vector(n); y: vector(m); t: scalar; A: matrix(n,m); B: matrix(m,n); S: invertible(n); z[i]: vector(n), i=1..N"


@pytest.mark.parametrize(("text", "wrt", "order"), FOUND)
def test_what_random_search_has_found(text: str, wrt: str, order: int) -> None:
    d = mg.derive(text, wrt, FOUND_IN, order=order)
    outcome = d.check()
    assert d.verify() and outcome.passed, repr(outcome)


@pytest.mark.parametrize("kind", ["posdef", "symmetric", "diagonal"])
def test_a_scalar_with_a_transposed_symmetric_factor_is_turned_once(kind: str) -> None:
    d = mg.derive("w'*P'*w", "P", f"P: {kind}(n); w: vector(n)")
    assert d.verify() and d.check()
