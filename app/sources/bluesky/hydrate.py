"""What the stream announced waits here until the AppView was asked: nothing is shown unchecked."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.domain.arrival import Arrival, Posted, Reposted
from app.ports import Clock, Known
from app.sources.bluesky.events import Event, Position
from app.sources.bluesky.memory import Memory, Said
from app.sources.bluesky.parse import SERVER, Change, Wishes, parse_author, parse_view
from app.sources.bluesky.text import as_post_key
from app.sources.bluesky.view import BATCH, AppView, Views
from app.sources.mastodon.parse import ParseError
from app.sources.shapes import Json, as_dict, as_moment

ROUND_S = 1.0
FIRST_LOOK_S = 2.0
"""New posts are indexed some 2 to 5 s after the stream has them (networks.md 2.7)."""
LOOK_AGAIN_S = (3.0, 10.0, 45.0)
"""Waits before the further looks; a post that is not there after the last was taken down, or deleted."""

_log = structlog.get_logger(__name__)

Say = Callable[[Sequence[Arrival]], Awaitable[None]]


@dataclass(slots=True)
class Waiting:
    """One post, or one repost, that is to be asked for."""

    due: float
    """Monotonic seconds."""
    position: Position | None = None
    """Where the stream spoke of it: the cursor does not pass it."""
    looks: int = 0
    change: Change | None = None
    held: bool = False
    """The wall had it: that it lost our hashtags would be news."""
    subject: str = ""
    """The post that is passed on."""
    at: object = None
    """When it was passed on, as its author's client claims."""


class Hydrator:
    """Asks for posts and for the people who pass posts on, in batches, and again where they are not there yet."""

    def __init__(
        self, view: AppView, memory: Memory, said: Said, known: Known, clock: Clock, say: Say
    ) -> None:
        self._view = view
        self._memory = memory
        self._said = said
        self._known = known
        self._clock = clock
        self._say = say
        self._posts: dict[str, Waiting] = {}
        self._reposts: dict[tuple[str, str], Waiting] = {}

    def add_post(self, event: Event) -> None:
        """A post that was made or changed."""
        before = self._posts.get(event.key)
        change = Change(event.cid, event.record, _at(event, self._clock))
        self._posts[event.key] = Waiting(
            self._clock.monotonic() + FIRST_LOOK_S,
            before.position if before and before.position else event.position,
            change=change if event.kind == "update" else None,
        )

    def add_repost(self, event: Event) -> None:
        """A known post that somebody passed on."""
        subject = as_post_key(as_dict(event.record.get("subject")).get("uri"))
        if not self._memory.knows(subject):
            return
        self._memory.reposted(event.did, event.rkey, subject)
        self._reposts[event.did, event.rkey] = Waiting(
            self._clock.monotonic() + FIRST_LOOK_S,
            event.position,
            subject=subject,
            at=event.record.get("createdAt"),
        )

    def look_again(self, keys: Iterable[str], position: Position | None) -> None:
        """Posts of an account that changed or came back."""
        for key in keys:
            self._said.forget(key)
            due = self._clock.monotonic() + FIRST_LOOK_S
            self._posts.setdefault(key, Waiting(due, position, held=True))

    def drop(self, key: str) -> None:
        """The post is gone before it was shown."""
        self._posts.pop(key, None)

    def drop_repost(self, did: str, rkey: str) -> None:
        """It was taken back."""
        self._reposts.pop((did, rkey), None)

    def drop_author(self, did: str) -> None:
        """Nothing of the account is shown any more."""
        for key in [key for key in self._posts if key.startswith(f"at://{did}/")]:
            del self._posts[key]
        for one in [one for one in self._reposts if one[0] == did]:
            del self._reposts[one]

    def oldest(self) -> Position | None:
        """The earliest place in the stream of which not everything was said."""
        waiting = (*self._posts.values(), *self._reposts.values())
        places = [one.position for one in waiting if one.position is not None]
        return min(places, key=lambda place: place.time_us, default=None)

    async def round(self) -> None:
        """Ask for everything that is due. Raises SourceError when the AppView does not answer: all goes on waiting."""
        now = self._clock.monotonic()
        due = [key for key, one in self._posts.items() if one.due <= now]
        for start in range(0, len(due), BATCH):
            await self._look(due[start : start + BATCH])
        people = [one for one, each in self._reposts.items() if each.due <= now]
        for start in range(0, len(people), BATCH):
            await self._name(people[start : start + BATCH])

    # --- posts ---

    async def _look(self, keys: Sequence[str]) -> None:
        asked = {key: self._posts[key] for key in keys if key in self._posts}
        views = await self._view.posts(list(asked))
        wishes = await self._view.wishes(list(views.posts.values()))
        held = {key for key, one in asked.items() if one.change and await self._is_held(key)}
        # from here to `say` nobody else gets a turn: what is no longer waiting is on its way
        news: list[Arrival] = []
        for key, waiting in asked.items():
            if self._posts.get(key) is not waiting:
                continue  # meanwhile deleted, or changed again
            if key not in views.posts:
                self._later(key, waiting)
                continue
            del self._posts[key]
            posted = self._read(views, key, wishes, waiting.change)
            if posted and (heard := self._said.hear(posted, held=key in held or waiting.held)):
                news.append(heard)
        await self._say(news)

    def _read(self, views: Views, key: str, wishes: Wishes, change: Change | None) -> Posted | None:
        view = views.posts[key]
        if change is not None and change.cid == view.get("cid"):
            change = Change(change.cid, as_dict(view.get("record")), change.at)
        try:
            return parse_view(view, seen_at=views.at, wishes=wishes, change=change)
        except ParseError as error:
            _log.warning("post left out", key=key, reason=str(error))
            return None

    def _later(self, key: str, waiting: Waiting) -> None:
        if waiting.looks >= len(LOOK_AGAIN_S):
            del self._posts[key]
            return
        waiting.due = self._clock.monotonic() + LOOK_AGAIN_S[waiting.looks]
        waiting.looks += 1

    # --- reposts ---

    async def _name(self, records: Sequence[tuple[str, str]]) -> None:
        asked = {one: self._reposts[one] for one in records if one in self._reposts}
        profiles = await self._view.profiles([did for did, _ in asked])
        found = [
            (
                one,
                each,
                profiles.get(one[0]),
                each.subject in self._posts or await self._is_held(each.subject),
            )
            for one, each in asked.items()
        ]
        news: list[Arrival] = []
        for one, waiting, profile, held in found:
            if self._reposts.pop(one, None) is not waiting or profile is None or not held:
                continue
            news += self._reposted(waiting, profile)
        await self._say(news)

    async def _is_held(self, key: str) -> bool:
        return await self._known.find(SERVER, key) is not None

    def _reposted(self, waiting: Waiting, profile: Json) -> list[Reposted]:
        now = self._clock.now()
        try:
            by = parse_author(profile, seen_at=now)
        except ParseError:
            return []
        at = as_moment(waiting.at, now)
        return [Reposted(server=SERVER, seen_at=now, key=waiting.subject, by=by, at=at)]


def _at(event: Event, clock: Clock) -> datetime:
    return event.position.at if event.position is not None else clock.now()
