"""Step and Derivation: what the passes write and what explainers read."""

from __future__ import annotations

from .expr import Expr
from .rows import Row

Law = str | Row  # a row of a table, or the key of a structural rule (`explain/messages.py` words it)


class Step:
    """One move: `before` equals `after` by the laws cited. Both sides can be evaluated."""

    __slots__ = ("kind", "before", "after", "laws")

    def __init__(self, kind: str, before: Expr, after: Expr, laws: tuple[Law, ...]):
        self.kind = kind
        self.before = before
        self.after = after
        self.laws = laws

    @property
    def law(self) -> str:
        """The laws by name; a row of a table is its equation."""
        return "; ".join(x if isinstance(x, str) else x.equation for x in self.laws) or self.kind

    @property
    def why(self) -> str:
        """The reason in words, with the source where a book states it."""
        parts = []
        for x in self.laws:
            if isinstance(x, str):
                parts.append(x)
            else:
                reason = x.note or x.equation
                parts.append(f"{reason} ({x.source})" if x.source else reason)
        return "; ".join(parts) or self.kind

    def __repr__(self) -> str:
        return f"{self.before} = {self.after}  [{self.law}]"


class Stage:
    """The steps from one intermediate to what it is made of.

    `target` is the intermediate (None for the function itself), `cotangent` the name that stands for the
    gradient by it, `of` the symbol of what is differentiated where that is not the input, `by` the one
    variable that moves where the others are held, `results` what was read off: (leaf, derivative by it)
    pairs, `paths` the leaves among them that are also reached another way, `symbols` the names that stand
    for derivatives: name -> (of what, by what).
    """

    __slots__ = ("target", "cotangent", "of", "by", "steps", "results", "paths", "symbols")

    def __init__(self, target: Expr | None, of: str = "", cotangent: Expr | None = None, by: Expr | None = None):
        self.target = target
        self.cotangent = cotangent
        self.of = of
        self.by = by
        self.paths: set[Expr] = set()
        self.symbols: dict[str, tuple[str, str]] = {}
        self.steps: list[Step] = []
        self.results: list[tuple[Expr, Expr]] = []

    def add(self, kind: str, before: Expr, after: Expr, laws: tuple[Law, ...]) -> None:
        if before is not after:
            self.steps.append(Step(kind, before, after, tuple(dict.fromkeys(laws))))
