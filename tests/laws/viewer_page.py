"""A page over a real socket that follows a wall by the client's rules of docs/protocol.md, and can be made to drop."""

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.extensions.base import ClientExtensionFactory
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from app.domain.window import View, apply_frame, in_window

WAIT_S = 30
"""Longer than anything here takes on a busy machine; a page that waits for it has found a fault."""
SMALL_BUFFER = 8_192

Offer = Literal["none", "any", "small"]
OFFERS: dict[Offer, tuple[ClientExtensionFactory, ...]] = {
    "none": (),
    "any": (ClientPerMessageDeflateFactory(client_max_window_bits=True),),
    "small": (ClientPerMessageDeflateFactory(server_max_window_bits=12),),
}
"""What a page offers: no compression, any, or what the `websockets` library offers by itself."""


@dataclass(frozen=True, slots=True)
class Received:
    """A frame that said something of items, as it came."""

    epoch: str
    frame: dict[str, Any]
    text: str


class Cut(AssertionError):
    """The far end has ended it."""


@dataclass
class Page:
    """One page: its state outlives its sockets."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    offer: Offer = "none"
    view: View = field(default_factory=View)
    received: list[Received] = field(default_factory=list)
    level: bool = False
    """Whether a pulse came on this socket: what was missed has come before it."""
    code: int | None = None
    """The last close code."""
    pulse_seq: int = -1
    stopped: bool = False
    """Whether it ever stopped reading on this socket: then it may be cut."""
    socket: ClientConnection | None = None
    _following: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def connected(self) -> bool:
        """Whether it follows now."""
        return self._following is not None and not self._following.done()

    @property
    def away(self) -> bool:
        """Whether it left by itself, or never came."""
        return self.socket is None

    @property
    def cut(self) -> bool:
        """Whether the far end has ended it."""
        return self._following is not None and self._following.done()

    async def come(self) -> None:
        """Connect, with what it knows; the frames are taken from then on."""
        joiner = "&" if "?" in self.address else "?"
        knows = f"{joiner}epoch={self.view.epoch}&seq={self.view.seq}" if self.view.epoch else ""
        self.level, self.code = False, None
        self.stopped = False
        self.socket = await connect(
            self.address + knows,
            sock=await a_small_socket(self.address),
            max_queue=None,
            additional_headers=self.headers,
            compression=None,
            extensions=OFFERS[self.offer],
            open_timeout=WAIT_S,
            ping_interval=None,
            max_size=None,
            proxy=None,
        )
        self._following = asyncio.create_task(self._follow(self.socket))
        self._following.add_done_callback(lambda _: self._news.set())

    async def go(self, how: Literal["close", "reset"] = "close") -> None:
        """Leave with a close frame, or as a network does that breaks: with a TCP reset."""
        if self.socket is None or self._following is None:
            return
        if how == "reset":
            reset(self.socket)
        else:
            self.read_on()  # the answer to the close frame waits behind what was not read
            await self.socket.close()
        await self._following
        self.socket = self._following = None

    def stop_reading(self) -> None:
        """Take nothing from the socket any more."""
        assert self.socket is not None
        self.stopped = True
        self.socket.transport.pause_reading()

    def read_on(self) -> None:
        """Take what waits."""
        if self.socket is not None and self.connected:
            self.socket.transport.resume_reading()

    async def until_level(self) -> "Page":
        """Until everything that was missed has come."""
        await self.until(lambda: self.level)
        return self

    async def until_at(self, epoch: str, seq: int) -> bool:
        """Until it stands there; False when it was cut, as a page may be that stopped reading."""
        try:
            await self.until(lambda: (self.view.epoch, self.view.seq) == (epoch, seq))
        except Cut:
            if not self.stopped:
                raise
            return False
        return True

    async def until(self, reached: Callable[[], bool]) -> None:
        """Until this is so; Cut when it cannot become so any more."""
        async with asyncio.timeout(WAIT_S):
            while not reached():
                assert self._following is not None
                if self._following.done():
                    self._following.result()
                    raise Cut(f"it was cut with {self.code} at seq {self.view.seq}")
                self._news.clear()
                await self._news.wait()

    async def until_cut(self) -> int | None:
        """Until the far end has ended it, however long that takes; the close code."""
        assert self._following is not None
        await asyncio.shield(self._following)
        return self.code

    def take(self, text: str) -> None:
        """One frame, by the rules."""
        frame: dict[str, Any] = orjson.loads(text)
        if frame["kind"] == "pulse":
            self.level, self.pulse_seq = True, frame["seq"]
        if frame["kind"] not in ("snapshot", "changes"):
            return
        ids = [item["id"] for item in frame["items"]]
        assert len(ids) == len(set(ids)), "an item is twice in one frame"
        if frame["kind"] == "snapshot":
            assert all(shown(item, frame["tip"]) for item in frame["items"]), "more than is shown"
        epoch, seq = self.view.epoch, self.view.seq
        assert apply_frame(self.view, frame), f"{frame['from']}-{frame['seq']} leaves {seq} behind"
        assert self.view.epoch != epoch or self.view.seq >= seq, "seq went back"
        self.received.append(Received(self.view.epoch, frame, text))

    async def _follow(self, connection: ClientConnection) -> None:
        try:
            async for text in connection:
                assert isinstance(text, str)
                self.take(text)
                self._news.set()
        except ConnectionClosed as ended:
            ours = ended.sent if not ended.rcvd_then_sent else None
            assert ours is None or ours.code == 1000, f"it could not read what came: {ours}"
        self.code = connection.close_code


def shown(item: Mapping[str, Any], tip: int) -> bool:
    """Whether an item belongs in a snapshot."""
    return "gone" not in item and in_window(item, tip)


async def a_small_socket(address: str) -> socket.socket:
    """A connection whose kernel keeps little: who does not read is noticed."""
    parts = urlsplit(address)
    made = socket.socket()
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    try:
        await asyncio.get_running_loop().sock_connect(made, (parts.hostname, parts.port))
    except BaseException:
        made.close()
        raise
    return made


def reset(connection: ClientConnection) -> None:
    """End the connection as a broken network does: by a TCP reset, nothing said."""
    linger = struct.pack("ii", 1, 0)  # lingering for nothing: close(2) sends RST
    raw = connection.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.transport.abort()
