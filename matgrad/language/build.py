"""Syntax to expression: names get their meaning, sizes are checked, every error gets its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from fractions import Fraction

from ..core import expr as ex
from ..core.dims import ONE, Dim, dim
from ..core.expr import Expr
from ..core.op import OPS
from ..core.rows import DERIVATIVES
from ..errors import LimitError, MatgradError, ParseError, Phrase, Series, ShapeError, did_you_mean
from .declare import Declarations, read_declarations
from .infer import infer
from .names import ALIASES
from .syntax import Ast, Definition, parse_syntax
from .text import text

MAX_EXPONENT = 10_000


def parse(text: str, declare: str | Mapping[str, str] | Declarations | None = None) -> Expr:
    """Text to expression. Raises ParseError or ShapeError with the place.

    >>> str(parse("tr(A*X)", "A: matrix(n,m); X: matrix(m,n)"))
    'tr(A*X)'
    """
    return parse_with(text, declare)[0]


def parse_with(text: str, declare: str | Mapping[str, str] | Declarations | None = None) -> tuple[Expr, Declarations]:
    """The expression and the declarations, with what had to be assumed added to them."""
    known = read_declarations(declare)
    definitions, result = parse_syntax(text, known)
    known = infer(text, definitions, result, known)
    return Builder(text, definitions, known).result(result), known


class Builder:
    """Builds expressions from the syntax of one input."""

    def __init__(self, text: str, definitions: list[Definition], known: Declarations):
        self.text = text
        self.known = known
        self.definitions: dict[str, Definition] = {}
        self.built: dict[str, Expr] = {}
        self.open: list[str] = []
        self.bound: list[str] = []
        for d in definitions:
            self._check_definition(d)
            self.definitions[d.name] = d

    def _check_definition(self, d: Definition) -> None:
        if d.name in self.definitions:
            raise ParseError("{name} is defined twice", self.text, d.span, name=d.name)
        if d.name in self.known.variables:
            raise ParseError("{name} is declared as a variable and cannot be defined again", self.text, d.span, name=d.name)
        if d.name in OPS and len(d.name) > 1:
            raise ParseError("{name} is a function of the language and cannot be defined", self.text, d.span, name=d.name)

    def result(self, ast: Ast) -> Expr:
        for name in self.definitions:  # in the order written, so that errors come in that order too
            if not self.definitions[name].indices:
                self.definition(name)
        return self.build(ast)

    def error(self, sentence: str | Phrase, ast: Ast, kind: type[MatgradError] = ParseError, /, **fields: object) -> MatgradError:
        return kind(sentence, self.text, ast.span, **fields)

    def build(self, ast: Ast) -> Expr:
        try:
            method: Callable[[Ast], Expr] = getattr(self, "_" + ast.kind.replace("-", "_"))
            return method(ast)
        except MatgradError as error:
            raise error.at(self.text, ast.span) from None

    # --- names --------------------------------------------------------------------------------------

    def definition(self, name: str) -> Expr:
        if name in self.built:
            return self.built[name]
        d = self.definitions[name]
        if name in self.open:
            raise ParseError("{name} is defined by itself", self.text, d.span, name=name)
        self.open.append(name)
        body = self.build(d.body)
        self.open.pop()
        self.built[name] = ex.named(name, body)
        return self.built[name]

    def _name(self, ast: Ast) -> Expr:
        name = str(ast.value)
        if name in self.bound:
            return ex.index_variable(name)
        if name in self.definitions:
            if self.definitions[name].indices:
                raise self.error("{name} is a family; write {name}[{indices}]", ast, name=name, indices=Series(self.definitions[name].indices))
            return self.definition(name)
        if name in self.known.variables:
            variable = self.known.variables[name]
            if variable.data[3] is not None:
                raise self.error("{name} is a family of samples; write {name}[{index}]", ast, name=name, index=self.known.indices.get(name, "i"))
            return variable
        if name == "pi":
            return ex.PI_
        if name.startswith("d") and name[1:] in self.known.variables:
            return ex.dvar(self.known.variables[name[1:]])
        if name.startswith("d") and name[1:] in self.definitions:
            return ex.dvar(self.definition(name[1:]))
        if name in self.known.sizes:
            return ex.size(dim(name))
        if name in self.known.functions or name in OPS:
            raise self.error("{name} is a function; write {name}(…)", ast, name=name)
        raise self.error("{name} is not declared and its size cannot be decided; declare it", ast, ShapeError, name=name)

    def _constant(self, ast: Ast) -> Expr:
        """I and 1 of the size that inference gave them."""
        name: str
        rows: Dim
        cols: Dim
        name, rows, cols = ast.value  # type: ignore[misc]
        return ex.eye(rows) if name == "eye" else ex.ones(rows, cols) if name == "ones" else ex.zeros(rows, cols)

    def _number(self, ast: Ast) -> Expr:
        text = str(ast.value)
        if len(text) > 400 or ("e" in text.lower() and abs(int(text.lower().split("e")[1])) > 400):
            raise self.error("a number has at most 400 digits", ast, LimitError)
        return ex.num(Fraction(text))

    def _imaginary(self, ast: Ast) -> Expr:
        """1i, unless i is an index or a variable here."""
        return self._name(Ast("name", ast.span, [], "i")) if "i" in self.bound or "i" in self.known.variables or "i" in self.definitions else ex.I_

    def _group(self, ast: Ast) -> Expr:
        return self.build(ast.parts[0])

    # --- operators ------------------------------------------------------------------------------------

    def _sum(self, ast: Ast) -> Expr:
        signs: list[str] = ast.value  # type: ignore[assignment]
        terms = [ex.neg(self.build(p)) if s == "-" else self.build(p) for s, p in zip(signs, ast.parts)]
        try:
            return ex.add(*terms)
        except ShapeError as error:
            first = next((t for t in terms if not t.is_scalar), terms[0])
            for t, p in zip(terms, ast.parts):
                if not t.is_scalar and t.shape != first.shape:
                    raise error.at(self.text, p.span) from None
            raise

    def _product(self, ast: Ast) -> Expr:
        ops: list[str] = ast.value  # type: ignore[assignment]
        left = self.build(ast.parts[0])
        run: list[Expr] = [left]
        for op, part in zip(ops, ast.parts[1:]):
            right = self.build(part)
            if op == "*":
                last = next((f for f in reversed(run) if not f.is_scalar), None)
                if not right.is_scalar and last is not None and last.cols is not right.rows:
                    joined = ex.mul(*run)
                    if not joined.is_scalar and joined.cols is not right.rows:
                        raise ShapeError(ex.product_misfit(joined, right), self.text, part.span)
                    run = [joined]
                run.append(right)
                continue
            try:
                run = [self._combine(op, ex.mul(*run), right)]
            except ShapeError as error:
                raise error.at(self.text, part.span) from None
        return ex.mul(*run)

    def _combine(self, op: str, left: Expr, right: Expr) -> Expr:
        if op == ".*":
            return ex.hadamard(left, right)
        if op == "⊗":
            return ex.kron(left, right)
        if op == "/" and not right.is_scalar:
            raise ShapeError("cannot divide by a matrix of size {size}; write A*inv(B), or A ./ B entry by entry", size=f"{right.rows}×{right.cols}")
        return ex.divide(left, right)

    def _transpose(self, ast: Ast) -> Expr:
        return ex.transpose(self.build(ast.parts[0]))

    def _power_T(self, ast: Ast) -> Expr:
        base, letter = self.build(ast.parts[0]), ast.parts[1]
        name = str(letter.value)
        if name in self.known.variables and self.known.variables[name].is_scalar or name in self.bound:
            exponent = self.build(letter)
            return ex.matrix_power(base, ex.neg(exponent) if ast.value else exponent)
        if name in self.known.sizes and base.is_scalar:
            raise self.error(
                "{name} is a size here, so ^{name} of a scalar may be a transpose or a power; leave it out, or declare {name}: integer", ast, name=name
            )
        if ast.value:
            base = ex.matrix_power(base, ex.MINUS_ONE)
        return ex.hermitian(base) if name == "H" else ex.transpose(base)

    def _power(self, ast: Ast) -> Expr:
        base, exponent = self.build(ast.parts[0]), self.build(ast.parts[1])
        if exponent.op is ex.NUM and abs(exponent.data) > MAX_EXPONENT:
            raise self.error("an exponent is at most {most}", ast.parts[1], LimitError, most=MAX_EXPONENT)
        if ast.value == ".^":
            return ex.power(base, exponent)
        return ex.matrix_power(base, exponent)

    def _compare(self, ast: Ast) -> Expr:
        return ex.compare(str(ast.value), self.build(ast.parts[0]), self.build(ast.parts[1]))

    def _block(self, ast: Ast) -> Expr:
        return ex.block(tuple(self.build(p) for p in ast.parts), ast.value)  # type: ignore[arg-type]

    def _fence(self, ast: Ast) -> Expr:
        inner, kind = self.build(ast.parts[0]), str(ast.value)
        if kind == "|X|" and not inner.is_scalar and inner.rows is inner.cols:
            return ex.call("det", inner)
        if kind in ("|", "|X|"):
            if inner.is_scalar:
                return ex.call("abs", inner)
            raise self.error("|X| of a matrix may be its determinant or its absolute values; write det(X) or abs(X)", ast)
        if kind.endswith("1"):
            return ex.call("norm1", inner)
        if not kind.endswith("F") and not inner.is_vector and not inner.is_scalar:
            raise self.error("‖X‖ of a matrix may be its Frobenius or its spectral norm; write ‖X‖_F or normF(X)", ast)
        return norm(inner)

    # --- indices ----------------------------------------------------------------------------------------

    def _index(self, ast: Ast) -> Expr:
        base, places = ast.parts[0], ast.parts[1:]
        name = str(base.value) if base.kind == "name" else ""
        family = self.known.variables.get(name)
        if family is not None and family.data[3] is not None and name not in self.bound:
            if len(places) != 1 or places[0].kind == "all":
                raise self.error("a member of the family {name} has one index, {name}[i]", ast, name=name)
            at = self._place(places[0], family.data[3], ast)
            if at.op is ex.IDX and at.data not in self.bound:
                sentence = "the index {index} is not bound; write sum({index}, 1..{end}, …) around it, or declare {index}: integer"
                raise self.error(sentence, places[0], index=at.data, end=family.data[3])
            return ex.member(family, at)
        if name in self.definitions and self.definitions[name].indices:
            return self._indexed_definition(self.definitions[name], places, ast)
        e = self.build(base)
        if len(places) == 1:
            if e.cols is not ONE:
                raise self.error("a matrix has two indices: X[i,k], X[:,i] or X[i,:]", ast)
            places = [places[0], Ast("all", ast.span, [])]
        row, col = (None if p.kind == "all" else self._place(p, n, ast) for p, n in zip(places, (e.rows, e.cols)))
        return ex.index(e, row, col)

    def _place(self, place: Ast, size: Dim, ast: Ast) -> Expr:
        """An index: bound by a sum, declared, a number, or a free index letter."""
        if place.kind == "name":
            name = str(place.value)
            if name in self.bound or name not in self.known.variables:
                if name in OPS and len(name) > 1:
                    raise self.error("{name} is a function and cannot be an index", place, name=name)
                return ex.index_variable(name)
        value = self.build(place)
        if value.op is ex.NUM and size.value is not None and not 1 <= value.data <= size.value:
            raise self.error("index {index} is outside 1..{n}", place, ShapeError, index=value.data, n=size.value)
        return value

    def _indexed_definition(self, d: Definition, places: list[Ast], ast: Ast) -> Expr:
        names = [str(p.value) for p in places]
        if len(names) != len(d.indices) or any(p.kind != "name" for p in places):
            raise self.error("{name} is defined with {count} index; write {name}[{indices}]", ast, name=d.name, count=len(d.indices), indices=Series(d.indices))
        if d.name in self.open:
            raise ParseError("{name} is defined by itself", self.text, d.span, name=d.name)
        self.open.append(d.name)
        outer, self.bound = self.bound, [*self.bound, *d.indices]
        body = self.build(d.body)
        self.bound = outer
        self.open.pop()
        for i in d.indices:  # to letters of their own first, so that c[j,i] of c[i,j] = … swaps them
            body = ex.with_index(body, i, ex.index_variable(f"{i} of {d.name}"))
        for i, n in zip(d.indices, names):
            body = ex.with_index(body, f"{i} of {d.name}", ex.index_variable(n))
        return ex.named(f"{d.name}[{','.join(names)}]", body)

    # --- calls --------------------------------------------------------------------------------------------

    def _call(self, ast: Ast) -> Expr:
        name: str
        primes: int
        span: tuple[int, int]
        name, primes, span = ast.value  # type: ignore[misc]
        if name in self.known.functions:
            return ex.generic(name, primes, self._one(ast))
        variable = self.known.variables.get(name)
        if variable is not None and variable.data[2]:
            return variable  # A(t), written with its argument
        if variable is not None and not (name == "K" and len(ast.parts) == 2) or name in self.definitions:
            raise self.error("{name} is not a function; write {name}*(…) for a product", ast, name=name)
        name = ALIASES.get(name, name)
        special: Callable[[Ast], Expr] | None = SPECIAL.get(name, lambda _: None)(self) if name in SPECIAL else None
        if special is not None and not primes:
            return special(ast)
        if name not in OPS:
            meant = get_close_matches(name, [n for n in (*OPS, *SPECIAL, *ALIASES, *self.known.functions) if len(n) > 1], 1, 0.7)
            hint = did_you_mean(meant) or Phrase("; declare it, as in sigma: elementwise, if it acts entry by entry")
            raise ParseError("unknown function {name}{hint}", self.text, span, name=repr(name), hint=hint)
        for _ in range(primes):
            if not OPS[name].elementwise or name not in DERIVATIVES:
                raise self.error("{name} is not an element-wise function; only those have {name}'", ast, name=name)
            if name + "'" not in OPS:
                return self._derivative(name, ast)
            name += "'"
        args = [self.build(p) for p in ast.parts]
        if name == "diag" and len(args) == 1 and not args[0].is_vector and not args[0].is_scalar:
            name = "diag_of"
        if not args:
            raise self.error("{name} needs an argument", ast, name=name)
        if name in ("softmax", "logsumexp") and args[0].rows is ONE and args[0].cols is not ONE:
            raise self.error(
                "{name} acts on each column, and this is a row of {count} columns; write {name}(x') for a row x", ast, ShapeError, name=name, count=args[0].cols
            )
        if args[0].is_scalar and name in ("tr", "sum", "vec", "diag", "det"):
            return args[0]
        return ex.call(name, *args)

    def _derivative(self, name: str, ast: Ast) -> Expr:
        """sin'(x): the derivative of a known function, written out."""
        arg = self._one(ast)
        formal = ex.var("X", arg.rows, arg.cols)
        known = Declarations()
        known.add("X", formal)
        return ex.substitute(parse(DERIVATIVES[name], known), {formal: arg})

    def _one(self, ast: Ast) -> Expr:
        if len(ast.parts) != 1:
            raise self.error("{name} takes one argument, not {count}", ast, name=ast.value[0], count=len(ast.parts))  # type: ignore[index]
        return self.build(ast.parts[0])

    def _range(self, ast: Ast) -> Expr:
        raise self.error("a range belongs into a sum: sum(i, 1..N, …)", ast)

    def _all(self, ast: Ast) -> Expr:
        raise self.error("':' belongs into an index: X[:,i]", ast)

    def sizes(self, ast: Ast, least: int, most: int) -> list[Dim]:
        if not least <= len(ast.parts) <= most:
            wanted = Series(dict.fromkeys((least, most)), "or")
            sentence = "{name} takes 1 size, not {count}" if least == most == 1 else "{name} takes {wanted} sizes, not {count}"
            raise self.error(sentence, ast, name=ast.value[0], wanted=wanted, count=len(ast.parts))  # type: ignore[index]
        found = [self.size(p) for p in ast.parts]
        for d, p in zip(found, ast.parts):
            if d.value is not None and d.value < 1:
                raise self.error("a size is at least 1, not {size}", p, ShapeError, size=d)
        return found

    def size(self, ast: Ast) -> Dim:
        """A size written in an expression: eye(m*n)."""
        if ast.kind == "number" and str(ast.value).isdecimal():
            return dim(int(str(ast.value)))
        if ast.kind == "name":
            known = self.known.variables.get(str(ast.value))
            if known is not None and not known.is_scalar and ast.value not in ex.letters(*self.known.variables.values()):
                raise self.error("{name} is a variable, and a size is expected here", ast, name=ast.value)
            return dim(str(ast.value))
        if ast.kind == "group":
            return self.size(ast.parts[0])
        if ast.kind == "product" and set(ast.value) <= {"*", "/"}:  # type: ignore[call-overload]
            total = self.size(ast.parts[0])
            for sign, p in zip(ast.value, ast.parts[1:]):  # type: ignore[call-overload]
                other = self.size(p)
                if sign == "/" and not other.value:
                    raise self.error("a size is divided by a whole number only", p)
                total = total * other if sign == "*" else total.scaled(Fraction(1, other.value or 1))
            return total
        if ast.kind == "sum":
            result = Dim(())
            for s, p in zip(ast.value, ast.parts):  # type: ignore[call-overload]
                result = result + self.size(p).scaled(-1 if s == "-" else 1)
            return result
        raise self.error("a size is a letter or a whole number", ast)

    def eye(self, ast: Ast) -> Expr:
        return ex.eye(self.sizes(ast, 1, 1)[0])

    def ones(self, ast: Ast) -> Expr:
        return ex.ones(*self.sizes(ast, 1, 2))

    def zeros(self, ast: Ast) -> Expr:
        return ex.zeros(*self.sizes(ast, 1, 2))

    def commutation(self, ast: Ast) -> Expr:
        m, n = self.sizes(ast, 2, 2)
        return ex.commutation(m, n)

    def structure(self, ast: Ast) -> Expr:
        return ex.structure(ast.value[0], self.sizes(ast, 1, 1)[0])  # type: ignore[index]

    def unit(self, ast: Ast) -> Expr:
        if len(ast.parts) != 2:
            raise self.error("unit(n, i) takes a size and an index", ast)
        n = self.size(ast.parts[0])
        return ex.unit(n, self._place(ast.parts[1], n, ast))

    def unvec(self, ast: Ast) -> Expr:
        if len(ast.parts) != 3:
            raise self.error("unvec(x, m, n) takes a vector and two sizes", ast)
        return ex.unvec(self.build(ast.parts[0]), self.size(ast.parts[1]), self.size(ast.parts[2]))

    def kron(self, ast: Ast) -> Expr:
        return ex.kron(*self._several(ast))

    def maximum(self, ast: Ast) -> Expr:
        return ex.broadcasting(ex.MAX, tuple(self._several(ast)))

    def minimum(self, ast: Ast) -> Expr:
        return ex.broadcasting(ex.MIN, tuple(self._several(ast)))

    def huber(self, ast: Ast) -> Expr:
        if len(ast.parts) != 2:
            raise self.error("huber takes two arguments, huber(X, c) with the threshold c", ast)
        return ex.broadcasting(ex.HUBER, tuple(self._several(ast)))

    def piecewise(self, ast: Ast) -> Expr:
        if len(ast.parts) < 3 or len(ast.parts) % 2 == 0:
            raise self.error("piecewise takes conditions and values in turn and what holds otherwise: piecewise(t >= 0, t^2, -t)", ast)
        return piecewise(*self._several(ast))

    def mean(self, ast: Ast) -> Expr:
        if len(ast.parts) == 2 and (found := self.along(ast)) is not None:
            total, over = found
            return ex.divide(total, ex.size(over))
        return mean(self._one(ast))

    def of_entries(self, ast: Ast) -> Expr:
        """exp, log and the root as LaTeX writes them: of a square matrix they may be functions of the matrix."""
        arg, name = self._one(ast), str(ast.value[0]).rstrip("?")  # type: ignore[index]
        if not arg.is_scalar and arg.rows is arg.cols:
            entries = "X^{\\circ 1/2}" if name == "sqrt" else rf"\{name}^{{\circ}}(X)"
            matrix = {"exp": "expm", "log": "logm", "sqrt": "sqrtm"}[name]
            sentence = r"{name} of a square matrix may be a function of the matrix, or taken entry by entry; write \operatorname{{matrix}}(X) or {entries}"
            raise self.error(sentence, ast, name=name, matrix=matrix, entries=entries)
        return ex.power(arg, ex.num(Fraction(1, 2))) if name == "sqrt" else ex.call(name, arg)

    def _several(self, ast: Ast) -> list[Expr]:
        if len(ast.parts) < 2:
            raise self.error("{name} takes two arguments", ast, name=ast.value[0])  # type: ignore[index]
        return [self.build(p) for p in ast.parts]

    def dot(self, ast: Ast) -> Expr:
        """np.dot: the inner product of two vectors, else the matrix product."""
        a, b = self._several(ast)
        return ex.mul(ex.transpose(a) if a.is_vector and b.is_vector else a, b)

    def sqrt(self, ast: Ast) -> Expr:
        return ex.power(self._one(ast), ex.num(Fraction(1, 2)))

    def sqr(self, ast: Ast) -> Expr:
        return ex.power(self._one(ast), ex.num(2))

    def norm(self, ast: Ast) -> Expr:
        """norm(X), and with a second argument as MATLAB and NumPy have it, norm(x, 1) and norm(X, 'fro')."""
        if len(ast.parts) != 2:
            return norm(self._one(ast))
        arg, kind = self.build(ast.parts[0]), ast.parts[1]
        kind = kind.parts[0] if kind.kind == "option" and kind.value == "ord" else kind
        if kind.kind == "option" and kind.value == "fro" or arg.is_vector and kind.kind == "number" and kind.value == "2":
            return norm(arg)
        if arg.is_vector and kind.kind == "number" and kind.value == "1":
            return ex.call("norm1", arg)
        raise self.error("norm knows norm(x), norm(x, 1) and norm(x, 2) of a vector, norm(X, 'fro') of a matrix; norm1(X) is the sum of |X|", ast)

    def _option(self, ast: Ast) -> Expr:
        raise self.error("{name} is no option that matgrad reads here", ast, name=ast.value)

    def along(self, ast: Ast) -> tuple[Expr, Dim] | None:
        """NumPy's axis=0, the sums of the columns, and axis=1, those of the rows, both as columns; and over how many entries."""
        option = ast.parts[1]
        if option.kind != "option" or option.value != "axis" or [p.value for p in option.parts] not in (["0"], ["1"]):
            return None
        arg = self.build(ast.parts[0])
        arg = ex.transpose(arg) if option.parts[0].value == "0" else arg
        return ex.mul(arg, ex.ones(arg.cols)), arg.cols

    def constant(self, ast: Ast) -> Expr:
        """matrixcalculus.org's vector(1) and matrix(1): a constant spread over whatever size fits."""
        return self._one(ast)

    def total(self, ast: Ast) -> Expr:
        parts = ast.parts
        if len(parts) == 1:
            arg = self.build(parts[0])
            return arg if arg.is_scalar else ex.call("sum", arg)
        if len(parts) == 2 and (found := self.along(ast)) is not None:
            return found[0]
        if len(parts) == 2 and parts[1].kind == "number":
            raise self.error("sum(X, 1) adds up columns in MATLAB and rows in NumPy; write X'*ones(m) or X*ones(n)", ast)
        if len(parts) != 3 or parts[0].kind != "name" or parts[1].kind != "range":
            raise self.error("a sum reads sum(A) or sum(i, 1..N, …)", ast)
        name = str(parts[0].value)
        if name in self.bound or name in self.known.variables or name in self.definitions:
            raise self.error("the index {name} shadows a name that is already in use; choose another letter", parts[0], name=name)
        low, high = (self.build(p) for p in parts[1].parts)
        self.bound.append(name)
        body = self.build(parts[2])
        self.bound.pop()
        self._check_range(name, low, high, body, ast)
        return ex.total(name, low, high, body)

    def _check_range(self, name: str, low: Expr, high: Expr, body: Expr, ast: Ast) -> None:
        for e in ex.postorder_where(body, lambda e: name in ex.free_indices(e)):
            if e.op is ex.MEMBER and (shift := shift_of(e.args[1], name)) is not None:
                count = ex.add(ex.size(e.args[0].data[3]), ex.num(-shift)) if shift > 0 else ex.size(e.args[0].data[3])
                family = e.args[0].data[0]
            elif e.op is ex.INDEX:
                places = list(e.args[1:])
                sizes = [n for n, has in zip((e.args[0].rows, e.args[0].cols), e.data) if has]
                at = next((k for k, p in enumerate(places) if p.op is ex.IDX and p.data == name), None)
                if at is None or high.op not in (ex.SIZE, ex.NUM):
                    continue
                count, family = ex.size(sizes[at]), Phrase("the matrix")
            else:
                continue
            if not (low.op is ex.IDX or low.op is ex.NUM and low.data >= 1) or not ends_within(high, count):
                shifted = e.op is ex.MEMBER and count.op is ex.ADD
                needed = Phrase("{member} needs it up to {end}", member=text(e), end=text(count))
                members = needed if shifted else Phrase("{family} has the members 1..{end}", family=family, end=text(count))
                found = {"low": text(low), "high": text(high), "members": members}
                raise self.error("the index {name} runs over {low}..{high}, but {members}", ast, ShapeError, name=name, **found)

    def eigvecs(self, ast: Ast) -> Expr:
        """eigvecs(S, k): the count is a size, and travels as eye(k)."""
        if len(ast.parts) != 2:
            raise self.error("eigvecs(S, k) takes a square matrix and the number of its eigenvectors", ast)
        s, count = self.build(ast.parts[0]), ast.parts[1]
        if count.kind in ("name", "number") and str(count.value).isalnum():
            return ex.call("eigvecs", s, ex.eye(dim(int(str(count.value)) if count.kind == "number" else str(count.value))))
        k = self.build(count)
        if k.op is not ex.EYE:
            raise self.error("the number of eigenvectors is a size: eigvecs(S, k) or eigvecs(S, 2)", count)
        return ex.call("eigvecs", s, k)

    def diff(self, ast: Ast) -> Expr:
        if len(ast.parts) < 2 or any(p.kind != "name" for p in ast.parts[1:]):
            raise self.error("diff(A,t) takes an unspecified function and its scalar arguments", ast)
        return ex.diff(self.build(ast.parts[0]), *(str(p.value) for p in ast.parts[1:]))


