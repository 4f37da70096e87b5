"""How a source waits: between two looks, and as long as a server asks."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import anyio

from app.ports import Clock
from app.sources.bulletin import Bulletin

WORTH_TELLING_S = 5.0
"""Shorter pauses are not worth a word to the moderator."""

LONGEST_MORE_S = 300.0


class Pauses:
    """The pauses of one source. `server` names who asked for them."""

    def __init__(
        self, clock: Clock, rng: Random, bulletin: Bulletin, server: Callable[[], str]
    ) -> None:
        self._clock, self._rng = clock, rng
        self._bulletin, self._server = bulletin, server
        self._called = anyio.Event()

    def call(self) -> None:
        """End the rest, now or as soon as it begins."""
        self._called.set()

    async def rest(self, seconds: float) -> None:
        """Between two looks, unless called."""
        async with anyio.create_task_group() as tasks:

            async def sleep() -> None:
                await self._clock.sleep(seconds)
                tasks.cancel_scope.cancel()

            tasks.start_soon(sleep)
            await self._called.wait()
            tasks.cancel_scope.cancel()
        self._called = anyio.Event()

    async def wait(self, asked_s: float, attempt: int) -> None:
        """As long as the server asks, and a random while more when it asks again and again."""
        more = self._rng.uniform(0, min(LONGEST_MORE_S, 2.0**attempt))
        await self.pause(max(asked_s, 1.0) + more)

    async def pause(self, seconds: float) -> None:
        """For the server's limits."""
        if seconds < WORTH_TELLING_S:
            return await self._clock.sleep(seconds)
        until = self._clock.now() + timedelta(seconds=seconds)
        with self._bulletin.waiting(until, f"{self._server()} asks to wait."):
            await self._clock.sleep(seconds)
        return None
