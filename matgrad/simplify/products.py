"""Products: the word of matrix factors reduced, dot products split off, scalar factors merged, signs settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import prod
from typing import Any

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from .build import ONE_SHAPE, TWO, make, pair_law, zero
from .conjugates import squared_norm
from .factors import Product, add_exponents, factor_of
from .laws import laws_of, peel
from .minus import canonical_signs, plus_first
from .order import cost, key, marks
from .signs import negate, unsigned, whole


def n_mul(args: Iterable[Expr], shape: Expr) -> Expr:
    """A product; `shape` is any expression of the result's size."""
    args = list(args)
    if any(ex.is_zero(a) for a in args):
        return zero(shape)
    p = Product()
    for a in args:
        p.take(a)
    return finish(p, shape)


def finish(p: Product, shape: Expr) -> Expr:
    """Reduce the word, split off dot products, merge scalars, settle signs, and build."""
    word = reduce_word(p)
    if word is None:
        return zero(shape)
    if any(f.rows is ONE for f in word):
        word = split_dots(p, word)
    word = _join_ones(word)
    plus_first(p, word)
    scalar_laws(p, word)
    if p.coef == 0:
        return zero(shape)
    if len(word) > 1:
        word = [make.outward(f) for f in word]
    canonical_signs(p, word)
    whole_product = assemble(p, word, shape)
    terms = terms_that_cancel(p, word)
    if terms:
        total = make.add(terms, shape)
        if cost(total) < cost(whole_product):
            return total
    return whole_product


def terms_that_cancel(p: Product, word: list[Expr]) -> list[Expr]:
    """A product term by term, where a factor beside a sum cancels against one of its terms: inv(A)*(b - A*x) is inv(A)*b - x."""
    for k, f in enumerate(word):
        terms = f.args if f.op is ex.ADD else [make.transpose(t) for t in f.args[0].args] if f.op is ex.T and f.args[0].op is ex.ADD else ()
        if any(cancels(word[k - 1 : k], t, 0) or cancels(word[k + 1 : k + 2], t, -1) for t in terms):
            return [n_mul([ex.num(p.coef), *scalar_factors(p), *word[:k], t, *word[k + 1 :]], ex.zeros(word[0].rows, word[-1].cols)) for t in terms]
    for base, exponent in p.scalars.items():
        if base.op is ex.ADD and exponent is ex.ONE_ and any(shares_a_divisor(p, t) for t in base.args):
            rest = [f for f in scalar_factors(p) if f is not base]
            return [n_mul([ex.num(p.coef), *rest, t, *word], word[0] if word else t) for t in base.args]
    return []


def scalar_factors(p: Product) -> list[Expr]:
    return [factor_of(b, x) for b, x in p.scalars.items()]


def cancels(neighbour: list[Expr], term: Expr, end: int) -> bool:
    """Whether a square factor beside a sum and that end of its term are powers of one matrix with opposite signs."""
    factors = [a for a in term.args if not a.is_scalar] if term.op is ex.MUL else [term]
    if not neighbour or not factors or neighbour[0].rows is not neighbour[0].cols:
        return False
    (base, i), (other, j) = base_exponent(neighbour[0]), base_exponent(factors[end])
    return base is other and i.op is j.op is ex.NUM and i.data * j.data < 0


def shares_a_divisor(p: Product, term: Expr) -> bool:
    """Whether a scalar factor stands on the other side of the stroke in the term."""
    inner = Product()
    inner.take(term)
    return any(b in p.scalars and x.op is p.scalars[b].op is ex.NUM and x.data * p.scalars[b].data < 0 for b, x in inner.scalars.items())


def reduce_word(p: Product) -> list[Expr] | None:
    """Cancel, merge and rewrite neighbouring factors until nothing changes; None for a zero product."""
    todo = list(reversed(_split_ones(p.word)))
    done: list[Expr] = []
    while todo:
        f = todo.pop()
        if f.op is ex.EYE:
            continue
        if f.op in (ex.MUL, ex.NUM) or f.is_scalar:
            inner = Product()
            inner.take(f)
            p.coef *= inner.coef
            for base, exponent in inner.scalars.items():
                p.multiply(base, exponent)
            todo.extend(reversed(_split_ones(inner.word)))
            continue
        if ex.is_zero(f):
            return None
        sign, f = unsigned(f)
        p.coef *= sign
        if done:
            joined = combine(done[-1], f)
            if joined is not None:
                done.pop()
                todo.append(joined)
                continue
        done.append(f)
    return done


