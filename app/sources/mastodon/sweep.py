"""Re-checks what is on display, so that a deleted post leaves even when no event ever says so."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.domain.arrival import Arrival, AuthorGone, Posted
from app.ports import Known, KnownPost
from app.sources.mastodon.api import BATCH, Found, Gone, MastodonApi
from app.sources.mastodon.poll import judge
from app.sources.memory import Memory

SINGLES = 30
"""Posts re-checked a minute on servers without batches: half of what their limits allow."""

ON_SCREEN = 12
"""So many of these are what walls show just now: the pinned and the newest, every minute."""

AUTHORS = 5
"""Accounts a minute that are asked for, beside those of posts that went."""

NAMES = 10
"""Questions a minute for boosters; the post that takes the last one is read to its end."""

Say = Callable[[Sequence[Arrival]], Awaitable[None]]


class Sweeper:
    """One round confirms every post on display, and learns who passed them on."""

    def __init__(self, api: MastodonApi, memory: Memory, known: Known, say: Say) -> None:
        self._api = api
        self._memory = memory
        self._known = known
        self._say = say
        self._batches = True
        self._asked: dict[str, int] = {}
        """When (in rounds) a post was asked for alone."""
        self._asked_authors: dict[str, int] = {}
        """When (in rounds) an account was asked for."""
        self._round = 0
        self._named: dict[str, int] = {}
        """The repost count at which a post's boosters were last asked for."""
        self._unnamed: dict[str, Posted] = {}
        """Posts whose boosters are to be asked for, longest waiting first."""

    async def round(self) -> None:
        """Say what became of everything on display. Raises SourceError when the server is away."""
        self._round += 1
        posts = await self._known.on_display(self._api.server)
        self._forget_others({post.key for post in posts})
        for start in range(0, len(posts), BATCH):
            if not self._batches:
                break
            await self._batch(posts[start : start + BATCH])
        if not self._batches:
            await self._one_by_one(posts)
        if self._round > 1:  # in the first, stored posts wait to be shown
            await self._ask_authors(posts)
        await self._name_boosters()

    async def _ask_authors(self, posts: Sequence[KnownPost]) -> None:
        """A few accounts each round, those first that have waited longest."""
        said = [self._memory.said(post.key) for post in posts]
        authors = dict.fromkeys(one.post.author.key for one in said if one is not None)
        self._asked_authors = {a: n for a, n in self._asked_authors.items() if a in authors}
        waiting = sorted(authors, key=lambda author: self._asked_authors.get(author, 0))
        for author in waiting[:AUTHORS]:
            await self._ask_author(author)

    async def _ask_author(self, author: str) -> None:
        """Say so when an account left: what it wrote and passed on goes with it, on display or not."""
        if self._asked_authors.get(author) == self._round:
            return
        self._asked_authors[author] = self._round
        gone = await self._api.author_gone(author)
        if gone is not None:
            word = AuthorGone(server=self._api.server, seen_at=gone.at, author_key=author)
            await self._say([word])

    def _forget_others(self, held: set[str]) -> None:
        rooms: tuple[dict[str, Any], ...] = (self._asked, self._named, self._unnamed)
        for room in rooms:
            for key in [key for key in room if key not in held]:
                del room[key]

    async def _batch(self, posts: Sequence[KnownPost]) -> None:
        found = await self._api.statuses([post.local_id for post in posts])
        if found is None:
            self._batches = False
            return
        await self._tell(found.posts)
        missing = [post for post in posts if not _named(post, found)]
        there = [await self._confirm(post) for post in missing]
        # All were left out, but some are there: the server does not do what it says.
        if len(missing) == len(posts) and any(there):
            self._batches = False

    async def _one_by_one(self, posts: Sequence[KnownPost]) -> None:
        """What is on the screens, and a share of the others, those first that have waited longest."""
        rest = sorted(posts[ON_SCREEN:], key=lambda post: self._asked.get(post.key, 0))
        for post in [*posts[:ON_SCREEN], *rest][:SINGLES]:
            self._asked[post.key] = self._round
            await self._confirm(post)

    async def _confirm(self, post: KnownPost) -> bool:
        """Ask for one post alone, and say what became of it; True when it is still there."""
        said = self._memory.said(post.key)
        word = await self._api.status(post.local_id)
        await self._say(judge(self._memory, word, post.key, post.local_id, origin=post.origin))
        if isinstance(word, Posted):
            self._count(word)
        elif isinstance(word, Gone) and said is not None:
            await self._ask_author(said.post.author.key)
        return isinstance(word, Posted)

    async def _tell(self, posts: Sequence[Posted]) -> None:
        heard = [self._memory.hear(post, held=True) for post in posts]
        for post in posts:
            self._count(post)
        await self._say([one for one in heard if one is not None])

    def _count(self, posted: Posted) -> None:
        """Ask for names when the count is not the one they were last asked for at."""
        key = posted.post.key
        if key in self._memory and posted.post.counts.reposts != self._named.get(key, 0):
            self._unnamed[key] = posted
        else:
            self._unnamed.pop(key, None)

    async def _name_boosters(self) -> None:
        left = NAMES
        while self._unnamed and left > 0:
            key = next(iter(self._unnamed))
            posted = self._unnamed.pop(key)
            self._named[key] = posted.post.counts.reposts
            found = await self._api.boosters(posted.local_id, key)
            left -= found.asked
            if key in self._memory:
                news = self._memory.passed_on(key, found.people, posted.seen_at, whole=found.whole)
                await self._say(news)


def _named(post: KnownPost, found: Found) -> bool:
    """Whether a batch named this post. Some servers change the case of ids between answers."""
    if any(posted.post.key == post.key for posted in found.posts):
        return True
    return post.local_id.lower() in {one.lower() for one in found.ids}
