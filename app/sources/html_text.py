"""Turns the HTML of ActivityPub servers, and their plain strings, into safe text and spans."""

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from typing import Literal

import regex  # type: ignore[import-untyped]
from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.domain.post import RichText, Span
from app.domain.text import (
    ELLIPSIS,
    NAME,
    POST,
    Limits,
    fold_tag,
    safe_rich,
    web_address,
)

_HTML_LENGTH = 16_384
"""Characters that are parsed: many times what is shown, and deep nesting costs its square."""

_SILENT = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "head",
        "title",
        "noembed",
        "noframes",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "audio",
        "video",
        "canvas",
        "select",
        "textarea",
    }
)
_PARAGRAPHS = frozenset(
    {
        "p",
        "ul",
        "ol",
        "dl",
        "blockquote",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "figure",
        "hr",
    }
)
_LINES = frozenset(
    {
        "div",
        "li",
        "dt",
        "dd",
        "tr",
        "section",
        "article",
        "header",
        "footer",
        "aside",
        "figcaption",
        "details",
    }
)

_SPACES = re.compile(r"[ \t\n\r\f]+")
_SHORTCODE = re.compile(r"(?<!:)(?<![^\W_]):([A-Za-z0-9_+\-.@]{1,100}):(?![^\W_]|:)")
"""Between characters that are no letter, digit or colon (Mastodon's app/lib/emoji_formatter.rb)."""
_WORD = r"\p{L}\p{N}\p{M}_"
_HASHTAG = regex.compile(rf"(?<![{_WORD}&/#])[#\uff03]([{_WORD}·・\u200c\u200d]{{1,100}})")

_Kind = Literal["link", "mention", "hashtag", "emoji"]


def html_to_rich(
    html: str,
    *,
    emojis: Mapping[str, str],
    mentions: Collection[str] = (),
    tags: Mapping[str, str | None] | None = None,
    limits: Limits = POST,
) -> RichText:
    """Text and spans of a post's HTML. Takes any string, and never raises.

    `emojis`: shortcode to the picture's address. `mentions`: addresses of the accounts that are
    mentioned. `tags`: folded hashtags of the post and where they lead; only these are recognised
    where the text does not link them.
    """
    tags = tags or {}
    builder = _Builder(mentions, tags)
    if "<" in html or "&" in html:
        _walk(_body(html[:_HTML_LENGTH]), builder)
    else:
        builder.add(html[:_HTML_LENGTH])
    text = "".join(builder.parts)
    if len(html) > _HTML_LENGTH:
        text += ELLIPSIS
    spans = _with_unlinked(text, builder.spans, tags)
    return _finished(text, spans, emojis, limits)


def plain_to_rich(text: str, emojis: Mapping[str, str], limits: Limits = NAME) -> RichText:
    """A plain string (a display name, say) with its custom emoji as spans. Never raises."""
    return _finished(text, [], emojis, limits)


def _finished(text: str, spans: list[Span], emojis: Mapping[str, str], limits: Limits) -> RichText:
    if emojis and ":" in text:
        spans = _merged(spans, _emoji_spans(text, emojis))
    return safe_rich(RichText(text=text, spans=tuple(spans)), limits)


def _emoji_spans(text: str, emojis: Mapping[str, str]) -> list[Span]:
    found = ((m, web_address(emojis.get(m[1]))) for m in _SHORTCODE.finditer(text))
    return [_span(m.start(), m.end(), "emoji", href) for m, href in found if href]


def _with_unlinked(text: str, spans: list[Span], tags: Mapping[str, str | None]) -> list[Span]:
    """Adds the post's own hashtags that its HTML did not link (some servers leave that out)."""
    if not tags or ("#" not in text and "\uff03" not in text):
        return spans
    found = ((m, fold_tag(m[1])) for m in _HASHTAG.finditer(text))
    hashtags = [
        _span(m.start(), m.end(), "hashtag", web_address(tags[tag]))
        for m, tag in found
        if tag in tags
    ]
    return _merged(spans, hashtags)


def _merged(spans: list[Span], more: list[Span]) -> list[Span]:
    """Both lists in order; of `more`, only what touches nothing in `spans`."""
    if not spans:
        return more
    starts = [span.start for span in spans]
    free = []
    for one in more:
        before = bisect_left(starts, one.end) - 1
        if before < 0 or spans[before].end <= one.start:
            free.append(one)
    return sorted(spans + free, key=lambda span: span.start)


def _span(start: int, end: int, kind: _Kind, href: str | None) -> Span:
    return Span(start=start, end=end, kind=kind, href=href)


def _body(html: str) -> LexborNode | None:
    # the start tag keeps what comes first out of the head; lone surrogates (JSON may carry
    # them) cannot be encoded, and mean nothing
    return LexborHTMLParser("<body>" + html.encode("utf-8", "ignore").decode()).body


