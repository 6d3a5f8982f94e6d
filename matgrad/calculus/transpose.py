"""Linear expression and cotangent to adjoint: reads table 2, one factor moved at a time.

tr(G'*L(dX)) becomes tr(M(G)'*dX): each move takes the outermost operation off L and puts its adjoint on G.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import has
from ..core.rows import ADJOINTS, Row
from ..core.trace import Law, Stage
from ..errors import UnsupportedError
from ..simplify import match as m
from ..simplify.normal import laws_used, normal
from .differentiate import Differentiator, is_active
from .members import Binder, at_member, is_member


class Pair:
    """tr(G'*L), under the sums of `binders`."""

    __slots__ = ("binders", "cotangent", "linear")

    def __init__(self, binders: tuple[Binder, ...], cotangent: Expr, linear: Expr):
        self.binders = binders
        self.cotangent = cotangent
        self.linear = linear

    @property
    def done(self) -> bool:
        return is_leaf(self.linear)

    def expression(self) -> Expr:
        e = inner(self.cotangent, self.linear)
        for name, low, high in reversed(self.binders):
            e = ex.total(name, low, high, e)
        return e


def is_leaf(e: Expr) -> bool:
    """Whether a differential stands alone: of a leaf, or of a node that is still to be differentiated."""
    return e.op in (ex.DVAR, ex.D) or is_member(e)


def inner(g: Expr, x: Expr) -> Expr:
    """⟨g, x⟩ as it is written: g*x, g'*x or tr(g'*x), numbers in front."""
    if x.op is ex.MUL and x.args[0].op is ex.NUM and len(x.args) > 1:
        return times(x.args[0], inner(g, ex.mul(*x.args[1:])))
    if g.is_scalar:
        return x if g is ex.ONE_ else ex.mul(g, x)
    if g.is_vector:
        return ex.mul(ex.transpose(g), x)
    if g.op is ex.T and g.args[0].is_vector:
        return ex.mul(x, g.args[0])
    if g.op is ex.EYE:
        return ex.call("tr", x)
    if g.op is ex.MUL and any(a.op is ex.EYE for a in g.args):
        return ex.mul(*[ex.call("tr", x) if a.op is ex.EYE else a for a in g.args])
    return ex.call("tr", ex.mul(turn(g), x))


def times(number: Expr, e: Expr) -> Expr:
    """The multiple, with one number in front."""
    if e.op is ex.MUL and e.args[0].op is ex.NUM:
        return ex.mul(ex.num(number.data * e.args[0].data), *e.args[1:])
    return ex.mul(number, e)


_rows: dict[str, Row] = {}


def row(left: str) -> Row:
    """The row of table 2 with this left side."""
    if not _rows:
        _rows.update({r.left: r for r in ADJOINTS})
    return _rows[left]


def adjoint(d: Differentiator, body: Expr, cotangent: Expr, stage: Stage, places: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """For every leaf dX, the G with tr(cotangent'*d(body)) = Σ tr(G'*dX); of a family, the G at the member in `places`. Writes the steps.

    Of complex values the real parts of both sides agree; G is then the conjugate of the gradient.

    The node nearest the root is differentiated, its factors are moved onto the cotangents, and what
    arrives at one node is added up before that node is touched: the cost is linear in the graph.
    """
    place = {e: i for i, e in enumerate(ex.postorder_where(body, lambda e: e not in d.leaves))}
    start = d.d(body)
    front = split([Pair((), cotangent, start if start.op is not ex.DVAR else ex.formal_d(body))])
    stage.add("differential", ex.real(inner(cotangent, ex.formal_d(body))), joined(front), ("linear",))
    front = settle(front, stage)
    while True:
        following = max((p for p in front if p.linear.op is ex.D), key=lambda p: place.get(p.linear.args[0], -1), default=None)
        if following is None:
            return read_off(front, places)
        before = joined(front)
        d.laws = []
        local = Pair(following.binders, following.cotangent, d.local(following.linear.args[0]))
        front = split([local if p is following else p for p in front])
        stage.add("differential", before, joined(front), tuple(d.laws))
        front = settle(front, stage)


def read_off(pairs: Sequence[Pair], places: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """The cotangent of every leaf, by its differential; of a family, at the member asked for."""
    found: dict[Expr, Expr] = {}
    for p in pairs:
        direction, g = p.linear, p.cotangent
        if is_member(direction):
            direction, g = direction.args[0], at_member(p.binders, direction, g, places[direction.args[0].data])
            g = normal(ex.add(found[direction], g)) if direction in found else g
        found[direction] = g
    return found


def settle(pairs: list[Pair], stage: Stage) -> list[Pair]:
    """Move factors off until a differential stands alone in every pair, then add up what belongs together."""
    before = joined(pairs)
    while not all(p.done for p in pairs):
        laws: list[Law] = []
        pairs = split([p if p.done else move(p, laws) for p in pairs])
        after = joined(pairs)
        stage.add("trace", before, after, tuple(laws))
        before = after
    groups: dict[tuple[Expr, tuple[Binder, ...]], list[Expr]] = {}
    for p in pairs:
        binders, g = p.binders, p.cotangent
        while binders and binders[-1][0] not in ex.free_indices(p.linear):
            name, low, high = binders[-1]
            binders, g = binders[:-1], ex.total(name, low, high, g)
        groups.setdefault((p.linear, binders), []).append(g)
    sums = [(linear, binders, ex.add(*gs)) for (linear, binders), gs in groups.items()]
    settled = [Pair(binders, normal(g), linear) for linear, binders, g in sums]
    settled = [p for p in settled if not ex.is_zero(p.cotangent)]
    stage.add("collect", before, joined(settled), ("collect", *[r for _, _, g in sums for r in laws_used(g)]))
    return settled


def joined(pairs: list[Pair]) -> Expr:
    """The sum of the pairs, of complex ones the real part."""
    return ex.real(ex.add(*[p.expression() for p in pairs])) if pairs else ex.num(0)


def split(pairs: list[Pair]) -> list[Pair]:
    """tr is linear: one pair for every term; sums over an index move outside."""
    out: list[Pair] = []
    todo = pairs[::-1]
    while todo:
        p = todo.pop()
        if p.linear.op is ex.ADD:
            todo.extend(Pair(p.binders, p.cotangent, t) for t in reversed(p.linear.args))
        elif p.linear.op is ex.TOTAL and is_active(p.linear.args[2]):
            low, high, body = p.linear.args
            todo.append(Pair((*p.binders, (p.linear.data, low, high)), p.cotangent, body))
        elif not ex.is_zero(p.linear):
            out.append(p)
    return out


def move(p: Pair, laws: list[Law]) -> Pair:
    """Take the outermost operation off the linear side."""
    e = p.linear
    rule = MOVES.get(e.op)
    if rule is not None:
        g, linear = rule(p.cotangent, e, laws)
    else:
        g, linear = by_pattern(p.cotangent, e, laws)
    laws += laws_used(g)
    return Pair(p.binders, normal(g), linear)


def use(left: str, laws: list[Law], **terms: Expr) -> Expr:
    """The right side of a row of table 2 with formals by name; dX is given as X."""
    laws.append(row(left))
    return m.instantiate(row(left), **terms)


def _mul(g: Expr, e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    at = only_active(e)
    active = e.args[at]
    if e.is_scalar and active.op is ex.T and not active.is_scalar:  # dx'*A*y = y'*A'*dx
        laws.append("a scalar is its own transpose")
        turned = map(turn, (a for a in reversed(e.args) if not a.is_scalar))
        return g, ex.mul(*[a if a.is_scalar else next(turned) for a in e.args])
    scalars = [a for i, a in enumerate(e.args) if a.is_scalar and i != at]
    if active.is_scalar:
        word = [a for a in e.args if not a.is_scalar]
        rest = ex.mul(*scalars, *word) if scalars or word else ex.ONE_
        if word:
            return use("dt*A", laws, t=active, A=rest, G=g), active
        return use("c*dX", laws, X=active, c=rest, G=g), active
    before = [a for a in e.args[:at] if not a.is_scalar]
    after = [a for a in e.args[at + 1 :] if not a.is_scalar]
    if before and after:
        g = use("A*dX*B", laws, A=ex.mul(*before), X=active, B=ex.mul(*after), G=g)
    elif before:
        g = use("A*dX", laws, A=ex.mul(*before), X=active, G=g)
    elif after:
        g = use("dX*B", laws, X=active, B=ex.mul(*after), G=g)
    if scalars:
        g = use("c*dX", laws, X=active, c=ex.mul(*scalars), G=g)
    return g, active


def turn(e: Expr) -> Expr:
    """The transpose of a factor, without two marks that undo each other."""
    return e.args[0] if e.op is ex.T else e if has(e, "symmetric") else ex.transpose(e)


def _had(g: Expr, e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    at = only_active(e)
    rest = ex.hadamard(*[a for i, a in enumerate(e.args) if i != at])
    return use("A .* dX", laws, A=rest, X=e.args[at], G=g), e.args[at]


def _kron(g: Expr, e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    at = only_active(e)
    active = e.args[at]
    if at == len(e.args) - 1:
        return use("kron(A, dX)", laws, A=ex.kron(*e.args[:-1]), X=active, G=g), active
    if at == 0:
        return use("kron(dX, B)", laws, X=active, B=ex.kron(*e.args[1:]), G=g), active
    left = ex.kron(*e.args[: at + 1])
    return use("kron(dX, B)", laws, X=left, B=ex.kron(*e.args[at + 1 :]), G=g), left


def _conj(g: Expr, e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    """Re tr(G'*conj(dX)) = Re tr(conj(G)'*dX)."""
    laws.append("conj under Re")
    return ex.conj(g), e.args[0]


def _real(g: Expr, e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    """Re tr(G'*real(dX)) = Re tr(real(G)'*dX)."""
    laws.append("real under Re")
    return ex.real(g), e.args[0]


def _imag(g: Expr, e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    """Re tr(G'*imag(dX)) = Re tr(-1i*real(G)'*dX)."""
    laws.append("imag under Re")
    return ex.mul(ex.MINUS_ONE, ex.I_, ex.real(g)), e.args[0]


def split_block(g: Expr, e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    """A block matrix is a sum of E*A*F' with block columns E, F of the identity."""
    rows, cols = e.data
    heights = [e.args[r * cols].rows for r in range(rows)]
    widths = [e.args[c].cols for c in range(cols)]
    laws.append("block")
    terms = []
    for i, a in enumerate(e.args):
        if is_active(a):
            r, c = divmod(i, cols)
            left = ex.block(tuple(ex.eye(h) if k == r else ex.zeros(h, heights[r]) for k, h in enumerate(heights)), (rows, 1))
            right = ex.block(tuple(ex.eye(w) if k == c else ex.zeros(widths[c], w) for k, w in enumerate(widths)), (1, cols))
            terms.append(ex.mul(left, a, right))
    return g, ex.add(*terms)


def only_active(e: Expr) -> int:
    found = [i for i, a in enumerate(e.args) if is_active(a)]
    if len(found) != 1:
        raise UnsupportedError("{operation} is not linear in the differentials here", operation=e.op.name)
    return found[0]


def by_pattern(g: Expr, e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    """Any other building block: the row whose left side has this shape."""
    hit = m.first_row(ADJOINTS, e)
    if hit is None:
        raise UnsupportedError("no adjoint is known for {operation}", operation=e.op.text)
    r, found, active = hit
    template = m.sides(r)[1]
    found.terms[next(v for v in ex.variables(template) if v.data[0] == "G")] = g
    laws.append(r)
    return m.fill(template, found), active


MOVES = {ex.MUL: _mul, ex.HAD: _had, ex.KRON: _kron, ex.BLOCK: split_block, ex.CONJ: _conj, ex.REAL: _real, ex.IMAG: _imag}
