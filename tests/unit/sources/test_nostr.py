"""Nostr followed over real sockets: several relays, their faults, what is taken back, and what is forged."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import anyio
import pytest
from starlette.responses import Response

from app.domain.arrival import AuthorGone, Deleted, Posted, Reposted, Unreposted
from app.errors import AccessError, BusyError, SourceError
from app.ports import Condition
from tests.fake_mastodon import PATIENCE_S, START, TAG, Follow, ManualClock, turns
from tests.fake_nostr import (
    NOW,
    FakeNostr,
    FakeRelay,
    deletion,
    note,
    profile,
    pubkey,
    repost,
    sign,
    source,
)

pytestmark = pytest.mark.anyio

LOOK_S = 51


@asynccontextmanager
async def following(
    fake: FakeNostr, *, relays: int | None = None, **more: Any
) -> AsyncIterator[Follow]:
    """The fake's relays, followed and at rest."""
    clock = more.pop("clock", None) or ManualClock()
    changes = more.pop("changes", {})
    async with Follow(source(fake, clock, **changes), clock, **more) as follow:
        await rest(follow, len(fake.relays) if relays is None else relays)
        yield follow


async def rest(follow: Follow, relays: int) -> None:
    """Wait until so many relays are followed and nothing moves."""
    await follow.until(lambda f: f.error is not None or followed(f) >= relays)
    await quiet(follow)


async def quiet(follow: Follow) -> None:
    """Wait until nothing has come for a few turns of sockets and threads."""
    still = before = 0
    while still < 4:
        await asyncio.sleep(0.004)
        now = len(follow.arrivals) + len(follow.batches) + len(follow.clock.slept)
        still, before = (still + 1 if now == before else 0), now


def followed(follow: Follow) -> int:
    """How many relays the last report says are followed."""
    live = follow.health.condition is Condition.LIVE
    return follow.health.detail.partition(" followed live")[0].count("127.0.0.1") if live else 0


