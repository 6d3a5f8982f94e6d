"""Table 5: which fact implies which, and which operation creates or preserves which."""
# fmt: off

from __future__ import annotations

from ..core.tables import CREATES, EXTRA, IMPLIES, PRESERVES, TYPES

# what a declared type says of the variable
TYPES |= {
    "symmetric":  ("symmetric",),
    "posdef":     ("posdef",),
    "psd":        ("psd",),
    "invertible": ("invertible",),
    "diagonal":   ("diagonal",),
    "orthogonal": ("orthogonal",),
    "skew":       ("skew",),
    "lower":      ("lower",),
    "toeplitz":   ("toeplitz",),
    "upper":      ("upper",),
    "onehot":     ("onehot",),
    "integer":    ("integer",),
    "hermitian":  ("hermitian",),
}

# what may follow a type: X: matrix(m,n) full_column_rank
EXTRA += ["symmetric", "posdef", "psd", "invertible", "diagonal", "orthogonal", "skew", "lower", "upper", "toeplitz", "onehot",
         "integer", "positive", "nonnegative", "above_one", "binary", "full_column_rank", "full_row_rank",
         "hermitian"]

IMPLIES |= {
    "posdef":     ("psd", "invertible"),
    "psd":        ("symmetric",),
    "diagonal":   ("symmetric", "lower", "upper"),
    "orthogonal": ("invertible", "full_column_rank", "full_row_rank"),
    "invertible": ("full_column_rank", "full_row_rank"),
    "positive":   ("nonnegative",),
    "onehot":     ("binary",),
    "binary":     ("nonnegative",),  # every entry is 0 or 1
    "above_one":  ("positive",),
}

# operation -> facts that its result has whenever its (every) argument has them
PRESERVES |= {
    "+":    ("symmetric", "posdef", "psd", "diagonal", "skew", "lower", "upper", "toeplitz", "positive", "nonnegative"),
    "inv":  ("symmetric", "posdef", "diagonal", "invertible", "orthogonal", "lower", "upper"),
    "'":    ("symmetric", "posdef", "psd", "diagonal", "skew", "toeplitz", "invertible", "orthogonal", "positive", "nonnegative"),
    "conj": ("symmetric", "diagonal", "skew", "toeplitz", "lower", "upper", "invertible", "full_column_rank", "full_row_rank"),
    "kron": ("symmetric", "posdef", "psd", "diagonal", "invertible", "orthogonal", "positive", "nonnegative"),
    ".*":   ("symmetric", "psd", "posdef", "positive", "nonnegative"),
    "*":    ("positive", "nonnegative"),
    "sqrtm": ("posdef", "psd"),
    "adj":  ("symmetric", "posdef", "diagonal", "invertible"),
    "diag_of": ("nonnegative", "positive"),
    "name": ("symmetric", "posdef", "psd", "diagonal", "skew", "lower", "upper", "toeplitz", "positive", "nonnegative",
             "invertible", "orthogonal", "onehot", "full_column_rank", "full_row_rank", "integer"),
    "tr":   ("nonnegative",),
    "sum":  ("positive", "nonnegative"),
}

# operation -> facts that its result always has
CREATES |= {
    "eye": ("diagonal", "posdef", "orthogonal"),
    "ones": ("positive",),
    "K": ("orthogonal",),
    "diag": ("diagonal",),
    "exp": ("positive",), "sigmoid": ("positive",), "softmax": ("positive",), "softplus": ("positive",),
    "cosh": ("positive",), "abs": ("nonnegative",), "norm1": ("nonnegative",), "norm2": ("nonnegative",),
    "normF": ("nonnegative",), "sigmoid'": ("positive",), "tanh'": ("positive",), "size": ("positive", "integer"),
    "pi": ("positive",), "relu": ("nonnegative",), "huber": ("nonnegative",),
    ">=": ("binary",), ">": ("binary",), "<=": ("binary",), "<": ("binary",), "==": ("binary",),
    "index variable": ("integer",),
}
