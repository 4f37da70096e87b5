"""From the settings of a source to the source itself, and to the look that `hallway check` takes: one place for all networks."""

from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import TypedDict

from app.ports import Clock, Source
from app.programme import check as programme
from app.programme.talks import zone_named
from app.settings import (
    AnySource,
    BlueskySettings,
    FeedSettings,
    MastodonSettings,
    Network,
    NostrSettings,
    ReplaySettings,
    WallSettings,
)
from app.sources.bluesky import check as bluesky
from app.sources.bluesky.search import Login
from app.sources.bluesky.source import BlueskySource
from app.sources.feed import check as feed
from app.sources.feed.source import FeedSource
from app.sources.finding import Finding
from app.sources.mastodon import check as mastodon
from app.sources.mastodon.source import MastodonSource
from app.sources.nostr import check as nostr
from app.sources.nostr.source import NostrSource
from app.sources.replay import check as replay
from app.sources.x import check as x
from app.sources.x.source import XSource


class Common(TypedDict):
    """What every source is given."""

    clock: Clock
    rng: Random
    contact: str


def source_of(settings: Network, hashtags: Sequence[str], common: Common) -> Source:
    """The source that these settings describe. Raises UsageError for what is not right."""
    if isinstance(settings, MastodonSettings):
        return MastodonSource(
            settings.server,
            hashtags,
            token=settings.token(),
            poll_interval_s=settings.poll_interval_s,
            **common,
        )
    if isinstance(settings, BlueskySettings):
        return BlueskySource(
            hashtags,
            jetstream=settings.jetstream,
            appview=settings.appview,
            login=_login(settings),
            replay_h=settings.replay_h,
            compressed=settings.compressed,
            **common,
        )
    if isinstance(settings, FeedSettings):
        return FeedSource(
            settings.address,
            hashtags,
            all_entries=settings.all_entries,
            poll_interval_s=settings.poll_interval_s,
            **common,
        )
    if isinstance(settings, NostrSettings):
        return NostrSource(
            hashtags,
            relays=settings.relays,
            pages=settings.pages,
            back_h=settings.back_h,
            **common,
        )
    return XSource(
        hashtags,
        base=settings.server,
        token=settings.token(),
        **settings.model_dump(exclude={"kind", "server", "token_file"}),
        **common,
    )


def place_of(settings: AnySource) -> str:
    """What people call the source: its server, its address, its file."""
    if isinstance(settings, ReplaySettings):
        return f"Recording {settings.file}"
    if isinstance(settings, BlueskySettings):
        return "Bluesky"
    if isinstance(settings, NostrSettings):
        return "Nostr"
    if isinstance(settings, FeedSettings):
        return settings.address
    return settings.server


async def check_wall(
    wall: WallSettings, *, clock: Clock, contact: str
) -> AsyncIterator[tuple[str, list[Finding]]]:
    """Each source of a wall and then its programme, by what people call it, with what was found out."""
    for source in wall.sources():
        yield place_of(source), await check(source, wall.hashtags, clock=clock, contact=contact)
    if wall.programme:
        zone = zone_named(wall.timezone)
        found = await programme.check(wall.programme, zone, clock=clock, contact=contact)
        yield f"Programme {wall.programme}", found


async def check(
    settings: AnySource, hashtags: Sequence[str], *, clock: Clock, contact: str
) -> list[Finding]:
    """Look at a source as it would be read. UsageError only for files of the operator's that cannot be read."""
    if isinstance(settings, ReplaySettings):
        return replay.check(settings.file)
    if isinstance(settings, MastodonSettings):
        return await mastodon.check(
            settings.server, hashtags, settings.token(), clock=clock, contact=contact
        )
    if isinstance(settings, BlueskySettings):
        return await bluesky.check(
            hashtags,
            jetstream=settings.jetstream,
            appview=settings.appview,
            login=_login(settings),
            clock=clock,
            contact=contact,
        )
    if isinstance(settings, FeedSettings):
        return await feed.check(
            settings.address,
            hashtags,
            all_entries=settings.all_entries,
            clock=clock,
            contact=contact,
        )
    if isinstance(settings, NostrSettings):
        return await nostr.check(settings.relays, hashtags, clock=clock, contact=contact)
    return await x.check(
        hashtags,
        token=settings.token(),
        daily_budget=settings.daily_budget,
        base=settings.server,
        dialect=settings.dialect,
        stream=settings.stream,
        clock=clock,
        contact=contact,
    )


def _login(settings: BlueskySettings) -> Login | None:
    password = settings.password()
    return Login(settings.handle, password) if settings.handle and password else None
