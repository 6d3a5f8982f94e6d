"""Sums over samples as matrix algebra and back; kinks shown as cases; means, Huber's loss, piecewise definitions."""

import numpy as np
import pytest

import matgrad as mg
from matgrad.check.numeric import evaluate
from matgrad.simplify.normal import normal

MATRICES = """X: matrix(n,N); w: vector(n); y: vector(N); W: matrix(k,n); Y: onehot(k,N); A: matrix(m,N); B: matrix(p,N);
d: vector(N); K: symmetric(N); b: vector(k)"""
BACK_AND_FORTH = [
    ("norm2(X'*w - y)^2", "sum(i, 1..N, (w'*X[:,i] - y[i])^2)"),
    ("A*B'", "sum(i, 1..N, A[:,i]*B[:,i]')"),
    ("X*diag(d)*X'", "sum(i, 1..N, d[i]*X[:,i]*X[:,i]')"),
    ("-sum(Y .* log(softmax(W*X + b*ones(N)')))", "-sum(i, 1..N, Y[:,i]'*log(softmax(W*X[:,i] + b)))"),
    ("d'*K*d", "sum(i, 1..N, d[i]*sum(j, 1..N, d[j]*K[i,j]))"),
    ("X*(sigmoid(X'*w) - y)", "sum(i, 1..N, (sigmoid(w'*X[:,i]) - y[i])*X[:,i])"),
    ("norm2(A)^2", "sum(i, 1..N, norm2(A[:,i])^2)"),
    ("tr(K)", "sum(i, 1..N, K[i,i])"),
    ("sum(y)/N", "sum(i, 1..N, y[i])/N"),
    ("(X - w*ones(N)')*diag(d)*(X - w*ones(N)')'", "sum(i, 1..N, d[i]*(X[:,i] - w)*(X[:,i] - w)')"),
]


@pytest.mark.parametrize(("matrices", "samples"), BACK_AND_FORTH, ids=[m for m, _ in BACK_AND_FORTH])
def test_matrices_as_samples_and_back(matrices: str, samples: str) -> None:
    found = mg.sample_form(matrices, MATRICES)
    assert str(found) == samples
    assert mg.equal(matrices, found, MATRICES)
    assert mg.equal(mg.matrix_form(found), matrices, MATRICES)


FAMILIES = """a[i]: vector(m), i=1..N; b[i]: vector(n), i=1..N; x[i]: vector(n), i=1..N; y[i]: scalar, i=1..N;
w: vector(n); mu: vector(n); W: matrix(k,n); c: vector(k)"""


@pytest.mark.parametrize(
    ("families", "matrices"),
    [
        ("sum(i, 1..N, a[i]*b[i]')", "A*B'"),
        ("sum(i, 1..N, (w'*x[i] - y[i])^2)", "norm2(X'*w - y)^2"),
        ("sum(i, 1..N, (x[i] - mu)*(x[i] - mu)')", "(X - mu*ones(N)')*(X - mu*ones(N)')'"),
        ("sum(i, 1..N, max(0, 1 - y[i]*w'*x[i]))", "sum(max(0, 1 - y .* (X'*w)))"),
        ("sum(i, 1..N, y[i]*(W*x[i] + c))", "(W*X + c*ones(N)')*y"),
    ],
)
def test_families_become_matrices(families: str, matrices: str) -> None:
    found = mg.matrix_form(families, FAMILIES)
    assert str(found) == matrices
    rng = np.random.default_rng(2)
    v = {k: rng.normal(size=s) for k, s in {"a": (5, 2), "b": (5, 3), "x": (5, 3), "y": (5,), "w": (3,), "mu": (3,), "W": (2, 3), "c": (2,)}.items()}
    from matgrad.check.numeric import evaluate

    want = evaluate(mg.parse(families, FAMILIES), v)
    have = evaluate(found, {**v, "A": v["a"].T, "B": v["b"].T, "X": v["x"].T})
    assert np.allclose(have, want, rtol=1e-12)


def test_a_double_sum_over_pairs_stays() -> None:
    text = "sum(i, 1..N, sum(j, 1..N, exp(-norm2(x[i] - x[j])^2)))"
    assert str(mg.matrix_form(text, FAMILIES)) == text


def test_an_unknown_size() -> None:
    with pytest.raises(mg.ParseError, match="no size is called M; sizes are"):
        mg.sample_form("A*B'", MATRICES, over="M")


def test_a_hinge_is_shown_as_cases() -> None:
    page = mg.derive("max(0, 1 - y*w'*x)", "w", "y: scalar; w: vector(n); x: vector(n)").explain(check=False)
    assert "∂f/∂w is -y x where 1 - y wᵀ x >= 0, else 0" in page
    assert "where 1 - y wᵀ x = 0 the function has no derivative" in page
    summed = mg.derive("sum(i, 1..N, max(0, 1 - y[i]*w'*x[i]))/N", "w", FAMILIES).explain(lang="zh", check=False)
    assert "∂f/∂w 的每一项在 1 - y[i] wᵀ x[i] >= 0 时为 -y[i] x[i]/N，否则为 0" in summed


