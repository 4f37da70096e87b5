"""Between records and rows: the only place that knows how a post is written down."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import RowMapping

from app.domain.identity import item_id, media_id
from app.domain.post import Counts, Post, Quote, RichText
from app.domain.record import (
    NEVER,
    Also,
    Named,
    PassedOn,
    Record,
    Reposter,
    Sighting,
    Version,
    pictures,
)
from app.domain.voice import Voice

Row = dict[str, Any]


def item_row(wall_id: int, record: Record) -> Row:
    """The row of a post."""
    return {
        "wall_id": wall_id,
        "id": record.id,
        "kind": "post",
        "seq": record.seq,
        "status": record.status,
        "body": record.post.model_dump_json() if record.post else None,
        "key": record.key,
        "author_key": record.author_key,
        "version": orjson.dumps(record.version).decode(),
        "rule": record.rule,
        "decision": record.decision,
        "decided_digest": record.decided_digest,
        "pinned": record.pinned,
        "withheld": record.withheld,
        "counts": record.counts.model_dump_json(),
        "passed_on": _passed_on(record.passed),
        "arrival_no": record.arrival_no,
        "shown_no": record.shown_no,
        "pin": record.pin,
        "apart": record.apart,
        "nameless": record.nameless,
        "copy_of": record.copy_of,
        "also": orjson.dumps([list(one) for one in record.also]).decode(),
        "voice_address": record.voice.address,
        "voice_note": record.voice.note,
        "entered_ms": record.entered_ms,
        "copies": record.copies,
        "burst": record.burst,
        "gist": record.gist,
        "later_ms": record.later_ms,
        "reason": record.reason,
    }


def record_of(row: RowMapping) -> Record:
    """The record in a row, still without sightings and reposters."""
    version: Version = tuple(orjson.loads(row["version"])) or NEVER
    post = Post.model_validate_json(row["body"]) if row["body"] else None
    return Record(
        id=row["id"],
        key=row["key"],
        post=post,
        quote=post.quote if post else None,
        author_key=row["author_key"],
        version=version,
        decision=row["decision"],
        decided_digest=row["decided_digest"],
        pinned=row["pinned"],
        withheld=row["withheld"],
        status=row["status"],
        rule=row["rule"],
        counts=Counts.model_validate_json(row["counts"]),
        seq=row["seq"],
        arrival_no=row["arrival_no"],
        shown_no=row["shown_no"],
        pin=row["pin"],
        apart=row["apart"],
        nameless=row["nameless"],
        copy_of=row["copy_of"],
        also=tuple(Also(*one) for one in orjson.loads(row["also"])),
        passed=_passed_on_of(row["passed_on"]),
        voice=Voice(row["voice_address"], row["voice_note"]),
        entered_ms=row["entered_ms"],
        copies=row["copies"],
        burst=row["burst"],
        gist=row["gist"],
        later_ms=row["later_ms"],
        reason=row["reason"],
    )


def _passed_on(passed: PassedOn) -> str:
    by = [{"name": p.name.model_dump(mode="json"), "handle": p.handle} for p in passed.by]
    return orjson.dumps({"count": passed.count, "by": by}).decode()


def _passed_on_of(raw: str) -> PassedOn:
    kept = orjson.loads(raw)
    by = (Named(RichText.model_validate(p["name"]), p["handle"]) for p in kept.get("by", ()))
    return PassedOn(kept.get("count", 0), tuple(by))


def quote_row(wall_id: int, record_id: str, quote: Quote, *, shown: bool) -> Row:
    """The row of what a post quotes; with its content only while that is not shown."""
    return {
        "wall_id": wall_id,
        "item_id": record_id,
        "quoted_id": item_id(quote.key) if quote.key else "",
        "author_key": quote.author.key,
        "body": None if shown else quote.model_dump_json(),
    }


def sighting_row(wall_id: int, sighting: Sighting) -> Row:
    """The row of a sighting."""
    return {
        "wall_id": wall_id,
        "server": sighting.server,
        "local_id": sighting.local_id,
        "item_id": sighting.item_id,
        "origin": sighting.origin,
        "seen_ms": sighting.seen_ms,
        "gone_ms": sighting.gone_ms,
        "counts": sighting.counts.model_dump_json(),
    }


def sighting_of(row: RowMapping) -> Sighting:
    """The sighting in a row."""
    return Sighting(
        server=row["server"],
        local_id=row["local_id"],
        item_id=row["item_id"],
        origin=row["origin"],
        seen_ms=row["seen_ms"],
        gone_ms=row["gone_ms"],
        counts=Counts.model_validate_json(row["counts"]),
    )


def reposter_row(wall_id: int, item_id: str, reposter: Reposter) -> Row:
    """The row of a repost."""
    return {
        "wall_id": wall_id,
        "item_id": item_id,
        "author_key": reposter.author_key,
        "handle": reposter.handle,
        "name": reposter.name.model_dump_json(),
        "at_ms": reposter.at_ms,
        "seen_ms": reposter.seen_ms,
        "gone": reposter.gone,
    }


def reposter_of(row: RowMapping) -> Reposter:
    """The repost in a row."""
    return Reposter(
        author_key=row["author_key"],
        handle=row["handle"],
        name=RichText.model_validate_json(row["name"]),
        at_ms=row["at_ms"],
        seen_ms=row["seen_ms"],
        gone=row["gone"],
    )


def counts_of(raw: str) -> Counts:
    """The counts in a column."""
    return Counts.model_validate_json(raw)


def media_rows(wall_id: int, records: Iterable[Record]) -> list[Row]:
    """The pictures of these posts."""
    return [
        {"wall_id": wall_id, "item_id": r.id, "id": media_id(url), "url": url}
        for r in records
        for url in pictures(r)
    ]
