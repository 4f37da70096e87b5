"""Text that is fit for a public screen; the one way to compare hashtags and judge addresses."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import regex  # type: ignore[import-untyped]

from app.domain.edits import Edit, applied, clipped
from app.domain.post import RichText, Span


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a text is shown: user-perceived characters and lines (blank ones count)."""

    graphemes: int
    lines: int


NAME = Limits(graphemes=64, lines=1)
TITLE = Limits(graphemes=200, lines=1)
WARNING = Limits(graphemes=300, lines=3)
ALT = Limits(graphemes=1500, lines=12)
POST = Limits(graphemes=1000, lines=12)

ELLIPSIS = "…"
_MARKS_PER_BASE = 4
_CLUSTER_CODE_POINTS = 16
"""The longest emoji in use (a family with skin tones) has 11; longer ones count by code points."""
_ADDRESS_LENGTH = 2048

# --- hashtags -------------------------------------------------------------------------------------

_FOLDS = {
    code: unicodedata.normalize("NFD", chr(code))[0]
    for code in range(0xC0, 0x180)
    if unicodedata.normalize("NFD", chr(code)) != chr(code)
} | dict(zip(map(ord, "ÐðĐđĦħıĸŁłŊŋØøŦŧ"), "DdDdHhikLlNnOoTt", strict=True))
"""Mastodon's app/lib/ascii_folding.rb: letters of Latin-1 and Latin Extended-A, and no others."""

_TAG_EDGES = re.compile(r"\A[\s#]+|\s+\Z")
_TAG = regex.compile(r"[\p{L}\p{N}\p{M}_·・\u200c\u200d]{1,100}")
_TAG_LETTER = regex.compile(r"[\p{L}\p{M}]")


@lru_cache(maxsize=4_096)
def fold_tag(tag: str) -> str:
    """The form in which hashtags are compared: `#Café` and `cafe` are one.

    As Mastodon's app/lib/hashtag_normalizer.rb (NFKC, lower case, then a fixed table of letters).
    """
    return fold(_TAG_EDGES.sub("", tag if tag.isascii() else _folded(tag)))


def fold(text: str) -> str:
    """Any text without case, accents and compatibility forms, to be compared; kept in no cache."""
    return (text if text.isascii() else _folded(text)).lower()


def _folded(tag: str) -> str:
    """Folds until nothing changes: a mark that one round takes off may let the next one compose."""
    plain = unicodedata.normalize("NFKC", tag).translate(_FOLDS)
    folded = unicodedata.normalize("NFKC", plain.casefold())
    return folded if folded == tag else _folded(folded)


def valid_tag(tag: str) -> bool:
    """Whether networks take it for a hashtag: letters, digits, underscores; not digits alone."""
    name = unicodedata.normalize("NFKC", tag).strip().removeprefix("#")
    return _TAG.fullmatch(name) is not None and _TAG_LETTER.search(name) is not None


# --- addresses ------------------------------------------------------------------------------------

_ADDRESS = re.compile(
    r"https?://[^\s/?#\\@\[\]<>\"\x00-\x20\x7f]+(?:[/?#][^\s<>\"\x00-\x20\x7f]*)?", re.IGNORECASE
)


def web_address(value: object) -> str | None:
    """`value` when it is an http or https address that is safe to link to, else None.

    Addresses with a user name, with control characters or of more than 2,048 characters are none.
    """
    return _web_address(value) if isinstance(value, str) else None


@lru_cache(maxsize=4_096)  # avatars, emoji and hashtag pages come again with every post
def _web_address(value: str) -> str | None:
    if len(value) > _ADDRESS_LENGTH:
        return None
    address = value.strip()
    if _ADDRESS.fullmatch(address) is None:
        return None
    return address if address.isascii() or _is_readable(address) else None


