"""Stationary points that are eigenvectors or polar factors.

Under W'*B*W = eye(k) with positive definite B (for a vector w'*B*w = 1; for an orthogonal Q, Q'*Q = eye(n)):

| f, up to a constant            | minimum                                                     | by                                |
|--------------------------------|-------------------------------------------------------------|-----------------------------------|
| ½tr(W'*M*W), M symmetric       | R*eigvecs(-R*M*R, k), R = inv(sqrtm(B))                     | Ky Fan's theorem                  |
| tr(C'*W)                       | -inv(B)*C*inv(sqrtm(C'*inv(B)*C)), -polar(C) for B = eye(n) | von Neumann's trace inequality    |
| tr(V'*C*W), V constrained too  | singular vectors of R*C*T, T = inv(sqrtm(B')) of the other  | von Neumann's trace inequality    |
| x'*A*x/(x'*B*x), free x        | R*eigvecs(-R*A*R, 1)                                        | Rayleigh's quotient               |

Of the many stationary points the minimum is given; for the maximum put a minus before f. (Horn & Johnson, Matrix
Analysis, 2nd ed., 4.2, 4.3 and 7.4.)
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..calculus import derivatives as calc
from ..calculus.derivatives import Result, Target
from ..calculus.differentiate import Condition
from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..core.trace import Stage
from ..errors import UnsupportedError
from ..simplify.normal import normal
from .constraints import Constraint, is_affine, lagrange
from .equations import Unsolved, expanded, matrix_of, merged, sides, slope, unnamed

HALF = ex.num(Fraction(1, 2))


class Sphere:
    """W'*B*W = eye(k): the unknown, B, and the constraint."""

    __slots__ = ("leaf", "matrix", "constraint")

    def __init__(self, leaf: Expr, matrix: Expr, constraint: Constraint):
        self.leaf = leaf
        self.matrix = matrix
        self.constraint = constraint

    @property
    def root(self) -> Expr:
        """inv(sqrtm(B))."""
        scalars = [f for f in self.matrix.args if f.is_scalar] if self.matrix.op is ex.MUL else []
        rest = matrix_part(self.matrix)
        return ex.mul(*[ex.power(f, ex.neg(HALF)) for f in scalars], rest if rest.op is ex.EYE else ex.call("inv", ex.call("sqrtm", rest)))

    @property
    def is_plain(self) -> bool:
        """Whether B is a multiple of the identity."""
        return matrix_part(self.matrix).op is ex.EYE


def spectral(function: Expr, targets: Sequence[Target], constraints: Sequence[Constraint]) -> Result | None:
    """The minimum as eigenvectors or a polar factor; None where the problem has no constraint of that form."""
    free = {t.leaf: freed(t.leaf) for t in targets if "orthogonal" in facts(t.leaf)}
    if free:
        function = ex.substitute(function, free)
        constraints = [*(c.with_terms(free) for c in constraints), *map(orthogonality, free.values())]
    leaves = [free.get(t.leaf, t.leaf) for t in targets]
    if not constraints:
        return rayleigh(function, targets[0].leaf) if len(targets) == 1 else None
    if all(is_affine(c, x) for c in constraints for x in leaves):
        return None
    spheres = [next((s for s in (sphere(c, x) for c in constraints) if s), None) for x in leaves]
    known = [s for s in spheres if s is not None]
    if len(known) < len(leaves) or len(constraints) > len(leaves):
        unfit = next((c for c in constraints if not any(s.constraint.text is c.text for s in known)), constraints[0])
        raise unfit.refuse("constraints are all affine in the unknowns, or W'*B*W = eye(k) with B positive definite, one for each unknown")
    tall = {s.leaf: full_column_rank(s.leaf) for s in known}
    function = ex.substitute(function, tall)
    known = [Sphere(tall[s.leaf], s.matrix, s.constraint.with_terms(tall)) for s in known]
    solved = [one(function, known[0])] if len(known) == 1 else pair(function, *known) if len(known) == 2 else None
    if solved is None:
        raise UnsupportedError("under W'*B*W = eye(k) the function is a quadratic form tr(W'*M*W), linear in W, or tr(V'*C*W) for two unknowns")
    return page(function, known, [s[0] for s in solved], [c for s in solved for c in s[1]])


