"""The Jacobian or Hessian as a map: its product with a direction as an expression, and as a scipy LinearOperator.

Neither forms a Kronecker product: L(V) is the differential with V in place of dX, and the transpose is the
gradient of ⟨G, F⟩.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..calculus import derivatives as calc
from ..calculus.derivatives import Result, Target
from ..calculus.spaces import project, space_of
from ..calculus.transpose import inner
from ..core import expr as ex
from ..core.expr import Expr
from ..core.trace import Stage
from ..errors import MatgradError, UnsupportedError
from ..simplify.normal import normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np


def mapped(result: Result) -> tuple[Expr, Target]:
    """The expression whose differential is the map, and by what: F itself, or the gradient of f."""
    if result.kind == "jacobian":
        return result.function, result.targets[0]
    if result.kind == "hessian" and len(result.targets) == 1:
        return calc.gradients(result.function, result.targets).values[0], result.targets[0]
    raise UnsupportedError("only a Jacobian or a Hessian by one variable is a linear map that can be applied")


def along(result: Result) -> Expr:
    """L(V) for a direction V of the variable's size: for a Hessian the product hess(f)[V].

    Raises UnsupportedError for another kind of answer.
    """
    if result.kind == "by-scalar" and len({t.leaf for t in result.targets}) == 1:
        return normal(ex.mul(result.values[0], direction(result)))
    function, target = mapped(result)
    linear, _ = calc.forward(function, [target.leaf], Stage(None))
    return normal(ex.substitute(linear, {ex.dvar(target.leaf): direction(result)}))


def direction(result: Result) -> Expr:
    """The direction V that `along` takes."""
    return directions(result.function, result.targets[:1])[0]


def along_all(function: Expr, targets: Sequence[Target]) -> list[Expr]:
    """For every variable the part of hess(f)[V_x, V_y, …], the Hessian by all of them times a direction for each."""
    leaves = [t.leaf for t in targets]
    put = dict(zip(map(ex.dvar, leaves), directions(function, targets)))
    gradients = calc.gradients(function, [Target(t.text, t.leaf, t.part) for t in targets]).values
    return [normal(ex.substitute(calc.forward(g, leaves, Stage(None))[0], put)) for g in gradients]


def directions(function: Expr, targets: Sequence[Target]) -> list[Expr]:
    """A direction for every variable: V, and V_x where there are several."""
    return [argument(function, "V" if len(targets) == 1 else f"V_{t.text}", t.leaf) for t in targets]


def transposed(result: Result) -> Expr:
    """L*(G) for a cotangent G of the size of F."""
    function, target = mapped(result)
    pairing = inner(argument(function, "G", function), function)
    return calc.gradients(pairing, [Target(target.text, target.leaf, target.leaf)]).values[0]


def argument(function: Expr, name: str, like: Expr) -> Expr:
    """A variable of the size of `like` under a name that the function does not use. Raises UnsupportedError for a family of samples."""
    if like.op is ex.VAR and like.data[3] is not None:
        raise UnsupportedError("the product with a direction is not available by the family {name} and its members", name=like.data[0])
    taken = {v.data[0] for v in ex.variables(function)}
    while name in taken:
        name += "_"
    return ex.var(name, like.rows, like.cols)


def operator(result: Result, values: Mapping[str, Any]) -> Any:
    """A scipy LinearOperator on stacked columns, in the layout of the result.

    By a structured variable it takes the part of a direction that lies in the variable's space.
    Raises MatgradError when scipy is not installed.
    """
    try:
        from scipy.sparse.linalg import LinearOperator
    except ImportError:
        raise MatgradError("an operator needs scipy: pip install 'matgrad[scipy]'") from None
    from ..check.numeric import Evaluator

    function, target = mapped(result)
    forward, v = along(result), direction(result)
    space = space_of(target.leaf)
    if space:
        forward = normal(ex.substitute(forward, {v: project(v, space)}))
    backward, g = (forward, v) if result.kind == "hessian" else (transposed(result), argument(function, "G", function))
    read = Evaluator(result.function, values, [target.leaf])
    sizes = read.sizes
    arrays = {**sizes, **values, **{v.data[0]: plain(v, a) for v, a in read.inputs.items() if v.op is ex.VAR}}
    rows, cols = (e.rows.evaluate(sizes) * e.cols.evaluate(sizes) for e in (function, target.leaf))
    maps = product(forward, v, arrays, sizes), product(backward, g, arrays, sizes)
    if result.layout == "denominator":
        rows, cols, maps = cols, rows, (maps[1], maps[0])
    return LinearOperator((rows, cols), matvec=maps[0], rmatvec=maps[1], dtype=float)


def product(e: Expr, direction: Expr, arrays: Mapping[str, Any], sizes: Mapping[str, int]) -> Callable[[Any], Any]:
    """The stacked columns of `e` as a function of those of the direction; what the code generator has no operation for is evaluated.

    Stacked columns are the rows of the transpose one after the other, as arrays lie in memory: e' is computed from the transposed direction.
    """
    import numpy as np

    from ..check.numeric import evaluate
    from ..codegen import arguments_of, compile_function

    name, turned = direction.data[0], ex.var(direction.data[0], direction.cols, direction.rows)
    if not direction.is_vector:
        e = ex.substitute(e, {direction: ex.transpose(turned)})
    e = normal(e if e.is_vector else ex.transpose(e))
    shape = turned.rows.evaluate(sizes), turned.cols.evaluate(sizes)
    unpacked: Callable[[Any], Any] = (lambda v: float(v.item())) if direction.is_scalar else np.ravel if direction.is_vector else (lambda v: v.reshape(shape))
    try:
        made: Any = compile_function({"product": e}, e, ex.variables(e), name="product", sizes=sizes, late=[name])
        found = made(**arguments_of(made, arrays))
    except UnsupportedError:
        found = lambda v: evaluate(e, {**arrays, name: v})
    if not callable(found):  # a derivative that is zero
        return lambda v: np.array(found).reshape(-1)

    def apply(v: np.ndarray[Any, Any]) -> Any:
        result = np.asarray(found(unpacked(v))).ravel()
        return result.copy() if np.may_share_memory(result, v) or not result.flags.writeable else result  # x' is a view of x

    return apply


def plain(like: Expr, a: np.ndarray[Any, Any]) -> Any:
    """A copy of a value as generated code takes it: scalars as numbers, vectors with one axis; of a family with one axis more, its samples."""
    members, axes = () if like.data[3] is None else a.shape[:1], 0 if like.is_scalar else 1 if like.is_vector else 2
    found = a.copy().reshape((*members, *a.shape[-2:][:axes]))
    return found if found.ndim else found.item()
