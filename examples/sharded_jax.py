"""Generated JAX code on data spread over several devices: the same function, the rows of the data sharded.

Eight virtual CPU devices stand for eight GPUs. XLA computes each device's part of the sum and adds the parts up with one
all-reduce. Run: python examples/sharded_jax.py
"""

import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"

import jax  # noqa: E402
import numpy as np  # noqa: E402
from jax.sharding import AxisType, NamedSharding, PartitionSpec  # noqa: E402

import matgrad as mg  # noqa: E402

jax.config.update("jax_enable_x64", True)
mesh = jax.make_mesh((8,), ("rows",), axis_types=(AxisType.Auto,))
rows, everywhere = NamedSharding(mesh, PartitionSpec("rows")), NamedSharding(mesh, PartitionSpec())

rng = np.random.default_rng(0)
N, n = 80_000, 20
X, w = rng.normal(size=(N, n)), rng.normal(size=n)
y = (rng.random(N) < 1 / (1 + np.exp(-X @ w))).astype(float)

D = mg.derive("sum(log(1 + exp(X*w))) - y'*X*w", "w", "X: matrix(N,n); w: vector(n); y: vector(N)")
newton = jax.jit(D.function("jax", outputs="value, gradient, hessian"))

data = jax.device_put(X, rows), jax.device_put(y, rows)
point = jax.device_put(np.zeros(n), everywhere)
for step in range(1, 8):
    f, g, h = newton(X=data[0], w=point, y=data[1])
    point = point - jax.numpy.linalg.solve(h, g)
    print(f"step {step}: loss per sample {f / N:.6f}, |gradient| {jax.numpy.linalg.norm(g):.1e}")

compiled = newton.lower(X=data[0], w=point, y=data[1]).compile().as_text()
print(f"each device holds {data[0].addressable_shards[0].data.shape} of {X.shape}; all-gathers of the data: {compiled.count('all-gather(')}")
want = D.evaluate({"X": X[:1000], "w": np.asarray(point), "y": y[:1000]})
np.testing.assert_allclose(D.function("jax")(X=X[:1000], w=np.asarray(point), y=y[:1000]), want, rtol=1e-9, atol=1e-9)
assert jax.numpy.linalg.norm(g) < 1e-6 * N and compiled.count("all-gather(") == 0
