"""What is read of a conference's own schedule, in each of its formats, and what is said of one that is not right."""

import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.wall import Session
from app.errors import UsageError
from app.programme import talks
from app.programme.parse import parse_programme
from app.programme.talks import Programme

BERLIN = ZoneInfo("Europe/Berlin")


def read(text: str | bytes, zone: ZoneInfo | None = None) -> Programme:
    return parse_programme(text.encode() if isinstance(text, str) else text, zone)


def utc(hour: int, minute: int = 0, day: int = 21) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def refusal(text: str | bytes, zone: ZoneInfo | None = None) -> str:
    with pytest.raises(UsageError) as raised:
        read(text, zone)
    return str(raised.value)


# frab and pretalx


def schedule(*events: dict[str, Any], zone: str = "Europe/Berlin", **day: Any) -> bytes:
    """A schedule.json of one day with one room."""
    rooms = {"rooms": {"Hall A": list(events)}}
    first = {"date": "2026-11-21", **day, **rooms}
    conference = {"time_zone_name": zone, "days": [first]}
    return orjson.dumps({"schedule": {"version": "1.2", "conference": conference}})


TALK: dict[str, Any] = {
    "id": 42,
    "guid": "0b8e7f6a-0000-4000-8000-000000000042",
    "code": "7KQX3P",
    "date": "2026-11-21T10:00:00+01:00",
    "start": "10:00",
    "duration": "01:30",
    "room": "Hall A",
    "slug": "pyfest-42-parsing",
    "url": "https://talks.pyfest.example/pyfest26/talk/7KQX3P/",
    "title": "Parsing for fun #ParserFun",
    "track": {"de": "Sprachen", "en": "Languages"},
    "persons": [
        {"public_name": "Ada Löwe", "biography": "I toot as @ada@fedi.example; ada@mail.example"},
        {"name": "Bo", "links": [{"url": "https://bsky.app/profile/bo.example"}]},
    ],
}


def test_a_talk_of_frab_or_pretalx_is_read_whole() -> None:
    assert read(schedule(TALK)).sessions == (
        Session(
            title="Parsing for fun #ParserFun",
            room="Hall A",
            speakers=("Ada Löwe", "Bo"),
            starts_at=utc(9),
            ends_at=utc(10, 30),
            code="7KQX3P",
            track="Languages",
            url="https://talks.pyfest.example/pyfest26/talk/7KQX3P/",
            tags=("parserfun",),
            handles=("ada@fedi.example", "bo.example"),
        ),
    )


def test_older_files_have_only_a_clock_time_and_nights_belong_to_the_day_before() -> None:
    old = {k: v for k, v in TALK.items() if k not in ("date", "code")}
    late = {**old, "id": 43, "start": "00:30", "duration": 30}
    found = read(schedule(old, late)).sessions
    assert [(s.code, s.starts_at, s.ends_at) for s in found] == [
        ("42", utc(9), utc(10, 30)),
        ("43", utc(23, 30), utc(0, 0, 22)),
    ]
    with_offset = schedule(old, zone="", day_start="2026-11-21T09:00:00+02:00")
    assert read(with_offset).sessions[0].starts_at == utc(8)


def test_the_walls_time_zone_goes_before_that_of_the_schedule() -> None:
    old = {k: v for k, v in TALK.items() if k != "date"}
    assert read(schedule(old), ZoneInfo("America/New_York")).sessions[0].starts_at == utc(15)
    assert "Set `timezone` of the wall" in refusal(schedule(old, zone="Mars/Olympus"))


def test_what_is_called_off_leaves_and_what_is_no_talk_is_counted() -> None:
    off, nameless = {**TALK, "id": 1, "status": "Canceled"}, {**TALK, "title": None}
    found = read(schedule(TALK, off, nameless, {**TALK, "duration": "soon"}))
    assert len(found.sessions) == 1
    assert found.notes == (
        "2 entries are no talk (without a title or a time, or a whole day long).",
    )
    assert "no talks in it" in refusal(schedule(off))


