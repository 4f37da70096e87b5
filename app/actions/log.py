"""The log of the crew: every action writes one line of it, in its own transaction."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.actions.context import Context
from app.domain.identity import from_ms
from app.storage.log import Line, Log
from app.storage.transaction import Transaction

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something."""

    name: str
    role: str
    account_id: str | None = None


HALLWAY = Actor("Hallway", "service")
"""What is done by itself."""
COMMAND_LINE = Actor("Command line", "owner")
AUDIENCE = Actor("Audience", "public")
"""Somebody who writes by the form: nothing about them is written down."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log as people read it."""

    line: Line
    undone: bool

    def as_json(self) -> dict[str, Any]:
        """The line over HTTP and in exports."""
        line = self.line
        return {
            "id": line.id,
            "at": from_ms(line.at_ms),
            "who": line.who,
            "role": line.role,
            "action": line.action,
            "target": line.target,
            "before": orjson.loads(line.before),
            "after": orjson.loads(line.after),
            "undoes": line.undoes,
            "undone": self.undone,
        }


async def note(
    tx: Transaction,
    actor: Actor,
    at_ms: int,
    action: str,
    *,
    wall_id: int | None = None,
    target: str = "",
    before: Any = None,
    after: Any = None,
    undoes: int | None = None,
) -> int:
    """Add a line, and give its number. `before` and `after` hold ids and states: no text of a post, no name of its author."""
    line = Line(
        id=0,
        wall_id=wall_id,
        at_ms=at_ms,
        who=actor.name,
        account_id=actor.account_id,
        role=actor.role,
        action=action,
        target=target,
        before=orjson.dumps(before).decode(),
        after=orjson.dumps(after).decode(),
        undoes=undoes,
    )
    return await Log(tx).add(line)


async def newest(
    context: Context, slug: str, *, before: int | None = None, limit: int = 100
) -> Sequence[Entry]:
    """The newest lines about a wall, and about the house it is in."""
    async with context.store.read() as reading:
        wall = await reading.wall(slug)
        lines = await Log(reading).newest(wall.id, before=before, limit=limit)
        undone = await Log(reading).undone(wall.id, [line.id for line in lines])
    return [Entry(line, line.id in undone) for line in lines]


async def whole(context: Context, slug: str) -> AsyncIterator[Entry]:
    """Every line, oldest first."""
    last = 0
    while True:
        async with context.store.read() as reading:
            wall = await reading.wall(slug)
            lines = await Log(reading).after(wall.id, last, limit=AT_ONCE)
            undone = await Log(reading).undone(wall.id, [line.id for line in lines])
        for line in lines:
            yield Entry(line, line.id in undone)
        if len(lines) < AT_ONCE:
            return
        last = lines[-1].id
