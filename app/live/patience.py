"""Who takes nothing any more, and who has said goodbye: for how long that is borne."""

from dataclasses import dataclass

from app.live.chain import Place
from app.live.line import Line

STALLED_S = 15.0
"""A viewer whose socket takes nothing for this long is cut; it resumes by seq when it can."""
BACKLOG = 256 * 1024
"""Bytes of changes that may pass by a viewer whose socket takes nothing."""
GOODBYE_S = 10.0
"""How long a page may take to answer a close frame."""


@dataclass(slots=True)
class _Stuck:
    place: Place
    waiting: int
    since: float
    volume: int


class Patience:
    """The viewers that do not keep up. Times are seconds of one clock that never goes back."""

    def __init__(self) -> None:
        self._stuck: dict[Line, _Stuck] = {}
        self._leaving: dict[Line, float] = {}

    def __contains__(self, line: Line) -> bool:
        return line in self._stuck

    def __len__(self) -> int:
        return len(self._stuck)

    @property
    def backlog(self) -> int:
        """Bytes that wait for stuck viewers."""
        return sum(line.waiting() for line in self._stuck)

    def stuck(self, line: Line, place: Place, now: float, volume: int) -> None:
        """Its socket did not take all. `volume`: the bytes of all changes so far."""
        self._stuck[line] = _Stuck(place, line.waiting(), now, volume)

    def freed(self, line: Line) -> Place | None:
        """All it kept has gone: where it stands; None when it was not stuck."""
        stuck = self._stuck.pop(line, None)
        return stuck.place if stuck else None

    def leaving(self, line: Line, now: float) -> None:
        """It has said goodbye and waits for the answer."""
        self._leaving[line] = now + GOODBYE_S

    def forget(self, line: Line) -> None:
        """It has gone."""
        self._stuck.pop(line, None)
        self._leaving.pop(line, None)

    def nowhere(self) -> None:
        """The numbers began anew: no stuck viewer stands anywhere in them."""
        for stuck in self._stuck.values():
            stuck.place = (-1, stuck.place[1])

    def farthest(self) -> int | None:
        """The lowest seq at which a stuck viewer stands."""
        return min((s.place[0] for s in self._stuck.values()), default=None)

    def over(self, now: float, volume: int) -> list[tuple[Line, str]]:
        """Who must be cut now, and why: "stalled" or "backlog". Whoever takes anything gets time."""
        found = []
        for line, stuck in self._stuck.items():
            if (waiting := line.waiting()) < stuck.waiting:
                stuck.waiting, stuck.since, stuck.volume = waiting, now, volume
            elif now - stuck.since > STALLED_S:
                found.append((line, "stalled"))
            elif volume - stuck.volume > BACKLOG:
                found.append((line, "backlog"))
        return found

    def unanswered(self, now: float) -> list[Line]:
        """Who did not answer a goodbye."""
        return [line for line, until in self._leaving.items() if now > until]
