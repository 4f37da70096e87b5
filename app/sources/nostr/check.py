"""Tells an operator in plain words which relays can be read, and whether the hashtags are there."""

from collections.abc import Sequence

import anyio

from app.errors import SourceError, UsageError
from app.ports import Clock
from app.sources.connection import Timeouts
from app.sources.finding import Finding, fine, wrong
from app.sources.nostr import words
from app.sources.nostr.asking import spellings, tagged
from app.sources.nostr.events import Event
from app.sources.nostr.parse import moment_of
from app.sources.nostr.relay import opened, relay_address, worst
from app.sources.nostr.source import RELAYS
from app.sources.nostr.verify import is_genuine
from app.sources.shapes import host_of


async def check(
    relays: Sequence[str],
    hashtags: Sequence[str],
    *,
    clock: Clock,
    contact: str = "",
    timeouts: Timeouts | None = None,
) -> list[Finding]:
    """Ask each relay for the newest notes, as the source would. Never raises SourceError or UsageError:
    they become findings, in the order of the relays."""
    try:
        addresses = list(dict.fromkeys(relay_address(one) for one in relays or RELAYS))
    except UsageError as error:
        return [wrong(str(error))]
    found: dict[str, Finding] = {}

    async def look(address: str) -> None:
        try:
            newest = await _newest(address, hashtags, clock, contact, timeouts or Timeouts())
            found[address] = fine(_sentence(address, newest, hashtags, clock))
        except* SourceError as group:
            found[address] = wrong(str(worst(group)))

    async with anyio.create_task_group() as tasks:
        for address in addresses:
            tasks.start_soon(look, address)
    return [found[address] for address in addresses]


async def _newest(
    address: str, hashtags: Sequence[str], clock: Clock, contact: str, timeouts: Timeouts
) -> Event | None:
    """The newest genuine note of those that the relay gives first."""

    async def heard(event: Event) -> None:
        """The answer itself is looked at."""

    async with (
        opened(address, heard, clock=clock, contact=contact, timeouts=timeouts) as session,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(session.listen)
        asked = dict(tagged(spellings(hashtags), 0)) | {"limit": 5}
        events = await session.ask([asked])
        tasks.cancel_scope.cancel()
    genuine = [one for one in events if await is_genuine(one.raw)]
    return max(genuine, key=lambda one: one.at, default=None)


def _sentence(address: str, newest: Event | None, hashtags: Sequence[str], clock: Clock) -> str:
    host, tags = host_of(address), words.listed([f"#{tag.lstrip('#')}" for tag in hashtags])
    if newest is None:
        return f"{host} can be read; it has no note with {tags} yet."
    at = moment_of(newest.at, clock.now())
    return f"{host} can be read: its newest note with {tags} is of {at:%Y-%m-%d %H:%M} UTC."
