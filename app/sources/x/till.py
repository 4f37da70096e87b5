"""The one way to ask X for posts: what a question may cost is set aside and written down first."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

import anyio

from app.errors import SourceError
from app.ports import Clock
from app.sources.x.client import costs_nothing
from app.sources.x.ledger import Ledger
from app.sources.x.page import Page

ROOM = 5000
"""Posts of which is remembered when they were last read with all that belongs to them."""


class Till:
    """Asks when there is money for the worst case, and settles by what came.

    Who reckons what a question may cost, and asks it, stands at the `counter` meanwhile.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        save: Callable[[], Awaitable[None]],
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        """`save` writes the ledger down, `tell` says how it stands."""
        self.ledger = ledger
        self.clock = clock
        self._save = save
        self._tell = tell
        self._whole: dict[str, date] = {}
        self.counter = anyio.Lock()
        """One at a time: what a question under way holds must not look spent to another."""

    def worst(self, ids: Sequence[str], each: int) -> int:
        """The most that looking these up may cost: one more version of what was read today."""
        today = self.clock.now().date()
        return sum(1 if self._whole.get(one) == today else each for one in ids)

    def unpaid(self, ids: Sequence[str]) -> int:
        """What it costs to ask only whether they are still there."""
        now = self.clock.now()
        return sum(not self.ledger.paid(one, now) for one in ids)

    async def spend(
        self, slot: str, units: int, ask: Callable[[], Awaitable[Page]], *, keep: int = 0
    ) -> Page | None:
        """The answer; None, and nothing is asked, when `units` are not to be had."""
        if not await self.hold(slot, units, keep=keep):
            return None
        try:
            page = await ask()
        except SourceError as error:
            if costs_nothing(error):
                self.release(slot)
            raise
        self.settle(page)
        self.release(slot)
        return page

    async def hold(self, slot: str, units: int, *, keep: int = 0) -> bool:
        """Set money aside, and write that down; False when it is not there."""
        if not self.ledger.hold(slot, units, self.clock.now(), keep=keep):
            return False
        self._tell()
        if self.ledger.unwritten:
            await self._save()
        return True

    def release(self, slot: str) -> None:
        """What was set aside is not needed any more."""
        self.ledger.release(slot)
        self._tell()

    def settle(self, page: Page) -> None:
        """Count what an answer, or a line of a stream, brought."""
        now = self.clock.now()
        self.ledger.settle(page.posts_read, page.users_read, now)
        for one in page.ids if page.users_read else ():
            self._whole.pop(one, None)
            self._whole[one] = now.date()
        while len(self._whole) > ROOM:
            self._whole.pop(next(iter(self._whole)))
