"""Accounts, links and sessions are kept alike by both databases."""

import asyncio
from dataclasses import replace

import pytest

from app.domain.crew import IDLE_MS, SCREEN_MS, SESSION_MS
from app.storage import schema
from app.storage.accounts import Account, Accounts, Invite, Session
from tests.contracts.conftest import opened
from tests.fakes import House

pytestmark = pytest.mark.anyio

SLUG = "pyfest26"
MIRA = Account("mira", "Mira", "mira", None, "moderator", 1)
LINK = Invite("link", "moderator", "Mira", "", 2_000, account_id="mira")
SESSION = Session("s1", "moderator", "Mira", "mira", None, "Firefox", 1, 1, SESSION_MS)


async def test_a_link_opens_once_even_for_two_at_the_same_time(url: str) -> None:
    async def use(house: House) -> bool:
        async with house.store.write() as tx:
            return await Accounts(tx).use_link("hash", 1_000) is not None

    async with opened(url) as here, opened(url) as there:
        async with here.store.write() as tx:
            await Accounts(tx).add_invite("hash", LINK)
        assert sorted(await asyncio.gather(use(here), use(there))) == [False, True]


async def test_a_link_that_is_too_old_or_never_was_opens_nothing(home: House) -> None:
    async with home.store.write() as tx:
        accounts = Accounts(tx)
        await accounts.add_invite("old", LINK)
        await accounts.add_invite("new", replace(LINK, id="other", account_id=None))
        assert await accounts.use_link("old", 2_000) is None
        assert await accounts.use_link("never", 1) is None
        assert await accounts.use_link("new", 1) is None  # that is for somebody new
        assert await accounts.use_invite("new", 1, "owner") is None
        assert await accounts.use_invite("new", 1, "moderator")


async def test_a_name_is_taken_by_one_account_only(home: House) -> None:
    async with home.store.write() as tx:
        assert await Accounts(tx).add(MIRA)
        assert not await Accounts(tx).add(replace(MIRA, id="second", name="MIRA"))
        assert [a.id for a in await Accounts(tx).all()] == ["mira"]


async def test_a_session_ends_by_age_by_idleness_and_with_its_account(home: House) -> None:
    async with home.store.write() as tx:
        accounts = Accounts(tx)
        await accounts.add(MIRA)
        await accounts.add_session("mine", SESSION)
        found = await accounts.session("mine", 2)
        assert found == SESSION
        assert await accounts.session("mine", IDLE_MS) == SESSION
        assert await accounts.session("mine", IDLE_MS + 1) is None
        await accounts.touch("s1", SESSION_MS - 5)
        assert await accounts.session("mine", SESSION_MS - 1)
        assert await accounts.session("mine", SESSION_MS) is None
        await accounts.change("mira", closed=True)
        assert await accounts.session("mine", SESSION_MS - 1) is None


async def test_a_screen_stays_signed_in_while_it_is_known(home: House) -> None:
    hall = Session("s2", "screen", "Hall A", None, "hall", "", 1, 1, SCREEN_MS)
    async with home.store.write() as tx:
        wall = await tx.wall(SLUG)
        row = {"id": "hall", "wall_id": wall.id, "name": "Hall A", "created_ms": 1}
        await tx.connection.execute(schema.screen.insert(), row)
        await Accounts(tx).add_session("hall", hall)
        assert await Accounts(tx).session("hall", SCREEN_MS - 1) == hall
        assert await Accounts(tx).standing({"s2", "s3"}, 2) == {"s2"}
        await tx.connection.execute(schema.screen.delete())
        assert await Accounts(tx).standing({"s2", "s3"}, 2) == set()


async def test_what_ended_is_forgotten(home: House) -> None:
    async with home.store.write() as tx:
        accounts = Accounts(tx)
        await accounts.add(MIRA)
        await accounts.add_session("mine", SESSION)
        await accounts.drop_ended(IDLE_MS)
        assert await accounts.end_session(id_="s1") == 1
        await accounts.add_session("mine", SESSION)
        await accounts.drop_ended(IDLE_MS + 1)
        assert await accounts.end_session(id_="s1") == 0
