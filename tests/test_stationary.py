"""Stationary points against linear algebra done by hand in NumPy, and against the function itself near the solution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import matgrad as mg

RNG = np.random.default_rng(7)
Values = dict[str, Any]


def normal(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def definite(n: int) -> np.ndarray:
    a = normal(n, n)
    return a @ a.T + np.eye(n)


def root_inverse(s: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(s)
    return vectors / np.sqrt(values) @ vectors.T


def factor(m: np.ndarray) -> np.ndarray:
    u, _, vh = np.linalg.svd(m, full_matrices=False)
    return u @ vh


def log_likelihood(x: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> float:
    return len(x) * np.linalg.slogdet(sigma)[1] + np.sum((x - mu) * np.linalg.solve(sigma, (x - mu).T).T)


def square(a: np.ndarray) -> float:
    return float(np.sum(a * a))


def noise(point: Values, size: float) -> Values:
    """A random point near by; a square array that is symmetric stays so."""
    moved = {}
    for k, a in point.items():
        step = size * RNG.normal(size=np.shape(a))
        moved[k] = a + ((step + step.T) / 2 if np.ndim(a) == 2 and a.shape[0] == a.shape[1] and np.allclose(a, a.T) else step)
    return moved


def onto_plane(a: np.ndarray, name: str) -> Callable[[Values, float], Values]:
    """Steps within A*x = const."""
    return lambda point, size: {name: point[name] + size * (np.eye(a.shape[1]) - np.linalg.pinv(a) @ a) @ RNG.normal(size=point[name].shape)}


def onto_sphere(**matrices: np.ndarray) -> Callable[[Values, float], Values]:
    """Steps within W'*B*W = eye."""

    def step(point: Values, size: float) -> Values:
        moved = {}
        for k, b in matrices.items():
            w = point[k] + size * RNG.normal(size=point[k].shape)
            w = w.reshape(b.shape[0], -1)
            moved[k] = (w @ root_inverse(w.T @ b @ w)).reshape(point[k].shape)
        return moved

    return step


class Case:
    """A problem, its data, the function and the answer in NumPy, the verdict, and how to move while the constraints hold."""

    def __init__(self, expr: str, wrt: str, declare: str, data: Values, f: Callable[..., float], answer: Callable[..., Any], verdict: str,
                 subject_to: str = "", moves: Callable[[Values, float], Values] = noise):  # fmt: skip
        self.question = (expr, wrt, declare)
        self.unknowns = wrt.split(",")
        self.data = data
        self.f = f
        self.answer = answer
        self.verdict = verdict
        self.subject_to = subject_to
        self.moves = moves


def data(**given: Any) -> Values:
    return given


A53, B36 = normal(5, 3), normal(3, 6)
LS = data(X=normal(7, 3), y=normal(7))
P7, S4, R3 = definite(7), definite(4), definite(3)
PLANE, SAMPLES = normal(2, 3), normal(9, 3)
ROWS = "X: matrix(T,k) full_column_rank; w: vector(k); y: vector(T)"

