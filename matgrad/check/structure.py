"""Which entries of an expression are other than zero, seen at random points: evidence, as every evaluation is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..core import expr as ex
from ..core.expr import Expr
from ..errors import UnsupportedError
from .draw import MANNERS, draw_values, tall_enough
from .numeric import evaluate

SMALL = 1e-12  # relative to the largest entry


def small_sizes(roots: Iterable[Expr]) -> dict[str, int]:
    """Small sizes that differ from each other, tall where full column rank asks for it."""
    roots = list(roots)
    letters = ex.letters(*roots)
    for order in (letters, letters[::-1]):
        sizes = {letter: 2 + i % 4 for i, letter in enumerate(order)}
        if all(tall_enough(v, sizes) for v in ex.variables(*roots)):
            break
    return sizes


def nonzero(value: Expr, context: list[Expr], sizes: dict[str, int], points: int = 3, seed: int = 0) -> list[list[bool]]:
    """The entries that are other than zero at one of the points. Raises UnsupportedError where none is in the domain."""
    rng, seen = np.random.default_rng(seed), 0
    shape = value.rows.evaluate(sizes), value.cols.evaluate(sizes)
    filled = np.zeros(shape, dtype=bool)
    for manner in MANNERS * points:
        found = np.abs(np.reshape(evaluate(value, draw_values([value, *context], rng, sizes, manner), context), shape))
        if np.isfinite(found).all():
            filled |= found > SMALL * max(1.0, float(found.max()))
            seen += 1
        if seen == points:
            return [[bool(v) for v in row] for row in filled]
    raise UnsupportedError("no point was found at which the derivative can be evaluated")
