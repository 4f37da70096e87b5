"""Events a second of Bluesky's firehose through the filter, beside parsing everything, and over a real socket.

`python -m bench.jetstream [--write]`. The firehose is made up, in the true shape of Jetstream's second form.
"""

import asyncio
import base64
import hashlib
import json
import multiprocessing
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter, process_time

import orjson
import uvloop

from app.clock import SystemClock
from app.serve import calm_collector
from app.sources.bluesky.events import POST, REPOST, Event, endpoints, parse_event
from app.sources.bluesky.filter import Sieve
from app.sources.bluesky.memory import Memory
from app.sources.bluesky.stream import Stream
from app.sources.bluesky.text import hashtags_of
from app.sources.connection import Timeouts
from bench.report import Measured, publish

COUNT = 200_000
SOCKET_COUNT = 200_000
ROUNDS = 3
GOAL = 50_000
TAG = "pyfest26"
TAGS = frozenset({TAG})
HELD = 500
"""Posts on the wall: what reposts are compared with."""

_WORDS = [
    "the",
    "talk",
    "on",
    "types",
    "was",
    "great",
    "and",
    "we",
    "should",
    "try",
    "this",
    "at",
    "home",
    "with",
    "a",
    "small",
    "team",
    "because",
    "tests",
    "made",
    "us",
    "faster",
    "coffee",
    "is",
    "upstairs",
    "thank",
    "you",
    "für",
    "alles",
    "schöne",
    "Grüße",
    "会場",
    "最高",
    "🐍",
    "🎉",
]
_OTHER_TAGS = ("art", "photography", "イラスト", "NewsBreak", "caturday", "Musik", "eté2026")
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


# --- a made-up firehose ---------------------------------------------------------------------------


def firehose(count: int, *, seed: int = 26) -> list[bytes]:
    """Frames as a subscription to posts and reposts brings them; one post in 200 has our hashtag."""
    rng = Random(seed)
    return [_frame(number, rng) for number in range(count)]


def _frame(number: int, rng: Random) -> bytes:
    kinds = (_post, _repost, _delete, _unrepost, _account)
    (make,) = rng.choices(kinds, weights=(38, 48, 5, 6, 3))
    kind, body = make(number, rng)
    head = {
        "$type": f"network.bsky.jetstream.subscribeEvents#{kind}",
        "seq": 24_664_288_881 + number,
        "did": _did(rng),
        "time": f"2026-11-21T09:30:{number // 1000 % 60:02}.{number % 1000:03}456Z",
    }
    return orjson.dumps({"$type": "message", "payload": head | body})


def _did(rng: Random) -> str:
    return "did:plc:" + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz234567", k=24))


def _commit(operation: str, collection: str, number: int, **more: object) -> dict[str, object]:
    head = {"rev": "3m6abcdefgh2x", "operation": operation, "collection": collection}
    return head | {"rkey": f"3m6a{number:09}"} | more


def _post(number: int, rng: Random) -> tuple[str, dict[str, object]]:
    text = " ".join(rng.choices(_WORDS, k=rng.randrange(4, 40)))
    record: dict[str, object] = {"$type": POST, "text": text, "createdAt": "2026-11-21T09:29:59Z"}
    record["langs"] = [rng.choice(("en", "ja", "de", "pt"))]
    if rng.random() < 0.12:
        tag = TAG if rng.random() < 0.04 else rng.choice(_OTHER_TAGS)
        record["facets"] = [_facet(text, tag)]
        record["text"] = f"{text} #{tag}"
    if rng.random() < 0.4:
        there = {"cid": "bafyreiainko5un5pbcdosvxpbisjnjzemojnry6nsgt", "uri": _uri(rng)}
        record["reply"] = {"parent": there, "root": there}
    if rng.random() < 0.25:
        record["embed"] = _images()
    cid = "bafyreicl7rzkxdrm4zz2ehbx52kuk3mvfow6p3gzfys72r5grvskxoswy4"
    return "commit", _commit("create", POST, number, cid=cid, record=record)


def _facet(text: str, tag: str) -> dict[str, object]:
    start = len(text.encode()) + 1
    feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
    end = start + len(tag.encode()) + 1
    return {"features": [feature], "index": {"byteEnd": end, "byteStart": start}}


def _images() -> dict[str, object]:
    ref = {"$link": "bafkreia7qylkbfr7kwj6uaxzz6q3yjvzdabenq3qttgqienygat55sexia"}
    blob = {"$type": "blob", "ref": ref, "mimeType": "image/jpeg", "size": 597_299}
    image = {"alt": "a stage", "aspectRatio": {"height": 1489, "width": 2000}, "image": blob}
    return {"$type": "app.bsky.embed.images", "images": [image]}


def _uri(rng: Random) -> str:
    return f"at://{_did(rng)}/{POST}/3m6a{rng.randrange(10**9):09}"


def _repost(number: int, rng: Random) -> tuple[str, dict[str, object]]:
    subject = {"cid": "bafyreidklayotpkt5z6dgournsivh4tyouwa6bm7fdfe2i", "uri": _uri(rng)}
    record = {"$type": REPOST, "createdAt": "2026-11-21T09:29:59Z", "subject": subject}
    return "commit", _commit("create", REPOST, number, cid="bafyreiedbile4hfy44", record=record)


def _delete(number: int, rng: Random) -> tuple[str, dict[str, object]]:
    return "commit", _commit("delete", POST, rng.randrange(number + 1))


def _unrepost(number: int, rng: Random) -> tuple[str, dict[str, object]]:
    return "commit", _commit("delete", REPOST, rng.randrange(number + 1))


