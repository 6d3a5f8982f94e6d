"""The tables as a whole: no row is missing, no row is an orphan, no reason is left out."""

import numpy as np
import pytest

import matgrad  # noqa: F401  (loads the rule pages)
from matgrad.calculus.differentiate import rows_for
from matgrad.check.draw import draw_values
from matgrad.check.harness import PROPERTIES, STRUCTURAL, applied
from matgrad.check.numeric import RULES, Evaluator
from matgrad.core import expr as ex
from matgrad.core.op import OPS, Op
from matgrad.core.rows import ADJOINTS, DEFINITIONS, DERIVATIVES, DIFFERENTIALS, KRONECKER, LAWS
from matgrad.core.tables import CREATES, EXTRA, IMPLIES, PRESERVES, TYPES
from matgrad.simplify.match import sides

WITHOUT_DIFFERENTIAL = {"expm", "logm", "sqrtm", "eigvecs", "polar"}
STRUCTURE = [v for v in vars(ex).values() if isinstance(v, Op)] + list(ex.COMPARE.values())


def test_every_linear_block_has_an_adjoint_and_a_kronecker_form() -> None:
    assert [r.left for r in ADJOINTS] == [r.left for r in KRONECKER]


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.linear])
def test_linear_functions_have_rows_in_tables_2_and_3(name: str) -> None:
    for table in (ADJOINTS, KRONECKER):
        assert any(sides(r)[0].op is OPS[name] for r in table)


@pytest.mark.parametrize("name", OPS)
def test_every_function_is_linear_or_has_a_differential(name: str) -> None:
    op = OPS[name]
    plain = [r for r in rows_for(op) if all(a.op is ex.VAR for a in sides(r)[0].args)]
    assert op.linear or plain or name in WITHOUT_DIFFERENTIAL


def test_the_list_of_exceptions_is_not_longer_than_it_must_be() -> None:
    assert not [name for name in WITHOUT_DIFFERENTIAL if rows_for(OPS[name])]


@pytest.mark.parametrize("name", OPS)
def test_every_function_has_a_numeric_spelling(name: str) -> None:
    assert OPS[name].numpy
    e = applied(name)
    values = draw_values([e], np.random.default_rng(0), {"m": 3, "n": 4, "k": 2}, "unit")
    sizes = {"m": 3, "n": 4, "k": 2}
    assert Evaluator(e, values).run().shape == (e.rows.evaluate(sizes), e.cols.evaluate(sizes))


@pytest.mark.parametrize("op", STRUCTURE, ids=lambda op: op.name)
def test_every_structural_operation_can_be_evaluated(op: Op) -> None:
    assert op in RULES


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.elementwise])
def test_every_element_wise_function_has_a_derivative(name: str) -> None:
    assert DERIVATIVES[name]


def test_named_derivatives_are_functions_themselves() -> None:
    used = {f"{name}'" for name, text in DERIVATIVES.items() if f"{name}'(X)" in text}
    assert used == {name for name in OPS if name.endswith("'")} == set(DEFINITIONS)


@pytest.mark.parametrize("law", LAWS, ids=lambda r: r.left)
def test_every_law_says_why_it_terminates(law: object) -> None:
    assert law.why.strip()  # type: ignore[attr-defined]


def test_no_row_is_written_twice() -> None:
    for table in (DIFFERENTIALS, ADJOINTS, KRONECKER, LAWS):
        keys = [(r.left, r.declare, r.constant) for r in table]
        assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("row", ADJOINTS, ids=lambda r: r.left)
def test_every_trace_trick_is_worded_in_both_languages(row: object) -> None:
    assert row.note and row.zh  # type: ignore[attr-defined]


@pytest.mark.parametrize("operation", sorted({*PRESERVES, *CREATES}))
def test_table_5_speaks_of_operations_that_exist(operation: str) -> None:
    assert operation in OPS or operation in STRUCTURAL


def test_every_fact_can_be_verified() -> None:
    named = {f for table in (TYPES, IMPLIES, PRESERVES, CREATES) for facts in table.values() for f in facts}
    assert named | set(IMPLIES) | set(EXTRA) <= set(PROPERTIES)
