"""A wall in the store as recording reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import orjson

from app.domain.arrival import Reposted
from app.domain.identity import from_ms
from app.domain.post import Author, Post
from app.domain.record import Record, Sighting, unnamed
from app.domain.wall import Session
from app.errors import NotFoundError
from app.recap.record import StoredPost
from app.recap.sharing import IDS_ONLY
from app.sources.replay.format import ReplayHeader, ReplaySession
from app.storage.people import People
from app.storage.store import Store

PAGE = 1_000

NOBODY = StoredPost(0, "", None, "hidden", "", "", origin=False)
"""A post that was gone before anything was told of it."""


@dataclass(slots=True)
class StoreWall:
    """One wall: its event, its tip, and posts by the seq of their last change."""

    store: Store
    slug: str
    event: ReplayHeader
    _named: dict[str, StoredPost] = field(default_factory=dict)
    """Under which key and server a post was told: a tombstone does not know any more."""

    @classmethod
    async def open(cls, store: Store, slug: str | None) -> "StoreWall":
        """The wall with this slug, or the first one. NotFoundError when there is none."""
        async with store.read() as reading:
            slugs = await reading.slugs()
            if slug is None and not slugs:
                raise NotFoundError(
                    "There is no wall to record.", hint="Start `hallway serve` first."
                )
            wall = await reading.wall(slug or slugs[0])
            programme = await reading.programme(wall.id)
        sessions = tuple(_session(body) for body in programme)
        event = ReplayHeader(
            title=wall.settings.title,
            hashtags=wall.settings.hashtags,
            place=wall.settings.place,
            started_at=datetime.now(UTC),
            sessions=sessions,
        )
        return cls(store, wall.settings.slug, event)

    async def tip(self) -> int:
        """The seq of the wall's last change."""
        async with self.store.read() as reading:
            return (await reading.wall(self.slug)).seq

    async def changes_after(self, seq: int) -> Sequence[StoredPost]:
        """Posts whose last change came after `seq`, by seq."""
        async with self.store.read() as reading:
            wall = await reading.wall(self.slug)
            records = await reading.changed_posts(wall.id, seq, limit=PAGE)
            blocked = await People(reading).circle(wall.id, ())
        for record in records:
            record.unnamed = frozenset(unnamed(record, wall.policy, blocked))
        return [self._stored(record) for record in records]

    def _stored(self, record: Record) -> StoredPost:
        place = _best(record)
        told = self._named.get(record.id)
        kept_out = record.post is not None and record.post.network in IDS_ONLY
        if record.post is None or place is None or record.status == "gone" or kept_out:
            return _gone(told or NOBODY, record.seq, erased=record.post is None)
        stored = StoredPost(
            seq=record.seq,
            key=record.key,
            post=record.post,
            # a copy is approved: played again, it finds its note again
            status="approved" if record.status == "copy" else record.status,
            server=place.server,
            local_id=place.local_id,
            origin=place.origin,
            reposts=_reposts(record, place.server),
        )
        self._named[record.id] = stored
        return stored


def _gone(told: StoredPost, seq: int, *, erased: bool) -> StoredPost:
    return replace(told, seq=seq, post=None, reposts=(), erased=erased)


def _best(record: Record) -> Sighting | None:
    return max(record.sightings.values(), key=lambda s: (s.origin, s.live, s.server), default=None)


def _reposts(record: Record, server: str) -> list[Reposted]:
    """Who passed it on. Who is named on no wall is named in no recording either."""
    post: Post | None = record.post
    network = post.network if post else ""
    return [
        Reposted(
            server=server,
            seen_at=from_ms(r.seen_ms),
            key=record.key,
            by=Author(key=r.author_key, network=network, handle=r.handle, name=r.name),
            at=from_ms(r.at_ms),
        )
        for key, r in record.reposters.items()
        if not r.gone and key not in record.unnamed
    ]


def _session(body: str) -> ReplaySession:
    return ReplaySession(**Session(**orjson.loads(body)).model_dump())
