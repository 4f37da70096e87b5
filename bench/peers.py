"""The servers that the fan-out benchmark compares: the C limit, nginx with nchan, Hallway by the plain path, Hallway as it is."""

import asyncio
import contextlib
import os
import resource
import shutil
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.crowd import end, on_core, server_core
from bench.native import program

READY_WITHIN_S = 30.0
POST_BYTES = 1_200
LOG = "log"
UNPACKED = Path(__file__).resolve().parents[1] / ".tools" / "nchan"
"""Where .ci/get_nchan.py unpacks nginx and nchan when it may not install them."""
MISSING_NCHAN = "nginx with nchan is not here; `python .ci/get_nchan.py` brings it."


@dataclass(slots=True)
class Server:
    """A running server: where viewers connect, its processes, and how to publish."""

    port: int
    path: str
    pids: Sequence[int]
    put: Callable[[int, int], None]
    """Hands over post `number` with its stamp (CLOCK_MONOTONIC ns), without waiting."""
    number: int = 0

    def publish(self) -> int:
        """Publish the next post now; its number."""
        self.number += 1
        self.put(self.number, time.monotonic_ns())
        return self.number


Peer = Callable[[Path], AbstractAsyncContextManager[Server]]
"""Starts a server, with a folder for its files; it is gone at the end."""


def frame(number: int, stamp_ns: int) -> bytes:
    """A post as Hallway would frame it, 1,200 bytes in one line: what servers send that know nothing of posts."""
    head = f'{{"kind":"changes","from":{number - 1},"seq":{number},"tip":{number},"items":[{{"text":"stamp:{stamp_ns:019}:{number:06}:'
    return head.encode().ljust(POST_BYTES - 4, b"x") + b'"}]}'


@contextlib.asynccontextmanager
async def c_limit(folder: Path) -> AsyncIterator[Server]:
    """bench/send_limit.c."""
    async with _child(folder, program("send_limit")) as process:
        assert process.stdin
        assert process.stdout
        port = int((await process.stdout.readline()).split()[1])
        write = process.stdin.write

        def put(number: int, stamp_ns: int) -> None:
            write(frame(number, stamp_ns) + b"\n")

        yield Server(port, "/", [process.pid], put)


def hallway(delivery: str) -> Peer:
    """The real service, with the setting `delivery`."""

    @contextlib.asynccontextmanager
    async def start(folder: Path) -> AsyncIterator[Server]:
        environment = os.environ | {"HALLWAY_DELIVERY": delivery, "TMPDIR": str(folder)}
        command = (sys.executable, "-m", "bench.server")
        async with _child(folder, *command, environment=environment) as process:
            ready = orjson.loads(await _line_with(process, b'{"pid"', folder))
            assert process.stdin
            write = process.stdin.write

            def put(number: int, stamp_ns: int) -> None:
                write(b"%d %d\n" % (number, stamp_ns))

            yield Server(ready["port"], ready["path"], [ready["pid"]], put)

    return start


@contextlib.asynccontextmanager
async def nchan(folder: Path) -> AsyncIterator[Server]:
    """nginx with one worker and nchan, publishing over a second port. FileNotFoundError when they are not here."""
    place = nchan_place()
    if place is None:
        raise FileNotFoundError(MISSING_NCHAN)
    nginx, module = place
    port = _free_port()
    config = folder / "nginx.conf"
    config.write_text(_nginx_config(folder, module, port), encoding="utf-8")
    async with _child(
        folder, nginx, "-c", config, "-p", folder, "-e", folder / "error.log"
    ) as process:
        reader, writer = await _publisher(folder / "publish.sock")
        answers = asyncio.create_task(_read_away(reader))
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")

        def put(number: int, stamp_ns: int) -> None:
            writer.write(_request(frame(number, stamp_ns)))

        try:
            yield Server(port, "/live", [process.pid, *map(int, children.split())], put)
        finally:
            writer.close()
            answers.cancel()
            process.terminate()  # the fast way out: nginx does not listen to its stdin


def nchan_place() -> tuple[Path, Path] | None:
    """nginx and its nchan module, as Debian installs them or as .ci/get_nchan.py unpacked them."""
    for root in (Path("/"), UNPACKED):
        nginx = root / "usr/sbin/nginx"
        module = root / "usr/lib/nginx/modules/ngx_nchan_module.so"
        if nginx.exists() and module.exists():
            return nginx, module
    found = shutil.which("nginx")
    return (Path(found), module) if found and module.exists() else None


def _nginx_config(folder: Path, module: Path, port: int) -> str:
    """As lean as nchan gets: nothing kept for late comers, no pings, no logs."""
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""
load_module {module};
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile {_most_files()};
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections {_most_files() - 100}; }}
http {{
    access_log off;
    nchan_shared_memory_size 64M;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /live {{
            nchan_subscriber websocket;
            nchan_channel_id wall;
            nchan_subscriber_first_message newest;
        }}
    }}
    server {{
        listen unix:{folder}/publish.sock;
        keepalive_requests 1000000;
        keepalive_timeout 1h;
        location = /publish {{
            nchan_publisher;
            nchan_channel_id wall;
            nchan_message_buffer_length 16;
        }}
    }}
}}
"""


def _request(post: bytes) -> bytes:
    head = f"POST /publish HTTP/1.1\r\nHost: wall\r\nContent-Type: text/plain\r\nContent-Length: {len(post)}\r\n\r\n"
    return head.encode() + post


async def _publisher(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(READY_WITHIN_S):
        while True:
            with contextlib.suppress(OSError):  # not listening yet
                return await asyncio.open_unix_connection(path)
            await asyncio.sleep(0.05)


async def _read_away(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass


@contextlib.asynccontextmanager
async def _child(
    folder: Path, *command: str | Path, environment: dict[str, str] | None = None
) -> AsyncIterator[Process]:
    """A process on the servers' core, which writes its log into the folder."""
    with on_core(server_core()), (folder / LOG).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=log, env=environment
        )
    try:
        yield process
    finally:
        await end(process)


async def _line_with(process: Process, start: bytes, folder: Path) -> bytes:
    """The first line that begins so. EOFError with the log when the process ends before."""
    assert process.stdout
    async with asyncio.timeout(READY_WITHIN_S):
        async for line in process.stdout:
            if line.startswith(start):
                return line
    log = (folder / LOG).read_text("utf-8", errors="replace")
    raise EOFError(f"The server ended before it was ready:\n{log}")


def _free_port() -> int:
    """nginx cannot choose one itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _most_files() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]
