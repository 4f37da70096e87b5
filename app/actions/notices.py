"""What the crew does with notices: write one, change it, give it a picture, take it away."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from app.actions.context import Change, Context
from app.actions.log import Actor, note
from app.actions.moderation import Decided
from app.domain.identity import from_ms, media_id, to_ms
from app.domain.notice import MOST, Notice, status_at
from app.errors import InvalidError, NotFoundError
from app.storage.notices import Notices
from app.storage.reading import StoredItem, WallRow
from app.storage.transaction import Transaction

HELD = timedelta(minutes=10)
"""So long a picture that was taken away is kept, to be there when that is undone."""


class Listed(NamedTuple):
    """A notice as the crew sees it in its list."""

    id: str
    status: str
    notice: Notice


async def notices_of(context: Context, slug: str) -> Sequence[Listed]:
    """The notices of a wall, also those that wait or are over, as they were made."""
    async with context.store.read() as reading:
        found = await Notices(reading).of((await reading.wall(slug)).id)
    return [Listed(one.id, one.status, notice_in(one)) for one in found]


async def add(context: Context, slug: str, notice: Notice, *, actor: Actor) -> tuple[str, Decided]:
    """A new notice and its id: on the walls from its start on. InvalidError when it is over already, or there are too many."""
    now = context.clock.now()
    if notice.ends_at is not None and notice.ends_at <= now:
        raise InvalidError("ends_at", "That is over already.", hint="Check the day and the time.")
    # the time goes first, so that they are in order; the rest cannot be guessed
    id_ = f"n{to_ms(now):011x}{secrets.token_hex(4)}"
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        if len(await Notices(tx).of(wall.id)) >= MOST:
            raise InvalidError(
                "text", f"A wall keeps at most {MOST} notices.", hint="Take old ones away."
            )
        decided = await _Act(tx, wall, actor, now, id_, None).put("add", notice)
    context.tell(decided)
    return id_, decided


async def edit(
    context: Context, slug: str, id_: str, new: Notice, *, actor: Actor, bare: bool = False
) -> Decided:
    """Other words or times. The picture stays, unless the notice is to be `bare`. The same again changes nothing."""
    async with context.store.write() as tx:
        act = await _Act.on(context, tx, slug, id_, actor)
        if bare:
            await act.drop_picture()
        image = None if bare or act.before is None else act.before.image
        decided = await act.put("change", new.model_copy(update={"image": image}))
    context.tell(decided)
    return decided


async def set_picture(context: Context, slug: str, id_: str, url: str, *, actor: Actor) -> Decided:
    """Give a notice the picture at an address of ours, in place of the one that it had."""
    async with context.store.write() as tx:
        act = await _Act.on(context, tx, slug, id_, actor)
        await act.drop_picture()
        await Notices(tx).put_picture(act.wall.id, id_, media_id(url), url)
        shown = {"image": f"/media/{media_id(url)}"}
        decided = await act.put("change", notice_in(act.item).model_copy(update=shown))
    context.tell(decided)
    return decided


async def remove(context: Context, slug: str, id_: str, *, actor: Actor) -> Decided:
    """Take a notice away for good."""
    async with context.store.write() as tx:
        act = await _Act.on(context, tx, slug, id_, actor)
        await act.drop_picture()
        decided = await act.put("remove", None)
    context.tell(decided)
    return decided


async def check(context: Context, slug: str, id_: str) -> None:
    """NotFoundError when there is no such notice."""
    async with context.store.read() as reading:
        if await Notices(reading).one((await reading.wall(slug)).id, id_) is None:
            raise _missing()


async def is_as(tx: Transaction, wall: WallRow, id_: str, body: Mapping[str, Any] | None) -> bool:
    """Whether a notice is as a line of the log left it; None for one that was taken away."""
    item = await Notices(tx).one(wall.id, id_)
    left = None if body is None else Notice.model_validate(body)
    return (notice_in(item) if item else None) == left


async def restore_notice(
    tx: Transaction, wall: WallRow, id_: str, body: Mapping[str, Any] | None, now_ms: int
) -> Change:
    """Make a notice what a line of the log says that it was; None for one that was not there.

    A picture that is not kept any more stays away. Tell the change after the commit.
    """
    now, item, pictures = from_ms(now_ms), await tx.item(wall.id, id_), Notices(tx)
    notice = None if body is None else Notice.model_validate(body)
    wanted = notice.image if notice else None
    if wanted != notice_in(item).image:
        await pictures.hold_pictures(wall.id, id_, to_ms(now + HELD))
        kept = wanted and await pictures.bring_back(wall.id, id_, wanted.rpartition("/")[2])
        if notice and not kept:
            notice = notice.model_copy(update={"image": None})
    return await put_notice(tx, wall, id_, notice, item, now)


async def put_notice(
    tx: Transaction,
    wall: WallRow,
    id_: str,
    notice: Notice | None,
    item: StoredItem | None,
    now: datetime,
) -> Change:
    """Write a notice down as it stands now; nothing when it is so already. `item` is what is stored of it."""
    body = None if notice is None else notice.model_dump_json()
    status = "over" if notice is None else status_at(notice, now)
    if item is not None and item.body == body and (body is None or item.status == status):
        return Change(wall.settings.slug, wall.seq, 0)
    seen = status == "approved" or (item is not None and item.shown_no is not None)
    seq, shown_no = (await tx.advance(wall.id)).seq, 0 if seen else None
    await tx.put_item(wall.id, id_, "notice", body, seq, status=status, shown_no=shown_no)
    return Change(wall.settings.slug, seq, 1)


def notice_in(item: StoredItem | None) -> Notice:
    """The notice that is stored; an empty one when it was taken away."""
    return Notice.model_validate_json(item.body if item and item.body else "{}")


@dataclass(frozen=True, slots=True)
class _Act:
    """What one of the crew does with one notice, at one time."""

    tx: Transaction
    wall: WallRow
    actor: Actor
    now: datetime
    id: str
    item: StoredItem | None

    @classmethod
    async def on(
        cls, context: Context, tx: Transaction, slug: str, id_: str, actor: Actor
    ) -> "_Act":
        """NotFoundError when there is no such notice."""
        wall = await tx.wall(slug, lock=True)
        item = await Notices(tx).one(wall.id, id_)
        if item is None:
            raise _missing()
        return cls(tx, wall, actor, context.clock.now(), id_, item)

    @property
    def before(self) -> Notice | None:
        return notice_in(self.item) if self.item else None

    async def drop_picture(self) -> None:
        await Notices(self.tx).hold_pictures(self.wall.id, self.id, to_ms(self.now + HELD))

    async def put(self, what: str, notice: Notice | None) -> Decided:
        """Write it down, with one line in the log; none when it was so already."""
        change = await put_notice(self.tx, self.wall, self.id, notice, self.item, self.now)
        line = 0
        if notice != self.before:
            line = await note(
                self.tx,
                self.actor,
                to_ms(self.now),
                f"notice.{what}",
                wall_id=self.wall.id,
                target=self.id,
                before=_told(self.before),
                after=_told(notice),
            )
        return Decided(change.wall, change.seq, change.items, line)


def _missing() -> NotFoundError:
    return NotFoundError("That notice is not here any more.", hint="Nothing was changed.")


def _told(notice: Notice | None) -> Any:
    return None if notice is None else notice.model_dump(mode="json")
