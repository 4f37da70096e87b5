"""How the tasks of a source hand on what they found: as batches, each with its cursor, until a fault."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import anyio

from app.domain.arrival import Arrival, Batch
from app.errors import AccessError, SourceError
from app.ports import Condition
from app.sources.bulletin import Bulletin

ROOM = 64
"""Loads of arrivals that wait to be committed; then the network waits."""


@dataclass(slots=True)
class Load:
    """Arrivals with the cursor of their moment, and word that both are committed."""

    arrivals: Sequence[Arrival]
    cursor: str | None
    committed: anyio.Event = field(default_factory=anyio.Event)


class Outlet:
    """Where tasks put what they found. What waits when the reader asks is one batch."""

    def __init__(
        self,
        bulletin: Bulletin,
        *,
        room: int = ROOM,
        committed: Callable[[], object] = lambda: None,
    ) -> None:
        """`committed` is called for each load that is in the store."""
        self._bulletin = bulletin
        self._committed = committed
        self._send, self._receive = anyio.create_memory_object_stream[Load](room)

    async def put(self, arrivals: Sequence[Arrival], cursor: str | None = None) -> None:
        """Hand on what there is."""
        await self._send.send(Load(arrivals, cursor))

    async def commit(self, cursor: str) -> None:
        """Hand on the cursor, and wait until it is in the store."""
        load = Load((), cursor)
        await self._send.send(load)
        await load.committed.wait()

    async def batches(
        self, name: str, work: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[Batch, None]:
        """What `work` puts in, until it fails: raises its worst SourceError, and tells it."""
        # A task of its own, not a task group: a generator must not yield inside one.
        task = asyncio.create_task(self._work(work), name=name)
        try:
            async for load in self._receive:
                loads = [load, *self._waiting()]
                yield _batch(loads)
                for each in loads:  # the next is asked for: these are committed
                    self._committed()
                    each.committed.set()
            await task
        finally:
            task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait([task])
            self._receive.close()

    async def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        found: list[SourceError] = []
        with self._send:
            try:
                await work()
            except* SourceError as errors:
                found = list(_leaves(errors))
        raise self._worst(found)

    def _worst(self, errors: Sequence[SourceError]) -> SourceError:
        """The one that only the operator can mend, if there is one."""
        worst = next((one for one in errors if isinstance(one, AccessError)), errors[0])
        refused = isinstance(worst, AccessError)
        self._bulletin.state(Condition.REFUSED if refused else Condition.DOWN, str(worst))
        return worst

    def _waiting(self) -> list[Load]:
        loads: list[Load] = []
        while True:
            try:
                loads.append(self._receive.receive_nowait())
            except (anyio.WouldBlock, anyio.EndOfStream):
                return loads


def _batch(loads: Sequence[Load]) -> Batch:
    cursors = [load.cursor for load in loads if load.cursor is not None]
    arrivals = [arrival for load in loads for arrival in load.arrivals]
    return Batch(arrivals, cursors[-1] if cursors else None)


def _leaves(group: BaseExceptionGroup[SourceError]) -> Iterator[SourceError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
