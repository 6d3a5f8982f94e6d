"""How a target spells an array operation: NumPy's table, and for the others only where they deviate.

`{0}` `{1}` are arguments, `{a}` the attribute (an axis, a power), `{n}` the text that names a matrix in errors.
Names that begin with `_` are helpers, written into the generated file when used.
"""
# fmt: off
# ruff: noqa: E501

from __future__ import annotations

from ..errors import MatgradError


class Target:
    """One target: its module, spellings, imports and helpers."""

    __slots__ = ("name", "module", "alias", "array", "scalar", "spellings", "imports", "helpers", "extra")

    def __init__(self, name: str, module: str, alias: str, array: str, scalar: str, spellings: dict[str, str], imports: dict[str, str], helpers: dict[str, str], extra: str):
        self.name = name
        self.module = module
        self.alias = alias
        self.array = array
        self.scalar = scalar
        self.spellings = spellings
        self.imports = imports
        self.helpers = helpers
        self.extra = extra


SPELLINGS = {
    # arrays
    "eye": "np.eye({0})", "ones": "np.ones({0})", "zeros": "np.zeros({0})", "pi": "np.pi", "arange": "np.arange({0}, {1})", "places": "{0} - 1",
    "transpose": "{0}.transpose({a})", "diag": "np.diag({0})", "diagonal": "np.diagonal({0})", "diagonal_of": "np.diagonal({0}, axis1={a}, axis2={b})",
    "trace": "np.trace({0})", "sum": "np.sum({0})", "sum_axis": "np.sum({0}, axis={a})", "kron": "np.kron({0}, {1})", "outer": "np.outer({0}, {1})",
    "inner": "np.vdot({0}, {1})", "tensordot": "np.tensordot({0}, {1}, axes={a})", "einsum": "np.einsum({a}, {0}, {1})",
    "concatenate": "np.concatenate(({all}), axis={a})",
    # entry by entry
    "sqrt": "np.sqrt({0})", "exp": "np.exp({0})", "log": "np.log({0})", "log1p": "np.log1p({0})", "sin": "np.sin({0})", "cos": "np.cos({0})", "tan": "np.tan({0})",
    "asin": "np.arcsin({0})", "acos": "np.arccos({0})", "atan": "np.arctan({0})", "sinh": "np.sinh({0})", "cosh": "np.cosh({0})", "tanh": "np.tanh({0})",
    "sigmoid": "expit({0})", "softplus": "np.logaddexp(0, {0})", "erf": "erf({0})",
    "abs": "np.abs({0})", "sign": "np.sign({0})", "relu": "np.maximum({0}, 0)", "max": "np.maximum({0}, {1})", "min": "np.minimum({0}, {1})",
    ">=": "np.where({0} >= {1}, 1.0, 0.0)", ">": "np.where({0} > {1}, 1.0, 0.0)", "<=": "np.where({0} <= {1}, 1.0, 0.0)",
    "<": "np.where({0} < {1}, 1.0, 0.0)", "==": "np.where({0} == {1}, 1.0, 0.0)",
    # whole arrays
    "softmax": "_softmax({0}, {a})", "softmax_last": "_softmax({0})", "log_softmax": "_log_softmax({0}, {a})", "log_softmax_last": "_log_softmax({0})", "logsumexp": "_logsumexp({0}, {a})", "logsumexp_last": "_logsumexp({0})",
    "tril": "np.tril({0})", "triu": "np.triu({0})",
    "norm": "np.linalg.norm({0})", "det": "np.linalg.det({0})", "adj": "_adjugate({0})",
    "expm": "expm({0})", "logm": "logm({0})", "sqrtm": "sqrtm({0})", "matrix_power": "np.linalg.matrix_power({0}, {1})", "powers": "_powers({0}, {1})",
    "sylvester": "solve_sylvester({0}, {1}, {2})", "lyapunov": "solve_sylvester({0}, {0}.T, {1})",
    "polar": "_polar({0})", "eigvecs": "_eigvecs({0}, {1})", "eigvec": "np.linalg.eigh(({0} + {0}.T) / 2)[1][:, -1]",
    # factorisations
    "solve": "_solve({n}, {0}, {1})", "inv": "_inverse({n}, {0})", "logdet": "np.linalg.slogdet({0})[1]",
    "cholesky": "_cholesky({n}, {0})", "cho_solve": "cho_solve({0}, {1})", "cho_logdet": "2 * np.sum(np.log(np.diagonal({0}[0])))",
    "lu": "_lu({n}, {0})", "lu_solve": "lu_solve({0}, {1})", "lu_solve_transposed": "lu_solve({0}, {1}, trans=1)", "lu_logdet": "np.sum(np.log(np.abs(np.diagonal({0}[0]))))",
    "solve_lower": "solve_triangular({0}, {1}, lower=True)", "solve_upper": "solve_triangular({0}, {1})",
    "solve_lower_transposed": "solve_triangular({0}, {1}, lower=True, trans=1)", "solve_upper_transposed": "solve_triangular({0}, {1}, trans=1)",
    # what the check at the end of a file needs
    "onehot": "np.eye({0})[rng.integers({0}, size={1})]",
    "normal": "rng.normal(size={0})", "uniform": "rng.uniform(0.1, 0.9, size={0})", "ndim": "np.ndim({0})", "isfinite": "np.isfinite({0})",
}