def _split_ones(word: list[Expr]) -> list[Expr]:
    """ones(m,n) is ones(m)*ones(n)' inside a longer product."""
    if len(word) < 2:
        return word
    out: list[Expr] = []
    for f in word:
        if f.op is ex.ONES and f.rows is not ONE and f.cols is not ONE:
            out += [ex.ones(f.rows), ex.transpose(ex.ones(f.cols))]
        elif f.op is ex.ONES and f.rows is ONE:
            out.append(ex.transpose(ex.ones(f.cols)))
        else:
            out.append(f)
    return out


def _join_ones(word: list[Expr]) -> list[Expr]:
    out: list[Expr] = []
    for f in word:
        if out and out[-1].op is ex.ONES and f.op is ex.T and f.args[0].op is ex.ONES and out[-1].cols is ONE:
            out[-1] = ex.ones(out[-1].rows, f.cols)
        else:
            out.append(f)
    return out


def base_exponent(f: Expr) -> tuple[Expr, Expr]:
    """A square factor as a matrix power, transposes inside: inv(X)' is (X', -1)."""
    if f.op is ex.T:
        base, exponent = base_exponent(f.args[0])
        return (make.transpose(base), exponent) if exponent is not ex.ONE_ else (f, ex.ONE_)
    if f.op is ex.MPOW:
        base, sign = base_exponent(f.args[0])
        return base, n_mul([sign, f.args[1]], ONE_SHAPE)
    if f.op.name == "inv":
        return f.args[0], ex.MINUS_ONE
    return f, ex.ONE_


def combine(a: Expr, b: Expr) -> Expr | None:
    """One factor for two neighbours: powers of one matrix, a product of blocks, or a law of table 4."""
    if a.op is ex.BLOCK and b.op is ex.BLOCK:
        return block_product(a, b)
    if a.rows is a.cols and b.rows is b.cols:
        (base, i), (other, j) = base_exponent(a), base_exponent(b)
        if base is other:
            return make.matrix_power(base, add_exponents(i, j))
    return pair_law("word", a, b)


def block_product(a: Expr, b: Expr) -> Expr | None:
    """Blocks multiply like entries where the cuts agree."""
    (rows, inner), (other, cols) = a.data, b.data
    if inner != other or any(a.args[k].cols is not b.args[k * cols].rows for k in range(inner)):
        return None
    blocks = []
    for i in range(rows):
        for j in range(cols):
            shape = ex.zeros(a.args[i * inner].rows, b.args[j].cols)
            blocks.append(make.add([n_mul([a.args[i * inner + k], b.args[k * cols + j]], shape) for k in range(inner)], shape))
    return zero(ex.zeros(a.rows, b.cols)) if all(map(ex.is_zero, blocks)) else ex.block(tuple(blocks), (rows, cols))


def split_dots(p: Product, word: list[Expr]) -> list[Expr]:
    """Move every run from a row to a column out of the word, as a scalar."""
    out: list[Expr] = []
    run: list[Expr] = []
    for f in word:
        if f.rows is ONE:
            out.extend(run)
            run = []
        run.append(f)
        if run[0].rows is ONE and f.cols is ONE:
            p.take(n_dot(run))
            run = []
    return out + run


def n_dot(word: list[Expr]) -> Expr:
    """A 1×1 product: written the way round that sorts first, sums and squares recognised."""
    if len(word) == 1:
        return word[0]
    word = [make.outward(f) for f in word]
    flipped = [make.flip(f) for f in reversed(word)]
    if any(f.op is ex.MUL for f in flipped):
        flipped = [g for f in flipped for g in (f.args if f.op is ex.MUL else (f,))]
    for w in (word, flipped):
        if w[0].op is ex.T and w[0].args[0].op is ex.ONES:
            return make.sum(n_mul(w[1:], w[-1]) if len(w) > 2 else w[1])
    if len(word) == 2:
        return dot_of_columns(make.transpose(word[0]), word[1])
    return better_dot(word, flipped)


