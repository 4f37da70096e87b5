"""How X's answers, in both dialects, become arrivals."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrival import Posted, Reposted
from app.domain.post import PollOption, Post
from app.domain.text import web_address
from app.sources.x.page import Page, parse_page
from app.sources.x.parse import Setting, made_at, post_key
from app.sources.x.parts import ParseError, author_key, parse_user
from app.sources.x.text import body_of

SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
SETTING = Setting("api.x.com", SEEN)
FIRST = "1990000000000000001"
LINK = "https://t.co/abc"

Json = dict[str, Any]


def user(**more: Any) -> Json:
    known = {"id": "42", "name": "Ada", "username": "ada_example", "description": "Engines."}
    picture = "https://pbs.twimg.example/1/x_normal.jpg"
    return known | {"profile_image_url": picture, "protected": False} | more


def tweet(**more: Any) -> Json:
    known = {"id": FIRST, "text": "Hello #PyFest26", "author_id": "42"}
    known |= {"created_at": "2026-11-21T09:30:00.000Z", "lang": "en"}
    tag = {"start": 6, "end": 15, "tag": "PyFest26"}
    return known | {"edit_history_tweet_ids": [FIRST], "entities": {"hashtags": [tag]}} | more


def answer(*tweets: Json, users: list[Json] | None = None, **includes: Any) -> Json:
    told = {"users": [user()] if users is None else users} | includes
    return {"data": list(tweets), "includes": told, "meta": {"result_count": len(tweets)}}


def page_of(*tweets: Json, setting: Setting = SETTING, **includes: Any) -> Page:
    return parse_page(answer(*tweets, **includes), setting)


def post_of(*, setting: Setting = SETTING, includes: Json | None = None, **more: Any) -> Post:
    (posted,) = page_of(tweet(**more), setting=setting, **(includes or {})).arrivals
    assert isinstance(posted, Posted)
    return posted.post


def link(start: int, end: int, **more: Any) -> Json:
    known = {
        "start": start,
        "end": end,
        "url": LINK,
        "expanded_url": "https://pyfest.example/talks",
    }
    return known | {"display_url": "pyfest.example/talks"} | more


# --- who and what ---------------------------------------------------------------------------------


def test_a_post_becomes_text_with_spans_and_names_its_author() -> None:
    post = post_of()
    assert (post.key, post.network) == (f"https://x.com/i/status/{FIRST}", "x")
    assert post.url == f"https://x.com/ada_example/status/{FIRST}"
    assert (post.body.text, post.hashtags, post.language) == (
        "Hello #PyFest26",
        ("pyfest26",),
        "en",
    )
    (span,) = post.body.spans
    assert (span.kind, span.href) == ("hashtag", "https://x.com/hashtag/PyFest26")
    author = post.author
    assert (author.key, author.handle) == ("https://x.com/i/user/42", "ada_example")
    assert (author.name.text, author.url) == ("Ada", "https://x.com/ada_example")
    assert author.avatar == "https://pbs.twimg.example/1/x_bigger.jpg"


def test_the_new_dialect_says_the_same() -> None:
    quoted = {"id": "1980000000000000000", "text": "quoted", "author_id": "43"}
    people = [user(), user(id="43", username="bob_example", name="Bob")]
    counts = {"reply_count": 1, "like_count": 3, "quote_count": 2}
    old = tweet(
        note_tweet={"text": "the long text"},
        referenced_tweets=[{"type": "quoted", "id": quoted["id"]}],
        public_metrics=counts | {"retweet_count": 4},
    )
    new = tweet(
        note_post={"text": "the long text"},
        referenced_posts=[{"type": "quoted", "id": quoted["id"]}],
        public_metrics=counts | {"repost_count": 4},
    )
    new["edit_history_post_ids"] = new.pop("edit_history_tweet_ids")
    before = page_of(old, users=people, tweets=[quoted])
    assert before.arrivals == page_of(new, users=people, posts=[quoted]).arrivals
    (posted,) = before.arrivals
    assert isinstance(posted, Posted)
    assert posted.post.quote is not None
    assert posted.post.quote.author.handle == "bob_example"
    assert posted.post.counts.reposts == 4
    assert posted.post.body.text == "the long text"


def test_a_long_post_is_whole_and_has_the_hashtags_of_all_of_it() -> None:
    note = {"text": "Hello and much more #Late", "entities": {"hashtags": []}}
    note["entities"] = {"hashtags": [{"start": 20, "end": 25, "tag": "Late"}]}
    post = post_of(note_tweet=note)
    assert (post.body.text, post.hashtags) == ("Hello and much more #Late", ("late", "pyfest26"))
    assert [(one.start, one.end) for one in post.body.spans] == [(20, 25)]


def test_a_post_without_its_author_is_left_out_with_a_reason_and_the_others_stay() -> None:
    page = page_of(
        tweet(author_id="7"), tweet(id="1990000000000000002", edit_history_tweet_ids=None)
    )
    assert len(page.arrivals) == 1
    assert page.bad == ["a post without its author"]
    assert len(page.ids) == 2


def test_opt_outs_in_the_profile_and_in_the_post_are_heard() -> None:
    assert parse_user(user(description="no walls please #NoWall"), SEEN).opted_out
    tags = {"hashtags": [{"start": 0, "end": 1, "tag": "nowall"}]}
    assert post_of(entities=tags).author.opted_out


def test_a_made_up_answer_becomes_the_post_that_is_written_down() -> None:
    hello = "Hello #PyFest26 https://t.co/abc"
    post = tweet(
        text=hello,
        possibly_sensitive=True,
        edit_history_tweet_ids=[FIRST],
        attachments={"media_keys": ["3_1"]},
        entities={
            "hashtags": [{"start": 6, "end": 15, "tag": "PyFest26"}],
            "urls": [link(16, 32, expanded_url="https://pyfest.example")],
        },
        public_metrics={"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4},
    )
    photo = {"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.example/x.jpg"}
    (posted,) = page_of(post, media=[photo | {"alt_text": "stage"}]).arrivals
    assert posted.model_dump(mode="json", exclude_defaults=True) == {
        "server": "api.x.com",
        "seen_at": "2026-11-21T12:00:00Z",
        "local_id": FIRST,
        "origin": True,
        "post": {
            "key": f"https://x.com/i/status/{FIRST}",
            "network": "x",
            "url": f"https://x.com/ada_example/status/{FIRST}",
            "author": {
                "key": "https://x.com/i/user/42",
                "network": "x",
                "handle": "ada_example",
                "name": {"text": "Ada"},
                "url": "https://x.com/ada_example",
                "avatar": "https://pbs.twimg.example/1/x_bigger.jpg",
            },
            "body": {
                "text": "Hello #PyFest26 pyfest.example/talks",
                "spans": [
                    {
                        "start": 6,
                        "end": 15,
                        "kind": "hashtag",
                        "href": "https://x.com/hashtag/PyFest26",
                    },
                    {"start": 16, "end": 36, "kind": "link", "href": "https://t.co/abc"},
                ],
            },
            "hashtags": ["pyfest26"],
            "created_at": "2026-11-21T09:30:00Z",
            "language": "en",
            "sensitive": True,
            "media": [{"kind": "image", "url": "https://pbs.twimg.example/x.jpg", "alt": "stage"}],
            "counts": {"reposts": 1, "likes": 3, "replies": 2, "quotes": 4},
        },
    }


# --- text -----------------------------------------------------------------------------------------


def test_offsets_are_code_points_in_the_text_as_sent_and_escapes_become_signs() -> None:
    text = f"🎉🎉 R&amp;D &lt;3 #PyFest26 {LINK}"
    at = text.index("#")
    tags = [{"start": at, "end": at + 9, "tag": "PyFest26"}]
    body = post_of(text=text, entities={"hashtags": tags, "urls": [link(at + 10, len(text))]}).body
    assert body.text == "🎉🎉 R&D <3 #PyFest26 pyfest.example/talks"
    said = [(body.text[one.start : one.end], one.kind, one.href) for one in body.spans]
    assert said == [
        ("#PyFest26", "hashtag", "https://x.com/hashtag/PyFest26"),
        ("pyfest.example/talks", "link", LINK),
    ]


def test_links_to_own_pictures_and_to_the_quote_that_is_shown_are_cut() -> None:
    text = f"Look {LINK} {LINK}"
    picture = link(5, 21, media_key="3_1")
    same = link(5, 21, expanded_url="https://x.com/ada_example/status/1/photo/1")
    quote = link(22, 38, expanded_url="https://twitter.com/bob_example/status/1980000000000000000")
    quoted = {"id": "1980000000000000000", "text": "quoted", "author_id": "42"}
    refers = [{"type": "quoted", "id": quoted["id"]}]
    entities = {"urls": [picture, same, quote]}
    shown = post_of(
        text=text, entities=entities, referenced_tweets=refers, includes={"tweets": [quoted]}
    )
    alone = post_of(text=text, entities=entities, referenced_tweets=refers)
    assert (shown.body.text, shown.body.spans) == ("Look", ())
    assert alone.body.text == "Look pyfest.example/talks"
    assert alone.quote is None
    assert shown.quote is not None
    assert shown.quote.key == "https://x.com/i/status/1980000000000000000"


@pytest.mark.parametrize(
    "entity",
    [
        {"start": -1, "end": 3, "tag": "a"},
        {"start": 3, "end": 3, "tag": "a"},
        {"start": 6, "end": 99, "tag": "a"},
        {"start": "6", "end": 9, "tag": "a"},
        {"start": 6, "end": 15, "tag": "no tag"},
        {"start": 0, "end": 5, "tag": "Hello"},
        {},
    ],
)
def test_offsets_that_make_no_sense_mark_nothing(entity: Json) -> None:
    assert post_of(entities={"hashtags": [entity]}).body.spans == ()


def test_addresses_that_are_no_web_addresses_lead_nowhere() -> None:
    bad = link(6, 22, expanded_url="javascript:alert(1)", display_url="\u202ebad.example")
    body = post_of(text=f"Hello {LINK}", entities={"urls": [bad]}).body
    assert (body.text, body.spans[0].href) == ("Hello bad.example", LINK)


# --- versions -------------------------------------------------------------------------------------


def test_all_versions_have_the_key_of_the_first_and_the_newest_is_the_post() -> None:
    second = "1990000000100000001"
    history = [FIRST, second]
    older = page_of(tweet(edit_history_tweet_ids=history))
    newer = page_of(tweet(id=second, edit_history_tweet_ids=history))
    assert (older.arrivals, older.outdated) == ([], [second])
    (posted,) = newer.arrivals
    assert isinstance(posted, Posted)
    assert posted.post.key == f"https://x.com/i/status/{FIRST}"
    assert posted.local_id == FIRST
    assert posted.post.url.endswith(second)
    assert posted.post.edited_at == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert posted.post.created_at == made_at(FIRST)


def test_ids_tell_when_they_were_made() -> None:
    made = made_at("1576994746135764992")
    assert made is not None
    assert abs(made - datetime(2022, 10, 3, 17, 57, 1, tzinfo=UTC)) < timedelta(seconds=1)
    assert made_at("20") is None


# --- reposts, quotes, replies ---------------------------------------------------------------------


def test_a_retweet_is_the_whole_post_and_who_passed_it_on() -> None:
    original = tweet(id=FIRST, text="The whole #PyFest26 text")
    retweet = {"id": "1990000000300000001", "text": "RT @ada_example: The wh…", "author_id": "43"}
    retweet |= {"referenced_tweets": [{"type": "retweeted", "id": FIRST}]}
    retweet |= {"created_at": "2026-11-21T10:00:00.000Z"}
    bob = user(id="43", username="bob_example", name="Bob")
    posted, reposted = page_of(retweet, users=[user(), bob], tweets=[original]).arrivals
    assert isinstance(posted, Posted)
    assert isinstance(reposted, Reposted)
    assert posted.post.body.text == "The whole #PyFest26 text"
    assert (reposted.key, reposted.by.handle) == (posted.post.key, "bob_example")
    assert reposted.at == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_a_reply_is_one_and_a_quote_of_somebody_who_opted_out_is_not_shown() -> None:
    assert post_of(referenced_tweets=[{"type": "replied_to", "id": "1"}]).is_reply
    quoted = {"id": "1980000000000000000", "text": "quoted", "author_id": "43"}
    shy = user(id="43", username="bob_example", description="#nobot")
    refers = [{"type": "quoted", "id": quoted["id"]}]
    data = answer(tweet(referenced_tweets=refers), users=[user(), shy], tweets=[quoted])
    (posted,) = parse_page(data, SETTING).arrivals
    assert isinstance(posted, Posted)
    assert posted.post.quote is None


# --- pictures, polls, cards -----------------------------------------------------------------------


def test_media_come_in_the_order_of_the_post() -> None:
    photo = {"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.example/x.jpg"}
    photo |= {"alt_text": "the stage", "width": 1200, "height": 800}
    film = {
        "media_key": "13_1",
        "type": "video",
        "preview_image_url": "https://pbs.twimg.example/v",
    }
    film |= {
        "variants": [
            {"content_type": "application/x-mpegURL", "url": "https://v.example/a.m3u8"},
            {"content_type": "video/mp4", "bit_rate": 9, "url": "https://v.example/9.mp4"},
            {"content_type": "video/mp4", "bit_rate": 5, "url": "https://v.example/5.mp4"},
        ]
    }
    gif = {"media_key": "16_1", "type": "animated_gif", "preview_image_url": "https://p.example/g"}
    keys = {"media_keys": ["13_1", "3_1", "16_1", "unknown"]}
    media = post_of(attachments=keys, includes={"media": [photo, film, gif]}).media
    assert [one.kind for one in media] == ["video", "image", "gifv"]
    assert (media[0].url, media[0].preview) == (
        "https://v.example/9.mp4",
        "https://pbs.twimg.example/v",
    )
    assert (media[1].alt, media[1].width, media[1].height) == ("the stage", 1200, 800)
    assert media[2].preview == "https://p.example/g"


def test_a_poll_has_its_options_in_order_and_the_sum_of_votes() -> None:
    options = [
        {"position": 2, "label": "Q&amp;A", "votes": 2},
        {"position": 1, "label": "Talks", "votes": 5},
    ]
    poll = {"id": "9", "options": options, "voting_status": "closed"}
    poll |= {"end_datetime": "2026-11-22T09:30:00.000Z"}
    found = post_of(attachments={"poll_ids": ["9"]}, includes={"polls": [poll]}).poll
    assert found is not None
    assert found.options == (PollOption(title="Talks", votes=5), PollOption(title="Q&A", votes=2))
    assert (found.votes, found.expired) == (7, True)
    assert found.expires_at == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_a_page_with_a_title_becomes_a_card() -> None:
    titled = link(
        6, 22, title="PyFest", description="Talks", unwound_url="https://pyfest.example/t"
    )
    titled |= {"images": [{"url": "https://pbs.twimg.example/n.jpg", "width": 1, "height": 1}]}
    card = post_of(text=f"Hello {LINK}", entities={"urls": [titled]}).card
    assert card is not None
    assert (card.title, card.provider, card.url) == ("PyFest", "pyfest.example", LINK)
    assert card.image == "https://pbs.twimg.example/n.jpg"


# --- what may not be shown ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("withheld", "country", "visibility"),
    [
        ({"country_codes": ["IN"]}, "", "private"),
        ({"country_codes": ["IN"]}, "de", "public"),
        ({"country_codes": ["DE", "IN"]}, "de", "private"),
        ({"country_codes": ["XX"]}, "de", "private"),
        ({"copyright": True}, "de", "private"),
        (None, "", "public"),
    ],
)
def test_what_is_withheld_where_the_wall_stands_is_not_public(
    withheld: Json | None, country: str, visibility: str
) -> None:
    setting = Setting("api.x.com", SEEN, country)
    assert post_of(setting=setting, withheld=withheld).visibility == visibility


def test_posts_of_protected_accounts_are_not_public() -> None:
    assert post_of(includes={"users": [user(protected=True)]}).visibility == "private"


def test_errors_beside_data_name_what_is_gone_and_what_is_not_known() -> None:
    problems = "https://api.x.com/2/problems/"
    errors = [
        {"value": "11", "parameter": "ids", "resource_type": "tweet"},
        {"resource_id": "12", "parameter": "ids", "resource_type": "post"},
        {"resource_id": "13", "parameter": "ids", "resource_type": "tweet"},
        {"resource_id": "14", "parameter": "referenced_tweets.id", "resource_type": "tweet"},
        {"resource_id": "42", "parameter": "author_id", "resource_type": "user"},
    ]
    for error, kind in zip(
        errors,
        ["resource-not-found", "not-authorized-for-resource", "internal-error"]
        + ["resource-not-found"] * 2,
        strict=True,
    ):
        error["type"] = problems + kind
    page = parse_page(answer(tweet()) | {"errors": errors}, SETTING)
    assert (page.gone, page.unsure) == ({"11", "12"}, {"13"})
    assert len(page.arrivals) == 1


def test_accounts_that_errors_say_are_lost_and_protected_ones_are_gone() -> None:
    """The shapes are those of recorded answers; a mention names an account by a name, which may be digits."""
    lost = {"type": "https://api.x.com/2/problems/resource-not-found", "resource_type": "user"}
    suspended = lost | {"title": "Forbidden", "parameter": "in_reply_to_user_id"}
    shut = lost | {"title": "Authorization Error", "parameter": "author_id"}
    errors = [
        suspended | {"resource_id": "44", "detail": "User has been suspended: [44]."},
        shut | {"value": "45", "type": "https://x/not-authorized-for-resource"},
        lost | {"resource_id": "2245", "parameter": "entities.mentions.username"},
        lost | {"resource_id": "46", "parameter": "author_id", "type": "https://x/internal-error"},
    ]
    told = answer(tweet(), users=[user(), user(id="43", protected=True)])
    page = parse_page(told | {"errors": errors}, SETTING)
    assert page.authors_gone == {author_key(one) for one in ("43", "44", "45")}
    assert page.authors_there == {author_key("42")}
    assert page.gone == frozenset()


def test_a_quote_has_the_key_of_the_first_version_of_what_it_quotes() -> None:
    first, newest = "1970000000000000000", "1980000000000000000"
    quoted = {"id": newest, "text": "quoted", "author_id": "42"}
    quoted |= {"edit_history_post_ids": [first, newest]}
    refers = [{"type": "quoted", "id": newest}]
    quote = post_of(referenced_posts=refers, includes={"posts": [quoted]}).quote
    assert quote is not None
    assert quote.key == post_key(first)


def test_everything_in_an_answer_is_counted_as_read() -> None:
    quoted = {"id": "1980000000000000000", "text": "quoted", "author_id": "43"}
    page = page_of(tweet(), users=[user(), user(id="43")], tweets=[quoted])
    assert page.posts_read == {FIRST, quoted["id"]}
    assert page.users_read == {"42", "43"}


def test_an_empty_answer_is_a_page_without_posts_and_nonsense_is_refused() -> None:
    page = parse_page({"meta": {"result_count": 0}}, SETTING)
    assert (page.arrivals, page.newest_id, page.next_token) == ([], None, None)
    for nonsense in (None, [], "text", 7):
        with pytest.raises(ParseError):
            parse_page(nonsense, SETTING)


# --- whatever comes -------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    [
        *["id", "text", "author_id", "entities", "hashtags", "urls", "mentions", "start", "end"],
        *["tag", "url", "expanded_url", "users", "tweets", "media", "polls", "username", "name"],
        *["referenced_tweets", "type", "withheld", "edit_history_tweet_ids", "note_tweet", "42"],
        *["attachments", "media_keys", "public_metrics", "created_at", "retweeted", "quoted"],
    ]
)
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=6),
    max_leaves=25,
)


@given(_ANY, st.dictionaries(_WORDS, _ANY, max_size=5), _ANY)
def test_no_json_breaks_the_parser(data: object, more: Json, includes: object) -> None:
    page = parse_page(
        {"data": [data, tweet(**more)], "includes": includes, "errors": data}, SETTING
    )
    told = answer(tweet(**more)) | {"meta": data, "errors": [data]}
    for one in [*page.arrivals, *parse_page(told, SETTING).arrivals]:
        assert one.seen_at == SEEN


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-2, 70), st.integers(-2, 70))))
def test_spans_lie_in_the_text_sorted_and_apart(text: str, places: list[tuple[int, int]]) -> None:
    entities = {
        "hashtags": [{"start": a, "end": b, "tag": "x"} for a, b in places],
        "urls": [{"start": a, "end": b, "url": text[max(a, 0) : b]} for a, b in places],
    }
    body = body_of({"text": text, "entities": entities})
    ends = [0, *(one.end for one in body.spans)]
    for span, before in zip(body.spans, ends, strict=False):
        assert before <= span.start < span.end <= len(body.text)


# --- recorded answers -----------------------------------------------------------------------------


def _recorded_pages(folder: Path) -> Iterator[Json]:
    """Every answer in the recordings that holds posts, as the API sends it."""
    for path in sorted(folder.rglob("*.json*")):
        if path.name.startswith("openapi") or "counts" in path.name:
            continue
        for one in _documents(path):
            body = one.get("body", one) if "uri" in one else one
            body = orjson.loads(body) if isinstance(body, str) else body
            if "data" not in body and "text" in body:  # twarc's flat form, or a post alone
                body = {"data": [body], "includes": {"users": [body.get("author")]}}
            if isinstance(body.get("data"), list | dict):
                yield body


def _documents(path: Path) -> list[Json]:
    if path.suffix == ".json":
        data = json.loads(path.read_text("utf-8"))
        return data if isinstance(data, list) else [data]
    lines = path.read_text("utf-8").splitlines()
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:  # one line was cut when it was recorded
            continue
    return found


def _with_authors(body: Json) -> Json:
    """Answers that were asked for without authors get a made-up one."""
    includes = body.get("includes") or {}
    known = {one["id"] for one in includes.get("users", []) if one}
    told = body["data"] if isinstance(body["data"], list) else [body["data"]]
    everything = [*told, *includes.get("tweets", [])]
    posts = [one for one in everything if isinstance(one, dict) and "text" in one]
    for one in posts:
        if one.setdefault("author_id", "42") not in known:
            known.add(one["author_id"])
            one_more = user(id=one["author_id"], username=f"made_up_{one['author_id']}")
            includes.setdefault("users", []).append(one_more)
    return body | {"data": [one for one in told if "text" in one], "includes": includes}


def test_all_recorded_answers_parse_whole(recorded: Path) -> None:
    asked = posts = reposts = tags = spans = 0
    for body in _recorded_pages(recorded / "x"):
        page = parse_page(_with_authors(body), SETTING)
        assert page.bad == []
        asked += len(page.ids)
        posts += len(page.outdated)
        for one in page.arrivals:
            if isinstance(one, Reposted):
                reposts += 1
            elif isinstance(one, Posted):
                posts += 1
                tags += len(one.post.hashtags)
                spans += _checked(one.post)
    assert asked > 1900
    assert posts >= 1100
    assert reposts >= 500
    assert tags > 1500
    assert spans > 2500


def _checked(post: Post) -> int:
    text, end = post.body.text, 0
    for span in post.body.spans:
        assert end <= span.start < span.end <= len(text)
        end = span.end
        said = text[span.start : span.end]
        assert span.kind == "link" or said[0] in "#＃@＠"
        assert span.href is None or web_address(span.href)
        assert span.kind != "link" or "t.co/" not in said
    assert post.hashtags == tuple(sorted(set(post.hashtags)))
    assert post.author.handle
    assert post.created_at <= SEEN
    return len(post.body.spans)


def test_recorded_offsets_are_code_points(recorded: Path) -> None:
    """Behind an emoji, UTF-16 units would miss the sign of every hashtag and mention."""
    behind = 0
    for body in _recorded_pages(recorded / "x"):
        told = body["data"] if isinstance(body["data"], list) else [body["data"]]
        for one in told:
            for tag in (one.get("entities") or {}).get("hashtags", []):
                if any(ord(sign) > 0xFFFF for sign in one["text"][: tag["start"]]):
                    behind += 1
                    assert one["text"][tag["start"]] in "#＃"
    assert behind > 100


@pytest.mark.parametrize("written", ["tweet_count", "post_count"])  # one in each dialect
def test_followers_and_posts_are_counted_in_both_dialects(written: str) -> None:
    by = user(public_metrics={"followers_count": 12, written: 340})
    author = post_of(includes={"users": [by]}).author
    assert (author.followers, author.posts) == (12, 340)
    assert post_of().author.followers is None
