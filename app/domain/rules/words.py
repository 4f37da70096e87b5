"""Words and phrases, all of a book in one lookup over the words of a text."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import regex  # type: ignore[import-untyped]

from app.domain.skeleton import skeleton

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


class Word(NamedTuple):
    """One value of a rule: the number of the rule in its book, and the word as it was written."""

    rule: int
    written: str


class Words:
    """The words of all rules of a book."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._first: dict[str, list[tuple[tuple[str, ...], bool, Word]]] = {}
        self._heads: dict[str, list[tuple[str, Word]]] = {}
        for word in words:
            self._add(word)

    def _add(self, word: Word) -> None:
        tokens = tuple(_WORD.findall(skeleton(word.written)))
        if not tokens:
            return
        open_end = word.written.endswith("*")
        if open_end and len(tokens) == 1:
            self._heads.setdefault(tokens[0][:2], []).append((tokens[0], word))
        else:
            self._first.setdefault(tokens[0], []).append((tokens, open_end, word))

    def found(self, texts: Iterable[str]) -> Iterator[Word]:
        """Every word that is in one of the texts."""
        if not self._first and not self._heads:
            return
        for text in texts:
            tokens = _WORD.findall(skeleton(text))
            for at, token in enumerate(tokens):
                for phrase, open_end, word in self._first.get(token, ()):
                    if _agrees(phrase, tokens[at : at + len(phrase)], open_end=open_end):
                        yield word
                for head, word in self._heads.get(token[:2], ()):
                    if token.startswith(head):
                        yield word


def _agrees(phrase: Sequence[str], tokens: Sequence[str], *, open_end: bool) -> bool:
    if len(tokens) < len(phrase) or tuple(tokens[:-1]) != tuple(phrase[:-1]):
        return False
    return tokens[-1].startswith(phrase[-1]) if open_end else tokens[-1] == phrase[-1]


def letters_of(text: str) -> str:
    """The letters and digits by which a word is found."""
    return "".join(_WORD.findall(skeleton(text)))
