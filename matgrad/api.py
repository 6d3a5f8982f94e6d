"""The public functions: text in, answers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import wraps

from .calculus import derivatives as calc
from .calculus.derivatives import ARRAYS, LAYOUTS, Result, Target
from .calculus.names import Names
from .core import expr as ex
from .core.expr import Expr
from .core.trace import Step
from .errors import LimitError, MatgradError, ParseError, ShapeError, UnsupportedError
from .language.build import Builder, parse_with
from .language.declare import Declarations, read_declarations
from .language.lexer import is_latex
from .language.syntax import parse_syntax
from .language.text import definitions_of, program
from .language.text import text as text_of
from .simplify.normal import normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

    from .check.equality import Equality
    from .check.verify import Outcome
    from .codegen import Output
    from .review.report import Review
    from .solve.curvature import Curvature as Judged
    from .solve.optimise import Problem

OUTPUTS = ("value", "gradient", "hessian", "hvp")  # what one program can return together
LARGEST = 8 * 2**30  # bytes of a Jacobian or Hessian that evaluate() will form

Declare = str | Mapping[str, str] | Declarations | None


class Derivation:
    """An answer and how it was found.

    `value` is an expression (`values`, one for every variable asked for), `steps` the derivation.
    """

    def __init__(self, text: str, result: Result, known: Declarations):
        self.text = text
        self.result = result
        self.known = known

    @property
    def kind(self) -> str:
        return self.result.kind

    @property
    def value(self) -> Expr:
        return self.result.values[0]

    @property
    def values(self) -> dict[str, Expr]:
        """The answer for every variable, by name."""
        return {t.text: v for t, v in zip(self.result.targets, self.result.values)}

    @property
    def free_entries(self) -> dict[str, Expr]:
        """For symmetric variables the partial derivatives by their free entries, G + G' - G∘I, by name."""
        return self.result.free_entries

    @property
    def steps(self) -> list[Step]:
        return [s for stage in self.result.stages for s in stage.steps]

    @property
    def assumed(self) -> list[str]:
        """Declarations that were inferred, as text."""
        return self.known.assumed

    def __str__(self) -> str:
        if len(self.values) == 1:
            return program(self.value)
        answers = [f"{name}: {text_of(v)}" for name, v in self.values.items()]
        shared = definitions_of(*self.values.values())
        return "\n".join(answers + [f"where {d.data} = {text_of(d.args[0])}" for d in shared])

    def latex(self) -> str:
        """The answer in LaTeX; named intermediates are defined after it."""
        from .explain.render import definitions_latex
        from .language.latex import latex

        answers = r",\quad ".join(latex(v) for v in self.result.values)
        used = {d.data for v in self.result.values for d in definitions_of(v)}
        definitions = [d for d in definitions_latex(self.result) if used]
        return answers + (r",\quad " + r",\quad ".join(definitions) if definitions else "")

    def explain(self, lang: str = "en", format: str = "text", *, detail: str = "normal", check: bool = True, steps: bool = True, ascii: bool = False) -> str:
        """The answer, its derivation and the outcome of the numeric check, as a page.

        Args:
            lang: "en" or "zh".
            format: "text", "markdown", "html" or "latex".
            detail: "brief", "normal" or "every".

        Raises MatgradError for an unknown choice.
        """
        from .explain.render import explain

        outcome = self.check() if check else None
        return explain(self.result, self.known, lang=lang, format=format, detail=detail, check=outcome, ascii=ascii, steps=steps)

    @property
    def hvp(self) -> Expr:
        """The Hessian (or the map of a Jacobian) times a direction V of the variable's size, as an expression.

        Raises UnsupportedError for another kind of answer.
        """
        from .solve.operator import along

        return along(self.result)

    def plot(self, sizes: Mapping[str, int] | None = None, ax: Any = None) -> Any:
        """The block and sparsity structure of a Jacobian or Hessian at given sizes, on a matplotlib axis, which is returned.

        Raises MatgradError when matplotlib is not installed, UnsupportedError for another kind of answer.
        """
        from .apps.plot import plot

        return plot(self.result, sizes, ax)

    def operator(self, values: Mapping[str, Any]) -> Any:
        """A scipy LinearOperator on stacked columns that never forms a Kronecker product.

        Raises MatgradError when scipy is not installed, UnsupportedError for another kind of answer.
        """
        from .solve.operator import operator

        return operator(self.result, values)

    def code(self, target: str = "numpy", name: str = "", *, outputs: str = "", sizes: Mapping[str, int] | None = None) -> str:
        """Source of a documented function that computes the answer.

        Args:
            target: "numpy", "jax", "torch", "array_api" or "dask".
            name: of the function.
            outputs: what it returns instead of the answer, some of "value, gradient, hessian, hvp" in one program with
                shared intermediates; "hvp" is the Hessian times a further argument V.
            sizes: typical sizes, {"m": 1000}, for the order of products.

        Raises MatgradError for an unknown target or output, UnsupportedError where the target has no such operation.
        """
        from .codegen import generate

        return generate(**self._program(target, name, outputs, sizes))

    def function(self, target: str = "numpy", *, outputs: str = "", sizes: Mapping[str, int] | None = None) -> Callable[..., Any]:
        """The generated function itself, with the arguments of `code`. Raises MatgradError when the target's library is not installed."""
        from .codegen import compile_function

        return compile_function(**self._program(target, "", outputs, sizes))

    def scipy(self, values: Mapping[str, Any]) -> Problem:
        """fun, jac, hess and hessp for scipy.optimize.minimize, of a scalar function, with `values` for everything but the variables.

        p = D.scipy({"X": X, "y": y}); r = minimize(p.fun, p.pack(w), jac=p.jac, hess=p.hess); w = p.unpack(r.x)

        A matrix is packed column by column, a symmetric or positive definite one by its entries on and below the diagonal. A
        positive definite variable is not kept so: where f is not defined, fun is inf and the method steps back.

        Raises UnsupportedError for a function that is no scalar, ShapeError for values that do not fit.
        """
        from .solve.optimise import Problem

        return Problem(self.result.function, self.result.targets, values, self._on_values)

    def _on_values(self, outputs: str) -> Callable[[Mapping[str, Any]], Any]:
        """The generated NumPy function on arrays by name, as `evaluate` takes them."""
        from .check.numeric import sizes_of

        made: Any = self.function(outputs=outputs)

        def run(values: Mapping[str, Any]) -> Any:
            found = {p: values[what[0]][what[1]] if isinstance(what, tuple) else values.get(what) for p, what in made.arguments.items()}
            if any(v is None for v in found.values()):
                sizes = sizes_of(self.result.function, values, self._context())
                found = {p: sizes[made.arguments[p]] if v is None else v for p, v in found.items()}
            return made(**found)

        return run

    def _program(self, target: str, name: str, outputs: str, sizes: Mapping[str, int] | None) -> dict[str, Any]:
        """The arguments of the code generator."""
        names = [x.strip() for x in outputs.split(",")] if outputs else []
        return {
            "outputs": [o for x in names for o in self._output(x)] or self._answers(),
            "function": self._function(),
            "arguments": self._arguments(),
            "target": target,
            "name": name or "_".join(names) or self._program_name(),
            "layout": self.result.layout or "denominator",
            "sizes": sizes,
        }

    def _answers(self) -> list[Output]:
        from .codegen import Output

        return [Output(self.kind, t.text, calc.as_rows(e, t)) for t, e in zip(self.result.targets, self.result.values)]

    def _output(self, name: str) -> list[Output]:
        """A result by name: the function itself, or its derivative of another order."""
        from .codegen import Output

        if name == "value":
            return [Output("value", "f", self.result.function)]
        if name == self.kind:
            return self._answers()
        if name == "gradient":
            return self._of_order(1)._answers()
        if name in ("hessian", "hvp"):
            second = self if self.kind == "hessian" else self._of_order(2)
            return second._answers() if name == "hessian" else [Output("hvp", second.result.targets[0].text, second.hvp)]
        near = get_close_matches(name, OUTPUTS, 1)
        raise MatgradError(f"unknown output {name!r}; outputs are {', '.join(OUTPUTS)}" + (f"; did you mean {near[0]}?" if near else ""))

    def _of_order(self, order: int) -> Derivation:
        """The derivative of the same function by the same variable, of another order."""
        if not self.result.function.is_scalar:
            raise UnsupportedError("value, gradient and Hessian in one program are of a scalar function")
        if order == 2 and len(self.result.targets) > 1:
            raise UnsupportedError("a Hessian is by one variable; derive by one of them, or stack them")
        return derive(self.result.function, [t.part for t in self.result.targets], order=order)

    def _function(self) -> Expr:
        """The function that the input names."""
        return self.result.function

    def _arguments(self) -> list[Expr]:
        """The variables of the function, in the order in which it names them."""
        return ex.variables(self._function())

    def _program_name(self) -> str:
        return self.kind.replace("-", "_")

    def to_json(self, outcome: Outcome | None = None, *, steps: bool = True) -> dict[str, Any]:
        """The answer as plain data, for other programs."""
        found: dict[str, Any] = {
            "input": self.text,
            "kind": self.kind,
            "layout": self.result.layout or None,
            "answers": {name: {"text": program(v), "rows": v.shape[0], "cols": v.shape[1]} for name, v in self.values.items()},
            "latex": self.latex(),
            "assumed": self.assumed,
            "subgradient_where": [program(k) for k in self.result.kinks],
        }
        if steps:
            found["steps"] = [{"law": s.law, "before": program(s.before), "after": program(s.after), "why": s.why} for s in self.steps]
        if outcome is not None:
            found["check"] = {"passed": outcome.passed, "points": outcome.points, "relative_error": outcome.error}
        return found

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.explain(check=False), "text/html": self.explain(format="html", check=False), "text/latex": self._repr_latex_()}

    def verify(self) -> bool:
        """Whether both sides of every step agree at random points that satisfy the declarations."""
        from .check.verify import replay

        return replay(self.result)

    def check(self, points: int = 3, seed: int = 0) -> Outcome:
        """Compare the answer with finite differences of the input expression."""
        from .check.verify import check_result

        return check_result(self.result, points, seed)

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The answer as NumPy arrays; of several variables a dict. Raises ShapeError naming what does not fit."""
        found = {t.text: self._evaluate(i, values) for i, t in enumerate(self.result.targets[: len(self.result.values)])}
        return next(iter(found.values())) if len(found) == 1 else found

    def _evaluate(self, i: int, values: Mapping[str, Any]) -> Any:
        """One answer; by an entry X[i,k] or a member x[i] whose indices have no values, that of every entry or member."""
        from .check.numeric import evaluate, evaluate_family

        value, target = self.result.values[i], self.result.targets[i]
        if self.kind == "gradient" and target.place is not None and target.place.op is ex.IDX and target.place.data not in values:
            return evaluate_family(value, target.place.data, target.leaf.data[3], values, self._context())
        if self.result.wholes and ex.free_indices(value) - values.keys() and target.is_entry:
            value = self.result.wholes[i]
        self._small_enough(value, values)
        found = evaluate(value, values, self._context())
        return self._arranged(found, values) if self.result.layout in ARRAYS else found

    def _context(self) -> list[Expr]:
        """The variables whose arrays tell the sizes: those of the input, and those asked for."""
        return list(dict.fromkeys([*ex.variables(self.result.function), *(t.leaf for t in self.result.targets)]))

    def _small_enough(self, value: Expr, values: Mapping[str, Any]) -> None:
        """Refuse to form a Jacobian or Hessian that does not fit, and say what applies it instead."""
        from .check.numeric import sizes_of

        if self.kind not in ("jacobian", "hessian", "higher"):
            return
        sizes = sizes_of(value, values, self._context())
        size = 8 * value.rows.evaluate(sizes) * value.cols.evaluate(sizes)
        if size > LARGEST:
            raise LimitError(f"the {self.kind} would take {size:,} bytes; operator(values) applies it without forming it")

    def _arranged(self, matrix: Any, values: Mapping[str, Any]) -> Any:
        """The numerator Jacobian as the array p × q × m × n that jax.jacobian gives, or as one of the two block matrices."""
        from .check.numeric import sizes_of

        f, x = self.result.function, self.result.targets[0].leaf
        sizes = sizes_of(f, values, self._context())
        p, q, m, n = (d.evaluate(sizes) for e in (f, x) for d in (e.rows, e.cols))
        array = matrix.reshape((p, q, m, n), order="F")
        if self.result.layout == "blocks_F":
            return array.transpose(0, 2, 1, 3).reshape(p * m, q * n)
        if self.result.layout == "blocks_X":
            return array.transpose(2, 0, 3, 1).reshape(m * p, n * q)
        return array.reshape([d.evaluate(sizes) for e in (f, x) for d in ((e.rows,) if e.is_vector else (e.rows, e.cols))])


class Stationary(Derivation):
    """A stationary point: `value` (`values` for several unknowns), the `verdict`, and the `multipliers` of constraints.

    `verdict` is "unique minimum", "minimum" (both global), "local minimum", the same of "maximum", "saddle" or "undecided".
    `reasons` are (phrase, expression) pairs: what the answer needs that is not declared, and why the verdict holds.
    """

    def __init__(self, text: str, result: Result, known: Declarations, function: Expr, unknowns: list[Target]):
        super().__init__(text, result, known)
        self.given = function
        self.unknowns = [t.text for t in unknowns]

    @property
    def verdict(self) -> str:
        return self.result.notes[-1][0]

    @property
    def reasons(self) -> list[tuple[str, Expr]]:
        return self.result.conditions

    @property
    def values(self) -> dict[str, Expr]:
        return {name: v for name, v in super().values.items() if name in self.unknowns}

    @property
    def multipliers(self) -> dict[str, Expr]:
        """The Lagrange multipliers by name, those of a matrix equation as a matrix."""
        return {name: v for name, v in super().values.items() if name not in self.unknowns}

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        found = {name: self._evaluate(i, values) for i, name in enumerate(self.unknowns)}
        return next(iter(found.values())) if len(found) == 1 else found

    def _function(self) -> Expr:
        return self.given

    def to_json(self, outcome: Outcome | None = None, *, steps: bool = True) -> dict[str, Any]:
        found = super().to_json(outcome, steps=steps)
        found["verdict"] = self.verdict
        found["reasons"] = [[why, program(e)] for why, e in self.reasons]
        found["multipliers"] = {name: program(e) for name, e in self.multipliers.items()}
        return found


class Curvature:
    """The curvature of a function: `verdict`, `reasons`, `domain`, `hessian` and the refuting `segments`.

    `verdict` is "convex", "concave", "affine", "neither" or "unknown".
    """

    def __init__(self, text: str, found: Judged, known: Declarations):
        self.text = text
        self.found = found
        self.known = known
        self.verdict = found.verdict
        self.reasons = found.reasons
        self.domain = found.domain
        self.hessian = found.hessian
        self.segments = found.segments

    def __str__(self) -> str:
        return self.verdict

    def __repr__(self) -> str:
        return f"<Curvature {self.verdict}>"

    def explain(self, lang: str = "en") -> str:
        """The verdict, where it holds, and why, as text. Raises MatgradError for an unknown language."""
        from .solve.report import explain

        return explain(self.found, self.known, lang)

    def to_json(self) -> dict[str, Any]:
        """The verdict and its certificate as plain data."""
        return {
            "input": self.text,
            "verdict": self.verdict,
            "reasons": [list(r) for r in self.reasons],
            "domain": [f"{program(e)} > 0" for e in self.domain],
            "hessian": program(self.hessian) if self.hessian is not None else None,
            "segments": [s.to_json() for s in self.segments],
        }


def within_limits(run: F) -> F:
    """Say in a sentence when an expression is nested deeper than the normal form can follow."""

    @wraps(run)
    def limited(*args: Any, **kwargs: Any) -> Any:
        try:
            return run(*args, **kwargs)
        except RecursionError:
            raise LimitError("sums and products are nested too deep here; give some of the intermediates a name") from None

    return limited  # type: ignore[return-value]


def expression(text: str | Expr, declare: Declare) -> tuple[Expr, Declarations, str]:
    """The input as an expression, its declarations and its text."""
    if isinstance(text, Expr):
        known = read_declarations(declare).copy()
        for v in ex.variables(text):
            known.variables.setdefault(v.data[0], v)
            known.add(v.data[0], v)
        return text, known, program(text)
    e, known = parse_with(text, declare)
    return e, known, text


def targets(wrt: str | Expr | list[str | Expr] | tuple[str | Expr, ...], function: Expr, known: Declarations) -> list[Target]:
    """The variables to differentiate by. Raises ParseError for a name that is not there."""
    if isinstance(wrt, (list, tuple)) and wrt and all(isinstance(w, str) for w in wrt):
        wrt = ",".join(wrt)  # type: ignore[arg-type]
    if isinstance(wrt, (list, tuple)) and wrt:
        return [t for w in wrt for t in targets(w, function, known)]
    if isinstance(wrt, Expr):
        return [target(program(wrt), wrt)]
    if not isinstance(wrt, str) or not wrt.strip():
        raise ParseError("wrt names the variable to differentiate by, such as wrt=\"X\"")
    parts = split_names(wrt)
    if not parts:
        raise ParseError("wrt names no variable to differentiate by", wrt, (0, len(wrt)))
    named = {e.data: e for e in ex.postorder(function) if e.op is ex.NAMED}
    if is_latex(wrt):
        from .language.tex_read import plain_part

        parts = [plain_part(part, known, named) for part in parts]
    return [target(part, part_expression(part, wrt, named, known)) for part in parts]


def split_names(text: str) -> list[str]:
    """Split at commas and semicolons outside brackets."""
    parts, depth = [""], 0
    for c in text.replace("，", ","):
        depth += (c in "[({") - (c in "])}")
        if c in ",;" and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [p.strip() for p in parts if p.strip()]


def part_expression(part: str, whole: str, named: Mapping[str, Expr], known: Declarations) -> Expr:
    """X, x', X[i,k] or the name of an intermediate."""
    if part in named:
        return named[part]
    _, ast = parse_syntax(part)
    root = ast
    while root.kind in ("transpose", "index", "group", "power-T"):
        root = root.parts[0]
    name = str(root.value)
    if root.kind != "name":
        raise ParseError("differentiate by a variable, a row x' or an entry X[i,k]", whole, root.span)
    if name not in known.variables:
        near = get_close_matches(name, [*known.variables, *named], 1)
        raise ParseError(f"{name} does not occur" + (f"; did you mean {near[0]}?" if near else ""), whole, root.span)
    family = known.variables[name]
    if root is ast and family.data[3] is not None:  # the whole family: a member for every index
        return ex.member(family, ex.index_variable(known.indices.get(name, "i")))
    builder = Builder(part, [], known)
    builder.bound += [str(p.value) for p in ast.parts[1:] if p.kind == "name" and p.value not in known.variables]  # the j of x[j] stays free
    return builder.build(ast)


