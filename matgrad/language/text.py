"""Expression to text. One layout for every notation; a `Style` holds the signs.

Plain text is text that `parse` reads back to the identical expression. Iterative: pieces are written from
an explicit stack, so depth does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr, postorder
from ..core.facts import facts
from ..core.op import OPS, Op

# how tightly a written form binds; a part that binds less than its place asks for gets brackets
COMPARE, SUM, HADAMARD, PRODUCT, NEGATIVE, POWER, ATOM = range(7)

Piece = str | tuple[Expr, int]
Rule = Callable[[Expr, "Style"], tuple[int, list[Piece]]]


class Style:
    """The signs of a notation."""

    times = "*"
    times_after_slash = "*"
    had = " .* "
    over = " ./ "
    elementwise_power = " .^ "
    matrix_power = "^"
    prime = "'"
    adjoint = "^H"
    opening = "("
    closing = ")"
    one_below = False  # a/(b c) for a/b/c
    layouts: dict[Op, Rule] = {}  # what this notation writes its own way

    def power(self, exponent: str) -> str | None:
        """A compact exponent, where the notation has one."""
        return None

    def name(self, name: str) -> str:
        return name

    def strength(self, name: str) -> int:
        """How tightly the name of an intermediate binds."""
        return ATOM

    def function(self, op: Op) -> str:
        return self.name(op.text)


PLAIN = Style()


class Unicode(Style):
    """Wᵀ (2 M Y ⊙ σ'(W X))."""

    times = " "
    times_after_slash = " · "  # what stands side by side binds tighter than a slash
    had = " ⊙ "
    over = " ⊘ "
    prime = "ᵀ"
    adjoint = "ᴴ"
    one_below = True
    greek = {
        "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ",
        "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ",
        "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    }  # fmt: skip
    digits = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
    lower = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

    def power(self, exponent: str) -> str | None:
        return exponent.translate(self.digits) if exponent.lstrip("-").isdecimal() else None

    def name(self, name: str) -> str:
        stem = name.rstrip("0123456789")
        return self.greek.get(stem, stem) + name[len(stem) :].translate(self.lower) if stem else name


    def function(self, op: Op) -> str:
        return op.text


UNICODE = Unicode()


def text(e: Expr, style: Style = PLAIN) -> str:
    """The expression with its named intermediates left as names."""
    out: list[str] = []
    stack: list[Piece] = [(e, COMPARE)]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            out.append(piece)
            continue
        node, place = piece
        strength, pieces = layout(node, style)
        if strength < place:
            stack.append(style.closing)
            stack.extend(reversed(pieces))
            stack.append(style.opening)
        else:
            stack.extend(reversed(pieces))
    return "".join(out)


def program(e: Expr, style: Style = PLAIN) -> str:
    """The expression and, where it has named intermediates, their definitions: `… where Y = …`."""
    if e.op is ex.NAMED:
        e = e.args[0]
    definitions = definitions_of(e)
    if not definitions:
        return text(e, style)
    parts = [f"{style.name(d.data)} = {text(d.args[0], style)}" for d in definitions]
    return f"{text(e, style)} where {'; '.join(parts)}"


def definitions_of(*roots: Expr) -> list[Expr]:
    """The named intermediates below the roots, each after those it uses."""
    return [d for d in postorder(*roots) if d.op is ex.NAMED]


def layout(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    """How tightly the node binds and the pieces it is written with."""
    rule = style.layouts.get(e.op) or LAYOUTS.get(e.op)
    if rule is not None:
        return rule(e, style)
    return ATOM, call_pieces(style.function(e.op), e.args)


def call_pieces(name: str, args: tuple[Expr, ...]) -> list[Piece]:
    pieces: list[Piece] = [name, "("]
    for i, a in enumerate(args):
        if i:
            pieces.append(", ")
        pieces.append((a, COMPARE))
    pieces.append(")")
    return pieces


def number(value: int | Fraction) -> str:
    return str(value)


def _num(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    strength = SUM if e.data < 0 else PRODUCT if isinstance(e.data, Fraction) else ATOM
    return strength, [number(e.data)]


def split_sign(e: Expr) -> tuple[bool, Expr]:
    """Whether the term is written with a minus, and the term without it."""
    if e.op is ex.NUM and e.data < 0:
        return True, ex.num(-e.data)
    if e.op is ex.MUL and e.args[0].op is ex.NUM and e.args[0].data < 0:
        return True, ex.neg(e)
    return False, e


def _add(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    pieces: list[Piece] = []
    spread = [unspread(a) for a in e.args]
    if not e.is_scalar and all(s.is_scalar for s in spread):
        spread[0] = e.args[0]  # one full-size term keeps the size of the sum
    for i, a in enumerate(spread):
        minus, body = split_sign(a)
        sign = (" - " if minus else " + ") if i else ("-" if minus else "")
        pieces += [sign, (body, HADAMARD if a.op is not ex.ADD else ATOM)]
    return SUM, pieces


def unspread(e: Expr) -> Expr:
    """A scalar spread over a matrix, c*ones(m,n), is written as the scalar inside a sum."""
    if e.op is ex.ONES:
        return ex.ONE_
    if e.op is ex.MUL and e.args[-1].op is ex.ONES and all(a.is_scalar for a in e.args[:-1]):
        return ex.mul(*e.args[:-1])
    return e


def _mul(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    args = e.args
    if args[0].op is ex.NUM and args[0].data < 0:
        return SUM, ["-", (ex.neg(e), HADAMARD)]
    pieces: list[Piece] = []
    slashed = args[0].op is ex.NUM and isinstance(args[0].data, Fraction) or reciprocal_of(args[0]) is not None
    last: Expr | None = None  # the matrix factor to the left, after which a group x'*y needs brackets
    below = [r for a in args[1:] if (r := reciprocal_of(a)) is not None] if style.one_below else []
    first = next((i for i, a in enumerate(args) if i and reciprocal_of(a) is not None), 0)
    for i, a in enumerate(args):
        reciprocal = reciprocal_of(a)
        if i and reciprocal is not None and len(below) > 1:
            if i == first:
                pieces += ["/", (ex.mul(*below), POWER)]
            slashed = True
        elif i and reciprocal is not None:
            pieces += ["/", (reciprocal, POWER)]
            slashed = True
        elif i and a.op is ex.NUM and isinstance(a.data, Fraction) and a.data.numerator == 1 and not all(b.op is ex.NUM for b in args[:i]):
            pieces += ["/", number(a.data.denominator)]
            slashed = True
        else:
            if i:
                pieces.append(style.times_after_slash if slashed else style.times)
            grouped = a.op is ex.MUL and last is not None and last.cols is not ONE
            loose = NEGATIVE if i or a.op is not ex.NUM else PRODUCT
            pieces.append((a, PRODUCT if a.op is ex.MUL and not grouped and a.is_scalar and not a.args[0].is_scalar else loose))
        if not a.is_scalar:
            last = a
    return PRODUCT, pieces


def reciprocal_of(e: Expr) -> Expr | None:
    """b for a scalar 1/b."""
    return denominator(e) if e.is_scalar else None


def denominator(e: Expr) -> Expr | None:
    """b for 1 ./ b."""
    if e.op is ex.POW and e.args[1].op is ex.NUM and e.args[1].data < 0:
        return ex.power(e.args[0], ex.num(-e.args[1].data))
    return None


def _had(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    pieces: list[Piece] = []
    for i, a in enumerate(e.args):
        below = denominator(a)
        if i and below is not None:
            pieces += [style.over, (below, NEGATIVE)]
        else:
            pieces += [style.had if i else "", (a, NEGATIVE)]
    return HADAMARD, pieces


def _pow(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    base, exponent = e.args
    if exponent.op is ex.NUM:
        if exponent.data == Fraction(1, 2):
            return ATOM, [style.name("sqrt"), "(", (base, COMPARE), ")"]
        below = denominator(e)
        if below is not None:
            return (PRODUCT, ["1/", (below, POWER)]) if e.is_scalar else (HADAMARD, ["1", style.over, (below, NEGATIVE)])
    sign = style.matrix_power if e.is_scalar else style.elementwise_power
    compact = style.power(number(exponent.data)) if exponent.op is ex.NUM and e.is_scalar else None
    if compact is not None:
        return POWER, [(base, POWER if base.op is not ex.POW else ATOM), compact]
    return POWER, [(base, POWER), sign, (exponent, ATOM)]


def _mpow(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    base, exponent = e.args
    compact = style.power(number(exponent.data)) if exponent.op is ex.NUM else None
    if compact is not None:
        return POWER, [(base, ATOM), compact]
    return POWER, [(base, POWER), style.matrix_power, (exponent, ATOM)]


def _transpose(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    base = conjugated(e.args[0])
    body = e.args[0] if base is None else base
    place = ATOM if body.op in (ex.POW, ex.MPOW) else POWER  # (A .^ 2)': a stroke after the exponent looks as if it belonged there
    return POWER, [(body, place), style.prime if base is None else style.adjoint]


def conjugated(e: Expr) -> Expr | None:
    """X where e is conj(X) throughout, so that its transpose is X^H; None elsewhere."""
    if not ex.is_complex(e) or e.op in (ex.T, ex.UNIT_I):
        return None
    leaves = [a for a in ex.postorder_where(e, lambda a: not at_leaf(a) and ex.is_complex(a)) if at_leaf(a) and ex.is_complex(a)]
    return ex.conj(e) if all(a.op in (ex.CONJ, ex.T) for a in leaves) else None


def at_leaf(e: Expr) -> bool:
    """Whether conj stands at this node: a leaf, or the transpose of a Hermitian one."""
    return e.op in ex.AT_LEAVES or e.op is ex.T and "hermitian" in facts(e.args[0])


def _unvec(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    return ATOM, ["unvec(", (e.args[0], COMPARE), f", {e.data[0]}, {e.data[1]})"]


def _index(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    places = list(e.args[1:])
    vector = e.args[0].cols is ONE
    pieces: list[Piece] = [(e.args[0], ATOM if e.args[0].op is not ex.T else POWER), "["]
    pieces.append((places.pop(0), COMPARE) if e.data[0] else ":")
    if not vector:
        pieces.append(",")
        pieces.append((places.pop(0), COMPARE) if e.data[1] else ":")
    pieces.append("]")
    return POWER, pieces


def _member(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    family = e.args[0]
    name = style.name(family.data[0]) if family.op is ex.VAR else "d" + style.name(family.data.data[0])
    return POWER, [name, "[", (e.args[1], COMPARE), "]"]


def _total(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    low, high, body = e.args
    return ATOM, [f"sum({style.name(e.data)}, ", (low, COMPARE), "..", (high, COMPARE), ", ", (body, COMPARE), ")"]


def _block(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    pieces: list[Piece] = ["["]
    for i, a in enumerate(e.args):
        if i:
            pieces.append("; " if i % e.data[1] == 0 else ", ")
        pieces.append((a, COMPARE))
    return ATOM, [*pieces, "]"]


def _generic(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    name, order = e.data
    return ATOM, call_pieces(style.name(name) + "'" * order, e.args)


def _diff(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    return ATOM, [f"diff({style.name(e.args[0].data[0])}, {', '.join(map(style.name, e.data))})"]


def _compare(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    return COMPARE - 1, [(e.args[0], SUM), f" {e.op.name} ", (e.args[1], SUM)]


def raised(base: Expr, exponent: str) -> tuple[int, list[Piece]]:
    """A base with an exponent made of superscript signs."""
    return POWER, [(base, ATOM), exponent]


def _unicode_transpose(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    base = conjugated(e.args[0])
    if base is not None:
        return POWER, [(base, ATOM), style.adjoint]
    if e.args[0].op.name == "inv":
        return raised(e.args[0].args[0], "⁻ᵀ")
    return POWER, [(e.args[0], ATOM), style.prime]


def install_unicode() -> None:
    """Functions that Unicode has signs for; called once the tables are loaded."""
    Unicode.layouts = {OPS["inv"]: lambda e, s: raised(e.args[0], "⁻¹"), ex.T: _unicode_transpose}


LAYOUTS: dict[Op, Rule] = {
    ex.NUM: _num,
    ex.VAR: lambda e, s: (ATOM, [s.name(e.data[0])]),
    ex.DVAR: lambda e, s: (ATOM, ["d" + s.name(e.data.data[0] if e.data.op is ex.VAR else e.data.data)]),
    ex.SIZE: lambda e, s: (ATOM if len(e.data.terms) == 1 and e.data.text.isidentifier() else SUM, [e.data.text]),
    ex.PI: lambda e, s: (ATOM, [s.name("pi")]),
    ex.UNIT_I: lambda e, s: (ATOM, ["1i"]),
    ex.EYE: lambda e, s: (ATOM, [f"eye({e.rows})"]),
    ex.ONES: lambda e, s: (ATOM, [f"ones({e.rows})" if e.cols is ONE else f"ones({e.rows}, {e.cols})"]),
    ex.ZEROS: lambda e, s: (ATOM, [f"zeros({e.rows})" if e.cols is ONE else f"zeros({e.rows}, {e.cols})"]),
    ex.COMM: lambda e, s: (ATOM, [f"K({e.data[0]}, {e.data[1]})"]),
    ex.STRUCTURE: lambda e, s: (ATOM, [f"{e.data[0]}({e.data[1]})"]),
    ex.UNIT: lambda e, s: (ATOM, [f"unit({e.data}, ", (e.args[0], COMPARE), ")"]),
    ex.IDX: lambda e, s: (ATOM, [s.name(e.data)]),
    ex.NAMED: lambda e, s: (s.strength(e.data), [s.name(e.data)]),
    ex.D: lambda e, s: (ATOM, ["d(", (e.args[0], COMPARE), ")"]),
    ex.ADD: _add,
    ex.MUL: _mul,
    ex.HAD: _had,
    ex.POW: _pow,
    ex.MPOW: _mpow,
    ex.T: _transpose,
    ex.UNVEC: _unvec,
    ex.INDEX: _index,
    ex.MEMBER: _member,
    ex.TOTAL: _total,
    ex.BLOCK: _block,
    ex.GENERIC: _generic,
    ex.DIFF: _diff,
    **dict.fromkeys(ex.COMPARE.values(), _compare),
}
