"""Screens: what each has painted, when it was lost, what it is told, and the proof that a post is gone from all of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest

from app.actions import log
from app.actions import screens as actions
from app.actions.accounts import enter_by_link
from app.actions.log import COMMAND_LINE
from app.actions.screens import Wish
from app.actions.undo import undo
from app.domain.identity import from_ms
from app.domain.screen import Screen, ScreenState
from app.errors import ConflictError, InvalidError, NotFoundError
from app.live.attendance import LATE_S
from app.live.proofs import KEPT, Proofs
from app.live.screens import Screens
from app.storage.store import Store
from tests.factories import WALL
from tests.fakes import House, house

pytestmark = pytest.mark.anyio
SLUG = WALL.slug


class FakeLine:
    """A line to a page that keeps what it is told beside the wall."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def say(self, frame: bytes) -> None:
        self.told.append(orjson.loads(frame))


class Venue:
    """The screens of one house, and the public's wall as far as it has been read."""

    def __init__(self, home: House) -> None:
        self.home, self.clock = home, home.clock
        self.public = (100, 100)
        self.moved = asyncio.Event()
        self.screens = Screens(home.store, home.clock, self.moved, lambda _: self.public)
        self.open = ExitStack()

    async def hang(self, *names: str) -> list[Screen]:
        """Screens that were opened by a browser."""
        made = []
        for name in names:
            screen, _ = await actions.add(self.home.context, SLUG, name, "", actor=COMMAND_LINE)
            made.append(screen)
        await self.screens.look()
        return made

    def connect(self, screen: Screen) -> tuple[FakeLine, Callable[..., None], Callable[[], None]]:
        """A page of a screen: its line, how it reports, and how it leaves."""
        stack = self.open.enter_context(ExitStack())
        line = FakeLine()
        hear = stack.enter_context(self.screens.page(screen.id, line))
        assert hear is not None

        def report(seq: int, painted_ms: float = 40, **more: Any) -> None:
            said = {"kind": "seen", "seq": seq, "painted_ms": painted_ms, **more}
            hear(orjson.dumps(said))

        return line, report, stack.close

    def told(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in self.screens.told(SLUG)}

    def proof(self) -> tuple[int, int, Any, list[str]]:
        """Of the newest: how many screens have painted it, of how many, after how long, and which have not."""
        self.screens.check()
        newest = self.screens.proofs(SLUG)[-1]
        return newest["by"], newest["of"], newest["ms"], newest["missing"]


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    async with house(tmp_path) as home:
        made = Venue(home)
        with made.open:
            yield made


# what a screen is told, and what it tells


async def test_a_screen_is_told_its_name_and_what_is_asked_of_it_and_again_only_when_that_changes(
    venue: Venue,
) -> None:
    (hall,) = await venue.hang("Hall A")
    line, _, _ = venue.connect(hall)
    wish = Wish(room="Main", state=ScreenState(dark=True))
    await actions.change(venue.home.context, SLUG, hall.id, wish, actor=COMMAND_LINE)
    for _ in range(2):
        await venue.screens.look()
    before, after = line.told
    assert (before["kind"], before["name"], before["state"]["dark"]) == ("screen", "Hall A", False)
    assert (after["room"], after["state"]["dark"], after["state"]["theme"]) == (
        "Main",
        True,
        "dark",
    )


async def test_what_was_read_before_a_change_is_not_told_after_it(venue: Venue) -> None:
    (hall,) = await venue.hang("Hall A")
    line, _, _ = venue.connect(hall)
    gate, read, store = asyncio.Event(), asyncio.Event(), venue.home.store

    @asynccontextmanager
    async def slowly() -> AsyncIterator[Any]:
        async with store.read() as reading:
            yield reading
        read.set()
        await gate.wait()

    venue.screens._store = cast(Store, SimpleNamespace(read=slowly))
    looks = [asyncio.create_task(venue.screens.look())]
    await read.wait()
    await actions.reload(venue.home.context, SLUG, hall.id, actor=COMMAND_LINE)
    venue.screens._store = store
    looks.append(asyncio.create_task(venue.screens.look()))
    for _ in range(50):
        await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*looks)
    assert [frame["reload"] for frame in line.told] == [0, 1]


