"""Where reading X goes on after a restart, as the cursor keeps it: ids and money. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from app.sources.shapes import as_dict
from app.sources.x.ledger import Ledger
from app.sources.x.parse import Page, made_at
from app.sources.x.parts import post_id

REACH = timedelta(days=7) - timedelta(minutes=10)
"""Recent search knows the last seven days; older ids are refused."""


@dataclass(slots=True)
class State:
    """A search has read everything up to `since`. Amid pages: `newest` down to `until` too."""

    ledger: Ledger
    since: str = ""
    until: str = ""
    newest: str = ""

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
        """`{"since": "1990…", "until": "", "newest": "", "money": {…}}`"""
        ids = {"since": self.since, "until": self.until, "newest": self.newest}
        return orjson.dumps(ids | {"money": self.ledger.write()}).decode()

    def read(self, cursor: str | None, now: datetime) -> None:
        """Take over a cursor; one that makes no sense counts as none."""
        try:
            data = as_dict(orjson.loads(cursor or "{}"))
        except orjson.JSONDecodeError:
            return
        self.since = post_id(data.get("since"))
        self.until = post_id(data.get("until"))
        self.newest = post_id(data.get("newest"))
        self.ledger.read(as_dict(data.get("money")), now)
