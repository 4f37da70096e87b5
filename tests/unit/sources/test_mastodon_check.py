"""Access: what a server refuses, what it hides, and how that is told to people."""

from typing import Any

import pytest

from app.errors import AccessError
from app.ports import Condition
from app.sources.finding import Finding
from app.sources.mastodon.check import check
from tests.fake_mastodon import (
    TAG,
    FakeMastodon,
    Follow,
    ManualClock,
    account,
    answers,
    says,
    source,
    status,
)

pytestmark = pytest.mark.anyio

TOKEN = "made-up-token"


def instance(local: str = "public", remote: str = "public") -> dict[str, Any]:
    feeds = {"hashtag_feeds": {"local": local, "remote": remote}}
    return {
        "domain": "fedi.example",
        "version": "4.7.3",
        "configuration": {"timelines_access": feeds},
    }


async def look(address: str, *tags: str, token: str | None = None) -> list[Finding]:
    return await check(address, tags or (TAG,), token, clock=ManualClock())


def bad(findings: list[Finding]) -> str:
    return " ".join(finding.sentence for finding in findings if not finding.ok)


def good(findings: list[Finding]) -> str:
    return " ".join(finding.sentence for finding in findings if finding.ok)


# --- the source -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "code", "words"),
    [
        (None, 401, "answers 401: it wants a token"),
        (None, 403, "answers 403: it wants a token"),
        (None, 422, "answers 422: it wants a token"),
        (TOKEN, 401, "does not accept the token"),
        (TOKEN, 422, "the token is an application's, not an account's"),
        (TOKEN, 403, "the token's scope or account is not enough"),
    ],
)
async def test_a_refusal_is_raised_and_told_with_what_to_do(
    token: str | None, code: int, words: str
) -> None:
    clock = ManualClock()
    async with (
        FakeMastodon(anonymous="none", denial=code).running() as fake,
        Follow(source(fake, clock, token=token), clock) as follow,
    ):
        error = await follow.failure()

    assert isinstance(error, AccessError)
    assert words in error.message
    assert "Preferences > Development" in error.hint
    assert follow.health.condition is Condition.REFUSED
    assert words in follow.health.detail


@pytest.mark.parametrize("code", [401, 422])
async def test_readers_without_a_token_get_local_posts_where_that_is_all_there_is(
    code: int,
) -> None:
    clock = ManualClock()
    async with FakeMastodon(anonymous="local", denial=code).running() as fake:
        fake.post(status(1), status(2, by=account("bo", "other.example")))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.requests.clear()
            await follow.pass_by(15)

    assert follow.texts() == ["Talk number 1"]
    assert "shows only posts of its own accounts" in follow.health.detail
    assert fake.asked("/timelines/") == [{"limit": "40", "local": "true"}]


async def test_access_that_is_taken_away_later_is_raised() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake, Follow(source(fake, clock), clock) as follow:
        await follow.settled()
        fake.anonymous = "none"
        clock.advance(15)

        assert isinstance(await follow.failure(), AccessError)


async def test_an_empty_list_is_told_apart_by_the_servers_settings() -> None:
    clock = ManualClock()
    settings = instance("disabled", "disabled")
    async with (
        FakeMastodon(token=TOKEN, instance=settings).running() as fake,
        Follow(source(fake, clock, token=TOKEN, stream=False), clock) as follow,
    ):
        await follow.settled()

    assert follow.health.condition is Condition.LIVE
    assert "has switched hashtag feeds off" in follow.health.detail


async def test_a_hashtag_that_nobody_used_yet_is_no_fault() -> None:
    clock = ManualClock()
    async with (
        FakeMastodon(unknown_tags_are_404=True).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled()
        before = follow.health.detail
        fake.post(status(1))
        await follow.pass_by(15)

    assert "has no post with #pyfest26 yet" in before
    assert "yet" not in follow.health.detail
    assert len(follow.arrivals) == 1


@pytest.mark.parametrize(
    "fault", [answers(404), answers(500), answers(401), answers(200, []), says("<p>", "text/html")]
)
async def test_a_server_that_says_nothing_of_itself_is_read_all_the_same(fault: Any) -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(1))
        fake.fail("/instance", fault, fault)
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()

    assert len(follow.arrivals) == 1


# --- the check ------------------------------------------------------------------------------------


