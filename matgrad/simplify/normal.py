"""The normal form: one bottom-up pass that orders, collects, cancels, applies table 4 and takes out common factors.

Every constructor below takes arguments in normal form and gives a normal form. It ends because each step
lowers the number of tokens, or keeps it and moves transposes, traces and numbers outwards, or sorts.
A sum inside a product is not multiplied out unless something then cancels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.facts import has
from ..core.op import Op
from ..core.rows import LAWS, Row
from . import match as m
from .order import cost, ex_negative, key, weight

Number = int | Fraction
ZERO_ = ex.num(0)
TWO = ex.num(2)

log: list[Row] = []  # the laws applied, for whoever narrates them


class Laws:
    """Table 4 sorted by where a law can apply: on one node, on neighbouring factors, on two parts of a sum or product."""

    def __init__(self) -> None:
        self.direct: dict[Op, list[Row]] = {}
        self.pairs: dict[str, list[tuple[Op, Op, Row]]] = {"word": [], "scalars": [], "mixed": [], "had": [], "add": []}
        self.ready = False

    def read(self) -> None:
        self.ready = True
        for row in LAWS:
            left, _ = m.sides(row)
            kind = self._pair_kind(left)
            if kind:
                self.pairs[kind].append((_wild(left.args[0]), _wild(left.args[1]), row))
            else:
                self.direct.setdefault(_wild(left), []).append(row)

    @staticmethod
    def _pair_kind(left: Expr) -> str:
        if len(left.args) != 2 or left.op not in (ex.MUL, ex.HAD, ex.ADD):
            return ""
        if left.op is not ex.MUL:
            return "had" if left.op is ex.HAD else "add"
        scalars = sum(a.is_scalar for a in left.args)
        return ("word", "mixed", "scalars")[scalars]


def _wild(pattern: Expr) -> Op:
    """The operation a pattern asks for; VAR stands for any."""
    return pattern.op


LAW = Laws()


def laws_of(kind: str) -> list[tuple[Op, Op, Row]]:
    if not LAW.ready:
        LAW.read()
    return LAW.pairs[kind]


def by_law(e: Expr) -> Expr | None:
    """The normal form of what the first law that matches this node gives."""
    if not LAW.ready:
        LAW.read()
    rows = LAW.direct.get(e.op)
    for row in rows or ():
        result = m.apply(row, e)
        if result is not None and result is not e:
            log.append(row)
            return normal(result)
    return None


def lawful(e: Expr) -> Expr:
    """The node, or what the first law that matches it gives."""
    result = by_law(e)
    return e if result is None else result


def peel(e: Expr) -> Expr:
    """What a name stands for."""
    while e.op is ex.NAMED:
        e = e.args[0]
    return e


def pair_law(kind: str, a: Expr, b: Expr, join: Callable[[Expr, Expr], Expr]) -> Expr | None:
    """A law about two parts, either order where the operation commutes."""
    pa, pb = peel(a).op, peel(b).op
    for op_a, op_b, row in laws_of(kind):
        if (op_a is ex.VAR or op_a is pa or op_a is a.op) and (op_b is ex.VAR or op_b is pb or op_b is b.op):
            left, right = m.sides(row)
            found = m.Bindings()
            if m.match(left.args[0], a, found) and m.match(left.args[1], b, found):
                log.append(row)
                return normal(m.fill(right, found))
    return None


# --- the pass --------------------------------------------------------------------------------------


def normal(root: Expr) -> Expr:
    """The normal form of an expression. Cached on the nodes, so a shared part is simplified once."""
    stack = [root] if "nf" not in root._cache else []
    while stack:
        e = stack[-1]
        if "nf" in e._cache:
            stack.pop()
            continue
        todo = [a for a in e.args if "nf" not in a._cache]
        if todo:
            stack.extend(todo)
            continue
        stack.pop()
        start = len(log)
        result = _visit(e, tuple([_nf(a) for a in e.args]))
        if len(log) > start:
            e._cache["laws"] = tuple(dict.fromkeys(log[start:]))
            if start == 0:
                log.clear()
        e._cache["nf"] = None if result is e else result
        result._cache.setdefault("nf", None)
    return _nf(root)


def laws_used(root: Expr) -> list[Row]:
    """The rows of table 4 that took `root` to its normal form, in order of use."""
    normal(root)
    return list(dict.fromkeys(row for e in ex.above_names(root) for row in e._cache.get("laws", ())))


def _nf(e: Expr) -> Expr:
    found: Expr | None = e._cache["nf"]
    return e if found is None else found


def _visit(e: Expr, args: tuple[Expr, ...]) -> Expr:
    rule = RULES.get(e.op)
    if rule is not None:
        return rule(e, args)
    return n_function(e, args)


def n_function(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """A function: linear ones of zero vanish, element-wise ones let transposes out, then table 4."""
    if e.op.linear and args and all(ex.is_zero(a) for a in args):
        return zero(e)
    if e.op.elementwise or e.op is ex.GENERIC or e.op in m.BROADCASTING:
        args = tuple([outward(a) for a in args])
        if any(a.op is ex.T for a in args) and all(a.op is ex.T or a.is_scalar for a in args):
            return n_transpose(normal(ex.rebuild(e, tuple([a if a.is_scalar else a.args[0] for a in args]))))
    e = ex.rebuild(e, args)
    return lawful(e)


def zero(e: Expr) -> Expr:
    return ex.zeros(e.rows, e.cols)


# --- products ---------------------------------------------------------------------------------------


class Product:
    """A product taken apart: number, scalar factors with exponents, matrix factors in order."""

    __slots__ = ("coef", "scalars", "word")

    def __init__(self) -> None:
        self.coef: Number = 1
        self.scalars: dict[Expr, Expr] = {}
        self.word: list[Expr] = []

    def take(self, e: Expr) -> None:
        if e.op is ex.NUM:
            self.coef *= e.data
        elif e.op is ex.MUL:
            word = [a for a in e.args if not a.is_scalar]
            for a in e.args:
                if a.is_scalar:
                    self.take_scalar(a)
            if word and e.is_scalar:
                self.multiply(ex.mul(*word), ex.ONE_)
            else:
                self.word.extend(word)
        elif e.is_scalar:
            self.take_scalar(e)
        else:
            self.word.append(e)

    def take_scalar(self, e: Expr) -> None:
        if e.op is ex.NUM:
            self.coef *= e.data
        elif e.op is ex.POW:
            self.multiply(*e.args)
        elif e.op is ex.MUL and e.args[0].is_scalar:
            self.take(e)
        else:
            self.multiply(e, ex.ONE_)

    def multiply(self, base: Expr, exponent: Expr) -> None:
        old = self.scalars.get(base)
        if old is not None:
            exponent = add_exponents(old, exponent)
        if ex.is_zero(exponent):
            self.scalars.pop(base, None)
        else:
            self.scalars[base] = exponent


ONE_SHAPE = ex.ONE_


def add_exponents(i: Expr, j: Expr) -> Expr:
    return ex.num(i.data + j.data) if i.op is ex.NUM and j.op is ex.NUM else n_add([i, j], ONE_SHAPE)


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
    scalar_laws(p, word)
    if p.coef == 0:
        return zero(shape)
    if len(word) > 1:
        word = [outward(f) for f in word]
    canonical_signs(p, word)
    return assemble(p, word, shape)


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
        return (n_transpose(base), exponent) if exponent is not ex.ONE_ else (f, ex.ONE_)
    if f.op is ex.MPOW:
        return f.args[0], f.args[1]
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
            return n_matrix_power(base, add_exponents(i, j))
        if i is ex.MINUS_ONE or j is ex.MINUS_ONE:
            product = _inverse_of_product(a, b)
            if product is not None:
                return product
    return pair_law("word", a, b, ex.mul)


def block_product(a: Expr, b: Expr) -> Expr | None:
    """Blocks multiply like entries where the cuts agree."""
    (rows, inner), (other, cols) = a.data, b.data
    if inner != other or any(a.args[k].cols is not b.args[k * cols].rows for k in range(inner)):
        return None
    blocks = []
    for i in range(rows):
        for j in range(cols):
            shape = ex.zeros(a.args[i * inner].rows, b.args[j].cols)
            blocks.append(n_add([n_mul([a.args[i * inner + k], b.args[k * cols + j]], shape) for k in range(inner)], shape))
    return zero(ex.zeros(a.rows, b.cols)) if all(map(ex.is_zero, blocks)) else ex.block(tuple(blocks), (rows, cols))


def _inverse_of_product(a: Expr, b: Expr) -> Expr | None:
    """inv(S)*S for a square S that is itself a product is found when the factors are combined one by one."""
    for f, g, left in ((a, b, True), (b, a, False)):
        if f.op.name == "inv" and f.args[0].op is ex.MUL:
            word = [x for x in f.args[0].args if not x.is_scalar]
            if left and word and word[0] is g and len(word) == 1:
                return ex.eye(f.rows)
    return None


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
    word = [outward(f) for f in word]
    flipped = [flip(f) for f in reversed(word)]
    if any(f.op is ex.MUL for f in flipped):
        flipped = [g for f in flipped for g in (f.args if f.op is ex.MUL else (f,))]
    for w in (word, flipped):
        if w[0].op is ex.T and w[0].args[0].op is ex.ONES:
            return n_sum(n_mul(w[1:], w[-1]) if len(w) > 2 else w[1])
    if len(word) == 2:
        return dot_of_columns(n_transpose(word[0]), word[1])
    return ex.mul(*min(word, flipped, key=lambda w: [key(f) for f in w]))


def dot_of_columns(a: Expr, b: Expr) -> Expr:
    """a'*b for columns: entry-by-entry factors are spread so that the order of input does not matter."""
    if a.op is ex.HAD or b.op is ex.HAD:
        both = n_hadamard([a, b], a)
        if both.op is not ex.HAD:
            return n_sum(both)
        first, *rest = sorted(both.args, key=key)
        a, b = first, ex.hadamard(*rest)
    if a is b and cost(a) > 4:
        return ex.power(ex.call("norm2", a), TWO)
    a, b = sorted((a, b), key=key)
    return ex.mul(flip(a), outward(b))


