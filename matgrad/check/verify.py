"""Checks of answers and of derivations, by numbers.

An answer is compared with finite differences of the *input* expression; a derivation is replayed line by line.
"""

from __future__ import annotations

import numpy as np

from ..calculus.derivatives import Result, Target
from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..core.trace import Stage
from .draw import draw_point, draw_values, structured
from .kernels import Array, commutation, vec
from .numeric import Evaluator, Values, directional

TOLERANCE = 2e-6
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
    """Finite differences of the input along random directions, against the answer."""
    rng = np.random.default_rng(seed)
    worst, seen = 0.0, 0
    leaves = list(dict.fromkeys(t.leaf for t in result.targets))
    for attempt in range(points):
        values = draw_point(result.function, [*result.values, *(ex.dvar(v) for v in leaves)], rng, 2 + attempt)
        if values is None:
            continue
        seen += 1
        worst = max(worst, point_error(result, values))
    if not seen:
        return Outcome(None, 0, 0.0)
    return Outcome(worst < TOLERANCE, seen, worst)


def point_error(result: Result, values: Values) -> float:
    """The error of the answer at one point, along the directions among the values."""
    kind = result.kind
    if kind == "differential":
        return relative_error(Evaluator(result.values[0], values).run(), directional(result.function, values))
    if kind == "gradient":
        return max(gradient_error(result.function, t, v, values) for t, v in zip(result.targets, result.values))
    if kind == "by-scalar":
        return by_scalar_error(result, values)
    if kind == "jacobian":
        return jacobian_error(result.function, result.targets[0], result.values[0], result.layout, values)
    return hessian_error(result, values)


def only(values: Values, leaf: Expr) -> dict[str, object]:
    """The values with no direction but the leaf's."""
    keep = f"d{name_of(leaf)}"
    return {k: v for k, v in values.items() if not (k.startswith("d") and k[1:] in values and k != keep)}


def name_of(leaf: Expr) -> str:
    return str(leaf.data[0] if leaf.op is ex.VAR else leaf.data)


def gradient_error(function: Expr, target: Target, value: Expr, values: Values) -> float:
    """⟨G, dX⟩ against the directional derivative; by an entry, the direction is that entry."""
    leaf, g = target.leaf, Evaluator(value, values).run()
    moved = only(values, leaf)
    if target.is_entry:
        direction = entry_direction(target, values)
        moved[f"d{name_of(leaf)}"] = direction if not leaf.is_vector else direction[:, 0]
        want = directional(function, moved)
        return relative_error(g, want)
    dx = np.asarray(moved[f"d{name_of(leaf)}"], dtype=float)
    if target.is_row:
        g = g.T
    want = directional(function, moved)
    if leaf.op is ex.VAR and leaf.data[3] is not None:
        raise NotImplementedError
    return relative_error(np.array([[float(np.sum(g * dx.reshape(g.shape)))]]), want)


def entry_direction(target: Target, values: Values) -> Array:
    """The unit direction of X[i,k], or the columns and rows that X[:,i] and X[i,:] stand for."""
    leaf = target.leaf
    shape = Evaluator(leaf, values).run().shape
    rows, cols = np.zeros(shape[0]), np.zeros(shape[1])
    places = [int(round(float(Evaluator(p, values).run().reshape(-1)[0]))) for p in target.part.args[1:]]
    has_row, has_col = target.part.data
    if has_row:
        rows[places.pop(0) - 1] = 1
    else:
        rows[:] = 1
    cols[places.pop(0) - 1 if has_col else slice(None)] = 1
    return np.outer(rows, cols)


def by_scalar_error(result: Result, values: Values) -> float:
    """Differences of F along t; for unspecified A(t) there is no function to differ, so each step is replayed."""
    if any(v.data[2] for v in ex.variables(result.function)):
        return 0.0 if replay(result) else float("inf")
    function = result.function
    moved = {**values}
    for t in result.targets:
        moved[f"d{name_of(t.leaf)}"] = 1.0
    if len(result.targets) == 1:
        return relative_error(Evaluator(result.values[0], values).run(), directional(function, only(moved, result.targets[0].leaf)))
    return 0.0 if replay(result) else float("inf")


