"""The live WebSocket, by the plain path that any ASGI server offers."""

from fastapi import APIRouter, Depends, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from app.domain.wall import Audience
from app.errors import NotFoundError, RefusedError
from app.live.viewer import Closed, Viewer
from app.web.deps import Role, Running, audience_for, is_own_origin, role_of

router = APIRouter()

MAX_INBOUND = 4096
"""Bytes a page may send in one frame: it has only `seen` to say. uvicorn closes with 1009 above."""


class SocketPeer:
    """A Starlette WebSocket as a viewer's far end."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        """Hand over one text frame."""
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise Closed from error

    async def receive(self) -> str:
        """The next text frame."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise Closed(message.get("code") or 1000)
        if message.get("text") is None:
            raise Closed(1003)
        return str(message["text"])


def _position(epoch: str = "", seq: str = "") -> tuple[str, int | None]:
    """Where a page stands; anything that is no number counts as nowhere."""
    return epoch, int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 16 else None


@router.websocket("/api/v1/walls/{wall}/live")
async def live(
    socket: WebSocket,
    wall: str,
    service: Running,
    role: Role,
    audience: str = "public",
    position: tuple[str, int | None] = Depends(_position),
) -> None:
    """Follow a wall: docs/protocol.md."""
    allowed = await _admit(socket, service, wall, role, audience)
    await socket.accept()
    if isinstance(allowed, int):
        await socket.close(allowed)
        return

    async def still_allowed() -> bool:
        return allowed == "public" or await role_of(socket, service) is not None

    viewer = Viewer(
        SocketPeer(socket),
        service.hub,
        service.clock,
        wall=wall,
        audience=allowed,
        still_allowed=still_allowed,
    )
    code = await viewer.serve(*position)
    if (
        socket.application_state is WebSocketState.CONNECTED
        and socket.client_state is WebSocketState.CONNECTED
    ):
        await socket.close(code)


async def _admit(
    socket: WebSocket, service: Running, wall: str, role: str | None, wanted: str
) -> Audience | int:
    """The audience, or the close code that tells the page why not (browsers hide the status of a refused upgrade)."""
    try:
        async with service.store.read() as reading:
            await reading.wall(wall)
        audience = audience_for(role, wanted)
    except NotFoundError:
        return 4404
    except RefusedError:
        return 1008
    return 1008 if audience == "crew" and not is_own_origin(socket, service) else audience
