"""RSS, RDF, Atom and JSON Feed in one shape."""

import json
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.post import Media
from app.sources.feed.entry import Entry, Feed, FeedError, Person
from app.sources.feed.json import read_json_feed
from app.sources.feed.parse import parse_feed
from tests.fake_feeds import atom, atom_entry, item, json_feed, json_item, rss

ADDRESS = "https://blog.example/feed.xml"


def parse(text: str | bytes, content_type: str = "") -> Feed:
    body = text.encode() if isinstance(text, str) else text
    return parse_feed(body, content_type=content_type, address=ADDRESS)


def entry_of(more: str = "", **fields: str) -> Entry:
    return parse(rss(item(1, more=more, **fields))).entries[0]


def test_rss() -> None:
    feed = parse(
        rss(
            item(1, more="<dc:creator>Ada</dc:creator><content:encoded>Long</content:encoded>"),
            more="<ttl>30</ttl><language>en-gb</language><generator>Maker 1</generator>"
            "<image><url>/logo.png</url></image>",
        )
    )

    assert feed == Feed(
        title="A Made-Up Blog",
        link="https://blog.example/",
        image="https://blog.example/logo.png",
        generator="Maker 1",
        language="en-gb",
        ttl_s=1800.0,
        entries=(
            Entry(
                id="https://blog.example/?p=1",
                link="https://blog.example/1",
                title="Entry 1",
                summary="<p>About talk 1</p>",
                content="Long",
                author=Person("Ada"),
                published="Fri, 20 Nov 2026 08:01:00 +0000",
                tags=("PyFest26",),
            ),
        ),
    )


def test_atom() -> None:
    author = "<author><name>Ada</name><uri>/ada</uri><email>a@blog.example</email></author>"
    feed = parse(atom(atom_entry(1, more=author, updated="2026-11-21T08:00:00Z")))

    assert (feed.title, feed.link) == ("A Made-Up Blog", "https://blog.example/")
    assert feed.entries == (
        Entry(
            id="tag:blog.example,2026:1",
            link="https://blog.example/1",
            title="Entry 1",
            content="<p>About talk 1</p>",
            author=Person("Ada", "https://blog.example/ada"),
            published="2026-11-20T08:01:00+00:00",
            updated="2026-11-21T08:00:00Z",
            tags=("pyfest26", "", ""),
        ),
    )


def test_rdf() -> None:
    feed = parse(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="https://blog.example/"><title>Old</title></channel>'
        '<item rdf:about="https://blog.example/1"><title>One</title>'
        "<link>https://blog.example/1</link><dc:date>2026-11-20T08:01+00:00</dc:date>"
        "<dc:creator>Ada</dc:creator><dc:subject>PyFest26</dc:subject></item></rdf:RDF>"
    )

    assert feed.title == "Old"
    assert feed.entries == (
        Entry(
            id="https://blog.example/1",
            link="https://blog.example/1",
            title="One",
            author=Person("Ada"),
            published="2026-11-20T08:01+00:00",
            tags=("PyFest26",),
        ),
    )


def test_json_feed() -> None:
    feed = parse(
        json_feed(
            json_item(
                1,
                authors=[{"name": "Ada", "url": "/ada", "avatar": "/ada.png"}],
                date_modified="2026-11-21T08:00:00Z",
                image="/1.jpg",
                attachments=[{"url": "/1.mp3", "mime_type": "audio/mpeg", "title": "Talk"}],
            ),
            json_item(2, content_html=None, content_text="a < b\nc", author={"name": "Bob"}),
            language="en",
        ),
        "application/feed+json",
    )

    one, two = feed.entries
    assert one.author == Person("Ada", "https://blog.example/ada", "https://blog.example/ada.png")
    assert (one.updated, one.tags) == ("2026-11-21T08:00:00Z", ("PyFest26",))
    assert [(m.kind, m.url, m.alt) for m in one.media] == [
        ("image", "https://blog.example/1.jpg", ""),
        ("audio", "https://blog.example/1.mp3", "Talk"),
    ]
    assert (two.content, two.author) == ("a &lt; b<br>c", Person("Bob"))


def test_a_json_feeds_author_wrote_what_names_nobody() -> None:
    feed = parse(json_feed(json_item(1), authors=[{"name": "Ada"}]))
    assert feed.entries[0].author == Person("Ada")


# --- parts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("<author>ada@blog.example (Ada L.)</author>", "Ada L."),
        ("<author>Ada L. &lt;ada@blog.example&gt;</author>", "Ada L."),
        ("<itunes:author>Ada L.</itunes:author>", "Ada L."),
        ("<author>ada@blog.example</author>", None),
    ],
)
def test_authors_have_names_and_mail_addresses_stay_here(said: str, name: str | None) -> None:
    author = entry_of(said).author
    assert (author.name if author else None) == name


def test_in_a_planet_the_blog_stands_behind_its_entry() -> None:
    source = (
        "<source><title>Ada's Blog</title><icon>https://ada.example/i.png</icon>"
        '<link rel="alternate" href="https://ada.example/"/></source>'
    )
    entry = parse(atom(atom_entry(1, more=source))).entries[0]
    rss_entry = entry_of('<source url="https://ada.example/rss">Ada\'s Blog</source>')

    assert entry.author == Person("Ada's Blog", "https://ada.example/", "https://ada.example/i.png")
    assert rss_entry.author == Person("Ada's Blog", "https://ada.example/rss")


def test_a_permanent_link_may_be_the_guid_alone() -> None:
    assert entry_of(link="", guid="https://blog.example/g").link == "https://blog.example/g"
    no = item(1, link="", guid="").replace(
        "<item>", '<item><guid isPermaLink="false">https://blog.example/g</guid>'
    )
    assert parse(rss(no)).entries[0].link is None


