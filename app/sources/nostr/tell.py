"""Turns what relays send into arrivals: checks signatures, gets to know people and quotes first, says only what is news."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

import anyio
import structlog

from app.domain.arrival import Arrival, AuthorGone, Deleted, Posted, Reposted, Unreposted
from app.domain.post import Post
from app.errors import SourceError
from app.ports import Clock
from app.sources.nostr.asking import Filter, about, these
from app.sources.nostr.events import DELETION, POSTS, PROFILE, VANISH, Event
from app.sources.nostr.memory import NOTHING, Change, Memory
from app.sources.nostr.parse import (
    NOBODY,
    SERVER,
    author_of,
    key_of,
    moment_of,
    post_of,
    reposted_by,
)
from app.sources.nostr.verify import is_genuine

INTRODUCTION_S = 5.0
"""As long is waited for profiles, quotes and deletions before a note is shown without them."""

Ask = Callable[[list[Filter], float], Awaitable[list[Event]]]
Say = Callable[[Sequence[Arrival]], Awaitable[None]]

_ONCE = frozenset({PROFILE, DELETION, VANISH})
"""Kinds that mean the same whenever they are heard: one look at each is enough."""
_ROOM = 10_000

_log = structlog.get_logger(__name__)


class Teller:
    """Between relays and wall."""

    def __init__(self, memory: Memory, clock: Clock, pages: str, say: Say) -> None:
        self._memory, self._clock, self._pages = memory, clock, pages
        self._say = say
        self._told: dict[str, None] = {}
        self._said: dict[str, Post] = {}
        self._heard: dict[str, datetime] = {}
        # what a fault left unsaid is said once a relay answers: sooner it would pass for news
        self._notes: dict[str, None] = dict.fromkeys(memory.notes)
        self._reposts: dict[str, None] = dict.fromkeys(memory.reposts)
        self._work = anyio.Event()
        self._asked: dict[str, None] = {}
        self.relays: list[Ask] = []
        """How to ask each relay that is open."""
        self.subjects = anyio.Event()
        """Set when there is something new to ask about; then another takes its place."""
        self.forged = 0
        """Events that were dropped because their ids or signatures are wrong."""

    def wake(self) -> None:
        """A relay answers."""
        self._work.set()

    async def hear(self, relay: str, event: Event) -> None:
        """One event as a relay sent it."""
        if self._memory.knows(event.id):
            self._memory.found(relay, [event.id])
        elif event.id not in self._told:
            if not await is_genuine(event.raw):
                self.forged += 1
                return
            await self._take(relay, event)

    async def _take(self, relay: str, event: Event) -> None:
        if event.kind in POSTS:
            self._memory.found(relay, [event.id])
        elif event.kind in _ONCE:
            _remember(self._told, [event.id])
        change = self._memory.hear(event, self._now())
        if change is not NOTHING:
            await self._change(change)

    async def _change(self, change: Change) -> None:
        """What takes away is said at once; what adds waits for its people."""
        if change.notes or change.reposts:
            self._notes |= dict.fromkeys(change.notes)
            self._reposts |= dict.fromkeys(change.reposts)
            self._work.set()
        at = self._clock.now()
        news: list[Arrival] = [
            Unreposted(server=SERVER, seen_at=at, key=key_of(id_), author_key=key_of(who))
            for id_, who in change.unreposts
        ]
        if change.left:
            news.append(AuthorGone(server=SERVER, seen_at=at, author_key=key_of(change.left)))
        if news:
            await self._say(news)
        await self.leave(change.gone)

    async def leave(self, ids: Iterable[str]) -> None:
        """These notes are gone: from the wall, and from within others."""
        gone: list[Arrival] = []
        showing: dict[str, None] = {}
        for id_ in ids:
            if id_ in self._memory.held:
                gone.append(self._deleted(id_))
            showing |= dict.fromkeys(self._memory.forget(id_))
            self._said.pop(id_, None)
        if gone:
            await self._say(gone)
        if showing:
            await self._change(Change(notes=tuple(showing)))

    def _deleted(self, id_: str) -> Deleted:
        at = self._clock.now()
        return Deleted(server=SERVER, seen_at=at, local_id=id_, key=key_of(id_), origin=True)

    async def run(self) -> None:
        """Introduce and say what came, without end."""
        while True:
            await self._work.wait()
            self._work = anyio.Event()
            notes, reposts = list(self._notes), list(self._reposts)
            self._notes, self._reposts = {}, {}
            await self._introduce(notes, reposts)
            await self._tell(notes, reposts)

    async def _introduce(self, notes: Sequence[str], reposts: Sequence[str]) -> None:
        """Ask every relay who the people are, what is quoted, and whether any of it was taken back."""
        quotes = sorted(self._memory.unread_quotes(notes) - self._asked.keys())
        fresh = [id_ for id_ in (*notes, *quotes) if id_ not in self._asked]
        strangers = self._strangers(notes, reposts)
        asked = about(fresh, strangers) + ([these(quotes)] if quotes else [])
        _remember(self._asked, fresh)
        await self._ask_all(asked)
        if quotes:
            await self._ask_all(about((), self._strangers(notes, reposts)))
        if fresh:
            self.subjects.set()
            self.subjects = anyio.Event()

    def _strangers(self, notes: Sequence[str], reposts: Sequence[str]) -> list[str]:
        strangers = sorted(self._memory.strangers(notes, reposts) - self._asked.keys())
        _remember(self._asked, strangers)
        return strangers

    async def _ask_all(self, filters: list[Filter]) -> None:
        if not filters:
            return
        async with anyio.create_task_group() as tasks:
            for ask in self.relays:
                tasks.start_soon(self._ask, ask, filters)

    async def _ask(self, ask: Ask, filters: list[Filter]) -> None:
        """What comes is heard on the way. A relay that does not answer is left to those who look after it."""
        try:
            await ask(filters, INTRODUCTION_S)
        except SourceError as error:
            _log.info("nostr introduction", reason=str(error))

    async def _tell(self, notes: Sequence[str], reposts: Sequence[str]) -> None:
        news: list[Arrival] = [*filter(None, map(self._post, notes))]
        news += filter(None, map(self._repost, reposts))
        if news:
            await self._say(news)

    def _post(self, id_: str) -> Posted | None:
        """A note as it is now, when that is news; None when it has left meanwhile."""
        event, now = self._memory.notes.get(id_), self._clock.now()
        if event is None:
            return None
        heard_at = self._heard.setdefault(id_, now)
        quoted = self._memory.quote_of(id_)
        post = post_of(event, self._memory.people, quoted, seen_at=heard_at, pages=self._pages)
        if self._said.get(id_) == post:
            return None
        self._said[id_] = post
        self._bound()
        return Posted(server=SERVER, seen_at=now, post=post, local_id=id_, origin=True)

    def _repost(self, id_: str) -> Reposted | None:
        event, now = self._memory.reposts.get(id_), self._clock.now()
        if event is None:
            return None
        profile = self._memory.people.get(event.pubkey, NOBODY)
        return Reposted(
            server=SERVER,
            seen_at=now,
            key=key_of(reposted_by(event)),
            by=author_of(event.pubkey, profile, self._pages),
            at=moment_of(event.at, now),
        )

    def _bound(self) -> None:
        for room in (self._said, self._heard):
            if len(room) > _ROOM:
                room.pop(next(iter(room)))

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _remember(room: dict[str, None], names: Iterable[str]) -> None:
    """Newest last; the oldest leave."""
    room.update(dict.fromkeys(names))
    while len(room) > _ROOM:
        room.pop(next(iter(room)))
