"""Logistic regression by Newton's method: value, gradient and Hessian from one line of mathematics.

Run: python examples/optimise_logistic.py
"""

import numpy as np
from scipy.optimize import minimize

import matgrad as mg

rng = np.random.default_rng(0)
N, n = 2000, 10
X = rng.normal(size=(N, n))
truth = rng.normal(size=n)
y = (rng.random(N) < 1 / (1 + np.exp(-X @ truth))).astype(float)

D = mg.derive("sum(log(1 + exp(X*w))) - y'*X*w + t/2*w'*w", "w", "X: matrix(N,n); w: vector(n); y: vector(N); t: scalar > 0", order=2)
problem = D.scipy({"X": X, "y": y, "t": 1.0})

found = minimize(problem.fun, problem.pack(np.zeros(n)), jac=problem.jac, hess=problem.hess, method="Newton-CG", options={"xtol": 1e-10})
w = problem.unpack(found.x)
print(D.explain(check=False, steps=False))
print(f"{found.nit} iterations, |gradient| {np.linalg.norm(problem.jac(found.x)):.1e}, distance from the truth {np.linalg.norm(w - truth):.2f}")
assert np.linalg.norm(problem.jac(found.x)) < 1e-6 * N
