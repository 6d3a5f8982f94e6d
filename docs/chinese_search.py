"""Search of Chinese pages by pairs of neighbouring characters: no dictionary, and a query of any length finds its place."""

from __future__ import annotations

import re

from sphinx.search.zh import SearchChinese

RUNS = re.compile(r"[\u4e00-\u9fff]+|\w+")


def pairs(text: str) -> list[str]:
    """The words of a text; a run of Chinese characters as its neighbouring pairs, 微分布局 as 微分 分布 布局."""
    found: list[str] = []
    for run in RUNS.findall(re.sub(r"([\u4e00-\u9fff]+)", r" \1 ", text)):
        chinese = "\u4e00" <= run[0] <= "\u9fff" and len(run) > 1
        found += [run[i : i + 2] for i in range(len(run) - 1)] if chinese else [run]
    return found


class Pairs(SearchChinese):
    language_name = "English"  # of the stemmer that goes with the page: that of the Latin words
    js_splitter_code = r"""
var splitQuery = (query) =>
  (query.match(/[\u4e00-\u9fff]+|[^\s\u4e00-\u9fff\p{Punctuation}]+/gu) || []).flatMap((run) =>
    /[\u4e00-\u9fff]/.test(run) && run.length > 1 ? Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2)) : [run],
  );
"""

    def split(self, input: str) -> list[str]:
        return pairs(input)
