"""A viewer over whatever sends text: any ASGI server's WebSocket. For the crew, and where the lean line cannot be."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, ClassVar

from app.live.crowd import Crowd
from app.live.line import Kind

SLOW_BYTES_S = 10_000
"""What the server below has taken is counted as gone at this rate: it does not say how much of it really is."""


class Closed(Exception):  # noqa: N818  # an end, not an error
    """The page is gone, or must go with a close code."""

    def __init__(self, code: int = 1000, reason: str = "") -> None:
        super().__init__(code)
        self.code, self.reason = code, reason


class PlainLine:
    """One page over a socket whose `send` waits until it has been taken."""

    kind: ClassVar[Kind] = "plain"
    pinged: ClassVar[bool] = False
    """The server below sends pings itself."""
    framed: ClassVar[bool] = False
    deflates = False

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._queue: deque[bytes] = deque()
        self._aside: bytes | None = None
        self._below = 0.0
        self._below_at = monotonic()
        self._filled = asyncio.Event()
        self._ended: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self.silent = False
        self.heard = 0

    @property
    def open(self) -> bool:
        """Whether frames may be given to it."""
        return not self._ended.done()

    def take(self, data: bytes) -> bool:
        """Keep one frame for sending. Always False: the crowd is told when it has gone."""
        if self.open:
            self._queue.append(data)
            self._filled.set()
        return False

    def say(self, frame: bytes) -> None:
        """A frame beside the wall's own: it goes when nothing of the wall waits, unless a newer one takes its place."""
        self._aside = frame
        self._filled.set()

    def waiting(self) -> int:
        """Bytes not sent yet, as far as can be told; a slow page that is sent a whole wall gets time."""
        now = monotonic()
        self._below = max(0.0, self._below - (now - self._below_at) * SLOW_BYTES_S)
        self._below_at = now
        return sum(map(len, self._queue)) + int(self._below)

    def close(self, code: int, reason: str = "") -> None:
        """End with a close code."""
        self._end(Closed(code, reason))

    def abort(self) -> None:
        """End; what waits is not sent."""
        self._end(Closed(1006))

    async def serve(
        self,
        epoch: str,
        seq: int | None,
        *,
        send: Callable[[str], Awaitable[None]],
        receive: Callable[[], Awaitable[str]],
    ) -> Closed:
        """Follow the crowd until the page leaves or must. `send` and `receive` raise Closed when the page is gone."""
        self._crowd.join(self, epoch, seq)
        parts = (self._send_all(send), self._hear_all(receive))
        tasks = [asyncio.create_task(part) for part in parts]
        either: list[asyncio.Future[Any]] = [*tasks, self._ended]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            self._crowd.left(self)
        return self._why(ended)

    async def _send_all(self, send: Callable[[str], Awaitable[None]]) -> None:
        while True:
            await self._filled.wait()
            if self._queue:
                await send(self._queue[0].decode())
                self._below += len(self._queue.popleft())
                if not self._queue:
                    self._crowd.drained(self)
            elif self._aside is not None:
                frame, self._aside = self._aside, None
                await send(frame.decode())
                self._below += len(frame)
            else:
                self._filled.clear()

    async def _hear_all(self, receive: Callable[[], Awaitable[str]]) -> None:
        while True:
            self._crowd.heard(self, (await receive()).encode())

    def _end(self, closed: Closed) -> None:
        if not self._ended.done():
            self._ended.set_result(closed)

    def _why(self, ended: list[BaseException | None]) -> Closed:
        """A part that failed for another reason than an end is a fault of ours."""
        if self._ended.done():
            return self._ended.result()
        self._end(next((e for e in ended if isinstance(e, Closed)), Closed()))
        for error in ended:
            if error is not None and not isinstance(error, Closed | asyncio.CancelledError):
                raise error
        return self._ended.result()
