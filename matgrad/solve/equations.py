"""g(X) = 0 solved by matrix algebra: an equation is brought to a form, and a form has a solution.

| form                                         | solution                                   |
|----------------------------------------------|--------------------------------------------|
| M*x = c, x a vector                          | inv(M)*c                                   |
| A*X = C, X*B = C, A*X*B = C                  | inverses on their sides                    |
| A*X + X*B = C, A*X*B + D*X*E = C             | sylvester, lyapunov                        |
| any other linear equation                    | through vec                                |
| linear, X triangular or Toeplitz             | through the free parameters                |
| linear in inv(X)                             | the inverse of that solution               |
| linear after X*(·)*X                         | as it then stands                          |
| a*t^p + b*t^q = 0, t > 0                     | (-b/a)^(1/(p-q))                           |

What a solution needs and the declarations do not say (a matrix that must be invertible) is recorded with it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ..calculus.derivatives import Result
from ..calculus.differentiate import Condition, Differentiator, is_active
from ..calculus.spaces import basis, project, space_of
from ..calculus.transpose import only_active
from ..calculus.vectorise import vectorise
from ..core import expr as ex
from ..core.dims import ONE, Dim
from ..core.expr import Expr
from ..core.facts import facts
from ..core.trace import Stage, Step
from ..errors import LimitError, UnsupportedError
from ..simplify.normal import normal
from .definite import scalar_sign

Term = tuple[Expr, Expr]  # A and B of A*dX*B
LONGEST = 64  # terms of an equation that is multiplied out


class Unsolved(Exception):
    """The equation does not have this form."""


class Found:
    """An unknown, its value, what that needs, and the equations that lead to it."""

    def __init__(self, unknown: Expr, value: Expr, conditions: list[Condition], steps: list[Step]):
        self.unknown = unknown
        self.value = value
        self.conditions = conditions
        self.steps = steps


def solve(g: Expr, x: Expr) -> Found:
    """X with g(X) = 0. Raises UnsupportedError where no closed form is known."""
    name = x.data[0]
    if x not in ex.variables(g):
        raise UnsupportedError("the gradient does not depend on {name}; it has no single stationary point", name=name)
    for form in FORMS:
        solver = Solver(x)
        try:
            value = form(solver, g)
        except Unsolved:
            continue
        return Found(x, normal(value), solver.conditions, solver.steps)
    raise UnsupportedError("the gradient by {name} has no zero in closed form that matgrad knows; newton_step gives an iteration", name=name)


class Solver:
    """One attempt to solve for one unknown."""

    def __init__(self, x: Expr):
        self.x = x
        self.conditions: list[Condition] = []
        self.steps: list[Step] = []

    def note(self, before: Expr, after: Expr, law: str) -> None:
        if before is not after:
            self.steps.append(Step("solve", before, after, (law,)))

    # --- forms ---------------------------------------------------------------------------------------

    def linear(self, g: Expr) -> Expr:
        """Σ A*X*B + C = 0."""
        return self.linear_in(g, self.x)

    def linear_in(self, g: Expr, x: Expr) -> Expr:
        if x not in ex.variables(g):
            raise Unsolved
        if "diagonal" in facts(x):
            return self.diagonal(g, x)
        space = space_of(x)
        differential = slope(g, x)
        right = normal(ex.neg(ex.substitute(g, {x: ex.zeros(x.rows, x.cols)})))
        terms = expanded(differential)
        collected = [ex.substitute(t, {ex.dvar(x): x}) for t in terms] + [normal(ex.neg(right))] * (not ex.is_zero(right))
        within = (lambda e: project(e, space)) if space in NARROW else lambda e: e
        self.note(within(g), within(ex.add(*collected)), "collect the unknown")
        if x.cols is ONE:
            return ex.mul(self.inverse(matrix_of(differential, x)), right)
        known = [s for s in (sides(t, x) for t in terms) if s is not None]
        solution = self.by_sides(known, right) if len(known) == len(terms) and (space not in NARROW or all(map(is_scaling, known))) else None
        if solution is not None:
            return within(solution)
        matrix = matrix_of(differential, x)
        if space in NARROW:
            return self.by_parameters(matrix, right, space)
        return ex.unvec(ex.mul(self.inverse(matrix), ex.call("vec", right)), x.rows, x.cols)

    def by_parameters(self, matrix: Expr, right: Expr, space: str) -> Expr:
        """vec X = B*theta: B'*(M*B*theta - vec C) = 0 (Magnus 1988)."""
        b = spanning(space, self.x.rows)
        turned = ex.transpose(b)
        theta = ex.mul(self.inverse(ex.mul(turned, matrix, b)), turned, ex.call("vec", right))
        return ex.unvec(ex.mul(b, theta), self.x.rows, self.x.cols)

    def diagonal(self, g: Expr, x: Expr) -> Expr:
        """D = diag(v): the diagonal of Σ A*D*B is (Σ A .* B')*v."""
        entries = normal(ex.call("diag_of", g))
        terms = [pair for t in expanded(slope(entries, x)) for pair in inside_diagonal(t, x)]
        matrix = normal(ex.add(*[a if b.op is ex.EYE and b in (a, *a.args) else ex.hadamard(a, ex.transpose(b)) for a, b in terms]))
        right = normal(ex.neg(ex.substitute(entries, {x: ex.zeros(x.rows, x.cols)})))
        return ex.call("diag", normal(ex.mul(self.inverse(matrix), right)))

    def by_sides(self, terms: list[Term], right: Expr) -> Expr | None:
        """Σ A*X*B = C where the terms share a side, or are two."""
        groups = merged(terms)
        if len(groups) == 1:
            a, b = groups[0]
            return ex.mul(self.inverse(a), right, self.inverse(b))
        if len(groups) == 2:
            for (a, b), (d, e) in (groups, groups[::-1]):
                if invertible(b) and invertible(d):  # A*X*B + D*X*E = C
                    left, over = ex.call("inv", d), ex.call("inv", b)
                    return sylvester(normal(ex.mul(left, a)), normal(ex.mul(e, over)), normal(ex.mul(left, right, over)), self)
        return None

    def in_inverse(self, g: Expr) -> Expr:
        """Linear in inv(X) alone."""
        x = self.x
        if x.rows is not x.cols:
            raise Unsolved
        inverse = ex.power(x, ex.MINUS_ONE) if x.is_scalar else ex.call("inv", x)
        y = ex.var(fresh("Y", g), x.rows, x.cols, x.data[1])
        in_y = ex.substitute(g, {inverse: y})
        if x in ex.variables(in_y):
            raise Unsolved
        solution = self.inverse(normal(self.linear_in(in_y, y)))
        self.steps = [Step(s.kind, ex.substitute(s.before, {y: inverse}), ex.substitute(s.after, {y: inverse}), s.laws) for s in self.steps]
        return solution

    def between(self, g: Expr) -> Expr:
        """Linear once multiplied by X on both sides; X is invertible where its inverse occurs."""
        x = self.x
        if x.rows is not x.cols or x.is_scalar or ex.call("inv", x) not in set(ex.postorder(g)):
            raise Unsolved
        for product in (ex.mul(x, g, x), ex.mul(x, g), ex.mul(g, x)):
            multiplied = normal(ex.add(*expanded(product, x)))
            self.steps = []
            self.note(product, multiplied, "multiply by the unknown")
            try:
                solution = normal(self.linear_in(multiplied, x))
            except Unsolved:
                continue
            if ex.is_zero(solution):
                break
            self.require(solution)
            return solution
        raise Unsolved

    def monomial(self, g: Expr) -> Expr:
        """a*t^p + b*t^q = 0 for a positive t."""
        t = self.x
        if not t.is_scalar or "positive" not in facts(t):
            raise Unsolved
        powers: dict[Fraction, list[Expr]] = {}
        for term in expanded(g, t):
            coefficient, exponent = as_monomial(term, t)
            powers.setdefault(exponent, []).append(coefficient)
        if len(powers) != 2:
            raise Unsolved
        (p, a), (q, b) = ((e, normal(ex.add(*cs))) for e, cs in sorted(powers.items(), reverse=True))
        ratio = normal(ex.neg(ex.divide(b, a)))
        if "positive" not in facts(ratio):
            self.conditions.append(("it is positive", ratio))
        return ex.power(ratio, ex.num(1 / (p - q)))

    # --- parts -----------------------------------------------------------------------------------------

    def inverse(self, a: Expr) -> Expr:
        """inv(a), with the condition that it exists where that is not known."""
        a = normal(a)
        if ex.is_zero(a):
            raise Unsolved
        if a.is_scalar:
            found = scalar_sign(a)
            if (found is None or not found.strict) and a.op is not ex.NUM:
                self.conditions.append(("it is not zero", a))
            return ex.divide(ex.ONE_, a)
        if a.op is ex.EYE:
            return a
        self.require(a)
        return ex.call("inv", a)

    def require(self, a: Expr) -> None:
        if not invertible(a):
            self.conditions.append(("X is invertible", bare(a)))


