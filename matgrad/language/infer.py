"""Undeclared names: their kinds and sizes, by unifying the sizes of the expression.

Capitals are matrices; other names are vectors where that fits and scalars where it does not; lambda, the
multiplier in front of a penalty, is a scalar first. The reading
with the fewest exceptions wins; what cannot be decided is asked for by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import combinations
from operator import add, mul

from ..core.dims import ONE, ZERO, Dim, dim
from ..core.expr import STRUCTURES, var
from ..core.op import OPS
from ..errors import Series, ShapeError
from .declare import Declarations
from .names import ALIASES
from .syntax import Ast, Definition

LETTERS = "m n p q r s k l u v w h".split() + [f"n{i}" for i in range(1, 200)]
ELEMENTWISE_SPECIAL = {"sqrt", "sqr", "exp?", "log?", "sqrt?", "square"}
MAX_TRIALS = 600


class Misfit(Exception):
    """This reading of the names does not fit."""


class Cell:
    """A size that is not known yet: a union-find cell."""

    __slots__ = ("link",)

    def __init__(self) -> None:
        self.link: Size | None = None


class Compound:
    """A product of sizes (of kron, of vec: the outer first) or a sum of them (of blocks), not all known yet."""

    __slots__ = ("sign", "parts")

    def __init__(self, sign: str, *parts: Size):
        self.sign = sign
        self.parts = parts


Size = Cell | Dim | Compound
Shape = tuple[Size, Size]


def find(size: Size) -> Size:
    while isinstance(size, Cell) and size.link is not None:
        size = size.link
    if not isinstance(size, Compound):
        return size
    parts = [p for p in map(find, size.parts) if size.sign == "+" or p is not ONE] or [ONE]
    if len(parts) == 1:
        return parts[0]
    known = [p for p in parts if isinstance(p, Dim)]
    return reduce(add if size.sign == "+" else mul, known) if len(known) == len(parts) else Compound(size.sign, *parts)


def leaves(size: Size) -> Iterator[Size]:
    size = find(size)
    if isinstance(size, Compound):
        for part in size.parts:
            yield from leaves(part)
    else:
        yield size


def unify(a: Size, b: Size) -> None:
    a, b = find(a), find(b)
    if a is b:
        return
    if isinstance(b, Cell) or isinstance(b, Compound) and isinstance(a, Dim):
        a, b = b, a
    if isinstance(a, Cell):
        if a in leaves(b):
            raise Misfit
        a.link = b
    elif isinstance(a, Compound):
        _unify_parts(a, b)
    else:
        raise Misfit


def _unify_parts(a: Compound, b: Size) -> None:
    """Part by part, as kron(A, B) vec(X) and [A, b] [x; 1] mean it; against a known size, for the one part that is not known."""
    if isinstance(b, Compound):
        if a.sign != b.sign or len(a.parts) != len(b.parts):
            raise Misfit
        for x, y in zip(a.parts, b.parts):
            unify(x, y)
        return
    assert isinstance(b, Dim)
    known = [p for p in a.parts if isinstance(p, Dim)]
    rest = b + reduce(add, known, ZERO).scaled(-1) if a.sign == "+" else b.divided(reduce(mul, known, ONE))
    if len(known) < len(a.parts) - 1 or rest is None or rest.value is not None and rest.value < 1:
        raise Misfit
    unify(next(p for p in a.parts if not isinstance(p, Dim)), rest)


def infer(text: str, definitions: list[Definition], result: Ast, known: Declarations) -> Declarations:
    """Declarations extended by the undeclared names. Raises ShapeError naming what cannot be decided."""
    known = known.copy()
    declare_parameters(known)
    unknown = undeclared(definitions, result, known)
    constants = has_constants(definitions, result)
    unsized = unsized_constants(definitions, result)
    if not unknown and not unsized:
        return known
    for member in transposed_entries(definitions, result):
        name = str(member.parts[0].value)
        if name in unknown:
            wanted = (
                "a transpose after {name}[…] says that it is a vector; declare {name}[i]: vector(n), i=1..N if it is a family of samples, "
                "{name}: vector(N) if it is a number"
            )
            raise ShapeError(wanted, text, member.span, name=name)
    for kinds, broadcast in readings(list(unknown), constants, transposed_names(definitions, result)):
        reading = Reading(definitions, known, kinds, broadcast)
        try:
            shapes = reading.read(result)
        except Misfit:
            continue
        found = _declare(known, shapes)
        for ast in unsized:
            settle(ast, reading.constants.get(ast), text)
        return found
    if not unknown:
        settle(unsized[0], None, text)
    name, span = next(iter(unknown.items()))
    if len(unknown) == 1:
        raise ShapeError("the sizes of {name} cannot be decided from the expression; declare it, as in {name}: matrix(m,n)", text, span, name=name)
    sentence = "the sizes of {names} cannot be decided from the expression; declare them, as in {name}: matrix(m,n)"
    raise ShapeError(sentence, text, span, names=Series(unknown), name=name)


def declare_parameters(known: Declarations) -> None:
    """The t of A(t) is a scalar. Raises ShapeError where it is declared as something else."""
    for v in list(known.variables.values()):
        for p in v.data[2]:
            if p not in known.variables:
                known.add(p, var(p))
                known.assumed.append(f"{p}: scalar")
            elif not known.variables[p].is_scalar:
                of = known.variables[p]
                sentence = "{name}({argument}) is an unspecified function of a scalar; {argument} is {type}"
                raise ShapeError(sentence, name=v.data[0], argument=p, type=type_text(of.rows, of.cols))


def undeclared(definitions: list[Definition], result: Ast, known: Declarations) -> dict[str, tuple[int, int]]:
    """Names that nothing declares, with their first place."""
    defined = {d.name for d in definitions}
    found: dict[str, tuple[int, int]] = {}

    def visit(ast: Ast, bound: frozenset[str]) -> None:
        if ast.kind == "name":
            name = str(ast.value)
            if name in bound or name in defined or name in known.variables or name == "pi" or name in known.sizes or name in OPS or name in known.functions:
                return
            if name.startswith("d") and (name[1:] in known.variables or name[1:] in defined):
                return
            found.setdefault(name, ast.span)
            return
        if ast.kind == "call":
            name = ast.value[0]  # type: ignore[index]
            if name == "sum" and len(ast.parts) == 3 and ast.parts[0].kind == "name":
                for p in ast.parts[1].parts:
                    if p.kind == "name" and str(p.value) not in known.variables and str(p.value) not in bound:
                        known.sizes.add(str(p.value))
                    visit(p, bound)
                visit(ast.parts[2], bound | {str(ast.parts[0].value)})
                return
            if name in ("eye", "ones", "zeros", "K", "comm", "identity", "I", *STRUCTURES):
                known.sizes.update(str(p.value) for p in ast.parts if p.kind == "name")
                return
            if name == "eigvecs" and len(ast.parts) == 2 and ast.parts[1].kind == "name":
                known.sizes.add(str(ast.parts[1].value))
            if name in ("unvec", "unit", "diff", "eigvecs"):
                visit(ast.parts[0], bound) if ast.parts and name != "unit" else None
                return
        parts = ast.parts
        if ast.kind == "index":
            parts = [ast.parts[0], *(p for p in ast.parts[1:] if p.kind != "name")]
        if ast.kind == "power-T":
            parts = ast.parts[:1]
        for p in parts:
            visit(p, bound)

    for d in definitions:
        visit(d.body, frozenset(d.indices))
    visit(result, frozenset())
    return found


def unsized_constants(definitions: list[Definition], result: Ast) -> list[Ast]:
    """I and 1 without a size, as LaTeX writes them."""
    found = []
    stack = [result, *(d.body for d in reversed(definitions))]
    while stack:
        ast = stack.pop()
        if ast.kind == "constant":
            found.append(ast)
        stack.extend(ast.parts)
    return found


def settle(ast: Ast, shape: Shape | None, text: str) -> None:
    """Put the sizes that were found into a constant. Raises ShapeError where none was."""
    rows, cols = map(find, shape) if shape else (None, None)
    if not isinstance(rows, Dim) or not isinstance(cols, Dim):
        example = {"eye": "I_n", "ones": "\\mathbf{1}_n", "zeros": "\\mathbf{0}_{m \\times n}"}[str(ast.value)]
        raise ShapeError("the size of this constant cannot be decided from the expression; write it, as in {example}", text, ast.span, example=example)
    ast.value = (ast.value, rows, cols)


def has_constants(definitions: list[Definition], result: Ast) -> bool:
    """Whether vector(1) or matrix(1) occurs: those spread over any size."""
    stack = [d.body for d in definitions] + [result]
    while stack:
        ast = stack.pop()
        if ast.kind == "call" and ast.value[0] in ("vector", "matrix"):  # type: ignore[index]
            return True
        stack.extend(ast.parts)
    return False


def transposed_names(definitions: list[Definition], result: Ast) -> set[str]:
    """Names that are written with a transpose, which nobody does to a scalar."""
    found: set[str] = set()
    stack = [d.body for d in definitions] + [result]
    while stack:
        ast = stack.pop()
        if ast.kind == "transpose" and ast.parts[0].kind == "name":
            found.add(str(ast.parts[0].value))
        stack.extend(ast.parts)
    return found


def transposed_entries(definitions: list[Definition], result: Ast) -> list[Ast]:
    """x[i] where x[i]' is written: an entry of a vector would need no transpose."""
    found: list[Ast] = []
    stack = [d.body for d in definitions] + [result]
    while stack:
        ast = stack.pop()
        if ast.kind == "transpose" and ast.parts[0].kind == "index" and len(ast.parts[0].parts) == 2 and ast.parts[0].parts[0].kind == "name":
            found.append(ast.parts[0])
        stack.extend(ast.parts)
    return found


