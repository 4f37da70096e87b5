"""Near copies: what counts as one, and what never does."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.gist import BITS, NAMED, WITHIN_MS, Neighbours, distance, gist_of
from app.domain.post import RichText, Span
from tests.factories import post

SPAM = (
    "Claim your free tokens today before the airdrop closes, friends tell friends about this chance"
)
HONEST = (
    "Great talk! #pyfest26",
    "Good morning #pyfest26 🎉",
    "On my way to #pyfest26!",
    "Thank you all, what a day #pyfest26",
    "So good to see everyone again #pyfest26 ❤️",
    "Lunch? #pyfest26",
)
DIFFERENT = (
    "The keynote on garbage collection was the clearest explanation that I have heard in years",
    "Slides of my talk about packaging are online now, thanks for all your questions afterwards",
    "Wer kommt heute Abend mit in den Biergarten? Wir treffen uns um sieben vor dem Haupteingang",
    "Anyone else stuck in the queue for coffee upstairs, or is the one downstairs any shorter",
    "La conférence de ce matin sur les types était passionnante, merci à toute l'équipe du son",
)


def gist(text: str) -> int:
    return gist_of(post(1, text))


def varied(text: str, rng: Random) -> str:
    """As programs vary a text: a word changed, a suffix, digits, emoji, a mention."""
    words = text.split()
    words[rng.randrange(len(words))] = (
        f"{rng.choice(['super', 'mega', 'ultra'])}{rng.randrange(99)}"
    )
    tail = rng.choice(
        ["", " 🚀🚀", f" @user{rng.randrange(999)}", f" {rng.randrange(9999)}", " ok"]
    )
    return " ".join(words) + tail


def test_a_storm_of_varied_texts_is_seen_as_one() -> None:
    rng = Random(26)
    storm = [gist(varied(SPAM, rng)) for _ in range(200)]
    pairs = [(rng.choice(storm), rng.choice(storm)) for _ in range(500)]
    near = sum(distance(one, other) <= BITS for one, other in pairs)
    assert near >= 0.75 * len(pairs)


def test_each_post_of_a_storm_finds_enough_of_the_others() -> None:
    rng, neighbours, caught = Random(5), Neighbours(), 0
    for number in range(200):
        one = gist(varied(SPAM, rng))
        caught += neighbours.near(f"p{number}", one, number * 100).people > 3
        neighbours.add(str(number), f"p{number}", one, number * 100)
    assert caught >= 180


@pytest.mark.parametrize("text", HONEST)
def test_greetings_are_too_short_to_be_copies(text: str) -> None:
    assert gist(text) == 0


def test_different_texts_are_far_apart() -> None:
    gists = [gist(text) for text in (*DIFFERENT, SPAM)]
    assert all(gists)
    for number, one in enumerate(gists):
        assert all(distance(one, other) > BITS for other in gists[:number])


def test_links_mentions_and_hashtags_do_not_count() -> None:
    text = f"{SPAM} one.example/page @bo #pyfest26"
    spans = []
    for part, kind in (
        ("one.example/page", "link"),
        ("@bo", "mention"),
        ("#pyfest26", "hashtag"),
    ):
        spans.append(Span(start=text.index(part), end=text.index(part) + len(part), kind=kind))
    marked = post(1, body=RichText(text=text, spans=tuple(spans)))
    assert gist_of(marked) == gist(SPAM)


def test_texts_without_spaces_have_a_gist() -> None:
    text = "このイベントに参加すると無料でコインがもらえます今すぐ登録してください"
    assert distance(gist(text), gist(text.replace("今すぐ", "早めに"))) <= BITS


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_a_gist_fits_a_column_of_any_database(text: str) -> None:
    assert -(2**63) <= gist_of(post(1, body=RichText(text=text))) < 2**63


def test_copies_are_other_peoples_posts_of_the_last_ten_minutes() -> None:
    neighbours, one = Neighbours(), gist(SPAM)
    neighbours.add("own", "ada", one, 0)
    neighbours.add("bo1", "bo", one, 0)
    neighbours.add("bo2", "bo", one, 1_000)
    neighbours.add("old", "cy", one, -1)
    near = neighbours.near("ada", one, WITHIN_MS)
    assert (set(near.ids), near.people) == ({"bo1", "bo2"}, 1)


def test_a_post_that_says_too_little_has_no_copies() -> None:
    neighbours = Neighbours()
    neighbours.add("a", "ada", 0, 0)
    assert neighbours.near("bo", 0, 0).ids == ()


def test_an_edited_post_says_what_it_says_now() -> None:
    neighbours = Neighbours()
    neighbours.add("a", "ada", gist(SPAM), 0)
    neighbours.add("a", "ada", gist(DIFFERENT[0]), 0)
    assert neighbours.near("bo", gist(SPAM), 0).ids == ()
    assert neighbours.near("bo", gist(DIFFERENT[0]), 0).ids == ("a",)
    assert (len(neighbours), neighbours.burst("ada", 0)) == (1, 1)


def test_the_pace_counts_the_minute_up_to_a_post_and_the_post() -> None:
    neighbours = Neighbours()
    for number, ms in enumerate((0, 1, 59_999, 60_000, 60_001)):
        neighbours.add(str(number), "ada", 0, ms)
    neighbours.add("other", "bo", 0, 30_000)
    assert neighbours.burst("ada", 60_000) == 3  # the post at 0 is a whole minute before
    assert neighbours.burst("ada", 0) == 1
    assert neighbours.fullest("ada", 0) == 3
    assert neighbours.around("ada", 0) == ("0", "1", "2")


def test_what_is_remembered_stays_bounded_also_in_a_storm_and_with_edits() -> None:
    neighbours, one = Neighbours(kept=50), gist(SPAM)
    for number in range(500):
        neighbours.add(str(number % 70), f"p{number % 7}", one + number % 3, number)
    assert len(neighbours) <= 50
    near = neighbours.near("new", one, 500)
    assert 0 < len(near.ids) <= NAMED
    assert neighbours.burst("p0", 500) <= 50


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.integers(0, 5), st.integers(0, 9)))
)
@settings(max_examples=60)
def test_memory_forgets_exactly_what_is_too_old(steps: list[tuple[int, int, int, int]]) -> None:
    """Whatever comes in, again or changed: everybody who is counted is there, and nobody twice."""
    neighbours = Neighbours(kept=8)
    said: dict[str, tuple[str, int]] = {}
    for id_, author, words, ms in steps:
        neighbours.add(str(id_), f"p{author}", words, ms)
        said[str(id_)] = (f"p{author}", ms)
    counted = sum(neighbours.burst(f"p{author}", 10) for author in range(4))
    assert counted == len(neighbours) <= min(8, len(said))
