"""A page's end of the live socket, byte by byte: it can say what no browser would, and reads just what the server sent."""

import contextlib
import socket
import struct
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import orjson
import psutil
from prometheus_client.parser import text_string_to_metric_families

from app.domain.window import View, apply_frame

WAIT_S = 30
"""Longer than anything here takes on a busy machine; a test that waits for it has failed."""
PATIENCE = 3
"""Pulses, one each 15 s, that a test lets pass before it gives up."""
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ANSWER = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The key of RFC 6455 1.3 and what a server makes of it."""
MASK = b"\x37\xfa\x21\x3d"
"""The masking key of the example in RFC 6455 5.7: the same in every run."""
PATH = "/api/v1/walls/pyfest26/live"
OFFER = "permessage-deflate; client_max_window_bits"
"""What browsers offer (RFC 7692)."""
NO_CODE = 1005
"""How a close frame without a code is written down; it never goes over the wire (RFC 6455 7.4.1)."""


class Op(IntEnum):
    """Opcodes of RFC 6455 5.2."""

    CONT = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


@dataclass(frozen=True)
class Frame:
    """One frame of the server; `data` as it went over the wire, so maybe deflated."""

    op: Op
    data: bytes
    fin: bool
    rsv: int


@dataclass(frozen=True)
class Close:
    """How the server ended it."""

    code: int
    reason: str = ""


def frame(
    op: int,
    data: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bool = True,
    announced: int | None = None,
) -> bytes:
    """A frame of any kind, right or wrong. `rsv` is three bits; `announced` is a length that may be a lie."""
    length = len(data) if announced is None else announced
    short = length if length < 126 else 126 if length < 65_536 else 127
    head = bytes([fin << 7 | rsv << 4 | op, mask << 7 | short])
    head += {126: struct.pack("!H", length & 0xFFFF), 127: struct.pack("!Q", length)}.get(
        short, b""
    )
    if not mask:
        return head + data
    return head + MASK + bytes(byte ^ MASK[i % 4] for i, byte in enumerate(data))


def close_frame(code: int | None = None, reason: bytes = b"") -> bytes:
    """A close frame; without a code it is empty."""
    return frame(Op.CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


@dataclass
class WireClient:
    """One TCP connection. Made by `opened` or `dialled`; `address` is where it comes from.

    `deflated` counts the messages that came compressed, `received` all bytes, `last` is the last text.
    """

    port: int
    path: str = PATH
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = "127.0.0.1"
    receive_buffer: int = 0
    answers_pings: bool = True
    view: View = field(default_factory=View)
    status: int = 0
    answer: dict[str, str] = field(default_factory=dict)
    pulses: list[dict[str, Any]] = field(default_factory=list)
    deflated: int = 0
    received: int = 0
    last: str = ""

    def __post_init__(self) -> None:
        self._buffer = b""
        self._inflate = zlib.decompressobj(-15)
        self.socket = socket.socket()
        if self.receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        self.socket.settimeout(WAIT_S)
        self.socket.bind((self.address, 0))
        self.socket.connect(("127.0.0.1", self.port))
        self.local_port: int = self.socket.getsockname()[1]

    # the handshake

    def request(self) -> bytes:
        """The head of the upgrade request."""
        lines = {
            "Host": f"127.0.0.1:{self.port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": KEY,
            **self.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"GET {self.path} HTTP/1.1\r\n{head}\r\n".encode()

    def handshake(self) -> "WireClient":
        """Ask to be let in, and hear what comes of it."""
        self.send(self.request())
        return self.answered()

    def answered(self) -> "WireClient":
        """The head of the server's answer: `status`, and its headers in `answer` (names in small letters)."""
        while b"\r\n\r\n" not in self._buffer:
            assert self._more(), f"no answer, only {self._buffer!r}"
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        self.answer = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        return self

    def body(self) -> str:
        """What a plain HTTP answer says, to its end."""
        while self._more():
            pass
        return self._buffer.decode()

    # saying

    def send(self, *pieces: bytes) -> None:
        """Bytes as they are, each piece a write of its own."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            self.socket.sendall(piece)

    def say(self, text: str) -> None:
        """A text message."""
        self.send(frame(Op.TEXT, text.encode()))

    def ping(self, payload: bytes = b"still there?") -> None:
        """Until the server has answered this ping: it has read all that was said before."""
        self.send(frame(Op.PING, payload))
        while (heard := self.read()) is not None:
            if heard == Frame(Op.PONG, payload, fin=True, rsv=0):
                return
            self._answer(heard)
            if heard.op is Op.TEXT:
                self._keep(orjson.loads(self._plain(heard)))
        raise AssertionError("the connection ended before the ping was answered")

    # hearing

    def read(self) -> Frame | None:
        """The next frame of any kind, and nothing done about it; None when the connection has ended."""
        while (parsed := _parse(self._buffer)) is None:
            if not self._more():
                return None
        heard, used = parsed
        self._buffer = self._buffer[used:]
        return heard

    def text(self) -> str:
        """The next text message, inflated, kept in `last`; pings are answered on the way."""
        while (heard := self.read()) is not None:
            self._answer(heard)
            if heard.op is Op.TEXT:
                self.last = self._plain(heard).decode()
                return self.last
        raise AssertionError("the connection ended")

    def told(self) -> dict[str, Any]:
        """The next text message as JSON."""
        said: dict[str, Any] = orjson.loads(self.text())
        return said

    def take(self) -> dict[str, Any]:
        """The next message that changes anything, applied to `view`; pulses are kept aside."""
        for _ in range(PATIENCE):
            if self._keep(said := self.told()):
                return said
        raise AssertionError(f"nothing but {PATIENCE} pulses came")

    def until(self, seq: int) -> list[dict[str, Any]]:
        """Take messages until `view` stands at `seq`."""
        taken = []
        while self.view.seq < seq:
            taken.append(self.take())
        return taken

    def closed(self, *, answers: bool = True) -> Close | None:
        """How the server closes: read on to its close frame, answer it, and see the connection end. None without one."""
        while (heard := self.read()) is not None:
            if heard.op is Op.CLOSE:
                if answers:
                    with contextlib.suppress(OSError):  # it may have hung up already
                        self.send(frame(Op.CLOSE, heard.data[:2]))
                assert self.read() is None, "something came after the close frame"
                return close_of(heard)
        return None

    # leaving

    def hang_up(self) -> None:
        """Leave without a word."""
        self.socket.close()

    def reset(self) -> None:
        """Leave so that the server gets an RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _more(self) -> bool:
        try:
            data = self.socket.recv(65_536)
        except ConnectionError:  # a reset: what had come before it was read already
            return False
        self.received += len(data)
        self._buffer += data
        return bool(data)

    def _answer(self, heard: Frame) -> None:
        if heard.op is Op.PING and self.answers_pings:
            self.send(frame(Op.PONG, heard.data))
        if heard.op is Op.CLOSE:
            raise AssertionError(f"closed: {close_of(heard)}")

    def _plain(self, heard: Frame) -> bytes:
        if heard.rsv == 0b100:
            self.deflated += 1
            return self._inflate.decompress(heard.data + b"\x00\x00\xff\xff")
        assert heard.rsv == 0, heard
        return heard.data

    def _keep(self, said: dict[str, Any]) -> bool:
        if said["kind"] == "pulse":
            self.pulses.append(said)
            return False
        assert apply_frame(self.view, said), f"it does not chain: {said['from']}, {self.view.seq}"
        return True


