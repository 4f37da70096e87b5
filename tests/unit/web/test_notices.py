"""Notices over HTTP: written, given a picture, changed and taken away by the crew, and what is refused in words."""

import os
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image

from app.actions.accounts import make_sign_in
from app.actions.on_time import turn
from app.media.library import Upload
from app.media.uploads import YOUNG_S
from app.service import Service
from app.settings import Settings, WallSettings
from app.web.app import create_app
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio

HOST = "http://wall.example"
API = "/api/v1/walls/pyfest26/notices"
LUNCH = {"title": "Lunch", "text": "At https://pyfest.example/lunch for all", "style": "line"}


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    wall = WallSettings(slug="pyfest26", hashtags=("PyFest26",))
    settings = Settings(
        database=str(tmp_path / "walls.sqlite3"),
        media_folder=tmp_path / "media",
        public_url=HOST,
        wall=(wall,),
    )
    service = Service(settings, clock=FakeClock())
    await service.open()
    yield service
    await service.close()


def browser(service: Service) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(service))
    return httpx.AsyncClient(transport=transport, base_url=HOST, headers={"origin": HOST})


@pytest.fixture
async def crew(service: Service) -> httpx.AsyncClient:
    http = browser(service)
    token = await make_sign_in(service.context)
    (await http.post("/api/v1/session", json={"token": token})).raise_for_status()
    return http


def picture() -> bytes:
    out = BytesIO()
    Image.effect_noise((64, 36), 40).convert("RGB").save(out, "PNG")
    return out.getvalue()


async def public(service: Service) -> list[dict[str, Any]]:
    frame = await browser(service).get("/api/v1/walls/pyfest26/snapshot")
    return [item for item in frame.json()["items"] if item["kind"] == "notice"]


async def test_the_crew_writes_changes_lists_and_takes_away(
    service: Service, crew: httpx.AsyncClient
) -> None:
    made = await crew.post(API, json={**LUNCH, "ends_at": "2026-11-21T14:00:00+01:00"})
    assert made.status_code == 201
    id_ = made.json()["id"]
    [shown] = await public(service)
    del shown["seq"]
    assert shown == {
        "id": id_,
        "kind": "notice",
        **LUNCH,
        "spans": [{"start": 3, "end": 31, "kind": "link", "href": "https://pyfest.example/lunch"}],
        "image": None,
        "starts_at": None,
        "ends_at": "2026-11-21T13:00:00Z",
    }
    changed = await crew.put(
        f"{API}/{id_}", json={**shown, "text": "Later", "starts_at": "2026-11-21T12:30:00Z"}
    )
    assert changed.json()["changed"] is True
    [listed] = (await crew.get(API)).json()
    assert (listed["text"], listed["status"], await public(service)) == ("Later", "pending", [])
    removed = (await crew.delete(f"{API}/{id_}")).json()
    assert (await crew.get(API)).json() == []
    undone = await crew.post(f"/api/v1/walls/pyfest26/log/{removed['log']}/undo")
    assert undone.status_code == 200
    assert len((await crew.get(API)).json()) == 1


@pytest.mark.parametrize("multipart", [False, True])
async def test_a_slide_gets_a_picture_that_lives_as_long_as_it_does(
    service: Service, crew: httpx.AsyncClient, multipart: bool
) -> None:
    id_ = (await crew.post(API, json={"style": "slide"})).json()["id"]
    assert await public(service) == []
    body: dict[str, Any] = {"content": picture(), "headers": {"content-type": "image/png"}}
    if multipart:
        body = {"files": {"image": ("logo.png", picture(), "image/png")}}
    (await crew.post(f"{API}/{id_}/image", **body)).raise_for_status()
    [shown] = await public(service)
    rendered = await browser(service).get(shown["image"])
    assert (rendered.status_code, rendered.headers["content-type"]) == (200, "image/webp")
    [file] = (service.settings.media_folder / "uploads").iterdir()
    os.utime(file, (0, file.stat().st_mtime - 2 * YOUNG_S))
    await service.eraser.sweep()
    assert file.exists()
    await crew.delete(f"{API}/{id_}")
    assert (await browser(service).get(shown["image"])).status_code == 404
    service.clock.move(3_600)  # type: ignore[attr-defined]
    await turn(service.context)
    await service.eraser.sweep()
    assert not file.exists()


async def test_null_takes_the_picture_and_leaving_it_out_does_not(
    service: Service, crew: httpx.AsyncClient
) -> None:
    id_ = (await crew.post(API, json=LUNCH)).json()["id"]
    await crew.post(f"{API}/{id_}/image", content=picture())
    await crew.put(f"{API}/{id_}", json=LUNCH)
    assert (await public(service))[0]["image"]
    await crew.put(f"{API}/{id_}", json={**LUNCH, "image": None})
    assert (await public(service))[0]["image"] is None


WRONG = [
    ({"text": " \u200b"}, "invalid.text"),
    ({"text": "x" * 281}, "invalid.text"),
    ({"title": "x" * 81}, "invalid.title"),
    ({**LUNCH, "ends_at": "2026-11-21T11:59:59Z"}, "invalid.ends_at"),
    (
        {**LUNCH, "starts_at": "2026-11-22T12:00:00Z", "ends_at": "2026-11-22T12:00:00Z"},
        "invalid.ends_at",
    ),
    ({**LUNCH, "starts_at": "0001-01-01T00:00:00Z"}, "invalid.starts_at"),
    ({**LUNCH, "starts_at": "2026-11-22T12:00:00"}, "request"),
    ({**LUNCH, "style": "banner"}, "request"),
]


async def test_what_is_not_right_is_named(service: Service, crew: httpx.AsyncClient) -> None:
    for draft, code in WRONG:
        refused = await crew.post(API, json=draft)
        assert (refused.status_code, refused.json()["code"]) == (422, code), draft
    assert await public(service) == []


async def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    service: Service, crew: httpx.AsyncClient
) -> None:
    id_ = (await crew.post(API, json=LUNCH)).json()["id"]
    for body in (b"", b"<svg onload=alert(1)>"):
        refused = await crew.post(f"{API}/{id_}/image", content=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid.image")
    assert (await crew.post(f"{API}/n404/image", content=picture())).status_code == 404
    assert not list((service.settings.media_folder / "uploads").glob("*"))


async def test_a_picture_whose_notice_was_taken_away_meanwhile_is_not_kept(
    service: Service, crew: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = (await crew.post(API, json=LUNCH)).json()["id"]
    keep = service.media.keep

    async def keep_slowly(name: str, source: bytes) -> Upload:
        kept = await keep(name, source)
        await crew.delete(f"{API}/{id_}")
        return kept

    monkeypatch.setattr(service.media, "keep", keep_slowly)
    assert (await crew.post(f"{API}/{id_}/image", content=picture())).status_code == 404
    assert not list((service.settings.media_folder / "uploads").glob("*"))


async def test_nobody_else_sees_the_list_or_writes(service: Service) -> None:
    other = browser(service)
    asked = [
        await other.get(API),
        await other.post(API, json=LUNCH),
        await other.delete(f"{API}/n1"),
    ]
    assert [one.status_code for one in asked] == [401, 401, 401]


async def test_another_site_cannot_write_with_the_crews_cookie(
    service: Service, crew: httpx.AsyncClient
) -> None:
    crew.headers["origin"] = "http://evil.example"
    assert (await crew.post(API, json=LUNCH)).status_code == 403
    assert await public(service) == []
