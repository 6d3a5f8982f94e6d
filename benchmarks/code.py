"""Generated code against hand-written NumPy, JAX and PyTorch. One command: python benchmarks/code.py [WORD ...] [--quick]

float64, one thread on one core. All programs of a row run in turn within one process, round after round; a figure is
the median over the rounds of a ratio of two times taken one after the other, so that a busy machine slows both sides.
Every program's result is compared with the expert's before it is timed. Words choose the rows that contain all of them.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterable  # noqa: E402
from types import SimpleNamespace  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import numpy as np  # noqa: E402
from workloads import FLOPS, WORKLOADS, Workload, drawn  # noqa: E402

del sys.path[0]  # this file would hide the standard library's module code

import matgrad as mg  # noqa: E402

SIZES = ("tiny", "medium", "large")
SLOW = 2.0  # seconds: such a program is timed once
Program = Callable[[], Any]


class Row(NamedTuple):
    """One output of one workload at one size: how long a call of the generated NumPy takes, and the others in multiples of that."""

    name: str
    output: str
    size: str
    seconds: float
    ratios: dict[str, float]  # other side over generated NumPy; "code/jax.grad" is generated JAX over jax.grad, both on JAX's arrays


# --- the other sides ----------------------------------------------------------------------------------------


def jax_side() -> Any:
    """JAX's spelling of the functions in the losses; None where it is not installed."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    nn, np_ = jax.nn, jax.numpy
    return SimpleNamespace(
        jax=jax, array=np_.asarray, exp=np_.exp, softplus=nn.softplus, sigmoid=nn.sigmoid, log_softmax=nn.log_softmax, softmax=nn.softmax,
        logsumexp=lambda x: nn.logsumexp(x), inv=np_.linalg.inv, logdet=lambda a: np_.linalg.slogdet(a)[1],
    )  # fmt: skip


