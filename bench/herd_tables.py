"""What the herd benchmark found, as tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from bench.crowd import Event
from bench.herd_house import Split
from bench.report import Measured
from bench.sampler import OUTSIDE

ACCEPTS_GOAL = 2_000
LEVEL_GOAL_S = 10
FUNCTIONS = 10
"""Rows of the profile: the rest is small."""


@dataclass(frozen=True, slots=True)
class CameIn:
    """How viewers came in for the first time, ; `bytes` is what all of them read, `client_busy` the load client's share of its core."""

    viewers: int
    wall: str
    open: int
    let_in_s: float
    level_s: float
    cpu: Split
    client_busy: float
    bytes: int
    reads: Counter[str]
    samples: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Back:
    """How all came back. `down_s`: from the cut until the service was there; reads are of the store, for viewers."""

    way: str
    viewers: int
    missed: int
    down_s: float
    codes: Mapping[str, int]
    refused: int
    queue_full: int
    let_in_s: float
    level_s: float
    cpu: Split
    report: Event
    reads_away: Counter[str]
    reads_back: Counter[str]


def tables(first: Sequence[CameIn], back: Sequence[Back]) -> list[Measured]:
    """Coming in, where the time goes, coming back, what they were sent."""
    return [_coming_in(first), _profile(first[0]), _coming_back(back), _sent(back)]


def _coming_in(first: Sequence[CameIn]) -> Measured:
    return Measured(
        f"{first[0].viewers:,} viewers come for the first time, as fast as the client can, 128 at once",
        (
            "wall",
            "let in",
            "a second",
            "all served, s",
            "CPU each, µs",
            "in the kernel",
            "kB each",
            "client busy",
            "waited, s",
            "reads",
        ),
        [
            (
                c.wall,
                f"{c.open:,}",
                f"{c.open / c.let_in_s:,.0f}",
                f"{c.level_s:.1f}",
                f"{c.cpu.all_s / c.viewers * 1e6:,.0f}",
                f"{c.cpu.system_s / c.cpu.all_s:.0%}",
                f"{c.bytes / c.viewers / 1e3:,.1f}",
                f"{c.client_busy:.0%}",
                f"{c.cpu.waited_s:.1f}",
                str(c.reads.total()),
            )
            for c in first
        ],
        (
            f"Goal: {ACCEPTS_GOAL:,} let in a second. Served: everybody has the whole snapshot and a pulse. The full wall is sent deflated, as browsers ask for it. "
            "Waited: for the core, while other programs of the machine had it. Reads: of the store.",
        ),
    )


def _profile(came: CameIn) -> Measured:
    total = sum(count for _, count in came.samples)
    each_us = came.cpu.all_s / came.viewers * 1e6
    rooms: Counter[str] = Counter()
    for name, count in came.samples:
        rooms[name if name == OUTSIDE else name.partition(".")[0]] += count
    said = ", ".join(f"{room} {count / total:.0%}" for room, count in rooms.most_common(5))
    return Measured(
        f"Where the CPU of coming in goes, to the wall that is {came.wall}",
        ("function", "of all", "µs each"),
        [
            (name, f"{count / total:.0%}", f"{count / total * each_us:.0f}")
            for name, count in came.samples[:FUNCTIONS]
        ],
        (
            f"By package: {said}.",
            f"{total:,} samples by processor time, the kernel's included. Time in C counts for the Python function that called "
            "it: `LeanLine.take` is write(2); accepting, reading and closing are uvloop's.",
        ),
    )


def _coming_back(back: Sequence[Back]) -> Measured:
    return Measured(
        f"{back[0].viewers:,} viewers lose their connection, miss {back[0].missed} posts, and come back all in one moment",
        (
            "how",
            "closed",
            "away, s",
            "refused",
            "queue full",
            "let in a second",
            "level, s",
            "waited, s",
            "CPU each, µs",
        ),
        [
            (
                b.way,
                ", ".join(f"{n:,} × {code}" for code, n in b.codes.items()) or "reset",
                f"{b.down_s:.1f}",
                str(b.refused),
                f"{b.queue_full:,}",
                f"{b.report['open'] / b.let_in_s:,.0f}",
                f"{b.level_s:.1f}" if isfinite(b.level_s) else "not level",
                f"{b.cpu.waited_s:.1f}",
                f"{b.cpu.all_s / b.viewers * 1e6:,.0f}",
            )
            for b in back
        ],
        (
            f"Goal: level in {LEVEL_GOAL_S} s, from the first connect until the last viewer had its last post. Away: until the "
            "service was there again, most of it the start of the process.",
            "Pages spread their return over two seconds or more; here all connects start at once. Queue full: a connect that the "
            "listener's queue did not hold; the kernel tries it again after a second, then ever more rarely.",
        ),
    )


def _sent(back: Sequence[Back]) -> Measured:
    return Measured(
        "What they had when they were level, and how often the store was read for it",
        (
            "how",
            "had a post once",
            "twice",
            "not at all",
            "snapshots",
            "gaps",
            "reads while away",
            "reads for their return",
        ),
        [
            (
                b.way,
                f"{b.report['deliveries']:,} of {b.viewers * b.missed:,}",
                str(b.report["duplicates"]),
                str(b.viewers * b.missed - b.report["deliveries"]),
                str(b.report["snapshots"]),
                str(b.report["gaps"]),
                _reads(b.reads_away),
                _reads(b.reads_back),
            )
            for b in back
        ],
        (
            "Goal: each post exactly once, and no more than one read of the store. A new process loads the wall once; each commit is "
            f"read once, however many watch: {back[0].missed} changes for {back[0].missed} posts, before anybody came back.",
        ),
    )


def _reads(reads: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(reads.items())) or "none"
