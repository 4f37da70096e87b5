"""The hub: knows the crowds that watch walls here, and moves them when a wall has changed."""

import asyncio

import structlog

from app import metrics
from app.domain.wall import Audience
from app.errors import HallwayError
from app.live.crowd import Crowd
from app.live.protocol import pulse_frame
from app.live.tail import Tail
from app.ports import Clock
from app.storage.store import Store

LOOK_EVERY_S = 3.0
"""Pokes may be lost: the tips are looked at this often all the same."""
TICK_S = 1.0

log = structlog.get_logger()


class Hub:
    """Hands changes to the viewers of this process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._crowds: dict[tuple[str, Audience], Crowd] = {}
        self._running: asyncio.TaskGroup | None = None
        self._poked = asyncio.Event()
        self._changed: set[str] = set()
        self.open = True
        """Whether viewers are let in; not any more once everybody has been dismissed."""

    def poke(self, wall: str, seq: int) -> None:
        """Wall `wall` is at `seq`. Carries no content; the store is read for it."""
        metrics.wall_seq.labels(wall).set(seq)
        self._changed.add(wall)
        self._poked.set()

    def crowd(self, wall: str, audience: Audience) -> Crowd:
        """Who watches a wall, made when it is first asked for."""
        if (wall, audience) not in self._crowds:
            self._make(wall, audience)
        return self._crowds[wall, audience]

    def known(self, wall: str) -> Crowd | None:
        """The public's crowd of a wall that has been looked at already."""
        crowd = self._crowds.get((wall, "public"))
        return crowd if crowd and crowd.tail.loaded else None

    async def prepare(self, wall: str) -> None:
        """Look at a wall before the first viewer comes."""
        await self.crowd(wall, "public").tail.load()

    async def snapshot(self, wall: str, audience: Audience) -> bytes:
        """Everything on the wall, as the first frame of the live protocol."""
        tail = self.crowd(wall, audience).tail
        await tail.advance()
        return tail.snapshot().payload

    def public_at(self, wall: str) -> tuple[int, int]:
        """The seq of the last change that the public can see, and the seq up to which that is known."""
        tail = self.crowd(wall, "public").tail
        return tail.seq, tail.read_to

    def viewers(self, wall: str) -> int:
        """How many public viewers this wall has here."""
        crowd = self._crowds.get((wall, "public"))
        return sum(crowd.counts.values()) if crowd else 0

    async def run(self) -> None:
        """Move the crowds whenever poked, and every few seconds; without end."""
        async with asyncio.TaskGroup() as self._running:
            for crowd in self._crowds.values():
                self._running.create_task(crowd.run())
            self._running.create_task(self._tick())
            while True:
                try:
                    # not wait_for: until Python 3.12 it forgets to be cancelled where a poke comes at the same moment
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._poked.wait()
                except TimeoutError:
                    self._changed.update(wall for wall, _ in self._crowds)
                self._poked.clear()
                changed, self._changed = self._changed, set()
                await self._advance(changed)

    async def look(self) -> None:
        """Look at the tips of all walls, poked or not."""
        await self._advance({wall for wall, _ in self._crowds})

    async def dismiss(self, code: int) -> None:
        """Let nobody in any more, and tell everybody goodbye."""
        self.open = False
        for crowd in list(self._crowds.values()):
            await crowd.dismiss(code)

    def measure(self) -> None:
        """Set the gauges."""
        for crowd in self._crowds.values():
            crowd.measure()

    async def _advance(self, walls: set[str]) -> None:
        for crowd in [c for c in self._crowds.values() if c.wall in walls]:
            try:
                await crowd.tail.advance()
            except HallwayError as error:  # the store may come back: keep what is shown
                log.warning("hub.look_failed", error=str(error))
            crowd.wake()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for crowd in list(self._crowds.values()):
                await crowd.tick()

    def _make(self, wall: str, audience: Audience) -> None:
        def pulse() -> bytes:
            return pulse_frame(crowd.tail.seq, self.viewers(wall), self._clock.now())

        crowd = Crowd(Tail(self._store, wall, audience), wall, audience, pulse)
        self._crowds[wall, audience] = crowd
        if self._running is not None:
            self._running.create_task(crowd.run())
