"""What was erased leaves the files too: the database is written anew, and pictures that no post has are forgotten."""

from collections.abc import Awaitable, Callable, Collection, Sequence

import structlog

from app.errors import HallwayError
from app.ports import Clock
from app.storage.store import Store

LOOK_S = 1.0
"""How often it is looked whether something was erased, here or by another process."""

SWEEP_S = 60.0
"""Between sweeps of the pictures when nothing was erased: what another machine erased is noticed so."""

REST_S = 10.0
"""The least time between two scrubs."""

REST_RATIO = 100
"""A scrub keeps writers waiting: it may take a hundredth of the time at most."""

RETRY_S = 2.0
"""A scrub that met a reader is tried again after this long."""

Needed = Callable[[Sequence[str]], Awaitable[Collection[str]]]
"""Those of these ids of pictures that some post still has."""

log = structlog.get_logger()


class Eraser:
    """Follows erasures with the removal of their traces. Marks in the store tell what is left to do, also after a crash."""

    def __init__(
        self, store: Store, clock: Clock, sweep_pictures: Callable[[Needed], Awaitable[int]]
    ) -> None:
        """`sweep_pictures` forgets every picture that is not needed, and says how many."""
        self._store = store
        self._clock = clock
        self._sweep_pictures = sweep_pictures
        self._seen: frozenset[object] = frozenset()
        self._sweep_at = 0.0
        self._scrub_at = 0.0

    async def run(self) -> None:
        """Without end; only cancelling stops it."""
        while True:
            try:
                await self.look()
            except (HallwayError, OSError) as error:  # disk full, or the server away
                log.warning("erasing.failed", error=str(error))
                self._scrub_at = self._sweep_at = self._clock.monotonic() + REST_S
            await self._clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Do what is due now. Raises StoreError or OSError when it cannot be done; it stays due."""
        async with self._store.read() as reading:
            marks = await reading.erased()
        now = self._clock.monotonic()
        if now >= self._sweep_at or not self._seen.issuperset(marks):
            await self.sweep()
            self._sweep_at = now + SWEEP_S
        self._seen = frozenset(marks)
        if marks and now >= self._scrub_at:
            await self._scrub()

    async def sweep(self) -> None:
        """Forget pictures that no post has."""
        forgotten = await self._sweep_pictures(self._needed)
        if forgotten:
            log.info("erasing.pictures", forgotten=forgotten)

    async def finish(self) -> None:
        """Before the service ends: leave no traces behind. What fails is done after the next start."""
        try:
            async with self._store.read() as reading:
                marks = await reading.erased()
            if marks:
                await self._scrub()
        except HallwayError as error:
            log.warning("erasing.unfinished", error=str(error))

    async def _scrub(self) -> None:
        async with self._store.read() as reading:
            marks = await reading.erased()
        began = self._clock.monotonic()
        done = await self._store.scrub()
        took = self._clock.monotonic() - began
        self._scrub_at = began + max(REST_S if done else RETRY_S, took * REST_RATIO)
        if done:
            async with self._store.write() as tx:
                await tx.unmark_erased(marks)

    async def _needed(self, ids: Sequence[str]) -> Collection[str]:
        async with self._store.read() as reading:
            return await reading.pictures_among(ids)
