"""Following a feed: politely, without losing anything, and saying how it is."""

import json
import socket
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.domain.arrival import Edited, Posted
from app.domain.post import Post
from app.errors import AccessError, SourceError, UsageError
from app.ports import Condition, Health
from app.sources.connection import Timeouts
from app.sources.feed.source import FeedSource, feed_address
from tests.fake_feeds import FakeFeeds, atom, atom_entry, item, json_feed, json_item, rss, source
from tests.fake_mastodon import START, Follow, ManualClock, answers, breaks_off, says, trickles
from tests.fakes import Reports

pytestmark = pytest.mark.anyio

PATIENT = 330.0
"""Seconds after which a feed has been asked again, jitter and all."""


async def texts_of(text: str | bytes, *, content_type: str = "", **changes: Any) -> list[str]:
    """What one look at a feed brings: first lines."""
    clock = ManualClock()
    async with (
        FakeFeeds(text, content_type).running() as fake,
        Follow(source(fake, clock, **changes), clock) as follow,
    ):
        await follow.settled(1)
        return [text.partition("\n")[0] for text in follow.texts()]


async def test_the_first_look_brings_what_names_the_hashtag_oldest_first() -> None:
    named = (item(3), item(2, tags=()), item(1, tags=(), title="On #pyfest26"))
    assert await texts_of(rss(*named)) == ["On #pyfest26", "Entry 3"]


async def test_or_everything() -> None:
    text = rss(item(3), item(2, tags=()))
    assert await texts_of(text, all_entries=True) == ["Entry 2", "Entry 3"]


async def test_every_format_is_read() -> None:
    assert await texts_of(atom(atom_entry(1)), content_type="application/atom+xml") == ["Entry 1"]
    assert await texts_of(json_feed(json_item(1)), content_type="application/json") == ["Entry 1"]
    assert await texts_of(rss(item(1)).encode("utf-16"), content_type="text/xml") == ["Entry 1"]


async def test_a_new_entry_arrives_once_and_a_changed_one_as_an_edit() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(1))).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        fake.body = rss(item(2), item(1, description="Room B!"))
        news = await follow.pass_by(PATIENT, 1)
        again = await follow.pass_by(PATIENT, 1)

    assert [type(one) for one in news] == [Edited, Posted]
    assert isinstance(news[0], Posted)
    assert news[0].post.body.text == "Entry 1\n\nRoom B!"
    assert news[0].seen_at == START + timedelta(seconds=PATIENT)
    assert again == []


async def test_an_entry_that_left_the_feed_is_not_deleted() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(2), item(1))).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        fake.body = rss(item(3))
        news = await follow.pass_by(PATIENT, 1)
        fake.body = rss()
        assert await follow.pass_by(PATIENT, 1) == []

    assert [type(one) for one in news] == [Posted]


async def test_duplicates_and_another_order_are_no_news() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(2), item(1))).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        fake.body = rss(item(1), item(2), item(1), item(2))
        assert await follow.pass_by(PATIENT, 1) == []


# --- politeness -----------------------------------------------------------------------------------


async def test_it_names_itself_and_asks_only_whether_something_has_changed() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(1))).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        assert await follow.pass_by(PATIENT, 1) == []
        fake.body = rss(item(2))
        assert len(await follow.pass_by(PATIENT, 1)) == 1

    headers = [headers for _, headers in fake.requests]
    assert fake.statuses == [200, 304, 200]
    assert "if-none-match" not in headers[0]
    assert headers[1]["if-modified-since"] == "Sat, 21 Nov 2026 09:00:00 GMT"
    assert "crew@pyfest.example" in headers[0]["user-agent"]


async def test_a_server_without_validators_is_read_whole_each_time() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(1)), conditional=False).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        assert await follow.pass_by(PATIENT, 1) == []

    assert fake.statuses == [200, 200]


