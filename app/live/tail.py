"""The tail of one wall for one audience: reads each change once, encodes it once, keeps the newest frames."""

import asyncio
from collections import deque
from dataclasses import dataclass

from app.domain.wall import Audience
from app.live.protocol import changes_frame, snapshot_frame
from app.storage.reading import Reading, WallRow
from app.storage.store import Store

KEPT_FRAMES = 512
"""Frames kept for viewers that are a little behind."""
MAX_CHANGES = 1_000
"""Items in one resume; who missed more gets a snapshot. reliability.md P2: 1,000 events."""


@dataclass(frozen=True, slots=True)
class Frame:
    """An encoded change from one seq to another."""

    since: int
    seq: int
    text: str


class Tail:
    """What viewers of one wall and audience are sent. `seq` is that of the last change they can see."""

    def __init__(self, store: Store, slug: str, audience: Audience) -> None:
        self._store = store
        self._slug = slug
        self._audience: Audience = audience
        self._frames: deque[Frame] = deque(maxlen=KEPT_FRAMES)
        self._snapshot: tuple[int, str] | None = None
        self._read_to = -1
        self._reading = asyncio.Lock()
        self._moved = asyncio.Event()
        self.seq = -1
        self.epoch = ""

    async def advance(self) -> None:
        """Read what was committed since the last time; wake those who wait."""
        async with self._reading, self._store.read() as reading:
            wall = await reading.wall(self._slug)
            if wall.seq == self._read_to and wall.epoch == self.epoch:
                return
            await self._take(reading, wall)

    async def first(self, epoch: str, seq: int | None) -> tuple[str | None, int]:
        """What a viewer that stands at (epoch, seq) is sent first, and where it stands then."""
        await self._ensure()
        if epoch == self.epoch and seq is not None and 0 <= seq <= self.seq:
            text = await self._gap(seq)
            if text is not None or seq == self.seq:
                return text, self.seq
        return await self.snapshot()

    async def snapshot(self) -> tuple[str, int]:
        """The snapshot frame of now, encoded once for all who ask."""
        await self._ensure()
        async with self._reading:
            if self._snapshot is None or self._snapshot[0] != self.seq:
                self._snapshot = await self._encode_snapshot()
            return self._snapshot[1], self._snapshot[0]

    def after(self, seq: int) -> list[Frame] | None:
        """The frames after a seq, or None when they are not kept any more."""
        if seq == self.seq:
            return []
        frames = [f for f in self._frames if f.since >= seq]
        return frames if frames and frames[0].since == seq else None

    async def wait(self, seq: int) -> None:
        """Until there is something after `seq`."""
        while self.seq == seq:
            await self._moved.wait()

    async def _ensure(self) -> None:
        if self._read_to < 0:
            await self.advance()

    async def _take(self, reading: Reading, wall: WallRow) -> None:
        items = None
        if self._read_to >= 0 and wall.epoch == self.epoch:
            items = await reading.changes(wall, self._audience, self._read_to, limit=MAX_CHANGES)
        self.epoch, self._read_to = wall.epoch, wall.seq
        if items is None:  # the first look, another life of the wall, or too much at once
            self._frames.clear()
            self._move(wall.seq)
        elif items:
            text = changes_frame(wall, self._audience, items, self.seq, wall.seq)
            self._frames.append(Frame(self.seq, wall.seq, text))
            self._move(wall.seq)

    def _move(self, seq: int) -> None:
        self.seq = seq
        self._moved.set()
        self._moved = asyncio.Event()

    async def _gap(self, seq: int) -> str | None:
        frames = self.after(seq)
        if frames is not None and len(frames) == 1:
            return frames[0].text
        if seq == self.seq:
            return None
        async with self._reading, self._store.read() as reading:
            wall = await reading.wall(self._slug)
            if wall.seq != self._read_to:
                await self._take(reading, wall)
            items = await reading.changes(wall, self._audience, seq, limit=MAX_CHANGES)
            return (
                None if items is None else changes_frame(wall, self._audience, items, seq, self.seq)
            )

    async def _encode_snapshot(self) -> tuple[int, str]:
        async with self._store.read() as reading:
            wall = await reading.wall(self._slug)
            if wall.seq != self._read_to or wall.epoch != self.epoch:
                await self._take(reading, wall)
            items = await reading.window(wall, self._audience)
            return self.seq, snapshot_frame(wall, self._audience, items, self.seq)
