"""SQLite, without a thread for every statement.

A statement of ours takes microseconds; handing it to a thread and back takes ten times that. So statements run where
they are asked, and only what can wait long runs in a thread: taking the writer's turn (another process may hold it)
and the commit (it waits for the disk).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    CursorResult,
    Dialect,
    Engine,
    Executable,
    Insert,
    create_engine,
    event,
)
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.engine import make_url

from app.errors import StoreError
from app.storage.migrate import migrate

T = TypeVar("T")

BUSY_TIMEOUT_MS = 15_000
"""How long SQLite waits for another process (the command line beside a running service)."""

READER_WAIT_MS = 100
"""How long the emptying of the log waits for readers. Nobody can write meanwhile, so it is short."""


class Inline:
    """A connection whose statements run at once, with the face of an asynchronous one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """SQLite's."""
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run a statement. Many rows go to the driver as they are: making them fit costs more than writing them."""
        if isinstance(statement, Insert) and isinstance(parameters, list):
            sql, names = _of_the_driver(statement)
            rows = [tuple([row[name] for name in names]) for row in parameters]
            return self._connection.exec_driver_sql(sql, rows)
        return self._connection.execute(statement, parameters)


class SQLite:
    """One file: a single writer at a time, and readers that see one moment each."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._writer = _engine(url, "BEGIN IMMEDIATE")
        self._reader = _engine(url, "BEGIN")
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Create or migrate the tables."""
        _make_folder(self._url)

        def work() -> None:
            with self._writer.begin() as connection:
                migrate(connection)

        await _in_thread(work)

    async def close(self) -> None:
        """Release every connection."""
        self._writer.dispose()
        self._reader.dispose()

    async def scrub(self) -> bool:
        """Write the file anew and empty the log beside it; False while a reader holds on to what was.

        `secure_delete` alone is not enough: a page that was split keeps copies of rows that moved (decision 8).
        """

        def work() -> bool:
            with self._writer.connect() as connection:
                raw = connection.connection.cursor()  # no transaction: VACUUM makes its own
                return _empty_log(raw) and bool(raw.execute("VACUUM")) and _empty_log(raw)

        async with self._turn:
            return await _in_thread(work)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Inline]:
        """A transaction that writes: committed at the end, undone on any error."""
        async with self._turn:
            with self._writer.connect() as connection:
                transaction = await _in_thread(connection.begin)
                try:
                    yield Inline(connection)
                    await _in_thread(transaction.commit)
                finally:
                    if transaction.is_active:
                        transaction.rollback()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Inline]:
        """A transaction that only reads, all of it at one moment."""
        with self._reader.begin() as connection:
            yield Inline(connection)


@cache
def _of_the_driver(statement: Insert) -> tuple[str, tuple[str, ...]]:
    """An insert of every column in SQLite's own words, and the order of the values; all our columns are text, numbers or truth."""
    compiled = statement.compile(dialect=sqlite_dialect())
    return str(compiled), tuple(compiled.positiontup or ())


async def _in_thread(work: Callable[[], T]) -> T:
    """Run in a thread to its end, even when nobody waits for it any more: a connection is used by one at a time."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _engine(url: str, begin: str) -> Engine:
    # no limit of readers: waiting for a free connection would stop the loop
    engine = create_engine(
        url, pool_size=4, max_overflow=-1, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _set_up(dbapi_connection: Any, _record: object) -> None:
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


def _empty_log(cursor: Any) -> bool:
    """Bring what was committed into the file and cut the log to nothing; False while somebody reads from it."""
    cursor.execute(f"PRAGMA busy_timeout={READER_WAIT_MS}")
    busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return not busy


def _make_folder(url: str) -> None:
    place = make_url(url)
    if not place.database:
        return
    try:
        Path(place.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder of the database {place.database} cannot be made: {error.strerror}.",
            hint="Name another place with --database.",
        ) from error
