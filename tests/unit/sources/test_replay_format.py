"""What the reader of replay files accepts and refuses, and the law of mapped times."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.arrival import Posted, arrival_adapter
from app.errors import UsageError
from app.sources.replay.format import (
    FASTEST,
    ReplayHeader,
    Timing,
    asset_name,
    assets,
    encode_header,
    encode_line,
    parse_header,
    parse_line,
)

STARTED_AT = datetime(2026, 6, 12, 6, 30, tzinfo=UTC)
HEADER = {
    "hallway": "replay",
    "version": 1,
    "title": "PyFest 26",
    "started_at": "2026-06-12T06:30:00Z",
}

whens = st.timedeltas(timedelta(days=-2000), timedelta(days=2000)).map(lambda d: STARTED_AT + d)
speeds = st.floats(0.1, 5000) | st.sampled_from([0.0, math.inf])


def a_posted(**post: Any) -> dict[str, Any]:
    author = {
        "key": "k",
        "network": "mastodon",
        "handle": "ada@fedi.example",
        "name": {"text": "Ada"},
    }
    told = {
        "key": "https://fedi.example/1",
        "network": "mastodon",
        "url": "https://fedi.example/1",
        "author": author,
        "body": {"text": "Hello"},
        "created_at": "2026-06-12T06:31:00Z",
    }
    seen = {"server": "fedi.example", "seen_at": "2026-06-12T06:31:02Z", "local_id": "1"}
    return {"kind": "posted", **seen, "post": told | post}


def a_line(arrival: Any, at: str = "2026-06-12T06:31:02Z") -> str:
    return json.dumps({"at": at, "arrival": arrival})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "Line 1 is not JSON"),
        ("[]", "Line 1 is not a JSON object"),
        ('{"title": "x"}', "not the header of a replay file"),
        (json.dumps(HEADER | {"version": 2}), "version 2; Hallway reads version 1"),
        (json.dumps(HEADER | {"started_at": "soon"}), "Line 1: started_at"),
        (json.dumps(HEADER | {"started_at": "2026-06-12T06:30:00"}), "Line 1: started_at"),
        (json.dumps(HEADER | {"sessions": [{"title": "x"}]}), "Line 1: sessions.0.starts_at"),
    ],
)
def test_a_bad_header_is_refused_and_the_error_says_why(line: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_header(line)


def test_fields_a_newer_version_added_to_the_header_are_ignored() -> None:
    assert parse_header(json.dumps(HEADER | {"mascot": "snake"})).title == "PyFest 26"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "Line 7 is not JSON"),
        ("3", "Line 7 is not a JSON object"),
        ('{"at": "2026-06-12T06:31:02Z"}', "Line 7: "),
        (a_line({"kind": "sang"}), "Line 7: "),
        (a_line(a_posted(), at="2026-06-12T06:31:02"), "Line 7: at"),
        (a_line(a_posted(created_at="2026-06-12T06:31:00")), "Line 7: created_at has no time zone"),
        (a_line(a_posted(media=[{"kind": "image", "url": "asset:../x"}])), "Line 7: 'asset:../x'"),
        (a_line(a_posted(media=[{"kind": "image", "url": "file:///x"}])), "Line 7: 'file:///x'"),
        (a_line(a_posted(card={"url": "u", "title": "t", "image": "x.png"})), "Line 7: 'x.png'"),
    ],
)
def test_a_broken_line_is_named_by_its_number_and_its_fault(line: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_line(line, 7)


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "a\\b", "c:d", "a\nb"])
def test_an_asset_that_is_no_plain_file_name_is_none(name: str) -> None:
    assert asset_name(f"asset:{name}") is None


def test_assets_are_found_wherever_an_arrival_has_a_picture() -> None:
    post = a_posted(
        media=[{"kind": "image", "url": "asset:a.webp", "preview": "https://fedi.example/a.webp"}],
        card={"url": "https://pyfest.example", "title": "t", "image": "asset:b.webp"},
        body={
            "text": "Hi :party:",
            "spans": [{"start": 3, "end": 10, "kind": "emoji", "href": "asset:party.webp"}],
        },
    )
    assert set(assets(arrival_adapter.validate_python(post))) == {"a.webp", "b.webp", "party.webp"}


def test_what_is_written_is_read_again() -> None:
    header = ReplayHeader.model_validate(HEADER)
    arrival = arrival_adapter.validate_python(a_posted(edited_at="2026-06-12T06:32:00Z"))
    assert parse_header(encode_header(header)) == header
    line = parse_line(encode_line(STARTED_AT, arrival), 2)
    assert (line.at, line.arrival) == (STARTED_AT, arrival)


@given(whens, whens, whens, speeds)
def test_mapped_times_keep_their_order(
    one: datetime, other: datetime, start: datetime, speed: float
) -> None:
    timing = Timing(STARTED_AT, start, speed)
    early, late = sorted((one, other))
    assert timing(early) <= timing(late)
    if late - early >= timedelta(seconds=1) and early >= STARTED_AT:
        assert timing(early) < timing(late)


@given(whens, whens, speeds)
def test_warm_up_lands_in_the_half_hour_before_the_start(
    when: datetime, start: datetime, speed: float
) -> None:
    mapped = Timing(STARTED_AT, start, speed)(when)
    assert (mapped >= start) == (when >= STARTED_AT) or mapped == start
    assert mapped >= start - timedelta(minutes=30)


@given(st.timedeltas(timedelta(0), timedelta(days=3)), whens, st.floats(0.1, 5000))
def test_a_distance_from_the_start_shrinks_by_the_speed(
    since: timedelta, start: datetime, speed: float
) -> None:
    mapped = Timing(STARTED_AT, start, speed)(STARTED_AT + since)
    assert abs((mapped - start) * speed - since) <= timedelta(microseconds=speed)


def test_every_time_in_an_arrival_is_mapped_but_the_age_of_the_account() -> None:
    raw = a_posted(
        edited_at="2026-06-12T06:50:00Z",
        poll={"options": [{"title": "yes"}], "expires_at": "2026-06-12T07:30:00Z"},
    )
    raw["post"]["author"]["created_at"] = "2026-06-02T06:30:00Z"
    start = datetime(2027, 1, 1, tzinfo=UTC)
    mapped = Timing(STARTED_AT, start, 10).arrival(arrival_adapter.validate_python(raw))
    assert isinstance(mapped, Posted)
    assert mapped.seen_at == start + timedelta(seconds=6.2)
    assert mapped.post.edited_at == start + timedelta(minutes=2)
    assert mapped.post.poll is not None
    assert mapped.post.poll.expires_at == start + timedelta(minutes=6)
    assert mapped.post.author.created_at == start - timedelta(days=10)


def test_sessions_are_mapped_with_the_same_clock() -> None:
    session = {"title": "t", "starts_at": "2026-06-12T07:30:00Z", "ends_at": "2026-06-12T08:30:00Z"}
    header = ReplayHeader.model_validate(HEADER | {"sessions": [session]})
    start = datetime(2027, 1, 1, tzinfo=UTC)
    mapped = Timing(STARTED_AT, start, 60).header(header)
    assert mapped.started_at == start
    assert mapped.sessions[0].starts_at == start + timedelta(minutes=1)
    assert mapped.sessions[0].ends_at == start + timedelta(minutes=2)


@given(whens)
def test_playing_without_waiting_maps_times_as_the_fastest_speed(when: datetime) -> None:
    start = datetime(2027, 1, 1, tzinfo=UTC)
    fastest = Timing(STARTED_AT, start, FASTEST)(when)
    assert (
        Timing(STARTED_AT, start, 0)(when) == Timing(STARTED_AT, start, math.inf)(when) == fastest
    )
