"""Text to tokens: MATLAB-like, NumPy-like and Unicode spellings become one token stream."""

from __future__ import annotations

import re

from ..errors import LimitError, ParseError

MAX_TOKENS = 20_000

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ϵ": "epsilon", "ϕ": "phi", "µ": "mu",
}  # fmt: skip
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ᵀᴴᵏⁿᵐⁱʳ", "0123456789-+()THknmir", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
SPELLINGS = {
    "（": "(", "）": ")", "，": ",", "；": ";", "：": ":", "＋": "+", "－": "-", "−": "-", "＊": "*", "／": "/", "＝": "=",
    "＾": "^", "【": "[", "】": "]", "［": "[", "］": "]", "’": "'", "‘": "'", "′": "'", "＇": "'", "·": "*", "⋅": "*",
    "×": "*", "⊙": ".*", "∘": ".*", "⊘": "./", "≥": ">=", "≤": "<=", "＞": ">", "＜": "<", "∑": "sum", "…": "..",
    "‖": "||", "∥": "||", "｜": "|", "⊤": "'", "。": ".", "、": ",", "½": "(1/2)", "¼": "(1/4)", "²": "^2",
}  # fmt: skip
SPELLINGS.update({chr(0xFEE0 + ord(c)): c for c in "0123456789"})  # full-width digits
WIDE_LETTERS = {chr(0xFEE0 + ord(c)): c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"}
NAMESPACE = re.compile(r"(?:np|numpy|jnp|torch|sp|scipy)\.(?:linalg\.|special\.|nn\.functional\.)?(?=[A-Za-z])")
TOKEN = re.compile(
    r"(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d][\w]*)"
    r"|(?P<op>\.T(?!\w)|\.(?=[A-Za-z]\w*\()|\.\*|\./|\.\^|\.'|\.\.|\*\*|>=|<=|==|\|\||[-+*/^@'()\[\],;:=<>|⊗])"
)


class Token:
    """A token: kind ('number', 'name', 'op', 'end'), text, place, and whether blank space precedes it."""

    __slots__ = ("kind", "text", "start", "end", "spaced")

    def __init__(self, kind: str, text: str, start: int, end: int, spaced: bool):
        self.kind = kind
        self.text = text
        self.start = start
        self.end = end
        self.spaced = spaced

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


def is_latex(text: object) -> bool:
    r"""Whether a text is LaTeX: it holds a command, a dollar or a braced script, none of which the plain language has."""
    return isinstance(text, str) and ("\\" in text or "$" in text or "^{" in text or "_{" in text)


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`. Raises ParseError at a character that is not part of the language."""
    if not isinstance(text, str):
        raise ParseError("an expression is text, not {kind}", kind=type(text).__name__)
    tokens: list[Token] = []
    at, spaced, ascii_text = 0, False, text.isascii()
    while at < len(text):
        c = text[at]
        if c.isspace() or c == "\ufeff" or c == "\u200b":
            at, spaced = at + 1, True
            continue
        if not ascii_text and (c in SUPERSCRIPTS or c in SPELLINGS or c in GREEK):
            end = _special(text, at, spaced, tokens)
        elif match := NAMESPACE.match(text, at):
            at = match.end()
            continue
        elif not ascii_text and c in SUBSCRIPTS:
            tokens.append(Token("name", "_" + SUBSCRIPTS[c], at, at + 1, spaced))
            end = at + 1
        elif match := TOKEN.match(text, at):
            end = match.end()
            if match.lastgroup == "name":
                end = _name(text, at, end, spaced, tokens)
            else:
                tokens.append(Token(str(match.lastgroup), match.group(), at, end, spaced))
        else:
            raise ParseError("{sign} is not part of the language", text, (at, at + 1), sign=repr(c))
        at, spaced = end, False
        if len(tokens) > MAX_TOKENS:
            raise LimitError("the input is longer than {most} tokens", most=MAX_TOKENS)
    tokens.append(Token("end", "", len(text), len(text), spaced))
    return tokens


def _name(text: str, start: int, end: int, spaced: bool, tokens: list[Token]) -> int:
    """A name ends before superscripts; subscript digits and Greek letters are spelled out."""
    word = ""
    for i in range(start, end):
        c = text[i]
        if c in SUPERSCRIPTS or c in SPELLINGS:
            end = i
            break
        word += SUBSCRIPTS.get(c) or GREEK.get(c) or WIDE_LETTERS.get(c, c)
    while end < len(text) and text[end] in SUBSCRIPTS:
        word += SUBSCRIPTS[text[end]]
        end += 1
    tokens.append(Token("name", word, start, end, spaced))
    return end


def _special(text: str, at: int, spaced: bool, tokens: list[Token]) -> int:
    """A character that stands for other tokens: superscripts, full-width signs, Greek letters."""
    c = text[at]
    if c in SUPERSCRIPTS:
        end = at
        while end < len(text) and text[end] in SUPERSCRIPTS:
            end += 1
        body = "".join(SUPERSCRIPTS[s] for s in text[at:end])
        spelled = "^" + (body if body.lstrip("-").isalnum() else f"({body})")
    elif c in GREEK:
        match = TOKEN.match(text, at)
        return _name(text, at, match.end() if match else at + 1, spaced, tokens)
    else:
        spelled, end = SPELLINGS[c], at + 1
    first = True
    for match in TOKEN.finditer(spelled):
        tokens.append(Token(str(match.lastgroup), match.group(), at, end, spaced and first))
        first = False
    if first:
        raise ParseError("{sign} is not part of the language", text, (at, end), sign=repr(c))
    return end
