"""The rule book: the tables of matgrad/rules as Markdown, one row a line, in English or Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import matgrad  # noqa: F401  (loads the tables)
from matgrad.core.rows import ADJOINTS, DEFINITIONS, DIFFERENTIALS, KRONECKER, LAWS, Row
from matgrad.core.tables import CREATES, IMPLIES, PRESERVES
from matgrad.explain.laws import equation_latex

TABLES: dict[str, list[Row]] = {"differentials": DIFFERENTIALS, "adjoints": ADJOINTS, "kronecker": KRONECKER, "laws": LAWS}
FACTS: dict[str, Mapping[str, tuple[str, ...]]] = {"implies": IMPLIES, "preserves": PRESERVES, "creates": CREATES}
HEADS = {
    "en": {
        "differentials": ("rule", "as written in the table", "letters", "source and remarks"),
        "adjoints": ("rule", "as written in the table", "letters", "the trick"),
        "kronecker": ("rule", "as written in the table", "letters", "the identity"),
        "laws": ("law", "as written in the table", "letters", "why it terminates"),
        "definitions": ("name", "stands for"),
        "implies": ("fact", "implies"),
        "preserves": ("operation", "keeps"),
        "creates": ("operation", "always has"),
    },
    "zh": {
        "differentials": ("规则", "表中写法", "字母", "出处与说明"),
        "adjoints": ("规则", "表中写法", "字母", "迹技巧"),
        "kronecker": ("规则", "表中写法", "字母", "恒等式"),
        "laws": ("恒等式", "表中写法", "字母", "为何终止"),
        "definitions": ("名称", "含义"),
        "implies": ("性质", "推出"),
        "preserves": ("运算", "保持"),
        "creates": ("运算", "恒有"),
    },
}
WORDS = {"en": ("no derivative where an entry of {} is 0", "{} must not vary", "; "), "zh": ("{} 有元素为 0 处不可导", "{} 须为常量", "；")}

REASONS = {
    "K moves to the right": "K 右移",
    "X is invertible": "X 可逆",
    "diag sinks": "diag 向内移",
    "inv sinks into diag": "inv 移入 diag",
    "inverses move outwards": "逆向外移",
    "inverses sink": "逆向内移",
    "no adjugate is left": "伴随矩阵消失",
    "one Hadamard product less": "少一个逐元素乘积",
    "one Kronecker product less": "少一个克罗内克积",
    "one factor less": "少一个因子",
    "one function less": "少一个函数",
    "one index less": "少一次取元素",
    "one inverse less": "少一个逆",
    "one power less": "少一个幂",
    "one product less": "少一个乘积",
    "one term less": "少一项",
    "one transpose less": "少一个转置",
    "only the diagonal is left": "只剩对角元",
    "the Hadamard product falls from matrices to vectors": "逐元素乘积由矩阵降为向量",
    "the reciprocal leaves the logarithm": "倒数移出对数",
    "the transpose moves outwards": "转置外移",
    "transposes move outwards": "转置外移",
    "transposes sink": "转置向内移",
    "two factors less": "少两个因子",
    "two functions less": "少两个函数",
}


def written(row: Row) -> str:
    """The row as its table writes it."""
    left, right = sides(row)
    return f"{left} = {right}"


def sides(row: Row) -> tuple[str, str]:
    """The equation of a row: d f(X) = …, ⟨G, L(dX)⟩ as traces, vec L(dX) = … vec dX, or the law itself."""
    if row.table == "differential":
        return f"d({row.left})", row.right
    if row.table == "adjoint":
        return f"adjoint[{row.left}]", row.right
    if row.table == "kronecker":
        return f"kronecker[{row.left}]", row.right
    return row.left, row.right


def typeset(row: Row) -> str:
    """The equation in LaTeX, empty where it is prose."""
    direction = next((d for d in ("dX", "dx", "dt") if d in row.left), "")
    right = f"({row.right})*{'vec(dX)' if direction == 'dX' else direction}" if row.table == "kronecker" else row.right
    shown, _ = equation_latex([row.left, right], row.declare)
    left, sign, right = shown.partition(" = ")
    if not sign or row.table == "law":
        return shown
    if row.table == "differential":
        return rf"\mathrm{{d}}\,{left} = {right}"
    if row.table == "adjoint":
        return rf"\left\langle G,\, {left}\right\rangle = \left\langle {right},\, \mathrm{{d}}{direction[1]}\right\rangle"
    return rf"\operatorname{{vec}}\left({left}\right) = {right}"


def remarks(row: Row, lang: str) -> str:
    kink, constant, joint = WORDS[lang]
    why = REASONS.get(row.why, row.why) if lang == "zh" else row.why
    trick = row.note if row.table in ("adjoint", "kronecker") else ""
    conditions = [kink.format(row.kink) if row.kink else "", constant.format(row.constant) if row.constant else ""]
    parts = [trick, row.zh if lang == "zh" else "", why, *conditions, row.source]
    return joint.join(escape(p) for p in parts if p)


def table(name: str, lang: str) -> str:
    """One table as a Markdown table."""
    if name in FACTS:
        return "\n".join(lines(HEADS[lang][name], ((code(k), ", ".join(map(code, v))) for k, v in FACTS[name].items())))
    if name == "definitions":
        return "\n".join(lines(HEADS[lang][name], ((code(f"{k}(X)"), code(v)) for k, v in DEFINITIONS.items())))
    rows = ((math(typeset(r)), code(written(r)), letters(r), remarks(r, lang)) for r in TABLES[name])
    return "\n".join(lines(HEADS[lang][name], rows))


def lines(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    for cells in (head, tuple("---" for _ in head), *rows):
        yield f"| {' | '.join(cells)} |"


def letters(row: Row) -> str:
    """The declarations of the letters that occur in a row."""
    used = re.findall(r"[A-Za-z]+", f"{row.left} {row.right}")
    return "<br>".join(code(part.strip()) for part in row.declare.split(";") if part.split(":")[0].strip() in used)


def math(latex: str) -> str:
    """An equation in a cell, where a bar would end the cell."""
    return "$" + latex.replace(r"\|", r"\Vert ").replace("|", r"\vert ") + "$" if latex else ""


def code(text: str) -> str:
    return f"`{text}`".replace("|", r"\|")


def escape(text: str) -> str:
    return "".join("\\" + c if c in "*_|[]<>" else c for c in text)