def _account(number: int, rng: Random) -> tuple[str, dict[str, object]]:
    return "account", {"account": {"active": True, "seq": number, "time": "2026-11-21T09:30:00Z"}}


# --- the ways through it --------------------------------------------------------------------------


def _memory() -> Memory:
    memory, rng = Memory(), Random(7)
    for number in range(HELD):
        uri = _uri(rng)
        memory.know(uri)
        memory.reposted(_did(rng), f"3m7z{number:09}", uri)
    return memory


def filtered(frames: Sequence[bytes]) -> int:
    """As the service does: told from the bytes, then parsed. How many posts have our hashtag."""
    sieve, found = Sieve(TAGS, _memory()), 0
    for raw in frames:
        if sieve.wants(raw):
            event = parse_event(raw, "jet.example")
            found += event is not None and not TAGS.isdisjoint(hashtags_of(event.record))
    return found


def parsed(loads: Callable[[bytes], object]) -> Callable[[Sequence[bytes]], int]:
    """As a first draft does: every frame is parsed, then looked at."""

    def run(frames: Sequence[bytes]) -> int:
        found = 0
        for raw in frames:
            payload = loads(raw)["payload"]  # type: ignore[index]  # made up, always there
            record = payload.get("record") or {}
            found += not TAGS.isdisjoint(hashtags_of(record))
        return found

    return run


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds for a number of frames: by the clock, and of this process's processor time."""

    way: str
    count: int
    wall_s: float
    cpu_s: float


def measure(way: str, run: Callable[[Sequence[bytes]], int], frames: Sequence[bytes]) -> Speed:
    """The best of some rounds."""
    best = Speed(way, len(frames), 1e9, 1e9)
    for _ in range(ROUNDS):
        started, cpu = perf_counter(), process_time()
        found = run(frames)
        took = Speed(way, len(frames), perf_counter() - started, process_time() - cpu)
        if not found:
            raise AssertionError("the firehose has none of our posts")
        best = min(best, took, key=lambda one: one.wall_s)
    return best


# --- over a socket --------------------------------------------------------------------------------


def serve(listener: socket.socket, wire: bytes) -> None:
    """Another process: one upgrade, then all frames as fast as they are taken, then the end."""
    connection, _ = listener.accept()
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += connection.recv(4096)
    named = (line.partition(b":") for line in asked.split(b"\r\n"))
    key = next(value.strip() for name, _, value in named if name.lower() == b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    connection.sendall(wire + b"\x88\x02\x03\xe8")
    connection.recv(4096)
    connection.close()


def _framed(raw: bytes) -> bytes:
    size = len(raw)
    head = bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")
    return head + raw


async def _listen(address: str) -> tuple[float, float, int]:
    """Seconds by the clock and of the processor, from the open socket to its end; tagged posts."""
    done, found, started = asyncio.Event(), 0, (0.0, 0.0)

    async def handle(event: Event) -> None:
        nonlocal found
        found += not TAGS.isdisjoint(hashtags_of(event.record))

    def changed() -> None:
        nonlocal started
        if stream.open:
            started = (perf_counter(), process_time())
        else:
            done.set()

    stream = Stream(
        endpoints([address]),
        Sieve(TAGS, _memory()),
        handle,
        position=None,
        clock=SystemClock(),
        rng=Random(26),
        contact="",
        timeouts=Timeouts(),
        idle_s=60,
        changed=changed,
        gap=lambda _: None,
        not_before={},
    )
    task = asyncio.create_task(stream.run())
    await done.wait()
    took = perf_counter() - started[0], process_time() - started[1], found
    task.cancel()
    await asyncio.wait([task])
    return took


def over_socket(frames: Sequence[bytes]) -> Speed:
    """The service's own stream, fed by another process on the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = b"".join(map(_framed, frames))
        feeder = multiprocessing.get_context("fork").Process(target=serve, args=(listener, wire))
        feeder.start()
        wall_s, cpu_s, found = uvloop.run(_listen(f"ws://127.0.0.1:{listener.getsockname()[1]}"))
        feeder.join()
    if not found:
        raise AssertionError("nothing came over the socket")
    return Speed("filtered, over a WebSocket (websockets, uvloop)", len(frames), wall_s, cpu_s)


def table(speeds: Sequence[Speed], frames: Sequence[bytes]) -> Measured:
    """What is published."""
    size = sum(map(len, frames)) / len(frames)
    wants = Sieve(TAGS, _memory()).wants
    share = sum(map(wants, frames)) / len(frames)
    return Measured(
        "Bluesky's firehose, events a second on one core",
        ("way", "events", "a second", "CPU each"),
        [
            (
                one.way,
                f"{one.count:,}",
                f"{one.count / one.wall_s:,.0f}",
                f"{one.cpu_s / one.count * 1e6:,.2f} µs",
            )
            for one in speeds
        ],
        (
            f"Goal: {GOAL:,} a second. {size:,.0f} bytes an event on average; "
            f"{share:.1%} of them are parsed. The network itself sends some hundreds a second.",
        ),
    )


def main() -> None:
    """Measure and publish."""
    calm_collector()  # as the service does
    frames = firehose(COUNT)
    speeds = [
        measure("filtered on the bytes, the rest parsed", filtered, frames),
        over_socket(frames[:SOCKET_COUNT]),
        measure("everything parsed (orjson)", parsed(orjson.loads), frames),
        measure("everything parsed (json)", parsed(json.loads), frames),
    ]
    publish("jetstream", [table(speeds, frames)])


if __name__ == "__main__":
    main()
