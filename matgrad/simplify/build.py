"""What the pages of the normal form share: table 4 applied, and the constructors they call on each other.

Sums are made of products and products of sums, so the pages are mutually recursive. Each page hangs its
constructors into `make`, and a page calls a later one through it; the imports stay one-way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from ..core import expr as ex
from ..core.expr import Expr
from . import match as m
from .laws import LAW, laws_of, log, peel
from .signs import negate

Number = int | Fraction

ZERO_ = ex.num(0)

TWO = ex.num(2)

ONE_SHAPE = ex.ONE_


class Constructors:
    """The constructors that earlier pages call on later ones."""

    normal: Callable[[Expr], Expr]
    add: Callable[[Iterable[Expr], Expr], Expr]
    hadamard: Callable[[Iterable[Expr], Expr], Expr]
    transpose: Callable[[Expr], Expr]
    outward: Callable[[Expr], Expr]
    flip: Callable[[Expr], Expr]
    matrix_power: Callable[[Expr, Expr], Expr]
    trace: Callable[[Expr], Expr]
    sum: Callable[[Expr], Expr]
    total: Callable[[str, Expr, Expr, Expr], Expr]


make = Constructors()


def zero(e: Expr) -> Expr:
    return ex.zeros(e.rows, e.cols)


def lawful(e: Expr) -> Expr:
    """The node, or what the first law that matches it gives."""
    result = by_law(e)
    return e if result is None else result


def by_law(e: Expr) -> Expr | None:
    """The make.normal form of what the first law that matches this node gives."""
    LAW.read()
    rows = LAW.direct.get(e.op)
    for row in rows or ():
        result = m.apply(row, e)
        if result is not None and result is not e:
            log.append(row)
            return make.normal(result)
    return None


def pair_law(kind: str, a: Expr, b: Expr) -> Expr | None:
    """A law about two parts, either order where the operation commutes."""
    pa, pb = peel(a).op, peel(b).op
    for op_a, op_b, row in laws_of(kind):
        if (op_a is ex.VAR or op_a is pa or op_a is a.op) and (op_b is ex.VAR or op_b is pb or op_b is b.op):
            left, right = m.sides(row)
            for sign, second in up_to_sign(left.args[1], b):
                found = m.Bindings()
                if m.match(left.args[0], a, found) and m.match(left.args[1], second, found) and m.holds(row, found):
                    log.append(row)
                    return make.normal(ex.mul(ex.num(sign), m.fill(right, found)))
    return None


def up_to_sign(pattern: Expr, part: Expr) -> list[tuple[int, Expr]]:
    """What a law may meet in place of its second part: a sum stands in a product with either sign."""
    return [(1, part), (-1, negate(part))] if pattern.op is ex.ADD is part.op else [(1, part)]
