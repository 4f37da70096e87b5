"""One small world for each network: posts come, go and are passed on, and the only way there is a fault proxy."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.ports import Source
from app.sources.connection import Timeouts
from tests.fake_bluesky import FakeBluesky, view
from tests.fake_bluesky import source as bluesky_source
from tests.fake_feeds import FakeFeeds, item, rss
from tests.fake_feeds import source as feed_source
from tests.fake_mastodon import FakeMastodon, ManualClock, account, status
from tests.fake_mastodon import source as mastodon_source
from tests.fake_nostr import FakeNostr, deletion, note
from tests.fake_nostr import repost as passed_on
from tests.fake_nostr import source as nostr_source
from tests.fake_x import FakeX, tweet
from tests.fake_x import source as x_source
from tests.fault_proxy import NONE, Fault, FaultProxy

IMPATIENT = Timeouts(connect=0.15, read=0.15, total=0.15)
"""In real seconds: nothing but a hang takes that long on loopback."""


class Middle(Random):
    """Chance without chance: always the middle."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


class JumpingClock(ManualClock):
    """A manual clock that knows when the next sleeper wakes, and may be off by hours."""

    off_h = 0.0

    def now(self) -> datetime:
        return self.true() + timedelta(hours=self.off_h)

    def true(self) -> datetime:
        """What every other clock says."""
        return super().now()

    def next_s(self) -> float | None:
        """Seconds until somebody wakes."""
        return max(0.0, self._sleepers[0][0] - self._at) if self._sleepers else None


async def _nothing(number: int) -> None:
    """This network does not do this."""


@dataclass
class World:
    """A network with its levers, its source, and what should be on the wall."""

    source: Source
    clock: JumpingClock
    proxies: list[FaultProxy]
    post: Callable[[int], Awaitable[None]]
    delete: Callable[[int], Awaitable[None]] | None = None
    repost: Callable[[int], Awaitable[None]] | None = None
    """Bob passes it on."""
    tick: Callable[[], Awaitable[None]] | None = None
    """What happens on the network all the time."""
    a_run_asks: int = 12
    """Requests and sockets of one run that fails, at most."""
    there: dict[int, int] = field(default_factory=dict)
    """Posts by number, and by how many they were passed on."""

    async def set(self, fault: Fault) -> None:
        for proxy in self.proxies:
            await proxy.set(fault)

    async def happens(self, *, post: int = 0, delete: int = 0, repost: int = 0) -> None:
        """Something happens on the network, as far as it does such things."""
        if post:
            await self.post(post)
            self.there[post] = 0
        if delete and self.delete is not None:
            await self.delete(delete)
            del self.there[delete]
        if repost and self.repost is not None:
            await self.repost(repost)
            self.there[repost] += 1


class Ways:
    """Proxies, made as they are needed and closed with the world."""

    def __init__(self, stack: AsyncExitStack, clock: JumpingClock) -> None:
        self.stack, self.clock = stack, clock
        self.proxies: list[FaultProxy] = []

    async def to(self, base: str) -> str:
        """The address by which `base` is reached through a proxy."""
        proxy = FaultProxy(base, self.clock.true, self.clock.monotonic)
        await self.stack.enter_async_context(proxy.running())
        self.proxies.append(proxy)
        return proxy.base


@asynccontextmanager
async def ways(fault: Fault) -> AsyncIterator[Ways]:
    clock = JumpingClock()
    clock.off_h = fault.clock_h
    async with AsyncExitStack() as stack:
        yield Ways(stack, clock)


def common(clock: JumpingClock) -> dict[str, Any]:
    return {"timeouts": IMPATIENT, "clock": clock}


@asynccontextmanager
async def mastodon(fault: Fault = NONE, *, stream: bool = False) -> AsyncIterator[World]:
    token = "made-up-token" if stream else None
    async with FakeMastodon(token=token).running() as fake, ways(fault) as through:
        fake.base = await through.to(fake.base)
        made = mastodon_source(fake, through.clock, token=token, timeouts=IMPATIENT)

        async def post(number: int) -> None:
            fake.post(status(number))
            await fake.push("update", fake.posts[0])

        async def delete(number: int) -> None:
            gone = status(number)["id"]
            fake.remove(gone)
            await fake.push("delete", gone)

        async def repost(number: int) -> None:
            local_id = status(number)["id"]
            fake.boosters[local_id].append(account("bob"))
            fake.change(local_id, reblogs_count=len(fake.boosters[local_id]))

        yield World(made, through.clock, through.proxies, post, delete, repost)


