"""How one source is doing: what it says itself, and that it is silent though a sign of life was due."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from app import metrics
from app.ports import Clock, Condition, Health

GRACE_S = 30.0
"""After a sign was due, before a source counts as silent: one slow answer takes 20 s."""

START_S = 20.0
"""A run that has begun owes its first sign within this time."""

LOOK_S = 5.0
"""Between two looks for sources that have fallen silent: with GRACE_S, within 60 s."""

OWES_SIGNS = frozenset({Condition.STARTING, Condition.LIVE, Condition.BEHIND, Condition.WAITING})

log = structlog.get_logger()


@dataclass(slots=True)
class SourceState:
    """How one source is doing, for the desk."""

    name: str
    health: Health = field(default_factory=lambda: Health(Condition.STARTING))
    since: datetime | None = None
    """When this condition began."""
    last_arrival_at: datetime | None = None
    heard_at: datetime | None = None
    """The network's last sign of life."""
    failures: int = 0
    """Errors in a row."""


class Vitals:
    """A `ports.Report` that keeps the state of one source, and tells metrics and the log."""

    def __init__(self, wall: str, name: str, clock: Clock) -> None:
        self.state = SourceState(name, since=clock.now())
        self._wall = wall
        self._clock = clock
        self._said = self.state.health
        self._due = math.inf
        """When the next sign is due, in monotonic seconds."""
        self._measure(self._said.condition)

    def __call__(self, health: Health) -> None:
        """What the source says of itself. That a failed one begins anew does not make it better."""
        if health.condition is Condition.STARTING and self.state.failures:
            return
        if health.until is not None:
            wait = health.until - self._clock.now()
            self._promise(wait.total_seconds() + START_S)
        self._said = health
        self.look()

    def alive(self, within_s: float) -> None:
        """As `ports.Report.alive`."""
        now = self._clock.now()
        self.state.heard_at = now
        metrics.source_heard.labels(self._wall, self.state.name).set(now.timestamp())
        self._promise(within_s)
        self.look()

    def begin(self) -> None:
        """A run begins: what was promised by the last one is void."""
        self._due = self._clock.monotonic() + START_S

    def arrived(self, count: int) -> None:
        """A batch was committed: nothing is wrong any more."""
        self._fail(0)
        if count:
            self.state.last_arrival_at = self._clock.now()
            metrics.arrivals.labels(self._wall, self.state.name).inc(count)

    def failed(self, health: Health, kind: str) -> None:
        """A run ended by a fault; `kind` is the last word of its code."""
        metrics.source_faults.labels(self._wall, self.state.name, kind).inc()
        self._fail(self.state.failures + 1)
        self._said = health
        self.look()

    def look(self) -> None:
        """Compare what was promised with the time."""
        late = self._clock.monotonic() - self._due >= GRACE_S
        silent = late and self._said.condition in OWES_SIGNS
        self._show(Health(Condition.STALE, self._silence()) if silent else self._said)

    def _silence(self) -> str:
        name = self.state.name.partition(":")[2] or self.state.name
        if self.state.heard_at is None:
            return f"Nothing heard from {name} yet."
        seconds = (self._clock.now() - self.state.heard_at).total_seconds()
        return f"Nothing heard from {name} for {seconds:.0f} s."

    def _promise(self, within_s: float) -> None:
        self._due = max(self._due, self._clock.monotonic() + within_s)

    def _fail(self, failures: int) -> None:
        self.state.failures = failures
        metrics.source_failures.labels(self._wall, self.state.name).set(failures)

    def _show(self, health: Health) -> None:
        before, self.state.health = self.state.health, health
        if health.condition is not before.condition:
            self.state.since = self._clock.now()
            self._measure(health.condition)
        if _worth_a_line(before, health):
            log.info(
                "source.health",
                wall=self._wall,
                source=self.state.name,
                condition=health.condition.value,
                detail=health.detail,
            )

    def _measure(self, now: Condition) -> None:
        up = now in (Condition.LIVE, Condition.BEHIND)
        metrics.source_up.labels(self._wall, self.state.name).set(up)
        for one in Condition:
            labels = (self._wall, self.state.name, one.value)
            metrics.source_condition.labels(*labels).set(one is now)


def _worth_a_line(before: Health, now: Health) -> bool:
    """Silence is told once, though its sentence counts the seconds."""
    if before.condition is now.condition is Condition.STALE:
        return False
    return replace(before, until=None) != replace(now, until=None)


async def watch(sources: Sequence[Vitals], clock: Clock) -> None:
    """Look for sources that have fallen silent; without end."""
    while True:
        for one in sources:
            one.look()
        await clock.sleep(LOOK_S)
