r"""LaTeX text to units: letters with their fonts and accents, groups, brackets, commands; what only sets type is dropped."""

from __future__ import annotations

import re

from ..errors import LimitError, ParseError, Phrase
from .lexer import GREEK, MAX_TOKENS, SUBSCRIPTS, SUPERSCRIPTS

MAX_GROUPS = 100

GREEK_WORDS = {*GREEK.values(), "iota", "upsilon", "Upsilon"}
VARIANTS = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varrho": "rho", "varsigma": "sigma", "varpi": "pi", "varkappa": "kappa",
            "varSigma": "Sigma", "varGamma": "Gamma", "varLambda": "Lambda", "varOmega": "Omega",
            "varPhi": "Phi", "varPsi": "Psi", "varTheta": "Theta"}  # fmt: skip
ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde", "dot": "dot", "ddot": "ddot",
           "check": "check", "breve": "breve"}  # fmt: skip
ARROWS = {"vec": "arrow", "overrightarrow": "arrow", "underline": "line"}
LETTER_FONTS = {"mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "pmb": "bold", "symbf": "bold", "symbfit": "bold", "mathcal": "calligraphic",
                "mathscr": "script", "mathbb": "blackboard", "mathds": "blackboard", "mathfrak": "fraktur", "vv": "arrow"}  # fmt: skip
WORD_FONTS = {"mathrm": "upright", "mathsf": "sans", "mathtt": "typewriter", "mathit": "italic", "text": "text", "textrm": "text", "mbox": "text",
              "textnormal": "text", "textsf": "text", "textit": "text", "textbf": "text", "texttt": "text", "textup": "text", "hbox": "text",
              "operatorname": "operator", "DeclareMathOperator": "operator", "symrm": "upright", "symup": "upright"}  # fmt: skip
SWITCHES = {"bf": "mathbf", "rm": "mathrm", "it": "mathit", "cal": "mathcal", "sf": "mathsf", "tt": "mathtt", "bfseries": "mathbf"}
DROPPED = {*",;:!>/ ", "\n", "quad", "qquad", "thinspace", "medspace", "thickspace", "enspace", "negthinspace", "displaystyle", "textstyle", "scriptstyle",
           "limits", "nolimits", "displaylimits", "nonumber", "notag", "strut", "mathstrut", "allowbreak", "noindent", "nobreak", "null", "relax",
           "par", "hfill",
           "(", ")", "[", "]", "mathop", "mathbin", "mathrel", "mathord", "mathopen", "mathclose", "mathinner", "ensuremath", "boxed", "smash"}  # fmt: skip
