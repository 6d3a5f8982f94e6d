"""Rewrites of an array program that save arithmetic or memory traffic.

| rule        | instead of                     | computed                                         | where               |
|-------------|--------------------------------|--------------------------------------------------|---------------------|
| scaled      | 2*kron(A, B), -(x*y')          | kron(2*A, B), (-x)*y'                            | everywhere          |
| merged      | kron(A, C) + kron(B, C)        | kron(A + B, C)                                   | everywhere          |
| flattened   | a tensor contraction           | one matrix product; of equal factors a rank-k update | everywhere      |
| selected    | X*E, E some rows of identity   | columns of X, or columns of zeros around X       | everywhere          |
| sparse_kron | kron(A, diag(d)), kron(A, I)   | its blocks that are not zero                     | writable arrays     |
| on_diagonal | M + diag(d), M + diagonal blocks | M, with d added to its diagonal                | writable arrays, JAX |
| kron_sums   | kron(A, B) + kron(C, D)        | one product of thin matrices for every two rows  | writable arrays     |

A rule looks at one node whose arguments are done and gives its replacement, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.dims import ONE, ZERO, Dim, dim
from .ir import Graph, Node, Shape, broadcast, postorder

Rule = Callable[["Improver", Node], Node | None]

PRODUCTS = ("kron", "mul", "matmul")


class Improver:
    """Applies the rules bottom-up until none fits."""

    def __init__(self, graph: Graph, length: Callable[[Dim], float], target: str):
        self.graph = graph
        self.length = length
        self.rules: list[Rule] = ALWAYS + RULES.get(target, [])
        self.shared: set[Node] = set()

    def run(self, roots: Sequence[Node]) -> list[Node]:
        nodes = postorder(roots)
        uses: dict[Node, int] = {}
        for used in [*roots, *[a for x in nodes for a in x.args]]:
            uses[used] = uses.get(used, 0) + 1
        done: dict[Node, Node] = {}
        for x in nodes:
            y = done[x] = self.improved(rebuilt(self.graph, x, tuple(done[a] for a in x.args)))
            self.graph.inherit(x, y)
            if uses[x] > 1:
                self.shared.add(y)
        return [done[r] for r in roots]

    def improved(self, x: Node) -> Node:
        for rule in self.rules:
            y = rule(self, x)
            if y is not None:
                return self.improved(y)
        return x

    def size(self, shape: Shape) -> float:
        total = 1.0
        for d in shape:
            total *= self.length(d)
        return total

    def smallest(self, x: Node) -> int:
        """The argument with the fewest entries."""
        return min(range(len(x.args)), key=lambda k: self.size(x.args[k].shape))


def rebuilt(g: Graph, x: Node, args: tuple[Node, ...]) -> Node:
    """The node with other arguments, simplified as when it was made."""
    if args == x.args:
        return x
    if x.op == "view":
        return g.view(args[0], x.attrs)
    if x.op == "reshape":
        return g.reshape(args[0], x.shape)
    if x.op == "neg":
        return g.neg(args[0])
    if x.op == "mul":
        return g.mul(*args)
    if x.op == "matmul":
        return g.matmul(*args)
    if x.op == "sum":
        return g.sum(args[0], x.attrs)
    if x.op == "div":
        return g.div(*args)
    if x.op == "add":
        return g.add(list(zip(x.attrs, args)))
    return g.make(x.op, args, x.attrs, x.shape)


# --- scalars and signs ----------------------------------------------------------------------------------


def scaled(p: Improver, x: Node) -> Node | None:
    """A sign or scalar goes to the smallest factor of a large product, and into sums of such products."""
    found = scale_of(p.graph, x)
    if found is None or found[1] in p.shared:
        return None
    return scaled_inside(p, found[1], found[0])


def scaled_inside(p: Improver, y: Node, scale: Callable[[Node], Node]) -> Node | None:
    """The scaled array, scaled where it has fewer entries; None where that is nowhere."""
    g = p.graph
    if y.op == "reshape":
        inner = scaled_inside(p, y.args[0], scale) if y.args[0] not in p.shared else None
        return g.reshape(inner, y.shape) if inner is not None else None
    if y.op == "add" and all(a not in p.shared and a.op == "kron" for a in y.args):
        return g.add([(sign, p.improved(scale(a))) for sign, a in zip(y.attrs, y.args)])
    if y.op == "kron_sum":
        return g.make(y.op, [a if k % 2 else p.improved(scale(a)) for k, a in enumerate(y.args)], None, y.shape)
    if y.op in ("spread", "add_on_diagonal") and all(a not in p.shared for a in y.args[:-1]):
        return g.make(y.op, [p.improved(scale(a)) for a in y.args], y.attrs, y.shape)
    return scaled_product(p, y, scale)


def scale_of(g: Graph, x: Node) -> tuple[Callable[[Node], Node], Node] | None:
    """How to scale a node, and the node, when x is that node times, or over, a scalar."""
    if x.op == "neg" and x.shape:
        return g.neg, x.args[0]
    if x.op == "div" and x.shape and not x.args[1].shape:
        below = x.args[1]
        return lambda y: g.div(y, below), x.args[0]
    if x.op == "mul" and x.shape:
        for s, y in (x.args, x.args[::-1]):
            if not s.shape:
                return lambda y, s=s: g.mul(s, y), y
    return None


def scaled_product(p: Improver, y: Node, scale: Callable[[Node], Node]) -> Node | None:
    if y.op not in PRODUCTS or is_gram(y) or any(not a.shape for a in y.args):
        return None
    k = p.smallest(y)
    if p.size(y.args[k].shape) >= p.size(y.shape):
        return None
    args = list(y.args)
    args[k] = p.improved(scale(args[k]))
    return p.graph.make(y.op, tuple(args), y.attrs, y.shape)


def is_gram(x: Node) -> bool:
    """X'X or XX': libraries compute one triangle only."""
    if x.op != "matmul":
        return False
    a, b = (y.args[0] if y.op == "view" and y.attrs == (1, 0) else y for y in x.args)
    return a is b and x.args[0] is not x.args[1]


# --- Kronecker products -----------------------------------------------------------------------------------


def merged(p: Improver, x: Node) -> Node | None:
    """Kronecker products with a common factor are one product."""
    if x.op != "add":
        return None
    terms = list(zip(x.attrs, x.args))
    for i, (sign, a) in enumerate(terms):
        for j in range(i + 1, len(terms)):
            other, b = terms[j]
            if a.op == b.op == "kron" and a.shape == b.shape:
                for k in (0, 1):
                    if a.args[k] is b.args[k] and a.args[1 - k].shape == b.args[1 - k].shape:
                        total = p.improved(p.graph.add([(1, a.args[1 - k]), (sign * other, b.args[1 - k])]))
                        one = p.graph.kron(total, a.args[1]) if k else p.graph.kron(a.args[0], total)
                        return p.graph.add([*terms[:i], (sign, one), *terms[i + 1 : j], *terms[j + 1 :]])
    return None


def diagonal_entries(g: Graph, x: Node) -> Node | None:
    """The diagonal of a diagonal matrix as a vector, or as one number when all entries are equal."""
    if x.op == "diag":
        return x.args[0]
    if x.op == "eye":
        return g.number(1)
    found = scale_of(g, x)
    if found is not None:
        entries = diagonal_entries(g, found[1])
        return None if entries is None else found[0](entries)
    return None


def sparse_kron(p: Improver, x: Node) -> Node | None:
    """kron(A, diag(d)) and kron(diag(d), A) are written block by block into zeros."""
    if x.op != "kron" or len(x.shape) != 2 or ONE in x.shape:
        return None
    g = p.graph
    for k in (1, 0):
        entries = diagonal_entries(g, x.args[k])
        if entries is None:
            continue
        a, n = x.args[1 - k], x.args[k].shape[0]
        pattern, inside = ("ikjk->ijk", (0, 1, None)) if k else ("kikj->kij", (None, 0, 1))
        blocks = a if entries.op == "number" and entries.attrs == 1 else None
        if blocks is None and not entries.shape:
            blocks = g.mul(entries, a)
        values = g.view(blocks, inside) if blocks is not None else g.mul(g.view(a, inside), g.view(entries, (0,) if k else (0, None, None)))
        full = (a.shape[0], n, a.shape[1], n) if k else (n, a.shape[0], n, a.shape[1])
        return g.reshape(g.spread(values, pattern, full), x.shape)
    return None


# --- diagonals in place --------------------------------------------------------------------------------------


def on_diagonal(p: Improver, x: Node) -> Node | None:
    """A sum with diagonal terms: the other terms are added up, and the diagonal is added into the result.

    XLA would compute the other terms again for every entry of a product with the sum.
    """
    if x.op != "add" or len(x.shape) != 2:
        return None
    g = p.graph
    rest: list[tuple[int, Node]] = []
    diagonals: list[tuple[Node, str, Shape]] = []
    for sign, a in zip(x.attrs, x.args):
        found = a.args[0] if a.op == "reshape" else a
        entries = diagonal_entries(g, a) if a.shape == x.shape and a.shape[0] is a.shape[1] else None
        if a.op == "add_on_diagonal" and a.attrs[0] == "ii->i" and a not in p.shared:
            rest.append((sign, a.args[0]))
            entries = a.args[1]
        if entries is not None:
            diagonals.append((entries if sign > 0 else g.neg(entries), "ii->i", a.shape))
        elif found.op == "spread" and found not in p.shared:
            values = found.args[0]
            diagonals.append((values if sign > 0 else p.improved(g.neg(values)), found.attrs, found.shape))
        else:
            rest.append((sign, a))
    if len(diagonals) > 1 and not rest:  # all are sparse: the first is made, the others are added into it
        del diagonals[0]
        rest = [(x.attrs[0], x.args[0])]
    if not diagonals or not rest or broadcast(a.shape for _, a in rest) != x.shape:
        return None
    total = p.improved(g.add(rest))
    main = [values for values, pattern, _ in diagonals if pattern == "ii->i"]
    if len(main) > 1:
        diagonals = [(g.add([(1, v) for v in main]), "ii->i", x.shape), *[d for d in diagonals if d[1] != "ii->i"]]
    for values, pattern, full in diagonals:
        total = g.make("add_on_diagonal", (total, values), (pattern, full), x.shape)
    return total


def kron_sums(p: Improver, x: Node) -> Node | None:
    """The Kronecker products in a sum whose factors have the same sizes become one operation, which writes every entry once."""
    if x.op != "add" or len(x.shape) != 2:
        return None
    terms = list(zip(x.attrs, x.args))
    krons = [t for t in terms if t[1].op == "kron" and t[1] not in p.shared and ONE not in t[1].args[0].shape + t[1].args[1].shape]
    krons = [t for t in krons if [a.shape for a in t[1].args] == [a.shape for a in krons[0][1].args]]
    if len(krons) < 2:
        return None
    factors = [f for sign, t in krons for f in (t.args[0] if sign > 0 else p.improved(p.graph.neg(t.args[0])), t.args[1])]
    joined = p.graph.make("kron_sum", factors, None, x.shape)
    return p.graph.add([*[t for t in terms if t not in krons], (1, joined)])


# --- contractions ------------------------------------------------------------------------------------------------


def flattened(p: Improver, x: Node) -> Node | None:
    """A contraction over the first axes of two arrays is the product of two matrices, without a copy."""
    if x.op != "tensordot" or x.attrs != ((0,), (0,)):
        return None
    g = p.graph
    a, b = (g.reshape(y, (y.shape[0], product(y.shape[1:]))) if len(y.shape) > 2 else y for y in x.args)
    left = g.view(a, (1, 0)) if len(a.shape) == 2 else a
    return g.reshape(g.matmul(left, b), x.shape)


def selected(p: Improver, x: Node) -> Node | None:
    """A product with successive rows of the identity takes entries out of an array, or puts it between zeros."""
    if x.op != "matmul" or any(len(a.shape) > 2 for a in x.args):
        return None
    for k in (0, 1):
        e, other, axis = x.args[k], x.args[1 - k], 0 if k == 0 else len(x.args[0].shape) - 1
        turned = e.op == "view" and e.attrs == (1, 0)
        rows = e.args[0] if turned else e
        if rows.op != "take" or rows.args[0].op != "eye" or rows.attrs != 0 or rows.args[1].op != "call" or rows.args[1].attrs[0] != "arange":
            continue
        if turned == bool(k):
            return p.graph.take(other, rows.args[1], axis)
        return between_zeros(p.graph, other, rows, axis)
    return None


def between_zeros(g: Graph, x: Node, rows: Node, axis: int) -> Node | None:
    """x with zeros before and after it along an axis, at the places that the rows of the identity name."""
    start, stop = (extent_of(a) for a in rows.args[1].args[2:])
    if start is None or stop is None:
        return None
    lengths = (start, rows.shape[1] + stop.scaled(-1))
    before, after = ([g.zeros((*x.shape[:axis], d, *x.shape[axis + 1 :]))] if d is not ZERO else [] for d in lengths)
    shape = (*x.shape[:axis], rows.shape[1], *x.shape[axis + 1 :])
    return g.call("concatenate", (*before, x, *after), shape, axis) if before or after else x


def extent_of(x: Node) -> Dim | None:
    """A number of sizes and whole numbers as a length."""
    if x.op == "number":
        return dim(x.attrs) if isinstance(x.attrs, int) else None
    if x.op == "size":
        found: Dim = x.attrs
        return found
    parts = [extent_of(a) for a in x.args] if x.op == "add" else []
    known = [d.scaled(sign) for d, sign in zip(parts, x.attrs) if d is not None] if parts else []
    return None if not parts or len(known) < len(parts) else sum(known[1:], known[0])


def product(shape: Shape) -> Dim:
    total = ONE
    for d in shape:
        total = total * d
    return total


ALWAYS: list[Rule] = [scaled, merged, flattened, selected]
IN_PLACE: list[Rule] = [sparse_kron, on_diagonal, kron_sums]
RULES: dict[str, list[Rule]] = {"numpy": IN_PLACE, "dask": IN_PLACE, "jax": [on_diagonal]}
