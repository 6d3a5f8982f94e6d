"""Source of a standalone function: signature, docstring, checks of shapes, program, and its own test."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence

from ..core import expr as ex
from ..core.expr import Expr
from ..errors import MatgradError, UnsupportedError
from ..language.text import program
from .function import Function, generics_of, is_family, is_integer, shape_of
from .selfcheck import SelfCheck
from .source import identifier
from .targets import Target, target_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def generate(
    values: Mapping[str, Expr],
    function: Expr,
    arguments: Sequence[Expr],
    target: str = "numpy",
    name: str = "gradient",
    doc: str = "",
    *,
    kind: str = "",
    layout: str = "denominator",
    sizes: Mapping[str, int] | None = None,
) -> str:
    """Source of a function that computes `values`, and of a check of its own.

    Args:
        values: what to compute, by the name of the variable it belongs to; several are returned as a tuple.
        function: the expression that was differentiated.
        arguments: variables in the order of the parameters; what else occurs follows them.
        target: "numpy", "jax" or "torch".
        name: of the function.
        doc: its first sentence.
        kind: "gradient", "hessian", "jacobian", "by-scalar" or "differential", for the check at the end of the file.
        layout: of a Jacobian.
        sizes: typical sizes, for the order of products.

    Raises:
        MatgradError: for an unknown target.
        UnsupportedError: where the target has no such operation.
    """
    where = target_named(target)
    main = Function(identifier(name), list(values.values()), [function, *arguments], where, sizes or {})
    return Module(main, list(values), function, where, doc, kind, layout).text()


def compile_function(
    values: Mapping[str, Expr], function: Expr, arguments: Sequence[Expr], target: str = "numpy", name: str = "gradient", doc: str = "", **options: Any
) -> Callable[..., Any]:
    """The function whose source `generate` gives; its source is kept as `.source`.

    Raises MatgradError when the target is not installed.
    """
    source = generate(values, function, arguments, target, name, doc, **{**options, "kind": ""})
    namespace: dict[str, Any] = {"__name__": "generated"}
    try:
        exec(compile(source, f"<{identifier(name)} for {target}>", "exec"), namespace)
    except ImportError as error:
        raise MatgradError(f"{error.name} is not installed; pip install 'matgrad[{target_named(target).extra}]'") from None
    function_made: Any = namespace[identifier(name)]
    function_made.source = source
    made: Callable[..., Any] = function_made
    return made


class Module:
    """The whole file."""

    def __init__(self, main: Function, keys: list[str], function: Expr, target: Target, doc: str, kind: str, layout: str):
        self.main = main
        self.keys = keys
        self.target = target
        self.doc = doc
        self.kind = kind
        self.function = function
        self.origin = original(function, main) if kind else None
        self.check = SelfCheck(main, self.origin, keys, kind, layout) if kind else None

    def text(self) -> str:
        returns = [self.hint(r) for r in self.main.roots]
        hint = returns[0] if len(returns) == 1 else f"tuple[{', '.join(returns)}]"
        main = self.main.definition(self.docstring(), hint)
        parts = [main]
        if self.check is not None and self.check.compares and self.origin is not None:
            parts.append(self.origin.definition([f'"""f = {one_line(program(self.function))}"""'], self.hint(self.function)))
        if self.check is not None:
            parts.append(self.check.text())
        body = "\n\n".join(parts)
        helpers = self.helpers(body)
        code = "".join(f"{h.strip()}\n\n\n" for h in helpers) + body
        return self.head(code) + code

    def hint(self, e: Expr) -> str:
        return self.target.scalar if e.is_scalar else "Array"

    def head(self, code: str) -> str:
        """Imports, of what the code uses only."""
        t = self.target
        used = {line for word, line in t.imports.items() if re.search(rf"(?<![\w.]){word}\b", code)}
        if re.search(r"\brng\b", code) and t.name == "jax":
            used |= {"import numpy as np"}
        if re.search(r"(?<![\w.])jax\.", code + (t.array if "Array" in code else "")) and t.name == "jax":
            used.add("import jax")
        used.add(f"import {t.module}" if t.module == t.alias else f"import {t.module} as {t.alias}")
        standard = sorted(x for x in used if x.split()[1].split(".")[0] in ("math", "itertools", "collections"))
        others = sorted(x for x in used if x not in standard)
        merged = merge_imports(standard), merge_imports(others)
        parts = ["from __future__ import annotations", *["\n".join(m) for m in merged if m]]
        alias = f"\nArray = {t.array}\n" if re.search(r"\bArray\b", code) else ""
        return "\n\n".join(parts) + "\n" + alias + "\n\n"

    def helpers(self, code: str) -> list[str]:
        found: list[str] = []
        while True:
            text = code + "".join(found)
            more = [h for word, h in self.target.helpers.items() if h not in found and re.search(rf"(?<!\w){word}\(", text)]
            if not more:
                return found
            found = more + found

    # --- docstring ----------------------------------------------------------------------------------

    def docstring(self) -> list[str]:
        """The sentence, the formulas, and the size of everything."""
        main = self.main
        several = len(self.keys) > 1
        lines = [f'"""{self.doc or self.sentence()}', "", *wrapped("f", program(self.function))]
        for key, root in zip(self.keys, main.roots):
            if root is not self.function:
                lines += wrapped(f"{self.symbol} by {key}" if self.symbol != "df" else "df", program(root))
        lines += ["", "Args:"]
        lines += [f"    {main.parameter(v)}: {describe(v)}" for v in main.inputs]
        lines += [f"    {g}: {generic_text(g, main.roots)}" for g in main.generics]
        lines += [f"    {i}: index, from 1" for i in main.indices] + [f"    {x}: size" for x in main.free]
        lines += ["", "Returns:"]
        lines += [f"    {f'{key}: ' if several else ''}{shape_words(root)}" for key, root in zip(self.keys, main.roots)]
        return [*[line.replace("\\", "\\\\") for line in lines], '"""']

    @property
    def symbol(self) -> str:
        """What the answer is called beside f."""
        return {"hessian": "Hessian", "jacobian": "Jacobian", "differential": "df", "by-scalar": "derivative"}.get(self.kind, "gradient")

    def sentence(self) -> str:
        if self.kind == "differential":
            return "Differential of f."
        return f"{self.symbol[0].upper()}{self.symbol[1:]} of f by {', '.join(k for k, r in zip(self.keys, self.main.roots) if r is not self.function)}."


