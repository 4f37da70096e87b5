"""Follows one feed (RSS, Atom, JSON Feed): a blog, a podcast, a planet, a hashtag of a Mastodon server."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from hashlib import blake2b
from random import Random
from urllib.parse import urlsplit

import anyio.to_thread

from app.domain.arrival import Arrival, Batch, Posted
from app.domain.text import fold_tag, web_address
from app.errors import AccessError, BusyError, SourceError, UsageError
from app.ports import Clock, Condition, Known, Report
from app.sources.bulletin import Bulletin
from app.sources.connection import NONSENSE, Timeouts
from app.sources.feed import words
from app.sources.feed.client import FeedClient, Fetched, Validators, without_query
from app.sources.feed.entry import Feed, FeedError
from app.sources.feed.memory import Memory
from app.sources.feed.parse import parse_feed
from app.sources.feed.post import View, posts_of

POLL_S = 300.0
"""Courtesy among feed readers: not more often than every 5 minutes (networks.md, chapter 4)."""

LONGEST_REST_S = 3600.0
"""What a feed says of its freshness is obeyed up to an hour: an event lasts but a day."""

_LONGEST_NAME = 255


class FeedSource:
    """A `ports.Source` for one feed and one wall's hashtags.

    An entry that left the feed is no deletion: feeds list only their newest. What is on display is
    therefore not re-checked; the first read after a start confirms what the feed still lists.
    """

    rechecks = False

    def __init__(
        self,
        address: str,
        hashtags: Sequence[str],
        *,
        clock: Clock,
        rng: Random,
        name: str | None = None,
        all_entries: bool = False,
        contact: str = "",
        poll_interval_s: float = POLL_S,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Raises UsageError when `address` is no web address; it may lack `https://`.

        `all_entries`: entries that do not name a hashtag are taken too, under the first one.
        """
        self.address = feed_address(address)
        self.view = view_of(self.address, hashtags, all_entries=all_entries)
        self.name = name or f"feed:{self.view.place.partition('://')[2]}"[:_LONGEST_NAME]
        self.clock = clock
        self.rng = rng
        self.contact = contact
        self.poll_interval_s = poll_interval_s
        self.timeouts = timeouts
        self.validators: Validators | None = None
        """Of what was committed last. Not stored: after a restart the feed is read whole, because
        stored posts may wait to be confirmed."""

    async def batches(
        self, cursor: str | None, known: Known, report: Report
    ) -> AsyncIterator[Batch]:
        """As `ports.Source`. The cursor holds digests of what was said."""
        bulletin = Bulletin(report)
        bulletin.state(Condition.STARTING, f"Asking {self.view.server}.")
        run = _Run(self, cursor, bulletin)
        async with FeedClient(
            clock=self.clock, contact=self.contact, timeouts=self.timeouts, bulletin=bulletin
        ) as client:
            yield Batch(*await run.read(client))
            while True:
                # asked for the next, so the last is committed: only now "unchanged" may be believed
                self.validators = run.validators
                await run.rest()
                arrivals, place = await run.read(client)
                if arrivals:
                    yield Batch(arrivals, place)


def feed_address(text: str) -> str:
    """The whole address from what people type. Raises UsageError when it is no web address."""
    typed = text.strip()
    address = web_address(typed if "://" in typed else f"https://{typed}")
    try:
        usable = address is not None and bool(urlsplit(address).hostname)
    except ValueError:
        usable = False
    if address is None or not usable:
        raise UsageError(
            f"{text!r} is no feed's address.", hint="It looks like this: https://blog.example/feed"
        )
    return address.partition("#")[0]


def _place(address: str) -> str:
    """The address without its query, which may hold a secret; a digest tells queries apart."""
    query = urlsplit(address).query
    mark = blake2b(query.encode(), digest_size=4).hexdigest()
    return without_query(address) + (f"~{mark}" if query else "")


def view_of(address: str, hashtags: Sequence[str], *, all_entries: bool = False) -> View:
    """What of the feed at `address` a wall with these hashtags wants."""
    place = _place(address)
    return View(
        place=place,
        server=urlsplit(place).netloc,
        tags=tuple(dict.fromkeys(map(fold_tag, hashtags))),
        all_entries=all_entries,
    )


