"""What `hallway check` says of X, and that it spends next to nothing for it."""

from typing import Any

import pytest

from app.sources.finding import Finding
from app.sources.x.check import check
from tests.fake_mastodon import TAG, ManualClock, answers
from tests.fake_x import TOKEN, FakeX, tweet

pytestmark = pytest.mark.anyio


async def found(fake: FakeX, **changes: Any) -> list[Finding]:
    settings: dict[str, Any] = {"token": TOKEN, "daily_budget": 2_000, "base": fake.base} | changes
    return await check([TAG], clock=ManualClock(), **settings)


async def test_a_check_tells_what_x_may_cost_and_spends_one_smallest_search() -> None:
    async with FakeX().running() as fake:
        fake.post(*(tweet(number) for number in range(30)))
        findings = await found(fake)
    assert [one.ok for one in findings] == [True, True, True]
    said = [one.sentence for one in findings]
    assert "2,000 posts is at most $10.00 a day" in said[0]
    assert "the newest post is of 2026-11-21 04:59 UTC" in said[1]
    assert said[2].startswith(
        "This check asked for at most 10 posts ($0.05) and was given 10 posts"
    )
    assert (len(fake.requests), fake.bill) == (1, 10)


async def test_a_check_of_the_stream_reads_its_rules_and_opens_nothing() -> None:
    async with FakeX().running() as fake:
        findings = await found(fake, stream=True)
        fake.fail("/rules", answers(403))
        refused = await found(fake, stream=True)
    assert "not opened by a check" in findings[-1].sentence
    assert (refused[-1].ok, "is refused" in refused[-1].sentence) == (False, True)
    assert not fake.asked("/search/stream")
    assert fake.bill == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": ""}, "off until it has a bearer token"),
        ({"daily_budget": None}, "a daily budget"),
        ({"token": "another"}, "does not accept the token"),
        ({"base": "ftp://x.example"}, "no server's address"),
    ],
)
async def test_what_keeps_posts_away_is_said(changes: dict[str, Any], words: str) -> None:
    async with FakeX().running() as fake:
        (finding,) = await found(fake, **changes)
    assert not finding.ok
    assert words in finding.sentence


async def test_a_request_to_wait_is_said_and_not_obeyed() -> None:
    async with FakeX().running() as fake:
        fake.fail("/recent", answers(429, Retry_After="40"))
        (finding,) = await found(fake)
    assert (finding.ok, finding.sentence) == (False, "X asks to wait 40 s.")
