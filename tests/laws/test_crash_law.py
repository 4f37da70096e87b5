"""Law 5: a crash at any point loses nothing that was acknowledged and brings nothing twice. Real processes, real kill -9."""

import asyncio
import multiprocessing
import sqlite3
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from app.domain.identity import item_id
from app.domain.wall import Audience
from app.domain.window import View, apply_frame
from app.live.tail import Tail
from app.storage.store import Store
from tests.factories import WALL, post
from tests.fakes import house
from tests.laws import crash_child

KILLS = 25
LONGEST_S = 0.02
"""A kill comes up to this long after an acknowledgement: a few transactions' time, so that it hits all their parts."""
START_S = 60


@dataclass
class Acknowledged:
    """What was told after its commit."""

    cursor: int = 0
    hidden: set[int] = field(default_factory=set)
    seq: int = 0
    rounds: int = 0


def lives(processes: Any, url: str, rng: Random, known: Acknowledged) -> None:
    """One life of the process, from its start to its violent end."""
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=crash_child.act, args=(url, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        for _ in range(rng.randint(1, 5)):
            assert ours.poll(START_S), "it does not start"
            hear(ours, known)
        end = time.perf_counter() + rng.uniform(0, LONGEST_S)
        while time.perf_counter() < end:
            pass
    finally:
        process.kill()
        process.join()
    while ours.poll():
        try:
            hear(ours, known)
        except EOFError:
            return


def hear(told: Connection, known: Acknowledged) -> None:
    what, number, seq = told.recv()
    assert seq >= known.seq, "an acknowledged seq was lost"
    known.seq = seq
    if what == "hidden":
        known.hidden.add(number)
    else:
        assert number >= known.cursor, "an acknowledged arrival was lost"
        known.cursor = number


async def wall_is_whole(url: str, known: Acknowledged, pages: dict[Audience, View]) -> None:
    """Cursor and arrivals agree, nothing acknowledged is missing, nothing is there twice, and pages can resume."""
    store = Store(url)
    try:
        async with store.read() as reading:
            wall = await reading.wall(WALL.slug)
            cursor = int(await reading.cursor(wall.id, crash_child.SOURCE) or 0)
            numbers = {item_id(post(n).key): n for n in range(1, cursor + 2)}
            posts = [i for i in await reading.window(wall, "crew") if i.kind == "post"]
        assert known.cursor <= cursor <= known.cursor + 1
        assert sorted(numbers[i.id] for i in posts) == list(range(1, cursor + 1))
        assert sorted(i.arrival_no or 0 for i in posts) == list(range(1, cursor + 1))
        assert all('"count":1' in i.passed_on for i in posts)
        hidden = {numbers[i.id] for i in posts if i.status == "hidden"}
        assert known.hidden <= hidden
        assert len(hidden - known.hidden) <= 1
        assert known.seq <= wall.seq <= known.seq + 1
        assert max((i.seq for i in posts), default=0) <= wall.seq
        for audience, page in pages.items():
            await resumes(Tail(store, WALL.slug, audience), page)
    finally:
        await store.close()
    known.cursor, known.hidden, known.seq = cursor, hidden, wall.seq


async def resumes(tail: Tail, page: View) -> None:
    """The page was there before the crash; it gets all it missed."""
    await tail.load()
    first = tail.first(page.epoch, page.seq if page.epoch else None)
    assert first is None or apply_frame(page, orjson.loads(first.payload))
    fresh = View()
    apply_frame(fresh, orjson.loads(tail.snapshot().payload))
    assert page == fresh


@pytest.mark.e2e
@pytest.mark.parametrize("seed", [1, 2])
def test_a_crash_loses_nothing_acknowledged_and_brings_nothing_twice(
    tmp_path: Path, seed: int
) -> None:
    async def make() -> None:
        async with house(tmp_path):
            pass

    asyncio.run(make())
    url = f"sqlite:///{tmp_path / 'house.sqlite3'}"
    # a server that has imported everything makes each process: starting costs no second
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([crash_child.__name__])
    rng, known = Random(seed), Acknowledged()
    pages: dict[Audience, View] = {"public": View(), "crew": View()}
    for _ in range(KILLS):
        lives(processes, url, rng, known)
        asyncio.run(wall_is_whole(url, known, pages))
    assert known.cursor > KILLS // 2
    with sqlite3.connect(tmp_path / "house.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
