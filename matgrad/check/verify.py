"""Checks of answers and of derivations, by numbers.

An answer is compared with finite differences of the *input* expression; a derivation is replayed line by line.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..calculus.derivatives import Result, Target
from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..errors import MatgradError, ShapeError, UnsupportedError
from .draw import draw_point, structured
from .kernels import Array, vec
from .numeric import Evaluator, Values, directional, evaluate, evaluate_family, numbers

TOLERANCE = 2e-6
RELIABLE = TOLERANCE / 100  # differences that disagree among themselves by more are not used; the last two differ by 1/63 of the two before
POINTS = 3


class Outcome:
    """What a numeric check saw. `passed` is None when no point inside the domain was found."""

    __slots__ = ("passed", "points", "error", "worst")

    def __init__(self, passed: bool | None, points: int, error: float, worst: str = ""):
        self.passed = passed
        self.points = points
        self.error = error
        self.worst = worst

    def __bool__(self) -> bool:
        return bool(self.passed)

    def __repr__(self) -> str:
        if self.passed is None:
            return "not checked: no point inside the domain was found"
        verdict = "passed" if self.passed else "FAILED"
        return f"{verdict} at {self.points} random points, largest relative error {self.error:.1g}{self.worst}"


def relative_error(have: Array, want: Array) -> float:
    scale = max(1.0, float(np.max(np.abs(want), initial=0.0)), float(np.max(np.abs(have), initial=0.0)))
    error = float(np.max(np.abs(have - want), initial=0.0)) / scale
    return error if np.isfinite(error) else float("inf")


def check_result(result: Result, points: int = POINTS, seed: int = 0) -> Outcome:
    """Finite differences of the input along random directions, against the answer.

    Points where the differences themselves have not converged (near a kink or a singularity) say nothing
    and are drawn again; that is judged without looking at the answer.
    """
    rng = np.random.default_rng(seed)
    worst, seen = 0.0, 0
    leaves = list(dict.fromkeys(t.leaf for t in result.targets))
    roots = [*result.values, *leaves, *(t.part for t in result.targets), *(ex.dvar(v) for v in leaves)]
    compared: list[Comparison] = []

    def accept(values: Values) -> bool:
        compared[:] = reliable(result, values)
        return bool(compared)

    for attempt in range(points):
        if draw_point(result.function, roots, rng, 2 + attempt, accept) is None:
            continue
        seen += 1
        worst = max(worst, *(relative_error(have, want) for have, want, _ in compared))
    if not seen:
        return Outcome(None, 0, 0.0)
    return Outcome(worst < TOLERANCE, seen, worst)


def small(error: float, want: Array) -> bool:
    """Whether differences are finite and agree among themselves."""
    scale = max(1.0, float(np.max(np.abs(want), initial=0.0)))
    return bool(np.isfinite(error) and np.isfinite(scale) and error <= RELIABLE * scale)


def invertible(a: Array) -> bool:
    """Whether the matrix is far enough from singular for its inverse to have digits."""
    return bool(np.linalg.cond(a) < 1e8)


Comparison = tuple[Array, Array, float]  # what the answer gives, what differences give, and their own error


def reliable(result: Result, values: Values) -> list[Comparison]:
    """The comparisons at this point; none where something cannot be evaluated or differences have not converged."""
    try:
        if not allowed(result, values):
            return []
        compared = comparisons(result, values)
    except MatgradError:
        return []
    return compared if all(np.all(np.isfinite(have)) and small(error, want) for have, want, error in compared) else []


DEMANDS: dict[str, Callable[[Array], bool]] = {
    "X is invertible": invertible,
    "it is posdef": lambda a: invertible(a) and bool(np.linalg.eigvalsh(a).min() > 0),
    "it is positive": lambda a: bool(np.all(a > 0)),
    "it is nonnegative": lambda a: bool(np.all(a >= 0)),
    "it is not zero": lambda a: bool(np.all(np.abs(a) > 1e-9)),
}


def allowed(result: Result, values: Values) -> bool:
    """Whether the conditions under which the answer holds are met."""
    return all(DEMANDS[why](Evaluator(t, values).run()) for why, t in result.conditions if why in DEMANDS)


def comparisons(result: Result, values: Values) -> list[Comparison]:
    """The answer beside finite differences of the input, along the directions among the values."""
    if result.kind == "differential":
        return [(Evaluator(result.values[0], values).run(), *directional(result.function, values))]
    if result.kind == "gradient":
        return [gradient_comparison(result.function, t, v, values) for t, v in zip(result.targets, result.values)]
    if result.kind == "by-scalar":
        return [by_scalar_comparison(result, values)]
    if result.kind == "newton":
        return newton_comparisons(result, values)
    if result.kind == "stationary":
        return [stationary_comparison(result, values)]
    if result.kind == "higher":
        return [higher_comparison(result, values)]
    if result.kind == "jacobian":
        return [jacobian_comparison(result.function, result.targets[0], result.values[0], result.layout, values)]
    return [hessian_comparison(result, values)]


def only(values: Values, leaf: Expr) -> dict[str, object]:
    """The values with no direction but the leaf's."""
    keep = f"d{name_of(leaf)}"
    return {k: v for k, v in values.items() if not (k.startswith("d") and k[1:] in values and k != keep)}


