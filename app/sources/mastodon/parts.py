"""What belongs to a Mastodon post: media, card and poll."""

import re
from datetime import UTC, datetime
from math import isnan
from typing import Literal, cast

from app.domain.post import Card, Media, Poll, PollOption
from app.domain.text import ALT, TITLE, WARNING, web_address
from app.sources.shapes import (
    Json,
    as_count,
    as_dict,
    as_moment,
    as_str,
    dicts_in,
    host_of,
    shown,
)

_MOST_PARTS = 20
"""Pictures, poll options and the like that are read of one post (Pixelfed allows 20 pictures)."""

_MediaKind = Literal["image", "gifv", "video", "audio", "unknown"]
_MEDIA_KINDS = frozenset({"image", "gifv", "video", "audio"})
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}")


def media_of(data: object) -> tuple[Media, ...]:
    return tuple(_medium(one) for one in dicts_in(data)[:_MOST_PARTS])


def _medium(data: Json) -> Media:
    kind = as_str(data.get("type"))
    meta = as_dict(data.get("meta"))
    size = as_dict(meta.get("original")) or as_dict(meta.get("small"))
    blurhash = as_str(data.get("blurhash"))
    return Media(
        kind=cast(_MediaKind, kind) if kind in _MEDIA_KINDS else "unknown",
        url=_direct(data.get("url"), data.get("remote_url")),
        preview=_preview(data),
        alt=shown(data.get("description"), ALT),
        width=as_count(size.get("width")) or None,
        height=as_count(size.get("height")) or None,
        focus=_focus(meta.get("focus")),
        blurhash=blurhash if _BLURHASH.fullmatch(blurhash) else None,
    )


def _direct(cached: object, original: object) -> str | None:
    """Where the file is; not through a server's `/media_proxy/`, which serves 30 in 10 minutes."""
    here, there = web_address(cached), web_address(original)
    if here is None or "/media_proxy/" in here:
        return there or here
    return here


def _preview(data: Json) -> str | None:
    original = data.get("preview_remote_url")
    if data.get("type") == "image":
        original = original or data.get("remote_url")
    return _direct(data.get("preview_url"), original)


def _focus(data: object) -> tuple[float, float] | None:
    focus = as_dict(data)
    x, y = _share(focus.get("x")), _share(focus.get("y"))
    return None if x is None or y is None else (x, y)


def _share(value: object) -> float | None:
    """A number from -1 to 1; compared before it is converted, as JSON integers may be huge."""
    if not isinstance(value, int | float) or (isinstance(value, float) and isnan(value)):
        return None
    return float(max(-1, min(1, value)))


def card_of(data: object) -> Card | None:
    """A PreviewCard; its `html` is never used."""
    card = as_dict(data)
    url = web_address(card.get("url"))
    if url is None:
        return None
    provider = shown(card.get("provider_name"), TITLE)
    return Card(
        url=url,
        title=shown(card.get("title"), TITLE) or provider or host_of(url),
        description=shown(card.get("description"), WARNING),
        provider=provider,
        image=web_address(card.get("image")),
    )


def poll_of(data: object, seen_at: datetime) -> Poll | None:
    poll = as_dict(data)
    options = tuple(
        PollOption(title=shown(option.get("title"), TITLE), votes=_votes(option))
        for option in dicts_in(poll.get("options"))[:_MOST_PARTS]
    )
    if not options:
        return None
    return Poll(
        options=options,
        votes=as_count(poll.get("votes_count")),
        expires_at=as_moment(poll.get("expires_at"), datetime.max.replace(tzinfo=UTC)),
        expired=poll.get("expired") is True,
        multiple=poll.get("multiple") is True,
    )


def _votes(option: Json) -> int | None:
    votes = option.get("votes_count")
    return None if votes is None else as_count(votes)
