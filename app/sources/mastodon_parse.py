"""Turns what Mastodon and compatible servers answer into arrivals: pure, tolerant, without HTML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import regex  # type: ignore[import-untyped]

from app.domain.arrival import Arrival, Posted, Reposted
from app.domain.post import (
    Author,
    Card,
    Counts,
    Media,
    Poll,
    PollOption,
    Post,
    Quote,
    RichText,
)
from app.domain.text import (
    ALT,
    NAME,
    POST,
    TITLE,
    WARNING,
    Limits,
    fold_tag,
    safe_text,
    valid_tag,
    web_address,
)
from app.sources.html_text import html_to_rich, plain_to_rich

Json = Mapping[str, Any]
_NETWORK = "mastodon"
_KEY_LENGTH = 2048
_MOST_PARTS = 20
"""Pictures, poll options and the like that are read of one post (Pixelfed allows 20 pictures)."""


class ParseError(ValueError):
    """This is no usable post, account or instance; the text says in a few words why."""


# --- shapes: what is of the wrong kind counts as missing -----------------------------------------


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[Json]:
    return (
        [one for one in value if isinstance(one, dict)]
        if isinstance(value, list)
        else []
    )


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _text(value: object, limits: Limits) -> str:
    return safe_text(value, limits=limits) if isinstance(value, str) and value else ""


def _id(value: object) -> str:
    """Ids are opaque text; some servers send numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and len(value) <= _KEY_LENGTH else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _time(value: object, seen_at: datetime) -> datetime | None:
    """A moment in UTC, never later than `seen_at`; None when it is no date."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = (
            moment.replace(tzinfo=UTC)
            if moment.tzinfo is None
            else moment.astimezone(UTC)
        )
    except (ValueError, OverflowError):
        return None
    return min(moment, seen_at)


_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,4}")


def _language(value: object) -> str | None:
    language = _str(value).strip().replace("_", "-").lower()
    return language if _LANGUAGE.fullmatch(language) and language[:3] != "und" else None


def _emojis(value: object) -> dict[str, str]:
    """Shortcode to address; the still picture rather than the moving one."""
    found: dict[str, str] = {}
    for emoji in _dicts(value):
        address = web_address(emoji.get("static_url")) or web_address(emoji.get("url"))
        if address and (code := _str(emoji.get("shortcode"))):
            found[code] = address
    return found


def _host(address: str | None) -> str:
    """Host and port of a web address, lower case."""
    return urlsplit(address).netloc.lower() if address else ""


# --- accounts -------------------------------------------------------------------------------------

_OPT_OUT_HINT = re.compile("nobot|nowall", re.IGNORECASE)
_OPT_OUT = re.compile(r"(?<![\w&/#])[#＃](?:nobots?|nowall)(?!\w)", re.IGNORECASE)
_VISIBLE = regex.compile(
    r"[\p{L}\p{N}\p{P}\p{S}--[\u115f\u1160\u3164\uffa0\u2800]]", regex.V1
)
"""Hangul fillers and the empty Braille cell are letters that nobody sees."""


def parse_account(data: object, *, server: str, seen_at: datetime) -> Author:
    """An Account entity (docs.joinmastodon.org/entities/Account).

    Raises ParseError when it has neither an address nor a name.
    """
    account = _dict(data)
    url = web_address(account.get("url"))
    acct = _str(account.get("acct")) or _str(account.get("username"))
    key = _id(account.get("uri")) or url
    if not acct or not key:
        raise ParseError("an account without a name or an address")
    handle = _handle(acct, url, server)
    return Author(
        key=key,
        network=_NETWORK,
        handle=handle,
        name=_name(account, handle),
        url=url or web_address(key),
        avatar=web_address(account.get("avatar_static"))
        or web_address(account.get("avatar")),
        bot=account.get("bot") is True,
        group=account.get("group") is True,
        limited=account.get("limited") is True,
        opted_out=_opted_out(account),
        created_at=_time(account.get("created_at"), seen_at),
    )


def _handle(acct: str, url: str | None, server: str) -> str:
    """The full handle; the domain of a local account is that of its address (`server` may be an alias)."""
    acct = _text(acct.strip().lstrip("@"), TITLE)
    return acct if "@" in acct else f"{acct}@{_host(url) or server}"


def _name(account: Json, handle: str) -> RichText:
    """The display name, or the handle's first part where there is nothing to see in it."""
    name = _str(account.get("display_name"))
    if name:
        rich = plain_to_rich(name, _emojis(account.get("emojis")), NAME)
        if _VISIBLE.search(rich.text):
            return rich
    return RichText(text=_text(handle.partition("@")[0], NAME))


