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
    return -weight(body), body.op is not ex.EYE, names, digest


def negate(total: Expr) -> Expr:
    """The negative of a sum in make.normal form."""
    return sorted_sum([ex.neg(t) for t in total.args])


def whole(exponent: Expr) -> bool:
    return exponent.op is ex.NUM and isinstance(exponent.data, int)


def linear_parts(f: Expr) -> tuple[int, ...]:
    """The arguments in which an expression is linear, so that a minus in one of them is a minus in front."""
    if f.op in (ex.HAD, ex.KRON) or f.op is ex.MUL and not any(a.is_scalar for a in f.args):
        return tuple(range(len(f.args)))
    if f.op in (ex.T, ex.INDEX) or f.op.linear and len(f.args) == 1 and f.op not in (ex.NAMED, ex.D):
        return (0,)
    return (2,) if f.op is ex.TOTAL else ()


def with_parts(f: Expr, parts: dict[int, Expr]) -> Expr:
    """The same operation on other arguments; those of a Hadamard product in order."""
    args = tuple([parts.get(k, a) for k, a in enumerate(f.args)])
    return ex.hadamard(*sorted(args, key=key)) if f.op is ex.HAD else ex.rebuild(f, args)


def unsigned(f: Expr) -> tuple[int, Expr]:
    """A factor as ±1 × the same with the first term of its sums positive, through all it is linear in, and whole powers."""
    if "unsigned" not in f._cache:
        f._cache["unsigned"] = _unsigned(f)
    found: tuple[int, Expr] = f._cache["unsigned"]
    return found


def _unsigned(f: Expr) -> tuple[int, Expr]:
    if f is ex.MINUS_ONE:
        return -1, ex.ONE_
    if f.op is ex.ADD:
        return (-1, negate(f)) if leads_negative(f) else (1, f)
    if f.op in (ex.POW, ex.MPOW) and whole(f.args[1]):
        sign, base = unsigned(f.args[0])
        return (sign if f.args[1].data % 2 else 1), ex.rebuild(f, (base, f.args[1]))
    parts = {k: unsigned(f.args[k]) for k in linear_parts(f)}
    if all(part is f.args[k] for k, (_, part) in parts.items()):
        return 1, f
    return prod(sign for sign, _ in parts.values()), with_parts(f, {k: part for k, (_, part) in parts.items()})


def sorted_sum(terms: list[Expr]) -> Expr:
    return ex.add(*sorted(terms, key=term_key))


def term_key(t: Expr) -> tuple[object, ...]:
    """Plus before minus, numbers first, then long before short, then by name."""
    body = ex.neg(t) if ex_negative(t) else t
    _, _, names, digest = key(body)
    plain = body.op is ex.NUM or body.op is ex.ONES
    return ex_negative(t), not plain, -weight(body), names, digest
