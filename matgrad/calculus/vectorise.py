"""Linear expression to matrix: reads table 3, pushing vec inwards until vec dX stands alone.

vec(L(dX)) = M*vec(dX); vec stacks columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.rows import KRONECKER, Row
from ..core.trace import Law, Stage
from ..errors import UnsupportedError
from ..simplify import match as m
from ..simplify.normal import laws_used, normal
from .members import at_member, is_member
from .transpose import only_active, split_block

_rows: dict[str, Row] = {}


def row(left: str) -> Row:
    """The row of table 3 with this left side."""
    if not _rows:
        _rows.update({r.left: r for r in KRONECKER})
    return _rows[left]


class Term:
    """M*vec(L), under the sums of `binders`; M is None where it is the identity."""

    __slots__ = ("binders", "matrix", "linear")

    def __init__(self, binders: tuple[tuple[str, Expr, Expr], ...], matrix: Expr | None, linear: Expr):
        self.binders = binders
        self.matrix = matrix
        self.linear = linear

    def expression(self) -> Expr:
        v = vec(self.linear)
        e = v if self.matrix is None else ex.mul(self.matrix, v)
        for name, low, high in reversed(self.binders):
            e = ex.total(name, low, high, e)
        return e

    def at(self, wanted: Expr) -> Expr:
        """The matrix of one member of a family, once vec(dx[i]) stands alone."""
        matrix = self.matrix if self.matrix is not None else ex.eye(self.linear.rows * self.linear.cols)
        return at_member(self.binders, self.linear, matrix, wanted)

    def total(self) -> Expr:
        """The matrix, once vec(dX) stands alone."""
        e = self.matrix if self.matrix is not None else ex.eye(self.linear.rows * self.linear.cols)
        for name, low, high in reversed(self.binders):
            e = ex.total(name, low, high, e)
        return e


def vec(e: Expr) -> Expr:
    """vec(e); a column is its own vec."""
    return e if e.cols is ONE else ex.call("vec", e)


def vectorise(linear: Expr, leaves: Sequence[Expr], stage: Stage, places: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """The M_X with vec(linear) = Σ M_X*vec(dX) over the leaves X that occur, in normal form; of a family, at the member in `places`.

    Writes the steps.
    """
    directions = {ex.dvar(leaf): leaf for leaf in leaves}

    def is_done(t: Term) -> bool:
        return t.linear in directions or is_member(t.linear)

    terms = split([Term((), None, linear)])
    before = vec(linear)
    while not all(is_done(t) for t in terms):
        laws: list[Law] = []
        terms = split([t if is_done(t) else push(t, laws) for t in terms])
        after = ex.add(*[t.expression() for t in terms])
        stage.add("vec", before, after, tuple(laws))
        before = after
    sums: dict[Expr, list[Expr]] = {}
    for t in terms:
        direction = t.linear.args[0] if is_member(t.linear) else t.linear
        sums.setdefault(direction, []).append(t.at(places[direction.data]) if direction is not t.linear else t.total())
    totals = {direction: ex.add(*parts) for direction, parts in sums.items()}
    matrices = {direction: matrix for direction, total in totals.items() if not ex.is_zero(matrix := normal(total))}
    final = ex.add(*[ex.mul(m, vec(direction)) for direction, m in matrices.items()]) if matrices else ex.zeros(before.rows, before.cols)
    if not any(is_member(t.linear) for t in terms):  # of a family, the members are read off
        stage.add("collect", before, final, ("collect", *[law for total in totals.values() for law in laws_used(total)]))
    return {directions[direction]: m for direction, m in matrices.items()}


def split(terms: list[Term]) -> list[Term]:
    out: list[Term] = []
    todo = terms[::-1]
    while todo:
        t = todo.pop()
        if t.linear.op is ex.ADD:
            todo.extend(Term(t.binders, t.matrix, a) for a in reversed(t.linear.args))
        elif t.linear.op is ex.TOTAL:
            low, high, body = t.linear.args
            todo.append(Term((*t.binders, (t.linear.data, low, high)), t.matrix, body))
        elif t.linear.op.name == "diag_of" and t.linear.args[0].op is ex.ADD:  # each A*diag(dx)*B has a row of its own
            todo.extend(Term(t.binders, t.matrix, ex.call("diag_of", a)) for a in reversed(t.linear.args[0].args))
        elif not ex.is_zero(t.linear):
            out.append(t)
    return out


def push(t: Term, laws: list[Law]) -> Term:
    """Take the outermost operation off the linear side, as a factor of M."""
    e = t.linear
    if e.op is ex.BLOCK:
        return Term(t.binders, t.matrix, split_block(ex.ONE_, e, laws)[1])
    rule = FACTORS.get(e.op) or (_diag_of if e.op.name == "diag_of" else by_pattern)
    factor, linear = rule(e, laws)
    matrix = factor if t.matrix is None else normal(ex.mul(t.matrix, factor))
    return Term(t.binders, matrix, linear)


def use(left: str, laws: list[Law], **terms: Expr) -> Expr:
    laws.append(row(left))
    return normal(m.instantiate(row(left), **terms))


def _mul(e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    at = only_active(e)
    active = e.args[at]
    scalars = [a for i, a in enumerate(e.args) if a.is_scalar and i != at]
    word = [a for i, a in enumerate(e.args) if not a.is_scalar and i != at]
    if active.is_scalar:
        if word:
            return use("dt*A", laws, t=active, A=ex.mul(*scalars, *word)), active
        return normal(ex.mul(*scalars)), active
    before = [a for a in e.args[:at] if not a.is_scalar]
    after = [a for a in e.args[at + 1 :] if not a.is_scalar]
    if active.op.name == "diag" and word:
        left = ("A*" if before else "") + "diag(dx)" + ("*B" if after else "")
        sides = {"A": ex.mul(*before)} if before else {}
        if after:
            sides["B"] = ex.mul(*after)
        factor, active = use(left, laws, x=active.args[0], **sides), active.args[0]
        return (normal(ex.mul(*scalars, factor)) if scalars else factor), active
    if before and after:
        factor = use("A*dX*B", laws, A=ex.mul(*before), X=active, B=ex.mul(*after))
    elif before:
        factor = use("A*dX", laws, A=ex.mul(*before), X=active)
    elif after:
        factor = use("dX*B", laws, X=active, B=ex.mul(*after))
    else:
        factor = ex.eye(active.rows * active.cols)
    return (normal(ex.mul(*scalars, factor)) if scalars else factor), active


def _diag_of(e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    """The diagonal of a product with diag(dx) in it; of anything else by the table."""
    product = e.args[0]
    while product.op is ex.MUL and product.args[only_active(product)].op is ex.T:  # diag(A*Z'*B) = diag(B'*Z*A')
        product = ex.mul(*[a if a.is_scalar else a.args[0] if a.op is ex.T else ex.transpose(a) for a in reversed(product.args)])
    if product.op is ex.MUL:
        at = only_active(product)
        active = product.args[at]
        if active.op.name == "diag":
            scalars = [a for i, a in enumerate(product.args) if a.is_scalar]
            sides = [[a for a in part if not a.is_scalar] for part in (product.args[:at], product.args[at + 1 :])]
            left, right = (ex.mul(*side) if side else ex.eye(active.rows) for side in sides)
            return normal(ex.mul(*scalars, use("diag(A*diag(dx)*B)", laws, A=left, x=active.args[0], B=right))), active.args[0]
    return by_pattern(e, laws)


def _had(e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    at = only_active(e)
    rest = ex.hadamard(*[a for i, a in enumerate(e.args) if i != at])
    return use("A .* dX", laws, A=rest, X=e.args[at]), e.args[at]


def _kron(e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    at = only_active(e)
    active = e.args[at]
    if at == len(e.args) - 1:
        return use("kron(A, dX)", laws, A=ex.kron(*e.args[:-1]), X=active), active
    left = ex.kron(*e.args[: at + 1])
    return use("kron(dX, B)", laws, X=left, B=ex.kron(*e.args[at + 1 :])), left


FACTORS = {ex.MUL: _mul, ex.HAD: _had, ex.KRON: _kron}


def by_pattern(e: Expr, laws: list[Law]) -> tuple[Expr, Expr]:
    hit = m.first_row(KRONECKER, e)
    if hit is None:
        raise UnsupportedError("no Kronecker form is known for {operation}", operation=e.op.text)
    r, found, active = hit
    laws.append(r)
    return normal(m.fill(m.sides(r)[1], found)), active
