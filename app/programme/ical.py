"""Reads a calendar file (.ics, RFC 5545) as a programme. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component
from icalendar.error import InvalidCalendar

from app.errors import UsageError
from app.programme.talks import Programme, Talk, handles_in, programme, zone_named

_FOLD = re.compile(rb"\r?\n[ \t]")
_RESTLESS = re.compile(rb"^RRULE[^\r\n]*FREQ=(?:SECONDLY|MINUTELY|HOURLY)", re.I | re.M)
_BROKEN = (
    # what the library lets through of broken files, beside the ValueErrors that it documents
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    AssertionError,
)


def parse_ical(raw: bytes, zone: ZoneInfo | None) -> Programme:
    """The talks. Times without a zone are of `zone`, else of the calendar's own (X-WR-TIMEZONE).

    UsageError, in words for an organiser, when it is no such file.
    """
    if _RESTLESS.search(_FOLD.sub(b"", raw)):  # unrolling these would never end
        raise UsageError("Something in this calendar repeats every hour or more often.")
    try:
        calendars = Calendar.from_ical(raw, multiple=True)
        events = [e for c in calendars for e in c.walk("VEVENT") if not _is_off(e)]
        own = next((zone_named(_text(c, "X-WR-TIMEZONE")) for c in calendars), None)
        talks = [talk for event in events if (talk := _talk(event))]
        repeating = sum("RRULE" in event or "RDATE" in event for event in events)
    except _BROKEN as error:
        raise UsageError(f"This calendar file is broken: {_reason(error)}.") from error
    unusable = len(events) - len(talks)
    return programme(talks, zone or own, unusable=unusable, notes=[_once(repeating)])


def _talk(event: Component) -> Talk | None:
    starts, ends = _moment(event, "DTSTART"), _moment(event, "DTEND")
    length = _dt(event, "DURATION")
    if starts is not None and ends is None and isinstance(length, timedelta):
        ends = starts + length
    if starts is None or ends is None or not _text(event, "SUMMARY").strip():
        return None
    return Talk(
        title=_text(event, "SUMMARY"),
        starts=starts,
        ends=ends,
        room=_text(event, "LOCATION"),
        speakers=tuple(_speakers(event)),
        code=_code(event),
        track=_category(event),
        url=_text(event, "URL"),
        handles=handles_in(_text(event, "DESCRIPTION")),
    )


def _is_off(event: Component) -> bool:
    return _text(event, "STATUS").upper() == "CANCELLED"


def _code(event: Component) -> str:
    """Of an entry that repeats, the exceptions have the same UID."""
    changed = _moment(event, "RECURRENCE-ID")
    uid = _text(event, "UID")
    return f"{uid} {changed.isoformat()}" if uid and changed else uid


def _speakers(event: Component) -> Iterator[str]:
    """Those whom frab writes as attendees without an address; others' attendees are guests."""
    for who in _all(event, "ATTENDEE"):
        named = str(getattr(who, "params", {}).get("CN", ""))
        if named and not str(who).lower().startswith("mailto:"):
            yield named


def _category(event: Component) -> str:
    words = getattr(_first(event, "CATEGORIES"), "cats", [])
    return str(words[0]) if words else ""


def _moment(event: Component, name: str) -> datetime | None:
    """None for whole days, too."""
    moment = _dt(event, name)
    return moment if isinstance(moment, datetime) else None


def _dt(event: Component, name: str) -> Any:
    """The value of a time; None when it is not there or broken."""
    try:
        return getattr(_first(event, name), "dt", None)
    except InvalidCalendar:
        return None


def _text(event: Component, name: str) -> str:
    value = _first(event, name)
    return "" if value is None else str(value)


def _first(event: Component, name: str) -> Any:
    return next(iter(_all(event, name)), None)


def _all(event: Component, name: str) -> list[Any]:
    value = event.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _once(count: int) -> str:
    if count == 0:
        return ""
    many = "1 entry repeats" if count == 1 else f"{count} entries repeat"
    return f"{many}: only the first time is shown."


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:120].rstrip(".") or type(error).__name__