async def test_a_change_leaves_what_it_does_not_name(venue: Venue) -> None:
    (hall,) = await venue.hang("Hall A")
    for wish in ({"state": {"theme": "light"}}, {"state": {"scale": 1.4}}, {"room": "Main"}):
        asked = Wish.model_validate(wish)
        await actions.change(venue.home.context, SLUG, hall.id, asked, actor=COMMAND_LINE)
    await venue.screens.look()
    told = venue.told()["Hall A"]
    assert (told["room"], told["state"]["theme"], told["state"]["scale"]) == ("Main", "light", 1.4)


async def test_a_change_is_taken_back_from_the_log_unless_something_came_later(
    venue: Venue,
) -> None:
    (hall,) = await venue.hang("Hall A")
    context = venue.home.context
    for name in ("Hall B", "Hall C"):
        await actions.change(context, SLUG, hall.id, Wish(name=name), actor=COMMAND_LINE)
    second, first, added = [entry.line.id for entry in await log.newest(context, SLUG)]
    with pytest.raises(ConflictError):
        await undo(context, SLUG, first)
    await undo(context, SLUG, second)
    await undo(context, SLUG, first)
    await venue.screens.look()
    assert list(venue.told()) == ["Hall A"]
    with pytest.raises(NotFoundError):
        await undo(context, SLUG, added)


async def test_every_wish_of_the_crew_is_one_line_of_the_log(venue: Venue) -> None:
    (hall,) = await venue.hang("Hall A")
    context = venue.home.context
    for _ in range(2):
        await actions.change(context, SLUG, hall.id, Wish(room="Main"), actor=COMMAND_LINE)
    for ask in (actions.identify, actions.reload, actions.link, actions.remove):
        await ask(context, SLUG, hall.id, actor=COMMAND_LINE)  # type: ignore[operator]
    lines = [(entry.line.action, entry.line.target) for entry in await log.newest(context, SLUG)]
    done = ("remove", "link", "reload", "identify", "change", "add")
    assert lines == [(f"screen.{what}", hall.id) for what in done]


async def test_a_screen_asked_which_it_is_shows_that_for_ten_seconds(venue: Venue) -> None:
    (hall,) = await venue.hang("Hall A")
    await actions.identify(venue.home.context, SLUG, hall.id, actor=COMMAND_LINE)
    await venue.screens.look()
    at_once, _, _ = venue.connect(hall)
    venue.clock.move(10)
    later, _, _ = venue.connect(hall)
    until = from_ms(venue.home.context.now_ms()).isoformat().replace("+00:00", "Z")
    assert [line.told[0]["identify_until"] for line in (at_once, later)] == [until, None]


async def test_each_wish_to_load_anew_has_a_number_of_its_own(venue: Venue) -> None:
    (hall,) = await venue.hang("Hall A")
    line, _, _ = venue.connect(hall)
    for _ in range(2):
        await actions.reload(venue.home.context, SLUG, hall.id, actor=COMMAND_LINE)
        await venue.screens.look()
    assert [frame["reload"] for frame in line.told] == [0, 1, 2]


async def test_what_a_screen_reports_is_on_the_desk(venue: Venue) -> None:
    (hall,) = await venue.hang("Hall A")
    _, report, _ = venue.connect(hall)
    for seq in range(1, 101):
        report(seq, painted_ms=seq, up_s=60, heap_mb=48.5)
    report(100, painted_ms=9_000)  # a heartbeat: nothing new was painted
    told = venue.told()["Hall A"]
    assert (told["online"], told["seen"], told["lost_at"]) == (True, 100, None)
    assert (told["painted_p50_ms"], told["painted_ms"]) == (50, 95)
    assert (told["up_s"], told["heap_mb"]) == (60, 48.5)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"3", b'{"kind":"hello"}', b'{"kind":"seen","seq":true}', b'"seen"',
     b'{"kind":"seen","seq":"7","painted_ms":"x"}', b'{"kind":"seen","seq":101,"painted_ms":1}'],
)  # fmt: skip
async def test_nonsense_and_numbers_the_wall_has_not_reached_prove_nothing(
    venue: Venue, text: bytes
) -> None:
    (hall,) = await venue.hang("Hall A")
    with venue.screens.page(hall.id, FakeLine()) as hear:
        assert hear is not None
        venue.screens.expect(SLUG, 0, "p1")
        hear(text)
        assert venue.proof()[:2] == (0, 1)


