"""Other spellings of the functions: MATLAB's, NumPy's and the books'."""

from __future__ import annotations

ALIASES = {
    "trace": "tr", "logabsdet": "logdet", "comm": "K", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "identity": "eye",
    "I": "eye", "expit": "sigmoid", "transpose": "'", "inverse": "inv", "ln": "log", "Tr": "tr", "Diag": "diag", "adjugate": "adj",
    "norm": "norm2", "square": "sqr", "maximum": "max", "minimum": "min", "multiply": ".*", "matmul": "*", "zero": "zeros",
    "lse": "logsumexp",
}  # fmt: skip
