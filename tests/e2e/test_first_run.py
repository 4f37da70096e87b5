"""From the set-up link to a running wall by HTTP; what is never written down; and sign-in under a storm of tries."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx2 as httpx
import pytest
from structlog.testing import capture_logs

from app.actions.set_up import make_set_up
from app.service import Service
from app.settings import Settings, load
from app.web.app import create_app
from tests.fakes import FakeClock

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]

PASSWORD = "seven brown foxes at noon"
WALL = {
    "title": "PyFest 26",
    "hashtags": ["#PyFest26"],
    "networks": {"mastodon": False, "bluesky": False, "feeds": ["http://127.0.0.1:1/feed.xml"]},
    "room": {"distance_m": 20, "height_m": 4},
    "mode": "review",
}


def settings_in(folder: Path) -> Settings:
    return load(None, {"database": str(folder / "h.sqlite3"), "media_folder": folder / "media"})


def client_of(service: Service) -> httpx.AsyncClient:
    base = service.settings.base_url()
    transport = httpx.ASGITransport(app=cast(Any, create_app(service)))
    return httpx.AsyncClient(transport=transport, base_url=base, headers={"origin": base})


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    made = Service(settings_in(tmp_path), clock=FakeClock())
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def set_up(service: Service, client: httpx.AsyncClient, **more: Any) -> httpx.Response:
    token = await make_set_up(service.context)
    body = {"token": token, "name": "Mira", "password": PASSWORD, "wall": WALL}
    return await client.post("/api/v1/set-up", json=body | more)


async def test_the_wall_that_was_asked_for_is_there_at_once_and_after_a_restart(
    service: Service, tmp_path: Path
) -> None:
    async with client_of(service) as client:
        made = await set_up(service, client, moderators=["Tom"])
        assert (made.status_code, made.json()["wall"]) == (201, "pyfest26")
        assert (await client.get("/api/v1/session")).json()["name"] == "Mira"
        assert len((await client.get("/api/v1/walls/pyfest26/sources")).json()) >= 1
    again = Service(settings_in(tmp_path), clock=FakeClock())
    await again.open()
    try:
        [wall] = again.settings.wall
        assert (wall.title, wall.mode, wall.scale) == ("PyFest 26", "review", 0.98)
        assert [s.name for s in again.sources("pyfest26")]
    finally:
        await again.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hashtags": ["#py fest"]}, "invalid.hashtags"),
        ({"hashtags": ["#"]}, "invalid.hashtags"),
        ({"networks": {"mastodon": False, "bluesky": False}}, "invalid.networks"),
    ],
)
async def test_what_is_wrong_with_the_wall_is_told_beside_its_question(
    service: Service, change: dict[str, Any], code: str
) -> None:
    async with client_of(service) as client:
        said = await set_up(service, client, wall=WALL | change)
        assert (said.status_code, said.json()["code"]) == (422, code)
        assert (await client.get("/api/v1/walls")).json() == []
        assert (await set_up(service, client)).status_code == 201


async def test_nothing_that_opens_hallway_is_written_anywhere(
    service: Service, tmp_path: Path
) -> None:
    with capture_logs() as logs:
        async with client_of(service) as client:
            token = await make_set_up(service.context)
            body = {"token": token, "name": "Mira", "password": PASSWORD, "wall": WALL}
            made = await client.post("/api/v1/set-up", json=body | {"moderators": ["Tom"]})
            invite = made.json()["invites"][0]["link"].partition("invite=")[2]
            cookie = client.cookies["hallway"]
            claim = {"token": invite, "name": "Tom", "password": "a tram in the morning mist"}
            assert (await client.post("/api/v1/invites/claim", json=claim)).status_code == 204
            wrong = {"name": "Mira", "password": "a password that is wrong"}
            assert (await client.post("/api/v1/session", json=wrong)).status_code == 403
    secrets = [token, invite, cookie, client.cookies["hallway"], PASSWORD]
    secrets += [claim["password"], wrong["password"]]
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("h.sqlite3*"))
    for secret in secrets:
        assert secret
        assert secret.encode() not in kept
        assert secret not in str(logs)


async def test_many_tries_wait_and_are_told_how_long(service: Service) -> None:
    async with client_of(service) as client:
        await set_up(service, client)
        wrong = {"name": "Mira", "password": "a password that is wrong"}
        tries = [await client.post("/api/v1/session", json=wrong) for _ in range(6)]
        assert [t.status_code for t in tries] == [403] * 5 + [429]
        assert (tries[5].headers["retry-after"], tries[5].json()["hint"]) == (
            "1",
            "Try again in 1 second.",
        )
        # the right password does not pass either, nor does another name from there
        right = {"name": "Mira", "password": PASSWORD}
        assert (await client.post("/api/v1/session", json=right)).status_code == 429
        assert (
            await client.post("/api/v1/session", json=wrong | {"name": "Tom"})
        ).status_code == 429
        cast(FakeClock, service.clock).move(1)
        assert (await client.post("/api/v1/session", json=right)).status_code == 204