CASES = {
    "least squares": Case("norm2(X*w - y)^2", "w", ROWS, LS, lambda v, w: square(v["X"] @ w - v["y"]),
                          lambda v: np.linalg.lstsq(v["X"], v["y"], rcond=None)[0], "unique minimum"),
    "least squares, several outputs": Case(
        "normF(Y - X*W)^2", "W", "X: matrix(T,k) full_column_rank; W: matrix(k,p); Y: matrix(T,p)", data(X=normal(7, 3), Y=normal(7, 2)),
        lambda v, W: square(v["Y"] - v["X"] @ W), lambda v: np.linalg.pinv(v["X"]) @ v["Y"], "unique minimum"),
    "covariance": Case(
        "log(det(Sigma)) + tr(S*inv(Sigma))", "Sigma", "Sigma: posdef(m); S: posdef(m)", data(S=definite(3)),
        lambda v, Sigma: np.linalg.slogdet(Sigma)[1] + np.trace(v["S"] @ np.linalg.inv(Sigma)), lambda v: v["S"], "unique minimum"),
    "ridge": Case(
        "norm2(X*w - y)^2 + c*norm2(w)^2", "w", "X: matrix(m,n); w: vector(n); y: vector(m); c: scalar > 0", {**LS, "c": 0.7},
        lambda v, w: square(v["X"] @ w - v["y"]) + 0.7 * square(w), lambda v: np.linalg.solve(v["X"].T @ v["X"] + 0.7 * np.eye(3), v["X"].T @ v["y"]),
        "unique minimum"),
    "weighted": Case(
        "sum(h .* (X*w - y) .^ 2)", "w", ROWS + "; h: vector(T) > 0", {**LS, "h": np.abs(normal(7)) + 0.1},
        lambda v, w: float(np.sum(v["h"] * (v["X"] @ w - v["y"]) ** 2)),
        lambda v: np.linalg.solve(v["X"].T * v["h"] @ v["X"], v["X"].T @ (v["h"] * v["y"])), "unique minimum"),
    "generalised": Case(
        "(y - X*w)'*inv(P)*(y - X*w)", "w", ROWS + "; P: posdef(T)", {**LS, "P": P7},
        lambda v, w: (v["y"] - v["X"] @ w) @ np.linalg.solve(P7, v["y"] - v["X"] @ w),
        lambda v: np.linalg.solve(v["X"].T @ np.linalg.solve(P7, v["X"]), v["X"].T @ np.linalg.solve(P7, v["y"])), "unique minimum"),
    "Tikhonov": Case(
        "norm2(A*x - b)^2 + norm2(G*x)^2", "x", "A: matrix(m,n) full_column_rank; G: matrix(p,n); x: vector(n); b: vector(m)",
        data(A=A53, G=PLANE, b=normal(5)), lambda v, x: square(A53 @ x - v["b"]) + square(PLANE @ x),
        lambda v: np.linalg.solve(A53.T @ A53 + PLANE.T @ PLANE, A53.T @ v["b"]), "unique minimum"),
    "with an intercept": Case(
        "norm2(X*w + b*ones(T) - y)^2", "w,b", "X: matrix(T,k); w: vector(k); y: vector(T); b: scalar", LS,
        lambda v, w, b: square(v["X"] @ w + b - v["y"]),
        lambda v: (lambda s: {"w": s[:3], "b": s[3]})(np.linalg.lstsq(np.c_[v["X"], np.ones(7)], v["y"], rcond=None)[0]), "minimum"),
    "total least squares": Case(
        "norm2([A, b]*v)^2", "v", "A: matrix(m,n); b: vector(m); v: vector(n+1)", data(A=A53, b=normal(5)),
        lambda v, v_: square(np.c_[v["A"], v["b"]] @ v_), lambda v: np.linalg.svd(np.c_[v["A"], v["b"]])[2][-1], "minimum",
        "v'*v = 1", onto_sphere(v=np.eye(4))),
    "mean and covariance": Case(
        "N*log(det(Sigma)) + sum(i, 1..N, (x[i]-mu)'*inv(Sigma)*(x[i]-mu))", "mu,Sigma", "Sigma: posdef(n); mu: vector(n); x[i]: vector(n), i=1..N",
        data(x=SAMPLES), lambda v, mu, Sigma: log_likelihood(SAMPLES, mu, Sigma),
        lambda v: {"mu": SAMPLES.mean(0), "Sigma": np.cov(SAMPLES.T, bias=True)}, "minimum"),
    "precision": Case(
        "tr(S*P) - log(det(P))", "P", "P: posdef(n); S: posdef(n)", data(S=definite(3)), lambda v, P: np.trace(v["S"] @ P) - np.linalg.slogdet(P)[1],
        lambda v: np.linalg.inv(v["S"]), "unique minimum"),
    "variance": Case(
        "N*log(t) + r/(2*t^2)", "t", "N: scalar > 0; r: scalar > 0; t: scalar > 0", data(N=3.0, r=2.0),
        lambda v, t: 3 * np.log(t) + 1 / t**2, lambda v: np.sqrt(2 / 3), "unique minimum"),
    "linear discriminant": Case(
        "-d'*w", "w", "S: posdef(n); d: vector(n); w: vector(n)", data(S=S4, d=normal(4)), lambda v, w: -v["d"] @ w,
        lambda v: (lambda u: u / np.sqrt(u @ S4 @ u))(np.linalg.solve(S4, v["d"])), "minimum", "w'*S*w = 1", onto_sphere(w=S4)),
    "principal components": Case(
        "-tr(W'*S*W)", "W", "S: posdef(n); W: matrix(n,k)", data(S=S4, W=normal(4, 2)), lambda v, W: -np.trace(W.T @ S4 @ W),
        lambda v: np.linalg.eigh(S4)[1][:, :1:-1], "minimum", "W'*W = eye(k)", onto_sphere(W=np.eye(4))),
    "Rayleigh": Case(
        "x'*A*x/(x'*B*x)", "x", "A: symmetric(n); B: posdef(n); x: vector(n)", data(A=S4 - 3 * np.eye(4), B=P7[:4, :4]),
        lambda v, x: (x @ v["A"] @ x) / (x @ v["B"] @ x),
        lambda v: (lambda r: r @ np.linalg.eigh(r @ v["A"] @ r)[1][:, 0])(root_inverse(v["B"])), "minimum"),
    "canonical correlation": Case(
        "-tr(A'*C*B)", "A,B", "C: matrix(m,n); S: posdef(m); R: posdef(n); A: matrix(m,k); B: matrix(n,k)",
        data(C=normal(4, 3), S=S4, R=R3, A=normal(4, 2), B=normal(3, 2)), lambda v, A, B: -np.trace(A.T @ v["C"] @ B),
        lambda v: (lambda u, s, w: {"A": root_inverse(S4) @ u[:, :2], "B": root_inverse(R3) @ w[:2].T})(
            *np.linalg.svd(root_inverse(S4) @ v["C"] @ root_inverse(R3))),
        "minimum", "A'*S*A = eye(k); B'*R*B = eye(k)", onto_sphere(A=S4, B=R3)),
    "Procrustes": Case(
        "normF(Q*A - B)^2", "Q", "Q: orthogonal(n); A: matrix(n,m); B: matrix(n,m)", data(A=normal(3, 5), B=normal(3, 5)),
        lambda v, Q: square(Q @ v["A"] - v["B"]), lambda v: factor(v["B"] @ v["A"].T), "minimum", "", onto_sphere(Q=np.eye(3))),
    "Wahba": Case(
        "sum(i, 1..N, c[i]*norm2(b[i] - Q*a[i])^2)", "Q", "Q: orthogonal(n); a[i]: vector(n), i=1..N; b[i]: vector(n), i=1..N; c: vector(N) > 0",
        data(a=normal(6, 3), b=normal(6, 3), c=np.abs(normal(6)) + 0.1),
        lambda v, Q: float(np.sum(v["c"] * np.sum((v["b"] - v["a"] @ Q.T) ** 2, axis=1))), lambda v: factor(v["b"].T * v["c"] @ v["a"]), "minimum", "",
        onto_sphere(Q=np.eye(3))),
    "polar factor": Case(
        "normF(Q - M)^2", "Q", "Q: orthogonal(n); M: matrix(n,n)", data(M=normal(3, 3)), lambda v, Q: square(Q - v["M"]), lambda v: factor(v["M"]),
        "minimum", "", onto_sphere(Q=np.eye(3))),
    "nearest frame": Case(
        "normF(W - M)^2", "W", "W: matrix(n,k); M: matrix(n,k)", data(M=normal(4, 2)), lambda v, W: square(W - v["M"]), lambda v: factor(v["M"]),
        "minimum", "W'*W = eye(k)", onto_sphere(W=np.eye(4))),
    "whitening": Case(
        "-tr(W)", "W", "S: posdef(n); W: matrix(n,n)", data(S=S4), lambda v, W: -np.trace(W), lambda v: root_inverse(S4), "minimum", "W'*S*W = eye(n)",
        onto_sphere(W=S4)),
    "Kalman gain": Case(
        "tr((eye(n) - K*H)*P*(eye(n) - K*H)' + K*R*K')", "K", "K: matrix(n,p); H: matrix(p,n); P: posdef(n); R: posdef(p)",
        data(H=normal(3, 4), P=S4, R=R3), lambda v, K: np.trace((np.eye(4) - K @ v["H"]) @ S4 @ (np.eye(4) - K @ v["H"]).T + K @ R3 @ K.T),
        lambda v: S4 @ v["H"].T @ np.linalg.inv(v["H"] @ S4 @ v["H"].T + R3), "unique minimum"),
    "portfolio": Case(
        "w'*S*w", "w", "S: posdef(n); w: vector(n)", data(S=S4), lambda v, w: w @ S4 @ w,
        lambda v: np.linalg.solve(S4, np.ones(4)) / np.linalg.inv(S4).sum(), "unique minimum", "sum(w) = 1", onto_plane(np.ones((1, 4)), "w")),
    "portfolio with a return": Case(
        "w'*S*w", "w", "S: posdef(n); w: vector(n); mu: vector(n); r: scalar", data(S=S4, mu=np.arange(4.0), r=1.5), lambda v, w: w @ S4 @ w,
        lambda v: (lambda a: np.linalg.solve(S4, a.T) @ np.linalg.solve(a @ np.linalg.solve(S4, a.T), [1, 1.5]))(np.array([np.ones(4), np.arange(4.0)])),
        "unique minimum", "sum(w) = 1; mu'*w = r", onto_plane(np.array([np.ones(4), np.arange(4.0)]), "w")),
    "best linear unbiased": Case(
        "tr(L*V*L')", "L", "L: matrix(k,n); V: posdef(n); X: matrix(n,k) full_column_rank", data(V=P7, X=LS["X"]), lambda v, L: np.trace(L @ P7 @ L.T),
        lambda v: np.linalg.solve(v["X"].T @ np.linalg.solve(P7, v["X"]), v["X"].T @ np.linalg.inv(P7)), "unique minimum", "L*X = eye(k)",
        lambda point, size: {"L": point["L"] + size * normal(3, 7) @ (np.eye(7) - LS["X"] @ np.linalg.pinv(LS["X"]))}),
    "least squares with constraints": Case(
        "norm2(X*w - y)^2", "w", ROWS + "; A: matrix(p,k) full_row_rank; b: vector(p)", {**LS, "A": PLANE, "b": normal(2)},
        lambda v, w: square(v["X"] @ w - v["y"]),
        lambda v: np.linalg.solve(np.block([[v["X"].T @ v["X"], PLANE.T], [PLANE, np.zeros((2, 2))]]), np.r_[v["X"].T @ v["y"], v["b"]])[:3],
        "unique minimum", "A*w = b", onto_plane(PLANE, "w")),
    "factors on both sides": Case(
        "normF(A*X*B - C)^2", "X", "A: matrix(p,m) full_column_rank; X: matrix(m,n); B: matrix(n,q) full_row_rank; C: matrix(p,q)",
        data(A=A53, B=B36, C=normal(5, 6)), lambda v, X: square(A53 @ X @ B36 - v["C"]),
        lambda v: np.linalg.pinv(A53) @ v["C"] @ np.linalg.pinv(B36), "unique minimum"),
    "Sylvester regression": Case(
        "normF(X - Y)^2 + tr(X'*A*X) + tr(X*B*X')", "X", "X: matrix(m,n); Y: matrix(m,n); A: psd(m); B: psd(n)",
        data(A=S4, B=R3, Y=normal(4, 3)), lambda v, X: square(X - v["Y"]) + np.trace(X.T @ S4 @ X) + np.trace(X @ R3 @ X.T),
        lambda v: np.linalg.solve(np.kron(np.eye(3), S4 + np.eye(4)) + np.kron(R3, np.eye(4)), v["Y"].ravel(order="F")).reshape(4, 3, order="F"),
        "unique minimum"),
    "nearest symmetric": Case(
        "normF(X - A)^2", "X", "X: symmetric(n); A: matrix(n,n)", data(A=normal(3, 3)), lambda v, X: square(X - v["A"]),
        lambda v: (v["A"] + v["A"].T) / 2, "unique minimum"),
    "best diagonal": Case(
        "normF(D*A - B)^2", "D", "D: diagonal(n); A: matrix(n,m); B: matrix(n,m)", data(A=normal(3, 5), B=normal(3, 5)),
        lambda v, D: square(D @ v["A"] - v["B"]), lambda v: np.diag(np.sum(v["A"] * v["B"], axis=1) / np.sum(v["A"] ** 2, axis=1)), "minimum", "",
        lambda point, size: {"D": point["D"] + size * np.diag(normal(3))}),
}  # fmt: skip


