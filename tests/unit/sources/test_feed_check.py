"""What `hallway check` says of a feed."""

from typing import Any

import pytest

from app.sources.feed.check import check
from app.sources.finding import Finding
from tests.fake_feeds import FakeFeeds, item, rss
from tests.fake_mastodon import ManualClock, answers, says

pytestmark = pytest.mark.anyio


async def found(fake: FakeFeeds, **changes: Any) -> list[Finding]:
    return await check(fake.address, ["PyFest26"], clock=ManualClock(), **changes)


async def test_a_feed_is_named_with_what_of_it_is_for_the_wall() -> None:
    async with FakeFeeds(rss(item(1), item(2, tags=()), item(3))).running() as fake:
        findings = await found(fake)
        every = await found(fake, all_entries=True)
    assert [(one.ok, one.sentence) for one in findings] == [
        (True, '"A Made-Up Blog" can be read: 3 entries.'),
        (True, "2 entries for the wall (naming #pyfest26)."),
    ]
    assert every[-1].sentence == "3 entries for the wall (all entries are taken)."


async def test_a_feed_that_names_no_hashtag_keeps_nothing_away() -> None:
    async with FakeFeeds(rss(item(1, tags=()))).running() as fake:
        findings = await found(fake)
    assert [one.ok for one in findings] == [True, True]
    assert findings[-1].sentence == "Its only entry does not name #pyfest26."


async def test_a_broken_feed_and_entries_of_no_use_are_said() -> None:
    useless = item(2, title="", link="", guid="", description="")
    async with FakeFeeds(rss(item(1), useless)).running() as fake:
        (*_, unusable) = await found(fake)
        fake.body = rss(item(1), item(2))[:-60]
        (broken, *_) = await found(fake)
    assert "1 entry has no address or nothing to show" in unusable.sentence
    assert (broken.ok, "is broken (line 1" in broken.sentence) == (False, True)


async def test_a_move_for_good_is_said() -> None:
    async with FakeFeeds(rss(item(1))).running() as fake:
        fake.fail(fake.redirects(301, "/new.xml"))
        findings = await found(fake)
    assert findings[0].sentence.startswith(f"It has moved for good to {fake.base}/new.xml")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (answers(404), "there is no feed at this address"),
        (answers(401), "it wants a password"),
        (answers(429, Retry_After="40"), "asks to wait"),
        (says("<!doctype html><title>A blog</title>", "text/html"), "a web page, not a feed"),
    ],
)
async def test_what_keeps_a_feed_away_is_said(fault: Any, words: str) -> None:
    async with FakeFeeds().running() as fake:
        fake.fail(fault)
        (finding,) = await found(fake)
    assert not finding.ok
    assert words in finding.sentence


async def test_an_address_that_is_none_is_a_finding() -> None:
    (finding,) = await check("ftp://blog.example", ["x"], clock=ManualClock())
    assert not finding.ok
