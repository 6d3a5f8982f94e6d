"""One factorisation for all uses of a matrix: solves, its inverse, its log-determinant.

| matrix            | factorisation     | used when                      |
|-------------------|-------------------|--------------------------------|
| positive definite | Cholesky          | always                         |
| triangular        | none is needed    | always                         |
| any other         | LU                | it serves more than one use    |

A positive definite matrix that meets three or more matrices of its own size is inverted once: from the Cholesky factor
that costs less than one of those solves, and products are faster. Where its inverse is needed anyway, it serves every one of them,
and where one solve has many times more right sides than rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.dims import Dim
from .improve import rebuilt
from .ir import Graph, Node, postorder


def factorised(graph: Graph, roots: Sequence[Node], has_lu: bool, length: Callable[[Dim], float]) -> list[Node]:
    """The program with solve, inv and logdet spelled through factorisations; without LU every system is solved afresh."""
    nodes = postorder(roots)
    uses: dict[Node, int] = {}
    for x in nodes:
        if is_use(x):
            uses[x.args[0]] = uses.get(x.args[0], 0) + 1
    square = [x for x in nodes if is_use(x) and is_square(x)]
    formed = {x.args[0] for x in square if x.attrs[0] == "inv"}
    inverted = {a for a in uses if sum(x.args[0] is a for x in square) >= (2 if a in formed else MANY)}
    inverted |= {x.args[0] for x in nodes if is_use(x) and is_wide(x, length)}
    done: dict[Node, Node] = {}
    for x in nodes:
        args = tuple(done[a] for a in x.args)
        if is_use(x) and x.attrs[0] == "solve" and x.args[0] in inverted:
            inverse = spelled(graph, graph.call("inv", args[:1], args[0].shape, "posdef"), args[:1], MANY)
            graph.symmetric.add(inverse)
            done[x] = graph.matmul(inverse, args[1])
        elif x.op == "view" and x.attrs == (1, 0) and (turned := upright(graph, args[0])) is not None:
            done[x] = turned
        elif is_use(x):
            done[x] = spelled(graph, x, args, uses[x.args[0]] if has_lu else 1)
        else:
            done[x] = rebuilt(graph, x, args)
        graph.inherit(x, done[x])
    return [done[r] for r in roots]


def upright(g: Graph, x: Node) -> Node | None:
    """(P*B')' as B*P for a symmetric P: a solve from the right came as the transpose of one from the left."""
    if x.op != "matmul" or x.args[0] not in g.symmetric or len(x.args[1].shape) != 2:
        return None
    turned = g.view(x.args[1], (1, 0))
    return g.matmul(turned, x.args[0]) if turned is x.args[1] or x.args[1].op == "view" else None


MANY = 3  # solves from which on the inverse pays
WIDE = 4  # right sides in multiples of the rows, likewise


def is_square(x: Node) -> bool:
    """A solve for a positive definite matrix, or its inverse, with as many right sides as rows."""
    kind = x.attrs[1][0] if x.attrs[0] == "solve" else x.attrs[1]
    return bool(kind == "posdef" and x.shape == x.args[0].shape)


def is_wide(x: Node, length: Callable[[Dim], float]) -> bool:
    """A positive definite solve with many times more right sides than rows."""
    return bool(x.attrs[0] == "solve" and x.attrs[1][0] == "posdef" and len(x.shape) == 2 and length(x.shape[1]) >= WIDE * length(x.shape[0]))


def is_use(x: Node) -> bool:
    return x.op == "call" and x.attrs[0] in ("solve", "inv", "logdet") and x.attrs[1] is not None


def spelled(g: Graph, x: Node, args: tuple[Node, ...], uses: int) -> Node:
    name, how = x.attrs
    matrix = args[0]
    kind, turned = how if name == "solve" else (how, False)
    right = args[1] if name == "solve" else g.eye(x.shape[0]) if name == "inv" else None
    if kind == "posdef":
        factor = g.call("cholesky", (matrix,), matrix.shape)
        return g.mul(g.number(2), g.call("cho_logdet", (factor,), ())) if right is None else g.call("cho_solve", (factor, right), x.shape)
    if kind in ("lower", "upper"):
        if right is None:
            return g.sum(g.map("log", (g.map("abs", (g.diagonal(matrix, 0, 1),)),)), (0,))
        return g.call(f"solve_{kind}" + "_transposed" * turned, (matrix, right), x.shape)
    if uses > 1:
        factor = g.call("lu", (matrix,), matrix.shape)
        return g.call("lu_logdet", (factor,), ()) if right is None else g.call("lu_solve" + "_transposed" * turned, (factor, right), x.shape)
    if name == "solve":
        assert right is not None
        return g.call("solve", (g.view(matrix, (1, 0)) if turned else matrix, right), x.shape)
    return g.call(name, (matrix,), x.shape)
