"""How people get in and out: one-time links and passwords open sessions; what opens one is kept only as a hash."""

import hashlib
import secrets
from dataclasses import dataclass, replace

from app.actions import passwords
from app.actions.context import Context
from app.actions.log import Actor, note
from app.domain.crew import LINK_MS, Role, life_ms, name_key
from app.errors import RefusedError
from app.storage.accounts import Account, Accounts, Invite, Session
from app.storage.transaction import Transaction

OPERATOR = "Operator"
"""The account behind links from the command line, when they name nobody: an owner without a password."""
AGENT_MOST = 120


@dataclass(frozen=True, slots=True)
class Browser:
    """Who is to be signed in: what the browser calls itself, and the session token it had, which ends."""

    agent: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A session that was just opened: its token, and how long its cookie lasts."""

    token: str
    role: Role
    life_s: int


NO_BROWSER = Browser()


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


async def enter_by_link(context: Context, token: str, browser: Browser = NO_BROWSER) -> Entry:
    """Open a session by a one-time link. RefusedError when it was used, is too old or never was."""
    async with context.store.write() as tx:
        link = await Accounts(tx).use_link(token_hash(token), context.now_ms())
        if link is None:
            raise used_link()
        account = await Accounts(tx).account(link.account_id) if link.account_id else None
        if link.account_id and (account is None or account.closed):
            raise used_link()
        # the role may have changed since the link was made
        now = replace(link, role=account.role, name=account.name) if account else link
        return await open_session(context, tx, now, browser)


async def enter_by_password(
    context: Context, name: str, password: str, browser: Browser = NO_BROWSER
) -> Entry:
    """Open a session by name and password. RefusedError when they do not fit, which takes as long for a made-up name."""
    key = name_key(name)
    async with context.store.read() as reading:
        account = await Accounts(reading).named(key)
    kept = account.password if account and not account.closed else None
    if not await passwords.fits(kept, password) or account is None:
        raise _wrong()
    async with context.store.write() as tx:
        still = await Accounts(tx).account(account.id)
        if still is None or still.closed or still.password != kept:
            raise _wrong()
        return await open_session(context, tx, entrance(still), browser)


def entrance(account: Account) -> Invite:
    """What opens a session for an account that has shown its password."""
    return Invite("", account.role, account.name, "", 0, account_id=account.id)


async def open_session(
    context: Context, tx: Transaction, whose: Invite, browser: Browser, *, noted: bool = False
) -> Entry:
    """A new session with a token of its own; the one that this browser had ends. `noted`: the log has a line already."""
    accounts, now_ms = Accounts(tx), context.now_ms()
    role: Role = whose.role  # type: ignore[assignment]
    token = secrets.token_urlsafe(32)
    if browser.before:
        await accounts.end_session(token_hash=token_hash(browser.before))
    await accounts.drop_ended(now_ms)
    session = Session(
        id=new_id(),
        role=role,
        name=whose.name,
        account_id=whose.account_id,
        screen_id=whose.screen_id,
        agent=browser.agent[:AGENT_MOST],
        created_ms=now_ms,
        used_ms=now_ms,
        expires_ms=now_ms + life_ms(role),
    )
    await accounts.add_session(token_hash(token), session)
    if not noted:
        actor = Actor(whose.name, role, whose.account_id)
        await note(tx, actor, now_ms, "session.open", target=session.id)
    return Entry(token, role, life_ms(role) // 1000)


async def sign_out(context: Context, token: str) -> None:
    """End a session, if it had not ended."""
    now_ms = context.now_ms()
    async with context.store.write() as tx:
        session = await Accounts(tx).session(token_hash(token), now_ms)
        if session is None:
            return
        await Accounts(tx).end_session(id_=session.id)
        actor = Actor(session.name, session.role, session.account_id)
        await note(tx, actor, now_ms, "session.end", target=session.id)


def new_id() -> str:
    """A random id, of 64 bits: it opens nothing."""
    return secrets.token_hex(8)


def token_hash(token: str) -> str:
    """What is kept of a token. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def used_link() -> RefusedError:
    """The answer to a link that opens nothing."""
    return RefusedError(
        "This sign-in link was used already, or is too old.",
        hint="Ask an owner for a new one, or run `hallway sign-in` on the server.",
        code="sign_in.used",
    )


def _wrong() -> RefusedError:
    return RefusedError(
        "This name and this password do not belong together.",
        hint="Look at both once more; an owner can make you a link.",
        code="sign_in.wrong",
    )
