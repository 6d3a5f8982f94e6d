"""A result as a page: headings, equations with their reasons, notes. Says nothing of formats."""

from __future__ import annotations

from collections.abc import Iterator

from ..calculus.derivatives import Result, Target
from ..calculus.spaces import space_of
from ..core import expr as ex
from ..core.dims import shape_text
from ..core.expr import Expr
from ..core.rows import DEFINITIONS
from ..core.trace import Law, Stage, Step
from ..language.text import definitions_of
from ..simplify.normal import normal

DETAILS = ("brief", "normal", "every")


class Heading:
    __slots__ = ("number", "symbol")

    def __init__(self, number: int, symbol: str):
        self.number = number
        self.symbol = symbol


class Equation:
    """left = right by some laws; an empty left continues the equation above."""

    __slots__ = ("left", "right", "laws", "size")

    def __init__(self, left: str, right: Expr, laws: tuple[Law, ...] = (), size: str = ""):
        self.left = left
        self.right = right
        self.laws = laws
        self.size = size


class Note:
    """A phrase of `words.py` with the values of its blanks: words, or expressions to be written in the page's notation."""

    __slots__ = ("key", "values")

    def __init__(self, key: str, *values: str | Expr):
        self.key = key
        self.values = values


Item = Heading | Equation | Note


def partial(of: str, by: str) -> str:
    """The symbol of a derivative, as text; the styles write it their own way."""
    return f"∂{of}/∂{by}"


def function_name(result: Result) -> str:
    return "f" if result.function.is_scalar else "F"


def answer_symbol(result: Result, target: Target) -> str:
    f = function_name(result)
    if result.kind == "differential":
        return f"d{f}"
    if result.kind in ("stationary", "newton"):
        return target.text if result.kind == "stationary" else f"Δ{target.text}"
    if result.kind == "hessian":
        others = "".join(f"∂{t.shown}" for t in result.targets)
        return f"∂²{f}/{others}" if len(result.targets) > 1 else f"∂²{f}/∂{target.shown}²"
    if result.kind == "higher":
        return f"∂ⁿ{f}/∂{target.text}ⁿ"
    if result.kind == "by-scalar" and len(result.targets) > 1:
        return f"∂{_power(len(result.targets))}{f}/{''.join(f'∂{t.text}' for t in result.targets)}"
    return partial(f, target.shown)


def _power(n: int) -> str:
    return {2: "²", 3: "³"}.get(n, f"^{n}")


def answers(result: Result) -> Iterator[Equation]:
    """The answers, each with its size."""
    for t, v in zip(result.targets, result.values):
        yield Equation(answer_symbol(result, t), v, size=shape_text(v.rows, v.cols))


def brought_in(result: Result) -> list[Expr]:
    """The named intermediates of the answers that the function did not name."""
    given = {d.data for d in definitions_of(result.function)}
    bodies = [v.args[0] if v.op is ex.NAMED else v for v in result.values]
    return [d for d in definitions_of(*bodies) if d.data not in given]


def symbols(result: Result) -> dict[str, str]:
    """How the names of derivatives such as G_Y and D_F_Y are shown: ∂f/∂Y, ∂F/∂Y."""
    f = function_name(result)
    shown = {s.cotangent.data: partial(f, s.target.data) for s in result.stages if s.target is not None and s.cotangent is not None}
    return shown | {name: partial(of, by) for s in result.stages for name, (of, by) in s.symbols.items()}


def derivation(result: Result, detail: str = "normal") -> Iterator[Item]:
    """The stages, each with its equations and what was read off."""
    shown = [s for s in result.stages if s.steps]
    for number, stage in enumerate(shown, 1):
        yield from stage_items(result, stage, number if len(shown) > 1 else 0, detail)