IMPORTS = {
    "expit": "from scipy.special import expit", "erf": "from scipy.special import erf",
    **{f: f"from scipy.linalg import {f}" for f in ("cho_factor", "cho_solve", "lu_factor", "lu_solve", "solve_triangular", "expm", "logm", "sqrtm")},
    "solve_sylvester": "from scipy.linalg import solve_sylvester",
    "accumulate": "from itertools import accumulate", "repeat": "from itertools import repeat", "math": "import math", "Callable": "from collections.abc import Callable",
}

HELPERS = {
    "_softmax": '''
def _softmax(a: Array, axis: int = -1) -> Array:
    """exp(a) / sum(exp(a)) along an axis; subtracting the largest entry keeps exp from overflowing."""
    e = np.exp(a - a.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
''',
    "_log_softmax": '''
def _log_softmax(a: Array, axis: int = -1) -> Array:
    """a - log(sum(exp(a))) along an axis, without overflow."""
    a = a - a.max(axis=axis, keepdims=True)
    return a - np.log(np.exp(a).sum(axis=axis, keepdims=True))
''',
    "_logsumexp": '''
def _logsumexp(a: Array, axis: int = -1) -> Array:
    """log(sum(exp(a))) along an axis, without overflow."""
    top = a.max(axis=axis, keepdims=True)
    return np.squeeze(top, axis) + np.log(np.exp(a - top).sum(axis=axis))
''',
    "_adjugate": '''
def _adjugate(a: Array) -> Array:
    """The adjugate, also of singular matrices, through the singular value decomposition a = u diag(s) vh."""
    u, s, vh = np.linalg.svd(a)
    n = s.shape[-1]
    rest = np.where(np.eye(n, dtype=bool), 1.0, s[..., None, :]).prod(axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return sign[..., None, None] * (np.swapaxes(vh, -1, -2) * rest[..., None, :]) @ np.swapaxes(u, -1, -2)
''',
    "_polar": '''
def _polar(a: Array) -> Array:
    """U V' of the singular value decomposition a = U S V'."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return u @ vh
''',
    "_eigvecs": '''
def _eigvecs(s: Array, k: Array) -> Array:
    """Eigenvectors of the largest eigenvalues of a symmetric matrix, the largest first, times k."""
    return np.linalg.eigh((s + s.T) / 2)[1][:, ::-1][:, : k.shape[0]] @ k
''',
    "_powers": '''
def _powers(a: Array, exponents: Array) -> Array:
    """The matrix powers of a, one for every exponent."""
    top = int(exponents.max()) if len(exponents) else 0
    powers = accumulate(repeat(a, top), np.matmul, initial=np.eye(len(a)))
    return np.stack(list(powers))[exponents]
''',
    "_solve": '''
def _solve(name: str, a: Array, b: Array) -> Array:
    """inv(a) b. Raises LinAlgError naming the matrix when it is singular."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError as error:
        raise np.linalg.LinAlgError(f"{name} is singular: {error}") from None
''',
    "_inverse": '''
def _inverse(name: str, a: Array) -> Array:
    """The inverse. Raises LinAlgError naming the matrix when it is singular."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError as error:
        raise np.linalg.LinAlgError(f"{name} is singular: {error}") from None
''',
    "_cholesky": '''
def _cholesky(name: str, a: Array) -> tuple[Array, bool]:
    """The Cholesky factor. Raises LinAlgError naming the matrix when it is not positive definite."""
    try:
        return cho_factor(a)
    except np.linalg.LinAlgError as error:
        raise np.linalg.LinAlgError(f"{name} is not positive definite: {error}") from None
''',
    "_lu": '''
def _lu(name: str, a: Array) -> tuple[Array, Array]:
    """The LU factors. Raises LinAlgError naming the matrix when it is singular."""
    lu, pivots = lu_factor(a)
    if not np.diagonal(lu).all():
        raise np.linalg.LinAlgError(f"{name} is singular")
    return lu, pivots
''',
}

