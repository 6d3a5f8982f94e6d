"""A sum over samples as matrix algebra: sum(i, 1..N, a[:,i]*b[:,i]') = A*B'.

An expression that depends on an index only through columns X[:,i], rows X[i,:] and entries v[i] is column i
of a matrix (entry i of a row, where it is a scalar). `columns` builds that matrix node by node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..core import expr as ex
from ..core.dims import ONE, Dim, dim
from ..core.expr import Expr
from ..core.op import Op
from .match import BROADCASTING
from .normal import normal

NONE: Mapping[Expr, Expr] = MappingProxyType({})


Matrices = Mapping[Expr, Expr]  # a family of samples and the matrix (of a scalar family the vector) that holds it


def matrix_form(e: Expr, families: Matrices = NONE) -> Expr:
    """The expression with every sum over columns, rows or entries written as a matrix product, where that is possible."""

    def visit(e: Expr, args: tuple[Expr, ...]) -> Expr:
        e = ex.rebuild(e, args)
        if e.op is not ex.TOTAL or e.args[0] is not ex.ONE_ or e.args[1].op not in (ex.SIZE, ex.NUM):
            return e
        high = e.args[1]
        n = high.data if high.op is ex.SIZE else dim(high.data)
        found = Samples(e.data, n, families).total(e.args[2])
        return e if found is None else found

    return ex.rewrite(e, visit)


def stacked(e: Expr) -> dict[Expr, Expr]:
    """For every family of vectors x[i] the matrix X of them as columns, for every family of scalars y[i] the vector y."""
    taken = {v.data[0] for v in ex.variables(e)} | set(ex.letters(e))
    found: dict[Expr, Expr] = {}
    for v in ex.variables(e):
        name, known, _, count = v.data
        if count is None or v.cols is not ONE:
            continue
        wanted = name if v.is_scalar else name[0].upper() + name[1:]
        while not v.is_scalar and wanted in taken:
            wanted += "_"
        taken.add(wanted)
        kept = known & {"positive", "nonnegative", "binary", "onehot"}
        found[v] = ex.var(wanted, count, 1, kept - {"onehot"}) if v.is_scalar else ex.var(wanted, v.rows, count, kept)
    return found


class Samples:
    """Matrices of what depends on one index, which runs over 1..n."""

    def __init__(self, name: str, n: Dim, families: Matrices):
        self.families = families
        self.index = ex.index_variable(name)
        self.name = name
        self.n = n

    def varies(self, e: Expr) -> bool:
        return self.name in ex.free_indices(e)

    def total(self, e: Expr) -> Expr | None:
        """The sum over the index; None where no matrix form is known."""
        if e.op is ex.ADD:
            parts = [self.total(a) for a in e.args]
            known = [p for p in parts if p is not None]
            return ex.add(*known) if len(known) == len(parts) else None
        if not e.is_scalar and e.op is ex.MUL and (outer := self.outer(e)) is not None:
            return outer
        if not e.is_scalar and e.cols is not ONE:
            return None
        c = self.columns(e)
        if c is None:
            return None
        return normal(ex.call("sum", c) if e.is_scalar else ex.mul(c, ex.ones(self.n)))

    def outer(self, e: Expr) -> Expr | None:
        """A*u*v'*B with u, v columns of U, V: A*U*V'*B, columns of U weighted by the scalars."""
        word = [a for a in e.args if not a.is_scalar]
        at = [i for i, a in enumerate(word) if self.varies(a)]
        if len(at) != 2 or at[1] != at[0] + 1 or word[at[0]].cols is not ONE:
            return None
        left, right = self.columns(word[at[0]]), self.columns(ex.transpose(word[at[1]]) if word[at[1]].op is not ex.T else word[at[1]].args[0])
        weights = self.weights(e)
        if left is None or right is None or weights is None:
            return None
        fixed, row = weights
        scaled = left if row is None else ex.mul(left, ex.call("diag", ex.transpose(row)))
        return normal(ex.mul(*fixed, *word[: at[0]], scaled, ex.transpose(right), *word[at[1] + 1 :]))

    def weights(self, e: Expr) -> tuple[list[Expr], Expr | None] | None:
        """The scalar factors of a product: those that do not vary, and the row of those that do."""
        fixed = [a for a in e.args if a.is_scalar and not self.varies(a)]
        rows = [self.columns(a) for a in e.args if a.is_scalar and self.varies(a)]
        known = [r for r in rows if r is not None]
        if len(known) < len(rows):
            return None
        return fixed, ex.hadamard(*known) if known else None

    def columns(self, e: Expr) -> Expr | None:
        """The matrix whose column i is e; a row for a scalar e."""
        if not self.varies(e):
            return ex.mul(e, ex.transpose(ex.ones(self.n)))
        rule = RULES.get(e.op)
        if rule is not None:
            return rule(self, e)
        if e.op.elementwise or e.op is ex.GENERIC or e.op.name in ("softmax", "logsumexp") or e.op in (ex.HAD, ex.ADD, *BROADCASTING):
            return self.entrywise(e)
        return None

    def entrywise(self, e: Expr) -> Expr | None:
        spread = e.op in BROADCASTING  # a scalar that does not vary stays a scalar: max(0, row)
        parts = [a if spread and a.is_scalar and not self.varies(a) else self.columns(a) for a in e.args]
        known = [p for p in parts if p is not None]
        return ex.rebuild(e, tuple(known)) if len(known) == len(parts) and (e.is_scalar or not any(a.is_scalar for a in e.args)) else None

    def power(self, e: Expr) -> Expr | None:
        base, exponent = e.args
        if self.varies(exponent):
            return None
        if base.op.name == "norm2" and exponent.op is ex.NUM and exponent.data == 2:
            v = self.columns(base.args[0])
            return None if v is None else self.column_sums(ex.hadamard(v, v))
        c = self.columns(base)
        return None if c is None else ex.power(c, exponent)

    def column_sums(self, m: Expr) -> Expr:
        return m if m.rows is ONE else ex.mul(ex.transpose(ex.ones(m.rows)), m)

    def sum_of_entries(self, e: Expr) -> Expr | None:
        c = self.columns(e.args[0]) if e.args[0].is_vector else None
        return None if c is None else self.column_sums(c)

    def product(self, e: Expr) -> Expr | None:
        """A*u, weighted by scalars; u'*A*v as the column sums of U .* (A*V)."""
        word = [a for a in e.args if not a.is_scalar]
        weights = self.weights(e)
        if weights is None:
            return None
        fixed, row = weights
        body: Expr | None = None
        if word and not e.is_scalar:
            if e.cols is not ONE or any(self.varies(a) for a in word[:-1]):
                return None
            last = self.columns(word[-1])
            body = None if last is None else ex.mul(*word[:-1], last)
            if body is not None and row is not None:
                body, row = ex.mul(body, ex.call("diag", ex.transpose(row))), None
        elif word:
            body = self.dot(word)
        if word and body is None:
            return None
        parts = [p for p in (row, body) if p is not None]
        return ex.mul(*fixed, ex.hadamard(*parts) if len(parts) > 1 else parts[0])

    def dot(self, word: list[Expr]) -> Expr | None:
        """u'*A*v for every sample, as a row."""
        if any(self.varies(a) for a in word[1:-1]):
            return None
        left = self.columns(word[0].args[0] if word[0].op is ex.T else ex.transpose(word[0]))
        right = self.columns(word[-1])
        if left is None or right is None:
            return None
        if not self.varies(word[0]):
            return ex.mul(*word[:-1], right)
        if not self.varies(word[-1]):
            return ex.transpose(ex.mul(ex.transpose(left), *word[1:]))
        return self.column_sums(ex.hadamard(left, ex.mul(*word[1:-1], right)))

    def entry(self, e: Expr) -> Expr | None:
        """X[:,i], v[i], X[k,i], X[i,k] and X[i,i]; a row X[i,:] is met under its transpose."""
        base, places = e.args[0], list(e.args[1:])
        if places == [self.index, self.index] and base.rows is self.n and base.cols is self.n and not self.varies(base):
            return ex.transpose(ex.call("diag_of", base))
        if self.varies(base) or sum(p is self.index for p in places) != 1 or any(self.varies(p) and p is not self.index for p in places):
            return None
        has_row, has_col = e.data
        if has_col and not has_row and places[0] is self.index:
            return base
        if has_row and not has_col:
            return ex.transpose(base) if base.is_vector else None
        if has_row and places[0] is self.index:
            return ex.transpose(ex.index(base, None, places[1]))
        return ex.index(base, places[0], None) if has_row else None

    def member(self, e: Expr) -> Expr | None:
        """x[i] is column i of the matrix that holds the family."""
        family, place = e.args
        if place is not self.index or family not in self.families or family.data[3] is not self.n:
            return None
        matrix = self.families[family]
        return ex.transpose(matrix) if family.is_scalar else matrix

    def unit(self, e: Expr) -> Expr | None:
        """unit(n,i) is column i of the identity."""
        return ex.eye(self.n) if e.args[0] is self.index and e.rows is self.n else None

    def turned(self, e: Expr) -> Expr | None:
        """X[i,:]' is column i of X'."""
        inner = e.args[0]
        if inner.op is ex.INDEX and inner.data == (True, False) and inner.args[1] is self.index and not self.varies(inner.args[0]):
            return ex.transpose(inner.args[0])
        return None


RULES: dict[Op, Callable[[Samples, Expr], Expr | None]] = {
    ex.INDEX: Samples.entry,
    ex.T: Samples.turned,
    ex.MUL: Samples.product,
    ex.POW: Samples.power,
    ex.MEMBER: Samples.member,
    ex.UNIT: Samples.unit,
    ex.TOTAL: lambda samples, e: None,
    ex.NAMED: lambda samples, e: None,
}


def install() -> None:
    """The functions that need a rule of their own, once the tables are loaded."""
    from ..core.op import OPS

    RULES[OPS["sum"]] = Samples.sum_of_entries