@pytest.mark.parametrize(
    ("text", "wrt", "kinks"),
    [
        ("norm2(A*x - b)", "x", ["norm2(A*x - b)"]), ("norm2(x)^3", "x", []), ("abs(t)^2", "t", []), ("max(0, t)^2", "t", []), ("abs(t)", "t", ["t"]),
        ("sum(relu(A*x) .^ 2)", "x", []), ("lambda*norm1(w) + norm2(A*w - b)^2", "w", ["w"]), ("abs(t)^3 + abs(t)", "t", ["t"]),
    ],
)  # fmt: skip
def test_where_there_is_no_derivative(text: str, wrt: str, kinks: list[str]) -> None:
    assert mg.derive(text, wrt, "t: scalar").to_json()["subgradient_where"] == kinks


def huber(r: np.ndarray, c: float) -> np.ndarray:
    return np.where(np.abs(r) <= c, r**2 / 2, c * np.abs(r) - c**2 / 2)


def test_hubers_second_derivative_curvature_and_threshold() -> None:
    declare = "X: matrix(m,n); w: vector(n); y: vector(m); c: scalar > 0; x[i]: vector(n), i=1..N; z[i]: scalar, i=1..N"
    second = mg.derive("sum(huber(X*w - y, c))", "w", declare, order=2)
    rng = np.random.default_rng(5)
    v = {"X": rng.normal(size=(6, 3)), "w": rng.normal(size=3), "y": rng.normal(size=6), "c": 0.7}
    inside = np.abs(v["X"] @ v["w"] - v["y"]) <= 0.7
    assert np.allclose(second.evaluate(v), v["X"].T @ np.diag(inside * 1.0) @ v["X"]) and [str(k) for k in second.result.kinks] == ["abs(X*w - y) - c"]
    for text in ("sum(huber(X*w - y, c))", "sum(i, 1..N, huber(w'*x[i] - z[i], c))", "sum(huber(X*w - y, c)) + c*norm2(w)^2"):
        assert mg.curvature(text, "w", declare).verdict == "convex"
    by_threshold = mg.derive("sum(huber(X*w - y, c))", "c", declare)
    r = np.abs(v["X"] @ v["w"] - v["y"])
    assert np.isclose(by_threshold.evaluate(v), np.maximum(0, r - 0.7).sum()) and by_threshold.check() and by_threshold.verify()
    assert mg.derive("sum(max(-c, min(c, w)))", "c", declare).check()  # where the threshold varies too, the general row holds
    with pytest.raises(mg.MatgradError):
        mg.parse("huber(X, w)", declare)


def test_huber_mean_and_piecewise() -> None:
    from matgrad.check.numeric import evaluate

    rng = np.random.default_rng(4)
    v = {"X": rng.normal(size=(6, 3)), "w": rng.normal(size=3), "y": rng.normal(size=6), "c": 0.7}
    declare = "X: matrix(m,n); w: vector(n); y: vector(m); c: scalar > 0; t: scalar"
    r = v["X"] @ v["w"] - v["y"]
    assert np.isclose(evaluate(mg.parse("sum(huber(X*w - y, c))", declare), v), huber(r, 0.7).sum())
    assert np.isclose(evaluate(mg.parse("mean(X)", declare), v), v["X"].mean())
    d = mg.derive("sum(huber(X*w - y, c))", "w", declare)
    assert np.allclose(d.evaluate(v), v["X"].T @ np.clip(r, -0.7, 0.7)) and d.verify()
    assert str(d.value) == "X'*max(-c, min(c, X*w - y))" and not d.result.kinks and len(d.steps) <= 6
    p = mg.parse("piecewise(t >= 1, 2*t - 1, t >= 0, t^2, 0)", declare)
    assert [evaluate(p, {"t": t}) for t in (3.0, 0.5, -2.0)] == [5.0, 0.25, 0.0]
    with pytest.raises(mg.ParseError, match="piecewise takes conditions and values in turn"):
        mg.parse("piecewise(t >= 0, t)", declare)
    with pytest.raises(mg.ShapeError, match="a condition of piecewise is a comparison"):
        mg.parse("piecewise(t, t, t)", declare)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("sum(i, 1..n, X[:,i]*unit(n,i)'/norm2(X[:,i]))[:,j]", "X[:,j]/norm2(X[:,j])"),
        ("sum(i, 1..n, t*unit(n,i)*X[:,i]')[j,:]", "t*X[:,j]'"),
        ("sum(i, 1..n, X[:,i]*unit(n,i)')[k,j]", "X[k,j]"),
        ("sum(i, 1..n, t^i*unit(n,i))[j]", "t^j"),
        ("sum(i, 1..n, A*X[:,i]*unit(n,i)')[k,j]", "(A*X[:,j])[k]"),
        ("sum(i, 2..n, t^i*unit(n,i))[j]", "sum(i, 2..n, t^i*unit(n,i))[j]"),  # nothing at j = 1
    ],
)
def test_an_entry_of_a_sum_over_unit_vectors_is_one_term(text: str, want: str) -> None:
    declared = "A: matrix(m,m); X: matrix(m,n); t: scalar; j: integer; k: integer"
    assert normal(mg.parse(text, declared)) is normal(mg.parse(want, declared))
    values = {"A": np.eye(2) + 1, "X": np.arange(6.0).reshape(2, 3), "t": 2.0, "j": 2, "k": 1, "m": 2, "n": 3}
    assert np.allclose(evaluate(mg.parse(text, declared), values), evaluate(mg.parse(want, declared), values))
