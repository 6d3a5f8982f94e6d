"""Immutable, hash-consed expression nodes, their constructors, and iterative walks.

Equal constructions give the same object, so equality is identity. A vector is a column n×1 and
1×1 *is* a scalar. Sums, products and Hadamard products are flat; inside a product every part
that multiplies out to 1×1 is grouped as a scalar, so brackets alone never make two expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from fractions import Fraction
from weakref import WeakValueDictionary

from ..errors import LimitError, Phrase, Series, ShapeError
from .dims import ONE, Dim, dim, read_size, size_words
from .op import OPS, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Number = int | Fraction


class Expr:
    """A node: operation, arguments, data, and the size rows × cols."""

    __slots__ = ("op", "args", "data", "rows", "cols", "_cache", "__weakref__")
    op: Op
    args: tuple[Expr, ...]
    data: Any
    rows: Dim
    cols: Dim
    _cache: dict[str, Any]

    __array_ufunc__ = None  # NumPy hands `array * expression` over to us

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("expressions are immutable")

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth value; mg.equal(a, b) compares two of them")

    def __iter__(self) -> Iterator[Expr]:
        raise TypeError("an expression cannot be iterated; X[i, k] is an entry")

    def __copy__(self) -> Expr:
        return self  # nothing in it can change

    def __deepcopy__(self, memo: object) -> Expr:
        return self

    @property
    def shape(self) -> tuple[int | str, int | str]:
        """(rows, cols): numbers where they are known, text such as 'm*n' otherwise."""
        return (_plain(self.rows), _plain(self.cols))

    @property
    def is_scalar(self) -> bool:
        return self.rows is ONE and self.cols is ONE

    @property
    def is_vector(self) -> bool:
        return self.cols is ONE and self.rows is not ONE

    @property
    def T(self) -> Expr:
        return transpose(self)

    @property
    def H(self) -> Expr:
        """The conjugate transpose."""
        return hermitian(self)

    def __add__(self, other: Operand) -> Expr:
        return add(self, operand(other))

    def __radd__(self, other: Operand) -> Expr:
        return add(operand(other), self)

    def __sub__(self, other: Operand) -> Expr:
        return add(self, neg(operand(other)))

    def __rsub__(self, other: Operand) -> Expr:
        return add(operand(other), neg(self))

    def __neg__(self) -> Expr:
        return neg(self)

    def __matmul__(self, other: Operand) -> Expr:
        return mul(self, operand(other))

    def __rmatmul__(self, other: Operand) -> Expr:
        return mul(operand(other), self)

    def __mul__(self, other: Operand) -> Expr:
        return hadamard(self, operand(other))

    def __rmul__(self, other: Operand) -> Expr:
        return hadamard(operand(other), self)

    def __truediv__(self, other: Operand) -> Expr:
        return divide(self, operand(other))

    def __rtruediv__(self, other: Operand) -> Expr:
        return divide(operand(other), self)

    def __pow__(self, other: Operand) -> Expr:
        return power(self, operand(other))

    def __getitem__(self, place: object) -> Expr:
        rows, cols = place if isinstance(place, tuple) else (place, None)
        if isinstance(rows, Expr | int) and cols is None:
            return index(self, operand(rows), ONE_)
        return index(self, *(None if isinstance(p, slice) else operand(p) for p in (rows, cols)))


def _plain(size: Dim) -> int | str:
    return size.text if size.value is None else size.value


_nodes: WeakValueDictionary[Any, Expr] = WeakValueDictionary()
_set = object.__setattr__


def node(op: Op, args: tuple[Expr, ...], data: Any, rows: Dim, cols: Dim) -> Expr:
    """The one node with these parts."""
    key = (op, args, data, rows, cols)
    found = _nodes.get(key)
    if found is None:
        found = Expr.__new__(Expr)
        _set(found, "op", op)
        _set(found, "args", args)
        _set(found, "data", data)
        _set(found, "rows", rows)
        _set(found, "cols", cols)
        _set(found, "_cache", {})
        _nodes[key] = found
    return found


# --- structural operations -----------------------------------------------------------------------

NUM = Op("number")
VAR = Op("variable")
DVAR = Op("differential of a variable")
SIZE = Op("size")
PI = Op("pi")
UNIT_I = Op("1i", complex="analytic")
EYE = Op("eye")
ONES = Op("ones")
ZEROS = Op("zeros")
COMM = Op("K")
STRUCTURE = Op("structure matrix")
UNIT = Op("unit", complex="analytic", build=lambda args, data: unit(data, args[0]))
IDX = Op("index variable")

ADD = Op("+", complex="analytic", linear=True, build=lambda args, data: add(*args))
MUL = Op("*", complex="analytic", build=lambda args, data: mul(*args))
HAD = Op(".*", complex="analytic", build=lambda args, data: hadamard(*args))
POW = Op(".^", complex="analytic", build=lambda args, data: power(*args))
MPOW = Op("^", complex="analytic", build=lambda args, data: matrix_power(*args))
T = Op("'", complex="analytic", linear=True, build=lambda args, data: transpose(*args))
CONJ = Op("conj", "(m,n)->(m,n)", complex="analytic", numpy="np.conj({0})", build=lambda args, data: conj(*args))
REAL = Op("real", "(m,n)->(m,n)", complex="real", numpy="np.real({0})", latex=r"\operatorname{Re}", build=lambda args, data: real(*args))
IMAG = Op("imag", "(m,n)->(m,n)", complex="real", numpy="np.imag({0})", latex=r"\operatorname{Im}", build=lambda args, data: imag(*args))
KRON = Op("kron", complex="analytic", build=lambda args, data: kron(*args))
UNVEC = Op("unvec", complex="analytic", linear=True, build=lambda args, data: unvec(args[0], *data))
INDEX = Op("[]", complex="analytic", build=lambda args, data: index_at(args, data))
MEMBER = Op("member", complex="analytic", build=lambda args, data: member(*args))
TOTAL = Op("sum over", complex="analytic", build=lambda args, data: total(data, *args))
BLOCK = Op("block", complex="analytic", linear=True, build=lambda args, data: block(args, data))
NAMED = Op("name", complex="analytic", linear=True, build=lambda args, data: named(data, args[0]))
GENERIC = Op("generic", build=lambda args, data: generic(data[0], data[1], args[0]))
DIFF = Op("diff", build=lambda args, data: diff(args[0], *data))
D = Op("d", complex="analytic", linear=True, build=lambda args, data: formal_d(args[0]))
MAX: Op = Op("max", build=lambda args, data: broadcasting(MAX, args))
MIN: Op = Op("min", build=lambda args, data: broadcasting(MIN, args))
OPS |= {op.name: op for op in (CONJ, REAL, IMAG)}
HUBER: Op = Op("huber", build=lambda args, data: broadcasting(HUBER, args))
COMPARE = {s: Op(s, build=lambda args, data, s=s: compare(s, *args)) for s in (">=", ">", "<=", "<", "==")}  # type: ignore[misc]


# --- leaves --------------------------------------------------------------------------------------


def num(value: Number | float) -> Expr:
    """An exact number; a float is read as the decimal it prints as."""
    if isinstance(value, float):
        value = Fraction(repr(value))
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return node(NUM, (), value, ONE, ONE)


ONE_ = num(1)
MINUS_ONE = num(-1)
PI_ = node(PI, (), None, ONE, ONE)
I_ = node(UNIT_I, (), None, ONE, ONE)


def var(
    name: str,
    rows: Dim | str | int = 1,
    cols: Dim | str | int = 1,
    facts: Iterable[str] = (),
    params: tuple[str, ...] = (),
    count: Dim | None = None,
) -> Expr:
    """A variable; `params` make it an unspecified function of scalars, `count` a family x[1..N]. A Hermitian one is complex."""
    known = frozenset(facts)
    return node(VAR, (), (name, known | {"complex"} if "hermitian" in known else known, params, count), dim(rows), dim(cols))


def dvar(variable: Expr) -> Expr:
    """dX, the differential of a variable or of a named intermediate: a free direction of X's size."""
    return node(DVAR, (), variable, variable.rows, variable.cols)


