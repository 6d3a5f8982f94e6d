"""Exponentials that cannot overflow: log(c'*exp(z)) as m + log(c'*exp(z - m)) with m = max(z), exp(z)/sum(exp(z)) by exp(z - m).

With exp(z - m) for exp(z) every array that is computed from it by sums and products is smaller by a power of exp(m), its
degree. A logarithm turns that power into a multiple of m, in a quotient it cancels. A program all of whose results have
degree 0 is rewritten so; any other is left as it is. Of a matrix each row (or column) has a largest entry of its own,
where no sum mixes the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from .improve import rebuilt
from .ir import Graph, Node, broadcast, postorder


class Scaled(NamedTuple):
    """An array is `node` times exp(degree*m), m along the axis `at` of the node, or a scalar."""

    node: Node
    degree: Fraction
    at: int | None


class Mixed(Exception):
    """Arrays of different degrees meet, or a sum mixes rows."""


def without_overflow(graph: Graph, roots: Sequence[Node]) -> list[Node]:
    """The roots with every exponential shifted for which that leaves the results as they are."""
    found = list(roots)
    settled: set[Node] = set()
    while (e := next((x for x in postorder(found) if is_exponential(x) and x not in settled), None)) is not None:
        settled.add(e)
        for axis in axes_of(e, found):
            shift = Shift(graph, e, axis)
            try:
                found = shift.run(found)
            except Mixed:
                continue
            settled.add(shift.shifted)
            break
    return found


def is_exponential(x: Node) -> bool:
    return x.op == "map" and x.attrs[0] == "exp" and len(x.shape) in (1, 2)


def axes_of(e: Node, roots: Sequence[Node]) -> Iterator[int | None]:
    """The axes along which m may be taken apart: rows or columns of a matrix, or none where every logarithm and divisor is one number."""
    depends = {e}
    below: list[Node] = []  # logarithms' arguments and divisors
    for x in postorder(roots):
        if x is not e and any(a in depends for a in x.args):
            depends.add(x)
            if x.op == "map" and x.attrs[0] == "log":
                below.append(x.args[0])
            elif x.op == "div" and x.args[1] in depends:
                below.append(x.args[1])
    if below and len(e.shape) == 2:
        yield from (0, 1)
    if below and not any(x.shape for x in below):
        yield None


class Shift:
    """A program with exp(z - m) for exp(z)."""

    def __init__(self, graph: Graph, e: Node, axis: int | None):
        self.graph = graph
        self.e = e
        self.m = e.args[0]
        for k in reversed(range(len(e.shape))):
            if k != axis:
                self.m = graph.call("max_along", (self.m,), tuple(d for i, d in enumerate(self.m.shape) if i != k), k)
        self.shifted = graph.map("exp", (graph.add([(1, e.args[0]), (-1, self.spread(axis, len(e.shape)))]),))
        self.of: dict[Node, Scaled] = {e: Scaled(self.shifted, Fraction(1), axis)}

    def spread(self, at: int | None, axes: int) -> Node:
        """m, to be combined with an array of so many axes, one of which is its own. Raises Mixed where it has none."""
        if at is None:
            if self.m.shape:
                raise Mixed
            return self.m
        return self.graph.view(self.m, tuple(0 if k == at else None for k in range(at, axes)))

    def run(self, roots: Sequence[Node]) -> list[Node]:
        """The results. Raises Mixed when they would change."""
        for x in postorder(roots):
            if x not in self.of:
                self.of[x] = self.read(x)
                self.graph.inherit(x, self.of[x].node)
        if any(self.of[r].degree for r in roots):
            raise Mixed
        return [self.of[r].node for r in roots]

    def read(self, x: Node) -> Scaled:
        args = [self.of[a] for a in x.args]
        if not any(a.degree for a in args):
            return self.plain(x, args)
        rule = RULES.get(x.op)
        if rule is None:
            raise Mixed
        return rule(self, x, args)

    def plain(self, x: Node, args: Sequence[Scaled], degree: Fraction | int = 0, at: int | None = None) -> Scaled:
        return Scaled(rebuilt(self.graph, x, tuple(a.node for a in args)), Fraction(degree), at)

    def common(self, x: Node, args: Sequence[Scaled]) -> int | None:
        """The axis of m in an array made of arrays entry by entry."""
        places = {None if a.at is None else len(x.shape) - len(a.node.shape) + a.at for a in args if a.degree}
        if len(places) > 1:
            raise Mixed
        return places.pop()

    # --- one rule for each operation ----------------------------------------------------------------

    def view(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        at = args[0].at
        return self.plain(x, args, args[0].degree, None if at is None else x.attrs.index(at))

    def same(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        return self.plain(x, args, args[0].degree, args[0].at)

    def add(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        if len({a.degree for a in args}) > 1 or len({a.node.shape for a in args}) > 1:
            raise Mixed
        return self.plain(x, args, args[0].degree, self.common(x, args))

    def mul(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        return self.plain(x, args, args[0].degree + args[1].degree, self.common(x, args))

    def div(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        return self.plain(x, args, args[0].degree - args[1].degree, self.common(x, args))

    def pow(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        if x.args[1].op != "number":
            raise Mixed
        return self.plain(x, args, args[0].degree * Fraction(x.args[1].attrs), args[0].at)

    def map(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        if x.attrs[0] != "log":
            raise Mixed
        g, (inside,) = self.graph, args
        m = self.spread(inside.at, len(x.shape))
        multiple = g.mul(g.number(inside.degree), m)
        if broadcast((multiple.shape, x.shape)) != x.shape:
            raise Mixed
        return Scaled(g.add([(1, multiple), (1, g.map("log", (inside.node,)))]), Fraction(0), None)

    def sum(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        return self.plain(x, args, args[0].degree, self.left(args[0], x.attrs, 0))

    def matmul(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        a, b = args
        if self.cancels(a, b, len(a.node.shape) - 1, max(0, len(b.node.shape) - 2)):
            return self.plain(x, args)
        kept = [self.left(a, (len(a.node.shape) - 1,), 0) if a.degree else None]
        kept += [self.left(b, (max(0, len(b.node.shape) - 2),), len(a.node.shape) - 1) if b.degree else None]
        if a.degree and b.degree and self.m.shape:
            raise Mixed
        return self.plain(x, args, a.degree + b.degree, next((k for k in kept if k is not None), None))

    def inner(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        a, b = args
        if self.m.shape and not self.cancels(a, b, a.at, a.at):
            raise Mixed
        return self.plain(x, args, args[0].degree + args[1].degree)

    def einsum(self, x: Node, args: Sequence[Scaled]) -> Scaled:
        inputs, out = x.attrs.split("->")
        letters = {word[a.at] for word, a in zip(inputs.split(","), args) if a.degree and a.at is not None}
        degree = args[0].degree + args[1].degree
        if len(letters) > 1 or letters and not letters <= set(out) and degree:
            raise Mixed
        return self.plain(x, args, degree, out.index(letters.pop()) if degree and letters else None)

    @staticmethod
    def cancels(a: Scaled, b: Scaled, i: int | None, j: int | None) -> bool:
        """Whether two factors that are summed along the axis of m have no power of exp(m) together."""
        return bool(a.degree) and a.degree + b.degree == 0 and a.at == i and b.at == j

    @staticmethod
    def left(a: Scaled, gone: Sequence[int], before: int) -> int | None:
        """Where the axis of m is once others are summed over, after so many axes of another array."""
        if a.at in gone:
            raise Mixed
        return None if a.at is None else before + a.at - sum(k < a.at for k in gone)


RULES: dict[str, Callable[[Shift, Node, Sequence[Scaled]], Scaled]] = {
    "view": Shift.view, "neg": Shift.same, "named": Shift.same, "add": Shift.add, "mul": Shift.mul, "div": Shift.div, "pow": Shift.pow, "map": Shift.map,
    "sum": Shift.sum, "matmul": Shift.matmul, "inner": Shift.inner, "einsum": Shift.einsum,
}  # fmt: skip
