"""The store: what actions read and write, and what pages and sources read, over any SQL database.

`Store.write()` gives a `Transaction` (the actions' side), `Store.read()` a `Reading` at one moment.
"""

import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.record import Record, Sighting
from app.domain.wall import Wall
from app.domain.window import WINDOW
from app.errors import NotFoundError
from app.ports import KnownPost
from app.storage import rows, schema
from app.storage.database import Database
from app.storage.upsert import insert_once, upsert

Audience = Literal["public", "crew"]
Place = tuple[str, str]
"""(server, the id it uses)."""


@dataclass(frozen=True, slots=True)
class WallRow:
    """A wall and where its numbers stand."""

    id: int
    settings: Wall
    epoch: str
    seq: int
    arrivals: int
    shown: int

    def tip(self, audience: Audience) -> int:
        """The highest number that a post of this audience has."""
        return self.shown if audience == "public" else self.arrivals


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as the store gives it to the pages. `body` is JSON, None once it is gone."""

    id: str
    kind: str
    seq: int
    status: str
    body: str | None
    rule: str
    pinned: bool
    counts: str
    passed_on: str
    arrival_no: int | None
    shown_no: int | None


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


_ITEM = tuple(schema.item.c[name] for name in StoredItem.__slots__)


class Reading:
    """What can be asked of the store."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def slugs(self) -> Sequence[str]:
        """The walls, in the order they were made."""
        found = await self._connection.execute(
            select(schema.wall.c.slug).order_by(schema.wall.c.id)
        )
        return found.scalars().all()

    async def wall(self, slug: str, *, lock: bool = False) -> WallRow:
        """One wall; NotFoundError when there is none. `lock` orders concurrent writers of it."""
        query = select(schema.wall).where(schema.wall.c.slug == slug)
        row = (
            (await self._connection.execute(query.with_for_update() if lock else query))
            .mappings()
            .first()
        )
        if row is None:
            raise NotFoundError(f"There is no wall named {slug}.", hint="Check the address.")
        return _wall_row(row)

    async def window(self, wall: WallRow, audience: Audience) -> Sequence[StoredItem]:
        """Everything a new viewer is given."""
        item = schema.item.c
        number = item.shown_no if audience == "public" else item.arrival_no
        keep = [item.kind != "post", item.pinned, number > wall.tip(audience) - WINDOW]
        if audience == "crew":
            keep.append(item.status == "pending")
        query = select(*_ITEM).where(item.wall_id == wall.id, _visible(audience), or_(*keep))
        return await self._items(query.order_by(item.seq))

    async def changes(
        self, wall: WallRow, audience: Audience, after: int, *, limit: int
    ) -> Sequence[StoredItem] | None:
        """Items that changed after a seq and that this audience ever saw; None when more than `limit` did."""
        item = schema.item.c
        number = item.shown_no if audience == "public" else item.arrival_no
        ever_seen = or_(item.kind != "post", number.is_not(None))
        query = select(*_ITEM).where(item.wall_id == wall.id, item.seq > after, ever_seen)
        found = await self._items(query.order_by(item.seq).limit(limit + 1))
        return found if len(found) <= limit else None

    async def item(self, wall_id: int, id_: str) -> StoredItem | None:
        """One item, gone or not."""
        query = select(*_ITEM).where(schema.item.c.wall_id == wall_id, schema.item.c.id == id_)
        found = await self._items(query)
        return found[0] if found else None

    async def cursor(self, wall_id: int, source: str) -> str | None:
        """Where a source goes on."""
        query = select(schema.cursor.c.value).where(
            schema.cursor.c.wall_id == wall_id, schema.cursor.c.source == source
        )
        value: str | None = (await self._connection.execute(query)).scalar()
        return value

    async def picture(self, id_: str, audience: Audience) -> str | None:
        """The address of a picture that this audience may see now, on any wall; None for all others."""
        media, item = schema.media, schema.item
        joined = media.join(
            item, and_(item.c.wall_id == media.c.wall_id, item.c.id == media.c.item_id)
        )
        query = select(media.c.url).select_from(joined).where(media.c.id == id_, _visible(audience))
        url: str | None = (await self._connection.execute(query.limit(1))).scalar()
        return url

    async def known(self, wall: WallRow, server: str) -> Sequence[KnownPost]:
        """Posts of the public window (and those withheld) that `server` has named, newest first."""
        item, sighting = schema.item.c, schema.sighting.c
        in_window = or_(item.pinned, item.shown_no.is_(None), item.shown_no > wall.shown - WINDOW)
        query = _known(
            item.wall_id == wall.id,
            sighting.server == server,
            sighting.gone_ms < sighting.seen_ms,
            item.body.is_not(None),
            in_window,
        )
        found = await self._connection.execute(query.order_by(item.arrival_no.desc()))
        return [_known_post(row) for row in found.mappings()]

    async def known_by(self, wall_id: int, place: Place) -> KnownPost | None:
        """The post that a server calls by this id."""
        sighting = schema.sighting.c
        query = _known(
            sighting.wall_id == wall_id, sighting.server == place[0], sighting.local_id == place[1]
        )
        row = (await self._connection.execute(query)).mappings().first()
        return _known_post(row) if row else None

    async def sightings_of(self, wall_id: int, ids: Sequence[str]) -> Sequence[Sighting]:
        """What each server last said of these posts."""
        sighting = schema.sighting
        query = select(sighting).where(sighting.c.wall_id == wall_id, sighting.c.item_id.in_(ids))
        return [rows.sighting_of(r) for r in (await self._connection.execute(query)).mappings()]

    async def records(self, wall_id: int, ids: Iterable[str]) -> dict[str, Record]:
        """The posts with these ids, with all that was said of them; unknown ids are left out."""
        wanted = list(ids)
        found: dict[str, Record] = {}
        for start in range(
            0, len(wanted), 400
        ):  # below the parameter limit of old SQLite builds (999)
            await self._load(wall_id, wanted[start : start + 400], found)
        return found

    async def programme(self, wall_id: int) -> Sequence[str]:
        """The sessions, as JSON."""
        item = schema.item.c
        query = select(item.body).where(
            item.wall_id == wall_id, item.kind == "session", item.status == "approved"
        )
        return (await self._connection.execute(query)).scalars().all()

    async def changed_posts(self, wall_id: int, after: int, *, limit: int) -> Sequence[Record]:
        """Posts that changed after a seq, whole, by seq; at least all of the first of those seqs."""
        item = schema.item.c
        changed = select(item.id, item.seq).where(
            item.wall_id == wall_id, item.kind == "post", item.seq > after
        )
        found = (await self._connection.execute(changed.order_by(item.seq, item.id))).all()
        last = found[min(limit, len(found)) - 1].seq if found else after
        records = await self.records(wall_id, [row.id for row in found if row.seq <= last])
        return sorted(records.values(), key=lambda r: (r.seq, r.id))

    async def role_of(self, token_hash: str, now_ms: int) -> str | None:
        """The role of a session that has not ended."""
        session = schema.session.c
        query = select(session.role).where(
            session.token_hash == token_hash, session.expires_ms > now_ms
        )
        role: str | None = (await self._connection.execute(query)).scalar()
        return role

    async def _load(self, wall_id: int, ids: Sequence[str], into: dict[str, Record]) -> None:
        item, repost = schema.item, schema.repost
        query = select(item).where(
            item.c.wall_id == wall_id, item.c.kind == "post", item.c.id.in_(ids)
        )
        for row in (await self._connection.execute(query)).mappings():
            into[row["id"]] = rows.record_of(row)
        for sighting in await self.sightings_of(wall_id, ids):
            record = into.setdefault(
                str(sighting.item_id), Record(id=str(sighting.item_id), key="")
            )
            record.sightings[sighting.server, sighting.local_id] = sighting
        said = select(repost).where(repost.c.wall_id == wall_id, repost.c.item_id.in_(ids))
        for row in (await self._connection.execute(said)).mappings():
            record = into.setdefault(row["item_id"], Record(id=row["item_id"], key=""))
            record.reposters[row["author_key"]] = rows.reposter_of(row)

    async def _items(self, query: Select[Any]) -> Sequence[StoredItem]:
        return [StoredItem(*row) for row in await self._connection.execute(query)]


