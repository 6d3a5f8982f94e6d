"""Products, traces and sums over an index as one contraction of labelled arrays.

A*B*c is sum over k, l of A[r,k] B[k,l] c[l]; tr(A*B) closes the chain; diag(v) makes two labels one;
vec and kron split a label into parts; ones leaves a label without a factor; sum(i, …) sums over one
more label. So all of them are contracted by one algorithm, in the cheapest order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from ..core.dims import ONE, Dim
from ..core.expr import Expr
from . import chain
from .ir import Graph, Node
from .kronecker import Block, kronecker
from .labels import COL, ROW, Label, Operand, aligned, product_key, quotient

NOWHERE: frozenset[Expr] = frozenset()
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Network:
    """Factors that share labels, scalars, and which labels are summed over."""

    def __init__(self, graph: Graph, length: Callable[[Dim], float], in_place: bool, source: Expr):
        self.graph = graph
        self.source = source  # what is contracted
        self.in_place = in_place
        self.length = length
        self.factors: list[Operand] = []
        self.coef: Fraction = Fraction(1)
        self.over: list[Node] = []
        self.summed: list[Label] = []
        self._same: dict[Label, Label] = {}
        self._parts: dict[Label, tuple[Label, ...]] = {}

    # --- labels -----------------------------------------------------------------------------------

    def label(self, size: Dim) -> Label | None:
        """A new label to be summed over; none for an axis of length 1."""
        if size is ONE:
            return None
        self.summed.append(Label(size))
        return self.summed[-1]

    def find(self, x: Label) -> Label:
        while x in self._same:
            x = self._same[x]
        return x

    def leaves(self, x: Label | None) -> tuple[Label, ...]:
        """The labels a label is made of, the slowest first."""
        if x is None:
            return ()
        x = self.find(x)
        return tuple(leaf for p in self._parts[x] for leaf in self.leaves(p)) if x in self._parts else (x,)

    def split(self, x: Label | None, sizes: Sequence[Dim]) -> list[Label | None] | None:
        """Parts of a label, the slowest first; None when it is already split in a way that does not fit."""
        wanted = [s for s in sizes if s is not ONE]
        if len(wanted) < 2:
            return [None if s is ONE else x for s in sizes]
        groups = self._refined(list(self.leaves(x)), wanted)
        if groups is None:
            return None
        parts = iter([self.joined(g, s) for g, s in zip(groups, wanted)])
        return [None if s is ONE else next(parts) for s in sizes]

    def _refined(self, leaves: list[Label], wanted: Sequence[Dim]) -> list[list[Label]] | None:
        """For every wanted size the leaves it is made of; a leaf that is too long is split in two."""
        groups: list[list[Label]] = []
        for size in wanted:
            group: list[Label] = []
            rest: Dim | None = size
            while rest is not None and rest is not ONE:
                if not leaves:
                    return None
                leaf = leaves.pop(0)
                remaining = quotient(rest, leaf.size)
                if remaining is None:
                    behind = quotient(leaf.size, rest)
                    if behind is None:
                        return None
                    pieces = (Label(rest), Label(behind))
                    self._parts[leaf] = pieces
                    leaf, remaining = pieces[0], ONE
                    leaves.insert(0, pieces[1])
                group.append(leaf)
                rest = remaining
            groups.append(group)
        return groups if not leaves else None

    def joined(self, parts: Sequence[Label | None], size: Dim) -> Label | None:
        """A label made of parts."""
        real = [p for p in parts if p is not None]
        if len(real) < 2:
            return real[0] if real else None
        whole = Label(size)
        self._parts[whole] = tuple(real)
        return whole

    def unify(self, x: Label | None, y: Label | None) -> bool:
        """Make two labels one; False when they are split in ways that do not fit."""
        if x is None or y is None:
            return x is y
        x, y = self.find(x), self.find(y)
        if x is y:
            return True
        if x in self._parts and y in self._parts:
            parts = self.split(x, [leaf.size for leaf in self.leaves(y)])
            return parts is not None and all(self.unify(p, q) for p, q in zip(parts, self.leaves(y)))
        keep, drop = (x, y) if x in self._parts or x.name and y not in self._parts else (y, x)
        self._same[drop] = keep
        return True

    # --- factors ----------------------------------------------------------------------------------

    def put(self, node: Node, labels: Sequence[Label | None], solver: str = "", nonnegative: bool = False) -> None:
        self.factors.append(Operand(node, tuple(x for x in labels if x is not None), solver, nonnegative))

    def resolved(self) -> list[Operand]:
        """The factors over leaf labels: split axes reshaped, equal labels replaced by a diagonal."""
        found = []
        for f in self.factors:
            split = [self.leaves(x) for x in f.labels]
            labels = tuple(leaf for part in split for leaf in part)
            inverse = f.solver
            node = f.node
            if inverse and (any(len(part) > 1 for part in split) or len(set(labels)) < len(labels)):
                node, inverse = self.inverse(f), ""
            if any(len(part) > 1 for part in split):
                node = self.graph.reshape(node, tuple(x.size for x in labels))
            while len(set(labels)) < len(labels):
                j = next(k for k, x in enumerate(labels) if x in labels[:k])
                i = labels.index(labels[j])
                node = self.graph.diagonal(node, i, j)
                labels = (*[x for k, x in enumerate(labels) if k not in (i, j)], labels[i])
            found.append(Operand(node, labels, inverse, f.nonnegative))
        return found

    def inverse(self, f: Operand) -> Node:
        return self.graph.call("inv", (f.node,), f.node.shape, f.solver)

    # --- the result -------------------------------------------------------------------------------

    def result(self, row: Label | None, col: Label | None) -> tuple[int, Operand]:
        """Sign and value, over the indices of open sums, ROW and COL. An axis that broadcasting fills may be absent."""
        factors = self.resolved()
        rows, cols = self.leaves(row), self.leaves(col)
        bound = dict.fromkeys(leaf for x in self.summed for leaf in self.leaves(x))
        there = dict.fromkeys([*rows, *cols, *[x for f in factors for x in f.labels]])
        opened = sorted((x for x in there if x.name and x not in bound), key=lambda x: x.name)
        target = [*opened, *rows, *cols]
        scale = [self.graph.size(x.size) for x in bound if x not in there]
        sign = -1 if self.coef < 0 else 1
        plain = len(rows) < 2 and len(cols) < 2 and len(set(target)) == len(target)
        if plain:
            value = self.scaled(factors, target, scale)
            names = {**dict.fromkeys(rows, ROW), **dict.fromkeys(cols, COL)}
            return sign, Operand(value.node, tuple(names.get(x, x) for x in value.labels))
        blocks = None if opened else kronecker(rows, cols, factors)
        if blocks is not None:
            scale += [f.node for f in factors if not f.labels]
            return sign, self.kronecker_product(blocks, scale, bool(rows), bool(cols))
        value = self.scaled(factors, list(dict.fromkeys(target)), scale)
        return sign, self.assembled(value, opened, rows, cols, row, col)

    def assembled(self, value: Operand, opened: list[Label], rows: Sequence[Label], cols: Sequence[Label], row: Label | None, col: Label | None) -> Operand:
        """The full array: repeated labels put on a diagonal, absent ones filled, parts of an axis joined."""
        g = self.graph
        target = [*opened, *rows, *cols]
        if not opened and rows == cols and len(set(rows)) == len(rows) and row is not None:
            size = self.find(row).size
            vector = g.reshape(g.expand(self.aligned(value, rows), tuple(x.size for x in rows)), (size,))
            node = g.diag(vector) if value.labels else g.mul(value.node, g.eye(size))
        elif not value.labels and not opened and row is not None and set(rows) == set(cols) and len(set(rows)) == len(rows) == len(cols):
            identity = g.reshape(g.eye(self.find(row).size), (*[x.size for x in cols], self.find(row).size))
            node = g.mul(value.node, g.view(identity, (*[list(cols).index(x) for x in rows], len(cols))))
        elif self.in_place and len(set(target)) < len(target):
            names = dict(zip(dict.fromkeys(target), LETTERS))
            pattern = f"{''.join(names[x] for x in target)}->{''.join(names.values())}"
            node = g.spread(self.aligned(value, list(names)), pattern, tuple(x.size for x in target))
        else:
            distinct: list[Label] = []
            for x in target:
                fresh = x if x not in distinct else Label(x.size)
                distinct.append(fresh)
                if fresh is not x:
                    eye = Operand(g.eye(x.size), (x, fresh))
                    value = self.times(value, eye, target)
            node = self.aligned(value, distinct)
            node = g.expand(node, tuple(x.size for x in distinct))
        whole = tuple(x.size for x in opened) + tuple(self.find(x).size for x in (row, col) if x is not None)
        axes = [*opened, *([ROW] if row is not None else []), *([COL] if col is not None else [])]
        return Operand(g.reshape(node, whole), tuple(axes))

    def kronecker_product(self, blocks: list[Block], scale: list[Node], has_row: bool, has_col: bool) -> Operand:
        g = self.graph
        parts: list[Node] = []
        scale = [*scale, *[self.contracted(b.factors, []).node for b in blocks if not b.labels]]
        blocks = [b for b in blocks if b.labels]
        smallest = min(range(len(blocks)), key=lambda k: self.extent(blocks[k].labels))
        for k, b in enumerate(blocks):
            value = self.scaled(b.factors, list(dict.fromkeys(b.labels)), scale) if k == smallest else self.contracted(b.factors, list(dict.fromkeys(b.labels)))
            if len(b.rows) == 1 and b.rows == b.cols:
                node = g.diag(value.node) if value.labels else g.mul(value.node, g.eye(b.rows[0].size))
            else:
                node = self.aligned(value, b.labels)
                node = g.expand(node, tuple(x.size for x in b.labels))
            if has_row and has_col and len(b.labels) == 1:
                node = g.view(node, (0, None) if b.rows else (None, 0))
            parts.append(node)
        product = parts[0]
        for p in parts[1:]:
            product = g.kron(product, p)
        return Operand(product, tuple(x for x, there in ((ROW, has_row), (COL, has_col)) if there))

    # --- contraction --------------------------------------------------------------------------------

    def extent(self, labels: Sequence[Label]) -> float:
        total = 1.0
        for x in set(labels):
            total *= self.length(x.size)
        return total

    def scaled(self, factors: list[Operand], out: list[Label], scale: list[Node]) -> Operand:
        """The contraction times the scalars, put where the array is smallest; the sign is left to the caller."""
        factors = list(factors)
        scalars = [f for f in factors if not f.labels]
        factors = [f for f in factors if f.labels]
        nodes = [*scale, *[f.node for f in scalars]]

        def apply(x: Operand) -> Operand:
            return Operand(scale_by(self.graph, x.node, abs(self.coef), nodes, self.over), x.labels)

        if not factors:
            return apply(Operand(self.graph.number(1), ()))
        if not nodes and not self.over and abs(self.coef) == 1:
            return self.contracted(factors, out)
        size = self.extent([x for x in out if any(x in f.labels for f in factors)])
        there = {k for pair in self.known(factors, frozenset(out)) for k in pair}  # products of unscaled factors are known
        free = [f for k, f in enumerate(factors) if k not in there] or factors
        small = min(free, key=lambda f: self.extent(f.labels) if not f.solver else float("inf"))
        if not small.solver and self.extent(small.labels) < size:
            factors[factors.index(small)] = apply(small)
            return self.contracted(factors, out)
        return apply(self.contracted(factors, out))

    def contracted(self, factors: list[Operand], out: list[Label]) -> Operand:
        """Sum the product of the factors over every label that is not in `out`."""
        if not factors:
            return Operand(self.graph.number(1), ())
        factors = self.presummed(factors, set(out))
        factors = square_root(self, factors, out)
        keep = frozenset(out)
        labels = [frozenset(f.labels) for f in factors]
        names = [id(f.node) for f in factors] if self.in_place else range(len(factors))
        tree = chain.order(labels, [bool(f.solver) for f in factors], out, lambda x: self.length(x.size), self.known(factors, keep), names)
        value = self.run(tree, factors, keep, out)
        if value.solver:
            value = Operand(self.inverse(value), value.labels)
        gone = [k for k, x in enumerate(value.labels) if x not in keep]  # of products that were known
        value = Operand(self.graph.sum(value.node, gone), tuple(x for x in value.labels if x in keep))
        there = [x for x in out if x in value.labels]
        return Operand(self.aligned(value, there), tuple(there))

    def known(self, factors: list[Operand], keep: frozenset[Label]) -> frozenset[tuple[int, int]]:
        """Neighbours whose product is needed elsewhere too: nothing else has the label that it sums over."""
        done = self.graph.products
        places = [(i, j) for j in range(len(factors)) for i in range(j)] if done else []
        pairs = [(i, j) for i, j in places if done.get(product_key(factors[i], factors[j]), NOWHERE) - {self.source}]

        def summed(pair: tuple[int, int]) -> bool:
            others = keep.union(*[f.labels for k, f in enumerate(factors) if k not in pair])
            return all(x not in others for x in factors[pair[0]].labels if x in factors[pair[1]].labels)

        return frozenset(filter(summed, pairs))

    def presummed(self, factors: list[Operand], keep: set[Label]) -> list[Operand]:
        """Sum out labels that only one factor has, unless its product with another is needed elsewhere; of an inverse, by solving with ones."""
        found, extra = [], []
        needed = {k for pair in self.known(factors, frozenset(keep)) for k in pair}
        for k, f in enumerate(factors):
            others = keep.union(*[g.labels for j, g in enumerate(factors) if j != k])
            gone = [i for i, x in enumerate(f.labels) if x not in others]
            if f.solver:
                extra += [Operand(self.graph.ones((f.labels[i].size,)), (f.labels[i],)) for i in gone]
            elif gone and k not in needed:
                f = Operand(self.graph.sum(f.node, gone), tuple(x for i, x in enumerate(f.labels) if i not in gone))
            found.append(f)
        return found + extra

    def run(self, tree: chain.Tree, factors: list[Operand], keep: frozenset[Label], wanted: list[Label]) -> Operand:
        if isinstance(tree, int):
            return factors[tree]
        inside = leaves_of(tree)
        outside = keep.union(*[f.labels for k, f in enumerate(factors) if k not in inside])
        left, right = (self.run(part, factors, keep, []) for part in tree)
        return self.pair(left, right, outside, wanted)

    def pair(self, p: Operand, q: Operand, kept: frozenset[Label], wanted: list[Label]) -> Operand:
        """Contract two factors: a solve, a matrix product, a sum of products or a product entry by entry."""
        for x, y in ((p, q), (q, p)):
            if x.solver:
                solved = self.solve(x, y, kept)
                if solved is not None:
                    return solved
        p, q = (Operand(self.inverse(x), x.labels) if x.solver else x for x in (p, q))
        common = [x for x in p.labels if x in q.labels]
        summed = [x for x in common if x not in kept]
        if not summed:
            return self.times(p, q, wanted)
        batch = [x for x in common if x in kept]
        left = [x for x in p.labels if x not in common]
        right = [x for x in q.labels if x not in common]
        if batch:
            return self.batched(p, q, batch, left, right, summed)
        if not left and not right:
            return Operand(self.graph.inner(p.node, self.aligned(q, p.labels)), ())
        if len(summed) == 1 and len(left) < 2 and len(right) < 2:
            self.graph.products.setdefault(product_key(p, q), set()).add(self.source)
            if right and self.turned(p, q, summed[0], left, right, wanted):
                p, q, left, right = q, p, right, left
            a, b = self.aligned(p, [*left, *summed]), self.aligned(q, [*summed, *right])
            return Operand(self.graph.matmul(a, b), (*left, *right))
        axes = (tuple(p.labels.index(x) for x in summed), tuple(q.labels.index(x) for x in summed))
        return Operand(self.graph.tensordot(p.node, q.node, axes), (*left, *right))

    @staticmethod
    def turned(p: Operand, q: Operand, k: Label, left: list[Label], right: list[Label], wanted: list[Label]) -> bool:
        """Whether q'*p' is written with fewer transposes than p*q."""

        def marks(x: Operand, y: Operand, rows: list[Label], cols: list[Label]) -> int:
            count = int(len(x.labels) == 2 and x.labels[-1] is not k) + int(len(y.labels) == 2 and y.labels[0] is not k)
            order = [*rows, *cols]
            return count + int(bool(wanted) and [w for w in wanted if w in order] != order)

        return marks(q, p, right, left) < marks(p, q, left, right)

    def solve(self, f: Operand, q: Operand, kept: frozenset[Label]) -> Operand | None:
        """inv(A) times q along one label, without the inverse; None where that label is not the only link."""
        row, col = f.labels
        common = [x for x in f.labels if x in q.labels]
        if not q.solver and len(common) == 2 and set(q.labels) == set(common) and not kept & set(common):
            solved = self.graph.call("solve", (f.node, self.aligned(q, (col, row))), f.node.shape, (f.solver, False))
            return Operand(self.graph.sum(self.graph.diagonal(solved, 0, 1), (0,)), ())
        if q.solver or len(common) != 1 or common[0] in kept:
            return None
        turned = common[0] is row
        out = col if turned else row
        rest = [x for x in q.labels if x is not common[0]]
        right = self.aligned(q, [common[0], *rest])
        shape = tuple(x.size for x in rest)
        if len(rest) > 1:
            flat = shape[0]
            for d in shape[1:]:
                flat = flat * d
            right = self.graph.reshape(right, (common[0].size, flat))
        turned = turned and f.solver != "posdef"
        node = self.graph.call("solve", (f.node, right), (out.size, *right.shape[1:]), (f.solver, turned))
        return Operand(self.graph.reshape(node, (out.size, *shape)), (out, *rest))

    def times(self, p: Operand, q: Operand, wanted: Sequence[Label]) -> Operand:
        """Product entry by entry over the labels of both; of the same two arrays in the same order, wherever they meet."""
        if not wanted and self.graph.age(p.node) > self.graph.age(q.node):
            p, q = q, p
        union = list(dict.fromkeys([*p.labels, *q.labels]))
        if wanted:
            union.sort(key=lambda x: wanted.index(x) if x in wanted else -1)
        elif len(q.labels) == len(union):
            union = list(q.labels)
        elif len(p.labels) < len(union):
            union.sort(key=lambda x: x not in p.labels or x not in q.labels)
        node = self.graph.mul(self.aligned(p, union), self.aligned(q, union))
        return Operand(node, tuple(union))

    def batched(self, p: Operand, q: Operand, batch: list[Label], left: list[Label], right: list[Label], summed: list[Label]) -> Operand:
        """Products along shared axes: row sums, stacks of matrix products, einsum for the rest."""
        g = self.graph
        if not left and not right:
            union = [*batch, *summed]
            product = g.mul(self.aligned(p, union), self.aligned(q, union))
            return Operand(g.sum(product, range(len(batch), len(union))), tuple(batch))
        if len(left) == len(right) == len(summed) == 1:
            node = g.matmul(self.aligned(p, [*batch, *left, *summed]), self.aligned(q, [*batch, *summed, *right]))
            return Operand(node, (*batch, *left, *right))
        if self.in_place and len(left) + len(right) == len(summed) == 1:  # a third of einsum's time
            if left:
                p, q, right = q, p, left
            row = g.view(self.aligned(p, [*batch, *summed]), (*range(len(batch)), None, len(batch)))
            node = g.matmul(row, self.aligned(q, [*batch, *summed, *right]))
            return Operand(g.reshape(node, tuple(x.size for x in (*batch, *right))), (*batch, *right))
        names = dict(zip([*batch, *left, *right, *summed], LETTERS))
        texts = ["".join(names[x] for x in labels) for labels in (p.labels, q.labels, [*batch, *left, *right])]
        return Operand(g.einsum(f"{texts[0]},{texts[1]}->{texts[2]}", p.node, q.node), (*batch, *left, *right))

    def aligned(self, x: Operand, labels: Sequence[Label]) -> Node:
        return aligned(self.graph, x, labels)


def leaves_of(tree: chain.Tree) -> list[int]:
    return [tree] if isinstance(tree, int) else [*leaves_of(tree[0]), *leaves_of(tree[1])]


def scale_by(g: Graph, x: Node, coef: Fraction, times: Sequence[Node], over: Sequence[Node]) -> Node:
    """coef * times * x / over, the scalars multiplied first."""
    scale = g.number(coef.numerator)
    for s in times:
        scale = g.mul(scale, s)
    x = g.mul(scale, x) if x.op != "number" or x.attrs != 1 else scale
    below = g.number(coef.denominator)
    for s in over:
        below = g.mul(below, s)
    return x if below.op == "number" and below.attrs == 1 else g.div(x, below)


def square_root(net: Network, factors: list[Operand], out: list[Label]) -> list[Operand]:
    """X' diag(d) X with d ≥ 0 as Z' Z, Z = diag(√d) X: half the multiplications, for libraries that see the symmetry."""
    for k, d in enumerate(factors):
        if not d.nonnegative or len(factors) != 3 or len(d.labels) != 1:
            continue
        a, b = (f for j, f in enumerate(factors) if j != k)
        if a.node is b.node and not a.solver and not b.solver and len(a.labels) == 2 and [x for x in a.labels if x in b.labels] == [d.labels[0]]:
            root = Operand(net.graph.map("sqrt", (d.node,)), d.labels)
            return [Operand(net.graph.mul(f.node, net.aligned(root, f.labels)), f.labels) for f in (a, b)]
    return factors
