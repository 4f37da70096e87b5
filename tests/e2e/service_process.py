"""A real `hallway` process for tests: started on a free port, asked over real sockets, stopped by real signals."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from app.domain.arrival import Arrival
from app.domain.window import View, apply_frame
from app.sources.replay.format import ReplayHeader, encode_header, encode_line
from tests.factories import NOON

COMMAND = (sys.executable, "-c", "from app.cli import main; main()")
PLAIN = {k: v for k, v in os.environ.items() if not k.startswith("HALLWAY_")}
WAIT_S = 30
"""Longer than anything here takes on a busy machine; a test that waits for it has failed."""
SAID = re.compile(r"http://127\.0\.0\.1:(\d+)/(?:set-up#(\S+)|sign-in$)")
"""The address of the set-up page, with its token, or once that is done, of the sign-in page."""
OWNER, PASSWORD = "Mira", "seven brown foxes at noon"
ROOT = Path(__file__).parents[2]
WALL_TABLE = """
[[wall]]
mode = "open"
slug = "pyfest26"
title = "PyFest 26"
hashtags = ["PyFest26"]
[[wall.source]]
kind = "replay"
file = "day.jsonl"
speed = inf
"""


def hallway(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        check=False,
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The developer's environment without settings of Hallway."""
    return {
        **PLAIN,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "200",
        **(more or {}),
    }


@dataclass
class ServiceProcess:
    """One folder with settings and data, and the process that runs in it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    port: int = 0
    token: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self) -> "ServiceProcess":
        """Until it has said where its pages are. A second start takes the same port."""
        command = [*COMMAND, "serve", "--port", str(self.port), "--config", "walls.toml"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*command, *self.arguments],
                cwd=self.folder,
                env=environment(self.env),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        for line in self.process.stdout or ():
            if found := SAID.search(line):
                self.port, self.token = int(found[1]), found[2] or ""
                return self
        raise RuntimeError(f"it ended with {self.process.wait()}: {self.log.read_text()}")

    @property
    def log(self) -> Path:
        """What the process said."""
        return self.folder / "log.txt"

    @property
    def base(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.port}"

    def live(self, wall: str = "pyfest26", query: str = "") -> str:
        """The address of the live socket."""
        return f"ws://127.0.0.1:{self.port}/api/v1/walls/{wall}/live{query}"

    def client(self) -> httpx.Client:
        """A browser's stand-in: same origin, with cookies."""
        return httpx.Client(base_url=self.base, headers={"origin": self.base}, timeout=WAIT_S)

    def sign_in(self) -> str:
        """Become the first owner by the set-up link, or sign in as that one; the cookie."""
        with self.client() as client:
            known = {"name": OWNER, "password": PASSWORD}
            if self.token:
                made = client.post("/api/v1/set-up", json=known | {"token": self.token})
                self.token = ""
            else:
                made = client.post("/api/v1/session", json=known)
            made.raise_for_status()
            return f"hallway={client.cookies['hallway']}"

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal it, and wait for its end; the exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(WAIT_S)
        if self.process.stdout:
            self.process.stdout.close()
        return code


@contextlib.contextmanager
def service(
    folder: Path,
    arrivals: Sequence[Arrival],
    *,
    env: dict[str, str] | None = None,
    table: str = WALL_TABLE,
) -> Iterator[ServiceProcess]:
    """A service that plays `arrivals` from a replay file, all at once."""
    folder.mkdir(exist_ok=True)
    (folder / "walls.toml").write_text(table, encoding="utf-8")
    (folder / "day.jsonl").write_bytes(replay_of(arrivals))
    running = ServiceProcess(folder, env or {})
    try:
        yield running.start()
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop(signal.SIGKILL)
        shutil.rmtree(folder / "data", ignore_errors=True)


def replay_of(arrivals: Sequence[Arrival]) -> bytes:
    """A replay file."""
    header = ReplayHeader(title="PyFest 26", hashtags=("pyfest26",), started_at=NOON)
    return encode_header(header) + b"".join(encode_line(NOON, said) for said in arrivals)


class Page:
    """A page that follows a wall by frames, as docs/protocol.md says."""

    def __init__(self, address: str, **options: Any) -> None:
        self.view = View()
        self.frames: list[dict[str, Any]] = []
        self._opened = contextlib.ExitStack()
        self.pulses: list[dict[str, Any]] = []
        self.asides: list[dict[str, Any]] = []
        """What is told beside the wall: `screen` and `desk`."""
        opening = connect(address, open_timeout=WAIT_S, **options)
        self.socket: ClientConnection = self._opened.enter_context(opening)

    def take(self) -> dict[str, Any]:
        """The next frame that changes anything, applied; pulses are kept aside, the desk's news let go."""
        frame: dict[str, Any] = orjson.loads(self.socket.recv(WAIT_S))
        while frame["kind"] not in ("snapshot", "changes"):
            self.pulses += [frame] if frame["kind"] == "pulse" else []
            frame = orjson.loads(self.socket.recv(WAIT_S))
        assert apply_frame(self.view, frame), "the frame does not chain"
        self.frames.append(frame)
        return frame

    def next(self) -> dict[str, Any]:
        """The next frame of any kind. What is no part of the wall is kept aside."""
        frame: dict[str, Any] = orjson.loads(self.socket.recv(WAIT_S))
        if frame["kind"] == "pulse":
            self.pulses.append(frame)
        elif frame["kind"] in ("screen", "desk"):
            self.asides.append(frame)
        return frame

    def posts(self) -> dict[str, dict[str, Any]]:
        """The posts that this page shows, by their text."""
        items = self.view.items.values()
        return {i["text"]: dict(i) for i in items if i["kind"] == "post"}

    def until(self, *texts: str) -> "Page":
        """Take frames until exactly these posts are shown."""
        while set(self.posts()) != set(texts):
            self.take()
        return self

    def __enter__(self) -> "Page":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()


def close_code(page: Page) -> int:
    """Take what comes until the server closes; the code."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            page.socket.recv(WAIT_S)
    return page.socket.close_code or 0
