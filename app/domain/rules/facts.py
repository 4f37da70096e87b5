"""What rules ask of a post: its texts, its links, the servers in it. Each is worked out only when a rule asks."""

import re
from collections.abc import Iterator
from functools import lru_cache

from app.domain.post import Author, Post, RichText
from app.domain.rules.names import domain, language

_HOST = re.compile(r"https?://([^/?#:\s]+)", re.IGNORECASE)
_OWN = re.compile(r"[^\s.,;:!?…()\[\]{}\"'“”‘’«»|/\\<>=+*~^_-]")
"""Anything that says something: a letter, a digit, an emoji."""


def texts(post: Post) -> list[str]:
    """Every text of a post that people read on a page, without the addresses and mentions in it."""
    found = [_without_addresses(post.author.name), _without_addresses(post.body), post.warning]
    found += [media.alt for media in post.media]
    if post.card is not None:
        found += [post.card.title, post.card.provider]
    if post.poll is not None:
        found += [option.title for option in post.poll.options]
    if post.quote is not None:
        quoted = post.quote
        found += [_without_addresses(quoted.author.name), _without_addresses(quoted.body)]
    found += post.hashtags
    return [text for text in found if text]


def authors(post: Post) -> tuple[Author, ...]:
    """Who is shown: the author, and the author of what is quoted."""
    return (post.author,) if post.quote is None else (post.author, post.quote.author)


def names(author: Author) -> tuple[str, str]:
    """The two ways in which a list names somebody: the key, and the handle without case."""
    return author.key, author.handle.lower()


def links(post: Post) -> int:
    """How many pages a post links to."""
    addresses = {span.href for span in post.body.spans if span.kind == "link"}
    return max(len(addresses), post.card is not None)


def hosts(post: Post) -> set[str]:
    """The servers of the people shown and of the pages linked to, small letters."""
    bodies = (post.body,) if post.quote is None else (post.body, post.quote.body)
    found = [_host(s.href) for body in bodies for s in body.spans if s.kind == "link" and s.href]
    for author in authors(post):
        found.append(author.handle.rpartition("@")[2].lower())
        if author.url:
            found.append(_host_of_author(author.url))
    if post.card is not None:
        found.append(_host(post.card.url))
    return set(found)


def within(host: str) -> Iterator[str]:
    """A server and all it is part of: `a.evil.example`, `evil.example`, `example`."""
    while host:
        yield host
        host = host.partition(".")[2]


def languages(tag: str) -> tuple[str, ...]:
    """A language and what it is a kind of: `pt-br`, `pt`."""
    whole = language(tag)
    return tuple(dict.fromkeys((whole, whole.partition("-")[0])))


def says_nothing(post: Post) -> bool:
    """Whether it holds only hashtags, mentions, links or a quote."""
    if post.media or post.poll is not None or post.warning:
        return False
    return _OWN.search(_outside(post.body, ("link", "mention", "hashtag"))) is None


def _host(address: str) -> str:
    found = _HOST.match(address)
    return domain(found[1]) if found else ""


_host_of_author = lru_cache(maxsize=4_096)(_host)


def _without_addresses(rich: RichText) -> str:
    return _outside(rich, ("link", "mention")) if rich.spans else rich.text


def _outside(rich: RichText, kinds: tuple[str, ...]) -> str:
    parts, done = [], 0
    for span in rich.spans:
        if span.kind in kinds:
            parts.append(rich.text[done : span.start])
            done = span.end
    return " ".join((*parts, rich.text[done:]))
