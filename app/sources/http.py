"""One small JSON client for all sources: what a server says is data, a wait, a refusal or a fault."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2 as httpx
import orjson
import structlog

from app.errors import AccessError, BusyError, SourceError
from app.ports import Clock
from app.sources.bulletin import Bulletin
from app.sources.connection import (
    FAULT,
    NONSENSE,
    Connection,
    Timeouts,
    server_name,
    whole,
)
from app.sources.limits import Pace, read_age, read_quota, wait_asked

MAX_REDIRECTS = 3

ABSENT = frozenset({404, 405, 410})
"""Answers that say "there is no such thing here": data for the caller, no fault."""

DEFAULT_WAIT_S = 60.0
"""When a server says "too many" and not for how long."""

PAGING = frozenset({"max_id", "min_id", "since_id", "page"})
"""Queries that Mastodon counts against its tighter paging throttle (rack_attack.rb)."""

Params = Sequence[tuple[str, str]]

_log = structlog.get_logger(__name__)


class DeniedError(AccessError):
    """A 401, 403 or 422; `status` tells which."""

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the JSON that came with it; an absent thing may come without."""

    status: int
    data: object
    at: datetime
    """When the server's word held: the moment of asking, earlier if a cache answered (`Age`)."""

    next_page: str = ""
    """The address of the next page that a `Link` names. It is read, never followed: Link loses parameters."""

    @property
    def absent(self) -> bool:
        """True for 404, 405 and 410."""
        return self.status in ABSENT


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
            next_page=response.links.get("next", {}).get("url", ""),
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
