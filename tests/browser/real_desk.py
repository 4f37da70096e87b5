"""The real service in a thread of the test's own process, with walls, posts and moderators made as a test asks for them."""

import asyncio
import itertools
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from playwright.sync_api import BrowserContext

from app.actions import log, screens, walls
from app.actions.accounts import NO_BROWSER, new_id, open_session
from app.actions.arrivals import arrive
from app.actions.people import set_standing
from app.domain.arrival import Batch, Posted
from app.domain.crew import name_key
from app.domain.desk import Mode
from app.domain.post import Author, Post, RichText, Span
from app.domain.rules import Rule
from app.domain.wall import Wall
from app.service import Service
from app.settings import load
from app.storage.accounts import Account, Accounts, Invite
from app.web.app import create_app

T = TypeVar("T")
PEOPLE = ("Ada", "Bo", "Kwame", "Ingrid", "Zoë", "Tomás", "Mei", "Priya")


def person(name: str, server: str = "fedi.example") -> Author:
    """Somebody whose account is some years old."""
    account = name.lower()
    return Author(
        key=f"https://{server}/users/{account}",
        network="mastodon",
        handle=f"{account}@{server}",
        name=RichText(text=name),
        url=f"https://{server}/@{account}",
        created_at=datetime(2022, 3, 1, tzinfo=UTC),
        followers=120,
        posts=2310,
    )


class House:
    """A running service: `url`, and what a test does behind the pages' backs."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        self.service, self.loop, self.url = service, loop, ""
        self._numbers = itertools.count(1)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs something in the service's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def wall(
        self, mode: Mode = "hybrid", rules: tuple[Rule, ...] = (), alarm: int | None = None
    ) -> str:
        """A new wall; its slug."""
        slug = f"w{next(self._numbers)}"
        made = Wall(slug=slug, title="PyFest 26", hashtags=("pyfest26",), mode=mode, alarm=alarm)
        self.do(walls.set_up(self.service.context, made, join_url=self.url, rules=rules))
        return slug

    def post(self, wall: str, *texts: str, by: Author | None = None) -> list[str]:
        """Posts arrive, each by somebody new unless told; their addresses."""
        arrivals = []
        now = datetime.now(UTC)
        for text in texts:
            number = next(self._numbers)
            author = by or person(f"{PEOPLE[number % len(PEOPLE)]}{number}")
            body = RichText(text=text, spans=_tags(text))
            made = Post(
                key=f"https://fedi.example/statuses/{number}",
                network="mastodon",
                url=f"https://fedi.example/@x/{number}",
                author=author,
                body=body,
                hashtags=("pyfest26",),
                created_at=now + timedelta(milliseconds=number),
            )
            arrivals.append(
                Posted(
                    server="fedi.example",
                    seen_at=now,
                    post=made,
                    local_id=str(number),
                    origin=True,
                )
            )
        self.do(arrive(self.service.context, wall, "test", Batch(arrivals)))
        return [arrival.post.key for arrival in arrivals]

    def know(self, wall: str, handle: str) -> None:
        """Lists somebody who has posted: their posts go straight on."""
        self.do(set_standing(self.service.context, wall, handle, "listed"))

    def sign_in(self, browser: BrowserContext, name: str) -> None:
        """Makes a moderator and signs this browser in."""
        self._cookie(browser, self.do(self._moderator(name)))

    async def _moderator(self, name: str) -> str:
        context = self.service.context
        async with context.store.write() as tx:
            fresh = Account(new_id(), name, name_key(name), None, "moderator", context.now_ms())
            await Accounts(tx).add(fresh)
            account = await Accounts(tx).named(fresh.name_key) or fresh
            entry = Invite("", account.role, account.name, "", 0, account_id=account.id)
            return (await open_session(context, tx, entry, NO_BROWSER)).token

    def screen(self, browser: BrowserContext, wall: str, name: str) -> None:
        """Hangs up a screen, and makes this browser it."""
        self._cookie(browser, self.do(self._screen(wall, name)))

    async def _screen(self, wall: str, name: str) -> str:
        context = self.service.context
        made, _ = await screens.add(context, wall, name, "", actor=log.HALLWAY)
        async with context.store.write() as tx:
            entry = Invite("", "screen", name, "", 0, screen_id=made.id)
            token = (await open_session(context, tx, entry, NO_BROWSER)).token
        await self.service.screens.look()
        return token

    def _cookie(self, browser: BrowserContext, token: str) -> None:
        browser.add_cookies([{"name": "hallway", "value": token, "url": self.url}])


def _tags(text: str) -> tuple[Span, ...]:
    at = text.find("#pyfest26")
    if at < 0:
        return ()
    href = "https://fedi.example/tags/pyfest26"
    return (Span(start=at, end=at + 9, kind="hashtag", href=href),)


@contextmanager
def real_house(folder: Path) -> Iterator[House]:
    """The service on a free port of this machine, with an empty database."""
    ready, made = threading.Event(), []

    async def live() -> None:
        settings = {"database": str(folder / "h.sqlite3"), "media_folder": folder / "kept"}
        service = Service(load(None, settings))
        await service.open()
        config = uvicorn.Config(
            create_app(service), port=0, log_level="warning", ws="websockets-sansio"
        )
        server = uvicorn.Server(config)
        house = House(service, asyncio.get_running_loop())
        made.append((house, server))
        running = [asyncio.create_task(service.run()), asyncio.create_task(server.serve())]
        while not server.started:
            await asyncio.sleep(0.01)
        house.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        ready.set()
        await running[1]
        running[0].cancel()
        with suppress(asyncio.CancelledError):
            await running[0]
        await service.close()

    thread = threading.Thread(target=asyncio.run, args=(live(),), daemon=True)
    thread.start()
    assert ready.wait(20)
    house, server = made[0]
    try:
        yield house
    finally:
        server.should_exit = True
        thread.join(10)
