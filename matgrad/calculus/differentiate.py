"""Expression to an expression linear in dX: reads table 1, and writes a step for every rule applied.

d(u) stands in the expression as a node until a rule replaces it, so each step is an equation between
two expressions that can be evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import has
from ..core.op import Op
from ..core.rows import DIFFERENTIALS, Row
from ..core.trace import Law, Stage
from ..errors import Phrase, UnsupportedError
from ..simplify import match as m
from ..simplify.normal import normal

MULTILINEAR = (ex.MUL, ex.HAD, ex.KRON)
SHORT_POWER = 4  # sums over so few powers are written out: d(X^2) = dX*X + X*dX

_by_head: dict[Op, list[Row]] = {}


def rows_for(op: Op) -> list[Row]:
    """The rows of table 1 whose left side has this operation outside, composites first."""
    if sum(map(len, _by_head.values())) != len(DIFFERENTIALS):  # rows may be added at any time
        _by_head.clear()
        for row in DIFFERENTIALS:
            left, _ = m.sides(row)
            _by_head.setdefault(left.op, []).append(row)
    return _by_head.get(op, [])


Condition = tuple[str, Expr]  # a row holds only where this is so of that matrix


class Differentiator:
    """d of one expression. `leaves` are what may vary: variables, and intermediates with a stage of their own."""

    def __init__(self, root: Expr, leaves: Iterable[Expr], active: set[Expr] | None = None, names: frozenset[str] | None = None):
        self.leaves = leaves if isinstance(leaves, set) else set(leaves)
        self.active = active_nodes(root, self.leaves) if active is None else active
        self.names = names_in(root) if names is None else names
        self.uses: dict[Expr, int] = {}
        for e in ex.postorder_where(root, lambda e: e not in self.leaves):
            for a in e.args:
                self.uses[a] = self.uses.get(a, 0) + 1
        self.laws: list[Law] = []
        self.kinks: list[Expr] = []  # where an entry of one of these is 0, there is no derivative
        self.jumps: list[Expr] = []  # where an entry of one of these is 0, an indicator or a sign changes
        self.raised: set[Expr] = set()  # bases of powers above 1, which have a derivative at a zero of the base
        self.conditions: list[Condition] = []

    def run(self, e: Expr, stage: Stage, wrap: Callable[[Expr], Expr] = lambda e: e) -> Expr:
        """d(e), worked out one level of rules at a time; `wrap` puts each line into its context."""
        current = ex.formal_d(e)
        while True:
            self.laws = []
            following = self.advance(current)
            if following is current:
                return current
            stage.add("differential", wrap(current), wrap(following), tuple(self.laws))
            current = following

    def advance(self, e: Expr) -> Expr:
        """Apply one rule to every d(u) that is still to be worked out."""
        return clean(ex.rewrite(e, lambda node, args: self.expand(node.args[0]) if node.op is ex.D else ex.rebuild(node, args), enter=is_active))

    def d(self, u: Expr) -> Expr:
        """d(u) where d only passes through, as far as that is so; a d-node where a rule is needed or u is shared."""
        if u not in self.active:
            return ex.zeros(u.rows, u.cols)
        if u in self.leaves:
            return ex.dvar(u)
        if u.op is ex.MEMBER:
            return ex.member(ex.dvar(u.args[0]), u.args[1])
        if self.is_straight(u) and (self.uses.get(u, 0) < 2 or u.op in (ex.T, ex.CONJ, ex.INDEX)):
            return self.through(u)
        return ex.formal_d(u)

    def is_straight(self, u: Expr) -> bool:
        """Whether u is linear in what varies: a linear operation, or a product with one varying factor."""
        if u.op in MULTILINEAR:
            return sum(a in self.active for a in u.args) == 1
        if u.op is ex.CONJ:
            return True
        return (u.op in STRAIGHT or u.op.linear and u.op is not ex.NAMED) and self.composite(u) is None

    def through(self, u: Expr) -> Expr:
        """d passes a linear operation."""
        if u.op is ex.TOTAL:
            return ex.total(u.data, u.args[0], u.args[1], self.d(u.args[2]))
        if u.op is ex.INDEX:
            return ex.rebuild(u, (self.d(u.args[0]), *u.args[1:]))
        if u.op in MULTILINEAR:
            return self.product(u)
        return clean(ex.rebuild(u, tuple([self.d(a) for a in u.args])))

    def local(self, u: Expr) -> Expr:
        """One rule for d(u), and d passed through what is linear."""
        return clean(self.expand(u))

    def composite(self, u: Expr) -> Row | None:
        """A row for this node and what is below it, such as d log(softmax(x))."""
        for row in rows_for(u.op):
            found = m.Bindings()
            if m.match(m.sides(row)[0], u, found) and m.holds(row, found):
                return row
        return None

    def expand(self, u: Expr) -> Expr:
        """One rule for d(u)."""
        if u not in self.active:
            return ex.zeros(u.rows, u.cols)
        if u in self.leaves or u.op is ex.MEMBER:
            return self.d(u)
        if u.op is ex.NAMED:
            self.laws.append("put in")
            return self.expand(u.args[0])
        if u.op in (ex.VAR, ex.DIFF):
            return self.unspecified(u)
        if u.op in MULTILINEAR:
            self.laws.append("product rule" if not self.is_straight(u) else "linear")
            return self.product(u)
        if u.op is ex.GENERIC:
            self.laws.append("element-wise function")
            name, order = u.data
            return ex.hadamard(ex.generic(name, order + 1, u.args[0]), self.d(u.args[0]))
        if u.op is ex.POW and has(u.args[1], "above_one") and self.uses.get(u.args[0], 0) < 2:
            self.raised.add(u.args[0])
        silent: Phrase | None = None
        for row in rows_for(u.op):
            found = m.Bindings()
            if m.match(m.sides(row)[0], u, found) and m.holds(row, found):
                unspoken = self.unspoken(row, found)
                if not unspoken:
                    return self.by_row(row, found, u)
                silent = silent or Phrase("{function} by {argument}", function=row.left, argument=unspoken)
        if self.is_straight(u):
            self.laws.append("linear")
            return self.through(u)
        raise UnsupportedError("no rule is known for the differential of {function}", function=silent or u.op.text)

    def unspoken(self, row: Row, found: m.Bindings) -> str:
        """The formal that varies although the row does not speak of its differential."""
        spoken = {e.data for e in ex.postorder(m.sides(row)[1]) if e.op is ex.DVAR}
        return next((formal.data[0] for formal, term in found.terms.items() if formal not in spoken and not ex.is_zero(self.d(term))), "")

    def by_row(self, row: Row, found: m.Bindings, u: Expr) -> Expr:
        """The right side of a row, with d(term) for every dX of a formal X."""
        _, right = m.sides(row)
        if row.kink:
            self.note_kink(row, found, u)
        for formal, term in list(found.terms.items()):
            direction = self.d(term)
            if direction.op not in (ex.DVAR, ex.ZEROS, ex.NUM) and row.right.count(f"d{formal.data[0]}") > 1:
                direction = ex.formal_d(term)  # used twice: add up what arrives before going on
            found.terms[ex.dvar(formal)] = direction
        self.laws.append(row)
        filled = m.fill(right, found, self.names)
        if any(e.op is ex.TOTAL for e in ex.postorder(right)):
            filled = m.unroll(filled, SHORT_POWER)
        if row.why:
            self.require(row, found)
        return filled

    def note_kink(self, row: Row, found: m.Bindings, u: Expr) -> None:
        """Remember where the row has no derivative, unless a power above 1 smooths it there."""
        vanishes = row.vanishes and (len(found.terms) == 1 or any(ex.is_zero(t) for t in found.terms.values()))
        if vanishes and u in self.raised:
            return
        kink = normal(m.fill(m.read(row.kink, row.declare), found))
        if kink.op is ex.MUL and kink.args[0] is ex.MINUS_ONE:
            kink = ex.neg(kink)
        where = self.jumps if row.right.startswith("0") else self.kinks
        if kink not in where and normal(ex.neg(kink)) not in where:
            where.append(kink)

    def require(self, row: Row, found: m.Bindings) -> None:
        """Note the condition under which a row holds, unless it is known to hold or to fail."""
        terms = [t for f, t in found.terms.items() if f.op is ex.VAR]
        if row.why == "X is invertible":
            if all(has(t, "invertible") for t in terms):
                return
            if any(a.cols.value == 1 for t in terms if t.op is ex.MUL for a in t.args if not a.is_scalar):
                raise UnsupportedError("no rule is known for the differential of {function} at a singular matrix", function=row.left)
        self.conditions += [(row.why, t) for t in terms if (row.why, t) not in self.conditions]

    def product(self, u: Expr) -> Expr:
        """The product rule: linear in each position."""
        terms = []
        for i, a in enumerate(u.args):
            if a in self.active:
                terms.append(ex.rebuild(u, (*u.args[:i], self.d(a), *u.args[i + 1 :])))
        return ex.add(*terms)

    def unspecified(self, u: Expr) -> Expr:
        """dA = diff(A,t)*dt for A(t)."""
        self.laws.append("unspecified function")
        params = u.data[2] if u.op is ex.VAR else u.args[0].data[2]
        scalars = parameters(self.leaves)
        terms = [ex.mul(ex.diff(u, p), ex.dvar(scalars[p])) for p in params if p in scalars]
        return ex.add(*terms)


STRAIGHT = (ex.ADD, ex.T, ex.TOTAL, ex.INDEX, ex.BLOCK, ex.UNVEC)


def names_in(root: Expr) -> frozenset[str]:
    """Every name and size letter in use, so that a row's own index can avoid them."""
    found = set(ex.letters(root))
    for e in ex.postorder(root):
        if e.op in (ex.VAR, ex.IDX, ex.TOTAL, ex.NAMED):
            found.add(str(e.data[0] if e.op is ex.VAR else e.data))
    return frozenset(found)


