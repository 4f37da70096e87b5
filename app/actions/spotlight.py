"""A post fills the screens for a while."""

from app.actions.context import Change, Context
from app.actions.log import HALLWAY, Actor, note
from app.actions.moderation import Decided, decide
from app.actions.modes import WALL, put_desk
from app.domain.desk import Spotlight
from app.errors import InvalidError, NotFoundError
from app.storage.reading import WallRow
from app.storage.transaction import Transaction

SECONDS = 20.0
LONGEST_S = 600.0


async def put_up(
    context: Context, slug: str, id_: str, *, seconds: float = SECONDS, actor: Actor = HALLWAY
) -> Decided:
    """Show a post large on every screen; one that waits is shown first. NotFoundError when it is not there."""
    if not 1 <= seconds <= LONGEST_S:
        raise InvalidError("seconds", f"Between 1 and {LONGEST_S:.0f} seconds.")
    await decide(context, slug, id_, "show", actor=actor)
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        item = await tx.item(wall.id, id_)
        if item is None or item.status not in ("approved", "copy"):
            raise NotFoundError("That post is not shown on this wall.", hint="Show it first.")
        now_ms = context.now_ms()
        spot = Spotlight(post=item.copy_of or id_, until_ms=now_ms + round(seconds * 1000))
        change, line = await _put(tx, wall, spot, actor, now_ms)
    context.tell(change)
    return Decided(slug, change.seq, change.items, line)


async def take_down(context: Context, slug: str, *, actor: Actor = HALLWAY) -> Decided:
    """Let the screens go on. Nothing changes when no post fills them."""
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        if wall.desk.spotlight is None:
            return Decided(slug, wall.seq, 0)
        change, line = await _put(tx, wall, None, actor, context.now_ms())
    context.tell(change)
    return Decided(slug, change.seq, change.items, line)


async def _put(
    tx: Transaction, wall: WallRow, spot: Spotlight | None, actor: Actor, now_ms: int
) -> tuple[Change, int]:
    change = await put_desk(tx, wall, wall.desk.model_copy(update={"spotlight": spot}))
    before = wall.desk.spotlight
    line = await note(
        tx,
        actor,
        now_ms,
        "spotlight",
        wall_id=wall.id,
        target=WALL,
        before=before and before.post,
        after=spot and spot.post,
    )
    return change, line
