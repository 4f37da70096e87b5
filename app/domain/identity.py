"""Names that follow from content: the same post or picture has the same id on every node and after every restart."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from app.domain.post import Author, Media, Post, RichText


@lru_cache(maxsize=4_096)  # a post comes again with every look at its hashtag
def item_id(key: str) -> str:
    """The id of the post with this key: opaque, so that it can outlive the post as a tombstone."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:10]
    return "p" + base64.b32encode(digest).decode().lower()


def account_digest(author_key: str) -> str:
    """What is kept of an account that is gone: it is known again, but nobody can read who it was."""
    return hashlib.sha256(author_key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@lru_cache(maxsize=4_096)
def media_id(url: str) -> str:
    """The id under which our origin serves the picture at `url`. It opens nothing: only pictures of visible posts are served."""
    return media_id_of(hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest())


def media_id_of(digest: bytes) -> str:
    """The id of the picture whose address has this SHA-256 digest."""
    return base64.urlsafe_b64encode(digest[:15]).decode()


def media_urls(post: Post) -> frozenset[str]:
    """Every picture that a page may ask for to show this post."""
    return frozenset(_pictures(post))


def still_picture(media: Media) -> str | None:
    """The address of the still picture that stands for a medium: pages play nothing from other origins."""
    return media.url or media.preview if media.kind == "image" else media.preview


def emoji_urls(rich: RichText) -> Iterator[str]:
    """The pictures of the custom emoji in a text."""
    yield from (s.href for s in rich.spans if s.kind == "emoji" and s.href)


def _pictures(post: Post) -> Iterator[str]:
    yield from _of_author(post.author)
    yield from emoji_urls(post.body)
    yield from (url for m in post.media if (url := still_picture(m)))
    if post.card and post.card.image:
        yield post.card.image
    if post.quote:
        yield from _of_author(post.quote.author)
        yield from emoji_urls(post.quote.body)


def _of_author(author: Author) -> Iterator[str]:
    if author.avatar:
        yield author.avatar
    yield from emoji_urls(author.name)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, as the store keeps times."""
    return round(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The inverse of `to_ms`, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)
