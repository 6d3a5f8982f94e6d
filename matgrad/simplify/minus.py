"""Where a minus goes: every sum among the factors starts with a plus, and one sum takes what is left over."""

from __future__ import annotations

from collections.abc import Sequence

from ..core import expr as ex
from ..core.expr import Expr
from .build import make
from .factors import Product
from .order import ex_negative, key
from .signs import linear_parts, negate, unsigned, whole, with_parts


def canonical_signs(p: Product, word: list[Expr]) -> None:
    """Every sum among the factors starts with a plus; a minus left over goes into the first sum that has one."""
    plus_first(p, word)
    if p.coef < 0:
        absorb_minus(p, word)


def plus_first(p: Product, word: list[Expr]) -> None:
    """Every sum among the factors starts with a plus."""
    for base, exponent in list(p.scalars.items()):
        sign, turned = unsigned(base)
        if turned is not base and whole(exponent):
            p.turn(base, sign, turned)
    for k, f in enumerate(word):
        sign, word[k] = unsigned(f)
        p.coef *= sign


def absorb_minus(p: Product, word: list[Expr]) -> None:
    """Put the minus into a sum among the factors."""
    paired = sums_that_meet_themselves(word)
    found = {k: turned for k, f in enumerate(word) if k not in paired and (turned := negative_of(f)) is not None}
    if found:
        k = min(found, key=lambda k: (not one_minus(found[k]), k))
        word[k] = found[k]
        p.coef = -p.coef
        return
    odd = {b: turned for b, x in p.scalars.items() if whole(x) and x.data % 2 and (turned := negative_of(b)) is not None}
    if odd:
        base = min(odd, key=lambda b: (p.scalars[b].data < 0, key(b)))
        p.turn(base, -1, odd[base])


def negative_of(f: Expr) -> Expr | None:
    """The negative of a factor, where a minus in it can be turned into a plus; -(x - m)*(x - m)' stays recognisable."""
    if f.op is ex.ADD:
        return negate(f) if any(ex_negative(t) for t in f.args) else None
    if f.op in (ex.POW, ex.MPOW) and whole(f.args[1]) and f.args[1].data % 2:
        base = negative_of(f.args[0])
        return None if base is None else ex.rebuild(f, (base, f.args[1]))
    paired = sums_that_meet_themselves(f.args) if f.op is ex.MUL else set()
    for k in linear_parts(f):
        turned = None if k in paired else negative_of(f.args[k])
        if turned is not None:
            return with_parts(f, {k: turned})
    return None


def sums_that_meet_themselves(word: Sequence[Expr]) -> set[int]:
    """The places of sums that stand in a product twice, as they are or transposed."""
    sums = [(k, f) for k, f in enumerate(word) if (f.args[0] if f.op is ex.T else f).op is ex.ADD]
    return {k for k, a in sums for j, b in sums if j != k and (a is b or make.flip(a) is b)}


def one_minus(f: Expr) -> bool:
    """Whether a factor reads 1 - t or I - A."""
    if f.op is not ex.ADD:
        return False
    identities = [t for t in f.args if t.op is ex.EYE or t.op is ex.MUL and ex.EYE in [a.op for a in t.args]]
    return not any(map(ex_negative, identities)) if identities else f.args[0].op in (ex.NUM, ex.ONES)
