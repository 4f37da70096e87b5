"""What can be asked of the store: walls, their items, and what servers said of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Select, and_, func, not_, or_, select

from app.domain.desk import Desk
from app.domain.moderation import Policy
from app.domain.post import Quote
from app.domain.record import Record, Sighting
from app.domain.voice import Voice
from app.domain.wall import Audience, Wall
from app.domain.window import WINDOW
from app.errors import NotFoundError
from app.ports import KnownPost
from app.storage import rows, schema, statements
from app.storage.database import Executes

Place = tuple[str, str]
"""(server, the id it uses)."""

Mark = tuple[int, str]
"""(wall, a random value): something of the wall was erased, and its traces may still be in the files."""

ERASING = "erasing"
"""Under this name that work is among the cursors: it goes on after a restart like a source. No source is named so."""


@dataclass(frozen=True, slots=True)
class WallRow:
    """A wall and where its numbers stand."""

    id: int
    settings: Wall
    epoch: str
    seq: int
    arrivals: int
    shown: int
    desk: Desk
    policy: Policy

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
    apart: bool
    copy_of: str | None
    also: str
    reason: str
    later_ms: int


@dataclass(frozen=True, slots=True)
class Voiced:
    """How many posts share a digest of a voice, and the ids of the first and the last of them."""

    digest: int
    posts: int
    first: str
    last: str


ITEM = tuple(schema.item.c[name] for name in StoredItem.__slots__)


class Reading:
    """What can be asked of the store."""

    def __init__(self, connection: Executes) -> None:
        self._connection = connection

    @property
    def connection(self) -> Executes:
        """For what is asked in a file of its own: the crew, screens, people, the log."""
        return self._connection

    async def slugs(self) -> Sequence[str]:
        """The walls, in the order they were made."""
        found = await self._connection.execute(
            select(schema.wall.c.slug).order_by(schema.wall.c.id)
        )
        return found.scalars().all()

    async def wall(self, slug: str, *, lock: bool = False) -> WallRow:
        """One wall; NotFoundError when there is none. `lock` orders concurrent writers of it."""
        query = statements.LOCKED_WALL if lock else statements.WALL
        row = (await self._connection.execute(query, {"slug": slug})).mappings().first()
        if row is None:
            raise NotFoundError(f"There is no wall named {slug}.", hint="Check the address.")
        return wall_row(row)

    async def window(self, wall: WallRow, audience: Audience) -> Sequence[StoredItem]:
        """Everything a new viewer is given."""
        item = schema.item.c
        number = item.shown_no if audience == "public" else item.arrival_no
        keep = [item.kind != "post", item.pinned, number > wall.tip(audience) - WINDOW]
        if audience == "crew":
            keep.append(item.status == "pending")
        query = select(*ITEM).where(item.wall_id == wall.id, _visible(audience), or_(*keep))
        return await self._items(query.order_by(item.seq))

    async def changes(
        self, wall: WallRow, audience: Audience, after: int, *, limit: int
    ) -> Sequence[StoredItem] | None:
        """Items that changed after a seq and that this audience ever saw; None when more than `limit` did."""
        item = schema.item.c
        query = select(*ITEM).where(item.wall_id == wall.id, item.seq > after, _ever_seen(audience))
        found = await self._items(query.order_by(item.seq).limit(limit + 1))
        return found if len(found) <= limit else None

    async def latest(
        self, wall: WallRow, audience: Audience, *, limit: int
    ) -> Sequence[StoredItem]:
        """The items that changed last and that this audience ever saw, oldest change first."""
        item = schema.item.c
        query = select(*ITEM).where(item.wall_id == wall.id, _ever_seen(audience))
        return (await self._items(query.order_by(item.seq.desc()).limit(limit)))[::-1]

    async def item(self, wall_id: int, id_: str) -> StoredItem | None:
        """One item, gone or not."""
        query = select(*ITEM).where(schema.item.c.wall_id == wall_id, schema.item.c.id == id_)
        found = await self._items(query)
        return found[0] if found else None

    async def cursor(self, wall_id: int, source: str) -> str | None:
        """Where a source goes on."""
        query = select(schema.cursor.c.value).where(
            schema.cursor.c.wall_id == wall_id, schema.cursor.c.source == source
        )
        value: str | None = (await self._connection.execute(query)).scalar()
        return value

    async def erased(self) -> Sequence[Mark]:
        """Erasures whose traces were not removed yet."""
        cursor = schema.cursor.c
        query = select(cursor.wall_id, cursor.value).where(cursor.source == ERASING)
        return [(row.wall_id, row.value) for row in await self._connection.execute(query)]

    async def pictures_among(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids of pictures that a post or notice of any wall has, shown or not."""
        media = schema.media.c
        found: set[str] = set()
        for start in range(0, len(ids), 400):
            query = select(media.id).where(media.id.in_(ids[start : start + 400])).distinct()
            found.update((await self._connection.execute(query)).scalars())
        return found

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
        """Posts of the public window (and those withheld) that `server` has named: pinned first, then newest."""
        query = _known(*_named(wall, server), _in_window(wall))
        item = schema.item.c
        found = await self._connection.execute(
            query.order_by(item.pinned.desc(), item.arrival_no.desc())
        )
        return [_known_post(row) for row in found.mappings()]

    async def known_aside(
        self, wall: WallRow, server: str, *, after: str, limit: int
    ) -> Sequence[KnownPost]:
        """Posts that `server` has named and that are beyond the public window, by their local ids."""
        local_id = schema.sighting.c.local_id
        query = _known(*_named(wall, server), not_(_in_window(wall)), local_id > after)
        found = await self._connection.execute(query.order_by(local_id).limit(limit))
        return [_known_post(row) for row in found.mappings()]

    async def known_reposters(self, wall: WallRow, server: str) -> Sequence[tuple[str, str]]:
        """Who passed on posts of the public window that `server` has named: account key and local id, in their order."""
        repost, sighting, item = schema.repost.c, schema.sighting.c, schema.item.c
        joined = schema.repost.join(
            schema.item, and_(item.wall_id == repost.wall_id, item.id == repost.item_id)
        ).join(
            schema.sighting,
            and_(sighting.wall_id == repost.wall_id, sighting.item_id == repost.item_id),
        )
        query = (
            select(repost.author_key, sighting.local_id)
            .select_from(joined)
            .where(*_named(wall, server), _in_window(wall), not_(repost.gone))
            .order_by(repost.author_key, sighting.local_id)
        )
        found = await self._connection.execute(query)
        return [(row.author_key, row.local_id) for row in found]

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
        asked = {"on_wall": wall_id, "ids": ids}
        found = await self._connection.execute(statements.SIGHTINGS_OF, asked)
        return [rows.sighting_of(r) for r in found.mappings()]

    async def records(self, wall_id: int, ids: Iterable[str]) -> dict[str, Record]:
        """The posts with these ids, with all that was said of them; unknown ids are left out."""
        wanted = list(ids)
        found: dict[str, Record] = {}
        for start in range(
            0, len(wanted), 400
        ):  # below the parameter limit of old SQLite builds (999)
            await self._load(wall_id, wanted[start : start + 400], found)
        return found

    async def voiced(self, wall_id: int, voices: Iterable[Voice]) -> Sequence[Voiced]:
        """Who shares a digest with these voices."""
        wanted = list(voices)
        found: list[Voiced] = []
        for start in range(0, len(wanted), 400):
            some = wanted[start : start + 400]
            asked = {
                "on_wall": wall_id,
                "addresses": sorted({v.address for v in some if v.address is not None}),
                "notes": sorted({v.note for v in some if v.note is not None}),
            }
            rows_ = await self._connection.execute(statements.VOICED, asked)
            found += [Voiced(*tuple(row)) for row in rows_]
        return found

    async def with_voices(self, wall_id: int, digests: Sequence[int]) -> Sequence[str]:
        """The ids of the posts that have one of these digests."""
        return await self._ids(statements.WITH_VOICES, wall_id, digests)

    async def quoting(self, wall_id: int, ids: Sequence[str]) -> Sequence[str]:
        """The ids of the posts that quote one of these."""
        return await self._ids(statements.QUOTING, wall_id, ids)

    async def written_by(self, wall_id: int, author_key: str) -> Sequence[StoredItem]:
        """The posts of one author, newest first."""
        item = schema.item.c
        query = select(*ITEM).where(item.wall_id == wall_id, item.author_key == author_key)
        return await self._items(query.order_by(item.arrival_no.desc()))

    async def waiting(self, wall_id: int, network: str) -> int:
        """How many posts wait whose authors' keys begin with the name of this network."""
        item = schema.item.c
        query = select(func.count()).where(
            item.wall_id == wall_id,
            item.author_key.startswith(f"{network}:"),
            item.status == "pending",
        )
        return int((await self._connection.execute(query)).scalar_one())

    async def picture_addresses(self, scheme: str) -> frozenset[str]:
        """The addresses of this scheme that posts and notices of any wall still have."""
        query = select(schema.media.c.url).where(schema.media.c.url.startswith(scheme))
        return frozenset((await self._connection.execute(query)).scalars())

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

    async def _load(self, wall_id: int, ids: Sequence[str], into: dict[str, Record]) -> None:
        asked = {"on_wall": wall_id, "ids": ids}
        for row in (await self._connection.execute(statements.POSTS, asked)).mappings():
            into[row["id"]] = rows.record_of(row)
        for sighting in await self.sightings_of(wall_id, ids):
            record = into.setdefault(
                str(sighting.item_id), Record(id=str(sighting.item_id), key="")
            )
            record.sightings[sighting.server, sighting.local_id] = sighting
        for row in (await self._connection.execute(statements.QUOTES, asked)).mappings():
            if row["body"]:
                into[row["item_id"]].quote = Quote.model_validate_json(row["body"])
        for row in (await self._connection.execute(statements.REPOSTS, asked)).mappings():
            record = into.setdefault(row["item_id"], Record(id=row["item_id"], key=""))
            record.reposters[row["author_key"]] = rows.reposter_of(row)

    async def _ids(self, query: Executable, wall_id: int, wanted: Sequence[Any]) -> Sequence[str]:
        found: list[str] = []
        for start in range(0, len(wanted), 400):
            asked = {"on_wall": wall_id, "ids": wanted[start : start + 400]}
            found += (await self._connection.execute(query, asked)).scalars()
        return found

    async def _items(self, query: Select[Any]) -> Sequence[StoredItem]:
        return [StoredItem(*tuple(row)) for row in await self._connection.execute(query)]


