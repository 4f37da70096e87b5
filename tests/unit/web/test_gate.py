"""Who sends too much through the form is told when to come again, and nothing is remembered for longer."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions.quota import Quota
from app.errors import TooManyError
from app.web.gate import AN_HOUR, EVERY_S, LARGE_AT_ONCE, PER_ADDRESS, Gate, in_words
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 7)), max_size=40),
)
def test_no_stretch_of_time_holds_more_than_the_quota(
    limit: int, steps: list[tuple[str, int]]
) -> None:
    clock = FakeClock()
    quota = Quota(limit, 10, clock)
    done: dict[str, list[float]] = {"a": [], "b": []}
    for name, pause in steps:
        clock.move(pause)
        now = clock.monotonic()
        lately = [t for t in done[name] if t > now - 10]
        assert (quota.wait_s(name) > 0) == (len(lately) >= limit)
        if not quota.wait_s(name):
            quota.count(name)
            done[name].append(now)
    clock.move(10)
    quota.wait_s("a")
    assert len(quota) == 0


def test_a_browser_sends_one_in_twenty_seconds_and_ten_an_hour() -> None:
    clock = FakeClock()
    gate = Gate(clock)
    gate.count("ada")
    clock.move(6)
    with pytest.raises(TooManyError, match="again in 14 seconds") as caught:
        gate.count("ada")
    assert caught.value.retry_after_s == 14
    for _ in range(AN_HOUR - 1):
        clock.move(EVERY_S)
        gate.count("ada")
    clock.move(EVERY_S)
    with pytest.raises(TooManyError, match=r"10 posts an hour\. Send yours again in 57 minutes"):
        gate.count("ada")
    gate.count("bo")


def test_a_whole_hall_may_send_from_one_address_but_not_without_end() -> None:
    gate = Gate(FakeClock())
    for _ in range(PER_ADDRESS):
        gate.knock("192.0.2.7")
        gate.knock("")
    with pytest.raises(TooManyError, match="again in 10 minutes"):
        gate.knock("192.0.2.7")
    gate.knock("192.0.2.8")
    gate.knock("")


def test_few_large_bodies_are_in_memory_at_once() -> None:
    gate = Gate(FakeClock())
    rooms = [gate.room_for(size) for size in ("", "9999999", "nonsense", "-1") * 3]
    for room in rooms[:LARGE_AT_ONCE]:
        room.__enter__()
    with pytest.raises(TooManyError), gate.room_for("9999999"):
        pass
    with gate.room_for("900"):
        pass
    rooms[0].__exit__(None, None, None)
    with gate.room_for("9999999"):
        pass


async def test_one_post_is_taken_in_one_turn_at_a_time() -> None:
    gate = Gate(FakeClock())
    inside: list[int] = []

    async def one() -> None:
        async with gate.turn("key"):
            inside.append(1)
            assert len(inside) == 1
            await asyncio.sleep(0)
            inside.pop()

    await asyncio.gather(*(one() for _ in range(5)))


def test_waits_are_told_as_people_say_them() -> None:
    assert [in_words(s) for s in (0.2, 14, 90, 91, 600)] == [
        "1 second",
        "14 seconds",
        "90 seconds",
        "2 minutes",
        "10 minutes",
    ]
