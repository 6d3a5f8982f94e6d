"""Pages as text, Markdown, LaTeX and HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from ..calculus.derivatives import Result
from ..core import expr as ex
from ..core.dims import shape_text
from ..core.expr import Expr
from ..core.op import OPS
from ..core.rows import Row
from ..core.trace import Law
from ..errors import MatgradError, Phrase, Series
from ..language.declare import Declarations
from ..language.latex import Latex
from ..language.text import LAYOUTS, PLAIN, PRODUCT, UNICODE, Piece, Rule, Style, Unicode, definitions_of, text
from . import page
from .page import Equation, Heading, Note
from .words import DIFFERENTIALS, LANGUAGES, WORDS, say

Renderer = Callable[[Result, Declarations, str, str, object, bool], str]
FORMATS = ("text", "markdown", "html", "latex")
COLUMN = 64


class Shown(Unicode):
    """Unicode with the cotangents G_Y shown as ∂f/∂Y."""

    def __init__(self, symbols: dict[str, str]):
        self.symbols = symbols

    def name(self, name: str) -> str:
        return symbol(self.symbols[name], False) if name in self.symbols else super().name(name)

    def strength(self, name: str) -> int:
        return PRODUCT if name in self.symbols else super().strength(name)


class Sized(Shown):
    """The same with the size of every name beside it: W[l×m]."""

    def __init__(self, symbols: dict[str, str]):
        super().__init__(symbols)
        self.layouts = {**Unicode.layouts, **{op: self.with_size(LAYOUTS[op]) for op in (ex.VAR, ex.NAMED, ex.DVAR, ex.MEMBER)}}

    @staticmethod
    def with_size(rule: Rule) -> Rule:
        def sized_rule(e: Expr, style: Style) -> tuple[int, list[Piece]]:
            strength, pieces = rule(e, style)
            return strength, pieces if e.is_scalar else [*pieces, f"[{shape_text(e.rows, e.cols)}]"]

        return sized_rule


def explain(
    result: Result,
    known: Declarations,
    *,
    lang: str = "en",
    format: str = "text",
    detail: str = "normal",
    check: object = None,
    ascii: bool = False,
    steps: bool = True,
    sizes: bool = False,
) -> str:
    """The page of a result. Raises MatgradError for an unknown language, format or level of detail, and for sizes elsewhere than in text."""
    for given, allowed, what in ((lang, LANGUAGES, Phrase("language")), (format, FORMATS, Phrase("format")), (detail, page.DETAILS, Phrase("level of detail"))):
        if given not in allowed:
            raise MatgradError("unknown {what} {given}; choose from {values}", what=what, given=repr(given), values=Series(allowed))
    if sizes and (ascii or format != "text"):
        raise MatgradError("the size of every factor is written in Unicode text only")
    if format == "text":
        style = PLAIN if ascii else Sized(page.symbols(result)) if sizes else Shown(page.symbols(result))
        return as_text(result, known, lang, detail, check, style, steps)
    renderers: dict[str, Renderer] = {"markdown": as_markdown, "html": as_html, "latex": as_latex}
    return renderers[format](result, known, lang, detail, check, steps)


# --- words for laws -----------------------------------------------------------------------------------


def law_words(law: Law, lang: str, ascii: bool = False) -> str:
    """A law as the reason beside a line: its equation, or its name."""
    if isinstance(law, str):
        words = say(law, lang) if law in WORDS else law
        return plain(words) if ascii else words
    words = row_words(law)
    shown = words if ascii else pretty(words)
    name = chinese_name(law) if lang == "zh" else ""
    return f"{name}：{shown}" if name else shown


def chinese_name(row: Row) -> str:
    """What the row is called, such as 逆的微分; some have only their equation."""
    if row.zh or row.table != "differential":
        return row.zh
    function = row.left.split("(")[0]
    if row.left == f"{function}(X)" and function in OPS and OPS[function].elementwise:
        return "逐元素函数"
    return DIFFERENTIALS.get(function, "")


def row_words(row: Row) -> str:
    if row.table == "differential":
        return f"d {row.left} = {shown_right(row)}"
    return row.note or row.equation


def shown_right(row: Row) -> str:
    """The right side of a row; of a function that is locally constant plainly 0."""
    return "0" if row.right.startswith("0*d") else row.right


def pretty(words: str) -> str:
    """Row text in Unicode signs."""
    words = re.sub(r"(?<=[\w\])])'", "ᵀ", words) if "'(" not in words else words
    words = re.sub(r"\binv\((\w+)\)", r"\1⁻¹", words)
    return words.replace(" .* ", " ⊙ ").replace(" ./ ", " ⊘ ").replace(" .^ ", ".^").replace("*", " ")


def plain(words: str) -> str:
    return words.replace("⊙", ".*").replace("ᵀ", "'").replace("½", "1/2").replace("−", "-").replace("∇", "grad ").replace("²", "^2").replace("∂", "d")


def worth_naming(laws: tuple[Law, ...]) -> list[Law]:
    """The laws of a step without those that every step has."""
    shown = [law for law in laws if law != "collect"] or list(laws)
    for plain in ("linear", "tr(c*A) = c*tr(A)"):
        if len(shown) > 1:
            shown = [law for law in shown if plain not in (law, getattr(law, "note", ""))] or shown[:1]
    return shown


def reasons(laws: tuple[Law, ...], lang: str, ascii: bool = False) -> str:
    return ("；" if lang == "zh" else "; ").join(dict.fromkeys(law_words(law, lang, ascii) for law in worth_naming(laws)))


def note_words(note: Note, lang: str, ascii: bool = False) -> str:
    style = PLAIN if ascii else UNICODE
    values = [note_value(v, style, lang) for v in note.values]
    words = say(note.key, lang, *values)
    return plain(words) if ascii else words


def note_value(value: str | Expr | Note, style: Style, lang: str) -> str:
    """An expression, a comparison without its brackets, an equation, names, or words, in the notation and the language of the page."""
    if isinstance(value, Note):
        return note_words(value, lang, style is PLAIN)
    if isinstance(value, Expr):
        shown = text(value, style)
        return shown[1:-1] if value.op in ex.COMPARE.values() else shown
    if style is PLAIN:
        return value
    return pretty(value) if "=" in value else named(value, style)


def named(written: str, style: Style) -> str:
    """Every name in a text as the style writes it."""
    return re.sub(r"[^\W\d]\w*", lambda m: style.name(m[0]), written)


def check_words(check: object, lang: str) -> str:
    if check is None:
        return ""
    passed, points, error = check.passed, check.points, check.error  # type: ignore[attr-defined]
    if passed is None:
        return say("unchecked", lang)
    return say("checked" if passed else "failed", lang, points, f"{error:.1g}")


def fact_words(facts: list[str], lang: str) -> str:
    return " ".join(say(f, lang) for f in facts if f in WORDS)


# --- text -------------------------------------------------------------------------------------------------


def as_text(result: Result, known: Declarations, lang: str, detail: str, check: object, style: Style, steps: bool) -> str:
    ascii = style is PLAIN
    out = [head(result, style, ascii), sizes_line(result, lang, ascii)]
    if known.assumed:
        out.append(f"  {say('assumed', lang)}: {'; '.join(known.assumed)}")
    out.append("")
    for a in page.answers(result):
        out.append(aligned(f"{symbol(a.left, ascii)} = {text(a.right, style)}", sized(a.size, lang, ascii)))
    out += [aligned(f"  {style.name(d.data)} = {text(d.args[0], style)}", sized(shape_text(d.rows, d.cols), lang, ascii)) for d in page.brought_in(result)]
    out += [f"  {note_words(n, lang, ascii)}" for n in page.notes(result)]
    if steps:
        out += derivation_lines(result, style, lang, detail, ascii)
    if check is not None:
        out += ["", plain(check_words(check, lang)) if ascii else check_words(check, lang)]
    return "\n".join(line.rstrip() for line in out if line is not None)


def derivation_lines(result: Result, style: Style, lang: str, detail: str, ascii: bool) -> list[str]:
    out = ["", say("derivation", lang)]
    width = 0
    for item in page.derivation(result, detail):
        if isinstance(item, Heading):
            out.append(f" {item.number}  {symbol(item.symbol, ascii)}")
        elif isinstance(item, Equation):
            left = symbol(item.left, ascii)
            if left:
                width = len(left)
            reason = sized(item.size, lang, ascii) if item.size else reasons(item.laws, lang, ascii)
            out.append(aligned(f"    {left.ljust(width)} = {text(item.right, style)}", reason))
    return out


def head(result: Result, style: Style, ascii: bool) -> str:
    """f(X) = …, and the named intermediates of the input."""
    f = page.function_name(result)
    by = ", ".join(dict.fromkeys(named(t.shown, style) for t in result.targets))
    body = result.function.args[0] if result.function.op.name == "name" else result.function
    parts = [f"{f}({by}) = {text(body, style)}"]
    parts += [f"{style.name(d.data)} = {text(d.args[0], style)}" for d in definitions_of(body)]
    return ",  ".join(parts)


def symbol(left: str, ascii: bool) -> str:
    if not ascii:
        return re.sub(r"(?<=[∂|→])[A-Za-z]\w*|(?<=vec\()d\w+|^[A-Za-z]\w*$", lambda m: Unicode().name(m[0]), left)
    return left.replace("∇f", "grad(f)").replace("∂²", "d2").replace("∂³", "d3").replace("∂", "d").replace("²", "2").replace("³", "3").replace("→", "->")


def sized(size: str, lang: str, ascii: bool) -> str:
    size = size.replace("scalar", say("scalar", lang), 1) if size.startswith("scalar") else size
    return size.replace("×", "x") if ascii else size


def sizes_line(result: Result, lang: str, ascii: bool) -> str:
    style = PLAIN if ascii else Unicode()
    parts = []
    for name, size, facts in page.sizes(result):
        words = [say("element-wise", lang)] if facts == ["element-wise"] else [fact_words(facts, lang)]
        parts.append(" ".join(p for p in [named(name, style), sized(size, lang, ascii), *words] if p))
    return "  " + ", ".join(parts)


def aligned(left: str, right: str) -> str:
    """The reason in a column of its own, or on the same line where the equation is long."""
    return f"{left.ljust(COLUMN)}  {right}" if right else left


# --- Markdown and LaTeX ---------------------------------------------------------------------------------------


ORDERS = {"²": "^{2}", "³": "^{3}", "ⁿ": "^{n}"}
NAME = re.compile(r"(?P<name>[^\W\dΔ]\w*)(?:\[(?P<index>[^\]]*)\])?(?P<prime>'?)")


def latex_symbol(left: str) -> str:
    r"""∂f/∂Y as \frac{\partial f}{\partial Y}."""
    if isinstance(left, page.Name):
        return latex_names(left)
    if left.endswith(" = 0"):
        return f"{latex_symbol(left[:-4])} = 0"
    if "|" in left:
        symbol, way = left.split("|")
        path = latex_names(way).replace("→", r" \to ")
        return rf"\left.{latex_symbol(symbol)}\right|_{{{path}}}"
    if left.startswith("∂"):
        above, below = left.split("/", 1)
        return rf"\frac{{{latex_partials(above)}}}{{{latex_partials(below)}}}"
    if left.startswith("vec("):
        return rf"\operatorname{{vec}}\left({latex_symbol(left[4:-1])}\right)"
    if left.startswith("d("):
        return rf"\mathrm{{d}}\left({latex_symbol(left[2:-1])}\right)"
    if left.startswith("d") and len(left) > 1:
        return rf"\mathrm{{d}}{latex_names(left[1:])}"
    return latex_names(left)


def latex_partials(part: str) -> str:
    r"""∂²f as \partial^{2} f, ∂X∂Y as \partial X \, \partial Y, ∂∇f as it stands."""
    shown = []
    for order, body, power in re.findall(r"∂([²³ⁿ]|\^\d+)?([^∂²³ⁿ]*)([²³ⁿ])?", part):
        order = ORDERS.get(order) or (f"^{{{order[1:]}}}" if order else "")
        shown.append(rf"\partial{order} {latex_names(body)}{ORDERS.get(power, '')}")
    return r" \, ".join(shown)


def latex_names(part: str) -> str:
    """Names, with entries X[i,k] and rows x' as a book writes them."""
    style = Latex()

    def name(m: re.Match[str]) -> str:
        shown = style.name(m["name"])
        if m["index"]:
            index = re.sub(r"[^\W\d]\w*", lambda i: style.name(i[0]), m["index"])
            shown = rf"\left[{shown}\right]_{{{index}}}" if "_" in shown else f"{shown}_{{{index}}}"
        return shown + (r"^{\top}" if m["prime"] else "")

    return NAME.sub(name, part).replace("∇", r"\nabla ").replace("Δ", r"\Delta ")


