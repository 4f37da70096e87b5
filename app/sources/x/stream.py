"""Listens to X's filtered stream: news within seconds, and a search after every connect."""

from collections.abc import Callable

import orjson
import structlog

from app.errors import AccessError, BusyError, SourceError
from app.ports import Clock
from app.sources.bulletin import Bulletin
from app.sources.connection import UNREACHABLE
from app.sources.limits import Bucket
from app.sources.shapes import as_dict, as_str, dicts_in
from app.sources.x.api import TWEET, XApi, our_rules
from app.sources.x.client import CrowdedError
from app.sources.x.news import News
from app.sources.x.page import parse_page
from app.sources.x.parse import Setting
from app.sources.x.sweep import Say, Sweeper
from app.sources.x.till import Till
from app.sources.x.words import crowded_stream, refused_stream, unreachable_stream

SLOT = "stream"

BLOCK = 20
"""Posts for which money is set aside ahead: X sends without being asked."""

STALL_S = 45.0
"""X sends a blank line every 20 s; two that are missing mean a dead connection."""

# x-api/posts/filtered-stream/integrate/handling-disconnections
_LINEAR_S, _LINEAR_MOST_S = 0.25, 16.0
_FAULT_S, _FAULT_MOST_S = 5.0, 320.0
_BUSY_S = 60.0
_BUSY_MOST_S = 960.0

_log = structlog.get_logger(__name__)


class DisconnectError(SourceError):
    """X said that it closes the stream."""


def retry_s(error: SourceError | None, failures: int) -> float:
    """Seconds until the next try, after so many failures in a row (from 0)."""
    if isinstance(error, BusyError | CrowdedError):
        asked = error.retry_after_s if isinstance(error, BusyError) else 0.0
        return max(asked, min(_BUSY_MOST_S, _BUSY_S * 2.0 ** min(failures, 9)))
    if error is None or isinstance(error, DisconnectError) or error.code == UNREACHABLE:
        return min(_LINEAR_MOST_S, _LINEAR_S * (failures + 1))
    return min(_FAULT_MOST_S, _FAULT_S * 2.0 ** min(failures, 9))


class Stream:
    """One connection for all hashtags, opened again for as long as the source runs."""

    def __init__(
        self,
        api: XApi,
        till: Till,
        news: News,
        sweeper: Sweeper,
        bulletin: Bulletin,
        clock: Clock,
        *,
        rule: str,
        tag: str,
        country: str,
        stall_s: float,
        say: Say,
        wake: Callable[[], None],
    ) -> None:
        self._api = api
        self._till = till
        self._news = news
        self._sweeper = sweeper
        self._bulletin = bulletin
        self._clock = clock
        self._rule = rule
        self._tag = tag
        self._country = country
        self._stall_s = stall_s
        self._say = say
        self._wake = wake
        self._connects = Bucket(size=20, per_s=25 / 900)
        """X allows 50 connects in 15 min."""
        self._ruled = False
        self._kicked = False
        self._heard = False
        self.open = False

    async def run(self) -> None:
        """Without end. A stream that cannot be had is never a fault: searching goes on."""
        failures = 0
        while True:
            if await self._hold():
                error = await self._try()
                failures = 0 if self._heard else failures
                await self._clock.sleep(retry_s(error, failures))
                failures += 1
            else:
                now = self._clock.now()
                until = self._till.ledger.opens_at(now)
                await self._clock.sleep((until - now).total_seconds())

    async def _try(self) -> SourceError | None:
        """One connection, until it ends; why it failed, if it did."""
        self._heard = False
        try:
            if (wait := self._connects.take(self._clock.monotonic())) > 0:
                await self._clock.sleep(wait)
            await self._set_rule()
            await self._session()
        except CrowdedError as error:
            await self._make_room()
            return error
        except SourceError as error:
            _log.info("stream lost", server=self._api.server, reason=str(error))
            refused = isinstance(error, AccessError)
            word = refused_stream(error.message) if refused else unreachable_stream()
            self._bulletin.note("stream", word)
            return error
        finally:
            self._till.release(SLOT)
        return None

    async def _make_room(self) -> None:
        """Once in a run our own connection, left over from a crash, is hung up; then it is another's."""
        if self._kicked:
            self._bulletin.note("stream", crowded_stream())
            return
        self._kicked = True
        try:
            await self._api.hang_up_all()
        except SourceError as error:
            self._bulletin.note("stream", refused_stream(error.message))

    async def _set_rule(self) -> None:
        """Ours is there, what we once set otherwise is not; others' rules are left alone."""
        if self._ruled:
            return
        rules = our_rules(await self._api.rules(), self._tag)
        old = [one for one, value in rules.items() if value != self._rule]
        if old:
            await self._api.change_rules({"delete": {"ids": old}})
        if self._rule not in rules.values():
            await self._api.change_rules({"add": [{"value": self._rule, "tag": self._tag}]})
        self._ruled = True

    async def _session(self) -> None:
        async with self._api.stream(self._stall_s) as lines:
            self.open = True
            self._bulletin.note("stream", "")
            self._wake()  # what came while it was closed is found by a search
            try:
                async for line in lines:
                    self._heard = True
                    self._bulletin.alive()
                    if line.strip() and not await self._hear(line):
                        return
            finally:
                self.open = False
                self._wake()

    async def _hear(self, line: bytes) -> bool:
        """Say what a line brings; False when there is no money for more."""
        try:
            data = as_dict(orjson.loads(line))
        except orjson.JSONDecodeError:
            _log.warning("streamed line left out", server=self._api.server)
            return True
        if "data" not in data:
            self._part(data)
            return True
        setting = Setting(self._api.server, self._clock.now(), self._country)
        page = parse_page(data, setting)
        self._till.settle(page)
        if page.bad:
            _log.warning("streamed post left out", server=self._api.server, reason=page.bad[0])
        await self._say(self._news.of(page))
        await self._sweeper.newest(page.outdated)
        return await self._hold()

    async def _hold(self) -> bool:
        """Money for the posts that may be on their way; what is on display comes before it."""
        keep = await self._sweeper.duty()
        async with self._till.counter:
            return await self._till.hold(SLOT, BLOCK * TWEET.worst, keep=keep)

    def _part(self, data: object) -> None:
        """X says why it closes the stream: `operational-disconnect`, `TooManyConnections` …"""
        said = as_dict(data)
        problem = next(iter(dicts_in(said.get("errors"))), said)
        if problem.get("connection_issue") == "TooManyConnections":
            raise CrowdedError(f"{self._api.server} has another stream of this app open.")
        if problem:
            title = as_str(problem.get("title")) or "no reason given"
            raise DisconnectError(f"{self._api.server} closes the stream: {title[:80]}")
