"""Functions that a generated file may contain: NumPy's text, and that of other targets where it deviates.

A helper is written into the file when its name is called; one that calls another brings it along.
"""
# fmt: off
# ruff: noqa: E501

from __future__ import annotations

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
    if a.size * b.size > 2**10 and a.shape[1] > 2:  # with a second term, of zeros, BLAS multiplies
        return _kron_sum(a, b, np.zeros_like(a), np.zeros_like(b))
    blocks = np.multiply(a[:, None, :, None], np.ascontiguousarray(b)[:, None, :], order="C")
    return blocks.reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])
''',
    "_kron_sum": '''
def _kron_sum(*factors: Array) -> Array:
    """kron(a, b) + kron(c, d) + …: a row of each left factor and one of each right factor give a product of two thin matrices."""
    left, right = np.array(factors[::2]), np.array(factors[1::2])
    (_, m, n), (_, p, q) = left.shape, right.shape
    return (left.transpose(1, 2, 0)[:, None] @ right.transpose(1, 0, 2)).reshape(m * p, n * q)
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
    if a.dtype.char != "d":
        a = a.astype(np.result_type(a, d))
    if not shape:
        diagonal = a.ravel("K")[:: len(a) + 1]  # a is compact, so this is a view
    else:
        a = np.ascontiguousarray(a)
        diagonal = np.einsum(pattern, a.reshape(shape))
    diagonal += d
    return a
''',
    "_softmax": '''
def _softmax(a: Array, axis: int = -1) -> Array:
    """exp(a) / sum(exp(a)) along an axis; subtracting the largest entry keeps exp from overflowing."""
    e = np.exp(a - np.maximum.reduce(a, axis, keepdims=True))
    e /= np.add.reduce(e, axis, keepdims=True)
    return e
''',
    "_log_softmax": '''
def _log_softmax(a: Array, axis: int = -1) -> Array:
    """a - log(sum(exp(a))) along an axis, without overflow."""
    a = a - np.maximum.reduce(a, axis, keepdims=True)
    return a - np.log(np.add.reduce(np.exp(a), axis, keepdims=True))
''',
    "_logsumexp": '''
def _logsumexp(a: Array, axis: int = -1) -> Array:
    """log(sum(exp(a))) along an axis, without overflow."""
    top = np.maximum.reduce(a, axis, keepdims=True)
    return np.squeeze(top, axis) + np.log(np.add.reduce(np.exp(a - top), axis))
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
    "_sylvester": '''
def _sylvester(a: Array, b: Array, c: Array) -> Array:
    """The X with a X + X b = c, as one system of all its entries."""
    m, n = c.shape
    system = np.kron(a, np.eye(n)) + np.kron(np.eye(m), b.T)
    return np.linalg.solve(system, c.reshape(-1)).reshape(m, n)
''',
    "_of_eigenvalues": '''
def _of_eigenvalues(f: Callable[[Array], Array], a: Array) -> Array:
    """f of a symmetric matrix: of its eigenvalues."""
    values, vectors = np.linalg.eigh(a)
    return (vectors * f(values)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
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
    whole = half.T + half  # the other way round its columns would be contiguous, not its rows
    diagonal = whole.ravel("K")[:: len(whole) + 1]  # a view
    diagonal /= 2
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
HELPERS["_adjugate_complex"] = HELPERS["_adjugate"].replace("_adjugate(", "_adjugate_complex(").replace("(vh, -1", "(vh.conj(), -1").replace("(u, -1", "(u.conj(), -1")

BY_ROWS = '''
def _by_rows(part: Callable[..., Any], *arrays: Array) -> Any:
    """The sum of part(rows of the arrays), in blocks of rows that stay in the cache."""
    count, rows = len(arrays[0]), max(64, 2**16 * len(arrays[0]) // (1 + max(a.size for a in arrays)))
    if count <= 2 * rows:
        return part(*arrays)
    total = part(*[a[:rows] for a in arrays])
    for start in range(rows, count, rows):
        more = part(*[a[start : start + rows] for a in arrays])
        total = [t + m for t, m in zip(total, more)] if isinstance(total, tuple | list) else total + more
    return total
'''


def adapted(table: dict[str, str], alias: str) -> dict[str, str]:
    """NumPy's spellings with another module in its place."""
    return {k: v.replace("np.", f"{alias}.") for k, v in table.items()}


BROADCAST_KRON = '''
def _kron(a: Array, b: Array) -> Array:
    """The Kronecker product of two matrices or two vectors."""
    if a.ndim == 1:
        return (a[:, None] * b).reshape(-1)
    blocks = a[:, None, :, None] * b[:, None, :]
    return blocks.reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])
