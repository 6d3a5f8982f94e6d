"""Logistic regression on data that need not fit into memory: one pass of Dask for loss, gradient and Hessian.

The data are made chunk by chunk when they are needed, as they would be read from files: 160 MB in all, of which a few
chunks exist at a time. Run: python examples/dask_regression.py
"""

import dask.array as da
import numpy as np
from dask.diagnostics import ProgressBar
from scipy.special import expit

import matgrad as mg

N, n = 1_000_000, 20
rng = da.random.default_rng(0)
X = rng.normal(size=(N, n), chunks=(50_000, n))
truth = np.random.default_rng(1).normal(size=n)
y = (rng.random(N, chunks=50_000) < expit(X @ truth)).astype(float)

D = mg.derive("sum(log(1 + exp(X*w))) - y'*X*w + t/2*w'*w", "w", "X: matrix(N,n); w: vector(n); y: vector(N); t: scalar > 0")
one_pass = D.function("dask", outputs="value, gradient, hessian")

w = np.zeros(n)
for step in range(1, 8):
    with ProgressBar(minimum=1):
        f, g, h = one_pass(X=X, w=w, y=y, t=1.0)
    w -= np.linalg.solve(h, g)
    print(f"step {step}: loss per sample {f / N:.6f}, |gradient| {np.linalg.norm(g):.1e}")

error = np.linalg.norm(w - truth) / np.linalg.norm(truth)
print(f"relative distance from the truth {error:.4f}")
assert np.linalg.norm(g) < 1e-6 * N and error < 0.02
