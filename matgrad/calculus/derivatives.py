"""Gradient, Jacobian, Hessian, differential, derivative by a scalar: the conventions, stated once.

| of what, by what                     | shape of the answer                                             |
|--------------------------------------|-----------------------------------------------------------------|
| scalar f by X (m×n)                  | the gradient, m×n; by a row x', the row                         |
| matrix F(t) by a scalar t            | the size of F                                                   |
| F (p×q) by X (m×n), denominator      | ∂vec F/∂vec X, mn × pq, with vec dF = J' vec dX                 |
| the same, numerator                  | its transpose, pq × mn                                          |
| the same, tensor                     | the numerator matrix, evaluated as an array p × q × m × n       |
| the same, blocks_F                   | evaluated as the block matrix [∂F_kl/∂X], pm × qn               |
| the same, blocks_X                   | evaluated as the block matrix [∂F/∂X_ij], mp × nq               |
| Hessian of f by X                    | ∂vec(∇f)/∂vec X, mn × mn                                        |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.trace import Stage
from ..errors import ShapeError, UnsupportedError
from ..language.text import text
from ..simplify.matrix_form import matrix_form
from ..simplify.normal import laws_used, normal
from ..simplify.order import cost
from . import plan
from .compound import Compound
from .differentiate import Condition, Differentiator, active_nodes, names_in
from .names import Names
from .reality import as_gradient, has_complex, with_real_arguments, without_real
from .spaces import basis, by_free_entries, on_the_space, project, space_of
from .transpose import adjoint, inner

ARRAYS = ("tensor", "blocks_F", "blocks_X")  # shown as the numerator matrix, evaluated in an order of their own
LAYOUTS = ("denominator", "numerator", *ARRAYS)
KEEP_NAME = 40  # tokens from which a cotangent keeps its name in the answer


class Target:
    """What to differentiate by: a variable or named intermediate, and the part of it that is meant."""

    __slots__ = ("text", "leaf", "part")

    def __init__(self, name: str, leaf: Expr, part: Expr):
        self.text = name
        self.leaf = leaf
        self.part = part

    @property
    def place(self) -> Expr | None:
        """The index of the member x[j] that is meant, of a family."""
        return self.part.args[1] if self.part.op is ex.MEMBER else None

    @property
    def shown(self) -> str:
        """The symbol it has on a page: a family by its member."""
        return text(self.part) if self.place is not None else self.text

    @property
    def whole(self) -> Expr:
        """What is differentiated by before a row or an entry is taken: the leaf, or a member of it."""
        return self.leaf if self.place is None else self.part

    @property
    def direction(self) -> Expr:
        """Its differential."""
        return ex.dvar(self.leaf) if self.place is None else ex.member(ex.dvar(self.leaf), self.place)

    @property
    def is_row(self) -> bool:
        return self.part.op is ex.T and self.part.args[0] is self.leaf

    @property
    def is_entry(self) -> bool:
        return self.part.op is ex.INDEX


class Result:
    """An answer with its derivation: `values` has one expression for every target."""

    __slots__ = ("kind", "function", "targets", "values", "wholes", "free_entries", "stages", "layout", "order",
                 "kinks", "jumps", "conditions", "notes", "basis", "unprojected")  # fmt: skip

    def __init__(self, kind: str, function: Expr, targets: Sequence[Target]):
        self.kind = kind
        self.function = function
        self.targets = list(targets)
        self.values: list[Expr] = []
        self.wholes: list[Expr] = []  # the gradients before an entry was taken
        self.unprojected: list[Expr] = []  # the gradients as if the variables had no structure
        self.free_entries: dict[str, Expr] = {}  # of a structured variable: the derivative by its free parameters
        self.stages: list[Stage] = []
        self.layout = ""
        self.order = 1
        self.kinks: list[Expr] = []
        self.jumps: list[Expr] = []
        self.conditions: list[Condition] = []
        self.notes: list[tuple[str, str]] = []  # (key of a phrase, the variable it speaks of)
        self.basis: Result | None = None  # the Hessian behind a Newton step

    def note(self, d: Differentiator | Compound | Result) -> None:
        """Take over where the rules used have kinks and under which conditions they hold."""
        for mine, found in ((self.kinks, d.kinks), (self.jumps, d.jumps)):
            mine += [k for k in found if k not in mine and normal(ex.neg(k)) not in mine]
        self.conditions += [c for c in d.conditions if c not in self.conditions]


def rewritten(function: Expr, stage: Stage) -> Expr:
    """Sums over columns as matrices, and what was spelled out folded back (log(sum(exp(x))) = logsumexp(x)), as steps."""
    function = ex.distinct_indices(function)
    matrices = matrix_form(function) if not has_complex(function) else function
    if matrices is not function:
        stage.add("rewrite", function, matrices, ("matrix form",))
        function = matrices
    real = with_real_arguments(function)
    if real is not function:
        stage.add("rewrite", function, real, ("shown to be real",))
        function = real
    (target,) = one_node_a_name(ex.rewrite(function, fold))
    if target is not function:
        stage.add("rewrite", function, target, tuple(laws_used(function)))
    return target


def one_node_a_name(*roots: Expr) -> list[Expr]:
    """A law may have put a definition into normal form at one of the places where its name stands: make them one again."""
    names: dict[str, Expr] = {}
    done: dict[Expr, Expr] = {}
    for e in ex.postorder(*roots):
        built = ex.rebuild(e, tuple([done[a] for a in e.args]))
        done[e] = names.setdefault(e.data, built) if e.op is ex.NAMED else built
    return [done[r] for r in roots]


def fold(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """Apply the laws about functions on the way up, and leave sums and products as they were typed."""
    e = ex.rebuild(e, args)
    if e.op in (ex.HAD, ex.MUL, ex.POW):
        form = normal(e)
        multiplied_out = any(map(is_kronecker, e.args)) and not any(map(is_kronecker, ex.postorder(form)))  # kron(A, B)*vec(X) = vec(B*X*A')
        return form if multiplied_out or form.op.name in FOLDED or len(e.args) > plan.LONG > len(form.args) else e
    if e.op.elementwise or e.op.name in ("tr", "sum", "det", "logdet", "adj") or e.op is ex.TOTAL:
        form = normal(e)
        parts = form.args if form.op is ex.MUL else (form,)
        if e.op.elementwise and form.op is not e.op and any(a.op.name in FOLDED for a in parts):
            return form
        if e.op.name == "tr" and e.args[0].op is ex.KRON:
            return form
    return e


def is_kronecker(e: Expr) -> bool:
    """kron(A, B) or its inverse."""
    return e.op is ex.KRON or e.op.name == "inv" and e.args[0].op is ex.KRON


FOLDED = {"logsumexp", "softplus", "logdet", "sigmoid", "softmax"}


def gradients(function: Expr, targets: Sequence[Target]) -> Result:
    """∇f by every target in one reverse sweep over the stages of the graph."""
    if not function.is_scalar:
        raise ShapeError("the gradient needs a scalar function; this one has the size {size}", size=f"{function.rows}×{function.cols}")
    result = Result("gradient", function, targets)
    first = Stage(None)
    leaves = [t.leaf for t in targets]
    root = plan.plan(rewritten(function, first), leaves)
    places = {t.leaf: t.place for t in targets if t.place is not None}
    totals = sweep(root, leaves, first, result, places)
    for t in targets:
        g = totals.get(t.leaf)
        value = without_real(normal(g)) if g is not None else ex.zeros(t.leaf.rows, t.leaf.cols)
        result.unprojected.append(value)
        result.values.append(part_of(value, t, result))
    return result


def sweep(root: Expr, leaves: Sequence[Expr], stage: Stage, result: Result, places: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """Cotangents of the leaves: every stage is differentiated and transposed once, the last first."""
    names = plan.stages_of(root, leaves)
    inside = {*leaves, *names}
    arrived: dict[Expr, list[Expr]] = {}
    while root.op is ex.NAMED and root not in leaves:
        root = root.args[0]
    order: list[Expr | None] = [None, *names]
    taken = names_in(root)
    varying = active_nodes(root, set(leaves))
    given = Names(root)
    for target in order:
        if target is None:
            body, cotangent, here = root, ex.ONE_, stage
        else:
            if target not in arrived:
                continue
            total = normal(ex.add(*arrived[target]))
            cotangent = ex.named(free_name(f"G_{target.data}", taken), total)
            body, here = target.args[0], Stage(target, cotangent=cotangent)
            if len(arrived[target]) > 1:
                add_paths(target, arrived[target], here, result)
        result.stages.append(here)
        d = Differentiator(body, inside, varying, taken)
        if target is not None:
            here.add("put in", paired(cotangent, ex.dvar(target)), paired(cotangent, ex.formal_d(body)), ("put in",))
        found = adjoint(d, body, ex.conj(cotangent), here, places)
        result.note(d)
        for leaf, g in found.items():
            g = given.put_back(as_gradient(g, leaf.data))
            here.results.append((leaf.data, g))
            arrived.setdefault(leaf.data, []).append(unfold(g, cotangent))
    for leaf in leaves:
        if len(arrived.get(leaf, ())) > 1:
            last = Stage(None)
            add_paths(leaf, arrived[leaf], last, result)
            last.results.append((leaf, normal(ex.add(*arrived[leaf]))))
            result.stages.append(last)
    return {leaf: ex.add(*arrived[leaf]) for leaf in leaves if leaf in arrived}


def paired(gradient: Expr, direction: Expr) -> Expr:
    """⟨G, dX⟩ as it is written: tr(G'*dX), of complex matrices real(tr(G^H*dX))."""
    return ex.real(inner(ex.conj(gradient), direction))


def add_paths(node: Expr, parts: list[Expr], here: Stage, result: Result) -> None:
    """What arrives by several ways is the gradient in parts: mark the parts, and add them up."""
    for stage in result.stages:
        if any(x is node for x, _ in stage.results):
            stage.paths.add(node)
    whole = ex.add(*parts)
    here.add("paths", whole, normal(whole), ("sum over the paths",))


def free_name(name: str, taken: frozenset[str]) -> str:
    while name in taken:
        name += "_"
    return name


def unfold(g: Expr, cotangent: Expr) -> Expr:
    """Put a short cotangent in for its name; a long one keeps the name."""
    if cotangent.op is not ex.NAMED or cost(cotangent.args[0]) > KEEP_NAME:
        return g
    return normal(ex.rewrite(g, ex.rebuild, {cotangent: cotangent.args[0]}, enter=lambda e: e.op is not ex.NAMED))


def part_of(gradient: Expr, target: Target, result: Result) -> Expr:
    """The gradient in the space the variable lives in, then the row or the entry that was asked for."""
    leaf = target.leaf
    space = space_of(leaf) if leaf.op is ex.VAR else ""
    if space and target.is_entry:
        result.notes.append(("entry alone", target.text))
        space = ""
    if space:
        if space != "hermitian":
            result.free_entries[target.text] = by_free_entries(gradient, space)
        value = project(gradient, space)
        if value is not gradient:
            stage = Stage(None)
            stage.add("project", paired(gradient, target.direction), paired(value, target.direction), (f"{space} direction",))
            stage.results.append((leaf, value))
            result.stages.append(stage)
        result.notes.append((f"{space} space", name_of(leaf)))
        gradient = value
    result.wholes.append(gradient)
    if target.part is leaf or target.place is not None:
        return gradient
    if target.is_row:
        return normal(ex.transpose(gradient))
    return normal(ex.rebuild(target.part, (gradient, *target.part.args[1:])))


def as_rows(value: Expr, target: Target) -> Expr:
    """Of a whole family, the members as the rows of a matrix (of a scalar family, as a vector); anything else as it is."""
    place = target.place
    if place is None or place.op is not ex.IDX or not target.text.isidentifier():
        return value
    if value.cols is not ONE:
        raise UnsupportedError("code by a family of matrices is by one member; derive by {name}[{index}]", name=target.text, index=place.data)
    count = target.leaf.data[3]
    return ex.total(place.data, ex.ONE_, ex.size(count), ex.mul(ex.unit(count, place), ex.transpose(value)))


def differential(function: Expr, leaves: Sequence[Expr]) -> Result:
    """dF, linear in the differentials of the leaves."""
    result = Result("differential", function, [Target(name_of(v), v, v) for v in leaves])
    stage = Stage(None)
    result.stages.append(stage)
    linear, d = forward(rewritten(function, stage), leaves, stage)
    value = normal(linear)
    stage.add("collect", linear, value, ("collect", *laws_used(linear)))
    result.note(d)
    result.values = [value]
    return result


def name_of(leaf: Expr) -> str:
    return str(leaf.data[0] if leaf.op is ex.VAR else leaf.data)


def forward(function: Expr, leaves: Sequence[Expr], stage: Stage) -> tuple[Expr, Differentiator]:
    d = Differentiator(function, leaves)
    return d.run(function, stage), d


def by_scalars(function: Expr, targets: Sequence[Target]) -> Result:
    """∂F/∂t, entry by entry, of the size of F; several scalars in turn give the mixed derivative."""
    result = Result("by-scalar", function, targets)
    current = function
    for t in targets:
        stage = Stage(None, by=t.leaf)
        result.stages.append(stage)
        linear, d = forward(rewritten(current, stage), [t.leaf], stage)
        result.note(d)
        value = normal(ex.substitute(linear, {ex.dvar(t.leaf): ex.ONE_}))
        stage.results.append((t.leaf, value))
        rate = ex.mul(value, ex.dvar(t.leaf)) if not ex.is_zero(value) else value
        stage.add("collect", linear, rate, ("collect", *laws_used(linear)))
        current = value
    result.values = [current]
    return result


def jacobian(function: Expr, target: Target, layout: str, of: str = "") -> Result:
    """∂F/∂X by vec: vec dF = M vec dX, so M is the Jacobian in numerator layout. Named intermediates get a stage of their own."""
    if target.is_entry:
        raise UnsupportedError("a matrix by a single entry is the derivative by a scalar; give the variable instead")
    result = Result("jacobian", function, [target])
    result.layout = layout
    stage = Stage(None, of, by=target.leaf)
    planned = plan.plan(rewritten(function, stage), [target.leaf])
    rule = Compound(planned, target.leaf, layout, of or "F", stage, target.place)
    result.values = [rule.run()]
    result.stages = rule.stages
    result.note(rule)
    return result


def hessian(function: Expr, targets: Sequence[Target], layout: str) -> Result:
    """∂vec(∇f)/∂vec X, the Jacobian of the gradient, and so on for higher orders; by two variables the mixed one.

    `targets` has one entry for every order.
    """
    first = gradients(function, targets[:1])
    result = Result("hessian" if len(targets) == 2 else "higher", function, list(dict.fromkeys(targets)))
    result.layout, result.order, result.stages, result.notes = layout, len(targets), first.stages, first.notes
    for stage in first.stages:
        stage.by = targets[0].leaf
    result.note(first)
    value = first.values[0] if not targets[0].is_row else normal(ex.transpose(first.values[0]))
    symbol = "∇f"
    for order, t in enumerate(targets[1:], 2):
        following = jacobian(value, Target(t.text, t.leaf, t.whole), layout, symbol)
        value, symbol = following.values[0], "H" if order == 2 else f"D{order}"
        result.stages = result.stages + following.stages
        result.note(following)
    if result.kind == "hessian" and len(result.targets) == 1:
        value = in_the_space(value, first.unprojected[0], targets[0], result)
    result.values = [value]
    return result


def in_the_space(matrix: Expr, unprojected: Expr, target: Target, result: Result) -> Expr:
    """The Hessian by a structured variable, symmetric as a matrix; and the Hessian by its free parameters, from the unprojected gradient."""
    leaf, space = target.leaf, space_of(target.leaf)
    if not space:
        return matrix
    value = on_the_space(matrix, space, leaf.rows, result.layout)
    if value is not matrix:
        direction = ex.call("vec", target.direction)
        stage = Stage(None, "∇f", by=leaf)
        before = matrix if result.layout == "numerator" else ex.transpose(matrix)
        stage.add("project", ex.mul(before, direction), ex.mul(value, direction), (f"{space} direction",))
        stage.results.append((leaf, value))
        result.stages.append(stage)
    parameters = basis(space, leaf.rows)
    if parameters is not None:
        free = jacobian(unprojected, Target(target.text, leaf, target.whole), "numerator").values[0]
        result.free_entries[target.text] = normal(ex.mul(ex.transpose(parameters), free, parameters))
    return value
