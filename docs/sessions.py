"""The sessions of a page: what stands after a prompt is run, and what stands below it is what it prints.

    python docs/sessions.py           says where a page and the program differ
    python docs/sessions.py --write   writes what the program prints into the pages

A block of `python` runs, a block of `pycon` (>>> …) and of `console` ($ matgrad …) runs and is compared; the blocks of a
page share their names. A block of `sh` is for the reader's own terminal.
"""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parent
LANGUAGES = ("en", "zh")
PAGES = [page for lang in LANGUAGES for page in sorted((DOCS / lang).glob("*.md"))]
FENCE = re.compile(r"^```([^`\n]*)\n(.*?)^```$", re.S | re.M)
PROMPT = re.compile(r"^(>>> |\$ )", re.M)
ROUNDING = re.compile(r"(\d(\.\d)?e-\d+|\b0)(?=[.。]$)", re.M)  # a rounding error at the end of a sentence differs between machines


class Entry(NamedTuple):
    """One prompt of a block: the code, what the page says it prints, and where in the page that stands."""

    code: str
    printed: str
    start: int
    end: int


def blocks(text: str) -> list[tuple[str, str, int]]:
    """(language, body, place of the body) of every fenced block."""
    return [(m[1], m[2], m.start(2)) for m in FENCE.finditer(text)]


def entries(body: str, place: int = 0) -> Iterator[Entry]:
    """The prompts of a `pycon` or `console` block, each with what stands below it."""
    starts = [m.start() for m in PROMPT.finditer(body)] + [len(body)]
    for start, end in zip(starts, starts[1:]):
        lines = body[start:end].splitlines(keepends=True)
        more = next((i for i, line in enumerate(lines) if i and not line.startswith(("... ", "...\n", "> "))), len(lines))
        code = "".join(PROMPT.sub("", line) if i == 0 else re.sub(r"^(\.\.\.|>) ?", "", line) for i, line in enumerate(lines[:more]))
        where = place + start + sum(map(len, lines[:more]))
        yield Entry(code, "".join(lines[more:]), where, place + end)


def code_of(text: str) -> list[tuple[str, str]]:
    """(language, code) of every block of a page, without what it prints: what two languages share."""
    return [(kind, "".join(e.code for e in entries(body)) if kind in ("pycon", "console") else body) for kind, body, _ in blocks(text)]


@contextmanager
def printing() -> Iterator[io.TextIOWrapper]:
    """Standard output and errors as one stream in UTF-8."""
    stream, kept = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), (sys.stdout, sys.stderr)
    sys.stdout = sys.stderr = stream
    try:
        yield stream
    finally:
        sys.stdout, sys.stderr = kept


def run(kind: str, code: str, names: dict[str, object]) -> str:
    """What a piece of code prints."""
    with printing() as stream:
        if kind == "python":
            exec(compile(code, "<page>", "exec", dont_inherit=True), names)
        elif kind == "pycon":
            prompt(code, names)
        else:
            command(code)
        stream.seek(0)
        return "".join(line.rstrip() + "\n" for line in stream.read().splitlines())


def prompt(code: str, names: dict[str, object]) -> None:
    """One statement as the interpreter runs it; an error is what a reader may expect to see, and is printed."""
    try:
        exec(compile(code, "<page>", "single", dont_inherit=True), names)
    except Exception as error:
        print("Traceback (most recent call last):\n  ...\n" + "".join(traceback.format_exception_only(error)), end="")


def command(line: str) -> None:
    """`matgrad …` in this process, or `… <<END` with its lines as standard input."""
    from matgrad.apps.cli import main

    line, _, text = line.partition("\n")
    program, *arguments = shlex.split(re.sub(r" *<<\s*END$", "", line))
    if program != "matgrad":
        raise ValueError(f"a console block runs matgrad, not {program}")
    kept, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.removesuffix("END\n").encode()), encoding="utf-8")
    try:
        main(arguments)
    except SystemExit:  # --help
        pass
    finally:
        sys.stdin = kept


def played(text: str) -> Iterator[tuple[Entry, str]]:
    """Every entry of a page and what it prints now."""
    names: dict[str, object] = {"__name__": "__main__"}
    for kind, body, place in blocks(text):
        if kind == "python":
            run(kind, body, names)
        elif kind in ("pycon", "console"):
            for entry in entries(body, place):
                printed = run(kind, entry.code, names)
                yield entry, printed + "\n" * (entry.printed.endswith("\n\n") and entry.end < place + len(body))


def same(shown: str, printed: str) -> bool:
    return ROUNDING.sub("", shown).rstrip() == ROUNDING.sub("", printed).rstrip()


def differences(page: Path) -> list[tuple[Entry, str]]:
    """What a page says, where the program now says something else."""
    return [(entry, printed) for entry, printed in played(page.read_text(encoding="utf-8")) if not same(entry.printed, printed)]


def rewrite(page: Path) -> int:
    """Put what the program prints into the page; the number of places changed."""
    text = page.read_text(encoding="utf-8")
    changed = differences(page)
    for entry, printed in reversed(changed):
        text = text[: entry.start] + printed + text[entry.end :]
    page.write_text(text, encoding="utf-8")
    return len(changed)


def main(arguments: list[str]) -> int:
    """One page here; of several each in a process of its own, since a page may add rows to the tables."""
    options, pages = [a for a in arguments if a.startswith("--")], [a for a in arguments if not a.startswith("--")]
    if len(pages) != 1:
        return max(subprocess.run([sys.executable, __file__, *options, str(page)]).returncode for page in pages or PAGES)
    page = Path(pages[0])
    if "--write" in options:
        changed = rewrite(page)
        print(f"{page.parent.name}/{page.name}: {changed} changed")
        return 0
    found = differences(page)
    for entry, printed in found:
        print(f"{page}: {entry.code}--- the page\n{entry.printed}--- the program\n{printed}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.path.insert(0, str(DOCS.parent))
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
