"""The public functions: text in, answers out."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps

from .answer import Curvature, Derivation, Stationary
from .calculus import derivatives as calc
from .calculus.derivatives import LAYOUTS
from .calculus.reality import need_real
from .core import expr as ex
from .core.expr import Expr
from .errors import LimitError, MatgradError, ParseError, Phrase, Series, did_you_mean
from .language.declare import read_declarations
from .request import Declare, closed, derivative, expression, need_scalar, opened, targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

    from .check.equality import Equality
    from .review.report import Review


def within_limits(run: F) -> F:
    """Say in a sentence when an expression is nested deeper than the normal form can follow."""

    @wraps(run)
    def limited(*args: Any, **kwargs: Any) -> Any:
        try:
            return run(*args, **kwargs)
        except RecursionError:
            raise LimitError("sums and products are nested too deep here; give some of the intermediates a name") from None

    return limited  # type: ignore[return-value]


@within_limits
def derive(
    expr: str | Expr, wrt: str | Expr | list[str | Expr], declare: Declare = None, *, order: int = 1, layout: str = "denominator"
) -> Derivation:
    """The derivative of an expression, with its derivation.

    Args:
        expr: text in matgrad's language, or an expression. A scalar function gives a gradient (or, with
            order=2, a Hessian), a matrix by a scalar the entry-wise derivative, a matrix by a matrix a Jacobian.
        wrt: the variable: "X", a row "x'", an entry "X[i,k]", an intermediate, or several, "W1,b1".
        declare: sizes and facts, "X: matrix(m,n); S: posdef(m)". What is missing is inferred.
        order: 1, 2 (the Hessian), 3, …
        layout: "denominator" (∂vec F/∂vec X, mn × pq) or "numerator" (its transpose). "tensor", "blocks_F" and
            "blocks_X" show the numerator matrix and evaluate to an array p × q × m × n, to the block matrix
            [∂F_kl/∂X] (pm × qn) and to [∂F/∂X_ij] (mp × nq).

    Raises:
        ParseError, ShapeError: with the place in the text.
        UnsupportedError: where no rule is known.

    >>> str(derive("tr(A*X*B)", wrt="X").value)
    "A'*B'"
    """
    if layout not in LAYOUTS:
        hint = did_you_mean(get_close_matches(str(layout), LAYOUTS, 1))
        raise MatgradError("unknown layout {layout}; layouts are {layouts}{hint}", layout=repr(layout), layouts=Series(LAYOUTS), hint=hint)
    if not isinstance(order, int) or order < 1:
        raise MatgradError("the order is a whole number from 1, not {order}", order=repr(order))
    e, known, text = expression(expr, declare)
    return Derivation(text, derivative(e, targets(wrt, e, known), known, order, layout), known)


@within_limits
def differential(expr: str | Expr, wrt: str | Expr | list[str | Expr], declare: Declare = None) -> Derivation:
    """dF as an expression in dX, dY, … with its derivation.

    >>> str(differential("inv(X)", wrt="X", declare="X: invertible(n)").value)
    '-inv(X)*dX*inv(X)'
    """
    e, known, text = expression(expr, declare)
    chosen = targets(wrt, e, known)
    opened_e, free = opened(e, chosen)
    return Derivation(text, closed(calc.differential(opened_e, [t.leaf for t in chosen]), e, free, known), known)


@within_limits
def stationary(expr: str | Expr, wrt: str | Expr | list[str | Expr], declare: Declare = None, *, subject_to: str = "") -> Stationary:
    """The point where the gradient vanishes, in closed form, with the second-order verdict.

    Args:
        expr: a scalar function.
        wrt: the unknown, or several, "mu,Sigma"; they are eliminated one after the other.
        declare: sizes and facts of the names.
        subject_to: equations between expressions, "A*w = b; sum(w) = 1".

    Raises:
        UnsupportedError: where no closed form is known; `newton_step` gives an iteration.
        MatgradError: for an unknown that does not occur or a constraint that does not fit, with the place.

    >>> found = stationary("norm2(X*w - y)^2", "w", "X: matrix(T,k) full_column_rank; w: vector(k); y: vector(T)")
    >>> str(found), found.verdict
    ("inv(X'*X)*X'*y", 'unique minimum')
    """
    from .solve.constraints import read_constraints
    from .solve.stationary import stationary as solve_zero

    e, known, text = expression(expr, declare)
    need_scalar(e, Phrase("a stationary point"))
    constraints, known = read_constraints(subject_to, known)
    need_real(Phrase("a stationary point"), e, *(side for c in constraints for side in (c.left, c.right)))
    chosen = targets(wrt, e, known)
    return Stationary(text, solve_zero(e, chosen, constraints), known, e, chosen)


@within_limits
def curvature(expr: str | Expr, wrt: str | Expr | list[str | Expr], declare: Declare = None) -> Curvature:
    """Whether a scalar function is convex, concave, affine or neither in some of its variables, with a certificate.

    It is judged on the convex set that the declarations give, "S: posdef(n)"; where a logarithm or a root needs more,
    the set on which it is defined is in `domain`. "neither" comes with segments that refute; "unknown" is said.
    Raises UnsupportedError where the declared set is not convex.

    >>> str(curvature("log(1 + exp(a'*x))", "x", "a: vector(n); x: vector(n)"))
    'convex'
    """
    from .solve.curvature import curvature as judge

    e, known, text = expression(expr, declare)
    need_scalar(e, Phrase("curvature"))
    need_real(Phrase("curvature"), e)
    chosen = targets(wrt, e, known)
    function, _ = opened(e, [t for t in chosen if t.leaf.op is ex.NAMED])
    return Curvature(text, judge(function, chosen), known)


@within_limits
def newton_step(expr: str | Expr, wrt: str | Expr, declare: Declare = None) -> Derivation:
    """Newton's update -inv(H)*∇f, in the shape of the variable."""
    from .solve.newton import newton_step as step

    e, known, text = expression(expr, declare)
    need_scalar(e, Phrase("a Newton step"))
    need_real(Phrase("a Newton step"), e)
    chosen = targets(wrt, e, known)
    if len(chosen) != 1:
        raise ParseError("a Newton step is by one variable")
    return Derivation(text, step(e, chosen[0]), known)