def target(text: str, part: Expr) -> Target:
    leaf = part
    while leaf.op in (ex.T, ex.INDEX, ex.MEMBER):
        leaf = leaf.args[0]
    if leaf.op not in (ex.VAR, ex.NAMED):
        raise ParseError("differentiate by a variable, a row x' or an entry X[i,k]", text, (0, len(text)))
    return Target(text, leaf, part)


CURVED = frozenset({"orthogonal", "onehot", "integer"})  # facts that a free direction leaves


def with_free_letters(function: Expr, chosen: list[Target]) -> Expr:
    """The function with other letters for the sums that bind the index of a member asked for."""
    free = {t.place.data for t in chosen if t.place is not None and t.place.op is ex.IDX}
    return ex.unshadowed(function, free) if free else function


def opened(function: Expr, chosen: list[Target]) -> tuple[Expr, dict[Expr, Expr]]:
    """The function with its targets free to vary, and what stands for what.

    Intermediates become variables; an orthogonal Q becomes any invertible matrix, since a free direction
    leaves the orthogonal ones.
    """
    free: dict[Expr, Expr] = {}
    for t in chosen:
        if t.leaf.op is ex.NAMED:
            inside = next((o for o in chosen if o.leaf is not t.leaf and o.leaf in ex.postorder(t.leaf)), None)
            if inside is not None:
                raise UnsupportedError(f"{t.text} is made of {inside.text}, so one of them would be held while the other moves; ask for one at a time")
            free[t.leaf] = ex.var(t.leaf.data, t.leaf.rows, t.leaf.cols)
        elif t.leaf.data[1] & CURVED:
            name, known, params, count = t.leaf.data
            kept = (known - CURVED) | ({"invertible"} if "orthogonal" in known else set())
            free[t.leaf] = ex.var(name, t.leaf.rows, t.leaf.cols, kept, params, count)
    retarget(chosen, free)
    return ex.substitute(function, free) if free else function, free


