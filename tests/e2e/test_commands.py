"""Commands over HTTP, the answers' headers, cookies, pictures, and the code that leads people here."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
import segno
from PIL import Image

from app.actions.accounts import make_sign_in
from app.actions.moderation import decide
from app.domain.identity import media_id
from app.errors import StoreError
from app.web.headers import HEADERS
from tests.e2e.route_table import PATHS, ROUTES
from tests.e2e.site import HELD, SHOWN, Site, site_in

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_in(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "null"},
        {"origin": "https://127.0.0.1:8080.evil.example"},
        {"origin": "http://127.0.0.1:80800"},
        {"origin": "http://evil.example@127.0.0.1:8080"},
        {"origin": ""},
    ],
)
async def test_a_command_from_elsewhere_is_refused_and_does_nothing(
    site: Site, headers: dict[str, str]
) -> None:
    async with site.client(cookies=await site.moderator()) as client:
        url = f"/api/v1/walls/pyfest26/posts/{PATHS['id']}/hide"
        answer = await client.post(url, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin")
        still = (await client.get("/api/v1/walls/pyfest26/snapshot")).json()
    assert PATHS["id"] in {item["id"] for item in still["items"]}


async def test_decisions_answer_what_they_changed_and_errors_can_be_shown(site: Site) -> None:
    async with site.client(cookies=await site.moderator()) as client:
        url = "/api/v1/walls/{}/posts/{}/{}"
        first = (await client.post(url.format("pyfest26", PATHS["id"], "hide"))).json()
        again = (await client.post(url.format("pyfest26", PATHS["id"], "hide"))).json()
        assert (first["changed"], again) == (
            True,
            {"seq": first["seq"], "changed": False, "log": 0},
        )
        for wall, id_, decision, status in [
            ("nowhere", PATHS["id"], "hide", 404),
            ("pyfest26", "punknown", "hide", 404),
            ("pyfest26", PATHS["id"], "explode", 422),
        ]:
            answer = await client.post(url.format(wall, id_, decision))
            assert answer.status_code == status
            assert set(answer.json()) == {"code", "message", "hint"}
            assert answer.json()["message"].endswith(".")


async def test_the_crews_snapshot_needs_a_session_and_shows_what_waits(site: Site) -> None:
    async with site.client() as public, site.client(cookies=await site.moderator()) as crew:
        url = "/api/v1/walls/pyfest26/snapshot"
        assert (await public.get(url, params={"audience": "crew"})).status_code == 401
        shown = (await public.get(url)).json()["items"]
        seen = (await crew.get(url, params={"audience": "crew"})).json()["items"]
    assert {i.get("status") for i in shown} == {None}
    assert {i["status"] for i in seen if i["kind"] == "post"} == {"approved", "pending"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"token": 7}', b'{"token": null}', b"{}"])
async def test_a_sign_in_that_makes_no_sense_is_told_so(site: Site, body: bytes) -> None:
    async with site.client() as client:
        headers = {"content-type": "application/json"}
        answer = await client.post("/api/v1/session", content=body, headers=headers)
    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "message", "hint"}


# sign-in and cookies


async def test_a_sign_in_link_works_once(site: Site) -> None:
    token = await make_sign_in(site.service.context)
    async with site.client() as client:
        first = await client.post("/api/v1/session", json={"token": token})
        second = await client.post("/api/v1/session", json={"token": token})
    assert (first.status_code, second.status_code) == (204, 403)
    told = second.json()
    assert told["code"] == "sign_in.used"
    assert "used already" in told["message"]
    assert "hallway sign-in" in told["hint"]


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [("", "hallway", False), ("https://wall.example", "__Host-hallway", True)],
)
async def test_the_cookie_is_kept_from_scripts_and_other_sites(
    tmp_path: Path, public_url: str, name: str, secure: bool
) -> None:
    async with site_in(tmp_path, public_url=public_url) as site, site.client() as client:
        token = await make_sign_in(site.service.context)
        signed_in = await client.post("/api/v1/session", json={"token": token})
        signed_out = await client.delete("/api/v1/session")
    for answer in (signed_in, signed_out):
        pair, *flags = answer.headers["set-cookie"].split("; ")
        lowered = {flag.lower() for flag in flags}
        assert pair.split("=")[0] == name
        assert {"httponly", "path=/", "samesite=lax"} <= lowered
        assert ("secure" in lowered) is secure
        assert not any(flag.startswith("domain") for flag in lowered)
    assert "Max-Age=604800" in signed_in.headers["set-cookie"]


async def test_behind_a_proxy_the_public_address_is_our_own(tmp_path: Path) -> None:
    async with site_in(tmp_path, public_url="https://wall.example") as site:
        cookies = await site.moderator()
        async with site.client("https://wall.example", cookies) as client:
            url = f"/api/v1/walls/pyfest26/posts/{PATHS['id']}/pin"
            inner = await client.post(url, headers={"host": "127.0.0.1:8080"})
            foreign = await client.post(url, headers={"origin": "https://wall.example:444"})
    assert (inner.status_code, foreign.status_code) == (200, 403)


# headers


async def test_every_answer_carries_the_headers_that_keep_scripts_and_frames_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site.client(cookies=await site.moderator()) as client:
        picture = f"/media/{media_id(str(SHOWN.url))}"
        etag = (await client.get(picture)).headers["etag"]
        answers = [
            await client.request(method, path.format(**PATHS))
            for method, path in ROUTES
            if method == "GET"
        ]
        answers += [
            await client.get(picture, headers={"if-none-match": etag}),
            await client.get("/static/nothing.js"),
            await client.get("/static/js/core/window.js"),
            await client.get("/nothing/here"),
            await client.post("/livez"),
            await client.get("/media/x", params={"size": "xl"}),
        ]

        async def fault(*_: object) -> None:
            raise ZeroDivisionError

        async def full(*_: object) -> None:
            raise StoreError("The disk is full.", hint="Free some space.")

        reading = "app.storage.store.Reading.slugs"
        monkeypatch.setattr(reading, fault)
        answers.append(await client.get("/api/v1/walls"))
        monkeypatch.setattr(reading, full)
        answers.append(await client.get("/readyz"))
    statuses = {a.status_code for a in answers}
    assert {200, 304, 307, 404, 405, 422, 500, 503} <= statuses
    for answer in answers:
        strict = {"content-security-policy": "default-src 'none'; sandbox"}
        # browsers name no origin with a plain form of a page that sends no referrer
        own = {"referrer-policy": "same-origin"}
        path = answer.url.path
        more = strict if path == picture else own if path.startswith("/say/") else {}
        for name, value in (HEADERS | more).items():
            assert answer.headers[name] == value, (answer.url, name)
    assert answers[-2].json()["message"] == "A fault in Hallway; see its log."
    assert answers[-1].json()["hint"] == "Free some space."


async def test_what_does_not_exist_is_told_in_words(site: Site) -> None:
    async with site.client() as client:
        for path in ("/api/v1/nothing", "/api/v1/walls/nowhere/snapshot", "/media/nothing"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert answer.json()["message"].endswith(".")
        for page in ("/wall/nowhere", "/live/nowhere", "/desk/nowhere"):
            answer = await client.get(page)
            assert (answer.status_code, answer.headers["content-type"]) == (
                404,
                "text/plain; charset=utf-8",
            )
        for path in ("/static/../pyproject.toml", "/static/%2e%2e/pyproject.toml"):
            assert (await client.get(path)).status_code == 404


# pictures


async def test_pictures_are_seen_by_those_who_see_their_post(site: Site) -> None:
    shown, held = (f"/media/{media_id(str(m.url))}" for m in (SHOWN, HELD))
    async with site.client() as public, site.client(cookies=await site.moderator()) as crew:
        picture = await public.get(shown, params={"size": "s"})
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
        assert Image.open(BytesIO(picture.content)).size == (40, 30)
        assert (await public.get(held)).status_code == 404
        assert (await crew.get(held)).status_code == 200
        await decide(site.service.context, "pyfest26", PATHS["id"], "hide")
        for headers in ({}, {"if-none-match": picture.headers["etag"]}):
            assert (await public.get(shown, headers=headers)).status_code == 404


async def test_a_picture_that_the_browser_has_is_not_sent_again(site: Site) -> None:
    shown = f"/media/{media_id(str(SHOWN.url))}"
    async with site.client() as client:
        first = await client.get(shown)
        again = await client.get(shown, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "private" in again.headers["cache-control"]


# the code that leads people here


def modules_of(svg: bytes) -> set[tuple[int, int]]:
    """The dark squares of a QR code that was drawn as horizontal strokes: (row, column) without the border."""
    root = ElementTree.fromstring(svg)
    stroke = next(p for p in root.iter("{http://www.w3.org/2000/svg}path") if p.get("stroke"))
    dark: set[tuple[int, int]] = set()
    x, y = 0.0, 0.0
    for part in stroke.attrib["d"].replace("M", "|M").replace("m", "|m").split("|")[1:]:
        move, _, run = part[1:].partition("h")
        dx, dy = (float(n) for n in move.replace(",", " ").split())
        x, y = (dx, dy) if part[0] == "M" else (x + dx, y + dy)
        length = int(run)
        dark |= {(int(y - 0.5), int(x) + i) for i in range(length)}
        x += length
    return {(row - 2, column - 2) for row, column in dark}


async def test_the_qr_code_leads_to_the_attendee_view(tmp_path: Path) -> None:
    there = {"public_url": "https://wall.example"}
    async with site_in(tmp_path, **there) as site, site.client() as client:
        answer = await client.get("/api/v1/walls/pyfest26/join.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    code = segno.make("https://wall.example/live/pyfest26", error="m", micro=False)
    expected = {(r, c) for r, row in enumerate(code.matrix) for c, on in enumerate(row) if on}
    assert modules_of(answer.content) == expected