@pytest.mark.parametrize(
    ("headers", "ttl", "least"),
    [
        ({}, "", 300),
        ({"cache-control": "public, max-age=1200"}, "", 1200),
        ({"cache-control": "max-age=1200", "age": "300"}, "", 900),
        ({"cache-control": "no-cache, max-age=1200"}, "", 300),
        ({"cache-control": "s-maxage=1200, max-age=10"}, "", 300),
        ({"cache-control": "max-age=999999"}, "", 3600),
        ({"retry-after": "700"}, "", 700),
        ({"x-ratelimit-reset": "900"}, "", 300),
        ({}, "<ttl>20</ttl>", 1200),
        ({}, "<ttl>1</ttl>", 300),
        ({}, "<ttl>10080</ttl>", 3600),
        ({}, "<ttl>soon</ttl>", 300),
    ],
)
async def test_it_rests_as_long_as_the_feed_asks_up_to_an_hour(
    headers: dict[str, str], ttl: str, least: int
) -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(1), more=ttl), headers=headers).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)

    (rest,) = clock.slept
    assert least <= rest <= least * 1.1
    asked = ", as it asks" if least > 300 else ""
    assert follow.health.detail == f"{fake.server} is read every {least / 60:g} min{asked}."


async def test_the_ttl_of_a_feed_holds_as_long_as_nothing_changes() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(1), more="<ttl>20</ttl>")).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        await follow.pass_by(1400, 1)

    assert fake.statuses == [200, 304]
    assert min(clock.slept) >= 1200


@pytest.mark.parametrize(("status", "wait"), [(429, "120"), (503, "120"), (429, None)])
async def test_when_asked_to_wait_it_waits_says_so_and_loses_nothing(
    status: int, wait: str | None
) -> None:
    clock = ManualClock()
    said = {"retry_after": wait} if wait else {}
    async with (
        FakeFeeds(rss(item(1))).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        fake.body = rss(item(2), item(1))
        fake.fail(answers(status, **said))
        assert await follow.pass_by(PATIENT, 1) == []
        waiting = follow.health
        news = await follow.pass_by(140, 1)

    assert waiting.condition is Condition.WAITING
    assert waiting.detail == f"{fake.server} asks to wait (it answers {status})."
    assert waiting.until is not None
    assert (waiting.until - START).total_seconds() >= PATIENT + (120 if wait else 60)
    assert len(news) == 1
    assert follow.health.condition is Condition.LIVE


async def test_redirects_for_good_are_remembered_and_others_are_not() -> None:
    clock = ManualClock()
    async with FakeFeeds(rss(item(1))).running() as fake:
        fake.fail(fake.redirects(301, "/a"), fake.redirects(308, f"{fake.base}/b?key=secret"))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled(1)
            fake.fail(fake.redirects(302, "/c"))
            await follow.pass_by(PATIENT, 1)
            await follow.pass_by(PATIENT, 1)

    paths = [path for path, _ in fake.requests]
    assert paths == ["/feed.xml", "/a", "/b?key=secret", "/b?key=secret", "/c", "/b?key=secret"]
    assert f"moved for good to {fake.base}/b:" in follow.health.detail
    assert len(follow.arrivals) == 1


async def test_what_moved_for_good_behind_a_detour_is_not_remembered() -> None:
    clock = ManualClock()
    async with FakeFeeds(rss(item(1))).running() as fake:
        fake.fail(fake.redirects(302, "/a"), fake.redirects(301, "/b"))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled(1)
            await follow.pass_by(PATIENT, 1)

    assert [path for path, _ in fake.requests] == ["/feed.xml", "/a", "/b", "/feed.xml"]
    assert "moved" not in follow.health.detail


async def test_what_a_server_knows_again_is_told_to_no_other_address() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(1))).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        fake.fail(fake.redirects(302, "/elsewhere"))
        await follow.pass_by(PATIENT, 1)

    assert "if-none-match" not in fake.requests[2][1]


