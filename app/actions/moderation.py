"""What moderators do with a post."""

from typing import Literal

from app.actions.context import Change, Context, look, write_changed
from app.domain.record import Record, content_digest, settle
from app.errors import NotFoundError

Decision = Literal["hide", "show", "pin", "unpin"]


async def decide(context: Context, slug: str, id_: str, decision: Decision) -> Change:
    """Hide, show, pin or unpin one post. Doing it again changes nothing. NotFoundError when it is not there."""
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        record = (await tx.records(wall.id, [id_])).get(id_)
        if record is None or record.status == "gone" or record.post is None:
            raise NotFoundError(
                "That post is not on this wall any more.", hint="Nothing was changed."
            )
        before = {id_: look(record)}
        _apply(record, decision)
        settle(record, wall.settings)
        change = await write_changed(tx, wall, [record], before)
    return context.tell(change)


def _apply(record: Record, decision: Decision) -> None:
    if decision in ("pin", "unpin"):
        record.pinned = decision == "pin"
        return
    record.decision = "hidden" if decision == "hide" else "approved"
    record.decided_digest = content_digest(record.post) if record.post else ""
