"""Numeric helpers the operation records name; all act on stacks of matrices (..., rows, cols)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import Phrase

Array = np.ndarray[Any, Any]


def vec(a: Array) -> Array:
    """Stack the columns: (..., m, n) -> (..., m*n, 1)."""
    return np.swapaxes(a, -1, -2).reshape(*a.shape[:-2], a.shape[-2] * a.shape[-1], 1)


def huber(x: Array, threshold: Array) -> Array:
    """x^2/2 up to |x| = c, c*|x| - c^2/2 beyond; no number for a negative threshold c (Huber 1964)."""
    y = np.maximum(-threshold, np.minimum(threshold, x))
    return np.where(threshold >= 0, y * (x - y / 2), np.nan)


def unvec(a: Array, m: int, n: int) -> Array:
    """The m×n matrix whose stacked columns are `a`."""
    return np.swapaxes(a.reshape(*a.shape[:-2], n, m), -1, -2)


def inverse(a: Array) -> Array:
    """The inverse. Raises LinAlgError where rounding has left no digit of it: the condition number passes 1/eps (Higham 2002, section 7.1)."""
    b: Array = np.linalg.inv(a)
    condition = np.linalg.norm(a, np.inf, axis=(-2, -1)) * np.linalg.norm(b, np.inf, axis=(-2, -1)) if a.size else 0.0
    if np.any(condition * np.finfo(float).eps > 1):
        raise np.linalg.LinAlgError(Phrase("the matrix is singular to working precision"))
    return b


def adjugate(a: Array) -> Array:
    """The adjugate, also of singular matrices, through the singular value decomposition."""
    u, s, vh = np.linalg.svd(a)
    n = s.shape[-1]
    cofactors = np.stack([np.prod(np.delete(s, i, axis=-1), axis=-1) for i in range(n)], axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    result: Array = sign[..., None, None] * (np.swapaxes(vh.conj(), -1, -2) * cofactors[..., None, :]) @ np.swapaxes(u.conj(), -1, -2)
    return result


def sigmoid(a: Array) -> Array:
    result: Array = np.where(a >= 0, 1.0, np.exp(np.minimum(a, 0))) / (1 + np.exp(-np.abs(a)))
    return result


def softmax(a: Array) -> Array:
    e = np.exp(a - a.max(axis=-2, keepdims=True))
    result: Array = e / e.sum(axis=-2, keepdims=True)
    return result


def logsumexp(a: Array) -> Array:
    top = a.max(axis=-2, keepdims=True)
    result: Array = top + np.log(np.exp(a - top).sum(axis=-2, keepdims=True))
    return result


erf = np.vectorize(math.erf, otypes=[float])


def kron(a: Array, b: Array) -> Array:
    product = a[..., :, None, :, None] * b[..., None, :, None, :]
    return product.reshape(*product.shape[:-4], a.shape[-2] * b.shape[-2], a.shape[-1] * b.shape[-1])


def commutation(m: int, n: int) -> Array:
    """K(m,n) with K(m,n) vec(A) = vec(A') for A m×n."""
    k = np.zeros((m * n, m * n))
    rows, cols = np.divmod(np.arange(m * n), n)  # position i*n+j of vec(A') holds A[i, j], position j*m+i of vec(A)
    k[np.arange(m * n), cols * m + rows] = 1
    return k


def vech(a: Array) -> Array:
    """Stack the columns from the diagonal down: (..., n, n) -> (..., n*(n+1)/2, 1)."""
    cols, rows = np.triu_indices(a.shape[-1])
    return a[..., rows, cols][..., None]


def elimination(n: int) -> Array:
    """elim(n) with elim(n) vec(A) = vech(A)."""
    cols, rows = np.triu_indices(n)
    e = np.zeros((len(rows), n * n))
    e[np.arange(len(rows)), cols * n + rows] = 1
    return e


def duplication(n: int) -> Array:
    """dup(n) with dup(n) vech(S) = vec(S) for symmetric S."""
    lower = elimination(n).T
    return np.asarray(np.maximum(lower, commutation(n, n) @ lower))


def toeplitz_basis(n: int) -> Array:
    """toep(n) with toep(n) t = vec(T), t the diagonals of T from the lowest up."""
    cols, rows = np.divmod(np.arange(n * n), n)
    b = np.zeros((n * n, 2 * n - 1))
    b[np.arange(n * n), cols - rows + n - 1] = 1
    return b


STRUCTURES = {"dup": duplication, "elim": elimination, "toep": toeplitz_basis}


def matrix_power(a: Array, k: Array) -> Array:
    """a^k for whole k; k may vary over the stack."""
    powers = np.rint(k[..., 0, 0]).astype(int)
    if powers.size == 1:
        return np.linalg.matrix_power(a, int(powers.reshape(-1)[0]))
    stack = np.broadcast_shapes(a.shape[:-2], powers.shape)
    a = np.broadcast_to(a, (*stack, *a.shape[-2:]))
    powers = np.broadcast_to(powers, stack)
    out = np.empty(a.shape, dtype=a.dtype)
    for p in np.unique(powers):
        out[powers == p] = np.linalg.matrix_power(a[powers == p], int(p))
    return out


def expm(a: Array) -> Array:
    """Matrix exponential by scaling, Taylor series and squaring."""
    squarings = max(0, int(np.ceil(np.log2(max(1e-300, float(np.abs(a).sum(axis=-1).max()))))) + 4)
    x = a / 2.0**squarings
    term = result = np.broadcast_to(np.eye(a.shape[-1]), a.shape).copy()
    for i in range(1, 14):
        term = term @ x / i
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return result


def sylvester(a: Array, b: Array, c: Array) -> Array:
    """X with a X + X b = c, through vec."""
    m, n = a.shape[-1], b.shape[-1]
    matrix = kron(np.eye(n), a) + kron(np.swapaxes(b, -1, -2), np.eye(m))
    return unvec(np.linalg.solve(*_stacked(matrix, vec(c))), m, n)


def _stacked(a: Array, b: Array) -> tuple[Array, Array]:
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return np.broadcast_to(a, (*lead, *a.shape[-2:])), np.broadcast_to(b, (*lead, *b.shape[-2:]))


def eigvecs(s: Array, k: Array) -> Array:
    """Eigenvectors of ½(S+S') of the k largest eigenvalues as columns, the largest first, times the k×k matrix."""
    count = k.shape[-1]
    if count > s.shape[-1]:
        raise np.linalg.LinAlgError(Phrase("a matrix of size {size} has no {count} eigenvectors", size=s.shape[-1], count=count))
    _, vectors = np.linalg.eigh((s + np.swapaxes(s, -1, -2)) / 2)
    result: Array = vectors[..., ::-1][..., :count] @ k
    return result


def polar(a: Array) -> Array:
    """U V' of the singular value decomposition a = U S V': the nearest matrix with orthonormal columns or rows."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    result: Array = u @ vh
    return result


def spectral(a: Array, f: Any) -> Array:
    """f of a diagonalisable matrix through its eigenvalues."""
    turned = np.swapaxes(a, -1, -2)
    if np.array_equal(a, turned) or np.allclose(a, turned, rtol=0, atol=1e-13 * float(np.abs(a).max(initial=0.0))):
        values, vectors = np.linalg.eigh((a + turned) / 2)
        inverse = np.swapaxes(vectors, -1, -2)
    else:
        values, vectors = np.linalg.eig(a)
        inverse = np.linalg.inv(vectors)
    result: Array = np.real((vectors * f(values.astype(complex))[..., None, :]) @ inverse)
    return result


def logm(a: Array) -> Array:
    return spectral(a, np.log)


def sqrtm(a: Array) -> Array:
    return spectral(a, np.sqrt)
