"""What matgrad says when it cannot answer: one sentence, then the place."""

from __future__ import annotations


class MatgradError(Exception):
    """Base of every error matgrad raises on purpose.

    `message` is one sentence; `text` and `span` name the place in the input, when there is one.
    """

    def __init__(self, message: str, text: str | None = None, span: tuple[int, int] | None = None):
        super().__init__(message)
        self.message = message
        self.text = text
        self.span = span

    def at(self, text: str, span: tuple[int, int]) -> MatgradError:
        """Attach the place, unless a more exact one is already known."""
        if self.span is None:
            self.text, self.span = text, span
        return self

    def __str__(self) -> str:
        if self.text is None or self.span is None:
            return self.message
        return f"{self.message}\n{pointer(self.text, self.span)}"


class ParseError(MatgradError):
    """The text is not an expression of the language."""


class ShapeError(MatgradError):
    """Sizes do not fit, or cannot be decided."""


class UnsupportedError(MatgradError):
    """A question matgrad knows it cannot answer."""


class LimitError(MatgradError):
    """The input is larger than the limits allow; the limits can be raised."""


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
