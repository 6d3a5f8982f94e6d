"""What is asked for: the expression, the variables to differentiate by, and what kind of derivative that makes."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from .calculus import derivatives as calc
from .calculus.derivatives import ARRAYS, Result, Target
from .calculus.names import Names
from .calculus.reality import check_complex, has_complex, need_real, need_real_function
from .core import expr as ex
from .core.expr import Expr
from .errors import ParseError, Phrase, ShapeError, UnsupportedError, did_you_mean
from .language.build import Builder, parse_with
from .language.declare import Declarations, read_declarations
from .language.lexer import is_latex
from .language.syntax import parse_syntax
from .language.text import program
from .simplify.normal import normal

Declare = str | Mapping[str, str] | Declarations | None


def expression(text: str | Expr, declare: Declare) -> tuple[Expr, Declarations, str]:
    """The input as an expression, its declarations and its text."""
    e, known, shown = _expression(text, declare)
    check_complex(e)
    return e, known, shown


def _expression(text: str | Expr, declare: Declare) -> tuple[Expr, Declarations, str]:
    if isinstance(text, Expr):
        known = read_declarations(declare).copy()
        for v in ex.variables(text):
            known.variables.setdefault(v.data[0], v)
            known.add(v.data[0], v)
        return text, known, program(text)
    e, known = parse_with(text, declare)
    return e, known, text


def targets(wrt: str | Expr | list[str | Expr] | tuple[str | Expr, ...], function: Expr, known: Declarations) -> list[Target]:
    """The variables to differentiate by. Raises ParseError for a name that is not there."""
    if isinstance(wrt, (list, tuple)) and wrt and all(isinstance(w, str) for w in wrt):
        wrt = ",".join(wrt)  # type: ignore[arg-type]
    if isinstance(wrt, (list, tuple)) and wrt:
        return [t for w in wrt for t in targets(w, function, known)]
    if isinstance(wrt, Expr):
        return [target(program(wrt), wrt)]
    if not isinstance(wrt, str) or not wrt.strip():
        raise ParseError("wrt names the variable to differentiate by, such as wrt=\"X\"")
    parts = split_names(wrt)
    if not parts:
        raise ParseError("wrt names no variable to differentiate by", wrt, (0, len(wrt)))
    named = {e.data: e for e in ex.postorder(function) if e.op is ex.NAMED}
    if is_latex(wrt):
        from .language.tex_read import plain_part

        parts = [plain_part(part, known, named) for part in parts]
    return [target(part, part_expression(part, wrt, named, known)) for part in parts]


def split_names(text: str) -> list[str]:
    """Split at commas and semicolons outside brackets."""
    parts, depth = [""], 0
    for c in text.replace("，", ","):
        depth += (c in "[({") - (c in "])}")
        if c in ",;" and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [p.strip() for p in parts if p.strip()]


def part_expression(part: str, whole: str, named: Mapping[str, Expr], known: Declarations) -> Expr:
    """X, x', X[i,k] or the name of an intermediate."""
    if part in named:
        return named[part]
    _, ast = parse_syntax(part)
    root = ast
    while root.kind in ("transpose", "index", "group", "power-T"):
        root = root.parts[0]
    name = str(root.value)
    twice = ast.kind == "transpose" and ast.parts[0].kind == "transpose"
    if root.kind != "name" or twice:
        raise ParseError("differentiate by a variable, a row x' or an entry X[i,k]", whole, root.span)
    if name not in known.variables:
        hint = did_you_mean(get_close_matches(name, [*known.variables, *named], 1))
        raise ParseError("{name} does not occur{hint}", whole, root.span, name=name, hint=hint)
    family = known.variables[name]
    if family.is_scalar and family.data[3] is None and root is not ast and ast.kind == "index":
        raise ParseError("{name} is a scalar and has no entries", whole, root.span, name=name)
    if root is ast and family.data[3] is not None:  # the whole family: a member for every index
        return ex.member(family, ex.index_variable(known.indices.get(name, "i")))
    builder = Builder(part, [], known)
    builder.bound += [str(p.value) for p in ast.parts[1:] if p.kind == "name" and p.value not in known.variables]  # the j of x[j] stays free
    return builder.build(ast)


def target(text: str, part: Expr) -> Target:
    leaf = part
    while leaf.op in (ex.T, ex.INDEX, ex.MEMBER):
        leaf = leaf.args[0]
    if leaf.op not in (ex.VAR, ex.NAMED):
        raise ParseError("differentiate by a variable, a row x' or an entry X[i,k]", text, (0, len(text)))
    return Target(text, leaf, part)


CURVED = frozenset({"orthogonal", "onehot", "integer"})  # facts that a free direction leaves


def in_another_name(t: Target, known: Declarations) -> None:
    """Refuse a variable that does not occur while a name that nothing declares contains it: Xw is one name unless both are declared."""
    assumed = [a.partition(":")[0] for a in known.assumed]
    holder = next((name for name in assumed if t.leaf.data[0] in name and name != t.leaf.data[0]), "")
    if holder:
        sentence = "{name} does not occur; {holder} is read as one name, so write the product with a *, or declare {holder}"
        raise ParseError(sentence, name=t.text, holder=holder)