def retarget(chosen: list[Target], mapping: Mapping[Expr, Expr]) -> None:
    for t in chosen:
        t.part = ex.substitute(t.part, mapping)
        t.leaf = mapping.get(t.leaf, t.leaf)


def closed(result: Result, function: Expr, free: Mapping[Expr, Expr], known: Declarations) -> Result:
    """The result with the declared facts of its variables back in force, in letters that nothing else uses."""
    back = {v: leaf for leaf, v in free.items() if leaf.op is ex.VAR}
    if back:
        result.function = function
        retarget(result.targets, back)
        result.notes += [("constraint not used", t.text) for t in result.targets if t.leaf in back.values()]
        back |= {ex.dvar(v): ex.dvar(leaf) for v, leaf in back.items()}
        result.values = [normal(ex.substitute(v, back)) for v in result.values]
        result.wholes = [normal(ex.substitute(v, back)) for v in result.wholes]
    given = Names(result.function)
    result.values = [given.put_back(v) for v in result.values]
    taken = known.variables.keys() | known.functions
    if any(n.op is ex.TOTAL and n.data in taken for n in ex.postorder(*result.values)):
        result.values = [ex.unshadowed(v, taken) for v in result.values]
    result.values = calc.one_node_a_name(*[ex.distinct_indices(v) for v in result.values])
    return result


