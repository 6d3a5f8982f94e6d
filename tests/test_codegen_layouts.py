"""Generated code gives what `evaluate` gives: in every layout of a Jacobian, by a whole family, with Kronecker products of blocks."""

import numpy as np
import pytest

import matgrad as mg

RNG = np.random.default_rng(9)
VALUES = {"W": RNG.normal(size=(2, 3)), "X": RNG.normal(size=(3, 4)), "x": RNG.normal(size=4), "B": RNG.normal(size=(4, 2)), "k": 2, "m": 3, "n": 4, "q": 2}
DECLARE = "W: matrix(k,m); X: matrix(m,n); x: vector(n); B: matrix(n,q)"


def generated(d: mg.Derivation, target: str, values: dict[str, object]) -> np.ndarray:
    made = d.function(target)
    return np.asarray(made(**{name: values[name] for name in made.arguments}))  # type: ignore[attr-defined]


@pytest.mark.parametrize("target", ["numpy", "jax"])
@pytest.mark.parametrize("layout", ["tensor", "blocks_F", "blocks_X", "numerator", "denominator"])
@pytest.mark.parametrize(("text", "wrt"), [("W*X*X'", "X"), ("W*exp(X*B)", "X"), ("X*x", "x"), ("X*x", "X"), ("inv(X*X')", "X"), ("x*x'", "x")])
def test_every_layout(text: str, wrt: str, layout: str, target: str) -> None:
    d = mg.derive(text, wrt, DECLARE, layout=layout)
    have, want = generated(d, target, VALUES), d.evaluate(VALUES)
    assert have.shape == want.shape and np.allclose(have, want, rtol=1e-5)


SAMPLES = "x[i]: vector(n), i=1..N; mu: vector(n); a[i]: scalar, i=1..N; S[i]: matrix(n,n), i=1..N"
DATA = {"x": RNG.normal(size=(5, 3)), "mu": RNG.normal(size=3), "a": RNG.normal(size=5)}


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("sum(i, 1..N, norm2(x[i] - mu)^2)", "x"),
        ("sum(i, 1..N, sum(j, 1..N, exp(-norm2(x[i] - x[j])^2)))", "x"),
        ("sum(i, 1..N, sum(j, 1..N, a[i]*a[j]*x[i]'*x[j]))", "a"),
    ],
)
def test_by_a_whole_family_the_members_are_rows(text: str, family: str) -> None:
    d = mg.derive(text, family, SAMPLES)
    have = generated(d, "numpy", DATA)
    assert have.shape == DATA[family].shape and np.allclose(have, d.evaluate(DATA), rtol=1e-10)
    member = mg.derive(text, f"{family}[k]", SAMPLES)
    assert np.allclose(generated(member, "numpy", {**DATA, "k": 2}), have[1], rtol=1e-10)


def test_by_a_family_of_matrices_code_is_by_a_member() -> None:
    with pytest.raises(mg.UnsupportedError, match=r"derive by S\[i\]"):
        mg.derive("sum(i, 1..N, norm2(S[i]*mu)^2)", "S", SAMPLES).code()


def test_a_kronecker_product_with_a_block_matrix() -> None:
    d = mg.derive("norm2(A*[x; 1])^2", "A", "x: vector(n); A: matrix(m,n+1)", order=2)
    values = {"x": RNG.normal(size=3), "A": RNG.normal(size=(2, 4)), "m": 2, "n": 3}
    assert np.allclose(generated(d, "numpy", values), d.evaluate(values))


def test_a_negative_product_keeps_its_brackets_on_the_right() -> None:
    d = mg.derive(
        "sum(i, 1..N, (sum(j, 1..N, X[:,j])/N - A*u[i])'*(log(1+exp(t))*x[i]))", "u",
        "X: matrix(m,N); A: matrix(m,n); u[i]: vector(n), i=1..N; x[i]: vector(m), i=1..N; t: scalar",
    )  # fmt: skip
    values = {"X": RNG.normal(size=(2, 5)), "A": RNG.normal(size=(2, 3)), "u": RNG.normal(size=(5, 3)), "x": RNG.normal(size=(5, 2)), "t": 0.4}
    assert np.allclose(generated(d, "numpy", values), d.evaluate(values))
