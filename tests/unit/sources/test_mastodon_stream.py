"""The stream: what it brings, how it fails, and how far it is trusted."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrival import Deleted, Edited, Posted
from app.ports import KnownPost
from app.sources.mastodon.frames import Frame, Trust, parse_frame, socket_address
from tests.fake_mastodon import (
    TAG,
    FakeMastodon,
    Follow,
    ManualClock,
    answers,
    source,
    status,
    turns,
)

pytestmark = pytest.mark.anyio

TOKEN = "made-up-token"


@asynccontextmanager
async def streaming(
    *posts: dict[str, Any], tags: tuple[str, ...] = (TAG,), **behaviour: Any
) -> AsyncIterator[tuple[FakeMastodon, Follow]]:
    """A source whose socket is open, and whose catch-up after opening it is done."""
    clock = ManualClock()
    async with FakeMastodon(token=TOKEN, **behaviour).running() as fake:
        fake.post(*posts)
        async with Follow(source(fake, clock, *tags, token=TOKEN), clock) as follow:
            await fake.connected()
            await follow.until(lambda one: "stream is open" in one.health.detail)
            await follow.settled()
            fake.requests.clear()
            yield fake, follow


def polls(fake: FakeMastodon) -> int:
    return len(fake.asked("/timelines/"))


# --- what it brings -------------------------------------------------------------------------------


async def test_an_update_arrives_at_once_without_a_poll() -> None:
    async with streaming() as (fake, follow):
        await fake.push("update", status(1))
        await follow.until(lambda one: len(one.arrivals) == 1)

        assert polls(fake) == 0
    assert isinstance(follow.arrivals[0], Posted)
    assert fake.tokens[-1] == f"Bearer {TOKEN}"


async def test_every_hashtag_is_subscribed_to_on_one_socket() -> None:
    async with streaming(tags=("pyfest26", "pycamp")) as (fake, _):
        while len(fake.subscriptions) < 2:
            await turns()

    assert fake.subscriptions == [
        {"stream": "hashtag", "tag": "pyfest26"},
        {"type": "subscribe", "stream": "hashtag", "tag": "pycamp"},
    ]


@pytest.mark.parametrize("event", ["status.update", "status_update"])
async def test_an_edit_of_an_unknown_post_is_an_arrival_like_any_other(event: str) -> None:
    async with streaming() as (fake, follow):
        await fake.push(event, status(7))
        await follow.until(lambda one: len(one.arrivals) == 1)

    assert isinstance(follow.arrivals[0], Edited)


async def test_a_delete_names_the_post_it_means() -> None:
    async with streaming(status(1)) as (fake, follow):
        await fake.push("delete", status(1)["id"])
        await follow.until(lambda one: len(one.arrivals) == 2)

    gone = follow.arrivals[-1]
    assert isinstance(gone, Deleted)
    assert (gone.key, gone.local_id, gone.origin) == (status(1)["uri"], status(1)["id"], True)


async def test_a_delete_in_other_letters_means_the_same_post() -> None:
    async with streaming(status(1, id="01JD9ZK7AB")) as (fake, follow):
        await fake.push("delete", "01jd9zk7ab")
        await follow.until(lambda one: len(one.arrivals) == 2)

    gone = follow.arrivals[-1]
    assert isinstance(gone, Deleted)
    assert (gone.key, gone.local_id) == (status(1)["uri"], "01JD9ZK7AB")


async def test_a_delete_of_a_stored_post_is_named_by_the_wall() -> None:
    async with streaming() as (fake, follow):
        follow.known.posts["k"] = KnownPost("k", fake.server, "77", True, 0)
        await fake.push("delete", "77")
        await follow.until(lambda one: len(one.arrivals) == 1)

    gone = follow.arrivals[0]
    assert isinstance(gone, Deleted)
    assert (gone.key, gone.origin) == ("k", True)


async def test_a_delete_of_a_post_that_nobody_knows_goes_by_its_id() -> None:
    async with streaming() as (fake, follow):
        await fake.push("delete", "404")
        await follow.until(lambda one: len(one.arrivals) == 1)

    gone = follow.arrivals[0]
    assert isinstance(gone, Deleted)
    assert (gone.key, gone.local_id) == (None, "404")


async def test_a_poll_that_is_behind_the_stream_does_not_bring_a_deleted_post_back() -> None:
    async with streaming(status(1)) as (fake, follow):
        await fake.push("delete", status(1)["id"])
        await follow.until(lambda one: len(one.arrivals) == 2)

        assert await follow.pass_by(15) == []


async def test_noise_on_the_stream_is_ignored() -> None:
    async with streaming() as (fake, follow):
        for noise in ("", "{", "7", "null", '{"event": 7}', '{"event": "update", "payload": "{"}'):
            await fake.send(noise)
        await fake.send(b"\x00\x01")
        await fake.send('{"error": "Unknown stream type", "status": 400}')
        await fake.push("announcement", {"id": "1"})
        await fake.send('{"event": "filters_changed"}')
        await fake.push("update", {"id": "1"})
        await fake.push("update", status(2))
        await follow.until(lambda one: len(one.arrivals) == 1)

    assert follow.texts() == ["Talk number 2"]
    assert follow.error is None


async def test_a_frame_whose_stream_lacks_the_hashtag_is_matched_by_the_post() -> None:
    async with streaming() as (fake, follow):
        await fake.push("update", status(1, tags=("cats",)), stream=["hashtag"])
        await fake.push("update", status(2), stream=["hashtag"])
        await follow.until(lambda one: len(one.arrivals) == 1)

    assert follow.texts() == ["Talk number 2"]


# --- how it fails ---------------------------------------------------------------------------------


async def test_what_came_while_the_socket_was_away_is_caught_up() -> None:
    async with streaming(status(1)) as (fake, follow):
        await fake.hang_up()
        fake.post(status(2))
        await follow.clock.asleep(3)
        follow.clock.advance(2)
        await fake.connected()
        await follow.until(lambda one: len(one.arrivals) == 2)

        assert polls(fake) == 1


async def test_a_refused_stream_leaves_polling_at_its_full_pace() -> None:
    clock = ManualClock()
    async with (
        FakeMastodon(token=TOKEN, stream_status=403).running() as fake,
        Follow(source(fake, clock, token=TOKEN), clock) as follow,
    ):
        await follow.settled(3)
        fake.post(status(1))
        assert len(await follow.pass_by(15, sleepers=3)) == 1

    assert "does not allow this token (403)" in follow.health.detail


async def test_a_socket_that_flaps_is_asked_for_ever_more_rarely() -> None:
    async with streaming() as (fake, follow):
        fake.stream_status = 500
        follow.clock.slept.clear()
        await fake.hang_up()
        for _ in range(12):
            await follow.clock.asleep(3)
            follow.clock.advance(61)
        waits = [wait for wait in follow.clock.slept if wait not in (60.0,)]

    assert max(waits) <= 60 * 1.1
    assert "answers 500" in " ".join(health.detail for health in follow.healths)


async def test_without_a_token_no_socket_is_opened() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake, Follow(source(fake, clock), clock) as follow:
        await follow.settled()

    assert fake.subscriptions == []


async def test_the_servers_own_word_says_where_the_stream_is() -> None:
    clock = ManualClock()
    async with (
        FakeMastodon(token=TOKEN).running() as other,
        FakeMastodon(token=TOKEN).running() as fake,
    ):
        address = other.base.replace("http:", "ws:")
        fake.instance = {
            "domain": "fedi.example",
            "configuration": {"urls": {"streaming": address}},
        }
        async with Follow(source(fake, clock, token=TOKEN), clock):
            await other.connected()

    assert fake.subscriptions == []


async def test_closing_the_source_closes_its_socket() -> None:
    async with streaming() as (fake, _):
        pass

    assert fake.sockets == []


async def test_a_fault_of_the_polls_closes_the_stream_too() -> None:
    async with streaming() as (fake, follow):
        fake.fail("/timelines/", answers(500))
        follow.clock.advance(15)
        await follow.failure()
        while fake.sockets:
            await turns()


# --- how far it is trusted ------------------------------------------------------------------------


async def test_a_silent_socket_never_slows_the_polls() -> None:
    async with streaming() as (fake, follow):
        for number in range(5):
            fake.post(status(number))
            assert len(await follow.pass_by(14)) == 1


async def test_a_stream_that_has_proven_itself_spares_polls() -> None:
    async with streaming() as (fake, follow):
        fake.post(status(1))
        await fake.push("update", status(1))
        await follow.until(lambda one: len(one.arrivals) == 1)
        await follow.pass_by(15)
        fake.requests.clear()
        await follow.pass_by(45)
        assert polls(fake) == 0
        await follow.pass_by(25)
        assert polls(fake) == 1


async def test_polls_go_on_at_once_when_a_trusted_stream_closes() -> None:
    async with streaming() as (fake, follow):
        fake.post(status(1))
        await fake.push("update", status(1))
        await follow.until(lambda one: len(one.arrivals) == 1)
        await follow.pass_by(15)
        fake.post(status(2))
        fake.stream_status = 503
        await fake.hang_up()
        await follow.until(lambda one: len(one.arrivals) == 2)


async def test_a_stream_that_leaves_posts_out_is_told_and_not_trusted() -> None:
    """The token's account may have chosen languages, blocks or filters: nothing says so."""
    async with streaming() as (fake, follow):
        fake.post(status(1))
        await fake.push("update", status(1))
        await follow.until(lambda one: len(one.arrivals) == 1)
        await follow.pass_by(15)
        fake.post(status(2, language=None))
        await follow.pass_by(70)
        await follow.pass_by(70)
        fake.requests.clear()
        await follow.pass_by(15)

        assert "leaves posts out" in follow.health.detail
        assert polls(fake) == 1


