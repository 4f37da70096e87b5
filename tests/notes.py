"""One person's note on several networks: made-up posts for the tests of copies and quotes."""

from typing import Any

from app.domain.arrival import Deleted, Posted, Reposted
from app.domain.identity import item_id
from app.domain.post import Author, Post, Quote, RichText
from tests.factories import at, author, post

NOTE = "The talk about queues was the best of the day, and the tea was good #pyfest26"
SERVERS = {
    "mastodon": "fedi.example",
    "bluesky": "bsky.app",
    "x": "x.com",
    "bridge": "fedi.example",
}
"""Where each kind of post is seen; `bridge` is Mastodon's copy of the note on Bluesky."""
_KEYS = {
    "mastodon": "https://fedi.example/statuses/{}",
    "bluesky": "at://did:plc:ada/app.bsky.feed.post/{}",
    "x": "x:{}",
    "bridge": "https://bsky.brid.gy/convert/ap/at://did:plc:ada/app.bsky.feed.post/{}",
}
_HANDLES = {
    "mastodon": "ada@fedi.example",
    "bluesky": "ada.bsky.social",
    "x": "ada",
    "bridge": "ada.bsky.social@bsky.brid.gy",
}


def key_of(kind: str, number: int = 1) -> str:
    """The key of Ada's note."""
    return _KEYS[kind].format(number)


def id_on(kind: str, number: int = 1) -> str:
    """The id of Ada's note."""
    return item_id(key_of(kind, number))


def ada_on(kind: str) -> Author:
    """Ada's account."""
    handle = _HANDLES[kind]
    network = "mastodon" if kind == "bridge" else kind
    return Author(
        key=f"{kind}:ada", network=network, handle=handle, name=RichText(text="Ada Lovelace")
    )


def note_on(kind: str, number: int = 1, text: str = NOTE, **more: Any) -> Post:
    """Ada's note, posted at the second of its number."""
    fields: dict[str, Any] = {
        "key": key_of(kind, number),
        "network": "mastodon" if kind == "bridge" else kind,
        "url": f"https://{SERVERS[kind]}/ada/{number}",
        "author": ada_on(kind),
        "created_at": at(number),
        "bridged_from": key_of("bluesky", number) if kind == "bridge" else None,
    }
    return post(number, text, **(fields | more))


def seen_on(kind: str, number: int = 1, *, seen: float = 100, **more: Any) -> Posted:
    """A server shows Ada's note."""
    return Posted(
        server=SERVERS[kind],
        seen_at=at(seen),
        post=note_on(kind, number, **more),
        local_id=f"{kind}-{number}",
        origin=kind != "bridge",
    )


def lost_on(kind: str, number: int = 1, *, seen: float = 200) -> Deleted:
    """A server has Ada's note no more."""
    return Deleted(
        server=SERVERS[kind],
        seen_at=at(seen),
        local_id=f"{kind}-{number}",
        key=key_of(kind, number),
        origin=kind != "bridge",
    )


def passed_on_by(name: str, kind: str, number: int = 1, *, seen: float = 150) -> Reposted:
    """Somebody passes Ada's note on."""
    return Reposted(
        server=SERVERS[kind], seen_at=at(seen), key=key_of(kind, number), by=author(name), at=at(9)
    )


def quoting(kind: str, number: int = 1, by: int = 50, **more: Any) -> Posted:
    """Bo quotes Ada's note."""
    quote = Quote(
        author=ada_on(kind), body=RichText(text=f"Quoted {number}x"), key=key_of(kind, number)
    )
    what = post(by, "Look at this! #pyfest26", author=author("bo"), quote=quote)
    return Posted(
        server="fedi.example",
        seen_at=at(more.pop("seen", 100)),
        post=what,
        local_id=f"q-{by}",
        origin=True,
    )
