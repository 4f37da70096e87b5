"""The queue of a wall and what is looked for in it: who waits and why, what is kept, who wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, union

from app.domain.identity import account_digest
from app.storage.reading import ITEM, Reading, StoredItem
from app.storage.schema import item, quote, repost


@dataclass(frozen=True, slots=True)
class Judged:
    """A post as the rules see it. `body` is JSON."""

    id: str
    status: str
    entered_ms: int
    body: str
    copies: int
    burst: int


@dataclass(frozen=True, slots=True)
class Recent:
    """A post by which newer ones are measured."""

    id: str
    author_key: str
    gist: int | None
    body: str


@dataclass(frozen=True, slots=True)
class Passer:
    """Somebody who passed a post on. `name` is JSON."""

    item_id: str
    author_key: str
    handle: str
    name: str


class Queue:
    """What can be asked of the posts of a wall beside the live window."""

    def __init__(self, tx: Reading) -> None:
        self._connection = tx.connection

    async def waiting_for(self, wall_id: int, reason: str, *, limit: int) -> Sequence[str]:
        """The posts that wait for a reason, newest first."""
        query = select(item.c.id).where(*_posts(wall_id), item.c.status == "pending")
        query = query.where(item.c.reason == reason).order_by(item.c.arrival_no.desc())
        return (await self._connection.execute(query.limit(limit))).scalars().all()

    async def waiting_by_reason(self, wall_id: int) -> dict[str, int]:
        """How many posts wait for each reason."""
        query = select(item.c.reason, func.count()).where(
            *_posts(wall_id), item.c.status == "pending"
        )
        rows: Any = await self._connection.execute(query.group_by(item.c.reason))
        return {str(reason): int(count) for reason, count in rows}

    async def entered_since(self, wall_id: int, since_ms: int) -> Sequence[str]:
        """The posts that entered at that moment or later."""
        query = select(item.c.id).where(*_posts(wall_id), item.c.entered_ms >= since_ms)
        return (await self._connection.execute(query)).scalars().all()

    async def judged(self, wall_id: int) -> Sequence[Judged]:
        """All posts that are kept, newest first."""
        columns = (item.c[name] for name in Judged.__slots__)
        query = select(*columns).where(*_posts(wall_id), item.c.body.is_not(None))
        rows = await self._connection.execute(query.order_by(item.c.arrival_no.desc()))
        return [Judged(*tuple(row)) for row in rows]

    async def passers(self, wall_id: int) -> Sequence[Passer]:
        """Everybody who passed a post on, and did not take that back."""
        columns = (repost.c[name] for name in Passer.__slots__)
        query = select(*columns).where(repost.c.wall_id == wall_id, repost.c.gone.is_(False))
        return [Passer(*tuple(row)) for row in await self._connection.execute(query)]

    async def recent(self, wall_id: int, *, limit: int) -> Sequence[Recent]:
        """The newest posts, oldest first."""
        columns = (item.c[name] for name in Recent.__slots__)
        query = select(*columns).where(*_posts(wall_id), item.c.body.is_not(None))
        rows = await self._connection.execute(query.order_by(item.c.arrival_no.desc()).limit(limit))
        return [Recent(*tuple(row)) for row in rows][::-1]

    async def page(
        self, wall_id: int, *, status: str, reason: str, before: int | None, limit: int
    ) -> Sequence[StoredItem]:
        """Posts newest first, below the number `before`; empty words ask for all."""
        query: Select[Any] = select(*ITEM).where(
            *_posts(wall_id), item.c.body.is_not(None), item.c.status != "gone"
        )
        for column, wanted in ((item.c.status, status), (item.c.reason, reason)):
            query = query.where(column == wanted) if wanted else query
        if before is not None:
            query = query.where(item.c.arrival_no < before)
        rows = await self._connection.execute(query.order_by(item.c.arrival_no.desc()).limit(limit))
        return [StoredItem(*tuple(row)) for row in rows]

    async def authors(self, wall_id: int) -> Sequence[str]:
        """The keys of all who wrote, passed on or are quoted."""
        query = union(
            *(
                select(table.c.author_key).where(table.c.wall_id == wall_id).distinct()
                for table in (item, repost, quote)
            )
        )
        return (await self._connection.execute(query)).scalars().all()

    async def key_of(self, wall_id: int, digest: str) -> str | None:
        """The account whose key has this digest, if anything of it is kept."""
        keys = await self.authors(wall_id)
        return next((key for key in keys if key and account_digest(key) == digest), None)


def _posts(wall_id: int) -> tuple[Any, ...]:
    return item.c.wall_id == wall_id, item.c.kind == "post"
