"""Table 5: draw inputs with a fact, apply the operation, verify the fact on the numbers."""

import numpy as np
import pytest

import matgrad as mg
from matgrad.check.harness import PROPERTIES, check_created, check_facts, check_implication, check_preserved, holds
from matgrad.core.facts import facts
from matgrad.core.tables import CREATES, IMPLIES, PRESERVES


@pytest.mark.parametrize("fact", IMPLIES)
def test_implication(fact: str) -> None:
    assert set(IMPLIES[fact]) <= check_implication(fact)


@pytest.mark.parametrize(("operation", "fact"), [(op, f) for op, fs in PRESERVES.items() for f in fs])
def test_preserved(operation: str, fact: str) -> None:
    assert fact in check_preserved(operation, fact)


@pytest.mark.parametrize("operation", CREATES)
def test_created(operation: str) -> None:
    assert set(CREATES[operation]) <= check_created(operation)


DECLARED = """A: matrix(m,n); B: matrix(m,n); C: matrix(n,n); M: symmetric(n); N1: symmetric(n); P: posdef(n); R: psd(n); Q: orthogonal(n);
D: diagonal(n); E: diagonal(n); L: lower(n); U: upper(n); W: skew(n); V: invertible(n); Z: invertible(n); F: matrix(m,n) full_column_rank;
x: vector(n); u: vector(n) > 0; c: scalar; lambda: scalar > 0; rho: scalar >= 0; k: integer"""

INFERRED = [
    ("A'*A", {"psd"}), ("A*A'", {"psd"}), ("A'*A + P", {"posdef"}), ("A'*A + lambda*eye(n)", {"posdef"}), ("F'*F", {"posdef"}),
    ("M*P*M", {"psd"}), ("M*M", {"psd"}), ("V*P*V'", {"posdef"}), ("C + C'", {"symmetric"}), ("C*M*C'", {"symmetric"}),
    ("A*P*A'", {"psd"}), ("A*D*A'", {"symmetric"}), ("Q*Q", {"orthogonal"}), ("Q'*P*Q", {"posdef"}), ("L*L", {"lower"}), ("L'", {"upper"}),
    ("L*L'", {"psd"}), ("U'*U", {"psd"}), ("V*Z", {"invertible"}), ("inv(P)", {"posdef"}), ("lambda*P", {"posdef"}), ("rho*P", {"psd"}),
    ("D*E", {"diagonal"}), ("c*W", {"skew"}), ("W'", {"skew"}), ("x*x'", {"psd"}), ("x'*P*x", {"nonnegative"}), ("x'*x", {"nonnegative"}),
    ("exp(M)", {"symmetric", "positive"}), ("M .* N1", {"symmetric"}), ("P .* R", {"psd"}), ("P^2", {"posdef"}), ("diag(u)", {"posdef"}),
    ("diag(exp(x))", {"posdef"}), ("x .^ 2", {"nonnegative"}), ("u .^ c", {"positive"}), ("kron(P, P)", {"posdef"}), ("[M, M; M, M]", set()),
    ("sigmoid(x)", {"positive"}), ("1 + exp(x)", {"positive"}), ("logsumexp(x)", set()), ("-P", {"symmetric"}), ("P - R", {"symmetric"}),
    ("0*V", set()), ("c*V", set()), ("c*P", {"symmetric"}), ("V + Z", set()), ("M*N1", set()), ("P*R", set()), ("W*W", set()),
    ("M .^ 2", {"symmetric", "nonnegative"}), ("x*u'", set()), ("sqrt(u)", {"positive"}), ("abs(A)", {"nonnegative"}), ("-u", set()),
    ("P .* M", {"symmetric"}), ("adj(P)", {"posdef"}), ("tr(P)", set()), ("M^k", {"symmetric"}), ("P*c*P", {"symmetric"}), ("eye(n) - P", {"symmetric"}),
    ("A*0*A'", {"symmetric"}), ("x .^ 3", set()), ("(1 + k)*P", set()), ("M + c", set()), ("max(0, x)", set()), ("min(u, x)", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "least"), INFERRED, ids=[text for text, _ in INFERRED])
def test_whatever_is_inferred_holds(text: str, least: set[str]) -> None:
    assert least <= check_facts(mg.parse(text, DECLARED), count=12)


EXAMPLES = {
    "symmetric": ([[1, 2], [2, 3]], [[1, 2], [2.001, 3]]),
    "hermitian": ([[1, 2 + 1j], [2 - 1j, 3]], [[1, 2 + 1j], [2 + 1j, 3]]),
    "binary": ([[1, 0], [0, 1]], [[1, 0.999], [0, 1]]),
    "above_one": ([[2, 3], [1.5, 4]], [[2, 3], [1, 4]]),
    "toeplitz": ([[1, 2], [3, 1]], [[1, 2], [3, 1.001]]),
    "skew": ([[0, 2], [-2, 0]], [[0.001, 2], [-2, 0]]),
    "diagonal": ([[1, 0], [0, 3]], [[1, 0.001], [0, 3]]),
    "lower": ([[1, 0], [2, 3]], [[1, 0.001], [2, 3]]),
    "upper": ([[1, 2], [0, 3]], [[1, 2], [0.001, 3]]),
    "posdef": ([[2, 1], [1, 2]], [[1, 2], [2, 1]]),
    "psd": ([[1, 1], [1, 1]], [[1, 1.001], [1.001, 1]]),
    "invertible": ([[1, 2], [3, 4]], [[1, 2], [2, 4]]),
    "orthogonal": ([[0, 1], [-1, 0]], [[0, 1.001], [-1, 0]]),
    "full_column_rank": ([[1, 0], [0, 1], [1, 1]], [[1, 1], [1, 1], [1, 1]]),
    "full_row_rank": ([[1, 0, 1], [0, 1, 1]], [[1, 1, 1], [1, 1, 1]]),
    "onehot": ([[0, 1], [1, 0]], [[1, 1], [1, 0]]),
    "positive": ([[1, 2]], [[1, 0]]),
    "nonnegative": ([[1, 0]], [[1, -0.001]]),
    "integer": ([[2]], [[2.001]]),
}


@pytest.mark.parametrize("fact", PROPERTIES)
def test_a_property_is_told_from_its_absence(fact: str) -> None:
    good, bad = (np.array(a) * 1.0 for a in EXAMPLES[fact])
    assert holds(fact, good)
    assert not holds(fact, bad)


@pytest.mark.parametrize("fact", sorted(set(PROPERTIES) - {"integer"}))
def test_declared_facts_reach_the_expression(fact: str) -> None:
    assert fact in facts(mg.parse("X", f"X: matrix(n,n) {fact}"))
