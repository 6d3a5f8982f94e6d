"""Signs and order of the terms of a sum: what does not depend on how the input was written."""

from __future__ import annotations

from math import prod

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


def whole(exponent: Expr) -> bool:
    return exponent.op is ex.NUM and isinstance(exponent.data, int)


def unsigned(f: Expr) -> tuple[int, Expr]:
    """A factor as ±1 × the same with the first term of its sums positive: sums, their whole powers, transposes and Hadamard products."""
    if f.op is ex.ADD and leads_negative(f):
        return -1, negate(f)
    if f.op is ex.T:
        sign, inner = unsigned(f.args[0])
        return sign, f if inner is f.args[0] else ex.transpose(inner)
    if f.op is ex.POW and f.args[0].op is ex.ADD and whole(f.args[1]) and leads_negative(f.args[0]):
        return -1 if f.args[1].data % 2 else 1, ex.power(negate(f.args[0]), f.args[1])
    if f.op is ex.HAD:
        parts = [unsigned(a) for a in f.args]
        if any(part is not a for (_, part), a in zip(parts, f.args)):
            return prod(sign for sign, _ in parts), ex.hadamard(*sorted((part for _, part in parts), key=key))
    return 1, f


def negative_of(f: Expr) -> Expr | None:
    """The negative of a factor, where a minus in it can be turned into a plus."""
    if f.op is ex.ADD:
        return negate(f) if any(ex_negative(t) for t in f.args) else None
    if f.op is ex.T:
        inner = negative_of(f.args[0])
        return None if inner is None else ex.transpose(inner)
    if f.op is ex.POW and whole(f.args[1]) and f.args[1].data % 2:
        base = negative_of(f.args[0])
        return None if base is None else ex.power(base, f.args[1])
    if f.op is ex.HAD:
        for k, a in enumerate(f.args):
            turned = negative_of(a)
            if turned is not None:
                return ex.hadamard(*sorted((*f.args[:k], turned, *f.args[k + 1 :]), key=key))
    return None


def sorted_sum(terms: list[Expr]) -> Expr:
    return ex.add(*sorted(terms, key=term_key))


def term_key(t: Expr) -> tuple[object, ...]:
    """Plus before minus, numbers first, then long before short, then by name."""
    body = ex.neg(t) if ex_negative(t) else t
    _, _, names, digest = key(body)
    plain = body.op is ex.NUM or body.op is ex.ONES
    return ex_negative(t), not plain, -weight(body), names, digest
