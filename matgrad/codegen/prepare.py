"""What is asked of, and done to, expressions before they become arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..core import expr as ex
from ..core.dims import ONE, Dim, dim
from ..core.expr import Expr
from ..core.facts import facts
from ..core.rows import DEFINITIONS
from ..language.build import parse
from ..language.declare import read_declarations

# element-wise functions that are computed through others; the rules' own definitions come first
SPELLED_OUT = {**DEFINITIONS, "silu": "X .* sigmoid(X)", "gelu": "X .* (1 + erf(X ./ sqrt(2))) ./ 2"}


def spelled_out(name: str, formal: Expr) -> Expr:
    """The definition of an element-wise function at the formal X."""
    known = read_declarations("").copy()
    known.variables["X"] = formal
    known.add("X", formal)
    return parse(SPELLED_OUT[name], known)


def size_of(e: Expr) -> Dim | None:
    """A scalar expression of sizes as a size; None for any other."""
    if e.op is ex.NUM:
        return dim(1).scaled(e.data) if isinstance(e.data, int) else None
    if e.op is ex.SIZE:
        found: Dim = e.data
        return found
    if e.op not in (ex.ADD, ex.MUL):
        return None
    total: Dim | None = None
    for a in e.args:
        d = size_of(a)
        if d is None:
            return None
        total = d if total is None else total + d if e.op is ex.ADD else total * d
    return total


def ranges_of(e: Expr) -> list[Dim]:
    """Sizes that count samples."""
    if e.op is ex.VAR and e.data[3] is not None:
        return [e.data[3]]
    if e.op is ex.TOTAL:
        high = size_of(e.args[1])
        return [] if high is None else [high]
    return []


def argument_name(e: Expr) -> str:
    """The parameter that an input becomes: X, dX, and dA_dt for diff(A,t)."""
    if e.op is ex.VAR:
        return str(e.data[0])
    if e.op is ex.DVAR:
        return f"d{e.data.data[0]}"
    order = "" if len(e.data) == 1 else str(len(e.data))
    return f"d{order}{e.args[0].data[0]}_" + "_".join(f"d{p}" for p in e.data)


def solver(a: Expr) -> str:
    """How systems with this matrix are solved; a semidefinite one that has an inverse is positive definite."""
    known = facts(a)
    return "posdef" if "psd" in known else next((s for s in ("posdef", "lower", "upper") if s in known), "general")


def is_diagonal(e: Expr) -> bool:
    return e.op is ex.VAR and "diagonal" in e.data[1] and e.data[3] is None


def peeled(e: Expr) -> Expr:
    """What a name stands for."""
    while e.op is ex.NAMED:
        e = e.args[0]
    return e


def is_one(e: Expr) -> bool:
    return e is ex.ONE_ or e.op is ex.ONES


def demanded_inverses(nodes: Sequence[Expr], roots: Iterable[Expr], length: Callable[[Dim], float]) -> set[Expr]:
    """Inverses whose entries are needed: everything but factors of a product, a trace or a transpose of such, or terms that are applied one by one."""
    whole = set(roots)
    formed: set[Expr] = set()  # sums that are added up
    for e in nodes:
        found = sum_to_multiply_out(e, length)
        formed.update(a for k, a in enumerate(e.args) if a.op is ex.ADD and (found is None or found[0] != k))
    for e in reversed(nodes):
        word = [a for a in e.args if not a.is_scalar] if e.op is ex.MUL else e.args
        if e.op is ex.MUL and len(word) > 1 or e not in whole and (e.op is ex.T or is_short_power(e) or e.op is ex.ADD and e not in formed):
            continue
        whole.update(word)
    return {e for e in whole if e.op.name == "inv"}


def is_short_power(e: Expr) -> bool:
    """X^2 or X^3."""
    return e.op is ex.MPOW and e.args[1].op is ex.NUM and e.args[1].data in (2, 3)


def is_thin(e: Expr) -> bool:
    """A term that multiplies a vector in fewer steps than a full matrix does: diag, eye, an outer product, products of such."""
    if e.op is ex.MUL:
        word = [a for a in e.args if not a.is_scalar]
        return is_outer_product(e) or all(map(is_thin, word))
    if e.op is ex.KRON:
        return any(map(is_thin, e.args))
    return e.op in (ex.EYE, ex.UNIT) or e.op.name == "diag" or e.op is ex.T and is_thin(e.args[0])


def is_symmetrised(e: Expr) -> bool:
    """A + A': applied to a vector term by term, it need not be formed. No digits cancel that A*x + A'*x keeps."""
    return e.op is ex.ADD and len(e.args) == 2 and e.args[1] is ex.transpose(e.args[0])


def is_diagonal_term(e: Expr) -> bool:
    """A diagonal matrix, scaled or not."""
    word = [a for a in e.args if not a.is_scalar] if e.op is ex.MUL else [e]
    return len(word) == 1 and (word[0].op is ex.EYE or word[0].op.name == "diag" or is_diagonal(word[0]))


def distributed(e: Expr, length: Callable[[Dim], float]) -> Expr:
    """A product with the first sum multiplied out whose terms are better applied one by one; a trace of a sum with thin terms term by term."""
    if e.op.name == "tr":
        inside = distributed(e.args[0], length)
        return ex.add(*[ex.call("tr", t) for t in inside.args]) if inside.op is ex.ADD and any(map(is_thin, inside.args)) else e
    found = sum_to_multiply_out(e, length)
    if found is None:
        return e
    k, parts = found
    return ex.add(*[ex.rebuild(e, (*e.args[:k], t, *e.args[k + 1 :])) for t in parts])


def sum_to_multiply_out(e: Expr, length: Callable[[Dim], float]) -> tuple[int, list[Expr]] | None:
    """Which argument of a product is that sum, and its parts."""
    if e.op not in (ex.MUL, ex.KRON) or e.op is ex.KRON and not ex.free_indices(e):
        return None
    word = [a for a in e.args if not a.is_scalar]
    for k, a in enumerate(e.args):
        inside = distributed(a, length) if e.op is ex.KRON else a
        if inside is not a and inside.op is ex.ADD:
            return k, list(inside.args)
        if a.op is ex.TOTAL and len(word) > 1 and not a.is_scalar:
            terms = distributed(a.args[2], length)
            width = min(length(word[k].cols) for k in range(len(word)))
            if terms.op is ex.ADD and all(map(is_thin, terms.args)) and 2 * width <= length(a.rows):
                return k, [ex.total(a.data, a.args[0], a.args[1], t) for t in terms.args]
        total = a.args[0] if a.op is ex.T else a
        if total.op is not ex.ADD or a.is_scalar or len(word) < 2 and not ex.free_indices(e):
            continue
        at = word.index(a)
        sides = [*([word[at - 1].rows] if at else []), *([word[at + 1].cols] if at + 1 < len(word) else [])]
        parts = applied_one_by_one(total, 1.0 if ONE in sides else min(map(length, sides), default=length(a.rows)), length(a.rows))
        if len(parts) > 1:
            return k, parts if total is a else list(map(ex.transpose, parts))
    return None


FEW = 32  # columns to which a matrix is applied in less time than it is added to another


def applied_one_by_one(a: Expr, width: float, height: float) -> list[Expr]:
    """The parts of a sum with so many rows that need not be added up where it multiplies a matrix of so many columns.

    Terms are kept together where digits may cancel in their sum that their products would lose: in U*V' - T, but not in A + A',
    in a sum of positive semidefinite matrices, beside a diagonal, or in A - c*B, where the rounded c has lost them already.
    """
    terms = list(a.args)
    if all(map(is_thin, terms)):
        return terms
    if width == 1 and (is_symmetrised(a) or all("psd" in facts(t) or "posdef" in facts(t) for t in terms)):
        return terms
    if width <= FEW and is_combination(terms):
        return terms
    rest = [t for t in terms if not is_diagonal_term(t)]
    if width == 1 or 2 * width <= height and len(rest) == 1 and is_factored(rest[0]):
        return [*([ex.add(*rest)] if rest else []), *[t for t in terms if t not in rest]]
    return [a]


def is_combination(terms: Sequence[Expr]) -> bool:
    """Matrices times scalars, at least one of which is computed."""
    words = [[a for a in t.args if not a.is_scalar] if t.op is ex.MUL else [t] for t in terms]
    scalars = [a for t in terms if t.op is ex.MUL for a in t.args if a.is_scalar]
    return all(len(w) == 1 and w[0].op is not ex.ADD for w in words) and any(a.op not in (ex.NUM, ex.VAR, ex.SIZE) for a in scalars)


def is_factored(e: Expr) -> bool:
    """A product of matrices, or such a product times an outer product entry by entry: applied, it need not be formed."""
    if e.op is ex.HAD:
        return any(map(is_outer_product, e.args))
    word = [a for a in e.args if not a.is_scalar] if e.op is ex.MUL else []
    return len(word) > 1 or len(word) == 1 and is_factored(word[0])


def is_outer_product(e: Expr) -> bool:
    return e.op is ex.MUL and any(a.cols is ONE for a in [a for a in e.args if not a.is_scalar][:-1])


def multiplied_out(e: Expr, length: Callable[[Dim], float]) -> Expr:
    """A product with the first sum multiplied out for which that takes fewer multiplications: U*V'*V - T*V for (U*V' - T)*V."""
    if e.op is not ex.MUL:
        return e
    scalars, word = ([a for a in e.args if a.is_scalar is wanted] for wanted in (True, False))
    for k, a in enumerate(word):
        if a.op is ex.ADD:
            whole = ex.mul(*scalars, ex.add(*[ex.mul(*word[:k], t, *word[k + 1 :]) for t in a.args]))
            if multiplications(whole, length) < multiplications(e, length):
                return whole
    return e


def multiplications(e: Expr, length: Callable[[Dim], float]) -> float:
    """How many multiplications the matrix products of an expression take in their cheapest order, and a step for each entry of a sum."""
    inside = sum(multiplications(a, length) for a in e.args) if e.op in (ex.ADD, ex.MUL, ex.T) else 0.0
    if e.op is ex.ADD:
        return inside + len(e.args) * length(e.rows) * length(e.cols)
    word = [a for a in e.args if not a.is_scalar] if e.op is ex.MUL else []
    if len(word) < 2:
        return inside
    ends = [length(word[0].rows), *[length(a.cols) for a in word]]
    best = {(i, i + 1): 0.0 for i in range(len(word))}
    for span in range(2, len(word) + 1):
        for i in range(len(word) - span + 1):
            best[i, i + span] = min(best[i, k] + best[k, i + span] + ends[i] * ends[k] * ends[i + span] for k in range(i + 1, i + span))
    return inside + best[0, len(word)]


def with_one_diagonal(e: Expr) -> Expr:
    """X'*diag(a)*X + s*X'*diag(b)*X as X'*diag(a + s*b)*X."""
    alike: dict[tuple[Expr | None, ...], list[tuple[Expr, Expr]]] = {}
    for t in e.args:
        word = [a for a in t.args if not a.is_scalar] if t.op is ex.MUL else []
        inside = [k for k in range(1, len(word) - 1) if word[k].op.name == "diag"]
        if len(inside) == 1:
            k = inside[0]
            weights = ex.mul(*[a for a in t.args if a.is_scalar], word[k].args[0])
            alike.setdefault((*word[:k], None, *word[k + 1 :]), []).append((t, weights))
    merged = {t: None for found in alike.values() if len(found) > 1 for t, _ in found}
    if not merged:
        return e
    sums = [
        ex.mul(*[ex.call("diag", ex.add(*[w for _, w in found])) if a is None else a for a in word]) for word, found in alike.items() if len(found) > 1
    ]
    return ex.add(*[t for t in e.args if t not in merged], *sums)


