"""Whether two expressions are equal: by normal form, a proof; else by values at random points, evidence or a counterexample.

Values are fractions where both sides are rational, so that no difference is too small to be seen (Schwartz and Zippel: a
polynomial that is not zero vanishes at few points), and decimals of 40, 100 and 250 digits elsewhere: what is only
rounding shrinks, a difference stays.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import STRUCTURE, facts
from ..errors import MatgradError, Phrase
from ..simplify.normal import normal
from .draw import FRACTIONS, MANNERS, WHOLE, Rng, draw_sizes, draw_values, tall_enough
from .exact import Beyond, Decimals, Fractions, to_decimal
from .kernels import Array
from .numeric import Evaluator, Values

POINTS = 7
TRIES = 3  # drawings in one manner before the next is tried
LARGEST = 400  # entries of the largest matrix at a point
HUGE = 20_000  # beyond, floats must do
DIGITS = (40, 100, 250)
SHRUNK = Decimal(10) ** -30
ROUNDING = 1e-9  # what floats may differ by, relative to the larger side


class Equality:
    """The verdict on two expressions, how it was reached, and where they differ.

    `equal` is None where no point was found at which both are defined, or none on one side of a kink or a jump (`proof` is
    "one side"). `proof` is "normal form", "evaluation" or "sizes" else;
    `numbers` says in what the points were evaluated: "fractions", "decimals" or "floats".
    """

    __slots__ = ("equal", "proof", "points", "numbers", "counterexample", "left", "right")

    def __init__(
        self,
        equal: bool | None,
        proof: str,
        points: int = 0,
        numbers: str = "",
        counterexample: dict[str, Any] | None = None,
        left: Array | None = None,
        right: Array | None = None,
    ):
        self.equal = equal
        self.proof = proof
        self.points = points
        self.numbers = numbers
        self.counterexample = counterexample
        self.left = left
        self.right = right

    def __bool__(self) -> bool:
        return bool(self.equal)

    def sentence(self) -> str:
        """The verdict, how it was reached, and the counterexample."""
        return "\n  ".join(map(str, self.lines()))

    def lines(self) -> list[Phrase | str]:
        """The verdict, and the counterexample, a line for every name."""
        if self.proof == "one side":
            return [Phrase("undecided: no common normal form, and a function with a kink or a jump was seen on one side of it only")]
        if self.equal is None:
            return [Phrase("undecided: no common normal form, and no point was found at which both sides are defined")]
        if self.proof == "sizes":
            return [Phrase("not equal: the sizes differ")]
        if self.equal and self.proof == "normal form":
            return [Phrase("equal: proved, both have the same normal form")]
        if self.equal:
            return [Phrase("equal: evidence ({points} points, {numbers}), not a proof", points=self.points, numbers=IN_WORDS[self.numbers])]
        values = [f"{name} = {shown(value)}" for name, value in (self.counterexample or {}).items()]
        left, right = Phrase("left = {value}", value=shown(self.left)), Phrase("right = {value}", value=shown(self.right))
        lines: list[Phrase | str] = [Phrase("not equal: different, at this point:"), *values, left, right]
        if self.left is not None and self.right is not None and shown(self.left) == shown(self.right):
            lines.append(Phrase("left - right = {value}", value=shown(self.left - self.right)))
        return lines

    __str__ = sentence
    __repr__ = sentence


IN_WORDS = {"fractions": Phrase("exact fractions"), "decimals": Phrase("{digits} digits", digits=DIGITS[1]), "floats": Phrase("floating point")}


def equality(a: Expr, b: Expr, *, everywhere: bool = True, seed: int = 0) -> Equality:
    """Decide a = b. Where `everywhere` is false, points on which entries vanish or coincide are not asked about."""
    if a.rows is not b.rows or a.cols is not b.cols:
        return Equality(False, "sizes")
    if normal(a) is normal(b):
        return Equality(True, "normal form")
    return by_points(a, b, everywhere=everywhere, seed=seed)


def by_points(a: Expr, b: Expr, points: int = POINTS, *, everywhere: bool = True, seed: int = 0) -> Equality:
    """Decide a = b, of one size, by values alone."""
    rng = np.random.default_rng(seed)
    trial = Trial(a, b)
    seen = 0
    for attempt in range(points):
        manners = [FIRST[attempt % len(FIRST)], *FALLBACK] if everywhere else list(FALLBACK)
        values = trial.defined_point(rng, attempt, manners)
        if values is None:
            continue
        seen += 1
        if trial.different:
            return trial.smallest(rng, trial.verdict(values))
    for values in chain(trial.landmarks(rng), trial.far_points(rng)):
        if trial.at(values):
            seen += 1
            if trial.different:
                return trial.smallest(rng, trial.verdict(values))
    if seen and trial.one_sided:
        return Equality(None, "one side", seen, trial.numbers)
    return Equality(True if seen else None, "evaluation", seen, trial.numbers)


KINKED = {ex.MAX, ex.MIN, *ex.COMPARE.values()}
KINKED_NAMES = {"abs", "sign", "relu", "norm1"}


def turn(e: Expr) -> Expr | None:
    """What is 0 where a function has its kink or jump."""
    if e.op in KINKED:
        return normal(ex.add(e.args[0], ex.neg(e.args[1])))
    return e.args[0] if e.op.name in KINKED_NAMES else None


def sides(d: Expr) -> set[int]:
    """The signs that a function may take, as far as its facts tell."""
    return {s for s, bound in ((-1, d), (1, ex.neg(d))) if not facts(normal(bound)) & {"positive", "nonnegative"}}


CONES = {"positive", "nonnegative"} | STRUCTURE | {"posdef", "psd", "invertible", "full_column_rank", "full_row_rank"}  # a positive multiple has them too
FAR = (1, 2, 3, 5, 8, 13, 21)
FIRST = ("fractions", "whole", "mixed fractions", "fractions", "whole", "small fractions", "fractions")
FALLBACK = tuple(FRACTIONS)


def agree(a: Expr, b: Expr, points: int = POINTS) -> bool:
    """Whether a = b at every point that was tried, of which there was one; no counterexample is looked for."""
    if a.rows is not b.rows or a.cols is not b.cols:
        return False
    rng, trial, seen = np.random.default_rng(1), Trial(a, b), False
    if trial.floats_differ(rng):
        return False
    for attempt in range(points):
        seen = trial.defined_point(rng, attempt, FALLBACK) is not None or seen
        if trial.different:
            return False
    return seen


class Trial:
    """Both sides of one equation at one point after another."""

    def __init__(self, a: Expr, b: Expr):
        self.sides = (a, b)
        self.nodes = ex.postorder(a, b)
        self.numbers = "floats" if any(map(ex.is_complex, self.nodes)) else "fractions"
        self.different = False
        self.values: tuple[Array, Array] | None = None
        self.turns: dict[Expr, set[int]] = {}  # the signs not seen yet of what turns at 0
        for e in self.nodes:
            d = turn(e)
            if d is not None and not ex.is_complex(d):
                self.turns.setdefault(d, sides(d)).update({0} if e.op is ex.COMPARE["=="] else ())

    @property
    def one_sided(self) -> bool:
        """Whether a kink or a jump was seen from one side only; an equation must have been seen to hold, too."""
        return any(self.turns.values())

    def look(self, values: Values) -> None:
        """Note on which sides of the kinks and jumps a point lies."""
        for d, unseen in self.turns.items():
            if unseen:
                try:
                    found = Evaluator(d, values).run()
                    unseen.difference_update(int(s) for s in np.unique(np.sign(found[np.isfinite(found)])))
                except MatgradError:
                    continue

    def defined_point(self, rng: Rng, attempt: int, manners: Iterable[str]) -> dict[str, Any] | None:
        """The first point at which both sides are defined; whether they differ there is noted."""
        for manner in manners:
            for _ in range(TRIES):
                values = draw_values(self.sides, rng, self.sizes(rng, attempt), manner)
                if self.at(values):
                    return values
        if self.numbers == "floats":
            for manner in MANNERS:
                values = draw_values(self.sides, rng, self.sizes(rng, attempt), manner)
                if self.at(values):
                    return values
        return None

    def landmarks(self, rng: Rng) -> Iterator[dict[str, Any]]:
        """Points at and beside the numbers that stand in the expressions, where functions with kinks change sides."""
        if any(map(ex.is_complex, self.nodes)) or not self.turns:
            return
        found = {Fraction(e.data) for e in self.nodes if e.op is ex.NUM} | {Fraction(0)}
        marks = sorted({s * (c + d) for c in found for d in (-1, 0, 1) for s in (-1, 1)})
        free = [v for v in ex.variables(*self.sides) if not facts(v)]
        for attempt in range(3 * len(marks)):
            values = draw_values(self.sides, rng, self.sizes(rng, 3), "whole")
            for v in free:
                a = np.asarray(values[v.data[0]], dtype=object)
                drawn = rng.integers(0, len(marks), size=a.shape) if a.shape else attempt % len(marks)
                values[v.data[0]] = np.array([marks[k] for k in np.ravel(drawn)], dtype=object).reshape(a.shape) if a.shape else marks[int(drawn)]
            yield values

    def far_points(self, rng: Rng) -> Iterator[dict[str, Any]]:
        """Points 10^k times as far out or in, for what changes sides only there: exp(t) > 10^30, log(t) > 30, 1/t > 1000."""
        scaled = [v for v in ex.variables(*self.sides) if not facts(v) - CONES]
        for attempt, k in enumerate(s * k for k in FAR for s in (1, -1)):
            for sign in (1, -1):
                if self.one_sided:
                    values = draw_values(self.sides, rng, self.sizes(rng, 3 if attempt % 2 else 2), "whole")
                    for v in scaled:
                        a = values[v.data[0]] * Fraction(10) ** k
                        values[v.data[0]] = a if facts(v) else abs(a) * sign
                    yield values

    def sizes(self, rng: Rng, attempt: int) -> dict[str, int]:
        """Different sizes, then 2, then 1, then random ones, as far as declared ranks and the largest matrix allow."""
        letters = ex.letters(*self.sides)
        for trial in range(20):
            order = list(rng.permutation(len(letters)))
            if attempt == 1:
                sizes = dict.fromkeys(letters, 2)
            elif attempt == 2 and not trial:
                sizes = dict.fromkeys(letters, 1)
            elif attempt in (0, 5) and trial < 10:
                sizes = {letter: 2 + (int(order[i]) + 1 + attempt // 5) % 3 for i, letter in enumerate(letters)}
            else:
                sizes = {letter: int(rng.integers(1 + (attempt == 0), 4)) for letter in letters}
            if self.largest(sizes) <= LARGEST and all(tall_enough(v, sizes) for v in ex.variables(*self.sides)):
                return sizes
            if attempt == 1:
                break
        sizes = dict.fromkeys(letters, 2) if attempt < 2 else draw_sizes(self.sides, rng, 2)
        return sizes

    def largest(self, sizes: dict[str, int]) -> int:
        return max((e.rows.evaluate(sizes) * e.cols.evaluate(sizes) for e in self.nodes), default=1)

    def at(self, values: Values) -> bool:
        """Whether both sides are defined at a point; notes their values and whether they differ."""
        self.look(values)
        if self.numbers != "floats" and self.largest({k: v for k, v in values.items() if isinstance(v, int)}) > HUGE:
            self.numbers = "floats"
        try:
            if self.numbers == "fractions":
                try:
                    return self._fractions(values)
                except Beyond:
                    self.numbers = "decimals"
            if self.numbers == "decimals":
                try:
                    return self._decimals(values)
                except Beyond:
                    self.numbers = "floats"
            return self._floats(values)
        except MatgradError:
            return False

    def _fractions(self, values: Values) -> bool:
        left, right = (Fractions(e, values).run() for e in self.sides)
        self.values, self.different = (left, right), bool(np.any(left != right))
        return True

    def _decimals(self, values: Values) -> bool:
        """A difference is one that more digits do not make smaller."""
        before: Decimal | None = None
        for prec in DIGITS:
            with decimal.localcontext(prec=prec, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN):
                left, right = (Decimals(e, values).run() for e in self.sides)
                gap = max((abs(x) for x in (left - right).flat), default=Decimal(0))
                self.values, self.different = (left, right), gap != 0
                if before is not None and gap <= before * SHRUNK:
                    self.different = False
                    break
            before = gap
        return True

    def _floats(self, values: Values) -> bool:
        left, right = (Evaluator(e, values).run() for e in self.sides)
        scale = max(1.0, float(np.max(np.abs(left), initial=0.0)), float(np.max(np.abs(right), initial=0.0)))
        if not np.isfinite(scale):
            return False
        gap = float(np.max(np.abs(left - right), initial=0.0))
        self.values, self.different = (left, right), gap > ROUNDING * scale
        return True

    def floats_differ(self, rng: Rng) -> bool:
        """Whether the sides differ plainly at one point, in floats: a quick no."""
        values = draw_values(self.sides, rng, self.sizes(rng, 1))
        try:
            return self._floats(values) and self.different
        except MatgradError:
            return False

    def verdict(self, values: dict[str, Any]) -> Equality:
        assert self.values is not None
        return Equality(False, "evaluation", 1, self.numbers, named(values), *self.values)

    def smallest(self, rng: Rng, found: Equality) -> Equality:
        """A point with small sizes and whole numbers at which the sides differ, for people; else the one found."""
        variables = ex.variables(*self.sides)
        for sizes in small_sizes(ex.letters(*self.sides)):
            if self.largest(sizes) > LARGEST or not all(tall_enough(v, sizes) for v in variables):
                continue
            for manner in (*WHOLE, "fractions"):
                for _ in range(TRIES):
                    values = draw_values(self.sides, rng, sizes, manner)
                    if self.at(values) and self.different:
                        return self.verdict(values)
        return found


def small_sizes(letters: list[str]) -> Iterator[dict[str, int]]:
    """All 1, then all 2, then one letter larger than the others, then all different."""
    yield dict.fromkeys(letters, 1)
    yield dict.fromkeys(letters, 2)
    for chosen in letters:
        yield {letter: 2 if letter == chosen else 1 for letter in letters}
        yield {letter: 3 if letter == chosen else 2 for letter in letters}
    yield {letter: 2 + i for i, letter in enumerate(letters)}


def named(values: Values) -> dict[str, Any]:
    """The values in the order sizes, variables, differentials."""
    sizes = {k: v for k, v in values.items() if isinstance(v, int)}
    return sizes | {k: v for k, v in values.items() if k not in sizes}


def shown(value: Any) -> str:
    """A number, vector or matrix in a line; fractions as they are, other numbers to six digits."""
    if isinstance(value, np.ndarray):
        if value.shape == (1, 1):
            return shown(value[0, 0])
        return "[" + ", ".join(shown(x) for x in value) + "]"
    if isinstance(value, (int, Fraction)) and len(str(value)) <= 24:
        return str(value)
    if isinstance(value, (float, complex)):
        return f"{value:.6g}"
    return f"{to_decimal(value):.6g}" if isinstance(value, (int, Fraction, Decimal)) else f"x -> {value}"
