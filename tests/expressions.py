"""Random well-shaped expressions, each as text of the language and, written independently of matgrad, as an array function.

A node's function takes `xp` (numpy or jax.numpy) and the arrays by name; every value is two-dimensional.
Arguments stay inside every domain: inverses are of positive definite matrices, logarithms of positive numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from draws import Draw

Function = Callable[[Any, Mapping[str, Any]], Any]

DECLARE = (
    "A: matrix(m,n); B: matrix(n,m); X: matrix(m,n); S: matrix(n,n); P: posdef(n); M: symmetric(m); "
    "x: vector(n); y: vector(m); w: vector(n); s: scalar; t: scalar; z[i]: vector(n), i=1..N"
)
VARIABLES = {
    "A": "mn", "B": "nm", "X": "mn", "S": "nn", "P": "nn", "M": "mm", "x": "n1", "y": "m1", "w": "n1", "s": "11", "t": "11",
}  # fmt: skip
REPEATS = 0.1
SIZES = ({"m": 2, "n": 3, "N": 4}, {"m": 1, "n": 2, "N": 1})


class Node:
    """A random expression: text, shape (two of '1', 'm', 'n'), and its value."""

    def __init__(self, text: str, shape: str, f: Function):
        self.text = text
        self.shape = shape
        self.f = f

    def __repr__(self) -> str:
        return self.text


def values(sizes: Mapping[str, int], seed: int) -> dict[str, np.ndarray]:
    """Arrays that satisfy DECLARE, all two-dimensional; the family z has its samples as rows."""
    rng = np.random.default_rng(seed)
    n = {"1": 1, **sizes}
    out = {name: rng.normal(size=(n[shape[0]], n[shape[1]])) for name, shape in VARIABLES.items()}
    out["P"] = out["P"] @ out["P"].T / n["n"] + np.eye(n["n"])
    out["M"] = (out["M"] + out["M"].T) / 2
    out["z"] = rng.normal(size=(n["N"], n["n"]))
    return out


def for_matgrad(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The arrays as `evaluate` takes them: vectors 1-D, scalars plain numbers."""
    out: dict[str, Any] = dict(arrays)
    for name, shape in VARIABLES.items():
        if shape == "11":
            out[name] = float(arrays[name][0, 0])
        elif shape[1] == "1":
            out[name] = arrays[name][:, 0]
    return out


def sigmoid(xp: Any, a: Any) -> Any:
    return 0.5 * (1 + xp.tanh(a / 2))


def softmax(xp: Any, a: Any) -> Any:
    e = xp.exp(a - xp.max(a, axis=0, keepdims=True))
    return e / xp.sum(e, axis=0, keepdims=True)


def logsumexp(xp: Any, a: Any) -> Any:
    top = xp.max(a, axis=0, keepdims=True)
    return top + xp.log(xp.sum(xp.exp(a - top), axis=0, keepdims=True))


def total(xp: Any, a: Any) -> Any:
    return xp.sum(a).reshape(1, 1)


def logdet(xp: Any, a: Any) -> Any:
    return xp.linalg.slogdet(a)[1].reshape(1, 1)


def positive(a: Node) -> Node:
    """An expression whose entries are positive."""
    return Node(f"(1 + ({a}) .^ 2)", a.shape, lambda xp, v: 1 + a.f(xp, v) ** 2)


def definite(a: Node) -> Node:
    """A positive definite n×n matrix that depends on the column `a`."""
    return Node(f"(P + ({a})*({a})')", "nn", lambda xp, v: v["P"] + a.f(xp, v) @ a.f(xp, v).T)


ELEMENTWISE: dict[str, Callable[[Any, Any], Any]] = {
    "tanh": lambda xp, a: xp.tanh(a),
    "sin": lambda xp, a: xp.sin(a),
    "cos": lambda xp, a: xp.cos(a),
    "atan": lambda xp, a: xp.arctan(a),
    "sigmoid": sigmoid,
    "softplus": lambda xp, a: xp.logaddexp(a, 0.0),
    "silu": lambda xp, a: a * sigmoid(xp, a),
    "relu": lambda xp, a: xp.where(a > 0, a, 0.0),
    "abs": lambda xp, a: xp.abs(a),
    "tanh'": lambda xp, a: 1 - xp.tanh(a) ** 2,
    "sigmoid'": lambda xp, a: sigmoid(xp, a) * (1 - sigmoid(xp, a)),
}


