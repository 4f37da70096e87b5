"""Knows the format of a programme by its content, whatever its name, and reads it. Pure."""

from zoneinfo import ZoneInfo

from app.errors import UsageError
from app.programme.frab import parse_frab
from app.programme.table import parse_table
from app.programme.talks import MAX_BYTES, Programme


def parse_programme(raw: bytes, zone: ZoneInfo | None) -> Programme:
    """The talks in a schedule.json, a calendar or a table. Times without a zone are of `zone`.

    UsageError, in words for an organiser, for all else.
    """
    if len(raw) > MAX_BYTES:
        raise UsageError(f"It is larger than {MAX_BYTES // 1024 // 1024} MiB.")
    start = raw[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise UsageError("It is empty.")
    if start.startswith((b"{", b"[")):
        return parse_frab(raw.removeprefix(b"\xef\xbb\xbf"), zone)
    if start[:15].upper() == b"BEGIN:VCALENDAR":
        # its library takes a tenth of a second to load: only those wait for it who have a calendar
        from app.programme.ical import parse_ical

        return parse_ical(raw, zone)
    if start.startswith(b"<"):
        raise UsageError(
            "It is a page, or XML, and no schedule that Hallway reads.",
            hint="Name the address of its schedule.json, its calendar (.ics) or a table (.csv).",
        )
    return parse_table(raw, zone)