async def passing(follow: Follow, seconds: float) -> None:
    """Let time pass in steps, as sleepers wake one after the other."""
    for _ in range(int(seconds // 5) + 1):
        follow.clock.advance(5)
        await quiet(follow)


async def came(follow: Follow, true: Callable[[Follow], object]) -> None:
    await follow.until(lambda f: f.error is not None or bool(true(f)))
    assert true(follow), follow.error


def deleted(follow: Follow) -> list[str]:
    return [one.local_id for one in follow.arrivals if isinstance(one, Deleted)]


def posts(follow: Follow) -> list[Posted]:
    return [one for one in follow.arrivals if isinstance(one, Posted)]


# --- reading --------------------------------------------------------------------------------------


async def test_notes_of_all_relays_come_once_with_their_people() -> None:
    fake = FakeNostr()
    fake.keep(profile("ada"), note(1))
    fake.relays[1].keep(note(2, by="bob"), profile("bob"))
    async with fake.running(), following(fake) as follow:
        await fake.publish(note(3))
        await came(follow, lambda f: len(f.texts()) >= 3)

        assert sorted(follow.texts()) == [f"Talk number {n} #{TAG}" for n in (1, 2, 3)]
        assert {one.post.author.name.text for one in posts(follow)} == {"Ada", "Bob"}
        assert follow.health.condition is Condition.LIVE
        assert all("crew@pyfest.example" in one for one in fake.relay.agents)


async def test_only_our_hashtags_within_reach_are_asked_for() -> None:
    fake = FakeNostr([FakeRelay()])
    fake.keep(sign(1, "Other #x", [("t", "x")]), note(1, at=NOW - 25 * 3600), note(2))
    async with fake.running(), following(fake) as follow:
        assert follow.texts() == [f"Talk number 2 #{TAG}"]
        assert all(one["#t"][0] == TAG for one in fake.relay.asked("#t"))


async def test_more_than_a_relay_gives_at_once_is_read_page_by_page() -> None:
    fake = FakeNostr([FakeRelay(cap=3)])
    fake.keep(*[note(n) for n in range(1, 9)])
    async with fake.running(), following(fake) as follow:
        assert len(follow.texts()) == 8
        await passing(follow, 3 * LOOK_S)
        assert deleted(follow) == [], "nor is it taken for less than it has"


async def test_a_quoted_note_is_fetched_with_its_author() -> None:
    fake = FakeNostr()
    inner = sign(1, "An older thought", by="bob", at=NOW - 10**6)
    fake.relays[1].keep(inner, profile("bob"))
    outer = note(1, tags=[("q", inner["id"])])
    fake.relay.keep(outer)
    async with fake.running(), following(fake) as follow:
        quote = posts(follow)[-1].post.quote

        assert quote is not None
        assert (quote.author.name.text, quote.body.text) == ("Bob", "An older thought")
        await fake.relays[1].publish(deletion(inner, by="bob"))
        await passing(follow, 60)
        assert posts(follow)[-1].post.key == f"nostr:{outer['id']}"
        assert posts(follow)[-1].post.quote is None


async def test_a_new_name_is_shown_at_once() -> None:
    fake = FakeNostr([FakeRelay()])
    fake.keep(profile("ada"), note(1))
    async with fake.running(), following(fake) as follow:
        await passing(follow, 1)
        await fake.publish(profile("ada", at=NOW, display_name="Ada Lovelace"))
        await came(follow, lambda f: posts(f)[-1].post.author.name.text == "Ada Lovelace")


# --- reposts --------------------------------------------------------------------------------------


async def test_reposts_are_named_and_taken_back() -> None:
    fake = FakeNostr([FakeRelay()])
    first = note(1)
    fake.keep(profile("bob"), first, repost(first, "bob"))
    async with fake.running(), following(fake) as follow:
        await came(follow, lambda f: any(isinstance(one, Reposted) for one in f.arrivals))
        found = next(one for one in follow.arrivals if isinstance(one, Reposted))

        assert (found.key, found.by.name.text) == (f"nostr:{first['id']}", "Bob")
        assert found.at == START - timedelta(seconds=30)
        await passing(follow, 1)
        await fake.publish(deletion(repost(first, "bob"), by="bob"))
        await came(follow, lambda f: isinstance(f.arrivals[-1], Unreposted))
        assert follow.arrivals[-1].author_key == f"nostr:{pubkey('bob')}"


# --- what is taken back ---------------------------------------------------------------------------


async def test_a_machine_whose_clock_is_an_hour_fast_hears_of_deletions_at_once() -> None:
    fake = FakeNostr([FakeRelay()])
    first = note(1)
    fake.keep(first)
    clock = ManualClock(START + timedelta(hours=1))
    async with fake.running(), following(fake, clock=clock) as follow:
        await passing(follow, 5)
        await fake.publish(note(2))  # there is more to ask about: it is asked anew
        await came(follow, lambda f: len(f.texts()) == 2)
        await passing(follow, 5)
        await fake.publish(deletion(first))
        await came(follow, deleted)


async def test_a_deletion_by_the_author_counts_at_once_and_nobody_elses_does() -> None:
    fake = FakeNostr()
    first, second = note(1), note(2)
    fake.keep(first, second)
    async with fake.running(), following(fake) as follow:
        await passing(follow, 1)
        await fake.publish(deletion(second, by="eve"), deletion(first))
        await came(follow, deleted)
        await passing(follow, 60)

        assert deleted(follow) == [first["id"]]


async def test_a_note_that_another_relay_knows_to_be_deleted_does_not_come_back() -> None:
    fake = FakeNostr()
    first = note(1)
    fake.relay.keep(first)
    fake.relays[1].keep(deletion(first))
    async with fake.running(), following(fake) as follow:
        await passing(follow, LOOK_S)

        assert fake.relay.events, "this one still gives it"
        assert not follow.known.posts
        await fake.relay.publish(first, note(2))
        await came(follow, lambda f: f.texts()[-1:] == [f"Talk number 2 #{TAG}"])
        assert len(follow.known.posts) == 1


async def test_what_no_relay_has_any_more_leaves_within_a_minute() -> None:
    fake = FakeNostr()
    first, second = note(1), note(2)
    fake.keep(first, second)
    async with fake.running(), following(fake) as follow:
        fake.relay.drop(first)
        await passing(follow, LOOK_S + 5)
        assert deleted(follow) == [], "the other relay still has it"
        fake.relays[1].drop(first)
        await passing(follow, LOOK_S + 5)

        assert deleted(follow) == [first["id"]]


async def test_a_relay_that_is_away_deletes_nothing() -> None:
    fake = FakeNostr()
    only_there = note(1)
    fake.relays[1].keep(only_there)
    async with fake.running(), following(fake) as follow:
        await fake.relays[1].refuse(Response(status_code=500))
        await passing(follow, 3 * LOOK_S)

        assert deleted(follow) == []
        assert "127.0.0.1" in follow.health.detail
        assert "500" in follow.health.detail


async def test_when_most_is_missing_at_once_the_next_look_must_agree() -> None:
    fake = FakeNostr([FakeRelay()])
    many = [note(n) for n in range(1, 8)]
    fake.keep(*many)
    async with fake.running(), following(fake) as follow:
        fake.relay.drop(*many)
        await passing(follow, LOOK_S)
        assert deleted(follow) == []
        await passing(follow, LOOK_S + 5)

        assert len(deleted(follow)) == len(many)


async def test_after_a_restart_what_is_there_is_confirmed_and_the_rest_leaves() -> None:
    fake = FakeNostr([FakeRelay()])
    old, lost = note(1, at=NOW - 5 * 86_400), note(2, at=NOW - 5 * 86_400)
    fake.keep(old, lost)
    async with fake.running():
        async with following(fake, changes={"back_h": 200}) as before:
            known = before.known
        fake.relay.drop(lost)
        async with following(fake, known=known) as follow:
            await passing(follow, 5)

            assert [one.local_id for one in posts(follow)] == [old["id"]]
            assert deleted(follow) == [lost["id"]]


async def test_what_has_expired_leaves_and_does_not_come() -> None:
    fake = FakeNostr([FakeRelay()])
    soon = note(1, tags=[("expiration", str(NOW + 30))])
    fake.keep(soon, note(2, tags=[("expiration", str(NOW - 1))]))
    async with fake.running(), following(fake) as follow:
        assert follow.texts() == [f"Talk number 1 #{TAG}"]
        await passing(follow, 35)

        assert deleted(follow) == [soon["id"]]


async def test_who_asks_to_vanish_vanishes_and_older_notes_stay_away() -> None:
    fake = FakeNostr([FakeRelay()])
    first = note(1)
    fake.keep(first)
    async with fake.running(), following(fake) as follow:
        await passing(follow, 1)
        await fake.publish(sign(62, "", [("relay", "ALL_RELAYS")], at=NOW))
        await came(follow, lambda f: any(isinstance(one, AuthorGone) for one in f.arrivals))
        await fake.publish(note(3, at=NOW - 5), note(4, at=NOW + 5))
        await came(follow, lambda f: f.texts()[-1] == f"Talk number 4 #{TAG}")

        assert f"Talk number 3 #{TAG}" not in follow.texts()


# --- what is not genuine --------------------------------------------------------------------------


async def test_what_is_forged_is_dropped_and_counted() -> None:
    fake = FakeNostr([FakeRelay()])
    fake.keep(note(1) | {"content": "Buy this"}, note(2))
    async with fake.running(), following(fake) as follow:
        await passing(follow, LOOK_S)

        assert follow.texts() == [f"Talk number 2 #{TAG}"]
        assert "dropped" in follow.health.detail


async def test_a_forged_copy_does_not_stand_in_for_the_note() -> None:
    fake = FakeNostr()
    fake.relay.keep(note(1) | {"content": "Buy this"})
    fake.relays[1].keep(note(1))
    async with fake.running(), following(fake) as follow:
        assert follow.texts() == [f"Talk number 1 #{TAG}"]


@pytest.mark.parametrize(
    "raw", ["nonsense", "[]", '["EVENT"]', '["EVENT","notes",{"id":1}]', '["NOTICE","be nice"]']
)
async def test_nonsense_ends_nothing(raw: str) -> None:
    fake = FakeNostr([FakeRelay()])
    async with fake.running(), following(fake) as follow:
        await fake.relay.say(raw)
        await fake.publish(note(1))
        await came(follow, lambda f: f.texts())


# --- faults ---------------------------------------------------------------------------------------


async def test_a_relay_that_comes_back_brings_what_was_missed() -> None:
    fake = FakeNostr()
    async with fake.running(), following(fake) as follow:
        await fake.relays[1].refuse(Response(status_code=502))
        await passing(follow, 5)
        fake.relays[1].refusal = None
        fake.relays[1].keep(note(1))
        await passing(follow, 60)

        assert follow.texts() == [f"Talk number 1 #{TAG}"]
        assert followed(follow) == 2


async def test_none_left_is_a_fault_that_names_each() -> None:
    fake = FakeNostr()
    fake.keep(note(1))
    async with fake.running(), following(fake) as follow:
        for relay in fake.relays:
            await relay.refuse(Response(status_code=500))
        error = await follow.failure()

        assert isinstance(error, SourceError)
        assert all(relay.host in str(error) for relay in fake.relays)
        assert follow.health.condition is Condition.DOWN


async def test_after_a_fault_it_goes_on_from_its_cursor() -> None:
    fake = FakeNostr([FakeRelay()])
    clock = ManualClock()
    async with fake.running():
        async with following(fake, clock=clock) as before:
            await passing(before, 10)
            cursor, known = before.cursor, before.known
        clock.advance(10 * 3600)
        fake.keep(note(1, at=NOW + 300), note(2, at=NOW + 9 * 3600))
        async with following(fake, clock=clock, cursor=cursor, known=known) as follow:
            since = fake.relay.asked("#t")[-1]["since"]

            assert sorted(follow.texts()) == [f"Talk number {n} #{TAG}" for n in (1, 2)]
            assert NOW - 7200 <= since <= NOW - 7100, "two hours again, for clocks that are off"


async def test_what_was_heard_and_not_written_down_is_said_again() -> None:
    fake = FakeNostr([FakeRelay()])
    clock = ManualClock()
    fake.keep(note(1))
    async with fake.running():
        made = source(fake, clock)
        async with Follow(made, clock) as before:
            before.known.take = _never  # type: ignore[method-assign]
            await before.failure()
        async with Follow(made, clock) as follow:
            await came(follow, lambda f: f.texts())


def _never(arrivals: object) -> None:
    """The store is away."""
    raise OSError


async def test_a_relay_that_asks_to_wait_is_left_alone_for_so_long() -> None:
    fake = FakeNostr([FakeRelay(refusal=Response(status_code=429, headers={"retry-after": "120"}))])
    clock = ManualClock()
    async with fake.running():
        made = source(fake, clock)
        async with Follow(made, clock) as follow:
            error = await follow.failure()
        assert isinstance(error, BusyError)
        assert error.retry_after_s == 120
        async with Follow(made, clock) as follow:  # the next run is as patient
            clock.advance(100)
            await turns(100)
            assert fake.relay.visits == 1
            fake.relay.refusal = None
            clock.advance(21)
            await rest(follow, 1)


@pytest.mark.parametrize(
    ("closes", "kind", "word"),
    [
        ("auth-required: log in", AccessError, "wants a login"),
        ("restricted: members only", AccessError, "members only"),
        ("rate-limited: slow down", BusyError, "asks to wait"),
        ("error: disk full", SourceError, "disk full"),
    ],
)
async def test_a_relay_that_refuses_to_answer_is_told_in_words(
    closes: str, kind: type[SourceError], word: str
) -> None:
    fake = FakeNostr([FakeRelay(closes=closes, greeting='["AUTH","made-up challenge"]')])
    clock = ManualClock()
    async with fake.running(), Follow(source(fake, clock), clock) as follow:
        error = await follow.failure()

        assert type(error) is kind
        assert word in str(error)


async def test_a_relay_that_tells_of_no_deletions_is_still_looked_at() -> None:
    fake = FakeNostr([FakeRelay(spurns="about")])
    first = note(1)
    fake.keep(first)
    async with fake.running(), following(fake) as follow:
        fake.relay.keep(deletion(first))
        await passing(follow, LOOK_S + 5)

        assert deleted(follow) == [first["id"]]
        assert followed(follow) == 1


async def test_a_relay_that_will_not_tell_of_notes_is_left() -> None:
    fake = FakeNostr([FakeRelay(spurns="notes")])
    clock = ManualClock()
    async with fake.running(), Follow(source(fake, clock), clock) as follow:
        assert "too many ids" in str(await follow.failure())


async def test_a_relay_that_says_nothing_is_left() -> None:
    fake = FakeNostr([FakeRelay(silent=True)])
    clock = ManualClock()
    async with fake.running(), Follow(source(fake, clock), clock) as follow:
        with anyio.fail_after(PATIENCE_S):
            while not follow.ended.is_set():
                clock.advance(5)
                await asyncio.sleep(0.005)

        assert "took too long" in str(follow.error)


async def test_a_greeting_that_asks_for_a_login_is_no_refusal() -> None:
    fake = FakeNostr([FakeRelay(greeting='["AUTH","made-up challenge"]')])
    fake.keep(note(1))
    async with fake.running(), following(fake) as follow:
        assert follow.texts()
