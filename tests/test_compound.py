"""Jacobians in stages: the compound rule, in the order that the layout demands."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import matgrad as mg

jax.config.update("jax_enable_x64", True)
RNG = np.random.default_rng(3)
A, W, X, B = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2)), RNG.normal(size=(2, 3))
DECLARE = "A: matrix(p,m); W: matrix(m,n); X: matrix(n,q); B: matrix(q,r)"


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
def test_two_stages_and_their_product(layout: str) -> None:
    d = mg.derive("Y = exp(W*X); A*Y*B", "X", DECLARE, layout=layout)
    page = d.explain(check=False)
    for heading in (" 1  ∂F/∂Y", " 2  ∂Y/∂X", " 3  ∂F/∂X"):
        assert heading in page
    product = "((∂Y/∂X) (∂F/∂Y))ᵀ vec(dX)" if layout == "denominator" else "(∂F/∂Y) (∂Y/∂X) vec(dX)"
    assert product in page and "compound rule" in page and "复合法则" in d.explain(lang="zh", check=False)
    assert d.verify() and d.check()
    jac = np.asarray(jax.jacobian(lambda x: A @ jnp.exp(W @ x) @ B)(X))
    want = jac.transpose(1, 0, 3, 2).reshape(6, 8)
    have = d.evaluate({"A": A, "W": W, "X": X, "B": B})
    assert np.allclose(have, want.T if layout == "denominator" else want, rtol=1e-12)


def test_a_variable_reached_by_two_ways() -> None:
    d = mg.derive("h = tanh(W1*x); h*h'*x", "x", "W1: matrix(m,m); x: vector(m)")
    page = d.explain(check=False)
    assert "∂F/∂x|x→F" in page and "(∂F/∂x|x→F + (∂h/∂x) (∂F/∂h))ᵀ dx" in page
    assert d.verify()
    w, x = RNG.normal(size=(3, 3)), RNG.normal(size=3)
    want = jax.jacobian(lambda x: jnp.outer(jnp.tanh(w @ x), jnp.tanh(w @ x)) @ x)(x)
    assert np.allclose(d.evaluate({"W1": w, "x": x}), want.T, rtol=1e-12)


def test_the_parts_of_a_gradient_are_told_apart() -> None:
    d = mg.derive("mu = sum(x)/n; c = x - mu; s = sqrt(c'*c/n + e); g'*(c/s)", "x", "x: vector(n); e: scalar > 0; g: vector(n)")
    page = d.explain(check=False)
    assert "∂f/∂c|c→f" in page and "∂f/∂c|c→s→f" in page and "sum over the paths" in page
    assert str(d) == "(g - (c'*g*c/s^2 + sum(g))/n)/s where mu = sum(x)/n; c = x - mu; s = sqrt(c'*c/n + e)"
    assert d.verify() and d.check()


def test_a_deep_chain_is_planned() -> None:
    layers = 60
    text = "; ".join(f"h{k} = tanh(W{k}*{'x' if k == 1 else f'h{k - 1}'})" for k in range(1, layers + 1)) + f"; h{layers}"
    d = mg.derive(text, "x", "; ".join(f"W{k}: matrix(n,n)" for k in range(1, layers + 1)) + "; x: vector(n)")
    assert len(d.result.stages) == layers + 1 or len(d.result.stages) == layers
    w, x = RNG.normal(size=(layers, 2, 2)), RNG.normal(size=2)

    def chain(x: jnp.ndarray) -> jnp.ndarray:
        for layer in w:
            x = jnp.tanh(layer @ x)
        return x

    values = {f"W{k + 1}": w[k] for k in range(layers)} | {"x": x}
    assert np.allclose(d.evaluate(values), jax.jacobian(chain)(x).T, rtol=1e-9, atol=1e-14)


def test_an_intermediate_and_what_it_is_made_of_are_asked_for_apart() -> None:
    with pytest.raises(mg.UnsupportedError, match="Y is made of W"):
        mg.derive("Y = W*X; tr(Y'*Y)", "Y,W", "W: matrix(m,n); X: matrix(n,k)")
