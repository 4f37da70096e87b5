"""The world of the viewers' law: a service on a real port, another writer on its database, and pages that follow."""

import asyncio
import contextlib
import secrets
import shutil
import sqlite3
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from string import ascii_letters
from typing import Any, Literal

import orjson

from app.actions.accounts import make_sign_in, sign_in
from app.actions.context import Context
from app.domain.identity import item_id
from app.domain.post import Post, RichText
from app.domain.wall import Audience
from app.live import crowd
from app.live.protocol import wire_item
from app.serve import _config, bind
from app.service import Service
from app.settings import Settings
from app.storage.reading import StoredItem
from app.storage.store import Store
from tests.factories import WALL, at, author, picture, post
from tests.fakes import FakeClock, House
from tests.laws.viewer_page import Offer, Page, Received
from tests.serving import Server

AUDIENCES: tuple[Audience, ...] = ("public", "crew")
POSTS = 12
LONG = 4_500
"""Letters of a post: so many, and so mixed, that a page that reads nothing soon has more waiting than its socket takes."""
SMALL = {
    "WINDOW": 6,
    "KEPT": 10,
    "SLICE": 1,
    "STRETCH": 3,
    "LARGE": 8_192,
    "BACKLOG": 65_536,
    "SEND_BUFFER": 8_192,
    "TICK_S": 0.02,
}
"""Bounds of the live path, so small that they are crossed all the time."""


def secret_post(number: int, version: int, **more: Any) -> Post:
    """A post whose text and author occur nowhere else."""
    name = f"person{number:02d}"
    rest = "".join(Random(f"{number} {version}").choices(ascii_letters, k=LONG))
    return post(
        number,
        text=f"secret{number:02d}x #pyfest26 v{version} {rest}",
        author=author(name, name=RichText(text=f"Name{number:02d}x")),
        media=(picture(f"photo{number:02d}"),),
        edited_at=at(version) if version else None,
        **more,
    )


SECRETS = {
    item_id(post(n).key): (f"secret{n:02d}x", f"Name{n:02d}x", f"person{n:02d}")
    for n in range(1, POSTS + 1)
}
"""What must not be seen of a post that is not shown, by its id."""


TURN_S = 0.002
"""How long the crowd gives the loop its turn: so long that changes come in the midst of a pass."""


