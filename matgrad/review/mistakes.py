"""What is wrong with a line: the change that makes it right, found by trying changes and judged by numbers alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, islice

from ..check.equality import agree
from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import STRUCTURE, facts
from ..errors import MatgradError
from ..language.syntax import Ast
from ..language.text import text
from ..simplify.normal import normal
from .meaning import Meaning, Undecided
from .reading import Reader, Symbol

TRIALS = 600  # changes that are tried on one line
PAIRS = 300  # of two at a time
GROUPS = 60  # of missing terms
HALF = ex.num(Fraction(1, 2))
CHANGES = ("sign", "factor", "transpose", "order", "hadamard", "extra", "transposes")  # in the order in which they are tried


class Mistake:
    """One kind of mistake; `bad` stands in the line and `good` should, as text."""

    __slots__ = ("kind", "bad", "good", "repaired", "fixed", "symmetric")

    def __init__(self, kind: str, bad: str = "", good: str = "", repaired: Expr | None = None):
        self.kind = kind
        self.bad = bad
        self.good = good
        self.repaired = repaired
        self.fixed = ""  # what alone may vary for the line to be right
        self.symmetric: list[Expr] = []  # the variables that were taken to be


class Case:
    """A wrong line: what it claims to equal, as written and in variables alone, and the line itself."""

    def __init__(
        self, reader: Reader, meaning: Meaning, last: Expr, symbol: Symbol | None, side: Expr | None, ast: Ast, wanted: Expr, leaves: list[Expr]
    ):
        self.reader = reader
        self.meaning = meaning
        self.last = last
        self.symbol = symbol
        self.side = side
        self.ast = ast
        self.wanted = wanted
        self.leaves = leaves
        self.trials = 0

    def agree(self, a: Expr, b: Expr) -> bool:
        """Whether a = b, as long as a line may be tried."""
        self.trials += 1
        return self.trials <= TRIALS and agree(a, b)

    @property
    def differentiates(self) -> bool:
        """Whether the step works out a differential."""
        return any(n.op is ex.D or n.op is ex.DVAR and n.data.op is ex.NAMED for n in ex.postorder(self.last))

    def resolved(self) -> Expr | None:
        return self.meaning.resolve(self.side, self.leaves) if self.side is not None else None

    def build(self, ast: Ast) -> Expr | None:
        """A changed line as an expression; None where its sizes do not fit."""
        try:
            return self.reader.expression(ast)
        except MatgradError:
            return None

    def mends(self, ast: Ast) -> Expr | None:
        """The changed line, if it is right."""
        e = self.build(ast)
        if e is None or e.rows is not self.wanted.rows or e.cols is not self.wanted.cols:
            return None
        try:
            return e if self.agree(self.meaning.resolve(e, self.leaves), self.wanted) else None
        except MatgradError:
            return None


def diagnose(case: Case) -> Mistake | None:
    """The first kind of mistake that explains the line; None where none does."""
    for look in (layout, symmetry_unused, missing_differential, one_change, symmetry_used, missing_gradient, missing_summand, two_transposes, symmetries_used):
        try:
            found = look(case)
        except Undecided:
            continue
        if found is not None:
            return found
    return None


def expected(case: Case, mistake: Mistake | None) -> Expr:
    """What the line should have been: matgrad's own derivative; else the line mended, or the line before in its normal form."""
    if case.symbol is not None:
        return case.meaning.gradient_value(case.symbol)
    if case.last.op in (ex.D, ex.DVAR):
        return case.meaning.d(inside(case.last), case.leaves)
    return mistake.repaired if mistake is not None and mistake.repaired is not None else normal(case.last)


# --- conventions -----------------------------------------------------------------------------------------


def layout(case: Case) -> Mistake | None:
    """The transpose of a derivative."""
    side = case.resolved()
    if case.symbol is None or side is None or side.is_scalar or not case.agree(ex.transpose(side), case.wanted):
        return None
    f = case.meaning.definitions.get(case.symbol.of)
    return Mistake("layout" if f is None or f.is_scalar else "jacobian layout", case.symbol.text, text(normal(ex.transpose(side))))


