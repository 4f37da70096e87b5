"""Turns a feed's entries into posts: whose they are, what is shown, which hashtags they have. Pure, never raises."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from app.domain.arrival import Posted
from app.domain.post import Author, Media, Post, RichText
from app.domain.text import NAME, POST, TITLE, WARNING, Limits, safe_text, web_address
from app.sources.feed.dates import read_date
from app.sources.feed.entry import Entry, Feed, Person
from app.sources.feed.mastodon import is_mastodon, poster, warning_and_text
from app.sources.feed.media import distinct, pictures_in
from app.sources.feed.tags import category_tags, text_tags
from app.sources.html_text import html_to_rich
from app.sources.shapes import as_id, as_language, host_of

NETWORK = "feed"

ENTRIES = 100
"""The newest entries that are read; feeds list 10 to 60, but podcasts all they ever had."""

_LONGEST_ID = 255
"""Longer ids are not kept (`actions.arrivals.MAX_ID`): their digest stands for them."""

_WIDE = Limits(graphemes=POST.graphemes, lines=1)


@dataclass(frozen=True, slots=True)
class View:
    """Whose entries these are, and which of them are wanted."""

    place: str
    """The feed's own address as it may be shown: without a query."""
    server: str
    """Its host: how arrivals name it."""
    tags: tuple[str, ...]
    """The wall's hashtags, folded."""
    all_entries: bool = False
    """Every entry counts as one that names the wall's first hashtag."""


def posts_of(feed: Feed, view: View, seen_at: datetime) -> tuple[list[Posted], int]:
    """The newest entries as posts, oldest first, and how many were of no use."""
    posts = [_posted(entry, feed, view, seen_at, at) for at, entry in enumerate(_newest(feed))]
    usable = [one for one in posts if one is not None]
    once = {one.post.key: one for one in reversed(usable)}  # the first of two entries with one id
    ordered = sorted(once.values(), key=lambda one: one.post.created_at)
    return ordered, len(posts) - len(usable)


def _newest(feed: Feed) -> list[Entry]:
    """Feeds list the newest first, mostly; those without a date stay where they are, at the top."""
    if len(feed.entries) <= ENTRIES:
        return list(feed.entries)
    dated = [(read_date(one.published or one.updated), one) for one in feed.entries]
    dated.sort(key=lambda pair: (pair[0] is None, pair[0] and pair[0].timestamp()), reverse=True)
    return [entry for _, entry in dated[:ENTRIES]]


def _posted(entry: Entry, feed: Feed, view: View, seen_at: datetime, at: int) -> Posted | None:
    key = _key(entry, view)
    url = entry.link or web_address(entry.id) or feed.link
    body, warning, tags = _content(entry, feed, view)
    media = distinct([*entry.media, *_pictures(entry, url or view.place)])
    if key is None or url is None or not (body.text or media):
        return None
    updated = _past(entry.updated, seen_at)
    created = _past(entry.published, seen_at) or updated or seen_at - timedelta(milliseconds=at)
    post = Post(
        key=key,
        network=NETWORK,
        url=url,
        author=_author(entry, feed, view, url),
        body=body,
        hashtags=tags,
        created_at=created,
        edited_at=updated if updated and updated > created else None,
        language=as_language(entry.language) or as_language(feed.language),
        warning=warning,
        sensitive=entry.sensitive,
        media=media,
    )
    local_id = key if len(key) <= _LONGEST_ID else _digest(key)
    origin = host_of(url) == view.server and _speaks_for(key, view)
    return Posted(server=view.server, seen_at=seen_at, post=post, local_id=local_id, origin=origin)


def _past(date: str, seen_at: datetime) -> datetime | None:
    moment = read_date(date)
    return min(moment, seen_at) if moment else None


# --- identity -------------------------------------------------------------------------------------

_GLOBAL = re.compile(r"https?://\S|tag:[^,\s]+,\d{4}|urn:\S", re.IGNORECASE)


