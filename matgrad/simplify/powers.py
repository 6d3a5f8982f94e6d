"""Transposes, inverses and powers: where they sink to, and where they stay."""

from __future__ import annotations

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.facts import has
from ..core.op import Op
from . import match as m
from .build import ONE_SHAPE, lawful, make, pair_law
from .conjugates import bare, less_conjugated
from .factors import Product
from .order import TURNED, cost, key, marks
from .products import finish, n_mul
from .signs import unsigned, whole
from .sums import n_add

ENTRYWISE = (ex.POW, ex.GENERIC, *m.BROADCASTING)
SUNK = (ex.ADD, ex.MUL, ex.HAD, ex.BLOCK)


def is_entrywise(op: Op) -> bool:
    """Whether an operation acts entry by entry, so that transposes pass through it."""
    return op.elementwise or op in ENTRYWISE


def n_transpose(e: Expr) -> Expr:
    """The transpose: it sinks into products and sums, and stays outside functions."""
    if e.is_scalar or has(e, "symmetric"):
        return e
    if e.op is ex.T:
        return e.args[0]
    stack = [e]
    while stack:  # the parts of sums and products first, so that depth does not matter
        top = stack[-1]
        todo = [a for a in top.args if needs_transpose(a)] if (top.op in SUNK or is_entrywise(top.op)) and "transposed" not in top._cache else []
        if todo:
            stack.extend(todo)
            continue
        stack.pop()
        if "transposed" not in top._cache:
            top._cache["transposed"] = _n_transpose(top)
    result: Expr = e._cache["transposed"]
    return result


def needs_transpose(e: Expr) -> bool:
    return not e.is_scalar and e.op is not ex.T and "transposed" not in e._cache and not has(e, "symmetric")


def _n_transpose(e: Expr) -> Expr:
    turned = ex.zeros(e.cols, e.rows)
    if e.op is ex.MUL:
        scalars = [a for a in e.args if a.is_scalar]
        return n_mul([*scalars, *[n_transpose(a) for a in reversed(e.args) if not a.is_scalar]], turned)
    if e.op is ex.ADD:
        return n_add([n_transpose(a) for a in e.args], turned)
    if e.op is ex.HAD:
        return make.hadamard([n_transpose(a) for a in e.args], turned)
    if e.op is ex.ZEROS:
        return turned
    if e.op is ex.ONES and e.rows is not ONE and e.cols is not ONE:
        return ex.ones(e.cols, e.rows)
    if e.op is ex.ONES and e.rows is ONE:
        return ex.ones(e.cols)
    if e.op is ex.MPOW:
        return n_matrix_power(n_transpose(e.args[0]), e.args[1])
    if is_entrywise(e.op):
        args = tuple([a if a.is_scalar else argument(n_transpose(a)) for a in e.args])
        if not all(a.op is ex.T or a.is_scalar for a in args):
            return make.normal(ex.rebuild(e, args))
    if e.op is ex.TOTAL:
        return make.total(e.data, e.args[0], e.args[1], n_transpose(e.args[2]))
    if e.op is ex.BLOCK:
        rows, cols = e.data
        return ex.block(tuple(n_transpose(e.args[i * cols + j]) for j in range(cols) for i in range(rows)), (cols, rows))
    if has(e, "skew"):
        return n_mul([ex.MINUS_ONE, e], e)
    return lawful(ex.transpose(e))


def outward(f: Expr) -> Expr:
    """A sum as a factor or an argument: (X*w - y)' rather than w'*X' - y'; a multiple likewise, (-x)'."""
    if f.op is ex.MUL and not f.is_scalar:
        word = [a for a in f.args if not a.is_scalar]
        if len(word) == 1 and word[0].op is ex.T:
            return ex.transpose(ex.mul(*[a if a.is_scalar else a.args[0] for a in f.args]))
    return turned_outward(f) if f.op is ex.ADD else f


def turned_outward(f: Expr) -> Expr:
    """A sum or product with its transposes under one, where that makes fewer."""
    if f.is_scalar:
        return f
    if "outward" not in f._cache:
        turned = n_transpose(f)
        better = turned.op is f.op and marks(f) > marks(turned) + (0 if f.rows is ONE else TURNED)
        f._cache["outward"] = ex.transpose(turned) if better else None
    found: Expr | None = f._cache["outward"]
    return f if found is None else found


def argument(a: Expr) -> Expr:
    """An argument of an element-wise function; a transpose that stands around it can leave the function."""
    if a.op is ex.ZEROS and a.rows is ONE and not a.is_scalar:
        return ex.transpose(ex.zeros(a.cols, ONE))
    a = outward(a)
    return turned_outward(a) if a.op is ex.MUL else a


