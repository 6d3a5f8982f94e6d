"""Symbolic sizes: polynomials in size letters, interned; n*(n+1)/2 has fractions as coefficients and whole numbers as values.

Sizes commute, factors do not: `m*n` and `n*m` are one size.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction

from ..errors import Phrase, ShapeError

Monomial = tuple[str, ...]
Coefficient = int | Fraction
Terms = tuple[tuple[Monomial, Coefficient], ...]

LARGEST_POWER = 30
LARGEST = 2**LARGEST_POWER  # entries of a matrix that may be formed: 8 GiB in double precision

_interned: dict[Terms, Dim] = {}


class Dim:
    """A size such as `m`, `3`, `m*n` or `n+1`. Equal sizes are the same object."""

    __slots__ = ("terms", "text")
    terms: Terms
    text: str

    def __new__(cls, terms: Terms) -> Dim:
        found = _interned.get(terms)
        if found is None:
            found = super().__new__(cls)
            found.terms = terms
            found.text = _text(terms)
            _interned[terms] = found
        return found

    def __reduce__(self) -> tuple[type, tuple[Terms]]:
        return Dim, (self.terms,)

    def __repr__(self) -> str:
        return self.text

    @property
    def value(self) -> int | None:
        """The number, when the size is one."""
        if not self.terms:
            return 0
        if len(self.terms) == 1 and self.terms[0][0] == ():
            return int(self.terms[0][1])
        return None

    @property
    def letters(self) -> tuple[str, ...]:
        """The size letters that occur, in order of name."""
        return tuple(sorted({name for mono, _ in self.terms for name in mono}))

    def __add__(self, other: Dim) -> Dim:
        total = dict(self.terms)
        for mono, c in other.terms:
            total[mono] = total.get(mono, 0) + c
        return _make(total)

    def __mul__(self, other: Dim) -> Dim:
        total: dict[Monomial, Coefficient] = {}
        for a, x in self.terms:
            for b, y in other.terms:
                mono = tuple(sorted(a + b))
                total[mono] = total.get(mono, 0) + x * y
        return _make(total)

    def scaled(self, factor: Coefficient) -> Dim:
        """The size times a number."""
        return _make({mono: c * factor for mono, c in self.terms})

    def divided(self, other: Dim) -> Dim | None:
        """The size with which `other`, one product of letters and a number, makes this one; None where there is none."""
        if len(other.terms) != 1:
            return None
        ((below, by),) = other.terms
        total: dict[Monomial, Coefficient] = {}
        for mono, c in self.terms:
            left = list(mono)
            for name in below:
                if name not in left:
                    return None
                left.remove(name)
            total[tuple(left)] = Fraction(c) / by
        return _make(total) if all(c.denominator == 1 for c in total.values()) else None

    def evaluate(self, sizes: Mapping[str, int]) -> int:
        """The number at given sizes of the letters. Raises KeyError for a letter without a size."""
        total: Coefficient = 0
        for mono, c in self.terms:
            for name in mono:
                c *= sizes[name]
            total += c
        return int(total)

    def substitute(self, sizes: Mapping[str, Dim]) -> Dim:
        """Replace letters by sizes."""
        if not any(name in sizes for name in self.letters):
            return self
        total = ZERO
        for mono, c in self.terms:
            part = _make({(): c})
            for name in mono:
                part = part * sizes.get(name, dim(name))
            total = total + part
        return total


def _make(terms: Mapping[Monomial, Coefficient]) -> Dim:
    whole = ((mono, int(c) if c == int(c) else c) for mono, c in terms.items() if c)
    return Dim(tuple(sorted(whole)))


def _text(terms: Terms) -> str:
    if not terms:
        return "0"
    below = math.lcm(*(Fraction(c).denominator for _, c in terms))
    if below > 1:
        above = _text(tuple((mono, int(c * below)) for mono, c in terms))
        return f"({above})/{below}" if len(terms) > 1 else f"{above}/{below}"
    parts = []
    for mono, c in sorted(terms, key=lambda t: (-len(t[0]), t[0])):
        body = "*".join(mono)
        size = str(abs(c)) if not mono else body if abs(c) == 1 else f"{abs(c)}*{body}"
        parts.append(("-" if c < 0 else "+") + size)
    return "".join(parts).removeprefix("+")


def dim(size: str | int | Dim) -> Dim:
    """The size named by a letter or a number. Raises ShapeError for anything else."""
    if isinstance(size, Dim):
        return size
    if isinstance(size, bool) or not isinstance(size, (int, str)):
        raise ShapeError("a size is a letter or a whole number, not {size}", size=repr(size))
    if isinstance(size, int):
        if size < 0:
            raise ShapeError("a size cannot be negative: {size}", size=size)
        return Dim((((), size),)) if size else ZERO
    if size.isdecimal():
        return dim(int(size))
    if not size.isidentifier():
        raise ShapeError("a size is a letter or a whole number, not {size}", size=repr(size))
    return Dim((((size,), 1),))


ZERO = Dim(())
ONE = dim(1)
TOKEN = re.compile(r"\s*(?:([^\W\d]\w*)|(\d+)|([-+*/()]))")


def read_size(text: str) -> Dim:
    """A size as it is written: m, 3, m*n, n+1, n*(n+1)/2. Raises ShapeError for anything else."""
    tokens, at = [], 0
    while match := TOKEN.match(text, at):
        tokens.append(match[0].strip())
        at = match.end()
    reader = _SizeReader(tokens, text)
    size = reader.sum()
    if reader.tokens or text[at:].strip():
        raise reader.misfit()
    return size


class _SizeReader:
    """Sums of products of letters and whole numbers, with brackets, and divided by whole numbers."""

    def __init__(self, tokens: list[str], text: str):
        self.tokens = tokens[::-1]
        self.text = text

    def misfit(self) -> ShapeError:
        return ShapeError("a size is a letter, a whole number or a sum or product of them, not {text}", text=repr(self.text.strip()))

    def next_is(self, signs: str) -> str:
        return self.tokens.pop() if self.tokens and self.tokens[-1] in signs else ""

    def sum(self) -> Dim:
        total = self.product().scaled(-1) if self.next_is("-") else self.product()
        while sign := self.next_is("+-"):
            total = total + self.product().scaled(-1 if sign == "-" else 1)
        return total

    def product(self) -> Dim:
        total = self.factor()
        while sign := self.next_is("*/"):
            other = self.factor()
            if sign == "/" and not other.value:
                raise self.misfit()
            total = total * other if sign == "*" else total.scaled(Fraction(1, other.value or 1))
        return total

    def factor(self) -> Dim:
        if self.next_is("("):
            inner = self.sum()
            if not self.next_is(")"):
                raise self.misfit()
            return inner
        if not self.tokens or self.tokens[-1] in "+-*/()":
            raise self.misfit()
        return dim(self.tokens.pop())


def unify(pattern: Dim, size: Dim, found: dict[str, Dim]) -> bool:
    """Match a row's size against an actual one, extending `found`; a lone letter binds."""
    if len(pattern.terms) == 1 and pattern.terms[0][1] == 1 and len(pattern.terms[0][0]) == 1:
        letter = pattern.terms[0][0][0]
        return found.setdefault(letter, size) is size
    return pattern.substitute(found) is size


def size_words(rows: Dim, cols: Dim) -> Phrase | str:
    """`shape_text` in a sentence: "scalar" is a word."""
    return Phrase("scalar") if rows is ONE and cols is ONE else shape_text(rows, cols)


def shape_text(rows: Dim, cols: Dim) -> str:
    """`m×n`, with products in brackets; `scalar` for 1×1."""
    if rows is ONE and cols is ONE:
        return "scalar"
    return "×".join(f"({d})" if len(d.terms) > 1 else d.text for d in (rows, cols))
