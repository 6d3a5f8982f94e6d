"""One function of the generated file: its parameters, the checks of their shapes, its lines."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Mapping, Sequence

from ..core import expr as ex
from ..core.dims import ONE, Dim
from ..core.expr import Expr
from ..core.facts import facts
from ..errors import UnsupportedError
from .factor import factorised
from .improve import Improver
from .ir import Node, postorder
from .lower import Lowering
from .memory import growing
from .prepare import argument_name, separate_indices
from .rows import Split, split
from .share import one_exponential, shared
from .source import ATOM, PRODUCT, Writer, generic_name, identifier
from .stable import without_overflow
from .targets import Target

# what the file uses beside the user's names, and what its check uses
RESERVED = {"apply", "like", "xp", "da", "delayed", "function", "LARGEST", *dir(builtins)}
CHECKED = {"rng", "step", "want", "error", "value", "gradient", "hessian", "hvp", "jacobian"}


WORD, IN_BRACES = re.compile(r"(?<![.\w])[^\W\d]\w*"), re.compile(r"\{([^{}]*)\}")
STRING = re.compile(r'"[^"]*"')
READING = re.compile(r"(\w+(?:, \w+)*) = (.*\w\.shape\b.*)")  # m, n = X.shape; n = x.shape[0] // m

# what computes with a matrix that is too large to be formed
ADVICE = {"hessian": "; the output hvp is its product with a direction, without forming it", "jacobian": "; operator(values) applies it without forming it"}

# the axes (q, p, n, m) of a Jacobian in numerator layout, as they come in the other layouts, and the sizes of the result
ARRANGED: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "tensor": ((1, 0, 3, 2), ("p", "q", "m", "n")),
    "blocks_F": ((1, 3, 0, 2), ("pm", "qn")),
    "blocks_X": ((3, 1, 2, 0), ("mp", "nq")),
}


class Function:
    """One function of the file: parameters, checks, assignments and results."""

    def __init__(
        self,
        name: str,
        roots: Sequence[Expr],
        context: Sequence[Expr],
        target: Target,
        sizes: Mapping[str, int],
        results: Sequence[str] = (),
        layout: str = "",
        multiply_out: bool = False,
        late: Sequence[str] = (),
        beside: str = "",
        directions: Sequence[Expr] = (),
    ):
        self.name = name
        self.roots = separate_indices(roots)
        self.target = target
        self.sizes = sizes
        self.inputs = [*[v for v in inputs_of(self.roots, context) if v not in directions], *directions]
        self.late = [v for v in self.inputs if argument_name(v) in late]  # arguments of the function that this one then returns
        self.generics = generics_of(self.roots)
        self.indices = sorted(frozenset().union(*[ex.free_indices(r) for r in self.roots]))
        low = Lowering(self.roots, sizes, target.in_place, multiply_out)
        nodes = [low.output(r) for r in low.roots]
        if len(low.graph.products) > 1:  # once more, knowing which products are needed
            low = Lowering(self.roots, sizes, target.in_place, multiply_out, low.graph)
            nodes = [low.output(r) for r in low.roots]
        nodes = without_overflow(low.graph, shared(low.graph, nodes))
        if target.in_place:  # XLA sees for itself what they have in common
            nodes = one_exponential(low.graph, nodes)
        nodes = shared(low.graph, Improver(low.graph, low.extent, target.name).run(nodes))  # signs have moved
        nodes = factorised(low.graph, nodes, has_lu=bool(target.spellings["lu"]), length=low.extent)
        letters = ex.letters(*self.roots, *self.inputs)
        names = {argument_name(v) for v in self.inputs} | set(self.generics) | set(self.indices)
        reserved = RESERVED | CHECKED | {name, beside, target.alias, *target.imports, *target.helpers}
        self.renamed = {x: f"{x}_" if x in reserved else identifier(x) for x in names if identifier(x) != x or x in reserved}
        self.letters = {x: f"{x}_size" if x in names else identifier(x) for x in letters}
        taken = {self.renamed.get(x, x) for x in names} | {*self.letters.values(), *reserved} - (CHECKED - {name})
        writer = Writer(target, low.graph, taken, self.renamed, self.letters, sizes)
        split = self._split(nodes, low.typical) if not late else None  # what comes early is kept whole
        self.results = writer.write(nodes, split, results, late)
        self.body = writer.lines
        self.writer = writer
        if layout in ARRANGED:
            self.results[0] = self._arranged(self.results[0], layout, context[0], context[1])
        self.checks, self.free = self._checks(letters)
        named = dict(zip(nodes, results))
        matrices = {x for x, name in named.items() if name.split("_")[0] in ADVICE}
        self.checks += self._limits(growing(nodes, matrices, split), named)
        self.checks = without_unused_sizes(self.checks, [*self.writer.early, *self.body, *self.results])

    def _arranged(self, code: str, layout: str, f: Expr, x: Expr) -> str:
        """The Jacobian in numerator layout, whose rows and columns run over entries column by column, in an order of its own."""
        axes, shape = ARRANGED[layout]
        p, q, m, n = (self.writer.dim(d).at(ATOM) for e in (f, x) for d in (e.rows, e.cols))
        sizes = {"p": p, "q": q, "m": m, "n": n}
        if layout == "tensor":
            shape = tuple(s for s, d in zip("pqmn", (f.rows, f.cols, x.rows, x.cols)) if s in "pm" or d is not ONE)
        spell = self.target.spellings
        apart = spell["reshape"].format(f"({code})", a=f"{q}, {p}, {n}, {m}")
        turned = spell["transpose"].format(apart, a=", ".join(map(str, axes)))
        return spell["reshape"].format(turned, a=", ".join(" * ".join(sizes[s] for s in axis) for axis in shape))

    def _split(self, nodes: Sequence[Node], typical: Mapping[str, int]) -> Split | None:
        """How the program is computed by blocks of rows, on targets that do so."""
        if "_by_rows" not in self.target.helpers:
            return None
        axes = dict.fromkeys(x.shape[0] for x in postorder(nodes) if x.op == "argument" and x.shape and is_letter(x.shape[0]))
        found = split(nodes, typical, list(axes), always=self.target.chunks)
        if found is None and self.target.chunks:
            raise UnsupportedError(
                "code for {target} needs a sum over the rows of the data, each term of one row; this function is none", target=self.target.name
            )
        return found

    def parameter(self, v: Expr) -> str:
        return self.renamed.get(argument_name(v), argument_name(v))

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Names and type hints, in order."""
        found = [(self.parameter(v), self.hint(v)) for v in self.inputs if v not in self.late]
        found += [(g, "Callable[[Array], Array]") for g in self.generics]
        return found + [(i, "int") for i in [*self.indices, *self.free]]

    def hint(self, v: Expr) -> str:
        """The type of an argument."""
        return "int" if is_integer(v) else scalar_hint(self.target, v) if not shape_of(v) else "Array"

    @property
    def arguments(self) -> dict[str, str | tuple[str, int]]:
        """What every parameter stands for: a variable by name, a size by its letter, the k-th derivative of an element-wise function."""
        found: dict[str, str | tuple[str, int]] = {self.parameter(v): argument_name(v) for v in self.inputs if v not in self.late}
        back = {new: letter for letter, new in self.letters.items()}
        return {**found, **self.generics, **{i: i for i in self.indices}, **{x: back[x] for x in self.free}}

    @property
    def call(self) -> list[str]:
        return [p for p, _ in self.parameters]

    # --- sizes ------------------------------------------------------------------------------------

    def _checks(self, letters: Iterable[str]) -> tuple[list[str], list[str]]:
        """Lines that read the sizes and check every shape; letters that no argument has."""
        letters = list(letters)
        readable_letters: set[str] = set()
        self._lines(readable_letters)
        free = [x for x in letters if x not in readable_letters]
        return self._lines(set(free)), [self.letters[x] for x in free]

    def _lines(self, known: set[str]) -> list[str]:
        """The checks of all arguments, those whose sizes can be read first; extends `known`."""
        lines: list[str] = []
        todo = [v for v in self.inputs if v not in self.late]
        while todo:
            v = min(todo, key=lambda v: (not all(readable(d, known) for d in shape_of(v)), todo.index(v)))
            todo.remove(v)
            lines += self._check(v, known)
        return lines

    def _check(self, v: Expr, known: set[str]) -> list[str]:
        name, shape = self.parameter(v), shape_of(v)
        wanted = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
        misfit = f'    raise ValueError(f"{name} has the shape {{tuple({name}.shape)}}, but {wanted}'
        if not shape:
            if is_integer(v):
                return []
            rank = self.target.spellings["ndim"].replace("{0}", name)
            message = f'    raise ValueError(f"{name} has the shape {{tuple({name}.shape)}}, but a scalar is expected")'
            return [f"if {rank} != 0:", message, *self._as_tensor(name)]
        cast = self._as_tensor(name) if "onehot" in facts(v) else []  # it often comes as integers
        fresh = [k for k, d in enumerate(shape) if any(x not in known for x in d.letters)]
        now = ", ".join(self.writer.dim(d).code for d in shape) + "," * (len(shape) == 1)
        whole = [f"if {name}.shape != ({now}):", f'{misfit}{f" = {{({now})}}" if any(d.letters for d in shape) else ""} is expected")']
        if not fresh:
            return whole + cast
        tests = [f"{name}.ndim != {len(shape)}"]
        tests += [f"{name}.shape[{k}] != {self.writer.dim(d).code}" for k, d in enumerate(shape) if k not in fresh]
        tests += [f"{name}.shape[{k}] != {name}.shape[{shape.index(d)}]" for k, d in enumerate(shape) if k in fresh and shape.index(d) < k]
        lines = [f"if {' or '.join(tests)}:", f'{misfit} is expected")', *self._reads(name, shape, known)]
        composite = any(not is_letter(shape[k]) for k in fresh) and all(x in known for d in shape for x in d.letters)
        return (lines + whole if composite else lines) + cast

    def _reads(self, name: str, shape: Sequence[Dim], known: set[str]) -> list[str]:
        """m, n = X.shape, or the axis that has a new size."""
        new = [d for d in dict.fromkeys(shape) if is_letter(d) and d.text not in known]
        known.update(d.text for d in new)
        if len(new) == len(shape) > 1:
            return [f"{', '.join(self.letters[d.text] for d in shape)} = {name}.shape"]
        lines = [f"{self.letters[d.text]} = {name}.shape[{shape.index(d)}]" for d in new]
        for k, d in enumerate(shape):
            lines += self._solved(f"{name}.shape[{k}]", d, known)
        return lines

    def _solved(self, length: str, d: Dim, known: set[str]) -> list[str]:
        """n = x.shape[0] // m for a vector of m*n entries: the one size in it that is not known, where it occurs once."""
        unknown = [x for x in d.letters if x not in known]
        terms = [(mono, c) for mono, c in d.terms if unknown and unknown[0] in mono]
        whole = all(isinstance(c, int) for _, c in d.terms)
        if len(unknown) != 1 or len(terms) != 1 or terms[0][0].count(unknown[0]) != 1 or not whole:
            return []
        x = unknown[0]
        rest = Dim(tuple((mono, -c) for mono, c in d.terms if x not in mono))
        factor = Dim(((tuple(y for y in terms[0][0] if y != x), terms[0][1]),))
        known.add(x)
        code = length
        if rest.terms:
            text = self.writer.dim(rest).code
            code = f"{code} - {text[1:]}" if text.startswith("-") else f"{code} + {text}"
        if factor is not ONE:
            code = f"{f'({code})' if rest.terms else code} // {self.writer.dim(factor).at(ATOM)}"
        return [f"{self.letters[x]} = {code}"]

    def _limits(self, arrays: Sequence[tuple[Dim, Node]], names: Mapping[Node, str]) -> list[str]:
        """Lines that refuse to form what would not fit into memory."""
        lines = []
        for count, x in arrays:
            if all(letter in self.letters for letter in count.letters):
                name = names.get(x, "")
                what, advice = f"the {name}" if name else "an array on the way to the result", ADVICE.get(name.split("_")[0], "")
                entries = self.writer.dim(count)
                lines += [f"if {entries.code} > LARGEST:", f'    raise MemoryError(f"{what} would take {{8 * {entries.at(PRODUCT)}:,}} bytes{advice}")']
        return lines

    def _as_tensor(self, name: str) -> list[str]:
        return [f"{name} = {self.target.like.replace('{0}', name)}"] if self.target.like else []

    def preamble(self) -> list[str]:
        """The library of the arguments, and what new arrays have in common with them, on targets that ask for it."""
        arrays = sorted((v for v in self.inputs if shape_of(v)), key=lambda v: "onehot" in facts(v))
        array = self.parameter(arrays[0]) if arrays else None
        names = WORD.findall("\n".join([*self.checks, *self.writer.early, *self.body, *self.results]))
        found = []
        if self.target.name == "array_api":
            if array is None:
                raise UnsupportedError("code for array_api takes its library from an array; no argument is one")
            found = [f"xp = _namespace({array})"] if "xp" in names else []
        if self.target.like and "like" in names:
            dtype = f"{array}.dtype" if arrays and "onehot" not in facts(arrays[0]) else f"{self.target.alias}.float64"
            found.append(f"like = dict(dtype={dtype}{f', device={array}.device' if array else ''})")
        return found

    # --- text ---------------------------------------------------------------------------------------

    def definition(self, doc: list[str], returns: str) -> str:
        """The whole text of the function."""
        parameters = ", ".join(f"{p}: {t}" for p, t in self.parameters)
        result = "Callable[..., Any]" if self.late else returns
        head = f"def {self.name}({parameters}) -> {result}:"
        if len(head) > 110:
            head = f"def {self.name}(\n    " + ",\n    ".join(f"{p}: {t}" for p, t in self.parameters) + f",\n) -> {result}:"
        lines = [*self.body, f"return {', '.join(self.results)}"]
        if self.late:
            given = ", ".join(f"{self.parameter(v)}: {self.hint(v)}" for v in self.late)
            lines = [*self.writer.early, "", f"def apply({given}) -> {returns}:", *[f"    {x}" if x else "" for x in lines], "", "return apply"]
        lines = [*doc, *self.preamble(), *self.checks, *lines]
        return head + "\n" + "\n".join(f"    {x}" if x else "" for line in lines for x in line.split("\n")) + "\n"


