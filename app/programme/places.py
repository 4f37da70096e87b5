"""Where a programme is read from: an address, asked conditionally, or a file, looked at for changes."""

from pathlib import Path
from typing import Protocol

from anyio import to_thread

from app.domain.text import web_address
from app.errors import UsageError
from app.ports import Clock
from app.programme.talks import MAX_BYTES
from app.sources.bulletin import Bulletin
from app.sources.connection import Timeouts
from app.sources.feed.client import FeedClient, Validators, without_query

ASK_EVERY_S = 300.0
"""Schedules change some times a day; asking for nothing new costs their server next to nothing."""
LOOK_EVERY_S = 10.0
"""At a file: whoever saves it wants to see it on the wall."""

_ACCEPT = "application/json, text/calendar, text/csv;q=0.9, */*;q=0.5"


class Place(Protocol):
    """Somewhere a programme is."""

    name: str
    """What people call it; no secrets are in it."""
    every_s: float
    """Seconds between looks."""

    async def read(self, bulletin: Bulletin | None = None) -> bytes | None:
        """The whole of it, or None when it is as it was when `keep` was called.

        SourceError when it cannot be reached, UsageError when it cannot be opened.
        """
        ...

    def keep(self) -> None:
        """What was read last is known now."""
        ...


def place_of(
    programme: str, *, clock: Clock, contact: str, timeouts: Timeouts | None = None
) -> Place:
    """The place that a setting names. UsageError when it looks like an address and is none."""
    if "://" not in programme:
        return FilePlace(Path(programme))
    address = web_address(programme.replace("webcal://", "https://", 1))
    if address is None:
        raise UsageError(
            f"“{programme}” is no address of a programme.",
            hint="It looks like this: https://talks.pyfest.example/schedule.json",
        )
    return WebPlace(address, clock=clock, contact=contact, timeouts=timeouts)


class WebPlace:
    """A programme at an address."""

    every_s = ASK_EVERY_S

    def __init__(
        self, address: str, *, clock: Clock, contact: str, timeouts: Timeouts | None = None
    ) -> None:
        self.name = without_query(address).partition("://")[2]
        self._address, self._clock, self._contact = address, clock, contact
        self._timeouts = timeouts
        self._known: Validators | None = None
        self._read: Validators | None = None

    async def read(self, bulletin: Bulletin | None = None) -> bytes | None:
        """As `Place.read`."""
        async with FeedClient(
            clock=self._clock,
            contact=self._contact,
            timeouts=self._timeouts,
            bulletin=bulletin,
            accept=_ACCEPT,
            what="programme",
        ) as client:
            fetched = await client.get(self._address, self._known)
        if fetched.body is not None:
            self._read = fetched.validators
        return fetched.body

    def keep(self) -> None:
        """As `Place.keep`; after a redirect the validators are of another address, and never sent."""
        self._known = self._read


class FilePlace:
    """A programme in a file of the operator's."""

    every_s = LOOK_EVERY_S

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        self._known: tuple[int, int] | None = None
        self._read: tuple[int, int] | None = None

    async def read(self, bulletin: Bulletin | None = None) -> bytes | None:
        """As `Place.read`."""
        del bulletin  # a file tells nothing of a server
        return await to_thread.run_sync(self._changed)

    def keep(self) -> None:
        """As `Place.keep`."""
        self._known = self._read

    def _changed(self) -> bytes | None:
        try:
            status = self._path.stat()
            if self._known == (status.st_mtime_ns, status.st_size):
                return None
            with self._path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise UsageError(
                f"{self._path} cannot be read: {error.strerror}.",
                hint="Check the path and its permissions.",
            ) from error
        self._read = (status.st_mtime_ns, status.st_size)
        return raw
