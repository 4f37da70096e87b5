"""Reads RSS (0.9 to 2.0, and RDF), Atom and JSON Feed into one shape: the only file that knows the formats. Pure."""

import re
from collections.abc import Iterator
from html import escape

from selectolax.lexbor import LexborHTMLParser

from app.domain.text import NAME, web_address
from app.sources.feed.entry import Entry, Feed, FeedError, Person, both_ends, named, plain
from app.sources.feed.json import read_json, read_json_feed
from app.sources.feed.media import distinct, media_of
from app.sources.feed.text import decoded
from app.sources.feed.xml import ENTRIES, Node, joined, read_xml
from app.sources.html_text import html_to_rich

_LONGEST_TTL_S = 7 * 86_400.0


def parse_feed(body: bytes, *, content_type: str, address: str) -> Feed:
    """A feed in whatever format it is; the bytes decide, as servers label feeds in all ways.

    `address` is where it came from: relative addresses start there. Raises FeedError.
    """
    charset = _CHARSET.search(content_type)
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if start[:1] == b"{":
        return read_json_feed(read_json(decoded(body, charset[1] if charset else "")), address)
    if not start:
        raise FeedError("it is empty")
    if _is_page(body):
        raise _no_feed(body, address)
    root, broken = read_xml(body, charset[1] if charset else "", address)
    return read_xml_feed(root, broken)


_CHARSET = re.compile(r"charset\s*=\s*([^\s;]+)", re.IGNORECASE)
_PAGE = re.compile(
    rb"\A[\s\xef\xbb\xbf]*(?:<!--.{0,200}?-->\s*)?<(?:!doctype\s+html|html[\s>])", re.I | re.S
)


def _is_page(body: bytes) -> bool:
    return _PAGE.match(body[:1024]) is not None


def _no_feed(body: bytes, address: str) -> FeedError:
    """A web page; most pages of blogs say where their feed is."""
    page = LexborHTMLParser(body[:65_536].decode("utf-8", "ignore"))
    for link in page.css("link[rel~=alternate]"):
        kind = (link.attributes.get("type") or "").lower()
        found = web_address(joined(address, link.attributes.get("href") or ""))
        if found and kind in _FEED_TYPES:
            return FeedError("it is a web page, not a feed", hint=f"It names this feed: {found}")
    return FeedError("it is a web page, not a feed")


_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)

# --- RSS and Atom ---------------------------------------------------------------------------------


def read_xml_feed(root: Node, broken: str = "") -> Feed:
    """RSS or Atom. Elements of each are understood in the other, as feeds mix them."""
    if root.name not in ("rss", "rdf:rdf", "atom:feed", "channel", "atom:entry"):
        raise FeedError(f"it is XML, but no feed (<{root.name}>)")
    if root.name == "atom:entry":
        return Feed(entries=(_entry(root),), broken=broken)
    channel = root.first("channel") or root
    entries = [*channel.children(*ENTRIES)]
    if channel is not root:
        entries += root.children("item")
    return Feed(
        title=_markup(channel.first("title", "atom:title")),
        link=_link(channel),
        image=_image(channel) or _image(root),
        generator=_text(channel, "generator", "atom:generator"),
        language=_text(channel, "language", "dc:language") or channel.language,
        ttl_s=_minutes(_text(channel, "ttl")),
        entries=tuple(map(_entry, both_ends(entries))),
        broken=broken,
    )


def _entry(node: Node) -> Entry:
    summary = node.first("description", "atom:summary", "itunes:summary", "media:description")
    group = node.first("media:group")
    if summary is None and group is not None:
        summary = group.first("media:description")
    return Entry(
        id=_id(node),
        link=_link(node),
        title=_markup(node.first("title", "atom:title", "dc:title", "media:title")),
        summary=_markup(summary),
        content=_markup(node.first("content:encoded", "atom:content", "xhtml:body")),
        author=_author(node),
        published=_text(node, "pubdate", "atom:published", "atom:issued", "dcterms:issued", "dc:date", "dcterms:created", "atom:created"),
        updated=_text(node, "atom:updated", "atom:modified", "dcterms:modified"),
        tags=tuple(_tags(node)),
        media=distinct(media_of(node)),
        language=_text(node, "dc:language") or node.language,
        sensitive=_sensitive(node),
    )  # fmt: skip


