"""The store: walls in one database. `write()` gives a `Transaction`, `read()` a `Reading` at one moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.storage.database import Database
from app.storage.reading import Reading
from app.storage.transaction import Transaction


class Store:
    """Walls in one database."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    async def open(self) -> None:
        """Create or migrate the tables; StoreError when that cannot be."""
        await self._database.open()

    async def close(self) -> None:
        """Release the connections."""
        await self._database.close()

    @asynccontextmanager
    async def write(self) -> AsyncIterator["Transaction"]:
        """All or nothing; the only way to change anything."""
        async with self._database.write() as connection:
            yield Transaction(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator["Reading"]:
        """Everything read inside is of one moment."""
        async with self._database.read() as connection:
            yield Reading(connection)
