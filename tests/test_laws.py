"""Table 4: both sides of every law at random points, sizes 1 among them; and the rewriting does what the law says."""

import pytest

import matgrad as mg
from matgrad.check.harness import EXACT, check_law
from matgrad.core.rows import LAWS, Row
from matgrad.simplify.match import sides
from matgrad.simplify.normal import normal


def names(row: Row) -> str:
    return row.left


@pytest.mark.parametrize("seed", (0, 1))
@pytest.mark.parametrize("law", LAWS, ids=names)
def test_both_sides_agree(law: Row, seed: int) -> None:
    assert check_law(law, seed=seed) <= EXACT


@pytest.mark.parametrize("law", LAWS, ids=names)
def test_both_sides_have_one_normal_form(law: Row) -> None:
    left, right = sides(law)
    assert normal(left) is normal(right)


@pytest.mark.parametrize("law", LAWS, ids=names)
def test_the_normal_form_is_at_rest(law: Row) -> None:
    for side in sides(law):
        assert normal(normal(side)) is normal(side)


def test_a_false_law_is_told_apart() -> None:
    assert not mg.equal("(A*B)'", "A'*B'", "A: matrix(n,n); B: matrix(n,n)")
