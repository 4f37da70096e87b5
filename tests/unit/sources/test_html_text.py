"""How the HTML of other servers reads as text, and which parts of it are marked."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import regex  # type: ignore[import-untyped]

from app.domain.post import RichText
from app.domain.text import NAME, TITLE, safe_text, web_address
from app.sources.html_text import html_to_rich, plain_to_rich

PYLOGO = {"pylogo": "https://files.fedi.example/e.png"}
IMG = "<img src=x onerror=alert(1)>"


def read(html: str) -> str:
    return html_to_rich(html, emojis={}).text


def marked(rich: RichText) -> list[tuple[str, str, str | None]]:
    return [(s.kind, rich.text[s.start : s.end], s.href) for s in rich.spans]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one<br>two<br />three</p>", "one\ntwo\nthree"),
        ("<p>one<br><br><br><br>two</p>", "one\n\ntwo"),
        ("<p>a \n  b\tc</p>\n\n <p> d </p>", "a b c\n\nd"),
        ("<p>a <b>b</b> <i>c</i>d</p>", "a b cd"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<p>To do:</p><ul><li>one</li><li>two</li></ul>", "To do:\n\n• one\n• two"),
        (
            "<ol><li>one</li><li>two<ul><li>deep</li></ul></li><li>three</li></ol>",
            "1. one\n2. two\n• deep\n3. three",
        ),
        ("<ul><li><p>one</p></li><li><p>two</p></li></ul>", "• one\n• two"),
        ("<blockquote><p>said</p></blockquote><p>so</p>", "> said\n\nso"),
        ("<pre><code>if x:\n    y\n</code></pre><p>z</p>", "if x:\n    y\n\nz"),
        ("plain &amp; simple", "plain & simple"),
        ("no markup at all", "no markup at all"),
        ("", ""),
        ("<p></p>", ""),
        ("a&nbsp;b", "a\u00a0b"),
        ("<p>a<script>alert(1)</script><style>b</style><iframe>c</iframe>d</p>", "ad"),
        ("<noscript>a</noscript><template>b</template><svg><text>c</text></svg>d", "d"),
        ("<!-- a --><p>b</p><!doctype html>", "b"),
        ("a<img src='x' alt='a photograph'>b", "ab"),
        ("<p>half a tag <a href='", "half a tag"),
        ("<p>a\x00b\ud800c</p>", "abc"),
        ("<p>RE: <span class='quote-inline'>https://fedi.example/1</span>yes</p>", "RE: yes"),
        ('<p class="quote-inline">RE: <a href="https://a.example">x</a></p><p>yes</p>', "yes"),
    ],
)
def test_html_reads_as_a_browser_lays_it_out(html: str, text: str) -> None:
    assert read(html) == text


def test_entities_are_decoded_exactly_once() -> None:
    assert read("<p>&lt;img src=x onerror=alert(1)&gt;</p>") == IMG
    assert read("&amp;lt;img&amp;gt;") == "&lt;img&gt;"
    assert plain_to_rich("&lt;img&gt;", {}).text == "&lt;img&gt;"
    assert plain_to_rich(IMG, {}).text == IMG


def test_a_link_shows_its_short_form_and_leads_to_the_whole_address() -> None:
    rich = html_to_rich(
        '<p>See <a href="https://pyfest.example/talks/long?a=1&amp;b=2">'
        '<span class="invisible">https://</span><span class="ellipsis">pyfest.example/talks</span>'
        '<span class="invisible">/long</span></a>!</p>',
        emojis={},
    )
    assert rich.text == "See pyfest.example/talks…!"
    assert marked(rich) == [
        ("link", "pyfest.example/talks…", "https://pyfest.example/talks/long?a=1&b=2")
    ]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "/relative",
        "magnet:?x",
        "",
        "jAvAsCrIpT&colon;x",
    ],
)
def test_a_link_that_does_not_lead_to_the_web_is_text(href: str) -> None:
    rich = html_to_rich(f'<p><a href="{href}">click</a> me</p>', emojis={})
    assert rich == RichText(text="click me")


def test_a_link_without_text_leaves_nothing() -> None:
    rich = html_to_rich('<p>a <a href="https://a.example"> </a> b</p>', emojis={})
    assert rich == RichText(text="a b")


def test_mentions_and_hashtags_are_told_by_their_class() -> None:
    rich = html_to_rich(
        '<p><span class="h-card"><a href="https://fedi.example/@ada" class="u-url mention">@<span>'
        'ada</span></a></span> <a href="https://fedi.example/tags/PyFest26" '
        'class="mention hashtag" rel="tag">#<span>PyFest26</span></a></p>',
        emojis={},
    )
    assert marked(rich) == [
        ("mention", "@ada", "https://fedi.example/@ada"),
        ("hashtag", "#PyFest26", "https://fedi.example/tags/PyFest26"),
    ]


def test_links_without_a_class_are_told_by_the_post_s_own_lists() -> None:
    rich = html_to_rich(
        '<a href="https://a.example/@bo">@bo</a> <a href="https://a.example/t/Café">#Café</a>'
        ' <a href="https://a.example/other">#other</a>',
        emojis={},
        mentions={"https://a.example/@bo"},
        tags={"cafe": None},
    )
    assert [kind for kind, _, _ in marked(rich)] == ["mention", "hashtag", "link"]


def test_hashtags_that_are_not_linked_are_found_by_the_post_s_own_list() -> None:
    tags = {"pyfest26": "https://fedi.example/tags/pyfest26", "हिन्दी": None, "bad": "javascript:x"}
    rich = html_to_rich("<p>#PyFest26, #हिन्दी #other a#pyfest26 #bad</p>", emojis={}, tags=tags)
    assert marked(rich) == [
        ("hashtag", "#PyFest26", "https://fedi.example/tags/pyfest26"),
        ("hashtag", "#हिन्दी", None),
        ("hashtag", "#bad", None),
    ]


def test_custom_emoji_are_marked_with_their_picture() -> None:
    rich = html_to_rich("<p>Hi :pylogo:, :unknown: (:pylogo:)</p>", emojis=PYLOGO)
    assert marked(rich) == [("emoji", ":pylogo:", PYLOGO["pylogo"])] * 2


@pytest.mark.parametrize(
    "text", ["a:pylogo:", ":pylogo:b", "10:pylogo:30", "::pylogo::", ":pylogo::pylogo:"]
)
def test_a_shortcode_inside_a_word_is_text(text: str) -> None:
    assert plain_to_rich(text, PYLOGO).spans == ()


def test_a_shortcode_without_a_web_picture_is_text() -> None:
    assert plain_to_rich(":x:", {"x": "javascript:alert(1)"}) == RichText(text=":x:")
    assert plain_to_rich(":<b>:", {"<b>": "https://a.example/x.png"}) == RichText(text=":<b>:")


def test_a_custom_emoji_inside_a_link_stays_part_of_the_link() -> None:
    rich = html_to_rich('<a href="https://a.example">my :pylogo: site</a>', emojis=PYLOGO)
    assert [kind for kind, _, _ in marked(rich)] == ["link"]


def test_a_shortcode_that_came_as_a_picture_is_marked() -> None:
    rich = html_to_rich('<p>Hi <img class="emoji" alt=":pylogo:" src="x"></p>', emojis=PYLOGO)
    assert marked(rich) == [("emoji", ":pylogo:", PYLOGO["pylogo"])]


def test_spans_count_code_points() -> None:
    rich = html_to_rich('<p>👩🏽‍🚀 <a href="https://a.example">x</a></p>', emojis={})
    assert (rich.spans[0].start, rich.spans[0].end) == (5, 6)


def test_a_post_of_thousands_of_characters_is_cut() -> None:
    text = read("<p>" + "word " * 100_000 + "</p>")
    assert len(text) <= 1000
    assert text.endswith("…")


DEEP = [
    "<div>",
    "<b>",
    "<ul><li>",
    "<blockquote>",
    "<a href=https://a.example>x",
    "<p><b><i>",
    "&#x202e;",
]


@pytest.mark.parametrize(
    "piece", [*DEEP, "#a ", ":a: ", "<pre>\n", "<table>", "</p>", "<font a=1>"]
)
def test_deep_and_huge_html_is_read_within_its_share_of_time(piece: str) -> None:
    """CPU time of the process, ten times what it takes: an alarm for squares, not a benchmark."""
    started = time.process_time()
    rich = html_to_rich(piece * (300_000 // len(piece)), emojis=PYLOGO, tags={"a": None})
    assert time.process_time() - started < 0.5
    assert len(rich.text) <= 1000


HOSTILE = regex.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\p{Cs}]")


def payloads() -> Iterator[str]:
    """Cross-site scripting lists, tokenizer tests and naughty strings."""
    folder = Path(os.environ["HALLWAY_FIXTURES"]) / "xss"
    for name in ("owasp.jsonl", "payloadbox.jsonl"):
        for line in (folder / name).read_text("utf-8").splitlines():
            yield json.loads(line)["payload"]
    yield from json.loads((folder / "blns.json").read_text("utf-8"))
    for path in folder.glob("html5lib-*.json"):
        yield from (case["input"] for case in json.loads(path.read_text("utf-8"))["tests"])


@pytest.mark.skipif("HALLWAY_FIXTURES" not in os.environ, reason="HALLWAY_FIXTURES is not set")
def test_hostile_strings_become_harmless_text_everywhere() -> None:
    seen = 0
    for payload in payloads():
        seen += 1
        emojis = {payload: payload, "x": payload, "y": "https://a.example/y.png"}
        as_html = html_to_rich(payload, emojis=emojis, mentions={payload}, tags={"x": payload})
        as_name = plain_to_rich(payload, emojis, NAME)
        for rich in (as_html, as_name):
            assert HOSTILE.search(rich.text) is None
            assert all(span.href is None or web_address(span.href) for span in rich.spans)
        assert HOSTILE.search(safe_text(payload, limits=TITLE)) is None
    assert seen > 7000
