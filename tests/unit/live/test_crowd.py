"""The crowd: everybody is brought to the head, in as few frames as can be; nobody waits for who takes nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from app.actions.arrivals import arrive
from app.actions.moderation import decide
from app.domain.arrival import Batch
from app.domain.identity import item_id
from app.domain.window import View, apply_frame
from app.live import crowd as crowd_module
from app.live import patience
from app.live.crowd import PULSE_S, Crowd
from app.live.line import Kind
from app.live.tail import Tail
from tests.factories import WALL, post, posted
from tests.fakes import House, house

pytestmark = pytest.mark.anyio


class FakeLine:
    """A line that takes everything, until it is told to be stuck."""

    kind: ClassVar[Kind] = "plain"
    framed: ClassVar[bool] = False
    deflates = False

    def __init__(self, *, pinged: bool = False) -> None:
        self.pinged = pinged
        self.silent = False
        self.heard = 0
        self.stuck = False
        self.frames: list[dict[str, Any]] = []
        self.pulses: list[dict[str, Any]] = []
        self.kept: list[bytes] = []
        self.ended: list[object] = []
        self.view = View()

    @property
    def open(self) -> bool:
        return not self.ended

    def take(self, data: bytes) -> bool:
        if self.stuck:
            self.kept.append(data)
            return False
        frame = orjson.loads(data.removesuffix(crowd_module.PING))
        (self.pulses if frame["kind"] == "pulse" else self.frames).append(frame)
        assert apply_frame(self.view, frame), "the frame does not chain"
        return True

    def waiting(self) -> int:
        return sum(map(len, self.kept))

    def drain(self, crowd: Crowd) -> None:
        """The socket takes again, first of all what waited."""
        self.stuck, kept, self.kept = False, self.kept, []
        for data in kept:
            self.take(data)
        crowd.drained(self)

    def close(self, code: int, reason: str = "") -> None:
        self.ended.append((code, reason))

    def abort(self) -> None:
        self.ended.append("aborted")


class Watched:
    """A house whose public wall is watched by a running crowd."""

    def __init__(self, home: House, crowd: Crowd) -> None:
        self.home, self.crowd = home, crowd

    async def enter(self, *numbers: int) -> None:
        """New posts, not told to the crowd yet."""
        batch = Batch([posted(n) for n in numbers])
        await arrive(self.home.context, WALL.slug, "test", batch)

    async def decide(self, number: int, decision: Any) -> None:
        await decide(self.home.context, WALL.slug, item_id(post(number).key), decision)

    async def poke(self) -> None:
        """The tail reads; the crowd brings everybody to the head."""
        await self.crowd.tail.advance()
        self.crowd.wake()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)

    async def join(self, count: int = 1, *, pinged: bool = False) -> list[FakeLine]:
        lines = [FakeLine(pinged=pinged) for _ in range(count)]
        for line in lines:
            self.crowd.join(line, "", None)
        await self.settle()
        return lines


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    async with house(folder) as home:
        tail = Tail(home.store, WALL.slug, "public")
        await tail.load()
        crowd = Crowd(tail, WALL.slug, "public", lambda: b'{"kind":"pulse","seq":0}')
        running = asyncio.create_task(crowd.run())
        try:
            yield Watched(home, crowd)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


def texts(line: FakeLine) -> set[str]:
    return {i["text"] for i in line.view.items.values() if i["kind"] == "post"}


async def test_a_viewer_gets_a_snapshot_and_a_pulse_then_one_frame_a_change(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        await at.enter(1)
        await at.crowd.tail.advance()
        (line,) = await at.join()
        assert ([f["kind"] for f in line.frames], len(line.pulses)) == (["snapshot"], 1)
        await at.enter(2)
        await at.poke()
        assert [f["kind"] for f in line.frames] == ["snapshot", "changes"]
        assert len(texts(line)) == 2


async def test_changes_that_came_since_the_last_pass_are_one_frame(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        (line,) = await at.join()
        for number in (1, 2, 3):
            await at.enter(number)
            await at.crowd.tail.advance()
        at.crowd.wake()
        await at.settle()
        assert [len(f["items"]) for f in line.frames[1:]] == [3]


async def test_the_frame_is_the_same_object_for_everybody(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        lines = await at.join(3)
        taken: list[bytes] = []
        for line in lines:
            line.take = lambda data: taken.append(data) or True  # type: ignore[func-returns-value,method-assign]
        await at.enter(1)
        await at.poke()
        assert len(taken) == 3
        assert all(data is taken[0] for data in taken)


async def test_a_viewer_that_is_stuck_holds_nobody_up_and_is_level_again_by_one_frame(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as at:
        slow, quick = await at.join(2)
        slow.stuck = True
        for number in (1, 2, 3):
            await at.enter(number)
            await at.poke()
        assert len(texts(quick)) == 3
        assert len(slow.kept) == 1
        slow.drain(at.crowd)
        await at.settle()
        assert len(slow.frames) == 3  # the snapshot, what it was stuck with, and the rest as one
        assert slow.view == quick.view


async def test_who_is_stuck_is_sent_nothing_that_was_hidden_meanwhile(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        (slow,) = await at.join()
        slow.stuck = True
        await at.enter(1)
        await at.poke()
        await at.enter(2)
        await at.poke()
        await at.decide(2, "hide")
        await at.poke()
        slow.drain(at.crowd)
        await at.settle()
        assert "Post 2" not in str(slow.frames)
        assert len(texts(slow)) == 1


async def test_a_hide_interrupts_the_pass_and_who_may_show_the_post_is_told_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd_module, "SLICE", 2)
    async with watched(tmp_path) as at:
        lines = await at.join(6)
        order: list[tuple[FakeLine, bool]] = []

        class Noting(FakeLine):
            def take(self, data: bytes) -> bool:
                order.append((self, b"Post 1" in data))
                return super().take(data)

        for line in lines:
            line.__class__ = Noting
        await at.enter(1)
        await at.crowd.tail.advance()
        await at.decide(1, "hide")
        turn = asyncio.sleep

        async def hidden_meanwhile(_: float) -> None:
            await at.crowd.tail.advance()
            await turn(0)

        monkeypatch.setattr(crowd_module.asyncio, "sleep", hidden_meanwhile)
        at.crowd.wake()
        while len(order) < 8:
            await turn(0)
        saw = {line for line, shown in order if shown}
        assert len(saw) == 2, "the pass went on with what had been hidden"
        assert {line for line, _ in order[2:4]} == saw
        assert all(texts(line) == set() for line in lines)


async def test_who_takes_nothing_is_cut_after_a_while_and_who_takes_a_little_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(tmp_path) as at:
        stalled, slow = await at.join(2)
        stalled.stuck = slow.stuck = True
        await at.enter(1, 2)
        await at.poke()
        monkeypatch.setattr(patience, "STALLED_S", -1.0)
        slow.kept = [slow.kept[0][1:]]  # one byte has gone
        await at.crowd.tick()
        assert stalled.ended == [(1013, "stalled"), "aborted"]
        assert slow.open


async def test_who_lets_too_much_pass_by_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "BACKLOG", 2_000)
    async with watched(tmp_path) as at:
        (stalled,) = await at.join()
        stalled.stuck = True
        await at.enter(1)
        await at.poke()
        await at.crowd.tick()
        assert stalled.open
        await at.enter(*range(2, 12))
        await at.poke()
        await at.crowd.tick()
        assert stalled.ended == [(1013, "backlog"), "aborted"]


async def test_each_viewer_gets_a_pulse_in_turn_and_one_that_does_not_answer_is_cut(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as at:
        (quiet,) = await at.join(pinged=True)
        (answers,) = await at.join(pinged=True)
        for _ in range(PULSE_S):
            await at.crowd.tick()
        assert (len(quiet.pulses), len(answers.pulses)) == (2, 2)
        answers.silent = False  # what a line does when it hears anything
        for _ in range(PULSE_S):
            await at.crowd.tick()
        assert quiet.ended == [(1013, "silent"), "aborted"]
        assert answers.open


async def test_who_waits_for_the_first_frame_gets_no_pulse_before_it(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        tail = Tail(
            home.store, WALL.slug, "public"
        )  # nothing was read yet, so nobody can be served
        crowd = Crowd(tail, WALL.slug, "public", lambda: b'{"kind":"pulse","seq":0}')
        line = FakeLine()
        crowd.join(line, "", None)
        for _ in range(PULSE_S):
            await crowd.tick()
        assert (line.frames, line.pulses) == ([], [])


async def test_another_epoch_gives_everybody_a_snapshot_the_stuck_too(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        quick, slow = await at.join(2)
        await at.enter(1)
        await at.poke()
        slow.stuck = True
        await at.enter(2)
        await at.poke()
        with closing(sqlite3.connect(tmp_path / "house.sqlite3")) as database, database:
            database.execute("UPDATE wall SET epoch = 'another'")
        await at.poke()
        slow.drain(at.crowd)
        await at.settle()
        assert quick.view.epoch == slow.view.epoch == "another"
        assert quick.view == slow.view


async def test_everybody_is_dismissed_with_the_code(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        lines = await at.join(5)
        await at.crowd.dismiss(1012)
        assert all(line.ended == [(1012, "")] for line in lines)


async def test_closed_lines_are_forgotten_on_an_idle_wall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd_module, "SLICE", 4)
    async with watched(tmp_path) as at:
        for line in await at.join(20):
            line.close(1000)
            at.crowd.left(line)
        await at.crowd.tick()
        assert sum(map(len, at.crowd._groups.values())) == 0
        assert at.crowd.counts["plain"] == 0
