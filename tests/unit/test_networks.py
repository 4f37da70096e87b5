"""Every kind of source can be made from its settings, and looked at before the event."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from app.networks import check, place_of, source_of
from app.settings import (
    AnySource,
    BlueskySettings,
    FeedSettings,
    MastodonSettings,
    NostrSettings,
    ReplaySettings,
    XSettings,
)
from app.sources.bluesky import check as bluesky
from app.sources.bluesky.search import Login
from app.sources.connection import Timeouts
from app.sources.finding import Finding
from app.sources.replay.format import ReplayHeader, encode_header, encode_line
from tests.factories import posted
from tests.fake_bluesky import FakeBluesky, view
from tests.fake_feeds import FakeFeeds, item, rss
from tests.fake_mastodon import START, TAG, FakeMastodon, ManualClock, answers, status
from tests.fake_nostr import FakeNostr, note
from tests.fake_x import TOKEN, FakeX, tweet

pytestmark = pytest.mark.anyio
SHORT = Timeouts(1, 1, 2)


def sentences(findings: Sequence[Finding], *, ok: bool) -> str:
    return " ".join(one.sentence for one in findings if one.ok is ok)


@asynccontextmanager
async def talking(fake: FakeBluesky) -> AsyncIterator[None]:
    """The network talks all the time."""

    async def talk() -> None:
        while True:
            await fake.noise()
            await asyncio.sleep(0.005)

    task = asyncio.create_task(talk())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def networks(folder: Path) -> AsyncIterator[list[AnySource]]:
    """Settings for one source of each kind, all of which can be read."""
    secret = folder / "token"
    secret.write_text(TOKEN)
    recording = folder / "day.jsonl"
    recording.write_bytes(
        encode_header(ReplayHeader(title="PyFest 26", hashtags=(TAG,), started_at=START))
        + encode_line(START, posted(1))
    )
    async with (
        FakeMastodon(posts=[status(1)]).running() as mastodon,
        FakeBluesky(ManualClock()).running() as sky,
        FakeFeeds(rss(item(1))).running() as feed,
        FakeX(posts=[tweet(1)]).running() as x,
        FakeNostr().running() as nostr,
        talking(sky),
    ):
        nostr.keep(note(1))
        yield [
            MastodonSettings(kind="mastodon", server=mastodon.base),
            BlueskySettings(
                kind="bluesky",
                jetstream=tuple(jet.base for jet in sky.jets),
                appview=(sky.base,),
            ),
            FeedSettings(kind="feed", address=feed.address),
            XSettings(kind="x", token_file=secret, daily_budget=1_000, server=x.base),
            NostrSettings(kind="nostr", relays=tuple(one.base for one in nostr.relays)),
            ReplaySettings(kind="replay", file=recording),
        ]


async def test_every_kind_of_source_can_be_checked_and_is_well(tmp_path: Path) -> None:
    async with networks(tmp_path) as all_of_them:
        assert {type(one) for one in all_of_them} == set(get_args(AnySource))
        for settings in all_of_them:
            found = await check(settings, [TAG], clock=ManualClock(), contact="")
            assert found, settings.kind
            assert not sentences(found, ok=False)
            assert place_of(settings)


async def test_every_network_becomes_the_source_of_its_name(tmp_path: Path) -> None:
    async with networks(tmp_path) as all_of_them:
        for settings in all_of_them:
            if isinstance(settings, ReplaySettings):
                continue
            made = source_of(
                settings, [TAG], {"clock": ManualClock(), "rng": Random(1), "contact": ""}
            )
            assert made.name.partition(":")[0] == settings.kind


# --- Bluesky ---


async def look(fake: FakeBluesky, login: Login | None = None) -> list[Finding]:
    return await bluesky.check(
        [TAG],
        jetstream=[jet.base for jet in fake.jets],
        appview=[fake.base],
        login=login,
        entryway=fake.base,
        clock=fake.clock,
        timeouts=SHORT,
        idle_s=0.3,
    )


async def test_one_stream_that_is_away_keeps_nothing_from_the_wall() -> None:
    async with FakeBluesky(ManualClock()).running() as fake, talking(fake):
        fake.jet.down = 503
        found = await look(fake)
    assert not sentences(found, ok=False)
    assert f"{fake.jet.host} answers 503." in sentences(found, ok=True)
    assert f"{fake.jets[1].host} is heard" in sentences(found, ok=True)


async def test_streams_that_are_silent_or_away_and_an_appview_that_is_none_are_wrong() -> None:
    async with FakeBluesky(ManualClock()).running() as fake:
        fake.jet.down = 403
        fake.fail("getProfiles", answers(404))
        found = await look(fake)
    said = sentences(found, ok=False)
    assert f"{fake.jets[1].host} opens a socket, but says nothing for 0.3 s." in said
    assert f"{fake.jet.host} answers 403." in said
    assert "not as an AppView does" in said


async def test_an_account_is_tried_by_a_search() -> None:
    async with FakeBluesky(ManualClock(), password="p").running() as fake, talking(fake):
        fake.found = [view(1)]
        right = await look(fake, Login("crew.example", "p"))
        wrong = await look(fake, Login("crew.example", "no"))
    assert f"#{TAG} was found in 1 posts" in sentences(right, ok=True)
    assert "401" in sentences(wrong, ok=False) or "password" in sentences(wrong, ok=False)


# --- recordings ---


async def test_a_recording_tells_its_broken_lines_and_missing_pictures(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    header = encode_header(ReplayHeader(title="Day", hashtags=(TAG,), started_at=START))
    shown = posted(1).post
    pictured = shown.model_copy(
        update={"author": shown.author.model_copy(update={"avatar": "asset:ada.webp"})}
    )
    good = posted(1).model_copy(update={"post": pictured})
    lines = [encode_line(START + timedelta(seconds=1), good), b"{oops\n", b'{"at": "2026"}\n']
    file.write_bytes(header + b"".join(lines))
    settings = ReplaySettings(kind="replay", file=file)
    found = await check(settings, [TAG], clock=ManualClock(), contact="")
    said = sentences(found, ok=False)
    assert "Left out: Line 3 is not JSON" in said
    assert "Left out: Line 4" in said
    assert "1 pictures are not in the folder media" in said
    assert "1 posted" in sentences(found, ok=True)
    file.write_text("{}\n")
    found = await check(settings, [TAG], clock=ManualClock(), contact="")
    assert "Line 1 is not the header" in sentences(found, ok=False)
