"""What of X's answers is worth saying: new, changed, and never an older version after a newer. Pure."""

from collections.abc import Iterable, Sequence

from app.domain.arrival import Arrival, Deleted, Posted, Reposted
from app.domain.post import Post
from app.ports import KnownPost
from app.sources.memory import Memory, edited
from app.sources.x.parse import Page
from app.sources.x.parts import post_id


class News:
    """The memory of one run, with the versions of posts."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

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
        return news

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

    def deleted(self, asked: dict[str, KnownPost], page: Page) -> list[Deleted]:
        """What of the posts that were asked for is no more.

        A post that is left out without a word counts only where others were answered.
        """
        gone = page.gone & asked.keys()
        if page.ids & asked.keys():
            gone |= asked.keys() - page.ids - page.unsure
        return [
            self._memory.delete(post.local_id, page.seen_at, key=post.key, origin=True)
            for one, post in asked.items()
            if one in gone
        ]


def _version(post: Post) -> int:
    """The id in its address is the newest version's; ids grow."""
    return int(post_id(post.url.rpartition("/")[2]) or 0)


def chunks(posts: Iterable[KnownPost], size: int) -> list[Sequence[KnownPost]]:
    """Parts of at most `size`, in order; those without a usable id are left out."""
    usable = [post for post in posts if post_id(post.local_id)]
    return [usable[at : at + size] for at in range(0, len(usable), size)]