def scalar_laws(p: Product, word: list[Expr]) -> None:
    """Merge and fold the scalar factors: powers, table 4 on pairs, squares of norms."""
    changed = len(p.scalars) > 0
    while changed:
        changed = False
        items = [(b, x, peel(b)) for b, x in sorted(p.scalars.items(), key=lambda i: key(i[0]))]
        for base, exponent, inner in items:
            if inner.op.name in ("norm2", "normF") and exponent.op is ex.NUM and isinstance(exponent.data, int) and exponent.data >= 2:
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
            changed = _fold_pair(p, items) or _fold_mixed(p, word)


def _square_of_norm(v: Expr) -> Expr | None:
    """norm2(x)^2 as x'*x where that is the shorter way."""
    if cost(v) > 4:
        return None
    if v.is_vector or v.is_scalar:
        return n_mul([n_transpose(v), v], ONE_SHAPE)
    return n_trace(n_mul([n_transpose(v), v], ex.eye(v.cols)))


def _factor(base: Expr, exponent: Expr) -> Expr:
    return base if exponent is ex.ONE_ else ex.power(base, exponent)


def _fold_pair(p: Product, items: list[tuple[Expr, Expr, Expr]]) -> bool:
    """Apply a law about two scalar factors, once."""
    numbered = [(b, x, peel(_factor(b, _unit_sign(x))).op) for b, x, _ in items if x.op is ex.NUM]
    present = {op for _, _, op in numbered}
    wanted = {op for a, b, _ in laws_of("scalars") if a in present and b in present for op in (a, b)}
    for a, i, op_a in numbered:
        for b, j, op_b in numbered:
            if a is b or op_a not in wanted or op_b not in wanted:
                continue
            for x, y in ((i, j), (_unit_sign(i), _unit_sign(j))):
                result = pair_law("scalars", _factor(a, x), _factor(b, y), ex.mul)
                if result is not None:
                    p.multiply(a, ex.neg(x))
                    p.multiply(b, ex.neg(y))
                    p.take(result)
                    return True
    return False


