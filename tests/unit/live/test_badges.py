"""Sockets stand on sessions: when one ends, by whomever, its sockets are closed and no others."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.actions import crew
from app.actions.accounts import enter_by_link, make_sign_in, sign_out, token_hash
from app.actions.log import COMMAND_LINE
from app.domain.crew import IDLE_MS
from app.live.badges import Badges
from app.storage.accounts import Accounts
from tests.fakes import House, house

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        yield made


async def signed_in(home: House) -> tuple[str, str]:
    """The token and the id of a new session."""
    entry = await enter_by_link(home.context, await make_sign_in(home.context))
    async with home.store.read() as reading:
        opened = await Accounts(reading).session(token_hash(entry.token), home.context.now_ms())
    assert opened is not None
    return entry.token, opened.id


async def test_who_signs_out_loses_every_socket_of_that_session_and_nobody_else_one(
    home: House,
) -> None:
    badges, closed = Badges(home.store, home.clock), []
    (mine, my_id), (_, other_id) = await signed_in(home), await signed_in(home)
    with ExitStack() as sockets:
        for name, id_ in [("desk", my_id), ("phone", my_id), ("other", other_id)]:
            sockets.enter_context(badges.worn(id_, lambda n=name: closed.append(n)))  # type: ignore[misc]
        await badges.look()
        assert closed == []
        await sign_out(home.context, mine)
        await badges.look()
        await badges.look()
    assert sorted(closed) == ["desk", "phone"]


async def test_a_session_that_ends_by_itself_or_from_the_command_line_closes_too(
    home: House,
) -> None:
    badges, closed = Badges(home.store, home.clock), []
    _, idle = await signed_in(home)
    with badges.worn(idle, lambda: closed.append("idle")):
        home.clock.move(IDLE_MS / 1000)
        await badges.look()
    _, revoked = await signed_in(home)
    with badges.worn(revoked, lambda: closed.append("revoked")):
        [operator] = (await crew.crew_of(home.context)).accounts
        await crew.sign_out_everywhere(home.context, operator.id, actor=COMMAND_LINE)
        await badges.look()
    assert closed == ["idle", "revoked"]


async def test_a_socket_that_left_is_not_closed_again_and_nothing_is_asked_for_nobody(
    home: House,
) -> None:
    badges, closed = Badges(home.store, home.clock), []
    with badges.worn("gone", lambda: closed.append("gone")):
        pass
    await home.store.close()  # a look would fail
    await badges.look()
    assert closed == []
