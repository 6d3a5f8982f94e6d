"""Text to statements: chains a = b = c with the place of every member, comments and line ends taken away.

Nothing is moved: what is not read is replaced by blanks, so every span is a place in the text as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import LimitError, ParseError

MAX_LINES = 500
ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:aligned|align|align\*|split|gather|gathered|equation|equation\*)\}|\$\$|\\\[|\\\]")
OPENING, CLOSING = "([{（【［", ")]}）】］"
OPERATORS = "+-*/@⊙∘⊗⊘×·⋅−＋－"
EQUALS = re.compile(r"(?<![<>=≥≤])[:：]?[=＝](?![=＝])")


class Member:
    """One side of an equation: its place in the text."""

    __slots__ = ("start", "end", "text")

    def __init__(self, source: str, start: int, end: int):
        body = source[start:end]
        self.start = start + len(body) - len(body.lstrip())
        self.end = max(self.start, end - (len(body) - len(body.rstrip())))
        self.text = source[self.start : self.end]

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


class Statement:
    """member = member = …; one that `continues` has the last member above as its left side."""

    __slots__ = ("members", "continues", "number", "paragraph", "text")

    def __init__(self, members: list[Member], continues: bool, number: int, paragraph: int, text: str):
        self.members = members
        self.continues = continues
        self.number = number
        self.paragraph = paragraph
        self.text = text


def statements(source: str) -> list[Statement]:
    """The statements of a derivation, in the order in which they are written. Raises ParseError with the place."""
    if not isinstance(source, str):
        raise ParseError("a derivation is text, not {kind}", kind=type(source).__name__)
    text = plain(source)
    if text.count("\n") >= MAX_LINES:
        raise LimitError("a derivation has at most {most} lines", most=MAX_LINES)
    found: list[Statement] = []
    paragraph = 0
    for start, end in logical_lines(text):
        if not text[start:end].strip():
            paragraph += 1
            continue
        number = text.count("\n", 0, start + len(text[start:end]) - len(text[start:end].lstrip())) + 1
        for a, b in pieces(text, start, end):
            found.append(statement(text, a, b, number, paragraph, found))
    if not found:
        raise ParseError("there is no line to check")
    return found


def plain(source: str) -> str:
    """The text without comments and arrows; an `aligned` block as lines."""
    if "\\" in source:
        source = ENVIRONMENT.sub(lambda m: " " * len(m[0]), source).replace("\\\\", " \n").replace("&", " ")
    return re.sub(r"(?<!\\)[#%][^\n]*|[⇒⟹∴→]|=>", lambda m: " " * len(m[0]), source)


def logical_lines(text: str) -> Iterator[tuple[int, int]]:
    """Lines, each with those below that only go on with it: a bracket is open, or an operator ends or begins a line."""
    start, at = 0, 0
    lines = text.split("\n")
    for i, line in enumerate(lines):
        at += len(line) + 1
        so_far = text[start : at - 1].rstrip()
        following = lines[i + 1].lstrip() if i + 1 < len(lines) else ""
        if so_far and following and goes_on(so_far, following):
            continue
        yield start, at - 1
        start = at


def goes_on(so_far: str, following: str) -> bool:
    """Whether a line belongs to the one above it."""
    if so_far[-1] in OPERATORS + "=＝" or following[0] in "+*/":
        return True
    return not EQUALS.search(following) and (depth(so_far) > 0 or following[0] in "-−")


def depth(text: str) -> int:
    return sum((c in OPENING) - (c in CLOSING) for c in text)


def split(text: str, start: int, end: int, separator: re.Pattern[str]) -> list[tuple[int, int]]:
    """The places between separators that stand outside brackets."""
    places, begin, level, at = [], start, 0, start
    while at < end:
        c = text[at]
        level += (c in OPENING) - (c in CLOSING)
        match = separator.match(text, at, end) if level == 0 else None
        if match and match.end() > at:
            places.append((begin, at))
            begin = at = match.end()
        else:
            at += 1
    return [*places, (begin, end)]


SEMICOLON = re.compile(r"[;；]")
COMMA = re.compile(r"[,，](?=\s*[^\W\d]\w*\s*[=＝])")
WHERE = re.compile(r"\bwhere\b")


def pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """`Y = …; f = …` as it stands; `f = … where Y = …` and `f = …, Y = …` with the definitions first."""
    body, *rest = split(text, start, end, WHERE)
    for part in (*rest, body):
        for statement in split(text, *part, SEMICOLON):
            first, *others = split(text, *statement, COMMA)
            yield from ((a, b) for a, b in (*others, first) if text[a:b].strip())


def statement(text: str, start: int, end: int, number: int, paragraph: int, before: list[Statement]) -> Statement:
    parts = split(text, start, end, EQUALS)
    members = [Member(text, a, b) for a, b in parts]
    continues = not members[0].text or len(members) == 1 and bool(before) and before[-1].paragraph == paragraph
    for m in members[1:] if not members[0].text else members:
        if not m.text:
            raise ParseError("one side of '=' is missing", text, (max(start, m.start - 1), m.start))
    if not members[0].text:
        if not before:
            raise ParseError("the first line has no left side", text, (start, end))
        members = members[1:]
    return Statement(members, continues, number, paragraph, text[start:end].strip())
