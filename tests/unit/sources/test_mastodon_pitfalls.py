"""Known pitfalls of the network that no other file of these tests covers, and recorded answers."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.arrival import Deleted, Posted
from tests.fake_mastodon import (
    FakeMastodon,
    Follow,
    ManualClock,
    account,
    answers,
    source,
    status,
)

pytestmark = pytest.mark.anyio


async def arrived(*posts: dict[str, Any]) -> list[Posted]:
    """The posts as a source brings them."""
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*posts)
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
    return [one for one in follow.arrivals if isinstance(one, Posted)]


async def test_a_post_that_federates_late_and_has_an_old_id_is_found() -> None:
    """Its id is made of its creation time (mastodon/lib/mastodon/snowflake.rb), not of its arrival."""
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(0, 60, 2)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.posts.insert(20, status(19))
            news = await follow.pass_by(15)

    assert [one.post.key for one in news if isinstance(one, Posted)] == [status(19)["uri"]]


async def test_links_that_lose_the_query_are_not_followed() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(60)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()

    timelines = {path for path, _ in fake.requests if "/timelines/" in path}
    assert timelines == {"/api/v1/timelines/tag/pyfest26"}
    assert len(follow.arrivals) == 60


async def test_two_servers_name_one_post_differently_and_each_deletes_by_its_own_id() -> None:
    clock = ManualClock()
    ada = account("ada")
    copy = status(1, id="77", account=account("ada", acct="ada@fedi.example"))
    async with FakeMastodon().running() as home, FakeMastodon().running() as away:
        home.post(status(1, by=ada), status(2))
        away.post(copy, status(2, id="78"))
        async with (
            Follow(source(home, clock), clock) as here,
            Follow(source(away, clock), clock) as there,
        ):
            await here.settled(4)
            away.remove("77")
            clock.advance(15)
            await there.until(lambda one: isinstance(one.arrivals[-1], Deleted))

    first, second = here.arrivals[0], there.arrivals[0]
    assert isinstance(first, Posted)
    assert isinstance(second, Posted)
    assert first.post.key == second.post.key
    assert (first.local_id, second.local_id) == (status(1)["id"], "77")
    assert (first.origin, second.origin) == (True, False)
    gone = there.arrivals[-1]
    assert isinstance(gone, Deleted)
    assert (gone.server, gone.local_id, gone.key) == (away.server, "77", first.post.key)
    assert not [one for one in here.arrivals if isinstance(one, Deleted)]


async def test_fields_that_are_null_or_missing_stop_nothing() -> None:
    picture = {"id": "1", "type": "image", "url": None, "remote_url": None, "meta": None}
    card = {"url": "https://pyfest.example", "title": "Talks", "image": None, "html": None}
    bare = {key: status(3)[key] for key in ("id", "uri", "account", "tags")}

    posts = await arrived(
        status(1, url=None, media_attachments=[picture]), status(2, card=card), bare
    )

    keys = {one.post.key for one in posts}
    assert keys == {status(number)["uri"] for number in (1, 2, 3)}


@pytest.mark.parametrize(
    ("state", "shown"),
    [("accepted", True), ("pending", False), ("revoked", False), ("something_new", False)],
)
async def test_a_quote_is_shown_only_with_consent(state: str, *, shown: bool) -> None:
    quote = {"state": state, "quoted_status": status(1, tags=())}
    content = '<p class="quote-inline">RE: https://x.example</p><p>See this</p>'

    (posted,) = await arrived(status(2, quote=quote, content=content))

    assert (posted.post.quote is not None) is shown
    assert posted.post.body.text == "See this"


async def test_a_shallow_quote_is_no_quote() -> None:
    (posted,) = await arrived(status(2, quote={"state": "accepted", "quoted_status_id": "1"}))

    assert posted.post.quote is None


@pytest.mark.parametrize("name", [":pylogo:", "\u200f\u200f", "", ":pylogo: \u202eAda"])
async def test_a_name_of_emoji_or_marks_is_still_a_name(name: str) -> None:
    emoji = {"shortcode": "pylogo", "static_url": "https://files.fedi.example/e.png"}
    (posted,) = await arrived(status(1, by=account("ada", display_name=name, emojis=[emoji])))

    assert posted.post.author.name.text.strip("\u200f ")


async def test_a_huge_post_is_taken_and_cut() -> None:
    (posted,) = await arrived(status(1, content="<p>" + "word " * 20_000 + "</p>"))

    assert posted.post.body.text.endswith("…")
    assert len(posted.post.body.text) < 2000


async def test_pictures_are_not_taken_through_the_throttled_proxy() -> None:
    picture = {
        "id": "1",
        "type": "image",
        "url": "https://fedi.example/media_proxy/1/original",
        "remote_url": "https://files.other.example/1.jpg",
    }
    (posted,) = await arrived(status(1, media_attachments=[picture]))

    assert posted.post.media[0].url == "https://files.other.example/1.jpg"


RECORDED = (
    "get_timeline_hashtag_anonymous",
    "get_timeline_hashtag_default",
    "get_timeline_hashtag_instance",
)


@pytest.mark.parametrize("name", RECORDED)
async def test_recorded_answers_of_real_servers_become_arrivals(recorded: Path, name: str) -> None:
    exchange = json.loads((recorded / "mastodon" / "rtoot" / f"{name}.json").read_text())[0]
    body, headers = exchange["body"], exchange["headers"]
    dropped = ("content-type", "content-length")
    named = {key.replace("-", "_"): value for key, value in headers.items() if key not in dropped}
    clock = ManualClock(datetime(2025, 7, 17, 20, 3, tzinfo=UTC))
    async with FakeMastodon().running() as fake:
        # A page, and nothing behind it.
        fake.fail("/timelines/", answers(200, body, **named), answers(200, [], **named))
        async with Follow(source(fake, clock, "rstats"), clock) as follow:
            await follow.settled()

    posts = [one for one in follow.arrivals if isinstance(one, Posted)]
    assert {one.local_id for one in posts} == {one["id"] for one in body}
    assert {one.post.key for one in posts} == {one["uri"] for one in body}
    assert all("rstats" in one.post.hashtags and one.post.body.text for one in posts)
    assert fake.asked("/timelines/")[1]["max_id"] == body[-1]["id"]
