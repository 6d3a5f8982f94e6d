"""Expressions become arrays: vectors 1-D, matrices 2-D, an open index of a sum one leading axis more.

Structure (products, traces, diag, vec, kron, sums over an index) goes into networks and vanishes there;
everything else becomes an array operation. A shared expression becomes one node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from ..core import expr as ex
from ..core.dims import ONE, Dim, dim
from ..core.expr import Expr
from ..core.facts import facts
from ..core.op import Op
from ..errors import UnsupportedError
from ..simplify.normal import normal
from . import chain
from .ir import Graph, Node
from .labels import COL, ROW, Label, Operand, aligned
from .network import Network
from .prepare import (
    SPELLED_OUT,
    argument_name,
    demanded_inverses,
    distributed,
    grouped,
    is_diagonal,
    is_one,
    is_short_power,
    multiplied_out,
    peeled,
    ranges_of,
    separate_indices,
    size_of,
    solver,
    spelled_out,
    squares_of,
    with_one_diagonal,
)
from .puts import place, put_rule

NORMS = ("norm1", "norm2", "normF")


class Index:
    """The running index of a sum: its label and its range."""

    __slots__ = ("label", "low", "high", "end")

    def __init__(self, label: Label, low: Expr, high: Expr):
        self.label = label
        self.low = low
        self.high = high
        self.end = size_of(high)

    def covers(self, size: Dim | None) -> bool:
        """Whether it runs over 1..size."""
        return self.low is ex.ONE_ and self.end is size


class Lowering:
    """The arrays of some expressions that are computed together."""

    def __init__(self, roots: Sequence[Expr], given: Mapping[str, int], in_place: bool, multiply_out: bool = False, graph: Graph | None = None):
        self.graph = graph or Graph()  # with one that was used before, the products in it are known to be needed
        self.multiply_out = multiply_out  # sums in products, where that saves multiplications
        self.in_place = in_place  # arrays may be written to, and X'X costs half: what NumPy does and JAX does not
        self.roots = separate_indices(roots)
        nodes = ex.postorder(*self.roots)
        self.signed = {a for e in nodes if e.op.name not in NORMS for a in e.args}
        self.graph.complex = any(map(ex.is_complex, nodes))
        counts = frozenset(x for e in nodes for d in ranges_of(e) for x in d.letters)
        self.typical = chain.typical(ex.letters(*self.roots), counts, given)
        self.demanded = demanded_inverses(nodes, self.roots, self.extent)
        self.values: dict[Expr, Operand] = {}
        self.products: dict[Expr, tuple[int, Operand]] = {}  # matrices, and their transposes
        self.indices: dict[str, Index] = {}
        for e in nodes:
            if e.op is ex.TOTAL and e.data not in self.indices:
                self.indices[e.data] = self._index(e)
        for e in nodes:
            if e.op is ex.NAMED:
                self.value(e)  # stage by stage, so that depth does not matter

    def output(self, root: Expr) -> Node:
        """The array that is returned: a row is 1×n."""
        value = self.value(root)
        return self.graph.view(value.node, (None, 0)) if root.rows is ONE and root.cols is not ONE else value.node

    def _index(self, e: Expr) -> Index:
        low, high = size_of(e.args[0]), size_of(e.args[1])
        if low is not None and high is not None:
            length = high + low.scaled(-1) + ONE
        else:
            length = dim(f"{e.data}_count")
            self.graph.sizes[length.text] = self.value(normal(ex.add(e.args[1], ex.neg(e.args[0]), ex.ONE_))).node
        return Index(Label(length, e.data), e.args[0], e.args[1])

    def solver(self, a: Expr) -> str:
        """How systems with this matrix are solved; LAPACK's Cholesky for real numbers drops the imaginary part of a right side."""
        self.graph.formulas.setdefault(self.value(a).node, a)
        how = solver(a)
        return "general" if how == "posdef" and self.graph.complex else how

    def extent(self, d: Dim) -> float:
        return chain.extent(d, self.typical)

    # --- values -------------------------------------------------------------------------------------

    def value(self, e: Expr) -> Operand:
        """The full array: axes of open indices, then rows and columns where they are not 1."""
        if e not in self.values:
            sign, found = self.operand(e)
            found = self.full(found, e)
            self.values[e] = found if sign > 0 else Operand(self.graph.neg(found.node), found.labels)
            if self.values[e].labels == (ROW, COL) and e.rows is e.cols and "symmetric" in facts(e):
                self.graph.symmetric.add(self.values[e].node)
        return self.values[e]

    def operand(self, e: Expr) -> tuple[int, Operand]:
        """Sign and array; an axis along which nothing changes may be absent."""
        if e in self.values:
            return 1, self.values[e]
        rule = VALUES.get(e.op) or NAMED_VALUES.get(e.op.name)
        if rule is not None:
            return 1, rule(self, e)
        if put_rule(e) is not None:
            return self.contraction(e)
        if e.op.elementwise:
            return 1, self.elementwise(e)
        return 1, self.custom(e)

    def spread(self, e: Expr) -> Expr:
        """A product with a sum multiplied out where that pays."""
        found = distributed(e, self.extent)
        return multiplied_out(e, self.extent) if found is e and self.multiply_out else found

    def contraction(self, e: Expr) -> tuple[int, Operand]:
        spread = self.spread(e)
        if spread is not e:
            return self.operand(spread)
        if e.op is not ex.MUL or ONE in (e.rows, e.cols):
            return self.network(e)
        if e not in self.products:
            sign, x = self.network(e)
            self.products[e] = sign, x
            if x.labels == (ROW, COL):
                self.products.setdefault(normal(ex.transpose(e)), (sign, Operand(self.graph.view(x.node, (1, 0)), x.labels)))
        return self.products[e]

    def network(self, e: Expr) -> tuple[int, Operand]:
        """A product, a trace, a sum, … as one contraction; a sum of sums as several."""
        if e.op is ex.TOTAL and self.spread(e.args[2]) is not e.args[2]:
            return 1, self.total(e)
        net = Network(self.graph, self.extent, self.in_place, e)
        row, col = (None if d is ONE else Label(d) for d in (e.rows, e.cols))
        if e.op is ex.TOTAL:
            net.summed.append(self.indices[e.data].label)
            self.put(net, e.args[2], row, col)
        elif not place(self, net, e, row, col):
            return 1, self.taken(e) if e.op is ex.INDEX else self.unit(e)
        return net.result(row, col)

    def full(self, x: Operand, e: Expr) -> Operand:
        """The operand with both axes there and in order."""
        lead = [y for y in x.labels if y is not ROW and y is not COL]
        core = [y for y, d in ((ROW, e.rows), (COL, e.cols)) if d is not ONE]
        sizes = {ROW: e.rows, COL: e.cols}
        labels = (*lead, *core)
        shape = tuple(sizes.get(y, y.size) for y in labels)
        return Operand(self.graph.expand(aligned(self.graph, x, labels), shape), labels)

    def together(self, operands: Sequence[Operand]) -> tuple[list[Node], tuple[Label, ...]]:
        """Arrays whose axes line up, and the labels of what combining them entry by entry gives."""
        there = dict.fromkeys(x for o in operands for x in o.labels)
        lead = [x for x in there if x is not ROW and x is not COL]
        labels = (*sorted(lead, key=lambda x: x.name), *[x for x in (ROW, COL) if x in there])
        return [aligned(self.graph, o, labels) for o in operands], labels

    # --- arithmetic entry by entry ----------------------------------------------------------------------

    def add(self, e: Expr) -> Operand:
        merged = with_one_diagonal(e)
        if merged is not e:
            return self.value(merged)
        signed = [self.operand(a) for a in e.args]
        nodes, labels = self.together([o for _, o in signed])
        return Operand(self.graph.add([(sign, x) for (sign, _), x in zip(signed, nodes)]), labels)

    def hadamard(self, e: Expr) -> Operand:
        """The product of the factors over the product of those with exponent -1."""
        below = [a.args[0] for a in e.args if a.op is ex.POW and a.args[1] is ex.MINUS_ONE]
        above = [a for a in e.args if not (a.op is ex.POW and a.args[1] is ex.MINUS_ONE)]
        signed = [self.operand(a) for a in (*above, *below)]
        nodes, labels = self.together([o for _, o in signed])
        top: Node = self.graph.number(1)
        for x in nodes[: len(above)]:
            top = self.graph.mul(top, x)
        for x in nodes[len(above) :]:
            top = self.graph.div(top, x)
        negative = sum(sign < 0 for sign, _ in signed) % 2
        return Operand(self.graph.neg(top) if negative else top, labels)

    def power(self, e: Expr) -> Operand:
        base, exponent = e.args
        g = self.graph
        if exponent.op is not ex.NUM:
            nodes, labels = self.together([self.value(base), self.value(exponent)])
            return Operand(g.pow(*nodes), labels)
        if base.op.name in ("norm2", "normF") and exponent.data % 2 == 0:
            squares, half = self.sum_of_squares(base.args[0]), Fraction(exponent.data, 2)
            node = squares.node if abs(half) == 1 else g.pow(squares.node, g.number(abs(half)))
            return Operand(g.div(g.number(1), node) if half < 0 else node, squares.labels)
        x = self.value(base)
        size = abs(Fraction(exponent.data))
        if size.denominator == 2:
            root = g.map("sqrt", (x.node,))
            node = root if size.numerator == 1 else g.pow(root, g.number(size.numerator))
        else:
            node = x.node if size == 1 else self.raised(x.node, size)
        return Operand(g.div(g.number(1), node) if exponent.data < 0 else node, x.labels)

    def raised(self, x: Node, size: Fraction) -> Node:
        """x**size; NumPy is fast at squares only."""
        g = self.graph
        if self.in_place and x.shape and size in (3, 4):
            square = g.pow(x, g.number(2))
            return g.mul(x, square) if size == 3 else g.pow(square, g.number(2))
        return g.pow(x, g.number(size))

    def unsigned(self, e: Expr) -> Expr:
        """e or -e, whichever is needed elsewhere, for functions to which the sign means nothing."""
        negative = normal(ex.neg(e))
        return negative if negative in self.signed and e not in self.signed else e

    def sum_of_squares(self, e: Expr) -> Operand:
        squared = squares_of(e)
        if squared is not None:
            return self.value(ex.call("sum", squared))
        x = self.value(self.unsigned(e))
        lead = tuple(y for y in x.labels if y is not ROW and y is not COL)
        if ex.is_complex(e):
            parts = [self.graph.map(part, (x.node,)) for part in ("real", "imag")]
            squares = self.graph.add([(1, self.graph.mul(p, p)) for p in parts])
            return Operand(self.graph.sum(squares, range(len(lead), len(x.labels))), lead)
        if lead:
            return Operand(self.graph.sum(self.graph.mul(x.node, x.node), range(len(lead), len(x.labels))), lead)
        return Operand(self.graph.inner(x.node, x.node) if x.labels else self.graph.mul(x.node, x.node), ())

    def elementwise(self, e: Expr) -> Operand:
        name, arg = e.op.name, e.args[0]
        if name in SPELLED_OUT:
            formal = ex.var("X", arg.rows, arg.cols)
            return self.value(ex.substitute(spelled_out(name, formal), {formal: arg}))
        if name == "log":
            stable = self.stable_log(arg)
            if stable is not None:
                return stable
        x = self.value(arg)
        return Operand(self.graph.map(name, (x.node,)), x.labels)

    def stable_log(self, arg: Expr) -> Operand | None:
        """log(softmax(x)), log(sigmoid(x)), log(1 - sigmoid(x)), log(sum(exp(x))) and log(det(X)) without under- or overflow."""
        form = normal(ex.call("log", arg))
        if form.op.name in ("logdet", "logsumexp", "softplus"):
            return self.value(form)
        arg = peeled(arg)
        if arg.op.name == "softmax":
            return self.columnwise(arg, "log_softmax")
        if arg.op is ex.INDEX and peeled(arg.args[0]).op.name == "softmax":
            return self.value(ex.rebuild(arg, (ex.call("log", arg.args[0]), *arg.args[1:])))
        g, inside = self.graph, -1
        if arg.op is ex.ADD and len(arg.args) == 2:
            rest = [peeled(a.args[1]) for a in arg.args if a.op is ex.MUL and len(a.args) == 2 and a.args[0] is ex.MINUS_ONE]
            if len(rest) == 1 and any(is_one(a) for a in arg.args):
                arg, inside = rest[0], 1
        if arg.op.name != "sigmoid":
            return None
        x = self.value(arg.args[0])
        return Operand(g.neg(g.map("softplus", (x.node if inside > 0 else g.neg(x.node),))), x.labels)

    def mapped(self, e: Expr) -> Operand:
        """max, min and comparisons of two arrays."""
        nodes, labels = self.together([self.value(a) for a in e.args])
        return Operand(self.graph.map(e.op.name, nodes), labels)

    def part(self, e: Expr) -> Operand:
        """conj, real, imag."""
        x = self.value(e.args[0])
        return Operand(self.graph.map(e.op.name, (x.node,)), x.labels)

    def huber(self, e: Expr) -> Operand:
        """y*(x - y/2) with y = max(-c, min(c, x)): no difference of large squares."""
        x, threshold = e.args
        y = ex.broadcasting(ex.MAX, (ex.neg(threshold), ex.broadcasting(ex.MIN, (threshold, x))))
        return self.value(ex.hadamard(y, ex.add(x, ex.mul(ex.num(Fraction(-1, 2)), y))))

    def generic(self, e: Expr) -> Operand:
        x = self.value(e.args[0])
        return Operand(self.graph.map("generic", (x.node,), e.data), x.labels)

    # --- functions of whole arrays ------------------------------------------------------------------------

    def columnwise(self, e: Expr, name: str = "") -> Operand:
        """softmax, logsumexp and log_softmax of a vector or of each column."""
        x = self.value(e.args[0])
        name = name or e.op.name
        if ROW not in x.labels:
            return {"softmax": Operand(self.graph.ones(x.node.shape), x.labels), "log_softmax": Operand(self.graph.zeros(x.node.shape), x.labels)}.get(name, x)
        axis = x.labels.index(ROW) - len(x.labels)
        gone = name == "logsumexp"
        labels = tuple(y for y in x.labels if not (gone and y is ROW))
        shape = tuple(d for y, d in zip(x.labels, x.node.shape) if not (gone and y is ROW))
        return Operand(self.graph.call(name, (x.node,), shape, axis), labels)

    def square(self, e: Expr) -> Operand:
        """inv, adj, expm, tril, …: a square matrix of a square matrix."""
        name = e.op.name
        if name == "inv" and is_diagonal(e.args[0]):
            return self.contraction(e)[1]
        x = self.value(e.args[0])
        attrs = self.solver(e.args[0]) if name == "inv" and len(x.labels) == 2 else None
        if name in ("logm", "sqrtm") and "psd" in facts(e.args[0]) and not self.graph.complex:
            name += "_definite"
        elif name == "adj" and self.graph.complex:
            name = "adj_complex"
        return Operand(self.graph.call(name, (x.node,), x.node.shape, attrs), x.labels)

    def half(self, e: Expr) -> Operand:
        """vech: the entries on and below the diagonal."""
        x = self.value(e.args[0])
        if x.labels not in ((), (ROW, COL)):
            raise UnsupportedError("code for vech of a matrix that changes along the sum is not available")
        return Operand(self.graph.call("vech", (x.node,), (e.rows,)), (ROW,)) if x.labels else x

    def structure(self, e: Expr) -> Operand:
        """dup(n), elim(n), toep(n)."""
        name, n = e.data
        return Operand(self.graph.call(name, (self.graph.size(n),), (e.rows, e.cols)), (ROW, COL))

    def determinant(self, e: Expr) -> Operand:
        x = self.value(e.args[0])
        attrs = self.solver(e.args[0]) if e.op.name == "logdet" and len(x.labels) == 2 else None
        return Operand(self.graph.call(e.op.name, (x.node,), x.node.shape[:-2], attrs), x.labels[:-2])

    def matrices(self, e: Expr) -> Operand:
        """sylvester, lyapunov, polar, eigvecs: a matrix of matrices."""
        given = [self.value(a) for a in e.args]
        name = "eigvec" if e.op.name == "eigvecs" and e.is_vector else e.op.name
        if name == "eigvec":
            given = given[:1]
        if any(len(x.labels) != 2 for x in given):
            raise UnsupportedError("code for {operation} of a vector, or along a sum, is not available", operation=e.op.name)
        shape, labels = ((e.rows,), (ROW,)) if e.is_vector else ((e.rows, e.cols), (ROW, COL))
        return Operand(self.graph.call(name, tuple(x.node for x in given), shape, None), labels)

    def norm(self, e: Expr) -> Operand:
        x = self.value(self.unsigned(e.args[0]))
        g = self.graph
        lead = tuple(y for y in x.labels if y is not ROW and y is not COL)
        if e.op.name == "norm1":
            return Operand(g.sum(g.map("abs", (x.node,)), range(len(lead), len(x.labels))), lead)
        if lead:
            return Operand(g.map("sqrt", (self.sum_of_squares(e.args[0]).node,)), lead)
        return Operand(g.call("norm", (x.node,), ()) if x.labels else g.map("abs", (x.node,)), ())

    def matrix_power(self, e: Expr) -> Operand:
        if is_short_power(e):
            return self.contraction(e)[1]
        x, k = self.value(e.args[0]), self.value(e.args[1])
        if not k.labels:
            return Operand(self.graph.call("matrix_power", (x.node, k.node), x.node.shape), x.labels)
        if x.labels != (ROW, COL):
            raise UnsupportedError("code for powers of a matrix that changes along the sum is not available")
        return Operand(self.graph.call("powers", (x.node, k.node), (*k.node.shape, *x.node.shape)), (*k.labels, ROW, COL))

    def block(self, e: Expr) -> Operand:
        """Blocks side by side, then above each other."""
        height, width = e.data
        rows = [self.joined(e.args[r * width : (r + 1) * width], COL) for r in range(height)]
        return rows[0] if height == 1 else self.stacked(rows, ROW)

    def joined(self, blocks: Sequence[Expr], axis: Label) -> Operand:
        return self.stacked([self.matrix(b) for b in blocks], axis)

    def matrix(self, e: Expr) -> Operand:
        """A block as a matrix, with axes of length 1 where it has none."""
        x = self.value(e)
        lead = tuple(y for y in x.labels if y is not ROW and y is not COL)
        perm = (*range(len(lead)), *[x.labels.index(y) if y in x.labels else None for y in (ROW, COL)])
        return Operand(self.graph.view(x.node, perm), (*lead, ROW, COL))

    def stacked(self, parts: Sequence[Operand], axis: Label) -> Operand:
        lead = sorted({y for p in parts for y in p.labels if y is not ROW and y is not COL}, key=lambda y: y.name)
        labels = (*lead, ROW, COL)
        nodes = []
        for p in parts:
            perm = tuple(p.labels.index(y) if y in p.labels else None for y in labels)
            x = self.graph.view(p.node, perm)
            nodes.append(self.graph.expand(x, (*[y.size for y in lead], *x.shape[-2:])))
        if len(nodes) == 1:
            return Operand(nodes[0], labels)
        at = labels.index(axis) - len(labels)
        total = nodes[0].shape[at]
        for x in nodes[1:]:
            total = total + x.shape[at]
        shape = list(nodes[0].shape)
        shape[at] = total
        return Operand(self.graph.call("concatenate", nodes, tuple(shape), at), labels)

    def block_value(self, e: Expr) -> Operand:
        x = self.block(e)
        core = [y for y, d in ((ROW, e.rows), (COL, e.cols)) if d is not ONE]
        labels = (*x.labels[:-2], *core)
        return Operand(self.graph.reshape(x.node, tuple(d for y, d in zip(x.labels, x.node.shape) if y in labels)), labels)

    def custom(self, e: Expr) -> Operand:
        """A function added by the user: its record computes on stacks of matrices."""
        if not e.op.numpy:
            raise UnsupportedError("code for {operation} is not available: its record has no spelling", operation=e.op.name)
        parts = [self.matrix(a) for a in e.args]
        lead = sorted({y for p in parts for y in p.labels[:-2]}, key=lambda y: y.name)
        nodes = [self.graph.view(p.node, tuple(p.labels.index(y) if y in p.labels else None for y in (*lead, ROW, COL))) for p in parts]
        core = tuple(y for y, d in ((ROW, e.rows), (COL, e.cols)) if d is not ONE)
        sizes = {ROW: e.rows, COL: e.cols}
        stack = self.graph.call("custom", nodes, (*[y.size for y in lead], e.rows, e.cols), (e.op.name, e.op.numpy))
        return Operand(self.graph.reshape(stack, tuple(sizes.get(y, y.size) for y in (*lead, *core))), (*lead, *core))

    # --- leaves -----------------------------------------------------------------------------------------------

    def argument(self, e: Expr) -> Operand:
        if e.op is ex.DVAR and e.data.op is not ex.VAR:
            raise UnsupportedError("code for the differential of the intermediate {name} is not available; differentiate by variables", name=e.data.data)
        labels = tuple(y for y, d in ((ROW, e.rows), (COL, e.cols)) if d is not ONE)
        shape = tuple(d for d in (e.rows, e.cols) if d is not ONE)
        name = argument_name(e)
        if e.rows is ONE and e.cols is not ONE:
            row = self.graph.argument(name, (ONE, *shape))
            return Operand(self.graph.take(row, self.graph.number(1), 0), labels)
        return Operand(self.graph.argument(name, shape), labels)

    def family(self, e: Expr) -> Node:
        return self.graph.argument(argument_name(e), (e.data[3], *[d for d in (e.rows, e.cols) if d is not ONE]))

    def member(self, e: Expr) -> Operand:
        """x[i]: the family itself under a sum over all samples, else the samples asked for."""
        family, place = e.args
        node = self.family(family)
        core = tuple(y for y, d in ((ROW, e.rows), (COL, e.cols)) if d is not ONE)
        index = self.indices.get(place.data) if place.op is ex.IDX else None
        if index is not None and index.covers(family.data[3]):
            return Operand(node, (index.label, *core))
        at = self.value(place)
        return Operand(self.graph.take(node, at.node, 0), (*at.labels, *core))

    def index_variable(self, e: Expr) -> Operand:
        if e.data not in self.indices:
            return Operand(self.graph.argument(e.data, ()), ())
        index = self.indices[e.data]
        low, high = self.value(index.low).node, self.value(index.high).node
        ends = (low, self.graph.plus(high, 1), self.graph.plus(low, -1), high)
        return Operand(self.graph.call("arange", ends, (index.label.size,)), (index.label,))

    def taken(self, e: Expr) -> Operand:
        """X[i,k] for places that are not a whole axis; the second of two running places by a one-hot factor."""
        base = self.value(e.args[0])
        places = iter(e.args[1:])
        for axis, has in zip((ROW, COL), e.data):
            if not has:
                continue
            at = self.value(next(places))
            if axis not in base.labels:
                continue
            k = base.labels.index(axis)
            if any(y in base.labels for y in at.labels):
                net = Network(self.graph, self.extent, self.in_place, e)
                fresh = Label(base.node.shape[k])
                net.summed.append(fresh)
                net.put(base.node, [fresh if y is axis else y for y in base.labels])
                net.put(self.graph.take(self.graph.eye(fresh.size), at.node, 0), (*at.labels, fresh))
                rest = [y for y in base.labels if y is not axis]
                base = net.contracted(net.resolved(), rest)
            else:
                base = Operand(self.graph.take(base.node, at.node, k), (*base.labels[:k], *at.labels, *base.labels[k + 1 :]))
        return base

    def unit(self, e: Expr) -> Operand:
        at = self.value(e.args[0])
        return Operand(self.graph.take(self.graph.eye(e.rows), at.node, 0), (*at.labels, ROW))

    def refuse(self, e: Expr) -> Operand:
        raise UnsupportedError("code needs a worked-out differential; d(…) is still to be expanded")

    def put(self, net: Network, e: Expr, row: Label | None, col: Label | None) -> None:
        """Add the factors of e, whose axes are `row` and `col`."""
        rule = put_rule(e)
        if rule is None or self.spread(e) is not e or not rule(self, net, e, row, col):
            value = self.value(e)
            labels = [row if y is ROW else col if y is COL else y for y in value.labels]
            net.put(value.node, labels, nonnegative=self.in_place and "nonnegative" in facts(e))

    # --- a sum over an index ----------------------------------------------------------------------------------------

    def total(self, e: Expr) -> Operand:
        """Terms that are products are contracted one by one; the rest is added up, then summed."""
        body = self.spread(e.args[2])
        parts = grouped(body) if body.op is ex.ADD else [body]
        if len(parts) == 1:
            sign, value = self.contraction(e if parts[0] is e.args[2] else ex.total(e.data, e.args[0], e.args[1], parts[0]))
            return value if sign > 0 else Operand(self.graph.neg(value.node), value.labels)
        return self.add(ex.add(*[ex.total(e.data, e.args[0], e.args[1], p) for p in parts]))


