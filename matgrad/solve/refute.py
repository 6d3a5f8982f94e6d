"""Segments on which a function lies above its chord (not convex) or below it (not concave), found by sampling.

All sets that a declaration can name and that are convex are cones, so random points may be scaled. A segment
counts only where the function is finite and continuous all along it, as far as a fine grid can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..check.draw import draw_point, draw_values
from ..check.numeric import Evaluator, Values
from ..core import expr as ex
from ..core.expr import Expr
from ..errors import MatgradError

DRAWS, PAIRS = 8, 4
GUARD = 3  # draws against a verdict that is proved
SHARES = (1.0, 0.3, 0.1, 0.02)  # of the way from one random point to another
GRID = 65
GAP = 1e-6  # relative height above the chord that rounding cannot make
STEP = 0.3  # the largest share of its range that a continuous function covers between neighbours of the grid


class Segment:
    """f at the middle of a segment, and the mean of its values at the ends."""

    __slots__ = ("values", "start", "end", "middle", "chord")

    def __init__(self, values: dict[str, Any], start: dict[str, Any], end: dict[str, Any], middle: float, chord: float):
        self.values = values
        self.start = start
        self.end = end
        self.middle = middle
        self.chord = chord

    @property
    def above(self) -> bool:
        """Whether the function lies above its chord, so that it is not convex."""
        return self.middle > self.chord

    def to_json(self) -> dict[str, Any]:
        """The segment as plain data."""
        ends = [{k: np.asarray(a).tolist() for k, a in end.items()} for end in (self.start, self.end)]
        fixed = {k: np.asarray(v).tolist() for k, v in self.values.items() if k not in self.start and not isinstance(v, tuple)}
        return {"start": ends[0], "end": ends[1], "with": fixed, "middle": self.middle, "chord": self.chord}


def counterexamples(function: Expr, leaves: list[Expr], draws: int = DRAWS, seed: int = 0) -> list[Segment]:
    """A segment above its chord and one below, at one setting of the other variables where that is found."""
    rng = np.random.default_rng(seed)
    best: list[Segment] = []
    for attempt in range(draws):
        values = draw_point(function, leaves, rng, 2 + attempt % 3)
        if values is None:
            continue
        found: dict[bool, Segment] = {}
        for start, end in pairs(values, leaves, rng):
            segment = bent(function, values, start, end)
            if segment is not None and segment.above not in found:
                found[segment.above] = segment
        if len(found) > len(best):
            best = [found[k] for k in sorted(found, reverse=True)]
        if len(best) == 2:
            break
    return best


def pairs(values: dict[str, Any], leaves: list[Expr], rng: np.random.Generator) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Ends of segments, long and short, near 0 and far from it."""
    sizes = {k: v for k, v in values.items() if k in ex.letters(*leaves)}
    for _ in range(PAIRS):
        ends = [{v.data[0]: np.asarray(draw_values([v], rng, sizes)[v.data[0]]) * 10 ** rng.uniform(-1, 1) for v in leaves} for _ in range(2)]
        ends[0] = ends[0] if rng.random() < 0.7 else {k: np.asarray(values[k]) for k in ends[0]}
        for share in SHARES:
            yield ends[0], {k: (1 - share) * a + share * ends[1][k] for k, a in ends[0].items()}


def bent(function: Expr, values: Values, start: dict[str, Any], end: dict[str, Any]) -> Segment | None:
    """The segment, when the function leaves its chord there by more than rounding."""

    def at(t: float) -> float:
        point = {**values, **{k: (1 - t) * a + t * end[k] for k, a in start.items()}}
        return float(Evaluator(function, point).run().reshape(-1)[0])

    try:
        first, middle, last = at(0.0), at(0.5), at(1.0)
        gap, scale = abs(middle - (first + last) / 2), max(1.0, abs(first), abs(middle), abs(last))
        if not np.isfinite(gap) or gap <= GAP * scale:
            return None
        along = np.array([at(t) for t in np.linspace(0, 1, GRID)])
    except MatgradError:
        return None
    if not np.all(np.isfinite(along)) or np.max(np.abs(np.diff(along))) > STEP * (along.max() - along.min()):
        return None
    return Segment(dict(values), start, end, middle, (first + last) / 2)