@within_limits
def derive(
    expr: str | Expr, wrt: str | Expr | list[str | Expr], declare: Declare = None, *, order: int = 1, layout: str = "denominator"
) -> Derivation:
    """The derivative of an expression, with its derivation.

    Args:
        expr: text in matgrad's language, or an expression. A scalar function gives a gradient (or, with
            order=2, a Hessian), a matrix by a scalar the entry-wise derivative, a matrix by a matrix a Jacobian.
        wrt: the variable: "X", a row "x'", an entry "X[i,k]", an intermediate, or several, "W1,b1".
        declare: sizes and facts, "X: matrix(m,n); S: posdef(m)". What is missing is inferred.
        order: 1, 2 (the Hessian), 3, …
        layout: "denominator" (∂vec F/∂vec X, mn × pq) or "numerator" (its transpose). "tensor", "blocks_F" and
            "blocks_X" show the numerator matrix and evaluate to an array p × q × m × n, to the block matrix
            [∂F_kl/∂X] (pm × qn) and to [∂F/∂X_ij] (mp × nq).

    Raises:
        ParseError, ShapeError: with the place in the text.
        UnsupportedError: where no rule is known.

    >>> str(derive("tr(A*X*B)", wrt="X").value)
    "A'*B'"
    """
    if layout not in LAYOUTS:
        near = get_close_matches(str(layout), LAYOUTS, 1)
        raise MatgradError(f"unknown layout {layout!r}; layouts are {', '.join(LAYOUTS)}" + (f"; did you mean {near[0]}?" if near else ""))
    if not isinstance(order, int) or order < 1:
        raise MatgradError(f"the order is a whole number from 1, not {order!r}")
    e, known, text = expression(expr, declare)
    chosen = targets(wrt, e, known)
    e = with_free_letters(e, chosen)
    opened_e, free = opened(e, chosen)
    return Derivation(text, closed(solve(opened_e, chosen, order, layout), e, free, known), known)