def torch_side() -> Any:
    """PyTorch's spelling; None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    f = torch.nn.functional
    return SimpleNamespace(
        torch=torch, array=torch.as_tensor, exp=torch.exp, softplus=f.softplus, sigmoid=torch.sigmoid, log_softmax=torch.log_softmax, softmax=torch.softmax,
        logsumexp=lambda x: torch.logsumexp(x, 0), inv=torch.linalg.inv, logdet=torch.logdet,
    )  # fmt: skip


def by_autodiff(module: Any, loss: Callable[..., Any], names: list[str], wrt: list[str], output: str) -> Callable[..., Any]:
    """The outputs of `loss` by grad, hessian and jvp of grad, in jax or torch.func."""
    at = tuple(names.index(x) for x in wrt)
    places = at[0] if len(at) == 1 else at
    gradient = module.grad(loss, argnums=places)
    pieces = {
        "value": loss,
        "gradient": gradient,
        "hessian": getattr(module, "hessian", None) and module.hessian(loss, argnums=places),
        "operator": lambda *arguments: (module.hessian(loss, argnums=places)(*arguments[:-1]) * arguments[-1]).sum((-2, -1)).T.reshape(-1),
        "hvp": lambda *arguments: module.jvp(
            lambda x: gradient(*arguments[: at[0]], x, *arguments[at[0] + 1 : -1]), (arguments[at[0]],), (arguments[-1],)
        )[1],
    }  # fmt: skip
    wanted = output.split(", ")
    if wanted[:2] == ["value", "gradient"] and hasattr(module, "value_and_grad"):
        both = module.value_and_grad(loss, argnums=places)
        return lambda *arguments: (*both(*arguments), *[pieces[x](*arguments) for x in wanted[2:]])
    found = [pieces[x] for x in wanted]
    return found[0] if len(found) == 1 else lambda *arguments: tuple(p(*arguments) for p in found)


def programs(w: Workload, output: str, arrays: dict[str, Any], sizes: dict[str, int], jx: Any, th: Any) -> dict[str, Program]:
    """Every side's program with its arguments, ready to be called."""
    expert, naive = w.by_hand[output]
    derivation = mg.derive(w.formula, w.wrt, w.declare)
    output, _, how = output.partition(", multiplied")
    directed = output in ("hvp", "operator")
    ours = derivation.function("numpy", outputs="hvp" if directed else output, sizes=sizes, multiply_out=bool(how))
    names = parameters(ours)
    arrays = dict(arrays)
    if directed:
        arrays[names[-1]] = np.random.default_rng(1).normal(size=arrays[w.wrt].shape)
        if w.name.startswith("normal"):
            arrays[names[-1]] = arrays[names[-1]] + arrays[names[-1]].T
    made = {"expert": expert, "NumPy": ours, "naive": naive}
    found: dict[str, Program] = {}
    for side, f in made.items():
        given = {k: v for k, v in {**sizes, **arrays}.items() if k in parameters(f)}
        found[side] = lambda f=f, given=given: f(**given)
    if output == "operator":
        columns, form = arrays[names[-1]].reshape(-1, order="F"), found["naive"]
        for side, operator in (("expert", found["expert"]()), ("NumPy", mg.derive(w.formula, w.wrt, w.declare, order=2).operator(arrays))):
            found[side] = lambda operator=operator: operator @ columns
        found["naive"] = lambda: form() @ columns
    order = [*(k for k in parameters(w.loss) if k != "xp"), *([names[-1]] if directed else [])]
    loss_names = [k for k in order if k in parameters(w.loss)]
    if jx is not None:
        there = {k: jx.array(v) for k, v in arrays.items()}
        f = jx.jax.jit(by_autodiff(jx.jax, lambda *a: w.loss(jx, *a), loss_names, w.wrt.split(","), output))
        ours_in_jax = derivation.function("jax", outputs="hvp" if directed else output, sizes=sizes, multiply_out=bool(how))
        generated = jx.jax.jit(ours_in_jax, static_argnames=[k for k in names if k in sizes])
        mine = [there.get(k, sizes.get(k)) for k in names]
        found["jax.grad"] = lambda: jx.jax.block_until_ready(f(*[there[k] for k in order]))
        found["from NumPy"] = lambda: jx.jax.tree.map(np.asarray, f(*[arrays[k] for k in order]))
        if output != "operator":
            found["JAX"] = lambda: jx.jax.block_until_ready(generated(*mine))
    if th is not None:
        tensors = [th.array(arrays[k]) for k in order]
        g = by_autodiff(th.torch.func, lambda *a: w.loss(th, *a), loss_names, w.wrt.split(","), output)
        found["torch"] = lambda: g(*tensors)
    return found


def parameters(f: Any) -> list[str]:
    return list(f.__code__.co_varnames[: f.__code__.co_argcount])


# --- agreement and time -----------------------------------------------------------------------------------------


def flat(found: Any, like: Any, symmetric: bool) -> Any:
    """The numbers of a result in the order of `like`: autodiff's Hessians are tensors in row-major order.

    Hessians by a symmetric variable are compared on symmetric directions.
    """
    a, b = np.asarray(found), np.asarray(like)
    if a.ndim == 4 and b.ndim == 2:
        m, n = a.shape[:2]
        a = a.transpose(1, 0, 3, 2).reshape(m * n, m * n)
    if symmetric and a.ndim == 2:
        m = round(len(a) ** 0.5)
        a = a + a.reshape(m, m, m * m).transpose(1, 0, 2).reshape(a.shape)
        a = a + a.reshape(m * m, m, m).transpose(0, 2, 1).reshape(a.shape)
    return a


def agree(found: Any, want: Any, symmetric: bool) -> bool:
    pairs = zip(found, want) if isinstance(want, tuple) else [(found, want)]
    compared = [(flat(a, b, symmetric), flat(b, b, symmetric)) for a, b in pairs]
    return all(np.allclose(a, b, rtol=1e-7, atol=1e-9 * (1 + np.abs(b).max())) for a, b in compared)


