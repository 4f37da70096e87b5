"""Listens to Jetstream: one host at a time, another when it fails or falls silent, going on where the last one was."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import count
from random import Random

import anyio
import anyio.lowlevel
import orjson
import structlog
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.errors import SourceError
from app.ports import Clock
from app.sources.bluesky.events import Endpoint, Event, Position, parse_event
from app.sources.bluesky.filter import Sieve
from app.sources.bluesky.packed import Packing, fetch_packing
from app.sources.connection import Timeouts
from app.sources.limits import wait_asked
from app.sources.shapes import as_dict, as_str
from app.sources.sockets import ERRORS, open_socket, why_not

IDLE_S = 15.0
"""The whole network posts some 50 times a second: a socket that is silent for so long has stalled
(jetstream-legacy#48: without ever closing)."""

STEADY_S = 60.0
"""A session that lasted so long starts the waits anew."""
LONGEST_RETRY_S = 60.0

SLICE = 32
"""Frames read in one go while many wait, half a millisecond; then everybody else in the process gets a turn."""

FRAMES_AHEAD = 512
"""Frames that the socket reads ahead of us, before TCP holds the server back."""

TOO_OLD = frozenset({"CursorTooOld", "OutdatedCursor", "FutureCursor"})

_log = structlog.get_logger(__name__)


class Stream:
    """One socket after the other, for as long as the source runs. None that can be had is no fault: it tries on."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        sieve: Sieve,
        handle: Callable[[Event], Awaitable[None]],
        *,
        position: Position | None,
        clock: Clock,
        rng: Random,
        contact: str,
        timeouts: Timeouts,
        idle_s: float,
        not_before: dict[str, float],
        changed: Callable[[], None],
        gap: Callable[[Position], None],
        compressed: bool = False,
    ) -> None:
        """`not_before`: by host, in monotonic seconds, what it asked for when it refused; it outlives a run."""
        self._endpoints = endpoints
        self._sieve = sieve
        self._handle = handle
        self._clock = clock
        self._rng = rng
        self._contact = contact
        self._timeouts = timeouts
        self._idle_s = idle_s
        self._changed = changed
        self._gap = gap
        self._compressed = compressed
        self._packings: dict[str, Packing] = {}
        self._position = position
        self._last: bytes | None = None
        self._heard_at = 0.0
        self._at = 0
        self._not_before = not_before
        self.open = False
        self.lost = False
        """True when no host could be had since the last session."""
        self.trouble = ""
        """Why the host that was tried last could not be had."""

    @property
    def endpoint(self) -> Endpoint:
        """The host that is listened to, or tried next."""
        return self._endpoints[self._at]

    def position(self) -> Position | None:
        """The place of the last frame that was dealt with. It is read only now: most frames are never parsed."""
        if self._last is not None:
            event = parse_event(self._last, self.endpoint.host)
            if event is not None and event.position is not None:
                self._position = event.position
            self._last = None
        return self._position

    @property
    def hears(self) -> bool:
        """Whether a socket is open, and has not been silent for too long."""
        return self.open and self._clock.monotonic() - self._heard_at < self._idle_s

    def lag(self) -> timedelta:
        """How old the last frame was when it came. Silence is not lag: the watch is for that."""
        position = self.position()
        if position is None:
            return timedelta()
        silence = timedelta(seconds=self._clock.monotonic() - self._heard_at)
        return self._clock.now() - silence - position.at

    async def run(self) -> None:
        """Without end."""
        failures = 0
        while True:
            while (asked_s := self._asked_s()) > 0:
                await self._clock.sleep(asked_s)
            steady = await self._session()
            failures = 0 if steady else failures + 1
            self.position()  # while it is known which host it is of
            if not steady:
                self._at = (self._at + 1) % len(self._endpoints)
            if failures >= len(self._endpoints) and not self.lost:
                self.lost = True
                self._changed()
            rounds = failures // len(self._endpoints)
            wait_s = self._rng.uniform(0, min(LONGEST_RETRY_S, 2.0**rounds))
            await self._clock.sleep(wait_s)

    def _asked_s(self) -> float:
        """For how long the host that is next asked not to be asked."""
        return self._not_before.get(self.endpoint.host, 0.0) - self._clock.monotonic()

    async def _session(self) -> bool:
        """One socket, until it ends; True when it lasted and was not silent: it is worth asking again."""
        endpoint, began = self.endpoint, self._clock.monotonic()
        silent = False
        packing = await self._packing(endpoint)
        try:
            async with open_socket(
                endpoint.url(self.position(), None if packing is None else packing.id),
                contact=self._contact,
                timeouts=self._timeouts,
                frames_ahead=FRAMES_AHEAD,
            ) as socket:
                self.open = True
                self._changed()
                silent = await self._listen(socket, packing)
        except InvalidStatus as error:
            self.trouble = why_not(endpoint.url(None), error)
            self._refused(endpoint, error)
        except ERRORS as error:
            self.trouble = why_not(endpoint.url(None), error)
            _log.info("stream lost", host=endpoint.host, reason=repr(error))
        finally:
            self.open = False
        self._changed()  # not when it is cancelled: then nobody asks any more
        return not silent and self._clock.monotonic() - began >= STEADY_S

    async def _packing(self, endpoint: Endpoint) -> Packing | None:
        """How frames are to come compressed; a host that cannot is asked for them as they are."""
        if not self._compressed or not endpoint.second:
            return None
        if endpoint.host not in self._packings:
            try:
                self._packings[endpoint.host] = await fetch_packing(
                    endpoint, contact=self._contact, timeouts=self._timeouts
                )
            except SourceError as error:
                _log.warning("stream uncompressed", host=endpoint.host, reason=str(error))
        return self._packings.get(endpoint.host)

    async def _listen(self, socket: ClientConnection, packing: Packing | None) -> bool:
        """Read until the socket closes, or says nothing for too long (True)."""
        self._heard_at = self._clock.monotonic()
        silent = False
        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                nonlocal silent
                while not silent:
                    rest = self._heard_at + self._idle_s - self._clock.monotonic()
                    if rest > 0:
                        await self._clock.sleep(rest)
                    else:
                        silent = True
                _log.info("stream silent", host=self.endpoint.host)
                tasks.cancel_scope.cancel()

            tasks.start_soon(watch)
            await self._read(socket, packing)
            tasks.cancel_scope.cancel()
        return silent

    async def _read(self, socket: ClientConnection, packing: Packing | None) -> None:
        for number in count(1):
            try:
                raw = await socket.recv(decode=False)
            except ConnectionClosed:
                return
            if packing is not None:
                raw = packing.unpack(raw)
            self._heard_at = self._clock.monotonic()
            if self.lost:
                self.lost = False
                self._changed()
            if self._sieve.wants(raw) and not await self._hear(raw):
                return
            self._last = raw
            if number % SLICE == 0:
                await anyio.lowlevel.checkpoint()

    async def _hear(self, raw: bytes) -> bool:
        """One frame that may matter; False when it ends the session."""
        event = parse_event(raw, self.endpoint.host)
        if event is None:
            return True
        if event.kind == "error":
            self._complain(event.word)
            return False
        if event.kind == "info":
            _log.info("stream word", host=self.endpoint.host, word=event.word[:100])
            if event.word in TOO_OLD:  # it goes on from the oldest that it has
                self._tell_gap()
            return True
        await self._handle(event)
        return True

    def _refused(self, endpoint: Endpoint, error: InvalidStatus) -> None:
        response = error.response
        _log.info("stream refused", host=endpoint.host, status=response.status_code)
        asked_s = wait_asked(response.headers, self._clock.now())
        if asked_s is not None:
            self._not_before[endpoint.host] = self._clock.monotonic() + asked_s
        if response.status_code == 400:
            self._complain(_error_name(response.body))

    def _complain(self, word: str) -> None:
        """A place that this host does not have is asked for by time, then given up: from now on, then."""
        _log.warning("stream error", host=self.endpoint.host, word=word[:100])
        if word == "UnknownZstdDictionary":  # it has another one now
            self._packings.pop(self.endpoint.host, None)
        position = self.position()
        if word not in TOO_OLD or position is None:
            return
        if position.seq:
            self._position = Position("", 0, position.time_us)
        else:
            self._tell_gap()
            self._position = None

    def _tell_gap(self) -> None:
        position = self.position()
        if position is not None:
            self._gap(position)


def _error_name(body: bytes | bytearray | None) -> str:
    try:
        return as_str(as_dict(orjson.loads(body or b"{}")).get("error"))
    except orjson.JSONDecodeError:
        return ""
