"""Whether two expressions are equal: proofs, evidence and counterexamples; exact numbers against NumPy's."""

from __future__ import annotations

import decimal
from fractions import Fraction

import numpy as np
import pytest

import matgrad as mg
from matgrad.check.draw import EXACT, draw_values
from matgrad.check.exact import Beyond, Decimals, Fractions
from matgrad.check.numeric import Evaluator
from matgrad.core import expr as ex
from matgrad.core.facts import facts
from matgrad.core.op import OPS

DECLARE = (
    "A: matrix(n,n); B: matrix(n,n); X: matrix(m,n); x: vector(n); y: vector(n); s: scalar; t: scalar; S: symmetric(n); Q: orthogonal(n); "
    "P: posdef(n); J: invertible(n); L: lower(n); sigma: elementwise; tau: elementwise; k: integer; z[i]: vector(n), i=1..N; p: scalar > 0"
)

PROVED = [("tr(A*B)", "tr(B*A)"), ("S'", "S"), ("Q'*Q", "eye(n)"), ("sum(softmax(x))", "1"), ("vec(A*B)", "kron(eye(n), A)*vec(B)")]

EVIDENCE = [
    ("det(A*B)", "det(A)*det(B)", "fractions"),
    ("tr((A + B)^2)", "tr(A^2) + 2*tr(A*B) + tr(B^2)", "fractions"),
    ("adj(A)*A", "det(A)*eye(n)", "fractions"),
    ("inv(A + B)", "inv(A) - inv(A)*inv(inv(A) + inv(B))*inv(A)", "fractions"),
    ("sum(i, 1..N, (z[i] - x)'*(z[i] - x))", "sum(i, 1..N, z[i]'*z[i]) - 2*x'*sum(i, 1..N, z[i]) + N*x'*x", "fractions"),
    ("det(eye(n) + x*y')", "1 + x'*y", "fractions"),
    ("relu(x)", "(x + abs(x))/2", "fractions"),
    ("det(A^k)", "det(A)^k", "fractions"),
    ("sin(s)^2 + cos(s)^2", "1", "decimals"),
    ("cosh(20*s)^2 - sinh(20*s)^2", "1", "decimals"),
    ("log(s*t)", "log(s) + log(t)", "decimals"),
    ("logsumexp(x + s)", "logsumexp(x) + s", "decimals"),
    ("gelu(x)", "x .* (1 + erf(x/sqrt(2)))/2", "decimals"),
    ("asin(s) + acos(s)", "pi/2", "decimals"),
    ("norm2(s*x)", "abs(s)*norm2(x)", "decimals"),
    ("sqrt(p*s^2)", "abs(s)*sqrt(p)", "decimals"),
    ("logdet(A'*A)", "2*log(abs(det(A)))", "decimals"),
    ("sqrtm(P)*sqrtm(P)", "P", "floats"),
]

DIFFERENT = [
    ("A*B", "B*A"), ("A'", "A"), ("A + 1e-12*A", "A"), ("A + 1e-300*B", "A"), ("exp(s)", "exp(s) + 1e-30*s"), ("s", "s^1.0000000001"),
    ("1e-14*s", "0"), ("(s + 1e-20)^2 - s^2", "2e-20*s"), ("det(A + B)", "det(A) + det(B)"), ("tr(A*B)", "tr(A)*tr(B)"), ("A .* B", "A*B"),
    ("(A + B)^2", "A^2 + 2*A*B + B^2"), ("vec(x*y')", "kron(x, y)"), ("x*y'", "y*x'"), ("exp(A)*exp(B)", "exp(A + B)"), ("inv(A)", "A'"), ("x'*A*y", "y'*A*x"),
    ("sigma(x)", "tau(x)"), ("sigma'(x)", "1 - sigma(x) .^ 2"), ("sigma'''(x)", "0*x"), ("(x >= 0)", "(x > 0)"),
    ("atan(s) + atan(1/s)", "pi/2"), ("abs(s)", "s"),
    ("sum(i, 1..N, z[i])", "N*z[1]"), ("A^k", "A^3"), ("L", "L'"), ("J*A", "A*J"), ("P*S", "S*P"), ("Q", "Q'"), ("pi", "355/113"), ("m*tr(A)", "n*tr(A)"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), PROVED)
def test_proved_by_normal_form(a: str, b: str) -> None:
    verdict = mg.compare(a, b, DECLARE)
    assert verdict and verdict.proof == "normal form" and "proved" in str(verdict)


