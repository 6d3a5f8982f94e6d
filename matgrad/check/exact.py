"""The reference evaluator over other numbers: fractions, which are exact, and decimals of as many digits as are asked for.

Arrays hold Python numbers, so every rule of `numeric` that only adds, multiplies and moves entries serves as it is. What
NumPy does with floats (inverses, determinants, exp, …) is replaced here, under the names that operation records use.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..core import expr as ex
from ..core.expr import Expr
from ..core.op import Op
from ..errors import MatgradError
from . import kernels
from .kernels import Array
from .numeric import RULES, Evaluator, Rule, whole

LONGEST = 4000  # bits of a fraction; beyond, decimals take over
TINY = Decimal(10) ** -25  # a pivot smaller than this part of the largest entry is taken for zero
FARTHEST = 2000  # |x|² from which erf(x) is ±1 to every digit that is kept


class Beyond(MatgradError):
    """An operation that these numbers do not have."""


class Exact(Evaluator):
    """Evaluation over object arrays of one kind of number."""

    number: Callable[[Any], Any]

    def array(self, name: str, value: Any) -> Array:
        return self.lift(np.asarray(value, dtype=object))

    @classmethod
    def lift(cls, a: Array) -> Array:
        """The same entries as numbers of this kind."""
        lifted: Array = np.asarray(np.frompyfunc(cls.number, 1, 1)(a), dtype=object)
        return lifted

    def rule(self, op: Op) -> Rule | None:
        return EXACT.get(op) or RULES.get(op)

    def _value(self, e: Expr, args: list[Array]) -> Array:
        try:
            return super()._value(e, args)
        except ArithmeticError:
            raise MatgradError("{operation} is not defined here", operation=e.op.name) from None
        except (AttributeError, NameError, TypeError, ValueError):
            raise Beyond("{operation} has no value in these numbers", operation=e.op.name) from None

    def directional(self, e: Expr) -> Array:
        raise Beyond("a differential that is still to be worked out has no exact value")


def fraction(x: Any) -> Fraction:
    """The number as a fraction; of a float, the decimal it prints as would not be what was computed, so none."""
    if isinstance(x, float):
        raise TypeError("a float is not exact")
    return x if type(x) is Fraction else Fraction(x)


class Fractions(Exact):
    """Exact values; raises Beyond at the first operation that is not rational."""

    number = staticmethod(fraction)
    compiled: dict[Op, Callable[..., Array]] = {}

    def _value(self, e: Expr, args: list[Array]) -> Array:
        value = super()._value(e, args)
        for x in value.flat:
            if type(x) is not Fraction:
                if not isinstance(x, int):
                    raise Beyond("{operation} does not give a fraction", operation=e.op.name)
                return self.lift(value)
            if x.denominator.bit_length() > LONGEST or x.numerator.bit_length() > LONGEST:
                raise Beyond("the fractions become too long")
        return value


def to_decimal(x: Any) -> Decimal:
    if isinstance(x, float):
        raise TypeError("a float has fewer digits")
    return x if type(x) is Decimal else Decimal(x.numerator) / x.denominator if isinstance(x, Fraction) else Decimal(x)


class Decimals(Exact):
    """Values to the precision of the decimal context in force."""

    number = staticmethod(to_decimal)
    compiled: dict[Op, Callable[..., Array]] = {}

    def _value(self, e: Expr, args: list[Array]) -> Array:
        value = self.lift(super()._value(e, args))
        if not all(x.is_finite() for x in value.flat):
            raise MatgradError("{operation} is not defined here", operation=e.op.name)
        return value


# --- linear algebra ----------------------------------------------------------------------------------------


def negligible(pivot: Any, size: Any) -> bool:
    return bool(pivot == 0 or isinstance(pivot, Decimal) and abs(pivot) <= TINY * size)


def eliminate(a: Array, right: Array) -> tuple[Array, Any]:
    """inv(a)*right and det(a) by Gauss and Jordan. Raises ZeroDivisionError for a singular matrix."""
    n = a.shape[0]
    m = np.concatenate([a, right], axis=1)
    size = max((abs(x) for x in a.flat), default=0)
    determinant: Any = 1
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(m[i, k]))
        if negligible(m[best, k], size):
            raise ZeroDivisionError
        if best != k:
            m[[k, best]] = m[[best, k]]
            determinant = -determinant
        determinant = determinant * m[k, k]
        m[k] = m[k] / m[k, k]
        for i in range(n):
            if i != k and m[i, k] != 0:
                m[i] = m[i] - m[i, k] * m[k]
    return m[:, n:], determinant


def stacked(one: Callable[[Array], Array], a: Array) -> Array:
    """Apply a function of a matrix to each matrix of a stack."""
    if a.ndim == 2:
        return one(a)
    results = [one(x) for x in a.reshape(-1, *a.shape[-2:])]
    return np.array(results, dtype=object).reshape(*a.shape[:-2], *results[0].shape)


def identity(a: Array) -> Array:
    eye: Array = np.array([[x * 0 + (i == j) for j, x in enumerate(row)] for i, row in enumerate(a)], dtype=object)
    return eye


def inverse(a: Array) -> Array:
    return stacked(lambda x: eliminate(x, identity(x))[0], a)


def determinant(a: Array) -> Array:
    """The determinants of a stack, without the two matrix axes."""

    def one(x: Array) -> Array:
        try:
            return np.array([[eliminate(x, x[:, :0])[1]]], dtype=object)
        except ZeroDivisionError:
            return np.array([[x[0, 0] * 0]], dtype=object)

    return np.asarray(stacked(one, a)[..., 0, 0], dtype=object)


def adjugate(a: Array) -> Array:
    """The transposed cofactors, of singular matrices too."""

    def one(x: Array) -> Array:
        n = x.shape[0]
        out = identity(x)
        rest = list(combinations(range(n), n - 1))[::-1]  # rest[i] is all but i
        for i in range(n):
            for j in range(n):
                minor = x[np.ix_(rest[j], rest[i])]
                out[i, j] = (-1) ** (i + j) * (determinant(minor) if n > 1 else x[0, 0] * 0 + 1)
        return out

    return stacked(one, a)


def power(base: Any, exponent: Any) -> Any:
    """base ** exponent; a fraction has whole exponents only."""
    if exponent == int(exponent):
        return base ** int(exponent) if exponent else base * 0 + 1
    if isinstance(base, Fraction):
        raise Beyond("a root is not a fraction")
    return base**exponent


def matrix_power(a: Array, k: Array) -> Array:
    """a^k for whole k, which may vary over the stack."""
    powers = whole(k)[..., 0, 0]
    lead = np.broadcast_shapes(a.shape[:-2], powers.shape)
    a = np.broadcast_to(a, (*lead, *a.shape[-2:]))
    flat = [_matrix_power(x, int(p)) for x, p in zip(a.reshape(-1, *a.shape[-2:]), np.broadcast_to(powers, lead).reshape(-1))]
    return np.array(flat, dtype=object).reshape(a.shape)


def _matrix_power(a: Array, k: int) -> Array:
    base, result = (inverse(a) if k < 0 else a), identity(a)
    for bit in bin(abs(k))[2:]:
        result = result @ result
        if bit == "1":
            result = result @ base
    return result


# --- functions of decimals ---------------------------------------------------------------------------------


def digits() -> int:
    return decimal.getcontext().prec


@cache
def pi_to(prec: int) -> Decimal:
    """π by Machin's formula, 16 atan(1/5) - 4 atan(1/239)."""
    with decimal.localcontext(prec=prec + 10):
        return 16 * _arctan_series(Decimal(1) / 5) - 4 * _arctan_series(Decimal(1) / 239)


