r"""LaTeX to the tokens of the plain language, each with its place in the LaTeX text.

What touches is multiplied; a function without brackets reaches as far as books let it; \sum takes the term that
follows. What has two readings is refused with both of them, never decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches

from ..core.expr import STRUCTURES, is_complex
from ..errors import LimitError, Phrase, did_you_mean
from .latex import spelling
from .lexer import Token, tokenize
from .tex_cursor import (
    FRACTIONS,
    MAX_DEPTH,
    RELATIONS,
    TRANSPOSES,
    Scripts,
    fenced,
    index_letters,
    is_differential,
    is_letter,
    label_of,
    relates,
    sole_symbol,
    split_at,
    uses_index,
)
from .tex_names import REFUSED, SCALARS, Names
from .tex_scan import ACCENTS, ARROWS, LETTER_FONTS, PARTNER, WORD_FONTS, Unit, scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .declare import Declarations

OPERATORS = {"cdot": "*", "times": "*", "odot": ".*", "circ": ".*", "oslash": "./", "otimes": "⊗", "div": "/", "*": "*", "/": "/"}
OF_MATRICES = {"exp", "log", "sqrt"}  # of a square matrix these may be functions of the matrix
EQUALS = {"coloneqq", "triangleq", "coloneq", "doteq", "defeq", "equiv"}
REACHING = {"tr", "Tr", "trace", "det", "logdet", "vec"}  # without brackets these take the whole product that follows
INVERTIBLE = {"det", "adj", "inv", "diag", "unvec", "kron", "expm", "logm", "sqrtm", "eye"}  # f(X)^{-1} is the inverse of the value
SUBSCRIPTED = {
    "log": "write \\log x / \\log 2 for a logarithm to another base",
    "max": "give only the expression that is maximised",
    "min": "give only the expression that is minimised",
}
CONSTANTS = {("1", "bold"), ("1", "blackboard"), ("1", "arrow"), ("0", "bold"), ("0", "arrow")}
JOINING = {"where": "where", "with": "where", "and": "where", "其中": "where"}


class Statement:
    """One equation or expression of the text: its left side, if it has one, and the units of its right side."""

    __slots__ = ("left", "right", "name", "indices", "joined")

    def __init__(self, left: list[Unit], right: list[Unit], joined: bool):
        self.left = left
        self.right = right
        self.joined = joined  # it follows "where"
        self.name = ""
        self.indices: list[str] = []


def read_tokens(text: str, known: Declarations | None = None, others: Iterable[str] = ()) -> list[Token]:
    """The tokens of a LaTeX text. `known` tells names from products, `others` names intermediates. Raises ParseError with the place."""
    return Reader(text, known, others).program()


def plain_name(text: str) -> str:
    """The name that a LaTeX symbol stands for: \\boldsymbol{\\Sigma}_{xx} is Sigma_xx. Raises ParseError."""
    reader = Reader(text, None, ())
    reader.units = scan(text)
    if not reader.here.named:
        raise reader.fail("a name is missing", reader.here.span)
    symbol, scripts = reader.take(), reader.scripts()
    if scripts.high or scripts.primes or reader.here.kind != "end":
        raise reader.fail("a name is a letter or a word, with a subscript at most", (0, len(text)))
    name = reader.resolved(symbol, scripts)
    if name is None:
        raise reader.fail("this subscript is not part of a name", (0, len(text)))
    return name


def plain_part(text: str, known: Declarations, others: Iterable[str]) -> str:
    r"""A variable to differentiate by, in plain text: \mathbf{x}^\top is x', X_{ij} is X[i,j]."""
    return "".join(token.text for token in read_tokens(text, known, others))


