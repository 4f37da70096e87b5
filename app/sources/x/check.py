"""Tells an operator in plain words whether X can be searched, and what following it may cost."""

from collections.abc import Sequence

from app.errors import BusyError, SourceError, UsageError
from app.ports import Clock
from app.sources.connection import Timeouts, base_address, server_name
from app.sources.finding import Finding, fine, wrong
from app.sources.spelling import each_once
from app.sources.x import words
from app.sources.x.api import DIALECTS, LEAST, XApi
from app.sources.x.client import XClient
from app.sources.x.parse import Setting, made_at
from app.sources.x.poll import query_of
from app.sources.x.source import BASE


async def check(
    hashtags: Sequence[str],
    *,
    token: str | None,
    daily_budget: int | None,
    clock: Clock,
    base: str = BASE,
    dialect: str = "tweet",
    stream: bool = False,
    contact: str = "",
    timeouts: Timeouts | None = None,
) -> list[Finding]:
    """One smallest search (10 posts, $0.05 at most), without authors. Never raises SourceError or
    UsageError: they become findings."""
    if not token or daily_budget is None:
        return [wrong(f"{words.OFF} {words.HOW_TO_GET_IN}")]
    try:
        address = base_address(base)
        async with XClient(
            address, clock=clock, token=token, contact=contact, timeouts=timeouts
        ) as client:
            api = XApi(
                client,
                lambda answer: Setting(server_name(address), answer.at),
                _hurry,
                DIALECTS[dialect],
            )
            findings = [fine(words.may_cost(daily_budget)), *await _search(api, hashtags)]
            return [*findings, *(await _rules(api) if stream else [])]
    except (SourceError, UsageError) as error:
        return [wrong(str(error))]


async def _search(api: XApi, hashtags: Sequence[str]) -> list[Finding]:
    query = query_of(each_once(hashtags))
    page = await api.sample(query)
    newest = max(page.ids, key=int, default="")
    return [
        fine(words.readable(query, made_at(newest))),
        fine(words.check_cost(LEAST, len(page.ids))),
    ]


async def _rules(api: XApi) -> list[Finding]:
    """Free of charge, unlike the stream, which an app has only one of."""
    try:
        await api.rules()
    except SourceError as error:
        return [wrong(words.refused_stream(str(error)))]
    return [fine(words.stream_open())]


async def _hurry(asked_s: float, attempt: int) -> None:
    raise BusyError(f"X asks to wait {asked_s:.0f} s.", retry_after_s=asked_s)
