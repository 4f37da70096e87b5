"""Law 4: arrivals are idempotent and commute. Any order, any repetition, any of several servers gives the same wall."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.arrival import Arrival, AuthorGone, Deleted, Edited, Posted, Reposted, Unreposted
from app.domain.book import Book
from app.domain.post import Counts, Post
from app.domain.record import Record
from tests.factories import HOME, POLICY, WALL, at, author, post

pytestmark = pytest.mark.slow

PEOPLE = ("bo", "cy", "di")
KEY = f"https://{HOME}/statuses/1"


@st.composite
def versions(draw: st.DrawFn) -> list[Post]:
    """The life of a post: each version edited later; some leave the hashtag, or public view."""
    made = []
    for number in range(draw(st.integers(1, 3))):
        made.append(
            post(
                1,
                text=f"version {number}",
                edited_at=at(number) if number else None,
                hashtags=draw(st.sampled_from([("pyfest26",), ("other",), ("other", "pyfest26")])),
                visibility=draw(st.sampled_from(["public", "public", "public", "unlisted"])),
                sensitive=draw(st.booleans()),
            )
        )
    return made


@st.composite
def words_of_a_server(draw: st.DrawFn, server: str, life: list[Post]) -> list[Arrival]:
    """What one server says over time: it never goes back to an older version, and may lose the post at last."""
    origin = server == HOME
    times = sorted(draw(st.sets(st.integers(10, 60), min_size=1, max_size=4)))
    shown = sorted(
        draw(st.lists(st.integers(0, len(life) - 1), min_size=len(times), max_size=len(times)))
    )
    if origin:  # the author's own server knows every edit first
        shown = [len(life) - 1 for _ in shown]
    said: list[Arrival] = []
    for seconds, number in zip(times, shown, strict=True):
        counts = Counts(reposts=draw(st.integers(0, 5)), likes=draw(st.integers(0, 5)))
        version = life[number].model_copy(update={"counts": counts})
        kind = Edited if version.edited_at else Posted
        said.append(
            kind(
                server=server,
                seen_at=at(seconds),
                post=version,
                local_id=f"{server}-1",
                origin=origin,
            )
        )
    if draw(st.booleans()):
        key = draw(st.sampled_from([KEY, None]))
        gone_at = at(times[-1] + draw(st.integers(1, 9)))
        said.append(
            Deleted(server=server, seen_at=gone_at, local_id=f"{server}-1", key=key, origin=origin)
        )
    return said


@st.composite
def histories(draw: st.DrawFn) -> list[Arrival]:
    """Everything that was ever said of one post, by up to three servers."""
    life = draw(versions())
    servers = draw(st.sets(st.sampled_from([HOME, "other.example", "third.example"]), min_size=1))
    said: list[Arrival] = []
    for server in sorted(servers):
        said += draw(words_of_a_server(server, life))
    for name in draw(st.lists(st.sampled_from(PEOPLE), max_size=4)):
        seen = at(draw(st.integers(10, 60)))
        if draw(st.booleans()):
            when = draw(st.sampled_from([None, at(5), at(8)]))
            said.append(Reposted(server=HOME, seen_at=seen, key=KEY, by=author(name), at=when))
        else:
            said.append(Unreposted(server=HOME, seen_at=seen, key=KEY, author_key=author(name).key))
    if draw(st.integers(0, 5)) == 0:
        seen = at(draw(st.integers(5, 70)))
        said.append(AuthorGone(server=HOME, seen_at=seen, author_key=author().key))
    return said


def wall_after(batches: list[list[Arrival]]) -> dict[str, Any]:
    """What the wall shows once all batches were entered, numbers aside."""
    records: dict[str, Record] = {}
    book = Book(WALL, POLICY, records, {}, {})
    for batch in batches:
        book.touched.clear()
        for said in batch:
            book.enter(said)
        book.settle()
        book.fold(book.touched)
    return {r.id: shown(r) for r in records.values() if r.status != "gone"}


def shown(record: Record) -> dict[str, Any]:
    """What pages see of a post."""
    assert record.post is not None
    return {
        "status": record.status,
        "post": record.post.model_copy(update={"counts": Counts()}),
        "counts": record.counts,
        "passed_on": record.passed,
    }


@given(histories(), st.data())
@settings(max_examples=2_000)
def test_any_order_and_any_repetition_give_the_same_wall(
    history: list[Arrival], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(history), max_size=5))
    shuffled = data.draw(st.permutations(history + again))
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3).map(sorted))
    edges = [0, *cuts, len(shuffled)]
    batches = [shuffled[a:b] for a, b in itertools.pairwise(edges)]
    assert wall_after(batches) == wall_after([history])
