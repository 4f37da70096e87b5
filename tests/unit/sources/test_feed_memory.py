"""What a feed's source says again, and what it knows after a restart."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrival import Arrival, Edited, Posted
from app.domain.post import Author, Post, RichText
from app.sources.feed.memory import ROOM, Memory

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
TAGS = frozenset({"pyfest26"})
AUTHOR = Author(key="https://blog.example/f", network="feed", handle="b", name=RichText(text="B"))


def posted(
    text: str = "x",
    *,
    number: int = 1,
    at: datetime = NOON,
    created: datetime = NOON,
    edited: datetime | None = None,
    tags: tuple[str, ...] = ("pyfest26",),
) -> Posted:
    key = f"https://blog.example/{number}"
    post = Post(
        key=key, network="feed", url=key, author=AUTHOR, body=RichText(text=text), hashtags=tags,
        created_at=created, edited_at=edited,
    )  # fmt: skip
    return Posted(server="blog.example", seen_at=at, post=post, local_id=key)


def hear(memory: Memory, one: Posted, *, confirm: bool = False) -> Arrival | None:
    news = memory.news([one], confirm=confirm)
    return news[0] if news else None


def test_a_new_entry_is_said_once() -> None:
    memory = Memory(TAGS)
    assert hear(memory, posted()) == posted()
    assert hear(memory, posted(at=LATER)) is None


def test_to_confirm_it_is_said_again_with_the_dates_it_had() -> None:
    memory = Memory(TAGS)
    hear(memory, posted())
    again = hear(memory, posted(at=LATER, created=LATER), confirm=True)
    assert again == posted(at=LATER)


def test_changed_content_is_an_edit_that_keeps_its_first_date() -> None:
    memory = Memory(TAGS)
    hear(memory, posted())
    edit = hear(memory, posted("y", at=LATER, created=LATER))

    assert isinstance(edit, Edited)
    assert (edit.post.created_at, edit.post.edited_at) == (NOON, LATER)
    assert hear(memory, posted("y", at=LATER + timedelta(minutes=5))) is None


def test_an_edit_is_of_the_time_that_the_feed_says() -> None:
    memory = Memory(TAGS)
    hear(memory, posted())
    stated = NOON + timedelta(minutes=2)
    edit = hear(memory, posted("y", at=LATER, edited=stated))

    assert isinstance(edit, Edited)
    assert edit.post.edited_at == stated


def test_a_second_edit_is_later_than_the_first_whatever_the_feed_says() -> None:
    memory = Memory(TAGS)
    hear(memory, posted(edited=NOON + timedelta(minutes=1)))
    edit = hear(memory, posted("y", at=LATER, edited=NOON + timedelta(minutes=1)))

    assert isinstance(edit, Edited)
    assert edit.post.edited_at == LATER


def test_a_date_that_was_touched_is_no_edit() -> None:
    memory = Memory(TAGS)
    hear(memory, posted())
    assert hear(memory, posted(at=LATER, edited=LATER)) is None


def test_losing_the_hashtag_is_news_once() -> None:
    memory = Memory(TAGS)
    hear(memory, posted())
    lost = hear(memory, posted("y", at=LATER, tags=()))

    assert isinstance(lost, Edited)
    assert lost.post.hashtags == ()
    assert hear(memory, posted("y", at=LATER, tags=())) is None


def test_an_entry_without_the_hashtag_is_not_said_until_it_has_it() -> None:
    memory = Memory(TAGS)
    assert hear(memory, posted(tags=())) is None
    assert isinstance(hear(memory, posted(at=LATER)), Posted)


def test_the_cursor_carries_it_over_a_restart() -> None:
    memory = Memory(TAGS)
    hear(memory, posted())
    memory = Memory(TAGS, memory.cursor())

    assert hear(memory, posted(at=LATER, created=LATER)) is None
    edit = hear(memory, posted("y", at=LATER, created=LATER))
    assert isinstance(edit, Edited)
    assert edit.post.created_at == NOON


def test_memory_and_cursor_are_bounded() -> None:
    memory = Memory(TAGS)
    memory.news([posted(number=n) for n in range(ROOM + 100)])
    assert len(memory.cursor()) < ROOM * 64
    assert hear(memory, posted(number=ROOM + 99)) is None
    assert hear(memory, posted(number=0)) is not None


@pytest.mark.parametrize(
    "cursor",
    [None, "", "{", "[]", '{"said": 1}', '{"said": {"a": ["b", 1]}}', '{"said": {"a": [1, 2, 3]}}',
     '{"said": {"a": ["b", -1, 0]}}', '{"said": {"a": ["b", 99999999999999999, 0]}}'],
)  # fmt: skip
def test_a_cursor_that_makes_no_sense_counts_as_none(cursor: str | None) -> None:
    assert Memory(TAGS, cursor).cursor() == '{"said":{}}'


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abc"), st.booleans()), max_size=30))
def test_whatever_is_heard_the_last_word_is_what_the_feed_shows(
    heard: list[tuple[int, str, bool]],
) -> None:
    memory, shown, feed = Memory(TAGS), dict[str, str](), dict[str, str]()
    for minute, (number, text, named) in enumerate(heard):
        one = posted(
            text,
            number=number,
            at=NOON + timedelta(minutes=minute),
            tags=("pyfest26",) if named else (),
        )
        feed[one.post.key] = text if named else ""
        if minute % 7 == 6:
            memory = Memory(TAGS, memory.cursor())
        for said in memory.news([one]):
            assert isinstance(said, Posted)
            shown[said.post.key] = said.post.body.text if said.post.hashtags else ""
    assert {k: v for k, v in shown.items() if v} == {k: v for k, v in feed.items() if v}
