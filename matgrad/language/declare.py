"""Declarations: `X: matrix(m,n); M: symmetric(l); x[i]: vector(n), i=1..N; A(t): matrix(k,m)`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..core.dims import ONE, Dim, dim, read_size
from ..core.expr import Expr, var
from ..core.facts import REAL_ONLY, closure
from ..core.op import OPS
from ..core.tables import EXTRA, TYPES
from ..errors import ParseError, Phrase, Series, ShapeError, did_you_mean
from .lexer import GREEK, SPELLINGS, SUBSCRIPTS, is_latex

ITEM = re.compile(
    r"\s*(?P<names>[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*"
    r"(?:\[(?P<index>\w+)\]|\((?P<params>[\w\s,]*)\))?\s*:\s*(?P<type>.*)\s*$",
    re.S,
)
TYPE = re.compile(r"\s*(?P<type>[a-z_]+)\s*(?:\((?P<sizes>(?:[^()]|\([^()]*\))*)\))?(?P<rest>.*)$", re.S | re.I)
RANGE = re.compile(r",?\s*(\w+)\s*=\s*1\s*\.\.\s*(\w+)")
SPACE = re.compile(r"(?P<names>.+?)\\in\s*\\mathbb\s*(?P<field>\{[RC]\}|[RC])\s*(?:\^\s*(?:\{(?P<sizes>[^{}]*)\}|(?P<size>\w)))?\s*(?:,|$)", re.S)
COMMA = re.compile(r",(?![^{]*\}|[^(]*\)|[^\[]*\])")
TAIL = re.compile(r"(?P<name>.*?)\s*(?P<tail>\[\w+\]|\([\w\s,]*\))?\s*$", re.S)
SIGN = re.compile(r"(>=|>)\s*0\b")
SQUARE = {"symmetric", "posdef", "psd", "invertible", "diagonal", "orthogonal", "skew", "lower", "upper", "toeplitz", "hermitian"}
KINDS = ["scalar", "integer", "vector", "row", "matrix", "elementwise", "onehot", *sorted(SQUARE)]


class Declarations:
    """What is known of the names: variables, unspecified element-wise functions, size letters."""

    def __init__(self) -> None:
        self.variables: dict[str, Expr] = {}
        self.functions: set[str] = set()
        self.sizes: set[str] = set()
        self.indices: dict[str, str] = {}  # family -> the letter its declaration uses
        self.assumed: list[str] = []

    def copy(self) -> Declarations:
        other = Declarations()
        other.variables = dict(self.variables)
        other.functions = set(self.functions)
        other.sizes = set(self.sizes)
        other.indices = dict(self.indices)
        other.assumed = list(self.assumed)
        return other

    def add(self, name: str, variable: Expr) -> None:
        self.variables[name] = variable
        for d in (variable.rows, variable.cols, variable.data[3]):
            if d is not None:
                self.sizes.update(d.letters)


def normalize(text: str) -> str:
    """Full-width punctuation and Greek letters as the lexer reads them, place by place where possible."""
    if text.isascii():
        return text
    return "".join(SUBSCRIPTS.get(c) or GREEK.get(c) or SPELLINGS.get(c, c) for c in text)


def read_declarations(declare: str | Mapping[str, str] | Declarations | None) -> Declarations:
    """Read declarations, separated by ';' or line ends. Raises ParseError with the place."""
    if isinstance(declare, Declarations):
        return declare
    found = Declarations()
    if not declare:
        return found
    if isinstance(declare, Mapping):
        declare = "; ".join(f"{name}: {kind}" for name, kind in declare.items())
    if not isinstance(declare, str):
        raise ParseError("declarations are text or a mapping from name to type, not {kind}", kind=type(declare).__name__)
    text = normalize(declare)
    at = 0
    for part in re.split(r"[;\n]", text):
        if part.strip():
            lead = len(part) - len(part.lstrip())
            span = (at + lead, at + len(part.rstrip()))
            for item in _plain_items(part, text, span) if is_latex(declare) else (part,):
                _item(item, text, span, found)
        at += len(part) + 1
    return found


def _plain_items(part: str, text: str, span: tuple[int, int]) -> list[str]:
    r"""A declaration with LaTeX names, or x \in \mathbb{R}^n, as plain declarations."""
    part = part.replace("$", " ")
    spaces = list(SPACE.finditer(part))
    if spaces and spaces[-1].end() == len(part.rstrip()):
        return [f"{_plain_names(m['names'], '', text, span)}: {_space(m['field'], m['sizes'] or m['size'] or '')}" for m in spaces]
    names, colon, kind = part.partition(":")
    kind = re.sub(r"\\geq?(?![a-z])", ">=", kind).replace("\\ldots", "..").replace("\\dots", "..")
    return [_plain_names(names, kind, text, span) + colon + kind]


def _plain_names(names: str, kind: str, text: str, span: tuple[int, int]) -> str:
    r"""\mathbf{x}, \Sigma as x, Sigma; \mathbf{x}_i with a range of i is the family x[i]."""
    from .tex_read import plain_name

    bounds = RANGE.search(kind)
    found = []
    for name in COMMA.split(names):
        match = TAIL.match(name)
        assert match is not None
        bare, tail = match["name"].strip(), match["tail"] or ""
        if bounds and not tail and (ending := re.search(rf"_\s*(?:{bounds[1]}|\{{\s*{bounds[1]}\s*\}})$", bare)):
            bare, tail = bare[: ending.start()], f"[{bounds[1]}]"
        try:
            found.append((plain_name(bare) if is_latex(bare) else bare) + tail)
        except ParseError as error:
            raise ParseError(error.phrase, text, span) from None
    return ", ".join(found)


def _space(field: str, sizes: str) -> str:
    """The type whose values are real or complex arrays of these sizes."""
    given = re.split(r"\\times(?![a-z])|×", sizes.replace("\\cdot", "*")) if sizes.strip() else []
    over = "complex " if "C" in field else ""
    return f"{over}{('scalar', 'vector', 'matrix')[min(len(given), 2)]}" + (f"({','.join(s.strip() for s in given)})" if given else "")


def _item(part: str, text: str, span: tuple[int, int], found: Declarations) -> None:
    match = ITEM.match(part)
    if not match:
        raise ParseError("a declaration reads name: type, such as X: matrix(m,n)", text, span)
    kind = TYPE.match(match["type"])
    if not kind:
        raise ParseError("{names} needs a type: {types}", text, span, names=match["names"], types=Series(KINDS))
    word, rest, count = kind["type"].lower(), kind["rest"], None
    if word == "complex":
        kind = TYPE.match(rest) or kind
        word, rest = kind["type"].lower(), kind["rest"] + " complex"
    if match["index"]:
        rest, count = _family(match, rest, text, span)
    facts = _facts(word, rest, text, span)
    params = tuple(p.strip() for p in (match["params"] or "").split(",") if p.strip())
    for name in re.split(r"\s*,\s*", match["names"].strip()):
        if name in OPS and name not in ("det", "diag") and not (len(name) == 1):
            raise ParseError("{name} is a function of the language and cannot be declared", text, span, name=name)
        if name in found.variables or name in found.functions:
            raise ParseError("{name} is declared twice", text, span, name=name)
        if word == "elementwise":
            found.functions.add(name)
            continue
        rows, cols = _sizes(word, kind["sizes"], text, span)
        found.add(name, var(name, rows, cols, facts, params, count))
        if match["index"]:
            found.indices[name] = match["index"]


def _family(match: re.Match[str], rest: str, text: str, span: tuple[int, int]) -> tuple[str, Dim]:
    bounds = RANGE.search(rest)
    if not bounds or bounds[1] != match["index"]:
        raise ParseError("a family needs its range: {names}[{index}]: …, {index}=1..N", text, span, names=match["names"], index=match["index"])
    return rest.replace(bounds[0], ""), dim(bounds[2])


def _facts(word: str, rest: str, text: str, span: tuple[int, int]) -> set[str]:
    if word not in KINDS:
        from difflib import get_close_matches

        hint = did_you_mean(get_close_matches(word, KINDS, 1)) or Phrase("; types are {types}", types=Series(KINDS))
        raise ParseError("unknown type {type}{hint}", text, span, type=repr(word), hint=hint)
    facts = set(TYPES.get(word, ()))
    sign = SIGN.search(rest)
    if sign:
        facts.add("positive" if sign[1] == ">" else "nonnegative")
        rest = rest.replace(sign[0], "")
    for extra in rest.replace(",", " ").split():
        if extra not in EXTRA and extra != "complex":
            raise ParseError("unknown fact {fact}; facts are {facts}", text, span, fact=repr(extra), facts=Series(EXTRA))
        facts.add(extra)
    if facts & {"complex", "hermitian"}:
        _check_complex(word, facts, text, span)
    return facts


def _check_complex(word: str, facts: set[str], text: str, span: tuple[int, int]) -> None:
    """Refuse what only real values can be."""
    if word == "elementwise":
        raise ParseError("an unspecified element-wise function is real; exp, sin, cos, sinh and cosh act on complex numbers", text, span)
    real = sorted(f for f in facts if closure({f}) & REAL_ONLY)
    if real:
        instead = Phrase("; a complex matrix equal to its conjugate transpose is declared as hermitian(n)") if closure(facts) & {"psd"} else ""
        raise ParseError("{fact} is said of real values only, not of complex ones{instead}", text, span, fact=real[0], instead=instead)


def _sizes(word: str, sizes: str | None, text: str, span: tuple[int, int]) -> tuple[Dim, Dim]:
    try:
        given = [_size(s) for s in (sizes or "").split(",") if s.strip()]
    except (ValueError, ShapeError):
        raise ParseError("a size is a letter, a whole number or a sum or product of them, not {text}", text, span, text=repr(sizes)) from None
    counts = {"scalar": (0,), "integer": (0,), "vector": (1,), "row": (1,), "matrix": (1, 2), "onehot": (1, 2), "elementwise": (0,)}
    allowed = counts.get(word, (1, 2) if word in SQUARE else (0,))
    if len(given) not in allowed:
        sentence = "{type} takes 1 size, not {count}" if allowed == (1,) else "{type} takes {wanted} sizes, not {count}"
        raise ParseError(sentence, text, span, type=word, wanted=Series(allowed, "or"), count=len(given))
    if word in SQUARE:
        if len(given) == 2 and given[0] is not given[1]:
            raise ParseError("a matrix that is {fact} is square; {rows} and {cols} differ", text, span, fact=word, rows=given[0], cols=given[1])
        return given[0], given[0]
    if word == "row":
        return ONE, given[0]
    if word in ("vector", "onehot"):
        return given[0], given[1] if len(given) == 2 else ONE
    if word == "matrix":
        return given[0], given[-1]
    return ONE, ONE


def _size(text: str) -> Dim:
    """A size in a declaration, at least 1 where it is a number."""
    size = read_size(text)
    if size.value is not None and size.value < 1:
        raise ValueError(text)
    return size
