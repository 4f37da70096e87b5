"""The questions that are put to a Mastodon-like server, with the patience its limits ask for."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from urllib.parse import parse_qs, quote

from app.domain.arrival import Arrival, Posted, Reposted
from app.errors import BusyError, SourceError
from app.sources.connection import UNREACHABLE
from app.sources.http import Answer, JsonClient, Params
from app.sources.mastodon.parse import (
    Instance,
    ParseError,
    parse_booster,
    parse_instance,
    parse_page,
    parse_status,
)
from app.sources.passing import newest_first

PAGE = 40
"""The most a timeline gives at once (mastodon/documentation methods/timelines.md)."""

BATCH = 20
"""The most ids `GET /api/v1/statuses` takes (app/controllers/api/v1/statuses_controller.rb)."""

ACCOUNTS = 5_000
"""Accounts whose local ids are remembered: ten times the posts that a wall shows."""

BOOSTERS = 80
"""The most `reblogged_by` gives at once."""

BOOSTER_PAGES = 5
"""Pages of it that are read of one post: paging has a limit of its own (`limits.Pace`)."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a hashtag timeline, newest first."""

    arrivals: Sequence[Arrival] = ()
    bad: Sequence[str] = ()
    """Why posts of it made no sense."""
    oldest_id: str | None = None
    """The id of its last entry, as given: ids are opaque."""
    size: int = 0
    """How many entries it had, readable or not."""
    known: bool = True
    """False when the server has never seen this hashtag (404 on GoToSocial)."""

    @property
    def posts(self) -> list[Posted]:
        """The posts in it."""
        return [one for one in self.arrivals if isinstance(one, Posted)]


@dataclass(frozen=True, slots=True)
class Gone:
    """The server says that a post or an account is no more."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What a batch brought: posts, and the ids it named, readable or not."""

    posts: Sequence[Posted]
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Boosters:
    """Who passed a post on, as far as it was read: newest first, without bots, groups and who wants no name."""

    people: Sequence[Reposted]
    whole: bool
    """Nobody is left out."""
    asked: int
    """Questions that it took."""


class MastodonApi:
    """Questions to one server. A request to wait is obeyed, then the question is put again."""

    def __init__(self, client: JsonClient, wait: Callable[[float, int], Awaitable[None]]) -> None:
        self.server = client.server
        self._client = client
        self._wait = wait
        self._accounts: dict[str, str] = {}
        """What the server calls the authors of the posts that were asked for, by their keys."""

    async def _ask(self, path: str, params: Params = ()) -> Answer:
        for attempt in count():
            try:
                return await self._client.get(path, params)
            except BusyError as busy:
                await self._wait(busy.retry_after_s, attempt)
        raise AssertionError("counting never ends")

    async def _try(self, path: str, params: Params = ()) -> Answer | None:
        """None when the server has no answer to this; raises only when it cannot be reached."""
        try:
            return await self._ask(path, params)
        except SourceError as error:
            if error.code == UNREACHABLE:
                raise
            return None

    async def instance(self) -> Instance | None:
        """What the server says of itself; None when it says nothing, as some do."""
        for path in ("/api/v2/instance", "/api/v1/instance"):
            answer = await self._try(path)
            if answer is not None and not answer.absent:
                with suppress(ParseError):
                    return parse_instance(answer.data)
        return None

    async def page(self, tag: str, *, before: str | None = None, local: bool = False) -> Page:
        """The newest page, or the one before an id. Raises AccessError if it may not be read."""
        params = [("limit", str(PAGE))]
        if local:
            params.append(("local", "true"))
        if before is not None:
            params.append(("max_id", before))
        answer = await self._ask(f"/api/v1/timelines/tag/{quote(tag, safe='')}", params)
        if answer.absent:
            return Page(known=False)
        if not isinstance(answer.data, list):
            raise SourceError(f"{self.server} answers a timeline that is no list.")
        arrivals, bad = parse_page(answer.data, server=self.server, seen_at=answer.at)
        return Page(arrivals, bad, _id(answer.data[-1]) if answer.data else None, len(answer.data))

    async def status(self, local_id: str) -> Posted | Gone | None:
        """One post; None when the server does not tell (no access, or no sense)."""
        answer = await self._try(f"/api/v1/statuses/{quote(local_id, safe='')}")
        if answer is None or answer.status == 405:
            return None
        if answer.absent:
            # A proxy before a server that is away says 404 in HTML: not the server's word.
            return Gone(answer.at) if answer.status == 410 or answer.data is not None else None
        return self._post(answer.data, answer.at)

    async def statuses(self, ids: Sequence[str]) -> Found | None:
        """Up to 20 posts at once; None if the server lacks this (Mastodon has it since 4.3)."""
        answer = await self._try("/api/v1/statuses", [("id[]", one) for one in ids])
        if answer is None or answer.absent or not isinstance(answer.data, list):
            return None
        posts = [self._post(one, answer.at) for one in answer.data]
        named = frozenset(one for one in map(_id, answer.data) if one is not None)
        return Found([post for post in posts if post is not None], named)

    async def author_gone(self, key: str) -> Gone | None:
        """That the server says of an account that it is deleted or suspended; None when it does not, or is not known."""
        local_id = self._accounts.get(key)
        if local_id is None:
            return None
        answer = await self._try(f"/api/v1/accounts/{quote(local_id, safe='')}")
        if answer is None or answer.status == 405:
            return None
        if answer.absent:
            told = answer.status == 410 or answer.data is not None
        else:
            told = isinstance(answer.data, dict) and answer.data.get("suspended") is True
        return Gone(answer.at) if told else None

    async def boosters(self, local_id: str, key: str) -> Boosters:
        """Who passed a post on. A page that cannot be read ends the list, which is not whole then."""
        path = f"/api/v1/statuses/{quote(local_id, safe='')}/reblogged_by"
        params, found, at = [("limit", str(BOOSTERS))], list[Reposted | None](), None
        for asked in count(1):
            answer = await self._try(path, params)
            if answer is None or answer.absent or not isinstance(answer.data, list):
                break
            at = at or answer.at
            found += [self._booster(one, key, at) for one in answer.data]
            before = _before(answer)
            if before is None or asked >= BOOSTER_PAGES:
                whole = len(answer.data) < BOOSTERS and not answer.next_page
                return _boosters(found, asked, whole=whole)
            params = [params[0], ("max_id", before)]
        return _boosters(found, asked, whole=False)

    def _booster(self, data: object, key: str, at: datetime) -> Reposted | None:
        try:
            return parse_booster(data, key, seen_at=at, server=self.server)
        except ParseError:
            return None

    def _post(self, data: object, at: datetime) -> Posted | None:
        try:
            posted = parse_status(data, server=self.server, seen_at=at)
        except ParseError:
            return None
        account = _id(data.get("account")) if isinstance(data, dict) else None
        if account is not None:
            self._accounts[posted.post.author.key] = account
            while len(self._accounts) > ACCOUNTS:
                del self._accounts[next(iter(self._accounts))]
        return posted


def _boosters(found: Sequence[Reposted | None], asked: int, *, whole: bool) -> Boosters:
    return Boosters(newest_first([one for one in found if one is not None]), whole, asked)


def _before(answer: Answer) -> str | None:
    """Where the next page begins: only `Link` tells, since these lists count by ids that they do not show."""
    found = parse_qs(answer.next_page.partition("?")[2]).get("max_id")
    return found[0] if found else None


def _id(data: object) -> str | None:
    found = data.get("id") if isinstance(data, dict) else None
    return str(found) if isinstance(found, (str, int)) else None
