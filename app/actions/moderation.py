"""What moderators do with posts: one, many at once, and taking it back."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.actions.context import Change, Context
from app.actions.log import HALLWAY, Actor, note
from app.actions.quota import in_words
from app.actions.together import Together
from app.domain.identity import account_digest
from app.domain.people import Person
from app.domain.record import Record, content_digest
from app.errors import ConflictError, InvalidError, NotFoundError
from app.storage.log import Log
from app.storage.people import People
from app.storage.queue import Queue
from app.storage.reading import WallRow
from app.storage.transaction import Transaction

Decision = Literal["hide", "show", "pin", "unpin", "apart", "together", "later", "now"]
Bulk = Literal["hide", "show", "later"]

LATER_MS = 10 * 60_000
MOST_AT_ONCE = 10_000
SLICE = 200
"""Posts of a bulk decision in one transaction: writers after it wait no longer than this takes."""

State = dict[str, Any]
"""How a moderator left a post: `decision`, `digest`, `pin`, `apart`, `later`."""


@dataclass(frozen=True, slots=True)
class Decided(Change):
    """What a decision did, and its line in the log (0 when nothing changed)."""

    log: int = 0


async def decide(
    context: Context,
    slug: str,
    id_: str,
    decision: Decision,
    *,
    actor: Actor = HALLWAY,
    was: str | None = None,
) -> Decided:
    """Hide, show, pin or unpin one note, put it off, or let a post stand apart from its copies.

    Doing it again changes nothing. `was` is the status that the moderator saw: ConflictError when somebody decided
    otherwise since. NotFoundError when the post is not there.
    """
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        together = await Together.of(tx, wall, [id_])
        record = _there(together, id_)
        await _check_seen(tx, wall, record, decision, was, context.now_ms())
        act = _Act(context, tx, wall, together, actor)
        change = await act.on([record], decision)
        line = await act.write(f"post.{decision}", target=id_)
    context.tell(change)
    return Decided(change.wall, change.seq, change.items, line)


async def decide_many(
    context: Context, slug: str, ids: Sequence[str], decision: Bulk, *, actor: Actor = HALLWAY
) -> Decided:
    """The same for many posts; what is not there any more is passed over.

    Many more than a few are done in slices, each with its line in the log, all about one batch: they are undone together.
    """
    if len(ids) > MOST_AT_ONCE:
        raise InvalidError("ids", f"At most {MOST_AT_ONCE:,} posts at once.")
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise InvalidError("ids", "No post is chosen.")
    batch, items, line = f"b{secrets.token_hex(8)}", 0, 0
    for start in range(0, len(wanted), SLICE):
        async with context.store.write() as tx:
            wall = await tx.wall(slug, lock=True)
            together = await Together.of(tx, wall, wanted[start : start + SLICE])
            there = [r for r in together.book.records.values() if _is_there(r)]
            act = _Act(context, tx, wall, together, actor)
            change = await act.on(there, decision)
            line = await act.write(f"posts.{decision}", target=batch) or line
        context.tell(change)
        items += change.items
    return Decided(slug, change.seq, items, line)


async def waiting_for(context: Context, slug: str, reason: str) -> Sequence[str]:
    """The posts that wait for this reason, newest first."""
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        return await Queue(reading).waiting_for(wall.id, reason, limit=MOST_AT_ONCE)


async def restore(
    tx: Transaction,
    wall: WallRow,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> Change:
    """Put posts back to how a line of the log found them. ConflictError when somebody decided on them since."""
    posts: Mapping[str, State] = before["posts"]
    together = await Together.of(tx, wall, posts)
    there = [r for r in together.book.records.values() if r.id in posts]
    if any(_state(r) != after["posts"][r.id] for r in there):
        raise ConflictError(
            "Somebody decided on this again since.", hint="Undo what came later first."
        )
    for digest, was in before.get("people", {}).items():
        known = await People(tx).of(wall.id, digest)
        await _know(tx, wall, together, replace(known, approved_ms=was[0], media_ms=was[1]))
    for record in there:
        _put_back(record, posts[record.id])
    return await together.settle([r.id for r in there])


class _Act:
    """One decision inside a transaction, and what is to be remembered of it."""

    def __init__(
        self, context: Context, tx: Transaction, wall: WallRow, together: Together, actor: Actor
    ) -> None:
        self.now_ms = context.now_ms()
        self._tx, self._wall, self._together, self._actor = tx, wall, together, actor
        self.before: dict[str, State] = {}
        self.after: dict[str, State] = {}
        self.people_before: dict[str, tuple[int | None, int | None]] = {}

    async def on(self, records: Sequence[Record], decision: Decision) -> Change:
        """Decide on these posts and all of their notes."""
        _, groups = await self._together.agree([r.id for r in records])
        of = {member.id: group for group in groups for member in group.members}
        changed: set[str] = set()
        for record in records:
            group = of[record.id]
            note_ = [*group.members, *group.hidden_before]
            known = {r.id: _state(r) for r in note_}
            _apply(record, note_, decision, self.now_ms)
            self.before |= {r.id: known[r.id] for r in note_ if r.id not in self.before}
            self.after |= {r.id: _state(r) for r in note_}
            changed |= {r.id for r in note_}
        if decision == "show":
            await self._meet(records)
        return await self._together.settle(sorted(changed))

    async def write(self, action: str, target: str = "") -> int:
        """The line in the log; 0 and none when nothing is other than it was."""
        moved = [i for i in self.after if self.after[i] != self.before[i]]
        if not moved and not self.people_before:
            return 0
        before: State = {"posts": {i: self.before[i] for i in moved}}
        if self.people_before:
            before["people"] = self.people_before
        after = {"posts": {i: self.after[i] for i in moved}}
        return await note(
            self._tx,
            self._actor,
            self.now_ms,
            action,
            wall_id=self._wall.id,
            target=target,
            before=before,
            after=after,
        )

    async def _meet(self, records: Iterable[Record]) -> None:
        """Who was let through once needs no look for what is written from now on; the same for pictures."""
        for record in records:
            if record.post is None:
                continue
            known = await People(self._tx).of(self._wall.id, account_digest(record.author_key))
            met = replace(
                known,
                approved_ms=known.approved_ms or self.now_ms,
                media_ms=known.media_ms or (self.now_ms if record.post.media else None),
            )
            if met != known:
                self.people_before.setdefault(known.digest, (known.approved_ms, known.media_ms))
                await _know(self._tx, self._wall, self._together, met)


async def _know(tx: Transaction, wall: WallRow, together: Together, person: Person) -> None:
    await People(tx).put(wall.id, person)
    together.book.circle.put(person)


def _there(together: Together, id_: str) -> Record:
    record = together.book.records.get(id_)
    if record is None or not _is_there(record):
        raise NotFoundError("That post is not on this wall any more.", hint="Nothing was changed.")
    return record


def _is_there(record: Record) -> bool:
    return record.status != "gone" and record.post is not None


async def _check_seen(
    tx: Transaction,
    wall: WallRow,
    record: Record,
    decision: Decision,
    was: str | None,
    now_ms: int,
) -> None:
    """Of two moderators who decide on a post at once, the second is told; who wants the same is right anyway."""
    wanted = {"hide": "hidden", "show": "approved"}.get(decision)
    if was is None or wanted is None or record.status in (was, wanted):
        return
    lines = await Log(tx).about(wall.id, record.id, limit=1)
    if not lines:  # nobody decided: an edit, a rule or a copy moved it
        return
    did = {"hidden": "hid", "approved": "showed", "pending": "put back"}.get(
        record.status, "changed"
    )
    ago = in_words(max(1.0, (now_ms - lines[0].at_ms) / 1000))
    raise ConflictError(
        f"{lines[0].who} {did} this post {ago} ago. Nothing was changed.",
        hint="Decide again if you see it otherwise.",
    )


def _apply(record: Record, note_: Sequence[Record], decision: Decision, now_ms: int) -> None:
    match decision:
        case "hide" | "show":
            record.decision = "hidden" if decision == "hide" else "approved"
            record.decided_digest = content_digest(record)
            record.later_ms = 0
        case "pin" | "unpin":
            record.pin = decision == "pin"
        case "apart" | "together":
            record.apart = decision == "apart"
        case _:
            record.later_ms = now_ms + LATER_MS if decision == "later" else 0
    for other in note_:
        if decision == "show" and other is not record and other.decision == "hidden":
            other.decision = None
        if decision == "unpin":
            other.pin = False


def _state(record: Record) -> State:
    return {
        "decision": record.decision,
        "digest": record.decided_digest,
        "pin": record.pin,
        "apart": record.apart,
        "later": record.later_ms,
    }


def _put_back(record: Record, state: State) -> None:
    record.decision, record.decided_digest = state["decision"], state["digest"]
    record.pin, record.apart, record.later_ms = state["pin"], state["apart"], state["later"]