class _Builder:
    """Collects text as a browser would lay it out: white space collapsed, blocks as lines."""

    def __init__(self, mentions: Collection[str], tags: Mapping[str, str | None]) -> None:
        self.parts: list[str] = []
        self.spans: list[Span] = []
        self.length = 0
        self.quotes = 0
        self.verbatim = 0
        self.lists: list[int] = []
        """Of the lists that are open: the next number, or 0 for bullets."""
        self._breaks = 0
        self._space = False
        self._bullet = ""
        self._href: str | None = None
        self._link: LexborNode | None = None
        self._link_start: int | None = None
        self._link_part = 0
        self._mentions = mentions
        self._tags = tags

    def add(self, data: str) -> None:
        """Text as it stands in the HTML."""
        if self.verbatim:
            self._put(data)
            return
        text = _SPACES.sub(" ", data)
        if text.startswith(" "):
            self._space = True
        if text := text.strip(" "):
            self._put(text)
            self._space = data[-1] in " \t\n\r\f"

    def block(self, tag: str | None) -> None:
        """The border of an element: paragraphs stand apart (not in lists), others on a line."""
        if tag in _PARAGRAPHS:
            self._breaks = max(self._breaks, 1 if self.lists else 2)
        elif tag in _LINES:
            self._breaks = max(self._breaks, 1)

    def newline(self) -> None:
        """One more line break."""
        self._breaks += 1

    def bullet(self) -> None:
        """A list's entry begins: its sign stands before the next text."""
        number = self.lists[-1] if self.lists else 0
        self._bullet = f"{number}. " if number else "• "
        if number:
            self.lists[-1] += 1

    def _put(self, text: str) -> None:
        self._emit(self._gap() + self._bullet)
        self._breaks, self._space, self._bullet = 0, False, ""
        if self._link is not None and self._link_start is None:
            self._link_start, self._link_part = self.length, len(self.parts)
        self._emit(text)

    def _gap(self) -> str:
        quote = "> " if self.quotes else ""
        if not self.length:
            return quote
        if self._breaks:
            return "\n" * min(self._breaks, 2) + quote
        return " " if self._space else ""

    def _emit(self, text: str) -> None:
        if text:
            self.parts.append(text)
            self.length += len(text)

    def open_link(self, node: LexborNode) -> None:
        """Text from here on belongs to the link, if it leads anywhere."""
        self._href = web_address(node.attributes.get("href"))
        if self._href is not None:
            self._link, self._link_start = node, None

    def close_link(self) -> None:
        """Ends the link; one without text leaves nothing."""
        if self._link is not None and self._link_start is not None:
            kind = self._kind(self._link, "".join(self.parts[self._link_part :]))
            self.spans.append(_span(self._link_start, self.length, kind, self._href))
        self._link = self._link_start = None

    def _kind(self, link: LexborNode, text: str) -> _Kind:
        classes = (link.attributes.get("class") or "").split()
        if "hashtag" in classes or link.attributes.get("rel") == "tag":
            return "hashtag"
        if "mention" in classes or self._href in self._mentions:
            return "mention"
        return "hashtag" if text.startswith("#") and fold_tag(text) in self._tags else "link"


def _walk(body: LexborNode | None, builder: _Builder) -> None:
    """Visits the nodes in order without recursion: posts nest as deep as they like."""
    node = body.first_child if body is not None else None
    while node is not None and body is not None:
        if _enter(node, builder):
            child = node.first_child
            if child is not None:
                node = child
                continue
            _leave(node, builder)
        while node.next is None:
            parent = node.parent
            if parent is None or parent.mem_id == body.mem_id:
                return
            node = parent
            _leave(node, builder)
        node = node.next


def _enter(node: LexborNode, builder: _Builder) -> bool:
    """Notes where an element begins; false when nothing inside it counts."""
    tag = node.tag
    if tag == "-text":
        builder.add(node.text_content or "")
        return False
    if tag is None or tag in _SILENT or tag.startswith("-"):
        return False
    if tag in ("span", "p", "div") and not _enter_class(node, builder):
        return False
    _enter_block(tag, builder)
    if tag == "a":
        builder.open_link(node)
    elif tag == "img":
        _picture(node, builder)
    return True


def _enter_class(node: LexborNode, builder: _Builder) -> bool:
    """Mastodon's classes: `invisible` parts of addresses, and the fallback for a quote."""
    classes = (node.attributes.get("class") or "").split()
    return "invisible" not in classes and "quote-inline" not in classes


def _enter_block(tag: str, builder: _Builder) -> None:
    if tag == "br":
        builder.newline()
    builder.block(tag)
    if tag in ("ul", "ol"):
        builder.lists.append(1 if tag == "ol" else 0)
    elif tag == "li":
        builder.bullet()
    elif tag == "blockquote":
        builder.quotes += 1
    elif tag == "pre":
        builder.verbatim += 1


def _leave(node: LexborNode, builder: _Builder) -> None:
    """Notes where an element ends."""
    tag = node.tag
    if tag == "a":
        builder.close_link()
    elif tag in ("ul", "ol") and builder.lists:
        builder.lists.pop()
    elif tag == "blockquote":
        builder.quotes = max(0, builder.quotes - 1)
    elif tag == "pre":
        builder.verbatim = max(0, builder.verbatim - 1)
    elif tag == "span" and "ellipsis" in (node.attributes.get("class") or "").split():
        builder.add(ELLIPSIS)
    builder.block(tag)


def _picture(node: LexborNode, builder: _Builder) -> None:
    """Some servers put custom emoji into the HTML as pictures: their shortcode is the text."""
    alt = node.attributes.get("alt") or ""
    if _SHORTCODE.fullmatch(alt):
        builder.add(alt)
