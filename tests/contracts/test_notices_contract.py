"""Notices on each database: when they are on the walls, who learns of them, what is left of them, and taking all back."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from app.actions import log, notices
from app.actions.log import Actor
from app.actions.notices import HELD
from app.actions.on_time import keep_time, turn
from app.actions.undo import undo
from app.domain.identity import media_id
from app.domain.notice import Notice, Style, written
from app.domain.wall import Audience
from app.errors import ConflictError, InvalidError, NotFoundError
from app.live.tail import Tail
from tests.contracts.conftest import opened
from tests.factories import NOON, WALL
from tests.fakes import FakeClock, House

pytestmark = pytest.mark.anyio
SLUG = WALL.slug
MIRA = Actor("Mira", "moderator", "a1")
PICTURE = "upload:00112233445566778899aabbccddeeff"


def notice(
    text: str = "Lunch is served",
    starts: float | None = None,
    ends: float | None = None,
    style: Style = "announcement",
) -> Notice:
    """A notice that starts and ends so many seconds after noon."""
    first, last = (None if s is None else NOON + timedelta(seconds=s) for s in (starts, ends))
    return written(style, "", text, first, last)


async def add(house: House, one: Notice) -> str:
    return (await notices.add(house.context, SLUG, one, actor=MIRA))[0]


async def seen(house: House, audience: Audience = "public") -> dict[str, Any]:
    """The notices that a new viewer is given."""
    tail = Tail(house.store, SLUG, audience)
    await tail.advance()
    items = orjson.loads(tail.snapshot().payload)["items"]
    return {i["id"]: i for i in items if i["kind"] == "notice"}


async def changed(house: House, after: int, audience: Audience = "public") -> list[str]:
    """The ids of what a viewer is told that stands at a seq."""
    async with house.store.read() as reading:
        wall = await reading.wall(SLUG)
        return [i.id for i in await reading.changes(wall, audience, after, limit=99) or ()]


async def kept_pictures(house: House) -> frozenset[str]:
    async with house.store.read() as reading:
        return await reading.picture_addresses("upload:")


async def shown_picture(house: House, audience: Audience = "public") -> str | None:
    async with house.store.read() as reading:
        return await reading.picture(media_id(PICTURE), audience)


# when they are on


async def test_a_notice_without_times_is_on_at_once_until_it_is_taken_away(home: House) -> None:
    id_ = await add(home, notice())
    assert (await seen(home))[id_]["text"] == "Lunch is served"
    await notices.remove(home.context, SLUG, id_, actor=MIRA)
    assert await seen(home) == await seen(home, "crew") == {}
    assert await notices.notices_of(home.context, SLUG) == []


async def test_the_public_learns_nothing_of_a_notice_before_its_start(home: House) -> None:
    id_ = await add(home, notice(starts=60))
    await notices.edit(home.context, SLUG, id_, notice("Other words", 60), actor=MIRA)
    other = await add(home, notice(starts=90))
    await notices.remove(home.context, SLUG, other, actor=MIRA)
    assert await seen(home) == {}
    assert not {id_, other} & set(await changed(home, -1))
    assert (await seen(home, "crew"))[id_]["status"] == "pending"


async def test_it_comes_and_goes_to_the_second(home: House) -> None:
    id_ = await add(home, notice(starts=60, ends=120))
    on = {}
    for second in (59, 60, 119, 120):
        home.clock.move((NOON - home.clock.now()).total_seconds() + second)
        await turn(home.context)
        on[second] = list(await seen(home))
    assert on == {59: [], 60: [id_], 119: [id_], 120: []}


async def test_between_turns_the_clockwork_sleeps_until_the_very_moment(home: House) -> None:
    await add(home, notice(starts=2.25, ends=2.5))

    class Enough(Exception):
        """The test has seen what it wanted."""

    naps: list[float] = []

    class CountedClock(FakeClock):
        async def sleep(self, seconds: float) -> None:
            naps.append(seconds)
            await super().sleep(seconds)
            if len(naps) == 5:
                raise Enough

    home.clock = CountedClock()
    context = type(home.context)(home.store, home.clock, home.context.announce)
    with pytest.raises(Enough):
        await keep_time(context)
    assert naps == [1.0, 1.0, 0.25, 0.25, 1.0]


async def test_a_turn_that_was_made_already_changes_nothing_whoever_makes_it(url: str) -> None:
    async with opened(url) as here, opened(url) as there:
        await add(here, notice(starts=60))
        for house in (here, there):
            house.clock.move(61)
        here.announced.clear()
        for house in (here, there, here):
            await turn(house.context)
        assert len(here.announced) == 1
        assert there.announced == []


async def test_what_was_missed_while_the_service_was_down_is_done_at_the_next_turn(
    url: str,
) -> None:
    async with opened(url) as before:
        over = await add(before, notice("Over", ends=60))
        due = await add(before, notice("Due", starts=60))
    async with opened(url) as after:
        after.clock.move(3_600)
        await turn(after.context)
        assert list(await seen(after)) == [due]
        listed = {n.id: n.status for n in await notices.notices_of(after.context, SLUG)}
        assert listed == {over: "over", due: "approved"}


async def test_one_that_is_over_can_be_given_another_end(home: House) -> None:
    id_ = await add(home, notice(ends=60))
    home.clock.move(61)
    await turn(home.context)
    assert await seen(home) == {}
    assert (await seen(home, "crew"))[id_]["status"] == "over"
    await notices.edit(home.context, SLUG, id_, notice(ends=120), actor=MIRA)
    assert list(await seen(home)) == [id_]


async def test_one_that_is_put_off_leaves_the_walls_until_then(home: House) -> None:
    id_ = await add(home, notice())
    at = (await home_seq(home)) - 1
    await notices.edit(home.context, SLUG, id_, notice(starts=60), actor=MIRA)
    assert await seen(home) == {}
    assert id_ in await changed(home, at)  # who has seen it is told that it left


async def home_seq(house: House) -> int:
    async with house.store.read() as reading:
        return (await reading.wall(SLUG)).seq


async def test_what_is_over_already_or_too_much_is_refused(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidError, match="over already"):
        await add(home, notice(ends=-1))
    monkeypatch.setattr(notices, "MOST", 1)
    id_ = await add(home, notice())
    with pytest.raises(InvalidError, match="at most 1"):
        await add(home, notice())
    with pytest.raises(NotFoundError):
        await notices.edit(home.context, SLUG, "n404", notice(), actor=MIRA)
    await notices.remove(home.context, SLUG, id_, actor=MIRA)
    with pytest.raises(NotFoundError):
        await notices.remove(home.context, SLUG, id_, actor=MIRA)


# pictures


async def test_a_slide_without_words_waits_for_its_picture(home: House) -> None:
    id_ = await add(home, notice("", style="slide"))
    assert await seen(home) == {}
    await notices.set_picture(home.context, SLUG, id_, PICTURE, actor=MIRA)
    assert (await seen(home))[id_]["image"] == f"/media/{media_id(PICTURE)}"
    assert await shown_picture(home) == PICTURE
    await notices.edit(home.context, SLUG, id_, notice("Thanks!", style="slide"), actor=MIRA)
    assert (await seen(home))[id_]["image"]  # other words leave it


async def test_a_picture_is_shown_with_its_notice_only(home: House) -> None:
    id_ = await add(home, notice("Thanks!", starts=60, ends=120, style="slide"))
    await notices.set_picture(home.context, SLUG, id_, PICTURE, actor=MIRA)
    assert (await shown_picture(home), await shown_picture(home, "crew")) == (None, PICTURE)
    home.clock.move(61)
    await turn(home.context)
    assert await shown_picture(home) == PICTURE
    home.clock.move(60)
    await turn(home.context)
    assert (await shown_picture(home), await shown_picture(home, "crew")) == (None, PICTURE)
    assert await kept_pictures(home) == {PICTURE}


@pytest.mark.parametrize("way", ["removed", "replaced", "bare"])
async def test_a_picture_that_was_taken_away_is_nobodys_at_once_and_erased_later(
    home: House, way: str
) -> None:
    id_ = await add(home, notice())
    await notices.set_picture(home.context, SLUG, id_, PICTURE, actor=MIRA)
    if way == "removed":
        await notices.remove(home.context, SLUG, id_, actor=MIRA)
    elif way == "bare":
        await notices.edit(home.context, SLUG, id_, notice(), actor=MIRA, bare=True)
    else:
        await notices.set_picture(home.context, SLUG, id_, PICTURE[:-1] + "0", actor=MIRA)
    assert await shown_picture(home) is await shown_picture(home, "crew") is None
    home.clock.move(HELD.total_seconds() - 1)
    await turn(home.context)
    assert PICTURE in await kept_pictures(home)
    home.clock.move(1)
    await turn(home.context)
    assert PICTURE not in await kept_pictures(home)


# taking back


async def test_each_change_is_one_line_of_the_log_with_before_and_after(home: House) -> None:
    id_ = await add(home, notice("One"))
    await notices.edit(home.context, SLUG, id_, notice("Two"), actor=MIRA)
    same = await notices.edit(home.context, SLUG, id_, notice("Two"), actor=MIRA)
    await notices.remove(home.context, SLUG, id_, actor=MIRA)
    assert (same.items, same.log) == (0, 0)
    lines = [one.as_json() for one in await log.newest(home.context, SLUG)][::-1]
    told = [
        (x["action"], (x["before"] or {}).get("text"), (x["after"] or {}).get("text"))
        for x in lines
    ]
    assert told == [
        ("notice.add", None, "One"),
        ("notice.change", "One", "Two"),
        ("notice.remove", "Two", None),
    ]
    assert {(x["who"], x["target"]) for x in lines} == {("Mira", id_)}


async def test_everything_can_be_taken_back_in_turn(home: House) -> None:
    id_, added = await notices.add(home.context, SLUG, notice("One"), actor=MIRA)
    edited = await notices.edit(home.context, SLUG, id_, notice("Two"), actor=MIRA)
    removed = await notices.remove(home.context, SLUG, id_, actor=MIRA)
    with pytest.raises(ConflictError):
        await undo(home.context, SLUG, edited.log)
    texts = []
    for line in (removed.log, edited.log, added.log):
        await undo(home.context, SLUG, line, actor=MIRA)
        texts.append([one["text"] for one in (await seen(home)).values()])
    assert texts == [["Two"], ["One"], []]


@pytest.mark.parametrize("late", [False, True])
async def test_taking_back_brings_the_picture_as_long_as_it_is_kept(
    home: House, late: bool
) -> None:
    id_ = await add(home, notice())
    await notices.set_picture(home.context, SLUG, id_, PICTURE, actor=MIRA)
    removed = await notices.remove(home.context, SLUG, id_, actor=MIRA)
    if late:
        home.clock.move(HELD.total_seconds())
        await turn(home.context)
    await undo(home.context, SLUG, removed.log)
    assert ((await seen(home))[id_]["image"] is None) is late
    assert await shown_picture(home) == (None if late else PICTURE)
    home.clock.move(2 * HELD.total_seconds())
    await turn(home.context)
    assert await kept_pictures(home) == (frozenset() if late else {PICTURE})
