"""What actions change in the store. Nothing else writes."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Executable, delete, select, update

from app.domain.desk import Desk
from app.domain.identity import account_digest
from app.domain.notice import NoticeStatus
from app.domain.record import Record, Sighting
from app.domain.wall import Wall
from app.storage import rows, schema, statements
from app.storage.reading import ERASING, ITEM, Mark, Place, Reading, StoredItem, WallRow, wall_row
from app.storage.upsert import insert_once, upsert


class Transaction(Reading):
    """What actions change. Nothing else writes."""

    async def make_wall(self, wall: Wall, desk: Desk) -> WallRow:
        """A new, empty wall; the one that another process made at the same moment."""
        row = {
            "slug": wall.slug,
            "settings": wall.model_dump_json(),
            "desk": desk.model_dump_json(),
            "epoch": secrets.token_urlsafe(9),
            "seq": 0,
            "arrivals": 0,
            "shown": 0,
        }
        once = insert_once(schema.wall, self._connection.dialect.name, "slug")
        await self._connection.execute(once, row)
        return await self.wall(wall.slug, lock=True)

    async def set_wall(self, wall_id: int, wall: Wall) -> None:
        """Change a wall's settings."""
        change = update(schema.wall).where(schema.wall.c.id == wall_id)
        await self._connection.execute(change.values(settings=wall.model_dump_json()))

    async def set_desk(self, wall_id: int, desk: Desk) -> None:
        """Change what the crew set for a wall."""
        change = update(schema.wall).where(schema.wall.c.id == wall_id)
        await self._connection.execute(change.values(desk=desk.model_dump_json()))

    async def advance(self, wall_id: int, *, arrivals: int = 0, shown: int = 0) -> WallRow:
        """Take the next seq, and numbers for new posts."""
        steps = {"on_wall": wall_id, "more_arrivals": arrivals, "more_shown": shown}
        changed = await self._connection.execute(statements.ADVANCE, steps)
        return wall_row(changed.mappings().one())

    async def put_item(
        self,
        wall_id: int,
        id_: str,
        kind: str,
        body: str | None,
        seq: int,
        *,
        status: NoticeStatus = "approved",
        shown_no: int | None = None,
    ) -> None:
        """An item that is no post: a session, a notice, the wall's own settings. None takes it away.

        `shown_no` is not None once the public has seen it, for kinds that can wait.
        """
        row = {
            "wall_id": wall_id,
            "id": id_,
            "kind": kind,
            "seq": seq,
            "status": "gone" if body is None else status,
            "body": body,
        }
        fixed = {"key": "", "author_key": "", "version": "[]", "rule": "", "decision": None}
        rest = {
            "decided_digest": "",
            "pinned": False,
            "withheld": False,
            "counts": "{}",
            "passed_on": "{}",
            "pin": False,
            "apart": False,
            "nameless": False,
            "also": "[]",
            "entered_ms": 0,
            "copies": 0,
            "burst": 0,
            "later_ms": 0,
            "reason": "",
        }
        rest |= dict.fromkeys(("copy_of", "voice_address", "voice_note", "gist"))
        await self._upsert(
            schema.item, [{**row, **fixed, **rest, "arrival_no": None, "shown_no": shown_no}]
        )

    async def others(self, wall_id: int) -> dict[str, StoredItem]:
        """Every item that is no post."""
        query = select(*ITEM).where(schema.item.c.wall_id == wall_id, schema.item.c.kind != "post")
        return {i.id: i for i in await self._items(query)}

    async def save(self, wall_id: int, records: Sequence[Record]) -> None:
        """Write posts down."""
        await self._upsert(schema.item, [rows.item_row(wall_id, r) for r in records])

    async def save_quotes(self, wall_id: int, records: Sequence[Record]) -> None:
        """What these posts quote is what they say now, and nothing else."""
        none = [r.id for r in records if r.quote is None]
        await self._each(statements.NO_QUOTES, wall_id, none)
        some = [(r, r.quote, r.post and r.post.quote) for r in records if r.quote]
        found = [rows.quote_row(wall_id, r.id, q, shown=bool(shown)) for r, q, shown in some]
        await self._upsert(schema.quote, found)

    async def drop_reposters(self, wall_id: int, ids: Sequence[str]) -> None:
        """Forget who passed these posts on."""
        await self._each(statements.NO_REPOSTS, wall_id, ids)

    async def drop_reposts_by(self, wall_id: int, author_keys: Sequence[str]) -> None:
        """Forget what these accounts passed on."""
        await self._each(statements.NO_REPOSTS_BY, wall_id, author_keys)

    async def save_media(
        self, wall_id: int, records: Sequence[Record], *, bare: Collection[str] = ()
    ) -> None:
        """The pictures of these posts are those they show now, and no others. `bare` ids had none before."""
        ids = [r.id for r in records if r.id not in bare]
        await self._each(statements.NO_MEDIA, wall_id, ids)
        await self._upsert(schema.media, rows.media_rows(wall_id, records))

    async def save_sightings(self, wall_id: int, sightings: Iterable[Sighting]) -> None:
        """Write down what servers said."""
        await self._upsert(schema.sighting, [rows.sighting_row(wall_id, s) for s in sightings])

    async def save_reposters(
        self, wall_id: int, record: Record, author_keys: Iterable[str]
    ) -> None:
        """Write down who passed a post on or took that back."""
        said = [rows.reposter_row(wall_id, record.id, record.reposters[k]) for k in author_keys]
        await self._upsert(schema.repost, said)

    async def sightings_at(self, wall_id: int, places: Sequence[Place]) -> dict[Place, Sighting]:
        """What is known under these ids of servers."""
        found = {}
        for server in {p[0] for p in places}:
            ids = [p[1] for p in places if p[0] == server]
            asked = {"on_wall": wall_id, "on_server": server, "ids": ids}
            for row in (await self._connection.execute(statements.SIGHTINGS_AT, asked)).mappings():
                found[row["server"], row["local_id"]] = rows.sighting_of(row)
        return found

    async def authors_gone(self, wall_id: int, author_keys: Sequence[str]) -> dict[str, int]:
        """When accounts were gone, in ms."""
        digests = {account_digest(key): key for key in author_keys}
        asked = {"on_wall": wall_id, "ids": list(digests)}
        found = await self._connection.execute(statements.AUTHORS_GONE, asked)
        return {digests[row.author_key]: row.gone_ms for row in found}

    async def set_author_gone(self, wall_id: int, gone: dict[str, int]) -> None:
        """Remember that accounts are gone."""
        said = [
            {"wall_id": wall_id, "author_key": account_digest(key), "gone_ms": ms}
            for key, ms in gone.items()
        ]
        await self._upsert(schema.author_gone, said)

    async def posts_with(self, wall_id: int, author_keys: Sequence[str]) -> Sequence[str]:
        """The ids of the posts that these accounts wrote, passed on, or are quoted in."""
        return await self._ids(statements.POSTS_WITH, wall_id, author_keys)

    async def unchecked(self, wall_id: int, before_ms: int) -> Sequence[str]:
        """Visible posts that no server confirmed since `before_ms`."""
        item, sighting = schema.item.c, schema.sighting.c
        confirmed = select(sighting.item_id).where(
            sighting.wall_id == wall_id,
            sighting.item_id.is_not(None),
            sighting.seen_ms >= before_ms,
        )
        query = select(item.id).where(
            item.wall_id == wall_id,
            item.kind == "post",
            item.status != "gone",
            item.id.not_in(confirmed),
        )
        return (await self._connection.execute(query)).scalars().all()

    async def set_cursor(self, wall_id: int, source: str, value: str) -> None:
        """Where a source goes on after a restart."""
        await self._upsert(schema.cursor, [{"wall_id": wall_id, "source": source, "value": value}])

    async def mark_erased(self, wall_id: int) -> None:
        """Remember, with the erasure itself, that its traces are still to be removed from the files."""
        await self.set_cursor(wall_id, ERASING, secrets.token_hex(8))

    async def unmark_erased(self, marks: Collection[Mark]) -> None:
        """The traces are gone; what was marked anew meanwhile stays marked."""
        cursor = schema.cursor.c
        for wall_id, value in marks:
            done = (cursor.wall_id == wall_id, cursor.source == ERASING, cursor.value == value)
            await self._connection.execute(delete(schema.cursor).where(*done))

    async def _each(self, change: Executable, wall_id: int, wanted: Sequence[str]) -> None:
        for start in range(0, len(wanted), 400):
            asked = {"on_wall": wall_id, "ids": wanted[start : start + 400]}
            await self._connection.execute(change, asked)

    async def _upsert(self, table: Any, values: Sequence[rows.Row]) -> None:
        if values:
            await self._connection.execute(upsert(table, self._connection.dialect.name), values)
