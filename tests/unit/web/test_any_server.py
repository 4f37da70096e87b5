"""The live socket over bare ASGI, as a server that is not uvicorn speaks it: the least that the specification asks for."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.actions.arrivals import arrive
from app.domain.arrival import Batch
from app.domain.window import View, apply_frame
from app.service import Service
from app.settings import Settings, WallSettings
from app.web.app import create_app
from tests.factories import posted
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio

WALL = "pyfest26"
WAIT_S = 30
"""Longer than anything here takes on a busy machine; a test that waits for it has failed."""
Message = dict[str, Any]


class Socket:
    """One socket as the server shows it to the application: messages in, messages out. No extensions, unless they are named."""

    def __init__(self, app: Any, query: str, extensions: dict[str, Any]) -> None:
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self.view = View()
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "scheme": "ws",
            "path": f"/api/v1/walls/{WALL}/live",
            "query_string": query.encode(),
            "headers": [(b"host", b"wall.example")],
            "client": ("192.0.2.1", 1),
            "extensions": extensions,
        }
        self.say({"type": "websocket.connect"})
        self._work = asyncio.create_task(app(scope, self._said.get, self._told.put))

    def say(self, message: Message) -> None:
        """What the server tells the application."""
        self._said.put_nowait(message)

    async def told(self) -> Message:
        """What the application tells the server next."""
        telling = asyncio.create_task(self._told.get())
        await asyncio.wait({telling, self._work}, timeout=WAIT_S, return_when="FIRST_COMPLETED")
        if not telling.done():
            telling.cancel()
            raise AssertionError(f"it said nothing more: {self._work}")
        return telling.result()

    async def frame(self) -> Message:
        """The next frame, applied."""
        message = await self.told()
        assert message["type"] == "websocket.send", message
        said: Message = orjson.loads(message["text"])
        assert said["kind"] == "pulse" or apply_frame(self.view, said)
        return said

    async def end(self) -> None:
        """The page has gone; the application must come to its end."""
        self.say({"type": "websocket.disconnect", "code": 1001})
        async with asyncio.timeout(WAIT_S):
            await self._work


class House:
    """A service behind such a server."""

    def __init__(self, service: Service) -> None:
        self.service, self.app = service, create_app(service)
        self.numbers = iter(range(1, 100))

    @asynccontextmanager
    async def opened(
        self, query: str = "", extensions: dict[str, Any] | None = None
    ) -> AsyncIterator[Socket]:
        """A page that is there for a while."""
        socket = Socket(self.app, query, extensions or {})
        try:
            yield socket
        finally:
            await socket.end()

    async def enter(self) -> None:
        """One more post."""
        await arrive(self.service.context, WALL, "test", Batch([posted(next(self.numbers))]))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the wall is made already."""
    folder = tmp_path_factory.mktemp("made")

    async def make() -> None:
        service = Service(settings(folder), clock=FakeClock())
        await service.open()
        await service.close()

    asyncio.run(make())
    return folder / "walls.sqlite3"


def settings(folder: Path, **more: Any) -> Settings:
    wall = WallSettings(slug=WALL, hashtags=("PyFest26",), mode="open")
    database, media = str(folder / "walls.sqlite3"), folder / "media"
    return Settings(database=database, media_folder=media, wall=(wall,), max_viewers=2, **more)


@pytest.fixture
async def house(tmp_path: Path, made: Path) -> AsyncIterator[House]:
    """Room for two viewers."""
    shutil.copy(made, tmp_path / "walls.sqlite3")
    service = Service(settings(tmp_path), clock=FakeClock())
    await service.open()
    work = asyncio.create_task(service.hub.run())
    yield House(service)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await service.close()


async def test_a_page_follows_leaves_and_comes_back_to_where_it_was(house: House) -> None:
    await house.enter()
    async with house.opened() as page:
        assert (await page.told())["type"] == "websocket.accept"
        kinds = [(await page.frame())["kind"] for _ in range(2)]
        assert kinds == ["snapshot", "pulse"]
        await house.enter()
        assert (await page.frame())["kind"] == "changes"
    await house.enter()
    here = f"epoch={page.view.epoch}&seq={page.view.seq}"
    async with house.opened(here) as again, house.opened() as fresh:
        again.view = page.view
        await again.told()
        await fresh.told()
        missed = await again.frame()
        assert (missed["kind"], len(missed["items"])) == ("changes", 1)
        await fresh.frame()
        assert again.view == fresh.view
    assert house.service.doors.inside == 0


async def test_who_sends_bytes_is_told_that_only_text_is_read(house: House) -> None:
    async with house.opened() as page:
        await page.told()
        page.say({"type": "websocket.receive", "bytes": b"\x00"})
        told = await page.told()
        while told["type"] == "websocket.send":
            told = await page.told()
        assert (told["type"], told["code"]) == ("websocket.close", 1003)


async def test_a_full_house_is_said_by_a_close_code_where_the_server_cannot_refuse_in_words(
    house: House,
) -> None:
    async with house.opened() as one, house.opened() as two, house.opened() as third:
        assert [(await p.told())["type"] for p in (one, two)] == ["websocket.accept"] * 2
        assert (await third.told())["type"] == "websocket.accept"
        told = await third.told()
        assert (told["type"], told["code"], told["reason"]) == ("websocket.close", 1013, "retry=60")


async def test_a_full_house_is_said_in_http_where_the_server_can(house: House) -> None:
    able: dict[str, Any] = {"websocket.http.response": {}}
    async with house.opened() as one, house.opened() as two, house.opened("", able) as third:
        assert [(await p.told())["type"] for p in (one, two)] == ["websocket.accept"] * 2
        refused = await third.told()
        assert (refused["type"], refused["status"]) == ("websocket.http.response.start", 503)
