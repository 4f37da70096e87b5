"""A scriptable server of feeds on a real loopback socket, and made-up feeds in every format."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from random import Random
from typing import Any, Self

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.sources.feed.source import FeedSource
from tests.fake_mastodon import ManualClock, serving

NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
BORN = datetime(2026, 11, 20, 8, tzinfo=UTC)


def item(number: int, *, tags: Sequence[str] = ("PyFest26",), more: str = "", **fields: str) -> str:
    """An RSS item. Higher numbers are newer, one minute each."""
    made = BORN + timedelta(minutes=number)
    said = {
        "title": f"Entry {number}",
        "link": f"https://blog.example/{number}",
        "guid": f"https://blog.example/?p={number}",
        "pubDate": format_datetime(made),
        "description": f"<p>About talk {number}</p>",
    } | fields
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in said.items() if value)
    named = "".join(f"<category>{escape(tag)}</category>" for tag in tags)
    return f"<item>{inside}{named}{more}</item>"


def rss(*items: str, more: str = "", title: str = "A Made-Up Blog") -> str:
    """An RSS 2.0 feed with these items, newest first."""
    channel = f"<title>{title}</title><link>https://blog.example/</link>{more}{''.join(items)}"
    return (
        f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}><channel>{channel}</channel></rss>'
    )


def atom_entry(number: int, *, more: str = "", updated: str = "", content: str = "") -> str:
    made = (BORN + timedelta(minutes=number)).isoformat()
    return (
        f"<entry><id>tag:blog.example,2026:{number}</id><title>Entry {number}</title>"
        f'<link rel="alternate" href="/{number}"/><published>{made}</published>'
        f"<updated>{updated or made}</updated>"
        f'<content type="html">{escape(content or f"<p>About talk {number}</p>")}</content>'
        f'<category term="pyfest26"/>{more}</entry>'
    )


def atom(*entries: str, more: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"'
        ' xml:base="https://blog.example/"><title>A Made-Up Blog</title>'
        f'<link href="/"/>{more}{"".join(entries)}</feed>'
    )


def json_feed(*items: dict[str, Any], **more: Any) -> str:
    top = {"version": "https://jsonfeed.org/version/1.1", "title": "A Made-Up Blog"}
    return json.dumps({**top, "home_page_url": "https://blog.example/", **more, "items": items})


def json_item(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"https://blog.example/{number}",
        "url": f"https://blog.example/{number}",
        "title": f"Entry {number}",
        "content_html": f"<p>About talk {number}</p>",
        "date_published": (BORN + timedelta(minutes=number)).isoformat(),
        "tags": ["PyFest26"],
    } | more


# --- the server -----------------------------------------------------------------------------------

Fault = Callable[[Request], Awaitable[Response]]


@dataclass
class FakeFeeds:
    """One feed, how the server behaves, and what it was asked."""

    body: str | bytes = ""
    content_type: str = "application/rss+xml"
    headers: dict[str, str] = field(default_factory=dict)
    conditional: bool = True
    """Whether it gives an ETag and Last-Modified, and answers 304."""
    faults: list[Fault] = field(default_factory=list)
    """Each is used once."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Paths with their queries, and headers in lower case."""
    statuses: list[int] = field(default_factory=list)
    base: str = ""
    closing: anyio.Event = field(default_factory=anyio.Event)

    @property
    def address(self) -> str:
        return f"{self.base}/feed.xml"

    @property
    def server(self) -> str:
        return self.base.partition("://")[2]

    def fail(self, *faults: Fault) -> None:
        self.faults += faults

    async def hang(self, request: Request) -> Response:
        """Say nothing until the server goes."""
        await self.closing.wait()
        return Response()

    def redirects(self, status: int, path: str) -> Fault:
        async def fault(request: Request) -> Response:
            return Response(status_code=status, headers={"location": path})

        return fault

    async def serve(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        self.requests.append((request.url.path + query, dict(request.headers)))
        response = await self.faults.pop(0)(request) if self.faults else self._answer(request)
        self.statuses.append(response.status_code)
        return response

    def _answer(self, request: Request) -> Response:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        headers = dict(self.headers)
        if self.conditional:
            headers["etag"] = f'"{hash(body):x}"'
            headers["last-modified"] = "Sat, 21 Nov 2026 09:00:00 GMT"
            if request.headers.get("if-none-match") == headers["etag"]:
                return Response(status_code=304, headers=headers)
        return Response(body, headers={"content-type": self.content_type, **headers})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve on a free loopback port."""
        app = Starlette(routes=[Route("/{path:path}", self.serve, methods=["GET"])])
        async with serving(app) as base:
            self.base = base
            try:
                yield self
            finally:
                self.closing.set()


def source(fake: FakeFeeds, clock: ManualClock, *tags: str, **changes: Any) -> FeedSource:
    """A source for the fake server's feed."""
    settings: dict[str, Any] = {"contact": "crew@pyfest.example"} | changes
    address = settings.pop("address", fake.address)
    return FeedSource(address, tags or ("PyFest26",), clock=clock, rng=Random(26), **settings)
