"""Complex variables: gradients of real functions against NumPy alone, the rows that are used for them, and what is refused."""

import numpy as np
import pytest

import matgrad as mg
from complexes import DECLARE, SIZE, Drawing, Values, values
from matgrad.check.harness import CHECKS, DIFFERENCES
from matgrad.check.numeric import evaluate
from matgrad.check.verify import check_result
from matgrad.core import expr as ex
from matgrad.core.facts import REAL_ONLY, closure, facts
from matgrad.core.rows import ADJOINTS, DIFFERENTIALS, LAWS, Row
from matgrad.language.latex import latex
from matgrad.simplify.match import holds_for_complex, sides
from matgrad.simplify.normal import normal

NAMES = (
    "X: complex matrix(m,n); Y: complex matrix(m,n); A: hermitian(m); B: complex matrix(n,n) invertible; C: complex matrix(k,m); S: hermitian(n) invertible; "
    "x: complex vector(n); a: complex vector(n); b: complex vector(m); w: vector(n); M: matrix(m,n); z: complex scalar; c: complex scalar; t: scalar"
)

# function, variable, gradient; CB = The Matrix Cookbook, 2012, section 4
GRADIENTS = [
    ("tr(X*X^H)", "X", "2*X"),  # CB (248)
    ("tr(X^H*X)", "X", "2*X"),
    ("normF(X)^2", "X", "2*X"),
    ("normF(X - Y)^2", "X", "2*(X - Y)"),
    ("normF(X)", "X", "X/normF(X)"),
    ("tr(X^H*A*X)", "X", "2*A*X"),
    ("real(tr(Y^H*X))", "X", "Y"),
    ("tr(Y^H*X) + tr(X^H*Y)", "X", "2*Y"),
    ("imag(tr(Y^H*X))", "X", "1i*Y"),
    ("x^H*S*x", "x", "2*S*x"),
    ("x^H*(B + B^H)*x", "x", "2*(B + B^H)*x"),
    ("real(a^H*x)", "x", "a"),
    ("real(a'*x)", "x", "conj(a)"),
    ("abs(a^H*x)^2", "x", "2*a*a^H*x"),
    ("norm2(X*x - b)^2", "x", "2*X^H*(X*x - b)"),
    ("norm2(X*x - b)", "x", "X^H*(X*x - b)/norm2(X*x - b)"),
    ("norm2(X*w - b)^2", "w", "2*real(X^H*(X*w - b))"),  # a real variable among complex ones
    ("norm2(M*x - b)^2", "x", "2*M'*(M*x - b)"),
    ("norm2(X*x - b)^2", "X", "2*(X*x - b)*x^H"),
    ("norm2(Y*x)^2/norm2(X*x)^2", "x", "2*(Y^H*Y*x/norm2(X*x)^2 - norm2(Y*x)^2*X^H*X*x/norm2(X*x)^4)"),  # CB (252), the gradient
    ("det(X^H*A*X)", "X", "2*A*X*adj(X^H*A*X)"),  # CB (250)
    ("logdet(X^H*A*X)", "X", "2*A*X*inv(X^H*A*X)"),
    ("logdet(B)", "B", "inv(B)^H"),
    ("log(tr(X^H*A*X))", "X", "2*A*X/tr(X^H*A*X)"),
    ("logdet(S) + real(tr(inv(S)*B))", "S", "inv(S) - 1/2*inv(S)*(B + B^H)*inv(S)"),  # in the space of Hermitian matrices
    ("abs(z)^2", "z", "2*z"),
    ("abs(z)", "z", "z/abs(z)"),
    ("z*conj(z)", "z", "2*z"),
    ("real(c*z^2)", "z", "2*conj(c)*conj(z)"),
    ("abs(z - c)^2 + t*abs(z)^2", "z", "2*(z - c) + 2*t*z"),
    ("abs(z - t)^2", "t", "2*t - 2*real(z)"),
    ("norm1(x)", "x", "x ./ abs(x)"),
    ("real(exp(a^H*x))", "x", "conj(exp(a^H*x))*a"),
    ("sum(abs(x) .^ 2)", "x", "2*x"),
    ("log(det(S)) + x^H*inv(S)*x", "S", "inv(S) - inv(S)*x*x^H*inv(S)"),
    ("real(sum(i, 0..3, z^i))", "z", "1 + 2*conj(z) + 3*conj(z)^2"),
    ("normF(kron(X, x))^2", "x", "2*normF(X)^2*x"),
    ("normF([B, x; a^H, z])^2", "z", "2*z"),
    ("real(X[1,2])", "X", "unit(m,1)*unit(n,2)'"),
    ("normF(X)^2", "X[1,2]", "2*X[1,2]"),
    ("Z = C*X; normF(Z)^2", "X", "2*C^H*C*X"),
]