def latex_style(result: Result) -> Latex:
    return Latex({name: latex_symbol(shown) for name, shown in page.symbols(result).items()})


def answer_latex(result: Result) -> list[str]:
    style = latex_style(result)
    return [f"{latex_symbol(a.left)} = {text(a.right, style)}" for a in page.answers(result)]


def definitions_latex(result: Result) -> list[str]:
    style = latex_style(result)
    names = {d.data: d for e in (result.function, *result.values) for d in definitions_of(e)}
    return [f"{style.name(d.data)} = {text(d.args[0], style)}" for d in names.values() if d.data not in style.symbols]


def as_latex(result: Result, known: Declarations, lang: str, detail: str, check: object, steps: bool) -> str:
    r"""Aligned equations, the law beside each line; compiles inside any document with amsmath (and a CJK font for Chinese)."""
    style = latex_style(result)
    f = page.function_name(result)
    body = result.function.args[0] if result.function.op.name == "name" else result.function
    lines = [f"{f} &= {text(body, style)}"]
    lines += [f"{d.split(' = ', 1)[0]} &= {d.split(' = ', 1)[1]}" for d in definitions_latex(result)]
    for item in page.derivation(result, detail) if steps else ():
        if isinstance(item, Equation):
            reason = latex_reasons(item.laws, lang)
            aside = f" && {reason}" if reason else ""
            lines.append(f"{latex_symbol(item.left) if item.left else ''} &= {text(item.right, style)}{aside}")
    answers = [f"{latex_symbol(a.left)} &= {text(a.right, style)}" for a in page.answers(result)]
    said = [line.split(" && ")[0] for line in lines]
    lines += [a for a in answers if a not in said]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def latex_reasons(laws: tuple[Law, ...], lang: str) -> str:
    return (r"\text{；}" if lang == "zh" else r";\ ").join(dict.fromkeys(law_latex(law, lang) for law in worth_naming(laws)))


