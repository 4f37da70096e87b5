"""The replay file: a recorded event as JSON Lines, read and written without I/O (docs/replay.md describes it)."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

import orjson
from pydantic import AwareDatetime, ValidationError

from app.domain.arrival import Arrival, arrival_adapter
from app.domain.post import Author, Media, Model, Span
from app.errors import UsageError

VERSION = 1
ASSET = "asset:"
"""Begins the address of a file in the `media` folder beside the replay file."""
FASTEST = 100_000.0
"""The speed by which times are mapped when playing does not wait: 10 µs a recorded second keep the order."""
WARM_UP_SPAN = timedelta(minutes=30)
WARM_UP_HALF = timedelta(hours=6)
"""What came this long before the start is mapped to half of WARM_UP_SPAN before it."""

M = TypeVar("M", bound=Model)


class ReplaySession(Model):
    """One talk of the programme."""

    title: str
    room: str = ""
    speakers: tuple[str, ...] = ()
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    code: str = ""
    track: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()


class ReplayHeader(Model):
    """The first line: what was recorded, and when the recording began."""

    hallway: Literal["replay"] = "replay"
    version: Literal[1] = 1
    title: str
    hashtags: tuple[str, ...] = ()
    place: str = ""
    started_at: AwareDatetime
    sessions: tuple[ReplaySession, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """One arrival of a recording; `number` counts the lines of the file from 1 (the header)."""

    number: int
    at: datetime
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Timing:
    """How recorded times become times of now. Never turns the order of two times around."""

    started_at: datetime
    start: datetime
    speed: float

    def __call__(self, recorded: datetime) -> datetime:
        """`start + (recorded - started_at) / speed`; what came before is drawn together to the last half hour."""
        since = recorded - self.started_at
        if since < timedelta(0):
            return self.start - WARM_UP_SPAN * (-since / (-since + WARM_UP_HALF))
        return self.start + since / (self.speed if self.waits else FASTEST)

    @property
    def waits(self) -> bool:
        """False for speed 0 and infinity: everything is due at once."""
        return 0 < self.speed < math.inf

    def arrival(self, arrival: Arrival) -> Arrival:
        """The arrival with every time mapped, but for the age of accounts, which stays what it was."""
        return _map(arrival, self)

    def header(self, header: ReplayHeader) -> ReplayHeader:
        """The header with the start and all sessions mapped."""
        return _map(header, self)


def parse_header(line: str | bytes) -> ReplayHeader:
    """Read the first line of a replay file.

    Raises UsageError when it is no header, or one of another version.
    """
    raw = _json_object(line, 1)
    if raw.get("hallway") != "replay":
        raise UsageError(
            "Line 1 is not the header of a replay file.", hint='It begins {"hallway": "replay".'
        )
    if raw.get("version") != VERSION:
        raise UsageError(
            f"Line 1: this replay file has version {raw.get('version')!r}; Hallway reads version {VERSION}.",
            hint="Update Hallway, or record the event anew.",
        )
    try:
        return ReplayHeader.model_validate(raw)
    except ValidationError as error:
        raise UsageError(f"Line 1: {_first_problem(error)}.") from error


def parse_line(line: str | bytes, number: int) -> ReplayLine:
    """Read one arrival.

    Raises UsageError, which names the line, for broken JSON, an unknown kind, a time without zone,
    or an address that is neither http(s) nor an asset.
    """
    raw = _json_object(line, number)
    try:
        arrival = arrival_adapter.validate_python(raw.get("arrival"))
        at = _At.model_validate(raw).at
    except ValidationError as error:
        raise UsageError(f"Line {number}: {_first_problem(error)}.") from error
    for problem in _problems(arrival):
        raise UsageError(f"Line {number}: {problem}.")
    return ReplayLine(number, at, arrival)


def encode_header(header: ReplayHeader) -> bytes:
    """The first line, with its newline; what a talk does not say is left out."""
    talks = [s.model_dump(mode="json", exclude_defaults=True) for s in header.sessions]
    return orjson.dumps(header.model_dump(mode="json") | {"sessions": talks}) + b"\n"


def encode_line(at: datetime, arrival: Arrival) -> bytes:
    """One line, with its newline; fields that say nothing are left out."""
    body = arrival.model_dump(mode="json", exclude_defaults=True) | {"kind": arrival.kind}
    return orjson.dumps({"at": at, "arrival": body}) + b"\n"


def asset_name(address: str) -> str | None:
    """The plain file name in an `asset:` address; None for any other address, or one that leaves the folder."""
    name = address.removeprefix(ASSET)
    plain = name and not name.startswith(".") and not any(c in "/\\:" or ord(c) < 32 for c in name)
    return name if address.startswith(ASSET) and plain else None


def assets(arrival: Arrival) -> Iterator[str]:
    """The names of the files that an arrival needs from the `media` folder."""
    for address in _picture_addresses(arrival):
        if name := asset_name(address):
            yield name


class _At(Model):
    at: AwareDatetime


def _json_object(line: str | bytes, number: int) -> dict[str, Any]:
    try:
        raw = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"Line {number} is not JSON: {error}.") from error
    if not isinstance(raw, dict):
        raise UsageError(f"Line {number} is not a JSON object.")
    return raw


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'arrival'}: {first['msg']}"


def _problems(arrival: Arrival) -> Iterator[str]:
    for model in _models(arrival):
        for name, value in model:
            if isinstance(value, datetime) and value.tzinfo is None:
                yield f"{name} has no time zone"
    for address in _picture_addresses(arrival):
        if not _is_web(address) and asset_name(address) is None:
            yield f"{address!r} is neither an http(s) address nor asset:NAME with a plain file name"


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def _picture_addresses(arrival: Arrival) -> Iterator[str]:
    for model in _models(arrival):
        if isinstance(model, Author):
            found = [model.avatar]
        elif isinstance(model, Media):
            found = [model.url, model.preview]
        elif isinstance(model, Span) and model.kind == "emoji":
            found = [model.href]
        else:
            found = [getattr(model, "image", None)]
        yield from (address for address in found if address)


def _models(model: Model) -> Iterator[Model]:
    yield model
    for _, value in model:
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Model):
                yield from _models(part)


def _map(model: M, timing: Timing) -> M:
    changed = {
        name: mapped
        for name, value in model
        if (mapped := _map_value(value, _keep_age(timing) if isinstance(model, Author) else timing))
        is not value
    }
    return model.model_copy(update=changed) if changed else model


def _map_value(value: Any, timing: Timing | Callable[[datetime], datetime]) -> Any:
    if isinstance(value, datetime):
        return timing(value)
    if isinstance(value, Model) and isinstance(timing, Timing):
        return _map(value, timing)
    if isinstance(value, tuple) and any(isinstance(part, Model) for part in value):
        return tuple(_map_value(part, timing) for part in value)
    return value


def _keep_age(timing: Timing) -> Callable[[datetime], datetime]:
    return lambda created_at: created_at + (timing.start - timing.started_at)
