"""Re-checks what was shown: X tells of deletions, edits and protection only who asks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from app.domain.arrival import Arrival
from app.ports import Known, KnownPost
from app.sources.x.api import LEAST, MOST, XApi
from app.sources.x.news import News, chunks
from app.sources.x.page import Page
from app.sources.x.state import State
from app.sources.x.till import Till

Say = Callable[[Sequence[Arrival]], Awaitable[None]]

SLOT = "look-up"

EVENING = 22
"""Hour in UTC from which what is left of the day's budget may go to posts that are no longer on display."""


class Sweeper:
    """One round asks for every post on display, 100 at a time.

    In full, so that edits, counts and protection follow; beyond half of the day's budget, and where
    a search would not fit beside it, only whether the posts are still there. Posts that wait for it
    after a restart are asked for in full as long as there is money. Retweets of what is on display,
    and posts that are no longer on display, are asked for only where that costs nothing or where
    enough is left.
    """

    def __init__(
        self, api: XApi, till: Till, news: News, state: State, known: Known, say: Say
    ) -> None:
        self._api = api
        self._till = till
        self._news = news
        self._state = state
        self._known = known
        self._say = say

    async def duty(self) -> int:
        """What it costs today to ask whether everything on display is still there."""
        return self._owed(await self._known.on_display(self._api.server))

    async def round(self) -> None:
        """Say what became of everything on display. Raises SourceError when X is away."""
        shown = await self._known.on_display(self._api.server)
        for posts in chunks(shown, MOST):
            asked = {self._news.newest(post): post for post in posts}
            async with self._till.counter:
                full = self._affordable(asked, shown)
                page = await self._full(list(full))
            await self._tell(full, page)
            rest = {one: post for one, post in asked.items() if one not in full}
            async with self._till.counter:
                page = await self._glance(list(rest))
            await self._tell(rest, page)
        await self._retweets(shown)
        async with self._till.counter:
            self._till.release(SLOT)  # held for a look-up whose answer was lost before

    async def aside(self) -> None:
        """The next 100 of the posts that are stored and no longer on display, over and over."""
        state = self._state
        posts = await self._known.off_display(self._api.server, after=state.aside, limit=MOST)
        state.aside = posts[-1].local_id if len(posts) == MOST else ""
        found = {post.local_id: post for part in chunks(posts, MOST) for post in part}
        shown = await self._known.on_display(self._api.server)
        evening = self._till.clock.now().hour >= EVENING
        async with self._till.counter:
            spare = self._spare(shown, share=10) if evening else 0
            asked = self._cheap(list(found), spare)
            page = await self._glance(asked)
        await self._tell({one: found[one] for one in asked}, page)

    async def _retweets(self, shown: Sequence[KnownPost]) -> None:
        """Say who took back that they passed a post on."""
        ids, most = self._news.retweets_of(shown), MOST - 1
        # A post that is surely there is asked for too: beside its answer, silence on others tells.
        there = [self._news.newest(one) for one in shown if one.key in self._news][:1]
        for part in (ids[at : at + most] for at in range(0, len(ids), most)):
            async with self._till.counter:
                asked = self._cheap(part, self._spare(shown, share=2))
                page = await self._glance([*asked, *self._cheap(there, 0)] if asked else ())
            if page is not None:
                await self._say(self._news.taken_back(asked, page))

    async def newest(self, ids: Sequence[str], *, held: bool = False) -> None:
        """Say the newest versions of posts that were answered in an older one."""
        async with self._till.counter:
            page = await self._full(ids[:MOST])
        if page is not None:
            await self._say(self._news.of(page, held=held))

    def _affordable(
        self, asked: Mapping[str, KnownPost], shown: Sequence[KnownPost]
    ) -> dict[str, KnownPost]:
        """Those that are asked for in full: the newest, as many as there is money for."""
        ids, each = list(asked), self._api.worst
        known = all(post.key in self._news for post in asked.values())
        left = self._spare(shown, share=2) if known else self._left()
        while ids and self._till.worst(ids, each) > left:
            ids = ids[: len(ids) // 2]
        return {one: asked[one] for one in ids}

    def _left(self) -> int:
        return self._till.ledger.left(self._till.clock.now(), SLOT)

    def _spare(self, shown: Sequence[KnownPost], *, share: int) -> int:
        """What is left beyond a half, a tenth … of the budget, and beyond a search and what is owed."""
        needed = self._owed(shown) + LEAST * self._api.worst
        return self._left() - max(self._till.ledger.daily // share, needed)

    def _cheap(self, ids: Sequence[str], spare: int) -> list[str]:
        """Those that cost nothing today, and as many others as `spare` pays for."""
        dear = [one for one in ids if self._till.unpaid([one])]
        return [one for one in ids if one not in dear[max(spare, 0) :]]

    def _owed(self, shown: Sequence[KnownPost]) -> int:
        return self._till.unpaid([self._news.newest(post) for post in shown])

    async def _tell(self, asked: Mapping[str, KnownPost], page: Page | None) -> None:
        if page is not None:
            await self._say([*self._news.of(page, held=True), *self._news.deleted(asked, page)])
            await self.newest(page.outdated, held=True)

    async def _full(self, ids: Sequence[str]) -> Page | None:
        if not ids:
            return None
        worst = self._till.worst(ids, self._api.worst)
        return await self._till.spend(SLOT, worst, lambda: self._api.look_up(ids))

    async def _glance(self, ids: Sequence[str]) -> Page | None:
        """Only whether they are there; at no cost for what was read today."""
        if not ids:
            return None
        return await self._till.spend(SLOT, self._till.unpaid(ids), lambda: self._api.exist(ids))
