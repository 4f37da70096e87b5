"""What relays send: frames, and the events in them (NIP-01), read without trust. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from app.sources.shapes import as_dict, as_str

PROFILE, NOTE, DELETION, REPOST, REPOST_OF_ANY, PICTURE, VANISH, COMMENT = (
    0,
    1,
    5,
    6,
    16,
    20,
    62,
    1111,
)
"""Kinds of NIP-01, -09, -18, -68, -62 and -22."""

POSTS = (NOTE, PICTURE, COMMENT)
"""What a wall shows. Long articles (30023) are announced by notes."""
REPOSTS = (REPOST, REPOST_OF_ANY)

_HEX = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_MOST_TAGS = 2_000
_LATEST = 2**33
"""Seconds: the year 2242."""


def is_hex(value: object) -> bool:
    """Whether it is an id or a public key: 32 bytes in lower-case hexadecimal."""
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Event:
    """One event in the right shape; whether it is genuine is another question (`verify`)."""

    id: str
    pubkey: str
    at: int
    """Seconds since 1970, as the author's clock said."""
    kind: int
    tags: tuple[tuple[str, ...], ...]
    content: str
    raw: str = ""
    """Its seven fields as JSON, to be verified."""

    def values(self, name: str) -> Iterator[str]:
        """The values of its tags with this name."""
        return (tag[1] for tag in self.tags if len(tag) > 1 and tag[0] == name)

    def first(self, name: str) -> str:
        """The first of them, or an empty string."""
        return next(self.values(name), "")

    def has(self, name: str) -> bool:
        """Whether there is such a tag, with a value or without."""
        return any(tag and tag[0] == name for tag in self.tags)

    def expires_at(self) -> int | None:
        """Seconds since 1970 (NIP-40); None when it stays."""
        text = self.first("expiration")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def as_event(value: object) -> Event | None:
    """The event, or None when a field is missing or of the wrong kind."""
    data = as_dict(value)
    id_, pubkey, sig = data.get("id"), data.get("pubkey"), data.get("sig")
    at, kind, content = data.get("created_at"), data.get("kind"), data.get("content")
    tags = _tags(data.get("tags"))
    if not (is_hex(id_) and is_hex(pubkey) and isinstance(content, str)) or tags is None:
        return None
    if type(at) is not int or type(kind) is not int or not _SIGNATURE.fullmatch(as_str(sig)):
        return None
    if not (0 <= at < _LATEST and 0 <= kind < 65_536):
        return None
    fields = ("id", "pubkey", "created_at", "kind", "tags", "content", "sig")
    raw = orjson.dumps({name: data[name] for name in fields}).decode()
    return Event(as_str(id_), as_str(pubkey), at, kind, tags, content, raw)


def _tags(value: object) -> tuple[tuple[str, ...], ...] | None:
    """Lists of strings: one that holds anything else was signed by nobody."""
    if not isinstance(value, list) or len(value) > _MOST_TAGS:
        return None
    sound = all(isinstance(tag, list) and all(isinstance(p, str) for p in tag) for tag in value)
    return tuple(map(tuple, value)) if sound else None


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a relay. `word` is what it says to people, of `closed` and `notice`."""

    kind: Literal["event", "eose", "closed", "notice", "auth"]
    sub: str = ""
    event: Event | None = None
    word: str = ""


def parse_frame(raw: str | bytes) -> Frame | None:
    """A relay's message (NIP-01, -42); None for what is unknown or makes no sense."""
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(data, list) or len(data) < 2:
        return None
    return _frame(as_str(data[0]), as_str(data[1]), data[2] if len(data) > 2 else None)


def _frame(kind: str, first: str, second: Any) -> Frame | None:
    match kind:
        case "EVENT":
            event = as_event(second)
            return Frame("event", first, event=event) if event else None
        case "EOSE":
            return Frame("eose", first)
        case "CLOSED":
            return Frame("closed", first, word=as_str(second))
        case "NOTICE":
            return Frame("notice", word=first)
        case "AUTH":
            return Frame("auth", word=first)
    return None
