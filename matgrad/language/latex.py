r"""Expression to LaTeX: the layout of `text.py` with the signs and fractions of a printed book."""

from __future__ import annotations

from fractions import Fraction

from ..core import expr as ex
from ..core.dims import ONE, Dim
from ..core.expr import Expr
from ..core.op import OPS, Op
from .text import ATOM, COMPARE, HADAMARD, NEGATIVE, POWER, PRODUCT, SUM, Piece, Rule, Style, Unicode, reciprocal_of, text

GREEK = set(Unicode.greek)


class Latex(Style):
    """Signs of printed mathematics; `symbols` replaces names, such as G_Y by ∂f/∂Y."""

    times = " "
    times_after_slash = " "
    had = r" \odot "
    over = r" \oslash "
    prime = r"^{\top}"
    opening = r"\left("
    closing = r"\right)"

    def __init__(self, symbols: dict[str, str] | None = None):
        self.symbols = symbols or {}

    def name(self, name: str) -> str:
        if name in self.symbols:
            return self.symbols[name]
        stem, _, index = name.partition("[")
        if index:
            return f"{self.name(stem)}_{{{index.rstrip(']')}}}"
        stem, _, below = name.partition("_")
        letters = stem.rstrip("0123456789")
        below = stem[len(letters) :] + ("," if below and len(letters) < len(stem) else "") + below
        shown = f"\\{letters}" if letters in GREEK else letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
        return f"{shown}_{{{below}}}" if below else shown

    def function(self, op: Op) -> str:
        return op.latex or rf"\operatorname{{{op.text.rstrip(chr(39))}}}" + "'" * op.text.count("'")


def latex(e: Expr, style: Latex | None = None) -> str:
    """The expression in LaTeX, its named intermediates as names."""
    return text(e, style or LATEX)


def bracketed(name: str, *args: Expr) -> tuple[int, list[Piece]]:
    pieces: list[Piece] = [name, r"\left("]
    for i, a in enumerate(args):
        pieces += [", " if i else "", (a, COMPARE)]
    return ATOM, [*pieces, r"\right)"]


