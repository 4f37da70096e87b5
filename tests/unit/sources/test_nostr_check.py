"""What `hallway check` says of relays."""

import pytest
from starlette.responses import Response

from app.sources.connection import Timeouts
from app.sources.nostr.check import check
from tests.fake_mastodon import TAG, ManualClock
from tests.fake_nostr import FakeNostr, FakeRelay, note

pytestmark = pytest.mark.anyio


async def test_each_relay_is_told_of_in_its_place() -> None:
    relays = [
        FakeRelay(),
        FakeRelay(),
        FakeRelay(closes="auth-required: log in"),
        FakeRelay(refusal=Response(status_code=404)),
    ]
    fake = FakeNostr(relays)
    forged = note(2) | {"content": "Buy this"}
    async with fake.running():
        relays[0].keep(note(1), forged)
        found = await check([one.base for one in relays], [TAG], clock=ManualClock())

    said = [
        (one.ok, one.sentence.removeprefix(relay.host))
        for one, relay in zip(found, relays, strict=True)
    ]
    assert said == [
        (True, " can be read: its newest note with #pyfest26 is of 2026-11-21 09:20 UTC."),
        (True, " can be read; it has no note with #pyfest26 yet."),
        (False, " wants a login: Hallway has none. Name another relay."),
        (False, " answers 404."),
    ]


async def test_what_is_no_address_is_a_finding() -> None:
    found = await check(["https://a.example"], [TAG], clock=ManualClock())

    assert [one.ok for one in found] == [False]
    assert "wss://relay.example" in found[0].sentence


async def test_a_relay_that_is_not_there_is_a_finding() -> None:
    quick = Timeouts(connect=0.2, read=0.2, total=0.2)
    found = await check(["ws://127.0.0.1:9"], [TAG], clock=ManualClock(), timeouts=quick)

    assert [(one.ok, one.sentence) for one in found] == [
        (False, "127.0.0.1:9 refuses connections: nothing listens there.")
    ]
