"""One piece of content in the model that every network is turned into: text and spans, never HTML."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A value: frozen, and tolerant of fields that a newer version wrote."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Span(Model):
    """A marked part of a text. `start` and `end` are code points, start inclusive, end exclusive."""

    start: int
    end: int
    kind: Literal["link", "mention", "hashtag", "emoji"]
    href: str | None = None
    """Where a link, mention or hashtag leads (http or https only); the picture's address for an emoji."""


class RichText(Model):
    """Plain text and the spans in it. Spans are sorted by start and never overlap."""

    text: str = ""
    spans: tuple[Span, ...] = ()


class Author(Model):
    """One account on one network."""

    key: str
    """Global and stable: the actor's address on ActivityPub, the DID on Bluesky."""
    network: str
    handle: str
    """As people write it, with its server, without a leading @: `ada@fedi.example`."""
    name: RichText
    """The display name; the handle's first part when the account has none."""
    url: str | None = None
    avatar: str | None = None
    bot: bool = False
    group: bool = False
    limited: bool = False
    """Silenced by the server that was asked."""
    opted_out: bool = False
    """The profile says #nobot, #nobots or #nowall."""
    created_at: datetime | None = None
    followers: int | None = None
    """How many accounts follow it, where the network says so."""
    posts: int | None = None
    """How many posts it has written, where the network says so."""


class Media(Model):
    """A picture, film or sound that belongs to a post.

    Width and height are pixels where the network says so; on Bluesky only their ratio means something
    (app.bsky.embed.defs#aspectRatio). Focus is -1..1, y up.
    """

    kind: Literal["image", "gifv", "video", "audio", "unknown"]
    url: str | None = None
    preview: str | None = None
    alt: str = ""
    width: int | None = None
    height: int | None = None
    focus: tuple[float, float] | None = None
    blurhash: str | None = None


class Card(Model):
    """The preview of a page that a post links to."""

    url: str
    title: str
    description: str = ""
    provider: str = ""
    image: str | None = None


class PollOption(Model):
    """One choice of a poll; `votes` is unknown while the server hides it."""

    title: str
    votes: int | None = None


class Poll(Model):
    """A question put to the readers of a post."""

    options: tuple[PollOption, ...]
    votes: int = 0
    expires_at: datetime | None = None
    expired: bool = False
    multiple: bool = False


class Quote(Model):
    """A post shown inside another, only ever with its author's consent."""

    author: Author
    body: RichText
    key: str = ""
    """Of the quoted post, global; empty when the network does not tell."""
    url: str | None = None
    created_at: datetime | None = None


class Counts(Model):
    """How often the network says a post was passed on, liked, answered and quoted."""

    reposts: int = 0
    likes: int = 0
    replies: int = 0
    quotes: int = 0


class Post(Model):
    """One piece of content, normalised. Two posts are the same one when their keys are."""

    key: str
    """Global: the `uri` on ActivityPub, `at://…` on Bluesky."""
    network: str
    url: str
    """Where people read and answer it."""
    author: Author
    body: RichText
    hashtags: tuple[str, ...] = ()
    """Without #, folded by `domain.text.fold_tag`, sorted, each once."""
    created_at: datetime
    edited_at: datetime | None = None
    language: str | None = None
    warning: str = ""
    """The content warning; empty when there is none."""
    sensitive: bool = False
    visibility: Literal["public", "unlisted", "private", "direct"] = "public"
    media: tuple[Media, ...] = ()
    card: Card | None = None
    poll: Poll | None = None
    quote: Quote | None = None
    is_reply: bool = False
    bridged_from: str | None = None
    """The address or key of the original on another network, where the bridge that copied it says so."""
    counts: Counts = Counts()
