"""Searches over and over: from the newest post that was read, through all pages, within the budget."""

from app.ports import Condition
from app.sources.bulletin import Bulletin
from app.sources.spelling import spelled
from app.sources.x.api import LEAST, MOST, XApi
from app.sources.x.news import News
from app.sources.x.page import Page
from app.sources.x.state import State
from app.sources.x.sweep import Say, Sweeper
from app.sources.x.till import Till
from app.sources.x.words import unreadable

SLOT = "search"

FIRST = 50
"""Posts that fill a wall which has never read a hashtag."""

PAGES = 20
"""The most pages of one round; the next goes on where it stopped."""

QUERY_LENGTH = 512
"""Characters of a query that X takes of pay-per-use (x-api/posts/search)."""


def query_of(tags: tuple[str, ...]) -> str:
    """`(#pyfest26 OR #pyfest) -is:retweet -is:nullcast`; nullcast are posts made for adverts."""
    return f"{_any_of(tags)} -is:retweet -is:nullcast"


def rule_of(tags: tuple[str, ...]) -> str:
    """As the query, but with retweets: only the stream tells of them."""
    return f"{_any_of(tags)} -is:nullcast"


def _any_of(tags: tuple[str, ...]) -> str:
    named = " OR ".join(f"#{spelled(tag)}" for tag in tags)
    return f"({named})" if len(tags) > 1 else named


class Poller:
    """One round reads everything that is newer than the last."""

    def __init__(
        self,
        api: XApi,
        till: Till,
        state: State,
        news: News,
        sweeper: Sweeper,
        bulletin: Bulletin,
        say: Say,
        *,
        tags: tuple[str, ...],
    ) -> None:
        self._api = api
        self._till = till
        self._state = state
        self._news = news
        self._sweeper = sweeper
        self._bulletin = bulletin
        self._say = say
        self._query = query_of(tags)

    async def round(self) -> bool:
        """Say what is new, page by page; False when the budget does not allow the next question."""
        state = self._state
        state.forget(self._till.clock.now())
        since, until, token = state.since, state.until, None
        for _ in range(PAGES):
            page = await self._page(since, until, token)
            if page is None:
                return False
            more = state.advance(page)
            self._bulletin.note("unreadable", unreadable(len(page.bad)) if page.bad else "")
            await self._say(self._news.of(page))
            await self._sweeper.newest(page.outdated)
            if not more:
                break
            token = page.next_token
            self._bulletin.state(Condition.BEHIND, f"Catching up with {self._api.server}.")
        return True

    async def _page(self, since: str, until: str, token: str | None) -> Page | None:
        """What is kept back pays for the look whether posts on display are still there."""
        keep = await self._sweeper.duty()
        async with self._till.counter:
            return await self._afford(since, until, token, keep)

    async def _afford(self, since: str, until: str, token: str | None, keep: int) -> Page | None:
        worst = self._api.worst
        room = (self._till.ledger.left(self._till.clock.now(), SLOT) - keep) // worst
        size = min(self._wanted(since, until, token), room)
        if size < LEAST:
            return None
        return await self._till.spend(
            SLOT,
            size * worst,
            lambda: self._api.search(self._query, size=size, since=since, until=until, token=token),
            keep=keep,
        )

    @staticmethod
    def _wanted(since: str, until: str, token: str | None) -> int:
        """Posts are paid for, questions are not: the usual one is small, so that little is held."""
        if not since:
            return FIRST
        return MOST if until or token else LEAST
