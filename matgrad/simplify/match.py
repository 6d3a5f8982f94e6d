"""Match a row's side against an expression and fill the other side: formals are wildcards, sizes unify."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from itertools import permutations

from ..core import expr as ex
from ..core.dims import ONE, Dim, unify
from ..core.expr import Expr
from ..core.facts import facts
from ..core.rows import Row
from ..language.build import parse
from ..language.declare import read_declarations

COMMUTATIVE = (ex.ADD, ex.HAD)
BROADCASTING = (ex.MAX, ex.MIN, ex.HUBER, *ex.COMPARE.values())


class Bindings:
    """What a match found: expressions by formal, sizes by letter."""

    __slots__ = ("terms", "sizes")

    def __init__(self) -> None:
        self.terms: dict[Expr, Expr] = {}
        self.sizes: dict[str, Dim] = {}

    def copy(self) -> Bindings:
        other = Bindings()
        other.terms = dict(self.terms)
        other.sizes = dict(self.sizes)
        return other


def sides(row: Row) -> tuple[Expr, Expr]:
    """Both sides of a row as expressions over its formals, read once."""
    if row._read is None:
        known = read_declarations(row.declare)
        row._read = (parse(row.left, known), parse(row.right, known))
    return row._read


def holds(row: Row, found: Bindings) -> bool:
    """Whether the row holds for what was found: complex values only where it holds for them."""
    return not any(ex.is_complex(t) for t in found.terms.values()) or holds_for_complex(row)


def holds_for_complex(row: Row) -> bool:
    """Whether a row is written for complex values, or has analytic operations alone, so that what holds for real values holds for all."""
    if row._complex is None:
        row._complex = "complex" in row.declare or all(n.op.complex == "analytic" or not n.args for n in ex.postorder(*sides(row)))
    return row._complex


@cache
def read(text: str, declare: str) -> Expr:
    """Further text of a row over its formals, read once."""
    return parse(text, read_declarations(declare))


def match(pattern: Expr, e: Expr, found: Bindings) -> bool:
    """Extend `found` so that the pattern becomes `e`; False when it cannot."""
    op = pattern.op
    if op is ex.VAR or op is ex.DVAR:
        bound = found.terms.get(pattern)
        if bound is not None:
            return bound is e
        if not (unify(pattern.rows, e.rows, found.sizes) and unify(pattern.cols, e.cols, found.sizes)):
            return False
        wanted = pattern.data[1] if op is ex.VAR else frozenset()
        if wanted and not (wanted - {"integer"}) <= facts(e):
            return False
        found.terms[pattern] = e
        return True
    if op is ex.NUM:
        return pattern is e
    while e.op is ex.NAMED and op is not ex.NAMED:
        e = e.args[0]
    if op is ex.ONES and e is ex.ONE_:
        return unify(pattern.rows, ONE, found.sizes) and unify(pattern.cols, ONE, found.sizes)
    if op is ex.MUL and pattern.args[0] is ex.MINUS_ONE and e.op in (ex.MUL, ex.NUM, ex.ADD):
        return _match_negative(pattern, e, found)
    if op is not e.op:
        return False
    if not pattern.args:
        return _match_leaf(pattern, e, found)
    if len(pattern.args) != len(e.args) or (pattern.data is not None and not _same_data(pattern, e, found)):
        return False
    if op in COMMUTATIVE or (op is ex.MUL and e.is_scalar and all(a.is_scalar for a in e.args)):
        for order in permutations(e.args):
            trial = found.copy()
            if all(match(p, a, trial) for p, a in zip(pattern.args, order)):
                found.terms, found.sizes = trial.terms, trial.sizes
                return True
        return False
    if op in BROADCASTING and not e.is_scalar:
        return all(_match_spread(p, a, found) for p, a in zip(pattern.args, e.args))
    return all(match(p, a, found) for p, a in zip(pattern.args, e.args))


def _match_spread(p: Expr, a: Expr, found: Bindings) -> bool:
    """An argument of max(0, X): a scalar stands for a matrix of any size."""
    if a.is_scalar and p.op is ex.VAR:
        found.terms[p] = a
        return True
    return match(p, a, found)


def _match_negative(pattern: Expr, e: Expr, found: Bindings) -> bool:
    """-X against anything written with a minus."""
    rest = ex.mul(*pattern.args[1:])
    if e.op is ex.MUL and e.args[0].op is ex.NUM and e.args[0].data < 0:
        return match(rest, ex.neg(e), found)
    return e.op is ex.NUM and e.data < 0 and match(rest, ex.num(-e.data), found)


def _match_leaf(pattern: Expr, e: Expr, found: Bindings) -> bool:
    if pattern.op is ex.COMM:
        return all(unify(p, d, found.sizes) for p, d in zip(pattern.data, e.data))
    if pattern.op is ex.STRUCTURE:
        return bool(pattern.data[0] == e.data[0]) and unify(pattern.data[1], e.data[1], found.sizes)
    if pattern.op in (ex.EYE, ex.ONES, ex.ZEROS):
        return unify(pattern.rows, e.rows, found.sizes) and unify(pattern.cols, e.cols, found.sizes)
    return pattern is e


def _same_data(pattern: Expr, e: Expr, found: Bindings) -> bool:
    if pattern.op is ex.UNIT:
        return unify(pattern.data, e.data, found.sizes)
    if pattern.op is ex.UNVEC:
        return all(unify(p, d, found.sizes) for p, d in zip(pattern.data, e.data))
    return bool(pattern.data == e.data)


def fill(template: Expr, found: Bindings, taken: frozenset[str] = frozenset()) -> Expr:
    """The template with formals and sizes replaced by what was found; its own sums get a fresh index."""
    for e in ex.postorder(template):
        if e.op is ex.TOTAL:
            fresh = fresh_index(e.data, found.terms.values(), taken)
            if fresh != e.data:
                template = ex.substitute(template, {e: ex.renamed_sum(e, fresh)})
    return ex.rewrite(template, lambda e, args: _fill(e, args, found), found.terms)


def fresh_index(name: str, terms: Iterable[Expr], used: frozenset[str]) -> str:
    """An index letter that no name of the given expressions uses, and none of `used`."""
    taken = set(used)
    for t in terms:
        for e in ex.postorder(t):
            if e.op in (ex.VAR, ex.IDX, ex.TOTAL, ex.NAMED):
                taken.add(e.data[0] if e.op is ex.VAR else e.data)
            taken.update(e.rows.letters + e.cols.letters)
    while name in taken:
        name = chr(ord(name) + 1) if name < "z" else name + "1"
    return name


def fold_numbers(e: Expr, args: tuple[Expr, ...]) -> Expr | None:
    """The number that a sum or product of numbers is, X^0 as the identity; None for anything else."""
    if e.op in (ex.ADD, ex.MUL) and all(a.op is ex.NUM for a in args):
        return ex.num(sum(a.data for a in args) if e.op is ex.ADD else math.prod(a.data for a in args))
    if e.op is ex.MPOW and args[1].op is ex.NUM and args[1].data == 0:
        return ex.eye(e.rows)
    return None


def unroll(e: Expr, longest: int) -> Expr:
    """Write out sums whose range is at most `longest` known numbers."""
    return ex.rewrite(e, lambda n, args: _unroll(n, args, longest))


def _unroll(e: Expr, args: tuple[Expr, ...], longest: int) -> Expr:
    e = ex.rebuild(e, args)
    if e.op is not ex.TOTAL or any(a.op is not ex.NUM for a in e.args[:2]) or not 0 <= e.args[1].data - e.args[0].data < longest:
        return e
    index = {ex.index_variable(e.data)}
    terms = []
    for i in range(e.args[0].data, e.args[1].data + 1):
        values = {v: ex.num(i) for v in index}
        terms.append(ex.rewrite(e.args[2], lambda n, a: folded if (folded := fold_numbers(n, a)) is not None else ex.rebuild(n, a), values))
    return ex.add(*terms)


def _fill(e: Expr, args: tuple[Expr, ...], found: Bindings) -> Expr:
    folded = fold_numbers(e, args)
    if folded is not None:
        return folded
    if not found.sizes:
        return ex.rebuild(e, args)
    sizes = found.sizes

    def size(d: Dim) -> Dim:
        return d.substitute(sizes)

    if e.op is ex.SIZE:
        return ex.size(size(e.data))
    if e.op is ex.EYE:
        return ex.eye(size(e.rows))
    if e.op is ex.ONES:
        return ex.ones(size(e.rows), size(e.cols))
    if e.op is ex.ZEROS:
        return ex.zeros(size(e.rows), size(e.cols))
    if e.op is ex.COMM:
        return ex.commutation(size(e.data[0]), size(e.data[1]))
    if e.op is ex.STRUCTURE:
        return ex.structure(e.data[0], size(e.data[1]))
    if e.op is ex.UNIT:
        return ex.unit(size(e.data), args[0])
    if e.op is ex.UNVEC:
        return ex.unvec(args[0], size(e.data[0]), size(e.data[1]))
    if e.op is ex.VAR:
        raise KeyError(f"formal {e.data[0]} was not matched")
    return ex.rebuild(e, args)


def apply(row: Row, e: Expr) -> Expr | None:
    """The right side for an expression that the left side matches, else None."""
    left, right = sides(row)
    found = Bindings()
    if not match(left, e, found) or not holds(row, found):
        return None
    return fill(right, found)


def first_row(rows: Iterable[Row], e: Expr) -> tuple[Row, Bindings, Expr] | None:
    """The first row of table 2 or 3 whose left side is `e`, what it binds, and what stands for its dX."""
    for row in rows:
        left, _ = sides(row)
        found = Bindings()
        if left.op is e.op and match(left, e, found):
            return row, found, next(t for f, t in found.terms.items() if f.op is ex.DVAR)
    return None


def instantiate(row: Row, **terms: Expr) -> Expr:
    """The right side of a row of table 2 or 3, formals given by name; a formal X whose dX occurs stands for dX."""
    left, right = sides(row)
    formals = {v.data[0]: v for v in ex.variables(left, right)}
    formals.update({e.data.data[0]: e for e in ex.postorder(left) if e.op is ex.DVAR})
    found = Bindings()
    for name, term in terms.items():
        if not match(formals[name], term, found):
            raise ValueError(f"the sizes of {name} do not fit the row {row.equation}")
    return fill(right, found)
