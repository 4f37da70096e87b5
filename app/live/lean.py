"""A viewer in a few hundred bytes: a protocol object on the server's own transport that knows WebSocket frames and its crowd."""

import asyncio
import os
import struct
from collections.abc import Callable
from socket import SO_LINGER, SOL_SOCKET
from typing import ClassVar

from app.live.crowd import CHATTER, Crowd
from app.live.line import Kind
from app.live.websocket import Fault, Heard, Inbound, close_code, close_frame, pong_frame, read

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: a reset instead of bytes that nobody reads, kept for as long as TCP tries."""

_write = os.write


class LeanLine(asyncio.Protocol):
    """A public viewer on a plain TCP transport.

    While the transport holds nothing, frames are written past it, straight to the descriptor; what the socket does not take
    is left to the transport, which says when it has gone. `set_write_buffer_limits(high=0)` makes its pause and resume say
    exactly that. The descriptor is good until `connection_lost`: transports close it only afterwards.
    """

    __slots__ = (
        "_closing",
        "_crowd",
        "_fd",
        "_free",
        "_inbound",
        "_on_gone",
        "_transport",
        "deflates",
        "heard",
        "silent",
    )
    kind: ClassVar[Kind] = "lean"
    pinged: ClassVar[bool] = True
    framed: ClassVar[bool] = True

    def __init__(
        self,
        transport: asyncio.Transport,
        crowd: Crowd,
        *,
        deflates: bool,
        on_gone: Callable[[], None],
    ) -> None:
        transport.set_write_buffer_limits(high=0)
        self._transport = transport
        self._fd: int = transport.get_extra_info("socket").fileno()
        self._crowd = crowd
        self._on_gone = on_gone
        self._free = transport.get_write_buffer_size() == 0
        self._closing = False
        self._inbound: Inbound | None = None
        self.deflates = deflates
        self.silent = False
        self.heard = 0

    @property
    def open(self) -> bool:
        """Whether frames may be given to it."""
        return self._fd >= 0 and not self._closing

    def take(self, data: bytes) -> bool:
        """Write whole frames; False when some of it waits in the transport, or nothing may be written any more."""
        if not self._free:
            if self.open:
                self._transport.write(data)
            return False
        try:
            sent = _write(self._fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:  # the peer is gone: the transport will hear of it too
            self.abort()
            return False
        if sent != len(data):
            self._transport.write(memoryview(data)[sent:])
        return self._free

    def waiting(self) -> int:
        """Bytes that the socket did not take yet."""
        return self._transport.get_write_buffer_size() if self._fd >= 0 else 0

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye and wait for the answer; the crowd ends the waiting."""
        if not self.open:
            return
        self.take(close_frame(code, reason))
        self._shut()
        self._crowd.leaving(self)

    def abort(self) -> None:
        """Drop the connection at once; what the socket did not take is thrown away in the kernel too."""
        if self.waiting():
            self._transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, AT_ONCE)
        self._shut()
        self._transport.abort()

    # what the transport says

    def data_received(self, data: bytes) -> None:
        """Frames of the page."""
        self.silent = False
        try:
            heard, self._inbound = read(data, self._inbound, deflate=self.deflates)
        except Fault as fault:
            self._hear(fault.heard)
            self._fail(fault)
            return
        self._hear(heard)

    def eof_received(self) -> None:
        """The page will say nothing more: the transport closes itself."""
        self._shut()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end; the descriptor belongs to somebody else from now on."""
        self._shut()
        self._fd = -1
        self._crowd.left(self)
        self._on_gone()

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._free = False

    def resume_writing(self) -> None:
        """All that waited has gone."""
        if not self._closing:
            self._free = True
            self._crowd.drained(self)

    def _hear(self, heard: list[Heard]) -> None:
        self.heard += len(heard)
        if self.heard > CHATTER:
            self.close(1008, "too many messages")
        for one in heard:
            if one.kind == "close":
                self._answer_close(one.data)
            elif self._closing:
                continue
            elif one.kind == "text":
                self._crowd.heard(self, one.data)
            elif one.kind == "ping" and self._free:  # who takes nothing gets no answers heaped up
                self.take(pong_frame(one.data))

    def _answer_close(self, payload: bytes) -> None:
        if not self._closing:
            self.close(close_code(payload))
        self._transport.close()

    def _fail(self, fault: Fault) -> None:
        """A page that does not keep the protocol hears why; one that has been told already is dropped."""
        if self._closing:
            self._transport.abort()
        else:
            self.close(fault.code, fault.reason)

    def _shut(self) -> None:
        self._closing, self._free = True, False
