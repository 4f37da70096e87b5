"""A programme is followed while it changes: what is asked of its server, what is kept on errors, and what is said."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import anyio
import pytest

from app.domain.wall import Session
from app.errors import SourceError, UsageError
from app.ingest.runner import Feed, Runner
from app.ports import Condition
from app.programme.check import check
from app.programme.places import Place, place_of
from app.programme.source import ProgrammeSource
from tests.fake_feeds import FakeFeeds
from tests.fake_mastodon import ManualClock, answers
from tests.fakes import Reports

pytestmark = pytest.mark.anyio

BERLIN = ZoneInfo("Europe/Berlin")
HEAD = "title,start,end,room,tags\n"
ONE = HEAD + "Types,2026-11-21 10:00,10:45,Hall A,#pyfest26 #types\n"
TWO = ONE + "Async,2026-11-21 11:00,11:45,Hall B,\n"


class Taken:
    """What a wall was given, time after time."""

    def __init__(self) -> None:
        self.programmes: list[list[str]] = []
        self.tags: list[tuple[str, ...]] = []

    async def __call__(self, sessions: Sequence[Session]) -> None:
        self.programmes.append([s.title for s in sessions])
        self.tags = [s.tags for s in sessions]


class Nothing:
    """Known posts of a source that brings none."""


def fake(body: str = ONE) -> FakeFeeds:
    return FakeFeeds(body, content_type="text/csv")


def place(address: str, clock: ManualClock) -> Place:
    return place_of(address, clock=clock, contact="crew@pyfest.example")


class Followed:
    """A source that runs, and what came of it."""

    def __init__(self, address: str) -> None:
        self.clock, self.taken, self.reports = ManualClock(), Taken(), Reports()
        self.source = ProgrammeSource(
            place(address, self.clock),
            self.taken,
            clock=self.clock,
            zone=BERLIN,
            hashtags=("pyfest26",),
        )

    @property
    def said(self) -> tuple[Condition, str]:
        health = self.reports.healths[-1]
        return health.condition, health.detail

    async def look_again(self) -> None:
        """Until the next look is over."""
        self.clock.advance(self.reports.promises[-1])
        await self.clock.asleep(1)


@asynccontextmanager
async def following(address: str) -> AsyncIterator[Followed]:
    one = Followed(address)

    async def run() -> None:
        async for _ in one.source.batches(None, Nothing(), one.reports):  # type: ignore[arg-type]
            pass

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        await one.clock.asleep(1)
        yield one
        tasks.cancel_scope.cancel()


# an address


async def test_a_server_is_asked_every_five_minutes_and_conditionally() -> None:
    async with fake().running() as server, following(server.address) as one:
        await one.look_again()
        server.body = TWO
        await one.look_again()
        await one.look_again()
    assert one.taken.programmes == [["Types"], ["Types", "Async"]]
    assert server.statuses == [200, 304, 200, 304]
    assert one.clock.slept == [300.0] * 4
    assert "crew@pyfest.example" in server.requests[0][1]["user-agent"]
    assert one.said == (Condition.LIVE, "2 talks in 2 rooms.")
    assert one.source.name == f"programme:{server.server}/feed.xml"


async def test_the_walls_own_hashtag_is_no_talks() -> None:
    async with fake().running() as server, following(server.address) as one:
        assert one.taken.tags == [("types",)]


async def test_a_programme_that_cannot_be_understood_leaves_the_last_one() -> None:
    async with fake().running() as server, following(server.address) as one:
        server.body = "<html>We are rebuilding"
        await one.look_again()
        assert one.taken.programmes == [["Types"]]
        condition, detail = one.said
        assert (condition, detail.endswith("The last programme stays.")) == (Condition.DOWN, True)
        server.body = ONE
        await one.look_again()
        assert one.said == (Condition.LIVE, "1 talk.")


async def test_what_was_not_taken_is_asked_for_again_whole() -> None:
    async with fake().running() as server, following(server.address) as one:
        server.body = "nonsense"
        await one.look_again()
        await one.look_again()
    assert server.statuses == [200, 200, 200]


async def test_a_server_that_fails_is_left_to_the_runner_and_comes_back_with_its_talks() -> None:
    async with fake().running() as server:
        one = Followed(server.address)
        server.fail(answers(500), answers(410))
        batches = one.source.batches
        for said in ("fault of its own", "this programme is gone for good"):
            with pytest.raises(SourceError, match=said):
                await anext(batches(None, Nothing(), one.reports))  # type: ignore[arg-type]
        assert one.taken.programmes == []
        await anext(batches(None, Nothing(), one.reports))  # type: ignore[arg-type]
        assert one.taken.programmes == [["Types"]]


async def test_beside_the_sources_it_is_shown_like_one() -> None:
    async def nothing(*_: object) -> None:
        return None

    async with fake().running() as server:
        one = Followed(server.address)
        feed = Feed(arrive=nothing, cursor=nothing, known=Nothing())  # type: ignore[arg-type]
        runner = Runner("pyfest26", one.source, feed, one.clock, Random(26))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(runner.run)
            await one.clock.asleep(1)
            tasks.cancel_scope.cancel()
    assert runner.state.health.detail == "1 talk."
    assert runner.state.last_arrival_at is None


# a file


async def test_a_file_is_read_again_within_ten_seconds_of_being_saved(tmp_path: Path) -> None:
    file = tmp_path / "programme.csv"
    file.write_text(ONE, encoding="utf-8")
    async with following(str(file)) as one:
        await one.look_again()
        file.write_text(TWO, encoding="utf-8")
        await one.look_again()
        os.utime(file, (0, 0))
        await one.look_again()
    assert one.taken.programmes == [["Types"], ["Types", "Async"], ["Types", "Async"]]
    assert one.clock.slept == [10.0] * 4
    assert one.source.name == "programme:programme.csv"


async def test_a_file_that_is_broken_or_missing_is_said_and_mended_later(tmp_path: Path) -> None:
    file = tmp_path / "programme.csv"
    async with following(str(file)) as one:
        assert one.said[0] is Condition.DOWN
        assert f"{file} cannot be read: No such file" in one.said[1]
        file.write_text(ONE.replace("10:45", "soon"), encoding="utf-8")
        await one.look_again()
        assert "Line 2, column end: “soon” is no time" in one.said[1]
        file.write_text(ONE, encoding="utf-8")
        await one.look_again()
        assert one.said == (Condition.LIVE, "1 talk.")


def test_what_looks_like_an_address_and_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="no address of a programme"):
        place("ftp://talks.pyfest.example/schedule.json", ManualClock())


# hallway check


async def test_a_check_says_what_is_in_it_and_when(tmp_path: Path) -> None:
    file = tmp_path / "programme.csv"
    file.write_text(TWO, encoding="utf-8")
    clock = ManualClock()
    found = await check(str(file), BERLIN, clock=clock)
    assert [(one.ok, one.sentence) for one in found[:2]] == [
        (True, "2 talks in 2 rooms."),
        (True, "From 2026-11-21 10:00 to 2026-11-21 11:45 (CET)."),
    ]
    clock.advance(10 * 86_400)
    assert not (await check(str(file), BERLIN, clock=clock))[-1].ok


async def test_a_check_names_what_is_wrong() -> None:
    async with fake("<html>").running() as server:
        server.fail(answers(404))
        missing = await check(server.address, BERLIN, clock=ManualClock())
        page = await check(server.address, BERLIN, clock=ManualClock())
    said = [one.sentence for one in (*missing, *page)]
    assert "there is no programme at this address" in said[0]
    assert "schedule.json" in said[1]
    assert not any(one.ok for one in (*missing, *page))
