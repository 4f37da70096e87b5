"""The database behind a store: which one it is follows from its address."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sqlalchemy import CursorResult, Dialect, Executable
from sqlalchemy.engine import make_url

from app.storage.postgres import PostgreSQL
from app.storage.sqlite import SQLite


class Executes(Protocol):
    """A connection inside a transaction."""

    @property
    def dialect(self) -> Dialect:
        """Which SQL it speaks."""
        ...

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run a statement."""
        ...


class Database(Protocol):
    """Transactions on one database."""

    async def open(self) -> None:
        """Create or migrate the tables."""
        ...

    async def close(self) -> None:
        """Release every connection."""
        ...

    def write(self) -> AbstractAsyncContextManager[Executes]:
        """A transaction that writes: committed at the end, undone on any error."""
        ...

    def read(self) -> AbstractAsyncContextManager[Executes]:
        """A transaction that only reads, all of it at one moment."""
        ...

    async def scrub(self) -> bool:
        """Write the files anew, without a byte of what was erased; False while somebody still reads what was."""
        ...


def database(url: str) -> Database:
    """The database at an address of SQLAlchemy's: `sqlite:///file` or `postgresql+asyncpg://…`."""
    return SQLite(url) if make_url(url).get_backend_name() == "sqlite" else PostgreSQL(url)
