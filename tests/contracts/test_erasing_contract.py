"""No byte of what was erased is left in the database's files: read raw, on both databases."""

import asyncio
import multiprocessing
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.actions.arrivals import arrive
from app.domain.arrival import Arrival, AuthorGone, Batch
from app.domain.post import Card, Post, Quote, RichText, Span
from app.storage import migrate, postgres
from app.storage.sqlite import SQLite
from tests.contracts import erasing_child
from tests.contracts.conftest import opened
from tests.contracts.erasing_child import eraser_of
from tests.factories import HOME, WALL, at, author, deleted, picture, post, posted, reposted
from tests.fakes import House

pytestmark = pytest.mark.anyio

MANY = 30
START_S = 60


def words(number: int) -> list[str]:
    """Made-up words that stand in one post only."""
    kinds = ("text", "name", "handle", "avatar", "picture", "alt", "quote", "card", "emoji", "fan")
    return [f"{kind}{number:04d}quagga" for kind in kinds]


def telling(number: int, **more: object) -> Post:
    """A post that has all its words, in every part that content can be in."""
    text, name, handle, avatar, media, alt, quote, card, emoji, _ = words(number)
    address = f"https://{HOME}/{emoji}.png"
    by = author(
        handle,
        name=RichText(text=name, spans=(Span(start=0, end=4, kind="emoji", href=address),)),
        avatar=f"https://{HOME}/{avatar}.png",
    )
    shown = picture(media).model_copy(update={"alt": alt})
    fields = {
        "author": by,
        "media": (shown,),
        "card": Card(url=f"https://{card}.example", title=card, image=f"https://{HOME}/{card}.png"),
        "quote": Quote(author=author("di"), body=RichText(text=quote)),
    }
    return post(number, f"{text} #pyfest26", **(fields | more))


async def files_of(url: str) -> list[Path]:
    """Every file in which a database keeps tables; not PostgreSQL's log, which the server itself recycles."""
    if url.startswith("sqlite"):
        path = Path(make_url(url).database or "")
        return [one for one in path.parent.iterdir() if one.name.startswith(path.name)]
    import asyncpg

    where = make_url(url)
    connection = await asyncpg.connect(
        host=str(where.query["host"]), user=where.username, database=where.database
    )
    try:
        # the file of a table that was replaced is empty at the next checkpoint, within five minutes
        await connection.execute("CHECKPOINT")
        oid = await connection.fetchval(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        )
    finally:
        await connection.close()
    folder = Path(str(where.query["host"])) / "data" / "base" / str(oid)
    return [one for one in folder.rglob("*") if one.is_file()]


async def left_of(numbers: Iterable[int], url: str) -> set[str]:
    """The words of these posts that are in a file."""
    asked = {word for number in numbers for word in words(number)}
    found: set[str] = set()
    for file in await files_of(url):
        raw = file.read_bytes()
        found |= {word for word in asked - found if word.encode() in raw}
    return found


async def enter(home: House, *said: Arrival) -> None:
    await arrive(home.context, WALL.slug, "test", Batch(said))


async def fill(home: House, many: int = MANY) -> None:
    """A wall that has lived: posts came, were changed and passed on, and the database looked at what it has."""
    rng = Random(4)
    for number in range(many):
        fan = words(number)[-1]
        await enter(home, posted(telling(number)), reposted(number, fan))
        again = rng.randrange(number + 1)
        longer = telling(again, edited_at=at(100 + number), language="x" * rng.randrange(900))
        await enter(home, posted(longer, seen=100 + number))
    async with home.store.write() as tx:
        if tx._connection.dialect.name == "postgresql":  # it does so by itself
            await tx._connection.execute(text("ANALYZE"))


def gone(many: int = MANY) -> Iterator[Arrival]:
    """Half of the posts are deleted; of some others the authors are gone."""
    for number in range(0, many, 2):
        yield deleted(number, seen=900)
    for number in range(1, many, 10):
        key = telling(number).author.key
        yield AuthorGone(server=HOME, seen_at=at(900), author_key=key)


ERASED = [*range(0, MANY, 2), *range(1, MANY, 10)]
KEPT = sorted(set(range(MANY)) - set(ERASED))


async def test_nothing_of_what_was_erased_is_in_the_files_and_all_that_was_not_still_is(
    home: House, url: str
) -> None:
    await fill(home)
    for said in gone():
        await enter(home, said)
    await eraser_of(home.store, home.clock).look()
    assert await left_of(ERASED, url) == set()
    async with home.store.read() as reading:
        wall = await reading.wall(WALL.slug)
        records = await reading.records(wall.id, [i.id for i in await reading.window(wall, "crew")])
        shown = {r.post.body.text.split()[0] for r in records.values() if r.post}
    assert shown == {words(number)[0] for number in KEPT}


async def test_a_tombstone_stays_so_that_an_older_word_brings_nothing_back(
    home: House, url: str
) -> None:
    await enter(home, posted(telling(1)))
    await enter(home, deleted(1, seen=900))
    await eraser_of(home.store, home.clock).look()
    await enter(home, posted(telling(1), seen=800, server="other.example"))
    async with home.store.read() as reading:
        wall = await reading.wall(WALL.slug)
        assert [i for i in await reading.window(wall, "crew") if i.kind == "post"] == []
    await eraser_of(home.store, home.clock).look()
    assert await left_of([1], url) == set()


