"""Tries in a row: a few are free, then each pause is twice the last."""

from app.actions.quota import Brake
from tests.fakes import FakeClock


def brake(clock: FakeClock) -> Brake:
    return Brake(clock, free=5, most_s=60, forget_s=900)


def test_five_tries_are_free_then_each_pause_is_twice_the_last_up_to_the_longest() -> None:
    clock = FakeClock()
    tries, pauses = brake(clock), []
    for _ in range(14):
        pauses.append(tries.wait_s("mira"))
        clock.move(pauses[-1])
        tries.count("mira")
    assert pauses == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert tries.wait_s("tom") == 0


def test_many_tries_at_once_are_many() -> None:
    tries = brake(FakeClock())
    for _ in range(100):
        if not tries.wait_s("mira"):
            tries.count("mira")
    assert tries.wait_s("mira") == 1


def test_a_good_try_is_forgiven_and_whoever_is_known_starts_anew() -> None:
    tries = brake(FakeClock())
    for _ in range(6):
        tries.count("mira")
    tries.forgive("mira")
    assert tries.wait_s("mira") == 1
    tries.forgive("mira")
    assert tries.wait_s("mira") == 0
    tries.count("mira")
    tries.clear("mira")
    assert len(tries) == 0


def test_a_name_that_left_it_for_a_while_is_forgotten() -> None:
    clock = FakeClock()
    tries = brake(clock)
    for _ in range(20):
        tries.count("mira")
    clock.move(900)
    tries.count("tom")
    assert (len(tries), tries.wait_s("mira")) == (1, 0)