def freed(q: Expr) -> Expr:
    """The variable without the fact that a free direction leaves."""
    name, known, params, count = q.data
    return ex.var(name, q.rows, q.cols, known - {"orthogonal"}, params, count)


def full_column_rank(w: Expr) -> Expr:
    """The variable with the rank that W'*B*W = eye(k) gives it."""
    name, known, params, count = w.data
    return w if w.is_vector else ex.var(name, w.rows, w.cols, known | {"full_column_rank"}, params, count)


def orthogonality(q: Expr) -> Constraint:
    return Constraint(f"{q.data[0]}'*{q.data[0]} = eye({q.cols})", ex.mul(ex.transpose(q), q), ex.eye(q.cols))


def sphere(c: Constraint, x: Expr) -> Sphere | None:
    """The constraint as x'*B*x = eye; None where it is not of that form, or B is not known to be positive definite."""
    left, right = (normal(e) for e in (c.left, c.right))
    scale = [f for f in right.args if f.is_scalar] if right.op is ex.MUL else [] if right.op is ex.EYE else [right]
    if not right.is_scalar and matrix_part(right).op is not ex.EYE or any("positive" not in facts(f) for f in scale):
        return None
    if left.op.name == "norm2":
        left, scale = ex.power(left, ex.num(2)), scale * 2
    if left.op is ex.POW and left.args[1].op is ex.NUM and left.args[1].data == 2 and left.args[0].op.name == "norm2":
        left = ex.mul(ex.transpose(left.args[0].args[0]), left.args[0].args[0])
    word = left.args if left.op is ex.MUL else ()
    if len(word) < 2 or word[-1] is not x or normal(ex.transpose(word[0])) is not x or x in ex.variables(*word[1:-1]):
        return None
    inner = ex.mul(*word[1:-1]) if word[1:-1] else ex.eye(x.rows)
    matrix = normal(ex.mul(*[ex.power(f, ex.MINUS_ONE) for f in scale], inner))
    return Sphere(x, matrix, Constraint(c.text, ex.mul(ex.transpose(x), matrix, x), ex.eye(x.cols))) if "posdef" in facts(matrix) else None


Solved = tuple[Expr, list[Condition]]


def gradient(function: Expr, x: Expr) -> Expr:
    found = calc.gradients(function, [Target(x.data[0], x, x)])
    if found.kinks:
        raise UnsupportedError("the function has kinks (where {kink} = 0), so its minimum need not be where a gradient vanishes", kink=found.kinks[0])
    return unnamed(found.values[0])


def one(function: Expr, s: Sphere) -> Solved:
    """A quadratic or a linear function under one constraint."""
    x = s.leaf
    g = gradient(function, x)
    quadratic, linear = forms(g, s)
    if quadratic is not None and ex.is_zero(linear):
        middle = positive_multiple(ex.neg(ex.mul(s.root, quadratic, s.root)))
        return normal(ex.mul(s.root, ex.call("eigvecs", middle, ex.eye(x.cols)))), [("Ky Fan", middle)]
    if quadratic is None and not ex.is_zero(linear):
        downhill = positive_multiple(ex.neg(linear))
        return normal(nearest(downhill, s)), [*full_rank(downhill), ("von Neumann", downhill)]
    if quadratic is None:
        raise UnsupportedError("the function does not vary with {name} under the constraint", name=x.data[0])
    raise UnsupportedError("under W'*B*W = eye(k) a function that is both quadratic and linear in W has no closed form that matgrad knows")


