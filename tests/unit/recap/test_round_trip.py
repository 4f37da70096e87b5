"""A wall that several networks feed, recorded and played again on an empty one: the same wall, at any speed."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from app.actions.arrivals import arrive
from app.actions.moderation import decide
from app.domain.arrival import Arrival, Batch, Deleted, Edited, Posted, Reposted, Unreposted
from app.domain.identity import item_id
from app.domain.post import Post
from app.recap.follow import StoreWall
from app.recap.record import record
from app.sources.replay.source import ReplaySource
from tests.factories import WALL, at, author, post, posted
from tests.fakes import FakeClock, House, UntilStopped, house
from tests.unit.ingest.scripted_source import Nothing

pytestmark = pytest.mark.anyio
Step = Callable[[House], Awaitable[object]]

SKY = "bsky.example"


def of(network: str, number: int, **more: object) -> Post:
    """A post of another network, by somebody there."""
    writer = author(f"{network}{number}").model_copy(update={"network": network})
    return post(number, network=network, author=writer, **more)


def says(*arrivals: Arrival) -> Step:
    """A source brings this."""

    async def step(home: House) -> None:
        await arrive(home.context, WALL.slug, "test", Batch(list(arrivals)))

    return step


def decides(verb: str, number: int, network: str = "mastodon") -> Step:
    """A moderator does this."""

    async def step(home: House) -> None:
        await decide(home.context, WALL.slug, item_id(of(network, number).key), verb)

    return step


def seen(one: Post, seconds: float, kind: type[Posted] = Posted) -> Posted:
    return kind(
        server=SKY if one.network == "bluesky" else "fedi.example",
        seen_at=at(seconds),
        post=one,
        local_id=one.key,
        origin=True,
    )


BOOST = Reposted(server="fedi.example", seen_at=at(9), key=post(1).key, by=author("bo"), at=at(8))
DAY: Sequence[Step] = (
    says(BOOST, seen(of("bluesky", 2), 10), seen(of("feed", 3), 11)),
    says(seen(of("nostr", 4), 20), BOOST.model_copy(update={"by": author("cy")})),
    says(
        Unreposted(
            server="fedi.example", seen_at=at(30), key=post(1).key, author_key=author("bo").key
        )
    ),
    says(seen(of("bluesky", 5), 40), seen(of("bluesky", 6), 41), seen(of("x", 7), 42)),
    says(Deleted(server=SKY, seen_at=at(50), local_id="", key=of("bluesky", 5).key, origin=True)),
    says(seen(of("feed", 3, text="Better words", edited_at=at(55)), 60, Edited)),
    decides("hide", 6, "bluesky"),
    decides("show", 6, "bluesky"),
    decides("hide", 4, "nostr"),
)


class Script(FakeClock):
    """Whenever the recording rests, the next thing happens; then it is stopped."""

    def __init__(self, home: House, steps: Sequence[Step]) -> None:
        super().__init__()
        self._home, self._steps = home, list(steps)

    async def sleep(self, seconds: float) -> None:
        self.move(seconds * 7)
        if not self._steps:
            raise asyncio.CancelledError
        await self._steps.pop(0)(self._home)


async def shown(home: House) -> dict[str, tuple[object, ...]]:
    """What everybody sees of a wall, times aside: they are those of the playing."""
    async with home.store.read() as reading:
        wall = await reading.wall(WALL.slug)
        records = await reading.changed_posts(wall.id, 0, limit=1_000)
    return {
        r.key: (
            r.post.network,
            r.post.body,
            r.post.author.handle,
            r.post.edited_at is not None,
            r.passed,
        )
        for r in records
        if r.status == "approved" and r.post is not None
    }


@pytest.fixture
async def recording(tmp_path: Path) -> tuple[Path, dict[str, tuple[object, ...]]]:
    """A recording, and the wall it was made of, without what may not be recorded."""
    out = tmp_path / "day.jsonl"
    async with house(tmp_path) as home:
        await says(posted(1))(home)
        wall = await StoreWall.open(home.store, WALL.slug)
        with suppress(asyncio.CancelledError):
            await record(wall, out, Script(home, DAY), event=wall.event)
        there = {k: v for k, v in (await shown(home)).items() if v[0] != "x"}
    return out, there


@pytest.mark.parametrize("speed", [1, 10, math.inf])
async def test_a_recording_played_on_an_empty_wall_gives_the_same_wall(
    recording: tuple[Path, dict[str, tuple[object, ...]]], tmp_path: Path, speed: float
) -> None:
    out, there = recording
    (tmp_path / "again").mkdir()
    async with house(tmp_path / "again") as home:
        source = ReplaySource(out, speed=speed, clock=home.clock)
        over = anyio.Event()
        began = home.clock.monotonic()

        async def play() -> None:
            async for batch in source.batches(None, Nothing(), UntilStopped(over)):
                await arrive(home.context, WALL.slug, source.name, batch)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(play)
            await over.wait()
            tasks.cancel_scope.cancel()

        assert await shown(home) == there
        lasted = home.clock.monotonic() - began
        wanted = 0 if speed == math.inf else 7 * len(DAY) / speed
        assert lasted == pytest.approx(wanted, abs=8 / speed if speed < math.inf else 0)
    assert len(there) == 4
    assert {v[0] for v in there.values()} == {"mastodon", "bluesky", "feed"}