def pi() -> Decimal:
    return pi_to(digits())


def series(first: Decimal, following: Callable[[Decimal, int], Decimal], weight: Callable[[int], int] = lambda k: 1) -> Decimal:
    """The sum of term(k)/weight(k) until terms no longer count."""
    total, term, k = first / weight(0), first, 0
    smallest = Decimal(10) ** (-digits() - 5)
    while term and abs(term) > smallest * max(abs(total), smallest):
        term, k = following(term, k), k + 1
        total += term / weight(k)
    return total


def _arctan_series(x: Decimal) -> Decimal:
    return series(x, lambda t, k: -t * x * x, lambda k: 2 * k + 1)


def sine(x: Decimal) -> Decimal:
    with decimal.localcontext(prec=digits() + 10 + max(0, x.adjusted())):
        turn = 2 * pi()
        x = x - turn * (x / turn).to_integral_value()
        return series(x, lambda t, k: -t * x * x / ((2 * k + 2) * (2 * k + 3)))


def cosine(x: Decimal) -> Decimal:
    with decimal.localcontext(prec=digits() + 10 + max(0, x.adjusted())):
        return sine(x + pi() / 2)


def arctan(x: Decimal) -> Decimal:
    with decimal.localcontext(prec=digits() + 10):
        for _ in range(5):
            x = x / (1 + (1 + x * x).sqrt())
        return 32 * _arctan_series(x)


def arcsin(x: Decimal) -> Decimal:
    if abs(x) == 1:
        return x * pi() / 2
    return arctan(x / (1 - x * x).sqrt())


def tanh(x: Decimal) -> Decimal:
    return 1 - 2 / ((2 * x).exp() + 1)


