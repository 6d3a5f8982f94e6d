"""What a notebook shows: expressions as LaTeX, derivations as HTML that opens step by step, LaTeX and plain text beside it."""

from __future__ import annotations

import importlib.util
import re
import warnings
from html.parser import HTMLParser
from typing import Any

import pytest

import matgrad as mg

NETWORK = "Y = sigma(W*X); tr(Y'*M*Y)", "X", "M: symmetric(l); sigma: elementwise; W: matrix(l,m); X: matrix(m,n)"
VOID = {"br"}


class Reader(HTMLParser):
    """Balanced elements, their depth, and the text."""

    def __init__(self, page: str):
        super().__init__()
        self.open: list[str] = []
        self.count: dict[str, int] = {}
        self.deepest = 0
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)
        self.deepest = max(self.deepest, self.open.count("details"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_an_expression_shows_as_latex() -> None:
    e = mg.parse("tr(A'*inv(X))", "A: matrix(n,n); X: invertible(n)")
    assert e._repr_latex_() == r"$\displaystyle \operatorname{tr}\left(A^{\top} X^{-1}\right)$"  # type: ignore[attr-defined]
    named = mg.parse("Y = A*X; tr(Y)", "A: matrix(m,n); X: matrix(n,m)")
    assert named._repr_latex_() == r"$\displaystyle \operatorname{tr}\left(Y\right),\quad Y = A X$"  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_derivation_opens_step_by_step(lang: str) -> None:
    page = mg.derive(*NETWORK).explain(lang, "html")
    read = Reader(page)
    assert not read.open and "script" not in read.count and read.attributes <= {"class", "lang", "style", "open"}
    assert read.deepest == 3  # the derivation, its stages, the laws of a line
    assert "∂f/∂X = 2 Wᵀ ((M Y) ⊙ σ'(W X))" in read.words and "m×n" in read.words
    assert {"en": "A trace trick", "zh": "迹技巧"}[lang] in read.words
    assert read.count["tr"] == len(re.findall(r"^ {4}", mg.derive(*NETWORK).explain(lang), re.M))


def test_the_bundle_degrades_to_text() -> None:
    bundle = mg.derive(*NETWORK)._repr_mimebundle_()
    assert bundle.keys() == {"text/plain", "text/html", "text/latex"}
    assert bundle["text/plain"].startswith("f(X) = tr(Yᵀ M Y)") and "Derivation" in bundle["text/plain"]
    assert bundle["text/latex"].startswith("$") and r"\odot" in bundle["text/latex"]


def test_names_are_text_and_never_markup() -> None:
    page = mg.derive("x'*a", "x", "x: vector(n) > 0").explain(format="html")
    assert not Reader(page).open and "<script" not in page
    compared = mg.derive("sum(max(0, x) .* (x < y))", "x", "x: vector(n); y: vector(n)").explain(format="html")
    assert "&lt;" in compared and not Reader(compared).open


@pytest.mark.skipif(not all(map(importlib.util.find_spec, ("nbclient", "nbformat", "ipykernel"))), reason="needs nbclient and ipykernel")
def test_in_a_kernel() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the notebook's own libraries
        import nbclient
        import nbformat

        cells = ["import matgrad as mg; mg.parse('A*X')", "mg.derive('tr(A*X)', 'X')"]
        book: Any = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        try:
            nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
        except nbclient.client.NoSuchKernel:
            pytest.skip("no kernel named python3 is installed")
    shown = [cell.outputs[-1].data for cell in book.cells]
    assert shown[0]["text/latex"] == r"$\displaystyle A X$" and shown[0]["text/plain"] == "A*X"
    assert {"text/plain", "text/html", "text/latex"} <= shown[1].keys() and "<details" in shown[1]["text/html"]
