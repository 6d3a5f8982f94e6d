"""Random expressions in complex variables, each with the function of NumPy arrays that it means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Values = dict[str, Any]
Array = Any

DECLARE = (
    "X: complex matrix(n,n); B: complex matrix(n,n); H: hermitian(n); R: matrix(n,n); "
    "x: complex vector(n); a: complex vector(n); w: vector(n); z: complex scalar; t: scalar"
)
SIZE = 3


class Meant(NamedTuple):
    """A text of the language and what it computes."""

    text: str
    of: Callable[[Values], Array]


def values(rng: np.random.Generator) -> Values:
    """An array for every name."""

    def normal(*shape: int) -> Array:
        return 0.6 * rng.normal(size=shape)

    n = SIZE
    h = normal(n, n) + 1j * normal(n, n)
    given: Values = {name: normal(n, n) + 1j * normal(n, n) for name in "XB"} | {name: normal(n) + 1j * normal(n) for name in "xa"}
    return given | {"H": h + h.conj().T, "R": normal(n, n), "w": normal(n), "z": complex(normal(), normal()), "t": float(normal())}


class Drawing:
    """Draws matrices, vectors, numbers and real numbers, down to a depth."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng

    def pick(self, *choices: Callable[[], Meant]) -> Meant:
        return choices[int(self.rng.integers(len(choices)))]()

    @staticmethod
    def leaf(name: str) -> Meant:
        return Meant(name, lambda v: v[name])

    def matrix(self, depth: int) -> Meant:
        if depth == 0:
            return self.pick(*[lambda name=name: self.leaf(name) for name in "XXXBHR"])

        def one(text: str, f: Callable[[Array], Array]) -> Callable[[], Meant]:
            def build() -> Meant:
                m = self.matrix(depth - 1)
                return Meant(text.format(f"({m.text})"), lambda v: f(m.of(v)))

            return build

        def two(text: str, f: Callable[[Array, Array], Array]) -> Callable[[], Meant]:
            def build() -> Meant:
                m, k = self.matrix(depth - 1), self.matrix(depth - 1)
                return Meant(text.format(f"({m.text})", f"({k.text})"), lambda v: f(m.of(v), k.of(v)))

            return build

        def outer() -> Meant:
            m, k = self.vector(depth - 1), self.vector(depth - 1)
            return Meant(f"({m.text})*({k.text})^H", lambda v: np.outer(m.of(v), np.conj(k.of(v))))

        def scaled() -> Meant:
            s, m = self.number(depth - 1), self.matrix(depth - 1)
            return Meant(f"({s.text})*({m.text})", lambda v: s.of(v) * m.of(v))

        def diagonal() -> Meant:
            m = self.vector(depth - 1)
            return Meant(f"diag({m.text})", lambda v: np.diag(m.of(v)))

        return self.pick(
            one("{}'", lambda a: a.T), one("{}^H", lambda a: a.conj().T), one("{}^H", lambda a: a.conj().T), one("conj({})", np.conj),
            one("real({})", np.real), one("imag({})", np.imag), one("1i*{}", lambda a: 1j * a), one("{}^2", lambda a: a @ a),
            one("inv({} + 5*eye(n))", lambda a: np.linalg.inv(a + 5 * np.eye(SIZE))), one("tril({})", np.tril), one("exp({}/4)", lambda a: np.exp(a / 4)),
            one("{}/2", lambda a: a / 2), two("{} + {}", np.add), two("{} - {}", np.subtract), two("{}*{}", np.matmul), two("{}*{}", np.matmul),
            two("{} .* {}", np.multiply), outer, scaled, diagonal,
        )  # fmt: skip

    def vector(self, depth: int) -> Meant:
        if depth == 0:
            return self.pick(*[lambda name=name: self.leaf(name) for name in "xxaw"])

        def applied() -> Meant:
            m, u = self.matrix(depth - 1), self.vector(depth - 1)
            return Meant(f"({m.text})*({u.text})", lambda v: m.of(v) @ u.of(v))

        def one(text: str, f: Callable[[Array], Array]) -> Callable[[], Meant]:
            def build() -> Meant:
                m = self.vector(depth - 1)
                return Meant(text.format(f"({m.text})"), lambda v: f(m.of(v)))

            return build

        def two(text: str, f: Callable[[Array, Array], Array]) -> Callable[[], Meant]:
            def build() -> Meant:
                m, k = self.vector(depth - 1), self.vector(depth - 1)
                return Meant(text.format(f"({m.text})", f"({k.text})"), lambda v: f(m.of(v), k.of(v)))

            return build

        def diagonal() -> Meant:
            m = self.matrix(depth - 1)
            return Meant(f"diag({m.text})", lambda v: np.diag(m.of(v)))

        def column() -> Meant:
            m = self.matrix(depth - 1)
            return Meant(f"({m.text})[:,2]", lambda v: m.of(v)[:, 1])

        return self.pick(
            applied, applied, one("conj({})", np.conj), one("real({})", np.real), one("imag({})", np.imag), one("exp({}/4)", lambda a: np.exp(a / 4)),
            one("sin({}/4)", lambda a: np.sin(a / 4)), one("1i*{}", lambda a: 1j * a), two("{} + {}", np.add), two("{} - {}", np.subtract),
            two("{} .* {}", np.multiply), one("abs({})", np.abs), one("{} .^ 2", lambda a: a**2), diagonal, column,
        )  # fmt: skip

    def number(self, depth: int) -> Meant:
        if depth <= 0:
            return self.pick(lambda: self.leaf("z"), lambda: self.leaf("t"), lambda: Meant("conj(z)", lambda v: np.conj(v["z"])))
        m, k, u, r = self.matrix(depth - 1), self.matrix(depth - 1), self.vector(depth - 1), self.vector(depth - 1)
        s = self.number(depth - 1)
        return self.pick(
            lambda: Meant(f"tr(({m.text})*({k.text}))", lambda v: np.trace(m.of(v) @ k.of(v))),
            lambda: Meant(f"({u.text})^H*({m.text})*({r.text})", lambda v: np.conj(u.of(v)) @ m.of(v) @ r.of(v)),
            lambda: Meant(f"({u.text})'*({r.text})", lambda v: u.of(v) @ r.of(v)),
            lambda: Meant(f"({u.text})^H*({u.text})", lambda v: np.conj(u.of(v)) @ u.of(v)),
            lambda: Meant(f"sum({u.text})", lambda v: np.sum(u.of(v))),
            lambda: Meant(f"det(({m.text})/2 + 2*eye(n))", lambda v: np.linalg.det(m.of(v) / 2 + 2 * np.eye(SIZE))),
            lambda: Meant(f"({s.text})^2", lambda v: s.of(v) ** 2),
            lambda: Meant(f"({s.text})/(3 + abs({s.text}))", lambda v: s.of(v) / (3 + np.abs(s.of(v)))),
        )

    def real(self, depth: int) -> Meant:
        """A number that is real, in ways that are shown to be."""
        m, u, s = self.matrix(depth), self.vector(depth), self.number(depth)
        r = self.real(depth - 1) if depth else Meant("t", lambda v: v["t"])
        return self.pick(
            lambda: Meant(f"real({s.text})", lambda v: np.real(s.of(v))),
            lambda: Meant(f"imag({s.text})", lambda v: np.imag(s.of(v))),
            lambda: Meant(f"abs({s.text})", lambda v: np.abs(s.of(v))),
            lambda: Meant(f"abs({s.text})^2", lambda v: np.abs(s.of(v)) ** 2),
            lambda: Meant(f"({s.text})*conj({s.text})", lambda v: np.abs(s.of(v)) ** 2),
            lambda: Meant(f"log(1 + ({s.text})*conj({s.text}))", lambda v: np.log(1 + np.abs(s.of(v)) ** 2)),
            lambda: Meant(f"norm2({u.text})^2", lambda v: np.linalg.norm(u.of(v)) ** 2),
            lambda: Meant(f"norm2({u.text})", lambda v: np.linalg.norm(u.of(v))),
            lambda: Meant(f"norm1({u.text})", lambda v: np.abs(u.of(v)).sum()),
            lambda: Meant(f"({u.text})^H*H*({u.text})", lambda v: np.real(np.conj(u.of(v)) @ v["H"] @ u.of(v))),
            lambda: Meant(f"normF({m.text})^2", lambda v: np.linalg.norm(m.of(v)) ** 2),
            lambda: Meant(f"tr(({m.text})*({m.text})^H)", lambda v: np.linalg.norm(m.of(v)) ** 2),
            lambda: Meant(f"tr(({m.text})^H*H*({m.text}))", lambda v: np.real(np.trace(m.of(v).conj().T @ v["H"] @ m.of(v)))),
            lambda: Meant(f"sqrt(1 + tr(({m.text})*({m.text})^H))", lambda v: np.sqrt(1 + np.linalg.norm(m.of(v)) ** 2)),
            lambda: Meant(f"logdet(({m.text})/2 + 2*eye(n))", lambda v: np.linalg.slogdet(m.of(v) / 2 + 2 * np.eye(SIZE))[1]),
            lambda: Meant(f"logdet(eye(n) + ({m.text})*({m.text})^H)", lambda v: np.linalg.slogdet(np.eye(SIZE) + m.of(v) @ m.of(v).conj().T)[1]),
            lambda: Meant(f"({r.text})*norm2({u.text})^2", lambda v: r.of(v) * np.linalg.norm(u.of(v)) ** 2),
            lambda: Meant(f"sigmoid({r.text})", lambda v: 1 / (1 + np.exp(-r.of(v)))),
            lambda: Meant(f"sum(exp(-abs({u.text}) .^ 2))", lambda v: np.exp(-np.abs(u.of(v)) ** 2).sum()),
        )
