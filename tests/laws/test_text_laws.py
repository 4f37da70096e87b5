"""What must hold of every text, every HTML and every answer of a server, however odd."""

import contextlib
import html
import itertools
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
import regex  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.post import RichText, Span
from app.domain.text import ALT, NAME, POST, TITLE, WARNING, Limits, fold_tag, safe_rich, safe_text
from app.sources.html_text import html_to_rich, plain_to_rich
from app.sources.mastodon.parse import (
    ParseError,
    parse_account,
    parse_booster,
    parse_instance,
    parse_page,
    parse_status,
)

pytestmark = pytest.mark.slow

OFTEN = settings(max_examples=300, deadline=None)
"""No deadline: the machine that runs the tests may be busy with other things."""
SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
SERVER = "fedi.example"
ALL_LIMITS = st.sampled_from([NAME, TITLE, WARNING, ALT, POST, Limits(5, 2), Limits(1, 1)])

_MARKS = "\u200c\u200d\u200e\u200f\u061c\u202e\u2066\u2069\u0301\u0327\u20e3\ufe0f\u0e49\u05b8\u093f\u094d"
_NOISE = (
    "\x00\x1b\x85\r\n\t\u2028\u00a0\u3000\ufeff\ufffe\ud800\udc00\U000e0001\U000e0067\U000e007f"
)
_LETTERS = "👨👩🏽🏴🇩🇪❤각가ا\u05e9日:#&<>;@/ aAéß\u1100\u1161\u11a8\u09c7\u09be"
_CHUNKS = (
    ":pylogo:",
    "#pyfest26",
    "https://",
    "&lt;",
    "&#x202e;",
    "\U000e0067\U000e0062\U000e007f",
)
_ODD = st.sampled_from([*_MARKS, *_NOISE, *_LETTERS, *_CHUNKS])
odd_text = st.lists(st.one_of(_ODD, st.characters()), max_size=60).map("".join)

_TAGS = ["p", "br", "a", "span", "ul", "ol", "li", "blockquote", "pre", "script", "b", "div", "img"]
_ATTRIBUTES = ["", ' class="invisible"', ' class="ellipsis"', ' class="mention hashtag"']
_ATTRIBUTES += [
    ' href="https://a.example/x"',
    ' href="javascript:x"',
    ' alt=":pylogo:"',
    ' class="',
]
_PIECES = st.one_of(
    st.builds("<{}{}>".format, st.sampled_from(_TAGS), st.sampled_from(_ATTRIBUTES)),
    st.builds("</{}>".format, st.sampled_from(_TAGS)),
    odd_text,
)
odd_html = st.lists(_PIECES, max_size=25).map("".join)

_BAD = regex.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\p{Noncharacter_Code_Point}\p{Cs}]"
)
EMOJIS = {"pylogo": "https://files.fedi.example/e.png", "a": "javascript:alert(1)"}
LINKED = {"pyfest26": "https://fedi.example/tags/pyfest26"}


def assert_fit(rich: RichText, limits: Limits) -> None:
    """Safe text within its limits; spans are sorted, apart, in range, and lead to the web."""
    text = rich.text
    assert _BAD.search(text) is None
    assert unicodedata.is_normalized("NFC", text)
    assert text.count("\n") < limits.lines
    assert len(regex.findall(r"\X", text)) <= limits.graphemes
    assert regex.search(r"\p{M}{5}", text) is None
    end = 0
    for span in rich.spans:
        assert end <= span.start < span.end <= len(text)
        assert span.href is None or span.href.lower().startswith(("http://", "https://"))
        end = span.end


@st.composite
def marked_texts(draw: st.DrawFn) -> RichText:
    text = draw(odd_text)
    borders = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    kinds = st.sampled_from(["link", "mention", "hashtag", "emoji"])
    pairs = itertools.pairwise(borders)
    spans = [Span(start=a, end=b, kind=draw(kinds)) for a, b in pairs if draw(st.booleans())]
    return RichText(text=text, spans=tuple(spans))


@given(odd_text, ALL_LIMITS)
@OFTEN
def test_making_text_safe_twice_changes_nothing_more(text: str, limits: Limits) -> None:
    once = safe_text(text, limits=limits)
    assert_fit(RichText(text=once), limits)
    assert safe_text(once, limits=limits) == once