def solution(found: mg.Stationary, case: Case) -> Values:
    have = found.evaluate(case.data)
    return have if len(case.unknowns) > 1 else {case.unknowns[0]: have}


def same_up_to_signs(have: np.ndarray, want: np.ndarray) -> bool:
    """Columns are eigenvectors, known up to a sign each."""
    h, w = (a.reshape(len(a), -1) for a in (have, want))
    return all(min(np.abs(x - y).max(), np.abs(x + y).max()) < 1e-8 for x, y in zip(h.T, w.T))


EIGENVECTORS = {"total least squares", "principal components", "Rayleigh", "canonical correlation"}


@pytest.mark.parametrize("name", CASES)
def test_closed_forms(name: str) -> None:
    case = CASES[name]
    found = mg.stationary(*case.question, subject_to=case.subject_to)
    have, want = solution(found, case), case.answer(case.data)
    want = want if isinstance(want, dict) else {case.unknowns[0]: want}
    for k in want:
        assert same_up_to_signs(have[k], want[k]) if name in EIGENVECTORS else np.allclose(have[k], want[k], atol=1e-8), k
    assert found.verdict == case.verdict
    outcome = found.check()
    assert outcome and outcome.error < 1e-8 and found.verify()
    best = case.f(case.data, **renamed(have))
    for size in (1e-3, 1e-1):
        for _ in range(5):
            near = case.moves(have, size)
            if "Sigma" in near or "P" in near and "P" in case.unknowns:
                near = {k: a if np.ndim(a) < 2 or np.linalg.eigvalsh(a)[0] > 0 else have[k] for k, a in near.items()}
            assert case.f(case.data, **renamed(near)) >= best - 1e-9 * max(1, abs(best))


