"""The text of a post on X with its entities becomes plain text and spans. Pure.

Facts, measured on 5,600 recorded entities: `start` and `end` count code points, not UTF-16 units, in
the text as it is sent, where `&`, `<` and `>` are written `&amp;`, `&lt;` and `&gt;`.
"""

import re
from collections.abc import Callable, Iterable
from html import unescape

from app.domain.edits import Edit, applied
from app.domain.post import RichText, Span
from app.domain.text import POST, fold_tag, safe_rich, valid_tag, web_address
from app.sources.shapes import Json, as_dict, as_str, dicts_in

WEB = "https://x.com"

_ESCAPED = re.compile("&(?:amp|lt|gt);")
_PICTURE_LINK = re.compile(
    r"https?://(?:www\.)?(?:twitter|x)\.com/\w+/status/\d+/(?:photo|video)/\d+", re.IGNORECASE
)
_STATUS_LINK = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/(?:\w+|i/web)/status/(\d{1,19})(?![\w/])",
    re.IGNORECASE,
)
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,50}")

_MOST = 500
"""Entities of a kind that are read of one post; a long post has 25,000 characters."""

_Range = tuple[int, int]


def unescaped(text: str) -> str:
    """`&amp;`, `&lt;` and `&gt;` as the signs they stand for, once."""
    return _ESCAPED.sub(lambda match: unescape(match[0]), text)


def username_of(value: object) -> str:
    """A name that fits into an address of X; empty when it is none."""
    name = as_str(value)
    return name if _USERNAME.fullmatch(name) else ""


def long_form(post: Json) -> Json:
    """Where text and entities of a post are: a long post's are in its note, in either dialect."""
    for name in ("note_tweet", "note_post"):
        note = as_dict(post.get(name))
        if as_str(note.get("text")):
            return note
    return post


def hashtags_of(post: Json) -> tuple[str, ...]:
    """Folded, sorted, each once: those of the short text and those of the whole one."""
    names = (
        as_str(tag.get("tag"))
        for part in (post, long_form(post))
        for tag in dicts_in(as_dict(part.get("entities")).get("hashtags"))
    )
    return tuple(sorted({fold_tag(name) for name in names if valid_tag(name)}))


def links_of(post: Json) -> list[Json]:
    """The url entities of the whole text."""
    return dicts_in(as_dict(long_form(post).get("entities")).get("urls"))


def body_of(post: Json, *, hide: str = "") -> RichText:
    """The text that is shown. Links to its own pictures are cut; so is the link to `hide`, the id of
    a post that is shown as a quote beneath."""
    part = long_form(post)
    text = as_str(part.get("text"))
    entities = as_dict(part.get("entities"))
    links = _links(text, entities, hide)
    edits = [edit for edit, _ in links]
    spans = [span for _, span in links if span is not None]
    spans += _marks(text, entities, "hashtags", "hashtag", _hashtag_page)
    spans += _marks(text, entities, "mentions", "mention", _profile)
    escapes = ((m.start(), m.end(), unescape(m[0])) for m in _ESCAPED.finditer(text))
    taken = [(start, end) for start, end, _ in edits]
    edits += [one for one in escapes if not _touches((one[0], one[1]), taken)]
    shown, moved = applied(text, _apart(spans), sorted(edits))
    return safe_rich(RichText(text=shown, spans=tuple(moved)), POST)


def _links(text: str, entities: Json, hide: str) -> list[tuple[Edit, Span | None]]:
    """What takes the place of each t.co link, and its span; several pictures share one link."""
    found: dict[_Range, tuple[Edit, Span | None]] = {}
    for link in dicts_in(entities.get("urls"))[:_MOST]:
        at = _range(link, text)
        if at is None or text[at[0] : at[1]] != as_str(link.get("url")) or _touches(at, found):
            continue
        found[at] = _cut(text, at) if _is_hidden(link, hide) else _spelled(link, at)
    return list(found.values())


def _cut(text: str, at: _Range) -> tuple[Edit, None]:
    """With the blank before it, so that no gap stays."""
    start = at[0] - 1 if text[at[0] - 1 : at[0]] == " " else at[0]
    return (start, at[1], ""), None


def _spelled(link: Json, at: _Range) -> tuple[Edit, Span]:
    """X's display rules: people read the address that is meant, and the link leads through t.co."""
    target = web_address(link.get("url")) or web_address(link.get("expanded_url"))
    said = unescaped(as_str(link.get("display_url"))).strip() or target or as_str(link.get("url"))
    return (*at, said), Span(start=at[0], end=at[1], kind="link", href=target)


def _is_hidden(link: Json, hide: str) -> bool:
    target = as_str(link.get("expanded_url"))
    if link.get("media_key") or _PICTURE_LINK.fullmatch(target):
        return True
    quoted = _STATUS_LINK.match(target)
    return bool(hide) and quoted is not None and quoted[1] == hide


def _marks(
    text: str,
    entities: Json,
    name: str,
    kind: str,
    page: Callable[[Json], str | None],
) -> list[Span]:
    spans = []
    for one in dicts_in(entities.get(name))[:_MOST]:
        at = _range(one, text)
        if at is not None and text[at[0]] in "#＃@＠" and (href := page(one)):
            data = {"start": at[0], "end": at[1], "kind": kind, "href": href}
            spans.append(Span.model_validate(data))
    return spans


def _hashtag_page(one: Json) -> str | None:
    name = as_str(one.get("tag"))
    return web_address(f"{WEB}/hashtag/{name}") if valid_tag(name) else None


def _profile(one: Json) -> str | None:
    name = username_of(one.get("username"))
    return f"{WEB}/{name}" if name else None


def _range(one: Json, text: str) -> _Range | None:
    start, end = one.get("start"), one.get("end")
    if type(start) is not int or type(end) is not int:
        return None
    return (start, end) if 0 <= start < end <= len(text) else None


def _touches(at: _Range, others: Iterable[_Range]) -> bool:
    return any(at[0] < end and start < at[1] for start, end in others)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Sorted; of two that overlap the first stays."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        if not kept or kept[-1].end <= span.start:
            kept.append(span)
    return kept