def size(d: Dim) -> Expr:
    """A size used as a number, 1/N."""
    return num(d.value) if d.value is not None else node(SIZE, (), d, ONE, ONE)


def eye(n: Dim) -> Expr:
    return ONE_ if n is ONE else node(EYE, (), None, n, n)


def ones(m: Dim, n: Dim = ONE) -> Expr:
    return ONE_ if m is ONE and n is ONE else node(ONES, (), None, m, n)


def zeros(m: Dim, n: Dim = ONE) -> Expr:
    return num(0) if m is ONE and n is ONE else node(ZEROS, (), None, m, n)


def commutation(m: Dim, n: Dim) -> Expr:
    """K(m,n): K(m,n)*vec(A) = vec(A') for A m×n (Magnus–Neudecker, ch. 3, sec. 7)."""
    return eye(m * n) if m is ONE or n is ONE else node(COMM, (), (m, n), m * n, m * n)


STRUCTURES = {"dup": ("n*n", "n*(n+1)/2"), "elim": ("n*(n+1)/2", "n*n"), "toep": ("n*n", "2*n-1")}


def structure(name: str, n: Dim) -> Expr:
    """A matrix between vec X and the free parameters of a structured X of size n×n (Magnus, Linear Structures, 1988).

    dup(n)*vech(S) = vec(S) for symmetric S, elim(n)*vec(A) = vech(A), toep(n)*t = vec(T) for Toeplitz T with the
    diagonals t, the lowest first.
    """
    rows, cols = (read_size(size).substitute({"n": n}) for size in STRUCTURES[name])
    return ONE_ if n is ONE else node(STRUCTURE, (), (name, n), rows, cols)


