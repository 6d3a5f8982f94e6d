"""Which law takes one line to the next, for the lines that follow."""

from __future__ import annotations

from collections.abc import Iterator

from ..core import expr as ex
from ..core.expr import Expr
from ..core.rows import ADJOINTS, LAWS, Row
from ..core.trace import Law
from ..simplify.match import Bindings, fill, match, sides
from ..simplify.normal import laws_used, normal
from .meaning import Meaning, laws_of, without_names
from .mistakes import inside, pending

LONG = 150  # nodes; in longer lines no single move is looked for
QUIET = ("collect", "put in", "linear", "matrix form")  # not worth a word beside a rule of differentiation


def between(meaning: Meaning, before: Expr, after: Expr, leaves: list[Expr], read_off: bool) -> list[Law]:
    """The laws by which `after` follows from `before`, where they are recognised; `read_off` when df stands above ∂f/∂X."""
    if before in meaning.symbols:
        return ["read off the differential"] if read_off else audible(laws_of(meaning.gradient(meaning.symbols[before])))
    if before is after:
        return []
    kept = pending(after)
    todo = [n for n in pending(before) if n not in kept]
    if todo:
        inner = [n.data for n in kept if n.op is ex.DVAR]
        return audible([law for n in todo for law in laws_of(meaning.differential_answer(inside(n), [*inner, *leaves]))])
    if without_names(before) is without_names(after):
        return ["put in"]
    recognised = moved(before, after)
    if recognised:
        return recognised
    first, second = without_names(before), without_names(after)
    if normal(first) is normal(second):
        rows: list[Law] = [r for r in (*laws_used(first), *laws_used(second)) if (r in laws_used(first)) != (r in laws_used(second))]
        return rows or ["rearrange"]
    return []


def audible(found: list[Law]) -> list[Law]:
    """The laws worth a word, each once."""
    found = list(dict.fromkeys(found))
    return [law for law in found if law not in QUIET] or found[:1] or ["linear"]


def moved(before: Expr, after: Expr) -> list[Law]:
    """One law that makes `after` of `before`, or one after a move inside a trace."""
    if len(ex.postorder(before)) > LONG:
        return []
    goal = unordered(after)
    for law, e in neighbours(before):
        if unordered(e) is goal:
            return [law]
    for first, e in neighbours(before, TRACE):
        for law, second in neighbours(e):
            if unordered(second) is goal:
                return list(dict.fromkeys([first, law]))
    return []


def unordered(e: Expr) -> Expr:
    """The expression with its summands and Hadamard factors in one fixed order."""

    def visit(n: Expr, args: tuple[Expr, ...]) -> Expr:
        return ex.rebuild(n, tuple(sorted(args, key=id)) if n.op in (ex.ADD, ex.HAD) else args)

    return ex.rewrite(e, visit)


TRACE = ("tr(A') = tr(A)", "tr(A*B) = tr(B*A)")


def neighbours(e: Expr, chosen: tuple[Law, ...] = ()) -> Iterator[tuple[Law, Expr]]:
    """Everything that one law, or one of those chosen, makes of an expression."""
    for n in ex.above_names(e):
        for law, new in moves(n):
            if chosen and law not in chosen:
                break
            if new is not n and new.rows is n.rows and new.cols is n.cols:
                yield law, ex.substitute(e, {n: new})


def moves(n: Expr) -> Iterator[tuple[Law, Expr]]:
    if n.op.name == "tr":
        yield TRACE[0], ex.call("tr", reversed_product(n.args[0]))
        word = n.args[0].args if n.args[0].op is ex.MUL else ()
        for i in range(1, len(word)):
            yield TRACE[1], as_trace(ex.mul(*word[i:], *word[:i]))
    elif n.is_scalar and n.op is ex.MUL:
        yield "a scalar is its own transpose", reversed_product(n)
    if n.op is ex.T and n.args[0].op is ex.MUL:
        yield "(A*B)' = B'*A'", reversed_product(n.args[0])
    elif n.op is ex.MUL and not n.is_scalar:
        yield "(A*B)' = B'*A'", ex.transpose(reversed_product(n))
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
        _pairs[:] = [(r, *s) for r, stated in [*((r, r) for r in LAWS), *tricks] for s in (sides(stated), sides(stated)[::-1]) if s[0].args]
        _seen[:] = [len(LAWS) + len(ADJOINTS)]
    return _pairs


def differential_in(row: Row) -> str:
    """The name of the differential on the left of a row of table 2."""
    return next(str(e) for e in ex.postorder(sides(row)[0]) if e.op is ex.DVAR)