def _unit_sign(i: Expr) -> Expr:
    return ex.ONE_ if i.data > 0 else ex.MINUS_ONE


def _fold_mixed(p: Product, word: list[Expr]) -> bool:
    """A law about a matrix factor and a scalar factor: exp(x)/sum(exp(x))."""
    for k, f in enumerate(word):
        for base, exponent in p.scalars.items():
            if exponent.op is not ex.NUM:
                continue
            transposed = f.op is ex.T
            result = pair_law("mixed", f.args[0] if transposed else f, _factor(base, _unit_sign(exponent)), ex.mul)
            if result is not None:
                p.multiply(base, ex.neg(_unit_sign(exponent)))
                word[k] = n_transpose(result) if transposed else result
                return True
    return False


def canonical_signs(p: Product, word: list[Expr]) -> None:
    """Every sum among the factors starts with a plus; a minus left over goes into the first sum that has one."""
    for base, exponent in list(p.scalars.items()):
        if base.op is ex.ADD and exponent is ex.ONE_ and leads_negative(base):
            del p.scalars[base]
            p.multiply(negate(base), exponent)
            p.coef = -p.coef
    for k, f in enumerate(word):
        inner = f.args[0] if f.op is ex.T else f
        if inner.op is ex.ADD and leads_negative(inner):
            word[k] = ex.transpose(negate(inner)) if f.op is ex.T else negate(inner)
            p.coef = -p.coef
    if p.coef < 0:
        absorb_minus(p, word)


def absorb_minus(p: Product, word: list[Expr]) -> None:
    """Put the minus into the one sum among the factors; with several, (x - m)*(x - m)' stays recognisable."""
    sums = [f for f in word if (f.args[0] if f.op is ex.T else f).op is ex.ADD] + [b for b in p.scalars if b.op is ex.ADD]
    if len(sums) != 1:
        return
    for k, f in enumerate(word):
        inner = f.args[0] if f.op is ex.T else f
        if inner.op is ex.ADD and any(ex_negative(t) for t in inner.args):
            word[k] = ex.transpose(negate(inner)) if f.op is ex.T else negate(inner)
            p.coef = -p.coef
            return
    for base, exponent in sorted(p.scalars.items(), key=lambda i: key(i[0])):
        if base.op is ex.ADD and exponent is ex.ONE_ and any(ex_negative(t) for t in base.args):
            del p.scalars[base]
            p.multiply(negate(base), exponent)
            p.coef = -p.coef
            return


def leads_negative(total: Expr) -> bool:
    """Whether the first term, in an order that ignores signs, has a minus."""
    return ex_negative(min(total.args, key=lambda t: unsigned_key(t)))


def unsigned_key(t: Expr) -> tuple[object, ...]:
    body = ex.neg(t) if ex_negative(t) else t
    _, _, names, digest = key(body)
    return -weight(body), names, digest


def negate(total: Expr) -> Expr:
    """The negative of a sum in normal form."""
    return sorted_sum([ex.neg(t) for t in total.args])


def sorted_sum(terms: list[Expr]) -> Expr:
    return ex.add(*sorted(terms, key=term_key))


def term_key(t: Expr) -> tuple[object, ...]:
    """Plus before minus, numbers first, then long before short, then by name."""
    body = ex.neg(t) if ex_negative(t) else t
    _, _, names, digest = key(body)
    plain = body.op is ex.NUM or body.op is ex.ONES
    return ex_negative(t), not plain, -weight(body), names, digest


def assemble(p: Product, word: list[Expr], shape: Expr) -> Expr:
    """Number, scalar factors, matrix factors, divisors."""
    above: list[Expr] = []
    below: list[Expr] = []
    for base, exponent in sorted(p.scalars.items(), key=lambda i: key(i[0])):
        factor = _factor(base, exponent)
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


