"""Turns a post of X's API v2, in either of its dialects, into one of ours: pure and tolerant.

Dialects: `tweet.fields`/`referenced_tweets`/`includes.tweets` (prose docs, the stream) and
`post.fields`/`referenced_posts`/`includes.posts` (OpenAPI 2.167 of August 2026).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.arrival import Posted
from app.domain.post import Author, Counts, Post, Quote
from app.sources.shapes import (
    Json,
    as_count,
    as_dict,
    as_language,
    as_moment,
    as_str,
    dicts_in,
)
from app.sources.x.parts import (
    NETWORK,
    ParseError,
    card_of,
    media_of,
    parse_user,
    poll_of,
    post_id,
)
from app.sources.x.text import WEB, body_of, hashtags_of, links_of

_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
"""Ids tell when: the bits above the lowest 22 are milliseconds since 1288834974657 (snowflake)."""

_SHORTEST_ID = 10**17
"""Ids of before August 2011 are not taken for times: until November 2010 they were plain counters."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Who answered, when, and where the wall stands."""

    server: str
    seen_at: datetime
    country: str = ""
    """Two letters; when empty, what is withheld anywhere counts as withheld here."""


def made_at(identity: str) -> datetime | None:
    """When the post with this id was made; None for ids of before August 2011."""
    number = int(identity or 0)
    if number < _SHORTEST_ID:
        return None
    return _EPOCH + timedelta(milliseconds=number >> 22)


def post_key(first_id: str) -> str:
    """All versions of a post share it."""
    return f"{WEB}/i/status/{first_id}"


class Included:
    """What came along in `includes`, by its id."""

    def __init__(self, data: Json, setting: Setting) -> None:
        includes = as_dict(data.get("includes"))
        self.setting = setting
        self.users = _by(includes.get("users"), "id")
        self.media = _by(includes.get("media"), "media_key")
        self.polls = _by(includes.get("polls"), "id")
        self.posts = _by(includes.get("tweets"), "id") | _by(includes.get("posts"), "id")

    def author(self, post: Json) -> Author:
        user = self.users.get(post_id(post.get("author_id")))
        if user is None:
            raise ParseError("a post without its author")
        return parse_user(user, self.setting.seen_at)


def _by(items: object, name: str) -> dict[str, Json]:
    named = ((post_id(one.get(name)) or as_str(one.get(name)), one) for one in dicts_in(items))
    return {key: one for key, one in named if key}


def parse_post(post: Json, told: Included) -> tuple[Posted, str]:
    """One version of a post, and the id of its newest. Raises ParseError when it is unusable."""
    versions = versions_of(post)
    author, setting = told.author(post), told.setting
    hashtags = hashtags_of(post)
    if "nowall" in hashtags and not author.opted_out:
        author = author.model_copy(update={"opted_out": True})
    quote, hide = _quote(post, told)
    media = media_of(post, told.media)
    content = Post(
        key=post_key(versions[0]),
        network=NETWORK,
        url=f"{author.url}/status/{versions[-1]}",
        author=author,
        body=body_of(post, hide=hide),
        hashtags=hashtags,
        created_at=_created_at(post, versions, setting),
        edited_at=_edited_at(post, versions, setting),
        language=_language(post),
        sensitive=post.get("possibly_sensitive") is True,
        visibility="private" if _is_withheld(post, told) else "public",
        media=media,
        card=None if media or quote else card_of(links_of(post)),
        poll=poll_of(post, told.polls),
        quote=quote,
        is_reply=bool(referenced(post, "replied_to") or post.get("in_reply_to_user_id")),
        counts=_counts(post),
    )
    posted = Posted(
        server=setting.server,
        seen_at=setting.seen_at,
        post=content,
        local_id=versions[0],
        origin=True,
    )
    return posted, versions[-1]


def versions_of(post: Json) -> list[str]:
    """The ids of a post, first to newest; up to 5 edits, each with an id of its own."""
    own = post_id(post.get("id"))
    if not own:
        raise ParseError("a post without an id")
    told = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
    history = [one for one in map(post_id, told if isinstance(told, list) else []) if one]
    return sorted({own, *history}, key=int)


def _created_at(post: Json, versions: list[str], setting: Setting) -> datetime:
    """When the first version was made: each version tells its own time only."""
    told, first = as_moment(post.get("created_at"), setting.seen_at), made_at(versions[0])
    if post_id(post.get("id")) != versions[0]:
        told, first = first, told
    return min(told or first or setting.seen_at, setting.seen_at)


def _edited_at(post: Json, versions: list[str], setting: Setting) -> datetime | None:
    own = post_id(post.get("id"))
    if own == versions[0]:
        return None
    at = as_moment(post.get("created_at"), setting.seen_at) or made_at(own)
    return min(at or setting.seen_at, setting.seen_at)


def _references(post: Json) -> Iterator[tuple[str, str]]:
    for name in ("referenced_tweets", "referenced_posts"):
        for one in dicts_in(post.get(name)):
            yield as_str(one.get("type")), post_id(one.get("id"))


def referenced(post: Json, kind: str) -> str:
    """The id of the post that this one passes on, quotes or answers; empty when there is none."""
    found = (identity for said, identity in _references(post) if said in (kind, _ALSO.get(kind)))
    return next((one for one in found if one), "")


_ALSO = {"retweeted": "reposted"}
"""The new dialect renames everything else; the types were still the old ones in August 2026."""


def _quote(post: Json, told: Included) -> tuple[Quote | None, str]:
    """The quoted post where it may be shown, and the id of the link that it stands for."""
    identity = referenced(post, "quoted")
    quoted = told.posts.get(identity)
    if quoted is None or _is_withheld(quoted, told):
        return None, ""
    try:
        author = told.author(quoted)
    except ParseError:
        return None, ""
    if author.opted_out or "nowall" in hashtags_of(quoted):
        return None, ""
    body = body_of(quoted)
    seen_at = told.setting.seen_at
    at = as_moment(quoted.get("created_at"), seen_at) or made_at(identity)
    url = f"{author.url}/status/{identity}"
    key = post_key(versions_of(quoted)[0])
    return Quote(key=key, author=author, body=body, url=url, created_at=at), identity


def _is_withheld(post: Json, told: Included) -> bool:
    """Whether the post or its author is blocked where the wall stands, or not for everybody."""
    user = as_dict(told.users.get(post_id(post.get("author_id"))))
    if user.get("protected") is True:
        return True
    country = told.setting.country
    return any(_blocks(as_dict(one.get("withheld")), country) for one in (post, user))


def _blocks(withheld: Json, country: str) -> bool:
    """`XX` and `XY` stand for all countries and for copyright."""
    codes = withheld.get("country_codes")
    named = {as_str(code).upper() for code in codes} if isinstance(codes, list) else set()
    if not withheld or not country:
        return bool(withheld)
    return withheld.get("copyright") is True or bool(named & {country.upper(), "XX", "XY"})


def _language(post: Json) -> str | None:
    """None for X's own codes of texts without words (`qme`, `qst`, `zxx` …)."""
    language = as_language(post.get("lang"))
    return None if language and (language[:1] == "q" or language == "zxx") else language


def _counts(post: Json) -> Counts:
    counts = as_dict(post.get("public_metrics"))
    return Counts(
        reposts=as_count(counts.get("retweet_count")) or as_count(counts.get("repost_count")),
        likes=as_count(counts.get("like_count")),
        replies=as_count(counts.get("reply_count")),
        quotes=as_count(counts.get("quote_count")),
    )