def better_dot(*words: list[Expr]) -> Expr:
    """The one of two ways to write a number that has fewer transposes or sorts first."""
    sign, word = best_way(map(unsigned_word, words), lambda w: (sum(map(marks, w)), [key(f) for f in w]))
    return times(sign, ex.mul(*word))


def unsigned_word(word: list[Expr]) -> tuple[int, list[Expr]]:
    """A product as ±1 × factors whose sums start with a plus."""
    parts = [unsigned(g) for f in word for g in (f.args if f.op is ex.MUL else (f,))]
    return prod(sign for sign, _ in parts), [f for _, f in parts if f is not ex.ONE_]


def best_way(ways: Iterable[tuple[int, list[Expr]]], rank: Callable[[list[Expr]], Any]) -> tuple[int, list[Expr]]:
    """The first of several ways to write a number; its sign is 0 where it is its own negative."""
    ways = list(ways)
    sign, word = min(ways, key=lambda way: rank(way[1]))
    return (0 if (-sign, word) in ways else sign), word


def times(sign: int, e: Expr) -> Expr:
    """A number with its sign."""
    return e if sign > 0 else n_mul([ex.num(sign), e], e)


def dot_of_columns(a: Expr, b: Expr) -> Expr:
    """a'*b for columns: entry-by-entry factors are spread so that the order of input does not matter."""
    if a.op is ex.HAD or b.op is ex.HAD:
        both = make.hadamard([a, b], a)
        if both.op is not ex.HAD:
            return make.sum(both)
        first, *rest = sorted(both.args, key=key)
        a, b = first, ex.hadamard(*rest)
    square = squared_norm(a, b)
    if square is not None:
        return square
    a, b = quadratic_terms_turned(b, a), quadratic_terms_turned(a, b)
    (i, left), (j, right) = unsigned(a), unsigned(b)
    if left is right and better_as_norm(left) and not ex.is_complex(left):
        return times(i * j, ex.power(ex.call("norm2", left), TWO))
    return better_dot([make.flip(a), make.outward(b)], [make.flip(b), make.outward(a)])


def quadratic_terms_turned(v: Expr, total: Expr) -> Expr:
    """x'*(S'*x + w) is x'*(S*x + w): a term that makes a quadratic form is written the way round that the form is."""
    if total.op is not ex.ADD or v.op is ex.ADD:
        return total
    terms = []
    for t in total.args:
        word = [f for f in t.args if not f.is_scalar] if t.op is ex.MUL else []
        if len(word) > 1 and word[-1] is v:
            form = n_dot([make.transpose(v), *word])
            if form.op is ex.MUL and form.args[-1] is v and form.args[0].op is ex.T:
                t = n_mul([*[f for f in t.args if f.is_scalar], *form.args[1:]], t)
        terms.append(t)
    return make.add(terms, total)


def scalar_laws(p: Product, word: list[Expr]) -> None:
    """Merge and fold the scalar factors: powers, table 4 on pairs, squares of norms."""
    changed = len(p.scalars) > 0
    while changed:
        changed = False
        items = [(b, x, peel(b)) for b, x in sorted(p.scalars.items(), key=lambda i: key(i[0]))]
        for base, exponent, inner in items:
            if inner.op.name in ("norm2", "normF") and whole(exponent) and exponent.data >= 2:
                square = _square_of_norm(inner.args[0])
                if square is not None:
                    p.multiply(base, ex.num(-2))
                    p.take(square)
                    changed = True
                    break
            if base.op is ex.NUM and exponent.op is ex.NUM and ex.power(base, exponent).op is ex.NUM:
                del p.scalars[base]
                p.coef *= ex.power(base, exponent).data
                changed = True
                break
        else:
            changed = _fold_root(p, items) or _fold_pair(p, items) or _fold_mixed(p, word)


