"""Which arrays of a program may not fit into memory although its arguments do.

A Hessian or Jacobian, and any array with more than two sizes multiplied, that no argument bounds is compared with a limit
before anything is computed: n⁴ entries of a Hessian by an n×n matrix. Blocks of rows are made one at a time and stay out of this.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..core.dims import LARGEST, Dim
from .improve import product
from .ir import Node, postorder
from .rows import Split

NO_NEW_ARRAY = ("argument", "view", "reshape", "number", "size", "named")


def growing(roots: Sequence[Node], matrices: set[Node], split: Split | None) -> list[tuple[Dim, Node]]:
    """Numbers of entries that no argument bounds, each with a node that has so many, results before others; none bounds another.

    `matrices` are the results that are Hessians and Jacobians.
    """
    nodes = postorder(roots)
    blocks = set(split.rows) if split is not None else set()
    given = [product(x.shape) for x in nodes if x.op == "argument"]
    found: list[tuple[Dim, Node]] = []
    for x in [*roots, *nodes]:
        count = product(x.shape)
        if x in blocks or x not in matrices and (x.op in NO_NEW_ARRAY or degree(count) < 3) or any(bounds(d, count) for d in [*given, *[d for d, _ in found]]):
            continue
        if count.value is None or count.value > LARGEST:
            found = [(d, y) for d, y in found if y in roots or not bounds(count, d)] + [(count, x)]
    return found


def degree(d: Dim) -> int:
    """How many sizes are multiplied; 3 for a number, which the limit alone judges."""
    return 3 if d.value is not None else max(len(mono) for mono, _ in d.terms)


def bounds(large: Dim, d: Dim) -> bool:
    """Whether d is at most a few times as large, whatever the sizes."""
    return all(any(divides(mono, other) and (mono != other or c <= 4 * k) for other, k in large.terms) for mono, c in d.terms)


def divides(mono: Sequence[str], other: Sequence[str]) -> bool:
    return all(mono.count(x) <= other.count(x) for x in mono)
