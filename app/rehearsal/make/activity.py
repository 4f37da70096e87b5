"""When things happen: bursts of posts in a stretch of time, and reposts that follow them.

The shape is that of two recorded conferences (ISMB/ECCB 2017 and useR! 2018): 52 to 76 % of all activity are
reposts, at most about 25 arrivals a minute, few people do most of it, reposts come with a heavy-tailed delay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from app.rehearsal.make.script import Entry, Stretch

REPOSTS = 640
"""Tried: some come twice from one person, or after the end of the day, and are left out."""
MOST_REPOSTS = 26
"""Of one post."""
MEDIAN_DELAY_S, DELAY_SPREAD = 700.0, 1.5
STORM, STORM_DELAY_S, STORM_SPREAD = 32, 45.0, 0.6
"""A moment that the whole room passes on at once (`storm=yes` in the script)."""
END = timedelta(hours=19, minutes=30)


@dataclass(frozen=True, slots=True)
class Repost:
    """Somebody passes a post on; `undone` is when they take it back."""

    entry: Entry
    who: str
    at: timedelta
    undone: timedelta | None


def place(stretch: Stretch, rng: Random, *, even: bool = False) -> None:
    """Give the entries of a stretch their times, in order and at least two seconds apart."""
    length = (stretch.end - stretch.start).total_seconds()
    count = len(stretch.entries)
    hearts = [rng.uniform(0.05, 0.95) * length for _ in range(max(1, count // 5))]
    seconds = [length * (i + rng.uniform(0.1, 0.9)) / count for i in range(count)]
    if not even:
        seconds = [rng.gauss(rng.choice(hearts), 45) if rng.random() < 0.45 else s for s in seconds]
    last = 0.0
    for entry, s in zip(stretch.entries, sorted(seconds), strict=True):
        last = max(last + rng.uniform(2, 9), min(s, length - 5))
        entry.at = stretch.start + timedelta(seconds=round(last, 3))


def reposts(
    entries: Sequence[Entry], fans: dict[str, float], gone: dict[str, timedelta], rng: Random
) -> list[Repost]:
    """Who passes on what and when; nobody passes on what is `gone` by then, or their own post."""
    taken: dict[str, set[str]] = {entry.id: {entry.who} for entry in entries}
    storms = [entry for entry in entries if "storm" in entry.options]
    drafts = [(entry, STORM_DELAY_S, STORM_SPREAD) for entry in storms for _ in range(STORM)]
    weights = [_appeal(entry, rng) for entry in entries]
    many = rng.choices(entries, weights, k=REPOSTS - len(drafts))
    drafts += [(entry, MEDIAN_DELAY_S, DELAY_SPREAD) for entry in many]
    made: list[Repost] = []
    for entry, median_s, spread in drafts:
        who = rng.choices(list(fans), list(fans.values()))[0]
        delay_s = round(25 + rng.lognormvariate(0, spread) * median_s, 3)
        at = entry.at + timedelta(seconds=delay_s)
        full = len(taken[entry.id]) > MOST_REPOSTS
        if full or who in taken[entry.id] or at >= min(END, gone.get(entry.id, END)):
            continue
        taken[entry.id].add(who)
        undone = at + timedelta(seconds=rng.randint(60, 900)) if rng.random() < 0.015 else None
        made.append(Repost(entry, who, at, undone))
    return made


def _appeal(entry: Entry, rng: Random) -> float:
    """How likely a post is passed on."""
    if entry.who in ("grump", "deals"):
        return 0.0
    appeal = rng.lognormvariate(0, 1.0)
    if "photo" in entry.options or "card" in entry.options:
        appeal *= 2.5
    if "re" in entry.options:
        appeal *= 0.25
    return appeal
