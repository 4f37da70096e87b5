"""Everybody comes at once: after a network drop, after a restart, or for the first time. The store hardly notices."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.domain.identity import item_id
from tests.e2e.service_process import ServiceProcess, service
from tests.factories import post, posted
from tests.laws.viewer_page import OFFERS, Page

pytestmark = [pytest.mark.anyio, pytest.mark.e2e, pytest.mark.timeout(180)]

HERD = 300
POSTS = 40
CHANGES = 30
READS = re.compile(r'^hallway_tail_reads_total\{audience="public",.*\} (\S+)$', re.MULTILINE)


def id_of(number: int) -> str:
    return item_id(post(number).key)


def reads(running: ServiceProcess) -> float:
    """How often the store was read for the public so far."""
    with running.client() as client:
        return sum(map(float, READS.findall(client.get("/metrics").text)))


def pin(running: ServiceProcess, cookie: str, first: int, last: int) -> None:
    """One change for each of these posts."""
    with running.client() as client:
        for number in range(first, last + 1):
            address = f"/api/v1/walls/pyfest26/posts/{id_of(number)}/pin"
            answer = client.post(address, headers={"cookie": cookie})
            assert answer.json()["changed"], answer.text


def herd_of(running: ServiceProcess) -> list[Page]:
    """Pages of every kind that know nothing yet."""
    offers = list(OFFERS)
    return [Page(running.live(), offer=offers[n % len(offers)]) for n in range(HERD)]


async def come(pages: list[Page]) -> None:
    """All at once, until they are level."""
    for page in pages:
        page.received.clear()
    await asyncio.gather(*(page.come() for page in pages))
    await asyncio.gather(*(page.until_level() for page in pages))


async def seen(pages: list[Page], seq: int) -> None:
    """Until all have heard of this change: who leaves before, misses it too."""
    await asyncio.gather(*(page.until_at(page.view.epoch, seq) for page in pages))


async def drop(pages: list[Page]) -> None:
    """All at once, as when a network breaks."""
    await asyncio.gather(*(page.go("reset") for page in pages))


def told(page: Page) -> list[str]:
    """The kinds of frames that it got since it came."""
    return [received.frame["kind"] for received in page.received]


def ids(page: Page) -> list[str]:
    """The posts that it got since it came, in the order they came."""
    items = [item for received in page.received for item in received.frame["items"]]
    return [item["id"] for item in items if item.get("kind", "post") == "post"]


async def check_alike(running: ServiceProcess, pages: list[Page]) -> None:
    """Every page shows what a new one shows."""
    fresh = Page(running.live())
    await come([fresh])
    assert sum(item["kind"] == "post" for item in fresh.view.items.values()) == POSTS
    assert all(page.view == fresh.view for page in pages)
    await fresh.go()


@asynccontextmanager
async def full_wall(folder: Path) -> AsyncIterator[tuple[ServiceProcess, str]]:
    """A service whose wall shows every post, and a moderator's cookie."""
    with service(folder / "service", [posted(n) for n in range(1, POSTS + 1)]) as running:
        page = Page(running.live())
        await page.come()
        await page.until(lambda: page.view.tip == POSTS)
        await page.go()
        yield running, running.sign_in()


async def test_a_herd_of_new_pages_costs_at_most_one_read(tmp_path: Path) -> None:
    async with full_wall(tmp_path) as (running, _):
        before, pages = reads(running), herd_of(running)
        await come(pages)
        assert all(told(page) == ["snapshot"] for page in pages)
        assert reads(running) - before <= 1
        await check_alike(running, pages)
        await drop(pages)


async def test_a_herd_that_comes_back_gets_each_change_once_for_at_most_one_read(
    tmp_path: Path,
) -> None:
    """A third each left before 30, 20 and 10 changes."""
    async with full_wall(tmp_path) as (running, cookie):
        pages = herd_of(running)
        await come(pages)
        first = pages[0].view.seq
        for done in range(0, CHANGES, 10):
            await seen(pages[done // 10 :: 3], first + done)
            await drop(pages[done // 10 :: 3])
            await asyncio.to_thread(pin, running, cookie, done + 1, done + 10)
        before = reads(running)
        await come(pages)
        for third in range(3):
            missed = [id_of(n) for n in range(third * 10 + 1, CHANGES + 1)]
            for page in pages[third::3]:
                assert (told(page), ids(page)) == (["changes"], missed)
        assert reads(running) - before <= 1
        await check_alike(running, pages)
        await drop(pages)


async def test_a_herd_that_comes_back_after_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    async with full_wall(tmp_path) as (running, cookie):
        pages = herd_of(running)
        await come(pages)
        await drop(pages)
        await asyncio.to_thread(pin, running, cookie, 1, CHANGES)
        await asyncio.to_thread(running.stop)
        await asyncio.to_thread(running.start)
        before = reads(running)
        await come(pages)
        missed = [id_of(n) for n in range(1, CHANGES + 1)]
        assert all((told(page), ids(page)) == (["changes"], missed) for page in pages)
        assert reads(running) - before <= 1
        await check_alike(running, pages)
        await drop(pages)


async def test_a_herd_that_watches_is_told_of_a_change_by_one_read(tmp_path: Path) -> None:
    async with full_wall(tmp_path) as (running, cookie):
        pages = herd_of(running)
        await come(pages)
        before = reads(running)
        await asyncio.to_thread(pin, running, cookie, 1, 1)
        now = pages[0].view.seq + 1
        await asyncio.gather(*(page.until_at(page.view.epoch, now) for page in pages))
        assert all(told(page) == ["snapshot", "changes"] for page in pages)
        assert all(ids(page)[POSTS:] == [id_of(1)] for page in pages)
        assert reads(running) - before == 1
        await check_alike(running, pages)
        await drop(pages)
