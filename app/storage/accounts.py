"""What is kept of the crew: accounts, one-time links and sessions, of which only hashes could be stolen."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update

from app.domain.crew import IDLE_MS, PersonRole, Role, Signed
from app.storage import schema
from app.storage.reading import Reading
from app.storage.upsert import insert_once


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody of the crew. `password` is an argon2id hash; without one the account is opened by links only."""

    id: str
    name: str
    name_key: str
    password: str | None
    role: PersonRole
    created_ms: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Invite:
    """A one-time link that was not used yet: for an account, for a screen, or, with neither, for somebody new."""

    id: str
    role: str
    name: str
    made_by: str
    expires_ms: int
    account_id: str | None = None
    screen_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. `name` is the person's or the screen's."""

    id: str
    role: Role
    name: str
    account_id: str | None
    screen_id: str | None
    agent: str
    created_ms: int
    used_ms: int
    expires_ms: int

    def signed(self) -> Signed:
        """Whom actions are told of."""
        return Signed(
            self.account_id or "", self.name, self.role, self.id, screen_id=self.screen_id or ""
        )


_ACCOUNT = tuple(schema.account.c[name] for name in Account.__slots__)
_INVITE = tuple(schema.invite.c[name] for name in Invite.__slots__)
_FOR_NOBODY_YET = and_(schema.invite.c.account_id.is_(None), schema.invite.c.screen_id.is_(None))


class Accounts:
    """Accounts, links and sessions by a reading's connection; what changes them needs a transaction's."""

    def __init__(self, reading: Reading) -> None:
        self._connection = reading.connection

    # accounts

    async def all(self) -> Sequence[Account]:
        """Everybody, in the order they came."""
        query = select(*_ACCOUNT).order_by(schema.account.c.created_ms, schema.account.c.id)
        return [Account(*tuple(row)) for row in await self._connection.execute(query)]

    async def named(self, key: str) -> Account | None:
        """Whose folded name this is."""
        return await self._account(schema.account.c.name_key == key)

    async def account(self, id_: str) -> Account | None:
        """Whose id this is."""
        return await self._account(schema.account.c.id == id_)

    async def owners(self, *, with_password: bool = False) -> int:
        """How many owners there are."""
        account = schema.account.c
        query = select(func.count()).where(account.role == "owner", account.closed.is_(False))
        if with_password:
            query = query.where(account.password.is_not(None))
        return int((await self._connection.execute(query)).scalar_one())

    async def add(self, account: Account) -> bool:
        """A new account; False when the name is taken."""
        once = insert_once(schema.account, self._connection.dialect.name, "name_key")
        done = await self._connection.execute(once, asdict(account))
        return bool(done.rowcount == 1)

    async def change(self, id_: str, **values: str | bool | None) -> None:
        """Set columns of an account."""
        change = update(schema.account).where(schema.account.c.id == id_)
        await self._connection.execute(change.values(**values))

    async def remove(self, id_: str) -> None:
        """An account that may come back under its name, with the links and sessions that open it."""
        await self.end_sessions(account_id=id_)
        await self.drop_links(id_)
        await self._connection.execute(delete(schema.account).where(schema.account.c.id == id_))

    # links

    async def invites(self, now_ms: int) -> Sequence[Invite]:
        """Links for people that can still be used, but for the one that sets the service up."""
        invite = schema.invite.c
        query = select(*_INVITE).where(
            invite.expires_ms > now_ms, invite.screen_id.is_(None), invite.role != "set-up"
        )
        found = await self._connection.execute(query.order_by(invite.expires_ms, invite.id))
        return [Invite(*tuple(row)) for row in found]

    async def add_invite(self, token_hash: str, invite: Invite) -> None:
        """A new one-time link."""
        row = {"token_hash": token_hash, **asdict(invite)}
        await self._connection.execute(schema.invite.insert(), row)

    async def use_link(self, token_hash: str, now_ms: int) -> Invite | None:
        """Take a link that signs an account or a screen in; None when it was used, is too old or never was."""
        return await self._take(token_hash, now_ms, ~_FOR_NOBODY_YET)

    async def use_invite(self, token_hash: str, now_ms: int, *roles: str) -> Invite | None:
        """Take a link by which somebody new comes in as one of `roles`; None as with `use_link`."""
        return await self._take(
            token_hash, now_ms, _FOR_NOBODY_YET, schema.invite.c.role.in_(roles)
        )

    async def invited(self, token_hash: str, now_ms: int) -> Invite | None:
        """What a link would do, without using it."""
        invite = schema.invite.c
        query = select(*_INVITE).where(invite.token_hash == token_hash, invite.expires_ms > now_ms)
        row = (await self._connection.execute(query)).first()
        return Invite(*tuple(row)) if row else None

    async def of_role(self, role: str, now_ms: int) -> Sequence[str]:
        """The hashes of the tokens of the links with this role."""
        invite = schema.invite.c
        query = select(invite.token_hash).where(invite.role == role, invite.expires_ms > now_ms)
        return (await self._connection.execute(query)).scalars().all()

    async def drop_invite(self, id_: str) -> bool:
        """Take back one link of the crew; False when there was none."""
        invite = schema.invite.c
        mine = delete(schema.invite).where(invite.id == id_, invite.screen_id.is_(None))
        return bool((await self._connection.execute(mine)).rowcount)

    async def drop_links(self, account_id: str) -> None:
        """Take back the links that open an account."""
        mine = schema.invite.c.account_id == account_id
        await self._connection.execute(delete(schema.invite).where(mine))

    async def drop_invites(self, *, role: str = "", before_ms: int = 0) -> None:
        """Take back all links of a role, and forget those that ended."""
        invite = schema.invite.c
        which = or_(invite.role == role, invite.expires_ms <= before_ms)
        await self._connection.execute(delete(schema.invite).where(which))

    # sessions

    async def session(self, token_hash: str, now_ms: int) -> Session | None:
        """The session that this token opens; None when there is none or it has ended."""
        query = _sessions(now_ms).where(schema.session.c.token_hash == token_hash)
        row = (await self._connection.execute(query)).first()
        return Session(*tuple(row)) if row else None

    async def sessions(self, now_ms: int) -> Sequence[Session]:
        """Every browser that is signed in, the screens too."""
        query = _sessions(now_ms).order_by(schema.session.c.created_ms, schema.session.c.id)
        return [Session(*tuple(row)) for row in await self._connection.execute(query)]

    async def standing(self, ids: Collection[str], now_ms: int) -> set[str]:
        """Which of these sessions have not ended."""
        wanted = list(ids)
        found: set[str] = set()
        for start in range(0, len(wanted), 400):
            some = schema.session.c.id.in_(wanted[start : start + 400])
            rows = await self._connection.execute(_sessions(now_ms).where(some))
            found.update(row.id for row in rows)
        return found

    async def add_session(self, token_hash: str, session: Session) -> None:
        """A browser signed in."""
        row = asdict(session)
        del row["name"]
        await self._connection.execute(schema.session.insert(), {"token_hash": token_hash, **row})

    async def touch(self, id_: str, now_ms: int) -> None:
        """Somebody did something in this session."""
        mine = update(schema.session).where(schema.session.c.id == id_)
        await self._connection.execute(mine.values(used_ms=now_ms))

    async def end_session(self, *, id_: str = "", token_hash: str = "") -> int:
        """End one session; how many there were."""
        session = schema.session.c
        which = session.id == id_ if id_ else session.token_hash == token_hash
        done = await self._connection.execute(delete(schema.session).where(which))
        return int(done.rowcount)

    async def end_sessions(self, *, account_id: str, keep: str = "") -> int:
        """End every session of an account, but for one; how many there were."""
        session = schema.session.c
        which = and_(session.account_id == account_id, session.id != keep)
        done = await self._connection.execute(delete(schema.session).where(which))
        return int(done.rowcount)

    async def drop_ended(self, now_ms: int) -> None:
        """Forget the sessions that ended by themselves."""
        over = schema.session.c.expires_ms <= now_ms
        idle = and_(
            schema.session.c.screen_id.is_(None), schema.session.c.used_ms <= now_ms - IDLE_MS
        )
        await self._connection.execute(delete(schema.session).where(or_(over, idle)))

    async def _account(self, which: ColumnElement[bool]) -> Account | None:
        row = (await self._connection.execute(select(*_ACCOUNT).where(which))).first()
        return Account(*tuple(row)) if row else None

    async def _take(
        self, token_hash: str, now_ms: int, *which: ColumnElement[bool]
    ) -> Invite | None:
        mine = delete(schema.invite).where(schema.invite.c.token_hash == token_hash, *which)
        row = (await self._connection.execute(mine.returning(*_INVITE))).first()
        taken = Invite(*tuple(row)) if row else None
        return taken if taken and taken.expires_ms > now_ms else None


def _sessions(now_ms: int) -> Select[Any]:
    """Sessions that have not ended: not too old, not idle, and neither the account nor the screen is gone."""
    session, account, screen = schema.session, schema.account, schema.screen
    joined = session.outerjoin(account, account.c.id == session.c.account_id).outerjoin(
        screen, screen.c.id == session.c.screen_id
    )
    name = func.coalesce(account.c.name, screen.c.name).label("name")
    at_work = and_(account.c.closed.is_(False), session.c.used_ms > now_ms - IDLE_MS)
    columns = [name if n == "name" else session.c[n] for n in Session.__slots__]
    return (
        select(*columns)
        .select_from(joined)
        .where(session.c.expires_ms > now_ms, or_(screen.c.id.is_not(None), at_work))
    )
