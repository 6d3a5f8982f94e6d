"""Whether each line follows: from the line before it, or from the definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from ..check.equality import Equality, equality
from ..core import expr as ex
from ..core.dims import size_words
from ..core.expr import Expr
from ..core.trace import Law
from ..errors import MatgradError, ShapeError
from ..language.declare import Declarations
from ..language.text import program
from . import laws, mistakes
from .lines import Member, statements
from .meaning import Answer, Meaning, Undecided
from .mistakes import Mistake
from .reading import Reader, Reading, Symbol

DEFINITION, START, RIGHT, FOLLOWS, WRONG, UNDECIDED = "definition", "start", "right", "follows", "wrong", "undecided"


class Verdict:
    """What is said of one member: whether it follows, how that is known, by which laws, and what is wrong with it."""

    __slots__ = ("reading", "member", "verdict", "equality", "find_laws", "reason", "mistake", "expected", "note")

    def __init__(self, reading: Reading, member: Member, verdict: str):
        self.reading = reading
        self.member = member
        self.verdict = verdict
        self.equality: Equality | None = None
        self.find_laws: Callable[[], list[Law]] = list  # found when they are asked for
        self.reason: tuple[Any, ...] = ()  # in words: why it is undecided, or why its sizes do not fit
        self.mistake: Mistake | None = None
        self.expected: Expr | None = None
        self.note: tuple[Any, ...] | None = None  # a phrase of `words` and its blanks


    @property
    def laws(self) -> list[Law]:
        """The laws by which it follows, where they are recognised."""
        try:
            return self.find_laws()
        except MatgradError:
            return []  # a line that follows needs no law to be right


class Judge:
    """Goes through a derivation line by line."""

    def __init__(self, source: str, known: Declarations, derive: Callable[..., Answer], differential: Callable[..., Answer], layout: str):
        self.reader = Reader(source, known)
        self.readings = self.reader.read(statements(source))
        self.meaning = Meaning(derive, differential, self.reader.known, layout)
        self.meaning.definitions = self.reader.built
        self.meaning.symbols = {s.leaf: s for s in self.reader.symbols.values() if s.leaf is not None}
        self.assumed: dict[Expr, Expr] = {}  # what wrong lines made of f, df and ∂f/∂X
        self.symmetric: list[Expr] = []  # matrices that wrong lines took to be symmetric
        self.last: Expr | None = None  # the last member, what a line that begins with = goes on from
        self.start: Expr | None = None  # the first member of the chain
        self.bad = False  # whether the last member was wrong or followed from what was
        self.solving = False  # whether a derivative was set to zero above
        self.lost = False  # whether the last member has no meaning

    def run(self) -> list[Verdict]:
        return [v for r in self.readings for v in self.line(r)]

    # --- one line ---------------------------------------------------------------------------------------

    def line(self, r: Reading) -> list[Verdict]:
        found: list[Verdict] = []
        members = list(zip(r.members, r.sides, r.misfits))
        if not r.statement.continues:
            member, side, misfit = members.pop(0)
            self.start = self.reader.built[r.defines] if r.defines else side
            self.last, self.bad, self.lost = self.start, False, side is None
            found.append(Verdict(r, member, DEFINITION if r.defines else START))
            if misfit is not None:
                found[-1].verdict, found[-1].reason = WRONG, ("sizes do not fit", misfit.phrase)
                self.bad = True
        for member, side, misfit in members:
            found.append(self.member(r, member, side, misfit))
        return found

    def member(self, r: Reading, member: Member, side: Expr | None, misfit: ShapeError | None) -> Verdict:
        v = Verdict(r, member, UNDECIDED)
        if self.lost or self.last is None:
            v.reason = ("no meaning above",)
            self.lost = side is None
            self.last = side if side is not None else self.last
            return v
        leaves = self.meaning.varying(r, self.readings)
        try:
            if side is None:
                assert misfit is not None
                v.verdict, v.reason = WRONG, ("sizes do not fit", misfit.phrase)
                self.explain(v, r, None, leaves)
                self.lost, self.bad = True, True
                return v
            self.compare(v, r, side, leaves)
        except Undecided as error:
            v.verdict, v.reason = UNDECIDED, error.reason
        self.settle(v, side)
        return v

    def compare(self, v: Verdict, r: Reading, side: Expr, leaves: list[Expr]) -> None:
        """Set the verdict of `side`, which is claimed to equal the last member."""
        last = self.last
        assert last is not None
        if self.solved_for(last, side):
            self.solving = True
            raise Undecided("set to zero")
        v.equality = self.equal(last, side, leaves)
        if v.equality.equal is None:
            raise Undecided("no point")
        if v.equality:
            v.verdict = FOLLOWS if self.bad else RIGHT
            symbol = self.symbol(last)
            above = symbol is not None and any(self.written(symbol, other) for other in self.readings[: self.readings.index(r)])
            v.find_laws = cache(partial(laws.between, self.meaning, last, side, leaves, above))
        elif self.bad and self.start is not None and (again := self.equal(self.start, side, leaves)):
            v.verdict, v.equality = RIGHT, again
        elif self.free_entries(last, side):
            v.verdict, v.equality, v.note = RIGHT, None, ("by free entries", self.symbol(last).by)  # type: ignore[union-attr]
        elif self.follows_from_wrong(last, side, leaves):
            v.verdict, v.equality = FOLLOWS, None
        elif last is self.start and last.op is ex.VAR and self.symbol(last) is None:
            raise Undecided("to solve", program(last))
        elif self.solving and self.start is not None and not self.is_symbol(self.start):
            raise Undecided("set to zero")
        else:
            v.verdict = WRONG
            if v.equality.proof == "sizes":
                v.note = ("wrong size", size_words(side.rows, side.cols), size_words(last.rows, last.cols))
            self.explain(v, r, side, leaves)

    def settle(self, v: Verdict, side: Expr | None) -> None:
        """Remember what a wrong line made of the symbol on its left, and forget it when a line is right again."""
        self.bad = v.verdict in (WRONG, FOLLOWS)
        self.last = side
        if self.start is not None and side is not None and self.is_symbol(self.start):
            if self.bad:
                self.assumed[self.start] = side
            elif v.verdict == RIGHT:
                self.assumed.pop(self.start, None)

    # --- comparisons ---------------------------------------------------------------------------------------

    def equal(self, a: Expr, b: Expr, leaves: list[Expr], assumed: Mapping[Expr, Expr] | None = None, symmetric: Sequence[Expr] = ()) -> Equality:
        """Whether a = b; under what wrong lines made of the symbols, and with those matrices symmetric that a wrong line took to be."""
        left, right = (mistakes.made_symmetric(self.meaning.resolve(e, leaves, assumed), list(symmetric)) for e in (a, b))
        return equality(left, right, everywhere=False)

    def is_symbol(self, e: Expr) -> bool:
        """f, df or ∂f/∂X."""
        return e.op in (ex.NAMED, ex.DVAR) or e in self.meaning.symbols

    def symbol(self, e: Expr | None) -> Symbol | None:
        return self.meaning.symbols.get(e) if e is not None else None

    def solved_for(self, last: Expr, side: Expr) -> bool:
        return self.symbol(last) is not None and ex.is_zero(side) and not ex.is_zero(self.meaning.resolve(last, []))

    def written(self, symbol: Symbol, r: Reading) -> bool:
        """Whether a line is about df."""
        return r.defines == f"d{symbol.of}" or any(e is not None and e.op is ex.DVAR and e.data.op is ex.NAMED and e.data.data == symbol.of for e in r.sides)

    def free_entries(self, last: Expr, side: Expr) -> bool:
        """Whether a gradient by a symmetric X is given by its free entries, G + G' - G∘I."""
        symbol = self.symbol(last)
        if symbol is None or symbol.order > 1 or symbol.of not in self.meaning.definitions:
            return False
        entries = self.meaning.gradient(symbol).result.free_entries.get(symbol.by)
        return entries is not None and bool(equality(entries, self.meaning.resolve(side, []), everywhere=False))

    def follows_from_wrong(self, last: Expr, side: Expr, leaves: list[Expr]) -> bool:
        """Whether the claim holds when symbols have the values that wrong lines above gave them."""
        if self.symmetric and self.equal(last, side, leaves, {}, self.symmetric):
            return True
        if not self.assumed:
            return False
        if self.equal(last, side, leaves, self.resolved_assumptions(leaves)):
            return True
        symbol = self.symbol(last)
        if symbol is None:
            return False
        f = self.meaning.definitions.get(symbol.of)
        forms = [self.assumed[k] for k in ((ex.dvar(f), f) if f is not None else ()) if k in self.assumed]
        return any(self.read_off_from(form, symbol, side, leaves) for form in forms)

    def resolved_assumptions(self, leaves: list[Expr]) -> dict[Expr, Expr]:
        return {k: self.meaning.resolve(v, leaves) for k, v in self.assumed.items() if not (k.op is ex.DVAR and k in ex.postorder(v))}

    def read_off_from(self, form: Expr, symbol: Symbol, side: Expr, leaves: list[Expr]) -> bool:
        """Whether df = ⟨G, dX⟩ where df is what a wrong line says."""
        x = self.reader.known.variables.get(symbol.by, self.meaning.definitions.get(symbol.by))
        if x is None or symbol.order > 1:
            return False
        if form.rows is side.rows and not any(n.op in (ex.DVAR, ex.D) for n in ex.postorder(form)):
            form = ex.formal_d(form)
        free = ex.var(f"{symbol.by}_", x.rows, x.cols, x.data[1] if x.op is ex.VAR else ())
        others = {ex.dvar(v): ex.zeros(v.rows, v.cols) for v in leaves if v is not x}
        linear = ex.substitute(form, {ex.dvar(x): ex.dvar(free)}) if x.op is ex.NAMED else self.meaning.resolve(form, leaves)
        linear = ex.substitute(linear, {ex.dvar(x): ex.dvar(free), **others})
        pairing = mistakes.pairing(self.meaning.resolve(side, leaves), free, form, self.meaning.layout)
        return pairing is not None and bool(equality(linear, pairing, everywhere=False))

    # --- what is wrong ---------------------------------------------------------------------------------------

    def explain(self, v: Verdict, r: Reading, side: Expr | None, leaves: list[Expr]) -> None:
        """Put a name to the mistake, where a change that makes the line right shows what it is, and say what was wanted."""
        last = self.last
        assert last is not None
        ast = r.asts[[m.span for m in r.members].index(v.member.span)]
        try:
            case = mistakes.Case(self.reader, self.meaning, last, self.symbol(last), side, ast, self.meaning.resolve(last, leaves), leaves)
            v.mistake = mistakes.diagnose(case)
            v.expected = mistakes.expected(case, v.mistake)
        except Undecided:
            return  # the line is wrong all the same: its sizes do not fit
        self.symmetric += v.mistake.symmetric if v.mistake is not None else []
