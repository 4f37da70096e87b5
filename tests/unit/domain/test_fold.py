"""Which of one person's posts leads a note, what it says of the others, and when they stay apart."""

from typing import Any

import pytest

from app.domain.arrival import Arrival
from app.domain.book import Book
from app.domain.desk import Desk
from app.domain.fold import CROWD
from app.domain.moderation import Policy
from app.domain.record import Record
from app.domain.wall import Rules
from tests.factories import POLICY, WALL, counts
from tests.notes import id_on, lost_on, passed_on_by, seen_on

KINDS = ("mastodon", "bluesky", "x", "bridge")


def folded(*said: Arrival, **marks: dict[str, Any]) -> dict[str, Record]:
    """The records of Ada's note after these words, by where it is; `marks` are set on them before they are folded."""
    book = Book(WALL, POLICY, {}, {}, {})
    for word in said:
        book.enter(word)
    for kind, fields in marks.items():
        for name, value in fields.items():
            setattr(book.records[id_on(kind)], name, value)
    book.settle()
    book.fold(book.touched)
    return {kind: book.records[id_on(kind)] for kind in KINDS if id_on(kind) in book.records}


def statuses(notes: dict[str, Record]) -> dict[str, str]:
    return {kind: record.status for kind, record in notes.items()}


def test_the_earliest_leads_and_says_where_else_the_note_is() -> None:
    notes = folded(
        seen_on("bluesky", created_at=seen_on("x", 41).post.created_at), seen_on("mastodon")
    )
    assert statuses(notes) == {"mastodon": "approved", "bluesky": "copy"}
    (also,) = notes["mastodon"].also
    assert also == ("bluesky", "https://bsky.app/ada/1", "ada.bsky.social")
    assert notes["bluesky"].copy_of == id_on("mastodon")
    assert notes["bluesky"].rule == "The same note by the same person as on Mastodon, 40 s later."


def test_an_original_leads_its_bridged_copy_though_that_says_it_is_older() -> None:
    early = seen_on("mastodon", 0).post.created_at
    notes = folded(seen_on("bridge", created_at=early), seen_on("bluesky"))
    assert statuses(notes) == {"bluesky": "approved", "bridge": "copy"}


def test_a_post_of_x_never_leads_because_x_allows_no_other_network_in_it() -> None:
    early = seen_on("mastodon", 0).post.created_at
    notes = folded(seen_on("x", created_at=early), seen_on("bluesky"))
    assert statuses(notes) == {"bluesky": "approved", "x": "copy"}


def test_a_note_in_four_places_is_one() -> None:
    notes = folded(*(seen_on(kind) for kind in KINDS))
    assert sorted(statuses(notes).values()) == ["approved", "copy", "copy", "copy"]


def test_the_same_words_twice_on_one_network_are_two_notes_and_the_nearest_in_time_is_taken() -> (
    None
):
    book = Book(WALL, POLICY, {}, {}, {})
    for word in (seen_on("mastodon", 1), seen_on("mastodon", 30), seen_on("bluesky", 29)):
        book.enter(word)
    book.settle()
    book.fold(book.touched)
    copies = [r.id for r in book.records.values() if r.copy_of]
    assert copies == [id_on("mastodon", 30)]


def test_who_passed_a_note_on_counts_once_and_is_named_with_the_lead() -> None:
    notes = folded(
        seen_on("mastodon", counts=counts(reposts=5)),
        seen_on("bluesky", counts=counts(reposts=2)),
        passed_on_by("bo", "mastodon"),
        passed_on_by("bo", "bluesky"),
        passed_on_by("cy", "bluesky"),
    )
    passed = notes["bluesky" if notes["mastodon"].copy_of else "mastodon"].passed
    assert passed.count == 4 + 0 + 2
    assert [one.handle for one in passed.by] == ["bo@fedi.example", "cy@fedi.example"]


def test_a_copy_that_waits_shows_nothing_and_waits_for_its_own_verdict() -> None:
    notes = folded(
        seen_on("mastodon"), seen_on("bluesky", sensitive=True), passed_on_by("bo", "bluesky")
    )
    assert statuses(notes) == {"mastodon": "approved", "bluesky": "pending"}
    assert (notes["mastodon"].also, notes["mastodon"].passed.count) == ((), 0)
    assert notes["bluesky"].copy_of == id_on("mastodon")


