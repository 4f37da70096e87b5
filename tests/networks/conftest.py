"""Tests against programs that others wrote, on loopback: each test file starts only what it asks for."""

from pathlib import Path

import pytest

from tests.networks import packages


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder are `networks`."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.networks)


@pytest.fixture(scope="session")
def npm_packages() -> Path:
    """The folder that holds `node_modules`; `packages.environment()` runs programs of it."""
    if not packages.installed():
        pytest.fail("The npm packages are not installed: run `make test-networks`.", pytrace=False)
    return packages.folder()
