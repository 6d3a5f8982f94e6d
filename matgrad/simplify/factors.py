"""A product taken apart: a number, scalar factors with exponents, matrix factors in order."""

from __future__ import annotations

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import has
from .build import ONE_SHAPE, Number, make


class Product:
    """A product taken apart: number, scalar factors with exponents, matrix factors in order."""

    __slots__ = ("coef", "scalars", "word")

    def __init__(self) -> None:
        self.coef: Number = 1
        self.scalars: dict[Expr, Expr] = {}
        self.word: list[Expr] = []

    def take(self, e: Expr) -> None:
        if e.op is ex.NUM:
            self.coef *= e.data
        elif e.op is ex.MUL:
            word = [a for a in e.args if not a.is_scalar]
            for a in e.args:
                if a.is_scalar:
                    self.take_scalar(a)
            if word and e.is_scalar:
                self.multiply(ex.mul(*word), ex.ONE_)
            else:
                self.word.extend(word)
        elif e.is_scalar:
            self.take_scalar(e)
        else:
            self.word.append(e)

    def take_scalar(self, e: Expr) -> None:
        if e.op is ex.NUM:
            self.coef *= e.data
        elif e.op is ex.POW:
            self.multiply(*e.args)
        elif e.op is ex.MUL and e.args[0].is_scalar:
            self.take(e)
        else:
            self.multiply(e, ex.ONE_)

    def multiply(self, base: Expr, exponent: Expr) -> None:
        old = self.scalars.get(base)
        if old is not None:
            exponent = add_exponents(old, exponent)
        if ex.is_zero(exponent):
            self.scalars.pop(base, None)
        elif base is ex.I_ and exponent.op is ex.NUM and exponent.data not in (0, 1):
            self.coef *= 1 - 2 * (exponent.data // 2 % 2)  # i² = -1
            self.scalars.pop(base, None)
            self.multiply(base, ex.num(exponent.data % 2))
        elif exponent.op is ex.NUM and exponent.data > 1 and has(base, "binary"):
            self.scalars[base] = ex.ONE_  # 0 and 1 are their own powers
        else:
            self.scalars[base] = exponent

    def turn(self, base: Expr, sign: int, turned: Expr) -> None:
        """Replace a scalar factor under a whole power by ±1 × another."""
        exponent = self.scalars.pop(base)
        self.multiply(turned, exponent)
        self.coef *= sign if exponent.data % 2 else 1


def add_exponents(i: Expr, j: Expr) -> Expr:
    return ex.num(i.data + j.data) if i.op is ex.NUM and j.op is ex.NUM else make.add([i, j], ONE_SHAPE)


def factor_of(base: Expr, exponent: Expr) -> Expr:
    return base if exponent is ex.ONE_ else ex.power(base, exponent)
