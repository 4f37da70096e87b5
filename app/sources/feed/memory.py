"""What a feed's source has said already: so that it says what is new, and knows what was changed. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import orjson

from app.domain.arrival import Arrival, Posted
from app.domain.identity import from_ms, to_ms
from app.domain.post import Post
from app.sources.memory import edited

ROOM = 300
"""Entries remembered; three times what is read of a feed. A forgotten one is only said once more."""

_LATEST_MS = 2**43
"""No cursor of ours holds a later time (the year 2248)."""


@dataclass(frozen=True, slots=True)
class Said:
    """The last word about one entry. Times are ms; `edited_ms` is 0 for one that was never edited."""

    digest: str
    created_ms: int
    edited_ms: int = 0


class Memory:
    """Digests of the entries by key: as small as a cursor must be, which carries them over a restart."""

    def __init__(self, tags: frozenset[str], cursor: str | None = None) -> None:
        self._tags = tags
        self._said = _read(cursor)

    def news(self, posts: Iterable[Posted], *, confirm: bool = False) -> list[Arrival]:
        """What of it is worth saying: new or changed; to `confirm`, all that is still there."""
        heard = (self._hear(one, confirm=confirm) for one in posts)
        return [one for one in heard if one is not None]

    def cursor(self) -> str:
        """`{"said": {"key's digest": ["content's digest", created ms, edited ms]}}`, oldest first."""
        said = {k: [v.digest, v.created_ms, v.edited_ms] for k, v in self._said.items()}
        return orjson.dumps({"said": said}).decode()

    def _hear(self, posted: Posted, *, confirm: bool) -> Arrival | None:
        name = _digest(posted.post.key)
        before = self._said.pop(name, None)
        now = _dated(posted, before)
        changed = before is not None and before.digest != now.digest
        if self._tags.isdisjoint(posted.post.hashtags):
            # it lost our hashtag: that is news once, to those who show it
            return edited(_with(posted, now)) if before is not None else None
        self._put(name, now)
        if before is None:
            return posted
        return edited(_with(posted, now)) if changed else _with(posted, now) if confirm else None

    def _put(self, name: str, said: Said) -> None:
        self._said[name] = said
        while len(self._said) > ROOM:
            self._said.pop(next(iter(self._said)))


def _dated(posted: Posted, before: Said | None) -> Said:
    """The first date of an entry stays; a change that the feed does not date happened now.

    Generators touch `updated` without changing anything: that alone is no edit.
    """
    post, digest = posted.post, _content_digest(posted.post)
    stated = to_ms(post.edited_at) if post.edited_at else 0
    if before is None:
        return Said(digest, to_ms(post.created_at), stated)
    if before.digest == digest:
        return before
    newer = stated > max(before.edited_ms, before.created_ms)
    return Said(digest, before.created_ms, stated if newer else to_ms(posted.seen_at))


def _with(posted: Posted, said: Said) -> Posted:
    dates: dict[str, datetime | None] = {
        "created_at": from_ms(said.created_ms),
        "edited_at": from_ms(said.edited_ms) if said.edited_ms else None,
    }
    return posted.model_copy(update={"post": posted.post.model_copy(update=dates)})


def _content_digest(post: Post) -> str:
    return _digest(post.model_dump_json(exclude={"created_at", "edited_at", "counts"}))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _read(cursor: str | None) -> dict[str, Said]:
    """A cursor that makes no sense counts as none."""
    try:
        data = orjson.loads(cursor or "{}")
    except orjson.JSONDecodeError:
        return {}
    said = data.get("said") if isinstance(data, dict) else None
    if not isinstance(said, dict):
        return {}
    return {name: Said(*word) for name, word in said.items() if _is_said(word)}


def _is_said(word: object) -> bool:
    if not isinstance(word, list) or len(word) != 3 or not isinstance(word[0], str):
        return False
    return all(type(one) is int and 0 <= one < _LATEST_MS for one in word[1:])
