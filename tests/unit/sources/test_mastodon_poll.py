"""Polling: what is new, what changed, what vanished, and what happened while nobody looked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrival import Deleted, Edited, Posted, Reposted
from app.ports import Condition
from app.sources.mastodon.poll import vanished
from app.sources.mastodon.source import read_cursor, write_cursor
from app.sources.outlet import ROOM
from tests.fake_mastodon import (
    START,
    FakeKnown,
    FakeMastodon,
    Follow,
    ManualClock,
    account,
    answers,
    says,
    source,
    status,
    turns,
)
from tests.fakes import Reports

pytestmark = pytest.mark.anyio


async def test_the_first_run_fills_the_wall_with_the_last_two_pages_oldest_first() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(200)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()

    assert follow.texts() == [f"Talk number {number}" for number in range(120, 200)]
    assert len(follow.batches) == 1


async def test_a_new_post_arrives_once() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(1))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.post(status(2))
            first, second = await follow.pass_by(15), await follow.pass_by(15)

    assert [type(one) for one in first] == [Posted]
    assert first[0].seen_at == START + timedelta(seconds=15)
    assert second == []


async def test_steady_polling_uses_no_cursor() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(50)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.requests.clear()
            await follow.pass_by(15)
            await follow.pass_by(15)

    assert fake.asked("/timelines/") == [{"limit": "40"}, {"limit": "40"}]


@pytest.mark.parametrize(
    "change",
    [
        {"edited_at": "2026-11-21T09:30:05.000Z", "content": "<p>Room B!</p>"},
        {"favourites_count": 3},
        {"reblogs_count": 1},
        {"sensitive": True},
    ],
)
async def test_a_change_of_content_or_counts_is_said_again(change: dict[str, Any]) -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(1), status(2))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.change(status(1)["id"], **change)
            news = await follow.pass_by(15)

    assert [(type(one), one.post.key) for one in news if isinstance(one, Posted)] == [
        (Posted, status(1)["uri"])
    ]


async def test_a_post_that_vanished_from_the_page_is_confirmed_and_deleted() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(5)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.remove(status(2)["id"])
            news = await follow.pass_by(15)

    assert news == [
        Deleted(
            server=fake.server,
            seen_at=clock.now(),
            local_id=status(2)["id"],
            key=status(2)["uri"],
            origin=True,
        )
    ]
    assert fake.asked(f"/statuses/{status(2)['id']}")


async def test_a_post_pushed_out_by_newer_ones_is_not_asked_for() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(40)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.requests.clear()
            fake.post(*(status(number) for number in range(40, 50)))
            assert len(await follow.pass_by(15)) == 10

    assert [path for path, _ in fake.requests] == ["/api/v1/timelines/tag/pyfest26"]


async def test_a_404_for_people_is_no_delete() -> None:
    """A proxy answers so while the server behind it is away."""
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(3)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.remove(status(1)["id"])
            fake.fail("/statuses/1159", says("<h1>not here</h1>", "text/html", 404))
            assert await follow.pass_by(15) == []


async def test_a_delete_is_believed_against_an_older_copy() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(3)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.remove(status(1)["id"])
            await follow.pass_by(15)
            fake.post(status(1))
            cached = await follow.pass_by(15)
            later = [*await follow.pass_by(60), *await follow.pass_by(300)]

    assert cached == []
    assert [one.post.key for one in later if isinstance(one, Posted)] == [status(1)["uri"]]


async def test_a_gap_is_walked_back_to_what_is_known() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(30)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.post(*(status(number) for number in range(30, 150)))
            await follow.pass_by(15)

    assert follow.texts() == [f"Talk number {number}" for number in range(150)]
    assert Condition.BEHIND in follow.conditions()
    assert follow.health.condition is Condition.LIVE


async def test_a_gap_is_walked_ten_pages_at_most() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(0))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.requests.clear()
            fake.post(*(status(number) for number in range(1, 600)))
            assert len(await follow.pass_by(15)) == 400

    assert len(fake.asked("/timelines/")) == 10


async def test_what_came_while_we_were_away_arrives_after_a_restart() -> None:
    clock, known = ManualClock(), FakeKnown()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(30)))
        async with Follow(source(fake, clock), clock, known=known) as first:
            await first.settled()
        fake.post(*(status(number) for number in range(30, 230)))
        async with Follow(source(fake, clock), clock, known=known, cursor=first.cursor) as second:
            await second.settled()

    assert {f"Talk number {number}" for number in range(230)} == set(second.texts())


async def test_a_hashtag_that_is_new_to_a_wall_is_filled_not_walked() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number, tags=("pycamp",)) for number in range(300)))
        cursor = write_cursor(["pyfest26"])
        follow = Follow(source(fake, clock, "pyfest26", "pycamp"), clock, cursor=cursor)
        async with follow:
            await follow.settled()

    assert len(follow.arrivals) == 80
    assert read_cursor(follow.cursor) == {"pyfest26", "pycamp"}


async def test_pages_that_never_end_do_not_hold_us() -> None:
    clock = ManualClock()
    async with FakeMastodon(endless=True).running() as fake:
        fake.post(*(status(number) for number in range(40)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()

    assert len(follow.arrivals) == 40
    assert len(fake.asked("/timelines/")) == 2


async def test_a_walk_goes_on_from_the_last_id_as_given() -> None:
    """ULIDs, FlakeIds, hex: ids are opaque, and their order means nothing to us."""
    ids = ["01JD9Z", "9xQfb2", "00af3E", "zzz", "5", "01AAA"] * 15
    posts = [status(number, id=f"{ids[number]}-{number}") for number in range(90)]
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*posts)
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()

    assert fake.asked("/timelines/")[1] == {"limit": "40", "max_id": posts[50]["id"]}
    assert len(follow.arrivals) == 80


async def test_each_hashtag_is_asked_for_and_matched_on_our_side() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(
            status(1),
            status(2, tags=("PyCamp",)),
            status(3, tags=("pyfest26", "pycamp")),
            status(4, tags=("cats",), listed_as=["pyfest26"]),
            status(5, tags=("Café",), listed_as=["café"]),
        )
        async with Follow(source(fake, clock, "#PyFest26", "pycamp", "Café"), clock) as follow:
            await follow.settled()

    assert follow.texts() == [f"Talk number {number}" for number in (1, 2, 3, 5)]


async def test_a_boost_in_a_timeline_is_a_post_and_a_repost() -> None:
    bo = account("bo", "other.example")
    wrapper = status(9, by=bo, tags=(), listed_as=["pyfest26"], content="", reblog=status(1))
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(wrapper)
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()

    post, repost = follow.arrivals
    assert isinstance(post, Posted)
    assert post.post.key == status(1)["uri"]
    assert isinstance(repost, Reposted)
    assert repost.by.handle == "bo@other.example"


async def test_a_bad_post_is_left_out_and_told() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(1), status(2, account=None), status(3))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()

    assert follow.texts() == ["Talk number 1", "Talk number 3"]
    assert "1 post made no sense and was left out." in follow.health.detail


async def test_a_fault_is_raised_and_the_next_run_goes_on() -> None:
    clock, known = ManualClock(), FakeKnown()
    async with FakeMastodon().running() as fake:
        fake.post(status(1))
        mastodon = source(fake, clock)
        async with Follow(mastodon, clock, known=known) as follow:
            await follow.settled()
            fake.fail("/timelines/", answers(500))
            clock.advance(15)
            error = await follow.failure()
        fake.post(status(2))
        async with Follow(mastodon, clock, known=known, cursor=follow.cursor) as again:
            await again.settled()

    assert str(error) == f"{fake.server} has a fault of its own (it answers 500)."
    assert follow.health.condition is Condition.DOWN
    assert again.texts()[-1] == "Talk number 2"


async def test_a_timeline_that_is_no_list_is_a_fault() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.fail("/timelines/", answers(200, {"posts": []}))
        async with Follow(source(fake, clock), clock) as follow:
            error = await follow.failure()

    assert "no list" in str(error)


async def test_a_429_makes_the_source_wait_and_go_on() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(1))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.fail("/timelines/", answers(429, x_ratelimit_reset="2026-11-21T09:33:00Z"))
            await follow.pass_by(15)
            waiting = follow.health
            fake.post(status(2))
            news = await follow.pass_by(185)

    assert waiting.condition is Condition.WAITING
    assert waiting.until is not None
    assert waiting.until >= START + timedelta(seconds=180)
    assert len(news) == 1
    assert follow.health.condition is Condition.LIVE


@pytest.mark.slow
async def test_back_pressure_holds_the_network_while_a_batch_is_committed() -> None:
    """A reader that does not ask for more makes the source stop asking, not pile up."""
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(0))
        batches = source(fake, clock).batches(None, FakeKnown(), Reports())
        await anext(batches)
        for number in range(1, ROOM + 2):
            await clock.asleep(2)
            fake.post(status(number))
            clock.advance(15)
        while len(fake.asked("/timelines/")) < ROOM + 2:
            await turns()
        clock.advance(600)
        batch = await anext(batches)
        await batches.aclose()  # type: ignore[attr-defined]  # a generator

    assert len(batch.arrivals) >= ROOM
    assert len(fake.asked("/timelines/")) <= ROOM + 3


def _order(keys: Sequence[int]) -> list[str]:
    return [str(key) for key in keys]


@given(
    st.lists(st.integers(), unique=True, max_size=40),
    st.lists(st.integers(), unique=True, max_size=40),
    st.booleans(),
)
def test_only_what_was_there_and_is_missing_counts_as_vanished(
    before: list[int], now: list[int], full: bool
) -> None:
    lost = vanished(_order(before), _order(now), full=full)

    assert set(lost) <= set(_order(before)) - set(_order(now))
    if not full:
        assert set(lost) == set(_order(before)) - set(_order(now))


@pytest.mark.parametrize("cursor", [None, "", "nonsense", "[]", '{"read": 7}', '{"read": null}'])
def test_a_cursor_that_makes_no_sense_counts_as_none(cursor: str | None) -> None:
    assert read_cursor(cursor) == frozenset()


def test_a_cursor_is_read_as_written() -> None:
    assert read_cursor(write_cursor(["a", "b"])) == {"a", "b"}


async def test_an_edit_that_takes_the_hashtag_away_is_told() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(3)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.change(status(1)["id"], tags=[], edited_at="2026-11-21T09:30:05.000Z")
            news = await follow.pass_by(15)

    assert [type(one) for one in news] == [Edited]
    assert isinstance(news[0], Edited)
    assert news[0].post.hashtags == ()
