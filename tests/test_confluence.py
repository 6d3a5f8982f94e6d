"""Normal forms do not depend on how the input was written: the order of its parts, the names, which way round a matrix was declared."""

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pytest

import matgrad as mg
from draws import examples, integers, some_of
from expressions import DECLARE, SIZES, VARIABLES, Node, expressions, for_matgrad, scalars, values
from matgrad.check.numeric import evaluate
from matgrad.core import expr as ex
from matgrad.simplify.normal import normal
from matgrad.simplify.order import cost
from textbook import CASES, Case


def shuffled(e: ex.Expr, rng: random.Random) -> ex.Expr:
    """The same expression, typed in another order: sums, Hadamard products and scalar factors permuted, scalars transposed, numbers split."""

    def visit(node: ex.Expr, args: tuple[ex.Expr, ...]) -> ex.Expr:
        if node.op in (ex.ADD, ex.HAD):
            return ex.rebuild(node, tuple(rng.sample(args, len(args))))
        if node.op is ex.MUL:
            return product(node, args, rng)
        if node.op.name == "tr" and args[0].op is ex.MUL and not args[0].args[0].is_scalar and rng.random() < 0.5:
            cut = rng.randrange(1, len(args[0].args))
            turned = ex.mul(*args[0].args[cut:], *args[0].args[:cut])
            return turned if turned.is_scalar else ex.call("tr", turned)
        if node.op.name == "tr" and rng.random() < 0.3:
            return ex.call("tr", ex.transpose(args[0]))
        return ex.rebuild(node, args)

    return ex.rewrite(e, visit)


def product(node: ex.Expr, args: tuple[ex.Expr, ...], rng: random.Random) -> ex.Expr:
    scalars = rng.sample([a for a in args if a.is_scalar], sum(a.is_scalar for a in args))
    word = [a for a in args if not a.is_scalar]
    if scalars and rng.random() < 0.3:
        scalars = [ex.num(2), *scalars, ex.num(Fraction(1, 2))]
    if not word:
        return ex.mul(*scalars)
    body = ex.mul(*word)
    if body.is_scalar and rng.random() < 0.5:
        body = ex.mul(*[ex.transpose(a) for a in reversed(word)])
    where = rng.randrange(len(scalars) + 1)
    return ex.mul(*scalars[:where], body, *scalars[where:])


def renamed(e: ex.Expr, names: Mapping[str, str]) -> ex.Expr:
    return ex.substitute(e, {v: ex.node(ex.VAR, (), (names.get(v.data[0], v.data[0]), *v.data[1:]), v.rows, v.cols) for v in ex.variables(e)})


def declared_transposed(e: ex.Expr, names: Sequence[str]) -> ex.Expr:
    """f(X') for every X among `names`; a second time, the expression itself in other words."""
    return ex.substitute(e, {v: ex.transpose(ex.node(ex.VAR, (), v.data, v.cols, v.rows)) for v in ex.variables(e) if v.data[0] in names})


def other_names(rng: random.Random) -> dict[str, str]:
    """New names in a new order; capitals stay capitals."""
    large, small = ([v for v in VARIABLES if v.isupper() is capital] for capital in (True, False))
    return dict(zip([*large, *small], rng.sample("CDEFGHQRTUVYZ", len(large)) + rng.sample("abcdefghpquv", len(small))))


def normal_again(form: ex.Expr) -> ex.Expr:
    """The normal form of a normal form, worked out anew: what the nodes remember is forgotten first."""
    for e in ex.postorder(form):
        for kept in ("nf", "transposed", "outward", "unsigned", "term"):
            e._cache.pop(kept, None)
    return normal(form)


def check(e: ex.Expr, seed: int) -> None:
    other = shuffled(e, random.Random(seed))
    assert normal(other) is normal(e), f"{e}  and  {other}  become  {normal(e)}  and  {normal(other)}"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_textbook_inputs_and_answers(case: Case, seed: int) -> None:
    check(mg.parse(case.text, case.declare), seed)
    check(mg.derive(case.text, case.wrt, case.declare).value, seed)


@examples(1000, node=expressions(), seed=integers(0, 9))
def test_random_expressions(node: Node, seed: int) -> None:
    check(mg.parse(node.text, DECLARE), seed)


@examples(1000, node=expressions(), seed=integers(0, 99))
def test_renamed_variables(node: Node, seed: int) -> None:
    e = mg.parse(node.text, DECLARE)
    names = other_names(random.Random(seed))
    form, other = normal(e), normal(renamed(e, names))
    assert normal(renamed(form, names)) is other, f"{e} becomes {form}, which under {names} is {normal(renamed(form, names))}, not {other}"
    assert cost(other) == cost(form), f"{e} becomes {form}; under {names}, {other}"


@examples(1000, node=expressions(), names=some_of(sorted(VARIABLES)))
def test_variables_declared_transposed(node: Node, names: set[str]) -> None:
    e = mg.parse(node.text, DECLARE)
    form = normal(e)
    back = normal(declared_transposed(normal(declared_transposed(e, sorted(names))), sorted(names)))
    assert back is form, f"{e} becomes {form}; from the transposes of {names}, {back}"