@pytest.mark.parametrize(("text", "wrt", "expected"), GRADIENTS)
def test_gradients_of_the_books(text: str, wrt: str, expected: str) -> None:
    D = mg.derive(text, wrt, NAMES)
    assert mg.equal(D.value, expected, NAMES)
    assert D.check().passed
    assert D.verify()
    assert D.steps


def test_a_family_of_complex_vectors() -> None:
    declare = "x[i]: complex vector(n), i=1..N; mu: complex vector(n)"
    D = mg.derive("sum(i, 1..N, norm2(x[i] - mu)^2)", "mu", declare)
    assert mg.equal(D.value, "2*sum(i, 1..N, mu - x[i])", declare)
    assert D.check().passed and D.verify()
    D = mg.derive("sum(i, 1..N, norm2(x[i] - mu)^2)", "x[j]", declare)
    assert str(D.value) == "2*(x[j] - mu)"
    assert D.check().passed and D.verify()


def test_an_intermediate_stays_complex() -> None:
    D = mg.derive("Z = X*x; real(b^H*Z)", "Z", NAMES)
    assert str(D.value) == "b" and D.check().passed


def test_a_differential_may_be_complex() -> None:
    D = mg.differential("X^H*A*X", "X", NAMES)
    assert str(D.value) == "X^H*A*dX + dX^H*A*X"
    assert D.check().passed and D.verify()


# --- random functions ---------------------------------------------------------------------------------------------


def close(have: object, want: object, tolerance: float) -> bool:
    a, b = np.asarray(have), np.asarray(want)
    return a.shape == b.shape and bool(np.max(np.abs(a - b), initial=0.0) <= tolerance * max(1.0, float(np.max(np.abs(b), initial=0.0))))


def drawn(seed: int, depth: int, kind: str) -> tuple[str, object, Values, object]:
    """A random expression, its meaning, a point and its value there, which is of a size that floats can tell."""
    for attempt in range(20):
        rng = np.random.default_rng([seed, attempt])
        point, meant = values(rng), getattr(Drawing(rng), kind)(depth)
        with np.errstate(all="ignore"):
            want = meant.of(point)
        if np.all(np.isfinite(want)) and np.max(np.abs(want)) < 1e4:
            return meant.text, meant.of, point, want
    raise AssertionError(f"no expression of a reasonable size for seed {seed}")


@pytest.mark.parametrize("kind", ["matrix", "vector", "number", "real"])
def test_values_and_normal_forms_against_numpy(kind: str) -> None:
    for seed in range(50):
        text, _, point, want = drawn(seed, 2, kind)
        e = mg.parse(text, DECLARE)
        for form in (e, normal(e), mg.parse(str(e), DECLARE), mg.parse(str(normal(e)), DECLARE)):
            assert close(evaluate(form, {**point, "n": SIZE}), want, 1e-8), (seed, text, str(form))