def _number(low: Lowering, e: Expr) -> Operand:
    return Operand(low.graph.number(e.data), ())


def _named(low: Lowering, e: Expr) -> Operand:
    x = low.value(e.args[0])
    return Operand(low.graph.make("named", (x.node,), e.data, x.node.shape), x.labels)


def _zeros(low: Lowering, e: Expr) -> Operand:
    labels = tuple(y for y, d in ((ROW, e.rows), (COL, e.cols)) if d is not ONE)
    return Operand(low.graph.zeros(tuple(d for d in (e.rows, e.cols) if d is not ONE)), labels)


VALUES: dict[Op, Callable[[Lowering, Expr], Operand]] = {
    ex.NUM: _number,
    ex.PI: lambda low, e: Operand(low.graph.make("pi", (), None, ()), ()),
    ex.UNIT_I: lambda low, e: Operand(low.graph.make("imaginary", (), None, ()), ()),
    **dict.fromkeys((ex.CONJ, ex.REAL, ex.IMAG), Lowering.part),
    ex.SIZE: lambda low, e: Operand(low.graph.size(e.data), ()),
    ex.VAR: Lowering.argument,
    ex.DVAR: Lowering.argument,
    ex.DIFF: Lowering.argument,
    ex.D: Lowering.refuse,
    ex.IDX: Lowering.index_variable,
    ex.MEMBER: Lowering.member,
    ex.NAMED: _named,
    ex.ZEROS: _zeros,
    ex.STRUCTURE: Lowering.structure,
    ex.ADD: Lowering.add,
    ex.HAD: Lowering.hadamard,
    ex.POW: Lowering.power,
    ex.MPOW: Lowering.matrix_power,
    ex.GENERIC: Lowering.generic,
    ex.BLOCK: Lowering.block_value,
    ex.MAX: Lowering.mapped,
    ex.MIN: Lowering.mapped,
    ex.HUBER: Lowering.huber,
    ex.TOTAL: Lowering.total,
    **dict.fromkeys(ex.COMPARE.values(), Lowering.mapped),
}
NAMED_VALUES: dict[str, Callable[[Lowering, Expr], Operand]] = {
    **dict.fromkeys(("inv", "adj", "expm", "logm", "sqrtm", "tril", "triu"), Lowering.square),
    "vech": Lowering.half,
    **dict.fromkeys(("det", "logdet"), Lowering.determinant),
    **dict.fromkeys(("sylvester", "lyapunov", "polar", "eigvecs"), Lowering.matrices),
    **dict.fromkeys(NORMS, Lowering.norm),
    **dict.fromkeys(("softmax", "logsumexp"), Lowering.columnwise),
}