# --- sums -------------------------------------------------------------------------------------------


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
    if t.op is not ex.MUL:
        return 1, t
    p = Product()
    p.take(t)
    word = p.word
    coef, p.coef = p.coef, 1
    for base, exponent in list(p.scalars.items()):
        if base.op is ex.ADD and exponent is ex.ONE_ and leads_negative(base):
            del p.scalars[base]
            p.multiply(negate(base), exponent)
            coef = -coef
    for k, f in enumerate(word):
        inner = f.args[0] if f.op is ex.T else f
        if inner.op is ex.ADD and leads_negative(inner):
            word[k] = ex.transpose(negate(inner)) if f.op is ex.T else negate(inner)
            coef = -coef
    return coef, assemble(p, word, t)


def attach(coef: Number, core: Expr) -> Expr:
    """number × core, as a term."""
    if core is ex.ONE_:
        return ex.num(coef)
    if coef == 1:
        return core
    p = Product()
    p.take(core)
    p.coef *= coef
    if p.coef < 0:
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
        found = join_sums(found)
        found = expand_where_it_cancels(found)
    while len(found) > 1:
        folded = fold_terms(found)
        if folded is None:
            break
        found = folded
    if not found:
        return zero(shape)
    terms = [attach(c, core) for core, c in found.items()]
    if len(terms) == 1:
        return terms[0]
    result = take_out(terms, shape)
    return result


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
        name = cores[0].data
        bodies = []
        for core in cores:
            body = core.args[2]
            if core.data != name:
                if name in ex.free_indices(body):
                    break
                body = normal(ex.substitute(body, {ex.index_variable(core.data): ex.index_variable(name)}))
            bodies.append(n_mul([ex.num(found[core]), body], body))
        else:
            rest = {core: c for core, c in found.items() if core not in cores}
            joined = n_total(name, low, high, n_add(bodies, cores[0]))
            return collect([*[attach(c, core) for core, c in rest.items()], joined])
    return found


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
                result = pair_law("add", attach(_quotient(i, scale), a), attach(_quotient(j, scale), b), ex.add)
                if result is not None:
                    rest = {core: c for core, c in found.items() if core is not a and core is not b}
                    return collect([*(attach(c, core) for core, c in rest.items()), n_mul([ex.num(scale), result], result)])
    return None


def _quotient(a: Number, b: Number) -> Number:
    q = Fraction(a) / b
    return q.numerator if q.denominator == 1 else q


MAX_EXPANDED = 24


def expand_where_it_cancels(found: dict[Expr, Number]) -> dict[Expr, Number]:
    """Multiply sums out when that makes the whole shorter: -y*(1-a) + (1-y)*a is a - y."""
    if len(found) > MAX_EXPANDED or not any(_has_sum_factor(core) for core in found):
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


def _has_sum_factor(core: Expr) -> bool:
    return core.op in (ex.MUL, ex.HAD) and any(f.op is ex.ADD or f.op is ex.HAD and _has_sum_factor(f) for f in core.args)


def distribute(t: Expr) -> list[Expr]:
    """The terms of a product of sums."""
    if not _has_sum_factor(t):
        return [t]
    k = next(i for i, f in enumerate(t.args) if f.op is ex.ADD or f.op is ex.HAD and _has_sum_factor(f))
    out: list[Expr] = []
    for term in t.args[k].args if t.args[k].op is ex.ADD else distribute(t.args[k]):
        parts = [*t.args[:k], term, *t.args[k + 1 :]]
        out.extend(distribute(n_mul(parts, t) if t.op is ex.MUL else n_hadamard(parts, t)))
        if len(out) > MAX_EXPANDED:
            break
    return out


# --- common factors -------------------------------------------------------------------------------------


def take_out(terms: list[Expr], shape: Expr) -> Expr:
    """Take common factors out of groups of terms, the largest saving of tokens first."""
    while len(terms) > 1:
        best = best_group(terms)
        if best is None:
            break
        side, factor, members = best
        inner = n_add([without(terms[i], side, factor) for i in members], _rest_shape(terms[members[0]], side, factor))
        product = n_mul([inner, factor] if side == "right" else [factor, inner], terms[members[0]])
        terms = [t for i, t in enumerate(terms) if i not in members]
        terms = [attach(c, core) for core, c in collect([*terms, product]).items()]
    if not terms:
        return zero(shape)
    if len(terms) == 1:
        return terms[0]
    return common_number(terms)


Group = tuple[str, Expr, tuple[int, ...]]


def best_group(terms: list[Expr]) -> Group | None:
    groups: dict[tuple[str, Expr], list[int]] = {}
    for i, t in enumerate(terms):
        for side, factor in ends(t):
            groups.setdefault((side, factor), []).append(i)
    best: tuple[tuple[object, ...], Group] | None = None
    for (side, factor), members in groups.items():
        if len(members) < 2 or len(set(members)) < len(members):
            continue
        gain = (len(members) - 1) * (cost(factor) + 1) - 2
        for i in members:
            if terms[i] is factor or _bare(terms[i], factor):
                gain -= 2 if factor.is_scalar or terms[i].is_scalar else 5
        if gain < 0:
            continue
        rank = (-gain, -len(members), ("left", "right", "scalar").index(side), key(factor))
        if best is None or rank < best[0]:
            best = (rank, (side, factor, tuple(members)))
    return best[1] if best else None


