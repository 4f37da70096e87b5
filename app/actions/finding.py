"""What a moderator asks about posts: everything kept is searched, and all that is known of one is told."""

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.actions.context import Context
from app.actions.log import Entry
from app.domain.identity import account_digest
from app.domain.moderation import Verdict, reasons
from app.domain.people import Person
from app.domain.post import Post
from app.domain.rules import Subject
from app.errors import NotFoundError
from app.storage.log import Log
from app.storage.people import People
from app.storage.queue import Queue
from app.storage.reading import StoredItem

PAGE = 60
READ = 500
"""Posts that are read at a time while a search goes on."""
EARLIER = 12
HISTORY = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a search, newest first, and how many wait for each reason."""

    items: Sequence[StoredItem]
    more: bool
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class About:
    """Everything known of one post."""

    post: Post
    found_on: Sequence[str]
    reasons: Sequence[Verdict]
    person: Person
    by_status: Mapping[str, int]
    """How many posts of that person there are, by status."""
    earlier: Sequence[StoredItem]
    history: Sequence[Entry]
    copies: int
    burst: int


async def find(
    context: Context,
    slug: str,
    *,
    words: str = "",
    status: str = "",
    reason: str = "",
    before: int | None = None,
) -> Found:
    """Search all that is kept. `before` is the `arrival_no` under which to go on."""
    wanted = fold(words).split()
    found: list[StoredItem] = []
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        counts = await Queue(reading).waiting_by_reason(wall.id)
    while len(found) <= PAGE:
        async with context.store.read() as reading:
            page = await Queue(reading).page(
                wall.id, status=status, reason=reason, before=before, limit=READ
            )
        found += await asyncio.to_thread(_matching, page, wanted)
        if len(page) < READ:
            break
        before = page[-1].arrival_no
    return Found(found[:PAGE], len(found) > PAGE, counts)


async def about(context: Context, slug: str, id_: str) -> About:
    """All that is known of a post. NotFoundError when it is gone."""
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        record = (await reading.records(wall.id, [id_])).get(id_)
        if record is None or record.post is None or record.status == "gone":
            raise NotFoundError("That post is not on this wall any more.")
        person = await People(reading).of(wall.id, account_digest(record.author_key))
        theirs = await reading.written_by(wall.id, record.author_key)
        lines = await Log(reading).about(wall.id, id_, limit=HISTORY)
        undone = await Log(reading).undone(wall.id, [line.id for line in lines])
    others = [item for item in theirs if item.id != id_ and item.body is not None]
    subject = Subject(record.post, record.copies, record.burst)
    return About(
        post=record.post,
        found_on=sorted({s.server for s in record.sightings.values() if s.live}),
        reasons=reasons(subject, wall.policy, person, record.entered_ms),
        person=person,
        by_status={s: sum(i.status == s for i in others) for s in {i.status for i in others}},
        earlier=others[:EARLIER],
        history=[Entry(line, line.id in undone) for line in lines],
        copies=record.copies,
        burst=record.burst,
    )


def fold(text: str) -> str:
    """Text as it is searched: capitals, widths and accents make no difference."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


def _matching(items: Sequence[StoredItem], words: Sequence[str]) -> list[StoredItem]:
    return [item for item in items if _matches(item, words)]


def _matches(item: StoredItem, words: Sequence[str]) -> bool:
    if not words or item.body is None:
        return item.body is not None
    post = Post.model_validate_json(item.body)
    said = (post.author.name.text, post.author.handle, post.body.text, post.warning)
    text = fold("\n".join((*said, *(media.alt for media in post.media))))
    return all(word in text for word in words)