def name_of(leaf: Expr) -> str:
    return str(leaf.data[0] if leaf.op is ex.VAR else leaf.data)


def gradient_comparison(function: Expr, target: Target, value: Expr, values: Values) -> Comparison:
    """⟨G, dX⟩ beside the directional derivative; by an entry, the direction is that entry."""
    leaf = target.leaf
    moved = only(values, leaf)
    if target.place is not None:
        return member_comparison(function, target, value, moved)
    g = Evaluator(value, values).run()
    if target.is_entry:
        direction = entry_direction(target, values) * (0.6 + 0.8j if ex.is_complex(leaf) else 1.0)
        moved[f"d{name_of(leaf)}"] = direction if not leaf.is_vector else direction[:, 0]
        return (inner(g.sum(), direction.max()), *directional(function, moved))
    dx = numbers(moved[f"d{name_of(leaf)}"])
    g = g.T if target.is_row else g
    return (inner(g, dx.reshape(g.shape)), *directional(function, moved))


def inner(g: Array, dx: Array) -> Array:
    """⟨G, dX⟩, the sum of the products of the entries; of complex ones Re tr(G^H dX)."""
    return np.array([[float(np.real(np.sum(np.conj(g) * dx)))]])


def member_comparison(function: Expr, target: Target, value: Expr, values: Values) -> Comparison:
    """By a whole family the sum of ⟨G[i], dx[i]⟩; by one member, only that one moves."""
    leaf, place = target.leaf, target.place
    assert place is not None
    dx = numbers(values[f"d{name_of(leaf)}"])
    if place.op is ex.IDX:
        g = evaluate_family(value, place.data, leaf.data[3], values, [leaf])
        return (inner(g, dx), *directional(function, values))
    at, alone = one_member(target, dx, values)
    g = np.asarray(evaluate(value, values, [leaf]))
    return (inner(g, dx[at]), *directional(function, {**values, f"d{name_of(leaf)}": alone}))


def one_member(target: Target, dx: Array, values: Values) -> tuple[int, Array]:
    """The place of the member, and the direction in which only it moves."""
    assert target.place is not None
    at = int(round(float(Evaluator(target.place, values).run().reshape(-1)[0]))) - 1
    if not 0 <= at < len(dx):
        raise ShapeError("the member {index} is outside 1..{n}", index=at + 1, n=len(dx))
    alone = np.zeros_like(dx)
    alone[at] = dx[at]
    return at, alone