@pytest.mark.parametrize(("a", "b", "numbers"), EVIDENCE)
def test_evidence_is_called_that(a: str, b: str, numbers: str) -> None:
    verdict = mg.compare(a, b, DECLARE)
    assert verdict and verdict.proof == "evaluation" and verdict.numbers == numbers and verdict.points >= 5
    assert f"evidence ({verdict.points} points" in str(verdict) and "not a proof" in str(verdict)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_with_a_point_that_shows_it(a: str, b: str) -> None:
    verdict = mg.compare(a, b, DECLARE)
    assert not verdict and verdict.equal is False and verdict.left is not None and verdict.right is not None
    assert np.any(verdict.left != verdict.right) and verdict.counterexample is not None
    page = str(verdict)
    assert "different, at this point" in page and "left = " in page and "right = " in page
    shown = dict(line.strip().split(" = ", 1) for line in page.splitlines()[1:])
    assert shown["left"] != shown["right"] or shown["left - right"].strip("[]0, ")


@pytest.mark.parametrize(("a", "b"), [("A*B", "B*A"), ("x'*A*y", "y'*A*x"), ("det(A + B)", "det(A) + det(B)"), ("P*S", "S*P"), ("Q", "Q'")])
def test_the_counterexample_is_small_and_is_one_by_numpy_too(a: str, b: str) -> None:
    verdict = mg.compare(a, b, DECLARE)
    assert verdict.counterexample is not None and verdict.left is not None
    left, right = (Evaluator(mg.parse(e, DECLARE), verdict.counterexample).run() for e in (a, b))
    assert np.abs(left - right).max() > 1e-3 and np.allclose(left, verdict.left.astype(float))
    assert verdict.counterexample["n"] == 2 or "det" in a


def test_equal_where_both_are_defined() -> None:
    assert mg.equal("exp(log(s))", "s", DECLARE)
    assert mg.equal("sqrt(s)*sqrt(s)", "s", DECLARE)
    with pytest.raises(mg.MatgradError, match="no point was found"):
        mg.equal("log(-s^2 - 1)", "sqrt(-s^2 - 2)", DECLARE)  # both are undefined everywhere


@pytest.mark.parametrize(
    ("a", "b"),
    [("(exp(t) > 1e30)", "0"), ("(log(p) > 30)", "0"), ("relu(exp(t) - 1000000)", "0"), ("max(x'*x, 1000)", "1000"), ("sign(x'*P*x)", "1"), ("(s == 7)", "0")],
)
def test_kinks_and_jumps_far_out_are_reached(a: str, b: str) -> None:
    verdict = mg.compare(a, b, DECLARE)
    assert verdict.equal is False and verdict.counterexample is not None


@pytest.mark.parametrize(("a", "b"), [("max(sin(t), 2)", "2"), ("max(tanh(t), 1)", "1"), ("(sin(t) > 2)", "0")])
def test_a_function_seen_on_one_side_of_its_kink_only_is_undecided(a: str, b: str) -> None:
    with pytest.raises(mg.MatgradError, match="one side"):
        mg.equal(a, b, DECLARE)


@pytest.mark.parametrize(
    ("a", "b"), [("relu(-exp(t))", "0"), ("max(norm2(x), 0)", "norm2(x)"), ("abs(det(P))", "det(P)"), ("abs(tr(P))", "tr(P)"), ("max(t^2 + 1, 0)", "t^2 + 1")]
)
def test_a_side_that_a_fact_excludes_need_not_be_seen(a: str, b: str) -> None:
    assert mg.equal(a, b, DECLARE)


def test_sizes() -> None:
    verdict = mg.compare("x", "x'", DECLARE)
    assert not verdict and verdict.proof == "sizes" and "sizes differ" in str(verdict)


def test_large_sizes_are_left_to_floats() -> None:
    verdict = mg.compare("A*B", "(B'*A')' + 0*inv(A)", "A: matrix(150,150); B: matrix(150,150)")
    assert verdict
    assert not mg.equal("A*B", "B*A", "A: matrix(150,150); B: matrix(150,150)")


# --- exact numbers ------------------------------------------------------------------------------------------

