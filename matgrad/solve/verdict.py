"""Minimum, maximum or saddle, with the reason; global only where it is proved.

The Lagrange function with its multipliers at their values equals f on the feasible set, so what is a minimum of it
is one of f there.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..calculus.derivatives import Target
from ..calculus.differentiate import Condition
from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..errors import MatgradError, UnsupportedError
from ..simplify.normal import normal
from .compose import Composer
from .curvature import block_sign, check_set, hessian_blocks, proved, smooth, whole
from .definite import KINDS, Sign, sign
from .equations import Found, fresh

Verdict = tuple[str, list[Condition]]  # a phrase of words.py and the expressions that prove it
UNDECIDED: Verdict = ("undecided", [])


def verdict(function: Expr, found: Sequence[Found], values: dict[Expr, Expr], turns: bool) -> Verdict:
    """The verdict at the values, all unknowns together, else (`turns`) one after the other in the order of elimination."""
    together = joint(function, [f.unknown for f in found], values)
    return in_turn(function, found) if together[0] == "undecided" and turns and len(found) > 1 else together


def joint(function: Expr, leaves: list[Expr], values: dict[Expr, Expr]) -> Verdict:
    """All unknowns together: a definite Hessian everywhere, convexity, or the Hessian at the solution."""
    form = normal(function)
    try:
        blocks = hessian_blocks(form, leaves)
    except UnsupportedError:
        blocks = None
    everywhere = smooth_sign(form, leaves, blocks)
    if blocks is not None and everywhere is not None and everywhere.strict:
        return f"unique {kind(everywhere)}", because(blocks, everywhere, {})
    there = None if blocks is None else block_sign([[normal(ex.substitute(b, values)) for b in row] for row in blocks], [])
    bent = convexity(form, leaves) or in_the_inverse(form, leaves)
    if bent is not None:
        direction, reason = bent
        strict = there is not None and there.strict
        return f"{'unique ' if strict else ''}{kind(direction)}", [*(because(blocks, there, values) if blocks and there and strict else []), *reason]
    if blocks is None:
        return UNDECIDED
    if there is not None and there.strict:
        return f"local {kind(there)}", because(blocks, there, values)
    return saddle(blocks, values)


def smooth_sign(form: Expr, leaves: list[Expr], blocks: list[list[Expr]] | None) -> Sign | None:
    """The sign of the Hessian on the whole set, where the function is smooth and the set convex."""
    if blocks is None or not convex_set(form, leaves):
        return None
    composer = Composer(leaves)
    return block_sign(blocks, []) if smooth(form, composer) and not composer.domain else None


def convex_set(form: Expr, leaves: list[Expr]) -> bool:
    try:
        check_set(form, targets(leaves))
    except MatgradError:
        return False
    return True


def convexity(form: Expr, leaves: list[Expr]) -> tuple[Sign, list[Condition]] | None:
    """Convex or concave, with the function as the reason."""
    if not convex_set(form, leaves):
        return None
    found = proved(form, targets(leaves))
    if found.verdict not in ("convex", "concave"):
        return None
    return Sign(1 if found.convex else -1, False), [(f"is {found.verdict}", found.function)]


def in_the_inverse(form: Expr, leaves: list[Expr]) -> tuple[Sign, list[Condition]] | None:
    """Convexity as a function of P = inv(X), which runs over the same set: what is a minimum there is one here."""
    x = leaves[0]
    if len(leaves) != 1 or not facts(x) & {"posdef", "positive"} or "diagonal" in facts(x):
        return None
    p = ex.var(fresh(f"{x.data[0]}_inv", form), x.rows, x.cols, x.data[1])
    found = convexity(normal(ex.substitute(form, {x: ex.power(p, ex.MINUS_ONE) if x.is_scalar else ex.call("inv", p)})), [p])
    return None if found is None else (found[0], [(f"{why} in the inverse", e) for why, e in found[1]])


def targets(leaves: list[Expr]) -> list[Target]:
    return [Target(v.data[0], v, v) for v in leaves]


def kind(s: Sign) -> str:
    return "minimum" if s.direction > 0 else "maximum"


def because(blocks: list[list[Expr]], found: Sign, values: dict[Expr, Expr]) -> list[Condition]:
    """The Hessian at the values as the reason."""
    return [(f"the Hessian {KINDS[found]}", whole([[normal(ex.substitute(b, values)) for b in row] for row in blocks]))]


def saddle(blocks: list[list[Expr]], values: dict[Expr, Expr]) -> Verdict:
    """One variable bends the function up and another down."""
    diagonal = [normal(ex.substitute(blocks[i][i], values)) for i in range(len(blocks))]
    signs = [sign(h) for h in diagonal]
    strict = {s.direction: h for s, h in zip(signs, diagonal) if s is not None and s.strict}
    if len(strict) == 2:
        return "saddle", [("block positive definite", strict[1]), ("block negative definite", strict[-1])]
    return UNDECIDED


def in_turn(function: Expr, found: Sequence[Found]) -> Verdict:
    """Least over the first unknown for every value of the others, then over the next, and so on: min min f = min f."""
    reasons: list[Condition] = []
    keys: list[str] = []
    for f in found:
        key, why = joint(function, [f.unknown], {f.unknown: f.value})
        if keys and (key.split()[-1] != keys[0].split()[-1] or keys[-1].startswith("local")):
            return UNDECIDED
        keys.append(key)
        reasons += [("in turn", f.unknown), *why]
        function = normal(ex.substitute(function, {f.unknown: f.value}))
    if any(k in ("undecided", "saddle") for k in keys):
        return UNDECIDED
    prefix = "local " if keys[-1].startswith("local") else "unique " if all(k.startswith("unique") for k in keys) else ""
    return f"{prefix}{keys[0].split()[-1]}", reasons