def unit(n: Dim, i: Expr) -> Expr:
    """The i-th column of eye(n)."""
    return node(UNIT, (i,), n, n, ONE)


def index_variable(name: str) -> Expr:
    return node(IDX, (), name, ONE, ONE)


# --- compound ------------------------------------------------------------------------------------


def is_zero(e: Expr) -> bool:
    return e.op is ZEROS or (e.op is NUM and e.data == 0)


def add(*args: Expr) -> Expr:
    """A sum. A scalar may be added to any matrix; sizes must agree otherwise."""
    if len(args) == 1:
        return args[0]
    shaped = next((a for a in args if not a.is_scalar), args[0])
    rows, cols = shaped.rows, shaped.cols
    flat: list[Expr] = []
    for a in args:
        if a.rows is not rows or a.cols is not cols:
            if not a.is_scalar:
                raise ShapeError("cannot add {left} and {right}; both sides of a sum have one size", left=_shape(shaped), right=_shape(a))
            a = mul(a, ones(rows, cols))
        if a.op is ADD:
            flat.extend(a.args)
        else:
            flat.append(a)
    return node(ADD, tuple(flat), None, rows, cols)


def neg(e: Expr) -> Expr:
    if e.op is NUM:
        return num(-e.data)
    if e.op is MUL and e.args[0].op is NUM:
        return mul(num(-e.args[0].data), *e.args[1:])
    return mul(MINUS_ONE, e)


def mul(*args: Expr) -> Expr:
    """A product: matrix factors in order, scalars anywhere. Groups what multiplies out to 1×1."""
    items: list[Expr] = []
    for a in args:
        if a.op is not MUL:
            items.append(a)
        elif a.is_scalar:
            _flatten_scalar(a, items)
        else:
            items.extend(a.args)
    while len(items) > 1 and items[0].op is NUM and items[0].data == 1:
        del items[0]  # a leading 1 is never written
    if len(items) == 1:
        return items[0]
    word = [a for a in items if not a.is_scalar]
    for a, b in zip(word, word[1:]):
        if a.cols is not b.rows:
            raise ShapeError(product_misfit(a, b))
    if not word:
        groups = [a for a in items if a.op is MUL]
        if len(groups) == 1 and not groups[0].args[0].is_scalar:  # a lone dot product is written out: 2*x'*y
            at = items.index(groups[0])
            items[at : at + 1] = groups[0].args
        return node(MUL, tuple(items), None, ONE, ONE)
    rows, cols = word[0].rows, word[-1].cols
    if any(a.rows is ONE for a in word):
        items = _group_dots(items, rows is ONE and cols is ONE)
    return items[0] if len(items) == 1 else node(MUL, tuple(items), None, rows, cols)