def parameters(leaves: Iterable[Expr]) -> dict[str, Expr]:
    """The scalars among the leaves, by name: what an unspecified A(t) may depend on."""
    return {e.data[0]: e for e in leaves if e.op is ex.VAR and e.is_scalar}


def active_nodes(root: Expr, leaves: set[Expr]) -> set[Expr]:
    """The nodes of `root` whose differential is not zero."""
    active: set[Expr] = set()
    scalars = parameters(leaves)
    for e in ex.postorder(root):
        if e in leaves or any(a in active for a in e.args):
            active.add(e)
        elif e.op is ex.VAR and any(p in scalars for p in e.data[2]):
            active.add(e)
        elif e.op is ex.MEMBER and e.args[0] in leaves:
            active.add(e)
    return active


def clean(e: Expr) -> Expr:
    """Drop zeros, factors 1 and identities next to differentials; nothing is reordered, d(u) is not entered."""
    return ex.rewrite(e, _clean, enter=lambda node: node.op is not ex.D and (is_active(node) or has_zero(node)))


def is_active(e: Expr) -> bool:
    """Whether a differential occurs, outside named intermediates."""
    ex.fill_cache(e, "active", lambda n: n.op in (ex.DVAR, ex.D) or n.op is not ex.NAMED and any(a._cache["active"] for a in n.args))
    return bool(e._cache["active"])


