"""Random examples that depend on one seed only, so that a run is the same on every machine and with every version of every library.

`pytest --seed=N` repeats another run, `pytest --seed=random` searches where no run has been.
"""

from __future__ import annotations

import functools
import inspect
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Draw = Callable[[random.Random], T]

seed = 20240607  # the option --seed replaces it
TRIES = 20  # draws per example that a test may turn down


class TurnedDown(Exception):
    """The drawn example is none of those that the test is about."""


def assume(condition: object) -> None:
    """Turn the example down unless the condition holds."""
    if not condition:
        raise TurnedDown


def generator(rng: random.Random) -> random.Random:
    """The generator itself, for a test that draws more as it goes."""
    return rng


def one_of(options: Sequence[T]) -> Draw[T]:
    return lambda rng: rng.choice(options)


def integers(low: int, high: int) -> Draw[int]:
    """An integer from low to high, both included."""
    return lambda rng: rng.randint(low, high)


def lists(options: Sequence[T], most: int) -> Draw[list[T]]:
    """A list of up to `most` elements."""
    return lambda rng: rng.choices(options, k=rng.randint(0, most))


def some_of(options: Sequence[T]) -> Draw[set[T]]:
    """A subset, each element with probability one half."""
    return lambda rng: {x for x in options if rng.random() < 0.5}


def examples(count: int, **draws: Draw[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test on `count` examples, drawn by keyword. Of those that fail, the shortest is raised, with what was drawn."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(*args: Any, **kwargs: Any) -> None:
            failed: list[tuple[str, Exception]] = []
            accepted = tried = 0
            while accepted < count and tried < TRIES * count:
                rng = random.Random(f"{seed} {test.__qualname__} {sorted(kwargs.items())} {tried}")
                tried += 1
                drawn = {name: draw(rng) for name, draw in draws.items()}
                try:
                    test(*args, **kwargs, **drawn)
                except TurnedDown:
                    continue
                except Exception as error:
                    failed.append((", ".join(f"{name}={value!r}" for name, value in drawn.items()), error))
                accepted += 1
            if failed:
                text, error = min(failed, key=lambda found: len(found[0]))
                error.add_note(f"{len(failed)} of {count} examples of seed {seed} failed; the shortest: {text}")
                raise error
            assert accepted == count, f"only {accepted} of {tried} examples of seed {seed} were what the test is about"

        signature = inspect.signature(test)
        run.__signature__ = signature.replace(parameters=[p for p in signature.parameters.values() if p.name not in draws])  # type: ignore[attr-defined]
        return run

    return decorate
