"""Scriptable Nostr relays on real loopback sockets, held to NIP-01, -09 and -42, and people who sign."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Self

import anyio
from nostr_sdk import EventBuilder, Keys, Kind, Tag, Timestamp
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.sources.nostr.source import NostrSource
from tests.fake_mastodon import PATIENCE_S, START, TAG, Json, ManualClock
from tests.serving import serving

NOW = int(START.timestamp())


# --- made-up people and what they sign ------------------------------------------------------------


@cache
def keys(name: str) -> Keys:
    """Always the same for a name; a secret that everybody can work out."""
    return Keys.parse(hashlib.sha256(f"made-up {name}".encode()).hexdigest())


def pubkey(name: str = "ada") -> str:
    hex_: str = keys(name).public_key().to_hex()
    return hex_


def npub(name: str = "ada") -> str:
    code: str = keys(name).public_key().to_bech32()
    return code


def sign(
    kind: int,
    content: str = "",
    tags: Iterable[Sequence[str]] = (),
    *,
    by: str = "ada",
    at: int = NOW - 60,
) -> Json:
    """An event in the true shape, with the library's signature."""
    builder = EventBuilder(Kind(kind), content).tags([Tag.parse(list(tag)) for tag in tags])
    event: Json = json.loads(
        builder.custom_created_at(Timestamp.from_secs(at)).finalize(keys(by)).as_json()
    )
    return event


def note(
    number: int = 1, *, by: str = "ada", at: int | None = None, tags: Iterable[Sequence[str]] = ()
) -> Json:
    """A note with the hashtag; higher numbers are newer, one second each."""
    made = NOW - 600 + number if at is None else at
    return sign(1, f"Talk number {number} #{TAG}", [("t", TAG), *tags], by=by, at=made)


def profile(name: str = "ada", at: int = NOW - 10_000, **fields: Any) -> Json:
    said = {"name": name, "display_name": name.title()} | fields
    return sign(0, json.dumps(said), by=name, at=at)


def deletion(*events: Json, by: str = "ada", at: int = NOW) -> Json:
    return sign(5, "", [("e", one["id"]) for one in events], by=by, at=at)


def repost(event: Json, by: str = "bob", at: int = NOW - 30) -> Json:
    return sign(6, json.dumps(event), [("e", event["id"]), ("p", event["pubkey"])], by=by, at=at)


# --- relays ---------------------------------------------------------------------------------------


def matches(asked: Json, event: Json) -> bool:
    """NIP-01: all conditions of a filter hold; within a list, one of them."""
    for name, wanted in asked.items():
        if name.startswith("#"):
            values = {tag[1] for tag in event["tags"] if len(tag) > 1 and tag[0] == name[1:]}
            if values.isdisjoint(wanted):
                return False
    return (
        event["id"] in asked.get("ids", [event["id"]])
        and event["pubkey"] in asked.get("authors", [event["pubkey"]])
        and event["kind"] in asked.get("kinds", [event["kind"]])
        and asked.get("since", 0) <= event["created_at"] <= asked.get("until", 2**40)
    )


@dataclass(eq=False)
class Visitor:
    """One connection and what it follows."""

    socket: WebSocket
    follows: dict[str, list[Json]] = field(default_factory=dict)


