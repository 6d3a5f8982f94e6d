"""The sign of a symmetric matrix or a scalar, where its form shows it.

Gram matrices L*M*L', Kronecker products, diagonal matrices of entries with one sign, sums of parts with one
sign, and covariances diag(p) - p*p'. A sign is proved or absent, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..language.build import parse
from ..simplify import match as m
from ..simplify.normal import normal

Reason = tuple[str, ...]  # a phrase of words.py and the text of its blanks


class Sign(NamedTuple):
    """+1 for x'Mx >= 0, -1 for <= 0; `strict` where it is 0 only at x = 0."""

    direction: int
    strict: bool

    @property
    def turned(self) -> Sign:
        return Sign(-self.direction, self.strict)


PLUS, PLUS0 = Sign(1, True), Sign(1, False)
KINDS = {Sign(1, True): "positive definite", Sign(1, False): "positive semidefinite", Sign(-1, True): "negative definite",
         Sign(-1, False): "negative semidefinite"}  # fmt: skip


class Covariance:
    """diag(p) - p*p' for probabilities p: the covariance of a one-hot vector, read once."""

    pattern: Expr | None = None

    @classmethod
    def matches(cls, e: Expr) -> bool:
        if cls.pattern is None:
            cls.pattern = normal(parse("diag(softmax(x)) - softmax(x)*softmax(x)'", "x: vector(n)"))
        return m.match(cls.pattern, e, m.Bindings())


def sign(e: Expr, reasons: list[Reason] | None = None) -> Sign | None:
    """The sign of a symmetric matrix or a scalar in normal form; None where nothing is proved."""
    found = _sign(e, [] if reasons is None else reasons)
    if found is None and e.is_scalar and e.op is ex.ADD:
        cleared = without_denominators(e)
        return None if cleared is None or cleared is e else _sign(cleared, [] if reasons is None else reasons)
    return found


def _sign(e: Expr, reasons: list[Reason]) -> Sign | None:
    known = facts(e)
    if e.is_scalar:
        return scalar_sign(e)
    if "psd" in known:
        return Sign(1, "posdef" in known)
    rule = RULES.get(e.op.name)
    return rule(e, reasons) if rule else None


def scalar_sign(e: Expr) -> Sign | None:
    """The sign of a scalar, or the common sign of the entries of a matrix (None for most of these)."""
    if ex.is_zero(e):
        return PLUS0
    for form, direction in ((e, 1), (normal(ex.neg(e)), -1)):
        known = facts(form)
        if "positive" in known or "nonnegative" in known:
            return Sign(direction, "positive" in known)
    if e.op.name in ("sum", "tr") and "psd" in facts(e.args[0]):  # 1'*M*1 and the sum of the eigenvalues
        return Sign(1, "posdef" in facts(e.args[0]))
    if e.op is ex.INDEX:
        return scalar_sign(e.args[0])
    if e.op is ex.TOTAL and e.is_scalar:
        return _total(e, [])
    if e.op is ex.ADD:
        return total([scalar_sign(a) for a in e.args])
    if e.op is ex.HAD or e.op is ex.MUL and all(a.is_scalar for a in e.args):
        return product([scalar_sign(a) for a in e.args])
    return _gram(e, []) if e.op is ex.MUL and e.is_scalar else None


def product(signs: list[Sign | None]) -> Sign | None:
    known = [s for s in signs if s is not None]
    if len(known) < len(signs):
        return None
    direction = 1
    for s in known:
        direction *= s.direction
    return Sign(direction, all(s.strict for s in known))


def total(signs: list[Sign | None]) -> Sign | None:
    """The sign of a sum of parts with one sign."""
    known = [s for s in signs if s is not None]
    if len(known) < len(signs) or len({s.direction for s in known}) != 1:
        return None
    return Sign(known[0].direction, any(s.strict for s in known))


def _gram(e: Expr, reasons: list[Reason]) -> Sign | None:
    """c*L*M*L': the sign of c times that of M; strict where L has full row rank."""
    scalars = [a for a in e.args if a.is_scalar]
    word = [a for a in e.args if not a.is_scalar]
    outer: list[Expr] = []
    while len(word) > 1 and normal(ex.transpose(word[0])) is word[-1]:
        outer.append(word[0])
        word = word[1:-1]
    inner = PLUS if not word else sign(normal(ex.mul(*word)), reasons) if word[0].rows is word[-1].cols and (outer or len(scalars)) else None
    found = product([*(scalar_sign(s) for s in scalars), inner])
    if found is None:
        return None
    if outer:
        reasons.append(("has the form L M L'", str(e)))
    return Sign(found.direction, found.strict and all("full_row_rank" in facts(a) for a in outer))


def _sum(e: Expr, reasons: list[Reason]) -> Sign | None:
    if Covariance.matches(e):
        reasons.append(("is a covariance", str(e)))
        return PLUS0
    return total([sign(a, reasons) for a in e.args])


def _kron(e: Expr, reasons: list[Reason]) -> Sign | None:
    return product([sign(a, reasons) for a in e.args])


def _diag(e: Expr, reasons: list[Reason]) -> Sign | None:
    return scalar_sign(e.args[0])


def _total(e: Expr, reasons: list[Reason]) -> Sign | None:
    """A sum over 1..N of parts with one sign."""
    low, high, body = e.args
    found = sign(body, reasons) if low is ex.ONE_ and high.op in (ex.SIZE, ex.NUM) else None
    return found


RULES: dict[str, Callable[[Expr, list[Reason]], Sign | None]] = {
    "*": _gram, "+": _sum, "kron": _kron, "diag": _diag, "sum over": _total,
    "name": lambda e, reasons: sign(normal(e.args[0]), reasons),
}  # fmt: skip


def without_denominators(e: Expr) -> Expr | None:
    """A scalar sum times the positive powers that its terms divide by: 1/√u - x²/√u³ has the sign of u - x²."""
    lowest: dict[Expr, Fraction] = {}
    for term in e.args:
        for f in term.args if term.op is ex.MUL else (term,):
            if f.op is ex.POW and f.args[1].op is ex.NUM and f.args[1].data < 0 and "positive" in facts(f.args[0]):
                lowest[f.args[0]] = min(lowest.get(f.args[0], Fraction(0)), Fraction(f.args[1].data))
    if not lowest:
        return None
    factors = [ex.power(base, ex.num(-p)) for base, p in lowest.items()]
    terms = [normal(ex.mul(*factors, t)) for t in e.args]
    return normal(ex.add(*[multiplied_out(t) for t in terms]))


def multiplied_out(t: Expr) -> Expr:
    """A scalar term with the sums among its factors multiplied in."""
    if t.op is not ex.MUL:
        return t
    k = next((i for i, f in enumerate(t.args) if f.op is ex.ADD and f.is_scalar), None)
    if k is None:
        return t
    return ex.add(*[multiplied_out(normal(ex.mul(*t.args[:k], a, *t.args[k + 1 :]))) for a in t.args[k].args])
