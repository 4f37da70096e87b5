"""Screens are kept alike by both databases, and what another process asks of one is read here."""

import asyncio

import pytest

from app.actions import screens
from app.actions.accounts import enter_by_link, token_hash
from app.actions.log import COMMAND_LINE
from app.actions.screens import Wish
from app.domain.screen import Screen, ScreenState
from app.errors import InvalidError
from app.live.screens import Screens
from app.storage.accounts import Accounts
from tests.contracts.conftest import opened
from tests.fakes import House

pytestmark = pytest.mark.anyio

SLUG = "pyfest26"


async def hang(home: House, name: str) -> tuple[Screen, str]:
    return await screens.add(home.context, SLUG, name, "Main", actor=COMMAND_LINE)


async def test_a_screen_comes_back_as_it_was_asked_to_be(home: House) -> None:
    made, _ = await hang(home, "Hall A")
    state = ScreenState(theme="light", scale=1.25, dark=True, calm="off", columns=4)
    await screens.change(home.context, SLUG, made.id, Wish(state=state), actor=COMMAND_LINE)
    asked = await screens.reload(home.context, SLUG, made.id, actor=COMMAND_LINE)
    (found,) = await screens.screens_of(home.context, SLUG)
    assert found == asked
    assert (found.name, found.room, found.state, found.reload) == ("Hall A", "Main", state, 1)


async def test_a_screen_is_open_once_a_browser_used_its_link_and_a_new_link_ends_the_old_one(
    home: House,
) -> None:
    made, old = await hang(home, "Hall A")
    _, new = await screens.link(home.context, SLUG, made.id, actor=COMMAND_LINE)
    assert [s.opened for s in await screens.screens_of(home.context, SLUG)] == [False]
    async with home.store.write() as tx:
        assert await Accounts(tx).use_link(token_hash(old), 0) is None
    await enter_by_link(home.context, new)
    assert [s.opened for s in await screens.screens_of(home.context, SLUG)] == [True]


async def test_what_is_taken_down_takes_its_links_and_sessions_along(home: House) -> None:
    made, token = await hang(home, "Hall A")
    entry = await enter_by_link(home.context, token)
    _, unused = await screens.link(home.context, SLUG, made.id, actor=COMMAND_LINE)
    await screens.remove(home.context, SLUG, made.id, actor=COMMAND_LINE)
    async with home.store.write() as tx:
        now_ms = home.context.now_ms()
        assert await Accounts(tx).session(token_hash(entry.token), now_ms) is None
        assert await Accounts(tx).use_link(token_hash(unused), now_ms) is None
    assert not await screens.screens_of(home.context, SLUG)


async def test_two_who_name_a_screen_at_the_same_time_do_not_give_one_name_twice(url: str) -> None:
    async with opened(url) as here, opened(url) as there:
        made = await asyncio.gather(
            *(hang(home, "Hall A") for home in (here, there)), return_exceptions=True
        )
        assert sorted(isinstance(one, InvalidError) for one in made) == [False, True]
        known = Screens(there.store, there.clock, asyncio.Event(), lambda _: (0, 0))
        await known.look()
        assert [one["name"] for one in known.told(SLUG)] == ["Hall A"]
