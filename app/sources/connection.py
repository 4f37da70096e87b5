"""The HTTP connection behind every source: bounded in time and size, plain about what goes wrong."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import metadata
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import anyio
import httpx2 as httpx

from app import metrics
from app.errors import SourceError, UsageError
from app.ports import Clock
from app.sources.bulletin import Bulletin
from app.sources.limits import clock_of
from app.sources.troubles import (
    clocks_differ,
    explain,
    proxy_for,
    proxy_wants_password,
    shown,
)

MAX_BODY = 8 * 1024 * 1024
"""Bytes. A page of 40 posts of 100,000 characters fits."""

PORTAL = "This network wants a sign-in first: a captive portal answers (511). Open any page in a browser."

UNREACHABLE = "source.unreachable"
NONSENSE = "source.nonsense"
FAULT = "source.fault"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 20.0


def base_address(text: str) -> str:
    """`https://fedi.example` from what people type; raises UsageError when it is no web address."""
    typed = text.strip()
    parts = urlsplit(typed if "://" in typed else f"https://{typed}")
    try:
        usable = parts.scheme in ("http", "https") and bool(parts.netloc.strip(":"))
        usable = usable and not any(one.isspace() for one in parts.netloc)
        port = parts.port  # raises on nonsense
    except ValueError:
        usable, port = False, None
    if not usable or parts.username is not None:
        raise UsageError(
            f"{text!r} is no server's address.", hint="It looks like this: https://fedi.example"
        )
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def server_name(base: str) -> str:
    """`fedi.example` or `127.0.0.1:3000`: how a server is named on arrivals."""
    return urlsplit(base).netloc


def user_agent(contact: str) -> str:
    """Names the program, its version and whom to write to: admins block nameless clients."""
    version = metadata.version("hallway")
    return f"Hallway/{version} (conference hashtag wall; contact: {contact or 'not given'})"


@cache
def tls() -> ssl.SSLContext:
    """Whom we trust, for every server the same: reading the list takes some 30 ms, for which nothing else goes on."""
    return httpx.create_ssl_context()


class Connection:
    """An HTTP client that is open as long as its block, and says in a sentence what failed."""

    def __init__(
        self,
        *,
        accept: str,
        contact: str,
        timeouts: Timeouts | None,
        clock: Clock | None = None,
        bulletin: Bulletin | None = None,
        **more: Any,
    ) -> None:
        """`more` goes to httpx: its base address, redirects, hooks. `bulletin` hears of good answers,
        and with a `clock` of a server whose time is another.

        Raises SourceError when the environment names a proxy that cannot be used.
        """
        for scheme in ("http", "https"):
            proxy_for(f"{scheme}://")  # httpx would raise errors of its own
        self.timeouts = timeouts or Timeouts()
        self.ahead = timedelta()
        """How much the clock of this machine was ahead of the server's at the last answer."""
        self._bulletin = bulletin
        self._time = clock
        self._http = httpx.AsyncClient(
            headers={"User-Agent": user_agent(contact), "Accept": accept},
            timeout=httpx.Timeout(self.timeouts.read, connect=self.timeouts.connect),
            verify=tls(),
            **more,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self._http.aclose()

    @asynccontextmanager
    async def ask(
        self, server: str, method: str, address: str, *, read_s: float | None = None, **more: Any
    ) -> AsyncIterator[httpx.Response]:
        """The head of an answer; its body is read inside. What fails in the block is a SourceError.

        `read_s`: how long it may be silent, in seconds, for an answer without end.
        """
        if read_s is not None:
            more["timeout"] = httpx.Timeout(read_s, connect=self.timeouts.connect)
        via = shown(proxy_for(str(self._http.base_url.join(address))))
        with counted(server):
            try:
                async with self._http.stream(method, address, **more) as response:
                    self._hear(server, response, via)
                    yield response
            except TimeoutError as error:
                raise SourceError(f"{server} took too long to answer.", code=UNREACHABLE) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise SourceError(explain(server, error, via), code=UNREACHABLE) from error

    def _hear(self, server: str, response: httpx.Response, via: str) -> None:
        """What every answer says, whatever was asked."""
        if response.status_code == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
            raise SourceError(proxy_wants_password(via), code=UNREACHABLE)
        if response.status_code == httpx.codes.NETWORK_AUTHENTICATION_REQUIRED:
            raise SourceError(PORTAL, code=UNREACHABLE)
        if self._bulletin is None or response.status_code >= 400:
            return
        self._bulletin.alive()
        theirs = clock_of(response.headers)
        if theirs is not None and self._time is not None:
            self.ahead = self._time.now() - theirs
            self._bulletin.note(f"clock {server}", clocks_differ(server, self.ahead))

    @contextmanager
    def patience(self, server: str) -> Iterator[None]:
        """A question as a whole, with all its redirects, takes no longer than this."""
        try:
            with anyio.fail_after(self.timeouts.total):
                yield
        except TimeoutError as error:
            raise SourceError(f"{server} took too long to answer.", code=UNREACHABLE) from error


@contextmanager
def counted(server: str) -> Iterator[None]:
    """Counts one request by how it ends: `ok`, or the last word of the error's code."""
    outcome = "ok"
    try:
        yield
    except SourceError as error:
        outcome = error.code.rpartition(".")[2]
        raise
    finally:
        metrics.source_requests.labels(server, outcome).inc()


async def whole(server: str, response: httpx.Response) -> bytes:
    """The body, bounded. Raises SourceError for more than 8 MiB."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BODY:
            raise SourceError(f"{server} sent more than 8 MiB in one answer.", code=NONSENSE)
    return bytes(body)
