"""Turns what Mastodon and compatible servers answer into arrivals: pure, tolerant, without HTML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

import regex  # type: ignore[import-untyped]

from app.domain.arrival import Arrival, Posted, Reposted
from app.domain.post import Author, Counts, Post, Quote, RichText
from app.domain.text import (
    NAME,
    POST,
    TITLE,
    WARNING,
    Limits,
    fold_tag,
    valid_tag,
    web_address,
)
from app.sources.html_text import html_to_rich, plain_to_rich
from app.sources.mastodon.parts import card_of, media_of, poll_of
from app.sources.shapes import (
    Json,
    as_count,
    as_dict,
    as_id,
    as_known_count,
    as_language,
    as_moment,
    as_str,
    dicts_in,
    host_of,
    pictures_in,
    shown,
    wants_out,
)

_NETWORK = "mastodon"


class ParseError(ValueError):
    """This is no usable post, account or instance; the text says in a few words why."""


# --- accounts -------------------------------------------------------------------------------------

_OPT_OUT_HINT = re.compile("nobot|nowall", re.IGNORECASE)
_PROFILE = Limits(graphemes=16_000, lines=1_000)
"""A profile is searched to its end; it is not shown."""
_VISIBLE = regex.compile(r"[\p{L}\p{N}\p{P}\p{S}--[\u115f\u1160\u3164\uffa0\u2800]]", regex.V1)
"""Hangul fillers and the empty Braille cell are letters that nobody sees."""


def parse_account(data: object, *, server: str, seen_at: datetime) -> Author:
    """An Account entity (docs.joinmastodon.org/entities/Account).

    Raises ParseError when it has neither an address nor a name.
    """
    account = as_dict(data)
    url = web_address(account.get("url"))
    acct = shown(account.get("acct"), TITLE) or shown(account.get("username"), TITLE)
    acct = acct.lstrip("@")
    key = as_id(account.get("uri")) or url
    if not acct or not key:
        raise ParseError("an account without a name or an address")
    handle = _handle(acct, url, server)
    return Author(
        key=key,
        network=_NETWORK,
        handle=handle,
        name=_name(account, handle),
        url=url or web_address(key),
        avatar=web_address(account.get("avatar_static")) or web_address(account.get("avatar")),
        bot=account.get("bot") is True,
        group=account.get("group") is True,
        limited=account.get("limited") is True,
        opted_out=_opted_out(account),
        created_at=as_moment(account.get("created_at"), seen_at),
        followers=as_known_count(account.get("followers_count")),
        posts=as_known_count(account.get("statuses_count")),
    )


def _handle(acct: str, url: str | None, server: str) -> str:
    """The full handle; a local account's domain is its address's (`server` may be an alias)."""
    return acct if "@" in acct else f"{acct}@{host_of(url) or server}"


def _name(account: Json, handle: str) -> RichText:
    """The display name, or the handle's first part where there is nothing to see in it."""
    name = as_str(account.get("display_name"))
    if name:
        rich = plain_to_rich(name, pictures_in(account.get("emojis")), NAME)
        if _VISIBLE.search(rich.text):
            return rich
    return RichText(text=shown(handle.partition("@")[0], NAME))


def _opted_out(account: Json) -> bool:
    """Whether the profile says #nobot, #nobots or #nowall, in its bio or in a field."""
    texts = [as_str(account.get("note"))]
    for field in dicts_in(account.get("fields")):
        texts += (as_str(field.get("name")), as_str(field.get("value")))
    hinted = (text for text in texts if _OPT_OUT_HINT.search(text))
    rich = (html_to_rich(text, emojis={}, limits=_PROFILE) for text in hinted)
    return any(wants_out(one.text) for one in rich)


def parse_booster(
    data: object, key: str, *, seen_at: datetime, server: str, at: object = None
) -> Reposted | None:
    """Somebody in `reblogged_by`; None for machines and groups, which only relay, and for who wants no name on walls.

    `at`: when, as the server wrote it, where it says so. Raises ParseError as `parse_account`.
    """
    by = parse_account(data, server=server, seen_at=seen_at)
    if by.bot or by.group or by.opted_out:
        return None
    return Reposted(server=server, seen_at=seen_at, key=key, by=by, at=as_moment(at, seen_at))


