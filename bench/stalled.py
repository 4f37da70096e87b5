"""One viewer that stops reading among a thousand: what the others notice, and when it is gone.

`python -m bench.stalled [--write] [--quick]`. Windows without it and with it take turns, so that noise of the machine meets
both alike. Before each window with it, posts in a row fill all that the kernel holds for it.
"""

import argparse
import asyncio
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from statistics import median
from time import monotonic

import uvloop

from app.serve import USER_TIMEOUT_MS
from bench.crowd import Crowd, Event, crowd
from bench.herd_house import House, fitting, metrics
from bench.report import Measured, publish
from bench.server import LIVE

VIEWERS = 1_000
RATE = 10
WINDOW_S = 3.0
PAIRS = 3
FILL = 50
"""Posts in a row until the socket is full: the kernel holds some 100 to 250 of them."""
FILLS = 20
QUIET_S = 0.5
GONE_WITHIN_S = 40.0
LOOK_EVERY_S = 0.1
P99_GOAL = 1.2
GONE_GOAL_S = 30
STUCK = re.compile(r'^hallway_stuck_viewers\{audience="public".*\} (\S+)$', re.MULTILINE)
CUTS = re.compile(r'^hallway_cuts_total\{reason="(\w+)"\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Window:
    """Latencies of the viewers that read, ms, and what they missed."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    lost: int


@dataclass(frozen=True, slots=True)
class Found:
    """Windows in pairs and one after the cut; seconds until it was level when it read again, and until it was gone when not."""

    pairs: Sequence[tuple[Window, Window]]
    after: Window
    level_s: float
    gone_s: float
    why: str


async def measure(viewers: int, window_s: float) -> Found:
    """A service, its viewers, and one of them that stalls, wakes, and at last does not wake any more."""
    with tempfile.TemporaryDirectory(prefix="hallway-bench-") as folder:
        house = House(Path(folder))
        try:
            await house.start()
            async with crowd(house.port, LIVE) as people:
                await people.say(f"connect {viewers}")
                return await _found(house, people, window_s)
        finally:
            await house.gone()


async def _found(house: House, people: Crowd, window_s: float) -> Found:
    await _posts(house, window_s / 3)  # warm
    descriptors = _descriptors(house.pid)
    pairs, level_s = [], []
    for turn in range(PAIRS):
        without = await _window(house, people, window_s)
        await people.say("stall 1")
        await _fill(house)
        full_at = monotonic()
        pairs.append((without, await _window(house, people, window_s)))
        if turn < PAIRS - 1:
            level_s.append(await _woken(people))
    is_gone = await _posts(
        house, GONE_WITHIN_S, until=lambda: _descriptors(house.pid) < descriptors
    )
    gone_s = monotonic() - full_at if is_gone else inf
    after = await _window(house, people, window_s)
    return Found(pairs, after, max(level_s), gone_s, await _reason(house))


async def _woken(people: Crowd) -> float:
    """Seconds until the one that reads again has all that it missed: it is no part of the window that follows."""
    began = monotonic()
    await people.say("wake")
    while (await people.say("report"))["lost"]:
        if monotonic() - began > GONE_WITHIN_S:
            raise RuntimeError("The viewer that woke does not get what it missed")
        await asyncio.sleep(LOOK_EVERY_S)
    return monotonic() - began


async def _window(house: House, people: Crowd, seconds: float) -> Window:
    await asyncio.sleep(QUIET_S)
    await people.say("phase window")
    await _posts(house, seconds)
    await people.done(house.number, GONE_WITHIN_S)
    report: Event = await people.say("report")
    return Window(
        report["p50_ns"] / 1e6, report["p99_ns"] / 1e6, report["max_ns"] / 1e6, report["lost"]
    )


async def _posts(house: House, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
    """Posts by the clock, for so long or until something holds; whether it held."""
    began = monotonic()
    for step in range(round(RATE * seconds)):
        await asyncio.sleep(max(0.0, began + step / RATE - monotonic()))
        if until():
            return True
        await house.publish(1)
    return until()


async def _fill(house: House) -> None:
    """Posts in a row until the server has a viewer that takes nothing. RuntimeError when that does not come."""
    for _ in range(FILLS):
        await house.publish(FILL)
        text = await asyncio.to_thread(metrics, house.port)
        if sum(map(float, STUCK.findall(text))) > 0:
            return
    raise RuntimeError("The stalled viewer's socket takes everything")


async def _reason(house: House) -> str:
    text = await asyncio.to_thread(metrics, house.port)
    return ", ".join(f"{what} {float(n):.0f}" for what, n in CUTS.findall(text)) or "by the kernel"


def _descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def tables(found: Found, viewers: int) -> list[Measured]:
    """Windows beside each other, and the end of the one that stalled."""
    ratios = [stalled.p99_ms / without.p99_ms for without, stalled in found.pairs]
    plain = [without.p99_ms for without, _ in found.pairs] + [found.after.p99_ms]
    windows = [w for pair in found.pairs for w in pair] + [found.after]
    return [
        Measured(
            f"{viewers:,} viewers, {RATE} posts a second, one viewer stops reading: p50 / p99 / max of the others, ms",
            ("pair", "without", "with it", "p99, ratio"),
            [
                (str(n), _shown(without), _shown(stalled), f"{ratio:.2f}")
                for n, ((without, stalled), ratio) in enumerate(
                    zip(found.pairs, ratios, strict=True), 1
                )
            ]
            + [("after the cut", _shown(found.after), "", "")],
            (
                f"Goal: p99 with it at most {P99_GOAL} × that without. Median of the pairs: {median(ratios):.2f}. The windows "
                f"without it alone differ by {max(plain) / min(plain):.2f} ×: a ratio inside that is noise of the machine. "
                f"Posts that the others missed: {sum(w.lost for w in windows)}.",
            ),
        ),
        Measured(
            "The one that stopped reading",
            ("wanted", "measured", "cut as"),
            [
                (f"descriptor gone in {GONE_GOAL_S} s", f"{found.gone_s:.1f} s", found.why),
                ("level when it reads again", f"{found.level_s:.1f} s", ""),
            ],
            (
                f"Gone: since its socket took nothing any more. Cut as “by the kernel” would mean: its time-out of {USER_TIMEOUT_MS // 1000} s ran "
                "out before the service's own patience.",
            ),
        ),
    ]


def _shown(window: Window) -> str:
    return f"{window.p50_ms:.1f} / {window.p99_ms:.1f} / {window.max_ms:.1f}"


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(prog="python -m bench.stalled", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 viewers, short windows")
    parser.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    chosen = parser.parse_args()
    viewers = fitting(100 if chosen.quick else VIEWERS)
    found = uvloop.run(measure(viewers, WINDOW_S / 3 if chosen.quick else WINDOW_S))
    publish("stalled", tables(found, viewers))


if __name__ == "__main__":
    main()
