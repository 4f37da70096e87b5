"""What the crew does with screens: hang one up, name it, change how it looks, ask which it is, load it anew, take it down."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from app.actions.accounts import new_id, token_hash
from app.actions.context import Context
from app.actions.log import Actor, note
from app.domain.crew import LINK_MS
from app.domain.post import Model
from app.domain.screen import (
    IDENTIFY_MS,
    SCREENS_MOST,
    Screen,
    ScreenState,
    room_name,
    screen_name,
)
from app.errors import ConflictError, InvalidError, NotFoundError
from app.storage.accounts import Accounts, Invite
from app.storage.reading import WallRow
from app.storage.screens import ScreenTable
from app.storage.transaction import Transaction


class Wish(Model):
    """What is to be different about a screen: what is None, or not named in `state`, stays as it is."""

    name: str | None = None
    room: str | None = None
    state: ScreenState | None = None


async def screens_of(context: Context, slug: str) -> Sequence[Screen]:
    """The screens of a wall, in the order they were made."""
    async with context.store.read() as reading:
        return await ScreenTable(reading).of_wall((await reading.wall(slug)).id)


async def add(
    context: Context, slug: str, name: str, room: str, *, actor: Actor
) -> tuple[Screen, str]:
    """A new screen, and the one-time token by which a browser becomes it. InvalidError when the name is none, or taken."""
    async with context.store.write() as tx:
        wall = await tx.wall(slug, lock=True)
        others = await ScreenTable(tx).of_wall(wall.id)
        if len(others) >= SCREENS_MOST:
            raise InvalidError("name", f"A wall has at most {SCREENS_MOST} screens.")
        screen = Screen(
            id=new_id(),
            wall=slug,
            name=screen_name(name, others),
            room=room_name(room),
            created_ms=context.now_ms(),
        )
        await ScreenTable(tx).add(wall.id, screen)
        token = await _make_link(context, tx, screen, actor)
        await _note(context, tx, wall, actor, "add", screen, after=_told(screen))
    return screen, token


async def link(context: Context, slug: str, id_: str, *, actor: Actor) -> tuple[Screen, str]:
    """A new one-time token for a screen: its PC was changed, say. The links before it open nothing any more."""
    async with context.store.write() as tx:
        wall, screen, _ = await _find(tx, slug, id_)
        await ScreenTable(tx).drop_links(id_)
        token = await _make_link(context, tx, screen, actor)
        await _note(context, tx, wall, actor, "link", screen)
    return screen, token


async def change(context: Context, slug: str, id_: str, wish: Wish, *, actor: Actor) -> Screen:
    """Name a screen, say in which room it hangs, or change how it looks. The same again changes nothing."""
    async with context.store.write() as tx:
        wall, screen, others = await _find(tx, slug, id_)
        new = screen.model_copy(
            update={
                "name": screen.name if wish.name is None else screen_name(wish.name, others),
                "room": screen.room if wish.room is None else room_name(wish.room),
                "state": _merged(screen.state, wish.state),
            }
        )
        if new != screen:
            await ScreenTable(tx).save(new)
            before, after = _told(screen), _told(new)
            await _note(context, tx, wall, actor, "change", new, before=before, after=after)
    return new


async def restore(
    tx: Transaction, wall: WallRow, id_: str, *, was: dict[str, Any], now: dict[str, Any]
) -> None:
    """Put a screen back to how a line of the log found it. ConflictError when it was changed since, or its name is taken."""
    found = {screen.id: screen for screen in await ScreenTable(tx).of_wall(wall.id)}
    screen = found.pop(id_, None)
    taken = {other.name.casefold() for other in found.values()}
    if screen is None or _told(screen) != now or was["name"].casefold() in taken:
        raise ConflictError("That screen was changed since.", hint="Undo what came later first.")
    await ScreenTable(tx).save(Screen.model_validate(screen.model_dump() | was))


async def identify(context: Context, slug: str, id_: str, *, actor: Actor) -> Screen:
    """Let a screen show its name large for ten seconds."""
    until = context.now_ms() + IDENTIFY_MS
    return await _ask(context, slug, id_, "identify", lambda s: {"identify_ms": until}, actor)


async def reload(context: Context, slug: str, id_: str, *, actor: Actor) -> Screen:
    """Let a screen load its page anew, at a quiet moment of its own."""
    return await _ask(context, slug, id_, "reload", lambda s: {"reload": s.reload + 1}, actor)


async def remove(context: Context, slug: str, id_: str, *, actor: Actor) -> None:
    """Take a screen down: its browser is a viewer like all others from now on."""
    async with context.store.write() as tx:
        wall, screen, _ = await _find(tx, slug, id_)
        await ScreenTable(tx).remove(id_)
        await _note(context, tx, wall, actor, "remove", screen, before=_told(screen))


async def _ask(
    context: Context,
    slug: str,
    id_: str,
    what: str,
    wish: Callable[[Screen], dict[str, int]],
    actor: Actor,
) -> Screen:
    async with context.store.write() as tx:
        wall, screen, _ = await _find(tx, slug, id_)
        asked = screen.model_copy(update=wish(screen))
        await ScreenTable(tx).save(asked)
        await _note(context, tx, wall, actor, what, asked)
    return asked


async def _find(tx: Transaction, slug: str, id_: str) -> tuple[WallRow, Screen, Sequence[Screen]]:
    """A screen of a wall, and the others there."""
    wall = await tx.wall(slug, lock=True)
    found = await ScreenTable(tx).of_wall(wall.id)
    screen = next((s for s in found if s.id == id_), None)
    if screen is None:
        raise NotFoundError("There is no such screen.", hint="Somebody may have taken it down.")
    return wall, screen, [s for s in found if s is not screen]


async def _make_link(context: Context, tx: Transaction, screen: Screen, actor: Actor) -> str:
    token = secrets.token_urlsafe(32)
    expires_ms = context.now_ms() + LINK_MS
    invite = Invite(new_id(), "screen", screen.name, actor.name, expires_ms, screen_id=screen.id)
    await Accounts(tx).add_invite(token_hash(token), invite)
    return token


def _merged(state: ScreenState, wish: ScreenState | None) -> ScreenState:
    if wish is None:
        return state
    return state.model_copy(update={name: getattr(wish, name) for name in wish.model_fields_set})


def _told(screen: Screen) -> dict[str, Any]:
    return screen.model_dump(include={"name", "room", "state"})


async def _note(
    context: Context,
    tx: Transaction,
    wall: WallRow,
    actor: Actor,
    what: str,
    screen: Screen,
    *,
    before: Any = None,
    after: Any = None,
) -> None:
    await note(
        tx,
        actor,
        context.now_ms(),
        f"screen.{what}",
        wall_id=wall.id,
        target=screen.id,
        before=before,
        after=after,
    )