RATIONAL = (
    "tr(A); inv(A); det(A); adj(A); A^k; A^(-2); kron(A, X); vec(X); diag(x); diag(A); sum(X); X*A*X'; x .^ 2; 1/s; A .* B; "
    "sum(i, 1..N, i*z[i]); [A, x]; max(x, 0); min(x, y); (x > 0); (x == x); abs(X); norm1(X); tril(A); triu(A); relu(x); sign(X); unit(n,1); "
    "eye(n) + A; vech(A); dup(n)*vech(A); elim(n)*vec(A); X[1,:]; unvec(vec(X), m, n); "
    "sum(r, 0..k-1, A^r*B*A^(k-r-1)); n*A/m; x[1]; sum(i, 1..n, sum(j, 1..i, A[i,j])); X .^ 0; A^0"
).split("; ")
IRRATIONAL = (
    "exp(X); sin(X); cos(X); tan(x); atan(X); sinh(X); cosh(X); tanh(X); tanh'(X); sigmoid(X); sigmoid'(X); softplus(x); silu(x); silu'(x); erf(X); "
    "gelu(x); gelu'(x); softmax(X); logsumexp(X); logdet(P); norm2(x); normF(X); sqrt(p); pi*s; log1p(p); log(p); asin(1/(1 + s^2)); acos(1/(1 + s^2)); "
    "p^pi; erf(9*x); sin(500*x)"
).split("; ")


def drawn(e: mg.Expr, seed: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    return draw_values([e], rng, dict.fromkeys(("m", "n", "N"), 1 + seed), "positive fractions")


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("text", RATIONAL)
def test_fractions_agree_with_numpy(text: str, seed: int) -> None:
    e = mg.parse(text, DECLARE)
    values = drawn(e, seed)
    have = Fractions(e, values).run()
    assert all(type(v) is Fraction for v in have.flat)
    assert np.allclose(have.astype(float), Evaluator(e, values).run(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("text", IRRATIONAL)
def test_decimals_agree_with_numpy(text: str, seed: int) -> None:
    e = mg.parse(text, DECLARE)
    values = drawn(e, seed)
    with pytest.raises(Beyond):
        Fractions(e, values).run()
    with decimal.localcontext(prec=40):
        have = Decimals(e, values).run()
    assert np.allclose(have.astype(float), Evaluator(e, values).run(), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("text", IRRATIONAL)
def test_decimals_have_the_digits_they_claim(text: str) -> None:
    e = mg.parse(text, DECLARE)
    values = drawn(e, 1)
    results = []
    for prec in (40, 90):
        with decimal.localcontext(prec=prec):
            results.append(Decimals(e, values).run())
    with decimal.localcontext(prec=90):
        gap = max(abs(x - y) / max(abs(y), decimal.Decimal("1e-6")) for x, y in zip(results[0].flat, results[1].flat))
    assert gap < decimal.Decimal(10) ** -34


@pytest.mark.parametrize("manner", EXACT)
@pytest.mark.parametrize("kind", ["symmetric", "posdef", "psd", "invertible", "diagonal", "orthogonal", "skew", "lower", "upper", "toeplitz"])
def test_fractions_satisfy_their_declarations_exactly(kind: str, manner: str) -> None:
    v = mg.parse("M", f"M: {kind}(n)")
    for n in (1, 2, 3, 4):
        for seed in range(3):
            m = draw_values([v], np.random.default_rng(seed), {"n": n}, manner)["M"]
            ones = np.eye(n, dtype=int)
            a = m.astype(float)
            holds = {
                "symmetric": np.all(m == m.T), "skew": np.all(m == -m.T), "diagonal": np.all(m == m * ones), "lower": np.all(m == np.tril(m)),
                "upper": np.all(m == np.triu(m)), "orthogonal": np.all(m @ m.T == ones), "invertible": abs(np.linalg.det(a)) > 1e-12,
                "posdef": np.linalg.eigvalsh(a).min() > 0, "psd": np.linalg.eigvalsh(a).min() > -1e-9,
            }  # fmt: skip
            assert all(holds[f] for f in facts(v) & holds.keys()), (manner, m)


@pytest.mark.parametrize("name", [n for n, op in OPS.items() if op.numpy])
def test_every_function_has_values_of_many_digits_but_those_of_the_spectrum(name: str) -> None:
    """A function added to table 1 is evaluated exactly as it stands, or floats must do for it; which, is known."""
    formals = [ex.var(f"X{i}", *(d if d.value else "n" for d in size), facts=("positive", "invertible")) for i, size in enumerate(OPS[name].sizes[0])]
    e = ex.node(OPS[name], tuple(formals), None, *OPS[name].result_shape(tuple(formals)))
    values = draw_values([e], np.random.default_rng(0), {"n": 2}, "parts of one")
    try:
        with decimal.localcontext(prec=40):
            have = Decimals(e, values).run()
    except Beyond:
        assert name in ("expm", "logm", "sqrtm", "sylvester", "lyapunov", "eigvecs", "polar")
        return
    assert np.allclose(have.astype(float), Evaluator(e, values).run())
