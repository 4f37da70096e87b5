"""Words and phrases, all of a book in one lookup over the words of a text."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from app.domain.rules.tokens import Tokens, is_unspaced, joined, readings, split, tokens_of
from app.domain.skeleton import forms, pieces, skeleton
from app.wordlists import innocent_words


class Word(NamedTuple):
    """One value of a rule: the number of the rule in its book, and the word as it was written."""

    rule: int
    written: str


class Entry(NamedTuple):
    """How a word is looked up: as one of its skeletons."""

    tokens: tuple[str, ...]
    open_end: bool
    """It ends in *: it may go on."""
    text: str
    """In one piece, for scripts without spaces; empty for all others."""

    def anchor(self) -> int:
        """Where its longest word is; one that may go on is none."""
        whole = self.tokens[:-1] if self.open_end else self.tokens
        return max(range(len(whole)), key=lambda at: len(whole[at]))


_HEAD = 3
"""Letters by which words that may go on are looked up; one less for those of other scripts that have no more."""
_AL = ("ال", "وال")
"""The Arabic article, which is written in one with its word."""


class Words:
    """The words of all rules of a book."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._single: dict[str, list[Word]] = {}
        self._phrases: dict[str, list[tuple[Entry, Word]]] = {}
        """By their longest word: the less common it is, the fewer texts are looked at twice."""
        self._begun: dict[str, list[Word]] = {}
        """Words that may go on."""
        self._heads: dict[str, set[int]] = {}
        """How long those are that begin with these letters."""
        self._joined: dict[str, list[Word]] = {}
        self._unspaced: dict[str, list[Word]] = {}
        for word in words:
            for entry in entries(word.written):
                self._add(entry, word)
        self._within = _one_of(self._unspaced)

    def found(self, texts: Sequence[str]) -> list[Word]:
        """Every word that is in one of the texts, in no order."""
        tokens = tokens_of(texts)
        hits = list(self._hits(tokens))
        if not hits:
            return []
        written = {word for text in texts for word in split(_plain(text))}
        return [word for token, word in hits if _is_meant(token, word, written)]

    def _add(self, entry: Entry, word: Word) -> None:
        first = entry.tokens[0] if entry.tokens else ""
        if entry.text:
            self._unspaced.setdefault(entry.text, []).append(word)
        elif len(entry.tokens) > 1:
            self._phrases.setdefault(entry.tokens[entry.anchor()], []).append((entry, word))
            self._joined.setdefault("".join(entry.tokens), []).append(word)
        elif first and entry.open_end:
            self._begun.setdefault(first, []).append(word)
            self._heads.setdefault(first[:_HEAD], set()).add(len(first))
        elif first:
            self._single.setdefault(first, []).append(word)

    def _hits(self, tokens: Tokens) -> Iterator[tuple[str, Word]]:
        """Words, each with the token that it was found in."""
        for words in (tokens.row, tokens.meant):
            if words and not self._single.keys().isdisjoint(words):
                yield from _all(self._single, words)
            if words:
                yield from self._going_on(words, plain=tokens.plain)
        if not self._phrases.keys().isdisjoint(tokens.row):
            yield from self._said(tokens.row)
        if tokens.spelt:
            yield from _all(self._joined, tokens.spelt)
        if tokens.unspaced and self._within is not None:
            yield from _all(self._unspaced, self._within.findall(tokens.unspaced))

    def _going_on(self, words: Iterable[str], *, plain: bool) -> Iterator[tuple[str, Word]]:
        heads = self._heads
        likely = [(word, _HEAD) for word in words if word[:_HEAD] in heads]
        if not plain:
            likely += [(word, _HEAD - 1) for word in words if word[: _HEAD - 1] in heads]
        for token, head in likely:
            for size in heads[token[:head]]:
                for word in self._begun.get(token[:size], ()):
                    yield token, word

    def _said(self, row: Sequence[str]) -> Iterator[tuple[str, Word]]:
        for at in [at for at, token in enumerate(row) if token in self._phrases]:
            for entry, word in self._phrases[row[at]]:
                start = at - entry.anchor()
                if start >= 0 and _agrees(entry, row[start : start + len(entry.tokens)]):
                    yield "", word


@lru_cache(maxsize=32_768)
def entries(written: str) -> tuple[Entry, ...]:
    """How a word of a list is looked up: under each of its skeletons."""
    stem = written.strip().removesuffix("*")
    open_end = written.strip().endswith("*")
    found = []
    for form in sorted(forms(stem)):
        tokens = split(form)
        if is_unspaced(form):
            found.append(Entry((), open_end=open_end, text=joined(pieces(form))))
            continue
        found.append(Entry(tokens, open_end=open_end, text=""))
        if len(tokens) == 1 and "\u0620" <= form[:1] <= "\u06ff":
            found += [Entry((al + form,), open_end=open_end, text="") for al in _AL]
    return tuple(found)


def letters_of(text: str) -> str:
    """The letters and digits by which a word is found."""
    return "".join(split(skeleton(text)))


def _all(table: Mapping[str, list[Word]], words: Iterable[str]) -> Iterator[tuple[str, Word]]:
    for token in words:
        for word in table.get(token, ()):
            yield token, word


def _agrees(entry: Entry, words: Sequence[str]) -> bool:
    if len(words) < len(entry.tokens) or tuple(words[:-1]) != entry.tokens[:-1]:
        return False
    last = entry.tokens[-1]
    return words[-1].startswith(last) if entry.open_end else words[-1] == last


def _one_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Finds the words of scripts without spaces; innocent longer words go first, and are found instead."""
    wanted = set(words)
    if not wanted:
        return None
    around = {w for w in _innocent() if is_unspaced(w)}
    longest = sorted(wanted | around, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest)))


def _is_meant(token: str, word: Word, written: Set[str]) -> bool:
    """Whether a word that was found stands there as it was listed, or in a word that nobody knows as another one.

    `año` is not `ano`, `bitteee` is not `bite`: innocent words are compared with their accents, before any reading.
    """
    innocent = _innocent()
    if not token or is_unspaced(token) or innocent.isdisjoint(written):
        return True
    if _plain(word.written).removesuffix("*").strip() in written:
        return True
    sources = {w for w in written if any(token in readings(p) for p in pieces(w))}
    return not sources or not sources <= innocent


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


@lru_cache(maxsize=1)
def _innocent() -> frozenset[str]:
    return frozenset(map(_plain, innocent_words()))
