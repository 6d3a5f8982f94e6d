"""Random inputs that satisfy the declarations, inside the domain of the expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..errors import MatgradError
from .kernels import Array
from .numeric import Evaluator, Values, input_name

Rng = np.random.Generator

# how to draw what no fact decides: the first that keeps the expression finite is taken
MANNERS = ("normal", "positive", "unit", "small")


def draw_sizes(roots: Iterable[Expr], rng: Rng, largest: int = 5) -> dict[str, int]:
    """A size for every letter; 1 is drawn as often as any other. Full column rank needs rows >= cols."""
    roots = list(roots)
    for _ in range(40):
        sizes = {letter: int(rng.integers(1, largest + 1)) for letter in ex.letters(*roots)}
        if all(tall_enough(v, sizes) for v in ex.variables(*roots)):
            break
    return sizes


def tall_enough(v: Expr, sizes: dict[str, int]) -> bool:
    """Whether the sizes allow the rank that is declared."""
    rows, cols = dims(v, sizes)
    known = facts(v)
    return not ("full_column_rank" in known and rows < cols or "full_row_rank" in known and rows > cols)


def draw_values(roots: Iterable[Expr], rng: Rng, sizes: dict[str, int] | None = None, manner: str = "normal") -> dict[str, Any]:
    """Arrays for every variable, differential, unspecified function and free index below the roots."""
    roots = list(roots)
    sizes = dict(sizes) if sizes is not None else draw_sizes(roots, rng)
    values: dict[str, Any] = {}
    nodes = ex.postorder(*roots)
    nodes += [e.data for e in nodes if e.op is ex.DVAR and e.data.op is ex.VAR]
    values.update(sizes)
    as_index = {i for e in nodes if e.op in (ex.INDEX, ex.MEMBER, ex.UNIT) for i in e.args[e.op is not ex.UNIT :] if i.op is ex.VAR}
    for e in nodes:
        if e.op is ex.VAR and e.data[0] not in values:
            values[e.data[0]] = 1 if e in as_index else draw_variable(e, sizes, rng, manner)
    for e in nodes:
        if e.op is ex.VAR and e.data[2]:
            for rate in rates(e):
                values.setdefault(input_name(rate), shaped(e, structured(rng.normal(size=dims(e, sizes)), facts(rate))))
        if e.op is ex.DVAR and e.data.op is ex.VAR and e.data.data[3] is not None:
            values[input_name(e)] = np.array([draw_direction(e, sizes, rng) for _ in range(e.data.data[3].evaluate(sizes))])
        elif e.op is ex.DIFF or e.op is ex.DVAR and e.data.op is ex.VAR:
            values[input_name(e)] = draw_direction(e, sizes, rng)
        elif e.op is ex.GENERIC:
            values[e.data[0]] = GENERIC
        elif e.op is ex.IDX and e.data not in values:
            values[e.data] = 1
    for e in nodes:
        if e.op is ex.MEMBER and e.args[1].op is ex.IDX and values[e.args[1].data] == 1:
            family = e.args[0] if e.args[0].op is ex.VAR else e.args[0].data
            values[e.args[1].data] = int(rng.integers(1, family.data[3].evaluate(sizes) + 1))
    return values


def draw_direction(e: Expr, sizes: dict[str, int], rng: Rng) -> Any:
    return shaped(e, structured(rng.normal(size=dims(e, sizes)), facts(e)))


def rates(e: Expr, order: int = 3) -> list[Expr]:
    """diff(A,t), diff(A,t,t), … of an unspecified function, up to an order."""
    found = [e]
    for _ in range(order):
        found += [ex.diff(f, p) for f in found for p in e.data[2]]
    return list(dict.fromkeys(f for f in found if f.op is ex.DIFF))


# tanh and its first three derivatives stand for an unspecified element-wise function
GENERIC = (
    np.tanh,
    lambda a: 1 - np.tanh(a) ** 2,
    lambda a: -2 * np.tanh(a) * (1 - np.tanh(a) ** 2),
    lambda a: (6 * np.tanh(a) ** 2 - 2) * (1 - np.tanh(a) ** 2),
)


def dims(e: Expr, sizes: dict[str, int]) -> tuple[int, int]:
    return e.rows.evaluate(sizes), e.cols.evaluate(sizes)


def shaped(e: Expr, a: Array) -> Any:
    """The array as `evaluate` takes it."""
    if e.is_scalar:
        return float(a.reshape(-1)[0])
    return a[:, 0] if e.is_vector else a


def structured(a: Array, known: frozenset[str]) -> Array:
    """Project a direction onto the structure of its variable."""
    if "diagonal" in known:
        return np.diag(np.diag(a))
    if "symmetric" in known:
        return (a + a.T) / 2
    if "skew" in known:
        return (a - a.T) / 2
    if "toeplitz" in known:
        n = a.shape[0]
        return np.asarray(a.reshape(-1)[np.subtract.outer(np.arange(n), np.arange(n)) % (n * n)])
    if "lower" in known:
        return np.tril(a)
    if "upper" in known:
        return np.triu(a)
    return a


def draw_variable(e: Expr, sizes: dict[str, int], rng: Rng, manner: str) -> Any:
    name, _, _, count = e.data
    if count is not None:
        one = ex.var(name, e.rows, e.cols, e.data[1])
        return np.array([draw_variable(one, sizes, rng, manner) for _ in range(count.evaluate(sizes))])
    known = facts(e)
    rows, cols = dims(e, sizes)
    if "integer" in known:
        return int(rng.integers(2, 6))
    if "onehot" in known:
        a = np.eye(rows)[:, rng.integers(0, rows, cols)]
        return shaped(e, a)
    a = rng.normal(size=(rows, cols))
    if manner != "normal":
        a = {"positive": np.abs(a) + 0.2, "unit": rng.uniform(0.1, 0.9, size=a.shape), "small": 0.1 * a}[manner]
    if "binary" in known:
        a = np.asarray(a > 0, dtype=float)
    elif "positive" in known or "nonnegative" in known:
        a = np.abs(a) + (1.1 if "above_one" in known else 0.1)
    return shaped(e, constrained(a, known, rng))


def constrained(a: Array, known: frozenset[str], rng: Rng) -> Array:
    """Turn a random matrix into one that has the facts."""
    n = a.shape[0]
    if "diagonal" in known:
        d = np.diag(a)
        return np.diag(np.abs(d) + 0.5 if "posdef" in known or "invertible" in known else d)
    if "posdef" in known:
        definite: Array = a @ a.T / n + np.eye(n)
        return definite
    if "psd" in known:
        return a @ a.T
    if "orthogonal" in known:
        q, r = np.linalg.qr(a)
        return q * np.sign(np.diag(r))
    a = structured(a, known)
    if "invertible" in known:
        a = a / max(1.0, float(np.linalg.norm(a))) + 1.5 * np.eye(n)
    return a


ATTEMPTS = 4


def draw_point(
    function: Expr, others: Iterable[Expr], rng: Rng, largest: int = 5, accept: Callable[[dict[str, Any]], bool] = lambda values: True
) -> dict[str, Any] | None:
    """Values at which `function` is finite and which `accept` takes; None when no manner of drawing finds any."""
    roots = [function, *others]
    for sizes in (draw_sizes(roots, rng, largest), draw_sizes(roots, rng, largest), dict.fromkeys(ex.letters(*roots), 3)):
        for manner in MANNERS:
            for _ in range(ATTEMPTS):
                values = draw_values(roots, rng, sizes, manner)
                if all_finite([function], values) and accept(values):
                    return values
    return None


def all_finite(roots: Iterable[Expr], values: Values) -> bool:
    try:
        return all(bool(np.all(np.isfinite(Evaluator(r, values).run()))) for r in roots)
    except MatgradError:
        return False
