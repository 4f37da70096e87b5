"""What every test may ask for."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "hallway",
    deadline=None,  # speed is the benchmarks' business
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)
settings.load_profile("hallway")

SECONDS = {"slow": 30.0, "browser": 3.0, "e2e": 1.5, "postgres": 0.2}
"""Roughly what a test of each kind takes: enough to know which files are long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first: where whole files are shared out, none is left over for a worker to end alone with."""
    lasts: Counter[Path] = Counter()
    for item in items:
        lasts[item.path] += sum(SECONDS.get(mark.name, 0) for mark in item.iter_markers())
    items.sort(key=lambda item: -lasts[item.path])


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the service does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _settings_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings in the developer's environment do not reach the tests."""
    for name in list(os.environ):
        if name.startswith("HALLWAY_") and name != "HALLWAY_FIXTURES":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded real posts; tests that need it are skipped where it is not there."""
    folder = os.environ.get("HALLWAY_FIXTURES", "")
    if not Path(folder).is_dir() or not folder:
        pytest.skip("HALLWAY_FIXTURES does not name a folder of recorded posts")
    return Path(folder)
