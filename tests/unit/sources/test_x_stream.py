"""X's filtered stream: news at once, reposts with names, and searches for what a break would lose."""

import asyncio
import json
from typing import Any

import pytest

from app.domain.arrival import Posted, Reposted, Unreposted
from app.errors import AccessError, BusyError, SourceError
from app.ports import Condition
from app.sources.connection import UNREACHABLE
from app.sources.x.client import CrowdedError
from app.sources.x.stream import BLOCK, retry_s
from tests.fake_mastodon import FakeKnown, Follow, ManualClock, answers, turns
from tests.fake_x import FakeX, id_at, source, tweet, user

pytestmark = pytest.mark.anyio
RULE = "#pyfest26 -is:nullcast"


def follow(
    fake: FakeX,
    clock: ManualClock,
    known: FakeKnown | None = None,
    cursor: str | None = None,
    **changes: Any,
) -> Follow:
    made: Any = source(fake, clock, stream=True, **changes)
    return Follow(made, clock, known=known, cursor=cursor)


async def test_a_streamed_post_arrives_without_a_search() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake, follow(fake, clock) as run:
        await fake.connected()
        await run.settled()
        asked = len(fake.asked("/search/recent"))
        fake.push(tweet(1))
        await run.until(lambda run: len(run.texts()) == 1)
        assert len(fake.asked("/search/recent")) == asked
        assert "its stream is open" in run.health.detail
        assert run.health.condition is Condition.LIVE


async def test_our_rule_is_set_once_and_others_are_left_alone() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        mine = f"hallway x:{fake.server}"
        fake.rules = [
            {"id": "1", "value": "#pyfest25", "tag": mine},
            {"id": "2", "value": "cats", "tag": "somebody else's"},
        ]
        async with follow(fake, clock):
            await fake.connected()
        values = {one["value"] for one in fake.rules}
        assert values == {"cats", RULE}
        fake.opened.clear()
        fake.requests.clear()
        async with follow(fake, clock):
            await fake.connected()
        assert fake.asked("/rules", "POST") == []


async def test_a_retweet_names_who_passed_it_on() -> None:
    clock = ManualClock()
    original = tweet(1)
    retweet = tweet(2, by="bob", text="RT @ada_example: Talk…", entities={})
    retweet["referenced_tweets"] = [{"type": "retweeted", "id": original["id"]}]
    async with FakeX().running() as fake:
        fake.post(original)
        async with follow(fake, clock) as run:
            await fake.connected()
            await run.until(lambda run: len(run.texts()) == 1)
            fake.push(retweet, retweet)
            await run.until(lambda run: isinstance(run.arrivals[-1], Reposted))
            await turns()
    (repost,) = [one for one in run.arrivals if isinstance(one, Reposted)]
    assert repost.key == f"https://x.com/i/status/{original['id']}"
    assert repost.by.handle == "bob_example"


def retweeted(number: int, original: dict[str, Any], by: str = "bob") -> dict[str, Any]:
    retweet = tweet(number, by=by, text="RT @ada_example: Talk…", entities={})
    return retweet | {"referenced_tweets": [{"type": "retweeted", "id": original["id"]}]}


@pytest.mark.parametrize("silent", [False, True])
async def test_a_retweet_that_is_taken_back_is_found_at_the_next_look(silent: bool) -> None:
    clock = ManualClock()
    original = tweet(1)
    first, second = retweeted(2, original), retweeted(3, original, "eve")
    async with FakeX(silent=silent).running() as fake:
        fake.users.append(user("eve"))
        fake.post(original)
        async with follow(fake, clock) as run:
            await fake.connected()
            await run.until(lambda run: len(run.texts()) == 1)
            fake.post(first, second)
            fake.push(first, second)
            await run.until(lambda run: len(passed_on(run.arrivals)) == 2)
            await run.settled(2)
            bill = fake.bill
            fake.remove(first["id"])
            news = await run.pass_by(310)
            assert fake.bill == bill
        fake.remove(second["id"])
        async with follow(fake, clock, known=run.known, cursor=run.cursor) as again:
            await again.until(lambda run: taken_back(run.arrivals) != [])
    key = f"https://x.com/i/status/{original['id']}"
    bob, eve = (f"https://x.com/i/user/{user(name)['id']}" for name in ("bob", "eve"))
    assert taken_back(news) == [(key, bob)]
    assert taken_back(again.arrivals) == [(key, eve)]  # retweets are remembered over a restart


def taken_back(arrivals: list[Any]) -> list[tuple[str, str]]:
    return [(one.key, one.author_key) for one in arrivals if isinstance(one, Unreposted)]


def passed_on(arrivals: list[Any]) -> list[Reposted]:
    return [one for one in arrivals if isinstance(one, Reposted)]


async def test_what_came_while_the_stream_was_closed_is_found_by_a_search() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake, follow(fake, clock) as run:
        await fake.connected()
        await run.settled()
        fake.hang_up()
        fake.post(tweet(1))
        await run.until(lambda run: len(run.texts()) == 1)
        await run.settled(3)
        fake.post(tweet(2))
        clock.advance(0.5)
        await fake.connected()
        await run.until(lambda run: len(run.texts()) == 2)


