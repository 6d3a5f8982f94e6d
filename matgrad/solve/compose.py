"""Convex and concave by composition: what the parts are, and how a function moves with them (BV 3.2).

Matrices are judged entry by entry. A kind is proved or None. Where a logarithm or a root needs a sign that
nothing proves, the set on which it has that sign is recorded in `domain`; it is convex, because the argument
is affine or concave.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..simplify import match as m
from ..simplify.normal import normal
from .atoms import ATOMS, Atom
from .definite import Reason, Sign, scalar_sign, sign

CONSTANT, AFFINE, CONVEX, CONCAVE = "constant", "affine", "convex", "concave"
TWO = ex.num(2)
TURNED = {CONVEX: CONCAVE, CONCAVE: CONVEX, AFFINE: AFFINE, CONSTANT: CONSTANT}
LINEAR = ("tr", "sum", "vec", "diag", "diag_of", "tril", "triu")  # linear with coefficients 0 and 1


class Composer:
    """The kinds of one expression's parts, as functions of some variables."""

    def __init__(self, leaves: Iterable[Expr]):
        self.leaves = set(leaves)
        self.known: dict[Expr, str | None] = {}
        self.reasons: list[Reason] = []
        self.domain: list[Expr] = []

    def varies(self, e: Expr) -> bool:
        return not self.leaves.isdisjoint(ex.variables(e))

    def kind(self, e: Expr) -> str | None:
        """"constant", "affine", "convex", "concave" or None."""
        if e not in self.known:
            self.known[e] = CONSTANT if not self.varies(e) else self._kind(e)
        return self.known[e]

    def _kind(self, e: Expr) -> str | None:
        if e.op is ex.VAR:
            return AFFINE
        found = self.by_atom(e)
        if found is not None:
            return found
        if e.op.name == "log" and self.has_convex_log(e.args[0]):
            self.because("is a logarithm of a sum of exponentials", str(e))
            return CONVEX
        if e.op in (ex.ADD, ex.T, ex.BLOCK, ex.UNVEC, ex.NAMED) or e.op.name in LINEAR:
            return self.together([self.kind(a) for a in e.args]) or (self.squares(e) if e.op.name == "tr" else None)
        if e.op in (ex.INDEX, ex.MEMBER):
            return self.kind(e.args[0]) if not any(self.varies(a) for a in e.args[1:]) else None
        if e.op is ex.TOTAL:
            forward = e.args[0] is ex.ONE_ and e.args[1].op in (ex.SIZE, ex.NUM)
            return self.kind(e.args[2]) if forward else None
        if e.op in (ex.MUL, ex.HAD):
            return self.product(e)
        if e.op is ex.KRON:
            return AFFINE if sum(self.varies(a) for a in e.args) == 1 and all(self.kind(a) in (CONSTANT, AFFINE) for a in e.args) else None
        if e.op is ex.POW:
            return self.power(*e.args)
        return None

    def together(self, kinds: Iterable[str | None]) -> str | None:
        """A sum, or any combination with nonnegative coefficients."""
        found = set(kinds) - {CONSTANT}
        if not found:
            return CONSTANT
        if None in found or {CONVEX, CONCAVE} <= found:
            return None
        return CONVEX if CONVEX in found else CONCAVE if CONCAVE in found else AFFINE

    # --- table rows ----------------------------------------------------------------------------------

    def by_atom(self, e: Expr) -> str | None:
        """The first row of the table whose arguments are of the right kind."""
        for atom in ATOMS:
            pattern, inside = atom.pattern
            found = m.Bindings()
            if pattern.op is e.op and m.match(pattern, e, found) and self.fits(atom, found):
                if inside is None or self.positive(normal(m.fill(inside, found))):
                    self.because(*row_reason(atom))
                    return atom.curvature
        return None

    def fits(self, atom: Atom, found: m.Bindings) -> bool:
        """The rule of composition: a convex function of parts that move it the right way."""
        for formal, term in found.terms.items():
            move, kind = atom.moves[formal.data[0]], self.kind(term)
            if kind == CONSTANT or kind == AFFINE and move != "constant":
                continue
            if kind not in (CONVEX, CONCAVE) or move not in ("+", "-"):
                return False
            if (kind if move == "+" else TURNED[kind]) != atom.curvature:
                return False
        return True

    def positive(self, e: Expr) -> bool:
        """Whether e > 0 is known, or is the convex set on which the function is defined."""
        if "positive" in facts(e) or not self.varies(e):
            return True
        if self.kind(e) not in (AFFINE, CONCAVE):
            return False
        if e not in self.domain:
            self.domain.append(e)
        return True

    def because(self, key: str, *values: str) -> None:
        if (key, *values) not in self.reasons:
            self.reasons.append((key, *values))

    # --- products ------------------------------------------------------------------------------------

    def product(self, e: Expr) -> str | None:
        varying = [a for a in e.args if self.varies(a)]
        if len(varying) == 1:
            kind = self.kind(varying[0])
            if kind == AFFINE:
                return AFFINE
            scale = entries_sign([a for a in e.args if a is not varying[0]])
            return None if kind is None or scale is None else kind if scale.direction > 0 else TURNED[kind]
        return self.squares(e) or self.over_linear(e)

    def squares(self, e: Expr) -> str | None:
        """c*u'*P*u and c*tr(U'*P*U*Q) with affine u and semidefinite P, Q."""
        scale = self.quadratic(e)
        if scale is None:
            return None
        self.because("is a quadratic form", str(e))
        return CONVEX if scale.direction > 0 else CONCAVE

    def quadratic(self, e: Expr) -> Sign | None:
        """The sign of a quadratic form in affine parts; None for anything else."""
        scalars, word = parts(e)
        if e.op is ex.HAD:
            return None
        if len(word) == 1 and word[0].op.name == "tr":
            inner, word = parts(word[0].args[0])
            scalars += inner
        elif not e.is_scalar:
            return None
        if any(self.varies(s) for s in scalars):
            return None
        for k in range(len(word)):
            turned = word[k:] + word[:k]
            at = [i for i, a in enumerate(turned) if self.varies(a)]
            if len(at) != 2 or at[0] != 0 or self.kind(turned[0]) != AFFINE or normal(ex.transpose(turned[0])) is not normal(turned[at[1]]):
                continue
            middles = [w for w in (turned[1 : at[1]], turned[at[1] + 1 :]) if w]
            signs = [sign(normal(ex.mul(*w))) for w in middles] + [scalar_sign(s) for s in scalars]
            known = [s for s in signs if s is not None]
            if len(known) == len(signs):
                direction = 1
                for s in known:
                    direction *= s.direction
                return Sign(direction, False)
        return None

    def over_linear(self, e: Expr) -> str | None:
        """g²/t with convex g >= 0 and concave t > 0 (BV 3.2.6)."""
        if not e.is_scalar:
            return None
        below = [a for a in e.args if a.op is ex.POW and a.args[1] is ex.MINUS_ONE and self.varies(a)]
        rest = [a for a in e.args if a not in below]
        if len(below) != 1 or not rest or "positive" not in facts(below[0].args[0]) or self.kind(below[0].args[0]) not in (AFFINE, CONCAVE):
            return None
        if not self.has_convex_root(ex.mul(*rest)):
            return None
        self.because("is a square over a concave positive part", str(e))
        return CONVEX

    # --- powers --------------------------------------------------------------------------------------

    def power(self, base: Expr, exponent: Expr) -> str | None:
        """base^p by the sign of the base and the range of p."""
        if exponent.op is not ex.NUM or self.varies(exponent):
            return self.exponential(base, exponent)
        p, kind, known = Fraction(exponent.data), self.kind(base), facts(base)
        text = str(ex.power(base, exponent))
        if p >= Fraction(1, 2) and self.has_convex_root(base):
            self.because("is a power of a norm", text)
            return CONVEX
        if p.denominator == 1 and p > 0 and p % 2 == 0 and kind == AFFINE or p >= 1 and kind in (AFFINE, CONVEX) and "nonnegative" in known:
            self.because("is a convex power", text)
            return CONVEX
        whole = p.denominator == 1
        if 0 < p < 1 and kind in (AFFINE, CONCAVE) and self.positive(base):
            self.because("is a concave power", text)
            return CONCAVE
        if (p > 1 and not whole and kind == AFFINE or p < 0 and kind in (AFFINE, CONCAVE)) and ("positive" in known or not whole and self.positive(base)):
            self.because("is a convex power", text)
            return CONVEX
        return None

    def exponential(self, base: Expr, exponent: Expr) -> str | None:
        """c^u for a positive constant c and an affine u."""
        if self.varies(base) or self.kind(exponent) != AFFINE or "positive" not in facts(base):
            return None
        self.because("is a convex power", str(ex.power(base, exponent)))
        return CONVEX

    def has_convex_log(self, e: Expr) -> bool:
        """Whether e > 0 and log(e) is convex: exponentials of convex parts, their products, powers and sums (BV 3.5.2)."""
        if not self.varies(e):
            return "positive" in facts(e)
        if e.op.name == "exp":
            return self.kind(e.args[0]) in (AFFINE, CONVEX)
        if e.op in (ex.ADD, ex.NAMED, ex.HAD) or e.op.name in ("sum", "'") or e.op is ex.MUL and sum(not a.is_scalar for a in e.args) < 2:
            return all(self.has_convex_log(a) for a in e.args)
        if e.op is ex.POW and e.args[1].op is ex.NUM:
            base, p = e.args[0], e.args[1].data
            return self.has_convex_log(base) if p > 0 else "positive" in facts(base) and self.kind(base) in (AFFINE, CONCAVE)
        return False

    def has_convex_root(self, e: Expr) -> bool:
        """Whether e >= 0 and sqrt(e) is convex: squares of convex parts >= 0, and sums of such (a norm of norms)."""
        if not self.varies(e):
            return scalar_sign(e) is not None and scalar_sign(e).direction > 0  # type: ignore[union-attr]
        if e.op in (ex.ADD, ex.NAMED) or e.op.name in ("sum", "tr", "diag_of", "vec", "'"):
            if all(self.has_convex_root(a) for a in e.args):
                return True
        if e.op is ex.POW and e.args[1].op is ex.NUM and e.args[1].data >= 2:
            base, p = e.args[0], Fraction(e.args[1].data)
            kind = self.kind(base)
            return kind == AFFINE and p.denominator == 1 and p % 2 == 0 or kind in (AFFINE, CONVEX) and "nonnegative" in facts(base)
        form = self.quadratic(e) if e.op is ex.MUL or e.op.name == "tr" else None
        if form is not None and form.direction > 0:
            return True
        if e.op is ex.MUL:
            constant = [a for a in e.args if not self.varies(a)]
            varying = [a for a in e.args if self.varies(a)]
            scale = entries_sign(constant)
            return len(varying) == 1 and scale is not None and scale.direction > 0 and self.has_convex_root(varying[0])
        return False


