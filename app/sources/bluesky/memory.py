"""What a Bluesky source knows of its wall between faults, and what one run of it has said. Pure."""

from datetime import datetime, timedelta
from typing import TypeVar

from app.domain.arrival import Edited, Posted
from app.domain.post import Post
from app.sources.bluesky.text import parts_of

K = TypeVar("K")
T = TypeVar("T")

ROOM = 20_000
"""Posts, accounts and reposts remembered; forty times what a wall shows."""

GRACE = timedelta(minutes=5)
"""For so long after a deletion, caches of the AppView may still show the post: it is not believed."""


class Memory:
    """The wall's posts, their authors, who passed them on by which record, and what left lately.

    It outlives a fault, not a restart. A repost is taken back by its record key alone, and an account's
    return says nothing of its posts.
    """

    def __init__(self) -> None:
        self.post_keys: dict[bytes, None] = {}
        self.authors: dict[bytes, dict[str, None]] = {}
        self.repost_rkeys: dict[bytes, None] = {}
        self.reposters: dict[bytes, dict[str, None]] = {}
        """Accounts that the wall names under these posts, though not by which record they passed them on."""
        self._reposts: dict[tuple[str, str], str] = {}
        self._taken_back: dict[tuple[str, str], datetime] = {}
        """When an account took back its repost of a post."""
        self._deleted: dict[str, datetime] = {}
        self._gone: dict[str, datetime] = {}

    def know(self, key: str) -> None:
        """A post that the wall holds, or that is on its way there."""
        did = parts_of(key)[0]
        _put(self.post_keys, key.encode(), None)
        _put(self.authors, did.encode(), self.authors.get(did.encode(), {}) | {key: None})

    def knows(self, key: str) -> bool:
        """Whether the post was heard of."""
        return key.encode() in self.post_keys

    def knows_author(self, did: str) -> bool:
        """Whether the account has a post here, or passed one on."""
        return did.encode() in self.authors

    def posts_by(self, did: str) -> list[str]:
        """The account's posts, newest first."""
        return list(reversed(self.authors.get(did.encode(), {})))

    def reposted(self, did: str, rkey: str, key: str) -> None:
        """This record passes a post on: only so can its deletion be understood."""
        self._taken_back.pop((did, key), None)
        _put(self._reposts, (did, rkey), key)
        _put(self.authors, did.encode(), self.authors.get(did.encode(), {}))
        _put(self.repost_rkeys, rkey.encode(), None)

    def knows_repost(self, did: str, rkey: str) -> bool:
        """Whether it is known which post this record passes on."""
        return (did, rkey) in self._reposts

    def unreposted(self, did: str, rkey: str, at: datetime) -> str | None:
        """The post that the account passes on no more; None while another record of it still does."""
        key = self._reposts.pop((did, rkey), None)
        if key is None or did in self.passed_on(key):
            return None
        self.unnamed(did, key)
        _put(self._taken_back, (did, key), at)
        return key

    def passed_on(self, key: str) -> frozenset[str]:
        """The accounts that pass a post on by a record that is known: the stream will tell when it goes."""
        return frozenset(did for (did, _), post in self._reposts.items() if post == key)

    def people(self) -> dict[str, set[str]]:
        """For each post the accounts of which it is known that they pass it on."""
        found: dict[str, set[str]] = {}
        for (did, _), key in self._reposts.items():
            found.setdefault(key, set()).add(did)
        for who, keys in self.reposters.items():
            for key in keys:
                found.setdefault(key, set()).add(who.decode())
        return found

    def believes_repost(self, did: str, key: str, at: datetime) -> bool:
        """Whether somebody whom the AppView lists may be named."""
        since = (self._taken_back.get((did, key)), self._gone.get(did))
        return not any(moment is not None and at < moment + GRACE for moment in since)

    def named(self, did: str, key: str) -> None:
        """The wall names this account under a post."""
        _put(self.reposters, did.encode(), self.reposters.get(did.encode(), {}) | {key: None})
        _put(self.authors, did.encode(), self.authors.get(did.encode(), {}))

    def unnamed(self, did: str, key: str) -> None:
        """It does so no more."""
        self.reposters.get(did.encode(), {}).pop(key, None)

    def named_at(self, did: str) -> list[str]:
        """The posts under which the account is named."""
        return list(self.reposters.get(did.encode(), {}))

    def named_of(self, key: str) -> frozenset[str]:
        """The accounts that are named under a post."""
        return frozenset(did.decode() for did, keys in self.reposters.items() if key in keys)

    def delete(self, key: str, at: datetime) -> None:
        """A post left. For a while it is not believed who still shows it."""
        self.post_keys.pop(key.encode(), None)
        self.authors.get(parts_of(key)[0].encode(), {}).pop(key, None)
        _put(self._deleted, key, at)

    def create(self, key: str) -> None:
        """Its author made it (again)."""
        self._deleted.pop(key, None)
        self.know(key)

    def author_gone(self, did: str, at: datetime) -> None:
        """Nothing of the account may stay, its name included: a list names it again when it is back."""
        self.reposters.pop(did.encode(), None)
        self._reposts = {one: key for one, key in self._reposts.items() if one[0] != did}
        _put(self._gone, did, at)

    def author_back(self, did: str) -> bool:
        """The account is active; True when it was gone."""
        return self._gone.pop(did, None) is not None

    def believes(self, key: str, at: datetime) -> bool:
        """Whether a post that the AppView shows may be there."""
        since = (self._deleted.get(key), self._gone.get(parts_of(key)[0]))
        return not any(moment is not None and at < moment + GRACE for moment in since)


class Said:
    """What one run has said of each post, so that it says only what is news."""

    def __init__(self, tags: frozenset[str], memory: Memory) -> None:
        self._tags = tags
        self._memory = memory
        self._posts: dict[str, Post] = {}

    def hear(self, posted: Posted, *, held: bool = False) -> Posted | None:
        """One post. `held`: the wall holds it, so that the loss of our hashtags is news."""
        post = posted.post
        if not self._memory.believes(post.key, posted.seen_at):
            return None
        before = self._posts.get(post.key)
        if self._tags.isdisjoint(post.hashtags):
            self.forget(post.key)
            return edited(posted) if held or before else None
        if before is None and post.visibility != "public" and not held:
            return None
        self._memory.know(post.key)
        _put(self._posts, post.key, post)
        return None if before == post else posted

    def forget(self, key: str) -> None:
        """It is said again when it is seen again."""
        self._posts.pop(key, None)


def edited(posted: Posted) -> Edited:
    """The same post, as its author's newest version."""
    return Edited(**(dict(posted) | {"kind": "edited"}))


def _put(room: dict[K, T], key: K, value: T) -> None:
    """Newest last; the oldest leave."""
    room.pop(key, None)
    room[key] = value
    while len(room) > ROOM:
        room.pop(next(iter(room)))
