"""What a text is reduced to before it is compared."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.skeleton import forms, skeleton

TRICKY = st.text(
    alphabet=st.sampled_from(
        "aAнНйЙыΝνϐΐ\u0301\u0345İıßﬁ１\u200b\ufdfaǅſKÅ𝐀ᴀⓐ🅰ـªΣς\u0308ᏣꭵꮁӀ½㍿ﷺ¨\u3099か゛각\u1100\u1161آ "
    ),
    max_size=12,
)


@given(st.one_of(st.text(max_size=30), TRICKY))
@settings(max_examples=300)
@example("Nѵǅͅ")
def test_a_skeleton_has_no_other_skeleton(text: str) -> None:
    once = skeleton(text)
    assert skeleton(once) == once


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Ｆｕｌｌｗｉｄｔｈ", "fullwidth"),
        ("𝓈𝒸𝓇𝒾𝓅𝓉", "script"),
        ("🅱🅻🅰🅲🅺", "black"),
        ("ꜱᴍᴀʟʟ ᴄᴀᴘꜱ", "small caps"),
        ("in\u200bvis\u00adible", "invisible"),
        ("Z̷̡a̸l̶g̴o̵", "zalgo"),
        ("раypal", "paypal"),  # the first two letters are Cyrillic
        ("Αpple", "apple"),  # the first letter is Greek
        ("Müller Straße", "muller strasse"),
        ("two\n  lines", "two lines"),
    ],
)
def test_disguises_come_off(text: str, bare: str) -> None:
    assert skeleton(text) == bare


@pytest.mark.parametrize(
    "text",
    [
        "всё это правда",
        "ρακί και μεζέδες",
        "हिन्दी में",
        "ภาษาไทย",
        "日本語",
        "한국어",
        "շնորհակալություն",
    ],
)
def test_honest_texts_stay_in_their_script(text: str) -> None:
    assert not any("a" <= letter <= "z" for letter in skeleton(text))


def test_signs_that_are_letters_stay() -> None:
    assert skeleton("की") != skeleton("का")
    assert skeleton("ที่") != skeleton("ทา")


def test_points_and_stretched_lines_of_arabic_come_off() -> None:
    assert skeleton("مُحَمَّـــد") == skeleton("محمد")


def test_a_word_of_a_list_is_known_by_itself_and_among_others() -> None:
    """By itself, letters that all look Latin are taken for Latin ones; in a Russian text they are not."""
    assert skeleton("рак") in forms("рак")
    assert skeleton("это рак").split()[1] in forms("рак")
