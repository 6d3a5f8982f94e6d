"""A result as a page: headings, equations with their reasons, notes. Says nothing of formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..calculus.derivatives import Result, Target
from ..calculus.spaces import space_of
from ..calculus.subgradients import gives_subgradients
from ..core import expr as ex
from ..core.dims import shape_text
from ..core.expr import Expr
from ..core.rows import DEFINITIONS
from ..core.trace import Law, Stage, Step
from ..language.text import definitions_of
from ..simplify.normal import normal
from .words import WORDS

DETAILS = ("brief", "normal", "every")


class Name(str):
    """A variable on the left of an equation: no differential, even if its name begins with d."""

    __slots__ = ()


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

    def __init__(self, key: str, *values: str | Expr | Note):
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
        return Name(target.text) if result.kind == "stationary" else f"Δ{target.text}"
    if result.kind in ("hessian", "higher"):
        return of_order(f, [t.shown for t in result.targets] if len(result.targets) > 1 else [target.shown] * result.order)
    if result.kind == "by-scalar":
        return of_order(f, [t.shown for t in result.targets])
    return partial(f, target.shown)


def of_order(f: str, by: list[str]) -> str:
    """∂f/∂x, ∂²f/∂x², ∂²f/∂x∂y."""
    if len(by) == 1:
        return partial(f, by[0])
    power = {2: "²", 3: "³"}.get(len(by), f"^{len(by)}")
    return f"∂{power}{f}/∂{by[0]}{power}" if len(set(by)) == 1 else f"∂{power}{f}/{''.join(f'∂{x}' for x in by)}"


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
    """The stages, each with its equations and what was read off; at the end the answers that none of them says as it stands."""
    shown = [s for s in result.stages if s.steps and not is_projection(s)]
    said = set()
    for number, stage in enumerate(shown, 1):
        for item in stage_items(result, stage, number if len(shown) > 1 else 0, detail):
            yield item
            if isinstance(item, Equation):
                said.add((item.left, item.right))
    if shown and result.kind != "differential":
        laws = ("newton equation",) if result.kind == "newton" else ()
        yield from (Equation(a.left, a.right, laws, a.size) for a in answers(result) if (a.left, a.right) not in said)


def is_projection(stage: Stage) -> bool:
    """Whether it only says that a structured variable moves in its space."""
    return any(step.kind == "project" for step in stage.steps)


def stage_items(result: Result, stage: Stage, number: int, detail: str) -> Iterator[Item]:
    if any(step.kind == "solve" for step in stage.steps):
        yield from solved_items(stage, number)
        return
    if number:
        found = ", ".join(read_off_symbol(result, stage, leaf) for leaf, _ in stage.results)
        yield Heading(number, found or differentiated(result, stage))
    whole, vectorised = differentiated(result, stage), False
    left, f = whole, stage.of or function_name(result)
    for step in kept(stage.steps, detail):
        if step.kind == "rewrite":
            yield Equation(f, step.after, step.laws)
            continue
        if step.kind == "vec" and not vectorised:
            if step.before.op.name == "vec":
                yield Equation(f"vec({whole})", step.before, ("vec",))
            left, vectorised = "", True
        if step.kind == "paths":
            node = stage.target if stage.target is not None else stage.results[0][0]
            yield Equation(partial(f, name(node)), step.before, step.laws)
            continue
        if step.kind == "compound" and left:
            yield Equation(f"vec({whole})", step.before)
            left = ""
        yield Equation(left, step.after, step.laws)
        left = ""
    for leaf, g in stage.results:
        yield from read_off(result, stage, leaf, g)


def differentiated(result: Result, stage: Stage) -> str:
    """df; of a derivative that is differentiated again, by a scalar or by another variable, d(∂f/∂t)."""
    f = function_name(result)
    whole = result.basis or result
    place = whole.stages.index(stage) if whole.kind == "by-scalar" and stage in whole.stages else 0
    if stage.of == "∇f" and len(whole.targets) > 1:
        place = 1
    return f"d({of_order(f, [t.shown for t in whole.targets[:place]])})" if place else f"d{stage.of or f}"


def read_off(result: Result, stage: Stage, leaf: Expr, g: Expr) -> Iterator[Equation]:
    """∂f/∂X = G; of a structured variable, G as if it were free and then its part in the space."""
    symbol = read_off_symbol(result, stage, leaf)
    projection = next((s for s in result.stages if is_projection(s) and s.results[0][0] is leaf and s.of == stage.of), None)
    if projection is None or leaf in stage.paths:
        yield Equation(symbol, g, size=shape_text(g.rows, g.cols))
        return
    if not stage.of:
        yield Equation(free_gradient(result, name(leaf)), g, size=shape_text(g.rows, g.cols))
    yield Equation(symbol, projection.results[0][1], projection.steps[0].laws)


def free_gradient(result: Result, by: str) -> str:
    """What the gradient by a variable is called as if it had no structure: G, or G_S where there are several."""
    taken = {name(v) for v in ex.variables(result.function)}
    letter = next(letter for letter in ("G", "Gamma", "Omega", "G_") if letter not in taken)
    return letter if sum(key.endswith(" space") for key, _ in result.notes) == 1 else f"{letter}_{by}"


def read_off_symbol(result: Result, stage: Stage, leaf: Expr) -> str:
    """∂f/∂X, with the way that was taken where there are several: ∂f/∂x|x→h→f."""
    f = function_name(result)
    whole = result.basis or result
    if whole.kind == "by-scalar":
        return of_order(f, [t.shown for t in whole.targets[: whole.stages.index(stage) + 1]])
    if leaf in stage.paths:
        through = f"→{stage.target.data}" if stage.target is not None else ""
        return f"{partial(stage.of or f, by_name(result, leaf))}|{name(leaf)}{through}→{stage.of or f}"
    if any(t.leaf is leaf for t in whole.targets):
        if stage.of == "∇f" and whole.kind == "higher":
            return "H"
        if stage.of == f"D{result.order - 1}" or stage.of == "∇f" or result.order == 3 and stage.of == "H":
            return answer_symbol(whole, whole.targets[0])
    return partial(stage.of or f, by_name(result, leaf))


def by_name(result: Result, leaf: Expr) -> str:
    """A variable as it was asked for: a member x[k], but of an entry or a row the whole."""
    return next((t.shown for t in result.targets if t.leaf is leaf and (t.part is leaf or t.place is not None)), name(leaf))


def solved_items(stage: Stage, number: int) -> Iterator[Item]:
    """An equation in the form in which it was solved, and that it holds at the solution."""
    if number:
        yield Heading(number, f"{stage.of} = 0")
    left = stage.of
    for step in stage.steps:
        yield Equation(left, step.after, step.laws)
        left = ""
    for leaf, value in stage.results:
        yield Equation(Name(name(leaf)), value, size=shape_text(value.rows, value.cols))


def kept(steps: list[Step], detail: str) -> list[Step]:
    """The steps worth a line: at `brief` only rules of differentiation and the last line; `every` keeps all."""
    steps = with_reasons(steps)
    if detail == "every":
        return steps
    following = [s.kind for s in steps[1:]] + [""]
    steps = [s for s, then in zip(steps, following) if not (s.laws == ("linear",) and then == "differential" or then and regroups(s))]
    return steps if detail == "normal" else [s for i, s in enumerate(steps) if s.kind in ("differential", "rewrite", "vec") or i == len(steps) - 1]


def with_reasons(steps: list[Step]) -> list[Step]:
    """A step without a law of its own (a number moves) is one with the step before it, or else with the one after it."""
    out: list[Step] = []
    for s in steps:
        last = out[-1] if out else None
        if last is not None and last.kind == s.kind and not (last.laws and s.laws):
            out[-1] = Step(s.kind, last.before, s.after, last.laws or s.laws)
        else:
            out.append(s)
    return out


MOVE_A_SCALAR = ("tr(c*A) = c*tr(A)", "tr(A) = tr(eye(n)'*A)")


def regroups(step: Step) -> bool:
    """Whether only brackets and numbers move, -y'*dx = (-y)'*dx, or a scalar, dt*c = c*dt."""
    if step.kind not in ("trace", "collect"):
        return False
    before, after = list(factors(step.before)), list(factors(step.after))
    scalars_move = all(getattr(law, "note", "") in MOVE_A_SCALAR for law in step.laws)
    return before == after or scalars_move and Counter(before) == Counter(after)


def factors(e: Expr) -> Iterator[Expr]:
    """What is multiplied and added, from left to right, without numbers, traces and brackets."""
    if e.op in (ex.ADD, ex.MUL) or e.op.name == "tr":
        for a in e.args:
            yield from factors(a)
    elif e.op is ex.TOTAL:
        yield e.args[1]
        yield from factors(e.args[2])
    elif e.op is ex.POW and e.args[1].op is ex.NUM and e.args[1].data in (2, 3, -2, -3):
        for _ in range(abs(e.args[1].data)):
            yield from factors(e.args[0] if e.args[1].data > 0 else ex.power(e.args[0], ex.MINUS_ONE))
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
    asked = list(dict.fromkeys(t.shown for t in asked_for(result)))
    by = ", ".join(asked)
    if result.kind == "gradient" and all(v.is_scalar for v in result.values):
        yield Note("derivative", by)
    elif result.kind == "gradient":
        yield Note("gradient" if len(asked) == 1 else "gradients", by)
        complex_ones = [t.shown for t in result.targets if ex.is_complex(t.leaf)]
        if complex_ones:
            yield Note("complex gradient", ", ".join(dict.fromkeys(complex_ones)))
    elif result.kind == "jacobian":
        plain = result.function.is_vector and result.targets[0].part.is_vector and not result.targets[0].is_row
        yield Note(f"{result.layout} of vectors" if plain and f"{result.layout} of vectors" in WORDS else result.layout, by, evaluated_size(result))
    elif result.kind == "hessian" and len(asked) > 1:
        yield Note("mixed hessian", *asked)
    elif result.kind == "hessian" and result.targets[0].part.is_vector:
        yield Note("hessian of vectors", by)
    elif result.kind in ("hessian", "higher", "by-scalar", "stationary", "newton"):
        yield Note("derivative" if result.kind == "by-scalar" and result.function.is_scalar and len(result.targets) == 1 else result.kind, by)
    for condition, term in result.conditions:
        if condition == "lagrange":
            yield Note(condition, term)
    there = set(ex.variables(result.function))
    for t in result.targets:
        if t.leaf.op is ex.VAR and t.leaf not in there and not any(v.data[2] for v in there):
            yield Note("constant", t.shown)
    for key, of in dict.fromkeys(result.notes):
        if result.kind == "hessian" and key.endswith(" space"):
            yield Note("hessian in the space", of, Note(key.removesuffix(" space")))
        else:
            yield Note(key, of, free_gradient(result, of))
    for t in result.targets:
        if t.text in result.free_entries:
            yield from free_parameters(result, t)
    for condition, term in result.conditions:
        if condition != "lagrange":
            yield Note(condition, term)
    for target, value in zip(result.targets, result.values):
        found = cases(value) if result.kind in ("gradient", "by-scalar") else None
        if found is not None:
            where, holds, fails, summed = found
            yield Note("cases of a term" if summed else "cases", answer_symbol(result, target), holds, where, fails)
    for jump in result.jumps:
        yield Note("jump" if jump.is_scalar else "jump at an entry", jump)
    whole = not result.kinks or gives_subgradients(result.function, [t.leaf for t in result.targets])
    for kink in result.kinks:
        which = "higher " if result.kind in ("hessian", "higher", "newton") else "undefined " if divides(kink, result) else ""
        indices = ", ".join(sorted(ex.free_indices(kink)))
        key = "kink" if whole or which else "kink of parts"
        if indices and not which:
            yield Note(f"{key} of a term", kink, indices)
        else:
            yield Note(which + (key if kink.is_scalar else f"{key} at an entry"), kink)
    used = {e.op.name for v in result.values for e in ex.postorder(v)}
    for derivative, meaning in DEFINITIONS.items():
        if derivative in used:
            yield Note("where defined", f"{derivative}(X) = {meaning}")


def divides(e: Expr, result: Result) -> bool:
    """Whether an answer divides by something that is 0 where e is."""
    divisors = {d.args[0] for v in result.values for d in ex.postorder(v) if d.op is ex.POW and d.args[1].op is ex.NUM and d.args[1].data < 0}
    there = {e: ex.num(0) if e.is_scalar else ex.zeros(e.rows, e.cols)}
    return any(ex.is_zero(normal(ex.substitute(d, there))) for d in divisors)


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
            yield e.data[0] + (f"({', '.join(e.data[2])})" if e.data[2] else ""), shape_text(e.rows, e.cols), sorted(e.data[1])
        elif e.op is ex.NAMED:
            yield e.data, shape_text(e.rows, e.cols), []
    for g in dict.fromkeys(e.data[0] for e in ex.postorder(result.function) if e.op is ex.GENERIC):
        yield g, "", ["element-wise"]
