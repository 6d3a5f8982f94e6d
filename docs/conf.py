"""Sphinx builds one language at a time, and needs no network:

    sphinx-build -c docs        docs/en build/en
    sphinx-build -c docs -t zh  docs/zh build/zh
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search import languages
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from chinese_search import Pairs  # noqa: E402
from rules import table  # noqa: E402

import matgrad  # noqa: E402

LANG = "zh" if tags.has("zh") else "en"  # type: ignore[name-defined]  # noqa: F821  (Sphinx puts it there)

project = "matgrad"
author = "the matgrad authors"
version = release = matgrad.__version__
language = {"en": "en", "zh": "zh_CN"}[LANG]
languages["zh"] = Pairs
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"matgrad {version}"
html_show_copyright = False
templates_path = ["templates"]
html_sidebars = {
    "**": [f"sidebar/{part}.html" for part in ("brand", "language", "search", "scroll-start", "navigation", "scroll-end")],
}
html_context = {"en": {"other_language": "zh", "other_name": "中文"}, "zh": {"other_language": "en", "other_name": "English"}}[LANG]
html_static_path = ["static", "../matgrad/apps/web/static/katex"]
html_css_files = ["katex.min.css", "page.css"]
html_js_files = ["katex.min.js", "math.js"]
html_math_renderer = "katex"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}


class RuleTable(SphinxDirective):
    """```{rules} NAME prints the table of that name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(HERE / "rules.py"))
        return self.parse_text_to_nodes(table(self.arguments[0], LANG))


def inline_math(self: Any, node: nodes.math) -> None:
    self.body.append(self.starttag(node, "span", "", CLASS="math") + self.encode(node.astext()) + "</span>")
    raise nodes.SkipNode


def display_math(self: Any, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math") + self.encode(node.astext()) + "</div>")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_directive("rules", RuleTable)
    app.add_html_math_renderer("katex", (inline_math, None), (display_math, None))