def symmetry_unused(case: Case) -> Mistake | None:
    """The gradient by a structured X, not yet projected on its space."""
    side, symbol = case.resolved(), case.symbol
    x = case.reader.known.variables.get(symbol.by) if symbol is not None else None
    if side is None or symbol is None or x is None or symbol.order > 1 or not facts(x) & STRUCTURE or side.rows is not x.rows or side.cols is not x.cols:
        return None
    form = pairing(side, x, case.meaning.definitions[symbol.of], "")
    if form is None or not case.agree(form, case.meaning.d(case.meaning.definitions[symbol.of], [x])):
        return None
    return Mistake("symmetry unused" if facts(x) & STRUCTURE == {"symmetric"} else "structure unused", symbol.by, text(case.wanted))


def symmetry_used(case: Case) -> Mistake | None:
    """A line that holds only for a symmetric matrix."""
    return symmetric_in(case, [[v] for v in square(case)])


def symmetries_used(case: Case) -> Mistake | None:
    """A line that holds only for several symmetric matrices."""
    return symmetric_in(case, [square(case)])


def square(case: Case) -> list[Expr]:
    """The square matrices of which nothing says that they are symmetric."""
    side = case.resolved()
    if side is None or side.rows is not case.wanted.rows or side.cols is not case.wanted.cols:
        return []
    return [v for v in ex.variables(side, case.wanted) if v.rows is v.cols and not v.is_scalar and "symmetric" not in facts(v)]


def symmetric_in(case: Case, choices: list[list[Expr]]) -> Mistake | None:
    side = case.resolved()
    for chosen in choices:
        if chosen and side is not None and case.agree(made_symmetric(side, chosen), made_symmetric(case.wanted, chosen)):
            found = Mistake("symmetry used", ", ".join(v.data[0] for v in chosen))
            found.symmetric = chosen
            return found
    return None


def made_symmetric(e: Expr, chosen: list[Expr]) -> Expr:
    """The expression with some variables declared symmetric."""
    mapping: dict[Expr, Expr] = {}
    for v in chosen:
        name, known, params, count = v.data
        mapping[v] = ex.var(name, v.rows, v.cols, known | {"symmetric"}, params, count)
        mapping[ex.dvar(v)] = ex.dvar(mapping[v])
    return ex.substitute(e, mapping)


# --- terms that are missing ---------------------------------------------------------------------------------


def pairing(g: Expr, x: Expr, f: Expr, layout: str) -> Expr | None:
    """⟨G, dX⟩ for a scalar f; else the dF with vec dF = J' vec dX, or J vec dX in numerator layout."""
    dx = ex.dvar(x)
    if f.is_scalar and g.rows is x.rows and g.cols is x.cols:
        return ex.mul(g, dx) if x.is_scalar else ex.call("tr", ex.mul(ex.transpose(g), dx)) if not x.is_vector else ex.mul(ex.transpose(g), dx)
    if x.is_scalar:
        return ex.mul(g, dx) if g.rows is f.rows and g.cols is f.cols else None
    j = g if layout == "numerator" else ex.transpose(g)
    if f.is_scalar or j.rows is not f.rows * f.cols or j.cols is not x.rows * x.cols:
        return None
    return ex.unvec(ex.mul(j, dx if x.is_vector else ex.call("vec", dx)), f.rows, f.cols)


def some(terms: list[Expr]) -> Iterator[list[Expr]]:
    """One, two, … of the terms, few before many."""
    for count in range(1, min(4, len(terms) + 1)):
        for chosen in combinations(terms, count):
            yield list(chosen)


def missing(case: Case, groups: list[list[Expr]], line: Expr, wanted: Expr) -> Mistake | None:
    """Terms that a line must be given to be right: part of a product rule, or whole summands."""
    everything = [t for g in groups for t in g]
    for chosen in islice(some(everything), GROUPS):
        if case.agree(ex.add(line, *chosen), wanted):
            whole = all(t in chosen for g in groups if any(t in chosen for t in g) for t in g)
            kind = "term" if whole and len(everything) > len(chosen) and len(groups) > 1 else "product rule"
            return Mistake(kind, "", text(normal(ex.add(*chosen))))
    return None


