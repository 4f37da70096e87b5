"""Reads JSON Feed, versions 1 and 1.1, into the shape of all feeds. Pure."""

from collections.abc import Iterator

import orjson

from app.domain.post import Media
from app.domain.text import web_address
from app.sources.feed.entry import Entry, Feed, FeedError, Person, both_ends, named, plain
from app.sources.feed.media import distinct, medium
from app.sources.feed.xml import joined
from app.sources.shapes import Json, as_dict, as_id, as_str, dicts_in


def read_json(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FeedError("its JSON is broken or ends early") from error


def read_json_feed(data: object, address: str) -> Feed:
    """JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1). Raises FeedError when it is other JSON."""
    feed = as_dict(data)
    if "jsonfeed.org" not in as_str(feed.get("version")) or not isinstance(feed.get("items"), list):
        raise FeedError("it is JSON, but no JSON Feed")
    whose = _json_author(feed, address)
    language = as_str(feed.get("language"))
    return Feed(
        title=plain(as_str(feed.get("title"))),
        link=_address(address, feed.get("home_page_url")),
        image=_address(address, feed.get("icon")) or _address(address, feed.get("favicon")),
        language=language,
        entries=tuple(_item(one, address, whose) for one in both_ends(dicts_in(feed.get("items")))),
    )


def _item(item: Json, address: str, whose: Person | None) -> Entry:
    text = as_str(item.get("content_text"))
    tags = item.get("tags")
    return Entry(
        id=as_id(item.get("id")).strip(),
        link=_address(address, item.get("url")) or _address(address, item.get("external_url")),
        title=plain(as_str(item.get("title"))),
        summary=plain(as_str(item.get("summary"))),
        content=as_str(item.get("content_html")) or plain(text),
        author=_json_author(item, address) or whose,
        published=as_str(item.get("date_published")),
        updated=as_str(item.get("date_modified")),
        tags=tuple(map(as_str, tags)) if isinstance(tags, list) else (),
        media=distinct(_json_media(item, address)),
        language=as_str(item.get("language")),
    )


def _json_author(thing: Json, address: str) -> Person | None:
    """Version 1.1 has `authors`, version 1 `author`."""
    people = dicts_in(thing.get("authors")) or dicts_in([thing.get("author")])
    if not people:
        return None
    one = people[0]
    person = Person(
        named(as_str(one.get("name"))),
        _address(address, one.get("url")),
        _address(address, one.get("avatar")),
    )
    return person if person.name or person.url else None


def _json_media(item: Json, address: str) -> Iterator[Media]:
    for name in ("image", "banner_image"):
        if found := medium(_address(address, item.get(name)) or "", kind="image"):
            yield found
    for one in dicts_in(item.get("attachments")):
        url = _address(address, one.get("url")) or ""
        mime, title = as_str(one.get("mime_type")), as_str(one.get("title"))
        if found := medium(url, mime=mime, alt=title):
            yield found


def _address(base: str, value: object) -> str | None:
    return web_address(joined(base, value)) if isinstance(value, str) and value.strip() else None
