"""matgrad: derivatives of matrix expressions, with the derivation."""

from . import rules as _rules  # noqa: F401  (loads the tables)
from .answer import Curvature, Derivation, Stationary
from .api import (
    check_derivation,
    compare,
    curvature,
    derive,
    differential,
    equal,
    matrix_form,
    newton_step,
    sample_form,
    stationary,
)
from .core.expr import Expr
from .errors import LimitError, MatgradError, ParseError, ShapeError, UnsupportedError
from .language.build import parse
from .language.latex import install as _install_latex
from .language.text import install_unicode as _install_unicode
from .language.text import program as _program
from .simplify.matrix_form import install as _install_matrix_form
from .simplify.normal import install as _install_normal
from .symbols import (
    block,
    define,
    diagonal,
    elementwise,
    eye,
    function,
    invertible,
    kron,
    matrix,
    maximum,
    minimum,
    mpow,
    named_functions,
    onehot,
    ones,
    orthogonal,
    posdef,
    psd,
    scalar,
    skew,
    sqrt,
    symmetric,
    vector,
    zeros,
)

_install_normal()
_install_matrix_form()
_install_unicode()
_install_latex()
Expr.__str__ = _program  # type: ignore[method-assign, assignment]
Expr.__repr__ = _program  # type: ignore[method-assign, assignment]

__version__ = "0.1.0"
__all__ = [
    "Curvature", "Derivation", "Expr", "LimitError", "MatgradError", "ParseError", "ShapeError", "Stationary", "UnsupportedError",
    "block", "check_derivation", "compare", "curvature", "define", "derive", "diagonal", "differential", "elementwise", "equal", "eye", "invertible",
    "kron", "matrix", "matrix_form", "maximum", "minimum", "mpow", "newton_step", "onehot", "ones", "orthogonal", "parse", "posdef", "psd",
    "sample_form", "scalar", "skew", "sqrt", "stationary", "symmetric", "vector", "zeros", *named_functions(),
]  # fmt: skip
globals().update({_name: function(_name) for _name in named_functions()})
