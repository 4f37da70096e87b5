"""One relay: a socket with questions that end (`ask`) and questions that stay (`follow`), as NIP-01 has them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import anyio
import orjson
import structlog
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.errors import AccessError, BusyError, SourceError, UsageError
from app.ports import Clock
from app.sources.connection import UNREACHABLE, Timeouts
from app.sources.limits import clock_of, wait_asked
from app.sources.nostr import words
from app.sources.nostr.events import Event, Frame, parse_frame
from app.sources.shapes import host_of
from app.sources.sockets import ERRORS, open_socket, why_not

Filter = Mapping[str, Any]

ANSWER_S = 15.0
"""A relay that takes longer for its EOSE has stalled."""

NOTES = "notes"
"""The followed question without which a relay is of no use."""

WAIT_S = 30.0
"""When a relay says "rate-limited" and not for how long."""

_DENIED = frozenset({401, 402, 403})
_WORD = 200
"""Characters of what a relay says that are repeated to people."""

_log = structlog.get_logger(__name__)


def relay_address(text: str) -> str:
    """`wss://relay.example` from what people type; raises UsageError when it is no relay's address."""
    typed = text.strip()
    typed = typed if "://" in typed else f"wss://{typed}"
    try:
        parts = urlsplit(typed)
        usable = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.username is None
        usable = usable and typed.isprintable() and " " not in typed and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(
            f"{text!r} is no relay's address.", hint="It looks like this: wss://relay.example"
        )
    return typed.rstrip("/")


@dataclass(slots=True)
class _Question:
    """What was asked once, and what came."""

    found: list[Event] = field(default_factory=list)
    refused: SourceError | None = None
    over: anyio.Event = field(default_factory=anyio.Event)


class Session:
    """One open socket to a relay. `heard` gets each event, forged ones too, before `ask` returns."""

    def __init__(
        self,
        socket: ClientConnection,
        host: str,
        heard: Callable[[Event], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self.date = clock_of(socket.response.headers) if socket.response else None
        """What time it is by the relay's clock, where it says so."""
        self._socket, self._host = socket, host
        self._heard, self._clock = heard, clock
        self._numbers = count(1)
        self._questions: dict[str, _Question] = {}
        self._refused: SourceError | None = None

    async def follow(self, name: str, filters: Sequence[Filter]) -> None:
        """Be told of what matches from now on, and of what the relay has; takes the place of what had this name."""
        await self._send("REQ", name, *filters)

    async def ask(self, filters: Sequence[Filter], *, within_s: float = ANSWER_S) -> list[Event]:
        """What the relay has. Raises SourceError: silent, closed, AccessError and BusyError as it says."""
        name, question = f"ask{next(self._numbers)}", _Question()
        self._questions[name] = question
        try:
            await self._send("REQ", name, *filters)
            late = await self._late(question.over, within_s)
        finally:
            del self._questions[name]
        if question.refused is not None:
            raise question.refused
        await self._send("CLOSE", name)
        if late:
            raise SourceError(words.silent(self._host), code=UNREACHABLE)
        return question.found

    async def _late(self, over: anyio.Event, within_s: float) -> bool:
        """Wait for the end of an answer; whether it took too long."""
        late = False
        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                nonlocal late
                await self._clock.sleep(within_s)
                late = True
                tasks.cancel_scope.cancel()

            tasks.start_soon(watch)
            await over.wait()
            tasks.cancel_scope.cancel()
        return late

    async def _send(self, *message: object) -> None:
        try:
            await self._socket.send(orjson.dumps(message).decode())
        except ConnectionClosed as error:
            raise SourceError(words.ended(self._host), code=UNREACHABLE) from error

    async def listen(self) -> None:
        """Read until the socket closes. Raises SourceError then, or when a followed question is refused."""
        while True:
            try:
                frame = parse_frame(await self._socket.recv(decode=False))
            except ConnectionClosed as error:
                raise SourceError(words.ended(self._host), code=UNREACHABLE) from error
            if frame is not None:
                await self._take(frame)

    async def _take(self, frame: Frame) -> None:
        question = self._questions.get(frame.sub)
        if frame.kind == "event" and frame.event is not None:
            await self._heard(frame.event)
            if question is not None:
                question.found.append(frame.event)
        elif frame.kind == "eose" and question is not None:
            question.over.set()
        elif frame.kind == "closed":
            self._closed(question, frame)
        elif frame.kind == "notice":
            _log.info("relay notice", host=self._host, word=frame.word[:_WORD])

    def _closed(self, question: _Question | None, frame: Frame) -> None:
        error = refusal(self._host, frame.word)
        if question is not None:
            question.refused = error
            question.over.set()
        elif frame.sub == NOTES:
            raise error
        else:  # it will not tell of deletions at once: looks find them; or the answer came too late
            _log.info("relay closed a question", host=self._host, reason=str(error))


def refusal(host: str, word: str) -> SourceError:
    """What a relay's CLOSED means (NIP-01, -42): a prefix for programs, then a sentence."""
    prefix, _, rest = word.partition(":")
    said = " ".join(word.split())[:_WORD]
    match prefix.strip():
        case "auth-required":
            return AccessError(words.wants_login(host))
        case "restricted" | "blocked" | "pow" | "invalid" | "unsupported":
            return AccessError(words.refuses(host, " ".join(rest.split())[:_WORD]))
        case "rate-limited":
            return BusyError(words.asks_to_wait(host), retry_after_s=WAIT_S)
    return SourceError(words.refuses(host, said))


def worst(group: BaseExceptionGroup[SourceError]) -> SourceError:
    """Of all that went wrong at once in a session, what says most."""
    errors = list(_leaves(group))
    telling = (one for one in errors if isinstance(one, AccessError | BusyError))
    return next(telling, errors[0])


def _leaves(group: BaseExceptionGroup[SourceError]) -> Iterator[SourceError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


@asynccontextmanager
async def opened(
    address: str,
    heard: Callable[[Event], Awaitable[None]],
    *,
    clock: Clock,
    contact: str,
    timeouts: Timeouts,
) -> AsyncIterator[Session]:
    """A session; what fails on the way there is a SourceError with a sentence."""
    try:
        async with open_socket(address, contact=contact, timeouts=timeouts) as socket:
            yield Session(socket, host_of(address), heard, clock)
    except InvalidStatus as error:
        raise _answered(address, error, clock) from error
    except ERRORS as error:
        raise SourceError(why_not(address, error), code=UNREACHABLE) from error


def _answered(address: str, error: InvalidStatus, clock: Clock) -> SourceError:
    response = error.response
    said, status = why_not(address, error), response.status_code
    if status in _DENIED:
        return AccessError(said)
    # several headers of one name are no reason to fail
    headers = {name.lower(): value for name, value in response.headers.raw_items()}
    wait = wait_asked(headers, clock.now())
    if status == 429 or (status == 503 and wait is not None):
        wait_s = WAIT_S if wait is None else wait
        return BusyError(words.asks_to_wait(host_of(address)), retry_after_s=wait_s)
    return SourceError(said)
