"""What is given: an answer with its derivation, and everything that can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from .calculus import derivatives as calc
from .calculus.derivatives import ARRAYS, Result, Target
from .calculus.reality import is_real, need_real
from .core import expr as ex
from .core.dims import LARGEST
from .core.expr import Expr
from .core.trace import Step
from .errors import LimitError, MatgradError, Phrase, Series, UnsupportedError, did_you_mean
from .language.declare import Declarations
from .language.text import definitions_of, program
from .language.text import text as text_of
from .request import derivative

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .check.verify import Outcome
    from .codegen import Output
    from .solve.curvature import Curvature as Judged
    from .solve.optimise import Problem

OUTPUTS = ("value", "gradient", "hessian", "hvp")  # what one program can return together


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

    def explain(
        self,
        lang: str = "en",
        format: str = "text",
        *,
        detail: str = "normal",
        check: bool = True,
        steps: bool = True,
        ascii: bool = False,
        sizes: bool = False,
    ) -> str:
        """The answer, its derivation and the outcome of the numeric check, as a page.

        Args:
            lang: "en" or "zh".
            format: "text", "markdown", "html" or "latex".
            detail: "brief", "normal" or "every".
            sizes: the size of every factor beside it, in text.

        Raises MatgradError for an unknown choice.
        """
        from .explain.render import explain

        outcome = self.check() if check else None
        return explain(self.result, self.known, lang=lang, format=format, detail=detail, check=outcome, ascii=ascii, steps=steps, sizes=sizes)

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

    def code(
        self, target: str = "numpy", name: str = "", *, outputs: str = "", sizes: Mapping[str, int] | None = None, multiply_out: bool = False
    ) -> str:
        """Source of a documented function that computes the answer.

        Args:
            target: "numpy", "jax", "torch", "array_api" or "dask".
            name: of the function.
            outputs: what it returns instead of the answer, some of "value, gradient, hessian, hvp" in one program with
                shared intermediates; "hvp" is the Hessian times a further argument V. By several variables "hessian" is one
                matrix over all of them, columns stacked in the order of `wrt`, and "hvp" has a part and a direction V_x for each.
            sizes: typical sizes, {"m": 1000}, for the order of products.
            multiply_out: multiply a sum in a product out where that takes fewer multiplications: U*(V'*V) - T*V for (U*V' - T)*V.
                It loses digits where the terms nearly cancel, as many as U*V' and T have in common.

        Raises MatgradError for an unknown target or output, UnsupportedError where the target has no such operation.
        """
        from .codegen import generate

        return generate(**self._program(target, name, outputs, sizes), multiply_out=multiply_out)

    def function(
        self, target: str = "numpy", *, outputs: str = "", sizes: Mapping[str, int] | None = None, multiply_out: bool = False
    ) -> Callable[..., Any]:
        """The generated function itself, with the arguments of `code`.

        Shapes are checked; declared facts, such as symmetry, are taken for granted (`evaluate` looks at them). Raises MatgradError when
        the target's library is not installed.
        """
        from .codegen import compile_function

        return compile_function(**self._program(target, "", outputs, sizes), multiply_out=multiply_out)

    def scipy(self, values: Mapping[str, Any]) -> Problem:
        """fun, jac, hess and hessp for scipy.optimize.minimize, of a scalar function, with `values` for everything but the variables.

        p = D.scipy({"X": X, "y": y}); r = minimize(p.fun, p.pack(w), jac=p.jac, hess=p.hess); w = p.unpack(r.x)

        Several variables follow one another in the order of `wrt`, and so do the rows and columns of the Hessian. A matrix is packed
        column by column, a symmetric or positive definite one by its entries on and below the diagonal. A positive definite variable
        is not kept so: where f is not defined, fun is inf and the method steps back.

        Raises UnsupportedError for a function that is no scalar, ShapeError for values that do not fit.
        """
        from .solve.optimise import Problem

        need_real(Phrase("minimisation"), self.result.function, *(t.leaf for t in self.result.targets))
        first = self if len(self.result.targets) == 1 else self._of_order(1)  # of order 2 it would be a mixed derivative
        return Problem(self.result.function, self.result.targets, values, first._on_values)

    def _on_values(self, outputs: str) -> Callable[[Mapping[str, Any]], Any]:
        """The generated NumPy function on arrays by name, as `evaluate` takes them."""
        from .check.numeric import sizes_of
        from .codegen import arguments_of, compile_function

        made: Any = compile_function(**self._program("numpy", "", outputs, None))  # steps of a method may leave the declared set

        def run(values: Mapping[str, Any]) -> Any:
            found = arguments_of(made, values)
            if len(found) < len(made.arguments):
                found = arguments_of(made, {**sizes_of(self.result.function, values, self._context()), **values})
            return made(**found)

        return run

    def _program(self, target: str, name: str, outputs: str, sizes: Mapping[str, int] | None) -> dict[str, Any]:
        """The arguments of the code generator."""
        if any(e.op is ex.MEMBER and e.args[0].op is ex.DVAR for e in ex.postorder(*self.values.values())):
            raise UnsupportedError("code takes no differentials dx[i] of a family; derive by the family instead")
        if not isinstance(outputs, str):
            raise MatgradError("outputs are a text, some of {outputs}", outputs=Series(OUTPUTS))
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

        kind = "" if self.kind == "hessian" and len(self.result.targets) > 1 else self.kind  # by two variables: nothing checks itself
        return [Output(kind, t.text, calc.as_rows(e, t)) for t, e in zip(self.result.targets, self.result.values)]

    def _output(self, name: str) -> list[Output]:
        """A result by name: the function itself, or its derivative of another order."""
        from .codegen import Output
        from .solve.operator import direction

        if name == "value":
            return [Output("value", "f", self.result.function)]
        if name == self.kind:
            return self._answers()
        if name == "gradient":
            return self._of_order(1)._answers()
        if name in ("hessian", "hvp") and self.kind != "hessian" and len(self._whole_targets()) > 1:
            return self._of_several(name)
        if name in ("hessian", "hvp"):
            second = self if self.kind == "hessian" else self._of_order(2)
            return second._answers() if name == "hessian" else [Output("hvp", second.result.targets[0].text, second.hvp, (direction(second.result),))]
        hint = did_you_mean(get_close_matches(name, OUTPUTS, 1))
        raise MatgradError("unknown output {name}; outputs are {outputs}{hint}", name=repr(name), outputs=Series(OUTPUTS), hint=hint)

    def _of_several(self, name: str) -> list[Output]:
        """The Hessian by all variables, columns stacked in their order, as one matrix of blocks; or its product with a direction for each."""
        from .codegen import Output
        from .solve.operator import along_all, directions

        self._need_scalar()
        targets = self._whole_targets()
        if name == "hvp":
            given = tuple(directions(self.result.function, targets))
            return [Output("hvp", t.text, e, given) for t, e in zip(targets, along_all(self.result.function, targets))]
        count = len(targets)
        upper = {(i, j): self._mixed(i, j) for i in range(count) for j in range(i, count)}
        blocks = tuple(upper[i, j] if i <= j else ex.transpose(upper[j, i]) for i in range(count) for j in range(count))
        return [Output("hessian", ",".join(t.text for t in targets), ex.block(blocks, (count, count)))]

    def _mixed(self, i: int, j: int) -> Expr:
        """∂vec(∇f by variable i)/∂vec of variable j, rows as entries of i."""
        a, b = (self._whole_targets()[k] for k in (i, j))
        return derivative(self.result.function, [a] if i == j else [b, a], self.known, 2).values[0]

    def _whole_targets(self) -> list[Target]:
        return [Target(t.text, t.leaf, t.part) for t in {t.text: t for t in self.result.targets}.values()]  # d²f/dt² names t twice

    def _need_scalar(self) -> None:
        if not self.result.function.is_scalar:
            raise UnsupportedError("value, gradient and Hessian in one program are of a scalar function")

    def _of_order(self, order: int) -> Derivation:
        """The derivative of the same function by the same variable, of another order."""
        self._need_scalar()
        return Derivation(self.text, derivative(self.result.function, self._whole_targets(), self.known, order), self.known)

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
        """Whether both sides of every step agree at random points that satisfy the declarations.

        Raises UnsupportedError where there is no point at which all of them can be evaluated.
        """
        from .check.verify import replay

        return replay(self.result)

    def check(self, points: int = 3, seed: int = 0) -> Outcome:
        """Compare the answer with finite differences of the input expression."""
        from .check.verify import check_result

        return check_result(self.result, points, seed)

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The answer as NumPy arrays; of several variables a dict.

        Raises ShapeError naming what does not fit, MatgradError for a value that is not what its variable is declared to be.
        """
        from .check.declared import admit

        admit(values, self._context())
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
        found = evaluate(value if not ex.is_complex(value) or not is_real(value) else ex.real(value), values, self._context())
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
        entries = value.rows.evaluate(sizes) * value.cols.evaluate(sizes)
        if entries > LARGEST:
            raise LimitError("this matrix would take {size} bytes; operator(values) applies it without forming it", size=f"{8 * entries:,}")

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
        from .check.declared import admit

        admit(values, self._context())
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
