"""How a replay source plays a file: when, in which groups, and on from where."""

import math
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import anyio
import pytest

from app.domain.arrival import Batch, Deleted
from app.errors import SourceError, UsageError
from app.ports import Condition, Health, KnownPost
from app.sources.replay.format import ReplayHeader, encode_header, encode_line
from app.sources.replay.source import ReplaySource, asset_path, replay_event
from tests.fakes import Reports, UntilStopped

pytestmark = pytest.mark.anyio

STARTED_AT = datetime(2026, 6, 12, 6, 30, tzinfo=UTC)
NOW = datetime(2027, 1, 1, tzinfo=UTC)


class SleepingClock:
    """Time that only passes by sleeping."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.slept_s)

    def monotonic(self) -> float:
        return self.slept_s

    async def sleep(self, seconds: float) -> None:
        # A microsecond more: times are rounded to one.
        self.slept_s += seconds + 1e-6
        await anyio.lowlevel.checkpoint()


class NothingKnown:
    async def on_display(self, server: str) -> Sequence[KnownPost]:
        return ()

    async def find(self, server: str, local_id: str) -> KnownPost | None:
        return None


def a_line(minute: float, name: str) -> bytes:
    at = STARTED_AT + timedelta(minutes=minute)
    return encode_line(at, Deleted(server="fedi.example", seen_at=at, local_id=name))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two warm-up lines, two in one minute, one later."""
    lines = [a_line(-90, "a"), a_line(-1, "b"), a_line(1, "c"), a_line(1, "d"), a_line(30, "e")]
    file = tmp_path / "day.jsonl"
    file.write_bytes(
        encode_header(ReplayHeader(title="Day", started_at=STARTED_AT)) + b"".join(lines)
    )
    return file


async def play(
    source: ReplaySource,
    cursor: str | None = None,
    *,
    clock: SleepingClock | None = None,
    said: list[Health] | None = None,
) -> list[tuple[float, Batch]]:
    """All batches until the source says that it is over, each with the seconds slept before."""
    came: list[tuple[float, Batch]] = []
    over = anyio.Event()

    async def listen() -> None:
        batches = source.batches(cursor, NothingKnown(), UntilStopped(over, said))
        async with aclosing(batches) as all_of_them:  # type: ignore[type-var]
            async for batch in all_of_them:
                came.append((clock.slept_s if clock else 0.0, batch))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await over.wait()
        tasks.cancel_scope.cancel()
    return came


def names(came: list[tuple[float, Batch]]) -> list[str]:
    return ["".join(cast("Deleted", a).local_id for a in batch.arrivals) for _, batch in came]


async def test_warm_up_comes_at_once_and_the_rest_when_it_is_due(path: Path) -> None:
    clock = SleepingClock()
    came = await play(ReplaySource(path, speed=10, clock=clock), clock=clock)
    assert names(came) == ["ab", "cd", "e"]
    assert [round(slept, 2) for slept, _ in came] == [0, 6, 180]


async def test_arrivals_carry_times_of_now(path: Path) -> None:
    clock = SleepingClock()
    came = await play(ReplaySource(path, speed=10, clock=clock))
    seen = [arrival.seen_at for _, batch in came for arrival in batch.arrivals]
    assert seen == sorted(seen)
    assert seen[1] < NOW
    assert seen[2] == NOW + timedelta(seconds=6)


@pytest.mark.parametrize("speed", [0, math.inf])
async def test_without_waiting_everything_comes_in_one_batch(path: Path, speed: float) -> None:
    clock = SleepingClock()
    came = await play(ReplaySource(path, speed=speed, clock=clock), clock=clock)
    assert names(came) == ["abcde"]
    assert clock.slept_s == 0


async def test_a_large_recording_comes_in_batches_of_at_most_200(path: Path) -> None:
    with path.open("ab") as file:
        file.writelines(a_line(31, "x") for _ in range(500))
    came = await play(ReplaySource(path, speed=0, clock=SleepingClock()))
    assert [len(batch.arrivals) for _, batch in came] == [200, 200, 105]


async def test_after_any_batch_a_restart_goes_on_with_the_same_times(path: Path) -> None:
    whole = await play(ReplaySource(path, speed=10, clock=SleepingClock()))
    for n, (_, batch) in enumerate(whole):
        later = SleepingClock()
        later.slept_s = 100_000
        rest = await play(ReplaySource(path, speed=10, clock=later), batch.cursor, clock=later)
        assert [a for _, b in rest for a in b.arrivals] == [
            a for _, b in whole[n + 1 :] for a in b.arrivals
        ]
        assert later.slept_s == 100_000, "what fell due meanwhile comes at once"


async def test_the_start_can_be_given(path: Path) -> None:
    start = NOW + timedelta(hours=1)
    clock = SleepingClock()
    came = await play(ReplaySource(path, speed=60, clock=clock, start=start), clock=clock)
    assert [round(slept) for slept, _ in came] == [0, 3601, 3630]


async def test_when_it_is_over_it_says_so_and_waits(path: Path) -> None:
    said: list[Health] = []
    await play(ReplaySource(path, speed=0, clock=SleepingClock()), said=said)
    assert said[0] == Health(Condition.LIVE, "Playing a recording.")
    assert said[-1] == Health(Condition.STOPPED, "The rehearsal is over.")


async def test_a_broken_line_is_left_out_and_said(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"{oops\n", b"\n", *lines[3:], b'{"at": "2026-']))
    said: list[Health] = []
    came = await play(ReplaySource(path, speed=0, clock=SleepingClock()), said=said)
    assert names(came) == ["abcde"]
    assert said[1].detail.startswith("1 line was left out. Line 4 is not JSON")
    assert said[2].detail.startswith("2 lines were left out. Line 9 is not JSON")


async def test_a_cursor_of_something_else_stops_the_source(path: Path) -> None:
    with pytest.raises(SourceError, match="no place in a replay file"):
        async for _ in ReplaySource(path, speed=1, clock=SleepingClock()).batches(
            "abc", NothingKnown(), Reports()
        ):
            pass


async def test_a_file_that_is_not_there_or_a_speed_below_zero_is_the_operators_to_mend(
    path: Path,
) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        ReplaySource(path.with_name("no.jsonl"), speed=1, clock=SleepingClock())
    for speed in (-1, math.nan):
        with pytest.raises(UsageError, match="speed"):
            ReplaySource(path, speed=speed, clock=SleepingClock())


async def test_assets_lie_in_the_media_folder_beside_the_file(path: Path) -> None:
    assert asset_path(path, "asset:a.webp") == path.parent / "media" / "a.webp"
    assert asset_path(path, "asset:../a.webp") is None
    assert asset_path(path, "https://fedi.example/a.webp") is None
    assert replay_event(path).title == "Day"
