"""A proxy on loopback before one server: it passes HTTP/1.1 and WebSockets on, and does them wrong when told to."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Self
from urllib.parse import urlsplit

END = b"\r\n\r\n"

ASKED_S = 40
"""How long a 429 asks to wait."""


@dataclass(frozen=True)
class Fault:
    """What is done to connections, while it lasts."""

    name: str
    down: bool = False
    """Nothing listens."""
    answer: bytes = b""
    """Sent instead of the server's answer."""
    busy: str = ""
    """429, which asks to wait for ASKED_S, told in `seconds` or as a `date`."""
    hang: bool = False
    """Nothing comes any more."""
    drip: bool = False
    """A byte now and then."""
    cut: bool = False
    """Half of an answer, then the end."""
    reset: bool = False
    """Half of an answer, then a reset."""
    twice: bool = False
    """Every frame comes twice, and every answer for the next question too."""
    stale: bool = False
    """The answer from before the fault again; frames change places."""
    clock_h: float = 0.0
    """The machine's clock is fast by so many hours; servers tell the right time."""

    @property
    def breaks(self) -> bool:
        """Whether no good answer comes through."""
        return not (self.twice or self.stale or self.clock_h or self.name == "none")


NONE = Fault("none")


def _refusal(status: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, "Content-Length: 2", "Connection: close"]
    return "\r\n".join([*lines, "Content-Type: application/json", "", "{}"]).encode()


FAULTS = (
    Fault("down", down=True),
    Fault("hang", hang=True),
    Fault("slow", drip=True),
    Fault("truncated", cut=True),
    Fault("reset", reset=True),
    Fault("429", busy="seconds"),
    Fault("429 with a date", busy="date"),
    Fault("500", answer=_refusal("500 Internal Server Error")),
    Fault("duplicates", twice=True),
    Fault("reordered", stale=True),
    Fault("clock an hour fast", clock_h=1),
    Fault("clock an hour slow", clock_h=-1),
)