NARROW = ("lower", "upper", "toeplitz")  # X may leave these spaces where A*X*B is formed, so an equation holds along their parameters only


def equation_by(gradient: Result, place: int) -> Expr:
    """The gradient that must vanish, along the parameters or as it is; the projection on a narrow space is left to `Solver`."""
    narrow = space_of(gradient.targets[place].leaf) in NARROW
    return unnamed((gradient.unprojected if narrow else gradient.values)[place])


def spanning(space: str, n: Dim) -> Expr:
    """B with vec(X) = B*(the free parameters of X), of an upper triangular X those of X'."""
    if space == "upper":
        return ex.mul(ex.commutation(n, n), spanning("lower", n))
    found = basis(space, n)
    assert found is not None
    return found


def is_scaling(term: Term) -> bool:
    """Whether A*X*B is a multiple of X."""
    return all(normal(ex.mul(*[f for f in s.args if not f.is_scalar]) if s.op is ex.MUL else s).op is ex.EYE for s in term)


FORMS: tuple[Callable[[Solver, Expr], Expr], ...] = (Solver.linear, Solver.in_inverse, Solver.between, Solver.monomial)


def invertible(a: Expr) -> bool:
    """Whether the matrix is known to be invertible."""
    if a.is_scalar:
        return a.op is ex.NUM and a.data != 0 or "positive" in facts(a)
    return "invertible" in facts(bare(a))


