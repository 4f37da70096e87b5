"""A child process: the real service with one wall in a temporary folder, which makes real posts as lines on stdin ask for.

`python -m bench.server` prints one JSON line, {"pid", "port", "path", "frame_bytes"}, when it is ready. Then each line
`<number> <CLOCK_MONOTONIC ns>` on stdin is a post that carries this stamp, through the real parser and the real action.
It ends when stdin ends. Settings come from the environment, as in any service: HALLWAY_DELIVERY=plain.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import urlopen

import orjson
import uvloop

from app.actions.arrivals import arrive
from app.domain.arrival import Batch
from app.service import Service
from app.sources.mastodon.parse import parse_status
from bench.painted import running
from bench.statuses import TAG, words_only

FRAME_BYTES = 1_200
"""Bytes of a `changes` frame with one post: the size of reference measurements of other servers."""
NEAR_BYTES = 8
"""The numbers in a frame grow by a digit now and then."""
WARM_UP = 2
"""Posts before the first of the benchmark: one to measure the rest of a frame, one to check the size. They have number 0."""
SAID = "the talk on types was great and we should try this at home with a small team "
LIVE = f"/api/v1/walls/{TAG}/live"


def stamped(number: int, stamp_ns: int, post: int, padding: int) -> dict[str, Any]:
    """Status number `post`, whose text carries number and stamp and is `padding` characters longer than they."""
    words = (SAID * (padding // len(SAID) + 1))[: max(0, padding - 1)] + "."
    content = f"<p>stamp:{stamp_ns:019}:{number:06}:{words if padding else ''}</p>"
    made = words_only(post, Random(26), datetime.now(UTC))  # one author and one length for all
    return made | {"content": content}


async def enter(service: Service, raw: Sequence[dict[str, Any]]) -> None:
    """Posts, as a stream brings them; what came meanwhile is one batch, as in app/sources/mastodon/source.py."""
    seen_at = datetime.now(UTC)
    posted = [parse_status(status, server="one.example", seen_at=seen_at) for status in raw]
    await arrive(service.context, TAG, "bench", Batch(posted))


async def waiting(stdin: asyncio.StreamReader) -> AsyncIterator[list[tuple[int, int]]]:
    """Number and stamp of all the lines that have come, until stdin ends."""
    rest = b""
    while chunk := await stdin.read(65_536):
        *lines, rest = (rest + chunk).split(b"\n")
        said = [line.split() for line in lines]
        if said:
            yield [(int(number), int(stamp_ns)) for number, stamp_ns in said]


async def warm_up(service: Service, port: int) -> tuple[int, int]:
    """The padding that makes frames of FRAME_BYTES, and what a frame then has. ValueError when it has not."""
    await enter(service, [stamped(0, 0, 0, 0)])
    padding = FRAME_BYTES - await _frame_bytes(port, 1)
    await enter(service, [stamped(0, 0, 1, padding)])
    size = await _frame_bytes(port, 2)
    if abs(size - FRAME_BYTES) > NEAR_BYTES:
        raise ValueError(f"A frame has {size} bytes instead of {FRAME_BYTES}")
    return padding, size


async def _frame_bytes(port: int, posts: int) -> int:
    """Bytes of a `changes` frame with the newest of so many posts, taken from the snapshot when they are in it."""
    async with asyncio.timeout(10):
        while True:
            snapshot = await asyncio.to_thread(_snapshot, port)
            found = [item for item in snapshot["items"] if item["kind"] == "post"]
            if len(found) == posts:
                break
            await asyncio.sleep(0.05)
    seq, tip = snapshot["seq"], snapshot["tip"]
    newest = max(found, key=lambda item: item["seq"])
    frame = {"kind": "changes", "from": seq - 1, "seq": seq, "tip": tip, "items": [newest]}
    return len(orjson.dumps(frame))


def _snapshot(port: int) -> dict[str, Any]:
    with urlopen(f"http://127.0.0.1:{port}/api/v1/walls/{TAG}/snapshot", timeout=5) as answer:
        found: dict[str, Any] = orjson.loads(answer.read())
        return found


async def main() -> None:
    """Serve until stdin ends."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    with tempfile.TemporaryDirectory(prefix="hallway-bench-") as folder:
        async with running(Path(folder)) as (service, port):
            padding, size = await warm_up(service, port)
            ready = {"pid": os.getpid(), "port": port, "path": LIVE, "frame_bytes": size}
            print(orjson.dumps(ready).decode(), flush=True)
            async for some in waiting(lines):
                await enter(service, [stamped(n, ns, n + WARM_UP, padding) for n, ns in some])


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(main())
