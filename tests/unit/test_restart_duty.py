"""After a restart nothing stored is public before its server was asked again, and what was deleted never is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import orjson
import pytest

from app.domain.wall import Audience
from app.service import Service
from app.settings import load
from tests.fake_mastodon import PATIENCE_S, FakeMastodon, ManualClock, answers, status, turns

pytestmark = pytest.mark.anyio

WALL = "pyfest26"


@asynccontextmanager
async def running(folder: Path, fake: FakeMastodon, clock: ManualClock) -> AsyncIterator[Service]:
    """The service on the same database each time."""
    config = folder / "walls.toml"
    source = f'[[wall.source]]\nkind = "mastodon"\nserver = "{fake.base}"\n'
    config.write_text(
        f'[[wall]]\nmode = "open"\nslug = "{WALL}"\nhashtags = ["PyFest26"]\n{source}'
    )
    service = Service(load(config, {"database": str(folder / "walls.sqlite3")}), clock=clock)
    await service.open()
    work = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        work.cancel()
        await asyncio.wait([work])
        await service.close()


async def shown(service: Service, audience: Audience = "public") -> set[str]:
    """The texts of the posts in a fresh snapshot."""
    frame = orjson.loads(await service.hub.snapshot(WALL, audience))
    return {item["text"] for item in frame["items"] if item["kind"] == "post"}


def text(number: int) -> str:
    return f"Talk number {number}"


async def until(clock: ManualClock, true: Callable[[], object], seconds: float = 0.0) -> None:
    with anyio.fail_after(PATIENCE_S):
        while not true():
            clock.advance(seconds)
            await turns()


async def test_nothing_stored_is_shown_while_the_network_is_away_and_what_was_deleted_never(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(1, 4)))
        async with running(tmp_path, fake, clock) as service:
            with anyio.fail_after(PATIENCE_S):
                while await shown(service) != {text(1), text(2), text(3)}:
                    await turns()

        fake.remove(status(2)["id"])
        away = 3
        fake.fail("/statuses", *[answers(503) for _ in range(away)])
        fake.fail("/timelines/", *[answers(503) for _ in range(away)])
        async with running(tmp_path, fake, clock) as service:
            assert await shown(service) == set()
            while fake.faults["/statuses"]:
                left = len(fake.faults["/statuses"])
                await until(clock, lambda left=left: len(fake.faults["/statuses"]) < left, 1)
                for audience in ("public", "crew"):
                    assert await shown(service, audience) == set()
            with anyio.fail_after(PATIENCE_S):
                while (now := await shown(service)) != {text(1), text(3)}:
                    assert text(2) not in now
                    clock.advance(1)
                    await turns()
            for _ in range(120):
                clock.advance(1)
                await turns(5)
            assert await shown(service, "crew") == {text(1), text(3)}
