"""A post on a wall: everything that was said of it, merged so that order, repetition and server do not matter.

Each part is a join: the latest word of each server, the greatest version, the latest word on each reposter.
What is shown is a function of those parts (`settle`), so any order of the same arrivals ends in the same record.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import orjson

from app.domain.arrival import Deleted, Posted, Reposted, Unreposted
from app.domain.identity import emoji_urls, media_urls, to_ms
from app.domain.moderation import BLOCKED, Policy, Ruling, Status, judge
from app.domain.people import Circle, Person
from app.domain.post import Counts, Post, Quote, RichText
from app.domain.rules import Subject
from app.domain.voice import NO_VOICE, Voice, voice_of
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


class Named(NamedTuple):
    """Somebody who is named under a post."""

    name: RichText
    handle: str


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Who passed a note on: how many, and the first of them."""

    count: int = 0
    by: tuple[Named, ...] = ()


NOBODY = PassedOn()


class Also(NamedTuple):
    """Where else the same note is."""

    network: str
    url: str
    handle: str


@dataclass(slots=True)
class Record:
    """A post on a wall with all that was said of it."""

    id: str
    key: str
    post: Post | None = None
    """With its quote only while that may be shown."""
    quote: Quote | None = None
    """What it quotes, shown or not."""
    author_key: str = ""
    version: Version = NEVER
    sightings: dict[tuple[str, str], Sighting] = field(default_factory=dict)
    reposters: dict[str, Reposter] = field(default_factory=dict)
    decision: Ruling | None = None
    decided_digest: str = ""
    pin: bool = False
    apart: bool = False
    """A moderator says that it is no copy and has none."""
    withheld: bool = False
    """Stored before a restart and not yet re-checked: shown to nobody."""
    nameless: bool = False
    """A server deleted it, or it left the wall, once: who passed it on is not kept any more, also when it comes back."""
    author_gone_ms: int = 0
    entered_ms: int = 0
    """When a server first told of it, ms; 0 while only its deletion or its reposts were heard."""
    copies: int = 0
    """Near-copies by other people around it, and its author's posts in the minute before it (of what
    waits anyway, in the fullest minute around it): the most ever counted."""
    burst: int = 0
    gist: int | None = None
    later_ms: int = 0
    """Until when it stands at the end of the queue."""
    # what follows from the above, kept to see what changed
    status: Status = "gone"
    rule: str = ""
    reason: str = ""
    counts: Counts = NO_COUNTS
    voice: Voice = NO_VOICE
    pinned: bool = False
    # what follows from the other posts of the same note (`domain.fold`)
    copy_of: str | None = None
    also: tuple[Also, ...] = ()
    passed: PassedOn = NOBODY
    unnamed: frozenset[str] = frozenset()
    """Those who passed it on and must not be named (blocked, or by a rule): they are counted by their network."""
    seq: int = 0
    arrival_no: int | None = None
    shown_no: int | None = None


def observe(record: Record, said: Posted) -> None:
    """A server shows this post."""
    seen_ms = to_ms(said.seen_at)
    _sight(record, said, seen_ms)
    version = version_of(said.post, said.server, origin=said.origin, seen_ms=seen_ms)
    if version > record.version:
        if version[4] != record.version[4]:
            record.voice, record.gist = NO_VOICE, None  # other content: its digests are made anew
        record.version, record.post, record.quote = version, said.post, said.post.quote
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


def settle(record: Record, wall: Wall, policy: Policy, circle: Circle) -> None:
    """Derive what is shown of a post by itself from what was said; content that must not stay is dropped here.

    `circle` knows its author, and everybody who is blocked.
    """
    if record.post is not None and record.voice == NO_VOICE:
        record.voice = voice_of(record.post)
    if _must_erase(record, wall):
        _erase(record)
    record.nameless = record.nameless or is_lost(record)
    if record.nameless:
        record.reposters = {}
    record.counts = _counts(record)
    person = circle.of(record.author_key)
    record.status, record.rule, record.reason = _status(record, policy, person)
    record.pinned, record.copy_of, record.also = record.pin, None, ()
    record.unnamed = frozenset(unnamed(record, policy, circle))
    record.passed = passed_on(record)


def unnamed(record: Record, policy: Policy, circle: Circle) -> Iterator[str]:
    """Who is blocked, and whose name a rule speaks of: a name is shown on the wall, too."""
    may_name = policy.book.may_name
    for key, one in record.reposters.items():
        if circle.of(key).blocked or not may_name(key, one.handle, one.name.text):
            yield key


def must_stay_out(post: Post, wall: Wall) -> bool:
    """Whether a version of a post is none for this wall: not public, or without its hashtags."""
    return post.visibility != "public" or not set(post.hashtags) & set(wall.hashtags)


def settle_quote(record: Record, *, allowed: bool, erase: bool) -> None:
    """Show the quote of a post or not; what must not stay is dropped for good."""
    if record.post is None or record.quote is None:
        return
    if erase:
        record.quote = None
    shown = record.quote if allowed else None
    if record.post.quote != shown:
        record.post = record.post.model_copy(update={"quote": shown})


def is_lost(record: Record) -> bool:
    """Whether any server ever deleted it, or its author left: then it is shown within no other post again."""
    return record.author_gone_ms > 0 or any(s.gone_ms for s in record.sightings.values())


