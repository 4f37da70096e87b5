"""The tail of one wall for one audience: reads each change once, encodes each item once, and makes every frame from that."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from time import monotonic

from app import metrics
from app.domain.wall import Audience
from app.domain.window import in_window
from app.live.outgoing import Outgoing
from app.live.protocol import Wire, changes_frame, item_json, snapshot_frame, wire_item
from app.storage.reading import Reading, StoredItem, WallRow
from app.storage.store import Store

KEPT = 1_000
"""Changed items that are kept for viewers who missed them; who missed more gets a snapshot. reliability.md P2: 1,000 events."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as it goes over the wire now."""

    seq: int
    marks: Wire
    """The few of its fields that say whether it is in the window."""
    json: bytes


class Tail:
    """What viewers of one wall and audience are sent, as the state of now. `seq` is that of the last change they can see.

    Two maps hold the same entries, each in the order of its last change: the window (all that a new viewer is given) and
    the newest changes (things that left too). So a snapshot, a resume and a live change are all made from ready bytes.
    """

    def __init__(self, store: Store, slug: str, audience: Audience) -> None:
        self._store = store
        self._slug = slug
        self._audience: Audience = audience
        self._window: dict[str, Entry] = {}
        self._changed: dict[str, Entry] = {}
        self._made: dict[int, Outgoing] = {}
        self._snapshot: Outgoing | None = None
        self._known_from = 0
        self._tip = 0
        self._reading = asyncio.Lock()
        self.read_to = -1
        self.seq = -1
        self.epoch = ""
        self.taken_at = -1
        """The seq at which something was last taken away from this audience."""
        self.volume = 0
        """Bytes of all changed items since the tail was loaded."""
        self.moved_at = 0.0
        """When `seq` last moved, by the monotonic clock."""

    @property
    def loaded(self) -> bool:
        """Whether frames can be made."""
        return self.read_to >= 0

    async def advance(self) -> None:
        """Read what was committed since the last time."""
        async with self._reading, self._store.read() as reading:
            wall = await reading.wall(self._slug)
            if wall.seq != self.read_to or wall.epoch != self.epoch:
                await self._take(reading, wall)

    async def load(self) -> None:
        """Read the wall unless that was done."""
        if not self.loaded:
            await self.advance()

    def first(self, epoch: str, seq: int | None) -> Outgoing | None:
        """What a viewer that stands at (epoch, seq) is sent first; None when it is level."""
        if epoch != self.epoch or seq is None or not 0 <= seq <= self.read_to:
            return self.snapshot()
        return None if seq >= self.seq else self.changes(seq) or self.snapshot()

    def snapshot(self) -> Outgoing:
        """Everything, as of now. Made once for all who ask."""
        if self._snapshot is None:
            items = (entry.json for entry in self._window.values())
            self._snapshot = Outgoing(snapshot_frame(self.epoch, self.seq, self._tip, items))
        return self._snapshot

    def changes(self, since: int) -> Outgoing | None:
        """What changed after `since`, as of now; None when that is not known any more. Made once for all who ask."""
        if since < self._known_from:
            return None
        if since not in self._made:
            newest_first = reversed(self._changed.values())
            items = [e.json for e in takewhile(lambda e: e.seq > since, newest_first)][::-1]
            self._made[since] = Outgoing(changes_frame(since, self.seq, self._tip, items))
        return self._made[since]

    async def _take(self, reading: Reading, wall: WallRow) -> None:
        items = None
        if self.loaded and wall.epoch == self.epoch:
            items = await reading.changes(wall, self._audience, self.read_to, limit=KEPT)
        if items is None:  # the first look, another life of the wall, or too much at once
            await self._load(reading, wall)
            return
        metrics.tail_reads.labels(self._slug, self._audience, "changes").inc()
        self.read_to, self._tip = wall.seq, wall.tip(self._audience)
        if items:
            self._put(self._entries(items))
            self._move(wall.seq)

    async def _load(self, reading: Reading, wall: WallRow) -> None:
        metrics.tail_reads.labels(self._slug, self._audience, "load").inc()
        window = await reading.window(wall, self._audience)
        latest = await reading.latest(wall, self._audience, limit=KEPT + 1)
        entries = self._entries({item.id: item for item in (*window, *latest)}.values())
        self.epoch, self.read_to, self._tip = wall.epoch, wall.seq, wall.tip(self._audience)
        self._window, self._changed, self._known_from = {}, {}, 0
        self._put({item.id: entries[item.id] for item in latest})
        self._window = {item.id: entries[item.id] for item in window}
        self.taken_at = (
            wall.seq
        )  # what was taken away meanwhile is not known: nothing older may go out
        self._move(wall.seq)

    def _entries(self, items: Iterable[StoredItem]) -> dict[str, Entry]:
        return {item.id: _entry(wire_item(item, self._audience)) for item in items}

    def _put(self, entries: dict[str, Entry]) -> None:
        """Entries by their last change, oldest first, all newer than those that are there."""
        for id_, entry in entries.items():
            self.volume += len(entry.json)
            self._changed.pop(id_, None)
            self._window.pop(id_, None)
            self._changed[id_] = entry
            if "gone" in entry.marks:
                self.taken_at = entry.seq
            else:
                self._window[id_] = entry
        for id_ in list(self._changed)[: max(0, len(self._changed) - KEPT)]:
            self._known_from = self._changed.pop(id_).seq
        window = self._window.items()
        self._window = {id_: e for id_, e in window if in_window(e.marks, self._tip)}

    def _move(self, seq: int) -> None:
        self.seq, self.moved_at = seq, monotonic()
        self._made, self._snapshot = {}, None


MARKS = ("kind", "pinned", "status", "no", "gone")


def _entry(wire: Wire) -> Entry:
    marks = {name: wire[name] for name in MARKS if name in wire}
    return Entry(wire["seq"], marks, item_json(wire))