def entry_direction(target: Target, values: Values) -> Array:
    """The unit direction of X[i,k], or the columns and rows that X[:,i] and X[i,:] stand for."""
    leaf = target.leaf
    shape = Evaluator(leaf, values).run().shape
    rows, cols = np.zeros(shape[0]), np.zeros(shape[1])
    places = [int(round(float(Evaluator(p, values).run().reshape(-1)[0]))) for p in target.part.args[1:]]
    has_row, has_col = target.part.data
    for at, n in zip(places, [n for n, has in zip(shape, target.part.data) if has]):
        if not 1 <= at <= n:
            raise ShapeError("the index {index} is outside 1..{n}", index=at, n=n)
    if has_row:
        rows[places.pop(0) - 1] = 1
    else:
        rows[:] = 1
    cols[places.pop(0) - 1 if has_col else slice(None)] = 1
    return np.outer(rows, cols)


def by_scalar_comparison(result: Result, values: Values) -> Comparison:
    """The derivative of F, or of the derivative before the last, along the last scalar."""
    previous, last = result.function, result.targets[-1].leaf
    for stage in result.stages[:-1]:
        rate = stage.steps[-1].after
        previous = ex.substitute(rate, {e: ex.ONE_ for e in ex.postorder(rate) if e.op is ex.DVAR})
    moved = {k: v for k, v in values.items() if k not in {f"d{t.text}" for t in result.targets}}
    moved[f"d{name_of(last)}"] = 1.0
    return (Evaluator(result.values[0], values).run(), *directional(previous, moved))


def jacobian_comparison(function: Expr, target: Target, value: Expr, layout: str, values: Values) -> Comparison:
    """M vec(dX) beside the directional derivative of vec F."""
    m = Evaluator(value, values).run()
    moved = only(values, target.leaf)
    dx = np.asarray(moved[f"d{name_of(target.leaf)}"], dtype=float)
    if target.place is not None:
        at, moved[f"d{name_of(target.leaf)}"] = one_member(target, dx, values)
        dx = dx[at]
    column = vec(dx) if dx.ndim == 2 else dx.reshape(-1, 1)
    want, error = directional(function, moved)
    return (m.T if layout == "denominator" else m) @ column, vec(want), error


def hessian_comparison(result: Result, values: Values) -> Comparison:
    """⟨D, H E⟩ beside differences of differences of f, for two random directions D and E."""
    first, last = result.targets[0], result.targets[-1]
    h = Evaluator(result.values[0], values, [first.leaf, last.leaf]).run()
    rng = np.random.default_rng(1)
    d1, d2 = (structured(np.asarray(rng.normal(size=Evaluator(t.whole, values).run().shape)), facts(t.whole)) for t in (first, last))
    m = h.T if result.layout == "denominator" else h
    move1, move2 = in_the_whole(first, d1, values), in_the_whole(last, d2, values)
    want, error = second_difference(result.function, first.leaf, last.leaf, move1, move2, values)
    return vec(d1).T @ m @ vec(d2), np.array([[want]]), error


def in_the_whole(target: Target, d: Array, values: Values) -> Array:
    """The direction of one member as a direction of its family."""
    if target.place is None:
        return d
    family = np.asarray(values[name_of(target.leaf)], dtype=float)
    at, whole = one_member(target, np.zeros_like(family), values)
    whole[at] = d.reshape(family.shape[1:])
    return whole


def newton_comparisons(result: Result, values: Values) -> list[Comparison]:
    """The Hessian beside differences, and H times the step beside minus the directional derivatives."""
    assert result.basis is not None
    leaf = result.targets[0].leaf
    step = Evaluator(result.values[0], values).run()
    h = Evaluator(result.basis.values[0], values).run()
    moved = only(values, leaf)
    direction = Evaluator(ex.dvar(leaf), values).run()
    want, error = directional(result.function, moved)
    return [*comparisons(result.basis, values), (-vec(direction).T @ h @ vec(step), want, error)]


