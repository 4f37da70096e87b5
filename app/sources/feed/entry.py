"""A feed and its entries as any of the formats gives them: strings as they came, nothing judged yet."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeVar

from app.domain.post import Media

T = TypeVar("T")

MOST_ENTRIES = 1_000
"""Entries that are read at either end of a feed; podcasts list all episodes they ever had."""


class FeedError(ValueError):
    """This is no usable feed; the text says in a few words why, `hint` what may help."""

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote an entry, or the blog that it was taken over from. The name is plain text."""

    name: str = ""
    url: str | None = None
    avatar: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `title`, `summary` and `content` are HTML of any kind, plain text escaped."""

    id: str = ""
    link: str | None = None
    title: str = ""
    summary: str = ""
    content: str = ""
    author: Person | None = None
    published: str = ""
    updated: str = ""
    tags: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    language: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """All of a feed, its entries in the order in which they stand there."""

    title: str = ""
    link: str | None = None
    image: str | None = None
    generator: str = ""
    language: str = ""
    ttl_s: float = 0.0
    """How long the feed asks to be left alone; 0 when it does not say."""
    entries: tuple[Entry, ...] = ()
    broken: str = ""
    """Where and how it breaks off, when only the entries before that could be read."""


def both_ends(entries: Sequence[T]) -> Sequence[T]:
    """Enough entries to find the newest: at the top, or at the bottom of the few feeds that grow there."""
    return [*entries[:MOST_ENTRIES], *entries[MOST_ENTRIES:][-MOST_ENTRIES:]]


def plain(text: str) -> str:
    """Plain text as HTML; lines stay lines."""
    return "<br>".join(escape(line) for line in text.splitlines())


_MAIL = re.compile(r"<?[^\s<>()@]{1,100}@[^\s<>()@]{1,200}>?")


def named(text: str) -> str:
    """`ada@blog.example (Ada)`, as RSS wants it, is Ada."""
    return _MAIL.sub("", text[:500]).strip(" \t\r\n()")
