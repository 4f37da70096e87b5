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


def in_words(span_s: float) -> str:
    """How long that is: `14 seconds`, `3 minutes`."""
    if span_s <= 90:
        seconds = math.ceil(span_s)
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(span_s / 60)} minutes"