def _quote(data: object, server: str, seen_at: datetime) -> Quote | None:
    """Only what its author agreed to (docs.joinmastodon.org/entities/Quote).

    Dialects that quote without a state say nothing of consent.
    """
    quote = as_dict(data)
    status = as_dict(quote.get("quoted_status"))
    if quote.get("state") != "accepted" or _visibility(status) not in ("public", "unlisted"):
        return None
    try:
        author = parse_account(status.get("account"), server=server, seen_at=seen_at)
    except ParseError:
        return None
    if author.opted_out or "nowall" in _tags(status):
        return None
    return Quote(
        author=author,
        body=_quoted_body(status),
        key=_key(status),
        url=web_address(status.get("url")) or web_address(status.get("uri")),
        created_at=as_moment(status.get("created_at"), seen_at),
    )


def _quoted_body(status: Json) -> RichText:
    """The warning alone where there is one: a quote must not show what its post hides."""
    warning = shown(status.get("spoiler_text"), WARNING)
    return RichText(text=warning) if warning else _body(status)


# --- posts ----------------------------------------------------------------------------------------

_Visibility = Literal["public", "unlisted", "private", "direct"]
_VISIBILITIES = frozenset({"public", "unlisted", "private", "direct"})


def _visibility(status: Json) -> _Visibility:
    """Words we do not know (`local`, `list`) mean that it is not for everybody."""
    visibility = as_str(status.get("visibility", "public"))
    return cast(_Visibility, visibility) if visibility in _VISIBILITIES else "private"


def _key(status: Json) -> str:
    return as_id(status.get("uri")) or as_id(status.get("url"))


_BRIDGED = re.compile(r"https://(?:\w+\.)?brid\.gy/(?:convert/ap|r)/(.+)")
"""Addresses that Bridgy Fed gives to its copies; the original's is their end."""


def _bridged_from(key: str) -> str | None:
    """The original of which a bridge made this post."""
    found = _BRIDGED.fullmatch(key)
    return found[1] if found else None


def _tags(status: Json) -> dict[str, str | None]:
    """The post's hashtags, folded, and where they lead. The list decides, not the text."""
    tags = status.get("tags")
    found: dict[str, str | None] = {}
    for tag in tags if isinstance(tags, list) else []:
        name = as_str(tag.get("name") if isinstance(tag, dict) else tag)
        if valid_tag(name):
            found[fold_tag(name)] = as_str(as_dict(tag).get("url")) or None
    return found


def _body(status: Json, tags: Mapping[str, str | None] | None = None) -> RichText:
    mentions = {as_str(one.get("url")) for one in dicts_in(status.get("mentions"))}
    return html_to_rich(
        as_str(status.get("content")),
        emojis=pictures_in(status.get("emojis")),
        mentions=mentions,
        tags=_tags(status) if tags is None else tags,
        limits=POST,
    )


def parse_status(data: object, *, server: str, seen_at: datetime) -> Posted:
    """A Status entity (docs.joinmastodon.org/entities/Status) as `server` showed it at `seen_at`.

    A boost stands for the post that it passes on. Raises ParseError when it is no usable post.
    """
    status = as_dict(data)
    if isinstance(status.get("reblog"), dict):
        status = status["reblog"]
    local_id = as_id(status.get("id"))
    key = _key(status)
    if not local_id or not key:
        raise ParseError("a post without an id or an address")
    if key.endswith("/activity") and not status.get("content"):
        raise ParseError("a boost without the post that it passes on")
    author = parse_account(status.get("account"), server=server, seen_at=seen_at)
    return Posted(
        server=server,
        seen_at=seen_at,
        post=_post(status, key, author, server, seen_at),
        local_id=local_id,
        origin=_is_origin(as_dict(status.get("account")), author, server),
    )


