"""What a recording says of a wall's life, and that playing it gives the same posts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from app.domain.arrival import Arrival, Deleted, Posted, Reposted, Unreposted
from app.domain.post import Author, Post, Quote, RichText
from app.errors import UsageError
from app.ports import KnownPost
from app.recap.record import StoredPost, record
from app.sources.replay.format import ReplayHeader, ReplayLine, parse_header, parse_line
from app.sources.replay.source import ReplaySource
from tests.fakes import UntilStopped

pytestmark = pytest.mark.anyio

NOW = datetime(2027, 1, 1, tzinfo=UTC)
EVENT = ReplayHeader(title="PyFest 26", hashtags=("PyFest26",), started_at=NOW - timedelta(days=9))


def an_author(name: str) -> Author:
    return Author(
        key=f"https://fedi.example/{name}",
        network="mastodon",
        handle=f"{name}@fedi.example",
        name=RichText(text=name.title()),
    )


def a_stored_post(name: str, text: str = "Hello") -> StoredPost:
    key = f"https://fedi.example/{name}"
    post = Post(
        key=key,
        network="mastodon",
        url=key,
        author=an_author("ada"),
        body=RichText(text=text),
        created_at=NOW,
    )
    return StoredPost(0, key, post, "approved", "fedi.example", name, True)


def a_repost(key: str, by: str) -> Reposted:
    return Reposted(server="fedi.example", seen_at=NOW, key=key, by=an_author(by))


class Wall:
    """A wall whose history is a list of puts; tells at most two changes at a time."""

    def __init__(self) -> None:
        self.seq = 0
        self.posts: dict[str, StoredPost] = {}

    def put(self, stored: StoredPost) -> None:
        self.seq += 1
        self.posts[stored.key] = replace(stored, seq=self.seq)

    async def tip(self) -> int:
        return self.seq

    async def changes_after(self, seq: int) -> Sequence[StoredPost]:
        changed = sorted((p for p in self.posts.values() if p.seq > seq), key=lambda p: p.seq)
        return changed[:2]


class ScriptedClock:
    """Time in which each sleep lets one part of a script happen; the end of the script interrupts."""

    def __init__(self, wall: Wall, script: list[list[StoredPost]]) -> None:
        self._wall, self._script, self._now = wall, script, NOW

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - NOW).total_seconds()

    async def sleep(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        self._now += timedelta(seconds=seconds)
        if not self._script:
            raise InterruptedError
        for stored in self._script.pop(0):
            self._wall.put(stored)


async def recorded(out: Path, wall: Wall, *script: list[StoredPost]) -> list[ReplayLine]:
    with pytest.raises(InterruptedError):
        await record(wall, out, ScriptedClock(wall, [*script, []]), event=EVENT)
    header, *lines = out.read_bytes().splitlines()
    assert parse_header(header) == EVENT.model_copy(update={"started_at": NOW})
    return [parse_line(line, number) for number, line in enumerate(lines, 2)]


async def replayed(path: Path) -> dict[str, tuple[Post, set[str]]]:
    """What a wall that was empty shows after it has played a recording, at the time it was made."""
    posts: dict[str, tuple[Post, set[str]]] = {}
    over = anyio.Event()

    async def play() -> None:
        source = ReplaySource(path, speed=1, clock=ScriptedClock(Wall(), [[]] * 99), start=NOW)
        async for batch in source.batches(None, NothingKnown(), UntilStopped(over)):
            for arrival in batch.arrivals:
                _apply(posts, arrival)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play)
        await over.wait()
        tasks.cancel_scope.cancel()
    return posts


class NothingKnown:
    async def on_display(self, server: str) -> Sequence[KnownPost]:
        return ()

    async def find(self, server: str, local_id: str) -> KnownPost | None:
        return None


def _apply(posts: dict[str, tuple[Post, set[str]]], arrival: Arrival) -> None:
    if isinstance(arrival, Posted):
        posts[arrival.post.key] = (arrival.post, posts.get(arrival.post.key, (None, set()))[1])
    elif isinstance(arrival, Deleted) and arrival.key:
        del posts[arrival.key]
    elif isinstance(arrival, Reposted):
        posts[arrival.key][1].add(arrival.by.key)
    elif isinstance(arrival, Unreposted):
        posts[arrival.key][1].remove(arrival.author_key)


async def test_what_is_there_already_is_warm_up(tmp_path: Path) -> None:
    wall = Wall()
    for name in "abc":
        wall.put(a_stored_post(name))
    lines = await recorded(tmp_path / "day.jsonl", wall, [a_stored_post("d")])
    assert [line.arrival.kind for line in lines] == ["posted"] * 4
    assert [line.at < NOW for line in lines] == [True, True, True, False]
    assert [line.at for line in lines] == sorted(line.at for line in lines)


async def test_playing_a_recording_gives_the_posts_of_the_wall(tmp_path: Path) -> None:
    wall, a, b = Wall(), a_stored_post("a"), a_stored_post("b", "Hi")
    wall.put(a)
    edited = b.post and b.post.model_copy(
        update={"body": RichText(text="Hi!"), "edited_at": NOW + timedelta(seconds=2)}
    )
    lines = await recorded(
        tmp_path / "day.jsonl",
        wall,
        [b, replace(a, reposts=[a_repost(a.key, "bo"), a_repost(a.key, "cy")])],
        [replace(b, post=edited, reposts=[a_repost(b.key, "cy")])],
        [replace(a, reposts=[a_repost(a.key, "cy")]), a_stored_post("c")],
        [replace(a_stored_post("c"), post=None)],
    )
    kinds = [line.arrival.kind for line in lines]
    assert {"posted", "edited", "reposted", "unreposted", "deleted"} == set(kinds)
    assert await replayed(tmp_path / "day.jsonl") == {
        stored.key: (stored.post, {repost.by.key for repost in stored.reposts})
        for stored in wall.posts.values()
        if stored.post
    }


async def test_what_was_never_public_is_not_recorded(tmp_path: Path) -> None:
    wall, a = Wall(), a_stored_post("a", "secret")
    lines = await recorded(
        tmp_path / "day.jsonl", wall, [replace(a, status="pending")], [replace(a, status="hidden")]
    )
    assert lines == []
    assert b"secret" not in (tmp_path / "day.jsonl").read_bytes()


async def test_a_hidden_post_leaves_the_recording_and_comes_back_when_shown(tmp_path: Path) -> None:
    wall, a = Wall(), a_stored_post("a")
    wall.put(a)
    lines = await recorded(tmp_path / "day.jsonl", wall, [replace(a, status="hidden")], [a])
    assert [line.arrival.kind for line in lines] == ["posted", "deleted", "posted"]
    assert isinstance(lines[1].arrival, Deleted)
    assert not lines[1].arrival.origin


async def test_of_a_post_that_was_erased_no_line_is_left_though_it_was_hidden_before(
    tmp_path: Path,
) -> None:
    wall = Wall()
    first, kept = a_stored_post("1", "zebraquagga"), a_stored_post("2")
    told = replace(first, reposts=[a_repost(first.key, "fanquagga")])
    wall.put(told)
    quote = Quote(author=an_author("ada"), body=RichText(text="zebraquagga"), key=first.key)
    assert kept.post is not None
    quoting = replace(kept, post=kept.post.model_copy(update={"quote": quote}))
    lines = await recorded(
        tmp_path / "day.jsonl",
        wall,
        [quoting],
        [replace(first, status="hidden")],
        [replace(first, post=None, erased=True), kept],
        [a_stored_post("3")],
    )
    raw = (tmp_path / "day.jsonl").read_text()
    assert "quagga" not in raw
    assert first.key not in raw
    posts = [one.arrival.post.key for one in lines if isinstance(one.arrival, Posted)]
    assert posts == [kept.key, kept.key, a_stored_post("3").key]
    assert [path.name for path in tmp_path.iterdir()] == ["day.jsonl"]


async def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "day.jsonl"
    out.write_text("precious")
    with pytest.raises(UsageError, match="exists already"):
        await record(Wall(), out, ScriptedClock(Wall(), []), event=EVENT)
    assert out.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [out]


async def test_a_folder_that_is_not_there_is_the_operators_to_mend(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        await record(Wall(), tmp_path / "no" / "x", ScriptedClock(Wall(), []), event=EVENT)