@examples(1000, node=expressions())
def test_the_transpose_of_a_transposed_form(node: Node) -> None:
    e = mg.parse(node.text, DECLARE)
    turned = normal(ex.transpose(e))
    assert normal(ex.transpose(normal(e))) is turned
    assert normal(ex.transpose(turned)) is normal(e)


@examples(1000, node=expressions())
def test_a_normal_form_is_at_rest(node: Node) -> None:
    form = normal(mg.parse(node.text, DECLARE))
    again = normal_again(form)
    assert again is form, f"{node} becomes {form}, and that {again}"


@examples(150, node=scalars("x"), seed=integers(0, 9))
def test_the_gradient_does_not_depend_on_the_order_of_the_input(node: Node, seed: int) -> None:
    e = mg.parse(node.text, DECLARE)
    x = mg.parse("x", DECLARE)
    assert mg.equal(mg.derive(e, x).value, mg.derive(shuffled(e, random.Random(seed)), x).value)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_normalising_does_not_change_the_value(case: Case) -> None:
    e = mg.parse(case.text, case.declare)
    from matgrad.check.equality import by_points

    verdict = by_points(e, normal(e))
    assert verdict.equal, verdict


@examples(3000, node=expressions(), seed=integers(0, 9))
def test_normalising_does_not_change_the_value_of_random_expressions(node: Node, seed: int) -> None:
    """Against the expression's own NumPy function, which knows nothing of matgrad."""
    form = normal(mg.parse(node.text, DECLARE))
    for sizes in SIZES:
        arrays = values(sizes, seed)
        want = np.asarray(node.f(np, arrays))
        have = np.asarray(evaluate(form, {**for_matgrad(arrays), **sizes})).reshape(want.shape)
        if np.all(np.isfinite(want)):
            assert np.allclose(have, want, rtol=1e-8, atol=1e-8 * max(1.0, float(np.abs(want).max()))), f"{node} became {form}"


def test_shuffling_does_something() -> None:
    e = mg.parse("tr(A*X') + x'*w*2 + s*t", DECLARE)
    assert len({shuffled(e, random.Random(seed)) for seed in range(20)}) > 5


PAIRS = [
    ("tr(A*X')", "tr(X'*A)"), ("x'*w", "w'*x"), ("x'*S*w", "w'*S'*x"), ("(A*B)'", "B'*A'"), ("A + X", "X + A"), ("2*x + x", "3*x"), ("x - x", "zeros(n)"),
    ("x'*P*w", "w'*P*x"), ("s*A*t", "t*s*A"), ("tr(P*S)", "tr(S'*P)"), ("inv(P)'", "inv(P)"), ("(A + X)'", "A' + X'"), ("diag(x)*w", "x .* w"),
    ("(x*w')*x", "(w'*x)*x"), ("sum(x)", "ones(n)'*x"), ("normF(X)^2", "tr(X'*X)"), ("norm2(x)^2", "x'*x"), ("P*inv(P)", "eye(n)"), ("1/s*s", "1"),
    ("log(det(P))", "logdet(P)"), ("tr(A*S*B)", "tr(S*B*A)"), ("X .* A", "A .* X"), ("kron(A, B)*kron(B, A)", "kron(A*B, B*A)"),
    ("A .* B' .* B'", "A .* B' .^ 2"), ("A .* (B .^ 3)' .* B'", "A .* (B .^ 4)'"), ("x' - x' .* x'", "(x - x .^ 2)'"),
    ("A*(B + X')", "A*B + A*X'"), ("-(A - X)", "X - A"), ("S*S*S", "S^3"), ("S^2*S", "S^3"), ("exp(s)/(1 + exp(s))", "sigmoid(s)"),
    ("1/(1 + exp(-s))", "sigmoid(s)"), ("(x')'", "x"), ("vec(X')", "K(m,n)*vec(X)"), ("vec(A*S*B)", "kron(B', A)*vec(S)"), ("s^2*s", "s^3"), ("sqrt(s)^2", "s"),
    ("tr(ones(n,n))", "n"), ("(x*y')[1,2]", "x[1]*y[2]"), ("(2*x*w'*S)[:,1]", "2*(w'*S)[:,1]*x"),
    ("inv(P)*(x - P*w)", "inv(P)*x - w"), ("(A - B'*P)*inv(P)", "A*inv(P) - B'"),
    ("s^2*(1/s - t)", "s - s^2*t"), ("sqrt(2*s)/s", "2/sqrt(2*s)"), ("tr(S*(P^2*S*P + P*S*P^2))", "2*tr(S*P*S*P^2)"), ("cos(-x)", "cos(x)"),
    ("abs(-2*x)", "abs(2*x)"), ("-(w - x)'*(S - P)*(w - x)", "(w - x)'*(P - S)*(w - x)"), ("x'*S*w + y'*A*x", "x'*(A'*y + S*w)"),
    ("A .* B' + (A' .* B)'", "2*(A .* B')"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_two_ways_to_write_one_thing(left: str, right: str) -> None:
    known = DECLARE.replace("s: scalar", "s: scalar > 0")
    assert mg.compare(left, right, known).proof == "normal form"