def solve(e: Expr, chosen: list[Target], order: int, layout: str) -> Result:
    """Dispatch on the shapes: gradient, Hessian, derivative by a scalar, Jacobian."""
    scalars = all(t.leaf.is_scalar for t in chosen)
    if order == 1 and e.is_scalar:
        return calc.gradients(e, chosen)
    if scalars and all(t.part is t.leaf for t in chosen):
        return calc.by_scalars(e, chosen * order if len(chosen) == 1 else chosen)
    if any(t.is_entry for t in chosen):
        raise UnsupportedError("only a scalar function is differentiated by an entry; take the entry of the Jacobian by the whole variable")
    if order == 1:
        if len(chosen) > 1:
            raise ShapeError(f"the Jacobian of a {e.rows}×{e.cols} expression is by one variable; give them one at a time")
        return calc.jacobian(e, chosen[0], layout)
    if not e.is_scalar:
        raise ShapeError(f"a Hessian needs a scalar function; this one has the size {e.rows}×{e.cols}. Its Jacobian is order=1")
    if layout in ARRAYS:
        raise UnsupportedError(f"the layout {layout} is for Jacobians; a Hessian comes as the matrix ∂vec(∇f)/∂vec X")
    if len(chosen) > 1 and len(chosen) != order:
        raise ShapeError(f"a derivative of order {order} is by one variable, or by {order}; {len(chosen)} are given")
    return calc.hessian(e, chosen * order if len(chosen) == 1 else chosen, layout)


