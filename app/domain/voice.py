"""When two posts are one note by one person: pure rules, each with a sentence that a moderator can check.

Nothing here is proof of who somebody is. So the rules ask for much, and a moderator can always undo what they say.
"""

import hashlib
import re
import unicodedata
from datetime import timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from app.domain.post import Post, RichText
from app.domain.text import fold

SOON = timedelta(minutes=15)
"""Cross-posting programs look for new posts every few minutes; what comes later was said again, not copied."""
FEW_LETTERS = 20
"""Shorter texts are greetings and cheers: many people write the same."""
SOME_LETTERS = 60
"""Slogans and titles of talks are shorter than this: below it, name and handle must both agree."""
WHOLE_LETTERS = 80
"""No network cuts texts shorter than this: two texts are looked up under this many of their first letters."""
NAME_LETTERS = 8
"""Names and handles of fewer letters belong to many people."""

_NETWORKS = {"mastodon": "Mastodon", "bluesky": "Bluesky", "x": "X", "feed": "a feed"}
_UNSIGNED = frozenset({"form", "nostr"})
"""Networks on which anybody may type any name: a name says nothing there."""


class Voice(NamedTuple):
    """Under what the other copies of a note are looked up: 64-bit digests, None where there is nothing to look for."""

    address: int | None = None
    """Of the original's address: it and its bridged copies have the same."""
    note: int | None = None
    """Of the person and the first words: the same for what one person posts by hand on several networks."""


NO_VOICE = Voice()


def voice_of(post: Post) -> Voice:
    """The digests of a post."""
    person, words = _person(post), words_of(post.body)
    note = None
    if person and len(words) >= FEW_LETTERS:
        note = _digest(f"{person}\n{words[:WHOLE_LETTERS]}")
    return Voice(_digest(_address(post)), note)


def kind_of(post: Post) -> tuple[str, bool]:
    """Where a post was written, and whether a bridge put it there: no note has two posts of one kind."""
    return post.network, is_bridged(post)


def is_bridged(post: Post) -> bool:
    """Whether a bridge that we know copied it from another network."""
    return bool(_bridged_handle(post.author.handle))


Tie = Literal["bridged", "said"]


def tie(one: Post, other: Post) -> Tie | None:
    """Why two posts are the same note by the same person; None when they are not, as far as can be told."""
    if kind_of(one) == kind_of(other):
        return None
    if _copied(one, other) or _copied(other, one):
        return "bridged"
    return "said" if _said_twice(one, other) else None


def sentence(copy: Post, lead: Post) -> str:
    """What a moderator reads at a post that is shown within `lead`."""
    where = _NETWORKS.get(lead.network, lead.network.title())
    match tie(copy, lead):
        case "bridged" if is_bridged(copy):
            return f"The same note, copied from {where} by a bridge."
        case "bridged":
            return f"The same note as on {where}, where a bridge put a copy of it."
        case "said":
            return f"The same note by the same person as on {where}, {_apart(copy, lead)}."
        case None:
            return f"The same note by the same person as on {where}."


def name_of(network: str) -> str:
    """What people call a network, within a sentence."""
    return _NETWORKS.get(network, network.title())


# --- bridges --------------------------------------------------------------------------------------

_BRIDGED = re.compile(r"(.+)(?:\.ap\.brid\.gy|\.web\.brid\.gy|@bsky\.brid\.gy|@web\.brid\.gy)")
"""Accounts that Bridgy Fed makes (fed.brid.gy/docs): `ada.fedi.example.ap.brid.gy`, `ada.bsky.social@bsky.brid.gy`.

Both networks check that a handle belongs to its domain, so nobody else can have one of these.
"""
_AT = re.compile(r"(?:at://|https://bsky\.app/profile/)(did:[\w.:%-]+)/[\w.]+/([\w.~-]+)")
_STATUS = re.compile(r"(https://[^/]+)/users/([^/]+)/statuses/(\w+)")


@lru_cache(maxsize=4_096)
def _bridged_handle(handle: str) -> str:
    """The dotted handle of the account that a bridged one stands for; empty for all others."""
    found = _BRIDGED.fullmatch(handle.lower())
    return _dotted(found[1]) if found else ""


def _dotted(handle: str) -> str:
    """As bridges write handles: `ada_l@fedi.example` is `ada-l.fedi.example`."""
    return handle.lower().replace("@", ".").replace("_", "-")


