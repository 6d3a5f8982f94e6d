"""Equality constraints "A*w = b; sum(w) = 1" and the Lagrange function f - ⟨λ, c⟩."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..calculus.derivatives import Target
from ..calculus.transpose import inner
from ..core import expr as ex
from ..core.dims import size_words
from ..core.expr import Expr
from ..core.facts import facts
from ..errors import MatgradError, ParseError, Phrase, Series, ShapeError, UnsupportedError
from ..language.build import parse_with
from ..language.declare import Declarations
from ..simplify.normal import normal
from .equations import Unsolved, fresh, slope


class Constraint:
    """left = right, with its text; `residual` is left - right."""

    __slots__ = ("text", "left", "right")

    def __init__(self, text: str, left: Expr, right: Expr):
        self.text = text
        self.left = left
        self.right = right

    @property
    def residual(self) -> Expr:
        return ex.add(self.left, ex.neg(self.right))

    def with_terms(self, terms: Mapping[Expr, Expr]) -> Constraint:
        """The constraint with terms replaced."""
        return Constraint(self.text, ex.substitute(self.left, terms), ex.substitute(self.right, terms))

    def refuse(self, sentence: str, kind: type[MatgradError] = UnsupportedError, /, **fields: object) -> MatgradError:
        return kind(sentence, self.text, (0, len(self.text)), **fields)


def read_constraints(text: str, known: Declarations) -> tuple[list[Constraint], Declarations]:
    """Equations separated by ';'. Raises ParseError or ShapeError with the place."""
    found = []
    for part in filter(str.strip, text.replace("\n", ";").replace("；", ";").split(";")):
        at = equals_sign(part)
        known = both_sides(part[:at], part[at + 1 :], known)
        left, known = parse_with(part[:at].strip(), known)
        right, known = parse_with(part[at + 1 :].strip(), known)
        if not right.is_scalar and (left.rows, left.cols) != (right.rows, right.cols) or right.is_scalar and not left.is_scalar and not ex.is_zero(right):
            raise ShapeError(
                "the sides of a constraint have one size, not {left} and {right}",
                part,
                (at, at + 1),
                left=size_words(left.rows, left.cols),
                right=size_words(right.rows, right.cols),
            )
        found.append(Constraint(part.strip(), left, ex.zeros(left.rows, left.cols) if ex.is_zero(right) else right))
    return found, known


def both_sides(left: str, right: str, known: Declarations) -> Declarations:
    """The declarations with the sizes that both sides together decide; what is wrong is said of the side it stands on."""
    try:
        return parse_with(f"({left}) - ({right})", known)[1]
    except MatgradError:
        return known


def equals_sign(part: str) -> int:
    """The place of the one '='. Raises ParseError for none, several, or an inequality."""
    for sign in ("<=", ">=", "==", "<", ">", "≤", "≥"):
        if sign in part:
            at = part.index(sign)
            equality = Phrase("write = for equality")
            fits = equality if sign == "==" else Phrase("only equalities are constraints; a sign is declared, as in lambda: scalar > 0")
            raise ParseError("{sign} is not a constraint that can be used; {fits}", part, (at, at + len(sign)), sign=sign, fits=fits)
    places = [i for i, c in enumerate(part) if c == "="]
    if len(places) != 1:
        raise ParseError("a constraint reads left = right, such as sum(w) = 1", part, (0, len(part)))
    return places[0]


def check_unknowns(constraints: Sequence[Constraint], targets: Sequence[Target]) -> None:
    """Refuse a constraint without an unknown."""
    leaves = {t.leaf for t in targets}
    for c in constraints:
        if not leaves & set(ex.variables(c.left, c.right)):
            raise c.refuse("this constraint does not speak of {names}", MatgradError, names=Series(t.text for t in targets))


def is_affine(constraint: Constraint, x: Expr) -> bool:
    """Whether the constraint is affine in x; one that does not depend on x is."""
    if x not in ex.variables(constraint.residual):
        return True
    try:
        slope(normal(constraint.residual), x)
    except Unsolved:
        return False
    return True


def lagrange(function: Expr, constraints: Sequence[Constraint]) -> tuple[Expr, list[Target]]:
    """f - Σ⟨λ, c⟩ and its multipliers λ."""
    terms, multipliers = [function], []
    for c in constraints:
        residual = c.residual
        name = fresh("lambda" if residual.cols.value == 1 else "Lambda", *terms, *(d.residual for d in constraints))
        leaf = ex.var(name, residual.rows, residual.cols, () if residual.is_scalar else facts(normal(residual)) & {"symmetric"})
        terms.append(ex.neg(inner(leaf, residual)))
        multipliers.append(Target(name, leaf, leaf))
    return ex.add(*terms), multipliers