def is_quotable(record: Record) -> bool:
    """Whether other posts may show it within them: what is hidden here, or waits, may not."""
    kept_back = record.withheld or record.decision == "hidden"
    return not kept_back and record.status not in ("pending", "hidden")


def content_digest(record: Record) -> str:
    """What a moderator decided on: an edit of text, warning, pictures or quote asks for a new decision."""
    post, quote = record.post, record.quote
    if post is None:
        return ""
    media = [(m.url, m.preview) for m in post.media]
    return _digest((post.body, post.warning, post.sensitive, media, quote and quote.body))


def passed_on(lead: Record, *copies: Record) -> PassedOn:
    """Who passed a note on: the counts are the networks', or ours where we know more names.

    Who passed on several posts of a note is counted once, as far as they are named.
    """
    if lead.post is None:
        return NOBODY
    people: dict[str, Reposter] = {}
    count = 0
    for record in (lead, *copies):
        there = [r for k, r in record.reposters.items() if not r.gone and k not in record.unnamed]
        count += max(record.counts.reposts - len(there), 0)
        for one in there:
            people[one.author_key] = min(one, people.get(one.author_key, one), key=_by_time)
    first = sorted(people.values(), key=_by_time)[:NAMED]
    return PassedOn(count + len(people), tuple(Named(r.name, r.handle) for r in first))


def _by_time(reposter: Reposter) -> tuple[int, str, str]:
    return reposter.at_ms, reposter.author_key, reposter.handle


def _erase(record: Record) -> None:
    """Of a note that a moderator hid, the digests stay: it is known again where it is on other networks."""
    if record.decision != "hidden":
        record.voice = NO_VOICE
    record.nameless = record.nameless or record.post is not None
    record.post, record.quote, record.key, record.author_key = None, None, "", ""
    record.gist = None


def pictures(record: Record) -> frozenset[str]:
    """Every picture that pages may ask for to show this record, those in the names of reposters too."""
    if record.post is None:
        return frozenset()
    names = (url for one in record.passed.by for url in emoji_urls(one.name))
    return media_urls(record.post).union(names)


def visible_part(record: Record) -> tuple[object, ...]:
    """What pages can see of a record: a change of it is a change of the wall."""
    if record.status == "gone" or record.post is None:
        return ("gone",)
    within = (record.copy_of, record.also, record.apart, record.passed)
    content = (record.version[4], record.post.quote is None)
    why = (record.rule, record.reason, record.later_ms)
    return (record.status, why, content, record.counts, record.pinned, within)


def kept_part(record: Record) -> tuple[object, ...]:
    """What is written down of a record beside its sightings and reposters."""
    decided = (record.decision, record.decided_digest, record.withheld, record.pin, record.apart)
    derived = (record.voice, record.nameless, record.post is None, record.quote is None)
    around = (record.entered_ms, record.copies, record.burst, record.gist)
    return (*visible_part(record), record.version, decided, derived, around)


def standing_part(record: Record) -> tuple[object, ...]:
    """By what a post stands together with others: while it is the same, so are they to it, whatever it counts."""
    decided = (record.status, record.rule, record.decision, record.pin, record.pinned, record.apart)
    return (
        *decided,
        record.version,
        record.post is None,
        record.voice,
        record.copy_of,
        record.also,
    )


def version_of(post: Post, server: str, *, origin: bool, seen_ms: int) -> Version:
    """The version that one server shows."""
    edited_ms = to_ms(post.edited_at) if post.edited_at else 0
    return edited_ms, origin, server, seen_ms, _post_digest(post)


def _sight(record: Record, said: Posted, seen_ms: int) -> None:
    place = (said.server, said.local_id)
    sighting = record.sightings.setdefault(place, Sighting(*place, record.id))
    sighting.item_id = record.id
    sighting.origin = sighting.origin or said.origin
    record.entered_ms = min(record.entered_ms or seen_ms, seen_ms)
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


def _status(record: Record, policy: Policy, person: Person) -> tuple[Status, str, str]:
    if record.post is None or record.withheld or _withdrawn(record):
        return "gone", "", ""
    subject = Subject(record.post, copies=record.copies, burst=record.burst)
    verdict = judge(subject, policy, person, record.entered_ms)
    why = (verdict.rule, verdict.reason)
    if verdict.reason == BLOCKED or record.decision == "hidden":
        return "hidden", *why
    if record.decision == "approved" and record.decided_digest == content_digest(record):
        return "approved", *why
    return verdict.status, *why


def _must_erase(record: Record, wall: Wall) -> bool:
    post = record.post
    if post is None or must_stay_out(post, wall):
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


_COUNTED = {"followers": True, "posts": True}
_NO_CONTENT: dict[str, Any] = {
    "counts": True,
    "created_at": True,
    "author": _COUNTED,
    "quote": {"author": _COUNTED},
}
"""What changes by itself: no new version follows from it."""


def _post_digest(post: Post) -> str:
    raw = post.model_dump_json(exclude=_NO_CONTENT)  # fields in their fixed order
    return hashlib.blake2b(raw.encode(), digest_size=8).hexdigest()


def _digest(value: object) -> str:
    raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=_plain)
    return hashlib.blake2b(raw, digest_size=8).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, RichText):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)
