"""The pulse: proof of life, the tip and the number of viewers, and the moment at which an ended session is noticed."""

import asyncio
from pathlib import Path

import orjson
import pytest

from app.live.hub import Hub
from app.live.viewer import Viewer
from tests.factories import WALL
from tests.fakes import house

pytestmark = pytest.mark.anyio


class Peer:
    """The far end of a socket, in memory; it says nothing."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[dict[str, object]] = asyncio.Queue()

    async def send(self, text: str) -> None:
        self.frames.put_nowait(orjson.loads(text))

    async def receive(self) -> str:
        return await asyncio.get_running_loop().create_future()


async def test_a_pulse_tells_the_tip_and_the_viewers_until_the_session_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.live.viewer.PULSE_S", 0.001)
    peer, asked = Peer(), iter([True, True, False])

    async def still_allowed() -> bool:
        return next(asked)

    async with house(tmp_path) as home:
        hub = Hub(home.store)
        viewer = Viewer(
            peer,
            hub,
            home.clock,
            wall=WALL.slug,
            audience="public",
            still_allowed=still_allowed,
        )
        assert await viewer.serve("", None) == 1008
        assert hub.viewers(WALL.slug) == 0
    frames = [peer.frames.get_nowait() for _ in range(peer.frames.qsize())]
    pulses = [f for f in frames if f["kind"] == "pulse"]
    assert pulses
    assert {(p["viewers"], p["now"]) for p in pulses} == {(1, "2026-11-21T12:00:00Z")}
