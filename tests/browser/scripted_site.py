"""A small site for browser tests: the real pages under the real headers, with a wall that a test scripts."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.web.headers import HEADERS
from tests.browser.scripted_desk import ME, ScriptedDesk, fail

STATIC = Path(__file__).parents[2] / "static"
TOKEN = "good-token"  # the made-up sign-in link of these tests
Item = dict[str, Any]


@dataclass
class Wall:
    """The items of a wall, their numbering, and everybody who follows it."""

    items: dict[str, Item] = field(default_factory=dict)
    seq: int = 1
    tip: int = 0
    viewers: int = 214
    sockets: dict[WebSocket, str] = field(default_factory=dict)
    commands: list[tuple[str, str]] = field(default_factory=list)
    sources: list[Item] = field(default_factory=list)
    signed_in: bool = True
    broken: bool = False
    refuse_sockets: bool = False
    refusal: tuple[int, str] = (1013, "")

    def visible(self, audience: str) -> list[Item]:
        return [view(item, audience) for item in self.items.values() if shown(item, audience)]


def shown(item: Item, audience: str) -> bool:
    return audience == "crew" or item.get("status", "approved") == "approved"


def view(item: Item, audience: str) -> Item:
    crew_only = ("status", "rule", "reason", "later", "moderation")
    return {k: v for k, v in item.items() if audience == "crew" or k not in crew_only}


class Site:
    """What a test holds: `url`, the wall, and ways to make things happen on it from the test's thread."""

    def __init__(self) -> None:
        self.wall = Wall()
        self.url = ""
        self.loop: asyncio.AbstractEventLoop | None = None
        self.desk = ScriptedDesk(self)
        self.kept: list[Item] = []
        """What the service would still find after it left the pages."""
        self.claims: list[str] = []

    def push(self, *items: Item, gone: tuple[str, ...] = ()) -> None:
        """Adds or replaces items, lets ids go, and sends one frame to everybody."""
        self._run(self._push(list(items), gone))

    def pulse(self) -> None:
        """Sends the pulse that otherwise comes every 15 s."""
        self._run(self._pulse())

    def drop(self, code: int = 1012) -> None:
        """Closes every socket."""
        self._run(self._drop(code))

    def _run(self, work: Any) -> None:
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(work, self.loop).result(5)

    async def _push(self, items: list[Item], gone: tuple[str, ...]) -> None:
        wall = self.wall
        before, wall.seq = wall.seq, wall.seq + 1
        for item in items:
            if item["kind"] == "post":
                wall.tip = max(wall.tip, item["no"])
            wall.items[item["id"]] = {**item, "seq": wall.seq}
        for name in gone:
            wall.items.pop(name, None)
        changed = [item["id"] for item in items] + list(gone)
        for socket, audience in list(wall.sockets.items()):
            said = [self._word(name, audience) for name in changed]
            frame = {"kind": "changes", "from": before, "seq": wall.seq, "tip": wall.tip}
            with suppress(WebSocketDisconnect):  # it has just left
                await socket.send_text(json.dumps({**frame, "items": said}))

    def _word(self, name: str, audience: str) -> Item:
        item = self.wall.items.get(name)
        if item is None or not shown(item, audience):
            return {"id": name, "seq": self.wall.seq, "gone": True}
        return view(item, audience)

    async def _pulse(self) -> None:
        for socket in list(self.wall.sockets):
            with suppress(WebSocketDisconnect):
                await socket.send_text(json.dumps(self._pulse_frame()))

    def _pulse_frame(self) -> Item:
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        return {"kind": "pulse", "seq": self.wall.seq, "viewers": self.wall.viewers, "now": now}

    async def _drop(self, code: int) -> None:
        for socket in list(self.wall.sockets):
            with suppress(WebSocketDisconnect):
                await socket.close(code)
        self.wall.sockets.clear()

    async def live(self, socket: WebSocket) -> None:
        await socket.accept()
        if self.wall.refuse_sockets:
            return await socket.close(*self.wall.refusal)
        audience = socket.query_params.get("audience", "public")
        if audience == "crew" and not self.wall.signed_in:
            return await socket.close(1008)
        frame = {"kind": "snapshot", "epoch": "e1", "seq": self.wall.seq, "tip": self.wall.tip}
        await socket.send_text(json.dumps({**frame, "items": self.wall.visible(audience)}))
        await socket.send_text(json.dumps(self._pulse_frame()))
        self.wall.sockets[socket] = audience
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            self.wall.sockets.pop(socket, None)

    async def change(self, *items: Item) -> None:
        """Replaces items, from within the site's own loop."""
        await self._push(list(items), ())

    def tell(self, frame: Item) -> None:
        """Sends a frame of the moment to the crew."""
        self._run(self._tell(frame))

    async def _tell(self, frame: Item) -> None:
        for socket, audience in list(self.wall.sockets.items()):
            if audience == "crew":
                with suppress(WebSocketDisconnect):
                    await socket.send_text(json.dumps(frame))

    async def session(self, request: Request) -> Response:
        if request.method == "POST":
            if (await request.json()).get("token") != TOKEN:
                hint = "Run `hallway sign-in` for a new one."
                return fail(403, "This sign-in link was used or is too old.", hint)
            self.wall.signed_in = True
            return Response(status_code=204)
        if request.method == "DELETE":
            self.wall.signed_in = False
            return Response(status_code=204)
        if not self.wall.signed_in:
            return fail(401, "You are not signed in.", "Run `hallway sign-in`.")
        return JSONResponse({"role": "moderator", "name": ME})

    async def walls(self, _: Request) -> Response:
        return JSONResponse([{"slug": "pyfest", "title": "PyFest 26", "hashtags": ["PyFest26"]}])

    async def source_health(self, _: Request) -> Response:
        return JSONResponse(self.wall.sources)