@pytest.mark.parametrize("seed", range(40))
def test_gradients_and_code_against_numpy(seed: int) -> None:
    text, f, point, want = drawn(seed, 1 + seed % 2, "real")
    function = mg.parse(text, DECLARE)
    for name in (v.data[0] for v in ex.variables(function)):
        if name in "BRa":
            continue
        D = mg.derive(text, name, DECLARE)
        g = D.evaluate({**point, "n": SIZE})
        assert name in "XxzH" or not np.iscomplexobj(g), (text, name)
        assert slope_agrees(f, point, name, g), (text, name, str(D.value))
        assert D.check().passed is not False, (text, name)
        value, gradient = D._on_values("value, gradient")({**point, "n": SIZE})
        assert not np.iscomplexobj(value)
        assert close(value, want, 1e-8) and close(gradient, g, 1e-8), (text, name)


def slope_agrees(f: object, point: Values, name: str, g: object) -> bool:
    """Re⟨G, dX⟩ beside differences of the NumPy function along a random direction; where those have not settled, nothing is said."""
    rng = np.random.default_rng(1)
    dx = rng.normal(size=np.shape(point[name]))
    dx = dx + 1j * rng.normal(size=dx.shape) if name in "XxzH" else dx
    dx = (dx + dx.conj().T) / 2 if name == "H" else dx

    def at(s: float) -> float:
        return float(np.real(f({**point, name: point[name] + s * dx})))  # type: ignore[operator]

    coarse, fine = ((at(h) - at(-h)) / (2 * h) for h in (1e-3, 5e-4))
    slope, have = (4 * fine - coarse) / 3, float(np.real(np.sum(np.conj(g) * dx)))
    return abs(fine - coarse) > 1e-4 * max(1.0, abs(slope)) or abs(have - slope) <= 1e-5 * max(1.0, abs(slope))


@pytest.mark.parametrize("seed", range(12))
def test_every_line_of_a_derivation_holds(seed: int) -> None:
    text, _, _, _ = drawn(seed, 1, "real")
    for name in "Xxz":
        if name in {v.data[0] for v in ex.variables(mg.parse(text, DECLARE))}:
            assert mg.derive(text, name, DECLARE).verify(), (text, name)


@pytest.mark.parametrize("wrong", ["2*conj(X)", "X", "2*X + 1i*X", "2*real(X)"])
def test_a_wrong_gradient_is_found_out(wrong: str) -> None:
    D = mg.derive("normF(X)^2", "X", NAMES)
    D.result.values = [mg.parse(wrong, NAMES)]
    assert check_result(D.result).passed is False


# --- the tables ---------------------------------------------------------------------------------------------------


def complexified(row: Row) -> Row:
    """The row over complex formals: all but sizes, exponents, and those of a fact that only real values have."""
    left, right = sides(row)
    exponents = {v.data[0] for e in ex.postorder(left, right) if e.op in (ex.POW, ex.MPOW) for v in ex.variables(e.args[1])}
    places = {v.data[0] for e in ex.postorder(left, right) if e.op in (ex.INDEX, ex.UNIT) for a in e.args[e.op is ex.INDEX :] for v in ex.variables(a)}

    def item(text: str) -> str:
        name, _, kind = text.partition(":")
        real = name.strip() in exponents | places or closure(facts(mg.parse(name, row.declare))) & REAL_ONLY
        return text if real else f"{name}: complex {kind}"

    about = {k: getattr(row, k) for k in ("source", "why", "note", "kink", "vanishes", "constant")}
    return Row(row.table, row.left, row.right, "; ".join(map(item, row.declare.split(";"))), **about)


FRACTIONS = ("X .^ (1/2)", "X .^ c", "vec(X) .^ c")  # met only where the base is shown to be real
ANALYTIC = [
    r for table in (DIFFERENTIALS, ADJOINTS, LAWS) for r in table
    if holds_for_complex(r) and "complex" not in r.declare and sides(r)[0].args and r.left not in FRACTIONS
]  # fmt: skip