def read_feed(fetched: Fetched, view: View) -> tuple[Feed, list[Posted], int]:
    """The feed, its newest entries as posts, and how many were of no use; a long one takes a while.

    Raises SourceError when it is no feed.
    """
    try:
        feed = parse_feed(
            fetched.body or b"", content_type=fetched.content_type, address=fetched.address
        )
    except FeedError as error:
        raise SourceError(
            words.unreadable(view.server, str(error)), hint=error.hint, code=NONSENSE
        ) from error
    posts, unusable = posts_of(feed, view, fetched.at)
    return feed, posts, unusable


class _Run:
    """One run of a source: from the first request to the first fault."""

    def __init__(self, source: FeedSource, cursor: str | None, bulletin: Bulletin) -> None:
        self._source = source
        self._clock = source.clock
        self._bulletin = bulletin
        self._memory = Memory(frozenset(source.view.tags), cursor)
        self._address = source.address
        self._server = source.view.server
        self._ttl_s = 0.0
        self._confirm = True
        self.validators = source.validators
        """Of what was read last; they hold once it is committed."""
        self._due = 0.0

    async def read(self, client: FeedClient) -> tuple[list[Arrival], str | None]:
        """Ask once, and again when told to wait: news and the cursor behind them. Raises SourceError."""
        while True:
            try:
                return await self._take(await client.get(self._address, self.validators))
            except BusyError as error:
                await self._wait(error)
            except SourceError as error:
                refused = isinstance(error, AccessError)
                self._bulletin.state(Condition.REFUSED if refused else Condition.DOWN, str(error))
                raise

    async def _take(self, fetched: Fetched) -> tuple[list[Arrival], str | None]:
        if fetched.moved is not None:
            self._address = fetched.moved
            self._bulletin.note("moved", words.moved(without_query(fetched.moved)))
        if fetched.body is None:
            self._plan(fetched)
            return [], None
        feed, posts, unusable = await anyio.to_thread.run_sync(
            read_feed, fetched, self._source.view
        )
        self._ttl_s = feed.ttl_s
        self.validators = None if feed.broken else fetched.validators
        self._tell(feed, posts, unusable)
        self._plan(fetched, feed.broken and words.broken(self._server, feed.broken, len(posts)))
        news = self._memory.news(posts, confirm=self._confirm)
        self._confirm = False
        return news, self._memory.cursor()

    async def rest(self) -> None:
        """Until the next look is due; the time that a commit took counts."""
        wait_s = self._due - self._clock.monotonic()
        if wait_s > 0:
            await self._clock.sleep(wait_s)

    def _plan(self, fetched: Fetched, fault: str = "") -> None:
        """When the next look is due, and that all is well or what is not."""
        least = self._source.poll_interval_s
        asked = min(max(self._ttl_s, fetched.rest_s), LONGEST_REST_S)
        rest_s = max(least, asked)
        wait_s = rest_s * self._source.rng.uniform(1.0, 1.1)
        self._due = self._clock.monotonic() + wait_s
        self._bulletin.alive(wait_s)
        well = words.reading(self._server, rest_s, asked=asked > least)
        self._bulletin.state(Condition.BEHIND if fault else Condition.LIVE, fault or well)

    def _tell(self, feed: Feed, posts: Sequence[Posted], unusable: int) -> None:
        tags = self._source.view.tags
        named = any(not set(tags).isdisjoint(one.post.hashtags) for one in posts)
        none = "" if named else words.none_named(len(feed.entries), list(tags))
        self._bulletin.note("none", none)
        self._bulletin.note("unusable", words.unusable(unusable))

    async def _wait(self, error: BusyError) -> None:
        """As long as the server asks; many readers must not come back in one moment."""
        wait_s = max(error.retry_after_s, 1.0) * self._source.rng.uniform(1.0, 1.1)
        until = self._clock.now() + timedelta(seconds=wait_s)
        with self._bulletin.waiting(until, error.message):
            await self._clock.sleep(wait_s)
