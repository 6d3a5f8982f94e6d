r"""Every LaTeX text that matgrad prints for the textbook cases renders: with KaTeX, and with TeX inside amsmath's document.

KaTeX is taken from the package, run by node; TeX is whatever is installed. What is not there is skipped.
"""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

import matgrad as mg
from textbook import CASES

KATEX = next(iter(sorted(Path(mg.__file__).parent.rglob("katex.min.js"))), None)
RENDER = """
const katex = require(process.argv[1]);
const failed = [];
for (const tex of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
  try { katex.renderToString(tex, {displayMode: true, throwOnError: true, strict: "error", trust: false}); }
  catch (e) { failed.push([tex, e.message]); }
}
console.log(JSON.stringify(failed));
"""


def others() -> list[mg.Derivation]:
    return [
        mg.derive("log(det(X))", "X", "X: posdef(n)", order=2),
        mg.derive("sin(t)^2*x'*x", "t", "t: scalar; x: vector(n)", order=4),
        mg.derive("X[i,j]^2 + tr(X'*X)", "X[i,j]", "X: matrix(m,n)"),
        mg.derive("A*X*B", "X", "A: matrix(p,m); X: matrix(m,n); B: matrix(n,q)"),
        mg.derive(
            "Y = tanh(W1*x + b_1); v_hat'*tanh(W_2*Y)", "W1,W_2,b_1", "W1: matrix(k,n); W_2: matrix(m,k); x: vector(n); b_1: vector(k); v_hat: vector(m)"
        ),
        mg.derive("sum(max(0, X*w) .* y) + norm1(w)", "w", "X: matrix(m,n); w: vector(n); y: vector(m)"),
        mg.differential("sum(i, 1..N, log(1 + exp(-v[i]*w'*z[i])))", "w", "w: vector(n); z[i]: vector(n), i=1..N; v[i]: scalar, i=1..N"),
        mg.derive("unvec(D*x, m, n)'*unit(m,2)", "x", "D: matrix(m*n,q); x: vector(q)"),
        mg.newton_step("norm2(X*w - y)^2 + lambda*norm2(w)^2", "w", "X: matrix(m,n); w: vector(n); y: vector(m); lambda: scalar > 0"),
        mg.stationary("norm2(X*w - y)^2", "w", "X: matrix(T,k) full_column_rank; w: vector(k); y: vector(T)"),
        mg.stationary("w'*S*w", "w", "S: posdef(n); w: vector(n)", subject_to="sum(w) = 1"),
        mg.stationary("norm2(delta - a)^2", "delta", "delta, a: vector(n)"),
        mg.derive("tr(S*A*P*B)", "S,P", "S, P: symmetric(n); A, B: matrix(n,n)"),
        mg.derive("tr(G*L)", "L", "L: lower(n); G: matrix(n,n)"),
        mg.derive("x'*T*y", "T", "T: toeplitz(n); x, y: vector(n)"),
        mg.derive("tr(S*A*S)", "S", "S: symmetric(n); A: matrix(n,n)", order=2),
        mg.derive("x'*A*y", "x,y", "x: vector(m); y: vector(n); A: matrix(m,n)", order=2),
        mg.derive("sum(x.^3)", "x", "x: vector(n)", order=3),
        mg.derive("c = x - sum(x)/n; c/sqrt(c'*c/n + t)", "x", "x: vector(n); t: scalar > 0"),
        mg.derive("sum(i,1..N, max(0, 1 - y[i]*(w'*x[i] + b)))", "w,b", "x[i]: vector(n), i=1..N; y[i]: scalar, i=1..N; w: vector(n); b: scalar"),
        mg.derive("piecewise(t >= 0, t^2, -t)", "t", "t: scalar"),
        mg.derive("-y'*log(softmax(W*x))", "W", "y: onehot(m); W: matrix(m,n); x: vector(n)"),
        mg.derive("logdet(A(t))", "t", "A(t): invertible(n)"),
        mg.derive("norm2(X[:,k] - a)", "X[:,k]", "X: matrix(m,n); a: vector(m)"),
        mg.derive("X .* (A*X)", "X", "X: matrix(m,n); A: matrix(m,m)", layout="tensor"),
        mg.newton_step("exp(t) - t", "t", "t: scalar"),
    ]


@cache
def derivations() -> list[mg.Derivation]:
    return [mg.derive(c.text, c.wrt, c.declare) for c in CASES] + others()


def formulas(lang: str) -> list[str]:
    """Answers, LaTeX pages and the formulas of Markdown pages."""
    found = []
    for d in derivations():
        found += [d.latex(), d.explain(lang=lang, format="latex", detail="every", check=False)]
        found += re.findall(r"\$\$(.*?)\$\$", d.explain(lang=lang, format="markdown", detail="every", check=False), re.S)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_katex_renders_everything(lang: str) -> None:
    node = shutil.which("node")
    if KATEX is None or node is None:
        pytest.skip("KaTeX is not in the package" if KATEX is None else "node is not installed")
    done = subprocess.run([node, "-e", RENDER, str(KATEX)], input=json.dumps(formulas(lang)), capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(done.stdout) == []


def document(lang: str) -> str:
    pages = [d.explain(lang=lang, format="latex", check=False) for d in derivations()] + [rf"\[{d.latex()}\]" for d in derivations()]
    chinese = "\\usepackage{xeCJK}\\setCJKmainfont{FandolSong-Regular.otf}" if lang == "zh" else ""
    head = f"\\documentclass{{article}}\\usepackage{{amsmath,amssymb}}{chinese}\\begin{{document}}\\allowdisplaybreaks\n"
    return head + "\n".join(dict.fromkeys(pages)) + "\n\\end{document}\n"


@pytest.mark.parametrize(("engine", "option", "lang"), [("pdflatex", "-draftmode", "en"), ("xelatex", "-no-pdf", "zh")])
def test_tex_compiles_everything(engine: str, option: str, lang: str, tmp_path: Path) -> None:
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed")
    needed = ["amsmath.sty", *(["xeCJK.sty", "FandolSong-Regular.otf"] if lang == "zh" else [])]
    absent = [f for f in needed if subprocess.run(["kpsewhich", f], capture_output=True).returncode]
    if absent:
        pytest.skip(f"{' and '.join(absent)} is not installed")
    (tmp_path / "pages.tex").write_text(document(lang), encoding="utf-8")
    command = [engine, option, "-interaction=nonstopmode", "-halt-on-error", "pages.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=240)
    log = (tmp_path / "pages.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, "\n".join(line for line in log.splitlines() if line.startswith("!"))
    assert "Missing character" not in log