def held_fixed(case: Case, line: Expr) -> str:
    """The variables whose differentials the line writes, when it is right with all others fixed."""
    own = case.meaning.directions_in(line)
    others = {ex.dvar(v): ex.zeros(v.rows, v.cols) for v in case.leaves if v not in own}
    return ", ".join(v.data[0] for v in own) if own and others and case.agree(line, ex.substitute(case.wanted, others)) else ""


def missing_differential(case: Case) -> Mistake | None:
    side = case.resolved()
    if side is None or not case.differentiates or side.rows is not case.wanted.rows or side.cols is not case.wanted.cols:
        return None
    of = case.last
    if of.op in (ex.D, ex.DVAR):
        groups = case.meaning.terms(inside(of), case.leaves)
    else:
        parts = {n: [t for g in case.meaning.terms(inside(n), case.leaves) for t in g] for n in pending(of)}
        groups = [[ex.substitute(linear_in(of, n), {n: t}) for t in terms] for n, terms in parts.items()]
    found = missing(case, groups, side, case.wanted) if sum(map(len, groups)) > 1 else None
    if found is not None:
        found.fixed = held_fixed(case, side)
    return found


def inside(differential: Expr) -> Expr:
    """What a d(u) or a dY is the differential of."""
    return differential.data if differential.op is ex.DVAR else differential.args[0]


def pending(e: Expr) -> list[Expr]:
    """The differentials of an expression that are still to be worked out."""
    return [n for n in ex.postorder(e) if n.op is ex.D or n.op is ex.DVAR and n.data.op is ex.NAMED]


def linear_in(e: Expr, kept: Expr) -> Expr:
    """The expression with every differential but one put to zero."""
    others = {n: ex.zeros(n.rows, n.cols) for n in ex.postorder(e) if n.op in (ex.D, ex.DVAR) and n is not kept}
    return ex.substitute(e, others)


def missing_gradient(case: Case) -> Mistake | None:
    """Terms missing from a derivative, looked for in df = ⟨∂f/∂X, dX⟩."""
    symbol, side = case.symbol, case.resolved()
    if symbol is None or side is None or symbol.order > 1 or symbol.of not in case.meaning.definitions:
        return None
    f, x = case.meaning.definitions[symbol.of], case.reader.known.variables.get(symbol.by)
    form = pairing(side, x, f, case.meaning.layout) if x is not None else None
    if x is None or form is None:
        return None
    found = missing(case, case.meaning.terms(f, [x]), form, case.meaning.d(f, [x]))
    return found and Mistake(found.kind + " in gradient", "", found.good)


def missing_summand(case: Case) -> Mistake | None:
    """A term of the line before that this line has lost."""
    side = case.resolved()
    if side is None or case.wanted.op is not ex.ADD or side.rows is not case.wanted.rows or side.cols is not case.wanted.cols:
        return None
    found = missing(case, [[t] for t in case.wanted.args], side, case.wanted)
    return found and Mistake("term", "", found.good)


# --- changes of the line -------------------------------------------------------------------------------------


class Change:
    """The whole line with one part of it changed."""

    __slots__ = ("kind", "line", "bad", "good")

    def __init__(self, kind: str, line: Ast, bad: Ast, good: Ast):
        self.kind = kind
        self.line = line
        self.bad = bad
        self.good = good


Wrap = Callable[[Ast], Ast]


def walk(ast: Ast, wrap: Wrap = lambda new: new) -> Iterator[tuple[Ast, Wrap]]:
    """Every part of a line, with what puts a new part in its place."""
    yield ast, wrap
    parts = ast.parts[:1] if ast.kind in ("index", "power", "power-T") else ast.parts
    for i, part in enumerate(parts):

        def inside(new: Ast, i: int = i) -> Ast:
            return wrap(Ast(ast.kind, ast.span, [*ast.parts[:i], new, *ast.parts[i + 1 :]], ast.value))

        yield from walk(part, inside)


def changes(ast: Ast) -> Iterator[Change]:
    """Every single change of a line."""
    for part, wrap in walk(ast):
        for kind, new in (*local_changes(part), *((("sign", negative(part)), *scalings(part)) if part is ast else ())):
            yield Change(kind, wrap(new), part, new)


