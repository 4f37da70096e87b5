"""What clients send, right and wrong, and the client and server of `websockets` to compare with."""

import zlib
from collections.abc import Iterator

from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from app.live.websocket import Fault, Heard, Inbound, read

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
