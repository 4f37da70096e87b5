"""Tells an operator in plain words whether Bluesky can be followed from here: its stream, its AppView, an account."""

from collections.abc import Sequence

import anyio
from websockets.exceptions import InvalidStatus

from app.errors import SourceError, UsageError
from app.ports import Clock
from app.sources.bluesky.events import HOSTS as STREAM_HOSTS
from app.sources.bluesky.events import Endpoint, endpoints, parse_event
from app.sources.bluesky.search import ENTRYWAY, Login, Search
from app.sources.bluesky.stream import IDLE_S
from app.sources.bluesky.view import HOSTS as VIEW_HOSTS
from app.sources.bluesky.words import behind, heard, no_account, silent
from app.sources.connection import Timeouts, base_address
from app.sources.finding import Finding, fine, wrong
from app.sources.http import ABSENT, JsonClient
from app.sources.shapes import as_dict
from app.sources.sockets import ERRORS, open_socket, why_not
from app.sources.spelling import spelled

BSKY_APP = "did:plc:z72i7hdynmk6r6z27h6tvur"
"""The account bsky.app (plc.directory): everybody may ask for its profile."""


async def check(
    hashtags: Sequence[str],
    *,
    jetstream: Sequence[str] = (),
    appview: Sequence[str] = (),
    login: Login | None = None,
    entryway: str = ENTRYWAY,
    clock: Clock,
    contact: str = "",
    timeouts: Timeouts | None = None,
    idle_s: float = IDLE_S,
) -> list[Finding]:
    """Listen to each Jetstream host for one event, ask each AppView for a profile, and search where there
    is an account. One host of each kind is enough. Never raises SourceError or UsageError: they become findings."""
    limits = timeouts or Timeouts()
    try:
        streams = endpoints(jetstream or STREAM_HOSTS)
        views = [base_address(one) for one in appview or VIEW_HOSTS]
    except UsageError as error:
        return [wrong(str(error))]
    heard_of = [await _stream(one, clock, contact, limits, idle_s) for one in streams]
    asked = [await _view(one, clock, contact, limits) for one in views]
    search = (
        Search(login, clock=clock, contact=contact, entryway=entryway, timeouts=timeouts)
        if login
        else None
    )
    return [*_one_is_enough(heard_of), *_one_is_enough(asked), await _account(search, hashtags)]


def _one_is_enough(findings: Sequence[Finding]) -> list[Finding]:
    """A host that is away matters only when all are."""
    if not any(one.ok for one in findings):
        return list(findings)
    return [fine(one.sentence) for one in findings]


async def _stream(
    endpoint: Endpoint, clock: Clock, contact: str, limits: Timeouts, idle_s: float
) -> Finding:
    address = endpoint.url(None)
    try:
        async with open_socket(address, contact=contact, timeouts=limits) as socket:
            with anyio.fail_after(idle_s):
                event = parse_event(await socket.recv(decode=False), endpoint.host)
    except TimeoutError:
        return wrong(silent(endpoint.host, idle_s))
    except InvalidStatus as error:
        return wrong(f"{endpoint.host} answers {error.response.status_code}.")
    except ERRORS as error:
        return wrong(why_not(address, error))
    except SourceError as error:
        return wrong(str(error))
    if event is None or event.position is None:
        return fine(heard(endpoint.host))
    late = clock.now() - event.position.at
    return fine(heard(endpoint.host) if late.total_seconds() < 60 else behind(endpoint.host, late))


async def _view(base: str, clock: Clock, contact: str, limits: Timeouts) -> Finding:
    try:
        async with JsonClient(base, clock=clock, contact=contact, timeouts=limits) as client:
            answer = await client.get("/xrpc/app.bsky.actor.getProfiles", [("actors", BSKY_APP)])
    except SourceError as error:
        return wrong(str(error))
    if answer.status in ABSENT or "profiles" not in as_dict(answer.data):
        return wrong(f"{client.server} answers, but not as an AppView does.")
    return fine(f"{client.server} answers: posts can be checked before they are shown.")


async def _account(search: Search | None, hashtags: Sequence[str]) -> Finding:
    if search is None or not hashtags:
        return fine(no_account())
    tag = spelled(hashtags[0])
    try:
        found, _ = await search.find(tag, None)
    except SourceError as error:
        return wrong(str(error))
    return fine(f"The account can search: #{tag} was found in {len(found)} posts.")
