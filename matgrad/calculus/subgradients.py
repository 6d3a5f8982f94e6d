"""Whether the value that the rules give at a kink is a subgradient (Clarke, Optimization and Nonsmooth Analysis, 1983, sections 2.2 and 2.3).

A convex kink of a smooth argument is regular, and so are sums of regular functions with positive weights: for these the rules
for sums and chains hold with equality, and likewise for the negative of such a function. They need not for relu(x) - relu(-x), which is x.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import has
from .differentiate import active_nodes

Side = tuple[int, frozenset[Expr]] | None  # ±1 with factors of unknown sign for regular functions and their negatives; None for others
SMOOTH: Side = (0, frozenset())
UP: Side = (1, frozenset())
DOWN: Side = (-1, frozenset())

CONVEX = frozenset({"abs", "relu", "norm1", "norm2", "normF"})
SMOOTHED = CONVEX - {"norm1"}  # powers above 1 of these have derivatives everywhere
RISING = frozenset({"exp", "log", "log1p", "sqrt", "tanh", "atan", "sigmoid", "softplus", "sinh", "erf"})


def gives_subgradients(root: Expr, leaves: Iterable[Expr]) -> bool:
    """Whether the rules of differentials give a subgradient of `root` by the leaves wherever it has a kink."""
    active = active_nodes(root, set(leaves))
    sides: dict[Expr, Side] = {}
    for e in ex.postorder(root):
        sides[e] = side(e, [sides[a] for a in e.args]) if e in active else SMOOTH
    return sides[root] is not None


def side(e: Expr, given: Sequence[Side]) -> Side:
    """What an operation makes of arguments of these sides."""
    kinked = {s for s in given if s != SMOOTH}
    if None in kinked or e.op in ex.COMPARE.values() or e.op.name == "sign":
        return None
    if e.op.name in CONVEX or e.op is ex.MAX:
        return UP if not kinked or kinked == {UP} and (e.op is ex.MAX or e.op.name == "relu") else None
    if e.op is ex.MIN:
        return DOWN if kinked <= {DOWN} else None
    if not kinked:
        return SMOOTH
    if len(kinked) > 1:
        return None
    found = kinked.pop()
    if e.op is ex.POW and e.args[0].op.name in SMOOTHED and e.args[1].op is ex.NUM and e.args[1].data > 1:
        return SMOOTH
    one = given.count(found) == 1
    if e.op is ex.MUL and one and e.is_scalar and e.args[given.index(found)].is_scalar and not all(a.is_scalar for a in e.args):
        return (1, frozenset({e}))  # times a number that is made of vectors
    if e.op in (ex.MUL, ex.HAD):
        return weighted(found, [a for a, s in zip(e.args, given) if s == SMOOTH]) if one else None
    if e.op is ex.TOTAL:
        return None if found is None or any(e.data in ex.free_indices(c) for c in found[1]) else found
    if e.op in (ex.ADD, ex.NAMED, ex.T, ex.INDEX, ex.BLOCK) or e.op.linear or e.op.name in RISING:
        return found
    return (1, frozenset({e})) if e.is_scalar and e.op.elementwise else None


def weighted(found: Side, factors: Sequence[Expr]) -> Side:
    """The side of a product with these factors, of which only numbers may have a sign that is not known."""
    for c in factors:
        if found is None or has(c, "nonnegative"):
            continue
        if not c.is_scalar:
            return None
        found = (-found[0], found[1]) if has(ex.neg(c), "nonnegative") else (found[0], found[1] ^ {c})
    return found