@within_limits
def matrix_form(expr: str | Expr, declare: Declare = None) -> Expr:
    """The expression with sums over columns, rows or entries written as matrix products.

    A family of vectors x[i] becomes the matrix X whose columns they are (n×N), a family of scalars y[i] the vector y.

    >>> str(matrix_form("sum(i, 1..N, A[:,i]*B[:,i]')", "A: matrix(m,N); B: matrix(n,N)"))
    "A*B'"
    """
    from .simplify.matrix_form import matrix_form as rewrite
    from .simplify.matrix_form import stacked

    e = expression(expr, declare)[0]
    need_real(Phrase("a sum over samples"), e)
    whole = rewrite(e, stacked(e))
    if any(n.op is ex.MEMBER for n in ex.postorder(whole)):  # a family that is left and the matrix of it would be two names of one thing
        return rewrite(e)
    return whole


@within_limits
def sample_form(expr: str | Expr, declare: Declare = None, over: str = "N") -> Expr:
    """The expression with what runs over the size `over` written as a sum over samples.

    Raises ParseError when no variable has that size.

    >>> str(sample_form("norm2(X'*w - y)^2", "X: matrix(n,N); w: vector(n); y: vector(N)"))
    "sum(i, 1..N, (X[:,i]'*w - y[i])^2)"
    """
    from .core.dims import dim
    from .simplify.sample_form import sample_form as rewrite

    e = expression(expr, declare)[0]
    need_real(Phrase("a sum over samples"), e)
    if over not in ex.letters(e):
        raise ParseError("no size is called {name}; sizes are {sizes}", name=over, sizes=Series(ex.letters(e)))
    return rewrite(e, dim(over))


@within_limits
def compare(a: str | Expr, b: str | Expr, declare: Declare = None) -> Equality:
    """Whether two expressions are equal, wherever both are defined, and how that was decided.

    By normal form, which is a proof; else by evaluation at random points and sizes, exact or to 100 digits, which is
    evidence; else false, with a point at which they differ.

    >>> print(compare("tr(A*B)", "tr(B*A)", "A: matrix(m,n); B: matrix(n,m)"))
    equal: proved, both have the same normal form
    """
    from .check.equality import equality

    left, known, _ = expression(a, declare)
    right, _, _ = expression(b, known)
    verdict = equality(left, right)
    if verdict.equal is None:
        if verdict.proof == "one side":
            raise MatgradError("undecided: no common normal form, and a function with a kink or a jump was seen on one side of it only")
        raise MatgradError("the expressions have no common normal form and no point was found at which both can be evaluated")
    return verdict


def equal(a: str | Expr, b: str | Expr, declare: Declare = None) -> bool:
    """Whether two expressions are equal, wherever both are defined; `compare` says how that was decided, and where they differ.

    >>> equal("tr(A*B)", "tr(B*A)", "A: matrix(m,n); B: matrix(n,m)")
    True
    """
    return bool(compare(a, b, declare))


@within_limits
def check_derivation(text: str, declare: Declare = None, *, layout: str = "denominator") -> Review:
    """Whether each line of a derivation follows from the one before it, or from the definitions.

    Args:
        text: one line below the other. `f = tr(A*X*B)` defines, `df = …` is an equality for every dX, `∂f/∂X = …` (or
            df/dX, grad(f, X), ∇f) is compared with the true derivative, a line may begin with `=`; `#` begins a comment.
            What has a differential in a paragraph varies there; a blank line begins the next.
        declare: sizes and facts, as for `derive`.
        layout: of Jacobians, "denominator" or "numerator".

    Raises ParseError with the line and a caret where a line cannot be read.

    >>> print(check_derivation("f = tr(A*X*B); df = tr(A*dX*B) = tr(B*A*dX); ∂f/∂X = A'*B'").ok)
    True
    """
    from .review.judge import Judge
    from .review.report import Review

    if layout not in ("denominator", "numerator"):
        raise MatgradError("unknown layout {layout}; layouts are {layouts}{hint}", layout=repr(layout), layouts=Series(("denominator", "numerator")), hint="")
    judge = Judge(text, read_declarations(declare), derive, differential, layout)
    return Review(judge.run(), judge.reader.known.assumed)
