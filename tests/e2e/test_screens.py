"""Screens over real sockets: who is one, what it is told, and the proof that a hidden post is gone from all of them."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.actions.accounts import new_id, token_hash
from app.clock import SystemClock
from app.domain.crew import LINK_MS, name_key
from app.domain.identity import item_id, to_ms
from app.storage.accounts import Account, Accounts, Invite
from app.storage.store import Store
from tests.e2e.service_process import WAIT_S, Page, ServiceProcess, service
from tests.factories import post, posted

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

POSTS = 8
MOST = 3
"""Viewers that fit into this house; screens have their place anyway."""
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


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """A service with a few posts, in a small house."""
    folder = tmp_path_factory.mktemp("screens") / "service"
    arrivals = [posted(number) for number in range(1, POSTS + 1)]
    with service(folder, arrivals, env={"HALLWAY_MAX_VIEWERS": str(MOST)}) as running:
        with Page(running.live()) as page:
            while len(page.posts()) < POSTS:
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


def proof_of(desk: Page, seq: int, by: int) -> dict[str, Any]:
    """The proof of a change once so many have confirmed."""

    def there(frame: dict[str, Any]) -> bool:
        return any((p["seq"], p["by"]) == (seq, by) for p in frame["proofs"])

    frame = told(desk, "desk", there)
    proof: dict[str, Any] = next(p for p in frame["proofs"] if p["seq"] == seq)
    return proof


def test_a_hide_is_proven_by_every_screen_and_the_silent_and_the_lost_are_named(
    venue: Venue,
) -> None:
    four = [venue.hang(name) for name in ("Hall A", "Hall B", "Foyer", "Bar")]
    with contextlib.ExitStack() as open_, venue.watch() as desk:
        hall_a, hall_b, foyer = [open_.enter_context(venue.page(one)) for one in four[:3]]
        with venue.page(four[3]) as bar:
            bar.take()
            paint(bar)
        before = bar.view
        gone = told(desk, "desk", lambda f: any(s["lost_at"] for s in f["screens"]))
        assert [s["name"] for s in gone["screens"] if not s["online"]] == ["Bar"]

        seq = venue.hide(1)
        assert proof_of(desk, seq, 0)["missing"] == ["Bar", "Foyer", "Hall A", "Hall B"]
        for page in (hall_a, hall_b):
            paint_up_to(page, seq)
        foyer.take()
        paint(foyer, seq - 1)
        assert proof_of(desk, seq, 2)["missing"] == ["Bar", "Foyer"]
        paint_up_to(foyer, seq)
        waiting = proof_of(desk, seq, 3)
        assert (waiting["missing"], waiting["ms"] >= 0) == (["Bar"], True)

        back = open_.enter_context(
            venue.page(four[3], query=f"&epoch={before.epoch}&seq={before.seq}")
        )
        back.view = before
        assert back.take()["kind"] == "changes"
        paint(back)
        whole = proof_of(desk, seq, 4)
        assert (whole["of"], whole["missing"]) == (4, [])
        assert whole["ms"] >= waiting["ms"]
        now = {s["name"]: s for s in desk.asides[-1]["screens"]}
        assert all(s["online"] and s["seen"] >= seq for s in now.values())
        assert (now["Bar"]["painted_ms"], now["Bar"]["up_s"]) == (33, 60)
    for one in four:
        venue.ask("DELETE", f"/screens/{one['id']}")


def test_only_a_browser_that_opened_the_link_is_a_screen_and_only_on_our_own_page(
    venue: Venue,
) -> None:
    hall = venue.hang("Hall C")
    fakes: tuple[Callable[[], Page], ...] = (
        lambda: venue.page({"cookie": "hallway=made-up"}),
        lambda: venue.page({"cookie": ""}),
        lambda: venue.page(hall, origin="https://evil.example"),
        lambda: venue.page({"cookie": venue.cookie}),
        lambda: Page(venue.running.live(), additional_headers={"cookie": hall["cookie"]}),
    )
    for open_fake in fakes:
        with open_fake() as fake:
            paint(fake)
            assert [fake.next()["kind"] for _ in range(2)] == ["snapshot", "pulse"]
            venue.ask("POST", f"/screens/{hall['id']}/identify")
            assert venue.ask("GET", "/screens")[-1]["seen"] is None
            assert not fake.asides
    with venue.page(hall) as page:
        assert told(page, "screen", bool)["name"] == "Hall C"
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        venue.enter(hall["link"].partition("#")[2])
    venue.ask("DELETE", f"/screens/{hall['id']}")


def test_what_the_crew_asks_of_a_screen_reaches_it_at_once(venue: Venue) -> None:
    hall = venue.hang("Hall D", room="Main")
    path = f"/screens/{hall['id']}"
    with venue.page(hall) as page:
        assert told(page, "screen", bool)["room"] == "Main"
        venue.ask("PATCH", path, state={"calm": "on", "columns": 3})
        frame = told(page, "screen", bool)
        assert frame["state"] == {
            "theme": "dark", "scale": 1.0, "dark": False, "calm": "on", "columns": 3,
        }  # fmt: skip
        venue.ask("POST", path + "/identify")
        assert told(page, "screen", bool)["identify_until"] is not None
        venue.ask("POST", path + "/reload")
        assert told(page, "screen", bool)["reload"] == 1
        wrong = venue.desk.patch(BASE + path, json={"state": {"scale": 9}})
        assert wrong.status_code == 422
    venue.ask("DELETE", path)


def test_a_screen_that_is_taken_down_goes_on_as_a_viewer(venue: Venue) -> None:
    hall = venue.hang("Hall E")
    with venue.page(hall) as page:
        told(page, "screen", bool)
        venue.ask("DELETE", f"/screens/{hall['id']}")
        with contextlib.suppress(ConnectionClosed):
            while True:
                page.next()
        assert page.socket.close_code == 1012
    with venue.page(hall) as again:
        assert [again.next()["kind"] for _ in range(2)] == ["snapshot", "pulse"]
        assert not again.asides


def test_a_screen_has_its_place_in_a_full_house(venue: Venue) -> None:
    hall = venue.hang("Hall F")
    with contextlib.ExitStack() as open_:
        with contextlib.suppress(InvalidStatus):
            for _ in range(MOST):  # one of the test before may still be leaving
                open_.enter_context(Page(venue.running.live()))
        with pytest.raises(InvalidStatus):
            Page(venue.running.live())
        screen = open_.enter_context(venue.page(hall))
        assert told(screen, "screen", bool)["name"] == "Hall F"
    venue.ask("DELETE", f"/screens/{hall['id']}")


def test_two_moderators_see_each_other_and_do_not_claim_the_same_post(venue: Venue) -> None:
    cookie, mira = venue.moderator("Mira")
    one, other = (f"{BASE}/posts/{item_id(post(n).key)}" for n in (7, 8))
    with mira, venue.watch() as desk, venue.watch(cookie):
        assert told(desk, "desk", lambda f: len(f["here"]) == 2)["here"] == ["Mira", "Operator"]
        until = mira.post(one + "/claim").json()["until"]
        frame = told(desk, "desk", lambda f: bool(f["claims"]))
        claim = {"post": item_id(post(7).key), "by": "Mira", "until": until}
        assert frame["claims"] == [claim]
        refused = venue.desk.post(one + "/claim")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert refused.json()["message"] == "Mira is on this post."
        assert venue.desk.post(other + "/claim").status_code == 200
        assert mira.delete(one + "/claim").status_code == 204
        assert venue.desk.post(one + "/claim").status_code == 200
        venue.hide(7)  # a claim holds up no decision, neither one's own nor another's
    missing = venue.desk.post("/api/v1/walls/another/posts/p1/claim")
    assert missing.status_code == 404
