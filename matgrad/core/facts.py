"""Facts of expressions (symmetric, positive definite, one-hot, …), inferred bottom-up from table 5.

A fact is listed when it is proved; its absence says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import expr as ex
from .expr import Expr
from .tables import CREATES, IMPLIES, PRESERVES

Facts = frozenset[str]
NONE: Facts = frozenset()
STRUCTURE = frozenset({"symmetric", "skew", "diagonal", "lower", "upper", "toeplitz"})  # linear, so dX shares them with X
REAL_ONLY = frozenset({"posdef", "psd", "orthogonal", "onehot", "binary", "positive", "nonnegative", "above_one", "integer"})  # said of real values only
MIRROR = {"lower": "upper", "upper": "lower", "full_column_rank": "full_row_rank", "full_row_rank": "full_column_rank"}


def closure(facts: Iterable[str]) -> Facts:
    """The facts with all they imply."""
    found: set[str] = set()
    stack = list(facts)
    while stack:
        f = stack.pop()
        if f not in found:
            found.add(f)
            stack.extend(IMPLIES.get(f, ()))
    return frozenset(found)


def facts(e: Expr) -> Facts:
    """Every fact proved of `e`."""
    ex.fill_cache(e, "facts", lambda node: closure(_facts(node)) if not ex.is_complex(node) else closure({*_facts(node)} - REAL_ONLY | {"complex"}))
    found: Facts = e._cache["facts"]
    return found


def has(e: Expr, fact: str) -> bool:
    return fact in facts(e)


def _facts(e: Expr) -> set[str]:
    if e.op is ex.VAR:
        return set(e.data[1])
    if e.op is ex.MEMBER:
        return set(facts(e.args[0]))
    if e.op is ex.DVAR:
        return set(facts(e.data) & (STRUCTURE | {"hermitian"}))
    if e.op is ex.DIFF:
        return set(facts(e.args[0]) & STRUCTURE)
    if e.op is ex.NUM:
        sign = {"above_one"} if e.data > 1 else {"positive"} if e.data > 0 else {"nonnegative"} if e.data == 0 else set()
        return sign | ({"integer"} if isinstance(e.data, int) else set())
    found = set(CREATES.get(e.op.name, ()))
    common = frozenset.intersection(*[facts(a) for a in e.args]) if e.args else NONE
    found.update(f for f in PRESERVES.get(e.op.name, ()) if f in common)
    special = SPECIAL.get(e.op)
    if special is not None:
        special(e, found)
    elif (e.op.elementwise or e.op is ex.GENERIC) and "symmetric" in common:
        found.add("symmetric")
    elif e.op.name == "diag":
        found.update({"positive": {"posdef"}, "nonnegative": {"psd"}}.get(_sign(e.args[0]), set()))
    elif e.op.name in ("tr", "det") and "psd" in common:
        found.add("positive" if "posdef" in common else "nonnegative")
    return found


def _sign(e: Expr) -> str:
    f = facts(e)
    return "positive" if "positive" in f else "nonnegative" if "nonnegative" in f else ""


def _add(e: Expr, found: set[str]) -> None:
    every = [facts(a) for a in e.args]
    if all("psd" in f for f in every) and any("posdef" in f for f in every):
        found.add("posdef")
    if all("nonnegative" in f for f in every) and any("positive" in f for f in every):
        found.add("positive")
    if e.rows is e.cols and {_mirror(a) for a in e.args} == set(e.args):
        found.add("symmetric")


def _mirror(e: Expr) -> Expr:
    """The transpose, for the shapes that sums of a matrix and its transpose have."""
    if e.op is ex.T:
        return e.args[0]
    if "symmetric" in facts(e):
        return e
    if e.op is ex.MUL:
        scalars = [a for a in e.args if a.is_scalar]
        word = [a for a in e.args if not a.is_scalar]
        if word and not e.is_scalar:
            return ex.mul(*scalars, *[_mirror(a) for a in reversed(word)])
    return e if e.is_scalar else ex.transpose(e)


def _mul(e: Expr, found: set[str]) -> None:
    word = [a for a in e.args if not a.is_scalar]
    scalars = [a for a in e.args if a.is_scalar]
    if e.is_scalar:
        found -= {"invertible", "orthogonal", "lower", "upper"}
        if len(word) == len(e.args) and _palindrome(word) and _middle(word) == "psd":
            found.add("nonnegative")
        return
    found -= {"invertible", "orthogonal", "lower", "upper"}
    every = [facts(a) for a in word]
    if all(a.rows is a.cols for a in word):
        found.update(f for f in ("lower", "upper") if all(f in x for x in every))
        if all("invertible" in f for f in every) and all(_sign(s) == "positive" or s.op is ex.NUM and s.data != 0 for s in scalars):
            found.add("invertible")
        if not scalars and all("orthogonal" in f for f in every):
            found.add("orthogonal")
        if all("diagonal" in f for f in every):
            found.add("diagonal")
    if len(word) == 1:
        found.update(every[0] & STRUCTURE)
    if e.rows is e.cols and _palindrome(word):
        found.add("symmetric")
        signs = {_sign(s) for s in scalars}
        if _middle(word) == "psd" and "" not in signs:
            found.add("psd")
            outer, middle = word[: len(word) // 2], word[len(word) // 2 : len(word) - len(word) // 2]
            full = all("full_row_rank" in facts(a) for a in outer)
            if full and all("posdef" in facts(m) for m in middle) and signs <= {"positive"}:
                found.add("posdef")


def _palindrome(word: list[Expr]) -> bool:
    """Whether the product is its own transpose, factor by factor."""
    return all(_mirror(a) is b for a, b in zip(word, reversed(word)))


def _middle(word: list[Expr]) -> str:
    """'psd' when B'*M*B has M positive semidefinite, or no M at all."""
    if len(word) % 2 == 0 or "psd" in facts(word[len(word) // 2]):
        return "psd"
    return ""


def _transpose(e: Expr, found: set[str]) -> None:
    found.update(MIRROR[f] for f in facts(e.args[0]) if f in MIRROR)


def _power(e: Expr, found: set[str]) -> None:
    base, exponent = e.args
    if "positive" in facts(base):
        found.add("positive")
    elif exponent.op is ex.NUM and isinstance(exponent.data, int) and exponent.data > 0 and (exponent.data % 2 == 0 or "nonnegative" in facts(base)):
        found.add("nonnegative")
    if "symmetric" in facts(base) and exponent.is_scalar:
        found.add("symmetric")


def _mpow(e: Expr, found: set[str]) -> None:
    found.update(facts(e.args[0]) & {"symmetric", "posdef", "psd", "diagonal", "invertible", "orthogonal", "lower", "upper"})


SPECIAL = {ex.ADD: _add, ex.MUL: _mul, ex.T: _transpose, ex.POW: _power, ex.MPOW: _mpow}
