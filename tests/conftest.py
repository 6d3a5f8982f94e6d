"""One seed for every random test, printed in the header: the same run twice gives the same examples.

`--hypothesis-seed=N` repeats another run, `--hypothesis-seed=random` searches where no run has been.
"""

import importlib
import pkgutil
import random

import pytest
from hypothesis import HealthCheck, settings

import matgrad

SEED = 20240607

settings.register_profile("matgrad", deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.load_profile("matgrad")


def load_everything() -> None:
    """Hypothesis draws constants out of the source that is loaded so far: all of it, or the examples depend on which tests ran before."""
    for module in pkgutil.walk_packages(matgrad.__path__, "matgrad."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    chosen = config.option.hypothesis_seed
    if chosen is None:
        config.option.hypothesis_seed = SEED
    elif chosen == "random":
        config.option.hypothesis_seed = random.randrange(2**32)
    load_everything()


def pytest_report_header(config: pytest.Config) -> str:
    return f"hypothesis seed: {config.option.hypothesis_seed}"
