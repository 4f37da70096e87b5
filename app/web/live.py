"""The live WebSocket by the plain path that any ASGI server offers: the crew, and everybody where the lean line cannot be."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from fastapi import APIRouter, Depends, Response, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from app import metrics
from app.domain.crew import Signed
from app.domain.wall import Audience
from app.errors import NotFoundError, RefusedError
from app.live.plain import Closed, PlainLine
from app.service import Service
from app.web.address import client_address
from app.web.deps import Running, Who, audience_for, is_own_origin

router = APIRouter()

MAX_INBOUND = 4096
"""Bytes a page may send in one frame: it has only `seen` to say. uvicorn closes with 1009 above."""
CLOSE_S = 5.0
"""How long a close frame may wait for a socket that takes nothing."""
RETRY_S = 60
FULL = "This house is full: as many people watch as it can hold. Try again in a minute.\n"
CROWDED = f"retry={RETRY_S}"
"""Too many from one network; the page knows how to say it."""
SIGNED_OUT = "this is no screen any more"
"""Said with 1012: the page comes back, and is a viewer like all others. A wall never stands still."""
REFUSAL = "websocket.http.response"
"""What an ASGI server names that can refuse an upgrade in our words: uvicorn can, not every other."""


def position(epoch: str = "", seq: str = "") -> tuple[str, int | None]:
    """Where a page stands; anything that is no number counts as nowhere."""
    return epoch, int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 16 else None


async def _at(epoch: str = "", seq: str = "") -> tuple[str, int | None]:
    return position(epoch, seq)


@router.websocket("/api/v1/walls/{wall}/live")
async def live(
    socket: WebSocket,
    wall: str,
    service: Running,
    who: Who,
    audience: str = "public",
    at: tuple[str, int | None] = Depends(_at),
) -> None:
    """Follow a wall: docs/protocol.md."""
    allowed = await _audience(socket, service, wall, who, audience)
    if isinstance(allowed, Closed):
        await socket.accept()
        await socket.close(allowed.code)
    elif allowed == "crew" or await _is_screen(socket, service, who, wall):
        await _follow(socket, service, wall, allowed, at, who)
    else:
        await _follow_as_public(socket, service, wall, at)


async def _follow_as_public(
    socket: WebSocket, service: Running, wall: str, at: tuple[str, int | None]
) -> None:
    peer = socket.client.host if socket.client else ""
    named = ", ".join(socket.headers.getlist("x-forwarded-for"))
    address = client_address(peer, named, socket.app.state.trusted)
    answer = service.doors.enter(address) if service.hub.open else "full"
    if answer == "in":
        try:
            await _follow(socket, service, wall, "public", at)
        finally:
            service.doors.leave(address)
        return
    metrics.refused.labels(answer).inc()
    if answer == "full" and REFUSAL in socket.scope.get("extensions", {}):
        headers = {"retry-after": str(RETRY_S)}
        await socket.send_denial_response(Response(FULL, 503, headers, "text/plain; charset=utf-8"))
    else:
        await socket.accept()
        await socket.close(1013, CROWDED)


async def _is_screen(socket: WebSocket, service: Service, who: Signed | None, wall: str) -> bool:
    """Whether this page is a registered screen of this wall; what else says so is a viewer like all others.

    A screen has its place however full the house is.
    """
    asks = socket.query_params.get("screen") == "1" and service.hub.open
    if not asks or who is None or not who.screen_id or not is_own_origin(socket, service):
        return False
    return await service.screens.wall_of(who.screen_id) == wall


@contextmanager
def _place(
    service: Service, wall: str, who: Signed | None, line: PlainLine
) -> Iterator[Callable[[bytes], None] | None]:
    """Where a page sits while it is connected: at the desk, among the screens, or nowhere. What takes its reports, if anything does."""
    if who is None:
        yield None
        return
    end = (1012, SIGNED_OUT) if who.screen_id else (1008, "")
    with service.badges.worn(who.session_id, lambda: line.close(*end)):
        if who.screen_id:
            with service.screens.page(who.screen_id, line) as hear:
                yield hear
        else:
            with service.deskroom.seat(wall, who.account_id, who.name, line):
                yield None


async def _follow(
    socket: WebSocket,
    service: Running,
    wall: str,
    audience: Audience,
    at: tuple[str, int | None],
    who: Signed | None = None,
) -> None:
    """`who`: of the crew, or a screen; None for everybody else."""

    await socket.accept()
    line = PlainLine(service.hub.crowd(wall, audience))
    with _place(service, wall, who, line) as hear:
        end = _FarEnd(socket, hear)
        ended = await line.serve(*at, send=end.send, receive=end.receive)
    await _say_goodbye(socket, ended)


class _FarEnd:
    """The page, by its socket; Closed when it is gone. `hear` takes its reports, where anybody wants them."""

    def __init__(self, socket: WebSocket, hear: Callable[[bytes], None] | None) -> None:
        self._socket, self._hear = socket, hear

    async def send(self, text: str) -> None:
        """Until the server below has taken it."""
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise Closed from error

    async def receive(self) -> str:
        """What the page says next."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise Closed(message.get("code") or 1000)
        if message.get("text") is None:
            raise Closed(1003)
        text = str(message["text"])
        if self._hear is not None:
            self._hear(text.encode())
        return text


async def _say_goodbye(socket: WebSocket, ended: Closed) -> None:
    """Unless the page is gone, or will not hear it."""
    states = (socket.application_state, socket.client_state)
    if ended.code == 1006 or any(state is not WebSocketState.CONNECTED for state in states):
        return
    with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        await asyncio.wait_for(socket.close(ended.code, ended.reason), CLOSE_S)


async def _audience(
    socket: WebSocket, service: Running, wall: str, who: Signed | None, wanted: str
) -> Audience | Closed:
    """The audience, or the close code that tells the page why not (browsers hide the status of a refused upgrade)."""
    try:
        async with service.store.read() as reading:
            await reading.wall(wall)
        audience = audience_for(who, wanted)
    except NotFoundError:
        return Closed(4404)
    except RefusedError:
        return Closed(1008)
    return Closed(1008) if audience == "crew" and not is_own_origin(socket, service) else audience
