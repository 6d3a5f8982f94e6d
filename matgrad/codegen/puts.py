"""Factors of a contraction: how products, traces, diag, vec, kron and their kin go into a network.

A rule adds the factors of an expression whose axes are `row` and `col`, or says False: then its value is a factor.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..core.op import Op
from .labels import COL, ROW, Label
from .network import Network
from .prepare import is_diagonal, is_outer_product, is_short_power

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .lower import Lowering

Put = Callable[["Lowering", Network, Expr, Label | None, Label | None], bool]


def put_rule(e: Expr) -> Put | None:
    return PUTS.get(e.op) or NAMED_PUTS.get(e.op.name)


def place(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    """Apply the rule of e."""
    rule = put_rule(e)
    return rule is not None and rule(low, net, e, row, col)


def scalar(low: Lowering, net: Network, e: Expr) -> None:
    """A scalar factor: into the number, above or below the line."""
    if e.op is ex.NUM:
        net.coef *= e.data
        return
    if e.op is ex.POW and e.args[1].op is ex.NUM and e.args[1].data < 0:
        below = low.value(ex.power(e.args[0], ex.num(-e.args[1].data)))
        if not below.labels:
            net.over.append(below.node)
            return
    sign, value = low.operand(e)
    if sign < 0:
        net.coef = -net.coef
    net.put(value.node, value.labels, nonnegative=low.in_place and sign > 0 and "nonnegative" in facts(e))


def put_product(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    word = [a for a in e.args if not a.is_scalar]
    for a in e.args:
        if a.is_scalar:
            scalar(low, net, a)
    left = row
    for k, a in enumerate(word):
        right = col if k == len(word) - 1 else net.label(a.cols)
        low.put(net, a, left, right)
        left = right
    return True


def put_hadamard(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    """M .* (u*v') is diag(u)*M*diag(v): inside a product its factors are contracted one by one."""
    if row is None or col is None or not any(map(is_outer_product, e.args)):
        return False
    for a in e.args:
        low.put(net, a, row, col)
    return True


def put_transpose(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    low.put(net, e.args[0], col, row)
    return True


def put_kron(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    rows, cols = net.split(row, [a.rows for a in e.args]), net.split(col, [a.cols for a in e.args])
    if rows is None or cols is None:
        return False
    for a, r, c in zip(e.args, rows, cols):
        low.put(net, a, r, c) if not a.is_scalar else scalar(low, net, a)
    return True


def put_total(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    """A sum of products is more factors, unless it is there already; one of products with unit(n,i) is a pattern of equal labels."""
    body, index = e.args[2], low.indices[e.data]
    selects = body.op in (ex.MUL, ex.KRON) and any(a.op is ex.UNIT and e.data in ex.free_indices(a) for a in ex.postorder(body))
    if index.label in net.summed or low.spread(body) is not body or not selects and (body.op is not ex.MUL or e in low.values):
        return False
    net.summed.append(index.label)
    low.put(net, body, row, col)
    return True


def put_eye(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    return net.unify(row, col)


def put_ones(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    return True


def put_commutation(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    """K(m,n): rows count (a, b) with a the slower, columns (b, a)."""
    m, n = e.data
    rows, cols = net.split(row, (m, n)), net.split(col, (n, m))
    if rows is None or cols is None:
        return False
    return net.unify(rows[0], cols[1]) and net.unify(rows[1], cols[0])


def put_unit(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    place = e.args[0]
    index = low.indices.get(place.data) if place.op is ex.IDX else None
    return index is not None and index.covers(e.rows) and net.unify(row, index.label)


def put_index(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    """X[:,i] under a sum over every i is X itlow."""
    base = e.args[0]
    places = iter(e.args[1:])
    labels: list[Label | None] = []
    for has, own, size in zip(e.data, (row, col), (base.rows, base.cols)):
        place = next(places) if has else None
        index = low.indices.get(place.data) if place is not None and place.op is ex.IDX else None
        if place is not None and (index is None or not index.covers(size)):
            return False
        labels.append(own if index is None else index.label)
    low.put(net, base, *labels)
    return True


def put_diag(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    if not net.unify(row, col):
        return False
    low.put(net, e.args[0], row, None)
    return True


def put_diag_of(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    low.put(net, e.args[0], row, row)
    return True


def put_trace(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    k = net.label(e.args[0].rows)
    low.put(net, e.args[0], k, k)
    return True


def put_sum(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    low.put(net, e.args[0], net.label(e.args[0].rows), net.label(e.args[0].cols))
    return True


def put_vec(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    a = e.args[0]
    parts = net.split(row, (a.cols, a.rows))
    if parts is None:
        return False
    low.put(net, a, parts[1], parts[0])
    return True


def put_unvec(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    low.put(net, e.args[0], net.joined((col, row), e.args[0].rows), None)
    return True


def put_inverse(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    """The inverse as a solve to come, unless its entries are needed anyway."""
    a = e.args[0]
    if is_diagonal(a) and net.unify(row, col):
        v = low.graph.diagonal(low.value(a).node, 0, 1)
        net.put(low.graph.div(low.graph.number(1), v), (row,))
        return True
    if e in low.demanded or e in low.values or low.value(a).labels != (ROW, COL):
        return False
    net.put(low.value(a).node, (row, col), low.solver(a))
    return True


def put_power(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    """X^2 and X^3 as two and three factors."""
    if not is_short_power(e):
        return False
    left = row
    for k in range(e.args[1].data, 0, -1):
        right = net.label(e.rows) if k > 1 else col
        low.put(net, e.args[0], left, right)
        left = right
    return True


def put_variable(low: Lowering, net: Network, e: Expr, row: Label | None, col: Label | None) -> bool:
    """A matrix declared diagonal is its diagonal."""
    if not is_diagonal(e) or not net.unify(row, col):
        return False
    net.put(low.graph.diagonal(low.value(e).node, 0, 1), (row,), nonnegative=low.in_place and "psd" in facts(e))
    return True


PUTS: dict[Op, Put] = {
    ex.MUL: put_product,
    ex.T: put_transpose,
    ex.HAD: put_hadamard,
    ex.KRON: put_kron,
    ex.EYE: put_eye,
    ex.ONES: put_ones,
    ex.COMM: put_commutation,
    ex.UNIT: put_unit,
    ex.INDEX: put_index,
    ex.UNVEC: put_unvec,
    ex.TOTAL: put_total,
    ex.MPOW: put_power,
    ex.VAR: put_variable,
}
NAMED_PUTS: dict[str, Put] = {
    "tr": put_trace,
    "sum": put_sum,
    "vec": put_vec,
    "diag": put_diag,
    "diag_of": put_diag_of,
    "inv": put_inverse,
}
