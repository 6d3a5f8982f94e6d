"""Traces and sums of entries: linear, cyclic, blind to transposes."""

from __future__ import annotations

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.facts import has
from .build import ONE_SHAPE, ZERO_, lawful, make
from .conjugates import squared_norm
from .entrywise import n_hadamard
from .order import cost, key
from .powers import flip, n_transpose, outward, upright
from .products import best_way, better_as_norm, combine, dot_of_columns, n_mul, times, unsigned_word
from .sums import collect, n_add


def n_trace(e: Expr) -> Expr:
    """A trace: linear, cyclic, blind to transposes; written in the rotation that sorts first."""
    if e.is_scalar:
        return e
    if e.op is ex.ADD:
        return n_add([n_trace(a) for a in e.args], ONE_SHAPE)
    if e.op is ex.EYE:
        return ex.size(e.rows)
    if ex.is_zero(e) or has(e, "skew"):
        return ZERO_
    if e.op is ex.ONES:
        return ex.size(e.rows)
    if e.op is ex.T:
        return n_trace(e.args[0])
    if e.op is ex.TOTAL:
        return make.total(e.data, e.args[0], e.args[1], n_trace(e.args[2]))
    if e.op is ex.MPOW:
        base = min(e.args[0], n_transpose(e.args[0]), key=key)
        e = ex.matrix_power(base, e.args[1])
    if e.op is not ex.MUL:
        return lawful(ex.call("tr", upright(e)))
    scalars = [a for a in e.args if a.is_scalar]
    word = [a for a in e.args if not a.is_scalar]
    inner = trace_of_word(word)
    return n_mul([*scalars, inner], ONE_SHAPE) if scalars else inner


def trace_of_word(word: list[Expr]) -> Expr:
    if len(word) == 1:
        return n_trace(word[0])
    cut = next((i for i, f in enumerate(word) if f.rows is ONE), None)
    if cut is not None:
        return n_mul(word[cut:] + word[:cut], ONE_SHAPE)
    joined = combine(word[-1], word[0])
    if joined is not None:
        return n_trace(n_mul([joined, *word[1:-1]], ex.eye(joined.rows)) if len(word) > 2 else joined)
    merged = merged_terms(word)
    if merged is not None:
        return merged
    if len(word) == 2 and any((f.args[0] if f.op is ex.T else f).op in (ex.HAD, ex.ONES) for f in word):
        return n_sum(n_hadamard([n_transpose(word[0]), word[1]], word[1]))
    word = [outward(f) for f in word]
    flipped: list[Expr] = []
    for f in reversed(word):
        t = flip(f)
        flipped.extend(t.args if t.op is ex.MUL else (t,))
    if any(f.is_scalar and f is not ex.MINUS_ONE for f in flipped):
        flipped = word
    ways = [unsigned_word(w) for w in (word, flipped)]
    sign, best = _differential_last(ways) or best_way(
        ((sign, w[i:] + w[:i]) for sign, w in ways for i in _starts(w)), lambda w: (sum(map(cost, w)), [key(f) for f in w])
    )
    square = squared_norm(n_transpose(best[0]), best[1]) if len(best) == 2 else None
    if square is not None:
        return times(sign, square)
    if len(best) == 2 and not ex.is_complex(best[0]) and n_transpose(best[0]) is best[1] and better_as_norm(best[1].args[0] if best[1].op is ex.T else best[1]):
        norm = make.normal(ex.call("normF", best[1] if best[0].op is ex.T else best[0]))
        return times(sign, n_mul([norm, norm], ONE_SHAPE))
    return times(sign, ex.call("tr", ex.mul(*best)))


MAX_MERGED = 4


def merged_terms(word: list[Expr]) -> Expr | None:
    """The trace of a product with one sum in it, term by term, where turning round makes terms equal: tr(B*(P^2*B*P + P*B*P^2)) = 2*tr(B*P*B*P^2)."""
    sums = [k for k, f in enumerate(word) if (f.args[0] if f.op is ex.T else f).op is ex.ADD]
    if len(sums) != 1:
        return None
    total = word[sums[0]] if word[sums[0]].op is ex.ADD else n_transpose(word[sums[0]].args[0])
    if total.op is not ex.ADD or len(total.args) > MAX_MERGED or any(f.op in (ex.DVAR, ex.D) for f in word):
        return None
    terms = [n_trace(n_mul([*word[: sums[0]], t, *word[sums[0] + 1 :]], ex.eye(word[0].rows))) for t in total.args]
    return n_add(terms, ONE_SHAPE) if len(collect(terms)) < len(terms) else None