def positive_multiple(e: Expr) -> Expr:
    """The matrix without a positive number in front: it has the same eigenvectors and polar factor."""
    e = normal(e)
    number = e.args[0] if e.op is ex.MUL and e.args[0].op is ex.NUM else ex.ONE_
    return normal(ex.divide(e, ex.num(abs(number.data))))


def full_rank(c: Expr) -> list[Condition]:
    """A tall matrix has one polar factor with orthonormal columns where C'*C is invertible."""
    if c.rows is c.cols or c.is_vector:
        return []
    return [("X is invertible", normal(ex.mul(ex.transpose(c), c)))]


def is_one(e: Expr) -> bool:
    return e.op is ex.EYE or e is ex.ONE_


def nearest(c: Expr, s: Sphere) -> Expr:
    """The W of the constraint with the largest tr(C'*W)."""
    if s.matrix.op is ex.EYE and not c.is_vector:
        return ex.call("polar", c)
    over = ex.mul(ex.call("inv", s.matrix), c)
    gram = normal(ex.mul(ex.transpose(c), over))
    return ex.mul(over, ex.power(gram, ex.num(Fraction(-1, 2))) if gram.is_scalar else ex.call("inv", ex.call("sqrtm", gram)))


def forms(g: Expr, s: Sphere) -> tuple[Expr | None, Expr]:
    """M and C of the gradient M*W + C, without the terms that are constant under the constraint. Raises UnsupportedError for others."""
    x = s.leaf
    refusal = UnsupportedError("under W'*B*W = eye(k) only quadratic forms tr(W'*M*W) and functions that are linear in W have a closed form")
    if x not in ex.variables(g):
        return None, g
    try:
        terms = merged([t for t in (sides(t, x) for t in checked(expanded(slope(g, x)), x)) if t is not None])
    except Unsolved:
        raise refusal from None
    quadratic: list[Expr] = []
    for a, b in terms:
        if any(normal(ex.transpose(m)) is not m for m in (a, b)):
            raise refusal
        if matrix_part(a) is matrix_part(s.matrix):
            continue  # B*W*N: tr(W'*B*W*N) is the trace of N
        if not is_one(b):
            raise refusal
        if not (x.rows is x.cols and s.is_plain):  # tr(Q'*M*Q) of a square Q is the trace of M
            quadratic.append(a)
    return normal(ex.add(*quadratic)) if quadratic else None, normal(ex.substitute(g, {x: ex.zeros(x.rows, x.cols)}))


def matrix_part(a: Expr) -> Expr:
    """The matrix factors of a product."""
    return normal(ex.mul(*[f for f in a.args if not f.is_scalar])) if a.op is ex.MUL else a


def checked(terms: list[Expr], x: Expr) -> list[Expr]:
    if any(sides(t, x) is None for t in terms):
        raise Unsolved
    return terms


def pair(function: Expr, v: Sphere, w: Sphere) -> list[Solved] | None:
    """tr(V'*C*W): the left and right singular vectors of R*C*T for the largest singular values, of opposite signs."""
    g = gradient(function, v.leaf)
    if v.leaf in ex.variables(g) or w.leaf not in ex.variables(g) or not ex.is_zero(normal(ex.substitute(g, {w.leaf: ex.zeros(w.leaf.rows, w.leaf.cols)}))):
        return None
    try:
        terms = merged(checked_sides(slope(g, w.leaf), w.leaf))
    except Unsolved:
        return None
    if len(terms) != 1 or not is_one(terms[0][1]) or v.leaf.cols is not w.leaf.cols:
        return None
    middle = positive_multiple(ex.mul(v.root, terms[0][0], w.root))
    over = w.matrix if w.matrix.op is ex.EYE else ex.call("inv", w.matrix)
    gram = ex.mul(v.root, terms[0][0], over, ex.transpose(terms[0][0]), v.root)
    left = ex.call("eigvecs", positive_multiple(gram), ex.eye(v.leaf.cols))
    turned = ex.mul(ex.transpose(middle), left)
    right = ex.mul(turned, ex.power(ex.call("norm2", turned), ex.MINUS_ONE)) if turned.is_vector else ex.call("polar", turned)
    return [(normal(ex.mul(v.root, left)), [*full_rank(normal(turned)), ("von Neumann", middle)]), (normal(ex.neg(ex.mul(w.root, right))), [])]


