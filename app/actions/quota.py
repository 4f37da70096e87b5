"""How often somebody may do something: counted in memory, forgotten when its time is over."""

import math
from collections import OrderedDict, deque

from app.ports import Clock


class Quota:
    """At most `limit` times in any `within_s` seconds for each name."""

    def __init__(self, limit: int, within_s: float, clock: Clock) -> None:
        self._limit, self._within_s, self._clock = limit, within_s, clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, name: str) -> float:
        """Seconds until this name may once more; 0 when it may now."""
        now = self._forget_old()
        times = self._times.get(name)
        if times is None or len(times) < self._limit:
            return 0.0
        return max(0.0, times[0] + self._within_s - now)

    def count(self, name: str) -> None:
        """This name did it now."""
        now = self._forget_old()
        self._times.setdefault(name, deque(maxlen=self._limit)).append(now)
        self._times.move_to_end(name)

    def __len__(self) -> int:
        """How many names are remembered."""
        return len(self._times)

    def _forget_old(self) -> float:
        """Who was here last is at the end: so what is over is at the front."""
        now = self._clock.monotonic()
        while self._times:
            name = next(iter(self._times))
            if self._times[name][-1] + self._within_s > now:
                break
            del self._times[name]
        return now


class Brake:
    """Lets a name try a few times in a row; then it waits, each time twice as long, until it succeeds or leaves it for a while."""

    def __init__(self, clock: Clock, *, free: int, most_s: float, forget_s: float) -> None:
        self._clock, self._free = clock, free
        self._most_s, self._forget_s = most_s, forget_s
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_s(self, name: str) -> float:
        """Seconds until this name may try; 0 when it may now."""
        many, last = self._tries.get(name, (0, 0.0))
        if many < self._free:
            return 0.0
        pause = min(self._most_s, 2.0 ** min(many - self._free, 30))
        return max(0.0, last + pause - self._forget_old())

    def count(self, name: str) -> None:
        """This name tries now: said before it is known how that ends, so that many at once are many."""
        now = self._forget_old()
        many, _ = self._tries.pop(name, (0, 0.0))
        self._tries[name] = (many + 1, now)

    def forgive(self, name: str) -> None:
        """The last try was good; those before it count on."""
        many, last = self._tries.get(name, (0, 0.0))
        if many > 1:
            self._tries[name] = (many - 1, last)
        else:
            self._tries.pop(name, None)

    def clear(self, name: str) -> None:
        """Whoever it is has shown who they are."""
        self._tries.pop(name, None)

    def __len__(self) -> int:
        """How many names are remembered."""
        return len(self._tries)

    def _forget_old(self) -> float:
        now = self._clock.monotonic()
        while self._tries:
            name = next(iter(self._tries))
            if self._tries[name][1] + self._forget_s > now:
                break
            del self._tries[name]
        return now


def in_words(span_s: float) -> str:
    """How long that is: `14 seconds`, `3 minutes`."""
    if span_s <= 90:
        seconds = math.ceil(span_s)
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(span_s / 60)} minutes"
