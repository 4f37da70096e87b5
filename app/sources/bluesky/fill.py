"""Searches for what the live stream cannot bring: posts from before the start, and from gaps."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from app.domain.arrival import Arrival, Posted
from app.errors import SourceError
from app.ports import Clock
from app.sources.bluesky.memory import Said
from app.sources.bluesky.parse import Wishes, parse_view
from app.sources.bluesky.search import Search
from app.sources.bluesky.view import AppView
from app.sources.bluesky.words import gap, no_search
from app.sources.mastodon.parse import ParseError
from app.sources.shapes import Json

LOOK_S = 5.0
TRY_AGAIN_S = 300.0

Say = Callable[[Sequence[Arrival]], Awaitable[None]]
Note = Callable[[str, str], None]


class Filler:
    """One wish at a time: everything since a moment, or (None) what there is. Search is a help, never a fault."""

    def __init__(
        self,
        search: Search | None,
        tags: Sequence[str],
        *,
        view: AppView,
        said: Said,
        clock: Clock,
        say: Say,
        note: Note,
    ) -> None:
        self._search = search
        self._tags = tags
        self._view = view
        self._said = said
        self._clock = clock
        self._say = say
        self._note = note
        self._wishes: list[datetime | None] = []

    def want(self, since: datetime | None) -> None:
        """To be searched for; a gap without an account is told."""
        self._wishes.append(since)
        if since is not None:
            self._note("gap", gap(since, search=self._search is not None))

    async def run(self) -> None:
        """Without end where there is an account."""
        while self._search is not None:
            await self._clock.sleep(await self._round(self._search))

    async def _round(self, search: Search) -> float:
        """Fulfil the wishes; seconds to wait before the next look."""
        if not self._wishes:
            return LOOK_S
        wishes = list(self._wishes)
        since = None if None in wishes else min(one for one in wishes if one is not None)
        try:
            for tag in self._tags:
                await self._fill(search, tag, since)
        except SourceError as error:
            self._note("search", no_search(str(error)))
            return max(TRY_AGAIN_S, getattr(error, "retry_after_s", 0.0))
        del self._wishes[: len(wishes)]
        self._note("search", "")
        self._note("gap", "")
        return LOOK_S

    async def _fill(self, search: Search, tag: str, since: datetime | None) -> None:
        views, at = await search.find(tag, since)
        wishes = await self._view.wishes(list(views.values()))
        found = [one for view in views.values() if (one := self._read(view, at, wishes))]
        found.sort(key=lambda one: one.post.created_at)
        await self._say(found)

    def _read(self, view: Json, at: datetime, wishes: Wishes) -> Posted | None:
        try:
            posted = parse_view(view, seen_at=at, wishes=wishes)
        except ParseError:
            return None
        return self._said.hear(posted)
