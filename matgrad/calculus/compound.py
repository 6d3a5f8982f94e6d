"""∂F/∂X in stages, by the compound rule: ∂F/∂X = ∂Y/∂X ∂F/∂Y in denominator layout, ∂F/∂Y ∂Y/∂X in numerator layout.

vec dF = Σ M_Y vec dY is worked out once for F and once for every named intermediate Y; then the dY are put
in, the last first.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..core import expr as ex
from ..core.expr import Expr
from ..core.trace import Stage
from ..simplify.normal import normal
from ..simplify.order import cost
from . import plan
from .differentiate import Condition, Differentiator, names_in
from .vectorise import vec, vectorise

Maps = dict[Expr, Expr]  # for every leaf that occurs, its matrix in the layout asked for


class Compound:
    """The Jacobian of one expression by one leaf, with the stages that lead there."""

    def __init__(self, root: Expr, leaf: Expr, layout: str, symbol: str, first: Stage, place: Expr | None):
        while root.op is ex.NAMED and root is not leaf:
            root = root.args[0]
        self.root = root
        self.leaf = leaf
        self.places = {leaf: place} if place is not None else {}
        self.transposed = layout == "denominator"
        self.symbol = symbol  # what F is called on the page
        self.stages = [first]
        self.kinks: list[Expr] = []
        self.jumps: list[Expr] = []
        self.conditions: list[Condition] = []
        self.taken = set(names_in(root))

    def run(self) -> Expr:
        """The Jacobian in the layout. Raises UnsupportedError where no rule is known."""
        names = plan.stages_of(self.root, [self.leaf])
        leaves = [self.leaf, *names]
        maps = self.local(self.root, leaves, self.stages[0])
        if not names:
            value = maps.get(self.leaf, self.zeros())
            self.stages[0].results.append((self.leaf, value))
            return value
        parts: dict[Expr | None, Maps] = {None: self.named(self.symbol, maps, self.stages[0])}
        for name in names:
            stage = Stage(None, name.data, by=self.leaf)
            self.stages.append(stage)
            parts[name] = self.named(name.data, self.local(name.args[0], leaves, stage, name), stage)
        return self.put_together(parts, names)

    def zeros(self) -> Expr:
        rows, cols = self.leaf.rows * self.leaf.cols, self.root.rows * self.root.cols
        return ex.zeros(rows, cols) if self.transposed else ex.zeros(cols, rows)

    def local(self, body: Expr, leaves: Iterable[Expr], stage: Stage, name: Expr | None = None) -> Maps:
        """The matrices of vec d(body) by the leaves and intermediates it is made of."""
        leaves = [leaf for leaf in leaves if leaf is not name]
        d = Differentiator(body, leaves)
        if name is not None:
            stage.add("put in", ex.dvar(name), ex.formal_d(body), ("put in",))
        found = vectorise(d.run(body, stage), leaves, stage, self.places)
        self.kinks += d.kinks
        self.jumps += d.jumps
        self.conditions += d.conditions
        return {leaf: self.oriented(m) for leaf, m in found.items()}

    def oriented(self, m: Expr) -> Expr:
        """The matrix in the layout; each layout is the transpose of the other, in the shorter of their forms."""
        turned = normal(ex.transpose(m))
        if self.transposed:
            return turned
        back = normal(ex.transpose(turned))
        return back if cost(back) < cost(m) else m

    def named(self, of: str, maps: Maps, stage: Stage) -> Maps:
        """The matrices under names that the page shows as ∂F/∂Y."""
        out: Maps = {}
        for leaf, matrix in maps.items():
            by = str(leaf.data[0] if leaf.op is ex.VAR else leaf.data)
            if leaf is self.leaf and len(maps) > 1:
                stage.paths.add(leaf)
            text = f"D_{of if of.isidentifier() else 'F'}_{by}"
            while text in self.taken:
                text += "_"
            self.taken.add(text)
            stage.symbols[text] = (of, f"{by}|{by}→{of}" if leaf in stage.paths else by)
            stage.results.append((leaf, matrix))
            out[leaf] = ex.named(text, matrix)
        return out

    def put_together(self, parts: dict[Expr | None, Maps], names: list[Expr]) -> Expr:
        """vec dF = Σ (∂F/∂Y)' vec dY, with the dY put in one after the other until only dX is left."""
        stage = Stage(None, self.symbol, by=self.leaf)
        self.stages.append(stage)
        have = dict(parts[None])
        for name in names:
            if name not in have:
                continue
            before = self.line(have)
            outer = have.pop(name)
            for leaf, inner in parts[name].items():
                product = ex.mul(inner, outer) if self.transposed else ex.mul(outer, inner)
                have[leaf] = ex.add(have[leaf], product) if leaf in have else product
            stage.add("compound", before, self.line(have), ("compound rule",))
        if self.leaf not in have:
            return self.zeros()
        written = {n: n.args[0] for maps in parts.values() for n in maps.values()}
        value = normal(ex.substitute(have[self.leaf], written))
        stage.results.append((self.leaf, value))
        return value

    def line(self, maps: Maps) -> Expr:
        if not maps:
            return ex.zeros(self.root.rows * self.root.cols)
        return ex.add(*[ex.mul(ex.transpose(m) if self.transposed else m, vec(ex.dvar(leaf))) for leaf, m in maps.items()])

