"""A program written down: which nodes get a line of their own, what it is called, how it is spelled.

A node that is used once is written where it is used, as long as the line stays readable.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm, prod
from typing import NamedTuple

from ..core.dims import Dim
from ..errors import UnsupportedError
from ..language.text import program
from .ir import Graph, Node, Perm, postorder
from .rows import Split
from .targets import PLAIN, Target

WIDTH = 84
SMALL = 4096  # multiplications that take about as long as the call
BARE = re.compile(r"(?:(?<=\()|(?<=, ))\{(\d)\}(?=[,)])")  # an argument that needs no brackets
PLACE = re.compile(r"\{(\d)\}")
SUM, PRODUCT, SIGN, POWER, ATOM = range(5)

# what the result of an operation is called when the user gave no name
STEMS = {
    "add": "r", "mul": "u", "div": "u", "matmul": "u", "softmax": "p", "sigmoid": "s", "exp": "e", "sqrt": "root", "inner": "c", "norm": "length",
    "sum": "total", "logsumexp": "lse", "max_along": "top", "generic": "h", "trace": "c", "diagonal": "d", "einsum": "t", "tensordot": "t", "kron": "t",
    "kron_sum": "t", "eye": "identity",
}  # fmt: skip


class Text(NamedTuple):
    """Source and how tightly it binds."""

    code: str
    strength: int = ATOM

    def at(self, strength: int) -> str:
        return self.code if self.strength >= strength else f"({self.code})"


class Writer:
    """Writes the nodes of one function as assignments and result texts."""

    def __init__(self, target: Target, graph: Graph, taken: set[str], renamed: dict[str, str], letters: dict[str, str], sizes: Mapping[str, int]):
        self.target = target
        self.sizes = sizes  # those that were given
        self.graph = graph
        self.taken = set(taken)
        self.renamed = renamed  # arguments whose names had to change
        self.letters = letters  # size letters whose names had to change
        self.wanted: dict[Node, str] = {}  # results and what they are called
        self.given: dict[Node, Node] = {}  # what the user named -> the node that says so
        self.lines: list[str] = []
        self.axis: Dim | None = None  # the axis of the block of rows that is being written
        self.early: list[str] = []  # assignments that do not need the late arguments
        self.kept: set[Node] = set()  # what those assign: nothing may overwrite it
        self.texts: dict[Node, Text] = {}
        self.uses: dict[Node, int] = {}

    def write(self, roots: Sequence[Node], split: Split | None = None, names: Sequence[str] = (), late: Sequence[str] = ()) -> list[str]:
        """The texts of the results; the assignments they need are in `lines`, those that do not need the `late` arguments in `early`.

        Results that make a line too long get the names.
        """
        self.wanted = dict(zip(roots, names))
        nodes = postorder([*roots, *self.graph.sizes.values()])
        for x in nodes:
            if x.op == "named" and x.args[0].op not in ("argument", "named", "number"):
                self.given.setdefault(x.args[0], x)
            for k, a in enumerate(x.args):
                if not (k == 1 and self.is_silent(x)):
                    self.uses[a] = self.uses.get(a, 0) + 1
        for x in roots:
            self.uses[x] = self.uses.get(x, 0) + 1
        for letter, x in self.graph.sizes.items():
            self._write_nodes(postorder([x]))
            self._assign_as(letter, self.texts[x].code)
        if late:
            self._write_early(nodes, late)
        if split is not None:
            self._write_blocks(nodes, split)
        self._write_nodes(nodes)
        self._name_results(roots)
        results = [self.texts[x].code for x in roots]
        self._drop_unused_sizes(results)
        return results

    def is_silent(self, x: Node) -> bool:
        """Whether the second argument is not written: successive positions are a slice, an inverse needs no identity."""
        a = x.args[1]
        if x.op == "take":
            return a.op == "call" and a.attrs[0] == "arange"
        return x.op == "call" and x.attrs[0] == "cho_solve" and a.op == "eye" and bool(self.target.spellings["cho_inverse"])

    def _write_nodes(self, nodes: Sequence[Node]) -> None:
        for x in nodes:
            if x not in self.texts:
                self._visit(x)

    def _write_early(self, nodes: Sequence[Node], late: Sequence[str]) -> None:
        """What does not depend on the late arguments, under names where what does depends on it."""
        depends: set[Node] = set()
        for x in nodes:
            if x.op == "argument" and x.attrs in late or any(a in depends for a in x.args):
                depends.add(x)
        first = [x for x in nodes if x not in depends]
        self._write_nodes(first)
        self._name_for({a for x in depends for a in x.args}, first)
        self.kept = set(first)
        self.early, self.lines = self.lines, []

    def _name_for(self, needed: set[Node], written: Sequence[Node]) -> None:
        """Assign what has been written and is needed again and again, so that it is computed once."""
        for x in written:
            if x in needed and not is_cheap(x) and not self.texts[x].code.isidentifier():
                self._name(x)

    def _write_blocks(self, nodes: Sequence[Node], split: Split) -> None:
        """What is needed before the rows, a function of a block of rows, and its sum over the blocks."""
        inside = {*split.rows, *split.sums}
        first = set(postorder(split.before))
        before = [x for x in nodes if x in first or x not in inside and x not in split.after]
        self._write_nodes(before)
        self._name_for({a for x in inside for a in x.args}, before)
        outer, self.lines, self.axis = self.lines, [], split.axis
        self._write_nodes([x for x in nodes if x in inside])
        body, self.lines, self.axis = self.lines, outer, None
        part, arrays = self.fresh("part"), [self.texts[x].code for x in split.arguments]
        sums = [self.texts[x].code for x in split.sums]
        self.lines += ["", f"def {part}({', '.join(f'{a}: Array' for a in arrays)}) -> {'Any' if len(sums) == 1 else 'tuple[Any, ...]'}:"]
        self.lines += [f"    {x}" for x in [*body, f"return {', '.join(sums)}"]] + [""]
        call = f"_by_rows({part}, {', '.join(arrays)})"
        if len(sums) == 1 and self.uses[split.sums[0]] == 1:
            self.texts[split.sums[0]] = Text(call)
            return
        for x in split.sums:
            self.texts[x] = Text(self.fresh(self.stem(x)))
        self.lines.append(f"{', '.join(self.texts[x].code for x in split.sums)} = {call}")

    def _name_results(self, roots: Sequence[Node]) -> None:
        """Give results a line of their own when they do not fit into one together."""
        if sum(len(self.texts[x].code) for x in roots) > WIDTH:
            for x in roots:
                if not self.texts[x].code.isidentifier() and not is_cheap(x):
                    self._name(x)

    def _drop_unused_sizes(self, results: Sequence[str]) -> None:
        for letter in self.graph.sizes:
            if not any(re.search(rf"(?<!\w){letter}\b(?! =)", line) for line in [*self.early, *self.lines, *results]):
                self.early = [x for x in self.early if not x.startswith(f"{letter} = ")]
                self.lines = [x for x in self.lines if not x.startswith(f"{letter} = ")]

    def _visit(self, x: Node) -> None:
        text = self._text(x)
        while len(text.code) > WIDTH:
            candidates = [a for a in x.args if not self.texts[a].code.isidentifier() and not is_cheap(a)]
            if not candidates:
                break
            self._name(max(candidates, key=lambda a: len(self.texts[a].code)))
            text = self._text(x)
        self.texts[x] = text
        shared = self.uses.get(x, 0) > 1 and not is_cheap(x) or x.op == "call" and x.attrs[0] in ("cholesky", "lu")
        if x in self.given or (shared or x.op == "named") and not text.code.isidentifier():
            self._name(x)

    def _name(self, x: Node) -> None:
        name = self.fresh(self.stem(x))
        self._assign_as(name, self.texts[x].code)
        self.texts[x] = Text(name)

    def _assign_as(self, name: str, code: str) -> None:
        if name != code:
            self.lines.append(f"{name} = {code}")

    def fresh(self, stem: str) -> str:
        """The stem, numbered when it is taken."""
        name = stem + "_" if keyword.iskeyword(stem) else stem
        k = 2
        while name in self.taken:
            name = f"{stem}_{k}" if stem[-1:].isdigit() else f"{stem}{k}"
            k += 1
        self.taken.add(name)
        return name

    def stem(self, x: Node) -> str:
        if x.op == "named" or x in self.given:
            return identifier(self.given.get(x, x).attrs)
        if x in self.wanted:
            return self.wanted[x]
        kind = x.attrs[0] if x.op in ("call", "map") else x.op
        if kind in ("cholesky", "lu"):
            inner = self.texts[x.args[0]].code
            return f"{'chol' if kind == 'cholesky' else 'lu'}_{inner}" if inner.isidentifier() else kind[:4]
        if kind == "inv" or kind == "cho_solve" and x.args[1].op == "eye":
            inner = self.texts[x.args[0]].code.removeprefix("chol_")
            return f"{inner}_inv" if inner.isidentifier() else "inverse"
        if kind.startswith(("solve", "cho_solve", "lu_solve")):
            return "z"
        return STEMS.get(kind, "t")

    # --- spelling -----------------------------------------------------------------------------------

    def spell(self, key: str, args: Sequence[Node] = (), **more: str) -> Text:
        plain = not self.target.numbers and args and all(is_plain(a) for a in args)
        template = PLAIN.get(key, "") if plain else ""
        template = template or self.target.spellings.get(key, "")
        if not template:
            raise UnsupportedError("code for {operation} is not available for {target}", operation=key, target=self.target.name)
        texts = [self.texts[a] for a in args]
        code = BARE.sub(lambda m: texts[int(m[1])].code, template)
        code = PLACE.sub(lambda m: texts[int(m[1])].at(ATOM), code)
        for k, v in more.items():
            code = code.replace("{" + k + "}", v)
        strength = SIGN if code.startswith("-") else PRODUCT if code[0].isdigit() else ATOM
        return Text(code, strength)

    def dim(self, d: Dim) -> Text:
        """A size as arithmetic on the size letters."""
        if d.value is not None:
            return Text(str(d.value))
        below = lcm(*(Fraction(c).denominator for _, c in d.terms))
        if below > 1:  # n*(n+1)/2 is whole
            return Text(f"{self.dim(d.scaled(below)).at(ATOM)} // {below}", PRODUCT)
        parts = []
        for mono, c in sorted(d.terms, key=lambda t: (t[1] < 0, -len(t[0]), t[0])):
            body = " * ".join([*([str(abs(c))] if abs(c) != 1 or not mono else []), *[self.letters.get(x, x) for x in mono]])
            parts.append(("- " if c < 0 else "+ ") + body)
        code = " ".join(parts).removeprefix("+ ").replace("- ", "-", 1) if parts[0].startswith("- ") else " ".join(parts).removeprefix("+ ")
        return Text(code, SUM if len(d.terms) > 1 else PRODUCT if "*" in code else ATOM)

    def shape(self, shape: Sequence[Dim]) -> str:
        texts = [self.dim(d).code for d in shape]
        return f"({', '.join(texts)})" if len(texts) != 1 else texts[0]

    def _text(self, x: Node) -> Text:
        rule = getattr(self, f"_{x.op}", None)
        if rule is not None:
            found: Text = rule(x)
            return found
        return self.spell(x.op, x.args)

    def _number(self, x: Node) -> Text:
        value = Fraction(x.attrs)
        if value.denominator == 1:
            return Text(str(value.numerator), ATOM if value >= 0 else SIGN)
        if all(p in (2, 5) for p in prime_factors(value.denominator)) and len(repr(float(value))) < 8:
            return Text(repr(float(value)))
        return Text(f"{value.numerator} / {value.denominator}", PRODUCT)

    def _argument(self, x: Node) -> Text:
        return Text(self.renamed.get(x.attrs, x.attrs))

    def _named(self, x: Node) -> Text:
        return self.texts[x.args[0]]

    def _size(self, x: Node) -> Text:
        return self.dim(x.attrs)

    def _eye(self, x: Node) -> Text:
        return Text(self.target.spellings["eye"].replace("{0}", self.dim(x.shape[0]).code))

    def _ones(self, x: Node) -> Text:
        return Text(self.target.spellings[x.op].replace("{0}", self.shape(x.shape)))

    _zeros = _ones

    def _view(self, x: Node) -> Text:
        inner, perm = self.texts[x.args[0]], x.attrs
        order = [p for p in perm if p is not None]
        if order == [1, 0]:
            inner = Text(f"{inner.at(ATOM)}.T")
        elif order != sorted(order):
            inner = Text(self.target.spellings["transpose"].replace("{0}", inner.at(ATOM)).replace("{a}", ", ".join(map(str, order))))
        if len(order) < len(perm):
            inner = Text(f"{inner.at(ATOM)}[{new_axes(perm)}]")
        return inner

    def _reshape(self, x: Node) -> Text:
        sizes = "-1" if len(x.shape) == 1 else ", ".join("-1" if d is self.axis else self.dim(d).code for d in x.shape)
        if not x.shape:
            return Text(f"{self.texts[x.args[0]].at(ATOM)}[{', '.join('0' for _ in x.args[0].shape)}]")
        return self.spell("reshape", x.args, a=sizes)

    def _expand(self, x: Node) -> Text:
        ones = self.target.spellings["ones"].replace("{0}", self.shape(x.shape))
        return Text(f"{self.texts[x.args[0]].at(PRODUCT)} * {ones}", PRODUCT)

    def _add(self, x: Node) -> Text:
        order = sorted(range(len(x.args)), key=lambda k: x.attrs[k] < 0) if x.attrs[0] < 0 and any(s > 0 for s in x.attrs) else range(len(x.args))
        code = ""
        for k in order:
            text, sign = self.texts[x.args[k]], x.attrs[k]
            if not code:
                code = text.at(SUM) if sign > 0 else f"-{text.at(SIGN)}"
            else:
                code += f" {'+' if sign > 0 else '-'} {text.at(PRODUCT)}"
        return Text(code, SUM)

    def _neg(self, x: Node) -> Text:
        inner = self.texts[x.args[0]]
        if x.args[0].op == "div" and not x.args[0].args[1].shape and x.shape and not inner.code.isidentifier():  # the scalar is negated, not the array
            return Text(f"{self.texts[x.args[0].args[0]].at(PRODUCT)} / -{self.texts[x.args[0].args[1]].at(POWER)}", PRODUCT)
        strength = POWER if x.args[0].op == "matmul" else PRODUCT  # -A @ B would negate A
        return Text(f"-{inner.at(strength)}", PRODUCT if inner.strength == strength == PRODUCT else SIGN)

    def _mul(self, x: Node) -> Text:
        a, b = x.args
        if is_column(b) and len(a.shape) == 1 or b.op in ("number", "size") or not b.shape and a.shape:
            a, b = b, a
        return Text(f"{self.texts[a].at(PRODUCT)} * {self.texts[b].at(SIGN)}", PRODUCT)

    def _div(self, x: Node) -> Text:
        return Text(f"{self.texts[x.args[0]].at(PRODUCT)} / {self.texts[x.args[1]].at(SIGN)}", PRODUCT)

    def _pow(self, x: Node) -> Text:
        return Text(f"{self.texts[x.args[0]].at(ATOM)}**{self.texts[x.args[1]].at(ATOM)}", POWER)

    def _matmul(self, x: Node) -> Text:
        a, b = x.args
        if self.target.name == "jax" and a.op == "view" and a.attrs == (1, 0) and len(b.shape) == 1:
            a, b = b, a.args[0]  # XLA transposes nothing then
            return Text(f"{self.texts[a].at(PRODUCT)} @ {self.texts[b].at(SIGN)}", PRODUCT)
        if a is b and len(a.shape) == 2 and a in self.graph.symmetric and self.target.in_place:
            return Text(f"{self.texts[a].at(PRODUCT)} @ {self.texts[a].at(ATOM)}.T", PRODUCT)  # BLAS computes one half of such a product
        if self.target.spellings["dot"] and len(a.shape) < 3 > len(b.shape) and self.is_small(x):
            return self.spell("dot", x.args)
        return Text(f"{self.texts[x.args[0]].at(PRODUCT)} @ {self.texts[x.args[1]].at(SIGN)}", PRODUCT)

    def is_small(self, product: Node) -> bool:
        """Whether a product of two arrays of given sizes takes less time than the call of @."""
        axes = [*product.args[0].shape, *product.args[1].shape[1:]]
        if not all(letter in self.sizes for d in axes for letter in d.letters):
            return False
        return prod(d.evaluate(self.sizes) for d in axes) <= SMALL

    def _sum(self, x: Node) -> Text:
        if not x.shape:
            return self.spell("sum", x.args)
        return self.spell("sum_axis", x.args, a=axes_text(x.attrs))

    def _inner(self, x: Node) -> Text:
        if any(a.op == "view" for a in x.args):
            inner = Text(f"{self.texts[x.args[0]].at(PRODUCT)} * {self.texts[x.args[1]].at(SIGN)}", PRODUCT)
            return Text(self.target.spellings["sum"].replace("{0}", f"({inner.code})"))
        return self.spell("inner", x.args)

    def _tensordot(self, x: Node) -> Text:
        left, right = x.attrs
        axes = f"(({', '.join(map(str, left))},), ({', '.join(map(str, right))},))" if len(left) == 1 else f"({left}, {right})"
        return self.spell("tensordot", x.args, a=axes)

    def _einsum(self, x: Node) -> Text:
        return self.spell("einsum", x.args, a=f'"{x.attrs}"')

    def _spread(self, x: Node) -> Text:
        return self.spell("spread", x.args, a=x.attrs, b=self.shape(x.shape))

    def _add_on_diagonal(self, x: Node) -> Text:
        pattern, shape = x.attrs
        key = "add_on_main_diagonal" if pattern == "ii->i" else "add_on_diagonal"
        return self.overwriting(x.args[0], self.spell(key, x.args, a=pattern, b=self.shape(shape)))

    def _kron_sum(self, x: Node) -> Text:
        return self.spell(x.op, (), all=", ".join(self.texts[a].code for a in x.args))

    def overwriting(self, base: Node, call: Text) -> Text:
        """The call of a helper that overwrites its first argument; with a copy where that is still needed."""
        made = base.args[0] if base.op == "reshape" and self.uses[base] == 1 else base
        if made.op in FRESH and self.uses[made] == 1 and not {base, made} & self.kept:
            return call
        code = self.texts[base].code
        return Text(call.code.replace(f"({code}, ", f"({self.texts[base].at(ATOM)}.copy(), ", 1))

    def _diagonal(self, x: Node) -> Text:
        if x.attrs == (0, 1) and len(x.args[0].shape) == 2:
            return self.spell("diagonal", x.args)
        return self.spell("diagonal_of", x.args, a=str(x.attrs[0]), b=str(x.attrs[1]))

    def _take(self, x: Node) -> Text:
        base, at = x.args
        place = self._place(at)
        full = self.target.name == "array_api"  # the standard wants an index for every axis
        row = self.texts[base].code  # a name where it is used again
        if base.op == "take" and not base.args[1].shape and not at.shape and base.attrs == x.attrs == 0 and not full and row.endswith("]"):
            return Text(f"{row[:-1]}, {place}]")
        behind = ", :" * (len(base.shape) - 1 - x.attrs) if full else ""
        return Text(f"{self.texts[base].at(ATOM)}[{''.join(':, ' for _ in range(x.attrs))}{place}{behind}]")

    def _place(self, at: Node) -> str:
        """Positions counted from 1 as an index counted from 0."""
        if at.op == "number":
            return str(at.attrs - 1)
        if at.op == "call" and at.attrs[0] == "arange":
            start, stop = (self.texts[a].code for a in at.args[2:])
            return f"{'' if start == '0' else start}:{stop}"
        if at.shape:
            return self.spell("places", (at,)).code
        return f"{self.texts[at].at(SUM)} - 1"

    def _map(self, x: Node) -> Text:
        name, attrs = x.attrs
        if name == "generic":
            function, order = attrs
            return Text(f"{generic_name(function, order)}({self.texts[x.args[0]].code})")
        if f"{name}_number" in self.target.spellings and [is_plain(a) for a in x.args].count(True) == 1:
            return self.spell(f"{name}_number", sorted(x.args, key=is_plain))
        return self.spell(name, x.args)

    def _call(self, x: Node) -> Text:
        name, attrs = x.attrs
        if name == "custom":
            raise UnsupportedError("code for {operation} is not available for {target}", operation=attrs[0], target=self.target.name)
        if name == "arange":
            return self.spell(name, x.args[:2])
        if name == "concatenate":
            return self.spell(name, (), a=str(attrs), all=", ".join(self.texts[a].code for a in x.args))
        args = x.args
        if name == "cho_solve" and self.is_silent(x):
            return self.spell("cho_inverse", args[:1])
        if attrs == -1 and name in ("softmax", "log_softmax", "logsumexp") and self.target.name != "torch":
            return self.spell(f"{name}_last", args)
        return self.spell(name, args, a=str(attrs), n=f'"{self.subject(args[0])}"' if args else "")

    def subject(self, x: Node) -> str:
        """The matrix as an error message names it."""
        if x.op == "named":
            return identifier(x.attrs)
        code = self.texts[x].code
        if code.isidentifier() or x not in self.graph.formulas:
            return code.replace('"', "'")
        return program(self.graph.formulas[x])


FRESH = ("add", "mul", "div", "neg", "matmul", "kron", "add_on_diagonal", "kron_sum", "spread")  # their results are new arrays


def identifier(name: str) -> str:
    """The name as Python writes it."""
    clean = "".join(c if c.isalnum() or c == "_" else "_" for c in name)
    return clean + "_" if keyword.iskeyword(clean) else clean


def generic_name(function: str, order: int) -> str:
    """sigma, dsigma, d2sigma, …: an unspecified function and its derivatives."""
    return f"{'' if order == 0 else 'd' if order == 1 else f'd{order}'}{identifier(function)}"


def is_cheap(x: Node) -> bool:
    """Written again wherever it is used: it costs nothing or next to nothing."""
    if x.op == "view":
        return x.args[0].op in ("argument", "named") or is_cheap(x.args[0])
    if x.op == "take":
        return x.args[1].op in ("number", "argument") and x.args[0].op == "argument"
    if x.op == "reshape":
        return is_cheap(x.args[0])
    return x.op in ("number", "argument", "size", "pi") or x.op == "neg" and is_cheap(x.args[0])


def is_column(x: Node) -> bool:
    return x.op == "view" and x.attrs == (0, None)


def is_plain(x: Node) -> bool:
    """A number that Python computes, whatever the arguments."""
    if x.op in ("number", "size", "pi"):
        return True
    return bool(x.args) and not x.shape and x.op in ("add", "mul", "div", "pow", "neg", "map") and all(is_plain(a) for a in x.args)


def new_axes(perm: Perm) -> str:
    """The index that inserts axes: `:, None`."""
    return ", ".join("None" if p is None else ":" for p in perm)


def axes_text(axes: Sequence[int]) -> str:
    return str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"


def prime_factors(n: int) -> list[int]:
    found, p = [], 2
    while n > 1:
        while n % p == 0:
            found.append(p)
            n //= p
        p += 1
    return found
