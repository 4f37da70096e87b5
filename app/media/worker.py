"""Keeps the one process that decodes pictures; replaces it when it dies or hangs."""

import asyncio
import os
import sys
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path

from app.media.errors import MediaRefused, MediaUnavailable
from app.media.render import BOXES, frame

_RENDER = Path(__file__).with_name("render.py")
_START_S = 20.0
_SLOW_RETRY_S = 600.0
"""A picture that was too slow may have met a busy machine; but it must not come every minute."""
_MAX_PART_BYTES = 32 * 1024 * 1024
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "SYSTEMROOT")


class Worker:
    """Renders one picture at a time, first come first served."""

    def __init__(self, limit_s: float = 5.0, command: Sequence[str] = ()) -> None:
        self._limit_s = limit_s
        self._command = command or (sys.executable, "-I", str(_RENDER))
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process else None

    async def render(self, source: bytes) -> list[bytes]:
        """The picture as WebP in sizes s, m, l.

        Raises MediaRefused when it cannot be decoded, MediaUnavailable when the process took too
        long or died over it. Either way the next picture finds a working process.
        """
        async with self._turn:
            try:
                process = await self._running()
                async with asyncio.timeout(self._limit_s):
                    parts = await _ask(process, source)
            except TimeoutError:
                await self._end()
                message = "The picture takes too long to decode."
                raise MediaUnavailable(message, retry_after_s=_SLOW_RETRY_S) from None
            except (IncompleteReadError, OSError) as error:
                await self._end()
                raise MediaUnavailable("The picture's decoder stopped.") from error
            except BaseException:
                await self._end()  # cut off between question and answer: the pipe is out of step
                raise
        if len(parts) != len(BOXES):
            raise MediaRefused(b" ".join(parts).decode(errors="replace"))
        return parts

    async def aclose(self) -> None:
        """End the process; a picture that is being rendered fails."""
        await self._end()

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                start_new_session=True,  # Ctrl-C is for the service, which ends the worker itself
                env=_environment(),
            )
            await _ready(self._process)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _ready(process: Process) -> None:
    """Starting does not count as decoding: it has a limit of its own."""
    try:
        async with asyncio.timeout(_START_S):
            await _read_frame(process)
    except TimeoutError:
        raise MediaUnavailable("The picture's decoder does not start.") from None


async def _ask(process: Process, source: bytes) -> list[bytes]:
    _, questions = _pipes(process)
    questions.write(frame([source]))
    await questions.drain()
    return await _read_frame(process)


async def _read_frame(process: Process) -> list[bytes]:
    """One frame of the worker, which may be in a stranger's hands: lengths are not believed."""
    answers, _ = _pipes(process)
    count = (await answers.readexactly(1))[0]
    parts = []
    for _ in range(min(count, len(BOXES))):
        length = int.from_bytes(await answers.readexactly(4), "big")
        if length > _MAX_PART_BYTES:
            raise OSError(f"The decoder announces {length} bytes.")
        parts.append(await answers.readexactly(length))
    return parts


def _pipes(process: Process) -> tuple[StreamReader, StreamWriter]:
    if process.stdout is None or process.stdin is None:
        raise BrokenPipeError("The decoder was started without pipes.")
    return process.stdout, process.stdin


def _environment() -> dict[str, str]:
    """Nothing of the service's own (it may hold passwords); one arena keeps memory countable."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | {"MALLOC_ARENA_MAX": "1"}
