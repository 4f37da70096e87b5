"""Where reading X goes on after a restart, as the cursor keeps it: ids and money. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from app.sources.shapes import as_dict
from app.sources.x.ledger import Ledger
from app.sources.x.page import Page
from app.sources.x.parse import made_at
from app.sources.x.parts import post_id
from app.sources.x.retweets import Retweets, read_retweets

REACH = timedelta(days=7) - timedelta(minutes=10)
"""Recent search knows the last seven days; older ids are refused."""


_IDS = ("since", "until", "newest", "aside")


@dataclass(slots=True)
class State:
    """A search has read everything up to `since`. Amid pages: `newest` down to `until` too."""

    ledger: Ledger
    since: str = ""
    until: str = ""
    newest: str = ""
    aside: str = ""
    """The last post that was looked at of those that are no longer on display."""
    retweets: Retweets = field(default_factory=Retweets)

    def forget(self, now: datetime) -> None:
        """Forget what lies further back than searches reach."""
        made = made_at(self.since) if self.since else None
        if made is not None and made < now - REACH:
            self.since = self.until = self.newest = ""

    def advance(self, page: Page) -> bool:
        """Take a page in; True when there is more of it behind `next_token`.

        The first run reads one page. A page that does not reach further back ends it too.
        """
        self.newest = self.newest or page.newest_id or ""
        further = page.oldest_id is None or not self.until or int(page.oldest_id) < int(self.until)
        if page.next_token and self.since and further:
            self.until = page.oldest_id or self.until
            return True
        self.since = max(self.newest, self.since, key=lambda one: int(one or 0))
        self.until = self.newest = ""
        return False

    def write(self) -> str:
        """`{"since": "1990…", "until": "", "newest": "", "aside": "", "retweets": {…}, "money": {…}}`"""
        ids = {name: getattr(self, name) for name in _IDS}
        kept = {"retweets": self.retweets.write(), "money": self.ledger.write()}
        return orjson.dumps(ids | kept).decode()

    def read(self, cursor: str | None, now: datetime) -> None:
        """Take over a cursor; one that makes no sense counts as none."""
        try:
            data = as_dict(orjson.loads(cursor or "{}"))
        except orjson.JSONDecodeError:
            return
        for name in _IDS:
            setattr(self, name, post_id(data.get(name)))
        self.retweets = read_retweets(data.get("retweets"))
        self.ledger.read(as_dict(data.get("money")), now)
