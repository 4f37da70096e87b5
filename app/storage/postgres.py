"""PostgreSQL, for when one machine is outgrown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.storage.migrate import migrate

POOL = 4


class PostgreSQL:
    """One database: writers of a wall are ordered by its row lock, readers see one moment each."""

    def __init__(self, url: str) -> None:
        self._writer = create_async_engine(url, pool_size=POOL, isolation_level="READ COMMITTED")
        self._reader = create_async_engine(url, pool_size=POOL, isolation_level="REPEATABLE READ")

    async def open(self) -> None:
        """Create or migrate the tables."""
        async with self._writer.begin() as connection:
            await connection.run_sync(migrate)

    async def close(self) -> None:
        """Release every connection."""
        await self._writer.dispose()
        await self._reader.dispose()

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