def _flatten_scalar(product: Expr, items: list[Expr]) -> None:
    """Append the scalar factors of a 1×1 product, its matrix factors as one group."""
    word = tuple(a for a in product.args if not a.is_scalar)
    if not word:
        items.extend(product.args)
        return
    placed = False
    for a in product.args:
        if a.is_scalar:
            items.append(a)
        elif not placed:
            items.append(product if len(word) == len(product.args) else node(MUL, word, None, ONE, ONE))
            placed = True


def _group_dots(items: list[Expr], scalar: bool) -> list[Expr]:
    """Collect each run of factors that starts with a row and ends with a column into one scalar."""
    out: list[Expr] = []
    run: list[Expr] = []
    at = 0
    groups = 0
    for a in items:
        if a.is_scalar:
            out.append(a)
            continue
        if a.rows is ONE:
            out[at:at] = run  # an unfinished run was a leading column block
            run, at = [], len(out)
        elif not run:
            at = len(out)
        run.append(a)
        if run[0].rows is ONE and a.cols is ONE:
            out.insert(at, node(MUL, tuple(run), None, ONE, ONE) if len(run) > 1 else run[0])
            run, groups = [], groups + 1
    out[at:at] = run
    if scalar and groups == 1:  # a lone dot product stays written out: 2*x'*y
        flat: list[Expr] = []
        for a in out:
            flat.extend(a.args if a.op is MUL and not a.args[0].is_scalar else (a,))
        return flat
    return out


def product_misfit(a: Expr, b: Expr) -> Phrase:
    """The sentence for a product whose inner sizes differ, with what would fit."""
    fits = []
    if a.rows is b.rows and a.cols is b.cols:
        fits += ["A .* B"]
    if a.rows is b.rows:
        fits += ["A'*B"]
    if a.cols is b.cols:
        fits += ["A*B'"]
    if a.rows is b.cols:
        fits += ["B*A"]
    hint = Phrase("; {products} would fit", products=Series(fits, "or")) if fits else ""
    sizes = {"left": _shape(a), "right": _shape(b), "inner": a.cols, "outer": b.rows}
    return Phrase("cannot multiply {left} by {right}: the inner sizes {inner} and {outer} differ{hint}", **sizes, hint=hint)


def hadamard(*args: Expr) -> Expr:
    """The entry-by-entry product; with a scalar it is the ordinary multiple."""
    scalars = [a for a in args if a.is_scalar]
    flat: list[Expr] = []
    for a in args:
        if not a.is_scalar:
            flat.extend(a.args if a.op is HAD else (a,))
    if not flat:
        return mul(*scalars)
    first = flat[0]
    for a in flat:
        if a.rows is not first.rows or a.cols is not first.cols:
            raise ShapeError("cannot multiply {left} by {right} entry by entry; .* and ./ need one size", left=_shape(first), right=_shape(a))
    product = first if len(flat) == 1 else node(HAD, tuple(flat), None, first.rows, first.cols)
    return mul(*scalars, product) if scalars else product


LONGEST_NUMBER = 400
LARGEST_POWER = 64  # powers of numbers are worked out up to here


def power(base: Expr, exponent: Expr) -> Expr:
    """base .^ exponent, entry by entry; either may be a scalar."""
    if base.op is NUM and exponent.op is NUM and isinstance(exponent.data, int) and (base.data or exponent.data >= 0) and abs(exponent.data) < LARGEST_POWER:
        if len(str(base.data)) * abs(exponent.data) > LONGEST_NUMBER:
            raise LimitError("a number has at most {most} digits", most=LONGEST_NUMBER)
        return num(Fraction(base.data) ** exponent.data)
    if exponent is ONE_:
        return base
    if base.is_scalar and not exponent.is_scalar:
        base = mul(base, ones(exponent.rows, exponent.cols))
    if not exponent.is_scalar and (exponent.rows is not base.rows or exponent.cols is not base.cols):
        raise ShapeError(
            "cannot raise {base} to {exponent} entry by entry; the exponent is a scalar or has the size of the base",
            base=_shape(base),
            exponent=_shape(exponent),
        )
    return node(POW, (base, exponent), None, base.rows, base.cols)