@dataclass
class FakeRelay:
    """What a relay has, how it behaves, and what it was asked."""

    events: dict[str, Json] = field(default_factory=dict)
    cap: int = 500
    """It gives no more at once, whatever is asked."""
    refusal: Response | None = None
    """The answer instead of an upgrade."""
    closes: str = ""
    """What it says to every question instead of answering."""
    spurns: str = ""
    """It closes the question of this name."""
    silent: bool = False
    """It says nothing at all."""
    greeting: str = ""
    """What it says to who comes."""
    questions: list[tuple[str, list[Json]]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    visits: int = 0
    visitors: list[Visitor] = field(default_factory=list)
    base: str = ""

    @property
    def host(self) -> str:
        return self.base.partition("://")[2]

    # --- levers ---

    def keep(self, *events: Json) -> None:
        """It has them, as if from long ago."""
        for one in events:
            self._store(one)

    def drop(self, *events: Json) -> None:
        """It has them no more, and tells nobody."""
        for one in events:
            self.events.pop(one["id"], None)

    async def publish(self, *events: Json) -> None:
        """They come in now: whoever follows them is told."""
        for one in events:
            self._store(one)
            for visitor in list(self.visitors):
                for sub, filters in list(visitor.follows.items()):
                    if any(matches(asked, one) for asked in filters):
                        await visitor.socket.send_text(json.dumps(["EVENT", sub, one]))

    async def say(self, message: str) -> None:
        for visitor in self.visitors:
            await visitor.socket.send_text(message)

    async def hang_up(self) -> None:
        for visitor in list(self.visitors):
            await visitor.socket.close(1012)
        self.visitors = []

    async def refuse(self, refusal: Response) -> None:
        """From now on, also to who is there."""
        self.refusal = refusal
        await self.hang_up()

    def asked(self, name: str) -> list[Json]:
        """The filters asked so far that have this condition."""
        return [one for _, filters in self.questions for one in filters if name in one]

    def _store(self, event: Json) -> None:
        """NIP-09: authors delete their own. NIP-01: of profiles, the newest."""
        if event["kind"] == 5:
            for tag in event["tags"]:
                if self.events.get(tag[1], event)["pubkey"] == event["pubkey"]:
                    self.events.pop(tag[1], None)
        if event["kind"] == 0:
            old = [e for e in self.events.values() if matches(_profile_of(event), e)]
            self.drop(*old)
        self.events[event["id"]] = event

    # --- the socket ---

    async def serve(self, websocket: WebSocket) -> None:
        self.visits += 1
        self.agents.append(websocket.headers["user-agent"])
        if self.refusal is not None:
            return await websocket.send_denial_response(self.refusal)
        await websocket.accept()
        visitor = Visitor(websocket)
        self.visitors.append(visitor)
        try:
            if self.greeting:
                await websocket.send_text(self.greeting)
            while True:
                await self._take(visitor, json.loads(await websocket.receive_text()))
        except (WebSocketDisconnect, RuntimeError):
            self.visitors = [one for one in self.visitors if one is not visitor]

    async def _take(self, visitor: Visitor, message: list[Any]) -> None:
        verb, sub, *filters = message
        if verb == "CLOSE":
            visitor.follows.pop(sub, None)
        if verb != "REQ" or self.silent:
            return None
        self.questions.append((sub, filters))
        if self.closes or sub == self.spurns:
            word = self.closes or "error: too many ids"
            return await visitor.socket.send_text(json.dumps(["CLOSED", sub, word]))
        visitor.follows[sub] = filters
        for event in self._found(filters):
            await visitor.socket.send_text(json.dumps(["EVENT", sub, event]))
        await visitor.socket.send_text(json.dumps(["EOSE", sub]))
        return None

    def _found(self, filters: list[Json]) -> list[Json]:
        """Newest first, up to each filter's limit, each once."""
        newest = sorted(self.events.values(), key=lambda e: (-e["created_at"], e["id"]))
        found: dict[str, Json] = {}
        for asked in filters:
            fits = [one for one in newest if matches(asked, one)]
            found |= {one["id"]: one for one in fits[: min(self.cap, asked.get("limit", 500))]}
        return list(found.values())


def _profile_of(event: Json) -> Json:
    return {"kinds": [0], "authors": [event["pubkey"]]}


@dataclass
class FakeNostr:
    """A handful of relays."""

    relays: list[FakeRelay] = field(default_factory=lambda: [FakeRelay(), FakeRelay()])

    @property
    def relay(self) -> FakeRelay:
        """The first."""
        return self.relays[0]

    def keep(self, *events: Json) -> None:
        for one in self.relays:
            one.keep(*events)

    async def publish(self, *events: Json) -> None:
        for one in self.relays:
            await one.publish(*events)

    async def followed(self, name: str = "notes") -> None:
        """Wait until every relay is asked to tell what is new."""
        with anyio.fail_after(PATIENCE_S):
            while not all(any(name in v.follows for v in one.visitors) for one in self.relays):
                await asyncio.sleep(0.001)

    @asynccontextmanager
    async def running(self, at: int = 0) -> AsyncIterator[Self]:
        """Serve on free loopback ports."""
        if at == len(self.relays):
            yield self
            return
        relay = self.relays[at]
        routes = [WebSocketRoute("/", relay.serve)]
        async with serving(Starlette(routes=routes)) as base, self.running(at + 1):
            relay.base = base.replace("http:", "ws:")
            yield self


def source(fake: FakeNostr, clock: ManualClock, *tags: str, **changes: Any) -> NostrSource:
    """A source for the fake relays."""
    settings: Json = {
        "contact": "crew@pyfest.example",
        "relays": [relay.base for relay in fake.relays],
        "pages": "https://notes.example",
    }
    return NostrSource(tags or (TAG,), clock=clock, rng=Random(26), **(settings | changes))
