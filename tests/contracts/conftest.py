"""A house on each database that the store knows: SQLite in a file, and a real PostgreSQL server."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from app.storage.store import Store
from tests.contracts.postgres_server import PostgresServer, postgres_server
from tests.fakes import FakeClock, House, house

DATABASES = [
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
]
_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """One PostgreSQL server with the database `made`, which holds one wall."""
    with postgres_server() as running:
        asyncio.run(_make(running.make_database("made")))
        yield running


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds one wall: making the tables anew would take most of the time."""
    path = tmp_path_factory.mktemp("template") / "made.sqlite3"
    asyncio.run(_make(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of this test's own, with one wall in it."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "wall.sqlite3")
        return f"sqlite:///{tmp_path / 'wall.sqlite3'}"
    postgres: PostgresServer = request.getfixturevalue("server")
    return postgres.make_database(f"test{next(_numbers)}", "made")


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database in which nothing was made yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    postgres: PostgresServer = request.getfixturevalue("server")
    return postgres.make_database(f"test{next(_numbers)}")


@pytest.fixture
async def home(url: str) -> AsyncIterator[House]:
    """A house with one wall."""
    async with opened(url) as made:
        yield made


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[House]:
    """A house on a database: open it twice, and there are two processes beside each other."""
    store = Store(url)
    await store.open()
    try:
        yield House(store, FakeClock())
    finally:
        await store.close()


async def _make(url: str) -> None:
    async with house(Path(), url):
        pass
