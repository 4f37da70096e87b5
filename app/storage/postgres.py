"""PostgreSQL, for when one machine is outgrown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Text, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.storage.migrate import migrate
from app.storage.schema import metadata

POOL = 4

NO_STATISTICS = [
    text(f"ALTER TABLE {table.name} ALTER COLUMN {column.name} SET STATISTICS 0")
    for table in metadata.tables.values()
    for column in table.columns
    if isinstance(column.type, Text)
]
"""The planner's statistics hold samples of what is in a column, for long: none are made of what people wrote."""

READERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_xmin IS NOT NULL"
)
"""Who looks at the database just now: rows that they may still see would be copied along."""

LOCK_WAIT_MS = 500
"""While a table waits to be locked nobody new reads it either: the screens must not notice."""

LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's error code for a lock that was not got in time (its documentation, appendix A)."""


class PostgreSQL:
    """One database: writers of a wall are ordered by its row lock, readers see one moment each."""

    def __init__(self, url: str) -> None:
        self._writer = create_async_engine(url, pool_size=POOL, isolation_level="READ COMMITTED")
        self._reader = create_async_engine(url, pool_size=POOL, isolation_level="REPEATABLE READ")

    async def open(self) -> None:
        """Create or migrate the tables."""
        async with self._writer.begin() as connection:
            await connection.run_sync(migrate)
            for statement in NO_STATISTICS:
                await connection.execute(statement)

    async def close(self) -> None:
        """Release every connection."""
        await self._writer.dispose()
        await self._reader.dispose()

    async def scrub(self) -> bool:
        """Write the tables anew; False while somebody reads them. The server's own log (WAL) goes its own way.

        A plain VACUUM only marks the space of old rows as free: their bytes stay until something is written there.
        """
        async with self._writer.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text(f"SET lock_timeout = {LOCK_WAIT_MS}"))
            try:
                if (await connection.execute(READERS)).scalar():
                    return False
                for table in metadata.tables:
                    await connection.execute(text(f"VACUUM FULL {table}"))
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                    raise
                return False
            finally:
                await connection.execute(text("RESET lock_timeout"))
        return True

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, undone on any error."""
        async with self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, all of it at one moment."""
        async with self._reader.begin() as connection:
            yield connection
