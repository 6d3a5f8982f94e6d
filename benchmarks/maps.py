"""A Jacobian or Hessian as an operator against forming its matrix, as the sizes grow. One command: python benchmarks/maps.py

Both sides multiply one vector, interleaved in one run; the operator never forms a Kronecker product. Medians of
ratios; the matrix is left out where it would pass 2 GiB.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import matgrad as mg
from matgrad.core.facts import has

LIMIT = 2**31
CASES: list[tuple[str, str, str, str, int, Callable[[int, Any], dict[str, Any]]]] = [
    (
        "Hessian of |T - U V'|^2 by U", "normF(T - U*V')^2", "U", "T: matrix(m,n); U: matrix(m,k); V: matrix(n,k)", 2,
        lambda n, r: {"T": r.normal(size=(n, n)), "U": r.normal(size=(n, 10)), "V": r.normal(size=(n, 10))},
    ),
    (
        "Hessian of log det S by S", "logdet(S)", "S", "S: posdef(n)", 2,
        lambda n, r: {"S": np.eye(n) * n + (a := r.normal(size=(n, n))) @ a.T},
    ),
    (
        "Jacobian of A exp(X B) by X", "A*exp(X*B)", "X", "A: matrix(l,m); X: matrix(m,n); B: matrix(n,p)", 1,
        lambda n, r: {"A": r.normal(size=(n, n)), "X": r.normal(size=(n, n)) / n, "B": r.normal(size=(n, n))},
    ),
    ("Jacobian of inv(X) by X", "inv(X)", "X", "X: invertible(n)", 1, lambda n, r: {"X": r.normal(size=(n, n)) + 2 * n * np.eye(n)}),
]  # fmt: skip


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def direction(variable: mg.Expr, size: int) -> np.ndarray[Any, Any]:
    """A random direction, symmetric for a symmetric variable."""
    v = np.random.default_rng(1).normal(size=size)
    if not has(variable, "symmetric"):
        return v
    square = v.reshape(round(size**0.5), -1)
    return (square + square.T).reshape(-1)


def compare(text: str, wrt: str, declare: str, order: int, values: dict[str, Any], repeat: int = 5) -> str:
    d = mg.derive(text, wrt, declare, order=order)
    operator = d.operator(values)
    rows, cols = operator.shape
    v = direction(d.result.targets[0].leaf, cols)
    if 8 * rows * cols > LIMIT:
        seconds = statistics.median(timed(lambda: operator @ v)[0] for _ in range(repeat))
        return f"{rows}x{cols}: operator {1e3 * seconds:.2f} ms, the matrix would take {8 * rows * cols / 2**30:.1f} GiB"
    ratios, times = [], []
    for _ in range(repeat):
        fast, have = timed(lambda: operator @ v)
        slow, want = timed(lambda: d.evaluate(values) @ v)
        assert np.allclose(have, want, rtol=1e-8, atol=1e-8 * np.abs(want).max())
        ratios.append(slow / fast)
        times.append(fast)
    return f"{rows}x{cols}: operator {1e3 * statistics.median(times):.2f} ms, forming the matrix takes {statistics.median(ratios):.1f} times as long"


if __name__ == "__main__":
    for name, text, wrt, declare, order, values in CASES:
        print(name)
        for n in (5, 10, 20, 40, 80, 160):
            print(f"  n = {n:3d}  {compare(text, wrt, declare, order, values(n, np.random.default_rng(0)))}")
