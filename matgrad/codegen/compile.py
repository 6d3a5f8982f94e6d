"""Source of a standalone function: signature, docstring, checks of shapes, program, and its own test."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..calculus.reality import check_complex, has_complex, is_real, with_real_arguments
from ..core import expr as ex
from ..core.dims import LARGEST_POWER
from ..core.expr import Expr
from ..errors import LimitError, MatgradError, UnsupportedError
from ..language.text import program
from .function import ARRANGED, WORD, Function, generics_of, is_family, is_integer, scalar_hint, shape_of
from .selfcheck import SelfCheck
from .source import identifier
from .targets import Target, target_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Output(NamedTuple):
    """One result of a program: "value", "gradient", "hessian", "hvp", "jacobian", "by-scalar", "differential" or "" for any other; of f by `key`.

    Of "hvp" also the directions, which are arguments even where nothing depends on them.
    """

    kind: str
    key: str
    value: Expr
    along: tuple[Expr, ...] = ()


Outputs = Sequence[Output] | Mapping[str, Expr]


def generate(
    outputs: Outputs,
    function: Expr,
    arguments: Sequence[Expr],
    target: str = "numpy",
    name: str = "gradient",
    doc: str = "",
    *,
    kind: str = "",
    layout: str = "denominator",
    sizes: Mapping[str, int] | None = None,
    multiply_out: bool = False,
    check: bool = True,
) -> str:
    """Source of a function that computes the outputs, and of a check of its own.

    Args:
        outputs: what to compute; several are returned as a tuple. A mapping holds outputs of one `kind` by the name of their variable.
        function: the expression that was differentiated.
        arguments: variables in the order of the parameters; what else occurs follows them.
        target: "numpy", "jax", "torch", "array_api" or "dask".
        name: of the function.
        doc: its first sentence.
        layout: of a Jacobian.
        sizes: typical sizes, for the order of products.
        multiply_out: whether a sum in a product may be multiplied out to save multiplications, which may lose digits.
        check: whether the file ends with a check of itself.

    Raises:
        MatgradError: for an unknown target.
        UnsupportedError: where the target has no such operation.
    """
    return module(outputs, function, arguments, target, name, doc, kind=kind, layout=layout, sizes=sizes, multiply_out=multiply_out, check=check).text()


def module(
    outputs: Outputs,
    function: Expr,
    arguments: Sequence[Expr],
    target: str,
    name: str,
    doc: str,
    *,
    kind: str,
    layout: str,
    sizes: Mapping[str, int] | None,
    multiply_out: bool,
    check: bool,
    late: Sequence[str] = (),
) -> Module:
    """The file that `generate` writes."""
    where = target_named(target)
    check_name(name, where)
    check_sizes(sizes or {})
    if isinstance(outputs, Mapping):
        outputs = [Output("value" if e is function else kind, key, e) for key, e in outputs.items()]
    if has_complex(function, *arguments, *(o.value for o in outputs)):
        outputs, check = [o._replace(value=for_complex(o, where)) for o in outputs], False
    jacobian = next((o for o in outputs if o.kind == "jacobian"), None)
    if jacobian is not None and layout in ARRANGED and all(v.data[0] != jacobian.key for v in arguments):
        raise UnsupportedError("the function does not depend on {name}; its Jacobian is zero", name=jacobian.key)
    context = [function, *sorted(arguments, key=lambda v: jacobian is None or v.data[0] != jacobian.key)]
    names, arranged = result_names(outputs), layout if jacobian else ""
    directions = list(dict.fromkeys(v for o in outputs for v in o.along))
    main = Function(identifier(name), [o.value for o in outputs], context, where, sizes or {}, names, arranged, multiply_out, late, directions=directions)
    return Module(main, outputs, function, where, doc, layout, check and any(o.kind for o in outputs))


def compile_function(
    outputs: Outputs,
    function: Expr,
    arguments: Sequence[Expr],
    target: str = "numpy",
    name: str = "gradient",
    doc: str = "",
    *,
    kind: str = "",
    layout: str = "denominator",
    sizes: Mapping[str, int] | None = None,
    multiply_out: bool = False,
    late: Sequence[str] = (),
) -> Callable[..., Any]:
    """The function whose source `generate` gives; its source is kept as `.source`, and what each parameter stands for as `.arguments`.

    With the names of `late` variables it takes the others and returns a function of those, which computes only what depends on them.
    Raises MatgradError when the target is not installed; the function raises LimitError for a result that is too large to be formed.
    """
    file = module(outputs, function, arguments, target, name, doc, kind=kind, layout=layout, sizes=sizes, multiply_out=multiply_out, check=False, late=late)
    source = file.text()
    namespace: dict[str, Any] = {"__name__": "generated", "MemoryError": LimitError}  # refused as `evaluate` refuses it
    try:
        exec(compile(source, f"<{identifier(name)} for {target}>", "exec"), namespace)
    except ImportError as error:
        raise MatgradError("{library} is not installed; pip install 'matgrad[{extra}]'", library=error.name, extra=target_named(target).extra) from None
    made: Any = namespace[identifier(name)]
    made.source = source
    made.arguments = file.main.arguments
    found: Callable[..., Any] = made
    return found


def check_name(name: str, target: Target) -> None:
    """Refuse what cannot be the name of the function. Raises MatgradError."""
    if not isinstance(name, str) or not identifier(name).isidentifier() or name in ("function", target.alias):
        raise MatgradError("{name} cannot be the name of the function: it is no identifier, or it is taken", name=repr(name))


def check_sizes(sizes: Mapping[str, int]) -> None:
    """Refuse what are no typical sizes. Raises MatgradError."""
    good = isinstance(sizes, Mapping) and all(isinstance(k, str) and isinstance(n, int) and n > 0 for k, n in sizes.items())
    if not good:
        raise MatgradError("sizes are whole numbers by letter, such as {example}", example="{'m': 1000}")


def arguments_of(made: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values for the parameters of a compiled function, found by the names of the variables and size letters; those not there are left out."""
    found = {p: values[what[0]][what[1]] if isinstance(what, tuple) else values.get(what) for p, what in made.arguments.items()}
    return {p: v for p, v in found.items() if v is not None}