@asynccontextmanager
async def bluesky(fault: Fault = NONE) -> AsyncIterator[World]:
    async with ways(fault) as through, FakeBluesky(through.clock).running() as fake:
        true = ManualClock()
        true.now = through.clock.true  # type: ignore[method-assign]  # events carry the right time
        fake.clock = true
        view_base = await through.to(fake.base)
        jets = [await through.to(jet.base) for jet in fake.jets]
        fake.clock = through.clock
        made = bluesky_source(fake, jetstream=jets, appview=[view_base], timeouts=IMPATIENT)
        fake.clock = true
        said = -5.0

        async def post(number: int) -> None:
            await fake.publish(view(number))

        async def delete(number: int) -> None:
            await fake.delete(view(number)["uri"])

        async def repost(number: int) -> None:
            uri = view(number)["uri"]
            fake.posts[uri] = fake.posts[uri] | {"repostCount": 1}
            await fake.repost("bob", uri)

        async def tick() -> None:
            nonlocal said
            if through.clock.monotonic() - said >= 4:
                said = through.clock.monotonic()
                await fake.noise()

        yield World(made, through.clock, through.proxies, post, delete, repost, tick)


@asynccontextmanager
async def feed(fault: Fault = NONE) -> AsyncIterator[World]:
    """An entry that left a feed is no deletion, and nobody passes entries on."""
    async with FakeFeeds(rss()).running() as fake, ways(fault) as through:
        items: list[str] = []
        fake.base = await through.to(fake.base)
        made = feed_source(fake, through.clock, poll_interval_s=60, timeouts=IMPATIENT)

        async def post(number: int) -> None:
            items.insert(0, item(number))
            fake.body = rss(*items)

        yield World(made, through.clock, through.proxies, post)


@asynccontextmanager
async def x(fault: Fault = NONE, *, stream: bool = False) -> AsyncIterator[World]:
    """Searches do not name who passed a post on: the count is what X gives."""
    async with FakeX().running() as fake, ways(fault) as through:
        fake.base = await through.to(fake.base)
        settings = {"sweep_interval_s": 60.0, "stream": stream, "timeouts": IMPATIENT}
        made = x_source(fake, through.clock, **settings)

        async def post(number: int) -> None:
            fake.post(tweet(number))
            fake.push(tweet(number))

        async def delete(number: int) -> None:
            fake.remove(tweet(number)["id"])

        async def repost(number: int) -> None:
            gone = tweet(number)
            counts = gone["public_metrics"] | {"retweet_count": 1}
            fake.remove(gone["id"])
            fake.post(gone | {"public_metrics": counts})

        yield World(made, through.clock, through.proxies, post, delete, repost)


@asynccontextmanager
async def nostr(fault: Fault = NONE) -> AsyncIterator[World]:
    async with FakeNostr().running() as fake, ways(fault) as through:
        bases = [await through.to(relay.base) for relay in fake.relays]
        made = nostr_source(fake, through.clock, relays=bases, timeouts=IMPATIENT)

        async def post(number: int) -> None:
            await fake.publish(note(number))

        async def delete(number: int) -> None:
            await fake.publish(deletion(note(number)))

        async def repost(number: int) -> None:
            await fake.publish(passed_on(note(number)))

        yield World(made, through.clock, through.proxies, post, delete, repost)


WORLDS: dict[str, Callable[[Fault], AbstractAsyncContextManager[World]]] = {
    "mastodon": mastodon,
    "mastodon with a stream": lambda fault: mastodon(fault, stream=True),
    "bluesky": bluesky,
    "feed": feed,
    "x": x,
    "x with the stream": lambda fault: x(fault, stream=True),
    "nostr": nostr,
}