def bare(a: Expr) -> Expr:
    """The matrix without the number in front."""
    return normal(ex.mul(*[f for f in a.args if f.op is not ex.NUM])) if a.op is ex.MUL and a.args[0].op is ex.NUM else a


def sylvester(a: Expr, b: Expr, c: Expr, solver: Solver) -> Expr:
    """X with A*X + X*B = C; unique where kron(I, A) + kron(B', I) is invertible (MN 2.4)."""
    scale = next((f for f in a.args if f.op is ex.NUM), ex.ONE_) if a.op is ex.MUL else ex.ONE_
    a, b, c = (normal(ex.divide(m, scale)) for m in (a, b, c))
    both = [facts(m) for m in (a, b)]
    if not (all("psd" in f for f in both) and any("posdef" in f for f in both)):
        solver.require(normal(ex.add(ex.kron(ex.eye(b.rows), a), ex.kron(ex.transpose(b), ex.eye(a.rows)))))
    if normal(ex.transpose(a)) is b:
        return ex.call("lyapunov", a, c)
    return ex.call("sylvester", a, b, c)


def slope(g: Expr, x: Expr) -> Expr:
    """The differential of g by x. Raises Unsolved where g is not affine in x."""
    d = Differentiator(g, [x])
    try:
        linear = normal(d.run(g, Stage(None)))
    except UnsupportedError:
        raise Unsolved from None
    if d.kinks or x in ex.variables(linear) or ex.is_zero(linear):
        raise Unsolved
    return linear


def matrix_of(linear: Expr, x: Expr) -> Expr:
    """M with vec(linear) = M*vec(dX). Raises Unsolved where no Kronecker form is known."""
    try:
        found = vectorise(linear, [x], Stage(None), {})
    except UnsupportedError:
        raise Unsolved from None
    if x not in found:
        raise Unsolved
    return found[x]


def expanded(e: Expr, x: Expr | None = None) -> list[Expr]:
    """The terms of e, products multiplied out over the sums that hold the unknown or its differential."""

    def holds(f: Expr) -> bool:
        return is_active(f) if x is None and is_active(e) else x is None or x in ex.variables(f)

    terms: list[Expr] = []
    todo = [normal(e)]
    while todo:
        t = todo.pop()
        if len(terms) + len(todo) > LONGEST:
            raise LimitError("the equation has more than {most} terms when multiplied out", most=LONGEST)
        if t.op is ex.ADD:
            todo.extend(reversed(t.args))
            continue
        k = next((i for i, f in enumerate(t.args) if f.op is ex.ADD and holds(f)), None) if t.op is ex.MUL else None
        if k is None:
            terms.append(t)
        else:
            todo.extend(normal(ex.mul(*t.args[:k], a, *t.args[k + 1 :])) for a in reversed(t.args[k].args))
    return terms


def sides(t: Expr, x: Expr) -> Term | None:
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
    right = ex.mul(*after) if after else ex.eye(x.cols)
    if before or not scalars:
        return ex.mul(*scalars, *before) if before else ex.eye(x.rows), right
    return (ex.mul(*scalars, ex.eye(x.rows)), right) if not after else (ex.eye(x.rows), ex.mul(*scalars, right))


def inside_diagonal(t: Expr, x: Expr) -> list[Term]:
    """A and B of every A*dX*B under diag(·), the scalars in front on A. Raises Unsolved for another shape."""
    scalars = [f for f in t.args if f.is_scalar] if t.op is ex.MUL else []
    rest = [f for f in t.args if not f.is_scalar] if t.op is ex.MUL else [t]
    if len(rest) != 1 or rest[0].op.name != "diag_of":
        raise Unsolved
    found = [sides(u, x) for u in expanded(rest[0].args[0])]
    known = [u for u in found if u is not None]
    if len(known) < len(found):
        raise Unsolved
    return [(ex.mul(*scalars, a), b) for a, b in known]


