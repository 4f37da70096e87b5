"""The duty to delete, on Mastodon: a full wall is looked at every minute, and who left takes everything along."""

import pytest

from app.domain.arrival import Arrival, AuthorGone, Deleted
from app.ports import KnownPost
from app.sources.mastodon.sweep import AUTHORS, ON_SCREEN
from tests.fake_mastodon import (
    FakeKnown,
    FakeMastodon,
    Follow,
    ManualClock,
    account,
    source,
    status,
)

pytestmark = pytest.mark.anyio

WINDOW = 500
MINUTE = 60.0
LIMIT = 60
"""Requests a minute that Mastodon grants: 300 in five (config/initializers/rack_attack.rb)."""


def full(fake: FakeMastodon) -> FakeKnown:
    """A wall that shows as much as a wall can, each post by somebody else."""
    posts = [
        status(number, by=account(f"person{number}", id=str(7000 + number)))
        for number in range(WINDOW)
    ]
    fake.post(*posts)
    known = FakeKnown()
    for one in posts:
        known.posts[one["uri"]] = KnownPost(one["uri"], fake.server, one["id"], True, 0)
    return known


def gone(arrivals: list[Arrival]) -> list[str | None]:
    return [one.key for one in arrivals if isinstance(one, Deleted)]


def left(arrivals: list[Arrival]) -> list[str]:
    return [one.author_key for one in arrivals if isinstance(one, AuthorGone)]


async def test_a_post_deleted_in_silence_leaves_a_full_wall_within_a_minute_and_the_limits() -> (
    None
):
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        known = full(fake)
        async with Follow(source(fake, clock), clock, known=known) as follow:
            await follow.settled()
            for _ in range(2):  # whenever it is deleted, and also in the long run
                await follow.pass_by(13)
                asked, before = len(fake.requests), clock.monotonic()
                victim = fake.posts[-1]
                fake.remove(victim["id"])
                while victim["uri"] not in gone(follow.arrivals):
                    await follow.pass_by(1)
                    assert clock.monotonic() - before <= MINUTE
                await follow.pass_by(MINUTE - (clock.monotonic() - before))
                assert len(fake.requests) - asked <= LIMIT


async def test_without_batches_what_is_on_the_screens_is_looked_at_every_minute() -> None:
    clock = ManualClock()
    async with FakeMastodon(batch=False).running() as fake:
        known = full(fake)
        async with Follow(source(fake, clock), clock, known=known) as follow:
            await follow.settled()
            await follow.pass_by(MINUTE)
            victim = fake.posts[ON_SCREEN - 1]
            fake.remove(victim["id"])
            assert victim["uri"] in gone(await follow.pass_by(MINUTE))


@pytest.mark.parametrize("code", [404, 410])
async def test_a_post_that_went_with_its_account_takes_all_of_the_account_along(code: int) -> None:
    clock = ManualClock()
    ada, bo = account("ada", id="71"), account("bo", id="72")
    async with FakeMastodon().running() as fake:
        fake.post(status(1, by=bo), status(2, by=ada), status(3, by=bo))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(MINUTE)
            fake.remove(status(2)["id"])
            fake.left["71"] = code
            news = await follow.pass_by(MINUTE)
    assert left(news) == [ada["uri"]]


async def test_a_post_that_its_author_deleted_is_only_that() -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number) for number in range(1, 4)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(MINUTE)
            fake.remove(status(2)["id"])
            news = await follow.pass_by(MINUTE)
    assert (set(gone(news)), left(news)) == ({status(2)["uri"]}, [])


@pytest.mark.parametrize(
    ("change", "goes"),
    [
        ({"suspended": True}, True),
        ({"suspended": False}, False),
        ({"moved": {"id": "99", "acct": "ada@new.example"}}, False),
        ({"limited": True}, False),
    ],
    ids=["suspended", "active", "moved", "limited"],
)
async def test_accounts_on_display_are_asked_for_now_and_then(
    change: dict[str, object], goes: bool
) -> None:
    clock = ManualClock()
    ada = account("ada", id="71")
    async with FakeMastodon().running() as fake:
        fake.post(status(1, by=ada))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(MINUTE)
            ada.update(change)
            news = await follow.pass_by(MINUTE)
    assert left(news) == ([ada["uri"]] if goes else [])


async def test_every_account_has_its_turn_a_few_a_minute() -> None:
    clock = ManualClock()
    people = [account(f"person{n}", id=str(700 + n)) for n in range(2 * AUTHORS)]
    async with FakeMastodon().running() as fake:
        fake.post(*(status(number, by=one) for number, one in enumerate(people)))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            counts = []
            for _ in range(3):
                before = len(fake.asked("/accounts/"))
                await follow.pass_by(MINUTE)
                counts.append(len(fake.asked("/accounts/")) - before)
            asked = {path for path, _ in fake.requests if "/accounts/" in path}
    assert max(counts) <= AUTHORS
    assert len(asked) == len(people)


@pytest.mark.parametrize("code", [401, 403, 405, 500])
async def test_a_server_that_does_not_tell_of_accounts_takes_nobody_away(code: int) -> None:
    clock = ManualClock()
    async with FakeMastodon().running() as fake:
        fake.post(status(1, by=account("ada", id="71")))
        fake.left["71"] = code
        async with Follow(source(fake, clock), clock) as follow:
            await follow.pass_by(MINUTE)
            assert left(await follow.pass_by(MINUTE)) == []
