"""One post to 10,000 viewers: Hallway beside the physical limit in C, nginx with nchan, and its own plain path.

`python -m bench.fanout [--write] [--viewers 10000] [--quick] [--repeat 1]`. Servers are held to one core, the load client
to another. All servers are up at once and take turns, phase by phase, so that noise of the machine meets all alike.
"""

import argparse
import asyncio
import resource
import signal
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import uvloop

from bench.crowd import Crowd, Event, cpu_s, crowd, rss_bytes
from bench.fanout_tables import (
    DRAIN_S,
    HALLWAY,
    LIMIT,
    NCHAN,
    PLAIN,
    CameIn,
    Result,
    Took,
    tables,
)
from bench.peers import MISSING_NCHAN, Peer, Server, c_limit, hallway, nchan, nchan_place
from bench.report import publish

PEERS: Mapping[str, Peer] = {
    LIMIT: c_limit,
    NCHAN: nchan,
    PLAIN: hallway("plain"),
    HALLWAY: hallway("auto"),
}
IDLE_S = 3.0
OUTSTANDING = 2
SPARE_FILES = 500
"""Open files beside the viewers: the store, pictures, listeners."""


@dataclass(frozen=True, slots=True)
class Phase:
    """Posts at a pace, for a while; `rate` 0 publishes the next one when the last but one is out."""

    name: str
    rate: float
    seconds: float


PHASES = (
    Phase("1/s", 1, 6),
    Phase("saturated", 0, 5),
    Phase("10/s", 10, 5),
    Phase("50/s", 50, 4),  # the last: here not even the limit may hold it
)


class Contest:
    """A server with its crowd, while both are up, and what it has shown so far."""

    server: Server
    crowd: Crowd
    result: Result

    def __init__(self, name: str, peer: Peer, viewers: int) -> None:
        self.name = name
        self._peer, self._viewers = peer, viewers
        self._stack = AsyncExitStack()
        self._is_up = False

    async def enter(self) -> None:
        """Start the server, unless it is up, and let everybody in."""
        if self._is_up:
            return
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="hallway-bench-"))
        self.server = await self._stack.enter_async_context(self._peer(Path(folder)))
        self.crowd = await self._stack.enter_async_context(
            crowd(self.server.port, self.server.path)
        )
        self._is_up = True
        rss, cpu = rss_bytes(self.server.pids), cpu_s(self.server.pids)
        event = await self.crowd.say(f"connect {self._viewers}")
        used = cpu_s(self.server.pids) - cpu
        if event["open"] != self._viewers:
            raise RuntimeError(f"{self.name} let in {event['open']} of {self._viewers}: {event}")
        if not hasattr(self, "result"):  # the first time is measured
            await asyncio.sleep(IDLE_S)
            held = rss_bytes(self.server.pids) - rss
            self.result = Result(self.name, CameIn(self._viewers, event["ns"] / 1e9, used, held))

    async def take(self, phase: Phase) -> None:
        """One phase. Who is not through in time is ended, and begins the next phase afresh."""
        await self.enter()
        took = await _measured(self.server, self.crowd, phase)
        self.result.phases[phase.name] = took
        if not took.is_done:
            await self.leave()

    async def leave(self) -> None:
        """End the server and its viewers."""
        self._is_up = False
        await self._stack.aclose()


async def measure(peers: Mapping[str, Peer], viewers: int, phases: Sequence[Phase]) -> list[Result]:
    """Every server through every phase."""
    contests = [Contest(name, peer, viewers) for name, peer in peers.items()]
    if task := asyncio.current_task():  # told to end, it ends the servers first
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with AsyncExitStack() as stack:
        for contest in contests:
            stack.push_async_callback(contest.leave)
            await contest.enter()
        for turn, phase in enumerate(phases):
            first = turn % len(contests)
            for contest in contests[first:] + contests[:first]:
                await contest.take(phase)
                if phase is phases[-1]:
                    await contest.leave()
    return [contest.result for contest in contests]


async def _measured(server: Server, people: Crowd, phase: Phase) -> Took:
    await people.say(f"phase {phase.name}")
    cpu, client_cpu, began = cpu_s(server.pids), cpu_s([people.pid]), monotonic()
    await (_paced if phase.rate else _saturated)(server, people, phase)
    is_done = await people.done(server.number, DRAIN_S)
    took_s = monotonic() - began
    used = cpu_s(server.pids) - cpu
    busy = (cpu_s([people.pid]) - client_cpu) / took_s
    return _took(await people.say("report"), used, took_s, busy, is_done=is_done)


async def _paced(server: Server, _people: Crowd, phase: Phase) -> None:
    """Posts come by the clock, whatever the server does."""
    began = monotonic()
    for step in range(round(phase.rate * phase.seconds)):
        await asyncio.sleep(max(0.0, began + step / phase.rate - monotonic()))
        server.publish()


async def _saturated(server: Server, people: Crowd, phase: Phase) -> None:
    """There is always something to do."""
    ends = monotonic() + phase.seconds
    for _ in range(OUTSTANDING - 1):
        server.publish()
    while monotonic() < ends:
        waited_for = server.publish() - OUTSTANDING + 1
        if not await people.done(waited_for, DRAIN_S):
            return


def _took(report: Event, used: float, took_s: float, busy: float, *, is_done: bool) -> Took:
    return Took(
        deliveries=report["deliveries"],
        frames=report["frames"],
        cpu_s=used,
        seconds=took_s,
        p50_ms=report["p50_ns"] / 1e6,
        p99_ms=report["p99_ns"] / 1e6,
        max_ms=report["max_ns"] / 1e6,
        lost=report["lost"] if is_done else 0,
        cut=report["viewers"] - report["open"],
        bytes=report["bytes"],
        client_busy=busy,
        is_done=is_done,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fanout", description=__doc__)
    parser.add_argument("--viewers", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true", help="1,000 viewers, short phases")
    parser.add_argument("--repeat", type=int, default=1, help="whole runs; tables give medians")
    parser.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    return parser.parse_args()


def _fitting(viewers: int) -> int:
    """As many viewers as this process's children may have open files for."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(viewers, hard - SPARE_FILES)


def main() -> None:
    """Measure and publish."""
    chosen = _arguments()
    viewers = _fitting(1_000 if chosen.quick else chosen.viewers)
    phases = [Phase(p.name, p.rate, p.seconds / 2) for p in PHASES] if chosen.quick else PHASES
    peers = dict(PEERS)
    notes = []
    if nchan_place() is None:
        del peers[NCHAN]
        notes.append(MISSING_NCHAN)
    runs = []
    for turn in range(chosen.repeat):
        order = list(peers.items())[:: -1 if turn % 2 else 1]
        runs.append(uvloop.run(measure(dict(order), viewers, phases)))
    publish("fanout", tables(runs, notes))


if __name__ == "__main__":
    main()
