"""Posts and arrivals of made-up people, with what a test does not care about filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.arrival import Deleted, Edited, Posted, Reposted, Unreposted
from app.domain.desk import Desk
from app.domain.moderation import Policy
from app.domain.post import Author, Counts, Media, Post, RichText
from app.domain.wall import Wall

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOME = "fedi.example"

WALL = Wall(slug="pyfest26", title="PyFest 26", hashtags=("pyfest26",))
POLICY = Policy(WALL, Desk())
"""How posts are judged on a wall of which the crew set nothing: all at once, but for what the wall's own rules hold."""


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def author(account: str = "ada", **more: Any) -> Author:
    """An account on fedi.example."""
    fields = {
        "key": f"https://{HOME}/users/{account}",
        "network": "mastodon",
        "handle": f"{account}@{HOME}",
        "name": RichText(text=account.title()),
        "avatar": f"https://{HOME}/avatars/{account}.png",
    }
    return Author(**(fields | more))


def post(number: int = 1, text: str = "", **more: Any) -> Post:
    """A public post with the wall's hashtag."""
    by = more.pop("author", None) or author()
    fields = {
        "key": f"https://{HOME}/statuses/{number}",
        "network": "mastodon",
        "url": f"https://{HOME}/@ada/{number}",
        "author": by,
        "body": RichText(text=text or f"Post {number} #pyfest26"),
        "hashtags": ("pyfest26",),
        "created_at": at(number),
    }
    return Post(**(fields | more))


def posted(what: Post | int = 1, *, server: str = HOME, seen: float = 100, **more: Any) -> Posted:
    """A server shows a post; its own server unless told."""
    shown = post(what) if isinstance(what, int) else what
    number = shown.key.rsplit("/", 1)[-1]
    local_id = more.pop("local_id", f"{server}-{number}")
    kind = Edited if shown.edited_at else Posted
    return kind(
        server=server,
        seen_at=at(seen),
        post=shown,
        local_id=local_id,
        origin=server == HOME,
        **more,
    )


def deleted(
    number: int = 1, *, server: str = HOME, seen: float = 200, known: bool = True
) -> Deleted:
    """A server has a post no more; `known` when the source knew its key."""
    key = f"https://{HOME}/statuses/{number}" if known else None
    local_id = f"{server}-{number}"
    return Deleted(
        server=server, seen_at=at(seen), local_id=local_id, key=key, origin=server == HOME
    )


def reposted(number: int, by: str, *, seen: float = 150, when: float | None = None) -> Reposted:
    """Somebody passed a post on."""
    moment = None if when is None else at(when)
    key = f"https://{HOME}/statuses/{number}"
    return Reposted(server=HOME, seen_at=at(seen), key=key, by=author(by), at=moment)


def unreposted(number: int, by: str, *, seen: float = 160) -> Unreposted:
    """Somebody took it back."""
    key = f"https://{HOME}/statuses/{number}"
    return Unreposted(server=HOME, seen_at=at(seen), key=key, author_key=author(by).key)


def picture(name: str) -> Media:
    """A picture on fedi.example."""
    return Media(kind="image", url=f"https://{HOME}/media/{name}.jpg", alt=f"A picture of {name}")


def counts(reposts: int = 0, likes: int = 0) -> Counts:
    """What the network counted."""
    return Counts(reposts=reposts, likes=likes)