def _bare(t: Expr, factor: Expr) -> bool:
    """Whether nothing but a number is left of the term without the factor."""
    if t.op is not ex.MUL:
        return True
    rest = [a for a in t.args if a is not factor and a.op is not ex.NUM]
    return not any(not a.is_scalar for a in rest) if not t.is_scalar and not factor.is_scalar else not rest


def ends(t: Expr) -> list[tuple[str, Expr]]:
    """The factors that can be taken out of a term: the first, the last, every scalar one."""
    args = t.args if t.op is ex.MUL else (t,)
    word = [a for a in args if not a.is_scalar]
    found: list[tuple[str, Expr]] = [("scalar", a) for a in args if a.is_scalar and a.op is not ex.NUM]
    if word and (not t.is_scalar or len(word) > 1):
        found += [("left", word[0]), ("right", word[-1])]
        if t.is_scalar and len(word) < 2:
            return []
    return found


def without(t: Expr, side: str, factor: Expr) -> Expr:
    """The term with one occurrence of the factor removed."""
    args = list(t.args if t.op is ex.MUL else (t,))
    if side == "right":
        k = len(args) - 1 - args[::-1].index(factor)
    else:
        k = args.index(factor)
    del args[k]
    rest = _rest_shape(t, side, factor)
    return n_mul(args, rest) if args else (ex.eye(rest.rows) if not rest.is_scalar else ex.ONE_)


def _rest_shape(t: Expr, side: str, factor: Expr) -> Expr:
    """Something of the size that is left when the factor is taken out."""
    if side == "scalar":
        return t
    if side == "left":
        return ex.zeros(factor.cols, t.cols)
    return ex.zeros(t.rows, factor.rows)


def common_number(terms: list[Expr]) -> Expr:
    """One number in front where all terms have the same, up to sign."""
    parts = [split_term(t) for t in terms]
    first: Number = parts[0][0]
    size: Number = -first if first < 0 else first
    if size != 1 and all(abs(c) == size for c, _ in parts) and not any(core is ex.ONE_ for _, core in parts):
        inner = sorted_sum([attach(_quotient(c, size), core) for c, core in parts])
        return n_mul([ex.num(size), inner], inner)
    return sorted_sum(terms)


# --- transposes, inverses, powers ------------------------------------------------------------------------------


def n_transpose(e: Expr) -> Expr:
    """The transpose: it sinks into products and sums, and stays outside functions."""
    if e.is_scalar or has(e, "symmetric"):
        return e
    if e.op is ex.T:
        return e.args[0]
    stack = [e]
    while stack:  # the parts of sums and products first, so that depth does not matter
        top = stack[-1]
        todo = [a for a in top.args if needs_transpose(a)] if top.op in (ex.ADD, ex.MUL, ex.BLOCK) and "transposed" not in top._cache else []
        if todo:
            stack.extend(todo)
            continue
        stack.pop()
        if "transposed" not in top._cache:
            top._cache["transposed"] = _n_transpose(top)
    result: Expr = e._cache["transposed"]
    return result


def needs_transpose(e: Expr) -> bool:
    return not e.is_scalar and e.op is not ex.T and "transposed" not in e._cache and not has(e, "symmetric")


def _n_transpose(e: Expr) -> Expr:
    turned = ex.zeros(e.cols, e.rows)
    if e.op is ex.MUL:
        scalars = [a for a in e.args if a.is_scalar]
        return n_mul([*scalars, *[n_transpose(a) for a in reversed(e.args) if not a.is_scalar]], turned)
    if e.op is ex.ADD:
        return n_add([n_transpose(a) for a in e.args], turned)
    if e.op is ex.HAD:
        return ex.transpose(e)  # a Hadamard product in normal form already stands the better way round
    if e.op is ex.ZEROS:
        return turned
    if e.op is ex.ONES and e.rows is not ONE and e.cols is not ONE:
        return ex.ones(e.cols, e.rows)
    if e.op is ex.ONES and e.rows is ONE:
        return ex.ones(e.cols)
    if e.op is ex.MPOW:
        return n_matrix_power(n_transpose(e.args[0]), e.args[1])
    if e.op is ex.POW:
        base, exponent = e.args
        if exponent.is_scalar and base.op is ex.T:
            return ex.power(base.args[0], exponent)
    if e.op is ex.TOTAL:
        return n_total(e.data, e.args[0], e.args[1], n_transpose(e.args[2]))
    if e.op is ex.BLOCK:
        rows, cols = e.data
        return ex.block(tuple(n_transpose(e.args[i * cols + j]) for j in range(cols) for i in range(rows)), (cols, rows))
    if has(e, "skew"):
        return n_mul([ex.MINUS_ONE, e], e)
    return lawful(ex.transpose(e))


def outward(f: Expr) -> Expr:
    """A sum as a factor or an argument: (X*w - y)' rather than w'*X' - y'; a multiple likewise, (-x)'."""
    if f.op is ex.MUL and not f.is_scalar:
        word = [a for a in f.args if not a.is_scalar]
        if len(word) == 1 and word[0].op is ex.T:
            return ex.transpose(ex.mul(*[a if a.is_scalar else a.args[0] for a in f.args]))
    if f.op is not ex.ADD or f.is_scalar:
        return f
    if "outward" not in f._cache:
        turned = n_transpose(f)
        better = turned.op is ex.ADD and marks(f) > marks(turned) + (f.rows is not ONE)
        f._cache["outward"] = ex.transpose(turned) if better else None
    found: Expr | None = f._cache["outward"]
    return f if found is None else found


