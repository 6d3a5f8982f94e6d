"""Random inputs that satisfy the declarations, inside the domain of the expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..errors import LimitError, MatgradError
from .exact import determinant, inverse
from .kernels import Array
from .numeric import Evaluator, Values, input_name

Rng = np.random.Generator

# how to draw what no fact decides: the first that keeps the expression finite is taken
MANNERS = ("normal", "positive", "unit", "small")

# the same for fractions: numerators from … to …, and the denominators to choose from
WHOLE = {"whole": (-3, 3, (1,)), "whole positive": (1, 4, (1,))}
FRACTIONS = {
    "fractions": (-30, 30, (7, 11, 13)),
    "positive fractions": (1, 40, (7, 11, 13)),
    "parts of one": (1, 12, (13, 17, 19)),
    "small fractions": (-20, 20, (97, 101, 103)),
    "mixed fractions": (-30, 30, (1, 13, 101, 1009)),
}
EXACT = WHOLE | FRACTIONS


def entries(rng: Rng, shape: tuple[int, int], manner: str) -> Array:
    """Random entries, floats or fractions as the manner says."""
    if manner in EXACT:
        low, high, below = EXACT[manner]
        above, under = rng.integers(low, high + 1, size=shape), rng.choice(below, size=shape)
        drawn: Array = np.frompyfunc(lambda a, b: Fraction(int(a), int(b)), 2, 1)(above, under).reshape(shape)
        return drawn
    a = rng.normal(size=shape)
    if manner == "normal":
        return a
    return {"positive": np.abs(a) + 0.2, "unit": rng.uniform(0.1, 0.9, size=shape), "small": 0.1 * a}[manner]


def complex_entries(rng: Rng, shape: tuple[int, int], manner: str) -> Array:
    """Random complex numbers, both parts in the manner asked for."""
    re, im = (np.asarray(entries(rng, shape, manner), dtype=float) for _ in range(2))
    return re + 1j * im


def direction(e: Expr, sizes: dict[str, int], rng: Rng, manner: str) -> Any:
    """A free direction with the structure of its variable."""
    kind = "whole" if manner in WHOLE else "fractions" if manner in EXACT else "normal"
    draw = complex_entries if ex.is_complex(e) else entries
    return shaped(e, structured(draw(rng, dims(e, sizes), kind), facts(e)))


class Polynomial(tuple[Callable[[Any], Any], ...]):
    """An unspecified element-wise function and its derivatives: a polynomial."""

    coefficients: list[int]

    def __str__(self) -> str:
        terms = [f"{c}*x^{i}" if i > 1 else f"{c}*x" if i else str(c) for i, c in enumerate(self.coefficients)]
        return " + ".join(terms[::-1]).replace("+ -", "- ").replace("1*x", "x")


def horner(coefficients: tuple[int, ...], a: Any) -> Any:
    total = a * 0
    for c in reversed(coefficients):
        total = total * a + c
    return total


def polynomial(rng: Rng, order: int) -> Polynomial:
    """One whose derivatives up to the order have nothing in common."""
    coefficients = [int(c) for c in rng.choice((-2, -1, 1, 2), size=order + 3)]
    functions: list[Callable[[Any], Any]] = []
    current = coefficients
    for _ in range(order + 1):
        functions.append(partial(horner, tuple(current)))
        current = [i * k for i, k in enumerate(current)][1:]
    found = Polynomial(functions)
    found.coefficients = coefficients
    return found


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
                values.setdefault(input_name(rate), direction(rate, sizes, rng, manner))
        if e.op is ex.DVAR and e.data.op is ex.VAR and e.data.data[3] is not None:
            values[input_name(e)] = np.array([direction(e, sizes, rng, manner) for _ in range(e.data.data[3].evaluate(sizes))])
        elif e.op is ex.DIFF or e.op is ex.DVAR and e.data.op is ex.VAR:
            values[input_name(e)] = direction(e, sizes, rng, manner)
        elif e.op is ex.GENERIC and manner not in EXACT:
            values[e.data[0]] = GENERIC
        elif e.op is ex.IDX and e.data not in values:
            values[e.data] = 1
    for e in nodes:
        place = e.args[1] if e.op is ex.MEMBER and e.args[1].op in (ex.IDX, ex.VAR) else None
        if place is not None and values[name := place.data if place.op is ex.IDX else place.data[0]] == 1:
            family = e.args[0] if e.args[0].op is ex.VAR else e.args[0].data
            values[name] = int(rng.integers(1, family.data[3].evaluate(sizes) + 1))
    if manner in EXACT:
        orders = [e.data for e in nodes if e.op is ex.GENERIC]
        for name in dict.fromkeys(name for name, _ in orders):
            values[name] = polynomial(rng, max(order for other, order in orders if other == name))
    return values


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
        return a.reshape(-1)[0] if a.dtype == object else a.reshape(-1)[0].item() if np.iscomplexobj(a) else float(a.reshape(-1)[0])
    return a[:, 0] if e.is_vector else a


def structured(a: Array, known: frozenset[str]) -> Array:
    """Project a direction onto the structure of its variable."""
    if "hermitian" in known:
        return (a + a.conj().T) / 2
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
        a = np.eye(rows, dtype=int)[:, rng.integers(0, rows, cols)]
        return shaped(e, a)
    if "complex" in known:
        return shaped(e, constrained(complex_entries(rng, (rows, cols), manner), known, rng))
    a = entries(rng, (rows, cols), manner)
    if "binary" in known:
        a = np.asarray(a > 0, dtype=int)
    elif "positive" in known or "nonnegative" in known:
        a = np.abs(a) + ("above_one" in known) + (Fraction(1, 7) if manner in FRACTIONS else 1 if manner in WHOLE else 0.1)
    return shaped(e, constrained_exactly(a, known) if manner in EXACT else constrained(a, known, rng))


def constrained(a: Array, known: frozenset[str], rng: Rng) -> Array:
    """Turn a random matrix into one that has the facts."""
    n = a.shape[0]
    if "diagonal" in known and not np.iscomplexobj(a):
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


def constrained_exactly(a: Array, known: frozenset[str]) -> Array:
    """Turn a matrix of fractions into one that has the facts, exactly."""
    rows, cols = a.shape
    one = np.eye(rows, cols, dtype=int) * Fraction(1)
    if "diagonal" in known:
        d = np.diag(a)
        diagonal: Array = one * (np.abs(d) + 1 if "posdef" in known or "invertible" in known else d)
        return diagonal
    if "psd" in known:
        return a @ a.T + one if "posdef" in known else a @ a.T
    if "orthogonal" in known:  # Cayley: (I - S)(I + S)⁻¹ for a skew S
        s = np.tril(a, -1) - np.tril(a, -1).T
        rotation: Array = (one - s) @ inverse(one + s)
        if rows and a[0, 0] > 0:
            rotation[:, 0] *= -1  # a reflection as often as not
        return rotation
    a = structured(a, known)
    if "full_column_rank" in known or "full_row_rank" in known:  # so is an invertible matrix
        while rows and (determinant(a.T @ a) if rows >= cols else determinant(a @ a.T)) == 0:
            a = a + one
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
                try:
                    if all_finite([function], values) and accept(values):
                        return values
                except LimitError:  # a size that is written, not drawn
                    return None
    return None


def all_finite(roots: Iterable[Expr], values: Values) -> bool:
    try:
        return all(bool(np.all(np.isfinite(Evaluator(r, values).run()))) for r in roots)
    except LimitError:
        raise
    except MatgradError:
        return False