DROPPED_WITH_ARGUMENT = {"label", "tag", "hspace", "vspace", "phantom", "hphantom", "vphantom", "color", "textcolor", "kern", "mskip", "raisebox"}
BRACES = {"underbrace", "overbrace"}
SIDES = {"left": "l", "right": "r", "mleft": "l", "mright": "r"} | {s + side: side for s in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")}
OPENING = {"(": "(", "[": "[", "\\{": "{", "\\lbrace": "{", "\\lbrack": "[", "\\lparen": "(", "\\langle": "<", "\\lvert": "|", "\\lVert": "||"}
CLOSING = {")": ")", "]": "]", "\\}": "}", "\\rbrace": "}", "\\rbrack": "]", "\\rparen": ")", "\\rangle": ">", "\\rvert": "|", "\\rVert": "||"}
BARS = {"|": "|", "\\vert": "|", "\\|": "||", "\\Vert": "||", "\\parallel": "||", "\\mid": "|"}
PARTNER = {"(": ")", "[": "]", "{": "}", "<": ">", "|": "|", "||": "||"}
ALIGNMENTS = {"aligned", "align", "equation", "gathered", "gather", "split", "alignat", "alignedat", "eqnarray", "multline", "displaymath", "math", "flalign"}
MATRICES = {"bmatrix", "pmatrix", "matrix", "smallmatrix", "bsmallmatrix", "psmallmatrix", "Bmatrix", "array", "vmatrix"}
SIGNS = {"（": "(", "）": ")", "，": ",", "；": ";", "：": ":", "＋": "+", "－": "-", "−": "-", "＊": "*", "／": "/", "＝": "=", "＾": "^", "【": "[",
         "】": "]", "’": "'", "′": "'", "·": "\\cdot", "⋅": "\\cdot", "×": "\\times", "⊙": "\\odot", "∘": "\\circ", "⊘": "\\oslash", "⊗": "\\otimes",
         "≥": "\\ge", "≤": "\\le", "＞": ">", "＜": "<", "∑": "\\sum", "‖": "\\|", "∥": "\\|", "｜": "|", "⊤": "\\top", "。": ".", "、": ",", "⟨": "\\langle",
         "⟩": "\\rangle", "∂": "\\partial", "∇": "\\nabla", "ℓ": "\\ell", "√": "\\sqrt", "∞": "\\infty", "†": "\\dagger", "∈": "\\in"}  # fmt: skip
COMMAND = re.compile(r"\\(?:(?:operatorname|hspace|vspace)\*|[A-Za-z]+|.)", re.S)
NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
EXPONENT = re.compile(r"[eE][+-]?\d")
LENGTH = re.compile(r"\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]")
LETTERS = re.compile(r"[A-Za-z]+|[^\W\d_a-zA-Z]+")


class Unit:
    """One sign of LaTeX text and its place; a group holds its parts, a letter its font and accents."""

    __slots__ = ("kind", "text", "start", "end", "parts", "font", "accents")

    def __init__(self, kind: str, text: str, start: int, end: int, parts: list[Unit] | None = None, font: str = "", accents: tuple[str, ...] = ()):
        self.kind = kind
        self.text = text
        self.start = start
        self.end = end
        self.parts = parts or []
        self.font = font
        self.accents = accents

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    @property
    def named(self) -> bool:
        """Whether this may be a name."""
        return self.kind in ("letters", "symbol", "word")

    def at(self, first: int, last: int) -> Unit:
        """The letters first..last of a run, with their own place."""
        return Unit(self.kind, self.text[first:last], self.start + first, self.start + last, font=self.font)


def scan(text: str) -> list[Unit]:
    """The units of a text, braces nested, fonts and accents put on the letters. Raises ParseError with the place."""
    return Scanner(text).units()


class Scanner:
    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.count = 0
        self.opened: list[tuple[Unit, list[Unit]]] = []
        self.found: list[Unit] = []
        self.environments: list[tuple[str, Unit]] = []

    def fail(self, sentence: str, span: tuple[int, int], /, **fields: object) -> ParseError:
        return ParseError(sentence, self.text, span, **fields)

    def units(self) -> list[Unit]:
        while self.at < len(self.text):
            self.count += 1
            if self.count > MAX_TOKENS:
                raise LimitError("the input is longer than {most} tokens", most=MAX_TOKENS)
            self.step()
        if self.opened:
            raise self.fail("this brace is never closed; '}' is missing", self.opened[-1][0].span)
        if self.environments:
            name, begun = self.environments[-1]
            raise self.fail(r"this environment is never closed; \end{{name}} is missing", begun.span, name=name)
        return dressed(self, self.found)

    def put(self, kind: str, text: str, length: int) -> None:
        self.found.append(Unit(kind, text, self.at, self.at + length))
        self.at += length

    def step(self) -> None:
        c = self.text[self.at]
        if c.isspace() or c in "~$\ufeff\u200b":
            self.at += 1
        elif c == "%":
            line = self.text.find("\n", self.at)
            self.at = len(self.text) if line < 0 else line
        elif c == "{":
            self.open_group()
        elif c == "}":
            self.close_group()
        elif c == "\\":
            match = COMMAND.match(self.text, self.at)
            if not match:
                raise self.fail("a command is missing after the backslash", (self.at, self.at + 1))
            self.command(match.group()[1:], len(match.group()))
        elif c == "&":
            if not self.environments or self.environments[-1][0].rstrip("*") in MATRICES:
                self.put("amp", "&", 1)
            else:
                self.at += 1
        elif c in OPENING:
            self.put("open", c, 1)
        elif c in CLOSING:
            self.put("shut", c, 1)
        elif c == "|":
            self.put("bar", "|", 1)
        else:
            self.character(c)

    def character(self, c: str) -> None:
        number = NUMBER.match(self.text, self.at)
        if number and number.group().isascii():
            if power := EXPONENT.match(self.text, number.end()):
                raise self.fail("in LaTeX this is a product with e; write a power of ten as 10^{-3}, or the decimals", (number.start(), power.end()))
            self.put("number", number.group(), len(number.group()))
        elif c in GREEK:
            self.put("symbol", GREEK[c], 1)
        elif c in SUPERSCRIPTS or c in SUBSCRIPTS:
            self.unicode_script(SUPERSCRIPTS if c in SUPERSCRIPTS else SUBSCRIPTS, "^" if c in SUPERSCRIPTS else "_")
        elif c in SIGNS:
            sign = SIGNS[c]
            if sign[0] == "\\":
                self.command(sign[1:], 1)
            else:
                self.put("open" if sign in OPENING else "shut" if sign in CLOSING else "bar" if sign == "|" else "sign", sign, 1)
        elif letters := LETTERS.match(self.text, self.at):
            self.put("letters", letters.group(), len(letters.group()))
        elif c in "+-*/^_=<>',;:.!@":
            self.put("sign", c, 1)
        else:
            raise self.fail("{sign} is not part of the language", (self.at, self.at + 1), sign=repr(c))

    def unicode_script(self, signs: dict[str, str], mark: str) -> None:
        end = self.at
        while end < len(self.text) and self.text[end] in signs:
            end += 1
        parts: list[Unit] = []
        for i in range(self.at, end):
            c = signs[self.text[i]]
            kind = "number" if c.isdecimal() else "letters" if c.isalpha() else "open" if c == "(" else "shut" if c == ")" else "sign"
            if parts and kind == parts[-1].kind == "number":
                parts[-1].text, parts[-1].end = parts[-1].text + c, i + 1
            else:
                parts.append(Unit(kind, c, i, i + 1))
        self.found += [Unit("sign", mark, self.at, self.at + 1), Unit("group", "", self.at, end, parts)]
        self.at = end

    # --- groups and environments ------------------------------------------------------------------

    def open_group(self) -> None:
        if len(self.opened) >= MAX_GROUPS:
            raise LimitError("braces are nested deeper than {most} levels", self.text, (self.at, self.at + 1), most=MAX_GROUPS)
        self.opened.append((Unit("group", "", self.at, self.at + 1), self.found))
        self.found = []
        self.at += 1

    def close_group(self) -> None:
        if not self.opened:
            raise self.fail("unexpected '}'; no brace is open", (self.at, self.at + 1))
        group, outer = self.opened.pop()
        self.at += 1
        group.end, group.parts = self.at, dressed(self, self.found)
        self.found = outer
        self.found.append(group)

    def environment(self, name: str, length: int) -> None:
        match = re.compile(r"\s*\{([A-Za-z]+\*?)\}").match(self.text, self.at + length)
        if not match:
            raise self.fail(r"\{name} needs the name of an environment in braces", (self.at, self.at + length), name=name)
        which, begun = match[1], Unit("begin" if name == "begin" else "finish", match[1], self.at, match.end())
        stem = which.rstrip("*")
        if stem not in ALIGNMENTS and stem not in MATRICES:
            hint = Phrase("; give one branch, or max, min, relu or an indicator") if stem in ("cases", "dcases", "rcases") else ""
            raise self.fail("the environment {name} is not read{hint}", begun.span, name=which, hint=hint)
        self.at = match.end()
        if name == "begin":
            self.environments.append((which, begun))
            columns = re.compile(r"\s*\{[^{}]*\}").match(self.text, self.at) if stem in ("array", "alignat", "alignedat") else None
            self.at = columns.end() if columns else self.at
        elif not self.environments or self.environments.pop()[0] != which:
            raise self.fail(r"no \begin{{name}} is open here", begun.span, name=which)
        if stem in MATRICES:
            self.found.append(begun)

    # --- commands -----------------------------------------------------------------------------------

    def command(self, name: str, length: int) -> None:
        start = self.at
        name = name.rstrip("*") if len(name) > 1 else name
        if name in ("begin", "end"):
            self.environment(name, length)
        elif name in SIDES:
            self.at += length
            self.delimiter(name, SIDES[name], start)
        elif name in ("\\", "cr", "newline"):
            self.put("break", "\\\\", length)
            space = LENGTH.match(self.text, self.at)
            self.at = space.end() if space else self.at
        elif "\\" + name in OPENING:
            self.put("open", OPENING["\\" + name], length)
        elif "\\" + name in CLOSING:
            self.put("shut", CLOSING["\\" + name], length)
        elif "\\" + name in BARS:
            self.put("bar", BARS["\\" + name], length)
        elif name in DROPPED:
            self.at += length
        elif name in GREEK_WORDS or name in VARIANTS or name == "ell":
            self.put("symbol", VARIANTS.get(name, name), length)
            self.found[-1].font = "var" if name in VARIANTS else ""
        else:
            self.put("command", name, length)

    def delimiter(self, command: str, side: str, start: int) -> None:
        r"""What follows \left, \right, \big and their kin."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        match = COMMAND.match(self.text, self.at)
        sign = match.group() if match else self.text[self.at : self.at + 1]
        sign = SIGNS.get(sign, sign)
        end = self.at + (len(match.group()) if match else 1)
        if sign == ".":
            raise self.fail("an expression evaluated at a point is not read; put the point in", (start, end))
        if sign in BARS:
            kind = {"l": "open", "r": "shut"}.get(side, "bar")
            self.found.append(Unit(kind, BARS[sign], start, end))
        elif sign in OPENING or sign in CLOSING:
            self.found.append(Unit("open" if sign in OPENING else "shut", OPENING.get(sign) or CLOSING[sign], start, end))
        elif side in "lr" and side and command in ("left", "right"):
            raise self.fail(r"a bracket is missing after \{command}", (start, end if sign else start + len(command) + 1), command=command)
        else:
            return
        self.at = end


# --- fonts, accents and other commands with an argument --------------------------------------------------


def dressed(scanner: Scanner, units: list[Unit]) -> list[Unit]:
    """The units of one group with every font and accent command worked into the letters it covers."""
    out: list[Unit] = []
    for at in range(len(units) - 1, -1, -1):  # from the right, so that \hat\mathbf x finds its argument dressed
        unit = units[at]
        if unit.kind != "command":
            out.append(unit)
        elif unit.text in SWITCHES:
            rest = Unit("group", "", unit.end, out[0].end if out else unit.end, out[::-1])
            out = [covered(scanner, Unit("command", SWITCHES[unit.text], unit.start, unit.end), rest)]
        elif unit.text == "vec" and out and out[-1].kind == "open":
            out.append(Unit("word", "vec", unit.start, unit.end, font="operator"))
        elif unit.text in LETTER_FONTS or unit.text in WORD_FONTS or unit.text in ACCENTS or unit.text in ARROWS:
            out.append(covered(scanner, unit, argument(scanner, unit, out)))
        elif unit.text in DROPPED_WITH_ARGUMENT:
            argument(scanner, unit, out)
        elif unit.text in BRACES:
            body = argument(scanner, unit, out)
            if out and out[-1].kind == "sign" and out[-1].text in "_^":
                out.pop()
                argument(scanner, unit, out)
            out.append(body)
        else:
            out.append(unit)
    return out[::-1]


def argument(scanner: Scanner, command: Unit, following: list[Unit]) -> Unit:
    """The argument of a command: a group, or the next sign alone. `following` is in reverse order."""
    if not following or following[-1].kind in ("shut", "amp", "break", "finish"):
        raise scanner.fail(r"an argument is missing after \{command}", command.span, command=command.text)
    unit = following.pop()
    if unit.kind in ("letters", "number") and len(unit.text) > 1:
        following.append(unit.at(1, len(unit.text)))
        return unit.at(0, 1)
    return unit


def covered(scanner: Scanner, command: Unit, body: Unit) -> Unit:
    """A font or an accent put on its argument."""
    name = command.text
    if name in LETTER_FONTS:
        paint(body, LETTER_FONTS[name])
        return widened(only(body) or body, command, body)
    if name in WORD_FONTS:
        return word(scanner, command, body)
    symbol = only(body)
    if symbol is None or not (symbol.named or symbol.kind == "number"):
        other = Phrase("; write \\operatorname{vec}(…) to stack columns") if name == "vec" else ""
        raise scanner.fail(r"\{name} belongs over one symbol{other}", (command.start, body.end), name=name, other=other)
    if name in ARROWS:
        symbol.font = ARROWS[name]
    else:
        symbol.accents = (*symbol.accents, ACCENTS[name])
    return widened(symbol, command, body)


def widened(unit: Unit, command: Unit, body: Unit) -> Unit:
    unit.start, unit.end = command.start, body.end
    return unit


def only(unit: Unit) -> Unit | None:
    """The one sign that a group holds."""
    while unit.kind == "group" and len(unit.parts) == 1:
        unit = unit.parts[0]
    if unit.kind == "group" or unit.kind == "letters" and len(unit.text) > 1:
        return None
    return unit


def paint(unit: Unit, font: str) -> None:
    for part in unit.parts:
        paint(part, font)
    if unit.kind in ("letters", "symbol", "number") and not unit.font:
        unit.font = font


def word(scanner: Scanner, command: Unit, body: Unit) -> Unit:
    r"""\mathrm{tr}, \text{where}: one word. A Greek letter or a decorated one stays what it is."""
    symbol = only(body)
    if symbol is not None and (symbol.kind in ("symbol", "word", "number") or symbol.accents):
        if symbol.kind == "number":
            symbol.font = WORD_FONTS[command.text]
        return widened(symbol, command, body)
    parts = body.parts if body.kind == "group" else [body]
    if not all(p.kind in ("letters", "number", "word") for p in parts):
        if WORD_FONTS[command.text] not in ("text", "operator"):  # \mathrm{A^{-1}}: a formula in another font
            paint(body, WORD_FONTS[command.text])
            return body
        shown = scanner.text[body.start : body.end].strip("{} ")
    else:
        shown = "".join(p.text for p in parts)
    return Unit("word", shown, command.start, body.end, font=WORD_FONTS[command.text])
