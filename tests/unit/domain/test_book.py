"""Arrivals entered into records: what a law found once stays found."""

from itertools import permutations

import pytest

from app.domain.arrival import Arrival
from app.domain.book import Book
from app.domain.record import Record
from tests.factories import POLICY, WALL, at, deleted, post, posted, reposted

OTHER = "other.example"


def statuses_after(said: tuple[Arrival, ...]) -> set[str]:
    """The status of every post that was spoken of."""
    records: dict[str, Record] = {}
    book = Book(WALL, POLICY, records, {}, {})
    for arrival in said:
        book.touched.clear()
        book.enter(arrival)
        book.settle()
    return {record.status for record in records.values()}


@pytest.mark.parametrize("said", list(permutations((
    posted(post(1, edited_at=at(1)), seen=10),
    posted(post(1, visibility="unlisted"), server=OTHER, seen=10),
    deleted(1, server=OTHER, seen=11, known=False),
))))  # fmt: skip
def test_a_deletion_counts_whatever_the_server_had_shown_before(said: tuple[Arrival, ...]) -> None:
    assert statuses_after(said) - {"gone"} == set()


@pytest.mark.parametrize("said", list(permutations((
    posted(post(1), seen=10),
    posted(post(1, visibility="private"), seen=20),
))))  # fmt: skip
def test_a_post_that_its_author_made_private_is_gone_in_any_order(
    said: tuple[Arrival, ...],
) -> None:
    assert statuses_after(said) == {"gone"}


@pytest.mark.parametrize("said", list(permutations((
    posted(post(1, edited_at=at(2)), seen=30),
    posted(post(1, edited_at=at(1), hashtags=("other",)), server=OTHER, seen=20),
    reposted(1, "bo", seen=25),
))))  # fmt: skip
def test_who_passed_on_what_had_left_the_wall_is_forgotten_in_any_order(
    said: tuple[Arrival, ...],
) -> None:
    records: dict[str, Record] = {}
    book = Book(WALL, POLICY, records, {}, {})
    for arrival in said:
        book.touched.clear()
        book.enter(arrival)
        book.settle()
    (record,) = records.values()
    assert (record.status, record.reposters, record.passed.count) == ("approved", {}, 0)


def test_a_post_without_a_hashtag_of_the_wall_leaves_nothing_but_a_tombstone() -> None:
    records: dict[str, Record] = {}
    book = Book(WALL, POLICY, records, {}, {})
    book.enter(posted(post(1, hashtags=("other",))))
    book.settle()
    (record,) = records.values()
    assert (record.post, record.key, record.author_key, record.status) == (None, "", "", "gone")