@pytest.mark.parametrize("row", ANALYTIC, ids=lambda r: r.left)
def test_rows_of_analytic_operations_hold_for_complex_values(row: Row) -> None:
    assert CHECKS[row.table](complexified(row), 4) <= DIFFERENCES


def test_rows_about_lengths_and_signs_are_not_used_for_complex_values() -> None:
    refused = {r.left for table in (DIFFERENTIALS, LAWS) for r in table if not holds_for_complex(r)}
    assert {"log(1 ./ X)", "log(exp(X))", "abs(t)*sign(t)", "norm2(x)^2", "normF(X)", "abs(X)", "logdet(S)", "exp(t)/(1 + exp(t))"} <= refused


def test_facts_that_only_real_values_have_are_not_inferred() -> None:
    for text in ("X'*X", "x'*x", "exp(x)", "X*X'", "x .^ 2", "exp(z)"):
        assert not facts(mg.parse(text, NAMES)) & REAL_ONLY, text
    assert "nonnegative" in facts(mg.parse("abs(x)", NAMES))
    assert "positive" in facts(mg.parse("exp(real(x))", NAMES))


# --- the language ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["X^H", "conj(X)", "inv(B)^H*x", "(X*B)^H*b", "x^H*B*x", "1i*z", "real(z)*imag(x)", "tr(X^H*A*X)", "conj(a)'*x + z", "abs(z)^2", "A'*b", "X'*conj(b)"],
)
def test_what_is_printed_is_read(text: str) -> None:
    e = mg.parse(text, NAMES)
    assert mg.parse(str(e), NAMES) is e
    assert mg.parse(latex(e), NAMES) is e


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"\overline{z} z", "conj(z)*z"), (r"\bar{z}", "conj(z)"), (r"x^{\mathsf H} B x", "x^H*B*x"), (r"X^H", "X^H"), (r"\Re(z) + \Im z", "real(z) + imag(z)"),
        (r"\operatorname{Re}(z)", "real(z)"), (r"B^{-\mathsf H}", "inv(B)^H"), (r"\mathrm{i} z", "1i*z"), (r"\lVert X x - b \rVert_2^2", "norm2(X*x - b)^2"),
        ("Xᴴ*b", "X^H*b"), ("np.conj(z)", "conj(z)"),
    ],
)  # fmt: skip
def test_other_spellings(text: str, plain: str) -> None:
    assert mg.parse(text, NAMES) is mg.parse(plain, NAMES)


def test_expressions_in_python() -> None:
    X = mg.matrix("X", "m", "n", "complex")
    assert mg.tr(X @ X.H) is mg.parse("tr(X*X^H)", "X: complex matrix(m,n)")
    assert str(mg.derive(mg.real(mg.tr((1 + 2j) * X @ X.H)), X).value) == "2*X"
    assert mg.conj(mg.matrix("A", "n")) is mg.matrix("A", "n")


def test_real_variables_are_their_own_conjugates() -> None:
    for text, plain in (("conj(M)", "M"), ("M^H", "M'"), ("real(M)", "M"), ("imag(M)", "zeros(m,n)"), ("abs(conj(t))", "abs(t)")):
        assert mg.parse(text, NAMES) is mg.parse(plain, NAMES)


def test_powers_of_i_are_worked_out() -> None:
    for text, plain in (("1i^2", "-1"), ("1i^3", "-1i"), ("1/1i", "-1i"), ("1i^-2", "-1"), ("(1i*z)^3", "-1i*z^3"), ("1i*x'*x*1i", "-x'*x")):
        assert normal(mg.parse(text, NAMES)) is normal(mg.parse(plain, NAMES)), text


def test_an_index_i_is_no_imaginary_unit() -> None:
    assert str(mg.parse("sum(i, 1..N, 1i*x[i])", "x: vector(N)")) == "sum(i, 1..N, i*x[i])"
    assert str(mg.parse("1i*t", "i: scalar; t: scalar")) == "i*t"


