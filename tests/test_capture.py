"""A member of a family under a sum, beside another sum over the same letter: against what the book writes."""

import numpy as np
import pytest

import matgrad as mg
from matgrad.core import expr as ex

FAMILIES = "x[i]: vector(n), i=1..N; w[i]: vector(n), i=1..N; W[i]: matrix(m,n), i=1..N; A[i]: posdef(n), i=1..N; t: vector(N); u: vector(n)"
MIXTURE = "log(sum(k, 1..K, exp(-norm2(u - mu[k])^2)))"
WEIGHT = "exp(-norm2(u - mu[l])^2)/sum(r, 1..K, exp(-norm2(u - mu[r])^2))"


@pytest.mark.parametrize(
    "function, member, book",
    [
        ("sum(i, 1..N, w[i]'*x[i])^2", "w[l]", "2*sum(r, 1..N, w[r]'*x[r])*x[l]"),
        ("norm2(sum(i, 1..N, W[i]*u))^2", "W[l]", "2*sum(r, 1..N, W[r]*u)*u'"),
        ("logdet(sum(i, 1..N, t[i]^2*A[i]))", "A[l]", "t[l]^2*inv(sum(r, 1..N, t[r]^2*A[r]))"),
        ("sum(i, 1..N, norm2(x[i] - sum(j, 1..N, x[j])/N)^2)", "x[l]", "2*(x[l] - sum(r, 1..N, x[r])/N)"),
        (MIXTURE, "mu[l]", f"2*{WEIGHT}*(u - mu[l])"),
    ],
)
def test_a_sum_in_the_coefficient_keeps_its_letter(function: str, member: str, book: str) -> None:
    declare = FAMILIES + "; mu[k]: vector(n), k=1..K; l: integer"
    D = mg.derive(function, member, declare)
    assert D.verify() and D.check()
    assert mg.equal(D.value, book, declare)


@pytest.mark.parametrize(
    "text",
    ["z = sum(i,1..N,x[i])/N; sum(i,1..N, norm2(x[i]-z)^4)", "z = sum(i,1..N,x[i])/N; sum(i,1..N, sum(j,1..N, exp(x[i]'*x[j]-z'*x[i])))"],
)
def test_generated_code_keeps_the_letters_of_a_definition_apart(text: str) -> None:
    d = mg.derive(text, "x", "x[i]: vector(n), i=1..N")
    x = np.random.default_rng(0).normal(size=(5, 3)) / 3
    assert np.allclose(d.function()(x), d.evaluate({"x": x}), rtol=1e-10)


def test_an_index_is_put_in_where_it_is_free() -> None:
    i, y = ex.index_variable("i"), ex.var("y", "N")
    both = ex.mul(ex.total("i", ex.ONE_, ex.size(y.rows), ex.index(y, i, ex.ONE_)), ex.index(y, i, ex.ONE_))
    assert str(ex.with_index(both, "i", ex.num(2))) == "sum(i, 1..N, y[i])*y[2]"


@pytest.mark.parametrize("name", ["r", "s", "t"])
def test_a_new_letter_for_a_sum_is_no_name_in_use(name: str) -> None:
    declare = f"x[i]: vector(n), i=1..N; mu[i]: vector(n), i=1..K; {name}: matrix(N,K)"
    d = mg.derive(f"sum(i, 1..N, sum(k, 1..K, {name}[i,k]*norm2(x[i] - mu[k])^2))", "mu[k]", declare)
    assert str(d.value) == f"2*sum(i, 1..N, {name}[i,k]*(mu[k] - x[i]))" and d.verify() and d.check()
