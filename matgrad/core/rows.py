"""Rows of the rule tables: equations written in matgrad's own language, read when first used."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .expr import Expr


class Row:
    """One equation left = right over the formals of `declare`.

    `table` is the question it answers; `why` says why applying it terminates (laws), `source` which book
    states it, `kink` what must not be 0, at any entry, for the function to have a derivative, and `vanishes`
    that the function is 0 at its kink (of two arguments, when one of them is 0); the formals of `constant`
    must not vary.
    """

    __slots__ = ("table", "left", "right", "declare", "source", "why", "zh", "note", "kink", "vanishes", "constant", "_read", "_complex")

    def __init__(
        self,
        table: str,
        left: str,
        right: str,
        declare: str = "",
        *,
        source: str = "",
        why: str = "",
        zh: str = "",
        note: str = "",
        kink: str = "",
        vanishes: bool = False,
        constant: str = "",
    ):
        self.table = table
        self.left = left
        self.right = right
        self.declare = declare
        self.source = source
        self.why = why
        self.zh = zh
        self.note = note
        self.kink = kink
        self.vanishes = vanishes
        self.constant = constant
        self._read: tuple[Expr, Expr] | None = None
        self._complex: bool | None = None

    def __repr__(self) -> str:
        return self.equation

    @property
    def equation(self) -> str:
        """The row as it is cited in a derivation."""
        if self.table == "differential":
            return f"d {self.left} = {self.right}"
        return f"{self.left} = {self.right}"


class Table(list[Row]):
    """A list of rows that answer one question."""

    def __init__(self, name: str, default: str):
        super().__init__()
        self.name = name
        self.default = default

    def __call__(self, left: str, right: str, declare: str = "", **about: Any) -> None:
        """Append a row; `about` is what `Row` knows besides: source, why, zh, note, kink, vanishes, constant."""
        self.append(Row(self.name, left, right, declare or self.default, **about))


FORMALS = "A: matrix(p,m); X: matrix(m,n); B: matrix(n,q); S: matrix(n,n); x: vector(n); t: scalar"
DIFFERENTIALS = Table("differential", FORMALS)
ADJOINTS = Table("adjoint", FORMALS)
KRONECKER = Table("kronecker", FORMALS)
LAWS = Table("law", FORMALS)
DERIVATIVES: dict[str, str] = {}  # element-wise function -> its derivative at X, in our language
DEFINITIONS: dict[str, str] = {}  # named derivative, sigmoid' -> what it stands for
