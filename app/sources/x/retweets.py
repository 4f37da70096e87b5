"""By which posts others were passed on: one that is gone takes its author's name back. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from app.sources.shapes import as_dict
from app.sources.x.page import Retweet
from app.sources.x.parse import post_key
from app.sources.x.parts import post_id

ROOM = 500
"""Retweets remembered, across restarts too; of the oldest nobody hears that they were taken back."""


class Retweets:
    """The newest retweets by their own ids."""

    def __init__(self) -> None:
        self._known: dict[str, Retweet] = {}

    def add(self, found: Iterable[Retweet]) -> None:
        """Newest last; the oldest leave."""
        for one in found:
            if one.id and one.user:
                self._known.pop(one.id, None)
                self._known[one.id] = one
        while len(self._known) > ROOM:
            self._known.pop(next(iter(self._known)))

    def of(self, keys: Collection[str]) -> list[str]:
        """The ids of the retweets of these posts."""
        return [one.id for one in self._known.values() if post_key(one.post) in keys]

    def pop(self, gone: Iterable[str]) -> list[Retweet]:
        """Forget those that are gone, and say which they were."""
        found = (self._known.pop(one, None) for one in gone)
        return [one for one in found if one is not None]

    def write(self) -> dict[str, list[str]]:
        """`{"its own id": ["id of the post", "id of who did it"]}`, as the cursor keeps it."""
        return {one.id: [one.post, one.user] for one in self._known.values()}

    def read(self, data: Mapping[str, Any]) -> None:
        """Take over what a cursor kept; what makes no sense is left out."""
        for own, told in data.items():
            ids = [post_id(one) for one in told] if isinstance(told, list) else []
            if post_id(own) and len(ids) == 2 and all(ids):
                self.add([Retweet(own, *ids)])


def read_retweets(data: object) -> Retweets:
    """As a cursor kept them."""
    retweets = Retweets()
    retweets.read(as_dict(data))
    return retweets
