"""Follows hashtags on Bluesky: the network's live stream, checked with its AppView, and swept every minute."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from random import Random

import anyio

from app.domain.arrival import Arrival, Batch
from app.domain.text import fold_tag
from app.errors import AccessError, SourceError
from app.ports import Clock, Condition, Health, Known, Report
from app.sources.bluesky.events import (
    HOSTS as STREAM_HOSTS,
)
from app.sources.bluesky.events import (
    Position,
    endpoints,
    read_cursor,
    write_cursor,
)
from app.sources.bluesky.fill import Filler
from app.sources.bluesky.filter import Sieve
from app.sources.bluesky.handle import Handler
from app.sources.bluesky.hydrate import ROUND_S, Hydrator
from app.sources.bluesky.memory import Memory, Said
from app.sources.bluesky.packed import need_zstd
from app.sources.bluesky.parse import SERVER
from app.sources.bluesky.reposters import LOOK_S as REPOSTERS_S
from app.sources.bluesky.reposters import Reposters
from app.sources.bluesky.search import ENTRYWAY, Login, Search
from app.sources.bluesky.stream import IDLE_S, Stream
from app.sources.bluesky.sweep import SWEEP_S, Sweeper
from app.sources.bluesky.view import HOSTS as VIEW_HOSTS
from app.sources.bluesky.view import PER_S, AppView
from app.sources.bluesky.words import behind, connecting, followed, no_stream, no_view
from app.sources.bulletin import Bulletin
from app.sources.connection import Timeouts, base_address
from app.sources.http import JsonClient
from app.sources.limits import Bucket, Pace
from app.sources.outlet import Outlet
from app.sources.pauses import Pauses
from app.sources.spelling import each_once

CURSOR_S = 30.0
"""How often the place in the stream is kept while nothing arrives."""

LAG = timedelta(seconds=30)
"""A stream that is further behind than this is catching up."""

REPLAY_H = 6.0
"""Hours of the stream that are read again after a stop; an hour of the network is some 400 MB."""

LONGEST_RETRY_S = 60.0


class BlueskySource:
    """A `ports.Source` for one wall's hashtags on Bluesky. It needs no account."""

    rechecks = True

    def __init__(
        self,
        hashtags: Sequence[str],
        *,
        clock: Clock,
        rng: Random,
        name: str = f"bluesky:{SERVER}",
        contact: str = "",
        jetstream: Sequence[str] = STREAM_HOSTS,
        appview: Sequence[str] = VIEW_HOSTS,
        login: Login | None = None,
        entryway: str = ENTRYWAY,
        replay_h: float = REPLAY_H,
        compressed: bool = False,
        idle_s: float = IDLE_S,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Raises UsageError when a host is no address, or when what reads `compressed` frames is missing.

        `login` lets it search for what the stream lacks.
        """
        self.name = name
        self.tags = each_once(hashtags)
        self.clock = clock
        self.rng = rng
        self.contact = contact
        self.endpoints = endpoints(jetstream)
        self.appview = tuple(base_address(one) for one in appview or VIEW_HOSTS)
        self.replay = timedelta(hours=replay_h)
        if compressed:
            need_zstd()
        self.compressed = compressed
        self.idle_s = idle_s
        self.timeouts = timeouts or Timeouts()
        self.paces = {base: Pace(every=Bucket(size=60, per_s=PER_S)) for base in self.appview}
        self.not_before: dict[str, float] = {}
        self.memory = Memory()
        self.search: Search | None = None
        if login is not None:
            self.search = Search(
                login, clock=clock, contact=contact, entryway=entryway, timeouts=timeouts
            )

    def batches(
        self, cursor: str | None, known: Known, report: Report
    ) -> AsyncGenerator[Batch, None]:
        """As `ports.Source`. The cursor is a place in the stream before which everything was said."""
        bulletin = Bulletin(report)
        outlet = Outlet(bulletin)
        run = _Run(self, read_cursor(cursor), known, bulletin, outlet)
        return outlet.batches(self.name, run.run)


class _Run:
    """One run of a source, until network and AppView are both away, or access is refused."""

    def __init__(
        self,
        source: BlueskySource,
        position: Position | None,
        known: Known,
        bulletin: Bulletin,
        outlet: Outlet,
    ) -> None:
        self._source = source
        self._clock = source.clock
        self._known = known
        self._bulletin = bulletin
        self._outlet = outlet
        self._pauses = Pauses(self._clock, source.rng, bulletin, lambda: self._view.server)
        self._fresh = position is None
        self._written: str | None = None
        tags = frozenset(map(fold_tag, source.tags))
        said = Said(tags, source.memory)
        self._clients = [
            JsonClient(
                base,
                clock=self._clock,
                contact=source.contact,
                timeouts=source.timeouts,
                pace=pace,
                pause=self._pauses.pause,
                bulletin=bulletin,
            )
            for base, pace in source.paces.items()
        ]
        self._view = AppView(self._clients, self._clock, self._pauses.wait)
        parts = (self._view, source.memory, said, known, self._clock, self._say)
        self._hydrator = Hydrator(*parts)
        self._reposters = Reposters(self._view, source.memory, known, self._clock, self._say)
        self._sweeper = Sweeper(*parts, self._reposters.counted)
        self._handler = Handler(
            tags,
            memory=source.memory,
            said=said,
            hydrator=self._hydrator,
            reposters=self._reposters,
            view=self._view,
            known=known,
            clock=self._clock,
            say=self._say,
        )
        self._filler = Filler(
            source.search,
            source.tags,
            view=self._view,
            said=said,
            clock=self._clock,
            say=self._say,
            note=bulletin.note,
        )
        self._stream = Stream(
            source.endpoints,
            Sieve(tags, source.memory),
            self._handler.handle,
            position=self._within_reach(position),
            clock=self._clock,
            rng=source.rng,
            contact=source.contact,
            timeouts=source.timeouts,
            idle_s=source.idle_s,
            not_before=source.not_before,
            compressed=source.compressed,
            changed=self._tell,
            gap=lambda place: self._filler.want(place.at),
        )

    def _within_reach(self, position: Position | None) -> Position | None:
        """Not further back than is worth reading again: what is before that is searched for."""
        if position is None:
            return None
        earliest = self._clock.now() - self._source.replay
        if position.at >= earliest:
            return position
        self._filler.want(position.at)
        return Position("", 0, int(earliest.timestamp() * 1e6))

    async def run(self) -> None:
        """Until a fault."""
        self._bulletin.state(Condition.STARTING, connecting(self._stream.endpoint.host))
        async with AsyncExitStack() as stack:
            for client in self._clients:
                await stack.enter_async_context(client)
            await self._sweeper.learn_aside()
            await self._sweeper.learn()
            await self._reposters.learn()
            if self._fresh:
                self._filler.want(None)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._stream.run)
                # Stored posts wait for this after a restart.
                tasks.start_soon(self._repeat, self._sweeper.round, SWEEP_S)
                tasks.start_soon(self._repeat, self._hydrator.round, ROUND_S)
                tasks.start_soon(self._repeat, self._reposters.round, REPOSTERS_S)
                tasks.start_soon(self._filler.run)
                tasks.start_soon(self._keep_place)

    async def _repeat(self, task: Callable[[], Awaitable[None]], pause_s: float) -> None:
        """Again and again. While the stream brings deletions, an AppView that is away is waited for."""
        failures = 0
        while True:
            try:
                await task()
                failures = 0
                wait_s = pause_s
            except AccessError:
                raise
            except SourceError:
                if self._stream.lost:
                    raise
                longest = min(LONGEST_RETRY_S, 2.0**failures)
                wait_s = pause_s + self._source.rng.uniform(0, longest)
                wait_s, failures = min(wait_s, LONGEST_RETRY_S), failures + 1
            self._tell()
            await self._clock.sleep(wait_s)

    async def _keep_place(self) -> None:
        while True:
            await self._clock.sleep(CURSOR_S)
            self._tell()
            cursor = self._cursor()
            if cursor is not None and cursor != self._written:
                await self._send_on((), cursor)

    async def _say(self, arrivals: Sequence[Arrival]) -> None:
        if arrivals:
            await self._send_on(arrivals, self._cursor())

    async def _send_on(self, arrivals: Sequence[Arrival], cursor: str | None) -> None:
        self._written = cursor
        await self._outlet.put(arrivals, cursor)

    def _cursor(self) -> str | None:
        """The place before which everything was said: what still waits holds it back."""
        # of two in one microsecond, the one that waits
        places = [self._hydrator.oldest(), self._stream.position()]
        found = [one for one in places if one is not None]
        return write_cursor(min(found, key=lambda one: one.time_us)) if found else None

    def _tell(self) -> None:
        if self._stream.hears:
            self._bulletin.alive(CURSOR_S)
        health = self._health()
        self._bulletin.state(health.condition, health.detail)

    def _health(self) -> Health:
        stream, host = self._stream, self._stream.endpoint.host
        if stream.lost:
            return Health(Condition.DOWN, no_stream(len(self._source.endpoints), stream.trouble))
        if not stream.open:
            return Health(Condition.STARTING, connecting(host))
        if self._view.trouble:
            return Health(Condition.BEHIND, no_view(self._view.trouble))
        if (lag := stream.lag() - self._view.ahead) > LAG:
            return Health(Condition.BEHIND, behind(host, lag))
        return Health(Condition.LIVE, followed(host))