def _post(status: Json, key: str, author: Author, server: str, seen_at: datetime) -> Post:
    url = web_address(status.get("url")) or web_address(key) or author.url
    if url is None:
        raise ParseError("a post without a web address")
    tags = _tags(status)
    if "nowall" in tags and not author.opted_out:
        author = author.model_copy(update={"opted_out": True})
    return Post(
        key=key,
        network=_NETWORK,
        url=url,
        author=author,
        body=_body(status, tags),
        hashtags=tuple(sorted(tags)),
        created_at=as_moment(status.get("created_at"), seen_at) or seen_at,
        edited_at=as_moment(status.get("edited_at"), seen_at),
        language=as_language(status.get("language")),
        warning=shown(status.get("spoiler_text"), WARNING),
        sensitive=status.get("sensitive") is True,
        visibility=_visibility(status),
        media=media_of(status.get("media_attachments")),
        card=card_of(status.get("card")),
        poll=poll_of(status.get("poll"), seen_at),
        quote=_quote(status.get("quote"), server, seen_at),
        is_reply=bool(status.get("in_reply_to_id")),
        bridged_from=_bridged_from(key),
        counts=Counts(
            reposts=as_count(status.get("reblogs_count")),
            likes=as_count(status.get("favourites_count")),
            replies=as_count(status.get("replies_count")),
            quotes=as_count(status.get("quotes_count")),
        ),
    )


def _is_origin(account: Json, author: Author, server: str) -> bool:
    """Whether `server` is the author's own: it names its own people without a domain."""
    acct = as_str(account.get("acct"))
    return (acct != "" and "@" not in acct) or host_of(author.url) == server


def parse_item(data: object, *, server: str, seen_at: datetime) -> list[Arrival]:
    """A Status as a timeline holds it: a post, or a boost as the post and who passed it on."""
    posted = parse_status(data, server=server, seen_at=seen_at)
    status = as_dict(data)
    if not isinstance(status.get("reblog"), dict):
        return [posted]
    account, at = status.get("account"), status.get("created_at")
    reposted = parse_booster(account, posted.post.key, seen_at=seen_at, server=server, at=at)
    return [posted, reposted] if reposted else [posted]


def parse_page(data: object, *, server: str, seen_at: datetime) -> tuple[list[Arrival], list[str]]:
    """The arrivals of a timeline page, in its order, and a sentence for each post that is unusable.

    Raises ParseError when it is no list at all.
    """
    if not isinstance(data, list):
        raise ParseError("a timeline that is no list")
    arrivals: list[Arrival] = []
    troubles: list[str] = []
    for item in data:
        try:
            arrivals += parse_item(item, server=server, seen_at=seen_at)
        except ParseError as error:
            troubles.append(str(error))
    return arrivals, troubles


# --- instances ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Instance:
    """What a server says of itself. `None` is what it does not say."""

    domain: str
    title: str
    software: str
    """`mastodon`, `gotosocial`, `akkoma` …, lower case."""
    version: str
    streaming: str | None
    """Address of the streaming host, `wss://…`."""
    hashtags_local: str | None
    """Who may read the hashtag timeline of local posts: `public`, `authenticated`, `disabled`."""
    hashtags_remote: str | None


_COMPATIBLE = re.compile(r"\(compatible; ([\w-]+) ([^\s)]+)")
_SOCKET = re.compile(r"(?:wss?|https?)://[^\s/?#@]+", re.IGNORECASE)


def parse_instance(data: object) -> Instance:
    """`/api/v2/instance` or the older `/api/v1/instance`. Raises ParseError when it is neither."""
    instance = as_dict(data)
    configuration = as_dict(instance.get("configuration"))
    urls = as_dict(configuration.get("urls")) or as_dict(instance.get("urls"))
    domain = as_str(instance.get("domain")) or as_str(instance.get("uri"))
    version = shown(instance.get("version"), TITLE)
    if not domain and not version:
        raise ParseError("an instance without a domain or a version")
    feeds = as_dict(as_dict(configuration.get("timelines_access")).get("hashtag_feeds"))
    compatible = _COMPATIBLE.search(version)
    return Instance(
        domain=shown(domain.removeprefix("https://").removeprefix("http://").rstrip("/"), TITLE),
        title=shown(instance.get("title"), TITLE),
        software=compatible[1].lower() if compatible else _software(instance),
        version=compatible[2] if compatible else version,
        streaming=_socket(urls.get("streaming")) or _socket(urls.get("streaming_api")),
        hashtags_local=as_str(feeds.get("local")) or None,
        hashtags_remote=as_str(feeds.get("remote")) or None,
    )


def _software(instance: Json) -> str:
    """The source repository's name, where there is one; forks of Mastodon keep it or change it."""
    return as_str(instance.get("source_url")).rstrip("/").rpartition("/")[2].lower() or "mastodon"


def _socket(value: object) -> str | None:
    address = as_str(value)
    return address if _SOCKET.match(address) and address.isascii() else None
