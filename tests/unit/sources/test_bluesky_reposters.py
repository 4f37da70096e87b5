"""Who passes posts on, on Bluesky, where the stream never said it: names come from the AppView, sparingly."""

import pytest

from app.domain.arrival import Reposted, Unreposted
from app.sources.bluesky.memory import GRACE, Memory
from app.sources.bluesky.parse import parse_view
from app.sources.bluesky.reposters import PAGES, PAGES_A_SWEEP
from tests.fake_bluesky import FakeBluesky, did, key, label, profile, source, view
from tests.fake_mastodon import START, FakeKnown, Follow, ManualClock, answers, turns
from tests.unit.sources.test_bluesky import PATIENT, following, kinds, said, step

pytestmark = pytest.mark.anyio


async def sweep(follow: Follow, times: int = 1) -> None:
    """So much time that everything on display was looked at again, and what follows was asked."""
    for _ in range(times * 70):
        follow.clock.advance(1.0)
        await turns(20)


def names(follow: Follow) -> list[str]:
    return [one.by.handle.partition(".")[0] for one in kinds(follow, Reposted)]


def asked(fake: FakeBluesky) -> list[list[str]]:
    return fake.asked("getRepostedBy")


async def test_who_passed_a_post_on_before_it_was_found_is_named_and_the_first_stays_the_first() -> (
    None
):
    known = FakeKnown()
    known.hold(parse_view(view(1), seen_at=START))
    clock = ManualClock()
    async with FakeBluesky(clock).running() as fake:
        fake.index(view(1))
        fake.passed_on(key(1), "zoe", "bob", "eve")
        async with Follow(source(fake, **PATIENT), clock, known=known) as follow:
            await step(follow, lambda one: len(kinds(one, Reposted)) == 3)

    assert {one.at for one in kinds(follow, Reposted)} == {None}
    by_time = sorted(kinds(follow, Reposted), key=lambda one: one.seen_at)
    assert [one.by.key for one in by_time] == [did("zoe"), did("bob"), did("eve")]


async def test_a_post_is_asked_for_again_only_when_its_count_changed() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        fake.passed_on(key(1), "bob")
        await sweep(follow, times=3)
        assert len(asked(fake)) == 1
        fake.passed_on(key(1), "bob", "eve")
        await sweep(follow, times=2)

        assert names(follow) == ["bob", "eve"]
        assert len(asked(fake)) == 2


async def test_what_the_stream_told_whole_is_not_asked_for() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        await fake.repost("bob", key(1))
        await step(follow, lambda one: kinds(one, Reposted))
        fake.passed_on(key(1), "bob")
        await sweep(follow, times=2)

        assert asked(fake) == []


async def test_who_wants_no_name_on_walls_is_not_named_and_not_asked_for_twice() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        fake.profiles[did("bob")] = profile("bob", description="Please #nowall")
        fake.profiles[did("eve")] = profile("eve", labels=[label("!no-unauthenticated")])
        fake.profiles[did("bot")] = profile("bot", labels=[label("bot")])
        fake.passed_on(key(1), "bob", "eve", "bot", "cy")
        await sweep(follow, times=3)

        assert names(follow) == ["cy"]
        assert len(asked(fake)) == 1


async def test_who_is_named_and_then_asks_for_no_name_is_named_no_more() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        fake.passed_on(key(1), "bob")
        await sweep(follow)
        fake.profiles[did("bob")] = profile("bob", description="#nowall")
        fake.passed_on(key(1), "bob", "eve")
        await sweep(follow, times=2)

        assert [one.author_key for one in kinds(follow, Unreposted)] == [did("bob")]


async def test_who_is_not_in_the_whole_list_any_more_took_it_back() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        fake.passed_on(key(1), "bob", "eve")
        await sweep(follow)
        fake.passed_on(key(1), "eve")
        await sweep(follow)

        assert [one.author_key for one in kinds(follow, Unreposted)] == [did("bob")]


