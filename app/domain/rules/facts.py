"""What rules ask of a post: its texts, its links, the servers in it. Each is worked out only when a rule asks."""

import re
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
    """The two ways in which a list names somebody, as `names.name` writes them."""
    return author.key.lower(), author.handle.lower()


def links(post: Post) -> int:
    """How many pages a post links to."""
    addresses = {span.href for span in post.body.spans if span.kind == "link"}
    return max(len(addresses), post.card is not None)


def servers(post: Post) -> set[str]:
    """The servers of the people shown and of the pages linked to, each with all that it is part of."""
    found: set[str] = set()
    for author in authors(post):
        found |= of_author(author.handle, author.url or "")
    for body in (post.body,) if post.quote is None else (post.body, post.quote.body):
        for span in body.spans:
            if span.kind == "link" and span.href:
                found |= _within(_host(span.href))
    if post.card is not None:
        found |= _within(_host(post.card.url))
    return found


@lru_cache(maxsize=4_096)
def of_author(handle: str, url: str) -> frozenset[str]:
    """The servers of somebody: that of the handle, or the handle itself, and that of the profile."""
    return frozenset(_within(handle.rpartition("@")[2].lower()) | _within(_host(url)))


def _within(host: str) -> set[str]:
    """A server and all it is part of: `a.evil.example`, `evil.example`, `example`."""
    found = set()
    while host:
        found.add(host)
        host = host.partition(".")[2]
    return found


def languages(tag: str) -> tuple[str, ...]:
    """A language and what it is a kind of: `pt-br`, `pt`."""
    whole = language(tag)
    return tuple(dict.fromkeys((whole, whole.partition("-")[0])))


def says_nothing(post: Post) -> bool:
    """Whether it holds only hashtags, mentions, links or a quote."""
    if post.media or post.poll is not None or post.warning:
        return False
    spans, text = post.body.spans, post.body.text
    if text[:1].isalnum() and not (spans and spans[0].start == 0):  # nearly all posts
        return False
    return _OWN.search(_outside(post.body, ("link", "mention", "hashtag"))) is None


def _host(address: str) -> str:
    found = _HOST.match(address)
    return domain(found[1]) if found else ""


def _without_addresses(rich: RichText) -> str:
    return _outside(rich, ("link", "mention")) if rich.spans else rich.text


def _outside(rich: RichText, kinds: tuple[str, ...]) -> str:
    parts, done = [], 0
    for span in rich.spans:
        if span.kind in kinds:
            parts.append(rich.text[done : span.start])
            done = span.end
    return " ".join((*parts, rich.text[done:]))