def test_a_code_that_comes_twice_names_the_first_only() -> None:
    again = {**TALK, "date": "2026-11-21T15:00:00+01:00"}
    assert [s.code for s in read(schedule(again, TALK)).sessions] == ["7KQX3P", ""]


# calendars


def calendar(*events: str, head: str = "") -> str:
    """An .ics file with these events, folded and ended as the standard wants it."""
    inside = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{inside}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


ENTRY = "UID:7KQX3P@pyfest.example\nSUMMARY:Types\\, really\nLOCATION:Hall A"
AT_TEN = f"{ENTRY}\nDTSTART:20261121T100000\nDTEND:20261121T104500"
CUSTOM = """BEGIN:VTIMEZONE
TZID:Lindenbrueck
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0300
END:STANDARD
END:VTIMEZONE
"""


def test_an_entry_of_a_calendar_is_read_whole() -> None:
    more = (
        "CATEGORIES:Languages,Beginners\nURL:https://pyfest.example/7KQX3P\n"
        "ATTENDEE;CN=Ada Löwe:invalid:nomail\nATTENDEE;CN=A guest:mailto:guest@pyfest.example\n"
        "DESCRIPTION:By @ada@fedi.example"
    )
    [session] = read(calendar(f"{AT_TEN}\n{more}"), BERLIN).sessions
    assert session == Session(
        title="Types, really",
        room="Hall A",
        speakers=("Ada Löwe",),
        starts_at=utc(9),
        ends_at=utc(9, 45),
        code="7KQX3P@pyfest.example",
        track="Languages",
        url="https://pyfest.example/7KQX3P",
        handles=("ada@fedi.example",),
    )


@pytest.mark.parametrize(
    ("start", "head", "hour"),
    [
        ("DTSTART:20261121T100000Z", "", 10),
        ("DTSTART;TZID=America/New_York:20261121T100000", "", 15),
        ("DTSTART;TZID=W. Europe Standard Time:20261121T100000", "", 9),
        ("DTSTART;TZID=Lindenbrueck:20261121T100000", CUSTOM, 7),
        ("DTSTART:20261121T100000", "X-WR-TIMEZONE:Asia/Tokyo\n", 1),
    ],
)
def test_time_zones_of_calendars_are_right(start: str, head: str, hour: int) -> None:
    text = calendar(f"{ENTRY}\n{start}\nDURATION:PT45M", head=head)
    [session] = read(text).sessions
    assert (session.starts_at, session.ends_at) == (utc(hour), utc(hour, 45))


def test_floating_times_take_the_walls_zone_first_and_without_any_it_is_asked_for() -> None:
    text = calendar(AT_TEN, head="X-WR-TIMEZONE:Asia/Tokyo\n")
    assert read(text, BERLIN).sessions[0].starts_at == utc(9)
    assert "timezone" in refusal(calendar(AT_TEN))


def test_what_a_calendar_has_beside_talks_is_left_out_in_words() -> None:
    day = "UID:d\nSUMMARY:Day one\nDTSTART;VALUE=DATE:20261121"
    broken = "UID:b\nSUMMARY:Broken\nDTSTART:soon\nDTEND:later"
    off = f"{AT_TEN}\nSTATUS:CANCELLED".replace("7KQX3P", "off")
    daily = f"{AT_TEN}\nRRULE:FREQ=DAILY;COUNT=3".replace("7KQX3P", "yoga")
    found = read(calendar(AT_TEN, day, broken, off, daily), BERLIN)
    assert len(found.sessions) == 2
    assert found.notes == (
        "2 entries are no talk (without a title or a time, or a whole day long).",
        "1 entry repeats: only the first time is shown.",
    )