def _key(entry: Entry, view: View) -> str | None:
    """The entry's id where it is global, else the feed's address and the id, or what is there of it."""
    own = as_id(entry.id)
    if _GLOBAL.match(own):
        return own
    if own:
        return as_id(f"{view.place}#{own}") or f"{view.place}#{_digest(own)}"
    if entry.link:
        return entry.link
    said = f"{entry.title}\n{entry.published}\n{entry.summary or entry.content}"
    return f"{view.place}#{_digest(said)}" if said.strip() else None


def _speaks_for(key: str, view: View) -> bool:
    """A feed does not prevail over others by naming an id of another host."""
    return host_of(web_address(key)) in ("", view.server)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _author(entry: Entry, feed: Feed, view: View, url: str) -> Author:
    """Who wrote it as far as the feed says, else the feed itself; the handle is the entry's host."""
    handle = host_of(url)
    person = entry.author or Person()
    avatar = person.avatar or (None if person.url else feed.image)
    name = safe_text(person.name, limits=NAME) or _line(feed.title) or handle
    if entry.author is None and is_mastodon(feed):
        person, avatar = poster(entry) or Person(), None
        handle = f"{person.name}@{handle}" if person.name else handle
        name = safe_text(person.name, limits=NAME) or handle
    return Author(
        key=person.url or view.place,
        network=NETWORK,
        handle=safe_text(handle, limits=TITLE),
        name=RichText(text=name),
        url=person.url or feed.link,
        avatar=avatar,
    )


def _line(html: str) -> str:
    return html_to_rich(html, emojis={}, limits=NAME).text


# --- what is shown --------------------------------------------------------------------------------


def _content(entry: Entry, feed: Feed, view: View) -> tuple[RichText, str, tuple[str, ...]]:
    """Text, warning and hashtags."""
    warning, text = "", entry.summary if _says(entry.summary) else entry.content
    if is_mastodon(feed):
        warning, text = warning_and_text(text)
    named = text_tags(f"{entry.title} {entry.summary} {entry.content}")
    tags = {*category_tags(entry.tags), *_wanted(named, view)}
    body = html_to_rich(
        _with_title(entry.title, text), emojis={}, tags=dict.fromkeys(named | tags), limits=POST
    )
    tags |= text_tags_of(body)
    if view.all_entries and tags.isdisjoint(view.tags):
        tags.add(view.tags[0])
    return body, safe_text(warning, limits=WARNING), tuple(sorted(tags))


def _says(html: str) -> bool:
    """Some feeds send a summary that is empty but for its elements."""
    return bool(html) and bool(html_to_rich(html[:4_096], emojis={}, limits=_WIDE).text)


def _wanted(named: Iterable[str], view: View) -> Iterator[str]:
    """Hashtags that decide count wherever they stand, also below what is shown of a long text."""
    return (tag for tag in named if tag in view.tags or tag == "nowall")


def text_tags_of(body: RichText) -> frozenset[str]:
    """The hashtags that people see in a text."""
    marked = (body.text[s.start : s.end] for s in body.spans if s.kind == "hashtag")
    return frozenset(category_tags(marked))


def _with_title(title: str, html: str) -> str:
    """The title as the first line, unless the text begins with the very same words."""
    line = html_to_rich(title, emojis={}, limits=_WIDE).text
    if not line:
        return html
    first = html_to_rich(html[:4_096], emojis={}, limits=_WIDE).text
    if re.match(rf"{re.escape(line.rstrip('…. '))}(?!\w)", first):
        return html
    return f"<p>{title}</p>{html}"


def _pictures(entry: Entry, base: str) -> Iterator[Media]:
    """Pictures in the text count where the entry names none apart from it."""
    if any(one.kind == "image" or one.preview for one in entry.media):
        return
    yield from pictures_in(entry.content or entry.summary, base)
