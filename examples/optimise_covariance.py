"""The covariance of a normal sample by a trust region: the maximum of the likelihood is the sample's own covariance.

Σ moves by its entries on and below the diagonal; outside the positive definite matrices the likelihood is not defined,
fun is inf there and the trust region shrinks. Run: python examples/optimise_covariance.py
"""

import numpy as np
from scipy.optimize import minimize

import matgrad as mg

rng = np.random.default_rng(0)
m, N = 5, 500
sample = rng.normal(size=(N, m)) @ rng.normal(size=(m, m))
S = sample.T @ sample / N

D = mg.derive("log(det(Sigma)) + tr(S*inv(Sigma))", "Sigma", "Sigma: posdef(m); S: symmetric(m)", order=2)
problem = D.scipy({"S": S})
start = problem.pack(np.diag(np.diag(S)))

for method, second in (("trust-exact", {"hess": problem.hess}), ("trust-ncg", {"hessp": problem.hessp})):
    found = minimize(problem.fun, start, jac=problem.jac, method=method, options={"gtol": 1e-9}, **second)
    error = np.linalg.norm(problem.unpack(found.x) - S) / np.linalg.norm(S)
    print(f"{method}: {found.nit} iterations, relative distance from the sample's covariance {error:.1e}")
    assert error < 1e-6