def flip(f: Expr) -> Expr:
    """The transpose of a factor."""
    return outward(n_transpose(f))


def marks(total: Expr) -> int:
    """Transposes written in a sum."""
    factors = [f for t in total.args for f in (t.args if t.op is ex.MUL else (t,))]
    return sum(f.op is ex.T and f.args[0].op is not ex.ONES for f in factors)


def n_inverse(e: Expr) -> Expr:
    """inv(A*B) = inv(B)*inv(A) for square factors; numbers and transposes go outside."""
    if e.op is ex.EYE:
        return e
    e = outward(e)
    if e.op is ex.T:
        return n_transpose(n_inverse(e.args[0]))
    if e.op.name == "inv":
        return e.args[0]
    if e.op is ex.MPOW:
        return n_matrix_power(e.args[0], n_mul([ex.MINUS_ONE, e.args[1]], ONE_SHAPE))
    if e.op is ex.MUL:
        word = [a for a in e.args if not a.is_scalar]
        scalars = [n_power(a, ex.MINUS_ONE) for a in e.args if a.is_scalar]
        if all(a.rows is a.cols for a in word):
            return n_mul([*scalars, *[n_inverse(a) for a in reversed(word)]], e)
        if scalars:
            return n_mul([*scalars, n_inverse(ex.mul(*word))], e)
    return lawful(ex.call("inv", e))


def n_matrix_power(base: Expr, exponent: Expr) -> Expr:
    """base^k for a square base."""
    if base.is_scalar:
        return n_power(base, exponent)
    if exponent.op is ex.NUM:
        if exponent.data == 0:
            return ex.eye(base.rows)
        if exponent.data == 1:
            return base
        if exponent.data == -1:
            return n_inverse(base)
        if exponent.data < 0:
            return n_matrix_power(n_inverse(base), ex.num(-exponent.data))
    if base.op is ex.EYE:
        return base
    if base.op is ex.MPOW:
        return n_matrix_power(base.args[0], n_mul([base.args[1], exponent], ONE_SHAPE))
    if base.op is ex.MUL and any(a.is_scalar for a in base.args):
        scalars = [n_power(a, exponent) for a in base.args if a.is_scalar]
        return n_mul([*scalars, n_matrix_power(ex.mul(*[a for a in base.args if not a.is_scalar]), exponent)], base)
    return ex.matrix_power(base, exponent)


def n_power(base: Expr, exponent: Expr) -> Expr:
    """base .^ exponent."""
    if exponent.op is ex.NUM:
        if exponent.data == 0:
            return ex.ones(base.rows, base.cols)
        if exponent.data == 1:
            return base
        whole = isinstance(exponent.data, int)
        if base.op is ex.NUM and whole and base.data != 0:
            return ex.power(base, exponent)
        if whole and base.op is ex.POW and base.args[1].is_scalar:
            return n_power(base.args[0], n_mul([base.args[1], exponent], ONE_SHAPE))
        if whole and base.op is ex.MUL:
            scalars = [a for a in base.args if a.is_scalar]
            word = [a for a in base.args if not a.is_scalar]
            if scalars and (word or len(scalars) > 1):
                rest = [n_power(ex.mul(*word), exponent)] if word else []
                return n_mul([*[n_power(a, exponent) for a in scalars], *rest], base)
        if whole and base.op is ex.HAD:
            return n_hadamard([n_power(a, exponent) for a in base.args], base)
        if base.op is ex.ADD and whole and leads_negative(base) and (exponent.data % 2 == 0 or exponent.data == -1):
            flipped = n_power(negate(base), exponent)
            return flipped if exponent.data % 2 == 0 else n_mul([ex.MINUS_ONE, flipped], base)
    if base.op is ex.ONES or base is ex.ONE_:
        return base
    if base.op is ex.T and exponent.is_scalar:
        return n_transpose(n_power(base.args[0], exponent))
    e = ex.power(base, exponent)
    if e.is_scalar and e.op is ex.POW and base.op.name in ("norm2", "normF"):
        p = Product()
        p.multiply(base, exponent)
        return finish(p, ONE_SHAPE)
    return lawful(e)


# --- entry-by-entry products --------------------------------------------------------------------------------------


def n_hadamard(args: Iterable[Expr], shape: Expr) -> Expr:
    """A Hadamard product: numbers and scalars out, powers merged, table 4 on pairs, factors in order."""
    outer = Product()
    factors: dict[Expr, Expr] = {}
    todo = list(args)[::-1]
    while todo:
        f = todo.pop()
        if ex.is_zero(f):
            return zero(shape)
        if f.is_scalar:
            outer.take(f)
        elif f.op is ex.HAD:
            todo.extend(reversed(f.args))
        elif f.op is ex.T and f.args[0].op is ex.HAD:
            todo.extend(n_transpose(g) for g in reversed(f.args[0].args))
        elif f.op is ex.MUL and any(a.is_scalar for a in f.args):
            for a in f.args:
                if a.is_scalar:
                    outer.take_scalar(a)
            todo.append(ex.mul(*[a for a in f.args if not a.is_scalar]))
        elif f.op is not ex.ONES:
            base, exponent = f.args if f.op is ex.POW and f.args[1].is_scalar else (f, ex.ONE_)
            total = add_exponents(factors.pop(base), exponent) if base in factors else exponent
            if not ex.is_zero(total):
                factors[base] = total
    items = _fold_hadamard([_factor(b, x) for b, x in factors.items()])
    if items is None:
        return zero(shape)
    for k, f in enumerate(items):
        if f.op is ex.ADD and leads_negative(f):
            items[k] = negate(f)
            outer.coef = -outer.coef
    if outer.coef < 0:
        for f in sorted(items, key=key):
            if f.op is ex.ADD and any(ex_negative(t) for t in f.args):
                items[items.index(f)] = negate(f)
                outer.coef = -outer.coef
                break
    product = ex.ones(shape.rows, shape.cols) if not items else better_way_round(items)
    if outer.coef == 1 and not outer.scalars:
        return product
    outer.take(product)
    return finish(outer, shape)