async def test_a_hashtag_that_can_be_read_is_told_with_its_newest_post() -> None:
    async with FakeMastodon(instance=instance()).running() as fake:
        fake.post(status(1), status(2))
        findings = await look(fake.base)

    assert bad(findings) == ""
    assert "runs mastodon 4.7.3" in good(findings)
    assert "#pyfest26 can be read: its newest post is of 2026-11-20 13:32 UTC." in good(findings)
    assert "Without a token there is no stream" in good(findings)


@pytest.mark.parametrize(
    ("code", "token", "words"),
    [
        (401, None, "it wants a token. Make one on that server: Preferences > Development"),
        (401, TOKEN, "does not accept the token"),
        (422, TOKEN, "the token is an application's"),
        (403, TOKEN, "scope or account is not enough"),
    ],
)
async def test_a_refusal_is_a_finding_that_says_what_to_do(
    code: int, token: str | None, words: str
) -> None:
    async with FakeMastodon(anonymous="none", denial=code).running() as fake:
        findings = await look(fake.base, token=token)

    assert words in bad(findings)


async def test_readable_only_for_local_posts_is_told() -> None:
    async with FakeMastodon(anonymous="local").running() as fake:
        fake.post(status(1))
        findings = await look(fake.base)

    assert bad(findings) == ""
    assert "shows only posts of its own accounts without a token" in good(findings)


@pytest.mark.parametrize("unknown", [True, False])
async def test_a_hashtag_without_posts_is_fine(unknown: bool) -> None:
    async with FakeMastodon(unknown_tags_are_404=unknown).running() as fake:
        findings = await look(fake.base)

    assert bad(findings) == ""
    assert "has no post with #pyfest26 yet" in good(findings)


async def test_feeds_that_are_switched_off_are_a_finding() -> None:
    settings = instance("disabled", "disabled")
    async with FakeMastodon(token=TOKEN, instance=settings).running() as fake:
        findings = await look(fake.base, token=TOKEN)

    assert "has switched hashtag feeds off" in bad(findings)


async def test_feeds_of_others_that_are_switched_off_are_told() -> None:
    async with FakeMastodon(instance=instance("public", "disabled")).running() as fake:
        findings = await look(fake.base)

    assert "hashtag feeds of other servers off" in good(findings)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (says("<p>sign in</p>", "text/html"), "HTML instead of JSON (a captive portal?)"),
        (answers(500), "a fault of its own"),
    ],
)
async def test_what_else_goes_wrong_is_a_finding_for_its_hashtag(fault: Any, words: str) -> None:
    async with FakeMastodon().running() as fake:
        fake.post(status(1, tags=("pycamp",)))
        fake.fail("/timelines/tag/pyfest26", fault)
        findings = await look(fake.base, "pyfest26", "pycamp")

    assert words in bad(findings)
    assert "#pycamp can be read" in good(findings)


async def test_a_server_that_asks_to_wait_is_asked_nothing_more() -> None:
    async with FakeMastodon().running() as fake:
        fake.fail("/timelines/tag/pyfest26", answers(429, retry_after="40"))
        findings = await look(fake.base, "pyfest26", "pycamp")

    assert bad(findings).count("asks to wait 40 s") == 2
    assert len(fake.asked("/timelines/")) == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://nobody.invalid", "no server named nobody.invalid"),
        ("http://127.0.0.1:9", "refuses connections"),
        ("not an address", "is no server's address"),
    ],
)
async def test_a_server_that_cannot_be_reached_is_one_finding(address: str, words: str) -> None:
    (finding,) = await look(address)

    assert not finding.ok
    assert words in finding.sentence


async def test_a_server_without_tls_is_a_finding() -> None:
    async with FakeMastodon().running() as fake:
        (finding,) = await look(fake.base.replace("http:", "https:"))

    assert "no valid TLS certificate" in finding.sentence


@pytest.mark.parametrize(
    ("refused", "words", "fine"),
    [(None, "Its stream opens", True), (401, "refuses the token", False), (404, "404", False)],
)
async def test_the_stream_is_tried_with_the_token(
    refused: int | None, words: str, fine: bool
) -> None:
    async with FakeMastodon(token=TOKEN, stream_status=refused).running() as fake:
        findings = await look(fake.base, token=TOKEN)

    assert findings[-1].ok is fine
    assert words in findings[-1].sentence


async def test_a_stream_that_nobody_answers_is_a_finding() -> None:
    settings = instance() | {"urls": {}}
    settings["configuration"]["urls"] = {"streaming": "ws://127.0.0.1:9"}
    async with FakeMastodon(token=TOKEN, instance=settings).running() as fake:
        findings = await look(fake.base, token=TOKEN)

    assert "cannot be reached" in bad(findings)