def shift_of(place: Expr, name: str) -> int | None:
    """k of x[i+k], for the index i; None for any other place."""
    if place.op is ex.IDX and place.data == name:
        return 0
    if place.op is ex.ADD and len(place.args) == 2:
        index, number = sorted(place.args, key=lambda a: a.op is ex.NUM)
        if index.op is ex.IDX and index.data == name and number.op is ex.NUM and isinstance(number.data, int):
            return number.data
    return None


def ends_within(high: Expr, count: Expr) -> bool:
    """Whether a range ends at the count, below it by a number, or at another index."""
    if high is count or high.op is ex.IDX:
        return True
    if high.op is ex.NUM:
        return bool(count.op is ex.NUM and high.data <= count.data)
    ends = [(e.args[0], e.args[1].data) if e.op is ex.ADD and len(e.args) == 2 and e.args[1].op is ex.NUM else (e, 0) for e in (high, count)]
    return ends[0][0] is ends[1][0] and bool(ends[0][1] <= ends[1][1])


def mean(e: Expr) -> Expr:
    """The mean of the entries."""
    return ex.mul(ex.call("sum", e) if not e.is_scalar else e, *[ex.power(ex.size(d), ex.MINUS_ONE) for d in (e.rows, e.cols) if d is not ONE])


def piecewise(*parts: Expr) -> Expr:
    """The value whose condition is the first to hold, entry by entry: condition, value, …, otherwise."""
    result = parts[-1]
    for condition, value in reversed(list(zip(parts[:-1:2], parts[1:-1:2]))):
        if condition.op not in ex.COMPARE.values():
            raise ShapeError("a condition of piecewise is a comparison, such as t >= 0")
        fails = ex.add(ex.ONE_, ex.neg(condition)) if condition.is_scalar else ex.add(ex.ones(condition.rows, condition.cols), ex.neg(condition))
        result = ex.add(ex.hadamard(condition, value), ex.hadamard(fails, result))
    return result