'''

NUMPY_HELPERS = {**HELPERS, "_by_rows": BY_ROWS}

JAX_HELPERS = {
    **adapted(HELPERS, "jnp"),
    "_add_on_diagonal": '''
def _add_on_diagonal(a: Array, d: Array) -> Array:
    """a plus d on its diagonal."""
    return a.astype(jnp.result_type(a, d)).at[jnp.diag_indices(len(a))].add(d)
''',
}

TORCH_HELPERS = {
    **adapted(HELPERS, "torch"),
    "_kron": BROADCAST_KRON,
    "_eigvecs": HELPERS["_eigvecs"].replace("[:, ::-1]", ".flip(1)").replace("np.", "torch."),
    "_sylvester": HELPERS["_sylvester"].replace("np.eye(n)", "torch.eye(n, dtype=a.dtype, device=a.device)")
        .replace("np.eye(m)", "torch.eye(m, dtype=a.dtype, device=a.device)").replace("np.kron(a, ", "torch.kron(a.contiguous(), ").replace("b.T)", "b.T.contiguous())").replace("np.", "torch."),
    "_vech": '''
def _vech(a: Array) -> Array:
    """The entries on and below the diagonal, column by column."""
    cols, rows = torch.triu_indices(len(a), len(a))
    return a[rows, cols]
''',
    "_elimination": '''
def _elimination(n: int, like: dict[str, Any]) -> Array:
    """The matrix E with E vec(A) = vech(A)."""
    cols, rows = torch.triu_indices(n, n)
    return torch.eye(n * n, **like)[cols * n + rows]
''',
    "_duplication": '''
def _duplication(n: int, like: dict[str, Any]) -> Array:
    """The matrix D with D vech(S) = vec(S) for symmetric S."""
    cols, rows = torch.triu_indices(n, n)
    identity = torch.eye(n * n, **like)
    return torch.maximum(identity[cols * n + rows], identity[rows * n + cols]).T
''',
    "_toeplitz_basis": '''
def _toeplitz_basis(n: int, like: dict[str, Any]) -> Array:
    """The matrix B with B t = vec(T), t the diagonals of T from the lowest up."""
    places = torch.arange(n)
    return torch.eye(2 * n - 1, **like)[(places[:, None] - places + n - 1).reshape(-1)]
''',
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
}

STANDARD_HELPERS = {
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
    "_erf": '''
def _erf(xp: Any, a: Array) -> Array:
    """erf(a) by the series 2/√π exp(-a²) Σ (2a²)^k a / (1·3·5⋯(2k+1)), whose terms have one sign; beyond 6 it is ±1."""
    a = xp.clip(a, -6.0, 6.0)
    term = 2 / math.sqrt(math.pi) * a * xp.exp(-a * a)
    total = term
    for k in range(1, 140):
        term = term * (2 * a * a / (2 * k + 1))
        total = total + term
    return total
''',
    "_diag": '''
def _diag(xp: Any, a: Array) -> Array:
    """The diagonal matrix of a vector."""
    return a[:, None] * xp.eye(a.shape[0], dtype=a.dtype)
''',
    "_kron": BROADCAST_KRON.replace("_kron(a", "_kron(xp: Any, a").replace("(a[:, None] * b).reshape(-1)", "xp.reshape(a[:, None] * b, (-1,))")
        .replace("blocks.reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])", "xp.reshape(blocks, (a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]))"),
    "_sylvester": '''
def _sylvester(xp: Any, a: Array, b: Array, c: Array) -> Array:
    """The X with a X + X b = c, as one system of all its entries."""
    m, n = c.shape
    of_a, of_b = (xp.eye(k, dtype=a.dtype, device=a.device) for k in (n, m))
    system = _kron(xp, a, of_a) + _kron(xp, of_b, b.T)
    return xp.reshape(xp.linalg.solve(system, xp.reshape(c, (-1,))), (m, n))
''',
    "_of_eigenvalues": '''
def _of_eigenvalues(xp: Any, f: Callable[[Array], Array], a: Array) -> Array:
    """f of a symmetric matrix: of its eigenvalues."""
    values, vectors = xp.linalg.eigh(a)
    return (vectors * f(values)[..., None, :]) @ xp.matrix_transpose(vectors)
