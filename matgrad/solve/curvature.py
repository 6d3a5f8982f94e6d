"""Convex, concave, affine, neither or unknown, with a certificate: rules of composition, the Hessian's form, or a chord."""

from __future__ import annotations

from collections.abc import Sequence

from ..calculus import derivatives as calc
from ..calculus.derivatives import Target
from ..calculus.differentiate import rows_for
from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..core.op import OPS
from ..errors import MatgradError, Series, UnsupportedError
from ..simplify.normal import normal
from .compose import AFFINE, CONCAVE, CONSTANT, CONVEX, Composer
from .definite import KINDS, Reason, Sign, sign, total
from .equations import unnamed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .refute import Segment

NEITHER, UNKNOWN = "neither", "unknown"
OUTSIDE = ("orthogonal", "onehot", "integer", "invertible", "full_column_rank", "full_row_rank", "complex")  # sets that are not convex
POLES = {"tan", "logm", "sqrtm", "sign", "sylvester", "lyapunov", "eigvecs", "polar"}  # functions that are not smooth on all of their arguments


class Curvature:
    """The verdict on a function, why, and where.

    `verdict` is "convex", "concave", "affine", "neither" or "unknown"; `reasons` the certificate; `domain` what must be
    positive, beyond the declarations, for the function to be defined; `hessian` the Hessian when its form decided;
    `segments` the chords that refute convexity and concavity.
    """

    __slots__ = ("function", "targets", "verdict", "reasons", "domain", "hessian", "segments")

    def __init__(self, function: Expr, targets: Sequence[Target]):
        self.function = function
        self.targets = list(targets)
        self.verdict = UNKNOWN
        self.reasons: list[Reason] = []
        self.domain: list[Expr] = []
        self.hessian: Expr | None = None
        self.segments: list[Segment] = []

    @property
    def convex(self) -> bool:
        return self.verdict in (CONVEX, AFFINE)

    @property
    def concave(self) -> bool:
        return self.verdict in (CONCAVE, AFFINE)


def curvature(function: Expr, targets: Sequence[Target], seed: int = 0) -> Curvature:
    """The verdict on a scalar function of the targets, on the convex set of their declarations.

    Raises UnsupportedError where that set is not convex.
    """
    from .refute import DRAWS, counterexamples

    found = proved(function, targets, seed)
    if found.verdict == UNKNOWN:
        found.segments = counterexamples(function, [t.leaf for t in targets], DRAWS, seed)
        if {s.above for s in found.segments} == {True, False}:
            found.verdict = NEITHER
    return found


def proved(function: Expr, targets: Sequence[Target], seed: int = 0) -> Curvature:
    """The verdict that a proof gives and no chord contradicts; "unknown" without one."""
    from .refute import GUARD, counterexamples

    check_set(function, targets)
    found = certified(function, targets)
    if found.verdict != UNKNOWN:
        against = {s.above for s in counterexamples(function, [t.leaf for t in targets], GUARD, seed)}
        if found.convex and True in against or found.concave and False in against:  # a proof that a number contradicts is no proof
            return Curvature(function, targets)
    return found


def check_set(function: Expr, targets: Sequence[Target]) -> None:
    """Refuse variables that do not occur or whose declared set is not convex."""
    for t in targets:
        place = (t.text, (0, len(t.text)))
        if t.part is not t.leaf:
            raise UnsupportedError("curvature is by a whole variable", *place)
        if t.leaf not in ex.variables(function):
            raise MatgradError("{name} does not occur in the function", *place, name=t.text)
        bad = [f for f in OUTSIDE if f in facts(t.leaf) and (f not in ("invertible", "full_column_rank", "full_row_rank") or "posdef" not in facts(t.leaf))]
        if bad:
            raise UnsupportedError(
                "{name} is declared {fact}, and such values do not form a convex set; declare a convex one", *place, name=t.text, fact=bad[0]
            )
    names = {t.text for t in targets}
    hidden = [v for v in ex.variables(function) if names & set(v.data[2])]
    if hidden:
        raise UnsupportedError(
            "{name} is an unspecified function of {arguments}", name=hidden[0].data[0], arguments=Series(sorted(names & set(hidden[0].data[2])))
        )


def certified(function: Expr, targets: Sequence[Target]) -> Curvature:
    """The verdict that a proof gives: by composition, else by the Hessian."""
    for form in dict.fromkeys((function, normal(function))):
        composer = Composer(t.leaf for t in targets)
        kind = composer.kind(form)
        if kind is not None:
            found = Curvature(function, targets)
            found.verdict = AFFINE if kind in (AFFINE, CONSTANT) else kind
            found.reasons, found.domain = composer.reasons, composer.domain
            if found.verdict == AFFINE:
                found.reasons = [("is affine", str(form))]
            return found
    found = Curvature(function, targets)
    by_hessian(found, normal(unnamed(function)))
    return found


