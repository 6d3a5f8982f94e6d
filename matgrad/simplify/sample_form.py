"""Matrix algebra as a sum over samples: A*B' = sum(i, 1..N, A[:,i]*B[:,i]'), the other way round from `matrix_form`.

Wherever a product, a trace, a sum of entries or the square of a norm runs over the size of the samples, it is
written as a sum over an index, and the index is pushed down to the data: (X'*w - y)[i] = X[:,i]'*w - y[i].
"""

from __future__ import annotations

from collections.abc import Callable

from ..core import expr as ex
from ..core.dims import ONE, Dim
from ..core.expr import Expr
from ..core.op import Op
from .match import BROADCASTING
from .normal import normal


def sample_form(e: Expr, size: Dim) -> Expr:
    """The expression with everything that runs over `size` written as a sum over an index."""
    letters = (c for c in ("i", "j", "k", *(f"i{n}" for n in range(1, 1000))) if c not in _taken(e))
    plain = ex.rewrite(e, lambda n, args: args[0] if n.op is ex.NAMED else ex.rebuild(n, args))
    return normal(ex.rewrite(plain, Sampling(size, letters.__next__).visit))


def _taken(e: Expr) -> set[str]:
    return {str(n.data[0] if n.op is ex.VAR else n.data) for n in ex.postorder(e) if n.op in (ex.VAR, ex.IDX, ex.TOTAL)} | set(ex.letters(e))


class Sampling:
    """Sums over 1..size, with an index letter for each."""

    def __init__(self, size: Dim, letter: Callable[[], str]):
        self.size = size
        self.letter = letter

    def visit(self, e: Expr, args: tuple[Expr, ...]) -> Expr:
        e = ex.rebuild(e, args)
        if e.op is ex.MUL:
            return self.product(e)
        if e.op.name in ("tr", "sum"):
            return self.entries(e)
        if e.op is ex.POW and e.args[1].op is ex.NUM and e.args[1].data == 2 and e.args[0].op.name in ("norm2", "normF"):
            return self.square(e.args[0].args[0], e)
        return e

    def total(self, body: Callable[[Expr], Expr]) -> Expr:
        name = self.letter()
        return ex.total(name, ex.ONE_, ex.size(self.size), body(ex.index_variable(name)))

    def product(self, e: Expr) -> Expr:
        """A product over the samples; diag(d) between two factors is a weight of each sample."""
        word = [a for a in e.args if not a.is_scalar]
        scalars = [a for a in e.args if a.is_scalar]
        cut = next((k for k, (a, b) in enumerate(zip(word, word[1:])) if a.cols is self.size and b.rows is self.size), None)
        if cut is None:
            return e
        left, right = word[: cut + 1], word[cut + 1 :]
        weight: list[Expr] = []
        while len(right) > 1 and right[0].op.name == "diag":
            weight.append(right.pop(0).args[0])

        def at(i: Expr) -> Expr:
            body = ex.mul(*left[:-1], column(left[-1], i), *[entry(w, i) for w in weight], row(right[0], i), *right[1:])
            return self.product(body) if body.op is ex.MUL else body

        return ex.mul(*scalars, self.total(at))

    def entries(self, e: Expr) -> Expr:
        """tr(A) as the sum of A[i,i], sum(A) as the sum over its rows or columns."""
        a = e.args[0]
        if a.op is ex.TOTAL or self.size not in (a.rows, a.cols):
            return e
        if e.op.name == "tr":
            return self.total(lambda i: column(row(a, i), i))
        return self.total(lambda i: _sum(self.slice(a, i)))

    def square(self, a: Expr, e: Expr) -> Expr:
        """The square of a norm, sample by sample."""
        if self.size not in (a.rows, a.cols):
            return e

        def at(i: Expr) -> Expr:
            part = self.slice(a, i)
            return ex.power(part if part.is_scalar else ex.call("norm2", part if part.cols is ONE else ex.transpose(part)), ex.num(2))

        return self.total(at)

    def slice(self, a: Expr, i: Expr) -> Expr:
        """One sample: a column where the columns are samples, else a row."""
        return column(a, i) if a.cols is self.size else row(a, i)


def _sum(e: Expr) -> Expr:
    return e if e.is_scalar else ex.call("sum", e)


def entry(v: Expr, i: Expr) -> Expr:
    return row(v, i) if v.cols is ONE else column(v, i)


def column(e: Expr, i: Expr) -> Expr:
    """e[:,i], the index pushed down to the data."""
    rule = COLUMNS.get(e.op)
    if rule is not None:
        return rule(e, i)
    if by_entries(e):
        return ex.rebuild(e, tuple(a if a.is_scalar else column(a, i) for a in e.args))
    if e.op.name in ("softmax", "logsumexp"):
        return ex.rebuild(e, (column(e.args[0], i),))
    if e.op.name == "diag":
        return ex.mul(entry(e.args[0], i), ex.unit(e.rows, i))
    return ex.index(e, None, i)


def row(e: Expr, i: Expr) -> Expr:
    """e[i,:], the index pushed down to the data; of a vector e[i]."""
    rule = ROWS.get(e.op)
    if rule is not None:
        return rule(e, i)
    if by_entries(e):
        return ex.rebuild(e, tuple(a if a.is_scalar else row(a, i) for a in e.args))
    if e.op.name == "diag":
        return ex.mul(entry(e.args[0], i), ex.transpose(ex.unit(e.rows, i)))
    return ex.index(e, i, None)


def by_entries(e: Expr) -> bool:
    """Whether an entry of e is made of the same entry of its arguments."""
    return e.op.elementwise or e.op in (ex.ADD, ex.HAD, ex.POW, ex.GENERIC, *BROADCASTING)


def _outer_factor(take: Callable[[Expr, Expr], Expr], last: bool) -> Callable[[Expr, Expr], Expr]:
    def rule(e: Expr, i: Expr) -> Expr:
        at = [k for k, a in enumerate(e.args) if not a.is_scalar][-1 if last else 0]
        return ex.mul(*[take(a, i) if k == at else a for k, a in enumerate(e.args)])

    return rule


COLUMNS: dict[Op, Callable[[Expr, Expr], Expr]] = {
    ex.T: lambda e, i: ex.transpose(row(e.args[0], i)),
    ex.MUL: _outer_factor(column, last=True),
    ex.ONES: lambda e, i: ex.ones(e.rows),
    ex.EYE: lambda e, i: ex.unit(e.rows, i),
    ex.TOTAL: lambda e, i: ex.total(e.data, e.args[0], e.args[1], column(e.args[2], i)),
}
ROWS: dict[Op, Callable[[Expr, Expr], Expr]] = {
    ex.T: lambda e, i: ex.transpose(column(e.args[0], i)),
    ex.MUL: _outer_factor(row, last=False),
    ex.ONES: lambda e, i: ex.ones(ONE, e.cols),
    ex.EYE: lambda e, i: ex.transpose(ex.unit(e.rows, i)),
    ex.TOTAL: lambda e, i: ex.total(e.data, e.args[0], e.args[1], row(e.args[2], i)),
}
