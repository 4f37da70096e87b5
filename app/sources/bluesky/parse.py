"""Turns what Bluesky's AppView answers into arrivals: pure, tolerant, without HTML."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.arrival import Edited, Posted
from app.domain.post import Author, Counts, Post, Quote, RichText
from app.domain.text import NAME, WARNING, Limits, safe_rich, web_address
from app.sources.bluesky.embeds import card_of, media_of, quoted_record
from app.sources.bluesky.labels import Ruling, rule, warning
from app.sources.bluesky.text import PAGES, as_did, as_post_key, hashtags_of, parts_of, rich_text
from app.sources.mastodon.parse import ParseError
from app.sources.shapes import (
    Json,
    as_count,
    as_dict,
    as_known_count,
    as_language,
    as_moment,
    as_str,
    shown,
    wants_out,
)

NETWORK = "bluesky"

SERVER = "bsky.app"
"""How the network is named on arrivals: one AppView speaks for all, whichever host is asked."""

NO_HANDLE = "handle.invalid"

_HANDLE = Limits(graphemes=253, lines=1)


@dataclass(frozen=True, slots=True)
class Wishes:
    """Who must not be shown, and what not, as people asked for it elsewhere than in the post itself."""

    opted_out: frozenset[str] = frozenset()
    """Accounts."""
    hidden: frozenset[str] = frozenset()
    """Answers, by the will of who started their thread."""
    profiles: Mapping[str, Json] = field(default_factory=dict)
    """Where that was read, by account: these also count followers and posts, which no post view does."""


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class Change:
    """An `update` event: the AppView may still show the record as it was before."""

    cid: str
    record: Json
    at: datetime


# --- accounts -------------------------------------------------------------------------------------


def parse_author(data: object, *, seen_at: datetime, opted_out: Container[str] = ()) -> Author:
    """A profile view of any size (app.bsky.actor.defs). Raises ParseError when it has no DID.

    `opted_out`: accounts whose profile, read elsewhere, asks not to be shown.
    """
    profile = as_dict(data)
    did = as_did(profile.get("did"))
    if not did:
        raise ParseError("an account without a DID")
    ruling = rule(profile.get("labels"), at=seen_at)
    handle = _handle(profile, did)
    said_so = wants_out(as_str(profile.get("description")))
    return Author(
        key=did,
        network=NETWORK,
        handle=handle,
        name=_name(profile, handle),
        url=f"{PAGES}/profile/{_place(profile, did)}",
        avatar=web_address(profile.get("avatar")),
        bot=ruling.bot,
        limited=bool(ruling.reasons),
        opted_out=ruling.members_only or ruling.never or said_so or did in opted_out,
        created_at=as_moment(profile.get("createdAt"), seen_at),
        followers=as_known_count(profile.get("followersCount")),
        posts=as_known_count(profile.get("postsCount")),
    )


def people_in(view: Json) -> Iterator[str]:
    """The accounts whose profiles decide whether a post view may be shown: its author's, and whom it quotes."""
    for data in (view.get("author"), quoted_record(view.get("embed")).get("author")):
        if did := as_did(as_dict(data).get("did")):
            yield did


def root_of(view: Json) -> str:
    """The post that started the thread which a post view answers in; nothing when it answers in none."""
    reply = as_dict(as_dict(view.get("record")).get("reply"))
    return as_post_key(as_dict(reply.get("root")).get("uri"))


def hidden_answers(view: Json) -> frozenset[str]:
    """The answers that the author of this post hides (app.bsky.feed.threadgate); only the thread's start has them."""
    gate = as_dict(as_dict(view.get("threadgate")).get("record"))
    listed = gate.get("hiddenReplies")
    return frozenset(map(as_post_key, listed)) if isinstance(listed, list) else frozenset()


def _valid_handle(profile: Json) -> str:
    handle = shown(profile.get("handle"), _HANDLE).lower()
    fits = re.fullmatch(r"[\w.-]+\.[\w-]+", handle) is not None
    return handle if fits and handle != NO_HANDLE else ""


def _handle(profile: Json, did: str) -> str:
    """The handle; a shortened DID where it does not verify."""
    short = did if len(did) <= 20 else f"{did[:16]}…{did[-4:]}"
    return _valid_handle(profile) or short


def _place(profile: Json, did: str) -> str:
    """How addresses name an account; both forms lead there."""
    handle = _valid_handle(profile)
    return handle if handle.isascii() and handle else did


def _name(profile: Json, handle: str) -> RichText:
    name = safe_rich(RichText(text=as_str(profile.get("displayName"))), NAME)
    if any(one.isprintable() and not one.isspace() for one in name.text):
        return name
    first = handle if handle.startswith("did:") else handle.partition(".")[0]
    return RichText(text=shown(first, NAME))


# --- posts ----------------------------------------------------------------------------------------