def test_a_copy_that_may_be_shown_leads_while_the_original_waits() -> None:
    notes = folded(seen_on("mastodon", sensitive=True), seen_on("bluesky", 1))
    assert statuses(notes) == {"mastodon": "pending", "bluesky": "approved"}
    assert notes["bluesky"].copy_of is None


@pytest.mark.parametrize("hidden", ["mastodon", "bluesky"])
def test_a_note_that_is_hidden_in_one_place_is_hidden_in_all(hidden: str) -> None:
    notes = folded(seen_on("mastodon"), seen_on("bluesky"), **{hidden: {"decision": "hidden"}})
    assert statuses(notes) == {"mastodon": "hidden", "bluesky": "hidden"}
    (other,) = {"mastodon", "bluesky"} - {hidden}
    name = hidden.title()
    assert notes[other].rule == f"The same note is hidden on {name}."


def test_no_copy_pops_up_while_a_hidden_one_waits_to_be_checked_after_a_restart() -> None:
    notes = folded(
        seen_on("mastodon"),
        seen_on("bluesky"),
        mastodon={"decision": "hidden", "withheld": True},
    )
    assert statuses(notes) == {"mastodon": "gone", "bluesky": "hidden"}


def test_when_its_author_deletes_a_note_on_one_network_the_other_leads() -> None:
    notes = folded(seen_on("mastodon"), seen_on("bluesky"), lost_on("mastodon"))
    assert statuses(notes) == {"mastodon": "gone", "bluesky": "approved"}
    assert notes["mastodon"].voice == (None, None)


def test_a_note_that_a_moderator_hid_stays_hidden_when_its_author_deletes_it_there() -> None:
    notes = folded(
        seen_on("mastodon"),
        seen_on("bluesky"),
        lost_on("mastodon"),
        mastodon={"decision": "hidden"},
    )
    assert statuses(notes) == {"mastodon": "gone", "bluesky": "hidden"}
    assert "deleted that post since" in notes["bluesky"].rule


def test_a_person_who_opts_out_on_one_network_is_not_shown_from_another() -> None:
    opted = seen_on("mastodon").post.author.model_copy(update={"opted_out": True})
    notes = folded(seen_on("mastodon", author=opted), seen_on("bluesky"))
    assert statuses(notes) == {"mastodon": "hidden", "bluesky": "hidden"}


def test_a_post_that_stands_apart_is_no_copy_and_has_none() -> None:
    notes = folded(seen_on("mastodon"), seen_on("bluesky"), seen_on("x"), bluesky={"apart": True})
    assert statuses(notes) == {"mastodon": "approved", "bluesky": "approved", "x": "copy"}
    assert [one.network for one in notes["mastodon"].also] == ["x"]
    apart = folded(
        seen_on("mastodon"), seen_on("bluesky"), mastodon={"decision": "hidden", "apart": True}
    )
    assert statuses(apart) == {"mastodon": "hidden", "bluesky": "approved"}


def test_what_one_pinned_stays_pinned_with_the_lead() -> None:
    notes = folded(seen_on("mastodon"), seen_on("bluesky"), bluesky={"pin": True})
    lead = notes["mastodon"] if notes["bluesky"].copy_of else notes["bluesky"]
    assert [r.pinned for r in notes.values()].count(True) == 1
    assert lead.pinned


def test_an_announcement_that_is_said_again_and_again_is_left_alone() -> None:
    book = Book(WALL, POLICY, {}, {}, {})
    for number in range(CROWD):
        book.enter(seen_on("mastodon", number))
    book.enter(seen_on("bluesky", 5))
    book.settle()
    book.fold(book.touched)
    assert {r.status for r in book.records.values()} == {"approved"}


def test_nobody_sees_a_copy_while_everything_waits() -> None:
    strict = WALL.model_copy(update={"rules": Rules(review=True)})
    book = Book(strict, Policy(strict, Desk()), {}, {}, {})
    for kind in ("mastodon", "bluesky"):
        book.enter(seen_on(kind))
    book.settle()
    book.fold(book.touched)
    assert {r.status for r in book.records.values()} == {"pending"}
    assert {r.also for r in book.records.values()} == {()}
