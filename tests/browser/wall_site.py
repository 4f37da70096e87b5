"""A small site of its own for the wall page: the static files under the real policy, and scripted frames."""

import asyncio
import contextlib
import hashlib
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import segno
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

STATIC = Path(__file__).parents[2] / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
Item = dict[str, Any]


def wall_item(slug: str = "pyfest", tag: str = "PyFest26") -> Item:
    """The item of kind wall."""
    return {
        "id": "w1", "kind": "wall", "slug": slug, "title": "PyFest 2026", "hashtags": [tag],
        "join_url": "https://pyfest.example/live", "place": "Hall A",
    }  # fmt: skip


def post_item(no: int, text: str, name: str = "Ada", **more: Any) -> Item:
    """An item of kind post, whole; `more` replaces fields."""
    handle = more.pop("handle", f"{name.split(maxsplit=1)[0].lower()}{no}@fedi.example")
    tags = re.findall(r"#\w+", text)
    item: Item = {
        "id": f"p{no}", "kind": "post", "no": no, "network": "mastodon",
        "url": f"https://fedi.example/@a/{no}",
        "author": {"handle": handle, "name": {"text": name, "spans": []},
                   "url": "https://fedi.example/@a", "avatar": None, "bot": False},
        "text": text, "spans": [_tag_span(text, tag) for tag in dict.fromkeys(tags)],
        "hashtags": [], "created_at": "2026-11-21T09:30:00Z", "edited_at": None,
        "language": None, "warning": "", "sensitive": False, "media": [], "card": None,
        "poll": None, "quote": None, "is_reply": False,
        "counts": {"reposts": 0, "likes": 0, "replies": 0, "quotes": 0},
        "passed_on": {"count": 0, "by": []}, "pinned": False,
    }  # fmt: skip
    return item | more


def _tag_span(text: str, tag: str) -> Item:
    start = text.index(tag)
    href = f"https://fedi.example/tags/{tag[1:]}"
    return {"start": start, "end": start + len(tag), "kind": "hashtag", "href": href}


def notice_item(name: str, style: str, **more: Any) -> Item:
    """An item of kind notice; `more` replaces fields."""
    return {
        "id": name, "kind": "notice", "style": style, "title": "", "text": "", "image": None,
        "starts_at": None, "ends_at": None,
    } | more  # fmt: skip


def session_item(title: str, room: str, minutes: tuple[int, int], speaker: str = "Amara") -> Item:
    """A session that starts and ends so many minutes from now."""
    start, end = (datetime.now(UTC) + timedelta(minutes=each) for each in minutes)
    return {
        "id": f"s {title}", "kind": "session", "title": title, "room": room,
        "speakers": [speaker], "starts_at": start.isoformat(), "ends_at": end.isoformat(),
    }  # fmt: skip


def picture(width: int, height: int, alt: str = "A picture") -> Item:
    """A medium whose still the site paints in the size asked for."""
    return {
        "kind": "image", "src": f"/media/{width}x{height}", "alt": alt,
        "width": width, "height": height, "focus": None, "blurhash": None,
    }  # fmt: skip


