"""Pictures as SVG with a title and a description in words: the graph of an expression, where a derivative can be other than zero.

Colours are the reader's own (currentColor), so one picture serves light and dark pages, notebooks and documents.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

from ..calculus.derivatives import Result
from ..core import expr as ex
from ..core.dims import shape_text
from ..core.expr import Expr
from ..errors import LimitError, UnsupportedError
from ..language.text import UNICODE, text
from . import page
from .words import say

Json = dict[str, Any]
MOST_NODES = 60
MOST_CELLS = 96  # rows or columns of a structure that is drawn
LAYER, GAP, CHARACTER = 64, 18, 8.4
SIGNS = {ex.ADD: "+", ex.MUL: "·", ex.HAD: "⊙", ex.T: "ᵀ", ex.POW: "^", ex.MPOW: "^", ex.KRON: "⊗", ex.TOTAL: "∑", ex.INDEX: "[ ]", ex.BLOCK: "[ , ]"}


def svg(width: float, height: float, title: str, description: str, body: Iterable[str]) -> str:
    """A picture with the words that stand for it."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
    head += 'fill="none" stroke="currentColor" font-family="system-ui, sans-serif" font-size="14">'
    return "".join([head, f"<title>{html.escape(title)}</title><desc>{html.escape(description)}</desc>", *body, "</svg>"])


def words(x: float, y: float, said: str, size: int = 14, opacity: float = 1) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="{size}" fill="currentColor" fill-opacity="{opacity:g}" stroke="none">'
        f"{html.escape(said)}</text>"
    )


# --- the graph of an expression -------------------------------------------------------------------------------------


def expression_graph(e: Expr, lang: str) -> Json:
    """The graph: every part once, operations above their arguments, each with its size. Raises LimitError for a large one."""
    nodes = ex.postorder(e)
    if len(nodes) > MOST_NODES:
        raise LimitError("the graph has {count} nodes; up to {most} are drawn", count=len(nodes), most=MOST_NODES)
    places = layered(e, nodes)
    width = max(x + half_width(n) for n, (x, _) in places.items()) + GAP
    height = max(y for _, y in places.values()) + 40
    body = [edge(places[n], places[a]) for n in nodes for a in dict.fromkeys(n.args)]
    body += [box(n, *places[n]) for n in nodes]
    title = say("graph title", lang, len(nodes))
    description = graph_words(nodes, lang)
    return {"svg": svg(width, height, title, description, body), "title": title, "description": description}


def label(e: Expr) -> str:
    if e.op is ex.NAMED:
        return f"{text(e, UNICODE)} ="
    if not e.args:
        return text(e, UNICODE)
    if e.op is ex.GENERIC:
        return UNICODE.name(str(e.data[0])) + "'" * int(e.data[1])
    return SIGNS.get(e.op, e.op.text)


def size(e: Expr, lang: str) -> str:
    return say("scalar", lang) if e.is_scalar else shape_text(e.rows, e.cols)


def half_width(e: Expr) -> float:
    return max(34.0, CHARACTER * max(len(label(e)), len(shape_text(e.rows, e.cols)) - 2) + 16) / 2


def layered(root: Expr, nodes: list[Expr]) -> dict[Expr, tuple[float, float]]:
    """A place for every node: layers by the longest path from the root, inside a layer below the mean of the parents."""
    depth = dict.fromkeys(nodes, 0)
    parents: dict[Expr, list[Expr]] = {n: [] for n in nodes}
    for n in reversed(nodes):
        for a in n.args:
            depth[a] = max(depth[a], depth[n] + 1)
            parents[a].append(n)
    rows: list[list[Expr]] = [[] for _ in range(max(depth.values()) + 1)]
    for n in reversed(nodes):
        rows[depth[n]].append(n)
    x = {root: 0.0}
    for row in rows[1:]:
        wish = {n: sum(x[p] + beside(p, n) for p in parents[n]) / len(parents[n]) for n in row}
        row.sort(key=lambda n: wish[n])
        x |= spread(row, wish)
    left = min(x[n] - half_width(n) for n in nodes)
    return {n: (x[n] - left + GAP, depth[n] * LAYER + 30) for n in nodes}


def beside(parent: Expr, child: Expr) -> float:
    """Arguments stand in their order, left to right."""
    return (parent.args.index(child) - (len(parent.args) - 1) / 2) * 60


def spread(row: list[Expr], wish: dict[Expr, float]) -> dict[Expr, float]:
    """Places near the wishes, in order and without overlap."""
    found: dict[Expr, float] = {}
    edge_at = float("-inf")
    for n in row:
        found[n] = max(wish[n], edge_at + half_width(n))
        edge_at = found[n] + half_width(n) + GAP
    shift = sum(found[n] - wish[n] for n in row) / len(row)
    return {n: at - shift for n, at in found.items()}


def edge(a: tuple[float, float], b: tuple[float, float]) -> str:
    (x, y), (u, v) = a, b
    return f'<path stroke-opacity=".45" d="M{x:g} {y + 20:g}C{x:g} {y + 38:g} {u:g} {v - 38:g} {u:g} {v - 20:g}"/>'


