"""How fast a server may be asked: what its headers say, and our own pace below that. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT_S = 900.0
"""No header makes us wait longer: 15 min is Mastodon's longest window (rack_attack.rb)."""

EPOCH_FLOOR = 1_000_000_000.0
"""A bare number above this is an epoch time in seconds; below, a number of seconds to wait."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What `X-RateLimit-*` said; None for what it did not say."""

    limit: int | None = None
    remaining: int | None = None
    resets_in_s: float | None = None


def read_quota(headers: Mapping[str, str], now: datetime) -> Quota:
    """The quota in an answer's headers; `now` stands in when the server tells no `Date`."""
    return Quota(
        limit=_whole(headers.get("x-ratelimit-limit")),
        remaining=_whole(headers.get("x-ratelimit-remaining")),
        resets_in_s=_until(headers.get("x-ratelimit-reset"), _server_time(headers, now)),
    )


def wait_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a 429 or 503 asks to wait: `X-RateLimit-Reset`, then `Retry-After`, then None.

    Reset is ISO 8601 on Mastodon and GoToSocial, epoch seconds elsewhere; Retry-After is seconds
    or an HTTP date. Times count from the server's own `Date`, so clocks may differ.
    """
    server_now = _server_time(headers, now)
    for name in ("x-ratelimit-reset", "retry-after"):
        wait = _until(headers.get(name), server_now)
        if wait is not None:
            return wait
    return None


def clock_of(headers: Mapping[str, str]) -> datetime | None:
    """The time on the server's clock now: `Date`, and how long a cache has held the answer since."""
    date = _time(headers.get("date"))
    return date + read_age(headers) if date is not None else None


def read_age(headers: Mapping[str, str]) -> timedelta:
    """How long a cache has held the answer (`Age`, RFC 9111); nothing when it does not say."""
    age = _whole(headers.get("age"))
    return timedelta(seconds=min(age or 0, LONGEST_WAIT_S))


def _server_time(headers: Mapping[str, str], now: datetime) -> datetime:
    return _time(headers.get("date")) or now


def _until(value: str | None, server_now: datetime) -> float | None:
    """Seconds from `server_now`; None for nonsense and for what lies in the past."""
    if value is None:
        return None
    seconds = _number(value)
    if seconds is None or seconds > EPOCH_FLOOR:
        moment = _time(value) if seconds is None else _from_epoch(seconds)
        if moment is None:
            return None
        seconds = (moment - server_now).total_seconds()
    return min(seconds, LONGEST_WAIT_S) if seconds >= 0 else None


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: str | None) -> int | None:
    number = _number(value) if value is not None else None
    return int(number) if number is not None and number >= 0 else None


def _from_epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _time(value: str | None) -> datetime | None:
    """An ISO 8601 time or an HTTP date."""
    if value is None:
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(value.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


@dataclass(slots=True)
class Bucket:
    """A token bucket that lends: a request goes after `take` seconds, later ones behind it."""

    size: float
    """Requests that may go at once."""
    per_s: float
    """Requests that come back each second."""
    tokens: float = field(init=False)
    at: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.tokens = self.size

    def take(self, now: float) -> float:
        """Take one request at `now` (monotonic seconds); how many seconds it has to wait."""
        if self.at is not None:
            self.tokens = min(self.size, self.tokens + (now - self.at) * self.per_s)
        self.at = now
        self.tokens -= 1
        return max(0.0, -self.tokens / self.per_s)


@dataclass(slots=True)
class Pace:
    """Our own pace to one server, beneath Mastodon's limits (config/initializers/rack_attack.rb).

    300 requests in 5 min per token or address, and 300 in 15 min for paging (`max_id`, `min_id`,
    `since_id`, `page`). We use less: others may share our address. When the server says that little
    remains, what remains is spread over the time to the reset.
    """

    every: Bucket = field(default_factory=lambda: Bucket(size=60, per_s=0.8))
    paging: Bucket = field(default_factory=lambda: Bucket(size=60, per_s=0.2))
    low: float = 0.2
    """The share of the limit below which requests are spread out."""
    _gap_s: float = 0.0
    _not_before: float = 0.0
    _reset_at: float = 0.0
    _hold_until: float = 0.0

    def take(self, now: float, *, paging: bool = False) -> float:
        """Take one request at `now` (monotonic seconds); how many seconds it has to wait."""
        wait = self.every.take(now)
        if paging:
            wait = max(wait, self.paging.take(now))
        at = max(now + wait, self._not_before, self._hold_until)
        if at < self._reset_at:
            self._not_before = min(at + self._gap_s, self._reset_at)
        return at - now

    def hold(self, wait_s: float, now: float) -> None:
        """The server asked to wait: nobody asks it anything before."""
        self._hold_until = max(self._hold_until, now + wait_s)

    def held(self, now: float) -> float:
        """How many seconds nobody may ask."""
        return max(0.0, self._hold_until - now)

    def learn(self, quota: Quota, now: float) -> None:
        """Take in what the server said at `now`."""
        if quota.limit is None or quota.remaining is None or quota.resets_in_s is None:
            return
        if quota.remaining > quota.limit * self.low:
            self._gap_s = self._reset_at = 0.0
            return
        self._gap_s = quota.resets_in_s / max(quota.remaining, 1)
        self._reset_at = now + quota.resets_in_s
        self._not_before = max(self._not_before, now + self._gap_s)
