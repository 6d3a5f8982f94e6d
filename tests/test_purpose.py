"""The graded list: textbook results by name. Right, checked by differences, replayed, and as short as the book."""

import re
import statistics

import pytest

import matgrad as mg
from textbook import CASES, FURTHER, Case

LONGEST = 1.25


def tokens(text: str) -> int:
    return len(re.findall(r"[A-Za-z_]\w*'*|\d+\.?\d*|\.\*|\./|\.\^|\S", text))


def form(text: str, expected: str) -> float:
    return tokens(text.split(" where ")[0]) / tokens(expected.split(" where ")[0])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_gradient_is_the_books(case: Case) -> None:
    d = mg.derive(case.text, case.wrt, case.declare)
    assert mg.equal(str(d.value), case.expected, case.declare), f"{d.value} instead of {case.expected}"
    assert form(str(d.value), case.expected) <= LONGEST, f"{d.value} is longer than {case.expected}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_gradient_agrees_with_differences(case: Case) -> None:
    d = mg.derive(case.text, case.wrt, case.declare)
    outcome = d.check(seed=3)
    assert outcome.passed, repr(outcome)
    assert d.steps and d.verify()


@pytest.mark.parametrize(("case", "order", "layout"), FURTHER, ids=lambda v: str(v))
def test_derivatives_of_other_shapes(case: Case, order: int, layout: str) -> None:
    d = mg.derive(case.text, case.wrt, case.declare, order=order, layout=layout)
    assert mg.equal(str(d.value), case.expected, case.declare), f"{d.value} instead of {case.expected}"
    assert form(str(d.value), case.expected) <= LONGEST, f"{d.value} is longer than {case.expected}"
    assert d.steps and d.verify() and d.check(seed=3).passed


def test_the_list_is_long_enough_and_its_median_is_the_books_own_length() -> None:
    ratios = [form(str(mg.derive(c.text, c.wrt, c.declare).value), c.expected) for c in CASES]
    assert len(ratios) >= 60 and statistics.median(ratios) <= 1


DIFFERENTIALS = [
    ("X + Y", "X,Y", "X: matrix(m,n); Y: matrix(m,n)", "dX + dY"),
    ("X*Y", "X,Y", "X: matrix(m,n); Y: matrix(n,p)", "dX*Y + X*dY"),
    ("X'", "X", "X: matrix(m,n)", "dX'"),
    ("inv(X)", "X", "X: invertible(n)", "-inv(X)*dX*inv(X)"),
    ("det(X)", "X", "X: invertible(n)", "det(X)*tr(inv(X)*dX)"),
    ("logdet(X)", "X", "X: invertible(n)", "tr(inv(X)*dX)"),
    ("kron(X, Y)", "X,Y", "X: matrix(m,n); Y: matrix(p,q)", "kron(dX, Y) + kron(X, dY)"),
    ("X .* Y", "X,Y", "X: matrix(m,n); Y: matrix(m,n)", "dX .* Y + X .* dY"),
    ("exp(X)", "X", "X: matrix(m,n)", "exp(X) .* dX"),
    ("tr(X)", "X", "X: matrix(n,n)", "tr(dX)"),
]


@pytest.mark.parametrize(("text", "wrt", "declare", "expected"), DIFFERENTIALS)
def test_differentials(text: str, wrt: str, declare: str, expected: str) -> None:
    d = mg.differential(text, wrt, declare)
    known = d.known
    assert mg.parse(str(d.value), known) is d.value
    assert mg.equal(d.value, mg.parse(expected, known)) and tokens(str(d.value)) <= LONGEST * tokens(expected)
    assert d.check().passed and d.verify()
