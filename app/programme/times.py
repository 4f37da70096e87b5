"""Dates, clock times and lengths as people write them in tables. Pure; what cannot be read is a ValueError in words."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal

Order = Literal["day first", "month first"]
"""How a table writes dates with slashes."""

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DOTS = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_MONTH = re.compile(r"(\d{1,2})\.?\s+([a-z]{3,9})\.?,?\s+(\d{4})", re.I)
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})", re.I)
_CLOCK = re.compile(
    r"(\d{1,2})[:.h](\d{2})(?::\d{2})?(?:\.\d+)?\s*(?:([ap])\.?m\.?)?(?:\s*uhr)?", re.I
)
_HOUR = re.compile(r"(\d{1,2})\s*([ap])\.?m\.?", re.I)
_LENGTH = re.compile(
    r"(?:(\d{1,3})\s*(?:h|hours?|std\.?)\s*)?(?:(\d{1,4})\s*(?:m|min|mins|minutes?|minuten)?\.?)?",
    re.I,
)
_HOURS_MINUTES = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")


def order_in(cells: Iterable[str]) -> Order | None:
    """Whether days or months come first between slashes: known as soon as one number is above 12."""
    pairs = [(int(a), int(b)) for cell in cells for a, b, _ in _SLASHES.findall(cell)]
    if any(first > 12 for first, _ in pairs):
        return "day first"
    return "month first" if any(second > 12 for _, second in pairs) else None


def is_clock(text: str) -> bool:
    """Whether it is a time without a date."""
    return _clock(text.strip()) is not None


def read_day(text: str, order: Order | None) -> date | None:
    """A date; None for an empty text."""
    if not text.strip():
        return None
    found, rest = _day(text.strip(), order)
    if found is None or rest.strip("T ,"):
        raise ValueError(f"“{text}” is no date; write 2026-11-21")
    return found


def read_moment(text: str, day: date | None, order: Order | None) -> datetime:
    """A date with a time, or a time on `day`. With an offset where the text has one."""
    text = text.strip()
    if not text:
        raise ValueError("it is empty")
    if (whole := _iso(text)) is not None:
        return whole
    found, rest = _day(text, order)
    clock = _clock(rest.strip(" ,T") if found else text)
    on = found or day
    if clock is None:
        raise ValueError(f"“{text}” is no time; write 2026-11-21 10:00")
    if on is None:
        raise ValueError(f"“{text}” has no date; write 2026-11-21 10:00, or add a column date")
    return datetime.combine(on, clock)


def read_length(text: str) -> timedelta:
    """`30`, `30 min`, `1 h 30`, `1:30`."""
    text = text.strip()
    hours, minutes = 0, 0
    if (clock := _HOURS_MINUTES.fullmatch(text)) or (clock := _LENGTH.fullmatch(text)):
        hours, minutes = (int(part or 0) for part in clock.groups())
    if not hours and not minutes:
        raise ValueError(f"“{text}” is no duration; write 30 for half an hour")
    return timedelta(hours=hours, minutes=minutes)


def _iso(text: str) -> datetime | None:
    if len(text) <= len("2026-11-21"):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _day(text: str, order: Order | None) -> tuple[date | None, str]:
    """The date that a text begins with, and what is behind it."""
    for pattern, parts in (
        (_YEAR_FIRST, "ymd"),
        (_DOTS, "dmy"),
        (_DAY_MONTH, "dmy"),
        (_MONTH_DAY, "mdy"),
    ):
        if found := pattern.match(text):
            return _date(dict(zip(parts, found.groups(), strict=True)), text), text[found.end() :]
    if found := _SLASHES.match(text):
        return _slashed(found, order), text[found.end() :]
    return None, text


def _slashed(found: re.Match[str], order: Order | None) -> date:
    first, second, year = found.groups()
    if order is None and first != second:
        raise ValueError(
            f"“{found[0]}” may be two days; write {year}-{int(second):02}-{int(first):02}"
        )
    day, month = (second, first) if order == "month first" else (first, second)
    return _date({"d": day, "m": month, "y": year}, found[0])


def _date(parts: dict[str, str], text: str) -> date:
    word = parts["m"].lower()[:3]
    month = int(word) if word.isdecimal() else next(_months(word), 0)
    try:
        return date(int(parts["y"]), month, int(parts["d"]))
    except ValueError as error:
        raise ValueError(f"“{text}” is no day of the calendar") from error


def _months(word: str) -> Iterator[int]:
    return (number for number, name in enumerate(_MONTHS, 1) if name == word)


def _clock(text: str) -> time | None:
    if found := _CLOCK.fullmatch(text):
        hour, minute, half = int(found[1]), int(found[2]), found[3]
    elif found := _HOUR.fullmatch(text):
        hour, minute, half = int(found[1]), 0, found[2]
    else:
        return None
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
