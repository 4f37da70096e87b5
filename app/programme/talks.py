"""What all formats of a programme share: how a talk is made fit for a screen, and what is no talk. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.text import NAME, TITLE, Limits, fold_tag, safe_text, valid_tag, web_address
from app.domain.wall import Session
from app.errors import UsageError

MAX_BYTES = 5 * 1024 * 1024
"""The largest public schedules (four days, twenty rooms, with abstracts) have 3 MB."""
MAX_TALKS = 2_000
LONGEST = timedelta(hours=24)
"""What lasts longer is an exhibition or a whole day of the conference, and no talk."""

ROOM = Limits(graphemes=80, lines=1)
SPEAKERS = 20
TAGS = 8
_CODE_LENGTH = 255

_TAG = re.compile(r"(?<![\w/&#])#(\w{2,100})")
_HANDLE = re.compile(
    r"(?<![\w@/.])@([a-z0-9_][a-z0-9_.-]{0,63}@(?:[a-z0-9-]+\.)+[a-z]{2,24})", re.I
)
_NAME_ON_BLUESKY = re.compile(r"(?<![\w@/.])@((?:[a-z0-9-]+\.){1,5}[a-z]{2,24})(?![\w@-])", re.I)
_PROFILE = re.compile(r"https?://([a-z0-9.-]+\.[a-z]{2,24})/@([a-z0-9_.-]{1,64})/?(?![\w@/])", re.I)
_BLUESKY = re.compile(r"https?://bsky\.app/profile/([a-z0-9.-]+\.[a-z]{2,24})", re.I)


@dataclass(frozen=True, slots=True)
class Programme:
    """The talks in the order of their start, and a sentence on each thing that was left out."""

    sessions: tuple[Session, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk as a file tells it: raw words, and times that may lack a zone."""

    title: str
    starts: datetime
    ends: datetime
    room: str = ""
    speakers: tuple[str, ...] = ()
    code: str = ""
    track: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()


def programme(
    talks: Sequence[Talk], zone: ZoneInfo | None, *, unusable: int = 0, notes: Iterable[str] = ()
) -> Programme:
    """The talks as sessions. Times without a zone are of `zone`; `unusable` entries were none to begin with.

    UsageError when there are none, more than 2,000, or times that nobody can place.
    """
    found = [session for talk in talks if (session := _session(talk, zone))]
    if not found:
        raise UsageError("It has no talks in it.", hint="Is the schedule published already?")
    if len(found) > MAX_TALKS:
        raise UsageError(f"It has more than {MAX_TALKS:,} talks.")
    in_order = sorted(found, key=lambda s: (s.starts_at, s.room, s.title, s.code))
    said = (_left_out(unusable + len(talks) - len(found)), *notes)
    return Programme(tuple(_codes_once(in_order)), tuple(note for note in said if note))


def zone_named(name: object) -> ZoneInfo | None:
    """The time zone with this name of the IANA's; None for all else."""
    if not isinstance(name, str) or not name:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # what is not found is a KeyError, a folder an OSError
        return None


def tags_in(text: str) -> tuple[str, ...]:
    """The hashtags in a text, folded."""
    return folded_tags(_TAG.findall(text))


def folded_tags(words: Iterable[str]) -> tuple[str, ...]:
    """Those of these words that are hashtags, folded."""
    bare = (word.strip().lstrip("#") for word in words)
    return tuple(dict.fromkeys(fold_tag(w) for w in bare if valid_tag(w)))


def handles_in(text: str) -> tuple[str, ...]:
    """The accounts that a text names: `@ada@fedi.example`, `@ada.bsky.social`, or the address of a profile."""
    return tuple(dict.fromkeys(handle.lower() for handle in _handles(text[:20_000])))


def split_names(text: str) -> tuple[str, ...]:
    """People in one cell: parted by semicolons or lines, else by commas."""
    parts = re.split(r"[;\n]", text) if re.search(r"[;\n]", text) else text.split(",")
    return tuple(name for part in parts if (name := part.strip()))


def _handles(text: str) -> Iterator[str]:
    yield from _HANDLE.findall(text)
    yield from _NAME_ON_BLUESKY.findall(text)
    yield from (f"{name}@{server}" for server, name in _PROFILE.findall(text))
    yield from _BLUESKY.findall(text)


def _session(talk: Talk, zone: ZoneInfo | None) -> Session | None:
    """None for what is no talk: without a title, without an end, or longer than a day."""
    starts, ends = _moment(talk.starts, zone), _moment(talk.ends, zone)
    title = safe_text(talk.title, limits=TITLE)
    if not title or starts is None or ends is None or not starts < ends <= starts + LONGEST:
        return None
    return Session(
        title=title,
        room=safe_text(talk.room, limits=ROOM),
        speakers=_names(talk.speakers),
        starts_at=starts,
        ends_at=ends,
        code=safe_text(talk.code, limits=Limits(graphemes=_CODE_LENGTH, lines=1)),
        track=safe_text(talk.track, limits=ROOM),
        url=web_address(talk.url) or "",
        tags=tuple(dict.fromkeys((*talk.tags, *tags_in(talk.title))))[:TAGS],
        handles=tuple(dict.fromkeys(talk.handles))[:SPEAKERS],
    )


def _left_out(count: int) -> str:
    why = "no talk (without a title or a time, or a whole day long)"
    if count == 0:
        return ""
    return f"1 entry is {why}." if count == 1 else f"{count} entries are {why}."


def _names(names: Sequence[str]) -> tuple[str, ...]:
    clean = (safe_text(name, limits=NAME) for name in names[:SPEAKERS])
    return tuple(dict.fromkeys(name for name in clean if name))


def _moment(time: datetime, zone: ZoneInfo | None) -> datetime | None:
    """In UTC; None when it is beyond any conference."""
    if time.tzinfo is None and zone is None:
        raise UsageError(
            "Its times name no time zone.",
            hint='Set `timezone` of the wall, for example timezone = "Europe/Berlin".',
        )
    if not 1990 <= time.year <= 2200:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)


def _codes_once(sessions: Iterable[Session]) -> Iterator[Session]:
    """A code names one talk: who comes second with it has none, and is known by title, room and start."""
    seen: set[str] = set()
    for session in sessions:
        yield session.model_copy(update={"code": ""}) if session.code in seen else session
        seen.add(session.code)
