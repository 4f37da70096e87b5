"""The form over HTTP: what it takes and refuses, who may see what, and what is left when it was taken back."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image
from structlog.testing import capture_logs

from app.actions.accounts import make_sign_in
from app.actions.walls import withhold_unchecked
from app.service import Service
from app.settings import Settings, WallSettings
from app.web import form
from app.web.app import create_app
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio

HOST = "http://wall.example"
API = "/api/v1/walls/pyfest26/form"
SAY = "/say/pyfest26"
HELLO = {"name": "Ada", "text": "Hello from row twelve"}


def settings(folder: Path, **changed: Any) -> Settings:
    wall = WallSettings(slug="pyfest26", title="PyFest <26>", hashtags=("PyFest26",), **changed)
    return Settings(
        database=str(folder / "walls.sqlite3"),
        media_folder=folder / "media",
        public_url=HOST,
        wall=(wall, WallSettings(slug="closed", hashtags=("other",), form=False)),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the walls are made already: it is copied for each test."""
    folder = tmp_path_factory.mktemp("made")

    async def make() -> None:
        service = Service(settings(folder), clock=FakeClock())
        await service.open()
        await service.close()

    asyncio.run(make())
    return folder / "walls.sqlite3"


@pytest.fixture
async def service(tmp_path: Path, made: Path) -> AsyncIterator[Service]:
    shutil.copy(made, tmp_path / "walls.sqlite3")
    service = Service(settings(tmp_path), clock=FakeClock())
    await service.open()
    yield service
    await service.close()


class Browser:
    """Somebody's browser: same origin, with cookies of its own."""

    def __init__(self, app: Any, *, script: bool = True, address: str = "192.0.2.1") -> None:
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        headers = {"origin": HOST}
        self.http = httpx.AsyncClient(transport=transport, base_url=HOST, headers=headers)
        self.path = API if script else SAY
        self._sent = 0

    async def send(self, photo: bytes = b"", **fields: str) -> httpx.Response:
        self._sent += 1
        named = {"send": f"sending-{id(self)}-{self._sent}-of-a-page", **HELLO, **fields}
        files = {"photo": ("photo.jpg", photo, "image/jpeg")}
        return await self.http.post(self.path, data=named, files=files)

    async def posts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.http.get(API)).json()["posts"]
        return found

    async def items(self, audience: str = "public") -> list[dict[str, Any]]:
        snapshot = await self.http.get(f"/api/v1/walls/pyfest26/snapshot?audience={audience}")
        return [i for i in snapshot.json()["items"] if i["kind"] == "post"]

    async def decide(self, id_: str, decision: str) -> None:
        path = f"/api/v1/walls/pyfest26/posts/{id_}/{decision}"
        (await self.http.post(path)).raise_for_status()


@pytest.fixture
def app(service: Service) -> Any:
    return create_app(service)


@pytest.fixture
async def ada(app: Any) -> Browser:
    return Browser(app)


@pytest.fixture
async def crew(app: Any, service: Service) -> Browser:
    browser = Browser(app)
    token = await make_sign_in(service.context)
    (await browser.http.post("/api/v1/session", json={"token": token})).raise_for_status()
    return browser


def photo(**save: Any) -> bytes:
    out = BytesIO()
    Image.effect_noise((64, 48), 40).convert("RGB").save(out, "JPEG", **save)
    return out.getvalue()


def uploads(service: Service) -> list[Path]:
    return list((service.settings.media_folder / "uploads").glob("*"))


# what becomes of a post


async def test_a_post_waits_is_shown_is_hidden_and_its_writer_sees_how_it_fares(
    ada: Browser, crew: Browser
) -> None:
    answer = await ada.send(text="See https://talks.example/a.")
    assert (answer.status_code, answer.json()["state"]) == (201, "pending")
    assert await ada.items() == []
    [waiting] = await crew.items("crew")
    assert (waiting["status"], waiting["network"]) == ("pending", "form")
    assert "a moderator decides" in waiting["rule"]
    await crew.decide(waiting["id"], "show")
    [shown] = await ada.items()
    assert (shown["author"]["name"]["text"], shown["spans"][0]["href"]) == (
        "Ada",
        "https://talks.example/a",
    )
    assert shown["url"] == f"{HOST}/live/pyfest26#{shown['id']}"
    assert [p["state"] for p in await ada.posts()] == ["approved"]
    await crew.decide(waiting["id"], "hide")
    assert [p["state"] for p in await ada.posts()] == ["hidden"]
    assert await ada.items() == []


