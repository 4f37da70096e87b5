"""The badges of the crew and of the screens: who is signed out, by whatever process, loses their sockets within a second."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from app.domain.identity import to_ms
from app.errors import HallwayError
from app.ports import Clock
from app.storage.accounts import Accounts
from app.storage.store import Store

LOOK_EVERY_S = 0.5
"""One question for all of them, however many they are."""

log = structlog.get_logger()


@dataclass(frozen=True, eq=False, slots=True)
class _Badge:
    session_id: str
    close: Callable[[], None]


class Badges:
    """Which open sockets stand on which session."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._worn: set[_Badge] = set()

    @contextmanager
    def worn(self, session_id: str, close: Callable[[], None]) -> Iterator[None]:
        """While inside, `close` is called once when the session has ended."""
        badge = _Badge(session_id, close)
        self._worn.add(badge)
        try:
            yield
        finally:
            self._worn.discard(badge)

    async def run(self) -> None:
        """Look twice a second; without end."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except HallwayError as error:  # the store may come back: nobody is sent away meanwhile
                log.warning("badges.look_failed", error=str(error))

    async def look(self) -> None:
        """Close what stands on a session that has ended."""
        worn = list(self._worn)
        if not worn:
            return
        now_ms = to_ms(self._clock.now())
        async with self._store.read() as reading:
            standing = await Accounts(reading).standing({b.session_id for b in worn}, now_ms)
        for badge in worn:
            if badge.session_id not in standing:
                self._worn.discard(badge)
                badge.close()