async def test_a_stream_of_deletes_only_is_told() -> None:
    async with streaming() as (fake, follow):
        for number in range(3):
            await fake.push("delete", str(number))
        await follow.until(lambda one: len(one.arrivals) == 3)

        assert "may have switched hashtag feeds off" in follow.health.detail


def test_what_a_first_poll_shows_proves_nothing_against_the_stream() -> None:
    trust = Trust()
    trust.opened()
    trust.polled(["a"], ["a"])
    trust.polled(["a"], [])

    assert trust.note == ""
    assert not trust.proven


def test_a_post_that_comes_both_ways_proves_the_stream_in_either_order() -> None:
    polled_first, streamed_first = Trust(), Trust()
    polled_first.opened()
    polled_first.polled(["a"], ["a"])
    polled_first.streamed("a")
    streamed_first.opened()
    streamed_first.streamed("a")
    streamed_first.polled(["a"], ["a"])

    assert polled_first.proven
    assert streamed_first.proven


def test_a_closed_socket_is_not_trusted() -> None:
    trust = Trust()
    trust.opened()
    trust.streamed("a")
    trust.polled(["a"], ["a"])
    trust.closed()

    assert not trust.proven


# --- frames and addresses -------------------------------------------------------------------------


def test_a_payload_is_a_string_within_a_string_and_a_deletes_is_bare() -> None:
    update = json.dumps({"stream": ["hashtag"], "event": "update", "payload": '{"id": "1"}'})
    delete = json.dumps({"stream": ["hashtag"], "event": "delete", "payload": "0115e3"})

    assert parse_frame(update) == Frame("update", {"id": "1"})
    assert parse_frame(delete) == Frame("delete", "0115e3")


@given(
    st.text()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["event", "payload", "error", "stream"]), inner)
        ),
    ).map(json.dumps)
)
def test_no_frame_can_break_the_reading(text: str) -> None:
    frame = parse_frame(text)

    assert frame is None or isinstance(frame.event, str)


@pytest.mark.parametrize(
    ("base", "announced", "address"),
    [
        ("https://fedi.example", None, "wss://fedi.example/api/v1/streaming"),
        ("https://fedi.example", "wss://s.example", "wss://s.example/api/v1/streaming"),
        ("https://fedi.example", "https://s.example/", "wss://s.example/api/v1/streaming"),
        (
            "https://fedi.example",
            "wss://s.example/api/v1/streaming",
            "wss://s.example/api/v1/streaming",
        ),
        ("http://127.0.0.1:3000", None, "ws://127.0.0.1:3000/api/v1/streaming"),
    ],
)
def test_the_socket_is_where_the_server_says(
    base: str, announced: str | None, address: str
) -> None:
    assert socket_address(base, announced, "café") == f"{address}?stream=hashtag&tag=caf%C3%A9"


def test_a_token_never_leaves_an_encrypted_server_in_the_clear() -> None:
    assert socket_address("https://fedi.example", "ws://s.example", "a") is None
