"""A Bluesky source against a fake network: what it brings, how it goes on, and how it fails."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import orjson
import pytest

from app.domain.arrival import AuthorGone, Deleted, Edited, Posted, Reposted, Unreposted
from app.errors import AccessError, SourceError, UsageError
from app.ports import Condition
from app.sources.bluesky.packed import read_packing, zstd_module
from app.sources.bluesky.parse import parse_view
from app.sources.bluesky.search import Login
from app.sources.connection import MAX_BODY, Timeouts
from tests.fake_bluesky import (
    FakeBluesky,
    Jet,
    did,
    frame,
    key,
    label,
    profile,
    record,
    source,
    view,
)
from tests.fake_mastodon import (
    PATIENCE_S,
    START,
    FakeKnown,
    Follow,
    Json,
    ManualClock,
    answers,
    breaks_off,
    says,
    turns,
)

pytestmark = pytest.mark.anyio

zstd = zstd_module()
PATIENT = {"idle_s": 100_000.0}
HASTY = Timeouts(connect=0.2, read=0.2, total=0.3)


async def step(follow: Follow, true: Callable[[Follow], object], seconds: float = 0.5) -> None:
    """Let time pass, bit by bit, until something has come true."""
    with anyio.fail_after(PATIENCE_S):
        while not true(follow):
            follow.clock.advance(seconds)
            await turns(60)


def shown(follow: Follow) -> list[str]:
    """Keys of the posts that were said, in their order."""
    return [one.post.key for one in follow.arrivals if isinstance(one, Posted)]


def told(follow: Follow) -> str:
    """Everything that was reported."""
    return " ".join(health.detail for health in follow.healths)


def kinds(follow: Follow, *kind: type) -> list[Any]:
    return [one for one in follow.arrivals if isinstance(one, kind)]


@asynccontextmanager
async def following(
    *, known: FakeKnown | None = None, cursor: str | None = None, jets: int = 2, **changes: Any
) -> AsyncIterator[tuple[FakeBluesky, Follow]]:
    """A source whose socket is open, and whose first sweep is done."""
    clock = ManualClock()
    async with (
        FakeBluesky(clock, jets=[Jet() for _ in range(jets)]).running() as fake,
        Follow(source(fake, **(PATIENT | changes)), clock, known=known, cursor=cursor) as follow,
    ):
        await fake.connected()
        await follow.until(lambda one: one.health.condition is Condition.LIVE)
        yield fake, follow


async def said(fake: FakeBluesky, follow: Follow, *numbers: int) -> None:
    """These posts are published, and shown."""
    await fake.publish(*(view(number) for number in numbers))
    await step(follow, lambda one: {key(number) for number in numbers} <= set(shown(one)))


# --- what it brings -------------------------------------------------------------------------------


async def test_a_post_with_the_hashtag_is_shown_once_the_appview_was_asked() -> None:
    async with following() as (fake, follow):
        await fake.noise(5)
        await fake.publish(view(1))
        assert follow.arrivals == []
        await step(follow, shown)

        assert shown(follow) == [key(1)]
        assert fake.asked("getPosts") == [[key(1)]]
        assert fake.asked("getProfiles") == [[did("ada")]]


async def test_posts_are_asked_for_25_at_a_time() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, *range(60))

        assert max(map(len, fake.asked("getPosts"))) <= 25
        assert sorted(shown(follow)) == sorted(key(number) for number in range(60))


async def test_a_post_that_is_not_indexed_yet_is_asked_for_again() -> None:
    async with following() as (fake, follow):
        await fake.commit("create", key(1), record("Soon"))
        await step(follow, lambda _: fake.asked("getPosts"))
        fake.index(view(1))
        await step(follow, shown)

        assert shown(follow) == [key(1)]


async def test_a_post_that_is_never_indexed_holds_the_cursor_only_for_a_while() -> None:
    async with following() as (fake, follow):
        event = await fake.commit("create", key(1), record("Never"))
        await step(follow, lambda _: fake.asked("getPosts"))
        await fake.noise()
        last = fake.jet.events[-1]["seq"]
        await step(follow, lambda one: one.cursor)
        assert orjson.loads(follow.cursor or "")["seq"] == event["seq"]
        await step(follow, lambda one: orjson.loads(one.cursor or "")["seq"] == last)

        assert shown(follow) == []
        assert len(fake.asked("getPosts")) == 4


async def test_a_hashtag_in_the_invisible_list_counts() -> None:
    async with following() as (fake, follow):
        await fake.publish(view(1, said=record("Hi", tags=()) | {"tags": ["PyFest26"]}))
        await step(follow, shown)


async def test_a_post_whose_author_opted_out_in_the_profile_is_marked() -> None:
    async with following() as (fake, follow):
        fake.profiles[did("ada")] = profile(description="please #nobot")
        await fake.publish(view(1))
        await step(follow, shown)

        assert follow.arrivals[0].post.author.opted_out  # type: ignore[union-attr]


async def test_what_moderation_hides_never_arrives() -> None:
    async with following() as (fake, follow):
        await fake.publish(view(1, labels=[label("!hide")]), view(2))
        await step(follow, shown)

        assert shown(follow) == [key(2)]


async def test_it_names_itself_and_whom_to_write_to() -> None:
    async with following() as (fake, _):
        path, query = fake.jet.queries[0]

        assert "crew@pyfest.example" in fake.jet.agents[0]
        assert path == "/xrpc/network.bsky.jetstream.subscribeEvents"
        assert query == {"collections": ["app.bsky.feed.post", "app.bsky.feed.repost"]}


# --- deletions ------------------------------------------------------------------------------------


async def test_a_deleted_post_is_gone_at_once() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        await fake.delete(key(1))
        await follow.until(lambda one: kinds(one, Deleted))

        (word,) = kinds(follow, Deleted)
        assert (word.key, word.local_id, word.origin) == (key(1), key(1), True)


async def test_a_post_of_an_earlier_run_is_deleted_too() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        async with Follow(source(fake, **PATIENT), fake.clock, known=follow.known) as again:
            await again.until(lambda one: one.health.condition is Condition.LIVE)
            await fake.delete(key(1))
            await again.until(lambda one: kinds(one, Deleted))


async def test_deletions_of_strangers_are_not_told() -> None:
    async with following() as (fake, follow):
        await fake.delete(key(9, "zoe"))
        await fake.account("zoe", "deleted")
        await said(fake, follow, 1)

        assert len(follow.arrivals) == 1


async def test_a_post_that_is_deleted_before_it_was_checked_never_arrives() -> None:
    async with following() as (fake, follow):
        await fake.publish(view(1))
        await fake.commit("delete", key(1))  # the AppView still has it
        await said(fake, follow, 2)

        assert shown(follow) == [key(2)]


async def test_a_cache_that_still_shows_a_deleted_post_is_not_believed() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        await fake.commit("delete", key(1))
        await follow.until(lambda one: kinds(one, Deleted))
        follow.known.hold(follow.arrivals[0])  # type: ignore[arg-type]
        before = len(fake.asked("getPosts"))
        await step(follow, lambda _: len(fake.asked("getPosts")) > before)
        await turns()

        assert isinstance(follow.arrivals[-1], Deleted)


async def test_an_account_that_goes_takes_everything_with_it_and_may_come_back() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1, 2)
        await fake.account("ada", "deactivated")
        await follow.until(lambda one: kinds(one, AuthorGone))
        before = len(follow.arrivals)
        await fake.account("ada", None)
        await step(follow, lambda one: len(one.arrivals) == before + 2)

        assert kinds(follow, AuthorGone)[0].author_key == did("ada")
        assert {one.post.key for one in kinds(follow, Posted)[2:]} == {key(1), key(2)}


@pytest.mark.parametrize("status", ["deleted", "takendown", "suspended"])
async def test_every_end_of_an_account_is_told(status: str) -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        await fake.account("ada", status)
        await follow.until(lambda one: kinds(one, AuthorGone))


async def test_how_a_host_is_synchronised_says_nothing_of_an_account() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        await fake.account("ada", "desynchronized")
        await said(fake, follow, 2)

        assert kinds(follow, AuthorGone) == []


# --- changes --------------------------------------------------------------------------------------


async def test_an_update_that_loses_the_hashtag_is_told() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        await fake.commit("update", key(1), record("No hashtag", tags=()))
        await step(follow, lambda one: kinds(one, Edited))

        assert follow.arrivals[-1].post.hashtags == ()  # type: ignore[union-attr]


async def test_an_update_that_gains_the_hashtag_brings_the_post() -> None:
    async with following() as (fake, follow):
        fake.index(view(1, said=record("Hi", tags=())))
        await fake.commit("update", key(1), record("Now with it"))
        await step(follow, lambda one: kinds(one, Edited))

        assert follow.texts() == ["Now with it #pyfest26"]


async def test_a_new_handle_is_read_at_once() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        fake.index(view(1, by=profile(handle="ada.example")))
        await fake.emit(did("ada"), "identity", {"did": did("ada"), "handle": "ada.example"})
        await step(follow, lambda one: len(one.arrivals) == 2)

        assert follow.arrivals[-1].post.author.handle == "ada.example"  # type: ignore[union-attr]


# --- reposts --------------------------------------------------------------------------------------


async def test_who_passes_a_post_on_is_named_and_may_take_it_back() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        await fake.repost("bo", key(1))
        await step(follow, lambda one: kinds(one, Reposted))
        await fake.commit("delete", f"at://{did('bo')}/app.bsky.feed.repost/3m6repost00001")
        await follow.until(lambda one: kinds(one, Unreposted))

        (passed,), (back,) = kinds(follow, Reposted), kinds(follow, Unreposted)
        assert (passed.key, passed.by.handle) == (key(1), "bo.bsky.example")
        assert (back.key, back.author_key) == (key(1), did("bo"))


async def test_reposts_of_other_posts_are_not_looked_at() -> None:
    async with following() as (fake, follow):
        await fake.repost("bo", key(99, "zoe"))
        await said(fake, follow, 1)

        assert kinds(follow, Reposted) == []
        assert [did("bo")] not in fake.asked("getProfiles")


async def test_a_repost_that_comes_before_its_post_was_checked_is_kept() -> None:
    async with following() as (fake, follow):
        await fake.publish(view(1))
        await fake.repost("bo", key(1))
        await step(follow, lambda one: kinds(one, Reposted))

        assert shown(follow) == [key(1)]


# --- what is on display ---------------------------------------------------------------------------


async def test_a_post_that_vanishes_without_a_word_is_gone_within_a_minute() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1, 2)
        del fake.posts[key(1)]
        at = follow.clock.monotonic()
        while not kinds(follow, Deleted):
            await follow.pass_by(1, sleepers=4)

        assert [one.key for one in kinds(follow, Deleted)] == [key(1)]
        assert follow.clock.monotonic() - at <= 60


async def test_an_answer_that_leaves_a_post_out_once_deletes_nothing() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1, 2)
        fake.fail("getPosts", answers(200, {"posts": [view(2)]}))
        asked = len(fake.asked("getPosts"))
        await step(follow, lambda _: len(fake.asked("getPosts")) >= asked + 3)

        assert kinds(follow, Deleted) == []


async def test_when_nearly_everything_is_missing_the_next_round_must_agree() -> None:
    async with following() as (fake, follow):
        numbers = range(8)
        await said(fake, follow, *numbers)
        fake.posts.clear()
        asked = len(fake.asked("getPosts"))
        await step(follow, lambda _: len(fake.asked("getPosts")) > asked)
        await turns()
        assert kinds(follow, Deleted) == []
        await step(follow, lambda one: len(kinds(one, Deleted)) == 8)


async def test_counts_and_labels_that_change_are_told() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        fake.index(view(1, likeCount=3, labels=[label("spam")]))
        await step(follow, lambda one: len(one.arrivals) == 2)

        post = follow.arrivals[-1].post  # type: ignore[union-attr]
        assert (post.counts.likes, post.sensitive) == (3, True)


async def test_after_a_restart_what_is_on_display_is_confirmed_first() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        async with Follow(source(fake, **PATIENT), fake.clock, known=follow.known) as again:
            await again.until(shown)

            assert shown(again) == [key(1)]


# --- going on -------------------------------------------------------------------------------------


async def test_after_a_restart_nothing_is_lost_and_nothing_said_twice() -> None:
    clock = ManualClock()
    async with FakeBluesky(clock).running() as fake:
        async with Follow(source(fake, **PATIENT), clock) as follow:
            await fake.connected()
            await said(fake, follow, 1)
        await fake.publish(view(2))
        await fake.delete(key(1))
        async with Follow(
            source(fake, **PATIENT), clock, known=follow.known, cursor=follow.cursor
        ) as again:
            await step(again, lambda one: shown(one) and kinds(one, Deleted))

            assert shown(again) == [key(2)]
            query = fake.jet.queries[-1][1]
            assert query["cursor"] == [str(fake.jet.events[0]["seq"])]


async def test_what_was_not_checked_when_it_stopped_comes_after_a_restart() -> None:
    clock = ManualClock()
    async with FakeBluesky(clock).running() as fake:
        async with Follow(source(fake, **PATIENT), clock) as follow:
            await fake.connected()
            await fake.commit("create", key(1), record("Soon"))
            await fake.noise(3)
            await step(follow, lambda one: one.cursor)
        fake.index(view(1))
        async with Follow(source(fake, **PATIENT), clock, cursor=follow.cursor) as again:
            await step(again, shown)


async def test_a_socket_that_closes_is_opened_elsewhere_by_time() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        at = fake.jet.events[-1]["time_us"]
        fake.jet.down = 503
        await fake.hang_up()
        fake.index(view(2))
        await fake.commit("create", key(2), record("Between two sockets"))
        await step(follow, lambda one: key(2) in shown(one))

        (query,) = [query for _, query in fake.jets[1].queries]
        assert query["cursor"] == [str(at - 5_000_000)]
        assert shown(follow) == [key(1), key(2)]


async def test_the_first_form_does_where_the_second_is_away() -> None:
    clock = ManualClock()
    async with FakeBluesky(clock, jets=[Jet(down=404), Jet()]).running() as fake:
        hosts = [fake.jets[0].base, fake.jets[1].base + "/subscribe"]
        async with Follow(source(fake, jetstream=hosts, **PATIENT), clock) as follow:
            await step(follow, lambda _: fake.jets[1].queries)
            await fake.connected(1)
            await said(fake, follow, 1)

        path, query = fake.jets[1].queries[0]
        assert path == "/subscribe"
        assert query == {"wantedCollections": ["app.bsky.feed.post", "app.bsky.feed.repost"]}


async def test_a_socket_that_falls_silent_is_left() -> None:
    async with following(idle_s=15.0) as (fake, follow):
        await fake.noise()
        await turns()
        await step(follow, lambda _: fake.jets[1].queries, seconds=1)
        await fake.connected(1)
        await said(fake, follow, 1)


async def test_events_that_come_twice_are_said_once() -> None:
    async with following() as (fake, follow):
        await fake.publish(view(1))
        await fake.commit("create", key(1), record("Talk number 1"))
        await step(follow, shown)
        await fake.commit("create", key(1), record("Talk number 1"))
        await said(fake, follow, 2)

        assert shown(follow) == [key(1), key(2)]


@pytest.mark.parametrize("raw", ["no json", "{}", "[]", "null", '{"$type":"message","payload":7}'])
async def test_garbage_stops_nothing(raw: str) -> None:
    async with following() as (fake, follow):
        await fake.send(raw)
        await said(fake, follow, 1)


async def test_a_place_that_the_stream_has_no_more_is_given_up_and_told() -> None:
    clock = ManualClock()
    async with FakeBluesky(clock, jets=[Jet(floor=2**62), Jet(floor=2**62)]).running() as fake:
        old = '{"host": "gone.example", "seq": 5, "time_us": 1795253390000000}'
        async with Follow(source(fake, **PATIENT), clock, cursor=old) as follow:
            await step(follow, lambda _: fake.jet.sockets or fake.jets[1].sockets)
            await said(fake, follow, 1)

            assert follow.health.condition is Condition.LIVE
            assert "posts may be missing" in follow.health.detail


async def test_a_stop_of_many_hours_is_not_read_again_whole() -> None:
    old = '{"host": "", "seq": 0, "time_us": 1795000000000000}'
    clock = ManualClock()
    async with FakeBluesky(clock).running() as fake:
        async with Follow(source(fake, replay_h=2, **PATIENT), clock, cursor=old) as follow:
            await fake.connected()
            await step(follow, lambda one: "posts may be missing" in one.health.detail)

        (cursor,) = fake.jet.queries[0][1]["cursor"]
        assert int(cursor) == int(clock.now().timestamp() - 7200) * 10**6 - 5_000_000


async def test_a_stream_that_is_behind_says_so() -> None:
    async with following() as (fake, follow):
        await fake.emit(did("zoe"), "identity", {"did": did("zoe")}, second=-600)
        await step(follow, lambda one: one.health.condition is Condition.BEHIND)

        assert "10 min" in follow.health.detail


# --- how it fails ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        answers(500),
        answers(404),
        breaks_off,
        says('{"posts": ['),
        says("<h1>Welcome</h1>", "text/html"),
        answers(200, {"posts": None}),
    ],
)
async def test_posts_wait_while_the_appview_has_a_fault_and_deletions_do_not(fault: Any) -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        fake.fail("getPosts", *[fault] * 3)
        await fake.publish(view(2))
        await step(follow, lambda one: Condition.BEHIND in one.conditions())
        assert "until they can be checked" in told(follow)
        await fake.delete(key(1))
        await follow.until(lambda one: kinds(one, Deleted))
        await step(follow, lambda one: key(2) in shown(one))
        await step(follow, lambda one: one.health.condition is Condition.LIVE)

        assert follow.error is None


async def test_an_appview_that_hangs_is_not_waited_for() -> None:
    async with following(timeouts=HASTY) as (fake, follow):
        fake.fail("getPosts", fake.hang)
        await fake.publish(view(1))
        with anyio.fail_after(PATIENCE_S):
            while not shown(follow):
                follow.clock.advance(0.5)
                await anyio.sleep(0.01)  # the timeout is the network's, not the clock's


async def test_the_next_appview_is_asked_when_one_refuses() -> None:
    clock = ManualClock()
    async with FakeBluesky(clock).running() as fake, FakeBluesky(clock).running() as other:
        fake.fail("getPosts", *[answers(403)] * 9)
        other.index(view(1))
        both = [fake.base, other.base]
        async with Follow(source(fake, appview=both, **PATIENT), clock) as follow:
            await fake.connected()
            await said(fake, follow, 1)


async def test_too_many_requests_are_answered_by_waiting() -> None:
    async with following() as (fake, follow):
        fake.fail("getPosts", answers(429, Retry_After="40"))
        await fake.publish(view(1))
        await step(follow, lambda one: one.health.condition is Condition.WAITING)
        at, until = follow.clock.now(), follow.health.until
        assert until is not None
        assert (until - at).total_seconds() >= 39
        await step(follow, shown)
        assert follow.clock.now() >= until
        await step(follow, lambda one: one.health.condition is Condition.LIVE)


async def test_access_that_is_refused_is_the_operators_business() -> None:
    async with following() as (fake, follow):
        fake.fail("getPosts", *[answers(403)] * 9)
        await fake.publish(view(1))
        await step(follow, lambda one: one.ended.is_set())

        assert isinstance(await follow.failure(), AccessError)
        assert Condition.REFUSED in follow.conditions()


async def test_without_a_stream_what_is_shown_is_still_checked() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        for jet in fake.jets:
            jet.down = 500
        await fake.hang_up()
        await step(follow, lambda one: one.health.condition is Condition.DOWN)
        del fake.posts[key(1)]
        await step(follow, lambda one: kinds(one, Deleted))
        for jet in fake.jets:
            jet.down = None
        fake.index(view(2))
        await fake.commit("create", key(2), record("Meanwhile"))
        await step(follow, lambda one: key(2) in shown(one))

        assert "still re-checked" in told(follow)


async def test_when_nothing_can_be_reached_it_gives_up() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        for jet in fake.jets:
            jet.down = 500
        fake.fail("getPosts", *[answers(500)] * 99)
        await fake.hang_up()
        await step(follow, lambda one: one.ended.is_set())

        error = await follow.failure()
        assert isinstance(error, SourceError)
        assert not isinstance(error, AccessError)


async def test_hosts_that_refuse_are_asked_ever_more_rarely() -> None:
    clock = ManualClock()
    async with FakeBluesky(clock, jets=[Jet(down=500)]).running() as fake:
        async with Follow(source(fake, **PATIENT), clock) as follow:
            await step(follow, lambda one: one.clock.monotonic() > 600, seconds=5)

        assert len(fake.jet.queries) < 60


async def test_a_stream_error_ends_the_session_and_not_the_source() -> None:
    async with following() as (fake, follow):
        await fake.send('{"$type":"error","error":"ConsumerTooSlow","message":"x"}')
        await step(follow, lambda _: fake.jets[1].queries)
        await fake.connected(1)
        await said(fake, follow, 1)


async def test_closing_the_source_closes_its_socket() -> None:
    async with following() as (fake, _):
        pass

    assert fake.jet.sockets == []


@pytest.mark.parametrize(
    "host", ["ftp://jet.example", "wss://", "wss://a b", "wss://u@jet.example"]
)
def test_a_host_that_is_no_address_is_the_operators_mistake(host: str) -> None:
    fake = FakeBluesky(ManualClock(), base="http://127.0.0.1:1")
    with pytest.raises(UsageError):
        source(fake, jetstream=[host])


# --- with an account ------------------------------------------------------------------------------

LOGIN = Login("crew.bsky.example", "made-up-password")


@asynccontextmanager
async def with_account(
    *found: dict[str, Any], password: str = LOGIN.password, **more: Any
) -> AsyncIterator[tuple[FakeBluesky, Follow]]:
    clock = ManualClock()
    fake = FakeBluesky(clock, password=password, found=list(found))
    async with fake.running():
        for one in found:
            fake.profiles[one["author"]["did"]] = one["author"]
        async with Follow(source(fake, login=LOGIN, **(PATIENT | more)), clock) as follow:
            await fake.connected()
            yield fake, follow


async def test_a_search_fills_the_wall_at_the_first_start() -> None:
    posts = [view(number) for number in range(5)]
    stray = view(9, said=record("#other", tags=("other",)))
    async with with_account(*posts, stray) as (fake, follow):
        await step(follow, lambda one: len(shown(one)) == 4)

        assert fake.asked("searchPosts")[0][:2] == ["#pyfest26", "latest"]
        assert len(fake.sessions) == 1
        assert set(shown(follow)) <= {key(number) for number in range(5)}


async def test_a_gap_is_searched_for_with_the_session_that_is_there() -> None:
    old = '{"host": "", "seq": 0, "time_us": 1795000000000000}'
    clock = ManualClock()
    fake = FakeBluesky(clock, password=LOGIN.password, found=[view(n) for n in range(5)])
    async with fake.running():
        fake.profiles[did("ada")] = profile()
        made = source(fake, login=LOGIN, **PATIENT)
        for _ in range(2):
            async with Follow(made, clock, cursor=old) as follow:
                await step(follow, lambda one: len(shown(one)) == 5)
                await fake.noise()
                await step(follow, lambda one: one.health.condition is Condition.LIVE)
                await step(follow, lambda one: "missing" not in one.health.detail)

        assert [one["name"] for one in fake.sessions] == ["createSession"]
        assert any("2026-11-1" in value for value in fake.asked("searchPosts")[0])
        clock.advance(7200)
        async with Follow(made, clock, cursor=old) as follow:
            await step(follow, lambda one: len(shown(one)) == 5)
        assert fake.sessions[1] == {"name": "refreshSession", "sent": "Bearer refresh-1"}


@pytest.mark.parametrize("fault", ["password", "search"])
async def test_a_search_that_is_refused_is_told_and_stops_nothing(fault: str) -> None:
    password = "another" if fault == "password" else LOGIN.password
    async with with_account(view(1), password=password) as (fake, follow):
        if fault == "search":
            fake.fail("searchPosts", *[says("<h1>No</h1>", "text/html", 403)] * 9)
        await step(follow, lambda one: "could not be searched" in one.health.detail)
        await said(fake, follow, 2)

        assert LOGIN.password not in told(follow)
        assert "access-" not in told(follow)


async def test_tokens_go_to_the_accounts_server_only() -> None:
    async with with_account(view(1)) as (fake, follow):
        await step(follow, shown)
        for (path, _), token in zip(fake.requests, fake.tokens, strict=True):
            assert (token is None) is ("searchPosts" not in path)


# --- whom a thread hides, who passed on, and what is packed ---------------------------------------


def answer(number: int, root: str) -> Json:
    there = {"uri": root, "cid": "bafyrei"}
    said = record(f"Answer {number}", reply={"root": there, "parent": there})
    return view(number, by=profile("bob"), said=said)


async def test_an_answer_that_the_starter_of_the_thread_hides_is_shown_no_more() -> None:
    async with following() as (fake, follow):
        fake.index(view(1, said=record("Not ours", tags=())))
        await fake.publish(answer(2, key(1)))
        await step(follow, lambda one: key(2, "bob") in shown(one))
        gate = {"record": {"post": key(1), "hiddenReplies": [key(2, "bob")]}}
        fake.index(view(1, said=record("Not ours", tags=()), threadgate=gate))
        await step(follow, lambda one: shown(one)[-2:] == [key(2, "bob")] * 2, seconds=10)

        assert follow.arrivals[-1].post.visibility == "private"  # type: ignore[union-attr]


async def test_an_answer_hidden_from_the_start_is_never_shown() -> None:
    async with following() as (fake, follow):
        gate = {"record": {"post": key(1), "hiddenReplies": [key(2, "bob")]}}
        fake.index(view(1, said=record("Not ours", tags=()), threadgate=gate))
        await fake.publish(answer(2, key(1)), view(3))
        await step(follow, shown)

        assert shown(follow) == [key(3)]


def passed_on() -> FakeKnown:
    """A wall that names bob and eve under a post, as after a restart."""
    known = FakeKnown()
    known.hold(parse_view(view(1), seen_at=START))
    known.passed_on = {(did("bob"), key(1)): None, (did("eve"), key(1)): None}
    return known


async def test_who_took_a_repost_back_while_nobody_listened_is_named_no_more() -> None:
    clock = ManualClock()
    async with FakeBluesky(clock).running() as fake:
        fake.index(view(1))
        fake.profiles[did("eve")] = profile("eve")
        fake.reposters[key(1)] = [did("eve")]
        async with Follow(source(fake, **PATIENT), clock, known=passed_on()) as follow:
            await step(follow, lambda one: kinds(one, Unreposted))

            assert [one.author_key for one in kinds(follow, Unreposted)] == [did("bob")]


async def test_a_repost_from_before_the_restart_that_is_taken_back_is_followed() -> None:
    clock = ManualClock()
    async with FakeBluesky(clock).running() as fake:
        fake.index(view(1))
        fake.profiles |= {did(name): profile(name) for name in ("bob", "eve")}
        fake.reposters[key(1)] = [did("bob"), did("eve")]
        async with Follow(source(fake, **PATIENT), clock, known=passed_on()) as follow:
            await step(follow, lambda _: fake.asked("getRepostedBy"))
            fake.reposters[key(1)] = [did("eve")]
            await fake.commit("delete", f"at://{did('bob')}/app.bsky.feed.repost/3m6unknown0001")
            await step(follow, lambda one: kinds(one, Unreposted))

            assert [one.author_key for one in kinds(follow, Unreposted)] == [did("bob")]


async def test_one_answer_without_names_takes_nobody_away() -> None:
    clock = ManualClock()
    async with FakeBluesky(clock).running() as fake:
        fake.index(view(1))
        fake.profiles |= {did(name): profile(name) for name in ("bob", "eve")}
        async with Follow(source(fake, **PATIENT), clock, known=passed_on()) as follow:
            await step(follow, lambda _: fake.asked("getRepostedBy"))
            fake.reposters[key(1)] = [did("bob"), did("eve")]
            await step(follow, lambda _: len(fake.asked("getRepostedBy")) > 1)
            await turns(200)

            assert kinds(follow, Unreposted) == []


async def test_packed_frames_are_read_and_a_host_without_a_dictionary_is_read_as_it_is() -> None:
    async with following(compressed=True) as (fake, follow):
        assert "zstdDictionary" not in fake.jet.queries[-1][1]
        await said(fake, follow, 1)

    samples = [frame(one).encode() for one in SAMPLES]
    packing = read_packing(zstd.train_dict(samples, 4096).dict_content)
    dictionary = zstd.ZstdDict(zstd.train_dict(samples, 4096).dict_content)
    packed = zstd.compress(samples[0], zstd_dict=dictionary)
    assert packing.id == dictionary.dict_id
    assert packing.unpack(packed) == samples[0]
    assert packing.unpack(samples[0]) == samples[0]
    assert packing.unpack(packed[:-3]) == b""
    assert packing.unpack(zstd.compress(b"0" * (MAX_BODY + 1), zstd_dict=dictionary)) == b""


def test_what_is_no_dictionary_is_told() -> None:
    with pytest.raises(SourceError, match="no usable dictionary"):
        read_packing(b"<h1>Hello</h1>", "jet.example")


SAMPLES: list[Json] = [
    {
        "seq": number,
        "time_us": 1_795_253_400_000_000 + number,
        "did": did("ada"),
        "kind": "commit",
        "body": {
            "operation": "create",
            "rkey": f"3m6{number:010}",
            "record": record(f"Talk {number}"),
        },
    }
    for number in range(400)
]