def divide(a: Expr, b: Expr) -> Expr:
    """a / b entry by entry, or by a scalar."""
    if b.op is NUM:
        if b.data == 0:
            raise ShapeError("division by zero")
        return num(Fraction(a.data) / b.data) if a.op is NUM else mul(a, num(1 / Fraction(b.data)))
    b, exponent = b.args if b.op is POW and b.args[1].op is NUM else (b, ONE_)
    inverse = power(b, num(-exponent.data))
    if a is ONE_:
        return inverse
    return mul(a, inverse) if b.is_scalar else hadamard(a, inverse)


def matrix_power(base: Expr, exponent: Expr) -> Expr:
    """base^exponent as a matrix power; of a scalar the ordinary power."""
    if not exponent.is_scalar:
        raise ShapeError("a matrix power needs a scalar exponent, not {exponent}; .^ is the power entry by entry", exponent=_shape(exponent))
    if base.is_scalar:
        return power(base, exponent)
    if base.rows is not base.cols:
        raise ShapeError("a matrix power needs a square matrix, not {base}; .^ is the power entry by entry", base=_shape(base))
    if exponent.op is NUM:
        if exponent.data == 1:
            return base
        if exponent.data == -1:
            return call("inv", base)
        if not isinstance(exponent.data, int):
            raise ShapeError("a matrix power needs a whole number as exponent, not {exponent}", exponent=exponent.data)
    return node(MPOW, (base, exponent), None, base.rows, base.cols)


def transpose(e: Expr) -> Expr:
    return e if e.is_scalar else node(T, (e,), None, e.cols, e.rows)


def conj(e: Expr) -> Expr:
    """The complex conjugate of every entry. It stands at variables only: conj(A*X) is conj(A)*conj(X); of what is real it is e itself."""
    if not is_complex(e):
        return e
    found = {a: _conj_of(a) for a in postorder_where(e, lambda a: is_complex(a) and a.op not in AT_LEAVES) if is_complex(a) and a.op in AT_LEAVES}
    return rewrite(e, lambda a, args: args[0].args[0] if a.op is T and args[0].op is T else rebuild(a, args), found, enter=is_complex)


def _conj_of(e: Expr) -> Expr:
    if e.op is CONJ:
        return e.args[0]
    if e.op is UNIT_I:
        return neg(e)
    of = e.args[0] if e.op is MEMBER else e
    of = of.data if of.op is DVAR else of
    if of.op is VAR and "hermitian" in of.data[1]:
        return transpose(e)
    return node(CONJ, (e,), None, e.rows, e.cols)


AT_LEAVES = frozenset({CONJ, UNIT_I, VAR, DVAR, MEMBER, NAMED, D})


def hermitian(e: Expr) -> Expr:
    """The conjugate transpose X^H."""
    turned = conj(e)
    return turned.args[0] if turned.op is T else transpose(turned)


def real(e: Expr) -> Expr:
    """The real part; of what is real, itself."""
    return node(REAL, (e,), None, e.rows, e.cols) if is_complex(e) else e


def imag(e: Expr) -> Expr:
    """The imaginary part; of what is real, zero."""
    return node(IMAG, (e,), None, e.rows, e.cols) if is_complex(e) else zeros(e.rows, e.cols)


def kron(*args: Expr) -> Expr:
    """The Kronecker product; with a scalar it is the ordinary multiple."""
    if any(a.is_scalar for a in args):
        return mul(*args) if sum(not a.is_scalar for a in args) < 2 else mul(*[a for a in args if a.is_scalar], kron(*[a for a in args if not a.is_scalar]))
    flat: list[Expr] = []
    for a in args:
        flat.extend(a.args if a.op is KRON else (a,))
    if len(flat) == 1:
        return flat[0]
    rows = cols = ONE
    for a in flat:
        rows, cols = rows * a.rows, cols * a.cols
    return node(KRON, tuple(flat), None, rows, cols)


def unvec(e: Expr, rows: Dim, cols: Dim) -> Expr:
    if e.cols is not ONE or e.rows is not rows * cols:
        raise ShapeError("unvec to {size} needs a vector of {count} entries, not {found}", size=size_words(rows, cols), count=rows * cols, found=_shape(e))
    if cols is ONE or rows is ONE:
        return e if cols is ONE else transpose(e)
    return node(UNVEC, (e,), (rows, cols), rows, cols)