def test_atoms_text_is_text_and_its_xhtml_is_html() -> None:
    plain = parse(atom("<entry><title>1 &lt;b&gt; 2</title><summary>x\ny</summary></entry>"))
    rich = parse(
        atom(
            '<entry><title type="html">&lt;b&gt;T&lt;/b&gt;</title><content type="xhtml">'
            '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">x &amp; <br/>y</p></div>'
            "</content></entry>"
        )
    )

    assert (plain.entries[0].title, plain.entries[0].summary) == ("1 &lt;b&gt; 2", "x<br>y")
    assert rich.entries[0].title == "<b>T</b>"
    assert '<p class="a">x &amp; <br>y</p>' in rich.entries[0].content


def test_content_that_is_no_text_is_left_out() -> None:
    feed = parse(
        atom(
            '<entry><content type="image/png">iVBORw0KGgo=</content></entry>'
            '<entry><content type="text/html" src="https://blog.example/1"/></entry>'
        )
    )
    assert [entry.content for entry in feed.entries] == ["", ""]


def media(more: str, **fields: str) -> tuple[Media, ...]:
    return entry_of(more, **fields).media


def test_an_enclosure_is_a_medium_and_the_episodes_picture_stands_for_it() -> None:
    (one,) = media(
        '<enclosure url="/e1.mp3" type="audio/mpeg" length="1"/><itunes:image href="/e1.jpg"/>'
    )
    assert (one.kind, one.url) == ("audio", "https://blog.example/e1.mp3")
    assert one.preview == "https://blog.example/e1.jpg"


def test_media_rss_brings_pictures_with_words_and_sizes() -> None:
    (one,) = media(
        '<media:content url="/a" medium="image" width="800" height="x">'
        "<media:description>On stage</media:description></media:content>"
    )
    assert one == Media(
        kind="image",
        url="https://blog.example/a",
        preview="https://blog.example/a",
        alt="On stage",
        width=800,
    )


def test_of_one_thing_in_several_forms_the_default_is_taken() -> None:
    (one,) = media(
        '<media:group><media:content url="/a.webm"/>'
        '<media:content url="/a.mp4" isDefault="true"/><media:thumbnail url="/a.jpg"/></media:group>'
    )
    assert (one.kind, one.url) == ("video", "https://blog.example/a.mp4")
    assert one.preview == "https://blog.example/a.jpg"


@pytest.mark.parametrize(
    "more",
    [
        '<enclosure url="javascript:alert(1)" type="image/png"/>',
        '<enclosure url="/a.torrent" type="application/x-bittorrent"/>',
        '<enclosure url="http://[::1" type="image/png"/>',
        '<enclosure type="image/png"/>',
    ],
)
def test_what_has_no_safe_address_or_no_kind_is_no_medium(more: str) -> None:
    assert [one for one in media(more) if one.url != ADDRESS] == []


def test_what_a_feed_marks_as_not_for_everybody_is_sensitive() -> None:
    assert entry_of("<itunes:explicit>yes</itunes:explicit>").sensitive
    assert entry_of('<media:content url="/a.png"><media:rating>adult</media:rating></media:content>').sensitive  # fmt: skip
    assert not entry_of("<media:rating>nonadult</media:rating>").sensitive


def test_of_an_endless_feed_both_ends_are_read() -> None:
    for text in (rss(*map(item, range(2500))), json_feed(*map(json_item, range(2500)))):
        entries = parse(text).entries
        assert [entries[at].title for at in (0, 999, 1000, -1)] == [
            "Entry 0", "Entry 999", "Entry 1500", "Entry 2499",
        ]  # fmt: skip


# --- what is no feed ------------------------------------------------------------------------------


def test_a_web_page_is_none_but_may_say_where_its_feed_is() -> None:
    page = (
        "<!DOCTYPE html><html><head>"
        '<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>'
    )
    with pytest.raises(FeedError, match="web page") as caught:
        parse(page)
    assert caught.value.hint == "It names this feed: https://blog.example/feed.xml"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("<html><body>Sign in", "web page"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "no feed"),
        ("hello", "no XML"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [', "ends early"),
        ('{"error": "x"}', "no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": {}}', "no JSON Feed"),
    ],
)
def test_why_it_is_none_is_said(body: str, why: str) -> None:
    with pytest.raises(FeedError, match=why):
        parse(body)


def test_servers_label_feeds_in_all_ways() -> None:
    assert parse(rss(item(1)), "text/html; charset=utf-8").entries
    assert parse(json_feed(json_item(1)), "text/plain").entries


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "url", "title", "authors", "author", "tags", "attachments", "image"]
            )
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=5), JSON)
def test_any_json_items_are_entries_or_left_out(items: list[Any], authors: Any) -> None:
    data = {"version": "https://jsonfeed.org/version/1", "items": items, "authors": authors}
    assert len(read_json_feed(data, ADDRESS).entries) <= len(items)
    assert parse(json.dumps(data)) is not None


NAMES = ["title", "link", "guid", "category", "enclosure", "media:content", "atom:author", "source"]


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "url", "href", "type"]), st.text()),
        max_size=8,
    )
)
def test_any_elements_are_an_entry(parts: list[tuple[str, str, str]]) -> None:
    inside = "".join(
        f"<{name}{f' {attribute}={quoteattr(text)}' if attribute else ''}/>"
        for name, attribute, text in parts
    )
    try:
        feed = parse(rss(f"<item>{inside}</item>").encode("utf-8", "ignore"))
    except FeedError:
        return
    assert len(feed.entries) == 1
