"""Signs and order of the terms of a sum: what does not depend on how the input was written."""

from __future__ import annotations

from ..core import expr as ex
from ..core.expr import Expr
from .order import ex_negative, key, weight


def leads_negative(total: Expr) -> bool:
    """Whether the first term, in an order that ignores signs, has a minus."""
    return ex_negative(min(total.args, key=lambda t: unsigned_key(t)))


def unsigned_key(t: Expr) -> tuple[object, ...]:
    body = ex.neg(t) if ex_negative(t) else t
    _, _, names, digest = key(body)
    return -weight(body), names, digest


def negate(total: Expr) -> Expr:
    """The negative of a sum in make.normal form."""
    return sorted_sum([ex.neg(t) for t in total.args])


def sorted_sum(terms: list[Expr]) -> Expr:
    return ex.add(*sorted(terms, key=term_key))


def term_key(t: Expr) -> tuple[object, ...]:
    """Plus before minus, numbers first, then long before short, then by name."""
    body = ex.neg(t) if ex_negative(t) else t
    _, _, names, digest = key(body)
    plain = body.op is ex.NUM or body.op is ex.ONES
    return ex_negative(t), not plain, -weight(body), names, digest
