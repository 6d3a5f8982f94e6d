"""Arrays that are equal up to a scalar, a sign or transposition are computed once.

Every node is read as coef * scalars * view(core): p - y is -(y - p), X*(2*c*w) is 2*c times X*w, (A*B)' is B'*A'. Nodes
with one core are one array; the others are made from the first of them. What can differ beside the core goes through
the operations by their own laws: through sums as a sign, through products as a factor, through both as a transposition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import permutations
from typing import NamedTuple

from .improve import rebuilt
from .ir import Graph, Node, Perm, postorder
from .network import scale_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Scalars = tuple[tuple[int, int], ...]
WRAPPERS = ("view", "neg", "named", "number", "argument", "size")
LINEAR = ("reshape", "expand", "diagonal", "trace", "diag", "spread", "tensordot", "einsum", "kron")


class Form(NamedTuple):
    """coef * product of scalars**exponent * view(core, perm); core and scalars are classes of equal arrays, by number."""

    coef: Fraction
    scalars: Scalars
    perm: Perm
    core: int

    def padded(self, axes: int) -> Factor:
        """Core and axes, as they take part in an operation on arrays with so many axes."""
        return self.core, (-1,) * (axes - len(self.perm)) + tuple(-1 if p is None else p for p in self.perm)


Order = tuple[int, ...]
Factor = tuple[int, Order]


def shared(graph: Graph, roots: Sequence[Node]) -> list[Node]:
    """The roots with equal arrays computed once."""
    nodes = postorder(roots)
    forms = Forms(graph.symmetric)
    for x in nodes:
        forms.read(x)
    return Rebuilding(graph, forms, nodes).run(roots)


def one_exponential(graph: Graph, roots: Sequence[Node]) -> list[Node]:
    """The roots with softmax, its logarithm and logsumexp of one matrix made of one exponential of it."""
    nodes = postorder(roots)
    kinds: dict[tuple[Node, int], set[str]] = {}
    for x in nodes:
        if is_softmax(x):
            kinds.setdefault((x.args[0], x.attrs[1]), set()).add(x.attrs[0])
    done: dict[Node, Node] = {}
    for x in nodes:
        args = tuple(done[a] for a in x.args)
        several = is_softmax(x) and len(kinds[x.args[0], x.attrs[1]]) > 1
        done[x] = spelled_out(graph, x.attrs[0], args[0], x.attrs[1]) if several else rebuilt(graph, x, args)
        graph.inherit(x, done[x])
    return [done[r] for r in roots]


def is_softmax(x: Node) -> bool:
    """Of a matrix: the softmax of one vector costs next to nothing."""
    return x.op == "call" and x.attrs[0] in ("softmax", "log_softmax", "logsumexp") and len(x.args[0].shape) > 1


def spelled_out(g: Graph, name: str, x: Node, axis: int) -> Node:
    """One of these functions by the largest entry, the exponentials without overflow and their sum."""
    axes = len(x.shape)
    at = axes + axis
    shape = tuple(d for k, d in enumerate(x.shape) if k != at)
    kept = tuple(None if k == at else k - (k > at) for k in range(0 if at else 1, axes))  # puts the axis back, with length 1
    top = g.call("max_along", (x,), shape, at)
    e = g.map("exp", (g.add([(1, x), (-1, g.view(top, kept))]),))
    total = g.sum(e, (at,))
    if name == "softmax":
        return g.div(e, g.view(total, kept))
    logsumexp = g.add([(1, top), (1, g.map("log", (total,)))])
    return logsumexp if name == "logsumexp" else g.add([(1, x), (-1, g.view(logsumexp, kept))])


# --- reading ------------------------------------------------------------------------------------------


class Forms:
    """The form of every node."""

    def __init__(self, symmetric: set[Node]) -> None:
        self.declared = symmetric
        self.of: dict[Node, Form] = {}
        self.scalars: dict[int, Node] = {}  # a node of each class of scalars
        self.symmetric: set[int] = set()  # classes of matrices that are their own transposes
        self._classes: dict[Any, int] = {}
        self._factors: dict[int, tuple[Factor, ...]] = {}  # of the classes that are products entry by entry

    def read(self, x: Node) -> Form:
        rule = READ.get(x.op)
        found = rule(self, x) if rule is not None else self._linear(x) if x.op in LINEAR else self._exact(x)
        if not x.shape and x.op not in WRAPPERS:
            found = Form(Fraction(1), (), (), self.core(found))  # a scalar is one factor, however it is computed
        if not x.shape:
            self.scalars.setdefault(found.core, x)
        if x in self.declared:
            self.symmetric.add(found.core)
        self.of[x] = found
        return found

    def core(self, *key: Any) -> int:
        return self._classes.setdefault(key, len(self._classes))

    def _plain(self, x: Node, *key: Any, coef: Fraction | int = 1, scalars: Scalars = ()) -> Form:
        return Form(Fraction(coef), scalars, tuple(range(len(x.shape))), self.core(*key))

    def _exact(self, x: Node) -> Form:
        return self._plain(x, x.op, x.attrs, x.shape, *[self.of[a] for a in x.args])

    def _linear(self, x: Node) -> Form:
        forms = [self.of[a] for a in x.args]
        bare = [f._replace(coef=Fraction(1), scalars=()) for f in forms]
        return self._plain(x, x.op, x.attrs, x.shape, *bare, coef=product(forms), scalars=joined(forms))

    def _turning(self, x: Node, key: Callable[[Order], Any], coef: Fraction | int = 1, scalars: Scalars = ()) -> Form:
        """An array of two or three axes with these in the order that has the smallest key."""
        upright = tuple(range(len(x.shape)))
        if len(upright) not in (2, 3):
            return self._plain(x, x.op, key(upright), coef=coef, scalars=scalars)
        keys = {order: key(order) for order in permutations(upright)}
        best = min(keys, key=lambda order: (keys[order], order))
        core = self.core(x.op, keys[best])
        if len(upright) == 2 and keys[0, 1] == keys[1, 0]:
            self.symmetric.add(core)
        return Form(Fraction(coef), scalars, inverse(best), core)

    def _turned(self, f: Factor, order: Order) -> Factor:
        return f if order == (1, 0) and f[0] in self.symmetric else (f[0], tuple(f[1][k] for k in order))

    def number(self, x: Node) -> Form:
        return Form(Fraction(x.attrs), (), (), self.core("number"))

    def view(self, x: Node) -> Form:
        inner = self.of[x.args[0]]
        perm = tuple(None if p is None else inner.perm[p] for p in x.attrs)
        if inner.core in self.symmetric and perm == (1, 0):
            perm = (0, 1)
        return inner._replace(perm=perm)

    def neg(self, x: Node) -> Form:
        inner = self.of[x.args[0]]
        return inner._replace(coef=-inner.coef)

    def named(self, x: Node) -> Form:
        return self.of[x.args[0]]

    def add(self, x: Node) -> Form:
        axes = len(x.shape)
        terms = [(self.of[a].padded(axes), self.of[a].scalars, sign * self.of[a].coef) for sign, a in zip(x.attrs, x.args)]
        first = min(terms, key=lambda t: (t[0][0], abs(t[2]), t[1], sorted(t[0][1])))  # the same one when transposed
        sign = -1 if first[2] < 0 else 1
        return self._turning(x, lambda order: tuple(sorted((self._turned(f, order), s, sign * c) for f, s, c in terms)), sign)

    def mul(self, x: Node) -> Form:
        forms = [self.of[a] for a in x.args]
        arrays = [f for f, a in zip(forms, x.args) if a.shape]
        scalars = joined(forms, *[((f.core, 1),) for f, a in zip(forms, x.args) if not a.shape and f.core != self.core("number")])
        if not arrays:
            return self._plain(x, "mul", tuple(sorted(f.core for f in forms)), coef=product(forms), scalars=joined(forms))
        if len(arrays) == 1 and len(arrays[0].perm) == len(x.shape):
            return arrays[0]._replace(coef=product(forms), scalars=scalars)
        factors = [g for f in arrays for g in self._factors_of(f, len(x.shape))]
        found = self._turning(x, lambda order: tuple(sorted(self._turned(f, order) for f in factors)), product(forms), scalars)
        best = inverse(found.perm)
        self._factors.setdefault(found.core, tuple(self._turned(f, best) for f in factors))
        return found

    def _factors_of(self, f: Form, axes: int) -> list[Factor]:
        """What a product entry by entry is made of; of anything else, itself."""
        whole = f.padded(axes)
        inside = self._factors.get(f.core)
        if inside is None or any(p < 0 for p in whole[1]):
            return [whole]
        return [(core, tuple(perm[p] for p in whole[1])) for core, perm in inside]

    def div(self, x: Node) -> Form:
        top, below = (self.of[a] for a in x.args)
        if below.core == self.core("number"):
            return top._replace(coef=top.coef / below.coef)
        if x.args[0].shape and not x.args[1].shape:
            return top._replace(coef=top.coef / below.coef, scalars=joined([top], [(c, -e) for c, e in below.scalars], ((below.core, -1),)))
        scalars = joined([top], [(c, -e) for c, e in below.scalars])
        axes = len(x.shape)
        return self._turning(x, lambda order: (self._turned(top.padded(axes), order), self._turned(below.padded(axes), order)), top.coef / below.coef, scalars)

    def entrywise(self, x: Node) -> Form:
        axes = len(x.shape)
        forms = [self.of[a] for a in x.args]
        return self._turning(x, lambda order: (repr(x.attrs), *[(self._turned(f.padded(axes), order), f.scalars, f.coef) for f in forms]))

    def matmul(self, x: Node) -> Form:
        forms = [self.of[a] for a in x.args]
        a, b = (f.padded(len(f.perm)) for f in forms)
        coef, scalars = product(forms), joined(forms)
        axes = [len(f.perm) for f in forms]
        if axes == [1, 2]:
            a, b = self._turned(b, (1, 0)), a
        elif axes == [1, 1]:
            a, b = min(a, b), max(a, b)
        if axes == [2, 2]:
            return self._turning(x, lambda order: (self._turned(b, order), self._turned(a, order)) if order == (1, 0) else (a, b), coef, scalars)
        return self._plain(x, "matmul", a, b, coef=coef, scalars=scalars)

    def call(self, x: Node) -> Form:
        """A function of whole arrays; a solve is linear in the right side, the inverse of a symmetric matrix is symmetric."""
        if x.attrs[0] != "solve":
            found = self._exact(x)
            if x.attrs[0] == "inv" and self.of[x.args[0]].core in self.symmetric:
                self.symmetric.add(found.core)
            return found
        right = self.of[x.args[1]]
        return self._plain(x, x.attrs, self.of[x.args[0]], right.core, right.perm, coef=right.coef, scalars=right.scalars)

    def add_on_diagonal(self, x: Node) -> Form:
        if x.attrs[0] != "ii->i":
            return self._exact(x)
        total, entries = (self.of[a] for a in x.args)
        return self._turning(x, lambda order: (self._turned(total.padded(2), order), total.scalars, total.coef, entries))

    def inner(self, x: Node) -> Form:
        forms = [self.of[a] for a in x.args]
        factors = [f.padded(len(f.perm)) for f in forms]
        both = [tuple(sorted(self._turned(f, order) for f in factors)) for order in permutations(range(len(factors[0][1])))]
        return self._plain(x, "inner", min(both), coef=product(forms), scalars=joined(forms))

    def sum(self, x: Node) -> Form:
        f = self.of[x.args[0]]
        if None in f.perm:
            return self._linear(x)
        gone, kept = (tuple(p for k, p in enumerate(f.perm) if p is not None and (k in x.attrs) is wanted) for wanted in (True, False))
        core = self.core("sum", f.core, tuple(sorted(gone)))
        return Form(f.coef, f.scalars, tuple(sorted(kept).index(p) for p in kept), core)


def inverse(order: Perm) -> Order:
    return tuple(order.index(k) for k in range(len(order)))


def product(forms: Sequence[Form]) -> Fraction:
    total = Fraction(1)
    for f in forms:
        total *= f.coef
    return total


def joined(forms: Sequence[Form], *more: Sequence[tuple[int, int]]) -> Scalars:
    """The scalars of all, equal ones with their exponents added."""
    total: dict[int, int] = {}
    for core, exponent in [pair for scalars in (*[f.scalars for f in forms], *more) for pair in scalars]:
        total[core] = total.get(core, 0) + exponent
    return tuple(sorted((c, e) for c, e in total.items() if e))


READ: dict[str, Callable[[Forms, Node], Form]] = {
    "number": Forms.number, "view": Forms.view, "neg": Forms.neg, "named": Forms.named, "add": Forms.add, "mul": Forms.mul, "div": Forms.div,
    "map": Forms.entrywise, "pow": Forms.entrywise, "matmul": Forms.matmul, "inner": Forms.inner, "sum": Forms.sum, "call": Forms.call,
    "add_on_diagonal": Forms.add_on_diagonal,
}  # fmt: skip


# --- rebuilding -----------------------------------------------------------------------------------------


class Rebuilding:
    """The nodes again, each core once."""

    def __init__(self, graph: Graph, forms: Forms, nodes: Sequence[Node]):
        self.graph = graph
        self.forms = forms
        self.nodes = nodes
        self.first: dict[int, Node] = {}
        self.bare: set[int] = set()  # cores that are computed without their scalars, because these differ
        self.done: dict[Node, Node] = {}

    def run(self, roots: Sequence[Node]) -> list[Node]:
        for x in self.nodes:
            if self.computes(x):
                f = self.forms.of[x]
                first = self.first.setdefault(f.core, x)
                if self.forms.of[first].scalars != f.scalars:
                    self.bare.add(f.core)
        for x in self.nodes:
            y = self.done[x] = self.again(x)
            self.graph.inherit(x, y)
        return [self.done[r] for r in roots]

    def computes(self, x: Node) -> bool:
        """Whether a node is more than a scaled, transposed or renamed array."""
        return x.op not in WRAPPERS and not (x.op in ("mul", "div") and self.is_scaling(x))

    def is_scaling(self, x: Node) -> bool:
        return not x.shape or any(not a.shape and b.shape == x.shape for a, b in (x.args, x.args[::-1]) if x.op == "mul" or a is x.args[1])

    def again(self, x: Node) -> Node:
        f = self.forms.of[x]
        if not self.computes(x):
            return rebuilt(self.graph, x, tuple(self.done[a] for a in x.args))
        first = self.first[f.core]
        if f.core in self.bare:
            return self.scaled(self.turned(self.without_scalars(first), first, x), f.coef, f.scalars)
        if first is x:
            return rebuilt(self.graph, x, tuple(self.done[a] for a in x.args))
        return self.scaled(self.turned(self.done[first], first, x), f.coef / self.forms.of[first].coef, ())

    def turned(self, y: Node, first: Node, x: Node) -> Node:
        """What was computed for the first node, with the axes of x."""
        here, there = self.forms.of[x].perm, self.forms.of[first].perm
        return y if here == there else self.graph.view(self.graph.view(y, inverse(there)), here)

    def scaled(self, y: Node, coef: Fraction, scalars: Scalars) -> Node:
        times, over = ([self.done[self.forms.scalars[c]] for c, e in scalars for _ in range(abs(e)) if (e > 0) is wanted] for wanted in (True, False))
        y = scale_by(self.graph, y, abs(coef), times, over)
        return self.graph.neg(y) if coef < 0 else y

    def without_scalars(self, x: Node) -> Node:
        """view(core) alone, of what is computed from its arguments by a law for factors, or of such an argument."""
        f = self.forms.of[x]
        if f.coef == 1 and not f.scalars or x.op == "add":
            y = self.done[x] if x in self.done else rebuilt(self.graph, x, tuple(self.done[a] for a in x.args))
            return self.scaled(y, f.coef, ())
        if x.op in ("mul", "div") and self.is_scaling(x):
            return self.without_scalars(x.args[0] if x.args[0].shape else x.args[1])
        if x.op in ("neg", "named"):
            return self.without_scalars(x.args[0])
        args = [self.done[a] if x.op == "call" and a is x.args[0] else self.without_scalars(a) for a in x.args]
        return rebuilt(self.graph, x, tuple(args))