def seconds(run: Program, repeat: int) -> float:
    start = time.perf_counter()
    for _ in range(repeat):
        run()
    return (time.perf_counter() - start) / repeat


def measure(name: str, output: str, size: str, sides: dict[str, Program], quick: bool) -> Row:
    want = sides["expert"]()
    first: dict[str, float] = {}
    for side, run in sides.items():
        if not agree(run(), want, output == "hessian" and name.startswith("normal")):
            raise SystemExit(f"{name}, {output}, {size}: {side} disagrees")
        first[side] = seconds(run, 1)  # the call before compiled what is to be compiled
        if first[side] < SLOW:
            first[side] = min(first[side], *(seconds(run, 1) for _ in range(2)))
    budget = 0.004 if quick else 0.02
    slow = {side for side, t in first.items() if t > 20 * first["expert"] and t > 0.1 or t >= SLOW}  # timed once, not in every round
    repeats = {side: max(1, min(2000, int(budget / t))) for side, t in first.items()}
    rounds: list[dict[str, float]] = []
    end = time.perf_counter() + (1.5 if quick else 6)
    while len(rounds) < (5 if quick else 9) or len(rounds) < 41 and time.perf_counter() < end and not quick:
        order = reversed(sides.items()) if len(rounds) % 2 else sides.items()  # what ran before leaves its memory behind
        rounds.append({side: first[side] if side in slow else seconds(run, repeats[side]) for side, run in order})
    ratios = {side: statistics.median(r[side] / r["NumPy"] for r in rounds) for side in sides}
    if "JAX" in sides:
        ratios["code/jax.grad"] = statistics.median(r["JAX"] / r["jax.grad"] for r in rounds)
    return Row(name, output, size, statistics.median(r["NumPy"] for r in rounds), ratios)


def rows(words: list[str], quick: bool) -> Iterable[Row]:
    jx, th = jax_side(), torch_side()
    for w in WORKLOADS:
        for output in w.by_hand:
            for size, sizes in zip(SIZES, w.sizes):
                label = f"{w.name}: {output}: {size}"
                if not all(word in label for word in words):
                    continue
                arrays = drawn(w, sizes, np.random.default_rng(0))
                row = measure(w.name, output, size, programs(w, output, arrays, sizes, jx, th), quick)
                print(".", end="", file=sys.stderr, flush=True)
                yield row
    print(file=sys.stderr)


# --- the report ---------------------------------------------------------------------------------------------------


def geometric(values: Iterable[float]) -> float:
    return statistics.geometric_mean(list(values))