async def test_a_screen_that_goes_keeps_its_state_and_says_since_when(venue: Venue) -> None:
    (hall,) = await venue.hang("Hall A")
    _, report, leave = venue.connect(hall)
    report(70)
    venue.clock.move(3)
    lost = venue.clock.now()
    leave()
    venue.clock.move(40)
    told = venue.told()["Hall A"]
    assert (told["online"], told["seen"], told["lost_at"]) == (False, 70, lost)
    _, report, _ = venue.connect(hall)
    assert (venue.told()["Hall A"]["online"], venue.told()["Hall A"]["lost_at"]) == (True, None)


async def test_a_screen_that_says_nothing_any_more_is_lost_though_its_socket_is_open(
    venue: Venue,
) -> None:
    (hall,) = await venue.hang("Hall A")
    _, report, _ = venue.connect(hall)
    report(70)
    heard = venue.clock.now()
    venue.clock.move(LATE_S + 1)
    told = venue.told()["Hall A"]
    assert (told["online"], told["lost_at"]) == (False, heard)


async def test_a_screen_that_was_never_opened_is_neither_here_nor_lost(venue: Venue) -> None:
    await venue.hang("Hall A")
    told = venue.told()["Hall A"]
    assert (told["online"], told["opened"], told["lost_at"], told["seen"]) == (
        False,
        False,
        None,
        None,
    )


async def test_names_are_told_apart_and_screens_of_other_walls_are_not_found(venue: Venue) -> None:
    (hall,) = await venue.hang("Hall A")
    for name in ("hall a", "  ", "x" * 81, "a\x00b"):
        with pytest.raises(InvalidError):
            await venue.hang(name)
    same = await actions.change(
        venue.home.context, SLUG, hall.id, Wish(name="Hall  A"), actor=COMMAND_LINE
    )
    assert same.name == "Hall A"
    with pytest.raises(NotFoundError):
        await actions.remove(venue.home.context, SLUG, "another", actor=COMMAND_LINE)


async def test_the_metrics_count_screens_and_know_how_long_each_is_silent(venue: Venue) -> None:
    hall, _ = await venue.hang("Hall A", "Foyer")
    _, report, _ = venue.connect(hall)
    report(70)
    venue.clock.move(4)
    venue.screens.measure()
    said = generate_latest().decode()
    assert f'hallway_screens_online{{wall="{SLUG}"}} 1.0' in said
    assert f'hallway_screen_silence_seconds{{screen="Hall A",wall="{SLUG}"}} 4.0' in said
    assert 'screen="Foyer"' not in said


# the proof that a post is gone


async def test_the_desk_hears_who_has_painted_a_hide_and_who_has_not(venue: Venue) -> None:
    four = await venue.hang("Hall A", "Hall B", "Foyer", "Bar")
    reports = [venue.connect(screen)[1] for screen in four]
    venue.public = (9, 9)
    venue.screens.expect(SLUG, 7, "p1")
    assert venue.proof() == (0, 4, None, ["Bar", "Foyer", "Hall A", "Hall B"])
    for report in reports[:3]:
        venue.clock.move(0.06)
        report(6)
        report(7)
    assert venue.proof() == (3, 4, 180, ["Bar"])
    venue.clock.move(0.5)
    reports[3](9)
    assert venue.proof()[1:] == (4, 680, [])


async def test_a_screen_that_is_away_has_to_come_back_before_the_proof_is_whole(
    venue: Venue,
) -> None:
    hall, foyer = await venue.hang("Hall A", "Foyer")
    (_, here, _), (_, away, leave) = venue.connect(hall), venue.connect(foyer)
    away(50)
    leave()
    venue.screens.expect(SLUG, 60, "p1")
    here(60)
    assert venue.proof()[0::3] == (1, ["Foyer"])
    _, back, _ = venue.connect(foyer)
    assert venue.proof()[3] == ["Foyer"]
    back(55)
    assert venue.proof()[3] == ["Foyer"]
    back(60)
    assert venue.proof()[:2] == (2, 2)


