"""The pictures, films and sounds of a note: those it describes (NIP-92), and those it only links to. Pure."""

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from app.domain.post import Media
from app.domain.text import ALT, web_address
from app.sources.nostr.events import Event
from app.sources.nostr.text import addresses_in
from app.sources.shapes import shown

_Kind = Literal["image", "video", "audio"]

_MOST = 20
_ENDINGS: Mapping[str, _Kind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "avif"), "image"),
    **dict.fromkeys(("mp4", "webm", "mov", "m4v", "m3u8"), "video"),
    **dict.fromkeys(("mp3", "m4a", "ogg", "oga", "opus", "wav", "flac"), "audio"),
}
_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}")


def media_of(event: Event) -> tuple[Media, ...]:
    """Each once, in the order of the tags, then of the text."""
    described = [_described(tag[1:]) for tag in event.tags if tag and tag[0] == "imeta"]
    linked = [_linked(address) for address in addresses_in(event.content)]
    found: dict[str, Media] = {}
    for one in (*described, *linked):
        if one is not None and one.url is not None:
            found.setdefault(one.url, one)
    return tuple(found.values())[:_MOST]


def _described(entries: tuple[str, ...]) -> Media | None:
    """An `imeta` tag: entries like `dim 1600x900`."""
    said: dict[str, str] = {}
    for entry in entries:
        name, _, value = entry.partition(" ")
        said.setdefault(name, value.strip())
    url = web_address(said.get("url"))
    kind = _kind(said.get("m", ""), url or "")
    if url is None or kind is None:
        return None
    size = _SIZE.fullmatch(said.get("dim", ""))
    return Media(
        kind=kind,
        url=url,
        preview=web_address(said.get("image")) or web_address(said.get("thumb")),
        alt=shown(said.get("alt"), ALT),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
        blurhash=said.get("blurhash") if _BLURHASH.fullmatch(said.get("blurhash", "")) else None,
    )


def _linked(address: str) -> Media | None:
    url, kind = web_address(address), _kind("", address)
    return Media(kind=kind, url=url) if url and kind else None


def _kind(mime: str, address: str) -> _Kind | None:
    match mime.partition("/")[0].lower():
        case "image" | "video" | "audio" as kind:
            return kind
    try:
        ending = urlsplit(address).path.rpartition(".")[2].lower()
    except ValueError:
        return None
    return _ENDINGS.get(ending)
