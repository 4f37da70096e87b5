"""Re-checks what is on display: X tells of deletions, edits and protection only who asks."""

from collections.abc import Awaitable, Callable, Sequence

from app.domain.arrival import Arrival
from app.ports import Known, KnownPost
from app.sources.x.api import LEAST, MOST, XApi
from app.sources.x.news import News, chunks
from app.sources.x.parse import Page
from app.sources.x.till import Till

Say = Callable[[Sequence[Arrival]], Awaitable[None]]

SLOT = "look-up"


class Sweeper:
    """One round asks for every post on display, 100 at a time.

    In full, so that edits, counts and protection follow; beyond half of the day's budget, and where
    a search would not fit beside it, only whether the posts are still there. Posts that wait for it
    after a restart are asked for in full as long as there is money.
    """

    def __init__(self, api: XApi, till: Till, news: News, known: Known, say: Say) -> None:
        self._api = api
        self._till = till
        self._news = news
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
        async with self._till.counter:
            self._till.ledger.release(SLOT)  # held for a look-up whose answer was lost before

    async def newest(self, ids: Sequence[str], *, held: bool = False) -> None:
        """Say the newest versions of posts that were answered in an older one."""
        async with self._till.counter:
            page = await self._full(ids[:MOST])
        if page is not None:
            await self._say(self._news.of(page, held=held))

    def _affordable(
        self, asked: dict[str, KnownPost], shown: Sequence[KnownPost]
    ) -> dict[str, KnownPost]:
        """Those that are asked for in full: the newest, as many as there is money for."""
        ledger, ids, each = self._till.ledger, list(asked), self._api.worst
        left = ledger.left(self._till.clock.now(), SLOT)
        if all(post.key in self._news for post in asked.values()):
            left -= max(ledger.daily // 2, self._owed(shown) + LEAST * each)
        while ids and self._till.worst(ids, each) > left:
            ids = ids[: len(ids) // 2]
        return {one: asked[one] for one in ids}

    def _owed(self, shown: Sequence[KnownPost]) -> int:
        return self._till.unpaid([self._news.newest(post) for post in shown])

    async def _tell(self, asked: dict[str, KnownPost], page: Page | None) -> None:
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
