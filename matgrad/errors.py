"""What matgrad says when it cannot answer: one sentence, then the place.

A sentence is a template with its fields, so that another language can say it (`explain/chinese.py`); here it is English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


class Phrase:
    """Words with blanks, "cannot add {left} and {right}", and what stands in the blanks; a blank that has no field is text (LaTeX has braces too)."""

    __slots__ = ("template", "fields")

    def __init__(self, template: str, /, **fields: object):
        self.template = template
        self.fields: dict[str, Words] = {name: value if isinstance(value, Phrase | Series) else str(value) for name, value in fields.items()}

    def __str__(self) -> str:
        return filled(self.template, {name: str(value) for name, value in self.fields.items()})


class Series:
    """Several things joined by a comma, "and" or "or"."""

    __slots__ = ("items", "joint")

    def __init__(self, items: Iterable[object], joint: str = ","):
        self.items: list[Words] = [item if isinstance(item, Phrase | Series) else str(item) for item in items]
        self.joint = joint

    def __str__(self) -> str:
        return (", " if self.joint == "," else f" {self.joint} ").join(map(str, self.items))


Words = Phrase | Series | str
BLANK = re.compile(r"\{(\w+)\}")


def filled(template: str, fields: dict[str, str]) -> str:
    return BLANK.sub(lambda blank: fields.get(blank[1], blank[0]), template)


class MatgradError(Exception):
    """Base of every error matgrad raises on purpose.

    `message` is one sentence; `text` and `span` name the place in the input, when there is one. `phrase` holds the template of the
    sentence and its fields.
    """

    def __init__(self, sentence: str | Phrase, text: str | None = None, span: tuple[int, int] | None = None, /, **fields: object):
        self.phrase = sentence if isinstance(sentence, Phrase) else Phrase(sentence, **fields)
        self.message = str(self.phrase)
        super().__init__(self.message)
        self.text = text
        self.span = span

    def at(self, text: str, span: tuple[int, int]) -> MatgradError:
        """Attach the place, unless a more exact one is already known."""
        if self.span is None:
            self.text, self.span = text, span
        return self

    def placed(self, sentence: str) -> str:
        """A sentence with the line and the carets below it, where the place is known."""
        return sentence if self.text is None or self.span is None else f"{sentence}\n{pointer(self.text, self.span)}"

    def __str__(self) -> str:
        return self.placed(self.message)


class ParseError(MatgradError):
    """The text is not an expression of the language."""


class ShapeError(MatgradError):
    """Sizes do not fit, or cannot be decided."""


class UnsupportedError(MatgradError):
    """A question matgrad knows it cannot answer."""


class LimitError(MatgradError):
    """The input is larger than the limits allow; the limits can be raised."""


def did_you_mean(found: list[str]) -> Phrase | str:
    """A name that may have been meant, as the end of a sentence."""
    return Phrase("; did you mean {name}?", name=found[0]) if found else ""


WIDTH = 96


def pointer(text: str, span: tuple[int, int]) -> str:
    """The line of `text` that holds the span, shortened to a window, with carets under the place."""
    start, end = max(0, min(span[0], len(text))), max(span)
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    column = start - line_start
    length = max(1, min(end - start, len(line) - column))
    left = max(0, column - WIDTH // 2)
    shown = ("…" if left else "") + line[left : left + WIDTH]
    column = column - left + (1 if left else 0)
    return f"  {shown}\n  {padding(shown[:column])}{'^' * min(length, WIDTH)}"


def padding(text: str) -> str:
    """Blanks as wide as `text` on a terminal: full-width characters take two columns."""
    return "".join("  " if "\u2e80" <= c <= "\uffef" else " " for c in text)
