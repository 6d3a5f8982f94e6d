"""How a target spells an array operation: NumPy's table, and for the others only where they deviate.

`{0}` `{1}` are arguments, `{a}` the attribute (an axis, a power), `{n}` the text that names a matrix in errors.
Names that begin with `_` are helpers, written into the generated file when used.
"""
# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from ..errors import MatgradError, Series
from .helpers import DASK_HELPERS, JAX_HELPERS, NUMPY_HELPERS, STANDARD_HELPERS, TORCH_HELPERS, adapted


class Target:
    """One target: its module, spellings, imports and helpers."""

    __slots__ = ("name", "module", "alias", "array", "scalar", "spellings", "imports", "helpers", "extra", "in_place", "chunks", "like", "numbers")

    def __init__(
        self, name: str, module: str, alias: str, array: str, scalar: str, spellings: dict[str, str], imports: dict[str, str], helpers: dict[str, str], extra: str,
        in_place: bool = False, chunks: bool = False, like: str = "", numbers: bool = False,
    ):
        self.name = name
        self.module = module
        self.alias = alias
        self.array = array
        self.scalar = scalar
        self.spellings = spellings
        self.imports = imports
        self.helpers = helpers
        self.extra = extra
        self.in_place = in_place  # whether new arrays may be written to
        self.like = like  # how a number becomes an array like the arguments, where that has to be said
        self.numbers = numbers  # whether its functions take Python's numbers
        self.chunks = chunks  # whether the data come in chunks of rows


SPELLINGS = {
    # arrays
    "eye": "np.eye({0})", "ones": "np.ones({0})", "zeros": "np.zeros({0})", "pi": "np.pi", "imaginary": "1j", "arange": "np.arange({0}, {1})", "places": "{0} - 1",
    "transpose": "{0}.transpose({a})", "reshape": "{0}.reshape({a})", "diag": "np.diag({0})", "diagonal": "{0}.diagonal()", "diagonal_of": "{0}.diagonal(axis1={a}, axis2={b})",
    "trace": "{0}.trace()", "sum": "{0}.sum()", "sum_axis": "{0}.sum(axis={a})", "kron": "_kron({0}, {1})",
    "inner": "np.vdot({0}, {1})", "tensordot": "np.tensordot({0}, {1}, axes={a})", "einsum": "np.einsum({a}, {0}, {1})",
    "concatenate": "np.concatenate(({all}), axis={a})",
    "spread": '_spread({0}, "{a}", {b})', "add_on_diagonal": '_add_on_diagonal({0}, {1}, "{a}", {b})', "add_on_main_diagonal": "_add_on_diagonal({0}, {1})",
    "kron_sum": "_kron_sum({all})",
    "dot": "{0}.dot({1})",  # of small arrays a third of the time of @
    # entry by entry
    "sqrt": "np.sqrt({0})", "exp": "np.exp({0})", "log": "np.log({0})", "log1p": "np.log1p({0})", "sin": "np.sin({0})", "cos": "np.cos({0})", "tan": "np.tan({0})",
    "asin": "np.arcsin({0})", "acos": "np.arccos({0})", "atan": "np.arctan({0})", "sinh": "np.sinh({0})", "cosh": "np.cosh({0})", "tanh": "np.tanh({0})",
    "sigmoid": "expit({0})", "softplus": "_softplus({0})", "erf": "erf({0})",
    "conj": "np.conj({0})", "real": "np.real({0})", "imag": "np.imag({0})",
    "abs": "np.abs({0})", "sign": "np.sign({0})", "relu": "np.maximum({0}, 0)", "max": "np.maximum({0}, {1})", "min": "np.minimum({0}, {1})",
    ">=": "np.where({0} >= {1}, 1.0, 0.0)", ">": "np.where({0} > {1}, 1.0, 0.0)", "<=": "np.where({0} <= {1}, 1.0, 0.0)",
    "<": "np.where({0} < {1}, 1.0, 0.0)", "==": "np.where({0} == {1}, 1.0, 0.0)",
    # whole arrays
    "softmax": "_softmax({0}, {a})", "softmax_last": "_softmax({0})", "log_softmax": "_log_softmax({0}, {a})", "log_softmax_last": "_log_softmax({0})", "logsumexp": "_logsumexp({0}, {a})", "logsumexp_last": "_logsumexp({0})",
    "max_along": "{0}.max(axis={a})", "tril": "np.tril({0})", "triu": "np.triu({0})",
    "norm": "np.linalg.norm({0})", "det": "np.linalg.det({0})", "adj": "_adjugate({0})", "adj_complex": "_adjugate_complex({0})",
    "expm": "expm({0})", "logm": "logm({0})", "sqrtm": "sqrtm({0})", "logm_definite": "_of_eigenvalues(np.log, {0})", "sqrtm_definite": "_of_eigenvalues(np.sqrt, {0})", "matrix_power": "np.linalg.matrix_power({0}, {1})", "powers": "_powers({0}, {1})",
    "vech": "{0}.T[np.triu_indices({0}.shape[0])]", "elim": "_elimination({0})", "dup": "_duplication({0})", "toep": "_toeplitz_basis({0})",
    "sylvester": "solve_sylvester({0}, {1}, {2})", "lyapunov": "solve_sylvester({0}, {0}.T, {1})",
    "polar": "_polar({0})", "eigvecs": "_eigvecs({0}, {1})", "eigvec": "np.linalg.eigh(({0} + {0}.T) / 2)[1][:, -1]",
    # factorisations
    "solve": "_solve({n}, {0}, {1})", "inv": "_inverse({n}, {0})", "logdet": "np.linalg.slogdet({0})[1]",
    "cholesky": "_cholesky({n}, {0})", "cho_solve": "_cho_solve({0}, {1})", "cho_inverse": "_cho_inverse({0})", "cho_logdet": "np.log({0}.diagonal()).sum()",
    "lu": "_lu({n}, {0})", "lu_solve": "lu_solve({0}, {1})", "lu_solve_transposed": "lu_solve({0}, {1}, trans=1)", "lu_logdet": "np.log(np.abs({0}[0].diagonal())).sum()",
    "solve_lower": "solve_triangular({0}, {1}, lower=True)", "solve_upper": "solve_triangular({0}, {1})",
    "solve_lower_transposed": "solve_triangular({0}, {1}, lower=True, trans=1)", "solve_upper_transposed": "solve_triangular({0}, {1}, trans=1)",
    # what the check at the end of a file needs
    "onehot": "np.eye({0})[rng.integers({0}, size={1})]",
    "normal": "rng.normal(size={0})", "uniform": "rng.uniform(0.1, 0.9, size={0})", "ndim": "not isinstance({0}, float) and np.ndim({0})", "isfinite": "np.isfinite({0})",
}

