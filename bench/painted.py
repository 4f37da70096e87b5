"""From an arrival to the glass: a running service, an attendee view and a wall in Chromium.

`python -m bench.painted [--write]`, alone and beside 5,000 attendees. All on one machine, so that one clock tells the time.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import orjson
import uvloop
from playwright.async_api import async_playwright

from app.actions.arrivals import arrive
from app.domain.arrival import Batch
from app.domain.identity import item_id
from app.serve import serve
from app.service import Service
from app.settings import ReplaySettings, Settings, WallSettings
from app.sources.mastodon.parse import parse_status
from bench.crowd import crowd
from bench.herd_house import fitting
from bench.report import Measured, percentile, publish
from bench.statuses import TAG, words_only
from bench.watched import open_page

COUNT = 250
EVERY_S = 0.2
ATTENDEES = 5_000
LIVE = f"/api/v1/walls/{TAG}/live"
SETTLE_S = 3.0
"""After the last post: time for the slowest paint."""
GOAL_MS = 250

Stages = Mapping[str, Sequence[float]]
"""Stages of the way, and the ms that each post took to there."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One post: its id, the seq it got, and the ms since 1970 before and after the action."""

    id: str
    seq: int
    arrived_ms: float
    committed_ms: float


def quiet_settings(folder: Path, port: int = 0) -> Settings:
    """A service in a folder, with one wall that nothing but a benchmark writes to; port 0 is a free one."""
    silent = folder / "silent.jsonl"
    header = {
        "hallway": "replay",
        "version": 1,
        "title": "PyFest",
        "started_at": "2026-06-12T06:30:00Z",
    }
    silent.write_bytes(orjson.dumps(header) + b"\n")
    source = ReplaySettings(kind="replay", file=silent)
    # everybody is new here, and many come at once: that is no storm
    wall = WallSettings(
        slug=TAG, title="PyFest", hashtags=(TAG,), mode="open", alarm=0, source=(source,)
    )
    return Settings(
        port=port,
        database=str(folder / "hallway.sqlite3"),
        media_folder=folder / "media",
        wall=(wall,),
    )


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Service, int]]:
    """The whole service on a free port."""
    ready: asyncio.Future[tuple[Service, int]] = asyncio.get_running_loop().create_future()
    work = asyncio.create_task(
        serve(
            quiet_settings(folder),
            lambda service, _token, port: ready.set_result((service, port)),
        )
    )
    try:
        either: set[asyncio.Future[Any]] = {work, ready}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()  # why it did not start
        yield ready.result()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Found:
    """What was done, and what the attendee view and the wall noted; `cut` and `frames` are of the other attendees."""

    sent: Sequence[Sent]
    live: dict[str, Any]
    wall: dict[str, Any]
    frames: int
    cut: int


async def measure(attendees: int) -> Found:
    """A service, both pages, and so many other attendees who read."""
    program = shutil.which("chromium")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="hallway-bench-") as folder:
        async with (
            running(Path(folder)) as (service, port),
            crowd(port, LIVE) as people,
            async_playwright() as playwright,
        ):
            event = await people.say(f"connect {attendees}")
            if event["open"] != attendees:
                raise RuntimeError(f"Not everybody was let in: {event}")
            browser = await playwright.chromium.launch(executable_path=program, args=flags)
            base = f"http://127.0.0.1:{port}"
            live = await open_page(browser, f"{base}/live/{TAG}", 1280, 800)
            wall = await open_page(browser, f"{base}/wall/{TAG}", 1920, 1080)
            sent = await send(service)
            marks = await live.evaluate("marks"), await wall.evaluate("marks")
            await browser.close()
            report = await people.say("report")
    return Found(sent, *marks, report["frames"], attendees - report["open"])


async def send(service: Service) -> list[Sent]:
    """Posts at a steady pace through the real parser and the real action."""
    rng = Random(26)
    sent: list[Sent] = []
    for number in range(COUNT):
        next_at = time.monotonic() + EVERY_S
        sent.append(await _arrived(service, words_only(number, rng, datetime.now(UTC))))
        await asyncio.sleep(max(0.0, next_at - time.monotonic()))
    await asyncio.sleep(SETTLE_S)
    return sent


async def _arrived(service: Service, status: dict[str, Any]) -> Sent:
    raw = orjson.dumps(status)
    arrived_ms = time.time() * 1000
    posted = parse_status(orjson.loads(raw), server="one.example", seen_at=datetime.now(UTC))
    change = await arrive(service.context, TAG, "bench", Batch([posted]))
    return Sent(item_id(posted.post.key), change.seq, arrived_ms, time.time() * 1000)


def table(alone: Found, beside: Found) -> Measured:
    """Each stage from the arrival on."""
    columns = ("stage", "seen", "alone", f"seen beside {ATTENDEES:,}", f"beside {ATTENDEES:,}")
    return Measured(
        f"From an arrival to the glass: {COUNT} posts, one every {EVERY_S * 1000:.0f} ms; p50 / p95 / p99, ms since the arrival",
        columns,
        _rows(_arriving(alone), _arriving(beside)),
        (
            f"Goal: painted within {GOAL_MS} ms at p99, beside {ATTENDEES:,} attendees. Painted is the second animation frame after "
            "the card is in the page. The wall paces its cards on purpose, so that people can read; `seen` is its report that it "
            "has taken the change in and drawn a frame, not that this post has its card already.",
            f"Chromium draws in software here, with both pages, the service, the benchmark and the {ATTENDEES:,} on the same "
            f"{os.cpu_count()} cores. They had {beside.frames / ATTENDEES:,.0f} frames each; {beside.cut} were cut.",
        ),
    )


def _rows(alone: Stages, beside: Stages) -> list[tuple[str, ...]]:
    return [
        (name, str(len(ms)), _shown(ms), str(len(beside[name])), _shown(beside[name]))
        for name, ms in alone.items()
    ]


def _arriving(found: Found) -> Stages:
    sent, live, wall = found.sent, found.live, found.wall
    seen = sorted((int(seq), at) for seq, at in wall["seen"].items())
    return {
        "committed": [s.committed_ms - s.arrived_ms for s in sent],
        "frame in the attendee view": _since(sent, live["frames"]),
        "painted in the attendee view": _since(sent, live["painted"]),
        "frame on the wall": _since(sent, wall["frames"]),
        "wall reports `seen`": [
            next(at for seq, at in seen if seq >= s.seq) - s.arrived_ms
            for s in sent
            if seen and seen[-1][0] >= s.seq
        ],
    }


def _since(sent: Sequence[Sent], marks: dict[str, float]) -> list[float]:
    return [marks[s.id] - s.arrived_ms for s in sent if s.id in marks]


def _shown(ms: Sequence[float]) -> str:
    if not ms:
        return "none"
    return " / ".join(f"{percentile(ms, share):.0f}" for share in (0.5, 0.95, 0.99))


def main() -> None:
    """Measure and publish."""
    attendees = fitting(ATTENDEES)
    publish("painted", [table(uvloop.run(measure(0)), uvloop.run(measure(attendees)))])


if __name__ == "__main__":
    main()