def merged(terms: list[Term]) -> list[Term]:
    """Terms that share a side added up: A*X*B + D*X*B = (A + D)*X*B."""
    terms = [number_out(t) for t in terms]
    for same in (1, 0):
        groups: dict[Expr, list[Expr]] = {}
        for t in terms:
            groups.setdefault(t[same], []).append(t[1 - same])
        sums = [(normal(ex.add(*others)), shared) for shared, others in groups.items()]
        terms = sums if same else [(shared, total) for total, shared in sums]
    return terms


def number_out(t: Term) -> Term:
    """The number of a term on its left side; a multiple of the identity is a multiple of either side."""
    a, b = normal(t[0]), normal(t[1])
    scalars = [f for f in b.args if f.is_scalar] if b.op is ex.MUL else []
    rest = [f for f in b.args if not f.is_scalar] if b.op is ex.MUL else [b]
    return (normal(ex.mul(*scalars, a)), normal(ex.mul(*rest))) if scalars and a.op is not ex.EYE else (a, b)


def as_monomial(term: Expr, t: Expr) -> tuple[Expr, Fraction]:
    """c and p of c*t^p. Raises Unsolved for another shape."""
    exponent, rest = Fraction(0), []
    for f in term.args if term.op is ex.MUL else (term,):
        base, power = f.args if f.op is ex.POW else (f, ex.ONE_)
        if base is t and power.op is ex.NUM:
            exponent += power.data
        elif t in ex.variables(f):
            raise Unsolved
        else:
            rest.append(f)
    return ex.mul(*rest) if rest else ex.ONE_, exponent


def unnamed(e: Expr) -> Expr:
    """The expression with its named intermediates written out: the name of one that holds the unknown would outlive it."""
    return ex.rewrite(e, lambda n, args: args[0] if n.op is ex.NAMED else ex.rebuild(n, args))


def fresh(name: str, *used: Expr) -> str:
    """The name, lengthened until nothing in use has it."""
    taken = {v.data[0] for v in ex.variables(*used)} | set(ex.letters(*used)) | {e.data for e in ex.postorder(*used) if e.op is ex.NAMED}
    while name in taken:
        name += "_"
    return name


def solve_system(equations: list[tuple[Expr, Expr]]) -> list[Found]:
    """Unknowns in the order of elimination, each in terms of those after it, from (unknown, its equation) pairs.

    One is solved for and put into the rest, and so on. Raises UnsupportedError when no order succeeds.
    """
    if not equations:
        return []
    error: UnsupportedError | None = None
    for attempt in attempts(equations):
        if isinstance(attempt, UnsupportedError):
            error = error or attempt
            continue
        rest = [(y, normal(ex.substitute(g, {attempt.unknown: attempt.value}))) for y, g in equations if y is not attempt.unknown]
        try:
            return [attempt, *solve_system(rest)]
        except UnsupportedError as inner:
            error = error or inner
    assert error is not None
    raise error


def attempts(equations: list[tuple[Expr, Expr]]) -> list[Found | UnsupportedError]:
    """Every unknown solved for in its own equation, those first whose value needs no other unknown."""
    unknowns = {x for x, _ in equations}
    found: list[Found | UnsupportedError] = []
    for x, g in equations:
        try:
            found.append(solve(g, x))
        except UnsupportedError as error:
            found.append(error)
    return sorted(found, key=lambda f: (9,) if isinstance(f, UnsupportedError) else (len(unknowns & set(ex.variables(f.value))), len(f.conditions)))


def put_together(found: list[Found]) -> tuple[dict[Expr, Expr], list[Condition]]:
    """The values with no unknown left in them, and all conditions in those terms."""
    values: dict[Expr, Expr] = {}
    conditions: list[Condition] = []
    for f in reversed(found):
        values[f.unknown] = normal(ex.substitute(f.value, values))
        conditions += [(why, normal(ex.substitute(e, values))) for why, e in f.conditions]
        conditions += member_conditions(values[f.unknown], f.unknown)
    broken = next((e for why, e in conditions if why in ("it is not zero", "X is invertible") and ex.is_zero(e)), None)
    if broken is not None:
        raise UnsupportedError("the gradient has no zero in closed form that matgrad knows: elimination divides by zero there")
    definite = {bare(e) for why, e in conditions if why == "it is posdef"}
    return values, list(dict.fromkeys(c for c in conditions if c[0] != "X is invertible" or not (invertible(c[1]) or bare(c[1]) in definite)))


MEMBER = ("posdef", "psd", "positive", "nonnegative", "symmetric")


def member_conditions(value: Expr, x: Expr) -> list[Condition]:
    """What the declaration of the unknown asks of the solution and nothing proves."""
    missing = [f for f in MEMBER if f in facts(x) and f not in facts(value) and (f != "symmetric" or not x.is_scalar)]
    return [(f"it is {missing[0]}", value)] if missing else []
