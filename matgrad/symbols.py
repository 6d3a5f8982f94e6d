"""Building expressions in Python: variables by constructors, functions by name, operators as in NumPy.

`@` multiplies matrices, `*` and `/` work entry by entry (or with a scalar), `**` raises entry by entry,
`.T` transposes: as in NumPy. `mg.mpow(X, k)` is the matrix power.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from .core import expr as ex
from .core.dims import ONE, dim
from .core.expr import Expr, Operand, operand
from .core.op import OPS
from .errors import ShapeError

Size = str | int


def matrix(name: str, rows: Size, cols: Size | None = None, *facts: str) -> Expr:
    """A matrix variable rows×cols; facts such as "full_column_rank" may follow."""
    return ex.var(name, dim(rows), dim(cols if cols is not None else rows), facts)


def vector(name: str, n: Size, *facts: str) -> Expr:
    """A column n×1."""
    return ex.var(name, dim(n), 1, facts)


def scalar(name: str, *facts: str) -> Expr:
    """A scalar; "positive" may follow."""
    return ex.var(name, 1, 1, facts)


def _square(fact: str) -> Callable[[str, Size], Expr]:
    def build(name: str, n: Size) -> Expr:
        return ex.var(name, dim(n), dim(n), (fact,))

    build.__doc__ = f"An n×n matrix that is {fact}."
    return build


symmetric = _square("symmetric")
posdef = _square("posdef")
psd = _square("psd")
invertible = _square("invertible")
diagonal = _square("diagonal")
orthogonal = _square("orthogonal")
skew = _square("skew")


def onehot(name: str, n: Size, count: Size = 1) -> Expr:
    """A one-hot column, or `count` of them side by side."""
    return ex.var(name, dim(n), dim(count), ("onehot",))


def elementwise(name: str) -> Callable[[Operand], Expr]:
    """An unspecified element-wise function, to be called on expressions."""
    return lambda x: ex.generic(name, 0, operand(x))


def eye(n: Size) -> Expr:
    return ex.eye(dim(n))


def ones(m: Size, n: Size = 1) -> Expr:
    return ex.ones(dim(m), dim(n))


def zeros(m: Size, n: Size = 1) -> Expr:
    return ex.zeros(dim(m), dim(n))


def kron(*args: Operand) -> Expr:
    return ex.kron(*map(operand, args))


def mpow(x: Expr, k: Operand) -> Expr:
    """The matrix power X^k."""
    return ex.matrix_power(x, operand(k))


def sqrt(x: Operand) -> Expr:
    return ex.power(operand(x), ex.num(Fraction(1, 2)))


def maximum(a: Operand, b: Operand) -> Expr:
    return ex.broadcasting(ex.MAX, (operand(a), operand(b)))


def minimum(a: Operand, b: Operand) -> Expr:
    return ex.broadcasting(ex.MIN, (operand(a), operand(b)))


def block(rows: Sequence[Sequence[Operand]]) -> Expr:
    """A block matrix, as numpy.block takes it."""
    if len({len(row) for row in rows}) != 1:
        raise ShapeError("every row of a block matrix needs the same number of blocks")
    return ex.block(tuple(operand(b) for row in rows for b in row), (len(rows), len(rows[0])))


def define(name: str, e: Expr) -> Expr:
    """A named intermediate: Y = define("Y", sigma(W @ X))."""
    return ex.named(name, e)


def function(name: str) -> Callable[..., Expr]:
    """The function of the language with this name: tr, inv, logdet, softmax, …"""

    def call(*args: Operand) -> Expr:
        given = tuple(map(operand, args))
        chosen = "diag_of" if name == "diag" and given and given[0].cols is not ONE else name
        if name in ("norm2", "normF") and given:
            chosen = "norm2" if given[0].cols is ONE else "normF"
        return ex.call(chosen, *given)

    call.__name__ = name
    return call


def named_functions() -> list[str]:
    """Every function that can be called as mg.name."""
    return [n for n in OPS if n.isidentifier() and n != "diag_of"]
