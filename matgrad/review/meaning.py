"""What the symbols of a derivation stand for: df, d(u) and ∂f/∂X, worked out by matgrad and checked by numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import STRUCTURE, facts
from ..core.trace import Law
from ..errors import MatgradError, Phrase
from ..explain.words import say
from ..language.declare import Declarations
from .reading import Reading, Symbol

TERMS = 12  # more terms of a differential are not told apart


class Answer(Protocol):
    """A derivative with its derivation, as `api.derive` gives it."""

    result: Any

    @property
    def value(self) -> Expr: ...

    def check(self) -> Any: ...


class Undecided(MatgradError):
    """A line that cannot be judged, and why: a phrase of `words` and its blanks."""

    def __init__(self, key: str, *values: str | Phrase):
        super().__init__(say(key, "en", *values))
        self.reason = (key, *values)


class Meaning:
    """The values of all symbols; `derive` and `differential` are matgrad's own."""

    def __init__(self, derive: Callable[..., Answer], differential: Callable[..., Answer], known: Declarations, layout: str):
        self.derive = derive
        self.differential = differential
        self.known = known
        self.layout = layout
        self.definitions: dict[str, Expr] = {}
        self.symbols: dict[Expr, Symbol] = {}
        self.answers: dict[object, Answer] = {}

    # --- what varies ----------------------------------------------------------------------------------

    def directions(self, readings: Iterable[Reading]) -> list[Expr]:
        """The variables whose differentials are written in these lines."""
        return self.directions_in(*[e for r in readings for e in r.sides if e is not None])

    def directions_in(self, *sides: Expr) -> list[Expr]:
        return list(dict.fromkeys(e.data for e in ex.postorder(*sides) if e.op is ex.DVAR and e.data.op is ex.VAR))

    def varying(self, reading: Reading, all_readings: list[Reading]) -> list[Expr]:
        """What varies in a line: the variables whose differentials its paragraph writes, or the whole text, or those that it is about."""
        own = self.directions(r for r in all_readings if r.statement.paragraph == reading.statement.paragraph)
        found = own or self.directions(all_readings)
        if found:
            return found
        sides = [e for r in all_readings for e in r.sides if e is not None]
        inner = [e.data for e in ex.postorder(*sides) if e.op is ex.DVAR]
        bodies = [n for n in inner if n.op is ex.NAMED]
        by = [s.by for s in self.symbols.values()]
        return [v for v in ex.variables(*bodies, *sides) if v.data[0] in by] or ex.variables(*bodies) or ex.variables(*sides)

    # --- values ------------------------------------------------------------------------------------------

    def d(self, e: Expr, leaves: list[Expr]) -> Expr:
        """d(e), linear in the differentials of the leaves. Raises Undecided."""
        return self.differential_answer(e, leaves).value

    def differential_answer(self, e: Expr, leaves: list[Expr]) -> Answer:
        body = e.args[0] if e.op is ex.NAMED else e
        return self.checked(("d", body, tuple(leaves)), lambda: self.differential(body, list(leaves), self.known))

    def gradient(self, symbol: Symbol) -> Answer:
        """∂f/∂X in matgrad's convention. Raises Undecided."""
        f = self.definitions.get(symbol.of)
        if f is None:
            return self.gradient_of_form(symbol)
        options = {"order": symbol.order, "layout": self.layout} if symbol.order > 1 or not f.is_scalar else {}
        return self.checked((symbol.of, symbol.by, symbol.order), lambda: self.derive(f.args[0], symbol.by, self.known, **options))

    def gradient_of_form(self, symbol: Symbol) -> Answer:
        """∂f/∂X where only df is given: the derivative of that linear form by dX."""
        form, x = self.definitions.get(f"d{symbol.of}"), self.known.variables.get(symbol.by)
        if form is None or x is None or symbol.order > 1 or not form.is_scalar:
            raise Undecided("not defined", symbol.of)
        directions = {n: ex.zeros(n.rows, n.cols) for n in ex.postorder(form) if n.op is ex.DVAR}
        directions[ex.dvar(x)] = ex.var(f"{symbol.by}_", x.rows, x.cols, facts(x) & STRUCTURE)
        linear = ex.substitute(form.args[0], directions)
        return self.checked(("form", form, symbol.by), lambda: self.derive(linear, directions[ex.dvar(x)], self.known))

    def gradient_value(self, symbol: Symbol) -> Expr:
        """The same in terms of the definitions: what was differentiated by is the intermediate again, not a variable."""
        value, by = self.gradient(symbol).value, self.definitions.get(symbol.by)
        return value if by is None else ex.substitute(value, {ex.var(symbol.by, by.rows, by.cols): by})

    def checked(self, key: object, ask: Callable[[], Answer]) -> Answer:
        """matgrad's answer, once its own check by finite differences has passed."""
        if key not in self.answers:
            try:
                answer = ask()
                outcome = answer.check()
            except MatgradError as error:
                raise Undecided("as it is", error.phrase) from None
            if not outcome.passed:
                raise Undecided("derivative unchecked")
            self.answers[key] = answer
        return self.answers[key]

    def resolve(self, e: Expr, leaves: list[Expr], assumed: Mapping[Expr, Expr] | None = None) -> Expr:
        """The expression in variables and their differentials alone; `assumed` says what a wrong line above made of a symbol."""
        assumed = assumed or {}

        def visit(n: Expr, args: tuple[Expr, ...]) -> Expr:
            if n.op is ex.DVAR and n.data.op is ex.NAMED:
                return self.d(assumed.get(n.data, n.data), leaves)
            if n.op is ex.DVAR and n.data not in leaves:
                raise Undecided("not defined", f"d{n.data.data[0]}")
            if n.op is ex.D:
                return self.d(args[0], leaves)
            if n.op is ex.NAMED:
                return args[0]
            if n in self.symbols:
                return self.resolve(self.gradient_value(self.symbols[n]), leaves)
            return ex.rebuild(n, args)

        return ex.rewrite(e, visit, assumed)

    # --- terms of a differential ------------------------------------------------------------------------

    def terms(self, e: Expr, leaves: list[Expr]) -> list[list[Expr]]:
        """d(e) multiplied out as far as one dX a term, a list for every summand of `e`."""
        body = e.args[0] if e.op is ex.NAMED else e
        return [monomials(unsimplified(self.differential_answer(part, leaves))) for part in (body.args if body.op is ex.ADD else (body,))]


def unsimplified(answer: Answer) -> Expr:
    """The differential before its terms were collected."""
    steps = [s for stage in answer.result.stages for s in stage.steps]
    return steps[-1].before if steps and steps[-1].kind == "collect" else answer.value


def without_names(e: Expr) -> Expr:
    """The expression with every named intermediate put in."""
    return ex.rewrite(e, lambda n, args: args[0] if n.op is ex.NAMED else ex.rebuild(n, args))


def laws_of(answer: Answer) -> list[Law]:
    steps = [s for stage in answer.result.stages for s in stage.steps]
    return list(dict.fromkeys(law for s in steps for law in s.laws))


def monomials(e: Expr) -> list[Expr]:
    """An expression linear in differentials, as terms with one differential each."""
    if e.op is ex.DVAR:
        return [e]
    if e.op is ex.ADD:
        return [t for a in e.args for t in monomials(a)]
    found = []
    for i, a in enumerate(e.args):
        if any(n.op is ex.DVAR for n in ex.postorder(a)):
            found += [ex.rebuild(e, (*e.args[:i], t, *e.args[i + 1 :])) for t in monomials(a)]
            if len(found) > TERMS:
                break
    return found