def original(function: Expr, main: Function) -> Function | None:
    """The function that was differentiated; None where the target cannot compute it."""
    try:
        return Function("function", [function], main.inputs, main.target, {})
    except UnsupportedError:
        return None


def generic_text(parameter: str, roots: Sequence[Expr]) -> str:
    name, order = generics_of(roots)[parameter]
    return f"element-wise function {name}" if order == 0 else f"its derivative {name}{chr(39) * order}"


FACTS = {"posdef": "positive definite", "psd": "positive semidefinite", "onehot": "one-hot"}


def describe(v: Expr) -> str:
    """`m×n, symmetric`: what an argument has to be."""
    shape = ", ".join(map(str, shape_of(v)))
    words = "integer" if is_integer(v) else "scalar" if not shape else f"({shape}{',' * (len(shape_of(v)) == 1)})"
    known = sorted(v.data[1] - {"integer"}) if v.op is ex.VAR else []
    more = [", samples first"] if is_family(v) else []
    return words + "".join([*more, *[f", {FACTS.get(w, w.replace('_', ' '))}" for w in known]])


def shape_words(e: Expr) -> str:
    if e.is_scalar:
        return "scalar"
    return f"({e.rows},)" if e.is_vector else f"({e.rows}, {e.cols})"


def wrapped(name: str, text: str) -> list[str]:
    """`name = formula`, its definitions each on a line of their own."""
    formula, _, rest = one_line(text).partition(" where ")
    lines = indented(f"{name} = {formula}", "    ")
    for k, d in enumerate(rest.split("; ") if rest else []):
        lines += indented(f"where {d}" if k == 0 else d, "        " if k == 0 else "              ")
    return lines


def indented(text: str, space: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent=space, subsequent_indent=space + "    ", break_long_words=False)


def one_line(text: str) -> str:
    return " ".join(text.split())


def merge_imports(lines: Sequence[str]) -> list[str]:
    """`from a import b` and `from a import c` as one line; plain imports first."""
    names: dict[str, list[str]] = {}
    plain = [x for x in lines if x.startswith("import ")]
    for x in lines:
        if x.startswith("from "):
            module, imported = x[5:].split(" import ")
            names.setdefault(module, []).append(imported)
    return sorted(plain) + [f"from {m} import {', '.join(sorted(found))}" for m, found in sorted(names.items())]
