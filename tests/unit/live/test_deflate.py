"""Shared deflate: one message, or one stream of them, that every viewer can decode."""

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from app.live.deflate import SharedStream, inflated, single

POST = {
    "kind": "post",
    "network": "mastodon",
    "author": {"handle": "ada@fedi.example", "bot": False},
}
payloads = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(str.encode),
    st.integers(0, 40).map(lambda n: json.dumps([POST | {"no": k} for k in range(n)]).encode()),
    st.builds(lambda byte, n: bytes([byte]) * n, st.integers(0, 255), st.integers(0, 70_000)),
)


class Viewer:
    """A page with context takeover: zlib's own inflater beside the extension of `websockets`."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=-15)
        self._extension = PerMessageDeflate(False, True, 15, 15)

    def reads(self, message: bytes) -> bytes:
        frame = self._extension.decode(Frame(Opcode.TEXT, message, rsv1=True))
        inflated = self._inflater.decompress(message + b"\x00\x00\xff\xff")
        assert frame.data == inflated
        return inflated

    def reads_plain(self, message: bytes) -> bytes:
        return bytes(self._extension.decode(Frame(Opcode.TEXT, message)).data)


def viewer_after(history: list[bytes]) -> Viewer:
    """A viewer that has decoded another stream, with matches all over its window."""
    viewer, other = Viewer(), SharedStream()
    for payload in history:
        assert viewer.reads(other.next(payload)) == payload
    return viewer


@given(payloads, st.lists(payloads, max_size=4), st.sampled_from([1, 6, 9]))
def test_a_single_message_is_read_after_any_history(
    payload: bytes, history: list[bytes], level: int
) -> None:
    assert viewer_after(history).reads(single(payload, level)) == payload


@given(st.lists(payloads, max_size=8), st.lists(payloads, max_size=4))
def test_a_viewer_with_any_history_follows_the_stream_from_a_restart(
    stream_of: list[bytes], history: list[bytes]
) -> None:
    stream = SharedStream()
    for payload in history[::-1]:
        stream.next(payload)  # sent to others
    stream.restart()
    viewer = viewer_after(history)
    assert [viewer.reads(stream.next(payload)) for payload in stream_of] == stream_of


@given(st.lists(st.tuples(payloads, st.sampled_from(["shared", "plain", "restart"])), max_size=10))
def test_plain_messages_and_restarts_between_leave_a_viewer_in_step(
    said: list[tuple[bytes, str]],
) -> None:
    stream, viewer = SharedStream(), Viewer()
    for payload, how in said:
        if how == "plain":
            assert viewer.reads_plain(payload) == payload
            continue
        if how == "restart":
            stream.restart()
        assert viewer.reads(stream.next(payload)) == payload


@given(st.lists(st.tuples(payloads, st.booleans()), max_size=8), st.lists(payloads, max_size=3))
def test_who_joins_by_a_single_message_at_a_restart_gets_what_all_get(
    said: list[tuple[bytes, bool]], snapshot: list[bytes]
) -> None:
    """Joiners come at each restart; from there on one message serves all."""
    stream, viewers = SharedStream(), [Viewer()]
    for payload, restart in said:
        if restart:
            stream.restart()
            joiner = Viewer()
            assert [joiner.reads(single(p)) for p in snapshot] == snapshot
            viewers.append(joiner)
        message = stream.next(payload)
        assert [viewer.reads(message) for viewer in viewers] == [payload] * len(viewers)


def test_a_message_from_elsewhere_takes_a_viewer_out_of_step() -> None:
    """Why a viewer that got a single message may go on only at a restart."""
    stream, viewer, post = SharedStream(), Viewer(), json.dumps(POST).encode()
    assert viewer.reads(stream.next(post)) == post
    viewer.reads(single(b"something else that is not the post"))
    assert viewer.reads(stream.next(post)) != post


def test_a_stream_is_smaller_than_messages_alone() -> None:
    stream = SharedStream()
    posts = [json.dumps(POST | {"no": number}).encode() for number in range(20)]
    shared = [len(stream.next(post)) for post in posts]
    assert sum(shared) < sum(len(single(post)) for post in posts) / 2


def test_a_stream_counts_its_messages_since_the_restart() -> None:
    stream = SharedStream()
    assert stream.count == 0
    stream.next(b"one")
    stream.next(b"two")
    assert stream.count == 2
    stream.restart()
    assert stream.count == 0


def test_a_message_of_no_bytes_is_one_byte_wherever_it_stands() -> None:
    stream = SharedStream()
    assert single(b"") == stream.next(b"") == stream.next(b"") == b"\x00"
    assert Viewer().reads(b"\x00") == b""


@given(payloads, st.sampled_from([1, 6, 9]))
def test_what_is_made_is_inflated_again(payload: bytes, level: int) -> None:
    assert inflated(single(payload, level), len(payload)) == payload


@given(payloads.filter(bool))
def test_no_more_is_inflated_than_a_byte_over_the_limit(payload: bytes) -> None:
    limit = len(payload) // 2
    assert inflated(single(payload), limit) == payload[: limit + 1]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(single(json.dumps(POST).encode())[:-5], id="within a code"),
        pytest.param(b"\x00\x64\x00\x9b\xff" + b"x" * 50, id="half of 100 stored bytes"),
        pytest.param(b"", id="no block at all"),
    ],
)
def test_a_message_that_ends_halfway_is_an_error(message: bytes) -> None:
    with pytest.raises(zlib.error):
        inflated(message, 4096)
