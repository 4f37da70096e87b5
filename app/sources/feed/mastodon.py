"""What Mastodon's own feeds (`/tags/x.rss`, `/@ada.rss`) say in their own way: authors and warnings. Pure."""

import re
from html import unescape
from urllib.parse import unquote, urlsplit

from app.sources.feed.entry import Entry, Feed, Person

_POST = re.compile(r"/@(?P<handle>[\w.-]{1,64})/\d+|/users/(?P<user>[\w.-]{1,64})/statuses/\d+")
_WARNED = re.compile(
    r"\s*<p[^<>]*>\s*<strong>[^<>]{1,60}</strong>(?P<warning>[^<>]{0,2000})</p>\s*<hr\s*/?>"
)
"""Before the text: a line that begins in bold, and a rule (mastodon/mastodon, formatting_helper.rb)."""


def is_mastodon(feed: Feed) -> bool:
    """Mastodon says `Mastodon v4.7.3` as the feed's generator."""
    return feed.generator.startswith("Mastodon v")


def poster(entry: Entry) -> Person | None:
    """The author as the post's address names them; these feeds name nobody."""
    parts = urlsplit(entry.link or "")
    found = _POST.fullmatch(unquote(parts.path))
    if found is None:
        return None
    name = found["handle"] or found["user"]
    path = f"/@{name}" if found["handle"] else f"/users/{name}"
    return Person(name, f"{parts.scheme}://{parts.netloc.lower()}{path}")


def warning_and_text(html: str) -> tuple[str, str]:
    """The content warning, which stands before a post's text, and the text behind it."""
    found = _WARNED.match(html)
    if found is None:
        return "", html
    return unescape(found["warning"]).strip() or "…", html[found.end() :]
