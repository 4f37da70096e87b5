"""Bluesky's records and views: what they become, and that nothing can break the reading."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrival import Edited, Posted
from app.domain.post import RichText, Span
from app.domain.text import fold_tag
from app.sources.bluesky.embeds import quoted_record
from app.sources.bluesky.events import (
    HOSTS,
    Endpoint,
    Position,
    endpoints,
    parse_event,
    read_cursor,
)
from app.sources.bluesky.filter import Sieve
from app.sources.bluesky.labels import rule
from app.sources.bluesky.memory import Memory
from app.sources.bluesky.parse import Change, Wishes, parse_author, parse_view
from app.sources.bluesky.text import hashtags_of, rich_text
from app.sources.mastodon.parse import ParseError
from tests.fake_bluesky import did, frame, key, label, profile, record, view

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def post_of(data: object, **more: Any) -> Any:
    return parse_view(data, seen_at=NOW, **more).post


def facet(start: object, end: object, kind: str = "tag", **value: str) -> dict[str, Any]:
    feature = {"$type": f"app.bsky.richtext.facet#{kind}"} | (value or {"tag": "x"})
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


# --- text -----------------------------------------------------------------------------------------


def test_facets_are_bytes_and_spans_are_code_points() -> None:
    """The sample of networks.md 2.6: `#PyFest26` begins at byte 7 and at character 6."""
    said = {
        "text": "Héllo #PyFest26 🎉 with @ada.example.com → pyfest.example/talks",
        "facets": [
            facet(7, 16, tag="PyFest26"),
            facet(27, 43, "mention", did=did("ada")),
            facet(48, 68, "link", uri="https://pyfest.example/talks"),
        ],
    }

    rich = rich_text(said)

    marked = [(span.kind, rich.text[span.start : span.end]) for span in rich.spans]
    assert marked == [
        ("hashtag", "#PyFest26"),
        ("mention", "@ada.example.com"),
        ("link", "pyfest.example/talks"),
    ]
    assert rich.spans[1].href == f"https://bsky.app/profile/{did('ada')}"


@pytest.mark.parametrize(
    "bad",
    [
        facet(-1, 3),
        facet(0, 99),
        facet(3, 3),
        facet(4, 2),
        facet(True, 3),
        facet("0", 3),
        facet(1, 2),  # cuts é in two
        facet(0, 2, "link", uri="javascript:alert(1)"),
        facet(0, 2, "something", tag="x"),
        {"index": None, "features": None},
    ],
)
def test_facets_that_make_no_sense_are_left_out(bad: dict[str, Any]) -> None:
    assert rich_text({"text": "aé!x", "facets": [bad]}).spans == ()


def test_of_facets_that_overlap_the_first_stays() -> None:
    said = {"text": "#one#two", "facets": [facet(2, 8, tag="two"), facet(0, 4, tag="one")]}

    assert rich_text(said) == RichText(
        text="#one#two",
        spans=(Span(start=0, end=4, kind="hashtag", href="https://bsky.app/hashtag/one"),),
    )


def test_hashtags_are_those_of_facets_and_of_the_invisible_list() -> None:
    said = {
        "text": "#no $TSLA",
        "tags": ["Café", "two words"],
        "facets": [facet(0, 1, tag="#PyFest26"), facet(4, 9, tag="$TSLA")],
    }

    assert hashtags_of(said) == {"cafe", "pyfest26"}


# --- views ----------------------------------------------------------------------------------------


def test_a_view_becomes_a_post() -> None:
    posted = parse_view(view(1, likeCount=5, repostCount=2), seen_at=NOW)

    assert (posted.server, posted.local_id, posted.origin) == ("bsky.app", key(1), True)
    assert posted.post.key == key(1)
    assert posted.post.network == "bluesky"
    assert posted.post.url == "https://bsky.app/profile/ada.bsky.example/post/3m6post000001"
    assert posted.post.author.key == did("ada")
    assert posted.post.author.handle == "ada.bsky.example"
    assert posted.post.hashtags == ("pyfest26",)
    assert (posted.post.counts.likes, posted.post.counts.reposts) == (5, 2)


def test_a_post_of_a_bridge_names_its_original() -> None:
    def bridged_from(claim: object) -> str | None:
        said = record("hi #PyFest26") | {"bridgyOriginalUrl": claim}
        return post_of(view(1, record=said)).bridged_from

    assert bridged_from("https://fedi.example/@ada/1") == "https://fedi.example/@ada/1"
    assert [bridged_from(claim) for claim in ("javascript:1", 7, None)] == [None, None, None]


def test_a_handle_that_does_not_verify_gives_way_to_the_did() -> None:
    post = post_of(view(1, by=profile(handle="handle.invalid", displayName="")))

    assert post.author.handle == "did:plc:adaaaaaa…aaaa"
    assert post.author.name.text.startswith("did:")
    assert post.url.startswith(f"https://bsky.app/profile/{did('ada')}/post/")


@pytest.mark.parametrize("claimed", ["2099-01-01T00:00:00Z", "no date", None])
def test_a_post_is_never_newer_than_when_it_was_indexed(claimed: str | None) -> None:
    post = post_of(view(1, said=record("Hi", createdAt=claimed), indexedAt="2026-11-21T09:00:00Z"))

    assert post.created_at == datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_a_post_of_1970_stays_old() -> None:
    assert (
        post_of(view(1, said=record("Hi", createdAt="1970-01-01T00:00:00Z"))).created_at.year
        == 1970
    )


def test_a_post_in_another_accounts_name_is_none() -> None:
    forged = view(1) | {"author": profile("eve")}

    with pytest.raises(ParseError):
        parse_view(forged, seen_at=NOW)


def test_an_update_counts_though_the_appview_shows_the_old_record() -> None:
    change = Change("bafyreinew", record("Better"), NOW)

    posted = parse_view(view(1), seen_at=NOW, change=change)

    assert isinstance(posted, Edited)
    assert posted.post.body.text == "Better #pyfest26"
    assert posted.post.edited_at == NOW


# --- embeds ---------------------------------------------------------------------------------------

IMAGE = {
    "thumb": "https://cdn.bsky.example/t",
    "fullsize": "https://cdn.bsky.example/f",
    "alt": "stage",
    "aspectRatio": {"width": 4, "height": 3},
}
IMAGES = {"$type": "app.bsky.embed.images#view", "images": [IMAGE]}
FILM = {
    "$type": "app.bsky.embed.video#view",
    "playlist": "https://video.bsky.example/playlist.m3u8",
    "thumbnail": "https://video.bsky.example/thumbnail.jpg",
    "alt": "a talk",
}
PAGE = {
    "$type": "app.bsky.embed.external#view",
    "external": {
        "uri": "https://pyfest.example/talks",
        "title": "Talks",
        "description": "All talks",
        "thumb": "https://cdn.bsky.example/card",
    },
}


def quote(**changes: Any) -> dict[str, Any]:
    quoted = view(7, by=profile("bo"), said=record("Quoted words", tags=()))
    shown = quoted | {"$type": "app.bsky.embed.record#viewRecord", "value": quoted["record"]}
    return {"$type": "app.bsky.embed.record#view", "record": shown | changes}


def test_pictures_galleries_and_films_are_media() -> None:
    item = {"$type": "app.bsky.embed.gallery#viewImage"} | IMAGE
    item["thumbnail"] = item.pop("thumb")
    gallery = {"$type": "app.bsky.embed.gallery#view", "items": [item]}

    (image,) = post_of(view(1, embed=IMAGES)).media
    (film,) = post_of(view(1, embed=FILM)).media

    assert (image.kind, image.url, image.preview, image.alt, image.width) == (
        "image",
        IMAGE["fullsize"],
        IMAGE["thumb"],
        "stage",
        4,
    )
    assert post_of(view(1, embed=gallery)).media == (image,)
    assert (film.kind, film.preview, film.url) == ("video", FILM["thumbnail"], FILM["playlist"])


def test_a_link_preview_is_a_card() -> None:
    card = post_of(view(1, embed=PAGE)).card

    assert (card.title, card.provider) == ("Talks", "pyfest.example")


def test_a_quote_with_media_has_both() -> None:
    both = {"$type": "app.bsky.embed.recordWithMedia#view", "media": IMAGES, "record": quote()}
    post = post_of(view(1, embed=both))

    assert post.quote.body.text == "Quoted words"
    assert post.quote.author.handle == "bo.bsky.example"
    assert post.quote.key == quote()["record"]["uri"]
    assert len(post.media) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"$type": "app.bsky.embed.record#viewDetached"},
        {"$type": "app.bsky.embed.record#viewBlocked"},
        {"$type": "app.bsky.embed.record#viewNotFound"},
        {"author": profile("bo", labels=[label("!no-unauthenticated")])},
        {"labels": [label("!takedown")]},
        {"value": record("see #nowall", tags=("nowall",))},
    ],
)
def test_a_quote_is_shown_only_when_its_author_allows(changes: dict[str, Any]) -> None:
    assert post_of(view(1, embed=quote(**changes))).quote is None


def test_a_quoted_author_who_opted_out_in_the_profile_is_not_quoted() -> None:
    assert (
        post_of(view(1, embed=quote()), wishes=Wishes(opted_out=frozenset({did("bo")}))).quote
        is None
    )


def test_a_quote_does_not_show_what_its_post_hides() -> None:
    post = post_of(view(1, embed=quote(labels=[label("gore")])))

    assert post.quote.body.text == "Labelled: graphic media"


def test_an_embed_of_an_unknown_kind_is_normal() -> None:
    post = post_of(view(1, embed={"$type": "app.bsky.embed.hologram#view", "images": [IMAGE]}))

    assert (post.media, post.card, post.quote) == ((), None, None)


# --- labels ---------------------------------------------------------------------------------------


def labelled(value: str, **changes: Any) -> Any:
    return post_of(view(1, embed=IMAGES, labels=[label(value, **changes)]))


@pytest.mark.parametrize("value", ["!hide", "!takedown"])
def test_what_moderation_hides_is_not_public(value: str) -> None:
    assert labelled(value).visibility == "private"
    assert post_of(view(1, by=profile(labels=[label(value)]))).visibility == "private"


def test_the_wish_not_to_be_shown_to_strangers_is_an_opt_out() -> None:
    by = profile(labels=[label("!no-unauthenticated", src=did("ada"))])

    assert post_of(view(1, by=by)).author.opted_out
    assert parse_author(by, seen_at=NOW).opted_out


@pytest.mark.parametrize("value", ["porn", "sexual", "nudity", "graphic-media", "gore"])
def test_labelled_pictures_are_left_out_and_the_post_is_sensitive(value: str) -> None:
    post = labelled(value)

    assert post.media == ()
    assert post.sensitive
    assert post.warning.startswith("Labelled: ")


@pytest.mark.parametrize("value", ["!warn", "spam", "impersonation", "something-new"])
def test_other_labels_wait_for_a_moderator(value: str) -> None:
    post = labelled(value)

    assert post.sensitive
    assert len(post.media) == 1
    assert parse_author(profile(labels=[label(value)]), seen_at=NOW).limited


def test_the_authors_own_labels_count() -> None:
    own = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}

    assert post_of(view(1, embed=IMAGES, said=record("Hi", labels=own))).sensitive


def test_labels_that_ended_or_were_negated_do_not() -> None:
    assert not labelled("porn", exp="2026-01-01T00:00:00Z").sensitive
    both = [label("porn"), label("porn", neg=True)]
    assert rule(both, at=NOW) == rule([], at=NOW)


def test_an_automated_account_says_so_by_a_label() -> None:
    author = parse_author(profile(labels=[label("bot")]), seen_at=NOW)

    assert author.bot
    assert not author.limited


@pytest.mark.parametrize("words", ["Speaker. #nobot", "please #NoWall"])
def test_a_profile_may_say_no(words: str) -> None:
    assert parse_author(profile(description=words), seen_at=NOW).opted_out


# --- whatever comes -------------------------------------------------------------------------------

NAMES = [
    "$type",
    "uri",
    "cid",
    "author",
    "did",
    "handle",
    "displayName",
    "labels",
    "val",
    "exp",
    "record",
    "text",
    "facets",
    "index",
    "byteStart",
    "byteEnd",
    "features",
    "tag",
    "tags",
    "embed",
    "images",
    "items",
    "record",
    "media",
    "external",
    "value",
    "payload",
    "kind",
    "commit",
    "operation",
    "collection",
    "rkey",
    "account",
    "active",
    "status",
    "time",
    "time_us",
    "seq",
    "createdAt",
    "indexedAt",
    "langs",
]
VALUES = st.sampled_from(
    [key(1), did("ada"), "message", "commit", "create", "app.bsky.feed.post", "pyfest26", "#commit"]
    + [f"app.bsky.embed.{kind}#view" for kind in ("images", "video", "record", "recordWithMedia")]
    + ["app.bsky.embed.record#viewRecord", "app.bsky.richtext.facet#tag", "2026-11-21T09:30:00Z"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | VALUES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_no_json_can_break_the_reading(one: Any, two: Any, three: Any, four: Any) -> None:
    for data in (
        one,
        view(1, embed=one, labels=two, indexedAt=three),
        view(1, said={"text": "a" * 9, "facets": one, "tags": two, "langs": three, "labels": four}),
        view(1, by=profile(labels=one, displayName=two, handle=three, avatar=four)),
        view(1, embed=quote(value=one, author=two)),
    ):
        try:
            posted = parse_view(data, seen_at=NOW)
        except ParseError:
            continue
        assert sane(posted)


@given(ANYTHING, st.binary())
def test_no_frame_can_break_the_stream(data: Any, raw: bytes) -> None:
    sieve = Sieve(frozenset({"pyfest26"}), Memory())
    for one in (
        json.dumps(data, allow_nan=False, default=str).encode() if finite(data) else b"",
        raw,
    ):
        sieve.wants(one)
        event = parse_event(one)
        assert event is None or event.kind


def finite(data: Any) -> bool:
    try:
        json.dumps(data, allow_nan=False)
    except ValueError:
        return False
    return True


@given(st.text(), st.lists(st.tuples(st.integers(-2, 40), st.integers(-2, 40)), max_size=6))
def test_spans_lie_in_the_text_sorted_and_apart(text: str, ranges: list[tuple[int, int]]) -> None:
    said = {"text": text, "facets": [facet(*one, tag="x") for one in ranges]}

    assert inside(rich_text(said))


def inside(rich: RichText) -> bool:
    edges = [edge for span in rich.spans for edge in (span.start, span.end)]
    whole = all(span.start < span.end for span in rich.spans)
    return whole and edges == sorted(edges) and all(0 <= edge <= len(rich.text) for edge in edges)


def sane(posted: Posted) -> bool:
    post = posted.post
    return inside(post.body) and list(post.hashtags) == sorted({fold_tag(t) for t in post.hashtags})


# --- recorded answers -----------------------------------------------------------------------------


def recorded_views(folder: Path) -> Iterator[dict[str, Any]]:
    """Every postView in the recorded exchanges, nested ones in threads and feeds too."""
    for path in sorted((folder / "bluesky").glob("*/*.json")):
        if "tap" not in path.name and "firehose-posts" not in path.name.replace("hydrated-", "x"):
            yield from views_in(json.loads(path.read_text()))
    yield from json.loads(
        (folder / "bluesky/twitwi/bluesky-hydrated-firehose-posts.json").read_text()
    )


def views_in(data: object) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        if {"uri", "author", "record", "indexedAt"} <= data.keys():
            yield data
        for value in data.values():
            yield from views_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from views_in(value)


def test_recorded_views_of_the_real_network_become_posts(recorded: Path) -> None:
    views = list(recorded_views(recorded))
    posts = [post_of(one) for one in views]

    assert len(posts) >= 170
    assert all(inside(post.body) for post in posts)
    assert all(post.url.startswith("https://bsky.app/profile/") for post in posts)
    assert [post.key for post in posts] == [one["uri"] for one in views]
    assert sum(bool(post.body.text) for post in posts) > 150
    assert sum(bool(post.hashtags) for post in posts) >= 10
    assert sum(bool(post.media) for post in posts) >= 20
    assert sum(post.card is not None for post in posts) >= 10
    assert sum(post.author.opted_out for post in posts) >= 1
    assert all(post.quote for post, one in zip(posts, views, strict=True) if can_be_quoted(one))
    for post in posts:
        for span in post.body.spans:
            if span.kind == "hashtag":
                assert post.body.text[span.start] in "#＃"


def can_be_quoted(one: dict[str, Any]) -> bool:
    quoted = quoted_record(one.get("embed"))
    wary = json.dumps(quoted.get("author", {})) + json.dumps(quoted.get("labels", []))
    return "/app.bsky.feed.post/" in quoted.get("uri", "") and "!no-" not in wary


def recorded_frames(folder: Path) -> list[bytes]:
    lines = (folder / "bluesky/jetstream/golden_v1.jsonl").read_bytes().splitlines()
    raw = json.loads((folder / "bluesky/twitwi/bluesky-firehose-posts.json").read_text())
    return lines + [json.dumps(one, separators=(",", ":")).encode() for one in raw]


def test_recorded_frames_of_the_real_stream_are_events(recorded: Path) -> None:
    frames = recorded_frames(recorded)
    events = [parse_event(raw, "jet.example") for raw in frames]

    # one of them is of a record key that is a DID with colons; all have their place in the stream
    assert len(frames) == 19
    assert all(event is not None and event.position is not None for event in events)
    kinds = {event.kind for event in events if event is not None}
    assert kinds == {"create", "update", "delete", "identity", "account"}


def test_the_sieve_agrees_with_the_reading_of_recorded_frames(recorded: Path) -> None:
    tagged = 0
    for raw in recorded_frames(recorded):
        event = parse_event(raw)
        assert event is not None
        if event.kind != "create" or event.collection != "app.bsky.feed.post":
            continue
        for tag in hashtags_of(event.record):
            tagged += 1
            assert Sieve(frozenset({tag}), Memory()).wants(raw)
        if not event.record.get("tags"):
            assert not Sieve(frozenset({"pyfest26"}), Memory()).wants(raw)
    assert tagged >= 1


# --- frames ---------------------------------------------------------------------------------------


def commit(operation: str, uri: str, value: Any = None, *, second: bool = True) -> bytes:
    by, collection, rkey = uri.removeprefix("at://").split("/")
    body = {"operation": operation, "collection": collection, "rkey": rkey, "record": value}
    event = {"seq": 5, "time_us": 1_795_253_400_123_456, "did": by, "kind": "commit", "body": body}
    return frame(event, second=second).encode()


@pytest.mark.parametrize("second", [True, False])
def test_both_forms_of_the_stream_say_the_same(*, second: bool) -> None:
    event = parse_event(commit("create", key(1), record("Hi"), second=second), "jet.example")

    assert event is not None
    assert (event.kind, event.key) == ("create", key(1))
    assert event.position == Position("jet.example", 5 if second else 0, 1_795_253_400_123_456)


@pytest.mark.parametrize("spelling", ["pyfest26", "PyFest26", "ＰｙＦｅｓｔ２６", "Pyfést26"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_sieve_knows_a_hashtag_in_every_spelling(spelling: str, *, ascii_only: bool) -> None:
    raw = commit("create", key(1), record("Hi", tags=(spelling,)))
    if ascii_only:
        raw = json.dumps(json.loads(raw), separators=(",", ":")).encode()

    assert Sieve(frozenset({"pyfest26"}), Memory()).wants(raw)


def test_the_sieve_lets_through_what_concerns_the_wall() -> None:
    memory = Memory()
    sieve = Sieve(frozenset({"pyfest26"}), memory)
    subject = {"subject": {"uri": key(1), "cid": "x"}}
    repost = f"at://{did('bo')}/app.bsky.feed.repost/3m6r"
    later = [
        commit("create", repost, subject),
        commit("delete", repost),
        b'{"$type":"message","payload":{"$type":"x#account","did":"' + did("ada").encode() + b'"}}',
    ]
    always = [
        commit("delete", key(3)),
        commit("update", key(3), record("Hi", tags=())),
        commit("create", key(3), {"text": "", "tags": ["pyfest26"]}),
        b'{"$type":"error","error":"ConsumerTooSlow"}',
        b"no json",
    ]
    never = [
        commit("create", key(3), record("pyfest26", tags=("other",))),
        commit("create", key(3), record('"collection":"app.bsky.feed.repost"', tags=())),
        commit("create", "at://did:plc:x/app.bsky.feed.like/1", subject),
    ]

    assert not any(map(sieve.wants, later + never))
    assert all(map(sieve.wants, always))
    memory.know(key(1))
    memory.reposted(did("bo"), "3m6r", key(1))
    assert all(map(sieve.wants, later + always))
    assert not any(map(sieve.wants, never))


def test_nobody_can_hide_a_post_by_writing_what_the_sieve_looks_for() -> None:
    said = record('"collection":"app.bsky.feed.repost","operation":"delete"')

    assert Sieve(frozenset({"pyfest26"}), Memory()).wants(commit("create", key(1), said))


def test_a_number_counts_on_its_own_host_only() -> None:
    one, other, first = endpoints(["ws://a.example", "ws://b.example", "ws://c.example/subscribe"])
    place = Position("a.example", 77, 1_795_253_400_000_000)

    assert one.url(place).endswith("&cursor=77")
    assert other.url(place).endswith("&cursor=1795253395000000")
    assert first.url(place).endswith("&cursor=1795253395000000")
    assert "cursor" not in one.url(None)
    assert "wantedCollections=app.bsky.feed.post" in first.url(None)
    assert "kinds" not in one.url(None)


def test_without_any_named_the_second_form_is_asked_first() -> None:
    assert [one.second for one in endpoints(())] == [True, True, False, False]
    assert endpoints(HOSTS)[0] == Endpoint(
        "wss://jetstream.us-east.bsky.network/xrpc/network.bsky.jetstream.subscribeEvents",
        second=True,
    )


@pytest.mark.parametrize(
    "cursor", [None, "", "7", "[]", '{"time_us": "x"}', '{"time_us": -1}', "{"]
)
def test_a_cursor_that_makes_no_sense_counts_as_none(cursor: str | None) -> None:
    assert read_cursor(cursor) is None


def test_followers_and_posts_come_from_the_full_profile() -> None:
    full = profile(followersCount=12, postsCount=340, displayName="Not this one")
    author = post_of(view(1), wishes=Wishes(profiles={did("ada"): full})).author
    assert (author.followers, author.posts, author.name.text) == (12, 340, "Ada")
    assert post_of(view(1)).author.followers is None