async def test_a_photo_is_the_crews_until_the_post_is_shown(ada: Browser, crew: Browser) -> None:
    id_ = (await ada.send(photo(), alt="Ada on stage")).json()["id"]
    [waiting] = await crew.items("crew")
    [medium] = waiting["media"]
    assert (medium["alt"], medium["width"], medium["height"]) == ("Ada on stage", 64, 48)
    for size in "sml":
        assert (await ada.http.get(f"{medium['src']}?size={size}")).status_code == 404
        assert (await crew.http.get(f"{medium['src']}?size={size}")).status_code == 200
    await crew.decide(id_, "show")
    seen = await ada.http.get(medium["src"])
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/webp")
    await crew.decide(id_, "hide")
    assert (await ada.http.get(medium["src"])).status_code == 404


@pytest.mark.parametrize("script", [True, False])
async def test_what_is_taken_back_is_gone_from_wall_database_and_disk(
    app: Any, crew: Browser, service: Service, tmp_path: Path, script: bool
) -> None:
    ada = Browser(app)
    id_ = (await ada.send(photo(), text="A secret on row twelve")).json()["id"]
    [src] = [m["src"] for i in await crew.items("crew") for m in i["media"]]
    await crew.decide(id_, "show")
    assert (await ada.http.get(src)).status_code == 200
    if script:
        assert (await ada.http.delete(f"{API}/{id_}")).status_code == 204
    else:
        assert (await ada.http.post(f"{SAY}/{id_}/take-back")).status_code == 303
    assert await crew.items("crew") == await ada.items() == await ada.posts() == []
    assert (await crew.http.get(src)).status_code == 404
    assert uploads(service) == []
    await service.store.close()  # what was written is in the one file now
    assert b"secret on row" not in (tmp_path / "walls.sqlite3").read_bytes()


async def test_nobody_takes_back_or_sees_the_posts_of_others(app: Any, ada: Browser) -> None:
    id_ = (await ada.send()).json()["id"]
    eve = Browser(app)
    assert await eve.posts() == []
    assert (await eve.http.delete(f"{API}/{id_}")).status_code == 404
    await eve.send(text="I am Eve")
    assert (await eve.http.delete(f"{API}/{id_}")).status_code == 404
    assert (await eve.http.post(f"{SAY}/{id_}/take-back")).status_code == 303
    assert [p["text"] for p in await ada.posts()] == [HELLO["text"]]


async def test_after_a_restart_posts_of_the_form_are_there_at_once(
    ada: Browser, crew: Browser, service: Service
) -> None:
    await crew.decide((await ada.send()).json()["id"], "show")
    service.clock.move(86_400)  # type: ignore[attr-defined]
    await withhold_unchecked(service.context, "pyfest26", asked={"fedi.example"})
    assert len(await ada.items()) == 1


