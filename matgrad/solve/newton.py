"""Newton's step -inv(H)*∇f."""

from __future__ import annotations

from ..calculus import derivatives as calc
from ..calculus.derivatives import Result, Target
from ..calculus.spaces import basis, space_of
from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.facts import has
from ..errors import Phrase, UnsupportedError
from ..simplify.normal import normal
from .stationary import sometimes_invertible


def in_free_parameters(hessian: Expr | None, gradient: Expr, x: Expr, space: str) -> Expr:
    """-B*inv(H)*B'*∇f with the Hessian H by the free parameters, vec X = B*(the parameters): in the whole space H is singular."""
    b = basis(space, x.rows)
    if hessian is None or b is None:
        fact = Phrase("upper triangular") if space == "upper" else Phrase("skew-symmetric")
        raise UnsupportedError("no Newton step is known by a variable that is {fact}", fact=fact)
    return ex.neg(ex.mul(b, ex.call("inv", hessian), ex.transpose(b), gradient))


def newton_step(function: Expr, target: Target) -> Result:
    """-inv(H)*∇f, in the shape of the variable."""
    gradient = calc.gradients(function, [target])
    second = calc.hessian(function, [target, target], "denominator") if not target.leaf.is_scalar else calc.by_scalars(function, [target, target])
    result = Result("newton", function, [target])
    result.stages = second.stages
    result.note(gradient)
    result.basis = second
    g, h, x = gradient.values[0], second.values[0], target.leaf
    if ex.is_zero(h):
        raise UnsupportedError("the Hessian by {name} is zero, so there is no Newton step", name=target.text)
    flat = g if x.cols is ONE else ex.call("vec", g)
    if not h.is_scalar and not space_of(x) and not has(h, "invertible"):
        if not sometimes_invertible(h):
            raise UnsupportedError("the Hessian by {name} is singular everywhere, so there is no Newton step", name=target.text)
        result.conditions.append(("X is invertible", h))
    space = space_of(x)
    if space and space != "symmetric":
        step = in_free_parameters(second.free_entries.get(target.text), flat, x, space)
    else:
        step = ex.neg(ex.mul(ex.divide(ex.ONE_, h) if h.is_scalar else ex.call("inv", normal(h)), flat))
    result.values = [normal(step if x.cols is ONE else ex.unvec(step, x.rows, x.cols))]
    return result
