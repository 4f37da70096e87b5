"""Screens over real sockets: who is one, what it is told, and the proof that a hidden post is gone from all of them."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx2 as httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.domain.identity import item_id
from tests.e2e.service_process import Page, service
from tests.e2e.venue import BASE, Venue, paint, paint_up_to, told, venue_of
from tests.factories import post, posted
from tests.wire_client import eventually, metric

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

POSTS = 8
MOST = 3
"""Viewers that fit into this house; screens have their place anyway."""


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """A service with a few posts, in a small house."""
    folder = tmp_path_factory.mktemp("screens") / "service"
    arrivals = [posted(number) for number in range(1, POSTS + 1)]
    env = {"HALLWAY_MAX_VIEWERS": str(MOST)}
    with service(folder, arrivals, env=env) as running, venue_of(running, POSTS) as made:
        yield made


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
    fakes: tuple[tuple[str, Callable[[], Page]], ...] = (
        ("plain", lambda: venue.page({"cookie": "hallway=made-up"})),
        ("lean", lambda: venue.page({"cookie": ""})),
        ("plain", lambda: venue.page(hall, origin="https://evil.example")),
        ("plain", lambda: venue.page({"cookie": venue.cookie})),
        ("lean", lambda: Page(venue.running.live(), additional_headers={"cookie": hall["cookie"]})),
    )
    for kind, open_fake in fakes:
        with open_fake() as fake:
            here = partial(metric, venue.running.port, "hallway_viewers", audience="public")
            assert eventually(lambda here=here, kind=kind: here(kind=kind) == here() == 1)  # type: ignore[misc]
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
    me = venue.desk.get("/api/v1/session").json()["name"]
    cookie, tom = venue.moderator("Tom")
    one, other = (f"{BASE}/posts/{item_id(post(n).key)}" for n in (7, 8))
    with tom, venue.watch() as desk, venue.watch(cookie):
        assert told(desk, "desk", lambda f: len(f["here"]) == 2)["here"] == [me, "Tom"]
        until = tom.post(one + "/claim").json()["until"]
        frame = told(desk, "desk", lambda f: bool(f["claims"]))
        claim = {"post": item_id(post(7).key), "by": "Tom", "until": until}
        assert frame["claims"] == [claim]
        refused = venue.desk.post(one + "/claim")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert refused.json()["message"] == "Tom is on this post."
        assert venue.desk.post(other + "/claim").status_code == 200
        assert tom.delete(one + "/claim").status_code == 204
        assert venue.desk.post(one + "/claim").status_code == 200
        venue.hide(7)  # a claim holds up no decision, neither one's own nor another's
    missing = venue.desk.post("/api/v1/walls/another/posts/p1/claim")
    assert missing.status_code == 404
