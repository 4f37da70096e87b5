"""How uvicorn lets attendees in: the one file that leans on its internals, and only on those of the version named here.

uvicorn makes one object of its `ws=` class for each upgrade request and calls, in this order and in one go:
`connection_made(transport)`, `data_received(request head)`, and `transport.set_protocol(that object)`. Here a public viewer is
given to a lean line, which is set as the transport's protocol right after; every other request goes to uvicorn's own class.
What else is used: the attributes `parser` and `cycle` of its httptools protocol, and its class `WebSocketsSansIOProtocol`.
"""

import asyncio
import re
from collections.abc import Iterable
from typing import Any, cast

import structlog
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app import metrics
from app.live.crowd import Crowd
from app.live.doors import Doors, key_of
from app.live.handshake import Upgrade, negotiate, parse_upgrade, refusal, response
from app.live.hub import Hub
from app.live.lean import LeanLine
from app.live.websocket import close_frame
from app.web.address import Trusted, client_address
from app.web.hosts import Hosts
from app.web.live import CROWDED, FULL, RETRY_S, position

KNOWN_UVICORN = "0.54."
"""The versions whose internals were read; the contract suite of lines is run against them."""
LIVE = re.compile(r"/api/v1/walls/([a-z0-9-]+)/live")

log = structlog.get_logger()


def web_socket_class(
    hub: Hub, doors: Doors, trusted: Trusted, hosts: Hosts, *, plain: bool
) -> type[asyncio.Protocol]:
    """What uvicorn is to use for WebSockets: ours, or its own when asked to, or when it is a version we do not know."""
    if plain:
        return WebSocketsSansIOProtocol
    if not uvicorn.__version__.startswith(KNOWN_UVICORN):
        log.warning(
            "delivery.plain",
            hint=f"uvicorn {uvicorn.__version__} is not known to Hallway, which knows {KNOWN_UVICORN}x: "
            "attendees are served by the plain path, which costs about four times the CPU.",
        )
        return WebSocketsSansIOProtocol
    return type(
        "BoundUpgrade",
        (LeanUpgrade,),
        {"hub": hub, "doors": doors, "trusted": trusted, "hosts": hosts},
    )


def close_unasked(connections: Iterable[Any], before: set[Any]) -> set[Any]:
    """Close connections that had no whole request head the last time either; the others that have none now."""
    now = {one for one in connections if getattr(one, "cycle", one) is None}
    for one in now & before:
        one.transport.close()
    return now - before


class LeanUpgrade(asyncio.Protocol):
    """One upgrade request. Whatever comes before the next protocol is set is passed on to it."""

    hub: Hub
    doors: Doors
    trusted: Trusted
    hosts: Hosts

    def __init__(self, config: Any, server_state: Any, app_state: Any) -> None:
        self._uvicorn = (config, server_state, app_state)
        self._next: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The transport, still with its HTTP protocol."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """First the request, then whatever comes before the next protocol is in place."""
        if self._next is not None:
            self._next.data_received(data)
            return
        upgrade = parse_upgrade(data)
        crowd = self._crowd(upgrade) if upgrade else None
        if upgrade and crowd:
            self._admit(upgrade, crowd)
        else:
            self._leave_to_uvicorn(data)

    def eof_received(self) -> bool | None:
        """Passed on."""
        return self._next.eof_received() if self._next else None

    def connection_lost(self, exc: Exception | None) -> None:
        """Passed on."""
        if self._next:
            self._next.connection_lost(exc)

    def pause_writing(self) -> None:
        """Passed on."""
        if self._next:
            self._next.pause_writing()

    def resume_writing(self) -> None:
        """Passed on."""
        if self._next:
            self._next.resume_writing()

    def _crowd(self, upgrade: Upgrade) -> Crowd | None:
        """Whom this viewer would join; None when that is no matter of ours."""
        match = LIVE.fullmatch(upgrade.path)
        secure = self._transport.get_extra_info("sslcontext") is not None
        ours = upgrade.headers.get("host", "") in self.hosts and not _is_signed(upgrade)
        return self.hub.known(match[1]) if match and ours and not secure else None

    def _admit(self, upgrade: Upgrade, crowd: Crowd) -> None:
        address = self._address(upgrade)
        answer = self.doors.enter(address) if self.hub.open else "full"
        if answer == "in":
            self._open(upgrade, crowd, address)
            return
        metrics.refused.labels(answer).inc()
        if answer == "full":
            words = refusal(503, "Service Unavailable", FULL, RETRY_S)
        else:  # browsers hide the status of a refused upgrade; a close code they show
            words = response(upgrade.key, None) + close_frame(1013, CROWDED)
        self._transport.write(words)
        self._transport.close()

    def _open(self, upgrade: Upgrade, crowd: Crowd, address: str) -> None:
        extension = negotiate(upgrade.offers) if upgrade.offers else None
        doors = self.doors
        line = LeanLine(
            self._transport,
            crowd,
            deflates=extension is not None,
            on_gone=lambda: doors.leave(address),
        )
        self._hand_over(line)
        line.take(response(upgrade.key, extension))
        crowd.join(line, *position(upgrade.query.get("epoch", ""), upgrade.query.get("seq", "")))

    def _leave_to_uvicorn(self, data: bytes) -> None:
        config, server_state, app_state = self._uvicorn
        protocol = WebSocketsSansIOProtocol(config, server_state, app_state)
        protocol.connection_made(self._transport)
        self._hand_over(protocol)
        protocol.data_received(data)

    def _hand_over(self, protocol: asyncio.Protocol) -> None:
        """The transport's protocol from now on; uvicorn sets us once more on its way out."""
        self._next = protocol
        http = self._transport.get_protocol()
        if hasattr(http, "parser"):
            http.parser = None  # a cycle of some KB that would wait for the collector
        self._transport.set_protocol(protocol)
        asyncio.get_running_loop().call_soon(self._transport.set_protocol, protocol)

    def _address(self, upgrade: Upgrade) -> str:
        peer = self._transport.get_extra_info("peername")
        named = upgrade.headers.get("x-forwarded-for", "")
        return key_of(
            client_address(peer[0] if isinstance(peer, tuple) else "", named, self.trusted)
        )


def _is_signed(upgrade: Upgrade) -> bool:
    """Whether it asks for more than everybody gets: the desk, or a screen with the cookie of one."""
    screen = upgrade.query.get("screen") == "1" and "hallway=" in upgrade.headers.get("cookie", "")
    return screen or upgrade.query.get("audience") == "crew"
