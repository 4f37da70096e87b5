"""The one place that knows every room: puts store, hub, sources, pictures and actions together and runs them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from app.actions import form, on_time, walls
from app.actions.arrivals import arrive
from app.actions.context import Context
from app.actions.erasing import Eraser, Needed
from app.clock import SystemClock
from app.domain.wall import Session
from app.ingest.runner import Feed, Runner
from app.ingest.vitals import SourceState, Vitals, watch
from app.live.badges import Badges
from app.live.deskroom import DeskRoom
from app.live.doors import Doors
from app.live.hub import Hub
from app.live.screens import Screens
from app.media.library import MediaLibrary
from app.media.uploads import SCHEME as UPLOAD
from app.networks import Common, source_of
from app.ports import Clock, Condition, Health, KnownPost, Source
from app.programme.places import place_of
from app.programme.source import ProgrammeSource
from app.programme.talks import zone_named
from app.settings import (
    MastodonSettings,
    ReplaySettings,
    Settings,
    WallSettings,
)
from app.sources.bluesky.parse import SERVER as BLUESKY
from app.sources.bluesky.source import BlueskySource
from app.sources.feed.source import FeedSource
from app.sources.mastodon.source import MastodonSource
from app.sources.replay.format import Timing
from app.sources.replay.source import (
    ReplaySource,
    replay_event,
    replay_servers,
    replay_start,
)
from app.sources.x.source import XSource
from app.storage.configs import Configs
from app.storage.store import Store

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WallKnown:
    """What one wall holds, for its sources."""

    store: Store
    slug: str

    async def on_display(self, server: str) -> Sequence[KnownPost]:
        """Posts on display or waiting to be re-checked that `server` has named."""
        async with self.store.read() as reading:
            return await reading.known(await reading.wall(self.slug), server)

    async def off_display(self, server: str, *, after: str, limit: int) -> Sequence[KnownPost]:
        """Posts that are kept and no longer on display."""
        async with self.store.read() as reading:
            wall = await reading.wall(self.slug)
            return await reading.known_aside(wall, server, after=after, limit=limit)

    async def reposters(self, server: str) -> Sequence[tuple[str, str]]:
        """Who passed on posts on display, by the accounts' keys, and which."""
        async with self.store.read() as reading:
            return await reading.known_reposters(await reading.wall(self.slug), server)

    async def find(self, server: str, local_id: str) -> KnownPost | None:
        """The post that `server` calls so."""
        async with self.store.read() as reading:
            wall = await reading.wall(self.slug)
            return await reading.known_by(wall.id, (server, local_id))


