"""Tokens to a syntax tree: a Pratt parser. Knows operators and brackets, nothing of sizes.

From loose to tight: comparison; + -; * / .* ./ @ (left to right); juxtaposition; sign; ^ .^ and ' (left to
right, so a.^2' transposes the power). Sums and products are kept flat.
"""

from __future__ import annotations

from ..core.op import OPS
from ..errors import LimitError, ParseError, Phrase, Series
from .lexer import GREEK, Token, is_latex, tokenize
from .names import ALIASES, WRITTEN_OUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .declare import Declarations

MAX_DEPTH = 100


class Ast:
    """A syntax node: kind, place in the text, parts, and a value such as a name or an operator."""

    __slots__ = ("kind", "span", "parts", "value")

    def __init__(self, kind: str, span: tuple[int, int], parts: list[Ast], value: object = None):
        self.kind = kind
        self.span = span
        self.parts = parts
        self.value = value


class Definition:
    """Y = … or h[i] = …, one named intermediate."""

    __slots__ = ("name", "indices", "body", "span")

    def __init__(self, name: str, indices: tuple[str, ...], body: Ast, span: tuple[int, int]):
        self.name = name
        self.indices = indices
        self.body = body
        self.span = span


PRODUCTS = {"*", "@", ".*", "./", "/", "⊗"}
COMPARISONS = {">=", ">", "<=", "<", "=="}
FENCES = {"||", "|", "|X|"}  # |X| is written in LaTeX only: a determinant or an absolute value


def latex_tokens(text: str, known: Declarations | None) -> list[Token]:
    from .tex_read import read_tokens

    return read_tokens(text, known)


def apart(tokens: list[Token], known: Declarations | None, text: str) -> list[Token]:
    """Xw is X w where X and w are declared and Xw is not. Raises ParseError where that can be read in two ways.

    Where X and w are not declared but stand alone elsewhere in the text, or one of them is declared, Xw is asked about.
    """
    if known is None:
        return tokens
    names = {*known.variables, *(t.text for t, after in zip(tokens, tokens[1:]) if t.kind == "name" and after.text == "=")}
    alone = {t.text for t in tokens if t.kind == "name" and len(t.text) == 1}
    taken = names | known.functions | known.sizes | OPS.keys() | ALIASES.keys() | SPELLED
    out: list[Token] = []
    for t, after in zip(tokens, [*tokens[1:], tokens[-1]]):
        own = t.kind != "name" or t.text in taken or t.text.startswith("d") and t.text[1:] in taken or after.text == "(" and not after.spaced
        parts = [] if own else cuts(t.text, names)
        if not own and not parts and len(t.text) > 1 and (asked := next(iter(cuts(t.text, names | alone)), None) or with_a_letter(t.text, names)):
            product = "*".join(asked)
            raise ParseError(
                "{name} may be the product {product} or a name of its own; write the * or declare {name}", text, t.span, name=t.text, product=product
            )
        if len(parts) > 1:
            readings = Series(map("*".join, parts), "or")
            raise ParseError("{name} is not declared and may be {readings}; write the product", text, t.span, name=t.text, readings=readings)
        at = t.start
        for k, part in enumerate(parts[0] if parts else [t.text]):
            out.append(Token(t.kind, part, at, at + len(part), t.spaced if not k else False) if parts else t)
            at += len(part)
    return out


SPELLED = {"where", "pi", *GREEK.values()}
LONGEST_WORD = 16  # of names run together


def cuts(word: str, names: set[str]) -> list[list[str]]:
    """The ways to write a short word as names one after the other."""
    if not word:
        return [[]]
    if len(word) > LONGEST_WORD:
        return []
    return [[word[:k], *rest] for k in range(1, len(word) + 1) if word[:k] in names for rest in cuts(word[k:], names)]


def with_a_letter(word: str, names: set[str]) -> list[str]:
    """A word as names and one letter more: Ax, AXB of X alone leaves two. xt, an index written beside a small letter, is a name."""
    for k, letter in enumerate(word):
        subscript = word.islower() and k == len(word) - 1
        if letter.isalpha() and not subscript:
            before, after = cuts(word[:k], names), cuts(word[k + 1 :], names)
            if before and after and len(word) > 1:
                return [*before[0], letter, *after[0]]
    return []


