"""X's source against Prism: it checks every request against a description of X's API, and answers with its examples.

The two descriptions beside this file are ours, one for each dialect; X's own, which are not ours to copy, are used where
`HALLWAY_FIXTURES` names them. Prism knows nothing of X but these.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from app.domain.arrival import AuthorGone, Deleted, Edited, Posted
from app.domain.post import Post
from app.errors import SourceError
from app.ports import Condition
from app.sources.x.api import DIALECTS, XApi
from app.sources.x.check import check
from app.sources.x.client import QuestionError, XClient
from app.sources.x.parse import Setting
from app.sources.x.source import XSource
from tests.fake_mastodon import Follow, ManualClock
from tests.fake_x import TOKEN
from tests.networks import packages

pytestmark = pytest.mark.anyio
HERE = Path(__file__).parent
TAG = "PyFest26"
START_WITHIN_S = 60


@dataclass
class Prism:
    """Prism at work, with what it says."""

    base: str
    log: Path

    def violations(self) -> list[str]:
        """What of the requests so far broke the description."""
        return self._said("[VALIDATOR] ✖")

    def received(self) -> list[str]:
        """The requests so far."""
        return self._said("Request received")

    def _said(self, words: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if words in line]


@contextmanager
def serving(description: Path, npm: Path, log: Path) -> Iterator[Prism]:
    """Prism on a free loopback port. `--errors`: what breaks the description is answered with an error."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(packages.node()), str(npm / "node_modules/@stoplight/prism-cli/dist/index.js")]
    command += ["mock", "--errors", "--host", "127.0.0.1", "--port", str(port), str(description)]
    environment = os.environ | packages.environment() | {"NO_COLOR": "1"}
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            _wait(process, log)
            yield Prism(f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    patience = time.monotonic() + START_WITHIN_S
    while "Prism is listening" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < patience, log.read_text()
        time.sleep(0.05)


@pytest.fixture(scope="module", params=["tweet", "post"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def prism(
    dialect: str, npm_packages: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prism]:
    log = tmp_path_factory.mktemp("prism") / "log.txt"
    with serving(HERE / f"x_openapi_{dialect}.yaml", npm_packages, log) as running:
        yield running


def source(prism: Prism, clock: ManualClock, dialect: str, **more: object) -> XSource:
    settings = {"token": TOKEN, "daily_budget": 5_000, "base": prism.base, "dialect": dialect}
    return XSource((TAG,), clock=clock, rng=Random(26), **(settings | more))  # type: ignore[arg-type]


async def test_every_question_is_understood_and_every_answer_is_read_whole(
    prism: Prism, dialect: str
) -> None:
    clock = ManualClock()
    async with Follow(source(prism, clock, dialect), clock) as run:  # type: ignore[arg-type]
        await run.settled()
        first = list(run.arrivals)
        later = await run.pass_by(310)
    assert (prism.violations(), run.error) == ([], None)
    assert run.health.condition is Condition.LIVE
    assert "made no sense" not in run.health.detail
    posts = {one.post.key.rpartition("/")[2]: one.post for one in first if isinstance(one, Posted)}
    told(posts)
    gone = [one.author_key for one in first if isinstance(one, AuthorGone)]
    assert gone == ["https://x.com/i/user/44"]
    assert [one for one in later if isinstance(one, Deleted | Edited)] == []


def told(posts: dict[str, Post]) -> None:
    """The examples hold a quote, a poll, an edited post with a picture, and a long one."""
    assert sorted(posts) == [f"199000000000000000{n}" for n in (0, 1, 3, 4)]
    long, edited, poll, quoting = (posts[key] for key in sorted(posts))
    assert long.body.text == "A long story about how we all came to #PyFest26 and what became of it"
    assert edited.body.text == "Room B & not A! #PyFest26 pyfest.example/talks"
    assert (edited.edited_at is not None, edited.media[0].alt) == (True, "the stage")
    assert edited.counts.reposts == 4
    assert poll.poll is not None
    assert [(one.title, one.votes) for one in poll.poll.options] == [("Tea", 2), ("Coffee", 3)]
    assert quoting.quote is not None
    assert quoting.quote.key == "https://x.com/i/status/1980000000000000000"
    assert quoting.quote.body.text == "See you all at the party"
    assert all(post.hashtags == ("pyfest26",) for post in posts.values())


async def test_the_stream_its_rules_and_hanging_up_are_asked_for_as_described(
    prism: Prism, dialect: str
) -> None:
    async with XClient(prism.base, clock=ManualClock(), token=TOKEN) as client:
        api = XApi(client, lambda answer: Setting("x", answer.at), never, DIALECTS[dialect])
        assert [one["value"] for one in await api.rules()] == ["#pyfest25"]
        await api.change_rules({"add": [{"value": "#pyfest26 -is:nullcast", "tag": "hallway"}]})
        await api.change_rules({"delete": {"ids": ["1", "2"]}})
        async with api.stream(5.0) as lines:
            assert [line async for line in lines] == []  # one answer without an end of line
        await api.hang_up_all()
        await api.exist(["1990000000000000000", "1"])
    assert prism.violations() == []


async def never(asked_s: float, attempt: int) -> None:
    raise AssertionError("Prism asks nobody to wait")


async def test_a_check_is_understood(prism: Prism, dialect: str) -> None:
    findings = await check(
        [TAG],
        token=TOKEN,
        daily_budget=500,
        base=prism.base,
        dialect=dialect,
        stream=True,
        clock=ManualClock(),
    )
    assert [one.ok for one in findings] == [True] * 4
    assert prism.violations() == []


async def test_the_wrong_dialect_is_not_understood_and_the_other_is_tried(
    dialect: str, npm_packages: Path, tmp_path: Path
) -> None:
    clock, other = ManualClock(), "post" if dialect == "tweet" else "tweet"
    with serving(HERE / f"x_openapi_{dialect}.yaml", npm_packages, tmp_path / "log.txt") as prism:
        async with Follow(source(prism, clock, other), clock) as run:  # type: ignore[arg-type]
            await run.settled()
            assert len([one for one in run.arrivals if isinstance(one, Posted)]) == 4
        violations = prism.violations()
        assert violations
        assert all(f"{other}" in line or "expansions" in line for line in violations)
        async with XClient(prism.base, clock=clock, token=TOKEN) as client:
            with pytest.raises(QuestionError):
                await client.get("/2/tweets", [("ids", "no id")])
            with pytest.raises(SourceError):
                await client.send("POST", "/2/tweets/search/stream/rules", body={"add": []})


@pytest.mark.parametrize(("name", "version"), [("tweet", "2.159"), ("post", "2.167")])
async def test_every_question_is_understood_by_x_own_description(
    name: str, version: str, npm_packages: Path, tmp_path: Path
) -> None:
    """Only the questions are judged: the answers are whatever Prism makes up from their types."""
    folder = os.environ.get("HALLWAY_FIXTURES")
    if not folder:
        pytest.skip("HALLWAY_FIXTURES does not name X's own descriptions")
    description = _only_ours(Path(folder) / "x" / f"openapi-{version}.json", tmp_path)
    with serving(description, npm_packages, tmp_path / "log.txt") as prism:
        async with XClient(prism.base, clock=ManualClock(), token=TOKEN) as client:
            api = XApi(client, lambda answer: Setting("x", answer.at), never, DIALECTS[name])
            for question in _questions(api):
                with suppress(SourceError):
                    await question
            with suppress(SourceError):
                async with api.stream(5.0):
                    pass
        assert prism.violations() == []
        assert len(prism.received()) == 8


def _questions(api: XApi) -> Iterator[Awaitable[object]]:
    """All that is ever asked, but for the stream."""
    yield api.search("#pyfest26 -is:retweet", size=10, since="1")
    yield api.look_up(["1990000000000000000"])
    yield api.exist(["1990000000000000000", "1990000000000000001"])
    yield api.rules()
    yield api.change_rules({"add": [{"value": "#pyfest26", "tag": "hallway"}]})
    yield api.change_rules({"delete": {"ids": ["1"]}})
    yield api.hang_up_all()


def _only_ours(description: Path, folder: Path) -> Path:
    """The paths that we ask, as Prism takes long to read all of them."""
    whole = json.loads(description.read_text())
    ours = ("/2/tweets", "/2/tweets/search/", "/2/connections/all")
    whole["paths"] = {
        path: told
        for path, told in whole["paths"].items()
        if path in ours or path.startswith(ours[1])
    }
    short = folder / "x.json"
    short.write_text(json.dumps(whole))
    return short