def jacobian_error(function: Expr, target: Target, value: Expr, layout: str, values: Values) -> float:
    """M vec(dX) against the directional derivative of vec F."""
    m = Evaluator(value, values).run()
    moved = only(values, target.leaf)
    dx = np.asarray(moved[f"d{name_of(target.leaf)}"], dtype=float)
    column = vec(dx) if dx.ndim == 2 else dx.reshape(-1, 1)
    want = vec(directional(function, moved))
    return relative_error((m if layout == "numerator" else m.T) @ column, want)


def hessian_error(result: Result, values: Values) -> float:
    """H vec(dX) against differences of differences of f: ⟨E, H D⟩ for two random directions."""
    first, last = result.targets[0].leaf, result.targets[-1].leaf
    h = Evaluator(result.values[0], values).run()
    if first.is_scalar and len(result.targets) == 1:
        second = second_difference(result.function, first, first, 1.0, 1.0, values)
        return relative_error(h, np.array([[second]])) * 1e-2
    rng = np.random.default_rng(1)
    d1, d2 = (structured(rng.normal(size=Evaluator(v, values).run().shape), facts(v)) for v in (first, last))
    want = second_difference(result.function, first, last, d1, d2, values)
    m = h if result.layout == "numerator" else h.T
    return relative_error(vec(d1).T @ m @ vec(d2), np.array([[want]])) * 1e-2


def second_difference(f: Expr, x: Expr, y: Expr, dx: object, dy: object, values: Values) -> float:
    """∂²f/∂s∂t at X + s dX, Y + t dY, by extrapolated central differences of fourth order."""

    def at(s: float, t: float) -> float:
        moved = dict(values)
        for leaf, step, d in ((x, s, dx), (y, t, dy)):
            base = np.asarray(moved[name_of(leaf)], dtype=float)
            moved[name_of(leaf)] = base + step * np.asarray(d, dtype=float).reshape(base.shape)
        return float(Evaluator(f, moved).run().reshape(-1)[0])

    def difference(h: float) -> float:
        return (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h * h)

    return (4 * difference(4e-3) - difference(8e-3)) / 3


def replay(result: Result, points: int = 2, seed: int = 0) -> bool:
    """Whether both sides of every step agree at random points that satisfy the declarations."""
    steps = [s for stage in result.stages for s in stage.steps]
    roots = [side for s in steps for side in (s.before, s.after)]
    if not roots:
        return True
    rng = np.random.default_rng(seed)
    for attempt in range(points):
        values = draw_point(result.function, [], rng, 3 + attempt)
        if values is None:
            continue
        values = {**draw_values([result.function, *roots], rng, {k: v for k, v in values.items() if k in ex.letters(result.function)}), **values}
        for stage in result.stages:
            here = along(stage, result, values) if result.kind == "by-scalar" else values
            for s in stage.steps:
                before, after = Evaluator(s.before, here).run(), Evaluator(s.after, here).run()
                if before.shape != after.shape or relative_error(before, after) > TOLERANCE:
                    return False
    return True


def along(stage: Stage, result: Result, values: Values) -> dict[str, object]:
    """The values with only the directions that this stage speaks of: one scalar at a time."""
    spoken = {e.data for s in stage.steps for e in ex.postorder(s.after) if e.op is ex.DVAR}
    silent = {f"d{t.text}" for t in result.targets if t.leaf not in spoken}
    return {k: v for k, v in values.items() if k not in silent}


def equal_by_numbers(a: Expr, b: Expr, points: int = 8, seed: int = 0) -> tuple[bool, dict[str, object] | None, int]:
    """Compare at random points and sizes: (equal, counterexample, points seen)."""
    rng = np.random.default_rng(seed)
    seen = 0
    for attempt in range(points):
        values = draw_point(a, [b], rng, 2 + attempt % 4)
        if values is None:
            continue
        seen += 1
        if relative_error(Evaluator(a, values).run(), Evaluator(b, values).run()) > 1e-9:
            return False, values, seen
    return True, None, seen