async def test_two_pages_of_one_screen_must_both_have_painted_it(venue: Venue) -> None:
    (hall,) = await venue.hang("Hall A")
    (_, one, _), (_, other, leave) = venue.connect(hall), venue.connect(hall)
    one(50)
    other(50)
    venue.screens.expect(SLUG, 60, "p1")
    one(60)
    assert venue.proof()[0] == 0
    leave()
    assert venue.proof()[0] == 1


async def test_a_page_that_says_nothing_any_more_does_not_hold_up_the_one_that_took_its_place(
    venue: Venue,
) -> None:
    (hall,) = await venue.hang("Hall A")
    venue.connect(hall)
    venue.clock.move(LATE_S + 1)
    _, report, _ = venue.connect(hall)
    venue.screens.expect(SLUG, 60, "p1")
    report(60)
    assert venue.proof()[0] == 1


async def test_a_screen_that_nobody_opened_can_show_nothing(venue: Venue) -> None:
    hall, _ = await venue.hang("Hall A", "Foyer")
    _, report, _ = venue.connect(hall)
    venue.screens.expect(SLUG, 60, "p1")
    report(60)
    assert venue.proof()[:2] == (1, 1)


async def test_after_a_restart_a_screen_that_has_not_come_back_may_still_show_it(
    venue: Venue,
) -> None:
    (hall,) = await venue.hang("Hall A")
    await _sign_in(venue, hall)
    again = Screens(venue.home.store, venue.clock, venue.moved, lambda _: venue.public)
    await again.look()
    again.expect(SLUG, 60, "p1")
    assert again.proofs(SLUG)[0]["missing"] == ["Hall A"]
    assert again.told(SLUG)[0]["lost_at"] == venue.clock.now()


async def test_a_screen_that_is_taken_down_is_not_waited_for(venue: Venue) -> None:
    hall, foyer = await venue.hang("Hall A", "Foyer")
    (_, report, _), _ = venue.connect(hall), venue.connect(foyer)
    venue.screens.expect(SLUG, 60, "p1")
    report(60)
    await actions.remove(venue.home.context, SLUG, foyer.id, actor=COMMAND_LINE)
    await venue.screens.look()
    assert venue.proof()[:2] == (1, 1)


async def test_what_the_public_was_never_shown_is_gone_at_once(venue: Venue) -> None:
    """The public's number does not move when a post that waits is hidden: no screen will ever report it."""
    (hall,) = await venue.hang("Hall A")
    _, report, _ = venue.connect(hall)
    report(50)
    venue.public = (50, 50)
    venue.screens.expect(SLUG, 60, "p1")
    assert venue.proof()[:2] == (0, 1)
    venue.public = (50, 60)
    assert venue.proof() == (1, 1, 0, [])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), max_size=30), st.integers(1, 12))
def test_a_screen_counts_exactly_when_it_has_painted_that_change_or_a_later_one(
    reports: list[tuple[int, int]], seq: int
) -> None:
    proofs = Proofs()
    proofs.expect(seq, "p1", 0, {"0", "1", "2", "3"})
    for time, (screen, painted) in enumerate(reports):
        proofs.painted(str(screen), painted, time)
    done = {str(screen) for screen, painted in reports if painted >= seq}
    (told,) = proofs.as_json({str(n): f"Screen {n}" for n in range(4)})
    assert (told["by"], told["of"], len(told["missing"])) == (len(done), 4, 4 - len(done))
    assert (told["ms"] is None) == (not done)


def test_only_the_newest_proofs_are_kept() -> None:
    proofs = Proofs()
    for seq in range(KEPT + 5):
        proofs.expect(seq, "p1", 0, {"a"})
    assert [one["seq"] for one in proofs.as_json({"a": "Hall A"})] == list(range(5, KEPT + 5))


async def _sign_in(venue: Venue, screen: Screen) -> None:
    _, token = await actions.link(venue.home.context, SLUG, screen.id, actor=COMMAND_LINE)
    await enter_by_link(venue.home.context, token)
    await venue.screens.look()