def test_an_exception_of_a_series_is_a_talk_of_its_own() -> None:
    moved = f"{AT_TEN}\nRECURRENCE-ID:20261121T090000Z"
    codes = [s.code for s in read(calendar(AT_TEN, moved), BERLIN).sessions]
    assert codes == ["7KQX3P@pyfest.example", "7KQX3P@pyfest.example 2026-11-21T09:00:00+00:00"]


def test_what_repeats_every_second_is_refused_also_when_it_hides_in_a_fold() -> None:
    for folded in ("RRULE:FREQ=SECONDLY", "RRULE:FR\n EQ=MINUTELY"):
        assert "repeats" in refusal(calendar(f"{AT_TEN}\n{folded}"), BERLIN)


# tables


def test_a_table_is_read_whole() -> None:
    text = (
        "ID,Title,Start,End,Room,Speakers,Track,URL,Hashtags,Mastodon\n"
        '7,Types,2026-11-21 10:00,10:45,Hall A,"Ada Löwe; Bo",Languages,'
        "https://pyfest.example/7,#TypesTalk,ada@fedi.example\n"
    )
    assert read(text, BERLIN).sessions == (
        Session(
            title="Types",
            room="Hall A",
            speakers=("Ada Löwe", "Bo"),
            starts_at=utc(9),
            ends_at=utc(9, 45),
            code="7",
            track="Languages",
            url="https://pyfest.example/7",
            tags=("typestalk",),
            handles=("ada@fedi.example",),
        ),
    )


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("title,start,end", "T,2026-11-21T10:00,2026-11-21T10:45"),
        ("title,start,end", "T,2026-11-21T09:00:00Z,09:45"),
        ("title,start,end", "T,2026-11-21T10:00+01:00,10:45"),
        ("title,start,end", "T,21.11.2026 10:00,10:45"),
        ("title,start,end", "T,21. 11. 2026 10.00 Uhr,10.45 Uhr"),
        ("title,start,end", "T,21/11/2026 10:00,10:45"),
        ("title,start,end", "T,11/21/2026 10:00 AM,10:45 a.m."),
        ("title,start,end", 'T,"Nov 21, 2026 10 am",10:45'),
        ("title,start,end", "T,21 November 2026 10:00,10:45"),
        ("Titel;Datum;Von;Bis", "T;21.11.2026;10:00;10:45"),
        ("Session title\tStarts at\tLength", "T\t2026-11-21 10:00\t45 min"),
        ("title,date,start,duration", "T,2026-11-21,10:00,0:45"),
        ("title|start|minutes", "T|2026/11/21 10:00|45"),
    ],
)
def test_times_are_read_as_people_write_them(header: str, row: str) -> None:
    for text in (f"{header}\n{row}\n", f"{header}\r\n\r\n{row}"):
        [session] = read(text, BERLIN).sessions
        assert (session.starts_at, session.ends_at) == (utc(9), utc(9, 45))


def test_an_end_after_midnight_is_on_the_next_day() -> None:
    [party] = read("title,start,end\nParty,2026-11-21 22:00,1:00", BERLIN).sessions
    assert party.ends_at == utc(0, 0, 22)