@pytest.mark.parametrize("target", ["/feed.xml", "file:///etc/passwd", "", "https://u:p@x.example"])
async def test_redirects_in_circles_or_to_nowhere_are_a_fault(target: str) -> None:
    clock = ManualClock()
    async with FakeFeeds(rss(item(1))).running() as fake:
        fake.fail(*[fake.redirects(301, target)] * 9)
        async with Follow(source(fake, clock), clock) as follow:
            error = await follow.failure()

    assert isinstance(error, SourceError)
    assert "redirects" in str(error)
    assert len(fake.requests) <= 4


# --- faults ---------------------------------------------------------------------------------------

QUICK = Timeouts(connect=0.3, read=0.3, total=0.5)
FAULTS = {
    "500": (answers(500), "has a fault of its own (it answers 500)."),
    "503": (answers(503), "has a fault of its own (it answers 503)."),
    "404": (answers(404), "answers 404: there is no feed at this address."),
    "304 unasked": (answers(304), "answers 304, which makes no sense here."),
    "400": (answers(400), "answers 400, which makes no sense here."),
    "page": (says("<!doctype html><p>Sign in", "text/html"), "it is a web page, not a feed."),
    "garbage": (says(b"\x89PNG\r\n\x1a\n\0\0\0", "application/rss+xml"), "is not usable: it is no"),
    "nothing": (says("", "application/rss+xml"), "is not usable: it is empty."),
    "cut JSON": (says('{"version": "https://jsonfeed.org/version/1.1", "items": ['), "ends early."),
    "broken off": (breaks_off, "broke off in the middle of its answer."),
    "slow": (trickles, "took too long to answer."),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_said_in_a_sentence_and_the_next_run_goes_on(name: str) -> None:
    fault, sentence = FAULTS[name]
    clock = ManualClock()
    async with FakeFeeds(rss(item(1))).running() as fake:
        fake.fail(fault)
        follows = source(fake, clock, timeouts=QUICK if name == "slow" else None)
        async with Follow(follows, clock) as follow:
            error = await follow.failure()
        follows.timeouts = None
        async with Follow(follows, clock, cursor=follow.cursor) as again:
            await again.settled(1)

    assert isinstance(error, SourceError)
    assert not isinstance(error, AccessError)
    assert sentence in error.message
    assert follow.health.condition is Condition.DOWN
    assert len(again.arrivals) == 1
    assert again.health.condition is Condition.LIVE


async def test_a_server_that_says_nothing_is_down() -> None:
    clock = ManualClock()
    async with FakeFeeds(rss(item(1))).running() as fake:
        fake.fail(fake.hang)
        async with Follow(source(fake, clock, timeouts=QUICK), clock) as follow:
            assert "took too long" in str(await follow.failure())


async def test_a_server_that_is_not_there_is_down() -> None:
    clock = ManualClock()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody else gets this port, and nobody listens
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/feed"
        async with Follow(source(FakeFeeds(), clock, address=address), clock) as follow:
            assert "nothing listens there" in str(await follow.failure())
    assert follow.health.condition is Condition.DOWN


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "answers 401: it wants a password."),
        (403, "answers 403: it does not let Hallway read this feed."),
        (410, "answers 410: this feed is gone for good."),
    ],
)
async def test_what_only_the_operator_can_mend_is_refused_in_words_and_nothing_is_deleted(
    status: int, sentence: str
) -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(1))).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        fake.fail(answers(status))
        clock.advance(PATIENT)
        error = await follow.failure()

    assert isinstance(error, AccessError)
    assert follow.health.condition is Condition.REFUSED
    assert sentence in follow.health.detail
    assert [type(one) for one in follow.arrivals] == [Posted]


async def test_an_answer_without_end_is_cut() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(b"<rss>" + b" " * 9_000_000).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        assert "more than 8 MiB" in str(await follow.failure())