def index(e: Expr, row: Expr | None, col: Expr | None) -> Expr:
    """e[row, col]; None takes all: e[:, i] is a column, e[i, :] a row."""
    for i, n in ((row, e.rows), (col, e.cols)):
        if i is not None and not i.is_scalar:
            raise ShapeError("an index is a number, not {found}", found=_shape(i))
        if i is not None and i.op is NUM and (not isinstance(i.data, int) or i.data < 1 or (n.value is not None and i.data > n.value)):
            raise ShapeError("index {index} is outside 1..{n}", index=i.data, n=n)
    if col is ONE_ and e.cols is ONE:
        col = None  # x[i] and x[i,1] are one thing
    if row is ONE_ and e.rows is ONE:
        row = None
    if row is None and col is None:
        return e
    places = tuple(i for i in (row, col) if i is not None)
    return node(INDEX, (e, *places), (row is not None, col is not None), e.rows if row is None else ONE, e.cols if col is None else ONE)


def index_at(args: tuple[Expr, ...], which: tuple[bool, bool]) -> Expr:
    return index(args[0], *row_and_column(args[1:], which))


def row_and_column(places: tuple[Expr, ...], which: tuple[bool, bool]) -> tuple[Expr | None, Expr | None]:
    """The row and the column that an index node chooses; None where it takes all."""
    return places[0] if which[0] else None, places[-1] if which[1] else None


def member(family: Expr, i: Expr) -> Expr:
    """x[i], one member of a family of samples."""
    return node(MEMBER, (family, i), None, family.rows, family.cols)


def total(name: str, low: Expr, high: Expr, body: Expr) -> Expr:
    """sum(name, low..high, body)."""
    for end in (low, high):
        if not end.is_scalar:
            raise ShapeError("the range of a sum goes from number to number, not {found}", found=_shape(end))
    return node(TOTAL, (low, high, body), name, body.rows, body.cols)


def block(args: tuple[Expr, ...], grid: tuple[int, int]) -> Expr:
    """A block matrix, blocks row by row; `grid` counts block rows and block columns."""
    heights, widths = [], []
    for r in range(grid[0]):
        row = args[r * grid[1] : (r + 1) * grid[1]]
        if any(a.rows is not row[0].rows for a in row):
            raise ShapeError("blocks side by side need one height, not {sizes}", sizes=Series(map(_shape, row), "and"))
        heights.append(row[0].rows)
    for c in range(grid[1]):
        column = args[c :: grid[1]]
        if any(a.cols is not column[0].cols for a in column):
            raise ShapeError("blocks above each other need one width, not {sizes}", sizes=Series(map(_shape, column), "and"))
        widths.append(column[0].cols)
    if len(args) == 1:
        return args[0]
    rows, cols = heights[0], widths[0]
    for h in heights[1:]:
        rows = rows + h
    for w in widths[1:]:
        cols = cols + w
    return node(BLOCK, args, grid, rows, cols)


def named(name: str, e: Expr) -> Expr:
    """An intermediate with a name: Y = sigma(W*X)."""
    return node(NAMED, (e,), name, e.rows, e.cols)


def generic(name: str, order: int, arg: Expr) -> Expr:
    """sigma(X), sigma'(X), …: an unspecified element-wise function or a derivative of it."""
    return node(GENERIC, (arg,), (name, order), arg.rows, arg.cols)


def diff(e: Expr, *params: str) -> Expr:
    """diff(A, t): the derivative of an unspecified function A(t) by its scalar argument."""
    if e.op is DIFF:
        e, params = e.args[0], e.data + params
    if e.op is not VAR or not set(params) <= set(e.data[2]):
        raise ShapeError("diff(A,t) needs a variable declared as a function, A(t): matrix(m,n)")
    return node(DIFF, (e,), tuple(sorted(params)), e.rows, e.cols)


def formal_d(e: Expr) -> Expr:
    """d(e), a differential that is still to be worked out."""
    return node(D, (e,), None, e.rows, e.cols)


