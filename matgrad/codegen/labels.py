"""Labelled arrays: an axis of a factor, of the result, or the running index of a sum is a label."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from ..core.dims import ONE, ZERO, Dim
from .ir import Graph, Node


class Label:
    """An axis: of a factor, of the result, or the running index of a sum (then it has a name)."""

    __slots__ = ("size", "name")

    def __init__(self, size: Dim, name: str = ""):
        self.size = size
        self.name = name

    def __repr__(self) -> str:
        return self.name or f"<{self.size}>"


class Operand(NamedTuple):
    """An array with a label for every axis; with a `solver` it stands for the inverse of that matrix."""

    node: Node
    labels: tuple[Label, ...]
    solver: str = ""
    nonnegative: bool = False


ROW, COL = Label(ONE, "row"), Label(ONE, "col")  # the axes of a finished matrix, after those of open sums


def aligned(g: Graph, x: Operand, labels: Sequence[Label]) -> Node:
    """The array with its axes in the order of `labels`; axes it lacks have length 1, leading ones are left out."""
    perm: list[int | None] = [x.labels.index(y) if y in x.labels else None for y in labels]
    while perm and perm[0] is None:
        del perm[0]
    return g.view(x.node, tuple(perm))


def quotient(d: Dim, e: Dim) -> Dim | None:
    """d/e as a size, by division of polynomials; None when e does not divide d."""
    total, top = ZERO, leading(e)
    while d is not ZERO:
        first = leading(d)
        left = list(first[0])
        for x in top[0]:
            if x not in left:
                return None
            left.remove(x)
        part = Dim(((tuple(left), 1),)).scaled(Fraction(first[1]) / top[1]) if left else ONE.scaled(Fraction(first[1]) / top[1])
        if any(c != int(c) for _, c in part.terms):
            return None
        total, d = total + part, d + (e * part).scaled(-1)
    return total


def leading(d: Dim) -> tuple[tuple[str, ...], int | Fraction]:
    """The monomial of the highest degree, the first in order among those."""
    return min(d.terms, key=lambda t: (-len(t[0]), t[0]))


def product_key(p: Operand, q: Operand) -> tuple[Node, Node, int, int]:
    """A product of two arrays along one axis, whichever way round it is written."""
    common = [x for x in p.labels if x in q.labels]
    i, j = (p.labels.index(common[0]), q.labels.index(common[0])) if len(common) == 1 else (-1, -1)
    return (p.node, q.node, i, j) if id(p.node) <= id(q.node) else (q.node, p.node, j, i)