class Grower:
    """Grows one expression. `extra` are named intermediates that may be used as leaves; `favourite` is the leaf to prefer."""

    def __init__(self, rng: random.Random, favourite: str = "", extra: tuple[Node, ...] = ()):
        self.rng = rng
        self.favourite = favourite
        self.extra = extra
        self.sums = 0
        self.grown: dict[str, list[Node]] = {}

    def index(self) -> str:
        """A letter that no other sum uses."""
        self.sums += 1
        return f"i{self.sums}"

    def pick(self, options: list[Any]) -> Any:
        return self.rng.choice(options)

    def grow(self, shape: str, depth: int) -> Node:
        """An expression of the shape; one in ten is a part that has grown before, since like terms and common factors come from repeats."""
        before = self.grown.setdefault(shape, [])
        if before and self.rng.random() < REPEATS:
            return self.rng.choice(before)
        found = self.leaf(shape) if depth <= 0 else self.compound(shape, depth)
        before.append(found)
        return found

    def compound(self, shape: str, depth: int) -> Node:
        rules = [self.plus, self.minus, self.scaled, self.times, self.function, self.square, self.quotient]
        if shape == "11":
            rules += [self.sum, self.inner, self.quadratic, self.norm, self.dot, self.determinant, self.pooled, self.samples, self.kronecker, self.entry] * 2
        else:
            rules += [self.product, self.product, self.transposed, self.outer, self.diagonal]
            if shape[0] != "1":
                rules += [self.softmax, self.inverse]
        found: Node | None = self.pick(rules)(shape, depth - 1)
        return found if found is not None else self.function(shape, depth - 1)

    def leaf(self, shape: str) -> Node:
        named = [e for e in self.extra if e.shape == shape]
        if named and self.pick([True, False]):
            return self.pick(named)  # type: ignore[no-any-return]
        names = [name for name, s in VARIABLES.items() if s == shape]
        names += [name + "'" for name, s in VARIABLES.items() if s == shape[::-1] and shape != "11"]
        names += [name for name in names if name.rstrip("'") == self.favourite] * 8
        if shape == "11" and self.pick([True, False, False, False]):
            number = self.pick(["2", "1/2", "3", "0.1"])
            return Node(number, shape, lambda xp, v: xp.full((1, 1), eval(number)))
        name = self.pick(names)
        if name.endswith("'"):
            return Node(name, shape, lambda xp, v: v[name[:-1]].T)
        return Node(name, shape, lambda xp, v: v[name])

    # --- any shape ---------------------------------------------------------------------------------

    def plus(self, shape: str, d: int) -> Node:
        a, b = self.grow(shape, d), self.grow(shape, d)
        return Node(f"{a} + {b}", shape, lambda xp, v: a.f(xp, v) + b.f(xp, v))

    def minus(self, shape: str, d: int) -> Node:
        a, b = self.grow(shape, d), self.grow(shape, d - 1)
        return Node(f"{a} - ({b})", shape, lambda xp, v: a.f(xp, v) - b.f(xp, v))

    def scaled(self, shape: str, d: int) -> Node:
        c, a = self.grow("11", d - 1), self.grow(shape, d)
        return Node(f"({c})*({a})", shape, lambda xp, v: c.f(xp, v)[0, 0] * a.f(xp, v))

    def times(self, shape: str, d: int) -> Node:
        a, b = self.grow(shape, d), self.grow(shape, d)
        return Node(f"({a}) .* ({b})", shape, lambda xp, v: a.f(xp, v) * b.f(xp, v))

    def function(self, shape: str, d: int) -> Node:
        name, a = self.pick([*ELEMENTWISE, "exp", "log"]), self.grow(shape, d)
        if name == "exp":
            return Node(f"exp(sin({a}))", shape, lambda xp, v: xp.exp(xp.sin(a.f(xp, v))))
        if name == "log":
            inside = positive(a)
            return Node(f"log{inside}", shape, lambda xp, v: xp.log(inside.f(xp, v)))
        g = ELEMENTWISE[name]
        return Node(f"{name}({a})", shape, lambda xp, v: g(xp, a.f(xp, v)))

    def square(self, shape: str, d: int) -> Node:
        a, k = self.grow(shape, d), self.pick([2, 3])
        return Node(f"({a}) .^ {k}", shape, lambda xp, v: a.f(xp, v) ** k)

    def quotient(self, shape: str, d: int) -> Node:
        a, b = self.grow(shape, d), positive(self.grow(shape, d - 1))
        return Node(f"({a}) ./ {b}", shape, lambda xp, v: a.f(xp, v) / b.f(xp, v))

    # --- matrices and vectors ----------------------------------------------------------------------

    def product(self, shape: str, d: int) -> Node:
        inner = self.pick(["m", "n"])
        a, b = self.grow(shape[0] + inner, d), self.grow(inner + shape[1], d - 1)
        return Node(f"({a})*({b})", shape, lambda xp, v: a.f(xp, v) @ b.f(xp, v))

    def outer(self, shape: str, d: int) -> Node | None:
        if "1" in shape:
            return None
        a, b = self.grow(shape[0] + "1", d), self.grow(shape[1] + "1", d - 1)
        return Node(f"({a})*({b})'", shape, lambda xp, v: a.f(xp, v) @ b.f(xp, v).T)

    def transposed(self, shape: str, d: int) -> Node:
        a = self.grow(shape[::-1], d)
        return Node(f"({a})'", shape, lambda xp, v: a.f(xp, v).T)

    def diagonal(self, shape: str, d: int) -> Node | None:
        if shape in ("mm", "nn"):
            a = self.grow(shape[0] + "1", d)
            return Node(f"diag({a})", shape, lambda xp, v: xp.diag(a.f(xp, v)[:, 0]))
        if shape[1] == "1":
            a = self.grow(shape[0] * 2, d)
            return Node(f"diag({a})", shape, lambda xp, v: xp.diagonal(a.f(xp, v))[:, None])
        return None

    def softmax(self, shape: str, d: int) -> Node:
        a = self.grow(shape, d)
        return Node(f"softmax({a})", shape, lambda xp, v: softmax(xp, a.f(xp, v)))

    def inverse(self, shape: str, d: int) -> Node | None:
        if shape[0] != "n":
            return None
        a, b = definite(self.grow("n1", d - 1)), self.grow(shape, d)
        return Node(f"inv{a}*({b})", shape, lambda xp, v: xp.linalg.inv(a.f(xp, v)) @ b.f(xp, v))

    # --- scalars -----------------------------------------------------------------------------------

    def some(self, d: int) -> Node:
        return self.grow(self.pick(["mn", "nm", "nn", "mm", "n1", "m1"]), d)

    def column(self, d: int) -> Node:
        return self.grow(self.pick(["n1", "m1"]), d)

    def sum(self, shape: str, d: int) -> Node:
        a = self.some(d)
        return Node(f"sum({a})", "11", lambda xp, v: total(xp, a.f(xp, v)))

    def inner(self, shape: str, d: int) -> Node:
        r, c = self.pick(["mn", "nm", "nn"])
        a, b = self.grow(r + c, d), self.grow(c + r, d - 1)
        return Node(f"tr(({a})*({b}))", "11", lambda xp, v: xp.trace(a.f(xp, v) @ b.f(xp, v)).reshape(1, 1))

    def quadratic(self, shape: str, d: int) -> Node:
        a = self.column(d)
        b = self.grow(a.shape[0] * 2, d - 1)
        return Node(f"({a})'*({b})*({a})", "11", lambda xp, v: a.f(xp, v).T @ b.f(xp, v) @ a.f(xp, v))

    def dot(self, shape: str, d: int) -> Node:
        a = self.column(d)
        b = self.grow(a.shape, d - 1)
        return Node(f"({a})'*({b})", "11", lambda xp, v: a.f(xp, v).T @ b.f(xp, v))

    def norm(self, shape: str, d: int) -> Node:
        a = self.some(d)
        kind = self.pick(["normF({})^2", "norm1({})", "sqrt(1 + normF({})^2)"])
        g: dict[str, Callable[[Any, Any], Any]] = {
            "normF({})^2": lambda xp, b: total(xp, b**2),
            "norm1({})": lambda xp, b: total(xp, xp.abs(b)),
            "sqrt(1 + normF({})^2)": lambda xp, b: xp.sqrt(1 + total(xp, b**2)),
        }
        return Node(kind.format(a), "11", lambda xp, v: g[kind](xp, a.f(xp, v)))

    def determinant(self, shape: str, d: int) -> Node:
        if self.pick([True, False]):
            a = definite(self.grow("n1", d))
            return Node(f"logdet{a}", "11", lambda xp, v: logdet(xp, a.f(xp, v)))
        b = self.grow(self.pick(["nn", "mm"]), d)
        return Node(f"det({b})", "11", lambda xp, v: xp.linalg.det(b.f(xp, v)).reshape(1, 1))

    def pooled(self, shape: str, d: int) -> Node:
        a = self.some(d)
        if a.shape[1] == "1":
            return Node(f"logsumexp({a})", "11", lambda xp, v: logsumexp(xp, a.f(xp, v)))
        return Node(f"sum(logsumexp({a}))", "11", lambda xp, v: total(xp, logsumexp(xp, a.f(xp, v))))

    def samples(self, shape: str, d: int) -> Node:
        a, b = self.grow("n1", d), self.grow("11", d - 2)
        i = self.index()
        return Node(f"sum({i}, 1..N, sin(({a})'*z[{i}] + {b}))", "11", lambda xp, v: total(xp, xp.sin(v["z"] @ a.f(xp, v) + b.f(xp, v))))

    def kronecker(self, shape: str, d: int) -> Node:
        a, b = self.grow(self.pick(["mn", "n1", "nn"]), d - 1), self.grow(self.pick(["nm", "m1"]), d - 1)
        return Node(f"sum(sin(kron({a}, {b})))", "11", lambda xp, v: total(xp, xp.sin(xp.kron(a.f(xp, v), b.f(xp, v)))))

    def entry(self, shape: str, d: int) -> Node:
        a, b = self.grow("mn", d), self.grow("n1", d - 1)
        i = self.index()
        return Node(f"sum({i}, 1..m, ({a})[{i},:]*({b})) + ({a})[1,1]", "11", lambda xp, v: total(xp, a.f(xp, v) @ b.f(xp, v)) + a.f(xp, v)[:1, :1])


