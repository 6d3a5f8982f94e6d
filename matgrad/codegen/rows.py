"""Sums over samples, block by block: which part of a program is done row by row, and which only adds up over the rows.

A program splits at the axis d when every array with that axis is computed row by row, and the axis leaves only through
contractions over it. Blocks of rows then give parts of those contractions that add up: a block stays in the cache, or is
one chunk of data too big for the memory. A vector that needs all rows at once, as a softmax does, is computed before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..core.dims import Dim
from .ir import Node, postorder

MANY = 4096  # rows from which blocks pay off
ENTRYWISE = ("map", "add", "mul", "div", "neg", "pow", "named")


class Split:
    """Nodes with the axis (`rows`), the contractions over it (`sums`), what needs those (`after`), what comes first (`before`)."""

    def __init__(self, axis: Dim, roots: Sequence[Node], *, chunks: bool):
        self.axis = axis
        self.before = [] if chunks else of_whole_vectors(axis, roots)
        self.rows: list[Node] = []
        self.sums: list[Node] = []
        self.after: set[Node] = set()
        self.fits = all(axis not in r.shape for r in roots) and all(self._sort(x) for x in postorder(roots)) and bool(self.sums)

    def _sort(self, x: Node) -> bool:
        """Put a node where it belongs; False when it belongs nowhere."""
        long = [a for a in x.args if self.axis in a.shape]
        late = any(a in self.after or a in self.sums for a in x.args)
        if x in self.before:
            return not late and all(a in self.before or base(a).op == "argument" for a in long)
        if self.axis in x.shape:
            self.rows.append(x)
            return not late and x.shape.count(self.axis) == 1 and row_by_row(x, self.axis)
        if late or not long:
            if late:
                self.after.add(x)
            return not long
        self.sums.append(x)
        return adds_up(x, self.axis)

    @property
    def arguments(self) -> list[Node]:
        """What the function of a block of rows is given."""
        used = {a for x in [*self.rows, *self.sums] for a in x.args}
        return [x for x in self.rows if x.op == "argument" and x in used] + [x for x in self.before if x in used and self.axis in x.shape]

    @property
    def pays(self) -> bool:
        """Whether a matrix with a row for every sample is read more than once, or made."""
        uses = [a for x in [*self.rows, *self.sums] for a in x.args]
        tables = [x for x in self.rows if len(x.shape) > 1 and x.op not in ("view", "reshape")]
        return any(x.op != "argument" or uses.count(x) > 1 for x in tables)


def split(roots: Sequence[Node], typical: Mapping[str, int], axes: Sequence[Dim], *, always: bool) -> Split | None:
    """The split at the axis that is typically the longest; None where no program splits, or, unless `always`, none gains."""
    for axis in sorted(axes, key=lambda d: -typical.get(d.text, 0)):
        if always or typical.get(axis.text, 0) >= MANY:
            found = Split(axis, roots, chunks=always)
            if found.fits and (always or found.pays):
                return found
    return None


def of_whole_vectors(axis: Dim, roots: Sequence[Node]) -> list[Node]:
    """What needs all entries of a vector with the axis at once, and the vectors that it is computed from."""
    nodes = postorder(roots)
    found = {x for x in nodes if x.op == "call" and x.args and x.args[0].shape == (axis,) and not row_by_row(x, axis)}
    for x in reversed(nodes):
        if x in found:
            found.update(a for a in x.args if a.shape == (axis,) and a.op != "argument")
    return [x for x in nodes if x in found]


def base(x: Node) -> Node:
    """What a view is a view of."""
    return x.args[0] if x.op == "view" else x


def row_by_row(x: Node, d: Dim) -> bool:
    """Whether rows of the result need the same rows of the arguments only."""
    if x.op == "argument":
        return x.shape[0] is d
    if x.op == "reshape":
        return x.shape[0] is d and x.args[0].shape[0] is d
    if x.op == "call":
        name, axis = x.attrs
        if name in ("cho_solve", "lu_solve", "solve_lower", "solve_upper", "lu_solve_transposed", "solve_lower_transposed", "solve_upper_transposed"):
            return d not in x.args[0].shape and x.args[1].shape[0] is not d
        return name in ("softmax", "log_softmax", "logsumexp", "max_along") and x.args[0].shape[axis] is not d
    rule = ROWWISE.get(x.op)
    return x.op in ("view", *ENTRYWISE) or rule is not None and rule(x, d)


def adds_up(x: Node, d: Dim) -> bool:
    """Whether the result is the sum of what blocks of rows give."""
    rule = SUMS.get(x.op)
    return rule is not None and rule(x, d)


def _matmul_rows(x: Node, d: Dim) -> bool:
    a, b = x.args
    return a.shape[-1] is not d


def _matmul_sum(x: Node, d: Dim) -> bool:
    a, b = x.args
    return a.shape[-1] is d and b.shape[-2 if len(b.shape) > 1 else 0] is d and a.shape.count(d) == b.shape.count(d) == 1


def _tensordot(x: Node, d: Dim, contracted: bool) -> bool:
    return all((y.shape.index(d) in axes) == contracted for y, axes in zip(x.args, x.attrs) if d in y.shape)


def _einsum(x: Node, d: Dim, contracted: bool) -> bool:
    inputs, out = x.attrs.split("->")
    letters = {word[y.shape.index(d)] for word, y in zip(inputs.split(","), x.args) if d in y.shape}
    return len(letters) == 1 and all(y.shape.count(d) < 2 for y in x.args) and (letters.pop() in out) != contracted


ROWWISE: dict[str, Callable[[Node, Dim], bool]] = {
    "matmul": _matmul_rows,
    "sum": lambda x, d: True,
    "tensordot": lambda x, d: _tensordot(x, d, contracted=False),
    "einsum": lambda x, d: _einsum(x, d, contracted=False),
}
SUMS: dict[str, Callable[[Node, Dim], bool]] = {
    "matmul": _matmul_sum,
    "sum": lambda x, d: x.args[0].shape.index(d) in x.attrs,
    "inner": lambda x, d: all(y.shape.count(d) == 1 for y in x.args),
    "tensordot": lambda x, d: _tensordot(x, d, contracted=True) and all(d in y.shape for y in x.args),
    "einsum": lambda x, d: _einsum(x, d, contracted=True) and all(d in y.shape for y in x.args),
}