def _copied(copy: Post, original: Post) -> bool:
    """A known bridge says that it copied `original`, and for the very person who wrote that."""
    person = _bridged_handle(copy.author.handle)
    if not person or not copy.bridged_from or person != _dotted(original.author.handle):
        return False
    return _address(copy) == _address(original)


def _address(post: Post) -> str:
    """The address of the original, written in one way."""
    named = post.bridged_from if is_bridged(post) else None
    raw = named or (post.key if post.key.startswith("at://") else post.url)
    if found := _AT.fullmatch(raw):
        return f"at://{found[1]}/{found[2]}"
    if found := _STATUS.fullmatch(raw):
        return f"{found[1]}/@{found[2]}/{found[3]}"
    return raw.rstrip("/")


# --- the same words -------------------------------------------------------------------------------

_MARK = re.compile(r"[#@]\S+")
_ADDRESS = re.compile(r"https?://\S+|\b[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/\S*", re.IGNORECASE)
_BRACKETED = re.compile(r"\([^)]*\)|\[[^]]*\]")
_WORD = re.compile(r"[^\W_]+")
_CUT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*\Z")


def words_of(body: RichText) -> str:
    """The letters and digits of a text, without links, mentions, hashtags and emoji; folded, in one piece."""
    text = unicodedata.normalize("NFKC", _unmarked(body)).casefold()
    return "".join(_WORD.findall(_own_words(text)))


def _said_twice(one: Post, other: Post) -> bool:
    """The same person wrote the same words in two places within a short time."""
    if abs(one.created_at - other.created_at) > SOON:
        return False
    if not _person(one) or _person(one) != _person(other):
        return False
    words, others = words_of(one.body), words_of(other.body)
    if min(len(words), len(others)) < FEW_LETTERS:
        return False
    if len(words) < SOME_LETTERS and _first_part(one.author.handle) != _first_part(
        other.author.handle
    ):
        return False
    return words == others or _cut_from(one, other) or _cut_from(other, one)


def _cut_from(short: Post, long: Post) -> bool:
    """Whether `short` is the beginning of `long`, and says that it was cut."""
    words = words_of(short.body)
    if len(words) < WHOLE_LETTERS or not words_of(long.body).startswith(words):
        return False
    return _CUT.search(_own_words(_unmarked(short.body))) is not None


def _own_words(text: str) -> str:
    """Without the addresses, hashtags and mentions that a network did not mark: each writes them in its own way."""
    if "/" in text:  # few texts have one, and looking for addresses is slow
        text = _ADDRESS.sub(" ", text)
    return _MARK.sub(" ", text)


def _unmarked(body: RichText) -> str:
    """The text without its spans: what is left is in the author's own words."""
    parts, done = [], 0
    for span in body.spans:
        parts.append(body.text[done : span.start])
        done = span.end
    return " ".join((*parts, body.text[done:]))


# --- the same person ------------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _person_of(handle: str, name: RichText) -> str:
    names = _WORD.findall(fold(_BRACKETED.sub(" ", _unmarked(name))))
    if len(names) > 1 and len("".join(names)) >= NAME_LETTERS:
        return "".join(names)
    first = _first_part(handle)
    return first if len(first) >= NAME_LETTERS and first not in names else ""


def _person(post: Post) -> str:
    """A name of two words, else a long handle that is no mere first name; empty when neither tells a person apart."""
    by = post.author
    return "" if post.network in _UNSIGNED else _person_of(by.handle, by.name)


@lru_cache(maxsize=4_096)
def _first_part(handle: str) -> str:
    """The handle without its server, folded: `Ada_L@fedi.example` and `adal.bsky.social` are both `adal`."""
    handle = _bridged_handle(handle) or handle
    return "".join(_WORD.findall(fold(re.split(r"[@.]", handle, maxsplit=1)[0])))


def _apart(copy: Post, lead: Post) -> str:
    seconds = round((copy.created_at - lead.created_at).total_seconds())
    size = f"{abs(seconds)} s" if abs(seconds) < 120 else f"{abs(seconds) // 60} min"
    if not seconds:
        return "at the same time"
    return f"{size} later" if seconds > 0 else f"{size} earlier"


def _digest(text: str) -> int:
    raw = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "big", signed=True)