@given(marked_texts(), ALL_LIMITS)
@OFTEN
def test_spans_stay_sorted_apart_and_in_range(rich: RichText, limits: Limits) -> None:
    shown = safe_rich(rich, limits)
    assert_fit(shown, limits)
    if all(span.kind != "emoji" for span in rich.spans):  # these are not cut in half
        assert shown.text == safe_text(rich.text, limits=limits)
    assert safe_rich(shown, limits) == shown


@given(
    st.lists(
        st.sampled_from(["abc", "é", "ש", "\u202e", "\x00", "e\u0301", " ", "日本"]), max_size=12
    )
)
@OFTEN
def test_a_span_keeps_its_own_text(words: list[str]) -> None:
    before = "".join(words) + "|"
    rich = RichText(
        text=f"{before}#PyFest|",
        spans=(Span(start=len(before), end=len(before) + 7, kind="hashtag"),),
    )
    shown = safe_rich(rich, POST)
    assert [shown.text[span.start : span.end] for span in shown.spans] == ["#PyFest"]


@given(st.one_of(odd_html, st.text()))
@OFTEN
def test_any_html_becomes_fit_text(source: str) -> None:
    mentions = {"https://a.example/x"}
    assert_fit(html_to_rich(source, emojis=EMOJIS, mentions=mentions, tags=LINKED), POST)
    assert_fit(plain_to_rich(source, EMOJIS), NAME)


@given(st.text(alphabet="<>&\"'abc;:/=# \u202e\u00e9"))
@OFTEN
def test_text_that_was_escaped_is_decoded_exactly_once(text: str) -> None:
    words = " ".join(text.split())
    assert html_to_rich(html.escape(words), emojis={}).text == safe_text(words, limits=POST)


@given(st.one_of(odd_text, st.text()))
@OFTEN
def test_folding_a_hashtag_twice_changes_nothing_more(tag: str) -> None:
    assert fold_tag(fold_tag(tag)) == fold_tag(tag)
    assert fold_tag(f"#{tag.strip().lstrip('#')}") == fold_tag(tag.strip().lstrip("#"))


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    odd_text,
    st.sampled_from(
        ["https://fedi.example/@ada/1", "2026-11-21T09:30:00.000Z", "0001-01-01T00:00:00+14:00"]
    ),
)
_KEYS = st.sampled_from(
    regex.findall(
        r"\w+",
        """id uri url account acct username content tags name emojis shortcode static_url mentions
        card title media_attachments meta original width focus x y poll options votes_count quote
        state quoted_status reblog created_at visibility language spoiler_text fields note version
        configuration urls streaming type description remote_url display_name in_reply_to_id""",
    )
)
anything = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=8)),
    max_leaves=25,
)


@st.composite
def near_statuses(draw: st.DrawFn) -> dict[str, Any]:
    """Statuses with what they need and anything at all in the rest."""
    account = draw(st.dictionaries(_KEYS, anything, max_size=5))
    account |= {"acct": "ada", "url": "https://fedi.example/@ada", "display_name": draw(odd_text)}
    status = draw(st.dictionaries(_KEYS, anything, max_size=12))
    status |= {"id": "1", "uri": "https://fedi.example/1", "account": account}
    status |= {"content": draw(odd_html), "reblog": draw(st.sampled_from([None, False, "x"]))}
    return status


@given(anything)
@settings(max_examples=150, deadline=None)
def test_an_answer_of_any_shape_is_parsed_or_refused(data: object) -> None:
    for parse in (parse_status, parse_account, parse_page):
        with contextlib.suppress(ParseError):
            parse(data, server=SERVER, seen_at=SEEN)
    with contextlib.suppress(ParseError):
        parse_instance(data)
    with contextlib.suppress(ParseError):
        parse_booster(data, "key", server=SERVER, seen_at=SEEN, at=data)


@given(near_statuses())
@settings(max_examples=80, deadline=None)
def test_a_status_with_what_it_needs_becomes_a_post(status: dict[str, Any]) -> None:
    post = parse_status(status, server=SERVER, seen_at=SEEN).post
    assert_fit(post.body, POST)
    assert_fit(post.author.name, NAME)
    assert post.author.name.text
    assert post.created_at <= SEEN
    assert post.model_dump_json()
