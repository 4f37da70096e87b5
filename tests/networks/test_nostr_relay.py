"""Nostr against a relay that others wrote (the one in nostr-sdk, a Rust program), on loopback, with the machine's own time."""

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random

import anyio
import pytest
from nostr_sdk import (
    LocalRelay,
    LocalRelayBuilder,
    LocalRelayBuilderNip42,
    LocalRelayBuilderNip42Mode,
)
from websockets.asyncio.client import connect

from app.clock import SystemClock
from app.domain.arrival import Arrival, AuthorGone, Deleted, Posted, Reposted, Unreposted
from app.errors import AccessError
from app.ports import Condition
from app.sources.nostr.check import check
from app.sources.nostr.source import NostrSource
from tests.fake_mastodon import TAG, Follow, Json
from tests.fake_nostr import FakeRelay, deletion, note, profile, pubkey, repost, sign

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def running(builder: LocalRelayBuilder | None = None) -> AsyncIterator[str]:
    """A relay with its store in memory; its address."""
    relay: LocalRelay = (builder or LocalRelayBuilder()).addr("127.0.0.1").build()
    await relay.run()
    try:
        yield str(await relay.url())
    finally:
        relay.shutdown()


async def publish(relay: str, *events: Json) -> None:
    """As people's programs do; the relay must take each."""
    async with connect(relay) as socket:
        for one in events:
            await socket.send(json.dumps(["EVENT", one]))
            answer = json.loads(await socket.recv())
            assert answer[:3] == ["OK", one["id"], True], answer


def follow(*relays: str) -> Follow:
    clock = SystemClock()
    return Follow(NostrSource([TAG], clock=clock, rng=Random(26), relays=relays), clock)


async def came(reading: Follow, true: Callable[[Sequence[Arrival]], object]) -> None:
    await reading.until(lambda f: f.error is not None or bool(true(f.arrivals)))
    assert true(reading.arrivals), reading.error


def last(kind: type[Arrival]) -> Callable[[Sequence[Arrival]], bool]:
    return lambda arrivals: bool(arrivals) and isinstance(arrivals[-1], kind)


async def test_a_day_on_a_relay() -> None:
    now = int(time.time())
    quoted = sign(1, "An older thought", by="bob", at=now - 86_400 * 9)
    first = note(1, at=now - 60, tags=[("q", quoted["id"])])
    async with running() as relay:
        await publish(
            relay, profile("ada", at=now - 99), profile("bob", at=now - 99), quoted, first
        )
        async with follow(relay) as reading:
            await came(reading, last(Posted))
            post = reading.arrivals[-1].post
            assert (post.author.name.text, post.body.text) == ("Ada", f"Talk number 1 #{TAG}")
            assert post.quote.author.name.text == "Bob"

            await publish(relay, note(2, by="cleo", at=now))
            await came(reading, lambda a: a[-1].post.body.text == f"Talk number 2 #{TAG}")
            passed = repost(first, "bob", at=now)
            await publish(relay, passed)
            await came(reading, last(Reposted))
            assert reading.arrivals[-1].by.name.text == "Bob"
            await publish(relay, deletion(passed, by="bob", at=now))
            await came(reading, last(Unreposted))
            await publish(relay, deletion(first, at=now))
            await came(reading, last(Deleted))
            assert reading.arrivals[-1].local_id == first["id"]
            await publish(relay, sign(62, "", [("relay", "ALL_RELAYS")], by="cleo", at=now))
            await came(reading, lambda a: any(isinstance(one, AuthorGone) for one in a))
            assert reading.health.condition is Condition.LIVE


async def test_two_relays_are_one_wall() -> None:
    now = int(time.time())
    notes = [note(number, at=now - 60 + number) for number in range(1, 6)]
    async with running() as one, running() as other:
        await publish(one, *notes[:4])
        await publish(other, *notes[2:])
        async with follow(one, other) as reading:
            await came(reading, lambda a: len(a) >= 5)
            await came(reading, lambda _: " and " in reading.health.detail)

            assert sorted(reading.texts()) == [f"Talk number {n} #{TAG}" for n in range(1, 6)]


async def test_a_relay_that_gives_little_at_once_is_read_to_the_end() -> None:
    now = int(time.time())
    builder = LocalRelayBuilder().max_filter_limit(10).default_filter_limit(10)
    async with running(builder) as relay:
        await publish(relay, *[note(n, at=now - 100 + n) for n in range(1, 36)])
        async with follow(relay) as reading:
            await came(reading, lambda a: len(a) >= 35)
            assert not [one for one in reading.arrivals if isinstance(one, Deleted)]


async def test_a_relay_that_wants_a_login_is_told_in_words() -> None:
    login = LocalRelayBuilderNip42(mode=LocalRelayBuilderNip42Mode.BOTH)
    async with running(LocalRelayBuilder().nip42(login)) as relay:
        async with follow(relay) as reading:
            error = await reading.failure()
        found = await check([relay], [TAG], clock=SystemClock())

    assert isinstance(error, AccessError)
    assert "wants a login" in str(error)
    assert [one.ok for one in found] == [False]


async def test_our_own_stand_in_answers_as_it_does() -> None:
    """The same questions, the same answers: so the tests against the stand-in say something of relays."""
    now = int(time.time())
    events = [
        profile("ada", at=now - 50),
        profile("ada", at=now - 40),
        note(1, at=now - 30),
        note(2, at=now - 20, by="bob"),
        note(3, at=now - 10),
        deletion(note(3, at=now - 10), at=now),
    ]
    questions: list[list[Json]] = [
        [{"kinds": [1], "#t": [TAG, "PyFest26"]}],
        [{"kinds": [1], "#t": [TAG], "limit": 1}],
        [{"kinds": [1], "#t": [TAG], "since": now - 20}],
        [{"kinds": [1], "#t": [TAG], "until": now - 20}],
        [{"kinds": [0], "authors": [pubkey("ada")]}],
        [{"ids": [one["id"] for one in events], "limit": 9}],
        [{"kinds": [5], "#e": [events[4]["id"]]}, {"kinds": [1], "#t": ["other"]}],
    ]
    ours = FakeRelay()
    ours.keep(*events)
    async with running() as relay:
        async with connect(relay) as socket:
            for one in events:
                await socket.send(json.dumps(["EVENT", one]))
                await socket.recv()
        for asked in questions:
            theirs = await _answer(relay, asked)
            assert {one["id"] for one in theirs} == {one["id"] for one in ours._found(asked)}, asked


async def _answer(relay: str, asked: list[Json]) -> list[Json]:
    found: list[Json] = []
    with anyio.fail_after(10):
        async with connect(relay) as socket:
            await socket.send(json.dumps(["REQ", "a", *asked]))
            while (message := json.loads(await socket.recv()))[0] == "EVENT":
                found.append(message[2])
    return found