def renamed(point: Values) -> Values:
    """The data argument of f is called v."""
    return {("v_" if k == "v" else k): a for k, a in point.items()}


def test_least_squares_ends_as_in_the_tutorial() -> None:
    found = mg.stationary("norm2(X*w - y)^2", "w", ROWS)
    assert str(found) == "inv(X'*X)*X'*y"
    assert [(why, str(e)) for why, e in found.reasons] == [("the Hessian positive definite", "2*X'*X")]
    assert "w is the global minimiser, and the only one\n  because the Hessian 2 Xᵀ X is positive definite" in found.explain()
    assert "w 为唯一的全局极小点\n  因为海森矩阵 2 Xᵀ X 正定" in found.explain("zh")


PRINTED = [
    ("w'*S*w", "w", "S: posdef(n); w: vector(n)", "sum(w) = 1", "inv(S)*ones(n)/sum(inv(S))"),
    ("tr(L*V*L')", "L", "L: matrix(k,n); V: posdef(n); X: matrix(n,k) full_column_rank", "L*X = eye(k)", "inv(X'*inv(V)*X)*X'*inv(V)"),
    ("tr(X'*A*X) + tr(X*B*X') - 2*tr(C'*X)", "X", "A: posdef(m); B: posdef(n); X: matrix(m,n); C: matrix(m,n)", "", "sylvester(A, B, C)"),
    ("tr(X'*A*X) + tr(X*A*X') - 2*tr(C'*X)", "X", "A: posdef(m); X: matrix(m,m); C: matrix(m,m)", "", "lyapunov(A, C)"),
    ("-tr(W'*S*W)", "W", "S: symmetric(n); W: matrix(n,k)", "W'*W = eye(k)", "eigvecs(S, eye(k))"),
    ("normF(Q*A - B)^2", "Q", "Q: orthogonal(n); A: matrix(n,m); B: matrix(n,m)", "", "polar(B*A')"),
    ("-tr(W)", "W", "S: posdef(n); W: matrix(n,n)", "W'*S*W = eye(n)", "inv(sqrtm(S))"),
]


