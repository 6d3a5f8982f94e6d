"""The pages of examples/: each runs, and its gradients are those of a loss written by hand in JAX."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import numpy as np
import pytest

import matgrad as mg

jax.config.update("jax_enable_x64", True)
jnp = jax.numpy
norm, logdet = jnp.linalg.norm, lambda a: jnp.linalg.slogdet(a)[1]
log_softmax, relu, softplus = jax.nn.log_softmax, jax.nn.relu, jax.nn.softplus

FOLDER = Path(__file__).parent.parent / "examples"
OTHER_KINDS = ("optimise_", "dask_", "sharded_")
PAGES = sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith(OTHER_KINDS))
SEEDS = (0, 1, 2)


def squares(a: Any) -> Any:
    return jnp.sum(a * a)


def deep(x: Any, y: Any, **layers: Any) -> Any:
    h = x
    for k in range(1, len(layers) // 2 + 1):
        h = jnp.tanh(layers[f"W{k}"] @ h + layers[f"b{k}"])
    return squares(h - y) / 2


def two_layers(X: Any, Y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    logits = W2 @ jax.nn.sigmoid(W1 @ X + b1[:, None]) + b2[:, None]
    return -jnp.mean(jnp.sum(Y * log_softmax(logits, axis=0), axis=0))


def normalised(a: Any, e: Any, axis: int) -> Any:
    return (a - a.mean(axis, keepdims=True)) / jnp.sqrt(a.var(axis, keepdims=True) + e)


def residual(X: Any, Y: Any, W1: Any, V1: Any, W2: Any, V2: Any) -> Any:
    H = X + V1 @ jnp.tanh(W1 @ X)
    return squares(H + V2 @ jnp.tanh(W2 @ H) - Y) / X.shape[1]


def attention(X: Any, Y: Any, Wq: Any, Wk: Any, Wv: Any) -> Any:
    weights = jax.nn.softmax((Wq @ X).T @ (Wk @ X) / np.sqrt(len(Wq)), axis=1)
    return squares(weights @ (Wv @ X).T - Y.T) / 2


def contrastive(u: Any, v: Any, y: Any, W: Any, m: Any) -> Any:
    apart = norm((u - v) @ W.T, axis=1)
    return jnp.mean(jnp.where(y == 1, apart**2, relu(m - apart) ** 2))


def info_nce(X: Any, Y: Any, W: Any, P: Any, t: Any) -> Any:
    S = X.T @ W.T @ P @ Y / t
    return -jnp.mean(jnp.diag(log_softmax(S, axis=0)) + jnp.diag(log_softmax(S, axis=1)))


def gaussian_process(E: Any, y: Any, s: Any, l: Any, v: Any) -> Any:
    C = s * jnp.exp(-E / l**2 / 2) + v * jnp.eye(len(y))
    return (logdet(C) + y @ jnp.linalg.solve(C, y)) / 2


def metric_learning(u: Any, v: Any, y: Any, M: Any) -> Any:
    return jnp.mean(softplus(y * (jnp.einsum("ij,jk,ik->i", u - v, M, u - v) - 1)))


def gaussian_mixture(x: Any, M: Any, p: Any) -> Any:
    return -jnp.sum(jax.scipy.special.logsumexp(jnp.log(p) - ((x[:, :, None] - M) ** 2).sum(1) / 2, axis=1))


LOSSES: dict[str, Callable[..., Any]] = {
    "linear_regression": lambda x, y, w: squares(x @ w - y),
    "ridge_regression": lambda X, y, w, c: squares(X @ w - y) + c * squares(w),
    "lasso": lambda X, y, w, c: squares(X @ w - y) / 2 + c * jnp.abs(w).sum(),
    "weighted_regression": lambda X, y, w, c: c @ (X @ w - y) ** 2,
    "huber_regression": lambda X, y, w, d: jnp.sum(jnp.where(abs(X @ w - y) <= d, (X @ w - y) ** 2 / 2, d * (abs(X @ w - y) - d / 2))),
    "logistic_regression": lambda X, y, w: jnp.sum(softplus(X @ w)) - y @ X @ w,
    "softmax_regression": lambda x, y, W, b: -jnp.mean(jnp.sum(y * log_softmax(x @ W.T + b), axis=1)),
    "network_one_layer": lambda x, y, W, b: squares(jnp.tanh(x @ W.T + b) - y) / len(x),
    "network_two_layers": two_layers,
    "network_three_layers": lambda X, Y, W1, W2, W3: squares(W3 @ relu(W2 @ relu(W1 @ X)) - Y) / X.shape[1],
    "network_deep": deep,
    "dropout": lambda X, Y, M, W1, W2: squares(W2 @ (M * relu(W1 @ X)) - Y) / X.shape[1],
    "batch_norm": lambda X, Y, gamma, beta, e: squares(gamma[:, None] * normalised(X, e, 1) + beta[:, None] - Y) / 2,
    "layer_norm": lambda x, y, gamma, beta, e: squares(gamma * normalised(x, e, 0) + beta - y) / 2,
    "residual": residual,
    "attention": attention,
    "svm": lambda x, y, w, b, c: jnp.mean(relu(1 - y * (x @ w + b))) + c / 2 * squares(w),
    "kernel_svm": lambda K, y, a, b, c: c / 2 * a @ K @ a + squares(relu(1 - y * (K @ a + b))) / 2,
    "nmf": lambda V, W, H: squares(V - W @ H) / 2,
    "matrix_completion": lambda V, M, U, W, c: jnp.sum(M * (V - U @ W.T) ** 2) / 2 + c / 2 * (squares(U) + squares(W)),
    "pca": lambda X, W: squares(X - W @ (W.T @ X)) / X.shape[1],
    "metric_learning": metric_learning,
    "contrastive": contrastive,
    "info_nce": info_nce,
    "triplet": lambda a, p, q, W, m: jnp.mean(relu(squared((a - p) @ W.T) - squared((a - q) @ W.T) + m)),
    "gaussian_likelihood": lambda x, mu, S: len(x) / 2 * logdet(S) + jnp.vdot(x - mu, jnp.linalg.solve(S, (x - mu).T).T) / 2,
    "gaussian_mixture": gaussian_mixture,
    "gaussian_process": gaussian_process,
}


def squared(rows: Any) -> Any:
    return jnp.sum(rows * rows, axis=1)


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def agree(have: Any, want: Any) -> bool:
    have, want = np.asarray(have), np.asarray(want)
    return have.shape == want.shape and bool(np.max(np.abs(have - want)) <= 1e-9 * max(1.0, np.abs(want).max()))


def arguments(function: Callable[..., Any], values: dict[str, Any]) -> dict[str, Any]:
    """The arrays that a generated function asks for."""
    return {name: values[name] for name in function.__annotations__ if name != "return"}


def test_every_page_has_its_own_reference() -> None:
    assert set(PAGES) == set(LOSSES)


@pytest.mark.parametrize("name", PAGES)
def test_the_table_has_the_page_with_its_loss(name: str) -> None:
    row = next(line for line in (FOLDER / "README.md").read_text().splitlines() if f"({name}.py)" in line)
    assert "…" in row or f"`{' '.join(load(name).LOSS.split())}`" in row


@pytest.mark.parametrize("name", PAGES)
def test_the_page_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    load(name).main()
    printed = capsys.readouterr().out
    assert "WRONG" not in printed and "Checked" in printed


@pytest.mark.parametrize("name", PAGES)
def test_gradients_agree_with_jax(name: str) -> None:
    page = load(name)
    D = mg.derive(page.LOSS, page.WRT, page.DECLARE)
    assert D.verify() and D.check()
    names, gradient = page.WRT.split(","), D.function()
    reference = jax.jit(jax.grad(lambda at, rest: LOSSES[name](**at, **rest)))
    for seed in SEEDS:
        values = page.data(np.random.default_rng(seed))
        want = reference({k: jnp.asarray(values[k]) for k in names}, {k: v for k, v in values.items() if k not in names})
        have, coded = D.evaluate(values), gradient(**arguments(gradient, values))
        for k, found in zip(names, coded if len(names) > 1 else [coded]):
            assert agree(found, want[k]) and agree(have[k] if len(names) > 1 else have, want[k]), f"{name} by {k}, seed {seed}"


@pytest.mark.parametrize("name", [n for n in PAGES if hasattr(load(n), "HESSIAN")])
def test_hessians_agree_with_jax(name: str) -> None:
    page = load(name)
    H = mg.derive(page.LOSS, page.HESSIAN, page.DECLARE, order=2)
    assert H.verify() and H.check()
    values, hessian = page.data(np.random.default_rng(0)), H.function()
    want = jax.hessian(lambda x: LOSSES[name](**{**values, page.HESSIAN: x}))(jnp.asarray(values[page.HESSIAN]))
    assert agree(H.evaluate(values), want) and agree(hessian(**arguments(hessian, values)), want)