def without_unused_sizes(checks: Sequence[str], rest: Sequence[str]) -> list[str]:
    """The checks without the sizes that they read and nothing after them needs."""
    used = set(WORD.findall(STRING.sub("", "\n".join(rest))))
    kept: list[str] = []
    for line in reversed(checks):
        reading = READING.fullmatch(line)
        if reading is not None:
            names = reading[1].split(", ")
            wanted = [k for k, name in enumerate(names) if name in used]
            if not wanted:
                continue
            if len(wanted) == 1 < len(names):
                line = f"{names[wanted[0]]} = {reading[2]}[{wanted[0]}]"
        code = " ".join(IN_BRACES.findall(line)) if line.lstrip().startswith("raise") else line
        used.update(WORD.findall(code))
        kept.append(line)
    return kept[::-1]


def inputs_of(roots: Sequence[Expr], context: Sequence[Expr]) -> list[Expr]:
    """Variables and differentials that occur in the roots, those of the context in its order."""
    nodes = ex.postorder(*roots)
    there = [e for e in nodes if e.op in (ex.VAR, ex.DIFF) or e.op is ex.DVAR and e.data.op is ex.VAR]
    rates = {e.args[0] for e in nodes if e.op is ex.DIFF}
    direct = {a for e in nodes if e.op is not ex.DIFF for a in e.args} | set(roots)
    there = [e for e in there if e not in rates or e in direct]
    order = [e for e in ex.postorder(*context) if e in there]
    return list(dict.fromkeys([*order, *there]))


