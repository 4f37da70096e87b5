"""A scriptable X on a real loopback socket: search, look-ups, rules and the filtered stream, with a bill."""

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
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.sources.x.parse import made_at
from app.sources.x.source import XSource
from tests.fake_mastodon import PATIENCE_S, START, TAG, Fault, Json, ManualClock, serving

TOKEN = "made-up-bearer-token"


def id_at(moment: datetime, number: int = 0) -> str:
    """An id as X would have given it at that moment."""
    epoch = made_at("0100000000000000000")
    assert epoch is not None
    first = epoch - timedelta(milliseconds=10**17 >> 22)
    return str((round((moment - first).total_seconds() * 1000) << 22) + number)


def user(name: str = "ada", **changes: Any) -> Json:
    """A User in the true shape."""
    return {
        "id": str(sum(map(ord, name))),
        "username": f"{name}_example",
        "name": name.title(),
        "description": "",
        "profile_image_url": f"https://pbs.twimg.example/{name}_normal.jpg",
        "protected": False,
    } | changes


def tweet(number: int, *, by: str = "ada", tag: str = TAG, **changes: Any) -> Json:
    """A Post in the true shape. Higher numbers are newer, one minute each."""
    made = START - timedelta(hours=5) + timedelta(minutes=number)
    text = f"Talk number {number} #{tag}"
    at = text.index("#")
    own = id_at(made, number)
    return {
        "id": own,
        "text": text,
        "author_id": user(by)["id"],
        "created_at": made.isoformat().replace("+00:00", ".000Z"),
        "edit_history_tweet_ids": [own],
        "lang": "en",
        "entities": {"hashtags": [{"start": at, "end": len(text), "tag": tag}]},
        "public_metrics": {"retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0},
    } | changes


@dataclass
class FakeX:
    """What X holds, how it behaves, what it was asked, and what it charges."""

    posts: list[Json] = field(default_factory=list)
    users: list[Json] = field(default_factory=lambda: [user(), user("bob")])
    dialect: str = "tweet"
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    """By a part of the path: each is used once."""
    silent: bool = False
    """Look-ups leave out what is gone without a word."""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    charged: set[tuple[str, str]] = field(default_factory=set)
    """Posts and profiles that were in an answer; one is charged once."""
    rules: list[Json] = field(default_factory=list)
    lines: list[asyncio.Queue[bytes | None]] = field(default_factory=list)
    """One for each open stream; None closes it."""
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    base: str = ""

    @property
    def server(self) -> str:
        return self.base.partition("://")[2]

    @property
    def bill(self) -> int:
        """In posts; a profile costs two."""
        return sum(2 if kind == "user" else 1 for kind, _ in self.charged)

    def asked(self, part: str, method: str = "GET") -> list[dict[str, str]]:
        """The queries of requests whose path ends with `part`."""
        return [
            query for how, path, query in self.requests if path.endswith(part) and how == method
        ]

    def post(self, *posts: Json) -> None:
        self.posts += posts

    def remove(self, *ids: str) -> None:
        self.posts = [one for one in self.posts if one["id"] not in ids]

    def fail(self, part: str, *faults: Fault) -> None:
        self.faults[part] += faults

    async def hang(self, request: Request) -> Response:
        """Say nothing until the server goes."""
        await self.closing.wait()
        return Response()

    # --- the stream ---

    async def connected(self) -> None:
        with anyio.fail_after(PATIENCE_S):
            await self.opened.wait()

    def push(self, *posts: Json) -> None:
        for one in posts:
            self.send(json.dumps(self._page([one]) | {"matching_rules": [{"id": "1"}]}).encode())

    def send(self, line: bytes) -> None:
        for one in self.lines:
            one.put_nowait(line + b"\r\n")

    def hang_up(self) -> None:
        self.opened.clear()
        for one in self.lines:
            one.put_nowait(None)
        self.lines = []

    # --- endpoints ---

    async def serve(self, request: Request) -> Response:
        path = request.url.path
        self.requests.append((request.method, path, dict(request.query_params)))
        self.tokens.append(request.headers.get("authorization"))
        self.agents.append(request.headers["user-agent"])
        for part, waiting in self.faults.items():
            if path.endswith(part) and waiting:
                return await waiting.pop(0)(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"title": "Unauthorized", "status": 401}, status_code=401)
        if path.endswith("/rules"):
            return await self._rules(request)
        return self._answer(path, request.query_params)

    def _answer(self, path: str, query: Any) -> Response:
        if path.endswith("/connections/all"):
            self.hang_up()
            return JSONResponse({"data": {}})
        if path.endswith("/stream"):
            return self._stream()
        if any(
            name == f"{other}.fields"
            for other in {"tweet", "post"} - {self.dialect}
            for name in query
        ):
            problem = {"title": "Invalid Request", "errors": [{"message": "no such parameter"}]}
            return JSONResponse(problem, status_code=400)
        return self._search(query) if path.endswith("/search/recent") else self._look_up(query)

    def _search(self, query: Any) -> Response:
        found = sorted(self.posts, key=lambda one: int(one["id"]), reverse=True)
        found = [one for one in found if int(one["id"]) > int(query.get("since_id", 0))]
        found = [one for one in found if int(one["id"]) < int(query.get("until_id", 2**63))]
        start, size = int(query.get("next_token", "0")), int(query["max_results"])
        assert 10 <= size <= 100
        part = found[start : start + size]
        meta: Json = {"result_count": len(part)}
        if part:
            meta |= {"newest_id": part[0]["id"], "oldest_id": part[-1]["id"]}
        if start + size < len(found):
            meta["next_token"] = str(start + size)
        told = self._page(part) if "expansions" in query else self._bare(part)
        return JSONResponse((told if part else {}) | {"meta": meta})

    def _look_up(self, query: Any) -> Response:
        ids = query["ids"].split(",")
        assert 1 <= len(ids) <= 100
        found = [one for one in self.posts if one["id"] in ids]
        data = self._page(found) if "expansions" in query else self._bare(found)
        missing = set(ids) - {one["id"] for one in found}
        if missing and not self.silent:
            data["errors"] = [_problem(one) for one in sorted(missing)]
        return JSONResponse({name: value for name, value in data.items() if value})

    def _bare(self, posts: Sequence[Json]) -> Json:
        """Posts alone, as X answers who asks for no fields."""
        self.charged |= {("post", one["id"]) for one in posts}
        return {"data": [{"id": one["id"], "text": one["text"]} for one in posts]}

    def _page(self, posts: Sequence[Json]) -> Json:
        """Posts with their authors and what they refer to, in the dialect spoken; all is charged."""
        refers = [ref["id"] for one in posts for ref in one.get("referenced_tweets", [])]
        others = [one for one in self.posts if one["id"] in refers]
        authors = {one["author_id"] for one in [*posts, *others]}
        people = [one for one in self.users if one["id"] in authors]
        self.charged |= {("post", one["id"]) for one in [*posts, *others]}
        self.charged |= {("user", one["id"]) for one in people}
        spoken = self._spoken
        includes = {"users": people, f"{self.dialect}s": [spoken(one) for one in others]}
        return {"data": [spoken(one) for one in posts], "includes": includes}

    def _spoken(self, one: Json) -> Json:
        if self.dialect == "tweet":
            return one
        return {name.replace("tweet", "post"): value for name, value in one.items()}

    async def _rules(self, request: Request) -> Response:
        if request.method == "POST":
            change = await request.json()
            for one in change.get("add", []):
                self.rules.append({"id": str(len(self.rules) + 1), **one})
            gone = change.get("delete", {}).get("ids", [])
            self.rules = [one for one in self.rules if one["id"] not in gone]
        return JSONResponse({"data": self.rules} if self.rules else {"meta": {}})

    def _stream(self) -> Response:
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()

        async def body() -> AsyncIterator[bytes]:
            yield b"\r\n"
            self.lines.append(queue)
            self.opened.set()
            try:
                while (line := await queue.get()) is not None:
                    yield line
            finally:
                if queue in self.lines:
                    self.lines.remove(queue)

        return StreamingResponse(body(), media_type="application/json")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve on a free loopback port."""
        route = Route("/{path:path}", self.serve, methods=["GET", "POST", "DELETE"])
        async with serving(Starlette(routes=[route])) as base:
            self.base = base
            try:
                yield self
            finally:
                self.closing.set()
                self.hang_up()


def _problem(identity: str) -> Json:
    return {
        "resource_id": identity,
        "value": identity,
        "parameter": "ids",
        "resource_type": "tweet",
        "title": "Not Found Error",
        "type": "https://api.x.com/2/problems/resource-not-found",
    }


def source(fake: FakeX, clock: ManualClock, *tags: str, **changes: Any) -> XSource:
    """A source for the fake X."""
    settings: Json = {"token": TOKEN, "daily_budget": 2_000, "contact": "crew@pyfest.example"}
    settings |= {"base": fake.base, "clock": clock, "rng": Random(26)}
    return XSource(tags or (TAG,), **(settings | changes))
