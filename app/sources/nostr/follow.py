"""Follows one relay: reads what was missed, listens, looks every minute whether what is shown is still there, and connects again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import anyio
import structlog

from app.errors import AccessError, BusyError, SourceError
from app.ports import Clock, Known
from app.sources.connection import Timeouts
from app.sources.nostr import words
from app.sources.nostr.asking import Filter, about, tagged, these
from app.sources.nostr.events import Event
from app.sources.nostr.memory import Memory
from app.sources.nostr.parse import SERVER, id_of
from app.sources.nostr.relay import NOTES, Session, opened, worst
from app.sources.nostr.tell import Teller
from app.sources.shapes import host_of
from app.sources.troubles import clocks_differ

LOOK_S = 50.0
"""With the time that a look takes, every note on display is looked at once a minute."""

OVERLAP_S = 7200
"""So far before a moment is asked for what came since: relays go by the authors' clocks. Theirs are off, and so may ours be."""

CONFIRM_S = 2.0
"""Before a note that is missing is asked for again."""
SUSPICIOUS = 5
"""When so many notes are missing at once, and fewer are there, the next look must agree."""
CHUNK = 200
"""Ids in one look."""
PAGES = 40
"""Answers that are read back at most, of up to 500 notes each."""

SETTLE_S = 1.0
"""New subjects are asked about together."""
STEADY_S = 60.0
"""A session that lasted so long starts the waits anew."""
LONGEST_RETRY_S = 300.0
REFUSED_RETRY_S = 300.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Place:
    """How far one relay was read, and what it asked for; it outlives a run."""

    address: str
    at: int | None = None
    """Seconds since 1970: everything before was heard."""
    not_before: float = 0.0
    """Monotonic seconds: it asked not to be asked earlier."""
    error: SourceError | None = None
    """Why it is not followed; None when it is, or was not tried yet."""
    live: bool = False
    """It answered, and is listened to."""

    @property
    def host(self) -> str:
        """As people know it."""
        return host_of(self.address)


@dataclass(frozen=True, slots=True)
class World:
    """What every relay of a run shares."""

    tags: Sequence[str]
    """Spellings of the hashtags."""
    back: timedelta
    """How far back a relay is read that was never read."""
    memory: Memory
    teller: Teller
    known: Known
    clock: Clock
    rng: Random
    contact: str
    timeouts: Timeouts
    changed: Callable[[], None]
    """Called when a relay comes or goes. Raises SourceError when none is left."""
    alive: Callable[[], None]
    """Called at each good answer."""
    note: Callable[[str, str], None]
    """Called with a topic, and a sentence or none."""


