"""Structured variables: the linear space they live in, the projection onto it, and their free parameters.

Magnus, Linear Structures, 1988; Magnus & Neudecker ch. 3. The gradient in the space is what descent needs;
the partial derivatives by the free parameters are what a table of entries shows.
"""

from __future__ import annotations

from fractions import Fraction

from ..core import expr as ex
from ..core.dims import Dim
from ..core.expr import Expr
from ..core.facts import facts
from ..errors import UnsupportedError
from ..simplify.normal import normal

SPACES = ("hermitian", "diagonal", "toeplitz", "symmetric", "lower", "upper", "skew")
HALF = ex.num(Fraction(1, 2))


def space_of(leaf: Expr) -> str:
    """The linear space of structured matrices that a variable lives in, or "". Raises UnsupportedError for two at once."""
    known = facts(leaf)
    if leaf.is_scalar:
        return ""
    if "toeplitz" in known and known & {"symmetric", "skew", "lower", "upper"}:
        raise UnsupportedError("{name} is Toeplitz and of another structure too; only one is projected on", name=leaf.data[0])
    return next((s for s in SPACES if s in known), "")


def project(gradient: Expr, space: str) -> Expr:
    """Orthogonal projection onto the space."""
    n = gradient.rows
    if space == "diagonal":
        projected = ex.call("diag", ex.call("diag_of", gradient))
    elif space == "hermitian":
        projected = ex.mul(HALF, ex.add(gradient, ex.hermitian(gradient)))
    elif space in ("symmetric", "skew"):
        mirror = ex.transpose(gradient)
        projected = ex.mul(HALF, ex.add(gradient, mirror if space == "symmetric" else ex.neg(mirror)))
    elif space == "toeplitz":
        projected = ex.unvec(ex.mul(projector(space, n), ex.call("vec", gradient)), n, n)
    else:
        projected = ex.call("tril" if space == "lower" else "triu", gradient)
    return normal(projected)


def by_free_entries(gradient: Expr, space: str) -> Expr:
    """The partial derivatives by the free parameters; `gradient` is that of an unstructured variable.

    Symmetric: G + G' - I .* G, the entries on and below the diagonal (CB (138)). Skew-symmetric: G - G', those
    below it. Triangular: the triangle of G. Diagonal: the diagonal of G. Toeplitz: the sums of G along its
    diagonals, the lowest first.
    """
    mirror = ex.transpose(gradient)
    if space == "symmetric":
        partials = ex.add(gradient, mirror, ex.neg(ex.hadamard(ex.eye(gradient.rows), gradient)))
    elif space == "skew":
        partials = ex.add(gradient, ex.neg(mirror))
    elif space == "diagonal":
        partials = ex.call("diag_of", gradient)
    elif space == "toeplitz":
        partials = ex.mul(ex.transpose(ex.structure("toep", gradient.rows)), ex.call("vec", gradient))
    else:
        partials = ex.call("tril" if space == "lower" else "triu", gradient)
    return normal(partials)


def projector(space: str, n: Dim) -> Expr:
    """P with P*vec(X) = vec of the part of X in the space."""
    if space in ("symmetric", "skew"):
        swap = ex.commutation(n, n)
        return ex.mul(HALF, ex.add(ex.eye(n * n), swap if space == "symmetric" else ex.neg(swap)))
    if space == "toeplitz":
        b = ex.structure("toep", n)
        return ex.mul(b, ex.call("inv", ex.mul(ex.transpose(b), b)), ex.transpose(b))
    mask = ex.eye(n) if space == "diagonal" else ex.call("tril" if space == "lower" else "triu", ex.ones(n, n))
    return ex.call("diag", ex.call("vec", mask))


def basis(space: str, n: Dim) -> Expr | None:
    """B with vec(X) = B*(the free parameters of X), where the language has it."""
    if space == "symmetric":
        return ex.structure("dup", n)
    if space == "lower":
        return ex.transpose(ex.structure("elim", n))
    if space == "toeplitz":
        return ex.structure("toep", n)
    if space == "diagonal":
        return ex.mul(ex.call("diag", ex.call("vec", ex.eye(n))), ex.kron(ex.ones(n), ex.eye(n)))
    return None


def on_the_space(matrix: Expr, space: str, n: Dim, layout: str) -> Expr:
    """The derivative of a projected gradient as a symmetric matrix: what acts on directions outside the space is projected away."""
    if normal(ex.transpose(matrix)) is matrix:
        return matrix
    projection = projector(space, n)

    def projected(e: Expr) -> Expr:
        return ex.mul(e, projection) if layout == "numerator" else ex.mul(projection, e)

    terms = matrix.args if matrix.op is ex.ADD else (matrix,)
    mirrored = {normal(ex.transpose(t)) for t in terms}
    value = normal(ex.add(*[t if t in mirrored else projected(t) for t in terms]))
    return value if normal(ex.transpose(value)) is value else normal(projected(matrix))
