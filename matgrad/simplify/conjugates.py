"""What is known of conjugates: x^H*x is norm2(x)^2, and the real part takes real factors out."""

from __future__ import annotations

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import has
from .build import TWO, lawful, make
from .order import cost


def squared_norm(a: Expr, b: Expr) -> Expr | None:
    """a'*b, or tr(a'*b) of matrices, as a squared norm where a is the conjugate of a complex b; None elsewhere."""
    if not ex.is_complex(a) or make.normal(ex.conj(a)) is not b:
        return None
    return ex.power(ex.call("norm2" if b.is_vector else "normF", min(a, b, key=cost)), TWO)


def n_real(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """real(c*X) = c*real(X) for a real c, real(conj(X)) = real(X); imag likewise, with the other sign for conj."""
    (a,) = args
    if ex.is_zero(a) or not ex.is_complex(a):
        return ex.rebuild(e, args)
    real = [f for f in a.args if f.is_scalar and not ex.is_complex(f)] if a.op is ex.MUL else []
    if real:
        rest = [f for f in a.args if f not in real]
        return make.normal(ex.mul(*real, ex.rebuild(e, (ex.mul(*rest),))))
    other = make.normal(ex.conj(a))
    if cost(other) < cost(a):
        turned = make.normal(ex.rebuild(e, (other,)))
        return turned if e.op is ex.REAL else make.normal(ex.neg(turned))
    return ex.rebuild(e, args)


def n_adjugate(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """The adjugate of complex matrices: of X^H*A*X rather than of its transpose."""
    turned = less_conjugated(args[0])
    return lawful(ex.rebuild(e, args)) if turned is None else make.transpose(make.normal(ex.rebuild(e, (turned,))))


def less_conjugated(e: Expr) -> Expr | None:
    """The transpose of a sum or product where that has fewer conjugates that are not transposed; None elsewhere."""
    if e.op not in (ex.ADD, ex.MUL) or not ex.is_complex(e):
        return None
    turned = make.transpose(e)
    return turned if bare(turned) < bare(e) else None


def bare(e: Expr) -> int:
    """How many factors are conjugates, conj(X) or H' of a Hermitian H, and not transposed."""
    factors = [f for t in (e.args if e.op is ex.ADD else (e,)) for f in (t.args if t.op is ex.MUL else (t,))]
    return sum(f.op is ex.CONJ or f.op is ex.T and has(f.args[0], "hermitian") for f in factors)
