"""What only many posts together tell: near copies, one person's pace, and the storm that makes Hallway ask for a look at all."""

from collections.abc import Iterable, Sequence

from app.actions.memory import MINUTE_MS, Memory, Storms
from app.actions.together import Together
from app.domain.gist import Neighbours, gist_of
from app.domain.identity import to_ms
from app.domain.moderation import judge
from app.domain.post import Post
from app.domain.record import Record
from app.domain.rules import Subject
from app.storage.queue import Queue

SEEDED = 500
"""Posts that are remembered again after a restart."""
FRESH_MS = 10 * MINUTE_MS
"""Older posts are fetched, not posted: the first look at a hashtag brings hundreds."""


class Around:
    """Looks at what came together with what came before."""

    def __init__(self, memory: Memory, together: Together) -> None:
        self._memory, self._together = memory, together
        self._counted = together.wall.policy.counted

    async def look(self, now_ms: int, new: Iterable[str]) -> set[str]:
        """Count what is around the posts that came, and around those that this moves; the ids of all that changed."""
        together, counted = self._together, self._counted
        slug = together.wall.settings.slug
        fresh = [r for r in _with_post(together, together.book.touched) if r.gist is None]
        changed: set[str] = set()
        if counted.any and fresh:
            neighbours = await self._neighbours()
            for record in fresh:
                _enter(neighbours, record)
            changed = await self._count(neighbours, fresh)
        storms = self._memory.storms.setdefault(slug, Storms())
        for record in _with_post(together, new):
            if _is_news(together, record, now_ms):
                storms.count(now_ms, counted.copies > 0 and record.copies >= counted.copies)
        return changed

    async def _count(self, neighbours: Neighbours, fresh: Sequence[Record]) -> set[str]:
        moved = {id_ for record in fresh for id_ in self._moved_by(neighbours, record)}
        others = moved - {r.id for r in fresh}
        await self._together.load(others)
        changed = set()
        for record in (*fresh, *_with_post(self._together, sorted(others))):
            if self._measure(neighbours, record):
                changed.add(record.id)
        return changed

    def _moved_by(self, neighbours: Neighbours, record: Record) -> set[str]:
        """The posts whose counts another post may still change."""
        author, gist, made_ms = _facts(record)
        near = neighbours.near(author, gist, made_ms).ids if gist else ()
        copied = self._memory.copied.without(near, self._counted.copies)
        theirs = neighbours.around(author, made_ms)
        return copied | self._memory.paced.without(theirs, self._counted.burst)

    def _measure(self, neighbours: Neighbours, record: Record) -> bool:
        """Counts only grow, and end where no rule asks further: a storm moves each of its posts a few times, not thousands."""
        counted, (author, gist, made_ms) = self._counted, _facts(record)
        near = neighbours.near(author, gist, made_ms).people if gist else 0
        copies = max(record.copies, min(near, counted.copies))
        burst = max(record.burst, min(self._pace(neighbours, record), counted.burst))
        grown = (copies, burst) != (record.copies, record.burst)
        record.copies, record.burst = copies, burst
        if copies >= counted.copies:
            self._memory.copied.end(record.id, counted.copies)
        if burst >= counted.burst:
            self._memory.paced.end(record.id, counted.burst)
        return grown

    def _pace(self, neighbours: Neighbours, record: Record) -> int:
        """Of what waits anyway the fullest minute around it counts: a flood's beginning waits with the rest of it.

        Of what is shown only the minute before: who writes too much later did nothing wrong before.
        """
        author, _, made_ms = _facts(record)
        before, fullest = neighbours.burst(author, made_ms), neighbours.fullest(author, made_ms)
        limit = self._counted.burst
        return fullest if before < limit <= fullest and self._waits(record) else before

    def _waits(self, record: Record) -> bool:
        """Whether a post waits for other reasons than its number."""
        policy, circle = self._together.wall.policy, self._together.book.circle
        if record.post is None:
            return False
        person = circle.of(record.author_key)
        return judge(Subject(record.post), policy, person, record.entered_ms).status == "pending"

    async def _neighbours(self) -> Neighbours:
        slug, walls = self._together.wall.settings.slug, self._memory.neighbours
        if slug not in walls:
            walls[slug] = neighbours = Neighbours()
            kept_before = Queue(self._together.tx).recent(self._together.wall.id, limit=SEEDED)
            for kept in await kept_before:
                made_ms = to_ms(Post.model_validate_json(kept.body).created_at)
                neighbours.add(kept.id, kept.author_key, kept.gist or 0, made_ms)
        return walls[slug]


def _enter(neighbours: Neighbours, record: Record) -> None:
    record.gist = gist_of(record.post) if record.post else None
    neighbours.add(record.id, *_facts(record))


def _facts(record: Record) -> tuple[str, int, int]:
    made_ms = to_ms(record.post.created_at) if record.post else 0
    return record.author_key, record.gist or 0, made_ms


def _with_post(together: Together, ids: Iterable[str]) -> list[Record]:
    records = together.book.records
    return [records[i] for i in ids if i in records and records[i].post is not None]


def _is_news(together: Together, record: Record, now_ms: int) -> bool:
    """Whether it was just written, by somebody who was never let through."""
    author, _, made_ms = _facts(record)
    person = together.book.circle.of(author)
    stranger = not person.standing and person.approved_ms is None
    return stranger and made_ms > now_ms - FRESH_MS
