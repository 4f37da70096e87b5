"""From an arrival to the glass: a running service, an attendee view and a wall in headless Chromium.

`python -m bench.painted [--write]`. All on one machine, so that one clock tells the time on both sides.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import orjson
import uvloop
from playwright.async_api import Browser, Page, async_playwright

from app.actions.arrivals import arrive
from app.domain.arrival import Batch
from app.domain.identity import item_id
from app.serve import serve
from app.service import Service
from app.settings import ReplaySettings, Settings, WallSettings
from app.sources.mastodon_parse import parse_status
from bench.report import Measured, percentile, publish
from bench.statuses import TAG, words_only

COUNT = 500
EVERY_S = 0.2
SETTLE_S = 3.0
"""After the last post: time for the slowest paint."""
GOAL_MS = 250

WATCH = """
window.marks = {frames: {}, painted: {}, seen: {}};
const now = () => performance.timeOrigin + performance.now();
const plain = window.WebSocket;
window.WebSocket = class extends plain {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", ({data}) => {
      const at = now(), frame = JSON.parse(data);
      for (const {id} of frame.items ?? []) marks.frames[id] ??= at;
    });
  }
  send(text) {
    const said = JSON.parse(text);
    if (said.kind === "seen") marks.seen[said.seq] ??= now();
    super.send(text);
  }
};
const paint = (id) => requestAnimationFrame(() => requestAnimationFrame(() => { marks.painted[id] ??= now(); }));
const look = (node) => {
  const cards = node.localName === "post-card" ? [node] : node.querySelectorAll?.("post-card") ?? [];
  for (const card of cards) if (card.post) paint(card.post.id);
};
new MutationObserver((changes) => changes.forEach((c) => c.addedNodes.forEach(look)))
  .observe(document, {childList: true, subtree: true});
"""
"""Runs before the page's own scripts; notes when a frame came, when its card was painted, what the wall reported."""


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
    wall = WallSettings(slug=TAG, title="PyFest", hashtags=(TAG,), source=(source,))
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


async def open_page(browser: Browser, address: str, width: int, height: int) -> Page:
    """A page that watches itself, connected."""
    context = await browser.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    await page.add_init_script(WATCH)
    async with page.expect_websocket() as connecting:
        await page.goto(address)
    await (await connecting.value).wait_for_event("framereceived")
    return page


async def send(service: Service) -> list[Sent]:
    """Posts at a steady pace through the real parser and the real action."""
    rng, sent = Random(26), []
    for number in range(COUNT):
        next_at = time.monotonic() + EVERY_S
        moment = datetime.now(UTC)
        raw = orjson.dumps(words_only(number, rng, moment))
        arrived_ms = time.time() * 1000
        posted = parse_status(orjson.loads(raw), server="one.example", seen_at=moment)
        change = await arrive(service.context, TAG, "bench", Batch([posted]))
        committed_ms = time.time() * 1000
        id_ = item_id(posted.post.key)
        sent.append(Sent(id_, change.seq, arrived_ms, committed_ms))
        await asyncio.sleep(max(0.0, next_at - time.monotonic()))
    await asyncio.sleep(SETTLE_S)
    return sent


async def measure(folder: Path) -> tuple[list[Sent], dict[str, Any], dict[str, Any]]:
    """What was sent, and what the attendee view and the wall noted."""
    program = shutil.which("chromium")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with running(folder) as (service, port), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        base = f"http://127.0.0.1:{port}"
        live = await open_page(browser, f"{base}/live/{TAG}", 1280, 800)
        wall = await open_page(browser, f"{base}/wall/{TAG}", 1920, 1080)
        sent = await send(service)
        marks = await live.evaluate("marks"), await wall.evaluate("marks")
        await browser.close()
    return sent, *marks


def table(sent: Sequence[Sent], live: dict[str, Any], wall: dict[str, Any]) -> Measured:
    """The stages, each from the arrival on."""
    seen = sorted((int(seq), at) for seq, at in wall["seen"].items())
    stages = {
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
    return Measured(
        f"From an arrival to the glass: {COUNT} posts, one every {EVERY_S * 1000:.0f} ms, ms since the arrival",
        ("stage", "posts", "p50", "p95", "p99"),
        [(name, str(len(ms)), *_percentiles(ms)) for name, ms in stages.items()],
        (
            f"Goal: painted within {GOAL_MS} ms at p99. Painted is the second animation frame after the card is in the page. "
            "The wall paces its cards on purpose, so that people can read; `seen` is its report that it has taken the "
            "change in and drawn a frame, not that this post has its card already.",
            "Chromium draws in software here, with both pages, the service and the benchmark on the same cores.",
        ),
    )


def _since(sent: Sequence[Sent], marks: dict[str, float]) -> list[float]:
    return [marks[s.id] - s.arrived_ms for s in sent if s.id in marks]


def _percentiles(ms: Sequence[float]) -> tuple[str, ...]:
    if not ms:
        return ("none",) * 3
    return tuple(f"{percentile(ms, share):.0f}" for share in (0.5, 0.95, 0.99))


def main() -> None:
    """Measure and publish."""
    with tempfile.TemporaryDirectory(prefix="hallway-bench-") as folder:
        sent, live, wall = uvloop.run(measure(Path(folder)))
    publish("painted", [table(sent, live, wall)])


if __name__ == "__main__":
    main()
