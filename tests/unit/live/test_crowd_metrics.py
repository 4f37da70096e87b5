"""What can be watched of delivery: who is here, what was sent, who lags, who was cut and why, and how long it took."""

from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from app.live import patience
from app.live.crowd import PULSE_S
from tests.factories import WALL
from tests.unit.live.test_crowd import watched

pytestmark = pytest.mark.anyio

HERE = {"wall": WALL.slug, "audience": "public"}
SENT = {"audience": "public", "kind": "plain"}


def value(name: str, **labels: str) -> float:
    """A sample of the registry; 0 where there is none yet."""
    return REGISTRY.get_sample_value(f"hallway_{name}", labels) or 0.0


async def test_viewers_are_counted_by_wall_audience_and_kind(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        first, *_ = await at.join(3)
        at.crowd.measure()
        assert value("viewers", **HERE, kind="plain") == 3
        first.close(1000)
        at.crowd.left(first)
        at.crowd.measure()
        assert value("viewers", **HERE, kind="plain") == 2


async def test_frames_and_their_bytes_are_counted_once_for_each_viewer_who_is_sent_them(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as at:
        before = value("frames_total", **SENT), value("sent_bytes_total", **SENT)
        await at.join(3)
        size = len(at.crowd.tail.snapshot().payload)
        seq = at.crowd.tail.seq
        await at.enter(1)
        await at.poke()
        frame = at.crowd.tail.changes(seq)
        assert frame is not None
        after = value("frames_total", **SENT), value("sent_bytes_total", **SENT)
        assert after[0] - before[0] == 6
        assert after[1] - before[1] == 3 * (size + len(frame.payload))


async def test_how_old_a_change_was_when_it_was_written_is_a_histogram(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        await at.join(2)
        before = value("delivery_seconds_count", audience="public")
        spent = value("delivery_seconds_sum", audience="public")
        await at.enter(1)
        await at.poke()
        assert value("delivery_seconds_count", audience="public") == before + 1
        assert value("delivery_seconds_sum", audience="public") > spent


async def test_who_is_stuck_shows_as_stuck_with_its_bytes_and_its_lag_until_it_is_level(
    tmp_path: Path,
) -> None:
    def told() -> tuple[float, ...]:
        at.crowd.measure()
        return tuple(value(name, **HERE) for name in ("stuck_viewers", "backlog_bytes", "seq_lag"))

    async with watched(tmp_path) as at:
        slow, _ = await at.join(2)
        assert told() == (0, 0, 0)
        slow.stuck = True
        for number in (1, 2, 3):
            await at.enter(number)
            await at.poke()
        # it keeps the first frame and stands where that brought it
        assert told() == (1, slow.waiting(), 2)
        assert slow.waiting() > 0
        slow.drain(at.crowd)
        await at.settle()
        assert told() == (0, 0, 0)


async def test_cuts_are_counted_by_their_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cuts() -> dict[str, float]:
        return {r: value("cuts_total", reason=r) for r in ("stalled", "backlog", "silent")}

    async with watched(tmp_path) as at:
        before = cuts()
        stalled, _, backlogged = await at.join(3)
        await at.join(pinged=True)
        stalled.stuck = True
        await at.enter(1)
        await at.poke()
        monkeypatch.setattr(patience, "STALLED_S", -1.0)
        await at.crowd.tick()
        at.crowd.left(stalled)
        monkeypatch.setattr(patience, "STALLED_S", 60.0)
        monkeypatch.setattr(patience, "BACKLOG", 2_000)
        backlogged.stuck = True
        for first in (2, 12):
            await at.enter(*range(first, first + 10))
            await at.poke()
        await at.crowd.tick()
        at.crowd.left(backlogged)
        for _ in range(2 * PULSE_S):
            await at.crowd.tick()
        assert cuts() == {reason: count + 1 for reason, count in before.items()}
