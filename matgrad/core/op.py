"""Op, the record of facts about an operation, and the registry of them.

Structural operations (sum, product, transpose, …) are built by constructors in `expr.py`;
functions (`inv`, `exp`, `softmax`, …) are rows of `rules/differentials.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import Phrase, Series, ShapeError
from .dims import Dim, read_size, size_words, unify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .expr import Expr

    Build = Callable[[tuple["Expr", ...], "Any"], "Expr"]


class Op:
    """One operation: its name, sizes, how it is written and how it is computed.

    `text` is the name in print; `signature` is a size rule such as `"(m,k),(k,n)->(m,n)"`; `linear` says that the operation is
    linear in all arguments together; `numpy` evaluates stacks of matrices (..., rows, cols);
    `domain` names where an element-wise function is defined; `even` says that f(-X) = f(X). `complex` says what complex
    arguments give: "analytic" that f(conj(X)) = conj(f(X)), "real" that the value is real; without it they are refused.
    """

    __slots__ = ("name", "text", "signature", "linear", "elementwise", "numpy", "latex", "source", "domain", "even", "complex", "build", "_sizes")

    def __init__(
        self,
        name: str,
        signature: str = "",
        *,
        text: str = "",
        linear: bool = False,
        elementwise: bool = False,
        numpy: str = "",
        latex: str = "",
        source: str = "",
        domain: str = "",
        even: bool = False,
        complex: str = "",
        build: Build | None = None,
    ):
        self.name = name
        self.text = text or name
        self.signature = signature
        self.linear = linear
        self.elementwise = elementwise
        self.numpy = numpy
        self.latex = latex
        self.source = source
        self.domain = domain
        self.even = even
        self.complex = complex
        self.build = build
        self._sizes: tuple[list[tuple[Dim, Dim]], tuple[Dim, Dim]] | None = None

    def __repr__(self) -> str:
        return f"Op({self.name})"

    @property
    def sizes(self) -> tuple[list[tuple[Dim, Dim]], tuple[Dim, Dim]]:
        """The signature, read: sizes of the arguments and of the result."""
        if self._sizes is None:
            left, right = self.signature.split("->")
            self._sizes = (_read_sizes(left), _read_sizes(right)[0])
        return self._sizes

    def result_shape(self, args: tuple[Expr, ...]) -> tuple[Dim, Dim]:
        """Size of the result. Raises ShapeError when the arguments do not fit the signature."""
        wanted, result = self.sizes
        if len(args) != len(wanted):
            raise ShapeError("{name} takes {wanted}, not {count}", name=self.name, wanted=_count(len(wanted)), count=len(args))
        found: dict[str, Dim] = {}
        for arg, (rows, cols) in zip(args, wanted):
            if not (unify(rows, arg.rows, found) and unify(cols, arg.cols, found)):
                raise ShapeError(
                    "{name} needs {wanted}, not {found}", name=self.name, wanted=_need(wanted), found=Series([size_words(a.rows, a.cols) for a in args], "and")
                )
        return result[0].substitute(found), result[1].substitute(found)


def _read_sizes(text: str) -> list[tuple[Dim, Dim]]:
    sizes = []
    for group in re.findall(r"\(((?:[^()]|\([^()]*\))*)\)", text):
        rows, cols = [*group.split(","), "1"][:2] if group.strip() else ("1", "1")
        sizes.append((read_size(rows), read_size(cols)))
    return sizes


def _count(n: int) -> Phrase:
    return Phrase("one argument") if n == 1 else Phrase("{count} arguments", count=n)


def _need(wanted: list[tuple[Dim, Dim]]) -> Series:
    def word(rows: Dim, cols: Dim) -> Phrase:
        if rows.text == cols.text == "1":
            return Phrase("a scalar")
        if cols.text == "1":
            return Phrase("a vector")
        return Phrase("a square matrix") if rows is cols else Phrase("a matrix")

    return Series((word(*pair) for pair in wanted), "and")


OPS: dict[str, Op] = {}


def define(name: str, signature: str, **facts: Any) -> Op:
    """Register a function under its name."""
    if name in OPS:
        raise ValueError(f"{name} is already defined")
    OPS[name] = Op(name, signature, **facts)
    return OPS[name]
