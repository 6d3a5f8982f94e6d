r"""Expression to LaTeX: the layout of `text.py` with the signs and fractions of a printed book."""

from __future__ import annotations

import re
from fractions import Fraction

from ..core import expr as ex
from ..core.dims import ONE, Dim
from ..core.expr import Expr
from ..core.op import OPS, Op
from .text import (
    ATOM,
    COMPARE,
    HADAMARD,
    NEGATIVE,
    POWER,
    PRODUCT,
    SUM,
    Piece,
    Rule,
    Style,
    Unicode,
    conjugated,
    definitions_of,
    denominator,
    reciprocal_of,
    text,
)

GREEK = {*Unicode.greek, "iota", "upsilon", "Upsilon", "ell"}
SCALARS = {"tr", "det", "logdet", "sum"}  # tr(A)(B) might be read as tr of the product
ACCENTS = {"hat", "bar", "tilde", "dot", "ddot", "check", "breve"}


class Latex(Style):
    """Signs of printed mathematics; `symbols` replaces names, such as G_Y by ∂f/∂Y."""

    times = " "
    times_after_slash = " "
    had = r" \odot "
    over = r" \oslash "
    prime = r"^{\top}"
    adjoint = r"^{\mathsf H}"
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
        letters, accents, below = spelling(name)
        shown = word(letters)
        for accent in accents:
            shown = rf"\{accent}{{{shown}}}"
        return f"{shown}_{{{subscript(below)}}}" if below else shown

    def function(self, op: Op) -> str:
        return op.latex or rf"\operatorname{{{op.text.rstrip(chr(39))}}}" + "'" * op.text.count("'")


def spelling(name: str) -> tuple[str, tuple[str, ...], str]:
    """How a name is printed: letters, accents, and what stands below. W1 and W_1 print alike.

    >>> spelling("x_hat_1"), spelling("W12")
    (('x', ('hat',), '1'), ('W', (), '12'))
    """
    stem, _, below = name.partition("_")
    letters = stem.rstrip("0123456789") or stem
    digits = stem[len(letters) :]
    parts = below.split("_") if below else []
    accents = []
    while parts and parts[0] in ACCENTS and not digits:
        accents.append(parts.pop(0))
    return letters, tuple(accents), ",".join(p for p in (digits, "_".join(parts)) if p)


def word(letters: str) -> str:
    if letters in GREEK:
        return f"\\{letters}"
    if len(letters) == 1 and letters.isascii():
        return letters
    return rf"\mathrm{{{letters}}}" if letters.isascii() else rf"\text{{{letters}}}"


def subscript(below: str) -> str:
    """1, in, 1,2; what follows a further underscore stands one step lower."""
    first, _, rest = below.partition("_")
    shown = ",".join(f"\\{p}" if p in GREEK else p if p.isascii() else rf"\text{{{p}}}" for p in first.split(","))
    return f"{shown}_{{{subscript(rest)}}}" if rest else shown


def latex(e: Expr, style: Latex | None = None) -> str:
    """The expression in LaTeX, its named intermediates as names."""
    return text(e, style or LATEX)


def display(e: Expr) -> str:
    """The expression as a notebook shows it, its named intermediates defined after it."""
    body = e.args[0] if e.op is ex.NAMED else e
    definitions = [f"{latex(d)} = {latex(d.args[0])}" for d in definitions_of(body)]
    return r"$\displaystyle " + r",\quad ".join([latex(body), *definitions]) + "$"


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
    r"""A product with divisors is a fraction; matrices and sums stand after it: \frac{2}{N} X."""
    if e.args[0].op is ex.NUM and e.args[0].data < 0:
        return SUM, ["-", (ex.neg(e), HADAMARD)]
    divisors = [divisor(a) for a in e.args]
    below = [b for b in divisors if b is not None]
    if not below:
        return _factors(list(e.args))
    last = max(i for i, b in enumerate(divisors) if b is not None)
    before = [a for a, b in zip(e.args[:last], divisors) if b is None]
    together = any(a.op is ex.TOTAL and not a.is_scalar for a in e.args)  # matrix factors keep their order
    top = [a for a in before if a.op is not ex.TOTAL and (a.is_scalar or e.is_scalar and not together)]
    beside = [a for a in before if a not in top] + list(e.args[last + 1 :])
    pieces: list[Piece] = [r"\frac{", *(_factors(top)[1] if top else ["1"]), "}{", *_factors(below)[1], "}"]
    if not beside:
        return PRODUCT, pieces
    strength, rest = _factors(beside, alone=False)
    return strength, [*pieces, " ", *rest]


