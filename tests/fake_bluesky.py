"""A scriptable Bluesky on real loopback sockets: Jetstream in both forms, the AppView, and an account's server."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Self

import anyio
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.sources.bluesky.source import BlueskySource
from tests.fake_mastodon import PATIENCE_S, START, TAG, Fault, Json, ManualClock, serving

POST = "app.bsky.feed.post"
REPOST = "app.bsky.feed.repost"


# --- made-up people and posts ---------------------------------------------------------------------


def did(name: str) -> str:
    """`did:plc:` and 24 characters, as PLC directories give."""
    return "did:plc:" + (name + "a" * 24)[:24]


def key(number: int, by: str = "ada") -> str:
    return f"at://{did(by)}/{POST}/3m6post{number:06}"


def profile(name: str = "ada", **changes: Any) -> Json:
    """A profileViewBasic in the true shape."""
    return {
        "did": did(name),
        "handle": f"{name}.bsky.example",
        "displayName": name.title(),
        "avatar": f"https://cdn.bsky.example/img/avatar/plain/{did(name)}/bafkrei{name}",
        "createdAt": "2024-01-01T00:00:00Z",
        "labels": [],
    } | changes


def label(value: str, **changes: Any) -> Json:
    source = "did:plc:ar7c4by46qjdydhdevvrndac"
    return {"src": source, "uri": "at://x", "val": value, "cts": "2026-01-01T00:00:00Z"} | changes


def record(text: str = "", *, tags: Sequence[str] = (TAG,), **changes: Any) -> Json:
    """An app.bsky.feed.post whose text ends with its hashtags, each with its facet."""
    facets = []
    for tag in tags:
        text = f"{text} " if text else ""
        start = len(text.encode())
        text += f"#{tag}"
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
        index = {"byteStart": start, "byteEnd": len(text.encode())}
        facets.append({"index": index, "features": [feature]})
    made = (START - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    return {
        "$type": POST,
        "text": text,
        "createdAt": made,
        "langs": ["en"],
        "facets": facets,
    } | changes


def view(number: int, *, by: Json | None = None, said: Json | None = None, **changes: Any) -> Json:
    """A postView in the true shape."""
    author = by or profile()
    return {
        "uri": f"at://{author['did']}/{POST}/3m6post{number:06}",
        "cid": f"bafyrei{number}",
        "author": author,
        "record": said or record(f"Talk number {number}"),
        "replyCount": 0,
        "repostCount": 0,
        "likeCount": 0,
        "quoteCount": 0,
        "indexedAt": (START - timedelta(seconds=50)).isoformat(),
        "labels": [],
    } | changes


# --- the network ----------------------------------------------------------------------------------


@dataclass
class Jet:
    """One host of Jetstream: the events it has, and who listens."""

    events: list[Json] = field(default_factory=list)
    """In the order of their seq; each has `seq`, `time_us` and the payload of the second form."""
    refusals: list[Response] = field(default_factory=list)
    """Answers instead of an upgrade, each used once; `down` is for good."""
    down: int | None = None
    queries: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    sockets: list[tuple[WebSocket, bool]] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    base: str = ""
    floor: int = 0
    """The first form clamps cursors to it without a word; in the second they are too old."""

    @property
    def host(self) -> str:
        return self.base.partition("://")[2]

    async def serve(self, websocket: WebSocket) -> None:
        path, query = websocket.url.path, websocket.query_params
        self.queries.append((path, {name: query.getlist(name) for name in query}))
        self.agents.append(websocket.headers["user-agent"])
        refusal = self._refusal(path, query.get("cursor"))
        if refusal is not None:
            return await websocket.send_denial_response(refusal)
        second = path.endswith("subscribeEvents")
        await websocket.accept()
        for event in self._from(int(query.get("cursor") or 2**60)):
            await websocket.send_text(frame(event, second=second))
        self.sockets.append((websocket, second))
        self.opened.set()
        try:
            await websocket.receive_text()
        except WebSocketDisconnect:
            self.sockets = [one for one in self.sockets if one[0] is not websocket]

    def _refusal(self, path: str, cursor: str | None) -> Response | None:
        if self.refusals:
            return self.refusals.pop(0)
        if self.down is not None:
            return Response(status_code=self.down)
        too_old = cursor is not None and 0 < int(cursor) < self.floor
        if too_old and path.endswith("subscribeEvents"):
            return JSONResponse({"error": "CursorTooOld", "message": "floor"}, status_code=400)
        return None

    def _from(self, cursor: int) -> list[Json]:
        """Inclusive; numbers from 1e15 on are microseconds."""
        name = "time_us" if cursor >= 10**15 else "seq"
        return [one for one in self.events if one[name] >= cursor]


def frame(event: Json, *, second: bool = True) -> str:
    """One event as it goes over the wire, compact as Jetstream writes it."""
    name = event["kind"]
    body = event["body"]
    if second:
        time = datetime.fromtimestamp(event["time_us"] / 1e6, START.tzinfo).isoformat()
        kind = f"network.bsky.jetstream.subscribeEvents#{name}"
        head = {"$type": kind, "seq": event["seq"], "did": event["did"], "time": time}
        inner = body if name == "commit" else {name: body}
        return _compact({"$type": "message", "payload": head | inner})
    return _compact(
        {"did": event["did"], "time_us": event["time_us"], "kind": name, name: body}
        | {"cursor": event["seq"]}
    )


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass
class FakeBluesky:
    """What the network holds, how it behaves, and what it was asked."""

    clock: ManualClock
    posts: dict[str, Json] = field(default_factory=dict)
    profiles: dict[str, Json] = field(default_factory=dict)
    jets: list[Jet] = field(default_factory=lambda: [Jet(), Jet()])
    password: str = ""
    """When set, there is an account with this app password."""
    reposters: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Accounts that pass a post on, by its address, in the order in which they did."""
    found: list[Json] = field(default_factory=list)
    """What a search finds."""
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    """By a part of the path: each is used once."""
    requests: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    sessions: list[Json] = field(default_factory=list)
    base: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    seq: int = 24_664_288_000

    @property
    def jet(self) -> Jet:
        """The first host."""
        return self.jets[0]

    # --- levers ---

    def index(self, *views: Json) -> None:
        """The AppView has these posts from now on, and their authors' profiles."""
        for one in views:
            self.posts[one["uri"]] = one
            self.profiles.setdefault(one["author"]["did"], dict(one["author"]))

    async def emit(self, by: str, kind: str, body: Json, *, second: float = 0.0) -> Json:
        """An event on every host, `second` s from now; the first form's listeners get theirs."""
        self.seq += 7
        moment = self.clock.now() + timedelta(seconds=second)
        event = {"seq": self.seq, "time_us": int(moment.timestamp() * 1e6)}
        event |= {"did": by, "kind": kind, "body": body}
        for jet in self.jets:
            jet.events.append(event)
            for socket, form in jet.sockets:
                await socket.send_text(frame(event, second=form))
        return event

    async def commit(self, operation: str, uri: str, value: Json | None = None) -> Json:
        by, collection, rkey = uri.removeprefix("at://").split("/")
        body: Json = {"rev": "3m6rev", "operation": operation}
        body |= {"collection": collection, "rkey": rkey}
        if value is not None:
            body |= {"record": value, "cid": f"bafyrei{rkey}"}
        return await self.emit(by, "commit", body)

    async def publish(self, *views: Json) -> None:
        """Posts that the AppView has and the stream tells."""
        self.index(*views)
        for one in views:
            await self.commit("create", one["uri"], one["record"])

    async def delete(self, uri: str) -> None:
        self.posts.pop(uri, None)
        await self.commit("delete", uri)

    async def account(self, name: str, status: str | None) -> None:
        body: Json = {"did": did(name), "active": status is None, "seq": 1}
        await self.emit(did(name), "account", body | ({"status": status} if status else {}))

    def passed_on(self, subject: str, *names: str) -> None:
        """These pass a post on, in this order, and nobody else: the AppView lists and counts them."""
        for name in names:
            self.profiles.setdefault(did(name), profile(name))
        self.reposters[subject] = [did(name) for name in names]
        self.posts[subject]["repostCount"] = len(names)

    async def repost(self, name: str, subject: str, rkey: str = "3m6repost00001") -> None:
        self.profiles.setdefault(did(name), profile(name))
        self.reposters[subject].append(did(name))
        value = {"$type": REPOST, "subject": {"uri": subject, "cid": "bafyrei"}}
        value["createdAt"] = self.clock.now().isoformat()
        await self.commit("create", f"at://{did(name)}/{REPOST}/{rkey}", value)

    async def noise(self, count: int = 1) -> None:
        """Posts of others, without hashtags."""
        for number in range(count):
            await self.commit("create", key(900_000 + number, "zoe"), record("Hi", tags=()))

    async def send(self, raw: str) -> None:
        for jet in self.jets:
            for socket, _ in jet.sockets:
                await socket.send_text(raw)

    async def connected(self, host: int = 0) -> None:
        with anyio.fail_after(PATIENCE_S):
            await self.jets[host].opened.wait()

    async def hang_up(self, host: int = 0, code: int = 1006) -> None:
        jet = self.jets[host]
        jet.opened.clear()
        for socket, _ in jet.sockets:
            await socket.close(1012 if code == 1006 else code)
        jet.sockets = []

    def fail(self, part: str, *faults: Fault) -> None:
        self.faults[part] += faults

    async def hang(self, request: Request) -> Response:
        await self.closing.wait()
        return Response()

    def asked(self, part: str) -> list[list[str]]:
        """What was asked for in requests whose path holds `part`."""
        return [[value for _, value in query] for path, query in self.requests if part in path]

    # --- endpoints ---

    async def serve(self, request: Request) -> Response:
        path, query = request.url.path, request.query_params
        self.requests.append((path, list(query.multi_items())))
        self.tokens.append(request.headers.get("authorization"))
        for part, waiting in self.faults.items():
            if part in path and waiting:
                return await waiting.pop(0)(request)
        name = path.rpartition(".")[2]
        if name == "getPosts":
            uris = query.getlist("uris")
            if len(uris) > 25:
                return JSONResponse({"error": "InvalidRequest"}, status_code=400)
            found = [self.posts[one] for one in reversed(uris) if one in self.posts]
            return JSONResponse({"posts": found})
        if name in ("getProfiles", "getRepostedBy"):
            return self._people(name, query)
        if name == "searchPosts":
            return self._search(request)
        return await self._session(request, name)

    def _people(self, name: str, query: QueryParams) -> Response:
        if name == "getProfiles":
            return JSONResponse({"profiles": self._profiles(query.getlist("actors"))})
        people = self.reposters.get(query["uri"], [])[::-1]
        start, limit = int(query.get("cursor") or 0), min(int(query["limit"]), 100)
        more = {"cursor": str(start + limit)} if start + limit < len(people) else {}
        found = self._profiles(people[start : start + limit])
        return JSONResponse({"uri": query["uri"], "repostedBy": found} | more)

    def _profiles(self, dids: Sequence[str]) -> list[Json]:
        return [self.profiles[did] for did in dids if did in self.profiles]

    def _search(self, request: Request) -> Response:
        if request.headers.get("authorization") not in self._access:
            return Response("<h1>Forbidden</h1>", media_type="text/html", status_code=403)
        start = int(request.query_params.get("cursor") or 0)
        page = self.found[start : start + 2]
        more = {"cursor": str(start + 2)} if start + 2 < len(self.found) else {}
        return JSONResponse({"posts": page} | more)

    @property
    def _access(self) -> set[str]:
        return {f"Bearer access-{number}" for number in range(1, len(self.sessions) + 1)}

    async def _session(self, request: Request, name: str) -> Response:
        if name == "createSession":
            sent = await request.json()
            if not self.password or sent["password"] != self.password:
                return JSONResponse({"error": "AuthenticationRequired"}, status_code=401)
        elif name != "refreshSession":
            return JSONResponse({"error": "MethodNotImplemented"}, status_code=501)
        self.sessions.append({"name": name, "sent": request.headers.get("authorization")})
        number = len(self.sessions)
        pds = {"id": "#atproto_pds", "serviceEndpoint": self.base}
        return JSONResponse(
            {"accessJwt": f"access-{number}", "refreshJwt": f"refresh-{number}"}
            | {"did": did("crew"), "didDoc": {"service": [pds]}}
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve on free loopback ports."""
        routes = [Route("/{path:path}", self.serve, methods=["GET", "POST"])]
        async with serving(Starlette(routes=routes)) as base:
            self.base = base
            try:
                async with self._streaming(0):
                    yield self
            finally:
                self.closing.set()

    @asynccontextmanager
    async def _streaming(self, at: int) -> AsyncIterator[None]:
        if at == len(self.jets):
            yield
            return
        jet = self.jets[at]
        routes = [WebSocketRoute("/{path:path}", jet.serve)]
        async with serving(Starlette(routes=routes)) as base, self._streaming(at + 1):
            jet.base = base.replace("http:", "ws:")
            yield


def source(fake: FakeBluesky, *tags: str, **changes: Any) -> BlueskySource:
    """A source for the fake network."""
    settings: Json = {
        "contact": "crew@pyfest.example",
        "jetstream": [jet.base for jet in fake.jets],
        "appview": [fake.base],
        "entryway": fake.base,
    }
    return BlueskySource(tags or (TAG,), clock=fake.clock, rng=Random(26), **(settings | changes))