def law_latex(law: Law, lang: str) -> str:
    """A law as the reason beside a line: a row as its equation, under its name in Chinese, any other in words."""
    if isinstance(law, str):
        return rf"\text{{{latex_escape(law_words(law, lang))}}}"
    from .laws import row_latex

    name = chinese_name(law) if lang == "zh" else ""
    words = rf"\text{{{name}：}}" if name else ""
    return words + (row_latex(law)[0] or rf"\text{{{latex_escape(pretty(row_words(law)))}}}")


ESCAPES = {"\\": r"\textbackslash ", "^": r"\^{}", "_": r"\_", "&": r"\&", "%": r"\%", "#": r"\#", "{": r"\{", "}": r"\}", "⊙": r"$\odot$", "⊘": r"$\oslash$",
           "ᵀ": r"$^{\top}$", "⁻¹": r"$^{-1}$", "½": r"$\frac12$", "−": "$-$", "∂": r"$\partial$", "²": "$^2$", "∇": r"$\nabla$", "≥": r"$\ge$"}  # fmt: skip


def latex_escape(words: str) -> str:
    return re.sub("|".join(map(re.escape, sorted(ESCAPES, key=len, reverse=True))), lambda m: ESCAPES[m[0]], words)


def as_markdown(result: Result, known: Declarations, lang: str, detail: str, check: object, steps: bool) -> str:
    style = latex_style(result)
    f = page.function_name(result)
    body = result.function.args[0] if result.function.op.name == "name" else result.function
    out = [f"$${f} = {text(body, style)}$$", ""]
    definitions = definitions_latex(result)
    if definitions:
        out += ["$$" + r",\quad ".join(definitions) + "$$", ""]
    out += [sizes_line(result, lang, False).strip(), ""]
    if known.assumed:
        out += [f"{say('assumed', lang)}: `{'; '.join(known.assumed)}`", ""]
    out += [f"$$\\boxed{{{a}}}$$" for a in answer_latex(result)]
    out += ["", *[f"- {note_words(n, lang)}" for n in page.notes(result)]]
    if steps:
        out += ["", f"## {say('derivation', lang)}", ""]
        for item in page.derivation(result, detail):
            if isinstance(item, Heading):
                out += [f"### {item.number}. ${latex_symbol(item.symbol.split(', ')[0])}$", ""]
            elif isinstance(item, Equation):
                reason = reasons(item.laws, lang) or item.size
                out += [f"$${latex_symbol(item.left) if item.left else ''} = {text(item.right, style)}$$" + (f" *{reason}*" if reason else ""), ""]
    if check is not None:
        out += ["", check_words(check, lang)]
    return "\n".join(out)