def local_changes(part: Ast) -> Iterator[tuple[str, Ast]]:
    if part.kind == "transpose":
        yield "transpose", part.parts[0]
    elif part.kind in ("name", "group", "call", "power", "index", "power-T"):
        yield "transpose", transposed(part)
    if part.kind == "product":
        yield from product_changes(part)
    if part.kind == "sum":
        yield from sum_changes(part)
    if part.kind == "call" and part.value[0] in ("kron", "K") and len(part.parts) == 2:  # type: ignore[index]
        yield "order", Ast("call", part.span, part.parts[::-1], part.value)


def product_changes(part: Ast) -> Iterator[tuple[str, Ast]]:
    ops: list[str] = list(part.value)  # type: ignore[call-overload]
    for i, op in enumerate(ops):
        swapped = [*part.parts]
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        if op == "*":
            yield "order", Ast("product", part.span, swapped, ops)
        if op in ("*", ".*"):
            yield "hadamard", Ast("product", part.span, part.parts, [*ops[:i], ".*" if op == "*" else "*", *ops[i + 1 :]])
    if set(ops) == {"*"}:
        yield "transposes", Ast("product", part.span, [p.parts[0] if p.kind == "transpose" else transposed(p) for p in part.parts], ops)
        if len(ops) > 1:
            yield "order", Ast("product", part.span, part.parts[::-1], ops)


def sum_changes(part: Ast) -> Iterator[tuple[str, Ast]]:
    signs: list[str] = list(part.value)  # type: ignore[call-overload]
    for i, term in enumerate(part.parts):
        flipped = [*signs[:i], "-" if signs[i] == "+" else "+", *signs[i + 1 :]]
        yield "sign", Ast("sum", part.span, part.parts, flipped)
        if len(signs) > 1:
            yield "extra", Ast("sum", part.span, part.parts[:i] + part.parts[i + 1 :], signs[:i] + signs[i + 1 :])
            for kind, scaled in scalings(term):
                yield kind, Ast("sum", part.span, [*part.parts[:i], scaled, *part.parts[i + 1 :]], signs)


def transposed(ast: Ast) -> Ast:
    return Ast("transpose", ast.span, [ast])


def negative(ast: Ast) -> Ast:
    return Ast("sum", ast.span, [Ast("group", ast.span, [ast])], ["-"])


def scalings(ast: Ast) -> Iterator[tuple[str, Ast]]:
    for above, below in ((2, 1), (1, 2), (-2, 1)):
        number = Ast("product", ast.span, [Ast("number", ast.span, [], str(abs(above))), Ast("number", ast.span, [], str(below))], ["/"])
        scaled = Ast("product", ast.span, [number, Ast("group", ast.span, [ast])], ["*"])
        yield "factor", scaled if above > 0 else negative(scaled)


def one_change(case: Case) -> Mistake | None:
    tried = sorted(changes(case.ast), key=lambda c: CHANGES.index(c.kind))
    for c in tried:
        mended = case.mends(c.line)
        if mended is not None:
            return named(case, c, mended)
    return None


def two_transposes(case: Case) -> Mistake | None:
    """Two factors of which each has a transpose too many or too few."""
    tried = 0
    for first in changes(case.ast):
        if first.kind != "transpose":
            continue
        for second in changes(first.line):
            if second.kind == "transpose":
                tried += 1
                mended = case.mends(second.line)
                if mended is not None:
                    return Mistake("transpose", source(case, case.ast), text(mended), mended)
                if tried > PAIRS:
                    return None
    return None


def named(case: Case, c: Change, mended: Expr) -> Mistake:
    """The mistake behind a change that mends the line."""
    bad, good = source(case, c.bad), case.build(c.good)
    if good is not None and c.kind == "factor":
        good, mended = normal(good), normal(mended)
    kind = c.kind.removesuffix("s")
    if kind == "sign" and case.differentiates and any(n.op.name == "inv" for n in ex.postorder(mended)):
        kind = "inverse" if any(v in ex.postorder(a) for a in inverses(case) for v in case.leaves) else "sign"
    return Mistake(kind, bad, text(good) if good is not None else "", mended)


def inverses(case: Case) -> list[Expr]:
    """The inverses in what the step differentiates."""
    return [n for n in ex.postorder(*map(inside, pending(case.last))) if n.op.name == "inv"]


def source(case: Case, ast: Ast) -> str:
    return " ".join(case.reader.source[ast.span[0] : ast.span[1]].split())
