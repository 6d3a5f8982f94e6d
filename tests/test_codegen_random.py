"""Random expressions by structured variables: what the generated programs return is what `evaluate` returns, on every target."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import matgrad as mg
from matgrad.check.draw import draw_values
from matgrad.check.numeric import evaluate
from matgrad.core import expr as ex
from matgrad.core.dims import ONE
from matgrad.solve.operator import direction

KINDS = ("matrix(n,n)", "symmetric(n)", "diagonal(n)", "lower(n)", "skew(n)", "toeplitz(n)", "posdef(n)")
REST = "A: matrix(m,n); B: matrix(n,m); P: posdef(n); x: vector(n); y: vector(m); s: scalar; t: scalar > 0; z[i]: vector(n), i=1..N"
SIZES = ({"m": 2, "n": 3, "N": 4}, {"m": 3, "n": 2, "N": 2}, {"m": 1, "n": 2, "N": 1}, {"m": 2, "n": 1, "N": 3})
LEAVES = {
    "mn": ["A", "B'"], "nm": ["B", "A'"], "nn": ["X", "X", "X", "P", "inv(P + B*B')"], "mm": ["A*B", "A*X*B"], "n1": ["x", "X*x", "diag(X)"],
    "m1": ["y", "A*x"], "11": ["s", "t", "2"],
}  # fmt: skip

# how a value of a shape is made of others: r, c are the sizes of the result, {rc} stands for an expression of that size
ANY = [
    "{rc} + {rc}", "{rc} - ({rc})", "({11})*({rc})", "({rc}) .* ({rc})", "tanh({rc})", "exp(sin({rc}))", "log(1 + ({rc}) .^ 2)", "({rc}) .^ 2", "sigmoid({rc})",
    "({rc}) ./ (2 + sin({rc}))", "abs({rc})", "relu({rc})",
]  # fmt: skip
MATRIX = ["({rn})*({nc})", "({rm})*({mc})", "({cr})'", "({r1})*({c1})'"]
SQUARE = ["diag({r1})", "({rc})'", "({rc})^2", "tril({rc})", "triu({rc})", "({rc}) + ({rc})'", "diag(diag({rc}))"]
TALL = ["softmax({rc})", "inv(P + ({n1})*({n1})')*({nc})"]
COLUMN = ["diag({rr})", "({rr})*({r1})", "softmax({r1})", "softmax(diag({rr}))"]
SCALAR = [
    "sum({mn})", "sum({nn})", "tr({nn})", "tr(({nm})*({mn}))", "({n1})'*({nn})*({n1})", "({m1})'*({m1})", "normF({nn})^2", "sqrt(1 + norm2({n1})^2)",
    "norm2(1 + ({n1}) .^ 2)", "norm1({nn})", "logsumexp({n1})", "det({nn})", "logdet(P + ({n1})*({n1})')",
    "sum(sin(kron({n1}, {mn})))", "exp(-norm2({n1})^2)", "sum(i, 1..N, sin(({n1})'*z[i] + {11}))",
    "vec({nn})'*vec({nn})", "vech({nn})'*vech({nn})", "sum(i, 1..n, ({nn})[i,:]*({n1}))", "({nn})[1,1]", "sum(logsumexp({nm}))", "x'*kron({n1}, {1n})*x",
]  # fmt: skip


def grown(rng: random.Random, shape: str, depth: int) -> str:
    """The text of a random expression of a shape, two of '1', 'm', 'n'."""
    r, c = shape
    if shape not in LEAVES:
        return f"({grown(rng, c + r, depth)})'"
    if depth <= 0 or rng.random() < 0.1:
        return rng.choice(LEAVES[shape])
    rules = ANY + (SCALAR * 2 if shape == "11" else COLUMN if c == "1" else MATRIX * 2 + (SQUARE if r == c else []))
    rules += TALL[: 2 if r == "n" else 1] if r != "1" else []
    made, at, index = "", 0, f"i{rng.randrange(10**6)}"
    rule = rng.choice(rules).replace("(i,", f"({index},").replace("[i", f"[{index}")
    while (k := rule.find("{", at)) >= 0:
        part = "".join({"r": r, "c": c}.get(x, x) for x in rule[k + 1 : k + 3])
        made += rule[at:k] + grown(rng, part, depth - 1 - rng.randrange(2))
        at = k + 4
    return made + rule[at:]


def rounded(root: ex.Expr, values: dict[str, Any], context: list[ex.Expr]) -> float:
    """What rounding may cost: some digits of the largest number met on the way to the result."""
    parts = [e for e in ex.postorder(root) if not ex.free_indices(e) and e.op is not ex.GENERIC and not (e.op is ex.VAR and e.data[3] is not None)]
    return 1e-13 * max(float(np.max(np.abs(evaluate(e, values, context)), initial=0.0)) for e in parts)


def converted(target: str) -> Any:
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    module = {"numpy": "numpy", "jax": "jax.numpy", "torch": "torch", "array_api": "array_api_strict"}[target]
    library = pytest.importorskip(module)
    return lambda a: library.asarray(a.copy()) if isinstance(a, np.ndarray) and a.ndim else a


class Case:
    """A random scalar function, its derivatives by X of a kind, and a point."""

    def __init__(self, seed: int, depth: int = 3):
        rng = random.Random(seed)
        self.text = ""
        while "X" not in self.text:
            self.text = grown(rng, "11", depth)
        self.declare = f"X: {KINDS[seed % len(KINDS)]}; {REST}"
        self.sizes = rng.choice(SIZES)
        self.outputs = rng.choice(("value, gradient", "gradient", "hessian", "hvp", "value, gradient, hessian", "gradient, hvp"))
        self.seed = seed

    def __repr__(self) -> str:
        return f"seed {self.seed}: {self.outputs} of {self.text} by X, {self.declare}, at {self.sizes}"

    def roots(self, D: mg.Derivation) -> list[ex.Expr]:
        second = mg.derive(self.text, "X", self.declare, order=2) if "h" in self.outputs else D
        found = {"value": lambda: D.result.function, "gradient": lambda: D.value, "hessian": lambda: second.value, "hvp": lambda: second.hvp}
        return [found[x]() for x in self.outputs.split(", ")]

    def worst(self, targets: tuple[str, ...]) -> dict[str, float]:
        """By target the largest error, in multiples of what is allowed."""
        D = mg.derive(self.text, "X", self.declare)
        try:
            roots = self.roots(D)
        except mg.UnsupportedError as error:
            assert "at a singular matrix" in str(error)
            return {}
        context = ex.variables(D.result.function, *roots)
        X = D.result.targets[0].leaf
        rng, kind = np.random.default_rng(self.seed), "positive" if self.seed % 2 else "normal"
        values = draw_values([D.result.function, X, *roots, direction(D.result)], rng, self.sizes, kind)
        try:
            wants = [evaluate(r, values, [*context, X]) for r in roots]
        except mg.MatgradError as error:
            assert "ingular" in str(error)  # of det(X)*inv(X)
            return {}
        assert all(np.isfinite(w).all() for w in wants)
        found = {}
        for target in targets:
            if target == "array_api" and not any(v.rows is not ONE for r in roots for v in ex.variables(r)):
                continue  # the library is that of an array
            made: Any = D.function(target, outputs=self.outputs)
            convert = converted(target)
            given = {p: convert(values.get(what, self.sizes.get(what))) for p, what in made.arguments.items()}
            try:
                results = made(**given)
            except (ValueError, RuntimeError) as error:  # LinAlgError is one or the other
                assert "is singular" in str(error)  # the inverse in the differential of det(X)
                return {}
            pairs = zip(results if len(wants) > 1 else [results], wants, roots)
            found[target] = max(self.error(have, want, root, values, [*context, X]) for have, want, root in pairs)
        return found

    @staticmethod
    def error(have: Any, want: Any, root: ex.Expr, values: dict[str, Any], context: list[ex.Expr]) -> float:
        have, want = np.asarray(have), np.asarray(want)
        assert have.shape == want.shape, (have.shape, want.shape)
        gap = float(np.max(np.abs(have - want), initial=0.0))
        allowed = 1e-10 * float(np.max(np.abs(want), initial=0.0))
        return gap / max(allowed, rounded(root, values, context)) if not gap <= allowed else gap / allowed if allowed else 0.0


@pytest.mark.parametrize(("target", "seeds"), [("numpy", range(90)), ("torch", range(200, 235)), ("array_api", range(300, 330)), ("jax", range(400, 405))])
def test_programs_agree_with_evaluate(target: str, seeds: range) -> None:
    pytest.importorskip("scipy")
    converted(target)
    judged = 0
    for seed in seeds:
        case = Case(seed)
        for error in case.worst((target,)).values():
            judged += 1
            assert error <= 1, (error, case)
    assert judged > 0.7 * len(seeds)


def test_an_entry_of_a_row_that_is_used_again() -> None:
    """inv(P)[1,1] twice: the row has a name of its own then."""
    D = mg.derive("X[1,1]*inv(P)[1,1]^2*(inv(P)[1,1] + sum(inv(P)[1,:]))", "X", "X: matrix(n,n); P: posdef(n)")
    made: Any = D.function(outputs="value, gradient")
    P = np.array([[2.0, 0.5], [0.5, 1.0]])
    value, gradient = made(X=P, P=P)
    inverse = np.linalg.inv(P)
    want = inverse[0, 0] ** 2 * (inverse[0, 0] + inverse[0].sum())
    np.testing.assert_allclose((value, gradient[0, 0]), (2 * want, want))


@pytest.mark.parametrize("target", ["numpy", "torch", "array_api"])
def test_a_scalar_beside_a_kronecker_product(target: str) -> None:
    """A factor without axes between the factors of a Kronecker product."""
    convert = converted(target)
    D = mg.derive("exp(-norm2(softmax(softmax(diag(S))))^2)", "S", "S: symmetric(n)", order=2)
    S = np.array([[0.3, -0.2, 1.0], [-0.2, 0.5, 0.1], [1.0, 0.1, -0.7]])
    made: Any = D.function(target)
    np.testing.assert_allclose(np.asarray(made(convert(S))), D.evaluate({"S": S}), rtol=0, atol=1e-12)
