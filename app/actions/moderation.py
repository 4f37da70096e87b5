"""What moderators do with a post."""

from typing import Literal

from app.actions.context import Change, Context
from app.actions.together import Together
from app.domain.fold import Group
from app.domain.record import Record, content_digest
from app.errors import NotFoundError

Decision = Literal["hide", "show", "pin", "unpin", "apart", "together"]


async def decide(context: Context, slug: str, id_: str, decision: Decision) -> Change:
    """Hide, show, pin or unpin one note; let one post stand apart from its copies, or together with them again.

    Doing it again changes nothing. NotFoundError when the post is not there.
    """
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        together = await Together.of(tx, wall, [id_])
        record = together.book.records.get(id_)
        if record is None or record.status == "gone" or record.post is None:
            raise NotFoundError(
                "That post is not on this wall any more.", hint="Nothing was changed."
            )
        _, groups = await together.agree([id_])
        group = next(g for g in groups if record in g.members)
        changed = _apply(record, group, decision)
        change = await together.settle(changed)
    return context.tell(change)


def _apply(record: Record, group: Group, decision: Decision) -> list[str]:
    """The ids of the posts that a decision on one of a note changes."""
    note = [*group.members, *group.hidden_before]
    match decision:
        case "hide" | "show":
            record.decision = "hidden" if decision == "hide" else "approved"
            record.decided_digest = content_digest(record)
        case "pin" | "unpin":
            record.pin = decision == "pin"
        case "apart" | "together":
            record.apart = decision == "apart"
    for other in note:
        if decision == "show" and other.decision == "hidden":
            other.decision = None
        if decision == "unpin":
            other.pin = False
    return [r.id for r in note]
