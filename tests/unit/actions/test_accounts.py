"""How people get in: passwords, links, invites, the first run; and what nobody can do by them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from app.actions import crew, passwords, set_up
from app.actions.accounts import (
    NO_BROWSER,
    Browser,
    Entry,
    enter_by_link,
    enter_by_password,
    make_sign_in,
    sign_out,
    token_hash,
)
from app.actions.log import COMMAND_LINE
from app.actions.set_up import NewWall
from app.domain.crew import IDLE_MS, LINK_MS, PersonRole, name_key
from app.domain.wall import Wall
from app.errors import HallwayError, InvalidError, NotFoundError, RefusedError
from app.storage.accounts import Account, Accounts, Session
from app.storage.configs import Configs
from app.storage.log import Log
from app.storage.store import Store
from tests.fakes import FakeClock, House, house

pytestmark = pytest.mark.anyio

GOOD = "seven brown foxes at noon"
OTHER = "a tram in the morning mist"
KEPT = asyncio.run(passwords.hashed(GOOD))


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        await made.set_up()
        yield made


async def account(home: House, name: str, role: PersonRole = "moderator") -> Account:
    """Somebody whose password is GOOD, without the time that hashing takes."""
    async with home.store.write() as tx:
        return await crew.add_account(home.context, tx, name, role, KEPT)


async def session(home: House, entry: Entry) -> Session | None:
    async with home.store.read() as reading:
        return await Accounts(reading).session(token_hash(entry.token), home.context.now_ms())


async def outcomes(*tries: Awaitable[Any]) -> list[str]:
    """What became of things that were tried at once."""
    ends = await asyncio.gather(*tries, return_exceptions=True)
    return sorted(type(e).__name__ if isinstance(e, HallwayError) else "done" for e in ends)


async def lines(home: House) -> int:
    async with home.store.read() as reading:
        return await Log(reading).count()


# passwords


def test_what_is_kept_of_a_password_is_argon2id_and_dearer_than_owasp_asks() -> None:
    found = extract_parameters(KEPT)
    assert found.type is Type.ID
    assert (found.memory_cost >= 19 * 1024, found.time_cost >= 2, found.parallelism >= 1) == (
        True,
        True,
        True,
    )
    assert found.salt_len >= 16
    assert found.hash_len >= 32


async def test_a_name_in_any_spelling_and_its_password_open_a_session(home: House) -> None:
    await account(home, "Mira Ström", "owner")
    entry = await enter_by_password(home.context, "MIRA  ström".replace("  ", " "), GOOD)
    opened = await session(home, entry)
    assert opened is not None
    assert (opened.name, opened.role) == ("Mira Ström", "owner")


@pytest.mark.parametrize("name", ["Mira", "Nobody", ""])
async def test_a_wrong_password_and_an_unknown_name_are_told_alike(home: House, name: str) -> None:
    await account(home, "Mira")
    with pytest.raises(RefusedError, match="do not belong together"):
        await enter_by_password(home.context, name, OTHER)
    assert await lines(home) == 0


async def test_an_unknown_name_is_compared_with_a_hash_of_the_same_price() -> None:
    assert extract_parameters(passwords._nobodys()) == extract_parameters(KEPT)
    assert not await passwords.fits(None, "nobody")


async def test_an_account_without_a_password_has_none_that_fits(home: House) -> None:
    await make_sign_in(home.context)
    with pytest.raises(RefusedError):
        await enter_by_password(home.context, "Operator", "")


async def test_signing_in_anew_ends_the_session_that_the_browser_had(home: House) -> None:
    await account(home, "Mira")
    first = await enter_by_password(home.context, "Mira", GOOD)
    second = await enter_by_password(home.context, "Mira", GOOD, Browser("Firefox", first.token))
    assert first.token != second.token
    assert await session(home, first) is None
    assert await session(home, second)


# sessions


async def test_a_session_ends_when_nobody_used_it_for_half_a_day(home: House) -> None:
    await account(home, "Mira")
    entry = await enter_by_password(home.context, "Mira", GOOD)
    home.clock.move(IDLE_MS / 1000 - 1)
    assert await session(home, entry)
    home.clock.move(1)
    assert await session(home, entry) is None


@pytest.mark.parametrize("change", [{"role": "owner"}, {"closed": True}])
async def test_another_role_or_a_closed_account_ends_its_sessions_and_links(
    home: House, change: dict[str, Any]
) -> None:
    mira = await account(home, "Mira")
    entry = await enter_by_password(home.context, "Mira", GOOD)
    await crew.change_account(home.context, mira.id, actor=COMMAND_LINE, **change)
    assert await session(home, entry) is None
    assert await lines(home) == 2


async def test_signing_out_everywhere_ends_the_sessions_of_one_person_only(home: House) -> None:
    mira, tom = await account(home, "Mira"), await account(home, "Tom")
    entries = [await enter_by_password(home.context, n, GOOD) for n in ("Mira", "Mira", "Tom")]
    assert await crew.sign_out_everywhere(home.context, mira.id, actor=COMMAND_LINE) == 2
    assert [bool(await session(home, e)) for e in entries] == [False, False, True]
    await sign_out(home.context, entries[2].token)
    assert await session(home, entries[2]) is None
    assert tom.id


async def test_the_last_owner_with_a_password_cannot_leave(home: House) -> None:
    mira = await account(home, "Mira", "owner")
    await make_sign_in(home.context)  # the operator has no password: that is no way back
    for change in ({"role": "moderator"}, {"closed": True}):
        with pytest.raises(RefusedError, match="last owner"):
            await crew.change_account(home.context, mira.id, actor=COMMAND_LINE, **change)
    with pytest.raises(RefusedError, match="last owner"):
        await crew.remove_account(home.context, mira.id, actor=COMMAND_LINE)
    await account(home, "Tom", "owner")
    await crew.remove_account(home.context, mira.id, actor=COMMAND_LINE)
    async with home.store.read() as reading:
        assert await Accounts(reading).named(name_key("Mira")) is None


# invites


async def test_of_two_who_claim_one_invite_exactly_one_comes_in(home: House) -> None:
    _, token = await crew.invite(home.context, "moderator", "", actor=COMMAND_LINE)
    tries = [crew.claim(home.context, token, n, GOOD, NO_BROWSER) for n in ("Ann", "Ben")]
    assert await outcomes(*tries) == ["RefusedError", "done"]
    assert len((await crew.crew_of(home.context)).accounts) == 1


async def test_an_invite_that_is_too_old_or_taken_back_opens_nothing(home: House) -> None:
    id_, taken = await crew.invite(home.context, "owner", "", actor=COMMAND_LINE)
    await crew.take_back(home.context, id_, actor=COMMAND_LINE)
    _, old = await crew.invite(home.context, "owner", "", actor=COMMAND_LINE)
    home.clock.move(LINK_MS / 1000)
    for token in (taken, old, "made-up"):
        with pytest.raises(RefusedError, match="too old"):
            await crew.claim(home.context, token, "Eve", GOOD, NO_BROWSER)
    with pytest.raises(NotFoundError):
        await crew.take_back(home.context, id_, actor=COMMAND_LINE)


async def test_what_is_wrong_with_a_claim_leaves_the_invite_as_it_was(home: House) -> None:
    await account(home, "Mira")
    _, token = await crew.invite(home.context, "moderator", "", actor=COMMAND_LINE)
    for name, password, field in [("mira", GOOD, "name"), ("Tom", "tom", "password")]:
        with pytest.raises(InvalidError) as wrong:
            await crew.claim(home.context, token, name, password, NO_BROWSER)
        assert wrong.value.field == field
    entry = await crew.claim(home.context, token, "Tom", OTHER, NO_BROWSER)
    assert entry.role == "moderator"


async def test_an_invite_signs_nobody_in_and_a_sign_in_link_makes_no_account(home: House) -> None:
    _, invite = await crew.invite(home.context, "owner", "", actor=COMMAND_LINE)
    with pytest.raises(RefusedError):
        await enter_by_link(home.context, invite)
    link = await make_sign_in(home.context)
    with pytest.raises(RefusedError):
        await crew.claim(home.context, link, "Eve", GOOD, NO_BROWSER)
    assert (await enter_by_link(home.context, link)).role == "owner"


async def test_who_forgot_the_password_gets_a_link_that_works_once(home: House) -> None:
    mira = await account(home, "Mira")
    first, second = [
        await crew.make_link(home.context, mira.id, actor=COMMAND_LINE) for _ in range(2)
    ]
    opened = await session(home, await enter_by_link(home.context, second))
    assert opened is not None
    assert (opened.name, opened.role) == ("Mira", "moderator")
    for token in (first, second):
        with pytest.raises(RefusedError):
            await enter_by_link(home.context, token)


async def test_a_link_for_an_account_that_was_closed_opens_nothing(home: House) -> None:
    link = await make_sign_in(home.context)
    await account(home, "Mira", "owner")
    accounts = (await crew.crew_of(home.context)).accounts
    [operator] = [one for one in accounts if one.name == "Operator"]
    await crew.change_account(home.context, operator.id, closed=True, actor=COMMAND_LINE)
    with pytest.raises(RefusedError):
        await enter_by_link(home.context, link)


# the first run


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[House]:
    """A store without a wall."""
    store = Store(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    await store.open()
    try:
        yield House(store, FakeClock())
    finally:
        await store.close()


NEW = NewWall(Wall(slug="pyfest26", title="PyFest 26", hashtags=("pyfest26",)), '{"slug": "x"}')


async def test_the_set_up_makes_owner_wall_and_invites_and_then_is_over(empty: House) -> None:
    token = await set_up.make_set_up(empty.context)
    assert token
    assert await set_up.asks_for_wall(empty.context)
    done = await set_up.set_up_house(
        empty.context, token, "Mira", GOOD, NO_BROWSER, new=NEW, moderators=["Tom", " "]
    )
    opened = await session(empty, done.entry)
    assert opened is not None
    assert opened.role == "owner"
    assert [name for name, _ in done.invites] == ["Tom"]
    async with empty.store.read() as reading:
        assert await Configs(reading).all() == [("pyfest26", NEW.config)]
    assert await lines(empty) == 1
    with pytest.raises(NotFoundError):
        await set_up.asks_for_wall(empty.context)
    with pytest.raises(NotFoundError):
        await set_up.set_up_house(empty.context, token, "Eve", GOOD, NO_BROWSER)
    assert await set_up.make_set_up(empty.context) is None


async def test_of_two_who_set_up_exactly_one_becomes_owner(home: House) -> None:
    token = await set_up.make_set_up(home.context)
    assert token
    tries = [set_up.set_up_house(home.context, token, n, GOOD, NO_BROWSER) for n in ("Ann", "Ben")]
    assert await outcomes(*tries) == ["NotFoundError", "done"]
    assert len((await crew.crew_of(home.context)).accounts) == 1


async def test_only_the_link_that_was_printed_last_sets_up(empty: House) -> None:
    first = await set_up.make_set_up(empty.context)
    second = await set_up.make_set_up(empty.context)
    _, invite = await crew.invite(empty.context, "owner", "", actor=COMMAND_LINE)
    for token in (first, invite, "made-up", ""):
        with pytest.raises(RefusedError, match="not the set-up link"):
            await set_up.set_up_house(empty.context, token or "", "Eve", GOOD, NO_BROWSER, new=NEW)
    with pytest.raises(RefusedError):
        await enter_by_link(empty.context, second or "")
    with pytest.raises(RefusedError):
        await crew.claim(empty.context, second or "", "Eve", GOOD, NO_BROWSER)


async def test_a_set_up_that_is_not_right_makes_nothing(empty: House) -> None:
    token = await set_up.make_set_up(empty.context) or ""
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name": "Mira", "password": "pyfest26pyfest", "new": NEW}, "password"),
        ({"name": "", "password": GOOD, "new": NEW}, "name"),
        ({"name": "Mira", "password": GOOD}, "wall"),
        ({"name": "Mira", "password": GOOD, "new": NEW, "moderators": ["mira"]}, "name"),
    ]
    for asked, field in wrong:
        with pytest.raises(InvalidError) as said:
            await set_up.set_up_house(
                empty.context,
                token,
                asked.pop("name"),
                asked.pop("password"),
                NO_BROWSER,
                **asked,
            )
        assert said.value.field == field
    assert (await crew.crew_of(empty.context)).accounts == []
    async with empty.store.read() as reading:
        assert await reading.slugs() == []
