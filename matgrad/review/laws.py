"""Which law takes one line to the next, for the lines that follow."""

from __future__ import annotations

from collections.abc import Iterator

from ..core import expr as ex
from ..core.expr import Expr
from ..core.rows import ADJOINTS, LAWS, Row
from ..core.trace import Law
from ..simplify.match import Bindings, fill, match, sides
from ..simplify.normal import laws_used, normal
from .meaning import Meaning, laws_of
from .mistakes import pending

QUIET = ("collect", "put in", "linear", "matrix form")  # not worth a word beside a rule of differentiation


def between(meaning: Meaning, before: Expr, after: Expr, leaves: list[Expr]) -> list[Law]:
    """The laws by which `after` follows from `before`, where they are recognised."""
    if before in meaning.symbols:
        return ["read off the differential"]
    if before is after:
        return []
    todo = [n for n in pending(before) if n not in pending(after)]
    if todo:
        found = [law for n in todo for law in laws_of(meaning.differential_answer(n.data if n.op is ex.DVAR else n.args[0], leaves))]
        found = list(dict.fromkeys(found))
        return [law for law in found if law not in QUIET] or found[:1] or ["linear"]
    single = next((law for law, e in neighbours(before) if e is after or normal_step(e, after)), None)
    if single is not None:
        return [single]
    if normal(before) is normal(after):
        rows: list[Law] = [*(r for r in laws_used(before) if r not in laws_used(after)), *(r for r in laws_used(after) if r not in laws_used(before))]
        return rows or ["collect"]
    return []


def normal_step(e: Expr, after: Expr) -> bool:
    """Whether two expressions differ by the order of summands alone."""
    return e.op is ex.ADD and after.op is ex.ADD and sorted(map(id, e.args)) == sorted(map(id, after.args))


def neighbours(e: Expr) -> Iterator[tuple[Law, Expr]]:
    """Everything that one law makes of an expression."""
    for n in ex.above_names(e):
        for law, new in moves(n):
            if new is not n and new.rows is n.rows and new.cols is n.cols:
                yield law, ex.substitute(e, {n: new})


def moves(n: Expr) -> Iterator[tuple[Law, Expr]]:
    if n.op.name == "tr":
        yield "tr(A') = tr(A)", ex.call("tr", reversed_product(n.args[0]))
        word = n.args[0].args if n.args[0].op is ex.MUL else ()
        for i in range(1, len(word)):
            yield "tr(A*B) = tr(B*A)", as_trace(ex.mul(*word[i:], *word[:i]))
    elif n.is_scalar and n.op is ex.MUL:
        yield "a scalar is its own transpose", reversed_product(n)
    for row, left, right in both_ways():
        if left.op is n.op:
            found = Bindings()
            if match(left, n, found):
                try:
                    yield row, fill(right, found)
                except KeyError:
                    continue


def as_trace(e: Expr) -> Expr:
    return e if e.is_scalar else ex.call("tr", e)


def reversed_product(e: Expr) -> Expr:
    """(A B)' as B' A'."""
    if e.op is not ex.MUL:
        return e.args[0] if e.op is ex.T else ex.transpose(e)
    scalars = [a for a in e.args if a.is_scalar]
    return ex.mul(*scalars, *[a.args[0] if a.op is ex.T else ex.transpose(a) for a in reversed(e.args) if not a.is_scalar])


_pairs: list[tuple[Row, Expr, Expr]] = []
_seen = [0]


def both_ways() -> list[tuple[Row, Expr, Expr]]:
    """The laws of table 4 and the trace tricks of table 2, tr(G'*L(dX)) = tr(M(G)'*dX), from left to right and from right to left."""
    if _seen != [len(LAWS) + len(ADJOINTS)]:
        tricks = [(r, Row("law", f"tr(G'*({r.left}))", f"tr(({r.right})'*{differential_in(r)})", r.declare)) for r in ADJOINTS]
        _pairs[:] = [(r, *s) for r, stated in [*((r, r) for r in LAWS), *tricks] for s in (sides(stated), sides(stated)[::-1])]
        _seen[:] = [len(LAWS) + len(ADJOINTS)]
    return _pairs


def differential_in(row: Row) -> str:
    """The name of the differential on the left of a row of table 2."""
    return next(str(e) for e in ex.postorder(sides(row)[0]) if e.op is ex.DVAR)
