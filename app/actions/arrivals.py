"""Arrivals come in: merged, judged, numbered and written with their cursor in one transaction."""

from app.actions.around import Around
from app.actions.context import Change, Context
from app.actions.log import HALLWAY
from app.actions.memory import MINUTE_MS
from app.actions.modes import switch
from app.actions.together import Together, circle_of
from app.domain.arrival import Batch
from app.domain.book import Book, needs
from app.storage.reading import WallRow
from app.storage.transaction import Transaction

CALM_MS = 5 * MINUTE_MS
"""So long after somebody of the crew switched, Hallway does not do so by itself."""
MAX_ID = 255
"""Longest local id or server name kept; real ones have under 64 characters."""


async def arrive(context: Context, slug: str, source: str, batch: Batch) -> Change:
    """Enter a batch. Arrivals may repeat and come in any order; nothing changes twice."""
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        change = await enter(context, tx, wall, batch)
        if batch.cursor is not None:
            await tx.set_cursor(wall.id, source, batch.cursor)
    context.tell(change)
    await _watch(context, wall)
    return change


async def _watch(context: Context, wall: WallRow) -> None:
    """In a storm everything waits from now on; where everything was shown at once, also what came in the last minute.

    Who has just switched knows about the storm: that holds for a while.
    """
    most, now_ms = wall.settings.alarm, context.now_ms()
    if most is None or wall.policy.mode not in ("hybrid", "open"):
        return
    turn = wall.desk.turn
    if turn and turn.by != HALLWAY.name and now_ms - turn.since_ms < CALM_MS:
        return
    if why := context.memory.storm(wall.settings.slug, now_ms, most):
        since_ms = now_ms - MINUTE_MS if wall.policy.mode == "open" else now_ms + 1
        await switch(context, wall.settings.slug, "review", why=why, since_ms=since_ms)


async def enter(context: Context, tx: Transaction, wall: WallRow, batch: Batch) -> Change:
    """The part of `arrive` inside a transaction, for actions that look before they enter. Tell the change afterwards."""
    arrivals = [a for a in batch.arrivals if len(getattr(a, "local_id", "")) <= MAX_ID]
    if not arrivals:
        return Change(wall.settings.slug, wall.seq, 0)
    book = await _open(tx, wall, batch)
    together = Together(tx, wall, book)
    known = set(book.records)
    for said in arrivals:
        book.enter(said)
    moved = await Around(context.memory, together).look(context.now_ms(), book.touched - known)
    change = await together.settle(book.touched | moved, arriving=True)
    await _write_said(tx, wall, book)
    return change


async def _open(tx: Transaction, wall: WallRow, batch: Batch) -> Book:
    need = needs(batch.arrivals)
    sightings = await tx.sightings_at(wall.id, sorted(need.places))
    ids = need.ids | {s.item_id for s in sightings.values() if s.item_id}
    if need.gone_authors:
        ids |= set(await tx.posts_with(wall.id, sorted(need.gone_authors)))
    records = await tx.records(wall.id, sorted(ids))
    circle = await circle_of(tx, wall.id, records.values(), need.authors)
    authors = need.authors | need.gone_authors | {r.author_key for r in records.values()}
    gone = await tx.authors_gone(wall.id, sorted(authors))
    for record in records.values():
        sightings.update(record.sightings)
    return Book(wall.settings, wall.policy, records, sightings, gone, circle)


async def _write_said(tx: Transaction, wall: WallRow, book: Book) -> None:
    await tx.save_sightings(
        wall.id, [book.sightings[place] for place in sorted(book.touched_places)]
    )
    await tx.drop_reposts_by(wall.id, sorted(book.touched_authors))
    for id_, author_keys in book.touched_reposters.items():
        record = book.records[id_]
        kept = author_keys & record.reposters.keys()
        await tx.save_reposters(wall.id, record, sorted(kept))
    await tx.set_author_gone(
        wall.id, {k: book.gone_authors[k] for k in sorted(book.touched_authors)}
    )
