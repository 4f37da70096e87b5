"""The questions that are put to Bluesky's AppView: posts and profiles, 25 at a time, without an account."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from app.errors import BusyError, SourceError
from app.ports import Clock
from app.sources.bluesky.parse import Wishes, hidden_answers, people_in, root_of
from app.sources.bluesky.text import as_did, as_post_key
from app.sources.connection import NONSENSE
from app.sources.http import JsonClient, Params
from app.sources.shapes import Json, as_dict, as_str, dicts_in, wants_out

HOSTS = ("https://public.api.bsky.app", "https://api.bsky.app")
"""The second answers where the first refuses an address (networks.md 9)."""

BATCH = 25
"""The most `getPosts` and `getProfiles` take (their lexicons in bluesky-social/atproto)."""

PER_S = 4.0
"""Our pace; PDS hosts allow 3,000 in 5 minutes, and the AppView is called "generous"."""

PROFILE_AGE = timedelta(hours=1)
"""For so long a profile's wish not to be shown is kept; bsky.network/docs allows a day."""

_MOST_PROFILES = 5_000

REPOSTERS = 100
"""The most `getRepostedBy` gives at once (its lexicon)."""

Listed = tuple[list[Json], datetime, str]
"""What a page lists, when it held, and where the next one begins (empty: nowhere)."""

Wait = Callable[[float, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Views:
    """The posts of those asked for that are there. What is missing: deleted, taken down or not yet indexed."""

    posts: Mapping[str, Json]
    at: datetime


@dataclass(frozen=True, slots=True)
class Passing:
    """The accounts that pass a post on, as far as they were read: profiles, the newest repost first."""

    people: Sequence[Json]
    at: datetime
    whole: bool
    """Nobody is left out."""


class AppView:
    """One or more hosts that know the same; the next is asked when one fails."""

    def __init__(self, clients: Sequence[JsonClient], clock: Clock, wait: Wait) -> None:
        self._clients = clients
        self._clock = clock
        self._wait = wait
        self._at = 0
        self.trouble = ""
        """Why no host answered the last question; empty when one did."""
        self._profiles: dict[str, tuple[datetime, Json]] = {}

    @property
    def server(self) -> str:
        """The host that is asked now."""
        return self._clients[self._at].server

    @property
    def ahead(self) -> timedelta:
        """How much the clock of this machine is ahead of that host's."""
        return self._clients[self._at].ahead

    async def posts(self, keys: Sequence[str]) -> Views:
        """At most 25 posts. Raises SourceError when no host answers."""
        found, at, _ = await self._ask(
            "app.bsky.feed.getPosts", [("uris", key) for key in keys], "posts"
        )
        asked = frozenset(keys)
        views = {as_post_key(one.get("uri")): one for one in found}
        return Views({key: one for key, one in views.items() if key in asked}, at)

    async def profiles(self, dids: Sequence[str]) -> Mapping[str, Json]:
        """The profiles of these accounts; who is gone is missing. Any number; those kept are not asked for."""
        now = self._clock.now()
        wanted = [d for d in dict.fromkeys(dids) if self._age(d, now) >= PROFILE_AGE]
        for start in range(0, len(wanted), BATCH):
            await self._fetch(wanted[start : start + BATCH])
        kept = {did: self._profiles[did][1] for did in dids if did in self._profiles}
        return {did: profile for did, profile in kept.items() if profile}

    async def reposted_by(self, key: str, pages: int) -> Passing:
        """Who passes a post on, in at most so many pages of 100. Raises SourceError."""
        people: list[Json] = []
        params, more, at = [("uri", key), ("limit", str(REPOSTERS))], "", self._clock.now()
        for _ in range(pages):
            page, held, more = await self._ask(
                "app.bsky.feed.getRepostedBy",
                [*params, ("cursor", more)] if more else params,
                "repostedBy",
            )
            people, at = [*people, *page], min(at, held)
            if not more:
                break
        return Passing(people, at, whole=not more)

    async def wishes(self, views: Sequence[Json]) -> Wishes:
        """What the people in these posts, and those whom they answer, ask not to be shown."""
        people = list(dict.fromkeys(did for view in views for did in people_in(view)))
        profiles = await self.profiles(people)
        # whose profile is not there is left out as well: nobody can say that they agree
        opted_out = frozenset(did for did in people if _opted_out(profiles.get(did)))
        return Wishes(opted_out, await self._hidden(views), profiles)

    async def _hidden(self, views: Sequence[Json]) -> frozenset[str]:
        roots = list(dict.fromkeys(root for view in views if (root := root_of(view))))
        hidden: frozenset[str] = frozenset()
        for start in range(0, len(roots), BATCH):
            found = await self.posts(roots[start : start + BATCH])
            hidden = hidden.union(*map(hidden_answers, found.posts.values()))
        return hidden

    def forget_profile(self, did: str) -> None:
        """It changed."""
        self._profiles.pop(did, None)

    def _age(self, did: str, now: datetime) -> timedelta:
        kept = self._profiles.get(did)
        return now - kept[0] if kept is not None else timedelta.max

    async def _fetch(self, dids: Sequence[str]) -> None:
        method, params = "app.bsky.actor.getProfiles", [("actors", did) for did in dids]
        profiles, _, _ = await self._ask(method, params, "profiles")
        found = {as_did(one.get("did")): one for one in profiles}
        for did in dids:
            self._profiles.pop(did, None)
            self._profiles[did] = (self._clock.now(), found.get(did, {}))
        while len(self._profiles) > _MOST_PROFILES:
            self._profiles.pop(next(iter(self._profiles)))

    async def _ask(self, method: str, params: Params, name: str) -> Listed:
        """The first host that answers; raises what the last one raised."""
        for tried in count(1):
            try:
                found = await self._ask_patiently(method, params, name)
            except SourceError as error:
                self._at = (self._at + 1) % len(self._clients)
                if tried >= len(self._clients):
                    self.trouble = str(error)
                    raise
            else:
                self.trouble = ""
                return found
        raise AssertionError("counting never ends")

    async def _ask_patiently(self, method: str, params: Params, name: str) -> Listed:
        """A page of another shape must not read as "all posts are gone"."""
        client = self._clients[self._at]
        for attempt in count():
            try:
                answer = await client.get(f"/xrpc/{method}", params)
            except BusyError as busy:
                await self._wait(busy.retry_after_s, attempt)
                continue
            found = as_dict(answer.data).get(name)
            if answer.absent or not isinstance(found, list):
                raise SourceError(
                    f"{client.server} answers without a list of {name}.", code=NONSENSE
                )
            return dicts_in(found), answer.at, as_str(as_dict(answer.data).get("cursor"))
        raise AssertionError("counting never ends")


def _opted_out(profile: Json | None) -> bool:
    return profile is None or wants_out(as_str(profile.get("description")))
