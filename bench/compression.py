"""What compression of frames saves and costs, way by way, on posts as they come.

`python -m bench.compression [--write]`. The made-up day of the rehearsal, played through the service's own actions;
with HALLWAY_FIXTURES set, the recorded Mastodon posts in that folder too.
"""

import os
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from statistics import mean, median
from time import process_time_ns

import uvloop

from app.live.deflate import LEVEL, TAIL, SharedStream, single
from bench.frames import Played, play, recorded, rehearsal
from bench.report import Measured, publish

LEVELS = (1, 6, 9)
EVERY = (8, 16, 32, 64, 128)
"""Messages from one restart of the shared stream to the next."""
COMPARED = (16, 32, 64)
STAYS = (20, 100, 300)
"""Messages that a viewer stays for."""
PATIENCE = (1, 3, 6)
"""Messages that those outside the stream take, counted together, for each who follows it, before it begins anew."""
JOIN_EVERY = 5
"""One viewer joins with every fifth message."""
WINDOW_BYTES = 32_768
"""How far back deflate can refer (RFC 1951); browsers inflate with all of it."""
ROUNDS = 8
HELD = 20


Way = Callable[[Sequence[bytes]], list[bytes]]
"""Frames in, the payloads of their messages out."""


@dataclass(frozen=True, slots=True)
class Own:
    """How each connection's own compressor is set up: zlib's window bits and memory level."""

    window: int
    memory: int

    def compressor(self) -> "zlib._Compress":
        """One of them, at the level that all ways are compared at."""
        return zlib.compressobj(LEVEL, zlib.DEFLATED, -self.window, self.memory)


PER_CONNECTION = (Own(12, 5), Own(15, 8))
"""As `websockets` sets it up, which uvicorn uses, and with all of the window."""


WAYS_NOTES = (
    "Bytes with the WebSocket header, without TLS and TCP (some 75 a packet). In brackets: while somebody is outside "
    "the stream. A join beside its snapshot: frames on their own until the stream begins anew; for the stream "
    "that never does, the 32 KiB it may refer to, which are old posts.",
)


# --- ways -----------------------------------------------------------------------------------------


def each(frames: Sequence[bytes], level: int = LEVEL) -> list[bytes]:
    """Every message complete in itself."""
    return [single(frame, level) for frame in frames]


def shared(frames: Sequence[bytes], every: int | None, level: int = LEVEL) -> list[bytes]:
    """One stream for all that starts anew before each `every`th message; None: never."""
    stream = SharedStream(level)
    payloads = []
    for frame in frames:
        if stream.count == every:
            stream.restart()
        payloads.append(stream.next(frame))
    return payloads


def own(frames: Sequence[bytes], setting: Own) -> list[bytes]:
    """What one connection's own stream makes of the frames, from its first to its last."""
    deflate = setting.compressor()
    flush = zlib.Z_SYNC_FLUSH
    return [(deflate.compress(f) + deflate.flush(flush)).removesuffix(TAIL) for f in frames]


