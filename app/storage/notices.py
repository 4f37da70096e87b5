"""Notices in the store: items of their own kind, and their pictures."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from app.storage.reading import ITEM, Reading, StoredItem
from app.storage.schema import item, media, wall

FIRST, BEYOND = "n", "o"
"""The ids of notices begin with an n, and no other item's: so the primary key finds them among thousands of posts."""


class Notices:
    """The notices by a reading's connection; what changes their pictures needs a transaction's.

    A picture that was taken away is held for a while, so that this can be undone. It then stands under the notice's id
    and the time until which it is held (`n3f….1763800000000`): of no item, and so shown to nobody.
    """

    def __init__(self, reading: Reading) -> None:
        self._connection = reading.connection

    async def of(self, wall_id: int) -> Sequence[StoredItem]:
        """Those of a wall that were not taken away, as they were made."""
        found = await self._find(item.c.wall_id == wall_id)
        return sorted(found, key=lambda one: one.id)

    async def one(self, wall_id: int, id_: str) -> StoredItem | None:
        """One notice; None also when it was taken away."""
        found = await self._find(item.c.wall_id == wall_id, item.c.id == id_)
        return found[0] if found else None

    async def alive(self) -> dict[str, list[StoredItem]]:
        """Those of every wall that are on or will be, by the wall's slug."""
        query = (
            select(wall.c.slug, *ITEM)
            .join(item, item.c.wall_id == wall.c.id)
            .where(_on_any_wall(item.c.wall_id), *_kept(), item.c.status != "over")
        )
        alive: dict[str, list[StoredItem]] = {}
        for row in await self._connection.execute(query):
            alive.setdefault(row[0], []).append(StoredItem(*tuple(row)[1:]))
        return alive

    async def put_picture(self, wall_id: int, id_: str, media_id: str, url: str) -> None:
        """Give a notice a picture."""
        row = {"wall_id": wall_id, "item_id": id_, "id": media_id, "url": url}
        await self._connection.execute(insert(media), [row])

    async def hold_pictures(self, wall_id: int, id_: str, until_ms: int) -> None:
        """Take a notice's pictures away, but keep them until then."""
        mine = (media.c.wall_id == wall_id, media.c.item_id == id_)
        await self._connection.execute(
            update(media).where(*mine).values(item_id=f"{id_}.{until_ms}")
        )

    async def bring_back(self, wall_id: int, id_: str, media_id: str) -> bool:
        """Give a notice a picture again that is still held; False when it is not."""
        held = (
            media.c.wall_id == wall_id,
            media.c.item_id.startswith(f"{id_}."),
            media.c.id == media_id,
        )
        found = (await self._connection.execute(select(media.c.item_id).where(*held))).scalar()
        if found is None:
            return False
        same = (media.c.wall_id == wall_id, media.c.item_id == found, media.c.id == media_id)
        await self._connection.execute(update(media).where(*same).values(item_id=id_))
        return True

    async def held(self) -> dict[str, int]:
        """What is held: under which names, and until when (ms)."""
        query = select(media.c.item_id).where(
            _on_any_wall(media.c.wall_id),
            media.c.item_id >= FIRST,
            media.c.item_id < BEYOND,
            media.c.item_id.contains("."),
        )
        names = (await self._connection.execute(query.distinct())).scalars()
        return {name: int(name.partition(".")[2]) for name in names}

    async def forget_held(self, names: Sequence[str]) -> None:
        """Hold these no longer: nobody needs their files any more."""
        await self._connection.execute(delete(media).where(media.c.item_id.in_(names)))

    async def _find(self, *which: ColumnElement[bool]) -> list[StoredItem]:
        found = await self._connection.execute(select(*ITEM).where(*which, *_kept()))
        return [StoredItem(*tuple(row)) for row in found]


def _on_any_wall(column: ColumnElement[int]) -> ColumnElement[bool]:
    """True of every row; SQLite uses a key only when its first column is named."""
    return column.in_(select(wall.c.id))


def _kept() -> tuple[Any, ...]:
    in_range = (item.c.id >= FIRST, item.c.id < BEYOND)
    return (*in_range, item.c.kind == "notice", item.c.body.is_not(None))
