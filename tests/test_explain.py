"""Pages: both languages complete, every format, LaTeX balanced, levels of detail."""

from __future__ import annotations

import re

import pytest

import matgrad as mg
from matgrad.explain.words import WORDS
from textbook import CASES

NETWORK = (
    "a1 = W1*x + b1; h1 = sigmoid(a1); a2 = W2*h1 + b2; -y'*log(softmax(a2))",
    "W1,b1,W2,b2",
    "W1: matrix(p,n); b1: vector(p); W2: matrix(m,p); b2: vector(m); x: vector(n); y: onehot(m)",
)
ANSWERS = [
    mg.derive(*NETWORK),
    mg.derive("log(det(X))", "X", order=2),
    mg.derive("A*exp(X*B)", "X"),
    mg.derive("A*B", "t", "A(t): matrix(k,m); B(t): matrix(m,l); t: scalar"),
    mg.differential("inv(X)", "X", "X: invertible(n)"),
    mg.derive("max(0, 1 - y*w'*x) + lambda/2*norm2(w)^2", "w", "y: scalar; x: vector(n); w: vector(n); lambda: scalar"),
    mg.stationary("norm2(X*w - y)^2", "w", "X: matrix(T,k) full_column_rank; w: vector(k); y: vector(T)"),
    mg.derive("sum(i, 1..N, log(1 + exp(x[i]'*w)))", "w", "x[i]: vector(n), i=1..N; w: vector(n)"),
]


def test_every_phrase_exists_in_both_languages_with_the_same_blanks() -> None:
    for key, (en, zh) in WORDS.items():
        assert en and zh, key
        assert set(re.findall(r"{\d}", en)) == set(re.findall(r"{\d}", zh)), key
        assert not re.search(r"[\u4e00-\u9fff]", en), key


@pytest.mark.parametrize("format", ["text", "markdown", "html", "latex"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("d", ANSWERS, ids=lambda d: d.kind)
def test_every_format_in_both_languages(d: mg.Derivation, lang: str, format: str) -> None:
    page = d.explain(lang, format)
    assert page and "None" not in page and "object at 0x" not in page
    if lang == "zh" and format != "latex":
        assert re.search(r"[\u4e00-\u9fff]", page)


@pytest.mark.parametrize("d", ANSWERS, ids=lambda d: d.kind)
def test_latex_is_balanced(d: mg.Derivation) -> None:
    for tex in (d.latex(), d.explain("en", "latex")):
        assert tex.count(r"\left") == tex.count(r"\right")
        bare = re.sub(r"\\[{}]", "", tex)
        assert bare.count("{") == bare.count("}")
        assert not re.search(r"[⊙ᵀ⁻½∂−]", bare)


def test_more_detail_means_more_lines() -> None:
    d = ANSWERS[0]
    brief, normal, every = (len(d.explain(detail=level, check=False).splitlines()) for level in ("brief", "normal", "every"))
    assert brief < normal <= every


def test_stages_carry_the_users_names_and_sizes() -> None:
    page = ANSWERS[0].explain("zh")
    for line in ("∂f/∂a₂ = softmax(a₂) - y", "∂f/∂h₁ = W₂ᵀ (∂f/∂a₂)", "∂f/∂W₁ = (∂f/∂a₁) xᵀ"):
        assert line in page


def test_a_subgradient_says_so() -> None:
    assert "subgradient" in ANSWERS[5].explain() and "次梯度" in ANSWERS[5].explain("zh")


@pytest.mark.parametrize("options", [{"lang": "fr"}, {"format": "pdf"}, {"detail": "all"}])
def test_unknown_choices_are_named(options: dict[str, str]) -> None:
    with pytest.raises(mg.MatgradError, match="unknown"):
        ANSWERS[1].explain(**options)  # type: ignore[arg-type]


def test_the_size_of_every_factor_on_request() -> None:
    d = mg.derive("Y = sigma(W*X); tr(Y'*M*Y)", "X", "W: matrix(l,m); X: matrix(m,n); M: symmetric(l); sigma: elementwise")
    page = d.explain(sizes=True, check=False)
    assert "∂f/∂X = 2 W[l×m]ᵀ ((M[l×l] Y[l×n]) ⊙ σ'(W[l×m] X[m×n]))" in page and "dY[l×n]" in page
    with pytest.raises(mg.MatgradError, match="in Unicode text only"):
        d.explain(format="latex", sizes=True)


@pytest.mark.parametrize("detail", ["brief", "normal", "every"])
def test_every_line_brings_something_and_the_last_one_the_answer(detail: str) -> None:
    """No line twice, none without a reason, and the page ends with what was asked for."""
    from matgrad.explain import page
    from matgrad.explain.render import reasons

    for case in CASES:
        result = mg.derive(case.text, case.wrt, case.declare).result
        lines = [item for item in page.derivation(result, detail) if isinstance(item, page.Equation)]
        for above, line in zip(lines, lines[1:]):
            assert line.left or line.right is not above.right and reasons(line.laws, "en"), (case, str(line.right))
        if lines:
            assert {(a.left, a.right) for a in page.answers(result)} <= {(line.left, line.right) for line in lines}, case


def test_brief_is_within_normal_and_normal_within_every() -> None:
    from matgrad.explain import page

    for case in CASES:
        result = mg.derive(case.text, case.wrt, case.declare).result
        brief, normal, every = ([i.right for i in page.derivation(result, d) if isinstance(i, page.Equation)] for d in page.DETAILS)
        assert set(brief) <= set(normal) <= set(every), case