def broadcasting(op: Op, args: tuple[Expr, ...]) -> Expr:
    """An entry-by-entry function of two arguments, either of which may be a scalar."""
    if len(args) != 2:
        raise ShapeError("{name} takes 2 arguments, not {count}", name=op.name, count=len(args))
    a, b = args
    shaped = b if a.is_scalar else a
    if not b.is_scalar and (b.rows is not shaped.rows or b.cols is not shaped.cols):
        raise ShapeError("{name} needs one size or a scalar, not {left} and {right}", name=op.name, left=_shape(a), right=_shape(b))
    return node(op, args, None, shaped.rows, shaped.cols)


def compare(sign: str, a: Expr, b: Expr) -> Expr:
    """(a >= b) and its kin: 1 where it holds, 0 elsewhere."""
    return broadcasting(COMPARE[sign], (a, b))


def call(name: str, *args: Expr) -> Expr:
    """A function of the registry."""
    op = OPS[name]
    if op.build is not None:
        op.result_shape(args)
        return op.build(args, None)
    if op.elementwise:
        if len(args) != 1:
            raise ShapeError("{name} takes one argument, not {count}", name=name, count=len(args))
        return node(op, args, None, args[0].rows, args[0].cols)
    return node(op, args, None, *op.result_shape(args))


def rebuild(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """The same operation on other arguments."""
    if args == e.args:
        return e
    return e.op.build(args, e.data) if e.op.build else call(e.op.name, *args)


def _shape(e: Expr) -> Phrase | str:
    return size_words(e.rows, e.cols)


Operand = Expr | int | float | Fraction


def operand(x: object) -> Expr:
    """A Python number or an expression, as an expression. Raises TypeError for anything else."""
    if isinstance(x, Expr):
        return x
    if isinstance(x, complex):
        return add(num(x.real), mul(num(x.imag), I_))
    if isinstance(x, bool) or not isinstance(x, (int, float, Fraction)):
        raise TypeError(f"cannot use {type(x).__name__} in an expression; give numbers to evaluate() instead")
    return num(x)


# --- walks ---------------------------------------------------------------------------------------


def postorder(*roots: Expr) -> list[Expr]:
    """Every node below the roots once, arguments first. Iterative: depth does not matter."""
    return _walk(roots, None)


def postorder_where(root: Expr, enter: Callable[[Expr], bool]) -> list[Expr]:
    """The nodes of `root`, arguments first, below a node only where `enter` says so."""
    return _walk((root,), enter)


def _walk(roots: tuple[Expr, ...], enter: Callable[[Expr], bool] | None) -> list[Expr]:
    order: list[Expr] = []
    seen: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(r, False) for r in reversed(roots)]
    while stack:
        e, ready = stack.pop()
        if ready:
            order.append(e)
        elif e not in seen:
            seen.add(e)
            stack.append((e, True))
            if enter is None or enter(e):
                stack.extend((a, False) for a in reversed(e.args) if a not in seen)
    return order


def fill_cache(root: Expr, slot: str, compute: Callable[[Expr], object]) -> None:
    """Compute a cached fact of every node below `root` that does not have it yet, arguments first."""
    if slot in root._cache:
        return
    stack = [root]
    while stack:
        e = stack[-1]
        if slot in e._cache:
            stack.pop()
            continue
        todo = [a for a in e.args if slot not in a._cache]
        if todo:
            stack.extend(todo)
        else:
            stack.pop()
            e._cache[slot] = compute(e)


def is_complex(e: Expr) -> bool:
    """Whether the value may be other than real: a complex variable or 1i is in it, not inside abs, a norm or the like."""
    fill_cache(e, "complex", _is_complex)
    return bool(e._cache["complex"])


def _is_complex(e: Expr) -> bool:
    if e.op is VAR:
        return "complex" in e.data[1]
    if e.op is DVAR:
        return is_complex(e.data)
    return e.op is UNIT_I or e.op.complex == "analytic" and any(a._cache["complex"] for a in e.args)


def above_names(root: Expr) -> list[Expr]:
    """The nodes of `root` outside its named intermediates, arguments first."""
    return postorder_where(root, lambda e: e.op is not NAMED or e is root)


