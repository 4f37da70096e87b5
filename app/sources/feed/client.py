"""Fetches a feed: conditionally, bounded in time and size, and with few redirects."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

import httpx2 as httpx

from app.domain.text import web_address
from app.errors import AccessError, BusyError, SourceError
from app.ports import Clock
from app.sources.bulletin import Bulletin
from app.sources.connection import FAULT, NONSENSE, UNREACHABLE, Connection, Timeouts, whole
from app.sources.feed import words
from app.sources.feed.xml import joined
from app.sources.http import DEFAULT_WAIT_S, MAX_REDIRECTS, DeniedError
from app.sources.limits import read_age, wait_asked

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Validators:
    """By what a server knows again what it sent last; only for the address that it came from."""

    address: str
    etag: str = ""
    modified: str = ""

    def headers(self, address: str) -> dict[str, str]:
        """`If-None-Match` and `If-Modified-Since` (RFC 9110, 13.1)."""
        if address != self.address:
            return {}
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server sent; `body` is None when nothing has changed (304)."""

    body: bytes | None
    content_type: str
    address: str
    """Where it came from in the end."""
    moved: str | None
    """Where permanent redirects alone lead to."""
    validators: Validators
    at: datetime
    """When the server's word held: the moment of asking, earlier if a cache answered (`Age`)."""
    rest_s: float
    """How long the server says it stays fresh, or asks to be left alone."""


class FeedClient(Connection):
    """Asks for one feed, or another thing at one address, again and again."""

    def __init__(
        self,
        *,
        clock: Clock,
        contact: str = "",
        timeouts: Timeouts | None = None,
        bulletin: Bulletin | None = None,
        accept: str = _ACCEPT,
        what: str = "feed",
    ) -> None:
        """`what` people call that which is read: a programme is asked for in the same way."""
        super().__init__(
            accept=accept,
            contact=contact,
            timeouts=timeouts,
            clock=clock,
            bulletin=bulletin,
            follow_redirects=False,
        )
        self._clock = clock
        self._what = what

    async def get(self, address: str, known: Validators | None) -> Fetched:
        """The feed at `address`, or word that it is as `known`.

        Raises DeniedError and AccessError (401, 403, 410 …), BusyError (429, 503 with Retry-After)
        and SourceError for all else: unreachable, too slow, too large, 404, 5xx, redirects in circles.
        """
        with self.patience(host(address)):
            return await self._follow(address, known)

    async def _follow(self, address: str, known: Validators | None) -> Fetched:
        at, moved, permanent = address, None, True
        for _ in range(MAX_REDIRECTS + 1):
            response, body = await self._ask(at, known)
            if response.status_code not in _REDIRECTS:
                self._judge(host(at), response, asked=known is not None and at == known.address)
                return self._fetched(response, body, at, moved)
            at = _target(at, response)
            permanent = permanent and response.status_code in _PERMANENT
            moved = at if permanent else moved
        raise SourceError(f"{host(address)} redirects in circles.", code=UNREACHABLE)

    async def _ask(self, address: str, known: Validators | None) -> tuple[httpx.Response, bytes]:
        headers = known.headers(address) if known is not None else {}
        server = host(address)
        async with self.ask(server, "GET", address, headers=headers) as response:
            redirects = response.status_code in _REDIRECTS
            return response, b"" if redirects else await whole(server, response)

    def _judge(self, server: str, response: httpx.Response, *, asked: bool) -> None:
        """Raise what the status means; return when there is something to read, or nothing new."""
        status = response.status_code
        if status == 410:
            raise AccessError(
                words.gone(server, self._what),
                hint="Take it out of the settings, or name where it is now.",
            )
        if status in (401, 402, 403, 407, 451):
            raise DeniedError(words.denied(server, status, self._what), status=status)
        if status == 429 or (status == 503 and "retry-after" in response.headers):
            wait = wait_asked(response.headers, self._clock.now())
            raise BusyError(
                f"{server} asks to wait (it answers {status}).",
                retry_after_s=DEFAULT_WAIT_S if wait is None else wait,
            )
        if status == 404:
            raise SourceError(words.missing(server, status, self._what), code=NONSENSE)
        if status >= 500:
            raise SourceError(f"{server} has a fault of its own (it answers {status}).", code=FAULT)
        if not (response.is_success or (status == 304 and asked)):
            raise SourceError(
                f"{server} answers {status}, which makes no sense here.", code=NONSENSE
            )

    def _fetched(
        self, response: httpx.Response, body: bytes, address: str, moved: str | None
    ) -> Fetched:
        headers = response.headers
        return Fetched(
            body=None if response.status_code == 304 else body,
            content_type=headers.get("content-type", ""),
            address=address,
            moved=moved,
            validators=Validators(
                address, headers.get("etag", ""), headers.get("last-modified", "")
            ),
            at=self._clock.now() - read_age(headers),
            rest_s=max(_fresh_s(headers), self._asked_s(headers)),
        )

    def _asked_s(self, headers: httpx.Headers) -> float:
        """`Retry-After` beside an answer; a quota that is renewed some time asks for nothing."""
        said = {name: headers[name] for name in ("retry-after", "date") if name in headers}
        return wait_asked(said, self._clock.now()) or 0.0


def host(address: str) -> str:
    """Host and port, for sentences: addresses may carry secrets in their query."""
    return urlsplit(address).netloc


def without_query(address: str) -> str:
    """The address as it may be shown."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, "", ""))


def _target(address: str, response: httpx.Response) -> str:
    target = web_address(joined(address, response.headers.get("location", "")))
    if target is None:
        raise SourceError(f"{host(address)} redirects to no web address.", code=NONSENSE)
    return target.partition("#")[0]


def _fresh_s(headers: httpx.Headers) -> float:
    """For how long asking again brings the same (`Cache-Control: max-age` less `Age`, RFC 9111)."""
    control = headers.get("cache-control", "")
    found = _MAX_AGE.search(control)
    if found is None or "no-cache" in control.lower() or "no-store" in control.lower():
        return 0.0
    return max(0.0, float(found[1]) - read_age(headers).total_seconds())