@within_limits
def differential(expr: str | Expr, wrt: str | Expr | list[str | Expr], declare: Declare = None) -> Derivation:
    """dF as an expression in dX, dY, … with its derivation.

    >>> str(differential("inv(X)", wrt="X", declare="X: invertible(n)").value)
    '-inv(X)*dX*inv(X)'
    """
    e, known, text = expression(expr, declare)
    chosen = targets(wrt, e, known)
    opened_e, free = opened(e, chosen)
    return Derivation(text, closed(calc.differential(opened_e, [t.leaf for t in chosen]), e, free, known), known)


@within_limits
def stationary(expr: str | Expr, wrt: str | Expr | list[str | Expr], declare: Declare = None, *, subject_to: str = "") -> Stationary:
    """The point where the gradient vanishes, in closed form, with the second-order verdict.

    Args:
        expr: a scalar function.
        wrt: the unknown, or several, "mu,Sigma"; they are eliminated one after the other.
        declare: sizes and facts of the names.
        subject_to: equations between expressions, "A*w = b; sum(w) = 1".

    Raises:
        UnsupportedError: where no closed form is known; `newton_step` gives an iteration.
        MatgradError: for an unknown that does not occur or a constraint that does not fit, with the place.

    >>> found = stationary("norm2(X*w - y)^2", "w", "X: matrix(T,k) full_column_rank; w: vector(k); y: vector(T)")
    >>> str(found), found.verdict
    ("inv(X'*X)*X'*y", 'unique minimum')
    """
    from .solve.constraints import read_constraints
    from .solve.stationary import stationary as solve_zero

    e, known, text = expression(expr, declare)
    need_scalar(e, "a stationary point")
    constraints, known = read_constraints(subject_to, known)
    chosen = targets(wrt, e, known)
    return Stationary(text, solve_zero(e, chosen, constraints), known, e, chosen)


