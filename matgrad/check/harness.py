"""The table harness: every row is an equation, and every equation is tried at random points.

| table       | what must agree                                              | with what                          |
|-------------|--------------------------------------------------------------|------------------------------------|
| differential| d f(X), at random X and dX                                   | finite differences of f            |
| adjoint     | ⟨M(G), dX⟩                                                   | ⟨G, L(dX)⟩, the dot test           |
| kronecker   | M                                                            | the matrix of L, column by column  |
| law         | the right side                                               | the left side                      |
| fact        | the property                                                 | the array the operation gives      |

Sizes are random, 1 among them. Every function returns the largest relative error it saw and raises RowError
with the row, the point and the two numbers where they disagree. Rows of your own are tested the same way:

>>> from matgrad.core.rows import Row
>>> check_differential(Row("differential", "tr(X'*X)", "2*tr(X'*dX)", "X: matrix(m,n)")) < 1e-8
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ..core import expr as ex
from ..core.dims import Dim
from ..core.expr import Expr
from ..core.facts import closure, facts
from ..core.op import OPS
from ..core.rows import Row
from ..errors import MatgradError, Series
from ..simplify.match import sides
from .declared import ENTRY_FACTS, MATRIX_FACTS, near
from .draw import MANNERS, Rng, all_finite, draw_values, shaped
from .kernels import Array, vec
from .numeric import Evaluator, Values, directional, input_name
from .verify import relative_error

EXACT = 1e-9  # two ways of computing one number: rounding alone
DIFFERENCES = 1e-7  # extrapolated central differences
POINTS = 6
LARGEST = 4
TRIES = 60


class RowError(MatgradError, AssertionError):
    """A row that is false: the row, the point, and the two numbers."""

    def __init__(self, row: object, have: object, want: object, values: Values):
        sentence = "{row} is wrong: {have} instead of {want} at {point}"
        super().__init__(sentence, row=repr(row), have=brief(have), want=brief(want), point=point_text(values))
        self.row = row
        self.have = have
        self.want = want
        self.values = values


def brief(a: object) -> str:
    return np.array2string(a, precision=6, threshold=12) if isinstance(a, np.ndarray) else str(a)


def point_text(values: Values) -> str:
    return ", ".join(f"{k} = {brief(v)}" for k, v in values.items() if not isinstance(v, tuple))


# --- points ----------------------------------------------------------------------------------------------


def points(roots: Iterable[Expr], rng: Rng, count: int, accept: Callable[[Values], bool]) -> Iterator[dict[str, Any]]:
    """Random values that satisfy the declarations, keep the roots finite and are accepted; sizes 1 first, then mixed."""
    roots = list(roots)
    for attempt in range(count):
        yield point(roots, rng, attempt, accept)


def point(roots: list[Expr], rng: Rng, attempt: int, accept: Callable[[Values], bool]) -> dict[str, Any]:
    for trial in range(TRIES):
        sizes = {letter: size_for(attempt, trial, rng) for letter in ex.letters(*roots)}
        values = draw_values(roots, rng, sizes, MANNERS[trial % len(MANNERS)])
        place_indices(roots, values, sizes, rng)
        if declared(roots, values) and all_finite(roots, values) and accept(values):
            return values
    raise MatgradError("no point was found at which {expressions} can be evaluated", expressions=Series(map(repr, roots), "and"))


def size_for(attempt: int, trial: int, rng: Rng) -> int:
    """The first point has every size 1 where that is possible; later ones any sizes."""
    return 1 if attempt == 0 and trial < len(MANNERS) else int(rng.integers(1, LARGEST + 1))


def place_indices(roots: list[Expr], values: dict[str, Any], sizes: Mapping[str, int], rng: Rng) -> None:
    """Draw the numbers that must be whole: a place within its size, the exponent of a matrix power from 1 to 4."""
    for e in ex.postorder(*roots):
        for place, size in whole_numbers(e):
            if place.op in (ex.VAR, ex.IDX):
                values[str(place.data[0] if place.op is ex.VAR else place.data)] = int(rng.integers(1, (size.evaluate(sizes) if size else 4) + 1))


def whole_numbers(e: Expr) -> list[tuple[Expr, Dim | None]]:
    """The arguments that count or point, each with the size it stays within."""
    if e.op is ex.INDEX:
        return list(zip(e.args[1:], [n for n, has in zip((e.args[0].rows, e.args[0].cols), e.data) if has]))
    if e.op is ex.UNIT:
        return [(e.args[0], e.data)]
    return [(e.args[1], None)] if e.op is ex.MPOW else []


def declared(roots: list[Expr], values: Values) -> bool:
    """Whether the values have the facts that are declared of their variables."""
    for v in ex.variables(*roots):
        if v.data[3] is None and not all(holds(f, array_of(v, values)) for f in facts(v)):
            return False
    return True


def array_of(v: Expr, values: Values) -> Array:
    return Evaluator(v, values).run()


def anything(values: Values) -> bool:
    return True


# --- tables 1 to 4 ---------------------------------------------------------------------------------------


def check_differential(row: Row, count: int = POINTS, seed: int = 0) -> float:
    """d f(X) against finite differences of f, every formal moving at once. Exponents of matrix powers stay put."""
    left, right = read(row)
    fixed = {p for e in ex.postorder(left) for p, _ in whole_numbers(e)}
    moving = [ex.dvar(v) for v in ex.variables(left) if v not in fixed and v.data[0] not in row.constant.split()]

    def smooth(values: Values) -> bool:
        """Whether the differences have settled, so that the point is neither at a kink nor at the border of the domain."""
        slope, error = directional(left, values)
        return error < DIFFERENCES / 4 * max(1.0, float(np.max(np.abs(slope), initial=0.0)))

    rng = np.random.default_rng(seed)
    seen = points([left, right, *moving], rng, count, smooth)
    return worst(row, DIFFERENCES, ((Evaluator(right, v).run(), directional(left, v)[0], v) for v in seen))


def check_adjoint(row: Row, count: int = POINTS, seed: int = 0) -> float:
    """The dot test: ⟨M(G), dX⟩ = ⟨G, L(dX)⟩ for random G and dX."""
    left, right = sides(row)
    direction = direction_of(row, left)
    cotangent = next((v for v in ex.variables(right) if v.data[0] == "G"), None)
    if cotangent is None:
        raise MatgradError("{row} has no cotangent G on its right side", row=repr(row))
    for name, a, b in (("G", cotangent, left), ("M(G)", right, direction)):
        if a.rows is not b.rows or a.cols is not b.cols:
            raise MatgradError(
                "in {row} {name} has the size {found}, but {wanted} is needed",
                row=repr(row),
                name=name,
                found=f"{a.rows}×{a.cols}",
                wanted=f"{b.rows}×{b.cols}",
            )
    rng = np.random.default_rng(seed)
    seen = points([left, right, direction, cotangent], rng, count, anything)
    return worst(row, EXACT, ((dot(right, direction, v), dot(cotangent, left, v), v) for v in seen))


def dot(a: Expr, b: Expr, values: Values) -> Array:
    """⟨a, b⟩, the sum of the products of the entries."""
    return np.array([[np.sum(Evaluator(a, values).run() * Evaluator(b, values).run())]])


def check_kronecker(row: Row, count: int = POINTS, seed: int = 0) -> float:
    """M against the matrix of L itself: column j is vec(L(E)), E the j-th basis direction in the order of vec."""
    left, right = sides(row)
    direction = direction_of(row, left)
    if right.rows is not left.rows * left.cols or right.cols is not direction.rows * direction.cols:
        raise MatgradError("in {row} the matrix has the size {size}", row=repr(row), size=f"{right.rows}×{right.cols}")
    rng = np.random.default_rng(seed)
    seen = points([left, right, direction], rng, count, anything)
    return worst(row, EXACT, ((Evaluator(right, v).run(), densified(left, direction, v), v) for v in seen))


def densified(linear: Expr, direction: Expr, values: Values) -> Array:
    """The matrix of dX ↦ L(dX), from vec to vec."""
    shape = array_of(direction, values).shape
    columns = []
    for j in range(shape[0] * shape[1]):
        basis = np.zeros(shape)
        basis[j % shape[0], j // shape[0]] = 1
        columns.append(vec(Evaluator(linear, {**values, input_name(direction): shaped(direction, basis)}).run()))
    return np.hstack(columns)


def check_law(row: Row, count: int = POINTS, seed: int = 0) -> float:
    """Both sides at points where both are defined."""
    left, right = read(row)
    rng = np.random.default_rng(seed)
    return worst(row, EXACT, ((Evaluator(right, v).run(), Evaluator(left, v).run(), v) for v in points([left, right], rng, count, anything)))


def read(row: Row) -> tuple[Expr, Expr]:
    """The sides of an equation between expressions of one size."""
    left, right = sides(row)
    if left.rows is not right.rows or left.cols is not right.cols:
        raise MatgradError(
            "the sides of {row} have the sizes {left} and {right}", row=repr(row), left=f"{left.rows}×{left.cols}", right=f"{right.rows}×{right.cols}"
        )
    return left, right


def direction_of(row: Row, linear: Expr) -> Expr:
    """The one differential the left side is linear in."""
    found = [e for e in ex.postorder(linear) if e.op is ex.DVAR]
    if len(found) != 1:
        raise MatgradError("the left side of {row} has {count} differentials; it needs one", row=repr(row), count=len(found))
    return found[0]


def worst(row: object, tolerance: float, pairs: Iterable[tuple[Array, Array, Values]]) -> float:
    """The largest error over (have, want, values). Raises RowError at the first that is too large."""
    largest = 0.0
    for have, want, values in pairs:
        error = relative_error(have, want) if have.shape == want.shape else float("inf")
        if not error <= tolerance:
            raise RowError(row, have, want, values)
        largest = max(largest, error)
    return largest


CHECKS: dict[str, Callable[..., float]] = {
    "differential": check_differential,
    "adjoint": check_adjoint,
    "kronecker": check_kronecker,
    "law": check_law,
}


def check_row(row: Row, count: int = POINTS, seed: int = 0) -> float:
    """The check that belongs to the row's table."""
    return CHECKS[row.table](row, count, seed)


