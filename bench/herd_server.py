"""A child process: the real service on a given folder and port, so that another one can go on where this one ended.

`python -m bench.herd_server FOLDER PORT POSTS` has POSTS posts on the wall when it begins (0: what is in the folder). It says
one JSON line each: {"said": "ready", "pid", "port"}, and what the lines on stdin ask for:
  <number> <CLOCK_MONOTONIC ns>   a post that carries this stamp: {"said": "committed", "number"}
  sample                          begin to sample where the time goes: {"said": "sampling"}
  samples                         stop: {"said": "samples", "samples": [[function, count], …]}
It ends on SIGTERM, or when stdin ends.
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import orjson
import uvloop

from app.serve import serve
from app.service import Service
from bench.painted import quiet_settings
from bench.sampler import Sampler
from bench.server import enter, stamped
from bench.statuses import words_only

PADDING = 360
"""Characters beside stamp and number: frames of about 1.2 KB, as in bench/fanout.py."""
FILL_AT_ONCE = 50
FIRST_POST = 1_000
"""Posts of the benchmark are another few than those that were there."""


def say(what: str, **more: Any) -> None:
    """One line to the parent."""
    print(orjson.dumps({"said": what, **more}).decode(), flush=True)


async def fill(service: Service, posts: int) -> None:
    """Put posts on the wall that differ as people's do, and count for nothing."""
    rng = Random(26)
    for first in range(0, posts, FILL_AT_ONCE):
        numbers = range(first, min(first + FILL_AT_ONCE, posts))
        await enter(service, [words_only(n, rng, datetime.now(UTC)) for n in numbers])


async def obey(service: Service, lines: asyncio.StreamReader) -> None:
    """Do what the lines say until they end."""
    sampler = Sampler()
    async for line in lines:
        match line.split():
            case [b"sample"]:
                sampler.start()
                say("sampling")
            case [b"samples"]:
                say("samples", samples=sampler.stop())
            case [number, stamp_ns]:
                n = int(number)
                await enter(service, [stamped(n, int(stamp_ns), n + FIRST_POST, PADDING)])
                say("committed", number=n)


async def main(folder: Path, port: int, posts: int) -> None:
    """Serve until told to end."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    ready: asyncio.Future[tuple[Service, int]] = loop.create_future()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(
            serve(quiet_settings(folder, port), lambda s, _token, p: ready.set_result((s, p)))
        )
        service, port = await ready
        await fill(service, posts)
        say("ready", pid=os.getpid(), port=port)
        obeying = tasks.create_task(obey(service, lines))
        await asyncio.wait({serving, obeying}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            signal.raise_signal(signal.SIGTERM)
            await serving
        obeying.cancel()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
