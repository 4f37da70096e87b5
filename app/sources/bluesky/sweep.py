"""Re-checks what is on display by getPosts, so that a deleted post leaves even when no event ever says so."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from app.domain.arrival import Arrival, Deleted
from app.ports import Clock, Known
from app.sources.bluesky.memory import Memory, Said
from app.sources.bluesky.parse import SERVER, parse_view
from app.sources.bluesky.view import BATCH, AppView, Views
from app.sources.mastodon.parse import ParseError

SWEEP_S = 50.0
"""With the time that a round takes, every post is looked at once a minute."""

CONFIRM_S = 2.0
"""Before a post that is missing is asked for again: an answer may be incomplete."""

PAGE = 500
"""Stored posts that are learnt in one reading."""

LOOKS = 2
"""A post that so many looks in a row do not find is gone."""

SUSPICIOUS = 5
"""When so many posts are missing at once, and fewer are there, the next round must agree."""

Say = Callable[[Sequence[Arrival]], Awaitable[None]]


class Sweeper:
    """One round confirms every post on display."""

    def __init__(
        self,
        view: AppView,
        memory: Memory,
        said: Said,
        known: Known,
        clock: Clock,
        say: Say,
        counted: Callable[[Mapping[str, int]], None],
    ) -> None:
        """`counted` hears after each look at everything how often each post is passed on: pinned first, then newest."""
        self._view = view
        self._memory = memory
        self._said = said
        self._known = known
        self._clock = clock
        self._say = say
        self._counted = counted
        self._reposts: dict[str, int] = {}
        self._missed: dict[str, int] = {}
        """How many looks in a row did not find a post."""

    async def learn_aside(self) -> None:
        """Know what is stored and not on display any more: its authors may leave as well."""
        after = ""
        while page := await self._known.off_display(SERVER, after=after, limit=PAGE):
            for post in page:
                self._memory.know(post.key)
            after = page[-1].local_id

    async def learn(self) -> None:
        """Know what the wall holds, without asking anybody: the stream may speak of it at once."""
        for post in reversed(await self._known.on_display(SERVER)):
            self._memory.know(post.key)

    async def round(self) -> None:
        """Say what became of everything on display. Raises SourceError when the AppView does not answer."""
        await self.learn()
        keys = [post.key for post in await self._known.on_display(SERVER)]
        self._missed = {key: n for key, n in self._missed.items() if key in set(keys)}
        self._reposts = {}
        missing = await self._look(keys)
        self._counted({key: self._reposts[key] for key in keys if key in self._reposts})
        if not missing:
            return
        many = len(missing) >= SUSPICIOUS and 2 * len(missing) > len(keys)
        if many and all(self._missed[key] == 1 for key in missing):
            return
        await self._clock.sleep(CONFIRM_S)
        still = await self._look(missing)
        await self._say([self._gone(key) for key in still if self._missed[key] >= LOOKS])

    async def _look(self, keys: Sequence[str]) -> list[str]:
        """Ask for posts and say what they are now; those that are not there."""
        missing: list[str] = []
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            views = await self._view.posts(batch)
            await self._tell(views)
            for key in batch:
                if key in views.posts:
                    self._missed.pop(key, None)
                else:
                    self._missed[key] = self._missed.get(key, 0) + 1
                    missing.append(key)
        return missing

    async def _tell(self, views: Views) -> None:
        wishes = await self._view.wishes(list(views.posts.values()))
        news: list[Arrival] = []
        for view in views.posts.values():
            try:
                posted = parse_view(view, seen_at=views.at, wishes=wishes)
            except ParseError:
                continue  # it is there, though it makes no sense
            self._reposts[posted.post.key] = posted.post.counts.reposts
            heard = self._said.hear(posted, held=True)
            if heard is not None:
                news.append(heard)
        await self._say(news)

    def _gone(self, key: str) -> Deleted:
        self._missed.pop(key, None)
        return gone(key, self._memory, self._said, self._clock)


def gone(key: str, memory: Memory, said: Said, clock: Clock) -> Deleted:
    """The network has this post no more: it is forgotten, and what still shows it is not believed."""
    at = clock.now()
    memory.delete(key, at)
    said.forget(key)
    return Deleted(server=SERVER, seen_at=at, local_id=key, key=key, origin=True)