def better_as_norm(v: Expr) -> bool:
    """Whether norm2(v)^2 is shorter than v'*v, whichever way round v stands."""
    return min(cost(v), cost(make.transpose(v))) > 4 or v.op is ex.ADD


def _square_of_norm(v: Expr) -> Expr | None:
    """norm2(x)^2 as x'*x where that is the shorter way."""
    if better_as_norm(v) or ex.is_complex(v):
        return None
    if v.is_vector or v.is_scalar:
        return n_mul([make.transpose(v), v], ONE_SHAPE)
    return make.trace(n_mul([make.transpose(v), v], ex.eye(v.cols)))


def _fold_root(p: Product, items: list[tuple[Expr, Expr, Expr]]) -> bool:
    """A root of a multiple beside the same factors on the other side of the stroke, once: sqrt(2*pi)/pi = 2/sqrt(2*pi)."""
    for base, exponent, _ in items:
        if base.op is not ex.MUL or base.args[0].op is not ex.NUM or exponent.op is not ex.NUM or whole(exponent):
            continue
        number, *factors = base.args
        step = -1 if exponent.data > 0 else 1
        powers = [p.scalars.get(f) for f in factors]
        if number.data > 0 and all(x is not None and whole(x) and x.data * step > 0 for x in powers):
            p.multiply(base, ex.num(step))
            for f in factors:
                p.multiply(f, ex.num(-step))
            p.coef = p.coef * number.data if step < 0 else Fraction(p.coef) / number.data
            return True
    return False


def _fold_pair(p: Product, items: list[tuple[Expr, Expr, Expr]]) -> bool:
    """Apply a law about two scalar factors, once."""
    numbered = [(b, x, peel(factor_of(b, unit_sign(x))).op) for b, x, _ in items if x.op is ex.NUM]
    present = {op for _, _, op in numbered}
    wanted = {op for a, b, _ in laws_of("scalars") if a in present and b in present for op in (a, b)}
    for a, i, op_a in numbered:
        for b, j, op_b in numbered:
            if a is b or op_a not in wanted or op_b not in wanted:
                continue
            for x, y in ((i, j), (unit_sign(i), unit_sign(j))):
                result = pair_law("scalars", factor_of(a, x), factor_of(b, y))
                if result is not None:
                    p.multiply(a, ex.neg(x))
                    p.multiply(b, ex.neg(y))
                    p.take(result)
                    return True
    return False


def unit_sign(i: Expr) -> Expr:
    return ex.ONE_ if i.data > 0 else ex.MINUS_ONE


def _fold_mixed(p: Product, word: list[Expr]) -> bool:
    """A law about a matrix factor and a scalar factor: exp(x)/sum(exp(x))."""
    for k, f in enumerate(word):
        for base, exponent in p.scalars.items():
            if exponent.op is not ex.NUM:
                continue
            transposed = f.op is ex.T
            result = pair_law("mixed", f.args[0] if transposed else f, factor_of(base, unit_sign(exponent)))
            if result is not None:
                p.multiply(base, ex.neg(unit_sign(exponent)))
                word[k] = make.transpose(result) if transposed else result
                return True
    return False


def assemble(p: Product, word: list[Expr], shape: Expr) -> Expr:
    """Number, scalar factors, matrix factors, divisors."""
    above: list[Expr] = []
    below: list[Expr] = []
    for base, exponent in sorted(p.scalars.items(), key=lambda i: key(i[0])):
        factor = factor_of(base, exponent)
        (below if exponent.op is ex.NUM and exponent.data < 0 else above).append(factor)
    if not word and not shape.is_scalar:
        word = [ex.eye(shape.rows)]
    if not above and not below and p.coef == 1 and len(word) == 1:
        return word[0]
    number = [] if p.coef == 1 and (above or word or below) else [ex.num(p.coef)]
    if len(word) == 1 and (word[0].op is ex.ADD and not above and not below and p.coef == -1):
        return negate(word[0])
    if not word and not below and len(above) == 1 and above[0].op is ex.ADD and p.coef == -1:
        return negate(above[0])
    return ex.mul(*number, *above, *word, *below)