def test_spaces_are_found() -> None:
    assert mg.parse("X*x", r"X \in \mathbb{C}^{m \times n}; x: complex vector(n)").op is ex.MUL
    assert mg.derive("norm2(x)^2", "x", r"x \in \mathbb{C}^n").value is mg.parse("2*x", "x: complex vector(n)")


def test_equality_of_complex_expressions() -> None:
    assert mg.equal("tr(X^H*Y)", "tr(Y'*conj(X))", NAMES)
    assert mg.equal("abs(z)^2", "z*conj(z)", NAMES)
    assert not mg.equal("x'*x", "norm2(x)^2", NAMES)
    assert "z = " in str(mg.compare("z", "conj(z)", NAMES))


# --- pages and code ----------------------------------------------------------------------------------------------


def test_the_convention_is_stated() -> None:
    D = mg.derive("norm2(X*x - b)^2", "x", NAMES)
    assert "2 ∂f/∂conj(x)" in D.explain() and "CB (233)" in D.explain()
    assert "复变量 x 的实函数的梯度" in D.explain(lang="zh")
    for form in ("markdown", "html", "latex"):
        for lang in ("en", "zh"):
            assert D.explain(lang=lang, format=form)
    assert "complex" in D.to_json()["input"] or D.to_json()["answers"]["x"]["text"] == "2*X^H*(X*x - b)"


def test_code_for_jax_and_the_conventions_of_other_libraries() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(3)
    X, x, b = rng.normal(size=(4, 3)) + 1j * rng.normal(size=(4, 3)), rng.normal(size=3) + 1j * rng.normal(size=3), rng.normal(size=4) + 1j * rng.normal(size=4)
    D = mg.derive("norm2(X*x - b)^2 + log(1 + x^H*X^H*X*x)", "x", NAMES)
    g = D.evaluate({"X": X, "x": x, "b": b})
    assert np.allclose(D.function("numpy")(X=X, x=x, b=b), g)
    assert np.allclose(jax.jit(D.function("jax"))(X=X, x=x, b=b), g)

    def f(x: object) -> object:
        r = X @ x - b
        return jax.numpy.real(jax.numpy.vdot(r, r)) + jax.numpy.log(1 + jax.numpy.real(jax.numpy.vdot(X @ x, X @ x)))

    assert np.allclose(np.conj(jax.grad(f)(x)), g)  # JAX gives the conjugate


def test_code_for_a_complex_side_of_a_real_system() -> None:
    D = mg.derive("x^H*inv(P)*x", "x", "P: posdef(n); x: complex vector(n)")
    P, x = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1 + 2j, 3 - 1j])
    assert np.allclose(D.function("numpy")(P=P, x=x), 2 * np.linalg.inv(P) @ x)
    D = mg.derive("real(sum(i, 0..3, z^i))", "z", "z: complex scalar")
    assert np.isclose(D.function("numpy")(z=0.3 + 0.5j), np.conj(1 + 2 * (0.3 + 0.5j) + 3 * (0.3 + 0.5j) ** 2))


def test_torch_gives_this_gradient() -> None:
    torch = pytest.importorskip("torch")
    x = torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex128, requires_grad=True)
    ((x.abs() ** 2).sum() * 3).backward()
    D = mg.derive("3*norm2(x)^2", "x", "x: complex vector(n)")
    assert np.allclose(x.grad.numpy(), D.evaluate({"x": x.detach().numpy()}))


