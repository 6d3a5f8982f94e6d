"""What 'shorter' and 'first' mean: the number of written tokens, and a total order that ignores the input's order."""

from __future__ import annotations

import zlib
from fractions import Fraction

from ..core import expr as ex
from ..core.expr import Expr

Key = tuple[int, int, str, int]


def cost(e: Expr) -> int:
    """Tokens of the expression as text, named intermediates counting as names."""
    ex.fill_cache(e, "cost", _cost)
    tokens: int = e._cache["cost"]
    return tokens


def number_cost(value: int | Fraction) -> int:
    return (3 if isinstance(value, Fraction) else 1) + (value < 0)


def bracketed(e: Expr, loose: tuple[object, ...]) -> int:
    """Tokens of a part, with brackets where its operation is one of `loose`."""
    return _known(e) + 2 * (e.op in loose)


def _known(e: Expr) -> int:
    tokens: int = e._cache["cost"]
    return tokens


SUMS = (ex.ADD, *ex.COMPARE.values())


def _cost(e: Expr) -> int:
    op = e.op
    if op is ex.NUM:
        return number_cost(e.data)
    if op in (ex.VAR, ex.DVAR, ex.NAMED, ex.IDX, ex.PI):
        return 1
    if op is ex.SIZE:
        return 1 if e.data.text.isidentifier() else 2 * len(e.data.letters) + 1
    if op in (ex.EYE, ex.ONES, ex.ZEROS, ex.COMM, ex.STRUCTURE):
        return 4 if op is ex.EYE or e.cols.text == "1" else 6
    if op is ex.ADD:
        return sum(_known(a) + (i > 0 and not ex_negative(a)) for i, a in enumerate(e.args))
    if op is ex.MUL:
        total = len(e.args) - 1 + sum(bracketed(a, (*SUMS, ex.HAD)) for a in e.args)
        for a in e.args:
            if a.op is ex.POW and a.is_scalar and a.args[1] is ex.MINUS_ONE:
                total -= 2
        if e.args[0] is ex.MINUS_ONE:  # -A .* B needs no brackets
            total -= 4 if len(e.args) == 2 and e.args[1].op is ex.HAD else 2
        return total
    if op is ex.HAD:
        return len(e.args) - 1 + sum(bracketed(a, (*SUMS, ex.MUL)) for a in e.args)
    if op is ex.POW:
        if e.args[1].op is ex.NUM and e.args[1].data == Fraction(1, 2):
            return 3 + _known(e.args[0])
        return 1 + bracketed(e.args[0], (*SUMS, ex.MUL, ex.HAD)) + bracketed(e.args[1], (*SUMS, ex.MUL, ex.HAD))
    if op is ex.MPOW:
        return 1 + bracketed(e.args[0], (*SUMS, ex.MUL, ex.HAD)) + bracketed(e.args[1], (*SUMS, ex.MUL, ex.HAD))
    if op is ex.T:
        a = e.args[0]
        if a.op is ex.CONJ:
            return _known(a) - 1  # X^H
        return bracketed(a, (*SUMS, ex.MUL, ex.HAD, ex.POW, ex.MPOW)) + (0 if a.op in (ex.VAR, ex.NAMED, ex.DVAR) else 1)
    if op is ex.TOTAL:
        return 9 + sum(map(_known, e.args))
    return 2 + len(e.args) + sum(map(_known, e.args))


def ex_negative(e: Expr) -> bool:
    """Whether the term is written with a minus."""
    return e.op is ex.NUM and e.data < 0 or e.op is ex.MUL and e.args[0].op is ex.NUM and e.args[0].data < 0


def weight(e: Expr) -> int:
    """Occurrences of names, what a reader takes for the length of a term: W*x + b rather than b + W*x."""
    ex.fill_cache(e, "weight", _weight)
    names: int = e._cache["weight"]
    return names


def _weight(e: Expr) -> int:
    if e.op in (ex.VAR, ex.DVAR, ex.NAMED, ex.MEMBER, ex.DIFF):
        return 1
    return sum(int(a._cache["weight"]) for a in e.args)


TURNED = 3  # the marks of a transpose around brackets


def marks(e: Expr) -> int:
    """How much of an expression is transposes: 2 for that of a name, more for that of anything longer; rows of ones count as plain."""
    ex.fill_cache(e, "marks", _marks)
    found: int = e._cache["marks"]
    return found


def _marks(e: Expr) -> int:
    if e.op is ex.NAMED or e.op is ex.T and e.args[0].op is ex.ONES:
        return 0
    own = 0 if e.op is not ex.T else 2 if e.args[0].op in (ex.VAR, ex.NAMED, ex.DVAR) else TURNED
    return own + sum(int(a._cache["marks"]) for a in e.args)


RANKS = {ex.NUM: 0, ex.PI: 1, ex.SIZE: 1, ex.IDX: 2, ex.VAR: 2, ex.DVAR: 8, ex.D: 8, ex.NAMED: 2, ex.MEMBER: 2, ex.T: 2, ex.MUL: 3, ex.ADD: 6}
RANKS |= {ex.UNIT_I: 1, ex.CONJ: 1}  # x^H*y, conj(z)*z


def key(e: Expr) -> Key:
    """Sort key: kind, length, names in reading order, and a digest that separates the rest."""
    cost(e)
    ex.fill_cache(e, "key", _key)
    found: Key = e._cache["key"]
    return found


def _key(e: Expr) -> Key:
    keys = [a._cache["key"] for a in e.args]
    if e.op in (ex.VAR, ex.NAMED):
        own = str(e.data[0] if e.op is ex.VAR else e.data)
    elif e.op is ex.DVAR:
        own = str(e.data.data[0] if e.data.op is ex.VAR else e.data.data)
    else:
        own = "" if e.args or e.data is None else str(e.data)
    names = (own + " ".join(k[2] for k in keys) + ("'" if e.op is ex.T else ""))[:48]
    data = "" if e.data is None or e.op in (ex.VAR, ex.NAMED, ex.DVAR) else str(e.data)
    digest = zlib.crc32(repr((e.op.name, own, data, e.rows.text, e.cols.text, [k[3] for k in keys], [k[2] for k in keys])).encode())
    rank = RANKS.get(e.op, 4) if e.op is not ex.T or e.args[0].op is not ex.CONJ else RANKS[ex.CONJ]
    if e.op is ex.POW and e.args[1].op is ex.NUM:
        rank = 7 if e.args[1].data < 0 else keys[0][0]
    return rank, e._cache["cost"], names, digest
