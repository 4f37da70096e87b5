"""Follows hashtags on X: searches, re-checks and, as an option, a stream; never beyond its budget."""

from collections.abc import AsyncGenerator, Sequence
from random import Random

import anyio

from app.domain.arrival import Arrival, Batch
from app.domain.text import fold_tag
from app.errors import UsageError
from app.ports import Clock, Condition, Known, Report
from app.sources.bulletin import Bulletin
from app.sources.connection import Timeouts, base_address, server_name
from app.sources.http import Answer
from app.sources.limits import Pace
from app.sources.outlet import Outlet
from app.sources.pauses import Pauses
from app.sources.spelling import each_once
from app.sources.x.api import DIALECTS, LEAST, POST, XApi
from app.sources.x.client import XClient
from app.sources.x.ledger import MONTHLY_CAP, Ledger
from app.sources.x.news import News
from app.sources.x.parse import Setting
from app.sources.x.poll import QUERY_LENGTH, Poller, query_of, rule_of
from app.sources.x.state import State
from app.sources.x.stream import STALL_S, Stream
from app.sources.x.sweep import Sweeper
from app.sources.x.till import Till
from app.sources.x.words import HOW_TO_GET_IN, OFF, budget, reading, used_up

BASE = "https://api.x.com"

POLL_S = 60.0
STREAMED_POLL_S = 300.0
"""The safety net beneath an open stream."""

SWEEP_S = 300.0
"""Looking again at what was read today is free; X allows 3,500 look-ups in 15 min."""

LONGEST_SWEEP_S = 86_400.0
"""What is gone must leave within 24 hours (developer-terms/policy.mdx)."""

LEAST_BUDGET = 2 * LEAST * POST.worst
"""Below it, not two searches fit into a day."""


class XSource:
    """A `ports.Source` for one wall's hashtags."""

    rechecks = True

    def __init__(
        self,
        hashtags: Sequence[str],
        *,
        token: str | None,
        daily_budget: int | None,
        clock: Clock,
        rng: Random,
        monthly_budget: int = MONTHLY_CAP,
        name: str | None = None,
        base: str = BASE,
        contact: str = "",
        poll_interval_s: float = POLL_S,
        sweep_interval_s: float = SWEEP_S,
        stream: bool = False,
        stall_s: float = STALL_S,
        dialect: str = "tweet",
        country: str = "",
        timeouts: Timeouts | None = None,
    ) -> None:
        """Budgets are in posts; a profile counts as two. Raises UsageError for what is not right."""
        if not token or daily_budget is None:
            raise UsageError(OFF, hint=HOW_TO_GET_IN)
        if daily_budget < LEAST_BUDGET:
            raise UsageError(f"A daily budget of {daily_budget} posts is less than {LEAST_BUDGET}.")
        if dialect not in DIALECTS:
            raise UsageError(f"{dialect!r} is no dialect of X.", hint="They are: tweet, post.")
        self.tags = each_once(hashtags)
        if len(query_of(self.tags)) > QUERY_LENGTH:
            raise UsageError("These are more hashtags than X takes in one question.")
        self.base = base_address(base)
        self.server = server_name(self.base)
        self.name = name or f"x:{self.server}"
        self.token = token
        self.daily_budget = daily_budget
        self.monthly_budget = monthly_budget
        self.clock = clock
        self.rng = rng
        self.contact = contact
        self.poll_interval_s = poll_interval_s
        self.sweep_interval_s = min(sweep_interval_s, LONGEST_SWEEP_S)
        self.stream = stream
        self.stall_s = stall_s
        self.dialect = DIALECTS[dialect]
        self.country = country
        self.timeouts = timeouts
        self.pace = Pace()

    def batches(
        self, cursor: str | None, known: Known, report: Report
    ) -> AsyncGenerator[Batch, None]:
        """As `ports.Source`. The cursor holds what is read and what is spent; it comes in batches
        without arrivals too, before money is spent."""
        bulletin = Bulletin(report)
        ledger = Ledger(self.daily_budget, self.monthly_budget)
        # no room: what is spent next must not overtake what is written down
        outlet = Outlet(bulletin, room=0, committed=ledger.wrote)
        run = _Run(self, cursor, known, bulletin, outlet, ledger)
        return outlet.batches(self.name, run.run)