class SlowTurns:
    """asyncio, as the crowd knows it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        """A turn takes its time."""
        await asyncio.sleep(max(seconds, TURN_S))


@contextmanager
def small_bounds() -> Iterator[None]:
    """Every module of the service knows the small bounds, and passes are slow."""
    with contextlib.ExitStack() as undo:
        undo.callback(setattr, crowd, "asyncio", crowd.asyncio)
        setattr(crowd, "asyncio", SlowTurns())  # noqa: B010  # mypy knows that it is no module
        for module in [m for name, m in sys.modules.items() if name.startswith("app.")]:
            for name, value in SMALL.items():
                if hasattr(module, name):
                    undo.callback(setattr, module, name, getattr(module, name))
                    setattr(module, name, value)
        yield


class Template:
    """A migrated database with one wall, copied for every example: migrating each anew would take most of the time."""

    folder: Path | None = None

    @classmethod
    def copy_to(cls, path: Path) -> None:
        """A database of its own."""
        if cls.folder is None:
            cls.folder = Path(tempfile.mkdtemp(prefix="hallway-viewers-"))
            asyncio.run(cls._make(cls.folder / "template.sqlite3"))
        shutil.copy(cls.folder / "template.sqlite3", path)

    @staticmethod
    async def _make(path: Path) -> None:
        store = Store(f"sqlite:///{path}")
        await store.open()
        await House(store, FakeClock()).set_up()
        await store.close()


@dataclass
class Past:
    """What the public was shown at every seq of one epoch."""

    seqs: list[int] = field(default_factory=list)
    shown: list[dict[str, int]] = field(default_factory=list)
    ever: set[str] = field(default_factory=set)
    """The posts that were ever public, before this epoch too."""

    def at(self, seq: int) -> dict[str, int]:
        """The posts on display at a seq, each with the seq of its last change."""
        return self.shown[bisect_right(self.seqs, seq) - 1]


class World:
    """One wall, its service, its writers and its pages."""

    def __init__(self, folder: Path, delivery: Literal["auto", "plain"]) -> None:
        self.path = folder / "wall.sqlite3"
        Template.copy_to(self.path)
        media = folder / "media"
        self.settings = Settings(
            database=str(self.path), media_folder=media, port=0, delivery=delivery
        )
        self.other = Store(f"sqlite:///{self.path}")
        self.clock = FakeClock()
        self.pasts: dict[str, Past] = {}
        self._ever: set[str] = set()

    async def open(self) -> None:
        """Until pages can come."""
        await self._begin(port=0)
        session = await sign_in(self.service.context, await make_sign_in(self.service.context))
        self._cookie = f"hallway={session}"
        await self.remember()

    async def close(self) -> None:
        """Everything ends."""
        await self._end()
        await self.other.close()

    async def restart(self) -> None:
        """In order, as `hallway serve` does it: everybody is told, and a new service opens at the same port."""
        await self.service.hub.dismiss(1012)
        await self._end()
        await self._begin(self.port)

    async def _begin(self, port: int) -> None:
        self.service = Service(self.settings)
        await self.service.open()
        listener = bind("127.0.0.1", port)
        self.port = listener.getsockname()[1]
        self.server = Server(_config(self.service))
        self._work = asyncio.create_task(self.service.run())
        await self.service.hub.prepare(WALL.slug)
        self._web = asyncio.create_task(self.server.serve(sockets=[listener]))

    async def _end(self) -> None:
        self.server.end()
        await self._web
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        await self.service.close()

    def page(self, audience: Audience, offer: Offer = "none") -> Page:
        """A page that knows nothing yet."""
        origin = f"http://127.0.0.1:{self.port}"
        headers = {"cookie": self._cookie, "origin": origin} if audience == "crew" else {}
        address = f"ws://127.0.0.1:{self.port}/api/v1/walls/{WALL.slug}/live?audience={audience}"
        return Page(address, headers, offer)

    def kinds(self) -> set[str]:
        """The kinds of lines that public pages have now."""
        counts = self.service.hub.crowd(WALL.slug, "public").counts
        return {kind for kind, count in counts.items() if count}

    def context(self, *, poked: bool) -> Context:
        """Another process writes; its pokes reach the hub, or are lost."""

        def lost(_wall: str, _seq: int) -> None:
            pass

        return Context(self.other, self.clock, self.service.hub.poke if poked else lost)

    def begin_an_epoch(self, *, anew: bool) -> None:
        """The wall's numbering gets another name; `anew`: its posts are gone, and it counts from 1."""
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            if anew:
                self._ever = set()
                for table in ("sighting", "repost", "author_gone", "media"):
                    connection.execute(f"DELETE FROM {table}")
                connection.execute("DELETE FROM item WHERE kind = 'post'")
                connection.execute("UPDATE item SET seq = 1")
                connection.execute("UPDATE wall SET seq = 1, arrivals = 0, shown = 0")
            connection.execute("UPDATE wall SET epoch = ?", (secrets.token_urlsafe(9),))

    async def remember(self) -> None:
        """Note what the public is shown now; asked after every write."""
        items = await self.stored("public")
        async with self.other.read() as reading:
            wall = await reading.wall(WALL.slug)
        past = self.pasts.setdefault(wall.epoch, Past(ever=set(self._ever)))
        past.seqs.append(wall.seq)
        past.shown.append({i.id: i.seq for i in items if i.kind == "post"})
        past.ever |= past.shown[-1].keys()
        self._ever = past.ever

    async def statuses(self) -> dict[str, str]:
        """The status of every post that the crew ever saw."""
        async with self.other.read() as reading:
            wall = await reading.wall(WALL.slug)
            found = await reading.changes(wall, "crew", -1, limit=1_000)
        return {i.id: i.status for i in found or () if i.kind == "post"}

    async def stored(self, audience: Audience) -> list[StoredItem]:
        """Everything that the store shows to an audience, in or out of the window."""
        async with self.other.read() as reading:
            wall = await reading.wall(WALL.slug)
            found = await reading.changes(wall, audience, -1, limit=1_000)
        shown = {"approved"} if audience == "public" else {"approved", "pending", "hidden"}
        return [i for i in found or () if i.status in shown]

    async def truth(self, audience: Audience) -> dict[str, Any]:
        """What the store itself says that a page holds."""
        async with self.other.read() as reading:
            items = await reading.window(await reading.wall(WALL.slug), audience)
        wire = orjson.dumps([wire_item(i, audience) for i in items], option=orjson.OPT_UTC_Z)
        return {item["id"]: item for item in orjson.loads(wire)}

    def judge(self, received: Received) -> None:
        """A frame for the public shows what was shown at its seq, and no word of anything else."""
        frame, past = received.frame, self.pasts[received.epoch]
        shown = past.at(frame["seq"])
        for item in frame["items"]:
            assert item["id"] in past.ever or item["id"] not in SECRETS, "it was never public"
            if item.get("kind") == "post":
                assert shown.get(item["id"]) == item["seq"], "not what was shown at that seq"
        for id_, secrets_of_post in SECRETS.items():
            if id_ not in shown:
                assert not any(s in received.text for s in secrets_of_post), "taken away, yet told"
