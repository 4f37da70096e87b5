"""Arrivals a second through parse → verdict → store, beside a naive peer and what SQLite alone can do.

`python -m bench.arrivals [--write]`. One folder on disk, the service's own settings (WAL, synchronous=FULL).
"""

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import orjson
import uvloop

from app.actions.arrivals import arrive
from app.actions.context import Context
from app.actions.walls import set_up
from app.clock import SystemClock
from app.domain.arrival import Batch
from app.domain.wall import Wall
from app.serve import calm_collector
from app.sources.mastodon.parse import parse_page
from app.storage.store import Store
from bench.report import Measured, publish
from bench.statuses import TAG, pages

COUNTS = {1: 1_000, 10: 5_000, 40: 10_000, 200: 10_000}
"""Posts for each batch size: one post is a stream's batch, 40 is the largest page that servers give, 200 a first look
at five hashtags. One commit a post is bound by the disk alone: fewer of them give the same figure."""
NAIVE_COUNT = 1_000
GOAL = 2_000
SEEN_AT = datetime(2026, 6, 13, tzinfo=UTC)
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
"""As app/storage/sqlite.py sets them."""


Insert = tuple[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock, and of processor time over all threads."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Speeds:
    """What `count` arrivals took at one batch size: the service twice, the naive peer, SQLite alone."""

    size: int
    count: int
    new: Took
    again: Took
    peer_s: float
    limit_s: float


def measure(folder: Path, size: int) -> Speeds:
    """One batch size on a fresh database, then the same posts again; then peer and limit."""
    count = COUNTS[size]
    raw = list(pages(count, size))
    place = folder / f"hallway-{size}.sqlite3"
    new, again = uvloop.run(_service(place, raw, list(pages(count, size, likes=3))))
    peer_s = _naive(folder / f"naive-{size}.sqlite3", raw[: NAIVE_COUNT // size])
    limit_s = _rows_only(place, folder / f"limit-{size}.sqlite3", size)
    return Speeds(size, count, new, again, peer_s, limit_s)


async def _service(place: Path, raw: Sequence[bytes], again: Sequence[bytes]) -> tuple[Took, Took]:
    """Seconds for posts that are new, and for the same posts seen once more."""
    store = Store(f"sqlite:///{place}")
    await store.open()
    try:
        context = Context(store, SystemClock(), lambda _wall, _seq: None)
        await set_up(context, Wall(slug=TAG, title=TAG, hashtags=(TAG,)), join_url="")
        return await _enter(context, raw, 0), await _enter(context, again, 1)
    finally:
        await store.close()


async def _enter(context: Context, raw: Sequence[bytes], round_: int) -> Took:
    started, cpu = perf_counter(), process_time()
    for number, page in enumerate(raw):
        seen_at = SEEN_AT + timedelta(hours=round_, milliseconds=number)
        arrivals, troubles = parse_page(orjson.loads(page), server="one.example", seen_at=seen_at)
        if troubles:
            raise AssertionError(troubles)
        await arrive(context, TAG, "mastodon:one.example", Batch(arrivals, "{}"))
        await asyncio.sleep(0)  # as the service does: everybody else has a turn
    return Took(perf_counter() - started, process_time() - cpu)


def _naive(place: Path, raw: Sequence[bytes]) -> float:
    """Seconds of the peer: what a first draft does. JSON in, one row and one commit a post, no verdict."""
    connection = _connect(place)
    connection.execute("CREATE TABLE post (uri TEXT PRIMARY KEY, created_at TEXT, body TEXT)")
    started = perf_counter()
    for page in raw:
        for status in json.loads(page):
            row = (status["uri"], status["created_at"], json.dumps(status))
            connection.execute("INSERT OR REPLACE INTO post VALUES (?, ?, ?)", row)
    took = perf_counter() - started
    connection.close()
    return took


def _rows_only(source: Path, place: Path, size: int) -> float:
    """Seconds of the limit: SQLite writes the very rows the service wrote, in as many transactions."""
    written, connection = sqlite3.connect(source), _connect(place)
    for (sql,) in written.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"):
        connection.execute(sql)
    connection.executemany(*_insert("wall", written.execute("SELECT * FROM wall").fetchall()))
    batches = _batches(written, size)
    started = perf_counter()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        for statement, rows in batch:
            connection.executemany(statement, rows)
        connection.execute("COMMIT")
    took = perf_counter() - started
    connection.close()
    written.close()
    return took


def _batches(written: sqlite3.Connection, size: int) -> list[list[Insert]]:
    """The rows of posts, sightings and pictures as inserts, grouped as they arrived."""
    order = "SELECT id, (arrival_no - 1) / ? FROM item WHERE kind = 'post'"
    batch_of = dict(written.execute(order, (size,)))
    grouped: dict[int, list[Insert]] = {}
    for table, id_column in (("item", 1), ("sighting", 3), ("media", 1)):
        rows = [r for r in written.execute(f"SELECT * FROM {table}") if r[id_column] in batch_of]
        rows.sort(key=lambda r: batch_of[r[id_column]])
        for batch, some in groupby(rows, key=lambda r: batch_of[r[id_column]]):
            grouped.setdefault(batch, []).append(_insert(table, list(some)))
    return [grouped[batch] for batch in sorted(grouped)]


def _insert(table: str, rows: list[tuple[Any, ...]]) -> Insert:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows


def _connect(place: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(place, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def tables(speeds: Sequence[Speeds]) -> list[Measured]:
    """What is published: posts that are new beside peer and limit, and posts seen again."""
    new = Measured(
        "New posts, arrivals a second",
        (
            "batch",
            "posts",
            "Hallway",
            "CPU each",
            "naive, a commit a post",
            "SQLite alone",
            "of the limit",
        ),
        [
            (
                str(s.size),
                f"{s.count:,}",
                f"{s.count / s.new.wall_s:,.0f}",
                f"{s.new.cpu_s / s.count * 1e6:,.0f} µs",
                f"{NAIVE_COUNT / s.peer_s:,.0f}",
                f"{s.count / s.limit_s:,.0f}",
                f"{s.limit_s / s.new.wall_s:.0%}",
            )
            for s in speeds
        ],
        (
            f"Goal: {GOAL:,} a second in batches of 40. SQLite alone writes the same rows, indexes included, "
            "without reading, judging or comparing anything.",
        ),
    )
    again = Measured(
        "The same posts seen again, a tenth of them with more likes, arrivals a second",
        ("batch", "posts", "Hallway", "CPU each"),
        [
            (
                str(s.size),
                f"{s.count:,}",
                f"{s.count / s.again.wall_s:,.0f}",
                f"{s.again.cpu_s / s.count * 1e6:,.0f} µs",
            )
            for s in speeds
        ],
    )
    return [new, again]


def main() -> None:
    """Measure every batch size and publish."""
    calm_collector()  # as the service does
    with tempfile.TemporaryDirectory(prefix="hallway-bench-") as folder:
        publish("arrivals", tables([measure(Path(folder), size) for size in COUNTS]))


if __name__ == "__main__":
    main()
