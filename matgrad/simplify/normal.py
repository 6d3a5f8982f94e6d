"""The normal form: one bottom-up pass that orders, collects, cancels, applies table 4 and takes out common factors.

Every constructor takes arguments in normal form and gives a normal form. It ends because each step lowers
the number of tokens, or keeps it and moves transposes, traces and numbers outwards, or sorts. A sum inside
a product is not multiplied out unless something then cancels.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.op import OPS, Op
from ..core.rows import Row
from .build import ONE_SHAPE, lawful, make, zero
from .conjugates import n_adjugate, n_real
from .entrywise import n_hadamard
from .laws import blind_to_transposes, log
from .order import key, marks
from .powers import argument, is_entrywise, n_inverse, n_matrix_power, n_power, n_transpose, turned_function, upright
from .products import n_mul
from .signs import unsigned
from .sums import multiple, n_add, split_term
from .traces import n_sum, n_trace


def normal(root: Expr) -> Expr:
    """The normal form of an expression. Cached on the nodes, so a shared part is simplified once."""
    stack = [root] if "nf" not in root._cache else []
    while stack:
        e = stack[-1]
        if "nf" in e._cache:
            stack.pop()
            continue
        todo = [a for a in e.args if "nf" not in a._cache]
        if todo:
            stack.extend(todo)
            continue
        stack.pop()
        start = len(log)
        result = _visit(e, tuple([_nf(a) for a in e.args]))
        if len(log) > start:
            e._cache["laws"] = tuple(dict.fromkeys(log[start:]))
            if start == 0:
                log.clear()
        e._cache["nf"] = None if result is e else result
        result._cache.setdefault("nf", None)
    return _nf(root)


def laws_used(root: Expr) -> list[Row]:
    """The rows of table 4 that took `root` to its normal form, in order of use."""
    normal(root)
    return list(dict.fromkeys(row for e in ex.above_names(root) for row in e._cache.get("laws", ())))


def _nf(e: Expr) -> Expr:
    found: Expr | None = e._cache["nf"]
    return e if found is None else found


def _visit(e: Expr, args: tuple[Expr, ...]) -> Expr:
    rule = RULES.get(e.op)
    if rule is not None:
        return rule(e, args)
    return n_function(e, args)


def n_function(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """A function: linear ones of zero vanish, element-wise ones let transposes out, then table 4."""
    if e.op.linear and args and all(ex.is_zero(a) for a in args):
        return zero(e)
    if is_entrywise(e.op):
        args = tuple([argument(a) for a in args])
        if any(a.op is ex.T for a in args) and all(a.op is ex.T or a.is_scalar for a in args):
            return turned_function(e.op, normal(ex.rebuild(e, tuple([a if a.is_scalar else a.args[0] for a in args]))))
    if e.op.elementwise and all(a.is_scalar for a in args[1:]) and (same := constant(args[0])) is not None:
        return n_mul([normal(ex.rebuild(e, (same, *args[1:]))), ex.ones(e.rows, e.cols)], e)
    if blind_to_transposes(e.op):
        args = (upright(args[0]),)
    if e.op.even:
        coef, core = split_term(args[0])
        args = (unsigned(multiple(-coef if coef < 0 else coef, core))[1],)
    return lawful(ex.rebuild(e, args))


def constant(e: Expr) -> Expr | None:
    """t for t*ones(m,n), a matrix with one number everywhere."""
    if e.op is ex.ONES and not e.is_scalar:
        return ex.ONE_
    if e.op is ex.MUL and e.args[-1].op is ex.ONES and all(a.is_scalar for a in e.args[:-1]):
        return ex.mul(*e.args[:-1])
    return None


def n_kron(args: tuple[Expr, ...], shape: Expr) -> Expr:
    """A Kronecker product: numbers out, zeros through, neighbours by table 4."""
    outer: list[Expr] = []
    factors: list[Expr] = []
    for a in args:
        if ex.is_zero(a):
            return zero(shape)
        if a.is_scalar:
            outer.append(a)
        elif a.op is ex.MUL and any(f.is_scalar for f in a.args):
            outer += [f for f in a.args if f.is_scalar]
            factors.append(ex.mul(*[f for f in a.args if not f.is_scalar]))
        else:
            factors.append(a)
    product = factors[0] if factors else ex.ONE_
    for f in factors[1:]:
        parts = product.args if product.op is ex.KRON else (product,)
        joined = ex.kron(parts[-1], f)
        last = lawful(joined)
        product = ex.kron(*parts[:-1], last) if len(parts) > 1 else last
    return n_mul([*outer, product], shape) if outer else product


def n_total(name: str, low: Expr, high: Expr, body: Expr) -> Expr:
    """A sum over an index: what does not depend on the index goes outside."""
    if ex.is_zero(body):
        return zero(body)
    if name not in ex.free_indices(body):
        count = n_add([high, n_mul([ex.MINUS_ONE, low], ONE_SHAPE), ex.ONE_], ONE_SHAPE)
        return n_mul([count, body], body)
    coef, core = split_term(body)
    if coef != 1:
        inner = n_total(name, low, high, core)
        return n_mul([ex.num(coef), inner], inner)
    if body.op is ex.MUL:
        scalars = [a for a in body.args if a.is_scalar]
        word = [a for a in body.args if not a.is_scalar]
        out_scalars = [a for a in scalars if name not in ex.free_indices(a)]
        left: list[Expr] = []
        right: list[Expr] = []
        while word and name not in ex.free_indices(word[0]):
            left.append(word.pop(0))
        while word and name not in ex.free_indices(word[-1]):
            right.insert(0, word.pop())
        inside = [a for a in scalars if name in ex.free_indices(a)]
        if (out_scalars or left or right) and not (body.is_scalar and (left or right)):
            if not word and (left or right):
                scalar_sum = n_total(name, low, high, n_mul(inside, ONE_SHAPE))
                return n_mul([*out_scalars, scalar_sum, *left, *right], body)
            rest = ex.zeros(left[-1].cols if left else body.rows, right[0].rows if right else body.cols)
            inner = n_total(name, low, high, n_mul([*inside, *word], rest))
            return n_mul([*out_scalars, *left, inner, *right], body)
    return ex.total(name, low, high, body)


def n_index(e: Expr, args: tuple[Expr, ...]) -> Expr:
    e = ex.rebuild(e, args)
    if e.op is not ex.INDEX:
        return e
    base = args[0]
    if ex.is_zero(base):
        return zero(e)
    if base.op is ex.ONES:
        return ex.ones(e.rows, e.cols)
    if base.op is ex.MUL and any(f.is_scalar for f in base.args):
        inner = ex.rebuild(e, (ex.mul(*[f for f in base.args if not f.is_scalar]), *args[1:]))
        return n_mul([*[f for f in base.args if f.is_scalar], n_index(inner, inner.args)], e)
    one = sifted(e)
    if one is not None:
        return one
    simpler = lawful(e)
    if simpler is not e:
        return simpler
    outer = entries_of_outer_product(e)
    if outer is not None:
        return outer
    turned = turned_index(e)
    return e if turned is None else n_transpose(n_index(turned, turned.args))


def sifted(e: Expr) -> Expr | None:
    """One term of a sum that puts a term into every column, or every row: sum(i, 1..n, x[i]*unit(n,i)')[:,j] = x[j]."""
    base = e.args[0]
    row, col = ex.row_and_column(e.args[1:], e.data)
    if base.op is ex.MUL and base.args[-1].op is ex.TOTAL and col is not None:  # the last factor has the columns
        column = sifted(ex.index(base.args[-1], None, col))
        return None if column is None else normal(ex.index(n_mul([*base.args[:-1], column], ex.zeros(base.rows, ONE)), row, None))
    if base.op is not ex.TOTAL or base.args[0] is not ex.ONE_:
        return None
    body = base.args[2]
    scalars, word = ([a for a in body.args if a.is_scalar is wanted] for wanted in (True, False)) if body.op is ex.MUL else ([], [body])
    if col is not None and word[-1].op is ex.T and runs_through(word[-1].args[0], base):
        term = n_mul([*scalars, *word[:-1]], ex.zeros(base.rows, ONE))
        return normal(ex.index(ex.with_index(term, base.data, col), row, None))
    if row is not None and runs_through(word[0], base):
        term = n_mul([*scalars, *word[1:]], ex.zeros(ONE, base.cols))
        return normal(ex.index(ex.with_index(term, base.data, row), None, col))
    return None


def entries_of_outer_product(e: Expr) -> Expr | None:
    """(x*y')[i,j] = x[i]*y[j], and its rows and columns."""
    word = e.args[0].args if e.args[0].op is ex.MUL else ()
    cut = next((k for k, f in enumerate(word[:-1]) if f.cols is ONE), None)
    if cut is None:
        return None
    row, col = ex.row_and_column(e.args[1:], e.data)
    left, right = ex.mul(*word[: cut + 1]), ex.mul(*word[cut + 1 :])
    return normal(ex.mul(ex.index(left, row, None), ex.index(right, None, col)))


def runs_through(unit: Expr, total: Expr) -> bool:
    """Whether a unit vector is each one in turn as the index of the sum runs."""
    return unit.op is ex.UNIT and unit.args[0] is ex.index_variable(total.data) and total.args[1] is ex.size(unit.data)


def turned_index(e: Expr) -> Expr | None:
    """X'[j,i] for X[i,j] where X' is the shorter; columns rather than rows of what is as good either way."""
    base, other = e.args[0], n_transpose(e.args[0])
    if ex.T in (base.op, other.op) or marks(other) > marks(base):
        return None
    row, col = ex.row_and_column(e.args[1:], e.data)
    if marks(other) == marks(base):
        as_good = row is not None if row is None or col is None else (key(other), key(col)) < (key(base), key(row))
        if not as_good:
            return None
    return ex.index(other, col, row)


def n_vec(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """A linear function such as vec or diag: numbers out."""
    a = args[0]
    if ex.is_zero(a):
        return zero(e)
    if a.op is ex.MUL and any(f.is_scalar for f in a.args):
        rest = ex.mul(*[f for f in a.args if not f.is_scalar])
        return n_mul([*[f for f in a.args if f.is_scalar], normal(ex.rebuild(e, (rest,)))], e)
    return lawful(ex.rebuild(e, (upright(a) if blind_to_transposes(e.op) else a,)))


RULES: dict[Op, Callable[[Expr, tuple[Expr, ...]], Expr]] = {
    ex.NUM: lambda e, args: e,
    ex.VAR: lambda e, args: e,
    ex.ADD: lambda e, args: n_add(args, e),
    ex.MUL: lambda e, args: n_mul(args, e),
    ex.HAD: lambda e, args: n_hadamard(args, e),
    ex.POW: lambda e, args: n_power(*args),
    ex.MPOW: lambda e, args: n_matrix_power(*args),
    ex.T: lambda e, args: n_transpose(args[0]),
    ex.KRON: lambda e, args: n_kron(args, e),
    ex.TOTAL: lambda e, args: n_total(e.data, *args),
    ex.INDEX: n_index,
    ex.REAL: n_real,
    ex.IMAG: n_real,
    ex.ONES: lambda e, args: ex.transpose(ex.ones(e.cols)) if e.rows is ONE and e.cols is not ONE else e,
}


def register(name: str, rule: Callable[[Expr, tuple[Expr, ...]], Expr]) -> None:
    """Give a function of the registry a constructor of its own."""

    RULES[OPS[name]] = rule


def install() -> None:
    """Attach the constructors of functions, once the tables are loaded."""
    register("tr", lambda e, args: n_trace(args[0]))
    register("sum", lambda e, args: n_sum(args[0]))
    register("inv", lambda e, args: n_inverse(args[0]))
    register("adj", n_adjugate)
    for op in OPS.values():
        if op.linear and op not in RULES:
            RULES[op] = n_vec


make.normal = normal
make.total = n_total