def stationary_comparison(result: Result, values: Values) -> Comparison:
    """The directional derivative at the solution, which must vanish."""
    moved = dict(values)
    for t, v in zip(result.targets, result.values):
        a = Evaluator(v, values, ex.variables(result.function)).run()
        moved[name_of(t.leaf)] = a.reshape(Evaluator(t.leaf, values).run().shape)[:, 0] if t.leaf.is_vector else a if not t.leaf.is_scalar else float(a[0, 0])
    have, error = directional(result.function, moved)
    return np.zeros_like(have), have, error


def higher_comparison(result: Result, values: Values) -> Comparison:
    """The last order beside differences of the order before it, which is the last step's left side."""
    before = result.stages[-1].steps[0].before.args[0]
    return jacobian_comparison(before, result.targets[-1], result.values[0], result.layout, values)


def second_difference(f: Expr, x: Expr, y: Expr, dx: Array, dy: Array, values: Values) -> tuple[float, float]:
    """∂²f/∂s∂t at X + s dX, Y + t dY by extrapolated central differences, and an estimate of the error."""

    def at(s: float, t: float) -> float:
        moved = dict(values)
        for leaf, step, d in ((x, s, dx), (y, t, dy)):
            base = np.asarray(moved[name_of(leaf)], dtype=float)
            moved[name_of(leaf)] = base + step * d.reshape(base.shape)
        return float(Evaluator(f, moved).run().reshape(-1)[0])

    def difference(h: float) -> float:
        return (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h * h)

    steps = [difference(h) for h in (1.6e-2, 8e-3, 4e-3)]
    coarse, fine = ((4 * b - a) / 3 for a, b in zip(steps, steps[1:]))
    best = (16 * fine - coarse) / 15
    error = abs(best - fine)
    return best, error if np.isfinite(error) else float("inf")


def replay(result: Result, points: int = 2, seed: int = 0) -> bool:
    """Whether both sides of every step agree at random points that satisfy the declarations.

    Raises UnsupportedError where there is no point at which all of them can be evaluated.
    """
    roots = [side for stage in result.stages for s in stage.steps for side in (s.before, s.after)]
    roots += [ex.dvar(t.leaf) for t in result.targets]
    rng = np.random.default_rng(seed)
    seen = 0
    for attempt in range(3 * points):
        values = draw_point(result.function, roots, rng, 3 + attempt % 3, lambda values: converged(result, values))
        if values is None:
            continue
        verdict = replay_at(result, values)
        if verdict is False:
            return False
        seen += verdict is True
        if seen == points:
            break
    if not seen:
        raise UnsupportedError("the lines of this derivation could not be evaluated: no suitable point was found, or the matrices are too large")
    return True


def replay_at(result: Result, values: Values) -> bool | None:
    """Whether every step holds at one point, and the answer that was read off; None where differences have not converged."""
    certain = True
    for stage in result.stages:
        here = values if stage.by is None else only(values, stage.by)
        for s in stage.steps:
            sides = Evaluator(s.before, here), Evaluator(s.after, here)
            try:
                before, after = (side.run() for side in sides)
            except MatgradError:
                return None
            if not (np.all(np.isfinite(before)) and np.all(np.isfinite(after))):
                return None
            if before.shape == after.shape and relative_error(before, after) <= TOLERANCE:
                continue
            if max(side.uncertainty for side in sides) <= RELIABLE:
                return False
            certain = False
    if any(relative_error(have, want) > TOLERANCE for have, want, _ in reliable(result, values)):
        return False
    return True if certain else None


def converged(result: Result, values: Values) -> bool:
    """Whether differences of the function along every direction have converged here, at a point that the answer speaks of."""
    try:
        if not allowed(result, values):
            return False
        want, error = directional(result.function, values)
    except MatgradError:
        return False
    return small(error, want)