def parse_view(
    data: object,
    *,
    seen_at: datetime,
    wishes: Wishes = NO_WISHES,
    change: Change | None = None,
) -> Posted:
    """A postView (app.bsky.feed.defs#postView) as the AppView showed it at `seen_at`.

    Raises ParseError when it is no usable post. With `change`, the author's newest record counts.
    """
    view = as_dict(data)
    key = as_post_key(view.get("uri"))
    if not key:
        raise ParseError("a post without an address")
    did, _, rkey = parts_of(key)
    profile = {**as_dict(view.get("author")), **_numbers(wishes.profiles.get(did))}
    author = parse_author(profile, seen_at=seen_at, opted_out=wishes.opted_out)
    if author.key != did:
        raise ParseError("a post in another account's name")
    url = f"{author.url}/post/{rkey}"
    post = _post(view, key, url, author, seen_at, wishes.opted_out, change)
    if key in wishes.hidden:
        post = post.model_copy(update={"visibility": "private"})
    word = Edited if change is not None else Posted
    return word(
        server=SERVER,
        seen_at=seen_at,
        post=post,
        local_id=key,
        origin=True,
    )


def _numbers(profile: Json | None) -> Json:
    """How many follow an account and how much it wrote, as its full profile says (profileViewDetailed)."""
    there = profile or {}
    return {name: there[name] for name in ("followersCount", "postsCount") if name in there}


def _post(
    view: Json,
    key: str,
    url: str,
    author: Author,
    seen_at: datetime,
    opted_out: Container[str],
    change: Change | None,
) -> Post:
    shown_record = as_dict(view.get("record"))
    record = shown_record if change is None else change.record
    tags = hashtags_of(record)
    rulings = _rulings(view, record, seen_at)
    embed = view.get("embed") if record.get("embed") == shown_record.get("embed") else None
    no_media = any(one.no_media for one in rulings)
    if "nowall" in tags or any(one.members_only for one in rulings):
        author = author.model_copy(update={"opted_out": True})
    return Post(
        key=key,
        network=NETWORK,
        url=url,
        author=author,
        body=rich_text(record),
        hashtags=tuple(sorted(tags)),
        created_at=_made_at(view, record, seen_at),
        edited_at=min(change.at, seen_at) if change is not None else None,
        language=_language(record),
        warning=warning(*rulings),
        sensitive=any(one.reasons for one in rulings),
        visibility="private" if any(one.never for one in rulings) else "public",
        media=() if no_media else media_of(embed),
        card=card_of(embed, picture=not no_media),
        quote=_quote(embed, seen_at, opted_out),
        is_reply=isinstance(record.get("reply"), dict),
        # Bridgy Fed's own field; whether the account is the bridge's is for `domain.voice` to judge
        bridged_from=web_address(record.get("bridgyOriginalUrl")),
        counts=_counts(view),
    )


def _rulings(view: Json, record: Json, at: datetime) -> tuple[Ruling, ...]:
    """The labels on the post, on its author, and those that the author put on it."""
    author = as_dict(view.get("author"))
    return tuple(rule(one.get("labels"), at=at) for one in (view, author, record))


def _made_at(view: Json, record: Json, seen_at: datetime) -> datetime:
    """`createdAt` is the client's claim: never later than when it was indexed."""
    indexed = as_moment(view.get("indexedAt"), seen_at) or seen_at
    return as_moment(record.get("createdAt"), indexed) or indexed


def _language(record: Json) -> str | None:
    langs = record.get("langs")
    return as_language(langs[0]) if isinstance(langs, list) and langs else None


def _counts(view: Json) -> Counts:
    return Counts(
        reposts=as_count(view.get("repostCount")),
        likes=as_count(view.get("likeCount")),
        replies=as_count(view.get("replyCount")),
        quotes=as_count(view.get("quoteCount")),
    )


def _quote(embed: object, seen_at: datetime, opted_out: Container[str]) -> Quote | None:
    """Only what its author allows: detached, blocked and lost records have no author here."""
    quoted = quoted_record(embed)
    key, value = as_post_key(quoted.get("uri")), as_dict(quoted.get("value"))
    if not key or not value:
        return None
    try:
        author = parse_author(quoted.get("author"), seen_at=seen_at, opted_out=opted_out)
    except ParseError:
        return None
    rulings = _rulings(quoted, value, seen_at)
    never = any(one.never or one.members_only for one in rulings)
    if author.opted_out or never or "nowall" in hashtags_of(value):
        return None
    hidden = warning(*rulings)
    return Quote(
        author=author,
        # a quote must not show what its post hides
        body=RichText(text=shown(hidden, WARNING)) if hidden else rich_text(value),
        key=key,
        url=f"{author.url}/post/{parts_of(key)[2]}",
        created_at=_made_at(quoted, value, seen_at),
    )
