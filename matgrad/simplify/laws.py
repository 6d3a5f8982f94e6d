"""Table 4 sorted by where a law can apply: on one node, on neighbouring factors, on two parts of a sum or product."""

from __future__ import annotations

from ..core import expr as ex
from ..core.expr import Expr
from ..core.op import Op
from ..core.rows import LAWS, Row
from . import match as m

log: list[Row] = []  # the laws applied, for whoever narrates them


class Laws:
    """Table 4 sorted by where a law can apply: on one node, on neighbouring factors, on two parts of a sum or product."""

    def __init__(self) -> None:
        self.direct: dict[Op, list[Row]] = {}
        self.pairs: dict[str, list[tuple[Op, Op, Row]]] = {"word": [], "scalars": [], "mixed": [], "had": [], "add": []}
        self.blind: set[Op] = set()
        self.additive: dict[Op, Row] = {}
        self.count = 0

    def read(self) -> None:
        """Sort the rows that were added since the last time."""
        for row in LAWS[self.count :]:
            self.count += 1
            left, right = m.sides(row)
            if left.op is right.op and len(left.args) == 1 and left.args[0].op is ex.T and left.args[0].args == right.args:
                self.blind.add(left.op)
            kind = self._pair_kind(left)
            if kind == "add" and (op := additive(left, right)):
                self.additive[op] = row
            elif kind:
                self.pairs[kind].append((head_of(left.args[0]), head_of(left.args[1]), row))
            else:
                self.direct.setdefault(head_of(left), []).append(row)

    @staticmethod
    def _pair_kind(left: Expr) -> str:
        if len(left.args) != 2 or left.op not in (ex.MUL, ex.HAD, ex.ADD):
            return ""
        if left.op is not ex.MUL:
            return "had" if left.op is ex.HAD else "add"
        scalars = sum(a.is_scalar for a in left.args)
        return ("word", "mixed", "scalars")[scalars]


def additive(left: Expr, right: Expr) -> Op | None:
    """f of a row f(x) + f(y) = f(x + y)."""
    a, b = left.args
    same = a.op is b.op is right.op and len(right.args) == 1 and right.args[0].op is ex.ADD and set(right.args[0].args) == {*a.args, *b.args}
    return right.op if same else None


LAW = Laws()


def head_of(pattern: Expr) -> Op:
    """The operation a pattern asks for; VAR stands for any."""
    return pattern.op


def laws_of(kind: str) -> list[tuple[Op, Op, Row]]:
    LAW.read()
    return LAW.pairs[kind]


def additive_row(op: Op) -> Row | None:
    """The row f(x) + f(y) = f(x + y) of table 4, if it has one."""
    LAW.read()
    return LAW.additive.get(op)


def blind_to_transposes(op: Op) -> bool:
    """Whether table 4 has f(X') = f(X)."""
    LAW.read()
    return op in LAW.blind


def peel(e: Expr) -> Expr:
    """What a name stands for."""
    while e.op is ex.NAMED:
        e = e.args[0]
    return e
