"""The duty to delete, on Bluesky: a full wall is looked at every minute, and an account takes everything along."""

import pytest

from app.domain.arrival import AuthorGone, Deleted, Reposted
from app.ports import KnownPost
from app.sources.bluesky.parse import SERVER
from tests.fake_bluesky import did, key, view
from tests.fake_mastodon import FakeKnown
from tests.unit.sources.test_bluesky import following, kinds, said, step

pytestmark = pytest.mark.anyio

WINDOW = 500
LIMIT = 600
"""Requests a minute that an address may make: 3,000 in five minutes (docs.bsky.app, rate limits)."""


def stored(number: int, name: str = "ada") -> KnownPost:
    return KnownPost(key(number, name), SERVER, key(number, name), True, 0)


async def test_a_post_deleted_in_silence_leaves_a_full_wall_within_a_minute_and_the_limits() -> (
    None
):
    known = FakeKnown()
    known.posts = {key(n): stored(n) for n in range(1, WINDOW + 1)}
    async with following(known=known) as (fake, follow):
        fake.index(*(view(n) for n in range(1, WINDOW + 1)))
        await step(follow, lambda one: len(one.arrivals) >= WINDOW, seconds=5)
        del fake.posts[key(7)]
        at, asked = follow.clock.monotonic(), len(fake.asked("getPosts"))
        await step(follow, lambda one: key(7) in {d.key for d in kinds(one, Deleted)}, 5)
        assert follow.clock.monotonic() - at <= 60
        assert len(fake.asked("getPosts")) - asked <= LIMIT / 10


async def test_an_account_that_only_passed_posts_on_takes_its_name_along() -> None:
    async with following() as (fake, follow):
        await said(fake, follow, 1)
        await fake.repost("bo", key(1))
        await step(follow, lambda one: kinds(one, Reposted))
        await fake.account("bo", "takendown")
        await follow.until(lambda one: kinds(one, AuthorGone))
        assert kinds(follow, AuthorGone)[0].author_key == did("bo")


async def test_an_account_with_nothing_on_display_takes_what_is_stored_along() -> None:
    known = FakeKnown()
    known.aside = {key(n, "cy"): stored(n, "cy") for n in (8, 9)}
    async with following(known=known) as (fake, follow):
        await fake.account("cy", "deleted")
        await follow.until(lambda one: kinds(one, AuthorGone))
        assert kinds(follow, AuthorGone)[0].author_key == did("cy")