def box(e: Expr, x: float, y: float) -> str:
    half = half_width(e)
    place = f'x="{x - half:g}" y="{y - 20:g}" width="{2 * half:g}" height="40" rx="{8 if e.args else 20}"'
    shape = f'<rect {place} fill="currentColor" fill-opacity=".06" stroke-opacity=".5"/>'
    return shape + words(x, y - 1, label(e)) + words(x, y + 14, "1×1" if e.is_scalar else shape_text(e.rows, e.cols), 11, 0.75)


def graph_words(nodes: list[Expr], lang: str) -> str:
    """Each operation with its arguments, from the result down."""
    said = []
    for n in reversed(nodes):
        if n.args:
            arguments = ", ".join(text(a, UNICODE) for a in n.args)
            said.append(say("graph node", lang, label(n).rstrip(" ="), size(n, lang), arguments))
    return " ".join(said) or say("graph leaf", lang, label(nodes[-1]))


# --- where a derivative can be other than zero -------------------------------------------------------------------------


class Structure:
    """The entries of a Jacobian or Hessian that are not zero at random points, at small sizes or given ones, with its blocks.

    Raises UnsupportedError for another kind of answer, LimitError where the sizes make it too large to draw.
    """

    def __init__(self, result: Result, given: Mapping[str, int] | None = None, most: int = MOST_CELLS, points: int = 3, seed: int = 0):
        if result.kind not in ("jacobian", "hessian"):
            raise UnsupportedError("only a Jacobian or a Hessian has a structure to draw")
        from ..check.structure import nonzero, small_sizes

        value, context = result.values[0], [*ex.variables(result.function), *(t.leaf for t in result.targets)]
        self.sizes = {**small_sizes([value, *context]), **(given or {})}
        self.rows, self.cols = value.rows.evaluate(self.sizes), value.cols.evaluate(self.sizes)
        if max(self.rows, self.cols) > most:
            raise LimitError("at these sizes this is {size}; up to {most} rows and columns are drawn", size=f"{self.rows}×{self.cols}", most=most)
        self.points = points
        self.filled = nonzero(value, context, self.sizes, points, seed)
        self.blocks = block_size(result, self.sizes)
        self.symbol = page.answer_symbol(result, result.targets[0])

    def title(self, lang: str) -> str:
        return say("structure title", lang, self.symbol, f"{self.rows}×{self.cols}")


def derivative_structure(result: Result, lang: str) -> Json:
    """Where a Jacobian or Hessian can be other than zero, as a picture with its description."""
    s = Structure(result)
    title = s.title(lang)
    description = structure_words(s.filled, s.blocks, s.sizes, s.points, lang)
    cell = max(4.0, min(22.0, 420 / max(s.rows, s.cols)))
    picture = svg(s.cols * cell + 2, s.rows * cell + 2, title, description, cells(s.filled, s.blocks, cell))
    return {"svg": picture, "title": title, "description": description, "text": text(result.values[0], UNICODE)}


def block_size(result: Result, sizes: dict[str, int]) -> tuple[int, int]:
    """vec stacks columns: a block belongs to one column of X and one of F."""
    x = result.targets[0].leaf.rows.evaluate(sizes)
    if result.kind == "hessian":
        return x, x
    f = result.function.rows.evaluate(sizes)
    return (x, f) if result.layout == "denominator" else (f, x)


def cells(filled: list[list[bool]], blocks: tuple[int, int], cell: float) -> Iterable[str]:
    rows, cols = len(filled), len(filled[0])
    for i, row in enumerate(filled):
        for j, full in enumerate(row):
            if full:
                place = f'x="{1 + j * cell:g}" y="{1 + i * cell:g}" width="{cell - 1:g}" height="{cell - 1:g}"'
                yield f'<rect {place} fill="currentColor" fill-opacity=".4" stroke="none"/>'
    for i in range(0, rows + 1, blocks[0]):
        yield f'<path stroke-opacity=".8" d="M.5 {i * cell + 0.5:g}H{cols * cell + 0.5:g}"/>'
    for j in range(0, cols + 1, blocks[1]):
        yield f'<path stroke-opacity=".8" d="M{j * cell + 0.5:g} .5V{rows * cell + 0.5:g}"/>'


def structure_words(filled: list[list[bool]], blocks: tuple[int, int], sizes: dict[str, int], points: int, lang: str) -> str:
    rows, cols = len(filled), len(filled[0])
    count = sum(map(sum, filled))
    at = ", ".join(f"{k} = {v}" for k, v in sizes.items())
    said = [say("structure count", lang, count, rows * cols, points, at or "–"), say("structure blocks", lang, f"{blocks[0]}×{blocks[1]}")]
    on = [(i, j) for i in range(rows) for j in range(cols) if filled[i][j]]
    if not on:
        said.append(say("structure zero", lang))
    elif count == rows * cols:
        said.append(say("structure full", lang))
    elif all(i == j for i, j in on):
        said.append(say("structure diagonal", lang))
    elif (rows, cols) != blocks and all(i // blocks[0] == j // blocks[1] for i, j in on):
        said.append(say("structure block diagonal", lang))
    if rows == cols and all(filled[j][i] for i, j in on):
        said.append(say("structure symmetric", lang))
    return " ".join(said)
