"""The rules a wall has before anybody writes one: quiet for honest people."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.domain.rules.rule import Rule
from app.wordlists import load_words

NAMES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}
"""The shipped languages (ISO 639-1), as moderators call them."""

_STORM = (
    Rule(id="copies", kind="copies", most=3, note="The same text from many people"),
    Rule(id="pace", kind="pace", most=6, note="One person who floods the wall"),
    Rule(id="hashtags", kind="hashtags", most=8, note="One post on many hashtags"),
    Rule(id="age", kind="age", most=2, note="Accounts made for the occasion"),
)


def default_rules(words: Mapping[str, Sequence[str]] | None = None) -> tuple[Rule, ...]:
    """The rules of a new wall: all hold, none hides. `words` are lists by language; the shipped ones when None."""
    if words is None:
        return _shipped()
    lists = (
        Rule(
            id=f"words-{code}",
            kind="word",
            values=tuple(listed),
            note=f"Insults and sexual spam, {NAMES.get(code, code)}",
        )
        for code, listed in words.items()
        if listed
    )
    return (*_STORM, *lists)


@lru_cache(maxsize=1)
def _shipped() -> tuple[Rule, ...]:
    return default_rules(load_words())
