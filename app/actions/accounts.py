"""How people get in: one-time links and passwords open sessions; what opens one is kept only as a hash."""

import hashlib
import secrets
from dataclasses import dataclass

from app.actions.context import Context
from app.domain.crew import LINK_MS, Role, life_ms, name_key
from app.errors import RefusedError
from app.storage.accounts import Account, Accounts, Invite, Session
from app.storage.transaction import Transaction

OPERATOR = "Operator"
"""The account behind links from the command line, when they name nobody: an owner without a password."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A session that was just opened: its token, and how long its cookie lasts."""

    token: str
    role: Role
    life_s: int


async def make_sign_in(context: Context) -> str:
    """A new one-time sign-in token for the operator, good for 72 hours."""
    token = secrets.token_urlsafe(32)
    async with context.store.write() as tx:
        accounts = Accounts(tx)
        fresh = Account(new_id(), OPERATOR, name_key(OPERATOR), None, "owner", context.now_ms())
        await accounts.add(fresh)
        account = await accounts.named(fresh.name_key) or fresh
        expires_ms = context.now_ms() + LINK_MS
        link = Invite(new_id(), account.role, account.name, "", expires_ms, account_id=account.id)
        await accounts.add_invite(token_hash(token), link)
    return token


async def sign_in(context: Context, token: str) -> str:
    """Trade a one-time token for a session token. RefusedError when it was used, is too old or never was."""
    return (await enter_by_link(context, token)).token


async def enter_by_link(
    context: Context, token: str, *, agent: str = "", before: str = ""
) -> Entry:
    """Open a session by a one-time link; `before` is the token that this browser had, which ends.

    RefusedError when the link was used, is too old or never was.
    """
    async with context.store.write() as tx:
        link = await Accounts(tx).use_link(token_hash(token), context.now_ms())
        if link is None:
            raise RefusedError(
                "This sign-in link was used already, or is too old.",
                hint="Run `hallway sign-in` on the server for a new one.",
                code="sign_in.used",
            )
        return await open_session(context, tx, link, agent=agent, before=before)


async def open_session(
    context: Context, tx: Transaction, whose: Invite, *, agent: str = "", before: str = ""
) -> Entry:
    """A new session with a token of its own; the one that this browser had ends."""
    accounts, now_ms = Accounts(tx), context.now_ms()
    role: Role = whose.role  # type: ignore[assignment]
    token = secrets.token_urlsafe(32)
    if before:
        await accounts.end_session(token_hash=token_hash(before))
    await accounts.drop_ended(now_ms)
    session = Session(
        id=new_id(),
        role=role,
        name=whose.name,
        account_id=whose.account_id,
        screen_id=whose.screen_id,
        agent=agent[:120],
        created_ms=now_ms,
        used_ms=now_ms,
        expires_ms=now_ms + life_ms(role),
    )
    await accounts.add_session(token_hash(token), session)
    return Entry(token, role, life_ms(role) // 1000)


async def sign_out(context: Context, session: str) -> None:
    """End a session."""
    async with context.store.write() as tx:
        await Accounts(tx).end_session(token_hash=token_hash(session))


def new_id() -> str:
    """A random id, of 64 bits: it opens nothing."""
    return secrets.token_hex(8)


def token_hash(token: str) -> str:
    """What is kept of a token. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