def better_way_round(items: list[Expr]) -> Expr:
    """The factors as they are, or all transposed under one transpose: fewer transposes, then by order."""
    plain = sorted(items, key=key)
    marked = sum(f.op is ex.T for f in items)
    if not marked or len(items) == 1:
        return ex.hadamard(*plain)
    turned = sorted((n_transpose(f) for f in items), key=key)
    if (_marks_of(turned), [key(f) for f in turned]) < (_marks_of(items), [key(f) for f in plain]):
        return ex.transpose(ex.hadamard(*turned))
    return ex.hadamard(*plain)


def _marks_of(items: list[Expr]) -> int:
    """Transposes, those of functions counting more than those of names."""
    return sum(2 if f.args[0].op is ex.VAR else 3 for f in items if f.op is ex.T)


def _fold_hadamard(items: list[Expr]) -> list[Expr] | None:
    """Apply table 4 to pairs of factors until nothing changes; None for a zero product."""
    anchors = {op for a, b, _ in laws_of("had") for op in (a, b) if op is not ex.VAR}
    changed = True
    while changed and len(items) > 1:
        changed = False
        marked = [f for f in items if peel(f).op in anchors]
        for a, b in ((a, b) for x in marked for y in items if x is not y for a, b in ((x, y), (y, x))):
            result = pair_law("had", a, b, ex.hadamard)
            if result is not None:
                if ex.is_zero(result):
                    return None
                rest = [f for f in items if f is not a and f is not b]
                items = [*rest, *(result.args if result.op is ex.HAD else (result,))]
                changed = True
                break
    return items


# --- traces and sums of entries --------------------------------------------------------------------------------------


def n_trace(e: Expr) -> Expr:
    """A trace: linear, cyclic, blind to transposes; written in the rotation that sorts first."""
    if e.is_scalar:
        return e
    if e.op is ex.ADD:
        return n_add([n_trace(a) for a in e.args], ONE_SHAPE)
    if e.op is ex.EYE:
        return ex.size(e.rows)
    if ex.is_zero(e):
        return ZERO_
    if e.op is ex.T:
        return n_trace(e.args[0])
    if e.op is ex.TOTAL:
        return n_total(e.data, e.args[0], e.args[1], n_trace(e.args[2]))
    if e.op is ex.MPOW:
        base = min(e.args[0], n_transpose(e.args[0]), key=key)
        e = ex.matrix_power(base, e.args[1])
    if e.op is not ex.MUL:
        return lawful(ex.call("tr", e))
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
    if len(word) == 2 and any((f.args[0] if f.op is ex.T else f).op is ex.HAD for f in word):
        return n_sum(n_hadamard([n_transpose(word[0]), word[1]], word[1]))
    word = [outward(f) for f in word]
    flipped: list[Expr] = []
    for f in reversed(word):
        t = flip(f)
        flipped.extend(t.args if t.op is ex.MUL else (t,))
    if any(f.is_scalar for f in flipped):
        flipped = word
    best = _differential_last(word, flipped)
    if best is None:
        best = min((w[i:] + w[:i] for w in (word, flipped) for i in _starts(w)), key=lambda w: [key(f) for f in w])
    if len(best) == 2 and n_transpose(best[0]) is best[1] and cost(best[1]) > 4:
        return ex.power(ex.call("normF", best[1] if best[0].op is ex.T else best[0]), TWO)
    return ex.call("tr", ex.mul(*best))


def _differential_last(word: list[Expr], flipped: list[Expr]) -> list[Expr] | None:
    """tr(G'*dX): a differential stands last, not transposed, as the book writes it."""
    for w in (word, flipped):
        for i, f in enumerate(w):
            if f.op in (ex.DVAR, ex.D):
                return w[i + 1 :] + w[: i + 1]
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
    if ex.is_zero(e):
        return ZERO_
    if e.op is ex.ONES:
        return n_mul([ex.size(e.rows), ex.size(e.cols)], ONE_SHAPE)
    if e.op is ex.EYE:
        return ex.size(e.rows)
    if e.op is ex.TOTAL:
        return n_total(e.data, e.args[0], e.args[1], n_sum(e.args[2]))
    if e.op is ex.POW and e.args[1].op is ex.NUM and e.args[1].data == 2:
        return _inner(e.args[0], e.args[0])
    if e.op is ex.HAD:
        if e.cols is ONE:
            first, *rest = sorted(e.args, key=key)
            return dot_of_columns(first, rest[0]) if len(rest) == 1 else ex.mul(ex.transpose(first), ex.hadamard(*rest))
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
    return lawful(ex.call("sum", e))


