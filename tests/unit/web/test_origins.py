"""Which names the service answers for, and which pages count as its own: exactly those, whatever they look like."""

from pathlib import Path
from typing import Any, cast

import httpx2 as httpx
import pytest
from starlette.requests import HTTPConnection

from app.service import Service
from app.settings import load
from app.web.app import create_app
from app.web.deps import is_own_origin
from app.web.hosts import Hosts

pytestmark = pytest.mark.anyio

FOREIGN = [
    "null",
    "",
    "http://wall.example",
    "https://wall.example:444",
    "https://evil.example",
    "https://wall.example.evil.example",
    "https://evil-wall.example",
    "https://sub.wall.example",
    "https://wall.example@evil.example",
    "https://evil.example/https://wall.example",
    "https://xn--wll-6la.example",
    "https://wall.example.",
    "file://",
    "https://wall.example https://evil.example",
    "wall.example",
]


def service_at(folder: Path, **flags: Any) -> Service:
    return Service(load(None, {"database": str(folder / "h.sqlite3"), **flags}))


def asked(host: str, origin: str) -> HTTPConnection:
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    return HTTPConnection({"type": "http", "headers": headers})


@pytest.mark.parametrize("host", ["wall.example", "WALL.example:443", "127.0.0.1:8080"])
def test_with_a_public_address_only_its_own_origin_counts(tmp_path: Path, host: str) -> None:
    service = service_at(tmp_path, public_url="https://Wall.example:443")
    assert is_own_origin(asked(host, "https://wall.example"), service)
    assert [o for o in FOREIGN if is_own_origin(asked(host, o), service)] == []


def test_without_one_the_page_must_come_from_the_address_that_is_asked(tmp_path: Path) -> None:
    service = service_at(tmp_path)
    assert is_own_origin(asked("10.0.0.5:8080", "http://10.0.0.5:8080"), service)
    wrong = ["http://10.0.0.5", "http://10.0.0.5:80800", "http://10.0.0.6:8080", *FOREIGN]
    assert [o for o in wrong if is_own_origin(asked("10.0.0.5:8080", o), service)] == []


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("wall.example", True),
        ("wall.example:443", True),
        ("WALL.EXAMPLE", True),
        ("127.0.0.1:8080", True),
        ("localhost", True),
        ("[::1]:8080", True),
        ("evil.example", False),
        ("wall.example.evil.example", False),
        ("wall.example/../x", False),
        ("wall.example:443:80", False),
        ("wall.example@evil.example", False),
        ("wall.example\\evil", False),
        ("", False),
    ],
)
async def test_a_name_that_is_not_ours_gets_400(tmp_path: Path, host: str, answered: bool) -> None:
    app = create_app(service_at(tmp_path, public_url="https://wall.example"))
    transport = httpx.ASGITransport(app=cast(Any, app))
    async with httpx.AsyncClient(transport=transport, base_url="https://wall.example") as client:
        answer = await client.get("/sign-in", headers={"host": host})
        monitor = await client.get("/livez", headers={"host": host})
    assert (answer.status_code, monitor.status_code) == (200 if answered else 400, 200)
    if not answered:
        assert answer.json()["code"] == "host"
        assert "content-security-policy" in answer.headers


def test_without_a_public_address_every_name_will_do_that_is_one() -> None:
    assert "wall.local:8080" in Hosts("", "127.0.0.1")
    assert "wall.local/x" not in Hosts("", "127.0.0.1")
