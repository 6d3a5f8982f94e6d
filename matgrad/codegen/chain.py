"""The cheapest order of a contraction: dynamic programming over subsets of the factors.

For a matrix chain this is the textbook's parenthesisation; hyperedges (a diagonal matrix, samples)
and factors that share no label cost nothing extra to handle. Sizes are assumed typical where no
numbers are given: samples many, features fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import prod
from typing import TypeVar

from ..core.dims import Dim

Key = TypeVar("Key", bound=Hashable)
Tree = int | tuple["Tree", "Tree"]
Cost = tuple[float, int]

SAMPLES, FEATURES = 10_000, 100
EXACT = 7  # factors up to which every order is tried: 3^7 pairs of subsets
SLOW = 4.0  # what one multiplication outside a matrix product costs, in multiplications inside one


def typical(letters: Sequence[str], counts: frozenset[str], given: Mapping[str, int]) -> dict[str, int]:
    """A number for every size letter: the given one; many for counts of samples; else few."""
    return {x: given.get(x, SAMPLES if x in counts or x.isupper() and x.isascii() else FEATURES) for x in letters}


def extent(d: Dim, sizes: Mapping[str, int]) -> float:
    """The length of an axis under typical sizes."""
    return max(1.0, float(sum(c * prod(sizes.get(x, FEATURES) for x in mono) for mono, c in d.terms)))


def order(
    factors: Sequence[frozenset[Key]],
    inverse: Sequence[bool],
    out: frozenset[Key],
    length: Callable[[Key], float],
    known: frozenset[tuple[int, int]] = frozenset(),
) -> Tree:
    """Which two factors to contract first, and so on, as a binary tree over their positions.

    `known` pairs have been contracted before and cost nothing.
    """
    if len(factors) > EXACT:
        return _greedy(factors, inverse, out, length)
    n = len(factors)
    full = (1 << n) - 1
    labels = _labels_of_subsets(factors, out)
    best: dict[int, tuple[Cost, Tree]] = {1 << i: ((0.0, 0), i) for i in range(n)}
    lone = {1 << i: inverse[i] for i in range(n)}
    for subset in sorted(range(1, full + 1), key=int.bit_count):
        if subset in best:
            continue
        part = (subset - 1) & subset
        choice: tuple[Cost, Tree] | None = None
        while part:
            rest = subset ^ part
            if part & -part == subset & -subset:  # each split once, the first factor on the left
                step = pair_cost(labels[part], labels[rest], labels[subset], lone.get(part, False), lone.get(rest, False), length)
                if known and (part.bit_length() - 1, rest.bit_length() - 1) in known and subset.bit_count() == 2:
                    step = 0.0
                (a, s), left = best[part]
                (b, t), right = best[rest]
                cost = (a + b + step, s + t + abs(part.bit_count() - rest.bit_count()))
                if choice is None or cost < choice[0]:
                    choice = (cost, (left, right))
            part = (part - 1) & subset
        assert choice is not None
        best[subset] = choice
    return best[full][1]


def _labels_of_subsets(factors: Sequence[frozenset[Key]], out: frozenset[Key]) -> list[frozenset[Key]]:
    """For every subset of the factors the labels its product still has: those needed outside."""
    n = len(factors)
    union: list[frozenset[Key]] = [frozenset()] * (1 << n)
    for subset in range(1, 1 << n):
        low = subset & -subset
        union[subset] = union[subset ^ low] | factors[low.bit_length() - 1]
    full = (1 << n) - 1
    return [union[s] & (union[full ^ s] | out) if s.bit_count() > 1 else union[s] for s in range(1 << n)]


def pair_cost(a: frozenset[Key], b: frozenset[Key], kept: frozenset[Key], a_inverse: bool, b_inverse: bool, length: Callable[[Key], float]) -> float:
    """Multiplications of one contraction, the size of its result, and an explicit inverse where one is needed."""
    union = a | b
    summed = (a & b) - kept
    work = prod(map(length, union))
    blas = bool(summed) and not (a & b & kept)
    cost = (work if blas else SLOW * work) + SLOW * prod(map(length, kept & union))
    for x, flag, other_inverse in ((a, a_inverse, b_inverse), (b, b_inverse, False)):
        if flag and (other_inverse or len(summed) != 1 or len(x & kept) != 1 or a & b & kept):
            cost += 2 * prod(map(length, x)) * max(map(length, x))
    return cost


def _greedy(factors: Sequence[frozenset[Key]], inverse: Sequence[bool], out: frozenset[Key], length: Callable[[Key], float]) -> Tree:
    """The cheapest pair first, again and again."""
    pool: list[tuple[Tree, frozenset[Key], bool]] = [(i, f, inverse[i]) for i, f in enumerate(factors)]
    while len(pool) > 1:
        best: tuple[float, int, int, frozenset[Key]] | None = None
        for i in range(len(pool)):
            for j in range(i + 1, len(pool)):
                outside = out.union(*[pool[k][1] for k in range(len(pool)) if k not in (i, j)])
                kept = (pool[i][1] | pool[j][1]) & outside
                cost = pair_cost(pool[i][1], pool[j][1], kept, pool[i][2], pool[j][2], length)
                if best is None or cost < best[0]:
                    best = (cost, i, j, kept)
        assert best is not None
        _, i, j, kept = best
        joined = ((pool[i][0], pool[j][0]), kept, False)
        pool = [p for k, p in enumerate(pool) if k not in (i, j)]
        pool.insert(i, joined)
    return pool[0][0]
