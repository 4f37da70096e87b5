"""The doors: how many are let in, altogether and from one address, and that nobody is counted for ever."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.live.doors import Doors, key_of

HALL = "192.0.2.7"
ADDRESSES = ["", HALL, "192.0.2.8", f"::ffff:{HALL}", "2001:db8::1", "2001:db8::2", "2001:db8:1::1"]
addresses = st.sampled_from(ADDRESSES) | st.ip_addresses().map(str)


def test_a_full_house_lets_in_whoever_comes_after_one_has_left() -> None:
    doors = Doors(limit=2, per_address=2)
    assert [doors.enter(a) for a in (HALL, "2001:db8::1", "")] == ["in", "in", "full"]
    doors.leave(HALL)
    assert doors.enter("") == "in"
    assert doors.inside == 2


def test_one_address_cannot_fill_the_house() -> None:
    doors = Doors(limit=9, per_address=2)
    assert [doors.enter(HALL) for _ in range(3)] == ["in", "in", "crowded"]
    assert doors.enter("192.0.2.8") == "in"
    doors.leave(HALL)
    assert doors.enter(HALL) == "in"


def test_a_household_of_ipv6_is_one_address() -> None:
    doors = Doors(limit=9, per_address=1)
    assert doors.enter("2001:db8:0:5::1") == "in"
    assert doors.enter("2001:DB8:0:5:ffff:ffff:ffff:ffff") == "crowded"
    assert doors.enter("2001:db8:0:6::1") == "in"


def test_ipv4_in_ipv6_is_the_same_machine_and_not_everybody_with_ipv4() -> None:
    doors = Doors(limit=9, per_address=1)
    assert doors.enter(HALL) == "in"
    assert doors.enter(f"::ffff:{HALL}") == "crowded"
    assert doors.enter("::ffff:192.0.2.8") == "in"


@pytest.mark.parametrize("unknown", ["", "unix:/run/hallway", "testclient", "1.2.3", "a\0b", "ä"])
def test_who_has_no_address_is_held_to_the_limit_of_all_only(unknown: str) -> None:
    doors = Doors(limit=3, per_address=1)
    assert [doors.enter(unknown) for _ in range(4)] == ["in", "in", "in", "full"]


def test_who_was_not_let_in_cannot_leave() -> None:
    doors = Doors(limit=9, per_address=1)
    doors.enter(HALL)
    doors.enter(HALL)
    doors.leave(HALL)
    with pytest.raises(ValueError, match="nobody"):
        doors.leave(HALL)
    assert doors.inside == 0


@given(addresses)
def test_a_key_is_one_object_however_often_it_is_asked_for_and_its_own_key(address: str) -> None:
    key = key_of(address)
    assert key_of(key) is key
    assert key_of(address.encode().decode()) is key


@given(
    st.integers(1, 6),
    st.integers(1, 3),
    st.lists(st.tuples(st.booleans(), addresses), max_size=60),
    st.randoms(use_true_random=False),
)
def test_the_counts_are_those_of_who_is_inside_and_an_empty_house_is_as_new(
    limit: int, per_address: int, moves: list[tuple[bool, str]], random: Random
) -> None:
    doors, inside = Doors(limit, per_address), list[str]()
    for comes, address in moves:
        if comes:
            counted = Counter(map(key_of, inside))
            full = len(inside) == limit
            crowded = bool(key_of(address)) and counted[key_of(address)] == per_address
            assert doors.enter(address) == ("full" if full else "crowded" if crowded else "in")
            inside += [] if full or crowded else [address]
        elif inside:
            doors.leave(inside.pop(random.randrange(len(inside))))
        assert doors.inside == len(inside) <= limit
    random.shuffle(inside)
    for address in inside:
        doors.leave(key_of(address))
    assert doors.inside == 0
    assert [doors.enter(HALL) for _ in range(per_address)].count("in") == min(limit, per_address)
