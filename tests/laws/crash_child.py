"""The process that the crash law kills: it acts on a wall, and acknowledges each action after its commit."""

import asyncio
from multiprocessing.connection import Connection

from app.actions.arrivals import arrive
from app.actions.moderation import decide
from app.domain.arrival import Batch
from app.domain.identity import item_id
from app.storage.store import Store
from tests.factories import WALL, post, posted, reposted
from tests.fakes import FakeClock, House

SOURCE = "test"


def act(url: str, told: Connection) -> None:
    """Go on where the cursor is, until killed. Tells ("ready" | "arrived" | "hidden", number, seq)."""
    asyncio.run(_act(url, told))


async def _act(url: str, told: Connection) -> None:
    store = Store(url)
    await store.open()
    house = House(store, FakeClock())
    async with store.read() as reading:
        wall = await reading.wall(WALL.slug)
        number = int(await reading.cursor(wall.id, SOURCE) or 0)
    told.send(("ready", number, wall.seq))
    while True:
        number += 1
        batch = Batch(
            [posted(number), reposted(number, "bo"), posted(1, seen=100 + number)], str(number)
        )
        change = await arrive(house.context, WALL.slug, SOURCE, batch)
        told.send(("arrived", number, change.seq))
        if number % 2:
            change = await decide(house.context, WALL.slug, item_id(post(number).key), "hide")
            told.send(("hidden", number, change.seq))