@within_limits
def curvature(expr: str | Expr, wrt: str | Expr | list[str | Expr], declare: Declare = None) -> Curvature:
    """Whether a scalar function is convex, concave, affine or neither in some of its variables, with a certificate.

    It is judged on the convex set that the declarations give, "S: posdef(n)"; where a logarithm or a root needs more,
    the set on which it is defined is in `domain`. "neither" comes with segments that refute; "unknown" is said.
    Raises UnsupportedError where the declared set is not convex.

    >>> str(curvature("log(1 + exp(a'*x))", "x", "a: vector(n); x: vector(n)"))
    'convex'
    """
    from .solve.curvature import curvature as judge

    e, known, text = expression(expr, declare)
    need_scalar(e, "curvature")
    chosen = targets(wrt, e, known)
    function, _ = opened(e, [t for t in chosen if t.leaf.op is ex.NAMED])
    return Curvature(text, judge(function, chosen), known)


@within_limits
def newton_step(expr: str | Expr, wrt: str | Expr, declare: Declare = None) -> Derivation:
    """Newton's update -inv(H)*∇f, in the shape of the variable."""
    from .solve.newton import newton_step as step

    e, known, text = expression(expr, declare)
    need_scalar(e, "a Newton step")
    chosen = targets(wrt, e, known)
    if len(chosen) != 1:
        raise ParseError("a Newton step is by one variable")
    return Derivation(text, step(e, chosen[0]), known)


