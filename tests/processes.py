"""Real server processes for tests: started on a free port, waited for until they answer, and ended."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import httpx2 as httpx

READY_WITHIN_S = 60
"""A start takes 2 s on an idle machine; a busy one may need many times that."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str],
    ready: str,
    folder: Path,
    *,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, once `ready` answers; its output is in `folder` for those who look for a reason.

    `more`: what is added to its environment.
    """
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        environment = os.environ | {"PYTHONUNBUFFERED": "1"} | more
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
        try:
            _wait_for(ready, process, Path(log.name))
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def program(name: str) -> str:
    """A program of the environment that runs the tests."""
    return str(Path(sys.executable).parent / name)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            if httpx.get(url, timeout=2).status_code < 500:
                return
        except httpx.HTTPError:
            time.sleep(0.1)  # between two looks; the test itself waits for nothing but the answer
    raise AssertionError(f"{url} did not answer:\n{log.read_text()[-2000:]}")
