"""Derivatives by one member x[j] of a family: of all the dx[i] under a sum over i, the one with i = j counts.

A part that a range leaves out is cut off by an indicator, (j >= 2); a place that is no index of a sum is
compared, (i+1 == j), so that every x[…] that can be written is covered.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core import expr as ex
from ..core.expr import Expr
from ..simplify.normal import normal

Binder = tuple[str, Expr, Expr]


def is_member(e: Expr) -> bool:
    """Whether this is dx[i], the differential of a member."""
    return e.op is ex.MEMBER and e.args[0].op is ex.DVAR


def at_member(binders: Sequence[Binder], direction: Expr, coefficient: Expr, wanted: Expr) -> Expr:
    """What stands at dx[wanted] in Σ_binders coefficient*direction, where the direction is dx[place]."""
    family, place = direction.args
    count = ex.size(family.data.data[3])
    coefficient = ex.unshadowed(coefficient, {name for name, _, _ in binders} | ex.free_indices(wanted))  # sums inside keep their own letters
    at = next((k for k, (name, _, _) in enumerate(binders) if place is ex.index_variable(name)), None)
    whole = at is not None and binders[at][1] is ex.ONE_ and binders[at][2] is count
    if at is None or not whole and reaches_further(coefficient, place):
        kept, e = list(binders), ex.mul(equals(place, wanted), coefficient)
    else:
        name, low, high = binders[at]
        inside = [ex.ONE_ if low is ex.ONE_ else ex.compare(">=", wanted, low), ex.ONE_ if high is count else ex.compare("<=", wanted, high)]
        kept = [*binders[:at], *[(n, ex.with_index(a, name, wanted), ex.with_index(b, name, wanted)) for n, a, b in binders[at + 1 :]]]
        e = ex.mul(*inside, ex.with_index(coefficient, name, wanted))
    for name, low, high in reversed(kept):
        e = ex.total(name, low, high, e)
    return normal(e)


def reaches_further(e: Expr, index: Expr) -> bool:
    """Whether something is taken at i+1 or the like, which need not exist where the range does not go."""
    places = (p for n in ex.postorder(e) if n.op in (ex.MEMBER, ex.INDEX) for p in n.args[1:])
    return any(p is not index and index.data in ex.free_indices(p) for p in places)


def equals(place: Expr, wanted: Expr) -> Expr:
    if place.op is ex.NUM and wanted.op is ex.NUM:
        return ex.num(int(place.data == wanted.data))
    return ex.ONE_ if place is wanted else ex.compare("==", place, wanted)