class Transaction(Reading):
    """What actions change. Nothing else writes."""

    async def make_wall(self, wall: Wall) -> WallRow:
        """A new, empty wall; the one that another process made at the same moment."""
        row = {
            "slug": wall.slug,
            "settings": wall.model_dump_json(),
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

    async def advance(self, wall_id: int, *, arrivals: int = 0, shown: int = 0) -> WallRow:
        """Take the next seq, and numbers for new posts."""
        c = schema.wall.c
        change = (
            update(schema.wall)
            .where(c.id == wall_id)
            .values(seq=c.seq + 1, arrivals=c.arrivals + arrivals, shown=c.shown + shown)
            .returning(schema.wall)
        )
        return _wall_row((await self._connection.execute(change)).mappings().one())

    async def put_item(self, wall_id: int, id_: str, kind: str, body: str | None, seq: int) -> None:
        """An item that is no post: a session, a notice, the wall's own settings. None takes it away."""
        status = "approved" if body is not None else "gone"
        row = {
            "wall_id": wall_id,
            "id": id_,
            "kind": kind,
            "seq": seq,
            "status": status,
            "body": body,
        }
        fixed = {"key": "", "author_key": "", "version": "[]", "rule": "", "decision": None}
        rest = {
            "decided_digest": "",
            "pinned": False,
            "withheld": False,
            "counts": "{}",
            "passed_on": "{}",
        }
        await self._upsert(
            schema.item, [{**row, **fixed, **rest, "arrival_no": None, "shown_no": None}]
        )

    async def others(self, wall_id: int) -> dict[str, StoredItem]:
        """Every item that is no post."""
        query = select(*_ITEM).where(schema.item.c.wall_id == wall_id, schema.item.c.kind != "post")
        return {i.id: i for i in await self._items(query)}

    async def save(self, wall_id: int, records: Sequence[Record]) -> None:
        """Write posts down."""
        await self._upsert(schema.item, [rows.item_row(wall_id, r) for r in records])

    async def save_media(self, wall_id: int, records: Sequence[Record]) -> None:
        """The pictures of these posts are those they show now, and no others."""
        media, ids = schema.media, [r.id for r in records]
        for start in range(0, len(ids), 400):
            some = media.c.item_id.in_(ids[start : start + 400])
            await self._connection.execute(delete(media).where(media.c.wall_id == wall_id, some))
        await self._upsert(media, rows.media_rows(wall_id, records))

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
        sighting, found = schema.sighting, {}
        for server in {p[0] for p in places}:
            ids = [p[1] for p in places if p[0] == server]
            query = select(sighting).where(
                sighting.c.wall_id == wall_id,
                sighting.c.server == server,
                sighting.c.local_id.in_(ids),
            )
            for row in (await self._connection.execute(query)).mappings():
                found[row["server"], row["local_id"]] = rows.sighting_of(row)
        return found

    async def authors_gone(self, wall_id: int, author_keys: Sequence[str]) -> dict[str, int]:
        """When accounts were gone, in ms."""
        gone = schema.author_gone
        query = select(gone.c.author_key, gone.c.gone_ms).where(
            gone.c.wall_id == wall_id, gone.c.author_key.in_(author_keys)
        )
        return {row.author_key: row.gone_ms for row in await self._connection.execute(query)}

    async def set_author_gone(self, wall_id: int, gone: dict[str, int]) -> None:
        """Remember that accounts are gone."""
        said = [{"wall_id": wall_id, "author_key": k, "gone_ms": ms} for k, ms in gone.items()]
        await self._upsert(schema.author_gone, said)

    async def posts_by(self, wall_id: int, author_keys: Sequence[str]) -> Sequence[str]:
        """The ids of the posts of these accounts."""
        item = schema.item.c
        query = select(item.id).where(item.wall_id == wall_id, item.author_key.in_(author_keys))
        return (await self._connection.execute(query)).scalars().all()

    async def unchecked(
        self, wall_id: int, before_ms: int, trusted: Sequence[str]
    ) -> Sequence[str]:
        """Visible posts that no server confirmed since `before_ms`, but for those of `trusted` servers."""
        item, sighting = schema.item.c, schema.sighting.c
        fresh = case((sighting.server.in_(trusted), before_ms), else_=sighting.seen_ms)
        confirmed = (
            select(sighting.item_id)
            .where(sighting.wall_id == wall_id, sighting.item_id.is_not(None))
            .group_by(sighting.item_id)
            .having(func.max(fresh) >= before_ms)
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

    async def add_sign_in(self, token_hash: str, expires_ms: int) -> None:
        """A one-time link."""
        await self._upsert(schema.sign_in, [{"token_hash": token_hash, "expires_ms": expires_ms}])

    async def use_sign_in(self, token_hash: str, now_ms: int) -> bool:
        """Take a one-time link; False when it was used before, is too old or never was."""
        link = schema.sign_in.c
        gone = await self._connection.execute(
            delete(schema.sign_in).where(link.token_hash == token_hash).returning(link.expires_ms)
        )
        expires_ms = gone.scalar()
        return expires_ms is not None and expires_ms > now_ms

    async def add_session(self, token_hash: str, role: str, expires_ms: int) -> None:
        """A moderator signed in."""
        row = {"token_hash": token_hash, "role": role, "expires_ms": expires_ms}
        await self._upsert(schema.session, [row])

    async def end_session(self, token_hash: str) -> None:
        """A moderator signed out."""
        await self._connection.execute(
            delete(schema.session).where(schema.session.c.token_hash == token_hash)
        )

    async def _upsert(self, table: Any, values: Sequence[rows.Row]) -> None:
        if values:
            await self._connection.execute(upsert(table, self._connection.dialect.name), values)


def _wall_row(row: Any) -> WallRow:
    settings = Wall.model_validate_json(row["settings"])
    return WallRow(row["id"], settings, row["epoch"], row["seq"], row["arrivals"], row["shown"])


def _visible(audience: Audience) -> Any:
    status = schema.item.c.status
    return status == "approved" if audience == "public" else status != "gone"


def _known(*conditions: Any) -> Select[Any]:
    item, sighting = schema.item, schema.sighting
    joined = sighting.join(
        item, and_(item.c.wall_id == sighting.c.wall_id, item.c.id == sighting.c.item_id)
    )
    columns = (
        item.c.key,
        sighting.c.server,
        sighting.c.local_id,
        sighting.c.origin,
        sighting.c.counts,
    )
    return select(*columns).select_from(joined).where(*conditions)


def _known_post(row: Any) -> KnownPost:
    counts = rows.counts_of(row["counts"])
    return KnownPost(row["key"], row["server"], row["local_id"], row["origin"], counts.reposts)
