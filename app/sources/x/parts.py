"""What belongs to a post on X: its author, media, card and poll. Pure."""

import re
from datetime import UTC, datetime
from typing import Literal

import regex  # type: ignore[import-untyped]

from app.domain.post import Author, Card, Media, Poll, PollOption, RichText
from app.domain.text import ALT, NAME, TITLE, WARNING, safe_rich, web_address
from app.sources.shapes import (
    Json,
    as_count,
    as_dict,
    as_known_count,
    as_moment,
    as_str,
    dicts_in,
    host_of,
    shown,
    wants_out,
)
from app.sources.x.text import WEB, unescaped, username_of

NETWORK = "x"

_MediaKind = Literal["image", "gifv", "video", "unknown"]
_KINDS: dict[str, _MediaKind] = {"photo": "image", "animated_gif": "gifv", "video": "video"}
_MOST_PARTS = 20
_ID = re.compile(r"[0-9]{1,19}")
_SMALL_AVATAR = re.compile(r"_normal(?=\.\w+\Z|\Z)")
_VISIBLE = regex.compile(r"[\p{L}\p{N}\p{P}\p{S}--[\u115f\u1160\u3164\uffa0\u2800]]", regex.V1)


class ParseError(ValueError):
    """This is no usable post, author or page; the text says in a few words why."""


def post_id(value: object) -> str:
    """An id: a 64-bit number in decimal, as text; empty when it is none."""
    if type(value) is int and 0 <= value < 2**63:
        return str(value)
    text = as_str(value)
    return text if _ID.fullmatch(text) else ""


def author_key(user_id: str) -> str:
    """Names change, this does not."""
    return f"{WEB}/i/user/{user_id}"


def parse_user(data: object, seen_at: datetime) -> Author:
    """A User object. Raises ParseError when it has no id or no name to be called by."""
    user = as_dict(data)
    user_id, handle = post_id(user.get("id")), username_of(user.get("username"))
    if not user_id or not handle:
        raise ParseError("an author without an id or a name")
    numbers = as_dict(user.get("public_metrics"))
    avatar = _SMALL_AVATAR.sub("_bigger", as_str(user.get("profile_image_url")))
    return Author(
        key=author_key(user_id),
        network=NETWORK,
        handle=handle,
        name=_name(user, handle),
        url=f"{WEB}/{handle}",
        avatar=web_address(avatar),
        opted_out=wants_out(as_str(user.get("description"))),
        created_at=as_moment(user.get("created_at"), seen_at),
        followers=as_known_count(numbers.get("followers_count")),
        posts=as_known_count(numbers.get("tweet_count", numbers.get("post_count"))),
    )


def _name(user: Json, handle: str) -> RichText:
    name = safe_rich(RichText(text=unescaped(as_str(user.get("name")))), NAME)
    return name if _VISIBLE.search(name.text) else RichText(text=handle)


def media_of(post: Json, media: dict[str, Json]) -> tuple[Media, ...]:
    """The post's media in its order; those that X did not send along are left out."""
    keys = as_dict(post.get("attachments")).get("media_keys")
    named = [as_str(key) for key in keys] if isinstance(keys, list) else []
    there = [media[key] for key in dict.fromkeys(named) if key in media]
    return tuple(_medium(one) for one in there[:_MOST_PARTS])


def _medium(data: Json) -> Media:
    kind = _KINDS.get(as_str(data.get("type")), "unknown")
    direct = data.get("url") if kind == "image" else _best_film(data)
    return Media(
        kind=kind,
        url=web_address(direct),
        preview=web_address(data.get("preview_image_url")),
        alt=shown(data.get("alt_text"), ALT),
        width=as_count(data.get("width")) or None,
        height=as_count(data.get("height")) or None,
    )


def _best_film(data: Json) -> object:
    films = [
        one for one in dicts_in(data.get("variants")) if one.get("content_type") == "video/mp4"
    ]
    return max(films, key=lambda one: as_count(one.get("bit_rate")), default={}).get("url")


def card_of(links: list[Json]) -> Card | None:
    """The preview of the first page that is linked to and has a title; it leads through t.co as links do."""
    for link in links:
        title = shown(link.get("title"), TITLE)
        meant = web_address(link.get("unwound_url")) or web_address(link.get("expanded_url"))
        url = web_address(link.get("url")) or meant
        if title and url:
            return Card(
                url=url,
                title=title,
                description=shown(link.get("description"), WARNING),
                provider=host_of(meant or url),
                image=_picture(link),
            )
    return None


def _picture(link: Json) -> str | None:
    pictures = (web_address(one.get("url")) for one in dicts_in(link.get("images")))
    return next((one for one in pictures if one), None)


def poll_of(post: Json, polls: dict[str, Json]) -> Poll | None:
    """The post's poll, where X sent it along."""
    ids = as_dict(post.get("attachments")).get("poll_ids")
    named = [as_str(one) for one in ids] if isinstance(ids, list) else []
    poll = next((polls[one] for one in named if one in polls), None)
    if poll is None:
        return None
    given = sorted(
        dicts_in(poll.get("options"))[:_MOST_PARTS], key=lambda one: as_count(one.get("position"))
    )
    options = tuple(_option(one) for one in given)
    if not options:
        return None
    return Poll(
        options=options,
        votes=sum(one.votes or 0 for one in options),
        expires_at=as_moment(poll.get("end_datetime"), datetime.max.replace(tzinfo=UTC)),
        expired=poll.get("voting_status") == "closed",
    )


def _option(data: Json) -> PollOption:
    votes = data.get("votes")
    title = shown(unescaped(as_str(data.get("label"))), TITLE)
    return PollOption(title=title, votes=None if votes is None else as_count(votes))
