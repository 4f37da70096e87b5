"""Reads the dates of feeds: RFC 822, ISO 8601 and W3CDTF, with the faults that are usual. Pure."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = 64
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before the web there were no entries: such dates (1 January 1970 most often) mean "unknown"."""

_ZONES = {
    "WET": "+0000",
    "WEST": "+0100",
    "BST": "+0100",
    "CET": "+0100",
    "MET": "+0100",
    "CEST": "+0200",
    "MEST": "+0200",
    "EET": "+0200",
    "EEST": "+0300",
    "MSK": "+0300",
    "IST": "+0530",
    "JST": "+0900",
    "KST": "+0900",
    "AEST": "+1000",
    "AEDT": "+1100",
    "NZST": "+1200",
    "NZDT": "+1300",
    "UTC": "+0000",
    "ET": "-0500",
    "CT": "-0600",
    "MT": "-0700",
    "PT": "-0800",
}
"""Names that the standard library does not know; it knows GMT, UT and North America's."""

_ISO = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?"
    r"(?:(?:[Tt]|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?"
)
_WEEKDAY = re.compile(r"\A[^\W\d]+\.?,?\s+(?=\d)")
_ZONE_NAME = re.compile(r"\b([A-Z]{2,4})\Z")
_OFFSET = re.compile(r"(?:GMT|UTC|UT)?\s*([+-]\d{2}):?(\d{2})\Z")
_HOUR_24 = re.compile(r"(?<=[T\s])24(?=:00(?::00)?\b)")


def read_date(value: str) -> datetime | None:
    """A moment in UTC; None for nonsense and for what lies before 1990. Without a zone it is UTC."""
    text = value.strip()
    if not text or len(text) > _LONGEST:
        return None
    shorter = _HOUR_24.sub("00", text, count=1)
    moment = _iso(shorter) or _rfc822(shorter)
    if moment is None:
        return None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        moment += timedelta(days=shorter != text)
    except OverflowError:
        return None
    return moment if moment >= _EARLIEST else None


def _iso(text: str) -> datetime | None:
    """ISO 8601 as feeds write it: the day, the time and the zone may be missing or untidy."""
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = (found[7] or "").replace("UTC", "Z").replace("GMT", "Z").upper()
    stamp = f"{year:04}-{month or 1:02}-{day or 1:02}T{hour:02}:{minute:02}:{min(second, 59):02}"
    try:
        return datetime.fromisoformat(stamp + zone)
    except ValueError:
        return None


def _rfc822(text: str) -> datetime | None:
    """RFC 822 with names of days in any language, long names of months, and zones by name."""
    text = _ZONE_NAME.sub(lambda zone: _ZONES.get(zone[1], zone[1]), _WEEKDAY.sub("", text))
    text = _OFFSET.sub(r" \1\2", text.replace(",", " "))
    try:
        return parsedate_to_datetime(text if ":" in text else f"{text} 00:00")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
