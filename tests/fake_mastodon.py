"""A scriptable Mastodon server on a real loopback socket, and what drives a source against it."""

import asyncio
import heapq
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from types import TracebackType
from typing import Any, Self

import anyio
import anyio.lowlevel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.domain.arrival import Arrival, Batch, Deleted, Edited, Posted, Reposted, Unreposted
from app.ports import Condition, Health, KnownPost
from app.sources.mastodon.source import MastodonSource
from tests.fakes import Reports
from tests.serving import serving

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TAG = "pyfest26"
PATIENCE_S = 10.0
"""A safety net against tests that hang; nothing is measured against it."""

Json = dict[str, Any]


class ManualClock:
    """Time that stands still until a test moves it."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._at = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, anyio.Event]] = []
        self._changed = anyio.Event()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._at)

    def monotonic(self) -> float:
        return self._at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        entry = (self._at + seconds, next(self._order), anyio.Event())
        heapq.heappush(self._sleepers, entry)
        self._tell()
        try:
            await entry[2].wait()
        finally:
            if entry in self._sleepers:
                self._sleepers.remove(entry)
                heapq.heapify(self._sleepers)

    def advance(self, seconds: float) -> None:
        """Move on, and wake everyone whose time has come."""
        self._at += seconds
        while self._sleepers and self._sleepers[0][0] <= self._at:
            heapq.heappop(self._sleepers)[2].set()

    async def asleep(self, count: int) -> None:
        """Wait until so many sleep."""
        with anyio.fail_after(PATIENCE_S):
            while len(self._sleepers) < count:
                await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


class FakeKnown:
    """The posts of a wall that takes everything it is given."""

    def __init__(self) -> None:
        self.posts: dict[str, KnownPost] = {}
        self.aside: dict[str, KnownPost] = {}
        """What it keeps and does not show any more."""
        self.passed_on: dict[tuple[str, str], None] = {}
        """Account and local id."""

    def take(self, arrivals: Sequence[Arrival]) -> None:
        for one in arrivals:
            if isinstance(one, Posted):
                self.hold(one)
            elif isinstance(one, Reposted):
                self.passed_on[one.by.key, one.key] = None
            elif isinstance(one, Unreposted):
                self.passed_on.pop((one.author_key, one.key), None)
            elif isinstance(one, Deleted):
                self.posts.pop(one.key or "", None)
                self.aside.pop(one.key or "", None)

    def hold(self, posted: Posted) -> None:
        post = posted.post
        self.posts[post.key] = KnownPost(
            post.key, posted.server, posted.local_id, posted.origin, post.counts.reposts
        )

    async def on_display(self, server: str) -> Sequence[KnownPost]:
        return [post for post in reversed(self.posts.values()) if post.server == server]

    async def off_display(self, server: str, *, after: str, limit: int) -> Sequence[KnownPost]:
        aside = sorted(self.aside.values(), key=lambda post: post.local_id)
        return [one for one in aside if one.server == server and one.local_id > after][:limit]

    async def reposters(self, server: str) -> Sequence[tuple[str, str]]:
        return list(self.passed_on)

    async def find(self, server: str, local_id: str) -> KnownPost | None:
        mine = (post for post in self.posts.values() if post.server == server)
        return next((post for post in mine if post.local_id == local_id), None)


# --- made-up people and posts ---------------------------------------------------------------------


def account(name: str = "ada", host: str = "fedi.example", **changes: Any) -> Json:
    """An Account in the true shape; local to `fedi.example`."""
    return {
        "id": f"9{sum(map(ord, name))}",
        "username": name,
        "acct": name if host == "fedi.example" else f"{name}@{host}",
        "uri": f"https://{host}/users/{name}",
        "url": f"https://{host}/@{name}",
        "display_name": name.title(),
        "avatar_static": f"https://files.{host}/{name}.png",
        "note": "",
        "bot": False,
        "group": False,
        "emojis": [],
        "fields": [],
    } | changes


def status(
    number: int, *, tags: Sequence[str] = (TAG,), by: Json | None = None, **changes: Any
) -> Json:
    """A Status in the true shape. Higher numbers are newer, one minute each, unless said otherwise."""
    author = by or account()
    made = START - timedelta(hours=20) + timedelta(minutes=number)
    return {
        "id": str(115900000000000000 + number),
        "uri": f"{author['uri']}/statuses/{number}",
        "url": f"{author['url']}/{number}",
        "created_at": made.isoformat().replace("+00:00", ".000Z"),
        "edited_at": None,
        "in_reply_to_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "content": f"<p>Talk number {number}</p>",
        "reblog": None,
        "account": author,
        "media_attachments": [],
        "mentions": [],
        "tags": [{"name": tag, "url": f"https://fedi.example/tags/{tag}"} for tag in tags],
        "emojis": [],
        "card": None,
        "poll": None,
    } | changes


# --- the server -----------------------------------------------------------------------------------

Fault = Callable[[Request], Awaitable[Response]]


def answers(code: int, body: object = None, **headers: str) -> Fault:
    """Answer with this status and JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def fault(request: Request) -> Response:
        said = {"error": f"made-up {code}"} if body is None else body
        return JSONResponse(said, status_code=code, headers=named)

    return fault


