"""The JSON client and the limits: what a server's answers, silences and headers mean."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from app.errors import AccessError, BusyError, SourceError, UsageError
from app.sources.connection import MAX_BODY, Timeouts, base_address, server_name
from app.sources.http import DeniedError, JsonClient
from app.sources.limits import Bucket, Pace, Quota, read_age, read_quota, wait_asked
from tests.fake_mastodon import (
    START,
    FakeMastodon,
    ManualClock,
    answers,
    breaks_off,
    says,
    serving,
    trickles,
)

pytestmark = pytest.mark.anyio

SHORT = Timeouts(connect=0.5, read=0.3, total=0.6)


@asynccontextmanager
async def asking(**settings: Any) -> AsyncIterator[tuple[FakeMastodon, JsonClient]]:
    async with (
        FakeMastodon().running() as fake,
        JsonClient(fake.base, **({"clock": ManualClock()} | settings)) as client,
    ):
        yield fake, client


# --- headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-reset": "2026-11-21T09:32:00.725062Z"}, 120.725062),
        ({"x-ratelimit-reset": "2026-11-21T10:32:00+01:00"}, 120),
        ({"x-ratelimit-reset": str(int(START.timestamp()) + 90)}, 90),
        ({"retry-after": "30"}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 09:30:45 GMT"}, 45),
        ({"x-ratelimit-reset": "soon", "retry-after": "7"}, 7),
        ({"x-ratelimit-reset": "2026-11-21T09:00:00Z", "retry-after": "7"}, 7),
        ({"retry-after": "86400"}, 900),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_a_wait_is_read_in_every_dialect(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked(headers, START) == pytest.approx(seconds)


def test_a_wait_counts_from_the_clock_of_the_server() -> None:
    headers = {"date": "Thu, 17 Jul 2025 20:02:58 GMT", "x-ratelimit-reset": "2025-07-17T20:05:00Z"}

    assert wait_asked(headers, START) == 122


def test_a_cached_answer_is_as_old_as_it_says() -> None:
    assert read_age({"age": "9"}) == timedelta(seconds=9)
    assert read_age({"age": "soon"}) == timedelta()


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "date",
                "age",
                "retry-after",
                "x-ratelimit-reset",
                "x-ratelimit-limit",
                "x-ratelimit-remaining",
            ]
        ),
        st.text(max_size=40) | st.integers().map(str) | st.floats().map(str),
    )
)
def test_no_header_can_break_the_reading_or_ask_for_more_than_15_minutes(
    headers: dict[str, str],
) -> None:
    wait = wait_asked(headers, START)
    read_quota(headers, START)

    assert wait is None or 0 <= wait <= 900
    assert timedelta() <= read_age(headers) <= timedelta(minutes=15)


# --- pace -----------------------------------------------------------------------------------------


@given(st.lists(st.floats(min_value=0, max_value=30), max_size=200))
def test_a_bucket_never_lets_more_pass_than_its_size_and_its_rate(gaps: list[float]) -> None:
    bucket, now, passed = Bucket(size=10, per_s=0.5), 0.0, list[float]()
    for gap in gaps:
        now += gap
        passed.append(now + bucket.take(now))

    for start in passed:
        within = [at for at in passed if start <= at < start + 60]
        assert len(within) <= 10 + 60 * 0.5 + 1


def test_paging_is_held_to_its_own_tighter_limit() -> None:
    pace = Pace()
    waits = [pace.take(0, paging=True) for _ in range(62)]

    assert waits[59] == 0
    assert waits[61] > 5


def test_little_left_is_spread_over_the_time_to_the_reset() -> None:
    pace = Pace()
    pace.learn(Quota(limit=300, remaining=10, resets_in_s=100), now=0)

    assert [pace.take(0) for _ in range(3)] == [10, 20, 30]


def test_nothing_left_waits_for_the_reset() -> None:
    pace = Pace()
    pace.learn(Quota(limit=300, remaining=0, resets_in_s=100), now=0)

    assert pace.take(0) == 100


def test_after_the_reset_the_pace_is_our_own_again() -> None:
    pace = Pace()
    pace.learn(Quota(limit=300, remaining=0, resets_in_s=100), now=0)

    assert [pace.take(101) for _ in range(3)] == [0, 0, 0]


def test_plenty_left_costs_no_time() -> None:
    pace = Pace()
    pace.learn(Quota(limit=300, remaining=299, resets_in_s=100), now=0)

    assert pace.take(0) == 0


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "base", "name"),
    [
        ("fedi.example", "https://fedi.example", "fedi.example"),
        (" https://Fedi.example/about ", "https://fedi.example", "fedi.example"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000", "127.0.0.1:3000"),
        ("http://[::1]:3000", "http://[::1]:3000", "[::1]:3000"),
    ],
)
def test_an_address_is_understood_as_people_type_it(typed: str, base: str, name: str) -> None:
    assert base_address(typed) == base
    assert server_name(base) == name


@pytest.mark.parametrize(
    "typed", ["", "ftp://fedi.example", "https://", "https://a:b@fedi.example", "http://x:y"]
)
def test_what_is_no_address_is_refused_with_a_hint(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        base_address(typed)

    assert "https://fedi.example" in caught.value.hint


# --- answers --------------------------------------------------------------------------------------


async def test_json_is_read_and_the_client_names_itself() -> None:
    async with asking(contact="crew@pyfest.example") as (fake, client):
        fake.instance = {"domain": "fedi.example"}

        answer = await client.get("/api/v2/instance")

    assert answer.data == {"domain": "fedi.example"}
    assert fake.agents[0].startswith("Hallway/")
    assert "crew@pyfest.example" in fake.agents[0]


async def test_an_absent_thing_is_data_and_no_fault() -> None:
    async with asking() as (fake, client):
        fake.fail("/gone", answers(410), says("<h1>no</h1>", "text/html", 404))

        assert (await client.get("/gone")).absent
        assert (await client.get("/gone")).data is None


@pytest.mark.parametrize("status", [401, 403, 422])
@pytest.mark.parametrize("token", [None, "made-up"])
async def test_a_denial_is_for_the_operator(status: int, token: str | None) -> None:
    async with asking(token=token) as (fake, client):
        fake.fail("/x", answers(status))

        with pytest.raises(AccessError) as caught:
            await client.get("/x")

    assert isinstance(caught.value, DeniedError)
    assert caught.value.status == status
    assert str(caught.value).startswith(f"{fake.server} answers {status}: ")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x_ratelimit_reset": "2026-11-21T09:31:00.000Z"}, 60),
        ({"x_ratelimit_reset": str(int(START.timestamp()) + 60)}, 60),
        ({"retry_after": "33"}, 33),
        ({}, 60),
    ],
)
async def test_too_many_requests_say_how_long_to_wait(
    headers: dict[str, str], seconds: float
) -> None:
    async with asking() as (fake, client):
        fake.fail("/x", answers(429, **headers))

        with pytest.raises(BusyError) as caught:
            await client.get("/x")

    assert caught.value.retry_after_s == pytest.approx(seconds)


async def test_a_full_queue_is_a_wait_for_everybody_and_a_plain_503_is_a_fault() -> None:
    clock = ManualClock()
    async with asking(clock=clock) as (fake, client):
        fake.fail("/x", answers(503, retry_after="30"), answers(503))

        with pytest.raises(BusyError):
            await client.get("/x")
        asking_again = asyncio.create_task(client.get("/x"))
        await clock.asleep(1)
        assert len(fake.requests) == 1
        clock.advance(30)
        with pytest.raises(SourceError) as caught:
            await asking_again

    assert not isinstance(caught.value, BusyError)


async def test_requests_are_counted_by_how_they_end() -> None:
    async with asking() as (fake, client):
        fake.fail("/x", answers(200, []), answers(500), answers(403), answers(429))
        for _ in range(4):
            with suppress(SourceError):
                await client.get("/x")
        for outcome in ("ok", "fault", "access", "busy"):
            labels = {"server": client.server, "outcome": outcome}
            assert REGISTRY.get_sample_value("hallway_source_requests_total", labels) == 1


async def test_every_other_trouble_is_one_plain_sentence_naming_the_server() -> None:
    huge = b"[" + b" " * MAX_BODY + b"]"
    troubles = {
        "has a fault of its own (it answers 500)": answers(500),
        "answered HTML instead of JSON (a captive portal?)": says("<p>sign in</p>", "text/html"),
        "answered image/png instead of JSON": says(b"\x89PNG", "image/png"),
        "answered JSON that is broken or ends early": says('[{"id": "1"'),
        "broke off in the middle of its answer": breaks_off,
        "sent more than 8 MiB": says(huge),
        "answers 302, which makes no sense here": answers(302),
    }
    async with asking() as (fake, client):
        for sentence, fault in troubles.items():
            fake.fail("/x", fault)
            with pytest.raises(SourceError) as caught:
                await client.get("/x")
            assert str(caught.value).startswith(f"{fake.server} {sentence}")
            assert caught.value.retryable


async def test_silence_ends_after_the_time_to_read() -> None:
    async with asking(timeouts=SHORT) as (fake, client):
        fake.fail("/x", fake.hang)

        with pytest.raises(SourceError, match="took too long"):
            await client.get("/x")


async def test_an_answer_that_trickles_ends_after_the_total_time() -> None:
    async with asking(timeouts=SHORT) as (fake, client):
        fake.fail("/x", trickles)

        with pytest.raises(SourceError, match="took too long"):
            await client.get("/x")


async def test_a_server_that_is_down_refuses() -> None:
    async with FakeMastodon().running() as fake:
        base = fake.base
    async with JsonClient(base, clock=ManualClock()) as client:
        with pytest.raises(SourceError, match="refuses connections"):
            await client.get("/x")


async def test_a_name_that_does_not_exist_is_a_matter_of_dns() -> None:
    async with JsonClient(
        "https://nobody.invalid", clock=ManualClock(), timeouts=Timeouts(5, 5, 10)
    ) as client:
        with pytest.raises(SourceError, match="There is no server named nobody"):
            await client.get("/x")


async def test_a_server_without_tls_is_told_apart() -> None:
    async with FakeMastodon().running() as fake:
        secure = fake.base.replace("http:", "https:")
        async with JsonClient(secure, clock=ManualClock()) as client:
            with pytest.raises(SourceError, match="no valid TLS certificate"):
                await client.get("/x")


async def test_the_token_stays_with_its_origin_along_redirects() -> None:
    seen: list[tuple[str, str | None]] = []

    async def elsewhere(request: Request) -> Response:
        seen.append((request.url.path, request.headers.get("authorization")))
        return JSONResponse([])

    async with serving(Starlette(routes=[Route("/{path:path}", elsewhere)])) as other:

        async def here(request: Request) -> Response:
            seen.append((request.url.path, request.headers.get("authorization")))
            return RedirectResponse("/again" if request.url.path == "/x" else f"{other}/there")

        async with (
            serving(Starlette(routes=[Route("/{path:path}", here)])) as base,
            JsonClient(base, clock=ManualClock(), token="made-up") as client,
        ):
            await client.get("/x")

    assert seen == [("/x", "Bearer made-up"), ("/again", "Bearer made-up"), ("/there", None)]


async def test_a_fourth_redirect_is_not_followed() -> None:
    async def round_and_round(request: Request) -> Response:
        return RedirectResponse(request.url.path + "x")

    async with (
        serving(Starlette(routes=[Route("/{path:path}", round_and_round)])) as base,
        JsonClient(base, clock=ManualClock()) as client,
    ):
        with pytest.raises(SourceError, match="redirects in circles"):
            await client.get("/x")


async def test_a_deprecated_endpoint_is_logged_once() -> None:
    async with asking() as (fake, client):
        fake.headers = {"deprecation": "@1688169599"}
        fake.instance = {}
        with capture_logs() as logs:
            await client.get("/api/v2/instance")
            await client.get("/api/v2/instance")

    assert [entry["event"] for entry in logs] == ["endpoint deprecated"]


async def test_the_client_pauses_as_its_pace_says() -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with asking(pace=Pace(every=Bucket(size=1, per_s=0.5)), pause=pause) as (fake, client):
        fake.instance = {}
        for _ in range(3):
            await client.get("/api/v2/instance")

    assert pauses == [2, 4]