def by_hessian(found: Curvature, form: Expr) -> None:
    """The sign of the Hessian, where the function is smooth on the whole set."""
    composer = Composer(t.leaf for t in found.targets)
    if not smooth(form, composer):
        return
    positive = {e: ex.var(e.data[0], e.rows, e.cols, e.data[1] | {"positive"}) for e in composer.domain if e.op is ex.VAR}
    try:
        blocks = hessian_blocks(ex.substitute(form, positive), [positive.get(t.leaf, t.leaf) for t in found.targets])
    except UnsupportedError:
        return
    if blocks is None:
        return
    found.domain = composer.domain
    back = {v: e for e, v in positive.items()}
    if all(ex.is_zero(b) for row in blocks for b in row):
        found.verdict, found.reasons = AFFINE, [("the Hessian is zero",)]
        return
    reasons: list[Reason] = []
    proved = block_sign(blocks, reasons)
    if proved is None:
        return
    found.verdict = CONVEX if proved.direction > 0 else CONCAVE
    found.hessian = whole([[normal(ex.substitute(b, back)) for b in row] for row in blocks])
    found.reasons = [(f"Hessian {KINDS[proved]}", str(found.hessian)), *reasons]


def whole(blocks: list[list[Expr]]) -> Expr:
    """The Hessian as one matrix."""
    return blocks[0][0] if len(blocks) == 1 else ex.block(tuple(b for row in blocks for b in row), (len(blocks), len(blocks)))


def hessian_blocks(function: Expr, leaves: list[Expr]) -> list[list[Expr]] | None:
    """∂vec(∇f)/∂vec by every pair of variables; None at kinks, where it says nothing."""
    blocks = []
    for x in leaves:
        row = []
        for y in leaves:
            h = calc.hessian(function, [Target(x.data[0], x, x), Target(y.data[0], y, y)], "numerator")
            if h.kinks or h.conditions:
                return None
            row.append(normal(h.values[0]))
        blocks.append(row)
    return blocks


def block_sign(blocks: list[list[Expr]], reasons: list[Reason]) -> Sign | None:
    """The sign of a block Hessian: one block; no coupling; or a definite first block and its Schur complement (BV A.5.5)."""
    if len(blocks) == 1:
        return sign(blocks[0][0], reasons)
    if all(ex.is_zero(blocks[i][k]) for i in range(len(blocks)) for k in range(len(blocks)) if i != k):
        signs = [sign(blocks[i][i], reasons) for i in range(len(blocks))]
        found = total(signs)
        return None if found is None else found._replace(strict=all(s is not None and s.strict for s in signs))
    if len(blocks) > 2:
        return None
    for i, k in ((0, 1), (1, 0)):
        first = sign(blocks[i][i], [])
        if first is None or not first.strict:
            continue
        inverse = ex.divide(ex.ONE_, blocks[i][i]) if blocks[i][i].is_scalar else ex.call("inv", blocks[i][i])
        schur = normal(ex.add(blocks[k][k], ex.neg(ex.mul(blocks[k][i], inverse, blocks[i][k]))))
        rest = first._replace(strict=False) if ex.is_zero(schur) else sign(schur, reasons)
        if rest is not None and rest.direction == first.direction:
            reasons.append(("Schur complement", str(schur)))
            return first._replace(strict=rest.strict)
    return None


def smooth(form: Expr, composer: Composer) -> bool:
    """Whether every part that varies is twice differentiable on the whole set; logarithms and roots may add to the domain."""
    return all(smooth_node(e, composer) for e in ex.postorder(form) if composer.varies(e))


def smooth_node(e: Expr, composer: Composer) -> bool:
    name = e.op.name
    if name in POLES or e.op in ex.COMPARE.values() or e.op in (ex.MAX, ex.MIN, ex.HUBER) or any(row.kink for row in rows_for(e.op)):
        return squared_norm(e)
    if name in ("inv", "logdet"):
        return "posdef" in facts(e.args[0])
    if e.op is ex.MPOW:
        return e.args[1].op is ex.NUM and e.args[1].data >= 0
    if e.op is ex.POW:
        base, exponent = e.args
        if exponent.op is ex.NUM and isinstance(exponent.data, int):
            return exponent.data >= 0 or "positive" in facts(base)
        return composer.positive(base)
    if name == "log":
        return composer.positive(e.args[0])
    return not (name in OPS and OPS[name].domain)


def squared_norm(e: Expr) -> bool:
    """A norm has a kink at 0, its square has none; the rows of table 1 say so, and the Hessian's kinks decide."""
    return e.op.name in ("norm2", "normF")
