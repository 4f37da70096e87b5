"""Stand-ins that behave: a clock that tests own, a house with a real store in a temporary file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import anyio

from app.actions.context import Context
from app.actions.walls import set_up
from app.domain.wall import Session, Wall
from app.ports import Condition, Health
from app.storage.store import Store
from tests.factories import NOON, WALL


class FakeClock:
    """Time stands still until it is moved; sleeping moves it."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self._start = start

    def now(self) -> datetime:
        """The time of day."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since the start."""
        return (self._now - self._start).total_seconds()

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Time passes at once; others get their turn."""
        self.move(seconds)
        await asyncio.sleep(0)


class Reports:
    """What a source said of itself, and in how many seconds it promised to be heard of again."""

    def __init__(self, healths: list[Health] | None = None) -> None:
        self.healths = [] if healths is None else healths
        self.promises: list[float] = []

    def __call__(self, health: Health) -> None:
        self.healths.append(health)

    def alive(self, within_s: float) -> None:
        self.promises.append(within_s)


class UntilStopped(Reports):
    """Reports that say when a recording is over."""

    def __init__(self, over: anyio.Event, healths: list[Health] | None = None) -> None:
        super().__init__(healths)
        self._over = over

    def __call__(self, health: Health) -> None:
        super().__call__(health)
        if health.condition is Condition.STOPPED:
            self._over.set()


class House:
    """A store, its actions' context, and what was announced."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.announced: list[tuple[str, int]] = []
        self.clock = clock
        self.store = store
        self.context = Context(store, clock, lambda wall, seq: self.announced.append((wall, seq)))

    async def set_up(self, wall: Wall = WALL, sessions: list[Session] | None = None) -> None:
        """Make or change the wall."""
        await set_up(
            self.context, wall, join_url="https://wall.example/live/pyfest26", sessions=sessions
        )


@asynccontextmanager
async def house(folder: Path, url: str | None = None) -> AsyncIterator[House]:
    """A house with one wall, in a database of its own."""
    store = Store(url or f"sqlite:///{folder / 'house.sqlite3'}")
    await store.open()
    try:
        made = House(store, FakeClock())
        await made.set_up()
        yield made
    finally:
        await store.close()
