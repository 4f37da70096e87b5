"""X as a source: searches, re-checks, its budget, and what goes wrong on the way."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from app.domain.arrival import AuthorGone, Deleted, Edited, Posted
from app.errors import AccessError, SourceError, UsageError
from app.ports import Condition, KnownPost
from app.sources.connection import Timeouts
from app.sources.x.source import LEAST_BUDGET, XSource
from tests.fake_mastodon import (
    START,
    FakeKnown,
    Follow,
    ManualClock,
    answers,
    breaks_off,
    says,
    turns,
)
from tests.fake_x import TOKEN, FakeX, id_at, source, tweet, user
from tests.fakes import Reports

pytestmark = pytest.mark.anyio
SHORT = Timeouts(connect=0.3, read=0.3, total=0.3)


def follow(
    fake: FakeX,
    clock: ManualClock,
    known: FakeKnown | None = None,
    cursor: str | None = None,
    **changes: Any,
) -> Follow:
    made: Any = source(fake, clock, **changes)
    return Follow(made, clock, known=known, cursor=cursor)


def key_of(one: dict[str, Any]) -> str:
    return f"https://x.com/i/status/{one['edit_history_tweet_ids'][0]}"


def money(cursor: str | None) -> dict[str, Any]:
    return dict(orjson.loads(cursor or "{}")["money"])


# --- on and off -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"token": None},
        {"token": ""},
        {"daily_budget": None},
        {"daily_budget": LEAST_BUDGET - 1},
        {"dialect": "twoot"},
        {"base": "ftp://x.example"},
    ],
)
async def test_it_is_off_without_a_token_and_a_daily_budget(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        source(FakeX(base="http://127.0.0.1:1"), ManualClock(), **changes)


async def test_more_hashtags_than_fit_into_a_question_are_refused() -> None:
    tags = [f"a_rather_long_hashtag_{number}" for number in range(30)]
    with pytest.raises(UsageError):
        source(FakeX(base="http://127.0.0.1:1"), ManualClock(), *tags)


# --- searching ------------------------------------------------------------------------------------


async def test_the_first_search_fills_the_wall_oldest_first_and_names_the_query() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(*(tweet(number) for number in range(3)), tweet(9, tag="other"))
        async with follow(fake, clock) as run:
            await run.settled()
            assert run.texts() == [f"Talk number {number} #pyfest26" for number in range(3)]
            assert run.health.condition is Condition.LIVE
            assert run.health.detail.endswith("6 of 2,000 posts of today's budget used.")
    (asked,) = fake.asked("/search/recent")
    assert asked["query"] == "#pyfest26 -is:retweet -is:nullcast"
    assert "since_id" not in asked
    assert set(fake.tokens) == {f"Bearer {TOKEN}"}
    assert all("crew@pyfest.example" in agent for agent in fake.agents)


async def test_a_new_post_arrives_once_and_the_next_search_starts_behind_it() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(tweet(1))
        async with follow(fake, clock) as run:
            await run.settled()
            fake.post(tweet(2))
            first, second = await run.pass_by(70), await run.pass_by(70)
    assert [type(one) for one in first] == [Posted]
    assert second == []
    assert [one.get("since_id") for one in fake.asked("/search/recent")] == [
        None,
        tweet(1)["id"],
        tweet(2)["id"],
    ]


async def test_a_gap_is_closed_through_all_pages() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(tweet(0))
        async with follow(fake, clock) as run:
            await run.settled()
            fake.post(*(tweet(number) for number in range(1, 60)))
            await run.pass_by(70)
            assert len(set(run.texts())) == 60
            assert Condition.BEHIND in run.conditions()
            assert orjson.loads(run.cursor or "")["since"] == tweet(59)["id"]


async def test_a_fault_amid_pages_loses_nothing_and_reads_nothing_twice() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(tweet(0))
        async with follow(fake, clock) as run:
            await run.settled()
        fake.post(*(tweet(number) for number in range(1, 30)))
        fake.requests.clear()
        answer = fake._answer
        fake.fail("/search/recent", lambda request: _later(answer, request), answers(500))
        async with follow(fake, clock, run.known, run.cursor) as second:
            assert isinstance(await second.failure(), SourceError)
        assert len(second.texts()) == 11  # the one that was re-checked, and a page
        async with follow(fake, clock, run.known, second.cursor) as third:
            await third.settled()
    assert len(run.known.posts) == 30
    assert fake.asked("/search/recent")[-1]["until_id"] == tweet(20)["id"]
    assert fake.bill == money(third.cursor)["used"] == 32


async def _later(answer: Any, request: Any) -> Any:
    return answer(request.url.path, request.query_params)


async def test_the_other_dialect_is_tried_when_x_does_not_understand() -> None:
    clock = ManualClock()
    async with FakeX(dialect="post").running() as fake:
        fake.post(tweet(1))
        async with follow(fake, clock) as run:
            await run.settled()
            fake.post(tweet(2))
            await run.pass_by(70)
            assert len(run.texts()) == 2
    spoken = [
        [name for name in one if name in ("tweet.fields", "post.fields")]
        for one in fake.asked("recent")
    ]
    assert spoken == [["tweet.fields"], ["post.fields"], ["post.fields"]]


async def test_duplicates_and_garbage_among_posts_do_no_harm() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(tweet(1), tweet(1), tweet(2, author_id="999"), tweet(0))
        async with follow(fake, clock) as run:
            await run.settled()
            assert run.texts() == ["Talk number 0 #pyfest26", "Talk number 1 #pyfest26"]
            assert "1 post made no sense" in run.health.detail


# --- money ----------------------------------------------------------------------------------------


async def test_what_a_question_may_cost_is_committed_and_said_before_it_is_asked() -> None:
    clock, healths = ManualClock(), []
    async with FakeX().running() as fake:
        fake.post(tweet(1))
        made = source(fake, clock)
        batches = made.batches(None, FakeKnown(), Reports(healths))
        first = await anext(batches)
        await turns(200)
        await asyncio.sleep(0.05)
        assert (list(first.arrivals), fake.requests) == ([], [])
        assert money(first.cursor)["held"] == {"search": 700}
        assert healths[-1].detail.endswith(
            "0 of 2,000 posts of today's budget used, up to 700 more with what is being asked."
        )
        second = await anext(batches)
        assert len(second.arrivals) == 1
        await batches.aclose()  # type: ignore[attr-defined]  # a generator


async def test_looking_again_the_same_day_is_free_and_survives_a_restart() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(*(tweet(number) for number in range(5)))
        async with follow(fake, clock) as run:
            await run.settled()
            await run.pass_by(310)
        async with follow(fake, clock, run.known, run.cursor) as again:
            await again.settled()
            assert "7 of 2,000 posts" in again.health.detail
        assert fake.bill == 7
        assert money(again.cursor)["used"] == 7


async def test_an_answer_that_was_lost_counts_until_the_question_is_answered() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(tweet(1))
        fake.fail("/search/recent", breaks_off)
        async with follow(fake, clock) as run:
            await run.failure()
        assert money(run.cursor)["held"] == {"search": 700}
        async with follow(fake, clock, cursor=run.cursor, daily_budget=700) as again:
            await again.settled()
            assert len(again.texts()) == 1
        assert money(again.cursor)["used"] == 3


async def test_a_used_up_budget_waits_until_midnight_in_utc_and_says_so() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(*(tweet(number) for number in range(20)))
        async with follow(fake, clock, daily_budget=LEAST_BUDGET) as run:
            await run.settled()
            for minute in range(20, 200, 9):
                fake.post(*(tweet(number) for number in range(minute, minute + 9)))
                await run.pass_by(70)
            assert run.health.condition is Condition.WAITING
            assert run.health.until == datetime(2026, 11, 22, tzinfo=UTC)
            assert "of 280 posts of today's budget used" in run.health.detail
            asked = len(fake.asked("/search/recent"))
            assert fake.bill <= LEAST_BUDGET
            await run.pass_by(3_600)
            assert len(fake.asked("/search/recent")) == asked
            before = fake.bill
            fake.remove(tweet(1)["id"])
            gone = await run.pass_by(310)  # what is on display is re-checked all the same
            assert [one.key for one in gone if isinstance(one, Deleted)] == [key_of(tweet(1))]
            assert fake.bill == before
            midnight = datetime(2026, 11, 22, tzinfo=UTC)
            await run.pass_by((midnight - clock.now()).total_seconds() + 1)
            assert len(fake.asked("/search/recent")) > asked
            assert run.health.condition is not Condition.STARTING


async def test_a_restart_does_not_forget_that_the_budget_is_used_up() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(*(tweet(number) for number in range(30)))
        spent = {"day": "2026-11-21", "used": 1_990, "month_used": 1_990, "held": {}, "paid": ""}
        cursor = orjson.dumps({"since": tweet(1)["id"], "money": spent}).decode()
        async with follow(fake, clock, cursor=cursor) as run:
            await run.settled()
            assert run.health.condition is Condition.WAITING
            assert "1,990 of 2,000 posts" in run.health.detail
    assert fake.requests == []


# --- duties ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", [False, True])
async def test_a_deleted_post_is_found_at_the_next_look(silent: bool) -> None:
    clock = ManualClock()
    async with FakeX(silent=silent).running() as fake:
        fake.post(*(tweet(number) for number in range(3)))
        async with follow(fake, clock) as run:
            await run.settled()
            fake.remove(tweet(1)["id"])
            news = await run.pass_by(310)
    (gone,) = [one for one in news if isinstance(one, Deleted)]
    assert (gone.key, gone.local_id, gone.origin) == (key_of(tweet(1)), tweet(1)["id"], True)


@pytest.mark.parametrize("data", [{}, {"errors": []}, {"data": []}])
async def test_an_empty_answer_deletes_nothing(data: dict[str, Any]) -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(*(tweet(number) for number in range(3)))
        async with follow(fake, clock) as run:
            await run.settled()
            fake.fail("/2/tweets", answers(200, data))
            assert await run.pass_by(310) == []


@pytest.mark.parametrize("found_by", ["search", "look-up"])
async def test_an_edit_replaces_the_post_however_it_is_found(found_by: str) -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        first = tweet(1)
        fake.post(first)
        async with follow(fake, clock) as run:
            await run.settled()
            newest = id_at(START, 7)
            history = {"edit_history_tweet_ids": [first["id"], newest]}
            text = "Room B! #pyfest26"
            tags = {"hashtags": [{"start": 8, "end": 17, "tag": "pyfest26"}]}
            if found_by == "look-up":
                await run.pass_by(70)
                tags, text = {"hashtags": []}, "Room B!"
            fake.posts = [first | history, tweet(2, id=newest, text=text, entities=tags, **history)]
            if found_by == "look-up":
                fake.fail("/search/recent", *[answers(200, {"meta": {}})] * 9)
            news = await run.pass_by(310)
    edits = [one for one in news if isinstance(one, Edited)]
    assert {one.post.key for one in edits} == {key_of(first)}
    assert edits[0].post.body.text == text
    assert edits[0].post.url.endswith(newest)
    assert edits[0].post.edited_at is not None


async def test_counts_and_protection_follow() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(tweet(1), tweet(2, by="bob"))
        async with follow(fake, clock) as run:
            await run.settled()
            fake.posts[0]["public_metrics"]["like_count"] = 3
            fake.users[1]["protected"] = True
            news = await run.pass_by(310)
    found = {one.post.key: one.post for one in news if isinstance(one, Posted)}
    assert found[key_of(tweet(1))].counts.likes == 3
    assert found[key_of(tweet(2))].visibility == "private"


async def test_after_a_restart_what_is_on_display_is_confirmed_first() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(*(tweet(number) for number in range(150)))
        known = FakeKnown()
        async with follow(fake, clock, known) as run:
            await run.settled()
        for number in range(150):
            hold(known, fake, number)
        fake.remove(tweet(149)["id"])
        fake.requests.clear()
        async with follow(fake, clock, known, run.cursor, daily_budget=20_000) as again:
            await again.settled()
    assert [path for _, path, _ in fake.requests][:3] == ["/2/tweets"] * 2 + [
        "/2/tweets/search/recent"
    ]
    assert len([one for one in again.arrivals if isinstance(one, Posted)]) == 149
    assert len([one for one in again.arrivals if isinstance(one, Deleted)]) == 1


async def test_an_account_that_shuts_is_gone_once_and_may_come_back() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(tweet(1), tweet(2, by="bob"))
        async with follow(fake, clock) as run:
            await run.settled()
            fake.users[1]["protected"] = True
            gone = await run.pass_by(310) + await run.pass_by(310)
            fake.users[1]["protected"] = False
            back = await run.pass_by(310)
            fake.users[1]["protected"] = True
            again = await run.pass_by(310)
    key = f"https://x.com/i/user/{user('bob')['id']}"
    assert [one.author_key for one in gone if isinstance(one, AuthorGone)] == [key]
    (shown,) = [one for one in back if isinstance(one, Posted)]
    assert (shown.post.visibility, shown.origin) == ("public", True)
    assert [one.author_key for one in again if isinstance(one, AuthorGone)] == [key]


async def test_what_is_no_longer_on_display_is_looked_at_too_as_long_as_it_costs_nothing() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(*(tweet(number) for number in range(130)))
        known = FakeKnown()
        async with follow(fake, clock, known) as run:
            await run.settled()
            for number in range(5):
                hold(known, fake, number)
                known.aside[key_of(tweet(number))] = known.posts.pop(key_of(tweet(number)))
            before, asked = fake.bill, set(known.aside)
            read = {one.key for one in run.known.aside.values()}
            fake.remove(tweet(1)["id"], tweet(3)["id"])
            gone = await run.pass_by(310)
            assert read == asked
            assert not [one for one in gone if isinstance(one, Deleted)]  # nobody read them today
            gone = await run.pass_by(
                13 * 3_600
            )  # the evening of X's day: what is left may be spent
            assert {one.key for one in gone if isinstance(one, Deleted)} == {
                key_of(tweet(1)),
                key_of(tweet(3)),
            }
            assert fake.bill <= before + 3 + 130
            fake.remove(tweet(2)["id"])
            paid, gone = fake.bill, await run.pass_by(310)
            assert [one.key for one in gone if isinstance(one, Deleted)] == [key_of(tweet(2))]
            assert fake.bill == paid


async def test_a_hundred_are_looked_at_aside_each_time_until_all_were() -> None:
    clock = ManualClock(START + timedelta(hours=13))
    async with FakeX().running() as fake:
        posts = [tweet(number) for number in range(150)]
        known = FakeKnown()
        for number in range(150):
            hold(known, fake, number)
        known.aside, known.posts = known.posts, {}
        async with follow(fake, clock, known, daily_budget=20_000) as run:
            await run.settled()
            for _ in range(2):
                await run.pass_by(310)
    asked = [one["ids"].split(",") for one in fake.asked("/2/tweets")]
    assert [len(one) for one in asked] == [100, 50]
    assert sorted(one for part in asked for one in part) == sorted(one["id"] for one in posts)


def hold(known: FakeKnown, fake: FakeX, number: int) -> None:
    one = tweet(number)
    known.posts[key_of(one)] = KnownPost(key_of(one), fake.server, one["id"], True, 0)


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (answers(500), "fault of its own"),
        (says("<html>Wi-Fi login</html>", "text/html"), "HTML instead of JSON"),
        (says('{"data": [{"id"'), "broken or ends early"),
        (breaks_off, "broke off"),
        (says("[]"), "makes no sense"),
        (says("null"), "makes no sense"),
        (answers(404), "makes no sense"),
    ],
)
async def test_a_fault_is_said_and_what_came_meanwhile_is_not_lost(fault: Any, words: str) -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(tweet(1))
        async with follow(fake, clock) as run:
            await run.settled()
            fake.fail("/search/recent", fault)
            fake.post(tweet(2))
            clock.advance(70)
            error = await run.failure()
        assert isinstance(error, SourceError)
        assert words in str(error)
        async with follow(fake, clock, run.known, run.cursor) as again:
            await again.settled()
        assert len(run.known.posts) == 2


async def test_a_server_that_hangs_is_given_up() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.fail("/search/recent", fake.hang)
        async with follow(fake, clock, timeouts=SHORT) as run:
            assert "too long" in str(await run.failure())


async def test_a_server_that_is_down_costs_nothing() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        pass
    async with follow(fake, clock, daily_budget=700) as run:
        assert isinstance(await run.failure(), SourceError)
    assert run.health.condition is Condition.DOWN


async def test_too_many_requests_wait_as_long_as_x_says() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.post(tweet(1))
        fake.fail("/search/recent", answers(429, Retry_After="40"))
        async with follow(fake, clock) as run:
            await run.until(lambda run: run.health.condition is Condition.WAITING)
            assert run.health.until is not None
            assert run.health.until >= START + timedelta(seconds=40)
            await run.pass_by(45)
            assert len(run.texts()) == 1


async def test_the_reset_in_x_own_header_is_obeyed() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        reset = str(int((START + timedelta(seconds=600)).timestamp()))
        fake.fail("/search/recent", answers(429, x_rate_limit_reset=reset))
        async with follow(fake, clock) as run:
            await run.until(lambda run: run.health.condition is Condition.WAITING)
            assert run.health.until is not None
            assert run.health.until >= START + timedelta(seconds=600)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (answers(401), "does not accept the token"),
        (answers(403), "not enough"),
        (answers(402, {"title": "CreditsDepleted"}), "credits"),
        (answers(429, {"type": "https://api.x.com/2/problems/usage-capped"}), "monthly cap"),
    ],
)
async def test_what_only_the_operator_can_mend_is_refused_in_words(fault: Any, words: str) -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.fail("/search/recent", fault)
        async with follow(fake, clock) as run:
            assert isinstance(await run.failure(), AccessError)
    assert run.health.condition is Condition.REFUSED
    assert words in run.health.detail
    assert TOKEN not in repr(run.healths)


async def test_a_question_that_x_never_understands_is_a_fault_with_its_words() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        no = answers(400, {"errors": [{"message": "Rule\u202e must be shorter"}]})
        fake.fail("/search/recent", no, no)
        async with follow(fake, clock) as run:
            assert "answers 400: Rule must be shorter" in str(await run.failure())


async def test_closing_and_cancelling_leave_no_task() -> None:
    clock = ManualClock()
    before = asyncio.all_tasks()
    async with FakeX().running() as fake:
        made: XSource = source(fake, clock, stream=True)
        async with Follow(made, clock) as run:  # type: ignore[arg-type]  # it only reads batches
            await fake.connected()
            assert run.error is None
        assert not [one for one in asyncio.all_tasks() - before if one.get_name().startswith("x:")]
