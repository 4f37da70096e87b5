"""One page that watches a wall over a WebSocket: first what it missed, then every change, and a pulse."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import orjson

from app import metrics
from app.domain.wall import Audience
from app.live.hub import Hub
from app.live.protocol import pulse_frame
from app.live.tail import Tail
from app.ports import Clock

PULSE_S = 15.0
SEND_TIMEOUT_S = 20.0
"""A peer that takes nothing for this long is cut; it resumes by seq when it can."""


class Closed(Exception):  # noqa: N818  # an end, not an error
    """The peer is gone, or must go with a close code."""

    def __init__(self, code: int = 1000) -> None:
        super().__init__(code)
        self.code = code


class Peer(Protocol):
    """The far end of a socket."""

    async def send(self, text: str) -> None:
        """Hand over one frame; Closed when the peer is gone."""
        ...

    async def receive(self) -> str:
        """The next text frame; Closed when the peer is gone or sent something else."""
        ...


class Viewer:
    """One page. `still_allowed` is asked at every pulse."""

    def __init__(
        self,
        peer: Peer,
        hub: Hub,
        clock: Clock,
        *,
        wall: str,
        audience: Audience,
        still_allowed: Callable[[], Awaitable[bool]],
    ) -> None:
        self._peer, self._hub, self._clock = peer, hub, clock
        self._wall = wall
        self._audience: Audience = audience
        self._still_allowed = still_allowed

    async def serve(self, epoch: str, seq: int | None) -> int:
        """Until the page leaves or must; the close code."""
        with self._hub.watching(self._wall, self._audience) as tail:
            tasks = {
                asyncio.create_task(self._send_changes(tail, epoch, seq)),
                asyncio.create_task(self._send_pulses(tail)),
                asyncio.create_task(self._receive()),
            }
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
        return _close_code(done, ended)

    async def _send_changes(self, tail: Tail, epoch: str, seq: int | None) -> None:
        text, at = await tail.first(epoch, seq)
        epoch = tail.epoch
        if text is not None:
            await self._send(text)
        await self._send_pulse(tail)
        while True:
            await tail.wait(at)
            frames = tail.after(at) if epoch == tail.epoch else None
            if frames is None:
                text, at = await tail.first(epoch, at)
                epoch = tail.epoch
                if text is not None:
                    await self._send(text)
                continue
            for frame in frames:
                await self._send(frame.text)
                at = frame.seq

    async def _send_pulses(self, tail: Tail) -> None:
        while True:
            await asyncio.sleep(PULSE_S)
            if not await self._still_allowed():
                raise Closed(1008)
            await self._send_pulse(tail)

    async def _send_pulse(self, tail: Tail) -> None:
        viewers = self._hub.viewers(self._wall)
        await self._send(pulse_frame(tail.seq, viewers, self._clock.now()))

    async def _receive(self) -> None:
        while True:
            painted_ms = _painted_ms(await self._peer.receive())
            if painted_ms is not None:
                metrics.painted.labels(self._wall).observe(painted_ms / 1000)

    async def _send(self, text: str) -> None:
        try:
            await asyncio.wait_for(self._peer.send(text), SEND_TIMEOUT_S)
        except TimeoutError as error:
            raise Closed(1013) from error
        metrics.frames.labels(self._audience).inc()


def _painted_ms(text: str) -> float | None:
    """What a screen reports, or None for anything else: clients may send nothing but `seen`."""
    try:
        said = orjson.loads(text)
        if said["kind"] == "seen":
            return max(0.0, min(float(said["painted_ms"]), 600_000.0))
    except (ValueError, TypeError, KeyError):
        pass
    return None


def _close_code(done: set[asyncio.Task[None]], ended: list[BaseException | None]) -> int:
    for error in ended:
        if isinstance(error, Closed):
            return error.code
    for task in done:
        if not task.cancelled() and (error := task.exception()):
            raise error
    return 1000