def erf(x: Decimal) -> Decimal:
    square = x * x
    if square > FARTHEST:
        return Decimal(1).copy_sign(x)
    with decimal.localcontext(prec=digits() + 10 + int(square)):
        return 2 * series(x, lambda t, k: -t * square / (k + 1), lambda k: 2 * k + 1) / pi().sqrt()


def each(function: Callable[..., Any]) -> Callable[..., Array]:
    """A function of numbers, entry by entry; fractions have none of these."""
    applied = np.frompyfunc(function, 1, 1)
    return lambda a: np.asarray(applied(a if isinstance(a, np.ndarray) else to_decimal(a)), dtype=object)


def sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


def slogdet(a: Array) -> tuple[Array, Array]:
    d = determinant(a)
    return each(sign)(d), FUNCTIONS["log"](np.abs(d))


def softmax(a: Array) -> Array:
    e = FUNCTIONS["exp"](a - a.max(axis=-2, keepdims=True))
    quotient: Array = e / e.sum(axis=-2, keepdims=True)
    return quotient


def logsumexp(a: Array) -> Array:
    top = a.max(axis=-2, keepdims=True)
    value: Array = top + FUNCTIONS["log"](FUNCTIONS["exp"](a - top).sum(axis=-2, keepdims=True))
    return value


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "sqrt": each(lambda x: x.sqrt()),
    "exp": each(lambda x: x.exp()),
    "log": each(lambda x: x.ln()),
    "log1p": each(lambda x: (1 + x).ln()),
    "sin": each(sine),
    "cos": each(cosine),
    "tan": each(lambda x: sine(x) / cosine(x)),
    "arcsin": each(arcsin),
    "arccos": each(lambda x: pi() / 2 - arcsin(x)),
    "arctan": each(arctan),
    "sinh": each(lambda x: (x.exp() - (-x).exp()) / 2),
    "cosh": each(lambda x: (x.exp() + (-x).exp()) / 2),
    "tanh": each(tanh),
    "logaddexp": lambda a, b: FUNCTIONS["log"](FUNCTIONS["exp"](a) + FUNCTIONS["exp"](b)),
}

# what an operation record means by np, and by the names of `kernels`
NUMPY: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("sum", "diagonal", "tril", "triu", "abs", "maximum", "minimum", "swapaxes")},
    **FUNCTIONS,
    "trace": lambda a, **axes: np.asarray(np.trace(a, **axes), dtype=object),
    "sign": each(sign),
    "eye": lambda n: np.eye(n, dtype=int),
    "linalg": SimpleNamespace(det=determinant, slogdet=slogdet),
}
KERNELS: dict[str, Any] = {
    "vec": kernels.vec,
    "vech": kernels.vech,
    "unvec": kernels.unvec,
    "kron": kernels.kron,
    "inverse": inverse,
    "adjugate": adjugate,
    "sigmoid": each(lambda x: 1 / (1 + (-x).exp())),
    "softmax": softmax,
    "logsumexp": logsumexp,
    "erf": each(erf),
}


class _DecimalNumpy(SimpleNamespace):
    @property
    def pi(self) -> Decimal:
        return pi()


Fractions.names = {**KERNELS, "np": SimpleNamespace(**NUMPY)}
Decimals.names = {**KERNELS, "np": _DecimalNumpy(**NUMPY)}


def lifted(op: Op) -> Rule:
    """A rule that gives whole floats, as numbers of the evaluator's kind."""

    def rule(ev: Evaluator, e: Expr, args: list[Array]) -> Array:
        assert isinstance(ev, Exact)
        return ev.lift(whole(np.asarray(RULES[op](ev, e, args))))

    return rule


def huber(x: Array, threshold: Array) -> Array:
    """Huber's function. Raises ArithmeticError for a negative threshold."""
    if np.any(threshold < 0):
        raise ArithmeticError
    y = np.maximum(-threshold, np.minimum(threshold, x))
    return np.asarray(y * (x - y / 2), dtype=object)


def _constant(ev: Evaluator, value: Any) -> Array:
    assert isinstance(ev, Exact)
    return ev.lift(np.array([[value]], dtype=object))


EXACT: dict[Op, Rule] = {
    **{op: lifted(op) for op in (ex.SIZE, ex.EYE, ex.ONES, ex.ZEROS, ex.COMM, ex.STRUCTURE, ex.UNIT, ex.IDX, *ex.COMPARE.values())},
    ex.NUM: lambda ev, e, args: _constant(ev, e.data),
    ex.PI: lambda ev, e, args: _constant(ev, ev.names["np"].pi),
    ex.POW: lambda ev, e, args: np.asarray(np.frompyfunc(power, 2, 1)(*args), dtype=object),
    ex.MPOW: lambda ev, e, args: matrix_power(*args),
    ex.HUBER: lambda ev, e, args: huber(*args),
}