async def test_the_desk_reads_how_the_form_is_doing(
    ada: Browser, crew: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def line() -> dict[str, Any]:
        told: list[dict[str, Any]] = (await crew.http.get("/api/v1/walls/pyfest26/sources")).json()
        return next(s for s in told if s["name"] == "form")

    await ada.send()
    assert ((await line())["condition"], (await line())["detail"]) == ("live", "Open, 1 waiting.")
    monkeypatch.setattr("app.actions.form.WAITING_MOST", 1)
    assert (await line())["detail"] == "Full: 1 wait for a moderator."
    closed = (await crew.http.get("/api/v1/walls/closed/sources")).json()
    assert "form" not in {s["name"] for s in closed}


# once, however often it comes


async def test_a_sending_that_is_repeated_is_one_post_also_within_the_limits(
    ada: Browser, crew: Browser, service: Service
) -> None:
    one = {"send": "the-name-of-one-sending", "photo": photo()}
    first = await ada.send(**one)
    again = await ada.send(**one)
    assert (first.json(), again.status_code) == (again.json(), 201)
    assert len(await crew.items("crew")) == len(uploads(service)) == 1


async def test_a_page_that_never_heard_the_answer_is_the_same_writer_when_it_tries_again(
    app: Any, crew: Browser
) -> None:
    lost, again = Browser(app), Browser(app)
    one = {"send": "the-name-of-one-sending"}
    await lost.send(**one)
    id_ = (await again.send(**one)).json()["id"]
    assert [p["id"] for p in await again.posts()] == [id_]
    assert (await again.http.delete(f"{API}/{id_}")).status_code == 204
    assert (await again.send(**one)).json()["state"] == "gone"
    assert await crew.items("crew") == []


async def test_the_same_sending_five_times_at_once_is_one_post_with_its_photo(
    ada: Browser, crew: Browser, service: Service
) -> None:
    one = {"send": "the-name-of-one-sending", "photo": photo()}
    answers = await asyncio.gather(*(ada.send(**one) for _ in range(5)))
    assert {a.status_code for a in answers} == {201}
    assert len(await crew.items("crew")) == len(uploads(service)) == 1


# what is refused


@pytest.mark.parametrize("script", [True, False])
async def test_what_is_not_right_is_told_in_words_and_at_its_field(
    app: Any, crew: Browser, script: bool
) -> None:
    ada = Browser(app, script=script)
    for field, typed in (("name", ""), ("text", "x" * 501), ("website", "x")):
        answer = await ada.send(**{field: typed})
        assert answer.status_code == 422
        assert (f"invalid.{field}" in answer.text) == script
        assert "set-cookie" not in answer.headers
    assert await crew.items("crew") == []


async def test_a_photo_that_cannot_be_decoded_or_bursts_is_refused_at_its_field(
    ada: Browser, crew: Browser, service: Service
) -> None:
    bomb = BytesIO()
    Image.new("1", (7_000, 6_000)).save(bomb, "PNG")
    for source, words in ((b"<svg/>", "no photo"), (bomb.getvalue(), "too many pixels")):
        answer = await ada.send(source)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid.photo")
        assert words in answer.json()["message"]
    assert (await ada.send()).status_code == 201  # a refused photo does not count as a post
    assert uploads(service) == []


async def test_what_is_too_large_is_refused(
    ada: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "PHOTO_BYTES", 1_000)
    monkeypatch.setattr(form, "BODY_BYTES", 5_000)
    assert (await ada.send(b"x" * 1_001)).json()["code"] == "invalid.photo"
    answer = await ada.send(b"x" * 6_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert uploads(service) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": f"{HOST}.evil.example"},
        {"origin": f"{HOST}:8443"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_other_sites_can_neither_send_nor_take_back(
    app: Any, crew: Browser, headers: dict[str, str]
) -> None:
    for script in (True, False):
        ada = Browser(app, script=script)
        id_ = (await ada.send()).json()["id"] if script else "p1"
        ada.http.headers.update(headers)
        assert (await ada.send(text="forged")).status_code == 403
        assert (await ada.http.delete(f"{API}/{id_}")).status_code == 403
        assert (await ada.http.post(f"{SAY}/{id_}/take-back")).status_code == 403
    assert [i["text"] for i in await crew.items("crew")] == [HELLO["text"]]


async def test_a_browser_that_sends_too_often_is_told_when_to_come_again(
    app: Any, ada: Browser, service: Service
) -> None:
    await ada.send()
    service.clock.move(5)  # type: ignore[attr-defined]
    answer = await ada.send(text="and another")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "15")
    assert answer.json()["hint"] == "Send yours again in 15 seconds."
    plain = Browser(app, script=False)
    plain.http.cookies = ada.http.cookies
    page = await plain.send(text="typed in vain?")
    assert (page.status_code, page.headers["retry-after"]) == (429, "15")
    assert "Send yours again in 15 seconds." in page.text
    assert "typed in vain?" in page.text
    service.clock.move(15)  # type: ignore[attr-defined]
    assert (await ada.send(text="and another")).status_code == 201


async def test_of_two_posts_of_one_browser_at_once_one_is_taken_and_the_other_leaves_no_photo(
    ada: Browser, crew: Browser, service: Service
) -> None:
    await ada.send()
    service.clock.move(60)  # type: ignore[attr-defined]
    answers = await asyncio.gather(*(ada.send(photo(), text=text) for text in ("one", "two")))
    assert sorted(a.status_code for a in answers) == [201, 429]
    assert (len(await crew.items("crew")), len(uploads(service))) == (2, 1)


async def test_a_flood_from_one_address_ends_and_others_go_on(app: Any, crew: Browser) -> None:
    for _ in range(120):
        assert (await Browser(app).http.post(API, content=b"")).status_code == 422
    refused = await Browser(app).send()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")
    assert (await Browser(app, address="192.0.2.2").send()).status_code == 201


async def test_a_wall_on_which_too_many_wait_says_so_and_keeps_no_photo(
    app: Any, ada: Browser, crew: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.actions.form.WAITING_MOST", 1)
    await ada.send()
    answer = await Browser(app).send(photo())
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert "moderator" in answer.json()["message"]
    assert uploads(service) == []
    await crew.decide((await ada.posts())[0]["id"], "hide")
    assert (await Browser(app).send(photo())).status_code == 201


async def test_a_wall_without_a_form_says_so_and_links_to_none(ada: Browser) -> None:
    page = await ada.http.get("/say/closed")
    assert page.status_code == 404
    assert "Nobody can write to this wall here." in page.text
    assert (await ada.http.post("/say/closed", content=b"")).status_code == 404
    for answer in (
        await ada.http.get("/api/v1/walls/closed/form"),
        await ada.http.post("/api/v1/walls/closed/form", content=b""),
        await ada.http.get("/api/v1/walls/nowhere/form"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for slug, url in (("closed", ""), ("pyfest26", SAY)):
        snapshot = (await ada.http.get(f"/api/v1/walls/{slug}/snapshot")).json()
        assert [i["form_url"] for i in snapshot["items"] if i["kind"] == "wall"] == [url]


# what is kept of people


async def test_only_who_sent_something_gets_a_cookie_that_scripts_cannot_read(
    ada: Browser,
) -> None:
    assert "set-cookie" not in (await ada.http.get(SAY)).headers
    assert "set-cookie" not in (await ada.http.get(API)).headers
    cookie = (await ada.send()).headers["set-cookie"]
    assert re.fullmatch(
        r"hallway-say=[0-9a-f]{40}; HttpOnly; Max-Age=15552000; Path=/; SameSite=lax", cookie
    )


async def test_under_https_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    secure = settings(tmp_path).model_copy(update={"public_url": "https://wall.example"})
    service = Service(secure, clock=FakeClock())
    await service.open()
    ada = Browser(create_app(service))
    ada.http.headers["origin"] = "https://wall.example"
    cookie = (await ada.send()).headers["set-cookie"]
    assert cookie.startswith("__Host-hallway-say=")
    assert "Secure" in cookie
    await service.close()


async def test_neither_address_nor_secret_is_written_down(
    app: Any, service: Service, tmp_path: Path
) -> None:
    ada = Browser(app, address="203.0.113.77")
    with capture_logs() as logs:
        await ada.send(photo())
        await ada.send(text="too soon")
    secret = ada.http.cookies["hallway-say"]
    await service.store.close()
    written = (tmp_path / "walls.sqlite3").read_bytes() + repr(logs).encode()
    assert b"203.0.113.77" not in written
    assert secret.encode() not in written


# the page without scripts


async def test_without_scripts_a_post_is_sent_and_the_page_says_how_it_fares(
    app: Any, crew: Browser
) -> None:
    ada = Browser(app, script=False)
    answer = await ada.send(text='<script>alert(1)</script> & "quotes"', name="A<b>da")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{SAY}?sent=1")
    page = (await ada.http.get(answer.headers["location"])).text
    assert "Your post waits for a moderator." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;" in page
    assert "<script>" not in page
    assert 'value="A&lt;b&gt;da"' in page
    await crew.decide((await ada.posts())[0]["id"], "show")
    assert "On the wall" in (await ada.http.get(SAY)).text


async def test_without_scripts_what_was_typed_stands_again_beside_what_is_wrong(
    app: Any,
) -> None:
    ada = Browser(app, script=False)
    answer = await ada.send(photo(), text='"><img src=x>', name="")
    page = answer.text
    assert answer.status_code == 422
    assert "&quot;&gt;&lt;img src=x&gt;</textarea>" in page
    assert 'id="name-problem">Say who you are: a first name will do.</p>' in page
    assert "Choose the photo again" in page


async def test_the_page_tells_browsers_to_name_their_origin_and_keeps_the_policy(
    ada: Browser,
) -> None:
    page = await ada.http.get(SAY)
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    assert "trusted-types 'none'" in page.headers["content-security-policy"]
    assert "PyFest &lt;26&gt;" in page.text
    names = [
        re.findall(r'name="send" id="send" value="([^"]+)"', (await ada.http.get(SAY)).text)
        for _ in "ab"
    ]
    assert names[0] != names[1]


async def test_the_organisers_words_and_link_stand_above_the_button(tmp_path: Path) -> None:
    words = {
        "form_photos": False,
        "form_consent": "Our <own> words.",
        "privacy_url": "https://pyfest.example/privacy?a=1&b=2",
    }
    service = Service(settings(tmp_path, **words), clock=FakeClock())
    await service.open()
    ada = Browser(create_app(service))
    page = (await ada.http.get(SAY)).text
    assert "Our &lt;own&gt; words." in page
    assert 'href="https://pyfest.example/privacy?a=1&amp;b=2"' in page
    assert "disabled" in page
    assert (await ada.send(photo())).json()["code"] == "invalid.photo"
    await service.close()