# numbers that Python computes, for targets whose functions take arrays only
PLAIN = {
    **{f: f"math.{f}({{0}})" for f in ("sqrt", "exp", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf")},
    "sigmoid": "1 / (1 + math.exp(-{0}))", "softplus": "math.log1p(math.exp({0}))", "abs": "abs({0})", "sign": "(({0} > 0) - ({0} < 0))", "relu": "max({0}, 0)",
    "max": "max({0}, {1})", "min": "min({0}, {1})", **{s: f"float({{0}} {s} {{1}})" for s in (">=", ">", "<=", "<", "==")},
}

IMPORTS = {
    "expit": "from scipy.special import expit", "erf": "from scipy.special import erf",
    **{f: f"from scipy.linalg import {f}" for f in ("lu_factor", "lu_solve", "solve_triangular", "expm", "logm", "sqrtm", "solve_sylvester")},
    **{f: f"from scipy.linalg.lapack import {f}" for f in ("dpotrf", "dpotri", "dpotrs")},
    "accumulate": "from itertools import accumulate", "repeat": "from itertools import repeat", "math": "import math", "Callable": "from collections.abc import Callable",
}

NUMPY = Target("numpy", "numpy", "np", "np.ndarray", "float", SPELLINGS, IMPORTS, NUMPY_HELPERS, "numpy", in_place=True, numbers=True)


# JAX cannot raise inside jit: a singular matrix gives inf or nan there
JAX = Target(
    "jax", "jax.numpy", "jnp", "jax.Array", "Array",
    {
        **adapted(SPELLINGS, "jnp"),
        "dot": "", "softmax": "jax.nn.softmax({0}, {a})", "softmax_last": "jax.nn.softmax({0})", "log_softmax": "jax.nn.log_softmax({0}, {a})", "log_softmax_last": "jax.nn.log_softmax({0})", "logsumexp": "jax.nn.logsumexp({0}, {a})", "logsumexp_last": "jax.nn.logsumexp({0}, -1)", "kron": "jnp.kron({0}, {1})",
        "softplus": "jax.nn.softplus({0})", "relu": "jax.nn.relu({0})",
        "solve": "jnp.linalg.solve({0}, {1})", "inv": "jnp.linalg.inv({0})", "cholesky": "cho_factor({0})", "cho_solve": "cho_solve({0}, {1})", "cho_inverse": "", "cho_logdet": "jnp.log({0}[0].diagonal()).sum()", "lu": "lu_factor({0})", "logm": "",
        "sylvester": "_sylvester({0}, {1}, {2})", "lyapunov": "_sylvester({0}, {0}.T, {1})",
        "onehot": "jnp.eye({0})[rng.integers({0}, size={1})]",
        "normal": "jnp.asarray(rng.normal(size={0}))", "uniform": "jnp.asarray(rng.uniform(0.1, 0.9, size={0}))",
    },
    {
        **IMPORTS, "expit": "from jax.nn import sigmoid as expit", "erf": "from jax.scipy.special import erf", "jax": "import jax",
        **{f: f"from jax.scipy.linalg import {f}" for f in ("cho_factor", "cho_solve", "lu_factor", "lu_solve", "solve_triangular", "expm", "sqrtm")},
    },
    JAX_HELPERS,
    "jax",
)

TORCH = Target(
    "torch", "torch", "torch", "torch.Tensor", "Array",
    {
        **adapted(SPELLINGS, "torch"), "dot": "", "max_along": "{0}.amax(dim={a})",
        "eye": "torch.eye({0}, **like)", "ones": "torch.ones({0}, **like)", "zeros": "torch.zeros({0}, **like)", "pi": "math.pi", "arange": "torch.arange({0}, {1}, **like)", "places": "{0}.long() - 1",
        "transpose": "{0}.permute({a})", "diagonal_of": "torch.diagonal({0}, dim1={a}, dim2={b})", "sum_axis": "{0}.sum(dim={a})",
        "diagonal": "torch.diagonal({0})", "lu_logdet": "torch.log(torch.abs(torch.diagonal({0}[0]))).sum()", "inner": "({0} * {1}).sum()", "tensordot": "torch.tensordot({0}, {1}, dims={a})", "concatenate": "torch.cat(({all}), dim={a})",
        "sigmoid": "torch.sigmoid({0})", "softplus": "torch.logaddexp(torch.zeros_like({0}), {0})",
        "erf": "torch.erf({0})", "relu": "torch.relu({0})", "max_number": "torch.clamp({0}, min={1})", "min_number": "torch.clamp({0}, max={1})",
        **{s: f"torch.as_tensor({{0}} {s} {{1}}, **like)" for s in (">=", ">", "<=", "<", "==")},
        "softmax": "torch.softmax({0}, {a})", "log_softmax": "torch.log_softmax({0}, {a})", "logsumexp": "torch.logsumexp({0}, {a})",
        "expm": "torch.linalg.matrix_exp({0})", "logm": "", "sqrtm": "", "vech": "_vech({0})", "elim": "_elimination({0}, like)", "dup": "_duplication({0}, like)", "toep": "_toeplitz_basis({0}, like)",
        "sylvester": "_sylvester({0}, {1}, {2})", "lyapunov": "_sylvester({0}, {0}.T, {1})",
        "cho_inverse": "torch.cholesky_inverse({0})", "cho_logdet": "torch.log(torch.diagonal({0})).sum()",
        "lu_solve": "_lu_solve({0}, {1})", "lu_solve_transposed": "_lu_solve({0}, {1}, adjoint=True)",
        "solve_lower": "_triangular({0}, {1}, upper=False)", "solve_upper": "_triangular({0}, {1}, upper=True)",
        "solve_lower_transposed": "_triangular({0}.T, {1}, upper=True)", "solve_upper_transposed": "_triangular({0}.T, {1}, upper=False)",
        "onehot": "torch.eye({0}, dtype=torch.float64)[torch.randint({0}, {1})]",
        "normal": "torch.randn({0}, dtype=torch.float64)", "uniform": "0.1 + 0.8 * torch.rand({0}, dtype=torch.float64)", "ndim": "not isinstance({0}, float) and torch.as_tensor({0}).ndim",
        "isfinite": "torch.isfinite(torch.as_tensor({0}))",
    },
    {**{k: IMPORTS[k] for k in ("accumulate", "repeat", "math", "Callable")}},
    TORCH_HELPERS,
    "torch", like="torch.as_tensor({0}, **like)",
)

# the standard has no kron, einsum, diag, erf, triangular solve or LU, and no methods of arrays
ARRAY_API = Target(
    "array_api", "", "xp", "Any", "Array",
    {
        **adapted(SPELLINGS, "xp"), "dot": "", "max_along": "xp.max({0}, axis={a})",
        "eye": "xp.eye({0}, **like)", "ones": "xp.ones({0}, **like)", "zeros": "xp.zeros({0}, **like)", "pi": "math.pi", "arange": "xp.arange({0}, {1}, **like)",
        "transpose": "xp.permute_dims({0}, ({a}))", "reshape": "xp.reshape({0}, ({a},))", "diag": "_diag(xp, {0})", "diagonal": "xp.linalg.diagonal({0})",
        "diagonal_of": "xp.linalg.diagonal(xp.moveaxis({0}, ({a}, {b}), (-2, -1)))", "trace": "xp.linalg.trace({0})",
        "sum": "xp.sum({0})", "sum_axis": "xp.sum({0}, axis={a})", "kron": "_kron(xp, {0}, {1})", "inner": "xp.sum({0} * {1})",
        "einsum": "_einsum(xp, {a}, {0}, {1})", "concatenate": "xp.concat(({all}), axis={a})", "asin": "xp.asin({0})", "acos": "xp.acos({0})", "atan": "xp.atan({0})",
        "sigmoid": "_sigmoid(xp, {0})", "softplus": "xp.logaddexp(xp.zeros_like({0}), {0})", "erf": "_erf(xp, {0})", "relu": "xp.where({0} > 0, {0}, xp.zeros_like({0}))",
        "max_number": "xp.maximum({0}, xp.asarray({1}, **like))", "min_number": "xp.minimum({0}, xp.asarray({1}, **like))",
        **{s: f"xp.astype({{0}} {s} {{1}}, like['dtype'])" for s in (">=", ">", "<=", "<", "==")},
        "softmax": "_softmax(xp, {0}, {a})", "softmax_last": "_softmax(xp, {0})", "log_softmax": "_log_softmax(xp, {0}, {a})", "log_softmax_last": "_log_softmax(xp, {0})",
        "logsumexp": "_logsumexp(xp, {0}, {a})", "logsumexp_last": "_logsumexp(xp, {0})",
        "norm": "xp.linalg.vector_norm({0})", "adj": "_adjugate(xp, {0})", "polar": "_polar(xp, {0})", "eigvecs": "_eigvecs(xp, {0}, {1})",
        "expm": "_expm(xp, {0})", "logm": "", "sqrtm": "", "logm_definite": "_of_eigenvalues(xp, xp.log, {0})", "sqrtm_definite": "_of_eigenvalues(xp, xp.sqrt, {0})", "powers": "_powers(xp, {0}, {1})",
        "vech": "_vech(xp, {0})", "elim": "_elimination(xp, {0}, like)", "dup": "_duplication(xp, {0}, like)", "toep": "_toeplitz_basis(xp, {0}, like)",
        "sylvester": "_sylvester(xp, {0}, {1}, {2})", "lyapunov": "_sylvester(xp, {0}, {0}.T, {1})",
        "solve": "_solve(xp, {n}, {0}, {1})", "inv": "_inverse(xp, {n}, {0})", "cholesky": "_cholesky(xp, {n}, {0})", "cho_solve": "_cho_solve(xp, {0}, {1})", "cho_inverse": "",
        "cho_logdet": "xp.sum(xp.log(xp.linalg.diagonal({0})))", "lu": "",
        "solve_lower": "xp.linalg.solve({0}, {1})", "solve_upper": "xp.linalg.solve({0}, {1})",
        "solve_lower_transposed": "xp.linalg.solve({0}.T, {1})", "solve_upper_transposed": "xp.linalg.solve({0}.T, {1})",
        "normal": "rng.normal(size={0})", "uniform": "rng.uniform(0.1, 0.9, size={0})", "ndim": 'getattr({0}, "ndim", 0)', "isfinite": "xp.isfinite({0})",
    },
    {k: IMPORTS[k] for k in ("accumulate", "repeat", "math", "Callable")},
    STANDARD_HELPERS,
    "array-api", like="xp.asarray({0}, **like)",
)

# NumPy on chunks of rows, added up by Dask
DASK = Target(
    "dask", "numpy", "np", "np.ndarray | da.Array", "float", SPELLINGS,
    {**IMPORTS, "da": "import dask.array as da", "delayed": "from dask import delayed"},
    DASK_HELPERS,
    "dask", in_place=True, chunks=True, numbers=True,
)

TARGETS = {t.name: t for t in (NUMPY, JAX, TORCH, ARRAY_API, DASK)}


def target_named(name: str) -> Target:
    """The target. Raises MatgradError listing those there are."""
    if name not in TARGETS:
        raise MatgradError("unknown target {name}; targets are {targets}", name=repr(name), targets=Series(TARGETS))
    return TARGETS[name]
