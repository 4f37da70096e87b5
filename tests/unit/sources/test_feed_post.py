"""Entries become posts: identity, hashtags, authors, and text that is fit for a wall."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrival import Posted, arrival_adapter
from app.domain.post import Post
from app.domain.text import POST, safe_rich
from app.sources.feed.entry import Entry, Feed, FeedError, Person
from app.sources.feed.parse import parse_feed
from app.sources.feed.post import ENTRIES, View, posts_of
from tests.fake_feeds import atom, atom_entry, item, json_feed, json_item, rss

SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLACE = "https://blog.example/feed.xml"
VIEW = View(PLACE, "blog.example", ("pyfest26", "pyfest"))
ALL = replace(VIEW, all_entries=True)
GOLDEN = sorted((Path(__file__).parent / "golden_feed").glob("*.json"))


def posted(text: str, view: View = VIEW) -> list[Posted]:
    feed = parse_feed(text.encode(), content_type="", address=PLACE)
    return posts_of(feed, view, SEEN)[0]


def post_of(*, view: View = VIEW, feed: Feed | None = None, **said: object) -> Post:
    said = {"id": "https://blog.example/1", "link": "https://blog.example/1", "title": "T"} | said
    whole = replace(feed or Feed(title="Blog"), entries=(Entry(**said),))  # type: ignore[arg-type]
    ((one,), unusable) = posts_of(whole, view, SEEN)
    assert unusable == 0
    return one.post


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_made_up_feed_becomes_the_arrivals_that_are_written_down(path: Path) -> None:
    pair = json.loads(path.read_text("utf-8"))
    feed = parse_feed(pair["answer"].encode(), content_type="", address=pair["address"])
    view = View(pair["address"], pair["server"], tuple(pair["tags"]), pair["all_entries"])

    assert posts_of(feed, view, SEEN) == (
        [arrival_adapter.validate_python(one) for one in pair["arrivals"]],
        0,
    )


def test_the_same_entry_is_the_same_post_in_every_format() -> None:
    texts = [rss(item(1, guid="https://blog.example/1")), json_feed(json_item(1))]
    texts.append(atom(atom_entry(1).replace("tag:blog.example,2026:1", "https://blog.example/1")))
    posts = [one.post for text in texts for one in posted(text)]

    assert len(posts) == 3
    assert posts[0] == posts[1] == posts[2]


# --- identity -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "key"),
    [
        ("https://other.example/?p=1", "https://other.example/?p=1"),
        ("tag:blog.example,2026-11:a", "tag:blog.example,2026-11:a"),
        ("urn:uuid:60a76c80-d399-11d9", "urn:uuid:60a76c80-d399-11d9"),
        ("42", f"{PLACE}#42"),
        ("post 42", f"{PLACE}#post 42"),
        ("", "https://blog.example/1"),
    ],
)
def test_the_key_is_the_entrys_id_where_that_is_global(own: str, key: str) -> None:
    assert post_of(id=own).key == key


def test_without_id_and_link_it_is_known_by_what_it_says() -> None:
    feed = Feed(link="https://blog.example/")
    keys = {post_of(id="", link=None, title=title, feed=feed).key for title in ("a", "b", "a")}
    assert len(keys) == 2


def test_an_id_that_is_long_or_odd_still_makes_a_key_and_a_short_local_id() -> None:
    text = rss(item(1, guid="x" * 3000), item(2, guid=f"https://blog.example/{'y' * 500}"))
    for one in posted(text):
        assert len(one.local_id) <= 255
        assert one.post.key.isprintable()


def test_only_the_blogs_own_feed_prevails() -> None:
    def origin(**said: str) -> bool:
        return posted(rss(item(1, **said)))[0].origin

    assert origin()
    assert origin(guid="tag:blog.example,2026:1")
    assert not origin(link="https://ada.example/1")
    assert not origin(guid="https://ada.example/1")


def test_of_two_entries_with_one_id_the_first_counts() -> None:
    one = posted(rss(item(1, title="New"), item(1, title="Old")))
    assert [each.post.body.text for each in one] == ["New\n\nAbout talk 1"]


# --- hashtags -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pyfest26", "PyFest26", "#PyFest26", "PyFest 26", "pyfest-26"])
def test_a_category_is_a_hashtag_however_it_is_written(name: str) -> None:
    assert post_of(tags=(name,)).hashtags == ("pyfest26",)


def test_categories_that_can_be_no_hashtags_are_none() -> None:
    assert post_of(tags=("C++ & more", "2026", "", "Grüße aus Köln")).hashtags == ("grusseauskoln",)


@pytest.mark.parametrize(
    "said",
    [
        {"title": "On to #PyFest26!"},
        {"summary": "<p>On to #<b></b>x <a href='https://x.example'>#PyFest26</a></p>"},
        {"summary": "Short", "content": f"<p>{'long ' * 9000}</p><p>#pyfest26</p>"},
        {"summary": "On to &#35;PyFest26"},
    ],
)
def test_a_hashtag_counts_wherever_it_stands(said: dict[str, str]) -> None:
    assert "pyfest26" in post_of(**said).hashtags


@pytest.mark.parametrize(
    "html",
    [
        "<a href='https://x.example/#pyfest26'>x</a>",
        "https://x.example/#pyfest26",
        "<i style='color:#pyfest26'>x</i>",
        "x#pyfest26",
        "#pyfest26x",
        "pyfest26",
    ],
)
def test_what_only_looks_like_it_does_not_count(html: str) -> None:
    assert "pyfest26" not in post_of(summary=html).hashtags


def test_hashtags_in_the_text_are_marked() -> None:
    post = post_of(title="", summary="See #PyFest26 and #Python")
    assert [post.body.text[s.start : s.end] for s in post.body.spans] == ["#PyFest26", "#Python"]
    assert post.hashtags == ("pyfest26", "python")


def test_when_all_entries_are_wanted_the_walls_first_hashtag_is_theirs() -> None:
    assert post_of().hashtags == ()
    assert post_of(view=ALL).hashtags == ("pyfest26",)
    assert post_of(view=ALL, tags=("PyFest",)).hashtags == ("pyfest",)


def test_an_author_who_does_not_want_it_is_heard() -> None:
    assert "nowall" in post_of(view=ALL, content="x " * 5000 + "#NoWall", summary="x").hashtags


# --- what is shown --------------------------------------------------------------------------------


def test_title_and_summary_are_shown_and_the_whole_text_where_there_is_no_summary() -> None:
    assert post_of(title="T", summary="S", content="C").body.text == "T\n\nS"
    assert post_of(title="T", summary="<p> </p>", content="C").body.text == "T\n\nC"
    assert post_of(title="", content="C").body.text == "C"


@pytest.mark.parametrize("title", ["Hello there", "Hello there…", "hello &amp; x"])
def test_a_title_that_only_repeats_the_text_is_left_out(title: str) -> None:
    said = {"title": title, "summary": "<p>Hello there, all of you.</p>"}
    if title.startswith("hello"):
        said["summary"] = "<b>hello</b> &amp; x"
    assert post_of(**said).body.text.lower().count("hello") == 1


def test_a_title_that_is_the_beginning_of_a_word_stays() -> None:
    assert post_of(title="Py", summary="Python").body.text == "Py\n\nPython"


def test_html_that_was_decoded_is_not_html_again() -> None:
    attack = "&amp;lt;img src=x onerror=alert(1)&amp;gt;"
    (one,) = posted(rss(item(1)).replace("Entry 1", attack), VIEW)
    assert one.post.body.text.startswith("<img src=x onerror=alert(1)>")
    assert one.post.body.spans == ()


def test_pictures_in_the_text_belong_to_the_post_unless_they_count_readers() -> None:
    html = (
        '<img src="/a.jpg" alt="On stage"><img src="https://t.example/p.gif" width="1" height="1">'
        '<img class="wp-smiley" src="/s.png"><img src="data:image/png;base64,AA">'
    )
    (one,) = post_of(content=html).media
    assert (one.kind, one.url, one.alt) == ("image", "https://blog.example/a.jpg", "On stage")


def test_a_picture_alone_is_a_post() -> None:
    assert len(post_of(title="", content='<img src="/a.jpg">').media) == 1


def test_an_entry_with_nothing_to_show_or_no_address_is_of_no_use() -> None:
    feed = Feed(entries=(Entry(id="1", title="T"), Entry(id="2", link="https://blog.example/2")))
    assert posts_of(feed, VIEW, SEEN) == ([], 2)


# --- authors --------------------------------------------------------------------------------------


def test_the_feed_itself_is_the_author_where_it_names_nobody() -> None:
    author = post_of(feed=Feed(title="Ada &amp; Bob", link="https://blog.example/", image="https://blog.example/i.png")).author  # fmt: skip
    assert (author.key, author.network, author.handle) == (PLACE, "feed", "blog.example")
    assert (author.name.text, author.url) == ("Ada & Bob", "https://blog.example/")
    assert author.avatar == "https://blog.example/i.png"


def test_a_person_with_a_page_is_known_by_it() -> None:
    person = Person("Ada <3", "https://ada.example/", "https://ada.example/a.png")
    author = post_of(author=person, link="https://Ada.example/1").author
    assert (author.key, author.handle) == ("https://ada.example/", "ada.example")
    assert (author.name.text, author.avatar) == ("Ada <3", "https://ada.example/a.png")


MASTODON = Feed(
    title="#pyfest26", link="https://fedi.example/tags/pyfest26", generator="Mastodon v4.7.3"
)


@pytest.mark.parametrize(
    ("link", "handle", "key"),
    [
        ("https://fedi.example/@ada/115900", "ada@fedi.example", "https://fedi.example/@ada"),
        (
            "https://fedi.example/users/ada/statuses/1",
            "ada@fedi.example",
            "https://fedi.example/users/ada",
        ),
        ("https://misskey.example/notes/9x", "misskey.example", PLACE),
    ],
)
def test_a_mastodon_tag_feed_tells_its_authors_by_their_addresses(
    link: str, handle: str, key: str
) -> None:
    author = post_of(link=link, feed=MASTODON, title="", summary="Hi").author
    assert (author.handle, author.key) == (handle, key)
    assert author.name.text == handle.partition("@")[0]


def test_a_mastodon_tag_feed_has_warnings_in_its_text() -> None:
    html = (
        '<p><strong>Content warning:</strong> flashing &amp; loud</p><hr /><p>Look <a href="https://'
        'fedi.example/tags/PyFest26" class="mention hashtag" rel="tag">#<span>PyFest26</span></a></p>'
    )
    post = post_of(feed=MASTODON, title="", summary=html)
    assert (post.warning, post.body.text) == ("flashing & loud", "Look #PyFest26")
    assert post.hashtags == ("pyfest26",)
    assert post_of(title="", summary=html).warning == ""


# --- dates ----------------------------------------------------------------------------------------


def test_dates_are_never_of_the_future_and_an_edit_comes_after_its_entry() -> None:
    post = post_of(published="2099-01-01", updated="2098-01-01")
    assert (post.created_at, post.edited_at) == (SEEN, None)
    post = post_of(published="2026-11-20", updated="2026-11-21T08:00Z")
    assert post.edited_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert post_of(updated="2026-11-20").created_at == datetime(2026, 11, 20, tzinfo=UTC)


def test_entries_without_a_date_keep_their_order() -> None:
    posts = posted(rss(*(item(n, pubDate="") for n in (3, 2, 1))))
    assert [one.post.body.text[:7] for one in posts] == ["Entry 1", "Entry 2", "Entry 3"]
    assert SEEN - posts[0].post.created_at < timedelta(seconds=1)


def test_of_a_long_feed_the_newest_entries_are_read_whatever_their_order() -> None:
    posts = posted(rss(*(item(n) for n in range(ENTRIES + 50))))
    assert [one.post.url for one in posts] == [
        f"https://blog.example/{n}" for n in range(50, ENTRIES + 50)
    ]


# --- what always holds ----------------------------------------------------------------------------

TEXTS = st.text(max_size=40) | st.sampled_from(
    ["<p>", "<img src=/a.png>", "&#0;", "#pyfest26", "https://x.example/\u202e", "\x00", "1" * 300]
)


def assert_fit(post: Post) -> None:
    assert safe_rich(post.body, POST).text == post.body.text
    assert all(0 <= s.start < s.end <= len(post.body.text) for s in post.body.spans)
    assert post.key.isprintable()
    assert post.author.name.text


@given(
    st.builds(
        Entry,
        id=TEXTS, title=TEXTS, summary=TEXTS, content=TEXTS, published=TEXTS, updated=TEXTS,
        link=st.sampled_from([None, "https://blog.example/1"]), language=TEXTS,
        tags=st.tuples(TEXTS, TEXTS), author=st.none() | st.builds(Person, name=TEXTS),
    ),
    TEXTS,
)  # fmt: skip
def test_any_entry_is_a_post_fit_for_a_wall_or_of_no_use(entry: Entry, said: str) -> None:
    feed = Feed(title=said, generator=said, entries=(entry,))
    for one in posts_of(feed, ALL, SEEN)[0]:
        assert_fit(one.post)


def test_recorded_attacks_in_every_field_stay_text(recorded: Path) -> None:
    lines = (recorded / "xss" / "payloadbox.jsonl").read_text("utf-8").splitlines()[::40]
    attacks = [json.loads(line)["payload"] for line in lines]
    naughty = json.loads((recorded / "xss" / "blns.json").read_text("utf-8"))
    for attack in [*attacks, *naughty]:
        data = json_feed(json_item(1, title=attack, content_html=attack, url=attack, tags=[attack], authors=[{"name": attack, "url": attack}]))  # fmt: skip
        try:
            feed = parse_feed(data.encode("utf-8", "ignore"), content_type="", address=PLACE)
        except FeedError:
            continue
        for one in posts_of(feed, ALL, SEEN)[0]:
            assert_fit(one.post)
            hrefs = [s.href for s in one.post.body.spans if s.href] + [one.post.url]
            assert all(href.lower().startswith(("http://", "https://")) for href in hrefs)