def parts(e: Expr) -> tuple[list[Expr], list[Expr]]:
    """Scalar factors and matrix factors of a product; a lone scalar that is no product is a factor."""
    args = e.args if e.op is ex.MUL else (e,)
    word = [f for a in args if not a.is_scalar for f in (a.args[:1] * 2 if a.op is ex.MPOW and a.args[1] is TWO else (a,))]
    scalars = [a for a in args if a.is_scalar]
    if not word:  # the one part that varies is a trace or a dot product in brackets
        inner = [a for a in scalars if a.op.name == "tr" or a.op is ex.MUL]
        if len(inner) == 1:
            rest = [a for a in scalars if a is not inner[0]]
            return (rest, [inner[0]]) if inner[0].op.name == "tr" else (rest + parts(inner[0])[0], parts(inner[0])[1])
    return scalars, word


def entries_sign(factors: list[Expr]) -> Sign | None:
    """The common sign of the entries of constant factors, multiplied."""
    direction = 1
    for f in factors:
        found = scalar_sign(f) if f.is_scalar else entry_sign(f)
        if found is None:
            return None
        direction *= found.direction
    return Sign(direction, False)


def entry_sign(e: Expr) -> Sign | None:
    """+1 where every entry of a constant matrix is >= 0, -1 where every entry is <= 0."""
    for form, direction in ((e, 1), (normal(ex.neg(e)), -1)):
        if "nonnegative" in facts(form) or form.op in (ex.EYE, ex.UNIT):
            return Sign(direction, False)
    return None


def row_reason(atom: Atom) -> Reason:
    """The row in words: exp(X) is convex and increasing."""
    moves = set(atom.moves.values()) - {"constant"}
    trend = {"+": " increasing", "-": " decreasing"}.get(next(iter(moves)), "") if len(moves) == 1 else ""
    return (f"{atom.curvature}{trend}", atom.left)
