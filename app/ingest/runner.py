"""One supervised task for each source of each wall: runs it, hands on what it brings, tells how it is."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import structlog

from app.domain.arrival import Batch
from app.errors import AccessError, BusyError, HallwayError
from app.ingest.backoff import backoff_s
from app.ingest.vitals import SourceState, Vitals
from app.ports import Clock, Condition, Health, Known, Source

ASK_AGAIN_S = 300.0
"""A refused source is asked again this often: the operator may have mended it on the server."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a source's arrivals go, and where it goes on."""

    arrive: Callable[[Batch], Awaitable[object]]
    cursor: Callable[[], Awaitable[str | None]]
    known: Known


class Runner:
    """Runs one source for ever."""

    def __init__(self, wall: str, source: Source, feed: Feed, clock: Clock, rng: Random) -> None:
        self.vitals = Vitals(wall, source.name, clock)
        self._wall, self._source, self._feed = wall, source, feed
        self._clock, self._rng = clock, rng

    @property
    def state(self) -> SourceState:
        """How the source is doing."""
        return self.vitals.state

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
            more = backoff_s(self.state.failures, self._rng)
            return self._fall(Condition.WAITING, error, max(error.retry_after_s, 1.0) + more)
        except AccessError as error:
            self.vitals.failed(Health(Condition.REFUSED, str(error)), _kind(error))
            return ASK_AGAIN_S
        except HallwayError as error:
            return self._fall(Condition.DOWN, error, self._backoff_s())
        except Exception as error:  # a fault in one source must not stop the wall
            log.exception("source.fault", wall=self._wall, source=self._source.name)
            return self._fall(Condition.DOWN, error, self._backoff_s())
        return self._backoff_s()

    async def _follow(self) -> None:
        self.vitals.begin()
        batches = self._source.batches(await self._feed.cursor(), self._feed.known, self.vitals)
        async with aclosing(batches) as open_batches:  # type: ignore[type-var]  # sources are generators
            async for batch in open_batches:
                await self._feed.arrive(batch)
                self.vitals.arrived(len(batch.arrivals))

    def _backoff_s(self) -> float:
        return backoff_s(self.state.failures, self._rng)

    def _fall(self, condition: Condition, error: Exception, wait_s: float) -> float:
        known = isinstance(error, HallwayError)
        said = str(error) if known else "An unexpected fault; see the log."
        until = self._clock.now() + timedelta(seconds=wait_s)
        self.vitals.failed(Health(condition, said, until), _kind(error))
        return wait_s


def _kind(error: Exception) -> str:
    """`busy`, `access`, `unreachable` …: the last word of the error's code."""
    return error.code.rpartition(".")[2] if isinstance(error, HallwayError) else "unexpected"