def divisor(e: Expr) -> Expr | None:
    """b for a factor 1/b."""
    if e.op is ex.NUM and isinstance(e.data, Fraction) and e.data.numerator == 1:
        return ex.num(e.data.denominator)
    return reciprocal_of(e)


def _factors(args: list[Expr], alone: bool = True) -> tuple[int, list[Piece]]:
    """Factors side by side. A sum over an index may stand last without brackets; the whole then binds as loosely as it."""
    if alone and len(args) == 1:
        return PRODUCT, [(args[0], COMPARE)]
    pieces: list[Piece] = []
    last: Expr | None = None
    for i, a in enumerate(args):
        grouped = a.op is ex.MUL and last is not None and not last.is_scalar and last.cols is not ONE
        if i:
            pieces.append(r" \cdot " if a.op is ex.NUM or args[i - 1].op.name in SCALARS and a.args and a.op is not ex.NAMED else " ")
        ends = i == len(args) - 1 and a.op is ex.TOTAL
        pieces.append((a, HADAMARD if ends else PRODUCT if a.op is ex.MUL and not grouped else NEGATIVE))
        last = a
    return HADAMARD if args[-1].op is ex.TOTAL else PRODUCT, pieces


def _pow(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    base, exponent = e.args
    if exponent.op is ex.NUM and exponent.data == Fraction(1, 2) and (e.is_scalar or e.rows is not e.cols):
        return ATOM, [r"\sqrt{", (base, COMPARE), "}"]
    reciprocal = reciprocal_of(e)
    if reciprocal is not None:
        return ATOM, [r"\frac{1}{", (reciprocal, COMPARE), "}"]
    below = denominator(e)
    if below is not None:
        return HADAMARD, ["1", style.over, (below, NEGATIVE)]
    mark, loosest = ("", COMPARE) if e.is_scalar else (r"\circ ", PRODUCT)
    return POWER, [(base, ATOM), f"^{{{mark}", (exponent, loosest), "}"]


def _conj(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    r"""\overline{X} over a name of one sign."""
    base = e.args[0]
    name = style.name(base.data[0]) if base.op is ex.VAR else ""
    plain = len(name) == 1 or name.startswith("\\") and name[1:].isalpha()
    return (ATOM, [rf"\overline{{{name}}}"]) if plain else bracketed(r"\operatorname{conj}", base)


def _transpose(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    base, conjugate = e.args[0], conjugated(e.args[0])
    if conjugate is None and base.op.name == "inv":
        return inverted(base.args[0], r"-\top")
    prime = style.prime if conjugate is None else style.adjoint
    base = base if conjugate is None else conjugate
    if base.op is ex.NAMED and style.name(base.data).startswith(r"\frac"):  # a derivative that a name stands for
        return POWER, [style.opening, (base, ATOM), style.closing, prime]
    return POWER, [(base, POWER if base.op in (ex.INDEX, ex.MEMBER) else ATOM), prime]


def inverted(base: Expr, exponent: str) -> tuple[int, list[Piece]]:
    """f(X)^{-1} may be read as f(X^{-1}); brackets around f(X) tell."""
    if base.op.elementwise or base.op is ex.GENERIC:
        return POWER, [r"\left(", (base, COMPARE), rf"\right)^{{{exponent}}}"]
    return POWER, [(base, ATOM), f"^{{{exponent}}}"]


def _kron(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    pieces: list[Piece] = []
    for i, a in enumerate(e.args):
        pieces += [r" \otimes " if i else "", (a, NEGATIVE)]
    return HADAMARD, pieces


def _index(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    places = list(e.args[1:])
    base = e.args[0]
    numbered = base.cols is ONE and places[0].op is ex.NUM  # x_{1} may be a name, [x]_{1} is an entry
    pieces: list[Piece] = [(base, ATOM)] if bare(base, style) and not numbered else [r"\left[", (base, COMPARE), r"\right]"]
    pieces.append("_{")
    pieces.append((places.pop(0), COMPARE) if e.data[0] else ":")
    if base.cols is not ONE:
        pieces += [", ", (places.pop(0), COMPARE) if e.data[1] else ":"]
    return POWER, [*pieces, "}"]


def bare(e: Expr, style: Style) -> bool:
    """Whether a subscript may hang directly on the name: it has none yet."""
    return e.op is ex.VAR and "_" not in style.name(e.data[0]) or e.op is ex.NAMED and "_" not in style.name(e.data)


def _member(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    family = e.args[0] if e.args[0].op is ex.VAR else e.args[0].data
    name = style.name(family.data[0])
    if family is not e.args[0]:
        return POWER, [rf"\mathrm{{d}}{name}", "_{", (e.args[1], COMPARE), "}"]
    return POWER, [name if bare(e.args[0], style) else rf"\left[{name}\right]", "_{", (e.args[1], COMPARE), "}"]


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
    return ATOM, [r"\mathbf{1}\left[", (e.args[0], SUM), f" {sign} ", (e.args[1], SUM), r"\right]"]


def entrywise(name: str) -> Rule:
    """exp and log of a square matrix, told from functions of the matrix by a circle (Horn & Johnson's sign)."""
    return lambda e, s: bracketed(name + (r"^{\circ}" if not e.is_scalar and e.rows is e.cols else ""), *e.args)


def _norm(mark: str) -> Rule:
    return lambda e, s: (ATOM, [r"\left\|", (e.args[0], COMPARE), rf"\right\|_{{{mark}}}"])


def size(d: Dim) -> str:
    return re.sub(r"[^\W\d]\w*", lambda m: LATEX.name(m[0]), d.text).replace("*", r" \cdot ")


def shape(e: Expr) -> str:
    return size(e.rows) if e.cols is ONE else rf"{size(e.rows)} \times {size(e.cols)}"


LATEX = Latex()


def install() -> None:
    """The layouts of functions, once the tables are loaded, and the face of an expression in a notebook."""
    Expr._repr_latex_ = display  # type: ignore[attr-defined]
    Latex.layouts = {
        ex.NUM: _num,
        ex.VAR: lambda e, s: (ATOM, [s.name(e.data[0])]),
        ex.DVAR: lambda e, s: (ATOM, [r"\mathrm{d}" + s.name(e.data.data[0] if e.data.op is ex.VAR else e.data.data)]),
        ex.SIZE: lambda e, s: (ATOM if e.data.text.isidentifier() else PRODUCT if len(e.data.terms) == 1 else SUM, [size(e.data)]),
        ex.PI: lambda e, s: (ATOM, [r"\pi"]),
        ex.UNIT_I: lambda e, s: (ATOM, [r"\mathrm{i}"]),
        ex.CONJ: _conj,
        ex.EYE: lambda e, s: (ATOM, [f"I_{{{size(e.rows)}}}"]),
        ex.ONES: lambda e, s: (ATOM, [rf"\mathbf{{1}}_{{{shape(e)}}}"]),
        ex.ZEROS: lambda e, s: (ATOM, [rf"\mathbf{{0}}_{{{shape(e)}}}"]),
        ex.COMM: lambda e, s: (ATOM, [rf"\mathrm{{K}}_{{{size(e.data[0])}, {size(e.data[1])}}}"]),
        ex.STRUCTURE: lambda e, s: (ATOM, [rf"\operatorname{{{e.data[0]}}}_{{{size(e.data[1])}}}"]),
        ex.UNIT: lambda e, s: (POWER, [r"\mathbf{e}_{", (e.args[0], COMPARE), f"}}^{{({size(e.data)})}}"]),
        ex.D: lambda e, s: bracketed(r"\mathrm{d}", e.args[0]),
        ex.MUL: _mul,
        ex.POW: _pow,
        ex.MPOW: lambda e, s: (POWER, [(e.args[0], ATOM), "^{", (e.args[1], COMPARE), "}"]),
        ex.T: _transpose,
        ex.KRON: _kron,
        ex.UNVEC: lambda e, s: bracketed(rf"\operatorname{{unvec}}_{{{shape(e)}}}", e.args[0]),
        ex.INDEX: _index,
        ex.MEMBER: _member,
        ex.TOTAL: _total,
        ex.BLOCK: _block,
        ex.GENERIC: lambda e, s: bracketed(s.name(e.data[0]) + "'" * e.data[1], *e.args),
        ex.DIFF: lambda e, s: (ATOM, [rf"\frac{{\partial{_order(len(e.data))} {s.name(e.args[0].data[0])}}}{{{_wrt(e.data)}}}"]),
        ex.MAX: lambda e, s: bracketed(r"\max", *e.args),
        ex.MIN: lambda e, s: bracketed(r"\min", *e.args),
        **dict.fromkeys(ex.COMPARE.values(), _compare),
        OPS["inv"]: lambda e, s: inverted(e.args[0], "-1"),
        OPS["sigmoid"]: lambda e, s: bracketed(r"\operatorname{sigmoid}", *e.args),  # \sigma is whatever the reader declares
        OPS["sigmoid'"]: lambda e, s: bracketed(r"\operatorname{sigmoid}'", *e.args),
        OPS["exp"]: entrywise(r"\exp"),
        OPS["log"]: entrywise(r"\log"),
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
    return r" \, ".join(rf"\partial {LATEX.name(p)}" for p in params)
