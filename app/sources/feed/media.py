"""The pictures, sounds and films that belong to a feed's entry: enclosures, Media RSS, pictures in its HTML."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.domain.post import Media
from app.domain.text import ALT, safe_text, web_address
from app.sources.feed.xml import Node, joined

MOST = 8
"""Pictures and the like that are read of one entry."""

_HTML_LENGTH = 16_384
"""Characters in which pictures are looked for: as much as is read of the text."""

_SMALLEST = 48
"""Pixels; smaller pictures in a text count readers, smile or share."""

Kind = Literal["image", "video", "audio"]
_BY_ENDING: dict[str, Kind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "avif"), "image"),
    **dict.fromkeys(("mp4", "m4v", "webm", "mov", "ogv", "m3u8"), "video"),
    **dict.fromkeys(("mp3", "m4a", "ogg", "oga", "opus", "flac", "wav", "aac"), "audio"),
}
_KINDS: tuple[Kind, ...] = ("image", "video", "audio")


def kind_of(url: str, mime: str = "", medium: str = "") -> Kind | None:
    """What a file is: by its media type, by what the feed calls it, else by the end of its name."""
    said = mime.strip().lower().partition("/")[0]
    for kind in _KINDS:
        if kind in (said, medium.strip().lower()):
            return kind
    try:
        ending = urlsplit(url).path.rpartition(".")[2].lower()
    except ValueError:
        return None
    return _BY_ENDING.get(ending)


def medium(
    url: str, *, mime: str = "", kind: str = "", alt: str = "", size: tuple[str, str] = ("", "")
) -> Media | None:
    """A medium whose address (whole, not relative) and kind make sense."""
    address = web_address(url)
    meant = kind_of(address, mime, kind) if address else None
    if meant is None:
        return None
    width, height = (int(one) if one.isdecimal() and len(one) < 6 else 0 for one in size)
    return Media(
        kind=meant,
        url=address,
        preview=address if meant == "image" else None,
        alt=safe_text(alt, limits=ALT) if alt else "",
        width=width or None,
        height=height or None,
    )


def media_of(entry: Node) -> list[Media]:
    """Enclosures and Media RSS of an entry; a picture beside a sound or film stands for it."""
    found = [one for one in _attached(entry) if one is not None]
    still = next(_stills(entry), None)
    if still is None:
        return found
    if not found:
        picture = medium(still, kind="image")
        return [picture] if picture else []
    return [
        one if one.kind == "image" else one.model_copy(update={"preview": still}) for one in found
    ]


def _attached(entry: Node) -> Iterator[Media | None]:
    for node in entry.children("enclosure"):
        yield medium(joined(node.base, node.get("url")), mime=node.get("type"))
    for node in entry.children("atom:link"):
        if node.get("rel").lower() == "enclosure":
            url = joined(node.base, node.get("href"))
            yield medium(url, mime=node.get("type"), alt=node.get("title"))
    for group in entry.children("media:group"):
        yield next((one for node in _contents(group) if (one := _content(node, group))), None)
    for node in entry.children("media:content"):
        yield _content(node, entry)


def _contents(group: Node) -> list[Node]:
    """Of a group, which holds one thing in several forms, the form that is meant to be shown first."""
    nodes = list(group.children("media:content"))
    return sorted(nodes, key=lambda node: node.get("isdefault") != "true")


def _content(node: Node, around: Node) -> Media | None:
    said = node.first("media:description") or (
        around.first("media:description") if around.name == "media:group" else None
    )
    return medium(
        joined(node.base, node.get("url")),
        mime=node.get("type"),
        kind=node.get("medium"),
        alt=said.text() if said is not None and node.get("medium") != "document" else "",
        size=(node.get("width"), node.get("height")),
    )


def _stills(entry: Node) -> Iterator[str]:
    """Pictures that stand for the entry or for what is attached to it."""
    around = [entry, *entry.children("media:group", "media:content")]
    around += [
        inner
        for group in entry.children("media:group")
        for inner in group.children("media:content")
    ]
    for place in around:
        for node in place.children("media:thumbnail", "itunes:image"):
            address = web_address(joined(node.base, node.get("url") or node.get("href")))
            if address:
                yield address


def pictures_in(html: str, base: str) -> Iterator[Media]:
    """The pictures in an entry's HTML, without those that only count readers or smile."""
    if "<img" not in html.lower():
        return
    text = html[:_HTML_LENGTH].encode("utf-8", "ignore").decode()
    for node in LexborHTMLParser("<body>" + text).css("img"):
        if _matters(node):
            named = node.attributes
            size = (named.get("width") or "", named.get("height") or "")
            url = joined(base, named.get("src") or "")
            if found := medium(url, kind="image", alt=named.get("alt") or "", size=size):
                yield found


_SMILES = re.compile(r"emoji|smiley|avatar|gravatar|tracking|pixel|badge|icon", re.IGNORECASE)


def _matters(node: LexborNode) -> bool:
    named = node.attributes
    if _SMILES.search(named.get("class") or ""):
        return False
    sizes = (named.get("width") or "", named.get("height") or "")
    return not any(one.isdecimal() and int(one[:6]) < _SMALLEST for one in sizes)


def distinct(media: Iterable[Media]) -> tuple[Media, ...]:
    """Each file once, the first word on it counts, and not too many."""
    by_address: dict[str | None, Media] = {}
    for one in media:
        by_address.setdefault(one.url, one)
    return tuple(by_address.values())[:MOST]
