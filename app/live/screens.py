"""The screens at the venue: which are connected here, what each has painted, and what each is told."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from app import metrics
from app.domain.identity import from_ms
from app.domain.screen import Screen
from app.errors import HallwayError
from app.live.attendance import Attendance
from app.live.proofs import Proofs
from app.live.protocol import screen_frame, seen_of
from app.ports import Clock
from app.storage.screens import ScreenTable
from app.storage.store import Store

LOOK_EVERY_S = 3.0
"""What another process asked of a screen reaches it after this time at the latest."""

log = structlog.get_logger()


class Told(Protocol):
    """A line that takes a frame beside the wall's own."""

    def say(self, frame: bytes) -> None:
        """Send this frame once nothing of the wall waits; a newer one takes its place."""
        ...


@dataclass(slots=True)
class _Known:
    """A screen, what it said of itself here, and the lines to its pages."""

    screen: Screen
    attendance: Attendance
    lines: set[Told] = field(default_factory=set)

    @property
    def opened(self) -> bool:
        """Whether a browser is this screen: one that came here may have signed in after the store was read."""
        return self.screen.opened or self.attendance.came

    def as_json(self, tick: float) -> dict[str, Any]:
        """As the crew is told: what was asked of it, and how it is."""
        screen = self.screen
        asked = {
            "id": screen.id,
            "name": screen.name,
            "room": screen.room,
            "opened": self.opened,
            "state": screen.state.model_dump(),
            "identify_until": from_ms(screen.identify_ms) if screen.identify_ms else None,
        }
        return asked | self.attendance.as_json(tick)


class Screens:
    """The screens of all walls. What they are called and asked is in the store; what they report is kept here only."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        moved: asyncio.Event,
        public_at: Callable[[str], tuple[int, int]],
    ) -> None:
        """`moved` is set when the crew has something to see at once.

        `public_at` gives the seq of a wall's last change that the public can see, and the seq up to which that is known.
        """
        self._store, self._clock, self._moved, self._public_at = store, clock, moved, public_at
        self._began = clock.now()
        self._known: dict[str, _Known] = {}
        self._proofs: dict[str, Proofs] = {}
        self._looking = asyncio.Lock()

    # what is asked of them

    async def run(self) -> None:
        """Follow what is asked of screens, by other processes too; without end."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except HallwayError as error:  # the store may come back: they go on as they are
                log.warning("screens.look_failed", error=str(error))

    async def look(self) -> None:
        """Read what is asked, and tell the screens for which that is new."""
        async with self._looking:  # else what was read first might be taken last
            async with self._store.read() as reading:
                found = {screen.id: screen for screen in await ScreenTable(reading).all()}
            for id_ in self._known.keys() - found.keys():
                gone = self._known.pop(id_)
                self._proofs_of(gone.screen.wall).forget(id_)
                self._moved.set()
            for screen in found.values():
                self._take(screen)

    async def wall_of(self, id_: str) -> str:
        """On which wall a screen hangs, also one that was made elsewhere a moment ago; "" when there is none."""
        if id_ not in self._known:
            await self.look()
        return self._known[id_].screen.wall if id_ in self._known else ""

    def _take(self, screen: Screen) -> None:
        known = self._known.get(screen.id)
        if known is None:
            # what it has shown since before this process began, nobody knows
            lost_at = self._began if screen.opened else None
            self._known[screen.id] = _Known(screen, Attendance(lost_at))
        elif known.screen != screen:
            known.screen = screen
            for line in known.lines:
                line.say(screen_frame(screen, self._clock.now()))
        else:
            return
        self._moved.set()

    # their pages

    @contextmanager
    def page(self, id_: str, line: Told) -> Iterator[Callable[[bytes], None] | None]:
        """A page of a screen is connected. Gives what takes its reports; None when there is no such screen any more."""
        known = self._known.get(id_)
        if known is None:
            yield None
            return
        known.attendance.join(line, self._clock.now(), self._clock.monotonic())
        known.lines.add(line)
        line.say(screen_frame(known.screen, self._clock.now()))
        self._moved.set()
        try:
            yield lambda text: self._hear(known, line, text)
        finally:
            known.lines.discard(line)
            known.attendance.leave(line, self._clock.now())
            self._moved.set()

    def _hear(self, known: _Known, line: Told, text: bytes) -> None:
        seen, now = seen_of(text), self._clock.monotonic()
        _, read_to = self._public_at(known.screen.wall)
        if seen is None or seen.seq > read_to:  # a number of before the wall began anew
            return
        known.attendance.hear(line, seen, self._clock.now(), now)
        self._prove(known)

    # the proof that something is gone

    def expect(self, wall: str, seq: int, post: str) -> None:
        """The change `seq` took a post away: call it at once after the commit. Every screen that may show it has to paint that."""
        opened = [id_ for id_, known in self._of(wall) if known.opened]
        self._proofs_of(wall).expect(seq, post, self._clock.monotonic(), opened)
        self._moved.set()

    def check(self) -> None:
        """Look at the proofs that are open: a page that held one up may have gone."""
        for wall, proofs in self._proofs.items():
            if proofs.open:
                proofs.nothing_between(*self._public_at(wall))
                for _, known in self._of(wall):
                    self._prove(known)

    def _prove(self, known: _Known) -> None:
        painted = known.attendance.painted(self._clock.monotonic())
        proofs = self._proofs_of(known.screen.wall)
        if painted is not None and proofs.painted(known.screen.id, *painted):
            self._moved.set()

    # what is told of them

    def told(self, wall: str) -> list[dict[str, Any]]:
        """The screens of a wall as the crew is told."""
        tick = self._clock.monotonic()
        return [known.as_json(tick) for _, known in self._of(wall)]

    def proofs(self, wall: str) -> list[dict[str, Any]]:
        """The newest proofs as the crew is told, oldest first."""
        names = {id_: known.screen.name for id_, known in self._of(wall)}
        return self._proofs_of(wall).as_json(names)

    def measure(self) -> None:
        """Set the gauges."""
        tick = self._clock.monotonic()
        metrics.screens_online.clear()
        metrics.screen_silence.clear()
        for known in self._known.values():
            screen, attendance = known.screen, known.attendance
            metrics.screens_online.labels(screen.wall).inc(attendance.online(tick))
            if (silent_s := attendance.silent_s(tick)) is not None:
                metrics.screen_silence.labels(screen.wall, screen.name).set(silent_s)

    def _of(self, wall: str) -> list[tuple[str, _Known]]:
        return [(id_, known) for id_, known in self._known.items() if known.screen.wall == wall]

    def _proofs_of(self, wall: str) -> Proofs:
        return self._proofs.setdefault(wall, Proofs())
