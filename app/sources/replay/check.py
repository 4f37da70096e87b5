"""Tells an operator in plain words whether a recording can be played, and what is in it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from app.errors import UsageError
from app.sources.finding import Finding, fine, wrong
from app.sources.replay.format import assets, parse_line
from app.sources.replay.source import asset_path, replay_event

MOST_TOLD = 5
"""Broken lines that are named one by one."""


def check(path: Path) -> list[Finding]:
    """Read the file to its end. Never raises UsageError: what is wrong becomes findings, with its line."""
    try:
        event = replay_event(path)
        looked = _Looked(path)
    except UsageError as error:
        return [wrong(str(error))]
    except OSError as error:
        return [wrong(f"The replay file {path} cannot be read: {error.strerror}.")]
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(looked.kinds.items()))
    tags = " ".join(f"#{tag}" for tag in event.hashtags)
    findings = [
        fine(f"{event.title} {tags}, recorded from {event.started_at:%Y-%m-%d %H:%M %Z} on."),
        fine(f"It has {kinds}.") if kinds else wrong("It has no arrivals."),
    ]
    return [*findings, *_broken(looked.broken), *_missing(looked.missing)]


class _Looked:
    """What reading every line showed."""

    def __init__(self, path: Path) -> None:
        self.kinds: Counter[str] = Counter()
        self.broken: list[str] = []
        self.missing: set[str] = set()
        for number, line in _lines(path):
            try:
                arrival = parse_line(line, number).arrival
            except UsageError as error:
                self.broken.append(error.message)
                continue
            self.kinds[arrival.kind] += 1
            files = (asset_path(path, f"asset:{name}") for name in assets(arrival))
            self.missing |= {one.name for one in files if one and not one.is_file()}


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number > 1 and line.strip():
                yield number, line


def _broken(said: list[str]) -> list[Finding]:
    more = len(said) - MOST_TOLD
    rest = [wrong(f"{more} more lines are left out.")] if more > 0 else []
    return [*(wrong(f"Left out: {one}") for one in said[:MOST_TOLD]), *rest]


def _missing(names: set[str]) -> list[Finding]:
    if not names:
        return []
    first = sorted(names)[0]
    return [wrong(f"{len(names)} pictures are not in the folder media beside it: {first} …")]