def report(found: list[Row]) -> None:
    print("| workload | output | size | NumPy, ms | NumPy/expert | naive | jit(jax.grad) | from NumPy to NumPy | PyTorch | generated JAX/jax.grad |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for r in found:
        cells = [f"{r.seconds * 1e3:.3g}", f"{1 / r.ratios['expert']:.2f}", *[cell(r.ratios.get(s)) for s in ("naive", "jax.grad", "from NumPy", "torch")]]
        print(f"| {r.name} | {r.output} | {r.size} | {' | '.join(cells)} | {cell(r.ratios.get('code/jax.grad'))} |")
    print("\nnaive, jit(jax.grad) and PyTorch: their time over that of the generated NumPy; jit(jax.grad) on arrays of its own, and once more")
    print("from NumPy's arrays to NumPy's arrays, as the programs in NumPy have it.\n")
    print("| summary | geometric mean | worst |")
    print("|---|---|---|")
    for line in summary(found):
        print(f"| {line[0]} | {line[1]:.2f} | {line[2]:.2f} |")


def cell(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2g}" if ratio < 100 else f"{ratio:.0f}"


def summary(found: list[Row]) -> Iterable[tuple[str, float, float]]:
    """Geometric means, and the figure that is worst for us."""
    for size in SIZES:
        ours = [1 / r.ratios["expert"] for r in found if r.size == size]
        if ours:
            yield f"generated NumPy / expert, {size}", geometric(ours), max(ours)
    ours = [1 / r.ratios["expert"] for r in found]
    yield "generated NumPy / expert, all", geometric(ours), max(ours)
    kinds = {
        "large gradients": [r for r in found if r.size == "large" and r.output == "gradient"],
        "tiny": [r for r in found if r.size == "tiny"],
        "Hessian times direction": [r for r in found if r.output == "hvp"],
        "Hessians": [r for r in found if r.output in ("hessian", "operator")],
        "Hessians, large": [r for r in found if r.output in ("hessian", "operator") and r.size == "large"],
    }
    for side, words in (("jax.grad", "jit(jax.grad)"), ("from NumPy", "jit(jax.grad) from NumPy to NumPy"), ("torch", "PyTorch")):
        for kind, chosen in kinds.items():
            others = [r.ratios[side] for r in chosen if side in r.ratios]
            if others:
                yield f"{words} / generated NumPy, {kind}", geometric(others), min(others)
    both = [r.ratios["code/jax.grad"] for r in found if "code/jax.grad" in r.ratios]
    if both:
        yield "generated JAX / jit(jax.grad)", geometric(both), max(both)


def products_rate() -> None:
    """What part of the rate of one large matrix product the large dense rows reach, timed in turn with that product."""
    a, b = np.random.default_rng(0).normal(size=(2, 1000, 1000))
    print("\n| large, part of the machine's matrix-product rate | generated NumPy | expert |")
    print("|---|---|---|")
    for w in WORKLOADS:
        for output in w.by_hand:
            flops = FLOPS.get((w.name, output))
            if flops is None:
                continue
            sides = programs(w, output, drawn(w, w.sizes[2], np.random.default_rng(0)), w.sizes[2], None, None)
            shares: dict[str, list[float]] = {"NumPy": [], "expert": []}
            for _ in range(9):
                rate = 2e9 / seconds(lambda: a @ b, 1)
                for side, found in shares.items():
                    found.append(flops(**w.sizes[2]) / seconds(sides[side], 1) / rate)
            print(f"| {w.name}, {output} | {' | '.join(f'{statistics.median(found):.0%}' for found in shares.values())} |")


def first_number() -> None:
    """From text to the first number: in a new process, and again in this one."""
    program = (
        "import time; start = time.perf_counter(); import numpy as np, matgrad as mg; "
        "f = mg.derive(\"sum(log(1 + exp(X*w))) - y'*X*w\", 'w', 'X: matrix(N,n); w: vector(n); y: vector(N)').function(); "
        "f(np.ones((5, 3)), np.ones(3), np.ones(5)); print(time.perf_counter() - start)"
    )
    with tempfile.TemporaryDirectory() as folder:  # compiled files, as an installed package has them; the first run writes them
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPYCACHEPREFIX": folder}
        command = [sys.executable, "-c", program]
        runs = [subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout for _ in range(8)]
    cold = statistics.median(map(float, runs[1:]))
    X, w, y = np.ones((5, 3)), np.ones(3), np.ones(5)

    def once() -> None:
        mg.derive("sum(log(1 + exp(X*w))) - y'*X*w", "w", "X: matrix(N,n); w: vector(n); y: vector(N)").function()(X, w, y)

    warm = statistics.median(seconds(once, 1) for _ in range(15))
    print(f"\nText to first number: {cold:.3f} s in a new process (NumPy's import included), {1e3 * warm:.1f} ms again.")


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--quick"]
    measured = list(rows(arguments, "--quick" in sys.argv))
    if not measured:
        raise SystemExit(f"no row contains all of {' '.join(arguments)}")
    report(measured)
    products_rate()
    first_number()
