"""Sums: like terms merged, table 4 on pairs of terms, sums over one range joined, common factors taken out."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ..core import expr as ex
from ..core.expr import Expr
from .build import Number, make, pair_law, zero
from .factors import Product
from .laws import additive_row, laws_of, log
from .minus import absorb_minus, plus_first
from .order import cost, key
from .products import assemble, n_mul
from .signs import sorted_sum, whole


def split_term(t: Expr) -> tuple[Number, Expr]:
    """A term as number × core, where equal cores may be added."""
    if t.op is ex.NUM:
        return t.data, ex.ONE_
    cached = t._cache.get("term")
    if cached is None:
        cached = t._cache["term"] = _split_term(t)
    found: tuple[Number, Expr] = cached
    return found


def _split_term(t: Expr) -> tuple[Number, Expr]:
    p = Product()
    p.take(t)
    plus_first(p, p.word)
    coef, p.coef = p.coef, 1
    return coef, assemble(p, p.word, t)


def multiple(coef: Number, core: Expr) -> Expr:
    """number × core, the number in front."""
    return _multiple(coef, core, False)


def attach(coef: Number, core: Expr) -> Expr:
    """number × core as it is written: a minus goes into a sum among the factors."""
    return _multiple(coef, core, True)


def _multiple(coef: Number, core: Expr, settle: bool) -> Expr:
    if core is ex.ONE_:
        return ex.num(coef)
    if coef == 1:
        return core
    p = Product()
    p.take(core)
    p.coef *= coef
    if settle and p.coef < 0:
        absorb_minus(p, p.word)
    return assemble(p, p.word, core)


def collect(terms: Iterable[Expr]) -> dict[Expr, Number]:
    """Like terms added up."""
    found: dict[Expr, Number] = {}
    stack = list(terms)[::-1]
    while stack:
        t = stack.pop()
        if t.op is ex.ADD:
            stack.extend(reversed(t.args))
            continue
        if t.op is ex.T and t.args[0].op is ex.ADD:
            stack.extend(make.transpose(a) for a in reversed(t.args[0].args))
            continue
        if ex.is_zero(t):
            continue
        coef, core = split_term(t)
        if core.op is ex.ADD:
            stack.extend(attach(coef * c, k) for c, k in (split_term(x) for x in core.args))
            continue
        found[core] = found.get(core, 0) + coef
    return {core: c for core, c in found.items() if c}


def n_add(args: Iterable[Expr], shape: Expr) -> Expr:
    """A sum: like terms merged, table 4 on pairs, common factors taken out, terms in order."""
    found = collect(args)
    if len(found) > 1:
        found = join_blocks(join_functions(join_sums(found)))
        found = expand_where_it_cancels(found)
    while len(found) > 1:
        folded = fold_terms(found)
        if folded is None:
            break
        found = folded
    if not found:
        return zero(shape)
    terms = [multiple(c, core) for core, c in found.items()]
    if all(turned_hadamard(t) for t in terms):  # one transpose around the sum
        turned = take_out([make.transpose(t) for t in terms], ex.zeros(shape.cols, shape.rows))
        return ex.transpose(turned) if turned.op is ex.ADD else make.transpose(turned)
    return take_out(terms, shape)


def entry_factors(e: Expr) -> list[Expr]:
    """The factors of a Hadamard product, also of a transposed one; of anything else none."""
    if e.op is ex.T:
        return [make.transpose(f) for f in entry_factors(e.args[0])]
    return list(e.args) if e.op is ex.HAD else []


def turned_hadamard(t: Expr) -> bool:
    """Whether a term is the transpose of a Hadamard product, up to scalar factors."""
    word = [a for a in t.args if not a.is_scalar] if t.op is ex.MUL else [t]
    return len(word) == 1 and word[0].op is ex.T and word[0].args[0].op is ex.HAD


def join_sums(found: dict[Expr, Number]) -> dict[Expr, Number]:
    """Sums over one range become one sum."""
    sums = [core for core in found if core.op is ex.TOTAL]
    if len(sums) < 2:
        return found
    ranges: dict[tuple[Expr, Expr], list[Expr]] = {}
    for core in sums:
        ranges.setdefault((core.args[0], core.args[1]), []).append(core)
    for (low, high), cores in ranges.items():
        if len(cores) < 2:
            continue
        name = min(core.data for core in cores)
        bodies = []
        for core in cores:
            body = core.args[2]
            if core.data != name:
                if name in ex.free_indices(body):
                    break
                body = make.normal(ex.with_index(body, core.data, ex.index_variable(name)))
            bodies.append(n_mul([ex.num(found[core]), body], body))
        else:
            return with_joined(found, cores, make.total(name, low, high, n_add(bodies, cores[0])))
    return found


def join_functions(found: dict[Expr, Number]) -> dict[Expr, Number]:
    """2*diag(x) - diag(y) = diag(2*x - y), for every function that table 4 calls additive."""
    for op in dict.fromkeys(core.op for core in found):
        row = additive_row(op)
        cores = [core for core in found if core.op is op] if row else []
        if row and len(cores) > 1 and len({core.args[0].rows for core in cores}) == 1:
            log.append(row)
            inner = n_add([n_mul([ex.num(found[core]), core.args[0]], core.args[0]) for core in cores], cores[0].args[0])
            return with_joined(found, cores, make.normal(ex.rebuild(cores[0], (inner,))))
    return found


def join_blocks(found: dict[Expr, Number]) -> dict[Expr, Number]:
    """[A, B] + [C, D] = [A + C, B + D] where the cuts agree."""
    grids: dict[object, list[Expr]] = {}
    for core in found:
        if core.op is ex.BLOCK:
            grids.setdefault((core.data, tuple([(a.rows, a.cols) for a in core.args])), []).append(core)
    cores = next((group for group in grids.values() if len(group) > 1), None)
    if cores is None:
        return found
    parts = [n_add([n_mul([ex.num(found[core]), core.args[k]], part) for core in cores], part) for k, part in enumerate(cores[0].args)]
    return join_blocks(with_joined(found, cores, ex.block(tuple(parts), cores[0].data)))


def with_joined(found: dict[Expr, Number], cores: list[Expr], joined: Expr) -> dict[Expr, Number]:
    """The sum with one term in place of several."""
    return collect([*[attach(c, core) for core, c in found.items() if core not in cores], joined])


def fold_terms(found: dict[Expr, Number]) -> dict[Expr, Number] | None:
    """Apply a law about two terms of a sum, once."""
    if not laws_of("add") or len(found) > 12:
        return None
    terms = list(found.items())
    for a, i in terms:
        for b, j in terms:
            if a is b:
                continue
            for scale in (i, -i):
                if abs(i) != abs(j):
                    continue
                result = pair_law("add", attach(quotient(i, scale), a), attach(quotient(j, scale), b))
                if result is not None:
                    rest = {core: c for core, c in found.items() if core is not a and core is not b}
                    return collect([*(attach(c, core) for core, c in rest.items()), n_mul([ex.num(scale), result], result)])
    return None


def quotient(a: Number, b: Number) -> Number:
    q = Fraction(a) / b
    return q.numerator if q.denominator == 1 else q


MAX_EXPANDED = 24


def expand_where_it_cancels(found: dict[Expr, Number]) -> dict[Expr, Number]:
    """Multiply sums out when that makes the whole shorter: -y*(1-a) + (1-y)*a is a - y."""
    if len(found) > MAX_EXPANDED or not any(has_sum_factor(core) for core in found):
        return found
    expanded: list[Expr] = []
    for core, c in found.items():
        expanded.extend(distribute(attach(c, core)))
        if len(expanded) > MAX_EXPANDED:
            return found
    merged = collect(expanded)
    if len(merged) >= len(expanded):
        return found
    before = sum(cost(attach(c, core)) + 1 for core, c in found.items())
    after = sum(cost(attach(c, core)) + 1 for core, c in merged.items())
    return merged if after < before else found


def has_sum_factor(core: Expr) -> bool:
    return core.op in (ex.MUL, ex.HAD) and any(f.op is ex.ADD or f.op is ex.HAD and has_sum_factor(f) for f in core.args)


def distribute(t: Expr) -> list[Expr]:
    """The terms of a product of sums."""
    if not has_sum_factor(t):
        return [t]
    k = next(i for i, f in enumerate(t.args) if f.op is ex.ADD or f.op is ex.HAD and has_sum_factor(f))
    out: list[Expr] = []
    for term in t.args[k].args if t.args[k].op is ex.ADD else distribute(t.args[k]):
        parts = [*t.args[:k], term, *t.args[k + 1 :]]
        out.extend(distribute(n_mul(parts, t) if t.op is ex.MUL else make.hadamard(parts, t)))
        if len(out) > MAX_EXPANDED:
            break
    return out


def take_out(terms: list[Expr], shape: Expr) -> Expr:
    """Take common factors out of groups of terms, the largest saving of tokens first."""
    while len(terms) > 1:
        best = best_group(terms)
        if best is None:
            break
        side, factor, members = best
        inner = n_add([without(terms[i], side, factor) for i in members], _rest_shape(terms[members[0]], side, factor))
        if side == "had":
            product = make.hadamard([factor, inner], terms[members[0]])
        else:
            product = n_mul([factor, inner] if side == "left" else [inner, factor], terms[members[0]])
        terms = [t for i, t in enumerate(terms) if i not in members]
        terms = [multiple(c, core) for core, c in collect([*terms, product]).items()]
    return common_number(terms) if terms else zero(shape)


Group = tuple[str, Expr, tuple[int, ...]]


def best_group(terms: list[Expr]) -> Group | None:
    groups: dict[tuple[str, Expr], list[int]] = {}
    for i, t in enumerate(terms):
        for side, factor in ends(t):
            groups.setdefault((side, factor), []).append(i)
    for base, powers in divisors(terms).items():
        if len(set(powers.values())) > 1:
            groups[("over", ex.power(base, ex.MINUS_ONE))] = list(powers)
    ranked: dict[tuple[int, int, int], list[Group]] = {}
    for (side, factor), members in groups.items():
        if len(members) < 2 or len(set(members)) < len(members):
            continue
        saved = tokens_saved(side, factor, [terms[i] for i in members])
        if saved >= 0:
            ranked.setdefault((-saved, -len(members), SIDES.index(side)), []).append((side, factor, tuple(members)))
    if not ranked:
        return None
    best = ranked[min(ranked)]
    return best[0] if len(best) == 1 else min(best, key=lambda g: (sum(occurrences(g[1], terms[i]) for i in g[2]), key(g[1])))


def occurrences(part: Expr, e: Expr) -> int:
    """How often a part is written in an expression, transposed or not; of two factors, the one that is then gone is taken out."""
    part = part.args[0] if part.op is ex.T else part
    counts: dict[Expr, int] = {}
    for node in ex.postorder(e):
        counts[node] = 1 if node is part else sum(counts[a] for a in node.args)
    return counts[e]


SIDES = ("word", "left", "right", "scalar", "had", "over")


def tokens_saved(side: str, factor: Expr, terms: list[Expr]) -> int:
    """What taking a factor out of terms saves, less the brackets and what has to stand in its place."""
    if side == "over":  # a/s + b/s^2 = (a + b/s)/s
        return sum(cost(t) - cost(without(t, side, factor)) for t in terms) - cost(factor) - 1
    saved = (len(terms) - 1) * (min(cost(factor), cost(make.transpose(factor))) + 1) - 2
    for t in terms:
        if side == "word":
            saved -= 2 * (scalars_of(t) == 0)
        elif side != "had" and (t is factor or _bare(t, factor)):
            saved -= 2 if factor.is_scalar or t.is_scalar else 5
    return saved


def _bare(t: Expr, factor: Expr) -> bool:
    """Whether nothing but a number is left of the term without the factor."""
    if t.op is not ex.MUL:
        return True
    rest = [a for a in t.args if a is not factor and a.op is not ex.NUM]
    return not any(not a.is_scalar for a in rest) if not t.is_scalar and not factor.is_scalar else not rest


def scalars_of(t: Expr) -> int:
    """Scalar factors of a term other than its number."""
    return sum(a.is_scalar and a.op is not ex.NUM for a in t.args) if t.op is ex.MUL else 0


def divisors(terms: list[Expr]) -> dict[Expr, dict[int, Number]]:
    """The scalars that terms are divided by, each with the terms and their exponents."""
    found: dict[Expr, dict[int, Number]] = {}
    for i, t in enumerate(terms):
        for a in t.args if t.op is ex.MUL else (t,):
            if a.is_scalar and a.op is ex.POW and whole(a.args[1]) and a.args[1].data < 0:
                found.setdefault(a.args[0], {})[i] = a.args[1].data
    return found


def ends(t: Expr) -> list[tuple[str, Expr]]:
    """The factors that can be taken out of a term: the first, the last, all matrix factors together, every scalar one."""
    args = t.args if t.op is ex.MUL else (t,)
    word = [a for a in args if not a.is_scalar]
    found: list[tuple[str, Expr]] = [("scalar", a) for a in args if a.is_scalar and a.op is not ex.NUM]
    if len(word) == 1:
        found += [("had", f) for f in entry_factors(word[0])]
    if word and not t.is_scalar:
        found.append(("word", ex.mul(*word)))
    if len(word) > 1 and t.is_scalar:
        return found + [("right", ex.mul(*w[-k:])) for w in (word, other_way_round(word)) for k in range(1, len(word))]
    if word and not t.is_scalar:
        found += [pair for k in range(1, max(2, len(word))) for pair in (("left", ex.mul(*word[:k])), ("right", ex.mul(*word[-k:])))]
    return found


def other_way_round(word: list[Expr]) -> list[Expr]:
    """The factors of the transpose of a number, which is the same number; a sign that would come out leaves them as they are."""
    flipped = [make.flip(f) for f in reversed(word)]
    return word if any(f.op is ex.MUL for f in flipped) else flipped


def without(t: Expr, side: str, factor: Expr) -> Expr:
    """The term with one occurrence of the factor removed."""
    args = list(t.args if t.op is ex.MUL else (t,))
    if side == "over":
        return n_mul([t, factor.args[0]], t)
    if side == "word":
        return n_mul([a for a in args if a.is_scalar], ex.ONE_)
    if side == "had":
        product = next(a for a in args if entry_factors(a))
        left_over = entry_factors(product)
        left_over.remove(factor)
        return n_mul([*[a for a in args if a is not product], make.hadamard(left_over, t)], t)
    if side == "scalar":
        args.remove(factor)
    else:
        count = len(factor.args) if factor.op is ex.MUL else 1
        word = [a for a in args if not a.is_scalar]
        if t.is_scalar and ex.mul(*word[-count:]) is not factor:
            word = other_way_round(word)
        args = [a for a in args if a.is_scalar] + (word[count:] if side == "left" else word[:-count])
    rest = _rest_shape(t, side, factor)
    return n_mul(args, rest) if args else (ex.eye(rest.rows) if not rest.is_scalar else ex.ONE_)


def _rest_shape(t: Expr, side: str, factor: Expr) -> Expr:
    """Something of the size that is left when the factor is taken out."""
    if side in ("scalar", "had", "over"):
        return t
    if side == "word":
        return ex.ONE_
    if side == "left":
        return ex.zeros(factor.cols, t.cols)
    return ex.zeros(t.rows, factor.rows)


def common_number(terms: list[Expr]) -> Expr:
    """One number in front where all terms have the same, up to sign."""
    parts = [split_term(t) for t in terms]
    if len(parts) == 1:
        return attach(*parts[0])
    first: Number = parts[0][0]
    size: Number = -first if first < 0 else first
    if size != 1 and all(abs(c) == size for c, _ in parts) and not any(core is ex.ONE_ for _, core in parts):
        inner = sorted_sum([attach(quotient(c, size), core) for c, core in parts])
        return n_mul([ex.num(size), inner], inner)
    return sorted_sum([attach(c, core) for c, core in parts])


make.add = n_add
