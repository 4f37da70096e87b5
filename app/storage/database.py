"""Opening the database: engines, SQLite's settings, migrations, and errors in plain words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.errors import StoreError

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for another process (the command line beside a running service)."""


class Database:
    """One database: a single writer at a time, and readers that see one moment each."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._writer = _engine(url, begin="BEGIN IMMEDIATE", pool=1 if self.is_sqlite else 4)
        self._reader = _engine(url, begin="BEGIN", pool=4, isolation="REPEATABLE READ")
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Create or migrate the tables. StoreError when the database cannot be used."""
        _make_folder(self.url)
        with _plain_words(self.url):
            async with self._writer.begin() as connection:
                await connection.run_sync(migrate)

    async def close(self) -> None:
        """Release every connection; without it SQLite's threads keep the process alive."""
        await self._writer.dispose()
        await self._reader.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, undone on any error."""
        async with self._turn_to_write():
            with _plain_words(self.url):
                async with self._writer.begin() as connection:
                    yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, all of it at one moment."""
        with _plain_words(self.url):
            async with self._reader.begin() as connection:
                yield connection

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[None]:
        if not self.is_sqlite:  # PostgreSQL orders the writers of a wall by its row lock
            yield
            return
        async with self._turn:
            yield


def migrate(connection: Connection) -> None:
    """Bring the tables to this version of Hallway; StoreError when they are of a newer one."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(4245)"))  # one node migrates
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        if current:
            ScriptDirectory.from_config(config).get_revision(current)
    except CommandError as error:
        raise StoreError(
            f"The database was written by a newer version of Hallway (schema {current}).",
            hint="Install that version, or name another database with --database.",
            code="store.newer",
        ) from error
    command.upgrade(config, "head")


def _engine(url: str, *, begin: str, pool: int, isolation: str | None = None) -> AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(
            url, pool_size=pool, isolation_level=isolation or "READ COMMITTED"
        )
    engine = create_async_engine(url, pool_size=pool, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", lambda c: c.exec_driver_sql(begin))
    return engine


def _set_up_sqlite(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None  # we begin transactions ourselves: BEGIN IMMEDIATE
    cursor = dbapi_connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # what a moderator decided outlives a power cut
        "foreign_keys=ON",
        "secure_delete=ON",  # what was erased is not left in free pages
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _make_folder(url: str) -> None:
    place = make_url(url)
    if place.get_backend_name() != "sqlite" or not place.database:
        return
    try:
        Path(place.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder of the database {place.database} cannot be made: {error.strerror}.",
            hint="Name another place with --database.",
        ) from error


class _plain_words:  # noqa: N801  # used as a statement
    """Turns what the driver says into a StoreError that an operator can act on."""

    def __init__(self, url: str) -> None:
        self._where = make_url(url).render_as_string(hide_password=True)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DBAPIError):
            raise _explain(str(error.orig), self._where) from error
        if isinstance(error, OSError):
            raise _explain(str(error), self._where) from error


_SENTENCES = {
    "disk is full": (
        "The disk is full: nothing more can be kept.",
        "Free some space; Hallway goes on by itself.",
    ),
    "readonly": (
        "The database {where} is read-only.",
        "Give the user that runs Hallway the right to write.",
    ),
    "unable to open": (
        "The database {where} cannot be opened.",
        "Check the path and its permissions.",
    ),
    "not a database": (
        "The file {where} is not a Hallway database.",
        "Name another with --database.",
    ),
    "malformed": (
        "The database {where} is damaged.",
        "Restore a copy, or name another with --database.",
    ),
    "locked": (
        "The database {where} is in use by another program.",
        "Stop it, or name another with --database.",
    ),
    "connect": (
        "The database server of {where} does not answer.",
        "Start it, or check the address.",
    ),
}


def _explain(said: str, where: str) -> StoreError:
    for clue, (message, hint) in _SENTENCES.items():
        if clue in said.lower():
            return StoreError(message.format(where=where), hint=hint)
    return StoreError(
        f"The database {where} does not work: {said}.", hint="See the log for details."
    )
