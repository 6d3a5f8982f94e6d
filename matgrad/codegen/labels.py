"""Labelled arrays: an axis of a factor, of the result, or the running index of a sum is a label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..core.dims import ONE, Dim
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
    """d/e for products of sizes; None when e does not divide d."""
    if d is e:
        return ONE
    if len(d.terms) != 1 or len(e.terms) != 1:
        return None
    (letters, c), (below, k) = d.terms[0], e.terms[0]
    left = list(letters)
    for x in below:
        if x not in left:
            return None
        left.remove(x)
    return Dim(((tuple(left), c // k),)) if c % k == 0 else None


def product_key(p: Operand, q: Operand) -> tuple[Node, Node, int, int]:
    """A product of two arrays along one axis, whichever way round it is written."""
    common = [x for x in p.labels if x in q.labels]
    i, j = (p.labels.index(common[0]), q.labels.index(common[0])) if len(common) == 1 else (-1, -1)
    return (p.node, q.node, i, j) if id(p.node) <= id(q.node) else (q.node, p.node, j, i)
