"""What is kept in memory beside the store, each part made anew after a restart: recent posts, and the storms they make."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.gist import Neighbours

MINUTE_MS = 60_000
BASE_MINUTES = 15
TIMES = 5
"""So many times what is usual is a storm, if it is also more than the wall's own number."""
COPIES_SHARE = 3
"""A third of the number is a storm already when all say the same."""
COUNTED_MOST = 20_000


@dataclass(slots=True)
class Storms:
    """When posts by people nobody knows came to one wall, as far as a storm is told from that."""

    came: deque[tuple[int, bool]] = field(default_factory=deque)
    """(ms, whether many others said the same), oldest first."""

    def count(self, now_ms: int, alike: bool) -> None:  # noqa: FBT001  # one of two kinds of post
        """A post by somebody nobody knows has come."""
        self.came.append((now_ms, alike))
        while self.came and self.came[0][0] < now_ms - (BASE_MINUTES + 1) * MINUTE_MS:
            self.came.popleft()

    def why(self, now_ms: int, most: int) -> str:
        """The sentence that says which storm this is; empty when it is none."""
        last = [alike for at_ms, alike in self.came if at_ms > now_ms - MINUTE_MS]
        usual = (len(self.came) - len(last)) / BASE_MINUTES
        copies = sum(last)
        if copies > max(3, most // COPIES_SHARE):
            return f"{copies} posts within a minute said nearly the same."
        if len(last) > max(most, TIMES * usual):
            return f"{len(last)} posts by people who are new here came within a minute."
        return ""


@dataclass(slots=True)
class Counted:
    """Posts of which something is not to be counted further, the newest, each with the number at which that ended."""

    most: dict[str, int] = field(default_factory=dict)

    def end(self, id_: str, number: int) -> None:
        """Nobody asks beyond this number."""
        self.most[id_] = number
        if len(self.most) > COUNTED_MOST:
            del self.most[next(iter(self.most))]

    def without(self, ids: Iterable[str], number: int) -> set[str]:
        """Those of these posts that may still be counted, up to this number."""
        return {id_ for id_ in ids if self.most.get(id_, -1) < number}


@dataclass(slots=True)
class Memory:
    """The newest posts of every wall, the storms they make, and the posts of which nothing more is to be counted."""

    neighbours: dict[str, Neighbours] = field(default_factory=dict)
    storms: dict[str, Storms] = field(default_factory=dict)
    copied: Counted = field(default_factory=Counted)
    paced: Counted = field(default_factory=Counted)

    def storm(self, slug: str, now_ms: int, most: int) -> str:
        """The sentence that says which storm a wall is in; empty when it is in none."""
        storms = self.storms.get(slug)
        return storms.why(now_ms, most) if storms else ""