class Reader(Names):
    """Reads a whole input."""

    def program(self) -> list[Token]:
        """Definitions, then the expression. A left side that nothing uses is dropped."""
        statements = self.statements(scan(self.text))
        for s in statements:
            self.left_side(s)
        chosen = self.result(statements)
        for s in statements:
            if s is not chosen:
                self.definition(s)
        self.statement(chosen)
        end = len(self.text)
        self.put("end", "", (end, end))
        return self.out

    def statements(self, units: list[Unit]) -> list[Statement]:
        """The equations of the text: parted by ';', ',', line breaks and 'where'."""
        if len(units) == 1 and units[0].kind == "group":
            units = units[0].parts
        pieces: list[tuple[list[Unit], bool]] = [([], False)]
        depth = 0
        for n, u in enumerate(units):
            depth += (u.kind == "open" or u.kind == "begin") - (u.kind == "shut" or u.kind == "finish")
            following = units[n + 1] if n + 1 < len(units) else None
            if u.kind == "word" and u.font == "text" and u.text.lower().strip(" ,:;.") in JOINING or u.kind == "letters" and u.text in ("where", "其中"):
                pieces.append(([], True))
            elif u.kind == "sign" and u.text in ";" or self.parts(u, following, depth, bool(pieces[-1][0])):
                pieces.append(([], pieces[-1][1]))
            elif not (u.kind == "break" and depth <= 0) and u.kind != "amp" or depth > 0:
                pieces[-1][0].append(u)
        found = []
        for piece, joined in pieces:
            while piece and piece[-1].kind == "sign" and piece[-1].text in ".,":
                piece.pop()
            if piece:
                found.append(self.equation(piece, joined))
        if not found:
            raise self.fail("there is no expression", (0, len(self.text)))
        return found

    def parts(self, u: Unit, following: Unit | None, depth: int, begun: bool) -> bool:
        """Whether a comma or a line break ends an equation."""
        if depth > 0 or following is None:
            return False
        if u.kind == "break":
            operator = following.text in ("+", "-", "=") and following.kind == "sign" or following.text in OPERATORS or following.text in RELATIONS
            return begun and not operator
        return u.kind == "sign" and u.text == ","

    def equation(self, units: list[Unit], joined: bool) -> Statement:
        """Split at the top-level '='."""
        depth = 0
        for n, u in enumerate(units):
            depth += (u.kind == "open") - (u.kind == "shut")
            if depth == 0 and (u.kind == "sign" and u.text == "=" or u.kind == "command" and u.text in EQUALS):
                left = units[:n]
                if left and left[-1].kind == "sign" and left[-1].text == ":":
                    left = left[:-1]
                if not left:
                    raise self.fail("the left side of this equation is missing", u.span)
                if n + 1 == len(units):
                    raise self.fail("an expression is missing after '='", u.span)
                return Statement(left, units[n + 1 :], joined)
        return Statement([], units, joined)

    def left_side(self, s: Statement) -> None:
        """The name that an equation defines; f(x) names only what is to be differentiated."""
        if not s.left:
            return
        self.units, self.at = s.left, 0
        first = self.here
        if first.kind == "word" and first.text == "d" and self.ahead(1).named:
            self.take()
        if not self.here.named:
            raise self.fail("the left side of an equation is a name, or f(x)", (s.left[0].start, s.left[-1].end))
        if self.function_word(first.text):
            raise self.fail("this equation has an expression on either side; give one of them", (s.left[0].start, s.left[-1].end))
        symbol, scripts = self.take(), self.scripts()
        if self.here.kind == "open" and s.left[-1].kind == "shut":
            return
        if self.here.kind != "end" or scripts.high or scripts.primes:
            raise self.fail("the left side of an equation is a name, or f(x)", (s.left[0].start, s.left[-1].end))
        low = scripts.low
        letters = index_letters(low)
        if letters and all(uses_index(s.right, c) for c in letters):
            s.indices, scripts.low = letters, None
        s.name = self.resolved(symbol, scripts) or ""
        if not s.name:
            raise self.fail("the left side of an equation is a name, or f(x)", (s.left[0].start, s.left[-1].end))
        self.defined.add(s.name)
        if s.indices:
            self.families.add(s.name)
        self.remember(s.name)

    def result(self, statements: list[Statement]) -> Statement:
        """The expression among the equations: the one without a left side, or f(x) = …, or the one no other uses."""
        for found in ([s for s in statements if not s.left], [s for s in statements if not s.name]):
            if len(found) > 1:
                raise self.fail("there are two expressions; give one, and definitions with '='", (found[1].right[0].start, found[1].right[-1].end))
            if found:
                return found[0]
        unused = [s for s in statements if not s.joined and not any(self.uses(t.right, s.left[0]) for t in statements if t is not s)]
        if len(unused) != 1:
            raise self.fail("which of these equations is the expression, and which are definitions? write the expression without a left side",
                            (statements[-1].left[0].start, statements[-1].left[-1].end))  # fmt: skip
        name = unused[0].name
        if name in self.variables:
            raise self.fail("{name} is declared as a variable; give one side of the equation", (unused[0].left[0].start, unused[0].left[-1].end), name=name)
        self.defined.discard(name)
        if not self.is_known(name):
            self.spelled[spelling(name)].remove(name)
        return unused[0]

    def uses(self, units: list[Unit], symbol: Unit) -> bool:
        """Whether the symbol occurs; a run of letters holds each of them."""
        return any(u.named and (u.text == symbol.text or u.kind == "letters" and symbol.text in u.text) and u.accents == symbol.accents
                   or self.uses(u.parts, symbol) for u in units)  # fmt: skip

    def definition(self, s: Statement) -> None:
        span = (s.left[0].start, s.left[-1].end)
        self.put("name", s.name, span)
        if s.indices:
            self.put("op", "[", span, False)
            for n, index in enumerate(s.indices):
                if n:
                    self.put("op", ",", span)
                self.put("name", index, span)
            self.put("op", "]", span)
        outer, self.bound = self.bound, [*self.bound, *s.indices]
        self.put("op", "=", span)
        self.statement(s)
        self.bound = outer
        end = s.right[-1].end
        self.put("op", ";", (end, end))

    def statement(self, s: Statement) -> None:
        self.units, self.at, self.closed, self.fences = s.right, 0, set(), []
        self.expression()
        if self.here.kind != "end":
            raise self.unexpected()

    def expression(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError("brackets are nested deeper than {most} levels", self.text, self.here.span, most=MAX_DEPTH)
        self.sum()
        if self.here.text in RELATIONS and self.here.kind in ("sign", "command") and not (self.here.text == "=" and self.depth == 1):
            u = self.take()
            self.put("op", RELATIONS[u.text], u.span)
            self.sum()
        self.depth -= 1

    def sum(self) -> None:
        if self.sign("+", "-"):
            u = self.take()
            self.put("op", u.text, u.span)
        self.term()
        while self.sign("+", "-"):
            u = self.take()
            self.put("op", u.text, u.span)
            self.term()

    def term(self) -> None:
        """Factors that touch, and operators between them."""
        used: dict[str, Unit] = {}
        touching = self.factors()
        while self.operator():
            u = self.take()
            op = OPERATORS[u.text]
            used.setdefault(op if op != "./" else ".*", u)
            self.check_mixture(used, u)
            self.check_dot(u)
            self.put("op", op, u.span)
            if self.sign("-"):
                minus = self.take()
                self.put("op", "-", minus.span)
            start = self.here
            several = self.factors()
            touching = touching or several
            if op == "/" and several:
                raise self.fail("a/b c may be (a/b)c or a/(bc); write a fraction or brackets", (u.start, start.end))
            if "⊗" in used and touching:
                raise self.fail("A ⊗ B C may be (A ⊗ B)C or A ⊗ (BC); write brackets", used["⊗"].span)

    def operator(self) -> bool:
        return self.here.kind in ("sign", "command") and self.here.text in OPERATORS

    def check_dot(self, u: Unit) -> None:
        r"""a \cdot b of two names of which one is not declared: an inner product, or a multiple."""
        self.split()
        before, after = self.ahead(-2), self.here
        vectors = self.at > 1 and is_letter(before) and is_letter(after)
        if vectors and u.text in ("cdot", "times") and not (self.is_known(before.text) and self.is_known(after.text)):
            a, b = (self.text[n.start : n.end] for n in (before, after))
            sentence = r"{left} \{command} {right} may be an inner product or a multiple; write {left}^\top {right}, or declare both"
            raise self.fail(sentence, (before.start, after.end), left=a, command=u.text, right=b)

    def check_mixture(self, used: dict[str, Unit], u: Unit) -> None:
        if ".*" in used and "*" in used or "⊗" in used and len(used) > 1:
            raise self.fail("products of two kinds stand side by side here; write brackets", u.span)

    def factors(self) -> bool:
        """One factor or more that touch; whether there were more."""
        count = 0
        while not count or self.starts_factor():
            numeral = self.here.kind == "number" and not self.here.font
            if count and numeral and self.ahead(-1).kind == "number" and not self.ahead(-1).font:
                raise self.fail("two numbers touch here; write \\cdot between them, or no blank within one number", self.here.span)
            self.factor()
            count += 1
        return count > 1

    def starts_factor(self) -> bool:
        u = self.here
        if u.kind == "bar":
            return not self.closes(u)
        if u.kind == "command":
            return u.text not in OPERATORS and u.text not in RELATIONS and u.text not in EQUALS
        return u.kind in ("letters", "symbol", "word", "number", "open", "begin") or u.kind == "group" and bool(u.parts)

    def closes(self, bar: Unit) -> bool:
        """Whether a bar ends the innermost fence; two bars side by side end ‖, or one | each."""
        if not self.fences:
            return False
        if bar.text == "||" or self.fences[-1] == "|":
            return self.fences[-1] == bar.text
        return self.twin()

    def twin(self) -> bool:
        """Two bars that touch: ||."""
        a, b = self.here, self.ahead(1)
        return a.kind == b.kind == "bar" and a.text == b.text == "|" and a.end == b.start

    def factor(self) -> None:
        u = self.here
        if u.kind == "group" and not u.parts:
            self.take()
            u = self.here
        if u.kind == "letters":
            self.split()
            u = self.here
        if u.kind == "group" and fenced(u.parts):
            self.units[self.at : self.at + 1] = u.parts  # {‖x‖}_2
            u = self.here
        if u.kind == "group" and (symbol := sole_symbol(u)) is not None:
            self.units[self.at] = symbol
            self.split()
            u = self.here
        if u.named:
            self.symbol()
        elif u.kind == "number":
            self.number()
        elif u.kind == "group":
            self.take()
            self.grouped(u, self.expression)
            self.scripted(u.span)
        elif u.kind == "open":
            self.bracket()
        elif u.kind == "bar":
            self.fence("||" if self.twin() else u.text)
        elif u.kind == "begin":
            self.matrix()
        elif u.kind == "command":
            self.commanded()
        elif u.kind == "end":
            raise self.fail("the expression ends too early; an operand is missing" if self.at else "an operand is missing", u.span)
        elif self.sign("^", "_"):
            raise self.fail("nothing stands before this {found}", u.span, found=repr(u.text))
        else:
            shown = self.text[u.start : u.end]
            hint = Phrase("; a new line begins a second expression") if u.kind == "break" else ""
            raise self.fail("an operand is missing before {found}{hint}", u.span, found=repr(shown), hint=hint)

    def grouped(self, unit: Unit, read: Callable[[], None], always: bool = False) -> None:
        """( … ) around what a group or a construction holds; left out around one token."""
        mark = len(self.out)
        self.inside(unit.parts if unit.kind == "group" else [unit], unit, read)
        if always or len(self.out) > mark + 1:
            self.out.insert(mark, Token("op", "(", unit.start, unit.start + 1, True))
            self.put("op", ")", (unit.end - 1, unit.end))

    def number(self) -> None:
        u = self.take()
        if not u.font:
            following = self.here
            self.put("number", u.text, u.span)
            self.scripted(u.span, called="number")
            if following.kind == "number" and following.start == u.end:
                raise self.fail("two numbers touch here", following.span)
            return
        if u.accents or (u.text, u.font) not in CONSTANTS:
            raise self.fail("a number in this font is not part of the language; \\mathbf{1} is a vector of ones", u.span)
        scripts = self.scripts()
        if self.indicator(u, scripts):
            return
        name = "ones" if u.text == "1" else "zeros"
        if scripts.low is None:
            self.put("constant", name, u.span)
        else:
            self.sized(name, u, scripts.low)
        self.raised(u.span, scripts)

    def indicator(self, u: Unit, scripts: Scripts) -> bool:
        r"""\mathbb{1}[a > b] and \mathbf{1}_{a > b}: 1 where it holds."""
        low = scripts.low
        if u.text != "1" or scripts.high is not None or scripts.primes:
            return False
        if low is not None and relates(low.parts):
            parts = low.parts
            if parts[0].kind == "open" and parts[-1].kind == "shut":
                parts = parts[1:-1]
            self.put("op", "(", low.span)
            self.inside(parts, low, self.comparison)
            self.put("op", ")", low.span)
            self.scripted(u.span)
            return True
        if low is None and self.here.kind == "open":
            close = self.closing(self.at)
            if relates(self.units[self.at + 1 : close]):
                self.bracket(self.comparison)
                return True
        return False

    def comparison(self) -> None:
        self.depth += 1  # '=' is a comparison here
        self.expression()
        self.depth -= 1

    def closing(self, at: int) -> int:
        """Where the bracket that opens at `at` is closed."""
        depth = 0
        for n in range(at, len(self.units)):
            depth += (self.units[n].kind == "open") - (self.units[n].kind == "shut")
            if depth == 0:
                return n
        raise self.fail("this bracket is never closed", self.units[at].span)

    def bracket(self, read: Callable[[], None] | None = None) -> None:
        opened = self.here
        if opened.text in ("|", "||"):
            self.fence(opened.text)
            return
        self.take()
        if opened.text == "<":
            self.inner_product(opened)
            return
        fences, self.fences = self.fences, []
        self.put("op", "(", opened.span)
        (read or self.expression)()
        if self.sign(",") and opened.text == "[":
            raise self.fail("[A, B] may be a block matrix or a commutator; write \\begin{bmatrix} A & B \\end{bmatrix}, or AB - BA", opened.span)
        shut = self.shut(opened)
        self.put("op", ")", shut.span)
        self.fences = fences
        self.scripted((opened.start, shut.end))

    def shut(self, opened: Unit) -> Unit:
        u = self.here
        if u.kind == "end":
            raise self.fail("this bracket is never closed", opened.span)
        if u.kind != "shut":
            raise self.unexpected()
        if u.text != PARTNER[opened.text]:
            raise self.fail("this bracket closes {bracket}, which is of another kind", u.span, bracket=repr(self.text[opened.start : opened.end]))
        return self.take()

    def inner_product(self, opened: Unit) -> None:
        r"""\langle A, B \rangle = tr(A'B), of real matrices."""
        if any(map(is_complex, self.variables.values())):
            raise self.fail("an inner product of complex matrices may be tr(A^H*B) or tr(B^H*A); write one of them", opened.span)
        self.put("name", "tr", opened.span)
        self.put("op", "(", opened.span, False)
        self.put("op", "(", opened.span)
        self.expression()
        self.put("op", ")", self.here.span)
        self.put("op", "'", self.here.span, False)
        if not self.sign(","):
            raise self.fail("an inner product has two sides: \\langle A, B \\rangle", opened.span)
        self.put("op", "*", self.take().span)
        self.put("op", "(", self.here.span)
        self.expression()
        shut = self.shut(opened)
        self.put("op", ")", shut.span)
        self.put("op", ")", shut.span)
        if self.sign("_") and (label_of(self.ahead(1)) or "") in ("F", "2"):
            self.at += 2
        self.scripted((opened.start, shut.end))

    def fence(self, sign: str) -> None:
        """‖x‖, ‖X‖_F, |x| or the determinant |X|."""
        opened = self.take()
        sided = opened.kind == "open"
        if sign == "||" and opened.text == "|":
            self.take()
        fences, self.fences = self.fences, [] if sided else [*self.fences, sign]
        token = "||" if sign == "||" else "|X|"
        self.put("op", token, opened.span)
        self.put("op", "(", opened.span)
        self.expression()
        end = self.here
        if sided:
            if end.kind != "shut" or end.text != sign:
                raise self.unexpected() if end.kind != "end" else self.fail("this fence is never closed", opened.span)
        elif end.kind != "bar" or not self.closes(end):
            raise self.unexpected() if end.kind != "end" else self.fail("this fence is never closed", opened.span)
        self.take()
        if sign == "||" and end.text == "|":
            end = self.take()
        self.put("op", ")", end.span)
        self.put("op", token, end.span)
        self.fences = fences
        scripts = self.scripts()
        if scripts.low is not None:
            if sign == "|":
                raise self.fail("a subscript is not expected here", scripts.low.span)
            kind = label_of(scripts.low)
            if kind not in ("F", "1", "2"):
                raise self.fail("the norms of the language are ‖X‖_F, ‖x‖_2 and ‖x‖_1", scripts.low.span)
            self.put("name", "_" + kind, scripts.low.span, False)
        if scripts.primes:
            raise self.fail("a prime is not expected here", scripts.primes[0].span)
        self.raised((opened.start, end.end), scripts)

    def matrix(self) -> None:
        """bmatrix and its kin: [a, b; c, d]; vmatrix is its determinant."""
        begun = self.take()
        determinant = begun.text == "vmatrix"
        if determinant:
            self.put("name", "det", begun.span)
            self.put("op", "(", begun.span, False)
        self.put("op", "[", begun.span)
        fences, self.fences = self.fences, []
        while True:
            self.expression()
            u = self.take()
            if u.kind == "amp":
                self.put("op", ",", u.span)
            elif u.kind == "break":
                if self.here.kind == "finish":
                    u = self.take()
                    break
                self.put("op", ";", u.span)
            elif u.kind == "finish":
                break
            else:
                self.at -= 1
                raise self.unexpected()
        self.fences = fences
        self.put("op", "]", u.span)
        if determinant:
            self.put("op", ")", u.span)
        self.scripted((begun.start, u.end))

    def function(self, name: str, u: Unit) -> None:
        """A function of the language: f(x), f x, f^2(x), f'(x)."""
        scripts = self.scripts()
        if name in STRUCTURES and scripts.low is not None:
            self.sized(name, u, scripts.low)
            self.raised(u.span, scripts)
            return
        if name == "unvec" and scripts.low is not None:
            self.unvec(u, scripts.low)
            self.scripted(u.span)
            return
        if name in ("log", "ln") and self.here.kind in ("command", "word") and self.here.text == "det":
            name, u = "logdet", Unit("word", "logdet", u.start, self.take().end)
        if scripts.low is not None:
            raise self.fail(SUBSCRIPTED.get(name, "{name} takes no subscript"), scripts.low.span, name=name)
        mark, high = len(self.out), scripts.high
        entries = high is not None and [p.text for p in high.parts] == ["circ"]  # \exp^{\circ}(X)
        if entries:
            high = None
        name = "log" if name == "ln" else name
        self.put("name", name if name not in OF_MATRICES or entries or scripts.primes else name + "?", u.span)
        for prime in scripts.primes:
            self.put("op", "'", prime.span, False)
        if high is not None and not (len(high.parts) == 1 and high.parts[0].kind == "number" and high.parts[0].text.isdecimal()):
            raise self.fail("this exponent of {name} may mean its inverse, or a power of its value; write brackets", high.span, name=name)
        bracketed = self.here.kind == "open" or self.here.kind == "group"
        if self.here.kind == "open" and self.here.text in ("|", "||", "<"):
            bracketed = False
        if bracketed:
            self.call_group() if self.here.kind == "group" else self.arguments()
        else:
            self.reach(name, u)
        if high is not None:
            self.out.insert(mark, Token("op", "(", u.start, u.end, True))
            self.put("op", ")", high.span)
            self.put("op", "^", high.span, False)
            self.put("number", high.parts[0].text, high.span)
        elif bracketed:
            if name in SCALARS and self.here.kind == "open" and self.here.text in "([":
                sentence = r"{name}(A)(B) may be {name} of the product, or a multiple of B; write \cdot between them, or brackets around all"
                raise self.fail(sentence, (u.start, self.here.end), name=name)
            self.scripted(u.span, called="" if name in INVERTIBLE else name)

    def call_group(self) -> None:
        """f{x}: the braces hold the argument, with or without brackets of their own."""
        group = self.take()
        parts = group.parts
        if not parts:
            raise self.fail("the argument of the function is missing", group.span)
        if parts[0].kind == "open" and parts[0].text in "([{" and parts[-1].kind == "shut":
            self.inside(parts, group, self.arguments)
            return
        self.put("op", "(", group.span, False)
        self.inside(parts, group, self.argument_list)
        self.put("op", ")", group.span)

    def arguments(self) -> None:
        opened = self.take()
        fences, self.fences = self.fences, []
        self.put("op", "(", opened.span, False)
        self.argument_list()
        shut = self.shut(opened)
        self.put("op", ")", shut.span)
        self.fences = fences

    def argument_list(self) -> None:
        self.expression()
        while self.sign(","):
            self.put("op", ",", self.take().span)
            self.expression()

    def reach(self, name: str, u: Unit) -> None:
        """The argument of a function without brackets: tr, det and vec take the product, others one factor."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError("functions are nested deeper than {most} levels", self.text, u.span, most=MAX_DEPTH)
        if self.here.kind in ("end", "shut") or not self.starts_factor():
            raise self.fail("the argument of {name} is missing", u.span, name=name)
        if name in ("max", "min", "kron"):
            raise self.fail("{name} needs brackets around its arguments", u.span, name=name)
        self.put("op", "(", (u.end, u.end), False)
        count = 0
        while not count or self.starts_factor():
            self.split()
            follows = self.function_here()
            if count and follows:
                if name in REACHING and follows not in SCALARS:
                    raise self.fail("how far {name} reaches is not clear here; write brackets around its argument", (u.start, self.here.end), name=name)
                break
            count += not (self.here.kind == "number" and not self.here.font and count == 0)
            coefficient = count == 0
            self.factor()
            if coefficient and not self.starts_factor():
                count = 1
            if follows and self.starts_factor() and not self.function_here():
                raise self.fail("how far {name} reaches is not clear here; write brackets around its argument", (u.start, self.here.end), name=name)
        if count > 1 and name not in REACHING:
            raise self.fail("how far {name} reaches is not clear here; write brackets around its argument", (u.start, self.ahead(-1).end), name=name)
        if self.operator():
            raise self.fail("whether {name} reaches beyond this sign is not clear; write brackets around its argument", self.here.span, name=name)
        self.put("op", ")", (self.ahead(-1).end, self.ahead(-1).end))
        self.depth -= 1

    def function_here(self) -> str:
        """The function that begins here, if one does."""
        u = self.here
        if u.kind == "command":
            return self.function_word(u.text)
        if u.kind == "word":
            return self.function_word(u.text) if not self.is_known(u.text) else u.text if u.text in self.functions else ""
        return u.text if u.kind in ("symbol", "letters") and u.text in self.functions else ""

    def unvec(self, u: Unit, low: Unit) -> None:
        self.put("name", "unvec", u.span)
        if self.here.kind != "open":
            raise self.fail("unvec needs brackets around its argument", u.span)
        self.arguments()
        shut = self.out.pop()
        sizes = split_at(low.parts, "times")
        if len(sizes) != 2:
            sizes = split_at(low.parts, ",")
        for place in sizes:
            self.put("op", ",", low.span)
            self.inside(place, low, self.expression)
        self.out.append(shut)

    def commanded(self) -> None:
        u = self.here
        name = u.text
        if name in FRACTIONS:
            self.fraction()
        elif name == "sqrt":
            self.root()
        elif name == "sum":
            self.total()
        elif word := self.function_word(name):
            self.units[self.at] = Unit("word", name, u.start, u.end, font="operator")
            self.take()
            self.function(word, u)
        elif name in TRANSPOSES:
            raise self.fail(r"\{name} belongs after '^'", u.span, name=name)
        elif name == "dd" or name == "diff":
            self.take()
            self.differential(u)
        elif name in OPERATORS or name in RELATIONS or name in EQUALS:
            raise self.fail(r"an operand is missing before '\{name}'", u.span, name=name)
        elif name in REFUSED:
            raise self.fail(REFUSED[name], u.span)
        else:
            commands = [*OPERATORS, *RELATIONS, *FRACTIONS, *self.words, *TRANSPOSES, *ACCENTS, *ARROWS, *LETTER_FONTS, *WORD_FONTS, "sum", "sqrt"]
            meant = get_close_matches(name, [c for c in commands if len(c) > 2 and c.isalpha()], 1, 0.75)
            hint = did_you_mean([f"\\{c}" for c in meant]) or (Phrase(r"; MATLAB's A\{name} is inv(A)*{name}", name=name) if len(name) == 1 else "")
            raise self.fail(r"\{name} is not a command matgrad reads{hint}", u.span, name=name, hint=hint)

    def one_argument(self, command: Unit) -> Unit:
        r"""One argument as TeX takes it: \frac12."""
        u = self.here
        if u.kind in ("end", "shut", "amp", "break", "finish"):
            raise self.fail(r"an argument is missing after \{command}", command.span, command=command.text)
        if u.kind == "number" and "." in u.text:
            raise self.fail(r"braces are missing: write \{command}{{argument}}", u.span, command=command.text, argument=u.text)
        if u.kind in ("letters", "number") and len(u.text) > 1:
            self.units[self.at] = u.at(1, len(u.text))
            return u.at(0, 1)
        if u.kind == "group" and not u.parts:
            raise self.fail(r"an argument of \{command} is empty", u.span, command=command.text)
        return self.take()

    def fraction(self) -> None:
        u = self.take()
        above, below = self.one_argument(u), self.one_argument(u)
        if above.parts and above.parts[0].text in ("partial", "nabla") or above.text == "partial":
            self.partial(u, above, below)
        else:
            if not self.is_known("d") and is_differential(above) and is_differential(below):
                raise self.fail("give the expression itself and name the variable; matgrad finds the derivative", (u.start, below.end))
            self.put("op", "(", u.span)
            self.grouped(above, self.expression)
            self.put("op", "/", (above.end, above.end))
            self.grouped(below, self.expression)
            self.put("op", ")", (below.end - 1, below.end))
        self.scripted((u.start, below.end))

    def partial(self, u: Unit, above: Unit, below: Unit) -> None:
        r"""\frac{\partial A}{\partial t} of an unspecified function A(t)."""
        names: list[str] = []

        def read() -> None:
            while self.here.kind != "end":
                if not self.command("partial"):
                    raise self.unexpected()
                self.take()
                count = 1
                if self.sign("^"):
                    self.take()
                    self.script_body(u)
                if not self.here.named:
                    raise self.fail(REFUSED["partial"], (u.start, below.end))
                symbol, scripts = self.take(), self.scripts()
                name = self.resolved(symbol, scripts)
                high = scripts.high
                if high is not None:
                    count = int(high.parts[0].text) if high.parts[0].kind == "number" and high.parts[0].text.isdecimal() and len(high.parts[0].text) < 2 else 0
                if name is None or not count:
                    raise self.fail(REFUSED["partial"], (u.start, below.end))
                names.extend([name] * count)

        self.inside(above.parts, above, read)
        self.inside(below.parts, below, read)
        variable = self.variables.get(names[0]) if names else None
        if variable is None or not variable.data[2]:
            raise self.fail(REFUSED["partial"], (u.start, below.end))
        self.put("name", "diff", u.span)
        self.put("op", "(", above.span, False)
        for n, name in enumerate(names):
            if n:
                self.put("op", ",", below.span)
            self.put("name", name, below.span)
        self.put("op", ")", below.span)

    def root(self) -> None:
        u = self.take()
        order: list[Unit] = []
        if self.here.kind == "open" and self.here.text == "[":
            close = self.closing(self.at)
            order = self.units[self.at + 1 : close]
            self.at = close + 1
        body = self.one_argument(u)
        if not order:
            self.put("name", "sqrt?", u.span)
            self.put("op", "(", body.span, False)
            self.inside(body.parts if body.kind == "group" else [body], body, self.expression)
            self.put("op", ")", (body.end - 1, body.end))
        else:
            self.put("op", "(", u.span)
            self.grouped(body, self.expression, always=True)
            self.put("op", ".^", u.span)
            self.put("op", "(", u.span)
            self.put("number", "1", u.span)
            self.put("op", "/", u.span)
            self.exponent(order, Unit("group", "", order[0].start, order[-1].end))
            self.put("op", ")", u.span)
            self.put("op", ")", body.span)
        self.scripted((u.start, body.end))

    def total(self) -> None:
        r"""\sum_{i=1}^{N} of the term that follows."""
        u = self.take()
        scripts = self.scripts()
        if scripts.low is None:
            raise self.fail("the index of the sum is missing: \\sum_{i=1}^{N}; the sum of all entries is \\operatorname{sum}(X)", u.span)
        low = scripts.low
        sides = split_at(low.parts, "=")
        indices = self.index_letters(sides[0], low)
        if len(sides) > 2 or len(sides) == 2 and not sides[1]:
            raise self.fail("a sum over an index reads \\sum_{i=1}^{N}", low.span)
        opened = []
        for index in indices:
            self.put("name", "sum", u.span)
            self.put("op", "(", low.span, False)
            self.put("name", index, low.span)
            self.put("op", ",", low.span)
            opened.append(len(self.out))
            if scripts.high is not None:
                self.lower(sides, low)
                self.put("op", "..", scripts.high.span)
                self.inside(scripts.high.parts, scripts.high, self.expression)
                self.put("op", ",", scripts.high.span)
            elif len(sides) == 2:
                raise self.fail("the upper end of the sum is missing: \\sum_{i=1}^{N}", low.span)
        outer = {i: self.ranges.get(i) for i in indices}
        if scripts.high is None:
            self.ranges.update(dict.fromkeys(indices, ""))
        self.bound += indices
        if self.sign("-"):
            self.put("op", "-", self.take().span)
        if not self.starts_factor():
            raise self.fail("what is summed is missing", u.span)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError("sums are nested deeper than {most} levels", self.text, u.span, most=MAX_DEPTH)
        self.term()
        self.depth -= 1
        del self.bound[len(self.bound) - len(indices) :]
        self.closed.update(indices)
        for index, at in reversed(list(zip(indices, opened))):
            if scripts.high is None:
                size = self.ranges[index]
                if not size:
                    raise self.fail(r"how far {index} runs is not clear; write \sum_{{index}=1}^{N}", low.span, index=index)
                self.out[at:at] = [Token(t.kind, t.text, low.start, low.end, t.spaced) for t in [*tokenize(f"1..{size}")[:-1], *tokenize(",")[:-1]]]
            self.put("op", ")", (self.ahead(-1).end, self.ahead(-1).end))
        self.ranges.update({i: r for i, r in outer.items() if r is not None})

    def lower(self, sides: list[list[Unit]], low: Unit) -> None:
        if len(sides) == 2:
            self.inside(sides[1], low, self.expression)
        else:
            self.put("number", "1", low.span)

    def index_letters(self, units: list[Unit], low: Unit) -> list[str]:
        names: list[str] = []

        def read() -> None:
            while self.here.kind != "end":
                self.split()
                u = self.take()
                if u.kind == "sign" and u.text == "," and names:
                    continue
                scripts = self.scripts()
                if u.kind not in ("letters", "symbol") or u.accents or scripts.high or scripts.primes:
                    raise self.fail("a sum over an index reads \\sum_{i=1}^{N}", low.span)
                names.append(u.text + (label_of(scripts.low) or "") if scripts.low else u.text)  # i_1 is the letter i1
                self.remember(names[-1])

        self.inside(units, low, read)
        if not names or len(set(names)) < len(names):
            raise self.fail("a sum over an index reads \\sum_{i=1}^{N}", low.span)
        return names
