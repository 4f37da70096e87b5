"""Frames: what a client's bytes say, however they come, and what ends the connection."""

import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

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

SEEN = b'{"kind": "seen", "seq": 1236, "painted_ms": 41}'
CONTROL_FRAME = 2 + 4 + 125
TAIL = b"\x00\x00\xff\xff"


def masked(opcode: Opcode, data: bytes = b"", *, fin: bool = True, rsv1: bool = False) -> bytes:
    frame = Frame(opcode, data, fin).serialize(mask=True)
    return bytes((frame[0] | 0x40,)) + frame[1:] if rsv1 else frame


def raw(first: int, second: int, rest: bytes = b"") -> bytes:
    """A frame that no library would make."""
    return bytes((first, second)) + rest


def deflated(message: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return (stream.compress(message) + stream.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


Step = list[Heard] | Inbound | Fault


def steps(*chunks: bytes, deflate: bool = False, limit: int = 4096) -> Iterator[Step]:
    """After each chunk what was heard by it, then what is held; the fault at last, if there is one."""
    state: Inbound | None = None
    for chunk in chunks:
        try:
            heard, state = read(chunk, state, deflate=deflate, limit=limit)
        except Fault as fault:
            yield fault
            return
        yield heard
        if state is not None:
            yield state


def hear(*chunks: bytes, deflate: bool = False) -> list[Heard]:
    every = list(steps(*chunks, deflate=deflate))
    assert not any(isinstance(step, Fault) for step in every)
    return [heard for step in every if isinstance(step, list) for heard in step]


def fault(*chunks: bytes, deflate: bool = False) -> Fault:
    *_, last = steps(*chunks, deflate=deflate)
    assert isinstance(last, Fault)
    return last


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in zip([0, *ends], ends, strict=False)]


@st.composite
def texts(draw: st.DrawFn, *, deflate: bool = False) -> tuple[bytes, list[Heard]]:
    """A message in one frame or several, with control frames between them."""
    message = draw(st.text(max_size=300)).encode()
    small = deflate and draw(st.booleans())
    payload = deflated(message) if small else message
    pieces = split(payload, draw(st.lists(st.integers(0, 1200), max_size=4)))
    data, heard = b"", []
    for number, piece in enumerate(pieces):
        opcode = Opcode.CONT if number else Opcode.TEXT
        last = number == len(pieces) - 1
        data += masked(opcode, piece, fin=last, rsv1=small and not number)
        if not last:
            between, said = draw(controls())
            data, heard = data + between, heard + said
    return data, [*heard, Heard("text", message)]


@st.composite
def controls(draw: st.DrawFn) -> tuple[bytes, list[Heard]]:
    kinds = draw(st.lists(st.sampled_from(["ping", "pong"]), max_size=2))
    payloads = [draw(st.binary(max_size=125)) for _ in kinds]
    opcodes = {"ping": Opcode.PING, "pong": Opcode.PONG}
    data = b"".join(masked(opcodes[k], p) for k, p in zip(kinds, payloads, strict=True))
    return data, [Heard(k, p) for k, p in zip(kinds, payloads, strict=True)]


@st.composite
def traffic(draw: st.DrawFn, *, deflate: bool = False) -> tuple[bytes, list[Heard]]:
    """What a client may say, and how it must be heard."""
    parts = draw(st.lists(st.one_of(texts(deflate=deflate), controls()), max_size=6))
    if draw(st.booleans()):
        code = draw(st.sampled_from([1000, 1001, 1012, 3000, 4999]))
        payload = Close(code, draw(st.text(max_size=30))).serialize()
        parts.append((masked(Opcode.CLOSE, payload), [Heard("close", payload)]))
    return b"".join(data for data, _ in parts), [h for _, heard in parts for h in heard]


def open_server(*, deflate: bool) -> ServerProtocol:
    """The server of `websockets`, open; what it received before is taken out."""
    client = ClientProtocol(parse_uri("ws://wall.example/live"))
    request = client.connect()
    server = ServerProtocol(max_size=4096)
    server.receive_data(request.serialize())
    server.events_received()
    server.send_response(server.accept(request))
    if deflate:
        server.extensions = [PerMessageDeflate(True, True, 15, 15)]
    return server


def heard_by_websockets(data: bytes, *, deflate: bool) -> list[Heard]:
    server = open_server(deflate=deflate)
    server.receive_data(data)
    heard, message = [], b""
    for event in server.events_received():
        assert isinstance(event, Frame)
        if event.opcode in (Opcode.TEXT, Opcode.CONT):
            message += bytes(event.data)
            if event.fin:
                heard.append(Heard("text", message))
                message = b""
        else:
            heard.append(Heard(event.opcode.name.lower(), bytes(event.data)))  # type: ignore[arg-type]
    return heard


def open_client(*, deflate: bool = False) -> ClientProtocol:
    client = ClientProtocol(parse_uri("ws://wall.example/live"), state=State.OPEN, max_size=None)
    if deflate:
        client.extensions = [PerMessageDeflate(False, True, 15, 15)]
    return client


def received(client: ClientProtocol, data: bytes) -> Frame:
    client.receive_data(data)
    (event,) = client.events_received()
    assert client.parser_exc is None
    assert isinstance(event, Frame)
    return event


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


@st.composite
def noise(draw: st.DrawFn) -> bytes:
    """Bytes of nobody, and frames that are right but for what is drawn."""
    parts = []
    for _ in range(draw(st.integers(1, 8))):
        first = draw(
            st.one_of(st.sampled_from([0x01, 0x81, 0x00, 0x80, 0x89, 0xC1]), st.integers(0, 255))
        )
        body = draw(st.binary(max_size=90))
        second = draw(st.one_of(st.just(0x80 | len(body)), st.integers(0, 255)))
        parts.append(raw(first, second, draw(st.sampled_from([b"", b"mask"])) + body))
    return b"".join(parts)


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
