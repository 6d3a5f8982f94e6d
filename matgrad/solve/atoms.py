"""Which functions are convex or concave, monotone in what, and where: the table behind `compose`.

A row is a pattern over formals. + and - say that the function is increasing or decreasing in a formal (entry by
entry), 0 that its argument must be affine, "constant" that it must not vary. A fact in the declaration is where
the row holds. BV = Boyd & Vandenberghe, Convex Optimization, 2004.
"""
# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from ..core.expr import Expr
from ..language.build import parse

FORMALS = "X: matrix(m,n); Y: matrix(m,n); x: vector(n); t: scalar; S: posdef(n)"


class Atom:
    """One row: a pattern, "convex" or "concave", how it moves with each formal; `inside` must be positive."""

    __slots__ = ("left", "curvature", "moves", "declare", "inside", "source", "_pattern")

    def __init__(self, left: str, curvature: str, moves: str, declare: str = FORMALS, *, inside: str = "", source: str = ""):
        self.left = left
        self.curvature = curvature
        self.moves = dict(zip(moves.split()[::2], moves.split()[1::2]))
        self.declare = declare
        self.inside = inside
        self.source = source
        self._pattern: tuple[Expr, Expr | None] | None = None

    @property
    def pattern(self) -> tuple[Expr, Expr | None]:
        """The left side as an expression, and what must be positive."""
        if self._pattern is None:
            self._pattern = (parse(self.left, self.declare), parse(self.inside, self.declare) if self.inside else None)
        return self._pattern

    def __repr__(self) -> str:
        return self.left


POSITIVE = "X: matrix(m,n) nonnegative; x: vector(n) nonnegative"

ATOMS = [
    # entry by entry
    Atom("exp(X)",               "convex",  "X +"),
    Atom("log(X)",               "concave", "X +", inside="X", source="BV 3.1.5"),
    Atom("log1p(X)",             "concave", "X +", inside="1 + X"),
    Atom("X .* log(X)",          "convex",  "X 0", inside="X", source="BV 3.1.5"),
    Atom("t*log(t)",             "convex",  "t 0", inside="t", source="BV 3.1.5"),
    Atom("softplus(X)",          "convex",  "X +"),
    Atom("relu(X)",              "convex",  "X +"),
    Atom("abs(X)",               "convex",  "X +", POSITIVE),
    Atom("abs(X)",               "convex",  "X 0"),
    Atom("cosh(X)",              "convex",  "X +", POSITIVE),
    Atom("cosh(X)",              "convex",  "X 0"),
    Atom("log(cosh(X))",         "convex",  "X 0"),
    Atom("sinh(X)",              "convex",  "X +", POSITIVE),
    Atom("tanh(X)",              "concave", "X +", POSITIVE),
    Atom("sigmoid(X)",           "concave", "X +", POSITIVE),
    Atom("atan(X)",              "concave", "X +", POSITIVE),
    Atom("erf(X)",               "concave", "X +", POSITIVE),
    Atom("log(sigmoid(X))",      "concave", "X +"),
    Atom("log(1 - sigmoid(X))",  "concave", "X -"),
    Atom("max(X, Y)",            "convex",  "X + Y +", source="BV 3.2.3"),
    Atom("min(X, Y)",            "concave", "X + Y +", source="BV 3.2.3"),
    Atom("huber(X, Y)",          "convex",  "X + Y constant", "X: matrix(m,n) nonnegative; Y: matrix(m,n)", inside="Y", source="BV 6.1.2"),
    Atom("huber(X, Y)",          "convex",  "X 0 Y constant", inside="Y", source="BV 6.1.2"),
    # of columns
    Atom("logsumexp(X)",         "convex",  "X +", source="BV 3.1.5"),
    Atom("log(softmax(X))",      "concave", "X 0"),
    # norms
    Atom("norm1(X)",             "convex",  "X +", POSITIVE),
    Atom("norm1(X)",             "convex",  "X 0"),
    Atom("norm2(x)",             "convex",  "x +", POSITIVE),
    Atom("norm2(x)",             "convex",  "x 0"),
    Atom("normF(X)",             "convex",  "X +", POSITIVE),
    Atom("normF(X)",             "convex",  "X 0"),
    # of positive definite matrices
    Atom("logdet(S)",            "concave", "S 0", source="BV 3.1.5"),
    Atom("tr(inv(S))",           "convex",  "S 0", source="BV 3.6.1"),
    Atom("tr(A*inv(S))",         "convex",  "A constant S 0", "A: psd(n); S: posdef(n)", source="BV 3.6.1"),
    Atom("tr(inv(S)*A)",         "convex",  "A constant S 0", "A: psd(n); S: posdef(n)", source="BV 3.6.1"),
    Atom("x'*inv(S)*x",          "convex",  "x 0 S 0", source="BV 3.2.6"),
    Atom("tr(X'*inv(S)*X)",      "convex",  "X 0 S 0", "X: matrix(n,m); S: posdef(n)", source="BV 3.6.1"),
    Atom("tr(X*X'*inv(S))",      "convex",  "X 0 S 0", "X: matrix(n,m); S: posdef(n)", source="BV 3.6.1"),
]