# --- table 5: facts ----------------------------------------------------------------------------------------

NEAR = 1e-9


def margin(a: Array) -> float:
    """What rounding may leave in an entry."""
    return NEAR * max(1.0, float(np.max(np.abs(a), initial=0.0)))


def up_to_rounding(has: Callable[[Array, float], bool]) -> Callable[[Array], bool]:
    return lambda a: has(a, margin(a))


def rank(a: Array) -> int:
    return int(np.linalg.matrix_rank(a, tol=margin(a) / 10))


PROPERTIES: dict[str, Callable[[Array], bool]] = {
    **ENTRY_FACTS,
    **{fact: up_to_rounding(has) for fact, has in MATRIX_FACTS.items()},
    "hermitian": lambda a: near(a, a.conj().T, margin(a)),
    "invertible": lambda a: a.shape[0] == a.shape[1] == rank(a),
    "full_column_rank": lambda a: rank(a) == a.shape[1],
    "full_row_rank": lambda a: rank(a) == a.shape[0],
}


def holds(fact: str, a: Array) -> bool:
    """Whether an array has the property; the word `complex` allows complex entries and asks for none."""
    return fact == "complex" or PROPERTIES[fact](a)


def check_facts(e: Expr, count: int = POINTS, seed: int = 0) -> frozenset[str]:
    """Every fact inferred of `e`, verified on its value at random points; returns those facts."""
    known = facts(e)
    for values in points([e], np.random.default_rng(seed), count, anything):
        a = Evaluator(e, values).run()
        for f in sorted(known):
            if not holds(f, a):
                raise RowError(e, a, f, values)
    return known


