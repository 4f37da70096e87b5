"""Puts notices on the walls when they start, takes them away when they end, and forgets pictures that were held."""

from datetime import datetime

import structlog

from app.actions.context import Context
from app.actions.notices import notice_in, put_notice
from app.domain.identity import to_ms
from app.domain.notice import next_turn, status_at
from app.errors import HallwayError
from app.storage.notices import Notices

LOOK_S = 1.0
"""Another process may have written a notice: the store is looked at this often, and at every start and end."""

log = structlog.get_logger()


async def keep_time(context: Context) -> None:
    """Without end; only cancelling stops it. After a restart what was missed is done at once."""
    while True:
        wait_s = LOOK_S
        try:
            due = await turn(context)
            if due is not None:
                left_s = (due - context.clock.now()).total_seconds()
                wait_s = min(LOOK_S, max(left_s, 0.0))
        except (HallwayError, OSError) as error:  # the store may come back
            log.warning("notices.failed", error=str(error))
        await context.clock.sleep(wait_s)


async def turn(context: Context) -> datetime | None:
    """Do what is due now, once whoever else does it too; when the next is due, None for nothing in sight."""
    now = context.clock.now()
    async with context.store.read() as reading:
        alive = await Notices(reading).alive()
        held = await Notices(reading).held()
    for slug, items in alive.items():
        late = [i.id for i in items if status_at(notice_in(i), now) != i.status]
        if late:
            await _turn(context, slug, late, now)
    over = [name for name, until_ms in held.items() if until_ms <= to_ms(now)]
    if over:
        async with context.store.write() as tx:
            await Notices(tx).forget_held(over)
    turns = [next_turn(notice_in(i), now) for items in alive.values() for i in items]
    return min((at for at in turns if at is not None), default=None)


async def _turn(context: Context, slug: str, ids: list[str], now: datetime) -> None:
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        found = [await Notices(tx).one(wall.id, id_) for id_ in ids]
        changes = [
            await put_notice(tx, wall, item.id, notice_in(item), item, now)
            for item in found
            if item is not None
        ]
    for change in changes:
        context.tell(change)
