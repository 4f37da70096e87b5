"""Who may do what: every route for the public, a screen, a moderator, an owner, and an owner's browser on another site."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx2 as httpx
import pytest

from app.storage.log import Log
from app.web.roles import ALLOWED, Permission
from tests.e2e.route_table import PATHS, ROUTES, Ask, Route
from tests.e2e.site import EVIL, Cookies, Site, routes_of, site_in, whole_app

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]

NOT_HTTP = {"/api/v1/walls/{wall}/live", "/static"}
"""The socket has tests of its own (docs/protocol.md); files are given to everybody."""
SAFE = "GET"
ROLES = ("public", "screen", "moderator", "owner")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_in(tmp_path) as made:
        yield made


async def cookies_of(site: Site, role: str) -> Cookies:
    """A browser of its own for each request: some sign themselves out."""
    return {} if role == "public" else await getattr(site, role)()


async def answer(
    site: Site, key: tuple[str, str], role: str, origin: str = ""
) -> tuple[int, int, httpx.Response]:
    """The good request of a route as somebody: how many lines it wrote, and what came back."""
    fine = right(key, role, foreign=bool(origin)) == ROUTES[key].ok
    ask = await ROUTES[key].good(site) if fine else Ask()
    cookies = await cookies_of(site, role)
    async with site.client(origin, cookies) as client:
        before = await lines(site)
        method, path = key
        said = await client.request(
            method,
            path.format(**(PATHS | ask.path)),
            json=ask.json,
            content=ask.content,
            headers=ask.headers,
        )
        return said.status_code, await lines(site) - before, said


async def lines(site: Site) -> int:
    async with site.service.store.read() as reading:
        return await Log(reading).count()


def right(key: tuple[str, str], role: str, *, foreign: bool = False) -> int:
    """The status that a role must get."""
    route: Route = ROUTES[key]
    if route.who != "everybody":
        if role == "public":
            return 401
        if route.who != "signed" and role not in ALLOWED[cast(Permission, route.who)]:
            return 403
    return 403 if foreign and key[0] != SAFE else route.ok


def test_every_route_is_in_the_table(tmp_path: Path) -> None:
    from app.service import Service
    from app.settings import load
    from app.web.app import create_app

    app = create_app(Service(load(None, {"database": str(tmp_path / "h.sqlite3")})))
    found = {(m, p) for m, p in routes_of(whole_app(app).routes) if p not in NOT_HTTP}
    assert found == set(ROUTES)


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_answers_a_role_as_the_table_says(site: Site, role: str) -> None:
    said = {key: (await answer(site, key, role))[0] for key in ROUTES}
    assert said == {key: right(key, role) for key in ROUTES}


async def test_no_other_site_moves_anything_by_an_owners_browser(site: Site) -> None:
    said, written = {}, {}
    for key in ROUTES:
        said[key], written[key], _ = await answer(site, key, "owner", EVIL)
    assert said == {key: right(key, "owner", foreign=True) for key in ROUTES}
    assert set(written.values()) == {0}


async def test_whatever_changes_something_writes_one_line_and_what_was_refused_none(
    site: Site,
) -> None:
    wrong = {}
    for key, route in ROUTES.items():
        status, written, said = await answer(site, key, "owner")
        if (status, written) != (route.ok, route.logs):
            wrong[key] = (status, written, said.text[:200])
        if right(key, "screen") == 403:
            assert (await answer(site, key, "screen"))[1] == 0, key
    assert wrong == {}
    unlogged = {key for key, route in ROUTES.items() if key[0] != SAFE and not route.logs}
    assert {path.rpartition("/")[2] for _, path in unlogged} == {
        *("{wall}", "take-back", "form", "{id}"),  # the audience's form
        *("look", "preview", "claim"),  # change nothing that is kept
    }


async def test_a_body_that_is_not_called_json_is_not_read_as_such(site: Site) -> None:
    """A form of another site can send text that looks like JSON; not every old browser says where it comes from."""
    async with site.client(cookies=await site.owner()) as client:
        url = f"/api/v1/walls/{PATHS['wall']}/mode"
        headers = {"content-type": "text/plain", "origin": ""}
        assert (
            await client.post(url, content=b'{"mode": "open"}', headers=headers)
        ).status_code == 403
        headers |= {"origin": site.service.settings.base_url()}
        assert (
            await client.post(url, content=b'{"mode": "open"}', headers=headers)
        ).status_code == 422