NUMPY = Target("numpy", "numpy", "np", "np.ndarray", "float", SPELLINGS, IMPORTS, HELPERS, "numpy")


def adapted(table: dict[str, str], alias: str) -> dict[str, str]:
    """NumPy's spellings with another module in its place."""
    return {k: v.replace("np.", f"{alias}.") for k, v in table.items()}


# JAX cannot raise inside jit: a singular matrix gives inf or nan there
JAX = Target(
    "jax", "jax.numpy", "jnp", "jax.Array", "Array",
    {
        **adapted(SPELLINGS, "jnp"),
        "softmax": "jax.nn.softmax({0}, {a})", "softmax_last": "jax.nn.softmax({0})", "log_softmax": "jax.nn.log_softmax({0}, {a})", "log_softmax_last": "jax.nn.log_softmax({0})", "logsumexp": "jax.nn.logsumexp({0}, {a})", "logsumexp_last": "jax.nn.logsumexp({0}, -1)",
        "softplus": "jax.nn.softplus({0})", "relu": "jax.nn.relu({0})",
        "solve": "jnp.linalg.solve({0}, {1})", "inv": "jnp.linalg.inv({0})", "cholesky": "cho_factor({0})", "lu": "lu_factor({0})", "logm": "", "sylvester": "", "lyapunov": "",
        "onehot": "jnp.eye({0})[rng.integers({0}, size={1})]",
        "normal": "jnp.asarray(rng.normal(size={0}))", "uniform": "jnp.asarray(rng.uniform(0.1, 0.9, size={0}))",
    },
    {
        **IMPORTS, "expit": "from jax.nn import sigmoid as expit", "erf": "from jax.scipy.special import erf", "jax": "import jax",
        **{f: f"from jax.scipy.linalg import {f}" for f in ("cho_factor", "cho_solve", "lu_factor", "lu_solve", "solve_triangular", "expm", "sqrtm")},
    },
    {**adapted(HELPERS, "jnp")},
    "jax",
)