def for_complex(output: Output, target: Target) -> Expr:
    """The expression of an output with complex numbers, its real parts where a real number is needed; what is shown to be real is returned so."""
    if target.name not in ("numpy", "jax"):
        raise UnsupportedError("code with complex numbers is written for numpy and jax, not for {target}", target=target.name)
    e = with_real_arguments(output.value)
    check_complex(e)
    return ex.real(e) if is_real(e) else e


class Module:
    """The whole file."""

    def __init__(self, main: Function, outputs: Sequence[Output], function: Expr, target: Target, doc: str, layout: str, check: bool):
        self.main = main
        self.outputs = outputs
        self.target = target
        self.doc = doc
        self.function = function
        self.origin = original(function, main) if check else None
        self.check = SelfCheck(main, self.origin, [(o.kind, o.key) for o in outputs], layout) if check else None

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
        return scalar_hint(self.target, e) if e.is_scalar else "Array"

    def head(self, code: str) -> str:
        """Imports, of what the code uses only."""
        t = self.target
        words = set(WORD.findall(code))
        used = {line for word, line in t.imports.items() if word in words}
        if "Any" in words or t.array == "Any":
            used.add("from typing import Any")
        if "rng" in words and t.name in ("jax", "array_api"):
            used |= {"import numpy as np"}
        if t.name == "jax" and ("jax" in words or "Array" in words):
            used.add("import jax")
        if t.module:
            used.add(f"import {t.module}" if t.module == t.alias else f"import {t.module} as {t.alias}")
        standard = sorted(x for x in used if x.split()[1].split(".")[0] in ("math", "itertools", "collections", "typing"))
        others = sorted(x for x in used if x not in standard)
        merged = merge_imports(standard), merge_imports(others)
        parts = ["from __future__ import annotations", *["\n".join(m) for m in merged if m]]
        names = [f"Array = {t.array}"] if "Array" in words else []
        limit = f"LARGEST = 2**{LARGEST_POWER}  # entries of an array that may be formed: {2 ** (LARGEST_POWER - 27)} GiB"
        names += [limit] if "LARGEST" in words else []
        return "\n\n".join(parts) + "\n" + "".join(f"\n{x}" for x in names) + "\n" * bool(names) + "\n\n"

    def helpers(self, code: str) -> list[str]:
        found: list[str] = []
        while True:
            words = set(WORD.findall(code + "".join(found)))
            more = [h for word, h in self.target.helpers.items() if h not in found and word in words]
            if not more:
                return found
            found = more + found

    # --- docstring ----------------------------------------------------------------------------------

    def docstring(self) -> list[str]:
        """The sentence, the formulas, and the size of everything."""
        main = self.main
        several = len(self.outputs) > 1
        lines = [f'"""{self.doc or self.sentence()}', "", *wrapped("f", program(self.function))]
        for o, root in zip(self.outputs, main.roots):
            if o.kind != "value":
                lines += wrapped(called(o), program(root))
        lines += ["", "Args:"]
        lines += [f"    {main.parameter(v)}: {describe(v)}" for v in main.inputs]
        lines += [f"    {g}: {generic_text(g, main.roots)}" for g in main.generics]
        lines += [f"    {i}: index, from 1" for i in main.indices] + [f"    {x}: size" for x in main.free]
        lines += ["", "Returns:"]
        lines += [f"    {f'{called(o)}: ' if several else ''}{shape_words(root)}" for o, root in zip(self.outputs, main.roots)]
        return [*[line.replace("\\", "\\\\") for line in lines], '"""']

    def sentence(self) -> str:
        """Value, gradient and Hessian of f by X."""
        kinds = list(dict.fromkeys(WORDS.get(o.kind, "result") for o in self.outputs))
        keys = list(dict.fromkeys(key for o in self.outputs if o.kind not in ("value", "differential") for key in o.key.split(",")))
        by = f" by {', '.join(keys)}" if keys else ""
        joined = f"{', '.join(kinds[:-1])} and {kinds[-1]}" if len(kinds) > 1 else kinds[0]
        return f"{joined[0].upper()}{joined[1:]} of f{by}."


def result_names(outputs: Sequence[Output]) -> list[str]:
    """What results are called in the program: value, gradient, hessian, or gradient_W of several."""
    kinds = [o.kind for o in outputs]
    return [identifier((o.kind or "result").replace("-", "_") + (f"_{o.key}" if kinds.count(o.kind) > 1 else "")) for o in outputs]


# what an output is called in a sentence
WORDS = {
    "value": "value", "gradient": "gradient", "hessian": "Hessian", "hvp": "Hessian times V", "jacobian": "Jacobian",
    "differential": "differential", "by-scalar": "derivative",
}  # fmt: skip


def called(o: Output) -> str:
    """f, df, or gradient by X."""
    return {"value": "f", "differential": "df"}.get(o.kind, f"{WORDS.get(o.kind, 'result')} by {o.key}")


def original(function: Expr, main: Function) -> Function | None:
    """The function that was differentiated; None where the target cannot compute it."""
    try:
        return Function("function", [function], main.inputs, main.target, main.sizes, beside=main.name)
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
