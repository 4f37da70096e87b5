"""What goes over the wire (docs/protocol.md): the only place that knows the JSON names pages read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import isfinite
from typing import Any, NamedTuple

import orjson

from app.domain.identity import from_ms, media_id, still_picture
from app.domain.post import Author, Media, Post, Quote, RichText
from app.domain.screen import Screen
from app.domain.wall import Audience
from app.storage.reading import StoredItem

Wire = dict[str, Any]
ALSO = ("network", "url", "handle")


def snapshot_frame(epoch: str, seq: int, tip: int, items: Iterable[bytes]) -> bytes:
    """Everything a new viewer is given. `items` are encoded ones, oldest change first."""
    head = {"kind": "snapshot", "epoch": epoch, "seq": seq, "tip": tip}
    return _around(head, items)


def changes_frame(since: int, seq: int, tip: int, items: Iterable[bytes]) -> bytes:
    """What changed after `since`, in its state of now. `items` are encoded ones."""
    head = {"kind": "changes", "from": since, "seq": seq, "tip": tip}
    return _around(head, items)


def pulse_frame(seq: int, viewers: int, now: datetime) -> bytes:
    """Proof of life and the tip."""
    pulse = {"kind": "pulse", "seq": seq, "viewers": viewers, "now": now}
    return orjson.dumps(pulse, option=orjson.OPT_UTC_Z)


def screen_frame(screen: Screen, now: datetime) -> bytes:
    """What a screen is called, and what the crew asks of it. No part of the wall: it has no seq."""
    until = from_ms(screen.identify_ms)
    told = {"kind": "screen", "name": screen.name, "room": screen.room, "reload": screen.reload}
    state = {
        "state": screen.state.model_dump(),
        "identify_until": until if until > now else None,
    }
    return orjson.dumps(told | state, option=orjson.OPT_UTC_Z)


def desk_frame(
    here: Sequence[str], claims: Sequence[Wire], screens: Sequence[Wire], proofs: Sequence[Wire]
) -> bytes:
    """Who is at the desk and on which post, how the screens are, and what they have proven. No part of the wall."""
    desk = {"kind": "desk", "here": here, "claims": claims, "screens": screens, "proofs": proofs}
    return orjson.dumps(desk, option=orjson.OPT_UTC_Z)


class Seen(NamedTuple):
    """What a page reports; None for what it does not say."""

    seq: int
    """What it has painted; -1 for nothing."""
    painted_ms: float | None
    up_s: float | None
    heap_mb: float | None


def seen_of(text: bytes) -> Seen | None:
    """What a page reports, or None for anything else: clients may send nothing but `seen`."""
    try:
        said = orjson.loads(text)
        if said["kind"] != "seen":
            return None
        seq = said.get("seq")
        return Seen(
            seq if type(seq) is int else -1,
            _number(said.get("painted_ms"), 600_000.0),
            _number(said.get("up_s"), 1e9),
            _number(said.get("heap_mb"), 1e6),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _number(said: object, most: float) -> float | None:
    """A number of a page, kept within bounds; None when it is none."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not isfinite(said):
        return None
    return max(0.0, min(float(said), most))


def item_json(wire: Wire) -> bytes:
    """A wire item, encoded once for all the frames that it will be in."""
    return orjson.dumps(wire, option=orjson.OPT_UTC_Z)


def wire_item(item: StoredItem, audience: Audience) -> Wire:
    """One item as pages get it. What this audience may not see is gone and says nothing more."""
    seen = item.status == "approved" or (audience == "crew" and item.status != "gone")
    if not seen or item.body is None:
        return {"id": item.id, "seq": item.seq, "gone": True}
    head: Wire = {"id": item.id, "kind": item.kind, "seq": item.seq}
    if item.kind != "post":
        return head | _other(orjson.loads(item.body), item, audience)
    wire = head | _post(Post.model_validate_json(item.body)) | _marks(item)
    if audience == "public":
        return wire | {"no": item.shown_no}
    return wire | {"no": item.arrival_no, "status": item.status} | _notes(item)


def _other(body: Wire, item: StoredItem, audience: Audience) -> Wire:
    """What stands under `crew` is for the crew only, and so is whether a notice waits."""
    for_crew: Wire = body.pop("crew", {})
    if audience == "public":
        return body
    return body | for_crew | ({"status": item.status} if item.kind == "notice" else {})


def _notes(item: StoredItem) -> Wire:
    """What only the crew is told of a post."""
    return {
        "rule": item.rule,
        "reason": item.reason,
        "later": from_ms(item.later_ms) if item.later_ms else None,
        "copy_of": item.copy_of,
        "apart": item.apart,
    }


def _marks(item: StoredItem) -> Wire:
    return {
        "pinned": item.pinned,
        "counts": orjson.loads(item.counts),
        "passed_on": _passed_on(orjson.loads(item.passed_on)),
        "also": [dict(zip(ALSO, one, strict=True)) for one in orjson.loads(item.also)],
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


def _around(head: Wire, items: Iterable[bytes]) -> bytes:
    """The frame with this head; the items come as they are, so that nothing is encoded twice."""
    return b'%b,"items":[%b]}' % (orjson.dumps(head)[:-1], b",".join(items))