def squares_of(e: Expr) -> Expr | None:
    """The squares of the entries of diag(x)*V or V*diag(x) as such a product; None of anything else."""
    word = [a for a in e.args if not a.is_scalar] if e.op is ex.MUL else []
    if len(word) != 2 or not any(a.op.name == "diag" for a in word) or ex.is_complex(e):
        return None
    scalars = [ex.power(a, ex.num(2)) for a in e.args if a.is_scalar]
    return ex.mul(*scalars, *[ex.call("diag", square(a.args[0])) if a.op.name == "diag" else square(a) for a in word])


def square(e: Expr) -> Expr:
    return ex.hadamard(e, e)


def grouped(body: Expr) -> list[Expr]:
    """The terms of a sum: products with equal matrix factors as one product, terms that are no products together."""
    products: dict[tuple[Expr, ...], list[Expr]] = {}
    running = ex.free_indices(body)
    others: list[Expr] = []
    for t in body.args:
        word = tuple(a for a in t.args if not a.is_scalar) if t.op is ex.MUL else ()
        if word and (len(word) > 1 or any(ex.free_indices(a) & running for a in t.args if a.is_scalar)):
            products.setdefault(word, []).append(t)
        elif t.op is ex.KRON:
            products[(t,)] = [t]
        else:
            others.append(t)
    parts = [ts[0] if len(ts) == 1 else ex.mul(ex.add(*map(scale_of, ts)), *word) for word, ts in products.items()]
    return parts + ([ex.add(*others)] if others else [])


def scale_of(product: Expr) -> Expr:
    """The scalar factors of a product."""
    return ex.mul(*[a for a in product.args if a.is_scalar] or [ex.ONE_])


def separate_indices(roots: Sequence[Expr]) -> list[Expr]:
    """Rename running indices so that sums with different ranges, and sums inside each other, have different ones."""
    ranges: dict[str, tuple[Expr, ...]] = {}

    def visit(e: Expr, args: tuple[Expr, ...]) -> Expr:
        e = ex.rebuild(e, args)
        if e.op is not ex.TOTAL:
            return e
        inside = {x.data for x in ex.postorder(e.args[2]) if x.op is ex.TOTAL}
        fresh = e.data
        while ranges.get(fresh, e.args[:2]) != e.args[:2] or fresh in inside:
            fresh += "_"
        ranges[fresh] = e.args[:2]
        if fresh == e.data:
            return e
        return ex.renamed_sum(e, fresh)

    return [ex.rewrite(r, visit) for r in roots]
