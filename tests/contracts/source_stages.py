"""Sources with something to say, each with the levers that its network has, for the contract of sources."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from app.ports import Source
from app.sources.replay.format import ReplayHeader, encode_header, encode_line
from app.sources.replay.source import ReplaySource
from tests.factories import posted
from tests.fake_bluesky import FakeBluesky, view
from tests.fake_bluesky import source as bluesky_source
from tests.fake_feeds import FakeFeeds, item, rss
from tests.fake_feeds import source as feed_source
from tests.fake_mastodon import FakeMastodon, ManualClock, answers, status, turns
from tests.fake_mastodon import source as mastodon_source
from tests.fake_nostr import FakeNostr, note
from tests.fake_nostr import source as nostr_source
from tests.fake_x import FakeX, tweet
from tests.fake_x import source as x_source


@dataclass
class Stage:
    """A source with something to say, and the levers that a network has."""

    source: Source
    clock: ManualClock
    more: Callable[[], Awaitable[None]]
    """One more post, and time for it to be noticed."""
    fail: Callable[[], Awaitable[None]] | None
    """Makes the source fail; None for sources that cannot."""


@asynccontextmanager
async def mastodon(*, stream: bool = False) -> AsyncIterator[Stage]:
    clock = ManualClock()
    token = "made-up-token" if stream else None
    async with FakeMastodon(token=token).running() as fake:
        fake.post(status(1))
        count = 1

        async def more() -> None:
            nonlocal count
            count += 1
            await clock.asleep(2)
            fake.post(status(count))
            clock.advance(15)

        async def fail() -> None:
            await clock.asleep(2)
            fake.fail("/timelines/", answers(500))
            clock.advance(15)

        yield Stage(mastodon_source(fake, clock, token=token), clock, more, fail)


@asynccontextmanager
async def replay() -> AsyncIterator[Stage]:
    clock = ManualClock()
    start = clock.now()
    header = ReplayHeader(title="PyFest 26", hashtags=("pyfest26",), started_at=start)
    lines = [encode_line(start + timedelta(seconds=10 * n), posted(n)) for n in range(1, 20)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "day.jsonl"
        path.write_bytes(encode_header(header) + b"".join(lines))

        async def more() -> None:
            clock.advance(10)

        playing = ReplaySource(path, speed=1, clock=clock, start=start - timedelta(seconds=10))
        yield Stage(playing, clock, more, None)


@asynccontextmanager
async def bluesky() -> AsyncIterator[Stage]:
    clock = ManualClock()
    async with FakeBluesky(clock).running() as fake:
        count = 0

        async def more() -> None:
            nonlocal count
            count += 1
            await fake.connected()
            await clock.asleep(4)
            await fake.publish(view(count))
            await turns(100)
            clock.advance(3)

        async def fail() -> None:
            fake.fail("getPosts", answers(403))
            await more()

        first = asyncio.create_task(more())
        yield Stage(bluesky_source(fake, idle_s=1e6), clock, more, fail)
        first.cancel()
        await asyncio.wait([first])


@asynccontextmanager
async def feed() -> AsyncIterator[Stage]:
    clock = ManualClock()
    items = [item(1)]
    async with FakeFeeds(rss(*items)).running() as fake:

        async def more() -> None:
            items.insert(0, item(len(items) + 1))
            fake.body = rss(*items)
            clock.advance(330)

        async def fail() -> None:
            fake.fail(answers(500))
            clock.advance(330)

        yield Stage(feed_source(fake, clock), clock, more, fail)


@asynccontextmanager
async def x(*, stream: bool = False) -> AsyncIterator[Stage]:
    clock = ManualClock()
    async with FakeX().running() as fake, anyio.create_task_group() as tasks:
        fake.post(tweet(1))
        count = 1

        async def pass_by() -> None:
            await clock.asleep(
                2
            )  # which takes a reader: X waits until its spending is written down
            clock.advance(340)

        async def more() -> None:
            nonlocal count
            count += 1
            fake.post(tweet(count))
            tasks.start_soon(pass_by)
            await turns(200)

        async def fail() -> None:
            fake.fail("/search/recent", answers(500))
            tasks.start_soon(pass_by)

        yield Stage(x_source(fake, clock, stream=stream), clock, more, fail)
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def nostr() -> AsyncIterator[Stage]:
    clock = ManualClock()
    async with FakeNostr().running() as fake:
        fake.keep(note(1))
        count = 1

        async def more() -> None:
            nonlocal count
            count += 1
            await fake.followed("about")
            await fake.publish(note(count))

        async def fail() -> None:
            await fake.followed("about")
            for relay in fake.relays:
                await relay.hang_up()

        yield Stage(nostr_source(fake, clock), clock, more, fail)


FACTORIES: dict[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "mastodon": mastodon,
    "mastodon with a stream": lambda: mastodon(stream=True),
    "bluesky": bluesky,
    "feed": feed,
    "x": x,
    "x with the stream": lambda: x(stream=True),
    "nostr": nostr,
    "replay": replay,
}
CAN_FAIL = tuple(name for name in FACTORIES if name != "replay")
"""A replay reads a file that is open: nothing comes between."""