def turned_function(op: Op, inner: Expr) -> Expr:
    """The transpose of f(X), where f(X') has just been found the longer to write."""
    return lawful(ex.transpose(inner)) if inner.op is op and not has(inner, "symmetric") else n_transpose(inner)


def upright(e: Expr) -> Expr:
    """The argument of a function that is blind to transposes, the way round that is shorter to write or sorts first."""
    ways = [a.args[0] if a.op is ex.T else a for a in (e, n_transpose(e))]
    return min(ways, key=lambda a: (bare(a), marks(a), cost(unsigned(a)[1]), key(unsigned(a)[1])))


def flip(f: Expr) -> Expr:
    """The transpose of a factor."""
    return outward(n_transpose(f))


def n_inverse(e: Expr) -> Expr:
    """inv(A*B) = inv(B)*inv(A) for square factors; numbers and transposes go outside."""
    if e.op is ex.EYE:
        return e
    turned = less_conjugated(e)
    if turned is not None:
        return n_transpose(n_inverse(turned))
    e = outward(e) if not ex.is_complex(e) else e
    if e.op is ex.T:
        return n_transpose(n_inverse(e.args[0]))
    if e.op.name == "inv":
        return e.args[0]
    if e.op is ex.MPOW:
        return n_matrix_power(e.args[0], n_mul([ex.MINUS_ONE, e.args[1]], ONE_SHAPE))
    if e.op is ex.MUL:
        word = [a for a in e.args if not a.is_scalar]
        scalars = [n_power(a, ex.MINUS_ONE) for a in e.args if a.is_scalar]
        if all(a.rows is a.cols for a in word):
            return n_mul([*scalars, *[n_inverse(a) for a in reversed(word)]], e)
        if scalars:
            return n_mul([*scalars, n_inverse(ex.mul(*word))], e)
    return lawful(ex.call("inv", e))


def n_matrix_power(base: Expr, exponent: Expr) -> Expr:
    """base^k for a square base."""
    if base.is_scalar:
        return n_power(base, exponent)
    if exponent.op is ex.NUM:
        if exponent.data == 0:
            return ex.eye(base.rows)
        if exponent.data == 1:
            return base
        if exponent.data == -1:
            return n_inverse(base)
        if exponent.data < 0:
            return n_matrix_power(n_inverse(base), ex.num(-exponent.data))
        if whole(exponent):
            base = base if exponent.data % 2 else unsigned(base)[1]
            square = pair_law("word", base, base)
            if square is not None:
                return n_mul([square, n_matrix_power(base, ex.num(exponent.data - 2))], base)
    if base.op is ex.EYE:
        return base
    if base.op is ex.MPOW:
        return n_matrix_power(base.args[0], n_mul([base.args[1], exponent], ONE_SHAPE))
    if base.op is ex.MUL and any(a.is_scalar for a in base.args):
        scalars = [n_power(a, exponent) for a in base.args if a.is_scalar]
        return n_mul([*scalars, n_matrix_power(ex.mul(*[a for a in base.args if not a.is_scalar]), exponent)], base)
    return ex.matrix_power(base, exponent)


def n_power(base: Expr, exponent: Expr) -> Expr:
    """base .^ exponent."""
    if exponent.op is ex.NUM:
        if exponent.data == 0:
            return ex.ones(base.rows, base.cols)
        if exponent.data == 1:
            return base
        if base.op is ex.NUM and whole(exponent) and base.data != 0:
            return ex.power(base, exponent)
        if whole(exponent) and base.op is ex.POW and base.args[1].is_scalar:
            return n_power(base.args[0], n_mul([base.args[1], exponent], ONE_SHAPE))
        if whole(exponent) and base.op is ex.MUL:
            scalars = [a for a in base.args if a.is_scalar]
            word = [a for a in base.args if not a.is_scalar]
            if scalars and (word or len(scalars) > 1):
                rest = [n_power(ex.mul(*word), exponent)] if word else []
                return n_mul([*[n_power(a, exponent) for a in scalars], *rest], base)
        if whole(exponent) and base.op is ex.HAD:
            return make.hadamard([n_power(a, exponent) for a in base.args], base)
        if whole(exponent) and exponent.data % 2 == 0:
            base = unsigned(base)[1]
    if base.op is ex.ONES or base is ex.ONE_:
        return base
    if exponent.is_scalar and not base.is_scalar:
        base = argument(base)
        if base.op is ex.T:
            return turned_function(ex.POW, n_power(base.args[0], exponent))
    e = ex.power(base, exponent)
    if e.is_scalar and e.op is ex.POW and (base.op.name in ("norm2", "normF") or base is ex.I_):
        p = Product()
        p.multiply(base, exponent)
        return finish(p, ONE_SHAPE)
    return lawful(e)


make.transpose = n_transpose
make.outward = outward
make.flip = flip
make.matrix_power = n_matrix_power
