"""Frames as a viewer gets them, one for each change: of the rehearsal's day, and of recorded posts."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.actions.arrivals import arrive
from app.actions.context import Context
from app.actions.walls import set_up
from app.clock import SystemClock
from app.domain.arrival import Arrival, Batch, Posted
from app.domain.wall import Wall
from app.live.protocol import changes_frame, item_json, snapshot_frame, wire_item
from app.rehearsal import EVENT
from app.sources.mastodon.parse import parse_page
from app.sources.replay.format import parse_line
from app.storage.reading import StoredItem
from app.storage.store import Store

SLUG = "pyfest26"
RECORDED = ("bigbone", "phanpy", "rtoot", "tootsdk")
"""Folders with posts of people; a fifth holds one developer's test posts, too alike to measure with."""
SERVER = "one.example"
SEEN_AT = datetime(2026, 6, 13, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Played:
    """What one viewer of a wall was sent, a frame for each change, and the snapshot at the end."""

    title: str
    frames: Sequence[bytes]
    snapshot: bytes
    posts: int
    """In the snapshot."""


def rehearsal() -> Iterator[Arrival]:
    """The day that Hallway ships."""
    lines = EVENT.read_bytes().splitlines()
    for number, line in enumerate(lines[1:], 2):
        yield parse_line(line, number).arrival


def recorded(root: Path) -> Iterator[Arrival]:
    """Each recorded post once, as if it had the wall's hashtag too; its text is left as it is."""
    seen: set[str] = set()
    for path in sorted(p for folder in RECORDED for p in (root / folder).glob("**/*.json")):
        page = list(_statuses_in(json.loads(path.read_text("utf-8"))))
        for said in parse_page(page, server=SERVER, seen_at=SEEN_AT)[0]:
            if isinstance(said, Posted) and said.post.key not in seen:
                seen.add(said.post.key)
                tags = (*said.post.hashtags, SLUG)
                post = said.post.model_copy(update={"hashtags": tags})
                yield said.model_copy(update={"post": post})


def _statuses_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"id", "content", "account"} <= value.keys():
            yield value
            return
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _statuses_in(inner)


async def play(title: str, arrivals: Iterable[Arrival], *, new_only: bool) -> Played:
    """Enter arrivals one by one and take down the public frame of each; `new_only`: of new posts only."""
    with tempfile.TemporaryDirectory(prefix="hallway-bench-") as folder:
        store = Store(f"sqlite:///{folder}/hallway.sqlite3")
        await store.open()
        try:
            return await _played(store, title, arrivals, new_only)
        finally:
            await store.close()


async def _played(store: Store, title: str, arrivals: Iterable[Arrival], new_only: bool) -> Played:
    context = Context(store, SystemClock(), lambda _wall, _seq: None)
    await set_up(context, Wall(slug=SLUG, title=SLUG, hashtags=(SLUG,)), join_url="")
    frames: list[bytes] = []
    known: set[str] = set()
    seq = 0
    for said in arrivals:
        change = await arrive(context, SLUG, "bench", Batch((said,)))
        if not change.items:
            continue
        async with store.read() as reading:
            wall = await reading.wall(SLUG)
            items = await reading.changes(wall, "public", seq, limit=1_000) or ()
        fresh = any(_is_post(item) and item.id not in known for item in items)
        known.update(item.id for item in items)
        if items and (fresh or not new_only):
            frames.append(changes_frame(seq, wall.seq, wall.shown, map(_encoded, items)))
        seq = wall.seq
    async with store.read() as reading:
        wall = await reading.wall(SLUG)
        window = await reading.window(wall, "public")
    snapshot = snapshot_frame(wall.epoch, wall.seq, wall.shown, map(_encoded, window))
    return Played(title, frames, snapshot, sum(map(_is_post, window)))


def _encoded(item: StoredItem) -> bytes:
    return item_json(wire_item(item, "public"))


def _is_post(item: StoredItem) -> bool:
    return item.kind == "post" and item.status == "approved"
