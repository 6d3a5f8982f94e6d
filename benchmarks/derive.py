"""How long matgrad takes to derive, and how the time grows. One command: python benchmarks/derive.py

Times are medians of repeated runs in this process, warm, derivation included and the numeric check apart.
Where SymPy answers at all it is timed in the same run, interleaved, and only the ratio is meant to be quoted.
"""

from __future__ import annotations

import gc
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import matgrad as mg

TEXTBOOK = [
    ("a'*X*b", "X", "a: vector(m); X: matrix(m,n); b: vector(n)"),
    ("a'*exp(X*b)", "X", "a: vector(m); X: matrix(m,n); b: vector(n)"),
    ("Y = sigma(W*X); tr(Y'*M*Y)", "X", "W: matrix(l,m); X: matrix(m,n); M: symmetric(l); sigma: elementwise"),
    ("norm2(X*w - y)^2", "w", "X: matrix(m,n); w: vector(n); y: vector(m)"),
    ("log(det(Sigma)) + tr(S*inv(Sigma))", "Sigma", "Sigma: posdef(m); S: symmetric(m)"),
    ("-y'*log(softmax(W*x))", "W", "W: matrix(m,n); x: vector(n); y: onehot(m)"),
    ("-y'*log(softmax(W2*sigmoid(W1*x)))", "W1", "W1: matrix(p,n); W2: matrix(m,p); x: vector(n); y: onehot(m)"),
    ("tr(X'*B*X*C)", "X", "X: matrix(m,n); B: matrix(m,m); C: matrix(n,n)"),
    ("tr(B'*X'*C*X*X'*C*X*B)", "X", "X: matrix(m,n); B: matrix(n,p); C: matrix(m,m)"),
    ("tr(inv(X)*A)", "X", "X: invertible(n); A: matrix(n,n)"),
    ("1/2*normF(V - W*H)^2", "W", "V: matrix(m,n); W: matrix(m,k); H: matrix(k,n)"),
    ("max(0, 1 - y*w'*x) + lambda/2*norm2(w)^2", "w", "y: scalar; x: vector(n); w: vector(n); lambda: scalar"),
]


def median_ms(run: Callable[[], object], repeat: int = 15) -> float:
    times = []
    for _ in range(repeat):
        gc.collect()  # nodes that nothing holds are forgotten, and their normal forms with them
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def textbook() -> None:
    mg.derive("tr(A*X)", "X")
    rows = [median_ms(lambda e=e, x=x, d=d: mg.derive(e, x, d)) for e, x, d in TEXTBOOK]  # type: ignore[misc]
    print(f"derive(), {len(rows)} textbook formulas: median {statistics.median(rows):.2f} ms, worst {max(rows):.2f} ms")


def against_sympy() -> None:
    """tr(A*X*B), tr(inv(X)*A) and a'*X*b by X, where SymPy answers."""
    try:
        import sympy as sp
    except ImportError:
        print("SymPy is not installed; no comparison")
        return
    m, n = sp.symbols("m n", positive=True, integer=True)
    x, a, b, s = sp.MatrixSymbol("X", m, n), sp.MatrixSymbol("A", n, m), sp.MatrixSymbol("B", n, n), sp.MatrixSymbol("S", m, m)
    pairs = [
        ("tr(X*A)", lambda: mg.derive("tr(X*A)", "X", "X: matrix(m,n); A: matrix(n,m)"), lambda: sp.Trace(x * a).diff(x)),
        ("tr(X*B*X')", lambda: mg.derive("tr(X*B*X')", "X", "X: matrix(m,n); B: matrix(n,n)"), lambda: sp.Trace(x * b * x.T).diff(x)),
        ("tr(inv(S))", lambda: mg.derive("tr(inv(S))", "S", "S: invertible(m)"), lambda: sp.Trace(s.inv()).diff(s)),
    ]
    for name, ours, theirs in pairs:
        mine, other = [], []
        for _ in range(7):
            sp.core.cache.clear_cache()
            mine.append(median_ms(ours, 1))
            other.append(median_ms(theirs, 1))
        print(f"{name:12s} SymPy/matgrad {statistics.median(b / a for a, b in zip(mine, other)):.0f}")


def chain(k: int) -> tuple[str, str]:
    declare = "; ".join(f"W{i}: matrix(n,n)" for i in range(1, k + 1)) + "; x: vector(n); a: vector(n)"
    return "h0 = x; " + "; ".join(f"h{i} = tanh(W{i}*h{i - 1})" for i in range(1, k + 1)) + f"; a'*h{k}", declare


def trace_product(k: int) -> tuple[str, str]:
    return "tr(" + "*".join(f"A{i}*X" for i in range(1, k + 1)) + ")", "X: matrix(n,n); " + "; ".join(f"A{i}: matrix(n,n)" for i in range(1, k + 1))


def network(layers: int) -> tuple[str, str]:
    """a1 = W1*x + b1; h1 = tanh(a1); …; the cross-entropy of the last layer."""
    declare = "; ".join(f"W{i}: matrix(n,n); b{i}: vector(n)" for i in range(1, layers + 1)) + "; x: vector(n); y: onehot(n)"
    text = "".join(f"a{i} = W{i}*{f'h{i - 1}' if i > 1 else 'x'} + b{i}; h{i} = tanh(a{i}); " for i in range(1, layers + 1))
    return text + f"-y'*log(softmax(h{layers}))", declare


def growth() -> None:
    for k in (64, 128, 256):
        e, d = trace_product(k)
        start = time.perf_counter()
        mg.derive(e, "X", d)
        print(f"tr(A1*X*...*A{k}*X) by X: {time.perf_counter() - start:.2f} s")
    for k in (250, 500, 1000):
        e, d = chain(k)
        start = time.perf_counter()
        mg.derive(e, "x", d)
        by_x = time.perf_counter() - start
        start = time.perf_counter()
        mg.derive(e, [f"W{i}" for i in range(1, k + 1)], d)
        print(f"chain of {k} layers: by x {by_x:.2f} s, by every W {time.perf_counter() - start:.2f} s")
    for k in (50, 100, 200):
        e, d = network(k)
        start = time.perf_counter()
        mg.derive(e, [f"{name}{i}" for i in range(1, k + 1) for name in "Wb"], d)
        print(f"network of {k} named layers: all {2 * k} gradients in {time.perf_counter() - start:.2f} s")
    print(f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def cold() -> None:
    """A new process from command line to printed answer, beside an empty interpreter."""

    def run(*command: str) -> float:
        times = []
        for _ in range(7):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    base = ["-m", "matgrad", "derive", "tr(A*X*B)", "--wrt", "X"]
    empty = run(sys.executable, "-c", "pass")
    for words, extra in (("without check", ["--no-check"]), ("with check", [])):
        print(f"matgrad derive, cold, {words}: {run(sys.executable, *base, *extra):.3f} s (an empty interpreter takes {empty:.3f} s)")


if __name__ == "__main__":
    textbook()
    against_sympy()
    growth()
    cold()
