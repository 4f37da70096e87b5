"""A source that plays a recorded event as if it happened now: rehearsals, demonstrations, a recap."""

import math
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path

import anyio
import orjson

from app.domain.arrival import Batch
from app.errors import SourceError, UsageError
from app.ports import Clock, Condition, Health, Known, Report
from app.sources.replay.format import (
    ReplayHeader,
    ReplayLine,
    Timing,
    asset_name,
    parse_header,
    parse_line,
)

_SERVER = re.compile(rb'"server"\s*:\s*("(?:[^"\\\n]|\\.)*")')

MOST = 200
"""Arrivals in one batch at most."""


def replay_event(path: Path) -> ReplayHeader:
    """What a replay file says of its event, with recorded times; `Timing.header` maps them.

    Raises UsageError when the file cannot be opened or its first line is no header.
    """
    try:
        with path.open("rb") as file:
            return parse_header(file.readline())
    except OSError as error:
        raise UsageError(f"The replay file {path} cannot be read: {error.strerror}.") from error


def replay_start(cursor: str) -> datetime:
    """When the playing began that left this cursor. SourceError when it is not one of a replay."""
    return _read_cursor(cursor)[1]


def replay_servers(path: Path) -> frozenset[str]:
    """The servers that a replay file's arrivals name; none when it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError:
        return frozenset()  # the source itself says so
    return frozenset(str(orjson.loads(name)) for name in set(_SERVER.findall(raw)))


def asset_path(path: Path, address: str) -> Path | None:
    """Where the file behind an `asset:` address of the replay file `path` is; None for other addresses."""
    name = asset_name(address)
    return path.parent / "media" / name if name else None


class ReplaySource:
    """Plays a replay file at `speed` (1 as recorded; 0 or infinity without waiting) from `start` on.

    Raises UsageError when the file has no good header or the speed is negative.
    """

    rechecks = False

    def __init__(
        self,
        path: Path,
        *,
        speed: float,
        clock: Clock,
        name: str = "",
        start: datetime | None = None,
    ) -> None:
        if not speed >= 0:
            raise UsageError(f"The speed of a replay cannot be {speed}.", hint="1 is as recorded.")
        self.name = name or f"replay:{path.stem}"
        self._path, self._speed, self._clock, self._start = path, speed, clock, start
        self._event = replay_event(path)

    async def batches(
        self, cursor: str | None, known: Known, report: Report
    ) -> AsyncIterator[Batch]:
        """Arrivals when they are due, with times of now; after the last one it waits for ever.

        Raises SourceError when the file is gone or the cursor is not one of a replay.
        """
        position, start = _read_cursor(cursor) if cursor else (1, self._start or self._clock.now())
        timing = Timing(self._event.started_at, start, self._speed)
        report(Health(Condition.LIVE, "Playing a recording."))
        report.alive(math.inf)  # a recording may be silent for as long as it likes
        async with aclosing(self._due(position, timing, report)) as due:
            async for lines in due:
                arrivals = [timing.arrival(line.arrival) for line in lines]
                yield Batch(arrivals, f"{lines[-1].number} {start.isoformat()}")
        report(Health(Condition.STOPPED, "The rehearsal is over."))
        await anyio.sleep_forever()

    async def _due(
        self, position: int, timing: Timing, report: Report
    ) -> AsyncGenerator[list[ReplayLine], None]:
        """Lines after `position` in groups that are due together."""
        group: list[ReplayLine] = []
        for line in self._lines(position, report):
            if group and (len(group) == MOST or self._wait_s(line, timing) > 0):
                yield group
                group = []
            while (wait_s := self._wait_s(line, timing)) > 0:
                await self._clock.sleep(wait_s)
            group.append(line)
        if group:
            yield group

    def _wait_s(self, line: ReplayLine, timing: Timing) -> float:
        if not timing.waits or line.at < timing.started_at:
            return 0.0
        return (timing(line.at) - self._clock.now()).total_seconds()

    def _lines(self, position: int, report: Report) -> Iterator[ReplayLine]:
        """The good lines after `position`; broken ones are counted, and said of the source's health."""
        broken = 0
        try:
            with self._path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if number <= position or not line.strip():
                        continue
                    try:
                        yield parse_line(line, number)
                    except UsageError as error:
                        broken += 1
                        report(Health(Condition.LIVE, _left_out(broken, error)))
        except OSError as error:
            raise SourceError(f"{self._path.name} cannot be read: {error.strerror}.") from error


def _left_out(broken: int, last: UsageError) -> str:
    lines = "1 line was" if broken == 1 else f"{broken} lines were"
    return f"{lines} left out. {last.message}"


def _read_cursor(cursor: str) -> tuple[int, datetime]:
    number, _, start = cursor.partition(" ")
    try:
        return int(number), datetime.fromisoformat(start)
    except ValueError as error:
        raise SourceError(f"{cursor!r} is no place in a replay file.") from error
