"""The log of what was done, in the store: lines are only ever added."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select

from app.storage.reading import Reading
from app.storage.schema import audit


@dataclass(frozen=True, slots=True)
class Line:
    """Who did what, when, and how it was before and after (JSON)."""

    id: int
    wall_id: int | None
    at_ms: int
    who: str
    account_id: str | None
    role: str
    action: str
    target: str
    before: str
    after: str
    undoes: int | None


_COLUMNS = tuple(audit.c[name] for name in Line.__slots__)
_ROW = tuple(name for name in Line.__slots__ if name != "id")


class Log:
    """The lines of the log."""

    def __init__(self, tx: Reading) -> None:
        self._connection = tx.connection

    async def add(self, line: Line) -> int:
        """Add a line; the number it got. Its own `id` does not count."""
        row = {name: getattr(line, name) for name in _ROW}
        added = await self._connection.execute(insert(audit).values(row).returning(audit.c.id))
        return int(added.scalar_one())

    async def newest(self, wall_id: int, *, before: int | None, limit: int) -> Sequence[Line]:
        """Lines of a wall and of the house, newest first, older than the line `before`."""
        query = select(*_COLUMNS).where(audit.c.wall_id.in_([wall_id]) | audit.c.wall_id.is_(None))
        if before is not None:
            query = query.where(audit.c.id < before)
        return await self._lines(query.order_by(audit.c.id.desc()).limit(limit))

    async def after(self, wall_id: int, number: int, *, limit: int) -> Sequence[Line]:
        """Lines of a wall and of the house, oldest first, newer than the line `number`: for exports."""
        mine = audit.c.wall_id.in_([wall_id]) | audit.c.wall_id.is_(None)
        query = select(*_COLUMNS).where(mine, audit.c.id > number)
        return await self._lines(query.order_by(audit.c.id).limit(limit))

    async def line(self, wall_id: int, number: int) -> Line | None:
        """One line of a wall."""
        query = select(*_COLUMNS).where(audit.c.wall_id == wall_id, audit.c.id == number)
        found = await self._lines(query)
        return found[0] if found else None

    async def about(self, wall_id: int, target: str, *, limit: int) -> Sequence[Line]:
        """What was done with one post, person or thing, newest first."""
        query = select(*_COLUMNS).where(audit.c.wall_id == wall_id, audit.c.target == target)
        return await self._lines(query.order_by(audit.c.id.desc()).limit(limit))

    async def undone(self, wall_id: int, numbers: Sequence[int]) -> set[int]:
        """Those of these lines that were taken back, and not done again since."""
        query = select(audit.c.undoes).where(
            audit.c.wall_id == wall_id, audit.c.undoes.in_(numbers)
        )
        return set((await self._connection.execute(query)).scalars())

    async def count(self) -> int:
        """How many lines there are."""
        found = await self._connection.execute(select(func.count()).select_from(audit))
        return int(found.scalar_one())

    async def _lines(self, query: object) -> Sequence[Line]:
        return [Line(*tuple(row)) for row in await self._connection.execute(query)]  # type: ignore[arg-type]