def norm(e: Expr) -> Expr:
    """The Euclidean norm of a vector, the Frobenius norm of a matrix."""
    return ex.call("norm2" if e.is_vector or e.is_scalar else "normF", e)


SPECIAL: dict[str, Callable[[Builder], Callable[[Ast], Expr]]] = {
    "eye": lambda b: b.eye, "ones": lambda b: b.ones, "zeros": lambda b: b.zeros, "K": lambda b: b.commutation, "unit": lambda b: b.unit,
    **dict.fromkeys(ex.STRUCTURES, lambda b: b.structure),
    "unvec": lambda b: b.unvec, "kron": lambda b: b.kron, "max": lambda b: b.maximum, "min": lambda b: b.minimum, "sqrt": lambda b: b.sqrt,
    "sqr": lambda b: b.sqr, "norm2": lambda b: b.norm, "normF": lambda b: b.norm, "vector": lambda b: b.constant, "matrix": lambda b: b.constant,
    "huber": lambda b: b.huber, "piecewise": lambda b: b.piecewise, "mean": lambda b: b.mean,
    "sum": lambda b: b.total, "diff": lambda b: b.diff, "'": lambda b: b._transpose, "*": lambda b: lambda a: ex.mul(*b._several(a)),
    ".*": lambda b: lambda a: ex.hadamard(*b._several(a)), "dot": lambda b: b.dot, **dict.fromkeys(("exp?", "log?", "sqrt?"), lambda b: b.of_entries),
    "eigvecs": lambda b: b.eigvecs,
}  # fmt: skip