@dataclass
class FaultProxy:
    """Between a source and `upstream`."""

    upstream: str
    now: Callable[[], datetime]
    """The right time: it is told in every answer."""
    monotonic: Callable[[], float]
    fault: Fault = NONE
    requests: list[tuple[float, str, bool]] = field(default_factory=list)
    """When, what, and whether it was answered 429."""
    open_requests: int = 0
    moves: int = 0
    """Grows with everything that passes: two equal looks mean that nothing happens."""
    _answers: dict[bytes, bytes] = field(default_factory=dict)
    _again: set[bytes] = field(default_factory=set)
    _tunnels: set["_Tunnel"] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None
    port: int = 0

    @property
    def base(self) -> str:
        return f"{urlsplit(self.upstream).scheme}://127.0.0.1:{self.port}"

    async def set(self, fault: Fault) -> None:
        """From now on."""
        self.fault = fault
        if fault.breaks and not (fault.hang or fault.drip):
            for tunnel in list(self._tunnels):
                tunnel.abort()
        for tunnel in self._tunnels:
            tunnel.changed(fault)
        if fault.down and self._server is not None:
            self._server.close()
            self._server = None
        elif not fault.down and self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve on a free loopback port."""
        await self._listen()
        try:
            yield self
        finally:
            if self._server is not None:
                self._server.close()
            for task in list(self._tasks):
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            head = await reader.readuntil(END)
            await self._one(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client left
        finally:
            self.moves += 1
            writer.transport.abort()
            self._tasks.discard(task)

    async def _one(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One request. It counts as open until its answer ends; sockets and streams only until they begin."""
        line = head.partition(b" HTTP/")[0]
        self.requests.append((self.monotonic(), line.decode(), bool(self.fault.busy)))
        self.moves += 1
        self.open_requests += 1
        try:
            request = head + await reader.readexactly(_length(head))
            if (
                b"upgrade: websocket" in head.lower()
                or line.endswith(b"/stream")
                or b"/stream?" in line
            ):
                if await self._begin(request, reader, writer):
                    return
            else:
                await self._send(await self._answer(line, request), reader, writer)
                await writer.drain()
        finally:
            self.open_requests -= 1
        if not self.fault.reset:
            writer.close()
            await writer.wait_closed()

    async def _answer(self, line: bytes, request: bytes) -> bytes:
        """The server's answer, or what the fault makes of it."""
        kept = self._answers.get(line)
        if self.fault.answer or self.fault.busy:
            return self._refusal()
        if kept is not None and (self.fault.stale or (self.fault.twice and line in self._again)):
            self._again.discard(line)
            return kept
        answer = await self._ask(request)
        self._answers[line] = answer
        self._again.add(line)
        return answer

    def _refusal(self) -> bytes:
        if not self.fault.busy:
            return self.fault.answer or _refusal("502 Bad Gateway")
        until = format_datetime(self.now() + timedelta(seconds=ASKED_S), usegmt=True)
        asked = until if self.fault.busy == "date" else ASKED_S
        return self._dated(_refusal("429 Too Many Requests", f"Retry-After: {asked}"))

    async def _ask(self, request: bytes) -> bytes:
        parts = urlsplit(self.upstream)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(request.replace(END, b"\r\nConnection: close" + END, 1))
        answer = await reader.read(-1)
        writer.close()
        return self._dated(answer)

    def _dated(self, answer: bytes) -> bytes:
        date = f"\r\nDate: {format_datetime(self.now(), usegmt=True)}\r\n".encode()
        return answer.replace(b"\r\n", date, 1)

    async def _send(
        self, answer: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.fault.hang:
            await reader.read(1)  # until the client gives up
        elif self.fault.drip:
            await _drip(answer, reader, writer)
        elif self.fault.cut or self.fault.reset:
            writer.write(answer[: len(answer) * 2 // 3])
            await writer.drain()
            if self.fault.reset:
                await asyncio.sleep(0)
                _reset(writer)
        else:
            writer.write(answer)

    # --- what does not end ---

    async def _begin(
        self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """True when a tunnel was open, and has ended."""
        if self.fault.breaks:
            await self._send(self._refusal(), reader, writer)
            return False
        parts = urlsplit(self.upstream)
        far, near = await asyncio.open_connection(parts.hostname, parts.port)
        near.write(request)
        head = await far.readuntil(END)
        writer.write(self._dated(head))
        frames = b" 101 " in head[:20]
        tunnel = _Tunnel(self, writer, near, frames=frames)
        self._tunnels.add(tunnel)
        tunnel.changed(self.fault)
        self.open_requests -= 1
        try:
            await tunnel.run(reader, far)
        finally:
            self.open_requests += 1
            self._tunnels.discard(tunnel)
            near.close()
        return True


class _Tunnel:
    """A WebSocket, or an answer without end."""

    def __init__(
        self,
        proxy: FaultProxy,
        client: asyncio.StreamWriter,
        server: asyncio.StreamWriter,
        *,
        frames: bool,
    ) -> None:
        self._proxy, self._client, self._server, self._frames = proxy, client, server, frames
        self._open = asyncio.Event()
        self._fault = NONE
        self._held: bytes | None = None

    def changed(self, fault: Fault) -> None:
        self._fault = fault
        if fault.hang or fault.drip:
            self._open.clear()
        else:
            self._open.set()
        if not fault.stale and self._held is not None:
            self._client.write(self._held)
            self._held = None

    def abort(self) -> None:
        _reset(self._client)
        self._server.transport.abort()

    async def run(self, reader: asyncio.StreamReader, far: asyncio.StreamReader) -> None:
        up = asyncio.create_task(self._up(reader))
        try:
            while part := await self._part(far):
                self._proxy.moves += 1
                await self._open.wait()
                self._down(part)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            up.cancel()

    async def _up(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(65_536):
            self._proxy.moves += 1
            self._server.write(data)
        self._server.close()

    async def _part(self, far: asyncio.StreamReader) -> bytes:
        if not self._frames:
            return await far.read(65_536)
        head = await far.readexactly(2)
        size = head[1] & 127
        if size > 125:
            more = await far.readexactly(2 if size == 126 else 8)
            head, size = head + more, int.from_bytes(more)
        return head + await far.readexactly(size)

    def _down(self, part: bytes) -> None:
        data = self._frames and part[0] & 15 in (1, 2)  # text or binary, not close and its like
        if self._fault.stale and data:
            if self._held is None:
                self._held = part
                return
            part, self._held = part + self._held, None
        self._client.write(part * 2 if self._fault.twice and data else part)


async def _drip(answer: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    gone = asyncio.create_task(reader.read(1))
    for at in range(len(answer)):
        writer.write(answer[at : at + 1])
        if (await asyncio.wait({gone}, timeout=0.02))[0]:
            break
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: nothing lingers (SO_LINGER 0)."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
