"""The load client bench/crowd_client.c from Python: lines to it, events from it, on a processor core of its own."""

import asyncio
import contextlib
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from bench.native import program

ANSWER_WITHIN_S = 90.0
"""The slowest answer: the client itself gives up connecting after 60 s."""
SOURCES = 8
"""Source addresses: one has 28,000 ports, and a server may hold so many connections of one address only."""

Event = dict[str, Any]


class Crowd:
    """Viewers in one process; bench/crowd_client.c says what each line does and what comes back."""

    def __init__(self, process: Process) -> None:
        self.pid = process.pid
        self._process = process
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._done = 0
        self._moved = asyncio.Event()

    async def say(self, line: str) -> Event:
        """Give a command and wait for its event. TimeoutError after 90 s."""
        assert self._process.stdin
        self._process.stdin.write(line.encode() + b"\n")
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await self._events.get()

    async def done(self, number: int, within_s: float) -> bool:
        """Wait until every viewer that reads has had post `number`; False when that takes too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._done < number:
                    self._moved.clear()
                    await self._moved.wait()
        return self._done >= number

    async def listen(self) -> None:
        """Read what the client says until it ends."""
        assert self._process.stdout
        async for line in self._process.stdout:
            if line.startswith(b"done "):
                self._done = max(self._done, int(line.split()[1]))
                self._moved.set()
            else:
                self._events.put_nowait(orjson.loads(line))


@contextlib.asynccontextmanager
async def crowd(port: int, path: str, headers: Sequence[str] = ()) -> AsyncIterator[Crowd]:
    """A load client for one server, without viewers yet; all of them are gone at the end."""
    with on_core(client_core()):
        process = await asyncio.create_subprocess_exec(
            program("crowd_client"),
            str(port),
            path,
            str(SOURCES),
            *headers,
            stdin=PIPE,
            stdout=PIPE,
            limit=1 << 20,
        )
    made = Crowd(process)
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        assert process.stdin
        process.stdin.write(b"drop rst\n")  # a plain close leaves 10,000 sockets in TIME_WAIT
        await end(process)
        await listening


async def end(process: Process, within_s: float = 10.0) -> None:
    """End a child by closing its stdin, and by force when that does not help."""
    if process.stdin:
        process.stdin.close()
    try:
        async with asyncio.timeout(within_s):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def server_core() -> int:
    """The core that servers are held to."""
    return min(os.sched_getaffinity(0))


def client_core() -> int:
    """The core of the load client: another one, where there is one."""
    return max(os.sched_getaffinity(0))


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """Children that start meanwhile run on this core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_s(pids: Sequence[int]) -> float:
    """Seconds of processor time so far, user and system, over all threads (proc(5), stat fields 14 and 15)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def rss_bytes(pids: Sequence[int]) -> int:
    """Resident memory (proc(5), statm field 2)."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE")
