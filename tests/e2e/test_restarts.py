"""A service that ends and starts again under load, in order or by kill -9: nothing is lost, nothing is there twice."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from websockets.exceptions import InvalidHandshake

from app.actions.arrivals import arrive
from app.actions.context import Context
from app.clock import SystemClock
from app.domain.arrival import Batch
from app.sources.replay.format import ReplayHeader, encode_header, encode_line
from app.storage.store import Store
from tests.e2e.service_process import environment
from tests.factories import NOON, WALL, post, posted
from tests.laws.viewer_page import OFFERS, Page
from tests.processes import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

LIVES = 20
PAGES = 20
REPLAYED = 120
"""Posts that the service itself plays from a file; what was committed before a kill is not played again."""
WRITTEN = 320
"""Posts that another process writes at most: all together stay in the window, so that each can be looked for."""
APART_S = 0.12
"""Between two posts of each kind."""
LONGEST_WAIT_S = 0.3
"""Pages come back after a random wait up to this: the protocol's first wait, shortened."""
ANSWER_S = 60
TABLE = """
[[wall]]
mode = "open"
slug = "pyfest26"
title = "PyFest 26"
hashtags = ["PyFest26"]
[[wall.source]]
kind = "replay"
file = "day.jsonl"
speed = 1
"""


def written(number: int) -> str:
    return f"Written {number} #pyfest26"


def replayed(number: int) -> str:
    return f"Replayed {number} #pyfest26"


EVERY_REPLAYED = {replayed(n) for n in range(REPLAYED)}


def recording() -> bytes:
    """A replay file: a post every moment."""
    header = ReplayHeader(title="PyFest 26", hashtags=("pyfest26",), started_at=NOON)
    lines = [
        encode_line(NOON + timedelta(seconds=n * APART_S), posted(post(10_000 + n, replayed(n))))
        for n in range(REPLAYED)
    ]
    return encode_header(header) + b"".join(lines)


@dataclass
class Lives:
    """A service on one port and one database, again and again."""

    folder: Path
    port: int
    nursery: Process
    pid: int = 0

    async def begin(self) -> None:
        """A new process."""
        assert self.nursery.stdin is not None
        self.nursery.stdin.write(b"\n")
        self.pid = await self._told()

    async def end(self, how: signal.Signals) -> int:
        """Signal it, and wait for its end; the exit code."""
        os.kill(self.pid, how)
        return await self._told()

    async def _told(self) -> int:
        assert self.nursery.stdout is not None
        return int(await asyncio.wait_for(self.nursery.stdout.readline(), ANSWER_S))


@asynccontextmanager
async def lives(folder: Path) -> AsyncIterator[Lives]:
    (folder / "walls.toml").write_text(TABLE, encoding="utf-8")
    (folder / "day.jsonl").write_bytes(recording())
    port = free_port()
    serve = ("serve", "--port", str(port), "--config", "walls.toml")
    child = (sys.executable, "-m", "tests.laws.viewer_child", *serve)
    nursery = await asyncio.create_subprocess_exec(
        *child, cwd=folder, env=environment(), stdin=PIPE, stdout=PIPE
    )
    running = Lives(folder, port, nursery)
    try:
        yield running
    finally:
        if running.pid:
            with suppress(ProcessLookupError):
                await running.end(signal.SIGKILL)
        assert nursery.stdin is not None
        nursery.stdin.close()
        await nursery.wait()


@dataclass
class Follower:
    """A page that comes back whenever its connection ends, as docs/protocol.md says."""

    page: Page
    rng: Random
    codes: list[int | None] = field(default_factory=list)

    async def follow(self) -> None:
        while True:
            with suppress(OSError, InvalidHandshake):
                await self.page.come()
                self.codes.append(await self.page.until_cut())
            await asyncio.sleep(self.rng.uniform(0, LONGEST_WAIT_S))

    @property
    def level(self) -> bool:
        return self.page.connected and self.page.level


async def write_all_along(url: str, acknowledged: set[str], enough: asyncio.Event) -> None:
    """Another process' posts: the hub is not poked for them."""

    def lost(_wall: str, _seq: int) -> None:
        pass

    store = Store(url)
    context = Context(store, SystemClock(), lost)
    try:
        for number in range(1, WRITTEN + 1):
            batch = Batch([posted(post(number, written(number)))], None)
            await arrive(context, WALL.slug, "writer", batch)
            acknowledged.add(written(number))
            if enough.is_set():
                return
            await asyncio.sleep(APART_S)
    finally:
        await store.close()


async def until(reached: Callable[[], bool]) -> None:
    """Look again and again: what is waited for happens in another process."""
    async with asyncio.timeout(ANSWER_S):
        while not reached():
            await asyncio.sleep(0.01)


def texts(page: Page) -> Counter[str]:
    return Counter(item["text"] for item in page.view.items.values() if item["kind"] == "post")


async def live_and_die(service: Lives, followers: list[Follower], number: int, rng: Random) -> None:
    """One life: pages come, posts arrive, and it ends, in order or not."""
    await service.begin()
    in_order = number % 2 == 0
    here = PAGES if in_order else rng.randint(1, PAGES)
    await until(lambda: sum(f.level for f in followers) >= here)
    await asyncio.sleep(rng.uniform(0, 0.3))
    told = {i: len(f.codes) for i, f in enumerate(followers)}
    code = await service.end(signal.SIGTERM if in_order else signal.SIGKILL)
    assert code == (0 if in_order else -signal.SIGKILL)
    await until(lambda: not any(f.page.connected for f in followers))
    if in_order:
        last = {f.codes[told[i]] for i, f in enumerate(followers)}
        assert last == {1012}, "somebody was not told that it restarts"


async def test_no_post_is_lost_or_doubled_by_twenty_restarts_under_load(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    enough = asyncio.Event()
    rng = Random(26)
    async with lives(tmp_path) as service, asyncio.TaskGroup() as tasks:
        address = f"ws://127.0.0.1:{service.port}/api/v1/walls/{WALL.slug}/live"
        offers = list(OFFERS)
        pages = [Page(address, offer=offers[n % len(offers)]) for n in range(PAGES)]
        followers = [Follower(page, Random(n)) for n, page in enumerate(pages)]
        following = [tasks.create_task(f.follow()) for f in followers]
        await service.begin()
        await until(lambda: all(f.level for f in followers))
        assert await service.end(signal.SIGTERM) == 0
        url = f"sqlite:///{tmp_path / 'data/hallway.sqlite3'}"
        writing = tasks.create_task(write_all_along(url, acknowledged, enough))
        for number in range(LIVES):
            await live_and_die(service, followers, number, rng)
        enough.set()
        await writing
        await service.begin()
        await all_are_alike(pages, address, acknowledged | EVERY_REPLAYED)
        for task in following:
            task.cancel()
        assert "Traceback" not in (tmp_path / "log.txt").read_text()


async def all_are_alike(pages: list[Page], address: str, expected: set[str]) -> None:
    """Everybody ends with what a new page is given: each post that was committed, once."""
    fresh = Page(address)
    await until(lambda: all(page.connected and page.level for page in pages))
    await fresh.come()
    await fresh.until(lambda: len(texts(fresh)) >= len(expected))
    assert texts(fresh) == dict.fromkeys(expected, 1)
    for page in pages:
        await page.until_at(fresh.view.epoch, fresh.view.seq)
        assert page.view == fresh.view
        kinds = Counter(received.frame["kind"] for received in page.received)
        assert kinds["snapshot"] == 1, "it was made to begin anew"
    await fresh.go()
