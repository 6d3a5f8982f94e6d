"""The check at the end of a generated file: finite differences along random directions."""

from __future__ import annotations

from collections.abc import Sequence

from ..core import expr as ex
from ..core.dims import ONE
from ..core.expr import Expr
from ..core.facts import facts, has
from .function import Function, is_family, is_integer, shape_of
from .prepare import argument_name
from .targets import Target


class SelfCheck:
    """Draws arguments, calls the function, and compares with differences of the original one along a random direction."""

    def __init__(self, main: Function, origin: Function | None, outputs: Sequence[tuple[str, str]], layout: str):
        self.main = main
        self.origin = origin
        self.layout = layout
        self.target = main.target
        self.inputs = list(main.inputs)
        if origin is not None:
            self.inputs += [v for v in origin.inputs if v not in main.inputs]
        self.results = [kind if kind in ("value", "hvp") else f"have_{key}" if kind != "hessian" else f"hessian_{key}" for kind, key in outputs]
        self.compared = self._compared(outputs)

    def _compared(self, outputs: Sequence[tuple[str, str]]) -> list[tuple[str, Expr, str]]:
        """Kind, variable and name of every result that differences can tell something about."""
        if self.origin is None or self.layout in ("tensor", "blocks_F", "blocks_X"):
            return []
        by_name = {argument_name(v): v for v in self.inputs if v.op is ex.VAR and not is_integer(v) and not has(v, "toeplitz")}
        found = [(kind, by_name[key], result) for (kind, key), result in zip(outputs, self.results) if kind in CHECKS and key in by_name]
        found = [x for x in found if x[0] == "gradient" or not is_family(x[1])]
        wanted = [kind for kind, _ in outputs if kind != "value" and (kind != "hvp" or self.direction)]
        found = [x for x in found if x[0] in wanted]
        mixed = any(wanted.count(kind) > 1 for kind in ("jacobian", "hessian", "hvp"))
        return found if len(found) == len(wanted) and not mixed else []

    @property
    def compares(self) -> bool:
        return bool(self.compared)

    def text(self) -> str:
        """The block that runs when the file is run."""
        lines = self.draws()
        call = f"{self.main.name}({', '.join(self.main.call)})"
        if not self.compares:
            lines.append(f"print({call})")
            return block(lines)
        if any(kind == "hvp" for kind, _, _ in self.compared):
            lines += direction(self.compared[0][1], self.direction, self.target)
        lines.append(f"{', '.join(self.results)} = {call}")
        drawn_for: set[str] = set()
        for kind, v, result in self.compared:
            name = self.main.parameter(v)
            if kind == "hvp":
                lines.append(f"d{name} = {self.direction}")
            elif name not in drawn_for:
                lines += [f"d{name} = {self.draw(v)}", *direction(v, f"d{name}", self.target)]
            drawn_for.add(name)
            lines += [x.format(**self.words(v, result)) for x in CHECKS[kind]]
        return block(lines)

    @property
    def direction(self) -> str:
        """The parameter V of a Hessian times V: the one that f does not have; none where the Hessian is zero."""
        assert self.origin is not None
        return next((self.main.parameter(v) for v in self.main.inputs if v not in self.origin.inputs), "")

    def words(self, v: Expr, have: str) -> dict[str, str]:
        """What the lines of a check are filled with."""
        assert self.origin is not None
        name, shape, root = self.main.parameter(v), shape_of(v), self.origin.roots[0]
        call, total = self.origin.call, self.target.spellings["sum"]

        def moved(sign: str) -> str:
            return f"function({', '.join(f'{p} {sign} step * d{name}' if p == name else p for p in call)})"

        flat = f"d{name}.T.reshape(-1)" if len(shape) == 2 else f"d{name}"
        matrix = f"{have}.T" if self.layout == "denominator" else have
        quadratic = f"{flat} * ({have} @ {flat})" if shape else f"{have} * d{name} ** 2"
        return {
            "name": name,
            "forward": moved("+"),
            "back": moved("-"),
            "here": f"function({', '.join(call)})",
            "want": "want" if root.is_scalar or root.is_vector else "want.T.reshape(-1)",
            "inner": total.replace("{0}", f"({have} * d{name})"),
            "quadratic": total.replace("{0}", f"({quadratic})"),
            "applied": f"({matrix} @ {flat})" if shape and not root.is_scalar else f"{have} * d{name}",
            "abs": f"{self.target.alias}.abs",
            "max": f"{self.target.alias}.max",
            "finite": self.target.spellings["isfinite"].replace("{0}", "error"),
        }

    def draw(self, v: Expr, manner: str = "normal") -> str:
        sizes = [self.main.writer.dim(d).code for d in shape_of(v)]
        return self.target.spellings[manner].replace("{0}", f"({', '.join(sizes)}{',' * (len(sizes) == 1)})")

    def draws(self) -> list[str]:
        """Small random arguments that have the declared properties."""
        main, tanh = self.main, f"{self.target.alias}.tanh"
        roots = [*main.roots, *(self.origin.roots if self.origin else [])]
        sizes = {**(self.origin.letters if self.origin else {}), **main.letters}
        lines = list(START[self.target.name])
        if sizes:
            lines.append(f"{', '.join(sizes.values())} = {', '.join(str(3 + k % 3) for k in range(len(sizes)))}")
        manner = "uniform" if needs_positive(roots) else "normal"
        for v in self.inputs:
            lines += drawn(v, main.parameter(v), self.draw(v, manner), main)
        generics = {**(self.origin.generics if self.origin else {}), **main.generics}
        lines += [f"{g} = {TANH[min(order, 3)].replace('tanh', tanh)}" for g, (_, order) in generics.items()]
        return lines + [f"{i} = 1" for i in main.indices]