async def add_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    response.headers.update(HEADERS)
    response.headers["cache-control"] = "no-store"
    return response


def page(name: str) -> Any:
    async def endpoint(_: Request) -> Response:
        return FileResponse(STATIC / name)

    return endpoint


async def media(request: Request) -> Response:
    """A picture of one colour and the asked-for shape, as SVG: `/media/{width}x{height}-{hue}`."""
    size, _, hue = request.path_params["name"].partition("-")
    width, height = size.split("x")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<rect width="100%" height="100%" fill="hsl({hue} 55% 45%)"/>'
        f'<circle cx="50%" cy="45%" r="22%" fill="hsl({hue} 70% 75%)"/></svg>'
    )
    return Response(svg, media_type="image/svg+xml")


def application(site: Site) -> Starlette:
    base = "/api/v1/walls/{wall}"
    app = Starlette(
        routes=[
            Route("/live/{wall}", page("live.html")),
            Route("/desk/{wall}", page("desk.html")),
            Route("/wall/{wall}", page("wall.html")),
            Route("/sign-in", page("sign-in.html")),
            Route("/media/{name}", media),
            Route("/api/v1/session", site.session, methods=["GET", "POST", "DELETE"]),
            Route("/api/v1/walls", site.walls),
            Route(base + "/sources", site.source_health),
            *site.desk.routes(base),
            WebSocketRoute(base + "/live", site.live),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
    )
    app.add_middleware(BaseHTTPMiddleware, dispatch=add_headers)
    return app


@contextmanager
def running_site() -> Iterator[Site]:
    """The site on a free port of this machine, in a thread of its own."""
    site = Site()
    config = uvicorn.Config(application(site), port=0, log_level="warning", ws="websockets-sansio")
    server = uvicorn.Server(config)
    ready = threading.Event()

    async def serve() -> None:
        site.loop = asyncio.get_running_loop()
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        ready.set()
        await task

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    site.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield site
    finally:
        site.drop(1001)
        server.should_exit = True
        thread.join(10)
