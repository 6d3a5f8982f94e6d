"""Statements to expressions: what is defined, what is claimed, and of which sizes the undeclared names are.

∂f/∂X, grad(f, X), ∇f and their kin are read as symbols; their values are put in when a line is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..calculus.reality import need_real
from ..core import expr as ex
from ..core.dims import Dim
from ..core.expr import Expr
from ..core.op import OPS
from ..errors import MatgradError, ParseError, Phrase, ShapeError
from ..language.build import SPECIAL, Builder
from ..language.declare import Declarations
from ..language.infer import infer
from ..language.lexer import SUPERSCRIPTS, tokenize
from ..language.names import ALIASES
from ..language.syntax import Ast, Definition, parse_syntax
from .lines import Member, Statement, plain

NAME = rf"[^\W\d{re.escape(''.join(SUPERSCRIPTS))}](?:(?![{re.escape(''.join(SUPERSCRIPTS))}])\w)*"
VEC = rf"(?:vec\(\s*({NAME})\s*\)|({NAME}))"
PRIME = r"(?:'|ᵀ|\^T)?"
TEX = rf"(?:\\(?:mathbf|boldsymbol|bm|mathrm|mathit)\s*\{{\s*)?(\\?{NAME})\s*\}}?"  # \mathbf{x}, \Sigma, X
SECOND = re.compile(
    rf"∂(?:²|\^2)\s*({NAME})\s*/\s*(?:\(\s*∂\s*({NAME})\s*∂\s*\2{PRIME}\s*\)|∂\s*({NAME})\s*(?:∂\s*\3{PRIME}|²|\^2))"
    rf"|hess(?:ian)?\(\s*({NAME})\s*(?:,\s*({NAME})\s*)?\)|∇²\s*({NAME})"
)
FIRST = re.compile(
    rf"∂\s*{VEC}\s*/\s*∂\s*{VEC}|\\[dt]?frac\s*\{{\s*\\partial\s*{TEX}\s*\}}\s*\{{\s*\\partial\s*{TEX}\s*\}}|\\nabla\s*{TEX}|∇_({NAME})\s+({NAME})|grad_({NAME})\s+({NAME})"
    rf"|grad(?:ient)?\(\s*({NAME})\s*(?:,\s*({NAME})\s*)?\)|∇\s*({NAME})|\b(grad|gradient)\b(?!\s*\()"
)
BY_MEMBER = re.compile(rf"∂\s*({NAME})\s*/\s*∂\s*({NAME})\s*\[\s*({NAME}|\d+)\s*\]")
QUOTIENT = re.compile(rf"\bd({NAME})\s*/\s*d({NAME})\b")
VARIED = re.compile(rf"(?:\bd|∂\s*|∇_)({NAME})")
HEAD = re.compile(rf"({NAME})\s*(?:\(\s*{NAME}\s*(?:,\s*{NAME}\s*)*\))?$")


class Symbol:
    """∂f/∂X or ∂²f/∂X²: of what, by what, of which order; `by` is empty where it is not said."""

    __slots__ = ("text", "of", "by", "order", "leaf")

    def __init__(self, text: str, of: str, by: str, order: int):
        self.text = text
        self.of = of
        self.by = by
        self.order = order
        self.leaf: Expr | None = None  # what stands for it in expressions


class Reading:
    """One statement: the name that it defines, its expressions, and for a member whose sizes do not fit, why."""

    __slots__ = ("statement", "defines", "asts", "sides", "misfits")

    def __init__(self, statement: Statement, defines: str):
        self.statement = statement
        self.defines = defines
        self.asts: list[Ast] = []
        self.sides: list[Expr | None] = []
        self.misfits: list[ShapeError | None] = []

    @property
    def members(self) -> list[Member]:
        """The members that are expressions; the name that a definition defines is none."""
        return self.statement.members[1:] if self.defines else self.statement.members


class LineBuilder(Builder):
    """The builder of the language, with the definitions above a line, and d(…)."""

    def __init__(self, text: str, known: Declarations, definitions: dict[str, Definition], built: dict[str, Expr]):
        super().__init__(text, [], known)
        self.definitions = definitions
        self.built = built

    def _call(self, ast: Ast) -> Expr:
        if ast.value[0] == "d" and "d" not in self.known.functions:  # type: ignore[index]
            return ex.formal_d(self._one(ast))
        return super()._call(ast)


class Reader:
    """Reads all statements of one derivation."""

    def __init__(self, source: str, known: Declarations):
        self.source = source
        self.plain = plain(source)
        self.known = known.copy()
        self.symbols: dict[str, Symbol] = {}
        self.definitions: dict[str, Definition] = {}
        self.built: dict[str, Expr] = {}
        self.mentioned = {canonical(n) for n in re.findall(NAME, self.plain)}
        self.last = ""  # the function that was defined last, what ∇ alone means

    # --- syntax -------------------------------------------------------------------------------------

    def read(self, statements: list[Statement]) -> list[Reading]:
        """Every statement as expressions. Raises ParseError, or ShapeError where a definition does not fit."""
        readings = [self.syntax(s) for s in statements]
        self.infer(readings)
        for r in readings:
            self.build(r)
        return readings

    def syntax(self, s: Statement) -> Reading:
        """The syntax trees of a statement; a definition is noted."""
        head = HEAD.match(s.members[0].text)
        name = canonical(head[1]) if head and len(s.members) > 1 and not s.continues else ""
        reading = Reading(s, name if name and self.is_new(name, s.members[0]) else "")
        if reading.defines and name[:2] == "dd" and name[2:] in self.definitions:
            raise ParseError("a second differential is written d²{name}", self.source, s.members[0].span, name=name[2:])
        reading.asts = [self.tree(m) for m in reading.members]
        if reading.defines:
            self.definitions[name] = Definition(name, (), reading.asts[0], s.members[0].span)
            self.last = name
        return reading

    def is_new(self, name: str, m: Member) -> bool:
        """Whether a left side that is a name, or f(X), defines it; what has varied above is a variable."""
        if name in self.known.variables or name in self.known.functions or name in self.definitions or FIRST.fullmatch(m.text) or SECOND.fullmatch(m.text):
            return False
        if any(canonical(v) == name for v in VARIED.findall(self.plain[: m.start])):
            return False
        if len(name) > 1 and (name in OPS or name in ALIASES or name in SPECIAL):
            return False
        return not (name[0] == "d" and len(name) > 1 and (name[1:] in self.known.variables or name[1:] in self.definitions))

    def tree(self, m: Member) -> Ast:
        """The syntax of one member, at its place in the whole text."""
        body = SECOND.sub(lambda f: self.note(f, 2), m.text)
        body = BY_MEMBER.sub(self.note_member, body)
        body = FIRST.sub(lambda f: self.note(f, 1), body)
        body = QUOTIENT.sub(self.note_quotient, body)
        masked = re.sub(r"[^\n]", " ", self.plain[: m.start]) + body + re.sub(r"[^\n]", " ", self.plain[m.end :])
        try:
            definitions, ast = parse_syntax(masked, self.known)
        except MatgradError as error:
            raise self.placed(error, m) from None
        if definitions:
            raise ParseError("expected an expression", self.source, m.span)
        return ast if "d" in self.known.variables else second_differentials(ast)

    def placed(self, error: MatgradError, m: Member) -> MatgradError:
        """The error with the text as it was written, at its line."""
        error.text = self.source
        start, end = error.span or m.span
        error.span = (m.end, m.end + 1) if start > m.end else (start, end)
        return error

    def note(self, found: re.Match[str], order: int) -> str:
        """A name of the same length that stands for a symbol."""
        groups = [canonical(g) for g in found.groups() if g]
        if groups == ["grad"] or groups == ["gradient"]:
            if groups[0] in self.known.variables or groups[0] in self.definitions:
                return found[0]
            groups = []
        if found[0].startswith(("∇_", "grad_")):
            groups.reverse()
        of, by = (groups + ["", ""])[:2]
        if not of:
            of = "f" if "f" in self.definitions else self.last
        return self.symbol(Symbol(found[0].strip(), of, by, order), len(found[0]))

    def note_member(self, found: re.Match[str]) -> str:
        """∂f/∂x[k], by one member of a family; k is any whole number."""
        of, by, place = canonical(found[1]), canonical(found[2]), canonical(found[3])
        if by not in self.known.variables or self.known.variables[by].data[3] is None:
            return found[0]
        if not place.isdecimal() and place not in self.known.variables:
            self.known.add(place, ex.var(place, facts=("integer",)))
        return self.symbol(Symbol(found[0], of, f"{by}[{place}]", 1), len(found[0]))

    def note_quotient(self, found: re.Match[str]) -> str:
        of, by = canonical(found[1]), canonical(found[2])
        if of not in self.definitions and f"d{of}" not in self.definitions or by not in self.mentioned:
            return found[0]
        return self.symbol(Symbol(found[0], of, by, 1), len(found[0]))

    def symbol(self, symbol: Symbol, length: int) -> str:
        token = "ð" + chr(0x4E00 + len(self.symbols))
        self.symbols[token] = symbol
        return token + " " * (length - 2)

    # --- sizes of undeclared names --------------------------------------------------------------------

    def infer(self, readings: list[Reading]) -> None:
        """Sizes from the definitions, then from the lines that fit them: a wrong line must not decide what X is."""
        fitting = [r for r in readings if r.defines]
        if fitting:
            self.known = self.inferred(fitting)
        for r in readings:
            if not r.defines:
                try:
                    found = self.inferred([*fitting, r])
                except ShapeError:
                    continue
                fitting.append(r)
                self.known = found

    def inferred(self, readings: list[Reading]) -> Declarations:
        trees = [self.for_sizes(a) for r in readings for a in r.asts]
        definitions = [Definition(d.name, d.indices, self.for_sizes(d.body), d.span) for d in self.definitions.values()]
        span = trees[0].span
        return infer(self.source, definitions, Ast("call", span, trees, ("", 0, span)), self.known)

    def for_sizes(self, ast: Ast) -> Ast:
        """dX has the size of X, d(u) that of u, and a symbol any."""
        if ast.kind == "name":
            name = str(ast.value)
            if name in self.symbols:
                return Ast("call", ast.span, [], ("", 0, ast.span))
            rest = name[1:]
            if name[0] == "d" and rest in self.mentioned and name not in self.known.variables and name not in self.definitions:
                return Ast("name", ast.span, [], rest)
            return ast
        parts = [self.for_sizes(p) for p in ast.parts]
        if ast.kind == "call" and ast.value[0] == "d" and len(parts) == 1:  # type: ignore[index]
            return Ast("group", ast.span, parts)
        return Ast(ast.kind, ast.span, parts, ast.value)

    # --- expressions ------------------------------------------------------------------------------------

    def build(self, r: Reading) -> None:
        for ast in r.asts:
            try:
                r.sides.append(self.expression(ast))
                r.misfits.append(None)
            except ShapeError as error:
                if r.defines and not r.sides:
                    raise
                r.sides.append(None)
                r.misfits.append(error)
        if r.defines:
            body = r.sides[0]
            assert body is not None
            self.built[r.defines] = ex.named(r.defines, body)

    def expression(self, ast: Ast) -> Expr:
        """A syntax tree as an expression, with the symbols it uses. Raises ShapeError where sizes do not fit."""
        for token in names_in(ast):
            if token in self.symbols and token not in self.known.variables:
                self.known.variables[token] = self.stand_in(self.symbols[token], ast)
        try:
            built = LineBuilder(self.source, self.known, self.definitions, self.built).build(ast)
            need_real(Phrase("a derivation to check"), built)
            return built
        except MatgradError as error:
            error.text = self.source
            raise

    def stand_in(self, symbol: Symbol, ast: Ast) -> Expr:
        """A variable of the size of the derivative; every mention of one derivative is the same variable."""
        f = self.built.get(symbol.of, self.built.get(f"d{symbol.of}"))
        if f is None:
            raise ParseError(
                "{function} is not defined above this line; write {f} = …",
                self.source,
                ast.span,
                function=symbol.of or Phrase("the function"),
                f=symbol.of or "f",
            )
        if not symbol.by:
            symbol.by = self.only_variable(f, symbol, ast)
        x = self.known.variables.get(symbol.by.partition("[")[0], self.built.get(symbol.by))
        if x is None:
            raise ParseError("{name} does not occur", self.source, ast.span, name=symbol.by)
        rows, cols = derivative_size(f, x, symbol.order)
        symbol.leaf = ex.var(f"∂{'²' * (symbol.order - 1)}{symbol.of}/∂{symbol.by}{'²' * (symbol.order - 1)}", rows, cols)
        return symbol.leaf

    def only_variable(self, f: Expr, symbol: Symbol, ast: Ast) -> str:
        inside = [v.data[0] for v in ex.variables(f)]
        varied = [n for n in inside if f"d{n}" in self.mentioned] or [s.by for s in self.symbols.values() if s.by in inside] or inside
        if len(set(varied)) != 1:
            raise ParseError(
                "{symbol} does not say by which variable; write ∂{function}/∂{name}",
                self.source,
                ast.span,
                symbol=symbol.text,
                function=symbol.of,
                name=varied[0] if varied else "X",
            )
        return str(varied[0])


def second_differentials(ast: Ast) -> Ast:
    """d²f, which reads as a power of d beside f, as d(df)."""
    parts = [second_differentials(p) for p in ast.parts]
    ast = Ast(ast.kind, ast.span, parts, ast.value)
    if ast.kind != "product":
        return ast
    factors, ops = [parts[0]], []
    for op, part in zip(ast.value, parts[1:]):  # type: ignore[call-overload]
        before = factors[-1]
        if op == "*" and before.kind == "power" and before.parts[0].value == "d" and before.parts[1].value == "2" and before.span[1] == part.span[0]:
            for _ in range(2):
                part = Ast("call", (before.span[0], part.span[1]), [part], ("d", 0, before.span))
            factors[-1] = part
        else:
            factors.append(part)
            ops.append(op)
    return factors[0] if not ops else Ast("product", ast.span, factors, ops)


def derivative_size(f: Expr, x: Expr, order: int) -> tuple[Dim, Dim]:
    if order == 2:
        return x.rows * x.cols, x.rows * x.cols
    if f.is_scalar:
        return x.rows, x.cols
    return (f.rows, f.cols) if x.is_scalar else (x.rows * x.cols, f.rows * f.cols)


def canonical(name: str) -> str:
    """The name as the lexer spells it: σ₁ as sigma_1."""
    return tokenize(name.removeprefix("\\"))[0].text if name else ""


def names_in(ast: Ast) -> Iterator[str]:
    stack = [ast]
    while stack:
        a = stack.pop()
        if a.kind == "name":
            yield str(a.value)
        stack.extend(a.parts)
