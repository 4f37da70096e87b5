"""The hub: knows the tails that somebody watches, and moves them when a wall has changed."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from app import metrics
from app.domain.wall import Audience
from app.errors import HallwayError
from app.live.tail import Tail
from app.storage.store import Store

LOOK_EVERY_S = 3.0
"""Pokes may be lost: the tips are looked at this often all the same."""

log = structlog.get_logger()


class Hub:
    """Hands changes to the viewers of this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tails: dict[tuple[str, Audience], Tail] = {}
        self._viewers: Counter[tuple[str, Audience]] = Counter()
        self._poked = asyncio.Event()

    def poke(self, wall: str, seq: int) -> None:
        """Wall `wall` is at `seq`. Carries no content; the store is read for it."""
        metrics.wall_seq.labels(wall).set(seq)
        self._poked.set()

    def tail(self, wall: str, audience: Audience) -> Tail:
        """The tail of a wall, made when it is first asked for."""
        return self._tails.setdefault((wall, audience), Tail(self._store, wall, audience))

    def viewers(self, wall: str) -> int:
        """How many public viewers this wall has here."""
        return self._viewers[wall, "public"]

    @contextmanager
    def watching(self, wall: str, audience: Audience) -> Iterator[Tail]:
        """While this is open, somebody watches."""
        self._count(wall, audience, 1)
        try:
            yield self.tail(wall, audience)
        finally:
            self._count(wall, audience, -1)

    async def run(self) -> None:
        """Move the tails whenever poked, and every few seconds; without end."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poked.wait(), LOOK_EVERY_S)
            self._poked.clear()
            for tail in list(self._tails.values()):
                await self._advance(tail)

    async def _advance(self, tail: Tail) -> None:
        try:
            await tail.advance()
        except HallwayError as error:  # the store may come back: keep what is shown
            log.warning("hub.look_failed", error=str(error))

    def _count(self, wall: str, audience: Audience, step: int) -> None:
        self._viewers[wall, audience] += step
        metrics.viewers.labels(wall, audience).inc(step)
