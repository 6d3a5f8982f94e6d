"""Symbolic sizes: polynomials in size letters with integer coefficients, interned.

Sizes commute, factors do not: `m*n` and `n*m` are one size.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import ShapeError

Monomial = tuple[str, ...]
Terms = tuple[tuple[Monomial, int], ...]

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
            return self.terms[0][1]
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
        total: dict[Monomial, int] = {}
        for a, x in self.terms:
            for b, y in other.terms:
                mono = tuple(sorted(a + b))
                total[mono] = total.get(mono, 0) + x * y
        return _make(total)

    def scaled(self, factor: int) -> Dim:
        """The size times an integer."""
        return _make({mono: c * factor for mono, c in self.terms})

    def evaluate(self, sizes: Mapping[str, int]) -> int:
        """The number at given sizes of the letters. Raises KeyError for a letter without a size."""
        total = 0
        for mono, c in self.terms:
            for name in mono:
                c *= sizes[name]
            total += c
        return total

    def substitute(self, sizes: Mapping[str, Dim]) -> Dim:
        """Replace letters by sizes."""
        if not any(name in sizes for name in self.letters):
            return self
        total = ZERO
        for mono, c in self.terms:
            part = dim(c)
            for name in mono:
                part = part * sizes.get(name, dim(name))
            total = total + part
        return total


def _make(terms: Mapping[Monomial, int]) -> Dim:
    return Dim(tuple(sorted((mono, c) for mono, c in terms.items() if c)))


def _text(terms: Terms) -> str:
    if not terms:
        return "0"
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
        raise ShapeError(f"a size is a letter or a whole number, not {size!r}")
    if isinstance(size, int):
        if size < 0:
            raise ShapeError(f"a size cannot be negative: {size}")
        return Dim((((), size),)) if size else ZERO
    if size.isdecimal():
        return dim(int(size))
    if not size.isidentifier():
        raise ShapeError(f"a size is a letter or a whole number, not {size!r}")
    return Dim((((size,), 1),))


ZERO = Dim(())
ONE = dim(1)


def unify(pattern: Dim, size: Dim, found: dict[str, Dim]) -> bool:
    """Match a row's size against an actual one, extending `found`; a lone letter binds."""
    if len(pattern.terms) == 1 and pattern.terms[0][1] == 1 and len(pattern.terms[0][0]) == 1:
        letter = pattern.terms[0][0][0]
        return found.setdefault(letter, size) is size
    return pattern.substitute(found) is size


def shape_text(rows: Dim, cols: Dim) -> str:
    """`m×n`, with products in brackets; `scalar` for 1×1."""
    if rows is ONE and cols is ONE:
        return "scalar"
    return "×".join(f"({d})" if len(d.terms) > 1 else d.text for d in (rows, cols))
