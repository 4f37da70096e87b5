"""How the answers of Mastodon and its relatives become arrivals."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.arrival import Posted, Reposted, arrival_adapter
from app.domain.post import Author, Post
from app.domain.text import web_address
from app.sources.mastodon.parse import (
    Instance,
    ParseError,
    parse_account,
    parse_booster,
    parse_instance,
    parse_page,
    parse_status,
)

SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
SERVER = "fedi.example"
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


def account(**more: Any) -> dict[str, Any]:
    known = {"acct": "ada", "url": "https://fedi.example/@ada", "display_name": "Ada"}
    return known | {"uri": "https://fedi.example/users/ada"} | more


def status(**more: Any) -> dict[str, Any]:
    return {"id": "1", "uri": "https://fedi.example/1", "account": account()} | more


def post_of(**more: Any) -> Post:
    return parse_status(status(**more), server=SERVER, seen_at=SEEN).post


def author_of(**more: Any) -> Author:
    return parse_account(account(**more), server=SERVER, seen_at=SEEN)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_made_up_answer_becomes_the_arrivals_that_are_written_down(path: Path) -> None:
    pair = json.loads(path.read_text("utf-8"))
    arrivals, troubles = parse_page([pair["answer"]], server=pair["server"], seen_at=SEEN)
    assert troubles == []
    assert arrivals == [arrival_adapter.validate_python(one) for one in pair["arrivals"]]


@pytest.mark.parametrize(
    ("uri", "original"),
    [
        (
            "https://bsky.brid.gy/convert/ap/at://did:plc:a/app.bsky.feed.post/3k",
            "at://did:plc:a/app.bsky.feed.post/3k",
        ),
        ("https://web.brid.gy/r/https://blog.example/1", "https://blog.example/1"),
        ("https://brid.gy.example/r/https://blog.example/1", None),
        ("https://fedi.example/r/https://blog.example/1", None),
    ],
)
def test_a_post_of_a_bridge_names_its_original(uri: str, original: str | None) -> None:
    assert post_of(uri=uri).bridged_from == original


def test_a_post_needs_no_more_than_an_id_an_address_and_an_account() -> None:
    post = post_of()
    assert (post.key, post.url) == ("https://fedi.example/1", "https://fedi.example/1")
    assert (post.body.text, post.hashtags, post.created_at) == ("", (), SEEN)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        status(id=None),
        status(uri=None),
        status(account=None),
        status(account={"acct": "ada"}),
        status(account=account(acct="@\u202e")),
        status(account={"url": "https://fedi.example/@ada"}),
        status(uri="https://fedi.example/users/ada/statuses/1/activity", content=""),
    ],
)
def test_what_is_no_usable_post_is_refused_with_a_reason(data: object) -> None:
    with pytest.raises(ParseError, match=r"\w+ \w+"):
        parse_status(data, server=SERVER, seen_at=SEEN)


def test_a_post_without_uri_goes_by_its_url_and_numbers_serve_as_ids() -> None:
    data = status(id=42, uri=None, url="https://fedi.example/@ada/42")
    posted = parse_status(data, server=SERVER, seen_at=SEEN)
    assert (posted.local_id, posted.post.key) == ("42", "https://fedi.example/@ada/42")


def test_a_key_that_is_no_web_address_is_a_key_all_the_same() -> None:
    post = post_of(uri="tag:old.example,2017-04-01:objectId=1:objectType=Status", url=None)
    assert post.url == "https://fedi.example/@ada"


def test_one_bad_post_never_stops_a_page() -> None:
    arrivals, troubles = parse_page([{"id": 1}, status(), None], server=SERVER, seen_at=SEEN)
    assert len(arrivals) == 1
    assert troubles == ["a post without an id or an address"] * 2


def test_a_page_that_is_no_list_is_refused() -> None:
    with pytest.raises(ParseError):
        parse_page({"error": "no"}, server=SERVER, seen_at=SEEN)


def test_a_boost_stands_for_the_post_that_it_passes_on() -> None:
    boost = status(id="2", uri="https://fedi.example/2/activity", reblog=status(), content="")
    assert parse_status(boost, server=SERVER, seen_at=SEEN).local_id == "1"


@pytest.mark.parametrize("kind", ["bot", "group"])
def test_machines_and_groups_pass_nothing_on(kind: str) -> None:
    booster = account(**{kind: True})
    assert parse_booster(booster, "key", seen_at=SEEN, server=SERVER) is None


def test_a_booster_counts_whether_or_not_the_time_is_known() -> None:
    reposted = parse_booster(account(), "key", seen_at=SEEN, server=SERVER)
    assert isinstance(reposted, Reposted)
    assert (reposted.key, reposted.by.handle, reposted.at) == ("key", "ada@fedi.example", None)


@pytest.mark.parametrize(
    ("acct", "url", "server", "handle", "origin"),
    [
        ("ada", "https://fedi.example/@ada", "fedi.example", "ada@fedi.example", True),
        ("ada", "https://fedi.example/@ada", "127.0.0.1:4000", "ada@fedi.example", True),
        ("ada", None, "fedi.example", "ada@fedi.example", True),
        ("@ada@b.example", "https://b.example/@ada", "fedi.example", "ada@b.example", False),
        ("ada@b.example", "https://B.example/@ada", "b.example", "ada@b.example", True),
    ],
)
def test_handles_carry_their_server(
    acct: str, url: str | None, server: str, handle: str, origin: bool
) -> None:
    data = status(account=account(acct=acct, url=url))
    posted = parse_status(data, server=server, seen_at=SEEN)
    assert (posted.post.author.handle, posted.origin) == (handle, origin)


@pytest.mark.parametrize(
    "name", ["", None, " \n", "\u200f", "\u202e\u2066", "\u200b\u3164\u2800", 7]
)
def test_a_name_without_anything_to_see_falls_back_to_the_handle(name: object) -> None:
    assert author_of(display_name=name).name.text == "ada"


@pytest.mark.parametrize("name", ["🦄", ":pylogo:", "سارا", "日本", "#!"])
def test_a_name_of_emoji_or_signs_is_a_name(name: str) -> None:
    assert author_of(display_name=name).name.text == name


def test_the_still_avatar_is_taken() -> None:
    moving, still = "https://fedi.example/a.gif", "https://fedi.example/a.png"
    assert author_of(avatar=moving, avatar_static=still).avatar == still
    assert author_of(avatar=moving, avatar_static="/missing.png").avatar == moving


@pytest.mark.parametrize(
    "profile",
    [
        {"note": "<p>speaker, #NoBot</p>"},
        {"note": '<p><a href="https://fedi.example/tags/nobots">#<span>nobots</span></a></p>'},
        {"note": "no robots (#nowall)"},
        {"note": "<p>" + "one more line<br>" * 30 + "#nobot</p>"},
        {"fields": [{"name": "wishes", "value": "#NOWALL please"}]},
        {"fields": [{"name": "#nobot", "value": ""}]},
    ],
)
def test_a_profile_that_opts_out_is_heard(profile: dict[str, Any]) -> None:
    assert author_of(**profile).opted_out


@pytest.mark.parametrize("note", ["nobot", "#nobotany", "I like bots", "a#nobot", None, 3])
def test_other_words_in_a_profile_are_no_opt_out(note: object) -> None:
    assert not author_of(note=note, fields="none").opted_out


def test_a_post_that_is_tagged_nowall_opts_out() -> None:
    assert post_of(tags=[{"name": "NoWall"}]).author.opted_out


def test_hashtags_are_folded_sorted_and_come_from_the_list_alone() -> None:
    tags = [{"name": "PyFest26"}, {"name": "Café"}, "cafe", {"name": "2026"}, {"url": "x"}, None]
    assert post_of(tags=tags, content="<p>#other</p>").hashtags == ("cafe", "pyfest26")
    assert post_of(tags="none").hashtags == ()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T09:30:00.000Z", SEEN - timedelta(hours=2, minutes=30)),
        ("2026-11-21T11:30:00+02:00", SEEN - timedelta(hours=2, minutes=30)),
        ("2026-11-21T09:30:00", SEEN - timedelta(hours=2, minutes=30)),
        ("2099-01-01T00:00:00Z", SEEN),
        ("soon", SEEN),
        ("0001-01-01T00:00:00+14:00", SEEN),
        (None, SEEN),
    ],
)
def test_a_post_is_never_from_the_future_nor_without_a_date(text: object, moment: datetime) -> None:
    assert post_of(created_at=text).created_at == moment


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("en", "en"),
        ("pt_BR", "pt-br"),
        ("zh-Hant-TW", "zh-hant-tw"),
        ("und", None),
        ("", None),
        (None, None),
        ("<b>", None),
    ],
)
def test_languages_are_tags_in_lower_case(said: object, meant: str | None) -> None:
    assert post_of(language=said).language == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("direct", "direct"),
        ("private", "private"),
        ("local", "private"),
        ("list", "private"),
        (None, "private"),
    ],
)
def test_a_visibility_that_is_not_known_is_not_public(said: object, meant: str) -> None:
    assert post_of(visibility=said).visibility == meant
    assert post_of().visibility == "public"


@pytest.mark.parametrize(
    "quote",
    [
        None,
        {},
        {"state": "pending", "quoted_status": status()},
        {"state": "some_new_word", "quoted_status": status()},
        {"state": ["accepted"], "quoted_status": status()},
        {"state": "accepted", "quoted_status": None},
        {"state": "accepted", "quoted_status_id": "7"},
        {"state": "accepted", "quoted_status": status(visibility="private")},
        {"state": "accepted", "quoted_status": status(account=account(note="#nowall"))},
        {"state": "accepted", "quoted_status": status(tags=[{"name": "nowall"}])},
        {"state": "accepted", "quoted_status": status(account={})},
    ],
)
def test_a_quote_without_its_author_s_consent_is_not_shown(quote: object) -> None:
    assert post_of(quote=quote).quote is None


def test_a_quote_does_not_show_what_its_post_hides() -> None:
    hidden = status(content="<p>the butler</p>", spoiler_text="who did it")
    quote = post_of(quote={"state": "accepted", "quoted_status": hidden}).quote
    assert quote is not None
    assert quote.body.text == "who did it"


def test_pictures_come_from_where_they_live_rather_than_through_a_throttled_proxy() -> None:
    proxy, origin = "https://fedi.example/media_proxy/1/original", "https://b.example/1.jpg"
    for url in (proxy, None, "/relative"):
        media = post_of(
            media_attachments=[{"type": "image", "url": url, "remote_url": origin}]
        ).media
        assert media[0].url == origin
    assert post_of(media_attachments=[{"type": "video", "url": proxy}]).media[0].url == proxy


@pytest.mark.parametrize(
    "meta", [None, [], {"original": None}, {"original": {"width": "x", "height": -1}}]
)
def test_irregular_sizes_count_as_unknown(meta: object) -> None:
    medium = post_of(media_attachments=[{"type": ["image"], "meta": meta}, None]).media[0]
    assert (medium.kind, medium.width, medium.height, medium.focus) == ("unknown", None, None, None)


@pytest.mark.parametrize("focus", [{"x": float("nan"), "y": 0}, {"x": "0"}, 1])
def test_a_focus_that_is_no_point_counts_as_unknown(focus: object) -> None:
    assert post_of(media_attachments=[{"meta": {"focus": focus}}]).media[0].focus is None


def test_a_focus_outside_the_picture_is_its_nearest_edge() -> None:
    media = post_of(media_attachments=[{"meta": {"focus": {"x": 10**400, "y": -1.5}}}]).media
    assert media[0].focus == (1.0, -1.0)


def test_a_card_is_text_and_its_markup_is_ignored() -> None:
    title = "<img src=x onerror=alert(1)>"
    card = post_of(
        card={"url": "https://a.example", "title": title, "image": None, "html": "<b>"}
    ).card
    assert card is not None
    assert (card.title, card.image) == (title, None)
    assert post_of(card={"url": "javascript:x", "title": "t"}).card is None
    untitled = post_of(card={"url": "https://a.example/x"}).card
    assert untitled is not None
    assert untitled.title == "a.example"


@pytest.mark.parametrize("count", [None, -1, "7", True, 1.5])
def test_counts_that_are_none_are_zero(count: object) -> None:
    assert post_of(reblogs_count=count).counts.reposts == 0


def test_a_post_of_a_hundred_thousand_characters_is_cut() -> None:
    text = post_of(content="<p>" + "lorem ipsum " * 10_000 + "</p>").body.text
    assert len(text) <= 1000
    assert text.endswith("…")


def test_an_instance_of_today_says_where_it_streams_and_who_may_read() -> None:
    instance = parse_instance(
        {
            "domain": "fedi.example",
            "title": "Fedi",
            "version": "4.7.3",
            "source_url": "https://github.com/mastodon/mastodon",
            "configuration": {
                "urls": {"streaming": "wss://streaming.fedi.example"},
                "timelines_access": {"hashtag_feeds": {"local": "public", "remote": "disabled"}},
            },
        }
    )
    streaming = "wss://streaming.fedi.example"
    said = ("fedi.example", "Fedi", "mastodon", "4.7.3", streaming, "public", "disabled")
    assert instance == Instance(*said)


def test_an_older_instance_says_less() -> None:
    instance = parse_instance(
        {
            "uri": "https://akko.example/",
            "version": "2.7.2 (compatible; Akkoma 3.13.2)",
            "urls": {"streaming_api": "wss://akko.example"},
        }
    )
    said = ("akko.example", "", "akkoma", "3.13.2", "wss://akko.example", None, None)
    assert instance == Instance(*said)


@pytest.mark.parametrize("data", [None, [], {}, {"error": "no"}])
def test_what_is_no_instance_is_refused(data: object) -> None:
    with pytest.raises(ParseError):
        parse_instance(data)


def statuses_in(value: object) -> Iterator[dict[str, Any]]:
    """Everything in the shape of a status, nested ones and those in strings included."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            return
    if isinstance(value, dict):
        if {"id", "content", "account"} <= value.keys():
            yield value
        for inner in value.values():
            yield from statuses_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statuses_in(inner)


