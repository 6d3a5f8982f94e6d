"""Chinese: every sentence that is raised has a row, and no English is left on a Chinese page."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import matgrad
from matgrad.errors import BLANK
from matgrad.explain.chinese import CHINESE, JOINTS
from matgrad.explain.words import WORDS

PACKAGE = Path(matgrad.__file__).parent
METHODS = {"fail", "error", "refuse"}  # what makes an error of a sentence and its fields, beside the classes
PASSED_ON = {"product_misfit", "check_words", "say", "str"}  # calls that give a sentence made elsewhere
FOREIGN = {  # what NumPy and the operating system say
    "Singular matrix", "Eigenvalues did not converge", "SVD did not converge", "Matrix is not positive definite",
    "No such file or directory", "Permission denied", "Is a directory",
}  # fmt: skip
LATEX = {"1", "d", "N", "ij", "bmatrix", "sigmoid", "vec", "sum"}  # stand in braces and are no blanks


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


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name != "rules" and path.stem not in ("errors", "__main__"):
            yield ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts), ast.parse(path.read_text(encoding="utf-8"))


def error_classes() -> set[str]:
    found, todo = set(), [matgrad.MatgradError]
    while todo:
        found.add(todo[-1].__name__)
        todo += todo.pop().__subclasses__()
    return found


def sentences() -> list[tuple[str, str, set[str] | None]]:
    trees = list(modules())
    for name, _ in trees:
        importlib.import_module(name)
    kinds = {"Phrase"} | error_classes() - {"Undecided"}  # whose sentences are rows of `words`
    found = [("matgrad.errors", "; did you mean {name}?", {"name"})]
    for name, tree in trees:
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
