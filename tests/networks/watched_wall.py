"""The whole service on a wall of one network, in the test's own loop: what its public pages would show."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, time
from typing import Any

import anyio
import orjson

from app.service import Service
from app.settings import load

Json = dict[str, Any]

TAG = "pyfest26"
PATIENCE_S = 40.0
"""A safety net: nothing is measured against it."""


class QuickClock:
    """The time of day as it is; waits and intervals pass so many times faster."""

    def __init__(self, speed: float = 10.0) -> None:
        self._speed = speed

    def now(self) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time())

    def monotonic(self) -> float:
        return monotonic() * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)


@dataclass
class WatchedWall:
    """A running service."""

    service: Service

    async def posts(self) -> dict[str, Json]:
        """What the public sees: posts by their text."""
        frame = orjson.loads(await self.service.hub.snapshot(TAG, "public"))
        posts = (one for one in frame["items"] if one["kind"] == "post")
        return {one["text"]: one for one in posts}

    async def until(self, true: Callable[[dict[str, Json]], object]) -> dict[str, Json]:
        """The posts, as soon as something is true of them."""
        posts: dict[str, Json] = {}
        with anyio.move_on_after(PATIENCE_S):
            while True:
                posts = await self.posts()
                if true(posts):
                    return posts
                await asyncio.sleep(0.05)
        raise AssertionError(f"never came true; the wall shows {list(posts)}; {self.health()}")

    async def shows(self, *texts: str) -> dict[str, Json]:
        return await self.until(lambda posts: set(texts) <= set(posts))

    async def lacks(self, *texts: str) -> dict[str, Json]:
        return await self.until(lambda posts: not set(texts) & set(posts))

    def health(self) -> str:
        return " ".join(f"{one.health}" for one in self.service.sources(TAG))


@asynccontextmanager
async def watched(folder: Path, source: str, speed: float = 10.0) -> AsyncIterator[WatchedWall]:
    """Followed until the end of the block; the same folder goes on where the last one was."""
    config = folder / "walls.toml"
    wall = f'[[wall]]\nmode = "open"\nslug = "{TAG}"\nhashtags = ["PyFest26"]\n[[wall.source]]\n{source}\n'
    config.write_text(wall, encoding="utf-8")
    service = Service(
        load(config, {"database": str(folder / "wall.sqlite3")}), clock=QuickClock(speed)
    )
    await service.open()
    running = asyncio.create_task(service.run())
    try:
        yield WatchedWall(service)
    finally:
        running.cancel()
        _, left = await asyncio.wait([running], timeout=PATIENCE_S)
        assert not left, f"the service does not end: {asyncio.all_tasks()}"
        await service.close()
