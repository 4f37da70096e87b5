"""Reads `schedule.json` as frab and pretalx write it. Pure.

Shape: `schedule.conference.days[].rooms{name: [event]}`; see the wiki page "Schedule" of c3voc and pretalx'
`ScheduleData` exporter (src/pretalx/schedule/exporters.py).
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.errors import UsageError
from app.programme.talks import (
    Programme,
    Talk,
    folded_tags,
    handles_in,
    programme,
    zone_named,
)

_CLOCK = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")
DAY_CHANGE = 4
"""Before this hour of the night a start belongs to the day before, where a day does not say when it begins."""
_OFF = frozenset({"canceled", "cancelled", "withdrawn", "rejected"})


def parse_frab(raw: bytes, zone: ZoneInfo | None) -> Programme:
    """The talks. Times without a zone are of `zone`, else of the schedule's own.

    UsageError, in words for an organiser, when it is no such file.
    """
    conference = _conference(raw)
    zone = zone or zone_named(conference.get("time_zone_name"))
    events = list(_events(conference))
    talks = [talk for day, room, event in events if (talk := _talk(day, room, event))]
    called_off = sum(_is_off(event) for _, _, event in events)
    return programme(talks, zone, unusable=len(events) - called_off - len(talks))


def _conference(raw: bytes) -> dict[str, Any]:
    try:
        root = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise UsageError(
            f"Line {error.lineno}, column {error.colno}: this is no valid JSON."
        ) from error
    schedule = _dict(root).get("schedule", root)
    conference = _dict(_dict(schedule).get("conference"))
    if not isinstance(conference.get("days"), list):
        raise UsageError(
            "This JSON is no schedule: it has no schedule.conference.days.",
            hint="frab and pretalx give it under the name schedule.json.",
        )
    return conference


def _events(conference: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    for day in conference["days"]:
        rooms = _dict(_dict(day).get("rooms"))
        for room, events in rooms.items():
            for event in events if isinstance(events, list) else ():
                if isinstance(event, dict):
                    yield day, room, event


def _talk(day: dict[str, Any], room: str, event: dict[str, Any]) -> Talk | None:
    starts, length = _start(day, event), _length(event.get("duration"))
    if starts is None or length is None or _is_off(event):
        return None
    persons = [p for p in _list(event.get("persons")) if isinstance(p, dict)]
    told = (str(event.get(name) or "") for name in ("hashtag", "hashtags"))
    return Talk(
        title=_word(event.get("title")),
        starts=starts,
        ends=starts + length,
        room=_word(event.get("room")) or room,
        speakers=tuple(_word(p.get("public_name") or p.get("name")) for p in persons),
        code=_code(event),
        track=_word(event.get("track")),
        url=_word(event.get("url")),
        tags=folded_tags(word for text in told for word in re.findall(r"[^\s,;'\"\[\]]+", text)),
        handles=tuple(h for p in persons for h in handles_in(_about(p))),
    )


def _is_off(event: dict[str, Any]) -> bool:
    said = (event.get(name) for name in ("state", "status"))
    return any(event.get(name) is True for name in ("cancelled", "canceled")) or any(
        isinstance(word, str) and word.casefold() in _OFF for word in said
    )


def _code(event: dict[str, Any]) -> str:
    """What stays when a talk moves: pretalx' short code, else the number, else the long names."""
    named = (event.get(name) for name in ("code", "id", "guid", "slug"))
    return next((str(n) for n in named if isinstance(n, str | int) and str(n)), "")


def _about(person: dict[str, Any]) -> str:
    links = [_dict(link).get("url") for link in _list(person.get("links"))]
    words = (person.get("biography"), *links)
    return " ".join(word for word in words if isinstance(word, str))


def _start(day: dict[str, Any], event: dict[str, Any]) -> datetime | None:
    """`date` is the whole moment; older files have only the day's date and a clock time."""
    whole = _datetime(event.get("date"))
    if whole is not None:
        return whole
    clock, on = _length(event.get("start")), _day(day.get("date"))
    if clock is None or on is None:
        return None
    begins = _datetime(day.get("day_start"))
    change = timedelta(hours=begins.hour if begins else DAY_CHANGE)
    midnight = datetime(on.year, on.month, on.day, tzinfo=begins.tzinfo if begins else None)
    try:
        return midnight + clock + timedelta(days=clock < change)
    except OverflowError:
        return None


def _length(value: object) -> timedelta | None:
    """`1:30`, `01:30:00`, or minutes as a number; None when it is neither, or more than a week."""
    if isinstance(value, int) and 0 <= value < 10_000:
        return timedelta(minutes=value)
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _datetime(value: object) -> datetime | None:
    if not isinstance(value, str) or len(value) <= len("2026-11-21"):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _word(value: object) -> str:
    """A text; of one in several languages the English one, else the first."""
    if isinstance(value, dict):
        value = value.get("en") or next(iter(value.values()), "")
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
