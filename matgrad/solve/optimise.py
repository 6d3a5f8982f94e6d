"""fun, jac, hess and hessp for scipy.optimize.minimize: generated code on the vector that the optimiser moves.

| variable                    | its coordinates                                                          |
|-----------------------------|--------------------------------------------------------------------------|
| scalar, vector, matrix      | the entries, columns stacked                                             |
| symmetric, positive definite| the entries on and below the diagonal, those below times √2              |
| skew                        | the entries below the diagonal, times √2                                 |
| diagonal, lower, upper      | the entries that may differ from zero                                    |

Several variables follow one another in the order of `wrt`. The coordinates keep lengths and angles, so the gradient and the
Hessian are those of the matrix space. Nothing keeps a positive definite variable positive definite: where f is not defined
`fun` is inf, and line searches and trust regions step back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..calculus.derivatives import Target
from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import facts
from ..errors import Series, ShapeError, UnsupportedError
from .operator import directions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Array = np.ndarray[Any, Any]

ROOT = 2**0.5
CURVED = ("orthogonal", "onehot")


class Coordinates:
    """The free entries of a variable of a given shape as a vector, and back."""

    def __init__(self, variable: Expr, shape: tuple[int, ...]):
        self.shape = shape
        self.sign = 0  # of the mirrored entry
        known = facts(variable)
        if any(f in known for f in CURVED):
            raise UnsupportedError("{name} lives on a curved set; scipy's optimisers move in all directions", name=variable.data[0])
        m, n = (*shape, 1, 1)[:2]
        columns, rows = (a.reshape(-1) for a in np.mgrid[:n, :m])
        kept = np.ones(m * n, bool)
        if variable.rows is variable.cols and not variable.is_scalar:
            kept, self.sign = self._kept(known, rows, columns)
        self.rows, self.columns = rows[kept], columns[kept]
        self.weight = np.where((self.rows != self.columns) & (self.sign != 0), ROOT, 1.0)

    @staticmethod
    def _kept(known: frozenset[str], i: Array, j: Array) -> tuple[Array, int]:
        if "diagonal" in known:
            return i == j, 0
        if "symmetric" in known:
            return i >= j, 1
        if "skew" in known:
            return i > j, -1
        return (i >= j if "lower" in known else i <= j if "upper" in known else i == i), 0

    @property
    def size(self) -> int:
        return len(self.rows)

    def pack(self, a: Any) -> Array:
        """The coordinates of a point or of a gradient."""
        matrix = np.asarray(a, float).reshape((*self.shape, 1, 1)[: max(2, len(self.shape))])
        found = matrix[self.rows, self.columns]
        if self.sign:
            found = (found + self.sign * matrix[self.columns, self.rows]) / 2
        return np.asarray(found * self.weight)

    def unpack(self, x: Array) -> Any:
        """The point with these coordinates."""
        matrix = np.zeros((*self.shape, 1, 1)[: max(2, len(self.shape))])
        matrix[self.rows, self.columns] = x / self.weight
        if self.sign:
            matrix[self.columns, self.rows] = np.where(self.rows == self.columns, 1, self.sign) * x / self.weight
        return matrix.reshape(self.shape) if self.shape else float(matrix[0, 0])

    @property
    def entries(self) -> int:
        """How many entries the variable has, free or not."""
        return int(np.prod(self.shape))

    def restrict(self, block: Array, other: Coordinates) -> Array:
        """The block ∂vec(∇f by this variable)/∂vec of the other one in the coordinates of both."""
        return self._columns(other._columns(block).T).T

    def _columns(self, h: Array) -> Array:
        m = (*self.shape, 1)[0]
        found = h[:, self.columns * m + self.rows]
        if self.sign:
            found = (found + self.sign * h[:, self.rows * m + self.columns]) / 2
        return np.asarray(found * self.weight)


class Problem:
    """What scipy.optimize.minimize needs: `minimize(p.fun, p.pack(start), jac=p.jac, hess=p.hess)`, then `p.unpack(result.x)`.

    Value and gradient come from one program, run once a point. The Hessian of several variables is one matrix over all of them.
    """

    def __init__(
        self, function: Expr, targets: Sequence[Target], values: Mapping[str, Any], compiled: Callable[[str], Callable[[Mapping[str, Any]], Any]]
    ):
        self.names = [t.text for t in targets]
        self.variables = [t.leaf for t in targets]
        if any(t.part is not t.leaf for t in targets):
            raise UnsupportedError("an optimiser moves whole variables; differentiate by the variable, not by a row or an entry")
        missing = sorted({v.data[0] for v in ex.variables(function)} - {v.data[0] for v in self.variables} - values.keys())
        if missing:
            raise ShapeError("no value is given for {names}", names=Series(missing))
        self.directions = [v.data[0] for v in directions(function, targets)]
        self.values = dict(values)
        self.compiled = compiled
        self.coordinates: list[Coordinates] = []
        self._programs: dict[str, Callable[[Mapping[str, Any]], Any]] = {}
        self._last: tuple[bytes, float, Array] | None = None

    def pack(self, *points: Any) -> Array:
        """The vector of the variables' values, in the order of `wrt`. Raises ShapeError when one does not fit."""
        if len(points) != len(self.variables):
            raise ShapeError("a start has a value for each of {names}; {count} are given", names=Series(self.names), count=len(points))
        arrays = [np.asarray(p, float) for p in points]
        for name, v, a in zip(self.names, self.variables, arrays):
            expected = 0 if v.is_scalar else 1 if v.is_vector else 2
            if a.ndim != expected or expected == 2 and v.rows is v.cols and a.shape[0] != a.shape[1]:
                raise ShapeError("{name} has the shape {found}, but {wanted} is expected", name=name, found=a.shape, wanted=f"{v.rows}×{v.cols}")
        self.coordinates = [Coordinates(v, a.shape) for v, a in zip(self.variables, arrays)]
        return np.concatenate([c.pack(a) for c, a in zip(self.coordinates, arrays)])

    def unpack(self, x: Array) -> Any:
        """The variables' values; of several a tuple. `pack` a start first: it tells the shapes."""
        found = tuple(self._split(np.asarray(x)))
        return found[0] if len(found) == 1 else found

    def fun(self, x: Array) -> float:
        """f at x; inf where f is not defined."""
        return self._first(x)[0]

    def jac(self, x: Array) -> Array:
        """The gradient in the coordinates."""
        return self._first(x)[1]

    def hess(self, x: Array) -> Array:
        """The Hessian in the coordinates; zero where f is not defined: fun is inf there, so no method takes the point, but some ask."""
        try:
            hessian = np.asarray(self._run("hessian", x), float).reshape(self._entries, self._entries)
        except np.linalg.LinAlgError:
            return np.zeros((len(x), len(x)))
        ends = np.cumsum([c.entries for c in self.coordinates])[:-1]
        parts = [np.split(rows, ends, axis=1) for rows in np.split(hessian, ends)]
        return np.block([[a.restrict(h, b) for b, h in zip(self.coordinates, row)] for a, row in zip(self.coordinates, parts)])

    def hessp(self, x: Array, p: Array) -> Array:
        """The Hessian times a direction, without the Hessian; zero where f is not defined."""
        try:
            found = self._run("hvp", x, self._split(np.asarray(p)))
        except np.linalg.LinAlgError:
            return np.zeros(len(x))
        parts = [found] if len(self.coordinates) == 1 else found
        return np.concatenate([c.pack(part) for c, part in zip(self.coordinates, parts)])

    @property
    def _entries(self) -> int:
        return sum(c.entries for c in self.coordinates)

    def _first(self, x: Array) -> tuple[float, Array]:
        key = np.asarray(x).tobytes()
        if self._last is None or self._last[0] != key:
            try:
                with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
                    value, *gradients = self._run("value, gradient", x)
            except np.linalg.LinAlgError:
                value, gradients = np.inf, [np.full(c.shape, np.nan) for c in self.coordinates]
            value = float(value) if np.isfinite(value) else np.inf
            self._last = key, value, np.concatenate([c.pack(g) for c, g in zip(self.coordinates, gradients)])
        return self._last[1:]

    def _run(self, outputs: str, x: Array, along: Sequence[Any] = ()) -> Any:
        if outputs not in self._programs:
            self._programs[outputs] = self.compiled(outputs)
        point = {**self.values, **dict(zip((v.data[0] for v in self.variables), self._split(np.asarray(x))))}
        return self._programs[outputs]({**point, **dict(zip(self.directions, along))})

    def _split(self, x: Array) -> list[Any]:
        if not self.coordinates:
            raise ShapeError("pack a start first: it tells the shapes")
        ends = np.cumsum([c.size for c in self.coordinates])
        if x.shape != (ends[-1],):
            raise ShapeError("x has the shape {found}, but ({count},) is expected", found=x.shape, count=ends[-1])
        return [c.unpack(part) for c, part in zip(self.coordinates, np.split(x, ends[:-1]))]
