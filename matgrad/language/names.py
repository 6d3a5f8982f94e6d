"""Other spellings of the functions: MATLAB's, NumPy's and the books'."""

from __future__ import annotations

ALIASES = {
    "trace": "tr", "logabsdet": "logdet", "comm": "K", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "identity": "eye",
    "I": "eye", "expit": "sigmoid", "transpose": "'", "inverse": "inv", "ln": "log", "Tr": "tr", "Diag": "diag", "adjugate": "adj",
    "norm": "norm2", "square": "sqr", "maximum": "max", "minimum": "min", "multiply": ".*", "matmul": "*", "zero": "zeros",
    "lse": "logsumexp", "where": "piecewise",
}  # fmt: skip

# functions that are other words for an expression of their arguments
WRITTEN_OUT = {
    "outer": ("xy", "x*y'"), "inner": ("xy", "x'*y"), "solve": ("Ab", "inv(A)*b"), "matrix_power": ("Ak", "A^k"), "expm1": ("x", "exp(x) - 1"),
    "log2": ("x", "log(x)/log(2)"), "log10": ("x", "log(x)/log(10)"), "cot": ("x", "1 ./ tan(x)"), "sec": ("x", "1 ./ cos(x)"),
    "csc": ("x", "1 ./ sin(x)"),
}  # fmt: skip
