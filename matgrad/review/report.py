"""What a checked derivation says: of each line whether it follows, and at the first that does not, why."""

from __future__ import annotations

import html
from typing import Any

from ..check.equality import shown
from ..core.expr import NAMED, Expr
from ..errors import MatgradError, Phrase, Series
from ..explain.render import law_words, plain
from ..explain.words import LANGUAGES, say
from ..language.text import definitions_of, program, text
from .judge import DEFINITION, FOLLOWS, RIGHT, START, UNDECIDED, WRONG, Verdict
from .lines import Statement

FORMATS = ("text", "markdown", "html")
SIGNS = {DEFINITION: " ", START: " ", RIGHT: "✓", FOLLOWS: "~", WRONG: "✗", UNDECIDED: "?"}
ORDER = (WRONG, UNDECIDED, FOLLOWS, RIGHT, START, DEFINITION)  # the worst member speaks for its line
COLUMN = 56


class Line:
    """One line of a derivation: its text, its number from 1, its place (start, end) in the input, and what is said of it.

    `verdict` is "definition", "start", "right", "follows" (from a wrong line above), "wrong" or "undecided"; `kind` names
    the mistake, "transpose", "sign", …; `expected` is what matgrad writes in its place.
    """

    def __init__(self, statement: Statement, verdicts: list[Verdict]):
        self.statement = statement
        self.verdicts = verdicts
        self.worst = min(verdicts, key=lambda v: ORDER.index(v.verdict))
        self.verdict = self.worst.verdict

    @property
    def text(self) -> str:
        return self.statement.text

    @property
    def number(self) -> int:
        return self.statement.number

    @property
    def position(self) -> tuple[int, int]:
        return (self.worst.member.start, self.worst.member.end)

    @property
    def law(self) -> str:
        return self.laws()

    @property
    def kind(self) -> str:
        return self.worst.mistake.kind if self.worst.mistake else ""

    @property
    def expected(self) -> Expr | None:
        return self.worst.expected

    @property
    def counterexample(self) -> dict[str, Any] | None:
        """Values at which the line and the one before differ, by name."""
        return self.worst.equality.counterexample if self.worst.equality is not None else None

    @property
    def message(self) -> str:
        return self.words()

    def laws(self, lang: str = "en", ascii: bool = False) -> str:
        """The laws by which the line follows."""
        found = dict.fromkeys(law_words(law, lang, ascii) for v in self.verdicts for law in v.laws)
        return ("；" if lang == "zh" else "; ").join(found)

    def words(self, lang: str = "en", ascii: bool = False) -> str:
        """The verdict in words, with the reason."""
        v = self.worst
        if self.verdict == UNDECIDED:
            return say("verdict undecided", lang, say(v.reason[0], lang, *v.reason[1:]))
        if self.verdict == WRONG:
            return self.fault(lang)
        reasons = [self.laws(lang, ascii)] if self.laws(lang) else []
        if not reasons and v.equality is not None and v.equality.proof == "evaluation":
            reasons = [say("by numbers", lang, v.equality.points)]
        if v.note is not None:
            reasons.append(say(v.note[0], lang, *v.note[1:]))
        head = [] if self.verdict == RIGHT and reasons else [say(f"verdict {self.verdict}", lang)]
        return ("：" if lang == "zh" else ": ").join([*head, *(["；".join(reasons) if lang == "zh" else "; ".join(reasons)] if reasons else [])])

    def fault(self, lang: str) -> str:
        """What is wrong: the sizes, or the kind of mistake, and what would be right."""
        m, parts = self.worst.mistake, []
        if self.worst.reason:
            parts.append(say(self.worst.reason[0], lang, *self.worst.reason[1:]))
        if self.worst.note is not None:
            parts.append(say(self.worst.note[0], lang, *self.worst.note[1:]))
        if m is not None:
            parts.append(say(f"mistake {m.kind}", lang, m.bad, m.good))
            if m.fixed:
                parts.append(say("held fixed", lang, m.fixed))
            if m.repaired is not None and m.kind != "extra":
                parts.append(say("instead of", lang, m.bad, m.good))
            if m.repaired is not None and text(m.repaired) != m.good:
                parts.append(say("the line reads", lang, text(m.repaired)))
        return ("；" if lang == "zh" else "; ").join(parts) or say("verdict wrong", lang)

    def place(self, lang: str) -> list[str]:
        """The counterexample, a line for every name, and the two values there."""
        e = self.worst.equality
        if e is None or e.left is None or e.counterexample is None:
            return []
        values = [f"{k} = {shown(v)}" for k, v in e.counterexample.items()]
        return [*values, f"{say('left side', lang)} = {shown(e.left)}", f"{say('right side', lang)} = {shown(e.right)}"]

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "line": self.number,
            "start": self.position[0],
            "end": self.position[1],
            "verdict": self.verdict,
            "by": self.worst.equality.proof if self.worst.equality is not None else None,
            "law": self.law,
            "kind": self.kind,
            "message": self.message,
            "expected": program(self.expected) if self.expected is not None else None,
            "counterexample": self.place("en"),
        }