def viewed(
    alone: Sequence[bytes], stream: Sequence[bytes], every: int, joined: int
) -> Iterator[bytes]:
    """What a viewer that joins before message `joined` gets: on its own until the stream starts anew."""
    start = -(-joined // every) * every
    yield from alone[joined:start]
    yield from stream[start:]


def check(frames: Sequence[bytes], alone: Sequence[bytes], every: int) -> None:
    """AssertionError unless a viewer that joins anywhere, and then at a restart, reads every frame."""
    stream = shared(frames, every)
    for joined in range(0, len(frames), 7):
        inflate = zlib.decompressobj(-15)
        for frame, payload in zip(
            frames[joined:], viewed(alone, stream, every, joined), strict=True
        ):
            assert inflate.decompress(payload + TAIL) == frame


def sizes(payloads: Sequence[bytes]) -> list[int]:
    """Bytes of WebSocket messages from a server: 2, 4 or 10 before each payload (RFC 6455, 5.2)."""
    return [n + (2 if n < 126 else 4 if n < 65_536 else 10) for n in map(len, payloads)]


def join_costs(alone: Sequence[int], stream: Sequence[int], every: int) -> float:
    """Bytes that a join costs on average beyond what those in the stream get."""
    beyond = [a - s for a, s in zip(alone, stream, strict=True)]
    whole = range(0, len(beyond) - len(beyond) % every, every)
    ends = [list(accumulate(reversed(beyond[at + 1 : at + every]), initial=0)) for at in whole]
    return mean([cost for some in ends for cost in some]) if ends else float("nan")


def replay_costs(frames: Sequence[bytes]) -> float:
    """Bytes that a join costs in a stream that never starts anew: all that deflate may refer to, at once."""
    whole = b"".join(frames)
    ends = [end for end in accumulate(map(len, frames)) if end >= WINDOW_BYTES]
    windows = [whole[end - WINDOW_BYTES : end] for end in ends[:: len(ends) // 20 or 1]]
    return mean(sizes(each(windows)))


@dataclass(slots=True)
class House:
    """Viewers by the message they leave at: who follows the stream, and who came since it began."""

    following: list[int]
    outside: list[int]
    messages: int = 0
    """Since the stream began."""
    waited: int = 0
    """The same, summed over those outside."""

    def leave(self, now: int) -> None:
        """Who stayed long enough goes."""
        self.following = [end for end in self.following if end > now]
        self.outside = [end for end in self.outside if end > now]

    def begin(self) -> None:
        """The stream begins anew, with everybody in it."""
        self.following, self.outside = self.following + self.outside, []
        self.messages = self.waited = 0

    def deliver(self) -> None:
        """One message went to everybody."""
        self.messages += 1
        self.waited += len(self.outside)


def visits(played: Played, stay: int, anew: Callable[[House], bool]) -> float | None:
    """Bytes a delivery while a viewer joins every JOIN_EVERY messages and each stays for `stay`.

    Counted from the first one's leaving; None when too few messages are left then.
    """
    if stay > len(played.frames) // 2:
        return None
    house, stream, bytes_sent, deliveries = House([], []), SharedStream(), 0, 0
    for now, frame in enumerate(played.frames):
        house.leave(now)
        house.outside += [now + stay] if now % JOIN_EVERY == 0 else []
        if not house.following or anew(house):
            house.begin()
            stream.restart()
        together, alone = sizes([stream.next(frame), single(frame)])
        house.deliver()
        if now >= stay:
            bytes_sent += len(house.following) * together + len(house.outside) * alone
            deliveries += len(house.following) + len(house.outside)
    return bytes_sent / deliveries


# --- costs ----------------------------------------------------------------------------------------


def cpu_us(frames: Sequence[bytes], way: Way) -> float:
    """µs of processor time a message, the best of a few rounds."""
    return min(_took_ns(frames, way) for _ in range(ROUNDS)) / len(frames) / 1_000


def _took_ns(frames: Sequence[bytes], way: Way) -> int:
    started = process_time_ns()
    way(frames)
    return process_time_ns() - started


def held_kib(setting: Own, frames: Sequence[bytes]) -> float:
    """KiB that each connection's own compressor and decompressor have allocated once both were used."""
    tracemalloc.start()
    held = [(setting.compressor(), zlib.decompressobj(-setting.window)) for _ in range(HELD)]
    for deflate, inflate in held:
        for frame in frames[:HELD]:
            inflate.decompress(deflate.compress(frame) + deflate.flush(zlib.Z_SYNC_FLUSH))
    allocated, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return allocated / HELD / 1024


# --- tables ---------------------------------------------------------------------------------------


def ways(played: Played, held: dict[Own, float]) -> Measured:
    """Every way side by side, for one set of frames."""
    frames = played.frames
    alone, alone_us = each(frames), cpu_us(frames, each)
    rows = [
        _row("none", frames, "0", "0", "0"),
        _row("each frame on its own, for all", alone, f"{alone_us:.0f} µs a message", "0", "0"),
    ]
    for setting in PER_CONNECTION:
        name = f"each connection its own stream, {1 << setting.window - 10} KiB"
        cost = f"{cpu_us(frames, partial(own, setting=setting)):.0f} µs a DELIVERY"
        rows.append(_row(name, own(frames, setting), cost, f"{held[setting]:.0f} KiB", "0"))
    for every in (n for n in EVERY if n <= len(frames) // 2):
        check(frames, alone, every)
        stream, us = shared(frames, every), cpu_us(frames, partial(shared, every=every))
        cost = f"{us:.0f} (+ {alone_us:.0f}) µs a message"
        join = f"{join_costs(sizes(alone), sizes(stream), every):,.0f}"
        rows.append(_row(f"one stream, anew every {every}", stream, cost, "0", join))
    cost = f"{cpu_us(frames, partial(shared, every=None)):.0f} µs a message"
    join = f"{replay_costs(frames):,.0f}"
    rows.append(_row("one stream, never anew", shared(frames, None), cost, "0", join))
    columns = ("way", "bytes, mean", "median", "CPU", "memory a viewer", "a join costs, bytes")
    return Measured(
        f"{played.title}: {len(frames):,} messages, level {LEVEL}", columns, rows, WAYS_NOTES
    )


def _row(name: str, payloads: Sequence[bytes], cpu: str, memory: str, join: str) -> tuple[str, ...]:
    known = sizes(payloads)
    return name, f"{mean(known):,.0f}", f"{median(known):,.0f}", cpu, memory, join


def stays(played: Played) -> Measured:
    """What viewers that come and go get, for one set of frames."""
    rows = []
    for every in EVERY:
        costs = [visits(played, stay, partial(_long_enough, every)) for stay in STAYS]
        rows.append((f"anew every {every}", *map(_bytes, costs)))
    for patience in PATIENCE:
        costs = [visits(played, stay, partial(_too_long, patience)) for stay in STAYS]
        rows.append((f"anew after {patience} a follower", *map(_bytes, costs)))
    columns = ("one stream", *(f"stays for {stay}" for stay in STAYS))
    note = (
        f"One joins every {JOIN_EVERY} messages, each stays for so many. Anew after so many messages that those "
        "outside have taken, counted together, for each who follows."
    )
    title = f"{played.title}: bytes a delivery, of viewers that come and go"
    return Measured(title, columns, rows, (note,))


def _long_enough(every: int, house: House) -> bool:
    return house.messages >= every


def _too_long(patience: int, house: House) -> bool:
    return house.waited >= patience * len(house.following)


def _bytes(size: float | None) -> str:
    return "too few" if size is None else f"{size:,.0f}"


def levels(played: Played) -> Measured:
    """What zlib's level changes for single frames."""
    rows = []
    for level in LEVELS:
        tried: list[Way] = [partial(each, level=level)]
        tried += [partial(shared, every=every, level=level) for every in COMPARED]
        rows.append((str(level), *(_cell(played.frames, way) for way in tried)))
    columns = ("level", "on its own", *(f"anew every {every}" for every in COMPARED))
    return Measured(f"{played.title}: bytes and CPU a message by level", columns, rows)


def _cell(frames: Sequence[bytes], way: Way) -> str:
    return f"{mean(sizes(way(frames))):,.0f} B, {cpu_us(frames, way):.0f} µs"


def snapshots(played: Played) -> Measured:
    """What zlib's level changes for a snapshot."""
    frames = [played.snapshot]
    (whole,) = sizes(frames)
    rows = [("none", f"{whole:,}", "100%", "0")]
    for level in range(1, 10):
        way = partial(each, level=level)
        (size,) = sizes(way(frames))
        took_ms = cpu_us(frames, way) / 1_000
        rows.append((str(level), f"{size:,}", f"{size / whole:.0%}", f"{took_ms:.1f} ms"))
    columns = ("level", "bytes", "of it", "CPU")
    return Measured(f"{played.title}: a snapshot of {played.posts} posts", columns, rows)


async def sets() -> list[Played]:
    """What is measured with: new posts of the day, all that changes in it, and recorded posts if there are any."""
    found = [
        await play("Rehearsal, new posts", rehearsal(), new_only=True),
        await play("Rehearsal, every change", rehearsal(), new_only=False),
    ]
    if folder := os.environ.get("HALLWAY_FIXTURES"):
        posts = recorded(Path(folder) / "mastodon")
        found.append(await play("Recorded posts", posts, new_only=True))
    return found


def main() -> None:
    """Measure every way on every set and publish."""
    played = uvloop.run(sets())
    held = {setting: held_kib(setting, played[0].frames) for setting in PER_CONNECTION}
    tables = [ways(one, held) for one in played]
    tables += [stays(one) for one in played[:2]]
    tables += [levels(one) for one in (played[0], *played[2:])]
    tables += [snapshots(one) for one in (played[0], *played[2:])]
    publish("compression", tables)


if __name__ == "__main__":
    main()
