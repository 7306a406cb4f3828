"""`make test-faults`: parts are killed under load, and what was acknowledged is counted again afterwards.

A tenth of the full number of kills; `scripts/test.py --faults --full` makes all fifty of each part.
"""

from collections.abc import Iterator

import pytest

from bench.rig import Rig, rig


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="50 kills of each part instead of 5")


@pytest.fixture(scope="session")
def kills(pytestconfig: pytest.Config) -> int:
    return 50 if pytestconfig.getoption("full") else 5


@pytest.fixture(scope="module")
def parts() -> Iterator[Rig]:
    """Every part running, and a municipality of 60 people."""
    with rig() as running:
        running.portal.manage("scale", "--people", "60")
        yield running