def wall_row(row: Any) -> WallRow:
    settings, desk, policy = _made_ready(row["settings"], row["desk"])
    numbers = (row["epoch"], row["seq"], row["arrivals"], row["shown"])
    return WallRow(row["id"], settings, *numbers, desk, policy)


@lru_cache(64)
def _made_ready(settings: str, desk: str) -> tuple[Wall, Desk, Policy]:
    """Read once for each version: every transaction asks for its wall."""
    wall, set_by_crew = Wall.model_validate_json(settings), Desk.model_validate_json(desk)
    return wall, set_by_crew, Policy(wall, set_by_crew)


def _visible(audience: Audience) -> Any:
    status = schema.item.c.status
    return status == "approved" if audience == "public" else status != "gone"


def _ever_seen(audience: Audience) -> Any:
    item = schema.item.c
    if audience == "crew":
        return or_(item.kind != "post", item.arrival_no.is_not(None))
    # a notice may wait for its start, and until then the public does not learn that there is one
    return or_(item.kind.not_in(("post", "notice")), item.shown_no.is_not(None))


def _named(wall: WallRow, server: str) -> tuple[Any, ...]:
    """Posts that are kept, and that a server names as its own."""
    item, sighting = schema.item.c, schema.sighting.c
    live = sighting.gone_ms < sighting.seen_ms
    return item.wall_id == wall.id, sighting.server == server, live, item.body.is_not(None)


def _in_window(wall: WallRow) -> Any:
    """On display, or waiting to be confirmed after a restart."""
    item = schema.item.c
    newest = item.shown_no > wall.shown - WINDOW
    return or_(item.pinned, item.withheld, item.shown_no.is_(None), newest)


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
