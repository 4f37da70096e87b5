"""Tells an operator in plain words whether hashtags can be read on a server, and why not."""

from collections.abc import Sequence

from websockets.exceptions import InvalidStatus

from app.errors import BusyError, SourceError, UsageError
from app.ports import Clock
from app.sources.connection import UNREACHABLE, Timeouts, base_address
from app.sources.finding import Finding, fine, wrong
from app.sources.http import JsonClient
from app.sources.mastodon.api import MastodonApi, Page
from app.sources.mastodon.frames import socket_address
from app.sources.mastodon.parse import Instance
from app.sources.mastodon.poll import newest_page
from app.sources.mastodon.source import POLL_S
from app.sources.mastodon.words import (
    no_stream,
    only_local,
    partly_off,
    refused_stream,
    switched_off,
    unencrypted_stream,
    unknown,
    unreachable_stream,
)
from app.sources.sockets import ERRORS, open_socket, why_not
from app.sources.spelling import spelled


async def check(
    server_url: str,
    hashtags: Sequence[str],
    token: str | None = None,
    *,
    clock: Clock,
    contact: str = "",
    timeouts: Timeouts | None = None,
) -> list[Finding]:
    """Ask the server as the source would: itself, each hashtag, and the stream. Never raises
    SourceError or UsageError: they become findings."""
    try:
        base = base_address(server_url)
        async with JsonClient(
            base, clock=clock, token=token, contact=contact, timeouts=timeouts, pause=_hurry
        ) as client:
            api = MastodonApi(client, _hurry)
            instance = await api.instance()
            findings = [fine(_software(api.server, instance))]
            findings += _feeds(api.server, instance)
            for tag in hashtags:
                findings += await _tag(api, spelled(tag), instance, token=bool(token))
    except (SourceError, UsageError) as error:
        return [wrong(str(error))]
    announced = instance.streaming if instance is not None else None
    if hashtags:
        findings.append(
            await _stream(base, announced, spelled(hashtags[0]), token, contact, timeouts)
        )
    return findings


async def _hurry(asked_s: float, _attempt: int = 0) -> None:
    raise BusyError(f"The server asks to wait {asked_s:.0f} s.", retry_after_s=asked_s)


def _software(server: str, instance: Instance | None) -> str:
    if instance is None or not instance.version:
        return f"{server} answers, but does not say what it runs."
    return f"{server} runs {instance.software} {instance.version}."


def _feeds(server: str, instance: Instance | None) -> list[Finding]:
    if _off(instance) or instance is None or instance.hashtags_remote != "disabled":
        return []  # all off: said of each hashtag
    return [fine(partly_off(server))]


def _off(instance: Instance | None) -> bool:
    feeds = (instance.hashtags_local, instance.hashtags_remote) if instance else ()
    return feeds == ("disabled", "disabled")


async def _tag(
    api: MastodonApi, tag: str, instance: Instance | None, *, token: bool
) -> list[Finding]:
    try:
        page, local = await newest_page(api, tag, local=False, token=token)
    except SourceError as error:
        if error.code == UNREACHABLE:
            raise
        return [wrong(f"#{tag}: {error}")]
    findings = [fine(only_local(api.server))] if local else []
    return [*findings, _page(api.server, tag, page, off=_off(instance))]


def _page(server: str, tag: str, page: Page, *, off: bool) -> Finding:
    """An empty list means "no posts yet" or "switched off": the settings tell which."""
    if page.size == 0 and off:
        return wrong(f"#{tag}: {switched_off(server)}")
    if page.size == 0:
        return fine(unknown(server, [tag]))
    if not page.posts:
        return wrong(f"#{tag}: {server} answers, but its posts make no sense.")
    newest = max(posted.post.created_at for posted in page.posts)
    return fine(f"#{tag} can be read: its newest post is of {newest:%Y-%m-%d %H:%M} UTC.")


async def _stream(
    base: str,
    announced: str | None,
    tag: str,
    token: str | None,
    contact: str,
    timeouts: Timeouts | None,
) -> Finding:
    if not token:
        return fine(no_stream(POLL_S))
    address = socket_address(base, announced, tag)
    if address is None:
        return wrong(unencrypted_stream())
    try:
        async with open_socket(
            address,
            contact=contact,
            timeouts=timeouts or Timeouts(),
            headers={"Authorization": f"Bearer {token}"},
        ):
            return fine("Its stream opens: new posts come at once.")
    except InvalidStatus as error:
        return wrong(refused_stream(error.response.status_code))
    except ERRORS as error:
        return wrong(unreachable_stream(why_not(address, error)))
