"""What one screen has said of itself: whether it is there, what it has painted, and how quickly. No I/O."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from app.live.protocol import Seen

LATE_S = 15.0
"""Pages report every 5 s at least: of one that has said nothing for so long nobody knows what it shows."""
PAINTS_KEPT = 200


@dataclass(slots=True)
class _Page:
    """One connection of the screen. `heard`: seconds of a clock that never goes back."""

    heard: float
    seq: int = -1


class Attendance:
    """One screen's pages and reports: mostly one page, two while a lost connection was not noticed.

    `now` is the time of day, `tick` a second of a clock that never goes back.
    """

    def __init__(self, lost_at: datetime | None = None) -> None:
        """`lost_at`: since when it is away; None when it was never here."""
        self._pages: dict[object, _Page] = {}
        self._left_at = lost_at
        self._since: datetime | None = None
        self._seen: int | None = None
        self._seen_at: datetime | None = None
        self._heard = 0.0
        self._paints: deque[float] = deque(maxlen=PAINTS_KEPT)
        self._up_s: float | None = None
        self._heap_mb: float | None = None

    def join(self, line: object, now: datetime, tick: float) -> None:
        """A page is connected."""
        if not self._pages:
            self._since = now
        self._pages[line] = _Page(tick)

    def leave(self, line: object, now: datetime) -> None:
        """A page has gone."""
        if self._pages.pop(line, None) is not None and not self._pages:
            self._left_at = now

    def hear(self, line: object, seen: Seen, now: datetime, tick: float) -> None:
        """A page reports."""
        page = self._pages[line]
        if seen.painted_ms is not None and seen.seq > page.seq:
            self._paints.append(seen.painted_ms)
        page.heard, page.seq = tick, seen.seq
        self._heard, self._seen_at = tick, now
        self._up_s = seen.up_s if seen.up_s is not None else self._up_s
        self._heap_mb = seen.heap_mb if seen.heap_mb is not None else self._heap_mb
        self._seen = min(one.seq for one in self._alive(tick))

    def painted(self, tick: float) -> tuple[int, float] | None:
        """The seq that all its pages have painted, and when that was last said; None while that is not known."""
        seqs = [page.seq for page in self._alive(tick)]
        return (min(seqs), self._heard) if seqs and min(seqs) >= 0 else None

    @property
    def came(self) -> bool:
        """Whether it ever was here."""
        return self._since is not None

    def online(self, tick: float) -> bool:
        """Whether it is connected, and says so."""
        return any(self._alive(tick))

    def silent_s(self, tick: float) -> float | None:
        """Seconds since it was heard of; None when it never was."""
        return tick - self._heard if self._seen_at else None

    def as_json(self, tick: float) -> dict[str, Any]:
        """As the crew is told."""
        online, paints = self.online(tick), sorted(self._paints)
        return {
            "online": online,
            "since": self._since if online else None,
            "seen": self._seen,
            "seen_at": self._seen_at,
            "painted_ms": round(paints[int(0.95 * (len(paints) - 1))]) if paints else None,
            "painted_p50_ms": round(median(paints)) if paints else None,
            "up_s": self._up_s,
            "heap_mb": self._heap_mb,
            "lost_at": None if online else (self._seen_at if self._pages else self._left_at),
        }

    def _alive(self, tick: float) -> Iterator[_Page]:
        return (page for page in self._pages.values() if tick - page.heard <= LATE_S)
