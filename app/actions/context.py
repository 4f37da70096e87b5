"""What every action works with, and the step they share: numbering and writing changed posts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.actions.memory import Memory
from app.domain.identity import to_ms
from app.domain.record import (
    Record,
    is_lost,
    is_quotable,
    kept_part,
    pictures,
    standing_part,
    visible_part,
)
from app.domain.voice import Voice
from app.ports import Clock
from app.storage.reading import WallRow
from app.storage.store import Store
from app.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Change:
    """What an action did to a wall: its seq afterwards, and how many items changed."""

    wall: str
    seq: int
    items: int


@dataclass(frozen=True, slots=True)
class Context:
    """The store, the clock, and whom to tell after a commit."""

    store: Store
    clock: Clock
    announce: Callable[[str, int], None]
    """Called with (wall, seq) after a commit that changed something. Carries no content and may be lost."""
    memory: Memory = field(default_factory=Memory)

    def tell(self, change: Change) -> Change:
        """Tell the hub, if there is anything to tell."""
        if change.items:
            self.announce(change.wall, change.seq)
        return change

    def now_ms(self) -> int:
        """The time of day in ms."""
        return to_ms(self.clock.now())


@dataclass(frozen=True, slots=True)
class Before:
    """How a record was before an action."""

    visible: tuple[object, ...]
    kept: tuple[object, ...]
    standing: tuple[object, ...]
    pictures: frozenset[str]
    holds: frozenset[object]
    voice: Voice
    quotable: tuple[bool, bool]
    """Whether it was lost, and whether other posts may show it within them."""
    quotes: bool


def look(record: Record) -> Before:
    """Take a picture of a record, to see later what changed."""
    return Before(
        visible_part(record),
        kept_part(record),
        standing_part(record),
        pictures(record),
        _holds(record),
        record.voice,
        quotable(record),
        record.quote is not None,
    )


def quotable(record: Record) -> tuple[bool, bool]:
    """Whether it was lost, and whether other posts may show it within them."""
    return is_lost(record), is_quotable(record)


def _holds(record: Record) -> frozenset[object]:
    """The words and names of people in a record: what is not in it any more must leave the file too."""
    held: set[object] = {key for key, one in record.reposters.items() if not one.gone}
    if record.post is not None:
        held.add(("post", record.post.edited_at))
        held |= {"quote"} if record.quote else set()
    return frozenset(held)


async def write_changed(
    tx: Transaction, wall: WallRow, records: Sequence[Record], before: dict[str, Before]
) -> Change:
    """Stamp what is seen differently with the next seq, number what is new, and write down what changed."""
    fresh = look(Record(id="", key=""))
    kept = [r for r in records if kept_part(r) != before.get(r.id, fresh).kept]
    after = {r.id: look(r) for r in kept}
    seen = [r for r in kept if after[r.id].visible != before.get(r.id, fresh).visible]
    seq = wall.seq
    if seen:
        seq = await _stamp(tx, wall, seen)
    await tx.save(wall.id, kept)
    await tx.save_quotes(wall.id, [r for r in kept if r.quote or before.get(r.id, fresh).quotes])
    shown_anew = [r for r in kept if after[r.id].pictures != before.get(r.id, fresh).pictures]
    bare = {r.id for r in shown_anew if not before.get(r.id, fresh).pictures}
    await tx.save_media(wall.id, shown_anew, bare=bare)
    if any(before[r.id].holds - _holds(r) for r in records if r.id in before):
        await tx.mark_erased(wall.id)
    return Change(wall.settings.slug, seq, len(seen))


async def _stamp(tx: Transaction, wall: WallRow, seen: list[Record]) -> int:
    in_order = sorted(seen, key=lambda r: (to_ms(r.post.created_at) if r.post else 0, r.id))
    arrived = [r for r in in_order if r.arrival_no is None and r.status != "gone"]
    shown = [r for r in in_order if r.shown_no is None and r.status == "approved"]
    row = await tx.advance(wall.id, arrivals=len(arrived), shown=len(shown))
    for number, record in enumerate(arrived, row.arrivals - len(arrived) + 1):
        record.arrival_no = number
    for number, record in enumerate(shown, row.shown - len(shown) + 1):
        record.shown_no = number
    for record in seen:
        record.seq = row.seq
    return row.seq
