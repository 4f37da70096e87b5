"""What goes over the wire (docs/protocol.md): the only place that knows the JSON names pages read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from app.domain.identity import media_id, still_picture
from app.domain.post import Author, Media, Post, Quote, RichText
from app.domain.wall import Audience
from app.storage.reading import StoredItem, WallRow

Wire = dict[str, Any]


def snapshot_frame(wall: WallRow, audience: Audience, items: Iterable[StoredItem], seq: int) -> str:
    """Everything a new viewer is given."""
    frame = {"kind": "snapshot", "epoch": wall.epoch, "seq": seq, "tip": wall.tip(audience)}
    return _json(frame | {"items": [wire_item(i, audience) for i in items]})


def changes_frame(
    wall: WallRow, audience: Audience, items: Sequence[StoredItem], since: int, seq: int
) -> str:
    """What changed after `since`, in its state of now."""
    frame = {"kind": "changes", "from": since, "seq": seq, "tip": wall.tip(audience)}
    return _json(frame | {"items": [wire_item(i, audience) for i in items]})


def pulse_frame(seq: int, viewers: int, now: datetime) -> str:
    """Proof of life and the tip."""
    return _json({"kind": "pulse", "seq": seq, "viewers": viewers, "now": now})


def wire_item(item: StoredItem, audience: Audience) -> Wire:
    """One item as pages get it. What this audience may not see is gone and says nothing more."""
    seen = item.status == "approved" or (audience == "crew" and item.status != "gone")
    if not seen or item.body is None:
        return {"id": item.id, "seq": item.seq, "gone": True}
    head: Wire = {"id": item.id, "kind": item.kind, "seq": item.seq}
    if item.kind != "post":
        return {**head, **orjson.loads(item.body)}
    wire = head | _post(Post.model_validate_json(item.body)) | _marks(item)
    if audience == "public":
        return wire | {"no": item.shown_no}
    return wire | {"no": item.arrival_no, "status": item.status, "rule": item.rule}


def _marks(item: StoredItem) -> Wire:
    return {
        "pinned": item.pinned,
        "counts": orjson.loads(item.counts),
        "passed_on": _passed_on(orjson.loads(item.passed_on)),
    }


def _passed_on(kept: Wire) -> Wire:
    by = [
        {"name": _rich(RichText.model_validate(p["name"])), "handle": p["handle"]}
        for p in kept["by"]
    ]
    return {"count": kept["count"], "by": by}


def _post(post: Post) -> Wire:
    return {
        "network": post.network,
        "url": post.url,
        "author": _author(post.author),
        **_rich(post.body),
        "hashtags": post.hashtags,
        "created_at": post.created_at,
        "edited_at": post.edited_at,
        "language": post.language,
        "warning": post.warning,
        "sensitive": post.sensitive,
        "media": [_media(m) for m in post.media],
        "card": _card(post),
        "poll": post.poll.model_dump() if post.poll else None,
        "quote": _quote(post.quote) if post.quote else None,
        "is_reply": post.is_reply,
    }


def _author(author: Author) -> Wire:
    return {
        "handle": author.handle,
        "name": _rich(author.name),
        "url": author.url,
        "avatar": _ours(author.avatar),
        "bot": author.bot,
    }


def _rich(rich: RichText) -> Wire:
    return {"text": rich.text, "spans": [_span(s) for s in rich.spans]}


def _span(span: Any) -> Wire:
    head = {"start": span.start, "end": span.end, "kind": span.kind}
    return head | ({"src": _ours(span.href)} if span.kind == "emoji" else {"href": span.href})


def _media(media: Media) -> Wire:
    described = media.model_dump(include={"kind", "alt", "width", "height", "focus", "blurhash"})
    return described | {"src": _ours(still_picture(media))}


def _card(post: Post) -> Wire | None:
    if post.card is None:
        return None
    return post.card.model_dump(exclude={"image"}) | {"image": _ours(post.card.image)}


def _quote(quote: Quote) -> Wire:
    return {
        "author": _author(quote.author),
        **_rich(quote.body),
        "url": quote.url,
        "created_at": quote.created_at,
    }


def _ours(url: str | None) -> str | None:
    """Pictures come from our own origin."""
    return f"/media/{media_id(url)}" if url else None


def _json(frame: Wire) -> str:
    return orjson.dumps(frame, option=orjson.OPT_UTC_Z).decode()