class Follower:
    """One relay, for as long as the source runs."""

    def __init__(self, place: Place, world: World) -> None:
        self._place, self._world = place, world
        self._clock, self._memory = world.clock, world.memory
        self._after = ""
        """Up to which id the notes that are no longer on display were looked at."""

    async def run(self) -> None:
        """Without end, unless no relay is left."""
        failures = 0
        while True:
            asked_s = self._place.not_before - self._clock.monotonic()
            if asked_s > 0:
                await self._clock.sleep(asked_s)
            began = self._clock.monotonic()
            error = await self._try()
            steady = self._clock.monotonic() - began >= STEADY_S
            failures = 0 if steady else failures + 1
            self._place.live, self._place.error = False, error
            if isinstance(error, BusyError):
                self._place.not_before = self._clock.monotonic() + error.retry_after_s
            self._world.changed()
            await self._clock.sleep(self._rest(error, failures))

    async def _try(self) -> SourceError:
        """One session, until it ends; why it did."""
        error = SourceError(words.ended(self._place.host))
        try:
            await self._session()
        except* SourceError as group:
            error = worst(group)
        _log.info("relay lost", host=self._place.host, reason=str(error))
        return error

    def _rest(self, error: SourceError, failures: int) -> float:
        """Full jitter; a relay that refuses is asked again after a while only."""
        least = REFUSED_RETRY_S if isinstance(error, AccessError) else 0.0
        return least + self._world.rng.uniform(0, min(LONGEST_RETRY_S, 2.0**failures))

    async def _session(self) -> None:
        world = self._world
        async with opened(
            self._place.address,
            self._hear,
            clock=self._clock,
            contact=world.contact,
            timeouts=world.timeouts,
        ) as session:

            async def ask(filters: Sequence[Filter], within_s: float) -> list[Event]:
                return await session.ask(filters, within_s=within_s)

            if session.date is not None:
                said = clocks_differ(self._place.host, self._clock.now() - session.date)
                world.note(f"clock {self._place.host}", said)
            world.teller.relays.append(ask)
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(session.listen)
                    tasks.start_soon(self._tend, session)
            finally:
                world.teller.relays.remove(ask)

    async def _hear(self, event: Event) -> None:
        await self._world.teller.hear(self._place.address, event)

    async def _tend(self, session: Session) -> None:
        now = self._now()
        await session.follow(NOTES, [tagged(self._world.tags, now - OVERLAP_S)])
        await self._read_back(session, self._place.at)
        self._place.at, self._place.live, self._place.error = now, True, None
        self._world.changed()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._ask_about, session)
            while True:
                await self._look(session)
                await self._clock.sleep(LOOK_S)
                now = self._now()
                # again, though they are followed: some relays forget whom they were to tell
                await session.ask([tagged(self._world.tags, now - OVERLAP_S)])
                self._place.at = now
                self._world.changed()

    async def _read_back(self, session: Session, at: int | None) -> None:
        """What came while nobody listened, newest first, page by page until a page brings nothing new."""
        new_s = int(self._world.back.total_seconds())
        since = max(0, self._now() - new_s if at is None else at - OVERLAP_S)
        seen: set[str] = set()
        until: int | None = None
        for _ in range(PAGES):
            found = await session.ask([tagged(self._world.tags, since, until=until)])
            self._world.alive()
            fresh = {one.id for one in found} - seen
            if not fresh:
                return
            seen |= fresh
            until = min(one.at for one in found)

    async def _ask_about(self, session: Session) -> None:
        """Keep asking what is said of the notes and people on display, deletions above all."""
        since: int | None = None
        while True:
            changed = self._world.teller.subjects
            notes = [*self._memory.reposts, *self._memory.quoted, *self._memory.held]
            asked = about(notes, sorted(self._memory.everybody()), since=since)
            if asked:
                await session.follow("about", asked)
                since = self._now() - OVERLAP_S
            await changed.wait()
            await self._clock.sleep(SETTLE_S)

    async def _look(self, session: Session) -> None:
        """Ask for every note on display; those that no relay has any more leave."""
        posts = await self._world.known.on_display(SERVER)
        shown = [id_ for post in posts if (id_ := id_of(post.key))]
        kept = await self._some_kept()
        self._memory.hold((*kept, *reversed(shown)))
        ids = list(dict.fromkeys((*shown, *self._memory.quotes_in(shown), *kept)))
        missing = await self._missing(session, ids)
        many = len(missing) >= SUSPICIOUS and 2 * len(missing) > len(ids)
        if many and all(self._memory.first_missed(self._place.address, one) for one in missing):
            return
        if missing:
            await self._clock.sleep(CONFIRM_S)
            await self._missing(session, missing)
        await self._world.teller.leave(self._memory.lost())

    async def _some_kept(self) -> list[str]:
        """Notes that are stored and no longer on display: some with each look, in turn."""
        posts = await self._world.known.off_display(SERVER, after=self._after, limit=CHUNK)
        self._after = posts[-1].local_id if len(posts) == CHUNK else ""
        return [id_ for post in posts if (id_ := id_of(post.key))]

    async def _missing(self, session: Session, ids: Sequence[str]) -> list[str]:
        """Those that this relay had, or may have had, and does not have now."""
        missing: list[str] = []
        for start in range(0, len(ids), CHUNK):
            missing += await self._absent(session, ids[start : start + CHUNK])
        missing = [id_ for id_ in missing if self._expects(id_)]
        self._memory.missed(self._place.address, missing)
        return missing

    async def _absent(self, session: Session, ids: Sequence[str]) -> Sequence[str]:
        """Those that are not there. A relay may give less than it has: it is asked until it gives nothing."""
        while ids:
            found = {one.id for one in await session.ask([these(ids)])}
            self._world.alive()
            there = {id_ for id_ in ids if id_ in found and self._memory.knows(id_)}
            if not there:
                break
            self._memory.found(self._place.address, there)
            ids = [id_ for id_ in ids if id_ not in there]
        return ids

    def _expects(self, id_: str) -> bool:
        return self._memory.expects(self._place.address, id_)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
