"""Who follows the shared deflate stream: only those who were sent every message since it began."""

import pytest

from app.live import chain as chain_module
from app.live.chain import Chain, Groups
from app.live.outgoing import Outgoing, Way

FRAME = Outgoing(b'{"kind":"changes"}')


def lines(count: int) -> list:  # type: ignore[type-arg]
    return [object() for _ in range(count)]


def sizes(groups: Groups) -> dict[tuple[int, str], int]:
    return {place: len(group) for place, group in groups.items() if group}


def test_the_first_who_can_read_it_begin_a_stream_where_most_of_them_stand() -> None:
    groups: Groups = {
        (7, Way.SINGLE): lines(3),
        (5, Way.SINGLE): lines(1),
        (7, Way.FRAMED): lines(9),
    }
    chain = Chain()
    chain.gather(groups)
    assert sizes(groups) == {(7, Way.STREAM): 3, (5, Way.SINGLE): 1, (7, Way.FRAMED): 9}
    assert chain.follows((7, Way.STREAM))


def test_who_missed_a_message_follows_no_more() -> None:
    groups: Groups = {(7, Way.SINGLE): lines(2)}
    chain = Chain()
    chain.gather(groups)
    chain.next(FRAME, 8)
    assert chain.follows((8, Way.STREAM))
    assert not chain.follows((7, Way.STREAM))
    assert not chain.follows((8, Way.SINGLE))


def test_newcomers_wait_outside_until_it_is_worth_a_new_beginning() -> None:
    groups: Groups = {(1, Way.SINGLE): lines(4)}
    chain = Chain()
    chain.gather(groups)
    passes = 0
    while True:
        chain.next(FRAME, chain.at + 1)
        groups[chain.at, Way.STREAM] = groups.pop((chain.at - 1, Way.STREAM))
        groups[chain.at, Way.SINGLE] = lines(2)
        groups.pop((chain.at - 1, Way.SINGLE), None)
        chain.gather(groups)
        passes += 1
        if len(groups[chain.at, Way.STREAM]) > 4:
            break
    assert passes == 4 * chain_module.OUTSIDE / 2
    assert sizes(groups) == {(chain.at, Way.STREAM): 6}


def test_a_lone_newcomer_in_a_full_house_is_let_in_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chain_module, "STRETCH", 5)
    groups: Groups = {(1, Way.SINGLE): lines(1_000)}
    chain = Chain()
    chain.gather(groups)
    for _ in range(5):
        chain.next(FRAME, 1)
    groups[1, Way.SINGLE] = lines(1)
    chain.gather(groups)
    assert sizes(groups) == {(1, Way.STREAM): 1_001}