async def test_accounts_that_left_under_an_older_version_are_known_again_by_their_digest(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, newest = telling(1).author.key, migrate.command.upgrade
    monkeypatch.setattr(migrate.command, "upgrade", lambda config, _: newest(config, "0002"))
    monkeypatch.setattr(postgres, "NO_STATISTICS", ())  # it names columns that were made later
    async with opened(empty_url) as before, before.store.write() as tx:
        execute = tx.connection.execute
        await execute(
            text("INSERT INTO wall VALUES (7, :slug, :settings, 'e', 0, 0, 0)"),
            {"slug": WALL.slug, "settings": WALL.model_dump_json()},
        )
        await execute(text("INSERT INTO author_gone VALUES (7, :key, 7)"), {"key": key})
    monkeypatch.setattr(migrate.command, "upgrade", newest)
    async with opened(empty_url) as after:
        async with after.store.write() as tx:
            assert await tx.authors_gone(7, [key]) == {key: 7}
            await tx.mark_erased(7)
        await eraser_of(after.store, after.clock).look()
        assert await left_of([1], empty_url) == set()


async def test_words_that_others_quoted_go_with_the_post_or_the_account(
    home: House, url: str
) -> None:
    for number in (1, 2):
        shown = telling(number)
        quote = Quote(author=shown.author, body=shown.body, key=shown.key)
        own = {"author": author("di"), "quote": quote}
        await enter(home, posted(shown), posted(post(10 + number, **own)))
    await enter(home, deleted(1, seen=900))
    key = telling(2).author.key
    await enter(home, AuthorGone(server=HOME, seen_at=at(900), author_key=key))
    await eraser_of(home.store, home.clock).look()
    assert await left_of([1, 2], url) == set()


async def test_an_erasure_waits_for_a_reader_and_is_not_forgotten(home: House, url: str) -> None:
    await enter(home, posted(telling(1)))
    async with opened(url) as other, other.store.read() as reading:
        await reading.wall(WALL.slug)  # from here on it sees the wall as it is now
        await enter(home, deleted(1, seen=900))
        assert not await home.store.scrub()
        await reading.wall(WALL.slug)
    assert await home.store.scrub()
    assert await left_of([1], url) == set()


async def test_writers_and_readers_go_on_while_the_files_are_written_anew(home: House) -> None:
    await fill(home)

    async def write() -> None:
        for number in range(100, 120):
            await enter(home, posted(number, seen=900))

    async def read() -> None:
        for _ in range(20):
            async with home.store.read() as reading:
                await reading.window(await reading.wall(WALL.slug), "public")

    async def scrub() -> None:
        for _ in range(5):
            await home.store.scrub()

    await asyncio.gather(write(), read(), scrub())
    async with home.store.read() as reading:
        found = await reading.window(await reading.wall(WALL.slug), "public")
    assert len([item for item in found if item.kind == "post"]) == MANY + 20


@pytest.mark.e2e
@pytest.mark.parametrize("moment", [0.0, 0.006])
async def test_an_erasure_that_a_crash_interrupted_is_finished_after_the_next_start(
    home: House, url: str, moment: float
) -> None:
    """`moment`: how long after the commit the process is killed; it writes the files anew meanwhile."""
    await fill(home, 12)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([erasing_child.__name__])
    ours, theirs = processes.Pipe(duplex=False)
    child = processes.Process(target=erasing_child.act, args=(url, list(gone(12)), theirs))
    child.start()
    try:
        for _ in range(4):
            assert await asyncio.to_thread(ours.poll, START_S), "it does not start"
            last = ours.recv()
        end = time.perf_counter() + moment
        while time.perf_counter() < end:
            pass
    finally:
        child.kill()
        child.join()
    home.clock.move(3_600)
    async with opened(url) as after:
        await eraser_of(after.store, home.clock).look()
        async with after.store.read() as reading:
            assert await reading.erased() == []
    assert await left_of(ERASED[: last + 1], url) == set()


async def test_copies_that_splitting_pages_left_behind_go_when_the_file_is_written_anew(
    tmp_path: Path,
) -> None:
    """Why deleting securely is not enough: SQLite moves rows without wiping where they were (docs/decisions/0008)."""
    path, rng = tmp_path / "plain.sqlite3", Random(1)
    ids = [f"{rng.getrandbits(80):020x}" for _ in range(3_000)]
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("CREATE TABLE note (id TEXT PRIMARY KEY, body TEXT)")
        for number, id_ in enumerate(ids):
            body = f"{id_}quagga" + "x" * rng.randrange(300)
            connection.execute("INSERT INTO note VALUES (?, ?)", (id_, body))
            other = ids[rng.randrange(number + 1)]
            body = f"{other}quagga" + "x" * rng.randrange(300)
            connection.execute("UPDATE note SET body = ? WHERE id = ?", (body, other))
        connection.execute("DELETE FROM note WHERE id LIKE '0%'")
    connection.close()

    def left() -> list[str]:
        raw = path.read_bytes()
        return [i for i in ids if i.startswith("0") and f"{i}quagga".encode() in raw]

    assert left()
    database = SQLite(f"sqlite:///{path}")
    assert await database.scrub()
    await database.close()
    assert left() == []