def stage_items(result: Result, stage: Stage, number: int, detail: str) -> Iterator[Item]:
    f = stage.of or function_name(result)
    if any(step.kind == "solve" for step in stage.steps):
        yield from solved_items(stage, number)
        return
    if number:
        read_off = ", ".join(read_off_symbol(result, stage, leaf) for leaf, _ in stage.results)
        yield Heading(number, read_off or (answer_symbol(result, result.targets[0]) if stage.of else f"d{f}"))
    left, vectorised = f"d{f}", False
    for step in kept(stage.steps, detail):
        if step.kind == "rewrite":
            yield Equation(f, step.after, step.laws)
            continue
        if step.kind == "vec" and not vectorised:
            if step.before.op.name == "vec":
                yield Equation(f"vec(d{f})", step.before, ("vec",))
            left, vectorised = "", True
        if step.kind == "paths":
            node = stage.target if stage.target is not None else stage.results[0][0]
            yield Equation(partial(f, name(node)), step.before, step.laws)
            continue
        if step.kind == "compound" and left:
            yield Equation(f"vec(d{f})", step.before)
            left = ""
        yield Equation(left, step.after, step.laws)
        left = ""
    for leaf, g in stage.results:
        yield Equation(read_off_symbol(result, stage, leaf), g, size=shape_text(g.rows, g.cols))


def read_off_symbol(result: Result, stage: Stage, leaf: Expr) -> str:
    """∂f/∂X, with the way that was taken where there are several: ∂f/∂x|x→h→f."""
    f = stage.of or function_name(result)
    shown = partial(f, next((t.shown for t in result.targets if t.leaf is leaf), name(leaf)))
    if leaf not in stage.paths:
        return shown
    through = f"→{stage.target.data}" if stage.target is not None else ""
    return f"{shown}|{name(leaf)}{through}→{f}"


def solved_items(stage: Stage, number: int) -> Iterator[Item]:
    """An equation in the form in which it was solved, and that it holds at the solution."""
    if number:
        yield Heading(number, f"{stage.of} = 0")
    left = stage.of
    for step in stage.steps:
        yield Equation(left, step.after, step.laws)
        left = ""
    for leaf, value in stage.results:
        yield Equation(name(leaf), value, size=shape_text(value.rows, value.cols))


def kept(steps: list[Step], detail: str) -> list[Step]:
    """The steps worth a line: at `brief` only rules of differentiation and the last line; `every` keeps all."""
    if detail == "every":
        return steps
    if detail == "brief":
        return [s for i, s in enumerate(steps) if s.kind in ("differential", "rewrite", "vec") or i == len(steps) - 1]
    following = [s.kind for s in steps[1:]] + [""]
    return [s for s, then in zip(steps, following) if not (s.laws == ("linear",) and then == "differential" or then and regroups(s))]


def regroups(step: Step) -> bool:
    """Whether only brackets and numbers move: -y'*dx = (-y)'*dx."""
    return step.kind in ("trace", "collect") and list(factors(step.before)) == list(factors(step.after))


def factors(e: Expr) -> Iterator[Expr]:
    """What is multiplied and added, from left to right, without numbers, traces and brackets."""
    if e.op in (ex.ADD, ex.MUL) or e.op.name == "tr":
        for a in e.args:
            yield from factors(a)
    elif e.op is ex.T and e.args[0].op is ex.MUL:
        for a in reversed(e.args[0].args):
            yield from factors(a.args[0] if a.op is ex.T else ex.transpose(a))
    elif e.op is not ex.NUM:
        yield e


def name(leaf: Expr) -> str:
    return str(leaf.data[0] if leaf.op is ex.VAR else leaf.data)


def asked_for(result: Result) -> list[Target]:
    """The targets without the multipliers of constraints: those that the function itself speaks of."""
    before = next((e for why, e in result.conditions if why == "lagrange"), None)
    return result.targets if before is None else [t for t in result.targets if t.leaf in ex.variables(before)]


