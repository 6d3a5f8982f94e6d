"""Reference evaluation with NumPy: one rule per operation, every value a stack (..., rows, cols).

An index bound by a sum is a leading axis, so sums over samples are array operations, never loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ..core import expr as ex
from ..core.dims import ONE, Dim
from ..core.expr import Expr, postorder
from ..core.op import Op
from ..errors import LimitError, MatgradError, Phrase, Series, ShapeError, UnsupportedError
from . import kernels
from .kernels import Array

LARGEST = 2**27  # entries of a constant that is formed

Values = Mapping[str, Any]
Rule = Callable[["Evaluator", Expr, list[Array]], Any]


def evaluate(e: Expr, values: Values, context: Iterable[Expr] = ()) -> Any:
    """The value of `e`: a float, a 1-D array for a vector, a 2-D array for a matrix.

    `values` gives arrays by name: vectors 1-D, samples first for families, `dX` for differentials,
    (f, f', f'', …) for an unspecified element-wise function, numbers for free indices and sizes. The
    sizes of the variables in `context` are read too, where they have values.
    Raises ShapeError naming the argument whose size does not fit.
    """
    result = Evaluator(e, values, context).run()
    if e.is_scalar:
        return complex(result.reshape(-1)[0]) if np.iscomplexobj(result) else float(result.reshape(-1)[0])
    return result[:, 0] if e.is_vector else result


def evaluate_family(e: Expr, letter: str, count: Dim, values: Values, context: Iterable[Expr] = ()) -> Array:
    """The members of a family that `e` gives for letter = 1..count: an array (N,), (N, n) or (N, m, n)."""
    i = ex.index_variable(letter)
    columns = ex.total(letter, ex.ONE_, ex.size(count), ex.mul(ex.call("vec", e), ex.transpose(ex.unit(count, i))))
    ev = Evaluator(columns, {k: v for k, v in values.items() if k != letter}, context)
    stacked = ev.run().T
    if e.cols is ONE:
        return stacked[:, 0] if e.is_scalar else stacked
    members: Array = stacked.reshape(len(stacked), ev.dim(e.cols), ev.dim(e.rows))
    return np.swapaxes(members, 1, 2)


class Evaluator:
    """Evaluates one expression at one set of values.

    A subclass that computes with other numbers (`exact`) gives its own `array`, `rules` and `names`.
    """

    names: Mapping[str, Any] = {**vars(kernels), "np": np}  # what an operation record may name
    compiled: dict[Op, Callable[..., Array]] = {}

    def __init__(self, root: Expr, values: Values, context: Iterable[Expr] = (), outer: Evaluator | None = None):
        self.root = root if outer else unique_binders(root)
        self.values = values
        self.sizes: dict[str, int] = dict(outer.sizes) if outer else {}
        self.inputs: dict[Expr, Array] = {}
        self.uncertainty = 0.0  # the largest error that finite differences inside the expression admit, relative
        self.outer = outer
        nodes = all_nodes(self.root)
        self.complex_names = {input_name(e) for e in (*nodes, *context) if e.op in (ex.VAR, ex.DVAR) and ex.is_complex(e)}
        self.has_complex = bool(self.complex_names) or any(e.op is ex.UNIT_I for e in nodes)
        self._given_sizes([*nodes, *context])
        for v in context:
            if input_name(v) in values:
                self._input(v)
        self._read_inputs(nodes)
        self.axes: dict[str, int] = outer.axes if outer else {name: i for i, name in enumerate(dict.fromkeys(e.data for e in nodes if e.op is ex.TOTAL))}
        self.ranges: dict[str, Array] = outer.ranges if outer else {}
        self.masks: dict[str, Array] = outer.masks if outer else {}
        self.signs: dict[str, int] = outer.signs if outer else {}
        if outer is None:
            for e in reversed(nodes):  # an outer sum before the sums inside it
                if e.op is ex.TOTAL:
                    self._bind(e)

    def _given_sizes(self, nodes: Iterable[Expr]) -> None:
        """Sizes that the caller names: m=3."""
        need_mapping(self.values)
        nodes = list(nodes)
        names = {e.data[0] if e.op is ex.VAR else e.data for e in nodes if e.op in (ex.VAR, ex.IDX)}
        for letter in ex.letters(*nodes):
            if letter in self.values and letter not in names:
                self.sizes.setdefault(letter, int(self.values[letter]))

    def _read_inputs(self, nodes: list[Expr]) -> None:
        for e in nodes:
            if e.op in (ex.VAR, ex.DIFF) or e.op is ex.DVAR and e.data.op is ex.VAR:
                self.inputs[e] = self._input(e)
        for e in nodes:
            for d in (e.rows, e.cols, *((e.data,) if e.op in (ex.SIZE, ex.UNIT) else ())):
                for letter in d.letters:
                    if letter not in self.sizes:
                        if letter not in self.values:
                            raise ShapeError("the size {letter} follows from no argument; give it as {letter}=…", letter=letter)
                        self.sizes[letter] = int(self.values[letter])

    def _input(self, e: Expr) -> Array:
        name = input_name(e)
        if name not in self.values:
            raise ShapeError("no value is given for {name}", name=name)
        a = self.array(name, self.values[name])
        family = e.data[3] if e.op is ex.VAR else e.data.data[3] if e.op is ex.DVAR else None
        wanted: tuple[Dim, ...] = ((family,) if family is not None else ()) + (() if e.is_scalar else (e.rows,) if e.is_vector else (e.rows, e.cols))
        if family is None and e.is_vector and a.ndim == 2 and a.shape[1] == 1:
            a = a[:, 0]
        if e.is_scalar and family is None and a.size == 1:
            a = a.reshape(())
        if a.ndim == 1 and len(wanted) == 2 and wanted[0].value == 1:
            a = a[None, :]
        if a.ndim != len(wanted) or not all(self._size(d, n) for d, n in zip(wanted, a.shape)):
            shape = ", ".join(f"{d}" if d.value is not None or d.text not in self.sizes else f"{d}={self.sizes[d.text]}" for d in wanted)
            raise ShapeError("{name} has the shape {found}, but ({wanted}) is expected", name=name, found=a.shape, wanted=shape)
        if family is not None:
            return a.reshape(a.shape[0], self.dim(e.rows), self.dim(e.cols))
        return a.reshape(self.dim(e.rows), self.dim(e.cols))

    def array(self, name: str, value: Any) -> Array:
        return complex_array(name, value) if name in self.complex_names else real_array(name, value)

    def _size(self, d: Dim, n: int) -> bool:
        """Bind a size letter to a length, or compare with what is known."""
        unknown = [x for x in d.letters if x not in self.sizes]
        if not unknown:
            return d.evaluate(self.sizes) == n
        if len(unknown) > 1:
            raise ShapeError(
                "the sizes {sizes} cannot be told from a length of {n}; give them as {first}=…", sizes=Series(unknown, "and"), n=n, first=unknown[0]
            )
        found = solve_size(lambda k: d.evaluate({**self.sizes, unknown[0]: k}), n)
        if found is None:
            return False
        self.sizes[unknown[0]] = found
        return True

    def dim(self, d: Dim) -> int:
        return d.evaluate(self.sizes)

    def extent(self, e: Expr) -> tuple[int, int]:
        """The size of a constant. Raises LimitError where it is too large to be formed."""
        m, n = self.dim(e.rows), self.dim(e.cols)
        if m * n > LARGEST:
            raise too_large(m, n)
        return m, n

    def run(self) -> Array:
        result = self.stack()
        return result.reshape(result.shape[-2:]) if result.ndim > 2 else result

    def stack(self) -> Array:
        """The value with the axes of the indices that are open around it."""
        done: dict[Expr, Array] = {}
        with np.errstate(all="ignore"):
            for e in postorder(self.root):
                try:
                    given = [done[a] for a in e.args]
                    done[e] = self._value(e, given) if not self.has_complex or not any(map(np.iscomplexobj, given)) else self._complex_value(e, given)
                except np.linalg.LinAlgError as error:
                    reason = error.args[0] if isinstance(error.args[0], Phrase) else Phrase(str(error))
                    raise MatgradError("{operation} cannot be evaluated here: {reason}", operation=e.op.name, reason=reason) from None
                except OverflowError:
                    raise MatgradError("{operation} cannot be evaluated here: {reason}", operation=e.op.name, reason=Phrase("a number is too large")) from None
                except MemoryError:
                    raise too_large(self.dim(e.rows), self.dim(e.cols)) from None
        return done[self.root]

    def _value(self, e: Expr, args: list[Array]) -> Array:
        rule = self.rule(e.op)
        if rule is not None:
            value: Array = rule(self, e, args)
            return value
        if not e.op.numpy:
            raise UnsupportedError("{operation} cannot be evaluated", operation=e.op.name)
        if e.op not in self.compiled:
            names = [f"a{i}" for i in range(len(args))]
            source = f"lambda {', '.join(names)}: {e.op.numpy.format(*names)}"
            self.compiled[e.op] = eval(source, {**self.names})  # the records are ours, not the user's
        return self.compiled[e.op](*args)

    def _complex_value(self, e: Expr, args: list[Array]) -> Array:
        """The value at complex arguments; where the operation is one of real numbers, at their real parts, which are all of them."""
        if e.op.name in COMPLEX:
            length: Array = COMPLEX[e.op.name](*args)
            return length
        if not e.op.complex or e.op is ex.POW and not np.all(args[1] == np.rint(np.real(args[1]))):
            args = [real_part(a, e) for a in args]
        return self._value(e, args)

    def rule(self, op: Op) -> Rule | None:
        return RULES.get(op)

    def nested(self, e: Expr, values: Values) -> Evaluator:
        """The same kind of evaluator for an expression inside this one."""
        return type(self)(e, values, outer=self)

    # --- rules that need more than the arguments --------------------------------------------------

    def index_values(self, name: str) -> Array:
        if name in self.ranges:
            return self.ranges[name]
        if name not in self.values:
            raise ShapeError("no value is given for the index {name}", name=name)
        return np.array([[float(self.values[name])]])

    def _bind(self, e: Expr) -> None:
        """Give the index of a sum its range, as a leading axis long enough for every outer index."""
        low, high = (np.rint(self.nested(a, {**self.values, **self.sizes}).stack().astype(float)) for a in e.args[:2])
        if low.size == high.size == 1 and float(high.flat[0]) < float(low.flat[0]) - 1:
            low, high = high + 1, low - 1  # a reversed range counts backwards (Karr 1981), so d(X^k) holds for k < 0 too
            self.signs[e.data] = -1
        first, last = int(low.min()), int(high.max())
        shape = [1] * len(self.axes) + [1, 1]
        shape[self.axes[e.data]] = max(0, last - first + 1)
        places = np.arange(first, last + 1, dtype=float).reshape(shape)
        if low.size > 1 or high.size > 1:
            self.masks[e.data] = (places >= low) & (places <= high)
            places = np.clip(places, low, np.maximum(low, high))
        self.ranges[e.data] = places

    def total(self, e: Expr, body: Array) -> Any:
        axis = self.axes[e.data]
        mask = self.masks.get(e.data)
        if mask is not None:
            return np.where(mask, body, 0).sum(axis=axis, keepdims=True)
        sign, length = self.signs.get(e.data, 1), self.ranges[e.data].shape[axis]
        if body.ndim == 2 or body.shape[axis] != length:
            return body * (sign * length)
        return sign * body.sum(axis=axis, keepdims=True)

    def take(self, e: Expr, args: list[Array]) -> Array:
        a, places = args[0], list(args[1:])
        for axis, has in zip((-2, -1), e.data):
            if has:
                at = whole(places.pop(0)) - 1
                check_places(at, a.shape[axis])
                lead = np.broadcast_shapes(a.shape[:-2], at.shape[:-2])
                shape = [*a.shape[-2:]]
                shape[axis] = 1
                a = np.take_along_axis(np.broadcast_to(a, (*lead, *a.shape[-2:])), np.broadcast_to(at, (*lead, *shape)), axis)
        return a

    def generic(self, e: Expr, a: Array) -> Array:
        name, order = e.data
        functions = self.values.get(name)
        if functions is None:
            raise ShapeError("no value is given for {name}; give a tuple (function, derivative, …)", name=name)
        if not isinstance(functions, (tuple, list)):
            functions = (functions,)
        if order >= len(functions):
            raise ShapeError("{name}{primes} is needed; give {name} as a tuple of {count} functions", name=name, primes=chr(39) * order, count=order + 1)
        return np.asarray(functions[order](a))

    def directional(self, e: Expr) -> Array:
        """d(u): the derivative of u along dX, dY, …, by extrapolated central differences."""
        value, error = extrapolated(lambda s: self.nested(e, moved(self.values, s)).stack())
        top = self
        while top.outer is not None:
            top = top.outer
        top.uncertainty = max(top.uncertainty, error / max(1.0, float(np.max(np.abs(value), initial=0.0))))
        return value


def too_large(m: int, n: int) -> LimitError:
    return LimitError("a matrix of size {size} is too large to be formed", size=f"{m}×{n}")


def need_mapping(values: Values) -> None:
    if not isinstance(values, Mapping):
        raise ShapeError("values are given by name, as a mapping, not as {kind}", kind=type(values).__name__)


def all_nodes(root: Expr) -> list[Expr]:
    """Every node, also of the intermediates that occur only in a differential dY."""
    nodes = postorder(root)
    hidden = [e.data for e in nodes if e.op is ex.DVAR and e.data.op is ex.NAMED]
    return postorder(*hidden, root) if hidden else nodes


def solve_size(length: Callable[[int], int], n: int) -> int | None:
    """The k with length(k) = n, a polynomial that grows with k: n = 2*k+1, n = k*(k+1)/2."""
    low, high = 0, 1
    while length(high) < n and high <= n:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if length(middle) < n else (low, middle)
    return next((k for k in (low, high) if length(k) == n), None)


def whole(a: Array) -> Array:
    """Numbers that are whole, as integers."""
    rounded: Array = np.rint(a.astype(float)).astype(int)
    return rounded


def check_places(at: Array, n: int) -> None:
    """Refuse indices outside 1..n."""
    if at.size and (int(at.min()) < 0 or int(at.max()) >= n):
        bad = int(at.min()) if int(at.min()) < 0 else int(at.max())
        raise ShapeError("index {index} is outside 1..{n}", index=bad + 1, n=n)


def real_array(name: str, value: Any) -> Array:
    """The value as an array of real numbers."""
    try:
        if np.iscomplexobj(value):
            raise ValueError
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ShapeError("the value of {name} is not an array of real numbers", name=name) from None


def complex_array(name: str, value: Any) -> Array:
    """The value as an array of complex numbers."""
    try:
        return np.asarray(value, dtype=complex)
    except (TypeError, ValueError):
        raise ShapeError("the value of {name} is not an array of complex numbers", name=name) from None


def numbers(value: Any) -> Array:
    """The value as an array of floats, complex where it is."""
    return np.asarray(value, dtype=complex if np.iscomplexobj(value) else float)


def real_part(a: Array, e: Expr) -> Array:
    """The real part of what is real up to rounding. Raises MatgradError for anything else."""
    if np.any(np.abs(np.imag(a)) > 1e-9 * np.maximum(1.0, np.abs(a))):
        raise MatgradError("{name} is for real numbers, and its argument is complex here", name=e.op.text)
    return np.asarray(np.real(a))


def _length(a: Array) -> Any:
    return np.sqrt(np.sum(np.real(a) ** 2 + np.imag(a) ** 2, axis=(-2, -1), keepdims=True))


COMPLEX: dict[str, Callable[[Array], Any]] = {"norm2": _length, "normF": _length}  # what the records write for real numbers


def sizes_of(e: Expr, values: Values, context: Iterable[Expr] = ()) -> dict[str, int]:
    """The sizes of the letters in `e`, read off the values, those of the variables in `context` among them."""
    return Evaluator(e, values, context).sizes


def _member(ev: Evaluator, e: Expr, args: list[Array]) -> Array:
    at = whole(args[1][..., 0, 0]) - 1
    check_places(at, ev.inputs[e.args[0]].shape[0])
    members: Array = ev.inputs[e.args[0]][at]
    return members


def input_name(e: Expr) -> str:
    """The key of a variable, a differential or an unspecified derivative in `values`."""
    if e.op is ex.VAR:
        return str(e.data[0])
    if e.op is ex.DVAR:
        return f"d{e.data.data[0] if e.data.op is ex.VAR else e.data.data}"
    return f"diff({e.args[0].data[0]},{','.join(e.data)})"


def unique_binders(root: Expr) -> Expr:
    """Rename sums so that no two with different ranges share an index, nor one with a free index."""
    ranges: dict[str, tuple[Expr, ...]] = dict.fromkeys(ex.free_indices(root), ())
    if len(ranges) + sum(e.op is ex.TOTAL for e in postorder(root)) < 2:
        return root

    def visit(e: Expr, args: tuple[Expr, ...]) -> Expr:
        e = ex.rebuild(e, args)
        if e.op is not ex.TOTAL or ranges.setdefault(e.data, (e.args[0], e.args[1])) == e.args[:2]:
            return e
        fresh = e.data
        while fresh in ranges:
            fresh += "_"
        ranges[fresh] = (e.args[0], e.args[1])
        body = ex.with_index(e.args[2], e.data, ex.index_variable(fresh))
        return ex.total(fresh, e.args[0], e.args[1], body)

    return ex.rewrite(root, visit)


STEPS = (1e-2, 5e-3, 2.5e-3, 1.25e-3)


def extrapolated(at: Callable[[float], Array]) -> tuple[Array, float]:
    """The derivative of `at` at 0 by central differences, extrapolated (Ridders), and its own estimate of the error."""
    with np.errstate(all="ignore"):
        return _extrapolated(at)


def _extrapolated(at: Callable[[float], Array]) -> tuple[Array, float]:
    table = [(at(h) - at(-h)) / (2 * h) for h in STEPS]
    previous = table
    for order in range(1, len(STEPS)):
        factor = 4.0**order
        previous, table = table, [(factor * fine - coarse) / (factor - 1) for coarse, fine in zip(table, table[1:])]
    error = float(np.max(np.abs(table[0] - previous[1]), initial=0.0))
    return table[0], error if np.isfinite(error) else float("inf")


def moved(values: Values, s: float) -> dict[str, Any]:
    """X + s*dX for every X with a dX; an unspecified A(t) moves by s*dt*diff(A,t)."""
    out = dict(values)
    for k, v in values.items():
        if k.startswith("d") and k[1:] in values and not callable(v) and not isinstance(v, tuple):
            out[k[1:]] = numbers(values[k[1:]]) + s * numbers(v)
    for k in values:
        name, params = _unspecified(k)
        for p in {q for key in values for n, qs in [_unspecified(key)] if n == name for q in qs}:
            rate = values.get(_rate(name, (*params, p)))
            if rate is not None and isinstance(values.get(f"d{p}"), (int, float)):
                out[k] = np.asarray(out[k], dtype=float) + s * float(values[f"d{p}"]) * np.asarray(rate, dtype=float)
    return out


def _unspecified(k: str) -> tuple[str, tuple[str, ...]]:
    """diff(A,s,t) as A and (s, t)."""
    if not k.startswith("diff("):
        return k, ()
    name, *params = k[5:-1].split(",")
    return name, tuple(params)


def _rate(name: str, params: tuple[str, ...]) -> str:
    return f"diff({name},{','.join(sorted(params))})"


def directional(e: Expr, values: Values) -> tuple[Array, float]:
    """d/ds of `e` at X + s*dX, for every X with a dX among the values, and an estimate of its error."""
    return extrapolated(lambda s: Evaluator(e, moved(values, s)).run())


def _total(ev: Evaluator, e: Expr, args: list[Array]) -> Array:
    total: Array = ev.total(e, args[2])
    return total


def _block(ev: Evaluator, e: Expr, args: list[Array]) -> Array:
    lead = np.broadcast_shapes(*(a.shape[:-2] for a in args))
    args = [np.broadcast_to(a, (*lead, *a.shape[-2:])) for a in args]
    rows = [np.concatenate(args[r * e.data[1] : (r + 1) * e.data[1]], axis=-1) for r in range(e.data[0])]
    return np.concatenate(rows, axis=-2)


def _product(ev: Evaluator, e: Expr, args: list[Array]) -> Array:
    scale, word = None, None
    for node, a in zip(e.args, args):
        if node.is_scalar:
            scale = a if scale is None else scale * a
        else:
            word = a if word is None else word @ a
    if word is None or scale is None:
        result = scale if word is None else word
        assert result is not None
        return result
    return scale * word


def _hadamard(ev: Evaluator, e: Expr, args: list[Array]) -> Array:
    result = args[0]
    for a in args[1:]:
        result = result * a
    return result


def _kron(ev: Evaluator, e: Expr, args: list[Array]) -> Array:
    result = args[0]
    for a in args[1:]:
        result = kernels.kron(result, a)
    return result


def _constant(ev: Evaluator, e: Expr, made: Callable[..., Array], sizes: tuple[Dim, ...]) -> Array:
    ev.extent(e)
    return made(*map(ev.dim, sizes))


def _unit(ev: Evaluator, e: Expr, args: list[Array]) -> Any:
    places = np.arange(1, ev.dim(e.data) + 1).reshape(-1, 1)
    return (whole(args[0]) == places) * 1.0


def _compare(name: str) -> Callable[[Evaluator, Expr, list[Array]], Array]:
    function = {">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less, "==": np.equal}[name]
    return lambda ev, e, args: function(args[0], args[1]) * 1.0


def _add(ev: Evaluator, e: Expr, args: list[Array]) -> Array:
    result = args[0]
    for a in args[1:]:
        result = result + a
    return result


RULES: dict[Op, Rule] = {
    ex.NUM: lambda ev, e, args: np.array([[float(e.data)]]),
    ex.VAR: lambda ev, e, args: ev.inputs[e],
    ex.DVAR: lambda ev, e, args: ev.inputs[e] if e.data.op is ex.VAR else ev.directional(e.data.args[0]),
    ex.DIFF: lambda ev, e, args: ev.inputs[e],
    ex.SIZE: lambda ev, e, args: np.array([[float(ev.dim(e.data))]]),
    ex.PI: lambda ev, e, args: np.array([[np.pi]]),
    ex.UNIT_I: lambda ev, e, args: np.array([[1j]]),
    ex.CONJ: lambda ev, e, args: np.conj(args[0]),
    ex.REAL: lambda ev, e, args: np.real(args[0]),
    ex.IMAG: lambda ev, e, args: np.imag(args[0]),
    ex.EYE: lambda ev, e, args: np.eye(*ev.extent(e)),
    ex.ONES: lambda ev, e, args: np.ones(ev.extent(e)),
    ex.ZEROS: lambda ev, e, args: np.zeros(ev.extent(e)),
    ex.STRUCTURE: lambda ev, e, args: _constant(ev, e, kernels.STRUCTURES[e.data[0]], e.data[1:]),
    ex.COMM: lambda ev, e, args: _constant(ev, e, kernels.commutation, e.data),
    ex.UNIT: _unit,
    ex.IDX: lambda ev, e, args: ev.index_values(e.data),
    ex.NAMED: lambda ev, e, args: args[0],
    ex.D: lambda ev, e, args: ev.directional(e.args[0]),
    ex.ADD: _add,
    ex.MUL: _product,
    ex.HAD: _hadamard,
    ex.POW: lambda ev, e, args: np.power(args[0], args[1]),
    ex.MPOW: lambda ev, e, args: kernels.matrix_power(args[0], args[1]),
    ex.T: lambda ev, e, args: np.swapaxes(args[0], -1, -2),
    ex.KRON: _kron,
    ex.UNVEC: lambda ev, e, args: kernels.unvec(args[0], ev.dim(e.rows), ev.dim(e.cols)),
    ex.INDEX: lambda ev, e, args: ev.take(e, args),
    ex.MEMBER: _member,
    ex.TOTAL: _total,
    ex.BLOCK: _block,
    ex.GENERIC: lambda ev, e, args: ev.generic(e, args[0]),
    ex.MAX: lambda ev, e, args: np.maximum(*args),
    ex.MIN: lambda ev, e, args: np.minimum(*args),
    ex.HUBER: lambda ev, e, args: kernels.huber(*args),
    **{op: _compare(name) for name, op in ex.COMPARE.items()},
}