# --- HTML -----------------------------------------------------------------------------------------------------------


CELL = 'style="text-align: left; vertical-align: top; padding: 0.1em 0.6em"'


def as_html(result: Result, known: Declarations, lang: str, detail: str, check: object, steps: bool) -> str:
    """A self-contained fragment for notebooks: stages open one by one, and each law tells what it says. Needs no script."""
    style = Shown(page.symbols(result))
    e = html.escape
    out = [f'<div class="matgrad" lang="{lang}">']
    out.append(f"<p><code>{e(head(result, style, False))}</code><br><small>{e(sizes_line(result, lang, False).strip())}</small></p>")
    if known.assumed:
        out.append(f"<p><small>{e(say('assumed', lang))}: <code>{e('; '.join(known.assumed))}</code></small></p>")
    for a in page.answers(result):
        answer = f"{symbol(a.left, False)} = {text(a.right, style)}"
        out.append(f"<p><strong><code>{e(answer)}</code></strong> {e(sized(a.size, lang, False))}</p>")
    out += [f"<p><code>{e(style.name(d.data))} = {e(text(d.args[0], style))}</code></p>" for d in page.brought_in(result)]
    out.append("<ul>" + "".join(f"<li>{e(note_words(n, lang))}</li>" for n in page.notes(result)) + "</ul>")
    if steps:
        out.append(f"<details open><summary>{e(say('derivation', lang))}</summary>{html_stages(result, style, lang, detail)}</details>")
    if check is not None:
        out.append(f"<p>{e(check_words(check, lang))}</p>")
    return "\n".join([*out, "</div>"])


