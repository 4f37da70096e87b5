"""Reads the script of the day: who says what, in which stretch of time, and what happens to it later."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

STRETCH = re.compile(r"== (-?)(\d\d):(\d\d)-(-?)(\d\d):(\d\d)$")
LINE = re.compile(r"(?P<who>[a-z]+)(?: \{(?P<options>[^}]*)\})?: (?P<text>.+)$")
CHANGE = re.compile(
    r"! (?P<what>edit|untag|delete|gone) (?P<id>\w+) \+(?P<minutes>\d+)(?:: (?P<text>.+))?$"
)


@dataclass(slots=True)
class Entry:
    """One post as written; `at` is the time of day (yesterday's below zero), once it is known."""

    id: str
    who: str
    text: str
    language: str
    options: dict[str, str]
    at: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to a post `after` it came."""

    what: str
    id: str
    after: timedelta
    text: str


@dataclass(slots=True)
class Stretch:
    """The posts of one stretch of the day, in order."""

    start: timedelta
    end: timedelta
    entries: list[Entry] = field(default_factory=list)


def parse_day(text: str) -> tuple[list[Stretch], list[Change]]:
    """The stretches and the changes. Raises ValueError for a line that is neither."""
    stretches: list[Stretch] = []
    changes: list[Change] = []
    last = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("# "):
            continue
        if match := STRETCH.match(line):
            stretches.append(Stretch(_time(*match.groups()[:3]), _time(*match.groups()[3:])))
        elif match := CHANGE.match(line):
            after = timedelta(minutes=int(match["minutes"]))
            changes.append(Change(match["what"], match["id"], after, _unfold(match["text"] or "")))
        elif match := LINE.match(line):
            entry = _entry(match, number, last)
            stretches[-1].entries.append(entry)
            last = entry.id
        else:
            raise ValueError(f"day.txt, line {number}: {line}")
    return stretches, changes


def _entry(match: re.Match[str], number: int, last: str) -> Entry:
    language, options = "en", {}
    for option in filter(None, (part.strip() for part in (match["options"] or "").split(";"))):
        name, equals, value = option.partition("=")
        if equals:
            options[name] = last if (name, value) == ("re", "last") else value
        else:
            language = name
    entry_id = options.pop("id", f"line{number}")
    return Entry(entry_id, match["who"], _unfold(match["text"]), language, options)


def _unfold(text: str) -> str:
    return text.replace("⏎", "\n")


def _time(yesterday: str, hours: str, minutes: str) -> timedelta:
    return timedelta(days=-1 if yesterday else 0, hours=int(hours), minutes=int(minutes))
