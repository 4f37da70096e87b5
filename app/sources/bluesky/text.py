"""Bluesky's rich text: facets are UTF-8 byte ranges and become spans of code points. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import quote

from app.domain.post import RichText, Span
from app.domain.text import POST, fold_tag, safe_rich, valid_tag, web_address
from app.sources.shapes import Json, as_dict, as_str, dicts_in

PAGES = "https://bsky.app"

_MOST_FACETS = 300
"""More than a post of 300 graphemes can hold."""
_MOST_TAGS = 100

_DID = re.compile(r"did:[a-z]{1,20}:[A-Za-z0-9._:%-]{0,200}[A-Za-z0-9._-]")
_RKEY = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_~.:-]{1,128}")

_Mark = tuple[Literal["link", "mention", "hashtag"], str]


def as_did(value: object) -> str:
    """The identifier of an account (atproto.com/specs/did), or nothing."""
    return value if isinstance(value, str) and _DID.fullmatch(value) else ""


def as_rkey(value: object) -> str:
    """The key of a record (atproto.com/specs/record-key), or nothing."""
    return value if isinstance(value, str) and _RKEY.fullmatch(value) else ""


def as_post_key(value: object) -> str:
    """`at://did/app.bsky.feed.post/rkey`, or nothing."""
    _did, collection, rkey = parts_of(value)
    return value if isinstance(value, str) and rkey and collection == "app.bsky.feed.post" else ""


def parts_of(value: object) -> tuple[str, str, str]:
    """Account, collection and record key of an `at://` address; empty when it is none."""
    address = as_str(value)
    did, _, rest = address.removeprefix("at://").partition("/")
    collection, _, rkey = rest.partition("/")
    if not address.startswith("at://") or not as_did(did) or not as_rkey(rkey):
        return "", "", ""
    return did, collection, rkey


def hashtags_of(record: Json) -> frozenset[str]:
    """The folded hashtags of a post's record: those of its facets, and its invisible `tags`.

    A `#word` in the text without a facet is no hashtag on Bluesky; cashtags keep their $ and are none.
    """
    listed = record.get("tags")
    names = [as_str(one) for one in listed[:_MOST_TAGS]] if isinstance(listed, list) else []
    for facet in dicts_in(record.get("facets"))[:_MOST_FACETS]:
        names += (as_str(feature.get("tag")) for feature in _features(facet, "#tag"))
    return frozenset(fold_tag(name) for name in names if valid_tag(name))


def rich_text(record: Json) -> RichText:
    """The text of a record with its links, mentions and hashtags, fit for a screen."""
    text = as_str(record.get("text"))
    facets = dicts_in(record.get("facets"))[:_MOST_FACETS]
    return safe_rich(RichText(text=text, spans=tuple(_spans(text, facets))), POST)


def _spans(text: str, facets: Sequence[Json]) -> Iterator[Span]:
    """Sorted; what overlaps, lies outside or cuts a character is left out."""
    raw = text.encode("utf-8", "surrogatepass")
    ranges = sorted((r for f in facets if (r := _range(f, raw))), key=lambda r: r[:2])
    last = point = 0
    for start, end, facet in ranges:
        mark = _mark(facet) if start >= last else None
        if mark is None:
            continue
        point += _points(raw[last:start])
        width = _points(raw[start:end])
        yield Span(start=point, end=point + width, kind=mark[0], href=mark[1])
        point, last = point + width, end


def _range(facet: Json, raw: bytes) -> tuple[int, int, Json] | None:
    """A facet's bytes (start inclusive, end exclusive), when they are whole characters of the text."""
    index = as_dict(facet.get("index"))
    start, end = index.get("byteStart"), index.get("byteEnd")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(raw):
        return None
    whole = _begins(raw, start) and _begins(raw, end)
    return (start, end, facet) if whole else None


def _begins(raw: bytes, at: int) -> bool:
    """Whether a character begins here, or the text ends."""
    return at == len(raw) or raw[at] & 0xC0 != 0x80


def _points(raw: bytes) -> int:
    return len(raw.decode("utf-8", "surrogatepass"))


def _features(facet: Json, kind: str) -> Iterator[Json]:
    for feature in dicts_in(facet.get("features"))[:8]:
        if as_str(feature.get("$type")) == f"app.bsky.richtext.facet{kind}":
            yield feature


def _mark(facet: Json) -> _Mark | None:
    """What a facet makes of its text; unknown features are normal and make nothing."""
    for feature in _features(facet, "#link"):
        if href := web_address(feature.get("uri")):
            return "link", href
    for feature in _features(facet, "#mention"):
        if did := as_did(feature.get("did")):
            return "mention", f"{PAGES}/profile/{did}"
    for feature in _features(facet, "#tag"):
        if valid_tag(tag := as_str(feature.get("tag"))):
            return "hashtag", f"{PAGES}/hashtag/{quote(tag.lstrip('#'), safe='')}"
    return None
