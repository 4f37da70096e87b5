"""The memory of a run: what is news, and what has been said before."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrival import Edited, Posted, Reposted
from app.sources.mastodon.parse import parse_booster, parse_status
from app.sources.memory import GRACE, Memory
from tests.fake_mastodon import START, TAG, account, status

SERVER = "fedi.example"


def posted(number: int, **changes: Any) -> Posted:
    return parse_status(status(number, **changes), server=SERVER, seen_at=START)


def booster(name: str) -> Reposted:
    found = parse_booster(account(name), "k", seen_at=START, server=SERVER)
    assert found is not None
    return found


def memory() -> Memory:
    return Memory(SERVER, frozenset({TAG}))


pages = st.lists(
    st.builds(posted, st.integers(0, 9), favourites_count=st.integers(0, 2)), max_size=30
)


@given(pages)
def test_a_page_said_again_is_no_news(page: Sequence[Posted]) -> None:
    remembered = memory()
    last = {one.post.key: one for one in page}
    remembered.news(page)

    assert remembered.news(last.values()) == []


@given(pages)
def test_the_last_word_about_each_post_has_been_said(page: Sequence[Posted]) -> None:
    said = {one.post.key: one.post for one in memory().news(page) if isinstance(one, Posted)}

    assert said == {one.post.key: one.post for one in page}


def test_a_post_about_something_else_is_no_news_unless_the_wall_holds_it() -> None:
    other = posted(1, tags=("cats",))

    assert memory().hear(other) is None
    assert isinstance(memory().hear(other, held=True), Edited)


def test_a_deleted_post_is_not_believed_for_a_while() -> None:
    remembered, post = memory(), posted(1)
    remembered.hear(post)
    remembered.delete(post.local_id, START, key=None)
    later = post.model_copy(update={"seen_at": START + GRACE})

    assert remembered.hear(post) is None
    assert remembered.hear(later) == later


def test_a_repost_of_a_post_that_is_not_ours_is_no_news() -> None:
    assert memory().news([booster("bo")]) == []


@given(st.lists(st.sets(st.sampled_from(["ada", "bo", "cy", "di"])), max_size=8))
def test_names_that_came_and_went_add_up_to_the_last_whole_list(lists: list[set[str]]) -> None:
    remembered, here = memory(), set[str]()
    for number, names in enumerate(lists):
        found = [booster(name) for name in sorted(names)]
        at = START + timedelta(seconds=number)
        for one in remembered.passed_on("k", found, at, whole=True):
            if isinstance(one, Reposted):
                here.add(one.by.key)
            else:
                here.remove(one.author_key)  # type: ignore[union-attr]  # an Unreposted

    expected = lists[-1] if lists else set()
    assert here == {account(name)["uri"] for name in expected}