@pytest.mark.skipif("HALLWAY_FIXTURES" not in os.environ, reason="HALLWAY_FIXTURES is not set")
@pytest.mark.parametrize("folder", ["bigbone", "mastodonpy", "phanpy", "rtoot", "tootsdk"])
def test_recorded_statuses_become_posts(folder: str) -> None:
    seen, posts = 0, 0
    root = Path(os.environ["HALLWAY_FIXTURES"]) / "mastodon" / folder
    for path in root.glob("**/*.json"):
        for data in statuses_in(json.loads(path.read_text("utf-8"))):
            seen += 1
            arrivals, _ = parse_page([data], server=SERVER, seen_at=SEEN)
            posts += any(_is_sound(one) for one in arrivals if isinstance(one, Posted))
    assert seen > 0
    assert posts >= 0.95 * seen


def _is_sound(posted: Posted) -> bool:
    """Survives its way through JSON, and leads to the web."""
    again = arrival_adapter.validate_json(posted.model_dump_json())
    return again == posted and web_address(posted.post.url) is not None


def test_followers_and_posts_are_counted_where_the_server_tells() -> None:
    author = author_of(followers_count=12, statuses_count=340)
    assert (author.followers, author.posts) == (12, 340)
    hidden = author_of(followers_count=-1, statuses_count="many")
    assert (hidden.followers, hidden.posts) == (None, None)