def need_scalar(e: Expr, what: str) -> None:
    if not e.is_scalar:
        raise ShapeError(f"{what} needs a scalar function; this one has the size {e.rows}×{e.cols}")


@within_limits
def matrix_form(expr: str | Expr, declare: Declare = None) -> Expr:
    """The expression with sums over columns, rows or entries written as matrix products.

    A family of vectors x[i] becomes the matrix X whose columns they are (n×N), a family of scalars y[i] the vector y.

    >>> str(matrix_form("sum(i, 1..N, A[:,i]*B[:,i]')", "A: matrix(m,N); B: matrix(n,N)"))
    "A*B'"
    """
    from .simplify.matrix_form import matrix_form as rewrite
    from .simplify.matrix_form import stacked

    e = expression(expr, declare)[0]
    whole = rewrite(e, stacked(e))
    if any(n.op is ex.MEMBER for n in ex.postorder(whole)):  # a family that is left and the matrix of it would be two names of one thing
        return rewrite(e)
    return whole


@within_limits
def sample_form(expr: str | Expr, declare: Declare = None, over: str = "N") -> Expr:
    """The expression with what runs over the size `over` written as a sum over samples.

    Raises ParseError when no variable has that size.

    >>> str(sample_form("norm2(X'*w - y)^2", "X: matrix(n,N); w: vector(n); y: vector(N)"))
    "sum(i, 1..N, (X[:,i]'*w - y[i])^2)"
    """
    from .core.dims import dim
    from .simplify.sample_form import sample_form as rewrite

    e = expression(expr, declare)[0]
    if over not in ex.letters(e):
        raise ParseError(f"no size is called {over}; sizes are {', '.join(ex.letters(e))}")
    return rewrite(e, dim(over))


@within_limits
def compare(a: str | Expr, b: str | Expr, declare: Declare = None) -> Equality:
    """Whether two expressions are equal, wherever both are defined, and how that was decided.

    By normal form, which is a proof; else by evaluation at random points and sizes, exact or to 100 digits, which is
    evidence; else false, with a point at which they differ.

    >>> print(compare("tr(A*B)", "tr(B*A)", "A: matrix(m,n); B: matrix(n,m)"))
    equal: proved, both have the same normal form
    """
    from .check.equality import equality

    left, known, _ = expression(a, declare)
    right, _, _ = expression(b, known)
    verdict = equality(left, right)
    if verdict.equal is None:
        raise MatgradError("the expressions have no common normal form and no point was found at which both can be evaluated")
    return verdict


def equal(a: str | Expr, b: str | Expr, declare: Declare = None) -> bool:
    """Whether two expressions are equal, wherever both are defined; `compare` says how that was decided, and where they differ.

    >>> equal("tr(A*B)", "tr(B*A)", "A: matrix(m,n); B: matrix(n,m)")
    True
    """
    return bool(compare(a, b, declare))


@within_limits
def check_derivation(text: str, declare: Declare = None, *, layout: str = "denominator") -> Review:
    """Whether each line of a derivation follows from the one before it, or from the definitions.

    Args:
        text: one line below the other. `f = tr(A*X*B)` defines, `df = …` is an equality for every dX, `∂f/∂X = …` (or
            df/dX, grad(f, X), ∇f) is compared with the true derivative, a line may begin with `=`; `#` begins a comment.
            What has a differential in a paragraph varies there; a blank line begins the next.
        declare: sizes and facts, as for `derive`.
        layout: of Jacobians, "denominator" or "numerator".

    Raises ParseError with the line and a caret where a line cannot be read.

    >>> print(check_derivation("f = tr(A*X*B); df = tr(A*dX*B) = tr(B*A*dX); ∂f/∂X = A'*B'").ok)
    True
    """
    from .review.judge import Judge
    from .review.report import Review

    if layout not in ("denominator", "numerator"):
        raise MatgradError(f"unknown layout {layout!r}; layouts are denominator, numerator")
    judge = Judge(text, read_declarations(declare), derive, differential, layout)
    return Review(judge.run(), judge.reader.known.assumed)
