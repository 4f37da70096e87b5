"""What is shown of a post follows from all that was said of it, and from what a moderator decided."""

from app.domain.people import Circle
from app.domain.record import NOBODY, Record, forget, observe, pass_on, settle, take_back
from tests.factories import (
    POLICY,
    WALL,
    author,
    counts,
    deleted,
    post,
    posted,
    reposted,
    unreposted,
)


def record_of(*said: object) -> Record:
    """A record after these words, settled."""
    record = Record(id="p1", key=post(1).key)
    verbs = {"posted": observe, "edited": observe, "deleted": forget, "reposted": pass_on}
    for word in said:
        verbs.get(word.kind, take_back)(record, word)  # type: ignore[attr-defined,operator]
    settle(record, WALL, POLICY, Circle())
    return record


def test_an_older_word_of_another_server_does_not_bring_a_deleted_post_back() -> None:
    record = record_of(posted(1, seen=100), deleted(1, seen=200), posted(1, server="b.example"))
    assert (record.status, record.post) == ("gone", None)


def test_a_post_that_leaves_the_hashtag_leaves_nothing_behind() -> None:
    away = post(1, edited_at=post(1).created_at, hashtags=("other",))
    record = record_of(posted(1), posted(away, seen=110))
    assert (record.status, record.post, record.key, record.author_key) == ("gone", None, "", "")


def test_the_counts_of_the_authors_own_server_prevail() -> None:
    home = posted(post(1, counts=counts(reposts=4)))
    other = posted(post(1, counts=counts(reposts=9)), server="b.example", seen=300)
    assert record_of(home, other).counts.reposts == 4
    assert record_of(other).counts.reposts == 9


def test_at_most_three_people_are_named_and_all_are_counted() -> None:
    record = record_of(posted(1), *(reposted(1, name, when=9) for name in "edcba"))
    assert record.passed.count == 5
    assert [one.handle[0] for one in record.passed.by] == ["a", "b", "c"]


def test_machines_pass_on_for_nobody_and_what_was_taken_back_counts_no_more() -> None:
    machine = reposted(1, "bo").model_copy(update={"by": author("bo", bot=True)})
    record = record_of(posted(1), machine, reposted(1, "cy"), unreposted(1, "cy"))
    assert record.passed == NOBODY


def test_nobody_is_remembered_who_passed_on_what_was_deleted_also_when_it_comes_back() -> None:
    words = posted(1, seen=100), reposted(1, "bo"), deleted(1, seen=200)
    assert record_of(*words).reposters == {}
    back = record_of(*words, posted(post(1, counts=counts(reposts=4)), seen=300))
    assert (back.status, back.passed.count, back.passed.by) == ("approved", 4, ())
