"""The screens of a running service, and the crew that hangs them up: for tests over real sockets and in a real browser."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import orjson

from app.actions.accounts import new_id, token_hash
from app.clock import SystemClock
from app.domain.crew import LINK_MS, name_key
from app.domain.identity import item_id, to_ms
from app.storage.accounts import Account, Accounts, Invite
from app.storage.store import Store
from tests.e2e.service_process import WAIT_S, Page, ServiceProcess
from tests.factories import post

BASE = "/api/v1/walls/pyfest26"


@dataclass
class Venue:
    """A service, the moderator at its desk, and the screens that hang in its rooms."""

    running: ServiceProcess
    cookie: str
    desk: httpx.Client

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """The crew asks for something; the answer."""
        answer = self.desk.request(method, BASE + path, **({"json": body} if body else {}))
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def hang(self, name: str, room: str = "") -> dict[str, Any]:
        """A new screen, with the cookie of the browser that opened its link."""
        made: dict[str, Any] = self.ask("POST", "/screens", name=name, room=room)
        return made | {"cookie": self.enter(made["link"].partition("/screen#")[2])}

    def enter(self, token: str) -> str:
        """The cookie of a browser that opens a link."""
        with self.running.client() as browser:
            browser.post("/api/v1/session", json={"token": token}).raise_for_status()
            return f"hallway={browser.cookies['hallway']}"

    def page(self, screen: dict[str, Any], query: str = "", origin: str | None = None) -> Page:
        """The page of a screen."""
        address = self.running.live(query=f"?screen=1{query}")
        headers = {"cookie": screen["cookie"]}
        return Page(address, origin=origin or self.running.base, additional_headers=headers)

    def watch(self, cookie: str = "") -> Page:
        """A page of the desk."""
        address = self.running.live(query="?audience=crew")
        headers = {"cookie": cookie or self.cookie}
        return Page(address, origin=self.running.base, additional_headers=headers)

    def hide(self, number: int) -> int:
        """Hide a post; the seq of that."""
        seq: int = self.ask("POST", f"/posts/{item_id(post(number).key)}/hide")["seq"]
        return seq

    def moderator(self, name: str) -> tuple[str, httpx.Client]:
        """Somebody else of the crew: the cookie, and a browser that has it."""
        cookie = self.enter(asyncio.run(_invite(self.running, name)))
        headers = {"origin": self.running.base, "cookie": cookie}
        return cookie, httpx.Client(base_url=self.running.base, headers=headers, timeout=WAIT_S)


async def _invite(running: ServiceProcess, name: str) -> str:
    store, now_ms = Store(f"sqlite:///{running.folder / 'data/hallway.sqlite3'}"), _now_ms()
    token, account = secrets.token_urlsafe(32), new_id()
    try:
        async with store.write() as tx:
            whose = Account(account, name, name_key(name), None, "moderator", now_ms)
            await Accounts(tx).add(whose)
            link = Invite(new_id(), "moderator", name, "", now_ms + LINK_MS, account_id=account)
            await Accounts(tx).add_invite(token_hash(token), link)
    finally:
        await store.close()
    return token


def _now_ms() -> int:
    return to_ms(SystemClock().now())


@contextmanager
def venue_of(running: ServiceProcess, posts: int) -> Iterator[Venue]:
    """A venue once so many posts are on its wall."""
    with Page(running.live()) as page:
        while len(page.posts()) < posts:
            page.take()
    cookie = running.sign_in()
    headers = {"origin": running.base, "cookie": cookie}
    with httpx.Client(base_url=running.base, headers=headers, timeout=WAIT_S) as desk:
        yield Venue(running, cookie, desk)


def told(page: Page, kind: str, so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The next frame of a kind of which this is so."""
    while True:
        frame = page.next()
        if frame["kind"] == kind and so(frame):
            return frame


def paint(page: Page, seq: int | None = None) -> None:
    """Report that the page has painted a change, or all it was given."""
    said = {"kind": "seen", "seq": page.view.seq if seq is None else seq, "painted_ms": 33}
    page.socket.send(orjson.dumps(said | {"up_s": 60}).decode())


def paint_up_to(page: Page, seq: int) -> None:
    while page.view.seq < seq:
        page.take()
    paint(page)