TORCH = Target(
    "torch", "torch", "torch", "torch.Tensor", "Array",
    {
        **adapted(SPELLINGS, "torch"),
        "eye": "torch.eye({0}, **like)", "ones": "torch.ones({0}, **like)", "zeros": "torch.zeros({0}, **like)", "pi": "math.pi", "arange": "torch.arange({0}, {1}, **like)", "places": "{0}.long() - 1",
        "transpose": "{0}.permute({a})", "diagonal_of": "torch.diagonal({0}, dim1={a}, dim2={b})", "sum_axis": "torch.sum({0}, dim={a})",
        "inner": "torch.sum({0} * {1})", "tensordot": "torch.tensordot({0}, {1}, dims={a})", "concatenate": "torch.cat(({all}), dim={a})",
        "sigmoid": "torch.sigmoid({0})", "softplus": "torch.logaddexp(torch.zeros_like({0}), {0})",
        "erf": "torch.erf({0})", "relu": "torch.relu({0})", "max_number": "torch.clamp({0}, min={1})", "min_number": "torch.clamp({0}, max={1})",
        **{s: f"torch.as_tensor({{0}} {s} {{1}}, **like)" for s in (">=", ">", "<=", "<", "==")},
        "softmax": "torch.softmax({0}, {a})", "log_softmax": "torch.log_softmax({0}, {a})", "logsumexp": "torch.logsumexp({0}, {a})",
        "expm": "torch.linalg.matrix_exp({0})", "logm": "", "sqrtm": "", "sylvester": "", "lyapunov": "",
        "kron": "_kron({0}, {1})",
        "cho_solve": "_cho_solve({0}, {1})", "cho_logdet": "2 * torch.sum(torch.log(torch.diagonal({0})))",
        "lu_solve": "_lu_solve({0}, {1})", "lu_solve_transposed": "_lu_solve({0}, {1}, adjoint=True)",
        "solve_lower": "_triangular({0}, {1}, upper=False)", "solve_upper": "_triangular({0}, {1}, upper=True)",
        "solve_lower_transposed": "_triangular({0}.T, {1}, upper=True)", "solve_upper_transposed": "_triangular({0}.T, {1}, upper=False)",
        "onehot": "torch.eye({0}, dtype=torch.float64)[torch.randint({0}, {1})]",
        "normal": "torch.randn({0}, dtype=torch.float64)", "uniform": "0.1 + 0.8 * torch.rand({0}, dtype=torch.float64)", "ndim": "torch.as_tensor({0}).ndim",
        "isfinite": "torch.isfinite(torch.as_tensor({0}))",
    },
    {**{k: IMPORTS[k] for k in ("accumulate", "repeat", "math", "Callable")}},
    {
        **adapted(HELPERS, "torch"),
        "_eigvecs": HELPERS["_eigvecs"].replace("[:, ::-1]", ".flip(1)").replace("np.", "torch."),
        "_powers": HELPERS["_powers"].replace("np.eye(len(a))", "torch.eye(len(a), dtype=a.dtype, device=a.device)").replace("[exponents]", "[exponents.long()]").replace("np.", "torch."),
        "_adjugate": HELPERS["_adjugate"].replace("np.eye(n, dtype=bool)", "torch.eye(n, dtype=torch.bool, device=a.device)").replace(".prod(axis=-1)", ".prod(dim=-1)").replace("np.", "torch."),
        "_kron": '''
def _kron(a: Array, b: Array) -> Array:
    """The Kronecker product; torch.kron refuses some transposed arguments."""
    if a.ndim == 1:
        return torch.outer(a, b).reshape(-1)
    blocks = a[:, None, :, None] * b[:, None, :]
    return blocks.reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])
''',
        "_cholesky": '''
def _cholesky(name: str, a: Array) -> Array:
    """The lower Cholesky factor. Raises LinAlgError naming the matrix when it is not positive definite."""
    try:
        return torch.linalg.cholesky(a)
    except torch.linalg.LinAlgError as error:
        raise torch.linalg.LinAlgError(f"{name} is not positive definite: {error}") from None
''',
        "_cho_solve": '''
def _cho_solve(factor: Array, b: Array) -> Array:
    """inv(a) b from the Cholesky factor of a."""
    return torch.cholesky_solve(b, factor) if b.ndim > 1 else torch.cholesky_solve(b[:, None], factor)[:, 0]
''',
        "_lu": '''
def _lu(name: str, a: Array) -> tuple[Array, Array]:
    """The LU factors. Raises LinAlgError naming the matrix when it is singular."""
    lu, pivots, info = torch.linalg.lu_factor_ex(a)
    if info:
        raise torch.linalg.LinAlgError(f"{name} is singular")
    return lu, pivots
''',
        "_lu_solve": '''
def _lu_solve(factor: tuple[Array, Array], b: Array, adjoint: bool = False) -> Array:
    """inv(a) b, or inv(a') b, from the LU factors of a."""
    columns = b if b.ndim > 1 else b[:, None]
    x = torch.linalg.lu_solve(*factor, columns, adjoint=adjoint)
    return x if b.ndim > 1 else x[:, 0]
''',
        "_triangular": '''
def _triangular(a: Array, b: Array, upper: bool) -> Array:
    """inv(a) b for a triangular matrix a."""
    columns = b if b.ndim > 1 else b[:, None]
    x = torch.linalg.solve_triangular(a, columns, upper=upper)
    return x if b.ndim > 1 else x[:, 0]
''',
    },
    "torch",
)

TARGETS = {t.name: t for t in (NUMPY, JAX, TORCH)}


def target_named(name: str) -> Target:
    """The target. Raises MatgradError listing those there are."""
    if name not in TARGETS:
        raise MatgradError(f"unknown target {name!r}; targets are {', '.join(TARGETS)}")
    return TARGETS[name]
