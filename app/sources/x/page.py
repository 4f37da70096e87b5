"""Turns an answer of X, or a line of its stream, into arrivals and all that is told beside them. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.arrival import Arrival, Reposted
from app.sources.shapes import Json, as_dict, as_moment, as_str, dicts_in
from app.sources.x.parse import Included, Setting, parse_post, post_key, referenced, versions_of
from app.sources.x.parts import ParseError, author_key, post_id

_GONE = frozenset(
    {
        "resource-not-found",
        "not-authorized-for-resource",
        "resource-unavailable",
        "disallowed-resource",
    }
)
"""Problems that mean a post may no longer be shown: deleted, protected, suspended, taken down."""


@dataclass(frozen=True, slots=True)
class Retweet:
    """A post of its own that does nothing but pass another on."""

    id: str
    post: str
    """The id of the first version of what is passed on."""
    user: str
    """The id of who did it."""


@dataclass(slots=True)
class Page:
    """What one answer holds."""

    seen_at: datetime
    arrivals: list[Arrival] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    """Why posts of it made no sense."""
    outdated: list[str] = field(default_factory=list)
    """Newest ids of posts that were answered in an older version."""
    ids: frozenset[str] = frozenset()
    """The ids of the posts in `data`, readable or not."""
    gone: frozenset[str] = frozenset()
    """The ids that `errors` says may no longer be shown."""
    unsure: frozenset[str] = frozenset()
    """The ids that `errors` names for another reason: nothing is known of them."""
    retweets: list[Retweet] = field(default_factory=list)
    """By which posts others were passed on; each `Reposted` has one."""
    authors_there: frozenset[str] = frozenset()
    """Keys of the authors that came along, and whose posts anybody may read."""
    authors_gone: frozenset[str] = frozenset()
    """Keys of those that `errors` says are deleted or suspended, and of protected ones."""
    posts_read: frozenset[str] = frozenset()
    """Every post in the answer, included ones too: each is paid for."""
    users_read: frozenset[str] = frozenset()
    newest_id: str | None = None
    oldest_id: str | None = None
    next_token: str | None = None


def parse_page(data: object, setting: Setting) -> Page:
    """An answer to a search or a look-up, or a line of a stream. Raises ParseError if it is none."""
    if not isinstance(data, dict):
        raise ParseError("an answer that is no object")
    told = data.get("data")
    items = dicts_in([told] if isinstance(told, dict) else told)
    told_with = Included(data, setting)
    meta = as_dict(data.get("meta"))
    errors = list(_errors(data))
    shut = {one for one, user in told_with.users.items() if user.get("protected") is True}
    page = Page(
        seen_at=setting.seen_at,
        ids=frozenset(_ids(items)),
        gone=frozenset(one for one, kind in errors if kind in _GONE),
        unsure=frozenset(one for one, kind in errors if kind not in _GONE),
        authors_there=_keys(told_with.users.keys() - shut),
        authors_gone=_keys(shut | set(_lost_users(data))),
        posts_read=frozenset(_ids([*items, *told_with.posts.values()])),
        users_read=frozenset(told_with.users),
        next_token=as_str(meta.get("next_token")) or None,
    )
    numbers = sorted(page.ids, key=int)
    page.newest_id = post_id(meta.get("newest_id")) or (numbers[-1] if numbers else None)
    page.oldest_id = post_id(meta.get("oldest_id")) or (numbers[0] if numbers else None)
    for item in items:
        try:
            _read(item, told_with, page)
        except ParseError as error:
            page.bad.append(str(error))
    return page


def _ids(items: Iterable[Json]) -> Iterator[str]:
    return (one for item in items if (one := post_id(item.get("id"))))


def _errors(data: Json) -> Iterator[tuple[str, str]]:
    """Posts that were asked for, and what is with them; errors about authors and quotes are none."""
    for error in dicts_in(data.get("errors")):
        kind = as_str(error.get("type")).rpartition("/")[2]
        about = as_str(error.get("resource_type")) or "tweet"
        asked = as_str(error.get("parameter")) or "ids"
        one = post_id(error.get("resource_id")) or post_id(error.get("value"))
        if one and about in ("tweet", "post") and asked in ("id", "ids"):
            yield one, kind


def _lost_users(data: Json) -> Iterator[str]:
    """Accounts that are deleted, suspended or shut; a name alone (of a mention) tells not whose."""
    for error in dicts_in(data.get("errors")):
        kind = as_str(error.get("type")).rpartition("/")[2]
        told, asked = as_str(error.get("resource_type")), as_str(error.get("parameter"))
        one = post_id(error.get("resource_id")) or post_id(error.get("value"))
        if one and told == "user" and kind in _GONE and asked.endswith(("id", "ids")):
            yield one


def _keys(users: Iterable[str]) -> frozenset[str]:
    return frozenset(map(author_key, users))


def _read(item: Json, told: Included, page: Page) -> None:
    """A post, or a retweet as the post and who passed it on."""
    original = referenced(item, "retweeted")
    if not original:
        _post(item, told, page)
        return
    held = told.posts.get(original)
    if held is not None:
        _post(held, told, page)
    by = told.author(item)
    setting = told.setting
    first = versions_of(held)[0] if held is not None else original
    page.retweets.append(Retweet(post_id(item.get("id")), first, post_id(item.get("author_id"))))
    page.arrivals.append(
        Reposted(
            server=setting.server,
            seen_at=setting.seen_at,
            key=post_key(first),
            by=by,
            at=as_moment(item.get("created_at"), setting.seen_at),
        )
    )


def _post(post: Json, told: Included, page: Page) -> None:
    posted, newest = parse_post(post, told)
    if newest != post_id(post.get("id")):
        page.outdated.append(newest)
    else:
        page.arrivals.append(posted)
