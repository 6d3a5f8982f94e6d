r"""What the page shows, as data: formulas in LaTeX with the places that change marked, their words for readers who listen, laws.

A mark is \htmlClass{a3 b4}{…}: what line 3 brought (after), what line 4 will change (before).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...answer import Derivation
from ...calculus.derivatives import Result
from ...core import expr as ex
from ...core.dims import ONE, shape_text
from ...core.expr import Expr
from ...core.facts import closure
from ...core.tables import EXTRA
from ...explain import page
from ...explain.laws import card
from ...explain.page import Equation, Heading
from ...explain.render import check_words, explain, latex_style, latex_symbol, note_words, reasons, sized, worth_naming
from ...explain.spoken import spoken, symbol
from ...explain.words import WORDS, say
from ...language.declare import SQUARE
from ...language.latex import Latex
from ...language.text import LAYOUTS, Piece, Rule, Style, definitions_of, split_sign, text

if TYPE_CHECKING:
    from ...check.verify import Outcome
    from ...language.declare import Declarations

Json = dict[str, Any]
VARIADIC = (ex.ADD, ex.MUL, ex.HAD)


Place = tuple[Expr | None, Expr]  # a part and what it stands in; the whole stands in nothing
Marks = dict[Place, str]


class Marked(Latex):
    r"""LaTeX in which parts in given places stand inside a macro such as \htmlClass{a3}, their brackets included."""

    def __init__(self, symbols: dict[str, str], marks: Marks):
        super().__init__(symbols)
        self.marks = {(None if parent is None else unsigned(parent), unsigned(part)): mark for (parent, part), mark in marks.items()}
        self.layouts = {op: self.marking(rule) for op, rule in {**LAYOUTS, **Latex.layouts, ex.DVAR: spaced_differential}.items()}

    def marking(self, rule: Rule) -> Rule:
        def layout(e: Expr, style: Style) -> tuple[int, list[Piece]]:
            strength, pieces = rule(e, style)
            return strength, [q for p in pieces for q in self.inside(self.marks.get((unsigned(e), unsigned(p[0]))) if isinstance(p, tuple) else None, p)]

        return layout

    def inside(self, mark: str | None, *pieces: Piece) -> list[Piece]:
        return [f"{mark}{{", *pieces, "}"] if mark else list(pieces)

    def write(self, e: Expr) -> str:
        mark = self.marks.get((None, unsigned(e)))
        return f"{mark}{{{text(e, self)}}}" if mark else text(e, self)


def spaced_differential(e: Expr, style: Style) -> tuple[int, list[Piece]]:
    """dX with the thin space that print leaves before a differential."""
    strength, pieces = Latex.layouts[ex.DVAR](e, style)
    return strength, [r"\mathop{}\!", *pieces]


def unsigned(e: Expr) -> Expr:
    """A term without its minus, which is printed apart."""
    return split_sign(e)[1]


def changed(before: Expr, after: Expr) -> tuple[set[Place], set[Place]]:
    """The smallest parts in which two expressions differ: descend as long as both sides are made alike."""
    old: set[Place] = set()
    new: set[Place] = set()
    stack: list[tuple[Place, Place]] = [((None, before), (None, after))]
    while stack:
        (up, a), (over, b) = stack.pop()
        if a is b:
            continue
        left = [x for x in a.args if x not in b.args]
        right = [x for x in b.args if x not in a.args]
        alike = a.op is b.op and a.data == b.data and bool(left or right)
        if alike and len(left) == len(right) and len(a.args) == len(b.args):
            stack.extend(((a, x), (b, y)) for x, y in zip(left, right))
        elif alike and a.op in VARIADIC:
            old.update((a, x) for x in left)
            new.update((b, y) for y in right)
        else:
            old.add((up, a))
            new.add((over, b))
    return old, new


def marks(lines: list[Equation]) -> list[Marks]:
    """For every line of a derivation its marked places; a line is compared with the one above it when it continues that one."""
    classes: list[dict[Place, list[str]]] = [{} for _ in lines]
    for i in range(1, len(lines)):
        if lines[i].left:
            continue
        old, new = changed(lines[i - 1].right, lines[i].right)
        for places, line, name in ((old, i - 1, f"b{i}"), (new, i, f"a{i}")):
            for place in places:
                classes[line].setdefault(place, []).append(name)
    return [{place: rf"\htmlClass{{{' '.join(names)}}}" for place, names in found.items()} for found in classes]


def view(found: Derivation, outcome: Outcome | None, lang: str) -> Json:
    """The answer and its derivation as the page shows them."""
    result = found.result
    return {
        "function": function_line(result),
        "definitions": definitions(result, lang),
        "answers": [answer(result, a, lang) for a in page.answers(result)],
        "notes": [note_words(n, lang) for n in page.notes(result)],
        "stages": list(stages(result, lang)),
        "check": check_words(outcome, lang),
        "document": explain(result, found.known, lang=lang, format="latex"),
        "page": explain(result, found.known, lang=lang, check=outcome),
    }


def shown_size(size: str, lang: str) -> str:
    """m·n×p·q, or the word for a scalar."""
    return sized(size, lang, False).replace("*", "·")


def function_line(result: Result) -> str:
    style = latex_style(result)
    body = result.function.args[0] if result.function.op is ex.NAMED else result.function
    by = ", ".join(dict.fromkeys(text(t.leaf, style) for t in result.targets))
    return rf"{page.function_name(result)}\left({by}\right) = {text(body, style)}"


def definitions(result: Result, lang: str) -> list[Json]:
    """Y = σ(W X): the intermediates of the input and of the answer."""
    style, body = latex_style(result), result.function
    names = {d.data: d for d in definitions_of(body, *result.values) if d.data not in style.symbols and d is not body}
    return [definition(d, style, lang) for d in names.values()]


def definition(d: Expr, style: Latex, lang: str) -> Json:
    return {"latex": f"{style.name(d.data)} = {text(d.args[0], style)}", "spoken": f"{d.data}: {spoken(d.args[0], lang)}"}


def answer(result: Result, a: Equation, lang: str) -> Json:
    body = a.right.args[0] if a.right.op is ex.NAMED else a.right
    return {
        "left": latex_symbol(a.left),
        "latex": text(body, latex_style(result)),
        "text": text(body),
        "size": shown_size(a.size, lang),
        "spoken": f"{symbol(a.left, lang)}: {spoken(body, lang, page.symbols(result))}",
    }


def stages(result: Result, lang: str) -> Iterator[Json]:
    """The derivation, one entry for every stage, with numbered lines."""
    items = list(page.derivation(result))
    equations = [i for i in items if isinstance(i, Equation)]
    names = page.symbols(result)
    symbols = latex_style(result).symbols
    stage: Json = {"number": 0, "heading": "", "spoken": "", "lines": []}
    count = 0
    marked = marks(equations)
    for item in items:
        if isinstance(item, Heading):
            if stage["lines"]:
                yield stage
            parts = item.symbol.split(", ")
            heading = r",\ ".join(latex_symbol(p) for p in parts)
            stage = {"number": item.number, "heading": heading, "spoken": ", ".join(symbol(p, lang) for p in parts), "lines": []}
        elif isinstance(item, Equation):
            stage["lines"].append(line(item, Marked(symbols, marked[count]), names, count, lang))
            count += 1
    if stage["lines"]:
        yield stage


def line(item: Equation, style: Marked, names: dict[str, str], number: int, lang: str) -> Json:
    return {
        "id": number,
        "left": latex_symbol(item.left) if item.left else "",
        "right": style.write(item.right),
        "plain": text(item.right),
        "spoken": (f"{symbol(item.left, lang)}: " if item.left else "") + spoken(item.right, lang, names),
        "reason": reasons(item.laws, lang) if item.laws else "",
        "size": shown_size(item.size, lang),
        "laws": list({c["title"]: c for c in (card(law, lang) for law in worth_naming(item.laws))}.values()) if item.laws else [],
    }


# --- what was read --------------------------------------------------------------------------------------------------


PREFERRED = ("X", "W", "w", "x", "Sigma", "theta", "beta")
SCALAR, VECTOR = ("positive", "nonnegative", "integer"), ("onehot", "positive", "nonnegative")


def reading(e: Expr, known: Declarations, lang: str) -> Json:
    """The input as it was understood: the formula with its names marked, every name with its size and facts, what was assumed."""
    found = ex.variables(e)
    body = e.args[0] if e.op is ex.NAMED else e
    places = [(n, a) for n in ex.postorder(e) for a in n.args] + [(None, body)]
    style = Marked({}, {(n, a): rf"\htmlData{{symbol={name_of(a)}}}" for n, a in places if a.op in (ex.VAR, ex.MEMBER)})
    named = [d for d in definitions_of(e) if d is not e]
    symbols = [variable(v, known, lang) for v in found]
    assumed_names = {a.split(":")[0].split("[")[0].split("(")[0].strip() for a in known.assumed}
    for s in symbols:
        s["assumed"] = s["name"] in assumed_names
    functions = dict.fromkeys(n.data[0] for n in ex.postorder(e) if n.op is ex.GENERIC)
    return {
        "latex": style.write(body),
        "definitions": [definition(d, style, lang) for d in named],
        "spoken": spoken(body, lang),
        "rows": str(e.rows),
        "cols": str(e.cols),
        "size": shown_size(shape_text(e.rows, e.cols), lang),
        "symbols": symbols,
        "intermediates": [{"name": d.data, "latex": style.name(d.data), "size": shown_size(shape_text(d.rows, d.cols), lang)} for d in named],
        "functions": [{"name": g, "latex": style.name(g)} for g in functions],
        "assumed": known.assumed,
        "words": {f: say(f, lang) if f in WORDS else f.replace("_", " ") for f in EXTRA},
        "suggest": next((name for name in (*PREFERRED, *(s["name"] for s in symbols)) if any(s["name"] == name for s in symbols)), ""),
    }


def name_of(e: Expr) -> str:
    return str((e.args[0] if e.op is ex.MEMBER else e).data[0])


def variable(v: Expr, known: Declarations, lang: str) -> Json:
    """A variable with what is known of it and what could be declared of it."""
    name, facts, params, count = v.data
    possible = SCALAR if v.is_scalar else VECTOR if v.cols is ONE else tuple(f for f in EXTRA if f != "integer")
    if v.rows.value is not None and v.cols.value is not None and v.rows is not v.cols:
        possible = tuple(f for f in possible if f not in SQUARE)
    implied = {f for f in closure(facts) if f not in facts or f in closure(facts - {f})}
    return {
        "name": name,
        "latex": Latex().name(name),
        "rows": str(v.rows),
        "cols": str(v.cols),
        "size": shown_size(shape_text(v.rows, v.cols), lang),
        "facts": sorted(closure(facts)),
        "implied": sorted(implied),
        "possible": possible,
        "square": [f for f in possible if f in SQUARE],
        "params": list(params),
        "index": known.indices.get(name, "i") if count is not None else "",
        "count": str(count) if count is not None else "",
    }
