"""A source's runner: waits as it is asked, backs off, tells how it is, and never stops another."""

import asyncio
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrival import Batch
from app.errors import AccessError, BusyError, SourceError
from app.ingest.backoff import backoff_s
from app.ingest.runner import ASK_AGAIN_S, Feed, Runner
from app.ports import Condition, Health
from tests.factories import at, posted
from tests.fakes import FakeClock
from tests.unit.ingest.scripted_source import Life, Nothing, ScriptedSource

pytestmark = pytest.mark.anyio
ONE = Batch([posted(1)], "1")


class Bench:
    """A runner over a scripted source, what arrived, and how long it waited."""

    def __init__(self, lives: Sequence[Life]) -> None:
        self.arrived: list[Batch] = []
        self.clock = FakeClock()
        self.source = ScriptedSource(lives)
        feed = Feed(arrive=self._arrive, cursor=self._cursor, known=Nothing())
        self.runner = Runner("pyfest26", self.source, feed, self.clock, Random(7))
        self.source.state = self.runner.state

    @property
    def health(self) -> Health:
        return self.runner.state.health

    async def _arrive(self, batch: Batch) -> None:
        self.arrived.append(batch)

    async def _cursor(self) -> str | None:
        return self.arrived[-1].cursor if self.arrived else None


@given(st.integers(0, 10_000), st.integers(), st.floats(0.1, 10), st.floats(10, 1_000))
def test_a_wait_is_never_longer_than_its_bound(
    failures: int, seed: int, base_s: float, ceiling_s: float
) -> None:
    wait_s = backoff_s(failures, Random(seed), base_s=base_s, ceiling_s=ceiling_s)
    assert 0 <= wait_s <= min(ceiling_s, base_s * 2 ** min(failures, 30))


async def test_a_source_goes_on_at_its_cursor_after_a_fault() -> None:
    bench = Bench([[ONE, SourceError("fedi.example is away.")], [ONE]])
    await bench.source.played(bench.runner)
    assert bench.arrived == [ONE, ONE]
    assert bench.source.cursors[:2] == [None, "1"]
    assert bench.runner.state.last_arrival_at is not None


async def test_a_busy_server_is_waited_for_as_long_as_it_asks_and_a_random_while_more() -> None:
    seen: list[Health] = []
    bench = Bench(
        [[BusyError("Too many.", retry_after_s=77)], lambda: seen.append(bench.health), [ONE]]
    )
    await bench.source.played(bench.runner)
    assert seen[0].condition is Condition.WAITING
    assert seen[0].until is not None
    assert at(77) <= seen[0].until <= at(78)
    assert bench.runner.state.last_arrival_at == seen[0].until


async def test_errors_in_a_row_are_counted_until_something_comes() -> None:
    seen: list[int] = []
    away = SourceError("fedi.example is away.")
    bench = Bench([[away], [away], lambda: seen.append(bench.runner.state.failures), [ONE]])
    await bench.source.played(bench.runner)
    assert [*seen, bench.runner.state.failures] == [2, 0]


async def test_a_refused_source_says_so_and_asks_again_later() -> None:
    seen: list[Health] = []
    refused = AccessError("fedi.example wants a token.", hint="Name one.")
    bench = Bench([[refused], lambda: seen.append(bench.health), [ONE]])
    await bench.source.played(bench.runner)
    assert (seen[0].condition, seen[0].detail) == (
        Condition.REFUSED,
        "fedi.example wants a token. Name one.",
    )
    assert bench.runner.state.last_arrival_at == at(ASK_AGAIN_S)


async def test_an_unexpected_fault_is_tried_again_and_told_without_its_details() -> None:
    seen: list[Health] = []
    bench = Bench([[ZeroDivisionError("secret")], lambda: seen.append(bench.health), [ONE]])
    await bench.source.played(bench.runner)
    assert seen[0].condition is Condition.DOWN
    assert "secret" not in seen[0].detail
    assert bench.arrived == [ONE]


async def test_a_source_that_tries_again_is_still_down_until_it_brings_something() -> None:
    live = Health(Condition.LIVE)
    down = SourceError("Away.")
    bench = Bench([[down], [down], [ONE, live]])
    await asyncio.wait_for(bench.source.played(bench.runner), 10)
    assert bench.arrived == [ONE]


async def test_a_bad_source_never_stops_another() -> None:
    bad = Bench([[ZeroDivisionError()] for _ in range(20)])
    good = Bench([[ONE] for _ in range(20)])
    await asyncio.gather(bad.source.played(bad.runner), good.source.played(good.runner))
    assert len(good.arrived) == 20
