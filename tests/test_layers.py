"""The import order of the folders, no cycles, and what `import matgrad` may load."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import matgrad

ROOT = Path(matgrad.__file__).parent
ORDER = ["core", "language", "simplify", "calculus", "check", "explain", "codegen", "solve", "review", "apps"]
EVERYWHERE = {"errors"}
STANDARD_ONLY = {"", "core", "rules", "language", "simplify", "calculus", "explain"}


def modules() -> dict[str, Path]:
    """Dotted name below matgrad -> file; the package itself is ''."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def is_typing_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def statements(tree: ast.AST, inside_functions: bool) -> list[ast.AST]:
    """Import statements that run: all of them, or only those that run when the module is imported."""
    found: list[ast.AST] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        if is_typing_only(node) or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not inside_functions:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        stack.extend(ast.iter_child_nodes(node))
    return found


def imports(source: str, module: str, is_package: bool, inside_functions: bool = True) -> tuple[set[str], set[str]]:
    """(modules of matgrad, top-level names from outside) that a module imports."""
    own: set[str] = set()
    outside: set[str] = set()
    for node in statements(ast.parse(source), inside_functions):
        if isinstance(node, ast.Import):
            outside.update(a.name.split(".")[0] for a in node.names)
            continue
        assert isinstance(node, ast.ImportFrom)
        if node.level == 0:
            outside.add(str(node.module).split(".")[0])
            continue
        base = module.split(".") if module else []
        base = base[: len(base) - node.level + (1 if is_package else 0)]
        target = ".".join([*base, *(node.module.split(".") if node.module else [])])
        for a in node.names:
            full = f"{target}.{a.name}".lstrip(".")
            own.add(full if full in MODULES else target)
    return own, outside


def read(module: str, inside_functions: bool = True) -> tuple[set[str], set[str]]:
    path = MODULES[module]
    return imports(path.read_text(encoding="utf-8"), module, path.name == "__init__.py", inside_functions)


def folder(module: str) -> str:
    """The folder of a module; '' for those that stand directly in the package."""
    return module.split(".")[0] if module.split(".")[0] in {*ORDER, "rules"} else ""


def may_import(own: str, other: str) -> bool:
    """Whether a module of folder `own` may import one of folder `other`."""
    if own == "rules":
        return other in ("rules", "core")
    if other == "rules":
        return own in ("", "apps")
    if own == "" or other == "":
        return own in ("", "apps")
    return ORDER.index(other) <= ORDER.index(own)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_folder_imports_only_what_is_below_it(module: str) -> None:
    own, _ = read(module)
    upward = {o for o in own if o not in EVERYWHERE and not may_import(folder(module), folder(o))}
    assert not upward


@pytest.mark.parametrize("module", sorted(m for m in MODULES if folder(m) in STANDARD_ONLY))
def test_the_lower_folders_need_only_the_standard_library(module: str) -> None:
    _, outside = read(module, inside_functions=folder(module) != "")
    assert outside <= set(sys.stdlib_module_names)


def test_no_import_cycles() -> None:
    graph = {m: {o for o in read(m, inside_functions=False)[0] if o != m} for m in MODULES}
    tuple(TopologicalSorter(graph).static_order())


def test_the_layer_test_can_fail() -> None:
    own, outside = imports("def f():\n    from ..calculus import plan\n    import numpy", "core.expr", False)
    assert own == {"calculus.plan"} and outside == {"numpy"}
    assert not may_import("core", "calculus") and may_import("calculus", "core") and not may_import("rules", "simplify")
    with pytest.raises(CycleError):
        tuple(TopologicalSorter({"a": {"b"}, "b": {"a"}}).static_order())


DERIVE = "D = matgrad.derive('tr(A*X*B)', wrt='X'); str(D.value); [s.law for s in D.steps]"


def loaded(code: str) -> set[str]:
    """Top-level modules in memory after running `code` in a fresh interpreter."""
    command = [sys.executable, "-c", f"import sys; {code}; print(*sorted(sys.modules))"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT.parent)
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("code", ["import matgrad", f"import matgrad; {DERIVE}"])
def test_numpy_is_loaded_only_when_numbers_are_needed(code: str) -> None:
    assert not loaded(code) & {"numpy", "scipy", "jax", "torch", "sympy", "matplotlib"}


def test_the_test_of_numpy_can_fail() -> None:
    assert "numpy" in loaded("import numpy, matgrad")
    assert "numpy" in loaded(f"import matgrad; {DERIVE}; D.check()")
