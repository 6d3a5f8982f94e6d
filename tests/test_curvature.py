"""Convex, concave or neither: the textbook's functions, refutations, and random composites against chords."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matgrad as mg
from matgrad.check.draw import draw_point, draw_values
from matgrad.check.numeric import Evaluator
from matgrad.core import expr as ex
from matgrad.core.expr import Expr
from matgrad.request import expression, targets
from matgrad.simplify.normal import normal
from matgrad.solve.atoms import ATOMS, Atom
from matgrad.solve.curvature import certified
from matgrad.solve.definite import scalar_sign, sign

VECTOR = "x: vector(n); a: vector(n); b: vector(m); A: matrix(m,n)"

FORMS = [
    ("log(1 + exp(a'*x))", "x", VECTOR, "convex"),
    ("log(sum(exp(x)))", "x", VECTOR, "convex"),
    ("(A*x - b)'*(A*x - b)", "x", VECTOR, "convex"),
    ("sqrt(1 + x^2)", "x", "x: scalar", "convex"),
    ("x*log(x)", "x", "x: scalar > 0", "convex"),
    ("tr(X'*X)", "X", "X: matrix(m,n)", "convex"),
    ("-y'*log(softmax(x))", "x", "y: onehot(n); x: vector(n)", "convex"),
    ("-y'*log(softmax(x))", "x", "y: vector(n) >= 0; x: vector(n)", "convex"),
    ("-logdet(X)", "X", "X: posdef(n)", "convex"),
    ("x'*x/t", "x,t", "x: vector(n); t: scalar > 0", "convex"),
    ("-log(det(S)) + tr(A*S)", "S", "S: posdef(n); A: posdef(n)", "convex"),
    ("log(det(S)) + tr(A*inv(S))", "S", "S: posdef(n); A: posdef(n)", "neither"),
    ("sum(softplus(-y .* (X*w))) + c*norm2(w)^2", "w", "X: matrix(N,n); y: vector(N); w: vector(n); c: scalar > 0", "convex"),
    ("norm2(A*x - b) + c*norm1(x)", "x", VECTOR + "; c: scalar > 0", "convex"),
    ("sum(max(0, 1 - y .* (X*w)))", "w", "X: matrix(N,n); y: vector(N); w: vector(n)", "convex"),
    ("tr(inv(S))", "S", "S: posdef(n)", "convex"),
    ("x'*inv(S)*x", "x,S", "x: vector(n); S: posdef(n)", "convex"),
    ("-sum(log(b - A*x))", "x", VECTOR, "convex"),
    ("sum(sqrt(x))", "x", "x: vector(n) > 0", "concave"),
    ("sum(log(x))", "x", "x: vector(n) > 0", "concave"),
    ("a'*x + 1", "x", VECTOR, "affine"),
    ("(a'*x)^2 - (a'*x)^2 + a'*x", "x", VECTOR, "affine"),
    ("normF(A*X*B - C)^2", "X", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,q); C: matrix(p,q)", "convex"),
    ("sum(i, 1..N, norm2(x[i] - mu))", "mu", "x[i]: vector(n), i=1..N; mu: vector(n)", "convex"),
    ("exp(norm2(x)^2)", "x", VECTOR, "convex"),
    ("log(exp(a'*x) + exp(2*a'*x) + 1)", "x", VECTOR, "convex"),
    ("log(exp(x)/s + exp(-2*x)/s^2)", "x,s", "x: scalar; s: scalar > 0", "convex"),
    ("tan(x)^2", "x", "x: scalar", "unknown"),
    ("x'*M*x", "x", "x: vector(n); M: symmetric(n)", "neither"),
    ("x'*M*x", "x", "x: vector(n); M: psd(n)", "convex"),
    ("x*y", "x,y", "x: scalar; y: scalar", "neither"),
    ("sin(x)", "x", "x: scalar", "neither"),
    ("1/x", "x", "x: scalar", "neither"),
    ("1/x", "x", "x: scalar > 0", "convex"),
    ("x^4 - x^2", "x", "x: scalar", "neither"),
    ("c*x^2", "x", "c: scalar; x: scalar", "unknown"),
    ("norm2(x)*norm2(x - a)", "x", VECTOR, "neither"),
    ("det(X)", "X", "X: symmetric(2)", "neither"),
]


@pytest.mark.parametrize(("expr", "wrt", "declare", "verdict"), FORMS, ids=lambda a: str(a)[:40])
def test_verdicts(expr: str, wrt: str, declare: str, verdict: str) -> None:
    found = mg.curvature(expr, wrt, declare)
    assert str(found) == found.verdict == verdict
    assert bool(found.reasons) == (verdict in ("convex", "concave", "affine"))
    if verdict == "neither":
        function, known, _ = expression(expr, declare)
        above, below = found.segments
        assert above.above and not below.above
        for s in found.segments:  # the segment again, by hand
            ends = [value(function, {**s.values, **end}) for end in (s.start, s.end)]
            middle = value(function, {**s.values, **{k: (np.asarray(a) + s.end[k]) / 2 for k, a in s.start.items()}})
            assert (middle > sum(ends) / 2) == s.above and middle != pytest.approx(sum(ends) / 2, rel=1e-7)


def value(function: Expr, values: dict[str, Any]) -> float:
    return float(Evaluator(function, values).run().reshape(-1)[0])


def test_the_set_on_which_a_logarithm_is_defined_is_said() -> None:
    found = mg.curvature("-sum(log(b - A*x))", "x", VECTOR)
    assert [str(e) for e in found.domain] == ["b - A*x"]
    assert "on the set where b - A*x > 0" in found.explain() and "在 b - A*x > 0 的集合上" in found.explain("zh")
    assert not mg.curvature("x*log(x)", "x", "x: scalar > 0").domain


BY_HESSIAN = [
    ("x^2 - x*y + y^2", "x,y", "x: scalar; y: scalar", "convex", "Schur complement"),
    ("x'*A*x - 2*x'*y + y'*inv(A)*y", "x,y", "x: vector(n); y: vector(n); A: posdef(n)", "convex", "Schur complement"),
    ("x^2 - 3*x*y + y^2", "x,y", "x: scalar; y: scalar", "neither", ""),
    ("(x - 1)^4 + x*(x + 2)", "x", "x: scalar", "convex", "Hessian positive definite"),
    ("-y'*X*w + sum(softplus(X*w)) - sum(w)", "w", "X: matrix(N,n) full_column_rank; y: vector(N); w: vector(n)", "convex", ""),
]


@pytest.mark.parametrize(("expr", "wrt", "declare", "verdict", "reason"), BY_HESSIAN)
def test_certificates_by_the_hessian(expr: str, wrt: str, declare: str, verdict: str, reason: str) -> None:
    found = mg.curvature(expr, wrt, declare)
    assert found.verdict == verdict
    assert not reason or reason in [key for key, *_ in found.reasons]


def test_explanations_are_in_both_languages() -> None:
    found = mg.curvature("log(1 + exp(a'*x))", "x", VECTOR)
    assert "f is convex in x" in found.explain() and "logarithm of a sum of exponentials" in found.explain()
    assert "凸函数" in found.explain("zh") and "指数之和的对数" in found.explain("zh")
    refuted = mg.curvature("log(det(S)) + tr(A*inv(S))", "S", "S: posdef(n); A: posdef(n)")
    assert "not convex: at the middle of the segment S:" in refuted.explain() and "非凸" in refuted.explain("zh")
    assert refuted.to_json()["verdict"] == "neither" and len(refuted.to_json()["segments"]) == 2
    with pytest.raises(mg.MatgradError):
        found.explain("fr")


REFUSED = [
    ("tr(Q*A)", "Q", "Q: orthogonal(n); A: matrix(n,n)", "do not form a convex set"),
    ("logdet(X)", "X", "X: invertible(n)", "do not form a convex set"),
    ("sum(y)", "y", "y: onehot(n)", "do not form a convex set"),
    ("x'*x", "z", "x: vector(n); z: vector(n)", "does not occur"),
    ("x'*x", "x[1]", "x: vector(n)", "whole variable"),
    ("tr(A)*t", "t", "A(t): matrix(n,n); t: scalar", "unspecified function"),
    ("A*x", "x", VECTOR, "scalar function"),
]


@pytest.mark.parametrize(("expr", "wrt", "declare", "says"), REFUSED)
def test_refusals_say_why(expr: str, wrt: str, declare: str, says: str) -> None:
    with pytest.raises(mg.MatgradError, match=says):
        mg.curvature(expr, wrt, declare)


SIGNS = [
    ("X'*X", "X: matrix(m,n)", 1, False),
    ("X'*X", "X: matrix(m,n) full_column_rank", 1, True),
    ("X'*diag(d)*X", "X: matrix(m,n); d: vector(m) > 0", 1, False),
    ("-X'*diag(d)*X", "X: matrix(m,n) full_column_rank; d: vector(m) > 0", -1, True),
    ("kron(A, B)", "A: posdef(m); B: posdef(n)", 1, True),
    ("X'*(diag(softmax(x)) - softmax(x)*softmax(x)')*X", "X: matrix(n,m); x: vector(n)", 1, False),
    ("X*X' + eye(m)", "X: matrix(m,n)", 1, True),
    ("1/sqrt(1 + t^2) - t^2/(1 + t^2)^(3/2)", "t: scalar", 1, True),
    ("sum(inv(S))", "S: posdef(n)", 1, True),
]


@pytest.mark.parametrize(("text", "declare", "direction", "strict"), SIGNS)
def test_signs_of_matrices(text: str, declare: str, direction: int, strict: bool) -> None:
    found = sign(normal(mg.parse(text, declare)))
    assert found == (direction, strict)


@pytest.mark.parametrize(("text", "declare"), [("A - B", "A: posdef(n); B: posdef(n)"), ("A*B", "A: posdef(n); B: posdef(n)"), ("S", "S: symmetric(n)")])
def test_no_sign_is_guessed(text: str, declare: str) -> None:
    assert sign(normal(mg.parse(text, declare))) is None


def test_a_semidefinite_matrix_says_nothing_of_its_entries() -> None:
    for text, declare in (("M", "M: psd(n)"), ("sum(i, 1..N, x[i]*x[i]')", "x[i]: vector(n), i=1..N"), ("X'*X", "X: matrix(m,n)")):
        assert scalar_sign(normal(mg.parse(text, declare))) is None
        assert scalar_sign(normal(mg.parse(f"({text})[1,2]", declare))) is None


# --- the table, and random composites, against chords ------------------------------------------------------


def violations(function: Expr, leaves: list[Expr], domain: list[Expr], curved: str, rng: np.random.Generator, chords: int = 12) -> list[float]:
    """How far the function leaves the right side of its chords, at points inside the domain."""
    found = []
    for _ in range(chords):
        values = draw_point(function, [*leaves, *domain], rng, 3)
        if values is None:
            continue
        sizes = {k: v for k, v in values.items() if k in ex.letters(function, *leaves)}
        names = [v.data[0] for v in leaves]
        start = {k: np.asarray(values[k], dtype=float) for k in names}
        end = {v.data[0]: np.asarray(draw_values([v], rng, sizes)[v.data[0]], dtype=float) * 10 ** rng.uniform(-1, 0.5) for v in leaves}
        points = [{**values, **{k: (1 - t) * start[k] + t * end[k] for k in names}} for t in (0, 0.25, 0.5, 0.75, 1)]
        if any(np.any(Evaluator(d, p).run() <= 0) for d in domain for p in points):
            continue
        f = np.array([Evaluator(function, p).run() for p in points]).reshape(5, -1)
        if np.all(np.isfinite(f)):
            gap = f[2] - (f[1] + f[3]) / 2, f[2] - (f[0] + f[4]) / 2
            scale = np.maximum(1, np.abs(f).max(axis=0))
            found += [float(np.max((1 if curved == "convex" else -1) * g / scale)) for g in gap]
            if curved == "affine":
                found += [float(np.max(np.abs(g) / scale)) for g in gap]
    return found


@pytest.mark.parametrize("atom", ATOMS, ids=lambda a: f"{a.left} {a.declare[:20]}")
def test_every_row_of_the_table(atom: Atom) -> None:
    pattern, inside = atom.pattern
    leaves = [v for v in ex.variables(pattern) if atom.moves[v.data[0]] != "constant"]
    seen = violations(pattern, leaves, [inside] if inside is not None else [], atom.curvature, np.random.default_rng(3), 60)
    assert len(seen) >= 20 and max(seen) < 1e-9
    other = "concave" if atom.curvature == "convex" else "convex"
    wrong = violations(pattern, leaves, [inside] if inside is not None else [], other, np.random.default_rng(3), 30)
    assert max(wrong) > 1e-6 or atom.left in ("norm1(X)", "abs(X)")  # linear on nonnegative arguments


@pytest.mark.parametrize("atom", [a for a in ATOMS if {"+", "-"} & set(a.moves.values())], ids=lambda a: f"{a.left} {a.declare[:20]}")
def test_every_row_moves_as_it_says(atom: Atom) -> None:
    pattern, _ = atom.pattern
    rng = np.random.default_rng(4)
    for v in [v for v in ex.variables(pattern) if atom.moves[v.data[0]] in "+-"]:
        for _ in range(10):
            values = draw_point(pattern, [v], rng, 3)
            assert values is not None
            step = np.abs(rng.normal(size=np.shape(values[v.data[0]])))
            moved = Evaluator(pattern, {**values, v.data[0]: np.asarray(values[v.data[0]]) + step}).run() - Evaluator(pattern, values).run()
            assert np.all(moved >= -1e-12) if atom.moves[v.data[0]] == "+" else np.all(moved <= 1e-12)


DECLARE = "x: vector(n); y: vector(n); p: vector(n) > 0; t: scalar; s: scalar > 0; A: matrix(m,n); b: vector(m); S: posdef(n); M: psd(n); N: symmetric(n)"
SCALARS = [
    "a'*x", "x'*x", "x'*M*x", "x'*N*x", "t", "s", "norm2(x)", "norm2(A*x - b)", "sum(p)", "logdet(S)", "tr(M*S)", "x'*inv(S)*x", "sum(x .* y)", "y'*x", "1",
    "sum(exp(x))", "sum(log(p))", "tr(inv(S))", "max(t, 0)", "logsumexp(A*x)", "x'*x/s", "norm1(p)", "sum(p .* log(p))", "t^2", "sqrt(s)", "1/s", "t*s",
]  # fmt: skip
UNARY = [
    "exp({0})", "log({0})", "sqrt({0})", "({0})^2", "-({0})", "2*({0})", "abs({0})", "softplus({0})", "1/({0})", "({0})^3", "max({0}, 1)", "log(1 + ({0})^2)",
    "sqrt(1 + ({0})^2)", "tanh({0})", "cosh({0})", "relu({0})", "({0})^4", "log(sigmoid({0}))", "({0})^(3/2)", "exp(-({0}))", "({0})*log({0})",
]  # fmt: skip
BINARY = ["({0}) + ({1})", "({0}) - ({1})", "({0})*({1})", "max({0}, {1})", "min({0}, {1})", "({0})/({1})", "log(exp({0}) + exp({1}))"]


def composite(rng: np.random.Generator, depth: int) -> str:
    roll = rng.random()
    if depth == 0 or roll < 0.2:
        return str(rng.choice(SCALARS))
    if roll < 0.65:
        return str(rng.choice(UNARY)).format(composite(rng, depth - 1))
    return str(rng.choice(BINARY)).format(composite(rng, depth - 1), composite(rng, depth - 1))


@pytest.mark.parametrize("batch", range(5))
def test_no_random_composite_is_wrongly_certified(batch: int) -> None:
    rng = np.random.default_rng(100 + batch)
    seen = proved = 0
    while seen < 40:
        text = composite(rng, 3)
        function, known, _ = expression(text, DECLARE + "; a: vector(n)")
        occurring = [v.data[0] for v in ex.variables(function) if v.data[0] in ("x", "p", "t", "s", "S")]
        if not occurring:
            continue
        seen += 1
        wrt = ",".join(occurring[: int(rng.integers(1, 3))])
        found = certified(function, targets(wrt, function, known))  # the proof alone, without the numeric guard
        if found.verdict == "unknown":
            continue
        gaps = violations(function, [t.leaf for t in found.targets], found.domain, found.verdict, rng)
        assert not gaps or max(gaps) < 1e-8, (text, wrt, found.verdict, found.reasons)
        proved += bool(gaps)
    assert proved >= 5
