"""The application around a service with one post for everybody and one that waits, and a browser for each role."""

import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx2 as httpx
from PIL import Image

from app.actions import screens
from app.actions.accounts import (
    NO_BROWSER,
    enter_by_link,
    entrance,
    make_sign_in,
    new_id,
    open_session,
)
from app.actions.arrivals import arrive
from app.actions.log import COMMAND_LINE
from app.domain.arrival import Batch
from app.domain.crew import name_key
from app.domain.identity import item_id
from app.domain.post import Media
from app.service import Service
from app.settings import load
from app.storage.accounts import Account, Accounts
from app.web.app import create_app
from tests.factories import post, posted
from tests.fakes import FakeClock

SLUG = "pyfest26"
EVIL = "https://evil.example"
SHOWN, HELD = Media(kind="image", url="asset:cake.png"), Media(kind="image", url="asset:tea.png")
POST, WAITING = item_id(post(1).key), item_id(post(2).key)
Cookies = dict[str, str]


class Site:
    """The application around a service with one post for everybody and one that waits."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.app = create_app(service)

    def client(self, origin: str = "", cookies: dict[str, str] | None = None) -> httpx.AsyncClient:
        base = self.service.settings.base_url()
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=cast(Any, self.app), raise_app_exceptions=False),
            base_url=base,
            headers={"origin": origin or base},
            cookies=cookies,
        )

    async def owner(self) -> Cookies:
        """The cookies of the operator, who has just signed in."""
        token = await make_sign_in(self.service.context)
        return self._cookies((await enter_by_link(self.service.context, token)).token)

    async def moderator(self) -> Cookies:
        """The cookies of a new moderator."""
        context, name = self.service.context, f"Tom {secrets.token_hex(4)}"
        account = Account(new_id(), name, name_key(name), None, "moderator", context.now_ms())
        async with self.service.store.write() as tx:
            await Accounts(tx).add(account)
            entry = await open_session(context, tx, entrance(account), NO_BROWSER)
        return self._cookies(entry.token)

    async def screen(self) -> Cookies:
        """The cookies of a browser at the venue that has just become a screen."""
        context, name = self.service.context, f"Hall {secrets.token_hex(4)}"
        _, token = await screens.add(context, SLUG, name, "", actor=COMMAND_LINE)
        return self._cookies((await enter_by_link(context, token)).token)

    def _cookies(self, token: str) -> Cookies:
        secure = self.service.settings.base_url().startswith("https://")
        return {"__Host-hallway" if secure else "hallway": token}


@asynccontextmanager
async def site_in(folder: Path, **flags: Any) -> AsyncIterator[Site]:
    (folder / "media").mkdir()
    for name in ("cake.png", "tea.png"):
        Image.new("RGB", (40, 30), "teal").save(folder / "media" / name)
    (folder / "day.jsonl").write_text(
        '{"hallway": "replay", "version": 1, "title": "PyFest", "started_at": "2026-11-21T09:00:00Z"}\n'
    )
    source = {"kind": "replay", "file": folder / "day.jsonl"}
    wall = {"slug": "pyfest26", "hashtags": ["pyfest26"], "mode": "open", "source": [source]}
    database = {"database": str(folder / "h.sqlite3"), "media_folder": folder / "kept"}
    service = Service(load(None, {**database, "wall": [wall], **flags}), clock=FakeClock())
    await service.open()
    try:
        said = [posted(post(1, media=(SHOWN,))), posted(post(2, sensitive=True, media=(HELD,)))]
        await arrive(service.context, "pyfest26", "test", Batch(said))
        yield Site(service)
    finally:
        await service.close()


def routes_of(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """(method, path) of every route; sockets and mounts have no method."""
    for route in routes:
        if router := getattr(route, "original_router", None):
            yield from routes_of(router.routes)
            continue
        for method in (getattr(route, "methods", None) or {""}) - {"HEAD"}:
            yield method, route.path


def whole_app(app: Any) -> Any:
    """What stands behind the middleware: the application that knows the routes."""
    while hasattr(app, "_app"):
        app = app._app
    return app
