"""When two posts are one note by one person: an example for every rule, and for everybody who must not be folded."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.post import Author, Post, RichText, Span
from app.domain.voice import SOON, Voice, sentence, tie, voice_of, words_of
from tests.factories import at, author, post

NOTE = "The talk about queues was the best of the day, and the tea was good #pyfest26"
LONG = (
    NOTE.replace(" #pyfest26", "")
    + ", so I stay for the sprints and bring my own chair and cup #pyfest26"
)
SOCIAL_KEY = "at://did:plc:ada/app.bsky.feed.post/3k"


def on_mastodon(
    text: str = NOTE, name: str = "Ada Lovelace", handle: str = "ada", **more: Any
) -> Post:
    """A note on fedi.example."""
    by = author(handle, name=RichText(text=name))
    return post(1, text, **({"author": by, "url": f"https://fedi.example/@{handle}/1"} | more))


def on_bluesky(
    text: str = NOTE, name: str = "Ada Lovelace", handle: str = "ada.bsky.social", **more: Any
) -> Post:
    """A note on Bluesky, 40 s later."""
    by = Author(key="did:plc:ada", network="bluesky", handle=handle, name=RichText(text=name))
    fields = {
        "key": SOCIAL_KEY,
        "network": "bluesky",
        "url": "https://bsky.app/profile/did:plc:ada/post/3k",
        "author": by,
        "created_at": at(41),
    }
    return post(1, text, **(fields | more))


def bridged_to_bluesky(original: str = "https://fedi.example/@ada/1", **more: Any) -> Post:
    """What Bridgy Fed makes of a note of ada@fedi.example."""
    return on_bluesky(handle="ada.fedi.example.ap.brid.gy", bridged_from=original, **more)


def bridged_to_mastodon(**more: Any) -> Post:
    """What Bridgy Fed makes of a note of ada.bsky.social."""
    return on_mastodon(
        **({"bridged_from": SOCIAL_KEY} | more),
        author=author("ada", handle="ada.bsky.social@bsky.brid.gy"),
        url="https://fed.brid.gy/r/https://bsky.app/profile/did:plc:ada/post/3k",
        key=f"https://bsky.brid.gy/convert/ap/{SOCIAL_KEY}",
    )


def test_a_note_cross_posted_by_hand_is_one_note() -> None:
    mine, copy = on_mastodon(), on_bluesky()
    assert tie(mine, copy) == tie(copy, mine) == "said"
    assert sentence(copy, mine) == "The same note by the same person as on Mastodon, 40 s later."
    assert sentence(mine, copy) == "The same note by the same person as on Bluesky, 40 s earlier."
    assert voice_of(mine).note == voice_of(copy).note is not None


@pytest.mark.parametrize(
    "text",
    [
        f"{NOTE} https://blog.example/queues",
        NOTE.replace(" ", "\n\n").upper(),
        NOTE.replace("#pyfest26", "#PyFest26 #python"),
        "@bo@fedi.example " + NOTE.replace(",", " —"),
        NOTE.replace("queues", "que\u0301ues").replace("e\u0301u", "eu"),
    ],
)
def test_links_mentions_hashtags_and_spaces_may_differ(text: str) -> None:
    assert tie(on_mastodon(), on_bluesky(text)) == "said"


def test_marked_parts_of_a_text_do_not_count() -> None:
    body = RichText(
        text=f"{NOTE} Ada's page", spans=(Span(start=len(NOTE), end=len(NOTE) + 11, kind="link"),)
    )
    assert words_of(body) == words_of(RichText(text=NOTE))


def test_a_text_that_was_cut_is_the_same_note_and_one_that_goes_on_is_not() -> None:
    cut = LONG.removesuffix(" and cup #pyfest26")
    assert tie(on_mastodon(LONG), on_bluesky(f"{cut}…")) == "said"
    assert tie(on_mastodon(LONG), on_bluesky(f"{cut} […] https://fedi.example/@ada/1")) == "said"
    assert tie(on_mastodon(LONG), on_bluesky(cut)) is None
    assert voice_of(on_mastodon(LONG)).note == voice_of(on_bluesky(f"{cut}…")).note


@pytest.mark.parametrize(
    "text",
    ["+1", "👏👏👏", "#pyfest26", "Good morning! #pyfest26", "https://a.example/a/very/long/page"],
)
def test_short_texts_are_never_one_note_by_their_text_alone(text: str) -> None:
    assert tie(on_mastodon(text), on_bluesky(text)) is None
    assert voice_of(on_mastodon(text)).note is None


def test_two_people_with_one_first_name_who_write_the_same_slogan_stay_two() -> None:
    slogan = "The hallway track is the best track of them all #pyfest26"
    mine = on_mastodon(slogan, "Alex", "alex")
    assert tie(mine, on_bluesky(slogan, "Alex", "alex.bsky.social")) is None
    assert tie(mine, on_bluesky(slogan, "Alex", "alexandra.bsky.social")) is None
    assert (
        tie(
            on_mastodon(slogan, "Alexander", "alexander"),
            on_bluesky(slogan, "Alexander", "alexander.example"),
        )
        is None
    )


def test_two_people_with_one_full_name_who_write_the_same_slogan_stay_two() -> None:
    slogan = "The hallway track is the best track of them all #pyfest26"
    assert (
        tie(
            on_mastodon(slogan, "Alex Smith", "asmith"),
            on_bluesky(slogan, "Alex Smith", "alex.bsky.social"),
        )
        is None
    )
    assert (
        tie(
            on_mastodon(slogan, "Alex Smith", "asmith"),
            on_bluesky(slogan, "Alex Smith", "asmith.example"),
        )
        == "said"
    )


def test_many_who_pass_on_the_title_of_a_talk_stay_many() -> None:
    title = "Now in hall A: Queues are not as simple as you think, a talk in four acts and a coda #pyfest26"
    people = [("Ada Lovelace", "ada"), ("Bo Li", "boli"), ("Cy", "cy"), ("", "dee")]
    for name, handle in people:
        others = [p for p in people if p[1] != handle]
        for other, theirs in others:
            assert (
                tie(
                    on_mastodon(title, name, handle),
                    on_bluesky(title, other, f"{theirs}.bsky.social"),
                )
                is None
            )


def test_a_long_handle_tells_a_person_apart_where_the_name_does_not() -> None:
    assert (
        tie(
            on_mastodon(name="Ada 🐍", handle="ada_lovelace"),
            on_bluesky(name="Ada", handle="ada-lovelace.example"),
        )
        == "said"
    )
    assert (
        tie(
            on_mastodon(name="Ada Byron", handle="ada_lovelace"),
            on_bluesky(handle="ada-lovelace.example"),
        )
        is None
    )
    assert (
        tie(on_mastodon(name="Ada Lovelace (she/her)"), on_bluesky(name="ADA LOVELACE 🎩"))
        == "said"
    )


def test_what_is_said_again_later_is_another_note() -> None:
    assert tie(on_mastodon(), on_bluesky(created_at=at(1) + SOON)) == "said"
    assert tie(on_mastodon(), on_bluesky(created_at=at(2) + SOON)) is None


def test_one_network_never_has_the_same_note_twice() -> None:
    assert tie(on_mastodon(), on_mastodon(key="https://fedi.example/statuses/2")) is None
    assert (
        tie(bridged_to_bluesky(), bridged_to_bluesky(key="at://did:plc:bo/app.bsky.feed.post/4"))
        is None
    )


@pytest.mark.parametrize("network", ["form", "nostr"])
def test_a_name_that_anybody_may_type_is_nobody(network: str) -> None:
    written = on_mastodon(network=network, key=f"{network}:1")
    assert (tie(written, on_bluesky()), voice_of(written).note) == (None, None)


@pytest.mark.parametrize(
    "original",
    [
        "https://fedi.example/@ada/1",
        "https://fedi.example/users/ada/statuses/1",
        "https://fedi.example/@ada/1/",
    ],
)
def test_a_bridged_copy_is_its_originals_note_whatever_its_text_and_time(original: str) -> None:
    copy = bridged_to_bluesky(original, text="Hi", created_at=at(90_000))
    assert tie(on_mastodon("Hi"), copy) == "bridged"
    assert voice_of(on_mastodon("Hi")).address == voice_of(copy).address
    assert sentence(copy, on_mastodon("Hi")) == "The same note, copied from Mastodon by a bridge."
    assert (
        sentence(on_mastodon("Hi"), copy)
        == "The same note as on Bluesky, where a bridge put a copy of it."
    )


def test_a_note_of_bluesky_is_known_again_on_mastodon() -> None:
    assert tie(bridged_to_mastodon(), on_bluesky()) == "bridged"
    assert voice_of(bridged_to_mastodon()).address == voice_of(on_bluesky()).address


def test_nobody_becomes_a_copy_by_saying_so_who_is_not_on_the_bridge() -> None:
    claim = on_bluesky(
        "Buy my coins", "Mallory", "mallory.bsky.social", bridged_from="https://fedi.example/@ada/1"
    )
    assert tie(claim, on_mastodon()) is None
    assert voice_of(claim).address != voice_of(on_mastodon()).address
    stranger = bridged_to_bluesky(text="Buy my coins")
    assert tie(stranger, on_mastodon(handle="bo", url="https://fedi.example/@ada/1")) is None


words = st.text(alphabet=st.sampled_from("ab cé#@…\u0301漢🐍.:/\n"), max_size=130)


@given(words, words, st.sampled_from(["Ada Lovelace", "Ada", ""]), st.integers(0, 1_000))
@settings(max_examples=300)
@example("ab" * 50, "ab" * 45 + "…", "Ada Lovelace", 0)
def test_whoever_is_tied_has_the_same_digest_and_ties_are_mutual(
    text: str, other: str, name: str, seconds: int
) -> None:
    one, two = on_mastodon(text, name), on_bluesky(other, created_at=at(seconds))
    assert tie(one, two) == tie(two, one)
    if tie(one, two):
        assert set(voice_of(one)) & set(voice_of(two)) - {None}
    assert all(d is None or -(2**63) <= d < 2**63 for d in voice_of(one))
    assert isinstance(voice_of(one), Voice)