class Parser:
    def __init__(self, text: str, known: Declarations | None = None):
        self.text = text
        self.tokens = latex_tokens(text, known) if is_latex(text) else apart(tokenize(text), known, text)
        self.own = {*known.variables, *known.functions} if known is not None else set[str]()
        self.at = 0
        self.depth = 0
        self.fences: list[str] = []

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def fail(self, sentence: str, token: Token | None = None, /, **fields: object) -> ParseError:
        token = token or self.here
        return ParseError(sentence, self.text, token.span, **fields)

    def take(self, text: str) -> bool:
        if self.here.kind == "op" and self.here.text == text:
            self.at += 1
            return True
        return False

    def expect(self, text: str, opened: Token | None = None) -> None:
        if not self.take(text):
            if opened is not None and self.here.kind == "end":
                raise self.fail("this bracket is never closed; {bracket} is missing", opened, bracket=repr(text))
            if not self.here.text:
                raise self.fail("expected {wanted}, but the text ends here", wanted=repr(text))
            raise self.fail("expected {wanted}, not {found}", wanted=repr(text), found=repr(self.here.text))

    # --- a whole input ----------------------------------------------------------------------------

    def program(self) -> tuple[list[Definition], Ast]:
        """`Y = …; …; result` or `result where Y = …; …`."""
        definitions: list[Definition] = []
        result: Ast | None = None
        while result is None:
            if self._at_left_side():
                while not self.take("="):
                    self.at += 1
            elif self._at_definition():
                definitions.append(self.definition())
                if self.here.kind == "end" or self.here.text == "where":  # f = … on its own is the function
                    result = definitions.pop().body
                elif not self.take(";"):
                    raise self.fail("expected ';' and then the expression that uses the definitions")
                continue
            result = self.expression()
        if self.here.text == "where" and self.here.kind == "name":
            self.at += 1
            if self.here.kind == "end":
                raise self.fail("a definition is missing after 'where'")
            while self.here.kind != "end":
                definitions.append(self.definition())
                if not self.take(";") and not self.take(",") and self.here.kind != "end":
                    raise self.fail("expected ';' between definitions, not {found}", found=repr(self.here.text))
        self.take(";")
        if self.here.kind != "end":
            hint = Phrase("; no bracket is open") if self.here.text in ")]" else ""
            raise self.fail("unexpected {found}{hint}", found=repr(self.here.text), hint=hint)
        return definitions, result

    def _at_left_side(self) -> bool:
        """f(X, y) = …, which only names what follows."""
        at = self.at + 2
        if self.here.kind != "name" or self.tokens[self.at + 1].text != "(":
            return False
        while self.tokens[at].kind == "name" or self.tokens[at].text == ",":
            at += 1
        return self.tokens[at].text == ")" and self.tokens[at + 1].text == "="

    def _at_definition(self) -> bool:
        if self.here.kind != "name":
            return False
        ahead = self.tokens[self.at + 1]
        if ahead.text == "[":
            close = self.at + 2
            while self.tokens[close].kind == "name" or self.tokens[close].text == ",":
                close += 1
            if self.tokens[close].text != "]":
                return False
            ahead = self.tokens[close + 1]
        return ahead.kind == "op" and ahead.text == "="

    def definition(self) -> Definition:
        name = self.here
        if name.kind != "name" or not self._at_definition():
            raise self.fail("expected a definition, name = expression")
        self.at += 1
        indices = []
        if self.take("["):
            while not self.take("]"):
                indices.append(self.here.text)
                self.at += 1
                self.take(",")
        self.expect("=")
        return Definition(name.text, tuple(indices), self.expression(), name.span)

    # --- expressions ------------------------------------------------------------------------------

    def expression(self) -> Ast:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError("brackets are nested deeper than {most} levels", self.text, self.here.span, most=MAX_DEPTH)
        left = self.sum()
        if self.here.kind == "op" and self.here.text in COMPARISONS:
            sign = self.here.text
            self.at += 1
            right = self.sum()
            left = Ast("compare", (left.span[0], right.span[1]), [left, right], sign)
        self.depth -= 1
        return left

    def sum(self) -> Ast:
        start = self.here.start
        signs, terms = ["+"], []
        if self.take("-"):
            signs = ["-"]
        else:
            self.take("+")
        terms.append(self.product())
        while self.here.kind == "op" and self.here.text in ("+", "-"):
            signs.append(self.here.text)
            self.at += 1
            terms.append(self.product())
        if len(terms) == 1 and signs == ["+"]:
            return terms[0]
        return Ast("sum", (start, terms[-1].span[1]), terms, signs)

    def product(self) -> Ast:
        factors, ops = [beside(self.side_by_side())], []
        while self.here.kind == "op" and self.here.text in PRODUCTS:
            ops.append("*" if self.here.text == "@" else self.here.text)
            self.at += 1
            first, *rest = self.side_by_side()
            if rest and ops[-1] == "/" and not (factors[-1].kind == first.kind == "number"):
                span = (factors[-1].span[0], rest[-1].span[1])
                raise ParseError("a/b c may be (a/b)*c or a/(b*c); write the brackets", self.text, span)
            factors += [first, *rest] if ops[-1] == "/" else [beside([first, *rest])]
            ops += ["*"] * len(rest) if ops[-1] == "/" else []
        if not ops:
            return factors[0]
        return Ast("product", (factors[0].span[0], factors[-1].span[1]), factors, ops)

    def side_by_side(self) -> list[Ast]:
        """Factors with nothing but blanks between them: W X, 2 M Y."""
        factors = [self.signed()]
        while self._starts_factor():
            factors.append(self.signed())
        return factors

    def _starts_factor(self) -> bool:
        """A factor that follows a blank: `Wᵀ (2 M Y ⊙ …)`."""
        t = self.here
        if t.kind in ("name", "constant"):
            return t.text != "where"
        if t.kind == "number":
            return t.spaced and t.text[0].isdecimal()
        if t.kind != "op":
            return False
        if t.text in FENCES:
            return t.text not in self.fences
        before = self.tokens[self.at - 1]
        return t.text in ("(", "[") and (t.spaced or t.text == "(" and (before.kind == "number" or before.text == ")"))

    def signed(self) -> Ast:
        start = self.here.start
        if self.take("-"):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise LimitError("signs are nested deeper than {most} levels", self.text, self.here.span, most=MAX_DEPTH)
            inner = self.signed()
            self.depth -= 1
            return Ast("sum", (start, inner.span[1]), [inner], ["-"])
        return self.postfix()

    def postfix(self) -> Ast:
        node = self.primary()
        marks = 0
        while self.here.kind == "op":
            t = self.here
            marks += 1
            if marks > MAX_DEPTH:
                raise LimitError("more than {most} marks follow one operand", self.text, t.span, most=MAX_DEPTH)
            if t.text in ("'", ".'", ".T"):
                self.at += 1
                node = Ast("transpose", (node.span[0], t.end), [node])
            elif t.text in ("^", "**", ".^"):
                self.at += 1
                node = self.exponent(node, "^" if t.text == "^" else ".^")  # NumPy's ** goes entry by entry
            elif t.text == "[" and not t.spaced:
                node = self.subscript(node)
            elif t.text == ".":  # NumPy's X.sum() and X.dot(w)
                self.at += 3
                node = self.call(self.tokens[self.at - 2], 0, self.tokens[self.at - 1], node)
            else:
                break
        return node

    def exponent(self, base: Ast, op: str) -> Ast:
        start = self.here.start
        minus = self.take("-")
        if not minus:
            self.take("+")
        t = self.here
        if op == "^" and t.kind == "name" and t.text in ("T", "H") and not self._applied():
            self.at += 1
            return Ast("power-T", (base.span[0], t.end), [base, Ast("name", t.span, [], t.text)], "-" if minus else "")
        if op == "^" and t.text == "'":
            self.at += 1
            return Ast("transpose", (base.span[0], t.end), [base])
        value = self.primary()
        while self.here.text == "[" and not self.here.spaced:
            value = self.subscript(value)
        if minus:
            value = Ast("sum", (start, value.span[1]), [value], ["-"])
        return Ast("power", (base.span[0], value.span[1]), [base, value], op)

    def _applied(self) -> bool:
        """Whether the name here is called: T(x)."""
        after = self.tokens[self.at + 1]
        return after.text == "(" and not after.spaced

    def subscript(self, base: Ast) -> Ast:
        opened = self.here
        self.at += 1
        places: list[Ast] = []
        while True:
            t = self.here
            if self.take(":"):
                places.append(Ast("all", t.span, []))
            else:
                places.append(self.expression())
            if not self.take(","):
                break
        end = self.here.end
        self.expect("]", opened)
        if len(places) > 2:
            raise ParseError("an index has one or two places", self.text, (opened.start, end))
        return Ast("index", (base.span[0], end), [base, *places])

    def primary(self) -> Ast:
        t = self.here
        if t.kind == "number":
            self.at += 1
            if t.text == "1" and self.here.kind == "name" and self.here.text == "i" and not self.here.spaced:
                self.at += 1
                return Ast("imaginary", (t.start, t.end + 1), [])
            return Ast("number", t.span, [], t.text)
        if t.kind == "constant":
            self.at += 1
            return Ast("constant", t.span, [], t.text)
        if t.kind == "name":
            if t.text == "where" and not self._applied():
                raise self.fail("an expression is missing before 'where'")
            if not t.text.strip("_0123456789"):
                raise self.fail("{found} is not a name", found=repr(t.text))
            self.at += 1
            return self.name(t)
        if t.text == "(":
            self.at += 1
            fences, self.fences = self.fences, []
            inner = self.expression()
            self.fences = fences
            self.expect(")", t)
            return Ast("group", (t.start, self.tokens[self.at - 1].end), [inner])
        if t.text == "[":
            return self.block(t)
        if t.text in FENCES:
            return self.fence(t)
        if t.kind == "end":
            raise self.fail("the expression ends too early; an operand is missing" if self.at else "there is no expression")
        raise self.fail("an operand is missing before {found}", found=repr(t.text))

    def name(self, t: Token) -> Ast:
        primes = 0
        while self.tokens[self.at + primes].text == "'" and not self.tokens[self.at + primes].spaced:
            primes += 1
        opener = self.tokens[self.at + primes]
        if opener.text == "(" and not opener.spaced:
            self.at += primes + 1
            return self.call(t, primes, opener)
        return Ast("name", t.span, [], t.text)

    def call(self, name: Token, primes: int, opened: Token, first: Ast | None = None) -> Ast:
        args = [first] if first is not None else []
        fences, self.fences = self.fences, []
        while self.here.text != ")" or self.here.kind != "op":
            arg = self.option(name) or self.expression()
            if self.take(".."):
                high = self.expression()
                arg = Ast("range", (arg.span[0], high.span[1]), [arg, high])
            args.append(arg)
            if not self.take(","):
                break
        self.fences = fences
        end = self.here.end
        self.expect(")", opened)
        formals, meaning = WRITTEN_OUT.get(name.text, ("", ""))
        span = (first.span[0] if first is not None else name.start, end)
        if len(args) == len(formals) and meaning and not primes and name.text not in self.own:
            return Ast("group", span, [placed(Parser(meaning).expression(), dict(zip(formals, args)), span)])
        return Ast("call", span, args, (name.text, primes, (name.start, opened.start)))

    def option(self, name: Token) -> Ast | None:
        """An argument that is no expression: the name in norm(X, 'fro'), NumPy's axis=0 and ord=1."""
        t = self.here
        word, after = [*self.tokens[self.at + 1 : self.at + 3], t, t][:2]
        if t.text == "'" and word.kind == "name" and after.text == "'":
            self.at += 3
            return Ast("option", (t.start, after.end), [], word.text)
        if t.kind == "name" and word.text == "=" and word.kind == "op":
            self.at += 2
            value = self.primary() if self.here.text != "'" else self.option(name)
            return Ast("option", (t.start, self.here.start), [value] if value is not None else [], t.text)
        if t.text == ":" and t.kind == "op":
            raise self.fail("places stand in square brackets, as in {name}[:,1]; the stacked columns are vec({name})", name=name.text)
        return None

    def block(self, opened: Token) -> Ast:
        self.at += 1
        fences, self.fences = self.fences, []
        rows: list[list[Ast]] = [[]]
        while True:
            rows[-1].append(self.expression())
            if self.take(","):
                continue
            if self.take(";"):
                rows.append([])
                continue
            break
        self.fences = fences
        end = self.here.end
        self.expect("]", opened)
        if any(len(row) != len(rows[0]) for row in rows):
            raise ParseError("every row of a block matrix needs the same number of blocks", self.text, (opened.start, end))
        return Ast("block", (opened.start, end), [b for row in rows for b in row], (len(rows), len(rows[0])))

    def fence(self, opened: Token) -> Ast:
        """‖x‖, ‖X‖_F, ‖x‖_1 and |x|, |X|."""
        self.at += 1
        self.fences.append(opened.text)
        inner = self.expression()
        self.fences.pop()
        self.expect(opened.text, opened)
        kind = ""
        if opened.text == "||" and self.here.kind == "name" and self.here.text in ("_F", "_1", "_2") and not self.here.spaced:
            kind = self.here.text[1:]
            self.at += 1
        return Ast("fence", (opened.start, self.tokens[self.at - 1].end), [inner], opened.text + kind)


def placed(template: Ast, arguments: dict[str, Ast], span: tuple[int, int]) -> Ast:
    """The template with arguments for its formals; an error in it points at the call."""
    if template.kind == "name" and str(template.value) in arguments:
        return Ast("group", span, [arguments[str(template.value)]])
    value = (*template.value[:2], span) if template.kind == "call" else template.value  # type: ignore[index]
    return Ast(template.kind, span, [placed(p, arguments, span) for p in template.parts], value)


def beside(factors: list[Ast]) -> Ast:
    """The product of factors side by side."""
    if len(factors) == 1:
        return factors[0]
    return Ast("product", (factors[0].span[0], factors[-1].span[1]), factors, ["*"] * (len(factors) - 1))


def parse_syntax(text: str, known: Declarations | None = None) -> tuple[list[Definition], Ast]:
    """Definitions and the result expression of an input; in LaTeX, what is `known` tells names from products."""
    return Parser(text, known).program()