def _is_readable(address: str) -> bool:
    """Whether the standard library can take a non-ASCII address apart, and nothing in it hides."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return False
    return bool(host) and _HIDDEN.search(address) is None


# --- text for a screen ----------------------------------------------------------------------------

_JOINERS = r"\u200c\u200d"
_HIDDEN_SET = (
    r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0 and C1, but for white space
    r"\u202a-\u202e\u2066-\u206f"  # embeddings, overrides, isolates, deprecated formats
    r"\ufeff\ufff9-\ufffb\ud800-\udfff\ufdd0-\ufdef\U000e0000-\U000e007f"
    + "".join(f"\\U{plane:04x}fffe-\\U{plane:04x}ffff" for plane in range(0x11))
)
_HIDDEN = re.compile(f"[{_HIDDEN_SET}]")
_FLAG = r"\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
_RTL_MARKS = r"\u200e\u200f\u061c"

_SUSPICIOUS = re.compile(rf"[{_HIDDEN_SET}\t\x0b\x0c\r\x85\u2028\u2029{_RTL_MARKS}{_JOINERS}]")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n[^\S\n]*\n")
_MANY_MARKS = regex.compile(
    rf"(?P<keep>(?:\p{{M}}[{_JOINERS}]?){{{_MARKS_PER_BASE}}})\p{{M}}[\p{{M}}{_JOINERS}]*"
)
_CLUSTER = regex.compile(r"\X")
_RIGHT_TO_LEFT = regex.compile(r"[\p{bc=R}\p{bc=AL}--[\u200f\u061c]]", regex.V1)

_Rule = Callable[[str], list[Edit]]


def safe_text(text: str, *, limits: Limits) -> str:
    """`text` in NFC, without what hides, reorders or overflows; cut with "…" to `limits`.

    Text that has none of it comes back as it is. Applying it twice changes nothing more.
    """
    if _is_plain(text, limits):
        return text
    return safe_rich(RichText(text=text), limits).text


def safe_rich(rich: RichText, limits: Limits) -> RichText:
    """Like `safe_text`; spans move with their text, and go when nothing of it is left."""
    if _is_plain(rich.text, limits):
        return rich
    text = rich.text[: limits.graphemes * _CLUSTER_CODE_POINTS]
    spans = clipped(rich.spans, len(text))
    while True:  # each round only takes away, so it ends
        before = text
        for rule in _ONE_LINE_RULES if limits.lines == 1 else _RULES:
            text, spans = applied(text, spans, rule(text))
        text, spans = _cut(text, spans, limits)
        if text == before:
            return RichText(text=text, spans=tuple(spans))


def _is_plain(text: str, limits: Limits) -> bool:
    """True when nothing needs to be done; this is the way of nearly every text."""
    if len(text) > limits.graphemes or text[:1].isspace() or text[-1:].isspace():
        return False
    # all that is suspicious is unprintable, and telling so costs a twentieth of the search
    if not text.replace("\n", "").isprintable() and _SUSPICIOUS.search(text) is not None:
        return False
    if "\n" in text and (text.count("\n") >= limits.lines or _BLANK_LINES.search(text)):
        return False
    if text.isascii():
        return True
    return unicodedata.is_normalized("NFC", text) and _MANY_MARKS.search(text) is None


def _substitution(pattern: str, replacement: str = "") -> _Rule:
    compiled = regex.compile(pattern, regex.V0)

    def edits(text: str) -> list[Edit]:
        found = (match.span() for match in compiled.finditer(text))
        return [(start, end, replacement) for start, end in found if end > start]

    return edits


def _unhidden(text: str) -> list[Edit]:
    return [(m.start(), m.end(), "") for m in _HIDDEN_OUTSIDE_FLAGS.finditer(text) if m["hidden"]]


_HIDDEN_OUTSIDE_FLAGS = re.compile(rf"{_FLAG}|(?P<hidden>[{_HIDDEN_SET}]+)")


def _one_direction(text: str) -> list[Edit]:
    """Direction marks serve texts with right-to-left letters; in others they only reorder."""
    pattern = _MARK_RUNS if _RIGHT_TO_LEFT.search(text) else _MARKS
    return [(m.start("drop"), m.end("drop"), "") for m in pattern.finditer(text)]


_MARKS = re.compile(f"(?P<drop>[{_RTL_MARKS}]+)")
_MARK_RUNS = re.compile(f"[{_RTL_MARKS}](?P<drop>[{_RTL_MARKS}]+)")


def _composed(text: str) -> list[Edit]:
    if unicodedata.is_normalized("NFC", text):
        return []
    pairs = ((m, unicodedata.normalize("NFC", m[0])) for m in _CLUSTER.finditer(text))
    return [(m.start(), m.end(), new) for m, new in pairs if new != m[0]]


def _few_marks(text: str) -> list[Edit]:
    return [(m.end("keep"), m.end(), "") for m in _MANY_MARKS.finditer(text)]


_RULES: tuple[_Rule, ...] = (
    _substitution(r"\r\n?|[\x85\u2028\u2029]", "\n"),
    _substitution(r"[\t\x0b\x0c]", " "),
    _unhidden,
    _one_direction,
    # a joiner joins the letter, mark or emoji before it; anywhere else, and in runs, it only hides
    _substitution(
        rf"(?<![\p{{L}}\p{{M}}\p{{Extended_Pictographic}}\p{{Emoji_Modifier}}])[{_JOINERS}]+"
        rf"|(?<=[{_JOINERS}])[{_JOINERS}]+"
    ),
    _composed,
    _few_marks,
    _substitution(r"\n(?:[^\S\n]*\n){2,}", "\n\n"),
    _substitution(r"\A\s+|\s+\Z"),
)
_ONE_LINE_RULES = (*_RULES, _substitution(r"\s*\n\s*", " "))


def _cut(text: str, spans: list[Span], limits: Limits) -> tuple[str, list[Span]]:
    at = min(_lines_end(text, limits.lines), _graphemes_end(text, limits.graphemes))
    if at == len(text):
        return text, spans
    # half a shortcode is no picture: the cut goes before it
    at = next((s.start for s in spans if s.kind == "emoji" and s.start < at < s.end), at)
    kept = text[:at].rstrip()
    return kept + ELLIPSIS, clipped(spans, len(kept))


def _lines_end(text: str, lines: int) -> int:
    """Where the last line that is shown ends."""
    position = -1
    for _ in range(lines):
        position = text.find("\n", position + 1)
        if position < 0:
            return len(text)
    return position


def _graphemes_end(text: str, graphemes: int) -> int:
    """The end of the text, or of the last grapheme that leaves room for the ellipsis."""
    if len(text) <= graphemes:
        return len(text)
    room = 0
    for end, count in _counted(_CLUSTER.finditer(text)):
        if count > graphemes:
            return room
        if count < graphemes:
            room = end
    return len(text)


def _counted(clusters: Iterable[regex.Match[str]]) -> Iterator[tuple[int, int]]:
    """The end of each cluster and how many graphemes there are up to it."""
    count = 0
    for cluster in clusters:
        length = cluster.end() - cluster.start()
        count += 1 if length <= _CLUSTER_CODE_POINTS else length
        yield cluster.end(), count