def notes(result: Result) -> Iterator[Note]:
    """What the reader must know of the answer: conventions, kinks, structure, derivatives with names of their own."""
    by = ", ".join(dict.fromkeys(t.shown for t in asked_for(result)))
    if result.kind == "gradient":
        yield Note("gradient", by)
        complex_ones = [t.shown for t in result.targets if ex.is_complex(t.leaf)]
        if complex_ones:
            yield Note("complex gradient", ", ".join(dict.fromkeys(complex_ones)))
    elif result.kind == "jacobian":
        yield Note(result.layout, by, evaluated_size(result))
    elif result.kind in ("hessian", "higher", "by-scalar", "stationary", "newton"):
        yield Note(result.kind, by)
    there = set(ex.variables(result.function))
    for t in result.targets:
        if t.leaf.op is ex.VAR and t.leaf not in there and not any(v.data[2] for v in there):
            yield Note("constant", t.shown)
    for key, of in dict.fromkeys(result.notes):
        yield Note(key, of)
    for t in result.targets:
        if t.text in result.free_entries:
            yield from free_parameters(result, t)
    for condition, term in result.conditions:
        yield Note(condition, term)
    for target, value in zip(result.targets, result.values):
        found = cases(value) if result.kind in ("gradient", "by-scalar") else None
        if found is not None:
            where, holds, fails, summed = found
            yield Note("cases of a term" if summed else "cases", answer_symbol(result, target), holds, where, fails)
    for jump in result.jumps:
        yield Note("jump" if jump.is_scalar else "jump at an entry", jump)
    for kink in result.kinks:
        yield Note("kink" if kink.is_scalar else "kink at an entry", kink)
    used = {e.op.name for v in result.values for e in ex.postorder(v)}
    for derivative, meaning in DEFINITIONS.items():
        if derivative in used:
            yield Note("where defined", f"{derivative}(X) = {meaning}")


def cases(value: Expr) -> tuple[Expr, Expr, Expr, bool] | None:
    """(condition, value where it holds, value elsewhere, whether that is said of every term of a sum) for an answer with one indicator."""
    sums = [a for a in (value.args if value.op is ex.MUL else (value,)) if a.op is ex.TOTAL]
    term = len(sums) == 1
    body = ex.substitute(value, {sums[0]: sums[0].args[2]}) if term else value
    conditions = {e for e in ex.postorder(body) if e.op in ex.COMPARE.values()}
    if len(conditions) != 1 or any(e.op is ex.TOTAL for e in ex.postorder(body)):
        return None
    condition = conditions.pop()
    if not condition.is_scalar:
        return None
    holds, fails = (normal(ex.substitute(body, {condition: ex.num(k)})) for k in (1, 0))
    return condition, holds, ex.num(0) if ex.is_zero(fails) else fails, term


def evaluated_size(result: Result) -> str:
    """The size of what `evaluate` gives in a layout that is not shown as such."""
    f, x = result.function, result.targets[0].whole
    if result.layout == "tensor":
        return "×".join(d.text for e in (f, x) for d in ((e.rows,) if e.is_vector else (e.rows, e.cols)))
    outer, inner = (f, x) if result.layout == "blocks_F" else (x, f)
    return shape_text(outer.rows * inner.rows, outer.cols * inner.cols)


def free_parameters(result: Result, target: Target) -> Iterator[Note]:
    """How the derivative by the free parameters follows from the one shown."""
    space = space_of(target.leaf)
    if result.kind == "gradient":
        yield Note(f"{space} free entries", target.text)
    else:
        yield Note("free parameters", target.text, result.free_entries[target.text])


def sizes(result: Result) -> Iterator[tuple[str, str, list[str]]]:
    """(name, size, facts) of every variable and intermediate of the function."""
    for e in ex.postorder(result.function):
        if e.op is ex.VAR and e.data[3] is not None:
            yield f"{e.data[0]}[i]", f"{shape_text(e.rows, e.cols)} (i = 1..{e.data[3]})", sorted(e.data[1])
        elif e.op is ex.VAR:
            yield e.data[0], shape_text(e.rows, e.cols), sorted(e.data[1])
        elif e.op is ex.NAMED:
            yield e.data, shape_text(e.rows, e.cols), []
    for g in dict.fromkeys(e.data[0] for e in ex.postorder(result.function) if e.op is ex.GENERIC):
        yield g, "", ["element-wise"]