def rewrite(
    root: Expr, visit: Callable[[Expr, tuple[Expr, ...]], Expr], stop: Mapping[Expr, Expr] | None = None, enter: Callable[[Expr], bool] = lambda e: True
) -> Expr:
    """Rebuild bottom-up: `visit(node, new arguments)` gives each node's replacement.

    `stop` maps whole subtrees; a node that `enter` refuses stays as it is.
    """
    done: dict[Expr, Expr] = dict(stop) if stop else {}
    stack = [root]
    while stack:
        e = stack[-1]
        if e in done:
            stack.pop()
            continue
        if not enter(e):
            done[e] = e
            continue
        todo = [a for a in e.args if a not in done]
        if todo:
            stack.extend(todo)
            continue
        stack.pop()
        done[e] = visit(e, tuple([done[a] for a in e.args]))
    return done[root]


def substitute(root: Expr, mapping: Mapping[Expr, Expr]) -> Expr:
    """Replace whole subexpressions."""
    return rewrite(root, rebuild, mapping)


def distinct_indices(root: Expr) -> Expr:
    """Rename the index of every sum inside another sum over an index of the same name."""
    if sum(e.op is TOTAL for e in postorder(root)) < 2:
        return root
    taken = {str(e.data) for e in postorder(root) if e.op in (TOTAL, IDX)} | {e.data[0] for e in variables(root)} | set(letters(root))

    def visit(e: Expr, args: tuple[Expr, ...]) -> Expr:
        e = rebuild(e, args)
        if e.op is not TOTAL:
            return e
        clashes = [s for s in postorder(e.args[2]) if s.op is TOTAL and s.data == e.data]
        if not clashes:
            return e
        fresh = next(name for k in range(1, len(taken) + 2) if (name := f"{e.data}{k}") not in taken)
        taken.add(fresh)
        renamed = {s: renamed_sum(s, fresh) for s in clashes}
        return total(e.data, e.args[0], e.args[1], substitute(e.args[2], renamed))

    return rewrite(root, visit)


def unshadowed(e: Expr, taken: Set[str]) -> Expr:
    """The sums over a taken letter get another, one that names nothing else in the expression."""
    named = {*taken, *letters(e), *(v.data[0] for v in variables(e)), *(str(n.data) for n in postorder(e) if n.op in (IDX, TOTAL, NAMED))}

    def visit(node: Expr, args: tuple[Expr, ...]) -> Expr:
        node = rebuild(node, args)
        if node.op is not TOTAL or node.data not in taken:
            return node
        used = {*named, *(str(n.data) for n in postorder(node) if n.op is TOTAL)}
        letter = next(c for c in (*"rstuvijkl", *(f"r{k}" for k in range(len(used) + 1))) if c not in used)
        return renamed_sum(node, letter)

    return rewrite(e, visit)


def renamed_sum(e: Expr, letter: str) -> Expr:
    """The same sum over another letter, one that it does not use."""
    low, high, body = e.args
    return total(letter, low, high, with_index(body, e.data, index_variable(letter)))


def with_index(root: Expr, name: str, value: Expr) -> Expr:
    """The expression at one value of an index; a sum inside that binds the same letter keeps it."""
    return rewrite(root, rebuild, {index_variable(name): value}, enter=lambda e: name in free_indices(e))


def variables(*roots: Expr) -> list[Expr]:
    """The variables that occur, in order of first use."""
    return [e for e in postorder(*roots) if e.op is VAR]


def letters(*roots: Expr) -> list[str]:
    """The size letters that occur, in order of first use."""
    found: dict[str, None] = {}
    for e in postorder(*roots):
        sizes = [e.rows, e.cols]
        of = e.data if e.op is DVAR else e
        if of.op is VAR and of.data[3] is not None:
            sizes.append(of.data[3])
        if e.op is SIZE or e.op is UNIT:
            sizes.append(e.data)
        for d in sizes:
            found.update(dict.fromkeys(d.letters))
    return list(found)


def free_indices(root: Expr) -> frozenset[str]:
    """Names of the index variables that no sum binds."""
    fill_cache(root, "free", _free)
    found: frozenset[str] = root._cache["free"]
    return found


def _free(e: Expr) -> frozenset[str]:
    if e.op is IDX:
        return frozenset((e.data,))
    names = NO_NAMES.union(*[a._cache["free"] for a in e.args])
    return names - {e.data} if e.op is TOTAL else names


NO_NAMES: frozenset[str] = frozenset()