def says(text: str | bytes, media_type: str = "application/json", code: int = 200) -> Fault:
    """Answer with these bytes."""

    async def fault(request: Request) -> Response:
        return Response(text, media_type=media_type, status_code=code)

    return fault


async def breaks_off(request: Request) -> Response:
    """Promise more bytes than are sent."""
    return Response(
        b'[{"id": "1"', media_type="application/json", headers={"content-length": "9000"}
    )


async def trickles(request: Request) -> Response:
    """Send a byte now and then, so that no read ever times out, and never end."""

    async def body() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    return StreamingResponse(body(), media_type="application/json")


@dataclass
class FakeMastodon:
    """What the server holds, how it behaves, and what it was asked. Posts are newest first."""

    posts: list[Json] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    """Accounts that left, by their ids, with the status that tells it: 404 or 410."""
    boosters: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    """Who passed a post on, newest first."""
    links: bool = True
    """Whether lists of people name their next page."""
    token: str | None = None
    """When set, everything wants it."""
    anonymous: str = "all"
    """What readers without a token get: `all`, `local` or `none`."""
    denial: int = 401
    batch: bool = True
    """Whether `GET /api/v1/statuses?id[]=` exists."""
    instance: Json | None = None
    endless: bool = False
    """Every page has the same posts, and a next one."""
    unknown_tags_are_404: bool = False
    date: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    """By a part of the path: each is used once."""
    stream_status: int | None = None
    """When set, sockets are refused with it."""
    requests: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    subscriptions: list[Json] = field(default_factory=list)
    socket_opened: asyncio.Event = field(default_factory=asyncio.Event)
    base: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def server(self) -> str:
        """As arrivals name it."""
        return self.base.partition("://")[2]

    def asked(self, part: str) -> list[dict[str, str]]:
        """The queries of requests whose path holds `part`."""
        return [dict(query) for path, query in self.requests if part in path]

    def post(self, *posts: Json) -> None:
        """Newer posts, oldest first."""
        for one in posts:
            self.posts.insert(0, one)

    def remove(self, *ids: str) -> None:
        self.posts = [one for one in self.posts if one["id"] not in ids]

    def change(self, local_id: str, **changes: Any) -> None:
        for one in self.posts:
            if one["id"] == local_id:
                one.update(changes)

    def fail(self, part: str, *faults: Fault) -> None:
        self.faults[part] += faults

    async def hang(self, request: Request) -> Response:
        """Say nothing until the server goes."""
        await self.closing.wait()
        return Response()

    async def push(self, event: str, payload: object, **more: Any) -> None:
        """An event to every open socket, the payload a string within the string."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        await self.send(
            json.dumps({"stream": ["hashtag", TAG], "event": event, "payload": text} | more)
        )

    async def send(self, frame: str | bytes) -> None:
        for one in self.sockets:
            await (one.send_bytes(frame) if isinstance(frame, bytes) else one.send_text(frame))

    async def connected(self) -> None:
        with anyio.fail_after(PATIENCE_S):
            await self.socket_opened.wait()

    async def hang_up(self) -> None:
        """Close every socket."""
        self.socket_opened.clear()
        for one in self.sockets:
            await one.close(1012)
        self.sockets = []

    # --- endpoints ---

    async def serve(self, request: Request) -> Response:
        path = request.url.path
        self.requests.append((path, list(request.query_params.multi_items())))
        self.tokens.append(request.headers.get("authorization"))
        self.agents.append(request.headers["user-agent"])
        for part, waiting in self.faults.items():
            if part in path and waiting:
                return await waiting.pop(0)(request)
        response = await self.answer(request)
        response.headers.update(self.headers)
        if self.date is not None:
            response.headers["date"] = format_datetime(self.date, usegmt=True)
        return response

    async def answer(self, request: Request) -> Response:
        """As a `Fault`: none."""
        path = request.url.path
        if path.endswith("/instance"):
            wanted = self.instance is not None and path.startswith("/api/v2")
            return JSONResponse(self.instance) if wanted else _missing()
        if denied := self._denied(request):
            return denied
        if "/timelines/tag/" in path:
            return self._timeline(request, path.rpartition("/")[2])
        if path == "/api/v1/statuses":
            ids = request.query_params.getlist("id[]")
            found = [one for one in self.posts if one["id"] in ids]
            return JSONResponse(found) if self.batch else _missing()
        if path.startswith("/api/v1/accounts/"):
            return self._account(path.rpartition("/")[2])
        return self._status(request, path.removeprefix("/api/v1/statuses/"))

    def _people(self, request: Request, people: list[Json]) -> Response:
        """By ids of their own, which only the links tell: here how many are left."""
        limit = min(int(request.query_params.get("limit", "40")), 80)
        left = int(request.query_params.get("max_id", len(people)))
        page = people[len(people) - left :][:limit]
        link = f'<{self.base}{request.url.path}?limit={limit}&max_id={left - limit}>; rel="next"'
        more = self.links and len(page) == limit
        return JSONResponse(page, headers={"link": link} if more else None)

    def _status(self, request: Request, path: str) -> Response:
        local_id = path.partition("/")[0]
        if path.endswith("/reblogged_by"):
            return self._people(request, self.boosters[local_id])
        found = [one for one in self.posts if one["id"].lower() == local_id.lower()]
        return JSONResponse(found[0]) if found else _missing()

    def _account(self, local_id: str) -> Response:
        if local_id in self.left:
            return JSONResponse({"error": "made-up"}, status_code=self.left[local_id])
        found = [one["account"] for one in self.posts if one["account"]["id"] == local_id]
        return JSONResponse(found[0]) if found else _missing()

    def _denied(self, request: Request) -> Response | None:
        if self._signed(request.headers.get("authorization")):
            return None
        local = request.query_params.get("local") == "true"
        single = "/timelines/" not in request.url.path
        if self.token is None and (
            self.anonymous == "all" or (self.anonymous == "local" and (local or single))
        ):
            return None
        return JSONResponse({"error": "made-up denial"}, status_code=self.denial)

    def _signed(self, authorization: str | None) -> bool:
        return self.token is not None and authorization == f"Bearer {self.token}"

    def _timeline(self, request: Request, tag: str) -> Response:
        query = request.query_params
        posts = [one for one in self.posts if tag.lower() in self._tags(one)]
        if self.unknown_tags_are_404 and not posts:
            return _missing()
        if query.get("local") == "true":
            posts = [one for one in posts if "@" not in one["account"]["acct"]]
        if (before := query.get("max_id")) and not self.endless:
            at = [one["id"] for one in posts].index(before)
            posts = posts[at + 1 :]
        page = posts[: int(query.get("limit", "20"))]
        # As Mastodon does: the links forget every parameter but limit and local.
        link = f'<{self.base}/api/v1/timelines/tag/wrong?max_id=1>; rel="next"'
        return JSONResponse(page, headers={"link": link} if page else None)

    @staticmethod
    def _tags(one: Json) -> list[str]:
        """A post stays in the timelines of `listed_as`, whatever it says itself."""
        return one.get("listed_as") or [tag["name"].lower() for tag in one.get("tags", [])]

    async def stream(self, websocket: WebSocket) -> None:
        self.tokens.append(websocket.headers.get("authorization"))
        refused = self.stream_status
        if (
            refused is None
            and self.token
            and not self._signed(websocket.headers.get("authorization"))
        ):
            refused = 401
        if refused is not None:
            return await websocket.send_denial_response(Response(status_code=refused))
        await websocket.accept()
        self.sockets.append(websocket)
        self.subscriptions.append(dict(websocket.query_params))
        self.socket_opened.set()
        try:
            while True:
                self.subscriptions.append(json.loads(await websocket.receive_text()))
        except WebSocketDisconnect:
            if websocket in self.sockets:
                self.sockets.remove(websocket)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve on a free loopback port."""
        routes = [
            WebSocketRoute("/api/v1/streaming", self.stream),
            Route("/{path:path}", self.serve, methods=["GET"]),
        ]
        async with serving(Starlette(routes=routes)) as base:
            self.base = base
            try:
                yield self
            finally:
                self.closing.set()


