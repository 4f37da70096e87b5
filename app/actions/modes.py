"""Who needs a look first: the crew switches, and Hallway does when a storm comes; freezing the screens."""

from dataclasses import dataclass
from typing import Any

import orjson

from app.actions.context import Change, Context
from app.actions.log import HALLWAY, Actor, note
from app.actions.moderation import Decided
from app.actions.together import Together
from app.domain.desk import Desk, FreezeTo, Mode, Turn
from app.domain.identity import from_ms
from app.storage.queue import Queue
from app.storage.reading import WallRow
from app.storage.transaction import Transaction

WALL = "wall"
"""The id of the item that is the wall itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which mode holds on a wall, since when (ms), by whom and why."""

    mode: Mode
    since_ms: int | None
    by: str
    why: str


async def standing(context: Context, slug: str) -> Standing:
    """The mode of a wall now."""
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
    turn = wall.desk.turn
    if turn is None:
        return Standing(wall.policy.mode, None, "", "")
    return Standing(turn.mode, turn.since_ms, turn.by, turn.why)


async def switch(
    context: Context,
    slug: str,
    mode: Mode,
    *,
    to: FreezeTo = "screen",
    actor: Actor = HALLWAY,
    why: str = "",
    since_ms: int | None = None,
) -> Decided:
    """From now on (or since a moment ago) this mode holds. The same mode again changes nothing.

    What entered since then is judged anew; what entered before stays as it is.
    """
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        now_ms = context.now_ms()
        if wall.policy.mode == mode and wall.desk.freeze_to == to:
            return Decided(slug, wall.seq, 0)
        turn = Turn(since_ms=since_ms or now_ms, mode=mode, why=why, by=actor.name)
        desk = wall.desk.switched(turn).model_copy(update={"freeze_to": to})
        change = await put_desk(tx, wall, desk, since_ms=turn.since_ms)
        line = await note(
            tx,
            actor,
            now_ms,
            "mode",
            wall_id=wall.id,
            target=WALL,
            before=mode_state(wall),
            after={"mode": mode, "to": to, "why": why},
        )
    context.tell(change)
    return Decided(slug, change.seq, change.items, line)


def mode_state(wall: WallRow) -> dict[str, Any]:
    """The mode of a wall as the log keeps it."""
    turn = wall.desk.turn
    why = turn.why if turn else ""
    return {"mode": wall.policy.mode, "to": wall.desk.freeze_to, "why": why}


async def put_desk(
    tx: Transaction, wall: WallRow, desk: Desk, *, since_ms: int | None = None
) -> Change:
    """Write down what the crew set, tell the pages, and judge anew what entered since a moment."""
    await tx.set_desk(wall.id, desk)
    changed = await tx.wall(wall.settings.slug, lock=True)
    items, seq = 0, changed.seq
    if since_ms is not None:
        together = await Together.of(tx, changed, await Queue(tx).entered_since(wall.id, since_ms))
        settled = await together.settle(list(together.book.records))
        items, seq = settled.items, settled.seq
    if await put_wall_item(tx, await tx.wall(wall.settings.slug)):
        items, seq = items + 1, (await tx.wall(wall.settings.slug)).seq
    return Change(wall.settings.slug, seq, items)


async def put_wall_item(tx: Transaction, wall: WallRow) -> bool:
    """Bring the item that is the wall itself to what the crew set. Whether that changed it."""
    known = (await tx.others(wall.id)).get(WALL)
    if known is None or known.body is None:
        return False
    body = orjson.loads(known.body) | desk_fields(wall)
    raw = orjson.dumps(body).decode()
    if raw == known.body:
        return False
    seq = (await tx.advance(wall.id)).seq
    await tx.put_item(wall.id, WALL, "wall", raw, seq)
    return True


def desk_fields(wall: WallRow) -> dict[str, Any]:
    """What pages learn of the crew's settings; what stands under `crew` is for the crew only."""
    desk = wall.desk
    spot = desk.spotlight
    shown = {"id": spot.post, "until": from_ms(spot.until_ms)} if spot else None
    return {
        "mode": "frozen" if desk.frozen else "live",
        "frozen_to": desk.freeze_to if desk.frozen else None,
        "spotlight": shown,
        "crew": {"moderation": wall.policy.mode},
    }