def readings(names: list[str], constants: bool, transposed: set[str]) -> Iterator[tuple[dict[str, str], bool]]:
    """Kinds to try, fewest exceptions first; adding a non-literal scalar to a matrix comes last."""
    names = [n for n in names if n not in transposed] + [n for n in names if n in transposed]
    usual = {n: "matrix" if n[0].isupper() else "scalar" if n == "lambda" and n not in transposed else "vector" for n in names}
    tried = 0
    for broadcast in (True,) if constants else (False, True):
        for count in range(len(names) + 1):
            for changed in sorted(combinations(names, count), key=lambda c: sum(n in transposed for n in c)):
                tried += 1
                if tried > MAX_TRIALS:
                    return
                yield {n: ("vector" if k == "scalar" else "scalar") if n in changed else k for n, k in usual.items()}, broadcast


class Reading:
    """One trial: shapes of all names under given kinds. Raises Misfit when they cannot be."""

    def __init__(self, definitions: list[Definition], known: Declarations, kinds: dict[str, str], broadcast: bool):
        self.definitions = {d.name: d for d in definitions}
        self.known = known
        self.broadcast = broadcast
        self.shapes: dict[str, Shape] = {n: (Cell() if k != "scalar" else ONE, Cell() if k == "matrix" else ONE) for n, k in kinds.items()}
        self.kinds = kinds
        self.done: dict[str, Shape] = {}
        self.constants: dict[Ast, Shape] = {}
        self.bound: set[str] = set()

    def read(self, result: Ast) -> dict[str, Shape]:
        for name, d in self.definitions.items():
            if not d.indices:
                self.definition(name)
        self.shape(result)
        for name, kind in self.kinds.items():
            rows, cols = map(find, self.shapes[name])
            if kind != "scalar" and rows is ONE and cols is ONE or kind == "vector" and rows is ONE or kind == "matrix" and (rows is ONE or cols is ONE):
                raise Misfit
        return self.shapes

    def definition(self, name: str) -> Shape:
        if name not in self.done:
            self.done[name] = (Cell(), Cell())
            outer, self.bound = self.bound, self.bound | set(self.definitions[name].indices)
            self.done[name] = self.shape(self.definitions[name].body)
            self.bound = outer
        return self.done[name]

    def shape(self, ast: Ast) -> Shape:
        method = getattr(self, "_" + ast.kind.replace("-", "_"), None)
        shape: Shape = method(ast) if method else (Cell(), Cell())
        return shape

    def scalar(self, shape: Shape) -> bool:
        return find(shape[0]) is ONE and find(shape[1]) is ONE

    def same(self, a: Shape, b: Shape, literal: bool = False) -> Shape:
        """One size, or a scalar spread over the other."""
        for x, y in ((a, b), (b, a)):
            if self.scalar(x) and not self.scalar(y):
                if not (literal or self.broadcast):
                    raise Misfit
                return y
        unify(a[0], b[0])
        unify(a[1], b[1])
        return a

    def _number(self, ast: Ast) -> Shape:
        return ONE, ONE

    _imaginary = _number

    def _constant(self, ast: Ast) -> Shape:
        if ast not in self.constants:
            rows = Cell()
            self.constants[ast] = rows, rows if ast.value == "eye" else ONE if ast.value == "ones" else Cell()
        return self.constants[ast]

    def _group(self, ast: Ast) -> Shape:
        return self.shape(ast.parts[0])

    def _name(self, ast: Ast) -> Shape:
        name = str(ast.value)
        if name in self.bound:
            return ONE, ONE
        if name in self.shapes:
            return self.shapes[name]
        if name in self.definitions:
            return self.definition(name)
        if name in self.known.variables:
            v = self.known.variables[name]
            return v.rows, v.cols
        if name.startswith("d") and name[1:] in self.known.variables:
            v = self.known.variables[name[1:]]
            return v.rows, v.cols
        return ONE, ONE

    def _sum(self, ast: Ast) -> Shape:
        total = self.shape(ast.parts[0])
        literal = ast.parts[0].kind == "number"
        for p in ast.parts[1:]:
            literal = literal or is_literal(p)
            total = self.same(total, self.shape(p), literal)
        return total

    def _product(self, ast: Ast) -> Shape:
        left = self.shape(ast.parts[0])
        if "⊗" in ast.value:  # type: ignore[operator]
            self.not_assumed_scalar(ast.parts)
        for op, p in zip(ast.value, ast.parts[1:]):  # type: ignore[call-overload]
            right = self.shape(p)
            if op == "/" and not self.scalar(right):
                raise Misfit
            if self.scalar(left):
                left = right
            elif self.scalar(right):
                continue
            elif op in (".*", "./"):
                left = self.same(left, right)
            elif op == "⊗":
                left = kron(left, right)
            else:
                unify(left[1], right[0])
                left = (left[0], right[1])
        return left

    def _transpose(self, ast: Ast) -> Shape:
        rows, cols = self.shape(ast.parts[0])
        return cols, rows

    def _power_T(self, ast: Ast) -> Shape:
        rows, cols = self.shape(ast.parts[0])
        if ast.value:
            unify(rows, cols)
        return cols, rows

    def _power(self, ast: Ast) -> Shape:
        base, exponent = self.shape(ast.parts[0]), self.shape(ast.parts[1])
        if ast.value == ".^":
            return base if self.scalar(exponent) else self.same(base, exponent)
        if not self.scalar(exponent):
            raise Misfit
        if not self.scalar(base):
            unify(*base)
        return base

    def _compare(self, ast: Ast) -> Shape:
        return self.same(self.shape(ast.parts[0]), self.shape(ast.parts[1]), True)

    def _fence(self, ast: Ast) -> Shape:
        self.shape(ast.parts[0])
        return ONE, ONE

    def _index(self, ast: Ast) -> Shape:
        base = ast.parts[0]
        name = str(base.value)
        if base.kind == "name" and name in self.definitions and self.definitions[name].indices:
            return self.definition(name)
        rows, cols = self.shape(base)
        if base.kind == "name" and name in self.known.variables and self.known.variables[name].data[3] is not None:
            return rows, cols
        if len(ast.parts) == 2:
            return ONE, ONE
        return rows if ast.parts[1].kind == "all" else ONE, cols if ast.parts[2].kind == "all" else ONE

    def _block(self, ast: Ast) -> Shape:
        cols: int = ast.value[1]  # type: ignore[index]
        blocks = [self.shape(p) for p in ast.parts]
        for i, block in enumerate(blocks):
            unify(block[0], blocks[i // cols * cols][0])
            unify(block[1], blocks[i % cols][1])
        return Compound("+", *(b[0] for b in blocks[::cols])), Compound("+", *(b[1] for b in blocks[:cols]))

    def size(self, ast: Ast) -> Size:
        """A size as it is written: m, 3, m*n, n+1."""
        if ast.kind == "name":
            return dim(str(ast.value))
        if ast.kind == "number":
            return dim(int(str(ast.value))) if str(ast.value).isdecimal() else Cell()
        parts = [self.size(p) for p in ast.parts]
        if ast.kind == "group":
            return parts[0]
        if ast.kind == "product" and set(ast.value) == {"*"} or ast.kind == "sum" and set(ast.value) == {"+"}:  # type: ignore[call-overload]
            return find(Compound("+" if ast.kind == "sum" else "*", *parts))
        return Cell()

    def _call(self, ast: Ast) -> Shape:
        name = ast.value[0]  # type: ignore[index]
        name = ALIASES.get(name, name)
        parts = ast.parts
        if name == "sum" and len(parts) == 3:
            self._runs(parts[2], str(parts[0].value), parts[1])
            self.bound = self.bound | {str(parts[0].value)}
            return self.shape(parts[2])
        if name in ("eye", "ones", "zeros") and parts:
            sizes = [self.size(p) for p in parts]
            return sizes[0], sizes[-1] if len(parts) == 2 or name == "eye" else ONE
        if name == "K" and len(parts) == 2:
            size = Compound("*", *map(self.size, parts))
            return size, size
        if name == "unit" and len(parts) == 2:
            return self.size(parts[0]), ONE
        if name == "unvec" and len(parts) == 3:
            rows, cols = map(self.size, parts[1:])
            unify(self.shape(parts[0])[0], Compound("*", cols, rows))
            return rows, cols
        if name in ("vector", "matrix", "constant"):
            return ONE, ONE
        if name in ("sum", "mean") and len(parts) == 2 and parts[1].kind == "option":
            rows, cols = self.shape(parts[0])
            return (cols if parts[1].parts and parts[1].parts[0].value == "0" else rows), ONE
        args = [self.shape(p) for p in parts]
        if name == "eigvecs" and len(parts) == 2:
            unify(*args[0])
            return args[0][0], dim(str(parts[1].value)) if parts[1].kind == "name" else Cell()
        if name in ("max", "min") and len(args) == 2:
            return self.same(args[0], args[1], True)
        if name == "'" and len(args) == 1:
            return args[0][1], args[0][0]
        if name in ("vec", "kron"):
            self.not_assumed_scalar(parts)
        if name == "vec" and len(args) == 1:
            return Compound("*", args[0][1], args[0][0]), ONE
        if name == "kron" and args:
            return reduce(kron, args)
        if name in ("norm2", "normF", "norm", "mean"):
            return ONE, ONE
        if name == "huber" and len(args) == 2:
            if not self.scalar(args[1]):
                raise Misfit
            return args[0]
        if name == "piecewise" and args:
            shape = args[-1]
            for part in args[:-1]:
                shape = self.same(shape, part, True)
            return shape
        if name in ("*", ".*", "dot") and len(args) == 2:
            return self._pair(name, *args)
        if name in self.known.functions or name in ELEMENTWISE_SPECIAL or name in OPS and OPS[name].elementwise:
            return args[0] if args else (ONE, ONE)
        if name in self.known.variables:
            v = self.known.variables[name]
            return v.rows, v.cols
        if name == "diag" and args and not self.scalar(args[0]) and find(args[0][1]) is not ONE:
            name = "diag_of"
        if name in OPS and len(OPS[name].sizes[0]) == len(args):
            return self._signature(name, args)
        return Cell(), Cell()

    def not_assumed_scalar(self, parts: list[Ast]) -> None:
        """Nobody writes vec(A) or kron(A, B) of an A that is meant as a scalar."""
        if any(self.kinds.get(str(p.value)) and self.scalar(self.shapes[str(p.value)]) for p in parts if p.kind == "name"):
            raise Misfit

    def _runs(self, body: Ast, index: str, bounds: Ast) -> None:
        """In sum(i, 1..N, … X[:,i] …) the columns of X are N."""
        high = bounds.parts[1] if bounds.kind == "range" else bounds
        if high.kind != "name" or str(high.value) not in self.known.sizes:
            return
        stack = [body]
        while stack:
            ast = stack.pop()
            stack.extend(ast.parts)
            if ast.kind == "index" and ast.parts[0].kind == "name" and str(ast.parts[0].value) in self.shapes:
                for place, size in zip(ast.parts[1:], self.shapes[str(ast.parts[0].value)]):
                    if place.kind == "name" and str(place.value) == index:
                        unify(size, dim(str(high.value)))

    def _pair(self, op: str, left: Shape, right: Shape) -> Shape:
        """np.dot(A, B) and np.multiply(A, B)."""
        if op == ".*":
            return self.same(left, right, True)
        if find(left[1]) is ONE and find(right[1]) is ONE:
            unify(left[0], right[0])
            return ONE, ONE
        unify(left[1], right[0])
        return left[0], right[1]

    def _signature(self, name: str, args: list[Shape]) -> Shape:
        wanted, result = OPS[name].sizes
        cells: dict[str, Size] = {}

        def size(d: Dim) -> Size:
            if d.value is not None:
                return d
            return cells.setdefault(d.text, Cell())

        for (rows, cols), arg in zip(wanted, args):
            unify(size(rows), arg[0])
            unify(size(cols), arg[1])
        return size(result[0]), size(result[1])


def kron(a: Shape, b: Shape) -> Shape:
    return Compound("*", a[0], b[0]), Compound("*", a[1], b[1])


def is_literal(ast: Ast) -> bool:
    """A number, or a product of numbers: 1, 2*3, vector(1)."""
    if ast.kind == "call":
        return ast.value[0] in ("vector", "matrix")  # type: ignore[index]
    return ast.kind == "number" or ast.kind in ("group", "product") and all(is_literal(p) for p in ast.parts)


def _declare(known: Declarations, shapes: dict[str, Shape]) -> Declarations:
    """Name the sizes that stayed open and declare the variables; what was assumed is recorded."""
    found = known.copy()
    taken = set(known.sizes) | set(known.variables) | set(shapes)
    fresh = (letter for letter in LETTERS if letter not in taken)
    for name, shape in shapes.items():
        for cell in (leaf for size in shape for leaf in leaves(size)):
            if isinstance(cell, Cell) and cell.link is None:
                cell.link = dim(next(fresh))
        rows, cols = map(find, shape)
        assert isinstance(rows, Dim) and isinstance(cols, Dim)
        found.add(name, var(name, rows, cols))
        found.assumed.append(f"{name}: {type_text(rows, cols)}")
    return found


def type_text(rows: Dim, cols: Dim) -> str:
    """The declaration of a size: scalar, vector(n), matrix(m,n)."""
    if rows is ONE and cols is ONE:
        return "scalar"
    return f"vector({rows})" if cols is ONE else f"matrix({rows},{cols})"
