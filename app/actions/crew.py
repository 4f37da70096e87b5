"""What owners do about the crew: invite people, change what they may do, close accounts, end sessions."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from app.actions import passwords
from app.actions.accounts import Browser, Entry, entrance, new_id, open_session, token_hash
from app.actions.context import Context
from app.actions.log import Actor, note
from app.domain.crew import LINK_MS, PersonRole, name_key, tidy_name
from app.domain.passwords import check_password
from app.errors import InvalidError, NotFoundError, RefusedError
from app.storage.accounts import Account, Accounts, Invite, Session
from app.storage.reading import Reading
from app.storage.transaction import Transaction

INVITED = ("owner", "moderator")


@dataclass(frozen=True, slots=True)
class Crew:
    """Everybody who can get in, and where they are signed in."""

    accounts: Sequence[Account]
    invites: Sequence[Invite]
    sessions: Sequence[Session]


async def crew_of(context: Context) -> Crew:
    """Accounts, open links and sessions of this moment."""
    async with context.store.read() as reading:
        accounts, now_ms = Accounts(reading), context.now_ms()
        return Crew(
            await accounts.all(), await accounts.invites(now_ms), await accounts.sessions(now_ms)
        )


async def invite(context: Context, role: PersonRole, name: str, *, actor: Actor) -> tuple[str, str]:
    """The id and the token of a new invite, by which one person can make an account within 72 hours."""
    async with context.store.write() as tx:
        id_, token = await add_invite(context, tx, role, name, actor)
        await note(tx, actor, context.now_ms(), "invite.make", target=id_, after={"role": role})
    return id_, token


async def add_invite(
    context: Context, tx: Transaction, role: PersonRole, name: str, actor: Actor
) -> tuple[str, str]:
    """The same within a transaction that writes a line of its own."""
    accounts, token = Accounts(tx), secrets.token_urlsafe(32)
    name = tidy_name(name) if name.strip() else ""
    if name and await accounts.named(name_key(name)):
        raise _taken()
    await accounts.drop_invites(before_ms=context.now_ms())
    expires_ms = context.now_ms() + LINK_MS
    link = Invite(new_id(), role, name, actor.name, expires_ms)
    await accounts.add_invite(token_hash(token), link)
    return link.id, token


async def take_back(context: Context, invite_id: str, *, actor: Actor) -> None:
    """Let an invite open nothing any more. NotFoundError when it was used."""
    async with context.store.write() as tx:
        if not await Accounts(tx).drop_invite(invite_id):
            raise NotFoundError("There is no such invite.", hint="It may have been used already.")
        await note(tx, actor, context.now_ms(), "invite.take_back", target=invite_id)


async def look_at_invite(context: Context, token: str) -> Invite:
    """What an invite is for, without using it. RefusedError when it opens nothing."""
    async with context.store.read() as reading:
        found = await Accounts(reading).invited(token_hash(token), context.now_ms())
    if found is None or found.role not in INVITED or found.account_id or found.screen_id:
        raise _no_invite()
    return found


async def claim(context: Context, token: str, name: str, password: str, browser: Browser) -> Entry:
    """Make an account by an invite, and sign it in: of two who try, one does.

    RefusedError when the invite opens nothing; InvalidError for a name that is taken, or a password that is weak.
    """
    await look_at_invite(context, token)
    kept = await checked(context, name, password)
    async with context.store.write() as tx:
        used = await Accounts(tx).use_invite(token_hash(token), context.now_ms(), *INVITED)
        if used is None:
            raise _no_invite()
        role: PersonRole = used.role  # type: ignore[assignment]
        account = await add_account(context, tx, name, role, kept)
        actor = Actor(account.name, role, account.id)
        after = {"role": role, "invite": used.id}
        await note(tx, actor, context.now_ms(), "account.add", target=account.id, after=after)
        return await open_session(context, tx, entrance(account), browser, noted=True)


async def make_account(
    context: Context, name: str, role: PersonRole, password: str, *, actor: Actor
) -> Account:
    """An account with a password, without an invite: for the command line."""
    kept = await checked(context, name, password)
    async with context.store.write() as tx:
        account = await add_account(context, tx, name, role, kept)
        now_ms = context.now_ms()
        await note(tx, actor, now_ms, "account.add", target=account.id, after={"role": role})
    return account


async def checked(context: Context, name: str, password: str, *more: str) -> str:
    """The hash of a password that is good enough for this name and the events here."""
    async with context.store.read() as reading:
        events = await _events(reading)
    return await passwords.hashed(check_password(password, [tidy_name(name), *events, *more]))


async def add_account(
    context: Context, tx: Transaction, name: str, role: PersonRole, kept: str
) -> Account:
    """A new account in a transaction. InvalidError when the name is taken."""
    tidy = tidy_name(name)
    account = Account(new_id(), tidy, name_key(tidy), kept, role, context.now_ms())
    if not await Accounts(tx).add(account):
        raise _taken()
    return account


async def change_account(
    context: Context,
    id_: str,
    *,
    role: PersonRole | None = None,
    closed: bool | None = None,
    actor: Actor,
) -> Account:
    """Change a role, close an account or open it again; whoever is signed in there is signed out.

    RefusedError when nobody would be left who can look after the crew.
    """
    async with context.store.write() as tx:
        account = await _find(tx, id_)
        wish = {"role": role, "closed": closed}
        values = {k: v for k, v in wish.items() if v is not None and v != getattr(account, k)}
        if values:
            if role == "moderator" or closed:
                await _keep_an_owner(tx, account)
            await Accounts(tx).change(id_, **values)
            await Accounts(tx).drop_links(id_)
            await Accounts(tx).end_sessions(account_id=id_)
            before = {name: getattr(account, name) for name in values}
            now_ms = context.now_ms()
            await note(tx, actor, now_ms, "account.change", target=id_, before=before, after=values)
        return await _find(tx, id_)


async def make_link(context: Context, id_: str, *, actor: Actor) -> str:
    """The token of a one-time link that signs an account in: somebody forgot the password. RefusedError for one that is closed."""
    token = secrets.token_urlsafe(32)
    async with context.store.write() as tx:
        account = await _find(tx, id_)
        if account.closed:
            raise RefusedError("This account is closed.", hint="Open it again first.")
        await Accounts(tx).drop_links(id_)
        expires_ms = context.now_ms() + LINK_MS
        link = Invite(new_id(), account.role, account.name, actor.name, expires_ms, account_id=id_)
        await Accounts(tx).add_invite(token_hash(token), link)
        await note(tx, actor, context.now_ms(), "account.link", target=id_)
    return token


async def remove_account(context: Context, id_: str, *, actor: Actor) -> None:
    """Take somebody out of the crew; the name is free again. RefusedError for the last owner."""
    async with context.store.write() as tx:
        account = await _find(tx, id_)
        await _keep_an_owner(tx, account)
        await Accounts(tx).remove(id_)
        before = {"role": account.role}
        await note(tx, actor, context.now_ms(), "account.remove", target=id_, before=before)


async def end_session(context: Context, session_id: str, *, actor: Actor) -> None:
    """Sign one browser out. NotFoundError when it was not signed in."""
    async with context.store.write() as tx:
        if not await Accounts(tx).end_session(id_=session_id):
            raise NotFoundError("There is no such session.", hint="It may have ended already.")
        await note(tx, actor, context.now_ms(), "session.end", target=session_id)


async def sign_out_everywhere(context: Context, account_id: str, *, actor: Actor) -> int:
    """Sign an account out in every browser; in how many it was."""
    async with context.store.write() as tx:
        many = await Accounts(tx).end_sessions(account_id=account_id)
        now_ms, after = context.now_ms(), {"sessions": many}
        await note(tx, actor, now_ms, "session.end_all", target=account_id, after=after)
    return many


async def _keep_an_owner(tx: Transaction, account: Account) -> None:
    """Somebody with the same key to the house must stay."""
    if account.role != "owner" or account.closed:
        return
    others = [a for a in await Accounts(tx).all() if a.id != account.id and not a.closed]
    if not any(a.role == "owner" and (a.password or not account.password) for a in others):
        raise RefusedError(
            f"{account.name} is the last owner.",
            hint="Make somebody else owner first.",
            code="last_owner",
        )


async def _find(tx: Transaction, id_: str) -> Account:
    account = await Accounts(tx).account(id_)
    if account is None:
        raise NotFoundError("There is no such account.", hint="Load the page again.")
    return account


async def _events(reading: Reading) -> list[str]:
    """Words that everybody at the event knows."""
    walls = [(await reading.wall(slug)).settings for slug in await reading.slugs()]
    return [word for wall in walls for word in (wall.title, wall.place, *wall.hashtags)]


def _taken() -> InvalidError:
    return InvalidError("name", "Somebody here has this name already.", hint="Add a second name.")


def _no_invite() -> RefusedError:
    return RefusedError(
        "This invite was used already, was taken back, or is too old.",
        hint="Ask an owner for a new one.",
        code="invite.used",
    )
