"""The store: walls in one database. `write()` gives a `Transaction`, `read()` a `Reading` at one moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.storage.database import database
from app.storage.reading import Reading
from app.storage.transaction import Transaction
from app.storage.words import plain_words


class Store:
    """Walls in one database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._database = database(url)

    async def open(self) -> None:
        """Create or migrate the tables; StoreError when that cannot be."""
        with plain_words(self._url):
            await self._database.open()

    async def close(self) -> None:
        """Release the connections."""
        await self._database.close()

    async def scrub(self) -> bool:
        """Remove what was erased from the database's files; False when that is to be tried again."""
        with plain_words(self._url):
            return await self._database.scrub()

    @asynccontextmanager
    async def write(self) -> AsyncIterator["Transaction"]:
        """All or nothing; the only way to change anything."""
        with plain_words(self._url):
            async with self._database.write() as connection:
                yield Transaction(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator["Reading"]:
        """Everything read inside is of one moment."""
        with plain_words(self._url):
            async with self._database.read() as connection:
                yield Reading(connection)
