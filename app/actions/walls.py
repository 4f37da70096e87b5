"""Walls are made, set up, and made safe after a restart."""

import hashlib
from collections.abc import Collection, Sequence

import orjson
import structlog

from app.actions.context import Change, Context
from app.actions.modes import WALL, desk_fields
from app.actions.together import Together
from app.domain.desk import Desk
from app.domain.record import Record
from app.domain.rules import Rule
from app.domain.submission import SERVER as FORM
from app.domain.wall import Session, Wall
from app.errors import NotFoundError
from app.storage.reading import WallRow
from app.storage.transaction import Transaction

LATER_MS = 2**62

log = structlog.get_logger()


async def set_up(
    context: Context,
    wall: Wall,
    *,
    join_url: str,
    sessions: Sequence[Session] | None = None,
    rules: Sequence[Rule] = (),
) -> Change:
    """Make a wall or change it; None leaves the programme as it is. `rules` are those that a new wall begins with."""
    async with context.store.write() as tx:
        row = await _find_or_make(tx, wall, Desk(rules=tuple(rules)))
        resettled = 0
        if row.settings != wall:
            await tx.set_wall(row.id, wall)
            row = await tx.wall(wall.slug, lock=True)
            resettled = (await _resettle(tx, row)).items
        items = {WALL: ("wall", _wall_body(row, join_url))}
        items |= {_session_id(s): ("session", s.model_dump_json()) for s in sessions or ()}
        changed = await _put_others(
            tx, await tx.wall(wall.slug), items, replace=sessions is not None
        )
    return context.tell(Change(wall.slug, changed.seq, changed.items + resettled))


async def set_programme(context: Context, slug: str, sessions: Sequence[Session]) -> Change:
    """The talks of a wall are these and no others; nothing changes when they are as they were."""
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        items = {_session_id(s): ("session", s.model_dump_json()) for s in sessions}
        change = await _put_others(tx, wall, items, replace=True)
    return context.tell(change)


async def withhold_unchecked(
    context: Context, slug: str, *, asked: Collection[str], unasked: Collection[str] = ()
) -> Change:
    """Before stored posts are shown after a restart: take back all that a server could take back.

    They return by themselves when their server confirms them. `asked` are the servers whose sources re-check;
    of `unasked` nobody can be asked, so what only they named stays. Posts of servers that are neither belong to
    sources that were removed from the settings: nobody re-checks them, and they stay away.
    """
    free = {FORM, *unasked} - set(asked)
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        together = await Together.of(tx, wall, await tx.unchecked(wall.id, LATER_MS))
        waiting = [r for r in together.book.records.values() if not _servers(r) <= free]
        for record in waiting:
            record.withheld = True
        change = await together.settle(r.id for r in waiting)
    lost = [r for r in waiting if _servers(r).isdisjoint(asked)]
    if lost:
        log.warning(
            "wall.posts_without_source",
            wall=slug,
            posts=len(lost),
            servers=sorted({server for r in lost for server in _servers(r)}),
            hint="Nobody can be asked whether these posts still stand, so they are not shown. "
            "They return when their source is in the settings again.",
        )
    return context.tell(change)


def _servers(record: Record) -> set[str]:
    return {s.server for s in record.sightings.values() if s.live}


async def _find_or_make(tx: Transaction, wall: Wall, desk: Desk) -> WallRow:
    try:
        return await tx.wall(wall.slug, lock=True)
    except NotFoundError:
        return await tx.make_wall(wall, desk)


async def _resettle(tx: Transaction, row: WallRow) -> Change:
    """Rules or hashtags changed: every post is judged anew."""
    together = await Together.of(tx, row, await tx.unchecked(row.id, LATER_MS))
    return await together.settle(list(together.book.records))


async def _put_others(
    tx: Transaction, row: WallRow, items: dict[str, tuple[str, str]], *, replace: bool
) -> Change:
    known = await tx.others(row.id)
    changed = {i: v for i, v in items.items() if i not in known or known[i].body != v[1]}
    over = [
        i
        for i, old in known.items()
        if replace and old.kind == "session" and old.body and i not in items
    ]
    if not changed and not over:
        return Change(row.settings.slug, row.seq, 0)
    seq = (await tx.advance(row.id)).seq
    for id_, (kind, body) in changed.items():
        await tx.put_item(row.id, id_, kind, body, seq)
    for id_ in over:
        await tx.put_item(row.id, id_, "session", None, seq)
    return Change(row.settings.slug, seq, len(changed) + len(over))


def _wall_body(row: WallRow, join_url: str) -> str:
    wall = row.settings
    tags = wall.written or wall.hashtags
    body = {"slug": wall.slug, "title": wall.title, "hashtags": tags, "place": wall.place}
    form_url = f"/say/{wall.slug}" if wall.form else ""
    more = {"join_url": join_url, "form_url": form_url, "scale": wall.scale}
    return orjson.dumps({**body, **more, **desk_fields(row)}).decode()


def _session_id(session: Session) -> str:
    """By its code, so that a talk that moves stays the same one; else by what it is and when."""
    raw = f"{session.title}|{session.room}|{session.starts_at.isoformat()}"
    if session.code:
        raw = f"code|{session.code}"
    return "s" + hashlib.sha256(raw.encode()).hexdigest()[:16]