def with_free_letters(function: Expr, chosen: list[Target]) -> Expr:
    """The function with other letters for the sums that bind the index of a member asked for."""
    free = {t.place.data for t in chosen if t.place is not None and t.place.op is ex.IDX}
    return ex.unshadowed(function, free) if free else function


def opened(function: Expr, chosen: list[Target]) -> tuple[Expr, dict[Expr, Expr]]:
    """The function with its targets free to vary, and what stands for what.

    Intermediates become variables; an orthogonal Q becomes any invertible matrix, since a free direction
    leaves the orthogonal ones.
    """
    free: dict[Expr, Expr] = {}
    for t in chosen:
        if t.leaf.op is ex.NAMED:
            inside = next((o for o in chosen if o.leaf is not t.leaf and o.leaf in ex.postorder(t.leaf)), None)
            if inside is not None:
                sentence = "{name} is made of {part}, so one of them would be held while the other moves; ask for one at a time"
                raise UnsupportedError(sentence, name=t.text, part=inside.text)
            free[t.leaf] = ex.var(t.leaf.data, t.leaf.rows, t.leaf.cols, ("complex",) if ex.is_complex(t.leaf) else ())
        elif t.leaf.data[1] & CURVED:
            name, known, params, count = t.leaf.data
            kept = (known - CURVED) | ({"invertible"} if "orthogonal" in known else set())
            free[t.leaf] = ex.var(name, t.leaf.rows, t.leaf.cols, kept, params, count)
    retarget(chosen, free)
    return ex.substitute(function, free) if free else function, free


def retarget(chosen: list[Target], mapping: Mapping[Expr, Expr]) -> None:
    for t in chosen:
        t.part = ex.substitute(t.part, mapping)
        t.leaf = mapping.get(t.leaf, t.leaf)


def derivative(function: Expr, chosen: list[Target], known: Declarations, order: int = 1, layout: str = "denominator") -> Result:
    """The derivative of that order, with the variables free while it is worked out and their facts back in force after it."""
    there = set(ex.variables(function))
    for t in chosen:
        if t.leaf.op is ex.VAR and t.leaf not in there:
            in_another_name(t, known)
    if has_complex(function, *(t.leaf for t in chosen)):
        if order > 1:
            need_real(Phrase("a derivative of higher order"), function, *(t.leaf for t in chosen))
        if not function.is_scalar:
            need_real(Phrase("the Jacobian of a matrix"), function, *(t.leaf for t in chosen))
        need_real_function(function)
    function = with_free_letters(function, chosen)
    freed, free = opened(function, chosen)
    return closed(solve(freed, chosen, order, layout), function, free, known)


def closed(result: Result, function: Expr, free: Mapping[Expr, Expr], known: Declarations) -> Result:
    """The result with the declared facts of its variables back in force, in letters that nothing else uses."""
    back = {v: leaf for leaf, v in free.items() if leaf.op is ex.VAR}
    if back:
        result.function = function
        retarget(result.targets, back)
        result.notes += [("constraint not used", t.text) for t in result.targets if t.leaf in back.values()]
        back |= {ex.dvar(v): ex.dvar(leaf) for v, leaf in back.items()}
        result.values = [normal(ex.substitute(v, back)) for v in result.values]
        result.wholes = [normal(ex.substitute(v, back)) for v in result.wholes]
    given = Names(result.function)
    result.values = [given.put_back(v) for v in result.values]
    taken = known.variables.keys() | known.functions
    if any(n.op is ex.TOTAL for n in ex.postorder(*result.values)):
        result.values = [ex.distinct_indices(ex.unshadowed(v, taken)) for v in result.values]
    result.values = calc.one_node_a_name(*result.values)
    return result


def solve(e: Expr, chosen: list[Target], order: int, layout: str) -> Result:
    """Dispatch on the shapes: gradient, Hessian, derivative by a scalar, Jacobian."""
    scalars = all(t.leaf.is_scalar for t in chosen)
    if order == 1 and e.is_scalar:
        return calc.gradients(e, chosen)
    if scalars and all(t.part is t.leaf for t in chosen):
        return calc.by_scalars(e, chosen * order if len(chosen) == 1 else chosen)
    if any(t.is_entry for t in chosen):
        raise UnsupportedError("only a scalar function is differentiated by an entry; take the entry of the Jacobian by the whole variable")
    if order == 1:
        if len(chosen) > 1:
            raise ShapeError("the Jacobian of a {size} expression is by one variable; give them one at a time", size=f"{e.rows}×{e.cols}")
        return calc.jacobian(e, chosen[0], layout)
    if not e.is_scalar:
        raise ShapeError("a Hessian needs a scalar function; this one has the size {size}. Its Jacobian is order=1", size=f"{e.rows}×{e.cols}")
    if layout in ARRAYS:
        raise UnsupportedError("the layout {layout} is for Jacobians; a Hessian comes as the matrix ∂vec(∇f)/∂vec X", layout=layout)
    if len(chosen) > 1 and len(chosen) != order:
        raise ShapeError("a derivative of order {order} is by one variable, or by {order}; {count} are given", order=order, count=len(chosen))
    return calc.hessian(e, chosen * order if len(chosen) == 1 else chosen, layout)


def need_scalar(e: Expr, what: Phrase) -> None:
    if not e.is_scalar:
        raise ShapeError("{what} needs a scalar function; this one has the size {size}", what=what, size=f"{e.rows}×{e.cols}")
