"""Whatever is done to the way to a network: afterwards the wall is as without it, and meanwhile its health said so."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.arrival import Batch
from app.domain.book import Book
from app.domain.desk import Desk
from app.domain.moderation import Policy
from app.domain.record import Record
from app.domain.wall import Rules
from app.ingest.runner import Feed, Runner
from app.ports import Condition, Health, KnownPost
from tests.contracts.fault_worlds import WORLDS, Middle, World
from tests.factories import WALL
from tests.fault_proxy import ASKED_S, FAULTS, NONE, Fault

pytestmark = pytest.mark.anyio

LASTS_S = 100.0
"""How long a fault lasts: longer than any source rests."""
LONGEST_S = 1_200.0
"""After a fault all must be well within this time: two of the longest waits, and what a server asked for."""
QUIET = 12
"""Turns of the loop in which nothing moves, before time goes on."""


class PureWall:
    """A wall in memory, by the same rules as the one in the store; it says what it holds."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        wall = WALL.model_copy(update={"rules": Rules(hold_nostr=False)})
        self.book = Book(wall, Policy(wall, Desk()), self.records, {}, {})
        self.cursor: str | None = None

    async def arrive(self, batch: Batch) -> None:
        self.book.touched.clear()
        for said in batch.arrivals:
            self.book.enter(said)
        self.book.settle()
        self.book.fold(self.book.touched)
        self.cursor = batch.cursor or self.cursor

    async def read_cursor(self) -> str | None:
        return self.cursor

    def shown(self) -> dict[int, int]:
        """Posts by the number in their text, and by how many they were passed on. Twice would be an error."""
        posts = [r for r in self.records.values() if r.status == "approved" and r.copy_of is None]
        numbers = [int(re.findall(r"\d+", r.post.body.text)[0]) for r in posts if r.post]
        assert len(set(numbers)) == len(numbers), f"shown twice: {numbers}"
        return dict(zip(numbers, [r.passed.count for r in posts], strict=True))

    def _of(self, server: str) -> dict[str, KnownPost]:
        return {
            seen.local_id: KnownPost(
                record.key, server, seen.local_id, seen.origin, seen.counts.reposts
            )
            for record in self.records.values()
            for seen in record.sightings.values()
            if record.status != "gone" and seen.server == server and seen.live
        }

    async def on_display(self, server: str) -> Sequence[KnownPost]:
        return list(self._of(server).values())

    async def off_display(self, server: str, *, after: str, limit: int) -> Sequence[KnownPost]:
        return ()

    async def reposters(self, server: str) -> Sequence[tuple[str, str]]:
        return [
            (who, seen.local_id)
            for record in self.records.values()
            for seen in record.sightings.values()
            if seen.server == server
            for who, each in record.reposters.items()
            if not each.gone
        ]

    async def find(self, server: str, local_id: str) -> KnownPost | None:
        return self._of(server).get(local_id)


