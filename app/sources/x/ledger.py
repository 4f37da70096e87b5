"""What reading X has cost and may cost: counted before it happens, kept across restarts. Pure.

The unit is the price of one post ($0.005). An author's profile costs two. The same post or profile is
charged once a UTC day. Whether what comes along in `includes` is charged is not written down anywhere:
it is counted. (X: x-api/getting-started/pricing.mdx.)
"""

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

from app.sources.shapes import as_count, as_dict, as_str

USER_COST = 2
MONTHLY_CAP = 3_000_000
"""Posts a month that pay-per-use allows."""

PAID_ROOM = 2_500
"""Posts and profiles of today that are remembered as paid; a forgotten one is counted again."""
_MARK = 4
"""Bytes kept of each."""


class Ledger:
    """Today's and this month's spending, what is held for questions under way, and what is paid."""

    def __init__(self, daily: int, monthly: int = MONTHLY_CAP) -> None:
        self.daily = daily
        self._monthly = min(monthly, MONTHLY_CAP)
        self._day = date.min
        self._month = (0, 0)
        self.used = 0
        self._month_used = 0
        self._held: dict[str, int] = {}
        self._paid: dict[bytes, None] = {}
        self._written: tuple[date, int] = (date.min, 0)
        self._writing: list[tuple[date, int]] = []

    def turn(self, now: datetime) -> None:
        """Begin a new day, and a new month, when it is time. What is held stays held."""
        today = now.astimezone(UTC).date()
        if today > self._day:
            self._day, self.used = today, 0
            self._paid.clear()
        if (month := (today.year, today.month)) > self._month:
            self._month, self._month_used = month, 0

    def left(self, now: datetime, slot: str = "") -> int:
        """What may still be spent today, beside what is held for others than `slot`."""
        self.turn(now)
        held = sum(units for name, units in self._held.items() if name != slot)
        return min(self.daily - self.used, self._monthly - self._month_used) - held

    def hold(self, slot: str, units: int, now: datetime, *, keep: int = 0) -> bool:
        """Set aside the most that a question may cost, leaving `keep`; False when it is not there.

        What an earlier question of the same slot holds, because its answer was lost, is not added:
        it asked for the same posts, and they are charged once.
        """
        if self.left(now, slot) - keep < units:
            return False
        self._held[slot] = max(self._held.get(slot, 0), units)
        return True

    def settle(self, posts: Iterable[str], users: Iterable[str], now: datetime) -> None:
        """Count what an answer brought; what was paid today costs nothing."""
        self.turn(now)
        cost = self._pay(posts, "p") + USER_COST * self._pay(users, "u")
        self.used += cost
        self._month_used += cost

    def release(self, slot: str) -> None:
        """The question was answered, or never arrived."""
        self._held.pop(slot, None)

    @property
    def held(self) -> int:
        """Set aside for questions whose answer is not there yet."""
        return sum(self._held.values())

    def paid(self, post: str, now: datetime) -> bool:
        """Whether this post can be asked for again at no cost."""
        self.turn(now)
        return _mark("p", post) in self._paid

    def _pay(self, names: Iterable[str], kind: str) -> int:
        """How many of them are new today; those seen last are remembered longest."""
        marks = {_mark(kind, name) for name in names}
        new = len(marks - self._paid.keys())
        for mark in marks:
            self._paid.pop(mark, None)
        self._paid |= dict.fromkeys(marks)
        while len(self._paid) > PAID_ROOM:
            self._paid.pop(next(iter(self._paid)))
        return new

    def opens_at(self, now: datetime) -> datetime:
        """When there is money again: the next day, or the next month, in UTC."""
        self.turn(now)
        midnight = datetime.combine(self._day + timedelta(days=1), datetime.min.time(), UTC)
        if self._monthly - self._month_used > self.daily - self.used:
            return midnight
        return datetime(
            self._day.year + self._day.month // 12, self._day.month % 12 + 1, 1, tzinfo=UTC
        )

    # --- on paper ---

    @property
    def unwritten(self) -> bool:
        """True when a restart, now or before all cursors under way are committed, would forget some
        of what is spent or held."""
        marks = (self._written, *self._writing)
        return any(day != self._day or self._total() > total for day, total in marks)

    def _mark(self) -> tuple[date, int]:
        """The day, and all that is spent and held of it."""
        return self._day, self._total()

    def wrote(self) -> None:
        """The oldest cursor under way is committed."""
        self._written = self._writing.pop(0)

    def _total(self) -> int:
        return self.used + self.held

    def write(self) -> dict[str, Any]:
        """As the cursor keeps it. Call `wrote` once it is committed; they are in order of writing."""
        self._writing.append(self._mark())
        return {
            "day": self._day.isoformat(),
            "used": self.used,
            "month_used": self._month_used,
            "held": dict(self._held),
            "paid": base64.b64encode(b"".join(self._paid)).decode(),
        }

    def read(self, data: Mapping[str, Any], now: datetime) -> None:
        """Take over what a cursor kept; what makes no sense counts as nothing.

        What it held for answers that never came counts until its day is over.
        """
        try:
            self._day = date.fromisoformat(as_str(data.get("day")))
            raw = base64.b64decode(as_str(data.get("paid")), validate=True)
        except ValueError:
            self._day = date.min
            return
        self._month = (self._day.year, self._day.month)
        self.used, self._month_used = as_count(data.get("used")), as_count(data.get("month_used"))
        held = as_dict(data.get("held")).items()
        self._held = {name: count for name, units in held if (count := as_count(units))}
        marks = (raw[at : at + _MARK] for at in range(0, len(raw) - len(raw) % _MARK, _MARK))
        self._paid = dict.fromkeys(marks)
        self._written = self._mark()
        if now.astimezone(UTC).date() > self._day:
            self._held.clear()
        self.turn(now)


def _mark(kind: str, name: str) -> bytes:
    return blake2b(f"{kind}{name}".encode(), digest_size=_MARK).digest()
