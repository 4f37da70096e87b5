"""The seams between the rooms: what a source, a clock and the known posts look like to those who use them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.arrival import Batch


class Clock(Protocol):
    """Time, passed in so that tests own it."""

    def now(self) -> datetime:
        """The time of day in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; returns early only by cancellation."""
        ...


@dataclass(frozen=True, slots=True)
class KnownPost:
    """A post that the wall holds, as one server named it."""

    key: str
    server: str
    local_id: str
    origin: bool
    reposts: int
    """The repost count that this server last gave."""


class Known(Protocol):
    """What one wall holds already: read by sources to diff, to sweep and to name deletes."""

    async def on_display(self, server: str) -> Sequence[KnownPost]:
        """Posts of the public window that `server` has named, and those withheld until re-checked: pinned first, then newest."""
        ...

    async def off_display(self, server: str, *, after: str, limit: int) -> Sequence[KnownPost]:
        """Posts that are stored and no longer on display, by local id (as text) from behind `after` on."""
        ...

    async def reposters(self, server: str) -> Sequence[tuple[str, str]]:
        """Who passed on posts on display that `server` has named: accounts, each with the post's local id."""
        ...

    async def find(self, server: str, local_id: str) -> KnownPost | None:
        """The post that `server` calls `local_id` (exact), on display or not."""
        ...


class Condition(StrEnum):
    """How a source is doing, in one word."""

    STARTING = "starting"
    LIVE = "live"
    BEHIND = "behind"
    WAITING = "waiting"
    STALE = "stale"
    """It gave no sign of life though one was due; only the runner says this."""
    REFUSED = "refused"
    DOWN = "down"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Health:
    """A source's state as people read it."""

    condition: Condition
    detail: str = ""
    """One sentence, fit for a moderator: `fedi.example answers 401: it wants a token.`"""
    until: datetime | None = None
    """For WAITING: when it goes on."""


class Report(Protocol):
    """Where a source says how it is."""

    def __call__(self, health: Health) -> None: ...

    def alive(self, within_s: float) -> None:
        """The network gave a sign of life (a good answer, a frame), and the next is due in `within_s` seconds.

        What was promised for later stays promised. A source that promises nothing counts as silent.
        """
        ...


class Source(Protocol):
    """An adapter that yields arrivals from one network for one wall."""

    name: str
    """Unique within a wall, and stable: the cursor is stored under it. `mastodon:fedi.example`."""
    rechecks: bool
    """True when the source re-checks what is on display, so that stored posts wait for it after a restart."""

    def batches(self, cursor: str | None, known: Known, report: Report) -> AsyncIterator[Batch]:
        """Arrivals from `cursor` on, without end. The next batch is asked for once the last is committed.

        Raises SourceError when it cannot go on; the runner backs off and calls it anew.
        """
        ...
