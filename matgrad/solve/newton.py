"""Newton's step -inv(H)*∇f."""

from __future__ import annotations

from ..calculus import derivatives as calc
from ..calculus.derivatives import Result, Target
from ..calculus.differentiate import Condition, Differentiator
from ..calculus.spaces import space_of
from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.facts import STRUCTURE, facts, has
from ..core.trace import Stage
from ..errors import UnsupportedError
from ..simplify.normal import normal
from .equations import Solver, Unsolved, equation_by, fresh
from .stationary import sometimes_invertible


def newton_step(function: Expr, target: Target) -> Result:
    """-inv(H)*∇f, in the shape of the variable. Raises UnsupportedError where H is singular everywhere."""
    gradient = calc.gradients(function, [target])
    second = calc.hessian(function, [target, target], "denominator") if not target.leaf.is_scalar else calc.by_scalars(function, [target, target])
    result = Result("newton", function, [target])
    result.stages = second.stages
    result.note(gradient)
    result.basis = second
    g, h, x = gradient.values[0], second.values[0], target.leaf
    if ex.is_zero(h):
        raise UnsupportedError("the Hessian by {name} is zero, so there is no Newton step", name=target.text)
    if x.cols is ONE:
        step, conditions = ex.neg(ex.mul(ex.divide(ex.ONE_, h) if h.is_scalar else ex.call("inv", normal(h)), g)), [("X is invertible", h)]
    else:
        step, conditions = by_equation(gradient, h, x)
    for why, e in conditions:
        if why == "X is invertible" and not e.is_scalar and not has(e, "invertible"):
            if not sometimes_invertible(e):
                raise UnsupportedError("the Hessian by {name} is singular everywhere, so there is no Newton step", name=target.text)
            result.conditions.append((why, e))
    result.values = [normal(step)]
    return result


def by_equation(gradient: Result, h: Expr, x: Expr) -> tuple[Expr, list[Condition]]:
    """D in the space of X with ∇f + d∇f(D) = 0, solved as the equation of a stationary point is; else through vec."""
    g = equation_by(gradient, 0)
    step = ex.var(fresh("D", g, x), x.rows, x.cols, facts(x) & STRUCTURE)
    moved = normal(Differentiator(g, [x]).run(g, Stage(None)))
    solver = Solver(step)
    try:
        return solver.linear(normal(ex.add(g, ex.substitute(moved, {ex.dvar(x): step})))), solver.conditions
    except Unsolved:
        if space_of(x):
            raise UnsupportedError("no Newton step is known by {name} within its space of matrices", name=x.data[0]) from None
        return ex.unvec(ex.neg(ex.mul(ex.call("inv", normal(h)), ex.call("vec", gradient.values[0]))), x.rows, x.cols), [("X is invertible", h)]
