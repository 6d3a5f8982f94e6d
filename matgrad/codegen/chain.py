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
    out: Sequence[Key],
    length: Callable[[Key], float],
    known: frozenset[tuple[int, int]] = frozenset(),
    names: Sequence[int] = (),
) -> Tree:
    """Which two factors to contract first, and so on, as a binary tree over their positions.

    `known` pairs have been contracted before and cost nothing. Equal `names` mean equal arrays: the product of
    two groups of equal arrays, Z'Z, costs half of any other.
    """
    keep = frozenset(out)
    if len(factors) > EXACT:
        return _greedy(factors, inverse, keep, length)
    search = Search(factors, inverse, out, length, known, names or range(len(factors)))
    for subset in sorted(range(1, search.full + 1), key=int.bit_count):
        if subset not in search.best:
            search.best[subset] = search.split(subset)
    return search.best[search.full][1]


class Search:
    """The cheapest tree for every subset of the factors, as a bit mask; ties go to balanced trees and to axes in their final order."""

    def __init__(
        self,
        factors: Sequence[frozenset[Key]],
        inverse: Sequence[bool],
        out: Sequence[Key],
        length: Callable[[Key], float],
        known: frozenset[tuple[int, int]],
        names: Sequence[int],
    ):
        n = len(factors)
        self.full = (1 << n) - 1
        self.length = length
        self.known = known
        self.names = [sorted(names[i] for i in range(n) if subset >> i & 1) for subset in range(1 << n)]
        self.labels = _labels_of_subsets(factors, frozenset(out))
        self.best: dict[int, tuple[Cost, Tree]] = {1 << i: ((0.0, 0), i) for i in range(n)}
        self.inverses = {1 << i for i in range(n) if inverse[i]}
        self.place = {x: k for k, x in enumerate(out)}

    def split(self, subset: int) -> tuple[Cost, Tree]:
        """The best way to put a subset together from two parts."""
        choices = []
        part = (subset - 1) & subset
        while part:
            if part & -part == subset & -subset:  # each split once, the first factor on the left
                choices.append(self.joined(part, subset ^ part))
            part = (part - 1) & subset
        return min(choices, key=lambda choice: choice[0])

    def joined(self, part: int, rest: int) -> tuple[Cost, Tree]:
        whole = part | rest
        step = pair_cost(self.labels[part], self.labels[rest], self.labels[whole], part in self.inverses, rest in self.inverses, self.length)
        if self.names[part] == self.names[rest] and (self.labels[part] & self.labels[rest]) - self.labels[whole]:
            step /= 2
        if whole.bit_count() == 2 and (part.bit_length() - 1, rest.bit_length() - 1) in self.known:
            step = 0.0
        (a, s), left = self.best[part]
        (b, t), right = self.best[rest]
        return (a + b + step, s + t + abs(part.bit_count() - rest.bit_count()) + self.gaps(whole)), (left, right)

    def gaps(self, subset: int) -> int:
        """How many axes of the result lie between those that a product has."""
        places = sorted(self.place[x] for x in self.labels[subset] if x in self.place)
        return places[-1] - places[0] + 1 - len(places) if places else 0


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
