"""Listens to a Mastodon streaming socket: news at once, and a poll after every connect."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random

import structlog
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.domain.arrival import Arrival
from app.ports import Clock, Known
from app.sources.bulletin import Bulletin
from app.sources.connection import Timeouts
from app.sources.limits import Pace, wait_asked
from app.sources.mastodon.frames import CHANGED, NEW, Frame, Trust, parse_frame, subscription
from app.sources.mastodon.parse import ParseError, parse_status
from app.sources.mastodon.words import refused_stream, unreachable_stream
from app.sources.memory import Memory, edited
from app.sources.sockets import ERRORS, open_socket, why_not

RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
STEADY_S = 60.0
"""A socket that lasted so long starts the waits anew."""

REFUSED_RETRY_S = 300.0
"""After the socket was refused (401, 404 …): polling does the work meanwhile."""

_log = structlog.get_logger(__name__)


class Stream:
    """One multiplexed socket for all hashtags, opened again for as long as the source runs."""

    def __init__(
        self,
        address: str,
        tags: Sequence[str],
        token: str,
        *,
        server: str,
        contact: str,
        timeouts: Timeouts,
        pace: Pace,
        memory: Memory,
        known: Known,
        trust: Trust,
        bulletin: Bulletin,
        clock: Clock,
        rng: Random,
        say: Callable[[Sequence[Arrival]], Awaitable[None]],
        wake: Callable[[], None],
    ) -> None:
        self._address = address
        self._tags = tags
        self._token = token
        self._server = server
        self._contact = contact
        self._timeouts = timeouts
        self._pace = pace
        self._memory = memory
        self._known = known
        self._trust = trust
        self._bulletin = bulletin
        self._clock = clock
        self._rng = rng
        self._say = say
        self._wake = wake

    async def run(self) -> None:
        """Without end. A socket that cannot be had is never a fault: polling goes on."""
        failures, asked_s = 0, 0.0
        while True:
            while (held_s := self._pace.held(self._clock.monotonic())) > 0:
                await self._clock.sleep(held_s)
            longest = min(LONGEST_RETRY_S, RETRY_S * 2.0**failures)
            try:
                failures = 0 if await self._session() >= STEADY_S else failures + 1
            except InvalidStatus as error:
                status = error.response.status_code
                self._bulletin.note("stream", refused_stream(status))
                longest = REFUSED_RETRY_S if status < 500 else longest
                asked_s = wait_asked(error.response.headers, self._clock.now()) or 0.0
                self._pace.hold(asked_s, self._clock.monotonic())
                failures += 1
            except ERRORS as error:
                _log.info("stream lost", server=self._server, reason=repr(error))
                self._bulletin.note("stream", unreachable_stream(why_not(self._address, error)))
                failures += 1
            await self._clock.sleep(asked_s + self._rng.uniform(0, longest))
            asked_s = 0.0

    async def _session(self) -> float:
        """One socket, until it closes; how many seconds it lasted."""
        opened_at = self._clock.monotonic()
        async with open_socket(
            self._address,
            contact=self._contact,
            timeouts=self._timeouts,
            headers={"Authorization": f"Bearer {self._token}"},
        ) as socket:
            for tag in self._tags[1:]:
                await socket.send(subscription(tag))
            self._trust.opened()
            self._bulletin.note("stream", "")
            self._wake()
            try:
                with suppress(ConnectionClosed):
                    async for message in socket:
                        await self._hear(message)
            finally:
                self._lost()
        return self._clock.monotonic() - opened_at

    def _lost(self) -> None:
        """Polling takes over at once where the stream was relied upon."""
        relied_upon = self._trust.proven
        self._trust.closed()
        if relied_upon:
            self._wake()

    async def _hear(self, message: str | bytes) -> None:
        self._bulletin.alive()
        frame = parse_frame(message) if isinstance(message, str) else None
        if frame is None:
            return
        if frame.event == "delete":
            await self._delete(str(frame.payload))
        elif frame.event in NEW or frame.event in CHANGED:
            await self._post(frame)
        elif frame.event == "error":
            _log.warning("stream error", server=self._server, error=str(frame.payload)[:200])
        self._bulletin.note("trust", self._trust.note)

    async def _post(self, frame: Frame) -> None:
        """The frame's `stream` may lack the hashtag: the post's own list decides, in the memory."""
        try:
            posted = parse_status(frame.payload, server=self._server, seen_at=self._clock.now())
        except ParseError as error:
            _log.warning("streamed post left out", server=self._server, reason=str(error))
            return
        self._trust.streamed(posted.post.key)
        changed = frame.event in CHANGED
        held = changed and await self._known.find(self._server, posted.local_id) is not None
        heard = self._memory.hear(edited(posted) if changed else posted, held=held)
        if heard is not None:
            await self._say([heard])

    async def _delete(self, local_id: str) -> None:
        self._trust.deleted()
        key, origin = self._memory.find(local_id), False
        if key is None:
            held = await self._known.find(self._server, local_id)
            key, origin = (held.key, held.origin) if held is not None else (None, False)
        await self._say([self._memory.delete(local_id, self._clock.now(), key=key, origin=origin)])
