"""A service that delivers by one kind of line, for the contract of lines: two walls, and a moderator who changes them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

from app.domain.identity import item_id
from app.domain.window import View
from tests.e2e.service_process import WALL_TABLE, ServiceProcess, replay_of, service
from tests.factories import post, posted
from tests.wire_client import PATH, WAIT_S, WireClient, metric, opened

KINDS = ("plain", "lean")
POSTS, BULKY = 60, 20
BULK_PATH = "/api/v1/walls/bulk/live"
BULK_TABLE = """
[[wall]]
mode = "open"
slug = "bulk"
hashtags = ["bulk"]
[[wall.source]]
kind = "replay"
file = "bulk.jsonl"
speed = inf
"""
SEEN = b'{"kind": "seen", "seq": 1, "painted_ms": 41}'


@dataclass
class Line:
    """A service that delivers by one kind of line, and the moderator who changes its walls."""

    kind: str
    service: ServiceProcess
    desk: httpx.Client
    pinned: set[int] = field(default_factory=set)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.service.port

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.service.process is not None
        return self.service.process.pid

    def open(
        self, query: str = "", **options: Any
    ) -> contextlib.AbstractContextManager[WireClient]:
        """A page of the wall `pyfest26`."""
        return opened(self.port, PATH + query, **options)

    def resume(self, view: View, path: str = PATH) -> contextlib.AbstractContextManager[WireClient]:
        """A page that comes back with its place."""
        here = View(view.epoch, view.seq, view.tip, dict(view.items))
        return opened(self.port, f"{path}?epoch={view.epoch}&seq={view.seq}", view=here)

    def flip(self, number: int, wall: str = "pyfest26") -> int:
        """Pin a post, or unpin it when it is pinned; the seq of the change."""
        decision = "unpin" if number in self.pinned else "pin"
        self.pinned ^= {number}
        url = f"/api/v1/walls/{wall}/posts/{item_id(post(number).key)}/{decision}"
        answer = self.desk.post(url)
        answer.raise_for_status()
        seq: int = answer.json()["seq"]
        return seq

    def faults(self) -> int:
        """Tracebacks in its log, but for those by which uvicorn tells of text that is no UTF-8."""
        said = self.service.log.read_text()
        return said.count("Traceback") - said.count("Invalid UTF-8 sequence received from client")

    def painted(self) -> float:
        """How many paints were counted."""
        return metric(self.port, "hallway_painted_seconds_count", wall="pyfest26")


@contextlib.contextmanager
def started(folder: Path, kind: str) -> Iterator[Line]:
    """A service with sixty posts on one wall, and twenty very long ones on another."""
    folder.mkdir()
    text = "long " * 12_000
    long = [post(n, text, hashtags=("bulk",)) for n in range(1_001, 1_001 + BULKY)]
    (folder / "bulk.jsonl").write_bytes(replay_of([posted(p) for p in long]))
    many = [posted(n) for n in range(1, 1 + POSTS)]
    env = {"HALLWAY_DELIVERY": "plain" if kind == "plain" else "auto"}
    with service(folder, many, env=env, table=WALL_TABLE + BULK_TABLE) as running:
        for path, count in ((PATH, POSTS), (BULK_PATH, BULKY)):
            with opened(running.port, path) as page:
                while sum(i["kind"] == "post" for i in page.view.items.values()) < count:
                    page.take()
        headers = {"origin": running.base, "cookie": running.sign_in()}
        with httpx.Client(base_url=running.base, headers=headers, timeout=WAIT_S) as desk:
            yield Line(kind, running, desk)


def fresh(line: Line, path: str = PATH) -> View:
    """What a page that comes now is shown."""
    with opened(line.port, path) as page:
        page.take()
    return page.view
