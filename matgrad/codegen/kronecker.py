"""When the factors of a contraction fall apart into the factors of a Kronecker product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .labels import Label, Operand


class Block(NamedTuple):
    """One factor of a Kronecker product: its part of the row axis, of the column axis, and what makes it; with neither it is a scalar."""

    rows: tuple[Label, ...]
    cols: tuple[Label, ...]
    factors: list[Operand]

    @property
    def labels(self) -> tuple[Label, ...]:
        return (*self.rows, *self.cols)


def kronecker(rows: Sequence[Label], cols: Sequence[Label], factors: list[Operand]) -> list[Block] | None:
    """Blocks A, B, … with kron(A, B, …) = the result, when the factors fall apart that way; those that are scalars come last."""
    if len(set(rows)) < len(rows) or len(set(cols)) < len(cols):
        return None
    groups = connected(factors, [*rows, *cols])
    blocks = []
    for labels, members in groups:
        r, c = tuple(x for x in rows if x in labels), tuple(x for x in cols if x in labels)
        if len(r) > 1 or len(c) > 1:
            return None
        blocks.append(Block(r, c, members))
    scalars, blocks = [b for b in blocks if not b.labels], [b for b in blocks if b.labels]
    blocks.sort(key=lambda b: [rows.index(x) for x in b.rows] or [0] if not b.cols else [cols.index(x) for x in b.cols])
    seen_rows = [rows.index(x) for b in blocks for x in b.rows]
    seen_cols = [cols.index(x) for b in blocks for x in b.cols]
    if seen_rows != sorted(seen_rows) or seen_cols != sorted(seen_cols) or len(blocks) < 2:
        return None
    return outer_products(blocks) + scalars


def outer_products(blocks: list[Block]) -> list[Block]:
    """A column block next to a row block is one block, their outer product."""
    found: list[Block] = []
    for b in blocks:
        last = found[-1] if found else None
        if last is not None and len(last.labels) == len(b.labels) == 1 and bool(last.rows) != bool(b.rows):
            found[-1] = Block(last.rows or b.rows, last.cols or b.cols, [*last.factors, *b.factors])
        else:
            found.append(b)
    return found


def connected(factors: list[Operand], labels: list[Label]) -> list[tuple[set[Label], list[Operand]]]:
    """Factors that share labels, directly or through others, together with those labels."""
    groups: list[tuple[set[Label], list[Operand]]] = [({x}, []) for x in dict.fromkeys(labels)]
    for f in factors:
        if not f.labels:
            continue
        touched = [g for g in groups if g[0] & set(f.labels)]
        merged = (set(f.labels).union(*[g[0] for g in touched]), [m for g in touched for m in g[1]] + [f])
        groups = [g for g in groups if g not in touched] + [merged]
    return groups
