"""A source's vitals: what it says, and what its silence says."""

import asyncio
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from app.ingest.vitals import GRACE_S, LOOK_S, START_S, Vitals, watch
from app.ports import Condition, Health
from tests.fake_mastodon import ManualClock, turns

pytestmark = pytest.mark.anyio
LIVE = Health(Condition.LIVE, "fedi.example is read every 12 s.")


def vitals(clock: ManualClock) -> Vitals:
    made = Vitals("pyfest26", "mastodon:fedi.example", clock)
    made.begin()
    return made


def metric(name: str, **labels: str) -> float | None:
    own = {"wall": "pyfest26", "source": "mastodon:fedi.example"}
    return REGISTRY.get_sample_value(name, own | labels)


def test_a_silent_source_says_so_with_the_seconds_and_is_live_when_it_is_heard_again() -> None:
    clock = ManualClock()
    one = vitals(clock)
    one(LIVE)
    one.alive(25)
    clock.advance(25 + GRACE_S)
    one.look()
    assert one.state.health == Health(Condition.STALE, "Nothing heard from fedi.example for 55 s.")
    assert one.state.since == clock.now()
    one.alive(15)
    assert one.state.health == LIVE


@settings(max_examples=60)
@given(st.floats(0, 4_000), st.floats(0, 60))
def test_whoever_is_silent_is_shown_so_within_a_minute_of_the_time_it_was_due(
    promised_s: float, past_s: float
) -> None:
    clock = ManualClock()
    one = vitals(clock)
    one(LIVE)
    one.alive(promised_s)
    due_s = max(promised_s, START_S)
    clock.advance(due_s + past_s)
    one.look()
    if past_s < GRACE_S - 1e-6:
        assert one.state.health.condition is Condition.LIVE
    elif past_s > GRACE_S + 1e-6:
        assert one.state.health.condition is Condition.STALE
    assert GRACE_S + LOOK_S < 60


def test_a_run_that_never_gives_a_sign_is_silent_too() -> None:
    clock = ManualClock()
    one = vitals(clock)
    one(LIVE)
    clock.advance(START_S + GRACE_S)
    one.look()
    assert one.state.health.detail == "Nothing heard from fedi.example yet."


def test_a_source_that_waits_as_it_was_asked_is_not_silent() -> None:
    clock = ManualClock()
    one = vitals(clock)
    until = clock.now().replace(hour=clock.now().hour + 1)
    one(Health(Condition.WAITING, "fedi.example asks to wait.", until))
    clock.advance(3_600)
    one.look()
    assert one.state.health.condition is Condition.WAITING
    one(LIVE)
    assert one.state.health.condition is Condition.LIVE


def test_what_is_wrong_is_not_hidden_behind_silence() -> None:
    clock = ManualClock()
    one = vitals(clock)
    down = Health(Condition.DOWN, "fedi.example refuses connections.")
    one.failed(down, "unreachable")
    clock.advance(900)
    one.look()
    one(Health(Condition.STARTING, "Asking fedi.example."))
    assert one.state.health == down


def test_who_promises_nothing_for_ever_is_never_silent() -> None:
    clock = ManualClock()
    one = vitals(clock)
    one(LIVE)
    one.alive(math.inf)
    clock.advance(1e6)
    one.look()
    assert one.state.health == LIVE


def test_metrics_tell_the_condition_the_last_sign_and_the_failures() -> None:
    clock = ManualClock()
    one = vitals(clock)
    one(LIVE)
    one.alive(12)
    assert metric("hallway_source_condition", condition="live") == 1
    assert metric("hallway_source_heard_timestamp_seconds") == clock.now().timestamp()
    before = metric("hallway_source_faults_total", kind="busy") or 0
    one.failed(Health(Condition.WAITING, "Too many.", clock.now()), "busy")
    assert metric("hallway_source_condition", condition="live") == 0
    assert metric("hallway_source_condition", condition="waiting") == 1
    assert metric("hallway_source_faults_total", kind="busy") == before + 1
    assert metric("hallway_source_failures") == 1
    one.arrived(3)
    assert metric("hallway_source_failures") == 0


async def test_the_watch_notices_without_being_told() -> None:
    clock = ManualClock()
    one = vitals(clock)
    one(LIVE)
    one.alive(10)
    watching = asyncio.create_task(watch([one], clock))
    await clock.asleep(1)
    while clock.monotonic() < 10 + 60:
        clock.advance(LOOK_S)
        await turns(3)
    watching.cancel()
    assert one.state.health.condition is Condition.STALE
    assert one.state.since is not None
    assert (one.state.since - clock.now()).total_seconds() <= 0
