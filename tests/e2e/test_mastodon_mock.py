"""The Mastodon source against somebody else's idea of a Mastodon server: PyPI's mastodon-mock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx2 as httpx
import pytest
from mastodon_mock.app import create_app, dispose_app_resources
from mastodon_mock.config import MastodonMockConfig, SeedAccount, SeedConfig

from app.domain.arrival import Deleted, Edited, Posted, Reposted, Unreposted
from app.errors import AccessError, SourceError
from app.ports import Condition
from app.sources.connection import Timeouts
from app.sources.mastodon.check import check
from app.sources.mastodon.source import MastodonSource
from tests.fake_mastodon import Follow, ManualClock, serving

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


@dataclass
class Mock:
    """The running mock, and people who use it."""

    base: str
    http: httpx.AsyncClient
    clock: ManualClock

    async def do(self, method: str, path: str, who: str, **data: str) -> Any:
        headers = {"Authorization": f"Bearer token-of-{who}"}
        answer = await self.http.request(method, path, headers=headers, data=data or None)
        answer.raise_for_status()
        return answer.json()

    async def post(self, who: str, text: str) -> str:
        posted = await self.do("POST", "/api/v1/statuses", who, status=text)
        return str(posted["id"])

    async def fault(self, path: str, count: int = 1, **effect: Any) -> None:
        rule = {"match": {"path": path}, "effect": effect, "count": count}
        (await self.http.post("/api/v1/_mock/faults", json=rule)).raise_for_status()

    def follow(self, *, token: str | None = None) -> Follow:
        source = MastodonSource(
            self.base,
            ["PyFest26"],
            clock=self.clock,
            rng=Random(26),
            token=token,
            timeouts=Timeouts(5, 5, 10),
        )
        return Follow(source, self.clock)


@pytest.fixture
async def mock() -> AsyncIterator[Mock]:
    async with _running() as made:
        yield made


@asynccontextmanager
async def _running() -> AsyncIterator[Mock]:
    people = [SeedAccount(username=who, access_token=f"token-of-{who}") for who in ("ada", "bo")]
    app = create_app(MastodonMockConfig(seed=SeedConfig(accounts=people)))
    # The mock lives in real time: our clock starts ahead of it, so that no post is of the future.
    clock = ManualClock(datetime.now(UTC) + timedelta(hours=1))
    try:
        async with (
            serving(app, date_header=True) as base,
            httpx.AsyncClient(base_url=base) as http,
        ):
            yield Mock(base, http, clock)
    finally:
        dispose_app_resources(app)


async def test_a_post_is_polled_edited_boosted_and_deleted(mock: Mock) -> None:
    first = await mock.post("ada", "Hello #PyFest26")
    async with mock.follow() as follow:
        await follow.settled()
        assert follow.texts() == ["Hello #PyFest26"]

        await mock.do("PUT", f"/api/v1/statuses/{first}", "ada", status="Hello all #PyFest26")
        assert "Hello all #PyFest26" in [
            one.post.body.text for one in await follow.pass_by(15) if isinstance(one, Posted)
        ]

        await mock.do("POST", f"/api/v1/statuses/{first}/reblog", "bo")
        news = [*await follow.pass_by(15), *await follow.pass_by(61)]
        assert [one.by.handle.split("@")[0] for one in news if isinstance(one, Reposted)] == ["bo"]

        await mock.do("POST", f"/api/v1/statuses/{first}/unreblog", "bo")
        news = [*await follow.pass_by(15), *await follow.pass_by(61)]
        assert len([one for one in news if isinstance(one, Unreposted)]) == 1

        await mock.do("DELETE", f"/api/v1/statuses/{first}", "ada")
        news = await follow.pass_by(15)
        assert [one.local_id for one in news if isinstance(one, Deleted)] == [first]


async def test_the_stream_brings_posts_edits_and_deletes_at_once(mock: Mock) -> None:
    async with mock.follow(token="token-of-ada") as follow:
        await follow.until(lambda one: "stream is open" in one.health.detail)
        await follow.settled()

        first = await mock.post("ada", "Hello #PyFest26")
        await follow.until(lambda one: len(one.arrivals) == 1)
        await mock.do("PUT", f"/api/v1/statuses/{first}", "ada", status="Hello all #PyFest26")
        await follow.until(lambda one: len(one.arrivals) == 2)
        await mock.do("DELETE", f"/api/v1/statuses/{first}", "ada")
        await follow.until(lambda one: len(one.arrivals) == 3)

    assert [type(one) for one in follow.arrivals] == [Posted, Edited, Deleted]
    assert follow.texts() == ["Hello #PyFest26", "Hello all #PyFest26"]
    assert follow.known.posts == {}


async def test_a_full_wall_comes_in_pages(mock: Mock) -> None:
    for number in range(60):
        await mock.post("ada", f"Talk {number} #pyfest26")
    async with mock.follow() as follow:
        await follow.settled()

    assert follow.texts() == [f"Talk {number} #pyfest26" for number in range(60)]


async def test_its_rate_limit_makes_the_source_wait(mock: Mock) -> None:
    async with mock.follow() as follow:
        await follow.settled()
        await mock.fault("/api/v1/timelines/tag/*", type="ratelimit")
        await follow.pass_by(15)
        assert follow.health.condition is Condition.WAITING
        await mock.post("ada", "Hello #pyfest26")
        assert len(await follow.pass_by(310)) == 1


@pytest.mark.parametrize(
    "effect",
    [{"type": "malformed"}, {"type": "timeout"}, {"type": "status", "status": 502}],
)
async def test_its_faults_are_survived_by_another_run(mock: Mock, effect: dict[str, Any]) -> None:
    await mock.post("ada", "Hello #pyfest26")
    await mock.fault("/api/v1/timelines/tag/*", **effect)
    async with mock.follow() as follow:
        error = await follow.failure()
    async with mock.follow() as again:
        await again.settled()

    assert isinstance(error, SourceError)
    assert not isinstance(error, AccessError)
    assert again.texts() == ["Hello #pyfest26"]


async def test_its_delays_are_only_delays(mock: Mock) -> None:
    await mock.post("ada", "Hello #pyfest26")
    await mock.fault("/api/v1/timelines/tag/*", type="latency", delay_ms=200)
    async with mock.follow() as follow:
        await follow.settled()

    assert follow.texts() == ["Hello #pyfest26"]


async def test_the_check_finds_nothing_wrong_with_it(mock: Mock) -> None:
    await mock.post("ada", "Hello #pyfest26")

    findings = await check(mock.base, ["pyfest26"], "token-of-ada", clock=mock.clock)

    assert all(finding.ok for finding in findings), findings
    assert "#pyfest26 can be read" in findings[1].sentence
    assert findings[-1].sentence == "Its stream opens: new posts come at once."