async def test_a_feed_that_breaks_off_is_read_as_far_as_it_goes_and_asked_for_whole_again() -> None:
    clock = ManualClock()
    whole = rss(item(2), item(1))
    async with (
        FakeFeeds(whole[: whole.rindex("<guid>")]).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        behind = follow.health
        fake.body = whole
        news = await follow.pass_by(PATIENT, 1)

    assert fake.statuses == [200, 200]
    assert "if-none-match" not in fake.requests[1][1]
    assert behind.condition is Condition.BEHIND
    assert "the 1 entry before that" in behind.detail
    assert len(news) == 1
    assert follow.health.condition is Condition.LIVE


# --- going on -------------------------------------------------------------------------------------


async def test_after_a_fault_nothing_is_lost_and_little_is_said_again() -> None:
    clock = ManualClock()
    async with FakeFeeds(rss(item(1))).running() as fake:
        follows = source(fake, clock)
        async with Follow(follows, clock) as follow:
            await follow.settled(1)
            fake.fail(answers(500))
            clock.advance(PATIENT)
            await follow.failure()
        async with Follow(follows, clock, cursor=follow.cursor) as again:
            await again.settled(1)
            assert again.arrivals == []
            fake.body = rss(item(2), item(1, title="Changed"))
            news = await again.pass_by(PATIENT, 1)

    assert fake.statuses == [200, 500, 304, 200]
    assert [type(one) for one in news] == [Edited, Posted]


async def test_what_was_not_committed_is_brought_again() -> None:
    clock = ManualClock()
    async with FakeFeeds(rss(item(1))).running() as fake:
        follows = source(fake, clock)
        batches = follows.batches(None, None, Reports())  # type: ignore[arg-type]
        first = await anext(batches)
        await batches.aclose()  # type: ignore[attr-defined]  # the store failed, so it is closed
        second = await anext(follows.batches(None, None, Reports()))  # type: ignore[arg-type]

    assert first.arrivals == second.arrivals
    assert fake.statuses == [200, 200]


async def test_after_a_restart_what_is_still_listed_is_confirmed_and_changes_are_edits() -> None:
    clock = ManualClock()
    async with FakeFeeds(rss(item(2), item(1, pubDate=""))).running() as fake:
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled(1)
        clock.advance(1000)
        fake.body = rss(item(2, title="Changed"), item(1, pubDate=""))
        async with Follow(source(fake, clock), clock, cursor=follow.cursor) as again:
            await again.settled(1)

    assert fake.statuses == [200, 200]
    changed, confirmed = sorted(again.arrivals, key=lambda one: one.kind)
    assert isinstance(changed, Edited)
    assert type(confirmed) is Posted
    undated = [one.post for one in follow.arrivals if isinstance(one, Posted)][-1]
    assert confirmed.post == undated


async def test_an_entry_that_loses_the_hashtag_is_told_of() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(1))).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
        fake.body = rss(item(1, tags=()))
        (lost,) = await follow.pass_by(PATIENT, 1)

    assert isinstance(lost, Edited)
    assert lost.post.hashtags == ()


# --- health ---------------------------------------------------------------------------------------


async def test_it_says_when_nothing_belongs_to_the_wall_or_makes_no_sense() -> None:
    clock = ManualClock()
    texts = [rss(item(1, tags=())), rss(), rss(item(1, tags=()), item(2, tags=()), "<item/>")]
    details = []
    async with FakeFeeds("").running() as fake:
        for text in texts:
            fake.body = text
            async with Follow(source(fake, clock), clock) as follow:
                await follow.settled(1)
                details.append(follow.health.detail.partition("min. ")[2])

    assert details == [
        "Its only entry does not name #pyfest26.",
        "It has no entries yet.",
        "None of its 3 entries names #pyfest26."
        " 1 entry has no address or nothing to show, and is left out.",
    ]


async def test_it_begins_by_saying_that_it_asks() -> None:
    clock = ManualClock()
    async with (
        FakeFeeds(rss(item(1))).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)

    assert follow.healths[0] == Health(Condition.STARTING, f"Asking {fake.server}.")
    assert follow.conditions() == [Condition.STARTING, Condition.LIVE]


