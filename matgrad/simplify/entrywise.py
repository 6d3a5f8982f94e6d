"""Hadamard products: numbers and scalars out, powers merged, table 4 on pairs, factors in order."""

from __future__ import annotations

from collections.abc import Iterable

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from .build import make, pair_law, zero
from .factors import Product, add_exponents
from .laws import laws_of, peel
from .order import TURNED, key, marks
from .powers import n_power, n_transpose
from .products import finish
from .signs import unsigned, whole


def n_hadamard(args: Iterable[Expr], shape: Expr) -> Expr:
    """A Hadamard product: numbers and scalars out, powers merged, table 4 on pairs, factors in order."""
    outer = Product()
    factors: dict[Expr, Expr] = {}
    todo = list(args)[::-1]
    while todo:
        f = todo.pop()
        if ex.is_zero(f):
            return zero(shape)
        if f.is_scalar:
            outer.take(f)
        elif f.op is ex.HAD:
            todo.extend(reversed(f.args))
        elif f.op is ex.T and f.args[0].op is ex.HAD:
            todo.extend(n_transpose(g) for g in reversed(f.args[0].args))
        elif f.op is ex.MUL and any(a.is_scalar for a in f.args):
            for a in f.args:
                if a.is_scalar:
                    outer.take_scalar(a)
            todo.append(ex.mul(*[a for a in f.args if not a.is_scalar]))
        elif f.op is not ex.ONES:
            base, exponent = entry_power(f)
            if base.op is ex.T:
                base = n_transpose(base.args[0])
            if whole(exponent):
                sign, base = unsigned(base)
                outer.coef *= sign if exponent.data % 2 else 1
            total = add_exponents(factors.pop(base), exponent) if base in factors else exponent
            if not ex.is_zero(total):
                factors[base] = total
    items = _fold_hadamard([b if x is ex.ONE_ else n_power(b, x) for b, x in factors.items()])
    if items is None:
        return zero(shape)
    product = ex.ones(shape.rows, shape.cols) if not items else better_way_round(items)
    if outer.coef == 1 and not outer.scalars:
        return product
    outer.take(product)
    return finish(outer, shape)


def entry_power(f: Expr) -> tuple[Expr, Expr]:
    """f as base .^ exponent with a scalar exponent; (X .^ 2)' is X' .^ 2."""
    if f.op is ex.T:
        base, exponent = entry_power(f.args[0])
        return ex.transpose(base), exponent
    return (f.args[0], f.args[1]) if f.op is ex.POW and f.args[1].is_scalar else (f, ex.ONE_)


def better_way_round(items: list[Expr]) -> Expr:
    """The factors as they are, or all transposed under one transpose: columns rather than rows, then fewer transposes."""
    row, column = items[0].rows is ONE, items[0].cols is ONE
    if len(items) > 1 and not column and (row or any(f.op is ex.T for f in items)):
        turned = [n_transpose(f) for f in items]
        if row or sum(map(marks, items)) > sum(map(marks, turned)) + TURNED:
            return ex.transpose(ex.hadamard(*sorted(turned, key=key)))
    return ex.hadamard(*sorted(items, key=key))


def _fold_hadamard(items: list[Expr]) -> list[Expr] | None:
    """Apply table 4 to pairs of factors until nothing changes; None for a zero product."""
    anchors = {op for a, b, _ in laws_of("had") for op in (a, b) if op is not ex.VAR}
    changed = True
    while changed and len(items) > 1:
        changed = False
        marked = [f for f in items if peel(f).op in anchors]
        for a, b in ((a, b) for x in marked for y in items if x is not y for a, b in ((x, y), (y, x))):
            result = pair_law("had", a, b)
            if result is not None:
                if ex.is_zero(result):
                    return None
                rest = [f for f in items if f is not a and f is not b]
                items = [*rest, *(result.args if result.op is ex.HAD else (result,))]
                changed = True
                break
    return items


make.hadamard = n_hadamard
