"""The process: binds the port, runs the service and its web server side by side, and ends both in order."""

import asyncio
import contextlib
import errno
import gc
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from app.actions.accounts import make_sign_in
from app.errors import UsageError
from app.service import Service
from app.settings import Settings
from app.web.app import create_app
from app.web.live import MAX_INBOUND

USER_TIMEOUT_MS = 20_000
"""A peer that acknowledges nothing for this long is dropped by the kernel; neither uvicorn nor asyncio does it."""
SHUTDOWN_S = 5
BACKLOG = 2_048
"""Pages that wait to be let in, as many as uvicorn's own listener holds."""


def calm_collector() -> None:
    """Collect garbage less often: posts and sockets make many objects and hardly a cycle.

    What was imported is never garbage, and a first generation of 700 is full after a few posts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def serve(
    settings: Settings, say: Callable[[Service, str, int], None], *, fresh: Path | None = None
) -> None:
    """Run until told to stop. `say` is called once, with the one-time sign-in token and the port, when pages can be opened.

    `fresh` names a folder to empty first, once the port is ours: a rehearsal begins anew.
    """
    listener = bind(settings.host, settings.port)
    calm_collector()
    if fresh is not None:
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
    service = Service(settings)
    try:
        await service.open()
        server = _Server(_config(service))
        work = asyncio.create_task(service.run())
        say(service, await make_sign_in(service.context), listener.getsockname()[1])
        await _until_either(asyncio.create_task(server.serve(sockets=[listener])), work, server)
    finally:
        await service.close()
        listener.close()


async def _until_either(
    web: asyncio.Task[None], work: asyncio.Task[None], server: uvicorn.Server
) -> None:
    """The work never ends by itself: when it does, its fault ends the server too, and is told."""
    await asyncio.wait({web, work}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await web
    if not work.done():
        work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


class _Server(uvicorn.Server):
    """Ends by returning. uvicorn's own raises the signal again, which ends the process before the service is closed."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order; a second Ctrl-C waits for nobody."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _config(service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(service),
        log_config=None,
        access_log=False,  # addresses of attendees are nobody's business
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=MAX_INBOUND,
        ws_per_message_deflate=False,  # 9–20 × the CPU of a delivery, see docs/decisions
        timeout_graceful_shutdown=SHUTDOWN_S,
        server_header=False,
    )


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. UsageError when the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # from now on nobody is refused, and nobody else gets the port
    except (OSError, socket.gaierror) as error:
        listener.close()
        raise _explain(host, port, error) from error
    return listener


def _explain(host: str, port: int, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            f"Port {port} is in use already.",
            hint="Stop the other program, or choose another with --port.",
        )
    if error.errno == errno.EACCES:
        return UsageError(
            f"Port {port} is not allowed for this user.", hint="Choose one above 1023 with --port."
        )
    return UsageError(
        f"This machine has no address {host}.",
        hint="Use --host 0.0.0.0 for all its networks, or 127.0.0.1.",
    )