@dataclass
class WallSite:
    """State of the scripted wall. `push`, `take_away` and `cut` may be called from any thread."""

    items: dict[str, Item] = field(default_factory=lambda: {"w1": wall_item() | {"seq": 1}})
    seq: int = 1
    tip: int = 0
    base_url: str = ""
    full: bool = False
    links: set[str] = field(default_factory=lambda: {"good-link"})
    who: Item | None = None
    away: bool = False
    seen: list[Item] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    open: set[WebSocket] = field(default_factory=set)
    loop: asyncio.AbstractEventLoop | None = None

    def push(self, *items: Item) -> int:
        """Items arrive or change, in one frame. Returns the new seq."""
        self._write({item["id"]: item for item in items})
        return self.seq

    def take_away(self, *ids: str) -> int:
        """Items leave, in one frame."""
        self._write({each: {"id": each, "gone": True} for each in ids})
        return self.seq

    def set_wall(self, **changes: Any) -> int:
        """The wall's own item changes."""
        return self.push(self.items["w1"] | changes)

    def say(self, frame: Item) -> None:
        """A frame that is no part of the wall's state, to everybody."""
        for socket in list(self.open):
            self._run(socket.send_json(frame))

    def cut(self, code: int = 1012) -> None:
        """Closes every connection."""
        for socket in list(self.open):
            self._run(socket.close(code))

    def _write(self, changed: dict[str, Item]) -> None:
        before, self.seq = self.seq, self.seq + 1
        self.tip = max([self.tip, *(item.get("no", 0) for item in changed.values())])
        stamped = [item | {"seq": self.seq} for item in changed.values()]
        self.items |= {item["id"]: item for item in stamped}
        frame = {"kind": "changes", "from": before, "seq": self.seq, "tip": self.tip,
                 "items": stamped}  # fmt: skip
        for socket in list(self.open):
            self._run(socket.send_json(frame))

    def _run(self, coroutine: Any) -> None:
        if self.loop is None:
            coroutine.close()
            return
        with contextlib.suppress(WebSocketDisconnect):  # it has just left
            asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(5)

    def first_frame(self, query: dict[str, str]) -> Item | None:
        """What a client that stands at `query` gets first."""
        if query.get("epoch") == "e1":
            since = int(query["seq"])
            items = [item for item in self.items.values() if item["seq"] > since]
            frame = {"kind": "changes", "from": since, "seq": self.seq, "items": items}
            return frame | {"tip": self.tip} if items else None
        items = [item for item in self.items.values() if not item.get("gone")]
        return {"kind": "snapshot", "epoch": "e1", "seq": self.seq, "tip": self.tip, "items": items}

    async def session(self, request: Request) -> Response:
        """Who a browser is, and the link that makes it a screen, once."""
        if self.away:
            return Response(status_code=503)
        if request.method == "POST":
            token = (await request.json())["token"]
            if token not in self.links:
                return JSONResponse({"code": "no", "message": "No.", "hint": ""}, 403)
            self.links.remove(token)
            self.who = {
                "role": "screen",
                "name": "Hall A",
                "screen": {"id": "s1", "wall": "pyfest"},
            }
            return Response(status_code=204)
        return JSONResponse(self.who) if self.who else JSONResponse({"code": "no"}, 401)

    async def live(self, socket: WebSocket) -> None:
        """The WebSocket."""
        await socket.accept()
        self.queries.append(dict(socket.query_params))
        if socket.path_params["slug"] != self.items["w1"]["slug"]:
            await socket.close(4404)
            return
        if self.full:
            await socket.close(1013, "retry=2")
            return
        if frame := self.first_frame(dict(socket.query_params)):
            await socket.send_json(frame)
        self.open.add(socket)
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                self.seen.append(await socket.receive_json())
        self.open.discard(socket)


def _page(request: Request) -> Response:
    name = "wall.html" if "slug" in request.path_params else "screen.html"
    return FileResponse(STATIC / name, headers={"content-security-policy": POLICY})


def _code(request: Request) -> Response:
    out = io.BytesIO()
    segno.make("https://pyfest.example/live", error="m").save(
        out, kind="svg", border=0, xmldecl=False
    )
    return Response(out.getvalue(), media_type="image/svg+xml")


def _media(request: Request) -> Response:
    name = request.path_params["name"]
    width, height = (int(number) for number in name.split("x"))
    seed = hashlib.sha256(name.encode()).digest()
    image = Image.linear_gradient("L").resize((max(1, width // 4), max(1, height // 4)))
    low, high = tuple(seed[:3]), tuple(255 - byte // 2 for byte in seed[3:6])
    bands = [image.point([a + (b - a) * i // 255 for i in range(256)])
             for a, b in zip(low, high, strict=True)]  # fmt: skip
    out = io.BytesIO()
    Image.merge("RGB", bands).save(out, "PNG")
    return Response(out.getvalue(), media_type="image/png")


class _NoStore:
    """Static files that a browser asks for anew each time."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def stamped(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        await self.app(scope, receive, stamped)


def build(site: WallSite) -> Starlette:
    """The application around a scripted wall."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        site.loop = asyncio.get_running_loop()
        yield

    return Starlette(
        routes=[
            Route("/wall/{slug}", _page),
            Route("/screen", _page),
            Route("/api/v1/session", site.session, methods=["GET", "POST"]),
            Route("/api/v1/walls/{slug}/join.svg", _code),
            Route("/media/{name}", _media),
            WebSocketRoute("/api/v1/walls/{slug}/live", site.live),
            Mount("/static", _NoStore(StaticFiles(directory=STATIC))),
        ],
        lifespan=lifespan,
    )


@contextlib.contextmanager
def serve(site: WallSite, port: int = 0) -> Iterator[WallSite]:
    """Runs the site on a free port of this machine in a thread of its own."""
    config = uvicorn.Config(build(site), host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    sock = config.bind_socket()
    sock.listen()  # the browser may come before the thread has begun
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    site.base_url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    thread.start()
    try:
        yield site
    finally:
        server.should_exit = True
        thread.join(10)
