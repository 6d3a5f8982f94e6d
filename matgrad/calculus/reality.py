"""Complex variables: which functions of them are differentiated, and what is shown to be real.

The gradient of a real function f of a complex X is G = 2 ∂f/∂conj(X) = ∂f/∂Re X + i ∂f/∂Im X, the direction of steepest
ascent: df = Re tr(G^H dX) (Petersen & Pedersen, The Matrix Cookbook, 2012, (233); Brandwood 1983).
"""

from __future__ import annotations

from ..core import expr as ex
from ..core.expr import Expr
from ..core.facts import has
from ..errors import Phrase, ShapeError, UnsupportedError
from ..language.text import text
from ..simplify.normal import normal

MANY_VALUES = "{power} may be complex with many values: a power of a complex number has a whole exponent"


def check_complex(root: Expr) -> None:
    """Refuse what the rules for complex values do not cover.

    Raises UnsupportedError for a function of real numbers at what is not shown to be real.
    """
    if not has_complex(root):
        return
    for v in ex.variables(root):
        if ex.is_complex(v):
            _check_variable(v)
    for e in ex.postorder(root):
        for a in _must_be_real(e):
            if not is_real(a):
                if e.op is ex.POW:
                    raise UnsupportedError(MANY_VALUES, power=text(e))
                name = str(e.data[0]) if e.op is ex.GENERIC else e.op.text
                sentence = "{name} is for real numbers here, and {argument} is not shown to be real; take real(…), imag(…) or abs(…) of it"
                raise UnsupportedError(sentence, name=name, argument=text(a))


def has_complex(*roots: Expr) -> bool:
    """Whether anything below may be complex, also where the whole is real."""
    return any(map(ex.is_complex, ex.postorder(*roots)))


def _check_variable(v: Expr) -> None:
    if v.data[2]:
        raise UnsupportedError("{function} is an unspecified function, and those are real", function=f"{v.data[0]}({','.join(v.data[2])})")
    if "hermitian" in v.data[1]:
        if v.rows is not v.cols:
            raise ShapeError("{name} is {size}, and a Hermitian matrix is square", name=v.data[0], size=f"{v.rows}×{v.cols}")
        other = sorted(v.data[1] - {"hermitian", "complex", "invertible"})
        if other:
            raise UnsupportedError("{name} is Hermitian and {fact}; only one of the two is used, so declare one", name=v.data[0], fact=other[0])


def _must_be_real(e: Expr) -> list[Expr]:
    """The arguments of a node at which its rules hold for real values only."""
    given = [a for a in e.args if ex.is_complex(a)]
    if e.op is ex.POW and not _is_whole(e.args[1]) or not e.op.complex or e.op is ex.UNIT:
        return given
    counts = e.args[:2] if e.op is ex.TOTAL else e.args[1:] if e.op in (ex.POW, ex.MPOW, ex.INDEX, ex.MEMBER) else ()
    return [a for a in counts if ex.is_complex(a)]


def _is_whole(exponent: Expr) -> bool:
    if exponent.op in (ex.ADD, ex.MUL):
        return all(map(_is_whole, exponent.args))
    return isinstance(exponent.data, int) if exponent.op is ex.NUM else has(exponent, "integer")


def is_real(e: Expr) -> bool:
    """Whether the value is shown to be real: it and its conjugate have one normal form, or it is made of such parts."""
    if not ex.is_complex(e):
        return True
    e = opened(e)
    if normal(ex.conj(e)) is normal(e):
        return True
    if e.op in (ex.ADD, ex.HAD, ex.POW, ex.TOTAL) or e.op is ex.MUL and all(a.is_scalar for a in e.args):
        return all(map(is_real, e.args))
    return e.op.name in ("tr", "det") and is_hermitian(e.args[0]) or e.op.name in ("sum", "vec", "exp", "diag_of") and is_real(e.args[0])


def with_real_arguments(root: Expr) -> Expr:
    """The expression with real(u) for every u that stands where a real number is needed and is shown to be one; log(det(S)) is logdet(S) then."""
    if not has_complex(root):
        return root
    return ex.rewrite(root, lambda e, args: _with_real_arguments(ex.rebuild(e, args)))


def _with_real_arguments(e: Expr) -> Expr:
    bare = [a for a in _must_be_real(e) if is_real(a)]
    if e.op.name == "log" and bare and opened(bare[0]).op.name == "det":
        return ex.call("logdet", *opened(bare[0]).args)
    return ex.rebuild(e, tuple([ex.real(a) if a in bare else a for a in e.args])) if bare else e


def without_real(value: Expr) -> Expr:
    """An answer without the real(…) around what is shown to be real, where nothing asks for it."""
    if not _takes_real_parts(value):
        return value
    return normal(ex.rewrite(value, lambda e, args: args[0] if e.op is ex.REAL and is_real(args[0]) else _with_real_arguments(ex.rebuild(e, args))))


def _takes_real_parts(e: Expr) -> bool:
    ex.fill_cache(e, "real parts", lambda n: n.op is ex.REAL or any(a._cache["real parts"] for a in n.args))
    return bool(e._cache["real parts"])


def is_hermitian(e: Expr) -> bool:
    """Whether the matrix is shown to be its own conjugate transpose."""
    return normal(ex.hermitian(e)) is normal(e)


def opened(e: Expr) -> Expr:
    """The expression with its named intermediates written out."""
    return ex.rewrite(e, lambda n, args: args[0] if n.op is ex.NAMED else ex.rebuild(n, args))


def need_real(what: Phrase, *roots: Expr) -> None:
    """Refuse complex variables where only real ones are supported."""
    found = next((v for r in roots for v in ex.postorder(r) if ex.is_complex(v)), None)
    if found is not None:
        sentence = "{what} is for real numbers, and {name} is complex; with complex numbers there are gradients of real functions"
        raise UnsupportedError(sentence, what=what, name=text(found))


def need_real_function(function: Expr) -> None:
    """Refuse a function that is not shown to be real: its gradient by a complex variable has no meaning."""
    if not is_real(function):
        raise UnsupportedError(
            "the gradient by complex variables is of a real function, and {function} is not shown to be real; "
            "take real(…), imag(…) or abs(…) of it, or declare what makes it real, such as A: hermitian(n)",
            function=text(function),
        )


def as_gradient(adjoint: Expr, leaf: Expr) -> Expr:
    """The gradient from what arrives at a leaf under Re tr(G'*dX): its conjugate; by a real variable the real part."""
    if ex.is_complex(leaf):
        return normal(ex.conj(adjoint))
    return normal(ex.real(adjoint)) if ex.is_complex(adjoint) else adjoint
