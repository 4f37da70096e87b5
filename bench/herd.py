"""Ten thousand viewers come at once: for the first time, after the network dropped them, after kill -9, after SIGTERM.

`python -m bench.herd [--write] [--viewers 10000] [--quick]`. The server is held to one core, the load client to another.
Who comes back says where it stands, and is to have each post that it missed exactly once, without a read of the store.
"""

import argparse
import asyncio
import contextlib
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import monotonic, monotonic_ns

import uvloop

from bench.crowd import Crowd, Event, cpu_s, crowd
from bench.herd_house import House, fitting, overflows
from bench.herd_tables import Back, CameIn, tables
from bench.report import publish
from bench.server import LIVE

FULL_WALL = 500
"""Posts of a full window (docs/protocol.md)."""
MISSED = 50
EVERY_S = 0.01
LEVEL_WITHIN_S = 30.0
LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class FirstSight:
    """What newcomers are given: a wall of so many posts, asked for with these headers."""

    name: str
    posts: int
    headers: Sequence[str] = ()


FIRST_SIGHTS = (
    FirstSight("empty", 0),
    FirstSight("500 posts", FULL_WALL, ["Sec-WebSocket-Extensions: permessage-deflate"]),
)


async def came_in(viewers: int, wall: FirstSight) -> CameIn:
    """A fresh service lets everybody in who knows nothing yet."""
    async with _house(wall.posts) as house, crowd(house.port, LIVE, wall.headers) as people:
        cpu, client_cpu, reads = house.cpu, cpu_s([people.pid]), await house.reads()
        await house.sample()
        began = monotonic()
        event = await people.say(f"connect {viewers}")
        report = await _until(people, "pulses", viewers)
        level_s, took = monotonic() - began, house.cpu - cpu
        return CameIn(
            viewers=viewers,
            wall=wall.name,
            open=event["open"],
            let_in_s=event["ns"] / 1e9,
            level_s=level_s,
            cpu=took,
            client_busy=(cpu_s([people.pid]) - client_cpu) / level_s,
            bytes=report["bytes"],
            reads=await house.reads() - reads,
            samples=await house.samples(),
        )


Leaving = Callable[[House, Crowd], Awaitable[None]]
"""How all viewers lose their connection; the service is up again, or still, when it returns."""


async def dropped(_house: House, people: Crowd) -> None:
    """The network breaks all connections in one moment."""
    await people.say("drop rst")


async def killed(house: House, people: Crowd) -> None:
    """The process ends without a word, and another takes its place."""
    house.signal(signal.SIGKILL)
    await house.gone()
    await _until_all_out(people)
    await house.start()


async def stopped(house: House, people: Crowd) -> None:
    """The process is asked to end, and another takes its place."""
    house.signal(signal.SIGTERM)
    await _until_all_out(people)
    await house.gone()
    await house.start()


WAYS: dict[str, Leaving] = {
    "the network drops them": dropped,
    "kill -9, new process": killed,
    "SIGTERM, new process": stopped,
}


async def came_back(viewers: int) -> list[Back]:
    """Everybody is in; all lose their connection in each way, and come back."""
    async with _house() as house, crowd(house.port, LIVE) as people:
        await people.say(f"connect {viewers}")
        await _until(people, "pulses", viewers)  # else some do not know where they stand
        await people.say(
            f"outstanding {viewers}\nphase here"
        )  # two lines, of which the second has an answer
        return [await _back(name, way, house, people) for name, way in WAYS.items()]


async def _back(name: str, way: Leaving, house: House, people: Crowd) -> Back:
    before, process = await people.say("phase away"), house.pid
    reads = await house.reads()
    began = monotonic()
    await way(house, people)
    down_s = monotonic() - began
    if house.pid != process:
        reads.clear()  # it has read nothing yet
    await house.publish(MISSED, EVERY_S)
    away, cpu = await house.reads(), house.cpu
    queue_full, start_ns = overflows(), monotonic_ns()
    event = await people.say("reconnect")
    report = await _until(people, "deliveries", wanted := event["viewers"] * MISSED)
    return Back(
        way=name,
        viewers=event["viewers"],
        missed=MISSED,
        down_s=down_s,
        codes=_more(event["closed"], before["closed"]),
        refused=sum(event["refused"].values()) - sum(before["refused"].values()),
        queue_full=overflows() - queue_full,
        let_in_s=event["ns"] / 1e9,
        level_s=(report["last_ns"] - start_ns) / 1e9 if report["deliveries"] >= wanted else inf,
        cpu=house.cpu - cpu,
        report=report,
        reads_away=away - reads,
        reads_back=await house.reads() - away,
    )


def _more(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    found = {code: count - before.get(code, 0) for code, count in after.items()}
    return {code: count for code, count in found.items() if count}


async def _until(people: Crowd, counter: str, count: int) -> Event:
    """The report once a counter of this phase is at `count`, or when that takes too long."""
    ends = monotonic() + LEVEL_WITHIN_S
    while True:
        report = await people.say("report")
        if report[counter] >= count or monotonic() > ends:
            return report
        await asyncio.sleep(LOOK_EVERY_S)


async def _until_all_out(people: Crowd) -> None:
    """Wait until the viewers have noticed. TimeoutError when some do not."""
    async with asyncio.timeout(LEVEL_WITHIN_S):
        while (await people.say("report"))["open"]:
            await asyncio.sleep(LOOK_EVERY_S)


@contextlib.asynccontextmanager
async def _house(posts: int = 0) -> AsyncIterator[House]:
    with tempfile.TemporaryDirectory(prefix="hallway-bench-") as folder:
        house = House(Path(folder))
        try:
            await house.start(posts)
            yield house
        finally:
            await house.gone()


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(prog="python -m bench.herd", description=__doc__)
    parser.add_argument("--viewers", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true", help="1,000 viewers")
    parser.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    chosen = parser.parse_args()
    viewers = fitting(1_000 if chosen.quick else chosen.viewers)
    first = [uvloop.run(came_in(viewers, wall)) for wall in FIRST_SIGHTS]
    publish("herd", tables(first, uvloop.run(came_back(viewers))))


if __name__ == "__main__":
    main()
