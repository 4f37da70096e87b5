"""What of X's answers is worth saying: new, changed, and never an older version after a newer. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from app.domain.arrival import Arrival, AuthorGone, Posted, Reposted
from app.domain.post import Post
from app.ports import KnownPost
from app.sources.memory import Memory, edited
from app.sources.x.page import Page
from app.sources.x.parse import post_key
from app.sources.x.parts import author_key, post_id
from app.sources.x.retweets import Retweets


class News:
    """The memory of one run, with the versions of posts, and who passed them on by which post."""

    def __init__(self, server: str, tags: frozenset[str], retweets: Retweets) -> None:
        self._server = server
        self._memory = Memory(server, tags)
        self._retweets = retweets
        self._authors_gone: frozenset[str] = frozenset()

    def __contains__(self, key: object) -> bool:
        return key in self._memory

    def of(self, page: Page, *, held: bool = False) -> list[Arrival]:
        """Oldest first, reposts last. `held`: the wall holds these posts."""
        posts = [one for one in page.arrivals if isinstance(one, Posted)]
        posts.sort(key=lambda one: one.post.created_at)
        heard = (self._hear(one, held=held) for one in posts)
        news: list[Arrival] = [one for one in heard if one is not None]
        for one in page.arrivals:
            if isinstance(one, Reposted) and one.key in self._memory:
                news += self._memory.passed_on(one.key, [one], one.seen_at, whole=False)
        self._retweets.add(one for one in page.retweets if post_key(one.post) in self._memory)
        return news + self._authors(page)

    def _authors(self, page: Page) -> list[Arrival]:
        """Who is gone is said once, and again when they came back meanwhile."""
        news = page.authors_gone - self._authors_gone
        self._authors_gone = (self._authors_gone | news) - page.authors_there
        return [
            AuthorGone(server=self._server, seen_at=page.seen_at, author_key=one)
            for one in sorted(news)
        ]

    def _hear(self, posted: Posted, *, held: bool) -> Arrival | None:
        said = self._memory.said(posted.post.key)
        before = said.post if said is not None else None
        if before is None and not held and posted.post.visibility != "public":
            return None
        if before is not None and _version(posted.post) < _version(before):
            return None
        heard = self._memory.hear(posted, held=held)
        changed = before is not None and _version(posted.post) > _version(before)
        return edited(heard) if changed and isinstance(heard, Posted) else heard

    def newest(self, post: KnownPost) -> str:
        """The id by which to ask for a post: its newest version's, where that is known."""
        said = self._memory.said(post.key)
        return str(_version(said.post)) if said is not None else post.local_id

    def deleted(self, asked: Mapping[str, KnownPost], page: Page) -> list[Arrival]:
        """What of the posts that were asked for is no more."""
        gone = lost(asked.keys(), page)
        return [
            self._memory.delete(post.local_id, page.seen_at, key=post.key, origin=True)
            for one, post in asked.items()
            if one in gone
        ]

    def retweets_of(self, posts: Iterable[KnownPost]) -> list[str]:
        """The posts by which these were passed on, as far as it is remembered."""
        return self._retweets.of({post.key for post in posts})

    def taken_back(self, asked: Collection[str], page: Page) -> list[Arrival]:
        """Whose retweets, of those that were asked for, are no more."""
        return [
            self._memory.taken_back(post_key(one.post), author_key(one.user), page.seen_at)
            for one in self._retweets.pop(sorted(lost(asked, page)))
        ]


def lost(asked: Collection[str], page: Page) -> frozenset[str]:
    """The ids that are no more. One that is left out without a word counts only where others were answered."""
    gone = page.gone & frozenset(asked)
    if not page.ids:
        return gone
    return gone | (frozenset(asked) - page.ids - page.unsure)


def _version(post: Post) -> int:
    """The id in its address is the newest version's; ids grow."""
    return int(post_id(post.url.rpartition("/")[2]) or 0)


def chunks(posts: Iterable[KnownPost], size: int) -> list[Sequence[KnownPost]]:
    """Parts of at most `size`, in order; those without a usable id are left out."""
    usable = [post for post in posts if post_id(post.local_id)]
    return [usable[at : at + size] for at in range(0, len(usable), size)]