def _opted_out(account: Json) -> bool:
    """Whether the profile says #nobot, #nobots or #nowall, in its bio or in a field."""
    texts = [_str(account.get("note"))]
    for field in _dicts(account.get("fields")):
        texts += (_str(field.get("name")), _str(field.get("value")))
    hinted = (text for text in texts if _OPT_OUT_HINT.search(text))
    return any(_OPT_OUT.search(html_to_rich(text, emojis={}).text) for text in hinted)


def parse_booster(
    data: object, key: str, *, seen_at: datetime, server: str, at: object = None
) -> Reposted | None:
    """Somebody in `reblogged_by`; None for machines and groups, which only relay.

    `at`: when, as the server wrote it, where it says so. Raises ParseError as `parse_account`.
    """
    by = parse_account(data, server=server, seen_at=seen_at)
    if by.bot or by.group:
        return None
    return Reposted(
        server=server, seen_at=seen_at, key=key, by=by, at=_time(at, seen_at)
    )


# --- what belongs to a post -----------------------------------------------------------------------

_MediaKind = Literal["image", "gifv", "video", "audio", "unknown"]
_MEDIA_KINDS = frozenset({"image", "gifv", "video", "audio"})
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}")


def _media(data: object) -> tuple[Media, ...]:
    return tuple(_medium(one) for one in _dicts(data)[:_MOST_PARTS])


def _medium(data: Json) -> Media:
    kind = data.get("type")
    meta = _dict(data.get("meta"))
    size = _dict(meta.get("original")) or _dict(meta.get("small"))
    blurhash = _str(data.get("blurhash"))
    return Media(
        kind=cast(_MediaKind, kind) if kind in _MEDIA_KINDS else "unknown",
        url=_direct(data.get("url"), data.get("remote_url")),
        preview=_preview(data),
        alt=_text(data.get("description"), ALT),
        width=_count(size.get("width")) or None,
        height=_count(size.get("height")) or None,
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
    focus = _dict(data)
    x, y = focus.get("x"), focus.get("y")
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return None
    if not isfinite(x) or not isfinite(y):
        return None
    return max(-1.0, min(1.0, float(x))), max(-1.0, min(1.0, float(y)))


def _card(data: object) -> Card | None:
    """A PreviewCard; its `html` is never used."""
    card = _dict(data)
    url = web_address(card.get("url"))
    if url is None:
        return None
    provider = _text(card.get("provider_name"), TITLE)
    return Card(
        url=url,
        title=_text(card.get("title"), TITLE) or provider or _host(url),
        description=_text(card.get("description"), WARNING),
        provider=provider,
        image=web_address(card.get("image")),
    )


def _poll(data: object, seen_at: datetime) -> Poll | None:
    poll = _dict(data)
    options = tuple(
        PollOption(title=_text(option.get("title"), TITLE), votes=_votes(option))
        for option in _dicts(poll.get("options"))[:_MOST_PARTS]
    )
    if not options:
        return None
    return Poll(
        options=options,
        votes=_count(poll.get("votes_count")),
        expires_at=_time(poll.get("expires_at"), datetime.max.replace(tzinfo=UTC)),
        expired=poll.get("expired") is True,
        multiple=poll.get("multiple") is True,
    )


def _votes(option: Json) -> int | None:
    votes = option.get("votes_count")
    return None if votes is None else _count(votes)


def _quote(data: object, server: str, seen_at: datetime) -> Quote | None:
    """Only what its author agreed to (docs.joinmastodon.org/entities/Quote); other dialects say nothing of consent."""
    quote = _dict(data)
    status = _dict(quote.get("quoted_status"))
    if quote.get("state") != "accepted" or _visibility(status) not in (
        "public",
        "unlisted",
    ):
        return None
    try:
        author = parse_account(status.get("account"), server=server, seen_at=seen_at)
    except ParseError:
        return None
    return Quote(
        author=author,
        body=_quoted_body(status),
        url=web_address(status.get("url")) or web_address(status.get("uri")),
        created_at=_time(status.get("created_at"), seen_at),
    )


def _quoted_body(status: Json) -> RichText:
    """The warning alone where there is one: a quote must not show what its post hides."""
    warning = _text(status.get("spoiler_text"), WARNING)
    return RichText(text=warning) if warning else _body(status)


# --- posts ----------------------------------------------------------------------------------------

_Visibility = Literal["public", "unlisted", "private", "direct"]
_VISIBILITIES = frozenset({"public", "unlisted", "private", "direct"})


def _visibility(status: Json) -> _Visibility:
    """Words we do not know (`local`, `list`) mean that it is not for everybody."""
    visibility = status.get("visibility", "public")
    return cast(_Visibility, visibility) if visibility in _VISIBILITIES else "private"


def _tags(status: Json) -> dict[str, str | None]:
    """The post's hashtags, folded, and where they lead. The list decides, not the text."""
    tags = status.get("tags")
    found: dict[str, str | None] = {}
    for tag in tags if isinstance(tags, list) else []:
        name = _str(tag.get("name") if isinstance(tag, dict) else tag)
        if valid_tag(name):
            found[fold_tag(name)] = _str(_dict(tag).get("url")) or None
    return found


def _body(status: Json, tags: Mapping[str, str | None] | None = None) -> RichText:
    mentions = {_str(one.get("url")) for one in _dicts(status.get("mentions"))}
    return html_to_rich(
        _str(status.get("content")),
        emojis=_emojis(status.get("emojis")),
        mentions=mentions,
        tags=_tags(status) if tags is None else tags,
        limits=POST,
    )


def parse_status(data: object, *, server: str, seen_at: datetime) -> Posted:
    """A Status entity (docs.joinmastodon.org/entities/Status) as `server` showed it at `seen_at`.

    A boost stands for the post that it passes on. Raises ParseError when it is no usable post.
    """
    status = _dict(data)
    if isinstance(status.get("reblog"), dict):
        status = status["reblog"]
    local_id = _id(status.get("id"))
    key = _id(status.get("uri")) or _id(status.get("url"))
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
        origin=_is_origin(_dict(status.get("account")), author, server),
    )


