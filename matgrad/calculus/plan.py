"""Which intermediates get a stage of their own, so that the cost stays linear in the size of the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..core import expr as ex
from ..core.expr import Expr
from .differentiate import MULTILINEAR, active_nodes

SMALL = 60  # differentials written out at once, counted as a tree
SHALLOW = 16  # levels of active operations in one stage
LONG = 12  # active factors in one product


def plan(root: Expr, leaves: Iterable[Expr]) -> Expr:
    """`root` with names introduced where one stage would be too large; unchanged when it is small."""
    leaves = set(leaves)
    active = active_nodes(root, leaves)
    if root not in active or is_small(root, active, leaves):
        return root
    return introduce_names(root, active, leaves)


def stages_of(root: Expr, leaves: Iterable[Expr]) -> list[Expr]:
    """The named intermediates that vary, the last first."""
    leaves = set(leaves)
    active = active_nodes(root, leaves)
    found = [e for e in ex.postorder(root) if e.op is ex.NAMED and e in active and e not in leaves and e is not root and not ex.free_indices(e)]
    return found[::-1]


def is_small(root: Expr, active: set[Expr], leaves: set[Expr]) -> bool:
    """Whether every stage, cut at the names there are, is short and shallow."""
    order = [e for e in ex.postorder(root) if e in active]
    size: dict[Expr, int] = {}
    depth: dict[Expr, int] = {}
    for e in order:
        below = [a for a in e.args if a in active]
        cut = e in leaves or e.op is ex.NAMED and not ex.free_indices(e)
        total = 1 + sum(size[a] for a in below)
        level = 1 + max((depth[a] for a in below), default=0)
        if total > SMALL or level > SHALLOW or e.op in MULTILINEAR and len(below) > LONG:
            return False
        size[e], depth[e] = (1, 0) if cut else (total, level)
    return True


def introduce_names(root: Expr, active: set[Expr], leaves: set[Expr]) -> Expr:
    """Name shared parts, the outputs of functions, partial products of long products, and every few levels."""
    uses: dict[Expr, int] = {}
    for e in ex.postorder(root):
        for a in e.args:
            uses[a] = uses.get(a, 0) + 1
    taken = {str(e.data[0] if e.op is ex.VAR else e.data) for e in ex.postorder(root) if e.op in (ex.VAR, ex.NAMED, ex.IDX, ex.TOTAL)}
    taken.update(ex.letters(root))
    counter: dict[str, int] = {}

    def fresh(letter: str) -> str:
        while True:
            counter[letter] = counter.get(letter, 0) + 1
            name = f"{letter}{counter[letter]}"
            if name not in taken:
                return name

    def visit(e: Expr, args: tuple[Expr, ...]) -> Expr:
        if e not in active or e in leaves or e.op is ex.NAMED:
            return ex.rebuild(e, args)
        if e.op in (ex.MUL, ex.HAD) and sum(a in active for a in e.args) > LONG and (not e.is_scalar or e.args[0].is_scalar):
            return long_product(e, args, active, fresh)
        built = ex.rebuild(e, args)
        if e is root or ex.free_indices(e) or e.is_scalar and not e.args:
            return built
        if e.op.elementwise or e.op is ex.GENERIC or e.op.name in ("softmax", "logsumexp"):
            return ex.named(fresh("h"), built)
        below = 1 + max((depth.get(a, 0) for a in args), default=0)
        if uses.get(e, 0) > 1 or below > SHALLOW // 2:
            return ex.named(fresh("u"), built)
        depth[built] = below
        return built

    depth: dict[Expr, int] = {}  # levels since the last name
    return ex.rewrite(root, visit)


def long_product(e: Expr, args: tuple[Expr, ...], active: set[Expr], fresh: Callable[[str], str]) -> Expr:
    """A1*X*A2*X*…: P1 = A1*X, P2 = P1*A2*X, …, one varying factor at a time."""
    scalars = [a for a in args if a.is_scalar] if not e.is_scalar else []
    word = [(a, old in active) for a, old in zip(args, e.args) if not a.is_scalar or e.is_scalar]
    join = ex.hadamard if e.op is ex.HAD else ex.mul
    partial: list[Expr] = []
    last = max(i for i, (_, varies) in enumerate(word) if varies)
    for i, (a, varies) in enumerate(word):
        partial.append(a)
        if varies and i < last and len(partial) > 1:
            partial = [ex.named(fresh("P"), join(*partial))]
    return ex.mul(*scalars, join(*partial))