async def test_a_stream_that_falls_silent_is_opened_again() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake, follow(fake, clock, stall_s=0.2) as run:
        await fake.connected()
        fake.opened.clear()
        await run.until(lambda run: "stream is not open" in run.health.detail)
        await run.settled(3)
        clock.advance(1)
        await fake.connected()


async def test_keep_alives_garbage_disorder_and_repetition_do_no_harm() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake, follow(fake, clock) as run:
        await fake.connected()
        for line in (b"", b"{", b"[]", b"null", b'{"data": 7}', b'{"data": {"id": "x"}}', b"\xff"):
            fake.send(line)
        fake.push(tweet(3), tweet(1), tweet(3), tweet(2))
        fake.push(tweet(4, tag="other"))
        fake.push(tweet(5))
        await run.until(lambda run: len(run.texts()) == 4)
        assert run.error is None
    assert run.texts() == [f"Talk number {number} #pyfest26" for number in (3, 1, 2, 5)]


async def test_an_older_version_never_replaces_a_newer() -> None:
    clock = ManualClock()
    first = tweet(1)
    newest = id_at(clock.now(), 7)
    history = {"edit_history_tweet_ids": [first["id"], newest]}
    edited = tweet(1, id=newest, text="Room B! #pyfest26", **history)
    edited["entities"] = {"hashtags": [{"start": 8, "end": 17, "tag": "pyfest26"}]}
    async with FakeX().running() as fake, follow(fake, clock) as run:
        await fake.connected()
        fake.push(edited, first, tweet(2))
        await run.until(lambda run: len(run.texts()) == 2)
    assert run.texts() == ["Room B! #pyfest26", "Talk number 2 #pyfest26"]


async def test_the_stream_is_closed_before_the_budget_is_passed() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake, follow(fake, clock, daily_budget=300) as run:
        await fake.connected()
        await run.settled()
        for number in range(BLOCK * 9):
            fake.push(tweet(number, id=id_at(clock.now(), number), edit_history_tweet_ids=None))
            await run.until(lambda run, number=number: len(run.texts()) > number)
            await turns(40)
            if not fake.lines:
                break
            await asyncio.sleep(0.005)
        assert not fake.lines
        assert fake.bill <= 300
        assert len(run.texts()) >= 300 - 9 * BLOCK - 20


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (answers(403), "is refused"),
        (answers(500), "is not open"),
        (answers(429, Retry_After="5"), "is not open"),
    ],
)
async def test_a_stream_that_cannot_be_had_is_said_and_searching_goes_on(
    fault: Any, words: str
) -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.fail("/search/stream", fault)
        async with follow(fake, clock) as run:
            await run.until(lambda run: words in run.health.detail)
            await run.settled(3)
            fake.post(tweet(1))
            await run.pass_by(70)
            await run.until(lambda run: len(run.texts()) == 1)
            await fake.connected()


async def test_a_connection_left_over_is_hung_up_once() -> None:
    clock = ManualClock()
    crowded = {"title": "ConnectionException", "connection_issue": "TooManyConnections"}
    async with FakeX().running() as fake:
        fake.fail("/search/stream", answers(429, crowded), answers(429, crowded))
        async with follow(fake, clock) as run:
            await run.settled(3)
            clock.advance(61)
            await run.until(lambda run: "only stream" in run.health.detail)
            await run.settled(3)
            clock.advance(300)
            await fake.connected()
    assert len(fake.asked("/connections/all", "DELETE")) == 1


async def test_x_may_say_goodbye() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake, follow(fake, clock) as run:
        await fake.connected()
        fake.opened.clear()
        bye = {
            "errors": [
                {"title": "operational-disconnect", "disconnect_type": "OperationalDisconnect"}
            ]
        }
        fake.send(json.dumps(bye).encode())
        await run.settled(3)
        clock.advance(1)
        await fake.connected()
        fake.push(tweet(1))
        await run.until(lambda run: len(run.texts()) == 1)


async def test_a_post_whose_author_opted_out_is_marked() -> None:
    clock = ManualClock()
    async with FakeX().running() as fake:
        fake.users = [user(description="#nobot")]
        async with follow(fake, clock) as run:
            await fake.connected()
            fake.push(tweet(1))
            await run.until(lambda run: len(run.texts()) == 1)
    (posted,) = [one for one in run.arrivals if isinstance(one, Posted)]
    assert posted.post.author.opted_out


def test_waits_between_tries_are_those_that_x_asks_for() -> None:
    lost = SourceError("away", code=UNREACHABLE)
    assert [retry_s(lost, n) for n in (0, 1, 999)] == [0.25, 0.5, 16.0]
    assert [retry_s(None, n) for n in (0, 63)] == [0.25, 16.0]
    assert [retry_s(AccessError("no"), n) for n in (0, 1, 9, 99)] == [5.0, 10.0, 320.0, 320.0]
    busy = BusyError("wait", retry_after_s=100.0)
    assert [retry_s(busy, n) for n in (0, 1, 99)] == [100.0, 120.0, 960.0]
    assert retry_s(CrowdedError("full"), 0) == 60.0