class _Run:
    """One run of a source: from the first request to the first fault."""

    def __init__(
        self,
        source: XSource,
        cursor: str | None,
        known: Known,
        bulletin: Bulletin,
        outlet: Outlet,
        ledger: Ledger,
    ) -> None:
        self._source = source
        self._clock = source.clock
        self._known = known
        self._bulletin = bulletin
        self._outlet = outlet
        self._ledger = ledger
        self._state = State(self._ledger)
        self._state.read(cursor, source.clock.now())
        self._till = Till(self._ledger, source.clock, self._save, self._tell_money)
        tags = frozenset(map(fold_tag, source.tags))
        self._news = News(source.server, tags, self._state.retweets)
        self._stream: Stream | None = None
        self._pauses = Pauses(self._clock, source.rng, bulletin, lambda: source.server)

    async def run(self) -> None:
        """Until a fault."""
        source = self._source
        self._bulletin.state(Condition.STARTING, f"Asking {source.server}.")
        self._tell_money()
        async with XClient(
            source.base,
            clock=self._clock,
            token=source.token,
            contact=source.contact,
            timeouts=source.timeouts,
            pace=source.pace,
            pause=self._pauses.pause,
            bulletin=self._bulletin,
        ) as client:
            api = XApi(client, self._setting, self._pauses.wait, source.dialect)
            sweeper = Sweeper(api, self._till, self._news, self._state, self._known, self._say)
            # Stored posts wait for this after a restart: it comes first.
            await sweeper.round()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._poll, self._poller(api, sweeper))
                tasks.start_soon(self._sweep, sweeper)
                if source.stream:
                    self._stream = self._listener(api, sweeper)
                    tasks.start_soon(self._stream.run)

    def _poller(self, api: XApi, sweeper: Sweeper) -> Poller:
        return Poller(
            api,
            self._till,
            self._state,
            self._news,
            sweeper,
            self._bulletin,
            self._say,
            tags=self._source.tags,
        )

    def _listener(self, api: XApi, sweeper: Sweeper) -> Stream:
        return Stream(
            api,
            self._till,
            self._news,
            sweeper,
            self._bulletin,
            self._clock,
            rule=rule_of(self._source.tags),
            tag=f"hallway {self._source.name}",
            country=self._source.country,
            stall_s=self._source.stall_s,
            say=self._say,
            wake=self._pauses.call,
        )

    def _setting(self, answer: Answer) -> Setting:
        return Setting(self._source.server, answer.at, self._source.country)

    def _tell_money(self) -> None:
        self._ledger.turn(self._clock.now())
        self._bulletin.note("money", budget(self._ledger))

    async def _say(self, arrivals: Sequence[Arrival]) -> None:
        """Hand on what there is, with the cursor of this moment."""
        if arrivals:
            await self._outlet.put(arrivals, self._state.write())

    async def _save(self) -> None:
        """Hand on the cursor, and wait until it is committed."""
        await self._outlet.commit(self._state.write())

    async def _poll(self, poller: Poller) -> None:
        while True:
            if not await poller.round():
                await self._wait_for_money()
                continue
            streaming = self._stream is not None and self._stream.open
            interval = self._source.poll_interval_s
            interval = max(interval, STREAMED_POLL_S) if streaming else interval
            words = reading(self._source.server, interval, streaming=streaming)
            self._bulletin.state(Condition.LIVE, words)
            rest_s = interval * self._source.rng.uniform(0.9, 1.1)
            self._bulletin.alive(rest_s)
            await self._pauses.rest(rest_s)

    async def _wait_for_money(self) -> None:
        """Until the day ends in UTC; what is on display is re-checked all the same."""
        now = self._clock.now()
        until = self._ledger.opens_at(now)
        with self._bulletin.waiting(until, used_up(self._ledger, until)):
            await self._clock.sleep((until - now).total_seconds())

    async def _sweep(self, sweeper: Sweeper) -> None:
        while True:
            await self._clock.sleep(self._source.sweep_interval_s)
            await sweeper.round()
            await sweeper.aside()
