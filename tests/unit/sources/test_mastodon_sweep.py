"""The sweep: what is on display is confirmed, withdrawn, and credited to those who passed it on."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.arrival import Deleted, Edited, Posted, Reposted, Unreposted
from app.ports import KnownPost
from app.sources.mastodon.api import BOOSTER_PAGES, BOOSTERS
from app.sources.mastodon.sweep import NAMES, SINGLES
from tests.fake_mastodon import (
    START,
    FakeKnown,
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


def holding(fake: FakeMastodon, *posts: dict[str, Any]) -> FakeKnown:
    """A wall that held these posts before a restart."""
    known = FakeKnown()
    for post in posts:
        known.posts[post["uri"]] = KnownPost(post["uri"], fake.server, post["id"], True, 0)
    return known


async def test_after_a_restart_the_sweep_comes_before_the_first_poll() -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(30)]
    async with FakeMastodon().running() as fake:
        fake.post(*posts)
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            await follow.settled()

    paths = [path for path, _ in fake.requests if "instance" not in path]
    assert paths == ["/api/v1/statuses", "/api/v1/statuses", "/api/v1/timelines/tag/pyfest26"]
    assert {one.post.key for one in follow.arrivals if isinstance(one, Posted)} == {
        post["uri"] for post in posts
    }


async def test_no_request_asks_for_more_than_20_posts() -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(45)]
    async with FakeMastodon().running() as fake:
        fake.post(*posts)
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            await follow.settled()

    batches = [query for path, query in fake.requests if path == "/api/v1/statuses"]
    assert [len(query) for query in batches] == [20, 20, 5]


async def test_a_post_deleted_while_we_were_away_is_withdrawn() -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(5)]
    async with FakeMastodon().running() as fake:
        fake.post(*posts)
        fake.remove(posts[2]["id"])
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            await follow.settled()

    deletes = [one for one in follow.arrivals if isinstance(one, Deleted)]
    assert [(one.key, one.local_id, one.origin) for one in deletes] == [
        (posts[2]["uri"], posts[2]["id"], True)
    ]


async def test_a_post_far_below_the_page_is_withdrawn_within_a_minute() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(80)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.remove(status(3)["id"])
            news = await follow.pass_by(61)

    assert [one.key for one in news if isinstance(one, Deleted)] == [status(3)["uri"]]


async def test_missing_from_a_batch_alone_is_no_delete() -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(3)]
    async with FakeMastodon().running() as fake:
        fake.post(*posts)
        fake.fail("/api/v1/statuses", answers(200, [posts[0], posts[2]]))
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            await follow.settled()

    assert not [one for one in follow.arrivals if isinstance(one, Deleted)]
    assert len(follow.arrivals) == 3


@pytest.mark.parametrize(
    "nonsense",
    [
        answers(404),
        answers(405),
        answers(200, {"statuses": []}),
        answers(500),
        answers(422),
        says("<p>hi</p>", "text/html"),
    ],
)
async def test_servers_without_batches_are_asked_one_by_one(nonsense: Any) -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(4)]
    async with FakeMastodon().running() as fake:
        fake.post(*posts)
        fake.remove(posts[1]["id"])
        fake.fail("/api/v1/statuses", nonsense)
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            await follow.settled()

    singles = [path for path, _ in fake.requests if path.startswith("/api/v1/statuses/")]
    assert len(singles) == 4
    assert [type(one) for one in follow.arrivals].count(Deleted) == 1
    assert [type(one) for one in follow.arrivals].count(Posted) == 3


async def test_a_batch_that_is_always_empty_is_not_believed() -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(4)]
    async with FakeMastodon().running() as fake:
        fake.post(*posts)
        fake.fail("/api/v1/statuses", answers(200, []))
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            await follow.settled()
            fake.requests.clear()
            await follow.pass_by(61)

    assert not [one for one in follow.arrivals if isinstance(one, Deleted)]
    assert "/api/v1/statuses" not in [path for path, _ in fake.requests]


@pytest.mark.slow
async def test_single_questions_are_spread_over_the_minutes_and_reach_every_post() -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(70)]
    async with FakeMastodon(batch=False).running() as fake:
        fake.post(*posts)
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            asked = []
            for _ in range(3):
                await follow.settled()
                singles = [path for path, _ in fake.requests if "/statuses/" in path]
                asked.append(len(singles))
                clock.advance(61)
            await follow.settled()

    assert asked == [SINGLES, 2 * SINGLES, 3 * SINGLES]
    assert len({path for path, _ in fake.requests if "/statuses/" in path}) == 70


async def test_the_servers_limits_slow_the_single_questions_down() -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(20)]
    limits = {
        "x-ratelimit-limit": "300",
        "x-ratelimit-remaining": "10",
        "x-ratelimit-reset": (START + timedelta(seconds=200)).isoformat(),
    }
    async with FakeMastodon(batch=False, headers=limits).running() as fake:
        fake.post(*posts)
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            await clock.asleep(1)
            waiting, asked = follow.health, len(fake.requests)

    assert asked == 1
    assert clock.slept == [20]
    assert waiting.until == START + timedelta(seconds=20)


async def test_ids_that_change_their_case_are_the_same_post() -> None:
    clock = ManualClock()
    held = status(1, id="01jd9zk7ab")
    async with FakeMastodon().running() as fake:
        fake.fail("/api/v1/statuses", answers(200, [status(1, id="01JD9ZK7AB", account=None)]))
        async with Follow(source(fake, clock), clock, known=holding(fake, held)) as follow:
            await follow.settled()

    assert follow.arrivals == []
    assert not [path for path, _ in fake.requests if path.startswith("/api/v1/statuses/")]


async def test_a_refusal_to_show_one_post_is_no_delete() -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(2)]
    async with FakeMastodon().running() as fake:
        fake.post(posts[0])
        fake.fail("/statuses/1159", answers(403))
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            await follow.settled()

    assert not [one for one in follow.arrivals if isinstance(one, Deleted)]


async def test_counts_that_changed_below_the_page_are_said() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(80)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.change(status(2)["id"], favourites_count=7)
            news = await follow.pass_by(61)

    assert [one.post.counts.likes for one in news if isinstance(one, Posted)] == [7]


async def test_a_post_that_lost_its_hashtag_below_the_page_is_told_as_it_is() -> None:
    clock = ManualClock()
    posts = [status(number) for number in range(3)]
    async with FakeMastodon().running() as fake:
        fake.post(posts[0], status(1, tags=("cats",)), posts[2])
        async with Follow(source(fake, clock), clock, known=holding(fake, *posts)) as follow:
            await follow.settled()

    changed = [one for one in follow.arrivals if isinstance(one, Edited)]
    assert [one.post.hashtags for one in changed] == [("cats",)]


async def test_who_passed_a_post_on_is_named_without_machines() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(1))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            fake.boosters[status(1)["id"]] = [
                account("bo", "other.example"),
                account("pyfest26", "tags.example", bot=True),
                account("crowd", "other.example", group=True),
                {"nonsense": True},
            ]
            fake.change(status(1)["id"], reblogs_count=3)
            await follow.pass_by(61)
            again = await follow.pass_by(61)

    reposts = [one for one in follow.arrivals if isinstance(one, Reposted)]
    assert [one.by.handle for one in reposts] == ["bo@other.example"]
    assert fake.asked("/reblogged_by") == [{"limit": "80"}]
    assert again == []


async def test_who_takes_a_repost_back_is_told() -> None:
    clock = ManualClock()
    bo, cy = account("bo"), account("cy")
    async with FakeMastodon().running() as fake:
        fake.post(status(1, reblogs_count=2))
        fake.boosters[status(1)["id"]] = [bo, cy]
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(61)
            fake.boosters[status(1)["id"]] = [cy]
            fake.change(status(1)["id"], reblogs_count=1)
            news = await follow.pass_by(61)

    assert [one.author_key for one in news if isinstance(one, Unreposted)] == [bo["uri"]]


async def test_a_list_that_is_not_whole_takes_nobodys_repost_back() -> None:
    clock = ManualClock()
    crowd = [account(f"user{number}") for number in range(100)]
    async with FakeMastodon(links=False).running() as fake:
        fake.post(status(1, reblogs_count=80))
        fake.boosters[status(1)["id"]] = crowd[:80]
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(61)
            fake.boosters[status(1)["id"]] = crowd[20:]
            fake.change(status(1)["id"], reblogs_count=100)
            news = await follow.pass_by(61)

    assert not [one for one in news if isinstance(one, Unreposted)]
    assert len([one for one in news if isinstance(one, Reposted)]) == 20


async def test_a_long_list_is_read_on_so_that_the_first_is_named_and_who_leaves_is_told() -> None:
    clock = ManualClock()
    crowd = [account(f"user{number}") for number in range(200)]
    async with FakeMastodon().running() as fake:
        fake.post(status(1, reblogs_count=200))
        fake.boosters[status(1)["id"]] = crowd
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(61)
            reposts = [one for one in follow.arrivals if isinstance(one, Reposted)]
            fake.boosters[status(1)["id"]] = crowd[:-1]
            fake.change(status(1)["id"], reblogs_count=199)
            news = await follow.pass_by(61)

    assert len(reposts) == 200
    assert min(reposts, key=lambda one: one.seen_at).by.key == crowd[-1]["uri"]
    assert [one.author_key for one in news if isinstance(one, Unreposted)] == [crowd[-1]["uri"]]
    asked = fake.asked("/reblogged_by")[:3]
    assert [query.get("max_id") for query in asked] == [None, "120", "40"]


async def test_a_list_beyond_the_pages_that_are_read_takes_nobodys_repost_back() -> None:
    clock = ManualClock()
    crowd = [account(f"user{number}") for number in range(BOOSTERS * BOOSTER_PAGES + 20)]
    async with FakeMastodon().running() as fake:
        fake.post(status(1, reblogs_count=420))
        fake.boosters[status(1)["id"]] = crowd
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(61)
            fake.boosters[status(1)["id"]] = crowd[10:]
            fake.change(status(1)["id"], reblogs_count=410)
            news = await follow.pass_by(61)

    assert len(fake.asked("/reblogged_by")) == 2 * BOOSTER_PAGES
    assert not [one for one in news if isinstance(one, Unreposted)]
    assert len([one for one in news if isinstance(one, Reposted)]) == 10


async def test_a_page_that_cannot_be_read_leaves_the_list_unfinished() -> None:
    clock = ManualClock()
    crowd = [account(f"user{number}") for number in range(100)]
    async with FakeMastodon().running() as fake:
        fake.post(status(1, reblogs_count=100))
        fake.boosters[status(1)["id"]] = crowd
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(61)
            fake.fail("/reblogged_by", fake.answer, answers(500))
            fake.change(status(1)["id"], reblogs_count=101)
            news = await follow.pass_by(61)

    assert len(fake.asked("/reblogged_by")) == 4
    assert not [one for one in news if isinstance(one, Unreposted)]


async def test_who_wants_no_name_any_more_is_named_no_more() -> None:
    clock = ManualClock()
    bo, cy = account("bo"), account("cy")
    async with FakeMastodon().running() as fake:
        fake.post(status(1, reblogs_count=1))
        fake.boosters[status(1)["id"]] = [bo]
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(61)
            fake.boosters[status(1)["id"]] = [cy, bo | {"note": "<p>#nowall</p>"}]
            fake.change(status(1)["id"], reblogs_count=2)
            news = await follow.pass_by(61)

    assert [one.author_key for one in news if isinstance(one, Unreposted)] == [bo["uri"]]


async def test_names_are_asked_for_a_few_posts_a_minute() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number, reblogs_count=1) for number in range(15)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(61)
            first = len(fake.asked("/reblogged_by"))
            await follow.pass_by(61)
            await follow.pass_by(61)

    assert first == NAMES
    assert len(fake.asked("/reblogged_by")) == 15


async def test_boosters_that_cannot_be_read_stop_nothing() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(1, reblogs_count=1))
        fake.fail("/reblogged_by", answers(500))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(61)
            fake.post(status(2))
            assert len(await follow.pass_by(15)) == 1
