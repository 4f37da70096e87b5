"""One small JSON client for all sources: bounded in time and size, plain about what goes wrong."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import metadata
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import anyio
import httpx2 as httpx
import orjson
import structlog

from app import metrics
from app.errors import AccessError, BusyError, SourceError, UsageError
from app.ports import Clock
from app.sources.bulletin import Bulletin
from app.sources.limits import Pace, clock_of, read_age, read_quota, wait_asked
from app.sources.troubles import (
    clocks_differ,
    explain,
    proxy_for,
    proxy_wants_password,
    shown,
)

MAX_BODY = 8 * 1024 * 1024
"""Bytes. A page of 40 posts of 100,000 characters fits."""

MAX_REDIRECTS = 3

ABSENT = frozenset({404, 405, 410})
"""Answers that say "there is no such thing here": data for the caller, no fault."""

DEFAULT_WAIT_S = 60.0
"""When a server says "too many" and not for how long."""

PAGING = frozenset({"max_id", "min_id", "since_id", "page"})
"""Queries that Mastodon counts against its tighter paging throttle (rack_attack.rb)."""

PORTAL = "This network wants a sign-in first: a captive portal answers (511). Open any page in a browser."

UNREACHABLE = "source.unreachable"
NONSENSE = "source.nonsense"
FAULT = "source.fault"

Params = Sequence[tuple[str, str]]

_log = structlog.get_logger(__name__)


class DeniedError(AccessError):
    """A 401, 403 or 422; `status` tells which."""

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the JSON that came with it; an absent thing may come without."""

    status: int
    data: object
    at: datetime
    """When the server's word held: the moment of asking, earlier if a cache answered (`Age`)."""

    more: bool = False
    """A `Link` names a next page. Where that leads is not followed: Link loses parameters."""

    @property
    def absent(self) -> bool:
        """True for 404, 405 and 410."""
        return self.status in ABSENT


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


class JsonClient(Connection):
    """Asks one server for JSON. The token goes to that server's origin only, redirected or not."""

    def __init__(
        self,
        base: str,
        *,
        clock: Clock,
        token: str | None = None,
        contact: str = "",
        timeouts: Timeouts | None = None,
        pace: Pace | None = None,
        pause: Callable[[float], Awaitable[None]] | None = None,
        bulletin: Bulletin | None = None,
    ) -> None:
        """`pace` is the source's own where it has one: what a server asked for outlives a run."""
        super().__init__(
            accept="application/json",
            contact=contact,
            timeouts=timeouts,
            clock=clock,
            bulletin=bulletin,
            base_url=base,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            event_hooks={"request": [self._sign]},
        )
        self.server = server_name(base)
        self._clock = clock
        self._token = token
        self._origin = httpx.URL(base).origin
        self._pace = pace or Pace()
        self._pause = pause or clock.sleep
        self._deprecated: set[str] = set()

    async def get(self, path: str, params: Params = ()) -> Answer:
        """The JSON at `path`, or an absent answer (404, 405, 410).

        Raises DeniedError (401, 403, 422), BusyError (429, 503 with Retry-After) and SourceError
        for all else: unreachable, too slow, too large, no JSON, 5xx.
        """
        return await self.send("GET", path, params)

    async def send(
        self, method: str, path: str, params: Params = (), *, body: object = None
    ) -> Answer:
        """As `get`, with any method and a JSON body."""
        await self._keep_pace(params)
        asked_at = self._clock.now()
        more: dict[str, Any] = {} if body is None else {"json": body}
        with self.patience(self.server):
            async with self.ask(self.server, method, path, params=list(params), **more) as response:
                answered = await whole(self.server, response)
                self._judge(path, response, answered)
        return Answer(
            response.status_code,
            self._read(response, answered),
            asked_at - read_age(response.headers),
            more='rel="next"' in response.headers.get("link", ""),
        )

    @asynccontextmanager
    async def listen(
        self, path: str, params: Params, *, silence_s: float
    ) -> AsyncIterator[httpx.Response]:
        """An answer without end, to be read inside; errors as `get`, while it is open too.

        Silence for `silence_s` (seconds) is a fault.
        """
        await self._keep_pace(params)
        async with self.ask(
            self.server, "GET", path, params=list(params), read_s=silence_s
        ) as response:
            if not response.is_success:
                with self.patience(self.server):
                    self._judge(path, response, await whole(self.server, response))
            yield response

    def examine(self, response: httpx.Response, body: bytes) -> None:
        """For networks that say more than the status does: raises what it means to them."""

    def _read(self, response: httpx.Response, body: bytes) -> object:
        try:
            return read_json(self.server, response.headers, body)
        except SourceError:
            if (
                response.status_code in ABSENT
            ):  # a page for people: still absent, but nothing to read
                return None
            raise

    async def _sign(self, request: httpx.Request) -> None:
        """Runs for every hop of a redirect too: the token stays with its origin."""
        request.headers.pop("Authorization", None)
        if self._token and request.url.origin == self._origin:
            request.headers["Authorization"] = f"Bearer {self._token}"

    async def _keep_pace(self, params: Params) -> None:
        paging = any(name in PAGING for name, _ in params)
        wait = self._pace.take(self._clock.monotonic(), paging=paging)
        while wait > 0:
            await self._pause(wait)
            # Meanwhile the server may have asked somebody else to wait: that holds for all.
            wait = self._pace.held(self._clock.monotonic())

    def _judge(self, path: str, response: httpx.Response, body: bytes) -> None:
        self.examine(response, body)
        self._note(path, response)
        self._refuse(response)

    def _note(self, path: str, response: httpx.Response) -> None:
        self._pace.learn(read_quota(response.headers, self._clock.now()), self._clock.monotonic())
        # RFC 9745; Mastodon sends it since 4.4.
        if "deprecation" in response.headers and path not in self._deprecated:
            self._deprecated.add(path)
            _log.warning(
                "endpoint deprecated",
                server=self.server,
                path=path,
                since=response.headers["deprecation"],
            )

    def _refuse(self, response: httpx.Response) -> None:
        """Raise what the status means; return when there is something to read, or it is absent."""
        status = response.status_code
        if status in (401, 403, 422):
            raise DeniedError(
                f"{self.server} answers {status}: {_denied(status, self._token)}", status=status
            )
        if status == 429 or (status == 503 and "retry-after" in response.headers):
            asked = wait_asked(response.headers, self._clock.now())
            wait = DEFAULT_WAIT_S if asked is None else asked
            self._pace.hold(wait, self._clock.monotonic())
            raise BusyError(
                f"{self.server} asks to wait (it answers {status}).", retry_after_s=wait
            )
        if status >= 500:
            raise SourceError(
                f"{self.server} has a fault of its own (it answers {status}).", code=FAULT
            )
        if status not in ABSENT and not response.is_success:
            raise SourceError(
                f"{self.server} answers {status}, which makes no sense here.", code=NONSENSE
            )


def _denied(status: int, token: str | None) -> str:
    if not token:
        return "it wants a token."
    if status == 401:
        return "it does not accept the token."
    return "the token is not enough."


def read_json(server: str, headers: httpx.Headers, body: bytes) -> object:
    """Parsed JSON; raises SourceError for another content type and for what ends early."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        what = "HTML" if kind == "text/html" else kind
        raise SourceError(
            f"{server} answered {what} instead of JSON (a captive portal?).", code=NONSENSE
        )
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SourceError(
            f"{server} answered JSON that is broken or ends early.", code=NONSENSE
        ) from error
