"""matgrad: derivatives of matrix expressions, with the derivation."""

from . import rules as _rules
from .api import Derivation, compare, derive, differential, equal
from .core.expr import Expr
from .errors import LimitError, MatgradError, ParseError, ShapeError, UnsupportedError
from .language.build import parse
from .language.text import program as _program
from .simplify.normal import install as _install

_install()
Expr.__str__ = _program  # type: ignore[method-assign, assignment]
Expr.__repr__ = _program  # type: ignore[method-assign, assignment]

__version__ = "0.1.0"
__all__ = [
    "Derivation", "Expr", "LimitError", "MatgradError", "ParseError", "ShapeError", "UnsupportedError",
    "compare", "derive", "differential", "equal", "parse",
]  # fmt: skip
