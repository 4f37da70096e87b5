"""How the walls that were asked for on the set-up page are set: the text of their settings, as JSON."""

from collections.abc import Sequence

from sqlalchemy import select, update

from app.storage import schema
from app.storage.reading import Reading


class Configs:
    """The settings of walls that no file names."""

    def __init__(self, reading: Reading) -> None:
        self._connection = reading.connection

    async def all(self) -> Sequence[tuple[str, str]]:
        """(slug, settings) of each, in the order they were made."""
        wall = schema.wall.c
        query = select(wall.slug, wall.config).where(wall.config.is_not(None)).order_by(wall.id)
        return [(row.slug, row.config) for row in await self._connection.execute(query)]

    async def put(self, wall_id: int, config: str) -> None:
        """Write down how a wall was asked for."""
        mine = update(schema.wall).where(schema.wall.c.id == wall_id)
        await self._connection.execute(mine.values(config=config))
