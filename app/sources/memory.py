"""What one run of a source has said already, so that it says only what is news. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from app.domain.arrival import Arrival, Deleted, Edited, Posted, Reposted, Unreposted
from app.domain.post import Post

T = TypeVar("T")

ROOM = 5000
"""Posts remembered; ten times what a wall shows. A forgotten post is only said once more."""

GRACE = timedelta(minutes=5)
"""For so long after a delete, caches may still show the post: it is not believed."""


@dataclass(frozen=True, slots=True)
class Said:
    """The last word about one post."""

    post: Post
    local_id: str
    origin: bool


class Memory:
    """Posts by key, their local ids, who passed them on, and what was deleted lately."""

    def __init__(self, server: str, tags: frozenset[str]) -> None:
        self._server = server
        self._tags = tags
        self._said: dict[str, Said] = {}
        self._keys: dict[str, str] = {}
        self._boosters: dict[str, frozenset[str]] = {}
        self._deleted: dict[str, datetime] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._said

    def said(self, key: str) -> Said | None:
        """The last word about `key`, if any."""
        return self._said.get(key)

    def news(self, arrivals: Iterable[Arrival]) -> list[Arrival]:
        """What of it is worth saying: new, changed, and about our tags."""
        heard = (
            self.hear(one) if isinstance(one, Posted) else self._known(one) for one in arrivals
        )
        return [one for one in heard if one is not None]

    def hear(self, posted: Posted, *, held: bool = False) -> Arrival | None:
        """One post. `held`: the wall holds it, so that the loss of our tags is news."""
        key = posted.post.key
        if self._gone_lately(key, posted.seen_at):
            return None
        before = self._said.get(key)
        if self._tags.isdisjoint(posted.post.hashtags):
            self._forget(key)
            return edited(posted) if held or before else None
        self._remember(key, Said(posted.post, posted.local_id, posted.origin))
        if before is not None and before.post == posted.post and not isinstance(posted, Edited):
            return None
        return posted

    def _known(self, arrival: Arrival) -> Arrival | None:
        """A repost found in a timeline counts only for posts that are about our tags."""
        return arrival if isinstance(arrival, Reposted) and arrival.key in self._said else None

    def find(self, local_id: str) -> str | None:
        """The key behind a local id. Some servers change the case of ids between answers."""
        key = self._keys.get(local_id)
        if key is not None:
            return key
        alike = {key for known, key in self._keys.items() if known.lower() == local_id.lower()}
        return alike.pop() if len(alike) == 1 else None

    def delete(
        self, local_id: str, at: datetime, *, key: str | None, origin: bool = False
    ) -> Deleted:
        """Forget a post, and for a while do not believe who still shows it."""
        key = key or self.find(local_id)
        if key is not None:
            before = self._said.get(key)
            origin = origin or (before is not None and before.origin)
            local_id = before.local_id if before is not None else local_id
            self._forget(key)
            _put(self._deleted, key, at)
        return Deleted(server=self._server, seen_at=at, local_id=local_id, key=key, origin=origin)

    def passed_on(
        self, key: str, found: Iterable[Reposted], at: datetime, *, whole: bool
    ) -> list[Arrival]:
        """New names, and names that left; only a whole list says that somebody left."""
        names = {one.by.key: one for one in found}
        before = self._boosters.get(key, frozenset())
        left = before - names.keys() if whole else frozenset()
        _put(self._boosters, key, (before | names.keys()) - left)
        news: list[Arrival] = [one for name, one in names.items() if name not in before]
        news += [
            Unreposted(server=self._server, seen_at=at, key=key, author_key=name)
            for name in sorted(left)
        ]
        return news

    def taken_back(self, key: str, author_key: str, at: datetime) -> Unreposted:
        """One name that left, where the network tells of each by itself."""
        _put(self._boosters, key, self._boosters.get(key, frozenset()) - {author_key})
        return Unreposted(server=self._server, seen_at=at, key=key, author_key=author_key)

    def _gone_lately(self, key: str, seen_at: datetime) -> bool:
        at = self._deleted.get(key)
        return at is not None and seen_at < at + GRACE

    def _remember(self, key: str, said: Said) -> None:
        _put(self._said, key, said)
        _put(self._keys, said.local_id, key)

    def _forget(self, key: str) -> None:
        before = self._said.pop(key, None)
        if before is not None:
            self._keys.pop(before.local_id, None)
        self._boosters.pop(key, None)


def edited(posted: Posted) -> Edited:
    """The same post, as its author's newest version."""
    return Edited(
        server=posted.server,
        seen_at=posted.seen_at,
        post=posted.post,
        local_id=posted.local_id,
        origin=posted.origin,
    )


def _put(room: dict[str, T], key: str, value: T) -> None:
    """Newest last; the oldest leave."""
    room.pop(key, None)
    room[key] = value
    while len(room) > ROOM:
        room.pop(next(iter(room)))