def generics_of(roots: Sequence[Expr]) -> dict[str, tuple[str, int]]:
    """Unspecified element-wise functions by the name of their parameter."""
    found = {e.data for e in ex.postorder(*roots) if e.op is ex.GENERIC}
    return {generic_name(*d): d for d in sorted(found, key=lambda d: (d[0], d[1]))}


def is_integer(v: Expr) -> bool:
    return v.op is ex.VAR and v.is_scalar and "integer" in v.data[1] and not is_family(v)


def is_family(v: Expr) -> bool:
    return v.op is ex.VAR and v.data[3] is not None


def shape_of(v: Expr) -> tuple[Dim, ...]:
    """The axes of the array that is passed for a variable."""
    count = (v.data[3],) if is_family(v) else ()
    if v.is_scalar:
        return count
    return (*count, v.rows) if v.is_vector else (*count, v.rows, v.cols)


def scalar_hint(target: Target, e: Expr) -> str:
    """The type of a number."""
    return "complex" if target.scalar == "float" and ex.is_complex(e) else target.scalar


def is_letter(d: Dim) -> bool:
    return d.text.isidentifier()


def readable(d: Dim, known: set[str]) -> bool:
    """Whether a length gives the size of the letter in it."""
    return is_letter(d) or sum(x not in known for x in d.letters) == 0