def has_zero(e: Expr) -> bool:
    """Whether a zero that a rule left behind occurs."""
    ex.fill_cache(e, "zero", lambda n: ex.is_zero(n) or n.op not in (ex.NAMED, ex.D) and any(a._cache["zero"] for a in n.args))
    return bool(e._cache["zero"])


def _clean(e: Expr, args: tuple[Expr, ...]) -> Expr:
    op = e.op
    if op is ex.ADD:
        kept = [a for a in args if not ex.is_zero(a)]
        if not kept:
            return ex.zeros(e.rows, e.cols)
        if len(kept) < len(args):
            return ex.add(*kept)
    elif op in MULTILINEAR:
        if any(ex.is_zero(a) for a in args):
            return ex.zeros(e.rows, e.cols)
        kept = [a for a in args if a is not ex.ONE_ and not (op is ex.MUL and a.op is ex.EYE)]
        if len(kept) < len(args):
            if op is ex.MUL and not any(not a.is_scalar for a in kept) and not e.is_scalar:
                kept.append(ex.eye(e.rows))
            return ex.mul(*kept) if op is ex.MUL and kept else ex.rebuild(e, tuple(kept)) if kept else ex.ONE_
        if op is ex.MUL and any(b.op is ex.NUM for k, a in enumerate(args) for b in scalar_factors(a)[not k :]):
            return number_first(args)
    elif op.linear and args and all(ex.is_zero(a) for a in args) or op is ex.TOTAL and ex.is_zero(args[2]) or op is ex.INDEX and ex.is_zero(args[0]):
        return ex.zeros(e.rows, e.cols)
    return ex.rebuild(e, args)


def scalar_factors(a: Expr) -> tuple[Expr, ...]:
    """The factors of a group of scalars inside a product."""
    if a.op is not ex.MUL or not a.is_scalar or not a.args[0].is_scalar:
        return (a,)
    word = [b for b in a.args if not b.is_scalar]
    return (*(b for b in a.args if b.is_scalar), *([ex.mul(*word)] if word else []))


def number_first(args: tuple[Expr, ...]) -> Expr:
    """The product with its numbers as one, in front."""
    factors = [b for a in args for b in scalar_factors(a)]
    product = math.prod(b.data for b in factors if b.op is ex.NUM)
    return ex.mul(ex.num(product), *[b for b in factors if b.op is not ex.NUM])
