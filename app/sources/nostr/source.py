"""Follows hashtags on Nostr: several relays at once, each note once, with every signature checked."""

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from random import Random

import anyio

from app.domain.arrival import Arrival, Batch
from app.errors import AccessError, BusyError, SourceError
from app.ports import Clock, Condition, Known, Report
from app.sources.bulletin import Bulletin
from app.sources.connection import Timeouts
from app.sources.nostr import words
from app.sources.nostr.asking import read_cursor, spellings, write_cursor
from app.sources.nostr.follow import LOOK_S, Follower, Place, World
from app.sources.nostr.memory import Memory
from app.sources.nostr.parse import PAGES, SERVER
from app.sources.nostr.relay import relay_address
from app.sources.nostr.tell import Teller
from app.sources.nostr.verify import load
from app.sources.outlet import Outlet

RELAYS = (
    "wss://relay.damus.io",
    "wss://nos.lol",
    "wss://relay.primal.net",
    "wss://offchain.pub",
)
"""Followed when none is named: large, open to read without a login, and run by different people. A note is
usually on several relays, and none has all of them."""

BACK_H = 24.0
"""Hours that a relay is read back at the first start."""

TICK_S = 10.0
"""How often is looked for notes whose time is over, and how often the place is kept."""


class NostrSource:
    """A `ports.Source` for one wall's hashtags on Nostr. It needs no account, and writes nothing."""

    rechecks = True
    server = SERVER

    def __init__(
        self,
        hashtags: Sequence[str],
        *,
        clock: Clock,
        rng: Random,
        relays: Sequence[str] = (),
        pages: str = PAGES,
        back_h: float = BACK_H,
        contact: str = "",
        timeouts: Timeouts | None = None,
    ) -> None:
        """`pages`: where links to notes and people lead. Raises UsageError when a relay is no address.

        Loads what checks signatures, a third of a second: sources are made before anybody is served.
        """
        load()
        addresses = dict.fromkeys(relay_address(one) for one in relays or RELAYS)
        self.places = [Place(one) for one in addresses]
        self.name = f"nostr:{self.places[0].host}"
        self.tags = spellings(hashtags)
        self.clock = clock
        self.rng = rng
        self.pages = pages.rstrip("/")
        self.back = timedelta(hours=back_h)
        self.contact = contact
        self.timeouts = timeouts or Timeouts()
        self.memory = Memory(hashtags, [one.address for one in self.places])

    def batches(
        self, cursor: str | None, known: Known, report: Report
    ) -> AsyncGenerator[Batch, None]:
        """As `ports.Source`. The cursor is a moment for each relay before which everything was said."""
        read = read_cursor(cursor)
        for place in self.places:
            place.at, place.live = read.get(place.address), False
            place.error = place.error if place.not_before > self.clock.monotonic() else None
        bulletin = Bulletin(report)
        outlet = Outlet(bulletin)
        return outlet.batches(self.name, _Run(self, known, bulletin, outlet).run)


class _Run:
    """One run of a source, until no relay can be read."""

    def __init__(
        self, source: NostrSource, known: Known, bulletin: Bulletin, outlet: Outlet
    ) -> None:
        self._places, self._clock = source.places, source.clock
        self._memory = source.memory
        self._bulletin, self._outlet = bulletin, outlet
        self._teller = Teller(source.memory, source.clock, source.pages, self._say)
        self._written = self._cursor()
        world = World(
            tags=source.tags,
            back=source.back,
            memory=source.memory,
            teller=self._teller,
            known=known,
            clock=source.clock,
            rng=source.rng,
            contact=source.contact,
            timeouts=source.timeouts,
            changed=self._changed,
            alive=lambda: bulletin.alive(LOOK_S),
            note=bulletin.note,
        )
        self._followers = [Follower(place, world) for place in source.places]

    async def run(self) -> None:
        """Until a fault."""
        hosts = [one.host for one in self._places]
        self._bulletin.state(Condition.STARTING, words.connecting(hosts))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._teller.run)
            tasks.start_soon(self._tick)
            for follower in self._followers:
                tasks.start_soon(follower.run)

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(TICK_S)
            await self._teller.leave(self._memory.expired(int(self._clock.now().timestamp())))
            cursor = self._cursor()
            if cursor != self._written:
                await self._send_on((), cursor)

    async def _say(self, arrivals: Sequence[Arrival]) -> None:
        await self._send_on(arrivals, self._cursor())

    async def _send_on(self, arrivals: Sequence[Arrival], cursor: str) -> None:
        self._written = cursor
        await self._outlet.put(arrivals, cursor)

    def _cursor(self) -> str:
        """What was heard and waits to be said is much younger than what is read again."""
        return write_cursor({one.address: one.at for one in self._places if one.at is not None})

    def _changed(self) -> None:
        """Tell how the relays are. Raises SourceError when none can be read."""
        live = [one.host for one in self._places if one.live]
        errors = [one.error for one in self._places if one.error is not None]
        none = len(errors) == len(self._places)
        for place in self._places:
            self._bulletin.note(place.host, str(place.error) if place.error and not none else "")
        if none:
            raise _worst(errors)
        forged = self._teller.forged
        self._bulletin.note("forged", words.forged(forged) if forged else "")
        if live:
            self._bulletin.state(Condition.LIVE, words.followed(live))
            self._teller.wake()


def _worst(errors: Sequence[SourceError]) -> SourceError:
    """What all of them together mean."""
    said = words.none_left(len(errors), [str(one) for one in errors])
    if all(isinstance(one, AccessError) for one in errors):
        return AccessError(said)
    waits = [one.retry_after_s for one in errors if isinstance(one, BusyError)]
    if len(waits) == len(errors):
        return BusyError(said, retry_after_s=min(waits))
    return SourceError(said, code=errors[0].code)
