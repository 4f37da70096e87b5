"""Hashtags as servers are asked for them, and as people read them. Pure."""

import unicodedata
from collections.abc import Iterable

from app.domain.text import fold_tag


def spelled(tag: str) -> str:
    """A hashtag as servers are asked for it: not folded, since not all of them fold `café`."""
    return unicodedata.normalize("NFC", tag.strip().lstrip("#＃")).lower()


def each_once(hashtags: Iterable[str]) -> tuple[str, ...]:
    """As servers are asked for them; of those that are one hashtag for us, the last."""
    return tuple({fold_tag(tag): spelled(tag) for tag in hashtags}.values())


def tags_text(tags: list[str]) -> str:
    """`#a, #b and #c`."""
    named = [f"#{tag}" for tag in tags]
    return named[0] if len(named) == 1 else ", ".join(named[:-1]) + f" and {named[-1]}"
