"""Tells an operator in plain words whether a feed can be read, and what of it would be on the wall."""

from collections.abc import Sequence

from app.domain.arrival import Posted
from app.domain.text import TITLE
from app.errors import SourceError, UsageError
from app.ports import Clock
from app.sources.connection import Timeouts
from app.sources.feed import words
from app.sources.feed.client import FeedClient, without_query
from app.sources.feed.entry import Feed
from app.sources.feed.post import View
from app.sources.feed.source import feed_address, read_feed, view_of
from app.sources.finding import Finding, fine, wrong
from app.sources.html_text import html_to_rich


async def check(
    address: str,
    hashtags: Sequence[str],
    *,
    all_entries: bool = False,
    clock: Clock,
    contact: str = "",
    timeouts: Timeouts | None = None,
) -> list[Finding]:
    """Read the feed once, as the source would. Never raises SourceError or UsageError: they become
    findings."""
    try:
        whole = feed_address(address)
        view = view_of(whole, hashtags, all_entries=all_entries)
        async with FeedClient(clock=clock, contact=contact, timeouts=timeouts) as client:
            fetched = await client.get(whole, None)
            feed, posts, unusable = read_feed(fetched, view)
    except (SourceError, UsageError) as error:
        return [wrong(str(error))]
    moved = [fine(words.moved(without_query(fetched.moved)))] if fetched.moved else []
    return [
        *moved,
        *_contents(feed, posts, view),
        *([fine(words.unusable(unusable))] * (unusable > 0)),
    ]


def _contents(feed: Feed, posts: Sequence[Posted], view: View) -> list[Finding]:
    """A feed that names no hashtag is fine: nobody wrote about the event yet."""
    title = html_to_rich(feed.title, emojis={}, limits=TITLE).text
    findings = [fine(words.readable(title, len(feed.entries)))]
    if feed.broken:
        findings = [wrong(words.broken(view.server, feed.broken, len(feed.entries)))]
    mine = sum(not set(view.tags).isdisjoint(one.post.hashtags) for one in posts)
    if not mine:
        return [*findings, fine(words.none_named(len(feed.entries), list(view.tags)))]
    return [*findings, fine(words.wanted(mine, list(view.tags), all_entries=view.all_entries))]
