"""The process that is killed while it erases: it tells after each commit, and then writes its files anew."""

import asyncio
from collections.abc import Sequence
from multiprocessing.connection import Connection

from app.actions.arrivals import arrive
from app.actions.erasing import Eraser, Needed
from app.domain.arrival import Arrival, Batch
from app.storage.store import Store
from tests.factories import WALL
from tests.fakes import FakeClock, House


def act(url: str, said: Sequence[Arrival], told: Connection) -> None:
    """Enter each arrival in a batch of its own and tell its number, until killed."""
    asyncio.run(_act(url, said, told))


def eraser_of(store: Store, clock: FakeClock) -> Eraser:
    """An eraser for a database without pictures."""

    async def no_pictures(_: Needed) -> int:
        return 0

    return Eraser(store, clock, no_pictures)


async def _act(url: str, said: Sequence[Arrival], told: Connection) -> None:
    store, clock = Store(url), FakeClock()
    await store.open()
    context, eraser = House(store, clock).context, eraser_of(store, clock)
    for number, arrival in enumerate(said):
        await arrive(context, WALL.slug, "test", Batch([arrival], str(number)))
        told.send(number)
        clock.move(3_600)
        await eraser.look()
    await asyncio.Event().wait()
