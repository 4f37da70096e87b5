"""Anything in the log can be taken back, as long as nothing came after it that it would undo as well."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from app.actions import moderation, modes, notices, people, rules, screens
from app.actions.context import Change, Context
from app.actions.log import HALLWAY, Actor, note
from app.actions.moderation import Decided
from app.domain.desk import Turn
from app.domain.rules import Rule
from app.errors import ConflictError, NotFoundError
from app.storage.log import Line, Log
from app.storage.people import People
from app.storage.reading import WallRow
from app.storage.transaction import Transaction

LATER = ConflictError("Somebody changed this again since.", hint="Undo what came later first.")


@dataclass(frozen=True, slots=True)
class _Undo:
    """What is needed to take one line back."""

    context: Context
    tx: Transaction
    wall: WallRow
    line: Line
    concerned: tuple[str, ...]

    @property
    def before(self) -> Any:
        return orjson.loads(self.line.before)

    @property
    def after(self) -> Any:
        return orjson.loads(self.line.after)


async def undo(context: Context, slug: str, number: int, *, actor: Actor = HALLWAY) -> Decided:
    """Take a line of the log back; it stays, and the undoing is a line of its own.

    NotFoundError when there is no such line, or it cannot be taken back; ConflictError when it was already, or when
    something later would be lost.
    """
    line = await _line(context, slug, number)
    concerned = await _concerned(context, slug, line)
    seq, items, written = 0, 0, 0
    for part in await _batch(context, slug, line):
        async with context.store.write() as tx:
            wall = await tx.wall(slug, lock=True)
            if await Log(tx).undone(wall.id, [part.id]):
                raise ConflictError("That was taken back already.", hint="Nothing was changed.")
            change = await _take_back(_Undo(context, tx, wall, part, concerned))
            written = await note(
                tx,
                actor,
                context.now_ms(),
                f"undo.{part.action}",
                wall_id=wall.id,
                target=part.target,
                before=orjson.loads(part.after),
                after=orjson.loads(part.before),
                undoes=part.id,
            )
        context.tell(change)
        seq, items = max(seq, change.seq), items + change.items
    return Decided(slug, seq, items, written)


async def _line(context: Context, slug: str, number: int) -> Line:
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        line = await Log(reading).line(wall.id, number)
    if line is None or _kind(line) not in _BACK:
        raise NotFoundError("That cannot be taken back.", hint="Nothing was changed.")
    return line


async def _batch(context: Context, slug: str, line: Line) -> list[Line]:
    """A bulk decision is several lines about one batch; the last is taken back first."""
    if not line.action.startswith("posts."):
        return [line]
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        lines = await Log(reading).about(wall.id, line.target, limit=1_000)
    return [each for each in lines if each.action == line.action]


async def _concerned(context: Context, slug: str, line: Line) -> tuple[str, ...]:
    if _kind(line) not in ("rule", "rules"):
        return ()
    changes = _rules_of(orjson.loads(line.before))
    return tuple(await rules.concerned_by(context, slug, changes))


async def _take_back(what: _Undo) -> Change:
    return await _BACK[_kind(what.line)](what)


async def _posts(what: _Undo) -> Change:
    return await moderation.restore(what.tx, what.wall, what.before, what.after)


async def _person(what: _Undo) -> Change:
    known = await People(what.tx).of(what.wall.id, what.line.target)
    if known.standing != what.after["standing"]:
        raise LATER
    put_back = replace(known, standing=what.before["standing"])
    return await people.stand(what.tx, what.wall, put_back)


async def _rules(what: _Undo) -> Change:
    known = {r.id: r for r in what.wall.desk.rules}
    if any(known.get(id_) != rule for id_, rule in _rules_of(what.after).items()):
        raise LATER
    places = {id_: kept["place"] for id_, kept in what.before.items() if kept and "place" in kept}
    return await rules.restore(what.tx, what.wall, _rules_of(what.before), what.concerned, places)


async def _mode(what: _Undo) -> Change:
    if modes.mode_state(what.wall) != what.after:
        raise LATER
    was = what.before
    turn = Turn(since_ms=what.context.now_ms(), mode=was["mode"], why=was["why"])
    desk = what.wall.desk.switched(turn).model_copy(update={"freeze_to": was["to"]})
    return await modes.put_desk(what.tx, what.wall, desk)


async def _notice(what: _Undo) -> Change:
    if not await notices.is_as(what.tx, what.wall, what.line.target, what.after):
        raise LATER
    now_ms = what.context.now_ms()
    return await notices.restore_notice(what.tx, what.wall, what.line.target, what.before, now_ms)


async def _screen(what: _Undo) -> Change:
    if what.line.action != "screen.change":
        raise NotFoundError("That cannot be taken back.", hint="Nothing was changed.")
    await screens.restore(what.tx, what.wall, what.line.target, was=what.before, now=what.after)
    return Change(what.wall.settings.slug, what.wall.seq, 0)


def _rules_of(kept: Mapping[str, Any]) -> dict[str, Rule | None]:
    return {id_: Rule.model_validate(rule) if rule else None for id_, rule in kept.items()}


def _kind(line: Line) -> str:
    return line.action.partition(".")[0]


_BACK: dict[str, Callable[[_Undo], Awaitable[Change]]] = {
    "post": _posts,
    "posts": _posts,
    "person": _person,
    "rule": _rules,
    "rules": _rules,
    "mode": _mode,
    "notice": _notice,
    "screen": _screen,
}
