"""What every source promises the runner: batches, going on after a fault, and leaving no trace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
import pytest

from app.domain.arrival import Batch, Posted
from app.errors import SourceError
from app.ports import Condition, Health
from tests.contracts.source_stages import CAN_FAIL, FACTORIES, Stage
from tests.fake_mastodon import PATIENCE_S, FakeKnown
from tests.fakes import Reports

pytestmark = pytest.mark.anyio


@pytest.fixture(params=FACTORIES)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with FACTORIES[request.param]() as made:
        yield made


def network(stage: Stage) -> str:
    """What the tasks of a source are named after."""
    return stage.source.name.partition(":")[0] + ":"


class Reading:
    """One run of a source, with what it reported."""

    def __init__(
        self, stage: Stage, cursor: str | None = None, known: FakeKnown | None = None
    ) -> None:
        self.known = known or FakeKnown()
        self.reports = Reports()
        self.batches = stage.source.batches(cursor, self.known, self.reports)

    @property
    def healths(self) -> list[Health]:
        return self.reports.healths

    async def next(self) -> Batch:
        with anyio.fail_after(PATIENCE_S):
            batch = await anext(self.batches)
        self.known.take(batch.arrivals)
        return batch

    async def news(self) -> Batch:
        """The next batch that says anything: X also has to write down what it is about to spend."""
        while not (batch := await self.next()).arrivals:
            pass
        return batch

    async def drain(self) -> None:
        while True:
            await self.next()

    async def close(self) -> None:
        await self.batches.aclose()  # type: ignore[attr-defined]  # a generator


async def test_it_brings_batches_and_a_cursor_with_them(stage: Stage) -> None:
    reading = Reading(stage)
    batch = await reading.news()
    await reading.close()

    assert isinstance(batch, Batch)
    assert [one.post.body.text for one in batch.arrivals if isinstance(one, Posted)]
    assert batch.cursor is None or isinstance(batch.cursor, str)


async def test_it_goes_on_bringing_what_is_new(stage: Stage) -> None:
    reading = Reading(stage)
    first = await reading.news()
    await stage.more()
    second = await reading.news()
    await reading.close()

    assert first.arrivals
    assert second.arrivals
    assert first.arrivals[0] != second.arrivals[0]


async def test_it_reports_how_it_is(stage: Stage) -> None:
    reading = Reading(stage)
    await reading.news()
    await stage.more()
    await reading.news()
    await reading.close()

    assert reading.healths
    assert reading.healths[-1].condition is Condition.LIVE
    assert all(health.detail for health in reading.healths)


async def test_it_says_when_it_will_be_heard_of_again(stage: Stage) -> None:
    reading = Reading(stage)
    await reading.news()
    await stage.more()
    await reading.news()
    await reading.close()

    assert max(reading.reports.promises) > 0


@pytest.mark.parametrize("stage", CAN_FAIL, indirect=True)
async def test_after_a_fault_it_goes_on_from_its_cursor(stage: Stage) -> None:
    assert stage.fail is not None
    reading = Reading(stage)
    cursor = (await reading.news()).cursor
    await stage.fail()
    with pytest.raises(SourceError):
        await reading.drain()
    again = Reading(stage, cursor, reading.known)
    await again.next()
    await stage.more()
    while len(again.known.posts) < 2:
        await again.next()
    await again.close()


async def test_closing_it_leaves_no_task(stage: Stage) -> None:
    before = asyncio.all_tasks()
    reading = Reading(stage)
    await reading.next()
    await stage.more()
    await reading.close()

    assert not [task for task in asyncio.all_tasks() - before if network(stage) in task.get_name()]


async def test_cancelling_its_reader_leaves_no_task(stage: Stage) -> None:
    async def read() -> None:
        reading = Reading(stage)
        try:
            await reading.drain()
        finally:
            await reading.close()

    before = asyncio.all_tasks()
    reader = asyncio.create_task(read())
    await stage.more()
    reader.cancel()
    with anyio.fail_after(PATIENCE_S), suppress(asyncio.CancelledError):
        await reader

    assert not [task for task in asyncio.all_tasks() - before if network(stage) in task.get_name()]


async def test_its_name_is_stable_and_names_the_network(stage: Stage) -> None:
    network, _, place = stage.source.name.partition(":")

    assert network
    assert place
    assert isinstance(stage.source.rechecks, bool)