def _post(
    status: Json, key: str, author: Author, server: str, seen_at: datetime
) -> Post:
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
        created_at=_time(status.get("created_at"), seen_at) or seen_at,
        edited_at=_time(status.get("edited_at"), seen_at),
        language=_language(status.get("language")),
        warning=_text(status.get("spoiler_text"), WARNING),
        sensitive=status.get("sensitive") is True,
        visibility=_visibility(status),
        media=_media(status.get("media_attachments")),
        card=_card(status.get("card")),
        poll=_poll(status.get("poll"), seen_at),
        quote=_quote(status.get("quote"), server, seen_at),
        is_reply=bool(status.get("in_reply_to_id")),
        counts=Counts(
            reposts=_count(status.get("reblogs_count")),
            likes=_count(status.get("favourites_count")),
            replies=_count(status.get("replies_count")),
            quotes=_count(status.get("quotes_count")),
        ),
    )


def _is_origin(account: Json, author: Author, server: str) -> bool:
    """Whether `server` is the author's own: it names its own people without a domain."""
    return "@" not in _str(account.get("acct")) or _host(author.url) == server


def parse_item(data: object, *, server: str, seen_at: datetime) -> list[Arrival]:
    """A Status as a timeline holds it: a post, or a boost as the post and who passed it on."""
    posted = parse_status(data, server=server, seen_at=seen_at)
    status = _dict(data)
    if not isinstance(status.get("reblog"), dict):
        return [posted]
    account, at = status.get("account"), status.get("created_at")
    reposted = parse_booster(
        account, posted.post.key, seen_at=seen_at, server=server, at=at
    )
    return [posted, reposted] if reposted else [posted]


def parse_page(
    data: object, *, server: str, seen_at: datetime
) -> tuple[list[Arrival], list[str]]:
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
    instance = _dict(data)
    configuration = _dict(instance.get("configuration"))
    urls = _dict(configuration.get("urls")) or _dict(instance.get("urls"))
    domain = _str(instance.get("domain")) or _str(instance.get("uri"))
    version = _text(instance.get("version"), TITLE)
    if not domain and not version:
        raise ParseError("an instance without a domain or a version")
    feeds = _dict(_dict(configuration.get("timelines_access")).get("hashtag_feeds"))
    compatible = _COMPATIBLE.search(version)
    return Instance(
        domain=_text(
            domain.removeprefix("https://").removeprefix("http://").rstrip("/"), TITLE
        ),
        title=_text(instance.get("title"), TITLE),
        software=compatible[1].lower() if compatible else _software(instance),
        version=compatible[2] if compatible else version,
        streaming=_socket(urls.get("streaming")) or _socket(urls.get("streaming_api")),
        hashtags_local=_str(feeds.get("local")) or None,
        hashtags_remote=_str(feeds.get("remote")) or None,
    )


def _software(instance: Json) -> str:
    """The source repository's name, where there is one; forks of Mastodon keep it or change it."""
    return (
        _str(instance.get("source_url")).rstrip("/").rpartition("/")[2].lower()
        or "mastodon"
    )


def _socket(value: object) -> str | None:
    address = _str(value)
    return address if _SOCKET.match(address) and address.isascii() else None