async def test_long_lists_are_read_to_their_end_and_longer_ones_take_nobody_away() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        crowd = [f"u{number}x" for number in range(250)]
        fake.passed_on(key(1), *crowd)
        await sweep(follow)
        assert len(names(follow)) == 250
        assert len(asked(fake)) == 3

        fake.passed_on(key(1), *crowd[50:], *(f"v{n}x" for n in range(150)))
        fake.posts[key(1)]["repostCount"] = PAGES * 100 + 1
        await sweep(follow, times=2)
        assert len(asked(fake)) == 4
        assert len(names(follow)) == 350
        assert kinds(follow, Unreposted) == []


async def test_a_sweep_asks_for_a_few_posts_those_first_that_lack_most_names() -> None:
    async with following() as (fake, follow):
        numbers = range(1, PAGES_A_SWEEP + 6)
        await said(fake, follow, *numbers)
        for number in numbers:
            fake.passed_on(key(number), "bob", *(["eve", "cy"] if number == 3 else []))
        at = follow.clock.monotonic()
        await step(follow, lambda _: len(asked(fake)) >= PAGES_A_SWEEP)
        assert asked(fake)[0][0] == key(3)
        while follow.clock.monotonic() < at + 60:
            follow.clock.advance(1.0)
            await turns(20)
        assert len(asked(fake)) == PAGES_A_SWEEP
        await sweep(follow)

        assert {query[0] for query in asked(fake)} == {key(number) for number in numbers}
        assert len(asked(fake)) == len(numbers)


async def test_a_list_that_still_shows_who_just_took_it_back_is_not_believed() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        await fake.repost("bob", key(1), "3m6r1")
        await step(follow, lambda one: kinds(one, Reposted))
        await fake.commit("delete", f"at://{did('bob')}/app.bsky.feed.repost/3m6r1")
        await follow.until(lambda one: kinds(one, Unreposted))
        fake.passed_on(key(1), "bob", "eve")
        await sweep(follow)

        assert names(follow) == ["bob", "eve"]


async def test_an_account_that_went_and_came_back_is_named_again() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        fake.passed_on(key(1), "bob")
        await sweep(follow)
        fake.passed_on(key(1))
        await fake.account("bob", "deactivated")
        await sweep(follow)
        fake.passed_on(key(1), "bob")
        await fake.account("bob", None)
        await sweep(follow, times=2)

        assert names(follow) == ["bob", "bob"]


async def test_an_appview_that_tells_nobody_who_passes_on_stops_nothing() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        fake.fail("getRepostedBy", *(answers(403) for _ in range(20)))
        fake.passed_on(key(1), "bob")
        await sweep(follow, times=3)
        assert len(asked(fake)) == 1
        await said(fake, follow, 2)


def test_one_of_two_records_taken_back_leaves_the_name() -> None:
    memory = Memory()
    memory.named(did("bob"), key(1))
    for rkey in ("3m6r1", "3m6r2"):
        memory.reposted(did("bob"), rkey, key(1))

    assert memory.unreposted(did("bob"), "3m6r1", START) is None
    assert memory.named_of(key(1)) == {did("bob")}
    assert memory.unreposted(did("bob"), "3m6r2", START) == key(1)
    assert memory.named_of(key(1)) == frozenset()
    assert not memory.believes_repost(did("bob"), key(1), START)
    assert memory.believes_repost(did("bob"), key(1), START + GRACE)


def test_an_account_that_goes_leaves_no_name_behind() -> None:
    memory = Memory()
    memory.named(did("bob"), key(1))
    memory.reposted(did("bob"), "3m6r1", key(2))
    memory.named(did("eve"), key(1))
    memory.author_gone(did("bob"), START)

    assert memory.people() == {key(1): {did("eve")}}
    assert not memory.believes_repost(did("bob"), key(1), START)
