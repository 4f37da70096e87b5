"""Follows the conference's schedule: read again and again, handed on when it changed, the last good one kept."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from zoneinfo import ZoneInfo

from anyio import to_thread

from app.domain.arrival import Batch
from app.domain.wall import Session
from app.errors import UsageError
from app.ports import Clock, Condition, Known, Report
from app.programme.parse import parse_programme
from app.programme.places import Place
from app.programme.talks import Programme
from app.sources.bulletin import Bulletin

Take = Callable[[Sequence[Session]], Awaitable[object]]

_LONGEST_NAME = 255


class ProgrammeSource:
    """A `ports.Source` that brings no posts: the one batch of a run is empty, and says that it began well."""

    rechecks = False

    def __init__(
        self,
        place: Place,
        take: Take,
        *,
        clock: Clock,
        zone: ZoneInfo | None = None,
        hashtags: Collection[str] = (),
    ) -> None:
        """`take` is given all talks whenever they changed. `hashtags` of the wall (folded) are no talk's own."""
        self.name = f"programme:{place.name}"[:_LONGEST_NAME]
        self._place, self._take, self._clock, self._zone = place, take, clock, zone
        self._hashtags = frozenset(hashtags)
        self._told = ""

    async def batches(
        self, cursor: str | None, known: Known, report: Report
    ) -> AsyncIterator[Batch]:
        """As `ports.Source`; a programme that cannot be understood is no fault of the network."""
        bulletin = Bulletin(report)
        bulletin.state(Condition.STARTING, f"Asking {self._place.name}.")
        await self._look(bulletin)
        yield Batch([])  # the run has begun well
        while True:
            bulletin.alive(self._place.every_s)
            await self._clock.sleep(self._place.every_s)
            await self._look(bulletin)

    async def _look(self, bulletin: Bulletin) -> None:
        try:
            raw = await self._place.read(bulletin)
            if raw is not None:
                programme = await to_thread.run_sync(parse_programme, raw, self._zone)
                await self._take(self._own(programme))
                self._told = in_words(programme)
        except UsageError as error:
            bulletin.state(Condition.DOWN, f"{error} The last programme stays.")
            return
        self._place.keep()
        bulletin.state(Condition.LIVE, self._told)

    def _own(self, programme: Programme) -> list[Session]:
        return [
            s.model_copy(update={"tags": tuple(t for t in s.tags if t not in self._hashtags)})
            for s in programme.sessions
        ]


def in_words(programme: Programme) -> str:
    """How much is in it, and what was left out."""
    sessions = programme.sessions
    rooms = len({s.room for s in sessions if s.room})
    many = "1 talk" if len(sessions) == 1 else f"{len(sessions):,} talks"
    where = f" in {rooms} rooms" if rooms > 1 else ""
    return " ".join([f"{many}{where}.", *programme.notes])
