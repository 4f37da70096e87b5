"""What a source yields. Arrivals may come in any order, any number of times, from any server of a network.

Every arrival says when its server said so (`seen_at`): of two words of one server the later one counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from app.domain.post import Author, Model, Post


class _Seen(Model):
    server: str
    """The server that said it, by its name (`fedi.example`), without scheme."""
    seen_at: datetime


class Posted(_Seen):
    """A server shows this post now. Said again whenever counts or content changed, or to confirm it."""

    kind: Literal["posted"] = "posted"
    post: Post
    local_id: str
    """The post's id on `server`; ids are opaque and differ from server to server."""
    origin: bool = False
    """True when `server` is the author's own: its copy prevails."""


class Edited(Posted):
    """The author changed a post. It is treated as the newest version, known before or not."""

    kind: Literal["edited"] = "edited"  # type: ignore[assignment]  # narrows the tag of the union


class Deleted(_Seen):
    """A server no longer has this post. By `key` where the source knows it, else by `local_id`."""

    kind: Literal["deleted"] = "deleted"
    local_id: str
    key: str | None = None
    origin: bool = False


class Reposted(_Seen):
    """Somebody passed a post on. The network may not say when (`at` is None)."""

    kind: Literal["reposted"] = "reposted"
    key: str
    """Of the post that was passed on."""
    by: Author
    at: datetime | None = None


class Unreposted(_Seen):
    """Somebody took a repost back."""

    kind: Literal["unreposted"] = "unreposted"
    key: str
    author_key: str


class AuthorGone(_Seen):
    """An account was deleted or suspended: nothing of it may stay."""

    kind: Literal["author_gone"] = "author_gone"
    author_key: str


Arrival = Posted | Edited | Deleted | Reposted | Unreposted | AuthorGone

arrival_adapter: TypeAdapter[Arrival] = TypeAdapter(Annotated[Arrival, Field(discriminator="kind")])
"""Reads and writes arrivals as JSON: the format of replay files."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrivals and the cursor that is committed together with them."""

    arrivals: Sequence[Arrival]
    cursor: str | None = None
    """Where the source goes on after a restart; None leaves the stored cursor as it is."""
