"""Frames: what a client's bytes say, however they come, and what ends the connection."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Opcode

from app.live.websocket import (
    MOST_FRAMES,
    Fault,
    Heard,
    Inbound,
    close_code,
    close_frame,
    ping_frame,
    pong_frame,
    read,
    text_frame,
)
from tests.unit.live.traffic import (
    CONTROL_FRAME,
    SEEN,
    deflated,
    fault,
    hear,
    heard_by_websockets,
    masked,
    noise,
    open_client,
    raw,
    received,
    split,
    steps,
    traffic,
)

# laws


@given(traffic(), st.lists(st.integers(0, 4000), max_size=12))
def test_traffic_is_heard_the_same_however_it_is_cut(
    said: tuple[bytes, list[Heard]], cuts: list[int]
) -> None:
    data, expected = said
    assert hear(data) == expected
    assert hear(*split(data, cuts)) == expected


@given(traffic(deflate=True), st.lists(st.integers(0, 4000), max_size=12))
def test_deflated_traffic_is_heard_the_same_however_it_is_cut(
    said: tuple[bytes, list[Heard]], cuts: list[int]
) -> None:
    data, expected = said
    assert hear(*split(data, cuts), deflate=True) == expected


@given(traffic())
def test_traffic_may_come_byte_by_byte(said: tuple[bytes, list[Heard]]) -> None:
    data, expected = said
    assert hear(*(bytes((byte,)) for byte in data)) == expected


@given(st.booleans().flatmap(lambda d: st.tuples(st.just(d), traffic(deflate=d))))
def test_what_is_heard_is_what_another_server_hears(
    drawn: tuple[bool, tuple[bytes, list[Heard]]],
) -> None:
    deflate, (data, _) = drawn
    assert hear(data, deflate=deflate) == heard_by_websockets(data, deflate=deflate)


@given(st.one_of(noise(), st.binary(max_size=300)), st.lists(st.integers(0, 900)), st.booleans())
def test_any_bytes_are_heard_or_are_a_fault_and_little_is_held(
    data: bytes, cuts: list[int], deflate: bool
) -> None:
    limit = 64
    for step in steps(*split(data, cuts), deflate=deflate, limit=limit):
        if isinstance(step, Inbound):
            assert len(step.pending) + len(step.message or b"") <= limit + CONTROL_FRAME
            assert step.pending or step.message is not None
        elif isinstance(step, Fault):
            assert step.code in (1002, 1003, 1007, 1008, 1009)
        else:
            assert all(len(heard.data) <= max(limit, 125) for heard in step)


@given(st.binary(max_size=200))
def test_any_deflated_bytes_are_heard_or_are_a_fault(payload: bytes) -> None:
    (step,) = steps(masked(Opcode.TEXT, payload, rsv1=True), deflate=True)
    assert step.code in (1007, 1009) if isinstance(step, Fault) else isinstance(step, list)


@given(st.text(max_size=400), st.sampled_from([0, 1, 125, 126, 65535, 65536, 70000]))
def test_a_text_frame_is_read_by_another_client(text: str, filled: int) -> None:
    payload = text.encode() + b" " * max(0, filled - len(text.encode()))
    frame = received(open_client(), text_frame(payload))
    assert (frame.opcode, bytes(frame.data), frame.fin) == (Opcode.TEXT, payload, True)


@given(st.text(max_size=400))
def test_a_deflated_text_frame_is_read_by_another_client(text: str) -> None:
    frame = received(open_client(deflate=True), text_frame(deflated(text.encode()), deflated=True))
    assert (frame.opcode, bytes(frame.data)) == (Opcode.TEXT, text.encode())


@given(st.sampled_from([1000, 1002, 1003, 1007, 1009, 1012, 1013, 4404]), st.text(max_size=300))
def test_a_close_frame_says_its_code_and_as_much_of_the_reason_as_fits(
    code: int, text: str
) -> None:
    client = open_client()
    received(client, close_frame(code, text))
    assert client.close_rcvd is not None
    reason = client.close_rcvd.reason
    assert client.close_rcvd.code == code
    assert text.startswith(reason)
    assert reason == text or len(reason.encode()) > 123 - 4


# frames of ours


def test_a_short_frame_costs_two_bytes_and_is_not_masked() -> None:
    assert text_frame(b"hi") == b"\x81\x02hi"
    assert text_frame(b"hi", deflated=True) == b"\xc1\x02hi"
    assert text_frame(b"x" * 300)[:4] == b"\x81\x7e\x01\x2c"


def test_pings_and_pongs_carry_their_payload() -> None:
    assert ping_frame() == b"\x89\x00"
    assert received(open_client(), ping_frame(b"7")).data == b"7"
    assert received(open_client(), pong_frame(b"7")).opcode is Opcode.PONG


def test_a_control_frame_too_long_to_send_is_our_error() -> None:
    assert len(ping_frame(b"x" * 125)) == 127
    with pytest.raises(ValueError, match="125"):
        ping_frame(b"x" * 126)


@pytest.mark.parametrize("code", [1005, 1006, 1015])
def test_codes_that_are_never_sent_close_without_one(code: int) -> None:
    assert close_frame(code, "not said") == close_frame() == b"\x88\x00"


def test_a_reason_is_cut_between_characters() -> None:
    assert close_frame(1013, "é" * 100) == b"\x88\x7c\x03\xf5" + "é".encode() * 61


# what is held


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.PING, Opcode.PONG])
def test_a_connection_whose_frames_are_whole_holds_nothing(opcode: Opcode) -> None:
    assert read(masked(opcode, b"41"), None, deflate=False)[1] is None
    assert read(b"", None, deflate=False) == ([], None)


def test_a_connection_holds_the_start_of_a_frame_and_lets_it_go() -> None:
    frame = masked(Opcode.TEXT, SEEN)
    heard, state = read(masked(Opcode.PONG) + frame[:9], None, deflate=False)
    assert heard == [Heard("pong", b"")]
    assert state is not None
    assert state.pending == frame[:9]
    assert read(frame[9:], state, deflate=False) == ([Heard("text", SEEN)], None)


def test_a_connection_within_a_message_holds_what_was_said_of_it() -> None:
    heard, state = read(masked(Opcode.TEXT, b"sl", fin=False), None, deflate=False)
    assert (heard, state and state.message) == ([], b"sl")
    assert read(masked(Opcode.CONT, b"ow"), state, deflate=False) == (
        [Heard("text", b"slow")],
        None,
    )


def test_one_message_after_another_is_begun_anew() -> None:
    one = masked(Opcode.TEXT, deflated(b"one"), fin=False, rsv1=True) + masked(Opcode.CONT)
    two = masked(Opcode.TEXT, b"tw", fin=False) + masked(Opcode.CONT, b"o")
    assert hear(one + two, deflate=True) == [Heard("text", b"one"), Heard("text", b"two")]


def test_after_a_close_frame_nothing_is_read() -> None:
    heard, state = read(masked(Opcode.CLOSE) + raw(0xFF, 0xFF), None, deflate=False)
    assert (heard, state) == ([Heard("close", b"")], None)
    assert close_code(heard[0].data) == 1005


def test_what_was_heard_before_a_fault_is_told_with_it() -> None:
    ended = fault(masked(Opcode.TEXT, SEEN) + masked(Opcode.BINARY, b"\x00"))
    assert (ended.code, ended.heard) == (1003, [Heard("text", SEEN)])


# faults

TOO_LONG = 4097
MASK = b"mask"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        pytest.param(1002, text_frame(b"bare"), id="not masked"),
        pytest.param(1002, raw(0xA1, 0x80, MASK), id="second reserved bit"),
        pytest.param(1002, raw(0x91, 0x80, MASK), id="third reserved bit"),
        pytest.param(1002, masked(Opcode.TEXT, b"x", rsv1=True), id="deflated without leave"),
        pytest.param(1002, raw(0x83, 0x80, MASK), id="opcode 3"),
        pytest.param(1002, raw(0x8B, 0x80, MASK), id="opcode 11"),
        pytest.param(1002, raw(0x09, 0x80, MASK), id="ping in pieces"),
        pytest.param(1002, raw(0x89, 0xFE), id="ping of over 125 bytes"),
        pytest.param(1002, masked(Opcode.CONT, b"x"), id="goes on with nothing"),
        pytest.param(
            1002, masked(Opcode.TEXT, fin=False) + masked(Opcode.TEXT), id="message in a message"
        ),
        pytest.param(1002, raw(0x81, 0xFF, b"\x80" + bytes(7)), id="length over 63 bits"),
        pytest.param(1002, masked(Opcode.CLOSE, b"\x03"), id="close payload of one byte"),
        pytest.param(1003, raw(0x82, 0xFE), id="binary, by its header"),
        pytest.param(1003, raw(0x02, 0x81), id="first piece of a binary message"),
        pytest.param(1007, masked(Opcode.TEXT, b"\xff"), id="not UTF-8"),
        pytest.param(1007, masked(Opcode.TEXT, b"\xed\xa0\x80"), id="a surrogate"),
        pytest.param(1007, masked(Opcode.CLOSE, b"\x03\xe8\xff"), id="reason not UTF-8"),
        pytest.param(
            1009, raw(0x81, 0xFE, TOO_LONG.to_bytes(2, "big")), id="too long, by its header"
        ),
        pytest.param(1009, raw(0x81, 0xFF, (1 << 62).to_bytes(8, "big")), id="far too long"),
    ],
)
def test_a_fault_is_seen_as_soon_as_it_is_there(code: int, data: bytes) -> None:
    ended = fault(data)
    assert (ended.code, ended.heard) == (code, [])
    assert ended.reason


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535])
def test_a_close_code_that_must_not_be_sent_is_a_fault(code: int) -> None:
    assert fault(masked(Opcode.CLOSE, code.to_bytes(2, "big"))).code == 1002


@pytest.mark.parametrize("code", [1000, 1003, 1007, 1011, 1012, 1014, 3000, 4404, 4999])
def test_a_close_code_is_heard(code: int) -> None:
    (heard,) = hear(masked(Opcode.CLOSE, Close(code, "bye").serialize()))
    assert (heard.kind, close_code(heard.data)) == ("close", code)


def test_a_control_frame_is_never_deflated() -> None:
    assert fault(masked(Opcode.PING, b"x", rsv1=True), deflate=True).code == 1002


def test_only_the_first_frame_of_a_message_says_that_it_is_deflated() -> None:
    data = masked(Opcode.TEXT, b"x", fin=False, rsv1=True) + masked(Opcode.CONT, b"y", rsv1=True)
    assert fault(data, deflate=True).code == 1002


def test_a_message_has_at_most_the_limit_of_bytes() -> None:
    assert hear(masked(Opcode.TEXT, b"x" * 4096)) == [Heard("text", b"x" * 4096)]
    assert fault(masked(Opcode.TEXT, b"x" * TOO_LONG)).code == 1009


def test_pieces_count_together_and_the_one_too_many_is_not_waited_for() -> None:
    data = masked(Opcode.TEXT, b"x" * 4000, fin=False) + masked(Opcode.CONT, b"x" * 97)[:4]
    assert fault(data).code == 1009


def test_a_message_of_too_many_frames_is_refused_though_it_is_short() -> None:
    start, empty = masked(Opcode.TEXT, fin=False), masked(Opcode.CONT, fin=False)
    assert hear(start + empty * (MOST_FRAMES - 2), masked(Opcode.CONT, b"x")) == [
        Heard("text", b"x")
    ]
    assert fault(start + empty * MOST_FRAMES).code == 1008


def test_the_frames_of_each_message_are_counted_anew() -> None:
    start, empty = masked(Opcode.TEXT, fin=False), masked(Opcode.CONT, fin=False)
    message = start + empty * (MOST_FRAMES - 2) + masked(Opcode.CONT, b"x")
    assert hear(message * 2) == [Heard("text", b"x")] * 2
    assert (
        hear(*[message + start[:1], start[1:] + message[len(start) :]]) == [Heard("text", b"x")] * 2
    )


def test_a_deflated_message_has_at_most_the_limit_of_bytes_once_inflated() -> None:
    whole = masked(Opcode.TEXT, deflated(b"x" * 4096), rsv1=True)
    assert hear(whole, deflate=True) == [Heard("text", b"x" * 4096)]
    assert (
        fault(masked(Opcode.TEXT, deflated(b"x" * TOO_LONG), rsv1=True), deflate=True).code == 1009
    )


def test_a_bomb_is_refused() -> None:
    bomb = deflated(b"x" * 3_000_000)
    assert len(bomb) < 4096
    assert fault(masked(Opcode.TEXT, bomb, rsv1=True), deflate=True).code == 1009


def test_a_deflated_message_that_is_corrupt_or_cut_off_is_refused() -> None:
    whole = deflated(SEEN)
    for payload in (b"\xff" * 9, whole[: len(whole) // 2], b"\xff" + whole):
        assert fault(masked(Opcode.TEXT, payload, rsv1=True), deflate=True).code == 1007


def test_a_deflated_message_that_is_no_text_is_refused() -> None:
    assert fault(masked(Opcode.TEXT, deflated(b"\xff"), rsv1=True), deflate=True).code == 1007


def test_a_client_may_end_its_message_with_a_last_block() -> None:
    stream = zlib.compressobj(wbits=-15)  # RFC 7692, 7.2.3.4
    payload = stream.compress(b"Hello") + stream.flush(zlib.Z_FINISH) + b"\x00"
    assert hear(masked(Opcode.TEXT, payload, rsv1=True), deflate=True) == [Heard("text", b"Hello")]


def test_a_message_that_is_not_deflated_may_come_where_others_are() -> None:
    assert hear(masked(Opcode.TEXT, SEEN), deflate=True) == [Heard("text", SEEN)]
