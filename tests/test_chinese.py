"""Chinese: every sentence that is raised has a row, and no English is left on a Chinese page."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import matgrad as mg
from derivations import RIGHT, WRONG
from matgrad.core.op import OPS
from matgrad.core.rows import DERIVATIVES
from matgrad.core.tables import EXTRA
from matgrad.errors import BLANK
from matgrad.explain.chinese import CHINESE, JOINTS, spoken, told
from matgrad.explain.words import WORDS
from matgrad.language.build import ALIASES, SPECIAL
from matgrad.language.declare import KINDS
from textbook import CASES

PACKAGE = Path(mg.__file__).parent
METHODS = {"fail", "error", "refuse"}  # what makes an error of a sentence and its fields, beside the classes
PASSED_ON = {"product_misfit", "check_words", "say", "str"}  # calls that give a sentence made elsewhere
FOREIGN = {  # what NumPy and the operating system say
    "Singular matrix", "Eigenvalues did not converge", "SVD did not converge", "Matrix is not positive definite",
    "No such file or directory", "Permission denied", "Is a directory",
}  # fmt: skip
LATEX = {"1", "d", "N", "ij", "bmatrix", "conj", "sigmoid", "vec", "sum"}  # stand in braces and are no blanks


class Sentences(ast.NodeVisitor):
    """The templates that one module makes, each with the fields given beside it (None: not written out)."""

    def __init__(self, module: str, kinds: set[str]):
        self.module = importlib.import_module(module)
        self.kinds = kinds
        self.functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
        self.found: list[tuple[str, set[str] | None]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.functions.append(node)
        self.generic_visit(node)
        self.functions.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        f = node.func
        makes = isinstance(f, ast.Name) and f.id in self.kinds or isinstance(f, ast.Attribute) and f.attr in METHODS
        passes = isinstance(f, ast.Attribute) and f.attr == "__init__" and node.keywords
        if node.args and (makes or passes):
            names = [k.arg for k in node.keywords]
            fields = None if None in names else {str(name) for name in names}
            self.found += [(template, fields) for template in self.strings(node.args[0])]

    def strings(self, e: ast.expr) -> list[str]:
        """The sentences that an argument can be. A sentence put together from pieces could have no row."""
        match e:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.IfExp(body=a, orelse=b):
                return self.strings(a) + self.strings(b)
            case ast.Subscript(value=ast.Name(id=table)):
                return list(getattr(self.module, table).values())
            case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=[_, default]):
                return [*getattr(self.module, table).values(), *self.strings(default)]
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)) if name in PASSED_ON or name == "refused_script":
                return []
            case ast.Attribute(attr="phrase") | ast.BoolOp(values=[ast.Attribute(attr="strerror"), _]):
                return []
            case ast.Name(id=name):
                return self.named(name)
        raise AssertionError(f"{self.module.__name__}:{e.lineno}: cannot tell which sentence {ast.unparse(e)} is")

    def named(self, name: str) -> list[str]:
        if any(name in {a.arg for a in f.args.args + f.args.posonlyargs} for f in self.functions):
            return []  # handed on; the caller is walked
        nodes = [n for f in self.functions for n in ast.walk(f)]
        values = [n.value for n in nodes if isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in n.targets)]
        values += [n.value for n in nodes if isinstance(n, ast.NamedExpr) and n.target.id == name]
        return [s for v in values for s in self.strings(v)] if values else [getattr(self.module, name)]


@cache
def modules() -> list[tuple[str, ast.Module]]:
    paths = [p for p in sorted(PACKAGE.rglob("*.py")) if p.parent.name != "rules" and p.stem not in ("errors", "__main__")]
    return [(".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts), ast.parse(p.read_text(encoding="utf-8"))) for p in paths]


def error_classes() -> set[str]:
    found, todo = set(), [mg.MatgradError]
    while todo:
        found.add(todo[-1].__name__)
        todo += todo.pop().__subclasses__()
    return found


def sentences() -> list[tuple[str, str, set[str] | None]]:
    for name, _ in modules():
        importlib.import_module(name)
    kinds = {"Phrase"} | error_classes() - {"Undecided"}  # whose sentences are rows of `words`
    found = [("matgrad.errors", "; did you mean {name}?", {"name"})]
    for name, tree in modules():
        walk = Sentences(name, kinds)
        walk.visit(tree)
        found += [(name, *s) for s in walk.found]
    return found


ALL = sentences()


def blanks(template: str) -> set[str]:
    return set(BLANK.findall(template))


def test_every_sentence_has_a_chinese_one() -> None:
    assert len(ALL) > 400
    assert sorted({f"{where}: {template}" for where, template, _ in ALL if template not in CHINESE}) == []


def test_no_row_is_left_over() -> None:
    assert CHINESE.keys() - {template for _, template, _ in ALL} - FOREIGN == set()


def test_the_blanks_of_a_sentence_are_filled_in_both_languages() -> None:
    for where, template, fields in ALL:
        assert blanks(template) == blanks(CHINESE[template]), (where, template)
        if fields is not None:
            assert blanks(template) - fields <= LATEX, (where, template, fields)


def test_things_in_a_row_are_joined_in_chinese_too() -> None:
    for _, tree in modules():
        for n in ast.walk(tree):
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "Series" and len(n.args) == 2:
                assert isinstance(n.args[1], ast.Constant) and n.args[1].value in JOINTS, ast.unparse(n)


WORD = re.compile(r"[A-Za-z]{2,}")
ENGLISH = set("the an of is are be by to it in on at as and or not no for from with has have its this that may can there here one two".split())


def latin(text: str) -> set[str]:
    return set(WORD.findall(BLANK.sub("", text)))


def test_chinese_rows_hold_no_english() -> None:
    """What is written in Latin letters there is a name or code, so it stands in the English sentence too."""
    for english, row in [*CHINESE.items(), *WORDS.values()]:
        assert latin(row) - latin(english) <= {"vec", "matgrad", "tr", "dX"}, (english, row)
        assert not latin(row) & ENGLISH, row
        assert re.search(r"[\u4e00-\u9fff]", row) or not latin(english) or english in UNTOUCHED, english


UNTOUCHED = {"tr(A B) = tr(B A)"}


# --- pages ------------------------------------------------------------------------------------------------------

SPOKEN_CODE = """where df dF dx dX dY sigma blocks_F blocks_X kl ij align bmatrix wrt matgrad newton_step operator diff array_api numpy jax torch dask
pip install html markdown latex text en zh LaTeX UTF JSON MiB MN CB thm Toeplitz Frobenius"""
CODE = {*OPS, *SPECIAL, *ALIASES, *KINDS, *EXTRA, *DERIVATIVES, *SPOKEN_CODE.split()}


def english_of(page: str, *sources: str) -> set[str]:
    """The words of two letters or more that are neither code nor taken from the input."""
    known = CODE.union(*(set(re.findall(r"[A-Za-z]+", s)) for s in sources))
    known |= {f"d{name}" for name in known} | {part for name in known for part in name.split("_")}
    return {w for w in WORD.findall(re.sub(r"\\[A-Za-z]+|&\w+;|<[^>]*>|\b(d|h|vec|K)(?=[A-Z(\d])", " ", page)) if w not in known and w.lower() not in known}


ANSWERED = [
    *((c.text, c.wrt, c.declare, {}) for c in CASES[::3]),
    ("log(det(X))", "X", "X: posdef(n)", {"order": 2}),
    ("sum(x.^3)", "x", "x: vector(n)", {"order": 3}),
    ("x'*A*y", "x,y", "x: vector(m); y: vector(n); A: matrix(m,n)", {"order": 2}),
    ("t^2*x", "t", "t: scalar; x: vector(n)", {"order": 2}),
    *(("tr(S*A)", "S", f"S: {kind}(n); A: matrix(n,n)", {}) for kind in "symmetric skew lower upper diagonal toeplitz orthogonal posdef".split()),
    ("tr(S*A*S)", "S", "S: symmetric(n); A: matrix(n,n)", {"order": 2}),
    ("S[1,2]*t", "S[1,2]", "S: symmetric(n); t: scalar", {}),
    ("A*X", "X", "A: matrix(l,m); X: matrix(m,n)", {"layout": "numerator"}),
    ("A*X", "X", "A: matrix(l,m); X: matrix(m,n)", {"layout": "tensor"}),
    ("A*X", "X", "A: matrix(l,m); X: matrix(m,n)", {"layout": "blocks_F"}),
    ("A*X", "X", "A: matrix(l,m); X: matrix(m,n)", {"layout": "blocks_X"}),
    ("norm1(X*w - y) + norm2(w)", "w", "", {}),
    ("sum(i, 1..N, max(0, 1 - y[i]*(w'*x[i] + b)))", "w,b", "x[i]: vector(n), i=1..N; y[i]: scalar, i=1..N; w: vector(n); b: scalar", {}),
    ("max(0, 1 - t)", "t", "t: scalar", {}),
    ("sign(t)*t", "t", "t: scalar", {}),
    ("-y'*log(softmax(W2*sigmoid(W1*x)))", "W1,W2", "y: onehot(m); W2: matrix(m,p); W1: matrix(p,n); x: vector(n)", {}),
    ("adj(X)[1,1]*t", "X", "X: matrix(n,n); t: scalar > 0", {}),
    ("logdet(A(t))", "t", "A(t): invertible(n)", {}),
    ("a'*x", "y", "a, x, y: vector(n)", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "declare", "how"), ANSWERED, ids=str)
def test_a_chinese_page_holds_no_english(text: str, wrt: str, declare: str, how: dict[str, Any]) -> None:
    found = mg.derive(text, wrt, declare, **how)
    assumed = "; ".join(found.known.assumed)
    for format in ("text", "markdown", "html", "latex"):
        page = found.explain("zh", format=format, detail="every", check=format == "text")
        assert english_of(page, text, wrt, declare, assumed) == set(), page


def test_other_chinese_pages_hold_no_english() -> None:
    S = "S: posdef(n); w: vector(n)"
    pages = [
        (mg.newton_step("norm2(X*w - y)^2 + c*norm2(w)^2", "w", "c: scalar > 0").explain("zh"), "X w y c"),
        (mg.stationary("w'*S*w", "w", S, subject_to="sum(w) = 1").explain("zh"), S + "lambda"),
        (mg.stationary("-tr(W'*S*W)", "W", "S: symmetric(n); W: matrix(n,k)", subject_to="W'*W = eye(k)").explain("zh"), S + "Lambda"),
        (mg.stationary("N*logdet(S) + tr(inv(S)*M)", "S", "S, M: posdef(n); N: scalar > 0").explain("zh"), S + "S_inv"),
        (mg.differential("inv(X)*A*X", "X").explain("zh"), "X A"),
        *(
            (mg.curvature(f, f.split("(")[0] and "x", "x: vector(n); A: psd(n)").explain("zh"), "")
            for f in ("x'*A*x + norm2(x)", "logsumexp(x)", "sum(sin(x))", "sum(x)")
        ),
        ("\n".join(spoken(line, "zh") for line in mg.compare("tr(A*B*C)", "tr(A*C*B)", "A, B, C: matrix(n,n)").lines()), ""),
        ("\n".join(spoken(line, "zh") for line in mg.compare("sin(t)^2 + cos(t)^2", "1", "t: scalar").lines()), ""),
        *((mg.check_derivation(w.text, w.declare).explain("zh"), w.text + w.declare) for w in (*RIGHT, *WRONG)),
    ]
    for page, source in pages:
        assert english_of(page, source) == set(), page


def test_chinese_errors_hold_no_english_and_the_same_place() -> None:
    seen = 0
    for text, declare in BROKEN:
        with pytest.raises(mg.MatgradError) as caught:
            mg.derive(text, "x", declare)
        said = told(caught.value, "zh")
        assert re.search(r"[\u4e00-\u9fff]", said) and english_of(said, text, declare) == set(), said
        assert said.splitlines()[1:] == str(caught.value).splitlines()[1:]
        seen += len(said.splitlines()) > 1
    assert seen > 20


CURVED = ("x'*A*x + norm2(x)", "logsumexp(x)", "sum(sin(x))", "sum(x)")
ALONE = r"""
x + | (x | x) | [x, x; x] | x'* | foo(x) | expp(x) | x ? 2 | sum(i, 1..N) | x[1,2,3] | 1/0*x | x^y^ | 'x | x where | a = 1; a = 2; x | a = a*x; a | det(x, x)
sin() | eye()*x | unit(n)*x | huber(x) | diff(x,t) | 1e999*x | {x | \frac{x} | \sqrt | x^{ | \int x | x \in A | \foo x | \begin{x} | \sum x_i | x_i^2_j
\mathbb{R} x | \lVert x | x'*x = 3 = 4 | \left(x | x^\dagger x | x \to y
"""
SIZED = """
A*A*x | x + A*x | A .* x | x/A | x^2 | S^x | S^(1/2)*x | tr(A) | [A, x] | [A; x] | unvec(x, n, n) | x[0] | A[1] | dot(x, A) | max(x, A)
x(2) | S(1) | ones(0)*x
"""
DECLARED = """
x: vector | x: vectr(n) | x: matrix(1,2,3) | x: symmetric(m,n) | x | x[i]: vector(n)
x: vector(n) nice | sin: vector(n) | x: vector(n); x: scalar | x: vector(n-)
"""


def each(lines: str) -> list[str]:
    return [text.strip() for line in lines.strip().splitlines() for text in line.split(" | ")]


BROKEN = [
    ("", ""),
    *((text, "") for text in each(ALONE)),
    *((text, "x: vector(n); A: matrix(m,n); S: matrix(n,n); t: scalar") for text in each(SIZED)),
    *(("x", declare) for declare in each(DECLARED)),
]


# --- the command line and the page ----------------------------------------------------------------------------------


def test_the_command_line_speaks_chinese(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from matgrad.apps.cli import main

    assert main(["derive", "tr(A*B", "--wrt", "A", "--lang", "zh"]) == 2
    assert capsys.readouterr().err == "matgrad: 此括号没有闭合，缺少 ')'\n  tr(A*B\n    ^\n"
    assert main(["derive", "x + A*x", "--wrt", "x", "--declare", "A: matrix(m,n); x: vector(n)", "--lang", "zh"]) == 2
    assert capsys.readouterr().err.startswith("matgrad: n×1 与 m×1 不能相加；相加的各项尺寸须相同\n")
    assert main(["equal", "x'*y", "y'*x", "--lang", "zh"]) == 0
    assert capsys.readouterr().out == "相等：已证明，两边的标准形相同\n"
    assert main(["check", str(tmp_path / "none.txt"), "--lang", "zh"]) == 2
    assert capsys.readouterr().err.endswith("none.txt：文件不存在\n")


def test_the_page_speaks_chinese() -> None:
    pytest.importorskip("starlette")
    from matgrad.apps.web.respond import respond

    status, reply = respond("derive", {"expr": "x'*", "wrt": "x", "lang": "zh"})
    assert status == 422 and reply["error"]["message"] == "表达式没有写完，后面缺少运算对象" and reply["error"]["start"] == 3
    status, reply = respond("equal", {"expr": "x'*A*x", "other": "x'*x", "lang": "zh"})
    assert status == 200 and reply["sentence"].splitlines()[0] == "不相等，例如取"
    status, reply = respond("derive", {"expr": "x", "lang": "zh"})
    assert status == 400 and reply["error"]["message"] == "缺少字段 wrt"


def test_a_check_says_in_chinese_what_does_not_fit() -> None:
    review = mg.check_derivation("f = tr(A*X)\ndf = tr(A*A*dX)", "A: matrix(m,n); X: matrix(n,m)")
    assert "尺寸不符：m×n 不能乘以 m×n：相邻的尺寸 n 与 m 不同" in review.explain("zh")
    assert "the sizes do not fit: cannot multiply m×n by m×n: the inner sizes n and m differ" in review.explain("en")
