"""Solve gradient = 0 by matrix algebra, or say that it has no closed form here.

A gradient that is linear in the unknown is Σ A*X*B + C; one in inv(X) alone is linear in that; one in X
and inv(X) may become linear when multiplied by X on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..calculus import derivatives as calc
from ..calculus.derivatives import Result, Target
from ..calculus.differentiate import Differentiator, is_active
from ..calculus.transpose import only_active
from ..calculus.vectorise import vectorise
from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.facts import facts
from ..core.trace import Stage
from ..errors import UnsupportedError
from ..simplify.normal import normal
from ..simplify.sums import distribute

Term = tuple[Expr, Expr]  # A and B of A*dX*B


def stationary(function: Expr, targets: list[Target]) -> Result:
    """The point where the gradient vanishes, one unknown after the other; raises UnsupportedError without one."""
    gradient = calc.gradients(function, targets)
    result = Result("stationary", function, targets)
    result.stages = gradient.stages
    result.note(gradient)
    solved: dict[Expr, Expr] = {}
    for t, found in _solvable_first(list(zip(targets, gradient.values))):
        solution = normal(ex.substitute(found, solved))
        solved = {v: normal(ex.substitute(e, {t.leaf: solution})) for v, e in solved.items()} | {t.leaf: solution}
    stage = Stage(None, "∇f")
    for g in gradient.values:
        zero = ex.zeros(g.rows, g.cols)
        stage.add("solve", ex.substitute(g, solved), zero, ("the gradient vanishes at the solution",))
    result.stages = [*result.stages, stage]
    result.values = [solved[t.leaf] for t in targets]
    result.notes.append((verdict(function, targets, solved), ", ".join(t.text for t in targets)))
    return result


def _solvable_first(pairs: list[tuple[Target, Expr]]) -> Iterable[tuple[Target, Expr]]:
    """Each unknown with its solution, those first whose solution does not need the others."""
    waiting = list(pairs)
    while waiting:
        unknowns = {t.leaf for t, _ in waiting}
        chosen = None
        for pair in waiting:
            try:
                solution = solve(pair[1], pair[0].leaf)
            except UnsupportedError:
                continue
            if not unknowns & set(ex.variables(solution)):
                chosen = pair[0], solution
                break
        if chosen is None:
            names = ", ".join(t.text for t, _ in waiting)
            raise UnsupportedError(f"the gradient by {names} has no zero in closed form that matgrad knows; newton_step gives an iteration")
        t, solution = chosen
        waiting = [(u, normal(ex.substitute(h, {t.leaf: solution}))) for u, h in waiting if u is not t]
        yield chosen


def solve(g: Expr, x: Expr) -> Expr:
    """X with g(X) = 0. Raises UnsupportedError where no closed form is known."""
    if x not in ex.variables(g):
        raise UnsupportedError(f"the gradient does not depend on {x.data[0]}; it has no single stationary point")
    inverse = ex.call("inv", x) if x.rows is x.cols and not x.is_scalar else ex.power(x, ex.MINUS_ONE)
    y = ex.var(f"{x.data[0]}⁻¹", x.rows, x.cols, x.data[1])
    candidates: list[Callable[[], Expr]] = [
        lambda: solve_linear(g, x),
        lambda: normal(ex.call("inv", solve_linear(ex.substitute(g, {inverse: y}), y, without=x))),
        lambda: solve_linear(_expanded(ex.mul(x, g, x)), x),
        lambda: solve_linear(_expanded(ex.mul(x, g)), x),
    ]
    for attempt in candidates[: 1 if x.rows is not x.cols else None]:
        try:
            return attempt()
        except UnsupportedError:
            continue
    raise UnsupportedError(f"the gradient by {x.data[0]} has no zero in closed form that matgrad knows; newton_step gives an iteration")


def _expanded(e: Expr) -> Expr:
    form = normal(e)
    terms = form.args if form.op is ex.ADD else (form,)
    flat = [t for term in terms for t in distribute(term)]
    return normal(ex.add(*flat))


def solve_linear(g: Expr, x: Expr, without: Expr | None = None) -> Expr:
    """X with Σ A*X*B + C = 0."""
    if without is not None and without in ex.variables(g) or x not in ex.variables(g):
        raise UnsupportedError("not linear")
    linear = _differential(g, x)
    if any(v is x for v in ex.variables(linear)):
        raise UnsupportedError("not linear")
    constant = normal(ex.substitute(g, {x: ex.zeros(x.rows, x.cols)}))
    right = normal(ex.neg(constant))
    terms = [_sides(t, x) for t in (linear.args if linear.op is ex.ADD else (linear,))]
    if all(t is not None for t in terms):
        known = [t for t in terms if t is not None]
        if all(b.op is ex.EYE or b.is_scalar and x.cols is ONE for _, b in known):
            return normal(ex.mul(_inverse(ex.add(*[a for a, _ in known])), right))
        if all(a.op is ex.EYE for a, _ in known):
            return normal(ex.mul(right, _inverse(ex.add(*[b for _, b in known]))))
        if len(known) == 1:
            return normal(ex.mul(_inverse(known[0][0]), right, _inverse(known[0][1])))
    matrix = vectorise(linear, [x], Stage(None), {})[x]
    flat = ex.call("vec", right) if right.cols is not ONE else right
    solution = ex.mul(_inverse(matrix), flat)
    return normal(ex.unvec(solution, x.rows, x.cols) if x.cols is not ONE else solution)


def _inverse(a: Expr) -> Expr:
    return ex.divide(ex.ONE_, a) if a.is_scalar else ex.call("inv", normal(a))


def _differential(g: Expr, x: Expr) -> Expr:
    return normal(Differentiator(g, [x]).run(g, Stage(None)))


def _sides(t: Expr, x: Expr) -> Term | None:
    """A and B of A*dX*B; None for another shape."""
    if t.op is ex.DVAR:
        return ex.eye(x.rows), ex.eye(x.cols)
    if t.op is not ex.MUL or not is_active(t):
        return None
    at = only_active(t)
    if t.args[at].op is not ex.DVAR:
        return None
    scalars = [a for i, a in enumerate(t.args) if a.is_scalar and i != at]
    before = [a for a in t.args[:at] if not a.is_scalar]
    after = [a for a in t.args[at + 1 :] if not a.is_scalar]
    left = ex.mul(*scalars, *before) if before else ex.mul(*scalars, ex.eye(x.rows)) if scalars else ex.eye(x.rows)
    return left, ex.mul(*after) if after else ex.eye(x.cols)


# --- the second-order verdict -----------------------------------------------------------------------------


def verdict(function: Expr, targets: list[Target], solved: dict[Expr, Expr]) -> str:
    """'minimum', 'maximum' or 'undecided', from a Hessian whose sign is proved at the solution."""
    if len(targets) > 1:
        return "undecided"
    t = targets[0]
    try:
        h = calc.hessian(function, [t, t], "denominator").values[0]
    except UnsupportedError:
        return "undecided"
    at_solution = normal(ex.substitute(h, solved))
    for kind, form in (("minimum", at_solution), ("maximum", normal(ex.neg(at_solution)))):
        known = facts(form)
        if form.is_scalar and "positive" in known or "posdef" in known:
            return f"strict {kind}"
        if form.is_scalar and "nonnegative" in known or "psd" in known:
            return kind if not ex.variables(h) or t.leaf not in ex.variables(h) else "undecided"
    return "undecided"


def newton_step(function: Expr, target: Target) -> Result:
    """-inv(H)*∇f, in the shape of the variable."""
    gradient = calc.gradients(function, [target])
    second = calc.hessian(function, [target, target], "denominator") if not target.leaf.is_scalar else calc.by_scalars(gradient.values[0], [target])
    result = Result("newton", function, [target])
    result.stages = gradient.stages + second.stages
    result.note(gradient)
    result.basis = second
    g, h, x = gradient.values[0], second.values[0], target.leaf
    if ex.is_zero(h):
        raise UnsupportedError(f"the Hessian by {target.text} is zero, so there is no Newton step")
    flat = g if x.cols is ONE else ex.call("vec", g)
    step = ex.neg(ex.mul(_inverse(h), flat))
    result.values = [normal(step if x.cols is ONE else ex.unvec(step, x.rows, x.cols))]
    return result
