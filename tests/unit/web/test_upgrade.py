"""How uvicorn is used: only the version that was read, and nobody holds a connection without asking for anything."""

import pytest
import uvicorn
from structlog.testing import capture_logs
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from app.live.doors import Doors
from app.live.hub import Hub
from app.storage.store import Store
from app.web.address import Trusted
from app.web.hosts import Hosts
from app.web.upgrade import KNOWN_UVICORN, LeanUpgrade, close_unasked, web_socket_class
from tests.fakes import FakeClock


class Transport:
    """A transport that notes that it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


def asked(*, plain: bool = False) -> type:
    hub = Hub(Store("sqlite:///unused.sqlite3"), FakeClock())
    return web_socket_class(hub, Doors(1, 1), Trusted(()), Hosts("", ""), plain=plain)


def connection(*, cycle: object = None) -> HttpToolsProtocol:
    made = HttpToolsProtocol(uvicorn.Config(app=lambda: None, lifespan="off"), ServerState(), {})
    made.transport = Transport()
    made.cycle = cycle
    return made


def test_the_installed_uvicorn_is_the_one_whose_internals_were_read() -> None:
    assert uvicorn.__version__.startswith(KNOWN_UVICORN)
    assert issubclass(asked(), LeanUpgrade)


def test_another_uvicorn_gets_the_plain_path_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uvicorn, "__version__", "0.99.1")
    with capture_logs() as logs:
        assert asked() is WebSocketsSansIOProtocol
    assert "0.99.1" in logs[0]["hint"]
    assert logs[0]["log_level"] == "warning"


def test_the_plain_path_can_be_asked_for() -> None:
    assert asked(plain=True) is WebSocketsSansIOProtocol


@pytest.mark.anyio
async def test_who_connects_and_asks_nothing_is_closed_at_the_second_look() -> None:
    silent, asking = connection(), connection(cycle=object())
    first = close_unasked([silent, asking], set())
    assert not silent.transport.closed
    newcomer = connection()
    close_unasked([silent, asking, newcomer], first)
    assert [c.transport.closed for c in (silent, asking, newcomer)] == [True, False, False]
