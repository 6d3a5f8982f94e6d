"""Where the gradient vanishes, in closed form, under equality constraints, with the second-order verdict."""

from __future__ import annotations

from collections.abc import Sequence

from ..calculus import derivatives as calc
from ..calculus.derivatives import Result, Target
from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts, has
from ..core.trace import Stage
from ..errors import MatgradError, UnsupportedError
from ..simplify.normal import normal
from .constraints import Constraint, check_unknowns, lagrange
from .definite import sign
from .equations import Found, equation_by, put_together, solve_system, unnamed
from .spectral import spectral
from .verdict import verdict

DRAWS = 16
DISCRETE = frozenset({"onehot", "integer"})
OUTSIDE = ("it is posdef", "it is psd", "it is positive", "it is nonnegative")
NO_FORM = "the gradient by {name} has no zero in closed form that matgrad knows; newton_step gives an iteration"


def stationary(function: Expr, targets: Sequence[Target], constraints: Sequence[Constraint] = ()) -> Result:
    """The point where the gradient (with constraints, that of the Lagrange function) vanishes.

    Raises UnsupportedError where no closed form is known, MatgradError for a variable or a constraint that does not fit.
    """
    check_targets(function, targets, constraints)
    found = spectral(function, targets, constraints)
    if found is None:
        found = by_elimination(function, targets, constraints)
    vanishing(found)
    return found


def check_targets(function: Expr, targets: Sequence[Target], constraints: Sequence[Constraint]) -> None:
    """Refuse parts of variables, variables that do not occur, and constraints that speak of none."""
    for t in targets:
        place = (t.text, (0, len(t.text)))
        if t.part is not t.leaf:
            raise UnsupportedError("a stationary point is by whole variables", *place)
        if t.leaf not in ex.variables(function):
            raise MatgradError("{name} does not occur in the function, so it has no single stationary point", *place, name=t.text)
        fixed = sorted(DISCRETE & facts(t.leaf))
        if fixed:
            raise UnsupportedError("{name} is declared {fact}, so it has no gradient to vanish", *place, name=t.text, fact=fixed[0])
    check_unknowns(constraints, targets)


def by_elimination(function: Expr, targets: Sequence[Target], constraints: Sequence[Constraint]) -> Result:
    """Solve for one unknown after the other, multipliers among them."""
    whole, multipliers = lagrange(function, constraints)
    every = [*targets, *multipliers]
    gradient = calc.gradients(whole, every)
    if gradient.kinks:
        raise UnsupportedError("the function has kinks (where {kink} = 0), so its minimum need not be where a gradient vanishes", kink=gradient.kinks[0])
    equations = [(t.leaf, unnamed(g)) for t, g in zip(every, gradient.values)]
    try:
        found = solve_system([(t.leaf, equation_by(gradient, k)) for k, t in enumerate(every)])
    except UnsupportedError as error:
        raise error if "closed form" not in error.message else UnsupportedError(NO_FORM, name=names(targets)) from None
    values, conditions = put_together(found)
    result = Result("stationary", whole, every)
    result.stages = [*gradient.stages, *derivation(found, dict(equations), values)]
    result.note(gradient)
    result.values = [values[t.leaf] for t in every]
    if constraints:
        result.conditions.append(("lagrange", function))
    result.conditions += conditions
    multiplier = {t.leaf: values[t.leaf] for t in multipliers}
    chosen = [f for f in found if f.unknown not in multiplier]
    judged = ex.substitute(whole, multiplier) if constraints else function
    key, reasons = verdict(unnamed(judged), chosen, values, turns=not constraints)
    result.notes.append((key, names(targets)))
    result.conditions += reasons
    return result


def names(targets: Sequence[Target]) -> str:
    return ", ".join(t.text for t in targets)


def derivation(found: list[Found], equations: dict[Expr, Expr], values: dict[Expr, Expr]) -> list[Stage]:
    """One stage for every unknown: its equation in the form that was solved, and that it holds at the solution."""
    stages = []
    for f in found:
        g = equations[f.unknown]
        stage = Stage(None, f"∂f/∂{f.unknown.data[0]}")
        stage.steps += f.steps
        stage.results.append((f.unknown, f.value))
        stage.add("solve", ex.substitute(g, values), ex.zeros(g.rows, g.cols), ("the gradient vanishes at the solution",))
        stages.append(stage)
    return stages


def vanishing(result: Result) -> None:
    """Refuse a solution whose gradient does not vanish by numbers, or whose conditions can never hold."""
    from ..check.verify import check_result

    for why, e in result.conditions:
        if why in ("X is invertible", "it is not zero") and not sometimes_invertible(e):
            raise UnsupportedError("the equation for the gradient has no single solution: {expression} is not invertible", expression=e)
        if why in OUTSIDE and contrary(e, strict=why in ("it is positive", "it is posdef")):
            raise UnsupportedError("the gradient vanishes only outside the declared set, at {expression}", expression=e)
    if check_result(result).passed is False:
        raise UnsupportedError("the equation for the gradient has no single solution that matgrad knows; newton_step gives an iteration")


def contrary(e: Expr, strict: bool) -> bool:
    """Whether a matrix that should be positive is proved not to be."""
    found = sign(normal(e))
    if has(normal(ex.neg(e)), "positive" if not strict else "nonnegative"):
        return True
    return ex.is_zero(e) and strict or found is not None and found.direction < 0 and (found.strict or strict)


def sometimes_invertible(e: Expr) -> bool:
    """Whether a random value of the matrix has an inverse, at some sizes of which none is 1."""
    import numpy as np

    from ..check.draw import draw_values
    from ..check.numeric import Evaluator
    from ..check.verify import invertible

    rng = np.random.default_rng(0)
    for _ in range(DRAWS):
        sizes = {letter: int(rng.integers(2, 7)) for letter in ex.letters(e)}
        try:
            a = Evaluator(e, draw_values([e], rng, sizes)).run()
        except MatgradError:
            continue
        if np.all(np.isfinite(a)) and np.any(a) and invertible(a):
            return True
    return False
