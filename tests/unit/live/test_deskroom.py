"""The desk's own frame: who is here and on which post, told when it is new and never in the way of the wall's frames."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from app.errors import ConflictError
from app.live import deskroom as deskroom_module
from app.live.crowd import Crowd
from app.live.deskroom import DeskRoom
from app.live.plain import Closed, PlainLine
from app.live.screens import Screens
from tests.factories import WALL
from tests.fakes import FakeClock, house

pytestmark = pytest.mark.anyio
SLUG = WALL.slug


class FakeLine:
    """A desk page's line, which keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.heard = asyncio.Event()

    def say(self, frame: bytes) -> None:
        self.told.append(orjson.loads(frame))
        self.heard.set()


class Crew:
    """The desk of one house."""

    def __init__(self, room: DeskRoom, clock: FakeClock) -> None:
        self.room, self.clock = room, clock
        self.open = ExitStack()

    def sit(self, name: str, wall: str = SLUG) -> tuple[FakeLine, ExitStack]:
        """Somebody opens the desk; closing the stack leaves it."""
        line, stack = FakeLine(), self.open.enter_context(ExitStack())
        stack.enter_context(self.room.seat(wall, name.lower(), name, line))
        return line, stack

    def claim(self, name: str, post: str) -> None:
        self.room.claim(SLUG, post, name.lower(), name)

    def claims(self, line: FakeLine) -> list[tuple[str, str]]:
        """By whom and on what, as the page knows now."""
        self.room.tell()
        return [(one["by"], one["post"]) for one in line.told[-1]["claims"]]

    def here(self, line: FakeLine) -> list[str]:
        self.room.tell()
        return cast(list[str], line.told[-1]["here"])


@pytest.fixture
async def crew(tmp_path: Path) -> AsyncIterator[Crew]:
    async with house(tmp_path) as home:
        moved = asyncio.Event()
        screens = Screens(home.store, home.clock, moved, lambda _: (0, 0))
        made = Crew(DeskRoom(home.clock, screens, moved), home.clock)
        with made.open:
            yield made


# who is here


async def test_everybody_sees_who_is_here_each_once(crew: Crew) -> None:
    line, _ = crew.sit("Mira")
    crew.sit("Tom")
    _, second_page = crew.sit("Tom")
    crew.sit("Else", wall="another")
    assert crew.here(line) == ["Mira", "Tom"]
    second_page.close()
    assert crew.here(line) == ["Mira", "Tom"]


async def test_who_leaves_is_not_here_any_more_and_frees_the_post(crew: Crew) -> None:
    line, _ = crew.sit("Mira")
    _, desk = crew.sit("Tom")
    crew.claim("Tom", "p1")
    assert crew.claims(line) == [("Tom", "p1")]
    desk.close()
    assert (crew.here(line), crew.claims(line)) == (["Mira"], [])


# claims


async def test_a_post_that_somebody_is_on_is_refused_with_the_name(crew: Crew) -> None:
    crew.claim("Mira", "p1")
    with pytest.raises(ConflictError, match=r"^Mira is on this post\."):
        crew.claim("Tom", "p1")
    crew.claim("Tom", "p2")
    line, _ = crew.sit("Else")
    assert crew.claims(line) == [("Mira", "p1"), ("Tom", "p2")]


async def test_a_claim_ends_after_fifteen_seconds_unless_it_is_renewed(crew: Crew) -> None:
    line, _ = crew.sit("Mira")
    crew.claim("Mira", "p1")
    crew.clock.move(10)
    crew.claim("Mira", "p1")
    crew.clock.move(14)
    assert crew.claims(line) == [("Mira", "p1")]
    crew.clock.move(1)
    assert crew.claims(line) == []
    crew.claim("Tom", "p1")


async def test_claiming_another_post_frees_the_one_before(crew: Crew) -> None:
    line, _ = crew.sit("Mira")
    crew.claim("Mira", "p1")
    crew.claim("Mira", "p2")
    crew.claim("Tom", "p1")
    assert crew.claims(line) == [("Mira", "p2"), ("Tom", "p1")]


async def test_only_the_one_who_claimed_a_post_frees_it_and_late_news_frees_no_other(
    crew: Crew,
) -> None:
    line, _ = crew.sit("Mira")
    crew.claim("Mira", "p2")
    crew.room.release(SLUG, "p2", "tom")
    crew.room.release(SLUG, "p1", "mira")
    assert crew.claims(line) == [("Mira", "p2")]
    crew.room.release(SLUG, "p2", "mira")
    assert crew.claims(line) == []


# when it is told


async def test_a_page_is_told_at_once_and_then_only_what_is_new(crew: Crew) -> None:
    first, _ = crew.sit("Mira")
    for _ in range(3):
        crew.room.tell()
    second, _ = crew.sit("Mira")
    crew.room.tell()
    assert [len(line.told) for line in (first, second)] == [1, 1]
    crew.claim("Mira", "p1")
    crew.room.tell()
    assert [len(line.told) for line in (first, second)] == [2, 2]


async def test_what_comes_within_a_quarter_of_a_second_is_one_frame(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: asyncio.Queue[float] = asyncio.Queue()
    gate = asyncio.Event()

    async def pause(seconds: float) -> None:
        paused.put_nowait(seconds)
        await gate.wait()
        gate.clear()

    monkeypatch.setattr(deskroom_module.asyncio, "sleep", pause)
    line, _ = crew.sit("Mira")
    running = asyncio.create_task(crew.room.run())
    assert await paused.get() == 0.25
    for number in range(20):
        crew.claim("Mira", f"p{number}")
    assert len(line.told) == 1
    gate.set()
    await paused.get()
    assert [frame["claims"][0]["post"] for frame in line.told[1:]] == ["p19"]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


# how it goes out


class NoCrowd:
    """A crowd that hands over what it is told to, and notes when all of it has gone."""

    def __init__(self, *frames: bytes) -> None:
        self.frames = frames
        self.drains = 0

    def join(self, line: PlainLine, epoch: str, seq: int | None) -> None:
        line.say(b'"desk 1"')
        for frame in self.frames:
            line.take(frame)
        line.say(b'"desk 2"')

    def drained(self, line: PlainLine) -> None:
        self.drains += 1

    def heard(self, line: PlainLine, text: bytes) -> None:
        pass

    def left(self, line: PlainLine) -> None:
        pass


async def test_the_walls_frames_go_first_and_of_the_desks_only_the_newest() -> None:
    crowd = NoCrowd(b'"a hide"', b'"a post"')
    sent: list[str] = []

    async def send(text: str) -> None:
        sent.append(text)
        if text == '"desk 2"':
            raise Closed

    async def nothing() -> Any:
        await asyncio.Event().wait()

    line = PlainLine(cast(Crowd, crowd))
    await line.serve("", None, send=send, receive=nothing)
    assert sent == ['"a hide"', '"a post"', '"desk 2"']
    assert crowd.drains == 1
