"""One supervised task for each source of each wall: runs it, hands on what it brings, tells how it is."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import structlog

from app import metrics
from app.domain.arrival import Batch
from app.errors import AccessError, BusyError, HallwayError
from app.ingest.backoff import backoff_s
from app.ports import Clock, Condition, Health, Known, Source

ASK_AGAIN_S = 300.0
"""A refused source is asked again this often: the operator may have mended it on the server."""

log = structlog.get_logger()


@dataclass(slots=True)
class SourceState:
    """How one source is doing, for the desk."""

    name: str
    health: Health = field(default_factory=lambda: Health(Condition.STARTING))
    last_arrival_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a source's arrivals go, and where it goes on."""

    arrive: Callable[[Batch], Awaitable[object]]
    cursor: Callable[[], Awaitable[str | None]]
    known: Known


class Runner:
    """Runs one source for ever."""

    def __init__(self, wall: str, source: Source, feed: Feed, clock: Clock, rng: Random) -> None:
        self.state = SourceState(source.name)
        self._wall, self._source, self._feed = wall, source, feed
        self._clock, self._rng = clock, rng
        self._failures = 0

    async def run(self) -> None:
        """Without end; only cancelling stops it."""
        while True:
            wait_s = await self._run_once()
            await self._clock.sleep(wait_s)

    async def _run_once(self) -> float:
        """Run the source until it fails or ends; seconds to wait before the next try."""
        try:
            await self._follow()
        except BusyError as error:
            return self._wait(error, max(error.retry_after_s, 1.0))
        except AccessError as error:
            self._report(Health(Condition.REFUSED, str(error)))
            return ASK_AGAIN_S
        except HallwayError as error:
            return self._fall(error)
        except Exception as error:  # a fault in one source must not stop the wall
            log.exception("source.fault", wall=self._wall, source=self._source.name)
            return self._fall(error)
        return self._fall(None)

    async def _follow(self) -> None:
        batches = self._source.batches(await self._feed.cursor(), self._feed.known, self._report)
        async with aclosing(batches) as open_batches:  # type: ignore[type-var]  # sources are generators
            async for batch in open_batches:
                await self._feed.arrive(batch)
                self._failures = 0
                self._count(batch)

    def _count(self, batch: Batch) -> None:
        if batch.arrivals:
            self.state.last_arrival_at = self._clock.now()
            metrics.arrivals.labels(self._wall, self._source.name).inc(len(batch.arrivals))

    def _wait(self, error: HallwayError, wait_s: float) -> float:
        until = self._clock.now() + timedelta(seconds=wait_s)
        self._report(Health(Condition.WAITING, str(error), until))
        return wait_s

    def _fall(self, error: Exception | None) -> float:
        wait_s = backoff_s(self._failures, self._rng)
        self._failures += 1
        said = (
            str(error) if isinstance(error, HallwayError) else "An unexpected fault; see the log."
        )
        if error is not None:
            until = self._clock.now() + timedelta(seconds=wait_s)
            self._report(Health(Condition.DOWN, said, until))
        return wait_s

    def _report(self, health: Health) -> None:
        if health.condition is Condition.STARTING and self._failures:
            return  # a source that tries again is still down
        changed = replace(health, until=None) != replace(self.state.health, until=None)
        self.state.health = health
        up = health.condition in (Condition.LIVE, Condition.BEHIND)
        metrics.source_condition.labels(self._wall, self._source.name).set(up)
        if changed:
            log.info(
                "source.health",
                wall=self._wall,
                source=self._source.name,
                condition=health.condition.value,
                detail=health.detail,
            )
