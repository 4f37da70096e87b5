"""The words of a text, as they stand and as they were meant: `sh1t`, `f.u.c.k`, `f u c k`, `fuuuuck`, `#FuckThis`."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import regex  # type: ignore[import-untyped]

from app.domain.skeleton import pieces

END = ""
"""Stands between two texts, so that no phrase begins in one and ends in the other."""
_MARK = "\x00"
_BETWEEN = f" {_MARK} "
_KEPT = 24
"""Letters of a piece whose readings are remembered; longer ones are sentences, and kept nowhere."""

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_TAG = re.compile(r"#(\w+)")
_HUMP = regex.compile(
    r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|_|(?<=\p{L})(?=\p{N})", regex.V1
)
_LEET = frozenset("0134579680@$!|€")
_READ_I = str.maketrans("0134579680@$!|€", "oieastggboasiie")
_READ_L = str.maketrans("1|", "ll")
_LATIN = re.compile(r"[a-z]")
_RUN = re.compile(r"(\w)\1\1+")
_TRIPLES = tuple(chr(letter) * 3 for letter in range(ord("a"), ord("z") + 1))
_RUNS_READ = 3
"""Longer letters of a word that are read both as one and as two; the rest as one."""
_FRONT, _BACK = "#\"'([{“‘«‹¡¿*_~-", "#\"')]}”’»›*_~-.,:;!?…|+"
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff]")
_BETWEEN_UNSPACED = re.compile(
    r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff]+"
)
"""Words of other scripts within them: `Pythonの`."""
_ENDS = (", ", ". ", "! ", "? ", ": ")
_GAPS = re.compile(r"[._*~·\-]+")


class Tokens(NamedTuple):
    """The words of some texts."""

    row: list[str]
    """In order, with `END` between texts."""
    meant: set[str]
    """Other readings of single words, and letters that stand alone, joined."""
    spelt: set[str]
    """Of those, the letters that stood alone: whole phrases may be among them."""
    unspaced: str
    """The texts in scripts that write no spaces between words, without what somebody put between the letters."""
    plain: bool
    """Whether all is ASCII."""


def tokens_of(texts: Iterable[str]) -> Tokens:
    """The words of texts; their skeletons, so that lists can be looked up in them."""
    whole = _BETWEEN.join(texts)
    if "#" in whole:
        whole = _BETWEEN.join((whole, *_opened(whole)))
    for end in _ENDS:  # most words are words then, without a second look
        whole = whole.replace(end, " ")
    plain = whole.isascii()
    row = pieces(whole)
    unspaced = joined(row) if not plain and is_unspaced("".join(row)) else ""
    tokens = Tokens(row, set(), set(), unspaced, plain)
    _read_all(tokens, closely=bool(unspaced) or _has_runs(whole, plain=plain))
    if list(map(len, row)).count(1) > 2:
        _spell(tokens)
    return tokens


def _has_runs(whole: str, *, plain: bool) -> bool:
    """Whether a letter stands three times in a row. Looking for 26 letters is quicker than one expression."""
    if plain:
        return any(map(whole.lower().__contains__, _TRIPLES))
    return _RUN.search(whole.lower()) is not None


def is_unspaced(word: str) -> bool:
    """Whether a word is of a script that writes no spaces: it is looked for everywhere, not between spaces."""
    return _UNSPACED.search(word) is not None


def joined(found: Iterable[str]) -> str:
    """Pieces of a skeleton in one, without what somebody put between the letters."""
    return _GAPS.sub("", "".join(found))


def split(skeleton: str) -> tuple[str, ...]:
    """The words of a skeleton."""
    return tuple(_WORD.findall(skeleton))


def readings(piece: str) -> set[str]:
    """Every way in which a piece of a skeleton is read."""
    words, meant = _read(piece)
    return {*words, *meant}


def _opened(text: str) -> Iterator[str]:
    """The words of hashtags that are written `#LikeThis` or `#like_this`."""
    for tag in _TAG.findall(text):
        if words := _humps(tag):
            yield words


@lru_cache(maxsize=4_096)
def _humps(tag: str) -> str:
    parts = [part for part in _HUMP.split(tag) if part]
    return " ".join(parts) if len(parts) > 1 else ""


def _read_all(tokens: Tokens, *, closely: bool) -> None:
    """Make words of the pieces in the row: most are words as they are, unless all must be looked at closely."""
    row = tokens.row
    odd = [at for at, piece in enumerate(row) if not piece.isalpha()]
    for at in range(len(row) - 1, -1, -1) if closely else reversed(odd):
        piece = row[at]
        word = piece.rstrip(_BACK).lstrip(_FRONT)
        if not closely and word.isalpha():
            row[at] = word
            continue
        words, others = (_kept if len(piece) <= _KEPT else _read)(piece)
        row[at : at + 1] = words
        tokens.meant.update(others)


def _read(piece: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a piece as they stand, and its other readings."""
    if piece == _MARK:
        return (END,), ()
    if is_unspaced(piece):
        inner = tuple(_BETWEEN_UNSPACED.findall(piece))
        return inner, tuple(other for word in inner for other in _kept(word)[1])
    words = split(piece)
    meant: set[str] = set()
    if len(words) > 1 and len(piece) <= _KEPT:
        meant.add("".join(words))  # fu-ck
    core = piece.lstrip(_FRONT).rstrip(_BACK)
    if not core.isalpha() and not _LEET.isdisjoint(core):
        meant |= _leet(core)
    for word in (*words, *meant):
        if _RUN.search(word) is not None:
            meant |= _shortened(word)
    return words, tuple(meant.difference(words))


_kept = lru_cache(maxsize=16_384)(_read)


def _leet(core: str) -> set[str]:
    """Digits and signs read as the letters they look like; digits around a word taken away."""
    bare = core.strip("0123456789")
    if _LATIN.search(bare) is None:
        return set()
    found: set[str] = set()
    for text in {core, bare}:
        for read in (text.translate(_READ_I), text.translate(_READ_L).translate(_READ_I)):
            words = split(read)
            found.update(words)
            found.add("".join(words))
    return found


def _shortened(word: str) -> set[str]:
    """A word with each letter that is written three times or more, read as one and as two of it."""
    parts = _RUN.split(word)  # text, letter, text, letter, … text
    letters = parts[1::2]
    sizes = [(1, 2)] * min(len(letters), _RUNS_READ) + [(1,)] * max(len(letters) - _RUNS_READ, 0)
    found: set[str] = set()
    for chosen in product(*sizes):
        runs = [letter * size for letter, size in zip(letters, chosen, strict=True)]
        found.add("".join(a + b for a, b in zip(parts[::2], [*runs, ""], strict=True)))
    return found


def _spell(tokens: Tokens) -> None:
    """Three letters or more that stand alone one after the other are one word: with or without an `a` or `I` beside it."""
    run = ""
    for word in (*tokens.row, END):
        if len(word) == 1:
            run += word
            continue
        if len(run) > 2:
            for spelt in (run, run[1:], run[:-1]):
                tokens.spelt.add(spelt)
                if not spelt.isalpha():
                    tokens.spelt.update(_leet(spelt))
        run = ""
    tokens.meant.update(tokens.spelt)