@pytest.mark.parametrize(("expr", "wrt", "declare", "subject_to", "wanted"), PRINTED, ids=lambda a: str(a)[:30])
def test_answers_are_written_as_in_a_book(expr: str, wrt: str, declare: str, subject_to: str, wanted: str) -> None:
    found = mg.stationary(expr, wrt, declare, subject_to=subject_to)
    assert str(found) == wanted
    assert mg.parse(str(found.value), found.known) is found.value


VERDICTS = [
    ("-norm2(x - a)^2", "x", "x: vector(n); a: vector(n)", "unique maximum"),
    ("x'*A*x + b'*x", "x", "A: symmetric(n); x: vector(n); b: vector(n)", "undecided"),
    ("x'*A*x + b'*x", "x", "A: posdef(n); x: vector(n); b: vector(n)", "unique minimum"),
    ("x^2 - y^2 + a*x", "x,y", "x: scalar; y: scalar; a: scalar", "saddle"),
    ("a*log(t) - t", "t", "a: scalar > 0; t: scalar > 0", "unique maximum"),
    ("log(det(P)) - tr(S*P)", "P", "S: posdef(n); P: posdef(n)", "unique maximum"),
]


@pytest.mark.parametrize(("expr", "wrt", "declare", "verdict"), VERDICTS)
def test_the_verdict_is_no_more_than_what_is_shown(expr: str, wrt: str, declare: str, verdict: str) -> None:
    assert mg.stationary(expr, wrt, declare).verdict == verdict


