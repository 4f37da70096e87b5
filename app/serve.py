"""The process: binds the port, runs the service and its web server side by side, and ends both in order."""

import asyncio
import contextlib
import errno
import gc
import os
import resource
import shutil
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import structlog
import uvicorn

from app.actions.accounts import make_sign_in
from app.actions.set_up import make_set_up
from app.errors import UsageError
from app.live.crowd import PULSE_S
from app.live.hub import Hub
from app.service import Service
from app.settings import Settings
from app.web.address import Trusted
from app.web.app import create_app
from app.web.hosts import Hosts
from app.web.live import MAX_INBOUND
from app.web.upgrade import close_unasked, web_socket_class

log = structlog.get_logger()

USER_TIMEOUT_MS = 20_000
"""A peer that acknowledges nothing for this long is dropped by the kernel; neither uvicorn nor asyncio does it."""
SEND_BUFFER = 64 * 1024
"""Bytes, of which the kernel makes twice as many: without it a page that reads nothing holds up to 2.7 MB. fanout.md."""
PONG_S = 10
"""On the plain path: a page that does not answer a ping within this time is gone."""
TICKS_TO_ASK = 100
"""Tenths of a second that a connection has to begin asking; at most twice as many."""
OTHER_FILES = 512
"""Descriptors that are not viewers: the store, pictures, plain requests."""
SHUTDOWN_S = 5
BACKLOG = 4_096
"""Pages that wait to be let in; Linux allows no more unless told (net.core.somaxconn)."""


@dataclass(frozen=True, slots=True)
class Links:
    """What opens the service to its operator."""

    set_up: str | None
    """None once an owner can sign in with a password."""
    sign_in: str | None


def calm_collector() -> None:
    """Collect garbage less often: posts and sockets make many objects and hardly a cycle.

    What was imported is never garbage, and a first generation of 700 is full after a few posts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def serve(
    settings: Settings,
    say: Callable[[Service, Links, int], None],
    *,
    fresh: Path | None = None,
    quick: bool = False,
) -> None:
    """Run until told to stop. `say` is called once, with the one-time links and the port, when pages can be opened.

    `fresh` names a folder to empty first, once the port is ours: a rehearsal begins anew. `quick` asks for a link that
    signs in at once.
    """
    listener = bind(settings.host, settings.port)
    port = int(listener.getsockname()[1])
    settings = settings.model_copy(update={"port": port})
    calm_collector()
    if fresh is not None:
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
    service = Service(_that_fits(settings))
    try:
        await service.open()
        server = _Server(_config(service), service.hub)
        work = asyncio.create_task(service.run())
        say(service, await _links(service, quick=quick), port)
        await _until_either(asyncio.create_task(server.serve(sockets=[listener])), work, server)
    finally:
        await service.close()
        listener.close()


async def _links(service: Service, *, quick: bool) -> Links:
    base, file = service.settings.base_url(), service.settings.set_up_file()
    token = await make_set_up(service.context)
    set_up = f"{base}/set-up#{token}" if token else None
    await asyncio.to_thread(keep_link, file, set_up)
    sign_in = f"{base}/sign-in#{await make_sign_in(service.context)}" if quick else None
    return Links(set_up, sign_in)


def keep_link(file: Path, link: str | None) -> None:
    """Write the set-up link where only the operator can read it; None takes an old one away."""
    file.unlink(missing_ok=True)
    if link is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        # made new, so that the mode is ours and nothing is followed that somebody else put there
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as kept:  # noqa: PTH123
            kept.write(f"{link}\n")


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


def _that_fits(settings: Settings) -> Settings:
    """As many viewers as the system lets one process have open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    fits = max(1, files - OTHER_FILES)
    if files == resource.RLIM_INFINITY or settings.max_viewers <= fits:
        return settings
    log.warning(
        "viewers.fewer",
        hint=f"This process may open {files} files, so {fits} viewers fit instead of {settings.max_viewers}. "
        "Raise the limit: LimitNOFILE=65536 in the systemd unit, or ulimit -n.",
    )
    return settings.model_copy(update={"max_viewers": fits})


class _Server(uvicorn.Server):
    """Ends by returning. uvicorn's own raises the signal again, which ends the process before the service is closed."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub
        self._unasked: set[object] = set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order; a second Ctrl-C waits for nobody."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; every few seconds close who connects and asks nothing, which uvicorn does not."""
        if counter % TICKS_TO_ASK == 0:
            self._unasked = close_unasked(self.server_state.connections, self._unasked)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell viewers that the service restarts, then close what uvicorn knows of."""
        await self._hub.dismiss(1012)
        await super().shutdown(sockets)


def _config(service: Service) -> uvicorn.Config:
    proxies = service.settings.trusted_proxies
    return uvicorn.Config(
        create_app(service),
        log_config=None,
        access_log=False,  # addresses of attendees are nobody's business
        lifespan="off",
        ws=web_socket_class(
            service.hub,
            service.doors,
            Trusted(proxies),
            Hosts(service.settings.public_url, service.settings.host),
            plain=service.settings.delivery == "plain",
        ),
        ws_max_size=MAX_INBOUND,
        ws_per_message_deflate=False,  # a stream for each viewer: docs/decisions/0006
        ws_ping_interval=PULSE_S,
        ws_ping_timeout=PONG_S,
        proxy_headers=False,  # app/web/address.py reads them, the same for both lines
        timeout_graceful_shutdown=SHUTDOWN_S,
        backlog=BACKLOG,
        server_header=False,
    )


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. UsageError when the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
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
