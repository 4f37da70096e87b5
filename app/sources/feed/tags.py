"""The hashtags that a feed's entry names: as categories, and as #tag anywhere in its title or text. Pure."""

import re
from collections.abc import Iterable, Iterator
from html import unescape

import regex  # type: ignore[import-untyped]

from app.domain.text import fold_tag, valid_tag

MOST = 64
"""Categories that are read of one entry."""

_SEARCHED = 262_144
"""Characters of HTML in which hashtags are looked for: blog posts name them at their end."""

_MARKUP = re.compile(r"<[^<>]*>")
_WORD = r"\p{L}\p{N}\p{M}_"
_HASHTAG = regex.compile(rf"(?<![{_WORD}&/#])[#\uff03]([{_WORD}·・\u200c\u200d]{{1,100}})")
"""As networks read them: not inside words, addresses or character references."""
_BETWEEN = re.compile(r"[\s\-‐‑–.:'’]+")


def category_tags(names: Iterable[str]) -> Iterator[str]:
    """Categories as hashtags: `PyFest 26`, `pyfest-26` and `#PyFest26` are all `pyfest26`."""
    for name in list(names)[:MOST]:
        tag = _BETWEEN.sub("", name.strip().lstrip("#\uff03"))
        if valid_tag(tag):
            yield fold_tag(tag)


def text_tags(html: str) -> frozenset[str]:
    """Every #tag in HTML, folded; not those in addresses or styles of its elements."""
    if "#" not in html and "\uff03" not in html:
        return frozenset()
    text = unescape(_MARKUP.sub(" ", html[:_SEARCHED]))
    found = (match[1] for match in _HASHTAG.finditer(text))
    return frozenset(fold_tag(tag) for tag in found if valid_tag(tag))
