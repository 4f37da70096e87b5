"""A source that does as it is told, life by life, so that a test sees what the runner makes of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from app.domain.arrival import Batch
from app.ingest.runner import Runner, SourceState
from app.ports import Condition, Health, Known, KnownPost, Report

Step = Batch | Exception | Health
Life = Sequence[Step] | Callable[[], None]
"""What a source brings, says or raises between a start and its end; or something that happens in between."""


class Nothing:
    """A wall that holds nothing yet."""

    async def on_display(self, server: str) -> Sequence[KnownPost]:
        """Nothing."""
        return []

    async def find(self, server: str, local_id: str) -> KnownPost | None:
        """Nothing."""
        return None

    @staticmethod
    async def cursor() -> str | None:
        """From the beginning."""
        return None


class ScriptedSource:
    """Plays its lives one after the other; then it stays silent."""

    rechecks = False

    def __init__(self, lives: Sequence[Life], name: str = "scripted") -> None:
        self.name = name
        self.cursors: list[str | None] = []
        self.state = SourceState(name)
        self._lives = list(lives)
        self._over = asyncio.Event()

    @property
    def said_of(self) -> Health:
        """What the runner says of this source now."""
        return self.state.health

    async def batches(
        self, cursor: str | None, known: Known, report: Report
    ) -> AsyncIterator[Batch]:
        """One life."""
        self.cursors.append(cursor)
        while self._lives and callable(self._lives[0]):
            self._lives.pop(0)()  # type: ignore[operator]
        if not self._lives:
            self._over.set()
            await asyncio.Event().wait()
        report(Health(Condition.STARTING))
        life = self._lives.pop(0)
        assert not callable(life)
        for step in life:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Health):
                report(step)
            else:
                yield step

    async def played(self, runner: Runner) -> None:
        """Run until every life is over."""
        running = asyncio.create_task(runner.run())
        over = asyncio.create_task(self._over.wait())
        await asyncio.wait({running, over}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        over.cancel()
        await asyncio.gather(over, return_exceptions=True)
        try:
            await running
        except asyncio.CancelledError:
            return
