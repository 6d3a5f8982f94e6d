"""Whether arrays have the facts that their variables are declared with; an answer holds for those alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ..core.expr import Expr
from ..errors import MatgradError
from .kernels import Array
from .numeric import Values, need_mapping, real_array

ROUNDING = 1e-7  # of the largest entry; what inv and products leave of symmetry and of zeros


def near(a: Array, b: Array, margin: float) -> bool:
    return bool(np.all(np.abs(a - b) <= margin))


def turned(a: Array) -> Array:
    return np.swapaxes(a, -1, -2)


def definite(a: Array, margin: float) -> bool:
    """Whether a + margin*I has a Cholesky factor."""
    try:
        np.linalg.cholesky(a + margin * np.eye(a.shape[-1]))
    except np.linalg.LinAlgError:
        return False
    return True


ENTRY_FACTS: dict[str, Callable[[Array], bool]] = {  # facts that entries have exactly
    "onehot": lambda a: bool(np.all((a == 0) | (a == 1)) and np.all(a.sum(axis=-2) == 1)),
    "binary": lambda a: bool(np.all((a == 0) | (a == 1))),
    "integer": lambda a: bool(np.all(a == np.rint(a))),
    "positive": lambda a: bool(np.all(a > 0)),
    "nonnegative": lambda a: bool(np.all(a >= 0)),
    "above_one": lambda a: bool(np.all(a > 1)),
}
MATRIX_FACTS: dict[str, Callable[[Array, float], bool]] = {  # facts of whole matrices, up to a margin for each entry
    "symmetric": lambda a, margin: near(a, turned(a), margin),
    "skew": lambda a, margin: near(a, -turned(a), margin),
    "lower": lambda a, margin: near(a, np.tril(a), margin),
    "upper": lambda a, margin: near(a, np.triu(a), margin),
    "diagonal": lambda a, margin: near(a, a * np.eye(a.shape[-1]), margin),
    "toeplitz": lambda a, margin: near(a[..., 1:, 1:], a[..., :-1, :-1], margin),
    "orthogonal": lambda a, margin: near(turned(a) @ a, np.eye(a.shape[-1]), margin) and near(a @ turned(a), np.eye(a.shape[-2]), margin),
    "posdef": lambda a, margin: near(a, turned(a), margin) and definite(a, 0.0),
    "psd": lambda a, margin: near(a, turned(a), margin) and definite(a, margin),
}


def fits(fact: str, a: Array) -> bool:
    """Whether a user's array has a fact."""
    return ENTRY_FACTS[fact](a) if fact in ENTRY_FACTS else MATRIX_FACTS[fact](a, ROUNDING * float(np.abs(a).max(initial=0.0)))


def admit(values: Values, variables: Iterable[Expr]) -> None:
    """Refuse values that break their declarations. Raises MatgradError naming the variable and what it is declared to be.

    Only what can be seen in about n² steps is looked at, and definiteness. NaN passes: it is an answer of its own.
    """
    need_mapping(values)
    for v in variables:
        declared = [f for f in v.data[1] if f in ENTRY_FACTS or f in MATRIX_FACTS]
        if declared and v.data[0] in values:
            a = real_array(v.data[0], values[v.data[0]])
            a = a[..., None] if v.cols.value == 1 and not v.is_scalar and a.ndim < 2 + (v.data[3] is not None) else a
            for fact in declared:
                if a.size and np.all(np.isfinite(a)) and fitting(a, v) and not fits(fact, a):
                    raise MatgradError("{name} is declared {fact}, and its value is not", name=v.data[0], fact=fact)


def fitting(a: Array, v: Expr) -> bool:
    """Whether the array is square where the declaration says so; another shape is refused with its sizes elsewhere."""
    return v.rows is not v.cols or v.is_scalar or a.ndim >= 2 and a.shape[-1] == a.shape[-2]
