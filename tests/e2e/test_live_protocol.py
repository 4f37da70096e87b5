"""docs/protocol.md over real sockets: a real `hallway serve` process and the real `websockets` client."""

import asyncio
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.actions.arrivals import arrive
from app.domain.arrival import Batch
from app.domain.identity import item_id
from app.storage.store import Store
from tests.e2e.service_process import WAIT_S, Page, ServiceProcess, close_code, service
from tests.factories import author, post, posted, reposted
from tests.fakes import FakeClock, House

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

ONE, TWO, HELD = "Post 1 #pyfest26", "Post 2 #pyfest26", "secret words #pyfest26"
HELD_POST = post(3, HELD, sensitive=True, author=author("zoe"))
ARRIVALS = [posted(1), posted(2), posted(HELD_POST), reposted(1, "bo")]


def id_of(number: int) -> str:
    return item_id(post(number).key)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service with two posts for everybody and one that waits for a moderator."""
    with service(tmp_path_factory.mktemp("live") / "service", ARRIVALS) as started:
        with Page(started.live()) as page:
            page.until(ONE, TWO)
        yield started


@pytest.fixture(scope="module")
def cookie(running: ServiceProcess) -> str:
    return running.sign_in()


def crew_page(running: ServiceProcess, cookie: str, query: str = "") -> Page:
    headers = {"cookie": cookie}
    address = running.live(query=f"?audience=crew{query}")
    return Page(address, origin=running.base, additional_headers=headers)


def decide(running: ServiceProcess, cookie: str, number: int, decision: str) -> dict[str, Any]:
    with running.client() as client:
        url = f"/api/v1/walls/pyfest26/posts/{id_of(number)}/{decision}"
        answer = client.post(url, headers={"cookie": cookie})
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told


# what a page is given


def test_the_first_frame_is_a_snapshot_of_everything(running: ServiceProcess) -> None:
    with Page(running.live()) as page:
        frame = page.take()
    assert frame["kind"] == "snapshot"
    assert (set(page.posts()), frame["tip"]) == ({ONE, TWO}, 2)
    assert [i["title"] for i in frame["items"] if i["kind"] == "wall"] == ["PyFest 26"]
    assert page.posts()[ONE]["passed_on"]["by"][0]["handle"] == "bo@fedi.example"


def test_a_pulse_with_the_tip_follows_the_first_frame_at_once(running: ServiceProcess) -> None:
    with Page(running.live()) as page:
        first = page.take()
        pulse = orjson.loads(page.socket.recv(WAIT_S))
    assert (pulse["kind"], pulse["seq"]) == ("pulse", first["seq"])
    assert pulse["viewers"] >= 1


def test_every_change_chains_to_the_one_before(running: ServiceProcess, cookie: str) -> None:
    with Page(running.live()) as page:
        page.take()
        for decision in ("pin", "unpin", "pin", "unpin"):
            told = decide(running, cookie, 1, decision)
            frame = page.take()
            assert (frame["kind"], frame["seq"]) == ("changes", told["seq"])
            assert page.posts()[ONE]["pinned"] is (decision == "pin")


def test_a_page_at_the_tip_gets_no_frame_until_something_changes(
    running: ServiceProcess, cookie: str
) -> None:
    with Page(running.live()) as first:
        first.take()
    view = first.view
    with Page(running.live(query=f"?epoch={view.epoch}&seq={view.seq}")) as page:
        page.view = view
        told = decide(running, cookie, 1, "pin")
        assert page.take()["seq"] == told["seq"]
    decide(running, cookie, 1, "unpin")


def test_a_page_one_behind_or_far_behind_gets_what_it_missed(
    running: ServiceProcess, cookie: str
) -> None:
    with Page(running.live()) as old:
        old.take()
    decide(running, cookie, 2, "pin")
    with Page(running.live()) as newer:
        newer.take()
    decide(running, cookie, 2, "unpin")
    for before in (newer, old):
        at = f"?epoch={before.view.epoch}&seq={before.view.seq}"
        with Page(running.live(query=at)) as page:
            page.view = before.view
            assert page.take()["kind"] == "changes"
            assert [i["id"] for i in page.frames[0]["items"]] == [id_of(2)]


@pytest.mark.parametrize(
    "query",
    [
        "?epoch={epoch}&seq=999999",
        "?epoch=another&seq={seq}",
        "?seq={seq}",
        "?epoch={epoch}",
        "?epoch={epoch}&seq=-1",
        "?epoch={epoch}&seq=1e9",
        "?epoch={epoch}&seq=%D9%A3",
        "?epoch={epoch}&seq=%00",
        "?epoch={epoch}&seq=" + "9" * 40,
        "?epoch=&seq=",
        "?audience=everybody",
    ],
)
def test_a_page_that_stands_nowhere_gets_a_snapshot(running: ServiceProcess, query: str) -> None:
    with Page(running.live()) as level:
        level.take()
    here = query.format(epoch=level.view.epoch, seq=level.view.seq)
    with Page(running.live(query=here)) as page:
        assert page.take()["kind"] == "snapshot"
        assert page.view == level.view


def test_what_another_process_wrote_reaches_the_page_too(running: ServiceProcess) -> None:
    """Pokes are lost between processes: the hub looks every few seconds."""

    async def write() -> None:
        store = Store(f"sqlite:///{running.folder / 'data/hallway.sqlite3'}")
        try:
            house = House(store, FakeClock())
            late = posted(post(7, "Late #pyfest26"))
            await arrive(house.context, "pyfest26", "test", Batch([late]))
        finally:
            await store.close()

    with Page(running.live()) as page:
        page.take()
        asyncio.run(write())
        page.until(ONE, TWO, "Late #pyfest26")


# what the crew sees, and the public does not


def test_a_hidden_post_leaves_every_screen_and_comes_back_with_its_number(
    running: ServiceProcess, cookie: str
) -> None:
    with Page(running.live()) as page, crew_page(running, cookie) as desk:
        page.take()
        desk.take()
        number = page.posts()[TWO]["no"]
        told = decide(running, cookie, 2, "hide")
        assert page.take()["items"] == [{"id": id_of(2), "seq": told["seq"], "gone": True}]
        desk.take()
        assert desk.posts()[TWO]["status"] == "hidden"
        assert not decide(running, cookie, 2, "hide")["changed"]
        decide(running, cookie, 2, "show")
        page.take()
        desk.take()
        assert page.posts()[TWO]["no"] == number
        assert desk.posts()[TWO]["status"] == "approved"


def test_a_post_that_waits_does_not_exist_for_the_public(
    running: ServiceProcess, cookie: str
) -> None:
    with Page(running.live()) as page, crew_page(running, cookie) as desk:
        desk.take()
        page.take()
        held = desk.posts()[HELD]
        assert (held["status"], bool(held["rule"])) == ("pending", True)
        decide(running, cookie, 3, "pin")
        decide(running, cookie, 3, "hide")
        desk.take()
        desk.take()
        decide(running, cookie, 3, "unpin")
        decide(running, cookie, 1, "pin")
        decide(running, cookie, 1, "unpin")
        page.take()
        page.take()
        said = str(page.frames)
    with Page(running.live(query=f"?epoch={page.view.epoch}&seq=0")) as again:
        again.view.epoch, again.view.seq = page.view.epoch, 0
        again.take()
        said += str(again.frames)
    for secret in (id_of(3), HELD, "zoe"):
        assert secret not in said
    assert "rule" not in said
    assert "'status'" not in said


def test_crew_without_a_session_is_turned_away(running: ServiceProcess) -> None:
    for headers in ({}, {"cookie": "hallway=made-up"}, {"cookie": 'hallway="; x='}):
        address = running.live(query="?audience=crew")
        with Page(address, origin=running.base, additional_headers=headers) as page:
            assert close_code(page) == 1008


ORIGINS = {
    "null": False,
    "http://127.0.0.1": False,
    "http://127.0.0.1:1": False,
    "http://127.0.0.1:{port}0": False,
    "http://sub.127.0.0.1:{port}": False,
    "http://127.0.0.1.evil.example:{port}": False,
    "http://127.0.0.1:{port}@evil.example": False,
    "http://evil.example@127.0.0.1:{port}": False,
    "http://evil.example/127.0.0.1:{port}": False,
    "http://localhost:{port}": False,
    "ftp://127.0.0.1:{port}": False,
    "file://": False,
    "//127.0.0.1:{port}": False,
    "": False,
    "http://127.0.0.1:{port}": True,
}


@pytest.mark.parametrize("origin", ORIGINS)
def test_crew_frames_go_to_our_own_pages_only(
    running: ServiceProcess, cookie: str, origin: str
) -> None:
    said = origin.format(port=running.port) or None
    address = running.live(query="?audience=crew")
    with Page(address, origin=said, additional_headers={"cookie": cookie}) as page:
        if ORIGINS[origin]:
            assert page.take()["kind"] == "snapshot"
        else:
            assert close_code(page) == 1008


def test_anybody_may_watch_what_is_public_from_any_origin(running: ServiceProcess) -> None:
    with Page(running.live(), origin="https://elsewhere.example") as page:
        assert page.take()["kind"] == "snapshot"


def test_signing_out_closes_no_public_page_and_no_other_desk(running: ServiceProcess) -> None:
    folder = running.folder.parent / "another"
    with service(folder, ARRIVALS) as other:
        mine = other.sign_in()
        with Page(other.live()) as page, crew_page(other, mine) as desk:
            page.until(ONE, TWO)
            while HELD not in desk.posts():
                desk.take()
            with other.client() as client:
                gone = client.delete("/api/v1/session", headers={"cookie": "hallway=somebody"})
                assert gone.status_code == 204
            decide(other, mine, 1, "pin")
            assert page.take()["kind"] == desk.take()["kind"] == "changes"
            with other.client() as client:
                client.delete("/api/v1/session", headers={"cookie": mine})
                still = client.get("/api/v1/session", headers={"cookie": mine})
                assert still.status_code == 401
            page.socket.ping().wait(WAIT_S)


# what a page must not do


def test_an_unknown_wall_is_told_by_its_own_code(running: ServiceProcess) -> None:
    for wall in ("nowhere", "pyfest26%00", "%2e%2e"):
        with Page(running.live(wall)) as page:
            assert close_code(page) == 4404


@pytest.mark.parametrize(("sent", "code"), [(b"\x00binary", 1003), ("x" * 5_000, 1009)])
def test_a_page_that_sends_what_it_must_not_is_closed(
    running: ServiceProcess, sent: Any, code: int
) -> None:
    with Page(running.live()) as page:
        page.take()
        page.socket.send(sent)
        assert close_code(page) == code


NONSENSE = (
    *("", "hello", "{", "[]", "null", "7", "x" * 4_000, '{"kind": "shout"}', '{"kind": "seen"}'),
    *('{"kind": "seen", "painted_ms": "soon"}', '{"kind": "seen", "painted_ms": [1]}'),
    *('{"kind": "seen", "painted_ms": 1e400}', '{"kind": "seen", "painted_ms": NaN}'),
)


def test_text_that_makes_no_sense_is_ignored(running: ServiceProcess, cookie: str) -> None:
    with Page(running.live()) as page:
        page.take()
        for sent in NONSENSE:
            page.socket.send(sent)
            page.socket.ping().wait(WAIT_S)
        decide(running, cookie, 1, "pin")
        assert page.take()["kind"] == "changes"
        decide(running, cookie, 1, "unpin")


def painted(running: ServiceProcess) -> float:
    with running.client() as client:
        said = client.get("/metrics").text
    found = re.search(
        r'^hallway_painted_seconds_count\{wall="pyfest26"\} (\S+)', said, re.MULTILINE
    )
    return float(found[1]) if found else 0.0


def test_what_a_wall_has_painted_is_counted(running: ServiceProcess) -> None:
    before = painted(running)
    with Page(running.live()) as page:
        page.take()
        page.socket.send('{"kind": "seen", "seq": 3, "painted_ms": 41}')
        page.socket.ping().wait(WAIT_S)
    deadline = time.monotonic() + WAIT_S
    while painted(running) != before + 1:
        assert time.monotonic() < deadline


# stopping and starting


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_stops_says_so_and_goes_on_where_it_was(
    tmp_path: Path, how: signal.Signals
) -> None:
    with service(tmp_path / "service", ARRIVALS) as running:
        with Page(running.live()) as page:
            page.until(ONE, TWO)
            assert running.process is not None
            running.process.send_signal(how)
            assert close_code(page) == 1012
        assert running.process.wait(10) == 0, running.log.read_text()
        assert not (running.folder / "data/hallway.sqlite3-wal").exists(), "it was not closed"
        assert "Traceback" not in running.log.read_text()
        running.start()
        view = page.view
        with Page(running.live(query=f"?epoch={view.epoch}&seq={view.seq}")) as again:
            again.view = view
            cookie = running.sign_in()
            decide(running, cookie, 1, "pin")
            while not again.posts()[ONE]["pinned"]:
                assert again.take()["kind"] == "changes"
            assert again.view.epoch == view.epoch


def test_a_page_that_never_answers_does_not_keep_the_service_from_ending(tmp_path: Path) -> None:
    with service(tmp_path / "service", ARRIVALS) as running:
        import socket

        with socket.create_connection(("127.0.0.1", running.port)) as raw:
            raw.sendall(
                f"GET /api/v1/walls/pyfest26/live HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            assert b"101" in raw.recv(200)
            assert running.process is not None
            running.process.send_signal(signal.SIGTERM)
            try:
                assert running.process.wait(10) == 0
            except subprocess.TimeoutExpired:
                pytest.fail("it still runs after 10 s")