def check_implication(fact: str, count: int = POINTS, seed: int = 0) -> frozenset[str]:
    """What has the fact has all that table 5 says it implies."""
    return check_facts(specimen(fact), count, seed)


def check_preserved(operation: str, fact: str, count: int = POINTS, seed: int = 0) -> frozenset[str]:
    """The operation on arguments that have the fact has it too."""
    e = applied(operation, fact)
    missing = {fact} - facts(e)
    if missing:
        raise MatgradError(
            "table 5 says that {operation} preserves {fact}, but it is not inferred of {expression}", operation=operation, fact=fact, expression=repr(e)
        )
    return check_facts(e, count, seed)


def check_created(operation: str, count: int = POINTS, seed: int = 0) -> frozenset[str]:
    """The operation always gives what table 5 says, whatever its arguments."""
    return check_facts(applied(operation), count, seed)


SQUARE = {"symmetric", "skew", "diagonal", "toeplitz", "lower", "upper", "posdef", "psd", "invertible", "orthogonal", "hermitian"}


def specimen(fact: str, name: str = "A", square: bool = False) -> Expr:
    """A variable that has the fact and, apart from what follows from it, no other."""
    given = (fact,) if fact else ()
    if fact == "integer":
        return ex.var(name, facts=given)
    return ex.var(name, "n" if square or SQUARE & closure(given) and fact not in RANKS else "m", "n", given)


RANKS = {"full_column_rank", "full_row_rank"}
N, M = Dim(((("n",), 1),)), Dim(((("m",), 1),))

# structural operations on two specimens of one fact
STRUCTURAL: dict[str, Callable[[Expr, Expr], Expr]] = {
    "+": lambda a, b: ex.add(a, b),
    "*": lambda a, b: ex.mul(a, b if a.cols is b.rows else ex.transpose(b)),
    ".*": lambda a, b: ex.hadamard(a, b),
    "'": lambda a, b: ex.transpose(a),
    "kron": lambda a, b: ex.kron(a, b),
    "name": lambda a, b: ex.named("Y", a),
    "huber": lambda a, b: ex.broadcasting(ex.HUBER, (a, ex.ONE_)),
    "eye": lambda a, b: ex.eye(N),
    "ones": lambda a, b: ex.ones(M, N),
    "K": lambda a, b: ex.commutation(M, N),
    "size": lambda a, b: ex.size(N),
    "pi": lambda a, b: ex.PI_,
    "index variable": lambda a, b: ex.index_variable("i"),
    **{sign: (lambda a, b, sign=sign: ex.compare(sign, a, b)) for sign in ex.COMPARE},  # type: ignore[misc]
}


def applied(operation: str, fact: str = "") -> Expr:
    """The operation on specimens. Raises MatgradError for a row of table 5 that names no operation."""
    if operation in STRUCTURAL:
        return STRUCTURAL[operation](specimen(fact), specimen(fact, "B"))
    if operation not in OPS:
        raise MatgradError("table 5 has a row for {operation}, which is no operation", operation=repr(operation))
    wanted = OPS[operation].sizes[0]
    if len(wanted) > 1:
        return ex.call(operation, *(ex.var(name, *size, (fact,) if fact else ()) for name, size in zip("ABC", wanted)))
    rows, cols = wanted[0]
    if cols.value == 1:
        return ex.call(operation, ex.var("a", "n", 1, (fact,) if fact else ()))
    return ex.call(operation, specimen(fact, square=rows is cols))
