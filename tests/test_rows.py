"""Tables 1 to 3: every row by numbers. A new row enrols itself."""

import pytest

import matgrad  # noqa: F401  (loads the rule pages)
from matgrad.check.harness import DIFFERENCES, EXACT, check_adjoint, check_differential, check_kronecker
from matgrad.core.rows import ADJOINTS, DIFFERENTIALS, KRONECKER, Row

SEEDS = (0, 1)


def names(row: Row) -> str:
    return row.left


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("row", DIFFERENTIALS, ids=names)
def test_differential(row: Row, seed: int) -> None:
    assert check_differential(row, seed=seed) <= DIFFERENCES


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("row", ADJOINTS, ids=names)
def test_adjoint(row: Row, seed: int) -> None:
    assert check_adjoint(row, seed=seed) <= EXACT


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("row", KRONECKER, ids=names)
def test_kronecker(row: Row, seed: int) -> None:
    assert check_kronecker(row, seed=seed) <= EXACT