def html_stages(result: Result, style: Style, lang: str, detail: str) -> str:
    """The stages as tables; where there are several, each opens on demand under its heading."""
    stages: list[tuple[str, list[str]]] = []
    for item in page.derivation(result, detail):
        if isinstance(item, Heading):
            stages.append((f"{item.number} <code>{html.escape(symbol(item.symbol, False))}</code>", []))
        elif isinstance(item, Equation):
            if not stages:
                stages.append(("", []))
            stages[-1][1].append(html_line(item, style, lang))
    tables = [(heading, f"<table>{''.join(rows)}</table>") for heading, rows in stages]
    return "".join(f"<details><summary>{heading}</summary>{table}</details>" if heading else table for heading, table in tables)


def html_line(item: Equation, style: Style, lang: str) -> str:
    from .laws import card

    e = html.escape
    reason = e(sized(item.size, lang, False))
    if item.laws:
        about = "".join(f"<p>{e(c['about'])} {e(c['source'])}</p>" for c in (card(law, lang) for law in worth_naming(item.laws)))
        reason = f"<details><summary>{e(reasons(item.laws, lang))}</summary>{about}</details>"
    cells = (f"<code>{e(symbol(item.left, False))}</code>", f"<code>= {e(text(item.right, style))}</code>", reason)
    return "<tr>" + "".join(f"<td {CELL}>{c}</td>" for c in cells) + "</tr>"
