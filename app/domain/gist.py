"""Near copies: one number for what a text says, and who said nearly the same, or too much, a moment ago.

The number is a simhash (Charikar, "Similarity estimation techniques from rounding algorithms", 2002): texts that share
most of their words differ in few bits. Links, mentions, hashtags, digits and emoji do not count.
"""

import hashlib
import re
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from app.domain.post import Post, RichText
from app.domain.skeleton import pieces

WITHIN_MS = 600_000
"""Copies are counted this long before and after a post."""
BURST_MS = 60_000
"""The pace of a person is counted over this long."""
KEPT = 20_000
"""Posts remembered, the newest that came in: some minutes of a storm (about 10 MB), since a pace is counted over one."""
FEW_WORDS, FEW_LETTERS = 5, 28
"""Texts of fewer different words or fewer letters are greetings and cheers: many people write the same."""
BITS = 12
"""Bits by which near copies differ at most; unrelated texts differ in 32 of 64, give or take 4."""
NAMED = 40
"""Copies that are looked up for one post: enough for every rule, and a storm costs no more than a breeze."""

_LOOKED_AT = 16
"""Posts of one band that are compared, the newest: so a full memory costs no more than a small one."""
_ADDRESSED = re.compile(r"[#@]\S+|https?://\S+")
_LETTERS = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts without spaces between words: Thai, Lao, Burmese, Khmer, kana, Han."""
_HEAVY = 8
"""Long words say more than short ones: a word weighs as much as it has letters, up to this."""
_FIELD = 16
_TOP = int("8000" * 64, 16)
_ONES = int("0001" * 64, 16)
_MOST_WORDS = 2_000
"""So that no sum of weights leaves its field."""
_BANDS = 8
_UNSIGNED = 2**64 - 1
_FIELDS_OF = [
    b"".join(b"\0\1" if byte >> bit & 1 else b"\0\0" for bit in range(7, -1, -1))
    for byte in range(256)
]
"""The bits of each byte, the highest first, a field each."""
_TO_DIGITS = bytes(49 if byte & 0x80 else 48 for byte in range(256))


class Near(NamedTuple):
    """Posts by other people that say nearly the same: their ids (`NAMED` at most), and how many people that is."""

    ids: tuple[str, ...]
    people: int


def gist_of(post: Post) -> int:
    """What a post says in its own words, as a signed 64-bit number; 0 when it says too little to be judged."""
    words = list(_words(_own(post.body)))
    if len(set(words)) < FEW_WORDS or sum(map(len, words)) < FEW_LETTERS:
        return 0
    found = _simhash(words[:_MOST_WORDS]) or 1
    return found - 2**64 if found >= 2**63 else found


def distance(one: int, other: int) -> int:
    """In how many of 64 bits two gists differ."""
    return ((one ^ other) & _UNSIGNED).bit_count()


def _own(body: RichText) -> str:
    parts, done = [], 0
    for span in body.spans:
        parts.append(body.text[done : span.start])
        done = span.end
    own = " ".join((*parts, body.text[done:]))
    return _ADDRESSED.sub(" ", own)  # what the network did not mark


def _words(text: str) -> Iterator[str]:
    """Words; where a script has no spaces between them, pairs of letters."""
    for word in _LETTERS.findall(" ".join(pieces(text))):
        if len(word) > 2 and _UNSPACED.match(word):
            yield from (word[at : at + 2] for at in range(len(word) - 1))
        else:
            yield word


def _simhash(words: list[str]) -> int:
    """Every bit is what most of the words have there, by weight. 64 sums are kept in one number, 16 bits each."""
    total = sum(map(_spread, words))
    half = sum(min(len(word), _HEAVY) for word in words) // 2
    over = total + _TOP - (half + 1) * _ONES
    fields = over.to_bytes(_FIELD * 8, "big")[::2]
    return int(fields.translate(_TO_DIGITS), 2)


@lru_cache(maxsize=8_192)
def _spread(word: str) -> int:
    """The digest of a word, each bit in a field of its own, times its weight."""
    raw = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    fields = b"".join([_FIELDS_OF[byte] for byte in raw])
    return int.from_bytes(fields, "big") * min(len(word), _HEAVY)


class _Entry:
    __slots__ = ("author", "bits", "created_ms", "gist", "gone", "id")

    def __init__(self, id_: str, author: str, gist: int, created_ms: int) -> None:
        self.id, self.author, self.gist, self.created_ms = id_, author, gist, created_ms
        self.bits = gist & _UNSIGNED
        self.gone = False


class Neighbours:
    """The newest posts of one wall, in memory: who says the same, and how fast one person posts.

    Gists that differ in few bits have most likely one byte in common: only posts with the same byte in the same place are compared.
    With 12 different bits one of the 8 bytes is the same in 8 of 10 cases, so among several copies some are always found.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._entries: dict[str, _Entry] = {}
        self._order: deque[_Entry] = deque()
        self._bands: dict[int, deque[_Entry]] = {}
        self._people: dict[str, list[tuple[int, str]]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, id_: str, author_key: str, gist: int, created_ms: int) -> None:
        """Remember a post, or what it says now."""
        known = self._entries.get(id_)
        if known is not None:
            if (known.author, known.gist, known.created_ms) == (author_key, gist, created_ms):
                return
            self._leave(known)
        entry = _Entry(id_, author_key, gist, created_ms)
        self._entries[id_] = entry
        self._order.append(entry)
        for band in _bands(gist):
            self._bands.setdefault(band, deque()).append(entry)
        insort(self._people.setdefault(author_key, []), (created_ms, id_))
        while len(self._order) > self._kept:
            self._drop_oldest()

    def near(self, author_key: str, gist: int, created_ms: int) -> Near:
        """Near copies by other people within 10 minutes before or after."""
        found: dict[str, str] = {}
        bits = gist & _UNSIGNED
        for band in _bands(gist):
            for entry in islice(reversed(self._bands.get(band, ())), _LOOKED_AT):
                if abs(entry.created_ms - created_ms) > WITHIN_MS or entry.gone:
                    continue
                if (entry.bits ^ bits).bit_count() <= BITS and entry.author != author_key:
                    found[entry.id] = entry.author
            if len(found) >= NAMED:
                break
        ids = tuple(found)[:NAMED]
        return Near(ids, len({found[id_] for id_ in ids}))

    def burst(self, author_key: str, created_ms: int) -> int:
        """Posts of a person in the 60 s up to a moment, that moment included."""
        theirs = self._people.get(author_key, [])
        start = bisect_right(theirs, (created_ms - BURST_MS, "\U0010ffff"))
        return bisect_right(theirs, (created_ms, "\U0010ffff")) - start

    def fullest(self, author_key: str, created_ms: int) -> int:
        """Posts of a person in the fullest 60 s that a moment is part of."""
        nearby = self._nearby(author_key, created_ms)
        return max((self.burst(author_key, at) for at, _ in nearby if at >= created_ms), default=0)

    def around(self, author_key: str, created_ms: int) -> tuple[str, ...]:
        """The posts of a person less than 60 s from a moment: their pace changes with a post then."""
        return tuple(id_ for _, id_ in self._nearby(author_key, created_ms))

    def _nearby(self, author_key: str, created_ms: int) -> list[tuple[int, str]]:
        theirs = self._people.get(author_key, [])
        start = bisect_right(theirs, (created_ms - BURST_MS, "\U0010ffff"))
        return theirs[start : bisect_left(theirs, (created_ms + BURST_MS, ""))]

    def _drop_oldest(self) -> None:
        """Bands are in the order of coming in, so the oldest post is the first in each of its own."""
        oldest = self._order.popleft()
        for band in _bands(oldest.gist):
            entries = self._bands[band]
            entries.popleft()
            if not entries:
                del self._bands[band]
        if not oldest.gone:
            self._leave(oldest)

    def _leave(self, entry: _Entry) -> None:
        entry.gone = True
        del self._entries[entry.id]
        theirs = self._people[entry.author]
        theirs.remove((entry.created_ms, entry.id))
        if not theirs:
            del self._people[entry.author]


def _bands(gist: int) -> Iterator[int]:
    """Each byte with its place; none where there is no gist."""
    if gist:
        unsigned = gist & _UNSIGNED
        for place in range(_BANDS):
            yield place << 8 | unsigned >> 8 * place & 0xFF