def checked_sides(linear: Expr, x: Expr) -> list[tuple[Expr, Expr]]:
    return [s for s in (sides(t, x) for t in checked(expanded(linear), x)) if s is not None]


def rayleigh(function: Expr, x: Expr) -> Result | None:
    """x'*A*x/(x'*B*x): both parts quadratic and homogeneous."""
    form = normal(unnamed(function))
    below = [f for f in form.args if f.op is ex.POW and f.args[1].op is ex.NUM and f.args[1].data < 0 and x in ex.variables(f)] if form.op is ex.MUL else []
    if len(below) != 1 or not x.is_vector:
        return None
    above = ex.mul(*[f for f in form.args if f is not below[0]])
    matrices = [homogeneous(e, x) for e in (above, ex.power(below[0].args[0], ex.num(-below[0].args[1].data)))]
    if any(m is None or normal(ex.transpose(m)) is not m for m in matrices) or "posdef" not in facts(matrices[1]):  # type: ignore[arg-type]
        return None
    a, b = (normal(ex.mul(HALF, m)) for m in matrices if m is not None)
    s = Sphere(x, b, Constraint("", x, x))
    middle = positive_multiple(ex.neg(ex.mul(s.root, a, s.root)))
    value = normal(ex.mul(s.root, ex.call("eigvecs", middle, ex.ONE_)))
    result = Result("stationary", function, [Target(x.data[0], x, x)])
    first = calc.gradients(function, result.targets)
    stage = Stage(None, f"∂f/∂{x.data[0]}")
    stage.add("solve", ex.substitute(first.values[0], {x: value}), ex.zeros(x.rows, x.cols), ("the gradient vanishes at the solution",))
    result.stages, result.values = [*first.stages, stage], [value]
    result.conditions.append(("Rayleigh", middle))
    result.notes += [("every multiple", x.data[0]), ("minimum", x.data[0])]
    return result


def homogeneous(e: Expr, x: Expr) -> Expr | None:
    """2*A of a quadratic form x'*A*x; None for anything else."""
    zero = {x: ex.zeros(x.rows)}
    try:
        g = gradient(normal(e), x)
        matrix = matrix_of(slope(g, x), x)
    except (Unsolved, UnsupportedError):
        return None
    return matrix if all(ex.is_zero(normal(ex.substitute(f, zero))) for f in (e, g)) else None


def page(function: Expr, spheres: Sequence[Sphere], solutions: Sequence[Expr], reasons: list[Condition]) -> Result:
    """The answer as a stationary point of the Lagrange function, with its multipliers."""
    whole, multipliers = lagrange(function, [s.constraint for s in spheres])
    every = [*(Target(s.leaf.data[0], s.leaf, s.leaf) for s in spheres), *multipliers]
    first = calc.gradients(whole, every)
    values = dict(zip((s.leaf for s in spheres), solutions))
    result = Result("stationary", whole, every)
    result.stages = first.stages
    for s, t in zip(spheres, multipliers):
        g = gradient(function, s.leaf)
        value = normal(ex.substitute(ex.mul(HALF, ex.transpose(s.leaf), g), values))
        values[t.leaf] = value
    for t, g in zip(every, first.values):
        stage = Stage(None, f"∂f/∂{t.text}")
        stage.add("solve", ex.substitute(g, values), ex.zeros(g.rows, g.cols), ("the gradient vanishes at the solution",))
        result.stages = [*result.stages, stage]
    result.values = [values[t.leaf] for t in every]
    result.conditions += [("lagrange", function), *reasons]
    result.notes.append(("minimum", ", ".join(s.leaf.data[0] for s in spheres)))
    return result