def _num(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    if isinstance(e.data, Fraction):
        sign = "-" if e.data < 0 else ""
        return SUM if sign else ATOM, [rf"{sign}\frac{{{abs(e.data.numerator)}}}{{{e.data.denominator}}}"]
    return SUM if e.data < 0 else ATOM, [str(e.data)]


def _mul(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    r"""Scalar products with divisors are one fraction; in other products each divisor is \frac{1}{b} in front."""
    if e.args[0].op is ex.NUM and e.args[0].data < 0:
        return SUM, ["-", (ex.neg(e), HADAMARD)]
    below = [b for b in map(reciprocal_of, e.args) if b is not None]
    above = [a for a in e.args if reciprocal_of(a) is None]
    if not below:
        return PRODUCT, _factors(above)
    scalars = [a for a in above if a.is_scalar]
    matrices = [a for a in above if not a.is_scalar] if not e.is_scalar else []
    top = [a for a in above if a not in matrices] if matrices else scalars if not e.is_scalar else above
    pieces: list[Piece] = [r"\frac{", *(_factors(top) if top else ["1"]), "}{", *_factors(below), "}"]
    if matrices:
        pieces += [" ", *_factors(matrices)]
    return PRODUCT, pieces


def _factors(args: list[Expr]) -> list[Piece]:
    pieces: list[Piece] = []
    last: Expr | None = None
    for i, a in enumerate(args):
        grouped = a.op is ex.MUL and last is not None and not last.is_scalar and last.cols is not ONE
        if i:
            pieces.append(r" \cdot " if a.op is ex.NUM else " ")
        pieces.append((a, PRODUCT if a.op is ex.MUL and not grouped else NEGATIVE if len(args) > 1 else COMPARE))
        last = a
    return pieces


def _pow(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    base, exponent = e.args
    if exponent.op is ex.NUM and exponent.data == Fraction(1, 2):
        return ATOM, [r"\sqrt{", (base, COMPARE), "}"]
    reciprocal = reciprocal_of(e)
    if reciprocal is not None:
        return ATOM, [r"\frac{1}{", (reciprocal, COMPARE), "}"]
    if exponent is ex.MINUS_ONE:
        return HADAMARD, ["1", style.over, (base, NEGATIVE)]
    mark = "" if e.is_scalar else r"\circ "
    return POWER, [(base, ATOM), f"^{{{mark}", (exponent, COMPARE), "}"]


def _transpose(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    if e.args[0].op.name == "inv":
        return POWER, [(e.args[0].args[0], ATOM), r"^{-\top}"]
    return POWER, [(e.args[0], ATOM), style.prime]


def _kron(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    pieces: list[Piece] = []
    for i, a in enumerate(e.args):
        pieces += [r" \otimes " if i else "", (a, NEGATIVE)]
    return HADAMARD, pieces


def _index(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    places = list(e.args[1:])
    base = e.args[0]
    pieces: list[Piece] = [(base, ATOM)] if not base.args else [r"\left[", (base, COMPARE), r"\right]"]
    pieces.append("_{")
    pieces.append((places.pop(0), COMPARE) if e.data[0] else ":")
    if base.cols is not ONE:
        pieces += [", ", (places.pop(0), COMPARE) if e.data[1] else ":"]
    return POWER, [*pieces, "}"]


def _total(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    low, high, body = e.args
    return HADAMARD, [rf"\sum_{{{style.name(e.data)}=", (low, COMPARE), "}^{", (high, COMPARE), "} ", (body, HADAMARD)]


def _block(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    pieces: list[Piece] = [r"\begin{bmatrix}"]
    for i, a in enumerate(e.args):
        if i:
            pieces.append(r" \\ " if i % e.data[1] == 0 else " & ")
        pieces.append((a, COMPARE))
    return ATOM, [*pieces, r"\end{bmatrix}"]


def _compare(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    sign = {">=": r"\ge", "<=": r"\le", "==": "=", ">": ">", "<": "<"}[e.op.name]
    return ATOM, [r"\mathbb{1}\left[", (e.args[0], SUM), f" {sign} ", (e.args[1], SUM), r"\right]"]


def _norm(mark: str) -> Rule:
    return lambda e, s: (ATOM, [r"\left\|", (e.args[0], COMPARE), rf"\right\|_{{{mark}}}"])


def size(d: Dim) -> str:
    return " ".join(d.text.split("*"))


def shape(e: Expr) -> str:
    return size(e.rows) if e.cols is ONE else rf"{size(e.rows)} \times {size(e.cols)}"


LATEX = Latex()


def install() -> None:
    """The layouts of functions, once the tables are loaded."""
    Latex.layouts = {
        ex.NUM: _num,
        ex.VAR: lambda e, s: (ATOM, [s.name(e.data[0])]),
        ex.DVAR: lambda e, s: (ATOM, [r"\mathrm{d}" + s.name(e.data.data[0] if e.data.op is ex.VAR else e.data.data)]),
        ex.SIZE: lambda e, s: (ATOM, [size(e.data)]),
        ex.PI: lambda e, s: (ATOM, [r"\pi"]),
        ex.EYE: lambda e, s: (ATOM, [f"I_{{{size(e.rows)}}}"]),
        ex.ONES: lambda e, s: (ATOM, [rf"\mathbf{{1}}_{{{shape(e)}}}"]),
        ex.ZEROS: lambda e, s: (ATOM, [rf"\mathbf{{0}}_{{{shape(e)}}}"]),
        ex.COMM: lambda e, s: (ATOM, [f"K_{{{size(e.data[0])},{size(e.data[1])}}}"]),
        ex.UNIT: lambda e, s: (ATOM, ["e_{", (e.args[0], COMPARE), "}"]),
        ex.D: lambda e, s: bracketed(r"\mathrm{d}", e.args[0]),
        ex.MUL: _mul,
        ex.POW: _pow,
        ex.MPOW: lambda e, s: (POWER, [(e.args[0], ATOM), "^{", (e.args[1], COMPARE), "}"]),
        ex.T: _transpose,
        ex.KRON: _kron,
        ex.UNVEC: lambda e, s: bracketed(rf"\operatorname{{unvec}}_{{{shape(e)}}}", e.args[0]),
        ex.INDEX: _index,
        ex.MEMBER: lambda e, s: (ATOM, [s.name(e.args[0].data[0]), "_{", (e.args[1], COMPARE), "}"]),
        ex.TOTAL: _total,
        ex.BLOCK: _block,
        ex.GENERIC: lambda e, s: bracketed(s.name(e.data[0]) + "'" * e.data[1], *e.args),
        ex.DIFF: lambda e, s: (ATOM, [rf"\frac{{\partial{_order(len(e.data))} {s.name(e.args[0].data[0])}}}{{{_wrt(e.data)}}}"]),
        ex.MAX: lambda e, s: bracketed(r"\max", *e.args),
        ex.MIN: lambda e, s: bracketed(r"\min", *e.args),
        **dict.fromkeys(ex.COMPARE.values(), _compare),
        OPS["inv"]: lambda e, s: (POWER, [(e.args[0], ATOM), "^{-1}"]),
        OPS["norm1"]: _norm("1"),
        OPS["norm2"]: _norm("2"),
        OPS["normF"]: _norm("F"),
    }
    for op in OPS.values():
        if op not in Latex.layouts:
            Latex.layouts[op] = lambda e, s: bracketed(s.function(e.op), *e.args)


def _order(n: int) -> str:
    return "" if n == 1 else f"^{n}"


def _wrt(params: tuple[str, ...]) -> str:
    return r" \, ".join(rf"\partial {p}" for p in params)