def block(lines: Sequence[str]) -> str:
    """Lines that run when the file is run."""
    return 'if __name__ == "__main__":\n' + "".join(f"    {x}\n" for x in lines)


START = {
    "numpy": ["rng = np.random.default_rng(0)"],
    "jax": ['jax.config.update("jax_enable_x64", True)', "rng = np.random.default_rng(0)"],
    "torch": ["torch.manual_seed(0)"],
    "array_api": ["xp = np  # any library of the standard", "rng = np.random.default_rng(0)"],
    "dask": ["rng = np.random.default_rng(0)"],
}
# tanh and its derivatives stand for an unspecified element-wise function
TANH = ["tanh", "lambda a: 1 - tanh(a) ** 2", "lambda a: -2 * tanh(a) * (1 - tanh(a) ** 2)", "lambda a: (6 * tanh(a) ** 2 - 2) * (1 - tanh(a) ** 2)"]

# what is printed for one variable: the slope, or the curvature, along a random direction
COMPARE = ['print(f"{name}: relative error against finite differences {{float(error):.1e}}")']
GRADIENT = [
    "step = 1e-6",
    "want = ({forward} - {back}) / (2 * step)",
    "error = {abs}({inner} - want) / (1 + {abs}(want))",
    *COMPARE, "assert error < 1e-6 or not {finite}",
]  # fmt: skip
HESSIAN = [
    "step = 1e-4",
    "want = ({forward} - 2 * {here} + {back}) / step**2",
    "error = {abs}({quadratic} - want) / (1 + {abs}(want))",
    *COMPARE, "assert error < 1e-4 or not {finite}",
]  # fmt: skip
HVP = [line.replace("{quadratic}", "{inner}") for line in HESSIAN]
JACOBIAN = [
    "step = 1e-6",
    "want = ({forward} - {back}) / (2 * step)",
    "error = {max}({abs}({applied} - {want})) / (1 + {max}({abs}(want)))",
    *COMPARE, "assert error < 1e-6 or not {finite}",
]  # fmt: skip
CHECKS = {"gradient": GRADIENT, "hessian": HESSIAN, "hvp": HVP, "jacobian": JACOBIAN}


def needs_positive(roots: Sequence[Expr]) -> bool:
    """Whether a logarithm, a threshold or a broken power asks for positive arguments."""
    return any(
        e.op.domain or e.op is ex.HUBER or e.op is ex.POW and not (e.args[1].op is ex.NUM and isinstance(e.args[1].data, int)) for e in ex.postorder(*roots)
    )


# how a random matrix a becomes one with a fact; a direction keeps to the first five
LINEAR = {"diagonal": "np.diag(np.diag({a}))", "symmetric": "{a} + {a}.T", "skew": "{a} - {a}.T", "lower": "np.tril({a})", "upper": "np.triu({a})"}
MADE = {
    "posdef": "{a} @ {a}.T + {eye}", "psd": "{a} @ {a}.T", "orthogonal": "np.linalg.qr({a})[0]", **LINEAR,
    "invertible": "{a} + 3 * {eye}", "positive": "np.abs({a}) + 0.1", "nonnegative": "np.abs({a})",
}  # fmt: skip


def direction(v: Expr, name: str, target: Target) -> list[str]:
    """Lines that put a random direction into the space of the variable."""
    kind = next((f for f in LINEAR if f in facts(v)), None)
    return [f"{name} = {LINEAR[kind].format(a=name).replace('np.', f'{target.alias}.')}"] if kind else []


def drawn(v: Expr, name: str, draw: str, function: Function) -> list[str]:
    """Lines that draw an argument with the declared facts."""
    known, target = facts(v), function.target
    if is_integer(v):
        return [f"{name} = 3"]
    size = function.writer.dim(v.rows).code
    if "onehot" in known:
        many = v.data[3] if is_family(v) else v.cols
        count = f"({function.writer.dim(many).code},)" if many is not ONE else "()"
        code = target.spellings["onehot"].replace("{0}", size).replace("{1}", count)
        return [f"{name} = {code}{'' if is_family(v) or v.is_vector else '.T'}"]
    lines = [f"{name} = {draw}"]
    kind = next((f for f in MADE if f in known), None)
    eye = f"{target.alias}.eye({size}" + (", dtype=torch.float64)" if target.name == "torch" else ")")
    if kind and not (is_family(v) and "{a}.T" in MADE[kind]):
        lines.append(f"{name} = {MADE[kind].replace('np.', f'{target.alias}.').format(a=name, eye=eye)}")
    if kind == "diagonal" and "invertible" in known:
        lines.append(f"{name} = {target.alias}.abs({name}) + {eye}")
    return lines
