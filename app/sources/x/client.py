"""The JSON client as X wants it: its own rate headers, its problems in words, rules and a stream."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import httpx2 as httpx
import orjson

from app.domain.text import Limits, safe_text
from app.errors import AccessError, BusyError, SourceError
from app.sources.connection import FAULT, MAX_BODY
from app.sources.http import DeniedError, JsonClient, Params
from app.sources.shapes import Json, as_dict, as_str, dicts_in

TOO_MANY = "TooManyConnections"
"""X's word for a second stream: an app may have one (x-api/posts/filtered-stream)."""

_DETAIL = Limits(graphemes=200, lines=1)
_RATE = {f"x-rate-limit-{name}": f"x-ratelimit-{name}" for name in ("limit", "remaining", "reset")}
"""X spells the headers with one more hyphen (x-api/fundamentals/rate-limits)."""


class QuestionError(SourceError):
    """A 400: X does not understand the question, or not in this dialect."""

    code = "source.question"


class CreditsError(AccessError):
    """The prepaid credits, or X's own cap, are used up: every question fails."""

    code = "source.credits"


class CrowdedError(SourceError):
    """Another stream of the same app is open."""

    code = "source.crowded"


def costs_nothing(error: SourceError) -> bool:
    """Whether a question that failed so was surely not charged: only answers are, and an answer that
    was lost on its way may have been one."""
    if isinstance(error, DeniedError | BusyError | QuestionError | CreditsError):
        return True
    cause = error.__cause__
    unsent = isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return unsent or error.code == FAULT


class XClient(JsonClient):
    """As its base; every question raises QuestionError and CreditsError too."""

    @asynccontextmanager
    async def lines(
        self, path: str, params: Params, stall_s: float
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The lines of an answer without end, blank ones too. Silence for `stall_s` (seconds) is a
        fault. Errors as `get`, while it is open too."""
        async with (
            self.listen(path, params, silence_s=stall_s) as response,
            aclosing(_lines(self.server, response)) as lines,
        ):
            yield lines

    def examine(self, response: httpx.Response, body: bytes) -> None:
        """Raise what only the body tells, and spell the rate headers as others do."""
        for theirs, common in _RATE.items():
            if theirs in response.headers:
                response.headers[common] = response.headers[theirs]
        if response.status_code in (400, 402, 403, 429, 503):
            refuse(self.server, response.status_code, body)


def refuse(server: str, status: int, body: bytes) -> None:
    """Raise the error that a problem's text means; return when the status says it all.

    That 402 is the answer when credits are out is not written down; the titles are X's
    (x-api/fundamentals/response-codes-and-errors).
    """
    problem = _problem(body)
    kind = as_str(problem.get("type")).rpartition("/")[2]
    title = as_str(problem.get("title"))
    if problem.get("connection_issue") == TOO_MANY:
        raise CrowdedError(f"{server} has another stream of this app open.")
    if status == 402 or kind in ("usage-capped", "credits") or title == "CreditsDepleted":
        raise CreditsError(
            f"{server} answers {status}: the credits or the monthly cap are used up.",
            hint="Look at console.x.com.",
        )
    if status == 400:
        raise QuestionError(f"{server} answers 400: {_sentence(problem)}")


def _problem(body: bytes) -> Json:
    try:
        return as_dict(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}


def _sentence(problem: Json) -> str:
    first = next(iter(dicts_in(problem.get("errors"))), {})
    detail = as_str(first.get("message")) or as_str(problem.get("detail"))
    return safe_text(detail, limits=_DETAIL) or "it does not understand the question."


async def _lines(server: str, response: httpx.Response) -> AsyncGenerator[bytes, None]:
    rest = bytearray()
    async for chunk in response.aiter_bytes():
        *whole, last = (bytes(rest) + chunk).split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r")
        rest = bytearray(last)
        if len(rest) > MAX_BODY:
            raise SourceError(f"{server} sent more than 8 MiB in one line.")