class Review:
    """A derivation, judged line by line: `ok` when every line follows, `first_error` the first line that does not."""

    def __init__(self, verdicts: list[Verdict], assumed: list[str]):
        by_statement: dict[Statement, list[Verdict]] = {}
        for v in verdicts:
            by_statement.setdefault(v.reading.statement, []).append(v)
        self.lines = [Line(s, found) for s, found in by_statement.items()]
        self.assumed = assumed

    @property
    def ok(self) -> bool:
        return all(line.verdict not in (WRONG, FOLLOWS, UNDECIDED) for line in self.lines)

    def __bool__(self) -> bool:
        return self.ok

    @property
    def first_error(self) -> Line | None:
        return next((line for line in self.lines if line.verdict == WRONG), None)

    def __str__(self) -> str:
        return self.explain()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.explain(format="html")

    def explain(self, lang: str = "en", format: str = "text", *, ascii: bool = False) -> str:
        """The page: every line with its verdict, and what is wrong with the first that does not follow.

        Raises MatgradError for an unknown language or format.
        """
        for given, allowed, what in ((lang, LANGUAGES, Phrase("language")), (format, FORMATS, Phrase("format"))):
            if given not in allowed:
                raise MatgradError("unknown {what} {given}; choose from {values}", what=what, given=repr(given), values=Series(allowed))
        if format == "html":
            return self.as_html(lang)
        page = self.as_markdown(lang) if format == "markdown" else self.as_text(lang, ascii)
        return plain_signs(page) if ascii else page

    def summary(self, lang: str) -> str:
        wrong = self.first_error
        if wrong is not None:
            return say("first fault", lang, wrong.number)
        return say("all lines follow" if self.ok else "none wrong", lang)

    def fault(self, lang: str) -> list[str]:
        """The first fault at length: what is wrong, what was wanted, and a point where it shows."""
        wrong = self.first_error
        if wrong is None:
            return []
        out = [wrong.words(lang)]
        if wrong.expected is not None:
            out.append(say("wanted", lang, self.in_own_names(wrong.expected)))
        place = wrong.place(lang)
        return [*out, say("at this point", lang), *(f"  {line}" for line in place)] if place else out

    def in_own_names(self, e: Expr) -> str:
        """An expression with the definitions of those names that the derivation does not define itself."""
        own = {v.reading.defines for line in self.lines for v in line.verdicts}
        body = e.args[0] if e.op is NAMED else e
        others = [f"{d.data} = {text(d.args[0])}" for d in definitions_of(body) if d.data not in own]
        return text(body) + (f" where {'; '.join(others)}" if others else "")

    def as_text(self, lang: str, ascii: bool = False) -> str:
        out = [f"{SIGNS[line.verdict]} {line.number:3}  {one_line(line.text):{COLUMN}}  {self.beside(line, lang, ascii)}".rstrip() for line in self.lines]
        if self.assumed:
            out += ["", f"{say('assumed', lang)}: {'; '.join(self.assumed)}"]
        return "\n".join([*out, "", self.summary(lang), *(f"  {x}" for x in self.fault(lang))])

    def beside(self, line: Line, lang: str, ascii: bool = False) -> str:
        """What stands next to a line: the first fault is told below, at length."""
        return say("verdict wrong", lang) if line is self.first_error else line.words(lang, ascii)

    def as_markdown(self, lang: str) -> str:
        rows = [f"| {SIGNS[x.verdict].strip()} | {x.number} | `{cell(x.text)}` | {cell(self.beside(x, lang))} |" for x in self.lines]
        below = [f"- {x}" if not x.startswith("  ") else f"  - `{x.strip()}`" for x in self.fault(lang)]
        return "\n".join(["|  |  |  |  |", "|---|---|---|---|", *rows, "", f"**{self.summary(lang)}**", *([""] if below else []), *below])

    def as_html(self, lang: str) -> str:
        e = html.escape
        rows = []
        for x in self.lines:
            told = f"<td><code>{e(one_line(x.text))}</code></td><td>{e(self.beside(x, lang))}</td>"
            rows.append(f'<tr class="{x.verdict}"><td>{SIGNS[x.verdict]}</td><td>{x.number}</td>{told}</tr>')
        below = "".join(f"<li>{e(x.strip())}</li>" for x in self.fault(lang))
        return "\n".join(
            [f'<div class="matgrad-review" lang="{lang}">', "<table>", *rows, "</table>", f"<p><strong>{e(self.summary(lang))}</strong></p>"]
            + ([f"<ul>{below}</ul>"] if below else [])
            + ["</div>"]
        )

    def to_json(self) -> dict[str, Any]:
        """The review as plain data, for other programs."""
        wrong = self.first_error
        return {
            "ok": self.ok,
            "first_error": None if wrong is None else self.lines.index(wrong),
            "assumed": self.assumed,
            "lines": [line.to_json() for line in self.lines],
        }


def one_line(written: str) -> str:
    return " ".join(written.split())


def cell(written: str) -> str:
    """Text inside a Markdown table."""
    return one_line(written).replace("|", "\\|")


def plain_signs(page: str) -> str:
    return plain(page).replace("✓", "+").replace("✗", "x").replace("⁻¹", "^-1")



