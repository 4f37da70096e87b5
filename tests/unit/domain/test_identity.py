"""Names follow from content, and times survive the way to the store and back."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.domain.identity import from_ms, item_id, media_id, media_urls, to_ms
from app.domain.post import Media
from tests.factories import author, picture, post


@given(st.text(), st.text())
def test_two_names_are_the_same_when_their_content_is(one: str, two: str) -> None:
    assert (item_id(one) == item_id(two)) is (one == two)
    assert (media_id(one) == media_id(two)) is (one == two)
    assert item_id(one).isalnum()
    assert "/" not in media_id(one)


@given(st.integers(0, to_ms(datetime(9000, 1, 1, tzinfo=UTC))))
def test_a_time_comes_back_as_it_was(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms


def test_a_film_is_shown_by_its_still_only() -> None:
    film = Media(
        kind="video", url="https://fedi.example/f.mp4", preview="https://fedi.example/f.png"
    )
    assert media_urls(post(1, media=(film, picture("cake")))) == {
        author().avatar,
        film.preview,
        picture("cake").url,
    }
