"""When traces are removed: soon, never too often, again while somebody reads, and at the end."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from app.actions.arrivals import arrive
from app.actions.erasing import LOOK_S, REST_RATIO, REST_S, RETRY_S, SWEEP_S, Eraser, Needed
from app.domain.arrival import Arrival, AuthorGone, Batch
from app.errors import StoreError
from app.storage.store import Store
from tests.factories import HOME, WALL, at, author, deleted, post, posted, reposted, unreposted
from tests.fakes import House, house

pytestmark = pytest.mark.anyio


class Scrubbed(Store):
    """A store that tells when it was scrubbed, takes as long as it is told, and fails when it is told."""

    times: list[float]
    house: House
    took_s = 0.0
    outcome: bool | StoreError = True

    async def scrub(self) -> bool:
        self.times.append(self.house.clock.monotonic())
        self.house.clock.move(self.took_s)
        if isinstance(self.outcome, StoreError):
            raise self.outcome
        return self.outcome and await super().scrub()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        made.store.__class__ = Scrubbed
        made.store.times, made.store.house = [], made  # type: ignore[attr-defined]
        yield made


@pytest.fixture
def store(home: House) -> Scrubbed:
    assert isinstance(home.store, Scrubbed)
    return home.store


@pytest.fixture
def swept() -> list[float]:
    return []


@pytest.fixture
def eraser(home: House, swept: list[float]) -> Eraser:
    async def sweep(needed: Needed) -> int:
        swept.append(home.clock.monotonic())
        return 0

    return Eraser(home.store, home.clock, sweep)


async def enter(home: House, *said: Arrival) -> None:
    await arrive(home.context, WALL.slug, "test", Batch(said))


async def pass_time(home: House, eraser: Eraser, seconds: float) -> None:
    """Look as `run` does."""
    end = home.clock.monotonic() + seconds
    while home.clock.monotonic() < end:
        await eraser.look()
        home.clock.move(LOOK_S)


async def marks(home: House) -> Sequence[object]:
    async with home.store.read() as reading:
        return await reading.erased()


@pytest.mark.parametrize(
    "said",
    [
        [deleted(1)],
        [AuthorGone(server=HOME, seen_at=at(200), author_key=author().key)],
        [posted(post(1, text="another text", edited_at=at(150)), seen=150)],
        [posted(post(1, hashtags=("other",), edited_at=at(150)), seen=150)],
        [posted(post(1, visibility="private", edited_at=at(150)), seen=150)],
        [unreposted(1, "bo", seen=170)],
    ],
    ids=["deleted", "author", "edited", "tag", "private", "repost"],
)
async def test_what_takes_words_or_names_away_asks_for_a_scrub(
    home: House, said: list[Arrival]
) -> None:
    await enter(home, posted(1), posted(2), reposted(1, "bo"))
    assert not await marks(home)
    await enter(home, *said)
    assert await marks(home)


async def test_news_and_counts_ask_for_none(home: House) -> None:
    await enter(home, posted(1))
    await enter(home, posted(1, seen=150), reposted(1, "bo"), posted(2), deleted(77))
    assert not await marks(home)


async def test_a_scrub_comes_soon_and_is_done_once(
    home: House, store: Scrubbed, eraser: Eraser
) -> None:
    await enter(home, posted(1), deleted(2))
    await pass_time(home, eraser, 30)
    assert store.times == []
    await enter(home, deleted(1))
    await pass_time(home, eraser, 30)
    assert store.times == [30]
    assert not await marks(home)


async def test_scrubs_take_a_hundredth_of_the_time_at_most(
    home: House, store: Scrubbed, eraser: Eraser
) -> None:
    await enter(home, *(posted(n) for n in range(1, 9)))
    for number in (1, 2):
        await enter(home, deleted(number))
        await pass_time(home, eraser, REST_S / 2)
    assert store.times == [0]
    store.took_s = 0.4
    await pass_time(home, eraser, REST_S)
    await enter(home, deleted(3))
    await pass_time(home, eraser, 0.4 * REST_RATIO + LOOK_S)
    assert store.times == [0, REST_S, pytest.approx(REST_S + 0.4 * REST_RATIO, abs=LOOK_S)]


async def test_a_scrub_that_met_a_reader_is_tried_again(
    home: House, store: Scrubbed, eraser: Eraser
) -> None:
    await enter(home, posted(1))
    await enter(home, deleted(1))
    store.outcome = False
    await pass_time(home, eraser, RETRY_S)
    assert await marks(home)
    store.outcome = True
    await pass_time(home, eraser, RETRY_S)
    assert (store.times, await marks(home)) == ([0, RETRY_S], [])


async def test_what_was_erased_during_a_scrub_is_scrubbed_too(home: House, store: Scrubbed) -> None:
    await enter(home, posted(1), posted(2))
    await enter(home, deleted(1))
    before = await marks(home)
    await enter(home, deleted(2))
    async with home.store.write() as tx:
        await tx.unmark_erased(before)  # type: ignore[arg-type]
    assert await marks(home)


async def test_pictures_are_swept_at_the_start_after_an_erasure_and_every_minute(
    home: House, eraser: Eraser, swept: list[float]
) -> None:
    await enter(home, posted(1))
    await pass_time(home, eraser, 5)
    await enter(home, deleted(1))
    await pass_time(home, eraser, SWEEP_S + 5)
    assert swept == [0, 5, 5 + SWEEP_S]


async def test_the_end_of_the_service_waits_for_no_turn_and_for_no_store_that_fails(
    home: House, store: Scrubbed, eraser: Eraser
) -> None:
    await enter(home, posted(1), posted(2))
    await enter(home, deleted(1))
    await eraser.look()
    await enter(home, deleted(2))
    store.outcome = StoreError("The disk is full.")
    await eraser.finish()
    assert await marks(home)
    store.outcome = True
    await eraser.finish()
    assert not await marks(home)
