"""Reads hashtag timelines over and over: without a cursor, by difference, and across gaps."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.arrival import Arrival, Posted
from app.ports import Condition, Known
from app.sources.bulletin import Bulletin
from app.sources.http import DeniedError
from app.sources.mastodon.api import PAGE, Gone, MastodonApi, Page
from app.sources.mastodon.frames import Trust
from app.sources.mastodon.words import denial, only_local, unknown, unreadable
from app.sources.memory import Memory

FIRST_PAGES = 2
"""Pages that fill a wall which has never read a hashtag."""

GAP_PAGES = 10
"""The most pages that close a gap: 400 posts."""

CONFIRMED = 10
"""Posts that vanished from a page and are asked for by a poll; the sweep asks for the others."""

ROOM = 1000
"""Keys of polled posts remembered for each hashtag."""


@dataclass(slots=True)
class Track:
    """What polls have shown of one hashtag."""

    shown: dict[str, None] = field(default_factory=dict)
    """Keys, oldest first. The stream's posts are not in it: they close no gap."""
    page: list[str] = field(default_factory=list)
    """The newest page of the last poll."""
    read: bool = False
    """True once this run has read it without a gap."""

    def show(self, keys: Sequence[str]) -> None:
        """Remember `keys`, oldest first."""
        self.shown |= dict.fromkeys(keys)
        while len(self.shown) > ROOM:
            self.shown.pop(next(iter(self.shown)))


def vanished(before: Sequence[str], now: Sequence[str], *, full: bool) -> list[str]:
    """Which posts of the page `before` should still be in the page `now`, but are not.

    Ids are opaque, so only order tells: what stood above a post that is still there. In a page that
    is not full nothing was pushed out, so everything that is missing counts.
    """
    here = set(now)
    last = max((at for at, key in enumerate(before) if key in here), default=-1)
    reach = before[:last] if full else before
    return [key for key in reach if key not in here]


class Poller:
    """One round asks for the newest page of each hashtag, and for more where there is a gap."""

    def __init__(
        self,
        api: MastodonApi,
        memory: Memory,
        known: Known,
        trust: Trust,
        bulletin: Bulletin,
        *,
        tags: Sequence[str],
        read_before: frozenset[str],
        token: bool,
    ) -> None:
        self._api = api
        self._memory = memory
        self._known = known
        self._trust = trust
        self._bulletin = bulletin
        self._tracks = {tag: Track() for tag in tags}
        self._read_before = read_before
        self._token = token
        self._local = False

    async def round(self) -> list[Arrival]:
        """News of all hashtags, oldest post first. Raises AccessError when one may not be read."""
        pages = {tag: await self._newest(tag) for tag in self._tracks}
        self._report(pages)
        shown: list[Arrival] = []
        lost: list[str] = []
        new: list[str] = []
        for tag, page in pages.items():
            before = self._tracks[tag].page
            keys = [posted.post.key for posted in page.posts]
            lost += vanished(before, keys, full=page.size >= PAGE)
            new += [key for key in keys if key not in self._tracks[tag].shown]
            shown += [one for each in await self._pages(tag, page) for one in each.arrivals]
        self._trust.polled([one.post.key for page in pages.values() for one in page.posts], new)
        # Repost after post, and posts in the order of their making: so they are numbered.
        shown.sort(key=lambda one: one.post.created_at if isinstance(one, Posted) else one.seen_at)
        return self._memory.news(shown) + await self._confirm(lost)

    async def _pages(self, tag: str, newest: Page) -> list[Page]:
        """The newest page, and those that close the gap behind it."""
        track = self._tracks[tag]
        closed = await self._reaches_known(track, newest)
        pages = [newest] if closed else await self._walk(tag, newest)
        keys = [[posted.post.key for posted in page.posts] for page in pages]
        track.show([key for each in reversed(keys) for key in reversed(each)])
        track.page, track.read = keys[0], True
        return pages

    async def _newest(self, tag: str) -> Page:
        page, local = await newest_page(self._api, tag, local=self._local, token=self._token)
        if local and not self._local:
            self._bulletin.note("local", only_local(self._api.server))
        self._local = local
        return page

    async def _reaches_known(self, track: Track, page: Page) -> bool:
        """Whether its oldest post was polled before; at first, whether the wall holds it."""
        if not page.posts:
            return page.size == 0
        oldest = page.posts[-1]
        if oldest.post.key in track.shown:
            return True
        return not track.read and await self._holds(oldest)

    async def _holds(self, posted: Posted) -> bool:
        return await self._known.find(self._api.server, posted.local_id) is not None

    async def _walk(self, tag: str, newest: Page) -> list[Page]:
        """The pages back to what is known. `Link` may lose the query, or never end."""
        track, pages = self._tracks[tag], [newest]
        seen = {posted.post.key for posted in newest.posts}
        most = GAP_PAGES if track.read or tag in self._read_before else FIRST_PAGES
        while len(pages) < most and pages[-1].oldest_id is not None:
            page = await self._api.page(tag, before=pages[-1].oldest_id, local=self._local)
            keys = {posted.post.key for posted in page.posts}
            if keys <= seen:
                break
            seen |= keys
            pages.append(page)
            if most == GAP_PAGES:
                self._bulletin.state(Condition.BEHIND, f"Catching up with #{tag}.")
                if await self._reaches_known(track, page):
                    break
        return pages

    async def _confirm(self, lost: Sequence[str]) -> list[Arrival]:
        """Ask for posts that left a page: deleted, or changed so that they no longer belong."""
        news: list[Arrival] = []
        for key in dict.fromkeys(lost[:CONFIRMED]):
            said = self._memory.said(key)
            if said is not None:
                word = await self._api.status(said.local_id)
                news += judge(self._memory, word, key, said.local_id, origin=said.origin)
        return news

    def _report(self, pages: dict[str, Page]) -> None:
        server = self._api.server
        nameless = [tag for tag, page in pages.items() if not page.known]
        bad = sum(len(page.bad) for page in pages.values())
        self._bulletin.note("unknown", unknown(server, nameless) if nameless else "")
        self._bulletin.note("unreadable", unreadable(bad) if bad else "")


async def newest_page(api: MastodonApi, tag: str, *, local: bool, token: bool) -> tuple[Page, bool]:
    """The newest page, and whether it holds local posts only.

    Anonymous readers who may not have everything get that (Mastodon 4.5 opens the two apart; older
    servers answer 422 instead of 401). Raises DeniedError with what to do.
    """
    try:
        return await api.page(tag, local=local), local
    except DeniedError as error:
        if token or local or error.status == 403:
            raise denial(api.server, error.status, token=token) from error
    try:
        return await api.page(tag, local=True), True
    except DeniedError as error:
        raise denial(api.server, error.status, token=token) from error


def judge(
    memory: Memory, word: Posted | Gone | None, key: str, local_id: str, *, origin: bool
) -> list[Arrival]:
    """What a server's word about a post of the wall means: deleted, changed, or nothing."""
    if isinstance(word, Gone):
        return [memory.delete(local_id, word.at, key=key, origin=origin)]
    heard = memory.hear(word, held=True) if word is not None else None
    return [heard] if heard is not None else []
