"""The user's names, put back where a rule had opened their definitions."""

from __future__ import annotations

from fractions import Fraction

from ..core import expr as ex
from ..core.expr import Expr
from ..simplify.normal import normal


class Names:
    """The named intermediates of an expression, found by what they stand for."""

    def __init__(self, function: Expr):
        self.names: dict[Expr, Expr] = {}
        self.roots: dict[Expr, tuple[Expr, Fraction]] = {}  # s = sqrt(q): where q^(-1/2) stands, 1/s is meant
        for e in ex.postorder(function):
            if e.op is not ex.NAMED or not e.args[0].args:
                continue
            body = normal(e.args[0])
            self.names.setdefault(body, e)
            self.names.setdefault(normal(ex.transpose(body)), ex.transpose(e))
            if body.op is ex.POW and body.args[1].op is ex.NUM and body.args[1].data != 0:
                self.roots.setdefault(body.args[0], (e, Fraction(body.args[1].data)))

    def put_back(self, value: Expr) -> Expr:
        """The value in normal form, with the names where their definitions stood."""
        if not self.names:
            return value
        found = ex.rewrite(value, self.visit, enter=lambda e: e.op is not ex.NAMED)
        return normal(found) if found is not value else value

    def visit(self, e: Expr, args: tuple[Expr, ...]) -> Expr:
        e = ex.rebuild(e, args)
        if e.op is ex.POW and e.args[0] in self.roots and e.args[1].op is ex.NUM:
            root, power = self.roots[e.args[0]]
            times = e.args[1].data / power
            return ex.power(root, ex.num(times)) if times.denominator == 1 else e
        return self.names.get(e, e)