def test_what_the_declarations_do_not_say_is_a_condition() -> None:
    found = mg.stationary("norm2(X*w - y)^2", "w", "X: matrix(m,n); w: vector(n); y: vector(m)")
    assert ("X is invertible", "X'*X") in [(why, str(e)) for why, e in found.reasons]
    found = mg.stationary("normF(X - A)^2", "X", "X: posdef(n); A: symmetric(n)")
    assert ("it is posdef", "A") in [(why, str(e)) for why, e in found.reasons]
    assert "holds where A is positive definite" in found.explain()


def test_unknowns_are_judged_in_turn() -> None:
    found = mg.stationary(*CASES["mean and covariance"].question)
    assert [str(e) for why, e in found.reasons if why == "in turn"] == ["mu", "Sigma"]


def test_names_of_intermediates_do_not_outlive_the_unknown() -> None:
    found = mg.stationary("r'*r where r = X*w - y", "w", ROWS)
    assert str(found) == "inv(X'*X)*X'*y" and found.verdict == "unique minimum" and found.verify()


def test_sizes_in_a_constraint_are_inferred_from_both_sides() -> None:
    found = mg.stationary("w'*S*w", "w", "S: posdef(n); w: vector(n)", subject_to="A*w = b")
    assert str(found) == "inv(S)*A'*inv(A*inv(S)*A')*b" and ("X is invertible", "A*inv(S)*A'") in [(why, str(e)) for why, e in found.reasons]


def test_a_multiplier_takes_a_name_that_is_free() -> None:
    found = mg.stationary("norm2(x)^2 + lambda*norm2(x - a)^2", "x", "lambda: scalar > 0; x: vector(n); a: vector(n)", subject_to="sum(x) = 1")
    assert list(found.multipliers) == ["lambda_"]


def test_multipliers() -> None:
    found = mg.stationary("w'*S*w", "w", "S: posdef(n); w: vector(n)", subject_to="sum(w) = 1")
    assert {k: str(v) for k, v in found.multipliers.items()} == {"lambda": "2/sum(inv(S))"} and list(found.values) == ["w"]
    assert "def stationary(S" in found.code("numpy")
    assert found.to_json()["verdict"] == "unique minimum"


