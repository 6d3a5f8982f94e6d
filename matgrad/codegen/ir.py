"""Array operations: hash-consed nodes with a size for every axis; building one simplifies it.

Axes are positional; scalars have none. `view` permutes axes and inserts new ones of length 1, so what
NumPy would broadcast is explicit here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ..core.dims import ONE, Dim
from ..core.expr import Expr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Shape = tuple[Dim, ...]
Perm = tuple[int | None, ...]


class Node:
    """One array operation: name, arguments, whatever else it needs, and the size of every axis."""

    __slots__ = ("op", "args", "attrs", "shape")

    def __init__(self, op: str, args: tuple[Node, ...], attrs: Any, shape: Shape):
        self.op = op
        self.args = args
        self.attrs = attrs
        self.shape = shape

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(repr, self.args))}){self.shape}"


class Graph:
    """Makes nodes; equal constructions give one node."""

    def __init__(self) -> None:
        self._nodes: dict[Any, Node] = {}
        self._ages: dict[Node, int] = {}
        self.sizes: dict[str, Node] = {}  # lengths of sums that no size letter names
        self.symmetric: set[Node] = set()  # matrices that are their own transpose
        self.formulas: dict[Node, Expr] = {}  # of matrices that are factorised, as an error names them
        self.complex = False  # whether entries may be complex; libraries conjugate then in an inner product
        self.products: dict[tuple[Node, Node, int, int], set[Any]] = {}  # pairs contracted, along which axes, and for what

    def make(self, op: str, args: Sequence[Node], attrs: Any, shape: Shape) -> Node:
        key = (op, tuple(args), attrs, shape)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Node(op, tuple(args), attrs, shape)
        return found

    def inherit(self, x: Node, y: Node) -> None:
        """y takes the place of x."""
        if x in self.symmetric:
            self.symmetric.add(y)
        if x in self.formulas:
            self.formulas.setdefault(y, self.formulas[x])

    def age(self, x: Node) -> int:
        """Nodes are counted as they are first asked for."""
        return self._ages.setdefault(x, len(self._ages))

    # --- leaves ---------------------------------------------------------------------------------

    def number(self, value: int | Fraction) -> Node:
        return self.make("number", (), value, ())

    def argument(self, name: str, shape: Shape) -> Node:
        return self.make("argument", (), name, shape)

    def size(self, d: Dim) -> Node:
        return self.number(d.value) if d.value is not None else self.make("size", (), d, ())

    def eye(self, n: Dim) -> Node:
        return self.make("eye", (), None, (n, n))

    def ones(self, shape: Shape) -> Node:
        return self.make("ones", (), None, shape) if shape else self.number(1)

    def zeros(self, shape: Shape) -> Node:
        return self.make("zeros", (), None, shape) if shape else self.number(0)

    # --- shape ----------------------------------------------------------------------------------

    def view(self, x: Node, perm: Perm) -> Node:
        """Axes of x in a new order; None inserts an axis of length 1. Views of views are one view."""
        if x.op == "view":
            perm = tuple(None if p is None else x.attrs[p] for p in perm)
            x = x.args[0]
        if not x.shape and perm:
            return self.expand(x, (ONE,) * len(perm))  # numbers have no axes to index
        if x.op == "eye" and perm.index(0) > perm.index(1):
            perm = tuple(None if p is None else 1 - p for p in perm)  # it is symmetric
        if perm == tuple(range(len(x.shape))) or perm == (1, 0) and x in self.symmetric:
            return x
        return self.make("view", (x,), perm, tuple(ONE if p is None else x.shape[p] for p in perm))

    def reshape(self, x: Node, shape: Shape) -> Node:
        if x.op == "reshape":
            x = x.args[0]
        return x if x.shape == shape else self.make("reshape", (x,), None, shape)

    def expand(self, x: Node, shape: Shape) -> Node:
        """x with axes of length 1 filled up to `shape`."""
        if x.shape == shape:
            return x
        if x.op in ("number", "ones", "zeros"):
            filled = self.ones(shape) if x.op != "zeros" and x.attrs != 0 else self.zeros(shape)
            return self.mul(x, filled) if x.op == "number" and x.attrs else filled
        return self.make("expand", (x,), None, shape)

    # --- arithmetic, with broadcasting ------------------------------------------------------------

    def add(self, terms: Sequence[tuple[int, Node]]) -> Node:
        """±a ± b …, with the numbers added up."""
        terms = [(-sign, x.args[0]) if x.op == "neg" else (sign, x) for sign, x in terms]
        numbers = [sign * x.attrs for sign, x in terms if x.op == "number"]
        if len(numbers) > 1 or any(n < 0 for n in numbers) or 0 in numbers and len(terms) > 1:
            total = sum(numbers)
            rest = [(sign, x) for sign, x in terms if x.op != "number"]
            terms = [*rest, *([(1 if total > 0 else -1, self.number(abs(total)))] if total or not rest else [])]
        if len(terms) == 1:
            sign, x = terms[0]
            return x if sign > 0 else self.neg(x)
        if len(terms) == 2:
            for (sign, x), (other, y) in (terms, terms[::-1]):
                if x.op == "call" and x.attrs[0] == "arange" and sign > 0 and y.op == "number" and isinstance(y.attrs, int):
                    return self.call("arange", [self.plus(a, other * y.attrs) for a in x.args], x.shape)  # shifted
        signs = tuple(sign for sign, _ in terms)
        args = tuple(x for _, x in terms)
        return self.make("add", args, signs, broadcast(a.shape for a in args))

    def plus(self, x: Node, k: int) -> Node:
        """x + k for a whole number k."""
        if k == 0:
            return x
        known = list(zip(x.attrs, x.args)) if x.op == "add" and not x.shape else [(1, x)]
        return self.add([*known, (1 if k > 0 else -1, self.number(abs(k)))])

    def neg(self, x: Node) -> Node:
        if x.op == "number":
            return self.number(-x.attrs)
        return x.args[0] if x.op == "neg" else self.make("neg", (x,), None, x.shape)

    def mul(self, a: Node, b: Node) -> Node:
        for x, y in ((a, b), (b, a)):
            if x.op == "number" and x.attrs == 1:
                return y
            if x.op == "number" and x.attrs == -1:
                return self.neg(y)
            if x.op == "ones" and len(x.shape) <= len(y.shape) and broadcast((x.shape, y.shape)) == y.shape:
                return y
            if x.op == "neg":
                return self.neg(self.mul(*((x.args[0], y) if x is a else (y, x.args[0]))))
            if x.op == "div" and x.args[0].op == "number" and (x.args[0].attrs == 1 or y.op == "number"):
                return self.div(self.mul(x.args[0], y), x.args[1])
            if x.op == "number" and y.op == "mul" and y.args[0].op == "number":
                return self.mul(self.number(x.attrs * y.args[0].attrs), y.args[1])
            if not x.shape and y.op == "mul" and y.shape and not y.args[0].shape:
                return self.mul(self.mul(x, y.args[0]), y.args[1])  # scalars first: one pass over the array
        return self.make("mul", (a, b), None, broadcast((a.shape, b.shape)))

    def div(self, a: Node, b: Node) -> Node:
        if a.op == "number" and b.op == "number":
            return self.number(Fraction(a.attrs) / b.attrs)
        if b.op == "number" and b.attrs == 1:
            return a
        if b.op == "number" and a.op == "mul" and a.args[0].op == "number":
            ratio = Fraction(a.args[0].attrs) / b.attrs
            if ratio.denominator == 1 or ratio.numerator == 1:
                return self.div(self.mul(self.number(ratio.numerator), a.args[1]), self.number(ratio.denominator))
        return self.make("div", (a, b), None, broadcast((a.shape, b.shape)))

    def pow(self, a: Node, b: Node) -> Node:
        return self.make("pow", (a, b), None, broadcast((a.shape, b.shape)))

    def map(self, name: str, args: Sequence[Node], attrs: Any = None) -> Node:
        """An entry-by-entry function."""
        return self.make("map", args, (name, attrs), broadcast(a.shape for a in args))

    # --- reductions and products ------------------------------------------------------------------

    def sum(self, x: Node, axes: Iterable[int]) -> Node:
        gone = tuple(sorted(axes))
        if not gone:
            return x
        shape = tuple(d for i, d in enumerate(x.shape) if i not in gone)
        if x.op == "diagonal" and gone == (len(x.shape) - 1,) and len(x.args[0].shape) == 2:
            return self.make("trace", x.args, None, ())
        if x.op == "sum" and not shape:
            return self.sum(x.args[0], range(len(x.args[0].shape)))
        if x.op == "mul" and not shape and x.args[0].shape == x.args[1].shape:
            return self.inner(*x.args)
        if x.op == "view" and None not in x.attrs:
            kept = [p for i, p in enumerate(x.attrs) if i not in gone]
            if kept == sorted(kept):
                return self.sum(x.args[0], [x.attrs[i] for i in gone])
        return self.make("sum", (x,), gone, shape)

    def matmul(self, a: Node, b: Node) -> Node:
        """a @ b: last axis of a with the last but one of b (of a vector: its only one)."""
        shape = a.shape[:-1] + b.shape[-1:] if len(b.shape) > 1 else a.shape[:-1]
        if a.op == "neg" or b.op == "neg":
            bare = self.matmul(*(x.args[0] if x.op == "neg" else x for x in (a, b)))
            return bare if a.op == b.op else self.neg(bare)
        found = self.make("matmul", (a, b), None, shape)
        if len(shape) == 2 and a is self.view(b, (1, 0)):
            self.symmetric.add(found)
        return found

    def inner(self, a: Node, b: Node) -> Node:
        """The sum of a .* b over all axes."""
        if self.complex and len(a.shape) > 1:  # np.vdot conjugates
            return self.make("sum", (self.mul(a, b),), tuple(range(len(a.shape))), ())
        return self.matmul(a, b) if len(a.shape) == 1 else self.make("inner", (a, b), None, ())

    def tensordot(self, a: Node, b: Node, axes: tuple[tuple[int, ...], tuple[int, ...]]) -> Node:
        left = tuple(d for i, d in enumerate(a.shape) if i not in axes[0])
        right = tuple(d for i, d in enumerate(b.shape) if i not in axes[1])
        return self.make("tensordot", (a, b), axes, left + right)

    def einsum(self, text: str, a: Node, b: Node) -> Node:
        inputs, out = text.split("->")
        sizes = {letter: d for part, x in zip(inputs.split(","), (a, b)) for letter, d in zip(part, x.shape)}
        return self.make("einsum", (a, b), text, tuple(sizes[letter] for letter in out))

    def diagonal(self, x: Node, i: int, j: int) -> Node:
        """The entries with equal index on axes i and j, as a last axis."""
        rest = tuple(d for k, d in enumerate(x.shape) if k not in (i, j))
        return self.make("diagonal", (x,), (i, j), (*rest, x.shape[i]))

    def diag(self, x: Node) -> Node:
        """The diagonal matrix of a vector."""
        return self.make("diag", (x,), None, (x.shape[0], x.shape[0]))

    def spread(self, x: Node, pattern: str, shape: Shape) -> Node:
        """An array of zeros but where axes with one letter have equal indices: "ikjk->ijk" puts x[i,j,k] at [i,k,j,k]."""
        return self.make("spread", (x,), pattern, shape)

    def kron(self, a: Node, b: Node) -> Node:
        return self.make("kron", (a, b), None, tuple(p * q for p, q in zip(a.shape, b.shape)))

    def take(self, x: Node, at: Node, axis: int) -> Node:
        """Entries at positions counted from 1: one position drops the axis, several replace it."""
        return self.make("take", (x, at), axis, (*x.shape[:axis], *at.shape, *x.shape[axis + 1 :]))

    def call(self, name: str, args: Sequence[Node], shape: Shape, attrs: Any = None) -> Node:
        """A function of whole arrays."""
        return self.make("call", args, (name, attrs), shape)


def broadcast(shapes: Iterable[Shape]) -> Shape:
    """The common shape of arrays that are combined entry by entry."""
    out: list[Dim] = []
    for shape in shapes:
        out[:0] = [ONE] * (len(shape) - len(out))
        for k in range(1, len(shape) + 1):
            if out[-k] is ONE:
                out[-k] = shape[-k]
    return tuple(out)


def postorder(roots: Iterable[Node]) -> list[Node]:
    """Every node below the roots once, arguments first."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(r, False) for r in reversed(list(roots))]
    while stack:
        x, ready = stack.pop()
        if ready:
            order.append(x)
        elif x not in seen:
            seen.add(x)
            stack.append((x, True))
            stack.extend((a, False) for a in reversed(x.args) if a not in seen)
    return order