@contextlib.contextmanager
def dialled(port: int, path: str = PATH, **options: Any) -> Iterator[WireClient]:
    """A connection on which nothing was said yet."""
    client = WireClient(port, path, **options)
    try:
        yield client
    finally:
        client.hang_up()


@contextlib.contextmanager
def opened(port: int, path: str = PATH, **options: Any) -> Iterator[WireClient]:
    """A live socket, let in."""
    with dialled(port, path, **options) as client:
        client.handshake()
        assert client.status == 101, client.status
        assert client.answer["sec-websocket-accept"] == ANSWER
        yield client


def _parse(data: bytes) -> tuple[Frame, int] | None:
    """The first frame of the server in `data` and its length, or None while it is not all there."""
    if len(data) < 2:
        return None
    assert not data[1] & 0x80, "servers never mask (RFC 6455 5.1)"
    length, start = data[1], 2
    if length > 125:
        start = 4 if length == 126 else 10
        length = int.from_bytes(data[2:start], "big") if len(data) >= start else 1 << 62
    if len(data) < start + length:
        return None
    heard = Frame(
        Op(data[0] & 0x0F), data[start : start + length], bool(data[0] & 0x80), data[0] >> 4 & 0b111
    )
    assert heard.fin, "our server never sends fragments"
    return heard, start + length


def close_of(heard: Frame) -> Close:
    """What a close frame says."""
    if not heard.data:
        return Close(NO_CODE)
    return Close(int.from_bytes(heard.data[:2], "big"), heard.data[2:].decode())


def metric(port: int, name: str, **labels: str) -> float:
    """The sum of the samples of `name` on /metrics that carry these labels; 0 when there is none."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=WAIT_S) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    samples = (s for f in families for s in f.samples if s.name == name)
    return sum(s.value for s in samples if labels.items() <= s.labels.items())


def eventually(check: Callable[[], bool], *, within_s: float = WAIT_S) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + within_s
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)  # between two looks; the test itself waits for nothing but the answer
    return True


def holds(pid: int, client: WireClient) -> bool:
    """Whether the server still has a descriptor for this connection."""
    sockets = psutil.Process(pid).net_connections("tcp")
    return any(s.raddr and s.raddr.port == client.local_port for s in sockets)
