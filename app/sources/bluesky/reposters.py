"""Reposts that the wall knows by name only: after a restart nobody remembers the records that say so."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from app.domain.arrival import Arrival, Unreposted
from app.ports import Clock, Known
from app.sources.bluesky.memory import Memory
from app.sources.bluesky.parse import SERVER
from app.sources.bluesky.view import AppView

LOOK_S = 2.0
AGAIN_S = 10.0
"""The AppView may be some seconds behind the stream; and one answer alone takes nobody's name away."""
TRIES = 4
AT_ONCE = 4
"""Posts that are asked for in one round, so that new posts need not wait for all of them."""

Say = Callable[[Sequence[Arrival]], Awaitable[None]]


@dataclass(slots=True)
class Doubt:
    """A post of which it is not sure who still passes it on."""

    due: float
    """Monotonic seconds."""
    told: bool
    """The stream told that somebody takes a repost back; else it is only that nobody listened for a while."""
    tries: int = TRIES
    missing: frozenset[str] = frozenset()
    """Whom the last look did not find."""


class Reposters:
    """Asks the AppView who passes a post on, where the stream's word alone does not tell."""

    def __init__(self, view: AppView, memory: Memory, known: Known, clock: Clock, say: Say) -> None:
        self._view = view
        self._memory = memory
        self._known = known
        self._clock = clock
        self._say = say
        self._doubts: dict[str, Doubt] = {}

    async def learn(self) -> None:
        """Know whom the wall names; each of their posts is asked for once, since they may have left meanwhile."""
        now = self._clock.monotonic()
        for did, key in await self._known.reposters(SERVER):
            self._memory.named(did, key)
            self._doubts[key] = Doubt(now, told=False)

    def doubt(self, did: str) -> None:
        """This account takes a repost back, of which post is not known."""
        due = self._clock.monotonic() + LOOK_S
        for key in self._memory.named_at(did):
            self._doubts[key] = Doubt(due, told=True)

    async def round(self) -> None:
        """Ask for some of the posts that are due. Raises SourceError when the AppView does not answer."""
        now = self._clock.monotonic()
        due = [key for key, doubt in self._doubts.items() if doubt.due <= now]
        for key in due[:AT_ONCE]:
            await self._look(key, self._doubts[key])

    async def _look(self, key: str, doubt: Doubt) -> None:
        if not self._memory.knows(key):
            self._doubts.pop(key, None)
            return
        doubt.tries -= 1
        doubt.due = self._clock.monotonic() + AGAIN_S
        there = await self._view.reposted_by(key)
        names = self._memory.named_of(key)
        missing = names - there if there is not None else frozenset()
        left = missing & doubt.missing
        doubt.missing = missing
        over = left or doubt.tries <= 0 or (not missing and not doubt.told)
        if over and self._doubts.get(key) is doubt:  # else the stream raised another one meanwhile
            del self._doubts[key]
        at = self._clock.now()
        for did in left:
            self._memory.unnamed(did, key)
        await self._say(
            [Unreposted(server=SERVER, seen_at=at, key=key, author_key=did) for did in sorted(left)]
        )
