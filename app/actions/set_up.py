"""The first run: one link, printed once, by which the first owner comes in and says what the wall shows."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from app.actions.accounts import Browser, Entry, entrance, new_id, open_session, token_hash
from app.actions.context import Context
from app.actions.crew import add_account, add_invite, checked
from app.actions.log import Actor, note
from app.domain.crew import SCREEN_MS
from app.domain.desk import Desk
from app.domain.rules import Rule
from app.domain.wall import Wall
from app.errors import InvalidError, NotFoundError, RefusedError
from app.storage.accounts import Accounts, Invite
from app.storage.configs import Configs
from app.storage.reading import Reading
from app.storage.transaction import Transaction

SET_UP = "set-up"
"""The role of the link: it signs nobody in."""
MODERATORS_MOST = 20


@dataclass(frozen=True, slots=True)
class NewWall:
    """A wall as it was asked for, its settings as they are kept, and the rules that it begins with."""

    wall: Wall
    config: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What a set-up made: a session for the owner, and an invite (name, token) for each moderator."""

    entry: Entry
    invites: Sequence[tuple[str, str]]


async def make_set_up(context: Context) -> str | None:
    """A new set-up token; those before it open nothing any more. None once an owner with a password exists."""
    token = secrets.token_urlsafe(32)
    async with context.store.write() as tx:
        accounts = Accounts(tx)
        await accounts.drop_invites(role=SET_UP)
        if await accounts.owners(with_password=True):
            return None
        # no clock ends it: an owner does
        link = Invite(new_id(), SET_UP, "", "", context.now_ms() + SCREEN_MS)
        await accounts.add_invite(token_hash(token), link)
    return token


async def asks_for_wall(context: Context) -> bool:
    """Whether a wall is to be made as well. NotFoundError once the service is set up."""
    async with context.store.read() as reading:
        await _still_open(reading)
        return not await reading.slugs()


async def set_up_house(
    context: Context,
    token: str,
    name: str,
    password: str,
    browser: Browser,
    *,
    new: NewWall | None = None,
    moderators: Sequence[str] = (),
) -> Done:
    """Make the first owner, the wall, and invites for moderators, all or nothing; of two who try, one does.

    NotFoundError once there is an owner; RefusedError for a token that is not the one that was printed.
    """
    async with context.store.read() as reading:
        await _check(context, reading, token)
    known = (new.wall.title, *new.wall.hashtags) if new else ()
    kept = await checked(context, name, password, *known)
    async with context.store.write() as tx:
        await _check(context, tx, token)
        await Accounts(tx).drop_invites(role=SET_UP)
        await _add_wall(tx, new)
        account = await add_account(context, tx, name, "owner", kept)
        actor = Actor(account.name, "owner", account.id)
        invites = await _invite(context, tx, moderators, actor)
        after = {"wall": new and new.wall.slug, "invites": len(invites)}
        await note(tx, actor, context.now_ms(), "set_up", target=account.id, after=after)
        entry = await open_session(context, tx, entrance(account), browser, noted=True)
    return Done(entry, invites)


async def _still_open(reading: Reading) -> None:
    if await Accounts(reading).owners(with_password=True):
        raise NotFoundError("Hallway is set up already.", hint="Sign in instead.")


async def _check(context: Context, reading: Reading, token: str) -> None:
    await _still_open(reading)
    hashed = token_hash(token)
    found = await Accounts(reading).of_role(SET_UP, context.now_ms())
    if not any(hmac.compare_digest(hashed, one) for one in found):
        raise RefusedError(
            "This is not the set-up link that was printed last.",
            hint="Start `hallway serve` again for a new one.",
            code="set_up.token",
        )


async def _add_wall(tx: Transaction, new: NewWall | None) -> None:
    """A house has a wall: from a file, or made here; not both."""
    if bool(await tx.slugs()) is (new is not None):
        raise InvalidError("wall", "There is a wall already." if new else "A wall is missing.")
    if new is not None:
        row = await tx.make_wall(new.wall, Desk(rules=new.rules))
        await Configs(tx).put(row.id, new.config)


async def _invite(
    context: Context, tx: Transaction, names: Sequence[str], actor: Actor
) -> list[tuple[str, str]]:
    made = []
    for name in [n for n in names if n.strip()][:MODERATORS_MOST]:
        _, token = await add_invite(context, tx, "moderator", name, actor)
        made.append((name.strip(), token))
    return made