def test_slashes_are_understood_by_any_day_above_twelve_and_else_asked_about() -> None:
    american = "title,start,end\nA,03/04/2026 10:00,11:00\nB,03/14/2026 10:00,11:00\n"
    assert read(american, BERLIN).sessions[0].starts_at.month == 3
    said = refusal(american.partition("\nB")[0], BERLIN)
    assert said == "Line 2, column start: “03/04/2026” may be two days; write 2026-04-03."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "when,what\n1,2",
            "Line 1 has no column for title, start, end; its columns are: when, what.",
        ),
        ("title,start\nT,2026-11-21 10:00", "Line 1 has no column for end"),
        ("title,Beginn,end\nT,tomorrow,11:00", "Line 2, column Beginn: “tomorrow” is no time"),
        ("title,start,end\nT,10:00,11:00", "Line 2, column start: “10:00” has no date"),
        ("title,start,end\nT,2026-02-30 10:00,11:00", "is no day of the calendar"),
        ("title,start,end\nT,2026-11-21 25:00,11:00", "Line 2, column start"),
        ("title,start,end\n\n,2026-11-21 10:00,11:00", "Line 3, column title: it is empty"),
        ('title,start,end\n"A\nB",2026-11-21 10:00,11:00\nC,x,y', "Line 4, column start"),
        (
            "title,start,end\nT,2026-11-21 10:00,2026-11-21 9:00",
            "“2026-11-21 9:00” is before the start",
        ),
        ("title,start,duration\nT,2026-11-21 10:00,long", "“long” is no duration; write 30"),
        ("title,start,end\nT,2026-11-21 10:00,", "Line 2, column end: it is empty"),
        ('title,start,end\n"T,2026-11-21 10:00,11:00', "Line 2: this is no valid CSV"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_place(text: str, said: str) -> None:
    assert said in refusal(text, BERLIN)


def test_spreadsheets_write_other_encodings() -> None:
    text = "title,start,end\nKäse,2026-11-21 10:00,11:00\n"
    for raw in (text.encode("utf-8-sig"), text.encode("utf-16"), text.encode("cp1252")):
        assert read(raw, BERLIN).sessions[0].title == "Käse"


# all of them


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "It is empty."),
        (b"<!doctype html><title>Schedule</title>", "a page, or XML"),
        (b'{"schedule": ', "Line 1, column 14: this is no valid JSON."),
        (b'{"talks": []}', "it has no schedule.conference.days"),
        (b"[]", "it has no schedule.conference.days"),
        (b"BEGIN:VCALENDAR\nnonsense\nEND:VCALENDAR", "This calendar file is broken"),
        (b" " * (talks.MAX_BYTES + 1), "larger than 5 MiB"),
    ],
)
def test_what_is_no_programme_is_called_so(raw: bytes, said: str) -> None:
    assert said in refusal(raw)


def test_more_talks_than_any_conference_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "MAX_TALKS", 1)
    assert "more than 1 talks" in refusal(schedule(TALK, {**TALK, "id": 7}))


def test_words_are_made_fit_for_a_screen_and_addresses_safe() -> None:
    nasty = {**TALK, "title": "A\u202eB\x00 " + "x" * 500, "url": "javascript:alert(1)"}
    [session] = read(schedule(nasty)).sessions
    assert session.title.startswith("AB x")
    assert (len(session.title), session.url) == (200, "")


SEEDS = [
    schedule(TALK),
    calendar(AT_TEN, head=CUSTOM + "X-WR-TIMEZONE:Europe/Berlin\n").encode(),
    b"title,date,start,end,duration,speakers\nT,2026-11-21,10:00,10:45,45,Ada; Bo\n",
]
PIECES = (
    b'\n|:|;|=|,|"|{|}|[|]|null|-1|99999999999|0001|9999|BEGIN:VEVENT|END:VEVENT|\x00|\xff|'
    b"\r\n |T|Z|TZID=|VALUE=DATE|RRULE:FREQ=YEARLY|PT|P9999999999D|BEGIN:VTIMEZONE|a.m.|/|."
).split(b"|")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.sampled_from([BERLIN, None]))
def test_whatever_a_file_holds_it_is_a_programme_or_a_sentence(
    whole: bytes, chance: int, zone: ZoneInfo | None
) -> None:
    pick = random.Random(chance)
    raw = bytearray(whole)
    for _ in range(pick.randint(1, 6)):
        start = pick.randrange(len(raw) + 1)
        raw[start : start + pick.choice((0, 0, 1, 12))] = pick.choice(PIECES)
    with suppress(UsageError):
        sessions = parse_programme(bytes(raw), zone).sessions
        assert all(s.title and s.starts_at < s.ends_at for s in sessions)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_programme_or_a_sentence(raw: bytes) -> None:
    with suppress(UsageError):
        parse_programme(raw, BERLIN)
