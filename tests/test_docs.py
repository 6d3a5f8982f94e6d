"""What the README and the pages of docs/ show is what the program prints; both languages have the same pages, headings and code."""

from __future__ import annotations

import html
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
UTF8 = {**os.environ, "PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def module(name: str) -> ModuleType:
    """A script of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


sessions, rules = module("sessions"), module("rules")
PAGES: list[Path] = sessions.PAGES
NAMES = sorted({page.name for page in PAGES})
BLOCKS = {page: [(kind, body) for kind, body, _ in sessions.blocks(page.read_text(encoding="utf-8"))] for page in PAGES}
RUN = [page for page in PAGES if page.parent.name == "en" or BLOCKS[page] != BLOCKS[DOCS / "en" / page.name]]  # the same blocks once
TEXTS = {(page.parent.name, page.name): page.read_text(encoding="utf-8") for page in PAGES}


# --- the README ---------------------------------------------------------------------------------------------


def test_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for kind, source, _ in sessions.blocks(README):
        if kind == "python":
            exec(compile(source, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    for comment in re.findall(r"print\([^#\n]*\)\s+# (\S[^\n]*)", README):
        if re.fullmatch(r"[\w'*().,^+\- ]+", comment) and not re.search(r"[a-z]{4,} [a-z]{2,}", comment):
            assert comment in printed, f"README.md promises {comment!r}"


def test_the_readme_session_is_real() -> None:
    session = re.search(r"^```\n\$ matgrad (.*?)\n(.*?)^```", README, re.S | re.M)
    assert session
    done = subprocess.run([sys.executable, "-m", "matgrad", *shlex.split(session[1])], capture_output=True, text=True, encoding="utf-8", check=True, env=UTF8)
    shown, printed = (re.sub(r"error \S+\.$", "", t.strip()) for t in (session[2], done.stdout))
    assert [line.rstrip() for line in shown.splitlines() if "l×m" not in line] == [line.rstrip() for line in printed.splitlines() if "l×m" not in line]


# --- the pages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", RUN, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_page_prints_what_it_shows(page: Path) -> None:
    """In a process of its own: a page may add rows to the tables. `python docs/sessions.py --write` brings a page up to date."""
    for needed in re.findall(r"^(?:>>> )?import (jax|sympy)$", page.read_text(encoding="utf-8"), re.M):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"the page uses {needed}")
    done = subprocess.run([sys.executable, str(DOCS / "sessions.py"), str(page)], capture_output=True, text=True, encoding="utf-8", env=UTF8, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_block_of_a_page_is_run(page: Path) -> None:
    for kind, body, _ in sessions.blocks(page.read_text(encoding="utf-8")):
        if kind == "sh":  # the reader's own terminal: installing, and what waits for a browser
            assert all(line.startswith(("pip install ", "matgrad ")) for line in body.splitlines()), body
        elif kind in ("pycon", "console"):
            assert "".join(entry.code for entry in sessions.entries(body)), body
        else:
            assert kind == "python" or kind.startswith(("{rules} ", "{toctree}")), f"a block of {kind or 'no language'} is run by nobody"


@pytest.mark.parametrize("name", ["examples.md", "cases.md", "network.md"])
def test_the_answer_is_the_books(name: str) -> None:
    """The books' formulas stand on the page, and the page says they are equal; that it is told so is tested above."""
    for lang in sessions.LANGUAGES:
        asked = [e for kind, body, _ in sessions.blocks(TEXTS[lang, name]) if kind == "pycon" for e in sessions.entries(body) if "mg.equal(" in e.code]
        assert len(asked) >= 3
        for entry in asked:
            assert {line.split()[-1] for line in entry.printed.split("\n") if line} == {"True"}, entry.code


def test_a_wrong_page_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```pycon\n>>> 1 + 1\n3\n>>> [1,\n...  2]\n[1, 2]\n```\n\n```console\n$ matgrad equal \"A\" \"A\"\nnot equal\n```\n", encoding="utf-8")
    wrong = sessions.differences(page)
    assert [entry.code for entry, _ in wrong] == ["1 + 1\n", 'matgrad equal "A" "A"\n']
    assert sessions.rewrite(page) == 2 and not sessions.differences(page)
    assert sessions.same("error 3e-13.\n", "error 2e-12.") and not sessions.same("1e-13 of it\n", "2e-13 of it")


# --- two languages --------------------------------------------------------------------------------------------


def headings(text: str) -> list[int]:
    """The level of every heading."""
    return [len(m[1]) for m in re.finditer(r"^(#+) ", sessions.FENCE.sub("", text), re.M)]


def code(text: str) -> list[tuple[str, str]]:
    """The code of a page without comments, what it prints, and the language it prints it in."""
    bare = [(kind, re.sub(r"""lang="(en|zh)"|--lang (en|zh)""", "lang", source)) for kind, source in sessions.code_of(text)]
    return [(kind, re.sub(r"[ ]+#(?![^\n]*[\"'])[^\n]*$", "", source, flags=re.M)) for kind, source in bare]


def test_both_languages_have_the_same_pages() -> None:
    assert {page.name for page in PAGES if page.parent.name == "en"} == {page.name for page in PAGES if page.parent.name == "zh"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_the_same(name: str) -> None:
    english, chinese = TEXTS["en", name], TEXTS["zh", name]
    assert headings(english) == headings(chinese)
    assert code(english) == code(chinese)
    assert len(re.findall(r"^\|", english, re.M)) == len(re.findall(r"^\|", chinese, re.M)), "rows of tables"
    links = [sorted(re.findall(r"\]\(([\w.]+)", text)) for text in (english, chinese)]
    assert links[0] == links[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_in_its_language(name: str) -> None:
    english, chinese = (sessions.FENCE.sub("", TEXTS[lang, name]) for lang in ("en", "zh"))
    assert not re.search(r"[\u4e00-\u9fff]", english)
    for paragraph in re.split(r"\n\s*\n", chinese):
        words = re.sub(r"`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\[[^]]*\]\([^)]*\)|\*[^*]*\*", "", paragraph, flags=re.S)
        assert re.search(r"[\u4e00-\u9fff]", words) or len(re.findall(r"[A-Za-z]{3,}", words)) <= 1, paragraph


# --- the rule book and the site -------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", [*rules.TABLES, *rules.FACTS, "definitions"])
def test_the_rule_book_has_every_row(name: str, lang: str) -> None:
    shown = rules.table(name, lang).replace(r"\|", "|")
    assert f"{{rules}} {name}\n" in TEXTS[lang, "rules.md"]
    if name in rules.TABLES:
        for row in rules.TABLES[name]:
            assert f"`{rules.written(row)}`" in shown and rules.typeset(row), row
    elif name in rules.FACTS:
        for left, right in rules.FACTS[name].items():
            assert f"| `{left}` | {', '.join(f'`{fact}`' for fact in right)} |" in shown
    lines = shown.splitlines()
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in rules.table(name, lang).splitlines()}) == 1 and len(lines) > 2


def test_both_sites_build(tmp_path: Path) -> None:
    for needed in ("sphinx", "myst_parser", "furo"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    for lang in sessions.LANGUAGES:
        site = tmp_path / lang
        run = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(tmp_path / f"{lang}-trees"), "-c", str(DOCS), "-t", lang]
        done = subprocess.run([*run, str(DOCS / lang), str(site)], capture_output=True, text=True, encoding="utf-8", env=UTF8, timeout=100)
        assert done.returncode == 0, done.stderr
        assert {f"{Path(name).stem}.html" for name in NAMES} <= {page.name for page in site.glob("*.html")}
        book = html.unescape(re.sub(r"<[^>]*>", "", (site / "rules.html").read_text(encoding="utf-8")))
        assert all(rules.written(row) in book for table in rules.TABLES.values() for row in table)
        index = (site / "searchindex.js").read_text(encoding="utf-8")
        assert {"en": '"kroneck"', "zh": r'"\u5fae\u5206"'}[lang] in index  # 微分
        assert "EnglishStemmer" in (site / "_static" / "language_data.js").read_text(encoding="utf-8").partition("window.Stemmer")[2]
        for page in site.glob("*.html"):
            assert not re.search(r'(src|href)="(https?:)?//[^"]*\.(js|css)', page.read_text(encoding="utf-8")), "the pages need no network"
        assert (site / "_static" / "fonts").is_dir() and (site / "_static" / "katex.min.js").is_file()