def test_complex_values_are_checked() -> None:
    D = mg.derive("norm2(X*x - b)^2", "x", NAMES)
    assert np.allclose(D.evaluate({"X": np.eye(2), "x": [1, 1j], "b": [0, 0]}), [2, 2j])
    with pytest.raises(mg.ShapeError, match="complex numbers"):
        D.evaluate({"X": np.eye(2), "x": ["a", "b"], "b": [0, 0]})
    with pytest.raises(mg.ShapeError, match="real numbers"):
        mg.derive("norm2(M*w)^2", "w", NAMES).evaluate({"M": np.eye(2) * 1j, "w": [1, 2]})


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "words"),
    [
        ("a'*x", "x", "not shown to be real"),
        ("z^2", "z", "not shown to be real"),
        ("x'*x", "x", "hermitian(n)"),
        ("x^H*B*x", "x", "not shown to be real"),
        ("det(B)", "B", "not shown to be real"),
        ("real(log(z))", "z", "log is for real numbers"),
        ("sum(sigmoid(x))", "x", "sigmoid is for real numbers"),
        ("max(z, t)", "z", "max is for real numbers"),
        ("real(sqrt(z))", "z", "whole exponent"),
        ("real(z^t)", "z", "whole exponent"),
        ("real(t^z)", "z", "whole exponent"),
        ("sum(real(softmax(x)))", "x", "softmax is for real numbers"),
        ("real(tr(expm(B)))", "B", "expm is for real numbers"),
        ("sum(real(x) >= imag(x)) + (z >= 0)", "x", ">= is for real numbers"),
        ("real(B[z,1])", "B", "[] is for real numbers"),
        ("B*x", "x", "Jacobian"),
        ("z*x", "z", "Jacobian"),
    ],
)
def test_what_is_not_shown_to_be_real_is_refused(text: str, wrt: str, words: str) -> None:
    with pytest.raises(mg.UnsupportedError) as caught:
        mg.derive(text, wrt, NAMES)
    assert words in caught.value.message


F = "norm2(X*x - b)^2"


@pytest.mark.parametrize(
    "ask",
    [
        lambda: mg.derive(F, "x", NAMES, order=2),
        lambda: mg.stationary(F, "x", NAMES),
        lambda: mg.stationary("norm2(w)^2", "w", "w: vector(n); a: complex vector(n)", subject_to="a'*w = 1"),
        lambda: mg.newton_step(F, "x", NAMES),
        lambda: mg.curvature(F, "x", NAMES),
        lambda: mg.matrix_form("sum(i, 1..N, norm2(x[i])^2)", "x[i]: complex vector(n), i=1..N"),
        lambda: mg.sample_form("norm2(X*x)^2", "X: complex matrix(N,n); x: complex vector(n)"),
        lambda: mg.check_derivation("f = norm2(x)^2; df = 2*x'*dx", NAMES),
        lambda: mg.derive(F, "x", NAMES).scipy({}),
        lambda: mg.derive(F, "x", NAMES).hvp,
        lambda: mg.derive(F, "x", NAMES).operator({}),
        lambda: mg.derive(F, "x", NAMES).code("torch"),
        lambda: mg.derive(F, "x", NAMES).code("array_api"),
        lambda: mg.derive(F, "x", NAMES).code("dask"),
        lambda: mg.derive(F, "x", NAMES).code(outputs="hessian"),
        lambda: mg.derive("real(A(t)*t)", "t", "A(t): complex scalar; t: scalar"),
        lambda: mg.derive("tr(A)", "A", "A: hermitian(n) lower"),
    ],
)
def test_what_is_for_real_numbers_says_so(ask: object) -> None:
    with pytest.raises(mg.UnsupportedError) as caught:
        ask()  # type: ignore[operator]
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "declare",
    ["X: complex posdef(n)", "X: complex orthogonal(n)", "X: complex onehot(n)", "X: complex vector(n) > 0", "X: complex integer", "X: complex elementwise",
     "X: hermitian(n) posdef", "X: complex matrix(m,n) nonnegative"],
)  # fmt: skip
def test_what_complex_values_cannot_be_is_refused(declare: str) -> None:
    with pytest.raises(mg.ParseError):
        mg.parse("X", declare)
