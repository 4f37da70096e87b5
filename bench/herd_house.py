"""The service as a child process that can be killed and started again on the same port and database."""

import asyncio
import os
import re
import resource
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns
from typing import Any
from urllib.request import urlopen

import orjson

from bench.crowd import Event, end, on_core, server_core

ANSWER_WITHIN_S = 60.0
SPARE_FILES = 500
"""Open files beside the viewers: the store, pictures, listeners."""
READS = re.compile(
    r'^hallway_tail_reads_total\{audience="public",.*what="(\w+)"\} (\S+)$', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Split:
    """Seconds of processor time over all threads, in the program and in the kernel; and what the loop waited for its core.

    It waits while other processes have the core: the host's noise, no cost of ours.
    """

    user_s: float
    system_s: float
    waited_s: float

    def __sub__(self, other: "Split") -> "Split":
        return Split(
            self.user_s - other.user_s,
            self.system_s - other.system_s,
            self.waited_s - other.waited_s,
        )

    @property
    def all_s(self) -> float:
        """In the program and in the kernel."""
        return self.user_s + self.system_s


class House:
    """One wall, served by bench/herd_server.py. Posts are numbered on over all its lives."""

    def __init__(self, folder: Path) -> None:
        self.port = 0
        self.number = 0
        self._folder = folder
        self._process: Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._said: asyncio.Queue[Event] = asyncio.Queue()

    @property
    def cpu(self) -> "Split":
        """Processor time of this life so far."""
        return split(self.pid)

    @property
    def pid(self) -> int:
        """The process of this life."""
        assert self._process
        return self._process.pid

    async def start(self, posts: int = 0) -> None:
        """Begin, or go on where the last life ended. TimeoutError when it is not ready in a minute."""
        with on_core(server_core()):
            command = ("-m", "bench.herd_server", str(self._folder), str(self.port), str(posts))
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *command, stdin=PIPE, stdout=PIPE, limit=1 << 20
            )
        self._listening = asyncio.create_task(self._listen(self._process))
        self.port = (await self._hear("ready"))["port"]

    async def publish(self, count: int, every_s: float = 0) -> None:
        """So many posts, one after the other, each committed."""
        for _ in range(count):
            self.number += 1
            self._say(f"{self.number} {monotonic_ns()}")
            await self._hear("committed")
            await asyncio.sleep(every_s)

    async def sample(self) -> None:
        """Sample where the time goes from now on."""
        self._say("sample")
        await self._hear("sampling")

    async def samples(self) -> list[tuple[str, int]]:
        """Stop sampling: functions and how often they were seen."""
        self._say("samples")
        return [(name, count) for name, count in (await self._hear("samples"))["samples"]]

    def signal(self, how: signal.Signals) -> None:
        """Tell the process to end; `gone` waits for it."""
        assert self._process
        self._process.send_signal(how)

    async def gone(self) -> None:
        """Wait until the process has ended, and end it when it does not."""
        if self._process and self._listening:
            await end(self._process)
            await self._listening

    async def reads(self) -> Counter[str]:
        """Reads of the store for the public in this life: `load`, all of the wall, and `changes`."""
        text = await asyncio.to_thread(metrics, self.port)
        return Counter({what: int(float(count)) for what, count in READS.findall(text)})

    def _say(self, line: str) -> None:
        assert self._process
        assert self._process.stdin
        self._process.stdin.write(line.encode() + b"\n")

    async def _hear(self, what: str) -> dict[str, Any]:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            event = await self._said.get()
        if event["said"] != what:
            raise RuntimeError(f"The server said {event} instead of {what}")
        return event

    async def _listen(self, process: Process) -> None:
        assert process.stdout
        async for line in process.stdout:
            if line.startswith(b'{"said"'):  # else its log
                self._said.put_nowait(orjson.loads(line))


def fitting(viewers: int) -> int:
    """As many viewers as this process's children may have open files for; they inherit the limit that is set here."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(viewers, hard - SPARE_FILES)


def split(pid: int) -> Split:
    """Of a process so far: proc(5), stat fields 14 and 15; schedstat, the second number, ns (sched-stats.rst)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    tick = os.sysconf("SC_CLK_TCK")
    waited_ns = int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[1])
    return Split(int(fields[11]) / tick, int(fields[12]) / tick, waited_ns / 1e9)


def overflows() -> int:
    """How often a listener's queue was full, on the whole machine (/proc/net/netstat, TcpExt ListenOverflows)."""
    names, values = Path("/proc/net/netstat").read_text("ascii").splitlines()[:2]
    return int(dict(zip(names.split(), values.split(), strict=True))["ListenOverflows"])


def metrics(port: int) -> str:
    """What a service tells of itself, in Prometheus' text format."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text: str = answer.read().decode()
        return text
