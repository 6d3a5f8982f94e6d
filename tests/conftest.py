"""One seed for every random test, printed in the header: the same run twice gives the same examples."""

import random

import pytest
from hypothesis import HealthCheck, settings

import draws

settings.register_profile("matgrad", deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.load_profile("matgrad")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", default=str(draws.seed), help="the seed of the random tests: a number, or 'random'")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.seed == "random":
        config.option.seed = str(random.randrange(2**32))
    draws.seed = int(config.option.seed)
    config.option.hypothesis_seed = draws.seed


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: {draws.seed}"