REFUSED = [
    ("exp(a'*x)", "x", "a: vector(n); x: vector(n)", "", "closed form"),
    ("a'*x", "x", "a: vector(n); x: vector(n)", "", "single stationary point"),
    ("norm2(a*a'*x - b)^2", "x", "a: vector(n); x: vector(n); b: vector(n)", "", "not invertible"),
    ("norm2(K*y - x)^2", "K", "K: matrix(n,m); y: vector(m); x: vector(n)", "", "not invertible"),
    ("logdet(S)", "S", "S: posdef(n)", "", "closed form"),
    ("(t + 1)^2", "t", "t: scalar > 0", "", "outside the declared set"),
    ("normF(S + A)^2", "S", "S: posdef(n); A: posdef(n)", "", "outside the declared set"),
    ("x^2*y + y^2", "x,y", "x: scalar; y: scalar", "", "divides by zero"),
    ("norm2(A*x - b)^2", "x", "A: matrix(m,n); x: vector(n); b: vector(m)", "sum(x) = 1; 2*sum(x) = 2", "closed form"),
    ("x'*x", "x", "x: vector(n)", "x'*x = 1", "does not vary"),
    ("norm2(x - a)", "x", "x: vector(n); a: vector(n)", "", "kinks"),
    ("max(x, 0) + x^2 - c*x", "x", "x: scalar; c: scalar", "", "kinks"),
    ("normF(A*W - B)^2", "W", "A: matrix(n,n); W: matrix(n,k); B: matrix(n,k)", "W'*W = eye(k)", "quadratic and linear"),
    ("normF(L*L' - A)^2", "L", "L: lower(n); A: matrix(n,n)", "", "closed form"),
    ("sum(exp(T)) + tr(T*A)", "T", "T: toeplitz(n); A: matrix(n,n)", "", "closed form"),
    ("norm2(y - x)^2", "y", "y: onehot(n); x: vector(n)", "", "declared onehot"),
    ("w'*S*w", "w", "S: posdef(n); w: vector(n); q: vector(n)", "sum(q) = 1", "does not speak of w"),
    ("w'*S*w", "w", "S: posdef(n); w: vector(n); q: vector(n)", "w = ones(n)*q'", "one size"),
    ("w'*S*w", "w", "S: posdef(n); w: vector(n)", "sum(w) >= 1", "only equalities"),
    ("w'*S*w", "w", "S: posdef(n); w: vector(n)", "sum(w)", "left = right"),
    ("w'*S*w", "w", "S: posdef(n); w: vector(n)", "sum(exp(w)) = 1", "affine"),
    ("w'*S*w", "v", "S: posdef(n); w: vector(n); v: vector(n)", "", "does not occur"),
    ("w'*S*w", "w[1]", "S: posdef(n); w: vector(n)", "", "whole variables"),
]


PLACED = {"declared onehot", "does not speak of w", "one size", "only equalities", "left = right", "affine", "does not occur", "whole variables"}


@pytest.mark.parametrize(("expr", "wrt", "declare", "subject_to", "says"), REFUSED)
def test_refusals_say_why(expr: str, wrt: str, declare: str, subject_to: str, says: str) -> None:
    with pytest.raises(mg.MatgradError) as caught:
        mg.stationary(expr, wrt, declare, subject_to=subject_to)
    assert says in str(caught.value)
    assert (caught.value.span is not None) == (says in PLACED)


def test_eigenvectors_and_polar_factors_are_not_differentiated() -> None:
    for text in ("tr(eigvecs(S, 2)*A)", "tr(polar(S)*A)"):
        with pytest.raises(mg.UnsupportedError):
            mg.derive(text, "S", "S: symmetric(n); A: matrix(2,n)" if "eig" in text else "S: matrix(n,n); A: matrix(n,n)")


def test_eigvecs_takes_a_size() -> None:
    s = definite(4)
    have = mg.parse("eigvecs(S, 2)", "S: symmetric(n)")
    assert have.shape == ("n", 2)
    from matgrad.check.numeric import evaluate

    assert same_up_to_signs(evaluate(have, {"S": s}), np.linalg.eigh(s)[1][:, :1:-1])
    with pytest.raises(mg.ParseError):
        mg.parse("eigvecs(S, x'*x)", "S: symmetric(n); x: vector(n)")
