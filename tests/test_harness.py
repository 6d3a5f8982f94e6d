"""The harness can fail: every row of every table, wrong by a tenth of a percent, is caught."""

import numpy as np
import pytest

import matgrad as mg
from matgrad.check.draw import draw_values
from matgrad.check.harness import RowError, applied, check_facts, check_law, check_row, densified, direction_of
from matgrad.core.expr import is_zero
from matgrad.core.rows import ADJOINTS, DIFFERENTIALS, KRONECKER, LAWS, Row
from matgrad.simplify.match import sides

ROWS = [r for table in (DIFFERENTIALS, ADJOINTS, KRONECKER, LAWS) for r in table]


def names(row: Row) -> str:
    return f"{row.table}: {row.left}"


def is_nothing(row: Row) -> bool:
    """Whether the right side is 0, which no factor changes."""
    return row.right.startswith("0")


def changed(row: Row, right: str) -> Row:
    return Row(row.table, row.left, right, row.declare)


@pytest.mark.parametrize("row", [r for r in ROWS if not is_nothing(r)], ids=names)
def test_a_right_side_scaled_by_a_tenth_of_a_percent_is_caught(row: Row) -> None:
    with pytest.raises(RowError) as caught:
        check_row(changed(row, f"1.001*({row.right})"))
    assert caught.value.values and not np.array_equal(caught.value.have, caught.value.want)


@pytest.mark.parametrize("row", [r for r in DIFFERENTIALS if is_nothing(r)], ids=names)
def test_a_differential_that_should_vanish_is_caught(row: Row) -> None:
    with pytest.raises(RowError):
        check_row(changed(row, "0.001*dX"))


@pytest.mark.parametrize("row", ROWS, ids=names)
def test_the_rows_themselves_pass_with_another_seed(row: Row) -> None:
    assert check_row(row, seed=17) < 1e-7


WRONG = [
    Row("differential", "inv(S)", "-inv(S)*inv(S)*dS", "S: matrix(n,n)"),
    Row("differential", "logdet(S)", "tr(inv(S)'*dS)", "S: matrix(n,n)"),
    Row("differential", "S^k", "sum(r, 0..k-1, S^r*dS*S^(k-r))", "S: matrix(n,n); k: scalar"),
    Row("differential", "X .^ c", "c*(X .^ (c-1) .* dX)", "X: matrix(m,n); c: scalar"),
    Row("differential", "max(X, Y)", "(X > Y) .* dX", "X: matrix(m,n); Y: matrix(m,n)"),
    Row("differential", "abs(X)", "dX", "X: matrix(m,n)"),
    Row("differential", "tr(X'*X)", "2*tr(X'*dX) + 0.001*tr(dX'*dX)", "X: matrix(m,n)"),
    Row("adjoint", "A*dX", "G*A'", "A: matrix(n,n); X: matrix(n,n); G: matrix(n,n)"),
    Row("adjoint", "dX'", "G", "X: matrix(n,n); G: matrix(n,n)"),
    Row("adjoint", "dX[i,:]", "unit(m,i)*G + unit(m,1)*G/1000", "X: matrix(m,n); i: integer; G: matrix(1,n)"),
    Row("kronecker", "dX'", "K(n,m)'*K(m,n)*K(m,n)", "X: matrix(m,n)"),
    Row("kronecker", "A*dX", "kron(A, eye(n))", "A: matrix(n,n); X: matrix(n,n)"),
    Row("kronecker", "A*dX*B", "kron(A, B')", "A: matrix(n,n); X: matrix(n,n); B: matrix(n,n)"),
    Row("law", "A*B", "B*A", "A: matrix(n,n); B: matrix(n,n)"),
    Row("law", "inv(A)", "A'", "A: invertible(n)"),
    Row("law", "sum(Y)", "1", "Y: onehot(m,n)"),
    Row("law", "K(m,n)*vec(X)", "vec(X)", "X: matrix(m,n)"),
]


@pytest.mark.parametrize("row", WRONG, ids=names)
def test_plausible_mistakes_are_caught(row: Row) -> None:
    with pytest.raises(RowError):
        check_row(row)


def test_the_error_names_the_row_the_point_and_both_numbers() -> None:
    with pytest.raises(RowError) as caught:
        check_law(Row("law", "t + 0*s", "t + s", "t: scalar; s: scalar"))
    message, values = str(caught.value), caught.value.values
    assert "t + 0*s = t + s" in message and f"t = {values['t']}" in message
    assert f"{float(caught.value.have[0, 0]):.3f}"[:4] in message and f"{float(caught.value.want[0, 0]):.3f}"[:4] in message
    assert isinstance(caught.value, AssertionError) and isinstance(caught.value, mg.MatgradError)


MALFORMED = [
    Row("differential", "tr(S)", "dS", "S: matrix(n,n)"),
    Row("law", "A'", "A", "A: matrix(m,n)"),
    Row("adjoint", "A*dX", "A'*A*dX", "A: matrix(m,n); X: matrix(n,q)"),
    Row("adjoint", "A*dX", "A*G", "A: matrix(n,n); X: matrix(n,q); G: matrix(n,n)"),
    Row("adjoint", "A*B", "A'*G", "A: matrix(n,n); B: matrix(n,n); G: matrix(n,n)"),
    Row("kronecker", "A*dX", "A", "A: matrix(m,n); X: matrix(n,q)"),
    Row("kronecker", "dX*dX", "kron(X, X)", "X: matrix(n,n)"),
    Row("law", "log(t)", "log(-(-t))", "t: scalar > 0"),
    Row("law", "sqrt(-1 - x'*x)", "0", "x: vector(n)"),
]


@pytest.mark.parametrize("row", [r for r in MALFORMED if "log(t)" not in r.left], ids=names)
def test_rows_that_make_no_sense_are_refused(row: Row) -> None:
    with pytest.raises(mg.MatgradError):
        check_row(row)


def test_the_densified_map_has_the_basis_in_the_order_of_vec() -> None:
    left, _ = sides(next(r for r in KRONECKER if r.left == "A*dX"))
    values = draw_values([left], np.random.default_rng(0), {"p": 2, "m": 3, "n": 2})
    direction = direction_of(KRONECKER[0], left)
    assert np.allclose(densified(left, direction, values), np.kron(np.eye(2), values["A"]))


def test_a_false_fact_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    e = mg.parse("A*B", "A: symmetric(n); B: symmetric(n)")
    monkeypatch.setitem(e._cache, "facts", frozenset({"symmetric"}))
    with pytest.raises(RowError):
        check_facts(e)


def test_an_operation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(mg.MatgradError):
        applied("frobnicate")


def test_zero_rows_are_what_they_look_like() -> None:
    for row in DIFFERENTIALS:
        if is_nothing(row):
            right = sides(row)[1]
            terms = right.args if right.op.name == "+" else (right,)
            assert all(any(is_zero(factor) for factor in t.args) for t in terms)
