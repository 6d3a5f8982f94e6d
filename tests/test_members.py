"""Derivatives by one member of a family and by the whole family, against JAX on stacked arrays."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import matgrad as mg

jax.config.update("jax_enable_x64", True)
SAMPLES = "x[i]: vector(n), i=1..N; y[i]: vector(n), i=1..N; A: matrix(n,n); mu: vector(n); a[i]: scalar, i=1..N"
RNG = np.random.default_rng(5)
N, n = 5, 3
VALUES = {"x": RNG.normal(size=(N, n)), "y": RNG.normal(size=(N, n)), "A": RNG.normal(size=(n, n)), "mu": RNG.normal(size=n), "a": RNG.normal(size=N)}

LOSSES = [
    ("sum(i, 1..N, norm2(x[i] - mu)^2)", "x", lambda v: jnp.sum((v["x"] - v["mu"]) ** 2)),
    ("sum(i, 1..N, sum(j, 1..N, exp(-norm2(x[i] - x[j])^2)))", "x", lambda v: jnp.sum(jnp.exp(-jnp.sum((v["x"][:, None] - v["x"]) ** 2, -1)))),
    ("sum(i, 1..N, sum(j, 1..i, x[i]'*A*x[j]))", "x", lambda v: jnp.sum(jnp.tril(v["x"] @ v["A"] @ v["x"].T))),
    ("sum(i, 1..N-1, norm2(x[i+1] - A*x[i])^2)", "x", lambda v: jnp.sum((v["x"][1:] - v["x"][:-1] @ v["A"].T) ** 2)),
    ("sum(i, 2..N, x[i]'*y[i])", "y", lambda v: jnp.sum(v["x"][1:] * v["y"][1:])),
    ("sum(i, 1..N, sum(j, 1..N, a[i]*a[j]*x[i]'*x[j]))", "a", lambda v: v["a"] @ v["x"] @ v["x"].T @ v["a"]),
    ("x[1]'*A*x[2] + sum(i, 1..N, sigmoid(x[i]'*mu))", "x", lambda v: v["x"][0] @ v["A"] @ v["x"][1] + jnp.sum(jax.nn.sigmoid(v["x"] @ v["mu"]))),
]


@pytest.mark.parametrize(("text", "family", "reference"), LOSSES, ids=[t for t, _, _ in LOSSES])
def test_a_family_has_a_family_of_gradients(text: str, family: str, reference: object) -> None:
    want = jax.grad(lambda z: reference({**VALUES, family: z}))(VALUES[family])  # type: ignore[operator]
    whole = mg.derive(text, family, SAMPLES)
    assert np.allclose(whole.evaluate(VALUES), want, rtol=1e-10, atol=1e-12)
    assert whole.verify()
    member = mg.derive(text, f"{family}[k]", SAMPLES)
    for k in range(N):
        assert np.allclose(member.evaluate({**VALUES, "k": k + 1}), want[k], rtol=1e-10, atol=1e-12)
    assert np.allclose(mg.derive(text, f"{family}[2]", SAMPLES).evaluate(VALUES), want[1], rtol=1e-10, atol=1e-12)


def test_the_members_read_as_in_the_book() -> None:
    assert str(mg.derive("sum(i, 1..N, norm2(x[i] - mu)^2)", "x[j]", SAMPLES).value) == "2*(x[j] - mu)"
    assert str(mg.derive("sum(i, 1..N, sum(j, 1..N, a[i]*a[j]*x[i]'*x[j]))", "a", SAMPLES).value) == "2*sum(j, 1..N, a[j]*x[i]'*x[j])"
    page = mg.derive("sum(i, 1..N, norm2(x[i] - mu)^2)", "x[j]", SAMPLES).explain(check=False)
    assert "∂f/∂x[j] = 2 (x[j] - μ)" in page and "x[i] n×1 (i = 1..N)" in page


@pytest.mark.parametrize("index", ["i", "j", "r", "k"])
def test_the_letter_of_the_member_may_be_one_that_a_sum_uses(index: str) -> None:
    text = "sum(i, 1..N, sum(j, 1..N, x[i]'*A*x[j]))"
    found = mg.derive(text, f"x[{index}]", SAMPLES).evaluate({**VALUES, index: 4})
    want = (VALUES["A"] + VALUES["A"].T) @ VALUES["x"].sum(axis=0)
    assert np.allclose(found, want, rtol=1e-10)


def test_second_derivatives_by_two_members() -> None:
    text = "sum(i, 1..N, sum(j, 1..N, x[i]'*A*x[j])) + sum(i, 1..N, exp(mu'*x[i]))"
    mixed = mg.derive(text, "x[i],x[j]", SAMPLES, order=2)
    block = jax.hessian(lambda z: jnp.sum(z @ VALUES["A"] @ z.sum(axis=0)) + jnp.sum(jnp.exp(z @ VALUES["mu"])))(VALUES["x"])
    for i, j in ((1, 1), (2, 4), (5, 3)):
        assert np.allclose(mixed.evaluate({**VALUES, "i": i, "j": j}), block[i - 1, :, j - 1, :].T, rtol=1e-9, atol=1e-12)
    assert mixed.check()


def test_jacobians_by_a_member() -> None:
    outer = mg.derive("sum(i, 1..N, x[i]*x[i]')", "x[j]", SAMPLES, layout="tensor")
    want = jax.jacobian(lambda z: z.T @ z)(VALUES["x"])
    found = mg.derive("sum(i, 1..N, x[i]*x[i]')", "x[j]", SAMPLES)
    assert np.allclose(found.evaluate({**VALUES, "j": 3}), np.asarray(want)[:, :, 2, :].reshape(n * n, n, order="F").T)
    assert np.allclose(outer.evaluate({**VALUES, "j": 3}), np.asarray(want)[:, :, 2, :])


def test_structured_members() -> None:
    found = mg.derive("sum(i, 1..N, norm2(S[i]*mu)^2)", "S", "S[i]: symmetric(n), i=1..N; mu: vector(n)")
    s, mu = RNG.normal(size=(4, n, n)), VALUES["mu"]
    s = s + np.swapaxes(s, 1, 2)
    have = found.evaluate({"S": s, "mu": mu})
    g = 2 * np.einsum("kij,j,l->kil", s, mu, mu)
    assert have.shape == (4, n, n) and np.allclose(have, (g + np.swapaxes(g, 1, 2)) / 2)


@pytest.mark.parametrize(
    ("text", "wrt", "words"),
    [
        ("sum(i, 1..M, x[i]'*mu)", "mu", "the index i runs over 1..M, but x has the members 1..N"),
        ("sum(i, 1..N+1, x[i]'*mu)", "mu", "but x has the members 1..N"),
        ("x[k]'*mu", "mu", "the index k is not bound"),
        ("sum(i, 1..N, x'*mu)", "mu", "x is a family of samples; write x[i]"),
        ("sum(mu, 1..N, x[mu]'*mu)", "mu", "shadows a name"),
        ("sum(i, 1..N, x[i]'*mu)", "z[j]", "z does not occur"),
    ],
)
def test_bad_families(text: str, wrt: str, words: str) -> None:
    with pytest.raises(mg.MatgradError, match=r".*" + words.replace("[", r"\[").replace(".", r"\.").replace("+", r"\+")):
        mg.derive(text, wrt, SAMPLES)