def _differential_last(ways: list[tuple[int, list[Expr]]]) -> tuple[int, list[Expr]] | None:
    """tr(G'*dX): a differential stands last, not transposed, as the book writes it."""
    for sign, w in ways:
        for i, f in enumerate(w):
            if f.op in (ex.DVAR, ex.D):
                return sign, w[i + 1 :] + w[: i + 1]
    return None


def _starts(word: list[Expr]) -> list[int]:
    first = min(key(f) for f in word)
    return [i for i, f in enumerate(word) if key(f) == first]


def n_sum(e: Expr) -> Expr:
    """The sum of all entries."""
    if e.is_scalar:
        return e
    if e.op is ex.ADD:
        return n_add([n_sum(a) for a in e.args], ONE_SHAPE)
    if e.op is ex.T:
        return n_sum(e.args[0])
    if ex.is_zero(e) or has(e, "skew") or e.op is ex.NAMED and e.args[0].op is ex.ADD and sums_to_zero(e):
        return ZERO_
    if e.op is ex.ONES:
        return n_mul([ex.size(e.rows), ex.size(e.cols)], ONE_SHAPE)
    if e.op is ex.EYE:
        return ex.size(e.rows)
    if e.op is ex.TOTAL:
        return make.total(e.data, e.args[0], e.args[1], n_sum(e.args[2]))
    if e.op is ex.POW and e.args[1].op is ex.NUM and e.args[1].data == 2:
        return _inner(e.args[0], e.args[0])
    if e.op is ex.HAD:
        if e.cols is ONE:
            first, *rest = sorted(e.args, key=key)
            return dot_of_columns(first, ex.hadamard(*rest))
        if len(e.args) == 2:
            return _inner(*e.args)
    if e.op is ex.MUL:
        scalars = [a for a in e.args if a.is_scalar]
        word = [a for a in e.args if not a.is_scalar]
        cut = next((i for i, f in enumerate(word) if i and f.rows is ONE), None)
        if cut is not None:
            left, right = (n_mul(w, _span(w)) for w in (word[:cut], word[cut:]))
            return n_mul([*scalars, n_sum(left), n_sum(right)], ONE_SHAPE)
        if scalars:
            return n_mul([*scalars, n_sum(ex.mul(*word))], ONE_SHAPE)
        if word[0].op is ex.T and word[0].args[0].op is ex.ONES:  # a row of column sums
            return n_sum(n_mul(word[1:], _span(word[1:])))
        if word[-1].op is ex.ONES and word[-1].cols is ONE:
            return n_sum(n_mul(word[:-1], _span(word[:-1])))
        if word[0].op is ex.ONES or word[-1].op is ex.T and word[-1].args[0].op is ex.ONES:
            return n_mul([ex.transpose(ex.ones(e.rows)), *word, ex.ones(e.cols)], ONE_SHAPE)
    return lawful(ex.call("sum", upright(e)))


def sums_to_zero(deviations: Expr) -> bool:
    """Whether the entries of a named sum add up to 0, as deviations from a mean do; named scalars in it are opened."""
    if "zero sum" not in deviations._cache:
        body = deviations.args[0]
        scalars = {t: t.args[0] for a in body.args for t in (a, *a.args) if t.op is ex.NAMED and t.is_scalar}
        deviations._cache["zero sum"] = ex.is_zero(n_sum(make.normal(ex.substitute(body, scalars))))
    return bool(deviations._cache["zero sum"])


def _span(word: list[Expr]) -> Expr:
    return ex.zeros(word[0].rows, word[-1].cols)


def _inner(a: Expr, b: Expr) -> Expr:
    """The sum of a .* b."""
    if a.cols is ONE:
        return n_mul([n_transpose(a), b], ONE_SHAPE)
    return n_trace(n_mul([n_transpose(a), b], ex.eye(a.cols)))


make.trace = n_trace
make.sum = n_sum