def with_named_part(rng: random.Random, favourite: str, shape: str, inner: list[str], depth: int, inner_depth: int) -> Node:
    """A random expression, one in three with a named intermediate of one of the shapes `inner`."""
    if rng.random() < 1 / 3:
        named = Grower(rng, favourite).grow(rng.choice(inner), inner_depth)
        use = Node("Y", named.shape, lambda xp, v: named.f(xp, v))
        body = Grower(rng, favourite, (use,)).grow(shape, depth)
        if "Y" in body.text:
            return Node(f"Y = {named}; {body}", shape, body.f)
    return Grower(rng, favourite).grow(shape, depth)


def scalars(favourite: str = "", depth: int = 4) -> Draw[Node]:
    """A random scalar expression, one in three with a named intermediate."""

    def draw(rng: random.Random) -> Node:
        d = rng.randint(depth - 1, depth)
        return with_named_part(rng, favourite, "11", ["mn", "nn", "n1", "m1", "11"], d, d - 1)

    return draw


def matrices(favourite: str = "", depth: int = 3) -> Draw[Node]:
    """A random expression that is no scalar, one in three with a named intermediate."""
    return lambda rng: with_named_part(rng, favourite, rng.choice(["mn", "nm", "nn", "n1", "m1", "1n"]), ["mn", "nn", "n1"], depth - 1, depth - 1)


def expressions(depth: int = 3) -> Draw[Node]:
    """A random expression of any shape."""
    return lambda rng: Grower(rng).grow(rng.choice(["11", "mn", "nm", "nn", "n1", "m1", "1n"]), depth)
