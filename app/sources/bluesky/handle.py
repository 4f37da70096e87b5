"""What is done about each event of the stream that may concern the wall."""

from collections.abc import Awaitable, Callable, Sequence

from app.domain.arrival import Arrival, AuthorGone, Unreposted
from app.ports import Clock, Known
from app.sources.bluesky.events import POST, REPOST, Event
from app.sources.bluesky.hydrate import Hydrator
from app.sources.bluesky.memory import Memory, Said
from app.sources.bluesky.parse import SERVER
from app.sources.bluesky.reposters import Reposters
from app.sources.bluesky.sweep import gone
from app.sources.bluesky.text import hashtags_of
from app.sources.bluesky.view import AppView

MOST_LOOKS = 200
"""Posts of one account that are looked at again when it changes."""

Say = Callable[[Sequence[Arrival]], Awaitable[None]]


class Handler:
    """Deletions are said at once; all that would be shown goes to the hydrator first."""

    def __init__(
        self,
        tags: frozenset[str],
        *,
        memory: Memory,
        said: Said,
        hydrator: Hydrator,
        reposters: Reposters,
        view: AppView,
        known: Known,
        clock: Clock,
        say: Say,
    ) -> None:
        self._tags = tags
        self._memory = memory
        self._said = said
        self._hydrator = hydrator
        self._reposters = reposters
        self._view = view
        self._known = known
        self._clock = clock
        self._say = say

    async def handle(self, event: Event) -> None:
        """One event, of any kind."""
        if event.collection == POST:
            await self._post(event)
        elif event.collection == REPOST:
            await self._repost(event)
        elif event.did and self._memory.knows_author(event.did):
            await self._author(event)

    async def _post(self, event: Event) -> None:
        if event.kind == "delete":
            self._hydrator.drop(event.key)
            if await self._holds(event.key):
                await self._say([gone(event.key, self._memory, self._said, self._clock)])
            return
        tagged = not self._tags.isdisjoint(hashtags_of(event.record))
        if tagged and event.kind == "create":
            self._memory.create(event.key)
            self._hydrator.add_post(event)
        elif event.kind == "update" and (tagged or await self._holds(event.key)):
            self._memory.know(event.key)
            self._hydrator.add_post(event)

    async def _holds(self, key: str) -> bool:
        return self._memory.knows(key) or await self._known.find(SERVER, key) is not None

    async def _repost(self, event: Event) -> None:
        """A deletion names the record only: which post it passed on is in the memory."""
        if event.kind == "create":
            self._hydrator.add_repost(event)
        elif event.kind == "delete":
            self._hydrator.drop_repost(event.did, event.rkey)
            if not self._memory.knows_repost(event.did, event.rkey):
                self._reposters.doubt(event.did)
            at = self._clock.now()
            key = self._memory.unreposted(event.did, event.rkey, at)
            if key is not None:
                word = Unreposted(server=SERVER, seen_at=at, key=key, author_key=event.did)
                await self._say([word])

    async def _author(self, event: Event) -> None:
        did = event.did
        self._view.forget_profile(did)
        keys = self._memory.posts_by(did)[:MOST_LOOKS]
        if event.gone:
            await self._gone(did, keys)
        elif event.kind != "account" or (event.back and self._memory.author_back(did)):
            self._hydrator.look_again(keys, event.position)

    async def _gone(self, did: str, keys: Sequence[str]) -> None:
        at = self._clock.now()
        self._memory.author_gone(did, at)
        self._hydrator.drop_author(did)
        for key in keys:
            self._said.forget(key)
        await self._say([AuthorGone(server=SERVER, seen_at=at, author_key=did)])
