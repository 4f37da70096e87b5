"""Which passwords are too easy to guess: too short ones, common ones, and those made of the name or the event. No other rules."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from app.errors import InvalidError

SHORTEST = 12
LONGEST = 200
"""Characters: long enough for every sentence, short enough that hashing one is no attack."""
DIFFERENT = 5
"""Fewer different characters than this are a pattern."""
REST = 6
"""So many characters must stay when the name, the event and the service's own name are taken out."""
_LETTERS = re.compile(r"[\W_]+")


def tidy_password(password: str) -> str:
    """The same password however a keyboard composes it (NIST SP 800-63B-4, 3.1.1.2: normalise before hashing)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, known: Iterable[str] = ()) -> str:
    """The password as it is hashed. `known` are words that others would try: the person's name, the event, its hashtags.

    InvalidError for the input "password", in words, when it is too easy to guess.
    """
    tidy = tidy_password(password)
    if len(tidy) < SHORTEST:
        raise _weak(f"A password has at least {SHORTEST} characters.", "Three or four words do.")
    if len(tidy) > LONGEST:
        raise _weak(f"A password has at most {LONGEST} characters.", "Use fewer words.")
    folded = tidy.casefold()
    if len(set(folded)) < DIFFERENT or _repeats(folded):
        raise _weak("That password is one pattern over and over.", "Use three or four words.")
    if folded in common_passwords() or folded[::-1] in common_passwords():
        raise _weak("That is one of the passwords that are tried first.", "Use a few words.")
    if len(_without(folded, known)) < REST:
        raise _weak(
            "That password is little more than a name that everybody here knows.",
            "Add words that nobody would guess.",
        )
    return tidy


@cache
def common_passwords() -> frozenset[str]:
    """Long passwords that people use all over the world, as lists of leaked ones show again and again."""
    text = files("app").joinpath("common-passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _repeats(folded: str) -> bool:
    """Whether a piece of at most a third is written again and again: `abcabcabcabc`, `pass1pass1pass1`."""
    return any(
        (folded[:n] * (len(folded) // n + 1)).startswith(folded)
        for n in range(1, len(folded) // 3 + 1)
    )


def _without(folded: str, known: Iterable[str]) -> str:
    words = {part for word in known for part in (word.casefold(), *word.casefold().split())}
    rest = _LETTERS.sub("", folded)
    for word in sorted({_LETTERS.sub("", w) for w in words} | {"hallway"}, key=len, reverse=True):
        if len(word) >= 3:
            rest = rest.replace(word, "")
    return rest


def _weak(message: str, hint: str) -> InvalidError:
    return InvalidError("password", message, hint=hint)
