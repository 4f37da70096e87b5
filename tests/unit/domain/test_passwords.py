"""Passwords that are too easy are refused in words, all others are taken as they are."""

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.passwords import SHORTEST, check_password, common_passwords
from app.errors import InvalidError

KNOWN = ("Mira Ström", "PyFest 26", "pyfest26", "Hamburg")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("tooshort", "at least 12"),
        ("𝐭𝐨𝐨𝐬𝐡𝐨𝐫𝐭", "at least 12"),
        ("x" * 201, "at most 200"),
        ("aaaaaaaaaaaaaaaa", "pattern"),
        ("abcabcabcabcabc", "pattern"),
        ("abcdefabcdefabcdef", "pattern"),
        ("Password1234", "tried first"),
        ("correcthorsebatterystaple", "tried first"),
        ("4321drowssap", "tried first"),
        ("Qwertyuiop123", "tried first"),
        ("MiraStröm2026", "little more than a name"),
        ("PyFest26-Hamburg", "little more than a name"),
        ("hallway-pyfest26", "little more than a name"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_in_words(password: str, words: str) -> None:
    with pytest.raises(InvalidError, match=words) as said:
        check_password(password, KNOWN)
    assert said.value.code == "invalid.password"
    assert password not in str(said.value)


@pytest.mark.parametrize(
    "password",
    [
        "seven brown foxes at noon",
        "дом у синего моря",
        "朝の霧の中の古い電車が走る",
        "Mira likes 9 old trams!",
    ],
)
def test_a_few_words_are_enough_in_any_script(password: str) -> None:
    assert check_password(password, KNOWN) == password


@settings(max_examples=50)
@given(st.integers(min_value=9, max_value=60))
def test_what_a_password_manager_makes_is_taken(length: int) -> None:
    password = secrets.token_urlsafe(length)
    assert check_password(password, KNOWN) == password


def test_a_keyboard_that_composes_letters_otherwise_makes_the_same_password() -> None:
    assert check_password("Stro\u0308m im Hafen um neun") == "Ström im Hafen um neun"


def test_the_list_holds_long_passwords_only() -> None:
    assert len(common_passwords()) > 300
    assert all(len(word) >= SHORTEST and word == word.casefold() for word in common_passwords())
