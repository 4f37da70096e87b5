"""Reads a table (.csv) as a programme: headers and times as people write them. Pure."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.errors import UsageError
from app.programme import times
from app.programme.talks import (
    MAX_TALKS,
    Programme,
    Talk,
    folded_tags,
    handles_in,
    programme,
    split_names,
)

T = TypeVar("T")

_NAMES = {
    "title": "title titel session sessiontitle talk talktitle proposaltitle summary subject name",
    "start": "start starts startsat startat begin begins beginn from von starttime startdate startzeit",
    "end": "end ends endsat endat ende until to bis endtime enddate endzeit",
    "date": "date day datum tag",
    "duration": "duration length minutes dauer",
    "room": "room raum location venue stage hall saal ort",
    "speakers": "speakers speaker speakername speakernames presenter presenters referent referenten",
    "code": "code id sessionid proposalid talkid uid",
    "track": "track topic category",
    "url": "url link website",
    "tags": "hashtags hashtag tags",
    "handles": "handles handle mastodon bluesky fediverse account accounts",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}
_DELIMITERS = ",;\t|"
_DATED = ("date", "start", "end")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row by their field, and the line of the file that it begins in."""

    line: int
    cells: dict[str, str]
    headers: dict[str, str]
    """How the file calls each field."""

    def read(self, field: str, reader: Callable[[str], T]) -> T:
        """What `reader` makes of a cell; its ValueError becomes a UsageError with the place."""
        try:
            return reader(self.cells.get(field, ""))
        except ValueError as error:
            header = self.headers.get(field, field)
            raise UsageError(f"Line {self.line}, column {header}: {error}.") from error


def parse_table(raw: bytes, zone: ZoneInfo | None) -> Programme:
    """The talks. Times without a zone are of `zone`.

    UsageError names the line and the column of what cannot be read.
    """
    text = _decoded(raw)
    delimiter = max(_DELIMITERS, key=lambda one: len(_fields(_first_row(text, one))))
    rows = list(_rows(text, delimiter))
    order = times.order_in(row.cells.get(field, "") for row in rows for field in _DATED)
    return programme([_talk(row, order) for row in rows], zone)


def _talk(row: Row, order: times.Order | None) -> Talk:
    starts, ends = _span(row, order)
    cell = row.cells.get
    return Talk(
        title=row.read("title", _not_empty),
        starts=starts,
        ends=ends,
        room=cell("room", ""),
        speakers=split_names(cell("speakers", "")),
        code=cell("code", ""),
        track=cell("track", ""),
        url=cell("url", ""),
        tags=folded_tags(re.split(r"[\s,;]+", cell("tags", ""))),
        handles=_handles(cell("handles", "")),
    )


def _span(row: Row, order: times.Order | None) -> tuple[datetime, datetime]:
    day = row.read("date", lambda text: times.read_day(text, order))
    starts = row.read("start", lambda text: times.read_moment(text, day, order))
    if row.cells.get("end") or "duration" not in row.headers:
        ends = row.read("end", lambda text: times.read_moment(text, day or starts.date(), order))
    else:
        ends = starts + row.read("duration", times.read_length)
    # what has no offset of its own takes that of the other
    starts = starts.replace(tzinfo=starts.tzinfo or ends.tzinfo)
    ends = ends.replace(tzinfo=ends.tzinfo or starts.tzinfo)
    if ends <= starts and times.is_clock(row.cells.get("end", "")):
        ends += timedelta(days=1)  # beyond midnight
    if ends <= starts:
        row.read("end", _too_early)
    return starts, ends


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 0
    try:
        head = next(reader, [])
        headers = _fields(head)
        _check(headers, head)
        line = reader.line_num
        for number, cells in enumerate(reader):
            if number >= MAX_TALKS * 2:
                raise UsageError(f"It has more than {MAX_TALKS:,} talks.")
            if any(cell.strip() for cell in cells):
                named = {f: cells[at].strip() for f, at in headers.items() if at < len(cells)}
                yield Row(line + 1, named, {f: head[at].strip() for f, at in headers.items()})
            line = reader.line_num
    except csv.Error as error:
        raise UsageError(f"Line {line + 1}: this is no valid CSV: {error}.") from error


def _check(headers: dict[str, int], head: list[str]) -> None:
    missing = [name for name in ("title", "start") if name not in headers]
    if "end" not in headers and "duration" not in headers:
        missing.append("end")
    if missing:
        shown = ", ".join(cell.strip()[:40] for cell in head[:12] if cell.strip())
        raise UsageError(
            f"Line 1 has no column for {', '.join(missing)}; its columns are: {shown or 'none'}.",
            hint="The first line names the columns: title, start, end, room, speakers.",
        )


def _fields(head: list[str]) -> dict[str, int]:
    """Where each field is; of two columns for one field the first counts."""
    found: dict[str, int] = {}
    for at, cell in enumerate(head):
        field = _FIELD_OF.get("".join(c for c in cell.casefold() if c.isalnum()))
        if field:
            found.setdefault(field, at)
    return found


def _first_row(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _decoded(raw: bytes) -> str:
    """UTF-8 as everybody writes it today; UTF-16 and Windows' own as spreadsheets export them."""
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _handles(text: str) -> tuple[str, ...]:
    """Accounts with or without the first @, and addresses of profiles."""
    words = (word for word in re.split(r"[\s,;]+", text) if word)
    return tuple(h for w in words for h in handles_in(w if "://" in w else "@" + w.lstrip("@")))


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("it is empty")
    return text


def _too_early(text: str) -> None:
    raise ValueError(f"“{text}” is before the start")