class Play:
    """A runner that follows a world, and time that goes on when nothing moves."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wall = PureWall()
        feed = Feed(self.wall.arrive, self.wall.read_cursor, self.wall)
        self.runner = Runner("pyfest26", world.source, feed, world.clock, Middle(26))
        self.healths: list[Health] = []

    @property
    def health(self) -> Health:
        return self.runner.state.health

    async def still(self) -> None:
        """Until nothing moves: no request is open, and nothing passes."""
        quiet, before = 0, self._moves()
        while quiet < QUIET:
            asking = any(proxy.open_requests for proxy in self.world.proxies)
            await asyncio.sleep(0.002 if asking else 0)
            now = self._moves()
            quiet = quiet + 1 if now == before and not asking else 0
            before = now
        await asyncio.sleep(0.001)  # a thread may be at work

    def _moves(self) -> tuple[int, int]:
        return sum(proxy.moves for proxy in self.world.proxies), len(self.world.clock.slept)

    async def passes(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """So much time goes by, or less, from one waking to the next."""
        clock = self.world.clock
        end = clock.monotonic() + seconds
        while True:
            if self.world.tick is not None:
                await self.world.tick()
            await self.still()
            self.runner.vitals.look()
            if self.health not in self.healths[-1:]:
                self.healths.append(self.health)
            left = end - clock.monotonic()
            if left <= 0 or until():
                return
            wakes = clock.next_s()
            clock.advance(min(left, left if wakes is None else wakes, 5.0))

    def well(self) -> bool:
        return self.health.condition is Condition.LIVE and self.wall.shown() == self.world.there


@asynccontextmanager
async def playing(name: str, fault: Fault) -> AsyncIterator[Play]:
    async with WORLDS[name](fault) as world:
        play = Play(world)
        running = asyncio.create_task(play.runner.run())
        try:
            yield play
        finally:
            running.cancel()
            await asyncio.wait([running])


async def starts(play: Play) -> None:
    """Three posts come, and are on the wall."""
    await play.passes(5)
    for number in (1, 2, 3):
        await play.world.happens(post=number)
    await play.passes(LONGEST_S, play.well)
    assert (play.wall.shown(), play.health.condition) == (play.world.there, Condition.LIVE)


async def suffers(play: Play, fault: Fault) -> None:
    """A fault lasts, and on the network life goes on."""
    play.healths.clear()
    await play.world.set(fault)
    await play.world.happens(post=4, repost=3)
    await play.passes(LASTS_S / 2)
    await play.world.happens(post=5, delete=2)
    await play.passes(LASTS_S / 2)
    await play.world.set(NONE)


CASES = [
    pytest.param(
        name,
        fault,
        id=f"{name}-{fault.name}",
        # a client's own patience is in real seconds
        marks=[pytest.mark.slow] if (fault.hang or fault.drip) and name != "mastodon" else [],
    )
    for name in WORLDS
    for fault in FAULTS
]


@pytest.mark.parametrize(("name", "fault"), CASES)
async def test_after_a_fault_the_wall_is_as_without_it(name: str, fault: Fault) -> None:
    async with playing(name, fault) as play:
        await starts(play)
        before = [len(proxy.requests) for proxy in play.world.proxies]
        await suffers(play, fault)
        asked = [
            proxy.requests[start:] for proxy, start in zip(play.world.proxies, before, strict=True)
        ]
        told = [one for one in play.healths if one.condition is not Condition.LIVE or one.detail]
        await play.passes(LONGEST_S, play.well)

        assert play.wall.shown() == play.world.there
        assert play.health.condition is Condition.LIVE
        if fault.breaks:
            assert any(one.condition is not Condition.LIVE for one in told), told
            for requests in asked:
                assert len(requests) <= tries(LASTS_S) * play.world.a_run_asks
        if fault.clock_h:
            assert any("clock of this machine is 60 min" in one.detail for one in told), told
        for requests in asked:
            assert_obeyed(requests)


def tries(seconds: float) -> int:
    """How often a source tries within so many seconds, when it waits for the middle of 1, 2, 4 … s in between."""
    waited, waits = 0.0, 0
    while waited < seconds:
        waited += 2.0**waits / 2
        waits += 1
    return waits + 1


def assert_obeyed(requests: Sequence[tuple[float, str, bool]]) -> None:
    """After an answer that asks to wait, nothing is asked for as long. A date has whole seconds."""
    asked_at = [at for at, _, refused in requests if refused]
    for at, line, _ in requests:
        early = [first for first in asked_at if first < at < first + ASKED_S - 1]
        assert not early, (
            f"{line} came {at - early[-1]:.0f} s after it was asked to wait {ASKED_S} s"
        )


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
@settings(max_examples=4, deadline=None)
@given(
    troubles=st.lists(st.sampled_from([f for f in FAULTS if not f.clock_h]), min_size=2, max_size=4)
)
async def test_one_fault_after_the_other_changes_nothing_in_the_end(
    name: str, troubles: list[Fault]
) -> None:
    async with playing(name, NONE) as play:
        await starts(play)
        for number, fault in enumerate(troubles, 4):
            await play.world.set(fault)
            await play.world.happens(post=number)
            await play.passes(20)
        await play.world.set(NONE)
        await play.world.happens(delete=2, repost=3)
        await play.passes(2 * LONGEST_S, play.well)

        assert play.wall.shown() == play.world.there
        for proxy in play.world.proxies:
            assert_obeyed(proxy.requests)