''',
    "_vech": '''
def _vech(xp: Any, a: Array) -> Array:
    """The entries on and below the diagonal, column by column."""
    n = a.shape[0]
    places = [row * n + col for col in range(n) for row in range(col, n)]
    return xp.take(xp.reshape(a, (-1,)), xp.asarray(places, dtype=xp.int64, device=a.device))
''',
    "_elimination": '''
def _elimination(xp: Any, n: int, like: dict[str, Any]) -> Array:
    """The matrix E with E vec(A) = vech(A)."""
    places = [col * n + row for col in range(n) for row in range(col, n)]
    return xp.take(xp.eye(n * n, **like), xp.asarray(places, dtype=xp.int64, device=like["device"]), axis=0)
''',
    "_duplication": '''
def _duplication(xp: Any, n: int, like: dict[str, Any]) -> Array:
    """The matrix D with D vech(S) = vec(S) for symmetric S."""
    place = {(row, col): k for k, (col, row) in enumerate((c, r) for c in range(n) for r in range(c, n))}
    places = [place[max(row, col), min(row, col)] for col in range(n) for row in range(n)]
    return xp.take(xp.eye(n * (n + 1) // 2, **like), xp.asarray(places, dtype=xp.int64, device=like["device"]), axis=0)
''',
    "_toeplitz_basis": '''
def _toeplitz_basis(xp: Any, n: int, like: dict[str, Any]) -> Array:
    """The matrix B with B t = vec(T), t the diagonals of T from the lowest up."""
    places = [col - row + n - 1 for col in range(n) for row in range(n)]
    return xp.take(xp.eye(2 * n - 1, **like), xp.asarray(places, dtype=xp.int64, device=like["device"]), axis=0)
''',
    "_adjugate": '''
def _adjugate(xp: Any, a: Array) -> Array:
    """The adjugate, also of singular matrices, through the singular value decomposition a = u diag(s) vh."""
    u, s, vh = xp.linalg.svd(a)
    diagonal = xp.eye(s.shape[-1], dtype=xp.bool, device=a.device)
    rest = xp.prod(xp.where(diagonal, xp.ones_like(s)[..., None, :], s[..., None, :]), axis=-1)
    sign = xp.linalg.det(u) * xp.linalg.det(vh)
    return sign[..., None, None] * (xp.matrix_transpose(vh) * rest[..., None, :]) @ xp.matrix_transpose(u)
''',
    "_polar": HELPERS["_polar"].replace("_polar(a", "_polar(xp: Any, a").replace("np.", "xp."),
    "_eigvecs": '''
def _eigvecs(xp: Any, s: Array, k: Array) -> Array:
    """Eigenvectors of the largest eigenvalues of a symmetric matrix, the largest first, times k."""
    return xp.flip(xp.linalg.eigh((s + s.T) / 2)[1], axis=1)[:, : k.shape[0]] @ k
''',
    "_powers": '''
def _powers(xp: Any, a: Array, exponents: Array) -> Array:
    """The matrix powers of a, one for every exponent."""
    top = int(xp.max(exponents)) if exponents.shape[0] else 0
    powers = accumulate(repeat(a, top), xp.matmul, initial=xp.eye(a.shape[0], dtype=a.dtype, device=a.device))
    return xp.take(xp.stack(list(powers)), xp.astype(exponents, xp.int64), axis=0)
''',
    "_expm": '''
def _expm(xp: Any, a: Array) -> Array:
    """exp(a) by scaling, a Padé approximation n(a)/n(-a) of degree 8, and squaring."""
    largest = float(xp.max(xp.sum(xp.abs(a), axis=-1))) if a.shape[-1] else 0.0
    squarings = max(0, math.frexp(largest)[1] + 1)
    a, power, coefficient = a / 2**squarings, xp.eye(a.shape[-1], dtype=a.dtype, device=a.device), 1.0
    even, odd = power, xp.zeros_like(a)
    for k in range(1, 9):
        power, coefficient = power @ a, coefficient * (9 - k) / (k * (17 - k))
        even, odd = (even, odd + coefficient * power) if k % 2 else (even + coefficient * power, odd)
    result = xp.linalg.solve(even - odd, even + odd)
    for _ in range(squarings):
        result = result @ result
    return result
''',
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
}

# NumPy on chunks of rows, added up by Dask
DASK_HELPERS = {
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
}