class Service:
    """Hallway, running."""

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, rng: Random | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.store = Store(settings.database_url())
        self.hub = Hub(self.store, self.clock)
        news = asyncio.Event()
        self.screens = Screens(self.store, self.clock, news, self.hub.public_at)
        self.deskroom = DeskRoom(self.clock, self.screens, news)
        self.badges = Badges(self.store, self.clock)
        self.doors = Doors(settings.max_viewers, settings.max_viewers_per_address)
        self.context = Context(self.store, self.clock, self.hub.poke)
        self.media = MediaLibrary(
            settings.media_folder,
            clock=self.clock,
            assets=_asset_folders(settings.wall),
            allowed_hosts=_named_hosts(settings.wall),
            cache_bytes=settings.media_mib * MIB,
        )
        self.eraser = Eraser(self.store, self.clock, self._sweep_pictures)
        self._rng = rng or Random()  # noqa: S311  # jitter, no secret
        self._runners: dict[str, list[Runner]] = {}
        self._vitals: list[Vitals] = []
        self._running: asyncio.TaskGroup | None = None

    async def open(self) -> None:
        """Open the store, set up the walls, and hold back what nobody confirmed lately."""
        await self.store.open()
        for wall in self.settings.wall:
            await self._open_wall(wall)
        for wall in await self._asked_for():
            await self.add_wall(wall)
        await self.screens.look()

    async def run(self) -> None:
        """Follow the networks and move the pages; without end."""
        async with asyncio.TaskGroup() as self._running:
            tasks = self._running
            tasks.create_task(self.hub.run())
            tasks.create_task(self.screens.run())
            tasks.create_task(self.deskroom.run())
            tasks.create_task(self.badges.run())
            tasks.create_task(self.eraser.run())
            tasks.create_task(on_time.keep_time(self.context))
            tasks.create_task(watch(self._vitals, self.clock))
            for runner in [one for each in self._runners.values() for one in each]:
                tasks.create_task(runner.run())

    async def add_wall(self, settings: WallSettings) -> None:
        """Show one wall more, and follow its networks from now on when the service runs."""
        await self._open_wall(settings)
        self.settings = self.settings.model_copy(update={"wall": (*self.settings.wall, settings)})
        if self._running is not None:
            for runner in self._runners[settings.slug]:
                self._running.create_task(runner.run())

    async def close(self) -> None:
        """Release everything."""
        if self._runners:
            await self.eraser.finish()
        await self.media.aclose()
        await self.store.close()

    def sources(self, wall: str) -> Sequence[SourceState]:
        """How the sources of a wall are doing."""
        return [r.state for r in self._runners.get(wall, [])]

    async def form(self, wall: str) -> SourceState | None:
        """How the form of a wall is doing, in the words of a source; None where there is none."""
        async with self.store.read() as reading:
            if (await reading.wall(wall)).settings.form is None:
                return None
        many = await form.waiting(self.context, wall)
        if many >= form.WAITING_MOST:
            return SourceState(
                "form", Health(Condition.BEHIND, f"Full: {many} wait for a moderator.")
            )
        return SourceState("form", Health(Condition.LIVE, f"Open, {many} waiting."))

    def live_url(self, wall: str) -> str:
        """Where people follow a wall from afar: the address in the QR code."""
        return f"{self.settings.base_url()}/live/{wall}"

    async def _open_wall(self, settings: WallSettings) -> None:
        wall = settings.wall()
        join_url = self.live_url(wall.slug)
        rules = settings.first_rules()
        await walls.set_up(self.context, wall, join_url=join_url, rules=rules)
        sources, talks = await self._make_sources(settings)
        if not settings.programme:  # what an earlier setting brought leaves with it
            await walls.set_programme(self.context, wall.slug, talks)
        asked, unasked = await _servers(sources, settings)
        await walls.withhold_unchecked(self.context, wall.slug, asked=asked, unasked=unasked)
        await self.hub.prepare(wall.slug)
        followed = [*sources, *self._programme(settings)]
        self._runners[wall.slug] = [self._runner(wall.slug, s) for s in followed]
        self._vitals += [one.vitals for one in self._runners[wall.slug]]

    async def _asked_for(self) -> list[WallSettings]:
        """The walls of the set-up page; what a file says of the same wall counts more."""
        async with self.store.read() as reading:
            configs = await Configs(reading).all()
        named = {wall.slug for wall in self.settings.wall}
        return [WallSettings.model_validate_json(c) for slug, c in configs if slug not in named]

    def _programme(self, settings: WallSettings) -> list[Source]:
        if not settings.programme:
            return []
        place = place_of(settings.programme, clock=self.clock, contact=self.settings.contact)
        wall = settings.wall()
        source = ProgrammeSource(
            place,
            partial(walls.set_programme, self.context, wall.slug),
            clock=self.clock,
            zone=zone_named(settings.timezone),
            hashtags=wall.hashtags,
        )
        return [source]

    async def _make_sources(self, wall: WallSettings) -> tuple[list[Source], list[Session]]:
        sources: list[Source] = []
        talks: list[Session] = []
        for settings in wall.sources():
            if isinstance(settings, ReplaySettings):
                source, talks = await self._replay(wall, settings)
                sources.append(source)
            else:
                common: Common = {
                    "clock": self.clock,
                    "rng": self._rng,
                    "contact": self.settings.contact,
                }
                sources.append(source_of(settings, wall.hashtags, common))
        return sources, talks

    async def _replay(
        self, wall: WallSettings, settings: ReplaySettings
    ) -> tuple[Source, list[Session]]:
        event = replay_event(settings.file)
        start = await self._replay_start(wall.slug, f"replay:{settings.file.stem}")
        source = ReplaySource(settings.file, speed=settings.speed, clock=self.clock, start=start)
        timed = Timing(event.started_at, start, settings.speed).header(event)
        return source, [Session(**s.model_dump()) for s in timed.sessions]

    async def _replay_start(self, slug: str, source: str) -> datetime:
        cursor = await self._cursor(slug, source)
        return replay_start(cursor) if cursor else self.clock.now()

    def _runner(self, slug: str, source: Source) -> Runner:
        feed = Feed(
            arrive=partial(arrive, self.context, slug, source.name),
            cursor=partial(self._cursor, slug, source.name),
            known=WallKnown(self.store, slug),
        )
        return Runner(slug, source, feed, self.clock, self._rng)

    async def _sweep_pictures(self, needed: Needed) -> int:
        """However a post was erased, its pictures go too, and the photos that came with it."""
        async with self.store.read() as reading:
            kept = await reading.picture_addresses(UPLOAD)
        await self.media.sweep_uploads(kept)
        return await self.media.sweep(needed)

    async def _cursor(self, slug: str, source: str) -> str | None:
        async with self.store.read() as reading:
            return await reading.cursor((await reading.wall(slug)).id, source)


async def _servers(sources: Sequence[Source], wall: WallSettings) -> tuple[set[str], set[str]]:
    """Servers that are asked after a restart whether their posts still stand, and those that nobody can ask."""
    asked, unasked = set(), set()
    for source in sources:
        if isinstance(source, FeedSource):
            unasked.add(source.view.server)
        elif isinstance(source, BlueskySource):
            asked.add(BLUESKY)
        elif isinstance(source, (MastodonSource, XSource)):
            asked.add(source.server)
        else:  # one network, one name: `nostr:…`
            (asked if source.rechecks else unasked).add(source.name.partition(":")[0])
    for settings in wall.sources():
        if isinstance(settings, ReplaySettings):
            unasked |= await asyncio.to_thread(replay_servers, settings.file)
    return asked, unasked


def _asset_folders(walls_: Sequence[WallSettings]) -> dict[str, Path]:
    return {
        f"{wall.slug}/{source.file.stem}": source.file.parent / "media"
        for wall in walls_
        for source in wall.sources()
        if isinstance(source, ReplaySettings)
    }


def _named_hosts(walls_: Sequence[WallSettings]) -> set[str]:
    """Servers that the operator named may lie on this machine or in the house."""
    return {
        urlsplit(source.server).netloc
        for wall in walls_
        for source in wall.source
        if isinstance(source, MastodonSettings)
    }