def _missing() -> Response:
    return JSONResponse({"error": "Record not found"}, status_code=404)


# --- driving a source -----------------------------------------------------------------------------


async def turns(count: int = 20) -> None:
    """Let everybody who can go on go on; enough for what is in memory to be handed over."""
    for _ in range(count):
        await anyio.lowlevel.checkpoint()


class _Telling(Reports):
    """Reports that wake those who wait for one."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = asyncio.Event()

    def __call__(self, health: Health) -> None:
        super().__call__(health)
        self.changed.set()


class Follow:
    """Reads a source as the runner does: what arrives is held, then the next batch is asked for."""

    def __init__(
        self,
        source: MastodonSource,
        clock: ManualClock,
        *,
        known: FakeKnown | None = None,
        cursor: str | None = None,
    ) -> None:
        self.source = source
        self.clock = clock
        self.known = known or FakeKnown()
        self.cursor = cursor
        self.arrivals: list[Arrival] = []
        self.batches: list[Batch] = []
        self.reports = _Telling()
        self.healths = self.reports.healths
        self.error: BaseException | None = None
        self.ended = asyncio.Event()
        self._changed = self.reports.changed

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _read(self) -> None:
        batches = self.source.batches(self.cursor, self.known, self.reports)
        try:
            async for batch in batches:
                self.batches.append(batch)
                self.arrivals += batch.arrivals
                self.known.take(batch.arrivals)
                self.cursor = batch.cursor or self.cursor
                self._changed.set()
        except Exception as error:  # kept for the test to look at
            self.error = error
        finally:
            await batches.aclose()  # type: ignore[attr-defined]  # a generator
            self.ended.set()
            self._changed.set()

    async def until(self, true: Callable[["Follow"], bool]) -> None:
        """Wait for something to have arrived or been reported."""
        with anyio.fail_after(PATIENCE_S):
            while not true(self):
                self._changed.clear()
                await self._changed.wait()

    async def settled(self, sleepers: int = 2) -> None:
        """Wait until poll and sweep rest and everything they brought was read."""
        try:
            await self.clock.asleep(sleepers)
        except TimeoutError:
            raise AssertionError(f"never at rest: {self.error!r}, {self.health}") from self.error
        await turns()

    async def pass_by(self, seconds: float, sleepers: int = 2) -> list[Arrival]:
        """Let time pass; what arrived meanwhile."""
        await self.settled(sleepers)
        before = len(self.arrivals)
        self.clock.advance(seconds)
        await self.settled(sleepers)
        return self.arrivals[before:]

    async def failure(self) -> BaseException:
        """Wait for the source to give up."""
        with anyio.fail_after(PATIENCE_S):
            await self.ended.wait()
        assert self.error is not None
        return self.error

    @property
    def health(self) -> Health:
        """The last word, or that there was none yet."""
        return self.healths[-1] if self.healths else Health(Condition.STARTING)

    def conditions(self) -> list[Condition]:
        return [health.condition for health in self.healths]

    def texts(self) -> list[str]:
        """The texts of posts, in the order they came."""
        return [one.post.body.text for one in self.arrivals if isinstance(one, (Posted, Edited))]


def source(fake: FakeMastodon, clock: ManualClock, *tags: str, **changes: Any) -> MastodonSource:
    """A source for the fake server."""
    settings: Json = {"contact": "crew@pyfest.example"}
    return MastodonSource(
        fake.base, tags or (TAG,), clock=clock, rng=Random(26), **(settings | changes)
    )