def _text(node: Node, *names: str) -> str:
    """The text of the first of these children that has any."""
    found = (one.text() for name in names for one in node.children(name))
    return next((text for text in found if text), "")


def _id(node: Node) -> str:
    return _text(node, "guid", "atom:id", "dc:identifier") or node.get("rdf:about")


def _link(node: Node) -> str | None:
    """Where people read it."""
    return next((address for one in _links(node) if (address := web_address(one))), None)


def _links(node: Node) -> Iterator[str]:
    yield _text(node, "feedburner:origlink")
    for one in node.children("link"):
        yield joined(one.base, one.text() or one.get("href"))
    links = [
        one for one in node.children("atom:link") if one.get("rel").lower() in ("", "alternate")
    ]
    for one in sorted(links, key=lambda link: link.get("type").lower() not in ("", "text/html")):
        yield joined(one.base, one.get("href"))
    for one in node.children("guid"):
        if one.get("ispermalink").lower() != "false":
            yield one.text()


def _author(node: Node) -> Person | None:
    """Who wrote it; in a planet, at least the blog that it is from. Mail addresses are left out."""
    person, blog = node.first("atom:author"), _blog(node)
    name, url = "", None
    if person is not None:
        name = _text(person, "atom:name", "name") or person.text()
        url = web_address(joined(person.base, _text(person, "atom:uri", "atom:url")))
    name = named(name) or named(_text(node, "dc:creator", "author", "itunes:author"))
    if blog is None:
        return Person(name, url) if name or url else None
    return Person(name or blog.name, url or blog.url, blog.avatar)


def _blog(node: Node) -> Person | None:
    source = node.first("atom:source", "source")
    if source is None:
        return None
    if source.name == "source":
        return Person(source.text(), web_address(joined(source.base, source.get("url"))))
    title = html_to_rich(_markup(source.first("atom:title")), emojis={}, limits=NAME)
    return Person(title.text, _link(source), _image(source))


def _tags(node: Node) -> Iterator[str]:
    for one in node.children("category", "dc:subject"):
        yield one.text()
    for one in node.children("atom:category"):
        yield from (one.get("term"), one.get("label"), one.text())
    for one in node.children("itunes:keywords", "media:keywords"):
        yield from one.text().split(",")


def _sensitive(node: Node) -> bool:
    """Marked by the feed as not for everybody."""
    around = [node, *node.children("media:group", "media:content")]
    ratings = {_text(one, "media:rating", "media:adult").lower() for one in around}
    explicit = _text(node, "itunes:explicit").lower()
    return not ratings.isdisjoint({"adult", "true"}) or explicit in ("yes", "true", "explicit")


def _image(channel: Node) -> str | None:
    image = channel.first("image")
    found = [_text(image, "url")] if image is not None else []
    found += [one.get("href") for one in channel.children("itunes:image")]
    found += [_text(channel, "atom:icon"), _text(channel, "atom:logo")]
    addresses = (web_address(joined(channel.base, one)) for one in found if one)
    return next((one for one in addresses if one), None)


def _minutes(text: str) -> float:
    return min(int(text) * 60.0, _LONGEST_TTL_S) if text.isdecimal() and len(text) < 8 else 0.0


_PLAIN = frozenset({"", "text", "text/plain"})


def _markup(node: Node | None) -> str:
    """What an element says, as HTML."""
    if node is None:
        return ""
    kind = node.get("type").lower()
    if kind == "xhtml" or node.first("xhtml:div", "xhtml:p") is not None:
        return "".join(_inner(node))
    if node.name.startswith("atom:") and kind in _PLAIN and node.get("mode") != "escaped":
        return plain(node.text())
    if node.get("src") or (kind not in _PLAIN and "html" not in kind):
        return ""
    return (
        "".join(_inner(node)) if any(isinstance(one, Node) for one in node.parts) else node.text()
    )


def _inner(node: Node) -> Iterator[str]:
    """Elements inside, written as HTML again."""
    for part in node.parts:
        if isinstance(part, str):
            yield escape(part, quote=False)
            continue
        tag = part.name.rpartition(":")[2]
        inside = "".join(f' {k}="{escape(v)}"' for k, v in part.attributes.items() if ":" not in k)
        yield f"<{tag}{inside}>"
        yield from _inner(part)
        if tag not in ("br", "img", "hr"):
            yield f"</{tag}>"
