"""Who passes posts on, where the stream's word does not tell: from before it was heard, and after a restart."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.domain.arrival import Arrival, Reposted, Unreposted
from app.errors import AccessError
from app.ports import Clock, Known
from app.sources.bluesky.memory import Memory
from app.sources.bluesky.parse import SERVER, parse_author
from app.sources.bluesky.text import as_did
from app.sources.bluesky.view import REPOSTERS, AppView, Passing
from app.sources.mastodon.parse import ParseError
from app.sources.passing import newest_first

LOOK_S = 2.0
AGAIN_S = 10.0
"""The AppView may be some seconds behind the stream; and one answer alone takes nobody's name away."""
TRIES = 4
AT_ONCE = 4
"""Posts that are asked for in one round, so that new posts need not wait for all of them."""

PAGES = 10
"""Pages that are read of one post. With more reposts than fit there, the list is never whole: one page must do."""

PAGES_A_SWEEP = 10
"""Pages that are asked for because names are missing; other questions need the AppView's pace more."""

_log = structlog.get_logger(__name__)

Say = Callable[[Sequence[Arrival]], Awaitable[None]]


@dataclass(slots=True)
class Doubt:
    """A post of which it is not sure who passes it on."""

    due: float
    """Monotonic seconds."""
    told: bool
    """The stream told that somebody takes a repost back; else names are missing, or nobody listened for a while."""
    tries: int = TRIES
    missing: frozenset[str] = frozenset()
    """Whom the last look did not find."""


class Reposters:
    """Asks the AppView who passes a post on, and says who is new there and who is there no more."""

    def __init__(self, view: AppView, memory: Memory, known: Known, clock: Clock, say: Say) -> None:
        self._view = view
        self._memory = memory
        self._known = known
        self._clock = clock
        self._say = say
        self._doubts: dict[str, Doubt] = {}
        self._counts: dict[str, int] = {}
        """How often each post on display is passed on, as the last sweep found it."""
        self._asked: dict[str, tuple[int, int]] = {}
        """That count when a post was asked for, and how many of them had no name afterwards."""

    async def learn(self) -> None:
        """Know whom the wall names; each of their posts is asked for once, since they may have left meanwhile."""
        now = self._clock.monotonic()
        for did, key in await self._known.reposters(SERVER):
            self._memory.named(did, key)
            self._doubts[key] = Doubt(now, told=False)

    def doubt(self, did: str) -> None:
        """This account takes a repost back, of which post is not known."""
        due = self._clock.monotonic() + LOOK_S
        for key in self._memory.named_at(did):
            self._doubts[key] = Doubt(due, told=True)

    def counted(self, counts: Mapping[str, int]) -> None:
        """What a sweep found, newest first: ask for a few whose names are not all known, those first that lack the most."""
        self._counts = dict(counts)
        people, now, left = self._memory.people(), self._clock.monotonic(), PAGES_A_SWEEP
        lacking = {key: count - len(people.get(key, ())) for key, count in counts.items()}
        self._keep_asked(lacking)
        wanted = [key for key, lack in lacking.items() if self._is_news(key, counts[key], lack)]
        for key in sorted(wanted, key=lambda one: -lacking[one]):
            left -= -(-counts[key] // REPOSTERS) if _readable(counts[key]) else 1
            if left < 0:
                return
            self._doubts[key] = Doubt(now, told=False)

    def _keep_asked(self, lacking: Mapping[str, int]) -> None:
        """A count that changed as the names did needs no question, and a later one is compared with it."""
        self._asked = {
            key: (self._counts[key] if lacking[key] == lack else count, lack)
            for key, (count, lack) in self._asked.items()
            if key in lacking
        }

    def _is_news(self, key: str, count: int, lack: int) -> bool:
        """People who are never named (opted out, automated) are not asked for again and again."""
        asked = self._asked.get(key)
        changed = lack != 0 if asked is None else count != asked[0] and lack != asked[1]
        return changed and key not in self._doubts

    async def round(self) -> None:
        """Ask for some of the posts that are due. Raises SourceError when the AppView does not answer."""
        now = self._clock.monotonic()
        due = [key for key, doubt in self._doubts.items() if doubt.due <= now]
        for key in due[:AT_ONCE]:
            try:
                await self._look(key, self._doubts[key])
            except AccessError as error:
                # the posts themselves may be read: names are not worth a stop
                _log.warning("nobody tells who passes a post on", key=key, reason=str(error))
                self._doubts.pop(key, None)
                self._note_asked(key)

    async def _look(self, key: str, doubt: Doubt) -> None:
        doubt.tries -= 1
        doubt.due = self._clock.monotonic() + AGAIN_S
        passing = await self._ask(key)
        if passing is None:
            self._doubts.pop(key, None)
            return
        listed = _listed(passing, key)
        missing = self._missing(key, passing, listed)
        left = missing & doubt.missing
        doubt.missing = missing
        over = left or doubt.tries <= 0 or (not missing and not doubt.told)
        if over and self._doubts.get(key) is doubt:  # else the stream raised another one meanwhile
            del self._doubts[key]
        news: list[Arrival] = [*self._came(key, listed), *self._left(key, left)]
        self._note_asked(key)
        await self._say(news)

    async def _ask(self, key: str) -> Passing | None:
        """None for a post that is gone, or goes while the AppView is asked."""
        if not self._memory.knows(key):
            return None
        readable = _readable(self._counts.get(key, 0))
        passing = await self._view.reposted_by(key, PAGES if readable else 1)
        return passing if self._memory.knows(key) else None

    def _note_asked(self, key: str) -> None:
        count = self._counts.get(key)
        if count is not None:
            self._asked[key] = count, count - len(self._known_of(key))

    def _known_of(self, key: str) -> frozenset[str]:
        return self._memory.named_of(key) | self._memory.passed_on(key)

    def _missing(self, key: str, passing: Passing, listed: Sequence[Reposted]) -> frozenset[str]:
        """Who is named and not listed any more, or listed with the wish not to be named."""
        by_record = self._memory.passed_on(key)
        there = {as_did(one.get("did")) for one in passing.people}
        gone = self._memory.named_of(key) - there - by_record if passing.whole else frozenset()
        unwilling = there - {one.by.key for one in listed}
        return gone | (self._known_of(key) & unwilling)

    def _came(self, key: str, listed: Sequence[Reposted]) -> list[Reposted]:
        known = self._known_of(key)
        came = [
            one
            for one in listed
            if one.by.key not in known
            and self._memory.believes_repost(one.by.key, key, one.seen_at)
        ]
        for one in came:
            self._memory.named(one.by.key, key)
        return came

    def _left(self, key: str, left: frozenset[str]) -> list[Unreposted]:
        at = self._clock.now()
        for did in left:
            self._memory.unnamed(did, key)
        return [
            Unreposted(server=SERVER, seen_at=at, key=key, author_key=did) for did in sorted(left)
        ]


def _readable(count: int) -> bool:
    """Whether a list of so many is read to its end."""
    return count <= PAGES * REPOSTERS


def _listed(passing: Passing, key: str) -> list[Reposted]:
    """Those who may be named. The AppView does not say when; who passed it on first comes last."""
    found = (_reposted(one, key, passing.at) for one in passing.people)
    return newest_first([one for one in found if one is not None])


def _reposted(profile: object, key: str, at: datetime) -> Reposted | None:
    try:
        by = parse_author(profile, seen_at=at)
    except ParseError:
        return None
    if by.bot or by.opted_out:
        return None
    return Reposted(server=SERVER, seen_at=at, key=key, by=by)
