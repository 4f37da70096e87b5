"""What people write on a wall's own page is checked, made safe and turned into a post; whatever bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.desk import Desk
from app.domain.identity import to_ms
from app.domain.moderation import Policy, judge
from app.domain.people import Person
from app.domain.post import Media
from app.domain.rules import Rule, Subject
from app.domain.submission import (
    ALT,
    NAME,
    TEXT,
    author_key,
    new_secret,
    post_key,
    post_of,
    read_submission,
    with_links,
)
from app.domain.text import safe_text
from app.domain.wall import Rules
from app.errors import InvalidError
from tests.factories import NOON, WALL

SEND = b"a-random-name-of-a-sending"
FAMILY = "👩‍👩‍👧‍👦"


def fields(**changed: str | bytes) -> dict[str, bytes]:
    typed = {"send": SEND, "name": "Ada", "text": "Hello from row twelve"} | changed
    return {k: v if isinstance(v, bytes) else v.encode() for k, v in typed.items()}


def refused(**changed: str | bytes) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        read_submission(fields(**changed), photos=True)
    return caught.value


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"name": " \u202e\u200b\u3164 "}, "name", "who you are"),
        ({"name": "x" * 51}, "name", "more than 50 characters"),
        ({"text": "\r\n \t"}, "text", "Write something"),
        ({"text": FAMILY * 501}, "text", "more than 500 characters"),
        ({"text": "line\r\n" * 12 + "one more"}, "text", "more than 12 lines"),
        ({"text": "x" * 40_000}, "text", "more than 500 characters"),
        ({"photo": b"photo", "alt": "x" * 501}, "alt", "more than 500 characters"),
        ({"website": "https://spam.example"}, "website", "machines"),
        ({"send": "short"}, "send", "out of date"),
        ({"send": "spaces are not in it at all"}, "send", "out of date"),
    ],
)
def test_what_is_not_right_is_told_at_its_field(
    changed: dict[str, str | bytes], field: str, words: str
) -> None:
    error = refused(**changed)
    assert (error.field, error.code) == (field, f"invalid.{field}")
    assert words in error.message


def test_characters_are_counted_as_people_see_them() -> None:
    read = read_submission(fields(text=FAMILY * 500, name="é" * 50), photos=True)
    assert read.text == FAMILY * 500


def test_a_photo_may_stand_alone_but_not_on_a_wall_without_photos() -> None:
    assert read_submission(fields(text="", photo=b"photo"), photos=True).photo
    with pytest.raises(InvalidError, match="no photos"):
        read_submission(fields(photo=b"photo"), photos=False)


def test_words_for_a_photo_that_did_not_come_are_dropped() -> None:
    assert read_submission(fields(alt="Ada on stage"), photos=True).alt == ""


def test_text_of_any_script_stays_and_what_reorders_it_goes() -> None:
    assert read_submission(fields(text="شكراً للمنظمين"), photos=True).text == "شكراً للمنظمين"
    assert read_submission(fields(text="a\u202eb\x00c"), photos=True).text == "abc"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://talks.example/a.", ["https://talks.example/a"]),
        (
            "(http://a.example/x?y=1), HTTPS://b.example",
            ["http://a.example/x?y=1", "HTTPS://b.example"],
        ),
        ("javascript:alert(1) ftp://a.example data:text/html,x", []),
        ("https://user:secret@evil.example https://", []),
        ("🐍 https://c.example 🐍", ["https://c.example"]),
    ],
)
def test_only_web_addresses_become_links_and_just_as_typed(text: str, links: list[str]) -> None:
    rich = with_links(text)
    assert [s.href for s in rich.spans] == links
    assert [text[s.start : s.end] for s in rich.spans] == links


def test_the_same_sending_is_the_same_post_and_other_words_are_another() -> None:
    first = read_submission(fields(), photos=True)
    keys = {
        post_key("w", read_submission(fields(**changed), photos=True))
        for changed in (
            {},
            {"text": "Other words"},
            {"name": "Bo"},
            {"photo": b"photo"},
            {"send": "b" * 22},
        )
    }
    assert len(keys) == 5
    assert post_key("w", first) in keys
    assert post_key("other", first) not in keys


def test_a_page_that_tries_again_without_its_cookie_is_the_same_writer() -> None:
    again = read_submission(fields(text="tried again"), photos=True)
    assert new_secret(again) == new_secret(read_submission(fields(), photos=True))


def test_nothing_tells_that_somebody_wrote_on_two_walls() -> None:
    assert author_key("one", "secret") != author_key("two", "secret")
    assert "secret" not in author_key("one", "secret")


def test_every_post_of_the_form_waits_whatever_the_rules_say() -> None:
    submission = read_submission(fields(photo=b"photo", alt="Ada on stage"), photos=True)
    photo = Media(kind="image", url="upload:0123456789abcdef")
    live = "https://wall.example/live/pyfest26"
    post = post_of(submission, WALL, secret="s", live_url=live, photo=photo, at=NOON)
    lax = Rules(hold_sensitive=False, hold_limited=False, hold_bots=False, review=False)
    wall = WALL.model_copy(update={"rules": lax})
    allowed = Rule(id="crew", kind="allow", values=(post.author.handle,))
    known = Person("", "listed", approved_ms=0, media_ms=0)
    policy = Policy(wall, Desk(rules=(allowed,)))
    verdict = judge(Subject(post), policy, known, to_ms(NOON))
    assert (verdict.status, verdict.reason) == ("pending", "form")
    assert "a moderator decides" in verdict.rule
    assert (post.media[0].alt, post.hashtags) == ("Ada on stage", ("pyfest26",))
    assert post.url.startswith(f"{live}#p")


NAMES = st.sampled_from(["send", "name", "text", "alt", "photo", "website", "other"])
TYPED = st.one_of(
    st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass"))
)


@given(st.dictionaries(NAMES, TYPED), st.booleans())
def test_whatever_comes_is_refused_in_words_or_safe(came: dict[str, bytes], photos: bool) -> None:
    for given_send in (came.get("send", b""), SEND):
        try:
            read = read_submission(came | {"send": given_send}, photos=photos)
        except InvalidError:
            continue
        assert read.name == safe_text(read.name, limits=NAME) != ""
        assert read.text == safe_text(read.text, limits=TEXT)
        assert read.alt == safe_text(read.alt, limits=ALT)
        assert read.text or read.photo
        for span in with_links(read.text).spans:
            assert read.text[span.start : span.end].lower().startswith(("http://", "https://"))