async def test_a_secret_in_the_address_is_shown_nowhere() -> None:
    async def gone(request: Request) -> Response:
        return Response(status_code=410)

    clock = ManualClock()
    async with FakeFeeds(rss(item(1, guid="1"))).running() as fake:
        address = f"{fake.address}?token=secret"
        follows = source(fake, clock, address=address)
        async with Follow(follows, clock) as follow:
            await follow.settled(1)
            fake.fail(gone)
            clock.advance(PATIENT)
            error = await follow.failure()

    shown = [follows.name, str(error), *(health.detail for health in follow.healths)]
    shown += [json.dumps(one.model_dump(mode="json")) for one in follow.arrivals]
    assert fake.requests[0][0] == "/feed.xml?token=secret"
    assert not [text for text in shown if "secret" in text]


def test_its_name_is_its_address_and_tells_queries_apart() -> None:
    def name(address: str) -> str:
        return FeedSource(address, ("x",), clock=ManualClock(), rng=None).name  # type: ignore[arg-type]

    assert name("blog.example/feed.xml") == "feed:blog.example/feed.xml"
    assert name("https://Blog.example/feed.xml#x") == "feed:blog.example/feed.xml"
    assert name("https://x.example/f?a=1") != name("https://x.example/f?a=2")
    assert len(name("https://x.example/" + "f" * 1000)) <= 255


@pytest.mark.parametrize("address", ["", "http://", "ftp://x.example/f", "https://u:p@x.example/f"])
def test_what_is_no_web_address_is_the_operators_to_mend(address: str) -> None:
    with pytest.raises(UsageError, match="no feed's address"):
        feed_address(address)


# --- feeds of other programs, in their true shape -------------------------------------------------


async def test_the_tag_feed_of_a_mastodon_server_becomes_posts_with_authors_and_pictures() -> None:
    entry = (
        "<item><guid isPermaLink='true'>https://fedi.example/@ada/1159</guid>"
        "<link>https://fedi.example/@ada/1159</link><pubDate>Fri, 20 Nov 2026 08:01:00 +0000</pubDate>"
        "<description>&lt;p&gt;Hello &lt;a href=&quot;https://fedi.example/tags/PyFest26&quot; "
        "class=&quot;mention hashtag&quot; rel=&quot;tag&quot;&gt;#&lt;span&gt;PyFest26&lt;/span&gt;"
        "&lt;/a&gt;&lt;/p&gt;</description>"
        "<media:content url='https://files.fedi.example/m.png' type='image/png' medium='image'>"
        "<media:rating scheme='urn:simple'>adult</media:rating>"
        "<media:description type='plain'>Ada on stage</media:description></media:content>"
        "<category>pyfest26</category></item>"
    )
    feed = rss(entry, title="#pyfest26", more="<generator>Mastodon v4.7.3</generator>")
    post = await post_of_look(feed)
    assert post.body.text == "Hello #PyFest26"
    assert (post.author.handle, post.author.key) == (
        "ada@fedi.example",
        "https://fedi.example/@ada",
    )
    assert [(one.kind, one.alt) for one in post.media] == [("image", "Ada on stage")]
    assert post.sensitive
    assert post.url == "https://fedi.example/@ada/1159"


async def test_an_episode_of_a_podcast_brings_its_sound_and_its_picture() -> None:
    more = (
        "<enclosure url='https://cast.example/1.mp3' length='9' type='audio/mpeg'/>"
        "<itunes:image href='https://cast.example/1.jpg'/><itunes:explicit>false</itunes:explicit>"
    )
    post = await post_of_look(rss(item(1, more=more)))
    (sound,) = post.media
    assert (sound.kind, sound.url) == ("audio", "https://cast.example/1.mp3")
    assert sound.preview == "https://cast.example/1.jpg"
    assert not post.sensitive


async def post_of_look(text: str) -> Post:
    """The only post that one look brings."""
    clock = ManualClock()
    async with (
        FakeFeeds(text).running() as fake,
        Follow(source(fake, clock), clock) as follow,
    ):
        await follow.settled(1)
    (posted,) = follow.arrivals
    assert isinstance(posted, Posted)
    return posted.post
