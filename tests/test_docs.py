"""Every Python block of the README and of docs/ runs, and the README's session is what the program prints."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda p: p.name)
def test_python_blocks_run(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for source in blocks(page, "python"):
        exec(compile(source, page.name, "exec"), names)
    printed = capsys.readouterr().out
    for comment in re.findall(r"print\([^#\n]*\)\s+# (\S[^\n]*)", page.read_text(encoding="utf-8")):
        if re.fullmatch(r"[\w'*().,^+\- ]+", comment) and not re.search(r"[a-z]{4,} [a-z]{2,}", comment):
            assert comment in printed, f"{page.name} promises {comment!r}"


def test_the_readme_session_is_real() -> None:
    session = re.search(r"^```\n\$ matgrad (.*?)\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S | re.M)
    assert session
    done = subprocess.run([sys.executable, "-m", "matgrad", *shlex.split(session[1])], capture_output=True, text=True, encoding="utf-8", check=True, env=UTF8)
    shown, printed = (re.sub(r"error \S+\.$", "", t.strip()) for t in (session[2], done.stdout))
    assert [line.rstrip() for line in shown.splitlines() if "l×m" not in line] == [line.rstrip() for line in printed.splitlines() if "l×m" not in line]


UTF8 = {**__import__("os").environ, "PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
