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

    __slots__ = ("name", "module", "alias", "array", "scalar", "spellings", "imports", "helpers", "extra", "in_place", "chunks", "like")

    def __init__(
        self, name: str, module: str, alias: str, array: str, scalar: str, spellings: dict[str, str], imports: dict[str, str], helpers: dict[str, str], extra: str,
        in_place: bool = False, chunks: bool = False, like: str = "",
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
        self.chunks = chunks  # whether the data come in chunks of rows


SPELLINGS = {
    # arrays
    "eye": "np.eye({0})", "ones": "np.ones({0})", "zeros": "np.zeros({0})", "pi": "np.pi", "arange": "np.arange({0}, {1})", "places": "{0} - 1",
    "transpose": "{0}.transpose({a})", "reshape": "{0}.reshape({a})", "diag": "np.diag({0})", "diagonal": "np.diagonal({0})", "diagonal_of": "np.diagonal({0}, axis1={a}, axis2={b})",
    "trace": "np.trace({0})", "sum": "{0}.sum()", "sum_axis": "{0}.sum(axis={a})", "kron": "_kron({0}, {1})",
    "inner": "np.vdot({0}, {1})", "tensordot": "np.tensordot({0}, {1}, axes={a})", "einsum": "np.einsum({a}, {0}, {1})",
    "concatenate": "np.concatenate(({all}), axis={a})",
    "spread": '_spread({0}, "{a}", {b})', "add_on_diagonal": '_add_on_diagonal({0}, {1}, "{a}", {b})', "add_on_main_diagonal": "_add_on_diagonal({0}, {1})",
    # entry by entry
    "sqrt": "np.sqrt({0})", "exp": "np.exp({0})", "log": "np.log({0})", "log1p": "np.log1p({0})", "sin": "np.sin({0})", "cos": "np.cos({0})", "tan": "np.tan({0})",
    "asin": "np.arcsin({0})", "acos": "np.arccos({0})", "atan": "np.arctan({0})", "sinh": "np.sinh({0})", "cosh": "np.cosh({0})", "tanh": "np.tanh({0})",
    "sigmoid": "expit({0})", "softplus": "_softplus({0})", "erf": "erf({0})",
    "abs": "np.abs({0})", "sign": "np.sign({0})", "relu": "np.maximum({0}, 0)", "max": "np.maximum({0}, {1})", "min": "np.minimum({0}, {1})",
    ">=": "np.where({0} >= {1}, 1.0, 0.0)", ">": "np.where({0} > {1}, 1.0, 0.0)", "<=": "np.where({0} <= {1}, 1.0, 0.0)",
    "<": "np.where({0} < {1}, 1.0, 0.0)", "==": "np.where({0} == {1}, 1.0, 0.0)",
    # whole arrays
    "softmax": "_softmax({0}, {a})", "softmax_last": "_softmax({0})", "log_softmax": "_log_softmax({0}, {a})", "log_softmax_last": "_log_softmax({0})", "logsumexp": "_logsumexp({0}, {a})", "logsumexp_last": "_logsumexp({0})",
    "tril": "np.tril({0})", "triu": "np.triu({0})",
    "norm": "np.linalg.norm({0})", "det": "np.linalg.det({0})", "adj": "_adjugate({0})",
    "expm": "expm({0})", "logm": "logm({0})", "sqrtm": "sqrtm({0})", "matrix_power": "np.linalg.matrix_power({0}, {1})", "powers": "_powers({0}, {1})",
    "vech": "{0}.T[np.triu_indices({0}.shape[0])]", "elim": "_elimination({0})", "dup": "_duplication({0})", "toep": "_toeplitz_basis({0})",
    "sylvester": "solve_sylvester({0}, {1}, {2})", "lyapunov": "solve_sylvester({0}, {0}.T, {1})",
    "polar": "_polar({0})", "eigvecs": "_eigvecs({0}, {1})", "eigvec": "np.linalg.eigh(({0} + {0}.T) / 2)[1][:, -1]",
    # factorisations
    "solve": "_solve({n}, {0}, {1})", "inv": "_inverse({n}, {0})", "logdet": "np.linalg.slogdet({0})[1]",
    "cholesky": "_cholesky({n}, {0})", "cho_solve": "_cho_solve({0}, {1})", "cho_inverse": "_cho_inverse({0})", "cho_logdet": "2 * np.log(np.diagonal({0})).sum()",
    "lu": "_lu({n}, {0})", "lu_solve": "lu_solve({0}, {1})", "lu_solve_transposed": "lu_solve({0}, {1}, trans=1)", "lu_logdet": "np.log(np.abs(np.diagonal({0}[0]))).sum()",
    "solve_lower": "solve_triangular({0}, {1}, lower=True)", "solve_upper": "solve_triangular({0}, {1})",
    "solve_lower_transposed": "solve_triangular({0}, {1}, lower=True, trans=1)", "solve_upper_transposed": "solve_triangular({0}, {1}, trans=1)",
    # what the check at the end of a file needs
    "onehot": "np.eye({0})[rng.integers({0}, size={1})]",
    "normal": "rng.normal(size={0})", "uniform": "rng.uniform(0.1, 0.9, size={0})", "ndim": "np.ndim({0})", "isfinite": "np.isfinite({0})",
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

HELPERS = {
    "_elimination": '''
def _elimination(n: int) -> Array:
    """The matrix E with E vec(A) = vech(A)."""
    cols, rows = np.triu_indices(n)
    return np.eye(n * n)[cols * n + rows]
''',
    "_duplication": '''
def _duplication(n: int) -> Array:
    """The matrix D with D vech(S) = vec(S) for symmetric S."""
    cols, rows = np.triu_indices(n)
    identity = np.eye(n * n)
    return np.maximum(identity[cols * n + rows], identity[rows * n + cols]).T
''',
    "_toeplitz_basis": '''
def _toeplitz_basis(n: int) -> Array:
    """The matrix B with B t = vec(T), t the diagonals of T from the lowest up."""
    cols, rows = np.divmod(np.arange(n * n), n)
    return np.eye(2 * n - 1)[cols - rows + n - 1]
''',
    "_softplus": '''
def _softplus(a: Array) -> Array:
    """log(1 + exp(a)) without overflow."""
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))
''',
    "_kron": '''
def _kron(a: Array, b: Array) -> Array:
    """The Kronecker product of two matrices or two vectors."""
    if a.ndim == 1:
        return (a[:, None] * b).reshape(-1)
    blocks = a[:, None, :, None] * b[:, None, :]
    return blocks.reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])
''',
    "_spread": '''
def _spread(a: Array, pattern: str, shape: tuple[int, ...]) -> Array:
    """Zeros but where axes with one letter have equal indices: "ikjk->ijk" puts a[i,j,k] at [i,k,j,k]."""
    out = np.zeros(shape, np.result_type(a, 1.0))
    np.einsum(pattern, out)[...] = a
    return out
''',
    "_add_on_diagonal": '''
def _add_on_diagonal(a: Array, d: Array, pattern: str = "ii->i", shape: tuple[int, ...] = ()) -> Array:
    """a plus d on its diagonal, or on the diagonals that the pattern names; a is overwritten."""
    a = np.ascontiguousarray(a, np.result_type(a, d))
    diagonal = np.einsum(pattern, a.reshape(shape) if shape else a)
    diagonal += d
    return a
''',
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
def _cholesky(name: str, a: Array) -> Array:
    """The lower Cholesky factor. Raises LinAlgError naming the matrix when it is not positive definite."""
    factor, info = dpotrf(a, lower=1)
    if info:
        raise np.linalg.LinAlgError(f"{name} is not positive definite: its leading minor of order {info} is not positive")
    return factor
''',
    "_cho_solve": '''
def _cho_solve(factor: Array, b: Array) -> Array:
    """inv(a) b from the Cholesky factor of a."""
    return dpotrs(factor, b, lower=1)[0].reshape(b.shape)
''',
    "_cho_inverse": '''
def _cho_inverse(factor: Array) -> Array:
    """inv(a) from the Cholesky factor of a."""
    half = dpotri(factor, lower=1)[0]
    whole = half + half.T
    whole.flat[:: len(whole) + 1] /= 2
    return whole
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

BY_ROWS = '''
def _by_rows(part: Callable[..., Any], *arrays: Array) -> Any:
    """The sum of part(rows of the arrays), in blocks of rows that stay in the cache."""
    count, rows = len(arrays[0]), max(64, 2**17 * len(arrays[0]) // (1 + max(a.size for a in arrays)))
    if count <= 2 * rows:
        return part(*arrays)
    total = part(*[a[:rows] for a in arrays])
    for start in range(rows, count, rows):
        more = part(*[a[start : start + rows] for a in arrays])
        total = [t + m for t, m in zip(total, more)] if isinstance(total, tuple | list) else total + more
    return total
'''

NUMPY = Target("numpy", "numpy", "np", "np.ndarray", "float", SPELLINGS, IMPORTS, {**HELPERS, "_by_rows": BY_ROWS}, "numpy", in_place=True)


def adapted(table: dict[str, str], alias: str) -> dict[str, str]:
    """NumPy's spellings with another module in its place."""
    return {k: v.replace("np.", f"{alias}.") for k, v in table.items()}


# JAX cannot raise inside jit: a singular matrix gives inf or nan there
JAX = Target(
    "jax", "jax.numpy", "jnp", "jax.Array", "Array",
    {
        **adapted(SPELLINGS, "jnp"),
        "softmax": "jax.nn.softmax({0}, {a})", "softmax_last": "jax.nn.softmax({0})", "log_softmax": "jax.nn.log_softmax({0}, {a})", "log_softmax_last": "jax.nn.log_softmax({0})", "logsumexp": "jax.nn.logsumexp({0}, {a})", "logsumexp_last": "jax.nn.logsumexp({0}, -1)", "kron": "jnp.kron({0}, {1})",
        "softplus": "jax.nn.softplus({0})", "relu": "jax.nn.relu({0})",
        "solve": "jnp.linalg.solve({0}, {1})", "inv": "jnp.linalg.inv({0})", "cholesky": "cho_factor({0})", "cho_solve": "cho_solve({0}, {1})", "cho_inverse": "", "cho_logdet": "2 * jnp.log(jnp.diagonal({0}[0])).sum()", "lu": "lu_factor({0})", "logm": "",
        "sylvester": "", "lyapunov": "",
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
        "transpose": "{0}.permute({a})", "diagonal_of": "torch.diagonal({0}, dim1={a}, dim2={b})", "sum_axis": "{0}.sum(dim={a})",
        "inner": "({0} * {1}).sum()", "tensordot": "torch.tensordot({0}, {1}, dims={a})", "concatenate": "torch.cat(({all}), dim={a})",
        "sigmoid": "torch.sigmoid({0})", "softplus": "torch.logaddexp(torch.zeros_like({0}), {0})",
        "erf": "torch.erf({0})", "relu": "torch.relu({0})", "max_number": "torch.clamp({0}, min={1})", "min_number": "torch.clamp({0}, max={1})",
        **{s: f"torch.as_tensor({{0}} {s} {{1}}, **like)" for s in (">=", ">", "<=", "<", "==")},
        "softmax": "torch.softmax({0}, {a})", "log_softmax": "torch.log_softmax({0}, {a})", "logsumexp": "torch.logsumexp({0}, {a})",
        "expm": "torch.linalg.matrix_exp({0})", "logm": "", "sqrtm": "", "vech": "", "elim": "", "dup": "", "toep": "", "sylvester": "", "lyapunov": "",
        "cho_inverse": "torch.cholesky_inverse({0})", "cho_logdet": "2 * torch.log(torch.diagonal({0})).sum()",
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
    "torch", like="torch.as_tensor({0}, **like)",
)

# the standard has no kron, einsum, diag, triangular solve or LU, and no methods of arrays
ARRAY_API = Target(
    "array_api", "", "xp", "Any", "Array",
    {
        **adapted(SPELLINGS, "xp"),
        "eye": "xp.eye({0}, **like)", "ones": "xp.ones({0}, **like)", "zeros": "xp.zeros({0}, **like)", "pi": "math.pi", "arange": "xp.arange({0}, {1}, **like)",
        "transpose": "xp.permute_dims({0}, ({a}))", "reshape": "xp.reshape({0}, ({a},))", "diag": "_diag(xp, {0})", "diagonal": "xp.linalg.diagonal({0})",
        "diagonal_of": "xp.linalg.diagonal(xp.moveaxis({0}, ({a}, {b}), (-2, -1)))", "trace": "xp.linalg.trace({0})",
        "sum": "xp.sum({0})", "sum_axis": "xp.sum({0}, axis={a})", "kron": "_kron(xp, {0}, {1})", "inner": "xp.sum({0} * {1})",
        "einsum": "_einsum(xp, {a}, {0}, {1})", "concatenate": "xp.concat(({all}), axis={a})", "asin": "xp.asin({0})", "acos": "xp.acos({0})", "atan": "xp.atan({0})",
        "sigmoid": "_sigmoid(xp, {0})", "softplus": "xp.logaddexp(xp.zeros_like({0}), {0})", "erf": "", "relu": "xp.where({0} > 0, {0}, xp.zeros_like({0}))",
        "max_number": "xp.maximum({0}, xp.asarray({1}, **like))", "min_number": "xp.minimum({0}, xp.asarray({1}, **like))",
        **{s: f"xp.astype({{0}} {s} {{1}}, like['dtype'])" for s in (">=", ">", "<=", "<", "==")},
        "softmax": "_softmax(xp, {0}, {a})", "softmax_last": "_softmax(xp, {0})", "log_softmax": "_log_softmax(xp, {0}, {a})", "log_softmax_last": "_log_softmax(xp, {0})",
        "logsumexp": "_logsumexp(xp, {0}, {a})", "logsumexp_last": "_logsumexp(xp, {0})",
        "norm": "xp.linalg.vector_norm({0})", "adj": "", "expm": "", "logm": "", "sqrtm": "", "powers": "", "vech": "", "elim": "", "dup": "", "toep": "",
        "solve": "_solve(xp, {n}, {0}, {1})", "inv": "_inverse(xp, {n}, {0})", "cholesky": "_cholesky(xp, {n}, {0})", "cho_solve": "_cho_solve(xp, {0}, {1})", "cho_inverse": "",
        "cho_logdet": "2 * xp.sum(xp.log(xp.linalg.diagonal({0})))", "lu": "",
        "solve_lower": "xp.linalg.solve({0}, {1})", "solve_upper": "xp.linalg.solve({0}, {1})",
        "solve_lower_transposed": "xp.linalg.solve({0}.T, {1})", "solve_upper_transposed": "xp.linalg.solve({0}.T, {1})",
        "normal": "rng.normal(size={0})", "uniform": "rng.uniform(0.1, 0.9, size={0})", "ndim": 'getattr({0}, "ndim", 0)', "isfinite": "xp.isfinite({0})",
    },
    {k: IMPORTS[k] for k in ("math", "Callable")},
    {
        "_namespace": '''
def _namespace(array: Array) -> Any:
    """The library of an array: what the array says, else what array-api-compat knows."""
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    from array_api_compat import array_namespace

    return array_namespace(array)
''',
        "_sigmoid": '''
def _sigmoid(xp: Any, a: Array) -> Array:
    """1/(1 + exp(-a)) without overflow."""
    e = xp.exp(-xp.abs(a))
    return xp.where(a >= 0, xp.ones_like(e), e) / (1 + e)
''',
        "_diag": '''
def _diag(xp: Any, a: Array) -> Array:
    """The diagonal matrix of a vector."""
    return a[:, None] * xp.eye(a.shape[0], dtype=a.dtype)
''',
        "_kron": HELPERS["_kron"].replace("_kron(a", "_kron(xp: Any, a").replace("(a[:, None] * b).reshape(-1)", "xp.reshape(a[:, None] * b, (-1,))")
            .replace("blocks.reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])", "xp.reshape(blocks, (a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]))"),
        "_einsum": '''
def _einsum(xp: Any, pattern: str, a: Array, b: Array) -> Array:
    """The sum over all letters that stand on the left only, by broadcasting."""
    inputs, out = pattern.split("->")
    letters = out + "".join(sorted(set(inputs) - set(out + ",")))

    def placed(x: Array, names: str) -> Array:
        order = tuple(names.index(c) for c in letters if c in names)
        return xp.permute_dims(x, order)[tuple(slice(None) if c in names else None for c in letters)]

    left, right = inputs.split(",")
    return xp.sum(placed(a, left) * placed(b, right), axis=tuple(range(len(out), len(letters))))
''',
        "_softmax": '''
def _softmax(xp: Any, a: Array, axis: int = -1) -> Array:
    """exp(a) / sum(exp(a)) along an axis; subtracting the largest entry keeps exp from overflowing."""
    e = xp.exp(a - xp.max(a, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)
''',
        "_log_softmax": '''
def _log_softmax(xp: Any, a: Array, axis: int = -1) -> Array:
    """a - log(sum(exp(a))) along an axis, without overflow."""
    a = a - xp.max(a, axis=axis, keepdims=True)
    return a - xp.log(xp.sum(xp.exp(a), axis=axis, keepdims=True))
''',
        "_logsumexp": '''
def _logsumexp(xp: Any, a: Array, axis: int = -1) -> Array:
    """log(sum(exp(a))) along an axis, without overflow."""
    top = xp.max(a, axis=axis, keepdims=True)
    return xp.squeeze(top, axis=axis) + xp.log(xp.sum(xp.exp(a - top), axis=axis))
''',
        "_solve": '''
def _solve(xp: Any, name: str, a: Array, b: Array) -> Array:
    """inv(a) b. Raises ValueError naming the matrix when the library finds it singular."""
    try:
        return xp.linalg.solve(a, b)
    except Exception as error:  # the standard names no class for this
        raise ValueError(f"{name} is singular: {error}") from None
''',
        "_inverse": '''
def _inverse(xp: Any, name: str, a: Array) -> Array:
    """The inverse. Raises ValueError naming the matrix when the library finds it singular."""
    try:
        return xp.linalg.inv(a)
    except Exception as error:  # the standard names no class for this
        raise ValueError(f"{name} is singular: {error}") from None
''',
        "_cholesky": '''
def _cholesky(xp: Any, name: str, a: Array) -> Array:
    """The lower Cholesky factor. Raises ValueError naming the matrix when the library finds it not positive definite."""
    try:
        return xp.linalg.cholesky(a)
    except Exception as error:  # the standard names no class for this
        raise ValueError(f"{name} is not positive definite: {error}") from None
''',
        "_cho_solve": '''
def _cho_solve(xp: Any, factor: Array, b: Array) -> Array:
    """inv(a) b from the lower Cholesky factor of a; the standard has no triangular solve."""
    return xp.linalg.solve(factor.T, xp.linalg.solve(factor, b))
''',
    },
    "array-api", like="xp.asarray({0}, **like)",
)

# NumPy on chunks of rows, added up by Dask
DASK = Target(
    "dask", "numpy", "np", "np.ndarray | da.Array", "float", SPELLINGS,
    {**IMPORTS, "da": "import dask.array as da", "delayed": "from dask import delayed"},
    {
        **HELPERS,
        "_by_rows": '''
def _by_rows(part: Callable[..., Any], *arrays: Array) -> Any:
    """The sum of part(rows of the arrays) over the chunks of rows, computed by Dask's scheduler."""

    def added(parts: list[Any]) -> Any:
        return tuple(sum(p) for p in zip(*parts)) if isinstance(parts[0], tuple) else sum(parts)

    rows = next((a.chunks[0] for a in arrays if isinstance(a, da.Array)), (len(arrays[0]),))
    aligned = [da.asarray(a).rechunk({k: -1 if k else rows for k in range(a.ndim)}) for a in arrays]
    parts = [delayed(part, pure=False)(*chunk) for chunk in zip(*[a.to_delayed().reshape(-1) for a in aligned])]
    while len(parts) > 1:
        parts = [delayed(added, pure=False)(parts[k : k + 8]) for k in range(0, len(parts), 8)]
    return parts[0].compute()
''',
    },
    "dask", in_place=True, chunks=True,
)

TARGETS = {t.name: t for t in (NUMPY, JAX, TORCH, ARRAY_API, DASK)}


def target_named(name: str) -> Target:
    """The target. Raises MatgradError listing those there are."""
    if name not in TARGETS:
        raise MatgradError(f"unknown target {name!r}; targets are {', '.join(TARGETS)}")
    return TARGETS[name]
