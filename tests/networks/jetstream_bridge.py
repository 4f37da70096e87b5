"""Tells on what a Bluesky server says of itself (subscribeRepos), as Jetstream does in its first and its second form."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from typing import Any, Self

import orjson
from atproto import CAR
from atproto_core.cid import CID
from atproto_subscription.frames import Frame
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from app.sources.bluesky.packed import zstd_module
from tests.serving import serving

zstd = zstd_module()
Json = dict[str, Any]

LEXICON = "network.bsky.jetstream.subscribeEvents"
SECOND = frozenset(
    {"collections", "dids", "kinds", "cursor", "maxMessageSizeBytes", "zstdDictionary"}
)
"""What the second form knows; anything else is refused with 400."""

MICROSECONDS = 10**15
"""Cursors of the second form from here on are times."""


@dataclass
class Jetstream:
    """One host of Jetstream in front of one server. Another host numbers the same events otherwise."""

    server: str
    """The data server's address, `ws://…`."""
    seq: int = 24_664_288_000
    events: list[Json] = field(default_factory=list)
    base: str = ""
    down: bool = False
    """It refuses everybody, and those who listen are cut off."""
    asked: list[Mapping[str, str]] = field(default_factory=list)
    """The query of each who listened."""
    binary: int = 0
    """Frames that were sent compressed."""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _read: int = 0
    _dictionary: Any | None = None

    @property
    def dictionary(self) -> Any:
        """Made of what its frames have in common."""
        if self._dictionary is None:
            samples = [_second(_sample(number)) for number in range(400)]
            self._dictionary = zstd.train_dict(samples, 8192)
        return self._dictionary

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen to the server, and serve on a free loopback port."""
        routes = [
            WebSocketRoute(f"/xrpc/{LEXICON}", self._serve),
            WebSocketRoute("/subscribe", self._serve),
            Route("/xrpc/network.bsky.jetstream.getZstdDictionary", self._give_dictionary),
        ]
        async with serving(Starlette(routes=routes)) as base:
            self.base = base.replace("http:", "ws:")
            tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._murmur())]
            try:
                yield self
            finally:
                await self.cut()
                for task in tasks:
                    task.cancel()
                _, left = await asyncio.wait(tasks, timeout=20)
                assert not left, f"the bridge does not end: {left}"

    async def cut(self) -> None:
        """Those who listen are cut off, and nobody is let in any more until `down` is taken back."""
        self.down = True
        async with self._news:
            self._news.notify_all()

    # --- reading ---

    async def _follow(self) -> None:
        """For as long as it runs: a server that is away is asked again, from where it was."""
        address = f"{self.server}/xrpc/com.atproto.sync.subscribeRepos"
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                async with connect(f"{address}?cursor={self._read}", max_size=None) as socket:
                    async for raw in socket:
                        await self._hear(Frame.from_bytes(raw))
            await asyncio.sleep(0.1)  # the server starts anew; the test waits for its events

    async def _murmur(self) -> None:
        """The rest of the network, which is never silent."""
        while True:
            await self._tell_on([_sample(len(self.events))])
            await asyncio.sleep(0.3)

    async def _hear(self, frame: Any) -> None:
        await self._tell_on(told_on(frame.type, frame.body))
        self._read = frame.body.get("seq", self._read)

    async def _tell_on(self, events: Iterable[Json]) -> None:
        async with self._news:
            for event in events:
                self.seq += 3
                time_us = max(
                    int(time() * 1e6), self.events[-1]["time_us"] + 1 if self.events else 0
                )
                self.events.append(event | {"seq": self.seq, "time_us": time_us})
            self._news.notify_all()

    # --- serving ---

    async def _give_dictionary(self, _: Request) -> Response:
        return Response(self.dictionary.dict_content, media_type="application/octet-stream")

    async def _serve(self, websocket: WebSocket) -> None:
        query, second = websocket.query_params, "subscribeEvents" in websocket.url.path
        refusal = self._refusal(query, second=second)
        if refusal is not None:
            return await websocket.send_denial_response(refusal)
        self.asked.append(query)
        await websocket.accept()
        names = query.getlist("collections" if second else "wantedCollections")
        tells = asyncio.create_task(self._tell(websocket, query, set(names), second=second))
        ends = asyncio.create_task(_end(websocket))
        _, rest = await asyncio.wait([tells, ends], return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        with suppress(RuntimeError, WebSocketDisconnect):
            await websocket.close()
        return None

    def _refusal(self, query: Mapping[str, str], *, second: bool) -> Response | None:
        if self.down:
            return Response(status_code=503)
        named = query.get("zstdDictionary")
        if second and (strange := set(query) - SECOND):
            body = {"error": "InvalidRequest", "message": f"unknown: {sorted(strange)}"}
            return JSONResponse(body, status_code=400)
        if named is not None and int(named) != self.dictionary.dict_id:
            return JSONResponse({"error": "UnknownZstdDictionary"}, status_code=400)
        return None

    async def _tell(
        self, websocket: WebSocket, query: Mapping[str, str], names: set[str], *, second: bool
    ) -> None:
        at = self._place(query.get("cursor"), second=second)
        packed = "zstdDictionary" in query
        with suppress(RuntimeError, WebSocketDisconnect):
            while not self.down:
                while at < len(self.events):
                    await self._send(
                        websocket, self.events[at], names, second=second, packed=packed
                    )
                    at += 1
                async with self._news:
                    if at == len(self.events) and not self.down:
                        await self._news.wait()

    def _place(self, cursor: str | None, *, second: bool) -> int:
        """Where a cursor begins: inclusive, and after everything when there is none."""
        if cursor is None:
            return len(self.events)
        number = int(cursor)
        name = "seq" if second and number < MICROSECONDS else "time_us"
        return sum(event[name] < number for event in self.events)

    async def _send(
        self, websocket: WebSocket, event: Json, names: set[str], *, second: bool, packed: bool
    ) -> None:
        if event["kind"] == "commit" and event["body"]["collection"] not in names:
            return None
        raw = _second(event) if second else _first(event)
        if not packed:
            return await websocket.send_text(raw.decode())
        self.binary += 1
        await websocket.send_bytes(zstd.compress(raw, zstd_dict=self.dictionary))
        return None


async def _end(websocket: WebSocket) -> None:
    """Until the listener goes, or says something: in the second form that closes the socket."""
    with suppress(WebSocketDisconnect, RuntimeError):
        await websocket.receive()


def told_on(kind: str, body: Json) -> Iterator[Json]:
    """What Jetstream tells of one message of subscribeRepos."""
    name = kind.removeprefix("#")
    if name == "commit":
        blocks = CAR.from_bytes(body["blocks"]).blocks if body["ops"] else {}
        for operation in body["ops"]:
            yield {"kind": name, "did": body["repo"], "body": _commit(body, operation, blocks)}
    elif name in ("account", "identity", "sync"):
        yield {"kind": name, "did": body["did"], "body": _plain(body) if name != "sync" else {}}


def _commit(body: Json, operation: Json, blocks: Mapping[CID, Any]) -> Json:
    collection, rkey = operation["path"].split("/")
    told = {"rev": body["rev"], "operation": operation["action"]}
    told |= {"collection": collection, "rkey": rkey}
    if operation["cid"] is None:
        return told
    cid = CID.from_decoded_bytes(operation["cid"])
    return told | {"record": _plain(blocks[cid]), "cid": cid.encode()}


def _plain(value: Any) -> Any:
    """DAG-CBOR as JSON. Posts hold no bytes but the names of blobs."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {"$link": CID.from_decoded_bytes(value).encode()} if isinstance(value, bytes) else value


def _first(event: Json) -> bytes:
    head = {"did": event["did"], "time_us": event["time_us"], "kind": event["kind"]}
    return orjson.dumps(head | {event["kind"]: event["body"]})


def _second(event: Json) -> bytes:
    kind, body = event["kind"], event["body"]
    seconds, rest = divmod(event["time_us"], 1_000_000)
    moment = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
    head = {"$type": f"{LEXICON}#{kind}", "seq": event["seq"], "did": event["did"]}
    head |= {"time": f"{moment}.{rest:06}Z"} | (body if kind == "commit" else {kind: body})
    return orjson.dumps({"$type": "message", "payload": head})


def _sample(number: int) -> Json:
    record = {"$type": "app.bsky.feed.post", "text": f"Talk {number}", "langs": ["en"]}
    body = {"rev": f"3m6abc{number}", "operation": "create", "collection": record["$type"]}
    body |= {"rkey": f"3m6a{number:09}", "cid": f"bafyrei{number:052}", "record": record}
    did = f"did:plc:{number:024}"
    return {"kind": "commit", "did": did, "seq": number, "time_us": number * 10**9, "body": body}
