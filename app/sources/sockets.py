"""WebSockets to networks: opened like all other connections, by the same proxy, trust and name."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from app import metrics
from app.sources.connection import MAX_BODY, Timeouts, server_name, tls, user_agent
from app.sources.troubles import explain, proxy_for, shown

ERRORS = (OSError, WebSocketException, TimeoutError)
"""What opening and reading a socket raises."""

FRAMES_AHEAD = 16
"""Frames that a socket reads ahead of us, before TCP holds the server back (websockets' own default)."""


@asynccontextmanager
async def open_socket(
    address: str,
    *,
    contact: str,
    timeouts: Timeouts,
    headers: Mapping[str, str] | None = None,
    frames_ahead: int = FRAMES_AHEAD,
) -> AsyncIterator[ClientConnection]:
    """A socket to a ws:// or wss:// address, closed behind the block.

    Raises InvalidStatus when it is refused, other ERRORS when it cannot be had, and SourceError for a
    proxy that cannot be used.
    """
    opening = connect(
        address,
        additional_headers=dict(headers or {}),
        user_agent_header=user_agent(contact),
        compression=None,
        max_size=MAX_BODY,
        max_queue=frames_ahead,
        open_timeout=timeouts.total,
        close_timeout=timeouts.connect,
        proxy=proxy_for(address),
        ssl=tls() if address.startswith("wss:") else None,
    )
    outcome = "unreachable"
    try:
        socket = await opening
        outcome = "ok"
    except InvalidStatus:
        outcome = "refused"
        raise
    finally:
        metrics.source_requests.labels(server_name(address), outcome).inc()
    try:
        yield socket
    finally:
        await socket.close()


def why_not(address: str, error: BaseException) -> str:
    """One plain sentence about a socket that could not be had."""
    return explain(server_name(address), error, shown(proxy_for(address)))
