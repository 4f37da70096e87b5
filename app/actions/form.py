"""What attendees write on a wall's own page: it arrives like any post, waits for a moderator, and can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app import metrics
from app.actions.arrivals import enter
from app.actions.context import Context
from app.domain.arrival import Batch, Deleted, Posted
from app.domain.identity import from_ms, item_id, media_urls
from app.domain.post import Post
from app.domain.submission import SERVER, local_id
from app.errors import NotFoundError, TooManyError
from app.storage.reading import Reading, StoredItem

SOURCE = "form"
WAITING_MOST = 500
"""Posts of the form that may wait on one wall: more than that nobody reads, and a flood must end somewhere."""
FULL_RETRY_S = 120.0

State = Literal["pending", "approved", "hidden", "gone"]


@dataclass(frozen=True, slots=True)
class Written:
    """A post as its writer sees it."""

    id: str
    state: State
    name: str = ""
    text: str = ""
    photo: bool = False
    created_at: datetime | None = None


async def submit(context: Context, slug: str, post: Post) -> Written:
    """Enter a post of the form. One that is there already, or was taken back, is left as it is.

    TooManyError when too many wait for a moderator.
    """
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        known = await tx.item(wall.id, item_id(post.key))
        if known is not None:
            return _written(known)
        await _check_room(tx, wall.id)
        said = Posted(
            server=SERVER,
            seen_at=context.clock.now(),
            post=post,
            local_id=local_id(post.key),
            origin=True,
        )
        change = await enter(context, tx, wall, Batch([said]))
        entered = await tx.item(wall.id, item_id(post.key))
    context.tell(change)
    metrics.arrivals.labels(slug, SOURCE).inc()
    return _written(entered) if entered else Written(item_id(post.key), "gone")


async def take_back(context: Context, slug: str, id_: str, author_key: str) -> frozenset[str]:
    """Erase a post for its writer; the addresses of its pictures, which are to be erased too.

    NotFoundError when there is no such post of this writer.
    """
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        record = (await tx.records(wall.id, [id_])).get(id_)
        if record is None or record.post is None or record.author_key != author_key:
            raise NotFoundError("That post is not here any more.", hint="Nothing was changed.")
        seen_ms = max(s.seen_ms for s in record.sightings.values())
        said = Deleted(
            server=SERVER,
            # a clock that went back must not make the taking back older than the post
            seen_at=max(context.clock.now(), from_ms(seen_ms)),
            local_id=local_id(record.key),
            key=record.key,
            origin=True,
        )
        pictures = media_urls(record.post)
        change = await enter(context, tx, wall, Batch([said]))
    context.tell(change)
    return pictures


async def written_by(context: Context, slug: str, author_key: str) -> Sequence[Written]:
    """The posts of one writer, newest first."""
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        items = await reading.written_by(wall.id, author_key)
    return [_written(item) for item in items]


async def known(context: Context, slug: str, key: str) -> Written | None:
    """The post with this key, when it was sent before."""
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        item = await reading.item(wall.id, item_id(key))
    return _written(item) if item else None


async def check_room(context: Context, slug: str) -> None:
    """TooManyError when too many posts of the form wait on this wall."""
    async with context.store.read() as reading:
        await _check_room(reading, (await reading.wall(slug)).id)


async def waiting(context: Context, slug: str) -> int:
    """How many posts of the form wait for a moderator."""
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        return await reading.waiting(wall.id, SOURCE)


async def _check_room(reading: Reading, wall_id: int) -> None:
    if await reading.waiting(wall_id, SOURCE) >= WAITING_MOST:
        raise TooManyError(
            "Very many posts wait for a moderator just now.",
            hint="Send yours again in a few minutes.",
            retry_after_s=FULL_RETRY_S,
        )


def _written(item: StoredItem) -> Written:
    if item.body is None:
        return Written(item.id, "gone")
    post = Post.model_validate_json(item.body)
    return Written(
        item.id,
        _state(item.status),
        post.author.name.text,
        post.body.text,
        bool(post.media),
        post.created_at,
    )


def _state(status: str) -> State:
    match status:
        case "pending" | "approved" | "hidden":
            return status
        case "copy":  # shown within another post that says the same
            return "approved"
    return "gone"
