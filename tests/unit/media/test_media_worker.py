"""The decoder may die, hang or lie: only the picture at hand fails."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.media import render
from app.media.errors import MediaRefused, MediaUnavailable
from app.media.worker import Worker

pytestmark = pytest.mark.anyio

# The real worker, but for sources that make it misbehave.
SPELL = f"""
import os, runpy, tempfile, threading
worker = runpy.run_path({render.__file__!r}, run_name="worker")
paint = worker["sizes"]
def sizes(source):
    match source:
        case b"die": os._exit(1)
        case b"kill": os.kill(os.getpid(), 9)
        case b"hang": threading.Event().wait()
        case b"eat": bytearray(3 << 30)
        case b"print": os.write(1, b"garbage"); print("garbage", flush=True)
        case b"environment": return [repr(dict(os.environ)).encode(), b"", b""]
        case b"write":
            with tempfile.TemporaryFile(buffering=0) as file: file.write(b"x")
    return paint(source)
worker["main"].__globals__["sizes"] = sizes
worker["main"]()
"""


def a_picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (30, 20)).save(out, "PNG")
    return out.getvalue()


def runs(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker(limit_s=1.5, command=(sys.executable, "-I", "-c", SPELL))
    yield worker
    await worker.aclose()


async def test_no_process_is_started_before_it_is_needed(worker: Worker) -> None:
    assert worker.pid is None


@pytest.mark.parametrize("spell", [b"die", b"kill"])
async def test_a_worker_that_dies_is_replaced(spell: bytes, worker: Worker) -> None:
    await worker.render(a_picture())
    before = worker.pid
    with pytest.raises(MediaUnavailable):
        await worker.render(spell)
    assert len(await worker.render(a_picture())) == 3
    assert worker.pid != before


async def test_a_worker_that_hangs_is_ended_and_replaced(worker: Worker) -> None:
    await worker.render(a_picture())
    before = worker.pid
    with pytest.raises(MediaUnavailable, match="too long"):
        await worker.render(b"hang")
    assert not runs(before)
    assert len(await worker.render(a_picture())) == 3


async def test_only_the_picture_at_hand_fails(worker: Worker) -> None:
    sources = [a_picture(), b"die", a_picture(), b"kill", a_picture()]
    outcomes = await asyncio.gather(*map(worker.render, sources), return_exceptions=True)
    assert [isinstance(outcome, list) for outcome in outcomes] == [True, False] * 2 + [True]


async def test_a_worker_killed_while_idle_costs_one_picture_at_most(worker: Worker) -> None:
    await worker.render(a_picture())
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    await asyncio.gather(worker.render(a_picture()), return_exceptions=True)
    assert len(await worker.render(a_picture())) == 3


async def test_a_picture_that_eats_memory_is_refused_by_the_limit(worker: Worker) -> None:
    with pytest.raises(MediaRefused, match="memory"):
        await worker.render(b"eat")
    pages = int(Path(f"/proc/{worker.pid}/statm").read_text().split()[1])
    assert pages * resource.getpagesize() < 256 * 1024 * 1024
    assert len(await worker.render(a_picture())) == 3


async def test_what_a_decoder_prints_does_not_get_among_the_answers(worker: Worker) -> None:
    with pytest.raises(MediaRefused):
        await worker.render(b"print")
    assert len(await worker.render(a_picture())) == 3


async def test_the_worker_cannot_write_files(worker: Worker) -> None:
    # tempfile tries every folder by writing to it, and finds none that it can use.
    with pytest.raises(MediaRefused, match="FileNotFoundError"):
        await worker.render(b"write")


async def test_the_worker_sees_nothing_of_the_services_environment(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALLWAY_SECRET", "hush")
    seen = await worker.render(b"environment")
    assert b"hush" not in seen[0]


async def test_a_cancelled_picture_leaves_the_next_one_its_own_answer(worker: Worker) -> None:
    await worker.render(a_picture())
    task = asyncio.create_task(worker.render(b"hang"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert len(await worker.render(a_picture())) == 3


@pytest.mark.parametrize("lie", ["b'\\x00\\x03\\xff\\xff\\xff\\xff'", "b'\\x00\\xff'", "b''"])
async def test_lengths_that_a_worker_makes_up_are_not_believed(lie: str) -> None:
    program = f"import sys; sys.stdout.buffer.write({lie}); sys.stdout.buffer.flush()"
    worker = Worker(command=(sys.executable, "-I", "-c", program))
    with pytest.raises(MediaUnavailable):
        await worker.render(a_picture())
    assert worker.pid is None


async def test_a_worker_that_cannot_be_started_is_said_to_be_unavailable() -> None:
    with pytest.raises(MediaUnavailable):
        await Worker(command=("/no/such/program",)).render(a_picture())


async def test_closing_ends_the_process() -> None:
    worker = Worker()
    await worker.render(a_picture())
    pid = worker.pid
    assert runs(pid)
    await worker.aclose()
    assert not runs(pid)


async def test_the_worker_ends_when_the_service_is_gone() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", render.__file__, stdin=asyncio.subprocess.PIPE, stdout=-1
    )
    assert process.stdin is not None
    process.stdin.close()
    async with asyncio.timeout(20):
        assert await process.wait() == 0
