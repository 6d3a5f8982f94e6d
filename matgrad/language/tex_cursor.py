r"""A place in LaTeX units, the tokens written so far, and the small questions that reading asks again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..core.op import OPS
from ..errors import LimitError, ParseError, Phrase
from .latex import spelling
from .lexer import MAX_TOKENS, Token
from .names import ALIASES
from .tex_scan import Unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .declare import Declarations

MAX_DEPTH = 60
TRANSPOSES = {"top", "intercal", "transpose", "tran", "trans", "transp", "tp", "T", "Tr"}
FRACTIONS = {"frac", "tfrac", "dfrac", "cfrac", "nicefrac", "sfrac"}
INDICES = set("ijkl")
RELATIONS = {"ge": ">=", "geq": ">=", "geqslant": ">=", "le": "<=", "leq": "<=", "leqslant": "<=", "gt": ">", "lt": "<", "=": "==", ">": ">", "<": "<"}
SPELLED_AS = {"Re": "real", "Im": "imag", "sgn": "sign", "arccos": "acos", "arcsin": "asin", "arctan": "atan"}


class Scripts:
    """What hangs on a symbol: _ and ^ with their units, and the number of primes."""

    __slots__ = ("low", "high", "primes", "end", "high_first")

    def __init__(self) -> None:
        self.low: Unit | None = None
        self.high: Unit | None = None
        self.primes: list[Unit] = []
        self.end = 0
        self.high_first = False


class Cursor:
    """Units, tokens and what is known of the names."""

    def __init__(self, text: str, known: Declarations | None, others: Iterable[str]):
        from .build import SPECIAL  # builds what is read here

        self.words = {w for w in (*OPS, *SPECIAL, *ALIASES) if len(w) > 1 and w.isidentifier()}
        self.text = text
        self.units: list[Unit] = []
        self.at = 0
        self.out: list[Token] = []
        self.depth = 0
        self.fences: list[str] = []
        self.bound: list[str] = []
        self.closed: set[str] = set()
        self.ranges: dict[str, str] = {}
        self.fonts: dict[tuple[str, tuple[str, ...]], str] = {}
        self.euler: Unit | None = None
        self.families: set[str] = set()
        self.variables = dict(known.variables) if known else {}
        self.functions = set(known.functions) if known else set()
        self.sizes = set(known.sizes) if known else set()
        self.defined = set(others)
        self.spelled: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
        for name in (*self.variables, *self.functions, *self.sizes, *self.defined):
            self.remember(name)

    def remember(self, name: str) -> None:
        names = self.spelled.setdefault(spelling(name), [])
        if name not in names:
            names.append(name)

    @property
    def known(self) -> set[str]:
        return {*self.variables, *self.functions, *self.sizes, *self.defined, *self.bound}

    def is_known(self, name: str) -> bool:
        return name in self.variables or name in self.functions or name in self.sizes or name in self.defined or name in self.bound

    @property
    def here(self) -> Unit:
        return self.ahead(0)

    def ahead(self, n: int) -> Unit:
        if self.at + n < len(self.units):
            return self.units[self.at + n]
        end = self.units[-1].end if self.units else len(self.text)
        return Unit("end", "", end, end)

    def take(self) -> Unit:
        unit = self.here
        self.at += 1
        return unit

    def sign(self, *texts: str) -> bool:
        return self.here.kind == "sign" and self.here.text in texts

    def command(self, *texts: str) -> bool:
        return self.here.kind == "command" and self.here.text in texts

    def fail(self, sentence: str | Phrase, span: tuple[int, int], /, **fields: object) -> ParseError:
        return ParseError(sentence, self.text, span, **fields)

    def put(self, kind: str, text: str, span: tuple[int, int], spaced: bool = True) -> None:
        self.out.append(Token(kind, text, span[0], span[1], spaced))
        if len(self.out) > MAX_TOKENS:
            raise LimitError("the input is longer than {most} tokens", self.text, span, most=MAX_TOKENS)

    def inside(self, units: list[Unit], place: Unit, read: Callable[[], None]) -> None:
        """Read the units of a group; all of them must be used."""
        units, self.units = self.units, units
        at, self.at = self.at, 0
        fences, self.fences = self.fences, []
        read()
        if self.here.kind != "end":
            raise self.unexpected()
        self.units, self.at, self.fences = units, at, fences

    def unexpected(self) -> ParseError:
        u = self.here
        if u.kind == "end":
            return self.fail("the expression ends too early; an operand is missing", u.span)
        shown = self.text[u.start : u.end]
        hint = Phrase("; no bracket is open") if u.kind == "shut" else ""
        if u.kind == "sign" and u.text == ",":
            hint = Phrase("; a comma stands between arguments of a function, or before a definition")
        if u.kind == "sign" and u.text == "=":
            hint = Phrase("; the text has more than one '='; give one expression")
        return self.fail("unexpected {found}{hint}", u.span, found=repr(shown), hint=hint)

    def split(self) -> None:
        """Replace a run of letters by its factors: one name that is known, or a product of letters."""
        u = self.here
        if u.kind != "letters" or len(u.text) == 1:
            return
        run = u.text
        following = self.ahead(1)
        digits = following.kind == "number" and following.start == u.end
        if digits and run + following.text in self.known | self.words:
            self.units[self.at : self.at + 2] = [Unit("word", run + following.text, u.start, following.end)]
            return
        letters_known = all(self.is_known(c) for c in run)
        if self.is_known(run) or self.function_word(run) and not letters_known:
            self.units[self.at] = Unit("word", run, u.start, u.end, font="run")
            return
        if run[0] == "d" and not self.is_known("d") and not letters_known and (len(run) == 2 or self.is_known(run[1:])):
            if not self.is_known(run[1:]):
                either = r"{run} may be the differential of {name} or d times {name}; write \mathrm{d}{name}, or d \cdot {name}"
                raise self.fail(either, u.span, run=run, name=run[1:])
            self.units[self.at] = Unit("word", run, u.start, u.end, font="run")
            return
        inner = next((w for w in substrings(run) if not letters_known and (w in self.known or self.function_word(w))), "")
        if inner or self.function_word(run):
            sentence = r"{run} may be a product of letters, or {word} may be a word in it; write \mathrm{{word}}, or blanks between the factors"
            raise self.fail(sentence, u.span, run=run, word=inner or run)
        self.units[self.at : self.at + 1] = [Unit("letters", c, u.start + n, u.start + n + 1, font=u.font) for n, c in enumerate(run)]

    def function_word(self, word: str) -> str:
        """The function that a word names, or nothing."""
        for name in (word, SPELLED_AS.get(word, ""), word[:1].lower() + word[1:], word.lower()):
            if name in self.words:
                return name
        return ""

    def scripts(self) -> Scripts:
        """The subscripts, superscripts and primes that follow a symbol."""
        found = Scripts()
        if self.here.kind == "group" and not self.here.parts and self.ahead(1).kind == "sign" and self.ahead(1).text in "_^'":
            self.take()  # x{}^2
        while self.here.kind == "sign" and self.here.text in ("_", "^", "'") or self.command("prime"):
            mark = self.take()
            found.end = mark.end
            if mark.text in ("'", "prime"):
                found.primes.append(mark)
                continue
            body = self.script_body(mark)
            found.end = body.end
            if mark.text == "_":
                if found.low is not None:
                    raise self.fail("two subscripts stand on one symbol; write braces", mark.span)
                found.low, found.high_first = body, found.high is not None
            else:
                primes = prime_count(body)
                if primes:
                    found.primes += [body] * primes
                elif found.high is not None:
                    raise self.fail("two superscripts stand on one symbol; write braces", mark.span)
                else:
                    found.high = body
        return found

    def script_body(self, mark: Unit) -> Unit:
        """One sign or a group, as TeX takes it."""
        u = self.here
        if u.kind in ("end", "shut", "amp", "break", "finish") or u.kind == "sign" and u.text in "^_":
            raise self.fail("something is missing after {sign}", mark.span, sign=repr(mark.text))
        if u.kind == "group":
            if not u.parts:
                raise self.fail("something is missing after {sign}", (mark.start, u.end), sign=repr(mark.text))
            return self.take()
        if u.kind == "number" and len(u.text) > 1 or u.kind == "sign" and u.text == "-":
            following = self.text[u.start : max(u.end, self.ahead(1).end)] if u.kind == "sign" else u.text
            raise self.fail("braces are missing: write {sign}{{following}}", (mark.start, u.end), sign=mark.text, following=following)
        if u.kind == "letters" and len(u.text) > 1:
            self.units[self.at] = u.at(1, len(u.text))
            u = u.at(0, 1)
        else:
            self.take()
        if u.kind == "command" and u.text in FRACTIONS:
            return Unit("group", "", u.start, self.ahead(1).end, [u, self.take(), self.take()])
        return Unit("group", "", u.start, u.end, [u])

    def expression(self) -> None:
        """An expression up to the sign that ends it; written by the whole reader."""
        raise NotImplementedError

    def function(self, name: str, u: Unit) -> None:
        raise NotImplementedError

    def arguments(self) -> None:
        raise NotImplementedError

    def call_group(self) -> None:
        raise NotImplementedError

    def starts_factor(self) -> bool:
        raise NotImplementedError


# --- small questions about units -------------------------------------------------------------------------


def substrings(run: str) -> Iterable[str]:
    """The parts of a run of letters that might be words: two letters and more, not the whole."""
    if len(run) > 40:
        return ()
    return (run[a:b] for a in range(len(run)) for b in range(a + 2, len(run) + 1) if b - a < len(run))


def sole_symbol(group: Unit) -> Unit | None:
    """The one symbol that a group wraps: {x}."""
    while group.kind == "group" and len(group.parts) == 1:
        group = group.parts[0]
    return group if group.named and (group.kind != "letters" or len(group.text) == 1) else None


def fenced(parts: list[Unit]) -> bool:
    """Whether the units are one norm or absolute value from end to end."""
    if len(parts) < 3 or parts[0].text not in ("|", "||") or parts[0].text != parts[-1].text:
        return False
    sides = [u.kind for u in parts if u.kind == "bar" or u.kind in ("open", "shut") and u.text in ("|", "||")]
    return sides in (["open", "shut"], ["bar", "bar"])


def split_at(units: list[Unit], sign: str) -> list[list[Unit]]:
    """The units between the signs `sign` outside brackets."""
    found: list[list[Unit]] = [[]]
    depth = 0
    for u in units:
        depth += (u.kind == "open") - (u.kind == "shut")
        if depth == 0 and u.kind in ("sign", "command") and u.text == sign:
            found.append([])
        else:
            found[-1].append(u)
    return found


def label_of(unit: Unit | None) -> str | None:
    """A subscript as part of a name: letters, digits, Greek letters, words; None where it is more than that."""
    if unit is None:
        return None
    label = ""
    for u in unit.parts if unit.kind == "group" else [unit]:
        if u.named or u.kind == "number" and u.text.isdecimal():
            label += "_".join((u.text, *u.accents))
        elif u.kind == "sign" and u.text in ",_":
            label += u.text
        elif u.kind == "group":
            inner = label_of(u)
            if inner is None:
                return None
            label += inner
        else:
            return None
    return label if label and label.replace(",", "_").replace("_", "a").isalnum() else None


def prime_count(body: Unit) -> int:
    """How many primes a superscript of nothing but primes holds."""
    primes = [p for p in body.parts if p.kind == "command" and p.text == "prime" or p.kind == "sign" and p.text == "'"]
    return len(primes) if len(primes) == len(body.parts) else 0


def is_transpose(parts: list[Unit]) -> bool:
    r"""\top, \intercal, an upright T."""
    if len(parts) != 1:
        return False
    u = parts[0]
    if u.kind == "group":
        return is_transpose(u.parts)
    return u.kind == "command" and u.text in TRANSPOSES or u.kind in ("word", "letters") and u.text in ("T", "⊤") and bool(u.font)


def is_all(place: list[Unit]) -> bool:
    """':', '·' or '*' as an index: all of a row or column."""
    return len(place) == 1 and (place[0].kind == "sign" and place[0].text in ":*" or place[0].kind == "command" and place[0].text in ("cdot", "bullet"))


def parenthesised(high: Unit) -> bool:
    return len(high.parts) > 2 and high.parts[0].kind == "open" and high.parts[0].text in "([" and high.parts[-1].kind == "shut"


def label_like(high: Unit) -> bool:
    """^{(k)}: an iteration, a layer, a sample, or an exponent in brackets."""
    return parenthesised(high) and len(high.parts) == 3 and high.parts[1].kind in ("letters", "number", "symbol")


ADJOINT = r"X^{\mathsf H}"


def refused_script(parts: list[Unit]) -> Phrase | None:
    """Why a superscript is not read."""
    text = parts[0].text
    if text in ("dagger", "ddagger") or len(parts) == 1 and text == "+":
        return Phrase("this may be the pseudo-inverse or the conjugate transpose; write \\top for a transpose, {adjoint} for the conjugate transpose, "
                      "or the pseudo-inverse with products", adjoint=ADJOINT)  # fmt: skip
    if len(parts) == 1 and text in ("*", "ast", "star"):
        return Phrase("a star may be the conjugate transpose or part of a name; write \\top for a transpose, {adjoint} for the conjugate one, "
                      "or a subscript", adjoint=ADJOINT)  # fmt: skip
    return None


def is_letter(u: Unit) -> bool:
    """A lower-case letter, which may be a vector."""
    return u.kind in ("letters", "symbol") and u.text[0].islower()


def index_letters(low: Unit | None) -> list[str]:
    """The letters of a subscript i, ij or i,j."""
    parts = [u for u in low.parts if not (u.kind == "sign" and u.text == ",")] if low is not None else []
    return [c for u in parts for c in u.text] if parts and all(u.kind == "letters" and len(u.text) <= 2 for u in parts) else []


def uses_index(units: list[Unit], letter: str) -> bool:
    r"""Whether a subscript of the units, or a \sum, uses the letter."""
    for n, u in enumerate(units):
        if u.kind == "sign" and u.text == "_" and n + 1 < len(units):
            low = units[n + 1]
            parts = low.parts if low.kind == "group" else [low.at(0, 1)]
            if any(p.kind == "letters" and (p.text == letter or len(p.text) == 2 and letter in p.text and set(p.text) <= INDICES | {letter}) for p in parts):
                return True
        if uses_index(u.parts, letter):
            return True
    return False


def relates(parts: list[Unit]) -> bool:
    """Whether a relation stands among the units, outside brackets but the outermost."""
    depth = 0
    outer = 1 if parts and parts[0].kind == "open" and parts[-1].kind == "shut" else 0
    for u in parts:
        depth += (u.kind == "open") - (u.kind == "shut")
        if depth <= outer and u.kind in ("sign", "command") and u.text in RELATIONS:
            return True
    return False


def is_differential(unit: Unit) -> bool:
    """df, \\mathrm{d}f: a derivative as a quotient."""
    parts = unit.parts if unit.kind == "group" else [unit]
    if not parts:
        return False
    first = parts[0]
    return first.text == "d" and first.named or first.kind == "letters" and first.text[0] == "d" and len(first.text) == 2 and len(parts) == 1
