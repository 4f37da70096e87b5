"""Dates as feeds write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.feed.dates import read_date

MORNING = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 21 Nov 2026 09:30:00 GMT",
        "Sat, 21 Nov 2026 10:30:00 +0100",
        "Sat, 21 Nov 2026 10:30:00 +01:00",
        "Sat, 21 Nov 2026 10:30:00 GMT+0100",
        "Sat, 21 Nov 2026 10:30:00 CET",
        "Sat, 21 Nov 2026 04:30:00 EST",
        "Sat, 21 Nov 2026 04:30:00 ET",
        "21 Nov 26 09:30 UT",
        "21 November 2026 09:30 Z",
        "Sat, 21 Nov, 2026 09:30:00 UTC",
        "Samstag, 21 Nov 2026 09:30:00 +0000",
        "sam. 21 Nov 2026 09:30:00 +0000",
        "  Sat, 21 Nov 2026 09:30:00 -0000\n",
        "2026-11-21T09:30:00Z",
        "2026-11-21T09:30Z",
        "2026-11-21T09:30:00",
        "2026-11-21T09:30:00.000Z",
        "2026-11-21T10:30:00+0100",
        "2026-11-21T10:30:00+01",
        "2026-11-21 10:30:00 +01:00",
        "2026-11-21 09:30:00 UTC",
        "2026-11-21T9:30:00Z",
    ],
)
def test_one_moment_in_many_spellings(text: str) -> None:
    assert read_date(text) == MORNING


@pytest.mark.parametrize("text", ["2026-11-21", "21 Nov 2026", "Fri, 20 Nov 2026 24:00:00 GMT"])
def test_a_day_without_a_time_begins_at_midnight(text: str) -> None:
    assert read_date(text) == datetime(2026, 11, 21, tzinfo=UTC)


def test_a_month_or_a_year_is_its_beginning() -> None:
    assert read_date("2026-11") == datetime(2026, 11, 1, tzinfo=UTC)
    assert read_date("2026") == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "Thu, 01 Jan 1970 00:00:00 +0000", "0001-01-01", "2026-02-31", "9" * 100],
)
def test_what_is_no_date_or_means_none(text: str) -> None:
    assert read_date(text) is None


@given(st.text(max_size=70) | st.from_regex(r"\d{1,4}[-/ ]\d{1,2}[-/ ]\d{1,4}.{0,20}"))
def test_any_text_is_a_moment_in_utc_or_none(text: str) -> None:
    moment = read_date(text)
    assert moment is None or moment.tzinfo is UTC
