"""Follows hashtags on one Mastodon-like server: polls, sweeps and, with a token, a stream."""

from collections.abc import AsyncGenerator, Sequence
from random import Random

import anyio
import orjson

from app.domain.arrival import Arrival, Batch
from app.domain.text import fold_tag
from app.ports import Clock, Condition, Known, Report
from app.sources.bulletin import Bulletin
from app.sources.connection import Timeouts, base_address, server_name
from app.sources.http import JsonClient
from app.sources.limits import Pace
from app.sources.mastodon.api import MastodonApi
from app.sources.mastodon.frames import Trust, socket_address
from app.sources.mastodon.parse import Instance
from app.sources.mastodon.poll import Poller
from app.sources.mastodon.stream import Stream
from app.sources.mastodon.sweep import Sweeper
from app.sources.mastodon.words import (
    partly_off,
    reading,
    switched_off,
    unencrypted_stream,
)
from app.sources.memory import Memory
from app.sources.outlet import Outlet
from app.sources.pauses import Pauses
from app.sources.spelling import each_once

POLL_S = 12.0
"""Anonymous answers are cached for some 10 to 15 s: asking more often brings nothing new."""

TRUSTED_POLL_S = 60.0
"""The safety net beneath a stream that has proven itself."""

SWEEP_S = 50.0
"""With the time that a round takes, every post is looked at once a minute."""


class MastodonSource:
    """A `ports.Source` for one server and one wall's hashtags."""

    rechecks = True

    def __init__(
        self,
        server_url: str,
        hashtags: Sequence[str],
        *,
        clock: Clock,
        rng: Random,
        name: str | None = None,
        token: str | None = None,
        contact: str = "",
        poll_interval_s: float = POLL_S,
        stream: bool = True,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Raises UsageError when `server_url` is no web address; it may lack `https://`."""
        self.base = base_address(server_url)
        self.server = server_name(self.base)
        self.name = name or f"mastodon:{self.server}"
        self.tags = each_once(hashtags)
        self.token = token
        self.contact = contact
        self.clock = clock
        self.rng = rng
        self.poll_interval_s = poll_interval_s
        self.stream = stream
        self.timeouts = timeouts
        self.pace = Pace()

    def batches(
        self, cursor: str | None, known: Known, report: Report
    ) -> AsyncGenerator[Batch, None]:
        """As `ports.Source`. The cursor names the hashtags that have been read to the end once."""
        bulletin = Bulletin(report)
        outlet = Outlet(bulletin)
        return outlet.batches(self.name, _Run(self, cursor, known, bulletin, outlet).run)


def read_cursor(cursor: str | None) -> frozenset[str]:
    """The hashtags that were read before; a cursor that makes no sense counts as none."""
    try:
        data = orjson.loads(cursor or "{}")
    except orjson.JSONDecodeError:
        return frozenset()
    read = data.get("read") if isinstance(data, dict) else None
    return frozenset(map(str, read)) if isinstance(read, list) else frozenset()


def write_cursor(tags: Sequence[str]) -> str:
    """`{"read": ["pyfest26"]}`"""
    return orjson.dumps({"read": list(tags)}).decode()


class _Run:
    """One run of a source: from the first request to the first fault."""

    def __init__(
        self,
        source: MastodonSource,
        cursor: str | None,
        known: Known,
        bulletin: Bulletin,
        outlet: Outlet,
    ) -> None:
        self._source = source
        self._clock = source.clock
        self._known = known
        self._bulletin = bulletin
        self._outlet = outlet
        self._read_before = read_cursor(cursor)
        self._trust = Trust()
        self._memory = Memory(source.server, frozenset(map(fold_tag, source.tags)))
        self._pauses = Pauses(self._clock, source.rng, bulletin, lambda: source.server)

    async def run(self) -> None:
        """Until a fault."""
        source = self._source
        self._bulletin.state(Condition.STARTING, f"Asking {source.server}.")
        async with JsonClient(
            source.base,
            clock=self._clock,
            token=source.token,
            contact=source.contact,
            timeouts=source.timeouts,
            pace=source.pace,
            pause=self._pauses.pause,
            bulletin=self._bulletin,
        ) as client:
            api = MastodonApi(client, self._pauses.wait)
            instance = await api.instance()
            self._note_access(instance)
            sweeper = Sweeper(api, self._memory, self._known, self._say)
            # Stored posts wait for this after a restart: it comes first.
            await sweeper.round()
            poller = self._poller(api)
            await self._outlet.put(await poller.round(), write_cursor(source.tags))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._poll, poller)
                tasks.start_soon(self._sweep, sweeper)
                stream = self._stream(instance)
                if stream is not None:
                    tasks.start_soon(stream.run)

    def _poller(self, api: MastodonApi) -> Poller:
        return Poller(
            api,
            self._memory,
            self._known,
            self._trust,
            self._bulletin,
            tags=self._source.tags,
            read_before=self._read_before,
            token=bool(self._source.token),
        )

    def _stream(self, instance: Instance | None) -> Stream | None:
        source = self._source
        if not source.token or not source.stream:
            return None
        announced = instance.streaming if instance is not None else None
        address = socket_address(source.base, announced, source.tags[0])
        if address is None:
            self._bulletin.note("stream", unencrypted_stream())
            return None
        return Stream(
            address,
            source.tags,
            source.token,
            server=source.server,
            contact=source.contact,
            timeouts=source.timeouts or Timeouts(),
            pace=source.pace,
            memory=self._memory,
            known=self._known,
            trust=self._trust,
            bulletin=self._bulletin,
            clock=self._clock,
            rng=source.rng,
            say=self._say,
            wake=self._pauses.call,
        )

    async def _say(self, arrivals: Sequence[Arrival]) -> None:
        if arrivals:
            await self._outlet.put(arrivals)

    async def _poll(self, poller: Poller) -> None:
        while True:
            interval = TRUSTED_POLL_S if self._trust.proven else self._source.poll_interval_s
            self._bulletin.state(
                Condition.LIVE,
                reading(self._source.server, interval, streaming=self._trust.open),
            )
            rest_s = interval * self._source.rng.uniform(0.9, 1.1)
            self._bulletin.alive(rest_s)
            await self._pauses.rest(rest_s)
            await self._say(await poller.round())
            self._bulletin.note("trust", self._trust.note)

    async def _sweep(self, sweeper: Sweeper) -> None:
        while True:
            await self._clock.sleep(SWEEP_S)
            await sweeper.round()

    def _note_access(self, instance: Instance | None) -> None:
        """What the server says of its hashtag feeds: an empty list alone does not tell."""
        if instance is None or instance.hashtags_remote != "disabled":
            return
        word = switched_off if instance.hashtags_local == "disabled" else partly_off
        self._bulletin.note("access", word(self._source.server))
