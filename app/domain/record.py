"""A post on a wall: everything that was said of it, merged so that order, repetition and server do not matter.

Each part is a join: the latest word of each server, the greatest version, the latest word on each reposter.
What is shown is a function of those parts (`settle`), so any order of the same arrivals ends in the same record.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from app.domain.arrival import Deleted, Posted, Reposted, Unreposted
from app.domain.identity import emoji_urls, media_urls, to_ms
from app.domain.moderation import Ruling, Status, judge
from app.domain.post import Counts, Post, RichText
from app.domain.wall import Wall

Version = tuple[int, bool, str, int, str]
"""(edited at in ms or 0, from the author's server, server, seen at in ms, digest of the content): greater is better."""

NO_COUNTS = Counts()

NEVER: Version = (-1, False, "", 0, "")

NAMED = 3
"""People named under a post; everybody else is a number."""

NO_TIME = 2**62
"""The time of a repost of which only the taking back was heard."""


@dataclass(slots=True)
class Sighting:
    """The last word of one server on a post, by the id it has there. Times are ms, 0 is never."""

    server: str
    local_id: str
    item_id: str | None
    origin: bool = False
    seen_ms: int = 0
    gone_ms: int = 0
    counts: Counts = NO_COUNTS

    @property
    def live(self) -> bool:
        """Whether the server still had it when last asked."""
        return self.seen_ms > self.gone_ms


@dataclass(slots=True)
class Reposter:
    """Somebody who passed a post on; `gone` once it was taken back."""

    author_key: str
    handle: str
    name: RichText
    at_ms: int
    seen_ms: int
    gone: bool = False


@dataclass(slots=True)
class Record:
    """A post on a wall with all that was said of it."""

    id: str
    key: str
    post: Post | None = None
    author_key: str = ""
    version: Version = NEVER
    sightings: dict[tuple[str, str], Sighting] = field(default_factory=dict)
    reposters: dict[str, Reposter] = field(default_factory=dict)
    decision: Ruling | None = None
    decided_digest: str = ""
    pinned: bool = False
    withheld: bool = False
    """Stored before a restart and not yet re-checked: shown to nobody."""
    author_gone_ms: int = 0
    # what follows from the above, kept to see what changed
    status: Status = "gone"
    rule: str = ""
    counts: Counts = NO_COUNTS
    seq: int = 0
    arrival_no: int | None = None
    shown_no: int | None = None


def observe(record: Record, said: Posted) -> None:
    """A server shows this post."""
    seen_ms = to_ms(said.seen_at)
    _sight(record, said, seen_ms)
    version = version_of(said.post, said.server, origin=said.origin, seen_ms=seen_ms)
    if version > record.version:
        record.version, record.post = version, said.post
        record.key, record.author_key = said.post.key, said.post.author.key


def forget(record: Record, said: Deleted) -> None:
    """A server has this post no more."""
    sighting = record.sightings.setdefault(
        (said.server, said.local_id), Sighting(said.server, said.local_id, record.id)
    )
    sighting.item_id = record.id
    sighting.origin = sighting.origin or said.origin
    sighting.gone_ms = max(sighting.gone_ms, to_ms(said.seen_at))


def pass_on(record: Record, said: Reposted) -> None:
    """Somebody passed this post on. Automated accounts, and people who opted out, are named nowhere."""
    if said.by.bot or said.by.group or said.by.opted_out:
        return
    seen_ms = to_ms(said.seen_at)
    at_ms = to_ms(said.at) if said.at else seen_ms
    _hear(record, Reposter(said.by.key, said.by.handle, said.by.name, at_ms, seen_ms))


def take_back(record: Record, said: Unreposted) -> None:
    """Somebody took a repost back."""
    word = Reposter(said.author_key, "", RichText(), NO_TIME, to_ms(said.seen_at), gone=True)
    _hear(record, word)


def _hear(record: Record, word: Reposter) -> None:
    """The later word counts; of two in one instant, the one that took it back."""
    known = record.reposters.get(word.author_key, word)
    later = max(known, word, key=lambda r: (r.seen_ms, r.gone, r.handle, r.name.text))
    at_ms = min(known.at_ms, word.at_ms)
    record.reposters[word.author_key] = replace(later, at_ms=at_ms)


def settle(record: Record, wall: Wall) -> None:
    """Derive what is shown from what was said; content that must not stay is dropped here."""
    if _must_erase(record, wall):
        record.post, record.key, record.author_key = None, "", ""
    record.counts = _counts(record)
    record.status, record.rule = _status(record, wall)


def content_digest(post: Post) -> str:
    """What a moderator decided on: an edit of text, warning, pictures or quote asks for a new decision."""
    return _digest(
        (
            post.body,
            post.warning,
            post.sensitive,
            [(m.url, m.preview) for m in post.media],
            post.quote and post.quote.body,
        )
    )


def named_reposters(record: Record) -> list[Reposter]:
    """The people named under a post: the first who passed it on."""
    there = (r for r in record.reposters.values() if not r.gone)
    return sorted(there, key=lambda r: (r.at_ms, r.author_key))[:NAMED]


def passed_on(record: Record) -> dict[str, Any]:
    """Who passed a post on: the count is the network's, or ours when we know more names."""
    if record.post is None:
        return {"count": 0, "by": []}
    names = [
        {"name": r.name.model_dump(mode="json"), "handle": r.handle}
        for r in named_reposters(record)
    ]
    ours = sum(not r.gone for r in record.reposters.values())
    return {"count": max(record.counts.reposts, ours), "by": names}


def pictures(record: Record) -> frozenset[str]:
    """Every picture that pages may ask for to show this record, those in the names of reposters too."""
    if record.post is None:
        return frozenset()
    names = (url for r in named_reposters(record) for url in emoji_urls(r.name))
    return media_urls(record.post).union(names)


def visible_part(record: Record) -> tuple[object, ...]:
    """What pages can see of a record: a change of it is a change of the wall."""
    if record.status == "gone":
        return ("gone",)
    shown = passed_on(record) if record.reposters else record.counts.reposts
    return (record.status, record.rule, record.version[4], record.counts, record.pinned, shown)


def kept_part(record: Record) -> tuple[object, ...]:
    """What is written down of a record beside its sightings and reposters."""
    decided = (record.decision, record.decided_digest, record.withheld)
    return (*visible_part(record), record.version, record.post is None, *decided)


def version_of(post: Post, server: str, *, origin: bool, seen_ms: int) -> Version:
    """The version that one server shows."""
    edited_ms = to_ms(post.edited_at) if post.edited_at else 0
    return edited_ms, origin, server, seen_ms, _post_digest(post)


def _sight(record: Record, said: Posted, seen_ms: int) -> None:
    place = (said.server, said.local_id)
    sighting = record.sightings.setdefault(place, Sighting(*place, record.id))
    sighting.item_id = record.id
    sighting.origin = sighting.origin or said.origin
    if seen_ms >= sighting.seen_ms:
        sighting.seen_ms, sighting.counts = seen_ms, _later_counts(sighting, said, seen_ms)
        if seen_ms > sighting.gone_ms:
            record.withheld = False


def _later_counts(sighting: Sighting, said: Posted, seen_ms: int) -> Counts:
    if seen_ms > sighting.seen_ms:
        return said.post.counts
    both = (
        sighting.counts,
        said.post.counts,
    )  # two words of one instant: the greater, whatever their order
    return Counts(**{name: max(getattr(c, name) for c in both) for name in Counts.model_fields})


def _status(record: Record, wall: Wall) -> tuple[Status, str]:
    if record.post is None or record.withheld or _withdrawn(record):
        return "gone", ""
    verdict = judge(record.post, wall.rules)
    if record.decision == "hidden":
        return "hidden", verdict.rule
    if record.decision == "approved" and record.decided_digest == content_digest(record.post):
        return "approved", verdict.rule
    return verdict.status, verdict.rule


def _must_erase(record: Record, wall: Wall) -> bool:
    post = record.post
    if post is None:
        return True
    if post.visibility != "public" or not set(post.hashtags) & set(wall.hashtags):
        return True
    return _withdrawn(record) and not _origin_may_have_it(record)


def _withdrawn(record: Record) -> bool:
    """Some server deleted it, or its author is gone, and the author's own server has not shown it since."""
    gone_ms = max((s.gone_ms for s in record.sightings.values()), default=0)
    gone_ms = max(gone_ms, record.author_gone_ms)
    if not gone_ms:
        return False
    return not any(s.origin and s.seen_ms > gone_ms for s in record.sightings.values())


def _origin_may_have_it(record: Record) -> bool:
    return any(
        s.origin and s.live and s.seen_ms > record.author_gone_ms for s in record.sightings.values()
    )


def _counts(record: Record) -> Counts:
    live = [s for s in record.sightings.values() if s.live]
    best = [s for s in live if s.origin] or live
    if not best:
        return Counts()
    if len(best) == 1:
        return best[0].counts
    return Counts(**{f: max(getattr(s.counts, f) for s in best) for f in Counts.model_fields})


def _post_digest(post: Post) -> str:
    raw = post.model_dump_json(exclude={"counts", "created_at"})  # fields in their fixed order
    return hashlib.blake2b(raw.encode(), digest_size=8).hexdigest()


def _digest(value: object) -> str:
    raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=_plain)
    return hashlib.blake2b(raw, digest_size=8).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, RichText):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)