def _span(word: list[Expr]) -> Expr:
    return ex.zeros(word[0].rows, word[-1].cols)


def _inner(a: Expr, b: Expr) -> Expr:
    """The sum of a .* b."""
    if a.cols is ONE:
        return n_mul([n_transpose(a), b], ONE_SHAPE)
    return n_trace(n_mul([n_transpose(a), b], ex.eye(a.cols)))


# --- Kronecker products, sums over an index, the rest -------------------------------------------------------------------


def n_kron(args: tuple[Expr, ...], shape: Expr) -> Expr:
    """A Kronecker product: numbers out, zeros through, neighbours by table 4."""
    outer: list[Expr] = []
    factors: list[Expr] = []
    for a in args:
        if ex.is_zero(a):
            return zero(shape)
        if a.is_scalar:
            outer.append(a)
        elif a.op is ex.MUL and any(f.is_scalar for f in a.args):
            outer += [f for f in a.args if f.is_scalar]
            factors.append(ex.mul(*[f for f in a.args if not f.is_scalar]))
        else:
            factors.append(a)
    product = factors[0] if factors else ex.ONE_
    for f in factors[1:]:
        parts = product.args if product.op is ex.KRON else (product,)
        joined = ex.kron(parts[-1], f)
        last = lawful(joined)
        product = ex.kron(*parts[:-1], last) if len(parts) > 1 else last
    return n_mul([*outer, product], shape) if outer else product


def n_total(name: str, low: Expr, high: Expr, body: Expr) -> Expr:
    """A sum over an index: what does not depend on the index goes outside."""
    if ex.is_zero(body):
        return zero(body)
    if name not in ex.free_indices(body):
        count = n_add([high, n_mul([ex.MINUS_ONE, low], ONE_SHAPE), ex.ONE_], ONE_SHAPE)
        return n_mul([count, body], body)
    coef, core = split_term(body)
    if coef != 1:
        inner = n_total(name, low, high, core)
        return n_mul([ex.num(coef), inner], inner)
    if body.op is ex.MUL:
        scalars = [a for a in body.args if a.is_scalar]
        word = [a for a in body.args if not a.is_scalar]
        out_scalars = [a for a in scalars if name not in ex.free_indices(a)]
        left: list[Expr] = []
        right: list[Expr] = []
        while word and name not in ex.free_indices(word[0]):
            left.append(word.pop(0))
        while word and name not in ex.free_indices(word[-1]):
            right.insert(0, word.pop())
        inside = [a for a in scalars if name in ex.free_indices(a)]
        if (out_scalars or left or right) and not (body.is_scalar and (left or right)):
            if not word and (left or right):
                scalar_sum = n_total(name, low, high, n_mul(inside, ONE_SHAPE))
                return n_mul([*out_scalars, scalar_sum, *left, *right], body)
            rest = ex.zeros(left[-1].cols if left else body.rows, right[0].rows if right else body.cols)
            inner = n_total(name, low, high, n_mul([*inside, *word], rest))
            return n_mul([*out_scalars, *left, inner, *right], body)
    return ex.total(name, low, high, body)


def n_index(e: Expr, args: tuple[Expr, ...]) -> Expr:
    e = ex.rebuild(e, args)
    if e.op is not ex.INDEX:
        return e
    base = args[0]
    if ex.is_zero(base):
        return zero(e)
    if base.op is ex.ONES:
        return ex.ones(e.rows, e.cols)
    return lawful(e)


def n_vec(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """vec and diag take numbers out."""
    a = args[0]
    if ex.is_zero(a):
        return zero(e)
    if a.op is ex.MUL and any(f.is_scalar for f in a.args):
        rest = ex.mul(*[f for f in a.args if not f.is_scalar])
        return n_mul([*[f for f in a.args if f.is_scalar], normal(ex.rebuild(e, (rest,)))], e)
    e = ex.rebuild(e, args)
    return lawful(e)


RULES: dict[Op, Callable[[Expr, tuple[Expr, ...]], Expr]] = {
    ex.NUM: lambda e, args: e,
    ex.VAR: lambda e, args: e,
    ex.ADD: lambda e, args: n_add(args, e),
    ex.MUL: lambda e, args: n_mul(args, e),
    ex.HAD: lambda e, args: n_hadamard(args, e),
    ex.POW: lambda e, args: n_power(*args),
    ex.MPOW: lambda e, args: n_matrix_power(*args),
    ex.T: lambda e, args: n_transpose(args[0]),
    ex.KRON: lambda e, args: n_kron(args, e),
    ex.TOTAL: lambda e, args: n_total(e.data, *args),
    ex.INDEX: n_index,
    ex.ONES: lambda e, args: ex.transpose(ex.ones(e.cols)) if e.rows is ONE and e.cols is not ONE else e,
}


def register(name: str, rule: Callable[[Expr, tuple[Expr, ...]], Expr]) -> None:
    """Give a function of the registry a constructor of its own."""
    from ..core.op import OPS

    RULES[OPS[name]] = rule


def install() -> None:
    """Attach the constructors of functions, once the tables are loaded."""
    register("tr", lambda e, args: n_trace(args[0]))
    register("sum", lambda e, args: n_sum(args[0]))
    register("inv", lambda e, args: n_inverse(args[0]))
    register("vec", n_vec)
    register("diag", n_vec)
    register("diag_of", n_vec)
