"""The hub ends when it is told to, whatever comes at the same moment."""

import asyncio
from pathlib import Path

import pytest

from app.live.hub import Hub
from tests.fakes import house

pytestmark = pytest.mark.anyio


async def test_a_poke_at_the_moment_of_the_end_does_not_keep_the_hub_alive(tmp_path: Path) -> None:
    async with house(tmp_path) as made:
        hub = Hub(made.store, made.clock)
        await hub.prepare("pyfest26")
        running = asyncio.create_task(hub.run())
        for _ in range(5):
            await asyncio.sleep(0)  # until it waits for a poke
        hub.poke("pyfest26", 1)
        await asyncio.sleep(0)  # its waiting is over, though it does not know yet
        running.cancel()
        _, left = await asyncio.wait([running], timeout=5)
        ended = not left
        running.cancel()
        await asyncio.wait([running])

        assert ended
