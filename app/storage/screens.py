"""The screens in the store. Which browser is signed in as one of them is a matter of its session."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, delete, exists, select, update

from app.domain.screen import Screen
from app.storage import schema
from app.storage.reading import Reading

ASKED = {"state", "identify_ms", "reload"}
"""What one column keeps, as JSON."""


class ScreenTable:
    """The screens by a reading's connection; what changes them needs a transaction's."""

    def __init__(self, reading: Reading) -> None:
        self._connection = reading.connection

    async def all(self) -> Sequence[Screen]:
        """The screens of every wall, in the order they were made."""
        return await self._find()

    async def of_wall(self, wall_id: int) -> Sequence[Screen]:
        """The screens of one wall, in the order they were made."""
        return await self._find(schema.screen.c.wall_id == wall_id)

    async def add(self, wall_id: int, screen: Screen) -> None:
        """A new screen."""
        row = {"wall_id": wall_id, "created_ms": screen.created_ms, **_row(screen)}
        await self._connection.execute(schema.screen.insert(), row)

    async def save(self, screen: Screen) -> None:
        """How a screen is called, and what is asked of it."""
        mine = update(schema.screen).where(schema.screen.c.id == screen.id)
        await self._connection.execute(mine.values(**_row(screen)))

    async def remove(self, id_: str) -> None:
        """A screen, the links that were made for it, and the sessions of its browsers."""
        for table, column in (
            (schema.invite, schema.invite.c.screen_id),
            (schema.session, schema.session.c.screen_id),
            (schema.screen, schema.screen.c.id),
        ):
            await self._connection.execute(delete(table).where(column == id_))

    async def drop_links(self, id_: str) -> None:
        """Take back the links that were made for a screen and not used."""
        invite = schema.invite
        await self._connection.execute(delete(invite).where(invite.c.screen_id == id_))

    async def _find(self, *which: ColumnElement[bool]) -> Sequence[Screen]:
        screen = schema.screen.c
        opened = exists().where(schema.session.c.screen_id == screen.id).label("opened")
        query = (
            select(schema.screen, schema.wall.c.slug, opened)
            .join(schema.wall, schema.wall.c.id == screen.wall_id)
            .where(*which)
            .order_by(screen.created_ms, screen.id)
        )
        return [_screen(row) for row in (await self._connection.execute(query)).mappings()]


def _row(screen: Screen) -> dict[str, Any]:
    asked = screen.model_dump_json(include=ASKED)
    return {"id": screen.id, "name": screen.name, "room": screen.room, "state": asked}


def _screen(row: Any) -> Screen:
    named = {name: row[name] for name in ("id", "name", "room", "created_ms", "opened")}
    return Screen(wall=row["slug"], **named, **orjson.loads(row["state"]))
