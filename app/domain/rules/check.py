"""Whether a rule can be what its author meant: told in plain words, at the field that is not right."""

import math
import re
from collections.abc import Callable

from app.domain.rules.names import domain, language, name
from app.domain.rules.rule import LISTS, MOST, Rule
from app.domain.rules.words import Word, Words, letters_of
from app.errors import InvalidError

MOST_VALUES = 20_000
"""Values in one rule: the public lists of blocked servers have some thousands."""
LONGEST = 200
"""Letters of a value, an id or a note."""
FEW_LETTERS = 2
FEW_BEFORE_STAR = 3
"""Letters of a word that may go on: fewer begin half of a language. In other scripts a letter says more."""

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_DOMAIN = re.compile(r"(?:[^\s./@:*]{1,63}\.)+[^\s./@:*]{2,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_NETWORK = re.compile(r"[a-z][a-z0-9]{0,31}")


def check_rule(rule: Rule) -> None:
    """InvalidError, with `field` set to id, values, most or note, when the rule cannot work or would catch everything."""
    if _ID.fullmatch(rule.id) is None:
        raise InvalidError("id", "An id has 1 to 64 letters, digits, hyphens, dots or colons.")
    if len(rule.note) > LONGEST:
        raise InvalidError("note", f"A note has at most {LONGEST} characters.")
    if rule.kind in LISTS:
        _check_values(rule)
    if rule.most is not None:
        _check_number(rule, rule.most)
    if rule.kind == "allow" and rule.action == "hide":
        raise InvalidError("action", "A list of people who go straight on hides nobody.")


def _check_values(rule: Rule) -> None:
    if not rule.values:
        raise InvalidError("values", "Say what to look for.")
    if len(rule.values) > MOST_VALUES:
        raise InvalidError("values", f"At most {MOST_VALUES:,} in one rule.")
    check = _CHECKS[rule.kind]
    for value in rule.values:
        if not value.strip():
            raise InvalidError("values", "One of them is empty.")
        if len(value) > LONGEST:
            raise InvalidError("values", f"“{value[:20]}…” is too long: {LONGEST} characters.")
        if problem := check(value):
            raise InvalidError("values", f"“{value}” {problem}")


def _check_number(rule: Rule, most: float) -> None:
    if rule.kind not in MOST:
        raise InvalidError("most", "This kind of rule has no number.")
    if not math.isfinite(most) or most < 0:
        raise InvalidError("most", "The number is 0 or more.")
    if most > 1_000_000_000:
        raise InvalidError("most", "That number is too large to mean anything.")
    if rule.kind in ("age", "followers") and most == 0:
        raise InvalidError("most", "With 0 this rule would never apply.")
    if rule.kind == "pace" and most < 1:
        raise InvalidError("most", "With less than 1 every post would be one too many.")


def _word(value: str) -> str:
    """What is not right about a word or phrase; empty when all is."""
    stem = value.strip().removesuffix("*")
    if "*" in stem:
        return "has a * that is not at its end."
    letters = letters_of(stem)
    if not letters:
        return "has no letters or digits to look for."
    if len(letters) < FEW_LETTERS:
        return "is a single letter: that is in nearly every post."
    few = FEW_BEFORE_STAR if letters.isascii() else FEW_LETTERS
    if value.strip().endswith("*") and len(letters) < few:
        return f"needs at least {few} letters before the *."
    if not Words([Word(0, value)]).found([stem]):
        return "cannot be told apart in a text: write it in plain letters."
    return ""


def _domain(value: str) -> str:
    if _DOMAIN.fullmatch(domain(value)):
        return ""
    return "is no server; it looks like evil.example."


def _author(value: str) -> str:
    return "" if name(value) and not re.search(r"\s", name(value)) else "is no handle."


def _network(value: str) -> str:
    return "" if _NETWORK.fullmatch(value) else "is no network; it looks like mastodon."


def _language(value: str) -> str:
    return "" if _LANGUAGE.fullmatch(language(value)) else "is no language; it looks like en."


_CHECKS: dict[str, Callable[[str], str]] = {
    "word": _word,
    "domain": _domain,
    "author": _author,
    "allow": _author,
    "network": _network,
    "language": _language,
}
